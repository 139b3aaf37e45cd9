//! What a node learns from the questions of a wallet: which part of the chain it reads, and nothing else.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
    sync::Mutex,
};

use crate::common::{COIN, Person, Town, address, master};
use dero_crypto::enote::MemoEntries;
use dero_ledger::{block::BlockRef, source::ChainSource, store::StoredCompact};
use dero_wallet_core::{
    scan::SyncError,
    spend::{PayTo, SpendRequest},
    testing::{MemorySource, Refused, at_once},
};
use rand::{SeedableRng, rngs::StdRng};

/// A node that writes down what it is asked, and may change the blocks that it hands out.
pub(crate) struct Scribe<'a> {
    chain: &'a MemorySource,
    asked: Mutex<Vec<String>>,
    change: Box<dyn Fn(u64, &mut Vec<u8>) + Send + Sync>,
}

impl<'a> Scribe<'a> {
    pub(crate) fn new(chain: &'a MemorySource) -> Self {
        Self::changing(chain, |_, _| {})
    }

    fn changing(chain: &'a MemorySource, change: impl Fn(u64, &mut Vec<u8>) + Send + Sync + 'static) -> Self {
        Self { chain, asked: Mutex::default(), change: Box::new(change) }
    }

    fn note(&self, question: String) {
        self.asked.lock().unwrap().push(question);
    }

    pub(crate) fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.asked.lock().unwrap())
    }
}

impl ChainSource for Scribe<'_> {
    type Error = Refused;

    async fn tip(&self) -> Result<BlockRef, Refused> {
        self.note("tip".into());
        self.chain.tip().await
    }
    async fn headers(&self, heights: Range<u64>) -> Result<Vec<([u8; 288], u64)>, Refused> {
        self.note(format!("headers {heights:?}"));
        self.chain.headers(heights).await
    }
    async fn compact(&self, heights: Range<u64>) -> Result<Vec<StoredCompact>, Refused> {
        self.note(format!("compact {heights:?}"));
        self.chain.compact(heights).await
    }
    async fn listed(&self, positions: Range<u64>) -> Result<Vec<[u8; 96]>, Refused> {
        self.note(format!("listed {positions:?}"));
        self.chain.listed(positions).await
    }
    async fn blocks(&self, heights: Range<u64>) -> Result<Vec<Vec<u8>>, Refused> {
        self.note(format!("blocks {heights:?}"));
        let mut blocks = self.chain.blocks(heights.clone()).await?;
        heights.zip(&mut blocks).for_each(|(height, block)| (self.change)(height, block));
        Ok(blocks)
    }
    async fn submit(&self, transaction: &[u8]) -> Result<(), Refused> {
        self.note(format!("submit {}", hex::encode(transaction)));
        self.chain.submit(transaction).await
    }
}

fn memo(text: &str) -> MemoEntries {
    let mut memo = MemoEntries::new();
    memo.set_text(text);
    memo
}

/// A chain of 200 blocks; in block 101 Alice pays Bob and writes something beside it, in block 151 nothing.
fn town() -> Town {
    let mut town = Town::new(&[5 * COIN; 4], &[COIN, COIN]);
    for (height, text) in [(100, Some("for the books")), (150, None)] {
        town.chain.mine_to(height);
        town.sync();
        let paid = PayTo::native(address(2), COIN);
        let paid = text.map_or(paid.clone(), |text| paid.with_memo(memo(text)));
        town.alice.pay(&town.chain, &SpendRequest::new([paid]));
        town.mine(1);
    }
    town.chain.mine_to(200);
    town.sync();
    town
}

fn fetch(
    person: &mut Person,
    source: &Scribe<'_>,
) -> Result<Vec<[u8; 32]>, SyncError<std::convert::Infallible, Refused>> {
    at_once(person.wallet.fetch_memos(source, &mut person.rng)).map(|report| report.found)
}

