//! Known answers: every file of `tests/vectors/` and `tests/vectors/own/`, or of the folder that `DERO_VECTORS` names.
//! The README beside them says where each comes from.
//!
//! A valid case must be reproduced byte for byte and verify; a refused case must be refused for the reason that
//! it names. A case that cannot be read fails the test. Here every file that is known must be there, and no other; of a
//! folder that `DERO_VECTORS` names, files whose kind this crate does not implement are skipped by name, and one at
//! least must be known.

#![allow(unreachable_pub, reason = "a test binary exports nothing")]
#![allow(non_snake_case, reason = "symbols match the equations")]

mod address;
mod asset;
mod authority;
mod balance;
mod batch;
mod encoding;
mod enote;
mod generators;
mod hash;
mod keys;
mod link;
mod make;
mod member;
mod memo;
mod published;
mod range;
mod read;
mod reference;
mod sealed;
mod spend;
mod surjection;
mod tag;
mod transcript;
mod wire;

use std::{env, fs, path::Path};

use read::{Case, Outcome};
use serde_json::Value;

type Checker = fn(&Case<'_>) -> Outcome;

/// The checker of each file, by its name without `.json`.
const FILES: &[(&str, Checker)] = &[
    ("address", address::check),
    ("asset", asset::check),
    ("authority", authority::check),
    ("balance", balance::check),
    ("batch", batch::check),
    ("encoding", encoding::check),
    ("enote", enote::check),
    ("generators", generators::check),
    ("hash", hash::check),
    ("keys", keys::check),
    ("link", link::check),
    ("member", member::check),
    ("memo", memo::check),
    ("published", published::check),
    ("range", range::check),
    ("reference", reference::check),
    ("sealed", sealed::check),
    ("spend", spend::check),
    ("surjection", surjection::check),
    ("tag", tag::check),
    ("wire", wire::check),
];

/// Those of the specification, and what is published.
const OF_OTHERS: &[&str] = &[
    "address",
    "asset",
    "balance",
    "batch",
    "encoding",
    "enote",
    "generators",
    "hash",
    "keys",
    "link",
    "member",
    "published",
    "range",
    "reference",
    "sealed",
    "spend",
    "surjection",
    "tag",
];
const OURS: &[&str] =
    &["authority", "enote", "keys", "member", "memo", "range", "reference", "spend", "surjection", "wire"];

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors");
const OWN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/own");

#[test]
fn vectors() {
    match env::var_os("DERO_VECTORS") {
        Some(folder) => {
            let folder = Path::new(&folder);
            let (checked, skipped) = check_all(folder);
            skipped.iter().for_each(|name| println!("skipped {name}"));
            assert!(checked > 0, "{}: no case of a known kind", folder.display());
        }
        None => every_file_is_checked(FOLDER, OF_OTHERS),
    }
}

#[test]
fn our_own_vectors() {
    every_file_is_checked(OWN, OURS);
}

fn every_file_is_checked(folder: &str, known: &[&str]) {
    assert_eq!(names(Path::new(folder)), known, "{folder}: left the files there, right those that must be");
    let (checked, skipped) = check_all(Path::new(folder));
    assert!(checked > 0 && skipped.is_empty(), "{folder}: {checked} cases; no checker for {skipped:?}");
}

#[test]
fn the_generator_makes_our_own_vectors_byte_for_byte() {
    let files = make::files();
    for (name, text) in &files {
        let stands = fs::read_to_string(Path::new(OWN).join(format!("{name}.json"))).expect("a readable file");
        assert!(*text == stands, "{name}: other bytes; cargo run --example vectors writes what is expected");
    }
    assert_eq!(names(Path::new(OWN)).len(), files.len(), "a file that the generator does not make");
}

/// The README has the first 16 bytes of SHAKE256 of each of their files.
#[test]
fn no_byte_of_others_vectors_has_changed() {
    use sha3::{Shake256, digest::ExtendableOutput};
    let readme = include_str!("README.md");
    let folder = Path::new(FOLDER);
    for name in names(folder) {
        let mut digest = [0; 16];
        Shake256::digest_xof(fs::read(folder.join(format!("{name}.json"))).expect("a readable file"), &mut digest);
        let row = format!("| `{name}.json` | {} |", hex::encode(digest));
        assert!(readme.contains(&row), "expected in README.md: {row}");
    }
}

/// The names without `.json`.
fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.expect("a readable folder").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .map(|path| path.file_stem().expect("a file name").to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

/// Checks every file of a known kind; how many cases there were, and the names of the other files.
fn check_all(folder: &Path) -> (usize, Vec<String>) {
    let mut failures = Vec::new();
    let (mut checked, mut skipped) = (0, Vec::new());
    for name in names(folder) {
        let Some((_, check)) = FILES.iter().find(|(known, _)| *known == name) else {
            skipped.push(name);
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
    (checked, skipped)
}
