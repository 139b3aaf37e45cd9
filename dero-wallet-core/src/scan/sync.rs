//! Following a source to its tip.

use alloc::vec::Vec;
use core::{cmp::Ordering, ops::Range};

use dero_crypto::{NetworkId, asset::KnownAssets, keys::AuditKey};
use dero_ledger::{
    block::{
        BlockRef, Header,
        compact::{CompactBlock, CompactValues},
        compact_root, values_digest,
    },
    consensus::{Candidate, Consensus, HeaderBranch, Work},
    source::ChainSource,
    store::{HEADER_BYTES, StoredCompact},
};

use super::{Progress, Trial, trial::trial};
use crate::{
    chain::{ChainError, Validated},
    store::Persister,
    wallet::{Applied, Wallet},
};

/// Blocks asked for at once.
const WINDOW: u64 = 200;
/// Headers asked for at once while a fork is looked for.
pub(super) const HEADERS: u64 = 2000;
/// The deepest reorganisation that a wallet follows without being asked.
pub(crate) const MAX_REORGANISATION: u64 = 360;

/// About so many enotes are tried between two checkpoints: two seconds of one core.
const BATCH: usize = 50_000;

/// The bytes of a header, and the nonce of its seal.
type Sealed = ([u8; HEADER_BYTES], u64);
/// A header, the nonce of its seal, and the compact form that came with it.
type Downloaded = ((Header, u64), StoredCompact);
/// The newest validated block of a source's branch, and the work up to there.
type Reached = (BlockRef, Work);

/// Why a scan stopped. Everything scanned before it is kept.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SyncError<E, S> {
    /// The source could not be reached or did not answer.
    #[error("the node did not answer: {0}")]
    Source(S),
    /// The source's branch was followed to its end, and is not what the source claimed.
    #[error("the node's chain is not what it claimed: {0}")]
    Claim(S),
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
    /// The source's whole block is not the one that the wallet has scanned.
    #[error("the node sent another block {height} than the one that was scanned")]
    Block {
        /// The block.
        height: u64,
    },
    /// The source's chain does not begin with the network's first block.
    #[error("the node's chain begins with another block: it serves another network")]
    OtherGenesis,
    /// The source's branch leaves the wallet's chain too far back.
    #[error(
        "the node follows a chain that left this wallet's {depth} blocks ago: check the network, or scan again"
    )]
    TooDeep {
        /// Blocks that would be taken away.
        depth: u64,
    },
    /// The source showed headers with more work than the wallet's branch has, and then blocks of another branch.
    #[error("the node showed a better branch up to height {height}, and sent blocks of a lighter one")]
    Lighter {
        /// Where its branch was to be the better one.
        height: u64,
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
    /// Headers validated before the first block that the wallet scans.
    pub headers: u64,
    /// Blocks scanned.
    pub blocks: u64,
    /// Enotes tried.
    pub enotes: u64,
    /// What the blocks held for this wallet, by height.
    pub applied: Vec<(u64, Applied)>,
}

impl<E, S> SyncError<E, S> {
    /// Whether the source said what is not so: it is left, and another one asked.
    #[must_use]
    pub fn blames_source(&self) -> bool {
        match self {
            Self::Chain(error) => error.blames_source(),
            Self::Claim(_)
            | Self::Missing { .. }
            | Self::Block { .. }
            | Self::OtherGenesis
            | Self::Lighter { .. } => true,
            Self::Source(_) | Self::TooDeep { .. } | Self::Future { .. } => false,
        }
    }

    /// Whether another source may do better: this one is to blame, or is not reached, or follows a chain that it
    /// alone may follow. Otherwise the wallet's own rows failed.
    #[must_use]
    pub fn is_worth_another_source(&self) -> bool {
        match self {
            Self::Chain(error) => error.blames_source(),
            _ => true,
        }
    }
}

/// How the newest block of a source stands to the wallet's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TipCheck {
    /// The source has the wallet's newest block, and perhaps more.
    Confirmed {
        /// Blocks that the source has on top.
        ahead: u64,
    },
    /// The source has not come so far, and nothing against the wallet's chain.
    Behind {
        /// Blocks that it lacks.
        by: u64,
    },
    /// The source has another block at that height: one of the two follows a lighter branch.
    Elsewhere,
}

/// A source's branch, by its headers, beside the wallet's.
enum Branch {
    Better {
        /// The first height at which it has more work.
        height: u64,
        /// Its headers up to there, if nothing is scanned above the fork, so that they can be kept.
        headers: Vec<Validated>,
    },
    /// Where it ends without having more.
    Worse(Reached),
}

/// A scan under way. However it ends, by an error or dropped at any await, no change of branches stays half made.
struct Scan<'a, P: Persister, C: Consensus>(&'a mut Wallet<P, C>);

