//! The verifier (protocol 8.5): the row, and one equation a proof, its coefficients without a division.
//!
//! The equation is multiplied by F = y^{N−1}·∏ e_t², which is not zero since no challenge is. Every coefficient is then a
//! product of challenges, derived in [`notes::range`](crate::notes::range):
//!
//! ```text
//! F·σ_i = E·∏_t ( bit_t ? e_t² : y^{2^(k−1−t)} )          E = ∏ e_t,   bit_t of i − 1, the highest first
//! F·τ_i = E·y^{N−1}·∏_t ( bit_t ? 1 : e_t² )
//! d_i·y^{N+1−i} = y·z²·∏_t ( bit_t ? growth_{k−1−t} : y^{2^(k−1−t)} )          growth_s = 2^{2^s}, s < 6;   z^{2·2^{s−6}}, s ≥ 6
//! ```
//!
//! What is added for the weight 1, with F = y^{N−1}·E²:
//!
//! ```text
//! F·e'²·( A + ζ·H + y^{N+1}·Σ_j z^{2j}·V_j + Σ_t e_t²·L_t ) + y^{N−1}·e'²·Σ_t ( ∏_{s≠t} e_s² )·R_t + F·( e'·A' + B )
//!   − F·( r'·y·s'·H + δ'·G )
//!   − Σ_i ( F·e'²·z + r'·e'·F·σ_i )·g_i + Σ_i ( F·e'²·( z + d_i·y^{N+1−i} ) − s'·e'·F·τ_i )·h_i
//! ```

use alloc::{boxed::Box, vec, vec::Vec};
use core::ops::Range;

use rand_core::CryptoRng;

use super::{
    proof::{RangeProof, Round, rounds},
    statement::{BITS, Commitments, Statement},
};
#[cfg(test)]
use crate::group::{
    Element,
    generators::{range_g, range_h},
};
use crate::{
    batch::{Batch, Equations, OuterProduct, Sum},
    error::ProofError,
    group::{
        Scalar, domain,
        generators::{G, H},
    },
    transcript::Transcript,
};

impl RangeProof {
    /// Adds the equation of this proof to `batch`; returns the item's position.
    ///
    /// # Errors
    ///
    /// [`ProofError::Shape`] if the proof was decoded for another number of values,
    /// [`ProofError::ZeroChallenge`].
    pub fn enqueue(&self, statement: &Statement, batch: &mut Batch) -> Result<usize, ProofError> {
        self.enqueue_after(statement.transcript(), &statement.commitments, batch)
    }

    /// As [`enqueue`](Self::enqueue), for a row whose leading items `prefix` has absorbed; count, m, V_1.. and the
    /// rest follow.
    ///
    /// # Errors
    ///
    /// As [`enqueue`](Self::enqueue).
    pub fn enqueue_after(
        &self,
        prefix: Transcript,
        commitments: &Commitments,
        batch: &mut Batch,
    ) -> Result<usize, ProofError> {
        let (expected, found) = (rounds(commitments.padded()), self.rounds.len());
        if found != expected {
            return Err(ProofError::Shape { what: "rounds of a range proof", expected, found });
        }
        let challenges = Challenges::draw(prefix, commitments, self)?;
        Ok(batch.push_item(Box::new(Equation {
            proof: self.clone(),
            commitments: commitments.clone(),
            challenges,
        })))
    }

    /// Verifies this proof alone.
    ///
    /// # Errors
    ///
    /// [`ProofError::Equation`] if it does not show `statement`, and those of [`enqueue`](Self::enqueue).
    pub fn verify(&self, statement: &Statement, rng: &mut (impl CryptoRng + ?Sized)) -> Result<(), ProofError> {
        let mut batch = Batch::new();
        self.enqueue(statement, &mut batch)?;
        batch.verify_one(rng)
    }
}

#[cfg(feature = "testing")]
impl RangeProof {
    /// y, z, e_1..e_k, e', for known answers.
    ///
    /// # Errors
    ///
    /// [`ProofError::ZeroChallenge`].
    pub fn challenges(&self, statement: &Statement) -> Result<Vec<Scalar>, ProofError> {
        let Challenges { y, z, e, e_last } =
            Challenges::draw(statement.transcript(), &statement.commitments, self)?;
        Ok([y, z].into_iter().chain(e).chain([e_last]).collect())
    }
}

