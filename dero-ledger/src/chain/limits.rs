//! How much a block may hold: weight, listed outputs, positions that its references cover (protocol 7.5, 10.7).

use alloc::{collections::BTreeSet, vec::Vec};

use dero_crypto::membership::{
    ANCHOR_SPACING, Interval, ListView, MembershipProof, Reference, ReferenceError, ReferenceKind,
};

use super::{BlockError, state::NextState, tip::Tip};
use crate::{
    params::Network,
    rules::{Effects, StateView, UnverifiedTransaction},
    state::Coverage,
    store::{StoreError, StoreView},
    transaction::{Body, CoinbaseTx},
};

/// Up to this age of its anchor, a window counts in neither cap.
const FREE_AGE: u64 = 10;
/// Up to this age of its anchor, a window is recent.
const RECENT_AGE: u64 = 500;
/// Positions that intervals outside recent windows may cover at least.
const OLD_POSITIONS: u64 = 262_144;

/// max(floor, 2·μ): how many listed outputs the next block may have.
pub(super) fn listed_bound<V: StoreView>(network: &Network, tip: &Tip<V>) -> u64 {
    bound(network.rows().listed_floor, tip.median_growth())
}

fn bound(floor: u64, median: u64) -> u64 {
    floor.max(median.saturating_mul(2))
}

/// Unlocked outputs and stubs of a transaction.
pub(super) fn listed_outputs(body: &Body) -> u64 {
    let unlocked = body.bundles.iter().flat_map(|bundle| &bundle.outputs).filter(|output| output.lock.is_none());
    let stubs = body.moves.iter().filter(|public_move| public_move.stub().is_some());
    (unlocked.count() + stubs.count()) as u64
}

/// Checks what a block's bodies alone add up to.
pub(super) fn check_totals<'a>(
    network: &Network,
    bound: u64,
    transactions: impl Iterator<Item = &'a UnverifiedTransaction>,
    coinbase: &CoinbaseTx,
) -> Result<(), BlockError> {
    let (mut weight, mut listed) = (0u128, coinbase.outputs.len() as u64);
    for transaction in transactions {
        weight += u128::from(transaction.weight());
        listed += listed_outputs(&transaction.transaction().body);
    }
    let max = network.rows().weight_limit;
    if weight > u128::from(max) {
        return Err(BlockError::Weight { found: weight, max });
    }
    if listed > bound {
        return Err(BlockError::Listed { what: "listed", found: listed, max: bound });
    }
    Ok(())
}

/// Why a reference has no interval.
enum Unresolved {
    Reference,
    State(StoreError),
}

impl From<ReferenceError> for Unresolved {
    fn from(_: ReferenceError) -> Self {
        Self::Reference
    }
}
impl From<StoreError> for Unresolved {
    fn from(error: StoreError) -> Self {
        Self::State(error)
    }
}

/// The positions that the references of a block cover, by the two caps of 7.5.
#[derive(Clone, Debug)]
pub(super) struct Caps {
    most: Most,
    /// Lengths e of windows that count in neither cap.
    free: BTreeSet<u64>,
    /// Lengths e of windows that are recent and not free.
    recent: BTreeSet<u64>,
    cited: Cited,
}

/// How many positions may be covered.
#[derive(Clone, Copy, Debug)]
struct Most {
    recent: u64,
    other: u64,
}

/// An interval and how it is spelt.
pub(super) type CitedSet = (ReferenceKind, Interval);

/// What a checked transaction cites.
pub(super) fn cited(effects: &Effects) -> Vec<CitedSet> {
    let sets = effects.reference_sets().iter();
    sets.map(|set| (set.kind(), Interval { start: set.start(), length: set.members().len() as u64 })).collect()
}

#[derive(Clone, Debug, Default)]
struct Cited {
    free: BTreeSet<Interval>,
    recent: BTreeSet<Interval>,
    other: BTreeSet<Interval>,
}

impl Caps {
    /// For a block on `tip`.
    pub(super) fn new<V: StoreView>(network: &Network, tip: &Tip<V>) -> Self {
        let height = tip.next_height();
        let (free, recent) = windows(height, |at| {
            let length = if at == height { Some(tip.next_list.length) } else { tip.recent_length(at) };
            length.expect("the lengths of the last 1,025 heights are at hand")
        });
        let most = Most { recent: 16 * network.set_size(), other: OLD_POSITIONS.max(8 * network.set_size()) };
        Self { most, free, recent, cited: Cited::default() }
    }

