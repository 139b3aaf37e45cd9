//! The bytes of a proof.

use alloc::vec::Vec;

use super::{SetParameters, parameters::Digits};
use crate::{
    codec::Reader,
    error::{DecodeError, ProofError},
    group::{Point, Scalar},
};

/// A proof that an image copies a member of a reference set.
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
/// let proof = MembershipProof::prove(&statement, &witness, rng)?;
/// let bytes = proof.to_bytes();
/// assert_eq!(bytes.len(), MembershipProof::len(statement.parameters()));
/// assert!(MembershipProof::from_bytes(&bytes, statement.parameters())?.verify(&statement, rng).is_ok());
/// # Ok::<(), dero_crypto::ProofError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MembershipProof(pub(super) Messages);

impl MembershipProof {
    /// 32·(2 + m + m(n − 1) + 2) bytes.
    #[must_use]
    pub const fn len(parameters: SetParameters) -> usize {
        parameters.digits().proof_len()
    }

    /// Reads a proof for a network with `parameters`.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] unless there are [`MembershipProof::len`] bytes, every point is canonical and not the
    /// identity, and every scalar is canonical.
    pub fn from_bytes(bytes: &[u8], parameters: SetParameters) -> Result<Self, DecodeError> {
        Messages::decode(bytes, parameters.digits(), "membership proof").map(Self)
    }

    /// The bytes `A | B | X_0 | .. | X_{m−1} | f_{0,1} | .. | f_{m−1,n−1} | z_A | z`.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.encode()
    }
}

/// The messages of a one-out-of-many proof over any number of components:
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
        Ok(Self {
            A: reader.point("A of a one-out-of-many proof")?,
            B: reader.point("B of a one-out-of-many proof")?,
            X: (0..digits.m).map(|_| reader.point("X of a one-out-of-many proof")).collect::<Result<_, _>>()?,
            f: (0..digits.m * (digits.n - 1))
                .map(|_| reader.scalar("f of a one-out-of-many proof"))
                .collect::<Result<_, _>>()?,
            z_A: reader.scalar("z_A of a one-out-of-many proof")?,
            z: reader.scalar("z of a one-out-of-many proof")?,
        })
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
}
