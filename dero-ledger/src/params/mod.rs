//! Networks: the constants that two nodes must share to follow one chain (protocol 1.2, 10.8).
//!
//! A network is a list: name, genesis time, rows, genesis enotes. Its id `net` hashes all of it, and enters every
//! chain-dependent hash and every transcript; so nodes with one other row are on another network, and notice.

mod emission;

use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};

use dero_crypto::{NetworkId, group::domain};

pub use emission::{NATIVE_DECIMALS, subsidy};

use crate::{
    consensus::{Target, TargetError},
    rules::RuleParameters,
};

/// A height that never comes.
pub const NEVER: u64 = u64::MAX;
/// The protocol version of genesis, a part of the network id.
pub const GENESIS_VERSION: u32 = 1;

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

    /// N = n^m, if it is at most 65,536.
    fn checked_set_size(&self) -> Option<u64> {
        let size = self.n.checked_pow(u32::try_from(self.m).ok()?)?;
        (size <= MAX_SET).then_some(size)
    }

    /// Checks what 10.8 asks of a file.
    fn check(&self) -> Result<(Target, Target), NetworkError> {
        let within = |row: &'static str, found: u64, min: u64, max: u64| {
            let ok = (min..=max).contains(&found);
            if ok { Ok(()) } else { Err(NetworkError::Row { row, found, allowed: format!("{min}..={max}") }) }
        };
        within("n", self.n, 2, 64)?;
        // 7.1 asks for two digits at least.
        within("m", self.m, 2, 64 / self.n)?;
        let size = self.checked_set_size().ok_or_else(|| NetworkError::Row {
            row: "m",
            found: self.m,
            allowed: format!("n^m at most {MAX_SET}"),
        })?;
        within("min_set", self.min_set, 1, size)?;
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
        Ok((first, limit))
    }
}

const MAX_SET: u64 = 65_536;
const MAX_WORD: usize = 32;

/// A genesis enote of a network's list (protocol 4.6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allocation {
    /// Who receives it, as an address of the network.
    pub address: String,
    /// Atomic units of the native asset.
    pub amount: u64,
    /// The seed σ_k, public: the enote is found and spent by its owner as any other.
    pub seed: [u8; 16],
}

/// A network, checked: everything that decides whether two nodes follow one chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Network {
    id: NetworkId,
    name: String,
    hrp: &'static str,
    rows: NetworkRows,
    targets: (Target, Target),
    genesis_time: u64,
    allocations: Vec<Allocation>,
}

impl Network {
    /// The main network.
    ///
    /// # Errors
    ///
    /// [`NetworkError::NotLaunched`]: its genesis time is fixed at launch.
    pub fn main() -> Result<Self, NetworkError> {
        Err(NetworkError::NotLaunched { name: "dero" })
    }

    /// The test network.
    ///
    /// # Errors
    ///
    /// [`NetworkError::NotLaunched`]: its genesis time is fixed at launch.
    pub fn test() -> Result<Self, NetworkError> {
        Err(NetworkError::NotLaunched { name: "dero-test" })
    }

    /// A network of one's own, `word` being its name for people.
    ///
    /// # Errors
    ///
    /// [`NetworkError`] names the row that 10.8 does not allow.
    pub fn dev(
        word: &str,
        rows: NetworkRows,
        genesis_time: u64,
        allocations: Vec<Allocation>,
    ) -> Result<Self, NetworkError> {
        let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if word.is_empty() || word.len() > MAX_WORD || !word.bytes().all(fits) {
            return Err(NetworkError::Word { found: word.to_string() });
        }
        let targets = rows.check()?;
        if genesis_time >= 1 << 40 {
            let allowed = "below 2^40".to_string();
            return Err(NetworkError::Row { row: "genesis_time", found: genesis_time, allowed });
        }
        let name = format!("dero-dev/{word}/{}", hex::encode(rows.digest()));
        let id = network_id(&name, genesis_time, &rows, &allocations);
        Ok(Self { id, name, hrp: "deror", rows, targets, genesis_time, allocations })
    }

