//! Inputs to begin with, most of them from the known answers of the crates.

use std::{fs, path::Path};

use dero_contracts::{Access, Args, Call, Claim, Deploy, Entry, GasClass, Head, Mode, Payload};
use dero_crypto::secret::Secret;
use dero_ledger::{
    block::{
        compact::{CompactBlock, CompactTransaction, CompactValues},
        encode_block, encode_body,
    },
    store::HEADER_BYTES,
    transaction::{CoinbaseTx, Digests, Transaction},
};
use dero_net::message::{
    Bounded, Bytes, Message, Text, Tip,
    chain::{GetHeaders, Part},
    codec::to_frames,
    control::{Addresses, Hello, Ping, Role},
    limits::SEALED_HEADER,
    relay::{AnnounceBlock, AnnounceTransactions, Name},
    wallet::{GetListed, Submit},
};
use dero_wallet_core::seed::{Coin, Seed, bip39_24};
use rand::{SeedableRng as _, rngs::StdRng};
use serde_json::Value;

use crate::PARAMETERS;

/// Known answers: file, field, target.
const KNOWN: [(&str, &str, &str); 24] = [
    ("dero-crypto/tests/vectors/address.json", "text_dero", "address"),
    ("dero-crypto/tests/vectors/address.json", "text_derot", "address"),
    ("dero-crypto/tests/vectors/address.json", "text_deror", "address"),
    ("dero-crypto/tests/vectors/address.json", "payload", "address"),
    ("dero-crypto/tests/vectors/asset.json", "descriptor", "descriptor"),
    ("dero-crypto/tests/vectors/asset.json", "proof", "proofs"),
    ("dero-crypto/tests/vectors/enote.json", "a_min", "anchor"),
    ("dero-crypto/tests/vectors/enote.json", "enote", "enote"),
    ("dero-crypto/tests/vectors/enote.json", "padded", "memo"),
    ("dero-crypto/tests/vectors/enote.json", "plaintext", "memo"),
    ("dero-crypto/tests/vectors/link.json", "proof", "proofs"),
    ("dero-crypto/tests/vectors/member.json", "proof", "proofs"),
    ("dero-crypto/tests/vectors/range.json", "proof", "proofs"),
    ("dero-crypto/tests/vectors/reference.json", "reference", "reference"),
    ("dero-crypto/tests/vectors/sealed.json", "proof", "proofs"),
    ("dero-crypto/tests/vectors/sealed.json", "record", "lock_record"),
    ("dero-crypto/tests/vectors/spend.json", "proof", "proofs"),
    ("dero-crypto/tests/vectors/surjection.json", "proof", "proofs"),
    ("dero-crypto/tests/vectors/tag.json", "proof", "proofs"),
    ("dero-crypto/tests/vectors/balance.json", "proof", "proofs"),
    ("dero-crypto/tests/vectors/batch.json", "proof", "proofs"),
    ("dero-crypto/tests/vectors/encoding.json", "bytes", "anchor"),
    ("dero-ledger/tests/vectors/tx.json", "tx", "transaction"),
    ("dero-ledger/tests/vectors/tx.json", "tx", "coinbase"),
];

const NETWORKS: [&str; 4] = [
    r#"{"word": "laptop", "genesis_time": 1700000000}"#,
    r#"{"word": "a", "genesis_time": "7", "fee_rate": 3, "first_target": "0x1e010000", "assets_from": "never"}"#,
    r#"{"word": "b-2", "genesis_time": 1, "n": 4, "m": 5, "min_set": 64, "spacing": 15, "half_life": 3600}"#,
    r#"{"word": "c", "genesis_time": 1, "genesis": [{"address": "deror1", "amount": 1, "seed": "00112233445566778899aabbccddeeff"}]}"#,
];

