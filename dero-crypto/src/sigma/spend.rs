//! Spend: this image is mine to spend, and its linking tag is L (protocol 6).
//!
//! ```text
//! relation    K~ = x·X + y·Y + z·G        U = x·L + y·Y
//! statement   net, m_tx, index, K~, L                    witness   x, y, z
//! prover      A1 = α·X + β·Y + γ·G        A2 = α·L + β·Y
//!             c ← transcript(spend): net, version, m_tx, index, K~, L, A1, A2
//!             s_x = α + c·x               s_y = β + c·y             s_z = γ + c·z
//! verifier    s_x·X + s_y·Y + s_z·G = A1 + c·K~
//!             s_x·L + s_y·Y         = A2 + c·U
//! bytes       A1 | A2 | s_x | s_y | s_z                  32·5 = 160
//! ```
//!
//! One linear map in (x, y, z), special-sound from two answers; zero-knowledge for honest challenges. The witness
//! fixes L (see [`LinkingTag`]). `index` is the place among all private inputs of the transaction.
//!
//! **One proof for each input, never one for several.** Summed over inputs, the second equation binds no single
//! tag: the owner of two coins then chooses both tags freely and spends for ever. Nothing here takes two inputs.
//!
//! **The y-part apart.** β·Y stands in A1 and A2 alike, and s_y = β + c·y is a plain Schnorr answer on base Y. So
//! a host that knows x and z makes the rest as a [`HostPart`], and a device adds (β·Y, s_y) as a [`SignerPart`], or a
//! group with shares of the spend key does.
//!
//! # Assumptions
//!
//! Discrete logarithms are hard; nobody knows a relation among X, Y, G, U; merlin is a random oracle. Privacy of the
//! tag: decisional Diffie–Hellman.
//!
//! # Source
//!
//! The proof: Maurer, figure 3, and strong Fiat–Shamir ([`sigma`](super#source)), for
//! φ(x, y, z) = (x·X + y·Y + z·G, x·L + y·Y). The form of the tag and its theorems of linkability and non-slander: Lelantus
//! Spark (<https://eprint.iacr.org/2021/1173>), modified Chaum–Pedersen (appendix A) for a single input, and appendix C.
//! Rule: protocol 6.
//!
//! # Departures
//!
//! - y differs for every enote (k_s + v) where Spark has one constant per wallet.
//! - Exactly one input; Spark's aggregate over inputs does not exist here.
//! - The key K~ is re-randomised on G, and z is proven in the same map.
//!
//! # Claims without a published proof
//!
//! - *Privacy of the tag with y = k_s + v.* Spark proves it for constant y; v only adds randomness.
//! - *The audit key cannot spend or burn* (protocol 2.1). For one enote it follows from the uniqueness of (x, y) for
//!   a given L; for a wallet that signs many related keys it is argued.
//! - *The split into host and signer.* The y-part is a Schnorr proof on base Y under one challenge; that a host which
//!   knows x, z and many answers learns nothing about y is argued (protocol 16).
//! - *A host whose generator repeats* announces P1 and P2 again for the same statement, while the signer's β·Y is
//!   fresh: two such proofs give x and z to whoever sees both, which names the enote. Spending still takes y.

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
    group::{
        Point, Scalar, domain,
        generators::{G, Generator, U, X, Y},
        sum_of_products,
    },
    keys::{LinkingTag, SpendKey},
    secret::Secret,
    transcript::Transcript,
};

/// One private input of one transaction.
///
/// ```
/// # #![allow(non_snake_case)]
/// # use dero_crypto::{NetworkId, keys::LinkingTag, secret::Secret, sigma::*};
/// # use dero_crypto::group::{Point as Encoded, Scalar, generators::{G, X, Y}};
/// # let rng = &mut rand::rng();
/// # let secret = |n: u64| Secret::new(Scalar::from(n));
/// let witness = SpendWitness { x: secret(5), y: secret(6), z: secret(7) };
/// let image = X.element() * witness.x.expose() + Y.element() * witness.y.expose() + G.element() * witness.z.expose();
/// let tag = LinkingTag::from_full(&witness.x, &witness.y)?;
/// let image_key = Encoded::encode(image, "K~")?;
/// let statement = SpendStatement { net: NetworkId([1; 32]), m_tx: [2; 32], index: 0, image_key, tag };
/// let proof = SpendProof::prove(&statement, &witness, rng)?;
/// let other_transaction = SpendStatement { m_tx: [9; 32], ..statement };
/// assert!(proof.verify(&statement, rng).is_ok() && proof.verify(&other_transaction, rng).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct SpendStatement {
    /// The network.
    pub net: NetworkId,
    /// What every signature of the transaction signs.
    pub m_tx: [u8; 32],
    /// Place among all private inputs of the transaction in body order, from 0.
    pub index: u64,
    /// The key K~ of the image.
    pub image_key: Point,
    /// The tag that this spend reveals.
    pub tag: LinkingTag,
}

