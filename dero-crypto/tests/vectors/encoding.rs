//! `encoding.json`: scalars and points as wire fields (protocol 1.1).

use dero_crypto::codec::Reader;

use crate::read::{Case, Outcome, class};

pub fn check(case: &Case<'_>) -> Outcome {
    let bytes = case.bytes("bytes");
    let mut reader = Reader::new(&bytes, "field");
    let again = match case.text("kind") {
        "scalar" => reader.scalar("field").map(|scalar| scalar.to_bytes()),
        "point" => reader.point("field").map(|point| {
            assert_eq!(point.element().compress().to_bytes(), point.to_bytes());
            point.to_bytes()
        }),
        kind => panic!("kind {kind}"),
    }
    .map_err(class)?;
    reader.finish().map_err(class)?;
    assert_eq!(again.as_slice(), bytes);
    Ok(())
}
