//! Where a chain lives: an append-only history with one committed tip.
//!
//! A store knows nothing of validity. It takes what a checked block leaves behind, whole or not at all, gives it
//! back, and takes the newest block away again when the chain reorganises.
//!
//! [`ChainStore`] is the contract. [`MemoryStore`] keeps it in memory; `RedbStore` (feature `redb`) keeps it on a
//! disk that may fail. For a store of your own, [`BlockChanges::check_on`] makes the checks that need no lookup,
//! `snapshot::Snapshots` makes consistent views of one mutable state, and `testing::store_conformance` tries it.

mod changes;
#[cfg(feature = "redb")]
mod checksum;
#[cfg(feature = "redb")]
pub mod disk;
mod error;
#[cfg(feature = "redb")]
mod files;
#[cfg(feature = "redb")]
mod identity;
#[cfg(feature = "redb")]
mod index;
#[cfg(feature = "std")]
mod memory;
#[cfg(feature = "redb")]
mod pages;
#[cfg(feature = "redb")]
mod redb;
#[cfg(feature = "redb")]
mod row;
#[cfg(feature = "redb")]
mod segments;
#[cfg(feature = "std")]
pub mod snapshot;

use alloc::vec::Vec;
use core::ops::Range;

pub use changes::{BlockChanges, StoredBlock, StoredCompact, Tip, Totals};
pub use error::StoreError;
#[cfg(feature = "std")]
pub use memory::{MemoryStore, MemoryView};
#[cfg(feature = "redb")]
pub use redb::{Durability, RedbStore, RedbView, StoreOptions};

pub use crate::{block::HEADER_BYTES, state::ListedEnote};

use crate::block::{BlockId, BlockRef};

/// A durable, single-writer history of blocks.
///
/// # Contract
///
/// - [`commit`](ChainStore::commit) applies the whole of a block or nothing, and is durable when it returns (or,
///   if the store was told to gather blocks, after [`flush`](ChainStore::flush)). It refuses a block that does
///   not stand on the tip, a tag that is spent, a block id or txid that is stored, and totals that do not follow.
/// - [`revert`](ChainStore::revert) takes the newest block away as if it had never been committed.
/// - [`view`](ChainStore::view) is a consistent snapshot: later commits and reverts do not change it.
/// - After a crash at any moment the store opens at a block that was committed, with everything of that block and
///   nothing of a later one.
///
/// Check your own with `testing::store_conformance`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no store for a chain",
    label = "this part must implement `ChainStore`",
    note = "`MemoryStore` and `RedbStore` do; `testing::store_conformance` checks one of your own"
)]
pub trait ChainStore: Send + Sync + 'static {
    /// A snapshot.
    type View: StoreView;

    /// The newest committed state.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store cannot be read.
    fn view(&self) -> Result<Self::View, StoreError>;

    /// Commits a block on the tip.
    ///
    /// # Errors
    ///
    /// [`StoreError`]; nothing is changed then.
    fn commit(&self, changes: &BlockChanges) -> Result<(), StoreError>;

    /// Takes the tip away and returns the new tip, `None` after genesis was taken away.
    ///
    /// # Errors
    ///
    /// [`StoreError::Missing`] if the store is empty, or a failed disk; nothing is changed then.
    fn revert(&self) -> Result<Option<BlockRef>, StoreError>;

    /// Makes every committed block durable. A store whose commits are durable at once has nothing to do.
    ///
    /// # Errors
    ///
    /// [`StoreError`]; blocks since the last durable one may be lost in a power failure then.
    fn flush(&self) -> Result<(), StoreError> {
        Ok(())
    }
}

/// Reads of one consistent state. Ranges must lie within what is stored, else [`StoreError::Missing`]; an empty
/// range gives nothing, wherever it lies.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no view of a store",
    label = "a store gives views that implement `StoreView`",
    note = "`testing::store_conformance` checks a store of your own with its views"
)]
pub trait StoreView: Send + Sync {
    /// The newest block, `None` before genesis.
    fn tip(&self) -> Option<BlockRef>;

    /// Totals after the block at `height`.
    ///
    /// # Errors
    ///
    /// [`StoreError::Missing`] above the tip, or a failed read.
    fn totals(&self, height: u64) -> Result<Totals, StoreError>;

    /// Headers and nonces of `heights`.
    ///
    /// # Errors
    ///
    /// [`StoreError::Missing`] above the tip, or a failed read.
    fn headers(&self, heights: Range<u64>) -> Result<Vec<([u8; HEADER_BYTES], u64)>, StoreError>;

    /// The block at `height`.
    ///
    /// # Errors
    ///
    /// [`StoreError::Missing`] above the tip, or a failed read.
    fn block(&self, height: u64) -> Result<StoredBlock, StoreError>;

    /// The compact form of the block at `height`.
    ///
    /// # Errors
    ///
    /// [`StoreError::Missing`] above the tip, or a failed read.
    fn compact(&self, height: u64) -> Result<StoredCompact, StoreError>;

    /// The height of the block `id` on this branch.
    ///
    /// # Errors
    ///
    /// A failed read.
    fn height_of(&self, id: &BlockId) -> Result<Option<u64>, StoreError>;

    /// Where a transaction stands: height, and its place in the block.
    ///
    /// # Errors
    ///
    /// A failed read.
    fn transaction(&self, txid: &[u8; 32]) -> Result<Option<(u64, u32)>, StoreError>;

    /// Entries of the reference list.
    ///
    /// # Errors
    ///
    /// [`StoreError::Missing`] beyond its length, or a failed read.
    fn listed(&self, positions: Range<u64>) -> Result<Vec<ListedEnote>, StoreError>;

    /// The height at which each tag was spent.
    ///
    /// # Errors
    ///
    /// A failed read.
    fn spent(&self, tags: &[[u8; 32]]) -> Result<Vec<Option<u64>>, StoreError>;

    /// A node of the MMR of headers: hash ‖ work sum.
    ///
    /// # Errors
    ///
    /// [`StoreError::Missing`] beyond its length, or a failed read.
    fn header_node(&self, position: u64) -> Result<[u8; 64], StoreError>;

    /// A node of the MMR of linking tags.
    ///
    /// # Errors
    ///
    /// [`StoreError::Missing`] beyond its length, or a failed read.
    fn tag_node(&self, position: u64) -> Result<[u8; 32], StoreError>;
}
