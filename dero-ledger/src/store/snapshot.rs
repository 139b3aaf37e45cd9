//! Consistent views of a store that keeps one mutable state.
//!
//! A snapshot reads the store itself wherever the store still agrees with it, and its own copies where it does
//! not. A history changes in two ways only. A commit adds above every snapshot, which a snapshot hides by its own
//! lengths. A revert takes the newest block away: just before, that block is handed to every living snapshot that
//! contains it, and from then on the snapshot reads it there. So views cost nothing until the chain reorganises
//! under them, and then one copy of each block that went.

use alloc::{
    collections::VecDeque,
    sync::{Arc, Weak},
    vec::Vec,
};
use core::ops::Range;
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError, RwLock, RwLockReadGuard},
};

use super::{
    BlockChanges, HEADER_BYTES, ListedEnote, StoreError, StoreView, StoredBlock, StoredCompact, Tip, Totals,
};
use crate::block::{BlockId, BlockRef};

/// Reads of the newest state, whatever it is at the moment of the call.
///
/// The methods are those of [`StoreView`]. Ranges are never empty and lie within what was committed.
#[expect(missing_docs, reason = "each method is documented at its namesake in StoreView")]
#[expect(clippy::missing_errors_doc, reason = "the same")]
pub trait Newest: Send + Sync + 'static {
    fn totals(&self, height: u64) -> Result<Totals, StoreError>;
    fn headers(&self, heights: Range<u64>) -> Result<Vec<([u8; HEADER_BYTES], u64)>, StoreError>;
    fn block(&self, height: u64) -> Result<StoredBlock, StoreError>;
    fn compact(&self, height: u64) -> Result<StoredCompact, StoreError>;
    fn height_of(&self, id: &BlockId) -> Result<Option<u64>, StoreError>;
    fn transaction(&self, txid: &[u8; 32]) -> Result<Option<(u64, u32)>, StoreError>;
    fn listed(&self, positions: Range<u64>) -> Result<Vec<ListedEnote>, StoreError>;
    fn spent(&self, tags: &[[u8; 32]]) -> Result<Vec<Option<u64>>, StoreError>;
    fn header_node(&self, position: u64) -> Result<[u8; 64], StoreError>;
    fn tag_node(&self, position: u64) -> Result<[u8; 32], StoreError>;
}

/// The tip of a store, and the snapshots that live.
#[derive(Debug)]
pub struct Snapshots<N> {
    newest: Arc<N>,
    current: Mutex<Current>,
}

#[derive(Debug)]
struct Current {
    tip: Option<Tip>,
    /// The snapshot of the tip, shared by all who ask before it moves.
    at_tip: Weak<Pinned>,
    living: Vec<Weak<Pinned>>,
}

/// What all holders of one snapshot share.
#[derive(Debug)]
struct Pinned {
    tip: Option<BlockRef>,
    lengths: Lengths,
    kept: RwLock<Kept>,
}

/// Blocks of a snapshot that the store has no more.
#[derive(Debug)]
struct Kept {
    /// Below these, the store is read; from them on, `blocks`.
    from: Lengths,
    blocks: VecDeque<Arc<BlockChanges>>,
    tags: HashMap<[u8; 32], u64>,
    transactions: HashMap<[u8; 32], (u64, u32)>,
}

/// How much of each list a state holds.
#[derive(Clone, Copy, Debug)]
struct Lengths {
    blocks: u64,
    listed: u64,
    header_nodes: u64,
    tag_nodes: u64,
}

impl Lengths {
    fn of(tip: Option<Tip>) -> Self {
        let blocks = tip.map_or(0, |(block, _)| block.height + 1);
        let totals = tip.map_or_else(Totals::default, |(_, totals)| totals);
        Self { blocks, listed: totals.list_length, header_nodes: totals.header_nodes, tag_nodes: totals.tag_nodes }
    }
}

impl<N> Snapshots<N> {
    /// Snapshots of `newest`, whose tip is `tip`.
    pub fn new(newest: Arc<N>, tip: Option<Tip>) -> Self {
        Self { newest, current: Mutex::new(Current { tip, at_tip: Weak::new(), living: Vec::new() }) }
    }

