//! Nodes that lie: each lie is found, blamed on the node, and leaves the wallet on the chain that it had validated.

use std::{
    ops::Range,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use crate::common::{COIN, Person, Town, address, raw::RawBundle};
use dero_ledger::{
    block::{
        BlockId, BlockRef, Header,
        compact::{CompactBlock, CompactValues},
    },
    consensus::{Blake3, PowAlgorithm, Target, Work, pow_input},
    source::ChainSource,
    store::StoredCompact,
};
use dero_wallet_core::{
    chain::ChainError,
    scan::{SyncError, TipCheck},
    spend::{PayTo, SpendError, SpendRequest},
    testing::{MemorySource, Refused, at_once},
};

type Sealed = ([u8; 288], u64);

/// A node that changes some of its answers.
pub(crate) struct Liar<'a> {
    chain: &'a MemorySource,
    tip: Option<BlockRef>,
    headers: Box<dyn Fn(Range<u64>, Vec<Sealed>) -> Vec<Sealed> + Send + Sync + 'a>,
    compact: Box<dyn Fn(Range<u64>, Vec<StoredCompact>) -> Vec<StoredCompact> + Send + Sync + 'a>,
    listed: Box<dyn Fn(Vec<[u8; 96]>) -> Vec<[u8; 96]> + Send + Sync + 'a>,
    followed: Box<dyn Fn(BlockRef, Work) -> Result<(), Refused> + Send + Sync + 'a>,
}

/// Changes what was asked about `height`, if it was.
fn at<T>(heights: &Range<u64>, height: u64, answers: &mut [T], lie: impl FnOnce(&mut T)) {
    let place = height.checked_sub(heights.start).and_then(|i| usize::try_from(i).ok());
    if let Some(answer) = place.and_then(|place| answers.get_mut(place)) {
        lie(answer);
    }
}

impl<'a> Liar<'a> {
    pub(crate) fn new(chain: &'a MemorySource) -> Self {
        Self {
            chain,
            tip: None,
            headers: Box::new(|_, headers| headers),
            compact: Box::new(|_, compact| compact),
            listed: Box::new(|listed| listed),
            followed: Box::new(|_, _| Ok(())),
        }
    }

    fn tip(self, height: u64) -> Self {
        Self { tip: Some(BlockRef { height, id: BlockId([7; 32]) }), ..self }
    }

    pub(crate) fn headers(self, lie: impl Fn(Range<u64>, Vec<Sealed>) -> Vec<Sealed> + Send + Sync + 'a) -> Self {
        Self { headers: Box::new(lie), ..self }
    }

    pub(crate) fn listed(self, lie: impl Fn(Vec<[u8; 96]>) -> Vec<[u8; 96]> + Send + Sync + 'a) -> Self {
        Self { listed: Box::new(lie), ..self }
    }

    /// Changes the compact form of one block.
    pub(crate) fn compact_at(self, height: u64, lie: impl Fn(&mut StoredCompact) + Send + Sync + 'a) -> Self {
        let change = move |heights: Range<u64>, mut blocks: Vec<StoredCompact>| {
            at(&heights, height, &mut blocks, &lie);
            blocks
        };
        Self { compact: Box::new(change), ..self }
    }

    /// Changes what a block holds, well encoded.
    fn content_at(
        self,
        height: u64,
        lie: impl Fn(&mut CompactBlock, &mut CompactValues) + Send + Sync + 'a,
    ) -> Self {
        self.compact_at(height, move |stored| {
            let mut block = CompactBlock::parse(&stored.scan).unwrap();
            let mut values = CompactValues::parse(&stored.values, &block).unwrap();
            lie(&mut block, &mut values);
            *stored = StoredCompact { scan: block.encode(), values: values.encode() };
        })
    }
}

impl ChainSource for Liar<'_> {
    type Error = Refused;

    async fn tip(&self) -> Result<BlockRef, Refused> {
        match self.tip {
            Some(tip) => Ok(tip),
            None => self.chain.tip().await,
        }
    }
    async fn headers(&self, heights: Range<u64>) -> Result<Vec<Sealed>, Refused> {
        Ok((self.headers)(heights.clone(), self.chain.headers(heights).await?))
    }
    async fn compact(&self, heights: Range<u64>) -> Result<Vec<StoredCompact>, Refused> {
        Ok((self.compact)(heights.clone(), self.chain.compact(heights).await?))
    }
    async fn listed(&self, positions: Range<u64>) -> Result<Vec<[u8; 96]>, Refused> {
        Ok((self.listed)(self.chain.listed(positions).await?))
    }
    async fn blocks(&self, heights: Range<u64>) -> Result<Vec<Vec<u8>>, Refused> {
        self.chain.blocks(heights).await
    }
    async fn followed(&self, newest: BlockRef, work: Work) -> Result<(), Refused> {
        (self.followed)(newest, work)
    }
    async fn submit(&self, transaction: &[u8]) -> Result<(), Refused> {
        self.chain.submit(transaction).await
    }
}

