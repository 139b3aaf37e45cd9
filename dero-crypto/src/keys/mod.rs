//! Keys, the wallet tiers below them, addresses and linking tags (protocol 2, 3, 6).

mod linking_tag;

pub use linking_tag::{LinkingTag, TagError};
