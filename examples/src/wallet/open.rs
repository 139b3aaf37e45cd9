//! The wallet's files, its passphrase, and amounts as people write them.

use std::{
    collections::BTreeSet,
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
    chain::ChainError,
    consensus::{Blake3, Consensus as _, ProofOfWork},
    params::Network,
};
use dero_net::transport::PeerId;
use dero_wallet_core::{
    file::{self, KdfCost, Opened, SpendPart, ViewPart},
    scan::Start,
    seed::{Coin, Seed, Words, bip39_24},
    store::{ChangeSet, Persister as _, RedbPersister},
    wallet::Wallet,
};

use super::{Options, Restore};
use crate::{Failure, Named, network_file, unix_time};

pub(super) type Rng = rand::rngs::ThreadRng;
pub(super) type OwnWallet = Wallet<RedbPersister<Rng>, ProofOfWork<Blake3>>;

/// What seals the blocks of the networks that this build follows.
const ENGINE: ProofOfWork<Blake3> = ProofOfWork(Blake3);
const NATIVE_DECIMALS: usize = 9;
/// A row of this program beside those of the wallet, whose keys begin with a letter.
const DISPUTED: &[u8] = b"!disputed";

impl Options {
    pub(super) fn network(&self) -> Result<Arc<Network>, Failure> {
        let network = network_file::load(&self.network)?;
        let row = network.rows().proof_of_work;
        if !ENGINE.serves(row) {
            let error = ChainError::ProofOfWork { network: network.name().to_string(), row };
            let place = network_file::blamed(&self.network, &error);
            let place = place.unwrap_or_else(|| shown(&self.network));
            return Err(Named::new("NetworkFile", format!("{place}: {error}")).into());
        }
        Ok(Arc::new(network))
    }

