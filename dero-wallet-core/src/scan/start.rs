//! Where a scan begins, and how a wallet comes to know what it must before its first block.
//!
//! Headers are fetched and validated from genesis on, so that the work of the whole chain is known; compact blocks
//! only from M_cb blocks before the first one on. What a node learns of the birthday is a multiple of 2^17 blocks:
//! every wallet that was born in the same 23 days asks the same.

use alloc::vec::Vec;

use dero_ledger::{
    block::{BlockRef, Header},
    consensus::{Candidate, Consensus},
    source::ChainSource,
};

use super::{
    Progress, SyncReport, Trial,
    sync::{HEADERS, SyncError, listed, range, try_block},
};
use crate::{chain::ChainError, store::Persister, wallet::Wallet};

/// Entries of the reference list in one question (protocol 7.5, wallet rule 3).
const LISTED_RANGE: u64 = 1 << 16;
/// More than N entries, 2^16 at most, and the appends of one block.
const MOST_ENTRIES: usize = 1 << 18;

/// The block from which on a wallet scans.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// The first one: nothing is missed.
    Genesis,
    /// The newest multiple of `spacing` that is a day older than the wallet. [`Start::birthday`] takes the spacing of
    /// all wallets; a smaller one tells nodes more, and is for chains in tests.
    Birthday {
        /// When the wallet was made, in seconds since 1970.
        time: u64,
        /// Blocks between two possible starts.
        spacing: u64,
    },
    /// This height, by the will of its owner. Nodes learn it.
    Height(u64),
}

impl Start {
    /// Blocks between two starts: 23 days of blocks of fifteen seconds.
    pub const SPACING: u64 = 1 << 17;
    /// Seconds by which a start is older than the birthday: clocks differ, and timestamps of blocks may.
    pub const MARGIN: u64 = 86_400;

    /// For a wallet that was made at `time`, in seconds since 1970, as [`Seed::birthday`](crate::seed::Seed::birthday)
    /// tells it.
    #[must_use]
    pub const fn birthday(time: u64) -> Self {
        Self::Birthday { time, spacing: Self::SPACING }
    }

    /// The newest timestamp that a block before the first one may have.
    fn newest(self) -> u64 {
        match self {
            Self::Birthday { time, .. } => time.saturating_sub(Self::MARGIN),
            Self::Genesis | Self::Height(_) => u64::MAX,
        }
    }
}

