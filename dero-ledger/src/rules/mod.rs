//! When a transaction is valid: every rule, in the order in which a node checks it (protocol 10.4).

pub(crate) mod structure;

mod error;
mod parameters;

pub use error::{Blame, PayloadUse, Place, ReferenceFault, Section, Statement, TxError};
pub use parameters::RuleParameters;
