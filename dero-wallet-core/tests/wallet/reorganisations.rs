//! A wallet that saw another branch first is the same as one that never did.

use crate::common::{COIN, Person, Town, address, raw::RawBundle};
use dero_wallet_core::{
    spend::{PayTo, SignedTransaction, SpendRequest, Warning},
    testing::{MemorySource, at_once},
};

/// Depths up to this one are tried one by one.
const DEPTHS: u64 = 24;

/// Two payments of Alice and one of Bob, each built at its height.
struct Story {
    town: Town,
    payments: Vec<(u64, SignedTransaction)>,
}

/// A chain of 40 blocks in which both are paid, pay and mine.
fn story() -> Story {
    let mut town = Town::with(&[5 * COIN, 6 * COIN, 7 * COIN, 8 * COIN], &[2 * COIN, 3 * COIN], |rows| {
        (rows.maturity, rows.coinbase_maturity) = (4, 7);
    });
    let mut payments = Vec::new();
    town.mine(10);
    for height in 10..40 {
        town.chain.set_miner(address(if height % 3 == 0 { 1 } else { 9 }));
        let (alice, bob) = (town.alice.address(), town.bob.address());
        let signed = match height {
            18 | 25 => town.alice.pay(&town.chain, &SpendRequest::new([PayTo::native(bob, COIN)])),
            31 => town.bob.pay(&town.chain, &SpendRequest::new([PayTo::native(alice, 2 * COIN)])),
            _ => {
                town.mine(1);
                continue;
            }
        };
        payments.push((height + 1, signed));
        town.mine(1);
    }
    Story { town, payments }
}

/// Another branch from `fork` on: the payments come later or, if `dropped`, not at all; an enote for Bob is new.
fn branch(story: &Story, fork: u64, blocks: u64, dropped: bool) -> MemorySource {
    let mut chain = story.town.chain.fork(fork);
    let net = *story.town.network.id();
    chain.set_miner(address(2));
    chain.mine_unchecked(&[RawBundle::foreign(fork as u8).pays(&net, &address(2), 77).transaction()]);
    for (height, signed) in &story.payments {
        if *height > fork && !dropped {
            let submitted = at_once(dero_ledger::source::ChainSource::submit(&chain, signed.bytes()));
            submitted.expect("its references are older than the fork");
        }
        chain.mine();
    }
    chain.mine_to(fork + blocks);
    chain
}

#[test]
fn a_reorganisation_of_1_to_n_blocks_leaves_what_the_winning_branch_says() {
    let story = story();
    let tip = story.town.chain.tip_header().height;
    for depth in 1..=DEPTHS {
        let dropped = depth % 2 == 0;
        let other = branch(&story, tip - depth, depth + 3, dropped || depth > 12);
        for name in [1, 2] {
            let mut person = Person::new(name, &story.town.network);
            person.sync(&story.town.chain);
            let report = person.sync(&other);
            assert_eq!(report.rolled_back, depth);
            let mut fresh = Person::new(name, &story.town.network);
            fresh.sync(&other);
            assert_eq!(person.state(), fresh.state(), "person {name}, depth {depth}");
        }
    }
}

#[test]
fn going_there_and_back_again_changes_nothing() {
    let story = story();
    let tip = story.town.chain.tip_header().height;
    let mut home = story.town.chain.fork(tip);
    let mut alice = Person::new(1, &story.town.network);
    alice.sync(&home);
    for depth in [1, 5, 17] {
        let away = branch(&story, tip - depth, depth + 3, true);
        alice.sync(&away);
        home.mine_to(away.tip_header().height + 1);
        alice.sync(&home);
        let mut fresh = Person::new(1, &story.town.network);
        fresh.sync(&home);
        assert_eq!(alice.state(), fresh.state(), "depth {depth}");
    }
}

#[test]
fn a_lighter_branch_changes_nothing() {
    let story = story();
    let tip = story.town.chain.tip_header().height;
    let mut alice = Person::new(1, &story.town.network);
    alice.sync(&story.town.chain);
    let before = alice.state();
    for (depth, blocks) in [(5, 2), (5, 4), (20, 19)] {
        let report = alice.sync(&branch_exactly(&story, tip - depth, blocks));
        assert_eq!((report.rolled_back, report.blocks), (0, 0));
        assert_eq!(alice.state(), before);
    }
}

fn branch_exactly(story: &Story, fork: u64, blocks: u64) -> MemorySource {
    let mut chain = story.town.chain.fork(fork);
    chain.set_miner(address(2));
    chain.mine_many(blocks);
    chain
}

