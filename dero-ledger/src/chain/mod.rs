//! A chain: blocks checked, committed, and taken back when a better branch appears (protocol 10.7).
//!
//! ```text
//! bytes ──▶ header on a known parent ──▶ tree of candidates ──▶ best branch with bodies? ──▶ verify ──▶ store
//! ```
//!
//! [`Chain`] owns a [`ChainStore`], follows a [`Consensus`] and asks an [`Executor`] about Payloads. It reads no
//! clock and draws no randomness: both are arguments. Readers take a [`Tip`], which never changes, or a
//! [`NextState`], in which the pool checks transactions for the next block; neither waits for a block under
//! verification.
//!
//! A block is judged only by checking it: no verdict about a transaction ever refuses one, and what is remembered
//! about ids is what [`BlockError::blame`] allows.

mod ahead;
mod content;
mod error;
mod headers;
mod limits;
mod members;
pub mod pool;
mod state;
mod switch;
mod template;
mod tip;
mod tree;
mod verdicts;
mod verify;

use alloc::{string::ToString, sync::Arc, vec::Vec};
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock};

use rand_core::CryptoRng;

pub use error::{BlockBlame, BlockError, ChainError, Commitment};
pub use headers::{HeaderTip, HeadersAdded};
pub use state::NextState;
pub use switch::{Added, Advance};
pub use template::{Template, pay_coinbase};
pub use tip::Tip;
pub use tree::TreeLimits;
pub use verdicts::VerdictCache;

use crate::{
    block::{Block, BlockId, encode_block},
    consensus::{Consensus, HeaderBranch},
    execution::Executor,
    genesis::Genesis,
    params::{NEVER, Network},
    store::{BlockChanges, ChainStore, StoreError, StoreView, Totals},
};
use members::{MemberCache, Recent};
use tree::Tree;
use verify::Body;

/// The deepest reorganisation that a node makes by itself.
pub const MAX_REORGANISATION: u64 = 360;
/// Ids of invalid blocks that are remembered.
const INVALID_IDS: usize = 16_384;

/// How much a chain keeps in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChainOptions {
    /// Decoded members of reference sets, 480 bytes each.
    pub members: usize,
    /// Intervals whose members are kept together.
    pub sets: usize,
    /// Verdicts of transactions.
    pub verdicts: usize,
    /// Blocks beside the best branch.
    pub tree: TreeLimits,
}

impl Default for ChainOptions {
    fn default() -> Self {
        Self { members: 1 << 18, sets: 1_024, verdicts: 1 << 16, tree: TreeLimits::default() }
    }
}

/// A chain in a store.
pub struct Chain<S: ChainStore, C, E> {
    network: Arc<Network>,
    store: S,
    consensus: C,
    executor: E,
    members: Arc<MemberCache>,
    verdicts: Arc<VerdictCache>,
    tip: RwLock<Arc<Tip<S::View>>>,
    /// Held only for look-ups and inserts.
    tree: Mutex<Tree>,
    invalid: Mutex<Recent<BlockId, ()>>,
    /// Held while a block is checked and committed.
    writer: Mutex<()>,
}

