//! Protocol 4 and 5; attacks 1, 2, 13, 79, 80, 82, 85, 153, 154.

use dero_crypto::{
    DecodeError, NetworkId,
    asset::{AssetId, KnownAssets},
    commitment::Amount,
    enote::{
        Draft, Enote, EnoteKind, EnoteSeed, Findable, InputContext, NotOwned, PublicEnote, SelfSend, SelfTag,
        public_commitment, wrap::Exchange,
    },
    group::{
        Element, Point, Scalar, domain,
        generators::{G, H, U, X, Y},
    },
    keys::{Address, AddressIndex},
};

use super::{NET, address, context, draft, received, seed, wallet};

fn payment() -> Enote {
    draft(&context(1), &seed(1)).external(&NET, &address(&wallet(1), 3)).enote
}

fn shifted(bytes: &[u8; 32], by: &Element) -> [u8; 32] {
    (Point::decode(bytes, "point").expect("a point").element() + by).compress().to_bytes()
}

#[test]
fn a_point_that_is_none_or_the_identity_is_refused_in_each_field() {
    let good = payment();
    type Field = fn(&mut Enote) -> &mut [u8; 32];
    let fields: [(&str, Field); 4] = [
        ("Ko", |enote| &mut enote.one_time_key),
        ("C", |enote| &mut enote.commitment),
        ("T", |enote| &mut enote.asset_tag),
        ("De", |enote| &mut enote.ephemeral_key),
    ];
    for (what, field) in fields {
        let mut bad = good;
        *field(&mut bad) = [0; 32];
        assert_eq!(bad.decode().err(), Some(DecodeError::Identity { what }));
        let mut bad = good;
        *field(&mut bad) = [0xff; 32];
        assert_eq!(bad.decode().err(), Some(DecodeError::Point { what }));
    }
    let public = draft(&context(1), &seed(1)).public(&NET, &address(&wallet(1), 3)).expect("points");
    let decode = |enote: PublicEnote| enote.decode(Amount(1_000), &AssetId::NATIVE).err();
    assert_eq!(decode(public), None);
    let no_key = PublicEnote { one_time_key: [0; 32], ..public };
    assert_eq!(decode(no_key), Some(DecodeError::Identity { what: "Ko" }));
    let no_exchange = PublicEnote { ephemeral_key: [0; 32], ..public };
    assert_eq!(decode(no_exchange), Some(DecodeError::Identity { what: "De" }));
}

#[test]
fn every_changed_bit_makes_an_enote_foreign() {
    let (keys, good) = (wallet(1), payment().to_bytes());
    assert!(received(&keys, &context(1), &payment()).is_ok());
    for place in 0..good.len() {
        let mut bad = good;
        bad[place] ^= 1 << (place % 8);
        let Ok(enote) = Enote::from_bytes(&bad).expect("163 bytes").decode() else { continue };
        let found = keys.recognise(&NET, &context(1), &enote, &KnownAssets::native());
        assert!(found.is_err(), "byte {place}");
    }
}

#[test]
fn a_copy_under_another_context_is_nobodys() {
    let (keys, enote) = (wallet(1), payment());
    let bundle = context(1);
    assert!(received(&keys, &bundle, &enote).is_ok());
    let elsewhere = [
        context(2),
        bundle.sealed(&enote.one_time_key, 1),
        bundle.sealed(&[7; 32], 1),
        InputContext::coinbase(&NET, 1, 0),
        InputContext::genesis(&NET, 0),
        InputContext::bundle(&NetworkId([1; 32]), &dero_crypto::enote::Anchor::Tag([1; 32])),
    ];
    for other in elsewhere {
        assert!(received(&keys, &other, &enote).is_err());
    }
    let foreign_net = keys.view_received().recognise(
        &NetworkId([1; 32]),
        &bundle,
        &enote.decode().expect("points"),
        &KnownAssets::native(),
    );
    assert!(foreign_net.is_err());
}

