//! ASERT: the target follows the distance between the clock and the schedule, anchored at genesis (protocol 10.7).
//!
//! ```text
//! t = timestamp of the parent, at height h − 1; t_0 = genesis time; v_0 = value of the first target
//! e = ((t − t_0) − spacing·(h − 1))·65536 / half-life       i128, floor division
//! s = e >> 16;   f = e & 65535
//! value = v_0·(65536 + ((195766423245049·f + 971821376·f² + 5127·f³ + 2^47) >> 48)) · 2^(s − 16)
//!         clamped to 1..limit, rounded down to a target;   s > 255: limit;   s < −272: 1
//! ```
//!
//! Being late by one half-life doubles the target, being early by one halves it. The cubic approximates 2^(f/65536)
//! and is the one of the aserti3-2d schedule (Toomim, Lundeberg 2020). Nothing here depends on a window of blocks,
//! so there is none to game.

use crate::{
    difficulty::{Target, Wide},
    params::Network,
};

/// The target of the block after a parent at `parent_height` with timestamp `parent_time`.
#[must_use]
pub fn next_target(network: &Network, parent_height: u64, parent_time: u64) -> Target {
    let rows = network.rows();
    let schedule = Schedule {
        start: network.genesis_time(),
        first: network.first_target(),
        limit: network.target_limit(),
        spacing: rows.spacing,
        half_life: rows.half_life,
    };
    schedule.target(parent_height, parent_time)
}

struct Schedule {
    start: u64,
    first: Target,
    limit: Target,
    spacing: u64,
    half_life: u64,
}

impl Schedule {
    fn target(&self, parent_height: u64, parent_time: u64) -> Target {
        let (t, t_0) = (i128::from(parent_time), i128::from(self.start));
        let due = i128::from(self.spacing).saturating_mul(i128::from(parent_height));
        let late = (t - t_0).saturating_sub(due);
        // Saturation is far outside −272..=255 half-lives, where the answer no longer depends on the value.
        let e = late.saturating_mul(65536).div_euclid(i128::from(self.half_life.max(1)));
        let (s, f) = (e >> 16, (e & 65535) as u128);
        if s > 255 {
            return self.limit;
        }
        if s < -272 {
            return Target::floor(Wide::from_u64(1));
        }
        let fraction = (195_766_423_245_049 * f + 971_821_376 * f * f + 5127 * f * f * f + (1 << 47)) >> 48;
        // 256 bits of v_0, 17 of the factor, 239 of the shift: 512.
        let scaled: Wide<9> = self
            .first
            .value()
            .resize::<9>()
            .and_then(|v_0| v_0.checked_mul(65536 + fraction as u64))
            .expect("273 bits fit into 576");
        let shift = s - 16;
        let shifted = if shift < 0 {
            scaled.shr(shift.unsigned_abs() as u32)
        } else {
            scaled.checked_shl(shift as u32).expect("512 bits fit into 576")
        };
        match shifted.resize::<4>() {
            Some(Wide::ZERO) => Target::floor(Wide::from_u64(1)),
            Some(value) => Target::floor(value.min(self.limit.value())),
            None => self.limit,
        }
    }
}

#[cfg(test)]
mod tests {
    use num_bigint::BigInt;
    use proptest::prelude::*;

    use super::*;

    const START: u64 = 1_700_000_000;

    fn target(compact: u32) -> Target {
        Target::from_compact(compact).unwrap()
    }

    fn main_rows() -> Schedule {
        Schedule {
            start: START,
            first: target(0x1e01_0000),
            limit: target(0x1f01_0000),
            spacing: 15,
            half_life: 3600,
        }
    }

    /// 10.7 in integers without a bound.
    fn by_the_text(schedule: &Schedule, parent_height: u64, parent_time: u64) -> BigInt {
        let big = |value: Wide<4>| BigInt::from_bytes_le(num_bigint::Sign::Plus, &value.to_le_bytes());
        let (v_0, limit) = (big(schedule.first.value()), big(schedule.limit.value()));
        let late = i128::from(parent_time)
            - i128::from(schedule.start)
            - i128::from(schedule.spacing) * i128::from(parent_height);
        let e = (late * 65536).div_euclid(i128::from(schedule.half_life));
        let (s, f) = (e >> 16, BigInt::from(e & 65535));
        let cubic = (195_766_423_245_049u64 * &f
            + 971_821_376u64 * &f * &f
            + 5127u64 * &f * &f * &f
            + (BigInt::from(1) << 47))
            >> 48;
        let factor = v_0 * (65536 + cubic);
        let value = match s {
            256.. => limit.clone(),
            ..=-273 => BigInt::from(1),
            16.. => factor << u32::try_from(s - 16).unwrap(),
            _ => factor >> u32::try_from(16 - s).unwrap(),
        };
        value.clamp(BigInt::from(1), limit)
    }

    fn agrees(schedule: &Schedule, parent_height: u64, parent_time: u64) {
        let bytes = by_the_text(schedule, parent_height, parent_time).to_bytes_le().1;
        let mut value = [0; 32];
        value[..bytes.len()].copy_from_slice(&bytes);
        assert_eq!(
            schedule.target(parent_height, parent_time),
            Target::floor(Wide::from_le_bytes(&value)),
            "{parent_height} {parent_time}"
        );
    }

    #[test]
    fn on_schedule_the_target_stays() {
        let rows = main_rows();
        assert_eq!(rows.target(0, START), rows.first);
        assert_eq!(rows.target(1000, START + 15_000), rows.first);
    }

    #[test]
    fn a_half_life_late_doubles_and_a_half_life_early_halves() {
        let rows = main_rows();
        assert_eq!(rows.target(1000, START + 15_000 + 3600), target(0x1e02_0000));
        assert_eq!(rows.target(1000, START + 15_000 - 3600), target(0x1e00_8000));
    }

    #[test]
    fn s_at_and_beyond_its_bounds_neither_wraps_nor_panics() {
        let rows = main_rows();
        let at = |s: i128| {
            // e = s·65536 exactly: s half-lives late.
            let late = s * 3600;
            if late >= 0 {
                rows.target(0, START + u64::try_from(late).unwrap())
            } else {
                rows.target(u64::try_from(-late / 15).unwrap(), START)
            }
        };
        let one = target(0x0300_0001);
        assert_eq!([at(255), at(256), at(16_666)], [rows.limit; 3]);
        assert_eq!([at(-272), at(-273), at(-16_666)], [one; 3]);
        assert_eq!(rows.target(u64::MAX, 0), one);
        assert_eq!(rows.target(0, u64::MAX), rows.limit);
        for s in -280..280i64 {
            let late = s * 3600 + 1;
            agrees(&rows, 1 << 20, (START as i64 + 15 * (1 << 20) + late) as u64);
        }
    }

    #[test]
    fn a_gap_of_a_day_then_fast_blocks_are_followed_without_oscillation() {
        let rows = main_rows();
        let mut last = rows.target(99, START + 15 * 99 + 86_400);
        assert_eq!(last, rows.limit);
        for height in 100..5000 {
            let next = rows.target(height, START + 15 * 99 + 86_400 + 3 * (height - 99));
            assert!(next <= last);
            last = next;
        }
    }

    proptest! {
        #[test]
        fn the_target_is_that_of_the_integers(
            height in 0u64..1 << 40, time: u64, spacing in 1u64..1000, half_life in 1u64..1 << 20,
        ) {
            let rows = Schedule { spacing, half_life, ..main_rows() };
            agrees(&rows, height, time);
            agrees(&rows, height, START + height + time % (1 << 24));
        }
    }
}
