//! Transactions that prove nothing, for blocks that nobody checks: what a scanner or a decoder sees.

use alloc::vec::Vec;

use crate::transaction::{Body, Bundle, MemoClass, Transaction};

/// A transaction of `bundles` alone: no fee, no heights, no ops and moves, no memos, and no proof of anything.
#[must_use]
pub fn unproven(bundles: Vec<Bundle>) -> Transaction {
    Transaction {
        body: Body {
            valid_from: 0,
            expiry: 0,
            fee: 0,
            balance: [0; 32],
            bundles,
            ops: Vec::new(),
            moves: Vec::new(),
            payload_length: 0,
            payload_digest: [0; 32],
            memo_class: MemoClass::None,
            memo_digest: [0; 32],
        },
        out_proofs: Vec::new(),
        auth: Vec::new(),
        membership: Vec::new(),
        memos: Vec::new(),
        payload: Vec::new(),
    }
}
