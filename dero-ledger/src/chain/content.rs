//! What a block's transactions and coinbase make of the state before: the values of its header, and what is stored.

use alloc::{sync::Arc, vec::Vec};

use super::tip::Tip;
use crate::{
    block::{
        State,
        compact::{CompactBlock, CompactTransaction, CompactValues},
        compact_root,
        mmr::{Mmr, TagNode, tag_root},
        receipts_root, values_digest,
    },
    execution::Receipt,
    params::Network,
    rules::UnverifiedTransaction,
    transaction::CoinbaseTx,
};

/// A block's transactions, in order, with what executing them returned.
pub(super) struct Content<'a> {
    pub(super) transactions: &'a [Arc<UnverifiedTransaction>],
    pub(super) coinbase: &'a CoinbaseTx,
    pub(super) receipts: &'a [Receipt],
    pub(super) tree_root: [u8; 32],
}

/// The values that the header must state, and all that goes to the store.
pub(super) struct Outcome {
    pub(super) tag_root: [u8; 32],
    pub(super) state_root: [u8; 32],
    pub(super) receipts_root: [u8; 32],
    pub(super) compact_root: [u8; 32],
    pub(super) compact_scan: Vec<u8>,
    pub(super) compact_values: Vec<u8>,
    pub(super) tags: Vec<[u8; 32]>,
    pub(super) tag_tree: Mmr<TagNode>,
    pub(super) tag_nodes: Vec<[u8; 32]>,
}

impl Content<'_> {
    /// All that follows, on top of `tip`.
    pub(super) fn outcome<V>(&self, network: &Network, tip: &Tip<V>) -> Outcome {
        let net = network.id();
        let height = tip.branch.tip().height + 1;
        let bodies = || self.transactions.iter().map(|transaction| transaction.transaction());

        let inputs = bodies().flat_map(|transaction| &transaction.body.bundles).flat_map(|bundle| &bundle.inputs);
        let tags: Vec<[u8; 32]> = inputs.map(|input| input.tag).collect();
        let mut tag_tree = tip.tags.clone();
        let push = |tag| tag_tree.push(TagNode::leaf(tag)).expect("tags have no work to sum");
        let tag_nodes = tags.iter().flat_map(push).map(|node| node.0).collect();
        let tag_root = tag_root(net, &tag_tree);

        let compact = |transaction: &Arc<UnverifiedTransaction>| {
            CompactTransaction::of(transaction.transaction(), transaction.digests().txid, net)
        };
        let compact = CompactBlock {
            transactions: self.transactions.iter().map(compact).collect(),
            coinbase: self.coinbase.clone(),
            effects: self.receipts.iter().flat_map(|receipt| &receipt.effects).copied().collect(),
        };
        let appended = self.receipts.iter().flat_map(|receipt| &receipt.appended).copied().collect();
        let compact_scan = compact.encode();
        let compact_values = CompactValues::of(bodies(), appended).encode();

        let receipts: Vec<&[u8]> = self.receipts.iter().map(|receipt| receipt.bytes.as_slice()).collect();
        let state = State { tree_root: self.tree_root, ..State::of_payments(&tip.next_list, tag_root) };
        Outcome {
            tag_root,
            state_root: state.root(net, height),
            receipts_root: receipts_root(net, height, &receipts),
            compact_root: compact_root(net, height, &compact_scan, &values_digest(&compact_values)),
            compact_scan,
            compact_values,
            tags,
            tag_tree,
            tag_nodes,
        }
    }
}
