//! Demonstrations, one for each promise.

use std::process::ExitCode;

use dero_examples::demo::{Options, run};

#[tokio::main]
async fn main() -> ExitCode {
    match run(Options::read()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("demo: {error}");
            ExitCode::FAILURE
        }
    }
}
