//! What a payment looks like from outside, and what that costs.

use dero_crypto::{
    enote::MemoClass,
    membership::{MembershipProof, Reference, SetParameters},
    range::RangeProof,
    sigma::{LinkProof, SpendProof},
};
use dero_ledger::transaction::fee;

/// Numbers of outputs that a payment has (law 10.6).
const OUTPUT_COUNTS: [usize; 4] = [3, 4, 8, 16];
/// Change and a spare, beside the payments.
const OWN_OUTPUTS: usize = 2;

/// The outputs that a payment to `payees` has; `None` if there is no such payment.
pub(crate) fn outputs(payees: usize) -> Option<usize> {
    if payees == 0 {
        return None;
    }
    OUTPUT_COUNTS.into_iter().find(|count| payees + OWN_OUTPUTS <= *count)
}

/// Bytes of a transaction of one bundle without locks, ops and moves (law 17).
pub(crate) fn bytes(inputs: usize, outputs: usize, memo: MemoClass, sets: SetParameters) -> usize {
    const BODY_AND_SECTIONS: usize = 134 + 24;
    const BUNDLE: usize = 21;
    let range = RangeProof::len(outputs).expect("at most sixteen outputs");
    // Ω: every input and the native asset.
    let q = (inputs + 1).next_power_of_two().ilog2().max(1) as usize;
    let surjection = 32 * (4 + 2 * q);
    let input = 128 + SpendProof::LEN + Reference::LEN + MembershipProof::len(sets);
    let output = 163 + 32 + LinkProof::LEN + surjection + memo.bytes();
    BODY_AND_SECTIONS + BUNDLE + inputs * input + outputs * output + range
}

/// The minimum fee of such a transaction; `None` if it would not fit 64 bits.
pub(crate) fn minimum_fee(
    inputs: usize,
    outputs: usize,
    memo: MemoClass,
    sets: SetParameters,
    fee_rate: u64,
) -> Option<u64> {
    let (ring, n) = (sets.size(), inputs as u64);
    let weight = bytes(inputs, outputs, memo, sets) as u64 + ring * n + 8 * ring * n.min(8) + 1024 * outputs as u64;
    fee::minimum(weight, fee_rate)
}

/// tip + 120, rounded up to a multiple of 32.
pub(crate) fn expiry(tip: u64) -> u64 {
    (tip + 120).next_multiple_of(32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_those_of_the_protocols_table() {
        for ((n, m), one_two, two_two, ordinary) in [
            ((2, 7), 2_782, 3_779, 4_646),
            ((4, 5), 2_974, 4_163, 5_030),
            ((4, 6), 3_102, 4_419, 5_286),
            ((4, 7), 3_230, 4_675, 5_542),
        ] {
            let sets = SetParameters::new(n, m).expect("parameters");
            assert_eq!(bytes(1, 2, MemoClass::None, sets), one_two);
            assert_eq!(bytes(2, 2, MemoClass::None, sets), two_two);
            assert_eq!(bytes(2, 3, MemoClass::Small, sets), ordinary);
        }
    }

    #[test]
    fn payments_have_three_four_eight_or_sixteen_outputs() {
        let counts: Vec<_> = (0..16).map(outputs).collect();
        assert_eq!(counts[..4], [None, Some(3), Some(4), Some(8)]);
        assert_eq!((counts[6], counts[7], counts[14], counts[15]), (Some(8), Some(16), Some(16), None));
    }

    #[test]
    fn expiries_fall_on_multiples_of_32() {
        assert_eq!([0, 8, 9, 100].map(expiry), [128, 128, 160, 224]);
    }
}
