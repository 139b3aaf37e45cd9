//! From outside, payments look alike.

use std::collections::BTreeSet;

use crate::common::{COIN, Person, Town, address};
use dero_crypto::{
    asset::AssetId,
    enote::{Findable, MemoEntries},
    keys::AddressIndex,
};
use dero_ledger::transaction::{Transaction, fee};
use dero_wallet_core::{
    spend::{FeeStep, PayTo, SignedTransaction, SpendError, SpendRequest, Warning},
    testing::at_once,
};

const STEPS: [FeeStep; 4] = [FeeStep::Minimum, FeeStep::Double, FeeStep::Fourfold, FeeStep::Eightfold];

fn body(signed: &SignedTransaction) -> &dero_ledger::transaction::Body {
    &signed.transaction().body
}

/// What everybody sees of a transaction: counts, sizes and times.
fn shape(transaction: &Transaction) -> Vec<u64> {
    let body = &transaction.body;
    let sections = [
        &transaction.out_proofs,
        &transaction.auth,
        &transaction.membership,
        &transaction.memos,
        &transaction.payload,
    ];
    let mut shape = vec![
        body.valid_from,
        body.expiry,
        body.fee,
        body.bundles.len() as u64,
        body.input_count() as u64,
        body.output_count() as u64,
        u64::from(body.memo_class.code()),
        body.ops.len() as u64,
        body.moves.len() as u64,
    ];
    shape.extend(sections.map(|section| section.len() as u64));
    shape
}

fn text(length: usize) -> MemoEntries {
    let mut memo = MemoEntries::new();
    memo.set_text(&"x".repeat(length));
    memo
}

#[test]
fn ordinary_payments_of_two_wallets_with_and_without_memo_are_of_one_shape() {
    let mut town = Town::new(&[9 * COIN, 8 * COIN], &[4 * COIN, 3 * COIN, 2 * COIN]);
    town.mine(10);
    let mut shapes = BTreeSet::new();
    for memo in [MemoEntries::new(), text(1), text(45)] {
        let pay =
            |to: u8, amount: u64| SpendRequest::new([PayTo::native(address(to), amount).with_memo(memo.clone())]);
        let alice = town.alice.build(&pay(2, 10 * COIN));
        town.alice.wallet.forget(&alice).unwrap();
        // All but the fee, none at all, to oneself.
        for request in [pay(1, COIN), pay(1, 0), pay(9, 5 * COIN)] {
            let bob = town.bob.build(&request);
            town.bob.wallet.forget(&bob).unwrap();
            shapes.insert(shape(bob.transaction()));
        }
        shapes.insert(shape(alice.transaction()));
    }
    assert_eq!(shapes.len(), 1, "{shapes:?}");
    let shape = shapes.first().unwrap();
    assert_eq!(shape[..9], [0, 160, shape[2], 1, 2, 3, 1, 0, 0]);
}

#[test]
fn fees_are_the_minimum_times_1_2_4_or_8_whatever_is_paid() {
    let mut town = Town::new(&[9 * COIN, 8 * COIN], &[COIN, COIN]);
    town.mine(10);
    let rules = town.network.rules();
    for payees in [1u64, 2, 3, 7, 14] {
        let payments: Vec<PayTo> = (0..payees).map(|i| PayTo::native(address(20 + i as u8), COIN / 2)).collect();
        for step in STEPS {
            if payees > 2 && step != FeeStep::Double {
                continue;
            }
            let request = SpendRequest::new(payments.clone()).with_fee(step);
            let proposal = town.alice.propose(&request).unwrap();
            let stated = proposal.fee();
            let signed = town.alice.sign(proposal).unwrap();
            town.alice.wallet.forget(&signed).unwrap();
            let minimum = signed.transaction().minimum_fee(&rules).unwrap();
            assert_eq!((body(&signed).fee, stated), (minimum * step.factor(), minimum * step.factor()));
            assert!(fee::is_quantised(body(&signed).fee));
            assert_eq!(town.chain.check(signed.bytes()), Ok(()), "{payees} payees");
            let outputs = match payees {
                1 => 3,
                2 => 4,
                3..=6 => 8,
                _ => 16,
            };
            assert_eq!(body(&signed).output_count(), outputs);
        }
    }
    let many = SpendRequest::new((0..15).map(|i| PayTo::native(address(20 + i), 1)));
    assert!(matches!(town.alice.propose(&many), Err(SpendError::Payments { found: 15 })));
    assert!(matches!(town.alice.propose(&SpendRequest::new([])), Err(SpendError::Payments { found: 0 })));
}