#[test]
fn the_same_seed_in_another_place_gives_another_one_time_key() {
    // An attacker who repeats seed, address and amount in another bundle makes another enote, which counts too.
    let keys = wallet(1);
    let again = draft(&context(2), &seed(1)).external(&NET, &address(&keys, 3)).enote;
    assert_ne!(again.one_time_key, payment().one_time_key);
    assert!(received(&keys, &context(2), &again).is_ok());
    // The key of the first one under the second context is refused: two enotes with one key would burn one.
    assert!(received(&keys, &context(2), &Enote { one_time_key: payment().one_time_key, ..again }).is_err());
}

#[test]
fn mixtures_of_two_addresses_are_foreign_whoever_they_belong_to() {
    let keys = wallet(1);
    let one = address(&keys, 3);
    let mut answers = Vec::new();
    for two in [address(&keys, 4), address(&wallet(2), 4)] {
        for mask in 0..32u8 {
            let part = |bit: u8| if mask >> bit & 1 == 0 { &one } else { &two };
            let mixed = Address::new(
                *part(0).spend_key(),
                *part(1).base(),
                *part(2).find_key(),
                *part(3).receive_key(),
                *part(4).tag(),
            );
            let enote = draft(&context(1), &seed(1)).external(&NET, &mixed).enote;
            let found = received(&keys, &context(1), &enote);
            match mask {
                0 => assert_eq!(found.expect("own").index(), AddressIndex(3)),
                31 if two == address(&keys, 4) => assert_eq!(found.expect("own").index(), AddressIndex(4)),
                31 => assert!(found.is_err()),
                _ => {
                    let error = found.err().unwrap_or_else(|| panic!("{mask:05b} was accepted"));
                    answers.push((error.to_string(), format!("{error:?}")));
                }
            }
        }
    }
    // Two wallets and one look alike: the refusal says nothing else.
    assert_eq!(answers.len(), 60);
    assert!(answers.iter().all(|answer| *answer == answers[0]));
}

/// A payment whose parts the payer chose freely: every field follows the law but for what `tamper` does.
fn crafted(tamper: impl FnOnce(&mut Crafted)) -> Enote {
    let (keys, context, seed) = (wallet(1), context(1), seed(1));
    let to = address(&keys, 3);
    let mut c = Crafted {
        amount: Amount(1_000),
        base: *AssetId::NATIVE.generator().element(),
        kind: EnoteKind::External,
        tag_shift: Element::default(),
        mask_shift: Scalar::ZERO,
        key_shift: Element::default(),
        exchange_shift: Element::default(),
    };
    tamper(&mut c);
    let b = seed.asset_blinding(&context);
    let T = c.base + Element::mul_base(b.expose()) + c.tag_shift;
    let base = c.base.compress().to_bytes();
    let x = seed.mask(&context, c.amount, &base, to.spend_key().as_bytes(), c.kind).expose() + c.mask_shift;
    let C = (T * Scalar::from(c.amount.0) + Element::mul_base(&x)).compress().to_bytes();
    let T = T.compress().to_bytes();
    let (u, v) = seed.extensions(&context, &C, &T);
    let Ko = to.spend_key().element() + X.element() * u.expose() + Y.element() * v.expose() + c.key_shift;
    let one_time_key = Ko.compress().to_bytes();
    let r = seed.ephemeral(&context, to.spend_key().as_bytes(), to.tag());
    // The receiver multiplies De with his keys; a payer cannot, so a shift lies on a base whose products he knows.
    let De = to.base().element() * r.expose() + c.exchange_shift;
    let ephemeral_key = De.compress().to_bytes();
    let exchange = Exchange { ephemeral_key: &ephemeral_key, one_time_key: &one_time_key, context: &context };
    let shared = |key: &Scalar| (De * key).compress().to_bytes();
    let S_f = shared(keys.view_received().find_key().find_key().expose());
    let wrap = exchange.wrap(&shared(keys.view_received().receive_key().expose()));
    let seed_enc = wrap.seal(&seed, &one_time_key);
    let pad = domain::ENOTE_PAY.hash(&[seed.expose(), &one_time_key]);
    let mut pay = [c.amount.0.to_le_bytes(), to.tag().0].concat();
    pay.iter_mut().zip(pad).for_each(|(byte, pad)| *byte ^= pad);
    Enote {
        one_time_key,
        commitment: C,
        asset_tag: T,
        ephemeral_key,
        view_tag_1: exchange.view_tag_1(&NET, &S_f),
        view_tag_2: wrap.view_tag_2(&one_time_key),
        seed_enc,
        pay_enc: pay.try_into().expect("16 bytes"),
    }
}

