//! Sealed alternatives: each outcome of a locked enote holds its asset and its amount (protocol 12.2, 12.3).
//!
//! ```text
//! relation    T_{j,b} − T = δ_{j,b}·G   for each part        Σ_b C_{j,b} − C = ε_j·G   for each j
//! statement   net, body_digest, vault_id, (T, C), for j = 1..J: (T_{j,b}, C_{j,b}), b = 1..B_j
//! witness     y_1..y_s = δ_{1,1}, .., δ_{1,B_1}, ε_1, δ_{2,1}, ..      Y_1..Y_s: the differences, same order
//! prover      A = κ·G
//!             c ← transcript(sealed): net, version, body_digest, vault_id, T, C, J, [ B_j, [ T_{j,b}, C_{j,b} ] ], A
//!             t = κ + Σ c^i·y_i
//! verifier    A + Σ c^i·Y_i = t·G
//! bytes       A | t                                       32·2 = 64 for any J ≥ 1; none for J = 0
//! ```
//!
//! With T = A_α + b·G and C = a·T + x·G of the locked enote, δ and ε show that alternative j holds exactly asset α
//! and amount a. Parts of a split alternative (B_j ≥ 2) need a link and a range proof each besides: without them
//! parts of a + 5 and −5 pass. The T relation is not optional: with C alone, T_j := (a/a')·A_α opens to any a'.
//!
//! (s + 1)-special-sound. Aggregation is sound here, unlike for spend proofs: one equation over one fixed base.
//!
//! # Assumptions
//!
//! Discrete logarithms on G are hard; merlin is a random oracle. For the meaning: nobody knows a relation among G
//! and the A_α.
//!
//! # Source
//!
//! Gennaro, Leigh, Sundaram, Yerazunis, *Batching Schnorr identification scheme*, ASIACRYPT 2004
//! (<https://doi.org/10.1007/978-3-540-30539-2_20>), section 3: s logarithms on one base, the answer is κ + Σ y_i·X^i at
//! X = c, and s + 1 answers interpolate it. Strong Fiat–Shamir: [`sigma`](super#source). Rule: protocol 12.3.
//!
//! # Departures
//!
//! The statement is in the transcript as the points themselves with J and every B_j, not as the differences: so no
//! regrouping of parts is the same statement.
//!
//! # Claims without a published proof
//!
//! *Each outcome holds exactly (α, a).* With δ, ε extracted and the openings of the deposit's own proofs,
//! T_j = A_α + (b + δ)·G and C_j = a·T_j + (x + ε − a·δ)·G; of split parts the sum is a modulo ℓ by binding, over the
//! integers by their range proofs. That exactly one outcome reaches the list is the ledger's. All of it is argued
//! here and in protocol 12.3 alone.

#![allow(non_snake_case)] // Symbols match the equations.

use alloc::{vec, vec::Vec};
use core::iter;

use rand_core::CryptoRng;

use crate::{
    NetworkId, ProofError,
    batch::{Batch, Linear},
    codec::Reader,
    error::DecodeError,
    group::{Element, Point, Scalar, domain, generators::G},
    secret::Secret,
    transcript::Transcript,
};

/// Most alternatives of a record.
pub const MAX_ALTERNATIVES: usize = 8;
/// Most parts of an alternative.
pub const MAX_PARTS: usize = 4;

/// The two points of an enote that hold asset and amount.
///
/// ```
/// # use dero_crypto::prelude::*;
/// # let rng = &mut rand::rng();
/// # let net = NetworkId([1; 32]);
/// # let keys = MasterSecret::random(rng).audit_key();
/// # let context = InputContext::bundle(&net, &Anchor::Tag([9; 32]));
/// # let seed = EnoteSeed::random(rng);
/// # let draft = Draft { context: &context, seed: &seed, amount: Amount(30), asset: AssetId::NATIVE };
/// # let made = draft.external(&net, &keys.address_key().address(AddressIndex(3)));
/// use dero_crypto::sigma::Holding;
/// let decoded = made.enote.decode()?;
/// let holding = Holding { T: *decoded.asset_tag(), C: *decoded.commitment() };
/// assert!(made.opening.opens(holding.T.element(), holding.C.element()));
/// # Ok::<(), DecodeError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holding {
    /// The blinded asset tag T.
    pub T: Point,
    /// The commitment C.
    pub C: Point,
}

