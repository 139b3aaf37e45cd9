//! Find what is mine, spend it, prove I did.

#![cfg_attr(not(feature = "std"), no_std)]
#![forbid(unsafe_code)]

extern crate alloc;

pub mod chain;
pub mod enote;
pub mod file;
pub mod scan;
pub mod seed;
pub mod signer;
pub mod spend;
pub mod store;
#[cfg(feature = "testing")]
pub mod testing;
pub mod wallet;