#[test]
fn inputs_are_one_two_four_or_eight_with_own_zeros_as_fillers() {
    let small = COIN / 100;
    let mut town = Town::new(&[10 * small; 5], &[COIN, COIN]);
    town.mine(10);
    // Three spares of zero come from three payments.
    for _ in 0..2 {
        town.alice.pay(&town.chain, &SpendRequest::new([PayTo::native(address(2), small)]));
        town.mine(20);
    }
    let count = |person: &mut Person, amount: u64| {
        let proposal = person.propose(&SpendRequest::new([PayTo::native(address(2), amount)])).unwrap();
        let inputs = proposal.input_count();
        let signed = person.sign(proposal).unwrap();
        assert_eq!(town.chain.check(signed.bytes()), Ok(()));
        person.wallet.forget(&signed).unwrap();
        assert_eq!(body(&signed).input_count(), inputs);
        inputs
    };
    assert_eq!(count(&mut town.alice, small), 2);
    assert_eq!(count(&mut town.alice, 15 * small), 2);
}

#[test]
fn every_expiry_is_the_tip_and_120_rounded_up_to_32() {
    let mut town = Town::new(&[9 * COIN, 8 * COIN], &[COIN, COIN]);
    for height in [8, 9, 40, 41] {
        town.chain.mine_to(height);
        town.sync();
        let signed = town.alice.build(&SpendRequest::new([PayTo::native(address(2), COIN)]));
        town.alice.wallet.forget(&signed).unwrap();
        let expected = (height + 120).next_multiple_of(32);
        assert_eq!((body(&signed).expiry, body(&signed).valid_from), (expected, 0));
    }
}

#[test]
fn two_attempts_share_nothing_that_could_link_or_leak() {
    let mut town = Town::new(&[9 * COIN, 8 * COIN], &[COIN, COIN]);
    town.mine(10);
    let mut memo = MemoEntries::new();
    memo.set_text("the same words");
    let request = SpendRequest::new([PayTo::native(address(2), 12 * COIN).with_memo(memo)]);
    let attempts: Vec<SignedTransaction> = (0..2)
        .map(|_| {
            let signed = town.alice.build(&request);
            town.alice.wallet.forget(&signed).unwrap();
            signed
        })
        .collect();
    let mut seen = BTreeSet::new();
    let mut fresh = |what: &str, bytes: &[u8]| assert!(seen.insert(bytes.to_vec()), "{what} twice");
    for attempt in &attempts {
        let bundle = &body(attempt).bundles[0];
        fresh("tx_nonce", &bundle.tx_nonce);
        fresh("pi", &body(attempt).balance);
        for input in &bundle.inputs {
            fresh("K~", &input.key);
            fresh("C~", &input.commitment);
            fresh("T~", &input.asset_tag);
        }
        for output in &bundle.outputs {
            let enote = &output.enote;
            fresh("Ko", &enote.one_time_key);
            fresh("C", &enote.commitment);
            fresh("T", &enote.asset_tag);
            fresh("De", &enote.ephemeral_key);
            fresh("the wrapped seed", &enote.seed_enc);
            fresh("the amount pad", &enote.pay_enc);
        }
        attempt.transaction().memos.chunks(64).for_each(|memo| fresh("memo", memo));
        attempt.transaction().out_proofs.chunks(32).for_each(|part| fresh("proof part", part));
        attempt.transaction().auth.chunks(32).for_each(|part| fresh("signature part", part));
    }
    // The tags are the same, which is why the references must be.
    let tags = |attempt: &SignedTransaction| -> Vec<[u8; 32]> {
        body(attempt).bundles[0].inputs.iter().map(|input| input.tag).collect()
    };
    assert_eq!(tags(&attempts[0]), tags(&attempts[1]));
    // And the seeds, as the recipient opens them.
    let mut seeds = BTreeSet::new();
    for attempt in &attempts {
        let mut chain = town.chain.fork(10);
        at_once(dero_ledger::source::ChainSource::submit(&chain, attempt.bytes())).unwrap();
        chain.mine_many(1);
        for name in [1, 2] {
            let mut person = Person::new(name, &town.network);
            person.sync(&chain);
            let new = person.wallet.enotes().filter(|own| own.height() == 11);
            let count = new.map(|own| assert!(seeds.insert(*own.recognised().seed().expose()))).count();
            assert_eq!(count, if name == 1 { 2 } else { 1 });
        }
    }
}

