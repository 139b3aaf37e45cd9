//! The chain as a wallet follows it: validated headers, and the reference list that it appends itself.
//!
//! Nothing is believed. A header must follow its parent, commit to all headers before it and be sealed; a compact
//! form must have the root that the header commits to; and what enters the reference list M blocks later is taken
//! from those compact forms, appended, and compared with the length and the accumulator of each header. So a source
//! that leaves out or invents one enote is found at the next header, and every interval that a proof is made over
//! follows from headers that this wallet validated.
//!
//! A wallet may begin in the middle (`start.rs`): it validates the headers from genesis on, all of them, and takes
//! from the last one before its start where the list stands; the entries before are rehashed to that header.

mod error;
mod list;
mod rows;
mod start;
mod undecided;

use alloc::{sync::Arc, vec::Vec};
use core::ops::Range;

use dero_crypto::membership::{
    ANCHOR_SPACING, Accumulator, Interval, ListView, Reference, ReferenceSet, SetParameters, anchor_height,
};
use dero_ledger::{
    block::{BlockRef, Header, mmr::HeaderNode},
    consensus::{Consensus, Extension, HeaderBranch},
    params::Network,
};

pub use error::ChainError;
use rows::{HeaderRow, Pending};
pub(crate) use undecided::{Step, Undecided};

use crate::store::{Persister, Staged};

/// Enotes of one block that enter the reference list later, Ko ‖ C ‖ T each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Listable {
    /// Unlocked outputs, after M blocks.
    pub outputs: Vec<[u8; 96]>,
    /// How many of `outputs` are return stubs.
    pub stubs: u32,
    /// Coinbase outputs, after M_cb blocks.
    pub coinbase: Vec<[u8; 96]>,
    /// Set where the block does not tell all of `outputs` or their order. They are then the unlocked outputs, the
    /// enotes of the value part, and a place for each stub.
    pub undecided: Option<Undecided>,
}

/// With how many windows before it an open window is compared.
const WINDOWS_BEFORE: u64 = 20;

/// Blocks over which a window filled, and the lower median of the windows before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pace {
    pub(crate) span: u64,
    pub(crate) median: u64,
}

impl Pace {
    /// In less than a quarter of the usual time: somebody may have filled it (protocol 7.5, rule 5).
    pub(crate) fn is_flood(self) -> bool {
        4 * self.span < self.median
    }
}

/// A validated chain by its tip. Everything below stands in the wallet's rows.
#[derive(Debug)]
pub(crate) struct LightChain {
    network: Arc<Network>,
    parameters: SetParameters,
    branch: HeaderBranch,
    /// e(a) of the newest anchor.
    anchored: u64,
    /// The first block whose enotes are known; `None` while only headers are.
    first: Option<u64>,
    /// The newest validated header, if it is above the tip: where it was when the wallet began to scan again.
    kept: Option<u64>,
}

/// A validated header that is not the tip's yet.
pub(crate) struct Validated {
    row: HeaderRow,
    nodes: Vec<HeaderNode>,
}

impl Validated {
    pub(crate) fn new(header: Header, nonce: u64, extension: &Extension) -> Self {
        Self { row: HeaderRow { header, nonce, work: extension.branch.work() }, nodes: extension.nodes.clone() }
    }
}

/// What a height appends.
struct Expected {
    outputs: Vec<[u8; 96]>,
    undecided: Option<Undecided>,
    coinbase: Vec<[u8; 96]>,
}

impl Expected {
    fn len(&self) -> usize {
        self.outputs.len() + self.coinbase.len()
    }
}

impl LightChain {
    /// The chain at genesis, header only.
    pub(crate) fn genesis<P: Persister>(
        network: Arc<Network>,
        genesis: Header,
        rows: &mut Staged<P>,
    ) -> Result<Self, ChainError<P::Error>> {
        let parameters = set_parameters(&network)?;
        let extension = HeaderBranch::genesis(genesis, &network).map_err(|_| ChainError::Damaged("genesis"))?;
        let anchored = extension.branch.tip().list_length;
        let chain = Self { parameters, anchored, branch: extension.branch, network, first: None, kept: None };
        let tip = chain.branch.tip();
        rows::put_header(
            rows,
            &HeaderRow { header: tip.clone(), nonce: 0, work: chain.branch.work() },
            &extension.nodes,
        );
        rows::put_pending(rows, 0, &Listable::default());
        Ok(chain)
    }

