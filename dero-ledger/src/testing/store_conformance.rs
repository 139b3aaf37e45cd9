//! The contract of [`ChainStore`], as one call.
//!
//! ```
//! use dero_ledger::{store::MemoryStore, testing::store_conformance};
//! store_conformance(MemoryStore::new);
//! ```
//!
//! Every law has a name; a store that breaks one is failed by that name, with the block and the field.

use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};
use core::{
    cell::RefCell,
    fmt,
    ops::Range,
    sync::atomic::{AtomicBool, Ordering},
};
use std::{sync::Barrier, thread};

use super::StoreBlocks;
use crate::{
    block::{BlockId, BlockRef},
    store::{BlockChanges, ChainStore, StoreError, StoreView, Tip, Totals},
};

/// A law of the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoreLaw {
    /// A new store holds nothing.
    StartsEmpty,
    /// Everything of a committed block can be read back.
    LosesNothing,
    /// Lists come back in the order in which they were given.
    KeepsOrder,
    /// What is read is what was committed.
    ChangesNothing,
    /// A view taken after a commit or revert shows it.
    ViewsAreFresh,
    /// A view does not change.
    ViewsStandStill,
    /// A refused commit leaves nothing behind.
    AllOrNothing,
    /// A tag is spent once on a branch.
    TagsOnce,
    /// A block id and a txid stand once on a branch.
    IdsOnce,
    /// A block stands on the tip.
    StandsOnTip,
    /// Lengths and counts follow from the tip.
    TotalsFollow,
    /// A reverted block leaves nothing behind.
    RevertsWholly,
    /// After a reorganisation the store reads like one that saw only the winning branch.
    ForgetsBranches,
    /// Reads beyond the end are refused as missing.
    EndsWhereItEnds,
    /// Of two commits on one tip, one is refused.
    OneWriter,
    /// Views taken while blocks come and go show whole states.
    WholeStates,
    /// What was committed is there after the store was closed and opened.
    Survives,
}

impl StoreLaw {
    /// The fault of a store that breaks the law.
    #[must_use]
    pub fn fault(self) -> &'static str {
        match self {
            Self::StartsEmpty => "a new store is not empty",
            Self::LosesNothing => "lost write",
            Self::KeepsOrder => "reordered batch",
            Self::ChangesNothing => "changed bytes",
            Self::ViewsAreFresh => "stale snapshot",
            Self::ViewsStandStill => "moving snapshot",
            Self::AllOrNothing => "partial batch",
            Self::TagsOnce => "spent tag accepted",
            Self::IdsOnce => "repeated id accepted",
            Self::StandsOnTip => "foreign parent accepted",
            Self::TotalsFollow => "wrong totals accepted",
            Self::RevertsWholly => "incomplete revert",
            Self::ForgetsBranches => "remains of a lost branch",
            Self::EndsWhereItEnds => "read beyond the end",
            Self::OneWriter => "two writers",
            Self::WholeStates => "torn read",
            Self::Survives => "lost at reopening",
        }
    }
}

/// The law that a store breaks, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreFailure {
    /// The law.
    pub law: StoreLaw,
    /// The block, the field, the difference.
    pub detail: String,
}

impl fmt::Display for StoreFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.law.fault(), self.detail)
    }
}

impl core::error::Error for StoreFailure {}

/// Panics with the name of the first law that the stores of `make` break. `make` returns a new, empty store.
///
/// # Panics
///
/// If the store is broken.
pub fn store_conformance<S: ChainStore>(make: impl Fn() -> S) {
    if let Err(failure) = check_store(make) {
        panic!("the store breaks its contract: {failure}");
    }
}

/// [`store_conformance`] for a store that outlives the process, and that it does.
///
/// `place` returns a new, empty place; `open` opens the store there.
///
/// # Panics
///
/// If the store is broken.
pub fn durable_store_conformance<P, S: ChainStore>(place: impl Fn() -> P, open: impl Fn(&P) -> S) {
    if let Err(failure) = check_durable_store(place, open) {
        panic!("the store breaks its contract: {failure}");
    }
}

