//! The compact form of every valid transaction says what the known answers say.

use dero_ledger::{
    block::compact::{CompactBlock, CompactTransaction, CompactValues},
    rules::UnverifiedTransaction,
    transaction::CoinbaseTx,
};

use crate::read::Case;

pub fn check(case: &Case<'_>, tx: &UnverifiedTransaction, net: &dero_crypto::NetworkId) {
    let compact = CompactTransaction::of(tx.transaction(), tx.digests().txid, net);
    let block = CompactBlock {
        transactions: vec![compact],
        coinbase: CoinbaseTx { height: 1, outputs: Vec::new() },
        effects: Vec::new(),
    };
    assert_eq!(CompactBlock::parse(&block.encode()).as_ref(), Ok(&block), "compact form");
    let values = CompactValues::of([tx.transaction()], Vec::new());
    assert_eq!(CompactValues::parse(&values.encode(), &block).as_ref(), Ok(&values), "value part");

    let bundles = &block.transactions[0].bundles;
    let contexts: Vec<_> = bundles.iter().map(|bundle| bundle.input_context(net).expect("an anchor")).collect();
    assert_eq!(contexts, tx.contexts(), "compact contexts");
    let locks = bundles.iter().flat_map(|bundle| &bundle.outputs).filter_map(|output| output.lock.as_ref());
    assert_eq!(locks.map(|lock| lock.vault).collect::<Vec<_>>(), tx.vault_ids(), "compact vaults");
    if case.has("a_min") {
        let anchors: Vec<Vec<u8>> =
            bundles.iter().map(|bundle| bundle.smallest_anchor().expect("an anchor").to_bytes()).collect();
        assert_eq!(anchors, case.byte_list("a_min"), "compact anchors");
    }
}
