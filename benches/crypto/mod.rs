//! Proofs alone: range (1, 2, 4, 16 values) and membership (sets of 128, 1024, 4096); and the group below them.

pub mod group;
pub mod membership;
pub mod range;