/// Reads everything that `view` can give and compares it with the blocks of `branch`, genesis first.
///
/// # Errors
///
/// [`StoreFailure`] names the block and the field that differ.
pub fn check_contents<V: StoreView>(view: &V, branch: &[BlockChanges]) -> Result<(), StoreFailure> {
    compare(view, &branch.iter().collect::<Vec<_>>(), &[])?;
    ends_where_it_ends(view, branch)
}

/// The first law that the stores of `make` break.
///
/// # Errors
///
/// [`StoreFailure`] names the law.
pub fn check_store<S: ChainStore>(make: impl Fn() -> S) -> Result<(), StoreFailure> {
    starts_empty(&make())?;
    reads_back(&make())?;
    refuses(&make())?;
    views_stand_still(&make())?;
    reverts_and_reorganises(&make())?;
    has_one_writer(&make())?;
    shows_whole_states(&make())
}

/// The first law that the stores of `open` break, durability included.
///
/// # Errors
///
/// [`StoreFailure`] names the law.
pub fn check_durable_store<P, S: ChainStore>(
    place: impl Fn() -> P,
    open: impl Fn(&P) -> S,
) -> Result<(), StoreFailure> {
    let places = RefCell::new(Vec::new());
    check_store(|| {
        let place = place();
        let store = open(&place);
        places.borrow_mut().push(place);
        store
    })?;
    places.borrow_mut().clear();

    let place = place();
    let blocks = StoreBlocks::small(7);
    let branch = blocks.chain(None, 0..8);
    let mut stands: Vec<&BlockChanges> = Vec::new();
    for (count, block) in branch.iter().enumerate() {
        let store = open(&place);
        survived(&store, &stands, "before a commit")?;
        commit(&store, block, StoreLaw::LosesNothing)?;
        stands.push(block);
        if count % 3 == 2 {
            revert(&store)?;
            stands.pop();
            drop(store);
            let store = open(&place);
            survived(&store, &stands, "after a revert")?;
            commit(&store, block, StoreLaw::RevertsWholly)?;
            stands.push(block);
        }
    }
    survived(&open(&place), &stands, "at the end")
}

fn survived<S: ChainStore>(store: &S, branch: &[&BlockChanges], when: &str) -> Result<(), StoreFailure> {
    let found = compare(&view(store)?, branch, &[]);
    found.map_err(|difference| fail(StoreLaw::Survives, format!("opened {when}: {}", difference.detail)))
}

fn starts_empty<S: ChainStore>(store: &S) -> Result<(), StoreFailure> {
    let foreign = StoreBlocks::small(1).block(None, 0);
    compare(&view(store)?, &[], &[&foreign])
        .map_err(|difference| fail(StoreLaw::StartsEmpty, difference.detail))?;
    match store.revert() {
        Err(StoreError::Missing { .. }) => Ok(()),
        other => Err(fail(StoreLaw::StartsEmpty, format!("revert of an empty store: {other:?}"))),
    }
}

fn reads_back<S: ChainStore>(store: &S) -> Result<(), StoreFailure> {
    let branch = StoreBlocks { seed: 2, entries: 0..=9, body: 0..=5000 }.chain(None, 0..24);
    let mut stands = Vec::new();
    for block in &branch {
        commit(store, block, StoreLaw::LosesNothing)?;
        stands.push(block);
        let view = view(store)?;
        shows(&view, block.block)?;
        compare(&view, &stands, &[])?;
    }
    store.flush().map_err(|error| fail(StoreLaw::LosesNothing, format!("flush: {error}")))?;
    compare(&view(store)?, &stands, &[])?;
    ends_where_it_ends(&view(store)?, &branch)
}

