//! Attack 251: a flood of transactions that are well formed and prove nothing.
//!
//! What is counted are payments, blocks and checks; how long it takes depends on the machine, is printed, and decides
//! nothing.

use std::{collections::BTreeSet, sync::Arc, time::Instant};

use dero_crypto::keys::MasterSecret;
use dero_ledger::{block::Block, rules::UnverifiedTransaction};
use dero_net::{
    gossip::transactions::MAX_IN_FLIGHT_PER_LINK,
    peer::{Fault, score::BAN_AT},
    protocol::MAX_SUBMISSIONS,
};
use serde_json::{Value, json};

use super::{
    Stage,
    flooder::{Ammunition, Flood},
    forger::Forger,
};
use crate::{
    Failure,
    local::{Node, Plan, Setup, Wallet, advance, text, until},
};

pub(super) const ROW: &str = "A251";
pub(super) const SHOWS: &str = "while nodes are flooded with invalid proofs, each payment is in the next block";

/// Rounds with the flood and as many without, if the command line names no other number.
const ROUNDS: usize = 3;
/// Identities that must have been at each node in each round.
const IDENTITIES: usize = 4;
/// Faults until the ban of a peer.
const FAULTS: usize = BAN_AT.div_ceil(Fault::InvalidTransaction.weight()) as usize;
/// And of a wallet, whose proofs may be those of another branch.
const WALLET_FAULTS: usize = BAN_AT.div_ceil(Fault::OtherBranch.weight()) as usize;
/// What a node may check for one identity: what is on its way at one time, and what comes as results are known until
/// the ban; of a peer that is less. Points are forgiven by the minute, so that a machine on which checks take minutes
/// needs more of them.
const CHECKS: usize = WALLET_FAULTS + 2 * MAX_SUBMISSIONS;
const _: () = assert!(MAX_IN_FLIGHT_PER_LINK + 2 * FAULTS <= CHECKS);

pub(super) async fn run(stage: &mut Stage) -> Result<(), Failure> {
    let rounds = stage.times.unwrap_or(ROUNDS);
    let forger_keys = MasterSecret::random(&mut rand::rng());
    let holdings = Forger::holdings(&forger_keys, 2);
    let enotes = 4 * rounds + 2;
    let plan = Plan { wallets: &[("a", enotes), ("c", enotes), ("b", 0)], holdings: &holdings, ..Plan::default() };
    let (setup, nodes) = stage.network(&plan, ["node-1", "node-2", "node-3"]).await?;
    let folder = stage.folder();
    let payers = [Wallet::restore(&folder, "a").await?, Wallet::restore(&folder, "c").await?];
    let b = Wallet::restore(&folder, "b").await?;
    let forger = Forger::new(&setup.network, forger_keys)?;
    forger.follow(&nodes[1]).await?;

    let payment = forger.pay(forger.draft(&[0], vec![]))?;
    let ammunition = Arc::new(Ammunition::new(&setup.network, payment.transaction));
    let what = "a payment with another scalar at the end of its membership proof";
    stage.report.refused(&nodes[1], what, &ammunition.one()?, "MembershipProof").await?;

    // Without.
    let quiet = pay(stage, &setup, &nodes, &payers, rounds, None).await?;
    // With.
    let before = refused(&nodes).await?;
    let addresses = nodes.each_ref().map(|node| node.address.as_str());
    let flood = Flood::start(&ammunition, &addresses)?;
    let flooded = pay(stage, &setup, &nodes, &payers, rounds, Some(&flood)).await?;
    let outcomes = flood.stop().await?;
    let after = refused(&nodes).await?;

    let payments = 2 * rounds;
    stage.report.check(
        quiet.mined == payments && flooded.mined == payments,
        format!("of {payments} payments without the flood and {payments} in it, each is in the next block"),
    )?;
    stage.report.say(format!(
        "from the hand-over until the miner has it, on this machine: {:.2} s without the flood, {:.2} s in it",
        quiet.seconds / rounds as f64,
        flooded.seconds / rounds as f64
    ));
    let reached: Vec<_> = outcomes.iter().filter(|outcome| outcome.sent > 0).collect();
    let back = reached.iter().filter(|outcome| outcome.welcome).count();
    stage.report.check(
        back == 0 && reached.len() >= nodes.len() * IDENTITIES * rounds,
        format!("{} identities flooded three nodes, peers and wallets; each is banned", reached.len()),
    )?;
    let most = reached.iter().map(|outcome| outcome.sent).max().unwrap_or_default();
    stage.report.check(
        most <= CHECKS,
        format!("a node took {most} transactions from one of them at most, {CHECKS} are its limit"),
    )?;
    for (place, (node, (before, after))) in nodes.iter().zip(before.iter().zip(after)).enumerate() {
        let checks = after - before;
        let identities = outcomes.iter().filter(|outcome| outcome.node == place).count();
        stage.report.check(
            checks >= (FAULTS * IDENTITIES * rounds) as u64 && checks <= (CHECKS * identities) as u64,
            format!(
                "{} checked and refused {checks}, {:.1} for each identity: {FAULTS} of a peer and {WALLET_FAULTS} of a wallet bring about a ban",
                node.name,
                checks as f64 / identities as f64
            ),
        )?;
        let faults = faults_of_honest(node, &addresses).await?;
        stage.report.check(faults == 0, format!("  {} charges no honest peer for any of it", node.name))?;
    }
    advance(&nodes[0], &[&nodes[1], &nodes[2]], 10).await?;
    let received = b.balance(&[&nodes[2]], "total").await?;
    stage
        .report
        .check(received == quiet.paid + flooded.paid, "B has received all of them, and nothing of the flood")?;
    for node in nodes {
        node.stop().await?;
    }
    Ok(())
}

