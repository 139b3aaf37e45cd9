//! Reorganisations of every depth that the rules allow, with restarts between.

use dero_ledger::{
    store::{BlockChanges, ChainStore, Durability, MemoryStore, RedbStore, StoreOptions, StoreView},
    testing::{SimulatedDisk, StoreBlocks, check_contents},
};

use crate::crash::{NET, open};

/// Blocks that a reorganisation may take away (10.7).
const DEEPEST: usize = 360;

fn blocks() -> StoreBlocks {
    StoreBlocks { seed: 14, entries: 0..=2, body: 0..=60 }
}

/// A trunk and two branches; the second is one longer.
fn fork(trunk: usize, depth: usize) -> [Vec<BlockChanges>; 3] {
    let trunk = blocks().chain(None, 0..trunk as u64);
    let parent = trunk.last().map(|block| (block.block, block.totals));
    let lost = blocks().chain(parent, 1000..1000 + depth as u64);
    let won = blocks().chain(parent, 5000..5001 + depth as u64);
    [trunk, lost, won]
}

fn gathering() -> StoreOptions {
    StoreOptions { durability: Durability::Every(64.try_into().unwrap()), ..StoreOptions::default() }
}

#[test]
fn a_reorganised_store_has_the_bytes_of_one_that_saw_only_the_winning_branch() {
    for depth in (1..=11).chain([64, DEEPEST]) {
        let [trunk, lost, won] = fork(5, depth);
        let disk = SimulatedDisk::new();
        let store = RedbStore::open_on(disk.clone(), &NET, gathering()).unwrap();
        trunk.iter().chain(&lost).for_each(|block| store.commit(block).unwrap());
        drop(store);

        // Down, with a restart after each third.
        let mut store = Some(open(&disk).unwrap());
        for count in 0..depth {
            store.as_ref().unwrap().revert().unwrap();
            if count % (depth / 3 + 1) == 0 {
                drop(store.take());
                store = Some(open(&disk).unwrap());
            }
        }
        // And up.
        for (count, block) in won.iter().enumerate() {
            store.as_ref().unwrap().commit(block).unwrap();
            if count % (depth / 3 + 1) == 0 {
                drop(store.take());
                store = Some(open(&disk).unwrap());
            }
        }
        let branch = [trunk, won].concat();
        check_contents(&store.as_ref().unwrap().view().unwrap(), &branch).unwrap();
        drop(store);

        let plain = SimulatedDisk::new();
        let store = open(&plain).unwrap();
        branch.iter().for_each(|block| store.commit(block).unwrap());
        drop(store);
        for (name, _) in plain.files() {
            // The pages of the index lie where its history put them; its contents were compared above.
            if name != "index.kv" {
                assert_eq!(disk.bytes(name), plain.bytes(name), "{name} after a reorganisation of {depth}");
            }
        }
        let view = open(&disk).unwrap().view().unwrap();
        for block in &lost {
            assert_eq!(view.spent(&block.tags).unwrap(), vec![None; block.tags.len()]);
            assert_eq!(view.height_of(&block.block.id).unwrap(), None);
            assert!(block.txids.iter().all(|txid| view.transaction(txid).unwrap().is_none()));
        }
    }
}

#[test]
fn a_view_outlives_the_deepest_reorganisation() {
    let [trunk, lost, won] = fork(3, DEEPEST);
    let disk = SimulatedDisk::new();
    let store = RedbStore::open_on(disk, &NET, gathering()).unwrap();
    let memory = MemoryStore::new();
    for block in trunk.iter().chain(&lost) {
        store.commit(block).unwrap();
        memory.commit(block).unwrap();
    }
    let (view, in_memory) = (store.view().unwrap(), memory.view().unwrap());
    for _ in &lost {
        assert_eq!(store.revert().unwrap(), memory.revert().unwrap());
    }
    for block in &won {
        store.commit(block).unwrap();
        memory.commit(block).unwrap();
    }
    let before = [trunk.clone(), lost].concat();
    check_contents(&view, &before).unwrap();
    check_contents(&in_memory, &before).unwrap();
    check_contents(&store.view().unwrap(), &[trunk, won].concat()).unwrap();
}

#[test]
fn a_store_goes_back_to_nothing_and_on_again() {
    let branch = blocks().chain(None, 0..9);
    let disk = SimulatedDisk::new();
    let store = open(&disk).unwrap();
    for _ in 0..3 {
        branch.iter().for_each(|block| store.commit(block).unwrap());
        for _ in &branch {
            store.revert().unwrap();
        }
    }
    drop(store);
    assert!(
        disk.files().iter().all(|(name, length)| !name.ends_with(".seg") || *length == 0),
        "{:?}",
        disk.files()
    );
    check_contents(&open(&disk).unwrap().view().unwrap(), &[]).unwrap();
}
