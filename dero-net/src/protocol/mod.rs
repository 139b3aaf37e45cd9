//! All parts of a node together, still without a wire: messages and time in, messages and work out.
//!
//! [`Protocol`] gives each message to the part that it concerns and turns what the parts want into messages, work
//! for the chain ([`Job`]) and answers ([`Answer`]). Who drives it brings links, threads and a clock: the program
//! ([`crate::node`]) or the simulation.

mod answer;
mod job;
mod machine;

pub use answer::{Answer, Question};
pub use job::{Job, Lane, Report};
pub use machine::{Action, Event, MAX_QUESTIONS, MAX_SUBMISSIONS, Protocol, Status};
