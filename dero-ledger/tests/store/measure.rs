//! Numbers: `MEASURE=1 cargo test --release -p dero-ledger --test store measure -- --nocapture`. Without `MEASURE`
//! a few hundred blocks show that the measuring works.

use std::{fs, time::Instant};

use dero_ledger::{
    store::{ChainStore, Durability, MemoryStore, RedbStore, StoreOptions, StoreView},
    testing::StoreBlocks,
};

use crate::crash::NET;

/// Four transactions of 4 KB with two inputs and two outputs each.
fn blocks() -> StoreBlocks {
    StoreBlocks { seed: 15, entries: 8..=8, body: 16_000..=16_000 }
}

/// How many blocks to commit: `full` to measure.
fn count(full: u64) -> u64 {
    if std::env::var_os("MEASURE").is_some() { full } else { 300 }
}

fn peak_memory() -> String {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or("unknown").replace('\t', " ")
}

fn commit_all(store: &impl ChainStore, name: &str, count: u64) {
    let mut tip = None;
    let mut times = Vec::new();
    for salt in 0..count {
        let mut block = blocks().block(tip, salt);
        // A compact form has 163 bytes an enote and 32 a tag; a block has two nodes of one tree, 16 of the other.
        block.compact_scan.truncate(8 * 99 + 8 * 32);
        block.compact_values.truncate(8 * 64);
        block.txids.truncate(5);
        tip = Some((block.block, block.totals));
        let started = Instant::now();
        store.commit(&block).unwrap();
        times.push(started.elapsed());
    }
    let started = Instant::now();
    store.flush().unwrap();
    let total = times.iter().sum::<std::time::Duration>() + started.elapsed();
    times.sort();
    println!(
        "{name}: {count} blocks, {:.0} commits/s, median {:?}, 99% {:?}, {}",
        count as f64 / total.as_secs_f64(),
        times[times.len() / 2],
        times[times.len() * 99 / 100],
        peak_memory(),
    );
}

fn read_all(store: &impl ChainStore, name: &str) {
    let view = store.view().unwrap();
    let tip = view.tip().unwrap().height;
    let totals = view.totals(tip).unwrap();
    let started = Instant::now();
    let mut windows = 0;
    while (windows + 1) * 1024 <= totals.list_length {
        view.listed(windows * 1024..(windows + 1) * 1024).unwrap();
        windows += 1;
    }
    let listed = started.elapsed();
    let started = Instant::now();
    for height in 0..=tip {
        view.block(height).unwrap();
    }
    let whole = started.elapsed();
    let tags = blocks().chain(None, 7000..7100).concat_tags();
    let started = Instant::now();
    for _ in 0..20 {
        view.spent(&tags).unwrap();
    }
    println!(
        "{name}: window of 1024 entries {:?}, block {:?}, tag {:?}",
        listed / windows as u32,
        whole / (tip + 1) as u32,
        started.elapsed() / (20 * tags.len() as u32),
    );
}

trait Tags {
    fn concat_tags(&self) -> Vec<[u8; 32]>;
}
impl Tags for Vec<dero_ledger::store::BlockChanges> {
    fn concat_tags(&self) -> Vec<[u8; 32]> {
        self.iter().flat_map(|block| block.tags.clone()).collect()
    }
}

#[test]
fn measure_commits_on_a_disk() {
    for (name, durability) in
        [("each block", Durability::EachBlock), ("every 64", Durability::Every(64.try_into().unwrap()))]
    {
        let folder = tempfile::tempdir().unwrap();
        let options = StoreOptions { durability, ..StoreOptions::default() };
        let store = RedbStore::open_with(folder.path(), &NET, options).unwrap();
        commit_all(&store, name, count(if durability == Durability::EachBlock { 3_000 } else { 20_000 }));
        read_all(&store, name);
        let started = Instant::now();
        for _ in 0..100 {
            store.revert().unwrap();
        }
        println!("{name}: revert {:?}", started.elapsed() / 100);
        let started = Instant::now();
        drop(store);
        let closed = started.elapsed();
        let started = Instant::now();
        drop(RedbStore::open(folder.path(), &NET).unwrap());
        println!("{name}: close {closed:?}, open {:?}", started.elapsed());
        for entry in fs::read_dir(folder.path()).unwrap().map(Result::unwrap) {
            println!("  {:>12} {}", entry.metadata().unwrap().len(), entry.file_name().to_string_lossy());
        }
    }
}

#[test]
fn measure_commits_in_memory() {
    let store = MemoryStore::new();
    commit_all(&store, "memory", count(20_000));
    read_all(&store, "memory");
}
