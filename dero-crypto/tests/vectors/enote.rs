//! `enote.json`: input contexts, enotes made and recognised, memos (protocol 4, 5).

use dero_crypto::{
    asset::{AssetId, KnownAssets},
    commitment::Amount,
    enote::{
        Anchor, DecodedEnote, Draft, Enote, EnoteKind, EnoteSeed, Findable, InputContext, MemoClass, MemoError,
        NotOwned, OneTimeView, Opening, Outgoing, PublicEnote, Recognised, SelfSend, SelfTag, open_memo,
        public_commitment, seal_memo, wrap::Exchange,
    },
    group::Element,
    keys::{Address, AddressIndex, AddressTag, AuditKey, MasterSecret},
};

use crate::read::{Case, Outcome, class};

pub fn check(case: &Case<'_>) -> Outcome {
    match case.text("kind") {
        "ic" => context(case),
        "make" => make(case),
        "scan" => scan(case),
        "memo" => memo(case),
        kind => panic!("kind {kind}"),
    }
}

fn small(case: &Case<'_>, key: &str) -> u32 {
    case.number(key).try_into().unwrap_or_else(|_| panic!("{key}: 32 bits"))
}

fn wallet(case: &Case<'_>, key: &str) -> AuditKey {
    MasterSecret::from_bytes(case.fixed(key)).audit_key()
}

fn asset(case: &Case<'_>) -> AssetId {
    AssetId(case.fixed("alpha"))
}

fn context(case: &Case<'_>) -> Outcome {
    let net = case.net();
    let found = match case.text("form") {
        "bundle" => {
            let anchor = Anchor::from_bytes(&case.bytes("a_min")).map_err(class)?;
            assert_eq!(anchor.to_bytes(), case.bytes("a_min"));
            InputContext::bundle(&net, &anchor)
        }
        "coinbase" => InputContext::coinbase(&net, case.number("height"), small(case, "index")),
        "genesis" => InputContext::genesis(&net, case.number("index")),
        "sealed" => InputContext(case.fixed("bundle_ic")).sealed(&case.fixed("Ko"), small(case, "index")),
        form => panic!("form {form}"),
    };
    if found == InputContext(case.fixed("ic")) { Ok(()) } else { Err("mismatch") }
}

fn make(case: &Case<'_>) -> Outcome {
    let net = case.net();
    let address = Address::from_bytes(&case.bytes("address")).map_err(class)?;
    let context = InputContext(case.fixed("ic"));
    let kind = EnoteKind::from_code(case.number("kappa").try_into().expect("a byte")).map_err(class)?;
    if case.has("recipient_s_m") {
        let keys = wallet(case, "recipient_s_m");
        assert_eq!(keys.address_key().recognise(&address), Some(AddressIndex(case.number("j"))));
    }
    let public = case.text("form") == "public";
    let seed = if !public && case.text("seed_from") == "outgoing" {
        let sender = wallet(case, "sender_s_m");
        EnoteSeed::outgoing(sender.outgoing_secret(), &context, &case.fixed("tx_nonce"), small(case, "k"))
    } else {
        EnoteSeed::from_bytes(case.fixed("sigma"))
    };
    assert_eq!(*seed.expose(), case.fixed("sigma"));
    let draft = Draft { context: &context, seed: &seed, amount: Amount(case.number("a")), asset: asset(case) };

    let one_time_key = case.fixed("Ko");
    let ephemeral_key = case.fixed("De");
    let exchange = Exchange { ephemeral_key: &ephemeral_key, one_time_key: &one_time_key, context: &context };
    let r = seed.ephemeral(&context, address.spend_key().as_bytes(), address.tag());
    assert_eq!(*r.expose(), case.scalar("r"));
    let shared = |key: &Element| (key * r.expose()).compress().to_bytes();
    let (S_f, S_r) = (shared(address.find_key().element()), shared(address.receive_key().element()));
    assert_eq!((S_f, S_r), (case.fixed("S_f"), case.fixed("S_r")));

    let found = if public {
        let public = draft.public(&net, &address).expect("points");
        assert_eq!(public.tag_enc, case.fixed("t_enc"));
        let (C, T) = public_commitment(draft.amount, &draft.asset);
        assert_eq!((C, T), (case.point("C"), case.point("T")));
        public.to_bytes().to_vec()
    } else {
        let made = match kind {
            EnoteKind::External => draft.external(&net, &address),
            EnoteKind::Change => self_send(case, &draft, SelfSend::Change),
            EnoteKind::SelfPayment => self_send(case, &draft, SelfSend::Payment),
        };
        opening(case, &made.opening);
        let enote = &made.enote;
        assert_eq!((enote.commitment, enote.asset_tag), (case.fixed("C"), case.fixed("T")));
        assert_eq!(enote.pay_enc, case.fixed("pay_enc"));
        enote.to_bytes().to_vec()
    };
    let (u, v) = seed.extensions(&context, &case.fixed("C"), &case.fixed("T"));
    assert_eq!((*u.expose(), *v.expose()), (case.scalar("u"), case.scalar("v")));

    let wrap = if kind == EnoteKind::External {
        assert_eq!([exchange.view_tag_1(&net, &S_f)], case.fixed("vt1"));
        exchange.wrap(&S_r)
    } else {
        let sender = wallet(case, "sender_s_m");
        let tags = [
            exchange.view_tag_1(&net, &S_f),
            exchange.view_tag_1_self(sender.find_self_secret()),
            exchange.view_tag_1_decoy(sender.self_secret()),
        ];
        let stated = ["vt1_external", "vt1_self", "vt1_decoy"].map(|key| case.fixed::<1>(key)[0]);
        assert_eq!(tags, stated);
        exchange.wrap_self(sender.self_secret(), kind)
    };
    assert_eq!(*wrap.expose(), case.fixed("w"));
    assert_eq!(wrap.view_tag_2(&one_time_key), case.fixed("vt2"));
    assert_eq!(wrap.seal(&seed, &one_time_key), case.fixed("sigma_enc"));
    assert_eq!(found, case.bytes("enote"));
    Ok(())
}