/// A locked enote and its outcomes, with every difference that 12.2 requires.
///
/// A value of this type shows that the check of protocol 10.4 step 5 was made.
///
/// ```
/// # #![allow(non_snake_case)]
/// # use dero_crypto::{NetworkId, group::{Point, Scalar, generators::{A0, G}}, secret::Secret, sigma::*};
/// # let rng = &mut rand::rng();
/// # let opening = |a: u64, b: u64, x: u64| Opening {
/// #     a: Secret::new(Scalar::from(a)), b: Secret::new(Scalar::from(b)), x: Secret::new(Scalar::from(x)),
/// # };
/// # let holding = |opening: &Opening| {
/// #     let T = A0.element() + G.element() * opening.b.expose();
/// #     let C = T * opening.a.expose() + G.element() * opening.x.expose();
/// #     Ok::<_, dero_crypto::DecodeError>(Holding { T: Point::encode(T, "T")?, C: Point::encode(C, "C")? })
/// # };
/// let (locked, outcome) = (holding(&opening(30, 1, 2))?, holding(&opening(30, 3, 4))?);
/// let alternatives = Alternatives::new(locked, vec![vec![outcome]])?;
/// let witness = SealedWitness::from_openings(&opening(30, 1, 2), &[vec![opening(30, 3, 4)]]);
/// let net = NetworkId([1; 32]);
/// let statement = SealedStatement { net, body_digest: [2; 32], vault_id: [3; 32], alternatives: &alternatives };
/// let proof = SealedProof::prove(&statement, &witness, rng)?;
/// assert_eq!(alternatives.iter().map(<[Holding]>::len).collect::<Vec<_>>(), [1]);
/// // The locked enote itself is no alternative: its masks would serve twice.
/// assert!(Alternatives::new(locked, vec![vec![locked]]).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Alternatives {
    locked: Holding,
    alternatives: Vec<Vec<Holding>>,
}

impl Alternatives {
    /// Checks the counts and the differences: T_{j,b} ≠ T, C_{j,b} ≠ C, Σ_b C_{j,b} ≠ C, and T_{j,b} of one j
    /// pairwise distinct. Otherwise a mask would be used twice, and equal differences are read off.
    ///
    /// # Errors
    ///
    /// [`SealedError`] names the first alternative and part that breaks a rule.
    pub fn new(locked: Holding, alternatives: Vec<Vec<Holding>>) -> Result<Self, SealedError> {
        within("J", alternatives.len(), MAX_ALTERNATIVES)?;
        for (parts, alternative) in alternatives.iter().zip(1..) {
            within("B_j", parts.len(), MAX_PARTS)?;
            for (i, holding) in parts.iter().enumerate() {
                let part = i + 1;
                if holding.T == locked.T {
                    return Err(SealedError::SameTag { alternative, part });
                }
                if holding.C == locked.C {
                    return Err(SealedError::SameCommitment { alternative, part });
                }
                if parts[..i].iter().any(|earlier| earlier.T == holding.T) {
                    return Err(SealedError::RepeatedTag { alternative, part });
                }
            }
            if parts.iter().map(|part| part.C.element()).sum::<Element>() == *locked.C.element() {
                return Err(SealedError::SameSum { alternative });
            }
        }
        Ok(Self { locked, alternatives })
    }

    /// The locked enote.
    #[must_use]
    pub fn locked(&self) -> &Holding {
        &self.locked
    }

    /// The parts of each alternative.
    pub fn iter(&self) -> impl Iterator<Item = &[Holding]> {
        self.alternatives.iter().map(Vec::as_slice)
    }

