//! New transactions and blocks: named first, sent when asked for.

use borsh::{BorshDeserialize, BorshSerialize};

use super::{
    Bounded, Bytes, Tip,
    limits::{MAX_NAMES, SEALED_HEADER},
};
use crate::domain;
use dero_ledger::block::MAX_TRANSACTION_BYTES;

/// What names a transaction on one link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
pub enum Name {
    /// h_8("net/short-id"; salt of the link, wtxid).
    Short([u8; 8]),
    /// wtxid, where the short name is taken already.
    Full([u8; 32]),
}

impl Name {
    /// The short name of `wtxid` on the link with this salt.
    #[must_use]
    pub fn short(salt: &[u8; 32], wtxid: &[u8; 32]) -> Self {
        Self::Short(domain::SHORT_ID.hash(&[salt, wtxid]))
    }

    /// Whether this names `wtxid` on the link with this salt.
    #[must_use]
    pub fn fits(&self, salt: &[u8; 32], wtxid: &[u8; 32]) -> bool {
        match self {
            Self::Short(_) => *self == Self::short(salt, wtxid),
            Self::Full(full) => full == wtxid,
        }
    }
}

/// Transactions that the sender has and checked.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct AnnounceTransactions {
    /// Their names on this link.
    pub names: Bounded<Name, MAX_NAMES>,
}

/// Asks for transactions that were announced on this link. Each is answered by a [`Transaction`].
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct GetTransactions {
    /// Names as they were announced.
    pub names: Bounded<Name, MAX_NAMES>,
}

/// Answers for one name.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Transaction {
    /// The name that was asked for.
    pub name: Name,
    /// The transaction (protocol 10.1), `None` if it is gone.
    pub bytes: Option<Bytes<MAX_TRANSACTION_BYTES>>,
}

/// The sender has a new tip.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct AnnounceBlock {
    /// The tip, with the work that the sender counts.
    pub tip: Tip,
    /// Its header and the nonce of its seal.
    pub header: Box<[u8; SEALED_HEADER]>,
}
