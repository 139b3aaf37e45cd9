//! The header of a block: 288 bytes that commit to everything else (protocol 10.7).
//!
//! ```text
//! version u32 = 1 | height u64 | timestamp u64 (seconds) | target u32 | parent 32 | header range root 32 |
//! transaction root 32 | list length u64 | acc 32 | tag root 32 | state root 32 | receipts root 32 | compact root 32
//! block id = h_32("block/id"; header bytes)
//! ```
//!
//! The seal stands outside: another valid seal makes no other block.

use alloc::vec::Vec;

use dero_crypto::{codec::Reader, error::DecodeError, group::domain};

use super::BlockId;
use crate::{
    difficulty::{Target, TargetError},
    params::Network,
};

/// Bytes of a header.
pub const HEADER_BYTES: usize = 288;
/// The version of every header.
pub const HEADER_VERSION: u32 = 1;
/// How far a timestamp may lie ahead of the local clock; a block beyond waits.
pub const FUTURE_LIMIT_S: u64 = 60;
/// How many timestamps the median is taken over.
pub const MEDIAN_SPAN: u64 = 11;

/// A header. Any 288 bytes are one; [`check`](Header::check) says whether it can follow its parent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// 1.
    pub version: u32,
    /// Distance from genesis.
    pub height: u64,
    /// Seconds since 1970.
    pub timestamp: u64,
    /// The target in its compact form.
    pub target: u32,
    /// The block before.
    pub parent: BlockId,
    /// MMR of all earlier headers, with the sum of their work.
    pub header_root: [u8; 32],
    /// Ordered list of (txid, wtxid), the coinbase last.
    pub transaction_root: [u8; 32],
    /// Length of the reference list after the appends of this height.
    pub list_length: u64,
    /// Accumulator of the reference list after the appends of this height.
    pub acc: [u8; 32],
    /// MMR of all linking tags, after this block.
    pub tag_root: [u8; 32],
    /// State after this block (12.8.1).
    pub state_root: [u8; 32],
    /// Receipts of this block (12.7.7).
    pub receipts_root: [u8; 32],
    /// Compact form of this block.
    pub compact_root: [u8; 32],
}

impl Header {
    /// Reads 288 bytes; there are no others.
    #[must_use]
    pub fn from_bytes(bytes: &[u8; HEADER_BYTES]) -> Self {
        Self::read(bytes).expect("the fields have 288 bytes")
    }

    fn read(bytes: &[u8; HEADER_BYTES]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes, "header");
        let header = Self {
            version: reader.u32("header version")?,
            height: reader.u64("header height")?,
            timestamp: reader.u64("header timestamp")?,
            target: reader.u32("header target")?,
            parent: BlockId(reader.array("header parent")?),
            header_root: reader.array("header range root")?,
            transaction_root: reader.array("header transaction root")?,
            list_length: reader.u64("header list length")?,
            acc: reader.array("header acc")?,
            tag_root: reader.array("header tag root")?,
            state_root: reader.array("header state root")?,
            receipts_root: reader.array("header receipts root")?,
            compact_root: reader.array("header compact root")?,
        };
        reader.finish()?;
        Ok(header)
    }

    /// The 288 bytes.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; HEADER_BYTES] {
        let mut out = Vec::with_capacity(HEADER_BYTES);
        out.extend(self.version.to_le_bytes());
        out.extend(self.height.to_le_bytes());
        out.extend(self.timestamp.to_le_bytes());
        out.extend(self.target.to_le_bytes());
        out.extend(self.parent.0);
        out.extend(self.header_root);
        out.extend(self.transaction_root);
        out.extend(self.list_length.to_le_bytes());
        for root in [self.acc, self.tag_root, self.state_root, self.receipts_root, self.compact_root] {
            out.extend(root);
        }
        out.try_into().expect("the fields have 288 bytes")
    }

    /// h_32("block/id"; header bytes).
    #[must_use]
    pub fn id(&self) -> BlockId {
        BlockId(domain::BLOCK_ID.hash(&[&self.to_bytes()]))
    }

    /// Whether this header can follow its parent: version, height, parent, times, and the target that the engine
    /// `expected`. Neither the seal nor the local clock nor the body is looked at.
    ///
    /// # Errors
    ///
    /// [`HeaderError`]; the header is invalid for ever, whatever its body.
    pub fn check(
        &self,
        ancestors: &Ancestors<'_>,
        network: &Network,
        expected: Target,
    ) -> Result<Target, HeaderError> {
        let parent = ancestors.parent;
        if self.version != HEADER_VERSION {
            return Err(HeaderError::Version { found: self.version });
        }
        if parent.height.checked_add(1) != Some(self.height) {
            return Err(HeaderError::Height { found: self.height, parent: parent.height });
        }
        if self.parent != ancestors.parent_id {
            return Err(HeaderError::Parent { found: self.parent, expected: ancestors.parent_id });
        }
        let earliest = parent.timestamp.saturating_add(network.rows().spacing / 5);
        if self.timestamp < earliest {
            return Err(HeaderError::TooSoon { found: self.timestamp, earliest });
        }
        let median = ancestors.median_time();
        if self.timestamp <= median {
            return Err(HeaderError::Median { found: self.timestamp, median });
        }
        let found = Target::from_compact(self.target)?;
        if found != expected {
            return Err(HeaderError::Target { found: found.compact(), expected: expected.compact() });
        }
        Ok(found)
    }

    /// The time before which this header waits, by a clock that says `now`; `None` if it need not wait.
    /// A header that waits is not invalid.
    #[must_use]
    pub fn held_back_until(&self, now: u64) -> Option<u64> {
        let allowed = self.timestamp.saturating_sub(FUTURE_LIMIT_S);
        (now < allowed).then_some(allowed)
    }
}

