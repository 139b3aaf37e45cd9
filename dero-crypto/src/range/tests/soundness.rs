//! Sizes, values, paddings, batches: attacks 34 to 40, 117, 118.

use alloc::vec::Vec;

use rand::{Rng as _, SeedableRng as _, rngs::StdRng};

use super::super::{
    BITS, Commitments, Opening, RangeProof, Statement, Witness,
    inner_product::{Argument, Bases, vector_generators},
    prover::Shift,
    verifier::{Challenges, Equation},
};
use crate::{
    BatchError, DecodeError, NetworkId, ProofError,
    batch::{Batch, Equations, Sum},
    commitment::Amount,
    group::{
        Element, Point, Scalar,
        generators::{G, H},
        sum_of_products,
    },
    secret::Secret,
};

fn random() -> Scalar {
    let mut wide = [0; 64];
    rand::rng().fill_bytes(&mut wide);
    Scalar::from_bytes_mod_order_wide(&wide)
}

pub(super) fn openings(amounts: &[u64]) -> Vec<Opening> {
    amounts.iter().map(|amount| Opening::new(Amount(*amount), random())).collect()
}

pub(super) fn statement(openings: &[Opening]) -> Statement {
    let sent = openings.iter().map(|opening| opening.commit().unwrap()).collect();
    about(sent)
}

fn about(sent: Vec<Point>) -> Statement {
    Statement {
        net: NetworkId([1; 32]),
        body_digest: [2; 32],
        bundle: 3,
        commitments: Commitments::new(sent).unwrap(),
    }
}

fn proven(amounts: &[u64]) -> (Statement, RangeProof) {
    let openings = openings(amounts);
    let statement = statement(&openings);
    let proof = RangeProof::prove(&statement, &Witness::new(openings), &mut rand::rng()).unwrap();
    (statement, proof)
}

fn verdict(statement: &Statement, proof: &RangeProof) -> Result<(), ProofError> {
    proof.verify(statement, &mut rand::rng())
}

/// A prover that follows the paper with any vector a_L in place of bits, over any commitments: the rounds fold the
/// generators from the first on, a second way to the same messages.
fn dishonest(statement: &Statement, a_L: Vec<Scalar>, masks: &[Scalar]) -> RangeProof {
    let nonces: Vec<Scalar> = (0..64).map(|_| random()).collect();
    by_the_paper(statement, a_L, masks, &nonces)
}

fn by_the_paper(statement: &Statement, a_L: Vec<Scalar>, masks: &[Scalar], nonces: &[Scalar]) -> RangeProof {
    let mut nonces = nonces.iter().map(|nonce| Secret::new(*nonce));
    let mut nonces = || nonces.next().unwrap();
    let mut transcript = statement.transcript();
    statement.commitments.absorb(&mut transcript);
    let N = a_L.len();
    let (g, h) = vector_generators(N);
    let a_R: Vec<Scalar> = a_L.iter().map(|a| a - Scalar::ONE).collect();
    let alpha = nonces();
    let A = Element::mul_base(alpha.expose()) + sum_of_products(&a_L, g) + sum_of_products(&a_R, h);
    let A = Point::encode(A, "A").unwrap();
    transcript.point(&A);
    let shift = Shift::new(transcript.challenge().unwrap(), transcript.challenge().unwrap(), N / BITS);
    let vectors = shift.vectors(&Secret::new(a_L), &alpha, masks.iter());
    Argument::new(transcript, &shift.powers, vectors, &mut nonces).finish(A, Bases::original(N)).unwrap()
}

fn commit(value: &Scalar, mask: &Scalar) -> Point {
    Point::encode(H.element() * value + G.element() * mask, "V").unwrap()
}

fn bits(value: u64) -> Vec<Scalar> {
    (0..BITS).map(|b| Scalar::from(value >> b & 1)).collect()
}

fn two_64() -> Scalar {
    Scalar::from(1u128 << 64)
}

// Positive cases.

#[test]
fn smallest_and_largest_amounts_are_accepted() {
    for amount in [0, 1, 1 << 63, u64::MAX] {
        let (statement, proof) = proven(&[amount]);
        assert_eq!(verdict(&statement, &proof), Ok(()), "{amount}");
    }
    let (statement, proof) = proven(&[0, 1, 1 << 63, u64::MAX]);
    assert_eq!(verdict(&statement, &proof), Ok(()));
}

