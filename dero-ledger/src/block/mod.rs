//! Blocks: header, seal, transactions, coinbase, and their roots (protocol 10.7).

mod header;

use core::fmt;

pub use header::{Ancestors, FUTURE_LIMIT_S, HEADER_VERSION, Header, HeaderError, MEDIAN_SPAN};

/// A block's id: h_32("block/id"; header bytes). The seal is outside.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlockId(pub [u8; 32]);

impl fmt::Debug for BlockId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BlockId({self})")
    }
}
impl fmt::Display for BlockId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// A block by its place and id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct BlockRef {
    /// Distance from genesis.
    pub height: u64,
    /// The block.
    pub id: BlockId,
}
