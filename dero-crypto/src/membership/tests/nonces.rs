//! What is drawn (protocol 1.2): no verifier sees it and no known answer fixes it, for those inject it. A nonce that
//! is known or that comes twice gives the place or the masks away.

use rand::{SeedableRng as _, rngs::StdRng};

use super::{
    surjection::{blind, omega},
    *,
};
use crate::{membership::surjection::SurjectionProof, transcript::tests::depends_on_every_part};

/// All nonces of a proof, one after the other, after `row` with these parts of the witness.
fn drawn(digits: Digits, row: &Transcript, witness: &[&[u8]], seed: u64) -> Nonces {
    let mut source = row.nonces(witness.iter().copied(), &mut StdRng::seed_from_u64(seed));
    let mut scalars = core::iter::repeat_with(|| *source.scalar().expose());
    Nonces {
        a: Secret::new(scalars.by_ref().take(digits.m * (digits.n - 1)).collect()),
        r_A: Secret::new(scalars.next().unwrap()),
        r_B: Secret::new(scalars.next().unwrap()),
        rho: Secret::new(scalars.take(digits.m).collect()),
    }
}

#[test]
fn nonces_of_a_membership_depend_on_statement_generator_and_every_part_of_the_witness() {
    let parameters = parameters(3, 2);
    let (statement, witness) = claim(parameters, &List::random(9).set(0, 9), 4);
    let [key, commitment, asset_tag] = witness.masks.components().map(|mask| mask.expose().as_bytes().as_slice());
    let place = 4u64.to_le_bytes();
    let proof = MembershipProof::prove(&statement, &witness, &mut StdRng::seed_from_u64(1)).unwrap();
    depends_on_every_part(&proof, &[key, commitment, asset_tag, &place], |known, seed| {
        let nonces = drawn(parameters.digits(), &statement.transcript(), known, seed);
        MembershipProof::prove_with_nonces(&statement, &witness, &nonces).unwrap()
    });
}

#[test]
fn nonces_of_a_surjection_depend_on_statement_generator_and_every_part_of_the_witness() {
    let delta = Scalar::random(&mut rand::rng());
    let omega = omega(4);
    let statement = surjection::statement(&omega, blind(&omega[2], &delta));
    let witness = surjection::witness(2, &delta);
    let proof = SurjectionProof::prove(&statement, &witness, &mut StdRng::seed_from_u64(1)).unwrap();
    depends_on_every_part(&proof, &[delta.as_bytes(), &2u64.to_le_bytes()], |known, seed| {
        let nonces = drawn(Digits::new(2, 2), &statement.transcript(), known, seed);
        SurjectionProof::prove_with_nonces(&statement, &witness, &nonces).unwrap()
    });
}

/// With two equal masks K~ − C~ = Ko − C names the member.
#[test]
fn masks_are_three_scalars_of_the_generator_one_after_the_other() {
    let Masks { key, commitment, asset_tag } = Masks::random(&mut StdRng::seed_from_u64(1));
    let rng = &mut StdRng::seed_from_u64(1);
    let successive = [(); 3].map(|()| Scalar::random(rng));
    assert_eq!([key, commitment, asset_tag].map(|mask| *mask.expose()), successive);
    let [first, second, third] = successive;
    assert!(first != second && second != third && third != first);
}
