//! Headers ahead of their bodies: where sync begins (ledger-and-net 2.3).

use alloc::{sync::Arc, vec::Vec};
use core::cmp::Ordering;

use super::{BlockError, Chain, ChainError, MAX_REORGANISATION, lock, tip::branch_at, tree::Node};
use crate::{
    block::{BlockId, BlockRef, Header},
    consensus::{Consensus, HeaderBranch, Work},
    execution::Executor,
    store::{ChainStore, HEADER_BYTES, StoreView},
};

/// What became of headers.
#[derive(Debug)]
pub struct HeadersAdded {
    /// How many are known now, from the front.
    pub added: usize,
    /// Why the next one is not; none if all are known, or if there is no room for more before bodies arrive.
    pub refused: Option<BlockError>,
}

/// The best branch by headers alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeaderTip {
    /// Its newest block.
    pub block: BlockRef,
    /// Work of all its blocks.
    pub work: Work,
}

impl<S: ChainStore, C: Consensus, E: Executor> Chain<S, C, E> {
    /// Takes sealed headers, each the parent of the next. `now` is the local clock in seconds.
    pub fn add_headers(&self, headers: &[([u8; HEADER_BYTES], u64)], now: u64) -> HeadersAdded {
        for (added, (bytes, nonce)) in headers.iter().enumerate() {
            match self.take_header(&Header::from_bytes(bytes), *nonce, now) {
                Ok(true) => {}
                Ok(false) => return HeadersAdded { added, refused: None },
                Err(error) => return HeadersAdded { added, refused: Some(error) },
            }
        }
        HeadersAdded { added: headers.len(), refused: None }
    }

    /// Checks a header and enters it into the tree, if there is room. Whether it is known now.
    pub(super) fn take_header(&self, header: &Header, nonce: u64, now: u64) -> Result<bool, BlockError> {
        let id = header.id();
        if lock(&self.invalid).contains(&id) {
            return Err(BlockError::KnownInvalid { id });
        }
        if lock(&self.tree).get(&id).is_some() || self.is_on_chain(&id)? {
            return Ok(true);
        }
        let extension = self.on_branch(&header.parent, |parent| {
            Ok(parent.extend(header, nonce, &self.network, &self.consensus)?)
        })?;
        if let Some(until) = header.held_back_until(now) {
            return Err(BlockError::HeldBack { until });
        }
        let node = Node { extension: Arc::new(extension), nonce, body: None };
        Ok(lock(&self.tree).insert(node, &self.consensus))
    }

    /// What `f` makes of the branch of headers that ends at `id`.
    fn on_branch<T>(
        &self,
        id: &BlockId,
        f: impl FnOnce(&HeaderBranch) -> Result<T, BlockError>,
    ) -> Result<T, BlockError> {
        let in_tree = lock(&self.tree).get(id).map(|node| Arc::clone(&node.extension));
        if let Some(extension) = in_tree {
            return f(&extension.branch);
        }
        if lock(&self.invalid).contains(id) {
            return Err(BlockError::KnownInvalid { id: *id });
        }
        let tip = self.tip();
        let height = tip.view.height_of(id)?.ok_or(BlockError::UnknownParent { parent: *id })?;
        let depth = tip.block().height - height;
        if depth == 0 {
            return f(&tip.branch);
        }
        let made = f(&branch_at(&tip.view, height, &self.consensus)?)?;
        // Only now: an operator is to hear of branches that somebody sealed, not of any bytes.
        if depth > MAX_REORGANISATION {
            return Err(BlockError::TooDeep { depth, max: MAX_REORGANISATION });
        }
        Ok(made)
    }

    /// The best branch by headers alone; not worse than the tip.
    #[must_use]
    pub fn header_tip(&self) -> HeaderTip {
        let tip = self.tip();
        let tree = lock(&self.tree);
        let best = tree.best(&self.consensus).filter(|(_, candidate)| {
            self.consensus.compare(candidate, &tip.branch.candidate()) == Ordering::Greater
        });
        let node = best.and_then(|(id, _)| tree.get(&id));
        let branch = node.map_or(&tip.branch, Node::branch);
        HeaderTip { block: branch.tip_ref(), work: branch.work() }
    }

    /// Blocks of the best branch of headers whose bodies are missing, ascending, at most `max`.
    #[must_use]
    pub fn wanted(&self, max: usize) -> Vec<BlockRef> {
        let best = self.header_tip();
        lock(&self.tree).missing(&best.block.id).take(max).collect()
    }

    /// Ids of the best branch of headers: the newest ten, then with doubling gaps, genesis last.
    ///
    /// # Errors
    ///
    /// A failed read.
    pub fn locator(&self) -> Result<Vec<BlockId>, ChainError> {
        let tip = self.tip();
        let best = self.header_tip();
        let (_, ahead) = lock(&self.tree).path(&best.block.id);
        let first_ahead = best.block.height + 1 - ahead.len() as u64;
        let mut ids = Vec::new();
        let (mut height, mut gap) = (best.block.height, 1);
        loop {
            let above = height.checked_sub(first_ahead).and_then(|at| ahead.get(usize::try_from(at).ok()?));
            match above {
                Some(id) => ids.push(*id),
                None => ids.extend(ids_at(&tip.view, height..height + 1)?),
            }
            if height == 0 {
                return Ok(ids);
            }
            if ids.len() >= 10 {
                gap *= 2;
            }
            height = height.saturating_sub(gap);
        }
    }

    /// Up to `max` sealed headers of checked blocks on the best branch, after the first id of the locator that is
    /// on it; from height 1 if none is.
    ///
    /// # Errors
    ///
    /// A failed read.
    pub fn headers_after(
        &self,
        locator: &[BlockId],
        max: usize,
    ) -> Result<Vec<([u8; HEADER_BYTES], u64)>, ChainError> {
        let tip = self.tip();
        let mut from = 0;
        for id in locator {
            if let Some(height) = tip.view.height_of(id)? {
                from = height;
                break;
            }
        }
        let end = tip.block().height + 1;
        let start = (from + 1).min(end);
        Ok(tip.view.headers(start..end.min(start.saturating_add(max as u64)))?)
    }
}

fn ids_at(view: &impl StoreView, heights: core::ops::Range<u64>) -> Result<Vec<BlockId>, ChainError> {
    Ok(view.headers(heights)?.iter().map(|(bytes, _)| Header::from_bytes(bytes).id()).collect())
}
