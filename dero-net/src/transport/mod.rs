//! A pipe of frames to one authenticated peer, over any wire.
//!
//! A [`Transport`] makes [`Connection`]s: it dials a [`Pinned`] address and accepts callers. What travels is a
//! frame, 1 to [`MAX_FRAME`] bytes that arrive whole or not at all; what the frames say is the business of
//! [`crate::message`]. Two transports are here: [`memory`] for tests and programs in one process, and
//! [`tcp`] (feature `tokio`), which speaks TLS 1.3 and nothing else.

mod address;
mod error;
pub mod memory;

#[cfg(feature = "tokio")]
pub mod framing;
#[cfg(feature = "tokio")]
pub mod identity;
#[cfg(feature = "tokio")]
pub mod tcp;
#[cfg(feature = "tokio")]
mod tls;

use core::future::Future;

pub use address::{Address, AddressError, HostPort, MAX_ADDRESS, Origin, PeerId, Pinned};
pub use error::{AcceptError, CertificateFault, ConnectionError, DialError, HandshakeError};

/// The longest frame, in bytes.
pub const MAX_FRAME: usize = 64 * 1024;

/// What protects a connection, for logs and assertions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Security {
    /// The protocol, as `TLS 1.3`.
    pub protocol: String,
    /// How the keys were agreed, as `X25519MLKEM768`.
    pub key_exchange: String,
    /// What encrypts, as `TLS13_AES_256_GCM_SHA384`.
    pub cipher: String,
}

/// A way to reach peers and to be reached.
///
/// # Contract
///
/// - **Authentication.** [`dial`](Transport::dial) returns a connection only to the peer that holds the key behind
///   the pin. [`accept`](Transport::accept) returns a connection only after the caller has proven its own key.
///   Nothing that the callers of this trait send is readable or changeable on the way.
/// - **Progress.** A slow caller does not keep `accept` from returning the next one. Both have deadlines.
/// - **Cancellation.** Dropping a future of `dial` gives the attempt up. Dropping one of `accept` loses nobody:
///   the next call returns who was there.
/// - **Failures.** [`AcceptError::Handshake`] concerns one caller; after [`AcceptError::Closed`] nobody comes.
///
/// Check your own with `testing::transport_conformance`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no transport",
    label = "this part must implement `Transport`",
    note = "`TcpTransport` and `MemoryTransport` do; `testing::transport_conformance` checks one of your own"
)]
pub trait Transport: Send + Sync + 'static {
    /// Where a peer is.
    type Address: Address;
    /// A pipe to it.
    type Connection: Connection;

    /// Connects to the peer that is named by address and key.
    fn dial(&self, to: &Pinned<Self::Address>) -> impl Future<Output = Result<Self::Connection, DialError>> + Send;

    /// The next peer that called.
    fn accept(&self) -> impl Future<Output = Result<Self::Connection, AcceptError>> + Send;

    /// Who this side is to its callers, and where they find it; `None` if nobody can call.
    fn reachable(&self) -> Option<Pinned<Self::Address>>;
}

/// A pipe to one authenticated peer.
///
/// # Contract
///
/// - **Order.** Frames arrive in the order in which they were sent, each once, whole, with the bytes that were sent.
/// - **Bounds.** A frame has 1 to [`MAX_FRAME`] bytes; others are refused by the sender, and by a receiver before
///   it allocates. What is on the way is bounded: a sender waits for a slow receiver, and may give up with
///   [`ConnectionError::TooSlow`].
/// - **Both ways.** The halves work at the same time and are independent.
/// - **Closing.** [`FrameSender::close`] ends that direction; the other side receives what was sent and then
///   [`ConnectionError::Closed`], and can go on sending. Dropping both halves cuts the connection.
///
/// Check your own with `testing::transport_conformance`.
pub trait Connection: Send + 'static {
    /// The half that sends.
    type Sender: FrameSender;
    /// The half that receives.
    type Receiver: FrameReceiver;

    /// Who is on the other side: the pin in the case of a dialled peer.
    fn peer(&self) -> PeerId;

    /// From where it speaks, for limits.
    fn origin(&self) -> Origin;

    /// What protects the connection.
    fn security(&self) -> Security;

    /// The two directions.
    fn split(self) -> (Self::Sender, Self::Receiver);
}

/// The sending half of a [`Connection`].
pub trait FrameSender: Send + 'static {
    /// Sends one frame.
    ///
    /// Returning means that it is on its way, not that it arrived. Dropping the future before it is done may break the
    /// direction: later calls then return [`ConnectionError::Interrupted`].
    fn send(&mut self, frame: &[u8]) -> impl Future<Output = Result<(), ConnectionError>> + Send;

    /// Ends the direction in good order.
    fn close(&mut self) -> impl Future<Output = Result<(), ConnectionError>> + Send;
}

/// The receiving half of a [`Connection`].
pub trait FrameReceiver: Send + 'static {
    /// The next frame. Waits as long as none begins; one that has begun must come in reasonable time.
    ///
    /// Dropping the future loses nothing: the next call goes on where it stopped.
    fn recv(&mut self) -> impl Future<Output = Result<Vec<u8>, ConnectionError>> + Send;
}
