//! Sealed alternatives (protocol 12.2, 12.3; attacks 2, 70, A.5).

use dero_crypto::{
    DecodeError, ProofError,
    asset::AssetId,
    group::{
        Element, Scalar,
        generators::{A0, G},
    },
    sigma::{Alternatives, Holding, Opening, SealedError, SealedProof, SealedStatement, SealedWitness},
};
use rand::rngs::StdRng;

use crate::common::{NET, commitment, only_these_bytes, point, random_point, rng, scalar, secret, tag};

/// A holding of the native asset and its opening.
fn holding(a: Scalar, rng: &mut StdRng) -> (Holding, Opening) {
    holding_of(A0.element(), a, rng)
}

fn holding_of(asset: &Element, a: Scalar, rng: &mut StdRng) -> (Holding, Opening) {
    let (b, x) = (scalar(rng), scalar(rng));
    let T = tag(asset, b);
    (Holding { T, C: commitment(&T, a, x) }, Opening { a: secret(a), b: secret(b), x: secret(x) })
}

type Parts = Vec<Vec<Holding>>;

/// A locked amount and alternatives with parts of the given amounts.
fn seal(a: i64, amounts: &[&[i64]], rng: &mut StdRng) -> (Holding, Parts, SealedWitness) {
    let signed = |a: i64| if a < 0 { -Scalar::from(a.unsigned_abs()) } else { Scalar::from(a.unsigned_abs()) };
    let (locked, opening) = holding(signed(a), rng);
    let made: Vec<Vec<_>> =
        amounts.iter().map(|parts| parts.iter().map(|&a| holding(signed(a), rng)).collect()).collect();
    let parts = made.iter().map(|parts| parts.iter().map(|(holding, _)| *holding).collect()).collect();
    let openings: Vec<Vec<_>> =
        made.into_iter().map(|parts| parts.into_iter().map(|(_, opening)| opening).collect()).collect();
    (locked, parts, SealedWitness::from_openings(&opening, &openings))
}

fn statement(alternatives: &Alternatives) -> SealedStatement<'_> {
    SealedStatement { net: NET, body_digest: [3; 32], vault_id: [4; 32], alternatives }
}

fn alternatives(locked: Holding, parts: &Parts) -> Alternatives {
    Alternatives::new(locked, parts.clone()).expect("all differences")
}

#[test]
fn only_the_proofs_own_bytes_are_accepted() {
    let rng = &mut rng();
    let (locked, parts, witness) = seal(50, &[&[50], &[20, 30], &[1, 2, 3, 44]], rng);
    let alternatives = alternatives(locked, &parts);
    let bytes = SealedProof::prove(&statement(&alternatives), &witness, rng).expect("a proof").to_bytes();
    assert_eq!(bytes.len(), 64, "whatever J is");
    only_these_bytes(&bytes, |bytes| {
        let proof = SealedProof::from_bytes(bytes);
        proof.is_ok_and(|proof| proof.verify(&statement(&alternatives), &mut rand::rng()).is_ok())
    });
    assert_eq!(SealedProof::from_bytes(&bytes).expect("a proof").to_bytes(), bytes);
}

#[test]
fn each_element_of_the_statement_is_bound() {
    let rng = &mut rng();
    let (locked, parts, witness) = seal(50, &[&[50], &[20, 30]], rng);
    let honest = alternatives(locked, &parts);
    let proof = SealedProof::prove(&statement(&honest), &witness, rng).expect("a proof");
    assert_eq!(proof.verify(&statement(&honest), rng), Ok(()));

    let mut net = NET;
    net.0[0] ^= 1;
    let refused = |what: &str, statement: SealedStatement<'_>| {
        assert_eq!(proof.verify(&statement, &mut rand::rng()), Err(ProofError::Equation), "{what}");
    };
    refused("net", SealedStatement { net, ..statement(&honest) });
    refused("body_digest", SealedStatement { body_digest: [9; 32], ..statement(&honest) });
    refused("vault_id", SealedStatement { vault_id: [9; 32], ..statement(&honest) });
    let other = random_point(rng);
    refused("T", statement(&alternatives(Holding { T: other, ..locked }, &parts)));
    refused("C", statement(&alternatives(Holding { C: other, ..locked }, &parts)));
    refused("J", statement(&alternatives(locked, &parts[..1].to_vec())));
    for (j, b) in [(0, 0), (1, 0), (1, 1)] {
        let mut changed = parts.clone();
        changed[j][b].T = other;
        refused("a tag", statement(&alternatives(locked, &changed)));
        changed[j][b] = Holding { C: other, ..parts[j][b] };
        refused("a commitment", statement(&alternatives(locked, &changed)));
    }
    let joined = vec![parts.concat()];
    refused("B_j", statement(&alternatives(locked, &joined)));
    let swapped = vec![parts[1].clone(), parts[0].clone()];
    refused("order of alternatives", statement(&alternatives(locked, &swapped)));
    let mut swapped = parts.clone();
    swapped[1].swap(0, 1);
    refused("order of parts", statement(&alternatives(locked, &swapped)));
}

