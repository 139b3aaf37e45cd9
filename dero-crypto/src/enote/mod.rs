//! One spendable record and its secrets: making, recognising and opening it (protocol 4, 5).
