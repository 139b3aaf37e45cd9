//! R05: privacy is on by default.
//!
//! Bad inputs: a proof over one enote, over fewer than the network's sets have, over a list that is too short, and with
//! other parameters: refused by a node, not merely by the wallet.

use dero_crypto::{
    asset::AssetId,
    keys::{Address, MasterSecret},
    membership::{Interval, MEMBER_BYTES, MembershipProof, Reference, SetParameters},
    network::NetworkKind,
};
use dero_ledger::transaction::{Input, Output, Transaction};

use super::{Stage, forger::Forger};
use crate::{
    Failure,
    local::{Claim, Node, Plan, Wallet, advance},
};

pub(super) const ROW: &str = "R05";
pub(super) const SHOWS: &str = "a first payment without any flag hides everything, and no node takes less";

/// What the first payment pays, in coins and in atomic units.
const PAYMENT: (&str, u64) = ("12.5", 12_500_000_000);
/// What the second one says.
const MESSAGE: &str = "for the bread";
/// The window of genesis.
const WINDOW: Reference = Reference::Open { anchor: 0 };

pub(super) async fn run(stage: &mut Stage) -> Result<(), Failure> {
    let forger_keys = MasterSecret::random(&mut rand::rng());
    let holdings = Forger::holdings(&forger_keys, 60);
    let plan = Plan { wallets: &[("a", 4), ("b", 0)], holdings: &holdings, ..Plan::default() };
    let (setup, [one, two]) = stage.network(&plan, ["node-1", "node-2"]).await?;
    let a = Wallet::restore(&stage.folder(), "a").await?;
    let forger = Forger::new(&setup.network, forger_keys)?;

    let to = &setup.addresses[1];
    a.run(&[&one], &["send", "--to", to, "--amount", PAYMENT.0]).await?;
    stage.report.say("a fresh wallet pays for the first time, with no flag but recipient and amount");
    advance(&one, &[&two], 1).await?;
    a.run(&[&one], &["send", "--to", to, "--amount", PAYMENT.0, "--message", MESSAGE]).await?;
    advance(&one, &[&two], 1).await?;
    forger.follow(&two).await?;
    let found = forger.chain.transactions()?;
    let [(_, first_bytes, first), (_, second_bytes, second)] = found.as_slice() else {
        return Err("two payments in the chain".into());
    };
    inputs_hide(stage, &forger, first)?;
    outputs_hide(stage, first, &Address::from_text(to, NetworkKind::Dev)?)?;
    let amount = PAYMENT.1.to_le_bytes();
    let amounts = first_bytes.windows(8).filter(|bytes| *bytes == amount).count();
    stage.report.check(amounts == 0, "the amount stands nowhere in its bytes")?;
    memos_hide(stage, first, second, [first_bytes, second_bytes])?;
    stage.report.say(format!(
        "public are: {} inputs, {} outputs, the fee of {}, the last height {}, the references above",
        first.body.input_count(),
        first.body.output_count(),
        first.body.fee,
        first.body.expiry
    ));

    small_sets(stage, &forger, &two).await?;
    for node in [two, one] {
        node.stop().await?;
    }
    short_list(stage).await
}

fn inputs(transaction: &Transaction) -> impl Iterator<Item = &Input> {
    transaction.body.bundles.iter().flat_map(|bundle| &bundle.inputs)
}

fn outputs(transaction: &Transaction) -> impl Iterator<Item = &Output> {
    transaction.body.bundles.iter().flat_map(|bundle| &bundle.outputs)
}

fn inputs_hide(stage: &mut Stage, forger: &Forger, transaction: &Transaction) -> Result<(), Failure> {
    let native = AssetId::NATIVE.generator().to_bytes();
    let length = forger.chain.list_length(forger.chain.height())?;
    let listed: Vec<[u8; MEMBER_BYTES]> = forger.chain.listed(0..length)?;
    let size = Reference::LEN + MembershipProof::len(forger.network().rules().sets);
    for (input, bytes) in inputs(transaction).zip(transaction.membership.chunks(size)) {
        let reference = Reference::from_bytes(&bytes[..Reference::LEN])?;
        let members = forger.chain.claim_of(reference)?.set.members().len();
        stage.report.check(
            members as u64 == forger.network().set_size(),
            format!("an input could be any of {members} members of a set that all wallets share: {reference:?}"),
        )?;
        let copies = listed.iter().flat_map(|entry| entry.chunks(32));
        let shown =
            copies.filter(|part| [input.key, input.commitment, input.asset_tag].iter().any(|own| own == part));
        stage.report.check(
            shown.count() == 0 && input.asset_tag != native,
            "its key, commitment and asset tag are copies that stand nowhere in the list, its asset is not bare",
        )?;
    }
    Ok(())
}