/// The texts that a wallet shows, incoming and outgoing.
fn texts(person: &Person) -> Vec<String> {
    let incoming = person.wallet.enotes().map(|own| *own.one_time_key());
    let sent = person.wallet.history().into_iter().filter_map(|line| match line {
        dero_wallet_core::wallet::Activity::Outgoing(sent) => Some(sent.payments.clone()),
        dero_wallet_core::wallet::Activity::Incoming { .. } => None,
    });
    let names: BTreeSet<[u8; 32]> = incoming.chain(sent.flatten().map(|payment| payment.one_time_key)).collect();
    names.iter().filter_map(|name| Some(person.wallet.memo(name)?.text()?.to_owned())).collect()
}

#[test]
fn a_scan_asks_the_same_whatever_the_wallet_owns() {
    let town = town();
    let mut seen = BTreeSet::new();
    for name in [1, 2, 3] {
        let scribe = Scribe::new(&town.chain);
        let mut person = Person::new(name, &town.network);
        at_once(person.wallet.sync(&scribe, town.chain.now(), |_| {})).unwrap();
        at_once(person.wallet.check_tip(&scribe)).unwrap();
        let asked = scribe.asked();
        assert!(!asked.iter().any(|question| question.starts_with("blocks") || question.starts_with("listed")));
        seen.insert(asked);
    }
    assert_eq!(seen.len(), 1);
}

#[test]
fn a_recipient_reads_memos_from_whole_blocks_among_others() {
    let mut town = town();
    let scribe = Scribe::new(&town.chain);
    assert!(texts(&town.bob).is_empty());
    let found = fetch(&mut town.bob, &scribe).unwrap();
    assert_eq!((found.len(), texts(&town.bob)), (1, vec!["for the books".to_owned()]));
    // Blocks 101 and 151 stand in buckets 6 and 9: aligned ranges of 16 blocks, three others beside each.
    let asked = scribe.asked();
    assert_eq!(asked.len(), 8);
    assert!(asked.contains(&"blocks 96..112".into()) && asked.contains(&"blocks 144..160".into()));
    assert_eq!(asked.iter().collect::<BTreeSet<_>>().len(), 8);
    for question in &asked {
        let (start, end) = question["blocks ".len()..].split_once("..").unwrap();
        let (start, end): (u64, u64) = (start.parse().unwrap(), end.parse().unwrap());
        assert!(end % 16 == 0 && end <= 200 && (start + 16 == end || (start, end) == (1, 16)), "{question}");
    }
    // Known now, and not asked for again.
    assert!(fetch(&mut town.bob, &scribe).unwrap().is_empty());
    assert!(scribe.asked().is_empty());
    // Who wrote it knows it without asking; who has nothing asks nothing.
    assert_eq!(texts(&town.alice), ["for the books"]);
    for person in [&mut town.alice, &mut Person::new(3, &town.network)] {
        fetch(person, &scribe).unwrap();
        assert!(scribe.asked().is_empty());
    }
}

#[test]
fn the_other_blocks_are_drawn_and_new_ones_are_as_likely_as_old_ones() {
    let town = town();
    let mut asked: BTreeMap<String, u32> = BTreeMap::new();
    for draw in 0..60 {
        let scribe = Scribe::new(&town.chain);
        let mut bob = Person::new(2, &town.network);
        bob.sync(&town.chain);
        bob.rng = StdRng::seed_from_u64(draw);
        fetch(&mut bob, &scribe).unwrap();
        scribe.asked().into_iter().for_each(|question| *asked.entry(question).or_default() += 1);
    }
    assert_eq!(asked.len(), 12, "every bucket is asked for by somebody");
    assert_eq!((asked["blocks 96..112"], asked["blocks 144..160"]), (60, 60));
    assert!(asked.values().filter(|times| **times == 60).count() == 2, "{asked:?}");
}

#[test]
fn a_question_that_is_repeated_is_the_same_question() {
    let mut town = town();
    let refusing = Scribe::changing(&town.chain, |_, block| block.clear());
    let sorted = |scribe: &Scribe<'_>| scribe.asked().into_iter().collect::<BTreeSet<_>>();
    // The node keeps no bodies any more.
    let report = at_once(town.bob.wallet.fetch_memos(&refusing, &mut town.bob.rng)).unwrap();
    assert_eq!((report.blocks, report.found.len()), (0, 0));
    assert!(report.unavailable >= 127);
    let first = sorted(&refusing);
    for _ in 0..3 {
        fetch(&mut town.bob, &refusing).unwrap();
        assert_eq!(sorted(&refusing), first);
    }
    let honest = Scribe::new(&town.chain);
    assert_eq!(fetch(&mut town.bob, &honest).unwrap().len(), 1);
    assert_eq!(sorted(&honest), first);
}

