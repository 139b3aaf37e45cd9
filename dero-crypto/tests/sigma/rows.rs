//! Forgotten statements (attacks 55, 127, 128, A.11, A.18): for each element of each transcript row, a verifier
//! that does not absorb it accepts a false statement, or one that nobody proved; ours refuses.
//!
//! The rows stand here a second time, as plain merlin messages. That they are complete shows where nothing is left
//! out: a proof made with these challenges is one that ours accepts.

use dero_crypto::{
    ProofError,
    asset::AssetId,
    group::{
        Element, Point, Scalar, domain,
        generators::{A0, G, H, U, X, Y},
    },
    keys::LinkingTag,
    sigma::{
        Accept, Alternatives, Holding, IssuerAuth, LinkProof, LinkStatement, SchnorrProof, SchnorrStatement,
        SealedProof, SealedStatement, SpendProof, SpendStatement, VaultAuth,
        schnorr::{Base, Item},
    },
};
use rand::rngs::StdRng;

use crate::common::{NET, commitment, point, random_point, rng, scalar, tag};

/// The messages of a row after net and version, by name.
type Row = Vec<(&'static str, Vec<u8>)>;

fn int(value: u64) -> Vec<u8> {
    value.to_le_bytes().to_vec()
}

fn bytes(point: &Point) -> Vec<u8> {
    point.to_bytes().to_vec()
}

/// The challenge of a verifier that forgets every message named `omit`.
fn challenge(label: &'static str, row: &Row, omit: &str) -> Scalar {
    challenge_of(label.as_bytes(), b"d", b"c", row, omit)
}

fn challenge_of(label: &'static [u8], append: &'static [u8], draw: &'static [u8], row: &Row, omit: &str) -> Scalar {
    let mut transcript = merlin::Transcript::new(label);
    let head = [("net", NET.0.to_vec()), ("version", int(1))];
    for (name, message) in head.iter().chain(row) {
        if *name != omit {
            transcript.append_message(append, message);
        }
    }
    let mut wide = [0; 64];
    transcript.challenge_bytes(draw, &mut wide);
    Scalar::from_bytes_mod_order_wide(&wide)
}

fn encode(parts: &[&[u8; 32]]) -> Vec<u8> {
    parts.iter().copied().flatten().copied().collect()
}

// spend

struct Spend {
    statement: SpendStatement,
    A: [Point; 2],
    s: [Scalar; 3],
}

impl Spend {
    const ELEMENTS: [&str; 8] = ["net", "version", "m_tx", "index", "K~", "L", "A1", "A2"];

    fn row(statement: &SpendStatement, A: &[Point; 2]) -> Row {
        vec![
            ("m_tx", statement.m_tx.to_vec()),
            ("index", int(statement.index)),
            ("K~", bytes(&statement.image_key)),
            ("L", bytes(statement.tag.point())),
            ("A1", bytes(&A[0])),
            ("A2", bytes(&A[1])),
        ]
    }

    fn challenge(&self, omit: &str) -> Scalar {
        challenge("dero/d1/spend", &Self::row(&self.statement, &self.A), omit)
    }

    /// What a verifier that forgets `omit` accepts: honest but for the element that it does not bind.
    fn forge(omit: &str, rng: &mut StdRng) -> Self {
        let [x, y, z, alpha, beta, gamma] = [(); 6].map(|()| scalar(rng));
        let L = point((U.element() - Y.element() * y) * x.invert());
        let K = point(X.element() * x + Y.element() * y + G.element() * z);
        let A1 = point(X.element() * alpha + Y.element() * beta + G.element() * gamma);
        let A2 = point(L.element() * alpha + Y.element() * beta);
        let statement = SpendStatement { net: NET, m_tx: [1; 32], index: 0, image_key: K, tag: LinkingTag(L) };
        let mut made = Self { statement, A: [A1, A2], s: [Scalar::ZERO; 3] };
        // A foreign key, a free tag, an announcement that nobody can answer.
        let foreign = random_point(rng);
        match omit {
            "K~" => made.A[0] = foreign,
            "A1" => made.statement.image_key = foreign,
            "L" => made.A[1] = foreign,
            "A2" => made.statement.tag = LinkingTag(foreign),
            _ => (),
        }
        let c = made.challenge(omit);
        made.s = [alpha + c * x, beta + c * y, gamma + c * z];
        let [s_x, s_y, s_z] = made.s;
        let (spent, L) = (Y.element() * s_y, made.statement.tag.point().element());
        let key = X.element() * s_x + spent + G.element() * s_z;
        let [A1, A2] = made.A.map(|point| *point.element());
        match omit {
            "K~" => made.statement.image_key = point((key - A1) * c.invert()),
            "A1" => made.A[0] = point(key - made.statement.image_key.element() * c),
            "L" => made.statement.tag = LinkingTag(point((A2 + U.element() * c - spent) * s_x.invert())),
            "A2" => made.A[1] = point(L * s_x + spent - U.element() * c),
            "m_tx" => made.statement.m_tx = [2; 32],
            "index" => made.statement.index = 1,
            "net" => made.statement.net.0[0] ^= 1,
            _ => (),
        }
        made
    }

    fn mutant_accepts(&self, omit: &str) -> bool {
        let c = self.challenge(omit);
        let ([s_x, s_y, s_z], [A1, A2]) = (self.s, self.A.map(|point| *point.element()));
        let (spent, K, L) = (Y.element() * s_y, &self.statement.image_key, self.statement.tag.point());
        X.element() * s_x + spent + G.element() * s_z == A1 + K.element() * c
            && L.element() * s_x + spent == A2 + U.element() * c
    }

    fn verify(&self) -> Result<(), ProofError> {
        let s = self.s.map(|s| s.to_bytes());
        let bytes = encode(&[self.A[0].as_bytes(), self.A[1].as_bytes(), &s[0], &s[1], &s[2]]);
        SpendProof::from_bytes(&bytes)?.verify(&self.statement, &mut rand::rng())
    }
}

#[test]
fn a_spend_proof_binds_every_element_of_its_row() {
    let rng = &mut rng();
    assert_eq!(Spend::forge("", rng).verify(), Ok(()), "the row is complete");
    for omit in Spend::ELEMENTS {
        let forged = Spend::forge(omit, rng);
        assert!(forged.mutant_accepts(omit), "the mutant without {omit} accepts");
        assert_eq!(forged.verify(), Err(ProofError::Equation), "{omit}");
    }
}

// link

struct Link {
    statement: LinkStatement,
    R: [Point; 2],
    s: [Scalar; 3],
}

impl Link {
    const ELEMENTS: [&str; 10] = ["net", "version", "body_digest", "bundle", "j", "T", "C", "E", "R1", "R2"];

    fn challenge(&self, omit: &str) -> Scalar {
        let row = vec![
            ("body_digest", self.statement.body_digest.to_vec()),
            ("bundle", int(self.statement.bundle)),
            ("j", int(self.statement.j)),
            ("T", bytes(&self.statement.T)),
            ("C", bytes(&self.statement.C)),
            ("E", bytes(&self.statement.E)),
            ("R1", bytes(&self.R[0])),
            ("R2", bytes(&self.R[1])),
        ];
        challenge("dero/d1/link", &row, omit)
    }

    fn forge(omit: &str, rng: &mut StdRng) -> Self {
        let [a, x, y, alpha_a, alpha_x, alpha_y] = [(); 6].map(|()| scalar(rng));
        let T = tag(A0.element(), scalar(rng));
        let (C, E) = (commitment(&T, a, x), commitment(&H.point(), a, y));
        let R = [commitment(&T, alpha_a, alpha_x), commitment(&H.point(), alpha_a, alpha_y)];
        let statement = LinkStatement { net: NET, body_digest: [1; 32], bundle: 0, j: 0, T, C, E };
        let mut made = Self { statement, R, s: [Scalar::ZERO; 3] };
        let foreign = random_point(rng);
        match omit {
            "T" | "R1" => made.statement.C = foreign,
            "C" => made.R[0] = foreign,
            "R2" => made.statement.E = foreign,
            "E" => made.R[1] = foreign,
            _ => (),
        }
        let c = made.challenge(omit);
        made.s = [alpha_a + c * a, alpha_x + c * x, alpha_y + c * y];
        let [s_a, s_x, s_y] = made.s;
        let ([R1, R2], T) = (made.R.map(|point| *point.element()), made.statement.T.element());
        let (left, right) = (T * s_a + G.element() * s_x, H.element() * s_a + G.element() * s_y);
        let (C, E) = (made.statement.C.element() * c, made.statement.E.element() * c);
        match omit {
            "T" => made.statement.T = point((R1 + C - G.element() * s_x) * s_a.invert()),
            "C" => made.statement.C = point((left - R1) * c.invert()),
            "R1" => made.R[0] = point(left - C),
            "E" => made.statement.E = point((right - R2) * c.invert()),
            "R2" => made.R[1] = point(right - E),
            "body_digest" => made.statement.body_digest = [2; 32],
            "bundle" => made.statement.bundle = 1,
            "j" => made.statement.j = 1,
            "net" => made.statement.net.0[0] ^= 1,
            _ => (),
        }
        made
    }

    fn mutant_accepts(&self, omit: &str) -> bool {
        let c = self.challenge(omit);
        let ([s_a, s_x, s_y], [R1, R2]) = (self.s, self.R.map(|point| *point.element()));
        let LinkStatement { T, C, E, .. } = &self.statement;
        T.element() * s_a + G.element() * s_x == R1 + C.element() * c
            && H.element() * s_a + G.element() * s_y == R2 + E.element() * c
    }

    fn verify(&self) -> Result<(), ProofError> {
        let s = self.s.map(|s| s.to_bytes());
        let bytes = encode(&[self.R[0].as_bytes(), self.R[1].as_bytes(), &s[0], &s[1], &s[2]]);
        LinkProof::from_bytes(&bytes)?.verify(&self.statement, &mut rand::rng())
    }
}

#[test]
fn a_link_proof_binds_every_element_of_its_row() {
    let rng = &mut rng();
    assert_eq!(Link::forge("", rng).verify(), Ok(()), "the row is complete");
    for omit in Link::ELEMENTS {
        let forged = Link::forge(omit, rng);
        assert!(forged.mutant_accepts(omit), "the mutant without {omit} accepts");
        assert_eq!(forged.verify(), Err(ProofError::Equation), "{omit}");
    }
}

// Schnorr rows

/// One Schnorr row: its label, the names of its items, and the law's statement for given items and key.
struct Schnorr {
    label: &'static str,
    items: &'static [&'static str],
    statement: fn(&Items, Point) -> SchnorrStatement,
}

