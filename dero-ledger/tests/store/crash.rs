//! The power goes at every operation of a commit, a revert, the making of a store and its closing; what was not
//! synced is lost, kept, or torn. The store opens at a block that was committed, with all of it and nothing else.

use dero_crypto::NetworkId;
use dero_ledger::{
    store::{BlockChanges, ChainStore, Durability, RedbStore, StoreError, StoreOptions, StoreView},
    testing::{DiskFault, Kept, SimulatedDisk, StoreBlocks, check_contents},
};

pub(crate) const NET: NetworkId = NetworkId([9; 32]);

pub(crate) fn open(disk: &SimulatedDisk) -> Result<RedbStore, StoreError> {
    RedbStore::open_on(disk.clone(), &NET, StoreOptions::default())
}

fn blocks() -> StoreBlocks {
    StoreBlocks { seed: 11, entries: 1..=4, body: 100..=9000 }
}

/// A disk with a store of `branch`, closed.
pub(crate) fn disk_with(branch: &[BlockChanges]) -> SimulatedDisk {
    let disk = SimulatedDisk::new();
    let store = open(&disk).unwrap();
    branch.iter().for_each(|block| store.commit(block).unwrap());
    drop(store);
    disk
}

/// What may become of operations that were not synced: all of one fate; one of another fate; the last torn; at
/// random.
fn fates(pending: &[usize]) -> Vec<Vec<Kept>> {
    let count = pending.len();
    let mut fates = vec![vec![Kept::Lost; count], vec![Kept::Whole; count]];
    for index in 0..count {
        for (all, one) in [(Kept::Lost, Kept::Whole), (Kept::Whole, Kept::Lost)] {
            let mut fate = vec![all; count];
            fate[index] = one;
            fates.push(fate);
        }
        let mut fate = vec![Kept::Whole; count];
        for torn in [1, pending[index] / 2, pending[index].saturating_sub(1)] {
            fate[index] = Kept::Torn(torn);
            fates.push(fate.clone());
        }
        // Everything up to this one, which is cut at a sector.
        fate[index] = Kept::Torn(512.min(pending[index]));
        fate[index + 1..].fill(Kept::Lost);
        fates.push(fate);
    }
    for seed in 0..8_u64 {
        let mut random = blake3::Hasher::new().update(&seed.to_le_bytes()).finalize_xof();
        let mut byte = || {
            let mut byte = [0];
            random.fill(&mut byte);
            usize::from(byte[0])
        };
        let fate = |bytes: &usize| match byte() % 3 {
            0 => Kept::Lost,
            1 => Kept::Whole,
            _ => Kept::Torn(bytes * byte() / 256),
        };
        fates.push(pending.iter().map(fate).collect());
    }
    fates
}

struct Crashes {
    points: u64,
    reopened: u64,
}

/// Runs `act` on a store on a copy of `disk`, with the power lost at each operation in turn, and opens what may be
/// left. It must hold one of `states`, and the one of index `done` if `act` returned before.
fn crash_everywhere(
    disk: &SimulatedDisk,
    options: StoreOptions,
    act: impl Fn(&SimulatedDisk, RedbStore) -> Result<usize, StoreError>,
    states: &[&[BlockChanges]],
) -> Crashes {
    let mut crashes = Crashes { points: 0, reopened: 0 };
    for point in 0.. {
        let disk = disk.copy();
        let store = RedbStore::open_on(disk.clone(), &NET, options).unwrap();
        disk.fail_after(point, DiskFault::PowerLoss);
        let done = act(&disk, store);
        let finished = !disk.is_off();
        crashes.points += 1;
        for fate in fates(&disk.pending()) {
            let left = disk.after_power_loss(|index| fate[index]);
            let what = || format!("operation {point}, fates {fate:?}");
            let store = open(&left).unwrap_or_else(|error| panic!("{}: {error}", what()));
            let view = store.view().unwrap();
            let length = view.tip().map_or(0, |tip| tip.height + 1);
            let state = states.iter().position(|state| {
                state.len() as u64 == length && state.last().map(|block| block.block) == view.tip()
            });
            let state = state.unwrap_or_else(|| panic!("{}: opened at {:?}", what(), view.tip()));
            if let Ok(least) = done {
                assert!(state >= least, "{}: state {state}, but {least} was durable", what());
            }
            check_contents(&view, states[state]).unwrap_or_else(|failure| panic!("{}: {failure}", what()));
            crashes.reopened += 1;
            // What was found goes on like any other store.
            if fate.iter().all(|kept| *kept == Kept::Lost) || fate.iter().all(|kept| *kept == Kept::Whole) {
                let parent = states[state].last().map(|block| (block.block, block.totals));
                let next = blocks().block(parent, 77);
                store.commit(&next).unwrap();
                drop((view, store));
                let branch = [states[state], &[next]].concat();
                check_contents(&open(&left).unwrap().view().unwrap(), &branch).unwrap();
            }
        }
        if finished {
            return crashes;
        }
    }
    unreachable!("an action has an end")
}