type Error = SyncError<std::convert::Infallible, Refused>;

fn sync(person: &mut Person, source: &Liar<'_>, now: u64) -> Result<(), Error> {
    at_once(person.wallet.sync(source, now, |_| {})).map(|_| ())
}

/// A chain of 30 blocks with payments in block 12; Bob has followed it to block 10.
fn town() -> Town {
    let mut town = Town::new(&[5 * COIN; 4], &[2 * COIN]);
    town.mine(10);
    let net = *town.network.id();
    town.chain.mine_many(1);
    town.chain.mine_unchecked(&[
        RawBundle::foreign(1).pays(&net, &address(2), COIN).pays(&net, &address(9), COIN).transaction(),
        RawBundle::foreign(2).pays(&net, &address(9), 2 * COIN).transaction(),
    ]);
    town.chain.mine_many(18);
    town
}

/// The lie is found at block 12: Bob stands at 11, and reaches the truth from an honest node.
fn is_found_at_block_12(lie: impl for<'a> Fn(Liar<'a>) -> Liar<'a>) {
    let mut town = town();
    let mut honest = Person::new(2, &town.network);
    let liar = lie(Liar::new(&town.chain));
    let error = sync(&mut town.bob, &liar, town.chain.now()).expect_err("a lie");
    assert!(error.blames_source(), "{error}");
    assert!(matches!(error, SyncError::Chain(ChainError::Compact { height: 12 })), "{error}");
    assert_eq!(town.bob.wallet.tip().height, 11);
    assert_eq!(town.bob.balance().total(), u128::from(2 * COIN));
    town.bob.sync(&town.chain);
    honest.sync(&town.chain);
    assert_eq!(town.bob.state(), honest.state());
    assert_eq!(town.bob.balance().total(), u128::from(3 * COIN));
}

#[test]
fn an_output_that_is_left_out_is_found() {
    is_found_at_block_12(|liar| {
        liar.content_at(12, |block, values| {
            block.transactions[0].bundles[0].outputs.remove(0);
            values.values.remove(0);
        })
    });
}

#[test]
fn a_transaction_that_is_left_out_is_found() {
    is_found_at_block_12(|liar| {
        liar.content_at(12, |block, values| {
            block.transactions.pop();
            values.values.pop();
        })
    });
}

#[test]
fn an_output_that_is_invented_is_found() {
    is_found_at_block_12(|liar| {
        liar.content_at(12, |block, values| {
            let outputs = &mut block.transactions[1].bundles[0].outputs;
            let again = outputs[0].clone();
            outputs.push(again);
            values.values.push(values.values[2]);
        })
    });
}

#[test]
fn a_tag_that_is_left_out_or_invented_is_found() {
    is_found_at_block_12(|liar| {
        liar.content_at(12, |block, _| block.transactions[0].bundles[0].tags = vec![[0xab; 32]])
    });
    is_found_at_block_12(|liar| {
        liar.content_at(12, |block, _| block.transactions[0].bundles[0].tags.push([0xab; 32]))
    });
}

#[test]
fn an_effect_that_is_invented_is_found() {
    use dero_ledger::block::compact::{CompactEffect, CompactEffectKind};
    is_found_at_block_12(|liar| {
        liar.content_at(12, |block, values| {
            block.effects.push(CompactEffect { kind: CompactEffectKind::Refunded, id: [1; 32], j: 0 });
            values.appended.push([1; 96]);
        })
    });
}

#[test]
fn a_changed_value_part_is_found() {
    is_found_at_block_12(|liar| liar.content_at(12, |_, values| values.values.swap(0, 1)));
    is_found_at_block_12(|liar| liar.compact_at(12, |stored| stored.values[0] ^= 1));
    is_found_at_block_12(|liar| liar.compact_at(12, |stored| stored.values.clear()));
}

