//! What each command does.

use std::fmt::Display;

use dero_crypto::{
    enote::MemoEntries,
    keys::{Address, AddressIndex},
};
use dero_net::{
    client::{ClientError, SourceError, Sources},
    message::wallet::Reject,
    transport::{
        AddressError, HostPort, PeerId, Pinned,
        tcp::{TcpOptions, TcpTransport},
    },
};
use dero_wallet_core::{
    file::{SpendPart, ViewPart},
    scan::{Progress, Start, TipCheck},
    seed::bip39_24,
    signer::MemorySigner,
    spend::{FeeStep, PayTo, SpendRequest, Warning},
};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use crate::{Failure, Named, unix_time};

use super::{
    Command, Options, Rescan, Send,
    open::{OwnWallet, fresh_seed, master, not_in_the_future, parse_amount, show_amount, shown},
    print::{accounts, balance, history, kind, looked_from, say, warn},
};

type Nodes = Sources<TcpTransport>;
type NodeAddress = Pinned<HostPort>;

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
            let wallet = synchronised(&options).await?.wallet;
            let (text, value) = accounts(&wallet);
            say(options.json, text, &value);
            Ok(())
        }
        Command::Balance => {
            let wallet = synchronised(&options).await?.wallet;
            let (text, value) = balance(&wallet);
            say(options.json, text, &value);
            Ok(())
        }
        Command::History { no_memos } => {
            let Session { mut wallet, sources, .. } = synchronised(&options).await?;
            if !no_memos && let Err(error) = wallet.fetch_memos(&sources, &mut rand::rng()).await {
                warn(options.json, format!("not all memos could be read: {error}; ask for the history again"));
            }
            let (text, value) = history(&wallet);
            say(options.json, text, &value);
            Ok(())
        }
        Command::Rescan(from) => {
            let opened = options.unlock()?;
            options.wallet(&opened.view)?.rescan_from(start_of(*from)?)?;
            drop(opened);
            let wallet = synchronised(&options).await?.wallet;
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
    let spend = options.unlock()?.spend.ok_or_else(|| Named::new("NoSpendKey", "this wallet has no words"))?;
    let words = match (&spend, bip39) {
        (_, true) => bip39_24::export(&spend.master_secret()),
        (SpendPart::Seed(seed), false) => seed.to_words(),
        (SpendPart::Master(_), false) => {
            let what = "this wallet came from 24 words and has no sixteen";
            return Err(Named::new("Words", what).advise("ask for --bip39").into());
        }
    };
    say(options.json, words.expose(), &json!({ "words": words.expose() }));
    Ok(())
}

/// A wallet that followed the chain, and the nodes that it may ask.
struct Session {
    wallet: OwnWallet,
    sources: Nodes,
    nodes: Vec<NodeAddress>,
    /// Whether what the wallet has may be the list of a node that is not believed any more.
    disputed: bool,
}

/// The wallet, followed to the tip of a node picked at random.
async fn synchronised(options: &Options) -> Result<Session, Failure> {
    let opened = options.unlock()?;
    // The spend key is not needed to follow the chain.
    drop(opened.spend);
    let (nodes, disputed) = believed(options, &opened.view)?;
    let mut wallet = options.wallet(&opened.view)?;
    let sources = over(&wallet, nodes.clone());
    let bar = progress_bar(options.json);
    let mut left = nodes.len();
    loop {
        match wallet.sync(&sources, unix_time(), |progress| show(&bar, progress)).await {
            Ok(_) => break,
            // A node that lies is left, and another one asked.
            Err(error) if error.is_worth_another_source() && left > 1 => {
                left -= 1;
                let what = if error.blames_source() { "lied" } else { "is left" };
                if let Some(node) = sources.blame().await {
                    bar.suspend(|| warn(options.json, format!("node {node} {what}: {error}")));
                }
            }
            Err(error) => {
                bar.finish_and_clear();
                let advice = "what was scanned before is kept, so run it again, with another --node";
                return Err(Named::new("NotFollowed", error.to_string()).advise(advice).into());
            }
        }
    }
    bar.finish_and_clear();
    let offered = |name: &[u8; 32]| !wallet.references(name).is_empty();
    if opened.view.restored && !wallet.enotes().any(|enote| offered(enote.one_time_key())) {
        let height = wallet.tip().height;
        wallet.mark_restored(height)?;
    }
    Ok(Session { wallet, sources, nodes, disputed })
}

