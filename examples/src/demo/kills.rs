//! Reliability: a node that is killed at any moment opens again from its disk.

use std::{ops::Range, time::Duration};

use rand::RngExt as _;
use serde_json::json;

use super::Stage;
use crate::{
    Failure,
    local::{Node, Plan, Start, Wallet, rest, until},
};

pub(super) const ROW: &str = "R42";
pub(super) const SHOWS: &str = "a node is killed at random moments, and always opens from its disk and converges";

/// Kills, if the command line names no other number.
const TIMES: usize = 50;
/// Milliseconds from a node's start, or from a block that it took, to the kill.
const MOMENTS: Range<u64> = 0..1_000;
/// Hashes a second: with a target that hardly moves, three blocks a second.
const FAST: u64 = 200_000;

pub(super) async fn run(stage: &mut Stage) -> Result<(), Failure> {
    let times = stage.times.unwrap_or(TIMES);
    let plan = Plan { wallets: &[("a", 8), ("b", 0)], rows: &[("half_life", 100_000)], ..Plan::default() };
    let (setup, [one, two, three]) = stage.network(&plan, ["node-1", "node-2", "node-3"]).await?;
    let folder = stage.folder();
    one.mine(FAST).await?;
    let a = Wallet::restore(&folder, "a").await?;
    let start = Start { peers: vec![one.address.clone(), two.address.clone()], ..Start::default() };

    let mut seen = three.height().await?;
    three.kill().await?;
    let (mut arrived, mut opening, mut at_block) = (0, 0, 0);
    for kill in 1..=times {
        let moment = Duration::from_millis(stage.rng.random_range(MOMENTS));
        // Payments go on, so that blocks hold tags and proofs.
        if kill % 10 == 1 {
            a.run(&[&two], &["send", "--to", &setup.addresses[1], "--amount", "1"]).await?;
        }
        if kill > 1 && stage.rng.random_bool(0.3) {
            // While it opens, or begins to catch up.
            Node::start_and_kill(&folder, "node-3", &start, moment).await?;
            opening += 1;
            continue;
        }
        let three = Node::start(&folder, "node-3", start.clone()).await?;
        let opened = three.height().await?;
        if opened < seen {
            return Err(format!("kill {kill}: node-3 had height {seen} and opened with {opened}").into());
        }
        if kill == 1 || stage.rng.random_bool(0.5) {
            until("a block at node-3", || async { Ok((three.height().await? > opened).then_some(())) }).await?;
            at_block += 1;
        }
        tokio::time::sleep(moment).await;
        seen = three.height().await?;
        arrived += seen - opened;
        three.kill().await?;
        if kill % 10 == 0 {
            stage.report.say(format!("{kill} kills; node-3 reopened each time, last at height {opened}"));
        }
    }
    let three = Node::start(&folder, "node-3", start).await?;
    stage.report.check(
        three.height().await? >= seen,
        format!(
            "killed {times} times ({opening} while it opened, {at_block} just after a block arrived) with {arrived} \
             blocks taken between, node-3 opened from its disk each time and never fell behind what it had reported"
        ),
    )?;
    stage.report.check(arrived > 0, "blocks arrived while it ran")?;
    rest(&one, &[&two, &three]).await?;
    let status = three.status().await?;
    stage.report.check(
        true,
        format!(
            "it has the others' chain: height {}, block {}, state root {}",
            status["height"],
            status["id"].as_str().unwrap_or("?"),
            status["state_root"].as_str().unwrap_or("?")
        ),
    )?;
    let audit = three.call("audit_supply", json!({})).await?;
    stage
        .report
        .check(audit["balanced"] == true, "every block is on its disk: the whole chain read back adds up")?;
    for node in [three, two, one] {
        node.stop().await?;
    }
    Ok(())
}
