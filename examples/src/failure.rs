//! What a program says when it fails: a line for people, one JSON object for programs.

use std::fmt;

use dero_wallet_core::{
    chain::ChainError,
    file::{DiskError, FileError},
    seed::SeedError,
    spend::SpendError,
    store::RedbError,
    wallet::OpenError,
};
use serde_json::{Value, json};

use crate::{network_file::NetworkFileError, node::ConfigError, rpc::ClientError};

/// Why a program fails, in one line: what went wrong and what to do.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// A failure with a name for programs, which never changes.
#[derive(Debug)]
pub struct Named {
    name: &'static str,
    message: String,
    advice: Option<String>,
    data: Value,
}

impl Named {
    /// What went wrong, under one of the names of the program's help.
    #[must_use]
    pub fn new(name: &'static str, message: impl AsRef<str>) -> Self {
        Self { name, message: printable(message.as_ref()), advice: None, data: Value::Null }
    }

    /// The same with what to do.
    #[must_use]
    pub fn advise(self, advice: impl Into<String>) -> Self {
        Self { advice: Some(advice.into()), ..self }
    }

    /// The same with what a program reads instead of the words.
    #[must_use]
    pub fn with_data(self, data: Value) -> Self {
        Self { data, ..self }
    }
}

impl fmt::Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        self.advice.as_ref().map_or(Ok(()), |advice| write!(f, "; {advice}"))
    }
}

impl std::error::Error for Named {}

/// What others wrote, in one line: whatever moves the cursor, changes colours or turns the direction is replaced.
#[must_use]
pub fn printable(text: &str) -> String {
    let hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2028}'..='\u{2029}' | '\u{2066}'..='\u{2069}')
    };
    text.chars().map(|c| if hidden(c) { '\u{fffd}' } else { c }).collect()
}

/// What `program` says: its name and a line, or the object `{"error": {"name", "message", "try", "data"}}`, whose last
/// two fields are there if there is something to say.
#[must_use]
pub fn said(program: &str, as_json: bool, failure: &Failure) -> String {
    if !as_json {
        return format!("{program}: {failure}");
    }
    let mut error = json!({ "name": name(failure), "message": failure.to_string() });
    if let Some(named) = failure.downcast_ref::<Named>() {
        error["message"] = named.message.clone().into();
        if let Some(advice) = &named.advice {
            error["try"] = advice.clone().into();
        }
        if !named.data.is_null() {
            error["data"] = named.data.clone();
        }
    }
    if let Some(ClientError::Refused { code, data, .. }) = failure.downcast_ref() {
        error["data"] = json!({ "code": code, "data": data });
    }
    json!({ "error": error }).to_string()
}

fn name(failure: &Failure) -> &'static str {
    if let Some(named) = failure.downcast_ref::<Named>() {
        return named.name;
    }
    if let Some(error) = failure.downcast_ref::<SpendError<RedbError>>() {
        return match error {
            SpendError::Funds { .. } => "Funds",
            SpendError::StaleTip { .. } => "StaleTip",
            SpendError::FastWindow { .. } => "FastWindow",
            SpendError::NotOpen { .. } => "NoOpenPayment",
            SpendError::Chain(_) => "WalletState",
            _ => "Payment",
        };
    }
    if let Some(error) = failure.downcast_ref::<ClientError>() {
        return match error {
            ClientError::Unreachable(_) => "Unreachable",
            ClientError::Token => "Token",
            ClientError::Slow(_) => "Slow",
            ClientError::Refused { .. } => "Refused",
            ClientError::Answer(_) => "Answer",
        };
    }
    match failure.downcast_ref() {
        Some(FileError::PassphraseOrDamage) => return "Passphrase",
        Some(_) => return "WalletFile",
        None => {}
    }
    let is_state =
        failure.is::<RedbError>() || failure.is::<ChainError<RedbError>>() || failure.is::<OpenError<RedbError>>();
    match () {
        () if failure.is::<NetworkFileError>() => "NetworkFile",
        () if failure.is::<ConfigError>() => "Settings",
        () if failure.is::<DiskError>() => "WalletFile",
        () if failure.is::<SeedError>() => "Words",
        () if is_state => "WalletState",
        () => "Failed",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_reads_a_name_the_words_what_to_try_and_the_data() {
        let failure = Named::new("OtherBranch", "a \"b\"").advise("wait").with_data(json!({ "height": 5 })).into();
        assert_eq!(said("wallet", false, &failure), "wallet: a \"b\"; wait");
        let value: Value = serde_json::from_str(&said("wallet", true, &failure)).expect("an object");
        let expected =
            json!({ "name": "OtherBranch", "message": "a \"b\"", "try": "wait", "data": { "height": 5 } });
        assert_eq!(value, json!({ "error": expected }));
    }

    #[test]
    fn errors_of_the_libraries_have_names() {
        let refused = ClientError::Refused { code: -32601, message: "no method x".into(), data: Value::Null };
        let value: Value = serde_json::from_str(&said("call", true, &refused.into())).expect("an object");
        assert_eq!(value["error"]["name"], "Refused");
        assert_eq!(value["error"]["data"]["code"], -32601);
        let age = SpendError::<RedbError>::StaleTip { age: 301 };
        for (failure, expected) in [
            (ClientError::Token.into(), "Token"),
            (ClientError::Slow(std::time::Duration::ZERO).into(), "Slow"),
            (age.into(), "StaleTip"),
            (FileError::PassphraseOrDamage.into(), "Passphrase"),
            (FileError::NotAWallet.into(), "WalletFile"),
            (RedbError::Damaged.into(), "WalletState"),
            ("anything".into(), "Failed"),
        ] {
            assert_eq!(name(&failure), expected);
        }
    }

    #[test]
    fn a_memo_cannot_move_the_cursor_or_write_another_line() {
        assert_eq!(printable("thank you, für alles"), "thank you, für alles");
        assert_eq!(printable("a\x1b[2Kb\nc\u{202e}d\u{9b}"), "a\u{fffd}[2Kb\u{fffd}c\u{fffd}d\u{fffd}");
    }
}
