//! Time as an argument: the machines are told what time it is, so that a test can say so.

use core::{
    fmt,
    ops::Add,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// A moment on a clock that never goes back: milliseconds since the clock was made.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(u64);

impl Time {
    /// The moment the clock was made.
    pub const START: Self = Self(0);

    /// A moment by its distance from the start, in milliseconds.
    #[must_use]
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the start.
    #[must_use]
    pub const fn as_millis(self) -> u64 {
        self.0
    }

    /// Time passed since `earlier`, zero if `earlier` is later.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }
}

impl Add<Duration> for Time {
    type Output = Self;
    fn add(self, after: Duration) -> Self {
        Self(self.0.saturating_add(u64::try_from(after.as_millis()).unwrap_or(u64::MAX)))
    }
}

impl fmt::Debug for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:03} s", self.0 / 1000, self.0 % 1000)
    }
}

/// A source of time.
///
/// # Contract
///
/// [`now`](Clock::now) never goes back. [`unix`](Clock::unix) is the wall clock and may jump.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no clock",
    label = "this part must implement `Clock`",
    note = "`SystemClock` does"
)]
pub trait Clock: Send + Sync + 'static {
    /// Time since the clock was made.
    fn now(&self) -> Time;

    /// Seconds since 1970, as headers count them.
    fn unix(&self) -> u64;
}

/// The machine's own clock.
#[derive(Clone, Copy, Debug)]
pub struct SystemClock(Instant);

impl SystemClock {
    /// A clock that starts now.
    #[must_use]
    pub fn new() -> Self {
        Self(Instant::now())
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Time {
        Time::START + self.0.elapsed()
    }

    fn unix(&self) -> u64 {
        SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
    }
}

/// The clock of the tokio runtime, which tests can pause.
#[cfg(feature = "tokio")]
#[derive(Clone, Copy, Debug)]
pub struct RuntimeClock(tokio::time::Instant);

#[cfg(feature = "tokio")]
impl RuntimeClock {
    /// A clock that starts now.
    #[must_use]
    pub fn new() -> Self {
        Self(tokio::time::Instant::now())
    }
}

#[cfg(feature = "tokio")]
impl Default for RuntimeClock {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(feature = "tokio")]
impl Clock for RuntimeClock {
    fn now(&self) -> Time {
        Time::START + self.0.elapsed()
    }

    fn unix(&self) -> u64 {
        SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
    }
}

/// A clock that stands still until it is moved.
///
/// ```
/// use core::time::Duration;
/// use dero_net::clock::{Clock, ManualClock, Time};
///
/// let clock = ManualClock::new(1_700_000_000);
/// clock.advance(Duration::from_millis(2_500));
/// assert_eq!((clock.now(), clock.unix()), (Time::from_millis(2_500), 1_700_000_002));
/// ```
#[derive(Debug)]
pub struct ManualClock {
    millis: AtomicU64,
    unix_start: u64,
}

impl ManualClock {
    /// A clock at its start, when the wall clock shows `unix_start` seconds.
    #[must_use]
    pub const fn new(unix_start: u64) -> Self {
        Self { millis: AtomicU64::new(0), unix_start }
    }

    /// Moves the clock on.
    pub fn advance(&self, by: Duration) {
        self.millis.fetch_add(u64::try_from(by.as_millis()).unwrap_or(u64::MAX), Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Time {
        Time(self.millis.load(Ordering::SeqCst))
    }

    fn unix(&self) -> u64 {
        self.unix_start.saturating_add(self.now().0 / 1000)
    }
}
