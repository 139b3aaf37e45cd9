//! A store on a disk: append-only segments, and an index in redb.
//!
//! | file | holds | written |
//! |---|---|---|
//! | `headers.seg` | per block: header, nonce, id, totals, where its parts lie | at its height |
//! | `blocks.seg` | per block: transactions and coinbase, txids, tags | behind the last |
//! | `compact.seg` | per block: both parts of the compact form | behind the last |
//! | `listed.seg`, `header-nodes.seg`, `tag-nodes.seg` | list entries with acc, nodes of the two MMRs | at their position |
//! | `index.kv` | tag → height, txid → place, block id → height, the tip | in transactions |
//! | `store` | layout, network | once |
//! | `lock` | nothing; locked while the store is open | never |
//!
//! **Commit.** The segments are written and synced, and then the transaction of the index that names the new tip is
//! committed. A crash before that leaves segments longer than the tip says; they are cut when the store is opened.
//! A segment that is shorter than the tip says was damaged by somebody else.
//!
//! **Damage.** Every record, every part of a block and every page of the index has a checksum, bound to its file,
//! its place and the network. Whatever does not match is [`StoreError::Damaged`] when it is read. Checksums find
//! accidents, not people: whoever can write the folder can forge it.
//!
//! **After an error.** A disk that is full before anything was synced changes nothing, and the block can be
//! committed again. After a failed sync nobody knows what the disk holds: the store answers [`StoreError::Stopped`]
//! until it is opened again, at the last block whose commit reached the disk.

use alloc::{boxed::Box, string::ToString, sync::Arc};
use core::num::NonZeroU32;
use std::{
    path::Path,
    sync::{Mutex, MutexGuard, PoisonError},
};

use dero_crypto::NetworkId;

use super::{
    BlockChanges, ChainStore, StoreError,
    disk::{Disk, Folder},
    files::{Files, Segments},
    identity::{self, Identity},
    index::{Change, INDEX, Index},
    row::Row,
    segments::disk_error,
    snapshot::{Snapshot, Snapshots},
};
use crate::block::BlockRef;

/// A snapshot of a [`RedbStore`].
pub type RedbView = Snapshot<Files>;

/// When a commit is on the disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// When it returns.
    #[default]
    EachBlock,
    /// When so many were made, at most 64, or [`flush`](ChainStore::flush) was called: for initial
    /// synchronisation. A crash may lose the blocks since.
    Every(NonZeroU32),
}

impl Durability {
    /// Blocks that are not durable at most.
    const MOST: u32 = 64;

    fn blocks(self) -> u32 {
        match self {
            Self::EachBlock => 1,
            Self::Every(blocks) => blocks.get().min(Self::MOST),
        }
    }
}

/// How a store is opened.
#[derive(Clone, Copy, Debug)]
pub struct StoreOptions {
    /// When a commit is on the disk.
    pub durability: Durability,
    /// Memory for pages of the index.
    pub cache_bytes: usize,
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self { durability: Durability::EachBlock, cache_bytes: 64 << 20 }
    }
}

/// A [`ChainStore`] in a folder. The folder stays locked until the store and all its views are dropped.
#[derive(Debug)]
pub struct RedbStore {
    files: Arc<Files>,
    snapshots: Snapshots<Files>,
    writer: Mutex<Writer>,
}

#[derive(Debug)]
struct Writer {
    /// The row of the tip.
    tip: Option<Row>,
    durability: Durability,
    /// Blocks since the last durable one.
    gathered: u32,
}

impl RedbStore {
    /// Opens the store of `net` in `folder`, which is made if it is not there.
    ///
    /// # Errors
    ///
    /// [`StoreError::Busy`] if another process has it open, [`StoreError::OtherNetwork`] and
    /// [`StoreError::OtherSchema`] if it is not ours, [`StoreError::Damaged`] and [`StoreError::Disk`].
    pub fn open(folder: impl AsRef<Path>, net: &NetworkId) -> Result<Self, StoreError> {
        Self::open_with(folder, net, StoreOptions::default())
    }

    /// [`open`](Self::open) with options.
    ///
    /// # Errors
    ///
    /// Those of [`open`](Self::open).
    pub fn open_with(folder: impl AsRef<Path>, net: &NetworkId, options: StoreOptions) -> Result<Self, StoreError> {
        Self::open_on(Folder::open(folder)?, net, options)
    }

