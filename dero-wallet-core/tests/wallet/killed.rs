//! Processes that are killed while they write.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command},
    sync::Arc,
    time::Duration,
};

use crate::common::{COIN, ENGINE, Person, address, history, master, raw::RawBundle};
use dero_crypto::NetworkId;
use dero_wallet_core::{
    file::{self, KdfCost, Opened, ViewPart},
    store::RedbPersister,
    testing::{MemorySource, at_once, small_network},
    wallet::Wallet,
};
use rand::{RngExt, SeedableRng, rngs::StdRng};

const FOLDER: &str = "DERO_WALLET_TEST_FOLDER";

/// The same chain in every process.
fn chain() -> MemorySource {
    let network = small_network(&[(address(1), COIN), (address(9), COIN), (address(1), COIN)], |_| {});
    let net = *network.id();
    let mut chain = MemorySource::new(network, StdRng::seed_from_u64(11));
    for height in 1..=500u64 {
        let paid =
            RawBundle::spending(&[[height as u8, (height >> 8) as u8, 1].repeat(11)[..32].try_into().unwrap()]);
        let paid = paid.pays(&net, &address(if height % 7 == 0 { 1 } else { 9 }), height);
        chain.mine_unchecked(&[paid.transaction()]);
    }
    chain
}

fn open(folder: &Path, chain: &MemorySource) -> Wallet<RedbPersister<rand::rngs::ThreadRng>> {
    let rows = RedbPersister::open(&folder.join("rows"), [7; 32].into(), rand::rng()).expect("the rows open");
    Wallet::open(Arc::clone(chain.network()), master(1).audit_key(), rows, ENGINE).expect("the wallet opens")
}

fn spawn(test: &str, folder: &Path) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", test, "--test-threads", "1"]).env(FOLDER, folder);
    command.stdout(std::process::Stdio::null()).spawn().unwrap()
}

fn folder() -> Option<PathBuf> {
    std::env::var_os(FOLDER).map(PathBuf::from)
}

#[test]
fn a_process_scans_until_it_is_killed() {
    let Some(folder) = folder() else { return };
    let chain = chain();
    let mut wallet = open(&folder, &chain);
    at_once(wallet.sync(&chain, chain.now(), |_| {})).unwrap();
}

#[test]
fn a_wallet_that_is_killed_while_it_scans_goes_on_and_finds_the_same() {
    let rng = &mut StdRng::seed_from_u64(200);
    let folder = tempfile::tempdir().unwrap();
    let chain = chain();
    let mut expected = Person::new(1, chain.network());
    expected.sync(&chain);
    let mut kills = 0;
    for attempt in 0..200 {
        let mut child = spawn("killed::a_process_scans_until_it_is_killed", folder.path());
        std::thread::sleep(Duration::from_millis(rng.random_range(0..400 + 20 * attempt)));
        match child.try_wait().unwrap() {
            Some(status) => {
                assert!(status.success(), "after {kills} kills");
                break;
            }
            None => {
                child.kill().unwrap();
                child.wait().unwrap();
                kills += 1;
                // Whatever is there opens, and is a part of the truth.
                let wallet = open(folder.path(), &chain);
                assert!(wallet.tip().height <= 500);
                assert!(wallet.enotes().all(|own| own.height() <= wallet.tip().height));
            }
        }
    }
    let mut wallet = open(folder.path(), &chain);
    at_once(wallet.sync(&chain, chain.now(), |_| {})).unwrap();
    assert_eq!(history(&wallet), expected.history());
    assert_eq!(wallet.balances(), expected.wallet.balances());
    println!("{kills} kills");
}

fn sealed(birthday: u64) -> Vec<u8> {
    let view = ViewPart {
        net: NetworkId([1; 32]),
        audit_key: [2; 64].into(),
        birthday,
        database_key: [3; 32].into(),
        restored: false,
    };
    file::seal(&Opened { view, spend: None }, b"open sesame", KdfCost::LEAST, &mut rand::rng()).unwrap()
}

#[test]
fn a_process_saves_until_it_is_killed() {
    let Some(folder) = folder() else { return };
    for birthday in 0.. {
        file::save(&folder.join("wallet.dero"), &sealed(birthday)).unwrap();
    }
}

#[test]
fn a_wallet_file_that_is_killed_while_it_is_written_opens_as_one_of_the_two() {
    let rng = &mut StdRng::seed_from_u64(200);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("wallet.dero");
    file::save(&path, &sealed(0)).unwrap();
    for _ in 0..20 {
        let mut before = fs::read(&path).unwrap();
        let mut child = spawn("killed::a_process_saves_until_it_is_killed", folder.path());
        // It saves, and is at it again.
        for _ in 0..rng.random_range(1..6) {
            before = loop {
                let now = fs::read(&path).unwrap();
                if now != before {
                    break now;
                }
                assert_eq!(child.try_wait().unwrap(), None, "it saves for ever");
                std::thread::sleep(Duration::from_millis(1));
            };
        }
        std::thread::sleep(Duration::from_millis(rng.random_range(0..20)));
        child.kill().unwrap();
        child.wait().unwrap();
        let opened = file::open(&file::load(&path).unwrap(), b"open sesame");
        assert!(opened.is_ok(), "{opened:?}");
    }
}
