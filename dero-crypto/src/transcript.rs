//! Fiat–Shamir transcripts: merlin 3, one label a proof, the statement first (protocol 1.2, 1.4).
//!
//! Every row begins with the network id and version 1. Every append has the merlin label `d`, every challenge
//! `c` (64 bytes, reduced). Integers are absorbed as 8 bytes little-endian whatever their width elsewhere.
//! Nothing is absorbed that the row does not list.
//!
//! # Source
//!
//! Merlin (<https://merlin.cool>): transcripts on STROBE, generators of nonces forked off them. Why the whole statement is
//! absorbed: [`sigma`](crate::sigma#source).
//!
//! # Claims without a published proof
//!
//! - *A row is read in one way.* Merlin frames each message with its length, and each count in a row (n, m, L, q, count, J,
//!   B_j) stands before what it counts, or follows from the label. So equal transcripts come from equal rows, and since
//!   labels differ, no row is the beginning of another one.
//! - *A row is its statement.* Two digests stand for a reference set, `m_tx`, `body_digest` and `txid` for a transaction: if a
//!   digest collides, a proof is one of both. A proof is valid elsewhere only if all that its row lists is the same there.
//! - *Nonces are uniform.* [`Nonces`] is keyed with the transcript, the witness and 32 bytes of a generator: unknown to whoever
//!   lacks one of the last two, if STROBE's permutation behaves like a random one. Merlin's documentation argues it; we
//!   know of no proof. A generator that repeats gives equal nonces for equal statements and witnesses alone, hence an equal
//!   proof, but in two cases: a [host's part](crate::sigma::HostPart), where a signer adds to the announcement; and a
//!   reference set whose members nobody [hashed](crate::membership::ReferenceSet::rehash), so that two of them share digests.

use core::fmt;

use merlin::TranscriptRng;
use rand_core::CryptoRng;
use zeroize::Zeroize;

use crate::{
    error::ProofError,
    group::{Point, Scalar, domain::Label},
    secret::Secret,
};

/// The 32-byte id of a network; every chain-dependent hash and every transcript takes it.
///
/// ```
/// use dero_crypto::{NetworkId, network::NetworkTerms};
/// let terms = NetworkTerms { name: "mine", genesis_time: 0, protocol_version: 1, n: 2, m: 7, genesis: &[] };
/// let net: NetworkId = terms.id();
/// assert_eq!(format!("{net:?}").len(), "NetworkId()".len() + 64);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NetworkId(pub [u8; 32]);

impl fmt::Debug for NetworkId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NetworkId(")?;
        for byte in &self.0 {
            write!(f, "{byte:02x}")?;
        }
        f.write_str(")")
    }
}

/// The version that every transcript absorbs after the network id.
const VERSION: u64 = 1;

/// The public coins of one proof.
///
/// ```
/// use dero_crypto::{NetworkId, group::domain, transcript::Transcript};
/// let challenge = |index| {
///     let mut transcript = Transcript::new(domain::SPEND, &NetworkId([1; 32]));
///     transcript.int(index);
///     transcript.challenge()
/// };
/// assert_eq!(challenge(0)?, challenge(0)?);
/// assert_ne!(challenge(0)?, challenge(1)?);
/// # Ok::<(), dero_crypto::ProofError>(())
/// ```
#[derive(Clone)]
pub struct Transcript {
    coins: merlin::Transcript,
    #[cfg(test)]
    zero_after: Option<usize>,
}

impl fmt::Debug for Transcript {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Transcript(..)")
    }
}

impl Transcript {
    /// Starts the row `label` on network `net`.
    #[must_use]
    pub fn new(label: Label, net: &NetworkId) -> Self {
        let mut transcript = Self {
            coins: merlin::Transcript::new(label.as_bytes()),
            #[cfg(test)]
            zero_after: None,
        };
        transcript.bytes(&net.0);
        transcript.int(VERSION);
        transcript
    }

    /// Absorbs bytes.
    pub fn bytes(&mut self, bytes: &[u8]) {
        self.coins.append_message(b"d", bytes);
    }

    /// Absorbs an integer as 8 bytes.
    pub fn int(&mut self, value: u64) {
        self.bytes(&value.to_le_bytes());
    }

    /// Absorbs a point as its 32 bytes.
    pub fn point(&mut self, point: &Point) {
        self.bytes(point.as_bytes());
    }

    /// Draws a challenge.
    ///
    /// # Errors
    ///
    /// [`ProofError::ZeroChallenge`] if it is zero.
    pub fn challenge(&mut self) -> Result<Scalar, ProofError> {
        let mut wide = [0; 64];
        self.coins.challenge_bytes(b"c", &mut wide);
        #[cfg(test)]
        match &mut self.zero_after {
            Some(0) => wide = [0; 64],
            Some(left) => *left -= 1,
            None => {}
        }
        let challenge = Scalar::from_bytes_mod_order_wide(&wide);
        if challenge == Scalar::ZERO { Err(ProofError::ZeroChallenge) } else { Ok(challenge) }
    }

