//! Instructions of one path, counted by callgrind in a process of its own.

use std::{env, fs, hint::black_box, io, process::Command};

/// Runs the path at `place` under callgrind and returns how many instructions its second run took.
pub fn count(place: usize) -> io::Result<u64> {
    let directory = tempfile::tempdir()?;
    let out = directory.path().join("counts");
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--toggle-collect=*counted_part*"])
        .arg(format!("--callgrind-out-file={}", out.display()))
        .arg(env::current_exe()?)
        .args(["run", &place.to_string()])
        .output()?;
    if !output.status.success() {
        return Err(io::Error::other(String::from_utf8_lossy(&output.stderr).into_owned()));
    }
    totals(&fs::read_to_string(out)?).ok_or_else(|| io::Error::other("callgrind counted nothing"))
}

/// The sum that a file of callgrind ends with.
fn totals(text: &str) -> Option<u64> {
    let count = text.lines().find_map(|line| line.strip_prefix("totals:"))?.trim().parse().ok()?;
    (count > 0).then_some(count)
}

/// Runs a path twice: the first run fills tables that are made once, the second one is counted.
pub fn run(path: &mut dyn FnMut()) {
    path();
    counted_part(path);
}

/// Callgrind counts while this function runs.
#[inline(never)]
fn counted_part(path: &mut dyn FnMut()) {
    path();
    // Keeps the call above from becoming a jump, after which nobody returns from here.
    black_box(());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_total_is_read_and_nothing_counted_is_an_error() {
        assert_eq!(totals("version: 1\ncreator: callgrind\n\ntotals: 123456\n"), Some(123_456));
        assert_eq!(totals("summary: 0\ntotals: 0\n"), None);
        assert_eq!(totals("version: 1\n"), None);
    }
}
