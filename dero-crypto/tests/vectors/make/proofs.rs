//! Proofs in sizes that no other file has: 7.1 to 7.3, 8.4, 8.5.

use std::sync::Arc;

use dero_crypto::{
    NetworkId,
    commitment::Amount,
    group::{Element, Point, Scalar},
    membership::{
        Accumulator, AssetSet, Image, MEMBER_BYTES, Masks, Member, MembershipProof, MembershipStatement,
        MembershipWitness, Nonces, ReferenceKind, ReferenceSet, SetParameters, SurjectionProof,
        SurjectionStatement, SurjectionWitness,
    },
    range::{Commitments, Opening, RangeProof, Statement, Witness},
    secret::Secret,
};
use serde_json::{Value, json};

use super::{
    NET,
    draw::{Draw, point},
    drawn, edit, file, flip, refused,
};

/// Windows (n, m, start, length) of one list.
const WINDOWS: [(u32, u32, usize, usize); 7] =
    [(2, 4, 3, 16), (2, 5, 7, 20), (2, 6, 0, 40), (3, 3, 0, 27), (5, 2, 11, 24), (6, 2, 1, 1), (8, 2, 4, 33)];
const LIST: usize = 40;

pub fn member() -> Value {
    let mut draw = Draw::new("member", "ring");
    let ring: Vec<[u8; MEMBER_BYTES]> = (0..LIST)
        .map(|_| {
            let parts = [draw.point(), draw.point(), draw.point()].map(|part| part.to_bytes());
            parts.concat().try_into().expect("three points")
        })
        .collect();
    let mut cases: Vec<Value> = WINDOWS
        .iter()
        .map(|&window| {
            let (n, m, start, length) = window;
            drawn("member", &format!("n{n}-m{m}-L{length}-at-{start}"), |draw| one_of(&ring, window, draw))
        })
        .collect();
    let valid = cases[0].clone();
    cases.extend(changed_proofs(&valid, "7.2", 2 + 4));
    cases.extend([
        refused(&valid, "kind-other", "bad-proof", "7.1", |case| {
            case["kind"] = (1 - case["kind"].as_u64().expect("a kind")).into();
        }),
        refused(&valid, "acc_start-other", "bad-proof", "7.1", |case| flip(case, "acc_start", 0)),
        refused(&valid, "acc_end-other", "bad-proof", "7.1", |case| flip(case, "acc_end", 31)),
        refused(&valid, "start-other", "bad-proof", "7.1", |case| case["start"] = 4.into()),
    ]);
    let mut file = file(cases);
    file["rings"] = json!({ "ring": ring.iter().map(hex::encode).collect::<Vec<_>>() });
    file
}

fn one_of(ring: &[[u8; MEMBER_BYTES]], (n, m, start, length): (u32, u32, usize, usize), draw: &mut Draw) -> Value {
    let net = NetworkId(NET);
    let acc_start = Accumulator::empty(&net).extend(0, &ring[..start]);
    let acc_end = acc_start.extend(start as u64, &ring[start..][..length]);
    let kind = if draw.below(2) == 0 { ReferenceKind::Closed } else { ReferenceKind::Open };
    let set = ReferenceSet::rehash(kind, start as u64, acc_start, acc_end, &ring[start..][..length]);
    let place = draw.below(length as u64);
    let masks = Masks { key: draw.secret(), commitment: draw.secret(), asset_tag: draw.secret() };
    let r = [&masks.key, &masks.commitment, &masks.asset_tag].map(|mask| scalar_hex(mask.expose()));
    let member = Member::decode(&ring[start + place as usize]).expect("three points");
    let image = Image::of(&member, &masks).expect("not the identity");
    let parameters = SetParameters::new(n, m).expect("an allowed pair");
    let set = Arc::new(set.expect("the digests are those of the entries"));
    let statement = MembershipStatement::new(net, parameters, set, image).expect("it fits");
    let nonces = nonces(n as usize, m as usize, draw);
    let witness = MembershipWitness::new(place, masks);
    let proof = MembershipProof::prove_with_nonces(&statement, &witness, &nonces).expect("a proof");
    let challenges = proof.challenges(&statement).expect("challenges");
    let mut case = messages(n as usize, m as usize, &nonces, &proof.to_bytes(), challenges);
    case["n"] = n.into();
    case["m"] = m.into();
    case["kind"] = kind.to_byte().into();
    case["start"] = start.into();
    case["L"] = length.into();
    case["ring"] = "ring".into();
    case["acc_start"] = hex::encode(acc_start.as_bytes()).into();
    case["acc_end"] = hex::encode(acc_end.as_bytes()).into();
    case["image"] = statement.image().components().map(|part| hex::encode(part.as_bytes())).to_vec().into();
    case["l"] = place.into();
    case["r"] = r.to_vec().into();
    case
}

