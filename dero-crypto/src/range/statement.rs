//! What is claimed: these commitments, in this order, of this bundle.

use alloc::vec::Vec;

use crate::{NetworkId, error::DecodeError, group::Point};

/// Bits of a value.
pub const BITS: usize = 64;
/// The most range values of one proof.
pub const MAX_VALUES: usize = 16;

/// V_1..V_count in the order of the range values (protocol 8.3); 1 to 16 of them.
///
/// ```
/// use dero_crypto::{group::generators::H, range::{Commitments, MAX_VALUES}};
/// assert_eq!(Commitments::new(vec![H.point()])?.as_slice(), [H.point()]); // of 1, with mask 0
/// assert!(Commitments::new(Vec::new()).is_err());
/// assert!(Commitments::new(vec![H.point(); MAX_VALUES + 1]).is_err());
/// # Ok::<(), dero_crypto::DecodeError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commitments(Vec<Point>);

impl Commitments {
    /// Takes the commitments E_j of one bundle in order.
    ///
    /// # Errors
    ///
    /// [`DecodeError::Limit`] unless there are 1 to 16.
    pub fn new(commitments: Vec<Point>) -> Result<Self, DecodeError> {
        padded(commitments.len()).map(|_| Self(commitments))
    }

    /// The commitments that are sent.
    #[must_use]
    pub fn as_slice(&self) -> &[Point] {
        &self.0
    }

    /// m: how many values the equation speaks about, padding included.
    pub(super) fn padded(&self) -> usize {
        self.0.len().next_power_of_two()
    }
}

/// m for `count` values.
pub(super) fn padded(count: usize) -> Result<usize, DecodeError> {
    if (1..=MAX_VALUES).contains(&count) {
        Ok(count.next_power_of_two())
    } else {
        Err(DecodeError::Limit { what: "range values", found: count as u64, min: 1, max: MAX_VALUES as u64 })
    }
}

/// The range values of one bundle of a transaction.
///
/// ```
/// # use dero_crypto::{NetworkId, commitment::Amount, group::Scalar, range::*};
/// # let rng = &mut rand::rng();
/// let openings = [(30, 7u64), (12, 8)].map(|(amount, mask)| Opening::new(Amount(amount), Scalar::from(mask)));
/// let commitments = Commitments::new(openings.iter().map(Opening::commit).collect::<Result<_, _>>()?)?;
/// let statement = Statement { net: NetworkId([1; 32]), body_digest: [2; 32], bundle: 0, commitments };
/// let proof = RangeProof::prove(&statement, &Witness::new(openings), rng)?;
/// let elsewhere = Statement { bundle: 1, ..statement.clone() };
/// assert!(proof.verify(&statement, rng).is_ok() && proof.verify(&elsewhere, rng).is_err());
/// # Ok::<(), dero_crypto::ProofError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// The network.
    pub net: NetworkId,
    /// The digest of the transaction's body.
    pub body_digest: [u8; 32],
    /// The bundle, from 0.
    pub bundle: u64,
    /// Its range values.
    pub commitments: Commitments,
}
