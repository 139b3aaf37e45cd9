//! Merkle mountain ranges: append-only trees over all headers and over all linking tags (protocol 10.7).
//!
//! ```text
//! tags     leaf h_32("tags/leaf"; L)               node h_32("tags/node"; left, right)
//! headers  leaf h_32("headers/leaf"; id, work)     node h_32("headers/node"; left, right, sum)
//! bag      peaks from the right, node(right, left); 32 zero bytes if the tree is empty (sum too)
//! ```
//!
//! A tree is its peaks: the perfect trees into which its leaves fall, largest first. Appending a leaf merges equal
//! peaks from the right; the new nodes, in order, are what a store appends.

use alloc::vec::Vec;
use core::fmt;

use dero_crypto::{NetworkId, group::domain};

use super::BlockId;
use crate::difficulty::Work;

/// A node of a tree.
pub trait MmrNode: Copy {
    /// The node over `left` and `right`; `None` if their sum is out of range.
    fn merge(left: &Self, right: &Self) -> Option<Self>;
}

/// A node of the tree of linking tags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TagNode(pub [u8; 32]);

impl TagNode {
    /// The leaf of a tag.
    #[must_use]
    pub fn leaf(tag: &[u8; 32]) -> Self {
        Self(domain::TAGS_LEAF.hash(&[tag]))
    }
}

impl MmrNode for TagNode {
    fn merge(left: &Self, right: &Self) -> Option<Self> {
        Some(Self(domain::TAGS_NODE.hash(&[&left.0, &right.0])))
    }
}

/// A node of the tree of headers, with the work of the headers below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeaderNode {
    /// The hash.
    pub hash: [u8; 32],
    /// The sum of the work below.
    pub work: Work,
}

impl HeaderNode {
    /// The leaf of a header.
    #[must_use]
    pub fn leaf(id: &BlockId, work: Work) -> Self {
        Self { hash: domain::HEADERS_LEAF.hash(&[&id.0, &work.to_bytes()]), work }
    }

    /// hash ‖ work.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; 64] {
        let mut out = [0; 64];
        out[..32].copy_from_slice(&self.hash);
        out[32..].copy_from_slice(&self.work.to_bytes());
        out
    }

    /// From hash ‖ work.
    #[must_use]
    pub fn from_bytes(bytes: &[u8; 64]) -> Self {
        let (mut hash, mut work) = ([0; 32], [0; 32]);
        hash.copy_from_slice(&bytes[..32]);
        work.copy_from_slice(&bytes[32..]);
        Self { hash, work: Work::from_bytes(&work) }
    }
}

impl MmrNode for HeaderNode {
    fn merge(left: &Self, right: &Self) -> Option<Self> {
        let work = left.work.checked_add(right.work)?;
        Some(Self { hash: domain::HEADERS_NODE.hash(&[&left.hash, &right.hash, &work.to_bytes()]), work })
    }
}

/// A tree, reduced to what an append and a root need.
#[derive(Clone, PartialEq, Eq)]
pub struct Mmr<N> {
    leaves: u64,
    peaks: Vec<N>,
}

impl<N> Default for Mmr<N> {
    fn default() -> Self {
        Self { leaves: 0, peaks: Vec::new() }
    }
}

impl<N> fmt::Debug for Mmr<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Mmr({} leaves)", self.leaves)
    }
}

/// A sum of work reached 2^256: the block that appends it is invalid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the work of the chain reaches 2^256")]
pub struct WorkOverflow;

impl<N: MmrNode> Mmr<N> {
    /// The tree of `leaves` leaves whose stored nodes `node` returns.
    ///
    /// # Errors
    ///
    /// Those of `node`.
    pub fn load<E>(leaves: u64, node: impl FnMut(u64) -> Result<N, E>) -> Result<Self, E> {
        let peaks = peak_positions(leaves).map(node).collect::<Result<_, _>>()?;
        Ok(Self { leaves, peaks })
    }

    /// How many leaves there are.
    #[must_use]
    pub fn leaves(&self) -> u64 {
        self.leaves
    }

    /// How many nodes a store holds for the tree.
    #[must_use]
    pub fn nodes(&self) -> u64 {
        node_count(self.leaves)
    }

