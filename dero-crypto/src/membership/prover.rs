//! The prover (protocol 7.2), for any number of components.
//!
//! X_j is computed as ρ_j·G − c_j, c_j the coefficients of Σ_k ∏_j (δ_{j,k_j}·ξ + a_{j,k_j})·W_k, which is *folded* digit by
//! digit: n neighbours become one. Why these are the law's X_j: [`notes::membership`](crate::notes::membership).
//!
//! Constant time in l, the masks and the nonces: no branch, no index, no variable-time multiplication. The number
//! L of real members, which is public, shortens the work: equal neighbours behind the last member are folded once.

use alloc::{vec, vec::Vec};

use rand_core::CryptoRng;
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};
use zeroize::Zeroizing;

use super::{
    MembershipProof, MembershipStatement, MembershipWitness,
    parameters::Digits,
    proof::Messages,
    verifier::{powers, second_challenge},
};
use crate::{
    error::ProofError,
    group::{
        Element, Point, Scalar,
        generators::{G, membership_p, membership_q},
        sum_of_products,
    },
    secret::Secret,
    transcript::{self, Transcript},
};

impl MembershipProof {
    /// Proves that the statement's image copies member `witness.place`. Constant time in the witness.
    ///
    /// # Errors
    ///
    /// [`ProofError::Witness`] if the place is not below L or the masks do not open the image.
    pub fn prove(
        statement: &MembershipStatement,
        witness: &MembershipWitness,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<Self, ProofError> {
        let members = members_of(statement);
        let opening = opening_of(witness);
        check_opening(&members, statement.image().components(), &opening)?;
        let digits = statement.parameters().digits();
        let mut transcript = statement.transcript();
        let nonces = Nonces::draw(digits, &transcript, &opening, rng);
        prove(digits, &members, &opening, &nonces, &mut transcript).map(Self)
    }

    /// [`MembershipProof::prove`] with the caller's nonces, without the check of the witness and for every place
    /// below N: known answers and forgeries.
    ///
    /// # Errors
    ///
    /// [`ProofError::ZeroChallenge`].
    #[cfg(any(test, feature = "testing"))]
    pub fn prove_with_nonces(
        statement: &MembershipStatement,
        witness: &MembershipWitness,
        nonces: &Nonces,
    ) -> Result<Self, ProofError> {
        let digits = statement.parameters().digits();
        prove(digits, &members_of(statement), &opening_of(witness), nonces, &mut statement.transcript()).map(Self)
    }
}

fn members_of(statement: &MembershipStatement) -> Vec<&[Element; 3]> {
    statement.set().members().iter().map(|member| member.components()).collect()
}

fn opening_of(witness: &MembershipWitness) -> Opening<'_, 3> {
    Opening { place: &witness.place, masks: witness.masks.components() }
}

/// The witness (l, r_0 .. r_{D−1}).
pub(crate) struct Opening<'w, const D: usize> {
    pub(crate) place: &'w Secret<u64>,
    pub(crate) masks: [&'w Secret<Scalar>; D],
}

/// The prover's randomness.
///
/// ```
/// # use std::sync::Arc;
/// # use dero_crypto::{group::generators::{A0, G, H, X, Y}, membership::*, prelude::*};
/// # let rng = &mut rand::rng();
/// # let net = NetworkId([1; 32]);
/// # let acc = Accumulator::empty(&net);
/// # let members = [[X, H, A0], [Y, G, A0]].map(|[Ko, C, T]| Arc::new(Member::new(&Ko.point(), &C.point(), &T.point())));
/// # let masks = Masks::random(rng);
/// # let image = Image::of(&members[1], &masks)?;
/// # let set = ReferenceSet::new(ReferenceKind::Open, 0, acc, acc, members.to_vec())?;
/// let statement = MembershipStatement::new(net, SetParameters::new(2, 3)?, Arc::new(set), image)?;
/// let witness = MembershipWitness::new(1, masks);
/// use dero_crypto::{group::Scalar, membership::Nonces};
/// let secret = |n: u64| Secret::new(Scalar::from(n));
/// let nonces = Nonces {
///     a: Secret::new(vec![Scalar::from(2u64); 3]), // m·(n − 1)
///     r_A: secret(3),
///     r_B: secret(4),
///     rho: Secret::new(vec![Scalar::from(5u64); 3]), // m
/// };
/// let proof = MembershipProof::prove_with_nonces(&statement, &witness, &nonces)?;
/// assert!(proof.verify(&statement, rng).is_ok());
/// # Ok::<(), dero_crypto::ProofError>(())
/// ```
#[derive(Debug)]
#[cfg_attr(not(any(test, feature = "testing")), allow(unreachable_pub))]
pub struct Nonces {
    /// a_{j,i} for i ≥ 1, at place j·(n − 1) + i − 1.
    pub a: Secret<Vec<Scalar>>,
    /// Blinds A.
    pub r_A: Secret<Scalar>,
    /// Blinds B.
    pub r_B: Secret<Scalar>,
    /// ρ_j blinds X_j.
    pub rho: Secret<Vec<Scalar>>,
}

