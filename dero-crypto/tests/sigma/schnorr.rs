//! Schnorr signatures (protocol 1.2, 9, 12.2, 12.4; attacks 46, 73, 107, 127, 128).

use dero_crypto::{
    DecodeError, ProofError,
    asset::AssetId,
    group::{
        Element, Point, Scalar, domain,
        generators::{G, V},
    },
    sigma::{
        Accept, IssuerAuth, SchnorrProof, SchnorrStatement, VaultAuth,
        schnorr::{Base, Item},
    },
};

use crate::common::{NET, only_these_bytes, point, random_point, rng, scalar, secret};

/// The element that changed, and the statement it makes.
type Change = (&'static str, SchnorrStatement);

/// One statement of each row under `key`, and each of its elements changed.
fn rows(key: Point) -> Vec<(&'static str, SchnorrStatement, Vec<Change>)> {
    let mut net = NET;
    net.0[5] ^= 1;
    let other = point(key.element() + G.element());
    let issuer = IssuerAuth { net: NET, m_tx: [1; 32], op_index: 2, asset: AssetId([3; 32]), key };
    let vault = VaultAuth { net: NET, m_tx: [1; 32], vault_id: [4; 32], key };
    let accept = Accept { net: NET, vault_id: [4; 32], txid: [5; 32], index: 1, key };
    vec![
        (
            "issuer",
            issuer.statement(),
            vec![
                ("net", IssuerAuth { net, ..issuer }.statement()),
                ("m_tx", IssuerAuth { m_tx: [9; 32], ..issuer }.statement()),
                ("op index", IssuerAuth { op_index: 0, ..issuer }.statement()),
                ("α", IssuerAuth { asset: AssetId([9; 32]), ..issuer }.statement()),
                ("I", IssuerAuth { key: other, ..issuer }.statement()),
            ],
        ),
        (
            "vault-auth",
            vault.statement(),
            vec![
                ("net", VaultAuth { net, ..vault }.statement()),
                ("m_tx", VaultAuth { m_tx: [9; 32], ..vault }.statement()),
                ("vault_id", VaultAuth { vault_id: [9; 32], ..vault }.statement()),
                ("m_tx and vault_id exchanged", {
                    VaultAuth { m_tx: [4; 32], vault_id: [1; 32], ..vault }.statement()
                }),
                ("P_auth", VaultAuth { key: other, ..vault }.statement()),
            ],
        ),
        (
            "accept",
            accept.statement(),
            vec![
                ("net", Accept { net, ..accept }.statement()),
                ("vault_id", Accept { vault_id: [9; 32], ..accept }.statement()),
                ("txid", Accept { txid: [9; 32], ..accept }.statement()),
                ("i", Accept { index: 0, ..accept }.statement()),
                ("P_acc", Accept { key: other, ..accept }.statement()),
            ],
        ),
    ]
}

#[test]
fn only_the_signatures_own_bytes_are_accepted() {
    let rng = &mut rng();
    let p = scalar(rng);
    for (row, statement, _) in rows(point(G.element() * p)) {
        let bytes = SchnorrProof::prove(&statement, &secret(p), rng).expect("the key").to_bytes();
        assert_eq!(bytes.len(), SchnorrProof::LEN, "{row}");
        only_these_bytes(&bytes, |bytes| {
            SchnorrProof::from_bytes(bytes).is_ok_and(|proof| proof.verify(&statement, &mut rand::rng()).is_ok())
        });
    }
}

#[test]
fn each_element_of_a_statement_is_bound() {
    let rng = &mut rng();
    let p = scalar(rng);
    for (row, statement, changes) in rows(point(G.element() * p)) {
        let proof = SchnorrProof::prove(&statement, &secret(p), rng).expect("the key");
        assert_eq!(proof.verify(&statement, rng), Ok(()), "{row}");
        for (element, changed) in changes {
            assert_eq!(proof.verify(&changed, rng), Err(ProofError::Equation), "{row}: {element}");
        }
    }
}

#[test]
fn a_foreign_key_makes_no_signature() {
    let rng = &mut rng();
    let p = scalar(rng);
    for (row, statement, _) in rows(random_point(rng)) {
        let refused = SchnorrProof::prove(&statement, &secret(p), rng);
        assert_eq!(refused, Err(ProofError::Witness { what: "P" }), "{row}");
    }
}

#[test]
fn a_signature_of_one_label_is_refused_under_another() {
    let rng = &mut rng();
    let p = scalar(rng);
    let key = point(G.element() * p);
    let statement = |label| {
        let items = [Item::Bytes(&[1; 32]), Item::Bytes(&[2; 32]), Item::Int(3)];
        SchnorrStatement::new(label, &NET, &items, Base::Generator(G), &key)
    };
    let proof = SchnorrProof::prove(&statement(domain::ACCEPT), &secret(p), rng).expect("the key");
    assert_eq!(proof.verify(&statement(domain::ACCEPT), rng), Ok(()));
    for label in [domain::ISSUER, domain::VAULT_AUTH, domain::SEALED, domain::SPEND] {
        assert_eq!(proof.verify(&statement(label), rng), Err(ProofError::Equation));
    }
}

#[test]
fn items_split_or_joined_or_of_another_width_give_another_signature() {
    let rng = &mut rng();
    let p = scalar(rng);
    let key = point(G.element() * p);
    let statement =
        |items: &[Item<'_>]| SchnorrStatement::new(domain::ACCEPT, &NET, items, Base::Generator(G), &key);
    let proof = SchnorrProof::prove(&statement(&[Item::Bytes(b"ab"), Item::Bytes(b"c")]), &secret(p), rng);
    let proof = proof.expect("the key");
    let others: [&[Item<'_>]; 5] = [
        &[Item::Bytes(b"a"), Item::Bytes(b"bc")],
        &[Item::Bytes(b"abc")],
        &[Item::Bytes(b"ab"), Item::Bytes(b""), Item::Bytes(b"c")],
        &[Item::Bytes(b"ab")],
        &[Item::Bytes(b"ab"), Item::Int(u64::from(b'c'))],
    ];
    for items in others {
        assert_eq!(proof.verify(&statement(items), rng), Err(ProofError::Equation), "{items:?}");
    }
}

#[test]
fn a_signature_on_one_base_is_refused_on_another() {
    let rng = &mut rng();
    let p = scalar(rng);
    let Q = random_point(rng);
    let on = |base: Base, key: Element| SchnorrStatement::new(domain::ACCEPT, &NET, &[], base, &point(key));
    for (base, key) in [
        (Base::Point(Q), Q.element() * p),
        (Base::Generator(V), V.element() * p),
        (Base::Generator(G), G.element() * p),
    ] {
        let proof = SchnorrProof::prove(&on(base, key), &secret(p), rng).expect("the key");
        assert_eq!(proof.verify(&on(base, key), rng), Ok(()));
        for other in [Base::Point(random_point(rng)), Base::Point(point(Q.element() + G.element()))] {
            assert_eq!(proof.verify(&on(other, key), rng), Err(ProofError::Equation));
        }
    }
    let named = on(Base::Generator(V), V.element() * p);
    let spelled = on(Base::Point(V.point()), V.element() * p);
    let proof = SchnorrProof::prove(&named, &secret(p), rng).expect("the key");
    assert_eq!(proof.verify(&spelled, rng), Ok(()), "a generator is the same base by either name");
}

/// 107: with key identity s·G = A + c·0 holds for A := s·G and any s.
#[test]
fn an_identity_is_no_key_because_anybody_could_sign() {
    let s = scalar(&mut rng());
    let (A, c) = (G.element() * s, Scalar::from(9u64));
    assert_eq!(G.element() * s, A + Element::default() * c, "a verifier that took the identity accepts");
    assert_eq!(Point::decode(&[0; 32], "I"), Err(DecodeError::Identity { what: "I" }));
    assert_eq!(Point::encode(Element::default(), "I"), Err(DecodeError::Identity { what: "I" }));
}
