//! For tests, yours and ours: a conformance suite for transports, a seeded network, a toy chain to run it on, TLS
//! that checks nothing.

mod gullible;
mod seeded;
pub mod simulation;
pub mod toy_chain;
mod transport_conformance;

pub use gullible::{gullible_client, gullible_server};
pub use seeded::SeededRng;
pub use toy_chain::ToyChain;
pub use transport_conformance::{Check, Failed, transport_conformance};
