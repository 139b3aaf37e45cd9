//! Link proofs (protocol 8.3; attacks 38, 44, 45, 129, A.2, A.10, A.12).

use dero_crypto::{
    DecodeError, ProofError,
    batch::Batch,
    error::BatchError,
    group::{
        Element, Point, Scalar,
        generators::{A0, G, H},
    },
    sigma::{LinkProof, LinkStatement, LinkWitness},
};
use rand::rngs::StdRng;

use crate::common::{NET, commitment, only_these_bytes, point, random_point, rng, scalar, secret, tag};

fn link(a: u64, rng: &mut StdRng) -> (LinkStatement, LinkWitness) {
    let (a, x, y) = (Scalar::from(a), scalar(rng), scalar(rng));
    let T = tag(A0.element(), scalar(rng));
    let C = commitment(&T, a, x);
    let E = commitment(&H.point(), a, y);
    let statement = LinkStatement { net: NET, body_digest: [3; 32], bundle: 0, j: 0, T, C, E };
    (statement, LinkWitness { a: secret(a), x: secret(x), y: secret(y) })
}

fn prove(statement: &LinkStatement, witness: &LinkWitness, rng: &mut StdRng) -> LinkProof {
    LinkProof::prove(statement, witness, rng).expect("the witness fits")
}

/// s_x of a proof shifted by `by`.
fn shift_s_x(proof: &LinkProof, by: Scalar) -> LinkProof {
    let mut bytes = proof.to_bytes();
    let mut s_x = [0; 32];
    s_x.copy_from_slice(&bytes[96..128]);
    let shifted = Scalar::from_bytes_mod_order(s_x) + by;
    bytes[96..128].copy_from_slice(shifted.as_bytes());
    LinkProof::from_bytes(&bytes).expect("a proof as bytes")
}

#[test]
fn only_the_proofs_own_bytes_are_accepted() {
    let rng = &mut rng();
    let (statement, witness) = link(30, rng);
    let bytes = prove(&statement, &witness, rng).to_bytes();
    assert_eq!(bytes.len(), 32 * (2 + 3), "the stated size");
    only_these_bytes(&bytes, |bytes| {
        LinkProof::from_bytes(bytes).is_ok_and(|proof| proof.verify(&statement, &mut rand::rng()).is_ok())
    });
    assert_eq!(LinkProof::from_bytes(&bytes).expect("a proof").to_bytes(), bytes);
}

#[test]
fn each_element_of_the_statement_is_bound() {
    let rng = &mut rng();
    let (statement, witness) = link(30, rng);
    let proof = prove(&statement, &witness, rng);
    let mut other_net = NET;
    other_net.0[31] ^= 1;
    let changes = [
        ("net", LinkStatement { net: other_net, ..statement }),
        ("body_digest", LinkStatement { body_digest: [4; 32], ..statement }),
        ("bundle", LinkStatement { bundle: 1, ..statement }),
        ("j", LinkStatement { j: 1, ..statement }),
        ("T", LinkStatement { T: random_point(rng), ..statement }),
        ("C", LinkStatement { C: random_point(rng), ..statement }),
        ("E", LinkStatement { E: random_point(rng), ..statement }),
        ("C and E exchanged", LinkStatement { C: statement.E, E: statement.C, ..statement }),
        ("bundle and j exchanged for others of equal sum", LinkStatement { bundle: 1, j: u64::MAX, ..statement }),
    ];
    assert_eq!(proof.verify(&statement, rng), Ok(()));
    for (element, changed) in changes {
        assert_eq!(proof.verify(&changed, rng), Err(ProofError::Equation), "{element}");
    }
}

#[test]
fn a_link_of_one_value_is_refused_for_another_value_or_bundle_with_equal_points() {
    let rng = &mut rng();
    let (statement, witness) = link(0, rng);
    let proof = prove(&statement, &witness, rng);
    for (bundle, j) in [(0, 1), (1, 0), (1, 1)] {
        let elsewhere = LinkStatement { bundle, j, ..statement };
        assert_eq!(proof.verify(&elsewhere, rng), Err(ProofError::Equation), "bundle {bundle}, value {j}");
        assert_eq!(prove(&elsewhere, &witness, rng).verify(&elsewhere, rng), Ok(()));
    }
}

#[test]
fn a_range_commitment_to_another_amount_makes_no_proof() {
    let rng = &mut rng();
    let (statement, witness) = link(30, rng);
    let proof = prove(&statement, &witness, rng);
    let y = *witness.y.expose();
    let others = [
        ("of a + 1", commitment(&H.point(), Scalar::from(31u64), y)),
        ("of −a", commitment(&H.point(), -Scalar::from(30u64), y)),
        ("a·T in place of a·H", commitment(&statement.T, Scalar::from(30u64), y)),
        ("a·A_0 in place of a·H", commitment(&A0.point(), Scalar::from(30u64), y)),
    ];
    for (what, E) in others {
        let statement = LinkStatement { E, ..statement };
        let refused = LinkProof::prove(&statement, &witness, rng);
        assert_eq!(refused, Err(ProofError::Witness { what: "E" }), "{what}");
        assert_eq!(proof.verify(&statement, rng), Err(ProofError::Equation), "{what}");
    }
    let statement = LinkStatement { C: random_point(rng), ..statement };
    assert_eq!(LinkProof::prove(&statement, &witness, rng), Err(ProofError::Witness { what: "C" }));
}

