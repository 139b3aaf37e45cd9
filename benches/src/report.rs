//! What a run found: the fastest sample of each operation, ratios to peers, goals, and the ratios of the last
//! committed run.
//!
//! A benchmark's group names operation and size, its function the implementation: `range/verify_batch_64/2` and
//! `dero`. A group that names a batch is divided by the batch's size.

use std::{
    collections::BTreeMap,
    env,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    time::SystemTime,
};

use serde_json::Value;

use crate::machine;

/// This workspace's name among the implementations.
pub const OURS: &str = "dero";

/// A group and the implementation in it.
pub type Operation = (&'static str, &'static str);

/// One operation of ours against what peers need for the same, and the ratio to reach.
#[derive(Clone, Copy, Debug)]
pub struct Comparison {
    /// Ours.
    pub ours: Operation,
    /// The peers' operations, each so many times. None is zero times.
    pub peers: [(u32, Operation); 2],
    /// Ratio to reach with AVX2, and with AVX-512 IFMA; none where no goal is set.
    pub goal: Option<(f64, f64)>,
}

impl Comparison {
    /// Against one operation of one peer.
    #[must_use]
    pub const fn new(ours: Operation, peer: Operation, goal: Option<(f64, f64)>) -> Self {
        Self { ours, peers: [(1, peer), (0, peer)], goal }
    }

    fn peers(&self) -> impl Iterator<Item = (u32, Operation)> {
        self.peers.into_iter().filter(|(count, _)| *count > 0)
    }

    /// What the peers need, in nanoseconds.
    fn peer_time(&self, times: &Times) -> Option<f64> {
        self.peers().map(|(count, peer)| Some(f64::from(count) * times.get(peer)?)).sum()
    }

    fn peer_name(&self) -> String {
        let name = |(count, (group, function))| match count {
            1 => format!("{function} {group}"),
            _ => format!("{count} {function} {group}"),
        };
        self.peers().map(name).collect::<Vec<_>>().join(" + ")
    }
}

/// What an operation of ours costs if nothing but these operations of the group took time.
#[derive(Clone, Copy, Debug)]
pub struct Floor {
    /// Ours.
    pub of: Operation,
    /// Each so many times.
    pub parts: &'static [(f64, Operation)],
}

impl Floor {
    /// In nanoseconds.
    fn cost(&self, times: &Times) -> Option<f64> {
        self.parts.iter().map(|(count, part)| Some(count * times.get(*part)?)).sum()
    }
}

/// How often a second.
#[derive(Clone, Copy, Debug)]
pub struct Rate {
    /// Of what.
    pub of: Operation,
    /// In which unit.
    pub unit: &'static str,
    /// The rate to reach.
    pub goal: Option<f64>,
}

/// A ratio more than this factor above the committed one is flagged.
const TOLERANCE: f64 = 1.2;

/// The fastest sample of each operation of one run.
#[derive(Debug, Default)]
pub struct Times(BTreeMap<(String, String), f64>);

impl Times {
    /// Reads what criterion wrote since `start`, for the named groups and functions.
    #[must_use]
    pub fn since(start: SystemTime, names: impl IntoIterator<Item = (String, String)>) -> Self {
        Self(
            names
                .into_iter()
                .filter_map(|name| fastest(start, &name.0, &name.1).map(|time| (name, time)))
                .collect(),
        )
    }

    /// Nanoseconds per operation.
    #[must_use]
    pub fn get(&self, (group, function): Operation) -> Option<f64> {
        self.0.get(&(group.into(), function.into())).copied()
    }
}

fn fastest(start: SystemTime, group: &str, function: &str) -> Option<f64> {
    let group_folder = output().join(safe(group));
    // Later rounds have a number behind the name.
    let rounds = (1..).map(|round| if round == 1 { safe(function) } else { format!("{}_{round}", safe(function)) });
    let samples = rounds.map_while(|round| samples(start, &group_folder.join(round).join("new/sample.json")));
    Some(samples.flatten().min_by(f64::total_cmp)? / batch_size(group) as f64)
}

/// Nanoseconds of an operation in each sample that criterion wrote there.
fn samples(start: SystemTime, path: &Path) -> Option<Vec<f64>> {
    // An earlier run's file says nothing about this one.
    if fs::metadata(path).ok()?.modified().ok()? < start {
        return None;
    }
    let found: Value = serde_json::from_str(&fs::read_to_string(path).ok()?).ok()?;
    let (times, counts) = (found["times"].as_array()?, found["iters"].as_array()?);
    times.iter().zip(counts).map(|(time, count)| Some(time.as_f64()? / count.as_f64()?)).collect()
}

/// 64 in `range/verify_batch_64/2`, else 1.
fn batch_size(group: &str) -> u64 {
    let digits = group.split("batch_").nth(1).map(|rest| rest.split(|c: char| !c.is_ascii_digit()).next());
    digits.flatten().and_then(|digits| digits.parse().ok()).unwrap_or(1)
}

/// Where criterion writes.
fn output() -> PathBuf {
    env::var_os("CRITERION_HOME").map_or_else(|| target().join("criterion"), PathBuf::from)
}

/// Where cargo builds.
#[must_use]
pub fn target() -> PathBuf {
    let default = || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../target"));
    env::var_os("CARGO_TARGET_DIR").map_or_else(default, PathBuf::from)
}

