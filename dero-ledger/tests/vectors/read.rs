//! Reads a case. Whatever cannot be read panics: the harness reports it as a failure of that case.

use std::panic::{AssertUnwindSafe, catch_unwind};

use dero_crypto::{NetworkId, group::Point};
use serde_json::Value;

/// What a checker says: accepted, or refused with the error class of the vectors' README.
///
/// A checker panics where a stated value differs from its own.
pub type Outcome = Result<(), &'static str>;

/// One case and the file around it.
#[derive(Clone, Copy)]
pub struct Case<'a> {
    pub file: &'a Value,
    pub value: &'a Value,
}

impl<'a> Case<'a> {
    pub fn name(&self) -> &'a str {
        self.value["name"].as_str().expect("a name")
    }

    /// Runs `check` and compares its verdict with the stated one.
    pub fn judge(&self, check: fn(&Case<'_>) -> Outcome) -> Result<(), String> {
        let outcome = catch_unwind(AssertUnwindSafe(|| check(self))).map_err(|panic| {
            panic
                .downcast_ref::<String>()
                .cloned()
                .or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string))
                .unwrap_or_else(|| "panicked".into())
        })?;
        match (self.value["valid"].as_bool().expect("a verdict"), outcome) {
            (true, Ok(())) => Ok(()),
            (true, Err(class)) => Err(format!("refused as {class}, but it is valid")),
            (false, Ok(())) => Err(format!("accepted, but it must be refused as {}", self.value["error"])),
            (false, Err(class)) if self.value["error"] == class => Ok(()),
            (false, Err(class)) => Err(format!("refused as {class}, expected {}", self.value["error"])),
        }
    }

    pub fn has(&self, key: &str) -> bool {
        self.value.get(key).is_some_and(|value| !value.is_null())
    }

    fn get(&self, key: &str) -> &'a Value {
        self.value.get(key).unwrap_or_else(|| panic!("no field {key}"))
    }

    /// The network: the case's own, or the file's.
    pub fn net(&self) -> NetworkId {
        let value = self.value.get("net").unwrap_or(&self.file["net"]);
        NetworkId(fixed(value, "net"))
    }

    pub fn text(&self, key: &str) -> &'a str {
        self.get(key).as_str().unwrap_or_else(|| panic!("{key}: no text"))
    }

    pub fn number(&self, key: &str) -> u64 {
        self.get(key).as_u64().unwrap_or_else(|| panic!("{key}: no integer"))
    }

    pub fn flag(&self, key: &str) -> bool {
        self.get(key).as_bool().unwrap_or_else(|| panic!("{key}: no boolean"))
    }

    pub fn bytes(&self, key: &str) -> Vec<u8> {
        bytes(self.get(key), key)
    }

    pub fn fixed<const N: usize>(&self, key: &str) -> [u8; N] {
        fixed(self.get(key), key)
    }

    /// A point that a statement or an intermediate value must hold.
    pub fn point(&self, key: &str) -> Point {
        Point::decode(&self.fixed(key), "vector").unwrap_or_else(|error| panic!("{key}: {error}"))
    }

    pub fn list(&self, key: &str) -> Vec<Case<'a>> {
        let list = self.get(key).as_array().unwrap_or_else(|| panic!("{key}: no list"));
        list.iter().map(|value| Case { file: self.file, value }).collect()
    }

    pub fn fixed_list<const N: usize>(&self, key: &str) -> Vec<[u8; N]> {
        self.list(key).iter().map(|case| fixed(case.value, key)).collect()
    }

    pub fn byte_list(&self, key: &str) -> Vec<Vec<u8>> {
        self.list(key).iter().map(|case| bytes(case.value, key)).collect()
    }
}

pub fn bytes(value: &Value, key: &str) -> Vec<u8> {
    let text = value.as_str().unwrap_or_else(|| panic!("{key}: no text"));
    hex::decode(text).unwrap_or_else(|error| panic!("{key}: {error}"))
}

pub fn fixed<const N: usize>(value: &Value, key: &str) -> [u8; N] {
    let bytes = bytes(value, key);
    bytes.try_into().unwrap_or_else(|bytes: Vec<u8>| panic!("{key}: {} bytes, expected {N}", bytes.len()))
}

/// The error class of a decoding error.
pub fn class(error: dero_crypto::DecodeError) -> &'static str {
    use dero_crypto::DecodeError as E;
    match error {
        E::Length { .. } => "bad-length",
        E::Point { .. } => "non-canonical-point",
        E::Identity { .. } => "identity",
        E::Scalar { .. } => "non-canonical-scalar",
        E::Value { .. } => "bad-kind",
        E::Limit { .. } => "limit",
        E::Order { .. } => "unsorted",
        other => panic!("no class for {other}"),
    }
}