    /// Opens the store of `net` on a disk of your own.
    ///
    /// # Errors
    ///
    /// Those of [`open`](Self::open), but for [`StoreError::Busy`]: a disk that can be shared locks itself.
    pub fn open_on(disk: impl Disk, net: &NetworkId, options: StoreOptions) -> Result<Self, StoreError> {
        let segments = Segments::open(&disk, net)?;
        let file = disk.open(INDEX).map_err(|error| disk_error(INDEX, error))?;
        let identity = identity::read(&disk, net, segments.are_empty()?)?;
        let length = file.len().map_err(|error| disk_error(INDEX, error))?;
        match identity {
            Identity::New => file.set_len(0).map_err(|error| disk_error(INDEX, error))?,
            Identity::Ours if length == 0 => {
                return Err(StoreError::Damaged { what: INDEX.to_string(), detail: "it is gone".to_string() });
            }
            Identity::Ours => {}
        }
        let index = Index::open(file, net, options.cache_bytes)?;
        if identity == Identity::New {
            index.create()?;
            segments.sync()?;
            identity::write(&disk, net)?;
        }

        let tip = index.tip()?;
        let row = tip.map(|tip| segments.row(tip.height)).transpose()?;
        if row.as_ref().map(|row| row.id) != tip.map(|tip| tip.id) {
            let detail = "the header at the tip is another block's".to_string();
            return Err(StoreError::Damaged { what: "headers.seg".to_string(), detail });
        }
        segments.cut(tip.map(|tip| tip.height).zip(row.as_ref()))?;

        let state = tip.map(|tip| tip.height).zip(row.as_ref()).map(|(height, row)| row.tip(height));
        let files = Arc::new(Files { segments, index, _disk: Box::new(disk) });
        let writer = Writer { tip: row, durability: options.durability, gathered: 0 };
        Ok(Self { snapshots: Snapshots::new(Arc::clone(&files), state), files, writer: Mutex::new(writer) })
    }

    /// When later commits are on the disk.
    pub fn set_durability(&self, durability: Durability) {
        self.writer().durability = durability;
    }

    fn writer(&self) -> MutexGuard<'_, Writer> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn running_writer(&self) -> Result<MutexGuard<'_, Writer>, StoreError> {
        let writer = self.writer();
        if self.files.index.has_stopped() { Err(StoreError::Stopped) } else { Ok(writer) }
    }

    /// Begins a change of the index. If it fails for another reason than the block, the index is not to be trusted.
    fn change(&self, work: impl FnOnce(&Change) -> Result<(), StoreError>) -> Result<Change, StoreError> {
        let index = &self.files.index;
        let begun = index.change().and_then(|change| work(&change).map(|()| change));
        if begun
            .as_ref()
            .is_err_and(|error| !matches!(error, StoreError::TagSpent { .. } | StoreError::Repeated { .. }))
        {
            index.stop();
        }
        begun
    }

    /// Commits a change of the index, and before it what was written to the segments, if it is to be durable. If
    /// that fails, nobody knows what the disk holds, and the store stops.
    fn finish(&self, change: Change, durable: bool) -> Result<(), StoreError> {
        let Files { segments, index, .. } = &*self.files;
        let finished = if durable { segments.sync() } else { Ok(()) }.and_then(|()| change.commit(durable));
        if finished.is_err() {
            index.stop();
        }
        finished
    }
}

impl ChainStore for RedbStore {
    type View = RedbView;

    fn view(&self) -> Result<RedbView, StoreError> {
        Ok(self.snapshots.view())
    }

    fn commit(&self, changes: &BlockChanges) -> Result<(), StoreError> {
        let mut writer = self.running_writer()?;
        changes.check_on(self.snapshots.tip())?;
        let segments = &self.files.segments;
        let change = self.change(|change| change.enter(changes))?;
        // Behind the committed length, so nothing is lost if it fails.
        let row = segments.append(changes, writer.tip.as_ref())?;
        let durable = writer.gathered + 1 >= writer.durability.blocks();
        self.finish(change, durable)?;
        writer.gathered = if durable { 0 } else { writer.gathered + 1 };
        writer.tip = Some(row);
        self.snapshots.committed(changes.block, changes.totals);
        Ok(())
    }

    fn revert(&self) -> Result<Option<BlockRef>, StoreError> {
        let mut writer = self.running_writer()?;
        let (tip, _) = self.snapshots.tip().ok_or(StoreError::Missing { what: "block to revert", at: 0 })?;
        let segments = &self.files.segments;
        let (taken, row) = segments.changes(tip.height)?;
        let taken = Arc::new(taken);
        let below = row.as_ref().map(|row| row.tip(tip.height - 1));
        let parent = below.map(|(block, _)| block);
        let change = self.change(|change| change.remove(&taken, parent))?;
        self.snapshots.reverted(&taken, below, || self.finish(change, true))?;
        writer.gathered = 0;
        // Whatever is not cut now is cut when the store is opened, or overwritten.
        let _ = segments.cut(parent.map(|block| block.height).zip(row.as_ref()));
        writer.tip = row;
        Ok(parent)
    }

    fn flush(&self) -> Result<(), StoreError> {
        let mut writer = self.running_writer()?;
        if writer.gathered > 0 {
            let change = self.change(|_| Ok(()))?;
            self.finish(change, true)?;
            writer.gathered = 0;
        }
        Ok(())
    }
}

impl Drop for RedbStore {
    fn drop(&mut self) {
        // Blocks that cannot be saved are lost as in a crash, which gathering them allowed. The index must not
        // name them then.
        if self.flush().is_err() {
            self.files.index.stop();
        }
    }
}
