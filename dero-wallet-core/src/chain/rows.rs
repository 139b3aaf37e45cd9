//! Headers and pending enotes as rows, one of each a block.

use alloc::vec::Vec;

use dero_crypto::codec::Reader;
use dero_ledger::{
    block::{
        Header, MEDIAN_SPAN,
        mmr::{HeaderNode, Mmr},
    },
    consensus::{Consensus, HeaderBranch, KEY_INTERVAL, Target, Work},
};

use super::{ChainError, Listable, undecided::Undecided};
use crate::store::{Persister, Staged};

/// A validated header with what resuming needs.
pub(super) struct HeaderRow {
    pub(super) header: Header,
    pub(super) nonce: u64,
    pub(super) work: Work,
}

/// Which enotes of a block.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Pending {
    Outputs,
    Coinbase,
}

fn key(table: u8, height: u64) -> Vec<u8> {
    let mut key = Vec::from([table]);
    key.extend(height.to_be_bytes());
    key
}

fn read<P: Persister>(
    rows: &Staged<P>,
    table: u8,
    height: u64,
    what: &'static str,
) -> Result<Vec<u8>, ChainError<P::Error>> {
    rows.bulk(&key(table, height)).map_err(ChainError::Rows)?.ok_or(ChainError::Damaged(what))
}

/// Header 288 | nonce u64 | work 32 | nodes of the tree of headers, 64 each.
pub(super) fn put_header<P: Persister>(rows: &mut Staged<P>, row: &HeaderRow, nodes: &[HeaderNode]) {
    let mut value = row.header.to_bytes().to_vec();
    value.extend(row.nonce.to_le_bytes());
    value.extend(row.work.to_bytes());
    value.extend(nodes.iter().flat_map(HeaderNode::to_bytes));
    rows.changes().put_bulk(key(b'h', row.header.height), value);
}

fn header_and_nodes<P: Persister>(
    rows: &Staged<P>,
    height: u64,
) -> Result<(HeaderRow, Vec<HeaderNode>), ChainError<P::Error>> {
    let value = read(rows, b'h', height, "headers")?;
    let mut reader = Reader::new(&value, "header row");
    let mut parse = || {
        let header = Header::from_bytes(&reader.array("header")?);
        let row = HeaderRow { header, nonce: reader.u64("nonce")?, work: Work::from_bytes(&reader.array("work")?) };
        let (nodes, _) = reader.rest().as_chunks::<64>();
        Ok::<_, dero_crypto::DecodeError>((row, nodes.iter().map(HeaderNode::from_bytes).collect()))
    };
    parse().map_err(|_| ChainError::Damaged("headers"))
}

pub(super) fn header<P: Persister>(rows: &Staged<P>, height: u64) -> Result<HeaderRow, ChainError<P::Error>> {
    header_and_nodes(rows, height).map(|(row, _)| row)
}

/// The branch whose tip is the stored header at `height`.
pub(super) fn branch<P: Persister>(
    rows: &Staged<P>,
    consensus: &impl Consensus,
    height: u64,
) -> Result<HeaderBranch, ChainError<P::Error>> {
    let tip = header(rows, height)?;
    let first = (height + 1).saturating_sub(MEDIAN_SPAN);
    let timestamps =
        (first..=height).map(|at| header(rows, at).map(|row| row.header.timestamp)).collect::<Result<_, _>>()?;
    let newest_key = height / KEY_INTERVAL * KEY_INTERVAL;
    let mut keys = Vec::new();
    for at in [newest_key.checked_sub(KEY_INTERVAL), Some(newest_key)].into_iter().flatten() {
        keys.push((at, header(rows, at)?.header.id()));
    }
    let headers = Mmr::load(height + 1, |position| node(rows, height, position))?;
    let output = if height == 0 {
        [0xff; 32]
    } else {
        let below = branch_key(&keys, height, rows)?;
        let target = Target::from_compact(tip.header.target).map_err(|_| ChainError::Damaged("headers"))?;
        consensus
            .check_seal(&below, &tip.header.id(), tip.nonce, &target)
            .map_err(|_| ChainError::Damaged("headers"))?
    };
    Ok(HeaderBranch::resume(tip.header, output, timestamps, keys, headers, tip.work))
}

