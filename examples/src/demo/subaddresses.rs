//! R20: subaddresses.
//!
//! Bad inputs: addresses with a wrong check value, of another network, of halves of two addresses; payments that mix the
//! parts of two addresses to learn whether they are of one wallet (the Janus attack). Such a mixture can be given a right
//! check value, and is an address as good as any: its payee answers to none.

use dero_crypto::{
    enote::EnoteSeed,
    keys::{Address, AddressIndex, MasterSecret},
    network::NetworkKind,
};
use dero_ledger::transaction::builder::OutputDraft;
use rand::Rng as _;

use super::{Stage, forger::Forger};
use crate::{
    Failure,
    local::{Node, Plan, Wallet, advance, text},
};

pub(super) const ROW: &str = "R20";
pub(super) const SHOWS: &str = "addresses of one wallet that nobody can link, each payment told by its address";

/// Subaddresses that are paid.
const PAID: usize = 50;
/// Addresses of each of two wallets between which an outsider shall tell.
const COMPARED: u64 = 256;

/// An address of B, with its place.
struct Subaddress {
    account: u64,
    index: u64,
    text: String,
}

pub(super) async fn run(stage: &mut Stage) -> Result<(), Failure> {
    let forger_keys = MasterSecret::random(&mut rand::rng());
    let holdings = Forger::holdings(&forger_keys, 8);
    let plan =
        Plan { wallets: &[("a", PAID + 4), ("c", PAID + 4), ("b", 0)], holdings: &holdings, ..Plan::default() };
    let (setup, [one, two]) = stage.network(&plan, ["node-1", "node-2"]).await?;
    let folder = stage.folder();
    let a = Wallet::restore(&folder, "a").await?;
    let c = Wallet::restore(&folder, "c").await?;
    let b = Wallet::restore(&folder, "b").await?;
    let forger = Forger::new(&setup.network, forger_keys)?;

    let mut addresses = Vec::new();
    for account in 0..PAID as u64 {
        let (account, index) = (account % 3, u64::from(stage.rng.next_u32()));
        let arguments = ["--account", &account.to_string(), "--index", &index.to_string()];
        let made = b.run(&[], &[&["address"], arguments.as_slice()].concat()).await?;
        let text = text(&made["address"]).to_string();
        addresses.push(Subaddress { account, index, text });
    }
    stage.report.say(format!("B makes {PAID} subaddresses from one seed, in three accounts"));
    let half = PAID / 2;
    tokio::try_join!(pay(&a, &one, &addresses[..half], 1), pay(&c, &two, &addresses[half..], 1 + half))?;
    stage.report.say("A and C pay each of them another amount");
    advance(&one, &[&two], 1).await?;
    let received = b.history(&[&two]).await?;
    for (address, coins) in addresses.iter().zip(1..) {
        let amount = (coins as u64 * 1_000_000_000).to_string();
        let line = received.iter().find(|line| line["amount"] == *amount);
        let line = line.ok_or_else(|| format!("B did not find the payment of {coins}"))?;
        stage.report.check(
            line["account"] == address.account && line["index"] == address.index,
            format!("B reports: {coins} coins at address {}/{}", address.account, address.index),
        )?;
    }
    stage.report.check(received.len() == PAID, "and nothing else")?;

    forger.follow(&two).await?;
    let parsed: Vec<_> =
        addresses.iter().map(|one| Address::from_text(&one.text, NetworkKind::Dev)).collect::<Result<_, _>>()?;
    cannot_be_linked(stage, &forger, &parsed)?;
    janus(stage, &forger, &b, [&parsed[0], &parsed[1]], [&one, &two]).await?;
    wrong_addresses(stage, &a, &one, &addresses, &parsed).await?;
    for node in [two, one] {
        node.stop().await?;
    }
    Ok(())
}

/// Pays `first` coins to the first address, one more to each other one.
async fn pay(wallet: &Wallet, node: &Node, addresses: &[Subaddress], first: usize) -> Result<(), Failure> {
    for (address, coins) in addresses.iter().zip(first..) {
        wallet.run(&[node], &["send", "--to", &address.text, "--amount", &coins.to_string()]).await?;
    }
    Ok(())
}

fn points(address: &Address) -> [[u8; 32]; 4] {
    [address.spend_key(), address.base(), address.find_key(), address.receive_key()].map(|point| point.to_bytes())
}

/// An outsider who knows all the addresses and the chain.
fn cannot_be_linked(stage: &mut Stage, forger: &Forger, addresses: &[Address]) -> Result<(), Failure> {
    let mut parts: Vec<_> = addresses.iter().flat_map(points).collect();
    let bodies = forger.chain.bodies()?.concat();
    let found = bodies.windows(32).filter(|bytes| parts.iter().any(|part| part == bytes)).count();
    stage
        .report
        .check(found == 0, format!("none of the {} keys of the addresses stands in the chain", parts.len()))?;
    let mut tags: Vec<_> = addresses.iter().map(|address| address.tag().0).collect();
    parts.sort_unstable();
    parts.dedup();
    tags.sort_unstable();
    tags.dedup();
    stage.report.check(
        parts.len() == 4 * addresses.len() && tags.len() == addresses.len(),
        "no two addresses have a key or a tag in common",
    )?;

    // Two wallets, many addresses: is the address that looks most alike of the same wallet?
    let wallets = [(); 2].map(|()| MasterSecret::random(&mut rand::rng()).audit_key());
    let mut all = Vec::new();
    for (owner, keys) in wallets.iter().enumerate() {
        all.extend((0..COMPARED).map(|index| (owner, keys.address_key().address(AddressIndex(index)).to_bytes())));
    }
    let (total, chance) = (all.len() as f64, (COMPARED - 1) as f64 / (all.len() - 1) as f64);
    // Answers to both ends of a pair may agree: the deviation is at most √2 times that of free ones.
    let deviation = (2.0 * total * chance * (1.0 - chance)).sqrt();
    // K, B, F, R, the tag, and all of it.
    let parts = [1..33, 33..65, 65..97, 97..129, 129..137, 1..137];
    let mut worst: f64 = 0.0;
    for part in parts {
        let right = all.iter().enumerate().filter(|(place, (owner, bytes))| {
            let distance = |other: &[u8]| {
                bytes[part.clone()].iter().zip(other).map(|(one, two)| (one ^ two).count_ones()).sum::<u32>()
            };
            let others = all.iter().enumerate().filter(|(other, _)| other != place);
            let nearest = others.min_by_key(|(_, (_, other))| distance(&other[part.clone()]));
            nearest.is_some_and(|(_, (other, _))| other == owner)
        });
        let deviations = (right.count() as f64 - total * chance) / deviation;
        worst = worst.max(deviations.abs());
    }
    stage.report.check(
        worst < 5.0,
        format!(
            "of {} addresses of two wallets, the one most alike in K, B, F, R, tag or all is of the same wallet as \
             often as chance has it ({worst:.1} standard deviations at most)",
            all.len()
        ),
    )
}

