//! Whom to talk to, how much, and when to stop.
//!
//! [`machine`] keeps the links within their limits, dials, says that it is alive and remembers addresses. [`score`]
//! is the one table of faults and what they cost. [`allowance`] bounds what a peer may send without being asked.

pub mod allowance;
pub mod book;
pub mod machine;
pub mod score;

pub use machine::{Action, Charge, CloseReason, Event, Limits, LinkStatus, PeerManager};
pub use score::Fault;