    /// The tip and its totals.
    pub fn tip(&self) -> Option<Tip> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner).tip
    }

    /// A snapshot of the tip.
    pub fn view(&self) -> Snapshot<N> {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        let pinned = current.at_tip.upgrade().unwrap_or_else(|| {
            let from = Lengths::of(current.tip);
            let pinned = Arc::new(Pinned {
                tip: current.tip.map(|(block, _)| block),
                lengths: from,
                kept: RwLock::new(Kept {
                    from,
                    blocks: VecDeque::new(),
                    tags: HashMap::new(),
                    transactions: HashMap::new(),
                }),
            });
            current.living.retain(|other| other.strong_count() > 0);
            current.living.push(Arc::downgrade(&pinned));
            current.at_tip = Arc::downgrade(&pinned);
            pinned
        });
        Snapshot { newest: Arc::clone(&self.newest), pinned }
    }

    /// Tells that a block was committed: `tip` is the newest now.
    pub fn committed(&self, tip: BlockRef, totals: Totals) {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        current.tip = Some((tip, totals));
        current.at_tip = Weak::new();
    }

    /// Takes the newest block away by `apply`, after every snapshot that contains it got its copy of `taken`.
    ///
    /// No snapshot is taken while this runs. `parent` is the tip afterwards.
    ///
    /// # Errors
    ///
    /// What `apply` returns; the tip stays then.
    pub fn reverted<E>(
        &self,
        taken: &Arc<BlockChanges>,
        parent: Option<Tip>,
        apply: impl FnOnce() -> Result<(), E>,
    ) -> Result<(), E> {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        let from = Lengths::of(parent);
        for pinned in current.living.iter().filter_map(Weak::upgrade) {
            let mut kept = pinned.kept.write().unwrap_or_else(PoisonError::into_inner);
            // A snapshot that left the branch earlier reads only below: the block is not its own.
            if kept.from.blocks == from.blocks + 1 {
                kept.keep(taken, from);
            }
        }
        apply()?;
        current.tip = parent;
        current.at_tip = Weak::new();
        Ok(())
    }
}

impl Kept {
    fn keep(&mut self, block: &Arc<BlockChanges>, from: Lengths) {
        let height = block.block.height;
        self.tags.extend(block.tags.iter().map(|tag| (*tag, height)));
        self.transactions.extend(block.txids.iter().zip(0..).map(|(txid, place)| (*txid, (height, place))));
        self.blocks.push_front(Arc::clone(block));
        self.from = from;
    }

    fn at(&self, height: u64) -> Option<&BlockChanges> {
        let index = usize::try_from(height.checked_sub(self.from.blocks)?).ok()?;
        self.blocks.get(index).map(AsRef::as_ref)
    }

    /// Entries `range` of a list that begins at `from` in the kept blocks.
    fn list<'a, T: Copy + 'a>(
        &'a self,
        from: u64,
        range: Range<u64>,
        of: impl Fn(&'a BlockChanges) -> &'a [T],
    ) -> impl Iterator<Item = T> {
        let skip = usize::try_from(range.start - from).unwrap_or(usize::MAX);
        let take = usize::try_from(range.end - range.start).unwrap_or(usize::MAX);
        self.blocks.iter().flat_map(move |block| of(block)).copied().skip(skip).take(take)
    }
}

/// One state of a store, for as long as it is held.
#[derive(Debug)]
pub struct Snapshot<N> {
    newest: Arc<N>,
    pinned: Arc<Pinned>,
}

impl<N> Clone for Snapshot<N> {
    fn clone(&self) -> Self {
        Self { newest: Arc::clone(&self.newest), pinned: Arc::clone(&self.pinned) }
    }
}

impl<N: Newest> Snapshot<N> {
    /// Held while the store is read: a revert waits, so what lies below `from` is the snapshot's own.
    fn kept(&self) -> RwLockReadGuard<'_, Kept> {
        self.pinned.kept.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn block_at<T>(
        &self,
        height: u64,
        newest: impl FnOnce(&N) -> Result<T, StoreError>,
        kept: impl FnOnce(&BlockChanges) -> T,
    ) -> Result<T, StoreError> {
        if height >= self.pinned.lengths.blocks {
            return Err(StoreError::Missing { what: "block", at: height });
        }
        let guard = self.kept();
        guard.at(height).map_or_else(|| newest(&self.newest), |block| Ok(kept(block)))
    }