impl Statement {
    /// The row `range` (protocol 1.4) up to the commitments; claims and audit proofs begin otherwise.
    pub(super) fn transcript(&self) -> Transcript {
        let mut row = Transcript::new(domain::RANGE, &self.net);
        row.bytes(&self.body_digest);
        row.int(self.bundle);
        row
    }
}

impl Commitments {
    /// What follows, where the prover forks off its nonces: count, m, V_1 .. V_count.
    pub(super) fn absorb(&self, row: &mut Transcript) {
        row.int(self.as_slice().len() as u64);
        row.int(self.padded() as u64);
        self.as_slice().iter().for_each(|V| row.point(V));
    }
}

/// What the transcript answers.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Challenges {
    pub(super) y: Scalar,
    pub(super) z: Scalar,
    pub(super) e: Vec<Scalar>,
    pub(super) e_last: Scalar,
}

impl Challenges {
    /// The rest of the row: A → y, z; L_t, R_t → e_t; A', B → e'.
    pub(super) fn draw(
        mut row: Transcript,
        commitments: &Commitments,
        proof: &RangeProof,
    ) -> Result<Self, ProofError> {
        commitments.absorb(&mut row);
        row.point(&proof.A);
        let (y, z) = (row.challenge()?, row.challenge()?);
        let mut e = Vec::with_capacity(proof.rounds.len());
        for Round { L, R } in &proof.rounds {
            row.point(L);
            row.point(R);
            e.push(row.challenge()?);
        }
        row.point(&proof.A_last);
        row.point(&proof.B);
        Ok(Self { y, z, e, e_last: row.challenge()? })
    }
}

/// The equation of one proof.
pub(super) struct Equation {
    pub(super) proof: RangeProof,
    pub(super) commitments: Commitments,
    pub(super) challenges: Challenges,
}

impl Equations for Equation {
    fn count(&self) -> usize {
        1
    }

    fn absorb(&self, hash: &mut dyn FnMut(&[u8; 32])) {
        let Challenges { y, z, e, e_last } = &self.challenges;
        let RangeProof { r, s, delta, .. } = &self.proof;
        [y, z, e_last, r, s, delta].into_iter().chain(e).for_each(|scalar| hash(scalar.as_bytes()));
    }

    fn add_to(&self, weights: &[Scalar], sum: &mut Sum) {
        let RangeProof { A, rounds, A_last, B, r, s, delta } = &self.proof;
        let Challenges { y, z, e, e_last } = &self.challenges;
        let (m, k) = (self.commitments.padded(), e.len());
        let z2 = z * z;

        let y_powers = squares(*y, k + 1); // y^{2^s}, s = 0..k
        let y_N = y_powers[k];
        let y_below_N: Scalar = y_powers[..k].iter().product(); // y^{N−1}
        let e2: Vec<Scalar> = e.iter().map(|e| e * e).collect();
        let (others, E2) = products_of_others(&e2);
        let E: Scalar = e.iter().product();

        let scaled = weights[0] * y_below_N; // without ∏ e_t²
        let w = scaled * E2; // of the equation as the paper writes it
        let w_A = w * e_last * e_last; // of Â
        let w_L = scaled * e_last * e_last;

        // No other proof has these points, so there is nothing to merge.
        sum.element(w_A, A.element());
        for (t, Round { L, R }) in rounds.iter().enumerate() {
            sum.element(w_A * e2[t], L.element());
            sum.element(w_L * others[t], R.element());
        }
        sum.element(w * e_last, A_last.element());
        sum.element(w, B.element());

        let mut w_V = w_A * y_N * y;
        let mut sum_of_z = Scalar::ZERO; // Σ z^{2j} over all m values
        let mut z_j = Scalar::ONE;
        for j in 0..m {
            z_j *= z2;
            sum_of_z += z_j;
            // The commitments of the padding are the identity.
            if let Some(V) = self.commitments.as_slice().get(j) {
                w_V *= z2;
                sum.point(w_V, V);
            }
        }

        let sum_of_y = y * y_powers[..k].iter().map(|power| Scalar::ONE + power).product::<Scalar>();
        let sum_of_d = Scalar::from(u64::MAX) * sum_of_z;
        let zeta = (z - z2) * sum_of_y - z * y_N * y * sum_of_d;
        sum.generator(w_A * zeta - w * r * y * s, H);
        sum.generator(-(w * delta), G);

        let w_last = weights[0] * e_last * E;
        let sigma = kronecker(-(w_last * r), k, |t| (y_powers[k - 1 - t], e2[t]));
        let tau = kronecker(-(w_last * y_below_N * s), k, |t| (e2[t], Scalar::ONE));
        // d grows by 2 per bit, in the lower six places of i − 1, and by z² per value.
        let log2 = |count: usize| count.ilog2() as usize;
        let growth = [squares(Scalar::from(2u64), log2(BITS)), squares(z2, log2(m))].concat();
        let d = kronecker(w_A * y * z2, k, |t| (y_powers[k - 1 - t], growth[k - 1 - t]));
        sum.range(m).add((-(w_A * z), sigma), (w_A * z, [tau, d]));
    }
}