#[test]
fn memos_reach_the_recipient_and_stay_with_the_sender() {
    let mut town = Town::new(&[9 * COIN, 8 * COIN], &[COIN, COIN]);
    town.mine(10);
    let mut memo = MemoEntries::new();
    memo.set_payment_id([7; 8]);
    memo.set_text("rent, March");
    memo.set_reply_address(&town.alice.address());
    let payments = [
        PayTo::native(address(2), COIN).with_memo(memo.clone()),
        PayTo::native(address(9), COIN).with_memo(text(200)),
    ];
    let signed = town.alice.pay(&town.chain, &SpendRequest::new(payments));
    assert_eq!(signed.transaction().body.memo_class.bytes(), 256, "the class that holds the longest");
    town.mine(1);
    let [read] = &town.bob.wallet.memos(signed.bytes()).unwrap()[..] else { panic!("one memo") };
    assert_eq!((&read.entries, read.outgoing), (&memo, false));
    let written = town.alice.wallet.memos(signed.bytes()).unwrap();
    assert_eq!(written.len(), 2);
    assert!(written.iter().all(|memo| memo.outgoing));
    assert!(written.iter().any(|written| written.entries == memo && written.one_time_key == read.one_time_key));
    // Nobody else reads anything, and unused memos are as long as used ones.
    assert_eq!(Person::new(3, &town.network).wallet.memos(signed.bytes()), Ok(Vec::new()));
    assert_eq!(signed.transaction().memos.len(), 4 * 256);

    // A memo that was changed or exchanged is not shown, and the payment counts.
    let net = *town.network.id();
    for byte in 0..4 * 256 {
        let mut changed = signed.transaction().clone();
        changed.memos[byte] ^= 1;
        assert!(town.bob.wallet.memos(&changed.encode(&net)).is_err(), "the digest in Body does not fit");
        changed.body.memo_digest = dero_ledger::transaction::memo_digest(&changed.memos);
        let shown = town.bob.wallet.memos(&changed.encode(&net)).unwrap();
        let place = signed.transaction().body.bundles[0]
            .outputs
            .iter()
            .position(|output| output.enote.one_time_key == read.one_time_key)
            .unwrap();
        assert_eq!(shown.is_empty(), byte / 256 == place, "byte {byte}");
    }
    let mut exchanged = signed.transaction().clone();
    exchanged.memos.rotate_left(256);
    exchanged.body.memo_digest = dero_ledger::transaction::memo_digest(&exchanged.memos);
    assert_eq!(town.bob.wallet.memos(&exchanged.encode(&net)), Ok(Vec::new()));
    assert_eq!(town.bob.balance().pending, u128::from(COIN));
}

#[test]
fn a_memo_that_is_too_long_and_a_sum_that_is_too_large_are_refused_before_anything_changes() {
    let mut town = Town::new(&[9 * COIN, 8 * COIN], &[COIN, COIN]);
    town.mine(10);
    let before = town.alice.state();
    let long = SpendRequest::new([PayTo::native(address(2), COIN).with_memo(text(1_006))]);
    assert!(matches!(town.alice.propose(&long), Err(SpendError::Memo(_))));
    let much = SpendRequest::new([PayTo::native(address(2), 17 * COIN)]);
    let Err(SpendError::Funds { needed, spendable, .. }) = town.alice.propose(&much) else { panic!("too much") };
    assert!(needed > u128::from(17 * COIN) && spendable == u128::from(17 * COIN));
    let more = SpendRequest::new([PayTo::native(address(2), u64::MAX), PayTo::native(address(3), u64::MAX)]);
    assert!(matches!(town.alice.propose(&more), Err(SpendError::Funds { .. })));
    let mut gold = PayTo::native(address(2), 1);
    gold.asset = dero_crypto::asset::AssetId([1; 32]);
    assert!(matches!(town.alice.propose(&SpendRequest::new([gold])), Err(SpendError::Asset)));
    assert_eq!(town.alice.state(), before);
}

#[test]
fn a_payment_to_an_own_address_is_a_self_payment_that_costs_the_fee_alone() {
    let mut town = Town::new(&[9 * COIN, 8 * COIN], &[COIN, COIN]);
    town.mine(10);
    let (index, savings) = town.alice.wallet.new_address(1, "savings").unwrap();
    assert_eq!(index, AddressIndex::new(1, 0));
    let signed = town.alice.pay(&town.chain, &SpendRequest::new([PayTo::native(savings, 10 * COIN)]));
    town.mine(20);
    let fee = body(&signed).fee;
    assert_eq!(town.alice.balance().spendable, u128::from(17 * COIN - fee));
    let own: Vec<_> = town.alice.wallet.enotes().filter(|own| own.recognised().index() == index).collect();
    assert!(own.len() == 1 && own[0].amount().0 == 10 * COIN && own[0].is_self_send());
    assert_eq!(town.alice.history().last().unwrap(), &format!("11 -[] fee Some({fee}) opaque 0"));
    assert_eq!(town.alice.wallet.label(index), Some("savings"));
}