/// What the validity of a header takes from the branch before it.
#[derive(Clone, Copy, Debug)]
pub struct Ancestors<'a> {
    /// The header at height − 1.
    pub parent: &'a Header,
    /// Its id.
    pub parent_id: BlockId,
    /// The timestamps of the last min(11, height) headers, in any order; the parent's among them.
    pub timestamps: &'a [u64],
}

impl Ancestors<'_> {
    /// The median that a timestamp must exceed: the lower of two middle ones.
    #[must_use]
    pub fn median_time(&self) -> u64 {
        let mut sorted = self.timestamps.to_vec();
        sorted.sort_unstable();
        sorted.get(sorted.len().saturating_sub(1) / 2).copied().unwrap_or(self.parent.timestamp)
    }
}

/// Why a header cannot follow its parent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HeaderError {
    /// Another version.
    #[error("header version {found}, expected {HEADER_VERSION}")]
    Version {
        /// What the header says.
        found: u32,
    },
    /// The height is not the parent's + 1.
    #[error("header height {found}, its parent has height {parent}")]
    Height {
        /// What the header says.
        found: u64,
        /// The parent's height.
        parent: u64,
    },
    /// Another parent.
    #[error("header parent {found}, expected {expected}")]
    Parent {
        /// What the header says.
        found: BlockId,
        /// The block before.
        expected: BlockId,
    },
    /// Less than a fifth of the spacing after the parent.
    #[error("timestamp {found}, the earliest after the parent is {earliest}")]
    TooSoon {
        /// What the header says.
        found: u64,
        /// The parent's timestamp and a fifth of the spacing.
        earliest: u64,
    },
    /// Not above the median of the last timestamps.
    #[error("timestamp {found} is not above the median {median}")]
    Median {
        /// What the header says.
        found: u64,
        /// The median of the last min(11, height) timestamps.
        median: u64,
    },
    /// The target does not decode.
    #[error(transparent)]
    TargetForm(#[from] TargetError),
    /// The target is not the computed one.
    #[error("target {found:#010x}, expected {expected:#010x}")]
    Target {
        /// What the header says.
        found: u32,
        /// ASERT's answer.
        expected: u32,
    },
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::params::NetworkRows;

    fn network() -> Network {
        let rows = NetworkRows { spacing: 15, half_life: 3_600, ..NetworkRows::DEV };
        Network::dev("test", rows, 1_000_000, Vec::new()).unwrap()
    }

    fn expected() -> Target {
        Target::from_compact(0x1f01_0000).unwrap()
    }

    fn header(height: u64, timestamp: u64, parent: BlockId) -> Header {
        Header {
            version: 1,
            height,
            timestamp,
            target: 0x1f01_0000,
            parent,
            header_root: [1; 32],
            transaction_root: [2; 32],
            list_length: 3,
            acc: [4; 32],
            tag_root: [5; 32],
            state_root: [6; 32],
            receipts_root: [7; 32],
            compact_root: [8; 32],
        }
    }

    /// A header 15 s after a parent at height 20 that stands on schedule, checked after `change`.
    fn check(change: impl FnOnce(&mut Header)) -> Result<Target, HeaderError> {
        let parent = header(20, 1_000_300, BlockId([9; 32]));
        let mut child = header(21, 1_000_315, parent.id());
        change(&mut child);
        // Out of order on purpose; the median is that of height 15, 1,000,225.
        let timestamps: Vec<u64> = (10..=20).rev().map(|h| 1_000_000 + 15 * h).collect();
        let ancestors = Ancestors { parent: &parent, parent_id: parent.id(), timestamps: &timestamps };
        child.check(&ancestors, &network(), expected())
    }

    #[test]
    fn a_header_on_schedule_follows_its_parent() {
        assert_eq!(check(|_| {}).map(|target| target.compact()), Ok(0x1f01_0000));
    }

    #[test]
    fn another_version_height_or_parent_is_refused() {
        assert_eq!(check(|h| h.version = 2), Err(HeaderError::Version { found: 2 }));
        assert_eq!(check(|h| h.height = 22), Err(HeaderError::Height { found: 22, parent: 20 }));
        assert!(matches!(check(|h| h.parent.0[0] ^= 1), Err(HeaderError::Parent { .. })));
    }

    #[test]
    fn a_timestamp_less_than_a_fifth_of_the_spacing_after_the_parent_is_refused() {
        assert!(check(|h| h.timestamp = 1_000_303).is_ok());
        let error = HeaderError::TooSoon { found: 1_000_302, earliest: 1_000_303 };
        assert_eq!(check(|h| h.timestamp = 1_000_302), Err(error));
    }

    #[test]
    fn a_timestamp_at_the_median_is_refused() {
        // The parent's clock lies far behind those of its ancestors.
        let parent = header(2, 1_000_000, BlockId([9; 32]));
        let timestamps = [1_000_050, 1_000_100, 1_000_000, 1_000_200];
        let ancestors = Ancestors { parent: &parent, parent_id: parent.id(), timestamps: &timestamps };
        let child = |timestamp| header(3, timestamp, parent.id()).check(&ancestors, &network(), expected());
        assert_eq!(child(1_000_050), Err(HeaderError::Median { found: 1_000_050, median: 1_000_050 }));
        assert!(!matches!(child(1_000_051), Err(HeaderError::Median { .. })));
    }

    #[test]
    fn a_target_one_off_or_in_another_form_is_refused() {
        let error = HeaderError::Target { found: 0x1f00_ffff, expected: 0x1f01_0000 };
        assert_eq!(check(|h| h.target = 0x1f00_ffff), Err(error));
        for target in [0, 0x2000_0100, 0x1f80_0000, 0x0201_0000] {
            assert!(matches!(check(|h| h.target = target), Err(HeaderError::TargetForm(_))), "{target:x}");
        }
    }

    #[test]
    fn a_timestamp_more_than_a_minute_ahead_waits_and_is_not_invalid() {
        let header = header(21, 1_000_361, BlockId([0; 32]));
        assert_eq!(header.held_back_until(1_000_300), Some(1_000_301));
        assert_eq!(header.held_back_until(1_000_301), None);
    }

    #[test]
    fn the_id_is_that_of_the_bytes_and_every_field_is_in_it() {
        let one = header(21, 1_000_315, BlockId([9; 32]));
        assert_eq!(one.id().0, domain::BLOCK_ID.hash(&[&one.to_bytes()]));
        for i in 0..HEADER_BYTES {
            let mut bytes = one.to_bytes();
            bytes[i] ^= 1;
            let other = Header::from_bytes(&bytes);
            assert_ne!(other, one, "byte {i}");
            assert_ne!(other.id(), one.id(), "byte {i}");
        }
    }

    proptest! {
        #[test]
        fn encoding_returns_what_was_decoded(bytes in proptest::collection::vec(any::<u8>(), HEADER_BYTES)) {
            let bytes: [u8; HEADER_BYTES] = bytes.try_into().unwrap();
            prop_assert_eq!(Header::from_bytes(&bytes).to_bytes(), bytes);
        }
    }
}