fn outputs_hide(stage: &mut Stage, transaction: &Transaction, address: &Address) -> Result<(), Failure> {
    let published = [address.spend_key(), address.base(), address.find_key(), address.receive_key()];
    let mut seen: Vec<[u8; 32]> = published.iter().map(|point| point.to_bytes()).collect();
    seen.push(AssetId::NATIVE.generator().to_bytes());
    let (mut count, mut known) = (0, 0);
    for Output { enote, .. } in outputs(transaction) {
        let points = [enote.one_time_key, enote.commitment, enote.asset_tag, enote.ephemeral_key];
        known += points.iter().filter(|point| seen.contains(point)).count();
        seen.extend(points);
        count += 1;
    }
    stage.report.check(
        known == 0,
        format!(
            "{count} outputs, each with a one-time key, a hidden amount and a hidden asset: no point is the address's or \
             the asset's, none occurs twice"
        ),
    )
}

fn memos_hide(
    stage: &mut Stage,
    first: &Transaction,
    second: &Transaction,
    bytes: [&Vec<u8>; 2],
) -> Result<(), Failure> {
    let size = first.body.memo_class.bytes();
    let mut memos: Vec<&[u8]> = first.memos.chunks(size).chain(second.memos.chunks(size)).collect();
    let count = memos.len();
    memos.sort_unstable();
    memos.dedup();
    let same = memos.len() == count && count == first.body.output_count() + second.body.output_count();
    stage
        .report
        .check(same, format!("every output has a memo of {size} encrypted bytes, no two alike, used or not"))?;
    let clear = bytes[1].windows(MESSAGE.len()).filter(|text| *text == MESSAGE.as_bytes()).count();
    stage.report.check(
        clear == 0 && bytes[0].len() == bytes[1].len(),
        "a second payment with a message has the same length, and the message stands nowhere in its bytes",
    )
}

/// True proofs over sets that the network does not have.
async fn small_sets(stage: &mut Stage, forger: &Forger, two: &Node) -> Result<(), Failure> {
    let whole = forger.chain.claim_of(WINDOW)?;
    let end = whole.set.start() + whole.set.members().len() as u64;
    let coin = forger.coins().iter().position(|coin| (whole.set.start()..end - 64).contains(&coin.position));
    let coin = coin.ok_or("a coin in the window")?;
    let position = forger.coins()[coin].position;
    let over = |length| forger.chain.claim_over(WINDOW, Interval { start: position, length });
    let parameters = |n, m| Ok::<_, Failure>(Claim { parameters: SetParameters::new(n, m)?, ..over(49)? });
    let cases = [
        ("a proof over one enote, under the reference of the window", "MembershipProof", over(1)?),
        ("a proof over 64 of the window's 128 members", "MembershipProof", over(64)?),
        ("a proof with n = 7, m = 2, as long as one with n = 2, m = 7", "Encoding", parameters(7, 2)?),
        ("a proof with n = 2, m = 6", "SectionLength", parameters(2, 6)?),
    ];
    for (what, rule, claim) in cases {
        let payment = forger.pay_with(forger.draft(&[coin], vec![]), &[claim])?;
        stage.report.refused(two, what, &payment.bytes(), rule).await?;
    }
    let payment = forger.pay_with(forger.draft(&[coin], vec![]), &[whole])?;
    stage.report.taken(two, "the same enote over the whole window", &payment.bytes()).await
}

/// A network whose list has fewer members than it asks for.
async fn short_list(stage: &mut Stage) -> Result<(), Failure> {
    let forger_keys = MasterSecret::random(&mut rand::rng());
    let holdings = Forger::holdings(&forger_keys, 63);
    let plan = Plan { holdings: &holdings, genesis: 63, rows: &[("min_set", 64)], ..Plan::default() };
    let (setup, [one, two]) = stage.network(&plan, ["young-1", "young-2"]).await?;
    let forger = Forger::new(&setup.network, forger_keys)?;
    forger.follow(&two).await?;
    let claim = forger.chain.claim_over(WINDOW, Interval { start: 0, length: 63 })?;
    let payment = forger.pay_with(forger.draft(&[5], vec![]), &[claim])?;
    let what = "a proof over 63 members where the network asks for 64";
    stage.report.refused(&two, what, &payment.bytes(), "Reference").await?;
    for node in [two, one] {
        node.stop().await?;
    }
    Ok(())
}
