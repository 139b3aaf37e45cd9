//! A store in memory: for tests, and for wallets and tools that keep nothing.

use alloc::{sync::Arc, vec::Vec};
use core::ops::Range;
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError, RwLock, RwLockReadGuard},
};

use super::{
    BlockChanges, ChainStore, HEADER_BYTES, ListedEnote, StoreError, StoredBlock, StoredCompact, Tip, Totals,
    snapshot::{Newest, Snapshot, Snapshots},
};
use crate::block::{BlockId, BlockRef};

/// A snapshot of a [`MemoryStore`].
pub type MemoryView = Snapshot<Blocks>;

/// A [`ChainStore`] that forgets everything when it is dropped. Taking a view costs nothing.
#[derive(Debug)]
pub struct MemoryStore {
    blocks: Arc<Blocks>,
    snapshots: Snapshots<Blocks>,
    writer: Mutex<()>,
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        let blocks = Arc::new(Blocks::default());
        Self { snapshots: Snapshots::new(Arc::clone(&blocks), None), blocks, writer: Mutex::new(()) }
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

impl ChainStore for MemoryStore {
    type View = MemoryView;

    fn view(&self) -> Result<MemoryView, StoreError> {
        Ok(self.snapshots.view())
    }

    fn commit(&self, changes: &BlockChanges) -> Result<(), StoreError> {
        let _writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        changes.check_on(self.snapshots.tip())?;
        self.blocks.push(changes)?;
        self.snapshots.committed(changes.block, changes.totals);
        Ok(())
    }

    fn revert(&self) -> Result<Option<BlockRef>, StoreError> {
        let _writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let (taken, parent) =
            self.blocks.newest_and_parent().ok_or(StoreError::Missing { what: "block to revert", at: 0 })?;
        self.snapshots.reverted(&taken, parent, || {
            self.blocks.pop();
            Ok::<(), StoreError>(())
        })?;
        Ok(parent.map(|(block, _)| block))
    }
}

/// The blocks of a [`MemoryStore`] with their indexes.
#[derive(Debug, Default)]
pub struct Blocks(RwLock<Inner>);

#[derive(Debug, Default)]
struct Inner {
    blocks: Vec<Arc<BlockChanges>>,
    ids: HashMap<BlockId, u64>,
    transactions: HashMap<[u8; 32], (u64, u32)>,
    tags: HashMap<[u8; 32], u64>,
}

impl Inner {
    fn at(&self, height: u64) -> Result<&BlockChanges, StoreError> {
        let block = usize::try_from(height).ok().and_then(|index| self.blocks.get(index));
        block.map(AsRef::as_ref).ok_or(StoreError::Missing { what: "block", at: height })
    }

    /// Entries `range` of a list of which each block holds a piece that ends at `end`.
    fn list<T: Copy>(
        &self,
        what: &'static str,
        range: Range<u64>,
        of: impl Fn(&BlockChanges) -> &[T],
        end: impl Fn(&Totals) -> u64,
    ) -> Result<Vec<T>, StoreError> {
        let first = self.blocks.partition_point(|block| end(&block.totals) <= range.start);
        let mut out = Vec::new();
        for block in self.blocks.iter().skip(first) {
            let piece = of(block);
            let start = end(&block.totals) - piece.len() as u64;
            if start >= range.end {
                break;
            }
            out.extend(
                (start..).zip(piece).filter(|(position, _)| range.contains(position)).map(|(_, entry)| *entry),
            );
        }
        if out.len() as u64 == range.end - range.start {
            Ok(out)
        } else {
            Err(StoreError::Missing { what, at: range.start + out.len() as u64 })
        }
    }
}

impl Blocks {
    fn read(&self) -> RwLockReadGuard<'_, Inner> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, changes: &BlockChanges) -> Result<(), StoreError> {
        let mut inner = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let height = changes.block.height;
        if inner.ids.contains_key(&changes.block.id) {
            return Err(StoreError::Repeated { what: "block", id: changes.block.id.0 });
        }
        if let Some(tag) = changes.tags.iter().find(|tag| inner.tags.contains_key(*tag)) {
            return Err(StoreError::TagSpent { tag: *tag });
        }
        if let Some(id) = changes.txids.iter().find(|txid| inner.transactions.contains_key(*txid)) {
            return Err(StoreError::Repeated { what: "transaction", id: *id });
        }
        inner.ids.insert(changes.block.id, height);
        inner.tags.extend(changes.tags.iter().map(|tag| (*tag, height)));
        inner.transactions.extend(changes.txids.iter().zip(0..).map(|(txid, place)| (*txid, (height, place))));
        inner.blocks.push(Arc::new(changes.clone()));
        Ok(())
    }

    fn newest_and_parent(&self) -> Option<(Arc<BlockChanges>, Option<Tip>)> {
        let inner = self.read();
        let (newest, below) = inner.blocks.split_last()?;
        Some((Arc::clone(newest), below.last().map(|parent| (parent.block, parent.totals))))
    }

    fn pop(&self) {
        let mut inner = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let Some(block) = inner.blocks.pop() else { return };
        inner.ids.remove(&block.block.id);
        for tag in &block.tags {
            inner.tags.remove(tag);
        }
        for txid in &block.txids {
            inner.transactions.remove(txid);
        }
    }
}

impl Newest for Blocks {
    fn totals(&self, height: u64) -> Result<Totals, StoreError> {
        self.read().at(height).map(|block| block.totals)
    }

    fn headers(&self, heights: Range<u64>) -> Result<Vec<([u8; HEADER_BYTES], u64)>, StoreError> {
        let inner = self.read();
        heights.map(|height| inner.at(height).map(|block| (block.header, block.nonce))).collect()
    }

    fn block(&self, height: u64) -> Result<StoredBlock, StoreError> {
        let inner = self.read();
        let block = inner.at(height)?;
        Ok(StoredBlock { header: block.header, nonce: block.nonce, body: block.body.clone() })
    }

    fn compact(&self, height: u64) -> Result<StoredCompact, StoreError> {
        let inner = self.read();
        let block = inner.at(height)?;
        Ok(StoredCompact { scan: block.compact_scan.clone(), values: block.compact_values.clone() })
    }

    fn height_of(&self, id: &BlockId) -> Result<Option<u64>, StoreError> {
        Ok(self.read().ids.get(id).copied())
    }

    fn transaction(&self, txid: &[u8; 32]) -> Result<Option<(u64, u32)>, StoreError> {
        Ok(self.read().transactions.get(txid).copied())
    }

    fn listed(&self, positions: Range<u64>) -> Result<Vec<ListedEnote>, StoreError> {
        self.read().list("listed enote", positions, |block| &block.listed, |totals| totals.list_length)
    }

    fn spent(&self, tags: &[[u8; 32]]) -> Result<Vec<Option<u64>>, StoreError> {
        let inner = self.read();
        Ok(tags.iter().map(|tag| inner.tags.get(tag).copied()).collect())
    }

    fn header_node(&self, position: u64) -> Result<[u8; 64], StoreError> {
        let range = position..position.saturating_add(1);
        let nodes =
            self.read().list("header node", range, |block| &block.header_nodes, |totals| totals.header_nodes)?;
        nodes.first().copied().ok_or(StoreError::Missing { what: "header node", at: position })
    }

    fn tag_node(&self, position: u64) -> Result<[u8; 32], StoreError> {
        let range = position..position.saturating_add(1);
        let nodes = self.read().list("tag node", range, |block| &block.tag_nodes, |totals| totals.tag_nodes)?;
        nodes.first().copied().ok_or(StoreError::Missing { what: "tag node", at: position })
    }
}
