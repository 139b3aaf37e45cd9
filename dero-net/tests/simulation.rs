//! Seeded networks: delay, loss, cut links, partitions, restarts, bad peers.
//!
//! A failing run prints its seed; `DERO_SEED=1234 cargo test -p dero-net --test simulation` runs that one again.

use core::time::Duration;

use dero_net::{
    backend::Backend as _,
    testing::{
        simulation::{Conditions, Malice, Simulation},
        toy_chain::{BOUND, BRIEF, GOOD, INVALID_BODY},
    },
};

/// The seed to repeat, or a few.
fn seeds(count: u64) -> Vec<u64> {
    match std::env::var("DERO_SEED").ok().and_then(|seed| seed.parse().ok()) {
        Some(seed) => vec![seed],
        None => (1..=count).collect(),
    }
}

fn transaction(n: u64) -> Vec<u8> {
    [GOOD, &n.to_le_bytes(), &[7; 600]].concat()
}

fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

/// Everybody has one tip, and everybody agrees on what waits.
fn assert_agreed(simulation: &mut Simulation, nodes: &[usize], within: Duration) {
    let seed = simulation.seed();
    assert!(simulation.run_until_agreed(nodes, within), "seed {seed}: no agreement within {within:?}");
    let height = simulation.tip(nodes[0]).height;
    println!("seed {seed}: agreed at height {height}, {} events", simulation.events());
}

#[test]
fn blocks_and_transactions_reach_everybody() {
    for seed in seeds(10) {
        let mut simulation = Simulation::new(seed, 7, Conditions::default());
        let all: Vec<_> = (0..7).collect();
        simulation.run(seconds(5));
        for round in 0..20 {
            simulation.submit(round % 7, &transaction(round as u64));
            simulation.run(seconds(3));
            simulation.mine((round * 3) % 7);
        }
        simulation.submit(2, &transaction(99));
        simulation.run(seconds(20));
        assert_agreed(&mut simulation, &all, seconds(30));
        for node in all {
            let status = simulation.status(node);
            assert_eq!((status.pool, status.missing), (1, 0), "seed {seed}, node {node}");
            assert_eq!(
                simulation.chain(node).mined().len(),
                20,
                "seed {seed}: every transaction is in a block once"
            );
            assert_eq!(
                status.links.iter().map(|link| link.faults).sum::<u32>(),
                0,
                "seed {seed}: nobody is charged"
            );
        }
    }
}

#[test]
fn a_run_is_repeated_by_its_seed() {
    let run = |seed| {
        let conditions = Conditions { lost_per_million: 20_000, cut_per_million: 500, ..Conditions::default() };
        let mut simulation = Simulation::new(seed, 5, conditions);
        for round in 0..10 {
            simulation.run(seconds(4));
            simulation.submit(round % 5, &transaction(round as u64));
            simulation.mine(round % 5);
        }
        simulation.run(seconds(60));
        (simulation.fingerprint(), simulation.events())
    };
    assert_eq!(run(7), run(7));
    assert_ne!(run(7).0, run(8).0);
}

#[test]
fn a_network_that_loses_messages_and_links_agrees_in_the_end() {
    for seed in seeds(10) {
        let conditions = Conditions { lost_per_million: 10_000, cut_per_million: 1_000, ..Conditions::default() };
        let mut simulation = Simulation::new(seed, 6, conditions);
        for round in 0..40 {
            simulation.run(seconds(5));
            simulation.mine(round % 6);
        }
        let all: Vec<_> = (0..6).collect();
        assert_agreed(&mut simulation, &all, seconds(300));
        assert!(simulation.tip(0).height >= 30, "seed {seed}: {}", simulation.tip(0).height);
    }
}

