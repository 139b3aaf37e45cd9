//! `member.json`: membership proofs (protocol 7.1 to 7.3).

use std::sync::Arc;

use dero_crypto::{
    group::{Point, Scalar, domain},
    membership::{
        Accumulator, Image, Masks, Member, MembershipProof, MembershipStatement, MembershipWitness, Nonces,
        ReferenceKind, ReferenceSet, SetParameters,
    },
    secret::Secret,
};

use crate::{
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
pub fn item(case: &Case<'_>) -> Result<(MembershipStatement, MembershipProof), &'static str> {
    let statement = statement(case)?;
    let bytes = case.bytes("proof");
    let proof = MembershipProof::from_bytes(&bytes, statement.parameters()).map_err(class)?;
    assert_eq!(proof.to_bytes(), bytes);
    Ok((statement, proof))
}

fn statement(case: &Case<'_>) -> Result<MembershipStatement, &'static str> {
    let small = |key| u32::try_from(case.number(key)).expect(key);
    let parameters = SetParameters::new(small("n"), small("m")).map_err(|_| "bad-parameters")?;
    let kind = u8::try_from(case.number("kind")).expect("kind");
    let kind = ReferenceKind::from_byte(kind).map_err(class)?;
    let ring = &case.file["rings"][case.text("ring")].as_array().expect("a ring")[..];
    let start = case.number("start");
    let first = usize::try_from(start).expect("start");
    let members = ring[first..][..usize::try_from(case.number("L")).expect("L")]
        .iter()
        .map(|entry| Member::decode(&read::fixed(entry, "ring")).map(Arc::new))
        .collect::<Result<_, _>>()
        .map_err(class)?;
    let acc = |key| Accumulator(case.fixed(key));
    let set =
        ReferenceSet::new(kind, start, acc("acc_start"), acc("acc_end"), members).map_err(|_| "bad-interval")?;
    let image = case.list("image");
    let point = |i: usize| Point::decode(&read::fixed(image[i].value, "image"), "image").map_err(class);
    let image = Image { key: point(0)?, commitment: point(1)?, asset_tag: point(2)? };
    MembershipStatement::new(case.net(), parameters, Arc::new(set), image).map_err(|_| "bad-interval")
}

fn reproduce(case: &Case<'_>, statement: &MembershipStatement, proof: &MembershipProof) {
    let r = case.scalars("r");
    let masks = Masks { key: Secret::new(r[0]), commitment: Secret::new(r[1]), asset_tag: Secret::new(r[2]) };
    let l = usize::try_from(case.number("l")).expect("l");
    let members = statement.set().members();
    assert_eq!(Image::of(&members[l.min(members.len() - 1)], &masks).as_ref(), Ok(statement.image()), "image");

    let witness = MembershipWitness::new(l as u64, masks);
    let made = MembershipProof::prove_with_nonces(statement, &witness, &nonces(case)).expect("a proof");
    let n = case.number("n") as usize;
    let mut stated = vec![case.fixed("A"), case.fixed("B")];
    stated.extend(parts(&case.list("X")));
    case.list("f").iter().for_each(|row| stated.extend(parts(&list(row)[1..])));
    stated.extend([case.fixed("z_A"), case.fixed("z")]);
    for (place, (found, stated)) in made.to_bytes().chunks(32).zip(&stated).enumerate() {
        assert_eq!(found, stated, "part {place} of the proof");
    }
    assert_eq!(&made, proof, "proof");

    let (mu, xi) = made.challenges(statement).expect("challenges");
    assert_eq!((mu, xi), (case.scalar("mu"), case.scalar("xi")), "challenges");
    for (j, row) in case.list("f").iter().enumerate() {
        let row: Vec<Scalar> = list(row).iter().map(|f| read::scalar(f.value, "f")).collect();
        assert_eq!((row.len(), row.iter().sum::<Scalar>()), (n, xi), "f_{j}");
    }
    if case.has("transcript") {
        assert_eq!(transcript::replay(case, domain::MEMBER), [mu, xi]);
    }
    if witness.place.expose() < &(members.len() as u64) {
        let again = MembershipProof::prove(statement, &witness, &mut rand::rng()).expect("a proof");
        again.verify(statement, &mut rand::rng()).expect("a proof of our own verifies");
    }
}

/// `a[j]` (i ≥ 1), `r_A`, `r_B`, `rho[j]`.
pub fn nonces(case: &Case<'_>) -> Nonces {
    let nonces = case.at("nonces");
    let a = nonces.list("a").iter().flat_map(list).map(|a| read::scalar(a.value, "a")).collect();
    Nonces {
        a: Secret::new(a),
        r_A: Secret::new(nonces.scalar("r_A")),
        r_B: Secret::new(nonces.scalar("r_B")),
        rho: Secret::new(nonces.scalars("rho")),
    }
}

fn list<'a>(row: &Case<'a>) -> Vec<Case<'a>> {
    row.value.as_array().expect("a list").iter().map(|value| Case { file: row.file, value }).collect()
}

fn parts(list: &[Case<'_>]) -> Vec<[u8; 32]> {
    list.iter().map(|part| read::fixed(part.value, "part")).collect()
}
