//! Under which references enotes are spent, and what a person should know about them (protocol 7.5, wallet rules).

use alloc::{collections::BTreeSet, vec::Vec};

use dero_crypto::{
    membership::{ANCHOR_SPACING, Candidates, Coin, Reference, ReferenceError},
    network::NetworkKind,
};
use dero_ledger::consensus::Consensus;

use super::{
    SpendError,
    select::{Candidate, MOST_INPUTS},
};
use crate::{
    chain::{ChainError, Pace},
    enote::OwnEnote,
    store::Persister,
    wallet::{InPlace, Wallet},
};

/// Fewer other members than this in a reference set are worth a warning (rule 5).
const FEW_MEMBERS: u64 = 64;
/// More closed groups than this in one transaction are worth a warning (rule 4).
const MANY_GROUPS: usize = 2;
/// So many blocks a payment waits for a window that filled too fast (rule 5).
const FLOOD_WAIT: u64 = 250;

/// What a person should know before signing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Warning {
    /// An input hides among few others.
    FewMembers {
        /// Members of its reference set that are neither coinbase nor genesis nor stubs.
        ordinary: u64,
    },
    /// The inputs cite several closed groups, each of which tells an age.
    ManyGroups {
        /// How many.
        groups: usize,
    },
    /// The newest window filled in less than a quarter of the usual time: somebody may have filled it with enotes
    /// that he knows.
    FastWindow {
        /// Blocks that it took.
        span: u64,
        /// Blocks that half of the windows before took at most.
        median: u64,
    },
    /// The number of inputs is none of 1, 2, 4 and 8, since the wallet has too few zero enotes to fill up with.
    UncommonShape {
        /// How many inputs there are.
        inputs: usize,
    },
    /// The enote was listed before this wallet was restored: an earlier attempt may have cited another set, and the
    /// two can be intersected.
    RestoredBefore,
    /// The inputs were paid to several accounts: whoever paid to two of them learns that they are one wallet's.
    SeveralAccounts {
        /// How many.
        accounts: usize,
    },
    /// A stored reference resolved no more after a deep reorganisation, and another was chosen: the two sets can be
    /// intersected.
    ReferenceChanged,
}

/// A reference for one own enote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Choice {
    pub(super) reference: Reference,
    /// Chosen now, not taken from an earlier attempt.
    pub(super) fresh: bool,
}

impl<P: Persister, C: Consensus> Wallet<P, C> {
    /// The stored reference while it holds the enote; else the one that the coin of rule 1 says. `None` if the enote is
    /// not in the list, or as long as the chain has not reached again what its stored reference names: another one
    /// beside it would be a second set.
    pub(super) fn choose_reference(&self, own: &OwnEnote) -> Result<Option<Choice>, ChainError<P::Error>> {
        let Some(position) = own.position else { return Ok(None) };
        let group = position / self.chain().parameters().size();
        let mut waits = false;
        for reference in self.references(own.record.one_time_key()) {
            waits |= match self.resolve(*reference) {
                Ok(interval) if interval.contains(position) => {
                    return Ok(Some(Choice { reference: *reference, fresh: false }));
                }
                Err(ChainError::Reference(ReferenceError::FutureAnchor { .. })) => true,
                Err(ChainError::Reference(ReferenceError::IncompleteGroup { group: named, .. })) => {
                    u64::from(named) == group
                }
                Ok(_) | Err(ChainError::Reference(_)) => false,
                Err(other) => return Err(other),
            };
        }
        if waits {
            return Ok(None);
        }
        let candidates = Candidates::of(position, &self.chain().list_view(), |anchor| self.anchor_length(anchor))?;
        let coin = Coin::toss(self.audit_key().view_balance_secret(), own.view.tag().point());
        Ok(candidates.choose(coin).map(|reference| Choice { reference, fresh: true }))
    }

    /// Enotes of the native asset, of one account or of all, that can be spent now, with the references under which
    /// they would be. What is worth less than an input costs is left alone: somebody may have sent it to see it spent
    /// with others.
    pub(super) fn candidates(
        &self,
        account: Option<u32>,
        input_cost: u128,
        in_place: &InPlace,
    ) -> Result<Vec<Candidate>, ChainError<P::Error>> {
        let tip = self.tip().height;
        let mut candidates = Vec::new();
        for own in self.enotes() {
            let native = own.asset().is_some_and(|id| id.is_native());
            let dust = u128::from(own.amount().0) <= input_cost;
            let elsewhere = account.is_some_and(|account| own.recognised().index().account() != account);
            // What a replaced payment spent is spent with others already.
            let known = own.is_self_send() || in_place.may.contains(own.one_time_key());
            if !in_place.is_free(own, tip) || !native || elsewhere || dust && !known {
                continue;
            }
            if let Some(Choice { reference, .. }) = self.choose_reference(own)? {
                candidates.push(Candidate {
                    name: *own.record.one_time_key(),
                    amount: own.amount().0,
                    reference,
                    filler: own.is_self_send() && own.amount().0 == 0,
                    alone: own.is_foreign_self_send(),
                });
            }
        }
        Ok(candidates)
    }

