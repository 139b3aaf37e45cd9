//! The balance equation of a transaction (protocol 8.1).
