//! What is made and verified: three parts of a transaction's proofs, a link of two commitments, and an enote.
//!
//! `make` and `accepts` draw the same statement from the same seed; the verifier's weights have a seed of their own.

#![allow(non_snake_case)] // Symbols match the equations.

use std::sync::Arc;

use dero_crypto::{
    enote::Findable,
    group::{
        Element, Point, Scalar,
        generators::{A0, G, H, X, Y},
    },
    membership::{
        Accumulator, Image, Masks, Member, MembershipProof, MembershipStatement, MembershipWitness, ReferenceKind,
        ReferenceSet, SetParameters,
    },
    prelude::*,
    range::{Commitments, Opening, RangeProof, Statement, Witness},
    sigma::{LinkProof, LinkStatement, LinkWitness, SpendProof, SpendStatement, SpendWitness},
};
use rand::rngs::StdRng;

/// Something that one side makes and the other accepts or refuses.
pub struct Kind {
    /// Its name.
    pub name: &'static str,
    /// Its bytes, from a seed.
    pub make: fn(&mut StdRng) -> Vec<u8>,
    /// The verdict about bytes: the statement's seed, the bytes, the verifier's own randomness.
    pub accepts: fn(&mut StdRng, &[u8], &mut StdRng) -> bool,
}

/// All of them. `check.mjs` names them in this order.
pub const KINDS: [Kind; 5] = [
    Kind {
        name: "spend",
        make: |rng| {
            let (statement, witness) = spend(rng);
            SpendProof::prove(&statement, &witness, rng).expect("it opens").to_bytes().to_vec()
        },
        accepts: |seed, bytes, rng| {
            SpendProof::from_bytes(bytes).is_ok_and(|proof| proof.verify(&spend(seed).0, rng).is_ok())
        },
    },
    Kind {
        name: "membership",
        make: |rng| {
            let (statement, witness) = membership(rng);
            MembershipProof::prove(&statement, &witness, rng).expect("it opens").to_bytes()
        },
        accepts: |seed, bytes, rng| {
            MembershipProof::from_bytes(bytes, SetParameters::TEST)
                .is_ok_and(|proof| proof.verify(&membership(seed).0, rng).is_ok())
        },
    },
    Kind {
        name: "range",
        make: |rng| {
            let (statement, witness) = range(rng);
            RangeProof::prove(&statement, &witness, rng).expect("it opens").to_bytes()
        },
        accepts: |seed, bytes, rng| {
            RangeProof::from_bytes(bytes, 2).is_ok_and(|proof| proof.verify(&range(seed).0, rng).is_ok())
        },
    },
    Kind {
        name: "link",
        make: |rng| {
            let (statement, witness) = link(rng);
            LinkProof::prove(&statement, &witness, rng).expect("it opens").to_bytes().to_vec()
        },
        accepts: |seed, bytes, rng| {
            LinkProof::from_bytes(bytes).is_ok_and(|proof| proof.verify(&link(seed).0, rng).is_ok())
        },
    },
    Kind { name: "enote", make: pay, accepts: |seed, bytes, _| scan(seed, bytes) },
];

const NET: NetworkId = NetworkId([1; 32]);

fn spend(rng: &mut StdRng) -> (SpendStatement, SpendWitness) {
    let [x, y, z] = [(); 3].map(|()| Secret::new(Scalar::random(rng)));
    let key = X.element() * x.expose() + Y.element() * y.expose() + Element::mul_base(z.expose());
    let image_key = Point::encode(key, "image").expect("random keys");
    let tag = LinkingTag::from_full(&x, &y).expect("random keys");
    (SpendStatement { net: NET, m_tx: [2; 32], index: 0, image_key, tag }, SpendWitness { x, y, z })
}

fn membership(rng: &mut StdRng) -> (MembershipStatement, MembershipWitness) {
    let parameters = SetParameters::TEST;
    let step = Element::random(rng);
    let mut walk = Element::random(rng);
    let mut next = || {
        walk += step;
        Point::encode(walk, "random").expect("no identity in so few steps")
    };
    let members: Vec<_> =
        (0..parameters.size()).map(|_| Arc::new(Member::new(&next(), &next(), &next()))).collect();
    let masks = Masks::random(rng);
    let image = Image::of(&members[77], &masks).expect("random masks");
    let list = Accumulator::empty(&NET);
    let set = ReferenceSet::new(ReferenceKind::Closed, 0, list, list, members).expect("not empty");
    let statement = MembershipStatement::new(NET, parameters, Arc::new(set), image).expect("a full set");
    (statement, MembershipWitness::new(77, masks))
}

fn range(rng: &mut StdRng) -> (Statement, Witness) {
    let openings = Vec::from([30, u64::MAX].map(|amount| Opening::new(Amount(amount), Scalar::random(rng))));
    let points = openings.iter().map(|opening| opening.commit().expect("a random mask")).collect();
    let commitments = Commitments::new(points).expect("two values");
    (Statement { net: NET, body_digest: [2; 32], bundle: 0, commitments }, Witness::new(openings))
}

fn link(rng: &mut StdRng) -> (LinkStatement, LinkWitness) {
    let a = Scalar::from(30u64);
    let [b, x, y] = [(); 3].map(|()| Scalar::random(rng));
    let encode = |element| Point::encode(element, "commitment").expect("random masks");
    let T = encode(A0.element() + G.element() * b);
    let C = encode(T.element() * a + G.element() * x);
    let E = encode(H.element() * a + G.element() * y);
    let statement = LinkStatement { net: NET, body_digest: [2; 32], bundle: 0, j: 0, T, C, E };
    (statement, LinkWitness { a: Secret::new(a), x: Secret::new(x), y: Secret::new(y) })
}

fn wallet(rng: &mut StdRng) -> (AuditKey, InputContext) {
    (MasterSecret::random(rng).audit_key(), InputContext::bundle(&NET, &Anchor::Tag([9; 32])))
}

/// An enote to the wallet's address 3.
fn pay(rng: &mut StdRng) -> Vec<u8> {
    let (keys, context) = wallet(rng);
    let seed = EnoteSeed::random(rng);
    let draft = Draft { context: &context, seed: &seed, amount: Amount(30), asset: AssetId::NATIVE };
    draft.external(&NET, &keys.address_key().address(AddressIndex(3))).enote.to_bytes().to_vec()
}

/// Whether the wallet finds it with the key of a server, and recognises 30 units with its own.
fn scan(rng: &mut StdRng, bytes: &[u8]) -> bool {
    let (keys, context) = wallet(rng);
    let Ok(enote) = Enote::from_bytes(bytes) else { return false };
    let found = keys.view_received().find_key().find_batch(&NET, &[Findable::new(&context, &enote)])[0].external;
    let Ok(enote) = enote.decode() else { return false };
    let mine = keys.recognise(&NET, &context, &enote, &KnownAssets::native());
    found && mine.is_ok_and(|mine| (mine.opening().amount(), mine.index()) == (Amount(30), AddressIndex(3)))
}
