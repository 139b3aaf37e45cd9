//! Row 115 of the attacks: nodes of which one is not to be believed, and a wallet that builds on none alone.

use super::Stage;
use crate::{
    Failure,
    local::{Node, Plan, Start, Wallet, advance, same_tip},
};

pub(super) const ROW: &str = "A115";
pub(super) const SHOWS: &str =
    "a wallet builds on no block that another of its nodes does not have, and on no list that one refused";

pub(super) async fn run(stage: &mut Stage) -> Result<(), Failure> {
    branches(stage).await?;
    refused(stage).await
}

/// Two nodes that never met, each with a branch of its own.
async fn branches(stage: &mut Stage) -> Result<(), Failure> {
    let setup = stage.plan(&Plan { wallets: &[("a", 2)], ..Plan::default() })?;
    let folder = stage.folder();
    let start = || Start { mine_to: Some(setup.nobody.clone()), ..Start::default() };
    let long = Node::start(&folder, "long", start()).await?;
    let short = Node::start(&folder, "short", start()).await?;
    advance(&long, &[], 3).await?;
    advance(&short, &[], 2).await?;
    let a = Wallet::restore(&folder, "a").await?;
    let send = ["send", "--to", &setup.nobody, "--amount", "1"];

    let said = a.fails(&[&long, &short], &send).await?;
    stage.report.check(
        said.contains(&short.address) && said.contains("is on another branch than block 3"),
        format!("A knows two nodes with a branch each, and does not pay: {said}"),
    )?;
    // Its newest block is the other node's.
    let said = a.fails(&[&short], &send).await?;
    stage.report.check(
        said.contains("is on another branch than block 3"),
        format!("nor does it over the shorter one alone: {said}"),
    )?;
    stage
        .report
        .check(long.pool().await?.is_empty() && short.pool().await?.is_empty(), "no node has heard of a payment")?;
    a.run(&[&long, &short], &[&send[..], &["--any-tip"]].concat()).await?;
    stage.report.check(short.pool().await?.len() == 1, "told --any-tip, it pays")?;
    for node in [long, short] {
        node.stop().await?;
    }
    Ok(())
}

/// A node that refuses a proof over the list of another one: here because it has not come so far.
async fn refused(stage: &mut Stage) -> Result<(), Failure> {
    // No group of the list is complete, so that each payment cites its newest window.
    let setup = stage.plan(&Plan { wallets: &[("a", 2)], genesis: 100, ..Plan::default() })?;
    let folder = stage.folder();
    let start = Start { mine_to: Some(setup.nobody.clone()), ..Start::default() };
    let ahead = Node::start(&folder, "ahead", start).await?;
    let behind = Node::start(&folder, "behind", Start::default()).await?;
    advance(&ahead, &[], 5).await?;
    let a = Wallet::restore(&folder, "a").await?;
    let send = ["send", "--to", &setup.nobody, "--amount", "1"];
    let both = [&ahead, &behind];

    let said = a.fails(&both, &send).await?;
    stage
        .report
        .check(said.contains("has not come so far as block 5"), "a node that is behind confirms nothing")?;
    stage.report.check(
        said.contains("invalid reference") && said.contains("not asked any more"),
        format!("it refuses A's proof over the other node's list: {}", last(&said)),
    )?;
    let asked = behind.status().await?["refused_transactions"].clone();
    for (what, arguments) in [("", send.to_vec()), (" with --any-tip", [&send[..], &["--any-tip"]].concat())] {
        let said = a.fails(&both, &arguments).await?;
        stage.report.check(
            said.contains("no node that is believed has its block 5"),
            format!("A proves nothing again over that list{what}: {}", last(&said)),
        )?;
    }
    stage.report.check(
        behind.status().await?["refused_transactions"] == asked && ahead.pool().await?.is_empty(),
        "no node has heard of a second payment",
    )?;
    let said = a.fails(&[&ahead], &["balance"]).await?;
    stage.report.check(said.contains("no node is left"), "the other node's list is not asked for any more")?;

    behind.stop().await?;
    let linked = Start { peers: vec![ahead.address.clone()], ..Start::default() };
    let behind = Node::start(&folder, "behind", linked).await?;
    same_tip(&[&ahead, &behind], 5).await?;
    a.run(&[&ahead, &behind], &send).await?;
    stage.report.check(behind.pool().await?.len() == 1, "with the list of a node that is believed, A pays")?;
    a.run(&[], &["balance", "--trust", &ahead.address]).await?;
    a.run(&[&ahead], &["balance"]).await?;
    stage.report.check(true, "told --trust, A asks the other node again")?;
    for node in [behind, ahead] {
        node.stop().await?;
    }
    Ok(())
}

/// What a wallet says after its warnings.
fn last(said: &str) -> &str {
    said.lines().last().unwrap_or_default()
}
