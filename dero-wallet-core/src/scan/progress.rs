//! How far a scan is.

/// A step of a scan, in enotes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Enotes tried in this scan.
    pub done: u64,
    /// About how many there are in all: the length of the reference list at the source's tip, from where the scan
    /// started.
    pub total: u64,
    /// The wallet's tip.
    pub height: u64,
    /// The source's tip.
    pub tip: u64,
    /// Enotes of this wallet found in this scan.
    pub found: u64,
    /// The first block that is scanned. While `height` is below it, only headers come in.
    pub scans_from: u64,
}