#[test]
fn another_amount_makes_no_proof() {
    let rng = &mut rng();
    for amounts in [&[&[51][..]][..], &[&[50], &[49]], &[&[20, 31]], &[&[0]]] {
        let (locked, parts, witness) = seal(50, amounts, rng);
        let alternatives = alternatives(locked, &parts);
        let refused = SealedProof::prove(&statement(&alternatives), &witness, rng);
        assert_eq!(refused, Err(ProofError::Witness { what: "Y" }), "{amounts:?}");
    }
}

#[test]
fn another_asset_makes_no_proof() {
    let rng = &mut rng();
    let a = Scalar::from(50u64);
    let (locked, locked_opening) = holding(a, rng);
    let gold = AssetId([1; 32]).generator();
    let (part, opening) = holding_of(gold.element(), a, rng);
    let alternatives = alternatives(locked, &vec![vec![part]]);
    let witness = SealedWitness::from_openings(&locked_opening, &[vec![opening]]);
    let refused = SealedProof::prove(&statement(&alternatives), &witness, rng);
    assert_eq!(refused, Err(ProofError::Witness { what: "Y" }));
}

#[test]
fn a_witness_of_another_length_is_refused() {
    let rng = &mut rng();
    let (locked, parts, witness) = seal(50, &[&[50]], rng);
    let one = alternatives(locked, &parts);
    let two = alternatives(locked, &vec![parts[0].clone(), parts[0].clone()]);
    let refused = SealedProof::prove(&statement(&two), &witness, rng);
    assert_eq!(refused, Err(ProofError::Shape { what: "differences", expected: 4, found: 2 }));
    assert!(SealedProof::prove(&statement(&one), &witness, rng).is_ok());
}

/// A.5 (a): T_1 = (a/a')·A + b'·G makes C_1 = a'·T_1 + x'·G differ from C by a multiple of G alone.
#[test]
fn without_the_tag_relation_an_alternative_opens_to_any_amount() {
    let rng = &mut rng();
    let (a, a_prime) = (Scalar::from(50u64), Scalar::from(5_000u64));
    let (locked, opening) = holding(a, rng);
    let (b, x) = (scalar(rng), scalar(rng));
    let T = tag(&(A0.element() * (a * a_prime.invert())), b);
    let part = Holding { T, C: commitment(&T, a_prime, x) };
    let alternatives = alternatives(locked, &vec![vec![part]]);

    // The mutant checks ε alone: A + c·(C_1 − C) = t·G.
    let epsilon = (a_prime * b + x) - (a * opening.b.expose() + opening.x.expose());
    assert_eq!(part.C.element() - locked.C.element(), G.element() * epsilon, "the mutant accepts");

    // Ours has no witness for T_1 − T, and refuses what the mutant takes.
    let witness = SealedWitness::new(vec![secret(scalar(rng)), secret(epsilon)]);
    let refused = SealedProof::prove(&statement(&alternatives), &witness, rng);
    assert_eq!(refused, Err(ProofError::Witness { what: "Y" }));
}

/// A.5 (b): the sum holds modulo ℓ. The link and range proofs of each part refuse −5; this proof alone does not.
#[test]
fn a_negative_part_is_left_to_the_range_proof_of_that_part() {
    let rng = &mut rng();
    let (locked, parts, witness) = seal(50, &[&[55, -5]], rng);
    let alternatives = alternatives(locked, &parts);
    let proof = SealedProof::prove(&statement(&alternatives), &witness, rng).expect("the sum is right");
    assert_eq!(proof.verify(&statement(&alternatives), rng), Ok(()));
}

