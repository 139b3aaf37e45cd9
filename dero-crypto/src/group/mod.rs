//! The group 𝔾: Ristretto255 (RFC 9496), of prime order, written additively.
//!
//! This is the only folder that names the curve library. Everything on the wire is a [`Point`]: 32 canonical
//! bytes that are not the identity, kept beside the decoded element so that hashing never encodes again.
//! Everything computed is an [`Element`]. There is no cofactor anywhere.
//!
//! Reading order: this file, [`hash`] (framed hashes to bytes, scalars and points), [`domain`] (every domain
//! string and transcript label), [`generators`].

pub mod domain;
pub mod generators;
pub mod hash;
#[cfg(feature = "alloc")]
pub(crate) mod tensor;

use core::{cmp::Ordering, fmt, hash::Hash};

#[cfg(feature = "alloc")]
use curve25519_dalek::traits::{MultiscalarMul, VartimeMultiscalarMul};
use curve25519_dalek::{ristretto::CompressedRistretto, traits::IsIdentity};

use crate::error::DecodeError;

/// An element of 𝔾 in extended coordinates: the result of a computation. May be the identity.
///
/// ```
/// use dero_crypto::group::{Element, Point, Scalar, generators::G};
/// let sum = G.element() + Element::mul_base(&Scalar::ONE);
/// assert_eq!(sum, G.element() * Scalar::from(2u64));
/// assert!(Point::encode(sum - sum, "nothing").is_err());
/// ```
pub use curve25519_dalek::RistrettoPoint as Element;
/// An integer modulo the group order ℓ = 2^252 + 27742317777372353535851937790883648493.
///
/// ```
/// use dero_crypto::group::{Scalar, decode_scalar};
/// let third = Scalar::from(3u64).invert();
/// assert_eq!(third + third + third, Scalar::ONE);
/// assert!(decode_scalar(&[0xff; 32], "s").is_err()); // not below ℓ
/// ```
pub use curve25519_dalek::Scalar;

/// An element of 𝔾 beside its 32-byte encoding; never the identity.
///
/// Two points are equal, and ordered, as their bytes are.
///
/// ```
/// use dero_crypto::group::{Point, generators};
/// let bytes = generators::U.point().to_bytes();
/// assert_eq!(Point::decode(&bytes, "U")?, generators::U.point());
/// assert!(Point::decode(&[0; 32], "identity").is_err());
/// # Ok::<(), dero_crypto::DecodeError>(())
/// ```
#[derive(Clone, Copy)]
pub struct Point {
    element: Element,
    encoding: [u8; 32],
}

impl Point {
    /// Decodes 32 bytes of a point field named `what`.
    ///
    /// # Errors
    ///
    /// [`DecodeError::Identity`] for 32 zero bytes, [`DecodeError::Point`] for bytes that are not the one
    /// encoding of an element.
    pub fn decode(bytes: &[u8; 32], what: &'static str) -> Result<Self, DecodeError> {
        // The identity's canonical encoding is 32 zero bytes, and only that.
        if bytes == &[0; 32] {
            return Err(DecodeError::Identity { what });
        }
        let element = CompressedRistretto(*bytes).decompress().ok_or(DecodeError::Point { what })?;
        Ok(Self { element, encoding: *bytes })
    }

    /// Encodes a computed element.
    ///
    /// # Errors
    ///
    /// [`DecodeError::Identity`] if `element` is the identity.
    pub fn encode(element: Element, what: &'static str) -> Result<Self, DecodeError> {
        if element.is_identity() {
            return Err(DecodeError::Identity { what });
        }
        Ok(Self { element, encoding: element.compress().to_bytes() })
    }

    /// The element.
    #[must_use]
    pub fn element(&self) -> &Element {
        &self.element
    }

    /// The canonical encoding, 32 bytes.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; 32] {
        self.encoding
    }

    /// The canonical encoding, 32 bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.encoding
    }
}

