//! What the rules take from the network's table (protocol 10.8).

use dero_crypto::{NetworkId, membership::SetParameters};

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
