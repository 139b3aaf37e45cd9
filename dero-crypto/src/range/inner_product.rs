//! The weighted inner product argument, one halving at a time (protocol 8.5, the paper's figure 1).
//!
//! ```text
//! P = ⟨a, g⟩ + ⟨b, h⟩ + (Σ y^i·a_i·b_i)·H + α·G
//! ```
//!
//! [`Vectors`] are the secret side, [`Bases`] the public one. Each folds by a challenge on its own.

use alloc::vec::Vec;

use super::{
    proof::{RangeProof, Round},
    verifier::squares,
};
use crate::{
    error::ProofError,
    group::{
        Element, Point, Scalar,
        generators::{self, G, Generator, H, range_g, range_h},
        sum_of_products, sum_of_products_vartime,
    },
    secret::Secret,
    transcript::Transcript,
};

/// Where nonces come from, in the order α, d_L and d_R of each round, r, s, δ, η.
pub(super) type Nonces<'a> = &'a mut dyn FnMut() -> Secret<Scalar>;

/// g_1..g_N and h_1..h_N.
pub(super) fn vector_generators(N: usize) -> (&'static [Element], &'static [Element]) {
    let from = |first: Generator| &generators::table()[first.index()..][..N];
    (from(range_g(0)), from(range_h(0)))
}

/// Powers of y, and of its inverse by doubling.
pub(super) struct Powers {
    /// y^1 .. y^N.
    up: Vec<Scalar>,
    /// y^{−2^s}.
    down: Vec<Scalar>,
}

impl Powers {
    pub(super) fn new(y: &Scalar, N: usize) -> Self {
        let up = core::iter::successors(Some(*y), |power| Some(power * y)).take(N).collect();
        Self { up, down: squares(y.invert(), N.ilog2() as usize) }
    }

    /// y^i, 1 ≤ i ≤ N.
    pub(super) fn y(&self, i: usize) -> &Scalar {
        &self.up[i - 1]
    }

    /// y^{−n} for a power of two n below N.
    pub(super) fn inverse(&self, n: usize) -> &Scalar {
        &self.down[n.ilog2() as usize]
    }
}

/// A challenge e, its inverse and their squares.
#[derive(Clone, Copy)]
pub(super) struct Fold {
    pub(super) e: Scalar,
    pub(super) inverse: Scalar,
}

impl Fold {
    pub(super) fn new(e: Scalar) -> Self {
        Self { e, inverse: e.invert() }
    }

    fn squared(&self) -> Scalar {
        self.e * self.e
    }

    fn inverse_squared(&self) -> Scalar {
        self.inverse * self.inverse
    }
}

/// a, b and α.
pub(super) struct Vectors {
    pub(super) a: Secret<Vec<Scalar>>,
    pub(super) b: Secret<Vec<Scalar>>,
    pub(super) alpha: Secret<Scalar>,
}

impl Vectors {
    fn halves(&self) -> [&[Scalar]; 4] {
        let half = self.half();
        let (a_1, a_2) = self.a.expose().split_at(half);
        let (b_1, b_2) = self.b.expose().split_at(half);
        [a_1, a_2, b_1, b_2]
    }

    /// n̂.
    pub(super) fn half(&self) -> usize {
        self.a.expose().len() / 2
    }

    /// (c_L, c_R).
    pub(super) fn cross_terms(&self, powers: &Powers) -> [Secret<Scalar>; 2] {
        let [a_1, a_2, b_1, b_2] = self.halves();
        let weighted = |a: &[Scalar], b: &[Scalar]| -> Scalar {
            powers.up.iter().zip(a).zip(b).map(|((y, a), b)| y * a * b).sum()
        };
        [Secret::new(weighted(a_1, b_2)), Secret::new(weighted(a_2, b_1) * powers.y(self.half()))]
    }

    /// Halves the vectors.
    pub(super) fn fold(&mut self, fold: &Fold, powers: &Powers, [d_L, d_R]: &[Secret<Scalar>; 2]) {
        let [a_1, a_2, b_1, b_2] = self.halves();
        let combined = |first: &[Scalar], x: Scalar, second: &[Scalar], y: Scalar| {
            Secret::new(first.iter().zip(second).map(|(first, second)| x * first + y * second).collect::<Vec<_>>())
        };
        let a = combined(a_1, fold.e, a_2, fold.inverse * powers.y(self.half()));
        let b = combined(b_1, fold.inverse, b_2, fold.e);
        let alpha = fold.squared() * d_L.expose() + self.alpha.expose() + fold.inverse_squared() * d_R.expose();
        *self = Self { a, b, alpha: Secret::new(alpha) };
    }
}

/// What hides L and R: c_L·H + d_L·G and c_R·H + d_R·G.
pub(super) struct Cross {
    c: [Secret<Scalar>; 2],
    d: [Secret<Scalar>; 2],
}

impl Cross {
    /// (c_L, d_L)
    pub(super) fn L(&self) -> [&Scalar; 2] {
        [self.c[0].expose(), self.d[0].expose()]
    }

    /// (c_R, d_R)
    pub(super) fn R(&self) -> [&Scalar; 2] {
        [self.c[1].expose(), self.d[1].expose()]
    }
}

/// The argument while it runs.
pub(super) struct Argument<'a> {
    transcript: Transcript,
    powers: &'a Powers,
    vectors: Vectors,
    nonces: Nonces<'a>,
    rounds: Vec<Round>,
}

