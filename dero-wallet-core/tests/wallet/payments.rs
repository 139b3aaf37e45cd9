//! Two wallets pay each other over a chain in memory whose rules are those of a node.

use crate::common::{COIN, Person, Town, address, raw::RawBundle};
use dero_crypto::{
    keys::{AddressIndex, MasterSecret},
    secret::Secret,
};
use dero_ledger::transaction::VaultId;
use dero_wallet_core::{
    scan::Progress,
    seed::{Coin, Seed, bip39_24},
    signer::MemorySigner,
    spend::{FeeStep, PayTo, SpendRequest},
    store::MemoryPersister,
    testing::{MemorySource, at_once, small_network},
    wallet::{Activity, Wallet},
};
use rand::{SeedableRng, rngs::StdRng};

#[test]
fn a_payment_is_pending_then_received_and_both_histories_tell_it() {
    let mut town = Town::new(&[5 * COIN, 7 * COIN, COIN], &[2 * COIN]);
    let maturity = town.network.rows().maturity;
    town.mine(5);
    assert_eq!(town.alice.balance().spendable, u128::from(13 * COIN));

    let request = SpendRequest::new([PayTo::native(town.bob.address(), 3 * COIN)]);
    let proposal = town.alice.propose(&request).unwrap();
    let (fee, change) = (proposal.fee(), proposal.change());
    let signed = town.alice.sign(proposal).unwrap();
    assert_eq!(town.chain.check(signed.bytes()), Ok(()));
    dero_wallet_core::testing::at_once(dero_ledger::source::ChainSource::submit(&town.chain, signed.bytes()))
        .unwrap();
    assert!(town.alice.balance().reserved >= u128::from(3 * COIN + fee));

    town.mine(1);
    let sent_at = town.chain.tip_header().height;
    assert_eq!(town.bob.balance().pending, u128::from(3 * COIN));
    assert_eq!(town.bob.balance().total(), u128::from(2 * COIN), "pending is no balance");
    assert_eq!(town.alice.balance().pending, u128::from(change));
    town.mine(maturity - 1);
    assert_eq!(town.bob.balance().pending, u128::from(3 * COIN), "one block too early");
    town.mine(1);
    assert_eq!(town.bob.balance().total(), u128::from(5 * COIN));
    assert_eq!(town.alice.balance().total(), u128::from(10 * COIN - fee));
    assert_eq!(town.alice.balance().pending, 0);
    // It has a position, and is in a set that can be cited from the next anchor on.
    assert_eq!(town.bob.balance().waiting, u128::from(3 * COIN));
    town.mine(5);
    assert_eq!(town.bob.balance().spendable, u128::from(5 * COIN));

    let history = town.alice.wallet.history();
    let Some(Activity::Outgoing(sent)) = history.last() else { panic!("the payment") };
    assert_eq!((sent.height, sent.txid, sent.fee, sent.opaque), (sent_at, *signed.txid(), Some(fee), 0));
    let [payment] = &sent.payments[..] else { panic!("one payment") };
    let bob = town.bob.address();
    assert_eq!(
        (payment.amount, payment.spend_key, payment.tag),
        (3 * COIN, bob.spend_key().to_bytes(), bob.tag().0)
    );
    let received: Vec<u64> = town.bob.wallet.history().iter().map(Activity::height).collect();
    assert_eq!(received, [0, sent_at]);

    // And back again, with change that was made here.
    let request = SpendRequest::new([PayTo::native(town.alice.address(), 4 * COIN)]).with_fee(FeeStep::Double);
    town.bob.pay(&town.chain, &request);
    town.mine(maturity + 6);
    assert_eq!(town.alice.balance().spendable, u128::from(14 * COIN - fee));

    // Whoever knows the words knows it all.
    for person in [&town.alice, &town.bob] {
        let name = if std::ptr::eq(person, &town.alice) { 1 } else { 2 };
        let mut restored = Person::new(name, &town.network);
        restored.sync(&town.chain);
        assert_eq!(restored.state(), person.state());
        assert_eq!(restored.history(), person.history());
    }
    assert_ne!(address(1), address(2));
}

