//! Randomness with a fixed seed, shorthands, and the flip of every byte.

use dero_crypto::{
    NetworkId,
    group::{Element, Point, Scalar, generators::G},
    secret::Secret,
};
use rand::{SeedableRng, rngs::StdRng};

pub const NET: NetworkId = NetworkId([7; 32]);

pub fn rng() -> StdRng {
    StdRng::seed_from_u64(2026)
}

pub fn scalar(rng: &mut StdRng) -> Scalar {
    Scalar::random(rng)
}

/// A point whose logarithms nobody knows.
pub fn random_point(rng: &mut StdRng) -> Point {
    point(Element::random(rng))
}

pub fn point(element: Element) -> Point {
    Point::encode(element, "test").expect("not the identity")
}

pub fn secret(scalar: Scalar) -> Secret<Scalar> {
    Secret::new(scalar)
}

/// T = A + b·G.
pub fn tag(A: &Element, b: Scalar) -> Point {
    point(A + G.element() * b)
}

/// C = a·T + x·G.
pub fn commitment(T: &Point, a: Scalar, x: Scalar) -> Point {
    point(T.element() * a + G.element() * x)
}

/// `accepts` holds for `bytes` and for no copy of them with one bit of one byte flipped, cut short, or longer.
pub fn only_these_bytes(bytes: &[u8], accepts: impl Fn(&[u8]) -> bool) {
    assert!(accepts(bytes), "the bytes themselves");
    for place in 0..bytes.len() {
        let mut flipped = bytes.to_vec();
        flipped[place] ^= 1 << (place % 8);
        assert!(!accepts(&flipped), "byte {place} flipped");
    }
    assert!(!accepts(&bytes[1..]) && !accepts(&bytes[..bytes.len() - 1]), "one byte short");
    assert!(!accepts(&[bytes, &[0]].concat()), "one byte more");
    assert!(!accepts(&[]), "nothing");
}
