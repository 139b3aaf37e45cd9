//! Steps 6 to 9: every statement is checked, the first that fails is named, and nothing is accepted by accident.

use dero_crypto::{NetworkId, asset::Issuer, group::Point, membership::ReferenceKind};
use dero_ledger::{
    rules::{LockedVault, Statement, TxError, VaultStatus, Verification},
    transaction::{Direction, Transaction, VaultId, builder::TransactionDraft},
};

use crate::scenes::{
    self, DEPOSIT, MOVES, NATIVE, OPS, PAYMENT, PAYOUT, SHADOW, SWAP, Scene, TOKEN, VAULT, key, plain, rng,
};

fn proof(statement: Statement) -> TxError {
    TxError::Proof(statement)
}

/// Changes the response scalar that ends at `end` bytes of a section.
fn bump(bytes: &mut [u8], end: usize) {
    bytes[end - 32] ^= 1;
}

/// Why a maker who changed OutProofs and signed the change is refused.
fn forged(scene: fn(&mut dyn FnMut(&mut Vec<u8>)) -> Scene, end: usize) -> TxError {
    let scene = scene(&mut |bytes| bump(bytes, end));
    scene.judge(&scene.tx).expect_err("a forgery")
}

fn deposit(forge: &mut dyn FnMut(&mut Vec<u8>)) -> Scene {
    scenes::deposit(forge)
}

fn ops(forge: &mut dyn FnMut(&mut Vec<u8>)) -> Scene {
    scenes::ops(forge)
}

#[test]
fn every_range_value_has_a_link_proof_that_is_checked() {
    // Two outputs, then the parts of the alternatives of two and of four.
    for value in 0..8 {
        assert_eq!(forged(deposit, 192 * (value + 1)), proof(Statement::Link { bundle: 0, value }));
    }
    // Four outputs, then a hidden mint and a hidden burn, whose E stands in Body.
    for (value, end) in [(3, 4 * 192), (4, 4 * 192 + 160), (5, 4 * 192 + 2 * 160)] {
        assert_eq!(forged(ops, end), proof(Statement::Link { bundle: 0, value }));
    }
}

#[test]
fn every_output_and_hidden_burn_has_a_surjection_proof_that_is_checked() {
    let (links, surjection) = (8 * 192, 192);
    for value in 0..2 {
        assert_eq!(
            forged(deposit, links + surjection * (value + 1)),
            proof(Statement::Surjection { bundle: 0, value })
        );
    }
    // Ω has five entries: two images, the native asset, two mints.
    let (links, surjection) = (4 * 192 + 2 * 160, 32 * (4 + 2 * 3));
    for (place, value) in [0, 1, 2, 3, 5].into_iter().enumerate() {
        assert_eq!(
            forged(ops, links + surjection * (place + 1)),
            proof(Statement::Surjection { bundle: 0, value })
        );
    }
}

#[test]
fn every_bundle_has_a_range_proof_that_is_checked() {
    assert_eq!(forged(deposit, 8 * 192 + 2 * 192 + 768), proof(Statement::Range { bundle: 0 }));
    let links = 4 * 192 + 2 * 160;
    assert_eq!(forged(ops, links + 5 * 320 + 768), proof(Statement::Range { bundle: 0 }));
}

#[test]
fn every_lock_record_has_a_sealed_proof_that_is_checked() {
    assert_eq!(forged(deposit, 8 * 192 + 2 * 192 + 768 + 64), proof(Statement::Sealed { record: 0 }));
}

#[test]
fn every_spend_proof_is_checked_by_itself() {
    for input in 0..4 {
        for part in [96, 128, 160] {
            let error = SWAP.refusal(|tx| bump(&mut tx.auth, 160 * input + part));
            assert_eq!(error, proof(Statement::Spend { input }));
        }
    }
    let error = SWAP.refusal(|tx| {
        let (one, two) = tx.auth.split_at_mut(160);
        one.swap_with_slice(&mut two[..160]);
    });
    assert_eq!(error, proof(Statement::Spend { input: 0 }));
}

#[test]
fn every_membership_proof_is_checked() {
    for input in 0..4 {
        let error = SWAP.refusal(|tx| bump(&mut tx.membership, 389 * (input + 1)));
        assert_eq!(error, proof(Statement::Membership { input }));
    }
    let error = SWAP.refusal(|tx| {
        let (one, two) = tx.membership.split_at_mut(389);
        one.swap_with_slice(&mut two[..389]);
    });
    assert_eq!(error, proof(Statement::Membership { input: 0 }));
}

