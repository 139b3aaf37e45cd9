//! What a disk that lies, fills up or breaks may do to a store: a typed error, never another state.

use dero_crypto::NetworkId;
use dero_ledger::{
    store::{BlockChanges, ChainStore, Durability, RedbStore, StoreError, StoreOptions, StoreView},
    testing::{DiskFault, SimulatedDisk, StoreBlocks, check_contents},
};

use crate::crash::{NET, disk_with, open};

fn blocks() -> StoreBlocks {
    StoreBlocks { seed: 12, entries: 1..=3, body: 10..=200 }
}

fn typed(error: &StoreError) -> bool {
    matches!(error, StoreError::Damaged { .. } | StoreError::Disk { .. } | StoreError::Stopped)
}

/// Reads everything from the store on `disk`, and compares it if no read failed.
fn read_all(disk: &SimulatedDisk, branch: &[BlockChanges]) -> Result<(), StoreError> {
    let store = open(disk)?;
    let view = store.view()?;
    for block in branch {
        let height = block.block.height;
        view.totals(height)?;
        view.block(height)?;
        view.compact(height)?;
        view.height_of(&block.block.id)?;
        view.spent(&block.tags)?;
        block.txids.iter().try_for_each(|txid| view.transaction(txid).map(drop))?;
    }
    let totals = branch.last().map(|block| block.totals).unwrap_or_default();
    view.listed(0..totals.list_length)?;
    (0..totals.header_nodes).try_for_each(|position| view.header_node(position).map(drop))?;
    (0..totals.tag_nodes).try_for_each(|position| view.tag_node(position).map(drop))?;
    let strangers = blocks().chain(None, 900..901);
    assert_eq!(view.spent(&strangers[0].tags)?, vec![None; strangers[0].tags.len()]);
    assert_eq!(view.height_of(&strangers[0].block.id)?, None);
    disk.mend();
    check_contents(&view, branch).unwrap_or_else(|failure| panic!("another state: {failure}"));
    Ok(())
}

#[test]
fn a_flipped_bit_is_found_when_it_is_read() {
    let branch = blocks().chain(None, 0..3);
    let disk = disk_with(&branch);
    let (mut flips, mut found) = (0, 0);
    for (name, length) in disk.files() {
        let bytes = disk.bytes(name);
        let dense = if name == "index.kv" { 600 } else { 1200 };
        let used: Vec<usize> = (0..length as usize).filter(|at| bytes[*at] != 0).collect();
        let step = (used.len() / 900).max(1);
        let positions = (0..dense.min(length as usize)).chain(used.into_iter().step_by(step));
        for at in positions {
            let broken = disk.copy();
            broken.flip(name, at as u64, 1 << (at % 8));
            flips += 1;
            match read_all(&broken, &branch) {
                Ok(()) => {}
                Err(StoreError::Damaged { .. } | StoreError::Stopped | StoreError::OtherSchema { .. }) => {
                    found += 1
                }
                Err(other) => panic!("{name} at {at}: {other}"),
            }
            // Txids and tags are read from the segment only when their block is taken away.
            let reverts = || {
                let store = open(&broken)?;
                branch.iter().try_for_each(|_| store.revert().map(drop))
            };
            if name.ends_with(".seg") && read_all(&broken, &branch).is_ok() {
                assert!(reverts().is_err(), "a flipped bit at {at} of {name} is not found");
            }
        }
    }
    println!("{flips} flipped bits, {found} errors, no other state");
}

#[test]
fn a_bit_that_flips_under_an_open_store_is_found_when_it_is_read() {
    let branch = blocks().chain(None, 0..3);
    let disk = disk_with(&branch);
    let store = open(&disk).unwrap();
    let view = store.view().unwrap();
    disk.flip("listed.seg", 100, 4);
    assert!(matches!(view.listed(0..1), Err(StoreError::Damaged { .. })));
    disk.flip("blocks.seg", 3, 4);
    assert!(matches!(view.block(0), Err(StoreError::Damaged { .. })));
    assert!(view.block(1).is_ok());
}

#[test]
fn a_lost_header_copy_of_the_index_is_no_loss() {
    let branch = blocks().chain(None, 0..3);
    for at in [0, 9, 100, 2048, 2100] {
        let disk = disk_with(&branch);
        disk.flip("index.kv", at, 0xff);
        read_all(&disk, &branch).unwrap();
    }
    let disk = disk_with(&branch);
    disk.flip("index.kv", 9, 1);
    disk.flip("index.kv", 2057, 1);
    assert!(matches!(read_all(&disk, &branch), Err(StoreError::Damaged { .. })));
}

