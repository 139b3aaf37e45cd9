//! Who can change what: nobody anything that is signed (10.2).

use dero_crypto::membership::Reference;
use dero_ledger::{
    rules::{Statement, TxError, Verification, VerifiedTransaction},
    transaction::{AssetOp, Digests, Transaction},
};

use crate::scenes::{self, DEPOSIT, MOVES, NATIVE, OPS, PAYMENT, SWAP, Scene, plain, rng};

/// Flips one bit of every byte, and judges what comes out with `judge`.
fn flip(stride: usize, judge: fn(&Scene, &[u8]) -> Result<VerifiedTransaction, TxError>) {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    for (name, scene) in scenes::all() {
        let net = scene.treasury.parameters.net;
        let (bytes, digests) = (&scene.tx.encode(&net), &Digests::of(&scene.tx, &net));
        let places: Vec<usize> = (0..bytes.len()).step_by(stride).collect();
        std::thread::scope(|scope| {
            for share in places.chunks(places.len().div_ceil(4 * threads)) {
                scope.spawn(move || {
                    share.iter().for_each(|place| flipped(name, scene, bytes, digests, *place, judge))
                });
            }
        });
    }
}

fn flipped(
    name: &str,
    scene: &Scene,
    bytes: &[u8],
    digests: &Digests,
    place: usize,
    judge: fn(&Scene, &[u8]) -> Result<VerifiedTransaction, TxError>,
) {
    let mut changed = bytes.to_vec();
    changed[place] ^= 1 << (place % 8);
    let Ok(verified) = judge(scene, &changed) else { return };
    // Only another anchor of equal length is another spelling of the same statement.
    let found = verified.effects().tx().digests();
    assert_eq!(found.txid, digests.txid, "{name}: byte {place}");
    assert_ne!(found.wtxid, digests.wtxid, "{name}: byte {place}");
    let tx = verified.effects().tx().transaction();
    let end = bytes.len() - tx.memos.len() - tx.payload.len() - 8;
    let in_membership = place + tx.membership.len() - end;
    assert!((1..5).contains(&(in_membership % (5 + 384))), "{name}: byte {place}");
}

#[test]
fn a_flipped_bit_is_refused_by_the_common_sum() {
    flip(61, |scene, bytes| scene.judge_bytes(bytes));
}

#[test]
fn a_flipped_bit_of_any_byte_is_refused_by_one_statement() {
    flip(1, |scene, bytes| {
        let mut verification = Verification::new(&scene.treasury.parameters);
        verification.push(scene.check_bytes(bytes)?)?;
        verification.verify_in_order(&mut rand::rng()).remove(0)
    });
}

/// Two payments of one wallet over one list, both signed.
fn pair() -> (Scene, Transaction) {
    let mut rng = rng(41);
    let treasury = PAYMENT.treasury.clone();
    let mut build = |coins: &[usize]| {
        let bundle = treasury.bundle(coins, &[(NATIVE, 900), (NATIVE, 1_096)], &mut rng);
        let draft =
            dero_ledger::transaction::builder::TransactionDraft { fee: 4, bundles: vec![bundle], ..plain() };
        treasury.finish(draft, &mut rng).unwrap()
    };
    let (one, two) = (build(&[0, 1]), build(&[2, 3]));
    (Scene { state: treasury.state(), treasury, tx: one }, two)
}

#[test]
fn parts_of_two_signed_transactions_do_not_combine() {
    let (scene, other) = pair();
    assert!(scene.judge(&scene.tx).is_ok() && scene.judge(&other).is_ok());
    let exchange: [(&str, fn(&mut Transaction, &Transaction)); 9] = [
        ("outputs", |tx, other| tx.body.bundles[0].outputs.clone_from(&other.body.bundles[0].outputs)),
        ("inputs", |tx, other| tx.body.bundles[0].inputs.clone_from(&other.body.bundles[0].inputs)),
        ("bundles", |tx, other| tx.body.bundles.clone_from(&other.body.bundles)),
        ("tx_nonce", |tx, other| tx.body.bundles[0].tx_nonce = other.body.bundles[0].tx_nonce),
        ("pi", |tx, other| tx.body.balance = other.body.balance),
        ("OutProofs", |tx, other| tx.out_proofs.clone_from(&other.out_proofs)),
        ("Auth", |tx, other| tx.auth.clone_from(&other.auth)),
        ("Membership", |tx, other| tx.membership.clone_from(&other.membership)),
        ("bundles and OutProofs", |tx, other| {
            tx.body.bundles.clone_from(&other.body.bundles);
            tx.body.balance = other.body.balance;
            tx.out_proofs.clone_from(&other.out_proofs);
        }),
    ];
    for (what, change) in exchange {
        let mut tx = scene.tx.clone();
        change(&mut tx, &other);
        let error = scene.judge(&tx).expect_err(what);
        assert!(error.step() >= 3, "{what}: {error}");
    }
}

