//! `sealed.json`: sealed alternatives under a lock record.
//!
//! Records are the ledger's; what stands here is the least that makes a statement of one.

use dero_crypto::{
    codec::Reader,
    group::{Point, domain, generators::G},
    secret::Secret,
    sigma::{Alternatives, Holding, SealedError, SealedProof, SealedStatement, SealedWitness},
};

use crate::{
    read::{Case, Outcome, class, proof_class},
    transcript::replay,
};

pub fn check(case: &Case<'_>) -> Outcome {
    let (enote, record) = (case.fixed::<163>("locked"), case.bytes("record"));
    let alternatives = Record::cut(&record)?.rules(case.number("height"))?;
    let locked = holding(&enote)?;
    let alternatives: Vec<Vec<_>> = alternatives
        .iter()
        .map(|parts| parts.iter().map(|part| holding(part)).collect::<Result<_, _>>())
        .collect::<Result<_, _>>()?;

    let digest = domain::VAULT_RECORD.hash(&[&record]);
    let vault_id = domain::VAULT_ID.hash(&[&case.net().0, &case.fixed::<32>("ic"), &enote, &digest]);
    if alternatives.is_empty() {
        assert_eq!((digest, vault_id), (case.fixed("record_digest"), case.fixed("vault_id")), "digests");
        return Ok(());
    }
    let alternatives = Alternatives::new(locked, alternatives).map_err(|error| match error {
        SealedError::Count(error) => class(error),
        _ => "reused-mask",
    })?;
    if case.has("vault_id") && vault_id != case.fixed("vault_id") {
        return Err("mismatch");
    }

    let statement = SealedStatement {
        net: case.net(),
        body_digest: case.fixed("body_digest"),
        vault_id,
        alternatives: &alternatives,
    };
    let proof = SealedProof::from_bytes(&case.bytes("proof")).map_err(class)?;
    proof.verify(&statement, &mut rand::rng()).map_err(proof_class)?;

    assert_eq!(digest, case.fixed("record_digest"), "record digest");
    let y = case.scalars("y");
    let Y: Vec<_> =
        y.iter().map(|y| Point::encode(G.element() * y, "Y").expect("a point").to_bytes().to_vec()).collect();
    assert_eq!(Y, case.byte_list("Y"), "Y");
    let witness = SealedWitness::new(y.into_iter().map(Secret::new).collect());
    let made = SealedProof::prove_with_nonces(&statement, &witness, &Secret::new(case.scalar("kappa")));
    assert_eq!(made.expect("the witness fits").to_bytes().to_vec(), case.bytes("proof"), "proof");
    if case.has("transcript") {
        assert_eq!(replay(case, domain::SEALED), [case.scalar("c")], "transcript");
    }
    SealedProof::prove(&statement, &witness, &mut rand::rng())
        .expect("the witness fits")
        .verify(&statement, &mut rand::rng())
        .map_err(proof_class)
}

/// (T, C) of an enote, all of whose points decode.
fn holding(enote: &[u8]) -> Result<Holding, &'static str> {
    let mut reader = Reader::new(enote, "enote");
    let mut next = |what| reader.point(what).map_err(class);
    let (_, C, T, _) = (next("Ko")?, next("C")?, next("T")?, next("De")?);
    Ok(Holding { T, C })
}

struct Record<'a> {
    p_auth: [u8; 32],
    due: u64,
    accept: Option<u64>,
    p_acc: Vec<[u8; 32]>,
    alternatives: Vec<Vec<&'a [u8]>>,
}

impl<'a> Record<'a> {
    fn cut(bytes: &'a [u8]) -> Result<Self, &'static str> {
        let mut reader = Reader::new(bytes, "record");
        let kind = reader.u8("kind").map_err(class)?;
        let _contract: [u8; 32] = reader.array("contract_id").map_err(class)?;
        let p_auth = reader.array("P_auth").map_err(class)?;
        let due = reader.u64("due").map_err(class)?;
        let default = reader.u8("default").map_err(class)?;
        let accept_by = reader.u64("accept_by").map_err(class)?;
        let keys = reader.u8("n_acc").map_err(class)?;
        if kind > 1 {
            return Err("bad-flags");
        }
        if !(if kind == 1 { 1..=4 } else { 0..=0 }).contains(&keys) {
            return Err("bad-count");
        }
        let p_acc = (0..keys).map(|_| reader.array("P_acc").map_err(class)).collect::<Result<_, _>>()?;
        let count = reader.count("J", 0, 8).map_err(class)?;
        if usize::from(default) > count {
            return Err("bad-default");
        }
        let mut alternatives = Vec::new();
        for _ in 0..count {
            let parts = reader.u8("B_j").map_err(class)?;
            if !(1..=4).contains(&parts) {
                return Err("bad-count");
            }
            let parts = (0..parts).map(|_| reader.slice(163, "part").map_err(class)).collect::<Result<_, _>>()?;
            alternatives.push(parts);
        }
        reader.finish().map_err(class)?;
        Ok(Self { p_auth, due, accept: (kind == 1).then_some(accept_by), p_acc, alternatives })
    }

    /// Orders, heights, keys; then the alternatives.
    fn rules(self, height: u64) -> Result<Vec<Vec<&'a [u8]>>, &'static str> {
        let ascending = |parts: &Vec<&[u8]>| parts.is_sorted_by(|a, b| a[..32] < b[..32]);
        if !self.p_acc.is_sorted_by(|a, b| a < b) || !self.alternatives.iter().all(ascending) {
            return Err("unsorted");
        }
        if self.due <= height || self.accept.is_some_and(|by| by < height || by >= self.due) {
            return Err("bad-height");
        }
        if self.p_auth != [0; 32] {
            Point::decode(&self.p_auth, "P_auth").map_err(class)?;
        }
        for key in &self.p_acc {
            Point::decode(key, "P_acc").map_err(class)?;
        }
        Ok(self.alternatives)
    }
}