#[test]
fn records_of_another_place_or_another_network_are_found() {
    let branch = blocks().chain(None, 0..6);
    let disk = disk_with(&branch);
    let bytes = disk.bytes("listed.seg");
    // The first two entries change places.
    for at in 0..136 {
        disk.flip("listed.seg", at as u64, bytes[at] ^ bytes[at + 136]);
        disk.flip("listed.seg", at as u64 + 136, bytes[at] ^ bytes[at + 136]);
    }
    let store = open(&disk).unwrap();
    assert!(matches!(store.view().unwrap().listed(0..2), Err(StoreError::Damaged { .. })));

    // A whole segment of the same chain on another network.
    let disk = disk_with(&branch);
    let other = SimulatedDisk::new();
    let store = RedbStore::open_on(other.clone(), &NetworkId([8; 32]), StoreOptions::default()).unwrap();
    branch.iter().for_each(|block| store.commit(block).unwrap());
    drop(store);
    let (ours, theirs) = (disk.bytes("listed.seg"), other.bytes("listed.seg"));
    for (at, (a, b)) in (0..).zip(ours.iter().zip(&theirs)) {
        disk.flip("listed.seg", at, a ^ b);
    }
    let store = open(&disk).unwrap();
    assert!(matches!(store.view().unwrap().listed(0..2), Err(StoreError::Damaged { .. })));
}

#[test]
fn a_segment_longer_than_committed_is_cut_and_a_shorter_one_is_refused() {
    let branch = blocks().chain(None, 0..3);
    let disk = disk_with(&branch);
    for (name, length) in disk.files() {
        if !name.ends_with(".seg") {
            continue;
        }
        let longer = disk.copy();
        longer.resize(name, length + 777);
        drop(open(&longer).unwrap());
        assert!(longer.files().contains(&(name, length)), "{name} is cut");
        read_all(&longer, &branch).unwrap();

        for lost in [1, length / 2, length] {
            let shorter = disk.copy();
            shorter.resize(name, length - lost);
            let before = shorter.files();
            let error = open(&shorter).unwrap_err();
            assert!(matches!(&error, StoreError::Damaged { what, .. } if what == name), "{error}");
            // Nothing else was cut to fit: the folder is left as it was found.
            let changed: Vec<_> = before.iter().zip(shorter.files()).filter(|(a, b)| *a != b).collect();
            assert!(changed.iter().all(|(file, _)| file.0 == "index.kv"), "{changed:?}");
        }
    }
}

#[test]
fn a_view_never_reads_beyond_what_was_committed() {
    let branch = blocks().chain(None, 0..4);
    let disk = disk_with(&branch[..3]);
    // Whole records stand behind the committed length, as a crash leaves them.
    let store = open(&disk).unwrap();
    let view = store.view().unwrap();
    store.commit(&branch[3]).unwrap();
    check_contents(&view, &branch[..3]).unwrap();
}

#[test]
fn an_index_that_is_gone_is_not_an_empty_one() {
    let branch = blocks().chain(None, 0..3);
    let disk = disk_with(&branch);
    disk.resize("index.kv", 0);
    assert!(matches!(open(&disk), Err(StoreError::Damaged { what, .. }) if what == "index.kv"));
    let length = disk_with(&branch).files().iter().find(|file| file.0 == "index.kv").unwrap().1;
    for (name, length) in
        [("index.kv", 4096), ("index.kv", 5000), ("index.kv", length - 4096), ("store", 0), ("store", 30)]
    {
        let disk = disk_with(&branch);
        disk.resize(name, length);
        assert!(matches!(open(&disk), Err(StoreError::Damaged { .. })), "{name} of {length} bytes");
    }
}

/// Sets `fault` on each operation of a commit in turn.
fn fail_everywhere(fault: DiskFault) {
    let branch = blocks().chain(None, 0..4);
    let disk = disk_with(&branch[..3]);
    let (mut again, mut stopped) = (0, 0);
    for point in 0.. {
        let disk = disk.copy();
        let store = open(&disk).unwrap();
        disk.fail_after(point, fault);
        let answer = store.commit(&branch[3]);
        let faulty = disk.operations();
        let committed = answer.is_ok();
        if let Err(error) = answer {
            assert!(typed(&error), "operation {point}: {error}");
            disk.mend();
            // Views of the old state, and the store itself, say so or stop; they never make something up.
            match store.commit(&branch[3]) {
                Ok(()) => {
                    again += 1;
                    check_contents(&store.view().unwrap(), &branch).unwrap();
                }
                Err(StoreError::Stopped) => stopped += 1,
                Err(other) => panic!("operation {point}: {other}"),
            }
        }
        let now = store.view().unwrap().tip();
        disk.mend();
        drop(store);
        // Pages that a failed sync forgot are gone at the latest when the power goes.
        for left in [disk.copy(), disk.after_power_loss(|_| dero_ledger::testing::Kept::Lost)] {
            let store = open(&left).unwrap_or_else(|error| panic!("operation {point}: {error}"));
            let tip = store.view().unwrap().tip();
            let length = tip.map_or(0, |tip| tip.height as usize + 1);
            check_contents(&store.view().unwrap(), &branch[..length]).unwrap();
            assert!(
                tip.map(|tip| tip.height) >= now.map(|tip| tip.height),
                "operation {point}: a durable block is lost"
            );
            if length == 3 {
                store.commit(&branch[3]).unwrap();
            }
        }
        if committed && faulty < disk.operations() && point > 60 {
            break;
        }
    }
    println!("{fault:?}: committed again {again} times, stopped {stopped} times");
    assert!(stopped > 0);
    assert!(again > 0);
}

