//! Protocol 4.5, 5.3; attacks 83, 84, 88, 146, 155, 156, 267.

use dero_crypto::{
    asset::{AssetId, KnownAssets},
    commitment::Amount,
    enote::{
        DecodedEnote, Draft, Enote, EnoteKind, EnoteSeed, InputContext, MemoClass, MemoError, SelfSend, SelfTag,
        open_memo, seal_memo,
    },
    keys::{AddressIndex, AuditKey},
};

use super::{NET, address, context, draft, received, seed, wallet};

const NONCE: [u8; 16] = [6; 16];

fn outgoing_seed(keys: &AuditKey, context: &InputContext, nonce: &[u8; 16], k: u32) -> EnoteSeed {
    EnoteSeed::outgoing(keys.outgoing_secret(), context, nonce, k)
}

/// `count` payments by wallet 1 to wallet 2 under one context, as they stand after sorting by Ko.
fn payments(context: &InputContext, count: u32) -> Vec<Enote> {
    let mut enotes: Vec<Enote> = (0..count)
        .map(|k| {
            let seed = outgoing_seed(&wallet(1), context, &NONCE, k);
            let draft = Draft { amount: Amount(k.into()), ..draft(context, &seed) };
            draft.external(&NET, &address(&wallet(2), k.into())).enote
        })
        .collect();
    enotes.sort_by_key(|enote| enote.one_time_key);
    enotes
}

fn decoded(enotes: &[Enote]) -> Vec<DecodedEnote> {
    enotes.iter().map(|enote| enote.decode().expect("points")).collect()
}

#[test]
fn all_payments_of_a_bundle_and_of_its_sealed_parts_are_opened_again() {
    let (keys, bundle) = (wallet(1), context(1));
    for context in [bundle, bundle.sealed(&[8; 32], 3)] {
        let enotes = payments(&context, 16);
        let found = keys.recover_all_outgoing(&context, &NONCE, &decoded(&enotes), &KnownAssets::native());
        let mut amounts = Vec::new();
        for (enote, outgoing) in decoded(&enotes).iter().zip(found) {
            let outgoing = outgoing.expect("every output is opened");
            let amount = outgoing.opening().amount().0;
            let paid = address(&wallet(2), amount);
            assert_eq!((outgoing.spend_key(), outgoing.tag()), (paid.spend_key(), paid.tag()));
            assert_eq!(outgoing.base(), paid.base());
            assert!(outgoing.opening().opens(enote.asset_tag().element(), enote.commitment().element()));
            amounts.push(amount);
        }
        amounts.sort_unstable();
        assert_eq!(amounts, (0..16).collect::<Vec<_>>());
    }
}

#[test]
fn a_copy_of_a_payment_is_opened_once() {
    let (keys, bundle) = (wallet(1), context(1));
    let paid = payments(&bundle, 1);
    let twice = decoded(&[paid[0], paid[0]]);
    let found = keys.recover_all_outgoing(&bundle, &NONCE, &twice, &KnownAssets::native());
    assert_eq!(found.iter().map(Option::is_some).collect::<Vec<_>>(), [true, false]);
}

#[test]
fn what_a_wallet_with_random_seeds_pays_is_opaque() {
    let (keys, bundle) = (wallet(1), context(1));
    let opaque = draft(&bundle, &EnoteSeed::random(&mut rand::rng())).external(&NET, &address(&wallet(2), 0));
    let mut enotes = payments(&bundle, 2);
    enotes.push(opaque.enote);
    let found = keys.recover_all_outgoing(&bundle, &NONCE, &decoded(&enotes), &KnownAssets::native());
    assert_eq!(found.iter().map(Option::is_some).collect::<Vec<_>>(), [true, true, false]);
}

