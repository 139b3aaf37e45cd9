//! The shared list of enotes, its accumulator, and intervals of it (protocol 7.1, 7.5).
//!
//! ```text
//! leaf_g = h_32("enote/leaf"; Ko, C, T, le64 g)
//! acc_0  = h_32("ref/acc"; net)          acc_{g+1} = h_32("ref/acc"; acc_g, leaf_g)
//! ```
//!
//! Two accumulator values stand for a whole interval: a proof binds them instead of its members, and whoever
//! downloads the members checks them by hashing again.

use alloc::{sync::Arc, vec::Vec};
use core::fmt;

use crate::{
    NetworkId,
    error::DecodeError,
    group::{Element, Point, domain},
};

/// Bytes of a list entry: Ko ‖ C ‖ T.
pub const MEMBER_BYTES: usize = 96;

/// acc_g: the list's first g entries, hashed.
///
/// ```
/// use dero_crypto::{NetworkId, membership::{Accumulator, MEMBER_BYTES}};
/// let entries = [[1; MEMBER_BYTES], [2; MEMBER_BYTES], [3; MEMBER_BYTES]];
/// let start = Accumulator::empty(&NetworkId([1; 32]));
/// let middle = start.append(0, &entries[0]);
/// assert_eq!(middle.extend(1, &entries[1..]), start.extend(0, &entries));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Accumulator(pub [u8; 32]);

impl Accumulator {
    /// acc_0 of a network.
    #[must_use]
    pub fn empty(net: &NetworkId) -> Self {
        Self(domain::REFERENCE_ACC.hash(&[&net.0]))
    }

    /// acc_{g+1} from acc_g and the entry at position `g`.
    #[must_use]
    pub fn append(&self, g: u64, entry: &[u8; MEMBER_BYTES]) -> Self {
        Self(domain::REFERENCE_ACC.hash(&[&self.0, &leaf(g, entry)]))
    }

    /// The value after `entries`, which stand from position `start` on; `self` is the value before them. Positions stop
    /// at 2^64 − 1, which no list reaches.
    #[must_use]
    pub fn extend<'e>(&self, start: u64, entries: impl IntoIterator<Item = &'e [u8; MEMBER_BYTES]>) -> Self {
        let positions = (0..).map(|k: u64| start.saturating_add(k));
        positions.zip(entries).fold(*self, |acc, (g, entry)| acc.append(g, entry))
    }

    /// The 32 bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for Accumulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Accumulator(")?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
        f.write_str(")")
    }
}

/// leaf_g of the entry at position `g`.
#[must_use]
pub fn leaf(g: u64, entry: &[u8; MEMBER_BYTES]) -> [u8; 32] {
    let (parts, _) = entry.as_chunks::<32>();
    domain::ENOTE_LEAF.hash(&[&parts[0], &parts[1], &parts[2], &g.to_le_bytes()])
}

/// One enote of the reference list, decoded: the three points over which a membership proof ranges. 480 bytes.
///
/// ```
/// # use dero_crypto::prelude::*;
/// # let rng = &mut rand::rng();
/// # let net = NetworkId([1; 32]);
/// # let keys = MasterSecret::random(rng).audit_key();
/// # let context = InputContext::bundle(&net, &Anchor::Tag([9; 32]));
/// # let seed = EnoteSeed::random(rng);
/// # let draft = Draft { context: &context, seed: &seed, amount: Amount(30), asset: AssetId::NATIVE };
/// # let made = draft.external(&net, &keys.address_key().address(AddressIndex(3)));
/// use dero_crypto::membership::{MEMBER_BYTES, Member};
/// let mut entry = [0; MEMBER_BYTES]; // Ko, C, T
/// entry.copy_from_slice(&made.enote.to_bytes()[..96]);
/// assert_eq!(Member::decode(&entry)?, made.enote.decode()?.member());
/// # Ok::<(), DecodeError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member(pub(super) [Element; 3]);

impl Member {
    /// The member (Ko, C, T).
    #[must_use]
    pub fn new(one_time_key: &Point, commitment: &Point, asset_tag: &Point) -> Self {
        Self([*one_time_key.element(), *commitment.element(), *asset_tag.element()])
    }

    /// Decodes Ko ‖ C ‖ T, 96 bytes.
    ///
    /// # Errors
    ///
    /// Those of [`Point::decode`].
    pub fn decode(entry: &[u8; MEMBER_BYTES]) -> Result<Self, DecodeError> {
        let (parts, _) = entry.as_chunks::<32>();
        Ok(Self::new(
            &Point::decode(&parts[0], "member Ko")?,
            &Point::decode(&parts[1], "member C")?,
            &Point::decode(&parts[2], "member T")?,
        ))
    }

    /// (Ko, C, T).
    #[must_use]
    pub fn components(&self) -> &[Element; 3] {
        &self.0
    }
}

