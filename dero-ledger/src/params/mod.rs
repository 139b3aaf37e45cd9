//! Networks: the constants that two nodes must share to follow one chain (protocol 1.2, 10.8).
//!
//! A network is a list: name, genesis time, rows, genesis enotes. Its id `net` hashes all of it, and enters every
//! chain-dependent hash and every transcript; so nodes with one other row are on another network, and notice.

mod emission;
#[cfg(feature = "serde")]
mod file;
mod rows;

use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};

use dero_crypto::{
    NetworkId,
    commitment::Amount,
    keys::{Address, AddressError},
    network::{GenesisEnote, NetworkKind, NetworkTerms},
};

pub use emission::{NATIVE_DECIMALS, subsidy};
#[cfg(feature = "serde")]
pub use file::{FileAllocation, NetworkFile};
pub use rows::NetworkRows;

use crate::{
    difficulty::{Target, TargetError},
    rules::RuleParameters,
};
use rows::Checked;

/// A height that never comes.
pub const NEVER: u64 = u64::MAX;
/// The protocol version of genesis, a part of the network id.
pub const GENESIS_VERSION: u32 = 1;

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
    kind: NetworkKind,
    rows: NetworkRows,
    checked: Checked,
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
        let checked = rows.check()?;
        if genesis_time >= 1 << 40 {
            let allowed = "below 2^40".to_string();
            return Err(NetworkError::Row { row: "genesis_time", found: genesis_time, allowed });
        }
        let name = format!("dero-dev/{word}/{}", hex::encode(rows.digest()));
        let kind = NetworkKind::Dev;
        for (index, allocation) in allocations.iter().enumerate() {
            Address::from_text(&allocation.address, kind)
                .map_err(|source| NetworkError::Address { index, source })?;
        }
        let genesis: Vec<_> = allocations
            .iter()
            .map(|Allocation { address, amount, seed }| GenesisEnote {
                address,
                amount: Amount(*amount),
                seed: *seed,
            })
            .collect();
        let protocol_version = GENESIS_VERSION;
        let (n, m) = (checked.sets.n(), checked.sets.m());
        let id = NetworkTerms { name: &name, genesis_time, protocol_version, n, m, genesis: &genesis }.id();
        Ok(Self { id, name, kind, rows, checked, genesis_time, allocations })
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

    /// The kind that addresses name.
    #[must_use]
    pub fn kind(&self) -> NetworkKind {
        self.kind
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
            sets: self.checked.sets,
            shortest_list: self.rows.min_set,
            fee_rate: self.rows.fee_rate,
            assets_from: self.rows.assets_from,
            contracts_from: self.rows.contracts_from,
        }
    }

    /// Positions of a full reference set, N = n^m.
    #[must_use]
    pub fn set_size(&self) -> u64 {
        self.checked.sets.size()
    }

    /// The target of the first block.
    #[must_use]
    pub fn first_target(&self) -> Target {
        self.checked.first
    }

    /// The largest target.
    #[must_use]
    pub fn target_limit(&self) -> Target {
        self.checked.limit
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
    /// A genesis enote for an address that is none of this network.
    #[error("genesis enote {index}: {source}")]
    Address {
        /// Its place in the list.
        index: usize,
        /// What is wrong with the address.
        source: AddressError,
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
    use dero_crypto::keys::{AddressIndex, MasterSecret};

    use super::*;

    fn dev(change: impl FnOnce(&mut NetworkRows)) -> Result<Network, NetworkError> {
        let mut rows = NetworkRows::DEV;
        change(&mut rows);
        Network::dev("laptop", rows, 1_700_000_000, Vec::new())
    }

    fn address(index: u64) -> Address {
        MasterSecret::from_bytes([7; 32]).audit_key().address_key().address(AddressIndex(index))
    }

    fn allocation(index: u64) -> Allocation {
        let address = address(index).to_text(NetworkKind::Dev);
        Allocation { address, amount: 5, seed: [1; 16] }
    }

    #[test]
    fn a_genesis_enote_for_an_address_of_another_network_is_refused() {
        let mut allocations = Vec::from([allocation(0), allocation(1)]);
        let made = |list: &[Allocation]| Network::dev("a", NetworkRows::DEV, 0, list.to_vec());
        assert!(made(&allocations).is_ok());
        allocations[1].address = address(1).to_text(NetworkKind::Test);
        assert!(matches!(
            made(&allocations),
            Err(NetworkError::Address { index: 1, source: AddressError::Network { .. } })
        ));
    }

    #[test]
    fn no_public_network_starts_before_its_launch() {
        assert_eq!(Network::main(), Err(NetworkError::NotLaunched { name: "dero" }));
        assert_eq!(Network::test(), Err(NetworkError::NotLaunched { name: "dero-test" }));
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
    fn the_rules_of_a_network_are_those_of_its_rows() {
        let rows = NetworkRows { min_set: 5, fee_rate: 11, assets_from: 6, contracts_from: 7, ..NetworkRows::TEST };
        let network = Network::dev("laptop", rows, 1_700_000_000, Vec::new()).unwrap();
        let rules = network.rules();
        assert_eq!((rules.net, rules.sets.size()), (*network.id(), 128));
        assert_eq!((rules.shortest_list, rules.fee_rate), (5, 11));
        assert_eq!((rules.assets_from, rules.contracts_from), (6, 7));
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
        let [one, two] = [0, 1].map(allocation);
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
