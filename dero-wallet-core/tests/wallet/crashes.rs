//! A wallet whose disk fails or whose process dies is, when it is opened again, what some checkpoint left.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use crate::common::{
    COIN, Person, Town, address,
    raw::{RawBundle, deposit, entry},
};
use dero_ledger::block::compact::{CompactEffect, CompactEffectKind};
use dero_wallet_core::{
    chain::ChainError,
    spend::{PayTo, SpendError, SpendRequest},
    store::{ChangeSet, MemoryPersister, Persister},
    testing::at_once,
    wallet::OpenError,
};

/// Rows that outlive the wallet, and a disk that fails at one commit, before it writes or after, or at one read.
#[derive(Clone)]
pub(crate) struct Disk {
    rows: Rc<RefCell<MemoryPersister>>,
    commits: Rc<Cell<usize>>,
    fails_at: Rc<Cell<Option<usize>>>,
    written: bool,
    reads: Rc<Cell<usize>>,
    read_fails_at: Rc<Cell<Option<usize>>>,
}

#[derive(Debug, thiserror::Error)]
#[error("the disk failed")]
pub(crate) struct DiskFailure;

impl Disk {
    pub(crate) fn new(fails_at: Option<usize>, written: bool) -> Self {
        Self {
            rows: Rc::default(),
            commits: Rc::default(),
            fails_at: Rc::new(Cell::new(fails_at)),
            written,
            reads: Rc::default(),
            read_fails_at: Rc::default(),
        }
    }

    /// A sound disk with the same rows but for a change.
    fn copy_with(&self, change: impl FnOnce(&mut ChangeSet)) -> Self {
        let copy = Self::new(None, false);
        *copy.rows.borrow_mut() = self.rows.borrow().clone();
        let mut changes = ChangeSet::new();
        change(&mut changes);
        copy.rows.borrow_mut().commit(&changes).unwrap();
        copy
    }

    fn repair(&self) {
        self.fails_at.set(None);
    }
}

impl Persister for Disk {
    type Error = DiskFailure;

    fn load(&self) -> Result<Vec<(Vec<u8>, Vec<u8>)>, DiskFailure> {
        Ok(self.rows.borrow().load().unwrap())
    }
    fn bulk(&self, key: &[u8]) -> Result<Option<Vec<u8>>, DiskFailure> {
        let number = self.reads.replace(self.reads.get() + 1);
        if self.read_fails_at.get() == Some(number) {
            Err(DiskFailure)
        } else {
            Ok(self.rows.borrow().bulk(key).unwrap())
        }
    }
    fn commit(&mut self, changes: &ChangeSet) -> Result<(), DiskFailure> {
        let number = self.commits.replace(self.commits.get() + 1);
        let fails = self.fails_at.get() == Some(number);
        if !fails || self.written {
            self.rows.borrow_mut().commit(changes).unwrap();
        }
        if fails { Err(DiskFailure) } else { Ok(()) }
    }
}

/// A chain of 450 blocks, three windows, with receipts and a payment that Alice made elsewhere.
fn town() -> Town {
    let mut town = Town::new(&[5 * COIN, 6 * COIN], &[COIN, COIN]);
    let net = *town.network.id();
    town.mine(100);
    town.chain.mine_unchecked(&[RawBundle::foreign(1).pays(&net, &address(1), COIN).transaction()]);
    town.mine(100);
    town.alice.pay(&town.chain, &SpendRequest::new([PayTo::native(address(2), 2 * COIN)]));
    town.mine(150);
    town.chain.mine_unchecked(&[RawBundle::foreign(2).pays(&net, &address(1), 3 * COIN).transaction()]);
    town.chain.mine_to(450);
    town.sync();
    town
}

