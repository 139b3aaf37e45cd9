//! What counts as paid, and what does not: attacks on whoever looks at a balance before he hands something over.

#![allow(non_snake_case)] // Symbols match the equations.
use crate::common::{
    COIN, Person, Town, address, master,
    raw::{RawBundle, deposit, entry, pay, record, transaction},
};
use dero_crypto::{
    NetworkId,
    asset::{AssetId, AssetRules, Descriptor, Issuer},
    commitment::Amount,
    enote::{Draft, Enote, EnoteSeed, PublicEnote, SelfSend, SelfTag},
    group::{Element, Point, Scalar},
    keys::AddressIndex,
};
use dero_ledger::{
    block::{
        compact::{CompactBlock, CompactEffect, CompactEffectKind, CompactValues},
        compact_root, values_digest,
    },
    transaction::{AssetOp, ContractId, Direction, PublicMove, Transaction},
};
use dero_wallet_core::{
    enote::{EnoteState, Place},
    spend::{PayTo, SpendError, SpendRequest},
    wallet::{Activity, Balance},
};

fn net(town: &Town) -> NetworkId {
    *town.network.id()
}

/// The states of Bob's enotes.
fn states(person: &Person) -> Vec<EnoteState> {
    person.wallet.enotes().map(|own| own.state(person.wallet.tip().height)).collect()
}

#[test]
fn an_enote_whose_one_time_key_is_copied_counts_once() {
    let mut town = Town::new(&[], &[]);
    let net = net(&town);
    let honest = RawBundle::foreign(1).pays(&net, &address(2), 5 * COIN);
    let enote = honest.outputs[0].enote;
    let txs = [honest.transaction(), RawBundle::foreign(2).output(enote).transaction()];
    town.chain.mine_unchecked(&txs);
    // In a later block, and again with another amount in C.
    let other = pay(&net, &RawBundle::foreign(3).context(&net), &address(2), AssetId::NATIVE, 9 * COIN, 3);
    let mixed = Enote { commitment: other.commitment, ..enote };
    let mixed_keys = Enote { one_time_key: enote.one_time_key, ..other };
    town.chain.mine_unchecked(&[
        RawBundle::foreign(3).output(mixed).transaction(),
        RawBundle::foreign(4).output(mixed_keys).transaction(),
    ]);
    town.mine(30);
    assert_eq!((town.bob.balance().total(), town.bob.balance().pending), (u128::from(5 * COIN), 0));
    assert_eq!(town.bob.wallet.enotes().count(), 1);
    assert_eq!(town.bob.history().len(), 1);
}

#[test]
fn a_copy_that_comes_first_is_not_owned_and_the_enote_still_counts_once() {
    let mut town = Town::new(&[], &[]);
    let net = net(&town);
    let honest = RawBundle::foreign(1).pays(&net, &address(2), 5 * COIN);
    let copy = RawBundle::foreign(2).output(honest.outputs[0].enote).transaction();
    town.chain.mine_unchecked(&[copy]);
    town.mine(3);
    assert_eq!(town.bob.balance(), Balance::default());
    town.chain.mine_unchecked(&[honest.transaction()]);
    town.mine(30);
    assert_eq!((town.bob.balance().total(), town.bob.balance().pending), (u128::from(5 * COIN), 0));
}

#[test]
fn a_copy_with_another_amount_gives_no_position_and_a_repeated_transaction_changes_nothing() {
    let mut town = Town::new(&[], &[]);
    let net = net(&town);
    let honest = RawBundle::foreign(1).pays(&net, &address(2), 5 * COIN);
    let other = pay(&net, &honest.context(&net), &address(2), AssetId::NATIVE, 9 * COIN, 3);
    let mixed = Enote { commitment: other.commitment, ..honest.outputs[0].enote };
    let honest = honest.transaction();
    town.chain.mine_unchecked(&[RawBundle::foreign(3).output(mixed).transaction()]);
    town.mine(3);
    town.chain.mine_unchecked(std::slice::from_ref(&honest));
    // The copy enters the list at height 11, the enote at height 15.
    town.mine(9);
    assert_eq!((town.bob.balance().total(), town.bob.balance().pending), (0, u128::from(5 * COIN)));
    town.mine(1);
    assert_eq!((town.bob.balance().total(), town.bob.balance().pending), (u128::from(5 * COIN), 0));
    // The whole transaction once more, which no honest chain has: it stays where it was.
    let before = town.bob.history();
    town.chain.mine_unchecked(&[honest]);
    town.mine(1);
    assert_eq!((town.bob.balance().total(), town.bob.history()), (u128::from(5 * COIN), before));
}

