//! The six sections and their outer layout (protocol 10.1).

use alloc::vec::Vec;

use dero_crypto::{DecodeError, codec::Reader};

use super::limits;

/// Names of the sections, in order, as errors call them.
pub(super) const NAMES: [&str; 6] = ["Body", "OutProofs", "Auth", "Membership", "Memos", "Payload"];

/// Bytes of the lengths of all sections.
pub(super) const LENGTHS: usize = 4 * NAMES.len();

/// Cuts a transaction into its sections; nothing is copied.
pub(crate) fn cut(bytes: &[u8]) -> Result<[&[u8]; 6], DecodeError> {
    if bytes.len() > limits::TRANSACTION_BYTES {
        return Err(DecodeError::Limit {
            what: "transaction",
            found: bytes.len() as u64,
            min: 0,
            max: limits::TRANSACTION_BYTES as u64,
        });
    }
    let mut reader = Reader::new(bytes, "transaction");
    let mut sections = [&bytes[..0]; 6];
    for (section, name) in sections.iter_mut().zip(NAMES) {
        let length = reader.u32(name)?;
        *section = reader.slice(usize::try_from(length).unwrap_or(usize::MAX), name)?;
    }
    reader.finish()?;
    Ok(sections)
}

/// The sections, each behind its length.
pub(super) fn join(sections: [&[u8]; 6]) -> Vec<u8> {
    let mut out = Vec::with_capacity(LENGTHS + sections.map(<[u8]>::len).iter().sum::<usize>());
    for section in sections {
        let length = u32::try_from(section.len()).expect("a section is shorter than 4 GiB");
        out.extend(length.to_le_bytes());
        out.extend(section);
    }
    out
}
