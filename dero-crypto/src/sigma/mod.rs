//! Small proofs about linear maps: Schnorr, spend, link, sealed alternatives (protocol 1.2, 6, 8.3, 12.3).
//!
//! | Proof | Says | Bytes |
//! |---|---|---|
//! | [`schnorr`] | I know p with P = p·Q, and I sign these items | 64 |
//! | [`authority`] | the Schnorr rows of a transaction: issuer, payout key, accepting key | 64 |
//! | [`spend`] | this image is mine to spend, and its linking tag is L | 160 |
//! | [`link`] | an enote's commitment and a range commitment hold the same amount | 160 |
//! | [`sealed_alternative`] | each outcome of a locked enote holds its asset and its amount | 64 |
//!
//! All are Maurer's proof of a preimage under a linear map: announce A = φ(k), draw c, answer s = k + c·w, check
//! φ(s) = A + c·φ(w). Two accepting answers to one announcement give the witness, and a simulator that picks s
//! and c first shows that one answer gives nothing. What differs is φ, and what the transcript binds.
//!
//! # Source
//!
//! The proof: Maurer, *Unifying zero-knowledge proofs of knowledge*, AFRICACRYPT 2009
//! (<https://doi.org/10.1007/978-3-642-02384-2_17>), figure 3, for a homomorphism whose domain is a vector space over
//! ℤ_ℓ: challenges differ by a unit, so two answers divide out the witness.
//!
//! Without a verifier: the challenge hashes the statement *and* the announcement, the strong transformation of Bernhard,
//! Pereira and Warinschi, *How not to prove yourself*, ASIACRYPT 2012 (<https://eprint.iacr.org/2016/771>). That it keeps
//! special soundness in the random-oracle model, also for statements which the prover chooses himself, is theorem 5.8 of
//! Bernhard, *Zero-knowledge proofs in theory and practice* (thesis, Bristol 2014); section 5.1.2 there forges where the
//! statement is left out.

pub mod schnorr;
pub mod spend;

#[cfg(feature = "alloc")]
pub mod authority;
#[cfg(feature = "alloc")]
pub mod link;
#[cfg(feature = "alloc")]
pub mod sealed_alternative;

pub use schnorr::{SchnorrProof, SchnorrStatement};
pub use spend::{HostPart, SignerPart, SpendProof, SpendStatement, SpendWitness};

#[cfg(feature = "alloc")]
pub use authority::{Accept, IssuerAuth, VaultAuth};
#[cfg(feature = "alloc")]
pub use link::{LinkProof, LinkStatement, LinkWitness};
#[cfg(feature = "alloc")]
pub use sealed_alternative::{
    Alternatives, Holding, Opening, SealedError, SealedProof, SealedStatement, SealedWitness,
};