    /// Y_1..Y_s.
    fn differences(&self) -> impl Iterator<Item = Element> {
        let Holding { T, C } = &self.locked;
        self.iter().flat_map(move |parts| {
            let sum = parts.iter().map(|part| part.C.element()).sum::<Element>();
            parts.iter().map(move |part| part.T.element() - T.element()).chain(iter::once(sum - C.element()))
        })
    }
}

fn within(what: &'static str, found: usize, max: usize) -> Result<(), SealedError> {
    if (1..=max).contains(&found) {
        Ok(())
    } else {
        Err(DecodeError::Limit { what, found: found as u64, min: 1, max: max as u64 }.into())
    }
}

/// Why a record's alternatives are refused before any proof. Alternatives and parts count from 1.
///
/// ```
/// # #![allow(non_snake_case)]
/// # use dero_crypto::{NetworkId, group::{Point, Scalar, generators::{A0, G}}, secret::Secret, sigma::*};
/// # let rng = &mut rand::rng();
/// # let opening = |a: u64, b: u64, x: u64| Opening {
/// #     a: Secret::new(Scalar::from(a)), b: Secret::new(Scalar::from(b)), x: Secret::new(Scalar::from(x)),
/// # };
/// # let holding = |opening: &Opening| {
/// #     let T = A0.element() + G.element() * opening.b.expose();
/// #     let C = T * opening.a.expose() + G.element() * opening.x.expose();
/// #     Ok::<_, dero_crypto::DecodeError>(Holding { T: Point::encode(T, "T")?, C: Point::encode(C, "C")? })
/// # };
/// let (locked, outcome) = (holding(&opening(30, 1, 2))?, holding(&opening(30, 3, 4))?);
/// let alternatives = Alternatives::new(locked, vec![vec![outcome]])?;
/// let witness = SealedWitness::from_openings(&opening(30, 1, 2), &[vec![opening(30, 3, 4)]]);
/// let net = NetworkId([1; 32]);
/// let statement = SealedStatement { net, body_digest: [2; 32], vault_id: [3; 32], alternatives: &alternatives };
/// let proof = SealedProof::prove(&statement, &witness, rng)?;
/// use dero_crypto::sigma::SealedError;
/// let refused = Alternatives::new(locked, vec![vec![outcome], vec![locked]]);
/// assert!(matches!(refused, Err(SealedError::SameTag { alternative: 2, part: 1 })));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SealedError {
    /// Too few or too many alternatives or parts.
    #[error(transparent)]
    Count(#[from] DecodeError),
    /// T_{j,b} = T.
    #[error("alternative {alternative}, part {part}: the asset tag of the locked enote")]
    SameTag {
        /// j.
        alternative: usize,
        /// b.
        part: usize,
    },
    /// C_{j,b} = C.
    #[error("alternative {alternative}, part {part}: the commitment of the locked enote")]
    SameCommitment {
        /// j.
        alternative: usize,
        /// b.
        part: usize,
    },
    /// T_{j,b} equals that of an earlier part of the alternative.
    #[error("alternative {alternative}, part {part}: the asset tag of an earlier part")]
    RepeatedTag {
        /// j.
        alternative: usize,
        /// b, of the later part.
        part: usize,
    },
    /// Σ_b C_{j,b} = C.
    #[error("alternative {alternative}: its commitments sum to that of the locked enote")]
    SameSum {
        /// j.
        alternative: usize,
    },
}

