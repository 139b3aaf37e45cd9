//! Targets in their compact form, and the work that one block under a target stands for (protocol 10.7).
//!
//! ```text
//! compact u32 = mantissa (low 3 bytes, 1..2^23−1) | exponent (high byte, ≥ 3)
//! value       = mantissa · 256^(exponent − 3) < 2^256        only the form with the largest mantissa
//! work        = ⌊2^256 / (value + 1)⌋
//! ```

mod wide;

use core::fmt;

pub(crate) use wide::Wide;

/// A proof-of-work output must not exceed the value of a target.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Target {
    compact: u32,
    value: Wide<4>,
}

/// Why four bytes are not a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TargetError {
    /// The mantissa is zero, or has its sign bit set.
    #[error("target {compact:#010x}: the mantissa is not in 1..=0x7fffff")]
    Mantissa {
        /// The four bytes.
        compact: u32,
    },
    /// The exponent is below 3.
    #[error("target {compact:#010x}: the exponent is below 3")]
    Exponent {
        /// The four bytes.
        compact: u32,
    },
    /// The value is 2^256 or more.
    #[error("target {compact:#010x}: the value is 2^256 or more")]
    TooLarge {
        /// The four bytes.
        compact: u32,
    },
    /// The same value has a form with a larger mantissa.
    #[error("target {compact:#010x}: the same value has a form with a larger mantissa")]
    NotLargestMantissa {
        /// The four bytes.
        compact: u32,
    },
}

const MANTISSA_BITS: u32 = 23;

impl Target {
    /// Reads the compact form.
    ///
    /// # Errors
    ///
    /// [`TargetError`] for every form but the one of 10.7.
    pub fn from_compact(compact: u32) -> Result<Self, TargetError> {
        let (mantissa, exponent) = (compact & 0x00ff_ffff, compact >> 24);
        if mantissa == 0 || mantissa >> MANTISSA_BITS != 0 {
            return Err(TargetError::Mantissa { compact });
        }
        let shift = exponent.checked_sub(3).ok_or(TargetError::Exponent { compact })?;
        let value =
            Wide::from_u64(mantissa.into()).checked_shl(8 * shift).ok_or(TargetError::TooLarge { compact })?;
        if shift > 0 && mantissa << 8 >> MANTISSA_BITS == 0 {
            return Err(TargetError::NotLargestMantissa { compact });
        }
        Ok(Self { compact, value })
    }

    /// The largest target that is not above `value`, which is not zero.
    pub(crate) fn floor(value: Wide<4>) -> Self {
        // The smallest exponent under which the mantissa keeps its sign bit clear has the largest mantissa.
        let shift = value.bits().saturating_sub(MANTISSA_BITS).div_ceil(8);
        let mantissa = value.shr(8 * shift).0[0] as u32;
        Self::from_compact((shift + 3) << 24 | mantissa).expect("a nonzero value has a mantissa of 1 to 23 bits")
    }

    /// The four bytes of a header.
    #[must_use]
    pub fn compact(&self) -> u32 {
        self.compact
    }

    pub(crate) fn value(&self) -> Wide<4> {
        self.value
    }

    /// Whether a proof-of-work output, read little-endian, is at most the target.
    #[must_use]
    pub fn allows(&self, output: &[u8; 32]) -> bool {
        Wide::from_le_bytes(output) <= self.value
    }

