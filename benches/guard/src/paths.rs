//! The hot paths: each prepares its input from a fixed seed, and gives what is to be counted.

mod crypto;
mod transaction;

/// What is counted.
pub type Run = Box<dyn FnMut()>;

/// Name and preparation of every hot path.
pub const PATHS: [(&str, fn() -> Run); 8] = [
    ("range: verify 16 proofs of 2 values in one batch", crypto::range_verify),
    ("membership: prove, N = 128", crypto::membership_prove),
    ("membership: verify 8 in one batch, N = 128", crypto::membership_verify_128),
    ("membership: verify 8 in one batch, N = 1024", crypto::membership_verify_1024),
    ("spend: prove", crypto::spend_prove),
    ("spend: verify", crypto::spend_verify),
    ("find: 256 enotes", crypto::find),
    ("transaction: parse, check and verify, 2 inputs and 2 outputs", transaction::verify),
];