/// What shape an interval has; bound by every proof over it.
///
/// ```
/// use dero_crypto::membership::{Reference, ReferenceKind};
/// assert_eq!(Reference::Open { anchor: 7 }.kind(), ReferenceKind::Open);
/// assert_eq!(ReferenceKind::from_byte(0), Ok(ReferenceKind::Closed));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ReferenceKind {
    /// A group [gN, (g+1)N) that no later block changes.
    Closed,
    /// The last N positions before an anchor.
    Open,
}

impl ReferenceKind {
    /// 0 or 1, as references and transcripts hold it.
    #[must_use]
    pub const fn to_byte(self) -> u8 {
        match self {
            Self::Closed => 0,
            Self::Open => 1,
        }
    }

    /// Reads the byte.
    ///
    /// # Errors
    ///
    /// [`DecodeError::Value`] unless it is 0 or 1.
    pub const fn from_byte(byte: u8) -> Result<Self, DecodeError> {
        match byte {
            0 => Ok(Self::Closed),
            1 => Ok(Self::Open),
            found => Err(DecodeError::Value { what: "kind of a reference", found: found as u64 }),
        }
    }
}

/// The statement about a ring: which interval of the list, and the members that stand there.
///
/// Transcripts bind kind, start, length and the two accumulator values, which stand for the whole list; the
/// caller vouches that `members` are what those values commit to. A node has them from its state; a wallet
/// [rehashes](ReferenceSet::rehash) what it downloaded.
///
/// ```
/// # use dero_crypto::prelude::*;
/// # let rng = &mut rand::rng();
/// # let net = NetworkId([1; 32]);
/// # let keys = MasterSecret::random(rng).audit_key();
/// # let context = InputContext::bundle(&net, &Anchor::Tag([9; 32]));
/// # let seed = EnoteSeed::random(rng);
/// # let draft = Draft { context: &context, seed: &seed, amount: Amount(30), asset: AssetId::NATIVE };
/// # let made = draft.external(&net, &keys.address_key().address(AddressIndex(3)));
/// use dero_crypto::membership::{Accumulator, MEMBER_BYTES, ReferenceKind, ReferenceSet};
/// let mut entry = [0; MEMBER_BYTES];
/// entry.copy_from_slice(&made.enote.to_bytes()[..96]);
/// // A server sent these entries; headers say what they hash to.
/// let before = Accumulator::empty(&net);
/// let after = before.append(0, &entry);
/// let set = ReferenceSet::rehash(ReferenceKind::Open, 0, before, after, &[entry])?;
/// assert_eq!(set.members().len(), 1);
/// assert!(ReferenceSet::rehash(ReferenceKind::Open, 1, before, after, &[entry]).is_err());
/// # Ok::<(), dero_crypto::membership::IntervalError>(())
/// ```
#[derive(Clone, Debug)]
pub struct ReferenceSet {
    kind: ReferenceKind,
    start: u64,
    acc_start: Accumulator,
    acc_end: Accumulator,
    members: Vec<Arc<Member>>,
}

impl ReferenceSet {
    /// The interval of `members.len()` positions from `start`.
    ///
    /// # Errors
    ///
    /// [`DecodeError::Limit`] if `members` is empty or the end passes 2^64 − 1.
    pub fn new(
        kind: ReferenceKind,
        start: u64,
        acc_start: Accumulator,
        acc_end: Accumulator,
        members: Vec<Arc<Member>>,
    ) -> Result<Self, DecodeError> {
        check_length(start, members.len())?;
        Ok(Self { kind, start, acc_start, acc_end, members })
    }

    /// The interval whose entries a stranger sent, after hashing them from `acc_start` to `acc_end`. The caller
    /// has both values from headers that it validated itself.
    ///
    /// # Errors
    ///
    /// Those of [`ReferenceSet::new`]; [`IntervalError::Digest`] if the entries lead elsewhere; those of
    /// [`Member::decode`].
    pub fn rehash(
        kind: ReferenceKind,
        start: u64,
        acc_start: Accumulator,
        acc_end: Accumulator,
        entries: &[[u8; MEMBER_BYTES]],
    ) -> Result<Self, IntervalError> {
        let found = acc_start.extend(start, entries);
        if found != acc_end {
            return Err(IntervalError::Digest { start, length: entries.len(), found, expected: acc_end });
        }
        let members = entries.iter().map(|entry| Member::decode(entry).map(Arc::new)).collect::<Result<_, _>>()?;
        Ok(Self::new(kind, start, acc_start, acc_end, members)?)
    }

    /// Closed group or open window.
    #[must_use]
    pub fn kind(&self) -> ReferenceKind {
        self.kind
    }

    /// First position.
    #[must_use]
    pub fn start(&self) -> u64 {
        self.start
    }

    /// The accumulator before the first member.
    #[must_use]
    pub fn acc_start(&self) -> &Accumulator {
        &self.acc_start
    }

    /// The accumulator after the last member.
    #[must_use]
    pub fn acc_end(&self) -> &Accumulator {
        &self.acc_end
    }

    /// The real members, `L` of them; padding is not stored.
    #[must_use]
    pub fn members(&self) -> &[Arc<Member>] {
        &self.members
    }
}

