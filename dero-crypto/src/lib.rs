//! From a group element to a proof a stranger can check.
//!
//! The cryptography of a private ledger, alone: keys and addresses, enotes, and the proofs that a transaction is
//! made of. No network, no disk, no clock, no async; `no_std` with `alloc`; randomness is an argument.
//!
//! **Unaudited. Do not put value on it.**
//!
//! Reading order: [`group`], [`transcript`], [`batch`], [`membership`].

#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

pub mod asset;
pub mod balance;
pub mod base32;
pub mod batch;
pub mod codec;
pub mod commitment;
pub mod enote;
pub mod error;
pub mod group;
pub mod keys;
pub mod membership;
pub mod network;
pub mod range;
pub mod secret;
pub mod sigma;
pub mod transcript;

pub use error::{BatchError, DecodeError, ProofError};
pub use transcript::NetworkId;
