//! How fast the proofs are, beside published implementations in the same run on the same machine.
//!
//! Absolute times say little about code: they move with the machine and with whatever else runs on it. So a
//! benchmark here measures its peers too, and what it reports is the ratio. The clock is the processor time of
//! one thread.
//!
//! Feature `peers` brings the other implementations. Without it the benchmarks measure this workspace alone, and
//! the report says which peer is missing.
//!
//! Reading order: [`clock`], [`runner`], [`report`], [`payments`]; the benchmarks are in `crypto/`, `ledger/` and
//! `scan.rs`, and the chain that a fresh node fetches in `sync/`.

pub mod clock;
pub mod machine;
pub mod payments;
pub mod report;
pub mod runner;
