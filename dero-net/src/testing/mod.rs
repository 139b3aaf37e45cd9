//! For tests, yours and ours: a conformance suite for transports.

mod transport_conformance;

pub use transport_conformance::{Check, Failed, transport_conformance};
