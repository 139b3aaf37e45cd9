//! Many linear equations, each with a random weight of its own, checked as one sum (protocol 7.3, 10.4).
//!
//! ```text
//! Σ_e w_e · ( Σ_t s_{e,t} · P_{e,t} )  =  0          w_e fresh, nonzero, full width
//! ```
//!
//! A verifier does its cheap checks, derives its challenges and [`push`](Batch::push)es its equations as one
//! *item*. [`verify`](Batch::verify) draws the weights from the caller's generator mixed with a hash of every scalar
//! and encoded point of the batch, merges the coefficients of every base that occurs more than once (generators,
//! points with equal encodings, positions of the reference list that several intervals share), and evaluates one
//! multi-scalar multiplication. If the sum is not the identity, the batch is halved until each item that fails alone
//! is known.
//!
//! # Source
//!
//! Bellare, Garay, Rabin, *Fast batch verification for modular exponentiation and digital signatures*, EUROCRYPT '98: the
//! small-exponents test, here with exponents as long as the group order. Rule: protocol 7.3, 10.4.
//!
//! # Claims without a published proof
//!
//! - *A false equation does not pass.* Let e be false, R_e = Σ_t s_{e,t}·P_{e,t} ≠ 0. For any choice of the other weights one
//!   value of w_e alone makes the sum the identity. A weight is uniform modulo ℓ but that zero becomes one, so it has that
//!   value with probability 2/ℓ at most. That rests on the generator alone. The hash is a hedge: of a generator that
//!   repeats nobody knows the weights before all equations are fixed. Points that it leaves out stand under a challenge
//!   that it has.
//! - *No two equations share a weight.* Errors that cancel under equal weights are the classic attack on batches: a proof
//!   with two equations is two of them, never their sum.
//! - *Merging changes nothing.* Coefficients are added only where bases are equal: one generator, one encoding, or one
//!   position of the list with the same three points in both proofs. An interval that holds another enote there, by
//!   whatever mistake, keeps terms of its own.
//! - *Nothing is not true.* A batch without equations, and an item without any, are refused: no sum speaks for them.

use alloc::{boxed::Box, collections::BTreeMap, sync::Arc, vec, vec::Vec};
use core::fmt;

use curve25519_dalek::traits::IsIdentity;
use rand_core::CryptoRng;

use crate::{
    error::{BatchError, ProofError},
    group::{
        Element, Point, Scalar, domain,
        generators::{self, Generator},
        sum_of_products_vartime,
        tensor::{Tensor, sum_of_tensors_vartime},
    },
    membership::{Member, ReferenceSet, fold_padding},
};

/// Equations of one item: [`Linear`] ones, or those of a `verifier.rs`, which share vectors of bases with other proofs.
pub(crate) trait Equations: Send + Sync {
    /// How many equations there are; each gets a weight.
    fn count(&self) -> usize;
    /// Passes every scalar and point on which the equations depend, but for points that a challenge among the scalars
    /// depends on.
    fn absorb(&self, hash: &mut dyn FnMut(&[u8; 32]));
    /// Adds the weighted equations to the sum; `weights` holds [`count`](Equations::count) scalars.
    fn add_to(&self, weights: &[Scalar], sum: &mut Sum);
}

/// Items that wait for one common check.
///
/// ```
/// use dero_crypto::{BatchError, batch::{Batch, Linear}, group::{Scalar, generators::G}};
/// let equation = |sum: u64| {
///     Linear::new().generator(Scalar::from(2u64), G).generator(Scalar::from(3u64), G).generator(-Scalar::from(sum), G)
/// };
/// let mut batch = Batch::new();
/// batch.push(vec![equation(5)]);
/// assert!(batch.verify(&mut rand::rng()).is_ok());
/// let culprit = batch.push(vec![equation(6)]);
/// assert_eq!(batch.verify(&mut rand::rng()), Err(BatchError::Failed { culprits: vec![culprit] }));
/// assert_eq!(Batch::new().verify(&mut rand::rng()), Err(BatchError::Empty));
/// ```
#[derive(Default)]
pub struct Batch {
    items: Vec<Box<dyn Equations>>,
}

impl fmt::Debug for Batch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batch").field("items", &self.items.len()).field("equations", &self.equations()).finish()
    }
}

impl Batch {
    /// An empty batch, which accepts nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How many items wait.
    #[must_use]
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether no item waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// How many equations wait: compared with the number that the statements ask for before the sum is taken.
    #[must_use]
    pub fn equations(&self) -> usize {
        self.items.iter().map(|item| item.count()).sum()
    }

