//! What is measured. A path prepares one run for a class; only the run itself is timed. Both classes are prepared by
//! the same steps.

#![allow(non_snake_case)] // Symbols match the equations.

use std::{
    hint::black_box,
    sync::{Arc, LazyLock},
};

use dero_crypto::{
    enote::{DecodedEnote, Findable},
    group::{
        Element, Point, Scalar, domain,
        generators::{G, X, Y},
        sum_of_products_vartime,
    },
    keys::{FindKey, SpendKey},
    membership::{
        Accumulator, AssetSet, Image, Masks, Member, MembershipProof, MembershipStatement, MembershipWitness,
        ReferenceKind, ReferenceSet, SetParameters, SurjectionProof, SurjectionStatement, SurjectionWitness,
    },
    prelude::*,
    range,
    sigma::{
        HostPart, SchnorrProof, SchnorrStatement, SignerPart, SpendProof, SpendStatement, SpendWitness,
        schnorr::Base,
    },
};
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};

use crate::welch::Class;

/// What the answer must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    Constant,
    Leak,
}

type Run = Box<dyn FnMut()>;

pub struct Path {
    pub name: &'static str,
    pub expected: Expected,
    pub prepare: fn(Class, &mut StdRng) -> Run,
}

const fn constant(name: &'static str, prepare: fn(Class, &mut StdRng) -> Run) -> Path {
    Path { name, expected: Expected::Constant, prepare }
}

const fn leak(name: &'static str, prepare: fn(Class, &mut StdRng) -> Run) -> Path {
    Path { name, expected: Expected::Leak, prepare }
}

pub const PATHS: [Path; 25] = [
    leak("leaks: product in variable time", |class, rng| {
        let (k, P) = (scalar(class, rng), Element::random(rng));
        run(move || sum_of_products_vartime([k.expose()], [&P]))
    }),
    leak("leaks: double and add, a branch a bit", |class, rng| {
        let (k, P) = (scalar(class, rng), Element::random(rng));
        run(move || double_and_add(k.expose().as_bytes(), &P))
    }),
    constant("control: random keys in both classes", |_, rng| spend([Class::Random; 3], rng)),
    constant("spend proof: x", |class, rng| spend([class, Class::Random, Class::Random], rng)),
    constant("spend proof: y", |class, rng| spend([Class::Random, class, Class::Random], rng)),
    constant("spend proof: z", |class, rng| spend([Class::Random, Class::Random, class], rng)),
    constant("host's part of a spend proof: x and z", |class, rng| {
        let (statement, witness) = input([class, Class::Random, class], rng);
        let mut nonces = generator(rng);
        run(move || HostPart::new(&statement, &witness.x, &witness.z, &mut nonces).is_ok())
    }),
    constant("signer's part of a spend proof: k_s", |class, rng| answer([class, Class::Random], rng)),
    constant("signer's part of a spend proof: v", |class, rng| answer([Class::Random, class], rng)),
    constant("membership proof: place", |class, rng| member([class, Class::Random], rng)),
    constant("membership proof: masks", |class, rng| member([Class::Random, class], rng)),
    constant("surjection proof: place", |class, rng| {
        let place = either(class, 0, rng.random_range(0..8));
        let omega: Vec<_> = (0..8).map(|_| encode(Element::random(rng))).collect();
        let delta = scalar(Class::Random, rng);
        let tag = encode(omega[place].element() + Element::mul_base(delta.expose()));
        let assets = AssetSet::new(&omega).expect("8 of 64");
        let statement = SurjectionStatement { net: NET, body_digest: rng.random(), bundle: 0, j: 0, assets, tag };
        let witness = SurjectionWitness { place: Secret::new(place as u64), delta };
        let mut nonces = generator(rng);
        run(move || SurjectionProof::prove(&statement, &witness, &mut nonces).is_ok())
    }),
    constant("range proof: amount", |class, rng| {
        let opening = range::Opening::new(amount(class, rng), *scalar(Class::Random, rng).expose());
        let commitments = range::Commitments::new(vec![opening.commit().expect("not zero")]).expect("1 of 16");
        let statement = range::Statement { net: NET, body_digest: rng.random(), bundle: 0, commitments };
        let witness = range::Witness::new(vec![opening]);
        let mut nonces = generator(rng);
        run(move || range::RangeProof::prove(&statement, &witness, &mut nonces).is_ok())
    }),
    constant("enote: amount", |class, rng| {
        let amount = amount(class, rng);
        pay(amount, AssetId(rng.random()), rng)
    }),
    constant("enote: native asset or another", |class, rng| {
        let asset = either(class, AssetId::NATIVE, AssetId(rng.random()));
        pay(Amount(rng.random()), asset, rng)
    }),
    constant("Schnorr signature: p", |class, rng| {
        let (p, mut nonces) = (scalar(class, rng), generator(rng));
        let key = encode(Element::mul_base(p.expose()));
        let statement = SchnorrStatement::new(domain::ACCEPT, &NET, &[], Base::Generator(G), &key);
        run(move || SchnorrProof::prove(&statement, &p, &mut nonces).is_ok())
    }),
    constant("linking tag: x and y", |class, rng| {
        let (x, y) = (scalar(class, rng), scalar(class, rng));
        run(move || LinkingTag::from_full(&x, &y).is_ok())
    }),
    constant("all tiers: master secret", |class, rng| {
        let master = MasterSecret::from_bytes(bytes(class, rng));
        run(move || master.audit_key())
    }),
    constant("address: generate-address key", |class, rng| {
        let (audit, index) = (audit_key(class, rng), AddressIndex(rng.random()));
        run(move || audit.address_key().address(index))
    }),
    constant("find, foreign enote: k_f", |class, rng| {
        let (foreign, key) = unfound::<1>(find_key(class, rng), rng);
        run(move || {
            let [(context, enote)] = &foreign;
            key.find(&NET, &Findable::new(context, enote))
        })
    }),
    constant("find with self, foreign enote: k_f and s_fs", |class, rng| {
        let key = [find_key(class, rng).to_bytes().expose(), &bytes(class, rng)[..]].concat();
        let key = FindKey::from_bytes(&key).expect("a scalar and 32 bytes");
        let (foreign, key) = unfound::<1>(key, rng);
        run(move || {
            let [(context, enote)] = &foreign;
            key.find(&NET, &Findable::new(context, enote))
        })
    }),
    constant("find, 16 foreign enotes: k_f", |class, rng| {
        let (foreign, key) = unfound::<16>(find_key(class, rng), rng);
        run(move || {
            let foreign = foreign.each_ref().map(|(context, enote)| Findable::new(context, enote));
            key.find_batch(&NET, &foreign)
        })
    }),
    constant("recognise, own enote: view-received key", |class, rng| {
        let (audit, context, enote) = own(class, rng);
        let known = KnownAssets::native();
        run(move || audit.view_received().recognise(&NET, &context, &enote, &known).is_ok())
    }),
    constant("recognise, own enote: audit key", |class, rng| {
        let (audit, context, enote) = own(class, rng);
        let known = KnownAssets::native();
        run(move || audit.recognise(&NET, &context, &enote, &known).is_ok())
    }),
    constant("one-time view: audit key", |class, rng| {
        let (audit, context, enote) = own(class, rng);
        let mine = audit.recognise(&NET, &context, &enote, &KnownAssets::native()).expect("own");
        run(move || audit.one_time_view(&mine).is_ok())
    }),
];

