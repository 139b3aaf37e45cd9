//! Row 25, recipes A.4 and A.10: many proofs, one sum.

use rand::{SeedableRng as _, rngs::StdRng};

use super::*;
use crate::{
    BatchError,
    batch::{Linear, nonzero},
    group::generators::{G, Generator, H},
};

fn queue(items: &[(MembershipStatement, MembershipProof)]) -> Batch {
    let mut batch = Batch::new();
    for (position, (statement, proof)) in items.iter().enumerate() {
        assert_eq!(proof.enqueue(statement, &mut batch), Ok(position));
    }
    assert_eq!(batch.equations(), 2 * items.len());
    batch
}

fn culprits(batch: &Batch) -> Vec<usize> {
    match batch.verify(&mut rand::rng()) {
        Ok(()) => Vec::new(),
        Err(BatchError::Failed { culprits }) if !culprits.is_empty() => culprits,
        Err(other) => panic!("{other}"),
    }
}

/// Sets that overlap, nest, are disjoint, adjoin, stop one short, or are the same.
fn sets(list: &List) -> Vec<Arc<ReferenceSet>> {
    let mut sets: Vec<_> = [(4, 8), (8, 8), (4, 7), (5, 3), (20, 8), (12, 8), (4, 1), (0, 1)]
        .map(|(start, length)| list.set(start, length))
        .to_vec();
    // The same set behind the same pointer, and behind another one.
    sets.push(Arc::clone(&sets[0]));
    sets.push(list.set(4, 8));
    sets
}

#[test]
fn intervals_of_every_relation_verify_together() {
    let list = List::random(28);
    let items: Vec<_> = sets(&list)
        .iter()
        .flat_map(|set| [0, set.members().len() - 1].map(|place| proven(parameters(2, 3), set, place)))
        .collect();
    assert_eq!(culprits(&queue(&items)), []);
}

#[test]
fn one_bad_proof_is_named_in_every_place() {
    let list = List::random(28);
    let items: Vec<_> = sets(&list).iter().map(|set| proven(parameters(2, 3), set, 0)).collect();
    let fault: [fn(&mut Messages); 3] = [
        |messages| messages.z += Scalar::ONE,
        |messages| messages.z_A += Scalar::ONE,
        |messages| messages.f[1] += Scalar::ONE,
    ];
    for bad in 0..items.len() {
        let mut items = items.clone();
        fault[bad % fault.len()](&mut items[bad].1.0);
        assert_eq!(culprits(&queue(&items)), [bad]);
    }
    let mut items = items;
    for bad in [1, 4, 5, 9] {
        items[bad].1.0.z += Scalar::ONE;
    }
    assert_eq!(culprits(&queue(&items)), [1, 4, 5, 9]);
    let first = |items: &[_]| queue(items).verify_in_order(&mut rand::rng());
    assert_eq!(first(&items), Err(BatchError::Failed { culprits: Vec::from([1]) }));
    assert_eq!(first(&items[2..4]), Ok(()));
    assert_eq!(first(&items[2..]), Err(BatchError::Failed { culprits: Vec::from([2]) }));
}

#[test]
fn sets_of_other_shapes_share_a_batch() {
    let list = List::random(20);
    let set = list.set(0, 4);
    let items = [
        proven(parameters(2, 2), &set, 3),
        proven(parameters(4, 2), &set, 3),
        proven(parameters(2, 4), &set, 2),
        proven(parameters(2, 3), &list.set(3, 8), 7),
    ];
    assert_eq!(culprits(&queue(&items)), []);
    let mut items = items;
    items[1].1.0.z += Scalar::ONE;
    assert_eq!(culprits(&queue(&items)), [1]);
}

#[test]
fn two_lists_with_other_enotes_at_one_position_are_kept_apart() {
    let (list, fork) = (List::random(8), List::random(8));
    let parameters = parameters(2, 3);
    let items = [proven(parameters, &list.set(0, 8), 3), proven(parameters, &fork.set(0, 8), 3)];
    assert_eq!(culprits(&queue(&items)), []);
}

