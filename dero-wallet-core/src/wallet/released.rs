//! What contracts released in a block, and in which order it enters the reference list.
//!
//! The value part of a compact form holds these enotes without saying to which vault each belongs: the number of
//! parts of an outcome says it, and that stood where the vault was made. A wallet that began later has not seen every
//! vault. It takes the enotes as they come; where return stubs stand among releases of such vaults, or a stub is one
//! of several with one Ko, it leaves open what the list will say (`chain/undecided.rs`).

use alloc::vec::Vec;

use dero_ledger::{
    block::compact::{CompactBlock, CompactEffectKind},
    consensus::Consensus,
    transaction::{VaultId, limits},
};

use super::{
    Wallet,
    rows::{VAULT, key},
};
use crate::{
    chain::{ChainError, Step, Undecided},
    scan::Trial,
    store::Persister,
};

impl<P: Persister, C: Consensus> Wallet<P, C> {
    /// Appends what contracts released: it enters the reference list behind the outputs of its block.
    pub(super) fn take_released(&self, height: u64, trial: &mut Trial) -> Result<(), ChainError<P::Error>> {
        let Some((block, values)) = &trial.released else { return Ok(()) };
        let parts = self.parts(height, block, trial)?;
        let returned = block.returned().map_err(|_| ChainError::Compact { height })?;
        let stubs = returned.entries.len();
        let listable = &mut trial.listable;
        let is_unseen = parts.contains(&None);
        listable.stubs = u32::try_from(stubs).unwrap_or(u32::MAX);
        let mut parts = parts.into_iter();
        if returned.entries.contains(&None) || is_unseen && stubs > 0 {
            listable.undecided = Some(Undecided {
                unlocked: u32::try_from(listable.outputs.len()).expect("a block is bounded"),
                steps: steps(block, parts),
                stubs: returned.candidates,
            });
            listable.outputs.extend(&values.appended);
            listable.outputs.extend(core::iter::repeat_n([0; 96], stubs));
        } else if is_unseen {
            listable.outputs.extend(&values.appended);
        } else {
            let released = block.released(values, |_, _| parts.next().flatten().map(usize::from));
            listable.outputs.extend(released.map_err(|_| ChainError::Compact { height })?);
        }
        Ok(())
    }

    /// The parts of every released outcome, in the order of the effects; `None` where the vault was made before the
    /// first block.
    fn parts(
        &self,
        height: u64,
        block: &CompactBlock,
        trial: &Trial,
    ) -> Result<Vec<Option<u8>>, ChainError<P::Error>> {
        let from_genesis = self.scans_from() == Some(1);
        let mut parts = Vec::new();
        for effect in block.effects.iter().filter(|effect| effect.kind == CompactEffectKind::Released) {
            let stored = self.rows.bulk(&key(VAULT, &effect.id)).map_err(ChainError::Rows)?;
            let new =
                || trial.vaults.iter().find(|(new, _)| *new == VaultId(effect.id)).map(|(_, parts)| parts.clone());
            parts.push(match stored.or_else(new) {
                Some(outcomes) => {
                    let parts = usize::from(effect.j).checked_sub(1).and_then(|j| outcomes.get(j));
                    Some(*parts.ok_or(ChainError::Compact { height })?)
                }
                None if from_genesis => return Err(ChainError::Compact { height }),
                None => None,
            });
        }
        Ok(parts)
    }
}

/// What each effect appends; `parts` are those of the releases.
fn steps(block: &CompactBlock, parts: impl IntoIterator<Item = Option<u8>>) -> Vec<Step> {
    let mut parts = parts.into_iter();
    let mut step = |kind, id| match kind {
        CompactEffectKind::Returned => Step::Stub(id),
        CompactEffectKind::Refunded => Step::Parts { least: 1, most: 1 },
        CompactEffectKind::Released => match parts.next().flatten() {
            Some(count) => Step::Parts { least: count, most: count },
            None => Step::Parts { least: 1, most: limits::PARTS },
        },
    };
    block.effects.iter().map(|effect| step(effect.kind, effect.id)).collect()
}
