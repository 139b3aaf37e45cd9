//! A state in memory, for tests of the rules.

use alloc::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    vec::Vec,
};
use core::convert::Infallible;
use std::sync::Mutex;

use dero_crypto::{
    NetworkId,
    asset::AssetId,
    membership::{ANCHOR_SPACING, Accumulator, Interval, MEMBER_BYTES, Member, ReferenceKind, ReferenceSet},
};

use crate::{
    rules::{AssetRow, StateView, VaultStatus},
    transaction::{ContractId, VaultId},
};

/// The state before one transaction, each part a plain collection.
#[derive(Debug, Default)]
pub struct MemoryState {
    /// Height of the including block.
    pub height: u64,
    /// Length of the reference list after the appends of each height.
    pub lengths: Vec<u64>,
    /// Spent tags.
    pub spent: BTreeSet<[u8; 32]>,
    /// Vaults of any state.
    pub vaults: BTreeMap<VaultId, VaultStatus>,
    /// Contracts that exist.
    pub contracts: BTreeSet<ContractId>,
    /// Used nonces of moves in.
    pub nonces: BTreeSet<(ContractId, [u8; 32])>,
    /// Registered assets.
    pub assets: BTreeMap<AssetId, AssetRow>,
    members: Vec<Arc<Member>>,
    accumulators: Vec<Accumulator>,
    sets: Mutex<BTreeMap<(ReferenceKind, Interval), Arc<ReferenceSet>>>,
}

impl MemoryState {
    /// An empty state with the reference list `entries`, all of which are listed at height 0.
    ///
    /// # Panics
    ///
    /// If an entry does not decode.
    #[must_use]
    pub fn new(net: &NetworkId, height: u64, entries: &[[u8; MEMBER_BYTES]]) -> Self {
        let members = entries.iter().map(|entry| Arc::new(Member::decode(entry).expect("an entry of the list")));
        let mut accumulators = Vec::from([Accumulator::empty(net)]);
        for (position, entry) in (0..).zip(entries) {
            let last = accumulators[accumulators.len() - 1];
            accumulators.push(last.append(position, entry));
        }
        let lengths = Vec::from([entries.len() as u64]);
        Self { height, lengths, members: members.collect(), accumulators, ..Self::default() }
    }

    fn length_at(&self, height: u64) -> u64 {
        let last = self.lengths.len() - 1;
        self.lengths[usize::try_from(height).map_or(last, |height| height.min(last))]
    }
}

impl StateView for MemoryState {
    type Error = Infallible;

    fn height(&self) -> u64 {
        self.height
    }

    fn is_spent(&self, tag: &[u8; 32]) -> Result<bool, Infallible> {
        Ok(self.spent.contains(tag))
    }

    fn vault(&self, id: &VaultId) -> Result<Option<VaultStatus>, Infallible> {
        Ok(self.vaults.get(id).cloned())
    }

    fn is_nonce_used(&self, contract: &ContractId, nonce: &[u8; 32]) -> Result<bool, Infallible> {
        Ok(self.nonces.contains(&(*contract, *nonce)))
    }

    fn contract_exists(&self, contract: &ContractId) -> Result<bool, Infallible> {
        Ok(self.contracts.contains(contract))
    }

    fn list_length(&self) -> Result<u64, Infallible> {
        Ok(self.length_at(self.height))
    }

    fn anchor_length(&self, anchor: u32) -> Result<u64, Infallible> {
        Ok(self.length_at(u64::from(anchor) * ANCHOR_SPACING))
    }

    fn reference_set(&self, kind: ReferenceKind, interval: Interval) -> Result<Arc<ReferenceSet>, Infallible> {
        let mut sets = self.sets.lock().expect("no test panics while it holds the lock");
        let set = sets.entry((kind, interval)).or_insert_with(|| {
            let [start, end] = [interval.start, interval.end()].map(|end| end as usize);
            let members = self.members[start..end].to_vec();
            let (before, after) = (self.accumulators[start], self.accumulators[end]);
            Arc::new(ReferenceSet::new(kind, interval.start, before, after, members).expect("a resolved interval"))
        });
        Ok(Arc::clone(set))
    }

    fn asset(&self, id: &AssetId) -> Result<Option<AssetRow>, Infallible> {
        Ok(self.assets.get(id).cloned())
    }
}
