//! R07: no node is needed, and a network that was cut in two becomes one again.

use std::{collections::BTreeMap, fs};

use rand::RngExt as _;
use serde_json::{Value, json};

use super::Stage;
use crate::{
    Failure,
    local::{AMOUNT, Node, Plan, RATE, Setup, Start, Wallet, heavier, rest, same_tip, text, until},
    node::{KEY_FILE, KNOWN_FILE},
};

pub(super) const ROW: &str = "R07";
pub(super) const SHOWS: &str =
    "any two of five nodes die, and a partition heals, and no payment is lost or doubled";

const COIN: u128 = 1_000_000_000;

pub(super) async fn run(stage: &mut Stage) -> Result<(), Failure> {
    let plan = Plan { wallets: &[("a", 8), ("b", 0), ("c", 8), ("d", 1)], ..Plan::default() };
    let names = ["node-1", "node-2", "node-3", "node-4", "node-5"];
    let (setup, nodes) = stage.network(&plan, names).await?;
    let folder = stage.folder();
    // D's secret is in two wallets, so that it can spend its only enote twice.
    fs::copy(folder.join("d.words"), folder.join("twin.words"))?;
    let mut wallets = Vec::new();
    for name in ["a", "b", "c", "d", "twin"] {
        wallets.push(Wallet::restore(&folder, name).await?);
    }
    let [a, b, c, d, twin] = <[Wallet; 5]>::try_from(wallets).map_err(|_| "five wallets")?;
    let mut spent = Spent::default();

    // Two die, the first and any other one; any of the rest mines.
    let mut left = Vec::from(nodes);
    let mut killed = Vec::new();
    for place in [0, stage.rng.random_range(0..4)] {
        let node = left.remove(place);
        killed.push(node.name);
        node.kill().await?;
    }
    let miner = stage.rng.random_range(0..left.len());
    left[miner].mine(RATE).await?;
    stage.report.say(format!("{} are killed; {} mines", killed.join(" and "), left[miner].name));
    spent.pay(&a, &left[miner], &setup, 1).await?;
    let other = &left[(miner + 1) % left.len()];
    until("the payment in a block", || async { Ok((b.history(&[other]).await?.len() == 1).then_some(())) }).await?;
    stage.report.check(true, "payments go on: A paid B through the three that are left")?;
    let to = |nodes: &[&Node]| Start {
        peers: nodes.iter().map(|node| node.address.clone()).collect(),
        mine_to: Some(setup.nobody.clone()),
        mine_rate: 0,
    };
    for name in killed {
        let living: Vec<&Node> = left.iter().collect();
        let node = Node::start(&folder, name, to(&living)).await?;
        left.push(node);
    }
    let all: Vec<&Node> = left.iter().collect();
    rest(all[miner], &all).await?;
    left.sort_by_key(|node| node.name);
    let [one, two, three, four, five] = <[Node; 5]>::try_from(left).map_err(|_| "five nodes")?;
    stage.report.check(true, "the dead start again from their disks and have the same chain")?;

    // The network is cut: {1, 2} and {3, 4, 5}.
    let fork = four.height().await?;
    one.kill().await?;
    two.kill().await?;
    for name in ["node-1", "node-2"] {
        // What they know of the others would lead them there; their old keys would lead the others to them, should one
        // get its old port.
        for file in [KNOWN_FILE, KEY_FILE] {
            let _ = fs::remove_file(folder.join(name).join(file));
        }
    }
    let one = Node::start(&folder, "node-1", to(&[])).await?;
    let two = Node::start(&folder, "node-2", to(&[&one])).await?;
    same_tip(&[&one, &two], fork).await?;
    stage.report.say(format!("the network is cut at height {fork}: node-1 and node-2 here, the others there"));
    spent.pay(&a, &one, &setup, 2).await?;
    let lost = pay(&d, &two, &setup, 5).await?;
    spent.pay(&c, &four, &setup, 3).await?;
    spent.pay(&twin, &five, &setup, 7).await?;
    stage
        .report
        .say("A pays B here and C pays B there; D pays B from its only enote here, and from the same there");
    one.mine(RATE).await?;
    four.mine(RATE).await?;
    mined(&one, fork + 2).await?;
    mined(&two, fork + 2).await?;
    rest(&one, &[&two]).await?;
    let here = one.status().await?;
    let longer = here["height"].as_u64().unwrap_or_default() + 2;
    mined(&four, longer).await?;
    mined(&five, longer).await?;
    heavier(&four, &here).await?;
    rest(&four, &[&three, &five]).await?;
    let there = four.status().await?;
    stage.report.check(
        here["id"] != there["id"],
        format!(
            "both parts mine with transactions: here to height {}, there to {}, D's enote spent on both",
            here["height"], there["height"]
        ),
    )?;

    // It heals.
    five.kill().await?;
    let five = Node::start(&folder, "node-5", to(&[&one, &two, &three, &four])).await?;
    let nodes = [&one, &two, &three, &four, &five];
    same_tip(&nodes, longer).await?;
    let healed = one.status().await?;
    stage.report.check(
        healed["id"] == there["id"] && healed["state_root"] == there["state_root"],
        format!("healed: all five have the branch with more work, to height {}", healed["height"]),
    )?;
    stage.report.check(healed["reorganisations"] == 1, "node-1 took back its branch, in one step")?;
    until("orphaned transactions wait", || async { Ok((one.status().await?["pool"] == 1).then_some(())) }).await?;
    stage.report.check(
        true,
        "of the orphaned transactions A's waits in the pool again, and D's, a double spend now, does not",
    )?;
    three.mine(RATE).await?;
    let total = 13 * COIN;
    until("B received everything", || async { Ok((b.balance(&[&two], "total").await? == total).then_some(())) })
        .await?;
    rest(&three, &nodes).await?;
    stage.report.check(true, "A's payment is mined again: B received 1 + 2 + 3 + 7, each once")?;
    for (wallet, enotes, node) in [(&a, 8, &one), (&c, 8, &five), (&twin, 1, &four), (&d, 1, &two)] {
        let found = wallet.balance(&[node], "total").await?;
        // D's payment on the losing branch never happened; its twin's did.
        let name = if wallet.name == "d" { twin.name } else { wallet.name };
        let expected = enotes * u128::from(AMOUNT) - spent.0.get(name).copied().unwrap_or_default();
        stage.report.check(
            found == expected,
            format!("{} has {found}: what it had, less what it paid and the fees, to the unit", wallet.name),
        )?;
    }
    let again = d.history(&[&two]).await?.iter().any(|line| line["txid"] == lost["txid"]);
    stage.report.check(!again, "D's history does not list the payment that lost")?;
    for node in nodes {
        let audit = node.call("audit_supply", json!({})).await?;
        stage.report.check(
            audit["balanced"] == true,
            format!("{}: all commitments add up to what was issued", node.name),
        )?;
    }
    for node in [five, four, three, two, one] {
        node.stop().await?;
    }
    Ok(())
}

/// What each wallet paid in all, fees included.
#[derive(Default)]
struct Spent(BTreeMap<&'static str, u128>);

impl Spent {
    async fn pay(&mut self, from: &Wallet, through: &Node, setup: &Setup, coins: u128) -> Result<(), Failure> {
        let sent = pay(from, through, setup, coins).await?;
        let fee: u128 = text(&sent["fee"]).parse()?;
        *self.0.entry(from.name).or_default() += coins * COIN + fee;
        Ok(())
    }
}

/// Pays B.
async fn pay(from: &Wallet, through: &Node, setup: &Setup, coins: u128) -> Result<Value, Failure> {
    let arguments = ["send", "--to", &setup.addresses[1], "--amount", &coins.to_string(), "--any-tip"];
    from.run(&[through], &arguments).await
}

/// Waits until a node is at `height` and nothing waits in its pool.
async fn mined(node: &Node, height: u64) -> Result<(), Failure> {
    until("blocks with all payments", || async {
        let status = node.status().await?;
        Ok((status["height"].as_u64() >= Some(height) && status["pool"] == 0).then_some(()))
    })
    .await
}