#[test]
fn a_locked_output_and_a_sealed_part_addressed_to_a_shop_change_no_balance() {
    let mut town = Town::new(&[], &[2 * COIN]);
    let before = town.bob.balance();
    let (bundle, ..) = deposit(&net(&town), &address(2));
    town.chain.mine_unchecked(&[bundle.transaction()]);
    let report = town.bob.sync(&town.chain);
    let incoming = &report.applied[0].1.recognised;
    assert!(incoming.len() == 2 && incoming.iter().all(|incoming| !incoming.plain), "no notice of a payment");
    town.mine(200);
    let (locked, conditional) = (u128::from(50 * COIN), u128::from(30 * COIN));
    let balance = town.bob.balance();
    assert_eq!(
        (balance.locked, balance.conditional, balance.pending, balance.reserved),
        (locked, conditional, 0, 0)
    );
    assert_eq!(town.bob.balance().total(), before.total());
    let mut states = states(&town.bob);
    states.sort_by_key(|state| format!("{state:?}"));
    assert_eq!(states, [EnoteState::Conditional, EnoteState::Locked, EnoteState::Received]);
    assert!(town.bob.history()[1..].iter().all(|line| line.contains("Locked") || line.contains("Conditional")));
}

#[test]
fn what_a_contract_releases_or_refunds_is_received_when_it_has_a_position() {
    let mut town = Town::new(&[], &[]);
    let (bundle, vault, locked, part) = deposit(&net(&town), &address(2));
    town.chain.mine_unchecked(&[bundle.transaction()]);
    town.mine(20);
    let fork = town.chain.fork(town.chain.tip_header().height);

    let released = CompactEffect { kind: CompactEffectKind::Released, id: vault.0, j: 1 };
    town.chain.mine_block(&[], &[(released, vec![entry(&part)])], |_, _| {});
    town.mine(town.network.rows().maturity - 1);
    assert_eq!(town.bob.balance().total(), 0, "not before its position");
    town.mine(1);
    assert_eq!(town.bob.balance().total(), u128::from(30 * COIN));

    // On another branch the deposit comes back.
    let mut other = fork;
    let refunded = CompactEffect { kind: CompactEffectKind::Refunded, id: vault.0, j: 0 };
    other.mine_block(&[], &[(refunded, vec![entry(&locked)])], |_, _| {});
    other.mine_many(15);
    town.bob.sync(&other);
    assert_eq!(town.bob.balance().total(), u128::from(50 * COIN));
    assert_eq!(town.bob.balance().conditional, u128::from(30 * COIN));
    let mut fresh = Person::new(2, &town.network);
    fresh.sync(&other);
    assert_eq!(fresh.state(), town.bob.state());
}

/// A bundle of a stranger that moves so much to a contract, and the stub to Bob under which it may come back.
pub(crate) fn public_move(
    net: &NetworkId,
    tag: u8,
    asset: AssetId,
    amount: u64,
    said: (AssetId, u64),
) -> (Transaction, PublicEnote) {
    let bundle = RawBundle::foreign(tag).pays(net, &address(9), 1);
    let context = bundle.context(net);
    let seed = EnoteSeed::from_bytes([tag; 16]);
    let draft = Draft { context: &context, seed: &seed, amount: Amount(amount), asset };
    let stub = draft.public(net, &address(2)).unwrap();
    let mut transaction = bundle.transaction();
    let (asset, amount) = said;
    let direction = Direction::Out { stub };
    transaction.body.moves.push(PublicMove { bundle: 0, contract: ContractId([3; 32]), asset, amount, direction });
    (transaction, stub)
}