struct Crafted {
    amount: Amount,
    base: Element,
    kind: EnoteKind,
    tag_shift: Element,
    mask_shift: Scalar,
    key_shift: Element,
    exchange_shift: Element,
}

fn verdict(enote: &Enote) -> Result<(), NotOwned> {
    received(&wallet(1), &context(1), enote).map(drop)
}

#[test]
fn each_check_refuses_what_only_it_can_see() {
    assert_eq!(crafted(|_| ()), payment());
    let check = |enote: &Enote| verdict(enote).expect_err("foreign").check();

    assert_eq!(check(&Enote { view_tag_1: payment().view_tag_1 ^ 1, ..payment() }), "vt1");
    assert_eq!(check(&Enote { view_tag_2: [0, 0], ..payment() }), "vt2");
    assert_eq!(check(&crafted(|c| c.mask_shift = Scalar::ONE)), "C");
    assert_eq!(check(&crafted(|c| c.kind = EnoteKind::Change)), "C");
    // T of another asset or generator under the commitment of the right one.
    assert_eq!(check(&crafted(|c| c.tag_shift = *H.element())), "C");
    assert_eq!(check(&crafted(|c| c.exchange_shift = *G.element())), "De");
}

#[test]
fn refusals_for_different_reasons_are_equal() {
    let other_tag = Enote { view_tag_1: payment().view_tag_1 ^ 1, ..payment() };
    assert_eq!(verdict(&other_tag), verdict(&crafted(|c| c.mask_shift = Scalar::ONE)));
}

#[test]
fn every_byte_of_an_amount_has_its_place() {
    let (bundle, seed) = (context(1), seed(1));
    let amount = Amount(0x0123_4567_89ab_cdef);
    let enote = Draft { amount, ..draft(&bundle, &seed) }.external(&NET, &address(&wallet(1), 0)).enote;
    assert_eq!(received(&wallet(1), &bundle, &enote).unwrap().opening().amount(), amount);
}

#[test]
fn a_one_time_key_with_a_part_on_another_generator_is_refused() {
    for generator in [G, H, U, X, Y] {
        let enote = crafted(|c| c.key_shift = *generator.element());
        assert_eq!(verdict(&enote).expect_err("foreign").check(), "Ko");
    }
    // Why it must be: the maker of two enotes that differ by g·G would give both the tag of the first, of which
    // only one is spendable. The tag hangs on the parts on X and Y alone.
    let keys = wallet(1);
    let found = received(&keys, &context(1), &payment()).expect("own");
    let view = keys.one_time_view(&found).expect("a tag");
    let one_time_key = X.element() * view.image_part().expose() + view.spend_part().element();
    assert_eq!(one_time_key.compress().to_bytes(), payment().one_time_key);
    let twin = shifted(&payment().one_time_key, G.element());
    assert_eq!((one_time_key + G.element()).compress().to_bytes(), twin);
    assert!(verdict(&Enote { one_time_key: twin, ..payment() }).is_err());
}

