//! Following a source to its tip.

use alloc::vec::Vec;
use core::cmp::Ordering;

use dero_ledger::{
    block::{
        BlockRef, Header,
        compact::{CompactBlock, CompactValues},
        compact_root, values_digest,
    },
    consensus::{Consensus, HeaderBranch},
    source::ChainSource,
    store::StoredCompact,
};

use super::{Progress, Trial, trial::trial};
use crate::{
    chain::ChainError,
    store::Persister,
    wallet::{Applied, Wallet},
};

/// Blocks asked for at once.
const WINDOW: u64 = 200;
/// Headers asked for at once while a fork is looked for.
const HEADERS: u64 = 2000;
/// The deepest reorganisation that a wallet follows without being asked.
const MAX_REORGANISATION: u64 = 360;

/// Why a scan stopped. Everything scanned before it is kept.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SyncError<E, S> {
    /// The source could not be reached or did not answer.
    #[error("the node did not answer: {0}")]
    Source(S),
    /// A block of the source does not follow, or the wallet's own rows failed.
    #[error(transparent)]
    Chain(#[from] ChainError<E>),
    /// The source gave up part of the chain that it had offered.
    #[error("the node has no block {height}, though it says its tip is {tip}")]
    Missing {
        /// What was asked for.
        height: u64,
        /// The tip that it names.
        tip: u64,
    },
    /// The source's branch leaves the wallet's chain too far back.
    #[error("the node follows a chain that left this wallet's {depth} blocks ago: check the network, or restore")]
    TooDeep {
        /// Blocks that would be taken away.
        depth: u64,
    },
    /// A block lies too far in the future of the wallet's clock.
    #[error("block {height} lies in the future: check this machine's clock, or try again later")]
    Future {
        /// The block.
        height: u64,
    },
}

/// What a scan did.
#[derive(Clone, Debug, Default)]
pub struct SyncReport {
    /// Blocks taken away because the source follows a better branch.
    pub rolled_back: u64,
    /// Blocks scanned.
    pub blocks: u64,
    /// Enotes tried.
    pub enotes: u64,
    /// What the blocks held for this wallet, by height.
    pub applied: Vec<(u64, Applied)>,
}

impl<P: Persister, C: Consensus> Wallet<P, C> {
    /// Follows `source` to its tip. `now` is the wallet's clock in seconds since 1970; `progress` is called after
    /// every window of blocks, when everything so far is stored.
    ///
    /// # Errors
    ///
    /// [`SyncError`]. Where it [blames the source](ChainError::blames_source) the caller asks another one.
    pub async fn sync<S: ChainSource>(
        &mut self,
        source: &S,
        now: u64,
        mut progress: impl FnMut(Progress),
    ) -> Result<SyncReport, SyncError<P::Error, S::Error>> {
        let tip = source.tip().await.map_err(SyncError::Source)?;
        let mut report = SyncReport::default();
        let fork = self.fork(source, tip).await?;
        if fork < self.tip().height {
            if !self.is_better(source, fork, tip).await? {
                return Ok(report);
            }
            report.rolled_back = self.tip().height - fork;
            self.roll_back(fork)?;
        }
        let from = self.chain().tip_header().list_length;
        let mut state = Progress { tip: tip.height, ..Progress::default() };
        if tip.height > self.tip().height {
            let newest = self.one_header(source, tip).await?;
            state.total = newest.list_length.saturating_sub(from);
        }
        while self.tip().height < tip.height {
            self.window(source, tip, now, &mut report).await?;
            self.checkpoint()?;
            state.done = report.enotes;
            state.total = state.total.max(report.enotes);
            state.height = self.tip().height;
            state.found = report.applied.iter().map(|(_, applied)| applied.recognised.len() as u64).sum();
            progress(state);
        }
        Ok(report)
    }

    /// The newest height at which the source has the wallet's block.
    async fn fork<S: ChainSource>(&self, source: &S, tip: BlockRef) -> Result<u64, SyncError<P::Error, S::Error>> {
        let own = self.tip();
        let mut height = own.height.min(tip.height);
        let mut step = 1;
        loop {
            let theirs = self.header_of(source, height, tip.height).await?;
            if theirs.id() == self.own_header(height)?.id() {
                // Between here and the height before the last step it diverges: walk up.
                return self.walk_up(source, height, own.height.min(tip.height)).await;
            }
            let depth = own.height - height;
            if height == 0 || depth > MAX_REORGANISATION {
                return Err(SyncError::TooDeep { depth });
            }
            height = height.saturating_sub(step);
            step *= 2;
        }
    }