    /// The same with half of each cap, for what a builder chooses by fee.
    pub(super) fn halved(&self) -> Self {
        Self { most: Most { recent: self.most.recent / 2, other: self.most.other / 2 }, ..self.clone() }
    }

    /// The whole caps, with what was cited under half of them.
    pub(super) fn whole(&self, cited: Self) -> Self {
        Self { most: self.most, ..cited }
    }

    /// Adds intervals that a transaction cites.
    ///
    /// # Errors
    ///
    /// [`BlockError::Cap`] with the cap that is exceeded; nothing is added then.
    pub(super) fn cite(&mut self, cited: &[CitedSet]) -> Result<(), BlockError> {
        let mut next = self.cited.clone();
        let mut news = false;
        for &(kind, interval) in cited {
            let is_in = |lengths: &BTreeSet<u64>| kind == ReferenceKind::Open && lengths.contains(&interval.end());
            let group = if is_in(&self.free) {
                &mut next.free
            } else if is_in(&self.recent) {
                &mut next.recent
            } else {
                &mut next.other
            };
            news |= group.insert(interval);
        }
        // Transactions share windows: most add nothing.
        if news {
            next.check(self.most)?;
            self.cited = next;
        }
        Ok(())
    }

    /// Adds what a transaction cites before it is checked, so that no member is decoded beyond the caps. References
    /// that do not resolve cover nothing; step 4 refuses them.
    ///
    /// # Errors
    ///
    /// [`BlockError::Cap`], or what the state cannot read.
    pub(super) fn add_unchecked<V: StoreView>(
        &mut self,
        state: &NextState<V>,
        transaction: &UnverifiedTransaction,
    ) -> Result<(), BlockError> {
        let rules = state.network().rules();
        let view = ListView {
            height: state.height(),
            length: state.list_length()?,
            parameters: rules.sets,
            min_length: rules.shortest_list,
        };
        let each = Reference::LEN + MembershipProof::len(rules.sets);
        let mut cited = Vec::new();
        for bytes in transaction.transaction().membership.chunks_exact(each) {
            let Ok(reference) = Reference::from_bytes(&bytes[..Reference::LEN]) else { continue };
            match reference.resolve(&view, |anchor| Ok(state.anchor_length(anchor)?)) {
                Ok(interval) => cited.push((reference.kind(), interval)),
                Err(Unresolved::Reference) => {}
                Err(Unresolved::State(error)) => return Err(error.into()),
            }
        }
        self.cite(&cited)
    }
}

/// The lengths e of windows that a block at `height` cites freely, and of those that are recent beside them;
/// `length_at` tells the length of the list at the height of an anchor.
fn windows(height: u64, length_at: impl Fn(u64) -> u64) -> (BTreeSet<u64>, BTreeSet<u64>) {
    let (mut free, mut recent) = (BTreeSet::new(), BTreeSet::new());
    let first = height.saturating_sub(RECENT_AGE).div_ceil(ANCHOR_SPACING);
    for anchor in first..=height / ANCHOR_SPACING {
        let at = anchor * ANCHOR_SPACING;
        let windows = if height <= at + FREE_AGE { &mut free } else { &mut recent };
        windows.insert(length_at(at));
    }
    // Of several anchors of one length the youngest decides.
    recent.retain(|length| !free.contains(length));
    (free, recent)
}

