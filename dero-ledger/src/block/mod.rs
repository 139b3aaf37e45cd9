//! Blocks: header, seal, transactions, coinbase, and their roots (protocol 10.7).

mod codec;
pub mod compact;
mod header;
pub mod mmr;
mod roots;

use core::fmt;

pub use codec::{Block, MAX_COINBASE_BYTES, MAX_TRANSACTION_BYTES, encode_block, encode_body, parse_body};
pub use header::{Ancestors, FUTURE_LIMIT_S, HEADER_BYTES, HEADER_VERSION, Header, HeaderError, MEDIAN_SPAN};
pub use roots::{
    EMPTY_RECEIPT, EMPTY_TREE, State, TransactionIds, compact_root, receipts_root, transaction_root, values_digest,
};

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
