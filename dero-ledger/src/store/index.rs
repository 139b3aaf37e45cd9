//! The key-value index: what is looked up by content, and the tip.
//!
//! The transaction that names a new tip is the commit of a block. Everything else about the block stands in the
//! segments by then, and its row says how far each of them is committed.

use alloc::{
    boxed::Box,
    string::{String, ToString},
    sync::Arc,
    vec::Vec,
};
use core::sync::atomic::{AtomicBool, Ordering};

use dero_crypto::NetworkId;
use redb::{Database, ReadableDatabase, TableDefinition, WriteTransaction};

use super::{
    BlockChanges, StoreError, checksum::Checksum, disk::DiskFile, pages::CheckedPages, segments::disk_error,
};
use crate::block::{BlockId, BlockRef};

/// The file.
pub(super) const INDEX: &str = "index.kv";

/// The newest block: height and id, nothing before genesis.
const TIP: TableDefinition<'_, (), (u64, &[u8; 32])> = TableDefinition::new("tip");
/// Block id: height.
const BLOCKS: TableDefinition<'_, &[u8; 32], u64> = TableDefinition::new("blocks");
/// Txid: height, place in the block.
const TRANSACTIONS: TableDefinition<'_, &[u8; 32], (u64, u32)> = TableDefinition::new("transactions");
/// Linking tag: height at which it was spent.
const TAGS: TableDefinition<'_, &[u8; 32], u64> = TableDefinition::new("tags");

#[derive(Debug)]
pub(super) struct Index {
    database: Database,
    stopped: Arc<AtomicBool>,
}

impl Index {
    pub(super) fn open(file: Box<dyn DiskFile>, net: &NetworkId, cache_bytes: usize) -> Result<Self, StoreError> {
        let stopped = Arc::new(AtomicBool::new(false));
        let pages = CheckedPages::open(file, Checksum::new(net, INDEX), Arc::clone(&stopped));
        let pages = pages.map_err(|error| disk_error(INDEX, error))?;
        let mut builder = Database::builder();
        builder.set_cache_size(cache_bytes);
        let database = builder.create_with_backend(pages).map_err(index_error)?;
        Ok(Self { database, stopped })
    }

    /// Writes nothing from now on, whatever is asked. redb makes gathered changes durable when it closes; after a
    /// failure they may name what the segments do not hold.
    pub(super) fn stop(&self) {
        self.stopped.store(true, Ordering::Release);
    }

    pub(super) fn has_stopped(&self) -> bool {
        self.stopped.load(Ordering::Acquire)
    }

    /// Makes the tables of a new index.
    pub(super) fn create(&self) -> Result<(), StoreError> {
        let change = self.change()?;
        change.0.open_table(TIP).map_err(index_error)?;
        change.0.open_table(BLOCKS).map_err(index_error)?;
        change.0.open_table(TRANSACTIONS).map_err(index_error)?;
        change.0.open_table(TAGS).map_err(index_error)?;
        change.commit(true)
    }

    pub(super) fn tip(&self) -> Result<Option<BlockRef>, StoreError> {
        let table = self.database.begin_read().map_err(index_error)?.open_table(TIP).map_err(index_error)?;
        let tip = table.get(()).map_err(index_error)?;
        Ok(tip.map(|tip| {
            let (height, id) = tip.value();
            BlockRef { height, id: BlockId(*id) }
        }))
    }

    pub(super) fn height_of(&self, id: &BlockId) -> Result<Option<u64>, StoreError> {
        let table = self.database.begin_read().map_err(index_error)?.open_table(BLOCKS).map_err(index_error)?;
        Ok(table.get(&id.0).map_err(index_error)?.map(|height| height.value()))
    }

    pub(super) fn transaction(&self, txid: &[u8; 32]) -> Result<Option<(u64, u32)>, StoreError> {
        let table =
            self.database.begin_read().map_err(index_error)?.open_table(TRANSACTIONS).map_err(index_error)?;
        Ok(table.get(txid).map_err(index_error)?.map(|place| place.value()))
    }