/// A.2: one weighted equation, s_a·(T + w·H) + (s_x + w·s_y)·G = R + c·(C + w·E).
#[test]
fn a_weighted_equation_with_H_equal_to_A0_accepts_two_amounts_and_ours_do_not() {
    let rng = &mut rng();
    let (v, v_prime) = (Scalar::from(5u64), Scalar::from(1_000_000u64));
    let (b, m, y) = (scalar(rng), scalar(rng), scalar(rng));
    let T = tag(A0.element(), b);
    let C = point(A0.element() * v + G.element() * m);
    let E = point(A0.element() * v_prime + G.element() * y);

    // The mutant: w and c drawn after the points, H replaced by A_0.
    let (w, c, k_a, k_g) = (scalar(rng), scalar(rng), scalar(rng), scalar(rng));
    let base = T.element() + A0.element() * w;
    let R = base * k_a + G.element() * k_g;
    let a = (v + w * v_prime) * (Scalar::ONE + w).invert();
    let (s_a, s_g) = (k_a + c * a, k_g + c * (m + w * y - a * b));
    assert_eq!(base * s_a + G.element() * s_g, R + (C.element() + E.element() * w) * c, "the mutant accepts");

    // Ours: neither the mutant's answer nor any witness fits both equations.
    let statement = LinkStatement { net: NET, body_digest: [3; 32], bundle: 0, j: 0, T, C, E };
    for a in [v, v_prime, a] {
        let witness = LinkWitness { a: secret(a), x: secret(m - a * b), y: secret(y) };
        assert!(matches!(LinkProof::prove(&statement, &witness, rng), Err(ProofError::Witness { .. })));
    }
    let answer = [R.compress().to_bytes(), R.compress().to_bytes(), s_a.to_bytes(), s_g.to_bytes(), s_g.to_bytes()];
    let proof = LinkProof::from_bytes(&answer.concat()).expect("a proof as bytes");
    assert_eq!(proof.verify(&statement, rng), Err(ProofError::Equation));
    assert_ne!(H.point(), A0.point());
}

/// A.10: each proof is off by ±G.
#[test]
fn errors_that_cancel_between_two_links_are_refused_and_named() {
    let rng = &mut rng();
    let mut batch = Batch::new();
    let mut residues = Element::default();
    for by in [Scalar::ONE, -Scalar::ONE] {
        let (statement, witness) = link(30, rng);
        let shifted = shift_s_x(&prove(&statement, &witness, rng), by);
        // Under weight one a shift of s_x leaves `by`·G of the first equation.
        residues += G.element() * by;
        shifted.enqueue(&statement, &mut batch).expect("a challenge");
    }
    let (statement, witness) = link(30, rng);
    prove(&statement, &witness, rng).enqueue(&statement, &mut batch).expect("a challenge");
    assert_eq!(residues, Element::default(), "equal weights accept");
    assert_eq!(batch.verify(rng), Err(BatchError::Failed { culprits: vec![0, 1] }));
}

/// A.12: with y = x, C − E = a·(T − H), and T and H are public.
#[test]
fn a_shared_blinding_factor_is_refused_because_a_search_finds_the_amount() {
    let rng = &mut rng();
    let (mut statement, mut witness) = link(4_321, rng);
    witness.y = witness.x.clone();
    statement.E = commitment(&H.point(), Scalar::from(4_321u64), *witness.x.expose());
    assert_eq!(LinkProof::prove(&statement, &witness, rng), Err(ProofError::SharedBlinding));

    let (difference, base) = (statement.C.element() - statement.E.element(), statement.T.element() - H.element());
    let multiples = std::iter::successors(Some(Element::default()), |sum| Some(sum + base));
    assert_eq!(multiples.take(10_000).position(|multiple| multiple == difference), Some(4_321));
}

#[test]
fn an_identity_is_refused_as_commitment_tag_and_range_commitment() {
    for field in ["C", "T", "E"] {
        assert_eq!(Point::decode(&[0; 32], field), Err(DecodeError::Identity { what: field }));
    }
    // A zero amount with a zero mask.
    let T = tag(A0.element(), Scalar::ONE);
    let C = T.element() * Scalar::ZERO + G.element() * Scalar::ZERO;
    assert_eq!(Point::encode(C, "C"), Err(DecodeError::Identity { what: "C" }));
}