fn self_send(case: &Case<'_>, draft: &Draft<'_>, kind: SelfSend) -> dero_crypto::enote::MadeEnote {
    let tag = if case.flag("decoy") { SelfTag::Decoy } else { SelfTag::Find };
    draft.self_send(&wallet(case, "sender_s_m"), AddressIndex(case.number("j")), kind, tag)
}

fn opening(case: &Case<'_>, found: &Opening) {
    assert_eq!(found.amount(), Amount(case.number("a")));
    assert_eq!(*found.asset().as_bytes(), case.fixed("A"));
    assert_eq!(*found.mask().expose(), case.scalar("x"));
    if case.has("b") {
        assert_eq!(*found.tag_blinding().expose(), case.scalar("b"));
    }
    if case.has("asset_known") {
        let known = case.flag("asset_known").then(|| asset(case));
        assert_eq!(found.asset().id(), known);
    }
}

fn scan(case: &Case<'_>) -> Outcome {
    let net = case.net();
    let keys = wallet(case, "s_m");
    let context = InputContext(case.fixed("ic"));
    let registry = Case { file: case.file, value: case.file }.byte_list("registry");
    let known: KnownAssets =
        registry.iter().map(|id| AssetId(id.as_slice().try_into().expect("32 bytes"))).collect();
    let bytes = case.bytes("enote");
    let (enote, findable) = if case.text("form") == "public" {
        let enote = PublicEnote::from_bytes(&bytes).map_err(class)?;
        let decoded = enote.decode(Amount(case.number("a")), &asset(case)).map_err(class)?;
        (decoded, findable(&context, &enote.one_time_key, &enote.ephemeral_key, enote.view_tag_1))
    } else {
        let enote = Enote::from_bytes(&bytes).map_err(class)?;
        let decoded = enote.decode().map_err(class)?;
        (decoded, findable(&context, &enote.one_time_key, &enote.ephemeral_key, enote.view_tag_1))
    };
    let refused = |error: NotOwned| {
        assert_eq!(error.check(), case.text("check"));
        "not-owned"
    };
    match case.text("tier") {
        "find" => find(case, &keys, &context, findable),
        "view_received" => {
            let found = keys.view_received().recognise(&net, &context, &enote, &known).map_err(refused)?;
            recognised(&case.at("found"), &keys, &found);
            both_tiers(case, &keys, &context, &enote, &known);
            Ok(())
        }
        "view_balance" => {
            let found = keys.recognise_self(&context, &enote, &known).map_err(refused)?;
            recognised(&case.at("found"), &keys, &found);
            both_tiers(case, &keys, &context, &enote, &known);
            Ok(())
        }
        "outgoing" => {
            let (nonce, k) = (case.fixed("tx_nonce"), small(case, "k"));
            let found = keys.recover_outgoing(&context, &nonce, k, &enote, &known).map_err(refused)?;
            outgoing(&case.at("found"), &found);
            Ok(())
        }
        tier => panic!("tier {tier}"),
    }
}