    /// The chain at the stored tip `height`; `first` is its first block whose enotes are known, `kept` the newest
    /// validated header.
    pub(crate) fn resume<P: Persister>(
        network: Arc<Network>,
        height: u64,
        first: Option<u64>,
        kept: Option<u64>,
        consensus: &impl Consensus,
        rows: &Staged<P>,
    ) -> Result<Self, ChainError<P::Error>> {
        let parameters = set_parameters(&network)?;
        let anchored = rows::header(rows, last_anchor(height))?.header.list_length;
        Ok(Self { parameters, branch: rows::branch(rows, consensus, height)?, anchored, network, first, kept })
    }

    pub(crate) fn tip(&self) -> BlockRef {
        self.branch.tip_ref()
    }

    pub(crate) fn tip_header(&self) -> &Header {
        self.branch.tip()
    }

    pub(crate) fn branch(&self) -> &HeaderBranch {
        &self.branch
    }

    pub(crate) fn parameters(&self) -> SetParameters {
        self.parameters
    }

    pub(crate) fn network(&self) -> &Arc<Network> {
        &self.network
    }

    /// The newest validated header: above the tip while the wallet scans again.
    pub(crate) fn newest(&self) -> u64 {
        self.kept.unwrap_or(self.tip().height)
    }

    /// [`newest`](Self::newest), if it is above the tip.
    pub(crate) fn kept(&self) -> Option<u64> {
        self.kept
    }

    /// The positions that the next block appends, if only a source can say what stands there.
    pub(crate) fn undecided<P: Persister>(
        &self,
        rows: &Staged<P>,
    ) -> Result<Option<Range<u64>>, ChainError<P::Error>> {
        let (tip, maturity) = (self.branch.tip(), self.network.rows().maturity);
        let Some(from) = (tip.height + 1).checked_sub(maturity) else { return Ok(None) };
        if rows::undecided(rows, from)?.is_none() {
            return Ok(None);
        }
        let appended = self.expected_at(tip.height + 1, rows)?.len() as u64;
        Ok(Some(tip.list_length..tip.list_length.saturating_add(appended)))
    }

    /// Extends the chain by a block; returns the positions that its height appends to the reference list, and what
    /// stands there. `listable` must be what the header's compact form says; `listed` is what a source says of the
    /// positions that are [`undecided`](Self::undecided).
    pub(crate) fn extend<P: Persister>(
        &mut self,
        header: &Header,
        nonce: u64,
        listable: &Listable,
        listed: Option<Vec<[u8; 96]>>,
        consensus: &impl Consensus,
        rows: &mut Staged<P>,
    ) -> Result<Vec<(u64, [u8; 96])>, ChainError<P::Error>> {
        let extension = self.extension(header, nonce, consensus, rows)?;
        let before = self.branch.tip();
        let Expected { mut outputs, undecided, coinbase } = self.expected_at(header.height, rows)?;
        let counted = before.list_length + (outputs.len() + coinbase.len()) as u64;
        let wrong = || ChainError::List { height: header.height, stated: header.list_length, counted };
        if let Some(undecided) = undecided {
            let mut listed = listed.ok_or_else(wrong)?;
            listed.truncate(outputs.len());
            if !undecided.reads(&outputs, &listed) {
                return Err(wrong());
            }
            outputs = listed;
        }
        let entries = [outputs, coinbase].concat();
        let acc = Accumulator(before.acc).extend(before.list_length, &entries);
        if (counted, acc.as_bytes()) != (header.list_length, &header.acc) {
            return Err(wrong());
        }
        list::append(rows, before.list_length, &entries)?;
        let positions = (before.list_length..).zip(entries).collect();
        self.keep_header(header, nonce, extension, rows);
        rows::put_pending(rows, header.height, listable);
        Ok(positions)
    }

    /// What a header makes of the branch. Where the wallet has validated headers before, there is no other one.
    fn extension<P: Persister>(
        &self,
        header: &Header,
        nonce: u64,
        consensus: &impl Consensus,
        rows: &Staged<P>,
    ) -> Result<Extension, ChainError<P::Error>> {
        let extension = self.branch.extend(header, nonce, &self.network, consensus)?;
        let height = header.height;
        if self.kept.is_some_and(|kept| height <= kept) && rows::header(rows, height)?.header != *header {
            return Err(ChainError::Kept { height });
        }
        Ok(extension)
    }

    fn keep_header<P: Persister>(
        &mut self,
        header: &Header,
        nonce: u64,
        extension: Extension,
        rows: &mut Staged<P>,
    ) {
        let row = HeaderRow { header: header.clone(), nonce, work: extension.branch.work() };
        rows::put_header(rows, &row, &extension.nodes);
        if last_anchor(header.height) == header.height {
            self.anchored = header.list_length;
        }
        self.branch = extension.branch;
        self.kept = self.kept.filter(|kept| *kept > header.height);
    }