    async fn walk_up<S: ChainSource>(
        &self,
        source: &S,
        mut agreed: u64,
        end: u64,
    ) -> Result<u64, SyncError<P::Error, S::Error>> {
        while agreed < end {
            let headers = source.headers(agreed + 1..end + 1).await.map_err(SyncError::Source)?;
            if headers.is_empty() {
                break;
            }
            for (bytes, _) in headers {
                if Header::from_bytes(&bytes).id() != self.own_header(agreed + 1)?.id() {
                    return Ok(agreed);
                }
                agreed += 1;
            }
        }
        Ok(agreed)
    }

    /// Whether the source's branch from `fork` on has more work than the wallet's: its headers are validated before
    /// anything is taken away.
    async fn is_better<S: ChainSource>(
        &self,
        source: &S,
        fork: u64,
        tip: BlockRef,
    ) -> Result<bool, SyncError<P::Error, S::Error>> {
        let mut branch: HeaderBranch = self.branch_at(fork)?;
        while branch.tip().height < tip.height {
            let from = branch.tip().height + 1;
            let headers =
                source.headers(from..tip.height.min(from + HEADERS - 1) + 1).await.map_err(SyncError::Source)?;
            if headers.is_empty() {
                return Err(SyncError::Missing { height: from, tip: tip.height });
            }
            for (bytes, nonce) in headers {
                let header = Header::from_bytes(&bytes);
                let extension = branch.extend(&header, nonce, self.network(), self.consensus());
                branch = extension.map_err(ChainError::from)?.branch;
            }
        }
        Ok(self.consensus().compare(&branch.candidate(), &self.chain().branch().candidate()) == Ordering::Greater)
    }

    async fn header_of<S: ChainSource>(
        &self,
        source: &S,
        height: u64,
        tip: u64,
    ) -> Result<Header, SyncError<P::Error, S::Error>> {
        let headers = source.headers(height..height + 1).await.map_err(SyncError::Source)?;
        headers.first().map(|(bytes, _)| Header::from_bytes(bytes)).ok_or(SyncError::Missing { height, tip })
    }

    async fn one_header<S: ChainSource>(
        &self,
        source: &S,
        tip: BlockRef,
    ) -> Result<Header, SyncError<P::Error, S::Error>> {
        self.header_of(source, tip.height, tip.height).await
    }

    /// Downloads, checks, tries and applies the next blocks.
    async fn window<S: ChainSource>(
        &mut self,
        source: &S,
        tip: BlockRef,
        now: u64,
        report: &mut SyncReport,
    ) -> Result<(), SyncError<P::Error, S::Error>> {
        let from = self.tip().height + 1;
        let range = from..(from + WINDOW).min(tip.height + 1);
        let headers = source.headers(range.clone()).await.map_err(SyncError::Source)?;
        let compact = source.compact(range).await.map_err(SyncError::Source)?;
        if headers.is_empty() || compact.is_empty() {
            return Err(SyncError::Missing { height: from, tip: tip.height });
        }
        let blocks = headers.into_iter().map(|(bytes, nonce)| (Header::from_bytes(&bytes), nonce)).zip(compact);
        let blocks: Vec<((Header, u64), StoredCompact)> = blocks.collect();
        let trials = self.try_all(&blocks);
        for (((header, nonce), _), trial) in blocks.iter().zip(trials) {
            if header.held_back_until(now).is_some() {
                return Err(SyncError::Future { height: header.height });
            }
            let trial = trial.ok_or(ChainError::Compact { height: header.height })?;
            report.enotes += trial.tried;
            let applied = self.apply(header, *nonce, trial)?;
            report.blocks += 1;
            if applied != Applied::default() {
                report.applied.push((header.height, applied));
            }
        }
        Ok(())
    }

    /// Checks the compact forms against their headers and tries their enotes, one block a task.
    fn try_all(&self, blocks: &[((Header, u64), StoredCompact)]) -> Vec<Option<Trial>> {
        let (keys, net, known) = (self.audit_key(), self.network().id(), self.known());
        let one = |((header, _), compact): &((Header, u64), StoredCompact)| {
            let root = compact_root(net, header.height, &compact.scan, &values_digest(&compact.values));
            if root != header.compact_root {
                return None;
            }
            let block = CompactBlock::parse(&compact.scan).ok()?;
            let values = CompactValues::parse(&compact.values, &block).ok()?;
            // No network with contracts ships: nothing else may append to the list.
            if !block.effects.is_empty() || block.coinbase.height != header.height {
                return None;
            }
            Some(trial(keys, net, known, &block, &values))
        };
        #[cfg(feature = "parallel")]
        {
            use rayon::prelude::*;
            blocks.par_iter().map(one).collect()
        }
        #[cfg(not(feature = "parallel"))]
        {
            blocks.iter().map(one).collect()
        }
    }
}
