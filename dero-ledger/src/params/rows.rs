//! The constants of a network, one row each, with the ranges that a file must keep (protocol 10.8).

use alloc::{format, string::ToString};

use dero_crypto::{
    group::domain,
    membership::{MAX_SIZE, SetParameters},
};

use super::NetworkError;
use crate::difficulty::Target;

/// The rows of 10.8, as a network's file states them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NetworkRows {
    /// Base of the membership proof's digits, n.
    pub n: u64,
    /// Number of the membership proof's digits, m; a reference set has N = n^m positions.
    pub m: u64,
    /// Length of the list from which on open windows are allowed, L_min.
    pub min_set: u64,
    /// Blocks after which outputs enter the reference list, M.
    pub maturity: u64,
    /// Blocks after which coinbase outputs enter it, M_cb.
    pub coinbase_maturity: u64,
    /// Seconds between blocks that the target aims at.
    pub spacing: u64,
    /// Seconds by which the chain must be late for the target to double.
    pub half_life: u64,
    /// 0 BLAKE3, 1 RandomX.
    pub proof_of_work: u64,
    /// Target of the first block, compact form.
    pub first_target: u64,
    /// The largest target, compact form.
    pub target_limit: u64,
    /// The largest Σ weight of the transactions of a block, without the coinbase.
    pub weight_limit: u64,
    /// Listed outputs that every block may have.
    pub listed_floor: u64,
    /// Atomic units per unit of weight.
    pub fee_rate: u64,
    /// First height at which asset ops are allowed.
    pub assets_from: u64,
    /// First height at which lock records, vault inputs, moves and payloads are allowed.
    pub contracts_from: u64,
}

impl NetworkRows {
    /// The main network.
    pub const MAIN: Self = Self { n: 4, m: 5, min_set: 512, ..Self::TEST };
    /// The test network.
    pub const TEST: Self = Self {
        spacing: 15,
        half_life: 3_600,
        proof_of_work: 1,
        first_target: 0x1e01_0000,
        listed_floor: 256,
        fee_rate: 400,
        ..Self::DEV
    };
    /// The defaults of other networks.
    pub const DEV: Self = Self {
        n: 2,
        m: 7,
        min_set: 4,
        maturity: 10,
        coinbase_maturity: 60,
        spacing: 1,
        half_life: 60,
        proof_of_work: 0,
        first_target: 0x1f01_0000,
        target_limit: 0x1f01_0000,
        weight_limit: 12_000_000,
        listed_floor: 4_096,
        fee_rate: 10,
        assets_from: 0,
        contracts_from: 0,
    };

    /// h_32("network/rows"; 15 items, each le64): the last part of the name of a network from a file.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        let items = self.items().map(|(_, value)| value.to_le_bytes());
        domain::NETWORK_ROWS.hash(&items.each_ref().map(|item| item.as_slice()))
    }

    /// The rows in the order of their digest.
    fn items(&self) -> [(&'static str, u64); 15] {
        [
            ("n", self.n),
            ("m", self.m),
            ("min_set", self.min_set),
            ("maturity", self.maturity),
            ("coinbase_maturity", self.coinbase_maturity),
            ("spacing", self.spacing),
            ("half_life", self.half_life),
            ("proof_of_work", self.proof_of_work),
            ("first_target", self.first_target),
            ("target_limit", self.target_limit),
            ("weight_limit", self.weight_limit),
            ("listed_floor", self.listed_floor),
            ("fee_rate", self.fee_rate),
            ("assets_from", self.assets_from),
            ("contracts_from", self.contracts_from),
        ]
    }

    /// Checks what 10.8 asks of a file.
    pub(super) fn check(&self) -> Result<Checked, NetworkError> {
        let within = |row: &'static str, found: u64, min: u64, max: u64| {
            let ok = (min..=max).contains(&found);
            if ok { Ok(()) } else { Err(NetworkError::Row { row, found, allowed: format!("{min}..={max}") }) }
        };
        within("n", self.n, 2, 32)?;
        // 7.1 asks for two digits at least.
        within("m", self.m, 2, 64 / self.n)?;
        let sets = SetParameters::new(self.n as u32, self.m as u32).map_err(|_| NetworkError::Row {
            row: "m",
            found: self.m,
            allowed: format!("n^m at most {MAX_SIZE}"),
        })?;
        within("min_set", self.min_set, 1, sets.size())?;
        within("coinbase_maturity", self.coinbase_maturity, 1, 1_000)?;
        within("maturity", self.maturity, 1, self.coinbase_maturity)?;
        within("spacing", self.spacing, 1, u64::MAX)?;
        within("half_life", self.half_life, 1, 1 << 20)?;
        within("proof_of_work", self.proof_of_work, 0, 1)?;
        let target = |row: &'static str, found: u64| {
            let compact = u32::try_from(found);
            let compact =
                compact.map_err(|_| NetworkError::Row { row, found, allowed: "0..=0xffffffff".to_string() })?;
            Target::from_compact(compact).map_err(|source| NetworkError::Target { row, source })
        };
        let limit = target("target_limit", self.target_limit)?;
        let first = target("first_target", self.first_target)?;
        if first > limit {
            let allowed = format!("at most target_limit, {:#010x}", limit.compact());
            return Err(NetworkError::Row { row: "first_target", found: self.first_target, allowed });
        }
        within("listed_floor", self.listed_floor, 16, 1 << 20)?;
        within("weight_limit", self.weight_limit, 1_000_000, 1 << 32)?;
        within("fee_rate", self.fee_rate, 0, 1 << 32)?;
        Ok(Checked { sets, first, limit })
    }
}

