//! Genesis: the block that a network's list derives (protocol 4.6, 10.7).
//!
//! Nobody mines it and nothing seals it. Its enotes are public, enter the reference list at height 0, and are found
//! and spent by their owners as any other enote.

use alloc::vec::Vec;

use dero_crypto::{
    NetworkId,
    asset::AssetId,
    commitment::Amount,
    enote::{Draft, EnoteSeed, InputContext, PublicEnote, public_commitment},
    keys::Address,
};

use crate::{
    block::{
        BlockId, HEADER_VERSION, Header, State,
        mmr::{Mmr, header_root, tag_root},
    },
    params::Network,
    state::{Entry, ListedEnote, ReferenceList},
};

/// The genesis block of a network, and the state before height 1.
#[derive(Clone, Debug)]
pub struct Genesis {
    /// The header; its id is the network's first block.
    pub header: Header,
    /// The enotes of the network's list, in order.
    pub enotes: Vec<GenesisEnote>,
    /// What enters the reference list at height 0.
    pub listed: Vec<ListedEnote>,
    /// The list after it.
    pub list: ReferenceList,
    /// The sum of all amounts.
    pub issued: u128,
}

/// An enote of the network's list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GenesisEnote {
    /// Its context.
    pub context: InputContext,
    /// Atomic units of the native asset.
    pub amount: Amount,
    /// The enote.
    pub enote: PublicEnote,
}

impl Genesis {
    /// Derives the genesis block of `network`.
    #[must_use]
    pub fn of(network: &Network) -> Self {
        let net = network.id();
        let enotes: Vec<_> = (0..).zip(network.allocations()).map(|(k, a)| enote(network, k, a)).collect();
        let mut list = ReferenceList::empty(net);
        let listed = list.enter(0, enotes.iter().map(GenesisEnote::entry));
        Self {
            header: header(network, &list),
            issued: enotes.iter().map(|enote| u128::from(enote.amount.0)).sum(),
            enotes,
            listed,
            list,
        }
    }

    /// The id of the block.
    #[must_use]
    pub fn id(&self) -> BlockId {
        self.header.id()
    }
}

fn enote(network: &Network, k: u64, allocation: &crate::params::Allocation) -> GenesisEnote {
    let context = InputContext::genesis(network.id(), k);
    let address = Address::from_text(&allocation.address, network.kind())
        .expect("addresses are checked when the network is made");
    let seed = EnoteSeed::from_bytes(allocation.seed);
    let amount = Amount(allocation.amount);
    let draft = Draft { context: &context, seed: &seed, amount, asset: AssetId::NATIVE };
    let enote = draft.public(network.id(), &address).expect("the context hashes the address");
    GenesisEnote { context, amount, enote }
}

impl GenesisEnote {
    /// Ko ‖ C ‖ T.
    #[must_use]
    pub fn entry(&self) -> Entry {
        let (commitment, asset_tag) = public_commitment(self.amount, &AssetId::NATIVE);
        let mut entry = [0; 96];
        entry[..32].copy_from_slice(&self.enote.one_time_key);
        entry[32..64].copy_from_slice(commitment.as_bytes());
        entry[64..].copy_from_slice(asset_tag.as_bytes());
        entry
    }
}

fn header(network: &Network, list: &ReferenceList) -> Header {
    let net: &NetworkId = network.id();
    let tag_root = tag_root(net, &Mmr::default());
    let state = State::of_payments(list, tag_root);
    Header {
        version: HEADER_VERSION,
        height: 0,
        timestamp: network.genesis_time(),
        target: network.first_target().compact(),
        parent: BlockId([0; 32]),
        header_root: header_root(net, &Mmr::default()).expect("an empty tree has no work to sum"),
        transaction_root: [0; 32],
        list_length: list.length,
        acc: list.acc.0,
        tag_root,
        state_root: state.root(net, 0),
        receipts_root: [0; 32],
        compact_root: [0; 32],
    }
}

#[cfg(test)]
mod tests {
    use dero_crypto::{
        asset::KnownAssets,
        group::domain,
        keys::{AddressIndex, AuditKey, MasterSecret},
        membership::{Accumulator, anchors_digest},
        network::NetworkKind,
    };

