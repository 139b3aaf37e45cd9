//! The reference list as it grows: length, accumulator, digest of the anchors (protocol 7.5).
//!
//! ```text
//! at height h, before anything in block h is checked:
//!   (i)   unlocked outputs of block h − M in transaction, bundle and output order
//!   (ii)  enotes released or refunded in block h − M, in execution order
//!   (iii) coinbase enotes of block h − M_cb
//! ea := h_32("ref/anchors"; ea, le64 e(a))    at each height 5a, after the appends;    32 zero bytes before height 0
//! ```
//!
//! Nodes and wallets keep the same list: what enters follows from compact forms, and the header of every block
//! says what must come out.

use alloc::vec::Vec;

use dero_crypto::{
    NetworkId,
    membership::{ANCHOR_SPACING, Accumulator, MEMBER_BYTES, anchors_digest},
};

/// Ko ‖ C ‖ T.
pub type Entry = [u8; MEMBER_BYTES];

/// One entry of the reference list and the accumulator after it (protocol 7.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListedEnote {
    /// Ko ‖ C ‖ T.
    pub enote: Entry,
    /// acc after this entry.
    pub acc: [u8; 32],
}

/// The list after the appends of some height, without its entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReferenceList {
    /// How many entries there are.
    pub length: u64,
    /// What stands for all of them.
    pub acc: Accumulator,
    /// ea, what stands for the lengths at all anchors.
    pub anchors: [u8; 32],
}

impl ReferenceList {
    /// The list before height 0.
    #[must_use]
    pub fn empty(net: &NetworkId) -> Self {
        Self { length: 0, acc: Accumulator::empty(net), anchors: [0; 32] }
    }

    /// Makes the appends of `height`; returns each entry with the accumulator after it.
    pub fn enter(&mut self, height: u64, entries: impl IntoIterator<Item = Entry>) -> Vec<ListedEnote> {
        let entered = entries
            .into_iter()
            .map(|enote| {
                self.acc = self.acc.append(self.length, &enote);
                self.length += 1;
                ListedEnote { enote, acc: self.acc.0 }
            })
            .collect();
        if height.is_multiple_of(ANCHOR_SPACING) {
            self.anchors = anchors_digest(&self.anchors, self.length);
        }
        entered
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NET: NetworkId = NetworkId([7; 32]);

    #[test]
    fn entries_get_positions_in_order_and_every_fifth_height_an_anchor() {
        let mut list = ReferenceList::empty(&NET);
        assert_eq!(list.enter(0, [[1; 96], [2; 96]]).len(), 2);
        let anchors = anchors_digest(&[0; 32], 2);
        assert_eq!(list.anchors, anchors);
        let one = list.enter(1, [[3; 96]]);
        assert_eq!(list.anchors, anchors);
        let acc = Accumulator::empty(&NET).extend(0, &[[1; 96], [2; 96], [3; 96]]);
        assert_eq!((list.length, list.acc, one[0].acc), (3, acc, acc.0));
        (2..5).for_each(|height| assert!(list.enter(height, []).is_empty()));
        assert_eq!(list.anchors, anchors);
        list.enter(5, [[4; 96]]);
        assert_eq!(list.anchors, anchors_digest(&anchors, 4));
    }

    #[test]
    fn the_order_of_entries_is_in_the_accumulator() {
        let after = |entries: [Entry; 2]| {
            let mut list = ReferenceList::empty(&NET);
            list.enter(1, entries);
            list.acc
        };
        assert_ne!(after([[1; 96], [2; 96]]), after([[2; 96], [1; 96]]));
    }
}