fn check_length(start: u64, length: usize) -> Result<(), DecodeError> {
    let (found, max) = (length as u64, u64::MAX - start);
    if found == 0 || found > max {
        return Err(DecodeError::Limit { what: "members of a reference set", found, min: 1, max });
    }
    Ok(())
}

/// Why downloaded entries are not the interval that the headers commit to.
///
/// ```
/// use dero_crypto::{NetworkId, membership::*};
/// let before = Accumulator::empty(&NetworkId([1; 32]));
/// let refused = ReferenceSet::rehash(ReferenceKind::Closed, 0, before, before, &[[1; MEMBER_BYTES]]);
/// assert!(matches!(refused, Err(IntervalError::Digest { start: 0, length: 1, .. })));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IntervalError {
    /// An entry was changed, moved, dropped or added.
    #[error("{length} entries from position {start} hash to {found:?}, expected {expected:?}")]
    Digest {
        /// First position.
        start: u64,
        /// How many entries were given.
        length: usize,
        /// Where they lead.
        found: Accumulator,
        /// Where they should lead.
        expected: Accumulator,
    },
    /// An entry is no enote, or the interval is no set.
    #[error(transparent)]
    Decode(#[from] DecodeError),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::group::generators::{A0, G, H, U, X, Y};

    const NET: NetworkId = NetworkId([7; 32]);

    fn entries() -> Vec<[u8; MEMBER_BYTES]> {
        let points: Vec<_> = [G, X, Y, U, H, A0].into_iter().map(|generator| generator.point()).collect();
        (0..4)
            .map(|g| {
                let mut entry = [0; MEMBER_BYTES];
                for part in 0..3 {
                    entry[32 * part..][..32].copy_from_slice(points[g + part].as_bytes());
                }
                entry
            })
            .collect()
    }

    #[test]
    fn an_interval_is_accepted_only_as_the_headers_commit_to_it() {
        let entries = entries();
        let acc_start = Accumulator([1; 32]);
        let acc_end = acc_start.extend(9, &entries);
        let rehash =
            |start, entries: &[_]| ReferenceSet::rehash(ReferenceKind::Open, start, acc_start, acc_end, entries);
        let set = rehash(9, &entries).unwrap();
        assert_eq!((set.start(), set.members().len()), (9, 4));

        let refused = |start, entries: &[_]| {
            assert!(matches!(rehash(start, entries), Err(IntervalError::Digest { .. })));
        };
        refused(8, &entries);
        refused(10, &entries);
        refused(9, &entries[..3]);
        refused(9, &entries[1..]);
        let mut other = entries.clone();
        other.swap(1, 2);
        refused(9, &other);
        for byte in 0..MEMBER_BYTES {
            let mut other = entries.clone();
            other[2][byte] ^= 1;
            refused(9, &other);
        }
    }

    #[test]
    fn an_entry_that_hashes_right_and_is_no_enote_is_refused() {
        let entries = [[0; MEMBER_BYTES]];
        let acc_start = Accumulator([1; 32]);
        let error =
            ReferenceSet::rehash(ReferenceKind::Open, 0, acc_start, acc_start.extend(0, &entries), &entries);
        assert_eq!(error.unwrap_err(), IntervalError::Decode(DecodeError::Identity { what: "member Ko" }));
    }

    #[test]
    fn a_set_is_neither_empty_nor_past_the_last_position() {
        let acc = Accumulator::empty(&NET);
        let new = |start, members| ReferenceSet::new(ReferenceKind::Closed, start, acc, acc, members);
        let member = Arc::new(Member::decode(&entries()[0]).unwrap());
        let limit = |max| DecodeError::Limit { what: "members of a reference set", found: 0, min: 1, max };
        assert_eq!(new(0, Vec::new()).unwrap_err(), limit(u64::MAX));
        assert!(new(u64::MAX - 1, Vec::from([member.clone()])).is_ok());
        assert!(new(u64::MAX, Vec::from([member])).is_err());

        let rehash = |start, entries: &[_]| {
            ReferenceSet::rehash(ReferenceKind::Closed, start, acc, acc.extend(start, entries), entries)
        };
        assert_eq!(rehash(0, &[]).unwrap_err(), limit(u64::MAX).into());
        assert!(rehash(u64::MAX - 1, &entries()[..1]).is_ok());
        assert!(matches!(rehash(u64::MAX - 1, &entries()[..2]), Err(IntervalError::Decode(_))));
        assert!(matches!(rehash(u64::MAX, &entries()[..1]), Err(IntervalError::Decode(_))));
    }

    #[test]
    fn list_order_position_and_network_change_the_accumulator() {
        let entries = entries();
        let all = Accumulator::empty(&NET).extend(0, &entries);
        let mut swapped = entries.clone();
        swapped.swap(0, 3);
        assert_ne!(all, Accumulator::empty(&NET).extend(0, &swapped));
        assert_ne!(all, Accumulator::empty(&NET).extend(1, &entries));
        assert_ne!(all, Accumulator::empty(&NetworkId([8; 32])).extend(0, &entries));
        assert_eq!(all, Accumulator::empty(&NET).extend(0, &entries[..1]).extend(1, &entries[1..]));
    }
}
