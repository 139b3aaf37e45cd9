//! How many positions of the reference list a set of intervals covers, each counted once.

use alloc::vec::Vec;

use dero_crypto::membership::Interval;

/// A union of intervals: ascending, disjoint, not touching.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage(Vec<(u64, u64)>);

impl Coverage {
    /// The union of `intervals`.
    #[must_use]
    pub fn of(intervals: impl IntoIterator<Item = Interval>) -> Self {
        let mut ends: Vec<_> =
            intervals.into_iter().map(|interval| (interval.start, interval.end())).filter(|(s, e)| s < e).collect();
        ends.sort_unstable();
        let mut union: Vec<(u64, u64)> = Vec::with_capacity(ends.len());
        for (start, end) in ends {
            match union.last_mut() {
                Some((_, last)) if start <= *last => *last = (*last).max(end),
                _ => union.push((start, end)),
            }
        }
        Self(union)
    }

    /// How many positions are covered.
    #[must_use]
    pub fn positions(&self) -> u64 {
        self.0.iter().map(|(start, end)| end - start).sum()
    }

    /// How many positions are covered here and not by `other`.
    #[must_use]
    pub fn positions_outside(&self, other: &Self) -> u64 {
        let overlap = |&(start, end): &(u64, u64)| -> u64 {
            let first = other.0.partition_point(|&(_, e)| e <= start);
            let inside = other.0[first..].iter().take_while(|&&(s, _)| s < end);
            inside.map(|&(s, e)| e.min(end) - s.max(start)).sum()
        };
        self.positions() - self.0.iter().map(overlap).sum::<u64>()
    }
}

#[cfg(test)]
mod tests {
    use alloc::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn intervals() -> impl Strategy<Value = Vec<Interval>> {
        proptest::collection::vec((0u64..100, 0u64..20), 0..12)
            .prop_map(|list| list.into_iter().map(|(start, length)| Interval { start, length }).collect())
    }

    fn positions(intervals: &[Interval]) -> BTreeSet<u64> {
        intervals.iter().flat_map(|interval| interval.start..interval.end()).collect()
    }

    proptest! {
        #[test]
        fn every_position_counts_once(a in intervals(), b in intervals()) {
            let (in_a, in_b) = (positions(&a), positions(&b));
            let (a, b) = (Coverage::of(a), Coverage::of(b));
            prop_assert_eq!(a.positions(), in_a.len() as u64);
            prop_assert_eq!(a.positions_outside(&b), in_a.difference(&in_b).count() as u64);
        }
    }
}