#[test]
fn bytes_that_are_no_compact_form_are_found() {
    is_found_at_block_12(|liar| liar.compact_at(12, |stored| stored.scan.clear()));
    is_found_at_block_12(|liar| liar.compact_at(12, |stored| stored.scan.fill(0xff)));
    is_found_at_block_12(|liar| liar.compact_at(12, |stored| stored.scan.push(0)));
}

#[test]
fn the_compact_form_of_another_block_is_found() {
    is_found_at_block_12(|liar| {
        let chain = liar.chain;
        liar.compact_at(12, move |stored| *stored = at_once(chain.compact(13..14)).unwrap().remove(0))
    });
}

/// A chain whose block 13 is altered before it is sealed: only a miner can lie like this.
fn is_found_at_block_13(alter: impl Fn(&mut Header), is_expected: impl Fn(&Error) -> bool) {
    let town = town();
    let mut chain = town.chain.fork(12);
    chain.mine_block(&[], &[], |header, _| alter(header));
    chain.mine_many(3);
    let mut bob = town.bob;
    let error = sync(&mut bob, &Liar::new(&chain), chain.now()).expect_err("a lie");
    assert!(error.blames_source() && is_expected(&error), "{error}");
    assert_eq!(bob.wallet.tip(), at_once(town.chain.fork(12).tip()).unwrap());
    bob.sync(&town.chain);
}

#[test]
fn a_list_of_another_length_or_with_other_entries_is_found() {
    let is_list = |error: &Error| matches!(error, SyncError::Chain(ChainError::List { height: 13, .. }));
    is_found_at_block_13(|header| header.list_length += 1, is_list);
    is_found_at_block_13(|header| header.list_length -= 1, is_list);
    is_found_at_block_13(|header| header.acc[0] ^= 1, is_list);
}

#[test]
fn an_output_that_leaves_the_list_is_found_when_it_should_have_entered() {
    // Block 12 of this branch commits to what it holds; its outputs are missing from the list ten blocks later.
    let town = town();
    let mut chain = town.chain.fork(12 + town.network.rows().maturity - 1);
    let before = chain.tip_header().clone();
    chain.mine_block(&[], &[], |header, _| (header.list_length, header.acc) = (before.list_length, before.acc));
    let mut bob = town.bob;
    let error = sync(&mut bob, &Liar::new(&chain), chain.now()).expect_err("a lie");
    assert!(error.blames_source(), "{error}");
    assert!(matches!(error, SyncError::Chain(ChainError::List { height: 22, .. })), "{error}");
}

#[test]
fn a_header_that_is_not_sealed_is_found() {
    let mut town = town();
    let (bytes, _) = at_once(town.chain.headers(12..13)).unwrap()[0];
    let header = Header::from_bytes(&bytes);
    let target = Target::from_compact(header.target).unwrap();
    let misses = |nonce: &u64| !target.allows(&Blake3.hash(&BlockId([0; 32]), &pow_input(&header.id(), *nonce)));
    let nonce = (0..).find(misses).unwrap();
    let liar = Liar::new(&town.chain).headers(move |heights, mut headers| {
        at(&heights, 12, &mut headers, |header| header.1 = nonce);
        headers
    });
    let error = sync(&mut town.bob, &liar, town.chain.now()).expect_err("a lie");
    assert!(error.blames_source() && matches!(error, SyncError::Chain(ChainError::Header(_))), "{error}");
    assert_eq!(town.bob.wallet.tip().height, 11);
}

#[test]
fn every_changed_byte_of_a_header_is_found() {
    let town = town();
    let honest = town.bob.wallet.tip();
    let mut bob = town.bob;
    let sealed = at_once(town.chain.headers(11..12)).unwrap()[0];
    for byte in (0..288).step_by(7) {
        let mut changed = sealed.0;
        changed[byte] ^= 0x40;
        // The target of this network is so easy that the old seal fits half of all headers: those are sealed.
        let header = Header::from_bytes(&changed);
        let target = Target::from_compact(town.chain.tip_header().target).unwrap();
        if target.allows(&Blake3.hash(&BlockId([0; 32]), &pow_input(&header.id(), sealed.1))) {
            continue;
        }
        let liar = Liar::new(&town.chain).headers(move |heights, mut headers| {
            at(&heights, 11, &mut headers, |header| header.0[byte] ^= 0x40);
            headers
        });
        let error = sync(&mut bob, &liar, town.chain.now()).expect_err("a lie");
        assert!(error.blames_source() || matches!(error, SyncError::Future { .. }), "{byte}: {error}");
        assert_eq!(bob.wallet.tip(), honest, "{byte}");
    }
}