fn ends_where_it_ends<V: StoreView>(view: &V, branch: &[BlockChanges]) -> Result<(), StoreFailure> {
    let Some(tip) = branch.last() else { return Ok(()) };
    let above = tip.block.height + 1;
    let Totals { list_length, header_nodes, tag_nodes, .. } = tip.totals;
    for (what, answer) in [
        ("totals", view.totals(above).err()),
        ("headers", view.headers(above - 1..above + 1).err()),
        ("headers far above", view.headers(u64::MAX - 1..u64::MAX).err()),
        ("block", view.block(above).err()),
        ("block far above", view.block(u64::MAX).err()),
        ("compact form", view.compact(above).err()),
        ("listed enotes", view.listed(0..list_length + 1).err()),
        ("listed enotes far above", view.listed(u64::MAX - 1..u64::MAX).err()),
        ("header node", view.header_node(header_nodes).err()),
        ("header node far above", view.header_node(u64::MAX).err()),
        ("tag node", view.tag_node(tag_nodes).err()),
    ] {
        if !matches!(answer, Some(StoreError::Missing { .. })) {
            return Err(fail(StoreLaw::EndsWhereItEnds, format!("{what}: {answer:?} instead of missing")));
        }
    }
    for (what, length) in [
        ("headers", view.headers(above..above).map(|found| found.len())),
        ("listed enotes", view.listed(list_length + 7..list_length + 7).map(|found| found.len())),
    ] {
        if !matches!(length, Ok(0)) {
            return Err(fail(StoreLaw::EndsWhereItEnds, format!("{what} of an empty range: {length:?}")));
        }
    }
    Ok(())
}

fn refuses<S: ChainStore>(store: &S) -> Result<(), StoreFailure> {
    let blocks = StoreBlocks { seed: 3, entries: 2..=5, body: 1..=100 };
    let branch = blocks.chain(None, 0..6);
    let first = blocks.block(tip(&branch[..1]), 1);

    // Genesis itself can be refused.
    refused(store, &[], &first, StoreLaw::StandsOnTip, |error| matches!(error, StoreError::NotOnTip { .. }))?;
    let mut high = branch[0].clone();
    high.block.height = 1;
    refused(store, &[], &high, StoreLaw::TotalsFollow, |error| matches!(error, StoreError::Totals { .. }))?;
    for block in &branch {
        commit(store, block, StoreLaw::LosesNothing)?;
    }
    let stands: Vec<&BlockChanges> = branch.iter().collect();
    let next = blocks.block(tip(&branch), 6);

    type Wrong = (StoreLaw, fn(&mut BlockChanges, &[BlockChanges]), fn(&StoreError) -> bool);
    let wrongs: [Wrong; 17] = [
        (StoreLaw::StandsOnTip, |b, _| b.parent = None, not_on_tip),
        (StoreLaw::StandsOnTip, |b, chain| b.parent = Some(chain[4].block), not_on_tip),
        (
            StoreLaw::StandsOnTip,
            |b, _| b.parent = b.parent.map(|p| BlockRef { height: p.height + 1, ..p }),
            not_on_tip,
        ),
        (StoreLaw::StandsOnTip, |b, _| b.parent = b.parent.map(|p| BlockRef { id: b.block.id, ..p }), not_on_tip),
        (StoreLaw::TotalsFollow, |b, _| b.block.height += 1, totals),
        (StoreLaw::TotalsFollow, |b, _| b.block.height = 0, totals),
        (StoreLaw::TotalsFollow, |b, _| b.totals.list_length += 1, totals),
        (StoreLaw::TotalsFollow, |b, _| b.totals.tags -= 1, totals),
        (StoreLaw::TotalsFollow, |b, _| b.totals.header_nodes += 1, totals),
        (StoreLaw::TotalsFollow, |b, _| b.totals.tag_nodes = 0, totals),
        (StoreLaw::TagsOnce, |b, _| b.tags[0] = b.tags[1], spent),
        (StoreLaw::TagsOnce, |b, chain| b.tags[0] = chain[0].tags[1], spent),
        (StoreLaw::TagsOnce, |b, chain| *last(&mut b.tags) = *last(&mut chain[5].tags.clone()), spent),
        (StoreLaw::IdsOnce, |b, _| b.txids[0] = b.txids[1], repeated),
        (StoreLaw::IdsOnce, |b, chain| *last(&mut b.txids) = chain[1].txids[0], repeated),
        (StoreLaw::IdsOnce, |b, chain| b.block.id = chain[2].block.id, repeated),
        (StoreLaw::IdsOnce, |b, chain| b.block.id = chain[5].block.id, repeated),
    ];
    for (law, spoil, expected) in wrongs {
        let mut wrong = next.clone();
        spoil(&mut wrong, &branch);
        refused(store, &stands, &wrong, law, expected)?;
    }
    // What was refused for its faults alone is welcome without them.
    commit(store, &next, StoreLaw::AllOrNothing)?;
    let stands: Vec<&BlockChanges> = branch.iter().chain([&next]).collect();
    compare(&view(store)?, &stands, &[]).map_err(|difference| fail(StoreLaw::AllOrNothing, difference.detail))
}

