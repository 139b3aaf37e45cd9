//! Each rule of 10.4 has a test that fails without it.
//!
//! `scenes.rs` builds valid transactions of every kind; the other files break one thing at a time.

#![allow(missing_docs, unreachable_pub)] // A test binary exports nothing.
#![allow(clippy::unwrap_used)] // A panic is a failed test.
#![allow(clippy::type_complexity)] // Tables of changes.

mod builder;
mod cheap;
mod decode;
mod malleability;
mod order;
mod proofs;
mod scenes;
mod state;
mod structure;
mod valid;