#[test]
fn only_the_external_kind_under_its_own_context_nonce_and_index_opens_a_payment() {
    let (keys, bundle) = (wallet(1), context(1));
    let known = KnownAssets::native();
    let [enote] = payments(&bundle, 1)[..] else { panic!("one payment") };
    let enote = enote.decode().expect("points");
    assert!(keys.recover_outgoing(&bundle, &NONCE, 0, &enote, &known).is_ok());
    assert!(keys.recover_outgoing(&bundle, &NONCE, 1, &enote, &known).is_err());
    assert!(keys.recover_outgoing(&bundle, &[7; 16], 0, &enote, &known).is_err());
    assert!(keys.recover_outgoing(&context(2), &NONCE, 0, &enote, &known).is_err());
    assert!(wallet(2).recover_outgoing(&bundle, &NONCE, 0, &enote, &known).is_err());

    // A released part does not open under the context of the bundle.
    let sealed = bundle.sealed(&[8; 32], 1);
    let [part] = payments(&sealed, 1)[..] else { panic!("one part") };
    let part = part.decode().expect("points");
    assert!(keys.recover_outgoing(&sealed, &NONCE, 0, &part, &known).is_ok());
    assert!(keys.recover_outgoing(&bundle, &NONCE, 0, &part, &known).is_err());
    assert!(keys.recover_outgoing(&bundle.sealed(&[8; 32], 2), &NONCE, 0, &part, &known).is_err());

    // A self-send is no payment: the mask contains its kind.
    let own = outgoing_seed(&keys, &bundle, &NONCE, 0);
    let change = draft(&bundle, &own).self_send(&keys, AddressIndex(0), SelfSend::Change, SelfTag::Find);
    let change = change.enote.decode().expect("points");
    assert!(keys.recover_outgoing(&bundle, &NONCE, 0, &change, &known).is_err());
    // And a payment is no self-send.
    assert!(keys.recognise_self(&bundle, &enote, &known).is_err());
}

#[test]
fn a_public_enote_is_no_outgoing_payment_whatever_its_index() {
    // C = a·A + G holds for everybody's stub and coinbase: the check of C says nothing about who made it.
    let (keys, bundle) = (wallet(1), context(1));
    let foreign = draft(&bundle, &seed(9)).public(&NET, &address(&wallet(2), 0)).expect("points");
    let foreign = foreign.decode(Amount(5), &AssetId::NATIVE).expect("points");
    let known = KnownAssets::native();
    assert!((0..4).all(|k| keys.recover_outgoing(&bundle, &NONCE, k, &foreign, &known).is_err()));
    assert!(keys.recover_all_outgoing(&bundle, &NONCE, &[foreign], &known)[0].is_none());
}

#[test]
fn a_sealed_part_is_recognised_under_its_own_alternative_only() {
    // So a wallet that meets a part outside its place shows no payment; inside, it knows that it is conditional.
    let (keys, bundle) = (wallet(1), context(1));
    let sealed = bundle.sealed(&[8; 32], 1);
    let part = draft(&sealed, &seed(1)).external(&NET, &address(&keys, 0)).enote;
    assert!(received(&keys, &sealed, &part).is_ok());
    for other in [bundle, bundle.sealed(&[8; 32], 2), bundle.sealed(&[9; 32], 1), context(2).sealed(&[8; 32], 1)] {
        assert!(received(&keys, &other, &part).is_err());
    }
}

#[test]
fn two_attempts_have_no_secret_in_common() {
    let (keys, bundle, other) = (wallet(1), context(1), wallet(2));
    let attempt = |nonce| {
        let seed = outgoing_seed(&keys, &bundle, nonce, 0);
        (*seed.expose(), draft(&bundle, &seed).external(&NET, &address(&other, 0)))
    };
    let ((seed_1, one), (seed_2, two)) = (attempt(&[1; 16]), attempt(&[2; 16]));
    assert_ne!(seed_1, seed_2);
    assert_ne!(one.opening.mask().expose(), two.opening.mask().expose());
    assert_ne!(one.opening.tag_blinding().expose(), two.opening.tag_blinding().expose());
    let (one, two) = (one.enote, two.enote);
    assert_ne!(one.asset_tag, two.asset_tag);
    assert_ne!(one.commitment, two.commitment);
    assert_ne!(one.ephemeral_key, two.ephemeral_key);
    assert_ne!(one.one_time_key, two.one_time_key);
    // Equal pads would show the xor of the plaintexts, which are equal here.
    assert_ne!(one.pay_enc, two.pay_enc);
    assert_ne!(one.seed_enc, two.seed_enc);
}

