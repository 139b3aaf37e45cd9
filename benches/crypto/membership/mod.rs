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

use dero_benches::report::{Comparison, OURS};

use crate::{BATCH, Runner};

const TRIPTYCH: &str = "triptych";
const CLSAG: &str = "monero-clsag";

/// n and m: 128, 1024 and 4096 members.
const SIZES: [(u32, u32); 3] = [(2, 7), (4, 5), (4, 6)];

pub fn run(runner: &mut Runner) {
    for (n, m) in SIZES {
        let size = n.pow(m);
        let shared = LazyCell::new(|| dero::Inputs::new(n, m, dero::Sets::Shared));
        let apart = LazyCell::new(|| dero::Inputs::new(n, m, dero::Sets::Apart));
        runner.bench(&format!("membership/prove/{size}"), OURS, || Box::new(|| shared.prove()));
        runner.bench(&format!("membership/verify/{size}"), OURS, || Box::new(|| shared.verify(1)));
        runner.bench(&format!("membership/verify_batch_{BATCH}_shared/{size}"), OURS, || {
            Box::new(|| shared.verify(BATCH))
        });
        runner.bench(&format!("membership/verify_batch_{BATCH}_apart/{size}"), OURS, || {
            Box::new(|| apart.verify(BATCH))
        });
        #[cfg(feature = "peers")]
        {
            let inputs = LazyCell::new(|| triptych::Inputs::new(n, m));
            runner.bench(&format!("membership/prove/{size}"), TRIPTYCH, || Box::new(|| inputs.prove()));
            runner.bench(&format!("membership/verify/{size}"), TRIPTYCH, || Box::new(|| inputs.verify(1)));
            runner.bench(&format!("membership/verify_batch_{BATCH}_shared/{size}"), TRIPTYCH, || {
                Box::new(|| inputs.verify(BATCH))
            });
        }
    }
    let set = LazyCell::new(|| dero::Inputs::new(4, 4, dero::Sets::Shared));
    runner.bench("membership/prove/256", OURS, || Box::new(|| set.prove()));
    #[cfg(feature = "peers")]
    {
        let ring = LazyCell::new(monero::Ring::new);
        runner.bench("ring/sign/16", CLSAG, || Box::new(|| ring.sign()));
        runner.bench("ring/verify/16", CLSAG, || Box::new(|| ring.verify()));
    }
}

const fn compare(ours: &'static str, peer: (&'static str, &'static str), goal: Option<(f64, f64)>) -> Comparison {
    Comparison { ours: (ours, OURS), peer, goal }
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
        Some((0.4, 0.3)),
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
    compare("membership/prove/1024", ("membership/prove/1024", TRIPTYCH), None),
    compare("membership/prove/4096", ("membership/prove/4096", TRIPTYCH), None),
    compare("membership/verify_batch_64_shared/1024", ("ring/verify/16", CLSAG), None),
    compare("membership/verify_batch_64_shared/4096", ("ring/verify/16", CLSAG), None),
];