#[test]
fn every_count_up_to_sixteen_is_proven_in_the_size_of_the_formula() {
    for count in 1..=16usize {
        let (statement, proof) = proven(&(0..count as u64).collect::<Vec<_>>());
        let m = count.next_power_of_two();
        let formula = 32 * (2 * (64 * m).ilog2() as usize + 6);
        assert_eq!(proof.to_bytes().len(), formula);
        assert_eq!(RangeProof::len(count), Ok(formula));
        assert_eq!(RangeProof::from_bytes(&proof.to_bytes(), count).as_ref(), Ok(&proof));
        assert_eq!(verdict(&statement, &proof), Ok(()), "{count}");
    }
    assert_eq!([1, 2, 4, 8, 16].map(|m| RangeProof::len(m).unwrap()), [576, 640, 704, 768, 832]);
}

#[test]
fn rounds_from_bits_and_rounds_that_fold_give_the_same_messages() {
    for amounts in [&[u64::MAX / 3][..], &[5, 1 << 63], &[0, 1, 2], &[9; 16]] {
        let (openings, m) = (openings(amounts), amounts.len().next_power_of_two());
        let statement = statement(&openings);
        let nonces: Vec<Scalar> = (0..2 * (64 * m).ilog2() + 5).map(|_| random()).collect();
        let masks: Vec<Scalar> = openings.iter().map(|opening| *opening.mask()).collect();
        let mut a_L: Vec<Scalar> = amounts.iter().flat_map(|amount| bits(*amount)).collect();
        a_L.resize(64 * m, Scalar::ZERO);
        let fast = RangeProof::prove_with_nonces(&statement, &Witness::new(openings), &nonces).unwrap();
        assert_eq!(fast, by_the_paper(&statement, a_L, &masks, &nonces));
    }
}

#[test]
fn proofs_of_all_sizes_share_a_batch() {
    let mut batch = Batch::new();
    for (place, amounts) in [&[1][..], &[2, 3], &[4; 5], &[u64::MAX; 16]].into_iter().enumerate() {
        let (statement, proof) = proven(amounts);
        assert_eq!(proof.enqueue(&statement, &mut batch), Ok(place));
    }
    assert_eq!(batch.equations(), 4);
    assert_eq!(batch.verify(&mut rand::rng()), Ok(()));
}

#[test]
fn a_row_with_other_leading_items_proves_and_verifies_there_only() {
    let openings = openings(&[10, 20]);
    let statement = statement(&openings);
    let commitments = &statement.commitments;
    let prefix = |item: u64| {
        let mut prefix = statement.transcript();
        prefix.int(item);
        prefix
    };
    let proof = RangeProof::prove_after(prefix(7), commitments, &Witness::new(openings), &mut rand::rng()).unwrap();
    let verdict = |prefix| {
        let mut batch = Batch::new();
        proof.enqueue_after(prefix, commitments, &mut batch).unwrap();
        batch.verify_one(&mut rand::rng())
    };
    assert_eq!(verdict(prefix(7)), Ok(()));
    assert_eq!(verdict(prefix(8)), Err(ProofError::Equation));
    assert_eq!(verdict(statement.transcript()), Err(ProofError::Equation));
}

// Values outside the range.

#[test]
fn values_outside_64_bits_are_refused() {
    let below_zero = -Scalar::ONE;
    let minus_two_63 = -Scalar::from(1u64 << 63);
    for value in [two_64(), below_zero, minus_two_63, two_64() + Scalar::ONE, -two_64()] {
        let mask = random();
        let statement = about([commit(&value, &mask)].into());
        // Bits of the value's lowest 64, and of nothing.
        let low = u64::from_le_bytes(value.as_bytes()[..8].try_into().unwrap());
        for claimed in [low, 0, u64::MAX] {
            let proof = dishonest(&statement, bits(claimed), &[mask]);
            assert_eq!(verdict(&statement, &proof), Err(ProofError::Equation));
        }
        // A digit that is no bit, so that the digits add up to the value.
        for place in [0, 63] {
            let mut digits = bits(0);
            digits[place] = value * Scalar::from(1u64 << place).invert();
            let proof = dishonest(&statement, digits, &[mask]);
            assert_eq!(verdict(&statement, &proof), Err(ProofError::Equation));
        }
    }
}

#[test]
fn the_dishonest_prover_succeeds_with_bits() {
    let mask = random();
    let statement = about([commit(&Scalar::from(77u64), &mask)].into());
    assert_eq!(verdict(&statement, &dishonest(&statement, bits(77), &[mask])), Ok(()));
}

