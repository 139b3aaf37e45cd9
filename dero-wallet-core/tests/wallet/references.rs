//! Under which references enotes are spent: one choice for ever, on every device, and known before it is signed.

use std::collections::BTreeMap;

use crate::common::{COIN, Person, Town, address, master, raw::RawBundle};
use dero_crypto::membership::{Coin, Reference};
use dero_wallet_core::{
    spend::{PayTo, SignedTransaction, SpendError, SpendRequest, Warning},
    testing::{MemorySource, small_network},
};
use rand::{SeedableRng, rngs::StdRng};

/// The references of a transaction, by the tags of its inputs.
fn cited(signed: &SignedTransaction) -> BTreeMap<[u8; 32], Reference> {
    let inputs = &signed.transaction().body.bundles[0].inputs;
    let size = signed.transaction().membership.len() / inputs.len();
    let references =
        signed.transaction().membership.chunks(size).map(|input| Reference::from_bytes(&input[..5]).unwrap());
    inputs.iter().map(|input| input.tag).zip(references).collect()
}

fn to_bob(amount: u64) -> SpendRequest {
    SpendRequest::new([PayTo::native(address(2), amount)])
}

#[test]
fn a_node_that_drops_transactions_for_a_thousand_blocks_sees_one_reference() {
    let mut town = Town::new(&[5 * COIN, 6 * COIN], &[COIN, COIN]);
    town.mine(10);
    let first = town.alice.pay(&town.chain, &to_bob(7 * COIN));
    let expected = cited(&first);
    let mut last = first;
    for attempt in 0..2 {
        town.chain.drop_waiting();
        town.mine(500);
        last = town.alice.pay(&town.chain, &to_bob((7 + attempt) * COIN));
        assert_eq!(cited(&last), expected);
    }
    // A fork that keeps the network id sees the same.
    town.chain.drop_waiting();
    let mut fork = town.chain.fork(800);
    fork.mine_to(1_020);
    town.alice.sync(&fork);
    town.alice.wallet.forget(&last).unwrap();
    let again = town.alice.build(&to_bob(6 * COIN));
    assert_eq!(cited(&again), expected);
    assert_eq!(fork.check(again.bytes()), Ok(()));
}

#[test]
fn a_reference_that_the_chain_has_not_reached_again_is_waited_for() {
    let mut town = Town::new(&[5 * COIN, 6 * COIN], &[COIN, COIN]);
    town.mine(20);
    let first = town.alice.build(&to_bob(7 * COIN));
    let expected = cited(&first);
    assert!(expected.values().all(|reference| *reference == Reference::Open { anchor: 4 }));
    town.alice.wallet.forget(&first).unwrap();
    // Found again with a node that is one block behind.
    town.alice.wallet.rescan().unwrap();
    town.alice.sync(&town.chain.fork(19));
    let too_early = town.alice.propose(&to_bob(7 * COIN));
    assert!(matches!(too_early, Err(SpendError::Funds { .. })), "{too_early:?}");
    town.alice.sync(&town.chain);
    let proposal = town.alice.propose(&to_bob(7 * COIN)).unwrap();
    assert!(!proposal.warnings().contains(&Warning::ReferenceChanged));
    assert_eq!(cited(&town.alice.sign(proposal).unwrap()), expected);
}

#[test]
fn two_devices_with_one_seed_choose_the_same_references_at_equal_heights() {
    let holdings: Vec<u64> = (1..=12).map(|i| i * COIN).collect();
    let mut town = Town::new(&holdings, &holdings);
    town.mine(40);
    let mut other = Person::new(1, &town.network);
    other.sync(&town.chain);
    let mut seen = BTreeMap::new();
    for amount in [1, 3, 20] {
        for person in [&mut town.alice, &mut other] {
            let signed = person.build(&to_bob(amount * COIN));
            for (tag, reference) in cited(&signed) {
                assert_eq!(*seen.entry(tag).or_insert(reference), reference);
            }
        }
    }
}

