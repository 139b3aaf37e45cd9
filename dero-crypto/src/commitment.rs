//! Amounts: what commitments hide, in atomic units.
//!
//! An enote hides its amount `a` under its own asset tag, `C = a·T + x·G` (protocol 4.3); the range proof speaks
//! about `E = a·H + y·G` with the same `a` (8.3). Both open to an [`Amount`].

use core::fmt;

/// An amount of one asset in atomic units, 0 to 2^64 − 1. Which asset is said elsewhere.
///
/// ```
/// use dero_crypto::commitment::Amount;
/// let paid = Amount::from_atomic(30);
/// assert_eq!(paid.checked_add(Amount(12)), Some(Amount(42)));
/// assert_eq!(paid.checked_sub(Amount(31)), None);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Amount(pub u64);

impl Amount {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// The largest amount, 2^64 − 1.
    pub const MAX: Self = Self(u64::MAX);

    /// The amount of `units` atomic units.
    #[must_use]
    pub const fn from_atomic(units: u64) -> Self {
        Self(units)
    }

    /// The number of atomic units.
    #[must_use]
    pub const fn atomic(self) -> u64 {
        self.0
    }

    /// The sum, unless it exceeds 2^64 − 1.
    #[must_use]
    pub const fn checked_add(self, other: Self) -> Option<Self> {
        match self.0.checked_add(other.0) {
            Some(units) => Some(Self(units)),
            None => None,
        }
    }

    /// The difference, unless it is negative.
    #[must_use]
    pub const fn checked_sub(self, other: Self) -> Option<Self> {
        match self.0.checked_sub(other.0) {
            Some(units) => Some(Self(units)),
            None => None,
        }
    }

    /// The sum of all, unless it exceeds 2^64 − 1.
    #[must_use]
    pub fn checked_sum(amounts: impl IntoIterator<Item = Self>) -> Option<Self> {
        amounts.into_iter().try_fold(Self::ZERO, Self::checked_add)
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl zeroize::DefaultIsZeroes for Amount {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_or_difference_outside_of_64_bits_is_none() {
        let one = Amount::from_atomic(1);
        assert_eq!(Amount(3).checked_add(Amount(4)), Some(Amount(7)));
        assert_eq!(Amount::MAX.checked_add(Amount::ZERO), Some(Amount::MAX));
        assert_eq!(Amount::MAX.checked_add(one), None);
        assert_eq!(Amount(7).checked_sub(Amount(4)), Some(Amount(3)));
        assert_eq!(one.checked_sub(one), Some(Amount::ZERO));
        assert_eq!(Amount(6).checked_sub(Amount(7)), None);
        assert_eq!(Amount::checked_sum([]), Some(Amount::ZERO));
        assert_eq!(Amount::checked_sum([Amount(1), Amount(2), Amount(4)]), Some(Amount(7)));
        assert_eq!(Amount::checked_sum([Amount::MAX, Amount::ZERO, one]), None);
        assert_eq!((one.atomic(), Amount::MAX.atomic()), (1, u64::MAX));
    }
}