/// A.4: one start, or the largest length, for all proofs of a batch.
#[test]
fn a_proof_over_the_interval_of_its_neighbour_is_refused() {
    let list = List::random(12);
    let parameters = parameters(2, 3);
    for (stated, neighbour, place) in [((0, 8), (4, 8), 7), ((4, 8), (0, 8), 0), ((0, 3), (0, 8), 5)] {
        let (set, ring) = (list.set(stated.0, stated.1), list.set(neighbour.0, neighbour.1));
        let honest = proven(parameters, &ring, 1);
        let masks = Masks::random(&mut rand::rng());
        let image = Image::of(&ring.members()[place], &masks).unwrap();
        let statement = MembershipStatement::new(NET, parameters, set, image).unwrap();
        let members = components(&ring);
        let forged = forge(parameters.digits(), &members, place, masks.components(), statement.transcript());
        let forged = MembershipProof(forged);

        let mut mutant = Batch::new();
        push_over(Arc::clone(&ring), &honest.0, &honest.1, &mut mutant);
        push_over(Arc::clone(&ring), &statement, &forged, &mut mutant);
        assert_eq!(culprits(&mutant), []);
        let ours = [honest.clone(), (statement, forged), honest];
        assert_eq!(culprits(&queue(&ours)), [1]);
    }
}

/// A.10: the mutant gives every equation the weight 1.
#[test]
fn errors_that_cancel_under_equal_weights_are_refused() {
    let list = List::random(12);
    let parameters = parameters(2, 3);
    let make = || [proven(parameters, &list.set(0, 8), 3), proven(parameters, &list.set(4, 8), 3)];

    // Inside one proof.
    let mut items = make();
    items[0].1.0.z_A += Scalar::ONE;
    items[0].1.0.z -= Scalar::ONE;
    assert!(queue(&items).holds_with_equal_weights());
    assert_eq!(culprits(&queue(&items)), [0]);

    // Between two proofs.
    let mut items = make();
    items[0].1.0.z += Scalar::ONE;
    items[1].1.0.z -= Scalar::ONE;
    assert!(queue(&items).holds_with_equal_weights());
    assert_eq!(culprits(&queue(&items)), [0, 1]);

    // The first equation of one and the second of the other.
    let mut items = make();
    items[0].1.0.z_A += Scalar::ONE;
    items[1].1.0.z -= Scalar::ONE;
    assert!(queue(&items).holds_with_equal_weights());
    assert_eq!(culprits(&queue(&items)), [0, 1]);
}

#[test]
fn an_empty_batch_accepts_nothing() {
    assert_eq!(Batch::new().verify(&mut rand::rng()), Err(BatchError::Empty));
    assert_eq!(Batch::new().verify_in_order(&mut rand::rng()), Err(BatchError::Empty));
    assert_eq!(Batch::new().verify_one(&mut rand::rng()), Err(crate::ProofError::Equation));
}

#[test]
fn items_without_equations_accept_nothing() {
    let mut batch = Batch::new();
    batch.push(Vec::new());
    batch.push(Vec::new());
    assert_eq!(batch.verify(&mut rand::rng()), Err(BatchError::Empty));
    assert_eq!(batch.verify_in_order(&mut rand::rng()), Err(BatchError::Empty));
    assert_eq!(batch.verify_one(&mut rand::rng()), Err(crate::ProofError::Equation));
}

