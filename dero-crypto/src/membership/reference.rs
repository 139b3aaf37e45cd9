//! Reference sets: intervals of one shared, append-only list of enotes (protocol 7.1, 7.5).

use alloc::{sync::Arc, vec::Vec};

use crate::{
    error::DecodeError,
    group::{Element, Point},
};

/// One enote of the reference list, decoded: the three points over which a membership proof ranges. 480 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member([Element; 3]);

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
    pub fn decode(bytes: &[u8; 96]) -> Result<Self, DecodeError> {
        let part = |i: usize| {
            let mut out = [0; 32];
            out.copy_from_slice(&bytes[32 * i..32 * i + 32]);
            out
        };
        Ok(Self::new(
            &Point::decode(&part(0), "member Ko")?,
            &Point::decode(&part(1), "member C")?,
            &Point::decode(&part(2), "member T")?,
        ))
    }

    /// (Ko, C, T).
    #[must_use]
    pub fn components(&self) -> &[Element; 3] {
        &self.0
    }
}

/// The statement about a ring: which interval of the list, and the members that stand there.
///
/// Transcripts bind kind, start, length and the two accumulator values, which stand for the whole list; the
/// caller vouches that `members` are what those values commit to (a node has them from its state).
#[derive(Clone, Debug)]
pub struct ReferenceSet {
    kind: u8,
    start: u64,
    acc_start: [u8; 32],
    acc_end: [u8; 32],
    members: Vec<Arc<Member>>,
}

impl ReferenceSet {
    /// The interval of `members.len()` positions from `start`.
    ///
    /// # Errors
    ///
    /// [`DecodeError::Limit`] if `members` is empty.
    pub fn new(
        kind: u8,
        start: u64,
        acc_start: [u8; 32],
        acc_end: [u8; 32],
        members: Vec<Arc<Member>>,
    ) -> Result<Self, DecodeError> {
        if members.is_empty() {
            return Err(DecodeError::Limit { what: "reference set", found: 0, min: 1, max: u64::MAX });
        }
        Ok(Self { kind, start, acc_start, acc_end, members })
    }

    /// 0 for a closed group, 1 for an open window.
    #[must_use]
    pub fn kind(&self) -> u8 {
        self.kind
    }

    /// First position.
    #[must_use]
    pub fn start(&self) -> u64 {
        self.start
    }

    /// The accumulator before the first member.
    #[must_use]
    pub fn acc_start(&self) -> &[u8; 32] {
        &self.acc_start
    }

    /// The accumulator after the last member.
    #[must_use]
    pub fn acc_end(&self) -> &[u8; 32] {
        &self.acc_end
    }

    /// The real members, `L` of them; padding is not stored.
    #[must_use]
    pub fn members(&self) -> &[Arc<Member>] {
        &self.members
    }
}
