//! What each command does.

use dero_crypto::{
    enote::MemoEntries,
    keys::{Address, AddressIndex},
};
use dero_net::{
    client::{SourceError, Sources},
    transport::{
        Pinned, Transport,
        tcp::{TcpOptions, TcpTransport},
    },
};
use dero_wallet_core::{
    file::SpendPart,
    scan::{Progress, Start, TipCheck},
    seed::bip39_24,
    signer::MemorySigner,
    spend::{FeeStep, PayTo, SpendRequest, Warning},
};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use crate::{Failure, unix_time};

use super::{
    Command, Options, Rescan, Send,
    open::{OwnWallet, fresh_seed, master, not_in_the_future, parse_amount, show_amount, shown},
    print::{accounts, balance, history, kind, looked_from, say},
};

type Nodes = Sources<TcpTransport>;

/// So many nodes must have the block that a payment is built on, or all that are known.
const NODES_THAT_CONFIRM: usize = 3;

fn own_rng() -> rand::rngs::StdRng {
    rand::make_rng()
}

/// Runs the program.
///
/// # Errors
///
/// What went wrong and what to do, in one line.
pub async fn run(options: Options) -> Result<(), Failure> {
    match &options.command {
        Command::Create { quiet } => create(&options, *quiet),
        Command::Restore(restore) => {
            let (spend, birthday) = restore.read()?;
            options.create(spend, birthday, !restore.fresh)?;
            let file = shown(&options.file);
            say(
                options.json,
                format!("{file} restored; the next balance scans the chain"),
                &json!({ "file": file }),
            );
            Ok(())
        }
        Command::Words { bip39 } => words(&options, *bip39),
        Command::Address { account, index, new, label } => {
            let opened = options.unlock()?;
            let mut wallet = options.wallet(&opened.view)?;
            let mut at = AddressIndex::new(*account, *index);
            if *new {
                at = wallet.new_address(*account, label.as_deref().unwrap_or_default())?.0;
            } else if let Some(label) = label {
                wallet.set_label(at, label)?;
            }
            let text = wallet.address(at).to_text(kind(&wallet));
            let (index, label) = (at.address(), wallet.label(at));
            say(
                options.json,
                &text,
                &json!({ "address": text, "account": account, "index": index, "label": label }),
            );
            Ok(())
        }
        Command::Accounts => {
            let wallet = synchronised(&options).await?.0;
            let (text, value) = accounts(&wallet);
            say(options.json, text, &value);
            Ok(())
        }
        Command::Balance => {
            let wallet = synchronised(&options).await?.0;
            let (text, value) = balance(&wallet);
            say(options.json, text, &value);
            Ok(())
        }
        Command::History { no_memos } => {
            let (mut wallet, sources) = synchronised(&options).await?;
            if !no_memos && let Err(error) = wallet.fetch_memos(&sources, &mut rand::rng()).await {
                eprintln!("warning: not all memos could be read: {error}; ask for the history again");
            }
            let (text, value) = history(&wallet);
            say(options.json, text, &value);
            Ok(())
        }
        Command::Rescan(from) => {
            let opened = options.unlock()?;
            options.wallet(&opened.view)?.rescan_from(start_of(*from)?)?;
            drop(opened);
            let wallet = synchronised(&options).await?.0;
            let (text, value) = balance(&wallet);
            say(options.json, text, &value);
            Ok(())
        }
        Command::Send(send) => pay(&options, send).await,
    }
}

fn create(options: &Options, quiet: bool) -> Result<(), Failure> {
    let seed = fresh_seed();
    let words = seed.to_words();
    let birthday = seed.birthday();
    options.create(SpendPart::Seed(seed), birthday, false)?;
    let file = shown(&options.file);
    if quiet {
        say(options.json, format!("{file} made"), &json!({ "file": file }));
    } else {
        let text = format!(
            "{file} made. Write these sixteen words down; whoever has them has the wallet:\n\n{}\n",
            words.expose()
        );
        say(options.json, text, &json!({ "file": file, "words": words.expose() }));
    }
    Ok(())
}

fn start_of(from: Rescan) -> Result<Start, Failure> {
    Ok(match from {
        Rescan { from_height: Some(height), .. } => Start::Height(height),
        Rescan { birthday: Some(time), .. } => Start::birthday(not_in_the_future(time)?),
        Rescan { .. } => Start::Genesis,
    })
}

