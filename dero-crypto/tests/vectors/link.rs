//! `link.json`: link proofs.

use dero_crypto::{
    group::{Point, domain},
    secret::Secret,
    sigma::{LinkProof, LinkStatement, LinkWitness},
};

use crate::{
    read::{Case, Outcome, class, proof_class},
    transcript::replay,
};

pub fn check(case: &Case<'_>) -> Outcome {
    let (statement, proof) = item(case)?;
    proof.verify(&statement, &mut rand::rng()).map_err(proof_class)?;

    let part = |key| Secret::new(case.scalar(key));
    let witness = LinkWitness { a: part("a"), x: part("x"), y: part("y") };
    let alpha = LinkWitness { a: part("alpha_a"), x: part("alpha_x"), y: part("alpha_y") };
    let made = LinkProof::prove_with_nonces(&statement, &witness, &alpha).expect("the witness fits");
    assert_eq!(made.to_bytes().to_vec(), case.bytes("proof"), "proof");
    if case.has("transcript") {
        assert_eq!(replay(case, domain::LINK), [case.scalar("c")], "transcript");
    }
    LinkProof::prove(&statement, &witness, &mut rand::rng())
        .expect("the witness fits")
        .verify(&statement, &mut rand::rng())
        .map_err(proof_class)
}

/// The statement and proof of a case, or of an item of `batch.json`.
pub fn item(case: &Case<'_>) -> Result<(LinkStatement, LinkProof), &'static str> {
    let statement = LinkStatement {
        net: case.net(),
        body_digest: case.fixed("body_digest"),
        bundle: case.number("bundle"),
        j: case.number("j"),
        T: Point::decode(&case.fixed("T"), "T").map_err(class)?,
        C: Point::decode(&case.fixed("C"), "C").map_err(class)?,
        E: Point::decode(&case.fixed("E"), "E").map_err(class)?,
    };
    Ok((statement, LinkProof::from_bytes(&case.bytes("proof")).map_err(class)?))
}
