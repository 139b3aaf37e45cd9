//! R04: one distributed public ledger, and a node believes no block that it did not check.

use serde_json::{Value, json};

use super::{
    Stage,
    liar::{Liar, Lie},
};
use crate::{
    Failure,
    local::{Node, Plan, Start, Wallet, advance, same_tip, until},
};

pub(super) const ROW: &str = "R04";
pub(super) const SHOWS: &str =
    "every node computes one state from genesis, and refuses blocks that are wrong in one thing";

pub(super) async fn run(stage: &mut Stage) -> Result<(), Failure> {
    let plan = Plan { wallets: &[("a", 8), ("b", 0)], ..Plan::default() };
    let (setup, [one, two]) = stage.network(&plan, ["node-1", "node-2"]).await?;
    let folder = stage.folder();
    let a = Wallet::restore(&folder, "a").await?;
    a.run(&[&two], &["send", "--to", &setup.addresses[1], "--amount", "2"]).await?;
    advance(&one, &[&two], 3).await?;

    // From genesis.
    let from_one = Start { peers: vec![one.address.clone()], ..Start::default() };
    let fresh = Node::start(&folder, "node-3", from_one).await?;
    same_tip(&[&one, &fresh], 1).await?;
    let height = one.height().await?;
    let mut same = 0;
    for at in 0..=height {
        let (ours, theirs) = (header(&one, at).await?, header(&fresh, at).await?);
        same += u64::from(ours["id"] == theirs["id"] && ours["state_root"] == theirs["state_root"]);
    }
    stage.report.check(
        same == height + 1,
        format!("node-3 began with nothing, and computed the same state root as node-1 at all {same} heights"),
    )?;
    for node in [&one, &fresh] {
        let audit = node.call("audit_supply", json!({})).await?;
        stage.report.check(
            audit["balanced"] == true,
            format!(
                "{}, from its own chain data: the sum of C over all enotes, {} public ones included, less the sum \
                 of C~ over all images = (issued {} − destroyed {})·A_0 + (public − Σ π)·G",
                node.name,
                audit["public_enotes"],
                audit["issued"].as_str().unwrap_or("?"),
                audit["destroyed"].as_str().unwrap_or("?"),
            ),
        )?;
    }

    // Blocks that are wrong in one thing, from peers that do not mind.
    a.run(&[&two], &["send", "--to", &setup.addresses[1], "--amount", "3"]).await?;
    until("the payment waits everywhere", || async {
        let (here, there) = (one.status().await?, fresh.status().await?);
        Ok((here["pool"] == 1 && there["pool"] == 1).then_some(()))
    })
    .await?;
    for (lie, what, rule, family, fault) in [
        (Lie::Reward, "a block whose reward is 1 unit too high", "BadReward", "BadReward", "InvalidBlock"),
        (Lie::Transaction, "a block with one transaction byte changed", "SpendProof", "BadProof", "InvalidBlock"),
        (Lie::Seal, "a block without the work", "Seal", "Seal", "InvalidHeader"),
    ] {
        let before = state(&fresh).await?;
        let liar = Liar::start(&setup.network, &fresh, lie, 1).await?;
        let (name, id) = (liar.address.peer.to_string(), liar.block.to_string());
        let (peers, charge) = until("the liar is charged", || async {
            let peers = fresh.call("peers", json!({})).await?;
            let charge = peers["faults"].as_array().into_iter().flatten().rfind(|charge| charge["peer"] == name);
            Ok(charge.cloned().map(|charge| (peers, charge)))
        })
        .await?;
        liar.stop().await;
        let refused = &peers["last_refused"];
        stage.report.check(
            refused["id"] == id && refused["rule"] == rule && refused["family"] == family,
            format!("{what}: node-3 refuses it by {rule} ({family}): {}", text(&refused["message"])),
        )?;
        stage.report.check(
            charge["fault"] == fault && charge["banned"] == true,
            format!(
                "  the peer that sent it is charged {} ({}) and banned",
                charge["score"],
                text(&charge["meaning"])
            ),
        )?;
        stage
            .report
            .check(state(&fresh).await? == before, "  height, block, state root and tags of node-3 stay")?;
    }

    advance(&one, &[&two, &fresh], 1).await?;
    let left = fresh.status().await?["pool"].clone();
    stage
        .report
        .check(left == 0, "the honest block with the same payment is taken by all, and the chain goes on")?;
    for node in [fresh, two, one] {
        node.stop().await?;
    }
    Ok(())
}

async fn header(node: &Node, height: u64) -> Result<Value, Failure> {
    node.call("header", json!({ "height": height })).await
}

async fn state(node: &Node) -> Result<[Value; 4], Failure> {
    let status = node.status().await?;
    Ok(["height", "id", "state_root", "tag_root"].map(|field| status[field].clone()))
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or("nothing")
}