#[test]
fn a_scan_whose_disk_fails_goes_on_where_the_last_checkpoint_was() {
    let town = town();
    let expected = town.alice.state();
    let mut failures = 0;
    for fails_at in 0..8 {
        for written in [false, true] {
            let disk = Disk::new(Some(fails_at), written);
            let opened = dero_wallet_core::wallet::Wallet::open(
                town.network.clone(),
                crate::common::master(1).audit_key(),
                disk.clone(),
                crate::common::ENGINE,
            );
            let Ok(mut wallet) = opened else {
                assert_eq!(fails_at, 0, "only the first commit is made while opening");
                continue;
            };
            let result = at_once(wallet.sync(&town.chain, town.chain.now(), |_| {}));
            if let Err(error) = result {
                failures += 1;
                assert!(!error.blames_source());
                // The wallet in memory is the one on the disk.
                disk.repair();
                let same = Person::with_rows(1, &town.network, disk.clone());
                assert_eq!(same.wallet.tip(), wallet.tip());
                assert_eq!(crate::common::history(&same.wallet), crate::common::history(&wallet));
            }
            // Either it goes on, or the process dies here and the wallet is opened again.
            disk.repair();
            let mut again = Person::with_rows(1, &town.network, disk.clone());
            again.sync(&town.chain);
            assert_eq!(again.state(), expected, "commit {fails_at}");
            drop(again);
            at_once(wallet.sync(&town.chain, town.chain.now(), |_| {})).unwrap();
            assert_eq!(crate::common::history(&wallet), town.alice.history());
        }
    }
    assert!(failures >= 4, "{failures} failures");
}

#[test]
fn a_scan_and_a_rescan_whose_disk_fails_at_any_read_lose_nothing() {
    // A deposit, receipts, a payment and a release within few blocks.
    let mut town = Town::with(&[5 * COIN, 6 * COIN], &[COIN, COIN], |rows| rows.maturity = 3);
    let net = *town.network.id();
    town.mine(3);
    let (bundle, vault, _, part) = deposit(&net, &address(1));
    let paid = RawBundle::foreign(2).pays(&net, &address(1), 3 * COIN);
    town.chain.mine_unchecked(&[bundle.transaction(), paid.transaction()]);
    town.mine(1);
    town.alice.pay(&town.chain, &SpendRequest::new([PayTo::native(address(2), 2 * COIN)]));
    let released = CompactEffect { kind: CompactEffectKind::Released, id: vault.0, j: 1 };
    town.mine(1);
    let early = town.chain.fork(town.chain.tip_header().height);
    town.chain.mine_block(&[], &[(released, vec![entry(&part)])], |_, _| {});
    town.mine(6);
    let mut failures = 0;
    for (read, rescans) in (0..).flat_map(|read| [(read, false), (read, true)]) {
        let disk = Disk::new(None, false);
        let mut alice = Person::with_rows(1, &town.network, disk.clone());
        let fails_at = disk.reads.get() + read;
        disk.read_fails_at.set(Some(fails_at));
        let mut failed = alice.try_sync(&early).is_err();
        failed |= rescans && alice.wallet.rescan().is_err();
        let reached = disk.reads.get() > fails_at;
        disk.read_fails_at.set(None);
        alice.sync(&town.chain);
        assert_eq!(alice.state(), town.alice.state(), "read {read}");
        failures += u32::from(failed);
        if rescans && !reached {
            break;
        }
    }
    assert!(failures > 10, "{failures}");
}

#[test]
fn a_reorganisation_whose_disk_fails_is_made_whole_or_not_at_all() {
    let town = town();
    let tip = town.chain.tip_header().height;
    let mut other = town.chain.fork(tip - 260);
    other.mine_to(tip + 5);
    for (fails_after, written) in [(0, false), (0, true), (1, false)] {
        let disk = Disk::new(None, written);
        let mut alice = Person::with_rows(1, &town.network, disk.clone());
        alice.sync(&town.chain);
        let before = alice.state();
        disk.fails_at.set(Some(disk.commits.get() + fails_after));
        let failed = at_once(alice.wallet.sync(&other, other.now(), |_| {})).is_err();
        let same = {
            disk.repair();
            Person::with_rows(1, &town.network, disk.clone())
        };
        assert_eq!(same.state(), alice.state());
        if failed && !written {
            assert_eq!(alice.state(), before);
        }
        alice.sync(&other);
        let mut fresh = Person::new(1, &town.network);
        fresh.sync(&other);
        assert_eq!(alice.state(), fresh.state());
    }
}

