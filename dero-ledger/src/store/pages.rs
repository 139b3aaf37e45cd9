//! The file under the key-value index: pages with checksums, a header with a twin.
//!
//! redb verifies its pages after a crash, not when it reads them, and trusts the bits of its header. Here every
//! page is verified whenever it comes from the disk, so a bit that flipped is an error at the first read and
//! never another answer.
//!
//! ```text
//! page 0               two copies of redb's header:  sequence 8 | header 488 | checksum 16   at bytes 0 and 2048
//! then groups of 513   checksums of the next 512 pages, 8 bytes each | these pages
//! ```
//!
//! The header is never overwritten in place: it goes into the older copy, is synced, and then into the other one.
//! So a copy that is torn or flipped leaves the other.
//!
//! A page and its checksum do not reach the disk together, but both do before a `sync` returns. A page that a crash
//! left without its checksum belongs to a transaction that was not committed, as the store commits in two phases
//! only, and such a page is written anew before it is read.

use alloc::{boxed::Box, collections::BTreeSet, format, sync::Arc, vec::Vec};
use core::{
    ops::Range,
    sync::atomic::{AtomicBool, Ordering},
};
use std::{
    io,
    sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
};

use redb::StorageBackend;

use super::{
    checksum::{Checksum, SUM_BYTES},
    disk::DiskFile,
};

const PAGE: u64 = 4096;
/// Pages whose checksums fill one page.
const GROUP: u64 = PAGE / SUM_BYTES as u64;

const HEADER: usize = 488;
const COPY: usize = 8 + HEADER + 16;
const COPIES: [u64; 2] = [0, 2048];

/// redb's view of a checked file.
#[derive(Debug)]
pub(super) struct CheckedPages {
    file: Box<dyn DiskFile>,
    checksum: Checksum,
    stopped: Arc<AtomicBool>,
    /// Checksums of pages 1 and up, zeros for a page that was never written.
    sums: RwLock<Vec<[u8; SUM_BYTES]>>,
    state: Mutex<State>,
}

/// What waits for the next `sync`.
#[derive(Debug)]
struct State {
    /// Pages whose checksum is not on the disk yet.
    unwritten: BTreeSet<u64>,
    header: [u8; HEADER],
    header_changed: bool,
    sequence: u64,
    /// Which copy holds a header that is durable.
    durable: usize,
}

impl CheckedPages {
    /// Reads header and checksums. An empty file is a new one. Nothing is written once `stopped` is set.
    pub(super) fn open(file: Box<dyn DiskFile>, checksum: Checksum, stopped: Arc<AtomicBool>) -> io::Result<Self> {
        let length = file.len()?;
        let mut sums = Vec::new();
        if length > 0 {
            // After a kill, what is read below may not be durable yet.
            file.sync()?;
            let pages = pages_in(length).ok_or_else(|| damaged("the length is not one of whole pages"))?;
            sums = alloc::vec![[0; SUM_BYTES]; usize::try_from(pages - 1).map_err(io::Error::other)?];
            for (group, sums) in (0..).zip(sums.chunks_mut(GROUP as usize)) {
                file.read_at(sums_at(group), sums.as_flattened_mut())?;
            }
        }
        let state = State {
            unwritten: BTreeSet::new(),
            header: [0; HEADER],
            header_changed: false,
            sequence: 0,
            durable: 1,
        };
        let mut pages = Self { file, checksum, stopped, sums: RwLock::new(sums), state: Mutex::new(state) };
        if length > 0 {
            pages.read_header()?;
        }
        Ok(pages)
    }

    fn read_header(&mut self) -> io::Result<()> {
        let mut newest = None;
        let mut blank = true;
        for (index, at) in COPIES.into_iter().enumerate() {
            let mut copy = [0; COPY];
            self.file.read_at(at, &mut copy)?;
            blank &= copy == [0; COPY];
            let (bytes, sum) = copy.split_at(COPY - 16);
            let (sequence, header) = bytes.split_at(8);
            let sequence = u64::from_le_bytes(sequence.try_into().expect("split at 8"));
            let newer = newest.is_none_or(|(other, _, _)| sequence > other);
            if self.header_sum(bytes) == sum && newer {
                newest = Some((sequence, index, <[u8; HEADER]>::try_from(header).expect("488 bytes are left")));
            }
        }
        let state = self.state.get_mut().unwrap_or_else(PoisonError::into_inner);
        match newest {
            Some((sequence, index, header)) => {
                (state.sequence, state.durable, state.header) = (sequence, index, header);
            }
            // The file was made and its first header never synced.
            None if blank => {}
            None => return Err(damaged("both copies of the header differ from what was written")),
        }
        Ok(())
    }

    fn header_sum(&self, bytes: &[u8]) -> [u8; 16] {
        let (first, second) = (self.checksum.of(0, bytes), self.checksum.of(u64::MAX, bytes));
        let mut sum = [0; 16];
        sum[..8].copy_from_slice(&first);
        sum[8..].copy_from_slice(&second);
        sum
    }

