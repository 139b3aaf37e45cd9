//! The files of a durable store, read and written together.

use alloc::{boxed::Box, vec::Vec};
use core::ops::Range;

use dero_crypto::NetworkId;

use super::{
    BlockChanges, HEADER_BYTES, ListedEnote, StoreError, StoredBlock, StoredCompact, Totals,
    disk::Disk,
    index::Index,
    row::{Part, ROW_BYTES, Row},
    segments::{Records, Segment},
    snapshot::Newest,
};
use crate::block::{BlockId, BlockRef};

/// The segments.
#[derive(Debug)]
pub(super) struct Segments {
    /// One [`Row`] per height.
    headers: Records<ROW_BYTES>,
    /// Per block: body, txids, tags.
    blocks: Segment,
    /// Per block: scan part, value part.
    compact: Segment,
    /// Ko ‖ C ‖ T ‖ acc.
    listed: Records<128>,
    header_nodes: Records<64>,
    tag_nodes: Records<32>,
}

impl Segments {
    pub(super) fn open(disk: &dyn Disk, net: &NetworkId) -> Result<Self, StoreError> {
        Ok(Self {
            headers: Records(Segment::open(disk, "headers.seg", net)?),
            blocks: Segment::open(disk, "blocks.seg", net)?,
            compact: Segment::open(disk, "compact.seg", net)?,
            listed: Records(Segment::open(disk, "listed.seg", net)?),
            header_nodes: Records(Segment::open(disk, "header-nodes.seg", net)?),
            tag_nodes: Records(Segment::open(disk, "tag-nodes.seg", net)?),
        })
    }

    fn all(&self) -> [&Segment; 6] {
        let Self { headers, blocks, compact, listed, header_nodes, tag_nodes } = self;
        [&headers.0, blocks, compact, &listed.0, &header_nodes.0, &tag_nodes.0]
    }

    pub(super) fn are_empty(&self) -> Result<bool, StoreError> {
        self.all().into_iter().try_fold(true, |empty, segment| Ok(empty && segment.len()? == 0))
    }

    pub(super) fn sync(&self) -> Result<(), StoreError> {
        self.all().into_iter().try_for_each(Segment::sync)
    }

    /// Cuts every file to what the block at the tip names.
    pub(super) fn cut(&self, tip: Option<(u64, &Row)>) -> Result<(), StoreError> {
        let rows = tip.map_or(0, |(height, _)| height.saturating_add(1));
        let row = tip.map(|(_, row)| row);
        let totals = row.map_or_else(Totals::default, |row| row.totals);
        let lengths = [
            Records::<ROW_BYTES>::bytes(rows),
            row.map_or(0, |row| row.tags.end()),
            row.map_or(0, |row| row.values.end()),
            Records::<128>::bytes(totals.list_length),
            Records::<64>::bytes(totals.header_nodes),
            Records::<32>::bytes(totals.tag_nodes),
        ];
        // Looked at before anything is cut: what is too short shows that the tip is not to be trusted.
        for (segment, length) in self.all().into_iter().zip(lengths) {
            segment.reaches(length)?;
        }
        self.all().into_iter().zip(lengths).try_for_each(|(segment, length)| segment.cut(length))
    }

    pub(super) fn row(&self, height: u64) -> Result<Row, StoreError> {
        Row::from_bytes(&self.headers.read_one(height)?)
    }

    /// Writes the parts of a block behind those of its parent, and returns its row.
    pub(super) fn append(&self, changes: &BlockChanges, parent: Option<&Row>) -> Result<Row, StoreError> {
        let before = parent.map_or_else(Totals::default, |row| row.totals);
        let [body, txids, tags] = append(
            &self.blocks,
            parent.map_or(0, |row| row.tags.end()),
            [&changes.body, changes.txids.as_flattened(), changes.tags.as_flattened()],
        )?;
        let [scan, values] = append(
            &self.compact,
            parent.map_or(0, |row| row.values.end()),
            [&changes.compact_scan, &changes.compact_values],
        )?;
        let row = Row::new(changes, [body, txids, tags, scan, values]);
        self.listed.write(before.list_length, changes.listed.iter().map(listed_to_bytes))?;
        self.header_nodes.write(before.header_nodes, changes.header_nodes.iter().copied())?;
        self.tag_nodes.write(before.tag_nodes, changes.tag_nodes.iter().copied())?;
        self.headers.write(changes.block.height, [row.to_bytes()])?;
        Ok(row)
    }

