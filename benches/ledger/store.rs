//! Commits of blocks with four payments to the store on a disk, in a temporary folder. Wall time.

use std::{
    cell::LazyCell,
    sync::{Mutex, PoisonError},
};

use dero_benches::report::OURS;
use dero_crypto::NetworkId;
use dero_ledger::{
    store::{BlockChanges, ChainStore as _, Durability, RedbStore, StoreOptions, Tip},
    testing::StoreBlocks,
};
use tempfile::TempDir;

use crate::Runner;

const BLOCKS: StoreBlocks = StoreBlocks { seed: 1, entries: 8..=8, body: 20_000..=20_000 };

struct Scene {
    store: RedbStore,
    tip: Mutex<Option<Tip>>,
    _folder: TempDir,
}

impl Scene {
    fn new(durability: Durability) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let options = StoreOptions { durability, ..StoreOptions::default() };
        let store = RedbStore::open_with(folder.path(), &NetworkId([1; 32]), options).expect("an empty folder");
        Self { store, tip: Mutex::new(None), _folder: folder }
    }

    fn next(&self) -> BlockChanges {
        let mut tip = self.tip.lock().unwrap_or_else(PoisonError::into_inner);
        let height = tip.map_or(0, |(block, _)| block.height + 1);
        let mut block = BLOCKS.block(*tip, height);
        // A compact form has 163 bytes an enote and 32 a tag.
        block.compact_scan.truncate(8 * 99 + 8 * 32);
        block.compact_values.truncate(8 * 64);
        *tip = Some((block.block, block.totals));
        block
    }
}

pub fn run(runner: &mut Runner) {
    let many = Durability::Every(core::num::NonZeroU32::MIN.saturating_add(63));
    for (name, durability) in [("each on the disk", Durability::EachBlock), ("64 at once", many)] {
        let scene = LazyCell::new(|| Scene::new(durability));
        runner.bench_each_wall(&format!("store/commit/{name}"), OURS, &scene, Scene::next, |scene, block| {
            scene.store.commit(&block).expect("a block on the tip");
        });
    }
}
