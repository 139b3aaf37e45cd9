//! The bytes of a proof.

use alloc::vec::Vec;

use super::statement::{BITS, padded};
use crate::{
    codec::Reader,
    error::DecodeError,
    group::{Point, Scalar},
};

/// A, the halvings (L_t, R_t), A', B, r', s', δ'.
///
/// ```
/// # use dero_crypto::{NetworkId, commitment::Amount, group::Scalar, range::*};
/// # let rng = &mut rand::rng();
/// let openings = [(30, 7u64), (12, 8)].map(|(amount, mask)| Opening::new(Amount(amount), Scalar::from(mask)));
/// let commitments = Commitments::new(openings.iter().map(Opening::commit).collect::<Result<_, _>>()?)?;
/// let statement = Statement { net: NetworkId([1; 32]), body_digest: [2; 32], bundle: 0, commitments };
/// let proof = RangeProof::prove(&statement, &Witness::new(openings), rng)?;
/// let bytes = proof.to_bytes();
/// assert_eq!(bytes.len(), 640);
/// assert!(RangeProof::from_bytes(&bytes, 2)?.verify(&statement, rng).is_ok());
/// assert!(RangeProof::from_bytes(&bytes, 3).is_err()); // another count, another size
/// # Ok::<(), dero_crypto::ProofError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RangeProof {
    pub(super) A: Point,
    pub(super) rounds: Vec<Round>,
    pub(super) A_last: Point,
    pub(super) B: Point,
    pub(super) r: Scalar,
    pub(super) s: Scalar,
    pub(super) delta: Scalar,
}

/// The messages of one halving.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Round {
    pub(super) L: Point,
    pub(super) R: Point,
}

/// k = log₂(64·m).
pub(super) fn rounds(m: usize) -> usize {
    (BITS * m).ilog2() as usize
}

impl RangeProof {
    /// Bytes of a proof over `count` values: 32·(2·log₂(64·m) + 6).
    ///
    /// # Errors
    ///
    /// [`DecodeError::Limit`] unless `count` is 1 to 16.
    pub fn len(count: usize) -> Result<usize, DecodeError> {
        Ok(32 * (2 * rounds(padded(count)?) + 6))
    }

    /// Decodes a proof over `count` values; the statement says how many there are.
    ///
    /// # Errors
    ///
    /// [`DecodeError::Limit`] for a count outside 1 to 16, [`DecodeError::Length`] for another length, others for
    /// a point or scalar that is not canonical, or an identity.
    pub fn from_bytes(bytes: &[u8], count: usize) -> Result<Self, DecodeError> {
        let (expected, found) = (Self::len(count)?, bytes.len());
        if found != expected {
            return Err(DecodeError::Length { what: "range proof", expected, found });
        }
        let mut reader = Reader::new(bytes, "range proof");
        let A = reader.point("A")?;
        let rounds = (0..rounds(padded(count)?))
            .map(|_| Ok(Round { L: reader.point("L")?, R: reader.point("R")? }))
            .collect::<Result<_, DecodeError>>()?;
        Ok(Self {
            A,
            rounds,
            A_last: reader.point("A'")?,
            B: reader.point("B")?,
            r: reader.scalar("r'")?,
            s: reader.scalar("s'")?,
            delta: reader.scalar("delta'")?,
        })
    }

    /// Encodes A | L_1 | R_1 | .. | L_k | R_k | A' | B | r' | s' | δ'.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(32 * (2 * self.rounds.len() + 6));
        bytes.extend(self.A.as_bytes());
        for Round { L, R } in &self.rounds {
            bytes.extend(L.as_bytes());
            bytes.extend(R.as_bytes());
        }
        bytes.extend(self.A_last.as_bytes());
        bytes.extend(self.B.as_bytes());
        for scalar in [&self.r, &self.s, &self.delta] {
            bytes.extend(scalar.as_bytes());
        }
        bytes
    }
}
