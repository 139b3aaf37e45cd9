//! The prover: commit to bits, shift, halve, answer.

use alloc::vec::Vec;
use core::iter;

use rand_core::CryptoRng;
use subtle::{Choice, ConditionallySelectable};

use super::{
    bits::{self, BitRounds},
    inner_product::{Argument, Nonces, Powers, Vectors, vector_generators},
    proof::RangeProof,
    statement::{BITS, Commitments, Statement},
    witness::Witness,
};
use crate::{
    error::ProofError,
    group::{Element, Point, Scalar},
    secret::Secret,
    transcript::Transcript,
};

impl RangeProof {
    /// Proves that every commitment of `statement` hides a 64-bit amount. Constant time in amounts and masks.
    ///
    /// # Errors
    ///
    /// [`ProofError::Shape`] for another number of openings, [`ProofError::Witness`] if one does not open its
    /// commitment.
    pub fn prove(
        statement: &Statement,
        witness: &Witness,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<Self, ProofError> {
        Self::prove_after(statement.transcript(), &statement.commitments, witness, rng)
    }

    /// As [`prove`](Self::prove), for a row whose leading items `prefix` has absorbed; count, m, V_1.. and the rest
    /// follow.
    ///
    /// # Errors
    ///
    /// As [`prove`](Self::prove).
    pub fn prove_after(
        mut prefix: Transcript,
        commitments: &Commitments,
        witness: &Witness,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<Self, ProofError> {
        witness.check(commitments)?;
        commitments.absorb(&mut prefix);
        let mut nonces = witness.nonces(&prefix, rng);
        prove(prefix, commitments.padded(), witness, &mut || nonces.scalar())
    }

    /// Proves with the nonces α, d_L and d_R of each round, r, s, δ, η, for known answers. Used twice, they give
    /// the witness away.
    ///
    /// # Errors
    ///
    /// As [`prove`](Self::prove), and [`ProofError::Shape`] for another number of nonces.
    #[cfg(feature = "testing")]
    pub fn prove_with_nonces(
        statement: &Statement,
        witness: &Witness,
        nonces: &[Scalar],
    ) -> Result<Self, ProofError> {
        let commitments = &statement.commitments;
        let (expected, found) = (2 * super::proof::rounds(commitments.padded()) + 5, nonces.len());
        if found != expected {
            return Err(ProofError::Shape { what: "nonces", expected, found });
        }
        witness.check(commitments)?;
        let mut transcript = statement.transcript();
        commitments.absorb(&mut transcript);
        let mut nonces = nonces.iter();
        prove(transcript, commitments.padded(), witness, &mut || {
            Secret::new(*nonces.next().expect("the proof takes as many nonces as were counted"))
        })
    }
}

/// Proves over `m` values; `transcript` has absorbed the statement.
fn prove(
    mut transcript: Transcript,
    m: usize,
    witness: &Witness,
    nonces: Nonces<'_>,
) -> Result<RangeProof, ProofError> {
    let bits = witness.bits(m);
    let alpha = nonces();
    let A = Point::encode(Element::mul_base(alpha.expose()) + commit_to_bits(bits.expose()), "A")?;
    transcript.point(&A);
    let shift = Shift::new(transcript.challenge()?, transcript.challenge()?, m);

    let a_L = Secret::new(bits.expose().iter().map(|bit| Scalar::from(*bit)).collect());
    let masks = witness.openings().iter().map(|opening| opening.mask());
    let mut argument = Argument::new(transcript, &shift.powers, shift.vectors(&a_L, &alpha, masks), nonces);
    let mut first = BitRounds::new(bits.expose(), shift.z, &shift.q, &shift.powers);
    for _ in 0..bits::ROUNDS {
        let fold = argument.halve(|_, cross| first.cross(&shift.powers, cross))?;
        first.fold(&fold, &shift.powers);
    }
    argument.finish(A, first.into_bases())
}

/// ⟨a_L, g⟩ + ⟨a_R, h⟩: g_i where the bit is 1, −h_i where it is 0. Constant time.
fn commit_to_bits(bits: &[u8]) -> Element {
    let (g, h) = vector_generators(bits.len());
    let chosen = bits
        .iter()
        .zip(g.iter().zip(h))
        .map(|(bit, (g, h))| Element::conditional_select(&-h, g, Choice::from(*bit)));
    chosen.sum()
}

/// The public part of the step from bits to one weighted inner product.
pub(super) struct Shift {
    z: Scalar,
    pub(super) powers: Powers,
    /// q_i = d_i·y^{N+1−i}.
    q: Vec<Scalar>,
    /// y^{N+1}·z^{2j}: what the verifier multiplies V_j with.
    of_V: Vec<Scalar>,
}

impl Shift {
    pub(super) fn new(y: Scalar, z: Scalar, m: usize) -> Self {
        let N = BITS * m;
        let powers = Powers::new(&y, N);
        let z_powers: Vec<Scalar> = successors(z * z, z * z).take(m).collect();
        let d = z_powers.iter().flat_map(|z| successors(*z, Scalar::from(2u64)).take(BITS));
        let q = d.enumerate().map(|(i, d)| d * powers.y(N - i)).collect();
        let of_V = z_powers.iter().map(|z| z * powers.y(N) * y).collect();
        Self { z, powers, q, of_V }
    }

    /// a = a_L − z, b = a_R + z + q, α + y^{N+1}·Σ z^{2j}·γ_j.
    pub(super) fn vectors<'w>(
        &self,
        a_L: &Secret<Vec<Scalar>>,
        alpha: &Secret<Scalar>,
        masks: impl Iterator<Item = &'w Scalar>,
    ) -> Vectors {
        let a = a_L.expose().iter().map(|a| a - self.z).collect();
        let b = a_L.expose().iter().zip(&self.q).map(|(a, q)| a - Scalar::ONE + self.z + q).collect();
        let shifted: Scalar = self.of_V.iter().zip(masks).map(|(of_V, mask)| of_V * mask).sum();
        Vectors { a: Secret::new(a), b: Secret::new(b), alpha: Secret::new(alpha.expose() + shifted) }
    }
}

/// x, x·ratio, x·ratio², ..
fn successors(x: Scalar, ratio: Scalar) -> impl Iterator<Item = Scalar> {
    iter::successors(Some(x), move |x| Some(x * ratio))
}
