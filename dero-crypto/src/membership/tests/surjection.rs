//! Rows 41, 42, 112, 125 and the sizes of 8.4.

use super::*;
use crate::{
    DecodeError,
    group::{
        domain,
        generators::{A0, H, X},
    },
    membership::{
        surjection::{AssetSet, MAX_ASSETS, SurjectionProof, SurjectionStatement, SurjectionWitness},
        verifier::second_challenge,
    },
};

/// A_α of a made-up asset.
fn asset(byte: u8) -> Point {
    Point::encode(domain::ASSET.hash(&[&[byte; 32]]), "asset").unwrap()
}

pub(super) fn blind(asset: &Point, by: &Scalar) -> Point {
    Point::encode(asset.element() + Element::mul_base(by), "T").unwrap()
}

pub(super) fn statement(omega: &[Point], tag: Point) -> SurjectionStatement {
    let assets = AssetSet::new(omega).unwrap();
    SurjectionStatement { net: NET, body_digest: [1; 32], bundle: 2, j: 3, assets, tag }
}

pub(super) fn witness(place: usize, delta: &Scalar) -> SurjectionWitness {
    SurjectionWitness { place: Secret::new(place as u64), delta: Secret::new(*delta) }
}

fn proven(omega: &[Point], place: usize) -> (SurjectionStatement, SurjectionProof) {
    let delta = Scalar::random(&mut rand::rng());
    let padded = AssetSet::new(omega).unwrap();
    let statement = statement(omega, blind(&padded.padded()[place], &delta));
    let proof = SurjectionProof::prove(&statement, &witness(place, &delta), &mut rand::rng()).unwrap();
    (statement, proof)
}

fn verify(statement: &SurjectionStatement, proof: &SurjectionProof) -> Result<(), ProofError> {
    proof.verify(statement, &mut rand::rng())
}

/// The ordinary prover without its check: a proof for `place` with δ, whatever the tag is.
fn forged(statement: &SurjectionStatement, place: usize, delta: &Scalar) -> SurjectionProof {
    let members: Vec<_> = statement.assets.padded().iter().map(|point| [*point.element()]).collect();
    let digits = Digits::new(2, statement.assets.q() as usize);
    let messages = forge(digits, &members, place, [&Secret::new(*delta)], statement.transcript());
    SurjectionProof::from_bytes(&messages.encode(), &statement.assets).unwrap()
}

pub(super) fn omega(count: usize) -> Vec<Point> {
    let mut rng = rand::rng();
    (0..count).map(|_| point(&mut rng)).collect()
}

#[test]
fn sizes_follow_from_the_number_of_assets() {
    for (count, q, length) in [
        (1, 1, 192),
        (2, 1, 192),
        (3, 2, 256),
        (4, 2, 256),
        (5, 3, 320),
        (9, 4, 384),
        (17, 5, 448),
        (33, 6, 512),
        (53, 6, 512),
        (64, 6, 512),
    ] {
        let assets = AssetSet::new(&omega(count)).unwrap();
        assert_eq!((assets.q(), assets.padded().len()), (q, 1 << q), "{count}");
        assert_eq!(SurjectionProof::len(&assets), length);
        assert_eq!(length, 32 * (4 + 2 * q as usize));
        assert!(assets.padded()[count..].iter().all(|point| *point == A0.point()));
    }
    for count in [0, MAX_ASSETS + 1] {
        let error = AssetSet::new(&omega(count)).unwrap_err();
        let found = count as u64;
        assert_eq!(error, DecodeError::Limit { what: "Ω of a surjection", found, min: 1, max: 64 });
    }
}

#[test]
fn every_entry_and_every_padding_slot_is_proven() {
    for count in [1, 2, 3, 5, 8, 13, 53] {
        let omega = omega(count);
        for place in (0..count.next_power_of_two().max(2)).step_by(1 + count / 8) {
            let (statement, proof) = proven(&omega, place);
            assert_eq!(proof.to_bytes().len(), SurjectionProof::len(&statement.assets));
            assert_eq!(verify(&statement, &proof), Ok(()), "{place} of {count}");
        }
    }
}

#[test]
fn every_flipped_byte_is_refused() {
    let (statement, proof) = proven(&omega(2), 1);
    let bytes = proof.to_bytes();
    assert_eq!(SurjectionProof::from_bytes(&bytes, &statement.assets), Ok(proof));
    for place in 0..bytes.len() {
        for bit in [0x01, 0x10, 0x80] {
            let mut bytes = bytes.clone();
            bytes[place] ^= bit;
            let refused = match SurjectionProof::from_bytes(&bytes, &statement.assets) {
                Ok(proof) => verify(&statement, &proof) == Err(ProofError::Equation),
                Err(_) => true,
            };
            assert!(refused, "byte {place} ^ {bit}");
        }
    }
}