    /// Reads `range` of a list: its front from the store, its back from the kept blocks.
    fn range<T>(
        &self,
        what: &'static str,
        range: Range<u64>,
        of: impl Fn(&Lengths) -> u64,
        newest: impl FnOnce(&N, Range<u64>) -> Result<Vec<T>, StoreError>,
        kept: impl FnOnce(&Kept, u64, Range<u64>, &mut Vec<T>),
    ) -> Result<Vec<T>, StoreError> {
        if range.is_empty() {
            return Ok(Vec::new());
        }
        let length = of(&self.pinned.lengths);
        if range.end > length {
            return Err(StoreError::Missing { what, at: range.start.max(length) });
        }
        let guard = self.kept();
        let split = of(&guard.from);
        let front = range.start..range.end.min(split);
        let back = range.start.max(split)..range.end;
        let mut out = if front.is_empty() { Vec::new() } else { newest(&self.newest, front)? };
        if !back.is_empty() {
            kept(&guard, split, back, &mut out);
        }
        Ok(out)
    }
}

impl<N: Newest> StoreView for Snapshot<N> {
    fn tip(&self) -> Option<BlockRef> {
        self.pinned.tip
    }

    fn totals(&self, height: u64) -> Result<Totals, StoreError> {
        self.block_at(height, |newest| newest.totals(height), |block| block.totals)
    }

    fn headers(&self, heights: Range<u64>) -> Result<Vec<([u8; HEADER_BYTES], u64)>, StoreError> {
        self.range(
            "block",
            heights,
            |lengths| lengths.blocks,
            N::headers,
            |kept, _, back, out| {
                out.extend(back.filter_map(|height| kept.at(height)).map(|block| (block.header, block.nonce)));
            },
        )
    }

    fn block(&self, height: u64) -> Result<StoredBlock, StoreError> {
        self.block_at(
            height,
            |newest| newest.block(height),
            |block| StoredBlock { header: block.header, nonce: block.nonce, body: block.body.clone() },
        )
    }

    fn compact(&self, height: u64) -> Result<StoredCompact, StoreError> {
        self.block_at(
            height,
            |newest| newest.compact(height),
            |block| StoredCompact { scan: block.compact_scan.clone(), values: block.compact_values.clone() },
        )
    }

    fn height_of(&self, id: &BlockId) -> Result<Option<u64>, StoreError> {
        let kept = self.kept();
        let found = self.newest.height_of(id)?.filter(|height| *height < kept.from.blocks);
        Ok(found.or_else(|| kept.blocks.iter().map(|block| block.block).find(|b| b.id == *id).map(|b| b.height)))
    }

    fn transaction(&self, txid: &[u8; 32]) -> Result<Option<(u64, u32)>, StoreError> {
        let kept = self.kept();
        let found = self.newest.transaction(txid)?.filter(|(height, _)| *height < kept.from.blocks);
        Ok(found.or_else(|| kept.transactions.get(txid).copied()))
    }

    fn listed(&self, positions: Range<u64>) -> Result<Vec<ListedEnote>, StoreError> {
        self.range(
            "listed enote",
            positions,
            |lengths| lengths.listed,
            N::listed,
            |kept, from, back, out| {
                out.extend(kept.list(from, back, |block| &block.listed));
            },
        )
    }

    fn spent(&self, tags: &[[u8; 32]]) -> Result<Vec<Option<u64>>, StoreError> {
        let kept = self.kept();
        let mut heights = self.newest.spent(tags)?;
        for (height, tag) in heights.iter_mut().zip(tags) {
            *height = height.filter(|height| *height < kept.from.blocks).or_else(|| kept.tags.get(tag).copied());
        }
        Ok(heights)
    }

    fn header_node(&self, position: u64) -> Result<[u8; 64], StoreError> {
        let one = self.range(
            "header node",
            position..position.saturating_add(1),
            |lengths| lengths.header_nodes,
            |newest, range| newest.header_node(range.start).map(|node| alloc::vec![node]),
            |kept, from, back, out| out.extend(kept.list(from, back, |block| &block.header_nodes)),
        )?;
        one.first().copied().ok_or(StoreError::Missing { what: "header node", at: position })
    }

    fn tag_node(&self, position: u64) -> Result<[u8; 32], StoreError> {
        let one = self.range(
            "tag node",
            position..position.saturating_add(1),
            |lengths| lengths.tag_nodes,
            |newest, range| newest.tag_node(range.start).map(|node| alloc::vec![node]),
            |kept, from, back, out| out.extend(kept.list(from, back, |block| &block.tag_nodes)),
        )?;
        one.first().copied().ok_or(StoreError::Missing { what: "tag node", at: position })
    }
}
