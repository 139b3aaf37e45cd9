//! A network as a file: the rows of the protocol's table, a genesis time, and the genesis enotes.

use std::{fs, path::Path};

use dero_ledger::params::{Allocation, NEVER, Network, NetworkError, NetworkRows};
use serde::{Deserialize, Serialize};

/// What stands in a network's file, in TOML. Rows that are left out have the defaults of development networks, but
/// for the two heights, which are "never": nothing here can execute a contract.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetworkFile {
    /// The network's name for people: a-z, 0-9 and -.
    pub word: String,
    /// Seconds since 1970 of the genesis block.
    pub genesis_time: u64,
    /// Rows that differ from the defaults.
    #[serde(default)]
    pub rows: Rows,
    /// Genesis enotes, in order.
    #[serde(default)]
    pub genesis: Vec<Enote>,
}

/// A genesis enote.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Enote {
    /// An address of the network.
    pub address: String,
    /// Atomic units of the native asset.
    pub amount: u64,
    /// 16 bytes in hex.
    #[serde(with = "hex::serde")]
    pub seed: [u8; 16],
}

macro_rules! rows {
    ($($row:ident),*) => {
        /// Rows of the protocol's table; what is left out has its default.
        #[derive(Clone, Debug, Default, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct Rows {
            $(
                #[serde(skip_serializing_if = "Option::is_none")]
                #[doc = concat!("`", stringify!($row), "`")]
                pub $row: Option<u64>,
            )*
        }

        impl Rows {
            fn over(&self, mut rows: NetworkRows) -> NetworkRows {
                $(if let Some(value) = self.$row { rows.$row = value; })*
                rows
            }
        }
    };
}
rows!(
    n,
    m,
    min_set,
    maturity,
    coinbase_maturity,
    spacing,
    half_life,
    proof_of_work,
    first_target,
    target_limit,
    weight_limit,
    listed_floor,
    fee_rate
);

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
        /// The line of the row, or of the table it is missing from.
        line: usize,
        /// What is wrong.
        source: NetworkError,
    },
}

impl NetworkFile {
    /// Reads a file and makes the network.
    ///
    /// # Errors
    ///
    /// [`NetworkFileError`], naming the file, the key and the line.
    pub fn load(path: &Path) -> Result<Network, NetworkFileError> {
        let file = path.display().to_string();
        let text =
            fs::read_to_string(path).map_err(|source| NetworkFileError::Read { file: file.clone(), source })?;
        Self::parse(&text, &file)
    }

    /// Makes the network of a file's text.
    ///
    /// # Errors
    ///
    /// As [`load`](Self::load).
    pub fn parse(text: &str, file: &str) -> Result<Network, NetworkFileError> {
        let parsed: Self = toml::from_str(text)
            .map_err(|source| NetworkFileError::Parse { file: file.into(), source: Box::new(source) })?;
        parsed.network().map_err(|source| {
            let key = match &source {
                NetworkError::Row { row, .. } | NetworkError::Target { row, .. } => row,
                _ => "word",
            };
            let line = text.lines().position(|line| line.trim_start().starts_with(key)).map_or(1, |line| line + 1);
            NetworkFileError::Row { file: file.into(), line, source }
        })
    }

    /// The network that this describes.
    ///
    /// # Errors
    ///
    /// [`NetworkError`] names the row.
    pub fn network(&self) -> Result<Network, NetworkError> {
        let defaults = NetworkRows { assets_from: NEVER, contracts_from: NEVER, ..NetworkRows::DEV };
        let allocations = self.genesis.iter().map(|enote| Allocation {
            address: enote.address.clone(),
            amount: enote.amount,
            seed: enote.seed,
        });
        Network::dev(&self.word, self.rows.over(defaults), self.genesis_time, allocations.collect())
    }

    /// The file's text.
    ///
    /// # Panics
    ///
    /// Never: all fields have a form in TOML.
    #[must_use]
    pub fn to_text(&self) -> String {
        toml::to_string_pretty(self).expect("all fields have a form in TOML")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_value_is_named_with_its_line() {
        let refused = NetworkFile::parse("word = \"a\"\ngenesis_time = 5\n[rows]\nhalf_life = 0\n", "net.toml");
        let message = refused.expect_err("half-life 0").to_string();
        assert!(message.contains("net.toml, line 4") && message.contains("half_life"), "{message}");
        let refused = NetworkFile::parse("word = \"a\"\ngenesis_time = \"now\"\n", "net.toml");
        let message = refused.expect_err("no number").to_string();
        assert!(message.contains("line 2") && message.contains("genesis_time"), "{message}");
        let refused = NetworkFile::parse("word = \"a\"\ngenesis_time = 5\nhalflife = 3\n", "net.toml");
        assert!(refused.expect_err("unknown key").to_string().contains("halflife"));
    }

    #[test]
    fn a_file_survives_the_round_trip() {
        let enote = Enote { address: "deror1x".into(), amount: 7, seed: [9; 16] };
        let rows = Rows { n: Some(4), m: Some(3), ..Rows::default() };
        let file = NetworkFile { word: "laptop".into(), genesis_time: 5, rows, genesis: vec![enote] };
        let network = file.network().expect("a network");
        assert_eq!(NetworkFile::parse(&file.to_text(), "net.toml").expect("a network").id(), network.id());
        assert_eq!((network.rows().n, network.rows().contracts_from), (4, NEVER));
    }
}