#[test]
fn a_tag_that_blinds_no_asset_of_the_set_is_refused() {
    let delta = Scalar::random(&mut rand::rng());
    let (alpha, beta) = (asset(1), asset(2));
    let (a0, g) = (*A0.element(), Element::mul_base(&delta));
    let omega = [blind(&alpha, &Scalar::from(5u64)), blind(&beta, &Scalar::from(6u64)), A0.point()];
    for (what, base) in [
        ("−A_0", -a0),
        ("2·A_0", a0 + a0),
        ("A_α − A_β", alpha.element() - beta.element()),
        ("A_0 + H", a0 + H.element()),
        ("A_0 + X", a0 + X.element()),
        ("0", Element::default()),
        ("an asset that did not come in", *asset(3).element()),
    ] {
        let statement = statement(&omega, Point::encode(base + g, "T").unwrap());
        for place in 0..4 {
            let refused = SurjectionProof::prove(&statement, &witness(place, &delta), &mut rand::rng());
            assert_eq!(refused, Err(ProofError::Witness { what: "masks of the image" }), "{what}");
            assert_eq!(verify(&statement, &forged(&statement, place, &delta)), Err(ProofError::Equation), "{what}");
        }
    }
}

#[test]
fn a_native_output_needs_no_native_input() {
    let omega = [asset(1), A0.point()];
    for place in [0, 1] {
        let (statement, proof) = proven(&omega, place);
        assert_eq!(verify(&statement, &proof), Ok(()));
    }
}

#[test]
fn an_unblinded_copy_of_an_entry_is_proven_with_delta_zero() {
    let omega = omega(3);
    let statement = statement(&omega, omega[2]);
    let proof = SurjectionProof::prove(&statement, &witness(2, &Scalar::ZERO), &mut rand::rng()).unwrap();
    assert_eq!(verify(&statement, &proof), Ok(()));
}

#[test]
fn a_surjection_over_another_set_is_refused() {
    let (image, other_image, vault, mint, burn) = (asset(1), asset(1), asset(2), asset(3), asset(4));
    let native = A0.point();
    let omega = [image, other_image, vault, native, mint];
    let (statement, proof) = proven(&omega, 2);
    assert_eq!(verify(&statement, &proof), Ok(()));
    let over = |omega: &[Point]| SurjectionStatement { assets: AssetSet::new(omega).unwrap(), ..statement.clone() };
    for (what, omega) in [
        ("the vault before the images", [vault, image, other_image, native, mint].to_vec()),
        ("a duplicate dropped", [image, vault, native, mint, native].to_vec()),
        ("A_0 missing", [image, other_image, vault, mint, asset(5)].to_vec()),
        ("padding in front", [native, image, other_image, vault, native, mint].to_vec()),
        ("the asset of a burn added", [image, other_image, vault, native, mint, burn].to_vec()),
    ] {
        assert_eq!(verify(&over(&omega), &proof), Err(ProofError::Equation), "{what}");
    }
    // Where the size falls under another power of two, the bytes have another length.
    let shorter = over(&omega[..4]);
    assert!(matches!(verify(&shorter, &proof), Err(ProofError::Shape { .. })));
    assert!(matches!(
        SurjectionProof::from_bytes(&proof.to_bytes(), &shorter.assets),
        Err(DecodeError::Length { expected: 256, found: 320, .. })
    ));
}

#[test]
fn a_cheater_with_a_set_of_his_own_is_refused_though_the_transcript_fits() {
    let delta = Scalar::random(&mut rand::rng());
    let (listed, burnt) = (asset(1), asset(4));
    let statement = statement(&[listed, A0.point()], blind(&burnt, &delta));
    let members = [[*listed.element()], [*burnt.element()]];
    let messages = forge(Digits::new(2, 1), &members, 1, [&Secret::new(delta)], statement.transcript());
    let proof = SurjectionProof::from_bytes(&messages.encode(), &statement.assets).unwrap();
    assert_eq!(verify(&statement, &proof), Err(ProofError::Equation));
}

