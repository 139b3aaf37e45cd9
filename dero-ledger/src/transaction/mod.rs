//! A transaction: what it does, and why a stranger may believe that it does nothing else (protocol 10).
//!
//! ```text
//! Tx = Body | OutProofs | Auth | Membership | Memos | Payload          each behind its length, u32
//! ```
//!
//! [`Body`] lists the effects: [`Bundle`]s of inputs and outputs, one a party, operations on assets, public moves.
//! The other sections show that the effects are allowed, or hold what only the parties read, and may be dropped
//! after burial. [`crate::rules`] says when a transaction is valid.
//!
//! Reading order: [`Body`], [`Bundle`], [`LockRecord`], [`AssetOp`], [`PublicMove`], then the sizes and lists that
//! follow from them (`shape.rs`), hashes (`digest.rs`), [`fee`], [`coinbase`].

pub mod builder;
pub mod coinbase;
pub mod fee;
pub mod limits;

mod asset_op;
mod body;
mod bundle;
mod digest;
mod id;
mod lock_record;
mod public_move;
pub(crate) mod section;
mod shape;

use alloc::vec::Vec;

use dero_crypto::NetworkId;

use crate::rules::RuleParameters;

pub use asset_op::AssetOp;
pub use body::Body;
pub use bundle::{Bundle, Input, Output};
pub use coinbase::{CoinbaseOutput, CoinbaseTx};
pub use digest::{Digests, memo_digest, payload_digest};
pub use id::{BodyDigest, ContractId, SigningDigest, TxId, VaultId, VerdictKey, WitnessId};
pub use lock_record::{AcceptPhase, LockRecord};
pub use public_move::{Direction, PublicMove};
pub use shape::RangeValue;

pub use dero_crypto::enote::MemoClass;

/// A transaction as it travels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transaction {
    /// What it does.
    pub body: Body,
    /// Proofs about outputs, operations and lock records.
    pub out_proofs: Vec<u8>,
    /// Spend proofs and signatures. Its division depends on the state.
    pub auth: Vec<u8>,
    /// References and membership proofs.
    pub membership: Vec<u8>,
    /// One encrypted message an output.
    pub memos: Vec<u8>,
    /// A call or a deploy, or nothing.
    pub payload: Vec<u8>,
}

impl Transaction {
    /// The one encoding.
    #[must_use]
    pub fn encode(&self, net: &NetworkId) -> Vec<u8> {
        let body = self.body.encode(net);
        section::join([&body, &self.out_proofs, &self.auth, &self.membership, &self.memos, &self.payload])
    }

    /// Bytes of the encoding.
    #[must_use]
    pub fn encoded_length(&self, net: &NetworkId) -> usize {
        let sections = [&self.out_proofs, &self.auth, &self.membership, &self.memos, &self.payload];
        let others: usize = sections.into_iter().map(Vec::len).sum();
        section::LENGTHS + self.body.encode(net).len() + others
    }

    /// The weight that its fee pays for; see [`fee::weight`].
    #[must_use]
    pub fn weight(&self, parameters: &RuleParameters) -> u64 {
        fee::weight(&self.body, self.encoded_length(&parameters.net), parameters.sets.size())
    }

    /// The least fee that it may pay; none if no fee is enough.
    #[must_use]
    pub fn minimum_fee(&self, parameters: &RuleParameters) -> Option<u64> {
        fee::minimum(self.weight(parameters), parameters.fee_rate)
    }
}
