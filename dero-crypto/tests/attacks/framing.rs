//! Protocol 1.2; attack 54: a byte that moves between neighbouring items, items split or joined.

use dero_crypto::group::hash::raw;
use proptest::prelude::*;

type Items = Vec<Vec<u8>>;

/// 64 bytes and a scalar of one domain over `items`.
fn hashes(items: &Items) -> ([u8; 64], [u8; 32]) {
    let items: Vec<&[u8]> = items.iter().map(Vec::as_slice).collect();
    let mut out = [0; 64];
    raw::fill("test", &items, &mut out);
    (out, raw::scalar("test", &items).to_bytes())
}

/// Every list that has the same bytes in the same order with one boundary moved, added or removed.
fn reframed(items: &Items) -> Vec<Items> {
    let mut all = Vec::new();
    for i in 0..items.len() {
        for cut in 0..=items[i].len() {
            let mut split = items.clone();
            let tail = split[i].split_off(cut);
            split.insert(i + 1, tail);
            all.push(split);
        }
        if i + 1 < items.len() {
            let mut joined = items.clone();
            let next = joined.remove(i + 1);
            joined[i].extend(next);
            all.push(joined);
            let mut moved = items.clone();
            if let Some(byte) = moved[i].pop() {
                moved[i + 1].insert(0, byte);
                all.push(moved);
            }
        }
    }
    all
}

proptest! {
    #[test]
    fn every_other_framing_of_the_same_bytes_hashes_differently(
        items in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..12), 0..6),
    ) {
        let (bytes, scalar) = hashes(&items);
        for other in reframed(&items) {
            prop_assert_ne!(&other, &items);
            prop_assert_eq!(other.concat(), items.concat());
            let (other_bytes, other_scalar) = hashes(&other);
            prop_assert_ne!(other_bytes, bytes);
            prop_assert_ne!(other_scalar, scalar);
        }
    }

    #[test]
    fn two_lists_share_a_frame_only_if_they_are_equal(
        one in prop::collection::vec(prop::collection::vec(0u8..3, 0..4), 0..4),
        other in prop::collection::vec(prop::collection::vec(0u8..3, 0..4), 0..4),
    ) {
        let frame = |items: &Items| raw::frame("test", &items.iter().map(Vec::as_slice).collect::<Vec<_>>());
        prop_assert_eq!(frame(&one) == frame(&other), one == other);
    }
}

#[test]
fn a_byte_that_moves_between_domain_and_item_changes_the_hash() {
    let frames = [
        raw::frame("ab", &[b"c"]),
        raw::frame("a", &[b"bc"]),
        raw::frame("abc", &[b""]),
        raw::frame("abc", &[]),
        raw::frame("", &[b"abc"]),
    ];
    for (i, frame) in frames.iter().enumerate() {
        assert!(frames[..i].iter().all(|other| other != frame), "{i}");
    }
}
