//! Signatures of a transaction (12.2, 12.4), entries of a memo (4.4), enotes on the wire (4.1, 4.6), entries of the
//! reference list, and what anchors and wallets hash of it (7.5).

use dero_crypto::{
    NetworkId,
    enote::{Enote, EnoteSeed, MemoClass, MemoEntries, PublicEnote, seal_memo},
    group::{
        Element, Point, Scalar, domain,
        generators::{G, H},
    },
    membership::anchors_digest,
    sigma::{Accept, SchnorrProof, SchnorrStatement, VaultAuth},
};
use serde_json::{Value, json};

use super::{
    NET,
    draw::{Draw, point},
    drawn, edit, file, flip, no_points, other_lengths,
    proofs::add_order,
    refused,
};

pub fn reference() -> Value {
    let anchors = drawn("reference", "anchors", |draw| {
        let (before, e) = (draw.bytes(), draw.number());
        json!({ "kind": "anchors", "before": hex::encode(before), "e": e, "ea": hex::encode(anchors_digest(&before, e)) })
    });
    let coins = drawn("reference", "coins", |draw| {
        let s_vb: [u8; 32] = draw.bytes();
        let tags: Vec<Point> = (0..16).map(|_| draw.point()).collect();
        // The whole byte of which the coin is the lowest bit: half of all changes leave that one as it is.
        let hashes = tags.iter().map(|L| domain::REFERENCE_COIN.hash(&[&s_vb, L.as_bytes()])).collect::<Vec<_>>();
        let tags = tags.iter().map(|L| hex::encode(L.as_bytes())).collect::<Vec<_>>();
        json!({ "kind": "coins", "s_vb": hex::encode(s_vb), "tags": tags, "hashes": hex::encode(hashes.concat()) })
    });
    let member = drawn("reference", "member", |draw| {
        let [Ko, C, T] = [(); 3].map(|()| draw.point().to_bytes());
        let bytes = hex::encode([Ko, C, T].concat());
        json!({ "kind": "member", "bytes": bytes, "Ko": hex::encode(Ko), "C": hex::encode(C), "T": hex::encode(T) })
    });
    let refused = ["Ko", "C", "T"].into_iter().enumerate();
    let refused: Vec<_> = refused.flat_map(|(place, name)| no_points(&member, "bytes", name, 32 * place)).collect();
    file([anchors, coins, member].into_iter().chain(refused).collect())
}

pub fn authority() -> Value {
    let net = NetworkId(NET);
    let vault = drawn("authority", "vault-auth", |draw| {
        let (m_tx, vault_id, key) = (draw.bytes(), draw.bytes(), draw.secret());
        let P = point(Element::mul_base(key.expose()));
        let mut case = signature(&VaultAuth { net, m_tx, vault_id, key: P }.statement(), key.expose(), draw);
        case["kind"] = "vault-auth".into();
        case["m_tx"] = hex::encode(m_tx).into();
        case["vault_id"] = hex::encode(vault_id).into();
        case
    });
    let accept = drawn("authority", "accept", |draw| {
        let (vault_id, txid, index, key) = (draw.bytes(), draw.bytes(), draw.below(8), draw.secret());
        let P = point(Element::mul_base(key.expose()));
        let statement = Accept { net, vault_id, txid, index, key: P }.statement();
        let mut case = signature(&statement, key.expose(), draw);
        case["kind"] = "accept".into();
        case["vault_id"] = hex::encode(vault_id).into();
        case["txid"] = hex::encode(txid).into();
        case["i"] = index.into();
        case
    });
    let other_key = |case: &mut Value| case["P"] = hex::encode(H.point().as_bytes()).into();
    let wrong = "bad-signature";
    let mut cases = vec![vault.clone(), accept.clone()];
    for (valid, rule) in [(&vault, "12.2"), (&accept, "12.4")] {
        cases.extend([
            refused(valid, "vault_id-other", wrong, rule, |case| flip(case, "vault_id", 0)),
            refused(valid, "net-other", wrong, "1.2", |case| case["net"] = hex::encode([0x4f; 32]).into()),
            refused(valid, "key-other", wrong, rule, other_key),
            refused(valid, "key-identity", "identity", "1.1", |case| edit(case, "P", |b| b.fill(0))),
            refused(valid, "A-identity", "identity", "1.1", |case| edit(case, "proof", |b| b[..32].fill(0))),
            refused(valid, "A-other", wrong, "1.2", |case| {
                edit(case, "proof", |b| b[..32].copy_from_slice(G.point().as_bytes()));
            }),
            refused(valid, "s-other", wrong, "1.2", |case| flip(case, "proof", 32)),
            refused(valid, "s-plus-order", "non-canonical-scalar", "1.1", |case| {
                edit(case, "proof", |b| add_order(&mut b[32..]));
            }),
            refused(valid, "one-byte-short", "bad-length", "1.2", |case| edit(case, "proof", |b| b.truncate(63))),
            refused(valid, "one-byte-long", "bad-length", "1.2", |case| edit(case, "proof", |b| b.push(0))),
        ]);
    }
    cases.extend([
        refused(&vault, "m_tx-other", wrong, "12.2", |case| flip(case, "m_tx", 31)),
        // The signature of one row under the label of another, with the same two digests.
        refused(&vault, "as-accept", wrong, "1.4", |case| {
            case["kind"] = "accept".into();
            case["txid"] = case["m_tx"].take();
            case["i"] = 0.into();
        }),
        refused(&accept, "txid-other", wrong, "12.4", |case| flip(case, "txid", 31)),
        refused(&accept, "i-other", wrong, "12.4", |case| case["i"] = 8.into()),
    ]);
    file(cases)
}

