//! Enotes whose amount and asset are public: coinbase, genesis, return stubs (protocol 4.6).

#![allow(non_snake_case)] // Symbols match the equations.

use crate::{
    asset::AssetId,
    commitment::Amount,
    group::{Point, Scalar, generators::G},
};

/// (C, T) of a public enote: C = a·A_α + G, T = A_α.
///
/// The mask is 1 rather than 0, so that C is never the identity. Public inputs only.
#[must_use]
pub fn public_commitment(amount: Amount, asset: &AssetId) -> (Point, Point) {
    let A = asset.generator();
    let C = Scalar::from(amount.0) * A.element() + G.element();
    (Point::encode(C, "C").expect("a·A = −G would be a logarithm of A"), A)
}