#[test]
fn a_full_disk_is_a_typed_error_and_nothing_is_lost() {
    fail_everywhere(DiskFault::Full);
}

#[test]
fn a_failed_write_or_sync_is_a_typed_error_and_nothing_is_lost() {
    fail_everywhere(DiskFault::Error);
}

#[test]
fn a_failed_sync_stops_the_store_so_that_no_block_is_named_that_is_not_there() {
    let branch = blocks().chain(None, 0..6);
    let disk = disk_with(&branch[..1]);
    let options = StoreOptions { durability: Durability::Every(3.try_into().unwrap()), ..StoreOptions::default() };
    let mut point = 0;
    loop {
        let disk = disk.copy();
        let store = RedbStore::open_on(disk.clone(), &NET, options).unwrap();
        disk.fail_after(point, DiskFault::Error);
        let before = disk.operations();
        let mut committed = 1;
        for block in &branch[1..] {
            // Whoever cannot commit tries again, until he is told that it is no use.
            match store.commit(block).or_else(|_| store.commit(block)) {
                Ok(()) => committed += 1,
                Err(error) => {
                    assert!(matches!(error, StoreError::Stopped), "operation {point}: {error}");
                    assert!(matches!(store.revert(), Err(StoreError::Stopped)));
                    assert!(matches!(store.flush(), Err(StoreError::Stopped)));
                    break;
                }
            }
        }
        drop(store);
        let operations = disk.operations() - before;
        let left = disk.after_power_loss(|_| dero_ledger::testing::Kept::Lost);
        let store = open(&left).unwrap_or_else(|error| panic!("operation {point}: {error}"));
        let view = store.view().unwrap();
        let length = view.tip().map_or(0, |tip| tip.height as usize + 1);
        check_contents(&view, &branch[..length]).unwrap_or_else(|failure| panic!("operation {point}: {failure}"));
        assert!(length + 2 >= committed, "operation {point}: more than two blocks are lost");
        if point > operations {
            break;
        }
        point += 1;
    }
}

#[test]
fn a_failed_read_is_a_typed_error_and_nothing_else_is_answered() {
    let branch = blocks().chain(None, 0..3);
    let disk = disk_with(&branch);
    let clean = disk.copy();
    read_all(&clean, &branch).unwrap();
    for read in 0..clean.reads() / 2 {
        let disk = disk.copy();
        disk.fail_read_after(read);
        match read_all(&disk, &branch) {
            Ok(()) => {}
            Err(error) => assert!(typed(&error), "read {read}: {error}"),
        }
        disk.mend();
        read_all(&disk, &branch).unwrap();
    }
}

#[test]
fn a_failed_read_in_a_revert_changes_nothing() {
    let branch = blocks().chain(None, 0..3);
    let disk = disk_with(&branch);
    for read in 0.. {
        let disk = disk.copy();
        let store = open(&disk).unwrap();
        disk.fail_read_after(read);
        let before = disk.reads();
        let answer = store.revert();
        let reads = disk.reads() - before;
        disk.mend();
        drop(store);
        let left = if answer.is_ok() { &branch[..2] } else { &branch[..] };
        read_all(&disk, left).unwrap();
        if answer.is_ok() && read > reads {
            break;
        }
    }
}

#[test]
fn a_damaged_block_cannot_be_reverted_into_another_state() {
    let branch = blocks().chain(None, 0..3);
    for name in ["headers.seg", "blocks.seg", "compact.seg", "listed.seg", "header-nodes.seg", "tag-nodes.seg"] {
        let disk = disk_with(&branch);
        let store = open(&disk).unwrap();
        let length = disk.files().iter().find(|file| file.0 == name).unwrap().1;
        disk.flip(name, length - 10, 1);
        assert!(matches!(store.revert(), Err(StoreError::Damaged { .. })), "{name}");
        disk.flip(name, length - 10, 1);
        check_contents(&store.view().unwrap(), &branch).unwrap();
        store.revert().unwrap();
        check_contents(&store.view().unwrap(), &branch[..2]).unwrap();
    }
}
