//! Locked enotes: their records with sealed alternatives, and the signatures about them.

use dero_crypto::{
    NetworkId,
    asset::AssetId,
    enote::{Anchor, InputContext, MadeEnote},
    group::{Element, domain},
    sigma::{
        Accept, Alternatives, Holding, Opening, SchnorrProof, SealedProof, SealedStatement, SealedWitness,
        VaultAuth,
    },
};
use rand::{RngExt, rngs::StdRng};
use serde_json::{Value, json};

use crate::statements::{hex_of, payment, point, repeat, secret};

pub fn authority(net: &NetworkId, rng: &mut StdRng) -> Vec<Value> {
    let [mut payouts, accepts] = ["vault-auth", "accept"].map(|kind| {
        repeat(|name| {
            let p = secret(rng);
            let key = point(Element::mul_base(p.expose()));
            let (vault_id, other, i): ([u8; 32], [u8; 32], u64) =
                (rng.random(), rng.random(), rng.random_range(0..4));
            let (statement, mut case) = if kind == "vault-auth" {
                let statement = VaultAuth { net: *net, m_tx: other, vault_id, key }.statement();
                (statement, json!({ "m_tx": hex::encode(other) }))
            } else {
                let statement = Accept { net: *net, vault_id, txid: other, index: i, key }.statement();
                (statement, json!({ "txid": hex::encode(other), "i": i }))
            };
            case["name"] = format!("{kind}-{name}").into();
            case["valid"] = true.into();
            case["kind"] = kind.into();
            case["vault_id"] = hex::encode(vault_id).into();
            case["P"] = hex_of(&key).into();
            case["proof"] =
                hex::encode(SchnorrProof::prove(&statement, &p, rng).expect("a proof").to_bytes()).into();
            case
        })
    });
    payouts.extend(accepts);
    payouts
}

/// One alternative, several, and as many as there may be.
pub fn sealed(net: &NetworkId, rng: &mut StdRng) -> Vec<Value> {
    let shapes: [&[usize]; 4] = [&[1], &[1, 2, 1], &[4, 3], &[2; 8]];
    shapes.map(|parts| deposit(net, parts, rng)).into()
}

fn deposit(net: &NetworkId, shape: &[usize], rng: &mut StdRng) -> Value {
    let asset = AssetId(rng.random());
    let context = InputContext::bundle(net, &Anchor::Tag(rng.random()));
    let amount = rng.random();
    let locked = payment(net, &context, asset, amount, rng);
    let mut alternatives = Vec::new();
    for (j, parts) in (1..).zip(shape) {
        let context = context.sealed(&locked.enote.one_time_key, j);
        let mut left = amount;
        let mut made: Vec<_> = (1..=*parts)
            .map(|b| {
                let part = if b == *parts { left } else { rng.random_range(0..=left) };
                left -= part;
                payment(net, &context, asset, part, rng)
            })
            .collect();
        made.sort_by_key(|part| part.enote.one_time_key);
        alternatives.push(made);
    }

    let height: u64 = rng.random_range(0..1 << 40);
    let (record, locked_bytes) = (record(&alternatives, height, rng), locked.enote.to_bytes());
    let record_digest = domain::VAULT_RECORD.hash(&[&record]);
    let (ic, body_digest): (_, [u8; 32]) = (context.0, rng.random());
    let vault_id = domain::VAULT_ID.hash(&[&net.0, &ic, &locked_bytes, &record_digest]);
    let openings: Vec<Vec<_>> =
        alternatives.iter().map(|parts| parts.iter().map(|part| Opening::from(&part.opening)).collect()).collect();
    let witness = SealedWitness::from_openings(&Opening::from(&locked.opening), &openings);
    let holdings = alternatives.iter().map(|parts| parts.iter().map(holding).collect()).collect();
    let alternatives = Alternatives::new(holding(&locked), holdings).expect("all masks differ");
    let statement = SealedStatement { net: *net, body_digest, vault_id, alternatives: &alternatives };
    let proof = SealedProof::prove(&statement, &witness, rng).expect("a proof");
    json!({
        "name": format!("parts-{shape:?}"), "valid": true, "ic": hex::encode(ic), "locked": hex::encode(locked_bytes),
        "record": hex::encode(record), "height": height, "record_digest": hex::encode(record_digest),
        "vault_id": hex::encode(vault_id), "body_digest": hex::encode(body_digest),
        "proof": hex::encode(proof.to_bytes()),
    })
}

/// The bytes of a lock record, with an accept phase or without (12.2).
fn record(alternatives: &[Vec<MadeEnote>], height: u64, rng: &mut StdRng) -> Vec<u8> {
    let accept: bool = rng.random();
    let mut keys: Vec<[u8; 32]> = Vec::new();
    if accept {
        keys.resize_with(rng.random_range(1..=4), || point(Element::random(rng)).to_bytes());
    }
    keys.sort_unstable();
    let payout = if rng.random() { point(Element::random(rng)).to_bytes() } else { [0; 32] };
    let (accept_by, due) = (if accept { height + rng.random_range(0..100) } else { 0 }, height + 100);
    let contract: [u8; 32] = rng.random();
    let mut bytes = vec![u8::from(accept)];
    bytes.extend(contract);
    bytes.extend(payout);
    bytes.extend(due.to_le_bytes());
    bytes.push(rng.random_range(0..=alternatives.len()) as u8);
    bytes.extend(accept_by.to_le_bytes());
    bytes.push(keys.len() as u8);
    bytes.extend(keys.concat());
    bytes.push(alternatives.len() as u8);
    for parts in alternatives {
        bytes.push(parts.len() as u8);
        parts.iter().for_each(|part| bytes.extend(part.enote.to_bytes()));
    }
    bytes
}

fn holding(made: &MadeEnote) -> Holding {
    let enote = made.enote.decode().expect("points");
    Holding { T: *enote.asset_tag(), C: *enote.commitment() }
}
