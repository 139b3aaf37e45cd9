//! Schnorr: I know the discrete logarithm of P on Q, and I say this (protocol 1.2).
//!
//! ```text
//! relation    P = p·Q
//! statement   label, net, items, base Q, key P         witness   p
//! prover      A = k·Q;   c ← transcript(label): net, version, items, Q, P, A;   s = k + c·p
//! verifier    s·Q = A + c·P
//! bytes       A | s                                     32·2 = 64
//! ```
//!
//! Each signature of the protocol is this one proof under a label and items of its own; those of transactions
//! are in [`authority`](super::authority).
//!
//! Special-sound from two answers; zero-knowledge for honest challenges. A stands in the transcript: without it, c
//! is known first and A := s·Q − c·P passes for any P.
//!
//! # Assumptions
//!
//! Discrete logarithms on Q are hard; merlin is a random oracle.
//!
//! # Source
//!
//! Schnorr, *Efficient signature generation by smart cards*, Journal of Cryptology 4 (1991)
//! (<https://doi.org/10.1007/BF00196725>): the identification scheme and the signature made of it. As a proof, with the
//! statement in the challenge: [`sigma`](super#source); it is definition 5.12 of the thesis named there, and by theorem
//! 5.14 simulation-sound extractable, so nobody changes a signature into another one. Rule: protocol 1.2.
//!
//! # Departures
//!
//! - The challenge binds base and key beside the message, and the network before everything.
//! - The announcement is sent, not the challenge: so the equation is linear and goes into a
//!   [`Batch`].
//! - Nonces are hedged: drawn from the transcript keyed with the secret and 32 random bytes.
//!
//! # Claims without a published proof
//!
//! None about the signature. That the generator of the nonces ([`Transcript::nonces`]) gives uniform scalars is
//! argued in merlin's documentation; we know of no proof of it.

#![allow(non_snake_case)] // Symbols match the equations.

#[cfg(feature = "alloc")]
use alloc::vec;

use rand_core::CryptoRng;

#[cfg(feature = "alloc")]
use crate::batch::{Batch, Linear};
use crate::{
    NetworkId, ProofError,
    codec::Reader,
    error::DecodeError,
    group::{Element, Point, Scalar, domain::Label, generators::Generator},
    secret::Secret,
    transcript::Transcript,
};

/// One item of a statement, absorbed as its own message.
///
/// ```
/// # use dero_crypto::{NetworkId, group::{Element, Point as Encoded, Scalar}, secret::Secret};
/// # let rng = &mut rand::rng();
/// # let secret = Secret::new(Scalar::random(rng));
/// # let key = Encoded::encode(Element::mul_base(secret.expose()), "key")?;
/// use dero_crypto::{group::{domain, generators::G}, sigma::{SchnorrProof, SchnorrStatement, schnorr::{Base, Item}}};
/// let says = |items: &[Item<'_>]| {
///     SchnorrStatement::new(domain::ACCEPT, &NetworkId([1; 32]), items, Base::Generator(G), &key)
/// };
/// let signature = SchnorrProof::prove(&says(&[Item::Bytes(b"vault"), Item::Int(7)]), &secret, rng)?;
/// assert!(signature.verify(&says(&[Item::Bytes(b"vault"), Item::Int(8)]), rng).is_err());
/// # Ok::<(), dero_crypto::ProofError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub enum Item<'a> {
    /// Bytes as they stand.
    Bytes(&'a [u8]),
    /// An integer, 8 bytes little-endian.
    Int(u64),
}