    fn writable(&self) -> io::Result<()> {
        if self.stopped.load(Ordering::Acquire) { Err(io::Error::other("the store has stopped")) } else { Ok(()) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn sums(&self) -> RwLockReadGuard<'_, Vec<[u8; SUM_BYTES]>> {
        self.sums.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn sums_mut(&self) -> RwLockWriteGuard<'_, Vec<[u8; SUM_BYTES]>> {
        self.sums.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn write_copy(&self, copy: usize, state: &State) -> io::Result<()> {
        let mut bytes = Vec::with_capacity(COPY);
        bytes.extend_from_slice(&state.sequence.to_le_bytes());
        bytes.extend_from_slice(&state.header);
        bytes.extend_from_slice(&self.header_sum(&bytes));
        self.file.write_at(COPIES[copy], &bytes)
    }

    fn write_sums(&self, state: &mut State) -> io::Result<()> {
        let mut run: Option<Range<u64>> = None;
        let mut runs = Vec::new();
        for page in &state.unwritten {
            match &mut run {
                Some(run) if run.end == *page && (page - 1) % GROUP != 0 => run.end += 1,
                _ => runs.extend(run.replace(*page..page + 1)),
            }
        }
        runs.extend(run);
        let all = self.sums();
        for run in runs {
            let first = run.start - 1;
            let sums = &all[first as usize..run.end as usize - 1];
            let at = sums_at(first / GROUP) + (first % GROUP) * SUM_BYTES as u64;
            self.file.write_at(at, sums.as_flattened())?;
        }
        state.unwritten.clear();
        Ok(())
    }
}

/// Where the checksums of a group begin.
fn sums_at(group: u64) -> u64 {
    PAGE + group * (GROUP + 1) * PAGE
}

/// Where a page of redb lies in the file.
fn page_at(page: u64) -> u64 {
    if page == 0 { 0 } else { (page + 1 + (page - 1) / GROUP) * PAGE }
}

/// Pages of redb that a file of `length` bytes holds.
fn pages_in(length: u64) -> Option<u64> {
    if length == 0 || !length.is_multiple_of(PAGE) {
        return None;
    }
    let below = length / PAGE - 1;
    let pages = 1 + below - below.div_ceil(GROUP + 1);
    (file_bytes(pages) == length).then_some(pages)
}

/// Bytes of a file that holds `pages` pages of redb.
fn file_bytes(pages: u64) -> u64 {
    if pages == 0 { 0 } else { page_at(pages - 1) + PAGE }
}

fn damaged(detail: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, detail)
}

/// The pages from `offset` on, in pieces that lie together in the file: page, place in the bytes, length.
fn pieces(offset: u64, length: usize) -> io::Result<impl Iterator<Item = (u64, Range<usize>)>> {
    if !offset.is_multiple_of(PAGE) || !(length as u64).is_multiple_of(PAGE) {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "the index is read and written in whole pages"));
    }
    let end = offset / PAGE + length as u64 / PAGE;
    let mut page = offset / PAGE;
    let mut start = 0;
    Ok(core::iter::from_fn(move || {
        let group_end = 1 + ((page - 1) / GROUP + 1) * GROUP;
        let count = end.min(group_end) - page;
        let piece = (page, start..start + (count * PAGE) as usize);
        (page, start) = (page + count, piece.1.end);
        (count > 0).then_some(piece)
    }))
}

