//! One Payload a transaction: nothing, a call, or a deploy (protocol 12.7.1).

use alloc::vec::Vec;

use dero_crypto::{DecodeError, codec::Reader};

use crate::{Call, Deploy};

/// Most bytes of a call: 32 KiB.
pub(crate) const CALL_MAX: usize = 32 * 1024;
/// Most bytes of a deploy: 72 KiB.
pub(crate) const DEPLOY_MAX: usize = 72 * 1024;

/// What a transaction carries for contracts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Payload {
    /// No bytes at all.
    #[default]
    Empty,
    /// First byte 1: runs an entry of a contract.
    Call(Call),
    /// First byte 2: makes a contract.
    Deploy(Deploy),
}

/// Why bytes are no Payload, or why one cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PayloadError {
    /// A field is cut off, too long, or holds a value that the layout does not allow.
    #[error(transparent)]
    Bytes(#[from] DecodeError),
    /// A callee that is the called contract itself.
    #[error("callee {place} is the head's own contract")]
    CalleeIsHead {
        /// Place in the list of callees.
        place: usize,
    },
    /// One key of a contract declared with two modes.
    #[error("footprint entries {first} and {second} declare the same key")]
    KeyTwice {
        /// Place of the earlier entry.
        first: usize,
        /// Place of the later entry.
        second: usize,
    },
    /// A kind of claim that cannot be carried by others.
    #[error("claim {place} of kind {kind} cannot be detached")]
    NotDetachable {
        /// Place in the list of claims.
        place: usize,
        /// Its kind without bit 7.
        kind: u8,
    },
}

impl Payload {
    /// Decodes a whole Payload.
    ///
    /// # Errors
    ///
    /// [`PayloadError`], naming the first rule of 12.7.1 that does not hold.
    pub fn decode(bytes: &[u8]) -> Result<Self, PayloadError> {
        let Some(&first) = bytes.first() else { return Ok(Self::Empty) };
        let limit = match first {
            Call::FIRST_BYTE => CALL_MAX,
            Deploy::FIRST_BYTE => DEPLOY_MAX,
            found => return Err(DecodeError::Value { what: "payload kind", found: found.into() }.into()),
        };
        if bytes.len() > limit {
            let (found, max) = (bytes.len() as u64, limit as u64);
            return Err(DecodeError::Limit { what: "payload bytes", found, min: 1, max }.into());
        }
        let mut reader = Reader::new(bytes, "payload");
        if first == Call::FIRST_BYTE {
            Call::read(&mut reader).map(Self::Call)
        } else {
            let deploy = Deploy::read(&mut reader)?;
            reader.finish()?;
            Ok(Self::Deploy(deploy))
        }
    }

    /// The one encoding.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        match self {
            Self::Empty => {}
            Self::Call(call) => call.write(&mut out),
            Self::Deploy(deploy) => deploy.write(&mut out),
        }
        out
    }
}

/// Refuses lists that do not ascend strictly.
pub(crate) fn ascending<T: Ord>(list: &[T], what: &'static str) -> Result<(), DecodeError> {
    if list.windows(2).all(|pair| pair[0] < pair[1]) { Ok(()) } else { Err(DecodeError::Order { what }) }
}