#[test]
fn one_thread_and_four_find_the_same_and_tell_how_far_they_are_in_enotes() {
    let mut town = Town::new(&[5 * COIN, 7 * COIN, COIN], &[2 * COIN]);
    let net = *town.network.id();
    for block in 0..200u8 {
        let mut bundle = RawBundle::foreign(block + 1);
        for output in 0..4 {
            bundle = bundle.pays(&net, &address(1 + output % 3), u64::from(block) + 1);
        }
        town.chain.mine_unchecked(&[bundle.transaction()]);
    }
    town.chain.mine_many(50);
    let state = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let (network, chain) = (&town.network, &town.chain);
        pool.install(|| {
            let mut alice = Person::new(1, network);
            let mut steps: Vec<Progress> = Vec::new();
            at_once(alice.wallet.sync(chain, chain.now(), |step| steps.push(step))).unwrap();
            let last = steps.last().unwrap();
            // 800 outputs and 250 of coinbases; the list at the tip says about how many.
            assert_eq!((last.done, last.height, last.tip, last.found), (1_050, 250, 250, 400));
            assert!(last.total >= last.done && steps.len() >= 2);
            assert!(steps.iter().all(|step| step.total >= 800));
            assert!(steps.is_sorted_by(|a, b| a.done < b.done && a.height < b.height));
            alice.state()
        })
    };
    assert_eq!(state(1), state(4));
}

#[test]
fn a_wallet_restored_from_its_words_is_the_same_wallet() {
    let drawn = || StdRng::seed_from_u64(112);
    let seed = Seed::generate(Coin::Other, 1_790_000_000, &mut drawn());
    let words = seed.to_words();
    let address = MasterSecret::from_bytes(*seed.master_secret().expose())
        .audit_key()
        .address_key()
        .address(AddressIndex::new(3, 9));
    let mut holdings = vec![(crate::common::address(9), COIN); 4];
    holdings.extend([(address, 5 * COIN), (address, 4 * COIN)]);
    let network = small_network(&holdings, |_| {});
    let mut chain = MemorySource::new(network.clone(), StdRng::seed_from_u64(122));
    chain.mine_many(6);
    let open = |master: &Secret<[u8; 32]>| {
        let master = MasterSecret::from_bytes(*master.expose());
        let mut wallet =
            Wallet::open(network.clone(), master.audit_key(), MemoryPersister::new(), crate::common::ENGINE)
                .unwrap();
        at_once(wallet.sync(&chain, chain.now(), |_| {})).unwrap();
        let proposal = wallet
            .propose(
                &SpendRequest::new([PayTo::native(crate::common::address(2), 6 * COIN)]),
                chain.now(),
                false,
                &mut drawn(),
            )
            .unwrap();
        let signed = wallet.sign(proposal, &mut MemorySigner::new(&master, drawn()), &mut drawn()).unwrap();
        assert_eq!(chain.check(signed.bytes()), Ok(()));
        crate::common::history(&wallet)
    };
    let before = open(&seed.master_secret());
    assert_eq!(before.len(), 2);
    assert_eq!(open(&Seed::from_words(&words, Coin::Other).unwrap().master_secret()), before);
    // And from the 24 words of the same secret.
    let exported = bip39_24::export(&seed.master_secret());
    assert_eq!(open(&bip39_24::import(&exported).unwrap()), before);
}

#[test]
fn a_fee_is_told_if_every_input_is_known_and_the_sum_may_be_a_fee() {
    let mut town = Town::new(&[5 * COIN], &[COIN; 3]);
    town.mine(10);
    let signed = town.alice.build(&SpendRequest::new([PayTo::native(address(2), COIN)]));
    let (net, tag) = (*town.network.id(), signed.transaction().body.bundles[0].inputs[0].tag);
    let cases = [
        (vec![tag], vec![], 16, Some(16)),
        // No fee is 17: something was burned.
        (vec![tag], vec![], 17, None),
        // What the other one brought is not known.
        (vec![tag, [0xfe; 32]], vec![], 16, None),
        (vec![tag], vec![VaultId([6; 32])], 16, None),
    ];
    for (tags, vaults, left, fee) in cases {
        let mut chain = town.chain.fork(10);
        let bundle = RawBundle::spending(&tags).pays(&net, &address(1), 5 * COIN - left);
        let mut transaction = bundle.transaction();
        transaction.body.bundles[0].vault_inputs = vaults;
        chain.mine_unchecked(&[transaction]);
        let mut alice = Person::new(1, &town.network);
        alice.sync(&chain);
        assert_eq!(alice.history().last(), Some(&format!("11 -[] fee {fee:?} opaque 0")));
    }
}
