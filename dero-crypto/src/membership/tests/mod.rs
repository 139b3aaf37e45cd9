//! Attacks on membership and surjection: rows 16 to 25, 41, 42, 55, 112, 113, 125, recipes A.3, A.4, A.10, A.11.

mod batch;
mod nonces;
mod padding;
mod rows;
mod soundness;
mod surjection;

use alloc::{sync::Arc, vec::Vec};

use rand_core::CryptoRng;

use super::{
    Accumulator, Image, Masks, Member, MembershipProof, MembershipStatement, MembershipWitness, ReferenceKind,
    ReferenceSet, SetParameters,
    parameters::Digits,
    proof::Messages,
    prover::{self, Nonces, Opening},
    verifier::{Item, Ring},
};
use crate::{
    NetworkId, ProofError,
    batch::{Batch, Sum},
    group::{Element, Point, Scalar},
    secret::Secret,
    transcript::Transcript,
};

/// What is altered, and how.
type Change<'a, T> = (&'a str, &'a dyn Fn(&mut T));

const NET: NetworkId = NetworkId([7; 32]);

fn point(rng: &mut impl CryptoRng) -> Point {
    Point::encode(Element::mul_base(&Scalar::random(rng)), "random").unwrap()
}

fn parameters(n: u32, m: u32) -> SetParameters {
    SetParameters::new(n, m).unwrap()
}

/// A list of random enotes; its accumulator values are made up but differ by position.
struct List(Vec<Arc<Member>>);

impl List {
    fn random(length: usize) -> Self {
        let mut rng = rand::rng();
        let mut member = || Member::new(&point(&mut rng), &point(&mut rng), &point(&mut rng));
        Self((0..length).map(|_| Arc::new(member())).collect())
    }

    fn set(&self, start: usize, length: usize) -> Arc<ReferenceSet> {
        Self::set_of(start, self.0[start..start + length].to_vec())
    }

    fn set_of(start: usize, members: Vec<Arc<Member>>) -> Arc<ReferenceSet> {
        let acc = |position: usize| Accumulator([position as u8; 32]);
        let (from, to) = (acc(start), acc(start + members.len()));
        Arc::new(ReferenceSet::new(ReferenceKind::Open, start as u64, from, to, members).unwrap())
    }
}

/// The statement that an image of member `place` of `set` copies a member, and its witness.
fn claim(
    parameters: SetParameters,
    set: &Arc<ReferenceSet>,
    place: usize,
) -> (MembershipStatement, MembershipWitness) {
    let masks = Masks::random(&mut rand::rng());
    let member = &set.members()[place.min(set.members().len() - 1)];
    let image = Image::of(member, &masks).unwrap();
    let statement = MembershipStatement::new(NET, parameters, Arc::clone(set), image).unwrap();
    (statement, MembershipWitness::new(place as u64, masks))
}

fn proven(
    parameters: SetParameters,
    set: &Arc<ReferenceSet>,
    place: usize,
) -> (MembershipStatement, MembershipProof) {
    let (statement, witness) = claim(parameters, set, place);
    let proof = MembershipProof::prove(&statement, &witness, &mut rand::rng()).unwrap();
    (statement, proof)
}

fn verify(statement: &MembershipStatement, proof: &MembershipProof) -> Result<(), ProofError> {
    proof.verify(statement, &mut rand::rng())
}

/// The ordinary prover, over members that are not those of the statement and without the check of the witness.
fn forge<const D: usize>(
    digits: Digits,
    members: &[[Element; D]],
    place: usize,
    masks: [&Secret<Scalar>; D],
    mut transcript: Transcript,
) -> Messages {
    let members: Vec<_> = members.iter().collect();
    let place = Secret::new(place as u64);
    let opening = Opening { place: &place, masks };
    let nonces = Nonces::draw(digits, &transcript, &opening, &mut rand::rng());
    prover::prove(digits, &members, &opening, &nonces, &mut transcript).unwrap()
}

fn components(set: &ReferenceSet) -> Vec<[Element; 3]> {
    set.members().iter().map(|member| *member.components()).collect()
}

/// A mutant's ring: exactly these members, one for every place.
struct AnyRing<const D: usize>(Vec<[Element; D]>);

impl<const D: usize> Ring<D> for AnyRing<D> {
    fn add_to(&self, high: [Vec<Scalar>; D], low: Vec<Scalar>, sum: &mut Sum) {
        for (component, high) in high.iter().enumerate() {
            let products = high.iter().flat_map(|high| low.iter().map(move |low| high * low));
            for (product, member) in products.zip(&self.0) {
                sum.element(product, &member[component]);
            }
        }
    }
}

/// A mutant verifier: our equations and challenges over another ring.
fn accepts_over<R: Ring<3> + 'static>(ring: R, statement: &MembershipStatement, proof: &MembershipProof) -> bool {
    let mut batch = Batch::new();
    push_over(ring, statement, proof, &mut batch);
    batch.verify(&mut rand::rng()).is_ok()
}

fn push_over<R: Ring<3> + 'static>(
    ring: R,
    statement: &MembershipStatement,
    proof: &MembershipProof,
    batch: &mut Batch,
) {
    let (mu, xi) = proof.challenges(statement).unwrap();
    let digits = statement.parameters().digits();
    let image = statement.image().components().map(|point| *point);
    batch.push_item(alloc::boxed::Box::new(Item { digits, ring, image, messages: proof.0.clone(), mu, xi }));
}