/// Item q of a row: an integer or 32 equal bytes of this value.
type Items = Vec<u8>;

const SCHNORR: [Schnorr; 3] = [
    Schnorr {
        label: "dero/d1/issuer",
        items: &["m_tx", "op index (int)", "α"],
        statement: |items, key| {
            let [m_tx, op_index, alpha] = [items[0], items[1], items[2]];
            let asset = AssetId([alpha; 32]);
            IssuerAuth { net: NET, m_tx: [m_tx; 32], op_index: op_index.into(), asset, key }.statement()
        },
    },
    Schnorr {
        label: "dero/d1/vault-auth",
        items: &["m_tx", "vault_id"],
        statement: |items, key| {
            VaultAuth { net: NET, m_tx: [items[0]; 32], vault_id: [items[1]; 32], key }.statement()
        },
    },
    Schnorr {
        label: "dero/d1/accept",
        items: &["vault_id", "txid", "i (int)"],
        statement: |items, key| {
            let (vault_id, txid) = ([items[0]; 32], [items[1]; 32]);
            Accept { net: NET, vault_id, txid, index: items[2].into(), key }.statement()
        },
    },
];

impl Schnorr {
    fn row(&self, items: &Items, Q: &Point, P: &Point, A: &Point) -> Row {
        let encode = |name: &str, item: u8| if name.ends_with("(int)") { int(item.into()) } else { vec![item; 32] };
        let items = self.items.iter().zip(items).map(|(name, item)| (*name, encode(name, *item)));
        items.chain([("Q", bytes(Q)), ("P", bytes(P)), ("A", bytes(A))]).collect()
    }
}