const NET: NetworkId = NetworkId([1; 32]);

/// Both values are there before one is chosen: the steps of both classes are the same.
fn either<T>(class: Class, fixed: T, random: T) -> T {
    if class == Class::Fixed { fixed } else { random }
}

fn amount(class: Class, rng: &mut StdRng) -> Amount {
    Amount(either(class, 0, rng.random()))
}

fn pay(amount: Amount, asset: AssetId, rng: &mut StdRng) -> Run {
    let to = audit_key(Class::Random, rng).address_key().address(AddressIndex(rng.random()));
    let (context, seed) = (InputContext::bundle(&NET, &Anchor::Tag(rng.random())), EnoteSeed::random(rng));
    run(move || Draft { context: &context, seed: &seed, amount, asset }.external(&NET, &to))
}

fn run<T>(mut call: impl FnMut() -> T + 'static) -> Run {
    Box::new(move || {
        black_box(call());
    })
}

/// The fixed key is one with few bits, whose products take the least time if time depends on them.
fn bytes(class: Class, rng: &mut StdRng) -> [u8; 32] {
    let mut fixed = [0; 32];
    fixed[0] = 1;
    either(class, fixed, rng.random())
}

fn scalar(class: Class, rng: &mut StdRng) -> Secret<Scalar> {
    Secret::new(Scalar::from_bytes_mod_order(bytes(class, rng)))
}

fn generator(rng: &mut StdRng) -> StdRng {
    StdRng::from_seed(rng.random())
}

fn encode(element: Element) -> Point {
    Point::encode(element, "random").expect("not the identity")
}

fn audit_key(class: Class, rng: &mut StdRng) -> AuditKey {
    MasterSecret::from_bytes(bytes(class, rng)).audit_key()
}