impl SpendStatement {
    fn transcript(&self) -> Transcript {
        let mut transcript = Transcript::new(domain::SPEND, &self.net);
        transcript.bytes(&self.m_tx);
        transcript.int(self.index);
        transcript.point(&self.image_key);
        transcript.point(self.tag.point());
        transcript
    }

    /// The challenge for the announcements A1 and A2: what a signer of the y-part answers.
    ///
    /// # Errors
    ///
    /// [`ProofError::ZeroChallenge`].
    pub fn challenge(&self, A1: &Point, A2: &Point) -> Result<Scalar, ProofError> {
        let mut transcript = self.transcript();
        transcript.point(A1);
        transcript.point(A2);
        transcript.challenge()
    }

    /// (A1, A2) = (P1 + β·Y, P2 + β·Y): the host's points and the signer's.
    ///
    /// # Errors
    ///
    /// [`DecodeError::Identity`] if one of the sums is the identity.
    pub fn announcements(P1: &Point, P2: &Point, beta_Y: &Point) -> Result<(Point, Point), DecodeError> {
        let A1 = Point::encode(P1.element() + beta_Y.element(), "A1")?;
        let A2 = Point::encode(P2.element() + beta_Y.element(), "A2")?;
        Ok((A1, A2))
    }
}

/// The discrete logarithms of the image key; nonces have the same shape.
///
/// ```
/// # #![allow(non_snake_case)]
/// # use dero_crypto::{NetworkId, keys::LinkingTag, secret::Secret, sigma::*};
/// # use dero_crypto::group::{Point as Encoded, Scalar, generators::{G, X, Y}};
/// # let rng = &mut rand::rng();
/// # let secret = |n: u64| Secret::new(Scalar::from(n));
/// let witness = SpendWitness { x: secret(5), y: secret(6), z: secret(7) };
/// let image = X.element() * witness.x.expose() + Y.element() * witness.y.expose() + G.element() * witness.z.expose();
/// let tag = LinkingTag::from_full(&witness.x, &witness.y)?;
/// let image_key = Encoded::encode(image, "K~")?;
/// let statement = SpendStatement { net: NetworkId([1; 32]), m_tx: [2; 32], index: 0, image_key, tag };
/// let proof = SpendProof::prove(&statement, &witness, rng)?;
/// let stranger = SpendWitness { y: secret(9), ..witness };
/// assert!(SpendProof::prove(&statement, &stranger, rng).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct SpendWitness {
    /// On X.
    pub x: Secret<Scalar>,
    /// On Y.
    pub y: Secret<Scalar>,
    /// On G: the re-randomisation of the image.
    pub z: Secret<Scalar>,
}

impl SpendWitness {
    fn check(&self, statement: &SpendStatement) -> Result<(), ProofError> {
        let (x, y, z) = (self.x.expose(), self.y.expose(), self.z.expose());
        let bases @ [_, base_y, _] = &[X, Y, G].map(Generator::to_element);
        if sum_of_products([x, y, z], bases) != *statement.image_key.element() {
            return Err(ProofError::Witness { what: "K~" });
        }
        if sum_of_products([x, y], [statement.tag.point().element(), base_y]) != U.to_element() {
            return Err(ProofError::Witness { what: "L" });
        }
        Ok(())
    }
}

