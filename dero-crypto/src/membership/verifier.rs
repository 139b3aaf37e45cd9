//! The verifier (protocol 7.3): two linear equations a proof, whose members' coefficients are a tensor product.

use alloc::{boxed::Box, sync::Arc, vec, vec::Vec};

use rand_core::CryptoRng;

use super::{
    MembershipStatement, ReferenceSet, SetParameters,
    messages::{Messages, powers, second_challenge},
    parameters::Digits,
    statement::COMPONENTS,
};
use crate::{
    batch::{Batch, Equations, RingTerm, Sum},
    error::{DecodeError, ProofError},
    group::{
        Point, Scalar,
        generators::{G, membership_p, membership_q},
    },
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
        let (mu, mut transcript) = statement.first_challenge()?;
        Ok((mu, second_challenge(&mut transcript, &self.0.A, &self.0.B, &self.0.X)?))
    }
}

/// Where the members of a ring get their coefficients `high[α][k / w]·low[k % w]`, w = |low|, k < n^m.
pub(crate) trait Ring<const D: usize>: Send + Sync {
    fn add_to(&self, high: [Vec<Scalar>; D], low: Vec<Scalar>, sum: &mut Sum);
}

impl Ring<COMPONENTS> for Arc<ReferenceSet> {
    fn add_to(&self, high: [Vec<Scalar>; COMPONENTS], low: Vec<Scalar>, sum: &mut Sum) {
        sum.ring(self, RingTerm { high, low });
    }
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
