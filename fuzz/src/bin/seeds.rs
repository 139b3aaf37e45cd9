//! Writes seeds for every target into `fuzz/corpus`, most of them from the known answers of the crates.

use std::{fs, io, path::Path};

use dero_contracts::{Access, Args, Call, Claim, Deploy, Entry, GasClass, Head, Mode, Payload};
use dero_fuzz::{PARAMETERS, TARGETS};
use dero_ledger::{
    block::{
        compact::{CompactBlock, CompactTransaction, CompactValues},
        encode_block, encode_body,
    },
    store::HEADER_BYTES,
    transaction::{CoinbaseTx, Digests, Transaction},
};
use serde_json::Value;

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

fn main() -> io::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let corpus = root.join("corpus");
    let mut written = 0;
    let mut write = |target: &str, bytes: &[u8]| -> io::Result<()> {
        assert!(TARGETS.iter().any(|(name, _)| *name == target), "no target {target}");
        let folder = corpus.join(target);
        fs::create_dir_all(&folder)?;
        written += 1;
        // A seed is named like libFuzzer's own, by its content.
        let name = bytes
            .iter()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3));
        fs::write(folder.join(format!("{name:016x}")), bytes)
    };

    let (mut transactions, mut coinbases) = (Vec::new(), Vec::new());
    for (file, field, target) in KNOWN {
        let text = fs::read_to_string(root.join("..").join(file))?;
        let file: Value = serde_json::from_str(&text)?;
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
                    write(target, &[&[count], bytes.as_slice()].concat())?;
                }
                "transaction" if case["kind"] == "tx" => {
                    if case["valid"] == true && case["chain"] == "small" {
                        transactions.push(bytes.clone());
                    }
                    write(target, &bytes)?;
                }
                "coinbase" if case["kind"] == "coinbase" => {
                    if case["valid"] == true {
                        coinbases.push(bytes.clone());
                    }
                    write(target, &bytes)?;
                }
                "transaction" | "coinbase" => {}
                _ => write(target, &bytes)?,
            }
        }
    }

    for (index, coinbase) in coinbases.iter().enumerate() {
        let some: Vec<_> = transactions.iter().skip(index * 3).take(index).collect();
        let body = encode_body(&some, coinbase);
        write("block", &encode_block(&[index as u8; HEADER_BYTES], 7, &body))?;
        write("header", &[index as u8; HEADER_BYTES])?;

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
        write("compact", &[&length[..], &scan, &values].concat())?;
    }
    for bytes in &transactions {
        let tx = Transaction::parse(bytes, &PARAMETERS).expect("a known answer");
        tx.body.lock_records().try_for_each(|lock| write("lock_record", &lock.encode()))?;
        if !tx.payload.is_empty() {
            write("payload", &tx.payload)?;
        }
    }
    let call = |head| Payload::Call(Call { head, proofs: vec![9; 64] }).encode();
    let head = Head::new([7; 32], Entry::named("vote"), GasClass::new(20).expect("a class"));
    write("payload", &call(head.clone()))?;
    let full = head
        .with_callees((20..24).map(|key| [key; 32]).collect())
        .and_then(|head| {
            head.with_footprint((0..8).map(|key| Access { mode: Mode::Write, owner: 0, key: [key; 32] }).collect())
        })
        .and_then(|head| head.with_accepts((0..3).map(|key| [key; 32]).collect()))
        .and_then(|head| head.with_claims(vec![Claim::new(0, vec![1; 32]).expect("a claim")]))
        .and_then(|head| head.with_args(&[1; 100]))
        .expect("within the limits");
    write("payload", &call(full))?;
    let deploy =
        Deploy::new([3; 32], GasClass::new(18).expect("a class"), vec![5; 200], Args::new(&[4; 9]).expect("short"));
    write("payload", &Payload::Deploy(deploy.expect("short")).encode())?;
    NETWORKS.iter().try_for_each(|text| write("network_file", text.as_bytes()))?;
    for first in 0..4 {
        write("store", &[first, 0, 1, 0, 2, 5, 0, 0, 3, 3, 0, 0, 4, 6, 0, 0, 7, 7, 9, 0, 3, 15, 40, 0, 1])?;
        write("store", &[first, 0, 1, 0, 15, 8, 31, 16, 47, 24, 15, 32, 15, 5, 0, 3, 0, 3, 0, 0, 9, 4, 0, 31, 30])?;
    }
    println!("{written} seeds in {}", corpus.display());
    Ok(())
}
