//! Amounts and the commitments that hide them (protocol 1.3, 8).