#[test]
fn a_payment_that_a_reorganisation_drops_is_reserved_until_it_expires_and_its_reference_stays() {
    let mut town = Town::with(&[5 * COIN, 6 * COIN], &[], |rows| (rows.maturity, rows.min_set) = (4, 2));
    town.mine(10);
    let request = SpendRequest::new([PayTo::native(town.bob.address(), 7 * COIN)]);
    let fork = town.chain.fork(10);
    let signed = town.alice.pay(&town.chain, &request);
    town.mine(3);
    let names: Vec<[u8; 32]> =
        town.alice.wallet.enotes().filter(|own| own.position().is_some()).map(|own| *key(own)).collect();
    let references: Vec<_> = names.iter().map(|name| town.alice.wallet.references(name).to_vec()).collect();
    assert!(references.iter().all(|stored| stored.len() == 1));

    let mut other = fork;
    other.mine_many(6);
    town.alice.sync(&other);
    assert_eq!(town.alice.balance().reserved, u128::from(11 * COIN));
    assert_eq!(town.alice.balance().spendable, 0);
    // The same bytes are valid on this branch too.
    assert_eq!(other.check(signed.bytes()), Ok(()));
    town.alice.wallet.forget(&signed).unwrap();
    assert_eq!(town.alice.balance().spendable, u128::from(11 * COIN));
    let again = town.alice.build(&request);
    assert_ne!(again.txid(), signed.txid());
    assert_eq!(other.check(again.bytes()), Ok(()));
    let kept: Vec<_> = names.iter().map(|name| town.alice.wallet.references(name).to_vec()).collect();
    assert_eq!(kept, references);
    // And it is free again when the transaction can be in no block any more.
    let expiry = again.transaction().body.expiry;
    other.mine_to(expiry - 1);
    town.alice.sync(&other);
    assert_eq!(town.alice.balance().spendable, 0);
    other.mine_to(expiry);
    town.alice.sync(&other);
    assert_eq!(town.alice.balance().spendable, u128::from(11 * COIN));
}

fn key(own: &dero_wallet_core::enote::OwnEnote) -> &[u8; 32] {
    own.one_time_key()
}

#[test]
fn a_reorganisation_deeper_than_maturity_that_moves_an_enote_out_of_its_set_is_told() {
    // Sets of 4: an enote that gets another position is in another set.
    let mut town = Town::with(&[COIN; 3], &[COIN; 3], |rows| (rows.m, rows.maturity, rows.min_set) = (2, 3, 2));
    let net = *town.network.id();
    town.mine(10);
    let fork = town.chain.fork(10);
    let paid = RawBundle::foreign(1).pays(&net, &address(1), 50 * COIN).transaction();
    town.chain.mine_unchecked(std::slice::from_ref(&paid));
    town.mine(9);
    let request = SpendRequest::new([PayTo::native(town.bob.address(), 40 * COIN)]);
    let first = town.alice.build(&request);
    town.alice.wallet.forget(&first).unwrap();
    let name = paid.body.bundles[0].outputs[0].enote.one_time_key;
    let stored = town.alice.wallet.references(&name).to_vec();
    assert_eq!(stored.len(), 1);

    // On the other branch twenty enotes enter the list behind it, and it is in the newest window no more.
    let mut other = fork;
    let crowd =
        |tag: u8| (0..10).fold(RawBundle::foreign(tag), |crowd, i| crowd.pays(&net, &address(9), i)).transaction();
    other.mine_unchecked(&[paid]);
    other.mine_unchecked(&[crowd(2), crowd(3)]);
    other.mine_many(21);
    town.alice.sync(&other);
    let proposal = town.alice.propose(&request).unwrap();
    assert!(proposal.warnings().contains(&Warning::ReferenceChanged), "{:?}", proposal.warnings());
    let second = town.alice.sign(proposal).unwrap();
    assert_eq!(other.check(second.bytes()), Ok(()));
    let both = town.alice.wallet.references(&name).to_vec();
    assert_eq!((both.len(), both[0]), (2, stored[0]), "both are kept");
    // Back on the first branch, the first one is cited again.
    town.alice.wallet.forget(&second).unwrap();
    town.chain.mine_to(40);
    town.alice.sync(&town.chain);
    let proposal = town.alice.propose(&request).unwrap();
    assert!(!proposal.warnings().contains(&Warning::ReferenceChanged));
    town.alice.sign(proposal).unwrap();
    assert_eq!(town.alice.wallet.references(&name), both);
}