impl Nonces {
    /// Hedged nonces from the transcript up to the image, the whole witness and the caller's generator.
    pub(crate) fn draw<const D: usize>(
        digits: Digits,
        transcript: &Transcript,
        opening: &Opening<'_, D>,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Self {
        let place = Zeroizing::new(opening.place.expose().to_le_bytes());
        let masks = opening.masks.iter().map(|mask| &mask.expose().as_bytes()[..]);
        let mut source = transcript.nonces(masks.chain([&place[..]]), rng);
        Self {
            a: scalars(&mut source, digits.m * (digits.n - 1)),
            r_A: source.scalar(),
            r_B: source.scalar(),
            rho: scalars(&mut source, digits.m),
        }
    }
}

fn scalars(source: &mut transcript::Nonces, count: usize) -> Secret<Vec<Scalar>> {
    // Filled in place: a vector that grows leaves copies behind.
    let mut scalars = vec![Scalar::ZERO; count];
    scalars.iter_mut().for_each(|scalar| *scalar = *source.scalar().expose());
    Secret::new(scalars)
}

/// Whether S~_α = S_{l,α} + r_α·G for each component, l < L.
pub(crate) fn check_opening<const D: usize>(
    members: &[&[Element; D]],
    image: [&Point; D],
    opening: &Opening<'_, D>,
) -> Result<(), ProofError> {
    let mut found = Choice::from(0);
    let mut selected = Zeroizing::new([Element::default(); D]);
    for (k, member) in (0u64..).zip(members) {
        let here = k.ct_eq(opening.place.expose());
        found |= here;
        for (selected, component) in selected.iter_mut().zip(*member) {
            selected.conditional_assign(component, here);
        }
    }
    if !bool::from(found) {
        return Err(ProofError::Witness { what: "place in the set" });
    }
    let opens = selected
        .iter()
        .zip(image)
        .zip(opening.masks)
        .map(|((member, image), mask)| (member + Element::mul_base(mask.expose())).ct_eq(image.element()));
    if bool::from(opens.fold(Choice::from(1), |all, one| all & one)) {
        Ok(())
    } else {
        Err(ProofError::Witness { what: "masks of the image" })
    }
}

/// The proof for a transcript that has absorbed the statement and stands before μ. Place k of the ring is
/// `members[min(k, L−1)]`. Checks nothing: what the opening does not open makes a proof that no verifier accepts.
pub(crate) fn prove<const D: usize>(
    digits: Digits,
    members: &[&[Element; D]],
    opening: &Opening<'_, D>,
    nonces: &Nonces,
    transcript: &mut Transcript,
) -> Result<Messages, ProofError> {
    let mu: [Scalar; D] = powers(&transcript.challenge()?);
    let delta = one_hot(digits, opening.place);
    let a = with_first(digits, nonces.a.expose());

    let A = commit(digits, nonces.r_A.expose(), a.iter().map(|a| (*a, -(a * a))))?;
    let bits = a.iter().zip(delta.iter());
    let bits = bits.map(|(a, delta)| (if_set(*delta, &Scalar::ONE, &Scalar::ZERO), if_set(*delta, &-a, a)));
    let B = commit(digits, nonces.r_B.expose(), bits)?;

    let c = fold(digits, members, &mu, &a, &delta);
    let rho = nonces.rho.expose();
    let X = rho.iter().zip(c.iter()).map(|(rho, c)| Point::encode(Element::mul_base(rho) - c, "X"));
    let X = X.collect::<Result<Vec<_>, _>>()?;

    let xi = second_challenge(transcript, &A, &B, &X)?;
    let f = a.iter().zip(delta.iter()).map(|(a, delta)| if_set(*delta, &xi, &Scalar::ZERO) + a);
    let f = f.enumerate().filter(|(place, _)| place % digits.n != 0).map(|(_, f)| f).collect();
    let s: Scalar = mu.iter().zip(opening.masks).map(|(mu, mask)| mu * mask.expose()).sum();
    // s·ξ^m − Σ_j ρ_j·ξ^j by Horner's rule.
    let z = rho.iter().rev().fold(s, |z, rho| z * xi - rho);
    Ok(Messages { A, B, X, f, z_A: nonces.r_A.expose() + xi * nonces.r_B.expose(), z })
}

/// δ_{j,i} = [l_j = i] at place j·n + i, without a division of l.
fn one_hot(digits: Digits, place: &Secret<u64>) -> Zeroizing<Vec<u8>> {
    let mut delta = Zeroizing::new(vec![0; digits.m * digits.n]);
    for k in 0..digits.size() {
        let here = (k as u64).ct_eq(place.expose()).unwrap_u8();
        for (j, digit) in digits.of(k).enumerate() {
            delta[j * digits.n + digit] |= here;
        }
    }
    delta
}

/// `value` where the flag δ is 1, else `otherwise`.
fn if_set(delta: u8, value: &Scalar, otherwise: &Scalar) -> Scalar {
    Scalar::conditional_select(otherwise, value, Choice::from(delta))
}