#[test]
fn a_partition_heals_and_one_chain_wins() {
    for seed in seeds(10) {
        let mut simulation = Simulation::new(seed, 6, Conditions::default());
        simulation.run(seconds(5));
        simulation.partition(&[0, 1, 2]);
        for round in 0..12 {
            simulation.submit(round % 6, &transaction(round as u64));
            simulation.mine(round % 3);
            if round % 2 == 0 {
                simulation.mine(3 + round % 3);
            }
            simulation.run(seconds(5));
        }
        let (left, right) = (simulation.tip(0), simulation.tip(3));
        assert!(left.is_heavier_than(&right), "seed {seed}");
        simulation.heal();
        let all: Vec<_> = (0..6).collect();
        assert_agreed(&mut simulation, &all, seconds(120));
        assert_eq!(simulation.tip(5).id, left.id, "seed {seed}: the heavier side wins");
        // Transactions of the side that lost wait again, everywhere.
        simulation.run(seconds(30));
        simulation.mine(4);
        assert_agreed(&mut simulation, &all, seconds(60));
        assert_eq!(simulation.chain(0).mined().len(), 12, "seed {seed}: nothing is lost or doubled");
    }
}

#[test]
fn a_node_that_was_away_catches_up_from_many_peers() {
    for seed in seeds(3) {
        let mut simulation = Simulation::new(seed, 6, Conditions::default());
        simulation.run(seconds(5));
        simulation.partition(&[5]);
        (0..3_000).for_each(|salt| simulation.chain(0).mine(salt));
        simulation.mine(0);
        assert_agreed(&mut simulation, &[0, 1, 2, 3, 4], seconds(600));
        simulation.heal();
        assert_agreed(&mut simulation, &[0, 5], seconds(600));
        assert_eq!(simulation.tip(5).height, 3_001, "seed {seed}");
    }
}

/// Every node has the links that it dials, and charges nobody.
fn assert_nobody_is_charged(simulation: &Simulation, nodes: usize) {
    for node in 0..nodes {
        let (seed, status) = (simulation.seed(), simulation.status(node));
        let faults: u32 = status.links.iter().map(|link| link.faults).sum();
        assert_eq!((faults, status.banned), (0, 0), "seed {seed}, node {node}: {:?}", status.links);
    }
}

/// What the nodes prove over their own side of a deep fork fails on the other.
#[test]
fn honest_nodes_on_two_branches_do_not_charge_each_other() {
    for seed in seeds(5) {
        let mut simulation = Simulation::new(seed, 6, Conditions::default());
        simulation.run(seconds(5));
        simulation.partition(&[0, 1, 2]);
        for round in 0..40 {
            simulation.mine(round % 3);
            if round % 2 == 0 {
                simulation.mine(3 + round % 3);
            }
            simulation.run(seconds(2));
        }
        for n in 0..60 {
            let node = n % 6;
            let tip = simulation.tip(node).id;
            simulation.submit(node, &[BOUND, &tip, &[u8::try_from(n).expect("small")]].concat());
        }
        simulation.run(seconds(5));
        simulation.heal();
        let all: Vec<_> = (0..6).collect();
        assert_agreed(&mut simulation, &all, seconds(120));
        simulation.run(seconds(60));
        assert_nobody_is_charged(&simulation, 6);
        // Who went over to the other branch is told what waits there.
        assert!(all.iter().all(|node| simulation.status(*node).pool == 30), "seed {seed}");
    }
}

/// Checks take long enough that a block often comes before the report of what it holds.
#[test]
fn what_is_mined_while_it_is_checked_waits_nowhere() {
    for seed in seeds(5) {
        let conditions = Conditions { work_ms: 1..1_000, ..Conditions::default() };
        let mut simulation = Simulation::new(seed, 5, conditions);
        simulation.run(seconds(5));
        for round in 0..20 {
            simulation.submit(round % 5, &transaction(round as u64));
            simulation.run(seconds(2));
            simulation.mine((round + 1) % 5);
            simulation.run(seconds(20));
            for node in 0..5 {
                let waiting = simulation.chain(node).pool().expect("a toy can be read").len();
                assert_eq!(simulation.status(node).pool, waiting, "seed {seed}, round {round}, node {node}");
            }
        }
    }
}