pub(crate) fn returned(stub: &PublicEnote, (asset, amount): (AssetId, u64)) -> (CompactEffect, Vec<[u8; 96]>) {
    let decoded = stub.decode(Amount(amount), &asset).unwrap();
    let parts =
        [decoded.one_time_key().as_bytes(), decoded.commitment().as_bytes(), decoded.asset_tag().as_bytes()];
    let entry = parts.map(<[u8; 32]>::as_slice).concat().try_into().unwrap();
    (CompactEffect { kind: CompactEffectKind::Returned, id: stub.one_time_key, j: 0 }, vec![entry])
}

#[test]
fn a_returned_stub_is_received_and_one_that_is_not_returned_is_nothing() {
    let mut town = Town::new(&[], &[]);
    let net = net(&town);
    let native = (AssetId::NATIVE, 7 * COIN);
    let (first, stub) = public_move(&net, 1, native.0, native.1, native);
    let (second, _) = public_move(&net, 2, native.0, native.1, native);
    town.chain.mine_block(&[first, second], &[returned(&stub, native)], |_, _| {});
    town.sync();
    assert_eq!(town.bob.balance().pending, u128::from(7 * COIN));
    let [own] = town.bob.wallet.enotes().collect::<Vec<_>>()[..] else { panic!("one of the two") };
    assert_eq!((own.place(), own.one_time_key()), (Place::Stub { transaction: 0, stub: 0 }, &stub.one_time_key));
    town.mine(town.network.rows().maturity - 1);
    assert_eq!(town.bob.balance().total(), 0, "not before its position");
    town.mine(10);
    assert_eq!(town.bob.balance().total(), u128::from(7 * COIN));
    assert!(town.bob.history()[0].contains("Received"));
    // Whoever has the audit key alone sees the same, also from the rows.
    let mut again = Person::new(2, &town.network);
    again.sync(&town.chain);
    assert_eq!(again.state(), town.bob.state());
}

#[test]
fn of_two_stubs_with_one_key_the_one_that_comes_back_counts_with_its_own_amount() {
    let mut town = Town::new(&[], &[]);
    let net = net(&town);
    town.chain.mine_to(5);
    let native = |amount| (AssetId::NATIVE, amount);
    let (own, stub) = public_move(&net, 1, AssetId::NATIVE, 7, native(7));
    let copy = |amount| {
        let (mut copy, _) = public_move(&net, 2, AssetId::NATIVE, amount, native(amount));
        copy.body.moves[0].direction = Direction::Out { stub };
        copy
    };
    let (own_first, copy_first) = ([own.clone(), copy(9)], [copy(9), own.clone()]);
    // What the block holds, what came back, whether the block tells so, and what Bob has in the end.
    let cases = [
        (own_first.clone(), vec![7], false, 7),
        (own_first.clone(), vec![9], false, 0),
        (copy_first.clone(), vec![7], false, 7),
        (copy_first.clone(), vec![9], false, 0),
        (own_first, vec![7, 9], true, 7),
        (copy_first, vec![9, 7], true, 7),
        // The same bytes: whoever's move it was, the enote that the list has is Bob's.
        ([copy(7), own.clone()], vec![7], false, 7),
        ([own, copy(7)], vec![7, 7], true, 7),
    ];
    for (transactions, back, told, total) in cases {
        let mut chain = town.chain.fork(5);
        let effects: Vec<_> = back.iter().map(|amount| returned(&stub, native(*amount))).collect();
        chain.mine_block(&transactions, &effects, |_, _| {});
        let mut bob = Person::new(2, &town.network);
        bob.sync(&chain);
        let (pending, conditional) = if told { (7, 0) } else { (0, 7) };
        let balance = bob.balance();
        assert_eq!((balance.pending, balance.conditional, balance.total()), (pending, conditional, 0), "{back:?}");
        chain.mine_many(town.network.rows().maturity + 5);
        bob.sync(&chain);
        assert_eq!((bob.balance().pending, bob.balance().total()), (0, total), "{back:?}");
        assert_eq!(bob.wallet.enotes().count(), 1);
        let mut again = Person::new(2, &town.network);
        again.sync(&chain);
        assert_eq!(again.state(), bob.state());
    }
}

