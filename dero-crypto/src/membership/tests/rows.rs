//! Row 55, recipe A.11: for each element of the rows `member` and `surj`, a verifier that forgets it accepts what ours
//! refuses. Both with n = m = 2, a ring of four.

use alloc::format;

use super::*;
use crate::{
    group::{
        domain,
        generators::{A0, G, membership_p, membership_q},
    },
    membership::{AssetSet, SurjectionProof, SurjectionStatement, verifier::powers},
    transcript::Forgetful,
};

const DIGITS: Digits = Digits::new(2, 2);

/// A statement over D components and the messages of a proof.
struct Claim<const D: usize> {
    ring: Vec<[Element; D]>,
    image: [Point; D],
    messages: Messages,
}

/// Draws μ, then ξ, of a row without one element.
type Draw<const D: usize> = fn(&Claim<D>, &str) -> (Scalar, Scalar);

fn scalar() -> Scalar {
    Scalar::random(&mut rand::rng())
}

fn any() -> Point {
    Point::encode(Element::random(&mut rand::rng()), "random").unwrap()
}

fn encode(element: Element) -> Point {
    Point::encode(element, "test").unwrap()
}

/// The second half of both rows.
fn second(row: &mut Forgetful<'_>, messages: &Messages) -> Scalar {
    row.bytes("A", messages.A.as_bytes());
    row.bytes("B", messages.B.as_bytes());
    for (j, X) in messages.X.iter().enumerate() {
        row.bytes(&format!("X_{j}"), X.as_bytes());
    }
    row.challenge()
}

fn member_set(ring: &[[Element; 3]]) -> Arc<ReferenceSet> {
    let member = |part: &[Element; 3]| {
        let [Ko, C, T] = part.map(encode);
        Arc::new(Member::new(&Ko, &C, &T))
    };
    List::set_of(5, ring.iter().map(member).collect())
}

fn member_statement(claim: &Claim<3>) -> MembershipStatement {
    let [key, commitment, asset_tag] = claim.image;
    let image = Image { key, commitment, asset_tag };
    MembershipStatement::new(NET, parameters(2, 2), member_set(&claim.ring), image).unwrap()
}

fn member_row(
    net: NetworkId,
    statement: &MembershipStatement,
    messages: &Messages,
    omit: &str,
) -> (Scalar, Scalar) {
    let set = statement.set();
    let mut row = Forgetful::new(domain::MEMBER, &net, omit);
    for (name, value) in
        [("n", 2), ("m", 2), ("d", 3), ("kind", set.kind().to_byte().into()), ("start", set.start())]
    {
        row.int(name, value);
    }
    row.int("L", set.members().len() as u64);
    row.bytes("acc_start", set.acc_start().as_bytes());
    row.bytes("acc_end", set.acc_end().as_bytes());
    for (name, part) in ["K~", "C~", "T~"].into_iter().zip(statement.image().components()) {
        row.bytes(name, part.as_bytes());
    }
    (row.challenge(), second(&mut row, messages))
}

fn surjection_statement(claim: &Claim<1>) -> SurjectionStatement {
    let omega: Vec<Point> = claim.ring[..3].iter().map(|[part]| encode(*part)).collect();
    let assets = AssetSet::new(&omega).unwrap();
    SurjectionStatement { net: NET, body_digest: [1; 32], bundle: 2, j: 3, assets, tag: claim.image[0] }
}

fn surjection_row(statement: &SurjectionStatement, messages: &Messages, omit: &str) -> (Scalar, Scalar) {
    let mut row = Forgetful::new(domain::SURJECTION, &statement.net, omit);
    row.bytes("body_digest", &statement.body_digest);
    for (name, value) in [("bundle", statement.bundle), ("j", statement.j), ("q", 2)] {
        row.int(name, value);
    }
    for (i, asset) in statement.assets.padded().iter().enumerate() {
        row.bytes(&format!("Ω_{i}"), asset.as_bytes());
    }
    row.bytes("T", statement.tag.as_bytes());
    (row.challenge(), second(&mut row, messages))
}

impl<const D: usize> Claim<D> {
    /// A ring and an image that copies none of its members; messages at random.
    fn random(last: Option<[Element; D]>) -> Self {
        let mut ring: Vec<[Element; D]> = (0..4).map(|_| core::array::from_fn(|_| *any().element())).collect();
        ring[3] = last.unwrap_or(ring[3]);
        let [A, B] = [any(), any()];
        let f = alloc::vec![Scalar::ZERO; 2];
        let messages = Messages { A, B, X: alloc::vec![any(), any()], f, z_A: scalar(), z: scalar() };
        Self { ring, image: core::array::from_fn(|_| any()), messages }
    }

