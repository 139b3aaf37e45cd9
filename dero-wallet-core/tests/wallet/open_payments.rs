//! A payment that was signed may be published by whoever got it, until it expires: nobody is paid twice for that.

use std::collections::BTreeSet;

use crate::{
    common::{COIN, Person, Town, address},
    crashes::Disk,
};
use dero_ledger::{rules::TxError, source::ChainSource as _, transaction::TxId};
use dero_wallet_core::{
    scan::Start,
    spend::{PayTo, SignedTransaction, SpendError, SpendRequest},
    store::Persister,
    testing::{MemorySource, at_once},
    wallet::{Activity, OpenPayment},
};
use rand::Rng as _;

fn to_bob(amount: u64) -> SpendRequest {
    SpendRequest::new([PayTo::native(address(2), amount)])
}

fn tags(signed: &SignedTransaction) -> Vec<[u8; 32]> {
    signed.transaction().body.bundles[0].inputs.iter().map(|input| input.tag).collect()
}

fn share(a: &SignedTransaction, b: &SignedTransaction) -> bool {
    tags(a).iter().any(|tag| tags(b).contains(tag))
}

fn open<P: Persister>(person: &Person<P>) -> Vec<[u8; 32]> {
    person.wallet.open_payments().iter().map(|payment| payment.txid).collect()
}

fn submit(chain: &MemorySource, bytes: &[u8]) -> bool {
    at_once(chain.submit(bytes)).is_ok()
}

#[test]
fn a_payment_whose_answer_was_lost_is_open_and_its_bytes_can_be_sent_again() {
    let mut town = Town::new(&[5 * COIN, 6 * COIN, 7 * COIN], &[COIN, COIN]);
    town.mine(10);
    let mut to_himself = to_bob(2 * COIN);
    to_himself.payments.push(PayTo::native(address(1), COIN));
    let signed = town.alice.build(&to_himself);
    let payment: OpenPayment = town.alice.wallet.open_payments()[0].clone();
    assert_eq!((payment.txid, payment.expiry), (*signed.txid(), signed.transaction().body.expiry));
    assert_eq!((payment.fee, payment.accepted), (signed.transaction().body.fee, false));
    let [bobs, own] = &payment.payments[..] else { panic!("both payments") };
    assert!(bobs.is_to(&address(2)) && !bobs.is_to(&address(3)) && own.is_to(&address(1)));
    assert_eq!((bobs.amount, own.amount), (2 * COIN, COIN));

    town.mine(20);
    assert_eq!(open(&town.alice), [*signed.txid()], "it waits");
    assert_eq!(payment.bytes(), signed.bytes());
    assert!(submit(&town.chain, payment.bytes()));
    town.mine(1);
    assert!(open(&town.alice).is_empty(), "it is mined");
    let history = town.alice.wallet.history();
    let Some(Activity::Outgoing(sent)) = history.last() else { panic!("the payment") };
    assert_eq!(sent.payments, std::slice::from_ref(bobs), "what history shows is what was shown before");
    // Once more it pays nothing.
    assert!(matches!(town.chain.check(payment.bytes()), Err(TxError::Spent { .. })));
}

#[test]
fn of_a_payment_and_the_one_in_its_place_the_chain_takes_one_whichever_comes_first() {
    for old_first in [false, true] {
        let mut town = Town::new(&[5 * COIN, 6 * COIN, 7 * COIN, 8 * COIN], &[COIN; 2]);
        town.mine(10);
        // A node refuses it, and keeps it.
        let old = town.alice.build(&to_bob(3 * COIN));
        let new = town.alice.build(&to_bob(3 * COIN).replacing(*old.txid()));
        assert_ne!(old.txid(), new.txid());
        let replaces: Vec<_> = town.alice.wallet.open_payments().iter().map(|payment| payment.replaces).collect();
        assert!(replaces.contains(&None) && replaces.contains(&Some(*old.txid())));
        let (first, second) = if old_first { (&old, &new) } else { (&new, &old) };
        assert_eq!((town.chain.check(old.bytes()), town.chain.check(new.bytes())), (Ok(()), Ok(())));
        assert!(submit(&town.chain, first.bytes()));
        town.mine(1);
        // Now the other one is published.
        assert!(matches!(town.chain.check(second.bytes()), Err(TxError::Spent { .. })), "{old_first}");
        assert!(!submit(&town.chain, second.bytes()));
        assert!(open(&town.alice).is_empty(), "neither can enter a block any more");
        town.mine(20);
        assert_eq!(town.bob.balance().total(), u128::from(5 * COIN), "Bob is paid once");
        // The enotes that the losing one alone would have spent are free when it has expired.
        town.mine(150);
        assert_eq!(town.alice.balance().reserved, 0);
    }
    // Without a word both are taken.
    let mut town = Town::new(&[5 * COIN, 6 * COIN, 7 * COIN, 8 * COIN], &[COIN; 2]);
    town.mine(10);
    let both = [0; 2].map(|_| town.alice.build(&to_bob(3 * COIN)));
    assert!(both.iter().all(|signed| submit(&town.chain, signed.bytes())));
    town.mine(20);
    assert_eq!(town.bob.balance().total(), u128::from(8 * COIN), "twice");
}