#[test]
fn old_headers_and_headers_of_other_heights_are_found() {
    let mut town = town();
    let chain = &town.chain;
    let old = Liar::new(chain).headers(|heights, headers| {
        if heights.start > 10 {
            at_once(chain.headers(heights.start - 5..heights.end - 5)).unwrap()
        } else {
            headers
        }
    });
    let error = sync(&mut town.bob, &old, chain.now()).expect_err("a lie");
    assert!(error.blames_source(), "{error}");
    assert_eq!(town.bob.wallet.tip().height, 10);
    let skipping = Liar::new(chain).headers(|_, headers| headers.into_iter().step_by(2).collect());
    let error = sync(&mut town.bob, &skipping, chain.now()).expect_err("a lie");
    assert!(error.blames_source(), "{error}");
    assert_eq!(town.bob.wallet.tip().height, 11);
}

#[test]
fn a_tip_that_the_node_does_not_have_is_found() {
    let mut town = town();
    for height in [31, 1_000, u64::MAX - 1, u64::MAX] {
        let liar = Liar::new(&town.chain).tip(height);
        let error = sync(&mut town.bob, &liar, town.chain.now()).expect_err("a lie");
        assert!(error.blames_source() && matches!(error, SyncError::Missing { .. }), "{error}");
    }
    town.bob.sync(&town.chain);
    assert_eq!(town.bob.wallet.tip().height, 30);
}

#[test]
fn a_node_that_says_less_than_it_is_asked_or_more_does_no_harm() {
    let mut town = town();
    let chain = &town.chain;
    let slow = Liar {
        compact: Box::new(|_, compact| compact.into_iter().take(2).collect()),
        ..Liar::new(chain).headers(|_, headers| headers.into_iter().take(3).collect())
    };
    sync(&mut town.bob, &slow, chain.now()).expect("in small steps");
    let mut again = Person::new(2, &town.network);
    let eager = Liar {
        compact: Box::new(|heights, _| at_once(chain.compact(heights.start..100)).unwrap()),
        ..Liar::new(chain).headers(|heights, _| at_once(chain.headers(heights.start..100)).unwrap())
    };
    sync(&mut again, &eager, chain.now()).expect("too much is ignored");
    assert_eq!(again.state(), town.bob.state());
    // Also while a fork is looked for.
    let mut other = chain.fork(25);
    other.mine_many(9);
    let eager = Liar {
        compact: Box::new(|heights, _| at_once(other.compact(heights.start..100)).unwrap()),
        ..Liar::new(&other).headers(|heights, _| at_once(other.headers(heights.start..100)).unwrap())
    };
    sync(&mut again, &eager, other.now()).expect("too much is ignored");
    assert_eq!(again.wallet.tip(), at_once(other.tip()).unwrap());
    let silent = Liar::new(chain).headers(|_, _| Vec::new());
    assert!(sync(&mut town.bob, &silent, chain.now()).expect_err("nothing").blames_source());
}

#[test]
fn a_withheld_or_stale_tip_is_seen_by_asking_others_and_not_built_on() {
    let mut town = town();
    town.bob.sync(&town.chain);
    let (now, stale) = (town.chain.now(), town.chain.fork(20));
    let mut bob = town.bob;
    // The stale node changes nothing.
    let before = bob.state();
    bob.sync(&stale);
    assert_eq!(bob.state(), before);
    let check = |bob: &Person, chain: &MemorySource| at_once(bob.wallet.check_tip(chain)).unwrap();
    assert_eq!(check(&bob, &stale), TipCheck::Behind { by: 10 });
    assert_eq!(check(&bob, &town.chain), TipCheck::Confirmed { ahead: 0 });
    let mut other = town.chain.fork(20);
    other.mine_many(12);
    assert_eq!(check(&bob, &other), TipCheck::Elsewhere);

    let mut victim = Person::new(2, &town.network);
    victim.sync(&stale);
    assert_eq!(check(&victim, &town.chain), TipCheck::Confirmed { ahead: 10 });
    let request = SpendRequest::new([PayTo::native(address(1), 5)]);
    let mut propose = |now: u64, any_tip: bool| victim.wallet.propose(&request, now, any_tip, &mut victim.rng);
    let tip_time = stale.now();
    assert!(propose(tip_time + 300, false).is_ok());
    assert!(matches!(propose(tip_time + 301, false), Err(SpendError::StaleTip { age: 301 })));
    assert!(matches!(propose(tip_time - 301, false), Err(SpendError::StaleTip { age: 301 })));
    assert!(propose(tip_time + 301, true).is_ok(), "whoever says that he means it");
    let _ = (now, bob.sync(&town.chain));
}