fn nonces(n: usize, m: usize, draw: &mut Draw) -> Nonces {
    Nonces {
        a: Secret::new((0..m * (n - 1)).map(|_| draw.scalar()).collect()),
        r_A: draw.secret(),
        r_B: draw.secret(),
        rho: Secret::new((0..m).map(|_| draw.scalar()).collect()),
    }
}

/// The parts of a one-out-of-many proof by their names, f with its first column, and the nonces.
fn messages(n: usize, m: usize, nonces: &Nonces, proof: &[u8], (mu, xi): (Scalar, Scalar)) -> Value {
    let parts: Vec<String> = proof.chunks(32).map(hex::encode).collect();
    let (points, scalars) = parts.split_at(2 + m);
    let f: Vec<Vec<String>> = scalars[..m * (n - 1)]
        .chunks(n - 1)
        .zip(proof[32 * points.len()..].chunks(32 * (n - 1)))
        .map(|(row, bytes)| {
            let sum: Scalar = bytes.chunks(32).map(|f| scalar(f.try_into().expect("32 bytes"))).sum();
            [&[scalar_hex(&(xi - sum))], row].concat()
        })
        .collect();
    let a: Vec<Vec<String>> = nonces.a.expose().chunks(n - 1).map(hexes).collect();
    json!({
        "A": points[0], "B": points[1], "X": points[2..], "f": f,
        "z_A": scalars[m * (n - 1)], "z": scalars[m * (n - 1) + 1],
        "mu": scalar_hex(&mu), "xi": scalar_hex(&xi), "proof": hex::encode(proof),
        "nonces": {
            "a": a, "r_A": scalar_hex(nonces.r_A.expose()), "r_B": scalar_hex(nonces.r_B.expose()),
            "rho": hexes(nonces.rho.expose()),
        },
    })
}

pub fn surjection() -> Value {
    let sizes = [2, 6, 7, 12, 16, 32];
    let mut cases: Vec<Value> = sizes
        .iter()
        .map(|&size| drawn("surjection", &format!("entries-{size}"), |draw| one_asset_of(size, draw)))
        .collect();
    let valid = cases[1].clone();
    cases.extend(changed_proofs(&valid, "8.4", 2 + 3));
    cases.extend([
        refused(&valid, "body_digest-other", "bad-proof", "8.4", |case| flip(case, "body_digest", 0)),
        refused(&valid, "bundle-other", "bad-proof", "8.4", |case| case["bundle"] = 9.into()),
        refused(&valid, "j-other", "bad-proof", "8.4", |case| case["j"] = 17.into()),
        refused(&valid, "omega-order-other", "bad-proof", "8.4", |case| {
            case["omega"].as_array_mut().expect("a list").swap(0, 1);
        }),
        refused(&valid, "omega-none", "bad-count", "8.4", |case| case["omega"] = json!([])),
        refused(&valid, "omega-65", "bad-count", "8.4", |case| {
            let first = case["omega"][0].clone();
            case["omega"] = vec![first; 65].into();
        }),
    ]);
    file(cases)
}