    use super::*;
    use crate::params::{Allocation, NetworkRows};

    fn keys() -> AuditKey {
        MasterSecret::from_bytes([7; 32]).audit_key()
    }

    fn network(amounts: &[u64]) -> Network {
        let allocations = (0..).zip(amounts).map(|(i, amount)| Allocation {
            address: keys().address_key().address(AddressIndex(i)).to_text(NetworkKind::Dev),
            amount: *amount,
            seed: [i as u8; 16],
        });
        Network::dev("genesis", NetworkRows::DEV, 1_700_000_000, allocations.collect()).unwrap()
    }

    #[test]
    fn the_state_after_genesis_is_the_state_before_height_1() {
        let network = network(&[5, 0, u64::MAX]);
        let genesis = Genesis::of(&network);
        let entries: Vec<Entry> = genesis.enotes.iter().map(GenesisEnote::entry).collect();
        let acc = Accumulator::empty(network.id()).extend(0, &entries);
        assert_eq!((genesis.header.list_length, genesis.header.acc), (3, acc.0));
        assert_eq!(genesis.list.anchors, anchors_digest(&[0; 32], 3));
        assert_eq!(genesis.issued, u128::from(u64::MAX) + 5);
        assert_eq!(genesis.listed.last().map(|listed| listed.acc), Some(acc.0));
        for zeros in [genesis.header.transaction_root, genesis.header.receipts_root, genesis.header.compact_root] {
            assert_eq!(zeros, [0; 32]);
        }
        assert_eq!((genesis.header.timestamp, genesis.header.target), (1_700_000_000, 0x1f01_0000));
    }

    #[test]
    fn the_header_of_genesis_follows_from_the_list_alone() {
        let network = network(&[5, 9]);
        let (net, genesis) = (network.id(), Genesis::of(&network));
        let list = genesis.list;
        let tag_root = domain::TAGS_ROOT.hash(&[&net.0, &[0; 8], &[0; 32]]);
        let state_root = domain::STATE_ROOT.hash(&[
            &net.0,
            &[0; 8],
            &2u64.to_le_bytes(),
            &list.acc.0,
            &anchors_digest(&[0; 32], 2),
            &[0; 4],
            &[0; 32],
            &tag_root,
            b"SPARSE_MERKLE_PLACEHOLDER_HASH__",
        ]);
        let header = Header {
            version: 1,
            height: 0,
            timestamp: 1_700_000_000,
            target: 0x1f01_0000,
            parent: BlockId([0; 32]),
            header_root: domain::HEADERS_ROOT.hash(&[&net.0, &[0; 8], &[0; 32], &[0; 32]]),
            transaction_root: [0; 32],
            list_length: 2,
            acc: list.acc.0,
            tag_root,
            state_root,
            receipts_root: [0; 32],
            compact_root: [0; 32],
        };
        assert_eq!(genesis.header, header);
        let contexts: Vec<_> = genesis.enotes.iter().map(|enote| enote.context).collect();
        assert_eq!(contexts, [0, 1].map(|k| InputContext::genesis(net, k)));
    }

    #[test]
    fn owners_recognise_their_genesis_enotes() {
        let network = network(&[5, 9]);
        for (index, genesis) in (0..).zip(Genesis::of(&network).enotes) {
            let enote = genesis.enote.decode(genesis.amount, &AssetId::NATIVE).unwrap();
            let found =
                keys().view_received().recognise(network.id(), &genesis.context, &enote, &KnownAssets::native());
            let found = found.expect("the own enote");
            assert_eq!((found.index(), found.opening().amount()), (AddressIndex(index), genesis.amount));
        }
    }

    #[test]
    fn another_list_is_another_genesis() {
        let ids = [&[5, 9][..], &[9, 5], &[5], &[]].map(|amounts| Genesis::of(&network(amounts)).id());
        for (i, id) in ids.iter().enumerate() {
            assert!(!ids[..i].contains(id));
        }
        assert_eq!(Genesis::of(&network(&[5, 9])).id(), ids[0]);
    }
}
