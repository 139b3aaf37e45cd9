//! From a wish to a transaction, in the order of the files: [`request`] → [`select`] → references → [`proposal`] →
//! signed.
//!
//! What makes payments alike is done here and not left to callers: two inputs wherever the wallet has them, three
//! outputs, a memo of one size, four steps of fees, one expiry, references by the coin of 7.5 that are stored before
//! the first proof leaves and never change.
//!
//! A signed payment is [open](crate::wallet::Wallet::open_payments) until the chain has settled it. It is sent again, or
//! [replaced](SpendRequest::replacing); a second one beside it would be paid as well.

pub mod proposal;
mod references;
pub mod request;
pub mod select;
mod shape;
mod signed;

pub use proposal::{Proposal, SpendError};
pub use references::Warning;
pub use request::{FeeStep, PayTo, SpendRequest};
pub use signed::SignedTransaction;
