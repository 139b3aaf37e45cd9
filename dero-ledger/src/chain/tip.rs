//! The newest block of a chain with all that the next block is checked against. Immutable once made.

use alloc::vec::Vec;

use super::ChainError;
use crate::{
    block::{
        BlockRef, Header, MEDIAN_SPAN,
        compact::{CompactBlock, CompactValues, coinbase_entries},
        mmr::{HeaderNode, Mmr, TagNode},
    },
    consensus::{Consensus, HeaderBranch, KEY_INTERVAL, Target, Work},
    params::Network,
    state::{Entry, ReferenceList},
    store::{ListedEnote, StoreError, StoreView, Totals},
};

/// Over how many heights the bound of listed outputs takes its median.
pub(super) const MEDIAN_HEIGHTS: u64 = 1_024;

/// The state after a block.
#[derive(Debug)]
pub struct Tip<V> {
    /// The branch of headers.
    pub(super) branch: HeaderBranch,
    /// The store as of this block.
    pub(super) view: V,
    /// Totals after the block.
    pub(super) totals: Totals,
    /// The tree of all linking tags.
    pub(super) tags: Mmr<TagNode>,
    /// Length of the reference list after each of the last heights, the newest last.
    pub(super) lengths: Vec<u64>,
    /// What enters the list at the next height.
    pub(super) entering: Vec<ListedEnote>,
    /// The list after that.
    pub(super) next_list: ReferenceList,
}

impl<V: StoreView> Tip<V> {
    /// The block.
    #[must_use]
    pub fn block(&self) -> BlockRef {
        self.branch.tip_ref()
    }

    /// Its header.
    #[must_use]
    pub fn header(&self) -> &Header {
        self.branch.tip()
    }

    /// The branch of headers that ends here.
    #[must_use]
    pub fn branch(&self) -> &HeaderBranch {
        &self.branch
    }

    /// Totals after the block.
    #[must_use]
    pub fn totals(&self) -> &Totals {
        &self.totals
    }

    /// The store as of this block.
    #[must_use]
    pub fn view(&self) -> &V {
        &self.view
    }

    /// The reference list after the appends of the next height.
    #[must_use]
    pub fn next_list(&self) -> &ReferenceList {
        &self.next_list
    }

    /// The height of the next block.
    #[must_use]
    pub fn next_height(&self) -> u64 {
        self.header().height + 1
    }

    /// Length of the list after the appends of `height`, if that is one of the last.
    pub(super) fn recent_length(&self, height: u64) -> Option<u64> {
        let back = self.header().height.checked_sub(height)?;
        let from_end = usize::try_from(back).ok()?.checked_add(1)?;
        self.lengths.len().checked_sub(from_end).map(|place| self.lengths[place])
    }

    /// μ of 10.7 for the next block.
    pub(super) fn median_growth(&self) -> u64 {
        median_growth(&self.lengths)
    }

    /// Reads the state after the newest block of `view`, which holds at least genesis.
    pub(super) fn load(view: V, network: &Network, consensus: &impl Consensus) -> Result<Self, ChainError> {
        let tip = view.tip().ok_or(StoreError::Missing { what: "block", at: 0 })?;
        let branch = branch_at(&view, tip.height, consensus)?;
        let totals = view.totals(tip.height)?;
        let tags = Mmr::load(totals.tags, |at| view.tag_node(at).map(TagNode))?;
        let from = tip.height.saturating_sub(MEDIAN_HEIGHTS);
        let headers = view.headers(from..tip.height + 1)?;
        let lengths = headers.iter().map(|(bytes, _)| Header::from_bytes(bytes).list_length).collect();
        Self::new(branch, view, totals, tags, lengths, network)
    }

    /// The state after a block, `lengths` ending with the block's own.
    pub(super) fn new(
        branch: HeaderBranch,
        view: V,
        totals: Totals,
        tags: Mmr<TagNode>,
        mut lengths: Vec<u64>,
        network: &Network,
    ) -> Result<Self, ChainError> {
        let header = branch.tip();
        let mut next_list = ReferenceList {
            length: header.list_length,
            acc: dero_crypto::membership::Accumulator(header.acc),
            anchors: totals.anchors,
        };
        let height = header.height + 1;
        let entering = next_list.enter(height, entries_at(&view, height, network)?);
        let surplus = lengths.len().saturating_sub(MEDIAN_HEIGHTS as usize + 1);
        lengths.drain(..surplus);
        Ok(Self { branch, view, totals, tags, lengths, entering, next_list })
    }
}

/// μ: the lower median of g over the last 1,024 heights, `lengths` being those after each of the last 1,025 heights,
/// or after all heights from 0 on. g is the growth of the list at a height, 0 at genesis and before.
fn median_growth(lengths: &[u64]) -> u64 {
    const HEIGHTS: usize = MEDIAN_HEIGHTS as usize;
    let last = &lengths[lengths.len().saturating_sub(HEIGHTS + 1)..];
    let mut growth: Vec<u64> = last.windows(2).map(|pair| pair[1] - pair[0]).collect();
    growth.resize(HEIGHTS, 0);
    *growth.select_nth_unstable((HEIGHTS - 1) / 2).1
}