#[test]
fn members_come_from_the_state_of_this_node() {
    // The same transaction over a list in which one member is another enote.
    let mut other =
        Scene { treasury: PAYMENT.treasury.clone(), state: SWAP.treasury.state(), tx: PAYMENT.tx.clone() };
    other.state.assets.clone_from(&PAYMENT.state.assets);
    let refused = other.judge(&other.tx).map(drop);
    assert_eq!(refused, Err(proof(Statement::Membership { input: 0 })));
    let sets = PAYMENT.judge(&PAYMENT.tx).unwrap();
    assert!(sets.effects().reference_sets().iter().all(|set| set.kind() == ReferenceKind::Open));
}

#[test]
fn the_balance_counts_every_term() {
    // Each change keeps every list and length: only the sum notices.
    let changes: [(&str, &Scene, fn(&mut Transaction)); 6] = [
        ("pi", &PAYMENT, |tx| tx.body.balance[0] ^= 1),
        ("fee", &PAYMENT, |tx| tx.body.fee = 9),
        ("amount of a move in", &MOVES, |tx| tx.body.moves[0].amount += 1),
        ("amount of a move out", &MOVES, |tx| tx.body.moves[1].amount -= 1),
        ("asset of a move out", &MOVES, |tx| tx.body.moves[1].asset = SHADOW),
        ("amounts of burn and move in, merged", &MOVES, |tx| {
            // 100 in and 20 burnt, or 80 in and nothing burnt: one is signed.
            tx.body.moves[0].amount = 81;
        }),
    ];
    for (what, scene, change) in changes {
        assert_eq!(scene.refusal(change), proof(Statement::Balance), "{what}");
    }
    let other = VaultStatus::Locked(Box::new(LockedVault { commitment: key(5).1, ..locked() }));
    assert_eq!(payout_with(other), Err(proof(Statement::Balance)), "C of the vault");
}

#[test]
fn public_terms_that_keep_the_sum_are_another_body() {
    // Fee and move out exchanged: 8 and 50 become 10 and 48.
    let error = MOVES.refusal(|tx| {
        tx.body.fee = 10;
        tx.body.moves[1].amount = 48;
    });
    assert_eq!(error, proof(Statement::Link { bundle: 0, value: 0 }));
    // Burn and move in: 20 and 100 become 21 and 101.
    let error = MOVES.refusal(|tx| {
        let dero_ledger::transaction::AssetOp::Burn { amount, .. } = &mut tx.body.ops[0] else { panic!("a burn") };
        *amount += 1;
        tx.body.moves[0].amount += 1;
    });
    assert_eq!(error, proof(Statement::Link { bundle: 0, value: 0 }));
    assert!(matches!(MOVES.tx.body.moves[0].direction, Direction::In { .. }));
}

fn locked() -> LockedVault {
    match &PAYOUT.state.vaults[&VAULT] {
        VaultStatus::Locked(locked) => **locked,
        other => panic!("{other:?}"),
    }
}

fn payout_with(status: VaultStatus) -> Result<(), TxError> {
    let mut state = PAYOUT.treasury.state();
    state.contracts.clone_from(&PAYOUT.state.contracts);
    state.vaults.insert(VAULT, status);
    let scene = Scene { treasury: PAYOUT.treasury.clone(), state, tx: PAYOUT.tx.clone() };
    scene.judge(&scene.tx).map(drop)
}

#[test]
fn the_tag_of_a_vault_is_in_omega() {
    let other = VaultStatus::Locked(Box::new(LockedVault { asset_tag: key(6).1, ..locked() }));
    assert!(matches!(payout_with(other), Err(TxError::Proof(Statement::Surjection { bundle: 0, .. }))));
}

#[test]
fn the_payout_key_signs() {
    let authority = |input| proof(Statement::VaultAuthority { input });
    assert_eq!(PAYOUT.refusal(|tx| bump(&mut tx.auth, 160 + 64)), authority(0));
    let other = VaultStatus::Locked(Box::new(LockedVault { authority: Some(key(42).1), ..locked() }));
    assert_eq!(payout_with(other), Err(authority(0)));
}

