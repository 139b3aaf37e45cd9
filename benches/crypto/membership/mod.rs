//! Membership: one input of a transaction, its set and its linking tag.
//!
//! Ours is the membership proof over three components with its spend proof, both from bytes; the set's points
//! are decoded before, as a node keeps them. Peers: Triptych (linkable, one component, the set decoded and shared)
//! and the ring of 16 of CLSAG (two components, the ring from bytes: its interface takes nothing else).

mod dero;
#[cfg(feature = "peers")]
mod monero;
#[cfg(feature = "peers")]
mod triptych;

use std::cell::LazyCell;

use dero_benches::report::{Comparison, OURS, Operation};

use crate::{BATCH, Runner};

const TRIPTYCH: &str = "triptych";
pub const CLSAG: &str = "monero-clsag";

/// n and m: 128, 1024 and 4096 members.
const SIZES: [(u32, u32); 3] = [(2, 7), (4, 5), (4, 6)];

pub fn run(runner: &mut Runner) {
    for (n, m) in SIZES {
        let size = n.pow(m);
        let [prove, verify] = ["prove", "verify"].map(|operation| format!("membership/{operation}/{size}"));
        let [in_one, in_many] =
            ["shared", "apart"].map(|sets| format!("membership/verify_batch_{BATCH}_{sets}/{size}"));

        let shared = LazyCell::new(|| dero::Inputs::new(n, m, dero::Sets::Shared));
        let apart = LazyCell::new(|| dero::Inputs::new(n, m, dero::Sets::Apart));
        #[cfg(feature = "peers")]
        let peer = LazyCell::new(|| triptych::Inputs::new(n, m));
        runner.bench(&prove, OURS, &shared, |inputs| inputs.prove());
        #[cfg(feature = "peers")]
        runner.bench(&prove, TRIPTYCH, &peer, |inputs| inputs.prove());
        runner.bench(&verify, OURS, &shared, |inputs| inputs.verify(1));
        #[cfg(feature = "peers")]
        runner.bench(&verify, TRIPTYCH, &peer, |inputs| inputs.verify(1));
        runner.bench(&in_one, OURS, &shared, |inputs| inputs.verify(BATCH));
        #[cfg(feature = "peers")]
        runner.bench(&in_one, TRIPTYCH, &peer, |inputs| inputs.verify(BATCH));
        runner.bench(&in_many, OURS, &apart, |inputs| inputs.verify(BATCH));
    }
    let shared = LazyCell::new(|| dero::Inputs::new(4, 4, dero::Sets::Shared));
    runner.bench("membership/prove/256", OURS, &shared, |inputs| inputs.prove());
}

/// The ring of 16.
#[cfg_attr(not(feature = "peers"), allow(unused_variables))]
pub fn run_ring(runner: &mut Runner) {
    #[cfg(feature = "peers")]
    {
        let ring = LazyCell::new(monero::Ring::new);
        runner.bench("ring/sign/16", CLSAG, &ring, |ring| ring.sign());
        runner.bench("ring/verify/16", CLSAG, &ring, |ring| ring.verify());
    }
}

const fn compare(ours: &'static str, peer: Operation, goal: Option<(f64, f64)>) -> Comparison {
    Comparison::new((ours, OURS), peer, goal)
}

/// Goals are for one component; ours has three.
pub const COMPARISONS: &[Comparison] = &[
    compare(
        "membership/verify_batch_64_shared/128",
        ("membership/verify_batch_64_shared/128", TRIPTYCH),
        Some((0.7, 0.5)),
    ),
    compare(
        "membership/verify_batch_64_shared/1024",
        ("membership/verify_batch_64_shared/1024", TRIPTYCH),
        Some((0.45, 0.33)),
    ),
    compare(
        "membership/verify_batch_64_shared/4096",
        ("membership/verify_batch_64_shared/4096", TRIPTYCH),
        Some((0.25, 0.15)),
    ),
    compare("membership/verify/128", ("membership/verify/128", TRIPTYCH), None),
    compare("membership/verify/1024", ("membership/verify/1024", TRIPTYCH), None),
    compare("membership/verify/4096", ("membership/verify/4096", TRIPTYCH), Some((1.0, 0.4))),
    // Triptych batches over one set only: inputs with sets of their own cost it a verification each.
    compare("membership/verify_batch_64_apart/128", ("membership/verify/128", TRIPTYCH), None),
    compare("membership/verify_batch_64_apart/1024", ("membership/verify/1024", TRIPTYCH), None),
    compare("membership/verify_batch_64_apart/4096", ("membership/verify/4096", TRIPTYCH), None),
    compare("membership/prove/256", ("membership/prove/128", TRIPTYCH), Some((0.9, 0.5))),
    compare("membership/prove/128", ("membership/prove/128", TRIPTYCH), None),
    compare("membership/prove/1024", ("membership/prove/1024", TRIPTYCH), Some((1.0, 0.5))),
    compare("membership/prove/4096", ("membership/prove/4096", TRIPTYCH), None),
    compare("membership/verify_batch_64_shared/1024", ("ring/verify/16", CLSAG), Some((0.15, 0.1))),
    compare("membership/verify_batch_64_shared/4096", ("ring/verify/16", CLSAG), None),
];