/// Row 153, as far as it is asked of stubs: a and α are those of the move, the mask is 1, b is 0.
#[test]
fn a_stub_is_its_owners_only_with_the_amount_and_the_asset_of_its_move() {
    let mut town = Town::new(&[], &[]);
    let net = net(&town);
    let bundle = RawBundle::foreign(9);
    let gold = AssetId::derive(&net, &descriptor(), &bundle.context(&net), 0);
    let register = AssetOp::Register { bundle: 0, descriptor: descriptor() };
    town.chain.mine_unchecked(&[transaction(vec![bundle.pays(&net, &address(9), 1)], vec![register])]);
    let wrong = [
        (AssetId::NATIVE, 5, (AssetId::NATIVE, 6)),
        (AssetId::NATIVE, 5, (gold, 5)),
        (gold, 5, (AssetId::NATIVE, 5)),
    ];
    for (tag, (asset, amount, said)) in (10..).zip(wrong) {
        let (transaction, stub) = public_move(&net, tag, asset, amount, said);
        town.chain.mine_block(&[transaction], &[returned(&stub, said)], |_, _| {});
    }
    town.mine(20);
    assert_eq!(town.bob.wallet.enotes().count(), 0);
    // The move of another bundle has another ic.
    let (mut transaction, stub) = public_move(&net, 20, gold, 5, (gold, 5));
    transaction.body.bundles[0].inputs[0].tag = [77; 32];
    town.chain.mine_block(&[transaction], &[returned(&stub, (gold, 5))], |_, _| {});
    let (transaction, stub) = public_move(&net, 21, gold, 5, (gold, 5));
    town.chain.mine_block(&[transaction], &[returned(&stub, (gold, 5))], |_, _| {});
    town.mine(20);
    assert_eq!(town.bob.wallet.balance(&gold).total(), 5);
    let mut again = Person::new(2, &town.network);
    again.sync(&town.chain);
    assert_eq!(again.state(), town.bob.state());
}

/// Row 153: a coinbase that says another amount, or stands at another index, pays nobody.
#[test]
fn a_coinbase_enote_is_its_owners_only_with_its_own_amount_and_place() {
    let changes: [fn(&mut CompactBlock); 3] = [
        |_| {},
        |block| block.coinbase.outputs[0].amount -= 1,
        |block| {
            let other = block.coinbase.outputs[0];
            block.coinbase.outputs.insert(0, other);
            let other = Point::encode(Element::mul_base(&Scalar::from(5u64)), "Ko").unwrap();
            block.coinbase.outputs[0].enote.one_time_key = other.to_bytes();
        },
    ];
    for (number, change) in changes.into_iter().enumerate() {
        let mut town = Town::new(&[], &[]);
        let net = net(&town);
        town.chain.set_miner(address(2));
        town.chain.mine_block(&[], &[], |header, compact| {
            let mut block = CompactBlock::parse(&compact.scan).unwrap();
            change(&mut block);
            compact.scan = block.encode();
            let digest = values_digest(&compact.values);
            header.compact_root = compact_root(&net, header.height, &compact.scan, &digest);
        });
        town.sync();
        assert_eq!(town.bob.wallet.enotes().count(), usize::from(number == 0), "{number}");
    }
}

