//! One record per block: its header, its totals, and where its parts lie.

use dero_crypto::codec::Reader;

use super::{BlockChanges, HEADER_BYTES, StoreError, Tip, Totals, checksum::SUM_BYTES};
use crate::block::{BlockId, BlockRef};

/// Bytes of a row.
pub(super) const ROW_BYTES: usize = 32 + HEADER_BYTES + 8 + TOTALS_BYTES + 3 * PART_BYTES + 2 * PART_BYTES;
const TOTALS_BYTES: usize = 32 + 4 * 8 + 32 + 2 * 16;
const PART_BYTES: usize = 2 * 8 + SUM_BYTES;

/// A block's record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) id: BlockId,
    pub(super) header: [u8; HEADER_BYTES],
    pub(super) nonce: u64,
    pub(super) totals: Totals,
    /// In the file of blocks: transactions and coinbase, txids, tags.
    pub(super) body: Part,
    pub(super) txids: Part,
    pub(super) tags: Part,
    /// In the file of compact forms.
    pub(super) scan: Part,
    pub(super) values: Part,
}

/// Bytes in a segment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) at: u64,
    pub(super) length: u64,
    pub(super) sum: [u8; SUM_BYTES],
}

impl Part {
    pub(super) fn end(&self) -> u64 {
        self.at.saturating_add(self.length)
    }
}

impl Row {
    pub(super) fn new(changes: &BlockChanges, [body, txids, tags, scan, values]: [Part; 5]) -> Self {
        let BlockChanges { block, header, nonce, totals, .. } = changes;
        Self { id: block.id, header: *header, nonce: *nonce, totals: *totals, body, txids, tags, scan, values }
    }

    /// The block and its totals, if it stands at `height`.
    pub(super) fn tip(&self, height: u64) -> Tip {
        (BlockRef { height, id: self.id }, self.totals)
    }

    pub(super) fn to_bytes(&self) -> [u8; ROW_BYTES] {
        let mut bytes = [0; ROW_BYTES];
        let mut rest = bytes.as_mut_slice();
        let mut put = |field: &[u8]| {
            let (place, after) = core::mem::take(&mut rest).split_at_mut(field.len());
            place.copy_from_slice(field);
            rest = after;
        };
        put(&self.id.0);
        put(&self.header);
        put(&self.nonce.to_le_bytes());
        let Totals { work, list_length, tags, header_nodes, tag_nodes, anchors, issued, destroyed } = &self.totals;
        put(work);
        for count in [list_length, tags, header_nodes, tag_nodes] {
            put(&count.to_le_bytes());
        }
        put(anchors);
        put(&issued.to_le_bytes());
        put(&destroyed.to_le_bytes());
        for part in [&self.body, &self.txids, &self.tags, &self.scan, &self.values] {
            put(&part.at.to_le_bytes());
            put(&part.length.to_le_bytes());
            put(&part.sum);
        }
        bytes
    }

    pub(super) fn from_bytes(bytes: &[u8; ROW_BYTES]) -> Result<Self, StoreError> {
        let mut reader = Reader::new(bytes, "row");
        let mut read = || -> Result<Self, dero_crypto::DecodeError> {
            let id = BlockId(reader.array("id")?);
            let header = reader.array("header")?;
            let nonce = reader.u64("nonce")?;
            let totals = Totals {
                work: reader.array("work")?,
                list_length: reader.u64("list length")?,
                tags: reader.u64("tags")?,
                header_nodes: reader.u64("header nodes")?,
                tag_nodes: reader.u64("tag nodes")?,
                anchors: reader.array("anchors")?,
                issued: u128::from_le_bytes(reader.array("issued")?),
                destroyed: u128::from_le_bytes(reader.array("destroyed")?),
            };
            let mut parts = [Part::default(); 5];
            for part in &mut parts {
                *part =
                    Part { at: reader.u64("at")?, length: reader.u64("length")?, sum: reader.array("checksum")? };
            }
            let [body, txids, tags, scan, values] = parts;
            Ok(Self { id, header, nonce, totals, body, txids, tags, scan, values })
        };
        read().map_err(|error| StoreError::Damaged { what: "headers".into(), detail: alloc::format!("{error}") })
    }
}