    pub(super) fn spent(&self, tags: &[[u8; 32]]) -> Result<Vec<Option<u64>>, StoreError> {
        let table = self.database.begin_read().map_err(index_error)?.open_table(TAGS).map_err(index_error)?;
        let heights = tags.iter().map(|tag| Ok(table.get(tag)?.map(|height| height.value())));
        heights.collect::<Result<_, redb::StorageError>>().map_err(index_error)
    }

    /// Begins a change. It is undone if it is dropped.
    pub(super) fn change(&self) -> Result<Change, StoreError> {
        let mut transaction = self.database.begin_write().map_err(index_error)?;
        // Tags and ids are chosen by strangers, and checksums of pages are not cryptographic: what is half on the
        // disk after a crash must not be told from a whole commit by them.
        transaction.set_two_phase_commit(true);
        Ok(Change(transaction))
    }
}

/// A change of the index, not yet made.
pub(super) struct Change(WriteTransaction);

impl Change {
    /// Enters a block, whose ids and tags must be new.
    pub(super) fn enter(&self, changes: &BlockChanges) -> Result<(), StoreError> {
        let BlockRef { height, id } = changes.block;
        let mut blocks = self.0.open_table(BLOCKS).map_err(index_error)?;
        if blocks.insert(&id.0, height).map_err(index_error)?.is_some() {
            return Err(StoreError::Repeated { what: "block", id: id.0 });
        }
        let mut tags = self.0.open_table(TAGS).map_err(index_error)?;
        for tag in &changes.tags {
            if tags.insert(tag, height).map_err(index_error)?.is_some() {
                return Err(StoreError::TagSpent { tag: *tag });
            }
        }
        let mut transactions = self.0.open_table(TRANSACTIONS).map_err(index_error)?;
        for (txid, place) in changes.txids.iter().zip(0..) {
            if transactions.insert(txid, (height, place)).map_err(index_error)?.is_some() {
                return Err(StoreError::Repeated { what: "transaction", id: *txid });
            }
        }
        self.name(Some(changes.block))
    }

    /// Removes the newest block, below which `parent` stands.
    pub(super) fn remove(&self, changes: &BlockChanges, parent: Option<BlockRef>) -> Result<(), StoreError> {
        let mut blocks = self.0.open_table(BLOCKS).map_err(index_error)?;
        let mut whole = blocks.remove(&changes.block.id.0).map_err(index_error)?.is_some();
        let mut tags = self.0.open_table(TAGS).map_err(index_error)?;
        for tag in &changes.tags {
            whole &= tags.remove(tag).map_err(index_error)?.is_some();
        }
        let mut transactions = self.0.open_table(TRANSACTIONS).map_err(index_error)?;
        for txid in &changes.txids {
            whole &= transactions.remove(txid).map_err(index_error)?.is_some();
        }
        if !whole {
            let detail = alloc::format!("it lacks ids or tags of block {}", changes.block.height);
            return Err(StoreError::Damaged { what: INDEX.to_string(), detail });
        }
        self.name(parent)
    }

    fn name(&self, tip: Option<BlockRef>) -> Result<(), StoreError> {
        let mut table = self.0.open_table(TIP).map_err(index_error)?;
        match tip {
            Some(tip) => table.insert((), (tip.height, &tip.id.0)).map_err(index_error)?,
            None => table.remove(()).map_err(index_error)?,
        };
        Ok(())
    }

    /// Makes the change, on the disk if it is to be durable.
    pub(super) fn commit(mut self, durable: bool) -> Result<(), StoreError> {
        let durability = if durable { redb::Durability::Immediate } else { redb::Durability::None };
        self.0.set_durability(durability).map_err(index_error)?;
        self.0.commit().map_err(index_error)
    }
}

fn index_error(error: impl Into<redb::Error>) -> StoreError {
    let damaged = |detail: String| StoreError::Damaged { what: INDEX.to_string(), detail };
    match error.into() {
        redb::Error::Io(source) => disk_error(INDEX, source),
        redb::Error::Corrupted(detail) => damaged(detail),
        redb::Error::PreviousIo | redb::Error::DatabaseClosed => StoreError::Stopped,
        redb::Error::DatabaseAlreadyOpen => StoreError::Busy,
        other => damaged(other.to_string()),
    }
}