/// What became of the payments of some rounds.
#[derive(Default)]
struct Paid {
    /// Payments that are in the block after their hand-over.
    mined: usize,
    /// Atomic units.
    paid: u128,
    /// From the hand-over to the miner.
    seconds: f64,
}

/// Both wallets pay B in each round, each through a node of its own; then a block is mined.
async fn pay(
    stage: &Stage,
    setup: &Setup,
    [one, two, three]: &[Node; 3],
    [a, c]: &[Wallet; 2],
    rounds: usize,
    flood: Option<&Flood>,
) -> Result<Paid, Failure> {
    let mut found = Paid::default();
    let to = ["send", "--to", &setup.addresses[2], "--amount", "1"];
    for round in 1..=rounds {
        let (from, two_only, three_only) = (flood.map_or(0, |flood| flood.done(3)), [two], [three]);
        if let Some(flood) = flood {
            // The flood is there before the payments, and goes on after them.
            until("the flood", async || Ok((flood.done(3) > from).then_some(()))).await?;
        }
        let sent = tokio::try_join!(a.run(&two_only, &to), c.run(&three_only, &to))?;
        let handed_over = Instant::now();
        let sent: BTreeSet<String> = [sent.0, sent.1].iter().map(|sent| text(&sent["txid"]).to_string()).collect();
        until("the payments at the miner", async || Ok((one.pool().await?.len() >= 2).then_some(()))).await?;
        found.seconds += handed_over.elapsed().as_secs_f64();
        if let Some(flood) = flood {
            until("the flood", async || Ok((flood.done(3) >= from + IDENTITIES).then_some(()))).await?;
        }
        let height = one.height().await? + 1;
        advance(one, &[two, three], 1).await?;
        let block = three.block(height).await?;
        let mut mined = BTreeSet::new();
        for bytes in Block::parse(&block)?.transactions {
            let transaction = UnverifiedTransaction::parse(bytes, &setup.network.rules())?;
            mined.insert(hex::encode(transaction.digests().txid.0));
        }
        if mined != sent {
            return Err(format!("round {round}: block {height} has {mined:?}, paid were {sent:?}").into());
        }
        (found.mined, found.paid) = (found.mined + mined.len(), found.paid + 2_000_000_000);
        let how = flood.map_or("without a flood", |_| "in the flood");
        stage.report.say(format!("round {round} {how}: both payments are in block {height}, and nothing else"));
    }
    Ok(found)
}

/// How many transactions each node refused for what is wrong in them.
async fn refused(nodes: &[Node; 3]) -> Result<[u64; 3], Failure> {
    let mut found = [0; 3];
    for (node, found) in nodes.iter().zip(&mut found) {
        *found = node.status().await?["refused_transactions"].as_u64().ok_or("a count")?;
    }
    Ok(found)
}

/// Faults but lateness that a node remembers of the others.
async fn faults_of_honest(node: &Node, addresses: &[&str]) -> Result<usize, Failure> {
    let peers = node.call("peers", json!({})).await?;
    let honest = |charge: &&Value| {
        let pin = text(&charge["peer"]);
        addresses.iter().any(|address| address.ends_with(pin)) && charge["fault"] != "Stalled"
    };
    Ok(peers["faults"].as_array().into_iter().flatten().filter(honest).count())
}
