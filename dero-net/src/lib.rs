//! The same protocol over any wire.

#![forbid(unsafe_code)]

pub mod clock;
mod domain;
pub mod transport;

#[cfg(feature = "testing")]
pub mod testing;
