//! `asset.json`: descriptors, asset ids, issuer signatures (protocol 9).

use dero_crypto::{
    DecodeError,
    asset::{AssetId, AssetRules, Descriptor, Issuer},
    enote::InputContext,
    group::Point,
    secret::Secret,
    sigma::{IssuerAuth, SchnorrProof},
};

use crate::read::{self, Case, Outcome};

pub fn check(case: &Case<'_>) -> Outcome {
    match case.text("kind") {
        "id" => id(case),
        "issuer" => issuer(case),
        kind => panic!("kind {kind}"),
    }
}

fn class(error: DecodeError) -> &'static str {
    match error {
        DecodeError::Value { what: "descriptor ticker", .. } => "bad-character",
        DecodeError::Value {
            what: "descriptor flags" | "descriptor has_max" | "descriptor max_supply", ..
        } => "bad-flags",
        other => read::class(other),
    }
}

fn id(case: &Case<'_>) -> Outcome {
    let bytes = case.bytes("descriptor");
    let descriptor = Descriptor::from_bytes(&bytes).map_err(class)?;
    if case.has("ticker") {
        let stated = Descriptor {
            issuer: match case.number("issuer_kind") {
                0 => Issuer::Key(case.fixed("issuer")),
                1 => Issuer::Contract(case.fixed("issuer")),
                kind => panic!("issuer kind {kind}"),
            },
            ticker: case.text("ticker").as_bytes().to_vec(),
            name: case.text("asset_name").as_bytes().to_vec(),
            decimals: case.number("decimals").try_into().expect("a byte"),
            max_supply: case.has("max_supply").then(|| case.number("max_supply")),
            rules: AssetRules {
                hidden_supply: case.number("flags") & 1 != 0,
                reissuable: case.number("flags") & 2 != 0,
                burnable: case.number("flags") & 4 != 0,
            },
            metadata: case.fixed("metadata"),
        };
        assert_eq!(descriptor, stated);
        assert_eq!(stated.to_bytes().map_err(class)?, bytes);
    }
    let op_index = u32::try_from(case.number("op_index")).expect("32 bits");
    let alpha = AssetId::derive(&case.net(), &bytes, &InputContext(case.fixed("ic")), op_index);
    if alpha != AssetId(case.fixed("alpha")) {
        return Err("mismatch");
    }
    assert_eq!(alpha.generator(), case.point("A_alpha"));
    Ok(())
}

fn issuer(case: &Case<'_>) -> Outcome {
    let key = Point::decode(&case.fixed("I"), "I").map_err(class)?;
    let proof = SchnorrProof::from_bytes(&case.bytes("proof")).map_err(class)?;
    let statement = IssuerAuth {
        net: case.net(),
        m_tx: case.fixed("m_tx"),
        op_index: case.number("op_index"),
        asset: AssetId(case.fixed("alpha")),
        key,
    }
    .statement();
    proof.verify(&statement, &mut rand::rng()).map_err(|_| "bad-signature")?;
    let (i, nonce) = (Secret::new(case.scalar("i")), Secret::new(case.scalar("nonce")));
    let made = SchnorrProof::prove_with_nonces(&statement, &i, &nonce).expect("the key fits");
    assert_eq!(made.to_bytes().as_slice(), case.bytes("proof"));
    Ok(())
}
