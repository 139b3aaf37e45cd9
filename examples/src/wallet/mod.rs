//! The wallet program: create, restore, address, balance, history, send, resend.
//!
//! A wallet is two files: `NAME`, 4 KiB, encrypted, which must not be lost, and `NAME.state`, which can be made again
//! from the chain but remembers what was cited. It talks to any node; keys never leave this process.

mod open;
mod print;
mod run;
mod send;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

pub use run::run;

/// A wallet for a private ledger. Unaudited: do not put value on it.
#[derive(Debug, Parser)]
#[command(name = "wallet", version, about, long_about = LONG, after_help = EXAMPLES)]
pub struct Options {
    /// The wallet's file; its state stands beside it with the ending .state
    #[arg(long, short, global = true, default_value = "wallet.dero", value_name = "FILE")]
    pub file: PathBuf,

    /// The network's file; copied to nowhere, so keep it
    #[arg(long, global = true, default_value = "network.toml", value_name = "FILE")]
    pub network: PathBuf,

    /// A node to use, as host:port#pin; give several and one is picked at random, another one to send
    #[arg(long, global = true, value_name = "NODE")]
    pub node: Vec<String>,

    /// A node to use although it and another one contradicted each other; payments are made over it again from now on
    #[arg(long, global = true, value_name = "NODE")]
    pub trust: Vec<String>,

    /// Read the passphrase from this file instead of asking; the variable DERO_PASSPHRASE works too
    #[arg(long, global = true, value_name = "FILE")]
    pub passphrase_file: Option<PathBuf>,

    /// Print one JSON object instead of text, errors too; progress bars are off then
    #[arg(long, global = true)]
    pub json: bool,

    /// What to do
    #[command(subcommand)]
    pub command: Command,
}

const LONG: &str = "\
A wallet for a private ledger.

Every payment hides sender, recipient, amount and asset. What is shown as balance has entered the list that all
wallets share; what was only seen in a block is pending. A wallet scans with the audit key; the spend key is opened
only to sign.

Unaudited: do not put value on it.";

const EXAMPLES: &str = "\
Examples:
  wallet create --network devnet/network.toml
  wallet address --index 7
  wallet balance --node 127.0.0.1:40501#<pin>
  wallet send --to deror1… --amount 1.5 --memo 'thank you' --node 127.0.0.1:40501#<pin>
  wallet history --json --node 127.0.0.1:40501#<pin>
  wallet resend --node 127.0.0.1:40502#<pin>

