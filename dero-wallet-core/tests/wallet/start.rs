//! Wallets that do not begin at genesis: what they ask, what they find, and how they tell that they may have missed
//! something.

use std::convert::Infallible;

use crate::{
    asked::Scribe,
    common::{
        COIN, ENGINE, Person, Town, address, master,
        raw::{RawBundle, deposit, entry, pay, transaction},
    },
    crashes::Disk,
    lies::Liar,
    receipts::{descriptor, public_move, returned},
};
use dero_crypto::asset::AssetId;
use dero_ledger::{
    block::compact::{CompactEffect, CompactEffectKind},
    params::Network,
    source::ChainSource,
    transaction::AssetOp,
};
use dero_wallet_core::{
    chain::ChainError,
    scan::{Progress, Start, SyncError},
    spend::{PayTo, SpendRequest},
    store::{MemoryPersister, Persister},
    testing::{MemorySource, Refused, at_once},
    wallet::{Balance, Wallet},
};

/// Carol: she has no enotes before block 121.
const CAROL: u8 = 3;

/// A chain of 200 blocks on which Carol is paid in blocks 121, 141 and 161, and pays in 181.
fn town() -> (Town, Person) {
    let mut town = Town::new(&[5 * COIN; 8], &[COIN, COIN]);
    let mut carol = Person::new(CAROL, &town.network);
    for height in [120, 140, 160] {
        town.chain.mine_to(height);
        town.sync();
        town.alice.pay(&town.chain, &SpendRequest::new([PayTo::native(address(CAROL), 2 * COIN)]));
    }
    town.chain.mine_to(180);
    carol.sync(&town.chain);
    carol.pay(&town.chain, &SpendRequest::new([PayTo::native(address(2), 3 * COIN)]));
    town.chain.mine_to(200);
    carol.sync(&town.chain);
    town.sync();
    (town, carol)
}

fn starting(name: u8, network: &std::sync::Arc<Network>, start: Start) -> Person {
    let mut person = Person::new(name, network);
    let keys = master(name).audit_key();
    person.wallet = Wallet::open_from(network.clone(), keys, MemoryPersister::new(), ENGINE, start).unwrap();
    person
}

/// The birthday of somebody who was born when block `height` was mined, and a day.
fn born(town: &Town, height: u64, spacing: u64) -> Start {
    Start::Birthday { time: town.chain.now() - (200 - height) + Start::MARGIN, spacing }
}

#[test]
fn a_restore_with_a_birthday_finds_the_same_as_a_scan_from_genesis() {
    let (mut town, mut expected) = town();
    let starts = [2, 11, 60, 61, 100, 121].map(|height| (Start::Height(height), height));
    let birthdays =
        [(16, 112), (40, 120), (50, 100), (1, 120), (121, 1)].map(|(of, first)| (born(&town, 120, of), first));
    let mut restored: Vec<Person> = Vec::new();
    for (start, first) in starts.into_iter().chain(birthdays) {
        let mut person = starting(CAROL, &town.network, start);
        assert_eq!(person.wallet.scans_from(), None);
        assert_eq!(person.balance(), Balance::default());
        let report = person.sync(&town.chain);
        assert_eq!((report.headers, report.blocks), (first - 1, 201 - first), "{start:?}");
        assert_eq!(person.wallet.scans_from(), Some(first));
        assert_eq!(person.state(), expected.state(), "{start:?}");
        assert!(!person.wallet.seems_older_than_its_start());
        restored.push(person);
    }
    // They spend as well as she does, under the same references, and the chain takes it.
    let request = SpendRequest::new([PayTo::native(address(2), 2 * COIN)]);
    let signed = expected.build(&request);
    assert_eq!(town.chain.check(signed.bytes()), Ok(()));
    let references = |person: &Person| -> Vec<_> {
        person.wallet.enotes().map(|own| person.wallet.references(own.one_time_key()).to_vec()).collect()
    };
    for person in &mut restored {
        let signed = person.build(&request);
        assert_eq!(town.chain.check(signed.bytes()), Ok(()));
        let (own, hers) = (references(person), references(&expected));
        assert!(own.iter().zip(&hers).all(|(own, hers)| own.is_empty() || hers.is_empty() || own[0] == hers[0]));
    }
    // And go on.
    at_once(dero_ledger::source::ChainSource::submit(&town.chain, signed.bytes())).unwrap();
    town.chain.mine_many(25);
    expected.sync(&town.chain);
    for person in &mut restored {
        person.sync(&town.chain);
        assert_eq!((person.balance().total(), person.history()), (expected.balance().total(), expected.history()));
    }
}

