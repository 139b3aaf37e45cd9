//! Beginning in the middle of a chain.
//!
//! The law commits to what a start needs: a header states the length of the reference list and its accumulator after
//! the appends of its height (protocol 7.5, 10.7). So the wallet validates every header from genesis on, and at the
//! last one before its first block S
//!
//! - the positions of what follows count from `list length` of header S − 1,
//! - the N entries before, which reference sets reach back to, are whatever rehashes to its `acc`,
//! - what blocks S − M_cb .. S − 1 still append comes from their compact forms.

use dero_crypto::membership::Accumulator;
use dero_ledger::{block::Header, consensus::Consensus};

use super::{ChainError, LightChain, Listable, list, rows};
use crate::store::{Persister, Staged};

/// No block appends more entries: its compact form counts in 32 bits.
const MOST_APPENDED: u64 = u32::MAX as u64;

impl LightChain {
    /// The first block whose enotes are known; `None` while only headers are.
    pub(crate) fn first(&self) -> Option<u64> {
        self.first
    }

    /// The first block of which is known what it appends to the list.
    pub(crate) fn first_pending(&self) -> u64 {
        self.first.unwrap_or(0).saturating_sub(self.network().rows().coinbase_maturity)
    }

    /// Whether the list is still known when the tip is `height`.
    pub(crate) fn keeps_start(&self, height: u64) -> bool {
        self.first.is_some_and(|first| first <= height.saturating_add(1))
    }

    /// Knows all there is to know at genesis: the network's own enotes.
    pub(crate) fn begin_at_genesis<P: Persister>(
        &mut self,
        listed: &[[u8; 96]],
        rows: &mut Staged<P>,
    ) -> Result<(), ChainError<P::Error>> {
        list::append(rows, 0, listed)?;
        self.first = Some(1);
        Ok(())
    }

    /// Extends the chain by a header alone.
    pub(crate) fn extend_header<P: Persister>(
        &mut self,
        header: &Header,
        nonce: u64,
        consensus: &impl Consensus,
        rows: &mut Staged<P>,
    ) -> Result<(), ChainError<P::Error>> {
        let extension = self.extension(header, nonce, consensus, rows)?;
        let (height, before, stated) = (header.height, self.branch.tip().list_length, header.list_length);
        if stated.checked_sub(before).is_none_or(|growth| growth > MOST_APPENDED) {
            return Err(ChainError::Growth { height, stated, before });
        }
        self.keep_header(header, nonce, extension, rows);
        Ok(())
    }

    /// The position from which the list must be known if the next block is the first: the newest end of a block that
    /// has N entries between itself and the tip's.
    pub(crate) fn list_start<P: Persister>(&self, rows: &Staged<P>) -> Result<u64, ChainError<P::Error>> {
        Ok(self.list_base(rows)?.0)
    }

    fn list_base<P: Persister>(&self, rows: &Staged<P>) -> Result<(u64, Accumulator), ChainError<P::Error>> {
        let reach = self.branch.tip().list_length.saturating_sub(self.parameters.size());
        match self.first_height_beyond(reach, rows)?.checked_sub(1) {
            Some(height) => {
                let header = self.header(height, rows)?;
                Ok((header.list_length, Accumulator(header.acc)))
            }
            None => Ok((0, Accumulator::empty(self.network.id()))),
        }
    }

    /// Makes the next block the first one. `entries` are what a source says stands in the list from
    /// [`list_start`](Self::list_start) on.
    pub(crate) fn begin<P: Persister>(
        &mut self,
        entries: &[[u8; 96]],
        rows: &mut Staged<P>,
    ) -> Result<(), ChainError<P::Error>> {
        let (start, acc) = self.list_base(rows)?;
        let tip = self.branch.tip();
        let counted = start + entries.len() as u64;
        if (counted, acc.extend(start, entries).as_bytes()) != (tip.list_length, &tip.acc) {
            return Err(ChainError::List { height: tip.height, stated: tip.list_length, counted });
        }
        list::begin(rows, start, entries)?;
        self.first = Some(tip.height + 1);
        Ok(())
    }

    /// Keeps what a block before the first one will append.
    pub(crate) fn put_pending<P: Persister>(height: u64, listable: &Listable, rows: &mut Staged<P>) {
        rows::put_pending(rows, height, listable);
    }

    /// Takes the list away: from here on only the headers up to `height` are known.
    pub(super) fn forget_start<P: Persister>(
        &mut self,
        height: u64,
        rows: &mut Staged<P>,
    ) -> Result<(), ChainError<P::Error>> {
        if self.first.is_some() {
            list::truncate(rows, 0, self.branch.tip().list_length)?;
            // That of genesis is empty and stays.
            (self.first_pending().max(1)..=height).for_each(|at| rows::delete_pending(rows, at));
            self.first = None;
        }
        Ok(())
    }
}
