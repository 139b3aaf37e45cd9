//! Membership.
use dero_benches::report::Comparison;

use crate::Runner;

pub fn run(_runner: &mut Runner) {}

pub const COMPARISONS: &[Comparison] = &[];