#[test]
fn the_issuer_signs_each_op_at_its_place() {
    for (op, end) in [(0, 320 + 64), (1, 320 + 128), (2, 320 + 192)] {
        assert_eq!(OPS.refusal(|tx| bump(&mut tx.auth, end)), proof(Statement::Issuer { op }));
    }
    let error = OPS.refusal(|tx| {
        let (one, two) = tx.auth[320..].split_at_mut(64);
        one.swap_with_slice(&mut two[..64]);
    });
    assert_eq!(error, proof(Statement::Issuer { op: 0 }));
    let mut state = OPS.treasury.state();
    state.assets.clone_from(&OPS.state.assets);
    state.assets.get_mut(&SHADOW).unwrap().descriptor.issuer = Issuer::Key(key(12).1.to_bytes());
    let scene = Scene { treasury: OPS.treasury.clone(), state, tx: OPS.tx.clone() };
    assert_eq!(scene.judge(&scene.tx).map(drop), Err(proof(Statement::Issuer { op: 2 })));
}

#[test]
fn a_signature_of_another_transaction_is_refused() {
    // The same Body under other OutProofs is another transaction to sign.
    let issued = scenes::ops(|bytes| bump(bytes, 192));
    assert_eq!(issued.tx.body, OPS.tx.body);
    for op in 0..3 {
        let place = 320 + 64 * op..320 + 64 * (op + 1);
        let error = OPS.refusal(|tx| tx.auth[place.clone()].copy_from_slice(&issued.tx.auth[place.clone()]));
        assert_eq!(error, proof(Statement::Issuer { op }));
    }
    let error = OPS.refusal(|tx| tx.auth[..160].copy_from_slice(&issued.tx.auth[..160]));
    assert_eq!(error, proof(Statement::Spend { input: 0 }));
}

#[test]
fn a_batch_names_the_transactions_that_fail_and_accepts_the_others() {
    let mut verification = Verification::new(&PAYMENT.treasury.parameters);
    let mut broken = SWAP.tx.clone();
    bump(&mut broken.auth, 2 * 160);
    for (scene, tx) in [(&*PAYMENT, &PAYMENT.tx), (&*SWAP, &broken), (&*OPS, &OPS.tx)] {
        verification.push(scene.check(tx).unwrap()).unwrap();
    }
    let verdicts = verification.verify(&mut rand::rng());
    let verdicts: Vec<Result<(), TxError>> = verdicts.into_iter().map(|verdict| verdict.map(drop)).collect();
    assert_eq!(verdicts, [Ok(()), Err(proof(Statement::Spend { input: 1 })), Ok(())]);
}

#[test]
fn the_first_statement_in_the_order_of_the_law_is_named() {
    let error = PAYOUT.refusal(|tx| {
        let end = tx.membership.len();
        bump(&mut tx.membership, end);
        bump(&mut tx.auth, 160);
        bump(&mut tx.auth, 160 + 64);
    });
    assert_eq!(error, proof(Statement::VaultAuthority { input: 0 }));
    let error = PAYMENT.refusal(|tx| {
        let end = tx.membership.len();
        bump(&mut tx.membership, end);
        bump(&mut tx.auth, 160);
    });
    assert_eq!(error, proof(Statement::Spend { input: 0 }));
}

#[test]
fn the_number_of_equations_follows_from_body_and_state() {
    for ((name, scene), expected) in scenes::all().into_iter().zip([
        // 1 balance, 2 a link, 2 a spend, 2 a surjection, 1 a range proof, 2 a membership.
        1 + 3 * 2 + 2 * 2 + 3 * 2 + 1 + 2 * 2,
        1 + 4 * 2 + 4 * 2 + 4 * 2 + 2 + 4 * 2,
        // Eight range values, one sealed proof, surjections of two outputs.
        1 + 8 * 2 + 1 + 2 + 2 * 2 + 1 + 2,
        // One authority signature.
        1 + 1 + 2 * 2 + 2 + 2 * 2 + 1 + 2,
        // Three issuer signatures; a hidden mint without and a hidden burn with surjection.
        1 + 3 + 6 * 2 + 2 * 2 + 5 * 2 + 1 + 2 * 2,
        // Two bundles, one private input.
        1 + 3 * 2 + 2 + 3 * 2 + 2 + 2,
    ]) {
        let mut verification = Verification::new(&scene.treasury.parameters);
        verification.push(scene.check(&scene.tx).unwrap()).unwrap();
        assert_eq!(verification.equations(), expected, "{name}");
    }
}

