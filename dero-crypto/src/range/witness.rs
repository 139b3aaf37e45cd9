//! What makes it true: amounts and masks.

use alloc::vec::Vec;

use rand_core::CryptoRng;

use super::statement::{BITS, Commitments};
use crate::{
    commitment::Amount,
    error::{DecodeError, ProofError},
    group::{
        Element, Point, Scalar,
        generators::{G, H},
        sum_of_products,
    },
    secret::Secret,
    transcript::{Nonces, Transcript},
};

/// An amount v and a mask γ: the opening of v·H + γ·G.
///
/// ```
/// use dero_crypto::{commitment::Amount, group::{Scalar, generators::{G, H}}, range::Opening};
/// let commitment = Opening::new(Amount(2), Scalar::from(3u64)).commit()?;
/// assert_eq!(commitment.element(), &(H.element() + H.element() + G.element() * Scalar::from(3u64)));
/// # Ok::<(), dero_crypto::DecodeError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Opening {
    amount: Secret<[u8; 8]>,
    mask: Secret<Scalar>,
}

impl Opening {
    /// An amount under a mask.
    #[must_use]
    pub fn new(amount: Amount, mask: Scalar) -> Self {
        Self { amount: Secret::new(amount.0.to_le_bytes()), mask: Secret::new(mask) }
    }

    /// The commitment v·H + γ·G. Constant time.
    ///
    /// # Errors
    ///
    /// [`DecodeError::Identity`] if amount and mask are both zero.
    pub fn commit(&self) -> Result<Point, DecodeError> {
        Point::encode(self.element(), "V")
    }

    pub(super) fn mask(&self) -> &Scalar {
        self.mask.expose()
    }

    fn amount(&self) -> u64 {
        u64::from_le_bytes(*self.amount.expose())
    }

    fn element(&self) -> Element {
        let amount = Secret::new(Scalar::from(self.amount()));
        sum_of_products([amount.expose(), self.mask()], [H.element(), G.element()])
    }
}

/// The openings of a statement's commitments, in its order.
///
/// ```
/// # use dero_crypto::{NetworkId, commitment::Amount, group::Scalar, range::*};
/// # let rng = &mut rand::rng();
/// let openings = [(30, 7u64), (12, 8)].map(|(amount, mask)| Opening::new(Amount(amount), Scalar::from(mask)));
/// let commitments = Commitments::new(openings.iter().map(Opening::commit).collect::<Result<_, _>>()?)?;
/// let statement = Statement { net: NetworkId([1; 32]), body_digest: [2; 32], bundle: 0, commitments };
/// let proof = RangeProof::prove(&statement, &Witness::new(openings), rng)?;
/// let wrong = Witness::new([Opening::new(Amount(31), Scalar::from(7u64)), Opening::new(Amount(12), Scalar::from(8u64))]);
/// assert!(RangeProof::prove(&statement, &wrong, rng).is_err());
/// # Ok::<(), dero_crypto::ProofError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Witness(Vec<Opening>);

impl Witness {
    /// One opening per commitment.
    #[must_use]
    pub fn new(openings: impl Into<Vec<Opening>>) -> Self {
        Self(openings.into())
    }

    pub(super) fn openings(&self) -> &[Opening] {
        &self.0
    }

    /// Refuses to prove what the witness does not open: such a proof would only fail later.
    pub(super) fn check(&self, commitments: &Commitments) -> Result<(), ProofError> {
        let (expected, found) = (commitments.as_slice().len(), self.0.len());
        if found != expected {
            return Err(ProofError::Shape { what: "openings", expected, found });
        }
        let opened =
            self.0.iter().zip(commitments.as_slice()).all(|(opening, V)| opening.element() == *V.element());
        if opened { Ok(()) } else { Err(ProofError::Witness { what: "V" }) }
    }

    /// a_L: the bits of all `padded` values, the lowest of each first.
    pub(super) fn bits(&self, padded: usize) -> Secret<Vec<u8>> {
        let mut bits = Vec::with_capacity(BITS * padded);
        for opening in &self.0 {
            let amount = Secret::new(opening.amount());
            bits.extend((0..BITS).map(|b| (amount.expose() >> b & 1) as u8));
        }
        bits.resize(BITS * padded, 0);
        Secret::new(bits)
    }

    pub(super) fn nonces(&self, transcript: &Transcript, rng: &mut (impl CryptoRng + ?Sized)) -> Nonces {
        let secrets =
            self.0.iter().flat_map(|opening| [opening.amount.expose().as_slice(), opening.mask().as_bytes()]);
        transcript.nonces(secrets, rng)
    }
}
