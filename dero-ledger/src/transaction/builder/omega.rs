//! Ω with what the prover knows of it: which asset stands behind each entry, and how it is blinded.

use alloc::vec::Vec;

use dero_crypto::{
    enote::Opening,
    group::{Point, Scalar},
    membership::{AssetSet, SurjectionWitness},
    secret::Secret,
};
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};

use super::{BuildError, TransactionDraft};
use crate::transaction::Body;

/// Ω and its openings.
pub(super) struct KnownOmega {
    pub(super) assets: AssetSet,
    /// Encoding of A, and b of the entry A + b·G.
    openings: Vec<([u8; 32], Secret<Scalar>)>,
}

impl KnownOmega {
    /// Of a sorted draft and its Body.
    pub(super) fn new(draft: &TransactionDraft, body: &Body) -> Result<Self, BuildError> {
        let inputs = || draft.bundles.iter().flat_map(|bundle| &bundle.inputs);
        let vaults = || draft.bundles.iter().flat_map(|bundle| &bundle.vaults).map(|(_, opening)| opening);
        let vault_tags =
            vaults().map(|opening| Point::encode(opening.asset_tag(), "T")).collect::<Result<Vec<_>, _>>()?;
        let omega = body.omega(inputs().map(|input| input.image.asset_tag), vault_tags);
        let base = |opening: &Opening| *opening.asset().as_bytes();
        let hidden = inputs()
            .map(|input| {
                let blinding = input.opening.tag_blinding().expose() + input.masks.asset_tag.expose();
                (base(&input.opening), Secret::new(blinding))
            })
            .chain(vaults().map(|opening| (base(opening), opening.tag_blinding().clone())));
        let mut openings: Vec<_> = hidden.collect();
        let public = omega[openings.len()..].iter().map(|point| (point.to_bytes(), Secret::new(Scalar::ZERO)));
        openings.extend(public.collect::<Vec<_>>());
        Ok(Self { assets: AssetSet::new(&omega)?, openings })
    }

    /// Where the asset of `opening` stands, and δ from there; none if nothing brings it in. Constant time in which
    /// entry it is.
    pub(super) fn witness(&self, opening: &Opening) -> Option<SurjectionWitness> {
        let (mut place, mut blinding, mut found) = (0u64, Scalar::ZERO, Choice::from(0));
        for (i, (base, entry)) in (0u64..).zip(&self.openings) {
            let fits = base.ct_eq(opening.asset().as_bytes());
            place.conditional_assign(&i, fits);
            blinding.conditional_assign(entry.expose(), fits);
            found |= fits;
        }
        let delta = Secret::new(opening.tag_blinding().expose() - blinding);
        bool::from(found).then(|| SurjectionWitness { place: Secret::new(place), delta })
    }
}