/// The nodes that may be asked, and whether there are others: nothing is proven again over the list of a node after
/// another one refused such a proof (protocol 7.5).
fn believed(options: &Options, view: &ViewPart) -> Result<(Vec<NodeAddress>, bool), Failure> {
    let parse = |flag: &str, nodes: &[String]| -> Result<Vec<NodeAddress>, Failure> {
        let wrong = |node: &str, error: AddressError| Named::new("Argument", format!("{flag} {node}: {error}"));
        nodes.iter().map(|node| node.parse().map_err(|error| wrong(node, error).into())).collect()
    };
    let (mut nodes, trusted) = (parse("--node", &options.node)?, parse("--trust", &options.trust)?);
    let mut disputed = options.disputed(view)?;
    let before = disputed.len();
    for node in trusted {
        disputed.remove(&node.peer);
        if !nodes.contains(&node) {
            nodes.push(node);
        }
    }
    if disputed.len() != before {
        options.set_disputed(view, &disputed)?;
    }
    if nodes.is_empty() {
        let advice = "give one with --node host:port#pin; a reference node prints its own at start";
        return Err(Named::new("NoNode", "no node").advise(advice).into());
    }
    nodes.retain(|node| {
        let believed = !disputed.contains(&node.peer);
        if !believed {
            warn(options.json, format!("{node} is not asked: another node refused a payment over its list"));
        }
        believed
    });
    if nodes.is_empty() {
        let advice = "name another one with --node, or one that you trust with --trust";
        return Err(Named::new("NoNode", "no node is left").advise(advice).into());
    }
    Ok((nodes, !disputed.is_empty()))
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

/// Asks nodes for the wallet's newest block until three have it (protocol 7.5, rule 1). The one of the scan is one of
/// them if its tip is that block: it may serve a lighter chain than the wallet has.
async fn confirm_tip(options: &Options, session: &Session) -> Result<(), Failure> {
    let Session { wallet, sources, nodes, disputed } = session;
    let at_tip = sources.claimed().await == Some(wallet.tip());
    let serving = if at_tip { sources.serving().await } else { None };
    let mut have_it = usize::from(at_tip);
    for node in nodes {
        if Some(node.peer) == serving || have_it == NODES_THAT_CONFIRM {
            continue;
        }
        // Over a link of its own.
        let check = wallet.check_tip(&over(wallet, vec![node.clone()])).await;
        have_it += usize::from(has_it(options, wallet, node, check)?);
    }
    if *disputed && have_it == 0 {
        let height = wallet.tip().height;
        let what =
            format!("a payment was refused over this list, and no node that is believed has its block {height}");
        let advice = "name others with --node, or wait until they have come so far";
        return Err(Named::new("NotConfirmed", what).advise(advice).into());
    }
    Ok(())
}

/// Whether a node has the wallet's newest block; an error if it has another one.
fn has_it(
    options: &Options,
    wallet: &OwnWallet,
    node: &NodeAddress,
    check: Result<TipCheck, impl Display>,
) -> Result<bool, Failure> {
    let height = wallet.tip().height;
    match check {
        Ok(TipCheck::Elsewhere) => {
            let advice = "wait until the nodes agree, or say --any-tip";
            let what = format!("{node} is on another branch than block {height}");
            return Err(Named::new("OtherBranch", what).advise(advice).into());
        }
        Ok(TipCheck::Confirmed { .. }) => return Ok(true),
        Ok(_) => warn(options.json, format!("{node} has not come so far as block {height}")),
        Err(error) => warn(options.json, format!("{node} could not confirm the newest block: {error}")),
    }
    Ok(false)
}

/// These nodes, under a key that nobody has seen before: two of them cannot compare notes.
fn over(wallet: &OwnWallet, nodes: Vec<NodeAddress>) -> Nodes {
    let transport = TcpTransport::unlinkable(own_rng(), TcpOptions::default());
    Sources::new(transport, *wallet.network().id(), nodes, own_rng())
}

/// The nodes whose list is in dispute when a transaction is refused: those that served it, if another one says that a
/// reference or a proof over it does not hold.
async fn disputed_by(error: &SourceError, sources: &Nodes) -> Vec<PeerId> {
    let SourceError::Rejected { node, cause: ClientError::Rejected(rejection) } = error else { return Vec::new() };
    if !matches!(rejection.reason, Reject::InvalidReference | Reject::BadProof) {
        return Vec::new();
    }
    let served = sources.scanned().await;
    let itself = node.parse().is_ok_and(|node: NodeAddress| served.contains(&node.peer));
    if itself { Vec::new() } else { served }
}

async fn pay(options: &Options, send: &Send) -> Result<(), Failure> {
    let amount = parse_amount(&send.amount)?;
    let kind = options.network()?.kind();
    let address =
        Address::from_text(&send.to, kind).map_err(|error| Named::new("Argument", format!("--to: {error}")))?;
    let mut session = synchronised(options).await?;
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
    if !send.any_tip || session.disputed {
        confirm_tip(options, &session).await?;
    }
    let Session { wallet, sources, .. } = &mut session;
    let mut request = SpendRequest::new([PayTo::native(address, amount).with_memo(memo)]).with_fee(fee);
    request.account = send.account;
    let rng = &mut rand::rng();
    let proposal = wallet.propose(&request, unix_time(), send.any_tip, rng)?;
    let warnings: Vec<String> = proposal.warnings().iter().map(|warning| words_of(*warning)).collect();
    if !options.json {
        warnings.iter().for_each(|warning| warn(false, warning));
    }
    let (fee, inputs, crowd) = (proposal.fee(), proposal.input_count(), proposal.crowd());

    let opened = options.unlock()?;
    let spend =
        opened.spend.ok_or_else(|| Named::new("NoSpendKey", "this wallet has no spend key: it can only look"))?;
    let mut signer = MemorySigner::new(&master(&spend), rand::rng());
    let signed = wallet.sign(proposal, &mut signer, rng)?;
    if let Err(error) = dero_ledger::source::ChainSource::submit(sources, signed.bytes()).await {
        // Whoever got it without an answer may have passed it on: its inputs stay reserved.
        if matches!(error, SourceError::NoAnswer { .. }) {
            let what = format!("{error}; the payment may have reached one of them");
            let advice = "look at `wallet history` in a while before you pay again: what it spends stays reserved \
                          until it is mined or expires";
            return Err(Named::new("NoAnswer", what).advise(advice).into());
        }
        wallet.forget(&signed)?;
        let served = disputed_by(&error, sources).await;
        let mut refused = Named::new("Refused", format!("the node did not take the payment: {error}"));
        if let SourceError::Rejected { cause: ClientError::Rejected(rejection), .. } = &error {
            refused = refused.with_data(json!({ "family": format!("{:?}", rejection.reason) }));
        }
        if !served.is_empty() {
            drop(session);
            let mut disputed = options.disputed(&opened.view)?;
            disputed.extend(&served);
            options.set_disputed(&opened.view, &disputed)?;
            let names: Vec<String> = served.iter().map(ToString::to_string).collect();
            refused = refused.advise(format!(
                "its proofs are over a list from node {}, which is not asked any more: name other nodes, or say \
                 --trust if the other one is wrong",
                names.join(" and ")
            ));
        }
        return Err(refused.into());
    }
    let txid = hex::encode(signed.txid());
    let mut text = format!(
        "sent {} with a fee of {} in transaction {txid} ({} bytes; each input hides among {crowd} ordinary enotes)",
        show_amount(amount.into()),
        show_amount(fee.into()),
        signed.bytes().len()
    );
    text.extend(looked_from(wallet).map(|line| format!("\n{line}")));
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