/// Which outcomes of which locked enote of which transaction.
///
/// ```
/// # #![allow(non_snake_case)]
/// # use dero_crypto::{NetworkId, group::{Point, Scalar, generators::{A0, G}}, secret::Secret, sigma::*};
/// # let rng = &mut rand::rng();
/// # let opening = |a: u64, b: u64, x: u64| Opening {
/// #     a: Secret::new(Scalar::from(a)), b: Secret::new(Scalar::from(b)), x: Secret::new(Scalar::from(x)),
/// # };
/// # let holding = |opening: &Opening| {
/// #     let T = A0.element() + G.element() * opening.b.expose();
/// #     let C = T * opening.a.expose() + G.element() * opening.x.expose();
/// #     Ok::<_, dero_crypto::DecodeError>(Holding { T: Point::encode(T, "T")?, C: Point::encode(C, "C")? })
/// # };
/// let (locked, outcome) = (holding(&opening(30, 1, 2))?, holding(&opening(30, 3, 4))?);
/// let alternatives = Alternatives::new(locked, vec![vec![outcome]])?;
/// let witness = SealedWitness::from_openings(&opening(30, 1, 2), &[vec![opening(30, 3, 4)]]);
/// let net = NetworkId([1; 32]);
/// let statement = SealedStatement { net, body_digest: [2; 32], vault_id: [3; 32], alternatives: &alternatives };
/// let proof = SealedProof::prove(&statement, &witness, rng)?;
/// let elsewhere = SealedStatement { vault_id: [9; 32], ..statement };
/// assert!(proof.verify(&statement, rng).is_ok() && proof.verify(&elsewhere, rng).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct SealedStatement<'a> {
    /// The network.
    pub net: NetworkId,
    /// The digest of the transaction's body.
    pub body_digest: [u8; 32],
    /// The id of the vault, which hashes the whole locked enote and its record.
    pub vault_id: [u8; 32],
    /// The locked enote and its outcomes.
    pub alternatives: &'a Alternatives,
}

impl SealedStatement<'_> {
    fn transcript(&self) -> Transcript {
        let mut transcript = Transcript::new(domain::SEALED, &self.net);
        transcript.bytes(&self.body_digest);
        transcript.bytes(&self.vault_id);
        transcript.point(&self.alternatives.locked.T);
        transcript.point(&self.alternatives.locked.C);
        transcript.int(self.alternatives.alternatives.len() as u64);
        for parts in self.alternatives.iter() {
            transcript.int(parts.len() as u64);
            for part in parts {
                transcript.point(&part.T);
                transcript.point(&part.C);
            }
        }
        transcript
    }

    fn challenge(&self, A: &Point) -> Result<Scalar, ProofError> {
        let mut transcript = self.transcript();
        transcript.point(A);
        transcript.challenge()
    }
}

/// What opens an enote's T and C: T = A_α + b·G, C = a·T + x·G.
///
/// ```
/// # use dero_crypto::prelude::*;
/// # let rng = &mut rand::rng();
/// # let net = NetworkId([1; 32]);
/// # let keys = MasterSecret::random(rng).audit_key();
/// # let context = InputContext::bundle(&net, &Anchor::Tag([9; 32]));
/// # let seed = EnoteSeed::random(rng);
/// # let draft = Draft { context: &context, seed: &seed, amount: Amount(30), asset: AssetId::NATIVE };
/// # let made = draft.external(&net, &keys.address_key().address(AddressIndex(3)));
/// use dero_crypto::sigma::Opening;
/// let opening = Opening::from(&made.opening); // of an enote that this wallet made
/// assert_eq!(*opening.a.expose(), dero_crypto::group::Scalar::from(30u64));
/// ```
#[derive(Clone, Debug)]
pub struct Opening {
    /// The amount a.
    pub a: Secret<Scalar>,
    /// The blinding factor b of the asset tag.
    pub b: Secret<Scalar>,
    /// The blinding factor x of the commitment.
    pub x: Secret<Scalar>,
}

impl Opening {
    /// The G-part of C: a·b + x.
    fn blinding(&self) -> Scalar {
        self.a.expose() * self.b.expose() + self.x.expose()
    }
}

