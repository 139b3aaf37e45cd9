//! One enote: its bytes, its secrets, how it is made and how its owner recognises it (protocol 4, 5).
//!
//! ```text
//! Enote = Ko 32 | C 32 | T 32 | De 32 | vt1 1 | vt2 2 | σ_enc 16 | pay_enc 16                 163 bytes
//! ```
//!
//! The maker starts from an address, an amount and a 16-byte seed σ, on which every secret of the enote hangs;
//! the seed travels wrapped for the recipient. Every hash contains the [`InputContext`], which occurs only once
//! on a chain, so a copy of an enote elsewhere is nobody's.
//!
//! | Module | |
//! |---|---|
//! | `wire`, `decoded` | the bytes; the same with its points decoded |
//! | `context` | what the enote is bound to |
//! | `seed`, `wrap` | the secrets under σ; view tags and how σ travels |
//! | `make`, `public` | [`Draft`]: external, self-send, public |
//! | `find` | one byte that lets a scanner skip 255 of 256 foreign enotes, for many at once |
//! | `scan` | all the checks; the linking tag; own payments opened again |
//! | `memo` | an encrypted message |

mod context;
mod decoded;
mod find;
mod make;
mod memo;
mod opening;
mod public;
mod scan;
mod seed;
mod wire;
pub mod wrap;

pub use context::{Anchor, InputContext};
pub use decoded::DecodedEnote;
pub use find::{Findable, Found};
pub use make::{Draft, MadeEnote, SelfTag};
pub use memo::{MemoClass, MemoEntries, MemoError, open_memo, seal_memo};
pub use opening::{AssetBase, EnoteKind, Opening, SelfSend};
pub use public::public_commitment;
pub use scan::{NotOwned, OneTimeView, Outgoing, Recognised};
pub use seed::EnoteSeed;
pub use wire::{Enote, PublicEnote};
