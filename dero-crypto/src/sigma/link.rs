//! Link: an enote's commitment and a range commitment hold the same amount (protocol 8.3).
//!
//! ```text
//! relation    C = a·T + x·G        E = a·H + y·G
//! statement   net, body_digest, bundle, j, T, C, E       witness   a, x, y
//! prover      R1 = α_a·T + α_x·G      R2 = α_a·H + α_y·G
//!             c ← transcript(link): net, version, body_digest, bundle, j, T, C, E, R1, R2
//!             s_a = α_a + c·a         s_x = α_x + c·x         s_y = α_y + c·y
//! verifier    s_a·T + s_x·G = R1 + c·C
//!             s_a·H + s_y·G = R2 + c·E
//! bytes       R1 | R2 | s_a | s_x | s_y                   32·5 = 160; E is counted apart
//! ```
//!
//! The base of C is the blinded asset tag T of its own enote, that of every range proof is H. j numbers the range
//! values of a bundle: outputs, then parts of split alternatives, then hidden mints and burns.
//!
//! The prover refuses y = x: then C − E = a·(T − H), and anybody finds a small a by search.
//!
//! # Assumptions
//!
//! Discrete logarithms are hard, with no known relation among G, H and the base T; merlin is a random oracle.
//!
//! # Source
//!
//! Maurer, figure 3, and strong Fiat–Shamir: [`sigma`](super#source). One linear map
//! φ(a, x, y) = (a·T + x·G, a·H + y·G), special-sound from two answers. Rule: protocol 8.3.
//!
//! # Departures
//!
//! From Zano's vector aggregation, which does the same work: two equations with weights of their own in place of one
//! weighted sum. With H = A_0 the sum alone would accept two different amounts.
//!
//! # Claims without a published proof
//!
//! None about the proof. That T = A_α + b·G with known b, so that a is an amount of one asset, is not shown here: it
//! comes from [`surjection`](crate::membership::surjection), and their composition (protocol 8.6) is argued.

#![allow(non_snake_case)] // Symbols match the equations.

use alloc::vec;

use rand_core::CryptoRng;

use crate::{
    NetworkId, ProofError,
    batch::{Batch, Linear},
    codec::Reader,
    error::DecodeError,
    group::{
        Element, Point, Scalar, domain,
        generators::{G, H},
        sum_of_products,
    },
    secret::Secret,
    transcript::Transcript,
};

/// Which range value of which transaction, and its three points.
///
/// ```
/// # #![allow(non_snake_case)]
/// # use dero_crypto::{NetworkId, group::{Point, Scalar, generators::{A0, G, H}}, secret::Secret, sigma::*};
/// # let rng = &mut rand::rng();
/// # let [a, b, x, y] = [30u64, 5, 6, 7].map(Scalar::from);
/// let T = Point::encode(A0.element() + G.element() * b, "T")?;
/// let C = Point::encode(T.element() * a + G.element() * x, "C")?;
/// let E = Point::encode(H.element() * a + G.element() * y, "E")?;
/// let statement = LinkStatement { net: NetworkId([1; 32]), body_digest: [2; 32], bundle: 0, j: 0, T, C, E };
/// let witness = LinkWitness { a: Secret::new(a), x: Secret::new(x), y: Secret::new(y) };
/// let proof = LinkProof::prove(&statement, &witness, rng)?;
/// let other_bundle = LinkStatement { bundle: 1, ..statement };
/// assert!(proof.verify(&statement, rng).is_ok() && proof.verify(&other_bundle, rng).is_err());
/// # Ok::<(), dero_crypto::ProofError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct LinkStatement {
    /// The network.
    pub net: NetworkId,
    /// The digest of the transaction's body.
    pub body_digest: [u8; 32],
    /// The bundle, from 0.
    pub bundle: u64,
    /// Number of the range value in its bundle, from 0.
    pub j: u64,
    /// The blinded asset tag.
    pub T: Point,
    /// The commitment on base T.
    pub C: Point,
    /// The commitment on base H.
    pub E: Point,
}

