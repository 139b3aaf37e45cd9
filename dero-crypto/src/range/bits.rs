//! The first three rounds, while a and b still show the bits they come from.
//!
//! An entry of a is then a public combination, with the factors α_k, of entries of the first a = bits − z, and so b with β_k,
//! g with γ_k and h with η_k; ⟨a, g⟩ over a half of each is a sum of subset sums of the generators with public factors. What
//! the factors are and why: [`notes::range`](crate::notes::range).
//!
//! Variable time in challenges only: selections are masked, and field arithmetic on the secret subset sums takes
//! constant time. The sums are erased here; copies inside the curve library's multiplication are not.

use alloc::{vec, vec::Vec};

use subtle::{Choice, ConditionallySelectable};

use super::{
    inner_product::{Bases, Cross, Fold, Powers, vector_generators},
    statement::BITS,
};
use crate::{
    group::{
        Element, Scalar,
        generators::{G, H},
        sum_of_products, sum_of_products_vartime,
    },
    secret::Secret,
};

/// Rounds that work on bits.
pub(super) const ROUNDS: usize = 3;
/// Blocks of the last of these rounds.
const BLOCKS: usize = 1 << ROUNDS;

/// The state of the first rounds.
pub(super) struct BitRounds<'a> {
    bits: &'a [u8],
    z: Scalar,
    g: &'static [Element],
    h: &'static [Element],
    /// The factor ρ between the halves of q, per round.
    rho: [Scalar; ROUNDS],
    /// Per eighth: the sum of g, the sum of h, and ⟨first eighth of q, h⟩.
    sums_g: [Element; BLOCKS],
    sums_h: [Element; BLOCKS],
    sums_q: [Element; BLOCKS],
    /// α, β, γ, η.
    alpha: Vec<Scalar>,
    beta: Vec<Scalar>,
    gamma: Vec<Scalar>,
    eta: Vec<Scalar>,
    /// ∏ (e⁻¹ + e·ρ): what the rounds made of q's first block.
    kappa: Scalar,
}

impl<'a> BitRounds<'a> {
    /// Begins with the bits a_L and the public vector q.
    pub(super) fn new(bits: &'a [u8], z: Scalar, q: &[Scalar], powers: &Powers) -> Self {
        let N = bits.len();
        let (g, h) = vector_generators(N);
        let eighth = N / BLOCKS;
        let block = |p: &'static [Element], k: usize| &p[k * eighth..][..eighth];
        let rho = core::array::from_fn(|round| {
            let half = N >> (round + 1);
            // d grows by z² per value and by 2 per bit.
            let growth = match half / BITS {
                0 => Scalar::from(1u64 << half),
                values => core::iter::repeat_n(z * z, values).product(),
            };
            growth * powers.inverse(half)
        });
        Self {
            bits,
            z,
            rho,
            sums_g: core::array::from_fn(|k| block(g, k).iter().sum()),
            sums_h: core::array::from_fn(|k| block(h, k).iter().sum()),
            sums_q: core::array::from_fn(|k| sum_of_products_vartime(&q[..eighth], block(h, k))),
            g,
            h,
            alpha: vec![Scalar::ONE],
            beta: vec![Scalar::ONE],
            gamma: vec![Scalar::ONE],
            eta: vec![Scalar::ONE],
            kappa: Scalar::ONE,
        }
    }

    /// L and R of the next round.
    pub(super) fn cross(&self, powers: &Powers, hidden: &Cross) -> (Element, Element) {
        let half = self.half();
        let rho = self.rho[self.round()];
        let hiding = |scalars: [&Scalar; 2]| sum_of_products(scalars, [H.element(), G.element()]);
        (
            self.products((0, 1), powers.inverse(half), &rho) + hiding(hidden.L()),
            self.products((1, 0), powers.y(half), &Scalar::ONE) + hiding(hidden.R()),
        )
    }

