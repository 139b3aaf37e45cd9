//! What a stranger needs to test his own parts: suites that fail a broken one by name.

mod chain_builder;
mod memory_state;
mod purse;
#[cfg(feature = "redb")]
mod simulated_disk;
mod store_blocks;
mod store_conformance;
mod treasury;
mod unproven;

pub use chain_builder::{BlockDraft, ChainBuilder, SharedStore, TestChain};
pub use memory_state::MemoryState;
pub use purse::{Purse, PurseCoin, Spend};
#[cfg(feature = "redb")]
pub use simulated_disk::{DiskFault, Kept, SimulatedDisk};
pub use store_blocks::StoreBlocks;
pub use store_conformance::{
    StoreFailure, StoreLaw, check_contents, check_durable_store, check_store, durable_store_conformance,
    store_conformance,
};
pub use treasury::{Coin, Treasury};
pub use unproven::unproven;
