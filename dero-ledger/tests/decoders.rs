//! Every decoder of the ledger takes any bytes: an error, or an object whose encoding is those bytes.

#![allow(clippy::unwrap_used)]

use std::sync::{Arc, LazyLock};

use dero_crypto::{NetworkId, membership::SetParameters};
use dero_ledger::{
    block::{
        Block,
        compact::{CompactBlock, CompactTransaction, CompactValues},
        encode_block, encode_body,
    },
    params::NetworkFile,
    rules::{RuleParameters, UnverifiedTransaction},
    store::HEADER_BYTES,
    testing::MemoryState,
    transaction::{CoinbaseTx, Digests, LockRecord, Transaction},
};
use proptest::prelude::*;

/// Known answers: valid ones on the chain `small`.
struct Known {
    parameters: RuleParameters,
    transactions: Vec<Vec<u8>>,
    coinbases: Vec<Vec<u8>>,
}

static KNOWN: LazyLock<Known> = LazyLock::new(|| {
    let file: serde_json::Value = serde_json::from_str(include_str!("vectors/tx.json")).unwrap();
    let bytes = |text: &serde_json::Value| hex::decode(text.as_str().unwrap()).unwrap();
    let valid = |kind: &str| {
        let cases = file["cases"].as_array().unwrap().iter();
        let cases = cases.filter(|case| case["kind"] == kind && case["valid"] == true);
        cases.filter(|case| case["chain"] != "large").map(|case| bytes(&case["tx"])).collect()
    };
    let parameters = RuleParameters {
        net: NetworkId(bytes(&file["chains"]["small"]["net"]).try_into().unwrap()),
        sets: SetParameters::TEST,
        shortest_list: 4,
        fee_rate: 0,
        assets_from: 0,
        contracts_from: 0,
    };
    Known { parameters, transactions: valid("tx"), coinbases: valid("coinbase") }
});

/// A compact form of a few known transactions: scan part, value part.
fn compact(first: usize, count: usize) -> [Vec<u8>; 2] {
    let net = &KNOWN.parameters.net;
    let some = KNOWN.transactions.iter().cycle().skip(first).take(count);
    let some: Vec<_> = some.map(|bytes| Transaction::parse(bytes, &KNOWN.parameters).unwrap()).collect();
    let transactions = some.iter().map(|tx| CompactTransaction::of(tx, Digests::of(tx, net).txid, net)).collect();
    let coinbase = CoinbaseTx::parse(&KNOWN.coinbases[first % KNOWN.coinbases.len()]).unwrap();
    let block = CompactBlock { transactions, coinbase, effects: Vec::new() };
    [block.encode(), CompactValues::of(&some, Vec::new()).encode()]
}

fn read_transaction(bytes: &[u8]) {
    let Known { parameters, .. } = &*KNOWN;
    let Ok(tx) = UnverifiedTransaction::parse(bytes, parameters) else { return };
    assert_eq!(tx.transaction().encode(&parameters.net), bytes);
    let state = MemoryState::new(&parameters.net, 100, &[]);
    let _ = Arc::new(tx).check(parameters, &state);
}

fn read_coinbase(bytes: &[u8]) {
    if let Ok(tx) = CoinbaseTx::parse(bytes) {
        assert_eq!(tx.encode(), bytes);
    }
}

fn read_block(bytes: &[u8]) {
    let Ok(block) = Block::parse(bytes) else { return };
    assert_eq!(encode_block(&block.header.to_bytes(), block.nonce, block.body), bytes);
    assert_eq!(encode_body(&block.transactions, block.coinbase), block.body);
}

fn read_compact(scan: &[u8], values: &[u8]) {
    let Ok(block) = CompactBlock::parse(scan) else { return };
    assert_eq!(block.encode(), scan);
    if let Ok(found) = CompactValues::parse(values, &block) {
        assert_eq!(found.encode(), values);
    }
}

fn read_record(bytes: &[u8]) {
    if let Ok(record) = LockRecord::parse(bytes) {
        assert_eq!(record.encode(), bytes);
    }
}

fn read_network(bytes: &[u8]) {
    if let Ok(file) = serde_json::from_slice::<NetworkFile>(bytes) {
        let _ = file.network();
    }
}

/// What is done to valid bytes.
#[derive(Clone, Debug)]
enum Change {
    Set(prop::sample::Index, u8),
    Insert(prop::sample::Index, u8),
    Remove(prop::sample::Index),
    Cut(prop::sample::Index),
    Repeat(prop::sample::Index, prop::sample::Index),
    Add(Vec<u8>),
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let index = any::<prop::sample::Index>;
    let change = prop_oneof![
        6 => (index(), any::<u8>()).prop_map(|(at, byte)| Change::Set(at, byte)),
        2 => (index(), any::<u8>()).prop_map(|(at, byte)| Change::Insert(at, byte)),
        2 => index().prop_map(Change::Remove),
        1 => index().prop_map(Change::Cut),
        1 => (index(), index()).prop_map(|(from, to)| Change::Repeat(from, to)),
        1 => prop::collection::vec(any::<u8>(), 1..9).prop_map(Change::Add),
    ];
    prop::collection::vec(change, 0..4)
}

