//! Five bytes that name an interval of the shared list (protocol 7.5).
//!
//! ```text
//! 0x00 ‖ le32 g   closed group:  positions [gN, (g+1)N),       requires (g+1)N ≤ length of the list
//! 0x01 ‖ le32 a   open window:   positions [max(0, e−N), e),   e = e(a);  5a ≤ height,  e ≥ L_min
//! ```
//!
//! e(a) is the length of the list after the appends of height 5a. A reference never expires. Everybody who cites
//! the same reference at the same height means the same members, so a set is shared by all its spenders instead
//! of being a private sample whose decoys can be told apart by their ages.
//!
//! A node [resolves](Reference::resolve) a reference; a wallet [lists](Candidates::of) those that hold an enote.

use super::{ReferenceKind, SetParameters};
use crate::{error::DecodeError, group::Point, group::domain, secret::Secret};

/// Blocks from one anchor to the next.
pub const ANCHOR_SPACING: u64 = 5;

/// The name of an interval.
///
/// ```
/// use dero_crypto::membership::Reference;
/// let newest = Reference::Open { anchor: 7 };
/// assert_eq!(newest.to_bytes(), [1, 7, 0, 0, 0]);
/// assert_eq!(Reference::from_bytes(&[0, 7, 0, 0, 0]), Ok(Reference::Closed { group: 7 }));
/// assert!(Reference::from_bytes(&[2, 7, 0, 0, 0]).is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reference {
    /// Group g: positions [gN, (g+1)N).
    Closed {
        /// g.
        group: u32,
    },
    /// The last N positions at anchor a.
    Open {
        /// a.
        anchor: u32,
    },
}

/// Consecutive positions of the list.
///
/// ```
/// use dero_crypto::membership::Interval;
/// let interval = Interval { start: 128, length: 128 };
/// assert!(interval.contains(255) && !interval.contains(256));
/// assert_eq!(interval.end(), 256);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Interval {
    /// First position.
    pub start: u64,
    /// L, how many positions.
    pub length: u64,
}

/// The list at one height, and the network's rules about it.
///
/// ```
/// use dero_crypto::membership::{Interval, ListView, Reference, ReferenceError, SetParameters};
/// let view = ListView { height: 50, length: 300, parameters: SetParameters::TEST, min_length: 4 };
/// let e = |_anchor| Ok::<_, ReferenceError>(290); // the length after the appends of height 5a
/// let closed = Reference::Closed { group: 1 }.resolve(&view, e)?;
/// assert_eq!(closed, Interval { start: 128, length: 128 });
/// assert_eq!(Reference::Open { anchor: 10 }.resolve(&view, e)?, Interval { start: 162, length: 128 });
/// # Ok::<(), ReferenceError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListView {
    /// Of the block that includes the reference: tip + 1 in the pool; a wallet that chooses takes its tip.
    pub height: u64,
    /// Length of the list after the appends of that height.
    pub length: u64,
    /// The network's (n, m), hence N.
    pub parameters: SetParameters,
    /// L_min: an open window needs so many entries before its anchor.
    pub min_length: u64,
}

impl Reference {
    /// Bytes of a reference.
    pub const LEN: usize = 5;

    /// Reads 5 bytes.
    ///
    /// # Errors
    ///
    /// [`DecodeError::Length`]; [`DecodeError::Value`] if the kind is neither 0 nor 1.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let &[kind, a, b, c, d] = bytes else {
            return Err(DecodeError::Length { what: "reference", expected: Self::LEN, found: bytes.len() });
        };
        let number = u32::from_le_bytes([a, b, c, d]);
        Ok(match ReferenceKind::from_byte(kind)? {
            ReferenceKind::Closed => Self::Closed { group: number },
            ReferenceKind::Open => Self::Open { anchor: number },
        })
    }

    /// Kind and number, 5 bytes.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; Self::LEN] {
        let (Self::Closed { group: number } | Self::Open { anchor: number }) = self;
        let [a, b, c, d] = number.to_le_bytes();
        [self.kind().to_byte(), a, b, c, d]
    }

    /// Closed or open.
    #[must_use]
    pub fn kind(&self) -> ReferenceKind {
        match self {
            Self::Closed { .. } => ReferenceKind::Closed,
            Self::Open { .. } => ReferenceKind::Open,
        }
    }

    /// The positions that the reference names in `view`. `anchor_length` gives e(a); it is asked only about
    /// anchors that are not in the future, and its errors pass through.
    ///
    /// # Errors
    ///
    /// In this order: [`ReferenceError::IncompleteGroup`]; [`ReferenceError::FutureAnchor`],
    /// [`ReferenceError::ShortList`].
    pub fn resolve<E: From<ReferenceError>>(
        &self,
        view: &ListView,
        anchor_length: impl FnOnce(u32) -> Result<u64, E>,
    ) -> Result<Interval, E> {
        let N = view.parameters.size();
        match *self {
            Self::Closed { group } => {
                // Both factors are below 2^32.
                let start = u64::from(group) * N;
                let (needed, length) = (start + N, view.length);
                if needed > length {
                    return Err(ReferenceError::IncompleteGroup { group, needed, length }.into());
                }
                Ok(Interval { start, length: N })
            }
            Self::Open { anchor } => {
                let (needed, height) = (anchor_height(anchor), view.height);
                if needed > height {
                    return Err(ReferenceError::FutureAnchor { anchor, needed, height }.into());
                }
                // A window without members would be no set, whatever the network's rules say.
                let (e, needed) = (anchor_length(anchor)?, view.min_length.max(1));
                if e < needed {
                    return Err(ReferenceError::ShortList { anchor, needed, length: e }.into());
                }
                let start = e.saturating_sub(N);
                Ok(Interval { start, length: e - start })
            }
        }
    }
}

