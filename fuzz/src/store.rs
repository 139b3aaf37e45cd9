//! The durable store over a failing disk, beside a store in memory.

use dero_crypto::NetworkId;
use dero_ledger::{
    store::{
        BlockChanges, ChainStore, Durability, MemoryStore, RedbStore, StoreError, StoreOptions, StoreView, Tip,
    },
    testing::{DiskFault, Kept, SimulatedDisk, StoreBlocks, check_contents},
};

const NET: NetworkId = NetworkId([5; 32]);
/// Enough to go up and down a few times.
const OPERATIONS: usize = 40;

fn tip(branch: &[BlockChanges]) -> Option<Tip> {
    branch.last().map(|block| (block.block, block.totals))
}

/// Each byte is an operation; the next one or two say how.
pub fn store(bytes: &[u8]) {
    let blocks = StoreBlocks { seed: 1, entries: 0..=2, body: 0..=200 };
    let mut bytes = bytes.iter().copied();
    let gather = u32::from(bytes.next().unwrap_or(0) % 4);
    let durability = gather.try_into().map_or(Durability::EachBlock, Durability::Every);
    let options = StoreOptions { durability, cache_bytes: 1 << 20 };
    let open = |disk: &SimulatedDisk| RedbStore::open_on(disk.clone(), &NET, options).expect("a store opens");

    let mut disk = SimulatedDisk::new();
    let mut store = Some(open(&disk));
    let memory = MemoryStore::new();
    let mut branch: Vec<BlockChanges> = Vec::new();
    // Blocks up to here are durable, on this branch.
    let mut durable = 0;
    let mut views = Vec::new();

    for _ in 0..OPERATIONS {
        let (Some(operation), how) = (bytes.next(), bytes.next().unwrap_or(0)) else { break };
        let current = store.get_or_insert_with(|| open(&disk));
        match operation % 8 {
            0..=2 => {
                let mut block = blocks.block(tip(&branch), how.into());
                let spoilt = how % 16 == 15 && spoil(&mut block, &branch, operation);
                let (ours, plain) = (current.commit(&block), memory.commit(&block));
                assert_eq!(ours.is_ok(), plain.is_ok(), "{ours:?} {plain:?}");
                assert!(ours.is_err() || !spoilt);
                if ours.is_ok() {
                    branch.push(block);
                    durable = if gather == 0 { branch.len() } else { durable };
                }
            }
            3 => {
                let (ours, plain) = (current.revert(), memory.revert());
                assert_eq!(ours.as_ref().ok(), plain.as_ref().ok());
                if ours.is_ok() {
                    branch.pop();
                    durable = branch.len();
                }
            }
            4 => {
                current.flush().expect("nothing has failed");
                durable = branch.len();
            }
            5 if views.len() < 4 => views.push((current.view().expect("a view"), branch.clone())),
            6 => {
                drop(store.take());
                views.clear();
                durable = branch.len();
            }
            _ => {
                // The power goes somewhere in a commit; what was not synced is decided by the next bytes.
                let block = blocks.block(tip(&branch), u64::from(how) + 1000);
                disk.fail_after(how.into(), DiskFault::PowerLoss);
                let committed = current.commit(&block).is_ok();
                drop(store.take());
                views.clear();
                let kept = |index: usize| match (usize::from(operation) / 8 + index * usize::from(how)) % 3 {
                    0 => Kept::Lost,
                    1 => Kept::Whole,
                    _ => Kept::Torn(usize::from(how)),
                };
                disk = disk.after_power_loss(kept);
                branch.push(block);
                let opened = open(&disk);
                let view = opened.view().expect("a view");
                let length = view.tip().map_or(0, |tip| tip.height as usize + 1);
                let least = if committed && gather == 0 { branch.len() } else { durable };
                assert!((least..=branch.len()).contains(&length), "{length} of {} blocks", branch.len());
                while branch.len() > length {
                    branch.pop();
                }
                check_contents(&view, &branch).expect("a whole block");
                realign(&memory, &branch);
                (durable, store) = (length, Some(opened));
            }
        }
        for (view, branch) in &views {
            check_contents(view, branch).expect("a view stands still");
        }
    }
    let store = store.unwrap_or_else(|| open(&disk));
    check_contents(&store.view().expect("a view"), &branch).expect("the same as in memory");
    check_contents(&memory.view().expect("a view"), &branch).expect("the blocks");
}

/// Breaks a rule of the contract; says whether it could.
fn spoil(block: &mut BlockChanges, branch: &[BlockChanges], how: u8) -> bool {
    match how / 8 % 5 {
        0 => block.totals.list_length += 1,
        1 => block.block.height += 1,
        2 => block.parent = Some(block.block),
        3 => match branch.iter().find_map(|block| block.tags.first()) {
            Some(tag) => {
                block.tags.push(*tag);
                block.totals.tags += 1;
            }
            None => return false,
        },
        _ => match branch.last() {
            Some(last) => block.block.id = last.block.id,
            None => return false,
        },
    }
    true
}

/// Brings the store in memory to `branch`.
fn realign(memory: &MemoryStore, branch: &[BlockChanges]) {
    while !matches!(memory.revert(), Err(StoreError::Missing { .. })) {}
    branch.iter().for_each(|block| memory.commit(block).expect("a block of the branch"));
}