/// Payments to every mixture of the parts of two addresses of one wallet.
async fn janus(
    stage: &mut Stage,
    forger: &Forger,
    b: &Wallet,
    addresses: [&Address; 2],
    [one, two]: [&Node; 2],
) -> Result<(), Failure> {
    let before = b.history(&[two]).await?.len();
    // Bit p of a mixture says of which address part p is; 0 and 31 are no mixtures.
    let mixtures: Vec<u8> = (1..31).collect();
    let texts = mixtures.iter().map(|mixture| mixed(addresses, *mixture).to_text(NetworkKind::Dev));
    let read = texts.filter(|text| Address::from_text(text, NetworkKind::Dev).is_ok()).count();
    stage.report.check(
        read == mixtures.len(),
        format!(
            "keys swapped between two addresses, with right check values: {read} texts, each read as an address"
        ),
    )?;
    for (coin, mixtures) in mixtures.chunks(15).enumerate() {
        let outputs = mixtures.iter().map(|mixture| probe(forger, coin, addresses, *mixture));
        let outputs = outputs.collect();
        let payment = forger.pay(forger.draft(&[coin], outputs))?;
        let taken = two.submit(&payment.bytes()).await?.is_ok();
        stage
            .report
            .check(taken, format!("{} probes in one payment, valid to every node: taken", mixtures.len()))?;
    }
    let control = forger.output(&forger.context(&[2]), addresses[0], 77);
    let payment = forger.pay(forger.draft(&[2], vec![control]))?;
    stage.report.taken(two, "a payment by the same hand to one address alone", &payment.bytes()).await?;
    advance(one, &[two], 1).await?;
    let after = b.history(&[two]).await?;
    let control = after.iter().filter(|line| line["amount"] == "77").count();
    stage.report.check(control == 1, "B finds the last one")?;
    stage.report.check(
        after.len() == before + 1,
        "payments to all 30 mixtures of two addresses: B finds none, and says nothing of them",
    )
}

/// A mixture of two addresses.
fn mixed(addresses: [&Address; 2], mixture: u8) -> Address {
    let of = |part: u8| addresses[usize::from(mixture >> part & 1)];
    Address::new(*of(0).spend_key(), *of(1).base(), *of(2).find_key(), *of(3).receive_key(), *of(4).tag())
}

/// An output to a mixture. Where nothing but the find key is of the other address, one view tag in 256 is right by
/// accident; that payment is an honest one then and tells nothing, so another seed is taken.
fn probe(forger: &Forger, coin: usize, addresses: [&Address; 2], mixture: u8) -> OutputDraft {
    let mixed = mixed(addresses, mixture);
    let context = forger.context(&[coin]);
    loop {
        let seed = EnoteSeed::random(&mut rand::rng());
        let to = |address: &Address| forger.output_with(&context, &seed, address, 1);
        let (output, honest) = (to(&mixed), addresses.map(to));
        let honest = |place: usize| honest[place].made.enote.view_tag_1;
        let accident = match mixture {
            0b00100 => output.made.enote.view_tag_1 == honest(0),
            0b11011 => output.made.enote.view_tag_1 == honest(1),
            _ => false,
        };
        if !accident {
            return output;
        }
    }
}

/// Addresses that a wallet must not pay to.
async fn wrong_addresses(
    stage: &mut Stage,
    a: &Wallet,
    node: &Node,
    addresses: &[Subaddress],
    parsed: &[Address],
) -> Result<(), Failure> {
    let right = &addresses[0].text;
    let mut character = right.clone().into_bytes();
    let place = 6 + (stage.rng.next_u32() as usize) % (right.len() - 6);
    character[place] = if character[place] == b'q' { b'p' } else { b'q' };
    let (left, _) = right.split_at(right.len() / 2);
    let (_, other) = addresses[1].text.split_at(right.len() / 2);
    let cases = [
        (format!("character {place} wrong"), String::from_utf8(character)?, "check value"),
        ("the same address for the test network".into(), parsed[0].to_text(NetworkKind::Test), "of this network"),
        ("the first half of one address and the second of another".into(), format!("{left}{other}"), "check value"),
        ("the last character missing".into(), right[..right.len() - 1].into(), "characters after"),
    ];
    for (what, text, cause) in cases {
        let said = a.fails(&[node], &["send", "--to", &text, "--amount", "1"]).await?;
        stage.report.check(said.contains(cause) && said.contains("--to"), format!("{what}: {said}"))?;
    }
    Ok(())
}
