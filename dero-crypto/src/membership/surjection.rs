//! This output's asset is one that came in (protocol 8.4).
//!
//! **Relation.** T_j = Ω_i + δ·G for some i: the asset tag of an output blinds the asset behind one entry of Ω.
//!
//! **Statement.** `(net, body_digest, bundle, j, Ω, T_j)`. Ω lists T~ of every private input of the whole
//! transaction and T of every vault input in body order, A_0, then A_α of each mint and each public move in;
//! duplicates are kept. A_0 is appended until it has 2^q entries, q = max(1, ⌈log2 |Ω|⌉). A_0 is always in Ω, so
//! padding adds no asset, and a zero-value native output needs no native input.
//!
//! **Witness.** (i, δ).
//!
//! **Messages**, in the row `surj`: those of [`super`] with one component, n = 2, m = q, T_j for S~, Ω_k for S_k and δ for
//! s. Bits count from t = 0, i_t is bit t of i, and δ_{t,b} = [i_t = b].
//!
//! ```text
//! transcript  net, version, body_digest, bundle, j, q, Ω_0 .. Ω_{2^q − 1} (padded), T_j → μ
//! prover      A = r_A·G + Σ ( a_{t,b}·P_{2t+b} − a_{t,b}²·Q_{2t+b} ),   a_{t,0} = −a_{t,1}
//!             B = r_B·G + Σ ( δ_{t,b}·P_{2t+b} + a_{t,b}(1 − 2δ_{t,b})·Q_{2t+b} )
//!             X_t = Σ_k p_{k,t}·(T_j − Ω_k) + ρ_t·G,   t < q
//!                   with ∏_t ( δ_{t,k_t}·ξ + a_{t,k_t} ) = [k = i]·ξ^q + Σ_{t<q} p_{k,t}·ξ^t
//! transcript  A, B, X_0 .. X_{q−1} → ξ
//! prover      f_{t,1} = δ_{t,1}·ξ + a_{t,1},   z_A = r_A + ξ·r_B,   z = δ·ξ^q − Σ_t ρ_t·ξ^t
//! ```
//!
//! μ is drawn though μ^0 = 1 is all that one component uses: the same code runs for every number of components.
//!
//! **Equations**, with f_{t,0} = ξ − f_{t,1} and p_k = ∏_t f_{t,k_t}; in code `Item` of `membership/verifier.rs`:
//!
//! ```text
//! A + ξ·B = z_A·G + Σ f_{t,b}·P_{2t+b} + Σ f_{t,b}(ξ − f_{t,b})·Q_{2t+b}
//! ξ^q·T_j − Σ_k p_k·Ω_k − Σ_t ξ^t·X_t = z·G
//! ```
//!
//! **Size.** 32·(4 + 2q) bytes: 192 for two entries, 512 for 64.
//!
//! Without this proof T_j := −A_0 or 2·A_0 would inflate the supply.
//!
//! # Assumptions
//!
//! Those of [`super`]. For q = 1 three accepting challenges are needed to extract, one still suffices to verify.
//!
//! # Source
//!
//! The proof: Groth and Kohlweiss and Bootle et al., with figures and appendices in [`super`]. The statement: Poelstra,
//! Back, Friedenbach, Maxwell, Wuille, *Confidential Assets*, FC 2017 workshops, the asset surjection proof. Rule:
//! protocol 8.4.
//!
//! # Departures
//!
//! - One-out-of-many in place of the ring signature of that paper: logarithmic size.
//! - μ is drawn and has no effect.
//!
//! # Claims without a published proof
//!
//! None about the proof. *Every tag of the ledger is A_α + b·G with known b* is an induction over all outputs that
//! begins with the assets in the clear (protocol 8.6), and is argued.

use alloc::{boxed::Box, sync::Arc, vec::Vec};

use rand_core::CryptoRng;

use super::{
    parameters::Digits,
    proof::Messages,
    prover::{self, Nonces, Opening},
    verifier::{Item, Ring, second_challenge},
};
use crate::{
    NetworkId,
    batch::{Batch, Sum},
    error::{DecodeError, ProofError},
    group::{Element, Point, Scalar, domain, generators::A0},
    secret::Secret,
    transcript::Transcript,
};

/// The most entries that Ω can have before and after padding.
pub const MAX_ASSETS: usize = 64;

/// Ω, padded: one per transaction, shared by its statements.
///
/// ```
/// use dero_crypto::{asset::AssetId, group::generators::A0, membership::AssetSet};
/// let omega = [AssetId([7; 32]).generator(), AssetId([8; 32]).generator(), A0.point()];
/// let assets = AssetSet::new(&omega)?;
/// assert_eq!((assets.q(), assets.padded().len()), (2, 4));
/// assert_eq!(assets.padded()[3], A0.point());
/// # Ok::<(), dero_crypto::DecodeError>(())
/// ```
#[derive(Clone, Debug)]
pub struct AssetSet(Arc<[Point]>);

