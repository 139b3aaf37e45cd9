//! A block of four payments with two inputs and two outputs each, taken by a node: every rule, and the commit to a
//! store in memory. Sets of 1024, their members decoded before.

use std::{cell::LazyCell, sync::Arc};

use dero_benches::{
    payments::{self, Maker},
    report::{OURS, Rate},
    runner::all_cores,
};
use dero_ledger::{
    block::Block,
    chain::{Added, Chain},
    consensus::{Blake3, ProofOfWork},
    execution::NoContracts,
    params::Network,
    rules::UnverifiedTransaction,
    store::{ChainStore as _, MemoryStore, StoreView as _},
    testing::SharedStore,
};

use crate::Runner;

type OwnChain = Chain<SharedStore<MemoryStore>, ProofOfWork<Blake3>, NoContracts>;

/// A chain, and the next block.
struct Scene {
    network: Network,
    store: Arc<MemoryStore>,
    block: Vec<u8>,
}

impl Scene {
    fn new(genesis: u64) -> Self {
        all_cores().install(|| {
            let network = payments::network(genesis);
            let store = Arc::new(MemoryStore::new());
            let mut maker = Maker::new(SharedStore(Arc::clone(&store)), &network).expect("an empty store");
            let block = maker.make().expect("a block");
            Self { network, store, block }
        })
    }

    /// A chain that has not seen the block, and holds the members that it cites.
    fn chain(&self) -> OwnChain {
        if self.store.view().expect("memory").tip().is_some_and(|tip| tip.height > 0) {
            self.store.revert().expect("memory");
        }
        let chain = payments::open(SharedStore(Arc::clone(&self.store)), &self.network).expect("genesis");
        let (rules, state) = (self.network.rules(), chain.next_state());
        for bytes in Block::parse(&self.block).expect("made here").transactions {
            let read = UnverifiedTransaction::parse(bytes, &rules).expect("made here");
            Arc::new(read).check(&rules, &state).expect("made here");
        }
        chain
    }

    fn add(&self, chain: &OwnChain) {
        let added = chain.add_block(&self.block, payments::time(1), &mut rand::rng());
        assert!(matches!(added, Ok(Added::Advanced(_))), "{added:?}");
    }
}

pub fn run(runner: &mut Runner) {
    for (sets, genesis) in [("shared", 1024), ("apart", 8192)] {
        let scene = LazyCell::new(|| Scene::new(genesis));
        let group = |cores| format!("block/verify_{sets}/{cores}");
        runner.bench_each(&group("one core"), OURS, &scene, Scene::chain, |scene, chain| scene.add(&chain));
        let all = group("all cores");
        runner.bench_each_wall(&all, OURS, &scene, Scene::chain, |scene, chain| scene.add(&chain));
    }
}

pub const RATES: &[Rate] = &[
    Rate { of: ("block/verify_shared/one core", OURS), unit: "blocks/s/core", goal: None },
    Rate { of: ("block/verify_apart/one core", OURS), unit: "blocks/s/core", goal: None },
    Rate { of: ("block/verify_shared/all cores", OURS), unit: "blocks/s", goal: None },
    Rate { of: ("block/verify_apart/all cores", OURS), unit: "blocks/s", goal: None },
];
