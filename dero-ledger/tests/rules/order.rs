//! Step 3.

use dero_ledger::{
    rules::{Blame, TxError},
    transaction::{AcceptPhase, Direction, LockRecord, Transaction, VaultId},
};

use crate::scenes::{DEPOSIT, MOVES, PAYMENT, PAYOUT, SWAP, Scene};

/// `change` breaks the order of `what`; so does the same element twice.
fn disorder(scene: &Scene, what: &str, change: impl FnOnce(&mut Transaction)) {
    let error = scene.refusal(change);
    assert!(
        matches!(error, TxError::Order { what: found, .. } if found == what),
        "{error}, not the order of {what}"
    );
    assert_eq!((error.step(), error.blame()), (3, Blame::Proof));
}

fn twice(scene: &Scene, what: &str, change: impl FnOnce(&mut Transaction)) {
    let error = scene.refusal(change);
    assert!(matches!(error, TxError::Duplicate { what: found } if found == what), "{error}, not {what} twice");
    assert_eq!(error.step(), 3);
}

fn record(tx: &mut Transaction) -> &mut LockRecord {
    tx.body.bundles[0].outputs.iter_mut().find_map(|output| output.lock.as_mut()).expect("a lock record")
}

fn accept(tx: &mut Transaction) -> &mut AcceptPhase {
    record(tx).accept.as_mut().expect("an accept phase")
}

#[test]
fn bundles_ascend_by_their_smallest_anchor() {
    disorder(&SWAP, "bundles", |tx| tx.body.bundles.swap(0, 1));
    disorder(&SWAP, "bundles", |tx| tx.body.bundles[1] = tx.body.bundles[0].clone());
}

#[test]
fn inputs_ascend_by_tag() {
    disorder(&PAYMENT, "inputs", |tx| tx.body.bundles[0].inputs.swap(0, 1));
    disorder(&PAYMENT, "inputs", |tx| tx.body.bundles[0].inputs[1] = tx.body.bundles[0].inputs[0]);
}

#[test]
fn vault_inputs_ascend_by_id() {
    // Each vault adds 32 bytes to Body alone, as long as Ω keeps its size.
    let vaults = |ids: &'static [u8]| {
        move |tx: &mut Transaction| {
            let ids = ids.iter().map(|id| VaultId([*id; 32]));
            tx.body.bundles[0].vault_inputs = ids.collect();
        }
    };
    disorder(&PAYOUT, "vault inputs", vaults(&[2, 1]));
    disorder(&PAYOUT, "vault inputs", vaults(&[2, 2]));
    let error = PAYOUT.refusal(vaults(&[1, 2]));
    assert!(matches!(error, TxError::UnknownVault { .. }), "{error}");
}

#[test]
fn outputs_ascend_by_one_time_key() {
    disorder(&PAYMENT, "outputs", |tx| tx.body.bundles[0].outputs.swap(1, 2));
    disorder(&PAYMENT, "outputs", |tx| {
        let outputs = &mut tx.body.bundles[0].outputs;
        outputs[1].enote.one_time_key = outputs[0].enote.one_time_key;
    });
}

#[test]
fn accepting_keys_ascend() {
    disorder(&DEPOSIT, "accepting keys of a lock record", |tx| accept(tx).keys.swap(0, 1));
    disorder(&DEPOSIT, "accepting keys of a lock record", |tx| accept(tx).keys[1] = accept(tx).keys[0]);
}

#[test]
fn parts_of_an_alternative_ascend_by_one_time_key() {
    disorder(&DEPOSIT, "parts of a sealed alternative", |tx| record(tx).alternatives[1].swap(0, 1));
    disorder(&DEPOSIT, "parts of a sealed alternative", |tx| {
        let parts = &mut record(tx).alternatives[2];
        parts[3] = parts[2];
    });
}

