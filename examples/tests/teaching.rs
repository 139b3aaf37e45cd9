//! Every teaching example runs, and ends as it says.

use std::{env, fs, process::Command};

#[path = "../examples/custom_node.rs"]
mod custom_node;
#[path = "../examples/custom_store.rs"]
mod custom_store;
#[path = "../examples/custom_transport.rs"]
mod custom_transport;
#[path = "../examples/embed.rs"]
mod embed;
#[path = "../examples/hide_an_amount.rs"]
mod hide_an_amount;
#[path = "../examples/private_payment.rs"]
mod private_payment;

/// The names above: an example without a test fails below.
const HERE: [&str; 6] =
    ["custom_node", "custom_store", "custom_transport", "embed", "hide_an_amount", "private_payment"];

#[test]
fn every_example_has_a_test() {
    let folder = fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/examples")).expect("the folder");
    let mut found: Vec<String> = folder
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "rs"))
        .map(|path| path.file_stem().expect("a name").to_string_lossy().into_owned())
        .collect();
    found.sort_unstable();
    assert_eq!(found, HERE);
}

#[test]
fn custom_node_runs() {
    custom_node::main().expect("custom_node");
}

#[test]
fn custom_store_runs() {
    custom_store::main();
}

#[test]
fn custom_transport_runs() {
    custom_transport::main().expect("custom_transport");
}

#[test]
fn hide_an_amount_runs() {
    hide_an_amount::main().expect("hide_an_amount");
}

#[test]
fn private_payment_runs() {
    private_payment::main().expect("private_payment");
}

#[tokio::test]
async fn embed_runs() {
    let this = || {
        let mut command = Command::new(env::current_exe()?);
        command.args(["--exact", "the_app_that_embed_cuts_off", "--nocapture"]);
        Ok(command)
    };
    embed::story(this).await.expect("embed");
}

/// Runs only in the processes that `embed_runs` starts.
#[test]
fn the_app_that_embed_cuts_off() {
    if env::var_os(embed::FOLDER).is_some() {
        embed::main().expect("the app");
    }
}
