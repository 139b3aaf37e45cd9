//! Append-only files: records of one size, and blocks of bytes.
//!
//! A file may be longer than what is committed, never shorter. Whatever stands behind the committed length is
//! left over from a commit that did not happen, and is cut or overwritten.

use alloc::{boxed::Box, string::ToString, vec::Vec};
use core::ops::Range;
use std::io;

use dero_crypto::NetworkId;

use super::{
    StoreError,
    checksum::{Checksum, SUM_BYTES},
    disk::{Disk, DiskFile},
};

/// Read or written at once, at most.
const CHUNK_BYTES: usize = 1 << 20;

/// A file with its name and its checksums.
#[derive(Debug)]
pub(super) struct Segment {
    name: &'static str,
    file: Box<dyn DiskFile>,
    checksum: Checksum,
}

impl Segment {
    pub(super) fn open(disk: &dyn Disk, name: &'static str, net: &NetworkId) -> Result<Self, StoreError> {
        let file = disk.open(name).map_err(|error| disk_error(name, error))?;
        Ok(Self { name, file, checksum: Checksum::new(net, name) })
    }

    pub(super) fn len(&self) -> Result<u64, StoreError> {
        self.file.len().map_err(|error| disk_error(self.name, error))
    }

    pub(super) fn sync(&self) -> Result<(), StoreError> {
        self.file.sync().map_err(|error| disk_error(self.name, error))
    }

    /// Refuses a file that is shorter than what was committed.
    pub(super) fn reaches(&self, committed: u64) -> Result<(), StoreError> {
        let length = self.len()?;
        if length >= committed {
            return Ok(());
        }
        let detail = alloc::format!("{length} bytes, {committed} were committed");
        Err(StoreError::Damaged { what: self.name.to_string(), detail })
    }

    /// Cuts the file to its committed length.
    pub(super) fn cut(&self, committed: u64) -> Result<(), StoreError> {
        if self.len()? > committed {
            self.file.set_len(committed).map_err(|error| disk_error(self.name, error))?;
        }
        Ok(())
    }

    pub(super) fn write(&self, at: u64, bytes: &[u8]) -> Result<(), StoreError> {
        self.file.write_at(at, bytes).map_err(|error| disk_error(self.name, error))
    }

    /// Bytes that stand at `at`, if they are the ones of which `sum` was taken.
    pub(super) fn read(&self, at: u64, length: u64, sum: [u8; SUM_BYTES]) -> Result<Vec<u8>, StoreError> {
        let end = at.checked_add(length).ok_or_else(|| self.damaged(at))?;
        // Looked at before memory is taken: a length that lies must not cost more than the file has.
        if self.len()? < end {
            return Err(self.damaged(at));
        }
        let mut bytes = alloc::vec![0; usize::try_from(length).map_err(|_| self.damaged(at))?];
        self.read_exact(at, &mut bytes)?;
        if self.checksum.of(at, &bytes) == sum { Ok(bytes) } else { Err(self.damaged(at)) }
    }

    pub(super) fn sum(&self, at: u64, bytes: &[u8]) -> [u8; SUM_BYTES] {
        self.checksum.of(at, bytes)
    }

    fn read_exact(&self, at: u64, bytes: &mut [u8]) -> Result<(), StoreError> {
        self.file.read_at(at, bytes).map_err(|error| disk_error(self.name, error))
    }

    fn damaged(&self, at: u64) -> StoreError {
        StoreError::Damaged {
            what: self.name.to_string(),
            detail: alloc::format!("other bytes than written at {at}"),
        }
    }
}

/// Records of `N` bytes, each with its checksum.
#[derive(Debug)]
pub(super) struct Records<const N: usize>(pub(super) Segment);

impl<const N: usize> Records<N> {
    const STRIDE: usize = N + SUM_BYTES;

    /// Bytes that `count` records take.
    pub(super) fn bytes(count: u64) -> u64 {
        count.saturating_mul(Self::STRIDE as u64)
    }

    /// Writes records from position `at` on.
    pub(super) fn write(&self, at: u64, records: impl IntoIterator<Item = [u8; N]>) -> Result<(), StoreError> {
        let mut bytes = Vec::new();
        for (position, record) in (at..).zip(records) {
            bytes.extend_from_slice(&record);
            bytes.extend_from_slice(&self.0.sum(position, &record));
        }
        if bytes.is_empty() { Ok(()) } else { self.0.write(Self::bytes(at), &bytes) }
    }

    pub(super) fn read(&self, range: Range<u64>) -> Result<Vec<[u8; N]>, StoreError> {
        let mut records = Vec::new();
        let mut position = range.start;
        while position < range.end {
            let count = (range.end - position).min((CHUNK_BYTES / Self::STRIDE) as u64);
            let mut bytes = alloc::vec![0; count as usize * Self::STRIDE];
            self.0.read_exact(Self::bytes(position), &mut bytes)?;
            for (position, bytes) in (position..).zip(bytes.chunks_exact(Self::STRIDE)) {
                let (record, sum) = bytes.split_at(N);
                let record: [u8; N] = record.try_into().expect("split at N");
                if self.0.sum(position, &record) != sum {
                    return Err(self.0.damaged(Self::bytes(position)));
                }
                records.push(record);
            }
            position += count;
        }
        Ok(records)
    }

    pub(super) fn read_one(&self, position: u64) -> Result<[u8; N], StoreError> {
        let one = self.read(position..position.saturating_add(1))?;
        one.first().copied().ok_or(StoreError::Missing { what: self.0.name, at: position })
    }
}

/// An error of the disk; a file that ends too soon was cut by somebody else.
pub(super) fn disk_error(what: &str, source: io::Error) -> StoreError {
    match source.kind() {
        io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidData => {
            StoreError::Damaged { what: what.to_string(), detail: source.to_string() }
        }
        _ => StoreError::Disk { what: what.to_string(), source },
    }
}
