//! A public enote of an asset that is in no registry (4.6, 5.2).

use dero_crypto::{
    NetworkId,
    asset::{AssetId, KnownAssets},
    commitment::Amount,
    enote::{Draft, EnoteSeed, InputContext},
    group::Scalar,
    keys::{AddressIndex, MasterSecret},
    secret::Secret,
};
use serde_json::{Value, json};

use super::{NET, draw::Draw, drawn, file, flip, refused};

pub fn enote() -> Value {
    let stub = drawn("enote", "stub-of-unregistered-asset", unregistered);
    let other_asset = refused(&stub, "other-asset", "not-owned", "5.2", |case| {
        flip(case, "alpha", 0);
        case["check"] = "Ko".into();
    });
    let mut file = file(vec![stub, other_asset]);
    file["registry"] = json!([]);
    file
}

/// What its owner sees: α is given, and not known.
fn unregistered(draw: &mut Draw) -> Value {
    let s_m = draw.bytes();
    let keys = MasterSecret::from_bytes(s_m).audit_key();
    let (context, sigma, asset) = (InputContext(draw.bytes()), draw.bytes(), AssetId(draw.bytes()));
    let (amount, index) = (draw.number(), AddressIndex(draw.number()));
    let seed = EnoteSeed::from_bytes(sigma);
    let draft = Draft { context: &context, seed: &seed, amount: Amount(amount), asset };
    let enote = draft.public(&NetworkId(NET), &keys.address_key().address(index)).expect("points");
    let decoded = enote.decode(Amount(amount), &asset).expect("points");
    let found = keys.recognise(&NetworkId(NET), &context, &decoded, &KnownAssets::native()).expect("its own");
    let (opening, view) = (found.opening(), keys.one_time_view(&found).expect("a tag"));
    let scalar = |scalar: &Secret<Scalar>| hex::encode(scalar.expose().as_bytes());
    json!({
        "kind": "scan", "form": "public", "tier": "view_received", "s_m": hex::encode(s_m), "ic": hex::encode(context.0),
        "a": amount, "alpha": hex::encode(asset.0), "enote": hex::encode(enote.to_bytes()),
        "found": {
            "j": found.index().0, "a": opening.amount().0, "A": hex::encode(opening.asset().as_bytes()),
            "asset_known": opening.asset().id().is_some(), "alpha": opening.asset().id().map(|id| hex::encode(id.0)),
            "kappa": found.kind().code(), "sigma": hex::encode(found.seed().expose()), "t": hex::encode(found.tag().0),
            "b": scalar(opening.tag_blinding()), "x": scalar(opening.mask()), "u": scalar(found.extension_x()),
            "v": scalar(found.extension_y()), "r": scalar(found.ephemeral()), "x_o": scalar(view.image_part()),
            "D_o": hex::encode(view.spend_part().as_bytes()), "L": hex::encode(view.tag().to_bytes()),
        },
    })
}
