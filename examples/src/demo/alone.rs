//! R06: no second layer and no trusted computation: one node is enough.

use std::{fs, path::Path};

use dero_ledger::{
    params::Network,
    store::{ChainStore as _, RedbStore, StoreView as _},
};
use serde::Deserialize;
use serde_json::json;

use super::Stage;
use crate::{
    Failure,
    local::{Node, Plan, RATE, Start, Wallet, until},
};

pub(super) const ROW: &str = "R06";
pub(super) const SHOWS: &str =
    "one full node alone validates and mines from its disk, and believes no state that it is handed";

/// The lock file of this build: every package that any program of the workspace is made of.
const LOCK: &str = include_str!("../../../Cargo.lock");

#[derive(Deserialize)]
struct Lock {
    package: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    source: Option<String>,
}

pub(super) async fn run(stage: &mut Stage) -> Result<(), Failure> {
    let lock: Lock = toml::from_str(LOCK)?;
    let words = ["sgx", "enclave", "attest", "trustzone", "tdx", "sev-snp", "coordinator", "sequencer", "rollup"];
    let named: Vec<&str> = lock
        .package
        .iter()
        .map(|package| package.name.as_str())
        .filter(|name| words.iter().any(|word| name.contains(word)))
        .collect();
    stage.report.check(
        named.is_empty(),
        format!("of {} packages in Cargo.lock none is named after {}", lock.package.len(), words.join(", ")),
    )?;
    let elsewhere = lock.package.iter().filter_map(|package| package.source.as_deref());
    let elsewhere =
        elsewhere.filter(|source| !source.starts_with("registry+https://github.com/rust-lang/crates.io"));
    stage.report.check(elsewhere.count() == 0, "all come from crates.io or from this workspace")?;

    let plan = Plan { wallets: &[("a", 8), ("b", 0)], ..Plan::default() };
    let (setup, [one, two, three]) = stage.network(&plan, ["node-1", "node-2", "node-3"]).await?;
    let folder = stage.folder();
    let (a, b) = (Wallet::restore(&folder, "a").await?, Wallet::restore(&folder, "b").await?);
    one.kill().await?;
    two.kill().await?;
    let height = three.height().await?;
    three.kill().await?;
    let alone = Start { peers: vec![], mine_to: Some(setup.nobody.clone()), mine_rate: RATE };
    let three = Node::start(&folder, "node-3", alone.clone()).await?;
    let links = three.status().await?["links"].clone();
    stage.report.check(
        links == 0 && three.height().await? >= height,
        "every process was killed; node-3 alone starts again from its disk, without a link",
    )?;
    a.run(&[&three], &["send", "--to", &setup.addresses[1], "--amount", "4"]).await?;
    until("a payment that is received", || async {
        Ok((b.balance(&[&three], "total").await? == 4_000_000_000).then_some(()))
    })
    .await?;
    stage.report.check(true, "it validates and mines alone: B received what A sent")?;
    let bad = three.submit(&[0; 100]).await?;
    stage.report.check(bad.is_err(), "alone, too, it refuses what is no transaction")?;
    let audit = three.call("audit_supply", json!({})).await?;
    stage
        .report
        .check(audit["balanced"] == true, "from its disk alone, all commitments add up to what was issued")?;
    three.mine(0).await?;
    three.stop().await?;

    // A state that somebody hands over, instead of blocks.
    let chain = folder.join("node-3").join("chain");
    let mut files: Vec<_> = fs::read_dir(&chain)?.filter_map(Result::ok).map(|entry| entry.path()).collect();
    files.sort_unstable();
    let honest = read_all(&chain, &setup.network)?;
    for file in files {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let bytes = fs::read(&file)?;
        if bytes.is_empty() {
            continue;
        }
        let forged = folder.join("forged").join("chain");
        let _ = fs::remove_dir_all(folder.join("forged"));
        fs::create_dir_all(&forged)?;
        for other in fs::read_dir(&chain)? {
            let other = other?;
            fs::copy(other.path(), forged.join(other.file_name()))?;
        }
        // A stretch of it is made up.
        let (from, to) = (bytes.len() / 2, (bytes.len() / 2 + 4_096).min(bytes.len()));
        let mut changed = bytes.clone();
        changed[from..to].iter_mut().for_each(|byte| *byte = !*byte);
        fs::write(forged.join(&name), changed)?;
        let what = format!("a copy with a made-up {name}");
        // As StoreError says it.
        let typed =
            |said: &str| ["is damaged", "holds network", "has schema"].iter().any(|word| said.contains(word));
        match Node::try_start(&folder, "forged", Start::default()).await? {
            Err(said) => stage.report.check(typed(&said), format!("{what}: {said}"))?,
            Ok(node) => {
                node.stop().await?;
                match read_all(&forged, &setup.network) {
                    Err(error) => {
                        let said = error.to_string();
                        stage.report.check(typed(&said), format!("{what}: refused where it is read: {said}"))?;
                    }
                    Ok(found) => stage.report.check(
                        found == honest,
                        format!("{what}: the stretch is free room, and all of the state reads as before"),
                    )?,
                }
            }
        }
    }
    Ok(())
}

/// All that a store holds, read back.
fn read_all(folder: &Path, network: &Network) -> Result<Vec<String>, Failure> {
    let store = RedbStore::open(folder, network.id())?;
    let view = store.view()?;
    let tip = view.tip().ok_or("no genesis")?;
    let totals = view.totals(tip.height)?;
    let mut found = vec![format!("{tip:?} {totals:?} {:?}", view.headers(0..tip.height + 1)?)];
    for height in 0..=tip.height {
        found.push(format!("{:?} {:?}", view.block(height)?, view.compact(height)?));
    }
    found.push(format!("{:?}", view.listed(0..totals.list_length)?));
    for position in 0..totals.header_nodes {
        found.push(format!("{:?}", view.header_node(position)?));
    }
    for position in 0..totals.tag_nodes {
        found.push(format!("{:?}", view.tag_node(position)?));
    }
    Ok(found)
}