fn changed(bytes: &[u8], changes: &[Change]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for change in changes {
        let length = bytes.len();
        match change {
            Change::Add(more) => bytes.extend(more),
            _ if length == 0 => {}
            Change::Set(at, byte) => bytes[at.index(length)] = *byte,
            Change::Insert(at, byte) => bytes.insert(at.index(length), *byte),
            Change::Remove(at) => drop(bytes.remove(at.index(length))),
            Change::Cut(at) => bytes.truncate(at.index(length)),
            Change::Repeat(from, to) => {
                let (a, b) = (from.index(length), to.index(length));
                let piece = bytes[a.min(b)..a.max(b)].to_vec();
                bytes.splice(b..b, piece);
            }
        }
    }
    bytes
}

const NETWORK: &str = r#"{"word": "a", "genesis_time": "7", "n": 2, "m": 3, "fee_rate": 3, "spacing": 5,
    "first_target": "0x1e010000", "assets_from": "never",
    "genesis": [{"address": "deror1", "amount": 1, "seed": "00112233445566778899aabbccddeeff"}]}"#;

proptest! {
    #[test]
    fn any_bytes_are_refused_or_read_as_what_they_encode(noise in prop::collection::vec(any::<u8>(), 0..600)) {
        read_transaction(&noise);
        read_coinbase(&noise);
        read_block(&noise);
        read_compact(&noise, &noise);
        read_record(&noise);
        read_network(&noise);
    }

    #[test]
    fn a_changed_transaction_is_refused_or_read_as_what_it_encodes(
        which in any::<prop::sample::Index>(),
        changes in changes(),
    ) {
        read_transaction(&changed(which.get::<Vec<u8>>(&KNOWN.transactions), &changes));
    }

    #[test]
    fn a_changed_block_is_refused_or_read_as_what_it_encodes(
        first in 0usize..40,
        count in 0usize..3,
        changes in changes(),
    ) {
        let some: Vec<_> = KNOWN.transactions.iter().cycle().skip(first).take(count).collect();
        let coinbase = &KNOWN.coinbases[first % KNOWN.coinbases.len()];
        read_block(&changed(&encode_block(&[9; HEADER_BYTES], 7, &encode_body(&some, coinbase)), &changes));
        read_coinbase(&changed(coinbase, &changes));
    }

    #[test]
    fn a_changed_compact_form_is_refused_or_read_as_what_it_encodes(
        first in 0usize..40,
        count in 0usize..3,
        changes in changes(),
        in_values in any::<bool>(),
    ) {
        let [scan, values] = compact(first, count);
        if in_values {
            read_compact(&scan, &changed(&values, &changes));
        } else {
            read_compact(&changed(&scan, &changes), &values);
        }
    }

    #[test]
    fn a_changed_lock_record_is_refused_or_read_as_what_it_encodes(
        which in any::<prop::sample::Index>(),
        changes in changes(),
    ) {
        let records: Vec<Vec<u8>> = KNOWN
            .transactions
            .iter()
            .map(|bytes| Transaction::parse(bytes, &KNOWN.parameters).unwrap().body)
            .flat_map(|body| body.lock_records().map(LockRecord::encode).collect::<Vec<_>>())
            .collect();
        read_record(&changed(which.get::<Vec<u8>>(&records), &changes));
    }

    #[test]
    fn a_changed_network_file_is_refused_or_a_network(changes in changes()) {
        read_network(&changed(NETWORK.as_bytes(), &changes));
    }
}

#[test]
fn what_is_changed_above_is_valid_before() {
    let Known { parameters, transactions, coinbases } = &*KNOWN;
    assert!(transactions.len() > 30 && coinbases.len() > 3);
    assert!(transactions.iter().all(|bytes| UnverifiedTransaction::parse(bytes, parameters).is_ok()));
    let [scan, values] = compact(0, 3);
    let block = CompactBlock::parse(&scan).unwrap();
    assert!(CompactValues::parse(&values, &block).is_ok());
    let locks = |bytes| Transaction::parse(bytes, parameters).unwrap().body.lock_records().count();
    assert!(transactions.iter().any(|bytes| locks(bytes) > 0));
    assert!(serde_json::from_str::<NetworkFile>(NETWORK).is_ok());
}
