//! Each check of the verifier, and each attack of the range topic, by name.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod nonces;
mod rows;
mod soundness;