/// 5a, the height whose appends anchor `a` counts.
#[must_use]
pub fn anchor_height(anchor: u32) -> u64 {
    u64::from(anchor) * ANCHOR_SPACING
}

/// The digest ea over all anchors up to one of length `e`; before height 0 it is 32 zero bytes.
#[must_use]
pub fn anchors_digest(before: &[u8; 32], e: u64) -> [u8; 32] {
    domain::REFERENCE_ANCHORS.hash(&[before, &e.to_le_bytes()])
}

/// The references that hold one position, for a wallet that has stored none with its enote.
///
/// ```
/// use dero_crypto::membership::{Candidates, Coin, ListView, Reference, ReferenceError, SetParameters};
/// let view = ListView { height: 50, length: 300, parameters: SetParameters::TEST, min_length: 4 };
/// let candidates = Candidates::of(200, &view, |_anchor| Ok::<_, ReferenceError>(290))?;
/// assert_eq!(candidates.choose(Coin::Closed), Some(Reference::Closed { group: 1 }));
/// assert_eq!(candidates.choose(Coin::Open), Some(Reference::Open { anchor: 10 }));
/// # Ok::<(), ReferenceError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidates {
    /// The complete group around the position.
    pub closed: Option<Reference>,
    /// The window of the newest anchor.
    pub open: Option<Reference>,
}

impl Candidates {
    /// closed(⌊p/N⌋) if complete; open(⌊height/5⌋) if it resolves and holds p. `view.height` is the wallet's tip.
    ///
    /// # Errors
    ///
    /// Only those of `anchor_length`, which gives e(a).
    pub fn of<E>(
        position: u64,
        view: &ListView,
        anchor_length: impl FnOnce(u32) -> Result<u64, E>,
    ) -> Result<Self, E> {
        let N = view.parameters.size();
        let holds = |interval: &Interval| interval.contains(position);
        let closed = u32::try_from(position / N).ok().map(|group| Reference::Closed { group });
        let closed =
            closed.filter(|closed| closed.resolve(view, |_| Ok::<_, ReferenceError>(0)).as_ref().is_ok_and(holds));
        let open = match u32::try_from(view.height / ANCHOR_SPACING) {
            Err(_) => None,
            Ok(anchor) => {
                let e = anchor_length(anchor)?;
                let open = Reference::Open { anchor };
                open.resolve(view, |_| Ok::<_, ReferenceError>(e)).as_ref().is_ok_and(holds).then_some(open)
            }
        };
        Ok(Self { closed, open })
    }

    /// The candidates, closed first.
    pub fn iter(&self) -> impl Iterator<Item = Reference> {
        self.closed.into_iter().chain(self.open)
    }

    /// The one to cite: the coin decides between two. `None` while the enote is behind no anchor.
    #[must_use]
    pub fn choose(&self, coin: Coin) -> Option<Reference> {
        match (self.closed, self.open, coin) {
            (Some(_), Some(open), Coin::Open) => Some(open),
            (closed, open, _) => closed.or(open),
        }
    }
}

impl Interval {
    /// The position behind the last, 2^64 − 1 at most.
    #[must_use]
    pub fn end(&self) -> u64 {
        self.start.saturating_add(self.length)
    }

    /// Whether `position` lies inside.
    #[must_use]
    pub fn contains(&self, position: u64) -> bool {
        (self.start..self.end()).contains(&position)
    }
}

