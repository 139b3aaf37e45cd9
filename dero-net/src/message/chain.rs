//! Headers and blocks, asked for one by one and answered in parts.

use borsh::{BorshDeserialize, BorshSerialize};

use super::{
    Bounded, Bytes, RequestId,
    limits::{MAX_BLOCKS, MAX_LOCATOR, PART_BYTES},
};

/// Asks for headers on the receiver's best branch, after the first block of the locator that is on it.
/// The items of the answer are [`super::limits::SEALED_HEADER`] bytes each.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct GetHeaders {
    /// The question.
    pub request: RequestId,
    /// Ids of the sender's best branch, newest first, genesis last.
    pub locator: Bounded<[u8; 32], MAX_LOCATOR>,
    /// At most so many.
    pub max: u16,
}

/// Asks for blocks. The items of the answer are in the order of the ids; an empty one says "not here".
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct GetBlocks {
    /// The question.
    pub request: RequestId,
    /// Block ids.
    pub ids: Bounded<[u8; 32], MAX_BLOCKS>,
}

/// A piece of an answer. The pieces of one answer, put together, are its [`super::Items`].
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Part {
    /// The question.
    pub request: RequestId,
    /// Whether this is the last piece.
    pub end: bool,
    /// The piece.
    pub bytes: Bytes<PART_BYTES>,
}
