//! Keys, the wallet tiers below them, addresses and linking tags (protocol 2, 3, 6).
//!
//! ```text
//! MasterSecret ─┬─ SpendKey                                     moves funds
//!               └─ AuditKey ─┬─ ViewReceivedKey ── FindKey      sees ever less
//!                            └─ AddressKey                      makes addresses
//! ```
//!
//! A tier cannot do what its type has no method for. These do not compile: an audit key signs nothing,
//!
//! ```compile_fail,E0599
//! # use dero_crypto::keys::MasterSecret;
//! let audit = MasterSecret::from_bytes([7; 32]).audit_key();
//! audit.spend_key();
//! ```
//!
//! a view-received key computes no tags and opens no payments,
//!
//! ```compile_fail,E0599
//! # use dero_crypto::{enote::Recognised, keys::ViewReceivedKey};
//! # fn f(view: &ViewReceivedKey, enote: &Recognised) {
//! view.one_time_view(enote);
//! # }
//! ```
//!
//! a find key opens no enote,
//!
//! ```compile_fail,E0599
//! # use dero_crypto::{NetworkId, asset::KnownAssets, enote::{DecodedEnote, InputContext}, keys::FindKey};
//! # fn f(key: &FindKey, net: &NetworkId, context: &InputContext, enote: &DecodedEnote, known: &KnownAssets) {
//! key.recognise(net, context, enote, known);
//! # }
//! ```
//!
//! and a generate-address key finds none.
//!
//! ```compile_fail,E0599
//! # use dero_crypto::{NetworkId, enote::Findable, keys::AddressKey};
//! # fn f(key: &AddressKey, net: &NetworkId, enote: &Findable<'_>) {
//! key.find(net, enote);
//! # }
//! ```
//!
//! Reading order: [`MasterSecret`], [`AuditKey`], [`Address`], [`LinkingTag`].

mod linking_tag;
mod spend;

#[cfg(feature = "alloc")]
mod address;
#[cfg(feature = "alloc")]
mod tag_cipher;
#[cfg(feature = "alloc")]
mod view;

pub use linking_tag::{LinkingTag, TagError};
pub use spend::{MasterSecret, SpendKey};

#[cfg(feature = "alloc")]
pub use address::{Address, AddressError, AddressIndex};
#[cfg(feature = "alloc")]
pub use tag_cipher::AddressTag;
#[cfg(feature = "alloc")]
pub use view::{AddressKey, AuditKey, FindKey, ViewReceivedKey};
