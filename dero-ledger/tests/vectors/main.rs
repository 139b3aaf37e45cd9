//! Known answers of the ledger: `tx.json` of `tests/vectors/`, or of the folder that `DERO_VECTORS` names.
//!
//! A valid case must be reproduced byte for byte and verify; a refused case must be refused for the reason that
//! it names.

#![allow(missing_docs, unreachable_pub)] // A test binary exports nothing.

mod compact;
mod read;
mod transactions;

use std::{env, fs, path::PathBuf};

use read::Case;
use serde_json::Value;

#[test]
fn vectors() {
    let folder = env::var_os("DERO_VECTORS")
        .map_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors")), PathBuf::from);
    let text = fs::read_to_string(folder.join("tx.json")).expect("a readable file");
    let file: Value = serde_json::from_str(&text).expect("a file of known answers");
    assert_eq!(file["spec"], 1, "version of the form");
    let cases = file["cases"].as_array().expect("a list of cases");
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
