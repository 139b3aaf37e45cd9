//! What can go wrong between two peers, and whose fault it is.

use core::time::Duration;
use std::io;

use super::{Origin, PeerId};

/// Why a dialled peer was not reached.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DialError {
    /// The name has no address, or nobody listens there.
    #[error("{address} cannot be reached: {source}")]
    Unreachable {
        /// The address.
        address: String,
        /// The system's error.
        source: io::Error,
    },
    /// Nobody answered in time.
    #[error("{address} did not answer within {limit:?}")]
    Timeout {
        /// The address.
        address: String,
        /// The deadline.
        limit: Duration,
    },
    /// Somebody answered who is not the peer, or who speaks otherwise.
    #[error("{address}: {cause}")]
    Handshake {
        /// The address.
        address: String,
        /// What was wrong.
        cause: HandshakeError,
    },
    /// The transport is shut down.
    #[error("the transport is closed")]
    Closed,
}

impl DialError {
    /// Whether another peer than the pinned one answered: somebody stands in the way, or the node has a new key.
    #[must_use]
    pub const fn is_wrong_peer(&self) -> bool {
        matches!(self, Self::Handshake { cause: HandshakeError::WrongPeer { .. }, .. })
    }
}

/// Why nobody new was accepted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AcceptError {
    /// One caller was dropped. The next call of `accept` returns the next one.
    #[error("a caller from {} was dropped: {cause}", from.host)]
    Handshake {
        /// From where it called.
        from: Origin,
        /// What was wrong.
        cause: HandshakeError,
    },
    /// The transport does not listen, or no longer.
    #[error("the transport does not listen")]
    Closed,
}

/// What was wrong with the first steps of a connection, before any message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HandshakeError {
    /// Another key than the pinned one.
    #[error(
        "another peer answered: expected {expected}, found {found}; somebody stands in between, or the node has a new key"
    )]
    WrongPeer {
        /// The pin.
        expected: PeerId,
        /// Who answered.
        found: PeerId,
    },
    /// Bytes that are not TLS.
    #[error("this is not TLS: {detail}")]
    NotTls {
        /// What stands there.
        detail: String,
    },
    /// TLS, but not version 1.3, or without the one key exchange of this network.
    #[error("no common ground, TLS 1.3 with X25519MLKEM768 is required: {detail}")]
    Incompatible {
        /// What is missing.
        detail: String,
    },
    /// No certificate.
    #[error("the other side shows no certificate")]
    NoCertificate,
    /// A certificate that proves nothing.
    #[error("the certificate is not acceptable: {0}")]
    Certificate(CertificateFault),
    /// The other side ended the handshake.
    #[error("the other side refused: {detail}")]
    Refused {
        /// The reason that it gave.
        detail: String,
    },
    /// It took too long.
    #[error("the handshake was not done within {limit:?}")]
    Timeout {
        /// The deadline.
        limit: Duration,
    },
    /// Too many handshakes, in all or from one neighbourhood.
    #[error("too many handshakes {of}")]
    Busy {
        /// Of whom.
        of: &'static str,
    },
    /// The connection went away, or something else of the wire failed.
    #[error("the connection failed: {detail}")]
    Lost {
        /// The system's words.
        detail: String,
    },
}

/// What is wrong with a certificate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CertificateFault {
    /// It cannot be read, or is none of ours: one self-signed Ed25519 certificate for both directions.
    #[error("malformed: {detail}")]
    Malformed {
        /// What the reader says.
        detail: String,
    },
    /// It is out of date.
    #[error("expired")]
    Expired,
    /// Its time has not come.
    #[error("not valid yet: compare the clocks")]
    NotYetValid,
    /// It is not signed by its own key, or its key did not sign the handshake.
    #[error("a signature is wrong: {detail}")]
    Signature {
        /// Which one.
        detail: String,
    },
}

/// Why a connection ended.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectionError {
    /// The other side closed it in good order.
    #[error("the other side closed the connection")]
    Closed,
    /// A frame of no bytes or too many.
    #[error("a frame has 1 to {max} bytes, this one has {found}")]
    FrameLength {
        /// Its length.
        found: usize,
        /// The longest.
        max: usize,
    },
    /// A frame or a message took too long on its way.
    #[error("{what} was not done within {limit:?}")]
    TooSlow {
        /// What was on its way.
        what: &'static str,
        /// The deadline.
        limit: Duration,
    },
    /// A send was given up half-way.
    #[error("an earlier send was interrupted")]
    Interrupted,
    /// The connection was cut, or its bytes were tampered with.
    #[error("the connection broke: {detail}")]
    Broken {
        /// What happened.
        detail: String,
    },
}
