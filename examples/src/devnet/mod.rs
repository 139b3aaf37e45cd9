//! A local network in processes of their own: it pays, restarts, reorganises, looks on from outside, and says what it
//! saw.

mod observer;
mod scenario;

use std::path::PathBuf;

use clap::Parser;

pub use scenario::run;

use crate::local::Role;

/// A local network of three nodes and two wallets on which private payments happen.
#[derive(Debug, Parser)]
#[command(name = "devnet", version, about, long_about = LONG)]
pub struct Options {
    /// Leave the network running at the end, until Ctrl-C, and print how to use it
    #[arg(long)]
    pub keep: bool,
    /// Put everything into this folder; a temporary one otherwise
    #[arg(long, value_name = "FOLDER")]
    pub folder: Option<PathBuf>,
    /// What a process of the network runs; not for people
    #[command(subcommand)]
    pub role: Option<Role>,
}

const LONG: &str = "\
A local network of three nodes and two wallets, each in a process of its own, with TLS links and data on the disk.

It mines, pays both ways, restarts a node from its disk, lets a reorganisation resolve, gives the whole chain to an
observer without keys, prints what it checked line by line, and ends with exit code 0 if all of it held.";