fn words(options: &Options, bip39: bool) -> Result<(), Failure> {
    let spend = options.unlock()?.spend.ok_or("this wallet has no spend key, so it has no words")?;
    let words = match (&spend, bip39) {
        (_, true) => bip39_24::export(&spend.master_secret()),
        (SpendPart::Seed(seed), false) => seed.to_words(),
        (SpendPart::Master(_), false) => {
            return Err("this wallet came from 24 words and has no sixteen: ask for --bip39".into());
        }
    };
    say(options.json, words.expose(), &json!({ "words": words.expose() }));
    Ok(())
}

/// The wallet, followed to the tip of a node picked at random.
async fn synchronised(options: &Options) -> Result<(OwnWallet, Nodes), Failure> {
    let opened = options.unlock()?;
    let mut wallet = options.wallet(&opened.view)?;
    // The spend key is not needed to follow the chain.
    drop(opened.spend);
    let sources = connect(options, &wallet)?;
    let bar = progress_bar(options.json);
    let mut left = options.node.len();
    loop {
        match wallet.sync(&sources, unix_time(), |progress| show(&bar, progress)).await {
            Ok(_) => break,
            // A node that lies is left, and another one asked.
            Err(error) if error.is_worth_another_source() && left > 1 => {
                left -= 1;
                let what = if error.blames_source() { "lied" } else { "is left" };
                if let Some(node) = sources.blame().await {
                    bar.suspend(|| eprintln!("warning: node {node} {what}: {error}"));
                }
            }
            Err(error) => {
                bar.finish_and_clear();
                let advice = "what was scanned before is kept, so run it again, with another --node";
                return Err(format!("{error}; {advice}").into());
            }
        }
    }
    bar.finish_and_clear();
    let offered = |name: &[u8; 32]| !wallet.references(name).is_empty();
    if opened.view.restored && !wallet.enotes().any(|enote| offered(enote.one_time_key())) {
        let height = wallet.tip().height;
        wallet.mark_restored(height)?;
    }
    Ok((wallet, sources))
}

fn connect(options: &Options, wallet: &OwnWallet) -> Result<Nodes, Failure> {
    if options.node.is_empty() {
        return Err("no node: give one with --node host:port#pin; a reference node prints its own at start".into());
    }
    let mut addresses = Vec::new();
    for node in &options.node {
        addresses.push(node.parse().map_err(|error| format!("--node {node}: {error}"))?);
    }
    // A key that nobody has seen before: two nodes cannot compare notes.
    let transport = TcpTransport::unlinkable(own_rng(), TcpOptions::default());
    Ok(Sources::new(transport, *wallet.network().id(), addresses, own_rng()))
}

