//! Images, and the secret that opens one.

use rand_core::CryptoRng;

use super::Member;
use crate::{
    error::DecodeError,
    group::{Element, Point, Scalar},
    secret::Secret,
};

/// A re-randomised copy (K~, C~, T~) of a spent enote: what its spender's other proofs speak about.
///
/// ```
/// # use dero_crypto::prelude::*;
/// # let rng = &mut rand::rng();
/// # let net = NetworkId([1; 32]);
/// # let keys = MasterSecret::random(rng).audit_key();
/// # let context = InputContext::bundle(&net, &Anchor::Tag([9; 32]));
/// # let seed = EnoteSeed::random(rng);
/// # let draft = Draft { context: &context, seed: &seed, amount: Amount(30), asset: AssetId::NATIVE };
/// # let made = draft.external(&net, &keys.address_key().address(AddressIndex(3)));
/// use dero_crypto::membership::{Image, Masks};
/// let member = made.enote.decode()?.member();
/// let (one, two) = (Image::of(&member, &Masks::random(rng))?, Image::of(&member, &Masks::random(rng))?);
/// assert_ne!(one, two); // nobody sees that they are of one enote
/// # Ok::<(), DecodeError>(())
/// ```
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
///
/// ```
/// use dero_crypto::membership::Masks;
/// let masks = Masks::random(&mut rand::rng());
/// assert_eq!(format!("{:?}", masks.key), "Secret(..)");
/// ```
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
///
/// ```
/// # use std::sync::Arc;
/// # use dero_crypto::{group::generators::{A0, G, H, X, Y}, membership::*, prelude::*};
/// # let rng = &mut rand::rng();
/// # let net = NetworkId([1; 32]);
/// # let acc = Accumulator::empty(&net);
/// # let members = [[X, H, A0], [Y, G, A0]].map(|[Ko, C, T]| Arc::new(Member::new(&Ko.point(), &C.point(), &T.point())));
/// # let masks = Masks::random(rng);
/// # let image = Image::of(&members[1], &masks)?;
/// # let set = ReferenceSet::new(ReferenceKind::Open, 0, acc, acc, members.to_vec())?;
/// let statement = MembershipStatement::new(net, SetParameters::new(2, 3)?, Arc::new(set), image)?;
/// let witness = MembershipWitness::new(1, masks);
/// let elsewhere = MembershipWitness::new(0, witness.masks.clone());
/// assert!(MembershipProof::prove(&statement, &elsewhere, rng).is_err());
/// assert!(MembershipProof::prove(&statement, &witness, rng).is_ok());
/// # Ok::<(), dero_crypto::ProofError>(())
/// ```
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
