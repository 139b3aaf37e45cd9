//! One of these enotes is mine: the one-out-of-many proof and the sets it ranges over (protocol 7).

mod reference;

pub use reference::{Member, ReferenceSet};
