//! Whole transactions with sets of 1024: made, and verified from bytes by every rule, against a state whose members
//! are decoded.
//!
//! The peers' parts are what a ring of 16 needs for the same payment: a CLSAG an input, a range proof over the
//! outputs. They have no asset tags, and a sixty-fourth of the set.

use std::{cell::LazyCell, sync::Arc};

use dero_benches::{
    report::{Comparison, OURS, Operation},
    runner::prepare,
};
use dero_crypto::{
    asset::AssetId,
    enote::MemoClass,
    group::{Element, Point},
    membership::{Interval, MEMBER_BYTES, Reference, ReferenceKind, SetParameters},
};
use dero_ledger::{
    rules::{RuleParameters, StateView, UnverifiedTransaction, Verification},
    testing::{MemoryState, Treasury},
    transaction::builder::{BundleDraft, Signatures, TransactionDraft},
};

use crate::{
    BATCH, Runner,
    crypto::{membership, range},
};

const SHAPES: [(usize, usize); 3] = [(1, 2), (2, 2), (2, 3)];
const COIN: u64 = 1_000_000;

/// Where the inputs of a batch find their members.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sets {
    /// All in one group.
    Shared,
    /// Each in a group of its own.
    Apart,
}

/// A batch of payments, and the state in which they are valid.
struct Payments {
    parameters: RuleParameters,
    treasury: Treasury,
    state: MemoryState,
    inputs: usize,
    outputs: usize,
    sets: Sets,
    transactions: Vec<Vec<u8>>,
}

impl Payments {
    fn new((inputs, outputs): (usize, usize), sets: Sets) -> Self {
        let rng = &mut rand::rng();
        let mut treasury = Treasury::new(&vec![(AssetId::NATIVE, COIN); inputs * BATCH], rng);
        treasury.parameters.sets = SetParameters::MAIN;
        let parameters = treasury.parameters;
        let entries = list(&treasury, sets);
        let state = MemoryState::new(&parameters.net, treasury.height, &entries);
        let mut payments = Self { parameters, treasury, state, inputs, outputs, sets, transactions: Vec::new() };
        payments.transactions = prepare(BATCH, |place| payments.pay(place));
        payments
    }

    /// Makes the payment number `place` of the batch, encoded.
    fn pay(&self, place: usize) -> Vec<u8> {
        let rng = &mut rand::rng();
        let coins: Vec<usize> = (place * self.inputs..(place + 1) * self.inputs).collect();
        let each = COIN * self.inputs as u64 / self.outputs as u64;
        let mut amounts = vec![(AssetId::NATIVE, each); self.outputs];
        amounts[0].1 = COIN * self.inputs as u64 - each * (self.outputs as u64 - 1);
        let mut bundle: BundleDraft = self.treasury.bundle(&coins, &amounts, rng);
        bundle.outputs.iter_mut().for_each(|output| output.memo = vec![0; MemoClass::default().bytes()]);
        let draft = TransactionDraft { bundles: vec![bundle], ..TransactionDraft::default() };
        let unsigned = draft.prove(&self.parameters.net, rng).expect("the amounts balance");
        let spends = self.treasury.sign(&unsigned, rng);
        let tags: Vec<_> = unsigned.spends().map(|statement| statement.tag).collect();
        let placed: Vec<_> = tags
            .iter()
            .enumerate()
            .map(|(input, tag)| {
                let coin = coins.iter().find(|coin| self.treasury.coins()[**coin].tag == *tag);
                let position = self.position(*coin.expect("a coin of this payment"));
                let size = self.parameters.sets.size();
                let interval = Interval { start: position / size * size, length: size };
                let Ok(set) = self.state.reference_set(ReferenceKind::Closed, interval);
                let place = position - interval.start;
                let proof = unsigned.prove_membership(input, self.parameters.sets, &set, place, rng);
                (Reference::Closed { group: (position / size) as u32 }, proof.expect("the group holds the coin"))
            })
            .collect();
        let signatures = Signatures { spends, ..Signatures::default() };
        unsigned.assemble(&signatures, &placed).expect("every part was made").encode(&self.parameters.net)
    }

    fn position(&self, coin: usize) -> u64 {
        position(coin, self.sets)
    }