fn last(list: &mut [[u8; 32]]) -> &mut [u8; 32] {
    list.last_mut().expect("the generator makes at least two entries")
}
fn not_on_tip(error: &StoreError) -> bool {
    matches!(error, StoreError::NotOnTip { .. })
}
fn totals(error: &StoreError) -> bool {
    matches!(error, StoreError::Totals { .. })
}
fn spent(error: &StoreError) -> bool {
    matches!(error, StoreError::TagSpent { .. })
}
fn repeated(error: &StoreError) -> bool {
    matches!(error, StoreError::Repeated { .. })
}

fn refused<S: ChainStore>(
    store: &S,
    stands: &[&BlockChanges],
    wrong: &BlockChanges,
    law: StoreLaw,
    expected: impl Fn(&StoreError) -> bool,
) -> Result<(), StoreFailure> {
    match store.commit(wrong) {
        Err(error) if expected(&error) => {}
        Err(error) => return Err(fail(law, format!("refused for another reason: {error}"))),
        Ok(()) => return Err(fail(law, format!("block {:?} on {:?}", wrong.block, wrong.parent))),
    }
    compare(&view(store)?, stands, &[wrong])
        .map_err(|difference| fail(StoreLaw::AllOrNothing, format!("{}: {}", law.fault(), difference.detail)))
}

fn views_stand_still<S: ChainStore>(store: &S) -> Result<(), StoreFailure> {
    let blocks = StoreBlocks::small(4);
    let branch = blocks.chain(None, 0..10);
    let stands: Vec<&BlockChanges> = branch.iter().collect();
    let mut views = alloc::vec![(view(store)?, 0)];
    for (count, block) in branch.iter().enumerate() {
        commit(store, block, StoreLaw::LosesNothing)?;
        views.push((view(store)?, count + 1));
    }
    // Down to genesis and below it, another branch over it, and down and up once more.
    let rival = blocks.chain(None, 100..112);
    let still = |views: &[(S::View, usize)], when: &str| {
        views.iter().try_for_each(|(view, count)| {
            compare(view, &stands[..*count], &[&rival[0], &rival[11]]).map_err(|difference| {
                let detail = format!("a view of {count} blocks, {when}: {}", difference.detail);
                fail(StoreLaw::ViewsStandStill, detail)
            })
        })
    };
    still(&views, "after later commits")?;
    for _ in &branch {
        revert(store)?;
        still(&views, "after a revert")?;
    }
    for block in &rival {
        commit(store, block, StoreLaw::RevertsWholly)?;
    }
    still(&views, "under another branch")?;
    for _ in &rival[3..] {
        revert(store)?;
    }
    for block in &rival[3..] {
        commit(store, block, StoreLaw::RevertsWholly)?;
    }
    still(&views, "after a reorganisation of the other branch")
}

