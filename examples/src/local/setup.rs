//! The folder of a network: its file, its wallets' words, its passphrase.

use std::{
    fs,
    io::{ErrorKind, Write as _},
    path::Path,
    sync::Arc,
};

use dero_crypto::{
    keys::{Address, AddressIndex, AuditKey, MasterSecret},
    network::NetworkKind,
};
use dero_ledger::params::{Allocation, Network};
use dero_wallet_core::seed::{Coin, Seed};
use rand::{CryptoRng, seq::SliceRandom as _};

use crate::{Failure, network_file, unix_time};

/// What a network starts with. [`Plan::default`] has no wallets and 192 genesis enotes of nobody, so that a first
/// payment hides among more than one reference set's worth.
#[derive(Clone, Debug)]
pub struct Plan<'a> {
    /// Wallets whose words are written, with the number of their genesis enotes.
    pub wallets: &'a [(&'static str, usize)],
    /// Further genesis enotes of these wallets, with their amounts.
    pub grants: &'a [(&'static str, u64)],
    /// Genesis enotes of others: an address and an amount.
    pub holdings: &'a [(String, u64)],
    /// Genesis enotes in all; those that are missing belong to nobody.
    pub genesis: usize,
    /// Rows of the network that are not the defaults.
    pub rows: &'a [(&'static str, u64)],
}

impl Default for Plan<'_> {
    fn default() -> Self {
        Self { wallets: &[], grants: &[], holdings: &[], genesis: 192, rows: &[] }
    }
}

/// Atomic units in a genesis enote of a wallet: a thousand coins.
pub const AMOUNT: u64 = 1_000_000_000_000;

/// What was written.
#[derive(Debug)]
pub struct Setup {
    /// The network.
    pub network: Arc<Network>,
    /// Address 0 of each wallet, in the order of the plan.
    pub addresses: Vec<String>,
    /// An address of nobody, to mine to.
    pub nobody: String,
}

impl Plan<'_> {
    /// Writes `network.toml`, `passphrase` and the words of the wallets into `folder`.
    ///
    /// # Errors
    ///
    /// The system's, or rows that a network may not have.
    pub fn write(&self, folder: &Path, rng: &mut (impl CryptoRng + ?Sized)) -> Result<Setup, Failure> {
        let now = unix_time();
        let mut addresses = Vec::new();
        let mut owners = self.holdings.to_vec();
        for (name, enotes) in self.wallets {
            let seed = Seed::generate(Coin::Other, now, rng);
            private(&folder.join(format!("{name}.words")), seed.to_words().expose())?;
            let keys = MasterSecret::from_bytes(*seed.master_secret().expose()).audit_key();
            let address = first_address(&keys).to_text(NetworkKind::Dev);
            owners.extend(vec![(address.clone(), AMOUNT); *enotes]);
            let grants = self.grants.iter().filter(|(wallet, _)| wallet == name);
            owners.extend(grants.map(|(_, amount)| (address.clone(), *amount)));
            addresses.push(address);
        }
        let mut nobody = || first_address(&MasterSecret::random(rng).audit_key()).to_text(NetworkKind::Dev);
        let miner = nobody();
        owners.resize_with(self.genesis.max(owners.len()), || (nobody(), AMOUNT));
        owners.shuffle(rng);
        let genesis = owners.into_iter().map(|(address, amount)| {
            let mut seed = [0; 16];
            rng.fill_bytes(&mut seed);
            Allocation { address, amount, seed }
        });
        let genesis: Vec<_> = genesis.collect();
        let never = ["assets_from", "contracts_from"].map(|row| (row, "\"never\"".to_string()));
        let rows: Vec<_> =
            never.into_iter().chain(self.rows.iter().map(|(row, value)| (*row, value.to_string()))).collect();
        let file = folder.join("network.toml");
        fs::write(&file, network_file::text("devnet", now, &rows, &genesis))?;
        let mut passphrase = [0; 16];
        rng.fill_bytes(&mut passphrase);
        private(&folder.join("passphrase"), &hex::encode(passphrase))?;
        Ok(Setup { network: Arc::new(network_file::load(&file)?), addresses, nobody: miner })
    }
}

/// Address 0 of a wallet.
fn first_address(keys: &AuditKey) -> Address {
    keys.address_key().address(AddressIndex(0))
}

/// A file that only its owner may read.
fn private(path: &Path, text: &str) -> Result<(), Failure> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path).map_err(|error| {
        let begun = error.kind() == ErrorKind::AlreadyExists;
        let advice = if begun { "; a network was begun in this folder: name another one" } else { "" };
        format!("{}: {error}{advice}", path.display())
    })?;
    Ok(file.write_all(text.as_bytes())?)
}
