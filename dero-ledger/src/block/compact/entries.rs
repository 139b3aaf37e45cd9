//! What a block puts into the reference list, read from its compact form (protocol 7.5).

#![allow(non_snake_case)] // Symbols match the equations.

use alloc::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    vec::Vec,
};

use dero_crypto::{asset::AssetId, commitment::Amount, enote::public_commitment};

use super::{CompactBlock, CompactEffectKind, CompactValues};
use crate::{
    state::Entry,
    transaction::{CoinbaseTx, VaultId},
};

/// An effect whose enotes the compact form does not tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UnknownEntry {
    /// Nobody knows how many parts the outcome has, or the value part lacks them.
    #[error("outcome {j} of vault {vault}: the number of its parts is not known")]
    Outcome {
        /// The vault.
        vault: VaultId,
        /// The outcome.
        j: u8,
    },
    /// No move of the block has this stub, or several have and not all of them came back.
    #[error("the block does not tell which move came back to the stub {one_time_key:x?}")]
    Stub {
        /// Ko.
        one_time_key: [u8; 32],
    },
}

/// What effects 7 of a block append, as far as the compact form tells. It names a stub by Ko alone, and stubs of two
/// transactions may have one Ko.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReturnedStubs {
    /// One for each effect, in their order; `None` where several different moves have its Ko and not all came back.
    pub entries: Vec<Option<Entry>>,
    /// The entries of all moves whose Ko an effect names.
    pub candidates: BTreeSet<Entry>,
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
    /// [`UnknownEntry`] if `parts` does not know, the values do not hold them, or a returned stub is one of several.
    pub fn released(
        &self,
        values: &CompactValues,
        mut parts: impl FnMut(&VaultId, u8) -> Option<usize>,
    ) -> Result<Vec<Entry>, UnknownEntry> {
        let mut returned = self.returned()?.entries.into_iter();
        let mut appended = values.appended.iter();
        let mut entries = Vec::new();
        for effect in &self.effects {
            let (vault, j) = (VaultId(effect.id), effect.j);
            let count = match effect.kind {
                CompactEffectKind::Released => parts(&vault, j).ok_or(UnknownEntry::Outcome { vault, j })?,
                CompactEffectKind::Refunded => 1,
                CompactEffectKind::Returned => {
                    let entry = returned.next().flatten();
                    entries.push(entry.ok_or(UnknownEntry::Stub { one_time_key: effect.id })?);
                    continue;
                }
            };
            let before = entries.len();
            entries.extend(appended.by_ref().take(count));
            if entries.len() != before + count {
                return Err(UnknownEntry::Outcome { vault, j });
            }
        }
        Ok(entries)
    }

    /// What effects 7 append. C and T are computed.
    ///
    /// # Errors
    ///
    /// [`UnknownEntry::Stub`] if fewer moves have a Ko than effects name it.
    pub fn returned(&self) -> Result<ReturnedStubs, UnknownEntry> {
        let effects = self.effects.iter().filter(|effect| effect.kind == CompactEffectKind::Returned);
        let mut stubs: BTreeMap<[u8; 32], (usize, VecDeque<Entry>)> = BTreeMap::new();
        effects.clone().for_each(|effect| stubs.entry(effect.id).or_default().0 += 1);
        for public_move in self.transactions.iter().flat_map(|transaction| &transaction.moves_out) {
            let key = public_move.stub.one_time_key;
            if let Some((_, entries)) = stubs.get_mut(&key) {
                let (C, T) = public_commitment(Amount(public_move.amount), &public_move.asset);
                entries.push_back(entry(&key, &[C.to_bytes(), T.to_bytes()]));
            }
        }
        let candidates = stubs.values().flat_map(|(_, entries)| entries).copied().collect();
        for (one_time_key, (count, entries)) in &mut stubs {
            if entries.len() < *count {
                return Err(UnknownEntry::Stub { one_time_key: *one_time_key });
            }
            if entries.iter().all(|entry| Some(entry) == entries.front()) {
                entries.truncate(*count);
            }
            if entries.len() > *count {
                entries.clear();
            }
        }
        // Where all of them came back, they did so in the order of the moves.
        let entries = effects.map(|effect| stubs.get_mut(&effect.id)?.1.pop_front()).collect();
        Ok(ReturnedStubs { entries, candidates })
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
