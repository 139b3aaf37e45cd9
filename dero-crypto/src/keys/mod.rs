//! Keys, the wallet tiers below them, addresses and linking tags (protocol 2, 3, 6).
//!
//! ```text
//! MasterSecret ─┬─ SpendKey                                     moves funds
//!               └─ AuditKey ─┬─ ViewReceivedKey ── FindKey      sees ever less
//!                            └─ AddressKey                      makes addresses
//! ```
//!
//! Reading order: [`MasterSecret`], [`AuditKey`], [`Address`], [`LinkingTag`].

mod address;
mod linking_tag;
mod spend;
mod tag_cipher;
mod view;

pub use address::{Address, AddressError, AddressIndex};
pub use linking_tag::{LinkingTag, TagError};
pub use spend::{MasterSecret, SpendKey};
pub use tag_cipher::AddressTag;
pub use view::{AddressKey, AuditKey, FindKey, ViewReceivedKey};
