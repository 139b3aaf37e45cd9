//! The shortest run of `demo flood`: the whole one is a command of docs/acceptance.md.

use std::process::Command;

#[test]
fn payments_in_a_flood_are_in_the_next_block() {
    let output =
        Command::new(env!("CARGO_BIN_EXE_demo")).args(["flood", "--times", "1"]).output().expect("it runs");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("each is in the next block"), "{said}");
}
