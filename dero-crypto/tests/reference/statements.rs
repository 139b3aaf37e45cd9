//! Random statements and proofs of each kind, in the form of `tests/vectors`.

use std::sync::Arc;

use dero_crypto::{
    NetworkId,
    asset::AssetId,
    balance::{Balance, Term},
    batch::Batch,
    commitment::Amount,
    enote::{Anchor, Draft, EnoteSeed, InputContext, MadeEnote},
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

use crate::{batches, enotes, vaults};

const ROUNDS: usize = 3;

/// A case without its name, and its equations.
pub struct Item {
    pub value: Value,
    pub enqueue: Box<dyn Fn(&mut Batch) -> usize>,
}

impl Item {
    fn new(value: Value, enqueue: impl Fn(&mut Batch) -> usize + 'static) -> Self {
        Self { value, enqueue: Box::new(enqueue) }
    }

    fn named(self, name: impl Into<Value>) -> Value {
        let mut case = self.value;
        case["name"] = name.into();
        case["valid"] = true.into();
        case
    }
}

/// Each file by its name.
pub fn all(rng: &mut StdRng) -> Vec<(&'static str, Value)> {
    let net = NetworkId(rng.random());
    let ring: Vec<_> = (0..40).map(|_| entry(&net, rng)).collect();
    let window = |window: Window, rng: &mut StdRng| {
        let (n, m, _, length) = window;
        member(&net, &ring, window, true, rng).named(format!("n{n}-m{m}-L{length}"))
    };
    let windows = [(2, 4, 3, 16), (2, 5, 7, 20), (3, 3, 0, 27), (5, 2, 11, 24), (6, 2, 1, 1)];
    let mut members = file(&net, windows.map(|numbers| window(numbers, rng)).into());
    let mut batches = file(&net, batches::cases(&net, &ring, rng));
    for file in [&mut members, &mut batches] {
        file["rings"] = json!({ "ring": ring.iter().map(hex::encode).collect::<Vec<_>>() });
    }
    let surjections = [1, 3, 6, 12]
        .map(|entries| surjection(&net, entries, true, rng).named(format!("entries-{entries}")))
        .into();
    let ranges = [1, 2, 3].map(|count| range(&net, count, true, rng).named(format!("values-{count}"))).into();
    vec![
        ("address", file(&net, repeat(|name| address(name, rng)))),
        ("enote", enotes::file(&net, rng)),
        ("spend", file(&net, repeat(|name| spend(&net, true, rng).named(name)))),
        ("link", file(&net, repeat(|name| link(&net, true, rng).named(name)))),
        ("asset", file(&net, repeat(|name| issuer(&net, name, rng)))),
        ("authority", file(&net, vaults::authority(&net, rng))),
        ("surjection", file(&net, surjections)),
        ("range", file(&net, ranges)),
        ("balance", file(&net, repeat(|name| balance(true, rng).named(name)))),
        ("sealed", file(&net, vaults::sealed(&net, rng))),
        ("member", members),
        ("batch", batches),
    ]
}

pub fn file(net: &NetworkId, cases: Vec<Value>) -> Value {
    json!({ "spec": 1, "net": hex::encode(net.0), "cases": cases })
}

pub fn repeat(mut case: impl FnMut(String) -> Value) -> Vec<Value> {
    (0..ROUNDS).map(|round| case(format!("fresh-{round}"))).collect()
}

pub fn point(element: Element) -> Point {
    Point::encode(element, "random").expect("not the identity")
}

pub fn hex_of(point: &Point) -> String {
    hex::encode(point.as_bytes())
}

pub fn scalar_hex(scalar: &Secret<Scalar>) -> String {
    hex::encode(scalar.expose().as_bytes())
}

pub fn secret(rng: &mut StdRng) -> Secret<Scalar> {
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

/// Of an item that is not honest, one thing of the statement differs from what was proven.
pub fn spend(net: &NetworkId, honest: bool, rng: &mut StdRng) -> Item {
    let witness = SpendWitness { x: secret(rng), y: secret(rng), z: secret(rng) };
    let key =
        X.element() * witness.x.expose() + Y.element() * witness.y.expose() + G.element() * witness.z.expose();
    let mut statement = SpendStatement {
        net: *net,
        m_tx: rng.random(),
        index: rng.random_range(0..32),
        image_key: point(key),
        tag: LinkingTag::from_full(&witness.x, &witness.y).expect("x is not zero"),
    };
    let proof = SpendProof::prove(&statement, &witness, rng).expect("a proof");
    statement.index += u64::from(!honest);
    let value = json!({
        "kind": "single", "m_tx": hex::encode(statement.m_tx), "index": statement.index,
        "K": hex_of(&statement.image_key), "L": hex::encode(statement.tag.to_bytes()),
        "proof": hex::encode(proof.to_bytes()),
    });
    Item::new(value, move |batch| proof.enqueue(&statement, batch).expect("no zero challenge"))
}

pub fn link(net: &NetworkId, honest: bool, rng: &mut StdRng) -> Item {
    let witness = LinkWitness { a: Secret::new(Scalar::from(rng.random::<u64>())), x: secret(rng), y: secret(rng) };
    let T = point(A0.element() + Element::random(rng));
    let mut statement = LinkStatement {
        net: *net,
        body_digest: rng.random(),
        bundle: rng.random_range(0..8),
        j: rng.random_range(0..16),
        T,
        C: point(T.element() * witness.a.expose() + G.element() * witness.x.expose()),
        E: point(H.element() * witness.a.expose() + G.element() * witness.y.expose()),
    };
    let proof = LinkProof::prove(&statement, &witness, rng).expect("a proof");
    statement.j += u64::from(!honest);
    let value = json!({
        "body_digest": hex::encode(statement.body_digest), "bundle": statement.bundle, "j": statement.j,
        "T": hex_of(&statement.T), "C": hex_of(&statement.C), "E": hex_of(&statement.E),
        "proof": hex::encode(proof.to_bytes()),
    });
    Item::new(value, move |batch| proof.enqueue(&statement, batch).expect("no zero challenge"))
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

pub fn surjection(net: &NetworkId, entries: usize, honest: bool, rng: &mut StdRng) -> Item {
    let omega: Vec<Point> = (0..entries).map(|_| point(Element::random(rng))).collect();
    let (place, delta) = (rng.random_range(0..entries), secret(rng));
    let mut statement = SurjectionStatement {
        net: *net,
        body_digest: rng.random(),
        bundle: rng.random_range(0..8),
        j: rng.random_range(0..16),
        assets: AssetSet::new(&omega).expect("the count is allowed"),
        tag: point(omega[place].element() + Element::mul_base(delta.expose())),
    };
    let witness = SurjectionWitness { place: Secret::new(place as u64), delta };
    let proof = SurjectionProof::prove(&statement, &witness, rng).expect("a proof");
    statement.j += u64::from(!honest);
    let value = json!({
        "body_digest": hex::encode(statement.body_digest), "bundle": statement.bundle, "j": statement.j,
        "omega": omega.iter().map(hex_of).collect::<Vec<_>>(), "T": hex_of(&statement.tag),
        "proof": hex::encode(proof.to_bytes()),
    });
    Item::new(value, move |batch| proof.enqueue(&statement, batch).expect("no zero challenge"))
}

pub fn range(net: &NetworkId, count: usize, honest: bool, rng: &mut StdRng) -> Item {
    let openings: Vec<_> = (0..count).map(|_| Opening::new(Amount(rng.random()), Scalar::random(rng))).collect();
    let V = openings.iter().map(Opening::commit).collect::<Result<Vec<_>, _>>().expect("commitments");
    let mut statement = Statement {
        net: *net,
        body_digest: rng.random(),
        bundle: rng.random_range(0..8),
        commitments: Commitments::new(V.clone()).expect("the count is allowed"),
    };
    let proof = RangeProof::prove(&statement, &Witness::new(openings), rng).expect("a proof");
    statement.bundle += u64::from(!honest);
    let value = json!({
        "body_digest": hex::encode(statement.body_digest), "bundle": statement.bundle, "count": count,
        "V": V.iter().map(hex_of).collect::<Vec<_>>(), "proof": hex::encode(proof.to_bytes()),
    });
    Item::new(value, move |batch| proof.enqueue(&statement, batch).expect("no zero challenge"))
}

/// All kinds of terms in two assets: what enters is cut into what leaves, and the fee.
pub fn balance(honest: bool, rng: &mut StdRng) -> Item {
    let mut balance = Balance { terms: Vec::new(), fee: Amount(0), pi: Scalar::ZERO };
    let mut listed = Vec::new();
    let mut hidden =
        |sign: Scalar, role, term: fn(Point) -> Term, asset: AssetId, amount: u64, rng: &mut StdRng| {
            let mask = Scalar::random(rng);
            let opened = asset.generator().element() * Scalar::from(amount) + G.element() * mask;
            let opened = point(opened);
            balance.pi += sign * mask;
            balance.terms.push(term(opened));
            listed.push(json!({
                "role": role, "point": hex_of(&opened), "alpha": hex::encode(asset.0), "amount": amount,
                "mask": hex::encode(mask.as_bytes()),
            }));
        };
    let mut public = Vec::new();
    let mut fee = 0;
    for asset in [AssetId::NATIVE, AssetId(rng.random())] {
        let enters: [u64; 5] = core::array::from_fn(|_| rng.random_range(0..1 << 60));
        let mut left: u64 = enters.iter().sum();
        let mut cut = || {
            let part = rng.random_range(0..=left);
            left -= part;
            part
        };
        let [output, burn_hidden, burn_public, paid] = core::array::from_fn(|_| cut());
        if asset == AssetId::NATIVE {
            fee = paid;
        } else {
            left += paid;
        }
        hidden(Scalar::ONE, "private-input", Term::PrivateInput, asset, enters[0], rng);
        hidden(Scalar::ONE, "vault-input", Term::VaultInput, asset, enters[1], rng);
        hidden(Scalar::ONE, "mint-hidden", Term::HiddenMint, asset, enters[2], rng);
        hidden(-Scalar::ONE, "output", Term::Output, asset, output, rng);
        hidden(-Scalar::ONE, "burn-hidden", Term::HiddenBurn, asset, burn_hidden, rng);
        public.extend([
            ("mint-public", Term::PublicMint as fn(AssetId, Amount) -> Term, asset, enters[3]),
            ("move-in", Term::MoveIn, asset, enters[4]),
            ("burn-public", Term::PublicBurn, asset, burn_public),
            ("move-out", Term::MoveOut, asset, left),
        ]);
    }
    for (role, term, asset, amount) in public {
        balance.terms.push(term(asset, Amount(amount)));
        listed.push(json!({ "role": role, "alpha": hex::encode(asset.0), "amount": amount }));
    }
    fee += u64::from(!honest);
    balance.fee = Amount(fee);
    let value = json!({ "terms": listed, "fee": fee, "pi": hex::encode(balance.pi.as_bytes()) });
    Item::new(value, move |batch| balance.enqueue(batch))
}

/// n, m, start, length.
pub type Window = (u32, u32, usize, usize);

/// A proof over a window of a list of real enotes.
pub fn member(
    net: &NetworkId,
    ring: &[[u8; MEMBER_BYTES]],
    window: Window,
    honest: bool,
    rng: &mut StdRng,
) -> Item {
    let (n, m, start, length) = window;
    let acc_start = Accumulator::empty(net).extend(0, &ring[..start]);
    let acc_end = acc_start.extend(start as u64, &ring[start..][..length]);
    let kind = if rng.random() { ReferenceKind::Open } else { ReferenceKind::Closed };
    let set = ReferenceSet::rehash(kind, start as u64, acc_start, acc_end, &ring[start..][..length]);
    let place = rng.random_range(0..length);
    let masks = Masks::random(rng);
    let member = Member::decode(&ring[start + place]).expect("an enote");
    let mut image = Image::of(&member, &masks).expect("not the identity");
    let parameters = SetParameters::new(n, m).expect("the pair is allowed");
    let set = Arc::new(set.expect("the digests are those of the entries"));
    let statement_of =
        |image| MembershipStatement::new(*net, parameters, Arc::clone(&set), image).expect("it fits");
    let witness = MembershipWitness::new(place as u64, masks);
    let proof = MembershipProof::prove(&statement_of(image), &witness, rng).expect("a proof");
    if !honest {
        image.commitment = point(image.commitment.element() + A0.element());
    }
    let statement = statement_of(image);
    let value = json!({
        "n": n, "m": m, "kind": kind.to_byte(), "start": start, "L": length, "ring": "ring",
        "acc_start": hex::encode(acc_start.as_bytes()), "acc_end": hex::encode(acc_end.as_bytes()),
        "image": statement.image().components().map(hex_of), "proof": hex::encode(proof.to_bytes()),
    });
    Item::new(value, move |batch| proof.enqueue(&statement, batch).expect("no zero challenge"))
}

/// Ko | C | T of a payment to a stranger.
fn entry(net: &NetworkId, rng: &mut StdRng) -> [u8; MEMBER_BYTES] {
    let context = InputContext::bundle(net, &Anchor::Tag(rng.random()));
    let bytes = payment(net, &context, AssetId::NATIVE, rng.random(), rng).enote.to_bytes();
    *bytes.first_chunk().expect("an enote begins with them")
}

/// A payment to a stranger.
pub fn payment(
    net: &NetworkId,
    context: &InputContext,
    asset: AssetId,
    amount: u64,
    rng: &mut StdRng,
) -> MadeEnote {
    let address = MasterSecret::random(rng).audit_key().address_key().address(AddressIndex(rng.random()));
    Draft { context, seed: &EnoteSeed::random(rng), amount: Amount(amount), asset }.external(net, &address)
}
