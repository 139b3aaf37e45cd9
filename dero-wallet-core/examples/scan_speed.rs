//! How many enotes does a wallet try in a second?
//!
//! `cargo run --release -p dero-wallet-core --example scan_speed --features testing -- [enotes]`
//!
//! The chain is in memory, and nearly nothing on it belongs to the wallet: what a new wallet meets. The time holds
//! everything but the download: headers and compact forms are checked, every enote is tried with both find keys, and
//! the reference list is appended and hashed. `RAYON_NUM_THREADS=1` gives the number for one core.

use std::{sync::Arc, time::Instant};

use dero_crypto::{
    asset::AssetId,
    commitment::Amount,
    enote::{Anchor, Draft, EnoteSeed, InputContext},
    keys::{AddressIndex, MasterSecret},
};
use dero_ledger::{
    consensus::{Blake3, ProofOfWork},
    testing::unproven,
    transaction::{Bundle, Input, Output, Transaction},
};
use dero_wallet_core::{
    store::MemoryPersister,
    testing::{MemorySource, at_once, small_network},
    wallet::Wallet,
};

/// Transactions of a block; each has two tags and three outputs, as an ordinary payment.
const TRANSACTIONS: u64 = 200;

fn main() {
    let wanted: u64 = std::env::args().nth(1).map_or(60_000, |text| text.parse().expect("a number of enotes"));
    let network = small_network(&[], |rows| rows.m = 7);
    let mut chain = MemorySource::new(Arc::clone(&network), rand::make_rng::<rand::rngs::StdRng>());
    let mut made = 0;
    while made < wanted {
        let block: Vec<Transaction> =
            (0..TRANSACTIONS).map(|i| payment(&network, made * TRANSACTIONS + i)).collect();
        chain.mine_unchecked(&block);
        made += 3 * TRANSACTIONS;
    }
    chain.mine_many(10);

    let keys = MasterSecret::random(&mut rand::rng()).audit_key();
    let wallet = Wallet::open(network, keys, MemoryPersister::new(), ProofOfWork(Blake3));
    let mut wallet = wallet.expect("no rows yet");
    let start = Instant::now();
    let report = at_once(wallet.sync(&chain, chain.now(), |_| {})).expect("an honest chain");
    let seconds = start.elapsed().as_secs_f64();
    println!(
        "{} enotes in {seconds:.2} s: {:.0} a second, {:.1} µs each",
        report.enotes,
        report.enotes as f64 / seconds,
        seconds * 1e6 / report.enotes as f64
    );
}

/// What a scanner sees of somebody's payment.
fn payment(network: &dero_ledger::params::Network, number: u64) -> Transaction {
    let rng = &mut rand::rng();
    let net = network.id();
    let mut tag = [1; 32];
    tag[..8].copy_from_slice(&number.to_be_bytes());
    let context = InputContext::bundle(net, &Anchor::Tag(tag));
    let payee = MasterSecret::random(rng).audit_key().address_key().address(AddressIndex(0));
    let mut outputs: Vec<Output> = (0..3)
        .map(|amount| {
            let seed = EnoteSeed::random(rng);
            let draft = Draft { context: &context, seed: &seed, amount: Amount(amount), asset: AssetId::NATIVE };
            Output::from(draft.external(net, &payee).enote)
        })
        .collect();
    outputs.sort_by_key(|output| output.enote.one_time_key);
    let input = |last: u8| {
        let mut tag = tag;
        tag[31] = last;
        Input { tag, key: [1; 32], commitment: [2; 32], asset_tag: [3; 32] }
    };
    let bundle = Bundle { tx_nonce: [0; 16], inputs: vec![input(1), input(2)], vault_inputs: Vec::new(), outputs };
    unproven(vec![bundle])
}