impl<'a> Argument<'a> {
    /// Begins after z.
    pub(super) fn new(transcript: Transcript, powers: &'a Powers, vectors: Vectors, nonces: Nonces<'a>) -> Self {
        Self { transcript, powers, vectors, nonces, rounds: Vec::new() }
    }

    /// One round; `cross` computes L and R. The caller folds its bases by the result.
    pub(super) fn halve(
        &mut self,
        cross: impl FnOnce(&Vectors, &Cross) -> (Element, Element),
    ) -> Result<Fold, ProofError> {
        let hidden = Cross { c: self.vectors.cross_terms(self.powers), d: [(self.nonces)(), (self.nonces)()] };
        let (L, R) = cross(&self.vectors, &hidden);
        let (L, R) = (Point::encode(L, "L")?, Point::encode(R, "R")?);
        self.transcript.point(&L);
        self.transcript.point(&R);
        self.rounds.push(Round { L, R });
        let fold = Fold::new(self.transcript.challenge()?);
        self.vectors.fold(&fold, self.powers, &hidden.d);
        Ok(fold)
    }

    /// The remaining rounds over `bases`, and the last message.
    pub(super) fn finish(mut self, A: Point, mut bases: Bases) -> Result<RangeProof, ProofError> {
        let powers = self.powers;
        while self.vectors.half() > 0 {
            let fold = self.halve(|vectors, hidden| bases.cross(vectors, powers, hidden))?;
            bases.fold(&fold, powers);
        }

        let [r, s, delta, eta] = core::array::from_fn(|_| (self.nonces)());
        let (r, s, delta, eta) = (r.expose(), s.expose(), delta.expose(), eta.expose());
        let (a, b, alpha) = (&self.vectors.a.expose()[0], &self.vectors.b.expose()[0], self.vectors.alpha.expose());
        let y = powers.y(1);
        let of_A = Secret::new([r * bases.g_factor, s * bases.h_factor, r * y * b + s * y * a, *delta]);
        let A_last = sum_of_products(of_A.expose(), [&bases.g[0], &bases.h[0], H.element(), G.element()]);
        let of_B = Secret::new([r * y * s, *eta]);
        let B = sum_of_products(of_B.expose(), [H.element(), G.element()]);
        let (A_last, B) = (Point::encode(A_last, "A'")?, Point::encode(B, "B")?);

        self.transcript.point(&A_last);
        self.transcript.point(&B);
        let e = self.transcript.challenge()?;
        Ok(RangeProof {
            A,
            rounds: self.rounds,
            A_last,
            B,
            r: r + a * e,
            s: s + b * e,
            delta: eta + delta * e + alpha * e * e,
        })
    }
}

/// g and h, each as a factor times elements: a factor waits for the next product instead of costing its own.
pub(super) struct Bases {
    pub(super) g: Vec<Element>,
    pub(super) g_factor: Scalar,
    pub(super) h: Vec<Element>,
    pub(super) h_factor: Scalar,
}

impl Bases {
    /// Nothing folded.
    #[cfg(test)]
    pub(super) fn original(N: usize) -> Self {
        let (g, h) = vector_generators(N);
        Self { g: g.to_vec(), g_factor: Scalar::ONE, h: h.to_vec(), h_factor: Scalar::ONE }
    }

    /// L and R. Constant time.
    pub(super) fn cross(&self, vectors: &Vectors, powers: &Powers, hidden: &Cross) -> (Element, Element) {
        let half = vectors.half();
        let [a_1, a_2, b_1, b_2] = vectors.halves();
        let (g_1, g_2) = self.g.split_at(half);
        let (h_1, h_2) = self.h.split_at(half);
        let sum = |a: &[Scalar], g: &[Element], y: &Scalar, b: &[Scalar], h: &[Element], hidden: [&Scalar; 2]| {
            let y = y * self.g_factor;
            let scaled = a.iter().map(|a| a * y).chain(b.iter().map(|b| b * self.h_factor));
            let scalars: Secret<Vec<Scalar>> = Secret::new(scaled.chain(hidden.map(|scalar| *scalar)).collect());
            sum_of_products(scalars.expose(), g.iter().chain(h).chain([H.element(), G.element()]))
        };
        (
            sum(a_1, g_2, powers.inverse(half), b_2, h_1, hidden.L()),
            sum(a_2, g_1, powers.y(half), b_1, h_2, hidden.R()),
        )
    }

    /// Halves the bases: g ← e⁻¹·( g_1 + e²·y^{−n̂}·g_2 ), h ← e·( h_1 + e⁻²·h_2 ). Both challenges are public.
    pub(super) fn fold(&mut self, fold: &Fold, powers: &Powers) {
        let half = self.g.len() / 2;
        halve(&mut self.g, fold.squared() * powers.inverse(half));
        halve(&mut self.h, fold.inverse_squared());
        self.g_factor *= fold.inverse;
        self.h_factor *= fold.e;
    }
}

/// p ← p_1 + x·p_2.
fn halve(p: &mut Vec<Element>, x: Scalar) {
    let second = p.split_off(p.len() / 2);
    for (p_1, p_2) in p.iter_mut().zip(&second) {
        *p_1 += sum_of_products_vartime([&x], [p_2]);
    }
}
