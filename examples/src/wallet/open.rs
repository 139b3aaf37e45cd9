//! The wallet's files, its passphrase, and amounts as people write them.

use std::{
    fs,
    io::{self, BufRead as _, IsTerminal as _, Write as _},
    path::{Path, PathBuf},
    sync::Arc,
};

use dero_crypto::{
    keys::{AuditKey, MasterSecret},
    secret::Secret,
};
use dero_ledger::{
    consensus::{Blake3, ProofOfWork},
    params::Network,
};
use dero_wallet_core::{
    file::{self, KdfCost, Opened, SpendPart, ViewPart},
    scan::Start,
    seed::{Coin, Seed, Words, bip39_24},
    store::RedbPersister,
    wallet::Wallet,
};

use super::{Options, Restore};
use crate::{Failure, network_file, unix_time};

pub(super) type Rng = rand::rngs::ThreadRng;
pub(super) type OwnWallet = Wallet<RedbPersister<Rng>, ProofOfWork<Blake3>>;

const NATIVE_DECIMALS: usize = 9;

impl Options {
    pub(super) fn network(&self) -> Result<Arc<Network>, Failure> {
        Ok(Arc::new(network_file::load(&self.network)?))
    }

    /// The passphrase from the file or from the variable.
    fn given_passphrase(&self) -> Result<Option<Secret<Vec<u8>>>, Failure> {
        if let Some(path) = &self.passphrase_file {
            let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
            return Ok(Some(Secret::new(text.trim_end_matches(['\r', '\n']).as_bytes().to_vec())));
        }
        Ok(std::env::var("DERO_PASSPHRASE").ok().map(|passphrase| Secret::new(passphrase.into_bytes())))
    }

    /// The passphrase: given, or asked for.
    fn passphrase(&self) -> Result<Secret<Vec<u8>>, Failure> {
        self.given_passphrase()?.map_or_else(|| ask_hidden("passphrase: "), Ok)
    }

    /// The passphrase of a new wallet: not empty, and asked for twice by whoever types it.
    fn new_passphrase(&self) -> Result<Secret<Vec<u8>>, Failure> {
        let given = self.given_passphrase()?;
        let typed = given.is_none() && io::stdin().is_terminal();
        let passphrase = given.map_or_else(|| ask_hidden("passphrase for the new wallet: "), Ok)?;
        if passphrase.expose().is_empty() {
            return Err(
                "the passphrase is empty, so that whoever has the file would have the wallet: type one, or \
                        give one with --passphrase-file or DERO_PASSPHRASE"
                    .into(),
            );
        }
        if typed && ask_hidden("the same again: ")?.expose() != passphrase.expose() {
            return Err("the two passphrases differ: no wallet was made".into());
        }
        Ok(passphrase)
    }

    fn state_path(&self) -> PathBuf {
        let mut name = self.file.file_name().unwrap_or_default().to_os_string();
        name.push(".state");
        self.file.with_file_name(name)
    }

    /// Makes the wallet's file; never over another one.
    pub(super) fn create(&self, spend: SpendPart, birthday: u64, restored: bool) -> Result<Opened, Failure> {
        if self.file.exists() {
            return Err(format!("{} exists: choose another --file", self.file.display()).into());
        }
        let network = self.network()?;
        let audit_key = audit_key_of(&spend).to_bytes();
        let rng = &mut rand::rng();
        let mut database_key = Secret::new([0; 32]);
        rand::Rng::fill_bytes(rng, database_key.expose_mut());
        let view = ViewPart { net: *network.id(), audit_key, birthday, database_key, restored };
        let opened = Opened { view, spend: Some(spend) };
        let sealed = file::seal(&opened, self.new_passphrase()?.expose(), KdfCost::DEFAULT, rng)?;
        file::save(&self.file, &sealed)?;
        Ok(opened)
    }

    /// Opens the wallet's file.
    pub(super) fn unlock(&self) -> Result<Opened, Failure> {
        let sealed = file::load(&self.file)
            .map_err(|error| format!("{error}; make a wallet with `wallet create`, or name it with --file"))?;
        Ok(file::open(&sealed, self.passphrase()?.expose())?)
    }

    /// Opens the wallet's state.
    pub(super) fn wallet(&self, view: &ViewPart) -> Result<OwnWallet, Failure> {
        let network = self.network()?;
        if network.id() != &view.net {
            return Err(format!(
                "{} is a wallet of another network than {}",
                self.file.display(),
                self.network.display()
            )
            .into());
        }
        let keys = AuditKey::from_bytes(view.audit_key.expose())?;
        let rows = RedbPersister::open(&self.state_path(), view.database_key.clone(), rand::rng())?;
        // A birthday of zero is none.
        let start = if view.birthday == 0 { Start::Genesis } else { Start::birthday(view.birthday) };
        Ok(Wallet::open_from(network, keys, rows, ProofOfWork(Blake3), start)?)
    }
}

