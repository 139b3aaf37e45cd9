//! Images, and the secret that opens one.

use rand_core::CryptoRng;

use super::Member;
use crate::{
    error::DecodeError,
    group::{Element, Point, Scalar},
    secret::Secret,
};

/// A re-randomised copy (K~, C~, T~) of a spent enote: what its spender's other proofs speak about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Image {
    /// K~.
    pub key: Point,
    /// C~.
    pub commitment: Point,
    /// T~.
    pub asset_tag: Point,
}

impl Image {
    /// K~ = Ko + r_K·G, C~ = C + r_C·G, T~ = T + r_T·G. Constant time.
    ///
    /// # Errors
    ///
    /// [`DecodeError::Identity`] if a component is the identity, which random masks meet with probability 2^-252.
    pub fn of(member: &Member, masks: &Masks) -> Result<Self, DecodeError> {
        let [Ko, C, T] = member.components();
        let shift = |base: &Element, mask: &Secret<Scalar>, what| {
            Point::encode(base + Element::mul_base(mask.expose()), what)
        };
        Ok(Self {
            key: shift(Ko, &masks.key, "image K~")?,
            commitment: shift(C, &masks.commitment, "image C~")?,
            asset_tag: shift(T, &masks.asset_tag, "image T~")?,
        })
    }

    /// (K~, C~, T~).
    #[must_use]
    pub fn components(&self) -> [&Point; 3] {
        [&self.key, &self.commitment, &self.asset_tag]
    }
}

/// The masks (r_K, r_C, r_T) of an image: independent, uniform, used for one image only.
#[derive(Clone, Debug)]
pub struct Masks {
    /// r_K, the witness z of the spend proof.
    pub key: Secret<Scalar>,
    /// r_C, a term of the balance's π.
    pub commitment: Secret<Scalar>,
    /// r_T, part of the witness δ of surjections onto this input.
    pub asset_tag: Secret<Scalar>,
}

impl Masks {
    /// Fresh masks.
    pub fn random(rng: &mut (impl CryptoRng + ?Sized)) -> Self {
        let mut draw = || Secret::new(Scalar::random(rng));
        Self { key: draw(), commitment: draw(), asset_tag: draw() }
    }

    pub(super) fn components(&self) -> [&Secret<Scalar>; 3] {
        [&self.key, &self.commitment, &self.asset_tag]
    }
}

/// Which member the image copies, and how it was masked.
#[derive(Clone, Debug)]
pub struct MembershipWitness {
    /// l: the member's place in the set, counted from the set's start.
    pub place: Secret<u64>,
    /// (r_K, r_C, r_T).
    pub masks: Masks,
}

impl MembershipWitness {
    /// The witness of member `place` under `masks`.
    #[must_use]
    pub fn new(place: u64, masks: Masks) -> Self {
        Self { place: Secret::new(place), masks }
    }
}
