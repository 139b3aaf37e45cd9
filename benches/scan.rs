//! Scanning foreign enotes: what a wallet spends on each.
//!
//! *find* is the find key alone, what a server that finds for others does. *view* is a wallet: find tags of payments
//! and of own transactions, and the checks behind every hit. The peer is the ladder of X25519, one product an enote:
//! what a scan by key exchange costs if nothing is done about it.

use std::cell::LazyCell;

use dero_benches::{
    report::{Comparison, OURS, Operation, Rate},
    runner::prepare,
};
use dero_crypto::{
    NetworkId,
    asset::{AssetId, KnownAssets},
    commitment::Amount,
    enote::{Anchor, Draft, Enote, EnoteSeed, Findable, InputContext},
    keys::{AddressIndex, AuditKey, MasterSecret},
};

use crate::Runner;

const NET: NetworkId = NetworkId([1; 32]);
/// So few that a sample of all of them is no longer than one of the ladder.
const ENOTES: usize = 256;

struct Scene {
    keys: AuditKey,
    known: KnownAssets,
    enotes: Vec<(InputContext, Enote)>,
}

impl Scene {
    fn new() -> Self {
        let enotes = prepare(ENOTES, |place| {
            let rng = &mut rand::rng();
            let mut tag = [0; 32];
            tag[..8].copy_from_slice(&(place as u64 / 2).to_le_bytes());
            let context = InputContext::bundle(&NET, &Anchor::Tag(tag));
            let stranger = MasterSecret::random(rng).audit_key().address_key().address(AddressIndex(0));
            let (seed, amount) = (EnoteSeed::random(rng), Amount(place as u64));
            let draft = Draft { context: &context, seed: &seed, amount, asset: AssetId::NATIVE };
            (context, draft.external(&NET, &stranger).enote)
        });
        Self { keys: MasterSecret::random(&mut rand::rng()).audit_key(), known: KnownAssets::native(), enotes }
    }

    fn findables(&self) -> Vec<Findable<'_>> {
        self.enotes.iter().map(|(context, enote)| Findable::new(context, enote)).collect()
    }

    fn find(&self) {
        let found = self.keys.view_received().find_key().find_batch(&NET, &self.findables());
        assert_eq!(found.len(), ENOTES);
    }

    fn view(&self) {
        let found = self.keys.find_key_with_self().find_batch(&NET, &self.findables());
        for (found, (context, enote)) in found.iter().zip(&self.enotes) {
            if found.any() {
                let enote = enote.decode().expect("made here");
                assert!(self.keys.recognise(&NET, context, &enote, &self.known).is_err(), "it is a stranger's");
            }
        }
    }
}

pub fn run(runner: &mut Runner) {
    let scene = LazyCell::new(Scene::new);
    #[cfg(feature = "peers")]
    let ladder = LazyCell::new(Ladder::new);
    // The goal is two hundredths above what the library's own calls take, and the host wavers by more.
    for _ in 0..3 {
        runner.bench(FIND.0, OURS, &scene, Scene::find);
        #[cfg(feature = "peers")]
        runner.bench(LADDER.0, LADDER.1, &ladder, Ladder::climb);
        runner.bench(VIEW.0, OURS, &scene, Scene::view);
    }
}

/// One key exchange.
#[cfg(feature = "peers")]
struct Ladder(curve25519_dalek::MontgomeryPoint, curve25519_dalek::Scalar);

#[cfg(feature = "peers")]
impl Ladder {
    fn new() -> Self {
        use curve25519_dalek::{MontgomeryPoint, Scalar};
        let rng = &mut rand::rng();
        Self(MontgomeryPoint::mul_base(&Scalar::random(rng)), Scalar::random(rng))
    }

    fn climb(&self) {
        std::hint::black_box(self.0 * self.1);
    }
}

const FIND: Operation = ("scan/find_batch_256", OURS);
const VIEW: Operation = ("scan/view_batch_256", OURS);
const LADDER: Operation = ("scan/ladder", "x25519 (curve25519-dalek)");

pub const COMPARISONS: &[Comparison] =
    &[Comparison::new(FIND, LADDER, Some((0.55, 0.4))), Comparison::new(VIEW, LADDER, None)];

/// Enotes a second.
pub const RATES: &[Rate] = &[
    Rate { of: FIND, unit: "enotes/s/core", goal: Some(25_000.0) },
    Rate { of: VIEW, unit: "enotes/s/core", goal: Some(25_000.0) },
];