    /// The branch of the newest validated header.
    pub(crate) fn newest_branch<P: Persister>(
        &self,
        consensus: &impl Consensus,
        rows: &Staged<P>,
    ) -> Result<HeaderBranch, ChainError<P::Error>> {
        match self.kept {
            Some(kept) => rows::branch(rows, consensus, kept),
            None => Ok(self.branch.clone()),
        }
    }

    /// Puts the headers of a better branch in the place of those above `fork`, which is not below the tip.
    pub(crate) fn keep_better<P: Persister>(&mut self, fork: u64, better: Vec<Validated>, rows: &mut Staged<P>) {
        (fork + 1..=self.newest()).for_each(|above| rows::delete_header(rows, above));
        for Validated { row, nodes } in better {
            self.kept = Some(row.header.height);
            rows::put_header(rows, &row, &nodes);
        }
    }

    /// The branch as it was at `height`.
    pub(crate) fn branch_at<P: Persister>(
        &self,
        height: u64,
        consensus: &impl Consensus,
        rows: &Staged<P>,
    ) -> Result<HeaderBranch, ChainError<P::Error>> {
        rows::branch(rows, consensus, height)
    }

    /// Takes blocks away down to `height`. `keeps_headers` if they are to be scanned again: then no source can lead
    /// the wallet to a chain with less work than the one that it had.
    pub(crate) fn roll_back<P: Persister>(
        &mut self,
        height: u64,
        keeps_headers: bool,
        consensus: &impl Consensus,
        rows: &mut Staged<P>,
    ) -> Result<(), ChainError<P::Error>> {
        let branch = rows::branch(rows, consensus, height)?;
        let anchored = rows::header(rows, last_anchor(height))?.header.list_length;
        let newest = self.newest();
        (height + 1..=self.tip().height).for_each(|above| rows::delete_pending(rows, above));
        if keeps_headers {
            self.kept = Some(newest).filter(|newest| *newest > height);
        } else {
            (height + 1..=newest).for_each(|above| rows::delete_header(rows, above));
            self.kept = None;
        }
        if self.keeps_start(height) {
            list::truncate(rows, branch.tip().list_length, self.branch.tip().list_length)?;
        } else {
            self.forget_start(height, rows)?;
        }
        (self.branch, self.anchored) = (branch, anchored);
        Ok(())
    }

    /// What height h appends: outputs of h − M, then the coinbase of h − M_cb (7.5).
    fn expected_at<P: Persister>(&self, height: u64, rows: &Staged<P>) -> Result<Expected, ChainError<P::Error>> {
        let network = self.network.rows();
        let mut expected = Expected { outputs: Vec::new(), undecided: None, coinbase: Vec::new() };
        if let Some(from) = height.checked_sub(network.maturity) {
            expected.outputs = rows::pending(rows, from, Pending::Outputs)?;
            expected.undecided = rows::undecided(rows, from)?;
        }
        if let Some(from) = height.checked_sub(network.coinbase_maturity) {
            expected.coinbase = rows::pending(rows, from, Pending::Coinbase)?;
        }
        Ok(expected)
    }

    /// The stored header at `height`.
    pub(crate) fn header<P: Persister>(
        &self,
        height: u64,
        rows: &Staged<P>,
    ) -> Result<Header, ChainError<P::Error>> {
        if height == self.tip().height {
            return Ok(self.branch.tip().clone());
        }
        Ok(rows::header(rows, height)?.header)
    }

    /// e(a): the length of the list at anchor a, at or below the tip.
    pub(crate) fn anchor_length<P: Persister>(
        &self,
        anchor: u32,
        rows: &Staged<P>,
    ) -> Result<u64, ChainError<P::Error>> {
        Ok(self.header(anchor_height(anchor), rows)?.list_length)
    }

    /// Whether a reference holds this position at the tip: its group is complete, or it is behind the newest anchor.
    pub(crate) fn is_referable(&self, position: u64) -> bool {
        let view = self.list_view();
        let complete = (position / view.parameters.size() + 1) * view.parameters.size() <= view.length;
        complete || position < self.anchored && view.min_length <= self.anchored
    }

    /// The list as a wallet that chooses references sees it.
    pub(crate) fn list_view(&self) -> ListView {
        let tip = self.branch.tip();
        let min_length = self.network.rows().min_set;
        ListView { height: tip.height, length: tip.list_length, parameters: self.parameters, min_length }
    }

    /// The positions of a reference at the tip.
    pub(crate) fn resolve<P: Persister>(
        &self,
        reference: Reference,
        rows: &Staged<P>,
    ) -> Result<Interval, ChainError<P::Error>> {
        reference.resolve(&self.list_view(), |anchor| self.anchor_length(anchor, rows))
    }

