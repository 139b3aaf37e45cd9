//! What the programs of this folder share: the reference node, the wallet, and the local network made of both.
//!
//! Each program is a thin `main` over one module here, so that `devnet` can start itself as node and as wallet in
//! processes of their own.

#![forbid(unsafe_code)]

pub mod demo;
pub mod devnet;
mod failure;
pub mod local;
pub mod network_file;
pub mod node;
pub mod rpc;
pub mod wallet;

pub use failure::{Failure, Named, printable, said};

/// Listens from now on for the end of the program: Ctrl-C, or SIGTERM where there is one.
///
/// # Errors
///
/// The system's.
#[cfg(unix)]
pub fn told_to_end() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Listens from now on for the end of the program: Ctrl-C.
///
/// # Errors
///
/// The system's.
#[cfg(not(unix))]
pub fn told_to_end() -> std::io::Result<impl Future<Output = ()>> {
    Ok(async { drop(tokio::signal::ctrl_c().await) })
}

/// The clock, in seconds since 1970.
#[must_use]
pub fn unix_time() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs())
}