/// The key P = p·G, its signature, and the nonce.
fn signature(statement: &SchnorrStatement, p: &Scalar, draw: &mut Draw) -> Value {
    let nonce = draw.secret();
    let proof = SchnorrProof::prove_with_nonces(statement, &(*p).into(), &nonce).expect("the key fits");
    json!({
        "P": hex::encode(statement.key().as_bytes()), "p": hex::encode(p.as_bytes()),
        "nonce": hex::encode(nonce.expose().as_bytes()), "proof": hex::encode(proof.to_bytes()),
    })
}

/// An entry of a list as it is written, in whatever order.
fn entry(kind: u8, value: &[u8]) -> Vec<u8> {
    [&[kind][..], &(value.len() as u16).to_le_bytes(), value].concat()
}

pub fn memo() -> Value {
    let text = "thé, for two".as_bytes();
    let (id, receipt) = ([0x11; 8], [0x22; 32]);
    let lists: [(&str, Vec<u8>); 14] = [
        ("nothing", vec![]),
        ("zeros", vec![0; 48]),
        ("payment-id", entry(1, &id)),
        ("text-and-zeros", [entry(2, text), vec![0; 9]].concat()),
        ("all-known-types", {
            let (address, data) = ([0x33; 137], [0x44; 20]);
            [entry(1, &id), entry(2, text), entry(3, &address), entry(4, &data), entry(5, &receipt)].concat()
        }),
        ("unknown-types-between", [entry(1, &id), entry(77, b"later"), entry(255, b"")].concat()),
        ("empty-values", [entry(1, b""), entry(2, b"")].concat()),
        ("out-of-order", [entry(2, text), entry(1, &id)].concat()),
        ("twice", [entry(2, text), entry(2, b"other"), entry(5, &receipt)].concat()),
        ("cut-off-value", [entry(1, &id), vec![2, 200, 0, b'a', b'b']].concat()),
        ("value-that-zeros-complete", [entry(1, &id), vec![2, 10, 0, b'a', b'b']].concat()),
        // 46 of 48 bytes, and two of the next entry.
        ("cut-off-head", [entry(2, &[b'x'; 43]), vec![5, 1]].concat()),
        ("length-beyond-all", [entry(1, &id), vec![2, 0xff, 0xff]].concat()),
        ("behind-type-0", [entry(1, &id), vec![0, 0, 0], entry(2, text)].concat()),
    ];
    let mut cases: Vec<Value> = lists
        .into_iter()
        .map(|(name, plaintext)| drawn("memo", name, |draw| sealed_list(&plaintext, draw)))
        .collect();
    let valid = cases[2].clone();
    cases.extend([
        refused(&valid, "Ko-other", "bad-mac", "4.4", |case| flip(case, "Ko", 0)),
        refused(&valid, "sigma-other", "bad-mac", "4.4", |case| flip(case, "sigma", 15)),
        refused(&valid, "first-byte-other", "bad-mac", "4.4", |case| flip(case, "memo", 0)),
        refused(&valid, "mac-other", "bad-mac", "4.4", |case| flip(case, "memo", 63)),
        refused(&valid, "one-byte-short", "bad-length", "4.4", |case| edit(case, "memo", |b| b.truncate(63))),
        refused(&valid, "one-byte-long", "bad-length", "4.4", |case| edit(case, "memo", |b| b.push(0))),
        refused(&valid, "empty", "bad-length", "4.4", |case| edit(case, "memo", Vec::clear)),
    ]);
    file(cases)
}

