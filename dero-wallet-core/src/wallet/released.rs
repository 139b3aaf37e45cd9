//! What contracts released in a block, and in which order it enters the reference list.
//!
//! The value part of a compact form holds these enotes without saying to which vault each belongs: the number of
//! parts of an outcome says it, and that stood where the vault was made. A wallet that began later has not seen every
//! vault. It takes the enotes as they come; only where return stubs stand between releases of such vaults does the
//! place of the stubs remain open, and then the header that states the list M blocks later decides.

use alloc::{vec, vec::Vec};

use dero_ledger::{
    block::compact::{CompactBlock, CompactEffectKind, CompactValues},
    consensus::Consensus,
    transaction::VaultId,
};

use super::{
    Wallet,
    rows::{VAULT, key},
};
use crate::{chain::ChainError, scan::Trial, store::Persister};

/// So many orders are kept for one block: more than a block has that does not aim at it.
const MOST_ORDERS: usize = 256;

type Entry = [u8; 96];

/// Parts of an outcome, as far as the wallet knows.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Parts {
    Known(usize),
    /// The vault was made before the first block.
    Unseen,
}

/// Why there is no order.
enum NoOrder {
    /// The compact form does not fit together.
    Broken,
    /// There are more than [`MOST_ORDERS`].
    TooMany,
}

impl<P: Persister, C: Consensus> Wallet<P, C> {
    /// Appends what contracts released: it enters the reference list behind the outputs of its block.
    pub(super) fn take_released(&self, height: u64, trial: &mut Trial) -> Result<(), ChainError<P::Error>> {
        let Some((block, values)) = &trial.released else { return Ok(()) };
        let parts = self.parts(height, block, trial)?;
        let mut orders = match orders(block, values, &parts) {
            Ok(orders) => orders.into_iter(),
            Err(NoOrder::Broken) => return Err(ChainError::Compact { height }),
            Err(NoOrder::TooMany) => return Err(ChainError::OlderVaults { height }),
        };
        let first = orders.next().unwrap_or_default();
        let outputs = &trial.listable.outputs;
        let others: Vec<Vec<Entry>> = orders.map(|order| [outputs.as_slice(), &order].concat()).collect();
        trial.listable.outputs.extend(first);
        trial.listable.other_orders = others;
        let returned = block.effects.iter().filter(|effect| effect.kind == CompactEffectKind::Returned);
        trial.listable.stubs = u32::try_from(returned.count()).unwrap_or(u32::MAX);
        Ok(())
    }

    /// The parts of every released outcome, in the order of the effects.
    fn parts(&self, height: u64, block: &CompactBlock, trial: &Trial) -> Result<Vec<Parts>, ChainError<P::Error>> {
        let from_genesis = self.scans_from() == Some(1);
        let mut parts = Vec::new();
        for effect in block.effects.iter().filter(|effect| effect.kind == CompactEffectKind::Released) {
            let stored = self.rows.bulk(&key(VAULT, &effect.id)).map_err(ChainError::Rows)?;
            let new =
                || trial.vaults.iter().find(|(new, _)| *new == VaultId(effect.id)).map(|(_, parts)| parts.clone());
            parts.push(match stored.or_else(new) {
                Some(outcomes) => {
                    let parts = usize::from(effect.j).checked_sub(1).and_then(|j| outcomes.get(j));
                    Parts::Known(usize::from(*parts.ok_or(ChainError::Compact { height })?))
                }
                None if from_genesis => return Err(ChainError::Compact { height }),
                None => Parts::Unseen,
            });
        }
        Ok(parts)
    }
}

/// The orders in which the released and returned enotes of a block may stand. `parts` are those of its releases.
fn orders(block: &CompactBlock, values: &CompactValues, parts: &[Parts]) -> Result<Vec<Vec<Entry>>, NoOrder> {
    // A run ends at a stub: inside it the enotes follow each other whatever vaults they came from. So the first
    // release of an unseen vault in a run stands for all of that run.
    let (mut run, mut refunded, mut open) = (0, 0, Vec::<(usize, usize)>::new());
    let mut releases = 0..;
    for effect in &block.effects {
        match effect.kind {
            CompactEffectKind::Returned => run += 1,
            CompactEffectKind::Refunded => refunded += 1,
            CompactEffectKind::Released => {
                let release = releases.next().unwrap_or(usize::MAX);
                let is_open = parts.get(release) == Some(&Parts::Unseen);
                if is_open && open.last().is_none_or(|(of, _)| *of != run) {
                    open.push((run, release));
                }
            }
        }
    }
    let mut counts: Vec<usize> = Vec::new();
    counts.extend(parts.iter().map(|parts| match parts {
        Parts::Known(count) => *count,
        Parts::Unseen => 0,
    }));
    let order = |counts: &[usize]| {
        let mut counts = counts.iter().copied();
        block.released(values, |_, _| counts.next()).map_err(|_| NoOrder::Broken)
    };
    let known = counts.iter().sum::<usize>() + refunded;
    let rest = values.appended.len().checked_sub(known).ok_or(NoOrder::Broken)?;
    let places: Vec<usize> = open.into_iter().map(|(_, release)| release).collect();
    if places.is_empty() {
        return Ok(vec![order(&counts)?]);
    }
    let mut found = Vec::new();
    for shares in shares(rest, places.len()).ok_or(NoOrder::TooMany)? {
        places.iter().zip(&shares).for_each(|(place, share)| counts[*place] = *share);
        found.push(order(&counts)?);
    }
    Ok(found)
}

/// All ways to share `rest` among `runs` runs, at least one run; `None` if there are more than [`MOST_ORDERS`].
fn shares(rest: usize, runs: usize) -> Option<Vec<Vec<usize>>> {
    let mut partial = vec![(Vec::new(), rest)];
    for _ in 1..runs {
        let mut longer = Vec::new();
        for (shares, rest) in partial {
            for share in 0..=rest {
                if longer.len() == MOST_ORDERS {
                    return None;
                }
                longer.push(([shares.as_slice(), &[share]].concat(), rest - share));
            }
        }
        partial = longer;
    }
    Some(partial.into_iter().map(|(shares, rest)| [shares, vec![rest]].concat()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_share_stands_once_and_too_many_are_none() {
        assert_eq!(shares(3, 1), Some(vec![vec![3]]));
        assert_eq!(shares(2, 2), Some(vec![vec![0, 2], vec![1, 1], vec![2, 0]]));
        assert_eq!(shares(3, 3).map(|all| all.len()), Some(10));
        assert_eq!(shares(255, 2).map(|all| all.len()), Some(256));
        assert_eq!(shares(256, 2), None);
        assert_eq!(shares(usize::MAX, 9), None);
    }
}
