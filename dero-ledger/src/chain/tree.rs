//! Blocks that are not on the chain: headers ahead of their bodies, side branches, bodies that wait for a parent.
//!
//! Everything here is bounded. A node costs its sender the work of a block at the difficulty of its height, since
//! only sealed headers on known parents enter; when the tree is full, the end of the branch with the least work goes.

use alloc::{collections::BTreeSet, sync::Arc, vec::Vec};
use core::cmp::Ordering;
use std::collections::HashMap;

use crate::{
    block::{BlockId, BlockRef, Header},
    consensus::{Candidate, Consensus, Extension, HeaderBranch},
};

/// How much a chain keeps beside its best branch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TreeLimits {
    /// Headers.
    pub headers: usize,
    /// Bytes of bodies.
    pub body_bytes: usize,
}

impl Default for TreeLimits {
    fn default() -> Self {
        Self { headers: 16_384, body_bytes: 256 << 20 }
    }
}

/// A block that is not on the chain.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) extension: Arc<Extension>,
    pub(super) nonce: u64,
    pub(super) body: Option<Arc<[u8]>>,
}

impl Node {
    pub(super) fn branch(&self) -> &HeaderBranch {
        &self.extension.branch
    }

    pub(super) fn header(&self) -> &Header {
        self.branch().tip()
    }
}

/// Nodes by id, with their children.
#[derive(Debug, Default)]
pub(super) struct Tree {
    limits: TreeLimits,
    nodes: HashMap<BlockId, Node>,
    children: HashMap<BlockId, BTreeSet<BlockId>>,
    body_bytes: usize,
}

impl Tree {
    pub(super) fn new(limits: TreeLimits) -> Self {
        Self { limits, ..Self::default() }
    }

    pub(super) fn get(&self, id: &BlockId) -> Option<&Node> {
        self.nodes.get(id)
    }

    /// Adds a header; `keep` and its ancestors stay when something has to go. Whether the header stayed.
    pub(super) fn insert(&mut self, node: Node, consensus: &impl Consensus) -> bool {
        let (id, parent) = (node.branch().tip_ref().id, node.header().parent);
        if self.nodes.contains_key(&id) {
            return true;
        }
        self.body_bytes += node.body.as_ref().map_or(0, |body| body.len());
        self.nodes.insert(id, node);
        self.children.entry(parent).or_default().insert(id);
        self.shrink(consensus);
        self.nodes.contains_key(&id)
    }

    /// Adds the body of a known header. Whether it stayed.
    pub(super) fn set_body(&mut self, id: &BlockId, body: Arc<[u8]>, consensus: &impl Consensus) -> bool {
        if let Some(node) = self.nodes.get_mut(id)
            && node.body.is_none()
        {
            self.body_bytes += body.len();
            node.body = Some(body);
            self.shrink(consensus);
        }
        self.nodes.get(id).is_some_and(|node| node.body.is_some())
    }

    pub(super) fn remove(&mut self, id: &BlockId) -> Option<Node> {
        let node = self.nodes.remove(id)?;
        self.body_bytes -= node.body.as_ref().map_or(0, |body| body.len());
        let parent = node.header().parent;
        if let Some(siblings) = self.children.get_mut(&parent) {
            siblings.remove(id);
            if siblings.is_empty() {
                self.children.remove(&parent);
            }
        }
        Some(node)
    }

    /// Removes a block and everything on it; returns their ids.
    pub(super) fn remove_branch(&mut self, id: &BlockId) -> Vec<BlockId> {
        let mut gone = Vec::new();
        let mut open = Vec::from([*id]);
        while let Some(id) = open.pop() {
            open.extend(self.children.get(&id).into_iter().flatten().copied());
            if self.remove(&id).is_some() {
                gone.push(id);
            }
        }
        gone
    }

    /// Removes what stands below `height`, and everything on it: branches that leave the chain too deep.
    pub(super) fn prune_below(&mut self, height: u64) {
        let old: Vec<BlockId> =
            self.nodes.iter().filter(|(_, node)| node.header().height < height).map(|(id, _)| *id).collect();
        old.iter().for_each(|id| {
            self.remove_branch(id);
        });
    }

    /// Blocks from the chain (exclusive) up to `id`, ascending, and the block of the chain on which they stand.
    pub(super) fn path(&self, id: &BlockId) -> (BlockId, Vec<BlockId>) {
        let mut path = Vec::new();
        let mut at = *id;
        while let Some(node) = self.nodes.get(&at) {
            path.push(at);
            at = node.header().parent;
        }
        path.reverse();
        (at, path)
    }

    /// The best block on `start` (itself included, if it is a node) that is reached through nodes that `allow`
    /// allows.
    pub(super) fn best_from(
        &self,
        start: &BlockId,
        consensus: &impl Consensus,
        allow: impl Fn(&Node) -> bool,
    ) -> Option<(BlockId, Candidate)> {
        let mut best: Option<(BlockId, Candidate)> = None;
        let mut open: Vec<BlockId> = if self.nodes.contains_key(start) {
            Vec::from([*start])
        } else {
            self.children.get(start).into_iter().flatten().copied().collect()
        };
        while let Some(id) = open.pop() {
            let Some(node) = self.nodes.get(&id).filter(|node| allow(node)) else { continue };
            let candidate = node.branch().candidate();
            let better =
                |(_, known): &(BlockId, Candidate)| consensus.compare(&candidate, known) == Ordering::Greater;
            if best.as_ref().is_none_or(better) {
                best = Some((id, candidate));
            }
            open.extend(self.children.get(&id).into_iter().flatten().copied());
        }
        best
    }

    /// The best block of all.
    pub(super) fn best(&self, consensus: &impl Consensus) -> Option<(BlockId, Candidate)> {
        let candidates = self.nodes.iter().map(|(id, node)| (*id, node.branch().candidate()));
        candidates.max_by(|(_, a), (_, b)| consensus.compare(a, b))
    }

    /// Ascending blocks of the path to `id` whose bodies are missing.
    pub(super) fn missing(&self, id: &BlockId) -> impl Iterator<Item = BlockRef> {
        let (_, path) = self.path(id);
        path.into_iter().filter_map(|id| {
            let node = self.nodes.get(&id)?;
            node.body.is_none().then(|| node.branch().tip_ref())
        })
    }

    /// Lets what has the least work go until the limits hold: headers from the end of a branch, bodies from the end
    /// of what a branch has of them.
    fn shrink(&mut self, consensus: &impl Consensus) {
        while self.nodes.len() > self.limits.headers {
            let Some(worst) = self.least(consensus, |_| true) else { break };
            self.remove(&worst);
        }
        while self.body_bytes > self.limits.body_bytes {
            let Some(worst) = self.least(consensus, |node| node.body.is_some()) else { break };
            if let Some(body) = self.nodes.get_mut(&worst).and_then(|node| node.body.take()) {
                self.body_bytes -= body.len();
            }
        }
    }

    /// The block of least work among those that count and have no child that counts.
    fn least(&self, consensus: &impl Consensus, counts: impl Fn(&Node) -> bool) -> Option<BlockId> {
        let has_child = |id: &BlockId| {
            let children = self.children.get(id).into_iter().flatten();
            children.filter_map(|id| self.nodes.get(id)).any(&counts)
        };
        let ends = self.nodes.iter().filter(|(id, node)| counts(node) && !has_child(id));
        let least =
            ends.min_by(|(_, a), (_, b)| consensus.compare(&a.branch().candidate(), &b.branch().candidate()));
        least.map(|(id, _)| *id)
    }
}
