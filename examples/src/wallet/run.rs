//! What each command does.

use dero_crypto::{
    enote::MemoEntries,
    keys::{Address, AddressIndex},
};
use dero_net::{
    client::Sources,
    transport::tcp::{TcpOptions, TcpTransport},
};
use dero_wallet_core::{
    file::SpendPart,
    scan::{Progress, SyncError},
    seed::bip39_24,
    signer::MemorySigner,
    spend::{FeeStep, PayTo, SpendRequest, Warning},
};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use crate::{Failure, unix_time};

use super::{
    Command, Options, Send,
    open::{OwnWallet, fresh_seed, master, parse_amount, show_amount, shown},
    print::{balance, history, kind, say},
};

type Nodes = Sources<TcpTransport>;

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
        Command::Address { account, index } => {
            let opened = options.unlock()?;
            let wallet = options.wallet(&opened.view)?;
            let text = wallet.address(AddressIndex::new(*account, *index)).to_text(kind(&wallet));
            say(options.json, &text, &json!({ "address": text, "account": account, "index": index }));
            Ok(())
        }
        Command::Balance => {
            let wallet = synchronised(&options).await?.0;
            let (text, value) = balance(&wallet);
            say(options.json, text, &value);
            Ok(())
        }
        Command::History => {
            let wallet = synchronised(&options).await?.0;
            let (text, value) = history(&wallet);
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
            Err(SyncError::Chain(error)) if error.blames_source() && left > 1 => {
                left -= 1;
                let node = sources.blame().await;
                bar.suspend(|| eprintln!("warning: node {node:?} lied: {error}"));
            }
            Err(error) => {
                bar.finish_and_clear();
                let advice = "what was scanned before is kept, so run it again, with another --node";
                return Err(format!("{error}; {advice}").into());
            }
        }
    }
    bar.finish_and_clear();
    if opened.view.restored && wallet.enotes().all(|enote| enote.reference().is_none()) {
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
    bar.set_message(format!("height {} of {}, {} own", progress.height, progress.tip, progress.found));
}

async fn pay(options: &Options, send: &Send) -> Result<(), Failure> {
    let amount = parse_amount(&send.amount)?;
    let kind = options.network()?.kind();
    let address = Address::from_text(&send.to, kind).map_err(|error| format!("--to: {error}"))?;
    let (mut wallet, sources) = synchronised(options).await?;
    let mut memo = MemoEntries::new();
    if let Some(text) = &send.message {
        memo.set_text(text);
    }
    let fee = match send.fee.as_str() {
        "2" => FeeStep::Double,
        "4" => FeeStep::Fourfold,
        "8" => FeeStep::Eightfold,
        _ => FeeStep::Minimum,
    };
    let request = SpendRequest::new([PayTo::native(address, amount).with_memo(memo)]).with_fee(fee);
    let rng = &mut rand::rng();
    let proposal = wallet.propose(&request, unix_time(), send.any_tip, rng)?;
    if !options.json {
        proposal.warnings().iter().for_each(|warning| eprintln!("warning: {}", words_of(*warning)));
    }
    let warnings: Vec<String> = proposal.warnings().iter().map(|warning| words_of(*warning)).collect();
    let (fee, inputs) = (proposal.fee(), proposal.input_count());

    let spend = options.unlock()?.spend.ok_or("this wallet has no spend key: it can only look")?;
    let mut signer = MemorySigner::new(&master(&spend), rand::rng());
    let signed = wallet.sign(proposal, &mut signer, rng)?;
    if let Err(error) = dero_ledger::source::ChainSource::submit(&sources, signed.bytes()).await {
        wallet.forget(&signed)?;
        return Err(format!("the node did not take the payment: {error}").into());
    }
    let txid = hex::encode(signed.txid());
    let text = format!(
        "sent {} with a fee of {} in transaction {txid} ({} bytes)",
        show_amount(amount.into()),
        show_amount(fee.into()),
        signed.bytes().len()
    );
    let value = json!({
        "txid": txid, "amount": amount.to_string(), "fee": fee.to_string(), "inputs": inputs,
        "bytes": signed.bytes().len(), "warnings": warnings,
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
        Warning::RestoredBefore => {
            "an input is older than the restore: an earlier attempt may have shown another set".into()
        }
        Warning::ReferenceChanged => "an input had to change its set after a deep reorganisation".into(),
        _ => "see the documentation of Warning".into(),
    }
}
