//! The reference node.

use std::process::ExitCode;

use clap::Parser as _;
use dero_examples::node::{Config, Options, run};

#[tokio::main]
async fn main() -> ExitCode {
    let result = match Config::new(Options::parse()) {
        Ok(config) => run(config).await,
        Err(error) => Err(error.into()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("reference-node: {error}");
            ExitCode::FAILURE
        }
    }
}