#[test]
fn a_restored_wallet_reads_what_it_wrote_and_a_rescan_keeps_it() {
    let town = town();
    let scribe = Scribe::new(&town.chain);
    let mut restored = Person::new(1, &town.network);
    restored.sync(&town.chain);
    assert!(texts(&restored).is_empty());
    assert_eq!(fetch(&mut restored, &scribe).unwrap().len(), 1);
    assert_eq!(texts(&restored), ["for the books"]);
    assert_eq!(scribe.asked().len(), 8);
    restored.wallet.rescan().unwrap();
    restored.sync(&town.chain);
    assert_eq!(texts(&restored), ["for the books"]);
    fetch(&mut restored, &scribe).unwrap();
    assert!(scribe.asked().is_empty());
}

#[test]
fn the_memo_of_a_bucket_that_is_not_complete_waits() {
    let mut town = town();
    let paid = PayTo::native(address(2), COIN).with_memo(memo("soon"));
    town.alice.pay(&town.chain, &SpendRequest::new([paid]));
    town.mine(1);
    // Block 201 is in bucket 12, whose last block is 207.
    let mut expected = vec!["for the books".to_owned()];
    for height in [201, 206, 207] {
        town.chain.mine_to(height);
        town.sync();
        let scribe = Scribe::new(&town.chain);
        fetch(&mut town.bob, &scribe).unwrap();
        if height == 207 {
            expected.push("soon".to_owned());
        }
        let mut shown = texts(&town.bob);
        shown.sort();
        assert_eq!(shown, expected, "{height}");
        assert_eq!(town.bob.balance().total(), u128::from(4 * COIN));
        assert_eq!(town.bob.balance().pending, u128::from(COIN));
    }
}

/// Changes a block.
type Lie = Box<dyn Fn(&mut Vec<u8>) + Send + Sync>;

#[test]
fn a_block_that_was_not_scanned_or_that_lacks_a_transaction_is_refused_and_the_payment_counts() {
    use dero_ledger::block::{Block, encode_block, encode_body};
    let mut town = town();
    let total = town.bob.balance().total();
    let without = |block: &mut Vec<u8>| {
        let read = Block::parse(block).unwrap();
        let none: [&[u8]; 0] = [];
        let body = encode_body(&none, read.coinbase);
        *block = encode_block(&read.header.to_bytes(), read.nonce, &body);
    };
    let changed = |block: &mut Vec<u8>| {
        // The last byte of the only transaction: its memos stand there.
        let read = Block::parse(block).unwrap();
        let mut transaction = read.transactions[0].to_vec();
        let last = transaction.len() - 1;
        transaction[last - 4] ^= 1;
        let body = encode_body(&[transaction], read.coinbase);
        *block = encode_block(&read.header.to_bytes(), read.nonce, &body);
    };
    let lies: [(&str, Lie); 6] = [
        ("a transaction left out", Box::new(without)),
        ("a changed memo", Box::new(changed)),
        ("another header", Box::new(|block| block[40] ^= 1)),
        ("no block", Box::new(|block| *block = vec![7; 400])),
        ("cut short", Box::new(|block| block.truncate(block.len() - 1))),
        ("a byte more", Box::new(|block| block.push(0))),
    ];
    for (what, lie) in lies {
        let liar = Scribe::changing(&town.chain, move |height, block| {
            if height == 101 {
                lie(block);
            }
        });
        let error = fetch(&mut town.bob, &liar).expect_err(what);
        assert!(matches!(error, SyncError::Block { height: 101 }) && error.blames_source(), "{what}: {error}");
        assert!(texts(&town.bob).is_empty(), "{what}");
        assert_eq!(town.bob.balance().total(), total, "{what}");
    }
    assert_eq!(fetch(&mut town.bob, &Scribe::new(&town.chain)).unwrap().len(), 1);
}

