//! What can be wrong with bytes, and what can be wrong with a proof.

#[cfg(feature = "alloc")]
use alloc::vec::Vec;

/// Bytes that are not the one encoding of a value.
///
/// `what` names the field as the protocol does, so that a message read in a log points at the place.
///
/// ```
/// use dero_crypto::{DecodeError, group::Point};
/// assert_eq!(Point::decode(&[0; 32], "key"), Err(DecodeError::Identity { what: "key" }));
/// assert_eq!(Point::decode(&[0xff; 32], "key"), Err(DecodeError::Point { what: "key" }));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// Too few or too many bytes.
    #[error("{what}: {found} bytes, expected {expected}")]
    Length {
        /// The field.
        what: &'static str,
        /// Bytes that the layout needs.
        expected: usize,
        /// Bytes that were there.
        found: usize,
    },
    /// 32 bytes that are not a canonical Ristretto255 encoding (RFC 9496, section 4.3.1).
    #[error("{what}: not the canonical encoding of a group element")]
    Point {
        /// The field.
        what: &'static str,
    },
    /// The identity, which no point field on the wire may hold (protocol 1.1).
    #[error("{what}: the identity is not allowed here")]
    Identity {
        /// The field.
        what: &'static str,
    },
    /// 32 bytes that are not a scalar below the group order.
    #[error("{what}: not a scalar below the group order")]
    Scalar {
        /// The field.
        what: &'static str,
    },
    /// A kind, flag or other value outside the set that the layout allows.
    #[error("{what}: {found} is not an allowed value")]
    Value {
        /// The field.
        what: &'static str,
        /// The value that was there.
        found: u64,
    },
    /// A count or length over its limit. Checked before anything is allocated.
    #[error("{what}: {found} is outside {min}..={max}")]
    Limit {
        /// The field.
        what: &'static str,
        /// The value that was there.
        found: u64,
        /// The smallest allowed value.
        min: u64,
        /// The largest allowed value.
        max: u64,
    },
    /// Elements that must ascend strictly and do not.
    #[error("{what}: not in strictly ascending order")]
    Order {
        /// The list.
        what: &'static str,
    },
}

/// A proof that cannot be made or does not convince.
///
/// ```
/// use dero_crypto::{ProofError, balance::Balance, commitment::Amount, group::Scalar};
/// let fee_from_nowhere = Balance { terms: Vec::new(), fee: Amount(1), pi: Scalar::ZERO };
/// assert_eq!(fee_from_nowhere.verify(&mut rand::rng()), Err(ProofError::Equation));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProofError {
    /// A Fiat–Shamir challenge was zero (probability below 2^-250 for honest inputs).
    #[error("a challenge of the transcript is zero")]
    ZeroChallenge,
    /// The proof has another shape than its statement asks for.
    #[error("{what}: {found}, expected {expected}")]
    Shape {
        /// The part of the proof.
        what: &'static str,
        /// What the statement asks for.
        expected: usize,
        /// What was there.
        found: usize,
    },
    /// The witness does not fit the statement; a prover's error, never a verifier's.
    #[error("{what}: the witness does not open the statement")]
    Witness {
        /// The part that does not fit.
        what: &'static str,
    },
    /// Both commitments of a link would have one blinding factor, which would give a small amount away.
    #[error("the commitment and the range commitment share a blinding factor")]
    SharedBlinding,
    /// A part of the proof does not decode.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// An equation does not hold.
    #[error("a verification equation does not hold")]
    Equation,
}

/// Why a [`Batch`](crate::batch::Batch) is not accepted.
///
/// ```
/// use dero_crypto::{BatchError, batch::Batch};
/// assert_eq!(Batch::new().verify(&mut rand::rng()), Err(BatchError::Empty));
/// ```
#[cfg(feature = "alloc")]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BatchError {
    /// Nothing was checked, so nothing is accepted.
    #[error("the batch holds no equation")]
    Empty,
    /// The sum is not the identity; `culprits` are the positions of the items that fail alone.
    #[error("{} of the batch's items do not hold, the first at {:?}", culprits.len(), culprits.first())]
    Failed {
        /// Positions in order of [`Batch::push`](crate::batch::Batch::push), ascending.
        culprits: Vec<usize>,
    },
}
