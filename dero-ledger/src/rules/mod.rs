//! When a transaction is valid: every rule, in the order in which a node checks it (protocol 10.4).
//!
//! Cheap rules come first and the first failure ends, so nobody makes a node work for free. Each rule has one
//! variant of [`TxError`]; the table is the list of all.
//!
//! | Step | File | Rules |
//! |---|---|---|
//! | 1 | `structure.rs`, and where [`Body`](crate::transaction::Body) is read | [`Layout`](TxError::Layout), [`Version`](TxError::Version), [`OtherNetwork`](TxError::OtherNetwork), [`Flags`](TxError::Flags), [`LockBitmap`](TxError::LockBitmap), [`AcceptByWithoutPhase`](TxError::AcceptByWithoutPhase), [`RecordDefault`](TxError::RecordDefault), [`Limit`](TxError::Limit), [`BundleIndex`](TxError::BundleIndex), [`NoAnchor`](TxError::NoAnchor), [`SectionLength`](TxError::SectionLength) of OutProofs and Membership |
//! | 2 | `cheap.rs` | [`NotYetValid`](TxError::NotYetValid), [`Expired`](TxError::Expired), [`FeeNotQuantised`](TxError::FeeNotQuantised), [`WeightUnpayable`](TxError::WeightUnpayable), [`FeeTooLow`](TxError::FeeTooLow), [`ZeroAmount`](TxError::ZeroAmount), [`SectionLength`](TxError::SectionLength) and [`Digest`](TxError::Digest) of Memos and Payload, [`PayloadKind`](TxError::PayloadKind), [`PayloadLimit`](TxError::PayloadLimit), [`PayloadRequired`](TxError::PayloadRequired), [`NotYetAllowed`](TxError::NotYetAllowed) |
//! | 3 | `order.rs` | [`Order`](TxError::Order), [`Duplicate`](TxError::Duplicate) |
//! | 4 | `state.rs` | [`Spent`](TxError::Spent), [`UnknownVault`](TxError::UnknownVault), [`VaultNotLocked`](TxError::VaultNotLocked), [`VaultDue`](TxError::VaultDue), [`NonceUsed`](TxError::NonceUsed), [`UnknownContract`](TxError::UnknownContract), [`RecordDue`](TxError::RecordDue), [`RecordAcceptBy`](TxError::RecordAcceptBy), [`ReferenceKind`](TxError::ReferenceKind), [`Reference`](TxError::Reference), [`TooManyIntervals`](TxError::TooManyIntervals), [`Descriptor`](TxError::Descriptor), [`AssetExists`](TxError::AssetExists), [`NativeAsset`](TxError::NativeAsset), [`UnknownAsset`](TxError::UnknownAsset), [`SecondMint`](TxError::SecondMint), [`HiddenSupply`](TxError::HiddenSupply), [`OverSupply`](TxError::OverSupply), [`NotBurnable`](TxError::NotBurnable), [`PayloadRequired`](TxError::PayloadRequired) by a mint, [`SectionLength`](TxError::SectionLength) of Auth |
//! | 5 | `decode/` | [`Encoding`](TxError::Encoding), [`Sealed`](TxError::Sealed) |
//! | 6–9 | `proofs.rs` | [`Proof`](TxError::Proof) of each [`Statement`] |
//!
//! The inside of a Payload (vaults 12.7.1 to 12.7.3: heads, accepts, claims) and step 10 belong to whoever executes
//! contracts; here a Payload is a kind, a length and a digest.
//!
//! [`UnverifiedTransaction::parse`] does step 1, [`UnverifiedTransaction::check`] steps 2 to 5 against a
//! [`StateView`], [`Verification`] steps 6 to 9 of many transactions in one batch.

mod cheap;
mod decode;
mod error;
mod name;
mod parameters;
mod proofs;
mod stages;
mod state;
mod verification;

pub(crate) mod order;
pub(crate) mod structure;

pub use cheap::PayloadKind;
pub use error::{Blame, CheckError, PayloadUse, Place, Section, Statement, TxError};
pub use parameters::RuleParameters;
pub use stages::{CheckedTransaction, Effects, UnverifiedTransaction, Verdict, VerifiedTransaction};
pub use state::{AssetRow, LockedVault, ResolvedOp, StateView, VaultStatus};
pub use verification::Verification;
