//! What a header commits to besides the two mountain ranges: transactions, receipts, state, compact form.
//!
//! ```text
//! transaction root = h_32("block/transactions"; net, le64 height, le32 count, top)
//!                    leaf h_32("block/transaction"; txid, wtxid), node h_32("block/node"; left, right)
//! receipts root    = h_32("receipts/root"; net, le64 h, le32 count, top)
//!                    leaf h_32("receipt"; receipt), node h_32("receipt/node"; left, right)
//! state root       = h_32("state/root"; net, le64 h, le64 list length, acc, ea, le32 assets, ad, tag root, tree root)
//! compact root     = h_32("block/compact"; net, le64 h, scan part, h_32("block/values"; value part))
//! ```
//!
//! In both trees an odd last node moves up unchanged. Sources: protocol 10.7; contracts 12.7.7, 12.8.1.

use alloc::vec::Vec;

use dero_crypto::{
    NetworkId,
    group::{domain, hash::Digest},
};

use crate::{
    state::ReferenceList,
    transaction::{Digests, TxId},
};

/// The root of the state tree while it has no leaf.
pub const EMPTY_TREE: [u8; 32] = *b"SPARSE_MERKLE_PLACEHOLDER_HASH__";

/// Bytes of receipt 0 without effects: no txid, status 0, class 0, no effects, no events.
pub const EMPTY_RECEIPT: [u8; 37] = [0; 37];

/// A transaction of a block by its two ids; of the coinbase both are the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TransactionIds {
    /// What it does.
    pub txid: [u8; 32],
    /// What it does and how that is proven.
    pub wtxid: [u8; 32],
}

impl TransactionIds {
    /// Of a block's transactions in order, the coinbase last.
    #[must_use]
    pub fn of_block<'a>(transactions: impl IntoIterator<Item = &'a Digests>, coinbase: TxId) -> Vec<Self> {
        let transactions = transactions.into_iter().map(|of| Self { txid: of.txid.0, wtxid: of.wtxid.0 });
        transactions.chain([Self { txid: coinbase.0, wtxid: coinbase.0 }]).collect()
    }
}

/// The top of a tree in which an odd last node moves up unchanged; zeros without leaves.
fn top(mut level: Vec<[u8; 32]>, node: &Digest<32>) -> [u8; 32] {
    while level.len() > 1 {
        level = level
            .chunks(2)
            .map(|pair| match pair {
                [left, right] => node.hash(&[left, right]),
                [odd] => *odd,
                _ => unreachable!("chunks of 2 hold one or two"),
            })
            .collect();
    }
    level.first().copied().unwrap_or([0; 32])
}

fn count(items: usize) -> [u8; 4] {
    u32::try_from(items).expect("a block is shorter than 2^32 bytes").to_le_bytes()
}

/// The root over the block's transactions in order, the coinbase last.
#[must_use]
pub fn transaction_root(net: &NetworkId, height: u64, transactions: &[TransactionIds]) -> [u8; 32] {
    let leaf = |ids: &TransactionIds| domain::BLOCK_TRANSACTION.hash(&[&ids.txid, &ids.wtxid]);
    let top = top(transactions.iter().map(leaf).collect(), &domain::BLOCK_NODE);
    domain::BLOCK_TRANSACTIONS.hash(&[&net.0, &height.to_le_bytes(), &count(transactions.len()), &top])
}

/// The root over the block's receipts: the one of due outcomes first, then one per Payload.
#[must_use]
pub fn receipts_root(net: &NetworkId, height: u64, receipts: &[impl AsRef<[u8]>]) -> [u8; 32] {
    let leaf = |receipt: &_| domain::RECEIPT.hash(&[AsRef::as_ref(receipt)]);
    let top = top(receipts.iter().map(leaf).collect(), &domain::RECEIPT_NODE);
    domain::RECEIPTS_ROOT.hash(&[&net.0, &height.to_le_bytes(), &count(receipts.len()), &top])
}

/// The state after a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct State {
    /// Length of the reference list.
    pub list_length: u64,
    /// Accumulator of the reference list.
    pub acc: [u8; 32],
    /// Digest of the anchors, ea (protocol 7.5).
    pub anchors: [u8; 32],
    /// Number of registered assets.
    pub assets: u32,
    /// Digest of the asset list, ad (protocol 9).
    pub asset_chain: [u8; 32],
    /// Root over all linking tags.
    pub tag_root: [u8; 32],
    /// Root of the state tree.
    pub tree_root: [u8; 32],
}

impl State {
    /// The state of a chain on which no asset was registered and no contract made.
    #[must_use]
    pub const fn of_payments(list: &ReferenceList, tag_root: [u8; 32]) -> Self {
        Self {
            list_length: list.length,
            acc: list.acc.0,
            anchors: list.anchors,
            assets: 0,
            asset_chain: [0; 32],
            tag_root,
            tree_root: EMPTY_TREE,
        }
    }

    /// The root that the header of the block at `height` states.
    #[must_use]
    pub fn root(&self, net: &NetworkId, height: u64) -> [u8; 32] {
        domain::STATE_ROOT.hash(&[
            &net.0,
            &height.to_le_bytes(),
            &self.list_length.to_le_bytes(),
            &self.acc,
            &self.anchors,
            &self.assets.to_le_bytes(),
            &self.asset_chain,
            &self.tag_root,
            &self.tree_root,
        ])
    }
}

