//! Nonces (protocol 1.2): whoever knows the statement and what the generator gives, but not the whole witness, cannot
//! compute them. One known nonce gives a part of the witness away.
//!
//! The attacker here draws with everything except one part of the witness. That he draws as the prover does shows
//! where nothing is left out.

use dero_crypto::{
    NetworkId,
    group::{
        Element, Scalar, domain,
        generators::{A0, G, H, X, Y},
    },
    keys::{LinkingTag, SpendKey},
    secret::Secret,
    sigma::{
        Alternatives, Holding, HostPart, LinkProof, LinkStatement, LinkWitness, SchnorrProof, SchnorrStatement,
        SealedProof, SealedStatement, SealedWitness, SignerPart, SpendProof, SpendStatement, SpendWitness,
        schnorr::Base,
    },
    transcript::Transcript,
};

use rand::Rng as _;

use crate::common::{NET, commitment, point, random_point, rng, scalar, secret, tag};

/// What is drawn after the statement `row` with these parts of the witness.
fn drawn<const N: usize>(row: &Transcript, known: &[Scalar]) -> [Secret<Scalar>; N] {
    let mut nonces = row.nonces(known.iter().map(|part| part.as_bytes().as_slice()), &mut rng());
    core::array::from_fn(|_| nonces.scalar())
}

/// `announced`, made with `witness`, is what `announce` makes of the nonces drawn with all of it, and with no part
/// left out.
fn depends_on_every_part<const N: usize>(
    row: &Transcript,
    witness: &[Scalar],
    announced: &[u8],
    announce: impl Fn([Scalar; N]) -> Vec<Element>,
) {
    let guess = |known: &[Scalar]| {
        let nonces = drawn(row, known).map(|nonce| *nonce.expose());
        announce(nonces).into_iter().flat_map(|element| point(element).to_bytes()).collect::<Vec<u8>>()
    };
    assert_eq!(guess(witness), announced, "all is known");
    for unknown in 0..witness.len() {
        let known = [&witness[..unknown], &witness[unknown + 1..]].concat();
        assert_ne!(guess(&known), announced, "part {unknown} is not known");
    }
}

#[test]
fn nonces_of_a_spend_depend_on_every_part_of_the_witness() {
    let rng = &mut rng();
    let [x, y, z] = [(); 3].map(|()| scalar(rng));
    let image_key = point(X.element() * x + Y.element() * y + G.element() * z);
    let tag = LinkingTag::from_full(&secret(x), &secret(y)).expect("a tag");
    let statement = SpendStatement { net: NET, m_tx: [3; 32], index: 1, image_key, tag };
    let mut row = Transcript::new(domain::SPEND, &NET);
    row.bytes(&[3; 32]);
    row.int(1);
    row.point(&image_key);
    row.point(tag.point());
    let L = tag.point().element();

    let witness = SpendWitness { x: secret(x), y: secret(y), z: secret(z) };
    let proof = SpendProof::prove(&statement, &witness, &mut self::rng()).expect("the witness fits").to_bytes();
    depends_on_every_part(&row, &[x, y, z], &proof[..64], |[alpha, beta, gamma]| {
        let spent = Y.element() * beta;
        vec![X.element() * alpha + spent + G.element() * gamma, L * alpha + spent]
    });

    let host = HostPart::new(&statement, &secret(x), &secret(z), &mut self::rng()).expect("points");
    let (P1, P2) = host.points();
    depends_on_every_part(&row, &[x, z], &[P1.to_bytes(), P2.to_bytes()].concat(), |[alpha, gamma]| {
        vec![X.element() * alpha + G.element() * gamma, L * alpha]
    });
}

