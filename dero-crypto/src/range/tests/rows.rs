//! Attack 55, recipe A.11: for each element of the row `range`, a verifier that forgets it accepts what ours refuses.
//!
//! The equation is linear in every point that is sent. Whoever knows the challenges before one of them takes all
//! others at random and solves for it: no amount stands behind the commitments.

use alloc::{format, string::String, vec::Vec};

use super::super::{
    BITS, Commitments, Opening, RangeProof, Statement, Witness,
    proof::Round,
    verifier::{Challenges, Equation},
};
use crate::{
    NetworkId, ProofError,
    batch::{Equations, Sum},
    commitment::Amount,
    group::{Element, Point, Scalar, domain},
    transcript::Forgetful,
};

/// Two values in one proof: seven rounds.
const COUNT: usize = 2;
const ROUNDS: usize = 7;

fn random() -> Point {
    Point::encode(Element::random(&mut rand::rng()), "random").unwrap()
}

fn statement(commitments: Vec<Point>) -> Statement {
    let commitments = Commitments::new(commitments).unwrap();
    Statement { net: NetworkId([1; 32]), body_digest: [2; 32], bundle: 3, commitments }
}

/// The row as the law lists it, without `omit`.
fn challenges(statement: &Statement, proof: &RangeProof, omit: &str) -> Challenges {
    let mut row = Forgetful::new(domain::RANGE, &statement.net, omit);
    row.bytes("body_digest", &statement.body_digest);
    row.int("bundle", statement.bundle);
    row.int("count", COUNT as u64);
    row.int("m", COUNT as u64);
    for (j, V) in statement.commitments.as_slice().iter().enumerate() {
        row.bytes(&format!("V_{j}"), V.as_bytes());
    }
    row.bytes("A", proof.A.as_bytes());
    let (y, z) = (row.challenge(), row.challenge());
    let mut e = Vec::new();
    for (t, Round { L, R }) in proof.rounds.iter().enumerate() {
        row.bytes(&format!("L_{t}"), L.as_bytes());
        row.bytes(&format!("R_{t}"), R.as_bytes());
        e.push(row.challenge());
    }
    row.bytes("A'", proof.A_last.as_bytes());
    row.bytes("B", proof.B.as_bytes());
    Challenges { y, z, e, e_last: row.challenge() }
}

/// What the equation leaves over, zero if it holds.
fn residue(statement: &Statement, proof: &RangeProof, challenges: Challenges) -> Element {
    let mut sum = Sum::new();
    let commitments = statement.commitments.clone();
    Equation { proof: proof.clone(), commitments, challenges }.add_to(&[Scalar::ONE], &mut sum);
    sum.evaluate()
}

/// The coefficient of a point, with the factor y^{N−1}·∏ e_t² of our equation.
fn coefficient(of: &str, Challenges { y, z, e, e_last }: &Challenges) -> Scalar {
    let power = |x: &Scalar, n: usize| core::iter::repeat_n(x, n).product::<Scalar>();
    let N = BITS * COUNT;
    let factor = power(y, N - 1) * e.iter().map(|e| e * e).product::<Scalar>();
    let place = || of.split_once('_').unwrap().1.parse::<usize>().unwrap();
    factor
        * match &of[..1] {
            _ if of == "A'" => *e_last,
            "B" => Scalar::ONE,
            "A" => e_last * e_last,
            "L" => e_last * e_last * power(&e[place()], 2),
            "R" => e_last * e_last * power(&e[place()].invert(), 2),
            _ => e_last * e_last * power(y, N + 1) * power(z, 2 * (place() + 1)),
        }
}

