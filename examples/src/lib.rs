//! What the programs of this folder share: the reference node, the wallet, and the local network made of both.
//!
//! Each program is a thin `main` over one module here, so that `devnet` can start itself as node and as wallet in
//! processes of their own.

#![forbid(unsafe_code)]

pub mod network_file;
pub mod rpc;