    /// `net`: enters every chain-dependent hash and every transcript.
    #[must_use]
    pub fn id(&self) -> &NetworkId {
        &self.id
    }

    /// The full name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The prefix of addresses.
    #[must_use]
    pub fn hrp(&self) -> &'static str {
        self.hrp
    }

    /// The rows of 10.8.
    #[must_use]
    pub fn rows(&self) -> &NetworkRows {
        &self.rows
    }

    /// The rows on which the validity of a transaction depends.
    #[must_use]
    pub fn rules(&self) -> RuleParameters {
        RuleParameters {
            net: self.id,
            n: small(self.rows.n),
            m: small(self.rows.m),
            shortest_list: self.rows.min_set,
            fee_rate: self.rows.fee_rate,
            assets_from: self.rows.assets_from,
            contracts_from: self.rows.contracts_from,
        }
    }

    /// Positions of a full reference set, N = n^m.
    #[must_use]
    pub fn set_size(&self) -> u64 {
        self.rows.checked_set_size().expect("checked when the network was made")
    }

    /// The target of the first block.
    #[must_use]
    pub fn first_target(&self) -> Target {
        self.targets.0
    }

    /// The largest target.
    #[must_use]
    pub fn target_limit(&self) -> Target {
        self.targets.1
    }

    /// Timestamp of genesis.
    #[must_use]
    pub fn genesis_time(&self) -> u64 {
        self.genesis_time
    }

    /// The genesis enotes, in order.
    #[must_use]
    pub fn allocations(&self) -> &[Allocation] {
        &self.allocations
    }
}

fn small(row: u64) -> u32 {
    u32::try_from(row).expect("n and m are at most 64, checked when the network was made")
}

fn network_id(name: &str, genesis_time: u64, rows: &NetworkRows, allocations: &[Allocation]) -> NetworkId {
    let mut items: Vec<Vec<u8>> = Vec::with_capacity(3 * allocations.len());
    for allocation in allocations {
        items.push(allocation.address.as_bytes().to_vec());
        items.push(allocation.amount.to_le_bytes().to_vec());
        items.push(allocation.seed.to_vec());
    }
    let alloc = domain::GENESIS_ALLOC.hash(&items.iter().map(Vec::as_slice).collect::<Vec<_>>());
    NetworkId(domain::NETWORK.hash(&[
        name.as_bytes(),
        &genesis_time.to_le_bytes(),
        &GENESIS_VERSION.to_le_bytes(),
        &small(rows.n).to_le_bytes(),
        &small(rows.m).to_le_bytes(),
        &alloc,
    ]))
}

