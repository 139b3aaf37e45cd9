//! What the rules take from the network's table (protocol 10.8).

use dero_crypto::{NetworkId, membership::SetParameters};

use crate::params::Network;

/// The rows of a network on which the validity of a transaction depends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RuleParameters {
    /// net.
    pub net: NetworkId,
    /// n and m of membership proofs. A reference set has up to N = n^m members.
    pub sets: SetParameters,
    /// L_min: the shortest list that an open window may cover.
    pub shortest_list: u64,
    /// Atomic units per unit of weight.
    pub fee_rate: u64,
    /// First height at which ops on assets are allowed.
    pub assets_from: u64,
    /// First height at which lock records, vault inputs, moves and Payloads are allowed.
    pub contracts_from: u64,
}

impl From<&Network> for RuleParameters {
    fn from(network: &Network) -> Self {
        let rows = network.rows();
        let [n, m] = [rows.n, rows.m].map(|row| u32::try_from(row).expect("a network's n and m are at most 32"));
        Self {
            net: *network.id(),
            sets: SetParameters::new(n, m).expect("a network's sets were checked when it was made"),
            shortest_list: rows.min_set,
            fee_rate: rows.fee_rate,
            assets_from: rows.assets_from,
            contracts_from: rows.contracts_from,
        }
    }
}