#[test]
fn a_forgotten_point_is_chosen_last_and_proves_anything() {
    let points: Vec<String> = (["A", "A'", "B"].into_iter().map(String::from))
        .chain((0..COUNT).map(|j| format!("V_{j}")))
        .chain((0..ROUNDS).flat_map(|t| [format!("L_{t}"), format!("R_{t}")]))
        .collect();
    let scalar = || Scalar::random(&mut rand::rng());
    for omit in &points {
        let mut sent: Vec<Point> = (0..COUNT).map(|_| random()).collect();
        let mut proof = RangeProof {
            A: random(),
            rounds: (0..ROUNDS).map(|_| Round { L: random(), R: random() }).collect(),
            A_last: random(),
            B: random(),
            r: scalar(),
            s: scalar(),
            delta: scalar(),
        };
        let known = challenges(&statement(sent.clone()), &proof, omit);
        let by = coefficient(omit, &known).invert();
        let left = residue(&statement(sent.clone()), &proof, known);
        let place = || omit[2..].parse::<usize>().unwrap();
        let solved = match &omit[..1] {
            _ if omit == "A'" => &mut proof.A_last,
            "A" => &mut proof.A,
            "B" => &mut proof.B,
            "L" => &mut proof.rounds[place()].L,
            "R" => &mut proof.rounds[place()].R,
            _ => &mut sent[place()],
        };
        *solved = Point::encode(solved.element() - left * by, "solved").unwrap();

        let forged = statement(sent);
        let mutant = challenges(&forged, &proof, omit);
        assert_eq!(residue(&forged, &proof, mutant), Element::default(), "the mutant without {omit} accepts");
        assert_eq!(proof.verify(&forged, &mut rand::rng()), Err(ProofError::Equation), "{omit}");
    }
}

#[test]
fn a_forgotten_item_is_changed_unseen() {
    let openings = [7u64, 8].map(|amount| Opening::new(Amount(amount), Scalar::random(&mut rand::rng())));
    let honest = statement(openings.iter().map(|opening| opening.commit().unwrap()).collect());
    let proof = RangeProof::prove(&honest, &Witness::new(openings), &mut rand::rng()).unwrap();
    let ours = Challenges::draw(honest.transcript(), &honest.commitments, &proof).unwrap();
    assert_eq!(challenges(&honest, &proof, ""), ours, "the row is complete");

    let changed = [
        ("net", Statement { net: NetworkId([9; 32]), ..honest.clone() }),
        ("body_digest", Statement { body_digest: [9; 32], ..honest.clone() }),
        ("bundle", Statement { bundle: 9, ..honest.clone() }),
    ];
    for (omit, other) in changed {
        let mutant = challenges(&honest, &proof, omit);
        assert_eq!(mutant, challenges(&other, &proof, omit), "the mutant without {omit} sees no difference");
        assert_eq!(proof.verify(&other, &mut rand::rng()), Err(ProofError::Equation), "{omit}");
    }
    // These keep rows of other shapes apart.
    for omit in ["version", "count", "m"] {
        assert_ne!(challenges(&honest, &proof, omit), ours, "{omit}");
    }
}

/// What anybody can compute from the paper with a divided coefficient and a sum for each generator.
#[test]
fn the_verifier_adds_up_the_equation_as_it_is_written() {
    let scalar = || Scalar::random(&mut rand::rng());
    // Nothing cancels: every term is random.
    for count in [1, 2, 3] {
        let rounds = (BITS * usize::next_power_of_two(count)).ilog2() as usize;
        let proof = RangeProof {
            A: random(),
            rounds: (0..rounds).map(|_| Round { L: random(), R: random() }).collect(),
            A_last: random(),
            B: random(),
            r: scalar(),
            s: scalar(),
            delta: scalar(),
        };
        let e: Vec<Scalar> = (0..rounds).map(|_| scalar()).collect();
        let (y, z, e_last, weight) = (scalar(), scalar(), scalar(), scalar());
        let y_below_N: Scalar = core::iter::repeat_n(y, (1 << rounds) - 1).product();
        let factor = y_below_N * e.iter().map(|e| e * e).product::<Scalar>();
        let commitments = Commitments::new((0..count).map(|_| random()).collect()).unwrap();
        let equation = Equation { proof, commitments, challenges: Challenges { y, z, e, e_last } };
        let mut sum = Sum::new();
        equation.add_to(&[weight], &mut sum);
        assert_eq!(sum.evaluate(), equation.as_written() * (weight * factor), "{count} values");
    }
}