impl StorageBackend for CheckedPages {
    fn len(&self) -> io::Result<u64> {
        let sums = self.sums();
        if sums.is_empty() && self.file.len()? == 0 {
            return Ok(0);
        }
        Ok((sums.len() as u64 + 1) * PAGE)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        if offset == 0 {
            let state = self.state();
            let header =
                state.header.get(..out.len()).ok_or_else(|| damaged("a header of this size is unknown"))?;
            out.copy_from_slice(header);
            return Ok(());
        }
        for (first, place) in pieces(offset, out.len())? {
            let bytes = &mut out[place];
            self.file.read_at(page_at(first), bytes)?;
            for (page, bytes) in (first..).zip(bytes.chunks_exact(PAGE as usize)) {
                let expected = self.sums().get(page as usize - 1).copied();
                let expected = expected.ok_or(io::ErrorKind::UnexpectedEof)?;
                let unwritten = expected == [0; SUM_BYTES] && bytes.iter().all(|byte| *byte == 0);
                if !unwritten && self.checksum.of(page, bytes) != expected {
                    return Err(damaged(&format!("other bytes than written in page {page}")));
                }
            }
        }
        Ok(())
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        if !length.is_multiple_of(PAGE) || length == 0 {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "the index has whole pages"));
        }
        self.writable()?;
        let pages = length / PAGE;
        let mut state = self.state();
        self.file.set_len(file_bytes(pages))?;
        self.sums_mut().resize(usize::try_from(pages - 1).map_err(io::Error::other)?, [0; SUM_BYTES]);
        state.unwritten.split_off(&pages);
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        self.writable()?;
        let mut state = self.state();
        self.write_sums(&mut state)?;
        if !core::mem::take(&mut state.header_changed) {
            return self.file.sync();
        }
        let older = 1 - state.durable;
        state.sequence += 1;
        self.write_copy(older, &state)?;
        self.file.sync()?;
        // The other copy may be lost: it is not needed until the next header is durable in turn.
        self.write_copy(state.durable, &state)?;
        state.durable = older;
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.writable()?;
        let mut state = self.state();
        if offset == 0 {
            let header = state.header.get_mut(..data.len());
            let header = header.ok_or_else(|| io::Error::other("the header of redb outgrew its place"))?;
            header.copy_from_slice(data);
            state.header_changed = true;
            return Ok(());
        }
        for (first, place) in pieces(offset, data.len())? {
            let bytes = &data[place];
            let mut sums = self.sums_mut();
            for (page, bytes) in (first..).zip(bytes.chunks_exact(PAGE as usize)) {
                let sum = sums.get_mut(page as usize - 1).ok_or(io::ErrorKind::UnexpectedEof)?;
                *sum = self.checksum.of(page, bytes);
                state.unwritten.insert(page);
            }
            drop(sums);
            self.file.write_at(page_at(first), bytes)?;
        }
        Ok(())
    }

    fn close(&self) -> io::Result<()> {
        // Both copies of the header, for good.
        self.file.sync()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use dero_crypto::NetworkId;

    use super::*;

    fn pages(file: &std::fs::File) -> io::Result<CheckedPages> {
        let checksum = Checksum::new(&NetworkId([3; 32]), "pages");
        CheckedPages::open(Box::new(file.try_clone()?), checksum, Arc::new(AtomicBool::new(false)))
    }

    #[test]
    fn pages_and_their_checksums_lie_side_by_side() {
        let mut next = PAGE;
        for page in 1..2000 {
            if (page - 1) % GROUP == 0 {
                assert_eq!(sums_at((page - 1) / GROUP), next);
                next += PAGE;
            }
            assert_eq!(page_at(page), next);
            next += PAGE;
            assert_eq!(file_bytes(page + 1), next);
            assert_eq!(pages_in(next), Some(page + 1));
        }
        // A file that ends with checksums of no page, or within a page, is none of ours.
        assert_eq!(pages_in(sums_at(1) + PAGE), None);
        assert_eq!(pages_in(PAGE + 1), None);
        assert_eq!(pages_in(0), None);
    }

    #[test]
    fn runs_of_pages_over_several_groups_come_back_and_each_flipped_one_is_found() {
        let file = tempfile::tempfile().unwrap();
        let backend = pages(&file).unwrap();
        assert_eq!(backend.len().unwrap(), 0);
        backend.set_len(1600 * PAGE).unwrap();
        let content: Vec<u8> = (1..1600 * PAGE as usize / 8).flat_map(|word| word.to_le_bytes()).collect();
        let run = |first: usize, count: usize| &content[first * 4096..(first + count) * 4096];
        for (first, count) in [(1, 1), (2, 600), (602, 422), (1024, 1), (1025, 512), (1537, 2)] {
            backend.write(first as u64 * PAGE, run(first, count)).unwrap();
        }
        backend.write(0, &[7; 320]).unwrap();
        backend.sync_data().unwrap();
        drop(backend);

        let backend = pages(&file).unwrap();
        assert_eq!(backend.len().unwrap(), 1600 * PAGE);
        let mut bytes = alloc::vec![0; 1537 * 4096];
        backend.read(PAGE, &mut bytes).unwrap();
        assert!(bytes == run(1, 1537));
        // Never written: zeros, and only zeros.
        backend.read(1590 * PAGE, &mut bytes[..4096]).unwrap();
        assert!(bytes[..4096].iter().all(|byte| *byte == 0));
        assert!(backend.read(1600 * PAGE, &mut bytes[..4096]).is_err());
        assert!(backend.read(PAGE + 1, &mut bytes[..4096]).is_err());

        for page in [1, 512, 513, 1024, 1025, 1538, 1590] {
            let at = page_at(page) + 77;
            let mut byte = [0];
            file.read_at(at, &mut byte).unwrap();
            file.write_at(at, &[byte[0] ^ 1]).unwrap();
            let error = backend.read(page * PAGE, &mut bytes[..4096]).unwrap_err();
            assert!(error.to_string().contains(&format!("page {page}")), "{error}");
            file.write_at(at, &byte).unwrap();
            backend.read(page * PAGE, &mut bytes[..4096]).unwrap();
        }
    }

    #[test]
    fn what_was_cut_is_zeros_when_it_grows_again() {
        let file = tempfile::tempfile().unwrap();
        let backend = pages(&file).unwrap();
        backend.set_len(20 * PAGE).unwrap();
        backend.write(9 * PAGE, &[5; 4096]).unwrap();
        backend.sync_data().unwrap();
        backend.write(10 * PAGE, &[6; 4096]).unwrap();
        backend.set_len(9 * PAGE).unwrap();
        backend.set_len(20 * PAGE).unwrap();
        backend.sync_data().unwrap();
        let mut bytes = alloc::vec![1; 2 * 4096];
        backend.read(9 * PAGE, &mut bytes).unwrap();
        assert!(bytes.iter().all(|byte| *byte == 0));
    }
}
