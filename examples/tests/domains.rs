//! Every hash domain and transcript label of the workspace stands once, and labels are those of the protocol.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

const CRATES: [&str; 5] = ["dero-crypto", "dero-ledger", "dero-contracts", "dero-wallet-core", "dero-net"];

/// Protocol 1.4, 13.7 and 16.4: no other label exists.
const LABELS: [&str; 33] = [
    "member",
    "surj",
    "spend",
    "link",
    "range",
    "issuer",
    "sealed",
    "accept",
    "vault-auth",
    "claim-schnorr",
    "claim-open",
    "claim-linear",
    "claim-range",
    "claim-link",
    "claim-asset",
    "claim-tag",
    "cred-pop",
    "cred-member",
    "cred",
    "ballot-bit",
    "ballot-sum",
    "ballot-wbit",
    "ballot-wsum",
    "tally",
    "ballot-deal",
    "ballot-blame",
    "audit-msg",
    "audit-spend",
    "audit-reserve",
    "audit-view",
    "audit-tag",
    "audit-address",
    "frost-pop",
];

fn sources() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a workspace");
    let mut folders: Vec<PathBuf> = CRATES.iter().map(|name| root.join(name).join("src")).collect();
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a readable folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    files
}

/// The text between the quotation marks that follow `start`.
fn quoted<'a>(line: &'a str, start: &str) -> Option<&'a str> {
    line.split_once(start)?.1.split_once('"').map(|(text, _)| text)
}

/// (string, where it stands) of every domain, and every label.
fn declared() -> (Vec<(String, String)>, Vec<String>) {
    let (mut domains, mut labels) = (Vec::new(), Vec::new());
    for path in sources() {
        let text = fs::read_to_string(&path).expect("a readable file");
        let table = path.ends_with("group/domain.rs");
        for line in text.lines().map(str::trim) {
            let constant = table
                && line.split_once(' ').is_some_and(|(name, _)| {
                    name.trim_end_matches(':')
                        .chars()
                        .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
                });
            if let Some(domain) = quoted(line, "Digest::new(\"") {
                domains.push((domain.to_string(), format!("{}: {line}", path.display())));
            } else if constant && line.contains(": ") {
                let domain = quoted(line, " = \"").unwrap_or_else(|| panic!("a domain: {line}"));
                domains.push((domain.to_string(), format!("{}: {line}", path.display())));
            } else if let Some(label) = quoted(line, " = \"").filter(|_| constant) {
                labels.push(label.to_string());
            }
        }
    }
    (domains, labels)
}

#[test]
fn no_domain_string_stands_twice_in_the_workspace() {
    let (domains, _) = declared();
    assert!(domains.len() > 90, "{} domains found", domains.len());
    let mut seen = BTreeMap::new();
    for (domain, place) in domains {
        if let Some(other) = seen.insert(domain.clone(), place.clone()) {
            panic!("`{domain}` stands twice:\n{other}\n{place}");
        }
    }
}

#[test]
fn every_label_is_one_of_the_protocol_and_stands_once() {
    let (_, labels) = declared();
    assert!(labels.len() >= 9, "{labels:?}");
    for (place, label) in labels.iter().enumerate() {
        assert!(LABELS.contains(&label.as_str()), "`{label}` is no label of the protocol");
        assert!(!labels[..place].contains(label), "`{label}` stands twice");
    }
}