#[test]
fn a_block_from_the_future_is_held_back() {
    let mut town = town();
    let now = town.chain.now();
    let mut chain = town.chain.fork(12);
    chain.mine_block(&[], &[], |header, _| header.timestamp = now + 61);
    let error = sync(&mut town.bob, &Liar::new(&chain), now).expect_err("later");
    assert!(matches!(error, SyncError::Future { height: 13 }) && !error.blames_source(), "{error}");
    assert_eq!(town.bob.wallet.tip().height, 12);
    sync(&mut town.bob, &Liar::new(&chain), now + 1).expect("its time has come");
    assert_eq!(town.bob.wallet.tip().height, 13);
}

#[test]
fn a_better_branch_that_lies_leaves_the_wallet_where_it_was() {
    let mut town = town();
    town.bob.sync(&town.chain);
    let before = town.bob.state();
    let net = *town.network.id();
    let mut better = town.chain.fork(20);
    better.mine_unchecked(&[RawBundle::foreign(7).pays(&net, &address(2), 9 * COIN).transaction()]);
    better.mine_many(14);
    let now = better.now();
    let lies: Vec<(&str, Liar<'_>)> = vec![
        (
            "an output left out",
            Liar::new(&better).content_at(21, |block, values| {
                block.transactions.clear();
                values.values.clear();
            }),
        ),
        ("a value changed near the end", Liar::new(&better).compact_at(29, |stored| stored.scan[0] ^= 1)),
        (
            "a header withheld",
            Liar::new(&better).headers(|heights, headers| {
                let known = headers.into_iter().enumerate().filter(|(i, _)| heights.start + *i as u64 <= 27);
                known.map(|(_, header)| header).collect()
            }),
        ),
        ("no compact forms", Liar { compact: Box::new(|_, _| Vec::new()), ..Liar::new(&better) }),
        (
            "a worthless seal",
            Liar::new(&better).headers(|heights, mut headers| {
                at(&heights, 28, &mut headers, |header| header.0[287] ^= 1);
                headers
            }),
        ),
    ];
    for (what, liar) in lies {
        let error = sync(&mut town.bob, &liar, now).expect_err("a lie");
        assert!(error.blames_source(), "{what}: {error}");
        assert_eq!(town.bob.state(), before, "{what}");
    }
    town.bob.sync(&better);
    let mut fresh = Person::new(2, &town.network);
    fresh.sync(&better);
    assert_eq!(town.bob.state(), fresh.state());
}

#[test]
fn a_node_of_another_network_is_left() {
    let mut town = town();
    let other = Town::new(&[1], &[]);
    let error = sync(&mut town.bob, &Liar::new(&other.chain), other.chain.now()).expect_err("another network");
    assert!(matches!(error, SyncError::OtherGenesis) && error.blames_source(), "{error}");
    assert_eq!(town.bob.wallet.tip().height, 10);
    assert!(!Arc::ptr_eq(&town.network, &other.network));
}

#[test]
fn a_branch_that_left_too_far_back_is_not_followed_and_old_headers_are_not_taken_for_one() {
    let mut town = Town::new(&[5 * COIN; 4], &[2 * COIN]);
    town.mine(400);
    let before = town.bob.state();
    // More work, but the owner has to decide.
    let mut other = town.chain.fork(30);
    other.mine_to(410);
    let error = sync(&mut town.bob, &Liar::new(&other), other.now()).expect_err("too deep");
    assert!(matches!(error, SyncError::TooDeep { depth: 370 }), "{error}");
    assert!(!error.blames_source() && error.is_worth_another_source());
    assert_eq!(town.bob.state(), before);
    // As deep as it may be.
    let mut other = town.chain.fork(40);
    other.mine_to(410);
    sync(&mut town.bob, &Liar::new(&other), other.now()).expect("a reorganisation of 360 blocks");
    assert_eq!(town.bob.wallet.tip().height, 410);
    // Each header is that of the block before.
    let shifted = Liar::new(&other).headers(|heights, _| {
        let before = heights.start.saturating_sub(1)..heights.end.saturating_sub(1).max(1);
        at_once(other.headers(before)).unwrap()
    });
    let error = sync(&mut town.bob, &shifted, other.now()).expect_err("a lie");
    assert!(error.blames_source(), "{error}");
}

