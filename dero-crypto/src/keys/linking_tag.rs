//! Linking tags: what a spend reveals so that the same enote cannot be spent twice (protocol 6, 5.3).
//!
//! ```text
//! Ko = x·X + y·Y          U = x·L + y·Y          L = x⁻¹·(U − y·Y)
//! ```
//!
//! (x, y) of a one-time key is unique unless somebody knows a relation among X, Y and G, so each enote has one
//! tag; and L fixes (x, y), so no two enotes of different keys share one, and nobody can be made to look like a
//! double spender. Elsewhere: key image, nullifier.
//!
//! Source: the tag of Lelantus Spark (<https://eprint.iacr.org/2021/1173>), whose proof is [`spend`](crate::sigma::spend)'s.

#![allow(non_snake_case)] // Symbols match the equations.

use crate::{
    error::DecodeError,
    group::{Element, Point, Scalar, generators},
    secret::Secret,
};

/// The value that spending an enote reveals; equal tags mean the same enote spent twice.
///
/// ```
/// use dero_crypto::{group::{Scalar, generators::Y}, keys::LinkingTag, secret::Secret};
/// let (x, y) = (Secret::new(Scalar::from(5u64)), Secret::new(Scalar::from(7u64)));
/// let tag = LinkingTag::from_full(&x, &y)?;
/// // Whoever knows y·Y alone, and not y, computes the same tag.
/// assert_eq!(LinkingTag::from_view_balance(&x, &(Y.element() * y.expose()))?, tag);
/// # Ok::<(), dero_crypto::keys::TagError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LinkingTag(pub Point);

impl LinkingTag {
    /// The tag from the full key: x on X and y on Y. Constant time but for the refusals.
    ///
    /// # Errors
    ///
    /// [`TagError`] if there is no tag.
    pub fn from_full(x: &Secret<Scalar>, y: &Secret<Scalar>) -> Result<Self, TagError> {
        Self::from_view_balance(x, &(generators::Y.to_element() * y.expose()))
    }

    /// The tag from what the view-balance tier holds: x, and D_o = y·Y without y. Constant time but for the
    /// refusals.
    ///
    /// # Errors
    ///
    /// [`TagError`] if there is no tag.
    pub fn from_view_balance(x: &Secret<Scalar>, D_o: &Element) -> Result<Self, TagError> {
        if *x.expose() == Scalar::ZERO {
            return Err(TagError::ZeroKey);
        }
        let inverse = Secret::new(x.expose().invert());
        let L = (generators::U.to_element() - D_o) * inverse.expose();
        Point::encode(L, "L").map(Self).map_err(|_| TagError::Identity)
    }

    /// Decodes the field L of an input.
    ///
    /// # Errors
    ///
    /// Those of [`Point::decode`].
    pub fn decode(bytes: &[u8; 32]) -> Result<Self, DecodeError> {
        Point::decode(bytes, "L").map(Self)
    }

    /// The point L.
    #[must_use]
    pub fn point(&self) -> &Point {
        &self.0
    }

    /// The canonical encoding, 32 bytes: what the spent set holds.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; 32] {
        self.0.to_bytes()
    }
}

/// Why a one-time key has no linking tag. Either would give away log_Y U, so honest keys never meet it.
///
/// ```
/// use dero_crypto::{group::Scalar, keys::{LinkingTag, TagError}, secret::Secret};
/// let zero = Secret::new(Scalar::ZERO);
/// assert_eq!(LinkingTag::from_full(&zero, &zero), Err(TagError::ZeroKey));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TagError {
    /// x = 0 has no inverse.
    #[error("the image-key part x is zero")]
    ZeroKey,
    /// y·Y = U.
    #[error("the linking tag is the identity")]
    Identity,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::group::generators::{U, Y};

    fn secret(n: u64) -> Secret<Scalar> {
        Secret::new(Scalar::from(n))
    }

    #[test]
    fn the_view_balance_tier_finds_the_tag_of_the_full_tier() {
        let D_o = Y.element() * Scalar::from(9u64);
        assert_eq!(LinkingTag::from_full(&secret(7), &secret(9)), LinkingTag::from_view_balance(&secret(7), &D_o));
    }

    #[test]
    fn the_tag_satisfies_its_equation() {
        let L = LinkingTag::from_full(&secret(7), &secret(9)).expect("a tag");
        assert_eq!(L.point().element() * Scalar::from(7u64) + Y.element() * Scalar::from(9u64), *U.element());
    }

    #[test]
    fn a_zero_image_key_is_refused() {
        assert_eq!(LinkingTag::from_full(&secret(0), &secret(9)), Err(TagError::ZeroKey));
    }

    #[test]
    fn a_tag_that_is_the_identity_is_refused() {
        assert_eq!(LinkingTag::from_view_balance(&secret(7), U.element()), Err(TagError::Identity));
        assert_eq!(LinkingTag::decode(&[0; 32]), Err(DecodeError::Identity { what: "L" }));
    }
}