#[test]
fn a_birthday_is_inside_the_words_and_starts_are_far_apart() {
    assert_eq!(Start::birthday(1_800_000_000), Start::Birthday { time: 1_800_000_000, spacing: 131_072 });
    // A chain shorter than that is scanned from genesis, and so is one that is younger than the wallet's margin.
    let (town, expected) = town();
    for start in [Start::birthday(town.chain.now() + 10 * Start::MARGIN), born(&town, 0, 16), Start::Height(0)] {
        let mut person = starting(CAROL, &town.network, start);
        let report = person.sync(&town.chain);
        assert_eq!((person.wallet.scans_from(), report.headers), (Some(1), 0), "{start:?}");
        assert_eq!(person.state(), expected.state());
    }
}

#[test]
fn no_compact_block_before_the_start_is_asked_for_and_equal_starts_ask_the_same() {
    let (town, _) = town();
    let asked = |name: u8, start: Start| {
        let scribe = Scribe::new(&town.chain);
        let mut person = starting(name, &town.network, start);
        at_once(person.wallet.sync(&scribe, town.chain.now(), |_| {})).unwrap();
        scribe.asked()
    };
    let questions = asked(CAROL, born(&town, 120, 100));
    let ranges = |what: &str| -> Vec<(u64, u64)> {
        let of = questions.iter().filter_map(|question| question.strip_prefix(what)?.trim().split_once(".."));
        of.map(|(start, end)| (start.parse().unwrap(), end.parse().unwrap())).collect()
    };
    // Sixty blocks before the first one, for what they append after it.
    assert_eq!(ranges("compact"), [(40, 100), (100, 201)]);
    assert_eq!(ranges("listed"), [(0, 1 << 16)]);
    assert!(ranges("headers").contains(&(1, 100)) && ranges("blocks").is_empty());
    // Who was born between two starts cannot be told from others.
    assert_eq!(asked(1, born(&town, 100, 100)), questions);
    assert_eq!(asked(2, born(&town, 199, 100)), questions);
}

#[test]
fn a_birthday_after_the_first_payment_is_seen_and_a_lower_start_finds_the_rest() {
    let (town, expected) = town();
    // The payment in block 181 spends what came before block 170, and pays change.
    let mut late = starting(CAROL, &town.network, Start::Height(170));
    late.sync(&town.chain);
    assert!(late.balance().total() < expected.balance().total());
    assert!(late.wallet.seems_older_than_its_start());
    for lower in [150, 130, 119] {
        late.wallet.rescan_from(Start::Height(lower)).unwrap();
        assert_eq!(late.wallet.tip().height, lower - 1, "headers below are kept");
        assert_eq!(late.wallet.scans_from(), None);
        let scribe = Scribe::new(&town.chain);
        at_once(late.wallet.sync(&scribe, town.chain.now(), |_| {})).unwrap();
        assert!(!scribe.asked().iter().any(|question| question.starts_with("headers 1..")));
        assert_eq!(late.wallet.scans_from(), Some(lower));
    }
    assert_eq!(late.state(), expected.state());
    assert!(!late.wallet.seems_older_than_its_start());
    // A later start is not less: what is known is kept, and what is behind it scanned again.
    late.wallet.rescan_from(Start::Height(190)).unwrap();
    assert_eq!((late.wallet.tip().height, late.wallet.scans_from()), (189, Some(119)));
    late.sync(&town.chain);
    assert_eq!(late.state(), expected.state());
    // And everything.
    late.wallet.rescan().unwrap();
    assert_eq!((late.wallet.tip().height, late.wallet.scans_from()), (0, Some(1)));
    late.sync(&town.chain);
    assert_eq!(late.state(), expected.state());
    // A birthday that was wrong by more, corrected by a birthday.
    let mut late = starting(CAROL, &town.network, Start::Height(199));
    late.sync(&town.chain);
    late.wallet.rescan_from(born(&town, 120, 16)).unwrap();
    assert_eq!(late.wallet.tip().height, 111);
    late.sync(&town.chain);
    assert_eq!((late.wallet.scans_from(), late.state()), (Some(112), expected.state()));
}