#[test]
fn an_unregistered_asset_is_kept_and_counted_once_it_is_registered() {
    let (keys, gold) = (wallet(1), AssetId([7; 32]));
    let (bundle, seed) = (context(1), seed(1));
    let gold_draft = Draft { asset: gold, ..draft(&bundle, &seed) };
    let enote = gold_draft.external(&NET, &address(&keys, 3)).enote;
    let mut found = received(&keys, &context(1), &enote).expect("own, whatever the asset");
    assert_eq!(found.opening().asset().id(), None);
    assert_eq!(found.opening().asset().as_bytes(), gold.generator().as_bytes());

    let mut known = KnownAssets::native();
    assert!(!found.opening_mut().resolve(&known));
    known.insert(gold);
    assert!(found.opening_mut().resolve(&known));
    assert_eq!((found.opening().asset().id(), found.opening().amount()), (Some(gold), Amount(1_000)));
    // A reorganisation takes the registration back.
    known.remove(&gold);
    assert!(!found.opening_mut().resolve(&known));
}

#[test]
fn a_base_that_is_no_assets_is_never_counted() {
    for base in [Element::default(), AssetId::NATIVE.generator().element() + H.element()] {
        let enote = crafted(|c| c.base = base);
        let found = received(&wallet(1), &context(1), &enote).expect("every check holds");
        assert_eq!(found.opening().asset().id(), None);
    }
}

#[test]
fn one_self_send_of_a_bundle_answers_to_the_find_key_and_no_other() {
    let keys = wallet(1);
    let bundle = context(1);
    let key = keys.find_key_with_self();
    let mut hits = [0; 2];
    for n in 0..64 {
        let own = |tag| draft(&bundle, &seed(n)).self_send(&keys, AddressIndex(0), SelfSend::Change, tag).enote;
        let (first, decoy) = (own(SelfTag::Find), own(SelfTag::Decoy));
        // The two differ in vt1 only: a device that is told which one it is recomputes every byte.
        assert_eq!(Enote { view_tag_1: decoy.view_tag_1, ..first }, decoy);
        assert!(key.find(&NET, &Findable::new(&bundle, &first)).self_send);
        hits[0] += u32::from(key.find(&NET, &Findable::new(&bundle, &decoy)).any());
        // Neither answers to k_f but by chance, so whoever sees receipts sees no spends.
        hits[1] += u32::from(keys.view_received().find_key().find(&NET, &Findable::new(&bundle, &first)).any());
        for enote in [first, decoy] {
            let decoded = enote.decode().expect("points");
            assert!(received(&keys, &bundle, &enote).is_err());
            let found = keys.recognise(&NET, &bundle, &decoded, &KnownAssets::native()).expect("own");
            assert_eq!(found.kind(), EnoteKind::Change);
        }
    }
    assert!(hits.iter().all(|hits| *hits <= 4), "near 1/256: {hits:?} of 64");
}

#[test]
fn foreign_enotes_are_kept_about_once_in_256() {
    let (keys, other, bundle) = (wallet(1), wallet(2), context(1));
    let enotes: Vec<Enote> = (0..2048u32)
        .map(|n| {
            let mut bytes = [0; 16];
            bytes[..4].copy_from_slice(&n.to_le_bytes());
            let mut enote = payment();
            // The tag depends on Ko, so foreign enotes are made by changing only it.
            enote.one_time_key[..16].copy_from_slice(&bytes);
            enote
        })
        .collect();
    let findable: Vec<_> = enotes.iter().map(|enote| Findable::new(&bundle, enote)).collect();
    let count = |found: &[dero_crypto::enote::Found]| {
        (found.iter().filter(|f| f.external).count(), found.iter().filter(|f| f.self_send).count())
    };
    for keys in [keys, other] {
        let (external, own) = count(&keys.find_key_with_self().find_batch(&NET, &findable));
        // Mean 8, standard deviation 2.8.
        assert!((1..=24).contains(&external) && (1..=24).contains(&own), "{external}, {own}");
    }
}

