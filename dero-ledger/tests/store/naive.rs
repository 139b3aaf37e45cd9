//! The contract in its plainest form, and each way to break it.

use std::{
    borrow::Cow,
    ops::Range,
    sync::{Arc, Mutex},
};

use dero_ledger::{
    block::{BlockId, BlockRef},
    store::{
        BlockChanges, ChainStore, HEADER_BYTES, ListedEnote, StoreError, StoreView, StoredBlock, StoredCompact,
        Totals,
    },
};

/// What a broken store does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    None,
    /// The last tag of a block is never written.
    LosesATag,
    /// The last transaction of a block is never written.
    LosesATransaction,
    /// Every fourth value part stays empty.
    LosesValues,
    /// A block is acknowledged and forgotten.
    LosesABlock,
    /// Enotes enter the list in another order.
    ReordersEnotes,
    /// Nodes are appended in another order.
    ReordersNodes,
    /// Transactions come back with their places exchanged.
    ReordersTransactions,
    /// A bit of every body flips.
    FlipsABit,
    /// Accumulators are those of the entry before.
    WrongAccumulator,
    /// Views are of the state before the newest.
    StaleViews,
    /// Views follow the store.
    MovingViews,
    /// Views lose the blocks that are reverted.
    ShrinkingViews,
    /// A refused block leaves its tags behind.
    PartialBatch,
    /// A refused block leaves its id behind.
    PartialIds,
    /// The checks are made, the tags of the branch not looked at.
    SpendsTwice,
    /// A tag may occur twice in one block.
    SpendsTwiceInABlock,
    /// A txid may occur twice on a branch.
    RepeatsIds,
    /// The parent is not compared.
    AnyParent,
    /// Only the height of the parent is compared.
    AnyParentOfTheHeight,
    /// The totals are not compared.
    AnyTotals,
    /// A revert leaves the tags spent.
    KeepsTags,
    /// A revert leaves the list as long as it was.
    KeepsEnotes,
    /// A revert leaves the transactions.
    KeepsTransactions,
    /// Reads beyond the end give what there is.
    ReadsBeyond,
    /// The parent is compared, then the lock is taken.
    TwoWriters,
    /// The lists are published before the tip.
    TornReads,
    /// A new store is not empty.
    StartsFull,
}

#[derive(Clone, Default)]
struct State {
    blocks: Vec<BlockChanges>,
    /// Left behind by faults.
    tags: Vec<([u8; 32], u64)>,
    transactions: Vec<([u8; 32], (u64, u32))>,
    ids: Vec<BlockId>,
    listed: Vec<ListedEnote>,
    /// How many enotes of the list a torn read sees too early.
    torn: Option<BlockChanges>,
}

pub(crate) struct Naive {
    fault: Fault,
    state: Arc<Mutex<State>>,
    before: Mutex<State>,
    writer: Mutex<()>,
}

pub(crate) struct View {
    fault: Fault,
    state: State,
    /// Read instead of `state` by views that move.
    store: Arc<Mutex<State>>,
}

impl Naive {
    pub(crate) fn new(fault: Fault) -> Self {
        let mut state = State::default();
        if fault == Fault::StartsFull {
            state.blocks = dero_ledger::testing::StoreBlocks::small(9).chain(None, 0..1);
        }
        Self {
            fault,
            before: Mutex::new(state.clone()),
            writer: Mutex::new(()),
            state: Arc::new(Mutex::new(state)),
        }
    }

    fn check(&self, state: &State, changes: &BlockChanges) -> Result<(), StoreError> {
        let tip = state.blocks.last().map(|block| (block.block, block.totals));
        let mut checked = changes.clone();
        match self.fault {
            Fault::AnyParent => checked.parent = tip.map(|(block, _)| block),
            Fault::AnyParentOfTheHeight
                if checked.parent.map(|p| p.height) == tip.map(|(block, _)| block.height) =>
            {
                checked.parent = tip.map(|(block, _)| block);
            }
            Fault::AnyTotals => {
                let before = tip.map_or_else(Totals::default, |(_, totals)| totals);
                checked.block.height = tip.map_or(0, |(block, _)| block.height + 1);
                checked.totals.list_length = before.list_length + checked.listed.len() as u64;
                checked.totals.tags = before.tags + checked.tags.len() as u64;
                checked.totals.header_nodes = before.header_nodes + checked.header_nodes.len() as u64;
                checked.totals.tag_nodes = before.tag_nodes + checked.tag_nodes.len() as u64;
            }
            Fault::SpendsTwiceInABlock => {
                checked.tags = (0..checked.tags.len()).map(|index| [index as u8; 32]).collect();
            }
            _ => {}
        }
        checked.check_on(tip)?;
        if state.blocks.iter().any(|block| block.block.id == changes.block.id) {
            return Err(StoreError::Repeated { what: "block", id: changes.block.id.0 });
        }
        let spent = |tag: &[u8; 32]| state.blocks.iter().any(|block| block.tags.contains(tag));
        match changes.tags.iter().find(|tag| spent(tag)) {
            Some(tag) if self.fault != Fault::SpendsTwice => return Err(StoreError::TagSpent { tag: *tag }),
            _ => {}
        }
        let known = |txid: &[u8; 32]| state.blocks.iter().any(|block| block.txids.contains(txid));
        match changes.txids.iter().find(|txid| known(txid)) {
            Some(id) if self.fault != Fault::RepeatsIds => {
                Err(StoreError::Repeated { what: "transaction", id: *id })
            }
            _ => Ok(()),
        }
    }