fn schnorr(A: &Point, s: &Scalar) -> SchnorrProof {
    SchnorrProof::from_bytes(&encode(&[A.as_bytes(), s.as_bytes()])).expect("a signature as bytes")
}

#[test]
fn a_signature_binds_every_item_of_its_row() {
    let rng = &mut rng();
    for row in &SCHNORR {
        let (p, k) = (scalar(rng), scalar(rng));
        let (P, A) = (point(G.element() * p), point(G.element() * k));
        let items: Items = (1..=row.items.len() as u8).collect();
        let respond =
            |items: &Items, omit: &str| k + challenge(row.label, &row.row(items, &G.point(), &P, &A), omit) * p;
        let ours = (row.statement)(&items, P);
        assert_eq!(
            schnorr(&A, &respond(&items, "")).verify(&ours, rng),
            Ok(()),
            "{}: the row is complete",
            row.label
        );
        for omit in ["net", "version"] {
            let refused = schnorr(&A, &respond(&items, omit)).verify(&ours, rng);
            assert_eq!(refused, Err(ProofError::Equation), "{} without {omit}", row.label);
        }
        for (q, name) in row.items.iter().enumerate() {
            let mut other = items.clone();
            other[q] = 99;
            assert_eq!(respond(&items, name), respond(&other, name), "the mutant without {name} accepts");
            let refused = schnorr(&A, &respond(&items, "")).verify(&(row.statement)(&other, P), rng);
            assert_eq!(refused, Err(ProofError::Equation), "{}: {name}", row.label);
        }
    }
}

