//! Why no transaction came out.

use dero_crypto::{DecodeError, ProofError};

use crate::rules::{Statement, TxError};

/// A draft that gives no valid transaction.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The transaction would break a rule.
    #[error("the draft breaks a rule: {0}")]
    Rule(#[from] TxError),
    /// Something names a bundle that the draft does not have.
    #[error("{what} {index} names bundle {found} of {bundles}")]
    Bundle {
        /// "op" or "move".
        what: &'static str,
        /// Its place.
        index: usize,
        /// The bundle that it names.
        found: usize,
        /// How many bundles there are.
        bundles: usize,
    },
    /// In one asset, what goes in is not what goes out. Which asset is not said: errors are logged.
    #[error("the amounts of an asset do not balance")]
    Unbalanced,
    /// An output of an asset that nothing brings in.
    #[error("value {value} of bundle {bundle} has an asset that no input has")]
    NoSuchAsset {
        /// The bundle.
        bundle: usize,
        /// Number of the range value in the bundle.
        value: usize,
    },
    /// A memo of another size than the transaction's class.
    #[error("a memo of {found} bytes, expected {expected}")]
    Memo {
        /// Bytes of the memo.
        found: usize,
        /// Bytes that the class asks for.
        expected: usize,
    },
    /// A descriptor, an enote or an opening whose points do not encode.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// A proof that cannot be made: its witness does not fit.
    #[error("{statement}: {error}")]
    Proof {
        /// What cannot be shown.
        statement: Statement,
        /// Why.
        error: ProofError,
    },
    /// Too few or too many signatures or membership proofs.
    #[error("{what}: {found}, expected {expected}")]
    Missing {
        /// What was handed in.
        what: &'static str,
        /// How many the transaction asks for.
        expected: usize,
        /// How many there are.
        found: usize,
    },
}
