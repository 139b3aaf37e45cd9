//! Fresh statements, proven by this crate with random nonces, are checked by the second implementation in this folder.
//!
//! The vectors are the same at each run; these cases are new, in the same form, and cover sizes that no vector has. The
//! second implementation also flips one bit of each proof and must refuse it. Without Python the test checks
//! nothing; the gate does not pass without it (`.ci/reference`).

#![allow(unreachable_pub, reason = "a test binary exports nothing")]
#![allow(non_snake_case, reason = "symbols match the equations")]

mod batches;
mod enotes;
mod statements;
mod vaults;

use std::{env, fs, path::Path, process::Command};

use rand::{RngExt, SeedableRng, rngs::StdRng};

#[test]
fn the_second_implementation_accepts_fresh_proofs_and_no_changed_ones() {
    let seed: u64 = rand::rng().random();
    let folder = env::temp_dir().join(format!("dero-reference-{}-{seed:016x}", std::process::id()));
    fs::create_dir_all(&folder).expect("a folder of its own");
    let files = statements::all(&mut StdRng::seed_from_u64(seed));
    for (name, file) in &files {
        fs::write(folder.join(name).with_extension("json"), file.to_string()).expect("the file can be written");
    }

    let checker = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/check.py");
    let names = files.iter().map(|(name, _)| name);
    let run = Command::new("python3").arg(checker).args(names).env("DERO_VECTORS", &folder).output();
    fs::remove_dir_all(&folder).expect("the folder can be removed");

    let output = match run {
        Ok(output) => output,
        Err(missing) => return eprintln!("not checked, python3 does not run: {missing}"),
    };
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "seed {seed:#018x}\n{said}");
    for (name, file) in &files {
        let count = file["cases"].as_array().map_or(0, Vec::len);
        let all_passed = format!("{count} passed, 0 failed");
        let line = said.lines().find(|line| line.starts_with(&format!("{name}.json")));
        assert!(line.is_some_and(|line| line.contains(&all_passed)), "{name}: expected {all_passed}\n{said}");
    }
}
