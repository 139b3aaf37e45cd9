//! Wallets on chains in memory: what they find, what they pay, what nobody can make them believe.

#![allow(clippy::unwrap_used, reason = "tests")]

mod asked;
mod common;
mod crashes;
mod find_server;
mod killed;
mod lies;
mod node;
mod open_payments;
mod payments;
mod persister;
mod receipts;
mod references;
mod reorganisations;
mod shapes;
mod signer;
mod start;