fn one_asset_of(size: usize, draw: &mut Draw) -> Value {
    let omega: Vec<Point> = (0..size).map(|_| draw.point()).collect();
    let (place, delta) = (draw.below(size as u64), draw.secret());
    let assets = AssetSet::new(&omega).expect("an allowed count");
    let statement = SurjectionStatement {
        net: NetworkId(NET),
        body_digest: draw.bytes(),
        bundle: draw.below(8),
        j: draw.below(16),
        tag: point(omega[place as usize].element() + Element::mul_base(delta.expose())),
        assets,
    };
    let q = statement.assets.q();
    let nonces = nonces(2, q as usize, draw);
    let witness = SurjectionWitness { place: Secret::new(place), delta: delta.clone() };
    let proof = SurjectionProof::prove_with_nonces(&statement, &witness, &nonces).expect("a proof");
    let challenges = proof.challenges(&statement).expect("challenges");
    let Value::Object(all) = messages(2, q as usize, &nonces, &proof.to_bytes(), challenges) else {
        unreachable!("an object is made")
    };
    let kept = ["nonces", "mu", "xi", "proof"];
    let mut case = Value::Object(all.into_iter().filter(|(key, _)| kept.contains(&key.as_str())).collect());
    case["body_digest"] = hex::encode(statement.body_digest).into();
    case["bundle"] = statement.bundle.into();
    case["j"] = statement.j.into();
    case["omega"] = points(&omega);
    case["padded"] = points(statement.assets.padded());
    case["q"] = q.into();
    case["T"] = hex::encode(statement.tag.as_bytes()).into();
    case["l"] = place.into();
    case["delta"] = scalar_hex(delta.expose()).into();
    case
}

pub fn range() -> Value {
    let counts = [6, 12];
    let mut cases: Vec<Value> = counts
        .iter()
        .map(|&count| drawn("range", &format!("{count}-values"), |draw| values_in_range(count, draw)))
        .collect();
    let valid = cases[0].clone();
    // A, nine rounds of two points for 512 bits, A' and B.
    cases.extend(changed_proofs(&valid, "8.5", 1 + 2 * 9 + 2));
    cases.extend([
        refused(&valid, "body_digest-other", "bad-proof", "8.5", |case| flip(case, "body_digest", 0)),
        refused(&valid, "bundle-other", "bad-proof", "8.5", |case| case["bundle"] = 9.into()),
        refused(&valid, "V-order-other", "bad-proof", "8.5", |case| {
            case["V"].as_array_mut().expect("a list").swap(0, 1);
        }),
        refused(&valid, "V-none", "bad-count", "8.5", |case| {
            case["V"] = json!([]);
            case["count"] = 0.into();
        }),
        refused(&valid, "V-17", "bad-count", "8.5", |case| {
            let first = case["V"][0].clone();
            case["V"] = vec![first; 17].into();
            case["count"] = 17.into();
        }),
    ]);
    file(cases)
}