/// Rows in the form in which they are used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Checked {
    pub(super) sets: SetParameters,
    pub(super) first: Target,
    pub(super) limit: Target,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::params::NEVER;

    fn check(change: impl FnOnce(&mut NetworkRows)) -> Result<Checked, NetworkError> {
        let mut rows = NetworkRows::DEV;
        change(&mut rows);
        rows.check()
    }

    fn refused_row(change: impl FnOnce(&mut NetworkRows)) -> &'static str {
        match check(change) {
            Err(NetworkError::Row { row, .. } | NetworkError::Target { row, .. }) => row,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_rows_of_the_public_networks_are_allowed() {
        assert!(NetworkRows::MAIN.check().is_ok() && NetworkRows::TEST.check().is_ok());
        assert_eq!(NetworkRows::MAIN.check().map(|checked| checked.sets), Ok(SetParameters::MAIN));
        assert_eq!(NetworkRows::TEST.check().map(|checked| checked.sets), Ok(SetParameters::TEST));
        assert_eq!(NetworkRows::MAIN.min_set, 512);
    }

    #[test]
    fn every_row_outside_its_range_is_refused_by_name() {
        assert_eq!(refused_row(|r| r.n = 1), "n");
        assert_eq!(refused_row(|r| r.n = u64::MAX), "n");
        assert_eq!(refused_row(|r| r.m = 1), "m");
        assert_eq!(refused_row(|r| r.m = 33), "m");
        assert_eq!(refused_row(|r| r.m = 17), "m"); // 2^17 > 65,536
        // What would fit if it were cut to 32 bits.
        assert_eq!(refused_row(|r| r.m = (1 << 32) + 7), "m");
        assert_eq!(refused_row(|r| r.n = (1 << 32) + 2), "n");
        assert_eq!(refused_row(|r| r.first_target = (1 << 32) + 0x1f01_0000), "first_target");
        assert_eq!(refused_row(|r| r.min_set = 0), "min_set");
        assert_eq!(refused_row(|r| r.min_set = 129), "min_set");
        assert_eq!(refused_row(|r| r.maturity = 0), "maturity");
        assert_eq!(refused_row(|r| r.maturity = 61), "maturity");
        assert_eq!(refused_row(|r| r.coinbase_maturity = 1_001), "coinbase_maturity");
        assert_eq!(refused_row(|r| r.spacing = 0), "spacing");
        assert_eq!(refused_row(|r| r.half_life = 0), "half_life");
        assert_eq!(refused_row(|r| r.half_life = (1 << 20) + 1), "half_life");
        assert_eq!(refused_row(|r| r.proof_of_work = 2), "proof_of_work");
        assert_eq!(refused_row(|r| r.first_target = 0x1f01_0001), "first_target");
        assert_eq!(refused_row(|r| r.first_target = 0x2000_0100), "first_target");
        assert_eq!(refused_row(|r| r.first_target = 1 << 32), "first_target");
        assert_eq!(refused_row(|r| r.target_limit = 0), "target_limit");
        assert_eq!(refused_row(|r| r.listed_floor = 0), "listed_floor");
        assert_eq!(refused_row(|r| r.listed_floor = 15), "listed_floor");
        assert_eq!(refused_row(|r| r.listed_floor = (1 << 20) + 1), "listed_floor");
        assert_eq!(refused_row(|r| r.weight_limit = 999_999), "weight_limit");
        assert_eq!(refused_row(|r| r.weight_limit = (1 << 32) + 1), "weight_limit");
        assert_eq!(refused_row(|r| r.fee_rate = (1 << 32) + 1), "fee_rate");
        assert!(check(|r| (r.assets_from, r.contracts_from, r.fee_rate) = (NEVER, NEVER, 0)).is_ok());
    }
}
