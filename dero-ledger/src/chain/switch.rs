//! Following the best branch: extending the tip, changing branches, going back if the other branch is invalid.

use alloc::{boxed::Box, sync::Arc, vec::Vec};
use core::cmp::Ordering;

use rand_core::CryptoRng;

use super::{
    BlockBlame, BlockError, Chain, ChainError, MAX_REORGANISATION, Tip, lock,
    tip::branch_at,
    tree::Node,
    verify::{Body, Proofs, Verified, verify},
};
use crate::{
    block::{BlockId, BlockRef, Header, mmr::HeaderNode, parse_body},
    consensus::{Consensus, Extension},
    execution::Executor,
    rules::UnverifiedTransaction,
    store::{BlockChanges, ChainStore, StoreError, StoreView, Totals},
};

/// What became of a block that was not refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Added {
    /// It was here before.
    Known,
    /// It is kept beside the best branch: a body before it is missing, or the branch is lighter.
    Kept,
    /// The best branch changed.
    Advanced(Advance),
}

/// How the best branch changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Advance {
    /// Blocks that were taken back, the newest first.
    pub reverted: Vec<BlockRef>,
    /// Blocks that were added, ascending.
    pub applied: Vec<BlockRef>,
    /// Transactions of blocks that were taken back and stand in none now.
    pub orphaned: Vec<Vec<u8>>,
}

/// A block of a path that could not be applied.
struct Failure {
    id: BlockId,
    error: BlockError,
}

impl Failure {
    fn of(id: BlockId, error: BlockError) -> Box<Self> {
        Box::new(Self { id, error })
    }
}