    /// Forks off a source of nonces that binds the transcript, `witness` and 32 bytes of `rng`.
    ///
    /// Hedged: with a repeating `rng`, equal nonces come back only for equal statements and witnesses. The fork
    /// does not touch the challenges.
    pub fn nonces<'w>(
        &self,
        witness: impl IntoIterator<Item = &'w [u8]>,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Nonces {
        let mut builder = self.coins.build_rng();
        for part in witness {
            builder = builder.rekey_with_witness_bytes(b"w", part);
        }
        let mut seed = [0; 32];
        rng.fill_bytes(&mut seed);
        let nonces = Nonces(builder.finalize(&mut Seed(&seed)));
        seed.zeroize();
        nonces
    }
}

#[cfg(test)]
impl Transcript {
    /// Stands in for a hash that hits zero: after `draws` honest challenges, every challenge is zero.
    pub(crate) fn zero_after(mut self, draws: usize) -> Self {
        self.zero_after = Some(draws);
        self
    }
}

/// A hedged source of nonces.
///
/// ```
/// use dero_crypto::{NetworkId, group::domain, transcript::Transcript};
/// let transcript = Transcript::new(domain::SPEND, &NetworkId([1; 32]));
/// let witness = [7u8; 32];
/// let mut draw = || *transcript.nonces([&witness[..]], &mut rand::rng()).scalar().expose();
/// assert_ne!(draw(), draw()); // the same statement and witness, fresh randomness
/// ```
pub struct Nonces(TranscriptRng);

impl Nonces {
    /// The next nonce, uniform.
    pub fn scalar(&mut self) -> Secret<Scalar> {
        use merlin_rand_core::RngCore as _;
        let mut wide = [0; 64];
        self.0.fill_bytes(&mut wide);
        let nonce = Scalar::from_bytes_mod_order_wide(&wide);
        wide.zeroize();
        Secret::new(nonce)
    }
}

impl fmt::Debug for Nonces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Nonces(..)")
    }
}

/// Hands 32 bytes to merlin, whose generator trait is that of rand_core 0.6.
struct Seed<'a>(&'a [u8; 32]);

impl merlin_rand_core::RngCore for Seed<'_> {
    fn next_u32(&mut self) -> u32 {
        merlin_rand_core::impls::next_u32_via_fill(self)
    }
    fn next_u64(&mut self) -> u64 {
        merlin_rand_core::impls::next_u64_via_fill(self)
    }
    fn fill_bytes(&mut self, dest: &mut [u8]) {
        // merlin asks once, for 32 bytes.
        dest.copy_from_slice(self.0);
    }
    fn try_fill_bytes(&mut self, dest: &mut [u8]) -> Result<(), merlin_rand_core::Error> {
        self.fill_bytes(dest);
        Ok(())
    }
}
impl merlin_rand_core::CryptoRng for Seed<'_> {}

/// A row as a verifier reads it that forgets every message of one name (attacks A.11).
#[cfg(test)]
pub(crate) struct Forgetful<'a> {
    coins: merlin::Transcript,
    omit: &'a str,
}

#[cfg(test)]
impl<'a> Forgetful<'a> {
    pub(crate) fn new(label: Label, net: &NetworkId, omit: &'a str) -> Self {
        let mut row = Self { coins: merlin::Transcript::new(label.as_bytes()), omit };
        row.bytes("net", &net.0);
        row.int("version", VERSION);
        row
    }

    pub(crate) fn bytes(&mut self, name: &str, bytes: &[u8]) {
        if name != self.omit {
            self.coins.append_message(b"d", bytes);
        }
    }

    pub(crate) fn int(&mut self, name: &str, value: u64) {
        self.bytes(name, &value.to_le_bytes());
    }

    pub(crate) fn challenge(&mut self) -> Scalar {
        let mut wide = [0; 64];
        self.coins.challenge_bytes(b"c", &mut wide);
        Scalar::from_bytes_mod_order_wide(&wide)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use core::fmt::Debug;

    /// `proof`, made with a generator of seed 1, is what `made` gives for the whole witness and that seed; another seed,
    /// or a witness without one part, gives another one.
    pub(crate) fn depends_on_every_part<P: PartialEq + Debug>(
        proof: &P,
        witness: &[&[u8]],
        made: impl Fn(&[&[u8]], u64) -> P,
    ) {
        assert_eq!(&made(witness, 1), proof, "all is known");
        assert_ne!(&made(witness, 2), proof, "the generator is not known");
        for unknown in 0..witness.len() {
            let known = [&witness[..unknown], &witness[unknown + 1..]].concat();
            assert_ne!(&made(&known, 1), proof, "part {unknown} is not known");
        }
    }
}
