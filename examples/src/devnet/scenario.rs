//! What happens on the network, and what must hold.

use std::{collections::BTreeSet, path::Path};

use serde_json::json;

use super::{Options, observer::Observer};
use crate::{
    Failure,
    local::{Node, Plan, RATE, Report, Start, Wallet, advance, heavier, rest, same_tip, text, until},
    node::{KEY_FILE, KNOWN_FILE},
    told_to_end,
};

/// Runs the program: as the network, or as one of its processes.
///
/// # Errors
///
/// What went wrong, or what did not hold.
pub async fn run(options: Options) -> Result<(), Failure> {
    match options.role {
        Some(role) => role.run().await,
        None => {
            let temporary = tempfile::Builder::new().prefix("devnet-").tempdir()?;
            let folder = options.folder.unwrap_or_else(|| temporary.path().to_path_buf());
            std::fs::create_dir_all(&folder)?;
            network(&folder, options.keep).await
        }
    }
}

async fn network(folder: &Path, keep: bool) -> Result<(), Failure> {
    let mut report = Report::default();
    let plan = Plan { wallets: &[("a", 8), ("b", 8)], ..Plan::default() };
    let made = plan.write(folder, &mut rand::rng())?;
    report.say(format!("network {} in {}", made.network.name(), folder.display()));

    // Three nodes, two wallets.
    let miner = Start { mine_to: Some(made.nobody.clone()), mine_rate: RATE, ..Start::default() };
    let one = Node::start(folder, "node-1", miner.clone()).await?;
    let to_one = Start { peers: vec![one.address.clone()], mine_rate: 0, mine_to: Some(made.nobody.clone()) };
    let two = Node::start(folder, "node-2", to_one.clone()).await?;
    let both = Start { peers: vec![one.address.clone(), two.address.clone()], ..Start::default() };
    let three = Node::start(folder, "node-3", both.clone()).await?;
    report.say("three nodes run, linked over TLS 1.3, each known by the hash of its key");
    let a = Wallet::restore(folder, "a").await?;
    let b = Wallet::restore(folder, "b").await?;

    let nodes = [&one, &two, &three];
    same_tip(&nodes, 3).await?;
    report.check(true, "blocks are found and all three nodes have the same chain and state")?;

    // A pays B.
    let before = (a.balance(&[&two], "total").await?, b.balance(&[&three], "total").await?);
    report
        .check(before == (8_000_000_000_000, 8_000_000_000_000), "each wallet finds its 8 of 192 genesis enotes")?;
    rest(&one, &[&two, &three]).await?;
    let sent = a.run(&[&two, &three], &["send", "--to", &made.addresses[1], "--amount", "12.5"]).await?;
    report.say(format!(
        "A pays B 12.5 privately: {} bytes, {} inputs, fee {} atomic units",
        sent["bytes"],
        sent["inputs"],
        sent["fee"].as_str().unwrap_or("?")
    ));
    advance(&one, &[&two, &three], 1).await?;
    let found = (b.balance(&[&three], "pending").await?, b.balance(&[&three], "total").await?);
    report.check(
        found == (12_500_000_000, before.1),
        "B recognises 12.5 in a block, and does not count it as balance yet",
    )?;
    one.mine(RATE).await?;
    arrives(&b, &three, before.1 + 12_500_000_000).await?;
    report.check(true, "B has received 12.5: it entered the reference list 10 blocks later")?;
    rest(&one, &[&two, &three]).await?;
    let left = a.balance(&[&two], "total").await?;
    let fee: u128 = text(&sent["fee"]).parse()?;
    report.check(left == before.0 - 12_500_000_000 - fee, "A has 12.5 and the fee less; its change came back")?;

    // B pays back.
    let back = b.run(&[&one, &three], &["send", "--to", &made.addresses[0], "--amount", "3.25"]).await?;
    report.say("B pays 3.25 back");
    one.mine(RATE).await?;
    arrives(&a, &two, left + 3_250_000_000).await?;
    report.check(true, "A has received 3.25")?;
    let history = a.run(&[&two], &["history"]).await?;
    let lines = history["history"].as_array().map_or(0, Vec::len);
    report.check(lines == 10, "A's history lists 8 genesis enotes, one payment out and one in")?;
    let same_length = sent["bytes"] == back["bytes"];
    report.check(same_length, "both payments have the same length, whatever they pay")?;

    // Bytes that are nothing.
    let refused = one.submit(&[0]).await?;
    let by = refused.is_err_and(|refusal| refusal.rule == "Layout");
    report.check(by, "bytes that are no transaction are refused, with the rule in the answer")?;

    // Restart from disk.
    let tip = three.status().await?;
    three.stop().await?;
    let three = Node::start(folder, "node-3", both.clone()).await?;
    let same = three.call("header", json!({ "height": tip["height"] })).await?;
    report.check(same["id"] == tip["id"], "node 3 stopped, started again from its disk, and has the same chain")?;

    // A reorganisation.
    two.stop().await?;
    let alone = Start { peers: vec![], ..to_one.clone() };
    // What it knows of the others would lead it there; its old key would lead them to it, should it get its old port.
    for file in [KNOWN_FILE, KEY_FILE] {
        let _ = std::fs::remove_file(folder.join("node-2").join(file));
    }
    let two = Node::start(folder, "node-2", alone).await?;
    let fork = one.height().await?;
    until("two more blocks", async || Ok((one.height().await? >= fork + 2).then_some(()))).await?;
    one.mine(0).await?;
    two.mine(RATE * 3).await?;
    let losing = one.status().await?;
    let target = losing["height"].as_u64().unwrap_or_default() + 3;
    until("a longer branch", async || Ok((two.height().await? >= target).then_some(()))).await?;
    heavier(&two, &losing).await?;
    two.mine(0).await?;
    two.stop().await?;
    report.say("node 2 was alone and found a longer branch than the others");
    let two = Node::start(folder, "node-2", to_one).await?;
    let nodes = [&one, &two, &three];
    same_tip(&nodes, target).await?;
    let replaced = one.call("header", json!({ "height": losing["height"] })).await?;
    report.check(
        replaced["id"] != losing["id"],
        "when it came back, the others left their branch for the heavier one",
    )?;
    one.mine(RATE).await?;
    let (a_now, b_now) = (a.balance(&[&one], "total").await?, b.balance(&[&two], "total").await?);
    report.check(
        a_now == left + 3_250_000_000 && b_now < before.1 + 12_500_000_000,
        "both wallets followed, and no payment was lost",
    )?;

    // Supply and an observer.
    let audit = three.call("audit_supply", json!({})).await?;
    report.check(
        audit["balanced"] == true,
        format!(
            "from chain data alone: all commitments sum to the {} units issued and not destroyed",
            audit["supply"].as_str().unwrap_or("?")
        ),
    )?;
    let observer = Observer::read(&three, &made.network).await?;
    let (blocks, payments) = observer.counts();
    report.say(format!(
        "an observer without keys read {blocks} blocks with {payments} payments, knows both addresses and which payment is whose"
    ));
    let hits = observer.address_hits(&made.addresses)?;
    report.check(hits == 0, "no part of either address stands anywhere in the chain")?;
    report.check(observer.repeated() == 0, "no key, commitment, tag or image of the payments occurs twice")?;
    report.check(observer.look_alike(), "the payments cannot be told apart by their length")?;
    let smallest = observer.smallest_set();
    report.check(
        smallest >= 128,
        format!("each input is proven over a set of the chain: it could be any of {smallest} members"),
    )?;
    report.check(observer.careless() == 0, "no input's masks name the member that it spends")?;
    let link = observer.link(text(&sent["txid"]), text(&back["txid"]))?;
    report.check(
        link.possible == 0 || link.others >= 120,
        match link.possible {
            0 => format!("none of the {} sets of B's payment holds what A paid: nothing to tie", link.inputs),
            possible => format!(
                "what A paid is in {possible} of {} sets of B's payment, beside {} enotes of others: no tie",
                link.inputs, link.others
            ),
        },
    )?;
    let mut spent = BTreeSet::new();
    for wallet in [&a, &b] {
        let own = wallet.history(&[&three]).await?;
        spent.extend(
            own.iter().filter(|line| line["state"] == "spent").filter_map(|line| line["position"].as_u64()),
        );
    }
    report.say(observer.guesses(&spent));

    report.end();
    if keep {
        stay(folder, &[&one, &two, &three]).await?;
    }
    for node in [one, two, three] {
        node.stop().await?;
    }
    Ok(())
}

async fn arrives(wallet: &Wallet, node: &Node, total: u128) -> Result<(), Failure> {
    until("a payment that is received", async || {
        Ok((wallet.balance(&[node], "total").await? == total).then_some(()))
    })
    .await
}

async fn stay(folder: &Path, nodes: &[&Node]) -> Result<(), Failure> {
    println!("\nThe network runs until Ctrl-C. In another terminal:\n");
    let folder = folder.display();
    println!(
        "  cargo run --release --bin wallet -- --network {folder}/network.toml --file {folder}/a.dero \\\n    \
         --passphrase-file {folder}/passphrase --node '{}' balance\n",
        nodes[0].address
    );
    println!(
        "  cargo run --release --bin reference-node -- call status --data {}\n  \
         cargo run --release --bin reference-node -- call audit_supply --data {}\n",
        nodes[0].data().display(),
        nodes[1].data().display()
    );
    for node in nodes {
        println!("  {}  {}  log: {}/log", node.name, node.address, node.data().display());
    }
    told_to_end()?.await;
    Ok(())
}