/// Why a network cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NetworkError {
    /// The genesis time of a public network is fixed at launch; until then it does not start.
    #[error("network {name} has no genesis time yet: it does not start before its launch")]
    NotLaunched {
        /// The network.
        name: &'static str,
    },
    /// The word of a network's name.
    #[error("name {found:?}: 1 to 32 characters of a-z, 0-9 and - are allowed")]
    Word {
        /// What the file says.
        found: String,
    },
    /// A row outside its range.
    #[error("{row} = {found}, allowed: {allowed}")]
    Row {
        /// The row.
        row: &'static str,
        /// What the file says.
        found: u64,
        /// What 10.8 allows.
        allowed: String,
    },
    /// A target that is not in the form of 10.7.
    #[error("{row}: {source}")]
    Target {
        /// The row.
        row: &'static str,
        /// What is wrong with it.
        source: TargetError,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dev(change: impl FnOnce(&mut NetworkRows)) -> Result<Network, NetworkError> {
        let mut rows = NetworkRows::DEV;
        change(&mut rows);
        Network::dev("laptop", rows, 1_700_000_000, Vec::new())
    }

    fn refused_row(change: impl FnOnce(&mut NetworkRows)) -> &'static str {
        match dev(change) {
            Err(NetworkError::Row { row, .. } | NetworkError::Target { row, .. }) => row,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_rows_of_the_public_networks_are_allowed_and_neither_starts_before_its_launch() {
        assert!(NetworkRows::MAIN.check().is_ok() && NetworkRows::TEST.check().is_ok());
        assert_eq!(NetworkRows::MAIN.checked_set_size(), Some(1024));
        assert_eq!(NetworkRows::TEST.checked_set_size(), Some(128));
        assert_eq!(NetworkRows::MAIN.min_set, 512);
        assert_eq!(Network::main(), Err(NetworkError::NotLaunched { name: "dero" }));
        assert_eq!(Network::test(), Err(NetworkError::NotLaunched { name: "dero-test" }));
    }

    #[test]
    fn every_row_outside_its_range_is_refused_by_name() {
        assert_eq!(refused_row(|r| r.n = 1), "n");
        assert_eq!(refused_row(|r| r.n = u64::MAX), "n");
        assert_eq!(refused_row(|r| r.m = 1), "m");
        assert_eq!(refused_row(|r| r.m = 33), "m");
        assert_eq!(refused_row(|r| r.m = 17), "m"); // 2^17 > 65,536
        assert_eq!(refused_row(|r| r.m = u64::MAX), "m");
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
        assert!(dev(|r| (r.assets_from, r.contracts_from, r.fee_rate) = (NEVER, NEVER, 0)).is_ok());
    }

    #[test]
    fn a_word_of_33_characters_or_with_other_characters_is_refused() {
        let dev = |word: &str| Network::dev(word, NetworkRows::DEV, 0, Vec::new());
        assert!(dev(&"a".repeat(32)).is_ok());
        for word in ["", &"a".repeat(33), "Laptop", "a/b", "a_b", "ü"] {
            assert_eq!(dev(word), Err(NetworkError::Word { found: word.to_string() }));
        }
    }

    #[test]
    fn a_genesis_time_of_2_to_the_40_is_refused() {
        assert!(Network::dev("a", NetworkRows::DEV, (1 << 40) - 1, Vec::new()).is_ok());
        assert!(Network::dev("a", NetworkRows::DEV, 1 << 40, Vec::new()).is_err());
    }

    #[test]
    fn every_row_time_and_allocation_changes_the_network() {
        let mut ids = Vec::from([*dev(|_| {}).unwrap().id()]);
        let changes: [fn(&mut NetworkRows); 15] = [
            |r| r.n = 3,
            |r| r.m = 6,
            |r| r.min_set = 5,
            |r| r.maturity = 9,
            |r| r.coinbase_maturity = 61,
            |r| r.spacing = 2,
            |r| r.half_life = 61,
            |r| r.proof_of_work = 1,
            |r| r.first_target = 0x1f00_ffff,
            |r| r.target_limit = 0x1f01_0001,
            |r| r.weight_limit = 12_000_001,
            |r| r.listed_floor = 4_097,
            |r| r.fee_rate = 11,
            |r| r.assets_from = 1,
            |r| r.contracts_from = 1,
        ];
        ids.extend(changes.map(|change| *dev(change).unwrap().id()));
        let one = Allocation { address: "deror1a".to_string(), amount: 5, seed: [1; 16] };
        let two = Allocation { address: "deror1b".to_string(), ..one.clone() };
        let alloc = |list: &[&Allocation]| {
            let list = list.iter().map(|allocation| (*allocation).clone()).collect();
            *Network::dev("laptop", NetworkRows::DEV, 1_700_000_000, list).unwrap().id()
        };
        ids.push(*Network::dev("laptop", NetworkRows::DEV, 1_700_000_001, Vec::new()).unwrap().id());
        ids.push(*Network::dev("laptop-2", NetworkRows::DEV, 1_700_000_000, Vec::new()).unwrap().id());
        ids.push(alloc(&[&one]));
        ids.push(alloc(&[&two]));
        ids.push(alloc(&[&one, &two]));
        ids.push(alloc(&[&two, &one]));
        ids.push(alloc(&[&Allocation { amount: 6, ..one.clone() }]));
        ids.push(alloc(&[&Allocation { seed: [2; 16], ..one.clone() }]));
        let count = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), count);
    }
}