impl AssetSet {
    /// Pads Ω with A_0 to 2^q entries.
    ///
    /// # Errors
    ///
    /// [`DecodeError::Limit`] unless Ω has 1 to 64 entries.
    pub fn new(omega: &[Point]) -> Result<Self, DecodeError> {
        if !(1..=MAX_ASSETS).contains(&omega.len()) {
            let found = omega.len() as u64;
            return Err(DecodeError::Limit { what: "Ω of a surjection", found, min: 1, max: MAX_ASSETS as u64 });
        }
        let size = omega.len().next_power_of_two().max(2);
        let padding = core::iter::repeat_n(A0.point(), size - omega.len());
        Ok(Self(omega.iter().copied().chain(padding).collect()))
    }

    /// The 2^q entries.
    #[must_use]
    pub fn padded(&self) -> &[Point] {
        &self.0
    }

    /// q = max(1, ⌈log2 |Ω|⌉).
    #[must_use]
    pub fn q(&self) -> u32 {
        self.0.len().trailing_zeros()
    }

    fn digits(&self) -> Digits {
        Digits::new(2, self.q() as usize)
    }
}

/// "The asset behind `tag` is one of `assets`", for one range value of one transaction.
///
/// ```
/// # #![allow(non_snake_case)]
/// # use dero_crypto::{group::{Point, Scalar, generators::{A0, G}}, membership::*, prelude::*};
/// # let rng = &mut rand::rng();
/// let assets = AssetSet::new(&[AssetId([7; 32]).generator(), A0.point()])?;
/// let delta = Scalar::random(rng);
/// let tag = Point::encode(assets.padded()[0].element() + G.element() * delta, "T")?;
/// let net = NetworkId([1; 32]);
/// let statement = SurjectionStatement { net, body_digest: [2; 32], bundle: 0, j: 0, assets: assets.clone(), tag };
/// let witness = SurjectionWitness { place: Secret::new(0), delta: Secret::new(delta) };
/// let proof = SurjectionProof::prove(&statement, &witness, rng)?;
/// // The same proof says nothing about another output of the transaction.
/// let other = SurjectionStatement { j: 1, ..statement.clone() };
/// assert!(proof.verify(&statement, rng).is_ok() && proof.verify(&other, rng).is_err());
/// # Ok::<(), dero_crypto::ProofError>(())
/// ```
#[derive(Clone, Debug)]
pub struct SurjectionStatement {
    /// The network.
    pub net: NetworkId,
    /// Digest of the transaction's Body.
    pub body_digest: [u8; 32],
    /// The bundle's number.
    pub bundle: u64,
    /// j, the range value's number in its bundle (protocol 8.3).
    pub j: u64,
    /// Ω.
    pub assets: AssetSet,
    /// T_j of an output, T' of a hidden burn.
    pub tag: Point,
}

impl SurjectionStatement {
    pub(super) fn transcript(&self) -> Transcript {
        let mut transcript = Transcript::new(domain::SURJECTION, &self.net);
        transcript.bytes(&self.body_digest);
        transcript.int(self.bundle);
        transcript.int(self.j);
        transcript.int(self.assets.q().into());
        self.assets.padded().iter().chain([&self.tag]).for_each(|point| transcript.point(point));
        transcript
    }
}

/// Which entry of Ω the tag blinds again, and by how much.
///
/// ```
/// # #![allow(non_snake_case)]
/// # use dero_crypto::{group::{Point, Scalar, generators::{A0, G}}, membership::*, prelude::*};
/// # let rng = &mut rand::rng();
/// let assets = AssetSet::new(&[AssetId([7; 32]).generator(), A0.point()])?;
/// let delta = Scalar::random(rng);
/// let tag = Point::encode(assets.padded()[0].element() + G.element() * delta, "T")?;
/// let net = NetworkId([1; 32]);
/// let statement = SurjectionStatement { net, body_digest: [2; 32], bundle: 0, j: 0, assets: assets.clone(), tag };
/// let witness = SurjectionWitness { place: Secret::new(0), delta: Secret::new(delta) };
/// let proof = SurjectionProof::prove(&statement, &witness, rng)?;
/// let wrong = SurjectionWitness { place: Secret::new(1), ..witness };
/// assert!(SurjectionProof::prove(&statement, &wrong, rng).is_err());
/// # Ok::<(), dero_crypto::ProofError>(())
/// ```
#[derive(Clone, Debug)]
pub struct SurjectionWitness {
    /// i, the place in Ω.
    pub place: Secret<u64>,
    /// δ = log_G(T_j − Ω_i).
    pub delta: Secret<Scalar>,
}

