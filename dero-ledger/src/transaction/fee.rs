//! Weight and fees (vaults 12.9).
//!
//! ```text
//! weight  = bytes of Tx + N per private input + 8N·min(8, private inputs) + 1024 per range value
//!         + Σ over lock records (64 + 128·max(1, max_j B_j) + 512 per part) + the terms of the Payload
//! minimum = the smallest m·2^e, m < 16, that is at least weight × fee rate
//! ```
//!
//! Half of the minimum is destroyed, the rest of the fee goes to the miner. A transaction pays for eight
//! reference sets whatever it cites, so that the fee is fixed before the references and says nothing about them.

use super::{Body, LockRecord};

/// Whether `fee` is of the form m·2^e with m < 16.
#[must_use]
pub fn is_quantised(fee: u64) -> bool {
    fee == 0 || fee >> fee.trailing_zeros() < 16
}

/// The least fee of `weight` at `rate` atomic units a unit of weight; none if it needs more than 64 bits.
///
/// ```
/// use dero_ledger::transaction::fee::{destroyed, minimum};
/// assert_eq!(minimum(5_030, 1), Some(5_120)); // 10·2^9
/// assert_eq!(destroyed(5_121), 2_560);
/// assert_eq!(minimum(u64::MAX, 2), None);
/// ```
#[must_use]
pub fn minimum(weight: u64, rate: u64) -> Option<u64> {
    let least = u128::from(weight) * u128::from(rate);
    let bits = 128 - least.leading_zeros();
    let e = bits.saturating_sub(4);
    // m may come out as 16: that is 8·2^(e+1).
    u64::try_from(least.div_ceil(1 << e).checked_mul(1 << e)?).ok()
}

/// The part of a minimum fee that nobody gets.
#[must_use]
pub fn destroyed(minimum: u64) -> u64 {
    minimum / 2
}

/// The weight of a transaction of `bytes` bytes on a network with sets of `ring_size` members.
///
/// Without the terms of a Payload's inside (gas class, claims, accepts, deployed code): who reads that inside
/// adds them.
#[must_use]
pub fn weight(body: &Body, bytes: usize, ring_size: u64) -> u64 {
    let inputs = body.input_count() as u64;
    let values: usize = (0..body.bundles.len()).map(|bundle| body.range_value_count(bundle)).sum();
    bytes as u64
        + ring_size * inputs
        + 8 * ring_size * inputs.min(8)
        + 1024 * values as u64
        + body.lock_records().map(record_weight).sum::<u64>()
}

fn record_weight(record: &LockRecord) -> u64 {
    let longest = record.alternatives.iter().map(|parts| parts.len()).max().unwrap_or(0).max(1);
    let parts: usize = record.alternatives.iter().map(|parts| parts.len()).sum();
    64 + 128 * longest as u64 + 512 * parts as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    #[test]
    fn fees_have_four_significant_bits() {
        let quantised: Vec<u64> = (0..70).filter(|fee| is_quantised(*fee)).collect();
        let expected: Vec<u64> =
            (0..16).chain((16..32).step_by(2)).chain((32..64).step_by(4)).chain([64]).collect();
        assert_eq!(quantised, expected);
        assert!(is_quantised(15 << 60) && is_quantised(1 << 63));
        assert!(!is_quantised(17 << 32) && !is_quantised(u64::MAX));
    }

    #[test]
    fn the_minimum_is_the_next_quantised_fee() {
        for least in 0..5_000 {
            let found = minimum(least, 1).expect("far below 2^64");
            let expected = (least..).find(|fee| is_quantised(*fee)).expect("a power of two");
            assert_eq!(found, expected, "{least}");
        }
    }

    #[test]
    fn a_minimum_above_64_bits_does_not_exist() {
        assert_eq!(minimum(15 << 60, 1), Some(15 << 60));
        assert_eq!(minimum((15 << 60) + 1, 1), None);
        assert_eq!(minimum(u64::MAX, u64::MAX), None);
        assert_eq!(minimum(1 << 62, 3), Some(3 << 62));
    }

    #[test]
    fn half_of_the_minimum_is_destroyed_rounded_down() {
        assert_eq!([0, 1, 2, 3, 2048].map(destroyed), [0, 0, 1, 1, 1024]);
    }
}
