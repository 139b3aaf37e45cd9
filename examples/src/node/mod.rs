//! The reference node: a chain on a disk, links over TLS, a pool, an interface for its owner, and a miner if wished.

mod api;
mod audit;
mod backend;
mod config;
mod miner;
mod peers;
mod run;

pub use config::{Config, ConfigError, Options, Order, Reach};
pub use run::{KEY_FILE, KNOWN_FILE, READY_FILE, start};