#[test]
fn a_payment_in_place_of_another_takes_its_enotes_under_their_references() {
    let mut town = Town::new(&[5 * COIN; 8], &[COIN; 2]);
    town.mine(10);
    let old = town.alice.build(&to_bob(3 * COIN));
    let references = |town: &Town| -> Vec<_> {
        town.alice.wallet.enotes().map(|own| town.alice.wallet.references(own.one_time_key()).to_vec()).collect()
    };
    let before = references(&town);
    town.mine(20);
    // What was seen together is seen together again, and nothing else beside it.
    let new = town.alice.build(&to_bob(4 * COIN).replacing(*old.txid()));
    assert_eq!(tags(&new), tags(&old));
    assert_eq!(references(&town), before);
    // More than it holds: another enote comes in, and what the first two spend stays reserved.
    let more = town.alice.build(&to_bob(12 * COIN).replacing(*old.txid()));
    assert!(share(&more, &old) && share(&more, &new));
    let spent: BTreeSet<[u8; 32]> = [&old, &new, &more].into_iter().flat_map(tags).collect();
    assert_eq!(town.alice.balance().reserved, spent.len() as u128 * u128::from(5 * COIN));
    assert!(!share(&town.alice.build(&to_bob(COIN)), &more), "the others are free");
}

#[test]
fn of_payments_that_replaced_each_other_every_two_conflict() {
    for seed in 0..6u8 {
        let mut town = Town::new(&[5 * COIN; 8], &[COIN; 2]);
        for _ in 0..seed {
            // Other draws.
            town.alice.rng.next_u64();
        }
        town.mine(10);
        let amounts = [COIN, 12 * COIN, 3 * COIN, 22 * COIN, COIN];
        let mut made: Vec<SignedTransaction> = Vec::new();
        for (i, amount) in amounts.into_iter().enumerate() {
            let mut request = to_bob(amount);
            // Now the last one is replaced and now the first one.
            if let Some(replaced) = if i % 2 == 0 { made.last() } else { made.first() } {
                request = request.replacing(*replaced.txid());
            }
            made.push(town.alice.build(&request));
        }
        assert_eq!(open(&town.alice).len(), 5);
        for (i, a) in made.iter().enumerate() {
            assert!(made[i + 1..].iter().all(|b| share(a, b)), "payment {i}");
        }
        assert!(submit(&town.chain, made[3].bytes()));
        town.mine(1);
        assert!(open(&town.alice).is_empty());
        assert!(made.iter().all(|signed| town.chain.check(signed.bytes()).is_err()));
    }
}

#[test]
fn an_earlier_payment_that_expired_meanwhile_is_conflicted_with_too() {
    // A reorganisation may lower the tip, so that it is open again.
    for seed in 0..6u8 {
        let mut town = Town::new(&[5 * COIN; 8], &[COIN; 2]);
        for _ in 0..seed {
            town.alice.rng.next_u64();
        }
        town.mine(10);
        let first = town.alice.build(&to_bob(COIN));
        town.chain.mine_to(first.transaction().body.expiry - 1);
        town.sync();
        let second = town.alice.build(&to_bob(22 * COIN).replacing(*first.txid()));
        town.mine(1);
        assert_eq!(open(&town.alice), [*second.txid()]);
        let third = town.alice.build(&to_bob(COIN).replacing(*second.txid()));
        assert!(share(&third, &first) && share(&third, &second));
    }
}

