//! The messages of a one-out-of-many proof, as bytes and as points and scalars.

use alloc::vec::Vec;

use super::parameters::Digits;
use crate::{
    codec::Reader,
    error::{DecodeError, ProofError},
    group::{Point, Scalar},
    transcript::Transcript,
};

/// `A | B | X_0 | .. | X_{m−1} | f_{0,1} | .. | f_{0,n−1} | f_{1,1} | .. | f_{m−1,n−1} | z_A | z`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Messages {
    pub(crate) A: Point,
    pub(crate) B: Point,
    pub(crate) X: Vec<Point>,
    /// f_{j,i} for i ≥ 1 at place j·(n − 1) + i − 1.
    pub(crate) f: Vec<Scalar>,
    pub(crate) z_A: Scalar,
    pub(crate) z: Scalar,
}

impl Messages {
    pub(crate) fn decode(bytes: &[u8], digits: Digits, what: &'static str) -> Result<Self, DecodeError> {
        let expected = digits.proof_len();
        if bytes.len() != expected {
            return Err(DecodeError::Length { what, expected, found: bytes.len() });
        }
        let mut reader = Reader::new(bytes, what);
        let messages = Self {
            A: reader.point("A of a one-out-of-many proof")?,
            B: reader.point("B of a one-out-of-many proof")?,
            X: (0..digits.m).map(|_| reader.point("X of a one-out-of-many proof")).collect::<Result<_, _>>()?,
            f: (0..digits.m * (digits.n - 1))
                .map(|_| reader.scalar("f of a one-out-of-many proof"))
                .collect::<Result<_, _>>()?,
            z_A: reader.scalar("z_A of a one-out-of-many proof")?,
            z: reader.scalar("z of a one-out-of-many proof")?,
        };
        reader.finish()?;
        Ok(messages)
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let points = [&self.A, &self.B].into_iter().chain(&self.X).map(|point| *point.as_bytes());
        let scalars = self.f.iter().chain([&self.z_A, &self.z]).map(Scalar::to_bytes);
        points.chain(scalars).flatten().collect()
    }

    /// The counts that the statement asks for; a decoded proof may belong to another network's parameters.
    pub(crate) fn check_shape(&self, digits: Digits) -> Result<(), ProofError> {
        let shape = |what, expected, found| {
            if expected == found { Ok(()) } else { Err(ProofError::Shape { what, expected, found }) }
        };
        shape("points X of a one-out-of-many proof", digits.m, self.X.len())?;
        shape("responses f of a one-out-of-many proof", digits.m * (digits.n - 1), self.f.len())
    }

    /// All f_{j,i} at place j·n + i, with f_{j,0} = ξ − Σ_{i≥1} f_{j,i}.
    pub(crate) fn responses(&self, digits: Digits, xi: &Scalar) -> Vec<Scalar> {
        let rows = self.f.chunks(digits.n - 1);
        rows.flat_map(|row| core::iter::once(xi - row.iter().sum::<Scalar>()).chain(row.iter().copied())).collect()
    }
}

/// Absorbs the first messages: A, B, X_0 .. X_{m−1}; draws ξ.
pub(crate) fn second_challenge(
    transcript: &mut Transcript,
    A: &Point,
    B: &Point,
    X: &[Point],
) -> Result<Scalar, ProofError> {
    [A, B].into_iter().chain(X).for_each(|point| transcript.point(point));
    transcript.challenge()
}

/// 1, μ, .., μ^{D−1}: the weights that bind D components to one member.
pub(crate) fn powers<const D: usize>(mu: &Scalar) -> [Scalar; D] {
    let mut powers = [Scalar::ONE; D];
    for exponent in 1..D {
        powers[exponent] = powers[exponent - 1] * mu;
    }
    powers
}
