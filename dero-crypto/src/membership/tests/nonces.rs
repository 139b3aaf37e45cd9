//! What is drawn (protocol 1.2): no verifier sees it and no known answer fixes it, for those inject it. A nonce that
//! is known or that comes twice gives the place or the masks away.

use rand::{SeedableRng as _, rngs::StdRng};

use super::{
    surjection::{blind, omega},
    *,
};
use crate::membership::surjection::SurjectionProof;

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

/// `proof`, made with a generator of seed 1, is what `prove` makes of the nonces drawn with the whole witness and that
/// seed; another seed, or a witness without one part, gives another one.
fn depends_on_every_part<P: PartialEq + core::fmt::Debug>(
    proof: &P,
    digits: Digits,
    row: &Transcript,
    witness: &[&[u8]],
    prove: impl Fn(&Nonces) -> P,
) {
    assert_eq!(&prove(&drawn(digits, row, witness, 1)), proof, "all is known");
    assert_ne!(&prove(&drawn(digits, row, witness, 2)), proof, "the generator is not known");
    for unknown in 0..witness.len() {
        let known = [&witness[..unknown], &witness[unknown + 1..]].concat();
        assert_ne!(&prove(&drawn(digits, row, &known, 1)), proof, "part {unknown} is not known");
    }
}

#[test]
fn nonces_of_a_membership_depend_on_statement_generator_and_every_part_of_the_witness() {
    let parameters = parameters(3, 2);
    let (statement, witness) = claim(parameters, &List::random(9).set(0, 9), 4);
    let [key, commitment, asset_tag] = witness.masks.components().map(|mask| mask.expose().as_bytes().as_slice());
    let place = 4u64.to_le_bytes();
    let proof = MembershipProof::prove(&statement, &witness, &mut StdRng::seed_from_u64(1)).unwrap();
    depends_on_every_part(
        &proof,
        parameters.digits(),
        &statement.transcript(),
        &[key, commitment, asset_tag, &place],
        |nonces| MembershipProof::prove_with_nonces(&statement, &witness, nonces).unwrap(),
    );
}

#[test]
fn nonces_of_a_surjection_depend_on_statement_generator_and_every_part_of_the_witness() {
    let delta = Scalar::random(&mut rand::rng());
    let omega = omega(4);
    let statement = surjection::statement(&omega, blind(&omega[2], &delta));
    let witness = surjection::witness(2, &delta);
    let proof = SurjectionProof::prove(&statement, &witness, &mut StdRng::seed_from_u64(1)).unwrap();
    depends_on_every_part(
        &proof,
        Digits::new(2, 2),
        &statement.transcript(),
        &[delta.as_bytes(), &2u64.to_le_bytes()],
        |nonces| SurjectionProof::prove_with_nonces(&statement, &witness, nonces).unwrap(),
    );
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
