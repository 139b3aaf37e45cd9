//! Small proofs about linear maps: Schnorr, spend, link, sealed alternatives (protocol 1.2, 6, 8.3, 12.3).