#[test]
fn nothing_leaves_the_wallet_before_its_reference_is_on_the_disk() {
    let mut town = Town::new(&[5 * COIN, 6 * COIN], &[COIN, COIN]);
    town.mine(10);
    let disk = Disk::new(None, false);
    let mut alice = Person::with_rows(1, &town.network, disk.clone());
    alice.sync(&town.chain);
    let before = alice.state();
    let request = SpendRequest::new([PayTo::native(address(2), 7 * COIN)]);
    let proposal = alice.propose(&request).unwrap();
    assert_eq!(alice.state(), before, "a proposal changes nothing");
    disk.fails_at.set(Some(disk.commits.get()));
    assert!(alice.sign(proposal).is_err(), "no transaction comes out");
    assert_eq!(alice.state(), before);
    assert!(alice.wallet.open_payments().is_empty());
    disk.repair();
    let proposal = alice.propose(&request).unwrap();
    let signed = alice.sign(proposal).unwrap();
    let sent = alice.wallet.open_payments()[0].clone();
    // The process dies before the transaction is sent: its enotes stay reserved, their references stay chosen.
    let again = Person::with_rows(1, &town.network, disk);
    assert_eq!(again.balance().reserved, u128::from(11 * COIN));
    let references: Vec<_> = again.wallet.enotes().map(|own| again.wallet.references(own.one_time_key())).collect();
    assert!(references.iter().all(|references| references.len() == 1));
    let kept: Vec<_> = alice.wallet.enotes().map(|own| alice.wallet.references(own.one_time_key())).collect();
    assert_eq!(references, kept);
    // And its bytes are there, to be sent again.
    assert_eq!(again.wallet.open_payments(), [&sent]);
    assert_eq!(sent.bytes(), signed.bytes());
    assert_eq!(town.chain.check(sent.bytes()), Ok(()));
}

#[test]
fn a_signer_that_refuses_or_answers_wrongly_leaves_the_wallet_as_it_was() {
    let mut town = Town::new(&[5 * COIN, 6 * COIN], &[COIN, COIN]);
    town.mine(10);
    let before = town.alice.state();
    let request = SpendRequest::new([PayTo::native(address(2), 7 * COIN)]);
    let proposal = town.alice.propose(&request).unwrap();
    // Bob's signer has another key.
    let result = town.alice.wallet.sign(proposal, &mut town.bob.signer, &mut town.bob.rng);
    assert!(result.is_err());
    assert_eq!(town.alice.state(), before);
    assert!(town.alice.wallet.enotes().all(|own| town.alice.wallet.references(own.one_time_key()).is_empty()));
}

#[test]
fn a_rescan_keeps_what_the_chain_does_not_know() {
    let mut town = town();
    let expected = town.alice.state();
    let (index, _) = town.alice.wallet.new_address(0, "from the baker").unwrap();
    let references: Vec<_> =
        town.alice.wallet.enotes().map(|own| town.alice.wallet.references(own.one_time_key()).to_vec()).collect();
    assert!(references.iter().any(|references| !references.is_empty()));
    town.alice.wallet.rescan().unwrap();
    assert_eq!(town.alice.wallet.tip().height, 0);
    town.alice.sync(&town.chain);
    assert_eq!(town.alice.state(), expected);
    let kept: Vec<_> =
        town.alice.wallet.enotes().map(|own| town.alice.wallet.references(own.one_time_key()).to_vec()).collect();
    assert_eq!(kept, references);
    assert_eq!(town.alice.wallet.label(index), Some("from the baker"));
}