#[test]
fn a_wallet_that_scans_again_follows_no_branch_with_less_work_than_it_had() {
    let (town, expected) = town();
    let net = *town.network.id();
    let branch = |fork: u64, length: u64| {
        let mut chain = town.chain.fork(fork);
        chain.mine_unchecked(&[RawBundle::foreign(7).pays(&net, &address(CAROL), 7).transaction()]);
        chain.mine_to(length);
        chain
    };
    let lighter = [branch(50, 195), branch(160, 199)];
    let heavier = [branch(50, 205), branch(160, 206)];
    // A start above the first block leaves that where it is.
    let starts = [(Start::Genesis, Start::Genesis), (Start::Height(40), Start::Height(40))];
    for (start, begun) in starts.into_iter().chain([(Start::Height(115), Start::Height(110))]) {
        for heavier in &heavier {
            let rows = Disk::new(None, false);
            let open = || {
                let keys = master(CAROL).audit_key();
                Wallet::open_from(town.network.clone(), keys, rows.clone(), ENGINE, Start::Height(110)).unwrap()
            };
            let mut person = Person::with_rows(CAROL, &town.network, Disk::new(None, false));
            person.wallet = open();
            person.sync(&town.chain);
            person.wallet.rescan_from(start).unwrap();
            let stays = |person: &mut Person<Disk>| {
                let before = person.wallet.tip();
                for chain in &lighter {
                    assert_eq!(person.sync(chain).blocks, 0);
                    assert_eq!(person.wallet.tip(), before);
                }
            };
            stays(&mut person);
            person.wallet = open();
            stays(&mut person);
            // Who has come less far serves what he has.
            person.sync(&town.chain.fork(150));
            assert_eq!(person.wallet.tip().height, 150);
            stays(&mut person);
            // A node that names the wallet's headers and sends the blocks of another branch.
            let liar = Liar::new(&lighter[1]).headers(|heights, headers| {
                let alone = heights.end - heights.start == 1;
                if alone { at_once(town.chain.headers(heights)).unwrap() } else { headers }
            });
            let error = at_once(person.wallet.sync(&liar, town.chain.now(), |_| {})).expect_err("a lie");
            assert!(error.blames_source(), "{error}");
            assert!(matches!(error, SyncError::Chain(ChainError::Kept { height: 161 })), "{error}");
            // More work is followed, from its headers on.
            let broken = Liar::new(heavier).compact_at(170, |compact| compact.scan[40] ^= 1);
            assert!(at_once(person.wallet.sync(&broken, heavier.now(), |_| {})).is_err());
            person.wallet = open();
            if heavier.tip_header().height == 206 {
                assert_eq!(person.wallet.tip().height, 169);
                assert_eq!(person.sync(&town.chain).blocks, 0, "it has less work now");
            }
            person.sync(heavier);
            let mut fresh = starting(CAROL, &town.network, begun);
            fresh.sync(heavier);
            assert_eq!(person.balance(), fresh.balance());
            // And back, as any chain.
            let mut longer = town.chain.fork(200);
            longer.mine_to(208);
            person.sync(&longer);
            assert_eq!(person.balance().total(), expected.balance().total());
        }
    }
}

#[test]
fn what_a_payment_on_its_way_spends_stays_reserved_when_the_wallet_scans_again() {
    let (town, mut carol) = town();
    let signed = carol.build(&SpendRequest::new([PayTo::native(address(2), COIN)]));
    let before = carol.state();
    assert!(carol.balance().reserved > 0);
    carol.wallet.rescan().unwrap();
    assert_eq!(carol.balance(), Balance::default());
    carol.sync(&town.chain);
    assert_eq!(carol.state(), before);
    // Given up meanwhile.
    carol.wallet.rescan().unwrap();
    carol.wallet.forget(&signed).unwrap();
    carol.sync(&town.chain);
    assert_eq!(carol.balance().reserved, 0);
    assert!(carol.balance().spendable > 0);
}

#[test]
fn own_enotes_of_the_genesis_list_say_that_a_birthday_is_wrong() {
    let (town, _) = town();
    let mut bob = starting(2, &town.network, Start::Height(150));
    bob.sync(&town.chain);
    assert!(bob.wallet.seems_older_than_its_start());
    // Whether those are spent already it cannot know: they are in no balance.
    assert!(bob.wallet.enotes().all(|own| own.height() >= 150));
    bob.wallet.rescan().unwrap();
    bob.sync(&town.chain);
    assert!(!bob.wallet.seems_older_than_its_start());
    assert_eq!(bob.state(), town.bob.state());
}

