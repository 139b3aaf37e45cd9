//! A guard against slow-downs: counts the instructions of each hot path and compares with the committed counts.
//!
//! Times move with whatever else runs on a machine; the instructions of a program with fixed seeds hardly do.
//! `.ci/guard` builds this for the portable code of the curve library, since valgrind knows no AVX-512.

#![allow(unreachable_pub)] // A program exports nothing.

mod callgrind;
mod paths;

use std::{collections::BTreeMap, env, fs, process::ExitCode};

use paths::PATHS;

/// The committed counts.
const BASELINE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/baseline.json");

/// A path may take this many percent more than its committed count.
const TOLERANCE: u64 = 20;

type Counts = BTreeMap<String, u64>;

const USAGE: &str = "\
usage: guard [--write] [WORD]

Counts the instructions of each hot path whose name contains WORD, and fails if one takes 20 % more than committed.
--write commits the counts to benches/guard/baseline.json instead.";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["run", place] => {
            let (_, prepare) = PATHS[place.parse::<usize>().expect("a number of a path")];
            callgrind::run(&mut *prepare());
            ExitCode::SUCCESS
        }
        [] => guard("", false),
        ["--write"] => guard("", true),
        ["--write", word] if !word.starts_with('-') => guard(word, true),
        [word] if !word.starts_with('-') => guard(word, false),
        _ => {
            eprintln!("{USAGE}");
            ExitCode::from(2)
        }
    }
}

fn guard(word: &str, write: bool) -> ExitCode {
    if cfg!(not(curve25519_dalek_backend = "serial")) {
        eprintln!("build with --cfg curve25519_dalek_backend=\"serial\", as .ci/guard does");
        return ExitCode::from(2);
    }
    let mut committed = baseline();
    let mut good = true;
    let chosen = PATHS.iter().enumerate().filter(|(_, (name, _))| name.contains(word));
    for (place, (name, _)) in chosen {
        let count = match callgrind::count(place) {
            Ok(count) => count,
            Err(error) => {
                println!("{name:<62} FAILED: {error}");
                good = false;
                continue;
            }
        };
        let verdict = Verdict::of(count, committed.get(*name).copied());
        println!("{name:<62} {count:>13}  {}", verdict.text);
        good &= write || verdict.good;
        committed.insert((*name).into(), count);
    }
    if write && good {
        committed.retain(|name, _| PATHS.iter().any(|(path, _)| path == name));
        let text = serde_json::to_string_pretty(&committed).expect("numbers under names");
        fs::write(BASELINE, text + "\n").unwrap_or_else(|error| panic!("{BASELINE}: {error}"));
    }
    if good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn baseline() -> Counts {
    let text = fs::read_to_string(BASELINE).unwrap_or_else(|_| "{}".into());
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{BASELINE}: {error}"))
}

struct Verdict {
    good: bool,
    text: String,
}

impl Verdict {
    fn of(count: u64, committed: Option<u64>) -> Self {
        let Some(committed) = committed else {
            return Self { good: false, text: "NOT COMMITTED: run with --write".into() };
        };
        let change = 100.0 * (count as f64 / committed as f64 - 1.0);
        let slower = u128::from(count) * 100 > u128::from(committed) * u128::from(100 + TOLERANCE);
        let faster = u128::from(count) * u128::from(100 + TOLERANCE) < u128::from(committed) * 100;
        let word = match (slower, faster) {
            (true, _) => "  SLOWER",
            (_, true) => "  faster: commit it with --write",
            _ => "",
        };
        Self { good: !slower, text: format!("{change:>+6.1} %{word}") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_fifth_more_passes_and_one_instruction_beyond_fails() {
        assert!(Verdict::of(1_200, Some(1_000)).good);
        assert!(!Verdict::of(1_201, Some(1_000)).good);
        assert!(Verdict::of(1, Some(1_000)).good);
    }

    #[test]
    fn a_path_without_a_committed_count_fails() {
        assert!(!Verdict::of(1_000, None).good);
        let committed = baseline();
        for (name, _) in PATHS {
            assert!(committed.contains_key(name), "{name}");
        }
    }
}
