//! How news spreads: named first, sent to those who ask.

pub mod transactions;