impl<P: Persister, C: Consensus> Wallet<P, C> {
    /// The height below the first block, as far as the wallet's own headers tell.
    pub(crate) fn height_before(&self, start: Start) -> Result<u64, ChainError<P::Error>> {
        let Start::Birthday { spacing, .. } = start else {
            return Ok(match start {
                Start::Height(height) => height.saturating_sub(1),
                _ => 0,
            });
        };
        let (mut low, mut high) = (0, self.chain().newest() / spacing.max(1) + 1);
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            let header = self.own_header(middle * spacing.max(1))?;
            if header.timestamp <= start.newest() { low = middle } else { high = middle }
        }
        Ok((low * spacing.max(1)).saturating_sub(1))
    }

    /// The first block to scan: from own headers, and where they end from what the source says. A source that names
    /// another one makes work and hides nothing: headers are validated up to there, and say which one it is.
    async fn first_block<S: ChainSource>(
        &self,
        source: &S,
        tip: BlockRef,
    ) -> Result<u64, SyncError<P::Error, S::Error>> {
        let start = self.start();
        let before = self.height_before(start)?;
        let Start::Birthday { spacing, .. } = start else { return Ok(before + 1) };
        let spacing = spacing.max(1);
        let newest = self.chain().newest();
        if self.own_header(newest)?.timestamp > start.newest() {
            return Ok(before + 1);
        }
        let (mut low, mut high) = ((before + 1) / spacing, (tip.height / spacing).saturating_add(1));
        while high.saturating_sub(low) > 1 {
            let middle = low + (high - low) / 2;
            let header = self.header_of(source, middle * spacing, tip.height).await?;
            if header.timestamp <= start.newest() { low = middle } else { high = middle }
        }
        Ok((low * spacing).max(1))
    }

    /// Brings a wallet that knows headers only to its first block. Returns whether it is there: a first block above
    /// the source's tip has to wait.
    pub(super) async fn begin<S: ChainSource>(
        &mut self,
        source: &S,
        tip: BlockRef,
        now: u64,
        (before, report): (&Candidate, &mut SyncReport),
        progress: &mut impl FnMut(Progress),
    ) -> Result<bool, SyncError<P::Error, S::Error>> {
        let mut first = self.first_block(source, tip).await?;
        self.return_to(first - 1)?;
        if first == 1 {
            self.begin_at_genesis()?;
            return Ok(true);
        }
        let newest = self.header_of(source, tip.height, tip.height).await?;
        let last = self.header_of(source, (first - 1).min(tip.height), tip.height).await?;
        let total = newest.list_length.saturating_sub(last.list_length);
        while self.tip().height + 1 < first && self.tip().height < tip.height {
            let end = BlockRef { height: tip.height.min(first - 1), ..tip };
            let heights = range(self.tip().height + 1, HEADERS, end);
            let headers = self.some_headers(source, heights, tip.height).await?;
            for (bytes, nonce) in headers {
                let header = Header::from_bytes(&bytes);
                if header.held_back_until(now).is_some() {
                    return Err(SyncError::Future { height: header.height });
                }
                self.extend_header(&header, nonce)?;
                report.headers += 1;
                if self.tip().height + 1 == first {
                    break;
                }
            }
            self.checkpoint_unless_behind(before)?;
            let (height, tip) = (self.tip().height, tip.height);
            progress(Progress { total, height, tip, scans_from: first, ..Progress::default() });
        }
        if self.tip().height + 1 < first {
            return Ok(false);
        }
        if self.tip_time() > self.start().newest() {
            // The source named a block that is younger than the wallet. What was validated says where the start is.
            first = self.height_before(self.start())? + 1;
            self.return_to(first - 1)?;
            if first == 1 {
                self.begin_at_genesis()?;
                return Ok(true);
            }
        }
        self.read_before(source, tip, first).await?;
        self.checkpoint_unless_behind(before)?;
        Ok(true)
    }

    /// Takes headers away down to `height`, where there are more.
    fn return_to(&mut self, height: u64) -> Result<(), ChainError<P::Error>> {
        if self.tip().height <= height {
            return Ok(());
        }
        let leaving = self.switching();
        self.step_back(height)?;
        if leaving { Ok(()) } else { self.checkpoint() }
    }

    /// What blocks before the first one still append, and the entries that reference sets reach back to. Nothing
    /// changes before all of it is there.
    async fn read_before<S: ChainSource>(
        &mut self,
        source: &S,
        tip: BlockRef,
        first: u64,
    ) -> Result<(), SyncError<P::Error, S::Error>> {
        let mut height = first.saturating_sub(self.network().rows().coinbase_maturity).max(1);
        let mut older = Vec::new();
        while height < first {
            let found = source.compact(height..first).await.map_err(SyncError::Source)?;
            if found.is_empty() {
                return Err(SyncError::Missing { height, tip: tip.height });
            }
            for compact in found.iter().take((first - height) as usize) {
                let header = self.own_header(height)?;
                // Their enotes are older than the wallet: no key is tried.
                let trial = try_block(None, self.network().id(), self.known(), &header, compact);
                older.push((height, trial.ok_or(ChainError::Compact { height })?));
                height += 1;
            }
        }
        let (start, length) = (self.chain().list_start(self.rows())?, self.chain().tip_header().list_length);
        let mut entries: Vec<[u8; 96]> = Vec::new();
        let mut at = start / LISTED_RANGE * LISTED_RANGE;
        // N entries and those of one block; more would be a header of nonsense, and the list is refused below.
        while at < length && entries.len() < MOST_ENTRIES {
            let range = at..at.saturating_add(LISTED_RANGE);
            let found = listed(source, range.clone(), length).await?;
            if found.is_empty() {
                break;
            }
            let kept = range.clone().zip(found).filter(|(at, _)| (start..length).contains(at));
            entries.extend(kept.map(|(_, entry)| entry));
            at = range.end;
        }
        let read = self.keep_before(&entries, older);
        if read.is_err() {
            self.reload()?;
        }
        Ok(read?)
    }

    /// The enotes of older blocks are not kept: they are older than the wallet.
    fn keep_before(&mut self, entries: &[[u8; 96]], older: Vec<(u64, Trial)>) -> Result<(), ChainError<P::Error>> {
        let (chain, _, rows) = self.chain_mut();
        chain.begin(entries, rows)?;
        for (height, trial) in older {
            self.keep_older(height, trial)?;
        }
        Ok(())
    }

    fn extend_header(&mut self, header: &Header, nonce: u64) -> Result<(), ChainError<P::Error>> {
        let (chain, consensus, rows) = self.chain_mut();
        chain.extend_header(header, nonce, consensus, rows)
    }
}