/// Row 79: the bytes of an enote in another transaction, in a sealed part, as a locked output, in a coinbase.
#[test]
fn the_bytes_of_an_enote_in_another_place_count_once_or_never() {
    let net = net(&Town::new(&[], &[]));
    let bundle = RawBundle::foreign(1);
    let enote = pay(&net, &bundle.context(&net), &address(2), AssetId::NATIVE, COIN, 7);
    let true_one = bundle.output(enote).transaction();
    let (_, _, locked, _) = deposit(&net, &address(9));
    let copies = [
        RawBundle::foreign(2).output(enote).transaction(),
        RawBundle::foreign(2).locked(locked, record(vec![vec![enote]])).transaction(),
        RawBundle::foreign(2).locked(enote, record(vec![vec![locked]])).transaction(),
        transaction(vec![RawBundle::foreign(2).output(enote), RawBundle::foreign(3).output(enote)], Vec::new()),
    ];
    for copy in &copies {
        for order in [[&true_one, copy], [copy, &true_one]] {
            let mut town = Town::new(&[], &[]);
            for block in order {
                town.chain.mine_unchecked(std::slice::from_ref(block));
            }
            town.mine(20);
            assert_eq!(town.bob.wallet.enotes().count(), 1);
            assert_eq!(town.bob.balance().total(), u128::from(COIN));
        }
        let mut town = Town::new(&[], &[]);
        town.chain.mine_unchecked(std::slice::from_ref(copy));
        town.mine(20);
        assert_eq!(town.bob.wallet.enotes().count(), 0, "under another ic it is nobody's");
    }
    // In a coinbase, with the amount in the clear.
    let mut town = Town::new(&[], &[]);
    town.chain.mine_unchecked(std::slice::from_ref(&true_one));
    town.chain.mine_block(&[], &[], |header, compact| {
        let mut block = CompactBlock::parse(&compact.scan).unwrap();
        let output = &mut block.coinbase.outputs[0];
        output.amount = COIN;
        output.enote.one_time_key = enote.one_time_key;
        output.enote.ephemeral_key = enote.ephemeral_key;
        output.enote.view_tag_1 = enote.view_tag_1;
        output.enote.view_tag_2 = enote.view_tag_2;
        output.enote.seed_enc = enote.seed_enc;
        compact.scan = block.encode();
        let digest = values_digest(&compact.values);
        header.compact_root = compact_root(&net, header.height, &compact.scan, &digest);
    });
    town.mine(20);
    assert_eq!((town.bob.wallet.enotes().count(), town.bob.balance().total()), (1, u128::from(COIN)));
}

/// Row 98: an outcome that falls due is a release as any other.
#[test]
fn a_default_that_falls_due_is_received_and_stands_in_the_history() {
    let mut town = Town::new(&[], &[]);
    let (bundle, vault, _, part) = deposit(&net(&town), &address(2));
    town.chain.mine_unchecked(&[bundle.transaction()]);
    town.mine(50);
    // Effects of outcomes that fall due are the first of their block.
    let released = CompactEffect { kind: CompactEffectKind::Released, id: vault.0, j: 1 };
    let paid = RawBundle::foreign(5).pays(&net(&town), &address(2), 3).transaction();
    town.chain.mine_block(&[paid], &[(released, vec![entry(&part)])], |_, _| {});
    town.mine(20);
    assert_eq!(town.bob.balance().total(), u128::from(30 * COIN) + 3);
    let received = town.bob.history().iter().filter(|line| line.contains("Received")).count();
    assert_eq!(received, 2);
}

