//! Rows 16 to 23 and 112.

use super::*;
use crate::{
    DecodeError,
    batch::Equations as _,
    group::{
        domain,
        generators::{A0, G, X},
    },
    membership::{
        AssetSet,
        verifier::{products, second_challenge},
    },
};

#[test]
fn every_place_of_every_shape_is_proven() {
    for (n, m) in [(2, 2), (2, 3), (3, 2), (3, 3), (4, 2), (2, 5), (5, 2)] {
        let parameters = parameters(n, m);
        let size = parameters.digits().size();
        let set = List::random(size).set(0, size);
        for place in 0..size {
            let (statement, proof) = proven(parameters, &set, place);
            assert_eq!(verify(&statement, &proof), Ok(()), "{place} of {parameters:?}");
        }
    }
}

#[test]
fn first_last_and_mixed_places_of_the_networks_sets_are_proven() {
    for (parameters, places) in [
        (SetParameters::TEST, [0, 85, 127]),
        (SetParameters::MAIN, [0, 0b11_10_01_00_11, 1023]),
        (parameters(32, 2), [0, 700, 1023]),
    ] {
        let size = parameters.digits().size();
        let set = List::random(size).set(0, size);
        for place in places {
            let (statement, proof) = proven(parameters, &set, place);
            assert_eq!(proof.to_bytes().len(), MembershipProof::len(parameters));
            assert_eq!(verify(&statement, &proof), Ok(()), "{place} of {parameters:?}");
        }
    }
}

#[test]
fn every_flipped_byte_is_refused() {
    let parameters = parameters(3, 2);
    let (statement, proof) = proven(parameters, &List::random(9).set(0, 9), 4);
    let bytes = proof.to_bytes();
    assert_eq!(MembershipProof::from_bytes(&bytes, parameters), Ok(proof));
    for place in 0..bytes.len() {
        for bit in [0x01, 0x10, 0x80] {
            let mut bytes = bytes.clone();
            bytes[place] ^= bit;
            let refused = match MembershipProof::from_bytes(&bytes, parameters) {
                Ok(proof) => verify(&statement, &proof) == Err(ProofError::Equation),
                Err(_) => true,
            };
            assert!(refused, "byte {place} ^ {bit}");
        }
    }
}

#[test]
fn components_of_different_members_are_refused() {
    let parameters = parameters(2, 3);
    let list = List::random(8);
    let set = list.set(0, 8);
    for parts in [[1, 2, 1], [1, 1, 2], [2, 1, 1], [0, 1, 2]] {
        let masks = Masks::random(&mut rand::rng());
        let [K, C, T] = core::array::from_fn(|i| list.0[parts[i]].components()[i]);
        let mixed = Member([K, C, T]);
        let image = Image::of(&mixed, &masks).unwrap();
        let statement = MembershipStatement::new(NET, parameters, Arc::clone(&set), image).unwrap();
        for place in parts {
            let witness = MembershipWitness::new(place as u64, masks.clone());
            let refused = MembershipProof::prove(&statement, &witness, &mut rand::rng());
            assert_eq!(refused, Err(ProofError::Witness { what: "masks of the image" }));
            let transcript = statement.transcript();
            let forged = forge(parameters.digits(), &components(&set), place, masks.components(), transcript);
            assert_eq!(verify(&statement, &MembershipProof(forged)), Err(ProofError::Equation));
        }
    }
}

#[test]
fn an_image_with_a_part_on_another_generator_is_refused() {
    let parameters = parameters(2, 3);
    let set = List::random(8).set(0, 8);
    for generator in [X, A0] {
        for part in 0..3 {
            let (statement, witness) = claim(parameters, &set, 3);
            let mut image = *statement.image();
            let shifted = [&mut image.key, &mut image.commitment, &mut image.asset_tag].into_iter().nth(part);
            let shifted = shifted.unwrap();
            *shifted = Point::encode(shifted.element() + generator.element(), "shifted").unwrap();
            let statement = MembershipStatement::new(NET, parameters, Arc::clone(&set), image).unwrap();
            let masks = witness.masks.components();
            let forged = forge(parameters.digits(), &components(&set), 3, masks, statement.transcript());
            assert_eq!(verify(&statement, &MembershipProof(forged)), Err(ProofError::Equation));
        }
    }
}

