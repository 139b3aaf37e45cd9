//! What tests of wallets start from: a chain in memory, and suites that check what integrators bring (feature
//! `testing`).

mod persister;
mod signer;
mod source;

use core::{
    future::Future,
    pin::pin,
    task::{Context, Poll, Waker},
};

pub use persister::persister_conformance;
pub use signer::signer_conformance;
pub use source::{MemorySource, Refused, small_network};

/// Runs a future that never waits, such as those of a [`MemorySource`].
///
/// # Panics
///
/// If the future waits.
pub fn at_once<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("the future waits for something"),
    }
}
