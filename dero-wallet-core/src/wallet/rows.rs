//! The keys of a wallet's rows, and the small rows.
//!
//! | Key | Row |
//! |---|---|
//! | `O` | net ‖ K_s: whose rows these are |
//! | `T` | height of the tip |
//! | `B` | where the scan begins: kind u8, time or height u64, spacing u64; then the first block, once it is known |
//! | `K` | height of the newest validated header, while that is above the tip |
//! | `R` | height of the chain when the wallet was restored |
//! | `e` Ko | an own enote |
//! | `s` txid | a transaction that this wallet made |
//! | `t` txid | a transaction that was signed, until no reorganisation changes that it is mined or expired |
//! | `a` height, number | a registered asset |
//! | `r` Ko | references under which the enote was offered; never deleted |
//! | `u` tag | until when an enote is reserved that is not found again yet |
//! | `m` Ko | what stands in the memo of an output, nothing for an unused one; never deleted |
//! | `b` bucket | whether these blocks were read for memos, and for the sake of which bucket |
//! | `n` index | the label of an address; never deleted |
//! | `v` vault id, a bulk row | number of parts of each outcome of a locked enote |
//! | `w` height, a bulk row | the vaults that this block made |
//! | `!` any, a bulk row | whatever the program around the wallet keeps beside it |

use alloc::{string::String, vec::Vec};

use dero_crypto::{asset::AssetId, enote::MemoEntries, keys::AddressIndex, membership::Reference};

use super::buckets::Bucket;
use crate::scan::Start;

pub(super) const TIP: &[u8] = b"T";
pub(super) const START: &[u8] = b"B";
pub(super) const OWNER: &[u8] = b"O";
pub(super) const KEPT: &[u8] = b"K";
pub(super) const RESTORED: &[u8] = b"R";
pub(super) const ENOTE: u8 = b'e';
pub(super) const SENT: u8 = b's';
pub(super) const PAYMENT: u8 = b't';
pub(super) const ASSET: u8 = b'a';
pub(super) const REFERENCES: u8 = b'r';
pub(super) const RESERVED: u8 = b'u';
pub(super) const LABEL: u8 = b'n';
pub(super) const MEMO: u8 = b'm';
pub(super) const BUCKET: u8 = b'b';
pub(super) const VAULT: u8 = b'v';
pub(super) const VAULTS_OF_BLOCK: u8 = b'w';

/// A row key: the table and the id.
pub(super) fn key(table: u8, id: &[u8]) -> Vec<u8> {
    [&[table], id].concat()
}

pub(super) fn asset_key(height: u64, number: usize) -> Vec<u8> {
    let number = u32::try_from(number).expect("a block registers few assets");
    key(ASSET, &[height.to_be_bytes().as_slice(), &number.to_be_bytes()].concat())
}

pub(super) fn asset(id: &[u8], value: &[u8]) -> Option<(u64, AssetId)> {
    let (height, _) = id.split_first_chunk::<8>()?;
    Some((u64::from_be_bytes(*height), AssetId(value.try_into().ok()?)))
}

pub(super) fn start_value(start: Start, first: Option<u64>) -> Vec<u8> {
    let (kind, at, spacing) = match start {
        Start::Genesis => (0, 0, 0),
        Start::Birthday { time, spacing } => (1, time, spacing),
        Start::Height(height) => (2, height, 0),
    };
    let numbers = [Some(at), Some(spacing), first].into_iter().flatten();
    [kind].into_iter().chain(numbers.flat_map(u64::to_le_bytes)).collect()
}

pub(super) fn start(value: &[u8]) -> Option<(Start, Option<u64>)> {
    let (kind, numbers) = value.split_first()?;
    let (numbers, rest) = numbers.as_chunks::<8>();
    let (at, spacing, first) = match numbers {
        [at, spacing] => (at, spacing, None),
        [at, spacing, first] => (at, spacing, Some(u64::from_le_bytes(*first))),
        _ => return None,
    };
    let start = match kind {
        0 => Start::Genesis,
        1 => Start::Birthday { time: u64::from_le_bytes(*at), spacing: u64::from_le_bytes(*spacing) },
        2 => Start::Height(u64::from_le_bytes(*at)),
        _ => return None,
    };
    rest.is_empty().then_some((start, first))
}

pub(super) fn references_value(references: &[Reference]) -> Vec<u8> {
    references.iter().flat_map(Reference::to_bytes).collect()
}

pub(super) fn references(id: &[u8], value: &[u8]) -> Option<([u8; 32], Vec<Reference>)> {
    let (references, rest) = value.as_chunks::<{ Reference::LEN }>();
    let references = references.iter().map(|bytes| Reference::from_bytes(bytes)).collect::<Result<_, _>>().ok()?;
    rest.is_empty().then_some((id.try_into().ok()?, references))
}

pub(super) fn reserved(id: &[u8], value: &[u8]) -> Option<([u8; 32], u64)> {
    Some((id.try_into().ok()?, u64::from_le_bytes(value.try_into().ok()?)))
}

pub(super) fn memo(id: &[u8], value: &[u8]) -> Option<([u8; 32], MemoEntries)> {
    let entries = MemoEntries::read(value);
    let whole = entries.to_bytes().is_ok_and(|bytes| bytes.expose() == value);
    whole.then_some((id.try_into().ok()?, entries))
}

pub(super) fn bucket_key(number: u64) -> Vec<u8> {
    key(BUCKET, &number.to_be_bytes())
}

pub(super) fn bucket_value(bucket: Bucket) -> Vec<u8> {
    [&[u8::from(bucket.read)], bucket.cause.to_be_bytes().as_slice()].concat()
}

pub(super) fn bucket(id: &[u8], value: &[u8]) -> Option<(u64, Bucket)> {
    let (read, cause) = value.split_first()?;
    let bucket = Bucket { read: *read == 1, cause: u64::from_be_bytes(cause.try_into().ok()?) };
    Some((u64::from_be_bytes(id.try_into().ok()?), bucket))
}

pub(super) fn label_key(index: AddressIndex) -> Vec<u8> {
    key(LABEL, &index.0.to_be_bytes())
}

pub(super) fn label(id: &[u8], value: &[u8]) -> Option<(AddressIndex, String)> {
    let index = u64::from_be_bytes(id.try_into().ok()?);
    Some((AddressIndex(index), String::from_utf8(value.to_vec()).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_start_is_read_as_it_was_written_and_other_bytes_are_none() {
        let starts = [Start::Genesis, Start::Birthday { time: 7, spacing: 1 << 17 }, Start::Height(9)];
        for (of, first) in starts.into_iter().flat_map(|of| [(of, None), (of, Some(1)), (of, Some(u64::MAX))]) {
            let value = start_value(of, first);
            assert_eq!(start(&value), Some((of, first)));
            assert_eq!(start(&value[..value.len() - 1]), None);
            assert_eq!(start(&[&value[..], &[0; 8], &[0; 8]].concat()), None);
            assert_eq!(start(&[&[3], &value[1..]].concat()), None);
        }
    }
}