#[test]
fn every_altered_element_of_the_statement_is_refused() {
    let parameters = parameters(2, 3);
    let list = List::random(9);
    let set = list.set(1, 8);
    let (statement, proof) = proven(parameters, &set, 3);
    let image = *statement.image();
    let other = |set: ReferenceSet, image| MembershipStatement::new(NET, parameters, Arc::new(set), image).unwrap();
    let build = |kind, start, from: u8, to: u8, members: &[Arc<Member>]| {
        let (from, to) = (Accumulator([from; 32]), Accumulator([to; 32]));
        ReferenceSet::new(kind, start, from, to, members.to_vec()).unwrap()
    };
    let members = set.members();
    let (open, closed) = (ReferenceKind::Open, ReferenceKind::Closed);
    assert_eq!(verify(&other(build(open, 1, 1, 9, members), image), &proof), Ok(()));

    let mut exchanged = members.to_vec();
    exchanged.swap(0, 7);
    let mut replaced = members.to_vec();
    replaced[6] = Arc::clone(&list.0[0]);
    let sets = [
        ("kind", build(closed, 1, 1, 9, members)),
        ("start", build(open, 2, 1, 9, members)),
        ("L", build(open, 1, 1, 9, &members[..7])),
        ("acc_start", build(open, 1, 2, 9, members)),
        ("acc_end", build(open, 1, 1, 8, members)),
        ("order of the members", build(open, 1, 1, 9, &exchanged)),
        ("a member", build(open, 1, 1, 9, &replaced)),
    ];
    for (what, set) in sets {
        assert_eq!(verify(&other(set, image), &proof), Err(ProofError::Equation), "{what}");
    }
    let Image { key, commitment, asset_tag } = image;
    for (what, image) in [
        ("K~", Image { key: X.point(), ..image }),
        ("C~", Image { commitment: X.point(), ..image }),
        ("T~", Image { asset_tag: X.point(), ..image }),
        ("order", Image { key: commitment, commitment: asset_tag, asset_tag: key }),
    ] {
        let statement = MembershipStatement::new(NET, parameters, Arc::clone(&set), image).unwrap();
        assert_eq!(verify(&statement, &proof), Err(ProofError::Equation), "{what}");
    }
    let elsewhere = MembershipStatement::new(NetworkId([8; 32]), parameters, set, image).unwrap();
    assert_eq!(verify(&elsewhere, &proof), Err(ProofError::Equation), "net");
}

#[test]
fn other_challenges_are_refused_and_mu_is_drawn_before_the_messages() {
    let parameters = parameters(2, 3);
    let (statement, proof) = proven(parameters, &List::random(8).set(0, 8), 3);
    let accepts = |mu: Scalar, xi: Scalar| {
        let mut batch = Batch::new();
        let image = statement.image().components().map(|point| *point);
        let (digits, ring, messages) = (parameters.digits(), Arc::clone(statement.set()), proof.0.clone());
        batch.push_item(alloc::boxed::Box::new(Item { digits, ring, image, messages, mu, xi }));
        batch.verify(&mut rand::rng()).is_ok()
    };
    let (mu, xi) = proof.challenges(&statement).unwrap();
    assert!(accepts(mu, xi));
    assert!(!accepts(mu * mu, xi));
    assert!(!accepts(Scalar::ONE, xi));
    assert!(!accepts(mu, xi + Scalar::ONE));

    // A mutant that draws μ but not from the transcript: its ξ is another one.
    let first = &proof.0;
    let undrawn = second_challenge(&mut statement.transcript(), &first.A, &first.B, &first.X).unwrap();
    assert_ne!(undrawn, xi);
    assert!(!accepts(mu, undrawn));
}

#[test]
fn equal_members_at_different_places_are_harmless() {
    let parameters = parameters(2, 3);
    let list = List::random(3);
    let members = [0, 1, 2, 1, 1, 0, 2, 1].map(|i| Arc::clone(&list.0[i]));
    let set = List::set_of(0, members.to_vec());
    for place in 0..8 {
        let (statement, proof) = proven(parameters, &set, place);
        assert_eq!(verify(&statement, &proof), Ok(()));
    }
}

