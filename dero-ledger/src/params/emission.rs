//! How many native units a block creates (protocol 10.8).
//!
//! ```text
//! subsidy(h) = max(30,000,000, (18,400,000·10^9 − issued) >> 23)          h ≥ 1
//! ```
//!
//! 2.19 coins at first, half of the rest in 2.8 years of 15 s blocks, then 0.03 coins a block for ever.

/// Decimals of the native asset.
pub const NATIVE_DECIMALS: u8 = 9;

const CURVE: u128 = 18_400_000 * 1_000_000_000;
const TAIL: u64 = 30_000_000;

/// The subsidy of the next block, after `issued` units from genesis and earlier subsidies.
#[must_use]
pub fn subsidy(issued: u128) -> u64 {
    let curve = CURVE.saturating_sub(issued) >> 23;
    u64::try_from(curve).map_or(TAIL, |curve| curve.max(TAIL))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_block_creates_a_share_of_2_to_the_minus_23_of_the_curve() {
        assert_eq!(subsidy(0), 2_193_450_927);
        assert_eq!(u128::from(subsidy(0)), CURVE / (1 << 23));
    }

    #[test]
    fn the_tail_begins_where_the_curve_falls_below_it_and_never_ends() {
        let last = CURVE - ((30_000_001u128) << 23);
        assert_eq!(subsidy(last), 30_000_001);
        assert_eq!(subsidy(last + 1), 30_000_000);
        for issued in [CURVE - 1, CURVE, CURVE + 1, u128::MAX] {
            assert_eq!(subsidy(issued), 30_000_000);
        }
    }

    #[test]
    fn half_of_the_curve_is_issued_after_2_8_years() {
        let (mut issued, mut blocks) = (0u128, 0u64);
        while issued < CURVE / 2 {
            issued += u128::from(subsidy(issued));
            blocks += 1;
        }
        let years = blocks as f64 * 15.0 / (365.25 * 86_400.0);
        assert!((2.7..2.9).contains(&years), "{years}");
    }
}
