//! Who holds the spend key.
//!
//! A wallet builds a transaction with the audit key and asks a [`Signer`] for the one part that it cannot make: the
//! answers on base Y. The request carries a statement that the signer hashes itself, never a challenge or a digest
//! to sign; the wallet checks every answer by its equation before it uses it.

#![allow(non_snake_case)] // Symbols match the equations.

mod memory;

use alloc::vec::Vec;

pub use dero_crypto::sigma::SignerPart;
use dero_crypto::{
    NetworkId,
    group::{Point, Scalar},
    keys::LinkingTag,
    secret::Secret,
};

pub use memory::{MemorySigner, MemorySignerError};

/// What a signer is asked.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum SignRequest {
    /// Spend proofs of one transaction.
    Spend(SpendRequest),
}

/// The y-parts of spend proofs.
#[derive(Clone, Debug)]
pub struct SpendRequest {
    /// The network.
    pub net: NetworkId,
    /// m_tx: what every spend proof of the transaction signs.
    pub m_tx: [u8; 32],
    /// The inputs to sign.
    pub inputs: Vec<SpendInput>,
}

/// One input, as the signer's part of its proof needs it.
#[derive(Clone, Debug)]
pub struct SpendInput {
    /// Place among all private inputs of the transaction, from 0.
    pub index: u64,
    /// K~, the key of the image.
    pub image_key: Point,
    /// L.
    pub tag: LinkingTag,
    /// v: what is added to the spend key.
    pub v: Secret<Scalar>,
    /// α·X + γ·G of the host.
    pub P1: Point,
    /// α·L of the host.
    pub P2: Point,
}

/// What a signer answers.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum SignReply {
    /// One answer an input, in their order.
    Spend(Vec<SignerPart>),
}

/// Holds the spend key and answers requests.
///
/// # Contract
///
/// - A request is answered completely or refused; nothing leaves with a refusal.
/// - The signer computes the challenge itself, and its nonce depends on everything that can change the challenge, so
///   that a repeating generator alone never gives a key away.
/// - Whoever implements it for a device or a person shows what is signed before it answers.
///
/// Check your own with `testing::signer_conformance`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` holds no spend key",
    label = "this part must implement `Signer`",
    note = "`MemorySigner` does; `testing::signer_conformance` checks one of your own"
)]
pub trait Signer {
    /// Why a request is refused.
    type Error: core::error::Error + Send + Sync + 'static;

    /// Answers one request.
    ///
    /// # Errors
    ///
    /// A refusal.
    fn request(&mut self, request: &SignRequest) -> Result<SignReply, Self::Error>;
}