#[test]
fn a_block_that_is_refused_or_taken_back_says_nothing_about_the_vaults_of_others() {
    // A block that holds the same vault with one part more: from a liar who has no proof of work for a header that
    // follows, from a miner whose branch nobody extends, and from one who was faster than the deposit.
    for (valid, deposited) in [(false, true), (true, true), (true, false)] {
        let mut town = Town::new(&[], &[]);
        let net = net(&town);
        let (bundle, vault, _, part) = deposit(&net, &address(2));
        let first = town.chain.fork(0);
        town.chain.mine_unchecked(&[bundle.transaction()]);
        town.chain.mine_many(5);
        let mut bad = if deposited { town.chain.fork(6) } else { first };
        if deposited {
            town.sync();
        }
        let (again, ..) = deposit(&net, &address(2));
        bad.mine_block(&[again.transaction()], &[], |header, compact| {
            let mut block = CompactBlock::parse(&compact.scan).unwrap();
            let mut values = CompactValues::parse(&compact.values, &block).unwrap();
            let lock = block.transactions[0].bundles[0].outputs[0].lock.as_mut().unwrap();
            let part = lock.alternatives[0][0];
            lock.alternatives[0].push(part);
            values.values.push(values.values[1]);
            (compact.scan, compact.values) = (block.encode(), values.encode());
            let digest = values_digest(&compact.values);
            header.compact_root = compact_root(&net, header.height, &compact.scan, &digest);
            header.acc[0] ^= u8::from(!valid);
        });
        assert_eq!(town.bob.try_sync(&bad).is_ok(), valid);

        let released = CompactEffect { kind: CompactEffectKind::Released, id: vault.0, j: 1 };
        town.chain.mine_many(1);
        town.chain.mine_block(&[], &[(released, vec![entry(&part)])], |_, _| {});
        town.mine(10);
        assert_eq!(town.bob.balance().total(), u128::from(30 * COIN), "an honest node is not blamed");
    }
}

#[test]
fn a_release_of_an_unknown_vault_is_no_block_of_an_honest_chain() {
    let mut town = Town::new(&[], &[]);
    town.mine(3);
    let effect = CompactEffect { kind: CompactEffectKind::Released, id: [9; 32], j: 1 };
    town.chain.mine_block(&[], &[(effect, vec![[4; 96]])], |_, _| {});
    let error = town.bob.try_sync(&town.chain).expect_err("refused");
    assert!(error.blames_source(), "{error}");
    assert_eq!(town.bob.wallet.tip().height, 3);
}

#[test]
fn a_self_send_in_a_transaction_of_another_is_a_receipt_from_a_holder_of_the_audit_key() {
    let mut town = Town::new(&[COIN; 4], &[5 * COIN]);
    let net = net(&town);
    // Bob's bookkeeper knows Bob's audit key, and spends something of his own.
    let audit = master(2).audit_key();
    let bundle = RawBundle::foreign(1);
    let context = bundle.context(&net);
    let seed = EnoteSeed::from_bytes([1; 16]);
    let draft = Draft { context: &context, seed: &seed, amount: Amount(4 * COIN), asset: AssetId::NATIVE };
    let enote = draft.self_send(&audit, AddressIndex(0), SelfSend::Change, SelfTag::Find).enote;
    let bundle = bundle.output(enote).pays(&net, &address(3), 1);
    town.chain.mine_unchecked(&[bundle.transaction()]);
    town.mine(20);
    let [_, Activity::Incoming { enote, state: EnoteState::Received }] = town.bob.wallet.history()[..] else {
        panic!("one receipt beside genesis");
    };
    assert!(enote.is_foreign_self_send() && !enote.is_self_send());
    assert_eq!(town.bob.balance().spendable, u128::from(9 * COIN));
    // It is not spent together with others.
    let pay = |amount: u64| SpendRequest::new([PayTo::native(address(3), amount)]);
    for _ in 0..10 {
        assert_eq!(town.bob.propose(&pay(COIN)).unwrap().input_count(), 1);
    }
    assert!(matches!(town.bob.propose(&pay(8 * COIN)), Err(SpendError::Funds { .. })));
}

