//! The bytes of contract calls: what a transaction carries for a contract, as types that cannot be malformed.
//!
//! **Only the bytes.** There is no machine in this crate yet: nothing here runs a contract, and the networks that
//! ship refuse every Payload. What is here is what a machine, a wallet and an explorer will share.
//!
//! ```
//! use dero_contracts::{Call, Entry, GasClass, Head, Payload};
//!
//! let head = Head::new([7; 32], Entry::named("vote"), GasClass::new(20)?).with_args(&[1, 2, 3])?;
//! let payload = Payload::Call(Call { head, proofs: vec![] });
//! let bytes = payload.encode();
//! assert_eq!(Payload::decode(&bytes)?, payload);
//! # Ok::<(), dero_contracts::PayloadError>(())
//! ```
//!
//! Reading order: [`Payload`], [`Head`], [`Deploy`].

#![cfg_attr(not(feature = "std"), no_std)]
#![forbid(unsafe_code)]

extern crate alloc;

mod call;
mod deploy;
mod payload;

pub use call::{Access, Args, Call, Claim, Entry, GasClass, Head, Mode};
pub use deploy::{Deploy, code_hash, contract_id};
pub use payload::{Payload, PayloadError};
