//! What each command does.

use std::collections::BTreeSet;

use dero_crypto::keys::AddressIndex;
use dero_net::{
    client::{SourceError, Sources},
    transport::{
        AddressError, HostPort, PeerId, Pinned,
        tcp::{TcpOptions, TcpTransport},
    },
};
use dero_wallet_core::{
    file::{SpendPart, ViewPart},
    scan::{Progress, Start, SyncError, TipCheck},
    seed::bip39_24,
};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use crate::{Failure, Named, unix_time};

use super::{
    Command, Options, Rescan,
    open::{OwnWallet, fresh_seed, mark_if_lost, not_in_the_future, shown},
    print::{accounts, balance, history, kind, say, warn},
    send::{pay, resend},
};

type Nodes = Sources<TcpTransport>;
pub(super) type NodeAddress = Pinned<HostPort>;

/// So many nodes are asked for the block that a payment is built on, or all that are known.
const NODES_THAT_CONFIRM: usize = 3;
/// So many passes for each node: the nodes that failed once and the ones that lied are behind before all are used up.
const PASSES_A_NODE: usize = 2;

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
        Command::Resend { txid } => resend(&options, txid.as_deref()).await,
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
pub(super) struct Session {
    pub(super) wallet: OwnWallet,
    pub(super) sources: Nodes,
    nodes: Vec<NodeAddress>,
    /// Whether what the wallet has may be the list of a node that another one contradicted.
    pub(super) disputed: bool,
}

/// The wallet, followed to the tip of a node picked at random.
pub(super) async fn synchronised(options: &Options) -> Result<Session, Failure> {
    let opened = options.unlock()?;
    // The spend key is not needed to follow the chain.
    drop(opened.spend);
    let (mut nodes, disputed) = believed(options, &opened.view)?;
    let mut wallet = options.wallet(&opened.view)?;
    let sources = over(&wallet, nodes.clone());
    follow(options, &mut wallet, &sources, &mut nodes).await?;
    if mark_if_lost(&mut wallet, &opened.view)? {
        let what = "this wallet was restored, or its state is lost: it knows nothing of what it cited before, nor of \
                    payments that may still be on their way";
        warn(options.json, what);
    }
    Ok(Session { wallet, sources, nodes, disputed })
}

/// Follows the chain, in one pass after another until one ends well. A node that lies is left, and another one asked;
/// one that fails lied to nobody, and may be back.
async fn follow(
    options: &Options,
    wallet: &mut OwnWallet,
    sources: &Nodes,
    nodes: &mut Vec<NodeAddress>,
) -> Result<(), Failure> {
    let bar = progress_bar(options.json);
    let mut left = PASSES_A_NODE * nodes.len();
    while let Err(error) = wallet.sync(sources, unix_time(), |progress| show(&bar, progress)).await {
        left = left.saturating_sub(1);
        let blamed = if error.is_worth_another_source() { sources.blame().await } else { None };
        nodes.retain(|node| Some(node.peer) != blamed);
        // Where no node answered, all were asked.
        let another = match &error {
            SyncError::Source(error) => matches!(error, SourceError::PassFailed { .. }),
            error => error.is_worth_another_source(),
        };
        if !another || left == 0 || nodes.is_empty() {
            bar.finish_and_clear();
            if !error.is_worth_another_source() {
                return Err(Named::new("WalletState", error.to_string()).into());
            }
            let advice = "what was scanned before is kept, so run it again, with another --node";
            return Err(Named::new("NotFollowed", error.to_string()).advise(advice).into());
        }
        let what = if error.blames_source() { "lied" } else { "is left" };
        let what = blamed.map(|node| format!("node {node} {what}: ")).unwrap_or_default();
        bar.suspend(|| warn(options.json, format!("{what}{error}")));
    }
    bar.finish_and_clear();
    Ok(())
}

