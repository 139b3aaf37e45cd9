//! What the rules take from the network's table (protocol 10.8).

use dero_crypto::NetworkId;

/// The rows of a network on which the validity of a transaction depends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RuleParameters {
    /// net.
    pub net: NetworkId,
    /// n of a membership proof: digits of each place.
    pub n: u32,
    /// m of a membership proof: places. A reference set has N = n^m members.
    pub m: u32,
    /// L_min: the shortest list that an open window may cover.
    pub shortest_list: u64,
    /// Atomic units per unit of weight.
    pub fee_rate: u64,
    /// First height at which ops on assets are allowed.
    pub assets_from: u64,
    /// First height at which lock records, vault inputs, moves and Payloads are allowed.
    pub contracts_from: u64,
}

impl RuleParameters {
    /// N = n^m.
    #[must_use]
    pub fn ring_size(&self) -> u64 {
        u64::from(self.n).pow(self.m)
    }

    /// Bytes of a membership proof: 32·(mn + 4).
    #[must_use]
    pub fn membership_proof_bytes(&self) -> usize {
        32 * (self.m as usize * self.n as usize + 4)
    }
}