    fn spoil(&self, changes: &mut BlockChanges) {
        match self.fault {
            Fault::LosesATag => drop(changes.tags.pop()),
            Fault::LosesATransaction => drop(changes.txids.pop()),
            Fault::LosesValues if changes.block.height % 4 == 3 => changes.compact_values.clear(),
            Fault::ReordersEnotes => changes.listed.reverse(),
            Fault::ReordersNodes => changes.tag_nodes.reverse(),
            Fault::ReordersTransactions => changes.txids.reverse(),
            Fault::FlipsABit => changes.body.iter_mut().take(1).for_each(|byte| *byte ^= 1),
            Fault::WrongAccumulator => {
                let mut before = [0; 32];
                changes.listed.iter_mut().for_each(|entry| std::mem::swap(&mut entry.acc, &mut before));
            }
            _ => {}
        }
    }
}

impl ChainStore for Naive {
    type View = View;

    fn view(&self) -> Result<View, StoreError> {
        let state = match self.fault {
            Fault::StaleViews => &self.before,
            _ => &*self.state,
        };
        let state = state.lock().unwrap().clone();
        Ok(View { fault: self.fault, state, store: Arc::clone(&self.state) })
    }

    fn commit(&self, changes: &BlockChanges) -> Result<(), StoreError> {
        if self.fault == Fault::TwoWriters {
            let state = self.state.lock().unwrap().clone();
            self.check(&state, changes)?;
            std::thread::sleep(std::time::Duration::from_millis(20));
            self.state.lock().unwrap().blocks.push(changes.clone());
            return Ok(());
        }
        let _writer = self.writer.lock().unwrap();
        let mut state = self.state.lock().unwrap();
        *self.before.lock().unwrap() = state.clone();
        if let Err(error) = self.check(&state, changes) {
            if self.fault == Fault::PartialBatch {
                state.tags.extend(changes.tags.iter().map(|tag| (*tag, changes.block.height)));
            }
            if self.fault == Fault::PartialIds {
                state.ids.push(changes.block.id);
            }
            return Err(error);
        }
        if self.fault == Fault::LosesABlock && changes.block.height == 5 {
            return Ok(());
        }
        let mut changes = changes.clone();
        self.spoil(&mut changes);
        if self.fault == Fault::TornReads {
            state.torn = Some(changes.clone());
            drop(state);
            std::thread::sleep(std::time::Duration::from_millis(2));
            state = self.state.lock().unwrap();
            state.torn = None;
        }
        state.blocks.push(changes);
        Ok(())
    }

    fn revert(&self) -> Result<Option<BlockRef>, StoreError> {
        let _writer = self.writer.lock().unwrap();
        let mut state = self.state.lock().unwrap();
        *self.before.lock().unwrap() = state.clone();
        let taken = state.blocks.pop().ok_or(StoreError::Missing { what: "block to revert", at: 0 })?;
        let height = taken.block.height;
        match self.fault {
            Fault::KeepsTags => state.tags.extend(taken.tags.iter().map(|tag| (*tag, height))),
            Fault::KeepsTransactions => {
                state
                    .transactions
                    .extend(taken.txids.iter().zip(0..).map(|(txid, place)| (*txid, (height, place))));
            }
            Fault::KeepsEnotes => state.listed = taken.listed,
            _ => {}
        }
        Ok(state.blocks.last().map(|block| block.block))
    }
}

impl View {
    fn state(&self) -> Cow<'_, State> {
        match self.fault {
            Fault::MovingViews => Cow::Owned(self.store.lock().unwrap().clone()),
            Fault::ShrinkingViews => {
                let store = self.store.lock().unwrap();
                let common = store.blocks.iter().zip(&self.state.blocks).take_while(|(a, b)| a == b).count();
                if common == self.state.blocks.len() {
                    return Cow::Borrowed(&self.state);
                }
                Cow::Owned(State { blocks: store.blocks[..common].to_vec(), ..State::default() })
            }
            _ => Cow::Borrowed(&self.state),
        }
    }

    fn at(&self, height: u64) -> Result<BlockChanges, StoreError> {
        let state = self.state();
        let mut index = usize::try_from(height).unwrap();
        if self.fault == Fault::ReadsBeyond && index == state.blocks.len() {
            index -= 1;
        }
        state.blocks.get(index).cloned().ok_or(StoreError::Missing { what: "block", at: height })
    }

    fn list<T: Clone>(
        &self,
        range: Range<u64>,
        of: impl Fn(&BlockChanges) -> &[T],
        torn: bool,
    ) -> Result<Vec<T>, StoreError> {
        if range.is_empty() {
            return Ok(Vec::new());
        }
        let state = self.state();
        let mut all: Vec<T> = state.blocks.iter().flat_map(&of).cloned().collect();
        if torn && !all.is_empty() && state.torn.as_ref().is_some_and(|block| !of(block).is_empty()) {
            all.rotate_right(1);
        }
        let missing = StoreError::Missing { what: "entry", at: range.start };
        let (Ok(start), Ok(end)) = (usize::try_from(range.start), usize::try_from(range.end)) else {
            return Err(missing);
        };
        all.get(start..end).map(<[T]>::to_vec).ok_or(missing)
    }
}

