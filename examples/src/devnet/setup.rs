//! The folder of a network: its file, its wallets' words, its passphrase.

use std::{fs, path::Path};

use dero_crypto::{
    keys::{AddressIndex, MasterSecret},
    network::NetworkKind,
};
use dero_ledger::params::Allocation;
use dero_wallet_core::seed::{Coin, Seed};
use rand::{Rng as _, seq::SliceRandom as _};

use crate::{Failure, network_file};

/// Genesis enotes in all, so that the first payment hides among more than one reference set's worth.
const GENESIS: usize = 192;
/// Of them, for each wallet.
const EACH: usize = 8;
/// Atomic units in each: a thousand coins.
const AMOUNT: u64 = 1_000_000_000_000;

/// What was written.
pub(super) struct Setup {
    /// Addresses of the two wallets.
    pub(super) addresses: [String; 2],
    /// An address of nobody, to mine to.
    pub(super) nobody: String,
}

/// Writes `network.toml`, `passphrase` and the words of two wallets into `folder`.
pub(super) fn write(folder: &Path, now: u64) -> Result<Setup, Failure> {
    let rng = &mut rand::rng();
    let mut addresses = Vec::new();
    for name in ["a", "b"] {
        let seed = Seed::generate(Coin::Other, now, rng);
        private(&folder.join(format!("{name}.words")), seed.to_words().expose())?;
        let keys = MasterSecret::from_bytes(*seed.master_secret().expose()).audit_key();
        addresses.push(keys.address_key().address(AddressIndex(0)).to_text(NetworkKind::Dev));
    }
    let nobody = |rng: &mut rand::rngs::ThreadRng| {
        let keys = MasterSecret::random(rng).audit_key();
        keys.address_key().address(AddressIndex(0)).to_text(NetworkKind::Dev)
    };
    let mut owners: Vec<String> = addresses.iter().flat_map(|address| vec![address.clone(); EACH]).collect();
    owners.resize_with(GENESIS, || nobody(rng));
    owners.shuffle(rng);
    let genesis = owners.into_iter().map(|address| {
        let mut seed = [0; 16];
        rng.fill_bytes(&mut seed);
        Allocation { address, amount: AMOUNT, seed }
    });
    let never = |row| (row, "\"never\"".to_string());
    let text = network_file::text(
        "devnet",
        now,
        &[never("assets_from"), never("contracts_from")],
        &genesis.collect::<Vec<_>>(),
    );
    fs::write(folder.join("network.toml"), text)?;
    private(&folder.join("passphrase"), &hex::encode(rand::random::<[u8; 16]>()))?;
    let addresses = addresses.try_into().map_err(|_| "two wallets")?;
    Ok(Setup { addresses, nobody: nobody(rng) })
}

/// A file that only its owner may read.
fn private(path: &Path, text: &str) -> Result<(), Failure> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    std::io::Write::write_all(&mut options.open(path)?, text.as_bytes())?;
    Ok(())
}