    /// Notes the challenge.
    pub(super) fn fold(&mut self, fold: &Fold, powers: &Powers) {
        let (half, rho) = (self.half(), self.rho[self.round()]);
        let Fold { e, inverse } = *fold;
        self.kappa *= inverse + e * rho;
        self.alpha = pairs(&self.alpha, e, inverse * powers.y(half));
        self.beta = pairs(&self.beta, inverse, e);
        self.gamma = pairs(&self.gamma, inverse, e * powers.inverse(half));
        self.eta = pairs(&self.eta, e, inverse);
    }

    /// The folded bases, for the rounds that follow.
    pub(super) fn into_bases(self) -> Bases {
        Bases {
            g: combine(self.g, &self.gamma),
            g_factor: self.gamma[0],
            h: combine(self.h, &self.eta),
            h_factor: self.eta[0],
        }
    }

    fn round(&self) -> usize {
        self.alpha.len().ilog2() as usize
    }

    /// n̂.
    fn half(&self) -> usize {
        self.bits.len() >> (self.round() + 1)
    }

    /// y·⟨a_u, g_v⟩ + ⟨b_v, h_u⟩, where u, v are the two halves (0 or 1) and q's half v is `rho` times the first.
    fn products(&self, (u, v): (usize, usize), y: &Scalar, rho: &Scalar) -> Element {
        let blocks = self.alpha.len();
        let capacity = 2 * blocks * blocks + 2 * blocks + BLOCKS / 2;
        let mut scalars = Vec::with_capacity(capacity);
        let mut elements = Secret::new(Vec::with_capacity(capacity));
        let mut add = |scalar: Scalar, element: Element| {
            scalars.push(scalar);
            elements.expose_mut().push(element);
        };

        let alpha: Vec<Scalar> = self.alpha.iter().map(|alpha| alpha * y).collect();
        for (k, l) in (0..blocks).flat_map(|k| (0..blocks).map(move |l| (k, l))) {
            add(alpha[k] * self.gamma[l], self.subset_sum(2 * k + u, self.g, 2 * l + v));
            add(self.beta[k] * self.eta[l], self.subset_sum(2 * k + v, self.h, 2 * l + u));
        }

        let constant_a = -self.z * alpha.iter().sum::<Scalar>();
        let constant_b = (self.z - Scalar::ONE) * self.beta.iter().sum::<Scalar>();
        let q_below = self.rho[self.round() + 1..]
            .iter()
            .fold(vec![Scalar::ONE], |below, rho| pairs(&below, Scalar::ONE, *rho));
        let eighths = q_below.len();
        for l in 0..blocks {
            let (of_g, of_h) = ((2 * l + v) * eighths, (2 * l + u) * eighths);
            add(constant_a * self.gamma[l], self.sums_g[of_g..][..eighths].iter().sum());
            add(constant_b * self.eta[l], self.sums_h[of_h..][..eighths].iter().sum());
            for (below, element) in q_below.iter().zip(&self.sums_q[of_h..]) {
                add(self.kappa * rho * self.eta[l] * below, *element);
            }
        }
        sum_of_products_vartime(&scalars, elements.expose())
    }

    /// The sum of the elements in block l where the bits in block k are 1. Constant time.
    fn subset_sum(&self, k: usize, elements: &[Element], l: usize) -> Element {
        let half = self.half();
        let bits = &self.bits[k * half..][..half];
        let chosen = bits
            .iter()
            .zip(&elements[l * half..])
            .map(|(bit, element)| Element::conditional_select(&Element::default(), element, Choice::from(*bit)));
        chosen.sum()
    }
}

/// Each entry times `zero`, then times `one`: the block's next bit.
fn pairs(entries: &[Scalar], zero: Scalar, one: Scalar) -> Vec<Scalar> {
    entries.iter().flat_map(|entry| [entry * zero, entry * one]).collect()
}

/// The blocks of `elements` under `coefficients`, divided by the first coefficient.
fn combine(elements: &[Element], coefficients: &[Scalar]) -> Vec<Element> {
    let block = elements.len() / coefficients.len();
    let inverse = coefficients[0].invert();
    let rest: Vec<Scalar> = coefficients[1..].iter().map(|coefficient| coefficient * inverse).collect();
    (0..block)
        .map(|i| elements[i] + sum_of_products_vartime(&rest, elements[block + i..].iter().step_by(block)))
        .collect()
}