#[test]
fn wrong_amounts_keys_and_masks_are_not_owned_and_nothing_panics() {
    let mut town = Town::new(&[], &[]);
    let net = net(&town);
    let bundle = RawBundle::foreign(1);
    let right = pay(&net, &bundle.context(&net), &address(2), AssetId::NATIVE, 5 * COIN, 1);
    let other = pay(&net, &bundle.context(&net), &address(2), AssetId::NATIVE, 6 * COIN, 2);
    let mut wrong = vec![
        Enote { commitment: other.commitment, ..right },
        Enote { asset_tag: other.asset_tag, ..right },
        Enote { ephemeral_key: other.ephemeral_key, ..right },
        Enote { one_time_key: other.one_time_key, ..right },
        Enote { seed_enc: other.seed_enc, ..right },
        Enote { pay_enc: other.pay_enc, ..right },
        Enote { view_tag_1: right.view_tag_1 ^ 1, ..right },
        Enote { view_tag_2: [right.view_tag_2[0] ^ 1, right.view_tag_2[1]], ..right },
    ];
    for byte in 0..16 {
        let mut changed = right;
        changed.pay_enc[byte] ^= 1;
        wrong.push(changed);
        let mut changed = right;
        changed.seed_enc[byte] ^= 1;
        wrong.push(changed);
    }
    // Bytes that are no points, which no valid block has.
    wrong.push(Enote::from_bytes(&[0xff; 163]).unwrap());
    wrong.push(Enote { ephemeral_key: [0; 32], ..right });
    for enote in wrong {
        let bundle = RawBundle::foreign(1).output(enote);
        town.chain.mine_unchecked(&[bundle.transaction()]);
        town.bob.sync(&town.chain);
        assert_eq!(town.bob.wallet.enotes().count(), 0, "{enote:?}");
    }
    // The same enote under another context.
    town.chain.mine_unchecked(&[RawBundle::foreign(2).output(right).transaction()]);
    town.bob.sync(&town.chain);
    assert_eq!(town.bob.wallet.enotes().count(), 0);
    town.chain.mine_unchecked(&[RawBundle::foreign(1).output(right).transaction()]);
    town.bob.sync(&town.chain);
    assert_eq!(town.bob.balance().pending, u128::from(5 * COIN), "and it is found when nothing is wrong");
}

pub(crate) fn descriptor() -> Vec<u8> {
    let descriptor = Descriptor {
        issuer: Issuer::Contract([3; 32]),
        ticker: b"GOLD".to_vec(),
        name: b"Gold".to_vec(),
        decimals: 3,
        max_supply: None,
        rules: AssetRules::default(),
        metadata: [0; 32],
    };
    descriptor.to_bytes().unwrap()
}

#[test]
fn an_asset_counts_from_the_block_that_registers_it_and_an_unknown_one_never() {
    let mut town = Town::new(&[], &[]);
    let net = net(&town);
    let bundle = RawBundle::foreign(1);
    let context = bundle.context(&net);
    let gold = AssetId::derive(&net, &descriptor(), &context, 0);

    // Before the registration, which no valid chain has: no balance and no notice.
    town.chain.mine_unchecked(&[RawBundle::foreign(9)
        .output({
            let context = RawBundle::foreign(9).context(&net);
            pay(&net, &context, &address(2), gold, 77, 1)
        })
        .transaction()]);
    let report = town.bob.sync(&town.chain);
    assert!(report.applied.is_empty());

    // Registered and paid in one transaction.
    let bundle = bundle.output(pay(&net, &context, &address(2), gold, 500, 2));
    let register = AssetOp::Register { bundle: 0, descriptor: descriptor() };
    let before = town.chain.tip_header().height;
    town.chain.mine_unchecked(&[transaction(vec![bundle], vec![register])]);
    town.mine(20);
    assert_eq!(town.bob.wallet.balance(&gold).total(), 500);
    assert_eq!(town.bob.balance(), Balance::default());

    // Also after it was written and read again; and not on a branch without the registration.
    let restored = {
        let mut restored = Person::new(2, &town.network);
        restored.sync(&town.chain);
        restored
    };
    assert_eq!(restored.state(), town.bob.state());
    let mut other = town.chain.fork(before);
    other.mine_unchecked(&[RawBundle::foreign(8)
        .output(pay(&net, &RawBundle::foreign(8).context(&net), &address(2), gold, 9, 3))
        .transaction()]);
    other.mine_many(30);
    town.bob.sync(&other);
    assert_eq!(town.bob.wallet.balance(&gold), Balance::default());
    assert_eq!(town.bob.wallet.enotes().count(), 0);
}