impl Cited {
    fn check(&self, most: Most) -> Result<(), BlockError> {
        let found = Coverage::of(self.recent.iter().copied()).positions();
        if found > most.recent {
            return Err(BlockError::Cap { what: "in recent windows", found, max: most.recent });
        }
        // Free windows are recent ones: their positions do not count as old either.
        let windows = Coverage::of(self.recent.iter().chain(&self.free).copied());
        let found = Coverage::of(self.other.iter().copied()).positions_outside(&windows);
        if found > most.other {
            return Err(BlockError::Cap { what: "outside recent windows", found, max: most.other });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const N: u64 = 128;

    /// At height 1,000 the list has 10 entries a height; anchors of 990..=1000 are free, of 500..=985 recent.
    fn caps() -> Caps {
        let lengths = |from: u64, to: u64| (from..=to).map(|anchor| 50 * anchor).collect();
        let most = Most { recent: 16 * N, other: OLD_POSITIONS };
        Caps { most, free: lengths(198, 200), recent: lengths(100, 197), cited: Cited::default() }
    }

    fn open(e: u64) -> (ReferenceKind, Interval) {
        (ReferenceKind::Open, Interval { start: e - N, length: N })
    }

    fn closed(group: u64) -> (ReferenceKind, Interval) {
        (ReferenceKind::Closed, Interval { start: group * N, length: N })
    }

    fn cite(caps: &mut Caps, cited: &[(ReferenceKind, Interval)]) -> Result<(), (&'static str, u64)> {
        caps.cite(cited).map_err(|error| match error {
            BlockError::Cap { what, found, .. } => (what, found),
            other => panic!("{other}"),
        })
    }

    #[test]
    fn the_bound_of_listed_outputs_is_the_floor_or_twice_the_median() {
        assert_eq!([0, 8, 9, 500].map(|median| bound(16, median)), [16, 16, 18, 1_000]);
        assert_eq!(bound(16, u64::MAX), u64::MAX);
    }

    #[cfg(feature = "testing")]
    #[test]
    fn unlocked_outputs_and_stubs_are_listed_and_locked_outputs_are_not() {
        use dero_crypto::{
            asset::AssetId,
            enote::{Enote, PublicEnote},
        };

        use crate::transaction::{Bundle, ContractId, Direction, LockRecord, Output, PublicMove};
        let enote = Enote::from_bytes(&[9; 163]).unwrap();
        let (contract, alternatives) = (ContractId([0; 32]), Vec::from([Vec::from([enote; 2])]));
        let lock = LockRecord { contract, authority: [0; 32], due: 9, default: 0, accept: None, alternatives };
        let outputs = Vec::from([enote.into(), Output { enote, lock: Some(lock) }, enote.into()]);
        let bundle = Bundle { tx_nonce: [0; 16], inputs: Vec::new(), vault_inputs: Vec::new(), outputs };
        let mut body = crate::testing::unproven(Vec::from([bundle])).body;
        assert_eq!(listed_outputs(&body), 2);
        let stub = PublicEnote::from_bytes(&[8; 91]).unwrap();
        body.moves = [Direction::Out { stub }, Direction::In { nonce: [0; 32] }]
            .map(|direction| PublicMove { bundle: 0, contract, asset: AssetId::NATIVE, amount: 1, direction })
            .into();
        assert_eq!(listed_outputs(&body), 3);
    }

    #[test]
    fn a_window_is_free_for_ten_blocks_and_recent_for_five_hundred() {
        // The length of the list is the height of the anchor.
        let at = |height| {
            let (free, recent) = windows(height, |at| at);
            let ends = |lengths: BTreeSet<u64>| lengths.first().copied().zip(lengths.last().copied());
            (ends(recent), ends(free))
        };
        assert_eq!(at(1_000), (Some((500, 985)), Some((990, 1_000))));
        assert_eq!(at(1_001), (Some((505, 990)), Some((995, 1_000))));
        assert_eq!(at(1_004), (Some((505, 990)), Some((995, 1_000))));
        assert_eq!(at(1_005), (Some((505, 990)), Some((995, 1_005))));
        assert_eq!(at(12), (Some((0, 0)), Some((5, 10))));
        assert_eq!(at(3), (None, Some((0, 0))));
        // Nothing was listed from height 500 on: the window of all those anchors is as young as the last of them.
        assert_eq!(windows(1_000, |at| at.min(500)), ([500].into(), [].into()));
        assert_eq!(windows(1_000, |at| at.min(980)).0, [980].into());
        assert!(!windows(1_000, |at| at.min(980)).1.contains(&980));
    }

    #[test]
    fn recent_windows_cover_up_to_sixteen_sets_and_not_one_position_more() {
        let mut caps = caps();
        // Windows of 128 positions every 150: disjoint.
        let windows: Vec<_> = (0..16).map(|i| open(5_000 + 150 * i)).collect();
        assert_eq!(cite(&mut caps, &windows), Ok(()));
        assert_eq!(cite(&mut caps, &windows), Ok(()));
        assert_eq!(cite(&mut caps, &[open(5_000 + 150 * 16)]), Err(("in recent windows", 17 * N)));
        // What was refused does not count, and a window inside two known ones adds what they leave out.
        assert_eq!(cite(&mut caps, &[open(5_050)]), Err(("in recent windows", 16 * N + 22)));
        assert_eq!(cite(&mut caps, &[open(9_900), open(9_950), open(10_000)]), Ok(()));
    }

    #[test]
    fn old_intervals_cover_up_to_u_max_and_not_one_position_more() {
        let mut caps = caps();
        let groups: Vec<_> = (0..2048).map(|i| closed(1_000 + i)).collect();
        assert_eq!(cite(&mut caps, &groups), Ok(()));
        assert_eq!(cite(&mut caps, &[closed(5_000)]), Err(("outside recent windows", OLD_POSITIONS + N)));
        // A window of an anchor of 501 blocks ago is an old interval.
        assert_eq!(cite(&mut caps, &[open(4_950)]), Err(("outside recent windows", OLD_POSITIONS + N)));
        assert_eq!(cite(&mut caps, &[open(5_000)]), Ok(()));
    }

    #[test]
    fn a_builder_fills_half_of_each_cap_and_then_the_rest() {
        let windows: Vec<_> = (0..17).map(|i| open(5_000 + 150 * i)).collect();
        let groups: Vec<_> = (0..2_049).map(|i| closed(1_000 + i)).collect();
        for (cited, half, what) in [(&windows, 8, "in recent windows"), (&groups, 1_024, "outside recent windows")]
        {
            let over = |caps: &Caps, count: u64| {
                let mut caps = caps.clone();
                cite(&mut caps, &cited[..=count as usize]) == Err((what, (count + 1) * N))
            };
            let mut first = caps().halved();
            assert_eq!(cite(&mut first, &cited[..half as usize]), Ok(()));
            assert!(over(&first, half));
            let whole = caps().whole(first);
            assert!(!over(&whole, half) && over(&whole, 2 * half));
        }
    }

    #[test]
    fn a_position_in_a_recent_or_free_window_does_not_count_as_old() {
        let mut caps = caps();
        let groups: Vec<_> = (0..2048).map(|i| closed(1_000 + i)).collect();
        assert_eq!(cite(&mut caps, &groups), Ok(()));
        // Group 39 is 4,992..5,120, window 5,120 does not exist but 5,100 covers 4,972..5,100: 20 are left.
        assert_eq!(
            cite(&mut caps, &[open(5_100), closed(39)]),
            Err(("outside recent windows", OLD_POSITIONS + 20))
        );
        let mut caps = self::caps();
        assert_eq!(cite(&mut caps, &groups[..2047]), Ok(()));
        assert_eq!(cite(&mut caps, &[open(9_950), closed(77)]), Ok(()));
        // 9,856..9,984 beside 9,822..9,950: 34 are left, and N − 34 may follow.
        let rest = Interval { start: 0, length: N - 34 };
        assert_eq!(cite(&mut caps, &[(ReferenceKind::Open, rest)]), Ok(()));
        let one = Interval { start: 900, length: 1 };
        assert_eq!(
            cite(&mut caps, &[(ReferenceKind::Open, one)]),
            Err(("outside recent windows", OLD_POSITIONS + 1))
        );
    }

    #[test]
    fn a_closed_group_is_old_even_where_a_window_has_the_same_positions() {
        let mut caps = caps();
        // 5,120 = 40·N is no anchor; 6,400 = 50·N is one.
        assert_eq!(cite(&mut caps, &[closed(49)]), Ok(()));
        assert_eq!(caps.cited.other.len(), 1);
        assert_eq!(cite(&mut caps, &[open(6_400)]), Ok(()));
        assert_eq!(caps.cited.recent.len(), 1);
    }

    #[cfg(feature = "testing")]
    #[test]
    fn the_anchor_of_the_blocks_own_height_counts_after_its_appends() {
        use crate::testing::ChainBuilder;
        let builder = ChainBuilder::new("own");
        let chain = builder.chain();
        // A coinbase enote enters at height 10, the next one, where anchor 2 stands.
        builder.extend(&chain, 9, &mut rand::rng());
        let tip = chain.tip();
        let (before, after) = (tip.header().list_length, tip.next_list().length);
        assert_eq!((tip.next_height(), after), (10, before + 1));
        let caps = Caps::new(builder.network(), &tip);
        assert!(caps.free.contains(&after) && !caps.recent.contains(&after));
        // 16 sets of 16, and max(8N, 262,144) positions beside them.
        assert_eq!((caps.most.recent, caps.most.other), (256, 262_144));
        let large = ChainBuilder::with_rows("large", crate::params::NetworkRows { m: 16, ..ChainBuilder::ROWS });
        let caps = Caps::new(large.network(), &large.chain().tip());
        assert_eq!((caps.most.recent, caps.most.other), (16 << 16, 8 << 16));
    }
}
