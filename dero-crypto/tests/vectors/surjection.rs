//! `surjection.json`: asset surjection proofs (protocol 8.4).

use dero_crypto::{
    DecodeError,
    group::{Point, domain},
    membership::{AssetSet, SurjectionProof, SurjectionStatement, SurjectionWitness},
    secret::Secret,
};

use crate::{
    member::nonces,
    read::{self, Case, Outcome, class, proof_class},
    transcript,
};

pub fn check(case: &Case<'_>) -> Outcome {
    let (statement, proof) = item(case)?;
    proof.verify(&statement, &mut rand::rng()).map_err(proof_class)?;
    if case.has("l") {
        reproduce(case, &statement, &proof);
    }
    Ok(())
}

/// The statement and proof of a case, or of an item of `batch.json`.
pub fn item(case: &Case<'_>) -> Result<(SurjectionStatement, SurjectionProof), &'static str> {
    let statement = statement(case)?;
    let bytes = case.bytes("proof");
    let proof = SurjectionProof::from_bytes(&bytes, &statement.assets).map_err(class)?;
    assert_eq!(proof.to_bytes(), bytes);
    Ok((statement, proof))
}

fn statement(case: &Case<'_>) -> Result<SurjectionStatement, &'static str> {
    Ok(SurjectionStatement {
        net: case.net(),
        body_digest: case.fixed("body_digest"),
        bundle: case.number("bundle"),
        j: case.number("j"),
        assets: AssetSet::new(&points(case, "omega")?).map_err(|error| match error {
            DecodeError::Limit { .. } => "bad-count",
            other => class(other),
        })?,
        tag: Point::decode(&case.fixed("T"), "T").map_err(class)?,
    })
}

fn points(case: &Case<'_>, key: &str) -> Result<Vec<Point>, &'static str> {
    case.list(key).iter().map(|point| Point::decode(&read::fixed(point.value, key), "Ω").map_err(class)).collect()
}

fn reproduce(case: &Case<'_>, statement: &SurjectionStatement, proof: &SurjectionProof) {
    assert_eq!(u64::from(statement.assets.q()), case.number("q"), "q");
    assert_eq!(statement.assets.padded(), points(case, "padded").expect("points"), "padded");
    let witness =
        SurjectionWitness { place: Secret::new(case.number("l")), delta: Secret::new(case.scalar("delta")) };
    let made = SurjectionProof::prove_with_nonces(statement, &witness, &nonces(case)).expect("a proof");
    assert_eq!(&made, proof, "proof");
    let challenges = made.challenges(statement).expect("challenges");
    assert_eq!(challenges, (case.scalar("mu"), case.scalar("xi")), "challenges");
    if case.has("transcript") {
        assert_eq!(transcript::replay(case, domain::SURJECTION), [challenges.0, challenges.1]);
    }
    let again = SurjectionProof::prove(statement, &witness, &mut rand::rng()).expect("a proof");
    again.verify(statement, &mut rand::rng()).expect("a proof of our own verifies");
}