    /// Adds the linear equations of one item; returns the item's position.
    pub fn push(&mut self, equations: Vec<Linear>) -> usize {
        self.push_item(Box::new(equations))
    }

    pub(crate) fn push_item(&mut self, item: Box<dyn Equations>) -> usize {
        self.items.push(item);
        self.items.len() - 1
    }

    /// Moves all items of `other` behind the own ones; the first of them gets the returned position.
    pub fn append(&mut self, other: Self) -> usize {
        let first = self.items.len();
        self.items.extend(other.items);
        first
    }

    /// Checks all equations at once.
    ///
    /// # Errors
    ///
    /// [`BatchError::Empty`] if no equation was pushed; [`BatchError::Failed`] with the position of every item that
    /// does not hold or has no equation.
    pub fn verify(&self, rng: &mut (impl CryptoRng + ?Sized)) -> Result<(), BatchError> {
        if self.equations() == 0 {
            return Err(BatchError::Empty);
        }
        if holds(&self.items, rng) {
            return Ok(());
        }
        let mut culprits = Vec::new();
        bisect(&self.items, 0, rng, &mut culprits);
        Err(BatchError::Failed { culprits })
    }

    /// Checks one item after the other and stops at the first that does not hold, which is less work than
    /// [`verify`](Self::verify) where most batches are bad.
    ///
    /// # Errors
    ///
    /// [`BatchError::Empty`] if no equation was pushed; [`BatchError::Failed`] with one position.
    pub fn verify_in_order(&self, rng: &mut (impl CryptoRng + ?Sized)) -> Result<(), BatchError> {
        if self.equations() == 0 {
            return Err(BatchError::Empty);
        }
        match self.items.chunks(1).position(|item| !holds(item, rng)) {
            Some(first) => Err(BatchError::Failed { culprits: vec![first] }),
            None => Ok(()),
        }
    }

    /// Checks the equations of a single proof.
    ///
    /// # Errors
    ///
    /// [`ProofError::Equation`] if any does not hold, or if there are none.
    pub fn verify_one(&self, rng: &mut (impl CryptoRng + ?Sized)) -> Result<(), ProofError> {
        if holds(&self.items, rng) { Ok(()) } else { Err(ProofError::Equation) }
    }
}

#[cfg(test)]
impl Batch {
    /// The weight of the first equation.
    pub(crate) fn first_weight(&self, rng: &mut impl CryptoRng) -> Scalar {
        Weights::new(&self.items, rng).take(1)[0]
    }

    /// A mutant that gives every equation the weight 1, for attacks that must work against it.
    pub(crate) fn holds_with_equal_weights(&self) -> bool {
        let mut sum = Sum::new();
        for item in &self.items {
            item.add_to(&vec![Scalar::ONE; item.count()], &mut sum);
        }
        sum.evaluate().is_identity()
    }
}

/// Finds every item that fails alone: halves until one is left. `items` are known to fail together. If the left half
/// holds, the right one is what fails.
fn bisect(
    items: &[Box<dyn Equations>],
    offset: usize,
    rng: &mut (impl CryptoRng + ?Sized),
    culprits: &mut Vec<usize>,
) {
    if let [_] = items {
        culprits.push(offset);
        return;
    }
    let (left, right) = items.split_at(items.len() / 2);
    let left_holds = holds(left, rng);
    if !left_holds {
        bisect(left, offset, rng, culprits);
    }
    if left_holds || !holds(right, rng) {
        bisect(right, offset + left.len(), rng, culprits);
    }
}

/// No items, and an item without equations, claim nothing and do not hold.
fn holds(items: &[Box<dyn Equations>], rng: &mut (impl CryptoRng + ?Sized)) -> bool {
    if items.is_empty() || items.iter().any(|item| item.count() == 0) {
        return false;
    }
    let mut weights = Weights::new(items, rng);
    let mut sum = Sum::new();
    for item in items {
        item.add_to(&weights.take(item.count()), &mut sum);
    }
    sum.evaluate().is_identity()
}

/// Nonzero scalars from the caller's generator and a hash of the batch.
struct Weights {
    seed: [u8; 32],
    digest: [u8; 32],
    drawn: u64,
}

impl Weights {
    fn new(items: &[Box<dyn Equations>], rng: &mut (impl CryptoRng + ?Sized)) -> Self {
        let mut seed = [0; 32];
        rng.fill_bytes(&mut seed);
        let mut absorbed = Vec::new();
        for item in items {
            item.absorb(&mut |bytes| absorbed.extend_from_slice(bytes));
        }
        let mut digest = [0; 32];
        domain::BATCH_WEIGHTS.fill(&[&absorbed], &mut digest);
        Self { seed, digest, drawn: 0 }
    }

