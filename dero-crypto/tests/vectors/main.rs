//! Known answers: every file of `tests/vectors/`, or of the folder that `DERO_VECTORS` names.
//!
//! A valid case must be reproduced byte for byte and verify; a refused case must be refused for the reason that
//! it names. Files whose kind this crate does not implement are skipped by name; a case that cannot be read
//! fails the test.

#![allow(unreachable_pub, reason = "a test binary exports nothing")]
#![allow(non_snake_case, reason = "symbols match the equations")]

mod address;
mod asset;
mod balance;
mod batch;
mod encoding;
mod enote;
mod generators;
mod hash;
mod keys;
mod link;
mod member;
mod range;
mod read;
mod reference;
mod sealed;
mod spend;
mod surjection;
mod tag;
mod transcript;

use std::{env, fs, path::PathBuf};

use read::{Case, Outcome};
use serde_json::Value;

type Checker = fn(&Case<'_>) -> Outcome;

/// The checker of each file, by its name without `.json`.
const FILES: &[(&str, Checker)] = &[
    ("address", address::check),
    ("asset", asset::check),
    ("balance", balance::check),
    ("batch", batch::check),
    ("encoding", encoding::check),
    ("enote", enote::check),
    ("generators", generators::check),
    ("hash", hash::check),
    ("keys", keys::check),
    ("link", link::check),
    ("member", member::check),
    ("range", range::check),
    ("reference", reference::check),
    ("sealed", sealed::check),
    ("spend", spend::check),
    ("surjection", surjection::check),
    ("tag", tag::check),
];

/// Files of other crates and later milestones.
const SKIPPED: &[&str] = &["audit", "ballot", "cred", "device", "frost", "joint", "tx", "vault_states"];

fn folder() -> PathBuf {
    env::var_os("DERO_VECTORS")
        .map_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors")), PathBuf::from)
}

#[test]
fn vectors() {
    let folder = folder();
    let mut names: Vec<String> = fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.expect("a readable folder").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .map(|path| path.file_stem().expect("a file name").to_string_lossy().into_owned())
        .collect();
    names.sort();

    let mut failures = Vec::new();
    let mut checked = 0;
    for name in &names {
        if SKIPPED.contains(&name.as_str()) {
            println!("{name}: skipped");
            continue;
        }
        let Some((_, check)) = FILES.iter().find(|(known, _)| known == name) else {
            failures.push(format!("{name}: no checker and not on the list of skipped files"));
            continue;
        };
        let text = fs::read_to_string(folder.join(format!("{name}.json"))).expect("a readable file");
        let file: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(file["spec"], 1, "{name}: version of the form");
        let cases = file["cases"].as_array().unwrap_or_else(|| panic!("{name}: no cases"));
        for value in cases {
            let case = Case { file: &file, value };
            checked += 1;
            if let Err(complaint) = case.judge(*check) {
                failures.push(format!("{name}/{}: {complaint}", case.name()));
            }
        }
        println!("{name}: {} cases", cases.len());
    }
    assert!(failures.is_empty(), "{} of {checked} cases:\n{}", failures.len(), failures.join("\n"));
    assert!(checked > 0, "{}: no cases", folder.display());
}
