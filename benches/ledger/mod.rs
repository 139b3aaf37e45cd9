//! Whole transactions, blocks, and the store.

pub mod block;
pub mod store;
pub mod transaction;