    /// Members of a reference set that are neither coinbase nor genesis nor stubs; stubs at its edges count once
    /// too often against it, and what entered before this wallet's start is not counted: nothing says what it is.
    pub(crate) fn ordinary_members<P: Persister>(
        &self,
        reference: Reference,
        rows: &Staged<P>,
    ) -> Result<u64, ChainError<P::Error>> {
        let interval = self.resolve(reference, rows)?;
        let end = interval.start + interval.length;
        let mut height = self.first_height_beyond(interval.start, rows)?.max(1);
        let mut ordinary = 0;
        while height <= self.tip().height {
            let start = self.header(height - 1, rows)?.list_length;
            if start >= end {
                break;
            }
            // Outputs stand before the coinbase of the same height.
            let (outputs, stubs) = match height.checked_sub(self.network.rows().maturity) {
                Some(from) if from >= self.first_pending() => rows::pending_counts(rows, from)?,
                _ => (0, 0),
            };
            let inside = (start + outputs).min(end).saturating_sub(start.max(interval.start));
            ordinary += inside.saturating_sub(stubs);
            height += 1;
        }
        Ok(ordinary)
    }

    /// How many blocks the window of anchor `anchor` took to fill, beside the twenty windows before it. `None` while
    /// there are fewer.
    pub(crate) fn pace<P: Persister>(
        &self,
        anchor: u32,
        rows: &Staged<P>,
    ) -> Result<Option<Pace>, ChainError<P::Error>> {
        let (end, size) = (self.anchor_length(anchor, rows)?, self.parameters.size());
        if end < (WINDOWS_BEFORE + 1) * size {
            return Ok(None);
        }
        let mut last = self.first_height_beyond(end - 1, rows)?;
        let mut spans = Vec::new();
        for window in 0..=WINDOWS_BEFORE {
            let first = self.first_height_beyond(end - (window + 1) * size, rows)?;
            spans.push(last - first);
            last = first;
        }
        let span = spans.remove(0);
        spans.sort_unstable();
        Ok(Some(Pace { span, median: spans[spans.len() / 2 - 1] }))
    }

    /// Resolves a reference at the tip and rehashes its interval between validated headers.
    pub(crate) fn reference_set<P: Persister>(
        &self,
        reference: Reference,
        rows: &Staged<P>,
    ) -> Result<ReferenceSet, ChainError<P::Error>> {
        let interval = self.resolve(reference, rows)?;
        let end = interval.start + interval.length;
        let entries = list::entries(rows, interval.start..end)?;
        let acc_start = self.acc(interval.start, rows)?;
        let acc_end = self.acc(end, rows)?;
        ReferenceSet::rehash(reference.kind(), interval.start, acc_start, acc_end, &entries)
            .map_err(|_| ChainError::Damaged("reference list"))
    }

    /// The first height whose list is longer than `position`: the one before ends at or below it. One above the tip
    /// if there is none.
    fn first_height_beyond<P: Persister>(
        &self,
        position: u64,
        rows: &Staged<P>,
    ) -> Result<u64, ChainError<P::Error>> {
        let (mut low, mut high) = (0, self.tip().height + 1);
        while low < high {
            let middle = low + (high - low) / 2;
            if self.header(middle, rows)?.list_length > position {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        Ok(low)
    }

    /// acc before `position`, rehashed from the newest header at or below it, checked against the next one above.
    fn acc<P: Persister>(&self, position: u64, rows: &Staged<P>) -> Result<Accumulator, ChainError<P::Error>> {
        let low = self.first_height_beyond(position, rows)?;
        let (start, mut acc) = match low.checked_sub(1) {
            Some(height) => {
                let header = self.header(height, rows)?;
                (header.list_length, Accumulator(header.acc))
            }
            None => (0, Accumulator::empty(self.network.id())),
        };
        acc = acc.extend(start, &list::entries(rows, start..position)?);
        if low <= self.tip().height {
            let next = self.header(low, rows)?;
            let rest = acc.extend(position, &list::entries(rows, position..next.list_length)?);
            if rest.as_bytes() != &next.acc {
                return Err(ChainError::Damaged("reference list"));
            }
        }
        Ok(acc)
    }
}

fn set_parameters<E>(network: &Network) -> Result<SetParameters, ChainError<E>> {
    let rows = network.rows();
    let small = |value: u64| u32::try_from(value).unwrap_or(u32::MAX);
    SetParameters::new(small(rows.n), small(rows.m)).map_err(|_| ChainError::Damaged("network parameters"))
}

/// The height of the newest anchor at or below `height`.
fn last_anchor(height: u64) -> u64 {
    height / ANCHOR_SPACING * ANCHOR_SPACING
}