    /// The passphrase from the file or from the variable.
    fn given_passphrase(&self) -> Result<Option<Secret<Vec<u8>>>, Failure> {
        if let Some(path) = &self.passphrase_file {
            let text = fs::read_to_string(path)
                .map_err(|error| Named::new("Passphrase", format!("{}: {error}", path.display())))?;
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
            let what = "the passphrase is empty, so that whoever has the file would have the wallet";
            let advice = "type one, or give one with --passphrase-file or DERO_PASSPHRASE";
            return Err(Named::new("Passphrase", what).advise(advice).into());
        }
        if typed && ask_hidden("the same again: ")?.expose() != passphrase.expose() {
            return Err(Named::new("Passphrase", "the two passphrases differ: no wallet was made").into());
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
            let exists = Named::new("WalletFile", format!("{} exists", self.file.display()));
            return Err(exists.advise("choose another --file").into());
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
        self.unlocked().map(|(opened, _)| opened)
    }

    /// The same to sign. From then on the file says that there was something to know, in case the state is lost.
    pub(super) fn unlock_to_sign(&self) -> Result<Opened, Failure> {
        let (mut opened, passphrase) = self.unlocked()?;
        if opened.spend.is_some() && !opened.view.restored {
            opened.view.restored = true;
            file::save(&self.file, &file::seal(&opened, passphrase.expose(), KdfCost::DEFAULT, &mut rand::rng())?)?;
        }
        Ok(opened)
    }

    fn unlocked(&self) -> Result<(Opened, Secret<Vec<u8>>), Failure> {
        let sealed = file::load(&self.file).map_err(|error| {
            let missing = Named::new("WalletFile", error.to_string());
            missing.advise("make a wallet with `wallet create`, or name it with --file")
        })?;
        let passphrase = self.passphrase()?;
        Ok((file::open(&sealed, passphrase.expose())?, passphrase))
    }

    fn rows(&self, view: &ViewPart) -> Result<RedbPersister<Rng>, Failure> {
        Ok(RedbPersister::open(&self.state_path(), view.database_key.clone(), rand::rng())?)
    }

    /// The nodes over whose list a payment was made that another node refused.
    pub(super) fn disputed(&self, view: &ViewPart) -> Result<BTreeSet<PeerId>, Failure> {
        let row = self.rows(view)?.bulk(DISPUTED)?.unwrap_or_default();
        Ok(row.as_chunks().0.iter().copied().map(PeerId).collect())
    }

    pub(super) fn set_disputed(&self, view: &ViewPart, nodes: &BTreeSet<PeerId>) -> Result<(), Failure> {
        let mut changes = ChangeSet::new();
        changes.put_bulk(DISPUTED, nodes.iter().flat_map(|node| node.0).collect::<Vec<u8>>());
        Ok(self.rows(view)?.commit(&changes)?)
    }

    /// Opens the wallet's state.
    pub(super) fn wallet(&self, view: &ViewPart) -> Result<OwnWallet, Failure> {
        let network = self.network()?;
        if network.id() != &view.net {
            let (file, network) = (self.file.display(), self.network.display());
            let message = format!("{file} is a wallet of another network than {network}");
            return Err(Named::new("WalletFile", message).into());
        }
        let keys = AuditKey::from_bytes(view.audit_key.expose())?;
        let rows = self.rows(view)?;
        // A birthday of zero is none.
        let start = if view.birthday == 0 { Start::Genesis } else { Start::birthday(view.birthday) };
        Ok(Wallet::open_from(network, keys, rows, ENGINE, start)?)
    }
}

/// Marks a wallet that knows nothing of what it did before: it was restored, or its state is lost. Returns whether it
/// is marked now.
pub(super) fn mark_if_lost(wallet: &mut OwnWallet, view: &ViewPart) -> Result<bool, Failure> {
    let knows = wallet.enotes().any(|enote| !wallet.references(enote.one_time_key()).is_empty());
    if !view.restored || knows || wallet.restored_at().is_some() {
        return Ok(false);
    }
    let height = wallet.tip().height;
    wallet.mark_restored(height)?;
    Ok(true)
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
            Some(path) => fs::read_to_string(path)
                .map_err(|error| Named::new("Words", format!("{}: {error}", path.display())))?,
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
        let message = format!("the birthday {birthday} is later than now, {now}");
        let advice = "give seconds since 1970, earlier than the first payment";
        return Err(Named::new("Argument", message).advise(advice).into());
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
    let wrong = || {
        let advice = format!("write coins with up to {NATIVE_DECIMALS} decimals, as 12.5");
        Named::new("Argument", format!("{text} is no amount")).advise(advice)
    };
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
    use clap::Parser as _;
    use dero_crypto::keys::Address;
    use dero_wallet_core::{
        signer::MemorySigner,
        spend::{PayTo, SpendRequest, Warning},
        testing::{MemorySource, at_once},
    };
    use rand::{SeedableRng as _, rngs::StdRng};

    use super::*;
    use crate::local::Plan;

    #[test]
    fn a_wallet_that_has_paid_and_lost_its_state_warns_as_a_restored_one() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name).display().to_string();
        let setup = Plan { wallets: &[("a", 4)], genesis: 8, rows: &[("min_set", 2)], ..Plan::default() }
            .write(folder.path(), &mut rand::rng())
            .expect("a network");
        let (file, network, passphrase, words) = (at("a"), at("network.toml"), at("passphrase"), at("a.words"));
        let common = ["wallet", "--file", &file, "--network", &network, "--passphrase-file", &passphrase];
        let restore = ["restore", "--fresh", "--from-genesis", "--words-file", &words];
        let options = Options::try_parse_from(common.iter().chain(&restore)).expect("a command line");
        let super::super::Command::Restore(restore) = &options.command else { panic!("restore") };
        let (spend, birthday) = restore.read().expect("words");
        options.create(spend, birthday, !restore.fresh).expect("a wallet file");
        let mut chain = MemorySource::new(Arc::clone(&setup.network), StdRng::seed_from_u64(1));
        chain.mine_many(6);

        // Opens it, follows the chain, and pays; returns whether it was marked, and what it warned about.
        let to = Address::from_text(&setup.nobody, setup.network.kind()).expect("an address");
        let request = SpendRequest::new([PayTo::native(to, 1)]);
        let pays = || {
            let view = options.unlock().expect("opens").view;
            let mut wallet = options.wallet(&view).expect("opens");
            at_once(wallet.sync(&chain, chain.now(), |_| {})).expect("an honest source");
            let marked = mark_if_lost(&mut wallet, &view).expect("rows");
            let rng = &mut StdRng::seed_from_u64(2);
            let proposal = wallet.propose(&request, chain.now(), false, rng).expect("enough");
            let warned = proposal.warnings().contains(&Warning::RestoredBefore);
            let spend = options.unlock_to_sign().expect("opens").spend.expect("a spend part");
            let mut signer = MemorySigner::new(&master(&spend), StdRng::seed_from_u64(3));
            wallet.sign(proposal, &mut signer, rng).expect("signed");
            (marked, warned)
        };
        assert_eq!(pays(), (false, false), "the first payment");
        assert_eq!(pays(), (false, false), "the second one, with the state of the first");
        fs::remove_file(options.state_path()).expect("it was there");
        assert_eq!(pays(), (true, true), "without that state");
        assert!(!pays().0, "once");
    }

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