    /// Appends a leaf and returns all new nodes in the order of their positions, the leaf first.
    ///
    /// # Errors
    ///
    /// [`WorkOverflow`]; the tree is unchanged then.
    pub fn push(&mut self, leaf: N) -> Result<Vec<N>, WorkOverflow> {
        let mut nodes = Vec::from([leaf]);
        let mut top = leaf;
        // As many peaks merge as the count has ones at its end: a carry of the binary counter.
        let merged = self.leaves.trailing_ones() as usize;
        for left in self.peaks.iter().rev().take(merged) {
            top = N::merge(left, &top).ok_or(WorkOverflow)?;
            nodes.push(top);
        }
        self.peaks.truncate(self.peaks.len() - merged);
        self.peaks.push(top);
        self.leaves += 1;
        Ok(nodes)
    }

    /// All peaks as one node, `None` for an empty tree.
    ///
    /// # Errors
    ///
    /// [`WorkOverflow`].
    pub fn bag(&self) -> Result<Option<N>, WorkOverflow> {
        let mut peaks = self.peaks.iter().rev();
        let Some(last) = peaks.next() else { return Ok(None) };
        peaks.try_fold(*last, |right, left| N::merge(&right, left).ok_or(WorkOverflow)).map(Some)
    }
}

/// Nodes of a tree with `leaves` leaves: 2·leaves less one for each peak.
fn node_count(leaves: u64) -> u64 {
    2 * leaves - u64::from(leaves.count_ones())
}

/// Positions of the peaks, largest first.
fn peak_positions(leaves: u64) -> impl Iterator<Item = u64> {
    let mut end = 0;
    (0..64).rev().filter(move |bit| leaves >> bit & 1 == 1).map(move |bit| {
        end += node_count(1 << bit);
        end - 1
    })
}

/// h_32("tags/root"; net, le64 count, bag).
#[must_use]
pub fn tag_root(net: &NetworkId, tags: &Mmr<TagNode>) -> [u8; 32] {
    let bag = tags.bag().expect("tags have no work to sum").map_or([0; 32], |node| node.0);
    domain::TAGS_ROOT.hash(&[&net.0, &tags.leaves.to_le_bytes(), &bag])
}

/// h_32("headers/root"; net, le64 count, bag, sum).
///
/// # Errors
///
/// [`WorkOverflow`].
pub fn header_root(net: &NetworkId, headers: &Mmr<HeaderNode>) -> Result<[u8; 32], WorkOverflow> {
    let bag = headers.bag()?.unwrap_or(HeaderNode { hash: [0; 32], work: Work::ZERO });
    let count = headers.leaves.to_le_bytes();
    Ok(domain::HEADERS_ROOT.hash(&[&net.0, &count, &bag.hash, &bag.work.to_bytes()]))
}

#[cfg(test)]
mod tests {
    use ckb_merkle_mountain_range::{MMR, Merge, util::MemStore};

    use super::*;
    use crate::difficulty::Target;

    const NET: NetworkId = NetworkId([7; 32]);

    fn tag_leaf(i: u64) -> TagNode {
        TagNode::leaf(&[i as u8; 32])
    }

    struct TagMerge;
    impl Merge for TagMerge {
        type Item = TagNode;
        fn merge(left: &TagNode, right: &TagNode) -> ckb_merkle_mountain_range::Result<TagNode> {
            Ok(MmrNode::merge(left, right).unwrap())
        }
    }

    #[test]
    fn nodes_positions_and_bag_are_those_of_another_implementation() {
        let theirs = MemStore::default();
        let mut theirs = MMR::<_, TagMerge, _>::new(0, &theirs);
        let (mut tree, mut nodes) = (Mmr::<TagNode>::default(), Vec::new());
        for i in 0..130 {
            let position = theirs.push(tag_leaf(i)).unwrap();
            assert_eq!(position, nodes.len() as u64);
            nodes.extend(tree.push(tag_leaf(i)).unwrap());
            assert_eq!(theirs.mmr_size(), tree.nodes());
            assert_eq!(tree.nodes(), nodes.len() as u64);
            assert_eq!(theirs.get_root().unwrap(), tree.bag().unwrap().unwrap());
            let loaded = Mmr::load(i + 1, |at| nodes.get(at as usize).copied().ok_or(())).unwrap();
            assert_eq!(loaded, tree);
        }
    }