/// Row 113: the number of the anchor is in no transcript, its length is, through start, L and the accumulator.
#[test]
fn two_anchors_of_equal_length_are_one_statement_and_the_next_entry_makes_another() {
    use crate::membership::{ListView, Reference, ReferenceError};
    let parameters = parameters(2, 3);
    let list = List::random(10);
    let view = ListView { height: 20, length: 10, parameters, min_length: 4 };
    let lengths = [0, 4, 9, 9, 10];
    let set = |anchor: u32| {
        let reference = Reference::Open { anchor };
        let interval = reference.resolve(&view, |a| Ok::<_, ReferenceError>(lengths[a as usize])).unwrap();
        list.set(interval.start as usize, interval.length as usize)
    };
    let (statement, proof) = proven(parameters, &set(2), 5);
    let under = |anchor| MembershipStatement::new(NET, parameters, set(anchor), *statement.image()).unwrap();
    assert_eq!(verify(&under(3), &proof), Ok(()));
    assert_eq!(verify(&under(4), &proof), Err(ProofError::Equation));
    assert_eq!(verify(&under(1), &proof), Err(ProofError::Equation));
}

#[test]
fn wrong_lengths_are_refused() {
    let (small, large) = (parameters(2, 3), parameters(3, 2));
    // Equal lengths, other counts: 3 points X and 3 responses against 2 and 4.
    assert_eq!(MembershipProof::len(small), MembershipProof::len(large));
    let (statement, proof) = proven(small, &List::random(8).set(0, 8), 3);
    let bytes = proof.to_bytes();
    for length in [0, 31, bytes.len() - 32, bytes.len() - 1] {
        let error = MembershipProof::from_bytes(&bytes[..length], small).unwrap_err();
        assert_eq!(error, DecodeError::Length { what: "membership proof", expected: bytes.len(), found: length });
    }
    // f_{0,0} sent as well.
    let mut longer = bytes.clone();
    longer.splice(5 * 32..5 * 32, [0; 32]);
    assert!(matches!(MembershipProof::from_bytes(&longer, small), Err(DecodeError::Length { .. })));

    let (other_statement, other_proof) = proven(large, &List::random(9).set(0, 9), 3);
    assert!(matches!(verify(&statement, &other_proof), Err(ProofError::Shape { found: 2, expected: 3, .. })));
    assert!(matches!(verify(&other_statement, &proof), Err(ProofError::Shape { found: 3, expected: 2, .. })));
    let mut messages = proof.0.clone();
    messages.f.push(Scalar::ZERO);
    assert!(matches!(verify(&statement, &MembershipProof(messages)), Err(ProofError::Shape { found: 4, .. })));
}

#[test]
fn a_set_larger_than_n_to_the_m_is_refused() {
    let set = List::random(9).set(0, 9);
    let masks = Masks::random(&mut rand::rng());
    let image = Image::of(&set.members()[0], &masks).unwrap();
    let error = MembershipStatement::new(NET, parameters(2, 3), set, image).unwrap_err();
    assert_eq!(error, ProofError::Shape { what: "members of a reference set", expected: 8, found: 9 });
}

#[test]
fn a_proof_of_another_image_or_network_is_refused() {
    let parameters = parameters(2, 3);
    let set = List::random(8).set(0, 8);
    let (statement, proof) = proven(parameters, &set, 3);
    let (other, _) = claim(parameters, &set, 3);
    assert_eq!(verify(&other, &proof), Err(ProofError::Equation));
    let elsewhere = MembershipStatement::new(NetworkId([8; 32]), parameters, set, *statement.image()).unwrap();
    assert_eq!(verify(&elsewhere, &proof), Err(ProofError::Equation));
}

#[test]
fn a_proof_made_under_another_label_is_refused() {
    let parameters = parameters(2, 3);
    let set = List::random(8).set(0, 8);
    let (statement, witness) = claim(parameters, &set, 3);
    let relabelled = |label| {
        let mut transcript = Transcript::new(label, &NET);
        for value in [2, 3, 3, set.kind().to_byte().into(), set.start(), 8] {
            transcript.int(value);
        }
        transcript.bytes(set.acc_start().as_bytes());
        transcript.bytes(set.acc_end().as_bytes());
        statement.image().components().into_iter().for_each(|point| transcript.point(point));
        let masks = witness.masks.components();
        MembershipProof(forge(parameters.digits(), &components(&set), 3, masks, transcript))
    };
    assert_eq!(verify(&statement, &relabelled(domain::MEMBER)), Ok(()));
    assert_eq!(verify(&statement, &relabelled(domain::SURJECTION)), Err(ProofError::Equation));
}