impl<S: ChainStore, C: Consensus, E: Executor> Chain<S, C, E> {
    /// Moves to the best branch that leads through `start`, whose body has just become known.
    pub(super) fn advance(
        &self,
        start: BlockId,
        mut body: Option<Body>,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<Added, BlockError> {
        let _writer = lock(&self.writer);
        let mut advance = Advance::default();
        let mut failed = None;
        while let Some((fork, path)) = self.better_path(&start)? {
            let result = if fork == self.tip().block().height {
                self.extend(&path, &mut body, &mut advance.applied, rng)
            } else {
                self.reorganise(fork, &path, &mut body, &mut advance, rng)
            };
            if let Err(failure) = result {
                let Failure { id, error } = *failure;
                let refused = self.forget(&id, &error);
                let error = if id == start { error } else { BlockError::Ancestor { id, error: Box::new(error) } };
                failed = Some(error);
                // A fault of this node says nothing about the branch: do not try it again at once.
                if !refused {
                    break;
                }
            }
        }
        if let Some(oldest) = self.tip().block().height.checked_sub(MAX_REORGANISATION) {
            lock(&self.tree).prune_below(oldest);
        }
        match failed {
            _ if advance.applied.iter().any(|block| block.id == start) => Ok(Added::Advanced(advance)),
            Some(error) => Err(error),
            None => Ok(Added::Kept),
        }
    }

    /// The path to the best block on `start`, if its bodies are all here and it is better than the tip; with the
    /// height at which it leaves the chain.
    fn better_path(&self, start: &BlockId) -> Result<Option<(u64, Vec<BlockId>)>, BlockError> {
        let tip = self.tip();
        let tree = lock(&self.tree);
        let has_body = |node: &Node| node.body.is_some();
        let Some((best, candidate)) = tree.best_from(start, &self.consensus, has_body) else { return Ok(None) };
        if self.consensus.compare(&candidate, &tip.branch.candidate()).is_le() {
            return Ok(None);
        }
        let (fork, path) = tree.path(&best);
        if !path.iter().all(|id| tree.get(id).is_some_and(has_body)) {
            return Ok(None);
        }
        let Some(fork) = tip.view.height_of(&fork)? else { return Ok(None) };
        let depth = tip.block().height - fork;
        if depth > MAX_REORGANISATION {
            return Err(BlockError::TooDeep { depth, max: MAX_REORGANISATION });
        }
        Ok(Some((fork, path)))
    }

    /// Removes what failed from the tree; whether anything is known about it now.
    fn forget(&self, id: &BlockId, error: &BlockError) -> bool {
        if error.blame() != BlockBlame::Block {
            return false;
        }
        let gone = lock(&self.tree).remove_branch(id);
        let mut invalid = lock(&self.invalid);
        gone.into_iter().chain([*id]).for_each(|id| invalid.insert(id, ()));
        true
    }

    /// Applies `path` on the tip, publishing each block as soon as it is committed.
    fn extend(
        &self,
        path: &[BlockId],
        body: &mut Option<Body>,
        applied: &mut Vec<BlockRef>,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<(), Box<Failure>> {
        for id in path {
            let tip = self.apply(self.tip(), id, body, rng).map_err(|error| Failure::of(*id, error))?;
            applied.push(tip.block());
            self.set_tip(tip);
            lock(&self.tree).remove(id);
        }
        Ok(())
    }

    /// Takes the chain back to height `fork` and applies `path`; goes back if that fails before it is better.
    fn reorganise(
        &self,
        fork: u64,
        path: &[BlockId],
        body: &mut Option<Body>,
        advance: &mut Advance,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<(), Box<Failure>> {
        // The old tip's view keeps the old branch readable whatever the store does.
        let old = self.tip();
        let first = *path.first().expect("a better path has blocks");
        let own = |error: ChainError| Failure::of(first, error.into());
        let mut tip = self.revert_to(fork).map_err(own)?;
        let mut applied = Vec::new();
        let mut failure = None;
        for id in path {
            match self.apply(Arc::clone(&tip), id, body, rng) {
                Ok(next) => tip = next,
                Err(error) => {
                    failure = Some(Failure::of(*id, error));
                    break;
                }
            }
            applied.push(tip.block());
        }
        let better = self.consensus.compare(&tip.branch.candidate(), &old.branch.candidate());
        if better != Ordering::Greater
            && let Some(failure) = failure
        {
            self.restore(fork, &old).map_err(own)?;
            return Err(failure);
        }
        self.keep_old(fork, &old).map_err(own)?;
        self.set_tip(Arc::clone(&tip));
        let mut tree = lock(&self.tree);
        applied.iter().for_each(|block| {
            tree.remove(&block.id);
        });
        drop(tree);
        if old.block().height - fork >= self.network.rows().maturity {
            self.verdicts.clear();
        }
        let reverted = (fork + 1..=old.block().height).rev();
        advance
            .reverted
            .extend(reverted.map(|height| block_at(&old, height)).collect::<Result<Vec<_>, _>>().map_err(own)?);
        advance.applied.extend(applied);
        advance.orphaned.extend(self.orphaned(fork, &old, &tip).map_err(own)?);
        failure.map_or(Ok(()), Err)
    }

    /// Takes blocks off the store until `height` is the tip. If that fails, the chain goes on from wherever the
    /// store stands.
    fn revert_to(&self, height: u64) -> Result<Arc<Tip<S::View>>, ChainError> {
        let reverted = self.revert_blocks(height);
        let tip = Arc::new(Tip::load(self.store.view()?, &self.network, &self.consensus)?);
        if let Err(error) = reverted {
            self.set_tip(tip);
            return Err(error.into());
        }
        Ok(tip)
    }

    fn revert_blocks(&self, height: u64) -> Result<(), StoreError> {
        while self.store.view()?.tip().is_some_and(|tip| tip.height > height) {
            self.store.revert()?;
        }
        Ok(())
    }

    /// Puts the old branch back, block by block. Its proofs passed when it was first applied.
    fn restore(&self, fork: u64, old: &Tip<S::View>) -> Result<(), ChainError> {
        let mut tip = self.revert_to(fork)?;
        for height in fork + 1..=old.block().height {
            let again = (|| {
                let block = old.view.block(height)?;
                let header = Header::from_bytes(&block.header);
                let body = Body::read(&self.network, &header, &block.body)?;
                let state = self.state_on(Arc::clone(&tip));
                let none: Proofs<'_, dyn CryptoRng> = Proofs::Passed;
                let verified = verify(&state, &header, &body, &self.executor, &self.verdicts, none)?;
                let extension = tip.branch.extend(&header, block.nonce, &self.network, &self.consensus)?;
                self.commit(&tip, &extension, block.nonce, &block.body, &body, verified)
            })();
            match again {
                Ok(next) => tip = next,
                Err(error) => {
                    self.set_tip(tip);
                    return Err(match error {
                        BlockError::Chain(error) => error,
                        other => super::tip::damaged("block", height, &other),
                    });
                }
            }
        }
        self.set_tip(tip);
        Ok(())
    }

    /// Enters the blocks of the old branch into the tree, from where they may come back.
    fn keep_old(&self, fork: u64, old: &Tip<S::View>) -> Result<(), ChainError> {
        for height in fork + 1..=old.block().height {
            let block = old.view.block(height)?;
            let branch = branch_at(&old.view, height, &self.consensus)?;
            let own = old.view.totals(height - 1)?.header_nodes..old.view.totals(height)?.header_nodes;
            let nodes = own
                .map(|at| old.view.header_node(at).map(|node| HeaderNode::from_bytes(&node)))
                .collect::<Result<_, _>>()?;
            let extension = Arc::new(Extension { branch, nodes });
            let node = Node { extension, nonce: block.nonce, body: Some(block.body.into()) };
            if !lock(&self.tree).insert(node, &self.consensus) {
                break;
            }
        }
        Ok(())
    }

    /// Transactions of the old branch above `fork` that do not stand on the new one.
    fn orphaned(&self, fork: u64, old: &Tip<S::View>, new: &Tip<S::View>) -> Result<Vec<Vec<u8>>, ChainError> {
        let mut orphaned = Vec::new();
        for height in fork + 1..=old.block().height {
            let block = old.view.block(height)?;
            let Ok((transactions, _)) = parse_body(&block.body) else { continue };
            for bytes in transactions {
                let Ok(read) = UnverifiedTransaction::parse(bytes, &self.network.rules()) else { continue };
                if new.view.transaction(&read.digests().txid.0)?.is_none() {
                    orphaned.push(bytes.to_vec());
                }
            }
        }
        Ok(orphaned)
    }

    /// Checks the block `id` of the tree on `tip` and commits it.
    fn apply(
        &self,
        tip: Arc<Tip<S::View>>,
        id: &BlockId,
        read: &mut Option<Body>,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<Arc<Tip<S::View>>, BlockError> {
        let node = lock(&self.tree).get(id).cloned().ok_or(BlockError::UnknownParent { parent: *id })?;
        let bytes = node.body.as_ref().ok_or(BlockError::UnknownParent { parent: *id })?;
        let header = node.header();
        let body = match read.take() {
            // The body that was just read is that of the block which has the same root.
            Some(body) if body.belongs_to(&self.network, header) => body,
            other => {
                *read = other;
                Body::read(&self.network, header, bytes)?
            }
        };
        let state = self.state_on(Arc::clone(&tip));
        let verified = verify(&state, header, &body, &self.executor, &self.verdicts, Proofs::Check(rng))?;
        self.commit(&tip, &node.extension, node.nonce, bytes, &body, verified)
    }

    /// Writes a verified block. State changes here and nowhere else.
    fn commit(
        &self,
        tip: &Tip<S::View>,
        extension: &Extension,
        nonce: u64,
        bytes: &[u8],
        body: &Body,
        verified: Verified,
    ) -> Result<Arc<Tip<S::View>>, BlockError> {
        let Verified { outcome, issued, destroyed } = verified;
        let branch = extension.branch.clone();
        let totals = Totals {
            work: branch.work().to_bytes(),
            list_length: tip.next_list.length,
            tags: outcome.tag_tree.leaves(),
            header_nodes: branch.headers().nodes(),
            tag_nodes: outcome.tag_tree.nodes(),
            anchors: tip.next_list.anchors,
            issued,
            destroyed,
        };
        let changes = BlockChanges {
            block: branch.tip_ref(),
            parent: Some(tip.block()),
            header: branch.tip().to_bytes(),
            nonce,
            body: bytes.to_vec(),
            txids: body.ids(&self.network).iter().map(|ids| ids.txid).collect(),
            compact_scan: outcome.compact_scan,
            compact_values: outcome.compact_values,
            listed: tip.entering.clone(),
            tags: outcome.tags,
            header_nodes: extension.nodes.iter().map(HeaderNode::to_bytes).collect(),
            tag_nodes: outcome.tag_nodes,
            totals,
        };
        self.store.commit(&changes)?;
        let mut lengths = tip.lengths.clone();
        lengths.push(totals.list_length);
        let view = self.store.view()?;
        Ok(Arc::new(Tip::new(branch, view, totals, outcome.tag_tree, lengths, &self.network)?))
    }
}

fn block_at<V: StoreView>(tip: &Tip<V>, height: u64) -> Result<BlockRef, ChainError> {
    let found = tip.view.headers(height..height + 1)?;
    let (bytes, _) = found.first().ok_or(StoreError::Missing { what: "header", at: height })?;
    Ok(BlockRef { height, id: Header::from_bytes(bytes).id() })
}
