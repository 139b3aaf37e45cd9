//! Does a secret key show in the time that its use takes?
//!
//! Each path is run many times, with a fixed key or with a random one, as a coin says before each run. If the times of
//! both classes have different means, an observer can tell keys apart: Welch's t says how sure that is. Two paths leak
//! on purpose and must be caught; one has random keys in both classes and must not be. dero-crypto's note on
//! constant time has the last results.
//!
//! Method: Reparaz, Balasch, Verbauwhede, *Dude, is my code constant time?*, DATE 2017
//! (<https://eprint.iacr.org/2016/1123>).

#![allow(unreachable_pub, reason = "a program exports nothing")]

mod paths;
mod welch;

use std::{env, process::ExitCode, time::Instant};

use paths::{Expected, PATHS, Path};
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use welch::{Class, Times};

/// Above this the means differ: below one in 100,000 for equal distributions.
const THRESHOLD: f64 = 4.5;
/// Runs prepared at a time, so that preparing one does not disturb the next.
const CHUNK: usize = 64;
const SAMPLES: usize = 20_000;

const USAGE: &str = "\
usage: constant_time [SAMPLES [WORD]]

Runs each path whose name contains WORD, SAMPLES times (20000), and prints the largest |t|. Above 4.5 the time depends
on the secret. Run it on a machine that does nothing else.";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let samples = arguments.first().map_or(Ok(SAMPLES), |text| text.parse());
    let (Ok(samples), 0..=2) = (samples, arguments.len()) else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    let word = arguments.get(1).map_or("", String::as_str);

    println!("{:<44}{:>8}{:>12}{:>12}{:>9}", "path", "samples", "fixed", "random", "max |t|");
    let mut good = true;
    for path in PATHS.iter().filter(|path| path.name.contains(word)) {
        let times = measure(path, samples);
        let (t, (fixed, random)) = (times.largest_t(), times.medians());
        let verdict = match (path.expected, t > THRESHOLD) {
            (Expected::Constant, false) => "",
            (Expected::Constant, true) => "  DEPENDS ON THE SECRET",
            (Expected::Leak, true) => "  caught, as it must be",
            (Expected::Leak, false) => "  NOT CAUGHT: this run says nothing",
        };
        good &= (path.expected == Expected::Leak) == (t > THRESHOLD);
        println!("{:<44}{samples:>8}{:>9} ns{:>9} ns{t:>9.2}{verdict}", path.name, fixed, random);
    }
    if good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn measure(path: &Path, samples: usize) -> Times {
    let mut rng = StdRng::seed_from_u64(1);
    let mut times = Times::default();
    // The first chunk warms up.
    let mut left = samples + CHUNK;
    while left > 0 {
        let chunk: Vec<_> = (0..CHUNK.min(left))
            .map(|_| {
                let class = if rng.random() { Class::Fixed } else { Class::Random };
                (class, (path.prepare)(class, &mut rng))
            })
            .collect();
        let warm = left <= samples;
        left -= chunk.len();
        for (class, mut run) in chunk {
            let began = Instant::now();
            run();
            let took = began.elapsed();
            if warm {
                times.push(class, u64::try_from(took.as_nanos()).expect("no run takes centuries"));
            }
        }
    }
    times
}
