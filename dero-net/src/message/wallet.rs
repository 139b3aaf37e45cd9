//! What wallets ask: the tip, ranges of the chain, and to pass on a transaction.
//!
//! No question names an enote, a tag, a key or a transaction: a node learns which ranges were read.

use borsh::{BorshDeserialize, BorshSerialize};

use super::{Bytes, RequestId, Text, Tip, limits::MAX_REASON};
use dero_ledger::block::MAX_TRANSACTION_BYTES;

/// Asks for [`TipIs`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct GetTip {
    /// The question.
    pub request: RequestId,
}

/// The newest block whose body the sender has checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct TipIs {
    /// The question.
    pub request: RequestId,
    /// The tip.
    pub tip: Tip,
}

/// Asks for headers by height. The items of the answer are [`super::limits::SEALED_HEADER`] bytes each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct GetHeaderRange {
    /// The question.
    pub request: RequestId,
    /// The first height.
    pub from: u64,
    /// How many.
    pub count: u16,
}

/// Asks for compact forms by height. An item of the answer is `u32 length of the scan part | scan part | value part`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct GetCompact {
    /// The question.
    pub request: RequestId,
    /// The first height.
    pub from: u64,
    /// How many.
    pub count: u16,
}

/// Asks for positions `range · 2^16` up to `(range + 1) · 2^16` of the reference list, as far as they exist. Other
/// ranges cannot be asked for. The items of the answer are [`super::limits::LISTED_ENTRY`] bytes each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct GetListed {
    /// The question.
    pub request: RequestId,
    /// The number of the range.
    pub range: u32,
}

/// Hands over a transaction for relay.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Submit {
    /// The question.
    pub request: RequestId,
    /// The transaction (protocol 10.1).
    pub bytes: Bytes<MAX_TRANSACTION_BYTES>,
}

/// What became of a [`Submit`].
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Submitted {
    /// The question.
    pub request: RequestId,
    /// `None` if the transaction waits in the pool, now or before.
    pub rejected: Option<Rejection>,
}

/// Why a transaction is not taken, in words and in kind.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, thiserror::Error)]
#[error("{reason}: {}", &**detail)]
pub struct Rejection {
    /// The family of rules.
    pub reason: Reject,
    /// The rule and the place.
    pub detail: Text<MAX_REASON>,
}

/// The rules that a transaction can break, in the order in which a node checks them (protocol 10.4). What comes later
/// goes to the end: the place of a variant is its number on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
#[non_exhaustive]
pub enum Reject {
    /// Step 1: lengths, counts, versions, flags.
    Malformed,
    /// Step 1: made for another network.
    OtherNetwork,
    /// Step 2: its time is over.
    Expired,
    /// Step 2: its time has not come.
    NotYetValid,
    /// Step 2: the fee is too low or not one of the allowed ones.
    Fee,
    /// Step 3: order or repetition.
    Order,
    /// Step 4: a linking tag that is spent, or that a waiting transaction spends.
    TagSpent,
    /// Step 4: a reference that does not resolve.
    InvalidReference,
    /// Step 4: anything else that the state does not allow.
    State,
    /// Step 5: any other point or scalar that is none.
    Encoding,
    /// Steps 6 to 9: a proof or a signature.
    BadProof,
    /// Step 10: the contract refuses.
    Contract,
    /// The pool has no room at this fee.
    PoolFull,
    /// The node is not able to check it now.
    Busy,
    /// Step 5: a linking tag that is no point, or the identity.
    InvalidTag,
}

impl core::fmt::Display for Reject {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Malformed => "malformed",
            Self::OtherNetwork => "made for another network",
            Self::Expired => "expired",
            Self::NotYetValid => "not valid yet",
            Self::Fee => "wrong fee",
            Self::Order => "parts out of order",
            Self::TagSpent => "spent already",
            Self::InvalidReference => "invalid reference",
            Self::State => "against the state of the chain",
            Self::InvalidTag => "a linking tag that is none",
            Self::Encoding => "a point or scalar that is none",
            Self::BadProof => "a proof does not hold",
            Self::Contract => "refused by the contract",
            Self::PoolFull => "the pool is full",
            Self::Busy => "the node is busy",
        })
    }
}

/// A question that is not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Refused {
    /// The question.
    pub request: RequestId,
    /// Why.
    pub why: Unanswered,
}

/// Why a question is not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, thiserror::Error)]
#[non_exhaustive]
pub enum Unanswered {
    /// More than may be asked at once.
    #[error("more was asked for than an answer may hold")]
    TooMuch,
    /// Too many questions wait.
    #[error("the node has too many questions waiting")]
    Busy,
    /// The node's disk failed.
    #[error("the node cannot read its chain")]
    Unavailable,
}
