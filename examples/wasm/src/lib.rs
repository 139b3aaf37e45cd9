//! Proofs made and verified in WebAssembly, with plain exported functions and no generated glue.
//!
//! The module imports nothing: no clock, no network and no randomness. Whoever calls it writes two seeds of 32 bytes to
//! [`seeds`], the prover's and the verifier's; the bytes of a proof are left at [`bytes`], where the caller may
//! read, send or change them. `check.mjs` is such a caller; `bash .ci/wasm` builds and runs both.
//!
//! Statements and keys follow from the prover's seed, so that the verifier of this example knows them. A real one
//! has them from the chain.

#![deny(unsafe_code)]

mod exports;
mod kinds;

pub use exports::{accepts, bytes, make, seeds};
pub use kinds::{KINDS, Kind};
