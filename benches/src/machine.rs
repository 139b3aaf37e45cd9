//! On what a run was made.

use std::{fs, process::Command, time::SystemTime};

/// Processor, system, compiler and date; what vector code the curve library runs; the versions compared.
#[must_use]
pub fn description() -> String {
    let flag = if cfg!(curve25519_dalek_backend = "avx512") { "with" } else { "without" };
    let code = match (has_ifma(), has_avx2()) {
        (true, _) => "its code for AVX-512 IFMA",
        (false, true) => "its code for AVX2",
        (false, false) => "portable code",
    };
    let versions = versions();
    format!(
        "{}\n\nBuilt {flag} the cfg for AVX-512, the curve library runs {code}. Versions: {versions}.",
        machine()
    )
}

/// Whether this machine runs the AVX-512 code of the curve library.
#[must_use]
pub fn has_ifma() -> bool {
    #[cfg(target_arch = "x86_64")]
    let found = cfg!(curve25519_dalek_backend = "avx512") && std::is_x86_feature_detected!("avx512ifma");
    #[cfg(not(target_arch = "x86_64"))]
    let found = false;
    found
}

fn has_avx2() -> bool {
    #[cfg(target_arch = "x86_64")]
    let found = std::is_x86_feature_detected!("avx2");
    #[cfg(not(target_arch = "x86_64"))]
    let found = false;
    found
}

/// The curve library and the peers, as `Cargo.lock` has them.
fn versions() -> String {
    const COMPARED: [&str; 6] = [
        "curve25519-dalek",
        "bulletproofs",
        "monero-bulletproofs",
        "monero-clsag",
        "tari_bulletproofs_plus",
        "triptych",
    ];
    let quoted = |line: &str| line.split('"').nth(1).map(str::to_owned);
    let mut lines = include_str!("../../Cargo.lock").lines();
    let mut found = Vec::new();
    while let Some(line) = lines.next() {
        if let Some(name) = line.strip_prefix("name = ").and_then(|_| quoted(line))
            && COMPARED.contains(&name.as_str())
            && let Some(version) = lines.next().and_then(quoted)
        {
            found.push(format!("{name} {version}"));
        }
    }
    found.join(", ")
}

fn machine() -> String {
    let cpu = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let field = |name| cpu.lines().find(|line| line.starts_with(name)).and_then(|line| line.split(':').nth(1));
    let model = field("model name").unwrap_or("unknown processor").trim();
    let (family, number) = (field("cpu family").unwrap_or("?").trim(), field("model\t").unwrap_or("?").trim());
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let compiler = said("rustc", "--version");
    let system = said("uname", "-sr");
    format!("{model} (family {family}, model {number}), {cores} cores, {system}; {compiler}; {}.", date())
}

fn said(program: &str, argument: &str) -> String {
    let output = Command::new(program).arg(argument).output();
    let text = output.map_or_else(|_| String::new(), |output| String::from_utf8_lossy(&output.stdout).into_owned());
    text.trim().split(" (").next().unwrap_or_default().to_string()
}

/// Today, UTC.
fn date() -> String {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let (year, month, day) = civil(since.as_secs() / 86_400);
    format!("{year}-{month:02}-{day:02}")
}

/// The date so many days after 1970-01-01, by eras of 400 years that begin on a first of March.
fn civil(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (400 * era + year + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_is_compared_has_a_version() {
        let found = super::versions();
        assert!(found.starts_with("bulletproofs ") && found.contains(", curve25519-dalek 5."), "{found}");
    }

    #[test]
    fn days_since_1970_are_dates() {
        assert_eq!(super::civil(0), (1970, 1, 1));
        assert_eq!(super::civil(11_016), (2000, 2, 29));
        assert_eq!(super::civil(20_782), (2026, 11, 25));
    }
}
