//! A process that is killed while it commits, and what another process finds.

use std::{
    env,
    io::Read,
    path::Path,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use dero_ledger::{
    block::BlockRef,
    store::{
        BlockChanges, ChainStore, Durability, MemoryStore, RedbStore, StoreError, StoreOptions, StoreView, Totals,
    },
    testing::{StoreBlocks, check_contents},
};

use crate::crash::NET;

const FOLDER: &str = "DERO_LEDGER_TEST_STORE_FOLDER";
const GATHER: &str = "DERO_LEDGER_TEST_STORE_GATHER";

/// So many commits of a child it says.
const MORE: u64 = 24;

fn blocks() -> StoreBlocks {
    StoreBlocks { seed: 13, entries: 0..=8, body: 0..=16000 }
}

fn open(folder: &Path) -> RedbStore {
    RedbStore::open(folder, &NET).unwrap()
}

fn tip(view: &impl StoreView) -> Option<(BlockRef, Totals)> {
    view.tip().map(|tip| (tip, view.totals(tip.height).unwrap()))
}

/// The child: commits until it is killed, and takes a few blocks away now and then. The salts are those of the
/// clock, so each run makes another branch; a block says in its nonce which.
#[test]
fn child_commits_until_it_is_killed() {
    let Ok(folder) = env::var(FOLDER) else { return };
    let options = match env::var(GATHER).ok().and_then(|blocks| blocks.parse().ok()) {
        Some(blocks) => StoreOptions { durability: Durability::Every(blocks), ..StoreOptions::default() },
        None => StoreOptions::default(),
    };
    let store = RedbStore::open_with(folder, &NET, options).unwrap();
    let started = Instant::now();
    for round in 0_u64.. {
        let salt = started.elapsed().as_nanos() as u64 ^ round << 48;
        let block = blocks().block(tip(&store.view().unwrap()), salt);
        store.commit(&block).unwrap();
        if round == MORE {
            println!("more");
        }
        if salt.is_multiple_of(7) && block.block.height > 3 {
            for _ in 0..salt % 3 {
                store.revert().unwrap();
            }
        }
    }
}

/// The blocks of the store, made anew from their nonces.
fn replay(view: &impl StoreView) -> Vec<BlockChanges> {
    let height = view.tip().map_or(0, |tip| tip.height + 1);
    let nonces: Vec<_> = view.headers(0..height).unwrap().into_iter().map(|(_, nonce)| nonce).collect();
    blocks().chain(None, nonces)
}

fn kill_and_compare(rounds: u64, gather: Option<u32>) {
    let folder = tempfile::tempdir().unwrap();
    let mut heights = Vec::new();
    for round in 0..rounds {
        let mut command = Command::new(env::current_exe().unwrap());
        command
            .args(["--exact", "process::child_commits_until_it_is_killed", "--nocapture"])
            .env(FOLDER, folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        if let Some(blocks) = gather {
            command.env(GATHER, blocks.to_string());
        }
        let mut child = command.spawn().unwrap();
        // Every other time it is killed while it opens what the last one left, or soon after.
        if round % 2 == 0 {
            let mut said = Vec::new();
            let mut output = child.stdout.take().unwrap();
            while !said.ends_with(b"more\n") {
                let mut byte = [0];
                assert_eq!(
                    output.read(&mut byte).unwrap(),
                    1,
                    "the child ended: {}",
                    String::from_utf8_lossy(&said)
                );
                said.push(byte[0]);
            }
        }
        let wait = blake3::hash(&round.to_le_bytes()).as_bytes()[0];
        thread::sleep(Duration::from_micros(u64::from(wait) * 400));
        child.kill().unwrap();
        child.wait().unwrap();

        let store = open(folder.path());
        let view = store.view().unwrap();
        let branch = replay(&view);
        check_contents(&view, &branch).unwrap_or_else(|failure| panic!("round {round}: {failure}"));
        let memory = MemoryStore::new();
        branch.iter().for_each(|block| memory.commit(block).unwrap());
        assert_eq!(memory.view().unwrap().tip(), view.tip());
        heights.push(branch.len());
    }
    println!("heights after {rounds} kills: {heights:?}");
    assert!(heights.last().unwrap() > &10, "the children got nowhere: {heights:?}");
}

#[test]
fn a_killed_process_leaves_a_store_that_opens_at_a_whole_block() {
    kill_and_compare(40, None);
}

#[test]
fn a_process_killed_while_it_gathers_blocks_leaves_a_store_that_opens_at_a_whole_block() {
    kill_and_compare(20, Some(8));
}

#[test]
fn a_folder_is_open_once() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    assert!(matches!(RedbStore::open(folder.path(), &NET), Err(StoreError::Busy)));
    let view = store.view().unwrap();
    drop(store);
    assert!(matches!(RedbStore::open(folder.path(), &NET), Err(StoreError::Busy)), "a view still reads it");
    drop(view);
    open(folder.path());
}

#[test]
fn a_folder_of_another_network_is_refused_with_both_names() {
    let folder = tempfile::tempdir().unwrap();
    drop(open(folder.path()));
    let error = RedbStore::open(folder.path(), &dero_crypto::NetworkId([1; 32])).unwrap_err();
    assert!(matches!(error, StoreError::OtherNetwork { .. }));
    let text = error.to_string();
    assert!(text.contains(&"09".repeat(32)) && text.contains(&"01".repeat(32)), "{text}");
    assert!(text.contains("choose another folder"), "{text}");
}

#[test]
fn a_folder_of_a_newer_schema_is_refused_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    drop(open(folder.path()));
    // As a later build would write it: the next number, under the checksum that every layout has.
    let mut key = blake3::Hasher::new_derive_key("dero-ledger store 1 checksum");
    key.update(&NET.0).update(b"store");
    let mut sum = blake3::Hasher::new_keyed(key.finalize().as_bytes());
    sum.update(&2_u64.to_le_bytes()).update(b"dero-ledger store\n");
    let mut bytes = b"dero-ledger store\n".to_vec();
    bytes.extend(2_u64.to_le_bytes());
    bytes.extend(NET.0);
    bytes.extend(&sum.finalize().as_bytes()[..8]);
    std::fs::write(folder.path().join("store"), bytes).unwrap();
    let error = RedbStore::open(folder.path(), &NET).unwrap_err();
    assert!(matches!(error, StoreError::OtherSchema { found: 2, expected: 1 }), "{error}");
    assert!(error.to_string().contains("use the build that wrote it"));
}

#[test]
fn a_folder_of_something_else_is_left_alone() {
    for (name, content) in
        [("store", &b"something else"[..]), ("headers.seg", b"not ours"), ("blocks.seg", b"not ours")]
    {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(name), content).unwrap();
        let error = RedbStore::open(folder.path(), &NET).unwrap_err();
        assert!(matches!(error, StoreError::Damaged { .. }), "{name}: {error}");
        assert_eq!(std::fs::read(folder.path().join(name)).unwrap(), content);
    }
}