fn reverts_and_reorganises<S: ChainStore>(store: &S) -> Result<(), StoreFailure> {
    let blocks = StoreBlocks::small(5);
    let mut branch = blocks.chain(None, 0..14);
    for block in &branch {
        commit(store, block, StoreLaw::LosesNothing)?;
    }
    for depth in 1..=11 {
        let lost = branch.split_off(branch.len() - depth);
        for (count, block) in lost.iter().enumerate().rev() {
            let parent = revert(store)?;
            let expected: Vec<_> = branch.iter().chain(&lost[..count]).collect();
            if parent != expected.last().map(|block| block.block) {
                return Err(fail(StoreLaw::RevertsWholly, format!("revert of {:?} says {parent:?}", block.block)));
            }
            let view = view(store)?;
            if view.tip() != parent {
                let detail = format!("the view shows {:?} after a revert to {parent:?}", view.tip());
                return Err(fail(StoreLaw::ViewsAreFresh, detail));
            }
            compare(&view, &expected, &[block])
                .map_err(|difference| fail(StoreLaw::RevertsWholly, difference.detail))?;
        }
        // The rival spends what the lost blocks spent, as a real one would, and is one block longer.
        let mut rival = Vec::new();
        for count in 0..=depth {
            let base: Vec<_> = branch.iter().chain(&rival).cloned().collect();
            let mut block = blocks.block(tip(&base), 1000 * depth as u64 + count as u64);
            if let Some(lost) = lost.get(count) {
                block.totals.tags += lost.tags.len() as u64;
                block.tags.extend(&lost.tags);
                block.txids.extend(&lost.txids);
            }
            commit(store, &block, StoreLaw::RevertsWholly)?;
            rival.push(block);
        }
        branch.append(&mut rival);
        let stands: Vec<_> = branch.iter().collect();
        let foreign: Vec<_> = lost.iter().collect();
        compare(&view(store)?, &stands, &foreign)
            .map_err(|difference| fail(StoreLaw::ForgetsBranches, difference.detail))?;
    }
    for _ in &branch {
        revert(store)?;
    }
    let foreign: Vec<_> = branch.iter().collect();
    compare(&view(store)?, &[], &foreign).map_err(|difference| fail(StoreLaw::RevertsWholly, difference.detail))?;
    // Genesis of the same store again.
    commit(store, &branch[0], StoreLaw::RevertsWholly)
}

fn has_one_writer<S: ChainStore>(store: &S) -> Result<(), StoreFailure> {
    let blocks = StoreBlocks::small(6);
    let mut branch = blocks.chain(None, 0..1);
    commit(store, &branch[0], StoreLaw::LosesNothing)?;
    for round in 0..8 {
        // Two rivals, or one block twice.
        let salts = if round % 2 == 0 { [10 + round, 20 + round] } else { [30 + round; 2] };
        let rivals = salts.map(|salt| blocks.block(tip(&branch), salt));
        let start = Barrier::new(2);
        let answers: Vec<_> = thread::scope(|scope| {
            let handles = rivals.each_ref().map(|rival| {
                let start = &start;
                scope.spawn(move || {
                    start.wait();
                    store.commit(rival)
                })
            });
            handles.into_iter().map(|handle| handle.join().expect("commit does not panic")).collect()
        });
        let winner = match answers.as_slice() {
            [Ok(()), Err(StoreError::NotOnTip { .. })] => 0,
            [Err(StoreError::NotOnTip { .. }), Ok(())] => 1,
            other => return Err(fail(StoreLaw::OneWriter, format!("two commits on one tip: {other:?}"))),
        };
        let [first, second] = rivals;
        let (won, lost) = if winner == 0 { (first, second) } else { (second, first) };
        branch.push(won);
        let stands: Vec<_> = branch.iter().collect();
        compare(&view(store)?, &stands, &[&lost])
            .map_err(|difference| fail(StoreLaw::OneWriter, difference.detail))?;
    }
    Ok(())
}

fn shows_whole_states<S: ChainStore>(store: &S) -> Result<(), StoreFailure> {
    let blocks = StoreBlocks::small(8);
    let trunk = blocks.chain(None, 0..4);
    let branches = [100, 200].map(|salt| blocks.chain(tip(&trunk), salt..salt + 5));
    for block in &trunk {
        commit(store, block, StoreLaw::LosesNothing)?;
    }
    let write = || -> Result<(), StoreFailure> {
        for branch in branches.iter().cycle().take(8) {
            for block in branch {
                commit(store, block, StoreLaw::RevertsWholly)?;
            }
            for _ in branch {
                revert(store)?;
            }
        }
        Ok(())
    };
    let read = || -> Result<(), StoreFailure> {
        let view = view(store)?;
        let seen = view.tip();
        let place = |branch: &Vec<BlockChanges>| branch.iter().position(|block| Some(block.block) == seen);
        let (branch, count) = branches
            .iter()
            .find_map(|branch| place(branch).map(|index| (branch.as_slice(), index + 1)))
            .unwrap_or((&[], 0));
        let stands: Vec<_> = trunk.iter().chain(&branch[..count]).collect();
        compare(&view, &stands, &[])
            .map_err(|difference| fail(StoreLaw::WholeStates, format!("beside a writer: {}", difference.detail)))
    };
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let writer = scope.spawn(write);
        let readers = [0, 1].map(|_| {
            scope.spawn(|| {
                while !done.load(Ordering::Acquire) {
                    read()?;
                }
                read()
            })
        });
        let written = writer.join();
        done.store(true, Ordering::Release);
        let answers = readers.map(|reader| reader.join().expect("a reader does not panic"));
        answers.into_iter().collect::<Result<(), _>>()?;
        written.expect("a writer does not panic")
    })
}

