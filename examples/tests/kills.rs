//! The shortest run of `demo kills`: the whole one is a command of docs/acceptance.md.

use std::process::Command;

#[test]
fn a_killed_node_opens_from_its_disk_and_converges() {
    let output =
        Command::new(env!("CARGO_BIN_EXE_demo")).args(["kills", "--times", "3"]).output().expect("it runs");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("killed 3 times"), "{said}");
}