#[test]
fn a_reorganisation_that_takes_its_block_away_opens_a_payment_again() {
    let mut town = Town::with(&[5 * COIN, 6 * COIN], &[], |rows| (rows.maturity, rows.min_set) = (4, 2));
    town.mine(10);
    let mut other = town.chain.fork(10);
    let signed = town.alice.pay(&town.chain, &to_bob(7 * COIN));
    let kept = town.alice.wallet.open_payments()[0].clone();
    town.mine(3);
    assert!(open(&town.alice).is_empty());
    other.mine_many(6);
    town.alice.sync(&other);
    assert_eq!(town.alice.wallet.open_payments(), [&kept]);
    // The same bytes are valid there, and a payment in their place conflicts.
    assert_eq!(other.check(kept.bytes()), Ok(()));
    let new = town.alice.build(&to_bob(6 * COIN).replacing(kept.txid));
    assert!(share(&new, &signed));
    assert!(submit(&other, new.bytes()));
    other.mine();
    town.alice.sync(&other);
    assert!(open(&town.alice).is_empty());
    assert!(matches!(other.check(kept.bytes()), Err(TxError::Spent { .. })));
}

#[test]
fn a_payment_is_kept_as_long_as_a_reorganisation_can_open_it_and_no_longer() {
    let kept = |disk: &Disk| disk.load().unwrap().iter().filter(|(key, _)| key[0] == b't').count();
    for mined in [false, true] {
        let mut town = Town::new(&[5 * COIN, 6 * COIN], &[COIN; 2]);
        town.mine(10);
        let disk = Disk::new(None, false);
        let mut alice = Person::with_rows(1, &town.network, disk.clone());
        alice.sync(&town.chain);
        let signed = alice.build(&to_bob(3 * COIN));
        if mined {
            assert!(submit(&town.chain, signed.bytes()));
        }
        let closed = if mined { 11 } else { signed.transaction().body.expiry };
        for (height, expected) in [(closed - 1, 1), (closed, 1), (closed + 359, 1), (closed + 360, 0)] {
            town.chain.mine_to(height);
            alice.sync(&town.chain);
            assert_eq!(open(&alice).len(), usize::from(height < closed), "mined {mined}, {height}");
            assert_eq!(kept(&disk), expected, "mined {mined}, {height}");
        }
    }
}

#[test]
fn a_rescan_keeps_what_is_open_and_finds_what_is_mined() {
    let mut town = Town::new(&[5 * COIN, 6 * COIN, 7 * COIN, 8 * COIN], &[COIN; 2]);
    town.mine(10);
    town.alice.pay(&town.chain, &to_bob(COIN));
    town.mine(5);
    let waits = town.alice.build(&to_bob(2 * COIN));
    for start in [Start::Genesis, Start::Height(8)] {
        town.alice.wallet.rescan_from(start).unwrap();
        town.mine(1);
        assert_eq!(open(&town.alice), [*waits.txid()]);
        assert!(town.alice.balance().reserved > 0);
    }
    let new = town.alice.build(&to_bob(2 * COIN).replacing(*waits.txid()));
    assert!(share(&new, &waits));
}

#[test]
fn what_is_not_open_or_has_no_enote_that_can_be_spent_is_not_replaced() {
    let mut town = Town::with(&[5 * COIN, 6 * COIN], &[], |rows| (rows.maturity, rows.min_set) = (4, 2));
    town.mine(10);
    let not_open = |town: &mut Town, txid: [u8; 32]| {
        let found = town.alice.propose(&to_bob(COIN).replacing(txid));
        assert!(matches!(found, Err(SpendError::NotOpen { txid: TxId(named) }) if named == txid), "{found:?}");
    };
    not_open(&mut town, [7; 32]);
    let signed = town.alice.build(&to_bob(COIN));
    // All of it belongs to account 0.
    let elsewhere = town.alice.propose(&to_bob(COIN).replacing(*signed.txid()).from_account(1));
    assert!(matches!(elsewhere, Err(SpendError::NotReplaceable { txid }) if txid.0 == *signed.txid()));
    // More than there is: what the open one spends counts as what can be spent.
    let much = town.alice.propose(&to_bob(20 * COIN).replacing(*signed.txid()));
    let Err(SpendError::Funds { spendable, reserved, .. }) = much else { panic!("too much") };
    assert_eq!((spendable, reserved), (u128::from(11 * COIN), 0));
    town.chain.mine_to(signed.transaction().body.expiry);
    town.sync();
    not_open(&mut town, *signed.txid());
    let signed = town.alice.pay(&town.chain, &to_bob(COIN));
    town.mine(1);
    not_open(&mut town, *signed.txid());
}

