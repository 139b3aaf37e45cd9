//! A network's file, for people: TOML, JSON or whatever else serde reads (protocol 10.8).
//!
//! ```toml
//! word = "laptop"
//! genesis_time = 1764000000
//! assets_from = "never"
//! contracts_from = "never"
//!
//! [[genesis]]
//! address = "deror1.."
//! amount = 1000000000
//! seed = "000102030405060708090a0b0c0d0e0f"
//! ```
//!
//! Rows that the file leaves out have the defaults of the dev column. Integers above 2^63, which TOML does not
//! have, are written as text; a height that never comes is "never"; a target may be written as "0x1f010000".

use alloc::{string::String, vec::Vec};
use core::fmt;

use serde::{Deserialize, Deserializer, de};

use super::{Allocation, NEVER, Network, NetworkError, NetworkRows};

/// A network's file as it was read, not checked yet.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetworkFile {
    /// The network's name for people.
    pub word: String,
    /// Timestamp of genesis.
    #[serde(deserialize_with = "integer")]
    pub genesis_time: u64,
    /// Genesis enotes in order.
    #[serde(default)]
    pub genesis: Vec<FileAllocation>,
    #[serde(default = "dev::n", deserialize_with = "integer")]
    n: u64,
    #[serde(default = "dev::m", deserialize_with = "integer")]
    m: u64,
    #[serde(default = "dev::min_set", deserialize_with = "integer")]
    min_set: u64,
    #[serde(default = "dev::maturity", deserialize_with = "integer")]
    maturity: u64,
    #[serde(default = "dev::coinbase_maturity", deserialize_with = "integer")]
    coinbase_maturity: u64,
    #[serde(default = "dev::spacing", deserialize_with = "integer")]
    spacing: u64,
    #[serde(default = "dev::half_life", deserialize_with = "integer")]
    half_life: u64,
    #[serde(default = "dev::proof_of_work", deserialize_with = "integer")]
    proof_of_work: u64,
    #[serde(default = "dev::first_target", deserialize_with = "integer")]
    first_target: u64,
    #[serde(default = "dev::target_limit", deserialize_with = "integer")]
    target_limit: u64,
    #[serde(default = "dev::weight_limit", deserialize_with = "integer")]
    weight_limit: u64,
    #[serde(default = "dev::listed_floor", deserialize_with = "integer")]
    listed_floor: u64,
    #[serde(default = "dev::fee_rate", deserialize_with = "integer")]
    fee_rate: u64,
    #[serde(default = "dev::assets_from", deserialize_with = "integer")]
    assets_from: u64,
    #[serde(default = "dev::contracts_from", deserialize_with = "integer")]
    contracts_from: u64,
}

/// A genesis enote in a network's file.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileAllocation {
    /// Who receives it.
    pub address: String,
    /// Atomic units.
    #[serde(deserialize_with = "integer")]
    pub amount: u64,
    /// σ_k, 32 hex digits.
    #[serde(deserialize_with = "seed")]
    pub seed: [u8; 16],
}

impl NetworkFile {
    /// The rows, with the defaults of the dev column where the file says nothing.
    #[must_use]
    pub fn rows(&self) -> NetworkRows {
        NetworkRows {
            n: self.n,
            m: self.m,
            min_set: self.min_set,
            maturity: self.maturity,
            coinbase_maturity: self.coinbase_maturity,
            spacing: self.spacing,
            half_life: self.half_life,
            proof_of_work: self.proof_of_work,
            first_target: self.first_target,
            target_limit: self.target_limit,
            weight_limit: self.weight_limit,
            listed_floor: self.listed_floor,
            fee_rate: self.fee_rate,
            assets_from: self.assets_from,
            contracts_from: self.contracts_from,
        }
    }

    /// The network.
    ///
    /// # Errors
    ///
    /// [`NetworkError`] names the row that 10.8 does not allow.
    pub fn network(&self) -> Result<Network, NetworkError> {
        let allocation = |allocation: &FileAllocation| Allocation {
            address: allocation.address.clone(),
            amount: allocation.amount,
            seed: allocation.seed,
        };
        Network::dev(&self.word, self.rows(), self.genesis_time, self.genesis.iter().map(allocation).collect())
    }
}