/// y_1..y_s: the discrete logarithms of the differences.
///
/// ```
/// # #![allow(non_snake_case)]
/// # use dero_crypto::{NetworkId, group::{Point, Scalar, generators::{A0, G}}, secret::Secret, sigma::*};
/// # let rng = &mut rand::rng();
/// # let opening = |a: u64, b: u64, x: u64| Opening {
/// #     a: Secret::new(Scalar::from(a)), b: Secret::new(Scalar::from(b)), x: Secret::new(Scalar::from(x)),
/// # };
/// # let holding = |opening: &Opening| {
/// #     let T = A0.element() + G.element() * opening.b.expose();
/// #     let C = T * opening.a.expose() + G.element() * opening.x.expose();
/// #     Ok::<_, dero_crypto::DecodeError>(Holding { T: Point::encode(T, "T")?, C: Point::encode(C, "C")? })
/// # };
/// let (locked, outcome) = (holding(&opening(30, 1, 2))?, holding(&opening(30, 3, 4))?);
/// let alternatives = Alternatives::new(locked, vec![vec![outcome]])?;
/// let witness = SealedWitness::from_openings(&opening(30, 1, 2), &[vec![opening(30, 3, 4)]]);
/// let net = NetworkId([1; 32]);
/// let statement = SealedStatement { net, body_digest: [2; 32], vault_id: [3; 32], alternatives: &alternatives };
/// let proof = SealedProof::prove(&statement, &witness, rng)?;
/// let other_amount = SealedWitness::from_openings(&opening(31, 1, 2), &[vec![opening(30, 3, 4)]]);
/// assert!(SealedProof::prove(&statement, &other_amount, rng).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct SealedWitness(Vec<Secret<Scalar>>);

impl SealedWitness {
    /// δ = b' − b for each part, ε = Σ (a'·b' + x') − (a·b + x) for each alternative.
    #[must_use]
    pub fn from_openings(locked: &Opening, alternatives: &[Vec<Opening>]) -> Self {
        // A vector that grows leaves copies behind.
        let mut y = Vec::with_capacity(alternatives.iter().map(|parts| parts.len() + 1).sum());
        for parts in alternatives {
            y.extend(parts.iter().map(|part| Secret::new(part.b.expose() - locked.b.expose())));
            let sum: Scalar = parts.iter().map(Opening::blinding).sum();
            y.push(Secret::new(sum - locked.blinding()));
        }
        Self(y)
    }

    /// The logarithms in proof order.
    #[must_use]
    pub fn new(y: Vec<Secret<Scalar>>) -> Self {
        Self(y)
    }
}

/// A and t.
///
/// ```
/// # #![allow(non_snake_case)]
/// # use dero_crypto::{NetworkId, group::{Point, Scalar, generators::{A0, G}}, secret::Secret, sigma::*};
/// # let rng = &mut rand::rng();
/// # let opening = |a: u64, b: u64, x: u64| Opening {
/// #     a: Secret::new(Scalar::from(a)), b: Secret::new(Scalar::from(b)), x: Secret::new(Scalar::from(x)),
/// # };
/// # let holding = |opening: &Opening| {
/// #     let T = A0.element() + G.element() * opening.b.expose();
/// #     let C = T * opening.a.expose() + G.element() * opening.x.expose();
/// #     Ok::<_, dero_crypto::DecodeError>(Holding { T: Point::encode(T, "T")?, C: Point::encode(C, "C")? })
/// # };
/// let (locked, outcome) = (holding(&opening(30, 1, 2))?, holding(&opening(30, 3, 4))?);
/// let alternatives = Alternatives::new(locked, vec![vec![outcome]])?;
/// let witness = SealedWitness::from_openings(&opening(30, 1, 2), &[vec![opening(30, 3, 4)]]);
/// let net = NetworkId([1; 32]);
/// let statement = SealedStatement { net, body_digest: [2; 32], vault_id: [3; 32], alternatives: &alternatives };
/// let proof = SealedProof::prove(&statement, &witness, rng)?;
/// let bytes = proof.to_bytes();
/// assert_eq!(bytes.len(), 64);
/// assert!(SealedProof::from_bytes(&bytes)?.verify(&statement, rng).is_ok());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SealedProof {
    A: Point,
    t: Scalar,
}

impl SealedProof {
    /// Bytes of a proof.
    pub const LEN: usize = 64;