impl PartialEq for Point {
    fn eq(&self, other: &Self) -> bool {
        self.encoding == other.encoding
    }
}
impl Eq for Point {}
impl PartialOrd for Point {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Point {
    fn cmp(&self, other: &Self) -> Ordering {
        self.encoding.cmp(&other.encoding)
    }
}
impl Hash for Point {
    fn hash<S: core::hash::Hasher>(&self, state: &mut S) {
        self.encoding.hash(state);
    }
}
impl fmt::Debug for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Point(")?;
        for byte in &self.encoding {
            write!(f, "{byte:02x}")?;
        }
        f.write_str(")")
    }
}

/// Decodes 32 bytes of a scalar field named `what`. Zero is allowed.
///
/// # Errors
///
/// [`DecodeError::Scalar`] if the integer is not below the group order.
pub fn decode_scalar(bytes: &[u8; 32], what: &'static str) -> Result<Scalar, DecodeError> {
    Option::from(Scalar::from_canonical_bytes(*bytes)).ok_or(DecodeError::Scalar { what })
}

/// Σ sᵢ·Pᵢ in constant time: for secret scalars.
///
/// Without `alloc` it is the sum of single products, which takes longer.
///
/// # Panics
///
/// With `alloc`, if one iterator is longer than the other.
pub fn sum_of_products<'a>(
    scalars: impl IntoIterator<Item = &'a Scalar>,
    elements: impl IntoIterator<Item = &'a Element>,
) -> Element {
    #[cfg(feature = "alloc")]
    return Element::multiscalar_mul(scalars, elements);
    #[cfg(not(feature = "alloc"))]
    return scalars.into_iter().zip(elements).map(|(scalar, element)| element * scalar).sum();
}

/// Σ sᵢ·Pᵢ in variable time: for verifiers, never for secret scalars.
///
/// # Panics
///
/// If one iterator is longer than the other.
#[cfg(feature = "alloc")]
pub fn sum_of_products_vartime<'a>(
    scalars: impl IntoIterator<Item = &'a Scalar>,
    elements: impl IntoIterator<Item = &'a Element>,
) -> Element {
    Element::vartime_multiscalar_mul(scalars, elements)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_identity_is_refused_as_a_point() {
        assert_eq!(Point::decode(&[0; 32], "p"), Err(DecodeError::Identity { what: "p" }));
        assert_eq!(Point::encode(Element::default(), "p"), Err(DecodeError::Identity { what: "p" }));
    }

    #[test]
    fn zero_is_a_scalar_and_the_order_is_not() {
        assert!(decode_scalar(&[0; 32], "s").is_ok());
        let mut order = (-Scalar::ONE).to_bytes();
        assert!(decode_scalar(&order, "s").is_ok());
        order[0] += 1;
        assert_eq!(decode_scalar(&order, "s"), Err(DecodeError::Scalar { what: "s" }));
    }

    #[test]
    fn points_are_equal_and_ordered_as_their_bytes() {
        let points = [2u64, 3, 5, 7].map(|n| Point::encode(Element::mul_base(&Scalar::from(n)), "p").unwrap());
        for (a, b) in points.iter().flat_map(|a| points.iter().map(move |b| (a, b))) {
            assert_eq!(a.cmp(b), a.as_bytes().cmp(b.as_bytes()));
            assert_eq!(a.partial_cmp(b), Some(a.cmp(b)));
            assert_eq!(a == b, a.as_bytes() == b.as_bytes());
        }
    }

    #[test]
    fn points_are_hashed_as_their_bytes() {
        use core::hash::{BuildHasher as _, BuildHasherDefault, Hasher};
        /// Keeps what it is given.
        #[derive(Default)]
        struct Sum(u64);
        impl Hasher for Sum {
            fn write(&mut self, bytes: &[u8]) {
                self.0 = bytes.iter().fold(self.0, |sum, byte| sum.wrapping_mul(31).wrapping_add((*byte).into()));
            }
            fn finish(&self) -> u64 {
                self.0
            }
        }
        let point = Point::encode(Element::mul_base(&Scalar::from(7u64)), "p").unwrap();
        let hash = BuildHasherDefault::<Sum>::default();
        assert_eq!(hash.hash_one(point), hash.hash_one(point.to_bytes()));
    }
}
