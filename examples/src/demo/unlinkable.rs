//! R01: nobody can follow coins to the recipient.
//!
//! Bad inputs: an ephemeral key with a wrong byte, an enote that stands twice in one transaction, and an enote that is
//! copied into another one, by its payer and by a stranger (the burning bug).

use dero_crypto::{
    group::Point,
    keys::{Address, MasterSecret},
    network::NetworkKind,
};
use rand::seq::SliceRandom as _;
use serde_json::Value;

use super::{Stage, forger::Forger};
use crate::{
    Failure,
    local::{Node, Plan, Wallet, advance, text},
};

pub(super) const ROW: &str = "R01";
pub(super) const SHOWS: &str = "two payments to one published address share nothing that others can see";

/// What each payment of A pays, in coins and in atomic units.
const PAYMENT: (&str, u128) = ("2.5", 2_500_000_000);
/// What the forger pays.
const FORGED: u64 = 7_000_000_000;
/// Blocks until an output enters the reference list.
const MATURITY: u64 = 10;

pub(super) async fn run(stage: &mut Stage) -> Result<(), Failure> {
    let forger_keys = MasterSecret::random(&mut rand::rng());
    let holdings = Forger::holdings(&forger_keys, 8);
    let plan = Plan { wallets: &[("a", 8), ("b", 0), ("c", 0)], holdings: &holdings, ..Plan::default() };
    let (setup, [one, two, three]) = stage.network(&plan, ["node-1", "node-2", "node-3"]).await?;
    let folder = stage.folder();
    let a = Wallet::restore(&folder, "a").await?;
    let b = Wallet::restore(&folder, "b").await?;
    let c = Wallet::restore(&folder, "c").await?;
    let forger = Forger::new(&setup.network, forger_keys)?;
    let published = Address::from_text(&setup.addresses[1], NetworkKind::Dev)?;

    // Two payments to one address.
    for _ in 0..2 {
        a.run(&[&two], &["send", "--to", &setup.addresses[1], "--amount", PAYMENT.0]).await?;
        advance(&one, &[&two, &three], 1).await?;
    }
    stage.report.say("A pays B's one published address twice");
    let found = b.history(&[&three]).await?;
    stage.report.check(found.len() == 2, "B's scan finds 2")?;
    stage.report.check(c.history(&[&one]).await?.is_empty(), "C's scan finds 0")?;
    forger.follow(&three).await?;
    keys_tell_nothing(stage, &forger, &found, &published)?;

    // Recognised is not received.
    let at_three = [&three];
    let balance = |field| b.balance(&at_three, field);
    let before = (balance("total").await?, balance("pending").await?);
    stage.report.check(before == (0, 2 * PAYMENT.1), "both are pending, and B's balance is still 0")?;
    advance(&one, &[&two, &three], MATURITY).await?;
    stage.report.check(balance("total").await? == 2 * PAYMENT.1, "10 blocks later both are balance")?;
    forger.follow(&three).await?;
    for own in b.history(&[&three]).await? {
        let (height, position) = (number(&own, "height"), number(&own, "position"));
        let length = |height| forger.chain.list_length(height);
        let entry = forger.chain.listed(position..position + 1)?[0];
        let entered = length(height + MATURITY - 1)? <= position && position < length(height + MATURITY)?;
        stage.report.check(
            entered && key(&own)? == entry[..32],
            format!(
                "of the block at {height}: its key stands at {position} of the list since {}, not before",
                height + MATURITY
            ),
        )?;
    }

    wrong_bytes(stage, &forger, &published, [&one, &two, &three]).await?;
    let left = b.history(&[&three]).await?.len();
    stage.report.check(left == 2, "B finds none of the enotes with a wrong byte, and does not fail")?;
    copies(stage, &forger, &published, [&one, &two, &three]).await?;
    // What is listed is spent under the next anchor, at most five blocks later.
    advance(&one, &[&two, &three], 5).await?;
    let counted = balance("total").await?;
    stage.report.check(
        counted == 2 * PAYMENT.1 + u128::from(FORGED) && counted == balance("spendable").await?,
        "the enote stands three times in the chain, and B counts it once",
    )?;
    let paid = b.run(&[&two], &["send", "--to", &setup.addresses[0], "--amount", "9"]).await?;
    advance(&one, &[&two, &three], 1).await?;
    let sent = b.history(&[&three]).await?.iter().any(|line| line["txid"] == paid["txid"]);
    stage.report.check(sent, "B spends it together with another: it burnt nothing")?;
    for node in [three, two, one] {
        node.stop().await?;
    }
    Ok(())
}

fn number(value: &Value, field: &str) -> u64 {
    value[field].as_u64().unwrap_or(u64::MAX)
}

fn key(own: &Value) -> Result<[u8; 32], Failure> {
    let bytes = hex::decode(text(&own["one_time_key"]))?;
    Ok(bytes.try_into().map_err(|_| "a key has 32 bytes")?)
}

