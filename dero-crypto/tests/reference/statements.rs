//! Random statements and proofs of each kind, in the form of `tests/vectors`.

use std::sync::Arc;

use dero_crypto::{
    NetworkId,
    asset::AssetId,
    commitment::Amount,
    enote::{Anchor, Draft, EnoteSeed, InputContext},
    group::{
        Element, Point, Scalar,
        generators::{A0, G, H, X, Y},
    },
    keys::{AddressIndex, LinkingTag, MasterSecret},
    membership::{
        Accumulator, AssetSet, Image, MEMBER_BYTES, Masks, Member, MembershipProof, MembershipStatement,
        MembershipWitness, ReferenceKind, ReferenceSet, SetParameters, SurjectionProof, SurjectionStatement,
        SurjectionWitness,
    },
    network::NetworkKind,
    range::{Commitments, Opening, RangeProof, Statement, Witness},
    secret::Secret,
    sigma::{
        IssuerAuth, LinkProof, LinkStatement, LinkWitness, SchnorrProof, SpendProof, SpendStatement, SpendWitness,
    },
};
use rand::{RngExt, rngs::StdRng};
use serde_json::{Value, json};

const ROUNDS: usize = 3;

/// Each file by its name.
pub fn all(rng: &mut StdRng) -> Vec<(&'static str, Value)> {
    let net = NetworkId(rng.random());
    vec![
        ("address", file(&net, repeat(|name| address(name, rng)))),
        ("spend", file(&net, repeat(|name| spend(&net, name, rng)))),
        ("link", file(&net, repeat(|name| link(&net, name, rng)))),
        ("asset", file(&net, repeat(|name| issuer(&net, name, rng)))),
        ("surjection", file(&net, [1, 3, 6, 12].map(|entries| surjection(&net, entries, rng)).into())),
        ("range", file(&net, [1, 2, 3].map(|count| range(&net, count, rng)).into())),
        ("member", members(&net, rng)),
    ]
}

fn file(net: &NetworkId, cases: Vec<Value>) -> Value {
    json!({ "spec": 1, "net": hex::encode(net.0), "cases": cases })
}

fn repeat(mut case: impl FnMut(String) -> Value) -> Vec<Value> {
    (0..ROUNDS).map(|round| case(format!("fresh-{round}"))).collect()
}

fn point(element: Element) -> Point {
    Point::encode(element, "random").expect("not the identity")
}

fn hex_of(point: &Point) -> String {
    hex::encode(point.as_bytes())
}

fn scalar_hex(scalar: &Secret<Scalar>) -> String {
    hex::encode(scalar.expose().as_bytes())
}

fn secret(rng: &mut StdRng) -> Secret<Scalar> {
    Secret::new(Scalar::random(rng))
}

fn address(name: String, rng: &mut StdRng) -> Value {
    let (s_m, j): ([u8; 32], u64) = rng.random();
    let audit = MasterSecret::from_bytes(s_m).audit_key();
    let (keys, index) = (audit.address_key(), AddressIndex(j));
    let address = keys.address(index);
    json!({
        "name": name, "valid": true, "s_m": hex::encode(s_m), "j": j,
        "e_j": scalar_hex(&keys.spend_extension(index)), "d_j": scalar_hex(&keys.base_scalar(index)),
        "K_j": hex_of(address.spend_key()), "B_j": hex_of(address.base()),
        "F_j": hex_of(address.find_key()), "R_j": hex_of(address.receive_key()),
        "t_j": hex::encode(address.tag().0), "payload": hex::encode(address.to_bytes()),
        "text_dero": address.to_text(NetworkKind::Main), "text_derot": address.to_text(NetworkKind::Test),
        "text_deror": address.to_text(NetworkKind::Dev),
    })
}

fn spend(net: &NetworkId, name: String, rng: &mut StdRng) -> Value {
    let witness = SpendWitness { x: secret(rng), y: secret(rng), z: secret(rng) };
    let key =
        X.element() * witness.x.expose() + Y.element() * witness.y.expose() + G.element() * witness.z.expose();
    let statement = SpendStatement {
        net: *net,
        m_tx: rng.random(),
        index: rng.random_range(0..32),
        image_key: point(key),
        tag: LinkingTag::from_full(&witness.x, &witness.y).expect("x is not zero"),
    };
    let proof = SpendProof::prove(&statement, &witness, rng).expect("a proof");
    json!({
        "name": name, "valid": true, "kind": "single", "m_tx": hex::encode(statement.m_tx), "index": statement.index,
        "K": hex_of(&statement.image_key), "L": hex::encode(statement.tag.to_bytes()),
        "proof": hex::encode(proof.to_bytes()),
    })
}

fn link(net: &NetworkId, name: String, rng: &mut StdRng) -> Value {
    let witness = LinkWitness { a: Secret::new(Scalar::from(rng.random::<u64>())), x: secret(rng), y: secret(rng) };
    let T = point(A0.element() + Element::random(rng));
    let statement = LinkStatement {
        net: *net,
        body_digest: rng.random(),
        bundle: rng.random_range(0..8),
        j: rng.random_range(0..16),
        T,
        C: point(T.element() * witness.a.expose() + G.element() * witness.x.expose()),
        E: point(H.element() * witness.a.expose() + G.element() * witness.y.expose()),
    };
    let proof = LinkProof::prove(&statement, &witness, rng).expect("a proof");
    json!({
        "name": name, "valid": true, "body_digest": hex::encode(statement.body_digest),
        "bundle": statement.bundle, "j": statement.j,
        "T": hex_of(&statement.T), "C": hex_of(&statement.C), "E": hex_of(&statement.E),
        "proof": hex::encode(proof.to_bytes()),
    })
}