type Failure = SyncError<Infallible, Refused>;

/// The lie is blamed on the node, and leaves a wallet that an honest node brings to the truth.
fn is_found(town: &Town, expected: &Person, start: Start, liar: &Liar<'_>, by: impl Fn(&Failure) -> bool) {
    let mut person = starting(CAROL, &town.network, start);
    for _ in 0..2 {
        let error = at_once(person.wallet.sync(liar, town.chain.now(), |_| {})).expect_err("a lie");
        assert!(error.blames_source() && by(&error), "{error}");
        assert_eq!(person.wallet.scans_from(), None);
    }
    person.sync(&town.chain);
    assert_eq!(person.state(), expected.state());
}

#[test]
fn a_list_before_the_start_that_is_not_the_one_of_the_headers_is_found() {
    let (town, expected) = town();
    let lies: [fn(&mut Vec<[u8; 96]>); 4] = [
        |list| list[60][0] ^= 1,
        |list| list.swap(60, 61),
        |list| drop(list.drain(..list.len().min(1))),
        |list| list.clear(),
    ];
    // Ten of genesis and sixty coinbases are listed before block 121; the last sixteen of them are asked for.
    for lie in lies {
        let liar = Liar::new(&town.chain).listed(move |mut list| {
            lie(&mut list);
            list
        });
        let start = Start::Height(121);
        is_found(&town, &expected, start, &liar, |error| {
            matches!(error, SyncError::Chain(ChainError::List { height: 120, .. }))
        });
    }
}

#[test]
fn older_blocks_and_headers_that_are_changed_are_found() {
    let (town, expected) = town();
    let start = Start::Height(100);
    let liar = Liar::new(&town.chain).compact_at(77, |compact| compact.scan[40] ^= 1);
    is_found(&town, &expected, start, &liar, |error| {
        matches!(error, SyncError::Chain(ChainError::Compact { height: 77 }))
    });
    let liar = Liar::new(&town.chain).compact_at(77, |compact| compact.values.push(0));
    is_found(&town, &expected, start, &liar, |error| {
        matches!(error, SyncError::Chain(ChainError::Compact { height: 77 }))
    });
    // A list that would hide an enote: the header does not follow its parent any more.
    for offset in [0, 76, 116, 150, 250] {
        let liar = Liar::new(&town.chain).headers(move |heights, mut headers| {
            if heights.contains(&50) {
                headers[usize::try_from(50 - heights.start).unwrap()].0[offset] ^= 1;
            }
            headers
        });
        is_found(&town, &expected, start, &liar, |error| matches!(error, SyncError::Chain(ChainError::Header(_))));
    }
}

#[test]
fn a_list_that_comes_in_short_answers_is_put_together() {
    let (town, expected) = town();
    for most in [1, 7, 69] {
        let brief = Liar::new(&town.chain).listed(move |mut list| {
            list.truncate(most);
            list
        });
        let mut person = starting(CAROL, &town.network, Start::Height(121));
        at_once(person.wallet.sync(&brief, town.chain.now(), |_| {})).unwrap();
        assert_eq!(person.state(), expected.state(), "{most}");
    }
}

#[test]
fn headers_before_the_start_whose_list_shrinks_or_leaps_are_refused() {
    let town = Town::new(&[COIN; 4], &[]);
    for stated in [0, 3, 5 + u64::from(u32::MAX), u64::MAX] {
        let mut chain = town.chain.fork(0);
        chain.mine_to(20);
        chain.mine_block(&[], &[], |header, _| header.list_length = stated);
        chain.mine_to(60);
        let mut person = starting(CAROL, &town.network, Start::Height(50));
        let error = person.try_sync(&chain).expect_err("no block does that");
        let is_growth = matches!(
            error,
            SyncError::Chain(ChainError::Growth { height: 21, stated: found, before: 4 }) if found == stated
        );
        assert!(is_growth && error.blames_source(), "{error}");
    }
}

