//! Range proofs: prove, verify one, verify a batch, all from bytes.

mod dero;
#[cfg(feature = "peers")]
mod monero;
#[cfg(feature = "peers")]
mod tari;
#[cfg(feature = "peers")]
mod zkcrypto;

use std::cell::LazyCell;

use dero_benches::report::{Comparison, OURS};

use crate::{BATCH, Runner};

/// One implementation with proofs over a fixed number of values.
struct Contestant {
    /// Makes one proof.
    prove: Box<dyn Fn()>,
    /// Decodes one proof and its commitments from bytes, and verifies it.
    verify: Box<dyn Fn()>,
    /// As `verify`, a whole batch at once.
    verify_batch: Box<dyn Fn()>,
    /// Bytes of a proof.
    bytes: usize,
}

/// Builds a contestant whose proof number i hides the given amounts.
type Maker = fn(&dyn Fn(usize) -> Vec<u64>) -> Contestant;

/// Name, maker, and whether it verifies batches.
const CONTESTANTS: &[(&str, Maker, bool)] = &[
    (OURS, dero::contestant, true),
    #[cfg(feature = "peers")]
    (TARI, tari::contestant, true),
    #[cfg(feature = "peers")]
    (ZKCRYPTO, zkcrypto::contestant, false),
    #[cfg(feature = "peers")]
    (MONERO, monero::original, true),
    #[cfg(feature = "peers")]
    (MONERO_PLUS, monero::plus, true),
];

const SIZES: [usize; 4] = [1, 2, 4, 16];

pub const TARI: &str = "tari_bulletproofs_plus (BP+)";
const ZKCRYPTO: &str = "bulletproofs (BP)";
const MONERO: &str = "monero-bulletproofs (BP)";
pub const MONERO_PLUS: &str = "monero-bulletproofs (BP+)";

pub fn run(runner: &mut Runner) {
    for m in SIZES {
        let batch = format!("range/verify_batch_{BATCH}/{m}");
        for &(name, make, batches) in CONTESTANTS {
            let contestant = LazyCell::new(|| {
                let made = make(&|proof| (0..m).map(|j| (proof * m + j) as u64 * 1_000_003).collect());
                println!("{name}, values {m}, bytes {}", made.bytes);
                made
            });
            runner.bench(&format!("range/prove/{m}"), name, &contestant, |one| (one.prove)());
            runner.bench(&format!("range/verify/{m}"), name, &contestant, |one| (one.verify)());
            if batches {
                runner.bench(&batch, name, &contestant, |one| (one.verify_batch)());
            }
        }
    }
}

const fn compare(group: &'static str, peer: &'static str, goal: Option<(f64, f64)>) -> Comparison {
    Comparison::new((group, OURS), (group, peer), goal)
}

pub const COMPARISONS: &[Comparison] = &[
    compare("range/prove/1", TARI, Some((1.0, 1.0))),
    compare("range/prove/1", MONERO_PLUS, Some((0.65, 0.4))),
    compare("range/prove/1", ZKCRYPTO, None),
    compare("range/prove/2", TARI, None),
    compare("range/prove/4", TARI, None),
    compare("range/prove/16", TARI, None),
    compare("range/prove/16", MONERO_PLUS, None),
    compare("range/verify/1", TARI, None),
    compare("range/verify/1", ZKCRYPTO, None),
    compare("range/verify/2", TARI, None),
    compare("range/verify/4", TARI, None),
    compare("range/verify/16", TARI, Some((0.5, 0.25))),
    compare("range/verify/16", ZKCRYPTO, None),
    compare("range/verify_batch_64/1", TARI, Some((0.75, 0.6))),
    compare("range/verify_batch_64/1", MONERO, None),
    compare("range/verify_batch_64/2", TARI, Some((0.7, 0.55))),
    compare("range/verify_batch_64/4", TARI, None),
    compare("range/verify_batch_64/16", TARI, Some((0.55, 0.4))),
];