#[test]
fn a_batch_finds_what_single_calls_find() {
    let (mine, other, bundle) = (wallet(1), wallet(2), context(1));
    // Over a whole chunk and a part of one, with bytes that are no point and the identity among them.
    let mut enotes: Vec<Enote> = (0..150)
        .flat_map(|n| {
            let seed = seed(n);
            let draft = draft(&bundle, &seed);
            [
                draft.external(&NET, &address(if n % 3 == 0 { &mine } else { &other }, n.into())).enote,
                draft.self_send(&mine, AddressIndex(0), SelfSend::Change, SelfTag::Find).enote,
            ]
        })
        .collect();
    // What stands at the place of the one at 8 in the next chunk is a payment to this wallet.
    for (place, none) in [(5, [0xff; 32]), (6, [0; 32]), (8, [0xff; 32]), (299, [0xff; 32])] {
        enotes[place].ephemeral_key = none;
        // The tag that the identity as shared secret would make.
        enotes[place].view_tag_1 = Findable::new(&bundle, &enotes[place]).exchange().view_tag_1(&NET, &[0; 32]);
    }
    let findable: Vec<_> = enotes.iter().map(|enote| Findable::new(&bundle, enote)).collect();
    for key in [mine.find_key_with_self(), mine.view_received().find_key().clone()] {
        let single: Vec<_> = findable.iter().map(|enote| key.find(&NET, enote)).collect();
        assert_eq!(key.find_batch(&NET, &findable), single);
        assert!(single[0].external && single[18].external && single[264].external);
        assert_eq!(single[1].self_send, key.find_self_secret().is_some());
        assert!([5, 6, 8, 299].iter().all(|&place| !single[place].external));
    }
    assert_eq!(mine.find_key_with_self().find_batch(&NET, &[]), []);
}

#[test]
fn view_tag_2_alone_says_which_hits_are_worth_fetching() {
    let (mine, other, bundle) = (wallet(1), wallet(2), context(1));
    let paid = payment();
    let own = draft(&bundle, &seed(2)).self_send(&mine, AddressIndex(0), SelfSend::Payment, SelfTag::Decoy).enote;
    let exchange = |enote: &'static Enote| Findable::new(Box::leak(Box::new(bundle)), enote).exchange();
    let (paid, own): (&Enote, &Enote) = (Box::leak(Box::new(paid)), Box::leak(Box::new(own)));
    assert!(mine.view_received().fits_view_tag_2(&exchange(paid), paid.view_tag_2));
    assert!(!other.view_received().fits_view_tag_2(&exchange(paid), paid.view_tag_2));
    assert!(!mine.view_received().fits_view_tag_2(&exchange(own), own.view_tag_2));
    assert!(mine.fits_self_view_tag_2(&exchange(own), own.view_tag_2));
    assert!(!mine.fits_self_view_tag_2(&exchange(paid), paid.view_tag_2));
    assert!(!other.fits_self_view_tag_2(&exchange(own), own.view_tag_2));
}

#[test]
fn a_public_enote_is_its_owners_only_with_its_own_amount_asset_and_place() {
    let keys = wallet(1);
    let coinbase = InputContext::coinbase(&NET, 100, 2);
    let public = draft(&coinbase, &seed(1)).public(&NET, &address(&keys, 3)).expect("points");
    let scan = |context: &InputContext, amount, asset: AssetId| {
        let enote = public.decode(Amount(amount), &asset).expect("points");
        keys.recognise(&NET, context, &enote, &KnownAssets::native())
    };
    let found = scan(&coinbase, 1_000, AssetId::NATIVE).expect("own");
    assert_eq!(found.opening().amount(), Amount(1_000));
    assert_eq!(*found.opening().tag_blinding().expose(), Scalar::ZERO);
    assert_eq!(*found.opening().mask().expose(), Scalar::ONE);
    assert_eq!(found.kind(), EnoteKind::External);
    let enote = public.decode(Amount(1_000), &AssetId::NATIVE).expect("points");
    assert!(found.opening().opens(enote.asset_tag().element(), enote.commitment().element()));

    assert!(scan(&coinbase, 1_001, AssetId::NATIVE).is_err());
    assert!(scan(&coinbase, 1_000, AssetId([7; 32])).is_err());
    for elsewhere in [
        InputContext::coinbase(&NET, 100, 1),
        InputContext::coinbase(&NET, 101, 2),
        InputContext::genesis(&NET, 2),
        context(1),
    ] {
        assert!(scan(&elsewhere, 1_000, AssetId::NATIVE).is_err());
    }
}

