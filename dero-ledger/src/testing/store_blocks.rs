//! Blocks without meaning, to fill stores with.

use alloc::vec::Vec;
use core::ops::RangeInclusive;

use crate::{
    block::{BlockId, BlockRef},
    store::{BlockChanges, HEADER_BYTES, ListedEnote, Tip, Totals},
};

/// Blocks for stores: of any content, but with ids, totals and lists that follow.
///
/// Every byte follows from the seed, the parent and the salt, and the salt is the nonce. So whoever reads a nonce
/// from a store knows what else the store must hold.
#[derive(Clone, Debug)]
pub struct StoreBlocks {
    /// What tells two families of blocks apart.
    pub seed: u64,
    /// Entries of each list of a block.
    pub entries: RangeInclusive<usize>,
    /// Bytes of the body.
    pub body: RangeInclusive<usize>,
}

impl StoreBlocks {
    /// Small blocks, some with empty lists.
    #[must_use]
    pub fn small(seed: u64) -> Self {
        Self { seed, entries: 0..=5, body: 0..=300 }
    }

    /// A block on `parent`, or genesis.
    #[must_use]
    pub fn block(&self, parent: Option<Tip>, salt: u64) -> BlockChanges {
        let mut hasher = blake3::Hasher::new_derive_key("dero-ledger testing 2026-11 store blocks");
        hasher.update(&self.seed.to_le_bytes()).update(&salt.to_le_bytes());
        if let Some((block, _)) = parent {
            hasher.update(&block.height.to_le_bytes()).update(&block.id.0);
        }
        let mut bytes = Bytes(hasher.finalize_xof());

        let before = parent.map_or_else(Totals::default, |(_, totals)| totals);
        let header: [u8; HEADER_BYTES] = bytes.array();
        let block = BlockRef {
            height: parent.map_or(0, |(block, _)| block.height + 1),
            id: BlockId(*blake3::hash(&header).as_bytes()),
        };
        let mut counts = [0; 4];
        counts.fill_with(|| bytes.within(&self.entries));
        let [listed, tags, header_nodes, tag_nodes] = counts;
        let transactions = if parent.is_some() { bytes.within(&self.entries) + 1 } else { 0 };
        let listed = (0..listed).map(|_| ListedEnote { enote: bytes.array(), acc: bytes.array() });
        let listed: Vec<_> = listed.collect();
        let totals = Totals {
            work: add_work(before.work, bytes.array::<8>()),
            list_length: before.list_length + listed.len() as u64,
            tags: before.tags + tags as u64,
            header_nodes: before.header_nodes + header_nodes as u64,
            tag_nodes: before.tag_nodes + tag_nodes as u64,
            anchors: bytes.array(),
            issued: before.issued + u128::from(u64::from_le_bytes(bytes.array())),
            destroyed: before.destroyed + u128::from(u32::from_le_bytes(bytes.array())),
        };
        BlockChanges {
            block,
            parent: parent.map(|(block, _)| block),
            header,
            nonce: salt,
            body: bytes.vec(&self.body),
            txids: (0..transactions).map(|_| bytes.array()).collect(),
            compact_scan: bytes.vec(&self.body),
            compact_values: bytes.vec(&self.body),
            listed,
            tags: (0..tags).map(|_| bytes.array()).collect(),
            header_nodes: (0..header_nodes).map(|_| bytes.array()).collect(),
            tag_nodes: (0..tag_nodes).map(|_| bytes.array()).collect(),
            totals,
        }
    }

    /// Blocks on `parent`, one on the other, with `salts`.
    pub fn chain(&self, parent: Option<Tip>, salts: impl IntoIterator<Item = u64>) -> Vec<BlockChanges> {
        let mut tip = parent;
        let blocks = salts.into_iter().map(|salt| {
            let block = self.block(tip, salt);
            tip = Some((block.block, block.totals));
            block
        });
        blocks.collect()
    }
}

fn add_work(mut work: [u8; 32], added: [u8; 8]) -> [u8; 32] {
    let mut carry = 0;
    for (index, byte) in work.iter_mut().enumerate() {
        let sum = u16::from(*byte) + u16::from(added.get(index).copied().unwrap_or(0)) + carry;
        *byte = (sum & 0xff) as u8;
        carry = sum >> 8;
    }
    work
}

struct Bytes(blake3::OutputReader);

impl Bytes {
    fn array<const N: usize>(&mut self) -> [u8; N] {
        let mut out = [0; N];
        self.0.fill(&mut out);
        out
    }

    fn within(&mut self, range: &RangeInclusive<usize>) -> usize {
        let width = (range.end() - range.start()) as u64 + 1;
        range.start() + (u64::from_le_bytes(self.array()) % width) as usize
    }

    fn vec(&mut self, length: &RangeInclusive<usize>) -> Vec<u8> {
        let mut out = alloc::vec![0; self.within(length)];
        self.0.fill(&mut out);
        out
    }
}