/// Else a node that spoils some blocks would see which of them the wallet needs.
#[test]
fn a_false_block_is_refused_and_changes_the_same_whether_it_mattered_or_not() {
    let town = town();
    let bob = || {
        let mut bob = Person::new(2, &town.network);
        bob.sync(&town.chain);
        bob
    };
    let honest = Scribe::new(&town.chain);
    fetch(&mut bob(), &honest).unwrap();
    let asked = honest.asked();
    let start = |question: &str| question["blocks ".len()..].split_once("..").unwrap().0.parse::<u64>().unwrap();
    let other = asked.iter().map(|question| start(question)).find(|start| ![96, 144].contains(start)).unwrap();
    for spoilt in [other, 101] {
        let liar = Scribe::changing(&town.chain, move |height, block| {
            if height == spoilt {
                // In the coinbase.
                *block.last_mut().unwrap() ^= 1;
            }
        });
        let mut bob = bob();
        let error = fetch(&mut bob, &liar).expect_err("a false block");
        assert!(matches!(error, SyncError::Block { height } if height == spoilt), "{error}");
        assert_eq!(liar.asked(), asked);
        fetch(&mut bob, &honest).unwrap();
        let [again] = honest.asked().try_into().expect("one question");
        assert_eq!(start(&again) / 16, spoilt / 16);
        assert_eq!(texts(&bob), ["for the books"]);
    }
}

#[test]
fn a_reorganisation_asks_for_the_same_blocks_again() {
    let mut town = town();
    let mut other = town.chain.fork(100);
    let scribe = Scribe::new(&town.chain);
    fetch(&mut town.bob, &scribe).unwrap();
    let first: BTreeSet<_> = scribe.asked().into_iter().collect();
    // On the other branch the payment of block 101 has another memo, and the bucket is the same.
    let mut alice = Person::new(1, &town.network);
    // Another draw than on the first branch, else the payment has the same one-time keys.
    alice.rng = StdRng::seed_from_u64(297);
    alice.sync(&other);
    alice.pay(&other, &SpendRequest::new([PayTo::native(address(2), COIN).with_memo(memo("again"))]));
    other.mine_to(210);
    town.bob.sync(&other);
    let scribe = Scribe::new(&other);
    fetch(&mut town.bob, &scribe).unwrap();
    let second: BTreeSet<_> = scribe.asked().into_iter().collect();
    assert!(second.len() == 4 && second.is_subset(&first), "{first:?} {second:?}");
    assert_eq!(texts(&town.bob), ["again"]);
}

#[test]
fn keys_never_leave() {
    let mut town = town();
    let scribe = Scribe::new(&town.chain);
    let mut alice = Person::new(1, &town.network);
    at_once(alice.wallet.sync(&scribe, town.chain.now(), |_| {})).unwrap();
    at_once(alice.wallet.check_tip(&scribe)).unwrap();
    at_once(alice.wallet.fetch_memos(&scribe, &mut alice.rng)).unwrap();
    let request = SpendRequest::new([PayTo::native(address(2), COIN).with_memo(memo("the last"))]);
    let signed = alice.build(&request);
    at_once(scribe.submit(signed.bytes())).unwrap();
    town.chain.mine();
    let sent = scribe_text(&signed);
    let master = master(1);
    let audit = master.audit_key();
    let mut secrets = vec![hex::encode([1; 32]), hex::encode(b"the last")];
    let bytes = audit.to_bytes();
    secrets.extend(bytes.expose().chunks_exact(32).map(hex::encode));
    for part in [audit.view_balance_secret().expose(), audit.outgoing_secret().expose()] {
        secrets.push(hex::encode(part));
    }
    let own = address(1);
    secrets.extend(
        [own.spend_key(), own.base(), own.find_key(), own.receive_key()].map(|key| hex::encode(key.as_bytes())),
    );
    secrets.extend([address(2).spend_key()].map(|key| hex::encode(key.as_bytes())));
    for secret in secrets {
        assert!(!sent.contains(&secret), "{secret}");
    }
}

fn scribe_text(signed: &dero_wallet_core::spend::SignedTransaction) -> String {
    hex::encode(signed.bytes())
}
