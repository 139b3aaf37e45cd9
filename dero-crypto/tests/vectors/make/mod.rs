//! Our own known answers, in the form of the other files: sizes, signatures and layouts that those do not have.
//!
//! Every value is drawn from a seed, so the files come out the same byte for byte. Refused cases are valid ones with one
//! thing changed; `origin` says which.

mod draw;
mod enotes;
mod keys;
mod proofs;
mod records;
pub mod signer;

use draw::Draw;
use serde_json::{Value, json};

/// The network of all files.
const NET: [u8; 32] = [0x4e; 32];

/// Name without `.json`, and text.
pub fn files() -> Vec<(&'static str, String)> {
    [
        ("authority", records::authority()),
        ("enote", enotes::enote()),
        ("keys", keys::keys()),
        ("memo", records::memo()),
        ("wire", records::wire()),
        ("reference", records::reference()),
        ("member", proofs::member()),
        ("range", proofs::range()),
        ("surjection", proofs::surjection()),
        ("spend", signer::spend()),
    ]
    .map(|(name, file)| {
        let text = serde_json::to_string_pretty(&file).expect("JSON is written") + "\n";
        (name, text)
    })
    .into()
}

fn file(cases: Vec<Value>) -> Value {
    json!({ "spec": 1, "net": hex::encode(NET), "cases": cases })
}

/// A valid case: the fields of `value`, and where they come from.
fn drawn(file: &str, name: &str, make: impl FnOnce(&mut Draw) -> Value) -> Value {
    let mut case = make(&mut Draw::new(file, name));
    case["name"] = name.into();
    case["valid"] = true.into();
    case["origin"] = format!("drawn from the seed {:?}", draw::SEED).into();
    case
}

/// `valid` with one thing changed, refused as `error` by section `rule`.
fn refused(valid: &Value, what: &str, error: &str, rule: &str, change: impl FnOnce(&mut Value)) -> Value {
    let mut case = valid.clone();
    let from = case["name"].as_str().expect("a name").to_owned();
    change(&mut case);
    case["name"] = format!("{from}/{what}").into();
    case["valid"] = false.into();
    case["error"] = error.into();
    case["rule"] = rule.into();
    case["origin"] = format!("{from}, one thing changed: {what}").into();
    case
}

/// `valid` with the point at byte `place` under `key` replaced: by the identity, and by p, another encoding of zero.
fn no_points(valid: &Value, key: &str, name: &str, place: usize) -> [Value; 2] {
    let field = place..place + 32;
    [
        refused(valid, &format!("{name}-identity"), "identity", "1.1", |case| {
            edit(case, key, |b| b[field.clone()].fill(0));
        }),
        refused(valid, &format!("{name}-above-p"), "non-canonical-point", "1.1", |case| {
            edit(case, key, |b| {
                b[field.clone()].fill(0xff);
                (b[field.start], b[field.end - 1]) = (0xed, 0x7f);
            });
        }),
    ]
}

/// `valid` with one byte under `key` too few, one too many, and none.
fn other_lengths(valid: &Value, key: &str, rule: &str) -> [Value; 3] {
    [
        refused(valid, "one-byte-short", "bad-length", rule, |case| edit(case, key, |b| b.truncate(b.len() - 1))),
        refused(valid, "one-byte-long", "bad-length", rule, |case| edit(case, key, |b| b.push(0))),
        refused(valid, "empty", "bad-length", rule, |case| edit(case, key, Vec::clear)),
    ]
}

/// Flips the lowest bit of the byte at `place` of the hex under `key`.
fn flip(case: &mut Value, key: &str, place: usize) {
    edit(case, key, |bytes| bytes[place] ^= 1);
}

fn edit(case: &mut Value, key: &str, change: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = hex::decode(case[key].as_str().expect("hex")).expect("hex");
    change(&mut bytes);
    case[key] = hex::encode(bytes).into();
}
