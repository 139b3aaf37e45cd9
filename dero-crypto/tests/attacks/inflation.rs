//! Protocol 8; attacks 119, 135, A.14, A.16: what inflates where one rule is left out.

use dero_crypto::{
    ProofError,
    asset::AssetId,
    balance::{Balance, Term},
    commitment::Amount,
    group::{
        Element, Point, Scalar,
        generators::{A0, G, H},
    },
    membership::{AssetSet, SurjectionProof, SurjectionStatement, SurjectionWitness},
    range::{Commitments, Opening, RangeProof, Statement, Witness},
    secret::Secret,
    sigma::{LinkProof, LinkStatement, LinkWitness},
};
use rand::{SeedableRng, rngs::StdRng};

use crate::NET;

const BODY: [u8; 32] = [3; 32];

fn rng() -> StdRng {
    StdRng::seed_from_u64(7)
}

fn point(element: Element) -> Point {
    Point::encode(element, "test").expect("not the identity")
}

fn surjection(tag: Point, omega: &[Point]) -> SurjectionStatement {
    let assets = AssetSet::new(omega).expect("1 to 64 entries");
    SurjectionStatement { net: NET, body_digest: BODY, bundle: 0, j: 0, assets, tag }
}

/// Proves and verifies that `tag` is Ω_place + δ·G.
fn supported(tag: Point, omega: &[Point], place: u64, delta: Scalar) -> Result<(), ProofError> {
    let witness = SurjectionWitness { place: Secret::new(place), delta: Secret::new(delta) };
    let statement = surjection(tag, omega);
    SurjectionProof::prove(&statement, &witness, &mut rng())?.verify(&statement, &mut rng())
}

fn link(T: Point, C: Point, E: Point, a: Scalar, x: Scalar, y: Scalar) -> Result<(), ProofError> {
    let statement = LinkStatement { net: NET, body_digest: BODY, bundle: 0, j: 0, T, C, E };
    let [a, x, y] = [a, x, y].map(Secret::new);
    LinkProof::prove(&statement, &LinkWitness { a, x, y }, &mut rng())?.verify(&statement, &mut rng())
}

/// A.14: an output of "minus one native asset" that stands in Ω itself supports itself and every tag made of it, and
/// pays for as much native asset as one likes. The ledger never resolves a vault that the transaction makes, so its
/// T is in no Ω; over the true Ω there is no proof.
#[test]
fn a_tag_that_supports_itself_inflates_and_over_the_true_inputs_it_has_no_proof() {
    let rng = &mut rng();
    let [d, x1, x3, b3] = [(); 4].map(|()| Scalar::random(rng));
    let a = Scalar::from(1_000_000u64);
    let T1 = point(-A0.element());
    let C1 = point(G.element() * x1);
    let T2 = point(T1.element() + G.element() * d);
    let C2 = point(T2.element() * a);
    let T3 = point(A0.element() + G.element() * b3);
    let C3 = point(T3.element() * a + G.element() * x3);

    // The mutant: its own locked output counts as an input.
    let own = [T1, A0.point()];
    assert_eq!(supported(T1, &own, 0, Scalar::ZERO), Ok(()));
    assert_eq!(supported(T2, &own, 0, d), Ok(()));
    assert_eq!(supported(T3, &own, 1, b3), Ok(()));
    let opening = Opening::new(Amount(1_000_000), Scalar::from(5u64));
    let E2 = opening.commit().expect("a commitment");
    assert_eq!(link(T2, C2, E2, a, Scalar::ZERO, Scalar::from(5u64)), Ok(()));
    let terms = vec![Term::VaultInput(C1), Term::Output(C1), Term::Output(C2), Term::Output(C3)];
    let pi = -(a * d + a * b3 + x3);
    assert_eq!(Balance { terms, fee: Amount::ZERO, pi }.verify(rng), Ok(()), "a million out of nothing");

    // Ours.
    for (tag, delta) in [(T1, Scalar::ZERO), (T2, d)] {
        assert!(matches!(supported(tag, &[A0.point()], 0, delta), Err(ProofError::Witness { .. })));
    }
    let proof = {
        let statement = surjection(T1, &own);
        let witness = SurjectionWitness { place: Secret::new(0), delta: Secret::new(Scalar::ZERO) };
        SurjectionProof::prove(&statement, &witness, rng).expect("the mutant's proof")
    };
    let [padded, plain] = [[A0.point(), A0.point()], [T3, A0.point()]].map(|omega| surjection(T1, &omega));
    assert_eq!(proof.verify(&padded, rng), Err(ProofError::Equation));
    assert_eq!(proof.verify(&plain, rng), Err(ProofError::Equation));
}

/// A.16: a burn of −q passes surjection, link and balance, and funds q. Only the range proof of its E refuses it, so
/// every value must stand in one.
#[test]
fn a_negative_burn_funds_an_output_unless_a_range_proof_covers_it() {
    let rng = &mut rng();
    let q = Scalar::from(1_000u64);
    let [b, x, y, mask] = [(); 4].map(|()| Scalar::random(rng));
    let gold = AssetId([1; 32]).generator();
    let T = point(gold.element() + G.element() * b);
    let Mc = point(T.element() * -q + G.element() * x);
    let E = point(H.element() * -q + G.element() * y);
    assert_eq!(supported(T, &[gold, A0.point()], 0, b), Ok(()));
    assert_eq!(link(T, Mc, E, -q, x, y), Ok(()));
    let output = point(gold.element() * q + G.element() * mask);
    let terms = vec![Term::HiddenBurn(Mc), Term::Output(output)];
    let pi = q * b - x - mask;
    assert_eq!(Balance { terms, fee: Amount::ZERO, pi }.verify(rng), Ok(()), "a thousand out of nothing");

    let covered =
        Statement { net: NET, body_digest: BODY, bundle: 0, commitments: Commitments::new(vec![E]).expect("one") };
    for amount in [0, 1_000, 1_000u64.wrapping_neg()] {
        let opening = Opening::new(Amount(amount), y);
        let own = Statement {
            commitments: Commitments::new(vec![opening.commit().expect("a point")]).expect("one"),
            ..covered.clone()
        };
        let witness = Witness::new([opening]);
        assert!(RangeProof::prove(&covered, &witness, rng).is_err(), "no amount opens E");
        let proof = RangeProof::prove(&own, &witness, rng).expect("an honest proof");
        assert_eq!(proof.verify(&own, rng), Ok(()));
        assert_eq!(proof.verify(&covered, rng), Err(ProofError::Equation));
    }
}
