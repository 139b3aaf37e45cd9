//! `wire.json`: enotes as bytes (protocol 4.1, 4.6).

use dero_crypto::{
    asset::AssetId,
    commitment::Amount,
    enote::{Enote, PublicEnote},
};

use crate::read::{Case, Outcome, class};

pub fn check(case: &Case<'_>) -> Outcome {
    let bytes = case.bytes("bytes");
    let same = |key: &str, found: &[u8]| assert_eq!(found, case.bytes(key), "{key}");
    match case.text("kind") {
        "enote" => {
            let enote = Enote::from_bytes(&bytes).map_err(class)?;
            enote.decode().map_err(class)?;
            same("Ko", &enote.one_time_key);
            same("C", &enote.commitment);
            same("T", &enote.asset_tag);
            same("De", &enote.ephemeral_key);
            same("vt1", &[enote.view_tag_1]);
            same("vt2", &enote.view_tag_2);
            same("sigma_enc", &enote.seed_enc);
            same("pay_enc", &enote.pay_enc);
            same("bytes", &enote.to_bytes());
        }
        "public" => {
            let enote = PublicEnote::from_bytes(&bytes).map_err(class)?;
            enote.decode(Amount(1), &AssetId::NATIVE).map_err(class)?;
            same("Ko", &enote.one_time_key);
            same("De", &enote.ephemeral_key);
            same("vt1", &[enote.view_tag_1]);
            same("vt2", &enote.view_tag_2);
            same("sigma_enc", &enote.seed_enc);
            same("t_enc", &enote.tag_enc);
            same("bytes", &enote.to_bytes());
        }
        kind => panic!("kind {kind}"),
    }
    Ok(())
}
