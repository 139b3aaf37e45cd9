//! The state in which the next block is checked.

use alloc::{collections::BTreeMap, sync::Arc, vec::Vec};
use core::convert::Infallible;
use std::sync::Mutex;

use dero_crypto::{
    asset::AssetId,
    membership::{Accumulator, Interval, ReferenceKind, ReferenceSet, anchor_height},
};
use dero_ledger::{
    rules::{AssetRow, StateView, VaultStatus},
    state::{Entry, ReferenceList},
    store::ListedEnote,
    transaction::{ContractId, VaultId},
};

use super::{MemorySource, index, lock};

pub(super) struct Next<'a> {
    source: &'a MemorySource,
    height: u64,
    /// The list after the appends of this height.
    pub(super) list: ReferenceList,
    pub(super) appended: Vec<ListedEnote>,
    sets: Mutex<BTreeMap<(ReferenceKind, Interval), Arc<ReferenceSet>>>,
}

impl<'a> Next<'a> {
    pub(super) fn of(source: &'a MemorySource) -> Self {
        let (rows, tip) = (source.network.rows(), source.last());
        let height = tip.branch.tip().height + 1;
        let block = |maturity: u64| height.checked_sub(maturity).map(|from| &source.blocks[index(from)]);
        let outputs = block(rows.maturity).map(|block| block.outputs.as_slice()).unwrap_or_default();
        let coinbase = block(rows.coinbase_maturity).map(|block| block.coinbase.as_slice()).unwrap_or_default();
        let mut list = tip.list;
        let appended = list.enter(height, outputs.iter().chain(coinbase).copied());
        Self { source, height, list, appended, sets: Mutex::default() }
    }

    fn listed(&self, position: u64) -> &ListedEnote {
        let (position, before) = (index(position), self.source.listed.len());
        self.source.listed.get(position).unwrap_or_else(|| &self.appended[position - before])
    }

    fn acc(&self, position: u64) -> Accumulator {
        match position.checked_sub(1) {
            Some(last) => Accumulator(self.listed(last).acc),
            None => Accumulator::empty(self.source.network.id()),
        }
    }
}

impl StateView for Next<'_> {
    type Error = Infallible;

    fn height(&self) -> u64 {
        self.height
    }

    fn is_spent(&self, tag: &[u8; 32]) -> Result<bool, Infallible> {
        Ok(self.source.last().spent.contains(tag))
    }

    fn vault(&self, _: &VaultId) -> Result<Option<VaultStatus>, Infallible> {
        Ok(None)
    }

    fn is_nonce_used(&self, _: &ContractId, _: &[u8; 32]) -> Result<bool, Infallible> {
        Ok(false)
    }

    fn contract_exists(&self, _: &ContractId) -> Result<bool, Infallible> {
        Ok(false)
    }

    fn list_length(&self) -> Result<u64, Infallible> {
        Ok(self.list.length)
    }

    fn anchor_length(&self, anchor: u32) -> Result<u64, Infallible> {
        let block = self.source.blocks.get(index(anchor_height(anchor)));
        Ok(block.map_or(self.list.length, |block| block.list.length))
    }

    fn reference_set(&self, kind: ReferenceKind, interval: Interval) -> Result<Arc<ReferenceSet>, Infallible> {
        let mut sets = lock(&self.sets);
        let set = sets.entry((kind, interval)).or_insert_with(|| {
            let entries: Vec<Entry> =
                (interval.start..interval.end()).map(|position| self.listed(position).enote).collect();
            let (start, end) = (self.acc(interval.start), self.acc(interval.end()));
            let set = ReferenceSet::rehash(kind, interval.start, start, end, &entries);
            Arc::new(set.expect("the list's own entries and accumulators"))
        });
        Ok(Arc::clone(set))
    }

    fn asset(&self, _: &AssetId) -> Result<Option<AssetRow>, Infallible> {
        Ok(None)
    }
}