#[test]
fn values_that_overflow_together_are_refused() {
    // 2^64 + 5 and −2^64: each wrong, the sum right.
    let masks = [random(), random()];
    let values = [two_64() + Scalar::from(5u64), -two_64()];
    let statement = about([commit(&values[0], &masks[0]), commit(&values[1], &masks[1])].into());
    let proof = dishonest(&statement, [bits(5), bits(0)].concat(), &masks);
    assert_eq!(verdict(&statement, &proof), Err(ProofError::Equation));
}

// Counts and padding.

#[test]
fn no_value_and_seventeen_values_are_refused() {
    let V = openings(&[1])[0].commit().unwrap();
    for (sent, found) in [(Vec::new(), 0), ([V; 17].to_vec(), 17)] {
        let limit = DecodeError::Limit { what: "range values", found, min: 1, max: 16 };
        assert_eq!(Commitments::new(sent), Err(limit));
        assert_eq!(RangeProof::len(found as usize), Err(limit));
        assert_eq!(RangeProof::from_bytes(&[0; 896], found as usize), Err(limit));
    }
}

#[test]
fn padding_that_carries_a_value_is_refused() {
    // Proven for four commitments; shown for the first three, so that the fourth would be padding.
    let masks: Vec<Scalar> = (0..4).map(|_| random()).collect();
    let values = [1u64, 2, 3, 4];
    let sent: Vec<Point> = values.iter().zip(&masks).map(|(v, mask)| commit(&Scalar::from(*v), mask)).collect();
    let statement = about(sent[..3].to_vec());
    let a_L: Vec<Scalar> = values.iter().flat_map(|value| bits(*value)).collect();
    let proof = dishonest(&statement, a_L, &masks);
    assert_eq!(verdict(&statement, &proof), Err(ProofError::Equation));
}

#[test]
fn padding_by_hand_is_refused() {
    // Three values and a fourth commitment to zero that the sender chose: another count, another proof.
    let (three, proof) = proven(&[1, 2, 3]);
    let mut sent = three.commitments.as_slice().to_vec();
    sent.push(commit(&Scalar::ZERO, &Scalar::ONE));
    assert_eq!(verdict(&about(sent), &proof), Err(ProofError::Equation));
    assert_eq!(Opening::new(Amount(0), Scalar::ZERO).commit(), Err(DecodeError::Identity { what: "V" }));
}

#[test]
fn a_proof_for_another_m_is_refused() {
    // One value proven as two, the second of which is padding.
    let (amounts, masks) = ([9u64], [random()]);
    let one = about([commit(&Scalar::from(9u64), &masks[0])].into());
    let wide = dishonest(&one, [bits(amounts[0]), bits(0)].concat(), &masks);
    let shape = ProofError::Shape { what: "rounds of a range proof", expected: 6, found: 7 };
    assert_eq!(verdict(&one, &wide), Err(shape));
    assert_eq!(
        RangeProof::from_bytes(&wide.to_bytes(), 1),
        Err(DecodeError::Length { what: "range proof", expected: 576, found: 640 })
    );

    // Two values with a proof for one.
    let (first, proof) = proven(&[9]);
    let two = about([first.commitments.as_slice()[0]; 2].into());
    let shape = ProofError::Shape { what: "rounds of a range proof", expected: 7, found: 6 };
    assert_eq!(verdict(&two, &proof), Err(shape));
    assert_eq!(
        RangeProof::from_bytes(&proof.to_bytes(), 2),
        Err(DecodeError::Length { what: "range proof", expected: 640, found: 576 })
    );
}

#[test]
fn count_is_bound_where_m_does_not_change() {
    let (three, proof) = proven(&[1, 2, 0]);
    let two_and_padding = about([three.commitments.as_slice(), &three.commitments.as_slice()[..1]].concat());
    assert_eq!(verdict(&two_and_padding, &proof), Err(ProofError::Equation));
}

// The statement.

#[test]
fn every_item_of_the_statement_is_bound() {
    let (good, proof) = proven(&[1, 2, 3]);
    assert_eq!(verdict(&good, &proof), Ok(()));
    let refused = |change: &dyn Fn(&mut Statement)| {
        let mut changed = good.clone();
        change(&mut changed);
        assert_eq!(verdict(&changed, &proof), Err(ProofError::Equation));
    };
    refused(&|statement| statement.net.0[0] ^= 1);
    refused(&|statement| statement.body_digest[31] ^= 1);
    refused(&|statement| statement.bundle += 1);
    for place in 0..3 {
        refused(&|statement| {
            let mut sent = good.commitments.as_slice().to_vec();
            sent[place] = Point::encode(sent[place].element() + G.element(), "V").unwrap();
            statement.commitments = Commitments::new(sent).unwrap();
        });
    }
}

