//! Unsigned integers of a fixed number of 64-bit limbs: the arithmetic of targets and work, and no more.
//!
//! Nothing wraps: each operation either fits its result by type or says that it did not. Variable time; the
//! inputs are public headers.

use core::cmp::Ordering;

/// An unsigned integer of `64·N` bits, least significant limb first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Wide<const N: usize>(pub(crate) [u64; N]);

impl<const N: usize> Wide<N> {
    /// 0.
    pub(crate) const ZERO: Self = Self([0; N]);
    /// The largest value.
    #[cfg(test)]
    pub(crate) const MAX: Self = Self([u64::MAX; N]);

    /// `value` in the lowest limb.
    pub(crate) fn from_u64(value: u64) -> Self {
        let mut out = Self::ZERO;
        out.0[0] = value;
        out
    }

    /// The same value with more or fewer limbs; `None` if it does not fit.
    pub(crate) fn resize<const K: usize>(self) -> Option<Wide<K>> {
        let mut out = [0; K];
        for (i, limb) in self.0.into_iter().enumerate() {
            match out.get_mut(i) {
                Some(place) => *place = limb,
                None if limb != 0 => return None,
                None => {}
            }
        }
        Some(Wide(out))
    }

    /// The number of bits without leading zeros.
    pub(crate) fn bits(self) -> u32 {
        let top = self.0.iter().rposition(|limb| *limb != 0);
        top.map_or(0, |i| 64 * i as u32 + 64 - self.0[i].leading_zeros())
    }

    /// Bit `i`.
    fn bit(self, i: u32) -> bool {
        self.0.get((i / 64) as usize).is_some_and(|limb| limb >> (i % 64) & 1 == 1)
    }

    /// self + other, `None` on overflow.
    pub(crate) fn checked_add(self, other: Self) -> Option<Self> {
        let mut out = self;
        let mut carry = false;
        for (a, b) in out.0.iter_mut().zip(other.0) {
            let (sum, first) = a.overflowing_add(b);
            let (sum, second) = sum.overflowing_add(u64::from(carry));
            *a = sum;
            carry = first | second;
        }
        if carry { None } else { Some(out) }
    }

    /// self · factor, `None` on overflow.
    pub(crate) fn checked_mul(self, factor: u64) -> Option<Self> {
        let mut out = self;
        let mut carry = 0u128;
        for limb in &mut out.0 {
            let product = u128::from(*limb) * u128::from(factor) + carry;
            *limb = product as u64;
            carry = product >> 64;
        }
        if carry == 0 { Some(out) } else { None }
    }

    /// self · 2^shift, `None` if a bit would be lost.
    pub(crate) fn checked_shl(self, shift: u32) -> Option<Self> {
        if self == Self::ZERO {
            return Some(self);
        }
        if u64::from(self.bits()) + u64::from(shift) > 64 * N as u64 {
            return None;
        }
        let (limbs, bits) = ((shift / 64) as usize, shift % 64);
        let mut out = Self::ZERO;
        for i in limbs..N {
            out.0[i] = self.0[i - limbs] << bits;
            if bits > 0 && i > limbs {
                out.0[i] |= self.0[i - limbs - 1] >> (64 - bits);
            }
        }
        Some(out)
    }

    /// ⌊self / 2^shift⌋.
    pub(crate) fn shr(self, shift: u32) -> Self {
        let (limbs, bits) = ((shift / 64) as usize, shift % 64);
        let mut out = Self::ZERO;
        for i in limbs..N {
            out.0[i - limbs] = self.0[i] >> bits;
            if bits > 0 && i + 1 < N {
                out.0[i - limbs] |= self.0[i + 1] << (64 - bits);
            }
        }
        out
    }

    /// ⌊self / divisor⌋, one bit at a time; `None` for a divisor of zero.
    pub(crate) fn checked_div(self, divisor: Self) -> Option<Self> {
        if divisor == Self::ZERO {
            return None;
        }
        let (mut quotient, mut rest) = (Self::ZERO, Self::ZERO);
        for i in (0..self.bits()).rev() {
            // The remainder is below the divisor, so only a divisor of full width can push a bit out: then the
            // difference is what fits, and is taken modulo 2^(64·N).
            let carry = rest.bit(64 * N as u32 - 1);
            rest = Self(double(rest.0, self.bit(i)));
            if carry || rest >= divisor {
                rest = rest.overflowing_sub(divisor).0;
                quotient.0[(i / 64) as usize] |= 1 << (i % 64);
            }
        }
        Some(quotient)
    }