/// What stands in the chain of the two enotes, against each other and against the address.
fn keys_tell_nothing(
    stage: &mut Stage,
    forger: &Forger,
    found: &[Value],
    address: &Address,
) -> Result<(), Failure> {
    let keys = [key(&found[0])?, key(&found[1])?];
    let mut enotes = Vec::new();
    for (_, _, transaction) in forger.chain.transactions()? {
        let outputs = transaction.body.bundles.into_iter().flat_map(|bundle| bundle.outputs);
        enotes.extend(outputs.map(|output| output.enote).filter(|enote| keys.contains(&enote.one_time_key)));
    }
    let [one, two] = enotes.as_slice() else { return Err("not two enotes in the chain".into()) };
    let points = |enote: &dero_crypto::enote::Enote| {
        [enote.one_time_key, enote.commitment, enote.asset_tag, enote.ephemeral_key]
    };
    let differ = points(one).iter().all(|point| !points(two).contains(point));
    stage.report.check(differ, "the two enotes have no point in common")?;
    let published = [address.spend_key(), address.base(), address.find_key(), address.receive_key()];
    let published = published.map(|point| point.to_bytes());
    let apart = [one, two].iter().all(|enote| points(enote).iter().all(|point| !published.contains(point)));
    stage.report.check(apart, "none of their points is one of B's address")
}

/// Payments whose ephemeral key has a wrong byte: no point, or a point that is not the payment's.
async fn wrong_bytes(
    stage: &mut Stage,
    forger: &Forger,
    address: &Address,
    [one, two, three]: [&Node; 3],
) -> Result<(), Failure> {
    forger.follow(three).await?;
    let mut flips: Vec<(usize, u8)> = (0..32).flat_map(|byte| (0..8).map(move |bit| (byte, 1 << bit))).collect();
    flips.shuffle(&mut stage.rng);
    for (coin, valid) in [(0, false), (1, false), (2, true), (3, true)] {
        let mut output = forger.output(&forger.context(&[coin]), address, FORGED);
        let right = output.made.enote.ephemeral_key;
        let flipped = flips.iter().map(|(byte, bit)| {
            let mut wrong = right;
            wrong[*byte] ^= bit;
            (*byte, wrong)
        });
        let mut fitting = flipped.filter(|(_, wrong)| Point::decode(wrong, "De").is_ok() == valid);
        let (byte, wrong) = fitting.next().ok_or("one byte in some is wrong in that way")?;
        output.made.enote.ephemeral_key = wrong;
        let bytes = forger.pay(forger.draft(&[coin], vec![output]))?.bytes();
        let what = format!("a payment to B, byte {byte} of its ephemeral key wrong");
        if valid {
            stage.report.taken(two, &format!("{what}, still a point"), &bytes).await?;
        } else {
            stage.report.refused(two, &format!("{what}, no point"), &bytes, "Encoding").await?;
        }
    }
    advance(one, &[two, three], MATURITY + 1).await
}

/// One enote in two places of a transaction, and in three transactions.
async fn copies(
    stage: &mut Stage,
    forger: &Forger,
    address: &Address,
    [one, two, three]: [&Node; 3],
) -> Result<(), Failure> {
    forger.follow(three).await?;
    let [enote, other] = [(); 2].map(|()| forger.output(&forger.context(&[4]), address, FORGED));
    let mut twice = forger.pay(forger.draft(&[4], vec![enote.clone(), other.clone()]))?;
    let outputs = &mut twice.transaction.body.bundles[0].outputs;
    let places = [&enote, &other].map(|made| {
        let same = |output: &dero_ledger::transaction::Output| output.enote == made.made.enote;
        outputs.iter().position(same).expect("an output of the draft")
    });
    outputs[places[1]].enote = outputs[places[0]].enote;
    outputs.sort_by_key(|output| output.enote.one_time_key);
    forger.sign_again(&mut twice)?;
    stage.report.refused(two, "one enote twice in one transaction", &twice.bytes(), "Order").await?;

    // Its payer knows what it holds, so he can prove it again wherever he likes.
    let payments = [(4, "the payment"), (5, "a copy of its enote by the payer, with all its bytes")];
    for (coin, what) in payments {
        let payment = forger.pay(forger.draft(&[coin], vec![enote.clone()]))?;
        stage.report.taken(two, what, &payment.bytes()).await?;
    }
    // A stranger must choose commitment and tag himself.
    let mut copy = forger.output(&forger.context(&[6]), &forger.address(), FORGED);
    let commitments = (copy.made.enote.commitment, copy.made.enote.asset_tag);
    copy.made.enote = enote.made.enote;
    (copy.made.enote.commitment, copy.made.enote.asset_tag) = commitments;
    let payment = forger.pay(forger.draft(&[6], vec![copy]))?;
    stage
        .report
        .taken(two, "a copy of its keys by a stranger, with an amount of his own", &payment.bytes())
        .await?;
    advance(one, &[two, three], MATURITY + 1).await?;
    forger.follow(three).await?;
    let listed = forger.chain.listed(0..forger.chain.list_length(forger.chain.height())?)?;
    let places = listed.iter().filter(|entry| entry[..32] == enote.made.enote.one_time_key).count();
    stage.report.check(places == 3, "the one key has entered the reference list at three places")
}
