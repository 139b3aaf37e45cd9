//! Welch's t of two classes of times, with and without the slowest of both.

/// Which key a run had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// The same in each run.
    Fixed,
    /// Another one in each run.
    Random,
}

/// The times of a path in nanoseconds.
#[derive(Debug, Default)]
pub struct Times {
    fixed: Vec<u64>,
    random: Vec<u64>,
}

impl Times {
    pub fn push(&mut self, class: Class, nanoseconds: u64) {
        match class {
            Class::Fixed => self.fixed.push(nanoseconds),
            Class::Random => self.random.push(nanoseconds),
        }
    }

    /// The largest |t| among all times and those below the 50th, 75th, 87.5th, … percentile of both classes together:
    /// interrupts make a long tail that hides small differences.
    pub fn largest_t(&self) -> f64 {
        let mut all = [&self.fixed[..], &self.random[..]].concat();
        all.sort_unstable();
        let limits = (1..=8).map(|k| all[all.len() - 1 - (all.len() >> k)]).chain([u64::MAX]);
        limits.map(|limit| t(&self.fixed, &self.random, limit).abs()).fold(0.0, f64::max)
    }

    /// The median of each class.
    pub fn medians(&self) -> (u64, u64) {
        let median = |times: &[u64]| {
            let mut times = times.to_vec();
            times.sort_unstable();
            times[times.len() / 2]
        };
        (median(&self.fixed), median(&self.random))
    }
}

/// (mean(a) − mean(b)) / √(var(a)/|a| + var(b)/|b|) over the times up to `limit`.
fn t(a: &[u64], b: &[u64], limit: u64) -> f64 {
    let ((mean_a, error_a), (mean_b, error_b)) = (moments(a, limit), moments(b, limit));
    let error = (error_a + error_b).sqrt();
    if error > 0.0 { (mean_a - mean_b) / error } else { 0.0 }
}

/// The mean and the variance of the mean.
fn moments(times: &[u64], limit: u64) -> (f64, f64) {
    let kept = || times.iter().filter(move |time| **time <= limit).map(|time| *time as f64);
    let count = kept().count() as f64;
    if count < 2.0 {
        return (0.0, 0.0);
    }
    let mean = kept().sum::<f64>() / count;
    let variance = kept().map(|time| (time - mean).powi(2)).sum::<f64>() / (count - 1.0);
    (mean, variance / count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn t_is_that_of_a_textbook() {
        // Means 3 and 5, variances 2.5 and 2.5, five each: (3 − 5)/√1 = −2.
        assert!((t(&[1, 2, 3, 4, 5], &[3, 4, 5, 6, 7], u64::MAX) + 2.0).abs() < 1e-12);
    }

    #[test]
    fn a_tail_does_not_hide_a_difference() {
        let mut times = Times::default();
        for i in 0..10_000 {
            let class = if i % 2 == 0 { Class::Fixed } else { Class::Random };
            let slow = if i % 100 < 2 { (i * 7919) % 1_000_000 } else { 0 };
            times.push(class, 1000 + (i * 31) % 64 + 2 * (i % 2) + slow);
        }
        assert!(t(&times.fixed, &times.random, u64::MAX).abs() < 4.5);
        assert!(times.largest_t() > 4.5);
    }
}
