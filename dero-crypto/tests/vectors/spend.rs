//! `spend.json`: spend proofs, and forgeries that a summed verifier accepts.

use dero_crypto::{
    NetworkId,
    group::{
        Element, Point, Scalar, domain,
        generators::{G, U, X, Y},
        hash::raw,
    },
    keys::{LinkingTag, SpendKey},
    secret::Secret,
    sigma::{SignerPart, SpendProof, SpendStatement, SpendWitness},
};

use crate::{
    make::signer::Repeating,
    read::{Case, Outcome, class, proof_class},
    transcript::replay,
};

pub fn check(case: &Case<'_>) -> Outcome {
    match case.text("kind") {
        "single" => single(case),
        "aggregated" => aggregated(case),
        "signer" => signer(case),
        other => panic!("kind {other}"),
    }
}

/// The statement and proof of a case, or of an item of `batch.json`.
pub fn item(case: &Case<'_>) -> Result<(SpendStatement, SpendProof), &'static str> {
    let statement = SpendStatement {
        net: case.net(),
        m_tx: case.fixed("m_tx"),
        index: case.number("index"),
        image_key: Point::decode(&case.fixed("K"), "K~").map_err(class)?,
        tag: LinkingTag::decode(&case.fixed("L")).map_err(class)?,
    };
    Ok((statement, SpendProof::from_bytes(&case.bytes("proof")).map_err(class)?))
}

fn single(case: &Case<'_>) -> Outcome {
    let (statement, proof) = item(case)?;
    proof.verify(&statement, &mut rand::rng()).map_err(proof_class)?;

    let part = |key| Secret::new(case.scalar(key));
    let witness = SpendWitness { x: part("x"), y: part("y"), z: part("z") };
    let nonces = SpendWitness { x: part("alpha"), y: part("beta"), z: part("gamma") };
    let made = SpendProof::prove_with_nonces(&statement, &witness, &nonces).expect("the witness fits");
    assert_eq!(made.to_bytes().to_vec(), case.bytes("proof"), "proof");
    let c = statement.challenge(&case.point("A1"), &case.point("A2")).expect("a challenge");
    assert_eq!(c, case.scalar("c"), "c");
    if case.has("transcript") {
        assert_eq!(replay(case, domain::SPEND), [c], "transcript");
    }
    SpendProof::prove(&statement, &witness, &mut rand::rng())
        .expect("the witness fits")
        .verify(&statement, &mut rand::rng())
        .map_err(proof_class)
}

/// A host that knows x and z, and a signer that knows k_s.
fn signer(case: &Case<'_>) -> Outcome {
    let (statement, proof) = item(case)?;
    proof.verify(&statement, &mut rand::rng()).map_err(proof_class)?;

    let [k_s, v, x, z] = ["k_s", "v", "x", "z"].map(|key| case.scalar(key));
    let key = SpendKey::from_bytes(k_s.as_bytes()).expect("not zero");
    let (P1, P2) = (case.point("P1"), case.point("P2"));
    let mut rng = Repeating(case.fixed("rnd"));
    let signed = SignerPart::answer(&statement, (P1, P2), &key, &Secret::new(v), &mut rng).expect("an answer");
    assert_eq!((signed.beta_Y, signed.s_y), (case.point("beta_Y"), case.scalar("s_y")));

    let (beta, c) = (case.scalar("beta"), case.scalar("c"));
    let (A1, A2) = SpendStatement::announcements(&P1, &P2, &signed.beta_Y).expect("points");
    assert_eq!(statement.challenge(&A1, &A2), Ok(c));
    assert_eq!((Y.element() * beta, beta + c * (k_s + v)), (*signed.beta_Y.element(), signed.s_y));
    let (alpha, gamma) = (case.scalar("alpha"), case.scalar("gamma"));
    assert_eq!(X.element() * alpha + G.element() * gamma, *P1.element());
    assert_eq!(statement.tag.point().element() * alpha, *P2.element());
    let answers = [alpha + c * x, signed.s_y, gamma + c * z].map(|answer| answer.to_bytes());
    assert_eq!([[A1.to_bytes(), A2.to_bytes()].concat(), answers.concat()].concat(), case.bytes("proof"));
    Ok(())
}

/// The sums over the inputs hold, and each input is refused all the same.
fn aggregated(case: &Case<'_>) -> Outcome {
    let inputs: Vec<_> = case.list("inputs").iter().map(Input::read).collect();
    assert!(case.list("inputs").iter().any(|input| input.point("L") != input.point("true_L")), "a forged tag");
    let (A1, A2) = (case.point("A1"), case.point("A2"));
    let (m_tx, t_y, t_z): ([u8; 32], _, _) = (case.fixed("m_tx"), case.scalar("t_y"), case.scalar("t_z"));
    let c = summed_challenge(&case.net(), &m_tx, &inputs, &A1, &A2);
    assert_eq!(c, case.scalar("c"), "c");

    let (mut keys, mut tags) = (*A1.element(), *A2.element());
    let (mut sum, mut tagged) = (Scalar::ZERO, Element::default());
    let mut power = Scalar::ONE;
    for input in &inputs {
        power *= c;
        keys += input.K.element() * power;
        tags += U.element() * power;
        sum += input.t;
        tagged += input.L.point().element() * input.t;
    }
    let spent = Y.element() * t_y;
    assert_eq!(X.element() * sum + spent + G.element() * t_z, keys, "first sum");
    assert_eq!(tagged + spent, tags, "second sum");

    for (index, input) in (0..).zip(&inputs) {
        let parts = [A1.as_bytes(), A2.as_bytes(), input.t.as_bytes(), t_y.as_bytes(), t_z.as_bytes()];
        let proof =
            SpendProof::from_bytes(parts.map(|part| &part[..]).concat().as_slice()).expect("bytes of a proof");
        let statement = SpendStatement { net: case.net(), m_tx, index, image_key: input.K, tag: input.L };
        assert!(proof.verify(&statement, &mut rand::rng()).is_err(), "input {index} is accepted");
    }
    Err("bad-proof")
}

struct Input {
    K: Point,
    L: LinkingTag,
    t: Scalar,
}

impl Input {
    fn read(case: &Case<'_>) -> Self {
        Self { K: case.point("K"), L: LinkingTag(case.point("L")), t: case.scalar("t") }
    }
}

fn summed_challenge(net: &NetworkId, m_tx: &[u8; 32], inputs: &[Input], A1: &Point, A2: &Point) -> Scalar {
    let mut items: Vec<&[u8]> = vec![&net.0, m_tx];
    items.extend(inputs.iter().map(|input| &input.K.as_bytes()[..]));
    items.extend(inputs.iter().map(|input| &input.L.point().as_bytes()[..]));
    items.extend([&A1.as_bytes()[..], &A2.as_bytes()[..]]);
    raw::scalar("test/summed", &items)
}
