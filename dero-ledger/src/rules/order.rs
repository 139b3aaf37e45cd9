//! Step 3: one order for every list, and nothing twice.
//!
//! Who can reorder can make a second transaction of the same effect; equal keys, tags or anchors are how enotes
//! are burnt and spent twice. Everything here compares bytes.

use alloc::{collections::BTreeSet, vec::Vec};

use super::TxError;
use crate::transaction::{Body, Bundle, Direction, LockRecord};

pub(crate) fn check(body: &Body) -> Result<(), TxError> {
    let anchors = (0..body.bundles.len()).map(|bundle| body.smallest_anchor(bundle));
    ascending("bundles", 0, anchors)?;
    for (place, bundle) in body.bundles.iter().enumerate() {
        check_bundle(bundle, place)?;
    }
    let bundles = || body.bundles.iter();
    let inputs = || bundles().flat_map(|bundle| &bundle.inputs);
    distinct("L", inputs().map(|input| input.tag))?;
    distinct("vault input", bundles().flat_map(|bundle| &bundle.vault_inputs))?;
    let entitlements = body.moves.iter().filter_map(|public_move| match public_move.direction {
        Direction::In { nonce } => Some((public_move.contract, nonce)),
        Direction::Out { .. } => None,
    });
    distinct("nonce of a contract", entitlements)?;
    let enotes = || {
        let outputs = bundles().flat_map(|bundle| &bundle.outputs).map(|output| &output.enote);
        outputs.chain(body.lock_records().flat_map(|record| &record.alternatives).flatten())
    };
    let stubs = || body.moves.iter().filter_map(|public_move| public_move.stub());
    let ephemeral = enotes().map(|enote| enote.ephemeral_key);
    distinct("De", ephemeral.chain(stubs().map(|stub| stub.ephemeral_key)))?;
    let one_time = enotes().map(|enote| enote.one_time_key);
    distinct("Ko", one_time.chain(stubs().map(|stub| stub.one_time_key)))
}

fn check_bundle(bundle: &Bundle, place: usize) -> Result<(), TxError> {
    ascending("inputs", place, bundle.inputs.iter().map(|input| input.tag))?;
    ascending("vault inputs", place, &bundle.vault_inputs)?;
    ascending("outputs", place, bundle.outputs.iter().map(|output| output.enote.one_time_key))?;
    bundle.outputs.iter().filter_map(|output| output.lock.as_ref()).try_for_each(|lock| check_record(lock, place))
}

fn check_record(record: &LockRecord, place: usize) -> Result<(), TxError> {
    let keys = record.accept.iter().flat_map(|accept| &accept.keys);
    ascending("accepting keys of a lock record", place, keys)?;
    record.alternatives.iter().try_for_each(|parts| {
        ascending("parts of a sealed alternative", place, parts.iter().map(|part| part.one_time_key))
    })
}

fn ascending<T: Ord>(what: &'static str, bundle: usize, items: impl IntoIterator<Item = T>) -> Result<(), TxError> {
    let items: Vec<T> = items.into_iter().collect();
    match items.windows(2).position(|pair| pair[0] >= pair[1]) {
        Some(place) => Err(TxError::Order { what, bundle, place: place + 1 }),
        None => Ok(()),
    }
}

fn distinct<T: Ord>(what: &'static str, items: impl IntoIterator<Item = T>) -> Result<(), TxError> {
    let mut seen = BTreeSet::new();
    if items.into_iter().all(|item| seen.insert(item)) { Ok(()) } else { Err(TxError::Duplicate { what }) }
}