/// A proof that an asset tag hides an asset of Ω.
///
/// ```
/// # #![allow(non_snake_case)]
/// # use dero_crypto::{group::{Point, Scalar, generators::{A0, G}}, membership::*, prelude::*};
/// # let rng = &mut rand::rng();
/// let assets = AssetSet::new(&[AssetId([7; 32]).generator(), A0.point()])?;
/// let delta = Scalar::random(rng);
/// let tag = Point::encode(assets.padded()[0].element() + G.element() * delta, "T")?;
/// let net = NetworkId([1; 32]);
/// let statement = SurjectionStatement { net, body_digest: [2; 32], bundle: 0, j: 0, assets: assets.clone(), tag };
/// let witness = SurjectionWitness { place: Secret::new(0), delta: Secret::new(delta) };
/// let proof = SurjectionProof::prove(&statement, &witness, rng)?;
/// let bytes = proof.to_bytes();
/// assert_eq!(bytes.len(), SurjectionProof::len(&assets));
/// assert!(SurjectionProof::from_bytes(&bytes, &assets)?.verify(&statement, rng).is_ok());
/// # Ok::<(), dero_crypto::ProofError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SurjectionProof(Messages);

impl SurjectionProof {
    /// 32·(4 + 2q) bytes, q from Ω and never from the proof.
    #[must_use]
    pub fn len(assets: &AssetSet) -> usize {
        assets.digits().proof_len()
    }

    /// Reads a proof over `assets`.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] unless there are [`SurjectionProof::len`] bytes, every point is canonical and not the
    /// identity, and every scalar is canonical.
    pub fn from_bytes(bytes: &[u8], assets: &AssetSet) -> Result<Self, DecodeError> {
        Messages::decode(bytes, assets.digits(), "surjection proof").map(Self)
    }

    /// The bytes `A | B | X_0 | .. | X_{q−1} | f_{0,1} | .. | f_{q−1,1} | z_A | z`.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.encode()
    }

    /// Proves that the statement's tag hides the asset of entry `witness.place`. Constant time in the witness.
    ///
    /// # Errors
    ///
    /// [`ProofError::Witness`] if δ does not lead from that entry to the tag.
    pub fn prove(
        statement: &SurjectionStatement,
        witness: &SurjectionWitness,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<Self, ProofError> {
        let members = members_of(statement);
        let opening = opening_of(witness);
        prover::check_opening(&members, [&statement.tag], &opening)?;
        let digits = statement.assets.digits();
        let mut transcript = statement.transcript();
        let nonces = Nonces::draw(digits, &transcript, &opening, rng);
        prover::prove(digits, &members, &opening, &nonces, &mut transcript).map(Self)
    }

    /// [`SurjectionProof::prove`] with the caller's nonces and without the check of the witness: known answers and
    /// forgeries.
    ///
    /// # Errors
    ///
    /// [`ProofError::ZeroChallenge`].
    #[cfg(any(test, feature = "testing"))]
    pub fn prove_with_nonces(
        statement: &SurjectionStatement,
        witness: &SurjectionWitness,
        nonces: &Nonces,
    ) -> Result<Self, ProofError> {
        let (members, opening) = (members_of(statement), opening_of(witness));
        let mut transcript = statement.transcript();
        prover::prove(statement.assets.digits(), &members, &opening, nonces, &mut transcript).map(Self)
    }

    /// Derives the challenges and adds the proof's equations to `batch`; returns the item's position there.
    ///
    /// # Errors
    ///
    /// [`ProofError::Shape`] if the proof was read for an Ω of another size, [`ProofError::ZeroChallenge`].
    pub fn enqueue(&self, statement: &SurjectionStatement, batch: &mut Batch) -> Result<usize, ProofError> {
        let digits = statement.assets.digits();
        self.0.check_shape(digits)?;
        let (mu, xi) = self.challenges(statement)?;
        let (ring, image) = (statement.assets.clone(), [statement.tag]);
        Ok(batch.push_item(Box::new(Item { digits, ring, image, messages: self.0.clone(), mu, xi })))
    }

    /// Checks the proof alone.
    ///
    /// # Errors
    ///
    /// Those of [`SurjectionProof::enqueue`]; [`ProofError::Equation`] if the proof does not convince.
    pub fn verify(
        &self,
        statement: &SurjectionStatement,
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
    pub fn challenges(&self, statement: &SurjectionStatement) -> Result<(Scalar, Scalar), ProofError> {
        let mut transcript = statement.transcript();
        let mu = transcript.challenge()?;
        Ok((mu, second_challenge(&mut transcript, &self.0.A, &self.0.B, &self.0.X)?))
    }
}

fn members_of(statement: &SurjectionStatement) -> Vec<&[Element; 1]> {
    statement.assets.padded().iter().map(|point| core::array::from_ref(point.element())).collect()
}

fn opening_of(witness: &SurjectionWitness) -> Opening<'_, 1> {
    Opening { place: &witness.place, masks: [&witness.delta] }
}

impl Ring<1> for AssetSet {
    fn add_to(&self, [high]: [Vec<Scalar>; 1], low: Vec<Scalar>, sum: &mut Sum) {
        let products = high.iter().flat_map(|high| low.iter().map(move |low| high * low));
        for (product, point) in products.zip(self.padded()) {
            sum.point(product, point);
        }
    }
}
