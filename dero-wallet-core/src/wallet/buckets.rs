//! Fetching memos without saying which ones.
//!
//! Memos are not in the compact form, and a node that is asked for one transaction knows whose it is. So whole blocks
//! are asked for, in aligned buckets of sixteen, and beside each bucket that holds something of this wallet three
//! others. Which ones is drawn once and kept: a question that is repeated is the same question, and two answers
//! cannot be intersected. Every block is checked whole, and a false one changes no question but that for its bucket: a
//! node that lies about some blocks does not see which of them mattered. What the node still learns is that this wallet
//! may have something in one of 64 blocks.

use alloc::{
    collections::{BTreeMap, BTreeSet},
    vec::Vec,
};
use core::ops::Range;

use dero_crypto::enote::MemoEntries;
use dero_ledger::{
    block::{Block, TransactionIds, transaction_root},
    consensus::Consensus,
    rules::UnverifiedTransaction,
    source::ChainSource,
    transaction::CoinbaseTx,
};
use rand_core::CryptoRng;

use super::{Wallet, rows};
use crate::{enote::Place, scan::SyncError, store::Persister};

/// Blocks of a bucket.
const BLOCKS: u64 = 16;
/// Buckets that are asked for beside each one that matters.
const OTHERS: usize = 3;

/// A bucket that is or was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bucket {
    pub(super) read: bool,
    /// The bucket that mattered when this one was drawn; itself if it was this one.
    pub(super) cause: u64,
}

/// The transaction and the one-time key of an output whose memo is not known.
type Unread = ([u8; 32], [u8; 32]);

/// What a fetch brought.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MemoReport {
    /// Blocks that were read.
    pub blocks: u64,
    /// Blocks that the source keeps no more. They are asked for again the next time.
    pub unavailable: u64,
    /// One-time keys of the outputs beside which something stands.
    pub found: Vec<[u8; 32]>,
}

impl<P: Persister, C: Consensus> Wallet<P, C> {
    /// Reads the memos beside everything that came in and went out up to the last complete bucket of sixteen blocks,
    /// as far as they are not known yet. A newer one waits for its bucket to be complete.
    ///
    /// Give it another source than the scan, best one with a link of its own.
    ///
    /// # Errors
    ///
    /// [`SyncError`]. [`SyncError::Block`] if the source sent another block than the one that was scanned, or other
    /// transactions in it: after all questions, and what the other blocks say is kept.
    pub async fn fetch_memos<S: ChainSource>(
        &mut self,
        source: &S,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<MemoReport, SyncError<P::Error, S::Error>> {
        self.settle()?;
        let mut unread = self.unread();
        let mut questions = self.draw(unread.keys(), rng);
        self.checkpoint()?;
        let mut report = MemoReport::default();
        let mut refused = None;
        while let Some(number) = questions.pop() {
            let heights = heights(number);
            let blocks = source.blocks(heights.clone()).await.map_err(SyncError::Source)?;
            let mut whole = true;
            for (at, height) in heights.enumerate() {
                match blocks.get(at).filter(|block| !block.is_empty()) {
                    Some(block) => {
                        let unread = unread.remove(&height).unwrap_or_default();
                        match self.read_block(height, block, unread, &mut report) {
                            Ok(()) => report.blocks += 1,
                            Err(error @ SyncError::Block { .. }) => {
                                refused.get_or_insert(error);
                                whole = false;
                            }
                            Err(error) => return Err(error),
                        }
                    }
                    None => {
                        report.unavailable += 1;
                        whole = false;
                    }
                }
            }
            if whole && let Some(bucket) = self.state.buckets.get_mut(&number) {
                bucket.read = true;
                let value = rows::bucket_value(*bucket);
                self.rows.changes().put(rows::bucket_key(number), value);
            }
            self.checkpoint()?;
        }
        refused.map_or(Ok(report), Err)
    }

    /// Keeps what this wallet wrote beside an output of its own.
    pub(crate) fn keep_memo(&mut self, one_time_key: [u8; 32], entries: MemoEntries) {
        let bytes = entries.to_bytes().map_or_else(|_| Vec::new(), |bytes| bytes.expose().clone());
        self.rows.changes().put(rows::key(rows::MEMO, &one_time_key), bytes);
        self.state.memos.insert(one_time_key, entries);
    }

    /// Outputs whose memo is not known, by height.
    fn unread(&self) -> BTreeMap<u64, BTreeSet<Unread>> {
        // What is in no notice is asked for by nobody.
        let incoming = self.enotes().filter(|own| {
            !own.is_self_send() && own.asset().is_some() && matches!(own.place(), Place::Output { .. })
        });
        let incoming = incoming.map(|own| (own.height(), *own.txid(), *own.one_time_key()));
        let sent = self.state.sent.values();
        let outgoing = sent.flat_map(|sent| sent.payments.iter().map(move |paid| (sent, paid)));
        let outgoing = outgoing.map(|(sent, paid)| (sent.height, sent.txid, paid.one_time_key));
        let mut unread: BTreeMap<u64, BTreeSet<_>> = BTreeMap::new();
        for (height, txid, name) in incoming.chain(outgoing) {
            if !self.state.memos.contains_key(&name) {
                unread.entry(height).or_default().insert((txid, name));
            }
        }
        unread
    }

    /// The buckets to ask for, in random order: those that were asked for and not read, and new ones with others.
    fn draw<'a>(&mut self, unread: impl Iterator<Item = &'a u64>, rng: &mut (impl CryptoRng + ?Sized)) -> Vec<u64> {
        let complete = (self.tip().height + 1) / BLOCKS;
        let own: BTreeSet<u64> = unread.map(|height| height / BLOCKS).collect();
        let mut changed = Vec::new();
        for number in own.iter().copied().filter(|number| *number < complete) {
            match self.state.buckets.get(&number) {
                Some(Bucket { read: false, .. }) => {}
                // A reorganisation changed what is in it: the same buckets are asked for again.
                Some(Bucket { cause, .. }) => {
                    let again = *cause;
                    for (number, bucket) in &mut self.state.buckets {
                        if bucket.cause == again {
                            bucket.read = false;
                            changed.push(*number);
                        }
                    }
                }
                None => {
                    let mut drawn = Vec::from([number]);
                    while drawn.len() <= OTHERS {
                        let taken = |other: &u64| {
                            self.state.buckets.contains_key(other) || own.contains(other) || drawn.contains(other)
                        };
                        let by_age = (0..64).map(|_| by_age(complete, rng)).find(|other| !taken(other));
                        let Some(other) = by_age.or_else(|| (0..complete).find(|other| !taken(other))) else {
                            break;
                        };
                        drawn.push(other);
                    }
                    let bucket = Bucket { read: false, cause: number };
                    self.state.buckets.extend(drawn.iter().map(|number| (*number, bucket)));
                    changed.extend(drawn);
                }
            }
        }
        for number in changed {
            if let Some(bucket) = self.state.buckets.get(&number) {
                let value = rows::bucket_value(*bucket);
                self.rows.changes().put(rows::bucket_key(number), value);
            }
        }
        let open = self.state.buckets.iter().filter(|(number, bucket)| !bucket.read && **number < complete);
        let mut questions: Vec<u64> = open.map(|(number, _)| *number).collect();
        for i in (1..questions.len()).rev() {
            questions.swap(i, below(i as u64 + 1, rng) as usize);
        }
        questions
    }

