//! The same protocol over any wire.

#![forbid(unsafe_code)]

pub mod backend;
#[cfg(feature = "tokio")]
pub mod client;
pub mod clock;
mod domain;
pub mod gossip;
pub mod handshake;
#[cfg(feature = "tokio")]
pub mod link;
pub mod machine;
pub mod message;
#[cfg(feature = "tokio")]
pub mod node;
pub mod peer;
pub mod protocol;
pub mod sync;
pub mod transport;

#[cfg(feature = "testing")]
pub mod testing;