/// A.5 (c).
#[test]
fn a_proof_over_the_right_differences_under_another_record_is_refused() {
    let rng = &mut rng();
    let (locked, parts, witness) = seal(50, &[&[50]], rng);
    let alternatives = alternatives(locked, &parts);
    let proof = SealedProof::prove(&statement(&alternatives), &witness, rng).expect("a proof");
    let other = SealedStatement { vault_id: [5; 32], ..statement(&alternatives) };
    assert_eq!(proof.verify(&other, rng), Err(ProofError::Equation));
}

#[test]
fn a_proof_for_another_locked_enote_with_the_same_parts_is_refused() {
    let rng = &mut rng();
    let (locked, parts, witness) = seal(50, &[&[50]], rng);
    let honest = alternatives(locked, &parts);
    let proof = SealedProof::prove(&statement(&honest), &witness, rng).expect("a proof");
    let shifted = Holding { T: point(locked.T.element() + G.element()), C: locked.C };
    assert_eq!(proof.verify(&statement(&alternatives(shifted, &parts)), rng), Err(ProofError::Equation));
}

/// A.5 (d) and the other equalities: a mask used twice shows as an equal point.
#[test]
fn a_reused_mask_is_refused_and_named() {
    let rng = &mut rng();
    let (locked, parts, _) = seal(50, &[&[50], &[20, 30]], rng);
    let refused = |change: &dyn Fn(&mut Parts)| {
        let mut changed = parts.clone();
        change(&mut changed);
        Alternatives::new(locked, changed).map(|_| ())
    };
    assert_eq!(refused(&|_| ()), Ok(()));
    let same = SealedError::SameTag { alternative: 2, part: 1 };
    assert_eq!(refused(&|parts| parts[1][0].T = locked.T), Err(same));
    let same = SealedError::SameCommitment { alternative: 2, part: 2 };
    assert_eq!(refused(&|parts| parts[1][1].C = locked.C), Err(same));
    let same = SealedError::SameCommitment { alternative: 1, part: 1 };
    assert_eq!(refused(&|parts| parts[0][0].C = locked.C), Err(same));
    let same = SealedError::RepeatedTag { alternative: 2, part: 2 };
    assert_eq!(refused(&|parts| parts[1][1].T = parts[1][0].T), Err(same));
    let same = SealedError::SameSum { alternative: 2 };
    let rest = point(locked.C.element() - parts[1][0].C.element());
    assert_eq!(refused(&|parts| parts[1][1].C = rest), Err(same));
}

#[test]
fn equal_tags_in_two_alternatives_are_no_error() {
    let (locked, parts, _) = seal(50, &[&[50], &[20, 30]], &mut rng());
    assert!(Alternatives::new(locked, vec![parts[0].clone(), parts[0].clone()]).is_ok());
}

#[test]
fn counts_of_alternatives_and_parts_have_limits() {
    let rng = &mut rng();
    let (locked, parts, _) = seal(4, &[&[1, 1, 1, 1]], rng);
    let count = |what, found, max| SealedError::Count(DecodeError::Limit { what, found, min: 1, max });
    let new = |alternatives: Parts| Alternatives::new(locked, alternatives).map(|_| ());
    assert_eq!(new(vec![parts[0].clone(); 8]), Ok(()));
    assert_eq!(new(vec![parts[0].clone(); 9]), Err(count("J", 9, 8)));
    assert_eq!(new(Vec::new()), Err(count("J", 0, 8)));
    assert_eq!(new(vec![Vec::new()]), Err(count("B_j", 0, 4)));
    let five = [parts[0].clone(), vec![holding(Scalar::ONE, rng).0]].concat();
    assert_eq!(new(vec![five]), Err(count("B_j", 5, 4)));
}

/// Two errors that cancel under the powers c, c² need c first: chosen before, they do not.
#[test]
fn errors_that_cancel_under_equal_powers_are_refused() {
    let rng = &mut rng();
    let (locked, parts, witness) = seal(50, &[&[50], &[50]], rng);
    let D = random_point(rng);
    let mut shifted = parts.clone();
    shifted[0][0].T = point(parts[0][0].T.element() + D.element());
    shifted[1][0].T = point(parts[1][0].T.element() - D.element());
    let sum = |parts: &Parts| parts.iter().flatten().map(|part| part.T.element()).sum::<Element>();
    assert_eq!(sum(&shifted), sum(&parts), "equal powers accept");
    let alternatives = alternatives(locked, &shifted);
    let refused = SealedProof::prove(&statement(&alternatives), &witness, rng);
    assert_eq!(refused, Err(ProofError::Witness { what: "Y" }));
}