#[test]
fn a_tag_in_two_bundles_is_refused() {
    twice(&SWAP, "L", |tx| {
        let [one, two] = tx.body.bundles.as_mut_slice() else { panic!("two bundles") };
        // Behind the smallest anchors, so that the order of bundles and inputs holds.
        let last = one.inputs[1].tag.max(two.inputs[1].tag);
        one.inputs[1].tag = last;
        two.inputs[1].tag = last;
    });
}

#[test]
fn a_vault_in_two_bundles_is_refused() {
    twice(&SWAP, "vault input", |tx| {
        let [one, two] = tx.body.bundles.as_mut_slice() else { panic!("two bundles") };
        for bundle in [one, two] {
            bundle.vault_inputs.push(VaultId([5; 32]));
        }
        tx.body.payload_length = 44;
        tx.body.payload_digest = dero_ledger::transaction::payload_digest(&[1; 44]);
        tx.payload = vec![1; 44];
        // Ω grows from five to seven entries: still eight with its padding.
    });
}

#[test]
fn a_nonce_twice_is_refused_and_with_another_contract_it_is_not() {
    let again = |tx: &mut Transaction, change: fn(&mut dero_ledger::transaction::PublicMove)| {
        let mut second = tx.body.moves[0].clone();
        assert!(matches!(second.direction, Direction::In { .. }));
        change(&mut second);
        tx.body.moves.push(second);
    };
    twice(&MOVES, "nonce of a contract", |tx| again(tx, |_| {}));
    twice(&MOVES, "nonce of a contract", |tx| again(tx, |second| second.amount += 1));
    let error = MOVES.refusal(|tx| again(tx, |second| second.contract.0[0] ^= 1));
    assert!(!matches!(error, TxError::Duplicate { .. }), "{error}");
}

#[test]
fn equal_ephemeral_keys_are_refused_wherever_they_stand() {
    let first = |tx: &Transaction| tx.body.bundles[0].outputs[0].enote.ephemeral_key;
    twice(&PAYMENT, "De", |tx| tx.body.bundles[0].outputs[2].enote.ephemeral_key = first(tx));
    twice(&SWAP, "De", |tx| tx.body.bundles[1].outputs[1].enote.ephemeral_key = first(tx));
    twice(&DEPOSIT, "De", |tx| record(tx).alternatives[2][3].ephemeral_key = first(tx));
    twice(&DEPOSIT, "De", |tx| {
        let alternatives = &mut record(tx).alternatives;
        alternatives[0][0].ephemeral_key = alternatives[1][1].ephemeral_key;
    });
    twice(&MOVES, "De", |tx| {
        let key = first(tx);
        let Direction::Out { stub } = &mut tx.body.moves[1].direction else { panic!("a move out") };
        stub.ephemeral_key = key;
    });
}

#[test]
fn equal_one_time_keys_are_refused_wherever_they_stand() {
    let last = |tx: &Transaction| tx.body.bundles.last().unwrap().outputs.last().unwrap().enote.one_time_key;
    twice(&SWAP, "Ko", |tx| {
        let (one, two) = (tx.body.bundles[0].outputs[1].enote, tx.body.bundles[1].outputs[1].enote);
        let key = one.one_time_key.max(two.one_time_key);
        tx.body.bundles[0].outputs[1].enote.one_time_key = key;
        tx.body.bundles[1].outputs[1].enote.one_time_key = key;
    });
    twice(&DEPOSIT, "Ko", |tx| record(tx).alternatives[0][0].one_time_key = last(tx));
    twice(&DEPOSIT, "Ko", |tx| {
        let alternatives = &mut record(tx).alternatives;
        alternatives[0][0].one_time_key = alternatives[1][1].one_time_key;
    });
    twice(&MOVES, "Ko", |tx| {
        let key = last(tx);
        let Direction::Out { stub } = &mut tx.body.moves[1].direction else { panic!("a move out") };
        stub.one_time_key = key;
    });
}