#[test]
fn every_field_of_body_is_signed() {
    // Each of these leaves all lengths and lists as they are, so that proofs alone can notice.
    let changes: [(&str, &Scene, fn(&mut Transaction)); 11] = [
        ("expiry", &PAYMENT, |tx| tx.body.expiry += 1),
        ("no expiry", &PAYMENT, |tx| tx.body.expiry = 0),
        ("valid_from", &PAYMENT, |tx| tx.body.valid_from = 1),
        ("tx_nonce", &PAYMENT, |tx| tx.body.bundles[0].tx_nonce[0] ^= 1),
        ("view tag", &PAYMENT, |tx| tx.body.bundles[0].outputs[0].enote.view_tag_1 ^= 1),
        ("sealed amount", &PAYMENT, |tx| tx.body.bundles[0].outputs[0].enote.pay_enc[0] ^= 1),
        ("due", &DEPOSIT, |tx| lock(tx).due += 1),
        ("default", &DEPOSIT, |tx| lock(tx).default = 1),
        ("payout key", &DEPOSIT, |tx| lock(tx).authority = [0; 32]),
        ("bundle of a move", &MOVES, |tx| tx.body.moves[1].bundle = 1),
        ("bundle of an op", &MOVES, |tx| {
            let AssetOp::Burn { bundle, .. } = &mut tx.body.ops[0] else { panic!("a burn") };
            *bundle ^= 1;
        }),
    ];
    for (what, scene, change) in changes {
        let error = scene.refusal(change);
        assert_eq!(error, TxError::Proof(Statement::Link { bundle: 0, value: 0 }), "{what}");
    }
}

fn lock(tx: &mut Transaction) -> &mut dero_ledger::transaction::LockRecord {
    tx.body.bundles[0].outputs.iter_mut().find_map(|output| output.lock.as_mut()).expect("a lock record")
}

#[test]
fn a_payload_changed_with_its_digest_breaks_the_proofs() {
    let error = DEPOSIT.refusal(|tx| {
        tx.payload[9] ^= 1;
        tx.body.payload_digest = dero_ledger::transaction::payload_digest(&tx.payload);
    });
    assert_eq!(error, TxError::Proof(Statement::Link { bundle: 0, value: 0 }));
}

#[test]
fn out_proofs_made_anew_have_the_same_txid_and_need_new_spend_proofs() {
    // The same draft proven twice: equal Body, other proofs.
    let mut rng = rng(42);
    let treasury = PAYMENT.treasury.clone();
    let bundle = treasury.bundle(&[4], &[(NATIVE, 1_000), (NATIVE, 0)], &mut rng);
    let draft = dero_ledger::transaction::builder::TransactionDraft { bundles: vec![bundle], ..plain() };
    let scene = Scene { state: treasury.state(), treasury, tx: PAYMENT.tx.clone() };
    let [one, two] = [(); 2].map(|()| scene.treasury.finish(draft.clone(), &mut rng).unwrap());
    let net = scene.treasury.parameters.net;
    let (a, b) = (Digests::of(&one, &net), Digests::of(&two, &net));
    assert_eq!((one.body.clone(), a.txid), (two.body.clone(), b.txid));
    assert!(a.wtxid != b.wtxid && a.signing != b.signing);
    let mixed = Transaction { out_proofs: two.out_proofs.clone(), ..one.clone() };
    let refused = scene.judge(&mixed).map(drop);
    assert_eq!(refused, Err(TxError::Proof(Statement::Spend { input: 0 })));
    // Membership binds neither: that of one serves the other.
    let moved = Transaction { membership: two.membership, ..one };
    assert!(scene.judge(&moved).is_ok());
}

#[test]
fn a_bundle_lifted_into_another_body_is_refused() {
    let error = SWAP.refusal(|tx| {
        tx.body.bundles.truncate(1);
        tx.out_proofs.truncate(2 * 192 + 2 * 256 + 640);
        // Ω of three entries has proofs of the size of four: 256 bytes in place of 320.
        tx.auth.truncate(2 * 160);
        tx.membership.truncate(2 * (5 + 384));
    });
    assert!(matches!(error, TxError::Proof(Statement::Balance)) || error.step() == 5, "{error}");
}

#[test]
fn a_missing_bundle_proof_or_signature_is_refused() {
    assert!(SWAP.refusal_or(|tx| tx.auth.truncate(3 * 160)).is_some());
    assert!(SWAP.refusal_or(|tx| tx.membership.truncate(3 * 389)).is_some());
    assert!(SWAP.refusal_or(|tx| tx.out_proofs.truncate(tx.out_proofs.len() / 2)).is_some());
    assert!(SWAP.refusal_or(|tx| tx.body.bundles.truncate(1)).is_some());
}

#[test]
fn a_transaction_of_another_network_is_refused_behind_the_net_tag_too() {
    // A network with the same first four bytes.
    for (_, scene) in scenes::all() {
        let mut treasury = scene.treasury.clone();
        treasury.parameters.net.0[31] ^= 1;
        let mut state = treasury.state();
        state.contracts.clone_from(&scene.state.contracts);
        state.vaults.clone_from(&scene.state.vaults);
        state.assets.clone_from(&scene.state.assets);
        let other = Scene { treasury, state, tx: scene.tx.clone() };
        let error = other.judge(&other.tx).expect_err("another network");
        // The new asset of OPS has another id there.
        assert!(error.step() == 6 || matches!(error, TxError::UnknownAsset { .. }), "{error}");
    }
}

#[test]
fn a_reference_to_the_same_members_in_another_spelling_is_refused() {
    let closed = Reference::Closed { group: 0 }.to_bytes();
    for (_, scene) in scenes::all() {
        let error = scene.refusal(|tx| tx.membership[..5].copy_from_slice(&closed));
        assert_eq!(error, TxError::Proof(Statement::Membership { input: 0 }));
    }
    assert_eq!(OPS.treasury.coins().len() as u64, OPS.treasury.parameters.sets.size());
}