    #[test]
    fn an_empty_tree_has_zeros_and_one_leaf_is_its_own_top() {
        let mut tree = Mmr::<TagNode>::default();
        assert_eq!(tag_root(&NET, &tree), domain::TAGS_ROOT.hash(&[&NET.0, &[0; 8], &[0; 32]]));
        tree.push(tag_leaf(1)).unwrap();
        assert_eq!(tag_root(&NET, &tree), domain::TAGS_ROOT.hash(&[&NET.0, &1u64.to_le_bytes(), &tag_leaf(1).0]));
        let empty = header_root(&NET, &Mmr::default()).unwrap();
        assert_eq!(empty, domain::HEADERS_ROOT.hash(&[&NET.0, &[0; 8], &[0; 32], &[0; 32]]));
    }

    #[test]
    fn three_leaves_bag_from_the_right() {
        let mut tree = Mmr::<TagNode>::default();
        for i in 0..3 {
            tree.push(tag_leaf(i)).unwrap();
        }
        let pair = domain::TAGS_NODE.hash(&[&tag_leaf(0).0, &tag_leaf(1).0]);
        let bag = domain::TAGS_NODE.hash(&[&tag_leaf(2).0, &pair]);
        assert_eq!(tree.bag().unwrap(), Some(TagNode(bag)));
    }

    #[test]
    fn leaves_nodes_and_roots_are_over_what_the_law_lists() {
        let [one, two] = [0x1f01_0000, 0x1e01_0000].map(|compact| Target::from_compact(compact).unwrap().work());
        let sum = one.checked_add(two).unwrap();
        let leaf = |id: u8, work: Work| domain::HEADERS_LEAF.hash(&[&[id; 32], &work.to_bytes()]);
        let node = domain::HEADERS_NODE.hash(&[&leaf(1, one), &leaf(2, two), &sum.to_bytes()]);
        let mut headers = Mmr::default();
        for (id, work) in [(1, one), (2, two)] {
            headers.push(HeaderNode::leaf(&BlockId([id; 32]), work)).unwrap();
        }
        assert_eq!(headers.bag().unwrap(), Some(HeaderNode { hash: node, work: sum }));
        let root = domain::HEADERS_ROOT.hash(&[&NET.0, &2u64.to_le_bytes(), &node, &sum.to_bytes()]);
        assert_eq!(header_root(&NET, &headers), Ok(root));

        let leaf = |tag: u8| domain::TAGS_LEAF.hash(&[&[tag; 32]]);
        let node = domain::TAGS_NODE.hash(&[&leaf(1), &leaf(2)]);
        let mut tags = Mmr::default();
        for tag in [1, 2] {
            tags.push(TagNode::leaf(&[tag; 32])).unwrap();
        }
        assert_eq!(tag_root(&NET, &tags), domain::TAGS_ROOT.hash(&[&NET.0, &2u64.to_le_bytes(), &node]));
    }

    #[test]
    fn the_bag_of_headers_sums_all_work() {
        let work = Target::from_compact(0x1f01_0000).unwrap().work();
        let (mut tree, mut sum) = (Mmr::default(), Work::ZERO);
        for i in 0..11 {
            tree.push(HeaderNode::leaf(&BlockId([i; 32]), work)).unwrap();
            sum = sum.checked_add(work).unwrap();
            let bag = tree.bag().unwrap().unwrap();
            assert_eq!(bag.work, sum);
            assert_eq!(HeaderNode::from_bytes(&bag.to_bytes()), bag);
        }
    }

    #[test]
    fn a_sum_of_2_to_the_256_is_refused_and_changes_nothing() {
        let half = Work::from_bytes(&core::array::from_fn(|i| if i == 31 { 0x80 } else { 0 }));
        let mut tree = Mmr::default();
        tree.push(HeaderNode::leaf(&BlockId([0; 32]), half)).unwrap();
        let before = tree.clone();
        assert_eq!(tree.push(HeaderNode::leaf(&BlockId([1; 32]), half)), Err(WorkOverflow));
        assert_eq!(tree, before);
    }
}