impl<S: ChainStore, C, E> core::fmt::Debug for Chain<S, C, E> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let tip = self.tip.read().unwrap_or_else(PoisonError::into_inner).branch.tip_ref();
        f.debug_struct("Chain").field("network", &self.network.name()).field("tip", &tip).finish_non_exhaustive()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What a panicking holder left is whole: each critical section changes one thing at its end.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<S: ChainStore, C: Consensus, E: Executor> Chain<S, C, E> {
    /// Opens the chain in `store`, or begins it with the genesis that the network's list derives.
    ///
    /// # Errors
    ///
    /// [`ChainError`] if the store cannot be read or holds another genesis, or if the network needs what
    /// `consensus` or `executor` do not have.
    pub fn open(
        store: S,
        network: Network,
        consensus: C,
        executor: E,
        options: ChainOptions,
    ) -> Result<Self, ChainError> {
        let rows = network.rows();
        if !consensus.serves(rows.proof_of_work) {
            return Err(ChainError::ProofOfWork { network: network.name().to_string(), row: rows.proof_of_work });
        }
        if !executor.runs_contracts() {
            for (row, from) in [("assets_from", rows.assets_from), ("contracts_from", rows.contracts_from)] {
                if from != NEVER {
                    return Err(ChainError::NoEngine { network: network.name().to_string(), row, from });
                }
            }
        }
        begin(&store, &network)?;
        let tip = Tip::load(store.view()?, &network, &consensus)?;
        Ok(Self {
            network: Arc::new(network),
            store,
            consensus,
            executor,
            members: Arc::new(MemberCache::new(options.members, options.sets)),
            verdicts: Arc::new(VerdictCache::new(options.verdicts)),
            tip: RwLock::new(Arc::new(tip)),
            tree: Mutex::new(Tree::new(options.tree)),
            invalid: Mutex::new(Recent::new(INVALID_IDS)),
            writer: Mutex::new(()),
        })
    }

    /// The network.
    #[must_use]
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// The engine that seals blocks.
    #[must_use]
    pub fn consensus(&self) -> &C {
        &self.consensus
    }

    /// The store.
    #[must_use]
    pub fn store(&self) -> &S {
        &self.store
    }

    /// Verdicts of steps 6 to 9, shared with the pool.
    #[must_use]
    pub fn verdicts(&self) -> &Arc<VerdictCache> {
        &self.verdicts
    }

    /// The newest block whose body is checked, on the best branch.
    #[must_use]
    pub fn tip(&self) -> Arc<Tip<S::View>> {
        Arc::clone(&self.tip.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The state in which the next block is checked.
    #[must_use]
    pub fn next_state(&self) -> NextState<S::View> {
        self.state_on(self.tip())
    }

    fn state_on(&self, tip: Arc<Tip<S::View>>) -> NextState<S::View> {
        NextState { network: Arc::clone(&self.network), tip, members: Arc::clone(&self.members) }
    }

    fn set_tip(&self, tip: Arc<Tip<S::View>>) {
        *self.tip.write().unwrap_or_else(PoisonError::into_inner) = tip;
    }

    /// Takes a block: checks it if it stands on the best branch, keeps it if a parent is missing or its branch is
    /// lighter, and changes branches if its own is better.
    ///
    /// `now` is the local clock in seconds; `rng` gives the weights of the batch.
    ///
    /// # Errors
    ///
    /// [`BlockError`], whose [`blame`](BlockError::blame) says who is charged. The state is as before, except that
    /// blocks which were waiting and are valid may have been taken.
    pub fn add_block(
        &self,
        bytes: &[u8],
        now: u64,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<Added, BlockError> {
        let max = Block::max_bytes(&self.network);
        if bytes.len() as u64 > max {
            return Err(BlockError::TooLarge { found: bytes.len(), max });
        }
        let (header, nonce, body) = cut(bytes)?;
        let id = header.id();
        if self.is_on_chain(&id)? {
            return Ok(Added::Known);
        }
        if lock(&self.tree).get(&id).is_some_and(|node| node.body.is_some()) {
            return Ok(Added::Known);
        }
        self.take_header(&header, nonce, now)?;
        let read = Body::read(&self.network, &header, body)?;
        if !lock(&self.tree).set_body(&id, body.into(), &self.consensus) {
            // The tree is full of better branches.
            return Ok(Added::Kept);
        }
        self.advance(id, Some(read), rng)
    }

    fn is_on_chain(&self, id: &BlockId) -> Result<bool, StoreError> {
        Ok(self.tip().view.height_of(id)?.is_some())
    }

    /// A block with header and seal, if its body is here: of the best branch or beside it.
    ///
    /// # Errors
    ///
    /// A failed read.
    pub fn block(&self, id: &BlockId) -> Result<Option<Vec<u8>>, ChainError> {
        if let Some(node) = lock(&self.tree).get(id) {
            let body = node.body.as_ref();
            return Ok(body.map(|body| encode_block(&node.header().to_bytes(), node.nonce, body)));
        }
        let tip = self.tip();
        let Some(height) = tip.view.height_of(id)? else { return Ok(None) };
        let block = tip.view.block(height)?;
        Ok(Some(encode_block(&block.header, block.nonce, &block.body)))
    }
}

/// Header, nonce and what stands behind them.
fn cut(bytes: &[u8]) -> Result<(crate::block::Header, u64, &[u8]), BlockError> {
    let mut reader = dero_crypto::codec::Reader::new(bytes, "block");
    let header = crate::block::Header::from_bytes(&reader.array("header")?);
    let nonce = reader.u64("seal")?;
    Ok((header, nonce, reader.rest()))
}

/// Commits genesis to an empty store, or compares it with the one that is there.
fn begin<S: ChainStore>(store: &S, network: &Network) -> Result<(), ChainError> {
    let genesis = Genesis::of(network);
    let view = store.view()?;
    if view.tip().is_some() {
        let found = view.headers(0..1)?;
        let found = found.first().map(|(bytes, _)| crate::block::Header::from_bytes(bytes).id());
        return match found {
            Some(found) if found == genesis.id() => Ok(()),
            Some(found) => Err(ChainError::OtherGenesis { found, expected: genesis.id() }),
            None => Err(StoreError::Missing { what: "header", at: 0 }.into()),
        };
    }
    let extension = HeaderBranch::genesis(genesis.header.clone(), network);
    let extension = extension.expect("one header's work is below 2^256");
    let changes = BlockChanges {
        block: extension.branch.tip_ref(),
        parent: None,
        header: genesis.header.to_bytes(),
        nonce: 0,
        body: Vec::new(),
        txids: Vec::new(),
        compact_scan: Vec::new(),
        compact_values: Vec::new(),
        tags: Vec::new(),
        header_nodes: extension.nodes.iter().map(crate::block::mmr::HeaderNode::to_bytes).collect(),
        tag_nodes: Vec::new(),
        totals: Totals {
            work: extension.branch.work().to_bytes(),
            list_length: genesis.list.length,
            tags: 0,
            header_nodes: extension.branch.headers().nodes(),
            tag_nodes: 0,
            anchors: genesis.list.anchors,
            issued: genesis.issued,
            destroyed: 0,
        },
        listed: genesis.listed,
    };
    Ok(store.commit(&changes)?)
}