/// The nodes that may be asked, and whether any was contradicted so far. Where a node refused a proof over the list of
/// another one, one of the two is wrong: payments are made over neither until the owner says which is to be trusted
/// (protocol 7.5). Whoever only looks may ask both.
fn believed(options: &Options, view: &ViewPart) -> Result<(Vec<NodeAddress>, bool), Failure> {
    let pays = matches!(options.command, Command::Send(_) | Command::Resend { .. });
    let asked = pays || !options.trust.is_empty();
    let mut disputed = if asked { options.disputed(view)? } else { BTreeSet::new() };
    let (before, mut nodes) = (disputed.len(), Vec::<NodeAddress>::new());
    for (flag, texts) in [("--node", &options.node), ("--trust", &options.trust)] {
        for text in texts {
            let wrong = |error: AddressError| Named::new("Argument", format!("{flag} {text}: {error}"));
            let node: NodeAddress = text.parse().map_err(wrong)?;
            if flag == "--trust" {
                disputed.remove(&node.peer);
            }
            if nodes.iter().all(|known| known.peer != node.peer) {
                nodes.push(node);
            }
        }
    }
    if disputed.len() != before {
        options.set_disputed(view, &disputed)?;
    }
    if nodes.is_empty() {
        let advice = "give one with --node host:port#pin; a reference node prints its own at start";
        return Err(Named::new("NoNode", "no node").advise(advice).into());
    }
    if pays {
        nodes.retain(|node| {
            let believed = !disputed.contains(&node.peer);
            if !believed {
                warn(options.json, format!("{node} is not asked: it and another node contradicted each other"));
            }
            believed
        });
        if nodes.is_empty() {
            let advice = "name another one with --node, or one that you trust with --trust";
            return Err(Named::new("NoNode", "no node is left to pay over").advise(advice).into());
        }
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

/// Asks up to three nodes for the wallet's newest block (protocol 7.5, rule 1); returns those that have it. One on
/// another branch stops the payment unless `any_tip`, one that is behind or silent is warned about. The one of the scan
/// counts if its tip is that block: it may serve a lighter chain than the wallet has.
pub(super) async fn confirm_tip(
    options: &Options,
    session: &Session,
    any_tip: bool,
) -> Result<Vec<PeerId>, Failure> {
    let Session { wallet, sources, nodes, disputed } = session;
    let at_tip = sources.claimed().await == Some(wallet.tip());
    let serving = if at_tip { sources.serving().await } else { None };
    let mut have_it: Vec<PeerId> = serving.into_iter().collect();
    let height = wallet.tip().height;
    for node in nodes.iter().filter(|node| Some(node.peer) != serving) {
        if have_it.len() == NODES_THAT_CONFIRM {
            break;
        }
        // Over a link of its own.
        match wallet.check_tip(&over(wallet, vec![node.clone()])).await {
            Ok(TipCheck::Confirmed { .. }) => have_it.push(node.peer),
            Ok(TipCheck::Elsewhere) => {
                let what = format!("{node} is on another branch than block {height}");
                if !any_tip {
                    let advice = "wait until the nodes agree, or say --any-tip";
                    return Err(Named::new("OtherBranch", what).advise(advice).into());
                }
                warn(options.json, what);
            }
            Ok(_) => warn(options.json, format!("{node} has not come so far as block {height}")),
            Err(error) => warn(options.json, format!("{node} could not confirm the newest block: {error}")),
        }
    }
    if *disputed && have_it.is_empty() {
        let what = format!("nodes contradicted each other, and none of the others has the wallet's block {height}");
        let advice = "name others with --node or --trust, or wait until they have come so far";
        return Err(Named::new("NotConfirmed", what).advise(advice).into());
    }
    Ok(have_it)
}

/// These nodes, under a key that nobody has seen before: two of them cannot compare notes.
fn over(wallet: &OwnWallet, nodes: Vec<NodeAddress>) -> Nodes {
    let transport = TcpTransport::unlinkable(own_rng(), TcpOptions::default());
    Sources::new(transport, *wallet.network().id(), nodes, own_rng())
}