    /// Proves all differences at once. Constant time in the witness.
    ///
    /// # Errors
    ///
    /// [`ProofError::Shape`] if the witness has another length than the statement asks for,
    /// [`ProofError::Witness`] if it does not open every difference.
    pub fn prove(
        statement: &SealedStatement<'_>,
        witness: &SealedWitness,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<Self, ProofError> {
        let secrets = witness.0.iter().map(|y| y.expose().as_bytes().as_slice());
        let kappa = statement.transcript().nonces(secrets, rng).scalar();
        Self::respond(statement, witness, &kappa)
    }

    /// Proves with the nonce κ, for known answers. Used twice, it gives the witness away.
    ///
    /// # Errors
    ///
    /// As [`SealedProof::prove`].
    #[cfg(feature = "testing")]
    pub fn prove_with_nonces(
        statement: &SealedStatement<'_>,
        witness: &SealedWitness,
        kappa: &Secret<Scalar>,
    ) -> Result<Self, ProofError> {
        Self::respond(statement, witness, kappa)
    }

    fn respond(
        statement: &SealedStatement<'_>,
        witness: &SealedWitness,
        kappa: &Secret<Scalar>,
    ) -> Result<Self, ProofError> {
        let expected = statement.alternatives.iter().map(|parts| parts.len() + 1).sum();
        if witness.0.len() != expected {
            return Err(ProofError::Shape { what: "differences", expected, found: witness.0.len() });
        }
        for (y, Y) in witness.0.iter().zip(statement.alternatives.differences()) {
            if Element::mul_base(y.expose()) != Y {
                return Err(ProofError::Witness { what: "Y" });
            }
        }
        let A = Point::encode(Element::mul_base(kappa.expose()), "A")?;
        let c = statement.challenge(&A)?;
        let sum: Scalar = powers(c).zip(&witness.0).map(|(power, y)| power * y.expose()).sum();
        Ok(Self { A, t: kappa.expose() + sum })
    }

    /// Adds the equation of this proof to `batch`; returns the item's position.
    ///
    /// # Errors
    ///
    /// [`ProofError::ZeroChallenge`].
    pub fn enqueue(&self, statement: &SealedStatement<'_>, batch: &mut Batch) -> Result<usize, ProofError> {
        let c = statement.challenge(&self.A)?;
        let locked = &statement.alternatives.locked;
        let mut equation = Linear::new().point(Scalar::ONE, &self.A).generator(-self.t, G);
        let mut power = powers(c);
        let mut next = || power.next().expect("powers do not end");
        // By points, not differences: most of them stand in the links and the balance of the same batch.
        for parts in statement.alternatives.iter() {
            for part in parts {
                let power = next();
                equation = equation.point(power, &part.T).point(-power, &locked.T);
            }
            let power = next();
            equation = parts.iter().fold(equation, |equation, part| equation.point(power, &part.C));
            equation = equation.point(-power, &locked.C);
        }
        Ok(batch.push(vec![equation]))
    }

    /// Verifies this proof alone.
    ///
    /// # Errors
    ///
    /// [`ProofError::Equation`] if it does not show `statement`.
    pub fn verify(
        &self,
        statement: &SealedStatement<'_>,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<(), ProofError> {
        let mut batch = Batch::new();
        self.enqueue(statement, &mut batch)?;
        batch.verify_one(rng)
    }

    /// Decodes A | t.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] for another length, a point or scalar that is not canonical, an identity.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes, "sealed proof");
        let proof = Self { A: reader.point("A")?, t: reader.scalar("t")? };
        reader.finish()?;
        Ok(proof)
    }

    /// Encodes A | t.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; Self::LEN] {
        let mut bytes = [0; Self::LEN];
        bytes[..32].copy_from_slice(self.A.as_bytes());
        bytes[32..].copy_from_slice(self.t.as_bytes());
        bytes
    }
}

/// c, c², c³, ..
fn powers(c: Scalar) -> impl Iterator<Item = Scalar> {
    iter::successors(Some(c), move |power| Some(power * c))
}
