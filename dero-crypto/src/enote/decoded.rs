//! An enote whose four points are decoded: what the checks of a scan work on.

#![allow(non_snake_case)] // Symbols match the equations.

use super::{Enote, InputContext, PublicEnote, public_commitment, wrap::Exchange};
use crate::{asset::AssetId, commitment::Amount, error::DecodeError, group::Point, membership::Member};

/// A decoded enote, hidden or public.
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
/// let decoded = made.enote.decode()?;
/// assert_eq!(decoded.one_time_key().to_bytes(), made.enote.one_time_key);
/// let broken = Enote { one_time_key: [0; 32], ..made.enote };
/// assert!(broken.decode().is_err()); // the identity is no key
/// # Ok::<(), DecodeError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecodedEnote {
    pub(super) Ko: Point,
    pub(super) C: Point,
    pub(super) T: Point,
    pub(super) De: Point,
    pub(super) view_tag_1: u8,
    pub(super) view_tag_2: [u8; 2],
    pub(super) seed_enc: [u8; 16],
    pub(super) pay: Pay,
}

/// What an enote says about amount, asset and address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pay {
    /// pay_enc.
    Sealed([u8; 16]),
    /// a stands elsewhere, and α, of which A_α is T; t_enc.
    Public { amount: Amount, tag_enc: [u8; 8] },
}

impl Enote {
    /// Decodes the four points.
    ///
    /// # Errors
    ///
    /// Those of [`Point::decode`], naming Ko, C, T or De.
    pub fn decode(&self) -> Result<DecodedEnote, DecodeError> {
        Ok(DecodedEnote {
            Ko: Point::decode(&self.one_time_key, "Ko")?,
            C: Point::decode(&self.commitment, "C")?,
            T: Point::decode(&self.asset_tag, "T")?,
            De: Point::decode(&self.ephemeral_key, "De")?,
            view_tag_1: self.view_tag_1,
            view_tag_2: self.view_tag_2,
            seed_enc: self.seed_enc,
            pay: Pay::Sealed(self.pay_enc),
        })
    }
}

impl PublicEnote {
    /// Decodes Ko and De, and computes C and T from the amount and asset that stand elsewhere.
    ///
    /// # Errors
    ///
    /// Those of [`Point::decode`], naming Ko or De.
    pub fn decode(&self, amount: Amount, asset: &AssetId) -> Result<DecodedEnote, DecodeError> {
        let (C, T) = public_commitment(amount, asset);
        Ok(DecodedEnote {
            Ko: Point::decode(&self.one_time_key, "Ko")?,
            C,
            T,
            De: Point::decode(&self.ephemeral_key, "De")?,
            view_tag_1: self.view_tag_1,
            view_tag_2: self.view_tag_2,
            seed_enc: self.seed_enc,
            pay: Pay::Public { amount, tag_enc: self.tag_enc },
        })
    }
}

impl DecodedEnote {
    /// Ko.
    #[must_use]
    pub const fn one_time_key(&self) -> &Point {
        &self.Ko
    }

    /// C.
    #[must_use]
    pub const fn commitment(&self) -> &Point {
        &self.C
    }

    /// T.
    #[must_use]
    pub const fn asset_tag(&self) -> &Point {
        &self.T
    }

    /// De.
    #[must_use]
    pub const fn ephemeral_key(&self) -> &Point {
        &self.De
    }

    /// (Ko, C, T): the entry of the reference list.
    #[must_use]
    pub fn member(&self) -> Member {
        Member::new(&self.Ko, &self.C, &self.T)
    }

    pub(super) fn exchange<'a>(&'a self, context: &'a InputContext) -> Exchange<'a> {
        Exchange { ephemeral_key: self.De.as_bytes(), one_time_key: self.Ko.as_bytes(), context }
    }
}