#[test]
fn no_transactions_have_no_verdicts() {
    let verification = Verification::new(&PAYMENT.treasury.parameters);
    assert!(verification.is_empty());
    assert!(verification.verify(&mut rand::rng()).is_empty());
}

#[test]
fn a_verdict_holds_only_for_the_state_that_it_was_made_on() {
    let verdict = PAYOUT.judge(&PAYOUT.tx).unwrap().verdict();
    let again = PAYOUT.check(&PAYOUT.tx).unwrap();
    assert_eq!(again.effects().verdict_key(), *verdict.key());
    assert!(again.accept(&verdict).is_ok());
    // Another C or T under the same id, as after a reorganisation.
    for other in [LockedVault { commitment: key(5).1, ..locked() }, LockedVault { asset_tag: key(6).1, ..locked() }]
    {
        let mut state = PAYOUT.treasury.state();
        state.contracts.clone_from(&PAYOUT.state.contracts);
        state.vaults.insert(VAULT, VaultStatus::Locked(Box::new(other)));
        let scene = Scene { treasury: PAYOUT.treasury.clone(), state, tx: PAYOUT.tx.clone() };
        assert!(scene.check(&scene.tx).unwrap().accept(&verdict).is_err(), "warm cache");
        assert!(scene.judge(&scene.tx).is_err(), "cold cache");
    }
    // Another list: the accumulators differ.
    let verdict = PAYMENT.judge(&PAYMENT.tx).unwrap().verdict();
    let mut other =
        Scene { treasury: PAYMENT.treasury.clone(), state: SWAP.treasury.state(), tx: PAYMENT.tx.clone() };
    other.state.assets.clone_from(&PAYMENT.state.assets);
    assert!(other.check(&other.tx).unwrap().accept(&verdict).is_err());
    // Another issuer key.
    let verdict = OPS.judge(&OPS.tx).unwrap().verdict();
    let mut state = OPS.treasury.state();
    state.assets.clone_from(&OPS.state.assets);
    state.assets.get_mut(&SHADOW).unwrap().descriptor.issuer = Issuer::Key(key(12).1.to_bytes());
    let other = Scene { treasury: OPS.treasury.clone(), state, tx: OPS.tx.clone() };
    assert!(other.check(&other.tx).unwrap().accept(&verdict).is_err());
    // Another transaction, and one over the same sets.
    assert!(PAYMENT.check(&PAYMENT.tx).unwrap().accept(&verdict).is_err());
    let mut rng = rng(33);
    let bundle = PAYMENT.treasury.bundle(&[1, 13], &[(NATIVE, 992), (TOKEN, 100)], &mut rng);
    let draft = TransactionDraft { fee: 8, bundles: vec![bundle], ..plain() };
    let tx = PAYMENT.treasury.finish(draft, &mut rng).unwrap();
    let verdict = PAYMENT.judge(&PAYMENT.tx).unwrap().verdict();
    assert!(PAYMENT.check(&tx).unwrap().accept(&verdict).is_err());
}

#[test]
fn a_vault_id_fixes_enote_context_and_record() {
    let net = &DEPOSIT.treasury.parameters.net;
    let contexts = DEPOSIT.tx.body.input_contexts(net).unwrap();
    let output = DEPOSIT.tx.body.bundles[0].outputs.iter().find(|output| output.lock.is_some()).unwrap();
    let (record, enote) = (output.lock.clone().unwrap(), output.enote);
    let id = record.vault_id(net, &contexts[0], &enote);
    let mut ids = vec![id];
    let mut other = |id: VaultId| ids.push(id);
    for change in 0..3 {
        let mut enote = enote;
        match change {
            0 => enote.commitment = key(5).1.to_bytes(),
            1 => enote.asset_tag = key(5).1.to_bytes(),
            _ => enote.pay_enc[0] ^= 1,
        }
        other(record.vault_id(net, &contexts[0], &enote));
    }
    let mut due = record.clone();
    due.due += 1;
    other(due.vault_id(net, &contexts[0], &enote));
    let mut context = contexts[0];
    context.0[0] ^= 1;
    other(record.vault_id(net, &context, &enote));
    other(record.vault_id(&NetworkId([8; 32]), &contexts[0], &enote));
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 7);
    assert!(Point::decode(&enote.commitment, "C").is_ok());
}