#[test]
fn a_part_of_another_proof_is_refused() {
    let parameters = parameters(2, 3);
    let set = List::random(8).set(0, 8);
    let (statement, witness) = claim(parameters, &set, 3);
    let prove = || MembershipProof::prove(&statement, &witness, &mut rand::rng()).unwrap();
    // Two proofs of one statement by one witness: only the nonces differ.
    let (proof, other) = (prove(), prove());
    assert_eq!((verify(&statement, &proof), verify(&statement, &other)), (Ok(()), Ok(())));
    let parts: [Change<'_, Messages>; 6] = [
        ("A", &|messages| messages.A = other.0.A),
        ("B", &|messages| messages.B = other.0.B),
        ("X_1", &|messages| messages.X[1] = other.0.X[1]),
        ("f", &|messages| messages.f[2] = other.0.f[2]),
        ("z_A", &|messages| messages.z_A = other.0.z_A),
        ("z", &|messages| messages.z = other.0.z),
    ];
    for (what, exchange) in parts {
        let mut messages = proof.0.clone();
        exchange(&mut messages);
        assert_eq!(verify(&statement, &MembershipProof(messages)), Err(ProofError::Equation), "{what}");
    }
}

#[test]
fn the_products_of_the_responses_add_up_to_xi_to_the_m() {
    for (n, m) in [(2, 7), (4, 5), (3, 4)] {
        let parameters = parameters(n, m);
        let digits = parameters.digits();
        let set = List::random(digits.size()).set(0, digits.size());
        let (statement, proof) = proven(parameters, &set, 17);
        let (_, xi) = proof.challenges(&statement).unwrap();
        let f = proof.0.responses(digits, &xi);
        let p = products(digits.n, Scalar::ONE, &f);
        assert_eq!(p.len(), digits.size());
        assert_eq!(p.iter().sum::<Scalar>(), (0..m).map(|_| xi).product::<Scalar>());
        for k in [0, 1, digits.n, digits.size() - 1] {
            let product: Scalar = digits.of(k).enumerate().map(|(j, digit)| f[j * digits.n + digit]).product();
            assert_eq!(p[k], product);
        }
    }
}

#[test]
fn the_prover_refuses_a_witness_that_does_not_fit() {
    let parameters = parameters(2, 3);
    let set = List::random(5).set(0, 5);
    let (statement, witness) = claim(parameters, &set, 3);
    let refused = |place: u64, masks: Masks| {
        let witness = MembershipWitness::new(place, masks);
        MembershipProof::prove(&statement, &witness, &mut rand::rng()).unwrap_err()
    };
    for place in [5, 7, 8, u64::MAX] {
        assert_eq!(refused(place, witness.masks.clone()), ProofError::Witness { what: "place in the set" });
    }
    let masks = ProofError::Witness { what: "masks of the image" };
    assert_eq!(refused(4, witness.masks.clone()), masks);
    let fresh = || Masks::random(&mut rand::rng());
    assert_eq!(refused(3, Masks { key: fresh().key, ..witness.masks.clone() }), masks);
    assert_eq!(refused(3, Masks { commitment: fresh().commitment, ..witness.masks.clone() }), masks);
    assert_eq!(refused(3, Masks { asset_tag: fresh().asset_tag, ..witness.masks.clone() }), masks);
}

