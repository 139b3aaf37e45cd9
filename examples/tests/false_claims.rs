//! What the wallet program does where the node that claims the most work has nothing to show for it.

use std::{path::Path, process::Stdio, sync::Arc};

use dero_crypto::keys::Address;
use dero_examples::local::Plan;
use dero_ledger::{
    chain::{Chain, ChainOptions, pool::PoolLimits},
    consensus::{Blake3, ProofOfWork, search},
    execution::NoContracts,
    params::Network,
    store::MemoryStore,
};
use dero_net::{
    backend::{Backend as _, SealedHeader},
    clock::{Clock as _, SystemClock},
    handshake::{Direction, Greeting, Handshake},
    ledger::LedgerBackend,
    link::Link,
    message::{
        Bytes, Message, Tip,
        chain::Part,
        control::Role,
        wallet::{GetHeaderRange, GetTip, TipIs},
    },
    node::{Node, NodeOptions},
    peer::Limits,
    transport::{
        HostPort, Pinned, Transport as _,
        identity::Identity,
        tcp::{TcpConnection, TcpOptions, TcpTransport},
    },
};
use rand::rngs::StdRng;
use serde_json::Value;

const BLOCKS: u64 = 3;

type Ledger = LedgerBackend<MemoryStore, ProofOfWork<Blake3>, NoContracts>;

async fn listen() -> TcpTransport {
    let identity = Identity::generate(&mut rand::rng()).expect("a key");
    TcpTransport::listen("127.0.0.1:0".parse().expect("an address"), identity, TcpOptions::local())
        .await
        .expect("a port")
}

/// A chain of three blocks.
fn mined(network: &Network, to: &str) -> Arc<Ledger> {
    let (clock, rng) = (SystemClock::new(), &mut rand::rng());
    let options = ChainOptions::default();
    let chain = Chain::open(MemoryStore::new(), network.clone(), ProofOfWork(Blake3), NoContracts, options);
    let ledger = LedgerBackend::new(chain.expect("a chain"), PoolLimits::default(), clock, rand::rng);
    let miner = Address::from_text(to, network.kind()).expect("an address");
    for _ in 0..BLOCKS {
        let template = ledger.chain().template(ledger.pool(), &[miner], clock.unix(), rng).expect("a template");
        let nonce = search(&Blake3, &template.key, &template.id(), &template.target, 0..).expect("a nonce");
        ledger.take_block(&template.seal(nonce)).expect("a block");
    }
    Arc::new(ledger)
}

/// Claims `tip`, and has one header to show, or hangs up when it is asked for any.
async fn claim(transport: TcpTransport, network: Network, tip: Tip, header: Option<SealedHeader>) {
    while let Ok(connection) = transport.accept().await {
        let greeting = Greeting { network: *network.id(), role: Role::Node, tip, listen: None };
        let handshake = Handshake::begin(Direction::Inbound, &greeting, &mut rand::rng());
        if let Ok(link) = Link::greet(connection, handshake).await {
            tokio::spawn(answer(link, tip, header));
        }
    }
}

async fn answer(mut link: Link<TcpConnection>, tip: Tip, header: Option<SealedHeader>) {
    while let Ok(message) = link.receiver.recv().await {
        let answer = match (message, header) {
            (Message::GetTip(GetTip { request }), _) => TipIs { request, tip }.into(),
            (Message::GetHeaderRange(GetHeaderRange { request, from: 0, .. }), Some(header)) => {
                Part { request, end: true, bytes: Bytes::new(header.to_bytes().to_vec()).expect("short") }.into()
            }
            _ => return,
        };
        if link.sender.send(&answer).await.is_err() {
            return;
        }
    }
}

/// Runs the wallet; returns what stands on standard output and the lines of standard error.
async fn wallet(folder: &Path, arguments: &[&str]) -> (Value, String) {
    let mut wallet = tokio::process::Command::new(env!("CARGO_BIN_EXE_wallet"));
    wallet.arg("--json").args(["--file", "w.dero"]).args(arguments).current_dir(folder).stdin(Stdio::null());
    let output = wallet.env("DERO_PASSPHRASE", "right").output().await.expect("it runs");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
    (serde_json::from_slice(&output.stdout).expect("one object"), said)
}

/// The balance over an honest node and one that claims the most, and what the wallet says of the latter.
async fn balance_beside(claimed: impl FnOnce(&Ledger) -> (Tip, Option<SealedHeader>)) -> (Value, String, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let setup = Plan::default().write(folder, &mut rand::rng()).expect("a network");
    let ledger = mined(&setup.network, &setup.nobody);
    let options = NodeOptions { peers: vec![], known: vec![], limits: Limits::local() };
    let rng = rand::make_rng::<StdRng>();
    let node = Node::start(listen().await, Arc::clone(&ledger), SystemClock::new(), options, rng).expect("a node");
    let honest = node.reachable().expect("it listens").to_string();
    let transport = listen().await;
    let liar: Pinned<HostPort> = transport.reachable().expect("it listens");
    let (tip, header) = claimed(&ledger);
    tokio::spawn(claim(transport, Network::clone(&setup.network), tip, header));

    wallet(folder, &["create", "--quiet"]).await;
    let (balance, said) = wallet(folder, &["balance", "--node", &honest, "--node", &liar.to_string()]).await;
    node.stop().await;
    (balance, said, liar.to_string())
}

fn heaviest(height: u64, id: [u8; 32]) -> Tip {
    Tip { height, id, work: [0xff; 32] }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_claims_the_most_and_hangs_up_is_left_and_the_chain_followed() {
    let (balance, said, liar) = balance_beside(|_| (heaviest(1_000, [9; 32]), None)).await;
    assert_eq!(balance["height"], BLOCKS, "{said}");
    assert!(said.contains(&format!("{liar} began to serve and failed")) && !said.contains("lied"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_claims_the_most_for_an_old_tip_lied_and_the_chain_is_followed() {
    let first = |ledger: &Ledger| {
        let header = ledger.headers(0..1).expect("a header").remove(0);
        (heaviest(0, header.id().0), Some(header))
    };
    let (balance, said, liar) = balance_beside(first).await;
    assert_eq!(balance["height"], BLOCKS, "{said}");
    let peer = liar.rsplit('#').next().expect("a pin");
    assert!(said.contains(&format!("node {peer} lied")), "{said}");
}
