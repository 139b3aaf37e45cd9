//! Runs the benchmarks and remembers their names for the report.
//!
//! One thread measures. The pool in which this workspace spreads work over cores is that thread alone, so that the
//! clock of the thread sees all of the work; what is measured over all cores has a pool of its own and wall time.

use std::{cell::LazyCell, collections::BTreeSet, sync::OnceLock, time::Duration};

use criterion::{
    BatchSize, BenchmarkGroup, Criterion, SamplingMode,
    measurement::{Measurement, WallTime},
};
use rayon::{ThreadPool, ThreadPoolBuilder, prelude::*};

use crate::clock::ThreadTime;

/// How many proofs a batch holds.
pub const BATCH: usize = 64;

/// How often everything is measured, minutes apart. Of all samples the fastest counts: what else the machine does, or its
/// host, only adds time, and often for longer than one benchmark takes.
pub const ROUNDS: usize = 3;

/// What a benchmark works on: made only if the command line asks for the benchmark, and before the clock starts.
pub type Material<T, F> = LazyCell<T, F>;

/// Runs benchmarks.
pub struct Runner {
    thread: Criterion<ThreadTime>,
    wall: Criterion<WallTime>,
    names: BTreeSet<(String, String)>,
}

impl core::fmt::Debug for Runner {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Runner").field("names", &self.names).finish_non_exhaustive()
    }
}

impl Runner {
    /// Reads the command line.
    ///
    /// # Panics
    ///
    /// If it is called twice.
    #[must_use]
    pub fn from_args() -> Self {
        let one = ThreadPoolBuilder::new().num_threads(1).use_current_thread();
        one.build_global().expect("a process has one runner");
        let criterion = || {
            let criterion = Criterion::default().sample_size(10).warm_up_time(Duration::from_millis(100));
            criterion.measurement_time(Duration::from_millis(500)).nresamples(1_000)
        };
        Self {
            thread: criterion().with_measurement(ThreadTime).configure_from_args(),
            wall: criterion().configure_from_args(),
            names: BTreeSet::new(),
        }
    }

    /// Groups and functions that ran.
    #[must_use]
    pub fn into_names(self) -> BTreeSet<(String, String)> {
        self.names
    }

    /// Measures one operation of one implementation in the time of this thread.
    pub fn bench<T>(
        &mut self,
        group: &str,
        implementation: &str,
        material: &Material<T, impl FnOnce() -> T>,
        operation: impl Fn(&T),
    ) {
        let mut benchmarks = flat(&mut self.thread, group);
        benchmarks.bench_function(implementation, |bencher| {
            let material = LazyCell::force(material);
            bencher.iter(|| operation(material));
        });
        benchmarks.finish();
        self.names.insert((group.into(), implementation.into()));
    }

    /// The same for an operation that uses up what `before` makes, whose time does not count.
    pub fn bench_each<T, B>(
        &mut self,
        group: &str,
        implementation: &str,
        material: &Material<T, impl FnOnce() -> T>,
        before: impl Fn(&T) -> B,
        operation: impl Fn(&T, B),
    ) {
        let mut benchmarks = flat(&mut self.thread, group);
        benchmarks.bench_function(implementation, |bencher| {
            let material = LazyCell::force(material);
            bencher.iter_batched(|| before(material), |made| operation(material, made), BatchSize::PerIteration);
        });
        benchmarks.finish();
        self.names.insert((group.into(), implementation.into()));
    }

    /// The same in wall time, with every core.
    pub fn bench_each_wall<T: Sync, B: Send>(
        &mut self,
        group: &str,
        implementation: &str,
        material: &Material<T, impl FnOnce() -> T>,
        before: impl Fn(&T) -> B,
        operation: impl Fn(&T, B) + Sync,
    ) {
        let mut benchmarks = flat(&mut self.wall, group);
        benchmarks.bench_function(implementation, |bencher| {
            let material = LazyCell::force(material);
            let run = |made| all_cores().install(|| operation(material, made));
            bencher.iter_batched(|| before(material), run, BatchSize::PerIteration);
        });
        benchmarks.finish();
        self.names.insert((group.into(), implementation.into()));
    }
}

fn flat<'a, M: Measurement>(criterion: &'a mut Criterion<M>, group: &str) -> BenchmarkGroup<'a, M> {
    let mut benchmarks = criterion.benchmark_group(group);
    benchmarks.sampling_mode(SamplingMode::Flat);
    benchmarks
}

/// A pool of every core.
///
/// # Panics
///
/// If the system gives no threads.
pub fn all_cores() -> &'static ThreadPool {
    static POOL: OnceLock<ThreadPool> = OnceLock::new();
    POOL.get_or_init(|| ThreadPoolBuilder::new().build().expect("threads"))
}

/// Makes the items 0..count with every core.
pub fn prepare<T: Send>(count: usize, make: impl Fn(usize) -> T + Send + Sync) -> Vec<T> {
    all_cores().install(|| (0..count).into_par_iter().map(make).collect())
}