/// h_32("block/values"; value part): what a wallet that skips the value part takes instead.
#[must_use]
pub fn values_digest(values: &[u8]) -> [u8; 32] {
    domain::BLOCK_VALUES.hash(&[values])
}

/// The root over both parts of the compact form.
#[must_use]
pub fn compact_root(net: &NetworkId, height: u64, scan: &[u8], values_digest: &[u8; 32]) -> [u8; 32] {
    domain::BLOCK_COMPACT.hash(&[&net.0, &height.to_le_bytes(), scan, values_digest])
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;

    const NET: NetworkId = NetworkId([7; 32]);

    fn ids(i: u8) -> TransactionIds {
        TransactionIds { txid: [i; 32], wtxid: [i + 100; 32] }
    }

    #[test]
    fn an_odd_last_node_moves_up_unchanged() {
        let leaf = |i| domain::BLOCK_TRANSACTION.hash(&[&ids(i).txid, &ids(i).wtxid]);
        let node = |l: [u8; 32], r: [u8; 32]| domain::BLOCK_NODE.hash(&[&l, &r]);
        let tops = [
            leaf(0),
            node(leaf(0), leaf(1)),
            node(node(leaf(0), leaf(1)), leaf(2)),
            node(node(leaf(0), leaf(1)), node(leaf(2), leaf(3))),
            node(node(node(leaf(0), leaf(1)), node(leaf(2), leaf(3))), leaf(4)),
        ];
        for (i, top) in tops.iter().enumerate() {
            let list: Vec<_> = (0..=i as u8).map(ids).collect();
            let root =
                domain::BLOCK_TRANSACTIONS.hash(&[&NET.0, &9u64.to_le_bytes(), &(i as u32 + 1).to_le_bytes(), top]);
            assert_eq!(transaction_root(&NET, 9, &list), root);
        }
    }

    #[test]
    fn a_transaction_root_depends_on_every_witness_id_order_height_and_net() {
        let list = vec![ids(0), ids(1), ids(2)];
        let root = transaction_root(&NET, 9, &list);
        let mut other = list.clone();
        other[1].wtxid[0] ^= 1;
        assert_ne!(transaction_root(&NET, 9, &other), root);
        other = vec![ids(1), ids(0), ids(2)];
        assert_ne!(transaction_root(&NET, 9, &other), root);
        assert_ne!(transaction_root(&NET, 9, &list[..2]), root);
        assert_ne!(transaction_root(&NET, 10, &list), root);
        assert_ne!(transaction_root(&NetworkId([8; 32]), 9, &list), root);
    }

    #[test]
    fn a_block_without_payloads_has_the_receipt_of_due_outcomes_alone() {
        let leaf = domain::RECEIPT.hash(&[&[0; 37]]);
        let root = domain::RECEIPTS_ROOT.hash(&[&NET.0, &5u64.to_le_bytes(), &1u32.to_le_bytes(), &leaf]);
        assert_eq!(receipts_root(&NET, 5, &[EMPTY_RECEIPT]), root);
    }

    #[test]
    fn receipts_and_the_compact_form_have_trees_and_domains_of_their_own() {
        let leaf = |receipt: &[u8]| domain::RECEIPT.hash(&[receipt]);
        let top = domain::RECEIPT_NODE.hash(&[&leaf(&[1]), &leaf(&[2, 3])]);
        let root = domain::RECEIPTS_ROOT.hash(&[&NET.0, &5u64.to_le_bytes(), &2u32.to_le_bytes(), &top]);
        assert_eq!(receipts_root(&NET, 5, &[&[1][..], &[2, 3]]), root);
        let values = domain::BLOCK_VALUES.hash(&[&[4, 5]]);
        assert_eq!(values_digest(&[4, 5]), values);
        let root = domain::BLOCK_COMPACT.hash(&[&NET.0, &5u64.to_le_bytes(), &[6, 7], &values]);
        assert_eq!(compact_root(&NET, 5, &[6, 7], &values), root);
    }

    #[test]
    fn every_part_of_the_state_is_in_its_root() {
        let state = State {
            list_length: 1,
            acc: [2; 32],
            anchors: [3; 32],
            assets: 4,
            asset_chain: [5; 32],
            tag_root: [6; 32],
            tree_root: EMPTY_TREE,
        };
        let root = state.root(&NET, 9);
        let changes: [fn(&mut State); 7] = [
            |s| s.list_length += 1,
            |s| s.acc[0] ^= 1,
            |s| s.anchors[0] ^= 1,
            |s| s.assets += 1,
            |s| s.asset_chain[0] ^= 1,
            |s| s.tag_root[0] ^= 1,
            |s| s.tree_root[0] ^= 1,
        ];
        for change in changes {
            let mut other = state;
            change(&mut other);
            assert_ne!(other.root(&NET, 9), root);
        }
        assert_ne!(state.root(&NET, 10), root);
        assert_ne!(state.root(&NetworkId([8; 32]), 9), root);
    }
}