/// β is what the law makes of all its items, and of no others; each of them is random.
#[test]
fn the_nonce_of_a_signer_depends_on_every_item_of_its_request() {
    let rng = &mut rng();
    let [k_s, v] = [(); 2].map(|()| scalar(rng));
    let [image_key, L, P1, P2] = [(); 4].map(|()| random_point(rng));
    let statement = SpendStatement { net: NET, m_tx: [3; 32], index: 1, image_key, tag: LinkingTag(L) };
    let key = SpendKey::from_bytes(k_s.as_bytes()).expect("not zero");
    let answer = |statement: &SpendStatement| {
        SignerPart::answer(statement, (P1, P2), &key, &secret(v), &mut self::rng()).expect("an answer")
    };
    let mut rnd = [0; 32];
    self::rng().fill_bytes(&mut rnd);
    let index = 1u64.to_le_bytes();
    let items: [&[u8]; 9] = [
        k_s.as_bytes(),
        &rnd,
        &[3; 32],
        &index,
        image_key.as_bytes(),
        L.as_bytes(),
        v.as_bytes(),
        P1.as_bytes(),
        P2.as_bytes(),
    ];
    let announced = |items: &[&[u8]]| Y.element() * domain::DEVICE_NONCE.hash(items);
    let signed = answer(&statement);
    assert_eq!(announced(&items), *signed.beta_Y.element());
    for without in 0..items.len() {
        let rest = [&items[..without], &items[without + 1..]].concat();
        assert_ne!(announced(&rest), *signed.beta_Y.element(), "item {without}");
    }

    // `net` alone is not in it: two networks under one m_tx get two answers for one nonce, which gives the key away.
    let elsewhere = SpendStatement { net: NetworkId([8; 32]), ..statement };
    let other = answer(&elsewhere);
    assert_eq!(other.beta_Y, signed.beta_Y);
    let c = |statement: &SpendStatement| {
        let (A1, A2) = SpendStatement::announcements(&P1, &P2, &signed.beta_Y).expect("points");
        statement.challenge(&A1, &A2).expect("a challenge")
    };
    let y = (signed.s_y - other.s_y) * (c(&statement) - c(&elsewhere)).invert();
    assert_eq!(y, k_s + v);
}

#[test]
fn nonces_of_a_link_depend_on_every_part_of_the_witness() {
    let rng = &mut rng();
    let [a, x, y] = [(); 3].map(|()| scalar(rng));
    let T = tag(A0.element(), scalar(rng));
    let (C, E) = (commitment(&T, a, x), commitment(&H.point(), a, y));
    let statement = LinkStatement { net: NET, body_digest: [3; 32], bundle: 1, j: 2, T, C, E };
    let mut row = Transcript::new(domain::LINK, &NET);
    row.bytes(&[3; 32]);
    row.int(1);
    row.int(2);
    [T, C, E].iter().for_each(|point| row.point(point));

    let witness = LinkWitness { a: secret(a), x: secret(x), y: secret(y) };
    let proof = LinkProof::prove(&statement, &witness, &mut self::rng()).expect("the witness fits").to_bytes();
    depends_on_every_part(&row, &[a, x, y], &proof[..64], |[alpha_a, alpha_x, alpha_y]| {
        vec![T.element() * alpha_a + G.element() * alpha_x, H.element() * alpha_a + G.element() * alpha_y]
    });
}

#[test]
fn the_nonce_of_a_signature_depends_on_the_key() {
    let p = scalar(&mut rng());
    let key = point(Element::mul_base(&p));
    let statement = SchnorrStatement::new(domain::ACCEPT, &NET, &[], Base::Generator(G), &key);
    let mut row = Transcript::new(domain::ACCEPT, &NET);
    row.point(&G.point());
    row.point(&key);
    let proof = SchnorrProof::prove(&statement, &secret(p), &mut rng()).expect("the key").to_bytes();
    depends_on_every_part(&row, &[p], &proof[..32], |[k]| vec![Element::mul_base(&k)]);
}

#[test]
fn the_nonce_of_a_sealed_proof_depends_on_every_difference() {
    let rng = &mut rng();
    let [b, x, delta, epsilon] = [(); 4].map(|()| scalar(rng));
    let T = tag(A0.element(), b);
    let C = commitment(&T, Scalar::from(30u64), x);
    let part = Holding {
        T: point(T.element() + Element::mul_base(&delta)),
        C: point(C.element() + Element::mul_base(&epsilon)),
    };
    let alternatives = Alternatives::new(Holding { T, C }, vec![vec![part]]).expect("differences");
    let statement =
        SealedStatement { net: NET, body_digest: [3; 32], vault_id: [4; 32], alternatives: &alternatives };
    let mut row = Transcript::new(domain::SEALED, &NET);
    row.bytes(&[3; 32]);
    row.bytes(&[4; 32]);
    [T, C].iter().for_each(|point| row.point(point));
    row.int(1);
    row.int(1);
    [part.T, part.C].iter().for_each(|point| row.point(point));

    let witness = SealedWitness::new([delta, epsilon].map(secret).to_vec());
    let proof = SealedProof::prove(&statement, &witness, &mut self::rng()).expect("the witness fits").to_bytes();
    depends_on_every_part(&row, &[delta, epsilon], &proof[..32], |[kappa]| vec![Element::mul_base(&kappa)]);
}