/// A1, A2, s_x, s_y, s_z.
///
/// ```
/// # #![allow(non_snake_case)]
/// # use dero_crypto::{NetworkId, keys::LinkingTag, secret::Secret, sigma::*};
/// # use dero_crypto::group::{Point as Encoded, Scalar, generators::{G, X, Y}};
/// # let rng = &mut rand::rng();
/// # let secret = |n: u64| Secret::new(Scalar::from(n));
/// let witness = SpendWitness { x: secret(5), y: secret(6), z: secret(7) };
/// let image = X.element() * witness.x.expose() + Y.element() * witness.y.expose() + G.element() * witness.z.expose();
/// let tag = LinkingTag::from_full(&witness.x, &witness.y)?;
/// let image_key = Encoded::encode(image, "K~")?;
/// let statement = SpendStatement { net: NetworkId([1; 32]), m_tx: [2; 32], index: 0, image_key, tag };
/// let proof = SpendProof::prove(&statement, &witness, rng)?;
/// let bytes = proof.to_bytes();
/// assert!(SpendProof::from_bytes(&bytes)?.verify(&statement, rng).is_ok());
/// assert!(SpendProof::from_bytes(&[0; SpendProof::LEN]).is_err()); // the identity
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpendProof {
    A1: Point,
    A2: Point,
    s_x: Scalar,
    s_y: Scalar,
    s_z: Scalar,
}

impl SpendProof {
    /// Bytes of a proof.
    pub const LEN: usize = 160;

    /// Proves with all of the witness. Constant time in it.
    ///
    /// # Errors
    ///
    /// [`ProofError::Witness`] if the witness does not open K~ and L.
    pub fn prove(
        statement: &SpendStatement,
        witness: &SpendWitness,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<Self, ProofError> {
        let secrets = [&witness.x, &witness.y, &witness.z].map(|secret| secret.expose().as_bytes().as_slice());
        let mut nonces = statement.transcript().nonces(secrets, rng);
        let alpha = SpendWitness { x: nonces.scalar(), y: nonces.scalar(), z: nonces.scalar() };
        Self::respond(statement, witness, &alpha)
    }

    /// Proves with the nonces α, β, γ (as x, y, z), for known answers. Used twice, they give the witness away.
    ///
    /// # Errors
    ///
    /// As [`SpendProof::prove`].
    #[cfg(feature = "testing")]
    pub fn prove_with_nonces(
        statement: &SpendStatement,
        witness: &SpendWitness,
        nonces: &SpendWitness,
    ) -> Result<Self, ProofError> {
        Self::respond(statement, witness, nonces)
    }

    fn respond(
        statement: &SpendStatement,
        witness: &SpendWitness,
        nonces: &SpendWitness,
    ) -> Result<Self, ProofError> {
        witness.check(statement)?;
        let SpendWitness { x: alpha, y: beta, z: gamma } = nonces.clone();
        let host = HostPart::announce(statement, &witness.x, &witness.z, alpha, gamma)?;
        let beta_Y = Point::encode(Y.to_element() * beta.expose(), "β·Y")?;
        let (A1, A2) = SpendStatement::announcements(&host.P1, &host.P2, &beta_Y)?;
        let c = statement.challenge(&A1, &A2)?;
        Ok(host.assemble(A1, A2, c, beta.expose() + c * witness.y.expose()))
    }

    /// Adds both equations to `batch` as one item; returns its position.
    ///
    /// # Errors
    ///
    /// [`ProofError::ZeroChallenge`].
    #[cfg(feature = "alloc")]
    pub fn enqueue(&self, statement: &SpendStatement, batch: &mut Batch) -> Result<usize, ProofError> {
        let c = statement.challenge(&self.A1, &self.A2)?;
        let key = Linear::new()
            .generator(self.s_x, X)
            .generator(self.s_y, Y)
            .generator(self.s_z, G)
            .point(-Scalar::ONE, &self.A1)
            .point(-c, &statement.image_key);
        let tag = Linear::new()
            .point(self.s_x, statement.tag.point())
            .generator(self.s_y, Y)
            .point(-Scalar::ONE, &self.A2)
            .generator(-c, U);
        Ok(batch.push(vec![key, tag]))
    }

    /// Verifies this proof alone.
    ///
    /// # Errors
    ///
    /// [`ProofError::Equation`] if it does not show `statement`.
    #[cfg(feature = "alloc")]
    pub fn verify(
        &self,
        statement: &SpendStatement,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<(), ProofError> {
        let mut batch = Batch::new();
        self.enqueue(statement, &mut batch)?;
        batch.verify_one(rng)
    }

    /// Decodes A1 | A2 | s_x | s_y | s_z.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] for another length, a point or scalar that is not canonical, an identity.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes, "spend proof");
        let proof = Self {
            A1: reader.point("A1")?,
            A2: reader.point("A2")?,
            s_x: reader.scalar("s_x")?,
            s_y: reader.scalar("s_y")?,
            s_z: reader.scalar("s_z")?,
        };
        reader.finish()?;
        Ok(proof)
    }

    /// Encodes A1 | A2 | s_x | s_y | s_z.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; Self::LEN] {
        let mut bytes = [0; Self::LEN];
        let parts =
            [self.A1.as_bytes(), self.A2.as_bytes(), self.s_x.as_bytes(), self.s_y.as_bytes(), self.s_z.as_bytes()];
        for (place, part) in bytes.chunks_exact_mut(32).zip(parts) {
            place.copy_from_slice(part);
        }
        bytes
    }
}