#[test]
fn of_two_candidates_the_coin_decides() {
    // Alice's enotes stand at positions 8 to 15: in the closed group 0 to 15 and in the open window 8 to 23.
    let holdings: Vec<_> = (0..24).map(|i| (address(if i / 8 == 1 { 1 } else { 9 }), COIN)).collect();
    let network = small_network(&holdings, |_| {});
    let mut chain = MemorySource::new(network.clone(), StdRng::seed_from_u64(3));
    chain.mine_many(12);
    let mut alice = Person::new(1, &network);
    alice.sync(&chain);
    let mut seen = BTreeMap::new();
    for _ in 0..4 {
        seen.extend(cited(&alice.build(&to_bob(COIN / 2))));
    }
    let keys = master(1).audit_key();
    for (tag, reference) in &seen {
        let tag = dero_crypto::group::Point::decode(tag, "L").unwrap();
        let expected = match Coin::toss(keys.view_balance_secret(), &tag) {
            Coin::Closed => Reference::Closed { group: 0 },
            Coin::Open => Reference::Open { anchor: 2 },
        };
        assert_eq!(*reference, expected);
    }
    let closed = seen.values().filter(|reference| matches!(reference, Reference::Closed { .. })).count();
    assert!((1..seen.len()).contains(&closed), "both occur: {seen:?}");
}

#[test]
fn of_two_proposals_the_first_that_is_signed_fixes_the_reference() {
    let mut town = Town::new(&[5 * COIN, 6 * COIN], &[COIN, COIN]);
    town.mine(10);
    let early = town.alice.propose(&to_bob(7 * COIN)).unwrap();
    town.mine(10);
    let late = town.alice.build(&to_bob(7 * COIN));
    town.alice.wallet.forget(&late).unwrap();
    // It would cite the anchor of height 10, and the other one, which may have left, cites that of height 20.
    assert!(cited(&late).values().all(|reference| *reference == Reference::Open { anchor: 4 }));
    assert!(matches!(town.alice.sign(early), Err(SpendError::Outdated)));
}

#[test]
fn what_is_worth_less_than_an_input_costs_is_left_alone() {
    let mut town = Town::new(&[5 * COIN], &[COIN; 5]);
    let net = *town.network.id();
    let fee = {
        town.mine(10);
        town.alice.propose(&to_bob(COIN)).unwrap().fee()
    };
    for (block, amount, inputs) in [(1, 1, 1), (2, fee, 2)] {
        let paid = RawBundle::foreign(block).pays(&net, &address(1), amount);
        town.chain.mine_unchecked(&[paid.transaction()]);
        town.mine(20);
        for _ in 0..5 {
            assert_eq!(town.alice.propose(&to_bob(COIN)).unwrap().input_count(), inputs, "{amount}");
        }
    }
}

#[test]
fn a_restored_wallet_says_so_before_it_spends_an_older_enote() {
    let mut town = Town::new(&[5 * COIN, 6 * COIN], &[COIN, COIN]);
    town.mine(10);
    let mut restored = Person::new(1, &town.network);
    restored.wallet.mark_restored(10).unwrap();
    restored.sync(&town.chain);
    let proposal = restored.propose(&to_bob(7 * COIN)).unwrap();
    assert!(proposal.warnings().contains(&Warning::RestoredBefore));
    // Said once: from now on the reference is known.
    let signed = restored.sign(proposal).unwrap();
    restored.wallet.forget(&signed).unwrap();
    assert!(!restored.propose(&to_bob(7 * COIN)).unwrap().warnings().contains(&Warning::RestoredBefore));
    assert!(!town.alice.propose(&to_bob(7 * COIN)).unwrap().warnings().contains(&Warning::RestoredBefore));
    // What came after the restore is nobody else's.
    let net = *town.network.id();
    let paid = RawBundle::foreign(1).pays(&net, &address(1), 90 * COIN).pays(&net, &address(1), 80 * COIN);
    town.chain.mine_unchecked(&[paid.transaction()]);
    town.chain.mine_many(20);
    let mut restored = Person::new(1, &town.network);
    restored.wallet.mark_restored(10).unwrap();
    restored.sync(&town.chain);
    assert!(!restored.propose(&to_bob(100 * COIN)).unwrap().warnings().contains(&Warning::RestoredBefore));
}