/// The id that keys the proof of work at `height`.
fn branch_key<P: Persister>(
    keys: &[(u64, dero_ledger::block::BlockId)],
    height: u64,
    rows: &Staged<P>,
) -> Result<dero_ledger::block::BlockId, ChainError<P::Error>> {
    let at = dero_ledger::consensus::key_height(height);
    match keys.iter().find(|(key, _)| *key == at) {
        Some((_, id)) => Ok(*id),
        None => Ok(header(rows, at)?.header.id()),
    }
}

/// The stored node at `position`: leaf i appends the nodes from 2i − ones(i) on.
fn node<P: Persister>(rows: &Staged<P>, tip: u64, position: u64) -> Result<HeaderNode, ChainError<P::Error>> {
    let first = |leaf: u64| 2 * leaf - u64::from(leaf.count_ones());
    let (mut low, mut high) = (0, tip + 1);
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if first(middle) <= position { low = middle } else { high = middle }
    }
    let (_, nodes) = header_and_nodes(rows, low)?;
    let inside = usize::try_from(position - first(low)).unwrap_or(usize::MAX);
    nodes.get(inside).copied().ok_or(ChainError::Damaged("headers"))
}

/// u32 count | u32 stubs among them | outputs | coinbase outputs.
pub(super) fn put_pending<P: Persister>(rows: &mut Staged<P>, height: u64, listable: &Listable) {
    let mut value = u32::try_from(listable.outputs.len()).expect("a block is bounded").to_le_bytes().to_vec();
    value.extend(listable.stubs.to_le_bytes());
    value.extend(listable.outputs.iter().flatten());
    value.extend(listable.coinbase.iter().flatten());
    rows.changes().put_bulk(key(b'p', height), value);
    if let Some(undecided) = &listable.undecided {
        rows.changes().put_bulk(key(b'x', height), undecided.to_bytes());
    }
}

/// What the compact form of a block left open.
pub(super) fn undecided<P: Persister>(
    rows: &Staged<P>,
    height: u64,
) -> Result<Option<Undecided>, ChainError<P::Error>> {
    let value = rows.bulk(&key(b'x', height)).map_err(ChainError::Rows)?;
    let parse = |value: Vec<u8>| Undecided::from_bytes(&value).map_err(|_| ChainError::Damaged("pending enotes"));
    value.map(parse).transpose()
}

pub(super) fn pending<P: Persister>(
    rows: &Staged<P>,
    height: u64,
    which: Pending,
) -> Result<Vec<[u8; 96]>, ChainError<P::Error>> {
    let value = read(rows, b'p', height, "pending enotes")?;
    let mut reader = Reader::new(&value, "pending row");
    let mut parse = || {
        let (count, _stubs) = (reader.u32("count")?, reader.u32("stubs")?);
        let bytes = count as usize * 96;
        let outputs = reader.slice(bytes, "outputs")?;
        let wanted = if which == Pending::Outputs { outputs } else { reader.rest() };
        Ok::<_, dero_crypto::DecodeError>(wanted.as_chunks::<96>().0.to_vec())
    };
    parse().map_err(|_| ChainError::Damaged("pending enotes"))
}

/// How many outputs enter, and how many of them are stubs.
pub(super) fn pending_counts<P: Persister>(
    rows: &Staged<P>,
    height: u64,
) -> Result<(u64, u64), ChainError<P::Error>> {
    let value = read(rows, b'p', height, "pending enotes")?;
    let mut reader = Reader::new(&value, "pending row");
    let mut parse =
        || Ok::<_, dero_crypto::DecodeError>((reader.u32("count")?.into(), reader.u32("stubs")?.into()));
    parse().map_err(|_| ChainError::Damaged("pending enotes"))
}

pub(super) fn delete_header<P: Persister>(rows: &mut Staged<P>, height: u64) {
    rows.changes().delete_bulk(key(b'h', height));
}

pub(super) fn delete_pending<P: Persister>(rows: &mut Staged<P>, height: u64) {
    rows.changes().delete_bulk(key(b'p', height));
    rows.changes().delete_bulk(key(b'x', height));
}
