//! Step 5: fields that are no points or scalars, wherever they stand.

use dero_crypto::{
    DecodeError,
    asset::Issuer,
    group::{Point, Scalar},
    sigma::SealedError,
};
use dero_ledger::{
    rules::{Blame, Place, TxError},
    transaction::{AssetOp, Direction, LockRecord, Transaction},
};

use crate::scenes::{DEPOSIT, MOVES, OPS, PAYMENT, PAYOUT, SWAP, Scene};

/// No encoding of an element: the field element is negative.
const NEGATIVE: [u8; 32] = {
    let mut bytes = [0; 32];
    bytes[0] = 1;
    bytes
};
const IDENTITY: [u8; 32] = [0; 32];

fn encoding(error: &TxError) -> Option<(Place, DecodeError)> {
    match error {
        TxError::Encoding { place, error } => Some((*place, *error)),
        _ => None,
    }
}

/// Both a wrong encoding and the identity are refused in a point field of Body.
fn point(scene: &Scene, place: Place, what: &str, field: impl Fn(&mut Transaction) -> &mut [u8; 32]) {
    for (bytes, identity) in [(NEGATIVE, false), (IDENTITY, true)] {
        let error = scene.refusal(|tx| *field(tx) = bytes);
        // A key that sorts its list may break the order first.
        if error.step() == 3 {
            continue;
        }
        let Some((found, error)) = encoding(&error) else { panic!("{what}: {error}") };
        assert_eq!(found, place, "{what}");
        match error {
            DecodeError::Identity { what: field } => assert!(identity && field == what, "{field}, not {what}"),
            DecodeError::Point { what: field } => assert!(!identity && field == what, "{field}, not {what}"),
            other => panic!("{what}: {other}"),
        }
    }
}

#[test]
fn every_point_of_a_bundle_is_decoded() {
    for b in 0..2 {
        let place = Place::Bundle(b);
        for i in 0..2 {
            point(&SWAP, place, "L", |tx| &mut tx.body.bundles[b].inputs[i].tag);
            point(&SWAP, place, "K~", |tx| &mut tx.body.bundles[b].inputs[i].key);
            point(&SWAP, place, "C~", |tx| &mut tx.body.bundles[b].inputs[i].commitment);
            point(&SWAP, place, "T~", |tx| &mut tx.body.bundles[b].inputs[i].asset_tag);
            point(&SWAP, place, "Ko", |tx| &mut tx.body.bundles[b].outputs[i].enote.one_time_key);
            point(&SWAP, place, "C", |tx| &mut tx.body.bundles[b].outputs[i].enote.commitment);
            point(&SWAP, place, "T", |tx| &mut tx.body.bundles[b].outputs[i].enote.asset_tag);
            point(&SWAP, place, "De", |tx| &mut tx.body.bundles[b].outputs[i].enote.ephemeral_key);
        }
    }
}

fn record(tx: &mut Transaction) -> &mut LockRecord {
    tx.body.bundles[0].outputs.iter_mut().find_map(|output| output.lock.as_mut()).expect("a lock record")
}

#[test]
fn every_point_of_a_lock_record_is_decoded() {
    let place = Place::Bundle(0);
    for (j, b) in [(0, 0), (1, 0), (1, 1), (2, 3)] {
        point(&DEPOSIT, place, "Ko", |tx| &mut record(tx).alternatives[j][b].one_time_key);
        point(&DEPOSIT, place, "C", |tx| &mut record(tx).alternatives[j][b].commitment);
        point(&DEPOSIT, place, "T", |tx| &mut record(tx).alternatives[j][b].asset_tag);
        point(&DEPOSIT, place, "De", |tx| &mut record(tx).alternatives[j][b].ephemeral_key);
    }
    point(&DEPOSIT, place, "P_acc", |tx| &mut record(tx).accept.as_mut().unwrap().keys[0]);
}

#[test]
fn zeros_as_payout_key_mean_none_and_other_bytes_a_point() {
    let with = |bytes| DEPOSIT.refusal(|tx| record(tx).authority = bytes);
    let none = with(IDENTITY);
    assert_eq!(none.step(), 6, "decoded nothing, and reached the proofs, which bind the record: {none}");
    let error = DecodeError::Point { what: "P_auth" };
    assert_eq!(with(NEGATIVE), TxError::Encoding { place: Place::Bundle(0), error });
}

#[test]
fn every_point_of_an_op_is_decoded() {
    fn hidden(tx: &mut Transaction, op: usize) -> [&mut [u8; 32]; 2] {
        match &mut tx.body.ops[op] {
            AssetOp::MintHidden { commitment, range_commitment, .. }
            | AssetOp::BurnHidden { commitment, range_commitment, .. } => [commitment, range_commitment],
            other => panic!("{other:?} hides nothing"),
        }
    }
    for op in [2, 3] {
        point(&OPS, Place::Op(op), "Mc", |tx| {
            let [commitment, _] = hidden(tx, op);
            commitment
        });
        point(&OPS, Place::Op(op), "E", |tx| {
            let [_, range_commitment] = hidden(tx, op);
            range_commitment
        });
    }
    point(&OPS, Place::Op(3), "T'", |tx| match &mut tx.body.ops[3] {
        AssetOp::BurnHidden { asset_tag, .. } => asset_tag,
        other => panic!("{other:?}"),
    });
}

