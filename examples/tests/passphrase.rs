//! A wallet is not made with an empty passphrase.

use std::{fs, process::Command, process::Stdio};

use dero_examples::local::Plan;

#[test]
fn an_empty_passphrase_makes_no_wallet() {
    let folder = tempfile::tempdir().expect("a folder");
    Plan::default().write(folder.path(), &mut rand::rng()).expect("a network");
    let (file, empty) = (folder.path().join("w.dero"), folder.path().join("empty"));
    fs::write(&empty, "\n").expect("written");
    let create = |passphrase: Option<&str>| {
        let mut wallet = Command::new(env!("CARGO_BIN_EXE_wallet"));
        wallet.args(["create", "--quiet", "--network"]).arg(folder.path().join("network.toml"));
        wallet.arg("--file").arg(&file).stdin(Stdio::null()).env_remove("DERO_PASSPHRASE");
        if let Some(name) = passphrase {
            wallet.arg("--passphrase-file").arg(folder.path().join(name));
        }
        wallet.output().expect("it runs")
    };
    for passphrase in [None, Some("empty")] {
        let output = create(passphrase);
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        assert!(String::from_utf8_lossy(&output.stderr).contains("--passphrase-file"), "{output:?}");
        assert!(!file.exists());
    }
    assert!(create(Some("passphrase")).status.success() && file.exists());
}
