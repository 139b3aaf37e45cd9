//! What the wallet program says to programs when it does not do what it was asked.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
};

use dero_examples::local::Plan;
use serde_json::Value;

/// Runs a command that must fail; returns the object that stands on standard error.
fn error(folder: &Path, arguments: &[&str]) -> Value {
    let mut wallet = Command::new(env!("CARGO_BIN_EXE_wallet"));
    wallet.arg("--json").args(["--file", "w.dero"]).args(arguments).current_dir(folder).stdin(Stdio::null());
    let output = wallet.env("DERO_PASSPHRASE", "right").output().expect("it runs");
    assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0), "{output:?}");
    let mut answer: Value = serde_json::from_slice(&output.stderr).expect("one object");
    answer["error"].take()
}

#[test]
fn an_error_is_one_object_whose_name_stands_in_the_help() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let nobody = Plan::default().write(folder, &mut rand::rng()).expect("a network").nobody;
    fs::write(folder.join("wrong"), "wrong").expect("written");
    let help = Command::new(env!("CARGO_BIN_EXE_wallet")).arg("--help").output().expect("it runs");
    let help = String::from_utf8_lossy(&help.stdout).into_owned();
    let send = |to, amount| ["send", "--to", to, "--amount", amount];
    let fails = |arguments: &[&str], name: &str, advice: Option<&str>| {
        let error = error(folder, arguments);
        assert_eq!(error["name"], name, "{error}");
        assert!(help.contains(&format!("\n  {name} ")), "{name} is not in the help");
        assert!(error["message"].as_str().is_some_and(|message| !message.contains('\n')), "{error}");
        assert_eq!(error.get("try").and_then(Value::as_str).is_some(), advice.is_some(), "{error}");
        assert!(error["try"].as_str().unwrap_or_default().contains(advice.unwrap_or_default()), "{error}");
    };
    fails(&["balance"], "WalletFile", Some("wallet create"));
    fails(&["create", "--network", "none.toml"], "NetworkFile", None);
    let create = Command::new(env!("CARGO_BIN_EXE_wallet"))
        .args(["create", "--quiet", "--file", "w.dero"])
        .current_dir(folder)
        .env("DERO_PASSPHRASE", "right")
        .output();
    assert!(create.expect("it runs").status.success());
    fails(&["create"], "WalletFile", Some("--file"));
    fails(&["words", "--passphrase-file", "wrong"], "Passphrase", None);
    fails(&["balance"], "NoNode", Some("--node"));
    fails(&["balance", "--node", "127.0.0.1:1"], "Argument", None);
    fails(&send(&nobody, "much"), "Argument", Some("12.5"));
    fails(&send("nobody", "1"), "Argument", None);
    fails(&[&send(&nobody, "1")[..], &["--replace", "7"]].concat(), "Argument", None);
    fails(&["resend", "7"], "Argument", None);
    let away = format!("127.0.0.1:1#{}", "00".repeat(32));
    fails(&["balance", "--node", &away], "NotFollowed", Some("--node"));
}

#[test]
fn a_network_whose_proof_of_work_is_not_built_in_is_refused_with_its_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    Plan { rows: &[("proof_of_work", 1)], ..Plan::default() }.write(folder, &mut rand::rng()).expect("a network");
    let error = error(folder, &["create"]);
    assert_eq!(error["name"], "NetworkFile");
    let message = error["message"].as_str().expect("words");
    assert!(message.contains("network.toml, line") && message.contains("proof of work 1"), "{message}");
    assert!(!folder.join("w.dero").exists());
}