/// What enters the reference list at `height`, from the compact forms of blocks before.
fn entries_at(view: &impl StoreView, height: u64, network: &Network) -> Result<Vec<Entry>, ChainError> {
    let rows = network.rows();
    let mut entries = Vec::new();
    // Genesis has no transactions, no receipts and no coinbase.
    if let Some(matured) = height.checked_sub(rows.maturity).filter(|at| *at > 0) {
        let (block, values) = compact(view, matured)?;
        entries.extend(block.unlocked(&values));
        // Without contracts no block has effects.
        let released = block.released(&values, |_, _| None);
        entries.extend(released.map_err(|error| damaged("compact form", matured, &error))?);
    }
    if let Some(matured) = height.checked_sub(rows.coinbase_maturity).filter(|at| *at > 0) {
        entries.extend(coinbase_entries(&compact(view, matured)?.0.coinbase));
    }
    Ok(entries)
}

fn compact(view: &impl StoreView, height: u64) -> Result<(CompactBlock, CompactValues), ChainError> {
    let stored = view.compact(height)?;
    let block = CompactBlock::parse(&stored.scan).map_err(|error| damaged("compact form", height, &error))?;
    let values =
        CompactValues::parse(&stored.values, &block).map_err(|error| damaged("compact form", height, &error))?;
    Ok((block, values))
}

pub(super) fn damaged(what: &str, at: u64, detail: &dyn core::fmt::Display) -> ChainError {
    StoreError::Damaged { what: alloc::format!("{what} {at}"), detail: alloc::format!("{detail}") }.into()
}

/// The branch of headers that ends at `height`.
pub(super) fn branch_at(
    view: &impl StoreView,
    height: u64,
    consensus: &impl Consensus,
) -> Result<HeaderBranch, ChainError> {
    let header_at = |at: u64| -> Result<(Header, u64), ChainError> {
        let found = view.headers(at..at + 1)?;
        let (bytes, nonce) = found.first().ok_or(StoreError::Missing { what: "header", at })?;
        Ok((Header::from_bytes(bytes), *nonce))
    };
    let (tip, nonce) = header_at(height)?;
    let span = (height + 1).saturating_sub(MEDIAN_SPAN)..height + 1;
    let timestamps = view.headers(span)?.iter().map(|(bytes, _)| Header::from_bytes(bytes).timestamp).collect();
    let last_key = height / KEY_INTERVAL * KEY_INTERVAL;
    let keys = [last_key.checked_sub(KEY_INTERVAL), Some(last_key)];
    let keys = keys
        .into_iter()
        .flatten()
        .map(|at| Ok((at, header_at(at)?.0.id())))
        .collect::<Result<Vec<_>, ChainError>>()?;
    let headers = Mmr::load(height + 1, |at| view.header_node(at).map(|node| HeaderNode::from_bytes(&node)))?;
    let work = Work::from_bytes(&view.totals(height)?.work);
    let output = if height == 0 {
        GENESIS_OUTPUT
    } else {
        let target = Target::from_compact(tip.target).map_err(|error| damaged("header", height, &error))?;
        let key_height = crate::consensus::key_height(height);
        let key = header_at(key_height)?.0.id();
        consensus
            .check_seal(&key, &tip.id(), nonce, &target)
            .map_err(|error| damaged("seal of block", height, &error))?
    };
    Ok(HeaderBranch::resume(tip, output, timestamps, keys, headers, work))
}

/// Genesis has no seal; nothing competes with it.
pub(super) const GENESIS_OUTPUT: [u8; 32] = [0xff; 32];

#[cfg(test)]
mod tests {
    use super::*;

    /// Lengths after heights 0, 1, .. with the given growth at heights 1, 2, ..
    fn lengths(growth: impl IntoIterator<Item = u64>) -> Vec<u64> {
        let sums = growth.into_iter().scan(40, |sum, g| {
            *sum += g;
            Some(*sum)
        });
        [40].into_iter().chain(sums).collect()
    }

    #[test]
    fn the_median_is_the_lower_of_the_two_middle_ones() {
        assert_eq!(median_growth(&lengths((0..512).map(|_| 3).chain((0..512).map(|_| 9)))), 3);
        assert_eq!(median_growth(&lengths((0..511).map(|_| 3).chain((0..513).map(|_| 9)))), 9);
    }

    #[test]
    fn heights_before_the_chain_count_as_no_growth_and_genesis_too() {
        assert_eq!(median_growth(&[40]), 0);
        assert_eq!(median_growth(&lengths((0..512).map(|_| 9))), 0);
        assert_eq!(median_growth(&lengths((0..513).map(|_| 9))), 9);
    }

    #[test]
    fn only_the_last_1024_heights_count() {
        let old = (0..5_000).map(|_| 100);
        assert_eq!(median_growth(&lengths(old.clone().chain((0..511).map(|_| 1)))), 100);
        assert_eq!(median_growth(&lengths(old.chain((0..512).map(|_| 1)))), 1);
    }
}