#[test]
fn an_item_without_equations_is_refused_among_others() {
    let holds = || Linear::new().generator(Scalar::ONE, G).point(-Scalar::ONE, &G.point());
    let mut batch = Batch::new();
    for (position, equations) in
        [[holds()].to_vec(), Vec::new(), [holds(), holds()].to_vec()].into_iter().enumerate()
    {
        assert_eq!((batch.len(), batch.is_empty()), (position, position == 0));
        assert_eq!(batch.push(equations), position);
    }
    assert_eq!(batch.equations(), 3);
    assert_eq!(culprits(&batch), [1]);
    assert_eq!(batch.verify_one(&mut rand::rng()), Err(crate::ProofError::Equation));
    assert_eq!(batch.verify_in_order(&mut rand::rng()), Err(BatchError::Failed { culprits: Vec::from([1]) }));
}

#[test]
fn items_of_two_batches_keep_their_places() {
    let queue = |off: u64| {
        let mut batch = Batch::new();
        for scalar in [0, off] {
            batch.push([Linear::new().generator(scalar.into(), G)].to_vec());
        }
        batch
    };
    let mut batch = queue(0);
    assert_eq!((batch.append(queue(1)), batch.len()), (2, 4));
    assert_eq!(culprits(&batch), [3]);
}

#[test]
fn no_weight_is_zero() {
    assert_eq!(nonzero(Scalar::ZERO), Scalar::ONE);
    assert_eq!(nonzero(Scalar::from(5u64)), Scalar::from(5u64));
}

/// Whoever knows a weight before the scalars are fixed chooses errors that cancel.
fn weight(seed: u64, batch: &Batch) -> Scalar {
    batch.first_weight(&mut StdRng::seed_from_u64(seed))
}

#[test]
fn a_repeating_generator_gives_other_weights_for_any_other_scalar() {
    let item = |change: &dyn Fn(&mut Item<3, Arc<ReferenceSet>>)| {
        let members: Vec<_> = (0..2).map(|_| Arc::new(Member::new(&G.point(), &G.point(), &G.point()))).collect();
        let digits = parameters(2, 2).digits();
        let messages = Messages {
            A: G.point(),
            B: G.point(),
            X: [G.point(); 2].to_vec(),
            f: [Scalar::ONE; 2].to_vec(),
            z_A: Scalar::ONE,
            z: Scalar::ONE,
        };
        let ring = List::set_of(0, members);
        let mut item = Item { digits, ring, image: [G.point(); 3], messages, mu: Scalar::ONE, xi: Scalar::ONE };
        change(&mut item);
        let mut batch = Batch::new();
        batch.push_item(alloc::boxed::Box::new(item));
        weight(7, &batch)
    };
    let unchanged = item(&|_| ());
    assert_eq!(item(&|_| ()), unchanged);
    type Change<'a> = &'a dyn Fn(&mut Item<3, Arc<ReferenceSet>>);
    let changes: [(&str, Change<'_>); 6] = [
        ("f_0", &|item| item.messages.f[0] += Scalar::ONE),
        ("f_1", &|item| item.messages.f[1] += Scalar::ONE),
        ("z_A", &|item| item.messages.z_A += Scalar::ONE),
        ("z", &|item| item.messages.z += Scalar::ONE),
        ("μ", &|item| item.mu += Scalar::ONE),
        ("ξ", &|item| item.xi += Scalar::ONE),
    ];
    for (name, change) in changes {
        assert_ne!(item(change), unchanged, "{name}");
    }

    let linear = |[generator, point]: [u64; 2], base: Generator| {
        let mut batch = Batch::new();
        batch.push([Linear::new().generator(generator.into(), G).point(point.into(), &base.point())].to_vec());
        batch
    };
    let unchanged = weight(7, &linear([1, 1], G));
    assert_eq!(weight(7, &linear([1, 1], G)), unchanged);
    for changed in [[2, 1], [1, 2]] {
        assert_ne!(weight(7, &linear(changed, G)), unchanged, "{changed:?}");
    }
    assert_ne!(weight(7, &linear([1, 1], H)), unchanged, "the point");
    assert_ne!(weight(8, &linear([1, 1], G)), unchanged, "the generator");
}
