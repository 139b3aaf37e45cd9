//! The reference node as its owner uses it: he asks it from a command line, and the system tells it to end.

#![cfg(unix)]

use std::{
    fs,
    path::Path,
    process::{Child, Command, Output, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use dero_examples::{local::Plan, node::READY_FILE};

/// Generous: other jobs share the machine.
const PATIENCE: Duration = Duration::from_secs(600);

/// Ends with the test, however that ends.
struct Node(Child);

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_reference-node"))
}

fn call(data: &Path, arguments: &[&str]) -> Output {
    program().arg("call").args(arguments).arg("--data").arg(data).output().expect("it runs")
}

/// The object that a failed call leaves on standard error.
fn error(output: &Output) -> serde_json::Value {
    let mut answer: serde_json::Value = serde_json::from_slice(&output.stderr).expect("one object");
    answer["error"].take()
}

#[test]
fn a_node_answers_its_owner_and_ends_well_at_sigterm() {
    let folder = tempfile::tempdir().expect("a folder");
    Plan::default().write(folder.path(), &mut rand::rng()).expect("a network");
    let data = folder.path().join("node");
    let missing = call(&data, &["status"]);
    assert_eq!(missing.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&missing.stderr).contains("--data"), "{missing:?}");
    assert_eq!(error(&call(&data, &["status", "--json"]))["name"], "Unreachable");

    let mut start = program();
    start.arg("--network").arg(folder.path().join("network.toml")).arg("--data").arg(&data);
    start.args(["--advertise", "node.example:40501"]).stdout(Stdio::null()).stderr(Stdio::null());
    let mut node = Node(start.spawn().expect("it runs"));
    let end = Instant::now() + PATIENCE;
    while !data.join(READY_FILE).exists() {
        assert!(node.0.try_wait().expect("a status").is_none(), "the node ended by itself");
        assert!(Instant::now() < end, "the node is not ready");
        sleep(Duration::from_millis(50));
    }

    let told = fs::read_to_string(data.join(READY_FILE)).expect("an address");
    assert!(told.starts_with("node.example:40501#"), "{told}");
    let status = call(&data, &["status"]);
    let answer: serde_json::Value = serde_json::from_slice(&status.stdout).expect("an object");
    assert_eq!(answer["height"], 0);
    let header = call(&data, &["header", "{\"height\": 0}"]);
    assert!(header.status.success() && String::from_utf8_lossy(&header.stdout).contains("state_root"));
    let unknown = call(&data, &["statu"]);
    assert_eq!(unknown.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&unknown.stderr).contains("no method statu"));
    let unknown = error(&call(&data, &["statu", "--json"]));
    assert_eq!((&unknown["name"], &unknown["data"]["code"]), (&"Refused".into(), &(-32601).into()));

    let term = Command::new("kill").arg("-TERM").arg(node.0.id().to_string()).status().expect("it runs");
    assert!(term.success());
    assert_eq!(node.0.wait().expect("a status").code(), Some(0));
    assert!(!data.join(READY_FILE).exists());
}

#[test]
fn the_help_of_call_lists_every_method() {
    let help = program().args(["call", "--help"]).output().expect("it runs");
    let text = String::from_utf8_lossy(&help.stdout);
    assert!(["status", "audit_supply", "stop"].iter().all(|method| text.contains(method)), "{text}");
}