    /// self − other modulo 2^(64·N), and whether it is negative.
    pub(crate) fn overflowing_sub(self, other: Self) -> (Self, bool) {
        let mut out = self;
        let mut borrow = false;
        for (a, b) in out.0.iter_mut().zip(other.0) {
            let (difference, first) = a.overflowing_sub(b);
            let (difference, second) = difference.overflowing_sub(u64::from(borrow));
            *a = difference;
            borrow = first | second;
        }
        (out, borrow)
    }
}

fn double<const N: usize>(mut limbs: [u64; N], low: bool) -> [u64; N] {
    let mut carry = u64::from(low);
    for limb in &mut limbs {
        (*limb, carry) = (*limb << 1 | carry, *limb >> 63);
    }
    limbs
}

impl Wide<4> {
    /// 32 bytes, little-endian.
    pub(crate) fn to_le_bytes(self) -> [u8; 32] {
        let mut out = [0; 32];
        for (bytes, limb) in out.chunks_exact_mut(8).zip(self.0) {
            bytes.copy_from_slice(&limb.to_le_bytes());
        }
        out
    }

    /// From 32 bytes, little-endian.
    pub(crate) fn from_le_bytes(bytes: &[u8; 32]) -> Self {
        let (chunks, _) = bytes.as_chunks::<8>();
        let mut out = Self::ZERO;
        for (limb, chunk) in out.0.iter_mut().zip(chunks) {
            *limb = u64::from_le_bytes(*chunk);
        }
        out
    }
}

impl<const N: usize> PartialOrd for Wide<N> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl<const N: usize> Ord for Wide<N> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.iter().rev().cmp(other.0.iter().rev())
    }
}

#[cfg(test)]
mod tests {
    use num_bigint::BigUint;
    use proptest::prelude::*;

    use super::*;

    fn big<const N: usize>(value: Wide<N>) -> BigUint {
        value.0.iter().rev().fold(BigUint::default(), |sum, limb| (sum << 64u32) + *limb)
    }

    fn wide() -> impl Strategy<Value = Wide<4>> {
        (any::<[u64; 4]>(), 0u32..256).prop_map(|(limbs, shift)| Wide(limbs).shr(shift))
    }

    proptest! {
        #[test]
        fn arithmetic_is_that_of_the_integers(a in wide(), b in wide(), factor: u64, shift in 0u32..300) {
            let limit = BigUint::from(1u8) << 256u32;
            prop_assert_eq!(a.cmp(&b), big(a).cmp(&big(b)));
            prop_assert_eq!(u64::from(a.bits()), big(a).bits());
            let sum = big(a) + big(b);
            prop_assert_eq!(a.checked_add(b).map(big), (sum < limit).then_some(sum));
            let (difference, negative) = a.overflowing_sub(b);
            prop_assert_eq!(negative, a < b);
            prop_assert_eq!((big(difference) + big(b)) % &limit, big(a));
            let product = big(a) * factor;
            prop_assert_eq!(a.checked_mul(factor).map(big), (product < limit).then_some(product));
            let shifted = big(a) << shift;
            prop_assert_eq!(a.checked_shl(shift).map(big), (shifted < limit).then_some(shifted));
            prop_assert_eq!(big(a.shr(shift)), big(a) >> shift);
            prop_assert_eq!(a.checked_div(b).map(big), (b != Wide::ZERO).then(|| big(a) / big(b)));
            prop_assert_eq!(Wide::from_le_bytes(&a.to_le_bytes()), a);
            prop_assert_eq!(a.resize::<9>().and_then(Wide::resize), Some(a));
        }
    }

    #[test]
    fn division_by_a_full_width_divisor_loses_no_bit() {
        let max = Wide::<4>::MAX;
        let top = Wide([0, 0, 0, 1 << 63]);
        assert_eq!(max.checked_div(top), Some(Wide::from_u64(1)));
        assert_eq!(max.checked_div(max), Some(Wide::from_u64(1)));
        assert_eq!(max.checked_div(Wide::ZERO), None);
    }

    #[test]
    fn a_value_is_not_cut_to_fewer_limbs() {
        assert_eq!(Wide::<4>([1, 0, 0, 1]).resize::<3>(), None);
    }
}