#[cfg(test)]
impl Equation {
    /// The equation as [`super`] writes it, left less right, a term at a time and with its divisions. Times F it is what
    /// [`add_to`](Equations::add_to) adds for the weight 1.
    pub(super) fn as_written(&self) -> Element {
        let RangeProof { A, rounds, A_last, B, r, s, delta } = &self.proof;
        let Challenges { y, z, e, e_last } = &self.challenges;
        let (N, k) = (BITS * self.commitments.padded(), e.len());
        let power = |x: &Scalar, exponent: usize| core::iter::repeat_n(x, exponent).product::<Scalar>();
        // i = 64(j − 1) + b + 1
        let d = |i: usize| power(z, 2 * ((i - 1) / BITS + 1)) * Scalar::from(1u64 << ((i - 1) % BITS));
        let (sum_of_y, sum_of_d): (Scalar, Scalar) = ((1..=N).map(|i| power(y, i)).sum(), (1..=N).map(d).sum());
        let zeta = (z - z * z) * sum_of_y - z * power(y, N + 1) * sum_of_d;

        let mut hat = A.element() + H.element() * zeta;
        for i in 1..=N {
            hat -= range_g(i - 1).element() * z;
            hat += range_h(i - 1).element() * (z + d(i) * power(y, N + 1 - i));
        }
        for (j, V) in (1..).zip(self.commitments.as_slice()) {
            hat += V.element() * (power(y, N + 1) * power(z, 2 * j));
        }
        for (Round { L, R }, e) in rounds.iter().zip(e) {
            hat += L.element() * (e * e) + R.element() * (e * e).invert();
        }

        let mut left = hat * (e_last * e_last) + A_last.element() * e_last + B.element();
        for i in 1..=N {
            let bit = |t: usize| (i - 1) >> (k - 1 - t) & 1 == 1;
            let product: Scalar = (0..k).map(|t| if bit(t) { e[t] } else { e[t].invert() }).product();
            let (sigma, tau) = (power(&y.invert(), i - 1) * product, product.invert());
            left -= range_g(i - 1).element() * (r * e_last * sigma);
            left -= range_h(i - 1).element() * (s * e_last * tau);
        }
        left - H.element() * (r * y * s) - G.element() * delta
    }
}

/// x, x², x⁴, .. : `count` of them.
pub(super) fn squares(x: Scalar, count: usize) -> Vec<Scalar> {
    core::iter::successors(Some(x), |x| Some(x * x)).take(count).collect()
}

/// ∏_{s≠t} x_s for each t, and ∏ x_s.
fn products_of_others(x: &[Scalar]) -> (Vec<Scalar>, Scalar) {
    let mut others = vec![Scalar::ONE; x.len()];
    let mut before = Scalar::ONE;
    for (other, x) in others.iter_mut().zip(x) {
        *other = before;
        before *= x;
    }
    let mut after = Scalar::ONE;
    for (other, x) in others.iter_mut().zip(x).rev() {
        *other *= after;
        after *= x;
    }
    (others, before)
}

/// first·∏_t pair(t)[bit t of i] for i < 2^k, bit 0 the highest: as the outer product of its two halves.
fn kronecker(first: Scalar, k: usize, pair: impl Fn(usize) -> (Scalar, Scalar)) -> OuterProduct {
    let table = |first: Scalar, places: Range<usize>| {
        places.map(&pair).fold(vec![first], |table, (zero, one)| {
            table.iter().flat_map(|entry| [entry * zero, entry * one]).collect()
        })
    };
    OuterProduct { high: table(first, 0..k / 2), low: table(Scalar::ONE, k / 2..k) }
}