/// Criterion's name of a folder.
fn safe(name: &str) -> String {
    let name: String = name.chars().map(|c| if r#"?"/\*<>:|^"#.contains(c) { '_' } else { c }).collect();
    name.chars().take(64).collect()
}

/// Prints times, ratios and rates as the table of the README; says whether all ratios hold against the committed
/// ones.
///
/// With the environment variable `SAVE=1` this run's ratios become the committed ones, and its table that of the
/// README.
#[must_use]
pub fn finish(times: &Times, comparisons: &[Comparison], floors: &[Floor], rates: &[Rate]) -> bool {
    let mut baseline = baseline();
    let mut slower = String::new();
    let mut ratios = String::from(
        "| ours | peer | ours, time | peer, time | ratio | its floor | goal |\n|---|---|---|---|---|---|---|\n",
    );
    for comparison in comparisons {
        let (group, peer) = (comparison.ours.0, comparison.peer_name());
        let Some(time) = times.get(comparison.ours) else { continue };
        let Some(other) = comparison.peer_time(times) else {
            let _ = writeln!(ratios, "| {group} | {peer} | {} | missing | | | |", duration(time));
            continue;
        };
        let ratio = time / other;
        let floor = floors.iter().find(|floor| floor.of == comparison.ours).and_then(|floor| floor.cost(times));
        let floor = floor.map_or_else(String::new, |cost| format!("{:.3}", cost / other));
        let goal = comparison.goal.map(|(avx2, ifma)| if machine::has_ifma() { ifma } else { avx2 });
        let goal = goal.map_or_else(String::new, |goal| verdict(goal, ratio <= goal));
        let (ours, theirs) = (duration(time), duration(other));
        let _ = writeln!(ratios, "| {group} | {peer} | {ours} | {theirs} | {ratio:.3} | {floor} | {goal} |");
        let name = format!("{group} / {peer}");
        if let Some(before) = baseline.get(&name).and_then(Value::as_f64)
            && ratio > TOLERANCE * before
        {
            let _ = writeln!(slower, "SLOWER: {name}: {ratio:.3}, was {before:.3}");
        }
        baseline[&name] = ((ratio * 1000.0).round() / 1000.0).into();
    }
    for Rate { of, unit, goal } in rates {
        let Some(time) = times.get(*of) else { continue };
        let rate = 1e9 / time;
        let goal = goal.map_or_else(String::new, |goal| verdict(goal, rate >= goal));
        let _ = writeln!(ratios, "| {} | | {} | | {rate:.1} {unit} | | {goal} |", of.0, duration(time));
    }
    let mut alone = String::from("| ours | made of | floor | measured | floor of it |\n|---|---|---|---|---|\n");
    for floor in floors {
        let (Some(time), Some(cost)) = (times.get(floor.of), floor.cost(times)) else { continue };
        let made: Vec<_> = floor.parts.iter().map(|(count, part)| format!("{count:.1} {}", part.0)).collect();
        let (made, share) = (made.join(" + "), cost / time);
        let _ =
            writeln!(alone, "| {} | {made} | {} | {} | {share:.2} |", floor.of.0, duration(cost), duration(time));
    }
    let mut table = String::from("| operation | implementation | time |\n|---|---|---|\n");
    for ((group, function), time) in &times.0 {
        let _ = writeln!(table, "| {group} | {function} | {} |", duration(*time));
    }
    let goals = if machine::has_ifma() { "AVX-512 IFMA" } else { "AVX2" };
    let table = format!(
        "Ratios and rates, goals for {goals}:\n\n{ratios}\nWhat the group alone costs:\n\n{alone}\nTimes per \
         operation:\n\n{table}"
    );
    println!("\n{table}\n{slower}");
    if env::var_os("SAVE").is_none() {
        return slower.is_empty();
    }
    let text = serde_json::to_string_pretty(&baseline).expect("numbers under names");
    fs::write(BASELINE, text + "\n").unwrap_or_else(|error| panic!("{BASELINE}: {error}"));
    save_table("measured", &format!("{}\n\n{table}", machine::description()));
    true
}

fn verdict(goal: f64, reached: bool) -> String {
    format!("{goal} {}", if reached { "reached" } else { "**missed**" })
}

/// Replaces the part of the README between the marks of this name.
///
/// # Panics
///
/// If the README has no such marks, or cannot be written.
pub fn save_table(name: &str, table: &str) {
    let text = fs::read_to_string(README).unwrap_or_else(|error| panic!("{README}: {error}"));
    let (begin, end) = (format!("<!-- {name} -->\n"), format!("<!-- end of {name} -->"));
    let parts = text.split_once(&begin).and_then(|(head, rest)| Some((head, rest.split_once(&end)?.1)));
    let (head, tail) = parts.unwrap_or_else(|| panic!("{README} has no part {name}"));
    let text = format!("{head}{begin}\n{}\n\n{end}{tail}", table.trim());
    fs::write(README, text).unwrap_or_else(|error| panic!("{README}: {error}"));
}

const README: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");

/// The committed ratios.
const BASELINE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/baseline.json");

fn baseline() -> Value {
    let text = fs::read_to_string(BASELINE).unwrap_or_else(|_| "{}".into());
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{BASELINE}: {error}"))
}

fn duration(nanoseconds: f64) -> String {
    if nanoseconds < 1e6 { format!("{:.1} µs", nanoseconds / 1e3) } else { format!("{:.2} ms", nanoseconds / 1e6) }
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