type FindableParts = ([u8; 32], [u8; 32], u8);

fn findable(_: &InputContext, Ko: &[u8; 32], De: &[u8; 32], view_tag_1: u8) -> FindableParts {
    (*Ko, *De, view_tag_1)
}

fn find(case: &Case<'_>, keys: &AuditKey, context: &InputContext, parts: FindableParts) -> Outcome {
    let (one_time_key, ephemeral_key, view_tag_1) = &parts;
    let enote = Findable { context, one_time_key, ephemeral_key, view_tag_1: *view_tag_1 };
    let key =
        if case.flag("with_s_fs") { keys.find_key_with_self() } else { keys.view_received().find_key().clone() };
    let found = key.find(&case.net(), &enote);
    assert_eq!(key.find_batch(&case.net(), &[enote, enote, enote]), [found; 3]);
    if !found.any() {
        assert_eq!(case.text("check"), "vt1");
        return Err("not-owned");
    }
    let mut matches = Vec::new();
    if found.external {
        matches.push("k_f");
    }
    if found.self_send {
        matches.push("s_fs");
    }
    let stated: Vec<_> = case.list("matches").iter().map(|name| name.value.as_str().expect("a key")).collect();
    assert_eq!(matches, stated);
    Ok(())
}

fn recognised(case: &Case<'_>, keys: &AuditKey, found: &Recognised) {
    opening(case, found.opening());
    assert_eq!(u64::from(found.kind().code()), case.number("kappa"));
    assert_eq!(found.index(), AddressIndex(case.number("j")));
    assert_eq!(*found.tag(), AddressTag(case.fixed("t")));
    assert_eq!(*found.seed().expose(), case.fixed("sigma"));
    assert_eq!(*found.ephemeral().expose(), case.scalar("r"));
    assert_eq!(*found.extension_x().expose(), case.scalar("u"));
    assert_eq!(*found.extension_y().expose(), case.scalar("v"));
    let view: OneTimeView = keys.one_time_view(found).expect("a tag");
    assert_eq!(*view.image_part().expose(), case.scalar("x_o"));
    assert_eq!(*view.spend_part(), case.point("D_o"));
    assert_eq!(*view.tag().point(), case.point("L"));
}

/// The audit key finds whatever one of its parts finds.
fn both_tiers(case: &Case<'_>, keys: &AuditKey, context: &InputContext, enote: &DecodedEnote, known: &KnownAssets) {
    let found = keys.recognise(&case.net(), context, enote, known).expect("an enote of the wallet");
    recognised(&case.at("found"), keys, &found);
}

fn outgoing(case: &Case<'_>, found: &Outgoing) {
    opening(case, found.opening());
    assert_eq!(*found.seed().expose(), case.fixed("sigma"));
    assert_eq!(*found.tag(), AddressTag(case.fixed("t")));
    assert_eq!(*found.spend_key(), case.point("K"));
    assert_eq!(*found.base(), case.point("B"));
    assert_eq!(*found.ephemeral().expose(), case.scalar("r"));
}

fn memo(case: &Case<'_>) -> Outcome {
    let seed = EnoteSeed::from_bytes(case.fixed("sigma"));
    let one_time_key = case.fixed("Ko");
    let plaintext = open_memo(&seed, &one_time_key, &case.bytes("memo")).map_err(|error| match error {
        MemoError::Mac => "bad-mac",
        MemoError::Length { .. } => "bad-length",
        other => panic!("no class for {other}"),
    })?;
    assert_eq!(*plaintext.expose(), case.bytes("padded"));
    let size = usize::try_from(case.number("size")).expect("small");
    let class = MemoClass::ALL.into_iter().find(|class| class.bytes() == size).expect("a class");
    let sealed = seal_memo(&seed, &one_time_key, class, &case.bytes("plaintext")).expect("fits");
    assert_eq!(sealed, case.bytes("memo"));
    Ok(())
}