    /// What one equation leaves over; `weights` selects it.
    fn residue(&self, (mu, xi): (Scalar, Scalar), weights: [u64; 2]) -> Element {
        use crate::batch::Equations;
        let mut sum = Sum::new();
        let (ring, messages) = (AnyRing(self.ring.clone()), self.messages.clone());
        let item = Item { digits: DIGITS, ring, image: self.image, messages, mu, xi };
        item.add_to(&weights.map(Scalar::from), &mut sum);
        sum.evaluate()
    }

    fn holds(&self, challenges: (Scalar, Scalar)) -> bool {
        [[1, 0], [0, 1]].into_iter().all(|weights| self.residue(challenges, weights) == Element::default())
    }

    /// Honest bits of place 0 for whatever ξ comes; a false image, whose element `omit` is solved for last.
    fn forge_second_equation(omit: &str, last: Option<[Element; D]>, draw: Draw<D>) -> Self {
        let mut claim = Self::random(last);
        let (r_A, r_B, a) = (scalar(), scalar(), [scalar(), scalar()]);
        let (mut A, mut B) = (G.element() * r_A, G.element() * r_B);
        for (j, a) in a.iter().enumerate() {
            for (i, (a, delta)) in [(-a, Scalar::ONE), (*a, Scalar::ZERO)].into_iter().enumerate() {
                let (P, Q) = (membership_p(2 * j + i).element(), membership_q(2 * j + i).element());
                A += P * a - Q * (a * a);
                B += P * delta + Q * (a * (Scalar::ONE - delta - delta));
            }
        }
        (claim.messages.A, claim.messages.B) = (encode(A), encode(B));
        let (mu, xi) = draw(&claim, omit);
        claim.messages.f = a.to_vec();
        claim.messages.z_A = r_A + xi * r_B;
        assert_eq!(claim.residue((mu, xi), [1, 0]), Element::default(), "the first equation");

        let left = claim.residue((mu, xi), [0, 1]);
        let mus: [Scalar; D] = powers(&mu);
        if let Some(j) = omit.strip_prefix("X_") {
            let j: usize = j.parse().unwrap();
            let by = -powers::<2>(&xi)[j].invert();
            claim.messages.X[j] = encode(claim.messages.X[j].element() - left * by);
        } else if let Some(i) = omit.strip_prefix("Ω_") {
            let i: usize = i.parse().unwrap();
            let f = claim.messages.responses(DIGITS, &xi);
            let p = f[i & 1] * f[2 + (i >> 1)];
            claim.ring[i][0] += left * p.invert();
        } else {
            let component = ["K~", "C~", "T~"].iter().position(|name| *name == omit).unwrap_or(0);
            let by = (xi * xi * mus[component]).invert();
            claim.image[component] = encode(claim.image[component].element() - left * by);
        }
        claim
    }

    /// Bits that are none: an image 2·S_1 − S_0, which the second equation takes with f_{0,1} = 2ξ + a, and the first
    /// one with A or B chosen last.
    fn forge_first_equation(omit: &str, last: Option<[Element; D]>, draw: Draw<D>) -> Self {
        let mut claim = Self::random(last);
        let two = Scalar::from(2u64);
        claim.image = core::array::from_fn(|alpha| encode(claim.ring[1][alpha] * two - claim.ring[0][alpha]));
        let (mu, _) = draw(&claim, omit);
        let mus: [Scalar; D] = powers(&mu);
        let delta: Element = (0..D).map(|alpha| (claim.ring[1][alpha] - claim.ring[0][alpha]) * mus[alpha]).sum();
        let (a, rho) = (scalar(), [scalar(), scalar()]);
        claim.messages.X = alloc::vec![encode(G.element() * rho[0]), encode(G.element() * rho[1] - delta * a)];
        let (mu, xi) = draw(&claim, omit);
        claim.messages.f = alloc::vec![two * xi + a, Scalar::ZERO];
        claim.messages.z = -(rho[0] + xi * rho[1]);
        assert_eq!(claim.residue((mu, xi), [0, 1]), Element::default(), "the second equation");

        let left = claim.residue((mu, xi), [1, 0]);
        let Messages { A, B, .. } = &mut claim.messages;
        match omit {
            "A" => *A = encode(A.element() - left),
            _ => *B = encode(B.element() - left * xi.invert()),
        }
        claim
    }
}

fn check<const D: usize>(
    omit: &str,
    last: Option<[Element; D]>,
    draw: Draw<D>,
    ours: impl Fn(&Claim<D>) -> Result<(), ProofError>,
) {
    let forge = if ["A", "B"].contains(&omit) { Claim::forge_first_equation } else { Claim::forge_second_equation };
    let forged = forge(omit, last, draw);
    assert!(forged.holds(draw(&forged, omit)), "the mutant without {omit} accepts");
    assert_eq!(ours(&forged), Err(ProofError::Equation), "{omit}");
}