    /// ⌊2^256/(value + 1)⌋.
    #[must_use]
    pub fn work(&self) -> Work {
        // ⌊2^256/d⌋ = ⌊(2^256 − d)/d⌋ + 1 with d = value + 1, and 2^256 − d = !value.
        let not = Wide(self.value.0.map(|limb| !limb));
        let work = self
            .value
            .checked_add(Wide::from_u64(1))
            .and_then(|d| not.checked_div(d))
            .and_then(|quotient| quotient.checked_add(Wide::from_u64(1)))
            .expect("1 ≤ value < 2^255·2 − 1: a mantissa has 23 bits");
        Work(work)
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Target({:#010x})", self.compact)
    }
}
impl PartialOrd for Target {
    fn partial_cmp(&self, other: &Self) -> Option<core::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Target {
    fn cmp(&self, other: &Self) -> core::cmp::Ordering {
        self.value.cmp(&other.value)
    }
}

/// Work of a block or the sum over a branch, below 2^256.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Work(pub(crate) Wide<4>);

impl Work {
    /// No work: what stands before genesis.
    pub const ZERO: Self = Self(Wide::ZERO);

    /// The sum, `None` if it is 2^256 or more: such a branch is invalid.
    #[must_use]
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// 32 bytes little-endian.
    #[must_use]
    pub fn to_bytes(self) -> [u8; 32] {
        self.0.to_le_bytes()
    }

    /// From 32 bytes little-endian.
    #[must_use]
    pub fn from_bytes(bytes: &[u8; 32]) -> Self {
        Self(Wide::from_le_bytes(bytes))
    }
}

impl fmt::Debug for Work {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Work({self})")
    }
}
impl fmt::Display for Work {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = self.to_bytes();
        let significant = bytes.iter().rposition(|byte| *byte != 0).unwrap_or(0);
        f.write_str("0x")?;
        bytes[..=significant].iter().rev().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_target_of_zero_or_with_the_sign_bit_is_refused() {
        for compact in [0, 0x1f00_0000, 0x0380_0000, 0x1fff_ffff] {
            assert_eq!(Target::from_compact(compact), Err(TargetError::Mantissa { compact }));
        }
    }

    #[test]
    fn an_exponent_below_three_is_refused() {
        for compact in [0x0001_0000, 0x0100_0001, 0x027f_ffff] {
            assert_eq!(Target::from_compact(compact), Err(TargetError::Exponent { compact }));
        }
        assert!(Target::from_compact(0x0300_0001).is_ok());
    }

    #[test]
    fn a_value_of_256_bits_fits_and_one_more_does_not() {
        assert!(Target::from_compact(0x2100_ffff).is_ok());
        for compact in [0x2101_0000, 0x2200_ffff, 0xff00_8000] {
            assert_eq!(Target::from_compact(compact), Err(TargetError::TooLarge { compact }));
        }
    }

    #[test]
    fn only_the_form_with_the_largest_mantissa_is_read() {
        assert_eq!(
            Target::from_compact(0x0400_7fff),
            Err(TargetError::NotLargestMantissa { compact: 0x0400_7fff })
        );
        assert!(Target::from_compact(0x0400_8000).is_ok());
        assert_eq!(Target::floor(Wide::from_u64(0x7f_ff00)).compact(), 0x037f_ff00);
        assert_eq!(Target::floor(Wide::MAX).compact(), 0x2100_ffff);
    }

    #[test]
    fn work_is_the_expected_number_of_tries() {
        let work = |compact| Target::from_compact(compact).map(|target| alloc::format!("{}", target.work()));
        assert_eq!(work(0x0300_0001), Ok(alloc::format!("0x80{}", "00".repeat(31))));
        assert_eq!(work(0x1f01_0000), Ok("0xffff".into()));
        assert_eq!(work(0x207f_ffff), Ok("0x02".into()));
        assert_eq!(work(0x2100_ffff), Ok("0x01".into()));
    }

    #[test]
    fn an_output_equal_to_the_target_is_allowed_and_one_above_is_not() {
        let target = Target::from_compact(0x0400_8000).unwrap();
        let mut output = [0; 32];
        output[2] = 0x80;
        assert!(target.allows(&output));
        output[0] = 1;
        assert!(!target.allows(&output));
        output = [0; 32];
        output[31] = 1;
        assert!(!target.allows(&output));
    }

    #[test]
    fn a_sum_of_work_that_reaches_2_to_the_256_is_no_work() {
        let half = Work(Wide([0, 0, 0, 1 << 63]));
        assert_eq!(half.checked_add(half), None);
        assert_eq!(half.checked_add(Work::ZERO), Some(half));
    }

    proptest! {
        #[test]
        fn the_compact_form_is_the_only_form(compact: u32) {
            if let Ok(target) = Target::from_compact(compact) {
                prop_assert_eq!(Target::floor(target.value()), target);
            }
        }

        #[test]
        fn rounding_goes_down_and_by_less_than_one_mantissa_step(limbs: [u64; 4], shift in 0u32..255) {
            let value = Wide(limbs).shr(shift);
            prop_assume!(value != Wide::ZERO);
            let target = Target::floor(value);
            prop_assert!(target.value() <= value);
            let step = Wide::from_u64(1).checked_shl(8 * ((target.compact() >> 24) - 3)).unwrap();
            prop_assert!(value.overflowing_sub(target.value()).0 < step);
        }
    }
}