/// All of a proof but its y-part: made by a host that knows x and z, finished by a signer that knows y.
///
/// The host sends P1 = α·X + γ·G and P2 = α·L; the signer answers with β·Y and s_y = β + c·y.
///
/// ```
/// # #![allow(non_snake_case)]
/// # use dero_crypto::{NetworkId, keys::LinkingTag, secret::Secret, sigma::*};
/// # use dero_crypto::group::{Point as Encoded, Scalar, generators::{G, X, Y}};
/// # let rng = &mut rand::rng();
/// # let secret = |n: u64| Secret::new(Scalar::from(n));
/// let witness = SpendWitness { x: secret(5), y: secret(6), z: secret(7) };
/// let image = X.element() * witness.x.expose() + Y.element() * witness.y.expose() + G.element() * witness.z.expose();
/// let tag = LinkingTag::from_full(&witness.x, &witness.y)?;
/// let image_key = Encoded::encode(image, "K~")?;
/// let statement = SpendStatement { net: NetworkId([1; 32]), m_tx: [2; 32], index: 0, image_key, tag };
/// let proof = SpendProof::prove(&statement, &witness, rng)?;
/// use dero_crypto::{group::Point, sigma::HostPart};
/// let host = HostPart::new(&statement, &witness.x, &witness.z, rng)?;
/// // The signer knows y, and draws β afresh.
/// let beta = Scalar::random(rng);
/// let beta_Y = Point::encode(Y.element() * beta, "β·Y")?;
/// let (P1, P2) = host.points();
/// let (A1, A2) = SpendStatement::announcements(&P1, &P2, &beta_Y)?;
/// let s_y = beta + statement.challenge(&A1, &A2)? * witness.y.expose();
/// assert!(host.finish(&beta_Y, s_y, rng)?.verify(&statement, rng).is_ok());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct HostPart {
    #[cfg_attr(not(feature = "alloc"), expect(dead_code, reason = "only `finish` reads it"))]
    statement: SpendStatement,
    x: Secret<Scalar>,
    z: Secret<Scalar>,
    alpha: Secret<Scalar>,
    gamma: Secret<Scalar>,
    P1: Point,
    P2: Point,
}