#[test]
fn an_account_pays_alone_and_keeps_its_change_and_joining_two_is_told() {
    let mut town = Town::new(&[9 * COIN, 8 * COIN], &[COIN, COIN]);
    town.mine(10);
    let (rent, shop) = (town.alice.wallet.address(AddressIndex::new(3, 0)), AddressIndex::new(3, 1));
    let paid = [PayTo::native(rent, 4 * COIN), PayTo::native(town.alice.wallet.address(shop), 2 * COIN)];
    town.alice.pay(&town.chain, &SpendRequest::new(paid));
    town.mine(20);
    let total = |person: &Person, account| {
        person.wallet.balances_of(account).remove(&AssetId::NATIVE).unwrap_or_default().total()
    };
    let before = [0, 3, 4].map(|account| total(&town.alice, account));
    assert_eq!(before[1..], [u128::from(6 * COIN), 0]);
    assert_eq!(before.iter().sum::<u128>(), town.alice.balance().total());
    assert_eq!(Vec::from_iter(town.alice.wallet.accounts()), [0, 3]);
    // It pays what it has and no more, and a wallet restored from its words finds the same accounts.
    let request = SpendRequest::new([PayTo::native(address(2), 5 * COIN)]).from_account(3);
    let signed = town.alice.pay(&town.chain, &request);
    town.mine(20);
    let left = u128::from(COIN - body(&signed).fee);
    assert_eq!([0, 3].map(|account| total(&town.alice, account)), [before[0], left]);
    let Err(SpendError::Funds { spendable, .. }) = town.alice.propose(&request) else { panic!("not enough") };
    assert_eq!(spendable, left);
    let mut restored = Person::new(1, &town.network);
    restored.sync(&town.chain);
    assert_eq!(restored.wallet.accounts(), town.alice.wallet.accounts());
    assert_eq!(total(&restored, 3), left);
    // Of all together more can be paid, and that is told.
    let joins = |request: &SpendRequest, person: &mut Person| {
        let proposal = person.propose(request).unwrap();
        proposal.warnings().contains(&Warning::SeveralAccounts { accounts: 2 })
    };
    let most = town.alice.balance().spendable as u64 - COIN / 100;
    assert!(joins(&SpendRequest::new([PayTo::native(address(2), most)]), &mut town.alice));
    let alone = SpendRequest::new([PayTo::native(address(2), COIN)]).from_account(0);
    assert!(!joins(&alone, &mut town.alice));
}

#[test]
fn a_payment_cannot_be_signed_when_the_wallet_has_moved_on() {
    let mut town = Town::new(&[9 * COIN, 8 * COIN], &[COIN, COIN]);
    town.mine(10);
    let request = SpendRequest::new([PayTo::native(address(2), 12 * COIN)]);
    let (first, second, third) = (
        town.alice.propose(&request).unwrap(),
        town.alice.propose(&request).unwrap(),
        town.alice.propose(&request).unwrap(),
    );
    let signed = town.alice.sign(first).unwrap();
    assert!(matches!(town.alice.sign(second), Err(SpendError::Outdated)), "its enotes are reserved");
    at_once(dero_ledger::source::ChainSource::submit(&town.chain, signed.bytes())).unwrap();
    town.mine(1);
    assert!(matches!(town.alice.sign(third), Err(SpendError::Outdated)), "its enotes are spent");
}

#[test]
fn one_output_of_a_payment_answers_to_the_find_key_of_its_maker() {
    let mut town = Town::new(&[9 * COIN, 8 * COIN], &[COIN, COIN]);
    town.mine(10);
    let keys = crate::common::master(1).audit_key();
    let (find, net) = (keys.find_key_with_self(), *town.network.id());
    let mut hits = 0;
    for _ in 0..6 {
        let signed = town.alice.build(&SpendRequest::new([PayTo::native(address(2), COIN)]));
        let context = body(&signed).input_contexts(&net).unwrap()[0];
        let outputs = &body(&signed).bundles[0].outputs;
        let findable: Vec<_> = outputs.iter().map(|output| Findable::new(&context, &output.enote)).collect();
        let found = find.find_batch(&net, &findable);
        hits += found.iter().filter(|found| found.self_send).count();
        town.alice.wallet.forget(&signed).unwrap();
    }
    // Twelve self-sends, six of which are found; of the others one in 256 by chance.
    assert!((6..9).contains(&hits), "{hits}");
}
