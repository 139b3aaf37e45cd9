//! Known answers of the ledger: `tx.json` of `tests/vectors/`, or of the folder that `DERO_VECTORS` names. What else is
//! in that folder is skipped by name.
//!
//! A valid case must be reproduced byte for byte and verify; a refused case must be refused for the reason that
//! it names.

#![allow(missing_docs, unreachable_pub)] // A test binary exports nothing.

mod compact;
mod read;
mod transactions;

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use read::Case;
use serde_json::Value;

#[test]
fn vectors() {
    let own = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors"));
    let folder = env::var_os("DERO_VECTORS").map_or_else(|| own.to_path_buf(), PathBuf::from);
    let (known, other): (Vec<PathBuf>, Vec<PathBuf>) = fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.expect("a readable folder").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .partition(|path| path.file_name().is_some_and(|name| name == "tx.json"));
    other.iter().for_each(|path| println!("skipped {}", path.display()));
    assert!(folder != own || (known.len(), other.len()) == (1, 0), "tx.json, and no file without a checker");
    assert!(!known.is_empty(), "{}: no tx.json, nothing to check", folder.display());
    known.iter().for_each(|path| check(path));
}

fn check(path: &Path) {
    let text = fs::read_to_string(path).expect("a readable file");
    let file: Value = serde_json::from_str(&text).expect("a file of known answers");
    assert_eq!(file["spec"], 1, "version of the form");
    let cases = file["cases"].as_array().expect("a list of cases");
    assert!(!cases.is_empty(), "no cases");
    let failures: Vec<String> = cases
        .iter()
        .filter_map(|value| {
            let case = Case { file: &file, value };
            case.judge(transactions::check).err().map(|complaint| format!("{}: {complaint}", case.name()))
        })
        .collect();
    assert!(failures.is_empty(), "{} of {} cases:\n{}", failures.len(), cases.len(), failures.join("\n"));
    println!("{} cases", cases.len());
}
