//! Finding what is mine: download, check, try, keep.
//!
//! [`Wallet::sync`](crate::wallet::Wallet::sync) asks a [`ChainSource`](dero_ledger::source::ChainSource) for
//! headers and compact blocks, validates them, tries every enote with the wallet's keys on all cores, and keeps what
//! is its own. A wallet that was not there from the beginning need not scan from there ([`Start`]). Work is measured
//! in enotes, not in blocks, since that is what takes the time.

mod progress;
mod start;
mod sync;
mod trial;

pub use progress::Progress;
pub use start::Start;
pub(crate) use sync::MAX_REORGANISATION;
pub use sync::{SyncError, SyncReport, TipCheck};
pub(crate) use trial::{Hit, Trial, TrialBundle, decoded_entry};
