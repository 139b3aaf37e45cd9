//! A node that dropped what 10.2 lets it drop: row 58.

use dero_crypto::membership::Accumulator;
use dero_ledger::{
    block::{
        Block, EMPTY_RECEIPT, State, TransactionIds,
        compact::{CompactBlock, CompactTransaction, CompactValues, coinbase_entries},
        compact_root,
        mmr::{Mmr, TagNode, tag_root},
        receipts_root, transaction_root, values_digest,
    },
    genesis::Genesis,
    rules::UnverifiedTransaction,
    testing::{ChainBuilder, Spend},
    transaction::{BodyDigest, CoinbaseTx, Transaction},
};

use crate::rng;

/// What is left of a transaction: Body and wtxid.
fn prune(bytes: &[u8], builder: &ChainBuilder) -> (Transaction, [u8; 32]) {
    let read = UnverifiedTransaction::parse(bytes, &builder.network().rules()).unwrap();
    let mut left = read.transaction().clone();
    for section in [&mut left.out_proofs, &mut left.auth, &mut left.membership, &mut left.memos, &mut left.payload]
    {
        section.clear();
    }
    (left, read.digests().wtxid.0)
}

#[test]
fn bodies_and_witness_ids_alone_give_every_root_of_every_header() {
    let (builder, mut rng) = (ChainBuilder::new("pruned"), rng(90));
    let (network, net) = (builder.network(), builder.network().id());
    let chain = builder.chain();
    let (mut list, mut tags) = (Genesis::of(network).list, Mmr::<TagNode>::default());
    let mut kept: Vec<(CompactBlock, CompactValues)> = Vec::new();
    for height in 1..=12u64 {
        let coins: &[usize] = [&[][..], &[0], &[1, 2], &[3], &[]][(height % 5) as usize];
        let coins: Vec<usize> = coins.iter().map(|coin| coin + 4 * (height / 5) as usize).collect();
        let payments: Vec<_> = coins
            .iter()
            .map(|coin| builder.purse().pay(&chain.next_state(), &Spend::of(&[*coin]), &mut rng))
            .collect();
        let bytes = builder.mine(&chain, &payments, &mut rng);
        let block = Block::parse(&bytes).unwrap();
        let header = &block.header;
        let pruned: Vec<_> = block.transactions.iter().map(|bytes| prune(bytes, &builder)).collect();
        let coinbase = CoinbaseTx::parse(block.coinbase).unwrap();

        let txid = |left: &Transaction| BodyDigest::of(&left.body, net).txid();
        let last = coinbase.id(net).0;
        let mut ids: Vec<_> =
            pruned.iter().map(|(left, wtxid)| TransactionIds { txid: txid(left).0, wtxid: *wtxid }).collect();
        ids.push(TransactionIds { txid: last, wtxid: last });
        assert_eq!(transaction_root(net, height, &ids), header.transaction_root, "{height}");

        // M = 3, M_cb = 5.
        let at = |back: u64| height.checked_sub(back + 1).and_then(|place| kept.get(place as usize));
        let outputs = at(3).map(|(block, values)| block.unlocked(values)).unwrap_or_default();
        let matured = at(5).map(|(block, _)| coinbase_entries(&block.coinbase)).unwrap_or_default();
        list.enter(height, outputs.into_iter().chain(matured));
        assert_eq!((header.list_length, Accumulator(header.acc)), (list.length, list.acc), "{height}");

        for input in pruned.iter().flat_map(|(left, _)| &left.body.bundles[0].inputs) {
            tags.push(TagNode::leaf(&input.tag)).unwrap();
        }
        assert_eq!(tag_root(net, &tags), header.tag_root, "{height}");
        assert_eq!(receipts_root(net, height, &[EMPTY_RECEIPT]), header.receipts_root, "{height}");

        let transactions = pruned.iter().map(|(left, _)| CompactTransaction::of(left, txid(left), net)).collect();
        let scan = CompactBlock { transactions, coinbase, effects: Vec::new() };
        let values = CompactValues::of(pruned.iter().map(|(left, _)| left), Vec::new());
        let root = compact_root(net, height, &scan.encode(), &values_digest(&values.encode()));
        assert_eq!(root, header.compact_root, "{height}");
        kept.push((scan, values));

        let state = State::of_payments(&list, tag_root(net, &tags));
        assert_eq!(state.root(net, height), header.state_root, "{height}");
    }
    assert!(tags.leaves() > 6);
}
