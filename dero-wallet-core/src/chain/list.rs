//! The reference list in chunks of rows.

use alloc::vec::Vec;
use core::ops::Range;

use super::ChainError;
use crate::store::{Persister, Staged};

/// Entries of a row: 24 KiB.
const CHUNK: u64 = 256;
const ENTRY: usize = 96;

fn key(chunk: u64) -> Vec<u8> {
    [b"l".as_slice(), &chunk.to_be_bytes()].concat()
}

fn chunk<P: Persister>(rows: &Staged<P>, chunk: u64) -> Result<Vec<u8>, ChainError<P::Error>> {
    Ok(rows.bulk(&key(chunk)).map_err(ChainError::Rows)?.unwrap_or_default())
}

/// Appends entries behind the first `length`; whatever stands behind those is overwritten.
pub(super) fn append<P: Persister>(
    rows: &mut Staged<P>,
    length: u64,
    entries: &[[u8; ENTRY]],
) -> Result<(), ChainError<P::Error>> {
    let mut at = length;
    let mut rest = entries;
    while !rest.is_empty() {
        let (number, inside) = (at / CHUNK, (at % CHUNK) as usize);
        let mut row = chunk(rows, number)?;
        if row.len() < inside * ENTRY {
            return Err(ChainError::Damaged("reference list"));
        }
        row.truncate(inside * ENTRY);
        let (now, later) = rest.split_at(rest.len().min(CHUNK as usize - inside));
        row.extend(now.iter().flatten());
        rows.changes().put_bulk(key(number), row);
        at += now.len() as u64;
        rest = later;
    }
    Ok(())
}

/// Begins the list in the middle: `entries` stand from `start` on, and what is before them is not kept.
pub(super) fn begin<P: Persister>(
    rows: &mut Staged<P>,
    start: u64,
    entries: &[[u8; ENTRY]],
) -> Result<(), ChainError<P::Error>> {
    let before = (start % CHUNK) as usize * ENTRY;
    if before > 0 {
        rows.changes().put_bulk(key(start / CHUNK), alloc::vec![0; before]);
    }
    append(rows, start, entries)
}

/// Takes away what stands behind the first `length` of `before` entries.
pub(super) fn truncate<P: Persister>(
    rows: &mut Staged<P>,
    length: u64,
    before: u64,
) -> Result<(), ChainError<P::Error>> {
    for number in length.div_ceil(CHUNK)..before.div_ceil(CHUNK) {
        rows.changes().delete_bulk(key(number));
    }
    let inside = (length % CHUNK) as usize;
    if inside > 0 {
        let mut row = chunk(rows, length / CHUNK)?;
        row.truncate(inside * ENTRY);
        rows.changes().put_bulk(key(length / CHUNK), row);
    }
    Ok(())
}

/// The entries at `positions`.
pub(super) fn entries<P: Persister>(
    rows: &Staged<P>,
    positions: Range<u64>,
) -> Result<Vec<[u8; ENTRY]>, ChainError<P::Error>> {
    let mut found = Vec::new();
    let mut at = positions.start;
    while at < positions.end {
        let row = chunk(rows, at / CHUNK)?;
        let (all, _) = row.as_chunks::<ENTRY>();
        let inside = (at % CHUNK) as usize;
        let wanted = (positions.end - at).min(CHUNK - at % CHUNK) as usize;
        found.extend(all.get(inside..inside + wanted).ok_or(ChainError::Damaged("reference list"))?);
        at += wanted as u64;
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::MemoryPersister;

    fn entry(i: u64) -> [u8; ENTRY] {
        let mut entry = [0; ENTRY];
        entry[..8].copy_from_slice(&i.to_le_bytes());
        entry
    }

    #[test]
    fn entries_are_where_they_were_appended_and_gone_where_they_were_taken_away() {
        let rows = &mut Staged::new(MemoryPersister::new());
        let all: Vec<_> = (0..1000).map(entry).collect();
        append(rows, 0, &all[..300]).expect("appended");
        append(rows, 300, &all[300..301]).expect("appended");
        append(rows, 301, &all[301..]).expect("appended");
        assert_eq!(entries(rows, 0..1000).expect("read"), all);
        assert_eq!(entries(rows, 255..258).expect("read"), all[255..258]);
        truncate(rows, 400, 1000).expect("cut");
        assert!(entries(rows, 399..401).is_err());
        assert_eq!(entries(rows, 0..400).expect("read"), all[..400]);
        truncate(rows, 256, 400).expect("cut");
        assert!(entries(rows, 256..257).is_err());
        assert!(append(rows, 300, &all[..1]).is_err(), "a gap is refused");
    }

    #[test]
    fn a_list_begins_in_the_middle_of_a_row() {
        let rows = &mut Staged::new(MemoryPersister::new());
        let all: Vec<_> = (0..1000).map(entry).collect();
        begin(rows, 700, &all[700..800]).expect("begun");
        append(rows, 800, &all[800..]).expect("appended");
        assert_eq!(entries(rows, 700..1000).expect("read"), all[700..]);
        assert!(entries(rows, 400..600).is_err(), "what is before is not kept");
        truncate(rows, 720, 1000).expect("cut");
        assert_eq!(entries(rows, 700..720).expect("read"), all[700..720]);
    }
}
