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

use core::time::Duration;

use crate::{link::Deadlines, peer::Limits, transport::tcp::TcpOptions};

/// Longer than anything takes, however busy the machine is.
pub const PATIENCE: Duration = Duration::from_secs(300);

/// Deadlines that a busy machine does not miss.
pub const PATIENT: Deadlines = Deadlines { greeting: PATIENCE, progress: PATIENCE };

/// Limits of one machine, with deadlines that it does not miss however busy it is.
#[must_use]
pub fn patient_limits() -> Limits {
    Limits { greeting: PATIENCE, closing: PATIENCE, ..Limits::local() }
}

/// TCP with deadlines that a busy machine does not miss, and without limits that a fast one meets.
#[must_use]
pub fn patient_tcp() -> TcpOptions {
    TcpOptions {
        connect: PATIENCE,
        handshake: PATIENCE,
        frame: PATIENCE,
        handshakes_per_second: u32::MAX,
        handshakes_per_group: u32::MAX,
        ..TcpOptions::default()
    }
}