fn commit<S: ChainStore>(store: &S, block: &BlockChanges, law: StoreLaw) -> Result<(), StoreFailure> {
    store.commit(block).map_err(|error| fail(law, format!("block {:?} is refused: {error}", block.block)))
}

fn revert<S: ChainStore>(store: &S) -> Result<Option<BlockRef>, StoreFailure> {
    store.revert().map_err(|error| fail(StoreLaw::RevertsWholly, format!("revert: {error}")))
}

fn view<S: ChainStore>(store: &S) -> Result<S::View, StoreFailure> {
    store.view().map_err(|error| fail(StoreLaw::LosesNothing, format!("view: {error}")))
}

fn shows<V: StoreView>(view: &V, block: BlockRef) -> Result<(), StoreFailure> {
    if view.tip() == Some(block) {
        return Ok(());
    }
    Err(fail(StoreLaw::ViewsAreFresh, format!("the view shows {:?} after a commit of {block:?}", view.tip())))
}

fn tip(branch: &[BlockChanges]) -> Option<Tip> {
    branch.last().map(|block| (block.block, block.totals))
}

fn fail(law: StoreLaw, detail: String) -> StoreFailure {
    StoreFailure { law, detail }
}

/// Reads everything and compares it with `branch`; of `foreign` blocks nothing may be found that is not on it.
fn compare<V: StoreView>(
    view: &V,
    branch: &[&BlockChanges],
    foreign: &[&BlockChanges],
) -> Result<(), StoreFailure> {
    let tip = branch.last().map(|block| block.block);
    if view.tip() != tip {
        return Err(fail(StoreLaw::LosesNothing, format!("the tip is {:?}, not {tip:?}", view.tip())));
    }
    for block in branch {
        let height = block.block.height;
        let at = |field: &str| format!("{field} of block {height}");
        same(at("totals"), view.totals(height), &block.totals)?;
        let stored = read(at("block"), view.block(height))?;
        same(at("header"), Ok(stored.header), &block.header)?;
        same(at("nonce"), Ok(stored.nonce), &block.nonce)?;
        bytes(at("body"), &stored.body, &block.body)?;
        let compact = read(at("compact form"), view.compact(height))?;
        bytes(at("scan part"), &compact.scan, &block.compact_scan)?;
        bytes(at("value part"), &compact.values, &block.compact_values)?;
        stands_at(at("id"), view.height_of(&block.block.id), height)?;
        let spent = read(at("tags"), view.spent(&block.tags))?;
        same(at("number of tags"), Ok(spent.len()), &block.tags.len())?;
        for found in spent {
            stands_at(at("tag"), Ok(found), height)?;
        }
        let places: Result<Vec<_>, _> = block.txids.iter().map(|txid| view.transaction(txid)).collect();
        let places: Vec<_> = read(at("transactions"), places)?.into_iter().flatten().collect();
        let expected: Vec<_> = block.txids.iter().zip(0..).map(|(_, place)| (height, place)).collect();
        in_order(&at("transactions"), &places, &expected)?;
    }
    let headers: Vec<_> = branch.iter().map(|block| (block.header, block.nonce)).collect();
    list("headers", &headers, |range| view.headers(range))?;
    let listed: Vec<_> = branch.iter().flat_map(|block| block.listed.iter().copied()).collect();
    list("listed enotes", &listed, |range| view.listed(range))?;
    let nodes: Vec<_> = branch.iter().flat_map(|block| block.header_nodes.iter().copied()).collect();
    list("header nodes", &nodes, |range| range.map(|at| view.header_node(at)).collect())?;
    let nodes: Vec<_> = branch.iter().flat_map(|block| block.tag_nodes.iter().copied()).collect();
    list("tag nodes", &nodes, |range| range.map(|at| view.tag_node(at)).collect())?;

    let stands = |id: &BlockId| branch.iter().any(|block| block.block.id == *id);
    for block in foreign {
        let ghost = |what: &str| fail(StoreLaw::ForgetsBranches, format!("{what} of {:?} is there", block.block));
        if !stands(&block.block.id) && read("foreign id".to_string(), view.height_of(&block.block.id))?.is_some() {
            return Err(ghost("the id"));
        }
        let known: Vec<_> = branch.iter().flat_map(|block| &block.tags).collect();
        let tags: Vec<_> = block.tags.iter().filter(|tag| !known.contains(tag)).copied().collect();
        same("foreign tags".to_string(), view.spent(&tags), &alloc::vec![None; tags.len()])
            .map_err(|_| ghost("a tag"))?;
        for txid in &block.txids {
            let known = branch.iter().any(|block| block.txids.contains(txid));
            if !known && read("foreign transaction".to_string(), view.transaction(txid))?.is_some() {
                return Err(ghost("a transaction"));
            }
        }
    }
    Ok(())
}