impl LinkStatement {
    fn transcript(&self) -> Transcript {
        let mut transcript = Transcript::new(domain::LINK, &self.net);
        transcript.bytes(&self.body_digest);
        transcript.int(self.bundle);
        transcript.int(self.j);
        transcript.point(&self.T);
        transcript.point(&self.C);
        transcript.point(&self.E);
        transcript
    }

    fn challenge(&self, R1: &Point, R2: &Point) -> Result<Scalar, ProofError> {
        let mut transcript = self.transcript();
        transcript.point(R1);
        transcript.point(R2);
        transcript.challenge()
    }

    /// (a·T + x·G, a·H + y·G) in constant time.
    fn map(&self, a: &Scalar, x: &Scalar, y: &Scalar) -> (Element, Element) {
        (
            sum_of_products([a, x], [self.T.element(), G.element()]),
            sum_of_products([a, y], [H.element(), G.element()]),
        )
    }
}

/// The amount and both blinding factors; nonces have the same shape.
///
/// ```
/// # #![allow(non_snake_case)]
/// # use dero_crypto::{NetworkId, group::{Point, Scalar, generators::{A0, G, H}}, secret::Secret, sigma::*};
/// # let rng = &mut rand::rng();
/// # let [a, b, x, y] = [30u64, 5, 6, 7].map(Scalar::from);
/// let T = Point::encode(A0.element() + G.element() * b, "T")?;
/// let C = Point::encode(T.element() * a + G.element() * x, "C")?;
/// let E = Point::encode(H.element() * a + G.element() * y, "E")?;
/// let statement = LinkStatement { net: NetworkId([1; 32]), body_digest: [2; 32], bundle: 0, j: 0, T, C, E };
/// let witness = LinkWitness { a: Secret::new(a), x: Secret::new(x), y: Secret::new(y) };
/// let proof = LinkProof::prove(&statement, &witness, rng)?;
/// let shared = LinkWitness { y: witness.x.clone(), ..witness };
/// assert_eq!(LinkProof::prove(&statement, &shared, rng), Err(dero_crypto::ProofError::SharedBlinding));
/// # Ok::<(), dero_crypto::ProofError>(())
/// ```
#[derive(Clone, Debug)]
pub struct LinkWitness {
    /// The amount.
    pub a: Secret<Scalar>,
    /// The blinding factor of C.
    pub x: Secret<Scalar>,
    /// The blinding factor of E.
    pub y: Secret<Scalar>,
}

/// R1, R2, s_a, s_x, s_y.
///
/// ```
/// # #![allow(non_snake_case)]
/// # use dero_crypto::{NetworkId, group::{Point, Scalar, generators::{A0, G, H}}, secret::Secret, sigma::*};
/// # let rng = &mut rand::rng();
/// # let [a, b, x, y] = [30u64, 5, 6, 7].map(Scalar::from);
/// let T = Point::encode(A0.element() + G.element() * b, "T")?;
/// let C = Point::encode(T.element() * a + G.element() * x, "C")?;
/// let E = Point::encode(H.element() * a + G.element() * y, "E")?;
/// let statement = LinkStatement { net: NetworkId([1; 32]), body_digest: [2; 32], bundle: 0, j: 0, T, C, E };
/// let witness = LinkWitness { a: Secret::new(a), x: Secret::new(x), y: Secret::new(y) };
/// let proof = LinkProof::prove(&statement, &witness, rng)?;
/// let bytes = proof.to_bytes();
/// assert!(LinkProof::from_bytes(&bytes)?.verify(&statement, rng).is_ok());
/// assert!(LinkProof::from_bytes(&bytes[1..]).is_err());
/// # Ok::<(), dero_crypto::ProofError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinkProof {
    R1: Point,
    R2: Point,
    s_a: Scalar,
    s_x: Scalar,
    s_y: Scalar,
}

impl LinkProof {
    /// Bytes of a proof.
    pub const LEN: usize = 160;