#[test]
fn a_node_that_names_a_younger_block_for_the_start_makes_work_and_hides_nothing() {
    let (town, expected) = town();
    let start = born(&town, 120, 16);
    // Alone, a header is a claim: this one says that blocks are as old as genesis; all, or the one behind the start.
    let lie = |named: &'static [u64]| {
        Liar::new(&town.chain).headers(move |heights, mut headers| {
            if heights.end - heights.start == 1 && named.contains(&heights.start) {
                headers[0].0[12..20].copy_from_slice(&[0; 8]);
            }
            headers
        })
    };
    for named in [&[96, 112, 128, 144, 160, 176, 192][..], &[128]] {
        let last = named[named.len() - 1];
        let mut person = starting(CAROL, &town.network, start);
        let report = at_once(person.wallet.sync(&lie(named), town.chain.now(), |_| {})).unwrap();
        assert_eq!((report.headers, report.blocks), (last - 1, 200 - 111));
        assert_eq!((person.wallet.scans_from(), person.state()), (Some(112), expected.state()));
        // Interrupted there, it asks nobody for the start again, and blames nobody for the lie.
        let mut person = starting(CAROL, &town.network, start);
        let liar = lie(named).compact_at(60, |compact| compact.scan[40] ^= 1);
        assert!(at_once(person.wallet.sync(&liar, town.chain.now(), |_| {})).is_err());
        assert_eq!((person.wallet.tip().height, person.wallet.scans_from()), (111, None));
        let scribe = Scribe::new(&town.chain);
        at_once(person.wallet.sync(&scribe, town.chain.now(), |_| {})).unwrap();
        assert!(!scribe.asked().contains(&"headers 128..129".into()));
        assert_eq!((person.wallet.scans_from(), person.state()), (Some(112), expected.state()));
    }
    // The other way makes work and hides nothing.
    let liar = Liar::new(&town.chain).headers(|heights, mut headers| {
        if heights.end - heights.start == 1 && heights.start > 48 && heights.start < 200 {
            headers[0].0[12..20].copy_from_slice(&[0xff; 8]);
        }
        headers
    });
    let mut person = starting(CAROL, &town.network, start);
    at_once(person.wallet.sync(&liar, town.chain.now(), |_| {})).unwrap();
    assert!(person.wallet.scans_from() < Some(112));
    assert_eq!(person.state(), expected.state());
}

#[test]
fn a_reorganisation_across_the_start_is_followed() {
    let (town, _) = town();
    for (fork, length) in [(110, 202), (90, 203), (30, 210)] {
        let mut other = town.chain.fork(fork);
        let net = *town.network.id();
        other.mine_unchecked(&[RawBundle::foreign(7).pays(&net, &address(CAROL), 7).transaction()]);
        other.mine_to(length);
        let start = Start::Height(100);
        let mut person = starting(CAROL, &town.network, start);
        person.sync(&town.chain);
        let before = person.state();
        // Nothing is written until the other branch is the better one.
        let lie = Liar::new(&other).compact_at(150, |compact| compact.scan[40] ^= 1);
        assert!(at_once(person.wallet.sync(&lie, other.now(), |_| {})).is_err());
        assert_eq!((person.wallet.scans_from(), person.state()), (Some(100), before));
        person.sync(&other);
        let mut expected = starting(CAROL, &town.network, start);
        expected.sync(&other);
        assert_eq!((person.wallet.scans_from(), person.state()), (Some(100), expected.state()));
        let mut all = Person::new(CAROL, &town.network);
        all.sync(&other);
        assert_eq!(person.balance() == all.balance(), fork >= 99, "paid before the start if the fork is");
    }
}

#[test]
fn a_wallet_that_has_not_reached_its_start_goes_on_where_it_was() {
    let (town, expected) = town();
    let rows = Disk::new(None, false);
    let open = || {
        let keys = master(CAROL).audit_key();
        // Rows that are there know where they begin.
        let start = if rows.load().unwrap().is_empty() { Start::Height(121) } else { Start::Genesis };
        Wallet::open_from(town.network.clone(), keys, rows.clone(), ENGINE, start).unwrap()
    };
    for height in [0, 50, 119, 120, 130, 200] {
        let mut wallet = open();
        let part = town.chain.fork(height);
        at_once(wallet.sync(&part, part.now(), |_| {})).unwrap();
        assert_eq!(wallet.tip().height, height);
        assert_eq!(wallet.scans_from(), (height >= 120).then_some(121));
        let again = open();
        assert_eq!((again.tip(), again.scans_from()), (wallet.tip(), wallet.scans_from()));
        assert_eq!(again.balances(), wallet.balances());
    }
    assert_eq!(open().balances(), expected.wallet.balances());
}