#[test]
fn the_coin_is_fair() {
    let mut open = 0u32;
    let mut total = 0;
    for wallet in 0..8 {
        let keys = master(wallet).audit_key();
        for other in 0..250u32 {
            let tag = dero_crypto::group::domain::ASSET.hash(&[&other.to_le_bytes(), &[wallet]]);
            let tag = dero_crypto::group::Point::encode(tag, "L").unwrap();
            open += u32::from(Coin::toss(keys.view_balance_secret(), &tag) == Coin::Open);
            total += 1;
        }
    }
    // 2,000 tosses: five standard deviations are 112.
    assert!(open.abs_diff(total / 2) < 112, "{open} of {total}");
}

#[test]
fn sets_of_coinbase_and_genesis_enotes_are_warned_about() {
    let mut town = Town::new(&[5 * COIN, 6 * COIN], &[COIN, COIN]);
    town.mine(10);
    let warnings = town.alice.propose(&to_bob(COIN)).unwrap().warnings().to_vec();
    assert_eq!(warnings, [Warning::FewMembers { ordinary: 0 }]);
    let net = *town.network.id();
    let mut crowd = RawBundle::foreign(2);
    for amount in 0..9 {
        crowd = crowd.pays(&net, &address(9), amount);
    }
    town.chain.mine_unchecked(&[crowd.transaction()]);
    town.mine(15);
    let counted: Vec<u64> = town
        .alice
        .propose(&to_bob(COIN))
        .unwrap()
        .warnings()
        .iter()
        .filter_map(|warning| match warning {
            Warning::FewMembers { ordinary } => Some(*ordinary),
            _ => None,
        })
        .collect();
    assert_eq!(counted, [9], "a window of 13 positions, nine of them ordinary");
}

#[test]
fn many_closed_groups_and_a_window_that_filled_too_fast_are_warned_about() {
    // Sets of 4, so that genesis alone is eight groups; Alice has one coin in every other one.
    let holdings: Vec<_> = (0..16).map(|i| (address(if i % 4 == 0 { 1 } else { 9 }), COIN)).collect();
    let network = small_network(&holdings, |rows| (rows.m, rows.maturity) = (2, 2));
    let mut chain = MemorySource::new(network.clone(), StdRng::seed_from_u64(3));
    let mut alice = Person::new(1, &network);
    let net = *network.id();
    // One ordinary output a block for a long time, so that a window takes some blocks.
    for block in 0..102u8 {
        chain.mine_unchecked(&[RawBundle::foreign(block + 1).pays(&net, &address(9), 1).transaction()]);
    }
    alice.sync(&chain);
    let proposal = alice.propose(&to_bob(3 * COIN + COIN / 2)).unwrap();
    assert!(proposal.warnings().contains(&Warning::ManyGroups { groups: 4 }), "{:?}", proposal.warnings());
    let fast = |warning: &Warning| matches!(warning, Warning::FastWindow { .. });
    assert!(!proposal.warnings().iter().any(fast));

    // Somebody fills the window of height 105 in one block. Alice's new enotes are in it.
    let mut flood = RawBundle::foreign(200);
    for _ in 0..7 {
        flood = flood.pays(&net, &address(1), 50 * COIN);
    }
    chain.mine_unchecked(&[flood.transaction()]);
    chain.mine_many(2);
    alice.sync(&chain);
    let mut proposals = (0..30).map(|_| alice.propose(&to_bob(60 * COIN)).unwrap());
    assert!(proposals.any(|proposal| proposal.warnings().iter().any(fast)));
}

#[test]
fn an_enote_that_is_behind_no_anchor_waits() {
    let mut town = Town::new(&[], &[2 * COIN, COIN, COIN, COIN]);
    let net = *town.network.id();
    town.mine(1);
    let paid = RawBundle::foreign(1).pays(&net, &address(1), 9 * COIN).transaction();
    town.chain.mine_unchecked(&[paid]);
    // Listed at height 12; the next anchor is at height 15.
    town.mine(10);
    for height in 12..15 {
        assert_eq!(town.chain.tip_header().height, height);
        assert_eq!(town.alice.balance().waiting, u128::from(9 * COIN));
        assert!(town.alice.propose(&to_bob(COIN)).is_err());
        town.mine(1);
    }
    assert_eq!(town.alice.balance().spendable, u128::from(9 * COIN));
    let signed = town.alice.build(&to_bob(COIN));
    assert_eq!(town.chain.check(signed.bytes()), Ok(()));
}