/// A.18: without A in the transcript, s is chosen, c computed, A := s·Q − c·P. Without P: P := (s·Q − A)/c.
#[test]
fn a_signature_without_A_or_P_in_its_transcript_is_forged_for_any_key() {
    let rng = &mut rng();
    for row in &SCHNORR {
        let items: Items = (1..=row.items.len() as u8).collect();
        let (Q, s) = (G.point(), scalar(rng));

        let P = random_point(rng);
        let c = challenge(row.label, &row.row(&items, &Q, &P, &Q), "A");
        let A = point(Q.element() * s - P.element() * c);
        assert_eq!(Q.element() * s, A.element() + P.element() * c, "the mutant without A accepts");
        let refused = schnorr(&A, &s).verify(&(row.statement)(&items, P), rng);
        assert_eq!(refused, Err(ProofError::Equation), "{}: A", row.label);

        let A = random_point(rng);
        let c = challenge(row.label, &row.row(&items, &Q, &Q, &A), "P");
        let P = point((Q.element() * s - A.element()) * c.invert());
        assert_eq!(Q.element() * s, A.element() + P.element() * c, "the mutant without P accepts");
        let refused = schnorr(&A, &s).verify(&(row.statement)(&items, P), rng);
        assert_eq!(refused, Err(ProofError::Equation), "{}: P", row.label);
    }
}

#[test]
fn a_signature_without_its_base_in_the_transcript_is_forged_on_a_foreign_base() {
    let rng = &mut rng();
    let (P, A, s) = (random_point(rng), random_point(rng), scalar(rng));
    let row = vec![("item", vec![7; 32]), ("Q", Vec::new()), ("P", bytes(&P)), ("A", bytes(&A))];
    let c = challenge("dero/d1/accept", &row, "Q");
    let Q = point((A.element() + P.element() * c) * s.invert());
    assert_eq!(Q.element() * s, A.element() + P.element() * c, "the mutant without Q accepts");
    let statement = SchnorrStatement::new(domain::ACCEPT, &NET, &[Item::Bytes(&[7; 32])], Base::Point(Q), &P);
    assert_eq!(schnorr(&A, &s).verify(&statement, rng), Err(ProofError::Equation));
}

/// 128: merlin's own labels, a list without its count, an item more.
#[test]
fn other_merlin_labels_make_other_challenges() {
    let rng = &mut rng();
    let row = &SCHNORR[1];
    let (p, k) = (scalar(rng), scalar(rng));
    let (P, A) = (point(G.element() * p), point(G.element() * k));
    let items = vec![1, 2];
    let messages = row.row(&items, &G.point(), &P, &A);
    let longer = [messages.clone(), vec![("more", vec![0; 32])]].concat();
    let mutants = [
        ("another append label", challenge_of(b"dero/d1/vault-auth", b"D", b"c", &messages, "")),
        ("another challenge label", challenge_of(b"dero/d1/vault-auth", b"d", b"C", &messages, "")),
        ("another row label", challenge_of(b"dero/d1/accept", b"d", b"c", &messages, "")),
        ("the name alone as label", challenge_of(b"vault-auth", b"d", b"c", &messages, "")),
        ("no version", challenge(row.label, &messages, "version")),
        ("an item more", challenge(row.label, &longer, "")),
    ];
    let ours = (row.statement)(&items, P);
    assert_eq!(schnorr(&A, &(k + challenge(row.label, &messages, "") * p)).verify(&ours, rng), Ok(()));
    for (mutant, c) in mutants {
        let refused = schnorr(&A, &(k + c * p)).verify(&ours, rng);
        assert_eq!(refused, Err(ProofError::Equation), "{mutant}");
    }
}

// sealed

struct Sealed {
    body_digest: [u8; 32],
    vault_id: [u8; 32],
    locked: Holding,
    parts: Vec<Vec<Holding>>,
    A: Point,
    t: Scalar,
}

impl Sealed {
    /// J and B_j only keep lists apart: what a mutant without them makes, ours refuses.
    const ELEMENTS: [&str; 11] =
        ["net", "version", "body_digest", "vault_id", "T", "C", "J", "B_j", "T_{1,1}", "C_{1,1}", "A"];