fn read<T>(what: String, answer: Result<T, StoreError>) -> Result<T, StoreFailure> {
    answer.map_err(|error| fail(StoreLaw::LosesNothing, format!("{what}: {error}")))
}

fn same<T: PartialEq + fmt::Debug>(
    what: String,
    answer: Result<T, StoreError>,
    expected: &T,
) -> Result<(), StoreFailure> {
    let found = read(what.clone(), answer)?;
    if found == *expected {
        return Ok(());
    }
    let (found, expected) = (format!("{found:?}"), format!("{expected:?}"));
    Err(fail(StoreLaw::ChangesNothing, format!("{what}: {found:.80} instead of {expected:.80}")))
}

/// Bytes that came back as none at all were lost; as others, changed.
fn bytes(what: String, found: &[u8], expected: &[u8]) -> Result<(), StoreFailure> {
    if found.is_empty() && !expected.is_empty() {
        return Err(fail(StoreLaw::LosesNothing, format!("{what}: nothing instead of {} bytes", expected.len())));
    }
    same(what, Ok(found), &expected)
}

/// Something looked up by its id must be where it was put.
fn stands_at<T: PartialEq + fmt::Debug>(
    what: String,
    answer: Result<Option<T>, StoreError>,
    expected: T,
) -> Result<(), StoreFailure> {
    match read(what.clone(), answer)? {
        Some(found) => same(what, Ok(found), &expected),
        None => Err(fail(StoreLaw::LosesNothing, format!("{what}: not found"))),
    }
}

/// A list must come back whole, in pieces, and in order.
fn list<T: PartialEq>(
    what: &str,
    expected: &[T],
    get: impl Fn(Range<u64>) -> Result<Vec<T>, StoreError>,
) -> Result<(), StoreFailure> {
    let length = expected.len();
    let pieces = [0..length, 0..length / 2, length / 2..length, length / 3..2 * length / 3, 0..0];
    for piece in pieces.into_iter().chain(length.checked_sub(1).map(|end| end..length)) {
        let found = read(what.to_string(), get(piece.start as u64..piece.end as u64))?;
        in_order(&format!("{what} {piece:?}"), &found, &expected[piece])?;
    }
    Ok(())
}

fn in_order<T: PartialEq>(what: &str, found: &[T], expected: &[T]) -> Result<(), StoreFailure> {
    if found == expected {
        return Ok(());
    }
    let law = if found.len() != expected.len() {
        StoreLaw::LosesNothing
    } else if expected.iter().all(|entry| found.contains(entry)) {
        StoreLaw::KeepsOrder
    } else {
        StoreLaw::ChangesNothing
    };
    let equal = found.iter().zip(expected).take_while(|(a, b)| a == b).count();
    let detail = format!("{what}: {} of {} entries, other from entry {equal} on", found.len(), expected.len());
    Err(fail(law, detail))
}