impl StoreView for View {
    fn tip(&self) -> Option<BlockRef> {
        // A view of this kind at least knows what it was taken of.
        let state = if self.fault == Fault::MovingViews { self.state() } else { Cow::Borrowed(&self.state) };
        state.blocks.last().map(|block| block.block)
    }

    fn totals(&self, height: u64) -> Result<Totals, StoreError> {
        self.at(height).map(|block| block.totals)
    }

    fn headers(&self, heights: Range<u64>) -> Result<Vec<([u8; HEADER_BYTES], u64)>, StoreError> {
        let headers: Vec<_> = self.state().blocks.iter().map(|block| (block.header, block.nonce)).collect();
        let end =
            if self.fault == Fault::ReadsBeyond { heights.end.min(headers.len() as u64) } else { heights.end };
        if heights.start >= end {
            return if heights.is_empty() {
                Ok(Vec::new())
            } else {
                Err(StoreError::Missing { what: "block", at: heights.start })
            };
        }
        let range = usize::try_from(heights.start).unwrap()..usize::try_from(end).unwrap();
        headers.get(range).map(<[_]>::to_vec).ok_or(StoreError::Missing { what: "block", at: heights.start })
    }

    fn block(&self, height: u64) -> Result<StoredBlock, StoreError> {
        self.at(height).map(|block| StoredBlock { header: block.header, nonce: block.nonce, body: block.body })
    }

    fn compact(&self, height: u64) -> Result<StoredCompact, StoreError> {
        self.at(height).map(|block| StoredCompact { scan: block.compact_scan, values: block.compact_values })
    }

    fn height_of(&self, id: &BlockId) -> Result<Option<u64>, StoreError> {
        let state = self.state();
        let left = state.ids.contains(id).then_some(0);
        Ok(state.blocks.iter().map(|b| b.block).find(|b| b.id == *id).map(|b| b.height).or(left))
    }

    fn transaction(&self, txid: &[u8; 32]) -> Result<Option<(u64, u32)>, StoreError> {
        let state = self.state();
        let place = |block: &BlockChanges| block.txids.iter().position(|id| id == txid);
        let found = state.blocks.iter().find_map(|b| place(b).map(|place| (b.block.height, place as u32)));
        let left = state.transactions.iter().find(|(id, _)| id == txid).map(|(_, place)| *place);
        Ok(found.or(left))
    }

    fn listed(&self, positions: Range<u64>) -> Result<Vec<ListedEnote>, StoreError> {
        let state = self.state();
        if self.fault == Fault::KeepsEnotes && !state.listed.is_empty() {
            let mut all = state.listed.clone();
            all.extend(state.blocks.iter().flat_map(|block| block.listed.iter().copied()));
            let start = usize::try_from(positions.start).unwrap_or(usize::MAX);
            let end = usize::try_from(positions.end).unwrap_or(usize::MAX);
            let missing = StoreError::Missing { what: "entry", at: positions.start };
            return all.get(start..end).map(<[_]>::to_vec).ok_or(missing);
        }
        self.list(positions, |block| &block.listed, true)
    }

    fn spent(&self, tags: &[[u8; 32]]) -> Result<Vec<Option<u64>>, StoreError> {
        let state = self.state();
        let find = |tag: &[u8; 32]| {
            let found = state.blocks.iter().find(|block| block.tags.contains(tag)).map(|block| block.block.height);
            found.or_else(|| state.tags.iter().find(|(left, _)| left == tag).map(|(_, height)| *height))
        };
        Ok(tags.iter().map(find).collect())
    }

    fn header_node(&self, position: u64) -> Result<[u8; 64], StoreError> {
        self.list(position..position.saturating_add(1), |block| &block.header_nodes, false).and_then(first)
    }

    fn tag_node(&self, position: u64) -> Result<[u8; 32], StoreError> {
        self.list(position..position.saturating_add(1), |block| &block.tag_nodes, false).and_then(first)
    }
}

fn first<T: Copy>(list: Vec<T>) -> Result<T, StoreError> {
    list.first().copied().ok_or(StoreError::Missing { what: "entry", at: u64::MAX })
}
