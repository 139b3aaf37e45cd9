//! Why a block cannot be followed, and who is to blame.

use dero_crypto::membership::ReferenceError;
use dero_ledger::consensus::BranchError;

/// Why the chain cannot be followed. `E` is the error of the wallet's [`Persister`](crate::store::Persister).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ChainError<E> {
    /// The wallet's rows cannot be read or written.
    #[error("wallet storage: {0}")]
    Rows(E),
    /// The wallet's rows do not fit together.
    #[error("the wallet's rows are damaged ({0}): scan again from the seed")]
    Damaged(&'static str),
    /// The source's header does not extend the chain.
    #[error("the source sent a header that does not extend the chain: {0}")]
    Header(#[from] BranchError),
    /// The source's compact form is not the one that the header commits to.
    #[error("the source sent another compact form of block {height} than its header commits to")]
    Compact {
        /// The block.
        height: u64,
    },
    /// The header's reference list is not the one that follows from the blocks before.
    #[error("block {height} commits to a list of {stated} entries; {counted} follow, or others")]
    List {
        /// The block.
        height: u64,
        /// Length in the header.
        stated: u64,
        /// Length that follows from the compact forms.
        counted: u64,
    },
    /// The header's list is shorter than its parent's, or longer by more than a block has enotes.
    #[error("block {height} states a list of {stated} entries after one of {before}")]
    Growth {
        /// The block.
        height: u64,
        /// Length in the header.
        stated: u64,
        /// Length in its parent's.
        before: u64,
    },
    /// The source's header is not the one that the wallet had validated at this height before it began to scan again.
    #[error("the source sent another header {height} than the one that this wallet has validated")]
    Kept {
        /// The block.
        height: u64,
    },
    /// A reference does not resolve at the tip.
    #[error(transparent)]
    Reference(#[from] ReferenceError),
}

impl<E> ChainError<E> {
    /// Whether the source is to blame: it is left, and another one asked.
    #[must_use]
    pub fn blames_source(&self) -> bool {
        matches!(
            self,
            Self::Header(_) | Self::Compact { .. } | Self::List { .. } | Self::Growth { .. } | Self::Kept { .. }
        )
    }
}