/// The tip of a chain, and the work of all its headers.
fn reached(chain: &MemorySource) -> (BlockRef, Work) {
    let tip = at_once(chain.tip()).unwrap();
    let headers = at_once(chain.headers(0..tip.height + 1)).unwrap();
    let works =
        headers.iter().map(|(bytes, _)| Target::from_compact(Header::from_bytes(bytes).target).unwrap().work());
    (tip, works.reduce(|sum, work| sum.checked_add(work).unwrap()).unwrap())
}

#[test]
fn a_source_hears_what_of_its_branch_was_validated_and_may_contradict() {
    let mut town = town();
    let mut lighter = town.chain.fork(20);
    lighter.mine_many(5);
    let mut better = town.chain.fork(20);
    better.mine_many(14);
    let now = better.now();
    // Behind the wallet, ahead of it, beside it with less work and with more.
    let chains = [town.chain.fork(5), town.chain.fork(30), lighter, better];
    for (chain, height) in chains.iter().zip([10, 30, 30, 34]) {
        let heard = Mutex::new(Vec::new());
        let followed = |newest, work| {
            heard.lock().unwrap().push((newest, work));
            Ok(())
        };
        let source = Liar { followed: Box::new(followed), ..Liar::new(chain) };
        sync(&mut town.bob, &source, now).expect("nothing is wrong");
        drop(source);
        assert_eq!(heard.into_inner().unwrap(), [reached(chain)]);
        assert_eq!(town.bob.wallet.tip().height, height);
    }
    let mut fresh = Person::new(2, &town.network);
    let claimed = |_, _| Err(Refused::Conflict { tag: [0; 32] });
    let liar = Liar { followed: Box::new(claimed), ..Liar::new(&town.chain) };
    let error = sync(&mut fresh, &liar, now).expect_err("it claimed more");
    assert!(matches!(error, SyncError::Claim(_)) && error.blames_source() && error.is_worth_another_source());
    assert_eq!(fresh.wallet.tip(), at_once(town.chain.tip()).unwrap(), "what was validated is kept");
}

#[test]
fn who_scans_again_follows_the_heavier_branch_however_deep_and_no_lighter_one() {
    let mut town = Town::new(&[5 * COIN; 4], &[2 * COIN]);
    town.mine(400);
    town.bob.wallet.rescan().unwrap();
    let mut lighter = town.chain.fork(30);
    lighter.mine_to(399);
    sync(&mut town.bob, &Liar::new(&lighter), lighter.now()).expect("nothing to follow");
    assert_eq!(town.bob.wallet.tip().height, 0);
    let mut heavier = town.chain.fork(30);
    heavier.mine_to(410);
    sync(&mut town.bob, &Liar::new(&heavier), heavier.now()).expect("headers alone were left");
    let mut fresh = Person::new(2, &town.network);
    fresh.sync(&heavier);
    assert_eq!(town.bob.state(), fresh.state());
}

#[test]
fn better_headers_with_the_blocks_of_a_lighter_branch_leave_the_wallet_where_it_was() {
    let mut town = Town::with(&[5 * COIN; 4], &[2 * COIN], |rows| {
        (rows.maturity, rows.half_life, rows.first_target) = (3, 60, 0x203f_ffff);
    });
    town.mine(30);
    let before = town.bob.state();
    let mut honest = town.chain.fork(30);
    honest.mine_to(35);
    // Late timestamps make the target easy: more blocks than the honest branch has, less work.
    let mut light = town.chain.fork(20);
    light.mine_block(&[], &[], |header, _| header.timestamp += 4_000);
    let net = *town.network.id();
    light.mine_unchecked(&[RawBundle::foreign(1).pays(&net, &address(2), 9 * COIN).transaction()]);
    light.mine_to(34);
    let shown = AtomicBool::new(false);
    let liar = Liar::new(&light).headers(|heights, headers| {
        // The work is shown once.
        if heights != (21..35) || shown.swap(true, Ordering::Relaxed) {
            return headers;
        }
        at_once(honest.headers(heights)).unwrap()
    });
    let error = sync(&mut town.bob, &liar, light.now()).expect_err("a lie");
    assert!(matches!(error, SyncError::Lighter { height: 31 }) && error.blames_source(), "{error}");
    assert_eq!(town.bob.state(), before);
}
