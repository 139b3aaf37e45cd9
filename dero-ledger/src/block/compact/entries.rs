//! What a block puts into the reference list, read from its compact form (protocol 7.5).

#![allow(non_snake_case)] // Symbols match the equations.

use alloc::vec::Vec;

use dero_crypto::{asset::AssetId, commitment::Amount, enote::public_commitment};

use super::{CompactBlock, CompactEffectKind, CompactValues};
use crate::{
    state::Entry,
    transaction::{CoinbaseTx, VaultId},
};

/// An effect whose enotes cannot be told apart, because nobody knows how many parts its outcome has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("outcome {j} of vault {vault}: the number of its parts is not known")]
pub struct UnknownOutcome {
    /// The vault.
    pub vault: VaultId,
    /// The outcome.
    pub j: u8,
}

impl CompactBlock {
    /// Unlocked outputs in transaction, bundle and output order: what enters M blocks later, first.
    #[must_use]
    pub fn unlocked(&self, values: &CompactValues) -> Vec<Entry> {
        let bundles = self.transactions.iter().flat_map(|transaction| &transaction.bundles);
        let mut values = values.values.iter();
        let mut entries = Vec::new();
        for bundle in bundles {
            for (output, values) in bundle.outputs.iter().zip(values.by_ref()) {
                if output.lock.is_none() {
                    entries.push(entry(&output.enote.one_time_key, values));
                }
            }
            let locks = bundle.outputs.iter().filter_map(|output| output.lock.as_ref());
            let parts = locks.flat_map(|lock| &lock.alternatives).map(Vec::len).sum();
            values.by_ref().take(parts).for_each(drop);
        }
        entries
    }

    /// Released, refunded and returned enotes in the order of the receipts: what enters M blocks later, second.
    ///
    /// `parts` tells how many parts an outcome of a vault has.
    ///
    /// # Errors
    ///
    /// [`UnknownOutcome`] if `parts` does not know, or the values do not hold them.
    pub fn released(
        &self,
        values: &CompactValues,
        mut parts: impl FnMut(&VaultId, u8) -> Option<usize>,
    ) -> Result<Vec<Entry>, UnknownOutcome> {
        let mut appended = values.appended.iter();
        let mut entries = Vec::new();
        for effect in &self.effects {
            let (vault, j) = (VaultId(effect.id), effect.j);
            let count = match effect.kind {
                CompactEffectKind::Released => parts(&vault, j).ok_or(UnknownOutcome { vault, j })?,
                CompactEffectKind::Refunded => 1,
                CompactEffectKind::Returned => {
                    let moves = self.transactions.iter().flat_map(|transaction| &transaction.moves_out);
                    let mut stubs = moves.filter(|public_move| public_move.stub.one_time_key == effect.id);
                    let returned = stubs.next().ok_or(UnknownOutcome { vault, j })?;
                    let (C, T) = public_commitment(Amount(returned.amount), &returned.asset);
                    entries.push(entry(&effect.id, &[C.to_bytes(), T.to_bytes()]));
                    continue;
                }
            };
            let before = entries.len();
            entries.extend(appended.by_ref().take(count));
            if entries.len() != before + count {
                return Err(UnknownOutcome { vault, j });
            }
        }
        Ok(entries)
    }
}

/// Coinbase enotes in the order of their indices: what enters M_cb blocks later. C and T are computed.
#[must_use]
pub fn coinbase_entries(coinbase: &CoinbaseTx) -> Vec<Entry> {
    let entries = coinbase.outputs.iter().map(|output| {
        let (C, T) = public_commitment(Amount(output.amount), &AssetId::NATIVE);
        entry(&output.enote.one_time_key, &[C.to_bytes(), T.to_bytes()])
    });
    entries.collect()
}

fn entry(one_time_key: &[u8; 32], [commitment, asset_tag]: &[[u8; 32]; 2]) -> Entry {
    let mut out = [0; 96];
    out[..32].copy_from_slice(one_time_key);
    out[32..64].copy_from_slice(commitment);
    out[64..].copy_from_slice(asset_tag);
    out
}