    /// Reads what a block says to this wallet.
    fn read_block<S>(
        &mut self,
        height: u64,
        bytes: &[u8],
        mut unread: BTreeSet<Unread>,
        report: &mut MemoReport,
    ) -> Result<(), SyncError<P::Error, S>> {
        let wrong = || SyncError::Block { height };
        let block = Block::parse(bytes).map_err(|_| wrong())?;
        if block.header != self.own_header(height)? {
            return Err(wrong());
        }
        let (net, rules) = (*self.network().id(), self.network().rules());
        let read = block.transactions.iter().map(|bytes| UnverifiedTransaction::parse(bytes, &rules));
        let transactions: Vec<_> = read.collect::<Result<_, _>>().map_err(|_| wrong())?;
        let coinbase = CoinbaseTx::parse(block.coinbase).map_err(|_| wrong())?.id(&net);
        let ids = TransactionIds::of_block(transactions.iter().map(UnverifiedTransaction::digests), coinbase);
        if transaction_root(&net, height, &ids) != block.header.transaction_root {
            return Err(wrong());
        }
        for (read, TransactionIds { txid, .. }) in transactions.iter().zip(ids) {
            if !unread.iter().any(|(unread, _)| *unread == txid) {
                continue;
            }
            for memo in self.memos_of(read.transaction()).map_err(|_| wrong())? {
                if unread.remove(&(txid, memo.one_time_key)) {
                    report.found.push(memo.one_time_key);
                    self.keep_memo(memo.one_time_key, memo.entries);
                }
            }
            let (silent, others): (BTreeSet<Unread>, _) =
                unread.into_iter().partition(|(unread, _)| *unread == txid);
            unread = others;
            silent.into_iter().for_each(|(_, name)| self.keep_memo(name, MemoEntries::new()));
        }
        // The block has these transactions: its compact form says so.
        if unread.is_empty() { Ok(()) } else { Err(wrong()) }
    }
}

/// The heights of a bucket; genesis has no body.
fn heights(number: u64) -> Range<u64> {
    (number * BLOCKS).max(1)..(number + 1) * BLOCKS
}

/// One of `count` buckets, each doubling of its age as likely as any other: wallets read what is new sooner than
/// what is old.
fn by_age(count: u64, rng: &mut (impl CryptoRng + ?Sized)) -> u64 {
    let doublings = u64::from(count.max(1).ilog2()) + 1;
    let youngest = (1 << below(doublings, rng)) - 1;
    let oldest = (2 * youngest + 1).min(count.max(1));
    let age = youngest + below(oldest - youngest, rng);
    count.saturating_sub(1).saturating_sub(age)
}

/// Below `end`; the bias of a 64-bit remainder is far below anything that can be seen.
fn below(end: u64, rng: &mut (impl CryptoRng + ?Sized)) -> u64 {
    rng.next_u64() % end.max(1)
}
