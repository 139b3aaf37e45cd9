//! A tap on the wire: records every byte between two peers, and finds nothing that it could read.

use std::sync::{Arc, Mutex};

use dero_net::transport::{Connection, FrameReceiver, FrameSender, HostPort, Pinned, Transport};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use super::{PATIENCE, address, node, wallet};

type Tape = Arc<Mutex<Vec<u8>>>;

/// Passes on connections to `to`, both ways, and keeps what it saw. Returns where it listens.
async fn tap(to: &HostPort, tape: Tape) -> HostPort {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let place = HostPort::from(listener.local_addr().expect("an address"));
    let to = to.clone();
    tokio::spawn(async move {
        loop {
            let (near, _) = listener.accept().await.expect("a caller");
            let far = TcpStream::connect((to.host(), to.port())).await.expect("connected");
            let ((near_in, near_out), (far_in, far_out)) = (near.into_split(), far.into_split());
            tokio::spawn(copy(near_in, far_out, Arc::clone(&tape)));
            tokio::spawn(copy(far_in, near_out, Arc::clone(&tape)));
        }
    });
    place
}

async fn copy(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin, tape: Tape) {
    let mut bytes = [0; 4096];
    while let Ok(read @ 1..) = from.read(&mut bytes).await {
        tape.lock().expect("tape").extend_from_slice(&bytes[..read]);
        if to.write_all(&bytes[..read]).await.is_err() {
            break;
        }
    }
    let _ = to.shutdown().await;
}

fn hits(tape: &[u8], needle: &[u8]) -> usize {
    tape.windows(needle.len()).filter(|window| *window == needle).count()
}

#[tokio::test]
async fn a_capture_contains_no_known_plaintext() {
    let (node, wallet) = (node().await, wallet());
    let at = address(&node);
    let tape = Tape::default();
    let place = tap(&at.place, Arc::clone(&tape)).await;
    let (near, far) = tokio::join!(async { wallet.dial(&Pinned { place, peer: at.peer }).await }, node.accept());
    let ((mut near_out, mut near_in), (mut far_out, mut far_in)) =
        (near.expect("connected").split(), far.expect("accepted").split());

    let network = dero_crypto::NetworkId([0xa7; 32]);
    let secrets: [&[u8]; 4] = [&network.0, b"dero1qyaddress", b"a transaction hash", &[0x42; 64]];
    for secret in secrets {
        let frame = [secret, b" and its rest"].concat();
        near_out.send(&frame).await.expect("sent");
        assert_eq!(far_in.recv().await.as_ref(), Ok(&frame));
        far_out.send(&frame).await.expect("sent");
        assert_eq!(near_in.recv().await.as_ref(), Ok(&frame));
    }
    let seen = tape.lock().expect("tape").clone();
    assert!(seen.len() > 3_000, "both handshakes are on the tape: {}", seen.len());
    // The tap works: the first record of a handshake is in the clear.
    assert_eq!(seen[..3], [22, 3, 1]);
    // What names the node: its key, the hash of it. Names of servers and protocols have extensions of their own.
    let spki_head = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70];
    let mut found = hits(&seen, &at.peer.0) + hits(&seen, &spki_head);
    for secret in secrets {
        found += hits(&seen, secret);
    }
    println!("{} bytes on the tape, {found} hits", seen.len());
    assert_eq!(found, 0);
    let extensions = client_hello_extensions(&seen);
    assert!(extensions.contains(&51) && extensions.contains(&43), "key share and versions: {extensions:?}");
    for (number, name) in [(0, "server name"), (16, "protocol name"), (41, "pre-shared key"), (42, "early data")] {
        assert!(!extensions.contains(&number), "the hello has {name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_capture_of_nodes_and_a_wallet_at_work_contains_no_known_plaintext() {
    use dero_ledger::source::ChainSource as _;
    use dero_net::{
        backend::{Backend as _, TransactionSource},
        client::Client,
        clock::RuntimeClock,
        node::{Node, NodeOptions},
        testing::{PATIENT, ToyChain, patient_limits, toy_chain::GOOD},
        transport::tcp::TcpTransport,
    };
    let network = dero_crypto::NetworkId([0xa7; 32]);
    let rng = rand::make_rng::<rand::rngs::StdRng>;
    let start = |transport: TcpTransport, peers| {
        let chain = Arc::new(ToyChain::new(network));
        let options = NodeOptions { peers, known: vec![], limits: patient_limits() };
        let node = Node::start(transport, Arc::clone(&chain), RuntimeClock::new(), options, rng()).expect("a node");
        (node, chain)
    };
    let (first, first_chain) = start(node().await, vec![]);
    let at = first.reachable().expect("it listens").clone();
    let tape = Tape::default();
    let tapped = async || Pinned { place: tap(&at.place, Arc::clone(&tape)).await, peer: at.peer };
    // A node and a wallet reach the first node through taps, and every kind of traffic passes.
    let (second, second_chain) = start(node().await, vec![tapped().await]);
    (0..20).for_each(|n| first_chain.mine(n));
    let secret = [GOOD, b"dero1qyaddress of a payee", &[0x42; 64]].concat();
    first_chain.add_transaction(&secret, TransactionSource::Wallet).expect("a verdict");
    first.changed().await;
    let wallet =
        Client::connect_within(&wallet(), &tapped().await, network, PATIENT, &mut rng()).await.expect("connected");
    let headers = wallet.headers(1..21).await.expect("headers");
    assert_eq!(wallet.compact(1..21).await.expect("compact forms").len(), 20);
    wallet.listed(0..120).await.expect("entries");
    wallet.submit(&[&secret[..], b" again"].concat()).await.expect("taken");
    let synced = || {
        second_chain.tip().is_ok_and(|tip| tip.height == 20)
            && second_chain.pool().is_ok_and(|pool| pool.len() == 2)
    };
    let arrived = async {
        while !synced() {
            tokio::time::sleep(core::time::Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, arrived).await.expect("blocks and transactions");
    drop(wallet);
    second.stop().await;
    first.stop().await;

    let seen = tape.lock().expect("tape").clone();
    let block_id = first_chain.tip().expect("a tip").id;
    let pin = at.peer.to_string();
    let id = ToyChain::transaction_id(&secret);
    let known: [(&str, &[u8]); 8] = [
        ("network id", &network.0),
        ("block id", &block_id),
        ("parent in a header", &headers[10].0[24..56]),
        ("transaction hash", &id),
        ("address", b"dero1qyaddress"),
        ("transaction", &secret),
        ("peer id", &at.peer.0),
        ("pin as text", pin.as_bytes()),
    ];
    let total: usize = known
        .iter()
        .map(|(name, bytes)| {
            let found = hits(&seen, bytes);
            println!("{name}: {found} hits");
            found
        })
        .sum();
    println!("{} bytes on the tape, {total} hits", seen.len());
    assert!(seen.len() > 20_000 && total == 0);
}

/// The numbers of the extensions in the first record, a client hello (RFC 8446 section 4.1.2).
fn client_hello_extensions(tape: &[u8]) -> Vec<u16> {
    let mut at = 5 + 4 + 2 + 32; // record head, message head, version, random
    let number = |at: usize| u16::from_be_bytes([tape[at], tape[at + 1]]);
    at += 1 + usize::from(tape[at]); // session id
    at += 2 + usize::from(number(at)); // cipher suites
    at += 1 + usize::from(tape[at]); // compression
    let end = at + 2 + usize::from(number(at));
    at += 2;
    let mut found = Vec::new();
    while at < end {
        found.push(number(at));
        at += 4 + usize::from(number(at + 2));
    }
    found
}
