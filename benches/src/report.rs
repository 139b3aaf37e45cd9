//! What a run found: medians per operation, ratios to peers, goals, and the ratios of the last committed run.
//!
//! A benchmark's group names operation and size, its function the implementation: `range/verify_batch_64/2` and
//! `dero`. A group that names a batch is divided by the batch's size.

use std::{collections::BTreeMap, env, fmt::Write as _, fs, path::PathBuf, time::SystemTime};

use serde_json::Value;

/// This workspace's name among the implementations.
pub const OURS: &str = "dero";

/// One operation of ours against one of a peer's, and the ratio to reach.
#[derive(Clone, Copy, Debug)]
pub struct Comparison {
    /// Our group and function.
    pub ours: (&'static str, &'static str),
    /// The peer's group and function.
    pub peer: (&'static str, &'static str),
    /// Ratio to reach with AVX2, and with AVX-512 IFMA; none where no goal is set.
    pub goal: Option<(f64, f64)>,
}

/// A ratio more than this factor above the committed one is flagged.
const TOLERANCE: f64 = 1.2;

/// Whether this machine runs the AVX-512 code of the curve library.
#[must_use]
pub fn has_ifma() -> bool {
    #[cfg(target_arch = "x86_64")]
    let found = cfg!(curve25519_dalek_backend = "avx512") && std::is_x86_feature_detected!("avx512ifma");
    #[cfg(not(target_arch = "x86_64"))]
    let found = false;
    found
}

/// The medians of one run.
#[derive(Debug, Default)]
pub struct Medians(BTreeMap<(String, String), f64>);

impl Medians {
    /// Reads what criterion wrote since `start`, for the named groups and functions.
    #[must_use]
    pub fn since(start: SystemTime, names: impl IntoIterator<Item = (String, String)>) -> Self {
        Self(
            names.into_iter().filter_map(|name| median(start, &name.0, &name.1).map(|time| (name, time))).collect(),
        )
    }

    /// Nanoseconds per operation.
    #[must_use]
    pub fn get(&self, group: &str, function: &str) -> Option<f64> {
        self.0.get(&(group.into(), function.into())).copied()
    }
}

fn median(start: SystemTime, group: &str, function: &str) -> Option<f64> {
    let path = output().join(safe(group)).join(safe(function)).join("new/estimates.json");
    // An earlier run's file says nothing about this one.
    if fs::metadata(&path).ok()?.modified().ok()? < start {
        return None;
    }
    let estimates: Value = serde_json::from_str(&fs::read_to_string(path).ok()?).ok()?;
    Some(estimates["median"]["point_estimate"].as_f64()? / batch_size(group) as f64)
}

/// 64 in `range/verify_batch_64/2`, else 1.
fn batch_size(group: &str) -> u64 {
    let digits = group.split("batch_").nth(1).map(|rest| rest.split(|c: char| !c.is_ascii_digit()).next());
    digits.flatten().and_then(|digits| digits.parse().ok()).unwrap_or(1)
}

/// Where criterion writes.
fn output() -> PathBuf {
    let target = || env::var_os("CARGO_TARGET_DIR").map(|target| PathBuf::from(target).join("criterion"));
    env::var_os("CRITERION_HOME")
        .map(PathBuf::from)
        .or_else(target)
        .unwrap_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../target/criterion")))
}

/// Criterion's name of a folder.
fn safe(name: &str) -> String {
    let name: String = name.chars().map(|c| if r#"?"/\*<>:|^"#.contains(c) { '_' } else { c }).collect();
    name.chars().take(64).collect()
}

/// Prints every median and every ratio; says whether all ratios hold against the committed ones.
///
/// With the environment variable `BASELINE=save` the ratios of this run become the committed ones.
#[must_use]
pub fn print(medians: &Medians, comparisons: &[Comparison]) -> bool {
    let mut text = String::from("\nmedians per operation, thread time\n");
    for ((group, function), time) in &medians.0 {
        let _ = writeln!(text, "{group:<44} {function:<30} {}", duration(*time));
    }
    let goals = if has_ifma() { "AVX-512 IFMA" } else { "AVX2" };
    let _ = writeln!(text, "\nratios to peers (goals for {goals}; below the goal is better)");
    let mut baseline = baseline();
    let mut good = true;
    for Comparison { ours, peer, goal } in comparisons {
        let name = format!("{} {} / {} {}", ours.0, ours.1, peer.0, peer.1);
        let (Some(time), Some(other)) = (medians.get(ours.0, ours.1), medians.get(peer.0, peer.1)) else {
            let _ = writeln!(text, "{name:<100} not measured");
            continue;
        };
        let ratio = time / other;
        let goal = goal.map(|(avx2, ifma)| if has_ifma() { ifma } else { avx2 });
        let goal = match goal {
            Some(goal) => format!("goal {goal:.2} {}", if ratio <= goal { "reached" } else { "MISSED" }),
            None => String::new(),
        };
        let before = baseline.get(&name).and_then(Value::as_f64);
        let change = match before {
            Some(before) if ratio > TOLERANCE * before => {
                good = false;
                format!("SLOWER than {before:.3}")
            }
            Some(before) => format!("before {before:.3}"),
            None => String::new(),
        };
        let _ = writeln!(text, "{name:<100} {ratio:>6.3}  {goal:<18} {change}");
        baseline[&name] = ((ratio * 1000.0).round() / 1000.0).into();
    }
    println!("{text}");
    if env::var("BASELINE").is_ok_and(|action| action == "save") {
        let text = serde_json::to_string_pretty(&baseline).expect("numbers under names");
        fs::write(BASELINE, text + "\n").unwrap_or_else(|error| panic!("{BASELINE}: {error}"));
        return true;
    }
    good
}

/// The committed ratios.
const BASELINE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/baseline.json");

fn baseline() -> Value {
    let text = fs::read_to_string(BASELINE).unwrap_or_else(|_| "{}".into());
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{BASELINE}: {error}"))
}

fn duration(nanoseconds: f64) -> String {
    if nanoseconds < 1e6 {
        format!("{:>8.1} us", nanoseconds / 1e3)
    } else {
        format!("{:>8.2} ms", nanoseconds / 1e6)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_is_divided_by_the_size_in_its_name() {
        assert_eq!(batch_size("range/verify_batch_64/2"), 64);
        assert_eq!(batch_size("range/verify/16"), 1);
    }

    #[test]
    fn folders_are_named_as_criterion_names_them() {
        assert_eq!(safe("range/verify/1"), "range_verify_1");
    }
}
