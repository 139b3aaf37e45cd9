//! The reference node.

use std::process::ExitCode;

use clap::Parser as _;
use dero_examples::node::{Options, start};

#[tokio::main]
async fn main() -> ExitCode {
    match start(Options::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("reference-node: {error}");
            ExitCode::FAILURE
        }
    }
}