#[test]
fn a_membership_proof_binds_every_point_of_its_row() {
    let draw: Draw<3> = |claim, omit| member_row(NET, &member_statement(claim), &claim.messages, omit);
    for omit in ["K~", "C~", "T~", "A", "B", "X_0", "X_1"] {
        check(omit, None, draw, |claim| verify(&member_statement(claim), &MembershipProof(claim.messages.clone())));
    }
}

#[test]
fn a_surjection_binds_every_point_of_its_row() {
    let draw: Draw<1> = |claim, omit| surjection_row(&surjection_statement(claim), &claim.messages, omit);
    for omit in ["Ω_0", "Ω_1", "Ω_2", "T", "A", "B", "X_0", "X_1"] {
        check(omit, Some([*A0.element()]), draw, |claim| {
            let statement = surjection_statement(claim);
            let proof = SurjectionProof::from_bytes(&claim.messages.encode(), &statement.assets).unwrap();
            proof.verify(&statement, &mut rand::rng())
        });
    }
}

#[test]
fn a_membership_proof_binds_every_item_of_its_row() {
    let list = List::random(9);
    let (honest, proof) = proven(parameters(2, 2), &list.set(5, 4), 1);
    let ours = proof.challenges(&honest).unwrap();
    assert_eq!(member_row(NET, &honest, &proof.0, ""), ours, "the row is complete");
    let members = honest.set().members();
    let build = |kind, start, from: u8, to: u8| {
        let set = ReferenceSet::new(kind, start, Accumulator([from; 32]), Accumulator([to; 32]), members.to_vec());
        let (set, image) = (Arc::new(set.unwrap()), *honest.image());
        MembershipStatement::new(NET, parameters(2, 2), set, image).unwrap()
    };
    let changed = [
        ("kind", build(ReferenceKind::Closed, 5, 5, 9)),
        ("start", build(ReferenceKind::Open, 6, 5, 9)),
        ("acc_start", build(ReferenceKind::Open, 5, 6, 9)),
        ("acc_end", build(ReferenceKind::Open, 5, 5, 8)),
        ("net", {
            let (set, image) = (Arc::clone(honest.set()), *honest.image());
            MembershipStatement::new(NetworkId([8; 32]), parameters(2, 2), set, image).unwrap()
        }),
    ];
    for (omit, other) in changed {
        let net = if omit == "net" { NetworkId([8; 32]) } else { NET };
        let mutant = member_row(NET, &honest, &proof.0, omit);
        assert_eq!(mutant, member_row(net, &other, &proof.0, omit), "the mutant without {omit} sees no difference");
        assert_eq!(verify(&other, &proof), Err(ProofError::Equation), "{omit}");
    }
    // These keep rows of other shapes apart.
    for omit in ["version", "n", "m", "d", "L"] {
        assert_ne!(member_row(NET, &honest, &proof.0, omit), ours, "{omit}");
    }
}

#[test]
fn a_surjection_binds_every_item_of_its_row() {
    let claim = Claim::<1>::random(Some([*A0.element()]));
    let delta = Secret::new(scalar());
    let tag = encode(claim.ring[1][0] + Element::mul_base(delta.expose()));
    let honest = SurjectionStatement { tag, ..surjection_statement(&claim) };
    let witness = crate::membership::SurjectionWitness { place: Secret::new(1), delta };
    let proof = SurjectionProof::prove(&honest, &witness, &mut rand::rng()).unwrap();
    let messages = Messages::decode(&proof.to_bytes(), DIGITS, "proof").unwrap();
    let ours = proof.challenges(&honest).unwrap();
    assert_eq!(surjection_row(&honest, &messages, ""), ours, "the row is complete");
    let changed = [
        ("net", SurjectionStatement { net: NetworkId([8; 32]), ..honest.clone() }),
        ("body_digest", SurjectionStatement { body_digest: [8; 32], ..honest.clone() }),
        ("bundle", SurjectionStatement { bundle: 8, ..honest.clone() }),
        ("j", SurjectionStatement { j: 8, ..honest.clone() }),
    ];
    for (omit, other) in changed {
        let mutant = surjection_row(&honest, &messages, omit);
        assert_eq!(mutant, surjection_row(&other, &messages, omit), "the mutant without {omit} sees no difference");
        assert_eq!(proof.verify(&other, &mut rand::rng()), Err(ProofError::Equation), "{omit}");
    }
    for omit in ["version", "q"] {
        assert_ne!(surjection_row(&honest, &messages, omit), ours, "{omit}");
    }
}
