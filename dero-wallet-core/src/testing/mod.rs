//! Suites that check what integrators bring (feature `testing`).

mod persister;

pub use persister::persister_conformance;