/// A private input whose x, y, z are of these classes.
fn input(classes: [Class; 3], rng: &mut StdRng) -> (SpendStatement, SpendWitness) {
    let [x, y, z] = classes.map(|class| scalar(class, rng));
    let image_key = X.element() * x.expose() + Y.element() * y.expose() + G.element() * z.expose();
    let statement = SpendStatement {
        net: NET,
        m_tx: rng.random(),
        index: 0,
        image_key: encode(image_key),
        tag: LinkingTag::from_full(&x, &y).expect("x is not zero"),
    };
    (statement, SpendWitness { x, y, z })
}

fn spend(classes: [Class; 3], rng: &mut StdRng) -> Run {
    let (statement, witness) = input(classes, rng);
    let mut nonces = generator(rng);
    run(move || SpendProof::prove(&statement, &witness, &mut nonces).is_ok())
}

/// The answer of a signer whose k_s and v are of these classes.
fn answer(classes: [Class; 2], rng: &mut StdRng) -> Run {
    let [k_s, v] = classes.map(|class| scalar(class, rng));
    let key = SpendKey::from_bytes(k_s.expose().as_bytes()).expect("not zero");
    let (statement, witness) = input([Class::Random; 3], rng);
    let host = HostPart::new(&statement, &witness.x, &witness.z, rng).expect("points").points();
    let mut nonces = generator(rng);
    run(move || SignerPart::answer(&statement, host, &key, &v, &mut nonces).is_ok())
}

const RING: u64 = 16;

/// The members of a full ring of 16, the same in each run.
static MEMBERS: LazyLock<Arc<ReferenceSet>> = LazyLock::new(|| {
    let mut rng = StdRng::seed_from_u64(2);
    let mut point = || encode(Element::random(&mut rng));
    let members = (0..RING).map(|_| Arc::new(Member::new(&point(), &point(), &point()))).collect();
    let acc = Accumulator::empty(&NET);
    Arc::new(ReferenceSet::new(ReferenceKind::Open, 0, acc, acc, members).expect("not empty"))
});

/// A membership proof whose place and masks are of these classes.
fn member([place, masks]: [Class; 2], rng: &mut StdRng) -> Run {
    let place = either(place, 0, rng.random_range(0..RING));
    let [key, commitment, asset_tag] = [masks; 3].map(|class| scalar(class, rng));
    let masks = Masks { key, commitment, asset_tag };
    let image = Image::of(&MEMBERS.members()[place as usize], &masks).expect("points");
    let parameters = SetParameters::new(4, 2).expect("an allowed pair");
    let statement = MembershipStatement::new(NET, parameters, MEMBERS.clone(), image).expect("it fits");
    let witness = MembershipWitness::new(place, masks);
    let mut nonces = generator(rng);
    run(move || MembershipProof::prove(&statement, &witness, &mut nonces).is_ok())
}

/// An enote to `recipient`, and its context.
fn enote_to(recipient: &AuditKey, rng: &mut StdRng) -> (InputContext, Enote) {
    let context = InputContext::bundle(&NET, &Anchor::Tag(rng.random()));
    let seed = EnoteSeed::random(rng);
    let draft = Draft { context: &context, seed: &seed, amount: Amount(rng.random()), asset: AssetId::NATIVE };
    let address = recipient.address_key().address(AddressIndex(rng.random()));
    let enote = draft.external(&NET, &address).enote;
    (context, enote)
}

fn own(class: Class, rng: &mut StdRng) -> (AuditKey, InputContext, DecodedEnote) {
    let audit = audit_key(class, rng);
    let (context, enote) = enote_to(&audit, rng);
    let enote = enote.decode().expect("points");
    (audit, context, enote)
}

fn find_key(class: Class, rng: &mut StdRng) -> FindKey {
    FindKey::from_bytes(scalar(class, rng).expose().as_bytes()).expect("a scalar")
}

/// Enotes that `key` does not keep, as it keeps one of 256 by chance: the answer may take its own time.
fn unfound<const N: usize>(key: FindKey, rng: &mut StdRng) -> ([(InputContext, Enote); N], FindKey) {
    let foreign = core::array::from_fn(|_| {
        loop {
            let stranger = audit_key(Class::Random, rng);
            let (context, enote) = enote_to(&stranger, rng);
            if !key.find(&NET, &Findable::new(&context, &enote)).any() {
                return (context, enote);
            }
        }
    });
    (foreign, key)
}

/// What no code may do with a secret: an addition for each bit that is set, and none for the others.
fn double_and_add(k: &[u8; 32], P: &Element) -> Element {
    let mut sum = Element::default();
    for place in (0..256).rev() {
        sum = sum + sum;
        if k[place / 8] >> (place % 8) & 1 == 1 {
            sum += P;
        }
    }
    sum
}