#[test]
fn the_folded_points_are_those_of_the_sum_in_the_law() {
    for (n, m, length) in [(2, 3, 8), (3, 2, 9), (4, 2, 11), (2, 4, 1)] {
        let parameters = parameters(n, m);
        let digits = parameters.digits();
        let set = List::random(length).set(0, length);
        for place in [0, length / 2, digits.size() - 1] {
            let (statement, witness) = claim(parameters, &set, place);
            let opening = Opening { place: &witness.place, masks: witness.masks.components() };
            let nonces = Nonces::draw(digits, &statement.transcript(), &opening, &mut rand::rng());
            let proof = MembershipProof::prove_with_nonces(&statement, &witness, &nonces).unwrap();
            let (mu, _) = proof.challenges(&statement).unwrap();
            let weigh = |parts: &[Element; 3]| parts[0] + mu * (parts[1] + mu * parts[2]);
            let image = weigh(&statement.image().components().map(|point| *point.element()));
            let members = components(&set);
            for (j, found) in proof.0.X.iter().enumerate() {
                let mut expected = nonces.rho.expose()[j] * G.element();
                for k in 0..digits.size() {
                    let W = weigh(&members[k.min(length - 1)]);
                    expected += coefficient(digits, place, nonces.a.expose(), k, j) * (image - W);
                }
                assert_eq!(*found.element(), expected, "X_{j} for {place} of {length} in {parameters:?}");
            }
        }
    }
}

/// p_{k,j}: the coefficient of ξ^j of ∏_j (δ_{j,k_j}·ξ + a_{j,k_j}), term by term.
fn coefficient(digits: Digits, l: usize, a: &[Scalar], k: usize, j: usize) -> Scalar {
    let mut polynomial = alloc::vec![Scalar::ONE];
    for (place, (digit, secret)) in digits.of(k).zip(digits.of(l)).enumerate() {
        let row = &a[place * (digits.n - 1)..][..digits.n - 1];
        let constant = if digit == 0 { -row.iter().sum::<Scalar>() } else { row[digit - 1] };
        let mut product = alloc::vec![Scalar::ZERO; polynomial.len() + 1];
        for (power, coefficient) in polynomial.iter().enumerate() {
            product[power] += coefficient * constant;
            if digit == secret {
                product[power + 1] += coefficient;
            }
        }
        polynomial = product;
    }
    polynomial[j]
}

#[test]
fn secrets_are_not_printed() {
    let (statement, witness) = claim(parameters(2, 2), &List::random(4).set(0, 4), 3);
    let opening = Opening { place: &witness.place, masks: witness.masks.components() };
    let nonces = Nonces::draw(Digits::new(2, 2), &statement.transcript(), &opening, &mut rand::rng());
    assert_eq!(
        alloc::format!("{witness:?}"),
        "MembershipWitness { place: Secret(..), masks: Masks { key: Secret(..), commitment: Secret(..), \
         asset_tag: Secret(..) } }"
    );
    assert_eq!(
        alloc::format!("{nonces:?}"),
        "Nonces { a: Secret(..), r_A: Secret(..), r_B: Secret(..), rho: Secret(..) }"
    );
}

/// Nothing cancels: every message and challenge is random.
fn adds_up_as_written<const D: usize, R: Ring<D>>(digits: Digits, ring: R, members: &[[Element; D]]) {
    let rng = &mut rand::rng();
    let messages = Messages {
        A: point(rng),
        B: point(rng),
        X: (0..digits.m).map(|_| point(rng)).collect(),
        f: (0..digits.m * (digits.n - 1)).map(|_| Scalar::random(rng)).collect(),
        z_A: Scalar::random(rng),
        z: Scalar::random(rng),
    };
    let image = [(); D].map(|()| point(rng));
    let item = Item { digits, ring, image, messages, mu: Scalar::random(rng), xi: Scalar::random(rng) };
    let weights = [Scalar::random(rng), Scalar::random(rng)];
    let mut sum = Sum::new();
    item.add_to(&weights, &mut sum);
    let [first, second] = item.equations_as_written(members);
    assert_eq!(sum.evaluate(), first * weights[0] + second * weights[1], "{digits:?}, {} members", members.len());
}

#[test]
fn the_verifier_adds_up_the_equations_as_they_are_written() {
    let list = List::random(11);
    for (n, m, length) in [(2, 3, 8), (2, 3, 5), (3, 2, 9), (4, 2, 1)] {
        let set = list.set(2, length);
        adds_up_as_written(Digits::new(n, m), Arc::clone(&set), &components(&set));
    }
    let omega: Vec<Point> = (0..3).map(|_| point(&mut rand::rng())).collect();
    let assets = AssetSet::new(&omega).unwrap();
    let members: Vec<_> = assets.padded().iter().map(|asset| [*asset.element()]).collect();
    adds_up_as_written(Digits::new(2, 2), assets, &members);
}
