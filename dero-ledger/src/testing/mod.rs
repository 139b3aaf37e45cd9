//! What a stranger needs to test his own parts: suites that fail a broken one by name.

mod memory_state;
#[cfg(feature = "redb")]
mod simulated_disk;
mod store_blocks;
mod store_conformance;
mod treasury;

pub use memory_state::MemoryState;
#[cfg(feature = "redb")]
pub use simulated_disk::{DiskFault, Kept, SimulatedDisk};
pub use store_blocks::StoreBlocks;
pub use store_conformance::{
    StoreFailure, StoreLaw, check_contents, check_durable_store, check_store, durable_store_conformance,
    store_conformance,
};
pub use treasury::{Coin, Treasury};
