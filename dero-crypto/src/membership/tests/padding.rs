//! Row 24 and recipe A.3: what stands behind the last member.

use super::*;
use crate::{
    group::generators::{A0, G, X},
    membership::surjection::{AssetSet, SurjectionProof, SurjectionStatement},
};

/// The members of `set`, and `filler` in every place behind them.
fn padded_with(set: &ReferenceSet, size: usize, filler: [Element; 3]) -> Vec<[Element; 3]> {
    let mut members = components(set);
    members.resize(size, filler);
    members
}

fn claim_of(
    parameters: SetParameters,
    set: &Arc<ReferenceSet>,
    enote: [Element; 3],
    masks: &Masks,
) -> MembershipStatement {
    let image = Image::of(&Member(enote), masks).unwrap();
    MembershipStatement::new(NET, parameters, Arc::clone(set), image).unwrap()
}

#[test]
fn the_last_member_is_proven_at_its_own_place_and_in_every_padding_slot() {
    for (n, m, lengths) in [(2, 3, &[1, 2, 3, 7, 8][..]), (4, 2, &[1, 2, 4, 5, 15, 16])] {
        let parameters = parameters(n, m);
        let size = parameters.digits().size();
        let list = List::random(size);
        for &length in lengths {
            let set = list.set(0, length);
            for place in [length - 1, size - 1].into_iter().chain(length..size) {
                let (statement, witness) = claim(parameters, &set, place);
                let opening = Opening { place: &witness.place, masks: witness.masks.components() };
                let nonces = Nonces::draw(parameters.digits(), &statement.transcript(), &opening, &mut rand::rng());
                let proof = MembershipProof::prove_with_nonces(&statement, &witness, &nonces).unwrap();
                assert_eq!(verify(&statement, &proof), Ok(()), "{place} of {length} in {parameters:?}");
            }
        }
    }
}

#[test]
fn every_real_member_of_a_short_list_is_proven() {
    let parameters = parameters(3, 2);
    let list = List::random(9);
    for length in 1..=9 {
        let set = list.set(0, length);
        for place in 0..length {
            let (statement, proof) = proven(parameters, &set, place);
            assert_eq!(verify(&statement, &proof), Ok(()), "{place} of {length}");
        }
    }
}

/// A.3 (a), (b), (c): the mutant whose padding is `filler` accepts the proof, ours refuses it.
#[test]
fn a_foreign_padding_slot_is_refused() {
    let parameters = parameters(2, 2);
    let list = List::random(5);
    let g = *G.element();
    let identity = Element::default();
    let constant = [*X.element(), Scalar::from(1u64 << 32) * A0.element(), *A0.element()];
    for length in 1..4 {
        let set = list.set(0, length);
        let next = *list.0[length].components();
        for (what, filler) in [
            ("identity", [identity; 3]),
            ("multiples of G", [g, g + g, g]),
            ("a constant enote", constant),
            ("the next entry of the list", next),
        ] {
            let masks = Masks::random(&mut rand::rng());
            let statement = claim_of(parameters, &set, filler, &masks);
            let members = padded_with(&set, 4, filler);
            let forged = forge(parameters.digits(), &members, 3, masks.components(), statement.transcript());
            let forged = MembershipProof(forged);
            assert!(accepts_over(AnyRing(members), &statement, &forged), "mutant, L = {length}, {what}");
            assert_eq!(verify(&statement, &forged), Err(ProofError::Equation), "L = {length}, {what}");
        }
    }
}

#[test]
fn a_length_or_start_off_by_one_is_refused() {
    let parameters = parameters(2, 3);
    let list = List::random(10);
    for (start, length) in [(1, 3), (1, 7), (1, 8)] {
        let set = list.set(start, length);
        for place in [0, length - 1] {
            let (statement, proof) = proven(parameters, &set, place);
            let moved = [(start - 1, length), (start + 1, length), (start, length - 1), (start, length + 1)];
            for (start, length) in moved.into_iter().filter(|(_, length)| *length <= 8) {
                let set = list.set(start, length);
                let statement = MembershipStatement::new(NET, parameters, set, *statement.image()).unwrap();
                assert_eq!(verify(&statement, &proof), Err(ProofError::Equation), "[{start}, +{length})");
            }
        }
    }
}

/// The lengths and starts again, for a cheater who proves over the true ring and states the other one, so that
/// the transcripts agree.
#[test]
fn an_enote_outside_the_stated_interval_is_refused_though_the_transcript_fits() {
    let parameters = parameters(2, 3);
    let list = List::random(10);
    for (stated, used, place) in [
        // The neighbour before, the neighbour behind, one more than stated, one fewer.
        ((1, 8), (0, 8), 0),
        ((1, 8), (2, 8), 7),
        ((0, 3), (0, 4), 3),
        ((0, 7), (0, 8), 7),
        ((1, 3), (0, 4), 0),
    ] {
        let (set, ring) = (list.set(stated.0, stated.1), list.set(used.0, used.1));
        let masks = Masks::random(&mut rand::rng());
        let statement = claim_of(parameters, &set, *ring.members()[place].components(), &masks);
        let forged =
            forge(parameters.digits(), &components(&ring), place, masks.components(), statement.transcript());
        let forged = MembershipProof(forged);
        assert!(accepts_over(Arc::clone(&ring), &statement, &forged), "mutant over {used:?}");
        assert_eq!(verify(&statement, &forged), Err(ProofError::Equation), "stated {stated:?}");
    }
}

/// A.3 (a) for one component: nothing else catches T = δ·G, an asset without a generator.
#[test]
fn an_asset_tag_without_an_asset_is_refused() {
    let mut rng = rand::rng();
    let omega: Vec<_> = (0..3).map(|_| point(&mut rng)).collect();
    let delta = Secret::new(Scalar::random(&mut rng));
    let tag = Point::encode(Element::mul_base(delta.expose()), "T").unwrap();
    let assets = AssetSet::new(&omega).unwrap();
    let statement = SurjectionStatement { net: NET, body_digest: [1; 32], bundle: 0, j: 0, assets, tag };
    let mut members: Vec<_> = omega.iter().map(|point| [*point.element()]).collect();
    members.push([Element::default()]);
    let digits = Digits::new(2, 2);
    let messages = forge(digits, &members, 3, [&delta], statement.transcript());
    let forged = SurjectionProof::from_bytes(&messages.encode(), &statement.assets).unwrap();

    let (mu, xi) = forged.challenges(&statement).unwrap();
    let mut mutant = Batch::new();
    let ring = AnyRing(members);
    mutant.push_item(alloc::boxed::Box::new(Item { digits, ring, image: [tag], messages, mu, xi }));
    assert!(mutant.verify(&mut rng).is_ok());
    assert_eq!(forged.verify(&statement, &mut rng), Err(ProofError::Equation));
}
