//! The state in which the next block, and the pool, check transactions: that after the tip and the appends of the
//! next height.

use alloc::{sync::Arc, vec::Vec};

use dero_crypto::{
    DecodeError,
    asset::AssetId,
    membership::{Accumulator, Interval, ReferenceKind, ReferenceSet, anchor_height},
};

use super::{
    members::{MemberCache, SetKey},
    tip::Tip,
};
use crate::{
    params::Network,
    rules::{AssetRow, StateView, VaultStatus},
    store::{ListedEnote, StoreError, StoreView},
    transaction::{ContractId, VaultId},
};

/// The state before the next block, after its appends. Cheap to clone; consistent whatever the chain does.
#[derive(Debug)]
pub struct NextState<V> {
    pub(super) network: Arc<Network>,
    pub(super) tip: Arc<Tip<V>>,
    pub(super) members: Arc<MemberCache>,
}

impl<V> Clone for NextState<V> {
    fn clone(&self) -> Self {
        Self { network: Arc::clone(&self.network), tip: Arc::clone(&self.tip), members: Arc::clone(&self.members) }
    }
}

impl<V: StoreView> NextState<V> {
    /// The tip that the state follows.
    #[must_use]
    pub fn tip(&self) -> &Arc<Tip<V>> {
        &self.tip
    }

    /// The network.
    #[must_use]
    pub fn network(&self) -> &Network {
        &self.network
    }

    fn stored_length(&self) -> u64 {
        self.tip.totals.list_length
    }

    /// The entries at `interval`, those that enter at this height included.
    fn entries(&self, interval: Interval) -> Result<Vec<ListedEnote>, StoreError> {
        let stored = self.stored_length();
        let split = interval.end().min(stored).max(interval.start);
        let mut entries =
            if interval.start < split { self.tip.view.listed(interval.start..split)? } else { Vec::new() };
        let entering = |at: u64| usize::try_from(at.saturating_sub(stored)).unwrap_or(usize::MAX);
        let range = entering(split)..entering(interval.end());
        let missing = StoreError::Missing { what: "position", at: interval.end() };
        entries.extend(self.tip.entering.get(range).ok_or(missing)?);
        Ok(entries)
    }

    /// The accumulator before `position`.
    fn acc(&self, position: u64) -> Result<Accumulator, StoreError> {
        let Some(last) = position.checked_sub(1) else {
            return Ok(Accumulator::empty(self.network.id()));
        };
        let entry = self.entries(Interval { start: last, length: 1 })?;
        let entry = entry.first().ok_or(StoreError::Missing { what: "position", at: last })?;
        Ok(Accumulator(entry.acc))
    }
}

/// What goes wrong between the store and a set.
struct SetError(StoreError);

impl From<DecodeError> for SetError {
    fn from(error: DecodeError) -> Self {
        Self(StoreError::Damaged { what: "reference list".into(), detail: alloc::format!("{error}") })
    }
}
impl From<StoreError> for SetError {
    fn from(error: StoreError) -> Self {
        Self(error)
    }
}

impl<V: StoreView> StateView for NextState<V> {
    type Error = StoreError;

    fn height(&self) -> u64 {
        self.tip.next_height()
    }

    fn is_spent(&self, tag: &[u8; 32]) -> Result<bool, StoreError> {
        Ok(self.tip.view.spent(core::slice::from_ref(tag))?.iter().any(Option::is_some))
    }

    // A chain without contracts and assets has none of them: it opens only networks on which they never begin.
    fn vault(&self, _id: &VaultId) -> Result<Option<VaultStatus>, StoreError> {
        Ok(None)
    }

    fn is_nonce_used(&self, _contract: &ContractId, _nonce: &[u8; 32]) -> Result<bool, StoreError> {
        Ok(false)
    }

    fn contract_exists(&self, _contract: &ContractId) -> Result<bool, StoreError> {
        Ok(false)
    }

    fn asset(&self, _id: &AssetId) -> Result<Option<AssetRow>, StoreError> {
        Ok(None)
    }

    fn list_length(&self) -> Result<u64, StoreError> {
        Ok(self.tip.next_list.length)
    }

    fn anchor_length(&self, anchor: u32) -> Result<u64, StoreError> {
        let height = anchor_height(anchor);
        if height == self.height() {
            return Ok(self.tip.next_list.length);
        }
        match self.tip.recent_length(height) {
            Some(length) => Ok(length),
            None => Ok(self.tip.view.totals(height)?.list_length),
        }
    }

    fn reference_set(&self, kind: ReferenceKind, interval: Interval) -> Result<Arc<ReferenceSet>, StoreError> {
        let (before, after) = (self.acc(interval.start)?, self.acc(interval.end())?);
        let key = SetKey { kind, start: interval.start, before, after };
        self.members.set::<SetError>(key, || Ok(self.entries(interval)?)).map_err(|error| error.0)
    }
}
