//! What a server learns that holds the find key of a wallet, and nothing else of it.

use crate::{
    common::{
        COIN, address, master,
        raw::{RawBundle, deposit, transaction},
    },
    receipts::public_move,
};
use dero_crypto::{
    asset::AssetId,
    commitment::Amount,
    enote::{Draft, EnoteSeed, Findable, SelfSend, SelfTag},
    keys::{AddressIndex, FindKey},
};
use dero_ledger::{
    block::compact::CompactTransaction,
    transaction::{Digests, Transaction},
};
use dero_wallet_core::testing::small_network;

/// Bob, whose server this is.
const BOB: u8 = 2;

/// How many places of the transaction the server keeps: outputs, sealed parts and stubs, as it reads them.
fn kept(net: &dero_crypto::NetworkId, server: &FindKey, transaction: &Transaction) -> usize {
    let compact = CompactTransaction::of(transaction, Digests::of(transaction, net).txid, net);
    let contexts: Vec<_> = compact.bundles.iter().map(|bundle| bundle.input_context(net).unwrap()).collect();
    let mut kept = 0;
    for (bundle, context) in transaction.body.bundles.iter().zip(&contexts) {
        for output in &bundle.outputs {
            let found = server.find(net, &Findable::new(context, &output.enote));
            kept += usize::from(found.external || found.self_send);
            let alternatives = output.lock.iter().flat_map(|lock| &lock.alternatives);
            for (j, parts) in (1..).zip(alternatives) {
                let sealed = context.sealed(&output.enote.one_time_key, j);
                let found = parts.iter().map(|part| server.find(net, &Findable::new(&sealed, part)));
                kept += found.filter(|found| found.external || found.self_send).count();
            }
        }
    }
    for public_move in &compact.moves_out {
        let context = &contexts[usize::from(public_move.bundle)];
        kept += usize::from(server.find(net, &Findable::public(context, &public_move.stub)).external);
    }
    kept
}

/// Row 158.
#[test]
fn a_find_server_sees_that_a_wallet_took_part_where_two_true_tags_meet() {
    let net = *small_network(&[], |_| {}).id();
    let audit = master(BOB).audit_key();
    let (without_self, with_self) = (audit.view_received().find_key(), audit.find_key_with_self());
    let both = |transaction: &Transaction| [without_self, &with_self].map(|key| kept(&net, key, transaction));
    // A self-send as a wallet makes it: the first has the true tag, each other one a decoy.
    let change = |bundle: &RawBundle, seed: u8, tag: SelfTag| {
        let context = bundle.context(&net);
        let seed = EnoteSeed::from_bytes([seed; 16]);
        let draft = Draft { context: &context, seed: &seed, amount: Amount(COIN), asset: AssetId::NATIVE };
        draft.self_send(&audit, AddressIndex(0), SelfSend::Change, tag).enote
    };

    // One payment from a stranger is one hit, as one of 256 transactions of strangers is; so is what Bob pays.
    let paid = |tag: u8| RawBundle::foreign(tag).pays(&net, &address(BOB), COIN).pays(&net, &address(9), COIN);
    assert_eq!(both(&paid(1).transaction()), [1, 1]);
    let foreign = RawBundle::foreign(2).pays(&net, &address(8), COIN).pays(&net, &address(9), COIN);
    assert_eq!(both(&foreign.transaction()), [0, 0]);
    let own = RawBundle::foreign(3).pays(&net, &address(9), COIN);
    let own =
        [change(&own, 1, SelfTag::Find), change(&own, 2, SelfTag::Decoy)].into_iter().fold(own, RawBundle::output);
    assert_eq!(both(&own.transaction()), [0, 1], "seen by a server that has s_fs, and not marked twice");

    // Give mode: another party's bundle pays Bob, and Bob's bundle of the same transaction pays himself change.
    let bobs = RawBundle::foreign(4);
    let own = change(&bobs, 3, SelfTag::Find);
    let bobs = bobs.output(own);
    assert_eq!(both(&transaction(vec![paid(5), bobs], Vec::new())), [1, 2]);
    // Take mode: his bundle takes his share itself, as change. One tag, and none without s_fs.
    let bobs = RawBundle::foreign(6);
    let bobs = [change(&bobs, 4, SelfTag::Find), change(&bobs, 5, SelfTag::Decoy)]
        .into_iter()
        .fold(bobs, RawBundle::output);
    let others = RawBundle::foreign(7).pays(&net, &address(9), COIN);
    assert_eq!(both(&transaction(vec![others, bobs], Vec::new())), [0, 1]);

    // Two payments to one wallet, also to two of its addresses.
    let second = audit.address_key().address(AddressIndex(7));
    let twice = RawBundle::foreign(8).pays(&net, &address(BOB), COIN).pays(&net, &second, COIN).transaction();
    assert_eq!(both(&twice), [2, 2]);
    // A sealed part beside its locked enote.
    let (locked, ..) = deposit(&net, &address(BOB));
    assert_eq!(both(&locked.transaction()), [2, 2]);
    // A stub beside a payment.
    let native = (AssetId::NATIVE, COIN);
    let (mut stub, _) = public_move(&net, 9, native.0, native.1, native);
    stub.body.bundles.push(paid(10).transaction().body.bundles.remove(0));
    assert_eq!(both(&stub), [2, 2]);
    // Nobody else's server sees any of it.
    let strangers = master(7).audit_key().find_key_with_self();
    assert_eq!(kept(&net, &strangers, &twice) + kept(&net, &strangers, &stub), 0);
}
