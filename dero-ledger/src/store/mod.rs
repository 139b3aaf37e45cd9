//! Where a chain lives: an append-only history with one committed tip.
//!
//! A store knows nothing of validity. It takes what a checked block leaves behind, whole or not at all, gives it
//! back, and takes the newest block away again when the chain reorganises.

use alloc::vec::Vec;
use core::ops::Range;

use crate::block::{BlockId, BlockRef};

/// Bytes of a header (protocol 10.7).
pub const HEADER_BYTES: usize = 288;

/// What one block leaves behind, ready to commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockChanges {
    /// The block.
    pub block: BlockRef,
    /// The tip on which it stands; `None` for genesis.
    pub parent: Option<BlockRef>,
    /// Header bytes.
    pub header: [u8; HEADER_BYTES],
    /// The seal's nonce.
    pub nonce: u64,
    /// Transactions and coinbase as they stand in the block, after the seal.
    pub body: Vec<u8>,
    /// Txid of every transaction in block order, the coinbase last (none in genesis).
    pub txids: Vec<[u8; 32]>,
    /// Scan part of the compact form.
    pub compact_scan: Vec<u8>,
    /// Value part of the compact form.
    pub compact_values: Vec<u8>,
    /// Enotes that enter the reference list at this height, in order.
    pub listed: Vec<ListedEnote>,
    /// Linking tags that the block spends, in block and body order.
    pub tags: Vec<[u8; 32]>,
    /// Nodes that the block appends to the MMR of headers: hash ‖ work sum.
    pub header_nodes: Vec<[u8; 64]>,
    /// Nodes that the block appends to the MMR of linking tags.
    pub tag_nodes: Vec<[u8; 32]>,
    /// Totals after the block.
    pub totals: Totals,
}

/// One entry of the reference list and the accumulator after it (protocol 7.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListedEnote {
    /// Ko ‖ C ‖ T.
    pub enote: [u8; 96],
    /// acc after this entry.
    pub acc: [u8; 32],
}

/// Running totals after a block.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Work of the branch up to and including the block, 256 bits little-endian.
    pub work: [u8; 32],
    /// Length of the reference list after the block's appends.
    pub list_length: u64,
    /// Spent tags after the block.
    pub tags: u64,
    /// Nodes in the MMR of headers after the block.
    pub header_nodes: u64,
    /// Nodes in the MMR of tags after the block.
    pub tag_nodes: u64,
    /// Digest of the anchors, ea (protocol 7.5).
    pub anchors: [u8; 32],
    /// Native units issued: genesis amounts and subsidies.
    pub issued: u128,
    /// Native units destroyed: halves of minimum fees.
    pub destroyed: u128,
}

/// A block as it was committed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredBlock {
    /// Header bytes.
    pub header: [u8; HEADER_BYTES],
    /// The seal's nonce.
    pub nonce: u64,
    /// Transactions and coinbase.
    pub body: Vec<u8>,
}

/// The compact form of a block, in its two parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredCompact {
    /// Scan part.
    pub scan: Vec<u8>,
    /// Value part.
    pub values: Vec<u8>,
}

/// What a store cannot do, and whose fault it is.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The caller's block does not stand on the tip.
    #[error("the block's parent is {parent:?}, the tip is {tip:?}")]
    NotOnTip {
        /// The parent that the block names.
        parent: Option<BlockRef>,
        /// The tip of the store.
        tip: Option<BlockRef>,
    },
    /// The caller's block spends a tag that is spent, or one tag twice.
    #[error("tag {tag:02x?} is spent already")]
    TagSpent {
        /// The tag.
        tag: [u8; 32],
    },
    /// The caller's totals do not follow from the tip and the block's lists.
    #[error("{what}: the block says {stated}, the store counts {counted}")]
    Totals {
        /// The total.
        what: &'static str,
        /// What the block says.
        stated: u64,
        /// What follows from the tip.
        counted: u64,
    },
    /// Something was asked for that is not stored.
    #[error("{what} {at} is not stored")]
    Missing {
        /// The kind of thing.
        what: &'static str,
        /// Its height or position.
        at: u64,
    },
    /// The folder belongs to another network.
    #[error("the folder holds network {found}, expected {expected}: choose another folder")]
    OtherNetwork {
        /// Network id in the folder, hex.
        found: alloc::string::String,
        /// Network id of the caller, hex.
        expected: alloc::string::String,
    },
    /// The folder was written by another version of this software.
    #[error("the folder has schema {found}, this build reads {expected}: use the build that wrote it")]
    OtherSchema {
        /// Schema of the folder.
        found: u64,
        /// Schema of this build.
        expected: u64,
    },
    /// The folder is open elsewhere.
    #[error("the folder is in use by another process")]
    Busy,
    /// Stored bytes are not what was written.
    #[error("{what} is damaged: {detail}")]
    Damaged {
        /// The file or table.
        what: alloc::string::String,
        /// What is wrong.
        detail: alloc::string::String,
    },
    /// The disk failed: full, unreadable, gone.
    #[error("{what}: {source}")]
    #[cfg(feature = "std")]
    Disk {
        /// The file or table.
        what: alloc::string::String,
        /// The system's error.
        source: std::io::Error,
    },
}

/// A durable, single-writer history of blocks.
///
/// # Contract
///
/// - [`commit`](ChainStore::commit) applies the whole of a block or nothing, and is durable when it returns. It
///   refuses a block that does not stand on the tip, a tag that is spent, and totals that do not follow.
/// - [`revert`](ChainStore::revert) takes the newest block away as if it had never been committed.
/// - [`view`](ChainStore::view) is a consistent snapshot: later commits and reverts do not change it.
/// - After a crash at any moment the store opens at a block that was committed, with everything of that block and
///   nothing of a later one.
///
/// Check your own with `testing::store_conformance`.
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
    /// [`StoreError`]; nothing is changed then.
    fn revert(&self) -> Result<Option<BlockRef>, StoreError>;
}

/// Reads of one consistent state. Ranges must lie within what is stored, else [`StoreError::Missing`].
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