#[test]
fn exchanged_commitments_are_refused() {
    let (good, proof) = proven(&[4, 4]);
    let sent = good.commitments.as_slice();
    assert_eq!(verdict(&about([sent[1], sent[0]].into()), &proof), Err(ProofError::Equation));

    // Of two bundles, and of another transaction.
    let (other, other_proof) = proven(&[4, 4]);
    assert_eq!(
        verdict(&about([sent[0], other.commitments.as_slice()[1]].into()), &proof),
        Err(ProofError::Equation)
    );
    assert_eq!(verdict(&good, &other_proof), Err(ProofError::Equation));
    assert_eq!(verdict(&other, &proof), Err(ProofError::Equation));
}

#[test]
fn commitments_shifted_by_a_kept_sum_are_refused() {
    let (good, proof) = proven(&[7, 8]);
    let [first, second] = good.commitments.as_slice() else { panic!("two") };
    let shifted = [first.element() + H.element(), second.element() - H.element()];
    let sent = shifted.map(|V| Point::encode(V, "V").unwrap());
    assert_eq!(verdict(&about(sent.into()), &proof), Err(ProofError::Equation));
}

// Bytes.

#[test]
fn every_flipped_byte_is_refused() {
    for amounts in [&[u64::MAX][..], &[1, 2]] {
        let (statement, proof) = proven(amounts);
        let good = proof.to_bytes();
        for place in 0..good.len() {
            let mut bytes = good.clone();
            bytes[place] ^= 1 << (place % 8);
            let outcome = RangeProof::from_bytes(&bytes, amounts.len())
                .map_err(ProofError::from)
                .and_then(|proof| verdict(&statement, &proof));
            assert!(outcome.is_err(), "byte {place}");
        }
    }
}

#[test]
fn other_encodings_are_refused() {
    let (_, proof) = proven(&[1]);
    let good = proof.to_bytes();
    let with = |place: usize, field: &[u8; 32]| {
        let mut bytes = good.clone();
        bytes[32 * place..][..32].copy_from_slice(field);
        RangeProof::from_bytes(&bytes, 1)
    };
    let fields = ["A"].into_iter().chain(["L", "R"].repeat(6)).chain(["A'", "B"]);
    for (place, what) in fields.enumerate() {
        assert_eq!(with(place, &[0; 32]), Err(DecodeError::Identity { what }));
        assert_eq!(with(place, &[0xff; 32]), Err(DecodeError::Point { what }));
    }
    for (place, what) in (15..).zip(["r'", "s'", "delta'"]) {
        assert!(with(place, &[0; 32]).is_ok(), "zero is a scalar");
        let mut order = (-Scalar::ONE).to_bytes();
        order[0] += 1;
        assert_eq!(with(place, &order), Err(DecodeError::Scalar { what }));
    }
    for bytes in [&good[..575], &[&good[..], &[0]].concat()] {
        let found = bytes.len();
        assert_eq!(
            RangeProof::from_bytes(bytes, 1),
            Err(DecodeError::Length { what: "range proof", expected: 576, found })
        );
    }
}

// Challenges, batches, witnesses.

#[test]
fn a_zero_challenge_is_refused() {
    let openings = openings(&[1]);
    let statement = statement(&openings);
    let witness = Witness::new(openings);
    let commitments = &statement.commitments;
    let proof = RangeProof::prove(&statement, &witness, &mut rand::rng()).unwrap();
    // y, z, six e, e'.
    for draws in 0..9 {
        let transcript = || statement.transcript().zero_after(draws);
        let mut batch = Batch::new();
        assert_eq!(proof.enqueue_after(transcript(), commitments, &mut batch), Err(ProofError::ZeroChallenge));
        assert!(batch.is_empty());
        let made = RangeProof::prove_after(transcript(), commitments, &witness, &mut rand::rng());
        assert_eq!(made, Err(ProofError::ZeroChallenge), "{draws}");
    }
    let transcript = statement.transcript().zero_after(9);
    assert!(proof.enqueue_after(transcript, commitments, &mut Batch::new()).is_ok());
}

