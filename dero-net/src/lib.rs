//! The same protocol over any wire.

#![forbid(unsafe_code)]

pub mod backend;
pub mod clock;
mod domain;
pub mod handshake;
#[cfg(feature = "tokio")]
pub mod link;
pub mod message;
pub mod transport;

#[cfg(feature = "testing")]
pub mod testing;
