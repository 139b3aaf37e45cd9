//! Which network: the id in every hash, and the prefix of its addresses (protocol 1.2, 3).
//!
//! ```text
//! net   = h_32("network"; name (ASCII), le64 genesis time, le32 protocol version of genesis, le32 n, le32 m, alloc)
//! alloc = h_32("genesis/alloc"; per genesis enote k in order: address text, le64 amount, seed σ_k)
//! ```
//!
//! The genesis block follows from the list, so two networks that differ in anything have different ids, and
//! nothing made for one is valid on the other. An id never changes, also not at an upgrade.

use alloc::vec::Vec;

use crate::{NetworkId, commitment::Amount, group::domain};

/// One enote of the genesis block, all of it public.
///
/// ```
/// use dero_crypto::{commitment::Amount, network::{GenesisEnote, NetworkTerms}};
/// let terms = |amount| {
///     let genesis = [GenesisEnote { address: "derot1..", amount: Amount(amount), seed: [0; 16] }];
///     NetworkTerms { name: "mine", genesis_time: 0, protocol_version: 1, n: 2, m: 7, genesis: &genesis }.id()
/// };
/// assert_ne!(terms(1), terms(2)); // another distribution, another network
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GenesisEnote<'a> {
    /// Who receives it, as address text of the network.
    pub address: &'a str,
    /// How much of the native asset.
    pub amount: Amount,
    /// The seed σ_k.
    pub seed: [u8; 16],
}

/// What a network id commits to.
///
/// ```
/// use dero_crypto::network::NetworkTerms;
/// let mine = NetworkTerms { name: "mine", genesis_time: 0, protocol_version: 1, n: 2, m: 7, genesis: &[] };
/// let yours = NetworkTerms { name: "yours", ..mine };
/// assert_ne!(mine.id(), yours.id());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NetworkTerms<'a> {
    /// ASCII.
    pub name: &'a str,
    /// Seconds since 1970.
    pub genesis_time: u64,
    /// Protocol version of the genesis block.
    pub protocol_version: u32,
    /// Base of the size n^m of a reference set.
    pub n: u32,
    /// Exponent of the size n^m of a reference set.
    pub m: u32,
    /// The genesis enotes in order.
    pub genesis: &'a [GenesisEnote<'a>],
}

impl NetworkTerms<'_> {
    /// alloc: the digest of the genesis enotes.
    #[must_use]
    pub fn alloc_digest(&self) -> [u8; 32] {
        let amounts: Vec<_> = self.genesis.iter().map(|enote| enote.amount.0.to_le_bytes()).collect();
        let items: Vec<&[u8]> = self
            .genesis
            .iter()
            .zip(&amounts)
            .flat_map(|(enote, amount)| [enote.address.as_bytes(), amount, &enote.seed])
            .collect();
        domain::GENESIS_ALLOC.hash(&items)
    }

    /// net.
    #[must_use]
    pub fn id(&self) -> NetworkId {
        NetworkId(domain::NETWORK.hash(&[
            self.name.as_bytes(),
            &self.genesis_time.to_le_bytes(),
            &self.protocol_version.to_le_bytes(),
            &self.n.to_le_bytes(),
            &self.m.to_le_bytes(),
            &self.alloc_digest(),
        ]))
    }
}

/// The kinds of networks that addresses tell apart. It enters hashes by the text of addresses alone: their check value, and
/// the list of genesis enotes.
///
/// ```
/// use dero_crypto::network::NetworkKind;
/// assert_eq!(NetworkKind::Test.prefix(), "derot");
/// assert_eq!(NetworkKind::from_prefix("dero"), Some(NetworkKind::Main));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NetworkKind {
    /// The public network: `dero1…`.
    Main,
    /// The public test network: `derot1…`.
    Test,
    /// Regression tests and development networks: `deror1…`.
    Dev,
}

impl NetworkKind {
    /// All kinds.
    pub const ALL: [Self; 3] = [Self::Main, Self::Test, Self::Dev];

    /// What stands before the `1` of an address, in lower case.
    #[must_use]
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Main => "dero",
            Self::Test => "derot",
            Self::Dev => "deror",
        }
    }

    /// The kind with this prefix, in lower case.
    #[must_use]
    pub fn from_prefix(prefix: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.prefix() == prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENOTES: [GenesisEnote<'_>; 2] = [
        GenesisEnote { address: "deror1a", amount: Amount(7), seed: [1; 16] },
        GenesisEnote { address: "deror1b", amount: Amount(9), seed: [2; 16] },
    ];
    const TERMS: NetworkTerms<'_> =
        NetworkTerms { name: "one", genesis_time: 5, protocol_version: 1, n: 2, m: 7, genesis: &ENOTES };

    #[test]
    fn each_item_of_the_list_changes_the_network_id() {
        let [a, b] = ENOTES;
        let lists = [
            [GenesisEnote { address: "deror1c", ..a }, b],
            [GenesisEnote { amount: Amount(8), ..a }, b],
            [GenesisEnote { seed: [3; 16], ..a }, b],
            [b, a],
            [a, a],
        ];
        let mut all = alloc::vec![
            TERMS,
            NetworkTerms { name: "two", ..TERMS },
            NetworkTerms { genesis_time: 6, ..TERMS },
            NetworkTerms { protocol_version: 2, ..TERMS },
            NetworkTerms { n: 7, m: 2, ..TERMS },
            NetworkTerms { n: 3, ..TERMS },
            NetworkTerms { m: 8, ..TERMS },
            NetworkTerms { genesis: &[], ..TERMS },
            NetworkTerms { genesis: &ENOTES[..1], ..TERMS },
        ];
        all.extend(lists.iter().map(|list| NetworkTerms { genesis: list, ..TERMS }));
        for (i, terms) in all.iter().enumerate() {
            assert!(all[..i].iter().all(|other| other.id() != terms.id()), "{terms:?}");
        }
    }
}
