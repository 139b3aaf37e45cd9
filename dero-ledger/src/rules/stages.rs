//! The stages of a transaction: a type each, so that state is changed only by what passed all of them.
//!
//! ```text
//! bytes ──parse──▶ UnverifiedTransaction ──check──▶ CheckedTransaction ──Verification──▶ VerifiedTransaction
//!        step 1                           steps 2–5                      steps 6–9
//! ```
//!
//! Step 10, the execution of a Payload, belongs to the state change.

use alloc::{sync::Arc, vec::Vec};

use dero_crypto::{enote::InputContext, group::domain, membership::ReferenceSet};

use super::{
    CheckError, RuleParameters, StateView, TxError, cheap,
    decode::{self, Decoded},
    order,
    state::{self, LockedVault, Resolved, ResolvedOp},
};
use crate::transaction::{Digests, Transaction, VaultId, VerdictKey, fee};

/// A transaction of the right form (step 1), with its names and contexts.
#[derive(Clone, Debug)]
pub struct UnverifiedTransaction {
    transaction: Transaction,
    digests: Digests,
    contexts: Vec<InputContext>,
    vault_ids: Vec<VaultId>,
    weight: u64,
}

impl UnverifiedTransaction {
    /// Reads a transaction by all rules that need nothing but its bytes (step 1).
    ///
    /// # Errors
    ///
    /// A [`TxError`] of step 1.
    pub fn parse(bytes: &[u8], parameters: &RuleParameters) -> Result<Self, TxError> {
        let transaction = Transaction::parse(bytes, parameters)?;
        let net = &parameters.net;
        let contexts: Vec<InputContext> =
            transaction.body.input_contexts(net).expect("step 1 refuses a bundle without anchor");
        Ok(Self {
            digests: Digests::of(&transaction, net),
            vault_ids: transaction.body.vault_ids(net, &contexts),
            weight: fee::weight(&transaction.body, bytes.len(), parameters.sets.size()),
            contexts,
            transaction,
        })
    }

    /// The transaction.
    #[must_use]
    pub fn transaction(&self) -> &Transaction {
        &self.transaction
    }

    /// Its names.
    #[must_use]
    pub fn digests(&self) -> &Digests {
        &self.digests
    }

    /// The input context of each bundle.
    #[must_use]
    pub fn contexts(&self) -> &[InputContext] {
        &self.contexts
    }

    /// The vaults that it makes, one a lock record, in Body order.
    #[must_use]
    pub fn vault_ids(&self) -> &[VaultId] {
        &self.vault_ids
    }

    /// What its fee pays for; see [`fee::weight`].
    #[must_use]
    pub fn weight(&self) -> u64 {
        self.weight
    }

    /// Steps 2 to 5, cheap to expensive; the first failure ends.
    ///
    /// # Errors
    ///
    /// [`CheckError::Refused`] with the first rule that is broken; [`CheckError::State`] if `state` cannot be read.
    pub fn check<S: StateView>(
        self: &Arc<Self>,
        parameters: &RuleParameters,
        state: &S,
    ) -> Result<CheckedTransaction, CheckError<S::Error>> {
        let tx = &self.transaction;
        cheap::check(tx, self.weight, parameters, state.height())?;
        order::check(&tx.body)?;
        let resolved = state::check(tx, &self.contexts, parameters, state)?;
        let decoded = decode::check(tx, &resolved, parameters)?;
        let effects = Effects {
            tx: Arc::clone(self),
            minimum_fee: fee::minimum(self.weight, parameters.fee_rate).unwrap_or(0),
            resolved,
        };
        Ok(CheckedTransaction { effects, decoded })
    }
}

/// What a transaction does to the state in which it was checked.
#[derive(Clone, Debug)]
pub struct Effects {
    tx: Arc<UnverifiedTransaction>,
    minimum_fee: u64,
    resolved: Resolved,
}

impl Effects {
    /// The transaction.
    #[must_use]
    pub fn tx(&self) -> &Arc<UnverifiedTransaction> {
        &self.tx
    }

    /// The least fee of its weight, half of which is destroyed.
    #[must_use]
    pub fn minimum_fee(&self) -> u64 {
        self.minimum_fee
    }

    /// What each op does to the registry, in Body order.
    #[must_use]
    pub fn ops(&self) -> &[ResolvedOp] {
        &self.resolved.ops
    }

    /// The vaults that it pays out, in Body order.
    #[must_use]
    pub fn vaults(&self) -> &[(VaultId, LockedVault)] {
        &self.resolved.vaults
    }

    /// The reference set of each private input, in Body order.
    #[must_use]
    pub fn reference_sets(&self) -> &[Arc<ReferenceSet>] {
        &self.resolved.sets
    }

    pub(super) fn resolved(&self) -> &Resolved {
        &self.resolved
    }

    /// Under which the verdict of steps 6 to 9 may be kept: all of the state on which that verdict depends.
    #[must_use]
    pub fn verdict_key(&self) -> VerdictKey {
        let sets = self.resolved.sets.iter().map(|set| {
            let mut item = set.acc_start().as_bytes().to_vec();
            item.extend(set.acc_end().as_bytes());
            item
        });
        let vaults = self.resolved.vaults.iter().map(|(id, vault)| {
            let mut item = id.0.to_vec();
            item.extend(vault.commitment.as_bytes());
            item.extend(vault.asset_tag.as_bytes());
            item
        });
        let keys = self.resolved.keyed_ops().map(|(_, _, key)| key.to_vec());
        let items: Vec<Vec<u8>> =
            [self.tx.digests.wtxid.0.to_vec()].into_iter().chain(sets).chain(vaults).chain(keys).collect();
        let items: Vec<&[u8]> = items.iter().map(Vec::as_slice).collect();
        VerdictKey(domain::TX_VERDICT.hash(&items))
    }
}

/// A transaction that passed steps 1 to 5: what it does is known, that it may is not.
#[derive(Clone, Debug)]
pub struct CheckedTransaction {
    pub(super) effects: Effects,
    pub(super) decoded: Decoded,
}

impl CheckedTransaction {
    /// What it does.
    #[must_use]
    pub fn effects(&self) -> &Effects {
        &self.effects
    }

    /// Accepts on the strength of an earlier verdict.
    ///
    /// # Errors
    ///
    /// Gives the transaction back if `verdict` is about other proofs or another state.
    #[expect(clippy::result_large_err, reason = "the error is the transaction itself")]
    pub fn accept(self, verdict: &Verdict) -> Result<VerifiedTransaction, Self> {
        if self.effects.verdict_key() == verdict.0 {
            Ok(VerifiedTransaction { effects: self.effects })
        } else {
            Err(self)
        }
    }
}

/// A transaction that passed steps 1 to 9 in the state in which it was checked.
#[derive(Clone, Debug)]
pub struct VerifiedTransaction {
    pub(super) effects: Effects,
}

impl VerifiedTransaction {
    /// What it does.
    #[must_use]
    pub fn effects(&self) -> &Effects {
        &self.effects
    }

    /// The verdict, to be kept under its key.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        Verdict(self.effects.verdict_key())
    }
}

/// The memory that steps 6 to 9 passed under a verdict key. Only a [`VerifiedTransaction`] gives one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Verdict(VerdictKey);

impl Verdict {
    /// Its key.
    #[must_use]
    pub fn key(&self) -> &VerdictKey {
        &self.0
    }
}
