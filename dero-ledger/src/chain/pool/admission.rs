//! Taking transactions in.

use alloc::{sync::Arc, vec::Vec};

use dero_crypto::{
    asset::AssetId,
    membership::{Interval, ReferenceKind, ReferenceSet},
};
use rand_core::CryptoRng;

use super::{Mempool, Pooled};
use crate::{
    chain::NextState,
    params::NEVER,
    rules::{
        AssetRow, Blame, CheckError, StateView, Statement, TxError, UnverifiedTransaction, VaultStatus,
        Verification, VerifiedTransaction,
    },
    store::{StoreError, StoreView},
    transaction::{ContractId, TxId, VaultId, VerdictKey, WitnessId},
};

/// What became of a transaction that was not refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admitted {
    /// It waits now.
    New {
        /// The name of its effect.
        txid: TxId,
        /// The name of its effect with these proofs.
        wtxid: WitnessId,
    },
    /// It waited already.
    Known {
        /// The name of its effect with these proofs.
        wtxid: WitnessId,
    },
    /// Its effect waits already, with other proofs. The first are kept; nobody is to blame, and a block decides.
    OtherWitness {
        /// The name of the effect with the proofs that are kept.
        kept: WitnessId,
    },
}

/// Why a transaction is not taken.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PoolError {
    /// It breaks a rule at the next height.
    #[error(transparent)]
    Refused(#[from] TxError),
    /// Another transaction that waits spends the same enote.
    #[error("input {input} is spent by the waiting transaction {by}")]
    Conflict {
        /// The first such input.
        input: usize,
        /// The transaction that waits.
        by: TxId,
    },
    /// The pool is full of better paying transactions.
    #[error("the pool is full of transactions with higher fee rates")]
    Full,
    /// The state cannot be read. Nothing is known about the transaction.
    #[error(transparent)]
    State(StoreError),
}

impl PoolError {
    /// The name of the rule, which never changes: [`TxError::name`], or that of the variant.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Refused(error) => error.name(),
            Self::Conflict { .. } => "Conflict",
            Self::Full => "Full",
            Self::State(_) => "State",
        }
    }

    /// Whether the sender is charged.
    ///
    /// Not charged: what another state or another height can explain, a full pool, this node's own faults. A node
    /// that slept is honest at a height long past, and one that catches up is asked at a height that has not come.
    #[must_use]
    pub fn is_blamed(&self) -> bool {
        let Self::Refused(error) = self else { return false };
        match error {
            TxError::NotYetValid { .. } | TxError::Expired { .. } => false,
            TxError::NotYetAllowed { from, .. } => *from == NEVER,
            error => error.blame() != Blame::State,
        }
    }

    /// Whether the proof may hold on another branch: one that parted deeper than enotes mature has other members in
    /// its reference sets (protocol 7.5).
    #[must_use]
    pub fn is_of_branch(&self) -> bool {
        matches!(self, Self::Refused(TxError::Proof(Statement::Membership { .. })))
    }

    /// Whether the failure belongs to the witness id of the transaction. Otherwise nothing may be remembered: the id
    /// does not cover Memos and Payload, and another state may accept what this one does not.
    #[must_use]
    pub fn is_of_witness(&self) -> bool {
        matches!(self, Self::Refused(error) if error.blame() == Blame::Proof)
    }
}

/// The next state, in which tags of waiting transactions are spent too.
struct PoolState<'a, V> {
    state: &'a NextState<V>,
    pool: &'a Mempool,
}

impl<V: StoreView> StateView for PoolState<'_, V> {
    type Error = StoreError;

    fn height(&self) -> u64 {
        self.state.height()
    }
    fn is_spent(&self, tag: &[u8; 32]) -> Result<bool, StoreError> {
        Ok(self.pool.inner().tags.contains_key(tag) || self.state.is_spent(tag)?)
    }
    fn vault(&self, id: &VaultId) -> Result<Option<VaultStatus>, StoreError> {
        self.state.vault(id)
    }
    fn is_nonce_used(&self, contract: &ContractId, nonce: &[u8; 32]) -> Result<bool, StoreError> {
        self.state.is_nonce_used(contract, nonce)
    }
    fn contract_exists(&self, contract: &ContractId) -> Result<bool, StoreError> {
        self.state.contract_exists(contract)
    }
    fn list_length(&self) -> Result<u64, StoreError> {
        self.state.list_length()
    }
    fn anchor_length(&self, anchor: u32) -> Result<u64, StoreError> {
        self.state.anchor_length(anchor)
    }
    fn reference_set(&self, kind: ReferenceKind, interval: Interval) -> Result<Arc<ReferenceSet>, StoreError> {
        self.state.reference_set(kind, interval)
    }
    fn asset(&self, id: &AssetId) -> Result<Option<AssetRow>, StoreError> {
        self.state.asset(id)
    }
}

/// Where a transaction of a call to [`Mempool::admit`] stands.
enum Stage {
    Done(Result<Admitted, PoolError>),
    Verified(VerifiedTransaction, usize),
    /// In the common batch, at this place.
    Waits(VerdictKey, usize, usize),
}