    fn take(&mut self, count: usize) -> Vec<Scalar> {
        let mut bytes = vec![0; 64 * count];
        domain::BATCH_WEIGHTS.fill(&[&self.seed, &self.digest, &self.drawn.to_le_bytes()], &mut bytes);
        self.drawn += 1;
        let (wide, _) = bytes.as_chunks::<64>();
        wide.iter().map(|chunk| nonzero(Scalar::from_bytes_mod_order_wide(chunk))).collect()
    }
}

/// A zero weight would drop its equation.
pub(crate) fn nonzero(weight: Scalar) -> Scalar {
    if weight == Scalar::ZERO { Scalar::ONE } else { weight }
}

/// One linear equation Σ s·P = 0.
///
/// ```
/// use dero_crypto::{batch::{Batch, Linear}, group::{Point, Scalar, generators::{G, H}}};
/// let two = Scalar::from(2u64);
/// let doubled = Point::encode(G.element() + G.element(), "2·G")?;
/// let mut batch = Batch::new();
/// batch.push(vec![Linear::new().generator(two, G).point(-Scalar::ONE, &doubled)]);
/// assert!(batch.verify(&mut rand::rng()).is_ok());
/// batch.push(vec![Linear::new().generator(two, H)]);
/// assert!(batch.verify(&mut rand::rng()).is_err());
/// # Ok::<(), dero_crypto::DecodeError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Linear {
    generators: Vec<(Scalar, Generator)>,
    points: Vec<(Scalar, Point)>,
}

impl Linear {
    /// 0 = 0.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds `scalar`·`generator`.
    #[must_use]
    pub fn generator(mut self, scalar: Scalar, generator: Generator) -> Self {
        self.generators.push((scalar, generator));
        self
    }

    /// Adds `scalar`·`point`; equal points of a batch cost one term together.
    #[must_use]
    pub fn point(mut self, scalar: Scalar, point: &Point) -> Self {
        self.points.push((scalar, *point));
        self
    }
}

impl Equations for Vec<Linear> {
    fn count(&self) -> usize {
        self.len()
    }

    fn absorb(&self, hash: &mut dyn FnMut(&[u8; 32])) {
        for equation in self {
            equation.generators.iter().for_each(|(scalar, _)| hash(scalar.as_bytes()));
            for (scalar, point) in &equation.points {
                hash(scalar.as_bytes());
                hash(point.as_bytes());
            }
        }
    }

    fn add_to(&self, weights: &[Scalar], sum: &mut Sum) {
        for (weight, equation) in weights.iter().zip(self) {
            for (scalar, generator) in &equation.generators {
                sum.generator(weight * scalar, *generator);
            }
            for (scalar, point) in &equation.points {
                sum.point(weight * scalar, point);
            }
        }
    }
}

/// The sum of all weighted equations, its coefficients merged by base. What many proofs put on one vector of bases waits in
/// `rings` and `ranges`, and is added to the rest by [`evaluate`](Sum::evaluate).
pub(crate) struct Sum {
    /// By [`Generator::index`].
    generators: Vec<Scalar>,
    /// Where a point with this encoding stands in the next two.
    points: BTreeMap<[u8; 32], usize>,
    scalars: Vec<Scalar>,
    elements: Vec<Element>,
    /// What membership proofs put on the members of their intervals.
    rings: Vec<Ring>,
    /// By number of values, padded to a power of two.
    ranges: BTreeMap<usize, RangeTerms>,
}

/// What range proofs over one number of values put on the pairs (g_i, h_i).
#[derive(Default)]
pub(crate) struct RangeTerms {
    on_every_g: Scalar,
    g: Vec<OuterProduct>,
    on_every_h: Scalar,
    h: Vec<OuterProduct>,
}

/// Coefficients high[i / w]·low[i % w], w = |low|.
pub(crate) struct OuterProduct {
    pub(crate) high: Vec<Scalar>,
    pub(crate) low: Vec<Scalar>,
}

impl RangeTerms {
    /// Adds one proof's coefficients of all g_i and of all h_i: a scalar for each of them, and products. All products
    /// are of the same shape.
    pub(crate) fn add(&mut self, on_g: (Scalar, OuterProduct), on_h: (Scalar, [OuterProduct; 2])) {
        self.on_every_g += on_g.0;
        self.g.push(on_g.1);
        self.on_every_h += on_h.0;
        self.h.extend(on_h.1);
    }
}

