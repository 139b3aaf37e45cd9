//! Everything that is measured within one process: proofs, transactions, blocks, the store, and scanning.

#![allow(non_snake_case, reason = "symbols match the equations")]
#![allow(unreachable_pub, reason = "a benchmark exports nothing")]

mod crypto;
mod ledger;
mod scan;

use std::{process::ExitCode, time::SystemTime};

use dero_benches::{
    report::{self, Times},
    runner::{BATCH, ROUNDS, Runner},
};

fn main() -> ExitCode {
    let start = SystemTime::now();
    let mut runner = Runner::from_args();
    for _ in 0..ROUNDS {
        crypto::group::run(&mut runner);
        crypto::range::run(&mut runner);
        ledger::transaction::run(&mut runner);
        crypto::membership::run(&mut runner);
        ledger::block::run(&mut runner);
        ledger::store::run(&mut runner);
        scan::run(&mut runner);
    }

    let times = Times::since(start, runner.into_names());
    let comparisons = [
        ledger::transaction::COMPARISONS,
        crypto::range::COMPARISONS,
        crypto::membership::COMPARISONS,
        scan::COMPARISONS,
    ];
    let rates = [scan::RATES, ledger::block::RATES];
    if report::finish(&times, &comparisons.concat(), crypto::group::FLOORS, &rates.concat()) {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
