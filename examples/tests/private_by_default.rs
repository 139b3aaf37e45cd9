//! No public function of the crates makes a transfer in the clear, but those that take or return a type whose name says
//! so. The transaction of a payment has no place for an amount in the clear (protocol 10.1): its outputs are
//! [`Enote`](dero_crypto::enote::Enote)s.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

const CRATES: [&str; 5] = ["dero-crypto", "dero-ledger", "dero-contracts", "dero-wallet-core", "dero-net"];

/// Types of amounts in the clear: to name one is the opt-in. Coinbase, genesis, moves from and to contracts, ops.
const OPT_IN: [&str; 10] = [
    "PublicEnote",
    "PublicMove",
    "CoinbaseOutput",
    "CoinbaseTx",
    "GenesisEnote",
    "Allocation",
    "AssetOp",
    "OpDraft",
    "OpAction",
    "Term",
];

/// Words by which a function in the clear would be called.
const WORDS: [&str; 6] = ["transparent", "public", "unshielded", "cleartext", "unblinded", "in_the_clear"];

/// Functions whose name has such a word, and why none of them makes a transfer in the clear.
const NAMED: [(&str, &str); 2] = [
    ("public", "Draft::public returns a PublicEnote, which stands in coinbase, genesis and stubs of moves only"),
    ("public_commitment", "what every node computes of a PublicEnote"),
];

/// All Rust files of a crate but tests.
fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().and_then(|name| name.to_str()).expect("a name").to_string();
        if name == "tests" || name == "testing" || name == "tests.rs" {
            continue;
        }
        if path.is_dir() {
            files(&path, found);
        } else if name.ends_with(".rs") {
            found.push(path);
        }
    }
}

/// The public functions of a crate: each with its file and its signature in one line.
fn signatures(name: &str) -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name).join("src");
    let (mut paths, mut found) = (Vec::new(), Vec::new());
    files(&root, &mut paths);
    for path in paths {
        let text = fs::read_to_string(&path).expect("a source file");
        let text = text.split("#[cfg(test)]\nmod tests {").next().expect("something");
        let code: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.starts_with("//")).collect();
        let code = code.join(" ");
        for start in ["pub fn ", "pub const fn ", "pub async fn "] {
            for (at, _) in code.match_indices(start) {
                let signature = code[at..].split(['{', ';']).next().expect("something");
                found.push((path.clone(), signature.to_string()));
            }
        }
    }
    found
}

fn name_of(signature: &str) -> &str {
    let after = signature.split("fn ").nth(1).expect("a function");
    after.split(['(', '<']).next().expect("a name")
}

/// Whether a type's name stands in a signature as a word of its own.
fn names(signature: &str, word: &str) -> bool {
    signature.split(|letter: char| !letter.is_alphanumeric() && letter != '_').any(|found| found == word)
}

#[test]
fn the_scan_sees_the_public_functions() {
    let counts: BTreeMap<_, _> = CRATES.map(|name| (name, signatures(name).len())).into();
    assert!(counts["dero-crypto"] > 150 && counts["dero-wallet-core"] > 50, "{counts:?}");
    let all = signatures("dero-wallet-core");
    assert!(all.iter().any(|(_, signature)| name_of(signature) == "propose"));
    let all = signatures("dero-crypto");
    assert!(all.iter().any(|(_, signature)| name_of(signature) == "public" && names(signature, "PublicEnote")));
}

#[test]
fn no_function_is_called_like_a_transfer_in_the_clear() {
    for (path, signature) in CRATES.into_iter().flat_map(signatures) {
        let name = name_of(&signature);
        let said = WORDS.iter().any(|word| name.contains(word));
        // A public key is no transfer.
        let key = name.contains("public_key") || signature.trim_end().ends_with("-> &Point");
        assert!(
            !said || key || NAMED.iter().any(|(allowed, _)| *allowed == name),
            "{}: {signature}",
            path.display()
        );
    }
}

#[test]
fn a_wallet_spends_without_a_type_in_the_clear() {
    for (path, signature) in signatures("dero-wallet-core") {
        let path = path.display().to_string();
        let spends = ["/spend/", "/signer/", "/wallet/"].iter().any(|folder| path.contains(folder));
        let found = OPT_IN.iter().find(|word| names(&signature, word));
        assert!(!spends || found.is_none(), "{path}: {signature}");
    }
}

#[test]
fn an_output_of_a_transaction_is_a_hidden_enote() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../dero-ledger/src/transaction");
    for (file, start, expected) in [
        ("bundle.rs", "pub struct Output {", &["enote: Enote", "lock: Option<LockRecord>"][..]),
        (
            "builder/draft.rs",
            "pub struct OutputDraft {",
            &["made: MadeEnote", "lock: Option<LockDraft>", "memo: Vec<u8>"],
        ),
    ] {
        let text = fs::read_to_string(root.join(file)).expect("a source file");
        let (_, after) = text.split_once(start).expect("the struct");
        let (fields, _) = after.split_once("\n}").expect("its end");
        let fields: Vec<_> = fields
            .lines()
            .filter_map(|line| line.trim().strip_prefix("pub "))
            .map(|field| field.trim_end_matches(','))
            .collect();
        assert_eq!(fields, expected, "{start}");
    }
}