#[test]
fn a_proposal_in_place_of_a_payment_that_was_settled_or_replaced_otherwise_is_outdated() {
    let mut town = Town::new(&[5 * COIN; 6], &[COIN; 2]);
    town.mine(10);
    let old = town.alice.build(&to_bob(COIN));
    let late = town.alice.propose(&to_bob(COIN).replacing(*old.txid())).unwrap();
    assert!(submit(&town.chain, old.bytes()));
    town.mine(1);
    assert!(matches!(town.alice.sign(late), Err(SpendError::Outdated)));

    // Two proposals in place of one payment: whatever is signed conflicts with whatever was signed before.
    town.mine(20);
    let old = town.alice.build(&to_bob(COIN));
    let twins = [0; 2].map(|_| town.alice.propose(&to_bob(COIN).replacing(*old.txid())).unwrap());
    let mut made = vec![old];
    made.extend(twins.map(|twin| town.alice.sign(twin).unwrap()));
    assert!(share(&made[0], &made[1]) && share(&made[1], &made[2]) && share(&made[0], &made[2]));
}

#[test]
fn what_is_forgotten_frees_only_what_no_other_open_payment_spends() {
    let mut town = Town::new(&[5 * COIN; 4], &[COIN; 2]);
    town.mine(10);
    let old = town.alice.build(&to_bob(COIN));
    let new = town.alice.build(&to_bob(12 * COIN).replacing(*old.txid()));
    assert_eq!(town.alice.balance().reserved, u128::from(15 * COIN));
    town.alice.wallet.forget(&new).unwrap();
    assert_eq!(open(&town.alice), [*old.txid()]);
    assert_eq!(town.alice.balance().reserved, u128::from(10 * COIN));
    town.alice.wallet.forget(&old).unwrap();
    assert!(open(&town.alice).is_empty());
    assert_eq!(town.alice.balance().reserved, 0);
}

#[test]
fn that_a_node_took_a_payment_is_remembered() {
    let mut town = Town::new(&[5 * COIN; 4], &[COIN; 2]);
    town.mine(10);
    let disk = Disk::new(None, false);
    let mut alice = Person::with_rows(1, &town.network, disk.clone());
    alice.sync(&town.chain);
    let [first, second] = [COIN, 2 * COIN].map(|amount| *alice.build(&to_bob(amount)).txid());
    alice.wallet.mark_accepted(&first).unwrap();
    alice.wallet.mark_accepted(&[9; 32]).unwrap();
    let again = Person::with_rows(1, &town.network, disk);
    let accepted = |txid| again.wallet.open_payments().iter().any(|one| one.txid == txid && one.accepted);
    assert_eq!((accepted(first), accepted(second), open(&again).len()), (true, false, 2));
}

#[test]
fn what_is_reserved_and_what_is_on_its_way_are_told_apart_where_there_is_not_enough() {
    let mut town = Town::new(&[5 * COIN; 4], &[COIN; 2]);
    town.mine(10);
    town.bob.pay(&town.chain, &SpendRequest::new([PayTo::native(address(1), COIN)]));
    town.alice.build(&to_bob(COIN));
    town.mine(1);
    let Err(error) = town.alice.propose(&to_bob(15 * COIN)) else { panic!("not enough") };
    let said = error.to_string();
    let SpendError::Funds { spendable, reserved, waiting, .. } = error else { panic!("{said}") };
    assert_eq!([spendable, reserved, waiting], [10, 10, 1].map(|coins| u128::from(coins * COIN)));
    assert!(said.contains("10000000000 more are reserved") && said.contains("1000000000 more have yet"), "{said}");
}
