//! One enote: its bytes, its secrets, how it is made and how its owner recognises it (protocol 4, 5).

mod context;
mod public;
mod seed;
mod wire;

pub use context::{Anchor, InputContext};
pub use public::public_commitment;
pub use seed::EnoteSeed;
pub use wire::{Enote, PublicEnote};