/// The base Q.
///
/// ```
/// # use dero_crypto::{NetworkId, group::{Element, Point as Encoded, Scalar}, secret::Secret};
/// # let rng = &mut rand::rng();
/// # let secret = Secret::new(Scalar::random(rng));
/// # let key = Encoded::encode(Element::mul_base(secret.expose()), "key")?;
/// use dero_crypto::{group::{Point, domain, generators::H}, sigma::{SchnorrProof, SchnorrStatement, schnorr::Base}};
/// // The logarithm of another key, on a base that is no generator.
/// let base = Point::encode(H.element() + H.element(), "base")?;
/// let key = Point::encode(base.element() * secret.expose(), "key")?;
/// let statement = SchnorrStatement::new(domain::ACCEPT, &NetworkId([1; 32]), &[], Base::Point(base), &key);
/// assert!(SchnorrProof::prove(&statement, &secret, rng)?.verify(&statement, rng).is_ok());
/// # Ok::<(), dero_crypto::ProofError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub enum Base {
    /// A generator of the protocol.
    Generator(Generator),
    /// A point that the statement computes, such as the scope point of a credential.
    Point(Point),
}

impl Base {
    fn point(&self) -> Point {
        match self {
            Self::Generator(generator) => generator.point(),
            Self::Point(point) => *point,
        }
    }

    /// scalar·Q in constant time.
    fn times(&self, scalar: &Scalar) -> Element {
        match self {
            Self::Generator(generator) => generator.to_element() * scalar,
            Self::Point(point) => point.element() * scalar,
        }
    }

    #[cfg(feature = "alloc")]
    fn term(&self, equation: Linear, scalar: Scalar) -> Linear {
        match self {
            Self::Generator(generator) => equation.generator(scalar, *generator),
            Self::Point(point) => equation.point(scalar, point),
        }
    }
}

/// What is signed, and under which key.
///
/// ```
/// # use dero_crypto::{NetworkId, group::{Element, Point as Encoded, Scalar}, secret::Secret};
/// # let rng = &mut rand::rng();
/// # let secret = Secret::new(Scalar::random(rng));
/// # let key = Encoded::encode(Element::mul_base(secret.expose()), "key")?;
/// use dero_crypto::{group::{domain, generators::G}, sigma::{SchnorrProof, SchnorrStatement, schnorr::Base}};
/// let on = |label| SchnorrStatement::new(label, &NetworkId([1; 32]), &[], Base::Generator(G), &key);
/// let signature = SchnorrProof::prove(&on(domain::ACCEPT), &secret, rng)?;
/// assert!(signature.verify(&on(domain::ACCEPT), rng).is_ok());
/// assert!(signature.verify(&on(domain::ISSUER), rng).is_err()); // a label for each use
/// # Ok::<(), dero_crypto::ProofError>(())
/// ```
#[derive(Clone, Debug)]
pub struct SchnorrStatement {
    transcript: Transcript,
    base: Base,
    key: Point,
}

impl SchnorrStatement {
    /// The row `label` with its `items` in order, base Q and key P.
    #[must_use]
    pub fn new(label: Label, net: &NetworkId, items: &[Item<'_>], base: Base, key: &Point) -> Self {
        let mut transcript = Transcript::new(label, net);
        for item in items {
            match item {
                Item::Bytes(bytes) => transcript.bytes(bytes),
                Item::Int(value) => transcript.int(*value),
            }
        }
        transcript.point(&base.point());
        transcript.point(key);
        Self { transcript, base, key: *key }
    }

    /// The key P.
    #[must_use]
    pub fn key(&self) -> &Point {
        &self.key
    }

    fn challenge(&self, A: &Point) -> Result<Scalar, ProofError> {
        let mut transcript = self.transcript.clone();
        transcript.point(A);
        transcript.challenge()
    }
}

/// A signature: A and s.
///
/// ```
/// # use dero_crypto::{NetworkId, group::{Element, Point as Encoded, Scalar}, secret::Secret};
/// # let rng = &mut rand::rng();
/// # let secret = Secret::new(Scalar::random(rng));
/// # let key = Encoded::encode(Element::mul_base(secret.expose()), "key")?;
/// use dero_crypto::{group::{domain, generators::G}, sigma::{SchnorrProof, SchnorrStatement, schnorr::Base}};
/// let statement = SchnorrStatement::new(domain::ACCEPT, &NetworkId([1; 32]), &[], Base::Generator(G), &key);
/// let bytes = SchnorrProof::prove(&statement, &secret, rng)?.to_bytes();
/// assert!(SchnorrProof::from_bytes(&bytes)?.verify(&statement, rng).is_ok());
/// assert!(SchnorrProof::from_bytes(&bytes[1..]).is_err());
/// # Ok::<(), dero_crypto::ProofError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SchnorrProof {
    A: Point,
    s: Scalar,
}