/// The spend part's master secret, as the crypto crate has it.
pub(super) fn master(spend: &SpendPart) -> MasterSecret {
    MasterSecret::from_bytes(*spend.master_secret().expose())
}

fn audit_key_of(spend: &SpendPart) -> AuditKey {
    master(spend).audit_key()
}

/// The coin of seeds for networks from a file.
const COIN: Coin = Coin::Other;

pub(super) fn fresh_seed() -> Seed {
    Seed::generate(COIN, unix_time(), &mut rand::rng())
}

impl Restore {
    /// The spend part and the birthday that the words give.
    pub(super) fn read(&self) -> Result<(SpendPart, u64), Failure> {
        let text = match &self.words_file {
            Some(path) => fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?,
            None => ask("words: ")?,
        };
        let words = Words::new(text);
        let birthday =
            if self.from_genesis { Some(0) } else { self.birthday.map(not_in_the_future).transpose()? };
        if self.bip39 {
            return Ok((SpendPart::Master(bip39_24::import(&words)?), birthday.unwrap_or(0)));
        }
        let seed = Seed::from_words(&words, COIN)?;
        let birthday = birthday.unwrap_or(seed.birthday());
        Ok((SpendPart::Seed(seed), birthday))
    }
}

/// A birthday, unless it is wrong for certain: a wallet that begins after its first payment does not find it.
pub(super) fn not_in_the_future(birthday: u64) -> Result<u64, Failure> {
    let now = unix_time();
    if birthday > now {
        return Err(format!(
            "the birthday {birthday} is later than now, {now}: give seconds since 1970, earlier than the first payment"
        )
        .into());
    }
    Ok(birthday)
}

/// The same without showing what is typed.
fn ask_hidden(prompt: &str) -> Result<Secret<Vec<u8>>, Failure> {
    let screen = console::Term::stderr();
    let text = if io::stdin().is_terminal() && screen.is_term() {
        screen.write_str(prompt)?;
        screen.read_secure_line()?
    } else {
        ask(prompt)?
    };
    Ok(Secret::new(text.into_bytes()))
}

/// A line that is typed, or the next one of standard input.
fn ask(prompt: &str) -> Result<String, Failure> {
    if !io::stdin().is_terminal() {
        let mut line = String::new();
        io::stdin().lock().read_line(&mut line)?;
        return Ok(line.trim_end_matches(['\r', '\n']).to_string());
    }
    let mut tty = io::stderr();
    tty.write_all(prompt.as_bytes())?;
    tty.flush()?;
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line)?;
    Ok(line.trim_end_matches(['\r', '\n']).to_string())
}

/// Whole coins and up to nine decimals, without floating point.
pub(super) fn parse_amount(text: &str) -> Result<u64, Failure> {
    let wrong = || format!("{text} is no amount: write coins with up to {NATIVE_DECIMALS} decimals, as 12.5");
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(decimals) || decimals.len() > NATIVE_DECIMALS {
        return Err(wrong().into());
    }
    let padded = format!("{whole}{decimals:0<NATIVE_DECIMALS$}");
    Ok(padded.parse().map_err(|_| wrong())?)
}

/// The same, backwards.
pub(super) fn show_amount(atomic: u128) -> String {
    let unit = 10u128.pow(u32::try_from(NATIVE_DECIMALS).expect("nine"));
    let decimals = format!("{:0width$}", atomic % unit, width = NATIVE_DECIMALS);
    let decimals = decimals.trim_end_matches('0');
    if decimals.is_empty() { format!("{}", atomic / unit) } else { format!("{}.{decimals}", atomic / unit) }
}

/// Whether a path is there, for messages.
pub(super) fn shown(path: &Path) -> String {
    path.display().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_and_shown_without_rounding() {
        for (text, atomic) in [("0", 0), ("1", 1_000_000_000), ("1.5", 1_500_000_000), ("0.000000001", 1)] {
            assert_eq!(parse_amount(text).expect("an amount"), atomic);
            assert_eq!(show_amount(atomic.into()), text);
        }
        assert_eq!(show_amount(u128::from(u64::MAX)), "18446744073.709551615");
        for text in ["", ".5", "1.", "-1", "1e3", "0.0000000001", "99999999999", "1,5", " 1"] {
            assert_eq!(parse_amount(text).is_ok(), text == "1.", "{text}");
        }
    }
}
