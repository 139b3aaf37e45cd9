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
    #[error("{file}, {place}: {source}")]
    Row {
        /// The file.
        file: String,
        /// The line and the row.
        place: String,
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
        let place = match &source {
            NetworkError::Row { row, .. } | NetworkError::Target { row, .. } => place_of(text, row),
            NetworkError::Address { index, .. } => {
                let line = lines_of(text, "address").nth(*index);
                line.map_or_else(|| "genesis".into(), |line| format!("line {line}, address"))
            }
            _ => place_of(text, "word"),
        };
        NetworkFileError::Row { file: file.into(), place, source }
    })
}

/// The lines on which a key stands, counted from 1.
fn lines_of<'a>(text: &'a str, key: &'a str) -> impl Iterator<Item = usize> + 'a {
    let is_key = move |line: &str| {
        let rest = line.trim_start().strip_prefix(key);
        rest.is_some_and(|rest| rest.trim_start().starts_with('='))
    };
    (1..).zip(text.lines()).filter(move |(_, line)| is_key(line)).map(|(number, _)| number)
}

/// The line of a key, counted from 1.
#[must_use]
pub fn line_of(text: &str, key: &str) -> Option<usize> {
    lines_of(text, key).next()
}

/// The line of a row. One that the file leaves out has its default, which another row may not allow: the line of that.
fn place_of(text: &str, row: &str) -> String {
    let bounds: &[&str] = match row {
        "m" => &["n"],
        "min_set" => &["m", "n"],
        "maturity" => &["coinbase_maturity"],
        "first_target" => &["target_limit"],
        _ => &[],
    };
    let line = |key: &str| line_of(text, key).map(|line| format!("line {line}, {key}"));
    let bound = || Some(format!("{} ({row} is not there)", bounds.iter().find_map(|bound| line(bound))?));
    line(row).or_else(bound).unwrap_or_else(|| format!("{row} is not there"))
}

/// Where a network's file has the row for which a chain does not open it; `None` if it is not for a row.
#[must_use]
pub fn blamed(path: &Path, error: &ChainError) -> Option<String> {
    let row = match error {
        ChainError::NoEngine { row, .. } => row,
        ChainError::ProofOfWork { .. } => "proof_of_work",
        _ => return None,
    };
    let text = fs::read_to_string(path).unwrap_or_default();
    Some(format!("{}, {}", path.display(), place_of(&text, row)))
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
    fn a_default_that_another_row_does_not_allow_is_named_with_the_line_of_that_row() {
        let refused = parse("word = \"a\"\ngenesis_time = 5\nn = 10\n", "net.toml");
        let message = refused.expect_err("10 to the power of the default is too many").to_string();
        assert!(message.contains("line 3, n (m is not there)"), "{message}");
    }

    #[test]
    fn a_wrong_genesis_address_is_named_with_its_line() {
        let keys = MasterSecret::from_bytes([7; 32]).audit_key();
        let right = keys.address_key().address(AddressIndex(0)).to_text(NetworkKind::Dev);
        let genesis = [right, "deror1wrong".into()];
        let genesis = genesis.map(|address| Allocation { address, amount: 7, seed: [9; 16] });
        let text = text("laptop", 5, &[], &genesis);
        let line = text.lines().position(|line| line.contains("wrong")).expect("its line") + 1;
        let message = parse(&text, "net.toml").expect_err("no address").to_string();
        assert!(message.contains(&format!("line {line}, address")), "{message}");
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
