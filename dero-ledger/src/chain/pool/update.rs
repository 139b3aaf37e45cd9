//! Following the tip.

use alloc::{sync::Arc, vec::Vec};

use rand_core::CryptoRng;

use super::{Mempool, Pooled};
use crate::{
    chain::NextState,
    rules::{CheckError, StateView, Verification},
    store::{StoreError, StoreView},
};

impl Mempool {
    /// Drops what is no longer valid in `state`, that of the block after the new tip; returns it.
    ///
    /// On a longer chain only expiry and spent tags can end a transaction: what it cites stays where it is, and its
    /// verdict stays. On another branch everything that depends on the state is checked again.
    ///
    /// # Errors
    ///
    /// A failed read; the pool is as before.
    pub fn update<V: StoreView>(
        &self,
        state: &NextState<V>,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<Vec<Arc<Pooled>>, StoreError> {
        let tip = state.tip().block();
        let (before, mixed, arrivals) = {
            let inner = self.inner();
            (inner.at, inner.mixed, inner.arrivals)
        };
        let same_branch = match before {
            _ if mixed => false,
            Some(at) if at == tip => return Ok(Vec::new()),
            Some(at) => state.tip().view().height_of(&at.id)? == Some(at.height),
            None => true,
        };
        let all = self.all();
        let (mut gone, mut kept) = (Vec::new(), Vec::new());
        for pooled in all {
            let ended = is_over(&pooled, state)?;
            if ended { gone.push(pooled) } else { kept.push(pooled) }
        }
        let renewed = if same_branch { Vec::new() } else { self.check_again(state, kept, &mut gone, rng)? };
        let mut inner = self.inner();
        // What entered meanwhile was checked in the state before.
        (inner.at, inner.mixed) = (Some(tip), inner.arrivals != arrivals);
        for pooled in &gone {
            inner.remove(&pooled.wtxid());
        }
        for pooled in renewed {
            if inner.remove(&pooled.wtxid()).is_some() {
                inner.insert(pooled);
            }
        }
        Ok(gone)
    }

    /// Steps 2 to 9 on another branch; verdicts count where their keys are still the same.
    fn check_again<V: StoreView>(
        &self,
        state: &NextState<V>,
        pooled: Vec<Arc<Pooled>>,
        gone: &mut Vec<Arc<Pooled>>,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<Vec<Arc<Pooled>>, StoreError> {
        let mut batch = Verification::new(&self.parameters);
        let (mut waiting, mut renewed) = (Vec::new(), Vec::new());
        for pooled in pooled {
            let checked = match pooled.tx().check(&self.parameters, state) {
                Ok(checked) => checked,
                Err(CheckError::State(error)) => return Err(error),
                Err(CheckError::Refused(_)) => {
                    gone.push(pooled);
                    continue;
                }
            };
            let checked = match self.verdicts.get(&checked.effects().verdict_key()) {
                Some(verdict) => match checked.accept(&verdict) {
                    Ok(verified) => {
                        renewed.push(Arc::new(Pooled::new(&verified, pooled.bytes, pooled.arrival)));
                        continue;
                    }
                    Err(checked) => checked,
                },
                None => checked,
            };
            match batch.push(checked) {
                Ok(_) => waiting.push(pooled),
                Err(_) => gone.push(pooled),
            }
        }
        for (pooled, verdict) in waiting.into_iter().zip(batch.verify(rng)) {
            match verdict {
                Ok(verified) => {
                    self.verdicts.insert(verified.verdict());
                    renewed.push(Arc::new(Pooled::new(&verified, pooled.bytes, pooled.arrival)));
                }
                Err(_) => gone.push(pooled),
            }
        }
        Ok(renewed)
    }
}

/// Whether the transaction expired, or an enote of it was spent.
fn is_over<V: StoreView>(pooled: &Pooled, state: &NextState<V>) -> Result<bool, StoreError> {
    let expiry = pooled.tx().transaction().body.expiry;
    if expiry != 0 && expiry < state.height() {
        return Ok(true);
    }
    for tag in pooled.tags() {
        if state.is_spent(&tag)? {
            return Ok(true);
        }
    }
    Ok(false)
}