fn values_in_range(count: usize, draw: &mut Draw) -> Value {
    // The smallest and the largest amount among them.
    let mut values: Vec<u64> = (2..count).map(|_| draw.number()).collect();
    values.extend([0, u64::MAX]);
    let masks: Vec<Scalar> = values.iter().map(|_| draw.scalar()).collect();
    let openings: Vec<_> = values.iter().zip(&masks).map(|(&v, mask)| Opening::new(Amount(v), *mask)).collect();
    let V = openings.iter().map(Opening::commit).collect::<Result<Vec<_>, _>>().expect("not the identity");
    let commitments = Commitments::new(V.clone()).expect("an allowed count");
    let statement =
        Statement { net: NetworkId(NET), body_digest: draw.bytes(), bundle: draw.below(8), commitments };
    let m = count.next_power_of_two();
    let rounds = (64 * m).ilog2() as usize;
    let nonces: Vec<Scalar> = (0..2 * rounds + 5).map(|_| draw.scalar()).collect();
    let proof = RangeProof::prove_with_nonces(&statement, &Witness::new(openings), &nonces).expect("a proof");
    let challenges = proof.challenges(&statement).expect("challenges");
    let [y, z, e @ .., e_last] = &challenges[..] else { unreachable!("y, z, one a round, and the last") };
    let (rest, last) = nonces[1..].split_at(2 * rounds);
    let every_second = |from| rest[from..].iter().step_by(2).map(scalar_hex).collect::<Vec<_>>();
    json!({
        "body_digest": hex::encode(statement.body_digest), "bundle": statement.bundle, "count": count,
        "V": points(&V), "m": m, "values": values.iter().map(|v| scalar_hex(&Scalar::from(*v))).collect::<Vec<_>>(),
        "masks": hexes(&masks), "y": scalar_hex(y), "z": scalar_hex(z), "e": hexes(e), "e_last": scalar_hex(e_last),
        "proof": hex::encode(proof.to_bytes()),
        "nonces": {
            "alpha": scalar_hex(&nonces[0]), "d_L": every_second(0), "d_R": every_second(1),
            "r": scalar_hex(&last[0]), "s": scalar_hex(&last[1]),
            "delta": scalar_hex(&last[2]), "eta": scalar_hex(&last[3]),
        },
    })
}

/// What any proof of `count` points and then scalars must refuse.
fn changed_proofs(valid: &Value, rule: &str, count: usize) -> Vec<Value> {
    let end = valid["proof"].as_str().expect("hex").len() / 2;
    vec![
        refused(valid, "first-point-identity", "identity", rule, |case| edit(case, "proof", |b| b[..32].fill(0))),
        refused(valid, "last-point-identity", "identity", rule, |case| {
            edit(case, "proof", |b| b[32 * (count - 1)..32 * count].fill(0));
        }),
        refused(valid, "first-point-high-bit", "non-canonical-point", rule, |case| {
            edit(case, "proof", |b| b[31] |= 0x80);
        }),
        refused(valid, "first-scalar-plus-order", "non-canonical-scalar", rule, |case| {
            edit(case, "proof", |b| add_order(&mut b[32 * count..][..32]));
        }),
        refused(valid, "last-scalar-plus-order", "non-canonical-scalar", rule, |case| {
            edit(case, "proof", |b| add_order(&mut b[end - 32..]));
        }),
        refused(valid, "last-scalar-other", "bad-proof", rule, |case| flip(case, "proof", end - 32)),
        refused(valid, "one-byte-short", "bad-length", rule, |case| edit(case, "proof", |b| b.truncate(end - 1))),
        refused(valid, "one-byte-long", "bad-length", rule, |case| edit(case, "proof", |b| b.push(0))),
        refused(valid, "net-other", "bad-proof", "1.2", |case| case["net"] = hex::encode([0x4f; 32]).into()),
    ]
}

/// The same residue in other bytes.
pub fn add_order(scalar: &mut [u8]) {
    let mut order = (-Scalar::ONE).to_bytes();
    order[0] += 1;
    let mut carry = 0;
    for (byte, order) in scalar.iter_mut().zip(order) {
        let sum = u16::from(*byte) + u16::from(order) + carry;
        *byte = (sum & 0xff) as u8;
        carry = sum >> 8;
    }
}

fn scalar(bytes: [u8; 32]) -> Scalar {
    Option::from(Scalar::from_canonical_bytes(bytes)).expect("a scalar of a proof")
}

fn scalar_hex(scalar: &Scalar) -> String {
    hex::encode(scalar.as_bytes())
}

fn hexes(scalars: &[Scalar]) -> Vec<String> {
    scalars.iter().map(scalar_hex).collect()
}

fn points(points: &[Point]) -> Value {
    points.iter().map(|point| hex::encode(point.as_bytes())).collect::<Vec<_>>().into()
}