    fn challenge(&self, omit: &str) -> Scalar {
        let mut row = vec![
            ("body_digest", self.body_digest.to_vec()),
            ("vault_id", self.vault_id.to_vec()),
            ("T", bytes(&self.locked.T)),
            ("C", bytes(&self.locked.C)),
            ("J", int(self.parts.len() as u64)),
        ];
        let mut names = [("T_{1,1}", "C_{1,1}"), ("T_{2,1}", "C_{2,1}"), ("T_{2,2}", "C_{2,2}")].into_iter();
        for parts in &self.parts {
            row.push(("B_j", int(parts.len() as u64)));
            for part in parts {
                let (tag, commitment) = names.next().expect("three parts");
                row.extend([(tag, bytes(&part.T)), (commitment, bytes(&part.C))]);
            }
        }
        row.push(("A", bytes(&self.A)));
        challenge("dero/d1/sealed", &row, omit)
    }

    fn differences(&self) -> Vec<Element> {
        let mut all = Vec::new();
        for parts in &self.parts {
            all.extend(parts.iter().map(|part| part.T.element() - self.locked.T.element()));
            all.push(parts.iter().map(|part| part.C.element()).sum::<Element>() - self.locked.C.element());
        }
        all
    }

    /// t·G − A − Σ c^i·Y_i.
    fn residue(&self, c: Scalar) -> Element {
        let powers = std::iter::successors(Some(c), |power| Some(power * c));
        let sum: Element = powers.zip(self.differences()).map(|(power, difference)| difference * power).sum();
        G.element() * self.t - self.A.element() - sum
    }

    fn forge(omit: &str, rng: &mut StdRng) -> Self {
        let holding = |rng: &mut StdRng, a: u64| {
            let (b, x) = (scalar(rng), scalar(rng));
            let T = tag(A0.element(), b);
            (Holding { T, C: commitment(&T, Scalar::from(a), x) }, b, Scalar::from(a) * b + x)
        };
        let (locked, b, g) = holding(rng, 50);
        let made = [holding(rng, 50), holding(rng, 20), holding(rng, 30)];
        let y = [made[0].1 - b, made[0].2 - g, made[1].1 - b, made[2].1 - b, made[1].2 + made[2].2 - g];
        let kappa = scalar(rng);
        let mut made = Self {
            body_digest: [1; 32],
            vault_id: [2; 32],
            locked,
            parts: vec![vec![made[0].0], vec![made[1].0, made[2].0]],
            A: point(G.element() * kappa),
            t: Scalar::ZERO,
        };
        // A false statement: one difference is no multiple of G, so that only an unbound element can mend it.
        let foreign = random_point(rng);
        match omit {
            "T" | "C" | "C_{1,1}" | "A" => made.parts[0][0].T = foreign,
            "T_{1,1}" => made.parts[0][0].C = foreign,
            _ => (),
        }
        let c = made.challenge(omit);
        let powers: Vec<Scalar> = std::iter::successors(Some(c), |power| Some(power * c)).take(5).collect();
        made.t = kappa + powers.iter().zip(y).map(|(power, y)| power * y).sum::<Scalar>();
        let residue = made.residue(c);
        let add = |to: &mut Point, by: Element| *to = point(to.element() + by);
        match omit {
            "T" => add(&mut made.locked.T, -residue * (powers[0] + powers[2] + powers[3]).invert()),
            "C" => add(&mut made.locked.C, -residue * (powers[1] + powers[4]).invert()),
            "T_{1,1}" => add(&mut made.parts[0][0].T, residue * powers[0].invert()),
            "C_{1,1}" => add(&mut made.parts[0][0].C, residue * powers[1].invert()),
            "A" => add(&mut made.A, residue),
            "body_digest" => made.body_digest = [9; 32],
            "vault_id" => made.vault_id = [9; 32],
            _ => (),
        }
        made
    }

    fn mutant_accepts(&self, omit: &str) -> bool {
        self.residue(self.challenge(omit)) == Element::default()
    }

    fn verify(&self) -> Result<(), ProofError> {
        let alternatives = Alternatives::new(self.locked, self.parts.clone()).expect("all differences");
        let (body_digest, vault_id) = (self.body_digest, self.vault_id);
        let statement = SealedStatement { net: NET, body_digest, vault_id, alternatives: &alternatives };
        SealedProof::from_bytes(&encode(&[self.A.as_bytes(), self.t.as_bytes()]))?
            .verify(&statement, &mut rand::rng())
    }
}

#[test]
fn a_sealed_proof_binds_every_element_of_its_row() {
    let rng = &mut rng();
    assert_eq!(Sealed::forge("", rng).verify(), Ok(()), "the row is complete");
    for omit in Sealed::ELEMENTS {
        let forged = Sealed::forge(omit, rng);
        assert!(forged.mutant_accepts(omit), "the mutant without {omit} accepts");
        assert_eq!(forged.verify(), Err(ProofError::Equation), "{omit}");
    }
}
