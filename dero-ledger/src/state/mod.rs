//! What a chain knows besides its blocks: the reference list, and what enters it when.

mod coverage;
mod reference_list;

pub use coverage::Coverage;
pub use reference_list::{Entry, ListedEnote, ReferenceList};