/// An interval, and what the proofs of the batch put on its members.
struct Ring {
    set: Arc<ReferenceSet>,
    terms: Vec<RingTerm>,
}

/// One proof's coefficients over an interval, before padding is folded: `high[α][k / w]·low[k % w]`, w = |low|,
/// for place k and component α of (K, C, T).
pub(crate) struct RingTerm {
    pub(crate) high: [Vec<Scalar>; 3],
    pub(crate) low: Vec<Scalar>,
}

impl Ring {
    /// Σ of all terms per component, padding folded.
    fn coefficients(&self) -> [Vec<Scalar>; 3] {
        core::array::from_fn(|component| {
            let terms = self.terms.iter().map(|term| Tensor { high: &term.high[component], low: &term.low });
            fold_padding(sum_of_tensors_vartime(&terms.collect::<Vec<_>>()), self.set.members().len())
        })
    }
}

impl Sum {
    pub(crate) fn new() -> Self {
        Self {
            generators: vec![Scalar::ZERO; generators::COUNT],
            points: BTreeMap::new(),
            scalars: Vec::new(),
            elements: Vec::new(),
            rings: Vec::new(),
            ranges: BTreeMap::new(),
        }
    }

    /// Adds `scalar`·`generator`.
    pub(crate) fn generator(&mut self, scalar: Scalar, generator: Generator) {
        self.generators[generator.index()] += scalar;
    }

    /// Adds `scalar`·`point` to the term of the point with this encoding.
    pub(crate) fn point(&mut self, scalar: Scalar, point: &Point) {
        if let Some(&place) = self.points.get(point.as_bytes()) {
            self.scalars[place] += scalar;
        } else {
            self.points.insert(point.to_bytes(), self.scalars.len());
            self.element(scalar, point.element());
        }
    }

    /// Adds a term that is compared with no other.
    pub(crate) fn element(&mut self, scalar: Scalar, element: &Element) {
        self.scalars.push(scalar);
        self.elements.push(*element);
    }

    /// Adds `term` over the members of `set`. Proofs of the batch that hold the same [`Arc`] share the work of
    /// reducing; those whose intervals overlap share the points.
    pub(crate) fn ring(&mut self, set: &Arc<ReferenceSet>, term: RingTerm) {
        let shape = |term: &RingTerm| (term.high[0].len(), term.low.len());
        let known =
            self.rings.iter_mut().find(|ring| Arc::ptr_eq(&ring.set, set) && shape(&ring.terms[0]) == shape(&term));
        match known {
            Some(ring) => ring.terms.push(term),
            None => self.rings.push(Ring { set: Arc::clone(set), terms: vec![term] }),
        }
    }

    /// What proofs over `values` values put on the pairs (g_i, h_i); all such proofs share the work of reducing.
    pub(crate) fn range(&mut self, values: usize) -> &mut RangeTerms {
        self.ranges.entry(values).or_default()
    }

    /// Moves the products over all g_i and h_i to the coefficients of these generators.
    fn merge_ranges(&mut self) {
        let sum = |products: &[OuterProduct]| {
            let tensors = products.iter().map(|OuterProduct { high, low }| Tensor { high, low });
            sum_of_tensors_vartime(&tensors.collect::<Vec<_>>())
        };
        for terms in core::mem::take(&mut self.ranges).into_values() {
            for (i, (g, h)) in sum(&terms.g).into_iter().zip(sum(&terms.h)).enumerate() {
                self.generator(g + terms.on_every_g, generators::range_g(i));
                self.generator(h + terms.on_every_h, generators::range_h(i));
            }
        }
    }

    /// Moves the coefficients of all intervals to terms, one per position and component of their union.
    fn merge_rings(&mut self) {
        let mut rings = core::mem::take(&mut self.rings);
        rings.sort_by_key(|ring| ring.set.start());
        let mut run = Run::default();
        for ring in &rings {
            let (set, coefficients) = (&ring.set, ring.coefficients());
            if set.start() > run.end() {
                run.restart(set.start(), self);
            }
            for (k, member) in set.members().iter().enumerate() {
                let scalars = [coefficients[0][k], coefficients[1][k], coefficients[2][k]];
                run.add(set.start() + k as u64, member, scalars, self);
            }
        }
        run.flush(self);
    }