/// The smallest memo that holds `plaintext`, what a reader takes out of it, and those entries written again.
fn sealed_list(plaintext: &[u8], draw: &mut Draw) -> Value {
    let fits = |class: &MemoClass| *class != MemoClass::None && plaintext.len() <= class.capacity();
    let class = MemoClass::ALL.into_iter().find(fits).expect("a class");
    let (sigma, Ko) = (draw.bytes(), draw.point().to_bytes());
    let memo = seal_memo(&EnoteSeed::from_bytes(sigma), &Ko, class, plaintext).expect("it fits");
    let mut padded = plaintext.to_vec();
    padded.resize(class.capacity(), 0);
    let entries = MemoEntries::read(&padded);
    let listed: Vec<Value> = entries.iter().map(|(kind, value)| json!([kind, hex::encode(value)])).collect();
    json!({
        "sigma": hex::encode(sigma), "Ko": hex::encode(Ko), "size": class.bytes(), "plaintext": hex::encode(plaintext),
        "memo": hex::encode(memo), "entries": listed,
        "written": hex::encode(entries.to_bytes().expect("what was read can be written").expose()),
    })
}

pub fn wire() -> Value {
    let enote = drawn("wire", "enote", |draw| {
        let [Ko, C, T, De] = [(); 4].map(|()| draw.point().to_bytes());
        let enote = Enote {
            one_time_key: Ko,
            commitment: C,
            asset_tag: T,
            ephemeral_key: De,
            view_tag_1: draw.bytes::<1>()[0],
            view_tag_2: draw.bytes(),
            seed_enc: draw.bytes(),
            pay_enc: draw.bytes(),
        };
        json!({
            "kind": "enote", "bytes": hex::encode(enote.to_bytes()), "Ko": hex::encode(Ko), "C": hex::encode(C),
            "T": hex::encode(T), "De": hex::encode(De), "vt1": hex::encode([enote.view_tag_1]),
            "vt2": hex::encode(enote.view_tag_2), "sigma_enc": hex::encode(enote.seed_enc),
            "pay_enc": hex::encode(enote.pay_enc),
        })
    });
    let public = drawn("wire", "public", |draw| {
        let [Ko, De] = [(); 2].map(|()| draw.point().to_bytes());
        let enote = PublicEnote {
            one_time_key: Ko,
            ephemeral_key: De,
            view_tag_1: draw.bytes::<1>()[0],
            view_tag_2: draw.bytes(),
            seed_enc: draw.bytes(),
            tag_enc: draw.bytes(),
        };
        json!({
            "kind": "public", "bytes": hex::encode(enote.to_bytes()), "Ko": hex::encode(Ko), "De": hex::encode(De),
            "vt1": hex::encode([enote.view_tag_1]), "vt2": hex::encode(enote.view_tag_2),
            "sigma_enc": hex::encode(enote.seed_enc), "t_enc": hex::encode(enote.tag_enc),
        })
    });
    let mut cases = vec![enote.clone(), public.clone()];
    for (valid, names, rule) in [(&enote, &["Ko", "C", "T", "De"][..], "4.1"), (&public, &["Ko", "De"][..], "4.6")]
    {
        for (place, name) in names.iter().enumerate() {
            cases.extend(no_points(valid, "bytes", name, 32 * place));
        }
        cases.extend(other_lengths(valid, "bytes", rule));
    }
    file(cases)
}
