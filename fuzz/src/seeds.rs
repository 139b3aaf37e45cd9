//! Inputs to begin with, most of them from the known answers of the crates.

use std::{fs, path::Path};

use dero_contracts::{Access, Args, Call, Claim, Deploy, Entry, GasClass, Head, Mode, Payload};
use dero_crypto::{
    asset::AssetId,
    commitment::Amount,
    enote::{Draft, EnoteSeed, InputContext, MemoClass, MemoEntries, seal_memo},
    keys::{AddressIndex, MasterSecret},
    secret::Secret,
};
use dero_ledger::{
    block::{
        compact::{CompactBlock, CompactTransaction, CompactValues},
        encode_block, encode_body,
    },
    store::HEADER_BYTES,
    transaction::{CoinbaseTx, Digests, LockRecord, Transaction},
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
const KNOWN: [(&str, &str, &str); 34] = [
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
    ("dero-crypto/tests/vectors/keys.json", "k_s", "keys"),
    ("dero-crypto/tests/vectors/keys.json", "view_balance", "keys"),
    ("dero-crypto/tests/vectors/keys.json", "view_received", "keys"),
    ("dero-crypto/tests/vectors/keys.json", "find_received", "keys"),
    ("dero-crypto/tests/vectors/keys.json", "generate_address", "keys"),
    ("dero-crypto/tests/vectors/own/keys.json", "bytes", "keys"),
    ("dero-crypto/tests/vectors/own/reference.json", "bytes", "keys"),
    ("dero-crypto/tests/vectors/own/enote.json", "a_min", "anchor"),
    ("dero-crypto/tests/vectors/own/enote.json", "enote", "enote"),
    ("dero-crypto/tests/vectors/own/wire.json", "bytes", "enote"),
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

/// Statements of `verify`: file, kind, fields in their order.
const STATEMENTS: [(&str, u8, &[&str]); 15] = [
    ("own/authority", 0, &["m_tx", "vault_id", "P", "proof"]),
    ("spend", 1, &["m_tx", "index", "K", "L", "proof"]),
    ("own/spend", 1, &["m_tx", "index", "K", "L", "proof"]),
    ("link", 2, &["body_digest", "bundle", "j", "T", "C", "E", "proof"]),
    ("own/member", 3, &["n", "m", "kind", "start", "members", "acc_start", "acc_end", "image", "proof"]),
    ("surjection", 4, &["body_digest", "bundle", "j", "omega", "T", "proof"]),
    ("own/surjection", 4, &["body_digest", "bundle", "j", "omega", "T", "proof"]),
    ("range", 5, &["body_digest", "bundle", "V", "proof"]),
    ("own/range", 5, &["body_digest", "bundle", "V", "proof"]),
    ("sealed", 6, &["body_digest", "vault_id", "holdings", "proof"]),
    ("balance", 7, &["fee", "pi", "entries"]),
    ("batch", 7, &["fee", "pi", "entries"]),
    ("own/spend", 8, &["m_tx", "index", "x", "z", "v", "k_s", "P1", "P2", "beta_Y", "s_y"]),
    ("asset", 9, &["m_tx", "op_index", "alpha", "I", "proof"]),
    ("own/authority", 10, &["vault_id", "txid", "i", "P", "proof"]),
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
    let mut seeds = Vec::new();
    let mut write = |target: &'static str, bytes: &[u8]| seeds.push((target, bytes.to_vec()));

    let (mut transactions, mut coinbases) = (Vec::new(), Vec::new());
    for (file, field, target) in KNOWN {
        let file = known(file);
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
    statements(&mut write);
    scans(&mut write);
    write("keys", &[1]);
    write("keys", &[4, 5]);
    write("keys", b"qpzry9x8gf2tvdw0");
    let view = [50, 300, 4, 290, 200].map(u64::to_le_bytes).concat();
    write("reference", &[&[1, 10, 0, 0, 0], view.as_slice()].concat());
    write("reference", &[&[0, 1, 0, 0, 0], view.as_slice()].concat());
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

fn known(file: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(file);
    let text = fs::read_to_string(path).expect("a file of known answers");
    serde_json::from_str(&text).expect("known answers are JSON")
}

/// Hex as bytes, a number in 8 bytes, a list behind its length.
fn flat(value: &Value) -> Option<Vec<u8>> {
    match value {
        Value::String(text) => hex::decode(text).ok(),
        Value::Number(number) => Some(number.as_u64()?.to_le_bytes().to_vec()),
        Value::Array(list) => {
            let items = list.iter().map(flat).collect::<Option<Vec<_>>>()?.concat();
            Some([&[u8::try_from(list.len()).ok()?], items.as_slice()].concat())
        }
        _ => None,
    }
}

fn statements(write: &mut impl FnMut(&'static str, &[u8])) {
    for (name, kind, fields) in STATEMENTS {
        let file = known(&format!("dero-crypto/tests/vectors/{name}.json"));
        for case in file["cases"].as_array().expect("known answers have cases") {
            let field = |field: &&str| match *field {
                "members" => {
                    let ring = file["rings"][case["ring"].as_str()?].as_array()?;
                    let (start, length) = (case["start"].as_u64()? as usize, case["L"].as_u64()? as usize);
                    flat(&ring.get(start..start + length)?.to_vec().into())
                }
                "holdings" => holdings(case),
                "entries" => terms(case),
                other => flat(&case[other]),
            };
            let net = flat(case.get("net").unwrap_or(&file["net"])).expect("a network");
            if let Some(fields) = fields.iter().map(field).collect::<Option<Vec<_>>>() {
                write("verify", &[&[kind], net.as_slice(), &fields.concat()].concat());
            }
        }
    }
}

/// T and C of the locked enote and of every part.
fn holdings(case: &Value) -> Option<Vec<u8>> {
    let locked = flat(&case["locked"])?;
    let record = LockRecord::parse(&flat(&case["record"])?).ok()?;
    let mut out = [locked.get(64..96)?, &locked[32..64], &[u8::try_from(record.alternatives.len()).ok()?]].concat();
    for parts in &record.alternatives {
        out.push(u8::try_from(parts.len()).ok()?);
        parts.iter().for_each(|part| out.extend([part.asset_tag, part.commitment].concat()));
    }
    Some(out)
}

fn terms(case: &Value) -> Option<Vec<u8>> {
    const ROLES: [&str; 9] = [
        "private-input",
        "vault-input",
        "mint-hidden",
        "output",
        "burn-hidden",
        "mint-public",
        "move-in",
        "burn-public",
        "move-out",
    ];
    let terms = case["terms"].as_array()?;
    let mut out = vec![u8::try_from(terms.len()).ok()?];
    for term in terms {
        let role = ROLES.iter().position(|role| term["role"] == **role)?;
        out.push(role as u8);
        let fields: &[&str] = if role < 5 { &["point"] } else { &["alpha", "amount"] };
        for field in fields {
            out.extend(flat(&term[*field])?);
        }
    }
    Some(out)
}

fn scans(write: &mut impl FnMut(&'static str, &[u8])) {
    let file = known("dero-crypto/tests/vectors/enote.json");
    for case in file["cases"].as_array().expect("known answers have cases") {
        let wallet = case.get("s_m").or(case.get("recipient_s_m")).and_then(flat);
        let (Some(wallet), Some(ic), Some(enote)) = (wallet, flat(&case["ic"]), flat(&case["enote"])) else {
            continue;
        };
        let (nonce, k) = (flat(&case["tx_nonce"]).unwrap_or(vec![0; 16]), case["k"].as_u64().unwrap_or(0) as u32);
        let beside = |key: &str| flat(&case[key]).unwrap_or_default();
        let form = u8::from(case["form"] == "public");
        let parts = [wallet, ic, nonce, k.to_le_bytes().to_vec(), vec![form], enote, beside("a"), beside("alpha")];
        write("scan", &parts.concat());
        write("keys", &parts[5][..96.min(parts[5].len())]);
    }

    let (s_m, context, seed) = ([7; 32], InputContext([8; 32]), EnoteSeed::from_bytes([9; 16]));
    let address = MasterSecret::from_bytes(s_m).audit_key().address_key().address(AddressIndex(3));
    let draft = Draft { context: &context, seed: &seed, amount: Amount(30), asset: AssetId::NATIVE };
    let enote = draft.external(&PARAMETERS.net, &address).enote;
    let mut entries = MemoEntries::new();
    entries.set_text("for the coffee");
    entries.set_payment_id([6; 8]);
    entries.set_reply_address(&address);
    let plaintext = entries.to_bytes().expect("it fits");
    let memo = seal_memo(&seed, &enote.one_time_key, MemoClass::Medium, plaintext.expose()).expect("it fits");
    write("scan", &[&s_m[..], &context.0, &[0; 21], &enote.to_bytes(), &memo].concat());
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