impl Mempool {
    /// Checks transactions, steps 6 to 9 in one batch, and lets the valid ones wait. `state` is that of the next
    /// block; call [`update`](Mempool::update) first when the tip moved.
    ///
    /// What arrives within half a second is best given at once.
    pub fn admit<V: StoreView>(
        &self,
        state: &NextState<V>,
        transactions: &[impl AsRef<[u8]>],
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Vec<Result<Admitted, PoolError>> {
        let mut batch = Verification::new(&self.parameters);
        let stages: Vec<_> =
            transactions.iter().map(|bytes| self.check(state, bytes.as_ref(), &mut batch)).collect();
        let mut verdicts: Vec<_> = batch.verify(rng).into_iter().map(Some).collect();
        stages
            .into_iter()
            .map(|stage| match stage {
                Stage::Done(result) => result,
                Stage::Verified(verified, bytes) => self.enter(state, &verified, bytes),
                Stage::Waits(key, place, bytes) => match verdicts[place].take() {
                    Some(Ok(verified)) => self.enter(state, &verified, bytes),
                    Some(Err(error)) => {
                        if error.blame() == Blame::Proof {
                            self.inner().refused.insert(key, error.clone());
                        }
                        Err(error.into())
                    }
                    None => Err(TxError::NoVerdict.into()),
                },
            })
            .collect()
    }

    /// Steps 1 to 5, and the verdict if it is known.
    fn check<V: StoreView>(&self, state: &NextState<V>, bytes: &[u8], batch: &mut Verification) -> Stage {
        let tx = match UnverifiedTransaction::parse(bytes, &self.parameters) {
            Ok(tx) => Arc::new(tx),
            Err(error) => return Stage::Done(Err(error.into())),
        };
        let pool_state = PoolState { state, pool: self };
        let checked = match tx.check(&self.parameters, &pool_state) {
            Ok(checked) => checked,
            Err(CheckError::State(error)) => return Stage::Done(Err(PoolError::State(error))),
            Err(CheckError::Refused(error)) => return Stage::Done(self.explain(&tx, error)),
        };
        let key = checked.effects().verdict_key();
        if let Some(error) = self.inner().refused.get(&key) {
            return Stage::Done(Err(error.into()));
        }
        let checked = match self.verdicts.get(&key) {
            Some(verdict) => match checked.accept(&verdict) {
                Ok(verified) => return Stage::Verified(verified, bytes.len()),
                Err(checked) => checked,
            },
            None => checked,
        };
        match batch.push(checked) {
            Ok(place) => Stage::Waits(key, place, bytes.len()),
            Err(error) => Stage::Done(Err(error.into())),
        }
    }

    /// A spent tag may be that of a transaction which waits: the same one, its effect under other proofs, or a rival.
    fn explain(&self, tx: &UnverifiedTransaction, error: TxError) -> Result<Admitted, PoolError> {
        let TxError::Spent { input } = error else { return Err(error.into()) };
        let digests = tx.digests();
        let inner = self.inner();
        if let Some(kept) = inner.by_txid.get(&digests.txid) {
            let wtxid = digests.wtxid;
            return Ok(if *kept == wtxid {
                Admitted::Known { wtxid }
            } else {
                Admitted::OtherWitness { kept: *kept }
            });
        }
        let tags = tx.transaction().body.bundles.iter().flat_map(|bundle| &bundle.inputs);
        let tag = tags.map(|fields| fields.tag).nth(input);
        let rival = tag.and_then(|tag| inner.tags.get(&tag)).and_then(|wtxid| inner.entries.get(wtxid));
        match rival {
            Some(rival) => Err(PoolError::Conflict { input, by: rival.txid() }),
            None => Err(error.into()),
        }
    }

    /// Lets a verified transaction wait. Now, and not before, its tags block others.
    fn enter<V: StoreView>(
        &self,
        state: &NextState<V>,
        verified: &VerifiedTransaction,
        bytes: usize,
    ) -> Result<Admitted, PoolError> {
        self.verdicts.insert(verified.verdict());
        let mut inner = self.inner();
        // Somebody may have been faster since step 4, with the same call or on another thread.
        let tx = verified.effects().tx();
        let (txid, wtxid) = (tx.digests().txid, tx.digests().wtxid);
        let inputs = tx.transaction().body.bundles.iter().flat_map(|bundle| &bundle.inputs);
        if let Some((input, _)) = inputs.enumerate().find(|(_, fields)| inner.tags.contains_key(&fields.tag)) {
            drop(inner);
            return self.explain(tx, TxError::Spent { input });
        }
        let at = state.tip().block();
        inner.mixed |= *inner.at.get_or_insert(at) != at;
        let pooled = Arc::new(Pooled::new(verified, bytes, inner.arrivals));
        inner.arrivals += 1;
        inner.insert(pooled);
        let gone = inner.evict(self.limits.bytes);
        if gone.iter().any(|pooled| pooled.wtxid() == wtxid) {
            return Err(PoolError::Full);
        }
        Ok(Admitted::New { txid, wtxid })
    }
}