#[test]
fn progress_counts_the_enotes_from_the_start_on() {
    let (town, _) = town();
    let mut person = starting(CAROL, &town.network, Start::Height(101));
    let mut steps: Vec<Progress> = Vec::new();
    at_once(person.wallet.sync(&town.chain, town.chain.now(), |step| steps.push(step))).unwrap();
    assert!(steps.iter().all(|step| step.scans_from == 101 && step.tip == 200 && step.done <= step.total));
    let (headers, blocks): (Vec<Progress>, Vec<Progress>) = steps.iter().partition(|step| step.height < 101);
    assert!(!headers.is_empty() && headers.iter().all(|step| step.done == 0));
    assert_eq!(headers.last().unwrap().height, 100);
    // A hundred coinbases, and the outputs of four payments: each of three; hers pays change
    // and a zero to herself.
    let last = blocks.last().unwrap();
    assert_eq!((last.done, last.height, last.found), (100 + 4 * 3, 200, 3 + 2));
    // What the list grows by is about what there is, and is known from the first step on.
    assert_eq!(headers[0].total, blocks[0].total.min(headers[0].total));
    assert!(headers[0].total >= 100);
}

/// Row 307.
#[test]
fn releases_refunds_and_stubs_of_older_vaults_follow_from_the_value_part() {
    let mut town = Town::new(&[], &[]);
    let net = *town.network.id();
    let (bundle, vault, locked, part) = deposit(&net, &address(9));
    town.chain.mine_unchecked(&[bundle.transaction()]);
    town.chain.mine_to(80);
    let fork = town.chain.fork(80);
    let release = |id: [u8; 32]| CompactEffect { kind: CompactEffectKind::Released, id, j: 1 };
    let refund = CompactEffect { kind: CompactEffectKind::Refunded, id: vault.0, j: 0 };
    let native = (AssetId::NATIVE, 4);
    let (moves, stub) = public_move(&net, 40, native.0, native.1, native);
    // One vault, two whose parts nobody can tell apart, a refund among them, and a stub between them.
    let blocks: [Vec<(CompactEffect, Vec<[u8; 96]>)>; 4] = [
        vec![(release(vault.0), vec![entry(&part)])],
        vec![(refund, vec![entry(&locked)])],
        vec![
            (release([8; 32]), vec![[1; 96], [2; 96]]),
            (refund, vec![entry(&locked)]),
            (release([9; 32]), vec![]),
        ],
        vec![
            (release([8; 32]), vec![[1; 96], [2; 96]]),
            returned(&stub, native),
            (release([9; 32]), vec![[3; 96]]),
        ],
    ];
    for effects in blocks {
        let mut chain = fork.fork(80);
        chain.mine_block(std::slice::from_ref(&moves), &effects, |_, _| {});
        chain.mine_unchecked(&[RawBundle::foreign(1).pays(&net, &address(CAROL), 5).transaction()]);
        chain.mine_many(100);
        // Released after the start, before it but listed behind it, and long before.
        for start in [60, 81, 85, 92, 150] {
            let mut person = starting(CAROL, &town.network, Start::Height(start));
            person.sync(&chain);
            assert_eq!(person.wallet.tip().height, 182);
            assert_eq!(person.balance().total(), if start > 82 { 0 } else { 5 });
        }
    }
    // From genesis no vault is unseen.
    let mut chain = fork.fork(80);
    chain.mine_block(&[], &[(release([8; 32]), vec![[1; 96]])], |_, _| {});
    let mut person = Person::new(CAROL, &town.network);
    assert!(person.try_sync(&chain).expect_err("an unknown vault").blames_source());
}