    /// Everything that the block at `height` left behind.
    pub(super) fn changes(&self, height: u64) -> Result<(BlockChanges, Option<Row>), StoreError> {
        let row = self.row(height)?;
        let parent = height.checked_sub(1).map(|below| self.row(below)).transpose()?;
        let before = parent.as_ref().map_or_else(Totals::default, |row| row.totals);
        let changes = BlockChanges {
            block: BlockRef { height, id: row.id },
            parent: parent.as_ref().map(|row| row.tip(height - 1).0),
            header: row.header,
            nonce: row.nonce,
            body: read(&self.blocks, row.body)?,
            txids: read(&self.blocks, row.txids)?.as_chunks().0.to_vec(),
            compact_scan: read(&self.compact, row.scan)?,
            compact_values: read(&self.compact, row.values)?,
            listed: self.listed(before.list_length..row.totals.list_length)?,
            tags: read(&self.blocks, row.tags)?.as_chunks().0.to_vec(),
            header_nodes: self.header_nodes.read(before.header_nodes..row.totals.header_nodes)?,
            tag_nodes: self.tag_nodes.read(before.tag_nodes..row.totals.tag_nodes)?,
            totals: row.totals,
        };
        Ok((changes, parent))
    }

    fn listed(&self, positions: Range<u64>) -> Result<Vec<ListedEnote>, StoreError> {
        let listed = self.listed.read(positions)?;
        Ok(listed.iter().map(listed_from_bytes).collect())
    }
}

/// Writes parts one after the other.
fn append<const N: usize>(segment: &Segment, mut at: u64, parts: [&[u8]; N]) -> Result<[Part; N], StoreError> {
    let start = at;
    let places = parts.map(|part| {
        let place = Part { at, length: part.len() as u64, sum: segment.sum(at, part) };
        at = place.end();
        place
    });
    let bytes = parts.concat();
    if !bytes.is_empty() {
        segment.write(start, &bytes)?;
    }
    Ok(places)
}

fn read(segment: &Segment, part: Part) -> Result<Vec<u8>, StoreError> {
    segment.read(part.at, part.length, part.sum)
}

fn listed_to_bytes(listed: &ListedEnote) -> [u8; 128] {
    let mut bytes = [0; 128];
    bytes[..96].copy_from_slice(&listed.enote);
    bytes[96..].copy_from_slice(&listed.acc);
    bytes
}

fn listed_from_bytes(bytes: &[u8; 128]) -> ListedEnote {
    let (mut enote, mut acc) = ([0; 96], [0; 32]);
    enote.copy_from_slice(&bytes[..96]);
    acc.copy_from_slice(&bytes[96..]);
    ListedEnote { enote, acc }
}

/// Segments and index: the newest state of a store.
#[derive(Debug)]
pub struct Files {
    pub(super) segments: Segments,
    pub(super) index: Index,
    /// Holds the lock of the folder, if it has one.
    pub(super) _disk: Box<dyn Disk>,
}

impl Newest for Files {
    fn totals(&self, height: u64) -> Result<Totals, StoreError> {
        self.segments.row(height).map(|row| row.totals)
    }

    fn headers(&self, heights: Range<u64>) -> Result<Vec<([u8; HEADER_BYTES], u64)>, StoreError> {
        let rows = self.segments.headers.read(heights)?;
        rows.iter().map(|bytes| Row::from_bytes(bytes).map(|row| (row.header, row.nonce))).collect()
    }

    fn block(&self, height: u64) -> Result<StoredBlock, StoreError> {
        let row = self.segments.row(height)?;
        let body = read(&self.segments.blocks, row.body)?;
        Ok(StoredBlock { header: row.header, nonce: row.nonce, body })
    }

    fn compact(&self, height: u64) -> Result<StoredCompact, StoreError> {
        let row = self.segments.row(height)?;
        let scan = read(&self.segments.compact, row.scan)?;
        Ok(StoredCompact { scan, values: read(&self.segments.compact, row.values)? })
    }

    fn height_of(&self, id: &BlockId) -> Result<Option<u64>, StoreError> {
        self.index.height_of(id)
    }

    fn transaction(&self, txid: &[u8; 32]) -> Result<Option<(u64, u32)>, StoreError> {
        self.index.transaction(txid)
    }

    fn listed(&self, positions: Range<u64>) -> Result<Vec<ListedEnote>, StoreError> {
        self.segments.listed(positions)
    }

    fn spent(&self, tags: &[[u8; 32]]) -> Result<Vec<Option<u64>>, StoreError> {
        self.index.spent(tags)
    }

    fn header_node(&self, position: u64) -> Result<[u8; 64], StoreError> {
        self.segments.header_nodes.read_one(position)
    }

    fn tag_node(&self, position: u64) -> Result<[u8; 32], StoreError> {
        self.segments.tag_nodes.read_one(position)
    }
}