/// A fair choice between two candidates, the same for one enote on every device of a wallet.
///
/// ```
/// use dero_crypto::{group::generators::U, membership::Coin, secret::Secret};
/// let view_balance = Secret::new([7; 32]);
/// let tag = U.point(); // of an enote
/// assert_eq!(Coin::toss(&view_balance, &tag), Coin::toss(&view_balance, &tag)); // on every device
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coin {
    /// 0.
    Closed,
    /// 1.
    Open,
}

impl Coin {
    /// h_1("ref/coin"; s_vb, L) mod 2 for the enote with linking tag `L`.
    #[must_use]
    pub fn toss(view_balance: &Secret<[u8; 32]>, L: &Point) -> Self {
        let [byte] = domain::REFERENCE_COIN.hash(&[view_balance.expose(), L.as_bytes()]);
        if byte & 1 == 0 { Self::Closed } else { Self::Open }
    }
}

/// Why a reference names no set. Depends on the chain: another height may judge otherwise.
///
/// ```
/// use dero_crypto::membership::{ListView, Reference, ReferenceError, SetParameters};
/// let view = ListView { height: 50, length: 300, parameters: SetParameters::TEST, min_length: 4 };
/// let refused = Reference::Closed { group: 2 }.resolve(&view, |_| Ok::<_, ReferenceError>(290));
/// assert_eq!(refused, Err(ReferenceError::IncompleteGroup { group: 2, needed: 384, length: 300 }));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReferenceError {
    /// The list does not reach the group's end.
    #[error("group {group} needs a list of {needed} entries, it has {length}")]
    IncompleteGroup {
        /// g.
        group: u32,
        /// (g+1)N.
        needed: u64,
        /// Length of the list.
        length: u64,
    },
    /// The anchor's height is above that of the including block.
    #[error("anchor {anchor} is at height {needed}, the block at {height}")]
    FutureAnchor {
        /// a.
        anchor: u32,
        /// 5a.
        needed: u64,
        /// The height at which the reference is used.
        height: u64,
    },
    /// The window is too short to hide in.
    #[error("anchor {anchor} has {length} entries before it, needs {needed}")]
    ShortList {
        /// a.
        anchor: u32,
        /// L_min.
        needed: u64,
        /// e(a).
        length: u64,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::group::generators::U;

    /// N = 128; the list grows by one entry a block.
    fn view(height: u64) -> ListView {
        ListView { height, length: height, parameters: SetParameters::TEST, min_length: 4 }
    }

    fn resolve(reference: Reference, height: u64) -> Result<Interval, ReferenceError> {
        reference.resolve(&view(height), |a| Ok(anchor_height(a)))
    }

    fn closed(group: u32) -> Reference {
        Reference::Closed { group }
    }

    fn open(anchor: u32) -> Reference {
        Reference::Open { anchor }
    }

    #[test]
    fn a_reference_is_five_bytes_of_kind_0_or_1() {
        for reference in [closed(0), closed(u32::MAX), open(0x0102_0304)] {
            assert_eq!(Reference::from_bytes(&reference.to_bytes()), Ok(reference));
        }
        assert_eq!(open(0x0102_0304).to_bytes(), [1, 4, 3, 2, 1]);
        for kind in 2..=255 {
            let error = DecodeError::Value { what: "kind of a reference", found: kind.into() };
            assert_eq!(Reference::from_bytes(&[kind, 0, 0, 0, 0]), Err(error));
        }
        for length in (0..10).filter(|length| *length != 5) {
            assert!(matches!(Reference::from_bytes(&[0; 10][..length]), Err(DecodeError::Length { .. })));
        }
    }

    #[test]
    fn a_closed_group_counts_in_the_block_whose_appends_complete_it_and_not_before() {
        assert_eq!(resolve(closed(1), 256), Ok(Interval { start: 128, length: 128 }));
        let early = ReferenceError::IncompleteGroup { group: 1, needed: 256, length: 255 };
        assert_eq!(resolve(closed(1), 255), Err(early));
    }

    #[test]
    fn a_future_anchor_is_refused_and_one_of_any_age_is_not() {
        assert_eq!(resolve(open(100), 500), Ok(Interval { start: 372, length: 128 }));
        assert!(matches!(resolve(open(100), 499), Err(ReferenceError::FutureAnchor { needed: 500, .. })));
        assert_eq!(resolve(open(100), u64::MAX), Ok(Interval { start: 372, length: 128 }));
    }

    #[test]
    fn the_largest_numbers_do_not_wrap() {
        let parameters = SetParameters::new(2, 16).unwrap();
        let huge = ListView { height: u64::MAX, length: u64::MAX, parameters, min_length: 4 };
        let resolve = |reference: Reference, e| reference.resolve(&huge, |_| Ok::<_, ReferenceError>(e));
        assert_eq!(resolve(closed(u32::MAX), 0).unwrap().start, 0xffff_ffff_0000);
        assert_eq!(resolve(open(u32::MAX), 5).unwrap(), Interval { start: 0, length: 5 });
        assert!(matches!(self::resolve(closed(u32::MAX), 60), Err(ReferenceError::IncompleteGroup { .. })));
        assert!(matches!(self::resolve(open(u32::MAX), 60), Err(ReferenceError::FutureAnchor { .. })));
    }

    #[test]
    fn an_interval_ends_at_the_last_position_at_most() {
        let interval = Interval { start: u64::MAX - 1, length: 9 };
        assert_eq!(interval.end(), u64::MAX);
        assert!(interval.contains(u64::MAX - 1) && !interval.contains(u64::MAX - 2));
    }

    #[test]
    fn a_window_needs_the_least_length_and_is_short_only_on_a_young_chain() {
        let at = |e, min_length| {
            let view = ListView { min_length, ..view(10) };
            open(1).resolve(&view, |_| Ok::<_, ReferenceError>(e))
        };
        assert_eq!(at(3, 4), Err(ReferenceError::ShortList { anchor: 1, needed: 4, length: 3 }));
        assert_eq!(at(4, 4), Ok(Interval { start: 0, length: 4 }));
        assert_eq!(at(128, 4), Ok(Interval { start: 0, length: 128 }));
        assert_eq!(at(129, 4), Ok(Interval { start: 1, length: 128 }));
        // Rules that ask for no member at all still make no empty set.
        assert!(matches!(at(0, 0), Err(ReferenceError::ShortList { needed: 1, .. })));
    }

    #[test]
    fn the_future_is_refused_before_the_length_is_looked_up() {
        let error = open(3).resolve(&view(14), |_| -> Result<u64, ReferenceError> { panic!("looked up") });
        assert!(matches!(error, Err(ReferenceError::FutureAnchor { .. })));
    }

    #[test]
    fn two_anchors_of_equal_length_name_the_same_interval_and_kinds_never_spell_alike() {
        let at = |reference: Reference, e| reference.resolve(&view(200), |_| Ok::<_, ReferenceError>(e)).unwrap();
        assert_eq!(at(open(30), 150), at(open(31), 150));
        assert_ne!(at(open(30), 150), at(open(31), 151));
        assert_eq!(at(open(30), 128), at(closed(0), 0));
        assert_ne!(open(0).kind(), closed(0).kind());
    }

    #[test]
    fn every_listed_enote_behind_an_anchor_has_a_candidate() {
        for height in 0..700 {
            for position in 0..height {
                let found = Candidates::of(position, &view(height), |a| Ok::<_, ReferenceError>(anchor_height(a)));
                let found = found.unwrap();
                let e = height / 5 * 5;
                assert!(found.iter().next().is_some() || e <= position || e < 4, "{position} at {height}");
                for candidate in found.iter() {
                    assert!(resolve(candidate, height).unwrap().contains(position));
                }
                for coin in [Coin::Closed, Coin::Open] {
                    assert_eq!(found.choose(coin).is_some(), found.iter().next().is_some());
                }
            }
        }
    }

    #[test]
    fn the_coin_decides_between_two_candidates_only() {
        let both = Candidates { closed: Some(closed(1)), open: Some(open(2)) };
        assert_eq!(both.choose(Coin::Closed), both.closed);
        assert_eq!(both.choose(Coin::Open), both.open);
        let one = Candidates { closed: Some(closed(1)), open: None };
        assert_eq!(one.choose(Coin::Open), one.closed);
        assert_eq!(Candidates { closed: None, open: None }.choose(Coin::Open), None);
    }

    #[test]
    fn the_coin_is_fair_and_the_same_on_every_device() {
        let L = U.point();
        let toss = |i: u32| {
            let mut key = [9; 32];
            key[..4].copy_from_slice(&i.to_le_bytes());
            Coin::toss(&Secret::new(key), &L)
        };
        let closed = (0..4096).filter(|i| toss(*i) == Coin::Closed).count();
        // Six standard deviations.
        assert!((1856..=2240).contains(&closed), "{closed} of 4096");
        assert_eq!(toss(5), toss(5));
    }

    #[test]
    fn the_digest_of_anchors_depends_on_each_length() {
        let first = anchors_digest(&[0; 32], 3);
        assert_ne!(anchors_digest(&first, 4), anchors_digest(&first, 5));
        assert_ne!(anchors_digest(&first, 4), anchors_digest(&anchors_digest(&[0; 32], 4), 4));
    }
}
