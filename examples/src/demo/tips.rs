//! Row 115 of the attacks: nodes of which one is not to be believed, and a wallet that builds on none alone.

use super::{
    Stage,
    liar::{Liar, Lie},
};
use crate::{
    Failure,
    local::{Node, Plan, Start, Wallet, advance, text},
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

/// A node that refuses every proof over the list of another one, and one that is behind.
async fn refused(stage: &mut Stage) -> Result<(), Failure> {
    // No group of the list is complete, so that each payment cites its newest window.
    let setup = stage.plan(&Plan { wallets: &[("a", 4)], genesis: 100, ..Plan::default() })?;
    let folder = stage.folder();
    let start = Start { mine_to: Some(setup.nobody.clone()), ..Start::default() };
    let ahead = Node::start(&folder, "ahead", start).await?;
    let behind = Node::start(&folder, "behind", Start::default()).await?;
    advance(&ahead, &[], 5).await?;
    let liar = Liar::start(&setup.network, &ahead, Lie::Reference, 0).await?;
    let (a, lying) = (Wallet::restore(&folder, "a").await?, liar.address.to_string());
    let send = ["send", "--to", &setup.nobody, "--amount", "1"];

    let said = a.fails(&[&ahead, &behind], &send).await?;
    stage.report.check(
        said.contains("has not come so far as block 5") && said.contains("invalid reference"),
        "a node that is behind confirms nothing, and refuses a payment that it cannot judge",
    )?;
    stage.report.check(!said.contains("--trust"), "which nobody is blamed for")?;
    // That node has it now, and may publish it when it likes.
    let refused = open(&a, &ahead).await?.pop().ok_or("a payment that is open")?;
    let both = [ahead.address.as_str(), lying.as_str()];
    let said = a.fails_at(&both, &send).await?;
    stage.report.check(
        said.contains(&refused) && said.contains("--again"),
        format!("A does not pay the same again beside it: {}", last(&said)),
    )?;

    // In its place there is no second payment.
    let send = [&send[..], &["--replace", &refused]].concat();
    let said = a.fails_at(&both, &send).await?;
    stage.report.check(
        said.contains("payments ask neither of them any more") && !said.contains('\x1b'),
        format!("a node with the same newest block refuses a proof over the other's list: {}", last(&said)),
    )?;
    for (what, arguments) in [("", send.to_vec()), (" with --any-tip", [&send[..], &["--any-tip"]].concat())] {
        let said = a.fails_at(&both, &arguments).await?;
        stage.report.check(
            said.contains("no node is left to pay over"),
            format!("A proves nothing again over that list{what}: {}", last(&said)),
        )?;
        let said = a.fails(&[&behind], &arguments).await?;
        stage.report.check(
            said.contains("none of the others has the wallet's block 5"),
            format!("nor over a node that does not have its end{what}"),
        )?;
    }
    stage.report.check(ahead.pool().await?.is_empty(), "no node has a payment")?;
    a.run_at(&both, &["balance"]).await?;
    stage.report.check(true, "whoever only looks asks both")?;

    behind.stop().await?;
    let linked = Start { peers: vec![ahead.address.clone()], ..Start::default() };
    let behind = Node::start(&folder, "behind", linked).await?;
    // A fresh block: a payment on one of five minutes ago is refused.
    advance(&ahead, &[&behind], 1).await?;
    let all = [&both[..], &[behind.address.as_str()]].concat();
    let sent = a.run_at(&all, &send).await?;
    stage.report.check(behind.pool().await?.len() == 1, "with the list of a third node, A pays")?;
    let again = a.run_at(&all, &["resend"]).await?;
    stage.report.check(
        again["txid"] == sent["txid"] && behind.pool().await?.len() == 1,
        "sent again it is the same payment, which is there once",
    )?;
    advance(&ahead, &[&behind], 1).await?;
    stage.report.check(
        open(&a, &behind).await?.is_empty(),
        "and what nodes refused and kept can enter no block any more",
    )?;
    a.run(&[], &["send", "--to", &setup.nobody, "--amount", "1", "--trust", &ahead.address]).await?;
    stage.report.check(ahead.pool().await?.len() == 1, "told --trust, A pays over the first one")?;
    liar.stop().await;
    for node in [behind, ahead] {
        node.stop().await?;
    }
    Ok(())
}

/// The open payments of a wallet.
async fn open(wallet: &Wallet, node: &Node) -> Result<Vec<String>, Failure> {
    let history = wallet.run(&[node], &["history", "--no-memos"]).await?;
    let open = history["open"].as_array().ok_or("a list")?;
    Ok(open.iter().map(|payment| text(&payment["txid"]).to_string()).collect())
}

/// What a wallet says after its warnings.
fn last(said: &str) -> &str {
    said.lines().last().unwrap_or_default()
}
