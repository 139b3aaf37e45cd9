//! What a cited reference set tells an observer (protocol 7.6), measured: the list grows by one entry a block, spends
//! come from anywhere in its last eight windows, and each wallet follows rule 1 of 7.5.

use std::collections::BTreeMap;

use dero_crypto::membership::{
    ANCHOR_SPACING, Candidates, Coin, Interval, ListView, Reference, ReferenceError, SetParameters,
};
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};

const N: u64 = 128;
/// Positions from which spends come.
const LIVE: u64 = 8 * N;

fn view(height: u64) -> ListView {
    ListView { height, length: height, parameters: SetParameters::TEST, min_length: N / 2 }
}

fn e(anchor: u32) -> Result<u64, ReferenceError> {
    Ok(u64::from(anchor) * ANCHOR_SPACING)
}

fn candidates(position: u64, height: u64) -> Candidates {
    Candidates::of(position, &view(height), e).expect("anchors have lengths")
}

fn members(reference: Reference, height: u64) -> Interval {
    reference.resolve(&view(height), e).expect("a set that was cited")
}

/// What a wallet cites at `height` for a random entry: the entry and the reference.
fn spend(rng: &mut StdRng, height: u64) -> (u64, Reference) {
    loop {
        let position = height - 1 - rng.random_range(0..LIVE);
        let coin = if rng.random() { Coin::Open } else { Coin::Closed };
        if let Some(reference) = candidates(position, height).choose(coin) {
            return (position, reference);
        }
    }
}

/// Bits by which `weights` of the members fall short of log2 of their number.
fn entropy_loss(weights: &[f64]) -> f64 {
    let sum: f64 = weights.iter().sum();
    let entropy: f64 = weights.iter().map(|weight| -weight / sum * (weight / sum).log2()).sum();
    (weights.len() as f64).log2() - entropy
}

#[test]
fn the_coin_costs_at_most_0_0861_bit_and_no_member_is_more_than_twice_as_likely() {
    let mut worst: f64 = 0.0;
    // One period: where groups and windows stand to each other repeats after lcm(N, 5) blocks.
    for height in 20 * N..25 * N {
        let newest = candidates(height - N / 2, height);
        for cited in newest.iter().chain([Reference::Closed { group: 18 }, Reference::Closed { group: 3 }]) {
            let set = members(cited, height);
            let weight = |position| match candidates(position, height).iter().count() {
                0 => 0.0,
                choices => 1.0 / choices as f64,
            };
            let weights: Vec<f64> = (set.start..set.end()).map(weight).collect();
            assert!(weights.iter().all(|weight| [0.5, 1.0].contains(weight)), "{cited:?} at {height}");
            worst = worst.max(entropy_loss(&weights));
        }
    }
    println!("entropy loss of the coin against a flat prior: {worst:.4} bit");
    assert!(worst > 0.08 && worst <= 0.0861, "{worst}");
}

/// EAE: an attacker paid one enote that he knows, and later receives a payment that cites a set with it.
#[test]
fn a_marked_enote_is_the_spent_one_with_probability_1_over_n_times_the_ratio_of_the_reference() {
    let rng = &mut StdRng::seed_from_u64(33);
    let height = 40 * N + 3;
    let rounds = 400_000;
    // A recent entry, one in the newest complete group but out of the window, one in an old group.
    for marked in [height - 30, height - N - 40, height - 6 * N] {
        let mut cited = BTreeMap::<Reference, (u32, u32)>::new();
        for _ in 0..rounds {
            let (position, reference) = spend(rng, height);
            let row = cited.entry(reference).or_default();
            row.0 += 1;
            row.1 += u32::from(position == marked);
        }
        for (reference, (spends, of_marked)) in cited.into_iter().filter(|(_, (_, of_marked))| *of_marked > 100) {
            // Among the spends that cite the set; and what the reference adds to the prior 1/LIVE.
            let posterior = f64::from(of_marked) / f64::from(spends);
            let share = f64::from(spends) / f64::from(rounds);
            let ratio = posterior * LIVE as f64;
            println!(
                "{reference:?}: posterior {:.2}/N, share of spends {share:.3}, likelihood ratio {ratio:.2}, 1/s {:.2}",
                posterior * N as f64,
                1.0 / share
            );
            assert!((0.5..2.2).contains(&(posterior * N as f64)), "a member stands out");
            // The enote cites this set always or half of the time.
            assert!((0.4..1.2).contains(&(ratio * share)), "the ratio is not that of 7.6");
        }
    }
}

/// Flooding: of each window only a share is honest; the rest is excluded.
#[test]
fn flooding_divides_the_set_by_the_honest_share() {
    let rng = &mut StdRng::seed_from_u64(34);
    let height = 40 * N + 3;
    for honest in [0.5, 0.25, 0.125] {
        let own: Vec<bool> = (0..=height).map(|_| rng.random_bool(1.0 - honest)).collect();
        let (mut left, mut spends) = (0.0, 0.0);
        while spends < 20_000.0 {
            let (position, reference) = spend(rng, height);
            if !own[position as usize] {
                let set = members(reference, height);
                left += (set.start..set.end()).filter(|at| !own[*at as usize]).count() as f64;
                spends += 1.0;
            }
        }
        let mean = left / spends;
        println!("honest share {honest}: {mean:.1} members are left, N(1−f) is {:.1}", N as f64 * honest);
        assert!((mean / (N as f64 * honest) - 1.0).abs() < 0.3, "{mean}");
    }
}