#[test]
fn rows_of_another_wallet_or_network_and_damaged_rows_are_refused() {
    use dero_wallet_core::wallet::Wallet;
    let town = town();
    let disk = Disk::new(None, false);
    let mut alice = Person::with_rows(1, &town.network, disk.clone());
    alice.sync(&town.chain);
    alice.build(&SpendRequest::new([PayTo::native(address(2), COIN)]));
    let open = |name: u8, network: &std::sync::Arc<dero_ledger::params::Network>, disk: &Disk| {
        Wallet::open(network.clone(), crate::common::master(name).audit_key(), disk.clone(), crate::common::ENGINE)
            .map(|_| ())
    };
    assert!(matches!(open(2, &town.network, &disk), Err(OpenError::Other("wallet"))));
    let other = Town::new(&[1], &[]);
    assert!(matches!(open(1, &other.network, &disk), Err(OpenError::Other("network"))));
    // Any row cut short is named as damage, and nothing panics.
    let rows = disk.load().unwrap();
    for (key, value) in rows {
        if value.is_empty() {
            continue;
        }
        let damaged = disk.copy_with(|changes| changes.put(key.clone(), &value[..value.len() - 1]));
        assert!(open(1, &town.network, &damaged).is_err(), "row {key:?}");
    }
}

#[test]
fn a_row_of_a_payment_that_is_not_what_was_written_is_damage() {
    let mut town = Town::new(&[5 * COIN, 6 * COIN], &[COIN, COIN]);
    town.mine(10);
    let disk = Disk::new(None, false);
    let mut alice = Person::with_rows(1, &town.network, disk.clone());
    alice.sync(&town.chain);
    alice.build(&SpendRequest::new([PayTo::native(address(2), COIN)]));
    let (key, value) = disk.load().unwrap().into_iter().find(|(key, _)| key[0] == b't').unwrap();
    // Accepted, the replaced one, the number of payments.
    assert_eq!(value[..3], [0, 0, 1]);
    let lies: [(&str, Lie); 7] = [
        ("nothing", Box::new(|_| {})),
        ("neither accepted nor not", Box::new(|row| row[0] = 2)),
        ("neither in place of one nor of none", Box::new(|row| row[1] = 2)),
        ("no payment", Box::new(|row| row[2] = 0)),
        ("more payments than outputs", Box::new(|row| row[2] = 17)),
        ("another fee", Box::new(|row| row[3 + 113 + 30] ^= 1)),
        ("a byte too many", Box::new(|row| row.push(0))),
    ];
    for (what, lie) in lies {
        let mut row = value.clone();
        lie(&mut row);
        let damaged = disk.copy_with(|changes| changes.put(key.clone(), row));
        let keys = crate::common::master(1).audit_key();
        let opened =
            dero_wallet_core::wallet::Wallet::open(town.network.clone(), keys, damaged, crate::common::ENGINE);
        match opened {
            Ok(_) => assert_eq!(what, "nothing"),
            Err(OpenError::Chain(ChainError::Damaged("payments"))) => assert_ne!(what, "nothing"),
            Err(error) => panic!("{what}: {error}"),
        }
    }
}

/// Changes a row.
type Lie = Box<dyn Fn(&mut Vec<u8>)>;

#[test]
fn a_kept_list_with_a_leaf_changed_exchanged_or_missing_makes_no_proof() {
    // The first window holds all twelve.
    let mut town = Town::new(&[5 * COIN, 6 * COIN], &[COIN; 10]);
    town.mine(10);
    let disk = Disk::new(None, false);
    Person::with_rows(1, &town.network, disk.clone()).sync(&town.chain);
    let first_chunk = [b"l".as_slice(), &0u64.to_be_bytes()].concat();
    let honest = disk.bulk(&first_chunk).unwrap().unwrap();
    assert_eq!(honest.len(), 12 * 96);
    let exchanged = |list: &mut Vec<u8>| {
        let (front, rest) = list.split_at_mut(3 * 96);
        front[2 * 96..].swap_with_slice(&mut rest[..96]);
    };
    let lies: [(&str, Lie); 4] = [
        ("nothing", Box::new(|_| {})),
        ("one bit of one leaf", Box::new(|list| list[5 * 96 + 40] ^= 1)),
        ("two leaves exchanged", Box::new(exchanged)),
        ("a leaf missing", Box::new(|list| drop(list.drain(7 * 96..8 * 96)))),
    ];
    for (what, lie) in lies {
        let mut list = honest.clone();
        lie(&mut list);
        let copy = disk.copy_with(|changes| changes.put_bulk(first_chunk.clone(), list));
        let mut alice = Person::with_rows(1, &town.network, copy);
        let request = SpendRequest::new([PayTo::native(address(2), 7 * COIN)]);
        let result = alice.propose(&request).and_then(|proposal| alice.sign(proposal));
        match result {
            Ok(_) => assert_eq!(what, "nothing"),
            Err(error) => assert!(matches!(error, SpendError::Chain(ChainError::Damaged(_))), "{what}: {error}"),
        }
    }
}

