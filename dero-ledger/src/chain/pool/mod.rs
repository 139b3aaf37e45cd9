//! Transactions that wait for a block (protocol 10.4, ledger-and-net 3.6).
//!
//! Checks run in the order of 10.4 for the block after the tip. A tag enters the conflict set only after steps 6 to
//! 9 passed: whoever knows a tag beforehand, an auditor say, cannot block its owner with a transaction that proves
//! nothing. What is remembered about a refused transaction depends on where it failed: nothing about bytes (steps
//! 1, 2) or state (4), proofs (5 to 9) under the verdict key, and nothing of it ever refuses a block.

mod admission;
mod entry;
mod update;

use alloc::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    vec::Vec,
};
use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

pub use admission::{Admitted, PoolError};
pub use entry::Pooled;
use entry::Rate;

use super::{VerdictCache, members::Recent};
use crate::{
    block::BlockRef,
    rules::{RuleParameters, TxError},
    transaction::{TxId, VerdictKey, WitnessId},
};

/// How much a pool holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolLimits {
    /// Bytes of transactions.
    pub bytes: usize,
    /// Verdict keys of refused transactions that are remembered.
    pub refused: usize,
}

impl Default for PoolLimits {
    fn default() -> Self {
        Self { bytes: 64 << 20, refused: 1 << 16 }
    }
}

/// A pool of one chain.
#[derive(Debug)]
pub struct Mempool {
    parameters: RuleParameters,
    limits: PoolLimits,
    verdicts: Arc<VerdictCache>,
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    /// The block after which all entries were checked.
    at: Option<BlockRef>,
    /// Entries were checked after other blocks too: the next update checks everything.
    mixed: bool,
    entries: HashMap<WitnessId, Arc<Pooled>>,
    by_txid: HashMap<TxId, WitnessId>,
    /// Tags of entries: the conflict set.
    tags: BTreeMap<[u8; 32], WitnessId>,
    /// From the lowest fee rate up.
    by_rate: BTreeSet<(Rate, core::cmp::Reverse<u64>, WitnessId)>,
    bytes: usize,
    arrivals: u64,
    refused: Recent<VerdictKey, TxError>,
}

impl Mempool {
    /// An empty pool; `verdicts` are those of the chain.
    #[must_use]
    pub fn new(parameters: RuleParameters, limits: PoolLimits, verdicts: Arc<VerdictCache>) -> Self {
        let inner = Inner {
            at: None,
            mixed: false,
            entries: HashMap::new(),
            by_txid: HashMap::new(),
            tags: BTreeMap::new(),
            by_rate: BTreeSet::new(),
            bytes: 0,
            arrivals: 0,
            refused: Recent::new(limits.refused),
        };
        Self { parameters, limits, verdicts, inner: Mutex::new(inner) }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many transactions wait.
    #[must_use]
    pub fn len(&self) -> usize {
        self.inner().entries.len()
    }

    /// Whether none waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes of all that wait.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.inner().bytes
    }

    /// The transaction with this witness.
    #[must_use]
    pub fn get(&self, wtxid: &WitnessId) -> Option<Arc<Pooled>> {
        self.inner().entries.get(wtxid).cloned()
    }

    /// The transaction with this effect, whatever its witness.
    #[must_use]
    pub fn find(&self, txid: &TxId) -> Option<Arc<Pooled>> {
        let inner = self.inner();
        inner.by_txid.get(txid).and_then(|wtxid| inner.entries.get(wtxid)).cloned()
    }

    /// All that wait, in the order of their arrival.
    #[must_use]
    pub fn all(&self) -> Vec<Arc<Pooled>> {
        let mut all: Vec<_> = self.inner().entries.values().cloned().collect();
        all.sort_unstable_by_key(|pooled| pooled.arrival);
        all
    }
}

impl Inner {
    fn insert(&mut self, pooled: Arc<Pooled>) {
        let wtxid = pooled.wtxid();
        self.by_txid.insert(pooled.txid(), wtxid);
        self.tags.extend(pooled.tags().map(|tag| (tag, wtxid)));
        self.by_rate.insert(pooled.rank());
        self.bytes += pooled.bytes;
        self.entries.insert(wtxid, pooled);
    }

    fn remove(&mut self, wtxid: &WitnessId) -> Option<Arc<Pooled>> {
        let pooled = self.entries.remove(wtxid)?;
        self.by_txid.remove(&pooled.txid());
        for tag in pooled.tags() {
            self.tags.remove(&tag);
        }
        self.by_rate.remove(&pooled.rank());
        self.bytes -= pooled.bytes;
        Some(pooled)
    }

    /// Lets the lowest fee rates go until `limit` holds.
    fn evict(&mut self, limit: usize) -> Vec<Arc<Pooled>> {
        let mut gone = Vec::new();
        while self.bytes > limit {
            let Some((_, _, lowest)) = self.by_rate.first().copied() else { break };
            gone.extend(self.remove(&lowest));
        }
        gone
    }
}