    /// Proves that C and E hold the same amount. Constant time in the witness.
    ///
    /// # Errors
    ///
    /// [`ProofError::SharedBlinding`] if y = x, [`ProofError::Witness`] if the witness does not open C and E.
    pub fn prove(
        statement: &LinkStatement,
        witness: &LinkWitness,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<Self, ProofError> {
        let secrets = [&witness.a, &witness.x, &witness.y].map(|secret| secret.expose().as_bytes().as_slice());
        let mut nonces = statement.transcript().nonces(secrets, rng);
        let alpha = LinkWitness { a: nonces.scalar(), x: nonces.scalar(), y: nonces.scalar() };
        Self::respond(statement, witness, &alpha)
    }

    /// Proves with the nonces α_a, α_x, α_y, for known answers. Used twice, they give the witness away.
    ///
    /// # Errors
    ///
    /// As [`LinkProof::prove`].
    #[cfg(feature = "testing")]
    pub fn prove_with_nonces(
        statement: &LinkStatement,
        witness: &LinkWitness,
        alpha: &LinkWitness,
    ) -> Result<Self, ProofError> {
        Self::respond(statement, witness, alpha)
    }

    fn respond(statement: &LinkStatement, witness: &LinkWitness, alpha: &LinkWitness) -> Result<Self, ProofError> {
        let (a, x, y) = (witness.a.expose(), witness.x.expose(), witness.y.expose());
        if x == y {
            return Err(ProofError::SharedBlinding);
        }
        let (C, E) = statement.map(a, x, y);
        if C != *statement.C.element() {
            return Err(ProofError::Witness { what: "C" });
        }
        if E != *statement.E.element() {
            return Err(ProofError::Witness { what: "E" });
        }
        let (alpha_a, alpha_x, alpha_y) = (alpha.a.expose(), alpha.x.expose(), alpha.y.expose());
        let (R1, R2) = statement.map(alpha_a, alpha_x, alpha_y);
        let (R1, R2) = (Point::encode(R1, "R1")?, Point::encode(R2, "R2")?);
        let c = statement.challenge(&R1, &R2)?;
        Ok(Self { R1, R2, s_a: alpha_a + c * a, s_x: alpha_x + c * x, s_y: alpha_y + c * y })
    }

    /// Adds both equations to `batch` as one item; returns its position.
    ///
    /// # Errors
    ///
    /// [`ProofError::ZeroChallenge`].
    pub fn enqueue(&self, statement: &LinkStatement, batch: &mut Batch) -> Result<usize, ProofError> {
        let c = statement.challenge(&self.R1, &self.R2)?;
        let enote = Linear::new()
            .point(self.s_a, &statement.T)
            .generator(self.s_x, G)
            .point(-Scalar::ONE, &self.R1)
            .point(-c, &statement.C);
        let range = Linear::new()
            .generator(self.s_a, H)
            .generator(self.s_y, G)
            .point(-Scalar::ONE, &self.R2)
            .point(-c, &statement.E);
        Ok(batch.push(vec![enote, range]))
    }

    /// Verifies this proof alone.
    ///
    /// # Errors
    ///
    /// [`ProofError::Equation`] if it does not show `statement`.
    pub fn verify(&self, statement: &LinkStatement, rng: &mut (impl CryptoRng + ?Sized)) -> Result<(), ProofError> {
        let mut batch = Batch::new();
        self.enqueue(statement, &mut batch)?;
        batch.verify_one(rng)
    }

    /// Decodes R1 | R2 | s_a | s_x | s_y.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] for another length, a point or scalar that is not canonical, an identity.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes, "link proof");
        let proof = Self {
            R1: reader.point("R1")?,
            R2: reader.point("R2")?,
            s_a: reader.scalar("s_a")?,
            s_x: reader.scalar("s_x")?,
            s_y: reader.scalar("s_y")?,
        };
        reader.finish()?;
        Ok(proof)
    }

    /// Encodes R1 | R2 | s_a | s_x | s_y.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; Self::LEN] {
        let mut bytes = [0; Self::LEN];
        let parts =
            [self.R1.as_bytes(), self.R2.as_bytes(), self.s_a.as_bytes(), self.s_x.as_bytes(), self.s_y.as_bytes()];
        for (place, part) in bytes.chunks_exact_mut(32).zip(parts) {
            place.copy_from_slice(part);
        }
        bytes
    }
}
