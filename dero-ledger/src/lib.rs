//! What a transaction is, when it is valid, what it leaves behind.

#![cfg_attr(not(feature = "std"), no_std)]
#![forbid(unsafe_code)]

extern crate alloc;

pub mod block;
#[cfg(feature = "std")]
pub mod chain;
pub mod consensus;
mod difficulty;
pub mod execution;
pub mod genesis;
pub mod params;
pub mod rules;
pub mod source;
pub mod state;
pub mod store;
#[cfg(feature = "testing")]
pub mod testing;
pub mod transaction;
