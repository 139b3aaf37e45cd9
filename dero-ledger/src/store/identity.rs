//! The file that says what the folder is: written once, when everything else is in place.

use alloc::string::ToString;

use dero_crypto::NetworkId;

use super::{
    StoreError,
    checksum::{Checksum, SUM_BYTES},
    disk::Disk,
    segments::disk_error,
};

/// The file.
const NAME: &str = "store";
/// The layout that this build reads and writes.
pub(super) const SCHEMA: u64 = 1;

// Every later layout begins with these fields and this checksum, so that an older build can name it.
const MAGIC: &[u8; 18] = b"dero-ledger store\n";
const LENGTH: usize = MAGIC.len() + 8 + 32 + SUM_BYTES;

/// What a folder is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Identity {
    /// Nothing, or a store whose making was interrupted.
    New,
    /// A store of the network, with a layout that this build reads.
    Ours,
}

/// Reads the file.
///
/// `nothing_committed` says that no segment holds anything: then a file that was not wholly written is no loss.
pub(super) fn read(disk: &dyn Disk, net: &NetworkId, nothing_committed: bool) -> Result<Identity, StoreError> {
    let file = disk.open(NAME).map_err(|error| disk_error(NAME, error))?;
    let length = file.len().map_err(|error| disk_error(NAME, error))?;
    let mut bytes = [0; LENGTH];
    let held = usize::try_from(length).unwrap_or(LENGTH).min(LENGTH);
    file.read_at(0, &mut bytes[..held]).map_err(|error| disk_error(NAME, error))?;

    let (magic, rest) = bytes.split_at(MAGIC.len());
    let (schema, rest) = rest.split_at(8);
    let (found, sum) = rest.split_at(32);
    let schema = u64::from_le_bytes(schema.try_into().expect("split at 8"));
    let found = NetworkId(found.try_into().expect("split at 32"));
    if length >= LENGTH as u64 && magic == MAGIC && checksum(schema, &found) == sum {
        return match (schema == SCHEMA, found == *net) {
            (false, _) => Err(StoreError::OtherSchema { found: schema, expected: SCHEMA }),
            (true, false) => {
                Err(StoreError::OtherNetwork { found: hex::encode(found.0), expected: hex::encode(net.0) })
            }
            (true, true) => Ok(Identity::Ours),
        };
    }
    let torn = bytes.iter().zip(content(net)).all(|(found, whole)| *found == 0 || *found == whole);
    if length <= LENGTH as u64 && torn && nothing_committed {
        return Ok(Identity::New);
    }
    let detail = if magic == MAGIC { "it differs from what was written" } else { "no store of this software" };
    Err(StoreError::Damaged { what: NAME.to_string(), detail: detail.to_string() })
}

/// Writes the file, and makes it and the names of all files durable.
pub(super) fn write(disk: &dyn Disk, net: &NetworkId) -> Result<(), StoreError> {
    let all = || {
        let file = disk.open(NAME)?;
        file.write_at(0, &content(net))?;
        file.sync()?;
        disk.sync()
    };
    all().map_err(|error| disk_error(NAME, error))
}

fn content(net: &NetworkId) -> [u8; LENGTH] {
    let mut bytes = [0; LENGTH];
    let parts = [MAGIC.as_slice(), &SCHEMA.to_le_bytes(), &net.0, &checksum(SCHEMA, net)];
    for (byte, part) in bytes.iter_mut().zip(parts.into_iter().flatten()) {
        *byte = *part;
    }
    bytes
}

fn checksum(schema: u64, net: &NetworkId) -> [u8; SUM_BYTES] {
    Checksum::new(net, NAME).of(schema, MAGIC)
}
