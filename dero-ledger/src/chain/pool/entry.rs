//! One transaction that waits.

use alloc::{sync::Arc, vec::Vec};
use core::cmp::{Ordering, Reverse};

use dero_crypto::NetworkId;

use crate::{
    chain::limits::{self, CitedSet},
    rules::{UnverifiedTransaction, VerifiedTransaction},
    transaction::{TxId, WitnessId},
};

/// A transaction that passed steps 1 to 9 for the block after the tip.
///
/// It holds what it cites by position, not the decoded members, which may be many times its size.
#[derive(Clone, Debug)]
pub struct Pooled {
    tx: Arc<UnverifiedTransaction>,
    pub(in crate::chain) cited: Vec<CitedSet>,
    pub(in crate::chain) minimum_fee: u64,
    pub(in crate::chain) arrival: u64,
    pub(super) bytes: usize,
}

impl Pooled {
    pub(super) fn new(verified: &VerifiedTransaction, bytes: usize, arrival: u64) -> Self {
        let effects = verified.effects();
        Self {
            tx: Arc::clone(effects.tx()),
            cited: limits::cited(effects),
            minimum_fee: effects.minimum_fee(),
            arrival,
            bytes,
        }
    }

    /// The transaction.
    #[must_use]
    pub fn tx(&self) -> &Arc<UnverifiedTransaction> {
        &self.tx
    }

    /// The name of its effect.
    #[must_use]
    pub fn txid(&self) -> TxId {
        self.tx.digests().txid
    }

    /// The name of its effect with its proofs.
    #[must_use]
    pub fn wtxid(&self) -> WitnessId {
        self.tx.digests().wtxid
    }

    /// Its bytes.
    #[must_use]
    pub fn encode(&self, net: &NetworkId) -> Vec<u8> {
        self.tx.transaction().encode(net)
    }

    /// What it pays.
    #[must_use]
    pub fn fee(&self) -> u64 {
        self.tx.transaction().body.fee
    }

    pub(in crate::chain) fn tags(&self) -> impl Iterator<Item = [u8; 32]> {
        let bundles = &self.tx.transaction().body.bundles;
        bundles.iter().flat_map(|bundle| &bundle.inputs).map(|input| input.tag)
    }

    pub(super) fn rank(&self) -> (Rate, Reverse<u64>, WitnessId) {
        (Rate { fee: self.fee(), weight: self.tx.weight() }, Reverse(self.arrival), self.wtxid())
    }
}

/// Fee by weight.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rate {
    fee: u64,
    weight: u64,
}

impl Ord for Rate {
    fn cmp(&self, other: &Self) -> Ordering {
        let left = u128::from(self.fee) * u128::from(other.weight);
        left.cmp(&(u128::from(other.fee) * u128::from(self.weight)))
    }
}
impl PartialOrd for Rate {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl PartialEq for Rate {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}
impl Eq for Rate {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_compared_without_rounding_or_overflow() {
        let rate = |fee, weight| Rate { fee, weight };
        assert!(rate(10, 3) > rate(9, 3) && rate(10, 3) > rate(10, 4));
        assert_eq!(rate(10, 4), rate(5, 2));
        assert!(rate(u64::MAX, u64::MAX - 1) > rate(u64::MAX - 1, u64::MAX));
    }
}
