//! `tag.json`: linking tags.

use dero_crypto::{
    group::{
        Point, decode_scalar,
        generators::{G, X, Y},
    },
    keys::{LinkingTag, TagError},
    secret::Secret,
};

use crate::read::{Case, Outcome, class};

pub fn check(case: &Case<'_>) -> Outcome {
    let [x, y, z] = ["x", "y", "z"].map(|key| decode_scalar(&case.fixed(key), "scalar").map_err(class));
    let (x, y, z) = (x?, y?, z?);
    let stated = LinkingTag::decode(&case.fixed("L")).map_err(class)?;

    let full = LinkingTag::from_full(&Secret::new(x), &Secret::new(y));
    let view = LinkingTag::from_view_balance(&Secret::new(x), &(Y.element() * y));
    assert_eq!(full, view, "both tiers");
    let tag = full.map_err(|error| match error {
        TagError::ZeroKey => "zero-key",
        _ => "identity",
    })?;
    if tag != stated {
        return Err("wrong-tag");
    }
    assert_eq!(tag.to_bytes(), case.fixed("L"), "L");
    let Ko = X.element() * x + Y.element() * y;
    assert_eq!(Point::encode(Ko, "Ko").expect("a key"), case.point("Ko"), "Ko");
    assert_eq!(Point::encode(Ko + G.element() * z, "K~").expect("a key"), case.point("K"), "K");
    Ok(())
}
