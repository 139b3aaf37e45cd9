//! Batches of all kinds of items, over windows that overlap, with and without false ones.

use dero_crypto::{NetworkId, batch::Batch, error::BatchError, membership::MEMBER_BYTES};
use rand::{RngExt, rngs::StdRng};
use serde_json::{Value, json};

use crate::statements::{Item, balance, link, member, range, spend, surjection};

const ITEMS: usize = 8;

/// Without a false item, with one, with any.
pub fn cases(net: &NetworkId, ring: &[[u8; MEMBER_BYTES]], rng: &mut StdRng) -> Vec<Value> {
    let mut one = [true; ITEMS];
    one[rng.random_range(0..ITEMS)] = false;
    let any: [bool; ITEMS] = rng.random();
    [("true", [true; ITEMS]), ("one-false", one), ("any-false", any)]
        .map(|(name, verdicts)| case(net, ring, name, verdicts, rng))
        .into()
}

fn case(
    net: &NetworkId,
    ring: &[[u8; MEMBER_BYTES]],
    name: &str,
    verdicts: [bool; ITEMS],
    rng: &mut StdRng,
) -> Value {
    let kinds = ["spend", "member", "link", "surjection", "member", "range", "balance", "spend"];
    let (mut batch, mut items, mut start) = (Batch::new(), Vec::new(), 0);
    for (kind, honest) in kinds.into_iter().zip(verdicts) {
        let Item { mut value, enqueue } = match kind {
            "spend" => spend(net, honest, rng),
            "link" => link(net, honest, rng),
            "surjection" => surjection(net, 3, honest, rng),
            "range" => range(net, 2, honest, rng),
            "balance" => balance(honest, rng),
            _ => {
                start += 5;
                member(net, ring, (2, 4, start, 14), honest, rng)
            }
        };
        assert_eq!(enqueue(&mut batch), items.len(), "place of the item");
        value["type"] = kind.into();
        items.push(value);
    }
    let false_ones: Vec<_> = (0..ITEMS).filter(|place| !verdicts[*place]).collect();
    match batch.verify(rng) {
        Ok(()) => assert!(false_ones.is_empty(), "{name}: {false_ones:?} pass"),
        Err(BatchError::Failed { culprits }) => assert_eq!(culprits, false_ones, "{name}"),
        Err(other) => panic!("{name}: {other}"),
    }
    let mut case = json!({ "name": name, "valid": true, "items": items, "verdicts": verdicts });
    if !false_ones.is_empty() {
        case["valid"] = false.into();
        case["error"] = "bad-proof".into();
    }
    case
}