/// A batch whose equations, as the paper writes them, all have weight 1.
fn holds_under_equal_weights(items: [(&Statement, &RangeProof); 2]) -> bool {
    let mut sum = Sum::new();
    for (statement, proof) in items {
        let challenges = Challenges::draw(statement.transcript(), &statement.commitments, proof).unwrap();
        let below_N = BITS * statement.commitments.padded() - 1;
        let y: Scalar = core::iter::repeat_n(challenges.y, below_N).product();
        let e: Scalar = challenges.e.iter().product();
        let equation = Equation { proof: proof.clone(), commitments: statement.commitments.clone(), challenges };
        equation.add_to(&[(y * e * e).invert()], &mut sum);
    }
    sum.evaluate() == Element::default()
}

#[test]
fn errors_that_cancel_under_equal_weights_are_refused() {
    let (first, mut one) = proven(&[1]);
    let (second, mut other) = proven(&[2, 3]);
    one.delta += Scalar::ONE;
    other.delta -= Scalar::ONE;
    assert!(holds_under_equal_weights([(&first, &one), (&second, &other)]));
    let mut batch = Batch::new();
    one.enqueue(&first, &mut batch).unwrap();
    other.enqueue(&second, &mut batch).unwrap();
    assert_eq!(batch.verify(&mut rand::rng()), Err(BatchError::Failed { culprits: [0, 1].into() }));
}

#[test]
fn a_repeating_generator_gives_other_weights_for_any_other_scalar() {
    let (statement, proof) = proven(&[1]);
    let weight = |change: &dyn Fn(&mut Equation)| {
        let challenges = Challenges::draw(statement.transcript(), &statement.commitments, &proof).unwrap();
        let commitments = statement.commitments.clone();
        let mut equation = Equation { proof: proof.clone(), commitments, challenges };
        change(&mut equation);
        let mut batch = Batch::new();
        batch.push_item(alloc::boxed::Box::new(equation));
        batch.first_weight(&mut StdRng::seed_from_u64(7))
    };
    let unchanged = weight(&|_| ());
    assert_eq!(weight(&|_| ()), unchanged);
    let changes: [(&str, &dyn Fn(&mut Equation)); 8] = [
        ("y", &|equation| equation.challenges.y += Scalar::ONE),
        ("z", &|equation| equation.challenges.z += Scalar::ONE),
        ("e_1", &|equation| equation.challenges.e[0] += Scalar::ONE),
        ("e_6", &|equation| equation.challenges.e[5] += Scalar::ONE),
        ("e'", &|equation| equation.challenges.e_last += Scalar::ONE),
        ("r'", &|equation| equation.proof.r += Scalar::ONE),
        ("s'", &|equation| equation.proof.s += Scalar::ONE),
        ("δ'", &|equation| equation.proof.delta += Scalar::ONE),
    ];
    for (name, change) in changes {
        assert_ne!(weight(change), unchanged, "{name}");
    }
}

#[test]
fn a_batch_names_the_false_proofs() {
    let mut batch = Batch::new();
    for place in 0..5u64 {
        let (statement, mut proof) = proven(&[place]);
        if place % 2 == 1 {
            proof.r += Scalar::ONE;
        }
        proof.enqueue(&statement, &mut batch).unwrap();
    }
    assert_eq!(batch.verify(&mut rand::rng()), Err(BatchError::Failed { culprits: [1, 3].into() }));
}

#[test]
fn a_witness_that_does_not_open_is_refused() {
    let openings = openings(&[1, 2]);
    let statement = statement(&openings);
    let prove = |openings: &[Opening]| RangeProof::prove(&statement, &Witness::new(openings), &mut rand::rng());
    assert_eq!(prove(&openings[..1]), Err(ProofError::Shape { what: "openings", expected: 2, found: 1 }));
    let exchanged = [openings[1].clone(), openings[0].clone()];
    assert_eq!(prove(&exchanged), Err(ProofError::Witness { what: "V" }));
    let other = [openings[0].clone(), Opening::new(Amount(3), *openings[1].mask())];
    assert_eq!(prove(&other), Err(ProofError::Witness { what: "V" }));

    // Injected nonces: 19 of them for two values.
    let inject = |openings: &[Opening], count| {
        RangeProof::prove_with_nonces(&statement, &Witness::new(openings), &[Scalar::ONE; 20][..count])
    };
    for found in [18, 20] {
        let shape = ProofError::Shape { what: "nonces", expected: 19, found };
        assert_eq!(inject(&openings, found), Err(shape));
    }
    assert_eq!(inject(&exchanged, 19), Err(ProofError::Witness { what: "V" }));
}

#[test]
fn openings_are_not_printed() {
    let text = alloc::format!("{:?}", Witness::new(openings(&[123_456_789])));
    assert!(!text.contains("123456789"));
    assert!(text.contains("Secret(..)"));
}