#[test]
fn an_issuer_key_is_a_point() {
    // The asset of the mint is that of the changed registration: only the key is wrong.
    for (bytes, error) in [
        (NEGATIVE, DecodeError::Point { what: "issuer key" }),
        (IDENTITY, DecodeError::Identity { what: "issuer key" }),
    ] {
        let mut state = OPS.treasury.state();
        state.assets.clone_from(&OPS.state.assets);
        let row = state.assets.get_mut(&crate::scenes::SHADOW).unwrap();
        row.descriptor.issuer = Issuer::Key(bytes);
        let scene = Scene { treasury: OPS.treasury.clone(), state, tx: OPS.tx.clone() };
        assert_eq!(scene.judge(&scene.tx).map(drop), Err(TxError::Encoding { place: Place::Op(2), error }));
    }
}

#[test]
fn both_points_of_a_stub_are_decoded() {
    fn stub(tx: &mut Transaction) -> &mut dero_crypto::enote::PublicEnote {
        match &mut tx.body.moves[1].direction {
            Direction::Out { stub } => stub,
            Direction::In { .. } => panic!("a move out"),
        }
    }
    point(&MOVES, Place::Move(1), "Ko of a stub", |tx| &mut stub(tx).one_time_key);
    point(&MOVES, Place::Move(1), "De of a stub", |tx| &mut stub(tx).ephemeral_key);
}

#[test]
fn the_balance_is_a_canonical_scalar_and_may_be_zero() {
    let error = PAYMENT.refusal(|tx| {
        let mut order = (-Scalar::ONE).to_bytes();
        order[0] += 1;
        tx.body.balance = order;
    });
    assert_eq!(error, TxError::Encoding { place: Place::Body, error: DecodeError::Scalar { what: "pi" } });
    let zero = PAYMENT.refusal(|tx| tx.body.balance = [0; 32]);
    assert_eq!(zero.step(), 6, "{zero}");
}

#[test]
fn every_word_of_every_proof_is_decoded() {
    let sections: [(fn(&mut Transaction) -> &mut Vec<u8>, &str); 3] = [
        (|tx| &mut tx.out_proofs, "OutProofs"),
        (|tx| &mut tx.auth, "Auth"),
        (|tx| &mut tx.membership, "Membership"),
    ];
    for scene in [&*DEPOSIT, &*PAYOUT, &*OPS] {
        for (section, name) in sections {
            let length = section(&mut scene.tx.clone()).len();
            // Membership proofs stand behind references of five bytes.
            let skip = |word: usize| if name == "Membership" { 5 + word + 5 * (word / 384) } else { word };
            for word in (0..length / 32 * 32).step_by(32).map(skip).filter(|word| word + 32 <= length) {
                let error = scene.refusal(|tx| section(tx)[word..word + 32].fill(255));
                assert!(encoding(&error).is_some(), "{name} at {word}: {error}");
                assert_eq!((error.step(), error.blame()), (5, Blame::Proof));
            }
        }
    }
}

#[test]
fn sealed_parts_differ_from_the_locked_enote_and_from_each_other() {
    let locked = |tx: &Transaction| {
        *tx.body.bundles[0].outputs.iter().find(|output| output.lock.is_some()).map(|output| &output.enote).unwrap()
    };
    let sealed = |error| TxError::Sealed { record: 0, error };
    assert_eq!(
        DEPOSIT.refusal(|tx| record(tx).alternatives[0][0].asset_tag = locked(tx).asset_tag),
        sealed(SealedError::SameTag { alternative: 1, part: 1 })
    );
    assert_eq!(
        DEPOSIT.refusal(|tx| record(tx).alternatives[1][1].commitment = locked(tx).commitment),
        sealed(SealedError::SameCommitment { alternative: 2, part: 2 })
    );
    assert_eq!(
        DEPOSIT.refusal(|tx| {
            let parts = &mut record(tx).alternatives[2];
            parts[3].asset_tag = parts[0].asset_tag;
        }),
        sealed(SealedError::RepeatedTag { alternative: 3, part: 4 })
    );
    let sum = DEPOSIT.refusal(|tx| {
        let whole = Point::decode(&locked(tx).commitment, "C").unwrap();
        let parts = &mut record(tx).alternatives[1];
        let one = Point::decode(&parts[0].commitment, "C").unwrap();
        parts[1].commitment = Point::encode(whole.element() - one.element(), "C").unwrap().to_bytes();
    });
    assert_eq!(sum, sealed(SealedError::SameSum { alternative: 2 }));
    assert_eq!(sum.step(), 5);
}