impl<P: Persister, C: Consensus> Drop for Scan<'_, P, C> {
    fn drop(&mut self) {
        // Where the rows cannot be read now, whatever changes the wallet next reads them first.
        let _unread = self.0.settle();
    }
}

impl<P: Persister, C: Consensus> Wallet<P, C> {
    /// Asks a source whether it has the wallet's newest block. A payment should be built only at a tip that three
    /// nodes confirm, or all that the wallet knows if they are fewer (protocol 7.5, rule 1).
    ///
    /// # Errors
    ///
    /// [`SyncError::Source`], or [`SyncError::Missing`] if the source has not the block that it says it has.
    pub async fn check_tip<S: ChainSource>(&self, source: &S) -> Result<TipCheck, SyncError<P::Error, S::Error>> {
        let (own, tip) = (self.tip(), source.tip().await.map_err(SyncError::Source)?);
        let at = own.height.min(tip.height);
        let theirs = self.header_of(source, at, tip.height).await?;
        if theirs.id() != self.own_header(at)?.id() {
            return Ok(TipCheck::Elsewhere);
        }
        Ok(match tip.height.checked_sub(own.height) {
            Some(ahead) => TipCheck::Confirmed { ahead },
            None => TipCheck::Behind { by: own.height - tip.height },
        })
    }

    /// Follows `source` to its tip. `now` is the wallet's clock in seconds since 1970; `progress` is called after
    /// every window of blocks, when everything so far is stored.
    ///
    /// A change of branches is made whole or not at all: until the source's branch is better, block by block and
    /// with all its enotes, nothing is written, and an error leaves the wallet as it was. Dropping the future loses
    /// at most the window that was on its way, and undoes such a change.
    ///
    /// At the end the source hears [what was validated](ChainSource::followed) of its branch, be it the better one or
    /// not: one that claimed more to be asked at all is found then.
    ///
    /// # Errors
    ///
    /// [`SyncError`]. Where it [blames the source](SyncError::blames_source) the caller asks another one. Blocks
    /// before the one that failed are kept.
    pub async fn sync<S: ChainSource>(
        &mut self,
        source: &S,
        now: u64,
        mut progress: impl FnMut(Progress),
    ) -> Result<SyncReport, SyncError<P::Error, S::Error>> {
        self.settle()?;
        let mut report = SyncReport::default();
        let scan = Scan(self);
        let reached = scan.0.follow(source, now, &mut report, &mut progress).await;
        if reached.is_err() {
            // What was applied before the error is a chain of its own, unless it left a better one.
            if scan.0.switching() { scan.0.reload()? } else { scan.0.checkpoint()? }
        }
        let (newest, work) = reached?;
        source.followed(newest, work).await.map_err(SyncError::Claim)?;
        Ok(report)
    }

    async fn follow<S: ChainSource>(
        &mut self,
        source: &S,
        now: u64,
        report: &mut SyncReport,
        progress: &mut impl FnMut(Progress),
    ) -> Result<Reached, SyncError<P::Error, S::Error>> {
        let tip = source.tip().await.map_err(SyncError::Source)?;
        let fork = self.fork(source, tip).await?;
        let before = self.newest_branch()?.candidate();
        let mut ahead_at = 0;
        if fork < self.chain().newest().min(tip.height) {
            let (height, headers) = match self.compare(source, fork, tip, now, &before).await? {
                Branch::Better { height, headers } => (height, headers),
                Branch::Worse(reached) => return Ok(reached),
            };
            ahead_at = height;
            if fork < self.tip().height {
                report.rolled_back = self.tip().height - fork;
                self.begin_switch(fork)?;
            } else {
                let (chain, _, rows) = self.chain_mut();
                chain.keep_better(fork, headers, rows);
            }
        } else if tip.height < self.tip().height {
            return Ok(reached(&self.branch_at(tip.height)?));
        }
        if self.scans_from().is_none() && !self.begin(source, tip, now, (&before, report), progress).await? {
            return Ok(reached(self.chain().branch()));
        }
        let from = self.chain().tip_header().list_length;
        let scans_from = self.scans_from().unwrap_or(1);
        let mut state = Progress { tip: tip.height, scans_from, ..Progress::default() };
        if tip.height > self.tip().height {
            let newest = self.header_of(source, tip.height, tip.height).await?;
            state.total = newest.list_length.saturating_sub(from);
        }
        while self.tip().height < tip.height {
            let mut blocks = self.window(source, tip).await?;
            while !blocks.is_empty() {
                let rest = blocks.split_off(batch(&blocks));
                self.apply_all(source, &blocks, now, report).await?;
                self.checkpoint_unless_behind(&before)?;
                if self.switching() && self.tip().height >= ahead_at {
                    return Err(SyncError::Lighter { height: ahead_at });
                }
                blocks = rest;
            }
            state.done = report.enotes;
            state.total = state.total.max(report.enotes);
            state.height = self.tip().height;
            state.found = report.applied.iter().map(|(_, applied)| applied.recognised.len() as u64).sum();
            progress(state);
        }
        Ok(reached(self.chain().branch()))
    }

