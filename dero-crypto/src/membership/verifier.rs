//! The verifier (protocol 7.3): two linear equations a proof, whose members' coefficients are a tensor product.

use alloc::{boxed::Box, sync::Arc, vec, vec::Vec};

use rand_core::CryptoRng;

use super::{
    MembershipProof, MembershipStatement, ReferenceSet, parameters::Digits, proof::Messages, statement::COMPONENTS,
};
#[cfg(test)]
use crate::group::Element;
use crate::{
    batch::{Batch, Equations, RingTerm, Sum},
    error::ProofError,
    group::{
        Point, Scalar, domain,
        generators::{G, membership_p, membership_q},
    },
    transcript::Transcript,
};

impl MembershipStatement {
    /// The row `member` (protocol 1.4) up to the image, where the prover forks off its nonces. μ comes next.
    pub(super) fn transcript(&self) -> Transcript {
        let mut row = Transcript::new(domain::MEMBER, &self.net);
        row.int(self.parameters.n().into());
        row.int(self.parameters.m().into());
        row.int(COMPONENTS as u64);
        row.int(self.set.kind().to_byte().into());
        row.int(self.set.start());
        row.int(self.set.members().len() as u64);
        row.bytes(self.set.acc_start().as_bytes());
        row.bytes(self.set.acc_end().as_bytes());
        self.image.components().into_iter().for_each(|point| row.point(point));
        row
    }
}

/// The rest of the row, behind μ: A, B, X_0 .. X_{m−1} → ξ.
pub(crate) fn second_challenge(
    row: &mut Transcript,
    A: &Point,
    B: &Point,
    X: &[Point],
) -> Result<Scalar, ProofError> {
    [A, B].into_iter().chain(X).for_each(|point| row.point(point));
    row.challenge()
}

impl MembershipProof {
    /// Derives the challenges and adds the proof's equations to `batch`; returns the item's position there.
    ///
    /// # Errors
    ///
    /// [`ProofError::Shape`] if the proof was read for other parameters, [`ProofError::ZeroChallenge`].
    pub fn enqueue(&self, statement: &MembershipStatement, batch: &mut Batch) -> Result<usize, ProofError> {
        let digits = statement.parameters().digits();
        self.0.check_shape(digits)?;
        let (mu, xi) = self.challenges(statement)?;
        let ring = Arc::clone(statement.set());
        let image = statement.image().components().map(|point| *point);
        Ok(batch.push_item(Box::new(Item { digits, ring, image, messages: self.0.clone(), mu, xi })))
    }

    /// Checks the proof alone.
    ///
    /// # Errors
    ///
    /// Those of [`MembershipProof::enqueue`]; [`ProofError::Equation`] if the proof does not convince.
    pub fn verify(
        &self,
        statement: &MembershipStatement,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<(), ProofError> {
        let mut batch = Batch::new();
        self.enqueue(statement, &mut batch)?;
        batch.verify_one(rng)
    }

    /// (μ, ξ) of this proof under `statement`.
    ///
    /// # Errors
    ///
    /// [`ProofError::ZeroChallenge`].
    pub fn challenges(&self, statement: &MembershipStatement) -> Result<(Scalar, Scalar), ProofError> {
        let mut row = statement.transcript();
        let mu = row.challenge()?;
        Ok((mu, second_challenge(&mut row, &self.0.A, &self.0.B, &self.0.X)?))
    }
}

/// Where the members of a ring get their coefficients `high[α][k / w]·low[k % w]`, w = |low|, k < n^m.
pub(crate) trait Ring<const D: usize>: Send + Sync {
    fn add_to(&self, high: [Vec<Scalar>; D], low: Vec<Scalar>, sum: &mut Sum);
}

/// Place k of the ring is position start + min(k, L − 1) of the list: [`fold_padding`], once for all proofs of a batch over
/// one set.
impl Ring<COMPONENTS> for Arc<ReferenceSet> {
    fn add_to(&self, high: [Vec<Scalar>; COMPONENTS], low: Vec<Scalar>, sum: &mut Sum) {
        sum.ring(self, RingTerm { high, low });
    }
}

/// The places from L = `length` on are the last member: what stands there is added to place L − 1.
pub(crate) fn fold_padding(mut coefficients: Vec<Scalar>, length: usize) -> Vec<Scalar> {
    let padding: Scalar = coefficients.drain(length..).sum();
    coefficients[length - 1] += padding;
    coefficients
}

/// The equations of one proof over D components:
///
/// ```text
/// 0 = A + ξ·B − z_A·G − Σ_{j,i} f_{j,i}·P_{jn+i} − Σ_{j,i} f_{j,i}(ξ − f_{j,i})·Q_{jn+i}
/// 0 = ξ^m·Σ_α μ^α·S~_α − Σ_k p_k·Σ_α μ^α·S_{k,α} − Σ_j ξ^j·X_j − z·G          p_k = ∏_j f_{j,k_j}
/// ```
pub(crate) struct Item<const D: usize, R> {
    pub(crate) digits: Digits,
    pub(crate) ring: R,
    pub(crate) image: [Point; D],
    pub(crate) messages: Messages,
    pub(crate) mu: Scalar,
    pub(crate) xi: Scalar,
}

impl<const D: usize, R: Ring<D>> Equations for Item<D, R> {
    fn count(&self) -> usize {
        2
    }

