//! What a store cannot do, and whose fault it is.

use crate::block::BlockRef;

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
    /// The caller's block repeats an id of this branch, or one of its own.
    #[error("{what} {id:02x?} is stored already")]
    Repeated {
        /// The kind of id: block or transaction.
        what: &'static str,
        /// The id.
        id: [u8; 32],
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
    /// An earlier write failed, so what the disk holds is not known.
    #[error("an earlier write failed: open the store again")]
    Stopped,
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
