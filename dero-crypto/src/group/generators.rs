//! The fixed base points (protocol 1.3).
//!
//! | Name | Value | Role |
//! |---|---|---|
//! | [`G`] | Ristretto basepoint | all blinding; Diffie–Hellman base |
//! | [`X`], [`Y`] | hp("gen/X"), hp("gen/Y") | the image-key and spend-key parts of one-time keys |
//! | [`U`] | hp("gen/U") | linking-tag base |
//! | [`H`] | hp("gen/H") | value base of range-proof commitments; not an asset |
//! | [`V`] | hp("gen/cred") | credential key base |
//! | [`A0`] | hp("asset"; 32 zero bytes) | the native asset |
//! | [`membership_p`], [`membership_q`] | hp("gen/mem-P"; le32 i), hp("gen/mem-Q"; le32 i), i < 64 | bit commitments of membership proofs |
//! | [`range_g`], [`range_h`] | hp("gen/bp-g"; le32 i), hp("gen/bp-h"; le32 i), i < 1024 | Bulletproofs+ vectors |
//!
//! # Claims without a published proof
//!
//! *Nobody knows a non-trivial discrete-logarithm relation among them*, nor with the A_α of other assets: each but `G` is the
//! output of a hash onto the group ([`hash`](super::hash)) under a domain string of its own, taken for a random oracle. A
//! relation is then a discrete logarithm. All binding rests on this. H is no asset's base: the only strings hashed under
//! "asset" have 32 bytes, and "gen/H" is another domain.

#[cfg(feature = "alloc")]
use alloc::{boxed::Box, vec::Vec};

use curve25519_dalek::constants::RISTRETTO_BASEPOINT_POINT;
#[cfg(feature = "alloc")]
use once_cell::race::OnceBox;

use super::{Element, Point, domain, hash::ToPoint};

/// Pairs (P_i, Q_i): the largest n·m of a membership proof.
pub const MEMBERSHIP_PAIRS: usize = 64;
/// Pairs (g_i, h_i): 64 bits of 16 values.
pub const RANGE_PAIRS: usize = 64 * 16;

/// One of the named base points; a place in the sum of a [`Batch`](crate::batch::Batch).
///
/// ```
/// use dero_crypto::group::generators::{G, H, range_g};
/// assert_ne!(G.point(), H.point());
/// assert_eq!(range_g(0).element(), range_g(0).point().element());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Generator(usize);

/// Blinding and Diffie–Hellman base: the Ristretto basepoint.
pub const G: Generator = Generator(0);
/// Image-key part of one-time keys.
pub const X: Generator = Generator(1);
/// Spend-key part of one-time keys.
pub const Y: Generator = Generator(2);
/// Linking-tag base.
pub const U: Generator = Generator(3);
/// Value base of range-proof commitments.
pub const H: Generator = Generator(4);
/// Credential key base.
pub const V: Generator = Generator(5);
/// The native asset's base.
pub const A0: Generator = Generator(6);

// Where the vectors begin, behind the named ones.
const MEMBERSHIP_P: usize = 7;
const MEMBERSHIP_Q: usize = MEMBERSHIP_P + MEMBERSHIP_PAIRS;
const RANGE_G: usize = MEMBERSHIP_Q + MEMBERSHIP_PAIRS;
const RANGE_H: usize = RANGE_G + RANGE_PAIRS;
/// How many named and vector generators there are.
#[cfg(feature = "alloc")]
pub(crate) const COUNT: usize = RANGE_H + RANGE_PAIRS;

/// P_i, i < 64.
///
/// # Panics
///
/// If i is 64 or more.
#[must_use]
pub fn membership_p(i: usize) -> Generator {
    assert!(i < MEMBERSHIP_PAIRS, "membership generator {i} of {MEMBERSHIP_PAIRS}");
    Generator(MEMBERSHIP_P + i)
}

/// Q_i, i < 64.
///
/// # Panics
///
/// If i is 64 or more.
#[must_use]
pub fn membership_q(i: usize) -> Generator {
    assert!(i < MEMBERSHIP_PAIRS, "membership generator {i} of {MEMBERSHIP_PAIRS}");
    Generator(MEMBERSHIP_Q + i)
}

