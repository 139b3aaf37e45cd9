//! The one shape of every protocol part: events and time in, actions out.
//!
//! A machine opens no socket, reads no clock and draws no randomness of its own. The same code runs under
//! [`crate::node`], in a seeded simulation, and under a loop in a unit test.

use core::fmt;

use rand_core::CryptoRng;

use crate::clock::Time;

/// A protocol part.
pub trait Machine {
    /// What can happen to it.
    type Event;
    /// What it wants done.
    type Action;

    /// Takes an event; appends what is to be done, in order.
    fn handle(&mut self, now: Time, rng: &mut dyn CryptoRng, event: Self::Event, out: &mut Vec<Self::Action>);

    /// When it wants to be woken, if nothing happens before.
    fn wake_at(&self) -> Option<Time>;
}

/// One connection to a peer. A peer that comes back has a new one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LinkId(pub u64);

impl fmt::Debug for LinkId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "link {}", self.0)
    }
}

/// The earlier of two times, where none is never.
pub(crate) fn earlier(a: Option<Time>, b: Option<Time>) -> Option<Time> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (one, other) => one.or(other),
    }
}

/// A number below `bound`, nearly even; 0 if the bound is 0.
pub(crate) fn below(rng: &mut dyn CryptoRng, bound: u64) -> u64 {
    // 64 bits against bounds of a few thousand: the bias is below 2^-50.
    if bound == 0 { 0 } else { rng.next_u64() % bound }
}