/// All a_{j,i} at place j·n + i, with a_{j,0} = −Σ_{i≥1} a_{j,i}.
fn with_first(digits: Digits, a: &[Scalar]) -> Zeroizing<Vec<Scalar>> {
    let mut all = Zeroizing::new(vec![Scalar::ZERO; digits.m * digits.n]);
    for (all, sent) in all.chunks_mut(digits.n).zip(a.chunks(digits.n - 1)) {
        all[1..].copy_from_slice(sent);
        all[0] = -sent.iter().sum::<Scalar>();
    }
    all
}

/// blind·G + Σ ( p·P_{jn+i} + q·Q_{jn+i} ) over the pairs (p, q).
fn commit(
    digits: Digits,
    blind: &Scalar,
    pairs: impl Iterator<Item = (Scalar, Scalar)>,
) -> Result<Point, ProofError> {
    let count = digits.m * digits.n;
    let mut scalars = Zeroizing::new(vec![Scalar::ZERO; 1 + 2 * count]);
    scalars[0] = *blind;
    for (place, (p, q)) in pairs.enumerate() {
        scalars[1 + place] = p;
        scalars[1 + count + place] = q;
    }
    let bases = core::iter::once(G).chain((0..count).map(membership_p)).chain((0..count).map(membership_q));
    let sum = sum_of_products(scalars.iter(), bases.map(|generator| generator.element()));
    Ok(Point::encode(sum, "commitment to the digits")?)
}

/// c_0 .. c_{m−1} of Σ_k ∏_j (δ_{j,k_j}·ξ + a_{j,k_j})·W_k.
fn fold<const D: usize>(
    digits: Digits,
    members: &[&[Element; D]],
    mu: &[Scalar; D],
    a: &[Scalar],
    delta: &[u8],
) -> Zeroizing<Vec<Element>> {
    let mut remaining = Zeroizing::new(members.iter().map(|member| **member).collect::<Vec<_>>());
    let mut c = Zeroizing::new(Vec::new());
    for j in 0..digits.m {
        let digit = j * digits.n..(j + 1) * digits.n;
        (remaining, c) = fold_digit(digits, j, &remaining, &c, mu, &a[digit.clone()], &delta[digit]);
    }
    c
}

/// Folds digit `j`. Before, each entry has its coefficients c_0 .. c_{j−1}, and `remaining` holds the components of
/// c_j: the member whose lower digits are those of l. Afterwards there are n times fewer entries of j + 1
/// coefficients.
fn fold_digit<const D: usize>(
    digits: Digits,
    j: usize,
    remaining: &[[Element; D]],
    c: &[Element],
    mu: &[Scalar; D],
    a: &[Scalar],
    delta: &[u8],
) -> (Zeroizing<Vec<[Element; D]>>, Zeroizing<Vec<Element>>) {
    let n = digits.n;
    let last = remaining.len() - 1;
    let groups = groups_left(digits, j, remaining.len());
    // Component by component, a_i·μ^α: the weights of W's differences. A vector that grows leaves copies behind.
    let mut weights = Zeroizing::new(vec![Scalar::ZERO; (n - 1) * D]);
    for (weights, mu) in weights.chunks_mut(n - 1).zip(mu) {
        weights.iter_mut().zip(&a[1..]).for_each(|(weight, a)| *weight = a * mu);
    }
    let mut chosen = Zeroizing::new(vec![[Element::default(); D]; groups]);
    let mut folded = Zeroizing::new(vec![Element::default(); (j + 1) * groups]);
    let mut differences = Zeroizing::new(vec![Element::default(); (n - 1) * D]);
    for (g, (chosen, folded)) in chosen.iter_mut().zip(folded.chunks_mut(j + 1)).enumerate() {
        let entry = |i: usize| (g * n + i).min(last);
        for e in 0..j {
            let coefficient = |i: usize| &c[entry(i) * j + e];
            for (difference, i) in differences.iter_mut().zip(1..n) {
                *difference = coefficient(i) - coefficient(0);
            }
            folded[e] += sum_of_products(&a[1..], &differences[..n - 1]);
            folded[e + 1] = select((0..n).map(coefficient), delta);
        }
        for component in 0..D {
            let member = |i: usize| &remaining[entry(i)][component];
            for (difference, i) in differences[component * (n - 1)..].iter_mut().zip(1..n) {
                *difference = member(i) - member(0);
            }
            chosen[component] = select((0..n).map(member), delta);
        }
        folded[j] += sum_of_products(weights.iter(), differences.iter());
    }
    (chosen, folded)
}

/// How many groups to compute when digit `j` is folded and all entries from number `length` on equal the last
/// one: those that differ, and one for all the others.
fn groups_left(digits: Digits, j: usize, length: usize) -> usize {
    let all = digits.size() / digits.n.pow(j as u32 + 1);
    all.min((length - 1).div_ceil(digits.n) + 1)
}

/// The element whose flag is set.
fn select<'e>(elements: impl Iterator<Item = &'e Element>, delta: &[u8]) -> Element {
    let mut selected = Element::default();
    elements.zip(delta).for_each(|(element, here)| selected.conditional_assign(element, Choice::from(*here)));
    selected
}
