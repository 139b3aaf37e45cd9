//! A node that lacks a part does not compile, and the message says which trait the part must implement.
//!
//! Each case is what a stranger writes before the `impl`; the compiler of this build is asked about it.

use std::{
    env,
    ffi::OsString,
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
    process::Command,
    time::SystemTime,
};

const LEDGER: &str = "
#![allow(unused)]
use dero_ledger::{chain::{Chain, ChainOptions}, consensus::{Blake3, ProofOfWork}, execution::NoContracts};
use dero_ledger::{params::Network, store::MemoryStore};
pub struct Mine;
pub fn node(network: Network) {
    let _ = Chain::open(STORE, network, CONSENSUS, EXECUTOR, ChainOptions::default());
}";

fn ledger(store: &str, consensus: &str, executor: &str) -> String {
    LEDGER.replace("STORE", store).replace("CONSENSUS", consensus).replace("EXECUTOR", executor)
}

const NET: &str = "
#![allow(unused)]
use std::sync::Arc;
use dero_net::{clock::SystemClock, node::{Node, NodeOptions}, peer::Limits, testing::{SeededRng, ToyChain}};
use dero_net::transport::memory::MemoryTransport;
pub struct Mine;
pub fn node(wire: MemoryTransport, chain: Arc<ToyChain>, seed: u64) {
    let rng = SeededRng::new(seed);
    let options = NodeOptions { peers: vec![], known: vec![], limits: Limits::local() };
    let _ = Node::start(WIRE, CHAIN, CLOCK, options, rng);
}";

fn net(wire: &str, chain: &str, clock: &str) -> String {
    NET.replace("WIRE", wire).replace("CHAIN", chain).replace("CLOCK", clock)
}

const WALLET: &str = "
#![allow(unused)]
use dero_wallet_core::{signer::Signer, store::{MemoryPersister, Persister}};
pub struct Mine;
pub fn needs<P: Persister, S: Signer>(_: P, _: Option<S>) {}
pub fn wallet() { needs(ROWS, None::<SIGNER>) }";

fn wallet(rows: &str, signer: &str) -> String {
    WALLET.replace("ROWS", rows).replace("SIGNER", signer)
}

/// The newest libraries of a crate that the build of this test made.
fn libraries(name: &str) -> Vec<PathBuf> {
    let deps = env::current_exe().expect("a path").parent().expect("a folder").to_path_buf();
    let prefix = format!("lib{name}-");
    let time = |path: &Path| match path.metadata() {
        Ok(found) => Some(found.modified().expect("a time")),
        // Another build replaces its files meanwhile.
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(error) => panic!("{}: {error}", path.display()),
    };
    let mut found: Vec<(SystemTime, PathBuf)> = fs::read_dir(deps)
        .expect("the folder")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "rlib"))
        .filter(|path| path.file_name().is_some_and(|file| file.to_string_lossy().starts_with(&prefix)))
        .filter_map(|path| Some((time(&path)?, path)))
        .collect();
    found.sort_unstable();
    found.into_iter().rev().map(|(_, path)| path).collect()
}

/// What the compiler says about `code`, which uses the crate `name`.
fn compiled(name: &str, library: &Path, code: &str) -> (bool, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("node.rs");
    fs::write(&file, code).expect("written");
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| OsString::from("rustc"));
    let mut command = Command::new(rustc);
    command.args(["--edition", "2024", "--crate-type", "lib", "--emit", "metadata"]);
    command.arg("--out-dir").arg(folder.path());
    command.arg("-L").arg(format!("dependency={}", library.parent().expect("a folder").display()));
    command.arg("--extern").arg(format!("{name}={}", library.display()));
    let output = command.arg(&file).output().expect("the compiler runs");
    (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
}

/// One of the libraries in the folder, builds with other features among them, compiles `right`; with it the compiler
/// must refuse each of `wrong` with these words.
fn is_told(name: &str, right: &str, wrong: &[(String, &str)]) {
    let libraries: Vec<_> = libraries(name).into_iter().filter(|one| compiled(name, one, right).0).collect();
    assert!(!libraries.is_empty(), "what lacks nothing does not compile");
    for (code, words) in wrong {
        let told: Vec<String> = libraries
            .iter()
            .map(|library| {
                let (success, said) = compiled(name, library, code);
                assert!(!success, "it compiles: {code}");
                said.lines().find(|line| line.starts_with("error")).unwrap_or_default().to_string()
            })
            .collect();
        let fits = told.iter().find(|line| line.contains(words));
        println!("{}", fits.unwrap_or_else(|| panic!("expected {words}: {told:?}")));
    }
}

#[test]
fn a_chain_that_lacks_a_part_is_told_which_trait_to_implement() {
    let (store, consensus, executor) = ("MemoryStore::new()", "ProofOfWork(Blake3)", "NoContracts");
    is_told(
        "dero_ledger",
        &ledger(store, consensus, executor),
        &[
            (ledger("Mine", consensus, executor), "`Mine` is no store for a chain"),
            (ledger(store, "Mine", executor), "`Mine` is no consensus engine"),
            (ledger(store, "ProofOfWork(Mine)", executor), "`Mine` is no hash for a proof of work"),
            (ledger(store, consensus, "Mine"), "`Mine` executes no contracts"),
        ],
    );
}

#[test]
fn a_node_that_lacks_a_part_is_told_which_trait_to_implement() {
    let (wire, chain, clock) = ("wire", "chain", "SystemClock::new()");
    is_told(
        "dero_net",
        &net(wire, chain, clock),
        &[
            (net("Mine", chain, clock), "`Mine` is no transport"),
            (net(wire, "Arc::new(Mine)", clock), "`Mine` is no chain for a node"),
            (net(wire, chain, "Mine"), "`Mine` is no clock"),
        ],
    );
}

#[test]
fn a_wallet_that_lacks_a_part_is_told_which_trait_to_implement() {
    let rows = "MemoryPersister::new()";
    let signed =
        |rows, signer| wallet(rows, signer).replace("S: Signer", if signer == "()" { "S" } else { "S: Signer" });
    is_told(
        "dero_wallet_core",
        &signed(rows, "()"),
        &[
            (signed("Mine", "()"), "`Mine` keeps no rows of a wallet"),
            (signed(rows, "Mine"), "`Mine` holds no spend key"),
        ],
    );
}
