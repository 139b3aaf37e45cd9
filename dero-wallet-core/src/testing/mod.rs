//! Suites that check what integrators bring (feature `testing`).

mod persister;
mod signer;

pub use persister::persister_conformance;
pub use signer::signer_conformance;