impl SchnorrProof {
    /// Bytes of a signature.
    pub const LEN: usize = 64;

    /// Signs with p. Constant time in `p`; the nonce binds `p`, the statement and `rng`.
    ///
    /// # Errors
    ///
    /// [`ProofError::Witness`] if P ≠ p·Q.
    pub fn prove(
        statement: &SchnorrStatement,
        p: &Secret<Scalar>,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<Self, ProofError> {
        let k = statement.transcript.nonces([p.expose().as_bytes().as_slice()], rng).scalar();
        Self::respond(statement, p, &k)
    }

    /// Signs with the nonce k, for known answers. A nonce used for two messages gives the key away.
    ///
    /// # Errors
    ///
    /// As [`SchnorrProof::prove`].
    #[cfg(feature = "testing")]
    pub fn prove_with_nonces(
        statement: &SchnorrStatement,
        p: &Secret<Scalar>,
        k: &Secret<Scalar>,
    ) -> Result<Self, ProofError> {
        Self::respond(statement, p, k)
    }

    fn respond(statement: &SchnorrStatement, p: &Secret<Scalar>, k: &Secret<Scalar>) -> Result<Self, ProofError> {
        if statement.base.times(p.expose()) != *statement.key.element() {
            return Err(ProofError::Witness { what: "P" });
        }
        let A = Point::encode(statement.base.times(k.expose()), "A")?;
        let c = statement.challenge(&A)?;
        Ok(Self { A, s: k.expose() + c * p.expose() })
    }

    /// Adds the equation of this signature to `batch`; returns the item's position.
    ///
    /// # Errors
    ///
    /// [`ProofError::ZeroChallenge`].
    #[cfg(feature = "alloc")]
    pub fn enqueue(&self, statement: &SchnorrStatement, batch: &mut Batch) -> Result<usize, ProofError> {
        let c = statement.challenge(&self.A)?;
        let equation = Linear::new().point(-Scalar::ONE, &self.A).point(-c, &statement.key);
        Ok(batch.push(vec![statement.base.term(equation, self.s)]))
    }

    /// Verifies this signature alone.
    ///
    /// # Errors
    ///
    /// [`ProofError::Equation`] if it is not one of `statement`.
    #[cfg(feature = "alloc")]
    pub fn verify(
        &self,
        statement: &SchnorrStatement,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<(), ProofError> {
        let mut batch = Batch::new();
        self.enqueue(statement, &mut batch)?;
        batch.verify_one(rng)
    }

    /// Decodes A | s.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] for another length, a point or scalar that is not canonical, an identity.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes, "Schnorr signature");
        let proof = Self { A: reader.point("A")?, s: reader.scalar("s")? };
        reader.finish()?;
        Ok(proof)
    }

    /// Encodes A | s.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; Self::LEN] {
        let mut bytes = [0; Self::LEN];
        bytes[..32].copy_from_slice(self.A.as_bytes());
        bytes[32..].copy_from_slice(self.s.as_bytes());
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::group::{domain, generators::G};

    #[test]
    fn a_zero_challenge_is_refused() {
        let key = Secret::new(Scalar::from(7u64));
        let P = Point::encode(Element::mul_base(key.expose()), "P").expect("a point");
        let net = NetworkId([1; 32]);
        let mut statement = SchnorrStatement::new(domain::ACCEPT, &net, &[], Base::Generator(G), &P);
        let proof = SchnorrProof::prove(&statement, &key, &mut rand::rng()).expect("the key");
        statement.transcript = statement.transcript.zero_after(0);
        let refused = Err(ProofError::ZeroChallenge);
        assert_eq!(proof.verify(&statement, &mut rand::rng()), refused);
        assert_eq!(SchnorrProof::prove(&statement, &key, &mut rand::rng()), Err(ProofError::ZeroChallenge));
    }
}