impl HostPart {
    /// Announces the x- and z-parts under fresh nonces. Constant time in x and z.
    ///
    /// # Errors
    ///
    /// [`ProofError::Decode`] if P1 or P2 is the identity (probability below 2^-250).
    pub fn new(
        statement: &SpendStatement,
        x: &Secret<Scalar>,
        z: &Secret<Scalar>,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<Self, ProofError> {
        let secrets = [x, z].map(|secret| secret.expose().as_bytes().as_slice());
        let mut nonces = statement.transcript().nonces(secrets, rng);
        Self::announce(statement, x, z, nonces.scalar(), nonces.scalar())
    }

    fn announce(
        statement: &SpendStatement,
        x: &Secret<Scalar>,
        z: &Secret<Scalar>,
        alpha: Secret<Scalar>,
        gamma: Secret<Scalar>,
    ) -> Result<Self, ProofError> {
        let P1 = sum_of_products([alpha.expose(), gamma.expose()], &[X, G].map(Generator::to_element));
        let P2 = statement.tag.point().element() * alpha.expose();
        Ok(Self {
            statement: *statement,
            x: x.clone(),
            z: z.clone(),
            alpha,
            gamma,
            P1: Point::encode(P1, "P1")?,
            P2: Point::encode(P2, "P2")?,
        })
    }

    /// The host's points P1 and P2.
    #[must_use]
    pub fn points(&self) -> (Point, Point) {
        (self.P1, self.P2)
    }

    /// Completes the proof with the signer's β·Y and s_y, and verifies it. The nonces are erased: a second answer
    /// to the same announcement would give x and z away.
    ///
    /// # Errors
    ///
    /// [`ProofError::Equation`] if the signer's answer, x or z is wrong.
    #[cfg(feature = "alloc")]
    pub fn finish(
        self,
        beta_Y: &Point,
        s_y: Scalar,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<SpendProof, ProofError> {
        let (A1, A2) = SpendStatement::announcements(&self.P1, &self.P2, beta_Y)?;
        let c = self.statement.challenge(&A1, &A2)?;
        let proof = self.assemble(A1, A2, c, s_y);
        proof.verify(&self.statement, rng)?;
        Ok(proof)
    }

    fn assemble(&self, A1: Point, A2: Point, c: Scalar, s_y: Scalar) -> SpendProof {
        let s_x = self.alpha.expose() + c * self.x.expose();
        let s_z = self.gamma.expose() + c * self.z.expose();
        SpendProof { A1, A2, s_x, s_y, s_z }
    }
}

/// The signer's part of a proof: β·Y and s_y = β + c·y with y = k_s + v, which it makes from a key that never leaves it.
///
/// ```
/// # #![allow(non_snake_case)]
/// # use dero_crypto::{NetworkId, keys::{LinkingTag, MasterSecret}, secret::Secret, sigma::*};
/// # use dero_crypto::group::{Point, Scalar, generators::{G, X, Y}};
/// # let rng = &mut rand::rng();
/// # let secret = |n: u64| Secret::new(Scalar::from(n));
/// let (key, v) = (MasterSecret::random(rng).spend_key(), secret(6));
/// # let (x, y, z) = (secret(5), key.one_time(&v), secret(7));
/// # let image = X.element() * x.expose() + Y.element() * y.expose() + G.element() * z.expose();
/// # let tag = LinkingTag::from_full(&x, &y)?;
/// # let image_key = Point::encode(image, "K~")?;
/// # let statement = SpendStatement { net: NetworkId([1; 32]), m_tx: [2; 32], index: 0, image_key, tag };
/// let host = HostPart::new(&statement, &x, &z, rng)?;
/// let signed = SignerPart::answer(&statement, host.points(), &key, &v, rng)?;
/// assert!(host.finish(&signed.beta_Y, signed.s_y, rng)?.verify(&statement, rng).is_ok());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct SignerPart {
    /// β·Y.
    pub beta_Y: Point,
    /// s_y = β + c·(k_s + v).
    pub s_y: Scalar,
}

impl SignerPart {
    /// Answers a host's P1 and P2 for the input whose one-time key has k_s + v on Y. Constant time in both.
    ///
    /// ```text
    /// β = hs("device/nonce"; k_s, rnd 32, m_tx, le64 index, K~, L, v, P1, P2)             drawn again if it is zero
    /// ```
    ///
    /// Everything else that enters c is hashed, and so is `net` as part of `m_tx`, which must be the digest that is made
    /// with it (protocol 10.2): a signer computes `m_tx` itself. Then a generator that repeats never gives two challenges
    /// one nonce (protocol 14.6).
    ///
    /// # Errors
    ///
    /// [`ProofError::Decode`] if a point of the host cancels with β·Y, [`ProofError::ZeroChallenge`].
    pub fn answer(
        statement: &SpendStatement,
        (P1, P2): (Point, Point),
        key: &SpendKey,
        v: &Secret<Scalar>,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<Self, ProofError> {
        let mut rnd = Secret::new([0; 32]);
        let beta = loop {
            rng.fill_bytes(rnd.expose_mut());
            let beta = Secret::new(domain::DEVICE_NONCE.hash(&[
                key.expose().expose().as_bytes(),
                rnd.expose(),
                &statement.m_tx,
                &statement.index.to_le_bytes(),
                statement.image_key.as_bytes(),
                statement.tag.point().as_bytes(),
                v.expose().as_bytes(),
                P1.as_bytes(),
                P2.as_bytes(),
            ]));
            if beta.expose() != &Scalar::ZERO {
                break beta;
            }
        };
        let beta_Y = Point::encode(Y.to_element() * beta.expose(), "β·Y")?;
        let (A1, A2) = SpendStatement::announcements(&P1, &P2, &beta_Y)?;
        let c = statement.challenge(&A1, &A2)?;
        Ok(Self { beta_Y, s_y: beta.expose() + c * key.one_time(v).expose() })
    }
}