fn issuer(net: &NetworkId, name: String, rng: &mut StdRng) -> Value {
    let p = secret(rng);
    let key = point(Element::mul_base(p.expose()));
    let asset = AssetId(rng.random());
    let auth = IssuerAuth { net: *net, m_tx: rng.random(), op_index: rng.random_range(0..4), asset, key };
    let proof = SchnorrProof::prove(&auth.statement(), &p, rng).expect("a proof");
    json!({
        "name": name, "valid": true, "kind": "issuer", "m_tx": hex::encode(auth.m_tx), "op_index": auth.op_index,
        "alpha": hex::encode(asset.0), "I": hex_of(&key), "proof": hex::encode(proof.to_bytes()),
    })
}

fn surjection(net: &NetworkId, entries: usize, rng: &mut StdRng) -> Value {
    let omega: Vec<Point> = (0..entries).map(|_| point(Element::random(rng))).collect();
    let (place, delta) = (rng.random_range(0..entries), secret(rng));
    let statement = SurjectionStatement {
        net: *net,
        body_digest: rng.random(),
        bundle: rng.random_range(0..8),
        j: rng.random_range(0..16),
        assets: AssetSet::new(&omega).expect("the count is allowed"),
        tag: point(omega[place].element() + Element::mul_base(delta.expose())),
    };
    let witness = SurjectionWitness { place: Secret::new(place as u64), delta };
    let proof = SurjectionProof::prove(&statement, &witness, rng).expect("a proof");
    json!({
        "name": format!("entries-{entries}"), "valid": true, "body_digest": hex::encode(statement.body_digest),
        "bundle": statement.bundle, "j": statement.j, "omega": omega.iter().map(hex_of).collect::<Vec<_>>(),
        "T": hex_of(&statement.tag), "proof": hex::encode(proof.to_bytes()),
    })
}

fn range(net: &NetworkId, count: usize, rng: &mut StdRng) -> Value {
    let openings: Vec<_> = (0..count).map(|_| Opening::new(Amount(rng.random()), Scalar::random(rng))).collect();
    let V = openings.iter().map(Opening::commit).collect::<Result<Vec<_>, _>>().expect("commitments");
    let statement = Statement {
        net: *net,
        body_digest: rng.random(),
        bundle: rng.random_range(0..8),
        commitments: Commitments::new(V.clone()).expect("the count is allowed"),
    };
    let proof = RangeProof::prove(&statement, &Witness::new(openings), rng).expect("a proof");
    json!({
        "name": format!("values-{count}"), "valid": true, "body_digest": hex::encode(statement.body_digest),
        "bundle": statement.bundle, "count": count, "V": V.iter().map(hex_of).collect::<Vec<_>>(),
        "proof": hex::encode(proof.to_bytes()),
    })
}

/// Windows of one list of real enotes, for pairs (n, m) that no vector has.
fn members(net: &NetworkId, rng: &mut StdRng) -> Value {
    let ring: Vec<[u8; MEMBER_BYTES]> = (0..40).map(|_| entry(net, rng)).collect();
    let cases: Vec<Value> = [(2, 4, 3, 16), (2, 5, 7, 20), (3, 3, 0, 27), (5, 2, 11, 24), (6, 2, 1, 1)]
        .map(|(n, m, start, length)| {
            let acc_start = Accumulator::empty(net).extend(0, &ring[..start]);
            let acc_end = acc_start.extend(start as u64, &ring[start..][..length]);
            let kind = if rng.random() { ReferenceKind::Open } else { ReferenceKind::Closed };
            let set = ReferenceSet::rehash(kind, start as u64, acc_start, acc_end, &ring[start..][..length]);
            let place = rng.random_range(0..length);
            let masks = Masks::random(rng);
            let member = Member::decode(&ring[start + place]).expect("an enote");
            let image = Image::of(&member, &masks).expect("not the identity");
            let parameters = SetParameters::new(n, m).expect("the pair is allowed");
            let set = Arc::new(set.expect("the digests are those of the entries"));
            let statement = MembershipStatement::new(*net, parameters, set, image).expect("it fits");
            let witness = MembershipWitness::new(place as u64, masks);
            let proof = MembershipProof::prove(&statement, &witness, rng).expect("a proof");
            json!({
                "name": format!("n{n}-m{m}-L{length}"), "valid": true, "n": n, "m": m, "kind": kind.to_byte(),
                "start": start, "L": length, "ring": "ring",
                "acc_start": hex::encode(acc_start.as_bytes()), "acc_end": hex::encode(acc_end.as_bytes()),
                "image": statement.image().components().map(hex_of), "proof": hex::encode(proof.to_bytes()),
            })
        })
        .into();
    let mut file = file(net, cases);
    file["rings"] = json!({ "ring": ring.iter().map(hex::encode).collect::<Vec<_>>() });
    file
}

/// Ko | C | T of a payment to a stranger.
fn entry(net: &NetworkId, rng: &mut StdRng) -> [u8; MEMBER_BYTES] {
    let context = InputContext::bundle(net, &Anchor::Tag(rng.random()));
    let seed = EnoteSeed::random(rng);
    let draft = Draft { context: &context, seed: &seed, amount: Amount(rng.random()), asset: AssetId::NATIVE };
    let address = MasterSecret::random(rng).audit_key().address_key().address(AddressIndex(rng.random()));
    let bytes = draft.external(net, &address).enote.to_bytes();
    *bytes.first_chunk().expect("an enote begins with them")
}
