//! Anchors (4.2), and a public enote of an asset that is in no registry (4.6, 5.2).

use dero_crypto::{
    NetworkId,
    asset::{AssetId, KnownAssets},
    commitment::Amount,
    enote::{Anchor, Draft, EnoteSeed, InputContext},
    group::Scalar,
    keys::{AddressIndex, MasterSecret},
    secret::Secret,
};
use serde_json::{Value, json};

use super::{NET, draw::Draw, drawn, edit, file, flip, other_lengths, refused};

pub fn enote() -> Value {
    let stub = drawn("enote", "stub-of-unregistered-asset", unregistered);
    let other_asset = refused(&stub, "other-asset", "not-owned", "5.2", |case| {
        flip(case, "alpha", 0);
        case["check"] = "Ko".into();
    });
    let mut file = file(anchors().into_iter().chain([stub, other_asset]).collect());
    file["registry"] = json!([]);
    file
}

fn anchors() -> Vec<Value> {
    let anchor = |name, make: fn(&mut Draw) -> Anchor| {
        drawn("enote", name, |draw| {
            let anchor = make(draw);
            let ic = InputContext::bundle(&NetworkId(NET), &anchor);
            let a_min = hex::encode(anchor.to_bytes());
            json!({ "kind": "ic", "form": "bundle", "a_min": a_min, "ic": hex::encode(ic.0) })
        })
    };
    let valid = [
        anchor("anchor-tag", |draw| Anchor::Tag(draw.point().to_bytes())),
        anchor("anchor-vault", |draw| Anchor::Vault(draw.bytes())),
        anchor("anchor-move", |draw| Anchor::Move { contract: draw.bytes(), nonce: draw.bytes() }),
    ];
    let mut cases = valid.to_vec();
    let kind =
        |valid, what, error, byte| refused(valid, what, error, "4.2", |case| edit(case, "a_min", |b| b[0] = byte));
    for valid in &valid {
        let unknown = [("kind-0", 0), ("kind-4", 4), ("kind-255", 255)];
        cases.extend(unknown.map(|(what, byte)| kind(valid, what, "bad-kind", byte)));
        cases.extend(other_lengths(valid, "a_min", "4.2"));
    }
    cases.push(kind(&valid[0], "as-move", "bad-length", 3));
    cases.push(kind(&valid[2], "as-tag", "bad-length", 1));
    cases
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
