//! How fast a fresh node fetches and checks a chain: `cargo run --release -p dero-benches --bin sync`.
//!
//! The chain is made once and kept in the target folder. Node A has it; node B starts with an empty folder and one
//! peer, A. They are processes of their own, linked over TLS, and B writes every block to the disk as a node does.
//! The exit code says whether B was fast enough and both small enough.

mod nodes;

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
    time::{Duration, Instant},
};

use clap::{Parser, Subcommand};
use dero_benches::{
    machine,
    payments::{self, Maker, TRANSACTIONS},
    report,
};
use dero_examples::{Failure, network_file};
use dero_ledger::store::{ChainStore as _, Durability, RedbStore, StoreOptions};
use indicatif::{ProgressBar, ProgressStyle};
use nodes::Node;
use serde_json::Value;

/// Blocks a second that a fresh node must reach.
const MIN_RATE: f64 = 8.0;
/// Memory that a node may have resident.
const MAX_PEAK: u64 = 300 << 20;
/// Genesis enotes: a full reference set from the first block on.
const GENESIS: u64 = 1024;
/// Nobody waits longer for a node.
const LIMIT: Duration = Duration::from_secs(1800);

/// How fast a fresh node fetches and checks a chain from another, over TLS and to the disk.
#[derive(Debug, Parser)]
#[command(name = "sync")]
struct Options {
    /// Blocks of the chain, each with four transactions of two inputs and two outputs
    #[arg(long, default_value_t = 1000)]
    blocks: u64,
    /// Keep the chain here [default: sync- and the number, in the target folder]
    #[arg(long, value_name = "FOLDER")]
    chain: Option<PathBuf>,
    /// Make the chain and measure nothing
    #[arg(long)]
    make_only: bool,
    #[command(subcommand)]
    role: Option<Role>,
}

#[derive(Debug, Subcommand)]
enum Role {
    /// A reference node
    #[command(hide = true)]
    Node(dero_examples::node::Options),
}

fn main() -> ExitCode {
    let result = match Options::parse() {
        Options { role: Some(Role::Node(options)), .. } => node(options).map(|()| true),
        options => sync(&options),
    };
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("sync: {error}");
            ExitCode::FAILURE
        }
    }
}

#[tokio::main]
async fn node(options: dero_examples::node::Options) -> Result<(), Failure> {
    dero_examples::node::start(options).await
}

fn sync(options: &Options) -> Result<bool, Failure> {
    let name = format!("sync-{}", options.blocks);
    let folder = options.chain.clone().unwrap_or_else(|| report::target().join(name));
    if !folder.exists() {
        let making = folder.with_extension("making");
        if making.exists() {
            std::fs::remove_dir_all(&making)?;
        }
        make(&making, options.blocks)?;
        std::fs::rename(&making, &folder)?;
    }
    if options.make_only { Ok(true) } else { measure(&folder, options.blocks) }
}

/// Writes the network's file and a chain in `data/chain`.
fn make(folder: &Path, blocks: u64) -> Result<(), Failure> {
    let chain_folder = folder.join("data").join("chain");
    std::fs::create_dir_all(&chain_folder)?;
    let file = folder.join("network.toml");
    std::fs::write(&file, payments::network_text(GENESIS))?;
    let network = network_file::load(&file)?;
    let options = StoreOptions { durability: Durability::Every(64.try_into()?), ..StoreOptions::default() };
    let mut maker = Maker::new(RedbStore::open_with(&chain_folder, network.id(), options)?, &network)?;
    let bar = ProgressBar::new(blocks).with_style(ProgressStyle::with_template(
        "making the chain  {bar:40} {pos}/{len} blocks, {elapsed} gone, {eta} left",
    )?);
    for _ in 0..blocks {
        let block = maker.make()?;
        maker.add(&block)?;
        bar.inc(1);
    }
    bar.finish();
    Ok(maker.chain.store().flush()?)
}