#[test]
fn every_altered_element_of_the_statement_is_refused() {
    let omega = omega(3);
    let (statement, proof) = proven(&omega, 1);
    let (other, _) = proven(&omega, 1);
    let changed = |change: &dyn Fn(&mut SurjectionStatement)| {
        let mut statement = statement.clone();
        change(&mut statement);
        verify(&statement, &proof)
    };
    let changes: [Change<'_, SurjectionStatement>; 6] = [
        ("net", &|statement| statement.net = NetworkId([8; 32])),
        ("body_digest", &|statement| statement.body_digest[31] ^= 1),
        ("bundle", &|statement| statement.bundle = 0),
        ("j", &|statement| statement.j += 1),
        ("T", &|statement| statement.tag = other.tag),
        ("bundle and j", &|statement| core::mem::swap(&mut statement.bundle, &mut statement.j)),
    ];
    for (what, change) in changes {
        assert_eq!(changed(change), Err(ProofError::Equation), "{what}");
    }
}

/// Row 112: the second challenge of a mutant that does not draw μ is another one.
#[test]
fn mu_is_drawn_for_one_component_too() {
    let (statement, proof) = proven(&omega(2), 1);
    let messages = Messages::decode(&proof.to_bytes(), Digits::new(2, 1), "surjection proof").unwrap();
    let (mu, xi) = proof.challenges(&statement).unwrap();
    let undrawn = second_challenge(&mut statement.transcript(), &messages.A, &messages.B, &messages.X).unwrap();
    assert_ne!(xi, undrawn);
    for (xi, accepted) in [(xi, true), (undrawn, false)] {
        let mut batch = Batch::new();
        let (digits, ring, image) = (Digits::new(2, 1), statement.assets.clone(), [statement.tag]);
        let item = Item { digits, ring, image, messages: messages.clone(), mu, xi };
        batch.push_item(alloc::boxed::Box::new(item));
        assert_eq!(batch.verify(&mut rand::rng()).is_ok(), accepted);
    }
}

/// Row 21: one statement's bytes under the labels of both proofs.
#[test]
fn a_proof_made_under_another_label_is_refused() {
    let omega = omega(4);
    let delta = Scalar::random(&mut rand::rng());
    let statement = statement(&omega, blind(&omega[1], &delta));
    let relabelled = |label| {
        let mut transcript = Transcript::new(label, &NET);
        transcript.bytes(&statement.body_digest);
        [statement.bundle, statement.j, 2].into_iter().for_each(|value| transcript.int(value));
        omega.iter().chain([&statement.tag]).for_each(|point| transcript.point(point));
        let members: Vec<_> = omega.iter().map(|point| [*point.element()]).collect();
        let messages = forge(Digits::new(2, 2), &members, 1, [&Secret::new(delta)], transcript);
        SurjectionProof::from_bytes(&messages.encode(), &statement.assets).unwrap()
    };
    assert_eq!(verify(&statement, &relabelled(domain::SURJECTION)), Ok(()));
    assert_eq!(verify(&statement, &relabelled(domain::MEMBER)), Err(ProofError::Equation));
}

#[test]
fn surjections_and_memberships_share_a_batch_and_errors_that_cancel_are_named() {
    let set = List::random(8).set(0, 8);
    let (membership, membership_proof) = super::proven(parameters(2, 3), &set, 3);
    let (surjection, surjection_proof) = proven(&omega(5), 4);
    let queue = |membership_proof: &MembershipProof, surjection_proof: &SurjectionProof| {
        let mut batch = Batch::new();
        membership_proof.enqueue(&membership, &mut batch).unwrap();
        surjection_proof.enqueue(&surjection, &mut batch).unwrap();
        batch
    };
    assert_eq!(queue(&membership_proof, &surjection_proof).verify(&mut rand::rng()), Ok(()));

    let mut bad_membership = membership_proof.clone();
    bad_membership.0.z += Scalar::ONE;
    let mut messages = Messages::decode(&surjection_proof.to_bytes(), Digits::new(2, 3), "surjection").unwrap();
    messages.z -= Scalar::ONE;
    let bad_surjection = SurjectionProof::from_bytes(&messages.encode(), &surjection.assets).unwrap();
    let both = queue(&bad_membership, &bad_surjection);
    assert!(both.holds_with_equal_weights());
    let culprits = [0, 1].to_vec();
    assert_eq!(both.verify(&mut rand::rng()), Err(crate::BatchError::Failed { culprits }));

    // Inside one surjection.
    messages.z_A += Scalar::ONE;
    let bad_surjection = SurjectionProof::from_bytes(&messages.encode(), &surjection.assets).unwrap();
    let one = queue(&membership_proof, &bad_surjection);
    assert!(one.holds_with_equal_weights());
    let culprits = [1].to_vec();
    assert_eq!(one.verify(&mut rand::rng()), Err(crate::BatchError::Failed { culprits }));
}