#[test]
fn an_asset_tag_under_another_blinding_is_forgotten_and_never_shown() {
    let mut town = Town::new(&[], &[]);
    let net = net(&town);
    let bundle = RawBundle::foreign(1);
    let context = bundle.context(&net);
    // T = A_0 + b'·G with another b' than σ gives: A := T − b·G is no asset's base. Everything else fits that A.
    let enote = misblinded(&net, &context);
    town.chain.mine_unchecked(&[bundle.output(enote).transaction()]);
    let report = town.bob.sync(&town.chain);
    assert!(report.applied.is_empty(), "no notice");
    town.mine(20);
    assert_eq!(town.bob.wallet.enotes().count(), 0);
    assert!(town.bob.wallet.balances().is_empty() && town.bob.history().is_empty());
}

/// Bob's enote of 5 coins on the base A' = A_0 + G.
fn misblinded(net: &NetworkId, context: &dero_crypto::enote::InputContext) -> Enote {
    use dero_crypto::{
        enote::{EnoteKind, wrap::Exchange},
        group::{
            domain,
            generators::{G, X, Y},
        },
    };
    let (payee, seed) = (address(2), EnoteSeed::from_bytes([6; 16]));
    let base = AssetId::NATIVE.generator().element() + G.element();
    let encoded = Point::encode(base, "A'").unwrap();
    let (b, amount) = (seed.asset_blinding(context), Amount(5 * COIN));
    let T = Point::encode(base + Element::mul_base(b.expose()), "T").unwrap();
    let x = seed.mask(context, amount, encoded.as_bytes(), payee.spend_key().as_bytes(), EnoteKind::External);
    let C = Point::encode(T.element() * Scalar::from(amount.0) + G.element() * x.expose(), "C").unwrap();
    let (u, v) = seed.extensions(context, C.as_bytes(), T.as_bytes());
    let K = payee.spend_key().element() + X.element() * u.expose() + Y.element() * v.expose();
    let (Ko, r) =
        (Point::encode(K, "Ko").unwrap(), seed.ephemeral(context, payee.spend_key().as_bytes(), payee.tag()));
    let De = Point::encode(payee.base().element() * r.expose(), "De").unwrap();
    let shared = |key: &Point| Point::encode(key.element() * r.expose(), "S").unwrap();
    let exchange = Exchange { ephemeral_key: De.as_bytes(), one_time_key: Ko.as_bytes(), context };
    let wrap = exchange.wrap(shared(payee.receive_key()).as_bytes());
    let pad = domain::ENOTE_PAY.hash(&[seed.expose(), Ko.as_bytes()]);
    let pay: Vec<u8> = amount.0.to_le_bytes().into_iter().chain(payee.tag().0).collect();
    Enote {
        one_time_key: Ko.to_bytes(),
        commitment: C.to_bytes(),
        asset_tag: T.to_bytes(),
        ephemeral_key: De.to_bytes(),
        view_tag_1: exchange.view_tag_1(net, shared(payee.find_key()).as_bytes()),
        view_tag_2: wrap.view_tag_2(Ko.as_bytes()),
        seed_enc: wrap.seal(&seed, Ko.as_bytes()),
        pay_enc: core::array::from_fn(|i| pay[i] ^ pad[i]),
    }
}

#[test]
fn a_coinbase_enote_is_received_after_its_own_maturity() {
    let mut town = Town::with(&[], &[], |rows| rows.coinbase_maturity = 20);
    town.chain.set_miner(address(2));
    town.mine(1);
    town.chain.set_miner(address(3));
    let reward = town.bob.balance().pending;
    assert!(reward > 0);
    town.mine(19);
    assert_eq!(town.bob.balance().pending, reward);
    town.mine(1);
    assert_eq!(town.bob.balance().total(), reward);
}
