//! Proofs: range (1, 2, 4, 16 values) and membership (sets of 128, 1024, 4096).

#![allow(non_snake_case, reason = "symbols match the equations")]
#![allow(unreachable_pub, reason = "a benchmark exports nothing")]

mod membership;
mod range;

use std::{
    cell::LazyCell,
    process::ExitCode,
    time::{Duration, SystemTime},
};

use criterion::{BenchmarkGroup, Criterion, SamplingMode};
use dero_benches::{
    clock::ThreadTime,
    report::{self, Medians},
};

/// How many proofs a batch holds.
const BATCH: usize = 64;

/// Runs the benchmarks and remembers their names for the report.
struct Runner {
    criterion: Criterion<ThreadTime>,
    names: Vec<(String, String)>,
}

impl Runner {
    /// Measures one operation of one implementation. What it works on is made only if the command line asks for
    /// this benchmark, and before the clock starts.
    fn bench<T>(
        &mut self,
        group: &str,
        implementation: &str,
        material: &LazyCell<T, impl FnOnce() -> T>,
        operation: impl Fn(&T),
    ) {
        let mut benchmarks: BenchmarkGroup<'_, ThreadTime> = self.criterion.benchmark_group(group);
        benchmarks.sampling_mode(SamplingMode::Flat);
        benchmarks.bench_function(implementation, |bencher| {
            let material = LazyCell::force(material);
            bencher.iter(|| operation(material));
        });
        benchmarks.finish();
        self.names.push((group.into(), implementation.into()));
    }
}

fn main() -> ExitCode {
    let start = SystemTime::now();
    let criterion = Criterion::default()
        .with_measurement(ThreadTime)
        .sample_size(20)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(2))
        .configure_from_args();
    let mut runner = Runner { criterion, names: Vec::new() };
    range::run(&mut runner);
    membership::run(&mut runner);

    let medians = Medians::since(start, runner.names);
    let comparisons = [range::COMPARISONS, membership::COMPARISONS].concat();
    if report::print(&medians, &comparisons) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