    /// Verifies the first `count` payments, as a pool or a block does.
    fn verify(&self, count: usize) {
        let mut verification = Verification::new(&self.parameters);
        for bytes in &self.transactions[..count] {
            let read = Arc::new(UnverifiedTransaction::parse(bytes, &self.parameters).expect("step 1"));
            let checked = read.check(&self.parameters, &self.state).expect("steps 2 to 5");
            verification.push(checked).expect("challenges");
        }
        assert!(verification.verify(&mut rand::rng()).iter().all(Result::is_ok), "steps 6 to 9");
    }
}

fn position(coin: usize, sets: Sets) -> u64 {
    match sets {
        Sets::Shared => coin as u64,
        Sets::Apart => coin as u64 * SetParameters::MAIN.size() + coin as u64,
    }
}

/// A reference list with the coins of the treasury in their places.
fn list(treasury: &Treasury, sets: Sets) -> Vec<[u8; MEMBER_BYTES]> {
    let size = SetParameters::MAIN.size();
    let coins = treasury.coins().len();
    let groups = match sets {
        Sets::Shared => 1,
        Sets::Apart => coins,
    };
    let all = Interval { start: 0, length: coins as u64 };
    let Ok(held) = treasury.state().reference_set(ReferenceKind::Open, all);
    let mut entries: Vec<[u8; MEMBER_BYTES]> = prepare(groups, |_| strangers(size as usize)).concat();
    for (coin, member) in held.members().iter().enumerate() {
        entries[position(coin, sets) as usize] = entry(member.components());
    }
    entries
}

fn strangers(count: usize) -> Vec<[u8; MEMBER_BYTES]> {
    let rng = &mut rand::rng();
    let (step, mut walk) = (Element::random(rng), Element::random(rng));
    let mut next = || {
        walk += step;
        walk
    };
    (0..count).map(|_| entry(&[(); 3].map(|()| next()))).collect()
}

fn entry(components: &[Element; 3]) -> [u8; MEMBER_BYTES] {
    let mut entry = [0; MEMBER_BYTES];
    for (part, element) in entry.chunks_exact_mut(32).zip(components) {
        part.copy_from_slice(Point::encode(*element, "entry").expect("a random point").as_bytes());
    }
    entry
}

pub fn run(runner: &mut Runner) {
    membership::run_ring(runner);
    for shape in SHAPES {
        let name = format!("{}-in/{}-out", shape.0, shape.1);
        let [shared, apart] =
            [Sets::Shared, Sets::Apart].map(|sets| LazyCell::new(move || Payments::new(shape, sets)));
        runner.bench(&format!("transaction/prove/{name}"), OURS, &shared, |payments| {
            payments.pay(0);
        });
        for (word, payments) in [("shared", &shared), ("apart", &apart)] {
            runner.bench(&format!("transaction/verify_{word}/{name}"), OURS, payments, |one| one.verify(1));
            let batch = format!("transaction/verify_batch_{BATCH}_{word}/{name}");
            runner.bench(&batch, OURS, payments, |all| all.verify(BATCH));
        }
    }
}

const CLSAG: Operation = ("ring/verify/16", membership::CLSAG);

const fn compare(ours: &'static str, rings: u32, range: Operation, goal: Option<(f64, f64)>) -> Comparison {
    Comparison { ours: (ours, OURS), peers: [(rings, CLSAG), (1, range)], goal }
}

const TARI: Operation = ("range/verify_batch_64/2", range::TARI);
const MONERO: Operation = ("range/verify_batch_64/2", range::MONERO_PLUS);

/// A peer's range proof over three values is one over four.
pub const COMPARISONS: &[Comparison] = &[
    compare("transaction/verify_batch_64_shared/2-in/2-out", 2, TARI, Some((0.5, 0.3))),
    compare("transaction/verify_batch_64_shared/2-in/2-out", 2, MONERO, None),
    compare("transaction/verify_batch_64_apart/2-in/2-out", 2, TARI, Some((4.0, 1.7))),
    compare("transaction/verify_shared/2-in/2-out", 2, ("range/verify/2", range::TARI), None),
    compare("transaction/verify_apart/2-in/2-out", 2, ("range/verify/2", range::TARI), None),
    compare("transaction/verify_batch_64_shared/1-in/2-out", 1, TARI, None),
    compare("transaction/verify_batch_64_apart/1-in/2-out", 1, TARI, None),
    compare(
        "transaction/verify_batch_64_shared/2-in/3-out",
        2,
        ("range/verify_batch_64/4", range::TARI),
        Some((0.55, 0.33)),
    ),
    compare("transaction/verify_batch_64_apart/2-in/3-out", 2, ("range/verify_batch_64/4", range::TARI), None),
];