    /// Writes what was done, unless the wallet is about to leave a branch that is still the better one.
    pub(super) fn checkpoint_unless_behind(&mut self, before: &Candidate) -> Result<(), ChainError<P::Error>> {
        if !self.switching() || self.is_ahead_of(before) { self.checkpoint() } else { Ok(()) }
    }

    fn is_ahead_of(&self, other: &Candidate) -> bool {
        self.consensus().compare(&self.chain().branch().candidate(), other) == Ordering::Greater
    }

    /// The newest height at which the source has the wallet's header.
    async fn fork<S: ChainSource>(&self, source: &S, tip: BlockRef) -> Result<u64, SyncError<P::Error, S::Error>> {
        let newest = self.chain().newest();
        // Headers above the tip are of a scan that was given up: nothing of the owner's stands on them.
        let depth_at = |height: u64| self.tip().height.saturating_sub(height);
        // Of headers alone the heaviest chain counts, however deep: nothing of the owner's stands on the other one.
        let deepest = if self.scans_from().is_none() { u64::MAX } else { MAX_REORGANISATION };
        let mut height = newest.min(tip.height);
        let mut step = 1;
        loop {
            let theirs = self.header_of(source, height, tip.height).await?;
            if theirs.id() == self.own_header(height)?.id() {
                // Between here and the height before the last step it diverges: walk up.
                let fork = self.walk_up(source, height, newest.min(tip.height)).await?;
                let depth = depth_at(fork);
                return if depth > deepest && fork < tip.height {
                    Err(SyncError::TooDeep { depth })
                } else {
                    Ok(fork)
                };
            }
            if height == 0 {
                return Err(SyncError::OtherGenesis);
            }
            let depth = depth_at(height);
            if depth > deepest {
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
            let headers = headers(source, agreed + 1..end + 1).await?;
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

    /// Whether the source's branch from `fork` on has more work than `before`: its headers are validated before
    /// anything is taken away.
    async fn compare<S: ChainSource>(
        &self,
        source: &S,
        fork: u64,
        tip: BlockRef,
        now: u64,
        before: &Candidate,
    ) -> Result<Branch, SyncError<P::Error, S::Error>> {
        let mut branch: HeaderBranch = self.branch_at(fork)?;
        let mut headers = Vec::new();
        while branch.tip().height < tip.height {
            let heights = range(branch.tip().height + 1, HEADERS, tip);
            for (bytes, nonce) in self.some_headers(source, heights, tip.height).await? {
                let header = Header::from_bytes(&bytes);
                let extension =
                    branch.extend(&header, nonce, self.network(), self.consensus()).map_err(ChainError::from)?;
                if header.held_back_until(now).is_some() {
                    return Err(SyncError::Future { height: header.height });
                }
                if fork >= self.tip().height {
                    headers.push(Validated::new(header, nonce, &extension));
                }
                branch = extension.branch;
                if self.consensus().compare(&branch.candidate(), before) == Ordering::Greater {
                    return Ok(Branch::Better { height: branch.tip().height, headers });
                }
            }
        }
        Ok(Branch::Worse(reached(&branch)))
    }

    /// At least one of the headers that a source with this tip must have, and no others.
    pub(super) async fn some_headers<S: ChainSource>(
        &self,
        source: &S,
        heights: Range<u64>,
        tip: u64,
    ) -> Result<Vec<Sealed>, SyncError<P::Error, S::Error>> {
        let height = heights.start;
        let headers = headers(source, heights).await?;
        if headers.is_empty() { Err(SyncError::Missing { height, tip }) } else { Ok(headers) }
    }

    pub(super) async fn header_of<S: ChainSource>(
        &self,
        source: &S,
        height: u64,
        tip: u64,
    ) -> Result<Header, SyncError<P::Error, S::Error>> {
        let headers = source.headers(height..height.saturating_add(1)).await.map_err(SyncError::Source)?;
        let header = headers.first().map(|(bytes, _)| Header::from_bytes(bytes));
        header.filter(|header| header.height == height).ok_or(SyncError::Missing { height, tip })
    }

    /// Downloads the next blocks.
    async fn window<S: ChainSource>(
        &self,
        source: &S,
        tip: BlockRef,
    ) -> Result<Vec<Downloaded>, SyncError<P::Error, S::Error>> {
        let from = self.tip().height + 1;
        let range = range(from, WINDOW, tip);
        let headers = source.headers(range.clone()).await.map_err(SyncError::Source)?;
        let compact = source.compact(range).await.map_err(SyncError::Source)?;
        if headers.is_empty() || compact.is_empty() {
            return Err(SyncError::Missing { height: from, tip: tip.height });
        }
        let blocks = headers.into_iter().zip(compact).take(WINDOW as usize);
        let header = |(bytes, nonce): Sealed| (Header::from_bytes(&bytes), nonce);
        Ok(blocks.map(|(sealed, compact)| (header(sealed), compact)).collect())
    }

    /// Checks, tries and applies blocks.
    async fn apply_all<S: ChainSource>(
        &mut self,
        source: &S,
        blocks: &[Downloaded],
        now: u64,
        report: &mut SyncReport,
    ) -> Result<(), SyncError<P::Error, S::Error>> {
        let trials = self.try_all(blocks);
        for (((header, nonce), _), trial) in blocks.iter().zip(trials) {
            let trial = trial.ok_or(ChainError::Compact { height: header.height })?;
            if header.held_back_until(now).is_some() {
                return Err(SyncError::Future { height: header.height });
            }
            let listed = match self.chain().undecided(self.rows())? {
                Some(positions) => Some(listed(source, positions.clone(), positions.end).await?),
                None => None,
            };
            report.enotes += trial.tried;
            let applied = self.apply(header, *nonce, trial, listed)?;
            report.blocks += 1;
            if applied != Applied::default() {
                report.applied.push((header.height, applied));
            }
        }
        Ok(())
    }

    /// Checks the compact forms against their headers and tries their enotes, one block a task.
    fn try_all(&self, blocks: &[Downloaded]) -> Vec<Option<Trial>> {
        let (keys, net, known) = (Some(self.audit_key()), self.network().id(), self.known());
        let one = |((header, _), compact): &Downloaded| try_block(keys, net, known, header, compact);
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

fn reached(branch: &HeaderBranch) -> Reached {
    (branch.tip_ref(), branch.work())
}

/// Headers at `heights`, no more than that.
async fn headers<E, S: ChainSource>(
    source: &S,
    heights: Range<u64>,
) -> Result<Vec<Sealed>, SyncError<E, S::Error>> {
    let wanted = usize::try_from(heights.end.saturating_sub(heights.start)).unwrap_or(usize::MAX);
    let mut headers = source.headers(heights).await.map_err(SyncError::Source)?;
    headers.truncate(wanted);
    Ok(headers)
}

/// Checks a compact form against its header and tries its enotes; `None` if it is another block's. Without keys it is
/// only read.
pub(super) fn try_block(
    keys: Option<&AuditKey>,
    net: &NetworkId,
    known: &KnownAssets,
    header: &Header,
    compact: &StoredCompact,
) -> Option<Trial> {
    let root = compact_root(net, header.height, &compact.scan, &values_digest(&compact.values));
    if root != header.compact_root {
        return None;
    }
    let block = CompactBlock::parse(&compact.scan).ok()?;
    let values = CompactValues::parse(&compact.values, &block).ok()?;
    (block.coinbase.height == header.height).then(|| trial(keys, net, known, block, values))
}

/// Entries of the list at `positions`, or fewer if the source has no more. A short answer is continued up to `end`.
pub(super) async fn listed<E, S: ChainSource>(
    source: &S,
    positions: Range<u64>,
    end: u64,
) -> Result<Vec<[u8; 96]>, SyncError<E, S::Error>> {
    let mut entries = Vec::new();
    loop {
        let rest = positions.start + entries.len() as u64..positions.end;
        if rest.start >= end.min(rest.end) {
            return Ok(entries);
        }
        let found = source.listed(rest.clone()).await.map_err(SyncError::Source)?;
        if found.is_empty() {
            return Ok(entries);
        }
        let wanted = usize::try_from(rest.end - rest.start).unwrap_or(usize::MAX);
        entries.extend(found.into_iter().take(wanted));
    }
}

/// Up to `count` heights from `from` on, none above the tip.
pub(super) fn range(from: u64, count: u64, tip: BlockRef) -> Range<u64> {
    from..from.saturating_add(count).min(tip.height.saturating_add(1))
}

/// How many blocks from the front are scanned together; at least one. An enote has about 99 bytes in a scan part.
fn batch(blocks: &[Downloaded]) -> usize {
    let mut bytes = 0;
    let fits = |(_, compact): &&Downloaded| {
        bytes += compact.scan.len();
        bytes <= 99 * BATCH
    };
    blocks.iter().take_while(fits).count().clamp(1, blocks.len().max(1))
}
