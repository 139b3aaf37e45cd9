//! The dependency arrows that ARCHITECTURE.md draws are those of the manifests.

use std::{collections::BTreeSet, process::Command};

use serde_json::Value;

/// Each crate and the crates of this workspace that it may name, tests included.
const ARROWS: [(&str, &[&str]); 5] = [
    ("dero-crypto", &[]),
    ("dero-ledger", &["dero-crypto"]),
    ("dero-contracts", &["dero-crypto", "dero-ledger"]),
    ("dero-wallet-core", &["dero-crypto", "dero-ledger"]),
    ("dero-net", &["dero-crypto", "dero-ledger"]),
];

fn metadata() -> Value {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs");
    serde_json::from_slice(&output.stdout).expect("cargo prints JSON")
}

#[test]
fn arrows_point_one_way() {
    let metadata = metadata();
    let packages = metadata["packages"].as_array().expect("packages");
    for (name, allowed) in ARROWS {
        let package = packages.iter().find(|package| package["name"] == name).expect("a published crate");
        for dependency in package["dependencies"].as_array().expect("dependencies") {
            let on = dependency["name"].as_str().expect("a name");
            let own = on == name; // The path-only dependency on itself, for the feature `testing`.
            assert!(!on.starts_with("dero-") || own || allowed.contains(&on), "{name} may not depend on {on}");
        }
    }
}

#[test]
fn nothing_comes_from_git_and_no_enclave_or_coordinator_is_named() {
    let metadata = metadata();
    for package in metadata["packages"].as_array().expect("packages") {
        for dependency in package["dependencies"].as_array().expect("dependencies") {
            let (name, source) = (dependency["name"].as_str().expect("a name"), &dependency["source"]);
            assert!(!source.as_str().is_some_and(|source| source.starts_with("git+")), "{name} comes from git");
            for word in ["sgx", "enclave", "attestation"] {
                assert!(!name.contains(word), "{name}");
            }
        }
    }
}

#[test]
fn the_five_crates_forbid_unsafe_code() {
    let metadata = metadata();
    let names: BTreeSet<_> = ARROWS.iter().map(|(name, _)| *name).collect();
    for package in metadata["packages"].as_array().expect("packages") {
        if names.contains(package["name"].as_str().expect("a name")) {
            let manifest = std::path::Path::new(package["manifest_path"].as_str().expect("a path"));
            let root = std::fs::read_to_string(manifest.with_file_name("src/lib.rs")).expect("lib.rs");
            assert!(root.contains("#![forbid(unsafe_code)]"), "{}", package["name"]);
        }
    }
}