#[test]
fn no_number_of_unseen_vaults_among_stubs_stops_a_wallet() {
    let mut town = Town::new(&[], &[]);
    let net = *town.network.id();
    town.chain.mine_to(80);
    // Twenty outcomes of one to four parts, each before a stub: nothing says where the stubs stand.
    let (mut moves, mut effects) = (Vec::new(), Vec::new());
    for i in 1..=20 {
        let native = (AssetId::NATIVE, i.into());
        let (transaction, stub) = public_move(&net, i, native.0, native.1, native);
        let release = CompactEffect { kind: CompactEffectKind::Released, id: [i; 32], j: 1 };
        effects.push((release, (0..1 + i % 4).map(|part| [10 * i + part; 96]).collect()));
        effects.push(returned(&stub, native));
        moves.push(transaction);
    }
    town.chain.mine_block(&moves, &effects, |_, _| {});
    town.chain.mine_unchecked(&[RawBundle::foreign(99).pays(&net, &address(CAROL), 5).transaction()]);
    town.chain.mine_many(100);
    for start in [60, 81, 85, 92, 150] {
        let mut person = starting(CAROL, &town.network, Start::Height(start));
        person.sync(&town.chain);
        assert_eq!(person.wallet.tip().height, 182);
        assert_eq!(person.balance().total(), if start > 82 { 0 } else { 5 });
    }
    // What a node says of that list is believed only if it is the one of the headers, and a reading of the block.
    let appended = 20 + effects.iter().map(|(_, entries)| entries.len()).sum::<usize>() + 1;
    let lies: [fn(&mut Vec<[u8; 96]>); 3] =
        [|list| list.swap(30, 31), |list| list[30][95] ^= 1, |list| list.truncate(0)];
    for lie in lies {
        let liar = Liar::new(&town.chain).listed(move |mut list| {
            if list.len() == appended {
                lie(&mut list);
            }
            list
        });
        let mut person = starting(CAROL, &town.network, Start::Height(60));
        let error = at_once(person.wallet.sync(&liar, town.chain.now(), |_| {})).expect_err("a lie");
        assert!(error.blames_source(), "{error}");
        assert!(matches!(error, SyncError::Chain(ChainError::List { height: 91, .. })), "{error}");
        assert_eq!(person.wallet.tip().height, 90);
        person.sync(&town.chain);
        assert_eq!(person.balance().total(), 5);
    }
}

#[test]
fn an_asset_registered_before_the_start_is_not_known_yet_and_not_forgotten() {
    let mut town = Town::new(&[], &[]);
    let net = *town.network.id();
    let descriptor = descriptor();
    let bundle = RawBundle::foreign(1);
    let gold = AssetId::derive(&net, &descriptor, &bundle.context(&net), 0);
    let register = AssetOp::Register { bundle: 0, descriptor };
    town.chain.mine_to(20);
    town.chain.mine_unchecked(&[transaction(vec![bundle.pays(&net, &address(9), 1)], vec![register])]);
    town.chain.mine_to(99);
    let bundle = RawBundle::foreign(2);
    let paid = pay(&net, &bundle.context(&net), &address(CAROL), gold, 500, 2);
    town.chain.mine_unchecked(&[bundle.output(paid).transaction()]);
    town.chain.mine_to(150);
    let mut late = starting(CAROL, &town.network, Start::Height(90));
    let report = late.sync(&town.chain);
    assert!(report.applied.is_empty(), "no notice");
    assert!(late.history().is_empty() && late.wallet.balances().values().all(|held| held.total() == 0));
    assert_eq!(late.wallet.enotes().map(|own| own.asset()).collect::<Vec<_>>(), [None]);
    // Read with the block that registers it, or when that block is one of those before the start.
    for start in [Start::Height(70), Start::Height(21), Start::Genesis] {
        late.wallet.rescan_from(start).unwrap();
        late.sync(&town.chain);
        assert_eq!(late.wallet.balance(&gold).total(), 500, "{start:?}");
    }
    assert_eq!(late.wallet.history().len(), 1);
}

#[test]
fn a_start_above_the_tip_waits() {
    let (town, expected) = town();
    let part: MemorySource = town.chain.fork(100);
    let mut person = starting(CAROL, &town.network, Start::Height(110));
    let report = person.sync(&part);
    assert_eq!((report.headers, report.blocks, person.wallet.scans_from()), (100, 0, None));
    person.sync(&town.chain);
    assert_eq!((person.wallet.scans_from(), person.state()), (Some(110), expected.state()));
}

#[test]
fn a_wallet_that_knows_headers_only_follows_the_heavier_chain_however_deep() {
    let mut town = Town::new(&[5 * COIN; 4], &[]);
    let mut other = town.chain.fork(0);
    town.chain.mine_to(400);
    other.mine_to(410);
    // Its first block is above both tips.
    let mut early = starting(CAROL, &town.network, Start::Height(500));
    early.sync(&town.chain);
    assert_eq!((early.wallet.tip().height, early.wallet.scans_from()), (400, None));
    early.sync(&other);
    assert_eq!(early.wallet.tip().id, other.tip_header().id());
    // Not back to the lighter one.
    early.sync(&town.chain);
    assert_eq!(early.wallet.tip().id, other.tip_header().id());
}
