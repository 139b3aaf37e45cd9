//! `authority.json`: the Schnorr rows of locked enotes (protocol 12.2, 12.4).

use dero_crypto::{
    group::Point,
    secret::Secret,
    sigma::{Accept, SchnorrProof, VaultAuth},
};

use crate::read::{Case, Outcome, class};

pub fn check(case: &Case<'_>) -> Outcome {
    let key = Point::decode(&case.fixed("P"), "P").map_err(class)?;
    let proof = SchnorrProof::from_bytes(&case.bytes("proof")).map_err(class)?;
    let (net, vault_id) = (case.net(), case.fixed("vault_id"));
    let statement = match case.text("kind") {
        "vault-auth" => VaultAuth { net, m_tx: case.fixed("m_tx"), vault_id, key }.statement(),
        "accept" => Accept { net, vault_id, txid: case.fixed("txid"), index: case.number("i"), key }.statement(),
        kind => panic!("kind {kind}"),
    };
    proof.verify(&statement, &mut rand::rng()).map_err(|_| "bad-signature")?;
    let (p, nonce) = (Secret::new(case.scalar("p")), Secret::new(case.scalar("nonce")));
    let made = SchnorrProof::prove_with_nonces(&statement, &p, &nonce).expect("the key fits");
    assert_eq!(made, proof);
    assert_eq!(made.to_bytes().as_slice(), case.bytes("proof"));
    Ok(())
}