    /// The sum: the identity if every equation holds.
    pub(crate) fn evaluate(mut self) -> Element {
        self.merge_rings();
        self.merge_ranges();
        let used = self.generators.iter().zip(generators::table()).filter(|(scalar, _)| **scalar != Scalar::ZERO);
        let (mut scalars, mut elements): (Vec<&Scalar>, Vec<&Element>) = used.unzip();
        scalars.extend(&self.scalars);
        elements.extend(&self.elements);
        product(&scalars, &elements)
    }
}

/// Below this, Pippenger loses more by splitting than a second core brings.
const MIN_PIECE: usize = 512;
/// Above this, the tables of points and digits, 224 bytes a term, leave the cache, and nothing is gained.
const MAX_PIECE: usize = 16_384;

/// In how large pieces a sum of `terms` terms is taken, so that every thread gets equal ones.
fn piece(terms: usize, threads: usize) -> usize {
    let share = terms.div_ceil(threads).max(MIN_PIECE);
    share.div_ceil(share.div_ceil(MAX_PIECE))
}

#[cfg(not(feature = "parallel"))]
fn product(scalars: &[&Scalar], elements: &[&Element]) -> Element {
    let piece = piece(scalars.len(), 1);
    let pieces = scalars.chunks(piece).zip(elements.chunks(piece));
    pieces.map(|(s, e)| sum_of_products_vartime(s.iter().copied(), e.iter().copied())).sum()
}

#[cfg(feature = "parallel")]
fn product(scalars: &[&Scalar], elements: &[&Element]) -> Element {
    use rayon::prelude::*;
    let piece = piece(scalars.len(), rayon::current_num_threads());
    let pieces = scalars.par_chunks(piece).zip(elements.par_chunks(piece));
    pieces.map(|(s, e)| sum_of_products_vartime(s.iter().copied(), e.iter().copied())).sum()
}

/// Consecutive positions of the reference list.
#[derive(Default)]
struct Run {
    start: u64,
    members: Vec<Arc<Member>>,
    coefficients: Vec<[Scalar; 3]>,
}

impl Run {
    /// The position behind the last member.
    fn end(&self) -> u64 {
        self.start + self.members.len() as u64
    }

    /// Ends the run; the next one begins at `start`.
    fn restart(&mut self, start: u64, sum: &mut Sum) {
        self.flush(sum);
        self.start = start;
    }

    /// Adds what one interval puts on the member at `position`: a position of several intervals is one term a component.
    fn add(&mut self, position: u64, member: &Arc<Member>, scalars: [Scalar; 3], sum: &mut Sum) {
        let place = usize::try_from(position - self.start).expect("a run is shorter than memory");
        match self.members.get(place) {
            None => {
                self.members.push(Arc::clone(member));
                self.coefficients.push(scalars);
            }
            // The same position of the same list. Another list may have another enote there: kept apart below.
            Some(known) if Arc::ptr_eq(known, member) || known == member => {
                for (total, scalar) in self.coefficients[place].iter_mut().zip(scalars) {
                    *total += scalar;
                }
            }
            Some(_) => {
                for (scalar, element) in scalars.into_iter().zip(member.components()) {
                    sum.element(scalar, element);
                }
            }
        }
    }

    /// Moves the terms of the run to the sum.
    fn flush(&mut self, sum: &mut Sum) {
        for (member, scalars) in self.members.drain(..).zip(self.coefficients.drain(..)) {
            for (scalar, element) in scalars.into_iter().zip(member.components()) {
                sum.element(scalar, element);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::group::generators::G;

    #[test]
    fn pieces_are_of_one_size_and_small_sums_are_not_split() {
        assert_eq!([0, 1, 500, MIN_PIECE].map(|terms| piece(terms, 2)), [MIN_PIECE; 4]);
        assert_eq!(piece(4000, 1), 4000);
        assert_eq!(piece(4000, 2), 2000);
        assert_eq!(piece(MAX_PIECE + 2, 1), MAX_PIECE / 2 + 1);
        assert!((1..100_000).step_by(97).all(|terms| (MIN_PIECE..=MAX_PIECE).contains(&piece(terms, 3))));
    }

    #[test]
    fn a_sum_of_several_pieces_is_the_whole_sum() {
        let scalars: Vec<Scalar> = (1..=2 * MAX_PIECE as u64 + 5).map(Scalar::from).collect();
        let expected = G.element() * scalars.iter().sum::<Scalar>();
        let elements = vec![G.element(); scalars.len()];
        assert_eq!(product(&scalars.iter().collect::<Vec<_>>(), &elements), expected);
        assert_eq!(product(&[], &[]), Element::default());
    }
}