    fn absorb(&self, hash: &mut dyn FnMut(&[u8; 32])) {
        let Messages { f, z_A, z, .. } = &self.messages;
        f.iter().chain([z_A, z, &self.mu, &self.xi]).for_each(|scalar| hash(scalar.as_bytes()));
    }

    fn add_to(&self, weights: &[Scalar], sum: &mut Sum) {
        let (digits, xi) = (self.digits, &self.xi);
        let Messages { A, B, X, z_A, z, .. } = &self.messages;
        let (w1, w2) = (weights[0], weights[1]);
        let f = self.messages.responses(digits, xi);

        sum.point(w1, A);
        sum.point(w1 * xi, B);
        sum.generator(-(w1 * z_A), G);
        for (place, f) in f.iter().enumerate() {
            let weighted = -(w1 * f);
            sum.generator(weighted, membership_p(place));
            sum.generator(weighted * (xi - f), membership_q(place));
        }

        let mut power = w2;
        for X in X {
            sum.point(-power, X);
            power *= xi;
        }
        sum.generator(-(w2 * z), G);
        let mu: [Scalar; D] = powers(&self.mu);
        for (mu, image) in mu.iter().zip(&self.image) {
            sum.point(power * mu, image);
        }
        // Half of the digits on either side: the shortest factors of p.
        let (low, high) = f.split_at(digits.m.div_ceil(2) * digits.n);
        let high = products(digits.n, -w2, high);
        self.ring.add_to(
            mu.map(|mu| high.iter().map(|p| p * mu).collect()),
            products(digits.n, Scalar::ONE, low),
            sum,
        );
    }
}

/// `start`·∏_j f_{j,k_j} for every combination of the digits whose rows are given: the top digit first, so that
/// combinations of the low digits stand together.
pub(crate) fn products(n: usize, start: Scalar, rows: &[Scalar]) -> Vec<Scalar> {
    rows.rchunks(n).fold(vec![start], |products, row| {
        products.iter().flat_map(|product| row.iter().map(move |f| product * f)).collect()
    })
}

/// 1, μ, .., μ^{D−1}: the weights that bind D components to one member.
pub(crate) fn powers<const D: usize>(mu: &Scalar) -> [Scalar; D] {
    let mut powers = [Scalar::ONE; D];
    for exponent in 1..D {
        powers[exponent] = powers[exponent - 1] * mu;
    }
    powers
}

impl Messages {
    /// All f_{j,i} at place j·n + i, with f_{j,0} = ξ − Σ_{i≥1} f_{j,i}.
    pub(crate) fn responses(&self, digits: Digits, xi: &Scalar) -> Vec<Scalar> {
        let rows = self.f.chunks(digits.n - 1);
        rows.flat_map(|row| core::iter::once(xi - row.iter().sum::<Scalar>()).chain(row.iter().copied())).collect()
    }
}

#[cfg(test)]
impl<const D: usize, R> Item<D, R> {
    /// Both equations as [`super`] writes them, left less right, a term at a time over the members S_0 .. S_{L−1}.
    pub(super) fn equations_as_written(&self, S: &[[Element; D]]) -> [Element; 2] {
        let Messages { A, B, X, f: sent, z_A, z } = &self.messages;
        let (Digits { n, m }, xi, mu) = (self.digits, &self.xi, &self.mu);
        let power = |x: &Scalar, exponent: usize| core::iter::repeat_n(x, exponent).product::<Scalar>();
        let f = |j: usize, i: usize| match i {
            0 => xi - sent[j * (n - 1)..][..n - 1].iter().sum::<Scalar>(),
            _ => sent[j * (n - 1) + i - 1],
        };
        let mut first = A.element() + B.element() * xi - G.element() * z_A;
        for (j, i) in (0..m).flat_map(|j| (0..n).map(move |i| (j, i))) {
            first -= membership_p(j * n + i).element() * f(j, i);
            first -= membership_q(j * n + i).element() * (f(j, i) * (xi - f(j, i)));
        }

        let W = |S: &[Element; D]| S.iter().enumerate().map(|(alpha, S)| S * power(mu, alpha)).sum::<Element>();
        let mut second = W(&self.image.map(|part| *part.element())) * power(xi, m) - G.element() * z;
        for k in 0..n.pow(m as u32) {
            let p = self.digits.of(k).enumerate().map(|(j, digit)| f(j, digit)).product::<Scalar>();
            second -= W(&S[k.min(S.len() - 1)]) * p;
        }
        for (j, X) in X.iter().enumerate() {
            second -= X.element() * power(xi, j);
        }
        [first, second]
    }
}
