//! Demonstrations: one for each promise that a stranger can check with one command.
//!
//! Each runs on a network of its own, of real nodes and wallets in processes of their own, with TLS links and data on
//! the disk. It prints what it checked line by line, shows that a *second* node refuses what is wrong, and fails if
//! anything does not hold.
//!
//! To add one: a file here with `ROW`, `SHOWS` and `run`, its `mod` line, and its line in `ALL`.

mod alone;
mod amounts;
mod caller;
mod config;
mod flood;
mod flooder;
mod forger;
mod kills;
mod ledger;
mod liar;
mod links;
mod partition;
mod private;
mod ring;
mod stage;
mod subaddresses;
mod tap;
mod tips;
mod unlinkable;

use std::{path::PathBuf, pin::Pin};

use clap::{CommandFactory as _, FromArgMatches as _, Parser};

pub use stage::Stage;

use crate::{Failure, local::Role};

/// The demonstration of a module.
macro_rules! demonstration {
    ($module:ident) => {
        Demonstration {
            name: stringify!($module),
            row: $module::ROW,
            shows: $module::SHOWS,
            run: |stage| Box::pin($module::run(stage)),
        }
    };
}

/// Every demonstration.
const ALL: &[Demonstration] = &[
    demonstration!(unlinkable),
    demonstration!(ring),
    demonstration!(amounts),
    demonstration!(private),
    demonstration!(subaddresses),
    demonstration!(kills),
    demonstration!(ledger),
    demonstration!(partition),
    demonstration!(tips),
    demonstration!(links),
    demonstration!(alone),
    demonstration!(flood),
    demonstration!(config),
];

/// A promise, and how it is shown.
#[derive(Debug)]
struct Demonstration {
    /// What it is called on the command line.
    name: &'static str,
    /// Its row in `docs/acceptance.md`.
    row: &'static str,
    /// What it shows, in a line.
    shows: &'static str,
    run: fn(&mut Stage) -> Run<'_>,
}

type Run<'a> = Pin<Box<dyn Future<Output = Result<(), Failure>> + 'a>>;

/// Shows one promise, with real nodes and wallets.
#[derive(Debug, Parser)]
#[command(name = "demo", version)]
pub struct Options {
    /// Which one; `list` names them, `all` runs one after the other
    #[arg(required = true)]
    name: Option<String>,
    /// Repeat the choices of an earlier run; keys and proofs are fresh all the same
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,
    /// How often, where a demonstration repeats something
    #[arg(long, value_name = "NUMBER")]
    times: Option<usize>,
    /// Put everything into this folder and leave it there; a temporary one otherwise
    #[arg(long, value_name = "FOLDER")]
    folder: Option<PathBuf>,
    /// What a process of the network runs; not for people
    #[command(subcommand)]
    role: Option<Role>,
}

impl Options {
    /// Reads the command line; the help lists all demonstrations.
    #[must_use]
    pub fn read() -> Self {
        let command = Self::command().args_conflicts_with_subcommands(true).subcommand_negates_reqs(true);
        let matches = command.after_help(list()).get_matches();
        Self::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
    }
}

fn list() -> String {
    let lines = ALL.iter().map(|demo| format!("  {:<14}{:<6}{}\n", demo.name, demo.row, demo.shows));
    format!("Demonstrations, with their rows in docs/acceptance.md:\n{}", lines.collect::<String>())
}

/// Runs the program: a demonstration, or one of its processes.
///
/// # Errors
///
/// What went wrong, or what did not hold.
pub async fn run(options: Options) -> Result<(), Failure> {
    if let Some(role) = options.role {
        return role.run().await;
    }
    let name = options.name.unwrap_or_default();
    if name == "list" {
        print!("{}", list());
        return Ok(());
    }
    let chosen: Vec<_> = ALL.iter().filter(|demo| name == "all" || demo.name == name).collect();
    if chosen.is_empty() {
        return Err(format!("no demonstration {name}; `demo list` names all").into());
    }
    for demo in chosen {
        let folder = options.folder.as_ref().map(|folder| folder.join(demo.name));
        let mut stage = Stage::new(folder, options.seed, options.times)?;
        stage.report.say(format!("{} ({}): {}", demo.name, demo.row, demo.shows));
        (demo.run)(&mut stage).await.map_err(|error| format!("{}: {error}", demo.name))?;
        stage.report.end();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::ALL;

    #[test]
    fn every_demonstration_has_its_row_in_the_documentation() {
        let text = include_str!("../../../docs/acceptance.md");
        for demo in ALL {
            let row = format!("| {} | `{}` |", demo.row, demo.name);
            assert!(text.contains(&row), "docs/acceptance.md has no {row}");
        }
    }
}