#[test]
fn a_group_that_ends_between_two_headers_is_rehashed_up_to_the_next_one() {
    // Twelve enotes of genesis and ten of one block: the group of 16 ends inside of that block.
    let mut town = Town::new(&[5 * COIN, 6 * COIN], &[COIN; 10]);
    let net = *town.network.id();
    let mut crowd = RawBundle::foreign(2);
    for amount in 0..10 {
        crowd = crowd.pays(&net, &address(9), amount);
    }
    town.chain.mine_unchecked(&[crowd.transaction()]);
    town.mine(14);
    let first_chunk = [b"l".as_slice(), &0u64.to_be_bytes()].concat();
    for damaged in [false, true] {
        let disk = Disk::new(None, false);
        Person::with_rows(1, &town.network, disk.clone()).sync(&town.chain);
        let mut list = disk.bulk(&first_chunk).unwrap().unwrap();
        assert_eq!(list.len(), 22 * 96);
        if damaged {
            let (front, back) = list.split_at_mut(15 * 96);
            front[14 * 96..].swap_with_slice(&mut back[..96]);
        }
        let mut changes = ChangeSet::new();
        changes.put_bulk(first_chunk.clone(), list);
        disk.rows.borrow_mut().commit(&changes).unwrap();
        let mut alice = Person::with_rows(1, &town.network, disk);
        let request = SpendRequest::new([PayTo::native(address(2), 7 * COIN)]);
        let signed = alice.propose(&request).and_then(|proposal| alice.sign(proposal));
        match signed {
            Ok(_) => assert!(!damaged),
            Err(error) => assert!(damaged && matches!(error, SpendError::Chain(ChainError::Damaged(_))), "{error}"),
        }
    }
}

#[test]
fn a_scan_that_is_dropped_at_any_await_goes_on() {
    use std::{
        future::Future,
        pin::pin,
        task::{Context, Poll, Waker},
    };
    let town = town();
    let tip = town.chain.tip_header().height;
    let mut other = town.chain.fork(tip - 260);
    other.mine_to(tip + 5);
    let mut fresh = Person::new(1, &town.network);
    fresh.sync(&other);
    let whole = [town.alice.state(), fresh.state()];
    let mut finished = false;
    for polls in 0..40 {
        let mut alice = Person::new(1, &town.network);
        alice.sync(&town.chain);
        let source = crate::common::Hesitant(&other);
        let done = {
            let mut future = pin!(alice.wallet.sync(&source, other.now(), |_| {}));
            let mut context = Context::from_waker(Waker::noop());
            (0..=polls).any(|_| matches!(future.as_mut().poll(&mut context), Poll::Ready(Ok(_))))
        };
        finished |= done;
        // Who only looks sees one branch or the other.
        assert!(whole.contains(&alice.state()), "after {polls} polls");
        // A payment in between is built on what was validated.
        let request = SpendRequest::new([PayTo::native(address(2), COIN)]);
        let _ = alice.propose(&request);
        alice.sync(&other);
        assert_eq!(alice.state(), fresh.state(), "after {polls} polls");
        if done {
            break;
        }
    }
    assert!(finished);
}