#[test]
fn a_hidden_enote_shown_as_a_public_one_is_foreign() {
    // Mask ≠ 1 and b ≠ 0: u and v bind C and T, so the one-time key fits the hidden form only.
    let (keys, hidden) = (wallet(1), payment());
    let [.., a, b, c, d, e, f, g, h] = hidden.pay_enc;
    let public = PublicEnote {
        one_time_key: hidden.one_time_key,
        ephemeral_key: hidden.ephemeral_key,
        view_tag_1: hidden.view_tag_1,
        view_tag_2: hidden.view_tag_2,
        seed_enc: hidden.seed_enc,
        tag_enc: [a, b, c, d, e, f, g, h],
    };
    let enote = public.decode(Amount(1_000), &AssetId::NATIVE).expect("points");
    let found = keys.view_received().recognise(&NET, &context(1), &enote, &KnownAssets::native());
    assert_eq!(found.expect_err("foreign").check(), "Ko");
}

#[test]
fn a_public_enote_under_the_wrap_of_self_sends_is_none() {
    // Who holds the audit key can make one: everything else about it fits.
    let (keys, place) = (wallet(1), InputContext::coinbase(&NET, 9, 0));
    let made = draft(&place, &seed(1)).public(&NET, &address(&keys, 0)).expect("points");
    let (ephemeral_key, one_time_key) = (&made.ephemeral_key, &made.one_time_key);
    for kind in [EnoteKind::Change, EnoteKind::SelfPayment] {
        let wrap = Exchange { ephemeral_key, one_time_key, context: &place }.wrap_self(keys.self_secret(), kind);
        let wrapped = PublicEnote {
            view_tag_2: wrap.view_tag_2(one_time_key),
            seed_enc: wrap.seal(&seed(1), one_time_key),
            ..made
        };
        let enote = wrapped.decode(Amount(1_000), &AssetId::NATIVE).expect("points");
        let found = keys.recognise_self(&place, &enote, &KnownAssets::native());
        assert_eq!(found.expect_err("a public enote has kind 0").check(), "vt2");
    }
}

#[test]
fn two_templates_with_fresh_seeds_share_no_exchange() {
    let (keys, place) = (wallet(1), InputContext::coinbase(&NET, 9, 0));
    let template = |seed: &EnoteSeed| draft(&place, seed).public(&NET, &address(&keys, 0)).expect("points");
    let mut rng = rand::rng();
    let (one, two) = (template(&EnoteSeed::random(&mut rng)), template(&EnoteSeed::random(&mut rng)));
    assert_ne!(one.ephemeral_key, two.ephemeral_key);
    assert_ne!(one.one_time_key, two.one_time_key);
    // With one seed De repeats even for another amount, which is why seeds must be fresh.
    let more = Draft { amount: Amount(2_000), ..draft(&place, &seed(1)) }.public(&NET, &address(&keys, 0));
    assert_eq!(more.expect("points").ephemeral_key, template(&seed(1)).ephemeral_key);
}

#[test]
fn an_address_made_for_a_known_seed_gets_an_error_and_no_enote() {
    let (place, seed) = (InputContext::coinbase(&NET, 9, 0), seed(1));
    let (C, T) = public_commitment(Amount(1_000), &AssetId::NATIVE);
    let (u, v) = seed.extensions(&place, C.as_bytes(), T.as_bytes());
    let K = -(X.element() * u.expose() + Y.element() * v.expose());
    let honest = address(&wallet(1), 0);
    let (B, F, R) = (*honest.base(), *honest.find_key(), *honest.receive_key());
    let made = Address::new(Point::encode(K, "K").expect("not the identity"), B, F, R, *honest.tag());
    assert_eq!(draft(&place, &seed).public(&NET, &made), Err(DecodeError::Identity { what: "Ko" }));
    // The hidden forms hash K into C, and C into u and v.
    assert!(draft(&place, &seed).external(&NET, &made).enote.decode().is_ok());
}
