//! The wallet program.

use std::process::ExitCode;

use clap::Parser as _;
use dero_examples::{
    said,
    wallet::{Options, run},
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let options = Options::parse();
    let as_json = options.json;
    match run(options).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}", said("wallet", as_json, &error));
            ExitCode::FAILURE
        }
    }
}