/// g_i, i < 1024.
///
/// # Panics
///
/// If i is 1024 or more.
#[must_use]
pub fn range_g(i: usize) -> Generator {
    assert!(i < RANGE_PAIRS, "range generator {i} of {RANGE_PAIRS}");
    Generator(RANGE_G + i)
}

/// h_i, i < 1024.
///
/// # Panics
///
/// If i is 1024 or more.
#[must_use]
pub fn range_h(i: usize) -> Generator {
    assert!(i < RANGE_PAIRS, "range generator {i} of {RANGE_PAIRS}");
    Generator(RANGE_H + i)
}

impl Generator {
    /// Its place among all generators, below [`COUNT`].
    #[cfg(feature = "alloc")]
    pub(crate) fn index(self) -> usize {
        self.0
    }

    /// The group element.
    #[cfg(feature = "alloc")]
    #[must_use]
    pub fn element(self) -> &'static Element {
        &table()[self.0]
    }

    /// The group element by value: out of the table, or computed at each call where there is no `alloc`.
    #[must_use]
    pub fn to_element(self) -> Element {
        #[cfg(feature = "alloc")]
        return *self.element();
        #[cfg(not(feature = "alloc"))]
        return self.compute();
    }

    /// The element beside its encoding. Encodes at each call.
    #[must_use]
    pub fn point(self) -> Point {
        Point::encode(self.to_element(), "generator").expect("no generator is the identity")
    }

    fn compute(self) -> Element {
        let vector = |domain: ToPoint, i: usize| domain.hash(&[&(i as u32).to_le_bytes()]);
        match self.0 {
            0 => RISTRETTO_BASEPOINT_POINT,
            1 => domain::GEN_X.hash(&[]),
            2 => domain::GEN_Y.hash(&[]),
            3 => domain::GEN_U.hash(&[]),
            4 => domain::GEN_H.hash(&[]),
            5 => domain::GEN_CREDENTIAL.hash(&[]),
            6 => domain::ASSET.hash(&[&[0; 32]]),
            i if i < MEMBERSHIP_Q => vector(domain::GEN_MEMBERSHIP_P, i - MEMBERSHIP_P),
            i if i < RANGE_G => vector(domain::GEN_MEMBERSHIP_Q, i - MEMBERSHIP_Q),
            i if i < RANGE_H => vector(domain::GEN_RANGE_G, i - RANGE_G),
            i => vector(domain::GEN_RANGE_H, i - RANGE_H),
        }
    }
}

/// All generators in the order of [`Generator::index`], computed once (about 20 ms).
#[cfg(feature = "alloc")]
pub(crate) fn table() -> &'static [Element] {
    static TABLE: OnceBox<Vec<Element>> = OnceBox::new();
    TABLE.get_or_init(|| Box::new((0..COUNT).map(|i| Generator(i).compute()).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::collections::BTreeSet;

    #[test]
    fn no_two_generators_are_equal() {
        let encodings: BTreeSet<_> = table().iter().map(|e| e.compress().to_bytes()).collect();
        assert_eq!(encodings.len(), COUNT);
        assert!(!encodings.contains(&[0; 32]));
    }

    #[test]
    fn a_vector_ends_where_the_next_one_begins() {
        let ends =
            [membership_p(MEMBERSHIP_PAIRS - 1), membership_q(MEMBERSHIP_PAIRS - 1), range_g(RANGE_PAIRS - 1)];
        let begins = [membership_q(0), range_g(0), range_h(0)];
        assert_eq!(ends.map(|end| end.index() + 1), begins.map(Generator::index));
        assert_eq!(range_h(RANGE_PAIRS - 1).index() + 1, COUNT);
    }

    #[test]
    #[should_panic(expected = "membership generator 64 of 64")]
    fn there_is_no_membership_p_64() {
        let _ = membership_p(MEMBERSHIP_PAIRS);
    }

    #[test]
    #[should_panic(expected = "membership generator 64 of 64")]
    fn there_is_no_membership_q_64() {
        let _ = membership_q(MEMBERSHIP_PAIRS);
    }

    #[test]
    #[should_panic(expected = "range generator 1024 of 1024")]
    fn there_is_no_range_g_1024() {
        let _ = range_g(RANGE_PAIRS);
    }

    #[test]
    #[should_panic(expected = "range generator 1024 of 1024")]
    fn there_is_no_range_h_1024() {
        let _ = range_h(RANGE_PAIRS);
    }
}
