//! A network's file: read with the line of whatever is wrong, and written for a new network.

use std::{fmt::Write as _, fs, path::Path};

use dero_ledger::{
    chain::ChainError,
    params::{Allocation, Network, NetworkError, NetworkFile},
};

/// Why a network's file is refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NetworkFileError {
    /// It cannot be read.
    #[error("{file}: {source}")]
    Read {
        /// The file.
        file: String,
        /// The system's error.
        source: std::io::Error,
    },
    /// It is no network file: the message names the key and the line.
    #[error("{file}: {source}")]
    Parse {
        /// The file.
        file: String,
        /// What is wrong, where.
        source: Box<toml::de::Error>,
    },
    /// A row holds what it may not.
    #[error("{file}, line {line}: {source}")]
    Row {
        /// The file.
        file: String,
        /// The line of the row.
        line: usize,
        /// What is wrong.
        source: NetworkError,
    },
}

/// Reads a file and makes the network.
///
/// # Errors
///
/// [`NetworkFileError`], naming the file, the key and the line.
pub fn load(path: &Path) -> Result<Network, NetworkFileError> {
    let file = path.display().to_string();
    let text = fs::read_to_string(path).map_err(|source| NetworkFileError::Read { file: file.clone(), source })?;
    parse(&text, &file)
}

fn parse(text: &str, file: &str) -> Result<Network, NetworkFileError> {
    let parsed: NetworkFile = toml::from_str(text)
        .map_err(|source| NetworkFileError::Parse { file: file.into(), source: Box::new(source) })?;
    parsed.network().map_err(|source| {
        let key = match &source {
            NetworkError::Row { row, .. } | NetworkError::Target { row, .. } => row,
            _ => "word",
        };
        let line = line_of(text, key).unwrap_or(1);
        NetworkFileError::Row { file: file.into(), line, source }
    })
}

/// The line of a key, counted from 1.
#[must_use]
pub fn line_of(text: &str, key: &str) -> Option<usize> {
    let is_key = |line: &str| {
        let rest = line.trim_start().strip_prefix(key);
        rest.is_some_and(|rest| rest.trim_start().starts_with('='))
    };
    text.lines().position(is_key).map(|line| line + 1)
}

/// What a chain says about a network that it does not open, with the row and its line.
#[must_use]
pub fn located(path: &Path, error: ChainError) -> String {
    let row = match &error {
        ChainError::NoEngine { row, .. } => row,
        ChainError::ProofOfWork { .. } => "proof_of_work",
        _ => return error.to_string(),
    };
    // A row that is not in the file has its default.
    let line = fs::read_to_string(path).ok().and_then(|text| line_of(&text, row));
    let place = line.map_or_else(|| format!("{row} is not there"), |line| format!("line {line}, {row}"));
    format!("{}, {place}: {error}", path.display())
}

/// The text of a file: the rows that differ from the defaults, and the genesis enotes.
#[must_use]
pub fn text(word: &str, genesis_time: u64, rows: &[(&str, String)], genesis: &[Allocation]) -> String {
    let mut text = format!(
        "# A network of one's own. Whoever has the same file is on the same network.\n\nword = \"{word}\"\ngenesis_time = {genesis_time}\n"
    );
    for (row, value) in rows {
        let _ = writeln!(text, "{row} = {value}");
    }
    for enote in genesis {
        let (address, amount, seed) = (&enote.address, enote.amount, hex::encode(enote.seed));
        let _ = write!(text, "\n[[genesis]]\naddress = \"{address}\"\namount = {amount}\nseed = \"{seed}\"\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use dero_crypto::{
        keys::{AddressIndex, MasterSecret},
        network::NetworkKind,
    };

    use super::*;

    #[test]
    fn a_wrong_value_is_named_with_its_line() {
        let refused = parse("word = \"a\"\ngenesis_time = 5\n\nhalf_life = 0\n", "net.toml");
        let message = refused.expect_err("half-life 0").to_string();
        assert!(message.contains("net.toml, line 4") && message.contains("half_life"), "{message}");
        let refused = parse("word = \"a\"\ngenesis_time = \"now\"\n", "net.toml");
        let message = refused.expect_err("no number").to_string();
        assert!(message.contains("line 2") && message.contains("genesis_time"), "{message}");
        let refused = parse("word = \"a\"\ngenesis_time = 5\nhalflife = 3\n", "net.toml");
        assert!(refused.expect_err("unknown key").to_string().contains("halflife"));
    }

    #[test]
    fn a_file_survives_the_round_trip() {
        let keys = MasterSecret::from_bytes([7; 32]).audit_key();
        let address = keys.address_key().address(AddressIndex(0)).to_text(NetworkKind::Dev);
        let genesis = [Allocation { address, amount: 7, seed: [9; 16] }];
        let rows = [("m", "6".to_string()), ("contracts_from", "\"never\"".to_string())];
        let network = parse(&text("laptop", 5, &rows, &genesis), "net.toml").expect("a network");
        assert_eq!((network.rows().m, network.genesis_time()), (6, 5));
        assert_eq!(network.rows().contracts_from, dero_ledger::params::NEVER);
        assert_eq!(network.allocations(), genesis);
    }
}
