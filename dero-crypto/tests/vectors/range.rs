//! `range.json`: protocol 8.5.

use dero_crypto::{
    DecodeError,
    commitment::Amount,
    group::{Point, domain},
    range::{Commitments, Opening, RangeProof, Statement, Witness},
};

use crate::{
    read::{Case, Outcome, class, fixed, proof_class},
    transcript::replay,
};

pub fn check(case: &Case<'_>) -> Outcome {
    let (statement, proof) = item(case)?;
    proof.verify(&statement, &mut rand::rng()).map_err(proof_class)?;
    reproduce(case, &statement, &proof);
    Ok(())
}

/// The statement and proof of a case, or of an item of `batch.json`. Commitments are decoded before they are
/// counted.
pub fn item(case: &Case<'_>) -> Result<(Statement, RangeProof), &'static str> {
    let sent = case
        .list("V")
        .iter()
        .map(|V| Point::decode(&fixed(V.value, "V"), "V"))
        .collect::<Result<Vec<_>, DecodeError>>()
        .map_err(class)?;
    assert_eq!(case.number("count"), sent.len() as u64, "count");
    let commitments = Commitments::new(sent).map_err(|_| "bad-count")?;
    let proof = RangeProof::from_bytes(&case.bytes("proof"), commitments.as_slice().len()).map_err(class)?;
    let (body_digest, bundle) = (case.fixed("body_digest"), case.number("bundle"));
    Ok((Statement { net: case.net(), body_digest, bundle, commitments }, proof))
}

fn reproduce(case: &Case<'_>, statement: &Statement, proof: &RangeProof) {
    let openings: Vec<Opening> = case
        .scalars("values")
        .iter()
        .zip(case.scalars("masks"))
        .map(|(value, mask)| {
            let (low, high) = value.as_bytes().split_at(8);
            assert_eq!(high, [0; 24], "a value of 64 bits");
            Opening::new(Amount(u64::from_le_bytes(low.try_into().expect("8 bytes"))), mask)
        })
        .collect();
    for (opening, V) in openings.iter().zip(statement.commitments.as_slice()) {
        assert_eq!(opening.commit(), Ok(*V), "V");
    }

    let nonces = case.at("nonces");
    let mut all = vec![nonces.scalar("alpha")];
    for (d_L, d_R) in nonces.scalars("d_L").into_iter().zip(nonces.scalars("d_R")) {
        all.extend([d_L, d_R]);
    }
    all.extend(["r", "s", "delta", "eta"].map(|name| nonces.scalar(name)));
    let made = RangeProof::prove_with_nonces(statement, &Witness::new(openings), &all).expect("a valid witness");
    assert_eq!(hex::encode(made.to_bytes()), hex::encode(proof.to_bytes()), "proof");
    assert_eq!(proof.to_bytes(), case.bytes("proof"), "decoding and encoding");

    let mut challenges = vec![case.scalar("y"), case.scalar("z")];
    challenges.extend(case.scalars("e"));
    challenges.push(case.scalar("e_last"));
    assert_eq!(proof.challenges(statement), Ok(challenges.clone()), "challenges");
    if case.has("transcript") {
        assert_eq!(replay(case, domain::RANGE), challenges, "challenges of the transcript");
    }
    assert_eq!(RangeProof::len(case.number("m") as usize), Ok(proof.to_bytes().len()), "m");
}