fn progress_bar(hidden: bool) -> ProgressBar {
    if hidden {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("scanning {bar:30} {pos}/{len} enotes, {msg}, {eta} left");
    ProgressBar::new(0).with_style(style.expect("a valid template"))
}

fn show(bar: &ProgressBar, progress: Progress) {
    bar.set_length(progress.total);
    bar.set_position(progress.done);
    let (height, tip) = (progress.height, progress.tip);
    bar.set_message(match progress.scans_from.checked_sub(1) {
        Some(end) if height < end => format!("header {height} of {end}"),
        _ => format!("height {height} of {tip}, {} own", progress.found),
    });
}

/// Asks up to three nodes for the wallet's newest block (protocol 7.5, rule 1).
async fn confirm_tip(options: &Options, wallet: &OwnWallet, sources: &Nodes) -> Result<(), Failure> {
    let serving = sources.serving().await;
    let mut have_it = 1;
    for node in &options.node {
        let address: Pinned<_> = node.parse().map_err(|error| format!("--node {node}: {error}"))?;
        if Some(address.peer) == serving || have_it == NODES_THAT_CONFIRM {
            continue;
        }
        match wallet.check_tip(&one(wallet, address)).await {
            Ok(TipCheck::Elsewhere) => {
                return Err(format!(
                    "{node} has another block {}: wait until the nodes agree, or say --any-tip",
                    wallet.tip().height
                )
                .into());
            }
            Ok(TipCheck::Confirmed { .. }) => have_it += 1,
            Ok(_) => eprintln!("warning: {node} has not come so far as block {}", wallet.tip().height),
            Err(error) => eprintln!("warning: {node} could not confirm the newest block: {error}"),
        }
    }
    Ok(())
}

/// A node by itself, over a link of its own.
fn one(wallet: &OwnWallet, node: Pinned<<TcpTransport as Transport>::Address>) -> Nodes {
    let transport = TcpTransport::unlinkable(own_rng(), TcpOptions::default());
    Sources::new(transport, *wallet.network().id(), vec![node], own_rng())
}

async fn pay(options: &Options, send: &Send) -> Result<(), Failure> {
    let amount = parse_amount(&send.amount)?;
    let kind = options.network()?.kind();
    let address = Address::from_text(&send.to, kind).map_err(|error| format!("--to: {error}"))?;
    let (mut wallet, sources) = synchronised(options).await?;
    let mut memo = MemoEntries::new();
    if let Some(text) = &send.memo {
        memo.set_text(text);
    }
    let fee = match send.fee.as_str() {
        "2" => FeeStep::Double,
        "4" => FeeStep::Fourfold,
        "8" => FeeStep::Eightfold,
        _ => FeeStep::Minimum,
    };
    if !send.any_tip {
        confirm_tip(options, &wallet, &sources).await?;
    }
    let mut request = SpendRequest::new([PayTo::native(address, amount).with_memo(memo)]).with_fee(fee);
    request.account = send.account;
    let rng = &mut rand::rng();
    let proposal = wallet.propose(&request, unix_time(), send.any_tip, rng)?;
    if !options.json {
        proposal.warnings().iter().for_each(|warning| eprintln!("warning: {}", words_of(*warning)));
    }
    let warnings: Vec<String> = proposal.warnings().iter().map(|warning| words_of(*warning)).collect();
    let (fee, inputs, crowd) = (proposal.fee(), proposal.input_count(), proposal.crowd());

    let spend = options.unlock()?.spend.ok_or("this wallet has no spend key: it can only look")?;
    let mut signer = MemorySigner::new(&master(&spend), rand::rng());
    let signed = wallet.sign(proposal, &mut signer, rng)?;
    if let Err(error) = dero_ledger::source::ChainSource::submit(&sources, signed.bytes()).await {
        // Whoever got it without an answer may have passed it on: its inputs stay reserved.
        if matches!(error, SourceError::NoAnswer { .. }) {
            return Err(format!(
                "{error}; the payment may have reached one of them. Look at `wallet history` in a while before you pay again: \
                 what it spends stays reserved until it is mined or expires"
            )
            .into());
        }
        wallet.forget(&signed)?;
        return Err(format!("the node did not take the payment: {error}").into());
    }
    let txid = hex::encode(signed.txid());
    let mut text = format!(
        "sent {} with a fee of {} in transaction {txid} ({} bytes; each input hides among {crowd} ordinary enotes)",
        show_amount(amount.into()),
        show_amount(fee.into()),
        signed.bytes().len()
    );
    text.extend(looked_from(&wallet).map(|line| format!("\n{line}")));
    let value = json!({
        "txid": txid, "amount": amount.to_string(), "fee": fee.to_string(), "inputs": inputs,
        "scanned_from": wallet.scans_from(), "bytes": signed.bytes().len(), "crowd": crowd, "warnings": warnings,
    });
    say(options.json, text, &value);
    Ok(())
}

fn words_of(warning: Warning) -> String {
    match warning {
        Warning::FewMembers { ordinary } => {
            format!("an input hides among only {ordinary} ordinary enotes; the chain is young")
        }
        Warning::ManyGroups { groups } => format!("the inputs cite {groups} groups, each of which tells an age"),
        Warning::FastWindow { span, median } => {
            format!(
                "the newest set filled in {span} blocks instead of {median}: somebody may know most of its enotes"
            )
        }
        Warning::UncommonShape { inputs } => {
            format!("{inputs} inputs are rare: payments to yourself make enotes that fill up to a common number")
        }
        Warning::SeveralAccounts { accounts } => {
            format!(
                "the inputs were paid to {accounts} accounts, which are seen to be one wallet's: --account takes one"
            )
        }
        Warning::RestoredBefore => {
            "an input is older than the restore: an earlier attempt may have shown another set".into()
        }
        Warning::ReferenceChanged => "an input had to change its set after a deep reorganisation".into(),
        _ => "see the documentation of Warning".into(),
    }
}