An error is a line on standard error, with exit code 1; 2 for a wrong command line. With --json each line there, but
for prompts and a wrong command line, is an object: {\"warning\": TEXT}, and at the end
{\"error\": {\"name\", \"message\"}}, with \"try\" if there is advice and \"data\" if there is more for programs. Names:
  Argument      a value on the command line is wrong
  NetworkFile   the network's file cannot be read, or this build does not serve the network
  WalletFile    the wallet's file is missing, damaged, of another network, or would be overwritten
  WalletState   the wallet's state cannot be read or written
  Passphrase    it is wrong, or none was given
  Words         they are no seed
  NoSpendKey    this wallet can only look
  NoNode        no node was named that may be asked
  NotFollowed   no node led the wallet to its tip
  OtherBranch   a node has another block where the wallet's newest one is
  NotConfirmed  nodes contradicted each other, and none of the others has the wallet's newest block
  StaleTip      the newest block is too old to build on
  FastWindow    the newest reference window fills too fast
  Funds         there is not enough to spend
  Payment       the payment cannot be made for another reason
  Refused       nodes refused the payment; data.family has the family of the rule, data.txid the payment, which is open
  NoAnswer      the payment may have reached a node; data.txid has the payment, which is open
  OpenPayment   the same was paid before, and may still be mined; data has txid, amount and expiry of that payment
  NoOpenPayment no payment, or none with this id, is open: it is mined or expired
  Failed        anything else";

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a new wallet and print its sixteen words once
    Create {
        /// Write no words to the screen; `words` shows them later
        #[arg(long)]
        quiet: bool,
    },
    /// Make a wallet from words
    Restore(Restore),
    /// Print the words again
    Words {
        /// As 24 words of BIP39, without the birthday
        #[arg(long)]
        bip39: bool,
    },
    /// Print an address; every index is one, and no two can be linked by others
    Address {
        /// Account, 0 to 2^32 − 1
        #[arg(long, default_value_t = 0)]
        account: u32,
        /// Address in the account
        #[arg(long, default_value_t = 0)]
        index: u32,
        /// The next address of the account that is not in use: give each payer one of his own
        #[arg(long, conflicts_with = "index")]
        new: bool,
        /// A name for it, which stays in this wallet
        #[arg(long, value_name = "TEXT")]
        label: Option<String>,
    },
    /// Synchronise and print what each account holds, and the names of its addresses
    Accounts,
    /// Synchronise and print what the wallet holds
    Balance,
    /// Synchronise, read memos, and print everything that came in and went out, and what is open
    History {
        /// Fetch no memos
        #[arg(long)]
        no_memos: bool,
    },
    /// Forget what was found in the chain, synchronise again, and print what the wallet holds
    Rescan(Rescan),
    /// Synchronise and pay
    Send(Send),
    /// Synchronise and send a payment that is open once more, the same bytes: it cannot be paid twice
    Resend {
        /// Its id, as the history shows it; not needed if there is one that no node is known to have taken
        txid: Option<String>,
    },
}

/// Options of `restore`.
#[derive(Debug, Args)]
pub struct Restore {
    /// Read the words from this file instead of asking
    #[arg(long, value_name = "FILE")]
    pub words_file: Option<PathBuf>,
    /// The words are 24 words of BIP39
    #[arg(long)]
    pub bip39: bool,
    /// The words were never used: no other copy of this wallet has cited anything
    #[arg(long)]
    pub fresh: bool,
    /// Scan from this time on, seconds since 1970, and not from the birthday in the words
    #[arg(long, value_name = "SECONDS")]
    pub birthday: Option<u64>,
    /// Scan every block, whatever the birthday; 24 words have none, so they are scanned so unless --birthday is given
    #[arg(long, conflicts_with = "birthday")]
    pub from_genesis: bool,
}

/// Options of `rescan`: from where.
#[derive(Clone, Copy, Debug, Args)]
#[group(required = true, multiple = false)]
pub struct Rescan {
    /// Every block
    #[arg(long)]
    pub from_genesis: bool,
    /// From this height on; nodes learn it
    #[arg(long, value_name = "HEIGHT")]
    pub from_height: Option<u64>,
    /// From this time on, seconds since 1970; nodes learn the time to 23 days
    #[arg(long, value_name = "SECONDS")]
    pub birthday: Option<u64>,
}

/// Options of `send`.
#[derive(Debug, Args)]
pub struct Send {
    /// The recipient's address
    #[arg(long, value_name = "ADDRESS")]
    pub to: String,
    /// How much, in whole coins with up to nine decimals
    #[arg(long, value_name = "COINS")]
    pub amount: String,
    /// A text that only the recipient reads
    #[arg(long, alias = "message", value_name = "TEXT")]
    pub memo: Option<String>,
    /// Spend from this account alone, and keep the change there; without it, from all
    #[arg(long)]
    pub account: Option<u32>,
    /// Pay 1, 2, 4 or 8 times the minimum fee
    #[arg(long, default_value = "1", value_parser = ["1", "2", "4", "8"])]
    pub fee: String,
    /// Build on a tip that is more than five minutes old, or although other nodes are on another branch
    #[arg(long)]
    pub any_tip: bool,
    /// Pay in place of an open payment, by its id: of the two the chain takes one
    #[arg(long, value_name = "TXID")]
    pub replace: Option<String>,
    /// A second payment is meant, although one of the same amount to the same address is open
    #[arg(long, conflicts_with = "replace")]
    pub again: bool,
}
