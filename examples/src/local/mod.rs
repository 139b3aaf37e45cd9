//! What `devnet` and `demo` share: a network's folder, nodes and wallets in processes of their own, a stranger's copy of
//! the chain with ways to guess who spent, and a report of what was checked.
//!
//! A program that uses this starts itself as node and as wallet: its options hold a [`Role`], and its `main` runs it.

mod actors;
mod chain_copy;
mod guess;
mod report;
mod setup;

use clap::Subcommand;

pub(crate) use actors::text;
pub use actors::{Node, RATE, Refusal, Start, Wallet, advance, heavier, rest, same_tip, until};
pub(crate) use chain_copy::{ChainCopy, Claim};
pub(crate) use guess::{Distances, Heuristic, Spend};
pub use report::Report;
pub use setup::{AMOUNT, Plan, Setup};

use crate::Failure;

/// What a process of a local network runs.
#[derive(Debug, Subcommand)]
pub enum Role {
    /// A reference node
    #[command(hide = true)]
    Node(crate::node::Options),
    /// A wallet
    #[command(hide = true)]
    Wallet(crate::wallet::Options),
}

impl Role {
    /// Runs it to its end.
    ///
    /// # Errors
    ///
    /// What went wrong and what to do.
    pub async fn run(self) -> Result<(), Failure> {
        match self {
            Self::Node(options) => crate::node::start(options).await,
            Self::Wallet(options) => crate::wallet::run(options).await,
        }
    }
}
