//! Building a transaction, in the one order that has no cycle (protocol 10.2).
//!
//! ```text
//! anchors → ic → enotes → lock records → Body → OutProofs → m_tx → Auth → Membership
//! ```
//!
//! | Step | Here |
//! |---|---|
//! | anchors, ic, enotes | the caller's: [`Anchor`](dero_crypto::enote::Anchor), [`InputContext::bundle`](dero_crypto::enote::InputContext::bundle), [`Draft`](dero_crypto::enote::Draft) |
//! | Body, OutProofs, m_tx | [`TransactionDraft::prove`] sorts, closes the balance and proves: whoever knows the openings |
//! | Auth | [`UnsignedTransaction::spends`], [`vault_authority`](UnsignedTransaction::vault_authority), [`issuer`](UnsignedTransaction::issuer) say what to sign: a device, co-signers |
//! | Membership | [`UnsignedTransaction::prove_membership`], by an online host, as late as one likes |
//! | all of it | [`UnsignedTransaction::assemble`] |
//!
//! A draft holds every party's secrets. Wallets use it for their own transactions; the rounds of joint ones
//! exchange the same parts.

mod body;
mod draft;
mod error;
mod omega;
mod out_proofs;
mod secrets;
mod unsigned;

pub use draft::{BundleDraft, InputDraft, LockDraft, OpAction, OpDraft, OutputDraft, TransactionDraft};
pub use error::BuildError;
pub use unsigned::{Signatures, UnsignedTransaction};
