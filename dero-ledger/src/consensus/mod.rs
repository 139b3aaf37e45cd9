//! Who may extend the chain: targets, work, and how the difficulty follows the clock (protocol 10.7).

mod asert;
mod target;
mod wide;

pub use asert::next_target;
pub use target::{Target, TargetError, Work};
