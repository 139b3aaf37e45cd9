//! The reference node.

use std::process::ExitCode;

use clap::Parser as _;
use dero_examples::{
    node::{Options, Order, start},
    said,
};

#[tokio::main]
async fn main() -> ExitCode {
    let options = Options::parse();
    let as_json = matches!(options.order, Some(Order::Call { json: true, .. }));
    match start(options).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}", said("reference-node", as_json, &error));
            ExitCode::FAILURE
        }
    }
}
