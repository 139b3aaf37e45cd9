//! Which enotes a payment spends.
//!
//! The number of inputs is public, so it follows a fixed pattern: two wherever the wallet has a second enote that
//! fits, else as many as needed, filled up to 1, 2, 4 or 8 with zero self-sends under references that are cited
//! anyway. Nothing that somebody else sent is ever a filler. Enotes under one reference go together if they can,
//! since each reference tells an age. Among equals the generator decides. A payment in place of another one spends one
//! of the enotes that must be spent.

use alloc::{collections::BTreeSet, vec::Vec};

use dero_crypto::membership::Reference;
use rand_core::CryptoRng;

/// An enote that may be spent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Its one-time key.
    pub name: [u8; 32],
    /// Atomic units.
    pub amount: u64,
    /// Under which reference it would be spent.
    pub reference: Reference,
    /// A zero self-send, made to fill inputs.
    pub filler: bool,
    /// From a holder of the audit key: never spent together with others.
    pub alone: bool,
}

/// The most inputs that a payment takes.
pub const MOST_INPUTS: usize = 8;

/// Chooses enotes that hold `amount` and the fee of their number; `fee(n)` is that of n inputs. One of them has a name in
/// `must`, unless that is empty.
///
/// `None` if the candidates do not suffice, or not with [`MOST_INPUTS`].
pub fn choose(
    candidates: &[Candidate],
    must: &BTreeSet<[u8; 32]>,
    amount: u128,
    fee: impl Fn(usize) -> u128,
    rng: &mut (impl CryptoRng + ?Sized),
) -> Option<Vec<Candidate>> {
    let mut pool: Vec<Candidate> = candidates.iter().copied().filter(|candidate| !candidate.alone).collect();
    shuffle(&mut pool, rng);
    let suits = |own: &Candidate| must.is_empty() || must.contains(&own.name);
    let together = pair(&pool, suits, amount + fee(2)).or_else(|| {
        let chosen = few(&pool, suits, amount, &fee)?;
        Some(fill(chosen, &pool, amount, &fee))
    });
    // An enote of unclear origin is spent by itself or not at all.
    together.or_else(|| {
        let alone =
            candidates.iter().find(|own| own.alone && suits(own) && u128::from(own.amount) >= amount + fee(1));
        alone.map(|own| Vec::from([*own]))
    })
}

fn sum(chosen: &[Candidate]) -> u128 {
    chosen.iter().map(|own| u128::from(own.amount)).sum()
}

/// Two enotes that suffice, under one reference if there are such; a filler only under one reference.
fn pair(pool: &[Candidate], suits: impl Fn(&Candidate) -> bool, needed: u128) -> Option<Vec<Candidate>> {
    let pairs = || {
        pool.iter().enumerate().flat_map(|(i, a)| pool.get(i + 1..).unwrap_or_default().iter().map(move |b| (a, b)))
    };
    let enough = |(a, b): &(&Candidate, &Candidate)| {
        (suits(a) || suits(b)) && u128::from(a.amount) + u128::from(b.amount) >= needed
    };
    pairs()
        .filter(enough)
        .find(|(a, b)| a.reference == b.reference)
        .or_else(|| pairs().filter(|(a, b)| !a.filler && !b.filler).find(enough))
        .map(|(a, b)| Vec::from([*a, *b]))
}

/// The fewest enotes that suffice, the largest first, and before them the largest that suits.
fn few(
    pool: &[Candidate],
    suits: impl Fn(&Candidate) -> bool,
    amount: u128,
    fee: &impl Fn(usize) -> u128,
) -> Option<Vec<Candidate>> {
    let mut by_amount = pool.to_vec();
    by_amount.sort_by_key(|own| core::cmp::Reverse(own.amount));
    let first = by_amount.iter().position(suits)?;
    by_amount[..=first].rotate_right(1);
    (1..=by_amount.len().min(MOST_INPUTS))
        .map(|n| by_amount[..n].to_vec())
        .find(|chosen| sum(chosen) >= amount + fee(chosen.len()))
}

/// Fills up to 1, 2, 4 or 8. Where the wallet has too few fillers, or the enotes do not pay for them, the number
/// stays: half-way there it would be as rare and dearer.
fn fill(
    mut chosen: Vec<Candidate>,
    pool: &[Candidate],
    amount: u128,
    fee: &impl Fn(usize) -> u128,
) -> Vec<Candidate> {
    let wanted = chosen.len().next_power_of_two().min(MOST_INPUTS);
    let missing = wanted - chosen.len();
    let fits = |own: &&Candidate| {
        let cited = chosen.iter().any(|other| other.reference == own.reference);
        own.filler && cited && !chosen.iter().any(|other| other.name == own.name)
    };
    let fillers: Vec<Candidate> = pool.iter().filter(fits).take(missing).copied().collect();
    if fillers.len() == missing && sum(&chosen) >= amount + fee(wanted) {
        chosen.extend(fillers);
    }
    chosen
}

