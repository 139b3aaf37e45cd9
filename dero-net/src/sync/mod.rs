//! Catching up: headers first, then the bodies from many peers.

pub mod blocks;
pub mod headers;