#[tokio::main]
async fn measure(folder: &Path, blocks: u64) -> Result<bool, Failure> {
    let network = folder.join("network.toml");
    let a = Node::start(&network, folder.join("data"), None).await?;
    let full = a.call("status").await?;
    if height(&full) != blocks {
        let height = height(&full);
        return Err(format!("{} holds {height} blocks: remove it, it is made again", folder.display()).into());
    }

    let fresh = folder.with_extension("fresh");
    if fresh.exists() {
        std::fs::remove_dir_all(&fresh)?;
    }
    let start = Instant::now();
    let b = Node::start(&network, fresh.clone(), Some(&a.address)).await?;
    let mut shown = 0;
    let synced = loop {
        let status = b.call("status").await?;
        let elapsed = start.elapsed();
        if height(&status) == blocks {
            break status;
        }
        if height(&status) >= shown + blocks.div_ceil(10) {
            shown = height(&status);
            println!("{shown:>6} blocks in {:.1} s", elapsed.as_secs_f64());
        }
        if elapsed > LIMIT {
            return Err(format!("{} blocks in {} s", height(&status), elapsed.as_secs()).into());
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    };
    let elapsed = start.elapsed();
    if synced["id"] != full["id"] || synced["state_root"] != full["state_root"] {
        return Err("the fresh node has another chain".into());
    }
    let (used_a, used_b) = (a.usage()?, b.usage()?);
    if b.call("audit_supply").await?["balanced"] != true {
        return Err("the fresh node's supply does not balance".into());
    }
    let disk = bytes_in(&fresh.join("chain"))?;
    b.stop().await?;
    a.stop().await?;
    std::fs::remove_dir_all(&fresh)?;

    let rate = blocks as f64 / elapsed.as_secs_f64();
    let per_block = |time: Duration| 1e3 * time.as_secs_f64() / blocks as f64;
    let mib = |bytes: u64| bytes as f64 / f64::from(1 << 20);
    let verdict = |good| if good { "reached" } else { "**missed**" };
    let peak = used_a.peak.max(used_b.peak);
    let (fast, small) = (rate >= MIN_RATE, peak < MAX_PEAK);
    let limit = MAX_PEAK >> 20;
    let table = [
        "| what | measured | goal |".to_string(),
        "|---|---|---|".to_string(),
        format!("| blocks a second | {rate:.1} | {MIN_RATE} {} |", verdict(fast)),
        format!("| peak memory of the fresh node | {:.0} MiB | {limit} MiB {} |", mib(used_b.peak), verdict(small)),
        format!("| peak memory of the serving node | {:.0} MiB | |", mib(used_a.peak)),
        format!("| processor time of the fresh node | {:.1} ms a block | |", per_block(used_b.busy)),
        format!("| cores it used | {:.2} | |", used_b.busy.as_secs_f64() / elapsed.as_secs_f64()),
        format!("| processor time of the serving node | {:.1} ms a block | |", per_block(used_a.busy)),
        format!("| bytes that the fresh node received or read | {:.1} MiB | |", mib(used_b.read)),
        format!("| bytes on its disk | {:.1} MiB | |", mib(disk)),
    ];
    let head = format!("{blocks} blocks of {TRANSACTIONS} transactions in {:.1} s.", elapsed.as_secs_f64());
    let table = format!("{head}\n\n{}", table.join("\n"));
    println!("{table}");
    if std::env::var_os("SAVE").is_some() {
        report::save_table("sync", &format!("{}\n\n{table}", machine::description()));
    }
    Ok(fast && small)
}

fn height(status: &Value) -> u64 {
    status["height"].as_u64().unwrap_or_default()
}

fn bytes_in(folder: &Path) -> Result<u64, Failure> {
    let mut sum = 0;
    for entry in std::fs::read_dir(folder)? {
        sum += entry?.metadata()?.len();
    }
    Ok(sum)
}
