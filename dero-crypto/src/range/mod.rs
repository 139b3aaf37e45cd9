//! Amounts fit in 64 bits: Bulletproofs+, aggregated (protocol 8.5).
