//! Where a wallet gets the chain from: compact blocks, members of reference sets, a way to send.
//!
//! The trait is what wallets need and nodes offer; nothing in it names a key, a tag, an own enote or an own
//! transaction, so a source learns only which ranges are read.

use alloc::vec::Vec;
use core::{future::Future, ops::Range};

use crate::{
    block::BlockRef,
    consensus::Work,
    store::{HEADER_BYTES, StoredCompact},
};

/// A chain that somebody else keeps.
///
/// # Contract
///
/// Answers are hostile: the wallet checks headers against each other and their proof of work, compact forms
/// against headers, and list entries by rehashing. A source may return fewer items than asked for, from the
/// front; an empty answer means that it has none. Dropping a future cancels the request.
#[diagnostic::on_unimplemented(
    message = "`{Self}` gives a wallet no chain",
    label = "this part must implement `ChainSource`",
    note = "`Client`, `Sources` and `LedgerBackend` of `dero-net` do"
)]
pub trait ChainSource: Send + Sync {
    /// What can go wrong with the way to the source.
    type Error: core::error::Error + Send + Sync + 'static;

    /// The newest block that the source knows.
    fn tip(&self) -> impl Future<Output = Result<BlockRef, Self::Error>> + Send;

    /// Headers with the nonces of their seals.
    fn headers(
        &self,
        heights: Range<u64>,
    ) -> impl Future<Output = Result<Vec<([u8; HEADER_BYTES], u64)>, Self::Error>> + Send;

    /// Compact forms of blocks.
    fn compact(&self, heights: Range<u64>) -> impl Future<Output = Result<Vec<StoredCompact>, Self::Error>> + Send;

    /// Entries (Ko ‖ C ‖ T) of the reference list; callers ask for aligned ranges, or for what one block appended.
    fn listed(&self, positions: Range<u64>) -> impl Future<Output = Result<Vec<[u8; 96]>, Self::Error>> + Send;

    /// Whole blocks as [`Block::parse`](crate::block::Block::parse) reads them; an empty one where the source keeps
    /// none any more. Compact forms hold no memos: whoever wants one asks for aligned ranges of blocks, and for
    /// others beside his own.
    fn blocks(&self, heights: Range<u64>) -> impl Future<Output = Result<Vec<Vec<u8>>, Self::Error>> + Send;

    /// Hears how far a wallet came that followed the source to its tip: the newest block of the source's branch that it
    /// validated, and the work up to there. A source that believed a claim of work, to choose among several, answers
    /// with an error where the claim was not borne out.
    fn followed(&self, newest: BlockRef, work: Work) -> impl Future<Output = Result<(), Self::Error>> + Send {
        let _ = (newest, work);
        async { Ok(()) }
    }

    /// Hands over a transaction for relay. Accepted means that the node's own checks passed.
    fn submit(&self, transaction: &[u8]) -> impl Future<Output = Result<(), Self::Error>> + Send;
}