    /// What to warn about, and how many ordinary members the smallest set has.
    pub(super) fn warnings(&self, chosen: &[Candidate]) -> Result<(Vec<Warning>, u64), SpendError<P::Error>> {
        let mut cited: Vec<Reference> = chosen.iter().map(|own| own.reference).collect();
        cited.sort_unstable();
        cited.dedup();
        let (mut warnings, mut crowd) = (Vec::new(), u64::MAX);
        for reference in &cited {
            let ordinary = self.ordinary_members(*reference)?;
            crowd = crowd.min(ordinary);
            if ordinary < FEW_MEMBERS {
                warnings.push(Warning::FewMembers { ordinary });
            }
        }
        let groups = cited.iter().filter(|reference| matches!(reference, Reference::Closed { .. })).count();
        if groups > MANY_GROUPS {
            warnings.push(Warning::ManyGroups { groups });
        }
        let newest = Reference::Open { anchor: self.newest_anchor() };
        if cited.contains(&newest) {
            warnings.extend(self.flood()?);
        }
        if !chosen.len().is_power_of_two() || chosen.len() > MOST_INPUTS {
            warnings.push(Warning::UncommonShape { inputs: chosen.len() });
        }
        let paid = chosen.iter().filter(|own| !own.filler).filter_map(|own| self.enote(&own.name));
        let accounts = paid.map(|own| own.recognised().index().account()).collect::<BTreeSet<u32>>().len();
        if accounts > 1 {
            warnings.push(Warning::SeveralAccounts { accounts });
        }
        let new = |own: &&Candidate| !self.references(&own.name).contains(&own.reference);
        if chosen.iter().filter(new).any(|own| !self.references(&own.name).is_empty()) {
            warnings.push(Warning::ReferenceChanged);
        }
        let before = self.restored_at();
        let old = |own: &OwnEnote| before.is_some_and(|height| own.height() <= height);
        if chosen.iter().filter(new).filter_map(|own| self.enote(&own.name)).any(old) {
            warnings.push(Warning::RestoredBefore);
        }
        Ok((warnings, crowd))
    }

    fn newest_anchor(&self) -> u32 {
        u32::try_from(self.tip().height / ANCHOR_SPACING).unwrap_or(u32::MAX)
    }

    /// Whether the newest window filled too fast. On public networks a payment waits then, until the first such
    /// window is 250 blocks old or the pace is usual again.
    fn flood(&self) -> Result<Option<Warning>, SpendError<P::Error>> {
        let newest = self.newest_anchor();
        let Some(pace) = self.pace(newest)?.filter(|pace| pace.is_flood()) else { return Ok(None) };
        let mut is_flood =
            |anchor| Ok::<_, ChainError<P::Error>>(self.pace(anchor)?.is_some_and(|pace| pace.is_flood()));
        let until = flood_ends(newest, &mut is_flood)?;
        fast_window(self.network().kind(), pace, self.tip().height, until)
            .map(Some)
            .map_err(|until| SpendError::FastWindow { until })
    }
}

/// A warning where a payment may be made in spite of a fast window, on development networks at once; else the height
/// to wait for.
fn fast_window(kind: NetworkKind, pace: Pace, tip: u64, until: u64) -> Result<Warning, u64> {
    let waits = kind != NetworkKind::Dev && tip < until;
    if waits { Err(until) } else { Ok(Warning::FastWindow { span: pace.span, median: pace.median }) }
}

/// The height at which a payment waits no longer: 250 blocks after the first of the fast windows up to `newest`.
fn flood_ends<E>(newest: u32, is_flood: &mut impl FnMut(u32) -> Result<bool, E>) -> Result<u64, E> {
    let mut first = newest;
    // Further back it makes no difference.
    let oldest = newest.saturating_sub((FLOOD_WAIT / ANCHOR_SPACING) as u32);
    while first > oldest && is_flood(first - 1)? {
        first -= 1;
    }
    Ok(u64::from(first) * ANCHOR_SPACING + FLOOD_WAIT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payment_waits_250_blocks_from_the_first_fast_window_and_no_longer() {
        let ends = |newest: u32, first_fast: u32| {
            let Ok::<_, ()>(end) = flood_ends(newest, &mut |anchor| Ok(anchor >= first_fast)) else {
                unreachable!()
            };
            end
        };
        assert_eq!(ends(100, 100), 750);
        assert_eq!(ends(120, 100), 750);
        // At height 5·150 the wait is over.
        assert_eq!(ends(150, 100), 750);
        assert_eq!(ends(400, 100), 400 * 5);
        assert_eq!(ends(3, 0), 250);
    }

    #[test]
    fn a_fast_window_stops_a_payment_on_public_networks_and_warns_on_development_networks() {
        let pace = Pace { span: 2, median: 9 };
        let warning = Warning::FastWindow { span: 2, median: 9 };
        for kind in [NetworkKind::Main, NetworkKind::Test] {
            assert_eq!(fast_window(kind, pace, 749, 750), Err(750));
            assert_eq!(fast_window(kind, pace, 750, 750), Ok(warning));
        }
        assert_eq!(fast_window(NetworkKind::Dev, pace, 0, 750), Ok(warning));
    }

    #[test]
    fn a_window_is_fast_below_a_quarter_of_the_median() {
        assert!(Pace { span: 9, median: 37 }.is_flood());
        assert!(!Pace { span: 9, median: 36 }.is_flood());
        assert!(!Pace { span: 0, median: 0 }.is_flood());
    }
}