/// What waits in the pool of a node that slept would be a fault of an awake one.
#[test]
fn a_node_that_slept_does_not_announce_its_old_pool() {
    for seed in seeds(3) {
        let mut simulation = Simulation::new(seed, 6, Conditions::default());
        simulation.run(seconds(5));
        simulation.partition(&[5]);
        for n in 0..20 {
            simulation.submit(5, &[BRIEF, &2_990_u64.to_le_bytes(), &[n]].concat());
        }
        (0..3_000).for_each(|salt| simulation.chain(0).mine(salt));
        simulation.mine(0);
        assert_agreed(&mut simulation, &[0, 1, 2, 3, 4], seconds(600));
        simulation.heal();
        assert_agreed(&mut simulation, &[0, 5], seconds(600));
        simulation.run(seconds(30));
        assert_nobody_is_charged(&simulation, 6);
        assert_eq!(simulation.status(5).pool, 0);
    }
}

#[test]
fn a_killed_node_comes_back() {
    for seed in seeds(5) {
        let mut simulation = Simulation::new(seed, 4, Conditions::default());
        for round in 0..30 {
            simulation.run(seconds(2));
            simulation.mine(round % 4);
            if round % 5 == 4 {
                simulation.restart(round % 4);
            }
        }
        assert_agreed(&mut simulation, &[0, 1, 2, 3], seconds(120));
    }
}

#[test]
fn bad_peers_do_not_keep_good_ones_from_agreeing() {
    let all = [
        Malice::Stalls,
        Malice::Boasts,
        Malice::SpoilsBlocks,
        Malice::SpoilsTransactions,
        Malice::Floods,
        Malice::Babbles,
    ];
    for malice in all {
        let (mut banned, mut charged) = (0, 0);
        for seed in seeds(4) {
            let mut simulation = Simulation::new(seed, 7, Conditions::default());
            simulation.corrupt(3, malice);
            simulation.corrupt(6, malice);
            let good = [0, 1, 2, 4, 5];
            simulation.run(seconds(5));
            for round in 0..20 {
                simulation.submit(good[round % 5], &transaction(round as u64));
                // So that somebody has to ask the bad one.
                simulation.submit(3, &transaction(1_000 + round as u64));
                if malice == Malice::SpoilsBlocks && round == 10 {
                    simulation.mine(3);
                }
                simulation.run(seconds(6));
                simulation.mine(good[round % 5]);
            }
            print!("{malice:?}, ");
            assert_agreed(&mut simulation, &good, seconds(200));
            simulation.run(seconds(60));
            for node in good {
                let status = simulation.status(node);
                // While a bad peer holds a block back, a good one may find its own on the block before.
                assert!(status.tip.height >= 17, "{malice:?}, seed {seed}: height {}", status.tip.height);
                let charged_good = status.links.iter().any(|link| link.faults > 0 && !is_bad(link.peer.0));
                assert!(
                    !charged_good,
                    "{malice:?}, seed {seed}: node {node} charges a good peer: {:?}",
                    status.links
                );
            }
            for status in good.iter().map(|node| simulation.status(*node)) {
                banned += status.banned;
                charged += status.links.iter().filter(|link| link.faults > 0).count();
            }
        }
        println!("{malice:?}: {banned} bans, {charged} charged");
        if matches!(malice, Malice::Floods | Malice::Babbles | Malice::SpoilsTransactions) {
            assert!(banned > 0, "{malice:?}: nobody is banned");
        }
        assert!(banned + charged > 0, "{malice:?}: nobody is charged");
    }
}

/// Nodes 3 and 6 of the trial above, whose ids are their numbers plus one.
fn is_bad(id: [u8; 32]) -> bool {
    matches!(id[7], 4 | 7)
}

#[test]
fn an_invalid_block_is_not_passed_on_and_its_sender_is_banned() {
    for seed in seeds(5) {
        let mut simulation = Simulation::new(seed, 4, Conditions::default());
        simulation.run(seconds(5));
        simulation.mine(0);
        assert_agreed(&mut simulation, &[0, 1, 2, 3], seconds(30));
        let before = simulation.tip(0);
        let block = simulation.chain(3).block_with_body(50, INVALID_BODY);
        simulation.chain(3).believe(&block);
        simulation.changed(3);
        simulation.run(seconds(60));
        for node in 0..3 {
            assert_eq!(simulation.tip(node), before, "seed {seed}");
            assert!(!simulation.linked(node).contains(&3), "seed {seed}: node {node} keeps the sender");
        }
        simulation.mine(1);
        assert_agreed(&mut simulation, &[0, 1, 2], seconds(60));
    }
}