/// Every seed: the name of its target, its bytes.
///
/// # Panics
///
/// If a file of known answers is not there or not what it was.
#[must_use]
pub fn seeds() -> Vec<(&'static str, Vec<u8>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut seeds = Vec::new();
    let mut write = |target: &'static str, bytes: &[u8]| seeds.push((target, bytes.to_vec()));

    let (mut transactions, mut coinbases) = (Vec::new(), Vec::new());
    for (file, field, target) in KNOWN {
        let text = fs::read_to_string(root.join("..").join(file)).expect("a file of known answers");
        let file: Value = serde_json::from_str(&text).expect("known answers are JSON");
        for case in file["cases"].as_array().expect("known answers have cases") {
            let Some(value) = case[field].as_str() else { continue };
            let bytes = if field.starts_with("text") {
                value.as_bytes().to_vec()
            } else {
                hex::decode(value).unwrap_or_else(|_| value.as_bytes().to_vec())
            };
            match target {
                // How many values or assets the proof is over.
                "proofs" => {
                    let count =
                        case["count"].as_u64().or_else(|| case["omega"].as_array().map(|all| all.len() as u64));
                    let count = count.unwrap_or(0) as u8;
                    write(target, &[&[count], bytes.as_slice()].concat());
                }
                "transaction" if case["kind"] == "tx" => {
                    if case["valid"] == true && case["chain"] == "small" {
                        transactions.push(bytes.clone());
                    }
                    write(target, &bytes);
                }
                "coinbase" if case["kind"] == "coinbase" => {
                    if case["valid"] == true {
                        coinbases.push(bytes.clone());
                    }
                    write(target, &bytes);
                }
                "transaction" | "coinbase" => {}
                _ => write(target, &bytes),
            }
        }
    }

    for (index, coinbase) in coinbases.iter().enumerate() {
        let some: Vec<_> = transactions.iter().skip(index * 3).take(index).collect();
        let body = encode_body(&some, coinbase);
        write("block", &encode_block(&[index as u8; HEADER_BYTES], 7, &body));
        write("header", &[index as u8; HEADER_BYTES]);

        let some: Vec<_> =
            some.iter().map(|bytes| Transaction::parse(bytes, &PARAMETERS).expect("a known answer")).collect();
        let net = &PARAMETERS.net;
        let block = CompactBlock {
            transactions: some
                .iter()
                .map(|tx| CompactTransaction::of(tx, Digests::of(tx, net).txid, net))
                .collect(),
            coinbase: CoinbaseTx::parse(coinbase).expect("a known answer"),
            effects: Vec::new(),
        };
        let (scan, values) = (block.encode(), CompactValues::of(&some, Vec::new()).encode());
        let length = u16::try_from(scan.len()).expect("a few transactions").to_le_bytes();
        write("compact", &[&length[..], &scan, &values].concat());
    }
    for bytes in &transactions {
        let tx = Transaction::parse(bytes, &PARAMETERS).expect("a known answer");
        tx.body.lock_records().for_each(|lock| write("lock_record", &lock.encode()));
        if !tx.payload.is_empty() {
            write("payload", &tx.payload);
        }
    }
    let call = |head| Payload::Call(Call { head, proofs: vec![9; 64] }).encode();
    let head = Head::new([7; 32], Entry::named("vote"), GasClass::new(20).expect("a class"));
    write("payload", &call(head.clone()));
    let full = head
        .with_callees((20..24).map(|key| [key; 32]).collect())
        .and_then(|head| {
            head.with_footprint((0..8).map(|key| Access { mode: Mode::Write, owner: 0, key: [key; 32] }).collect())
        })
        .and_then(|head| head.with_accepts((0..3).map(|key| [key; 32]).collect()))
        .and_then(|head| head.with_claims(vec![Claim::new(0, vec![1; 32]).expect("a claim")]))
        .and_then(|head| head.with_args(&[1; 100]))
        .expect("within the limits");
    write("payload", &call(full));
    let deploy =
        Deploy::new([3; 32], GasClass::new(18).expect("a class"), vec![5; 200], Args::new(&[4; 9]).expect("short"));
    write("payload", &Payload::Deploy(deploy.expect("short")).encode());
    NETWORKS.iter().for_each(|text| write("network_file", text.as_bytes()));
    for first in 0..4 {
        write("store", &[first, 0, 1, 0, 2, 5, 0, 0, 3, 3, 0, 0, 4, 6, 0, 0, 7, 7, 9, 0, 3, 15, 40, 0, 1]);
        write("store", &[first, 0, 1, 0, 15, 8, 31, 16, 47, 24, 15, 32, 15, 5, 0, 3, 0, 3, 0, 0, 9, 4, 0, 31, 30]);
    }
    for message in messages() {
        write("message", &[&[message.kind() as u8], message.to_body().as_slice()].concat());
        let frames = to_frames(&message).into_iter().flat_map(|frame| {
            let length = u16::try_from(frame.len() - 1).expect("64 KiB at most").to_le_bytes();
            [length.to_vec(), frame].concat()
        });
        write("frames", &frames.collect::<Vec<u8>>());
    }
    write("node_address", format!("127.0.0.1:40501#{}", "ab".repeat(32)).as_bytes());
    write("node_address", format!("[2001:db8::1]:1#{}", "0".repeat(64)).as_bytes());
    write(
        "words",
        Seed::generate(Coin::Other, 1_700_000_000, &mut StdRng::seed_from_u64(9)).to_words().expose().as_bytes(),
    );
    write("words", bip39_24::export(&Secret::new([3; 32])).expose().as_bytes());
    seeds
}

fn messages() -> Vec<Message> {
    let tip = Tip { height: 7, id: [1; 32], work: [2; 32] };
    let text = || Text::new("node.example:1".to_string()).expect("short");
    let name = Name::Short([6; 8]);
    vec![
        Hello { network: [3; 32], version: 1, role: Role::Node, nonce: [4; 32], tip, listen: Some(text()) }.into(),
        Ping { nonce: 5, tip: Some(tip) }.into(),
        Addresses { list: Bounded::new(vec![text(), text()]).expect("few") }.into(),
        AnnounceTransactions { names: Bounded::new(vec![name, Name::Full([7; 32])]).expect("few") }.into(),
        AnnounceBlock { tip, header: Box::new([8; SEALED_HEADER]) }.into(),
        GetHeaders { request: 1, locator: Bounded::new(vec![[1; 32], [2; 32]]).expect("few"), max: 20 }.into(),
        Part { request: 2, end: true, bytes: Bytes::new(vec![1; 300]).expect("short") }.into(),
        GetListed { request: 6, range: 2 }.into(),
        Submit { request: 7, bytes: Bytes::new(vec![9; 70_000]).expect("short") }.into(),
    ]
}