/// Fisher–Yates.
fn shuffle<T>(items: &mut [T], rng: &mut (impl CryptoRng + ?Sized)) {
    for i in (1..items.len()).rev() {
        // The bias of a 64-bit remainder is far below anything that can be seen.
        let j = rng.next_u64() % (i as u64 + 1);
        items.swap(i, usize::try_from(j).expect("below the length"));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand::{SeedableRng, rngs::StdRng};

    use super::*;

    fn candidate(i: usize, amount: u64, group: u32) -> Candidate {
        let mut name = [0; 32];
        name[..8].copy_from_slice(&(i as u64).to_le_bytes());
        Candidate { name, amount, reference: Reference::Closed { group }, filler: amount == 0, alone: false }
    }

    fn pool(amounts: &[u64]) -> Vec<Candidate> {
        amounts.iter().enumerate().map(|(i, amount)| candidate(i, *amount, 0)).collect()
    }

    fn choose_flat(pool: &[Candidate], amount: u128) -> Option<Vec<Candidate>> {
        choose_drawing(pool, amount, 126)
    }

    /// Seeded: chance decides no test.
    fn choose_drawing(pool: &[Candidate], amount: u128, seed: u64) -> Option<Vec<Candidate>> {
        choose(pool, &BTreeSet::new(), amount, |n| n as u128, &mut StdRng::seed_from_u64(seed))
    }

    #[test]
    fn two_inputs_are_taken_wherever_there_is_a_second_one() {
        assert_eq!(choose_flat(&pool(&[100]), 50).expect("enough").len(), 1);
        assert_eq!(choose_flat(&pool(&[100, 3]), 50).expect("enough").len(), 2);
        assert_eq!(choose_flat(&pool(&[100, 0, 0]), 50).expect("enough").len(), 2);
    }

    #[test]
    fn three_that_are_needed_are_filled_up_to_four() {
        let chosen = choose_flat(&pool(&[10, 10, 10, 0, 0]), 25).expect("enough");
        assert_eq!((chosen.len(), chosen.iter().filter(|own| own.filler).count()), (4, 1));
        assert_eq!(choose_flat(&pool(&[10, 10, 10]), 25).expect("enough").len(), 3);
    }

    #[test]
    fn enotes_under_one_reference_go_together() {
        let mut pool = pool(&[50, 50, 50]);
        pool[0].reference = Reference::Closed { group: 1 };
        for seed in 0..20 {
            let chosen = choose_drawing(&pool, 60, seed).expect("enough");
            assert!(chosen.iter().all(|own| own.reference == Reference::Closed { group: 0 }));
        }
    }

    #[test]
    fn a_filler_is_a_zero_self_send_under_a_reference_that_is_cited_anyway() {
        let mut pool = pool(&[10, 10, 10, 0]);
        pool[3].reference = Reference::Closed { group: 1 };
        assert_eq!(choose_flat(&pool, 25).expect("enough").len(), 3);
        pool[3] = Candidate { reference: Reference::Closed { group: 0 }, ..pool[3] };
        assert_eq!(choose_flat(&pool, 25).expect("enough").len(), 4);
        // Neither a zero that somebody sent nor an enote with an amount fills up.
        pool[3].filler = false;
        assert_eq!(choose_flat(&pool, 25).expect("enough").len(), 3);
        let mut lonely = self::pool(&[100, 0]);
        lonely[1].reference = Reference::Open { anchor: 7 };
        assert_eq!(choose_flat(&lonely, 50).expect("enough").len(), 1);
    }

    #[test]
    fn five_that_are_needed_are_filled_up_to_eight_or_not_at_all() {
        let some = |zeros: usize| [&[10; 5][..], &[0; 3][..zeros]].concat();
        assert_eq!(choose_flat(&pool(&some(3)), 40).expect("enough").len(), 8);
        assert_eq!(choose_flat(&pool(&some(2)), 40).expect("enough").len(), 5);
        // The fee of eight is more than there is.
        assert_eq!(choose_flat(&pool(&some(3)), 45).expect("enough").len(), 5);
    }

    #[test]
    fn what_does_not_suffice_is_refused() {
        assert_eq!(choose_flat(&pool(&[10, 10]), 19), None);
        assert_eq!(choose_flat(&pool(&[1; 9]), 9), None);
        assert_eq!(choose_flat(&[], 0), None);
    }

    #[test]
    fn an_enote_of_unclear_origin_is_spent_alone() {
        let mut pool = pool(&[100, 100]);
        pool[0].alone = true;
        assert_eq!(choose_flat(&pool, 150), None);
        let chosen = choose_flat(&pool, 50).expect("enough");
        assert_eq!(chosen.len(), 1);
        assert!(!chosen[0].alone);
    }

    #[test]
    fn one_of_those_that_must_be_spent_is_spent_however_small() {
        let must = |names: &[usize]| names.iter().map(|i| candidate(*i, 0, 0).name).collect::<BTreeSet<_>>();
        let pool = pool(&[50, 50, 50, 1, 0]);
        let chosen = |must: &BTreeSet<[u8; 32]>, amount, seed| {
            let chosen = choose(&pool, must, amount, |n| n as u128, &mut StdRng::seed_from_u64(seed))?;
            Some(chosen.iter().map(|own| own.amount).collect::<Vec<_>>())
        };
        for seed in 0..20 {
            for amount in [10, 40, 90] {
                assert!(chosen(&must(&[3]), amount, seed).expect("enough").contains(&1), "{amount}");
                assert!(chosen(&must(&[4]), amount, seed).expect("enough").contains(&0), "{amount}");
            }
            // The larger one of two, so that no third is needed.
            assert_eq!(chosen(&must(&[2, 3]), 98, seed), Some(vec![50, 50]));
            assert_eq!(chosen(&must(&[9]), 10, seed), None, "it is no candidate");
        }
    }

    proptest! {
        #[test]
        fn what_is_chosen_pays_and_is_no_enote_twice(
            amounts in prop::collection::vec(0u64..100, 0..12),
            amount in 0u64..400,
            seed in any::<u64>(),
        ) {
            let pool = pool(&amounts);
            if let Some(chosen) = choose_drawing(&pool, amount.into(), seed) {
                prop_assert!(sum(&chosen) >= u128::from(amount) + chosen.len() as u128);
                let names: std::collections::BTreeSet<_> = chosen.iter().map(|own| own.name).collect();
                prop_assert_eq!(names.len(), chosen.len());
                prop_assert!(chosen.len() <= MOST_INPUTS);
            }
        }
    }
}