#[test]
fn the_indices_of_one_bundle_give_different_seeds() {
    let seeds: Vec<_> = (0..16).map(|k| *outgoing_seed(&wallet(1), &context(1), &NONCE, k).expose()).collect();
    assert!(seeds.iter().enumerate().all(|(i, seed)| !seeds[..i].contains(seed)));
}

#[test]
fn a_wallet_restored_from_its_audit_key_sees_the_same() {
    let keys = wallet(1);
    let restored = AuditKey::from_bytes(keys.to_bytes().expose()).expect("a key");
    let bundle = context(1);
    let known = KnownAssets::native();
    let change = draft(&bundle, &seed(2)).self_send(&keys, AddressIndex(1), SelfSend::Change, SelfTag::Decoy);
    let enotes = [
        draft(&bundle, &seed(1)).external(&NET, &address(&keys, 9)).enote,
        change.enote,
        draft(&bundle, &seed(3)).external(&NET, &address(&wallet(2), 0)).enote,
    ];
    for enote in decoded(&enotes) {
        let see = |keys: &AuditKey| {
            let found = keys.recognise(&NET, &bundle, &enote, &known).ok()?;
            let tag = *keys.one_time_view(&found).expect("a tag").tag();
            Some((found.opening().amount(), found.index(), found.kind(), *found.seed().expose(), tag))
        };
        assert_eq!(see(&keys), see(&restored));
    }
}

#[test]
fn a_self_send_by_a_stranger_with_the_audit_key_is_recognised_as_one() {
    // It passes every check under the stranger's context. That the bundle consumes nothing of this wallet is for
    // the wallet to see: it shows a receipt from whoever holds the audit key, not change.
    let keys = wallet(1);
    let stranger = AuditKey::from_bytes(keys.to_bytes().expose()).expect("a key");
    let theirs = context(9);
    let made = draft(&theirs, &seed(1)).self_send(&stranger, AddressIndex(0), SelfSend::Change, SelfTag::Find);
    let enote = made.enote.decode().expect("points");
    let found = keys.recognise(&NET, &theirs, &enote, &KnownAssets::native()).expect("own");
    assert_eq!(found.kind(), EnoteKind::Change);
}

#[test]
fn a_memo_belongs_to_one_enote_and_does_not_decide_whether_it_counts() {
    let (keys, bundle) = (wallet(1), context(1));
    let enotes = [1, 2].map(|n| draft(&bundle, &seed(n)).external(&NET, &address(&keys, 0)).enote);
    let [(found, key), (other, other_key)] =
        enotes.map(|enote| (received(&keys, &bundle, &enote).expect("own"), enote.one_time_key));
    let mut memo = seal_memo(found.seed(), &key, MemoClass::Small, b"\x02\x02\0hi").expect("fits");
    assert!(open_memo(found.seed(), &key, &memo).is_ok());
    assert!(matches!(open_memo(other.seed(), &other_key, &memo), Err(MemoError::Mac)));
    assert!(matches!(open_memo(found.seed(), &other_key, &memo), Err(MemoError::Mac)));
    memo[0] ^= 1;
    assert!(matches!(open_memo(found.seed(), &key, &memo), Err(MemoError::Mac)));
    assert_eq!(found.opening().amount(), Amount(1_000));
    assert_eq!(found.opening().asset().id(), Some(AssetId::NATIVE));
}
