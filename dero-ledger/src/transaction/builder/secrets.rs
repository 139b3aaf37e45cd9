//! What the prover of OutProofs knows, in the order of Body.

use alloc::vec::Vec;

use dero_crypto::{
    enote::Opening,
    group::{Point, Scalar},
    range,
    secret::Secret,
};
use rand_core::CryptoRng;

use super::{BuildError, BundleDraft};

/// A range value: (T, C) and E with their openings.
pub(super) struct ValueSecrets {
    /// T.
    pub(super) tag: Point,
    /// C.
    pub(super) commitment: Point,
    pub(super) opening: Opening,
    /// E = a·H + y·G.
    pub(super) range_commitment: Point,
    /// y, fresh: never the mask of C, or C − E = a·(T − H) could be searched for a.
    pub(super) range_mask: Secret<Scalar>,
}

impl ValueSecrets {
    pub(super) fn new(opening: Opening, rng: &mut (impl CryptoRng + ?Sized)) -> Result<Self, BuildError> {
        let range_mask = Secret::new(Scalar::random(rng));
        Ok(Self {
            tag: Point::encode(opening.asset_tag(), "T")?,
            commitment: Point::encode(opening.commitment(), "C")?,
            range_commitment: range::Opening::new(opening.amount(), *range_mask.expose()).commit()?,
            opening,
            range_mask,
        })
    }

    /// The range values of a sorted bundle in the order of 8.3; `ops` are those of its hidden ops.
    pub(super) fn of_bundle(
        bundle: &BundleDraft,
        ops: impl IntoIterator<Item = Self>,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<Vec<Self>, BuildError> {
        let outputs = bundle.outputs.iter().map(|output| &output.made);
        let locks = bundle.outputs.iter().filter_map(|output| output.lock.as_ref());
        let splits = locks.flat_map(|lock| &lock.alternatives).filter(|parts| parts.len() > 1).flatten();
        let enotes = outputs.chain(splits).map(|made| Self::new(made.opening.clone(), rng));
        enotes.chain(ops.into_iter().map(Ok)).collect()
    }
}