/// Defaults, by the name of the row.
mod dev {
    use super::NetworkRows;

    macro_rules! defaults {
        ($($row:ident)*) => {
            $(pub(super) fn $row() -> u64 { NetworkRows::DEV.$row })*
        };
    }
    defaults! {
        n m min_set maturity coinbase_maturity spacing half_life proof_of_work first_target target_limit
        weight_limit listed_floor fee_rate assets_from contracts_from
    }
}

struct Integer;

impl de::Visitor<'_> for Integer {
    type Value = u64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an integer from 0 to 2^64 - 1, as a number or as text, or \"never\"")
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<u64, E> {
        Ok(value)
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<u64, E> {
        u64::try_from(value).map_err(|_| E::invalid_value(de::Unexpected::Signed(value), &self))
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<u64, E> {
        let parsed = match (value, value.strip_prefix("0x")) {
            ("never", _) => Ok(NEVER),
            (_, Some(digits)) => u64::from_str_radix(digits, 16),
            _ => value.parse(),
        };
        parsed.map_err(|_| E::invalid_value(de::Unexpected::Str(value), &self))
    }
}

fn integer<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    deserializer.deserialize_any(Integer)
}

fn seed<'de, D: Deserializer<'de>>(deserializer: D) -> Result<[u8; 16], D::Error> {
    let text = String::deserialize(deserializer)?;
    let mut seed = [0; 16];
    hex::decode_to_slice(&text, &mut seed)
        .map_err(|_| de::Error::invalid_value(de::Unexpected::Str(&text), &"32 hex digits"))?;
    Ok(seed)
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    fn read(json: &str) -> Result<NetworkFile, alloc::string::String> {
        serde_json::from_str(json).map_err(|error| error.to_string())
    }

    #[test]
    fn rows_that_the_file_leaves_out_are_those_of_the_dev_column() {
        let file = read(r#"{"word": "laptop", "genesis_time": 5}"#).unwrap();
        assert_eq!(file.rows(), NetworkRows::DEV);
        let made = Network::dev("laptop", NetworkRows::DEV, 5, Vec::new());
        assert_eq!(file.network(), made);
        assert!(made.unwrap().name().starts_with("dero-dev/laptop/"));
    }

    #[test]
    fn integers_are_numbers_or_text_and_heights_may_never_come() {
        let file = read(
            r#"{"word": "a", "genesis_time": "7", "fee_rate": 3, "first_target": "0x1e010000",
                "assets_from": "never", "contracts_from": "18446744073709551615"}"#,
        )
        .unwrap();
        let expected = NetworkRows {
            fee_rate: 3,
            first_target: 0x1e01_0000,
            assets_from: NEVER,
            contracts_from: NEVER,
            ..NetworkRows::DEV
        };
        assert_eq!((file.genesis_time, file.rows()), (7, expected));
    }

    #[test]
    fn an_unknown_row_a_negative_or_broken_integer_and_a_short_seed_are_refused_with_what_was_expected() {
        for (json, message) in [
            (r#"{"word": "a", "genesis_time": 1, "spaceing": 1}"#, "unknown field `spaceing`"),
            (r#"{"word": "a", "genesis_time": -1}"#, "an integer from 0"),
            (r#"{"word": "a", "genesis_time": 1, "n": "two"}"#, "an integer from 0"),
            (r#"{"genesis_time": 1}"#, "missing field `word`"),
            (
                r#"{"word": "a", "genesis_time": 1, "genesis": [{"address": "", "amount": 1, "seed": "00"}]}"#,
                "32 hex digits",
            ),
        ] {
            let error = read(json).unwrap_err();
            assert!(error.contains(message), "{error}");
        }
    }

    #[test]
    fn a_file_is_refused_by_the_row_that_is_wrong() {
        let file = read(r#"{"word": "a", "genesis_time": 1, "half_life": 0}"#).unwrap();
        assert!(matches!(file.network(), Err(NetworkError::Row { row: "half_life", found: 0, .. })));
    }
}
