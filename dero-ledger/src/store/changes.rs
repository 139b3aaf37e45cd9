//! What one block leaves behind, and what a store gives back.

use alloc::{collections::BTreeSet, vec::Vec};

use super::{HEADER_BYTES, ListedEnote, StoreError};
use crate::block::BlockRef;

/// What one block leaves behind, ready to commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockChanges {
    /// The block.
    pub block: BlockRef,
    /// The tip on which it stands; `None` for genesis.
    pub parent: Option<BlockRef>,
    /// Header bytes.
    pub header: [u8; HEADER_BYTES],
    /// The seal's nonce.
    pub nonce: u64,
    /// Transactions and coinbase as they stand in the block, after the seal.
    pub body: Vec<u8>,
    /// Txid of every transaction in block order, the coinbase last (none in genesis).
    pub txids: Vec<[u8; 32]>,
    /// Scan part of the compact form.
    pub compact_scan: Vec<u8>,
    /// Value part of the compact form.
    pub compact_values: Vec<u8>,
    /// Enotes that enter the reference list at this height, in order.
    pub listed: Vec<ListedEnote>,
    /// Linking tags that the block spends, in block and body order.
    pub tags: Vec<[u8; 32]>,
    /// Nodes that the block appends to the MMR of headers: hash ‖ work sum.
    pub header_nodes: Vec<[u8; 64]>,
    /// Nodes that the block appends to the MMR of linking tags.
    pub tag_nodes: Vec<[u8; 32]>,
    /// Totals after the block.
    pub totals: Totals,
}

impl BlockChanges {
    /// The checks of a commit that need nothing but the tip: the block stands on it, its totals follow from its
    /// lists, and neither a tag nor a txid occurs twice in it.
    ///
    /// # Errors
    ///
    /// [`StoreError::NotOnTip`], [`StoreError::Totals`], [`StoreError::TagSpent`] or [`StoreError::Repeated`].
    pub fn check_on(&self, tip: Option<Tip>) -> Result<(), StoreError> {
        let parent = tip.map(|(block, _)| block);
        if self.parent != parent {
            return Err(StoreError::NotOnTip { parent: self.parent, tip: parent });
        }
        let before = tip.map_or_else(Totals::default, |(_, totals)| totals);
        let height = parent.map_or(0, |block| block.height.saturating_add(1));
        let count = |before: u64, added: usize| before.saturating_add(added as u64);
        for (what, stated, counted) in [
            ("height", self.block.height, height),
            ("list length", self.totals.list_length, count(before.list_length, self.listed.len())),
            ("spent tags", self.totals.tags, count(before.tags, self.tags.len())),
            ("header nodes", self.totals.header_nodes, count(before.header_nodes, self.header_nodes.len())),
            ("tag nodes", self.totals.tag_nodes, count(before.tag_nodes, self.tag_nodes.len())),
        ] {
            if stated != counted {
                return Err(StoreError::Totals { what, stated, counted });
            }
        }
        if let Some(tag) = first_repeated(&self.tags) {
            return Err(StoreError::TagSpent { tag });
        }
        if let Some(id) = first_repeated(&self.txids) {
            return Err(StoreError::Repeated { what: "transaction", id });
        }
        Ok(())
    }
}

fn first_repeated(items: &[[u8; 32]]) -> Option<[u8; 32]> {
    let mut seen = BTreeSet::new();
    items.iter().find(|item| !seen.insert(*item)).copied()
}

/// Running totals after a block.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Work of the branch up to and including the block, 256 bits little-endian.
    pub work: [u8; 32],
    /// Length of the reference list after the block's appends.
    pub list_length: u64,
    /// Spent tags after the block.
    pub tags: u64,
    /// Nodes in the MMR of headers after the block.
    pub header_nodes: u64,
    /// Nodes in the MMR of tags after the block.
    pub tag_nodes: u64,
    /// Digest of the anchors, ea (protocol 7.5).
    pub anchors: [u8; 32],
    /// Native units issued: genesis amounts and subsidies.
    pub issued: u128,
    /// Native units destroyed: halves of minimum fees.
    pub destroyed: u128,
}

/// A newest block, and the totals after it.
pub type Tip = (BlockRef, Totals);

/// A block as it was committed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredBlock {
    /// Header bytes.
    pub header: [u8; HEADER_BYTES],
    /// The seal's nonce.
    pub nonce: u64,
    /// Transactions and coinbase.
    pub body: Vec<u8>,
}

/// The compact form of a block, in its two parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredCompact {
    /// Scan part.
    pub scan: Vec<u8>,
    /// Value part.
    pub values: Vec<u8>,
}