#[test]
fn a_crash_at_every_write_and_sync_of_a_commit_leaves_one_whole_block_more_or_none() {
    let branch = blocks().chain(None, 0..4);
    let disk = disk_with(&branch[..3]);
    let act = |_: &SimulatedDisk, store: RedbStore| store.commit(&branch[3]).map(|()| 1);
    let crashes = crash_everywhere(&disk, StoreOptions::default(), act, &[&branch[..3], &branch]);
    println!("commit: {} crash points, {} reopened", crashes.points, crashes.reopened);
    assert!(crashes.points > 30);
}

#[test]
fn a_crash_in_the_first_commit_leaves_genesis_or_nothing() {
    let branch = blocks().chain(None, 0..1);
    let disk = disk_with(&[]);
    let act = |_: &SimulatedDisk, store: RedbStore| store.commit(&branch[0]).map(|()| 1);
    crash_everywhere(&disk, StoreOptions::default(), act, &[&[], &branch]);
}

#[test]
fn a_crash_at_every_operation_of_a_revert_takes_the_block_away_or_leaves_it() {
    let branch = blocks().chain(None, 0..4);
    let rival = blocks().chain(Some((branch[2].block, branch[2].totals)), 50..51);
    let reorganised = [&branch[..3], &rival].concat();
    let disk = disk_with(&branch);
    let act = |_: &SimulatedDisk, store: RedbStore| {
        store.revert()?;
        store.commit(&rival[0])?;
        Ok(2)
    };
    let states: [&[BlockChanges]; 3] = [&branch, &branch[..3], &reorganised];
    crash_everywhere(&disk, StoreOptions::default(), act, &states);
}

#[test]
fn a_crash_while_blocks_are_gathered_leaves_the_last_durable_block() {
    let branch = blocks().chain(None, 0..7);
    let disk = disk_with(&branch[..1]);
    let options = StoreOptions { durability: Durability::Every(3.try_into().unwrap()), ..StoreOptions::default() };
    let act = |_: &SimulatedDisk, store: RedbStore| {
        branch[1..].iter().try_for_each(|block| store.commit(block))?;
        drop(store);
        Ok(2)
    };
    // Blocks 1 to 3 and 4 to 6 are durable together.
    let states: [&[BlockChanges]; 3] = [&branch[..1], &branch[..4], &branch];
    crash_everywhere(&disk, options, act, &states);
}

#[test]
fn a_crash_in_a_revert_of_gathered_blocks_leaves_the_last_durable_block_or_the_one_reverted_to() {
    let branch = blocks().chain(None, 0..4);
    let disk = disk_with(&branch[..1]);
    let options = StoreOptions { durability: Durability::Every(8.try_into().unwrap()), ..StoreOptions::default() };
    let act = |_: &SimulatedDisk, store: RedbStore| {
        branch[1..].iter().try_for_each(|block| store.commit(block))?;
        store.revert().map(|_| 1)
    };
    // A revert is durable when it returns; closing adds nothing.
    let states: [&[BlockChanges]; 2] = [&branch[..1], &branch[..3]];
    crash_everywhere(&disk, options, act, &states);
}

#[test]
fn a_block_is_there_when_its_commit_returned_whatever_was_not_synced() {
    let branch = blocks().chain(None, 0..3);
    let disk = SimulatedDisk::new();
    let store = open(&disk).unwrap();
    for (count, block) in branch.iter().enumerate() {
        store.commit(block).unwrap();
        let left = disk.after_power_loss(|_| Kept::Lost);
        check_contents(&open(&left).unwrap().view().unwrap(), &branch[..=count]).unwrap();
    }
}

#[test]
fn a_crash_while_a_store_is_made_leaves_a_folder_in_which_it_can_be_made() {
    let branch = blocks().chain(None, 0..1);
    for point in 0.. {
        let disk = SimulatedDisk::new();
        disk.fail_after(point, DiskFault::PowerLoss);
        let made = open(&disk).is_ok();
        for fate in fates(&disk.pending()) {
            let left = disk.after_power_loss(|index| fate[index]);
            let store = open(&left).unwrap_or_else(|error| panic!("operation {point}, fates {fate:?}: {error}"));
            check_contents(&store.view().unwrap(), &[]).unwrap();
            store.commit(&branch[0]).unwrap();
            drop(store);
            check_contents(&open(&left).unwrap().view().unwrap(), &branch).unwrap();
        }
        if made && !disk.is_off() {
            return;
        }
    }
}
