//! Nodes end with the program that started them, however it ends.

use std::{
    path::Path,
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use dero_examples::{network_file, node::READY_FILE};
use dero_ledger::store::RedbStore;

/// Generous: other jobs share the machine.
const PATIENCE: Duration = Duration::from_secs(600);

fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < end, "not within {PATIENCE:?}: {what}");
        sleep(Duration::from_millis(50));
    }
}

/// Ends with the test, however that ends.
struct Demo(Child);

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn start(folder: &Path) -> Demo {
    let mut demo = Command::new(env!("CARGO_BIN_EXE_demo"));
    // It would go on for a long time, with two nodes that stay.
    demo.args(["kills", "--times", "500", "--folder"]).arg(folder).stdout(Stdio::null());
    Demo(demo.spawn().expect("it runs"))
}

#[test]
fn the_nodes_of_a_killed_program_end_by_themselves() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut demo = start(folder.path());
    let network = folder.path().join("kills").join("network-1");
    let nodes = ["node-1", "node-2"].map(|name| network.join(name));
    until("two nodes", || {
        assert!(demo.0.try_wait().expect("a status").is_none(), "the demonstration ended by itself");
        nodes.iter().all(|node| node.join(READY_FILE).exists())
    });
    let id = *network_file::load(&network.join("network.toml")).expect("a network").id();
    let free = |node: &Path| RedbStore::open(node.join("chain"), &id).is_ok();
    // A running node holds its chain, so that the check below can fail.
    assert!(nodes.iter().all(|node| !free(node)));
    drop(demo);
    for node in &nodes {
        until("a node that ended", || !node.join(READY_FILE).exists() && free(node));
    }
}
