//! What a network port refuses before any message, on real sockets (acceptance R13, attacks 246 and 247).
//!
//! Callers and nodes that do not keep the rules are made with the TLS library itself.

mod capture;
mod rogue;

use core::time::Duration;

use dero_net::{
    testing::{PATIENCE, patient_tcp},
    transport::{
        AcceptError, CertificateFault, Connection, DialError, FrameReceiver, FrameSender, HandshakeError, HostPort,
        PeerId, Pinned, Transport,
        identity::Identity,
        tcp::{TcpOptions, TcpTransport},
    },
};
use rogue::{Certificate, Rogue};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpSocket, TcpStream},
    time::timeout,
};

async fn node() -> TcpTransport {
    node_with(patient_tcp()).await
}

async fn node_with(options: TcpOptions) -> TcpTransport {
    let identity = Identity::generate(&mut rand::rng()).expect("identity");
    TcpTransport::listen("127.0.0.1:0".parse().expect("address"), identity, options).await.expect("a port")
}

fn wallet() -> TcpTransport {
    TcpTransport::unlinkable(rand::make_rng::<rand::rngs::StdRng>(), patient_tcp())
}

fn address(node: &TcpTransport) -> Pinned<HostPort> {
    node.reachable().expect("it listens")
}

async fn socket(node: &TcpTransport) -> TcpStream {
    let address = address(node);
    TcpStream::connect((address.place.host(), address.place.port())).await.expect("connected")
}

async fn dropped(node: &TcpTransport) -> HandshakeError {
    match timeout(PATIENCE, node.accept()).await.expect("in time") {
        Err(AcceptError::Handshake { cause, .. }) => cause,
        Err(error) => panic!("{error}"),
        Ok(connection) => panic!("accepted as {:?} of {}", connection.security(), connection.peer()),
    }
}

/// Calls a node with a client that breaks a rule; returns why the node dropped it.
async fn called_by(rogue: Rogue) -> HandshakeError {
    let node = node().await;
    let socket = socket(&node).await;
    let (call, cause) = tokio::join!(rogue.call(socket), dropped(&node));
    // In TLS 1.3 a client believes to be done before the server has seen its certificate: reading tells it.
    if let Ok(mut stream) = call {
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        assert!(answer.is_empty(), "a dropped client was told {answer:02x?}");
    }
    cause
}

/// Dials a node that breaks a rule; returns why it was given up.
async fn dialled(rogue: Rogue) -> HandshakeError {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let place = HostPort::from(listener.local_addr().expect("an address"));
    let to = Pinned { place, peer: rogue.peer() };
    let serve = async {
        let (socket, _) = listener.accept().await.expect("a caller");
        drop(rogue.answer(socket).await);
    };
    let wallet = wallet();
    match tokio::join!(wallet.dial(&to), serve).0 {
        Err(DialError::Handshake { cause, .. }) => cause,
        Err(error) => panic!("{error}"),
        Ok(connection) => panic!("connected with {:?}", connection.security()),
    }
}

#[tokio::test]
async fn a_rogue_that_keeps_the_rules_is_let_in() {
    let node = node().await;
    let rogue = Rogue::default();
    let (call, accepted) = tokio::join!(rogue.call(socket(&node).await), node.accept());
    assert_eq!(accepted.expect("accepted").peer(), rogue.peer());
    drop(call.expect("connected"));
}

#[tokio::test]
async fn a_plain_tcp_client_is_dropped() {
    for hello in [&b"GET / HTTP/1.1\r\n\r\n"[..], &[0; 64], b"\x04\0\0\0ping"] {
        let node = node().await;
        let mut socket = socket(&node).await;
        socket.write_all(hello).await.expect("written");
        assert!(matches!(dropped(&node).await, HandshakeError::NotTls { .. }));
        let mut answer = Vec::new();
        let _ = socket.read_to_end(&mut answer).await;
        // A TLS alert at most: record type 21.
        assert!(answer.is_empty() || (answer[0] == 21 && answer.len() <= 7), "{answer:02x?}");
    }
}

#[tokio::test]
async fn tls_1_2_is_refused() {
    let cause = called_by(Rogue { tls12: true, ..Rogue::default() }).await;
    assert!(matches!(cause, HandshakeError::Incompatible { .. }), "{cause}");
    let cause = dialled(Rogue { tls12: true, ..Rogue::default() }).await;
    assert!(matches!(cause, HandshakeError::Refused { .. } | HandshakeError::Incompatible { .. }), "{cause}");
}

#[tokio::test]
async fn another_key_exchange_is_refused() {
    use rustls::crypto::aws_lc_rs::kx_group;
    for group in [kx_group::X25519, kx_group::SECP256R1, kx_group::SECP384R1] {
        let cause = called_by(Rogue { groups: vec![group], ..Rogue::default() }).await;
        assert!(matches!(cause, HandshakeError::Incompatible { .. }), "{cause}");
        let cause = dialled(Rogue { groups: vec![group], ..Rogue::default() }).await;
        assert!(matches!(cause, HandshakeError::Refused { .. } | HandshakeError::Incompatible { .. }), "{cause}");
    }
}

#[tokio::test]
async fn the_hybrid_group_is_used_even_if_it_is_offered_last() {
    use rustls::crypto::aws_lc_rs::kx_group;
    let node = node().await;
    let rogue = Rogue { groups: vec![kx_group::X25519, kx_group::X25519MLKEM768], ..Rogue::default() };
    let (call, accepted) = tokio::join!(rogue.call(socket(&node).await), node.accept());
    assert_eq!(accepted.expect("accepted").security().key_exchange, "X25519MLKEM768");
    drop(call.expect("connected"));
}

#[tokio::test]
async fn a_client_without_certificate_is_dropped() {
    let cause = called_by(Rogue { certificate: Certificate::None, ..Rogue::default() }).await;
    assert_eq!(cause, HandshakeError::NoCertificate);
}

#[tokio::test]
async fn certificates_that_prove_nothing_are_refused_on_both_sides() {
    type Expected = fn(&CertificateFault) -> bool;
    let malformed: Expected = |fault| matches!(fault, CertificateFault::Malformed { .. });
    let signature: Expected = |fault| matches!(fault, CertificateFault::Signature { .. });
    let cases: [(Certificate, Expected); 9] = [
        (Certificate::Expired, |fault| *fault == CertificateFault::Expired),
        (Certificate::NotYetValid, |fault| *fault == CertificateFault::NotYetValid),
        (Certificate::Noise, malformed),
        (Certificate::CutShort, malformed),
        (Certificate::Two, malformed),
        (Certificate::Authority, malformed),
        (Certificate::SignatureFlipped, signature),
        (Certificate::OfAnotherIssuer, signature),
        (Certificate::OfAnotherKey, signature),
    ];
    for (certificate, expected) in cases {
        for cause in [
            called_by(Rogue { certificate, ..Rogue::default() }).await,
            dialled(Rogue { certificate, ..Rogue::default() }).await,
        ] {
            match &cause {
                HandshakeError::Certificate(fault) if expected(fault) => (),
                other => panic!("{certificate:?}: {other:?}"),
            }
        }
    }
}

#[tokio::test]
async fn keys_of_other_kinds_are_refused() {
    let cause = called_by(Rogue { certificate: Certificate::Ecdsa, ..Rogue::default() }).await;
    // A client of the library has none to show that the node would take.
    assert_eq!(cause, HandshakeError::NoCertificate);
    let cause = dialled(Rogue { certificate: Certificate::Ecdsa, ..Rogue::default() }).await;
    assert!(matches!(cause, HandshakeError::Refused { .. }), "{cause}");
}

#[tokio::test]
async fn nothing_is_resumed_and_nothing_comes_early() {
    let node = node().await;
    let rogue = Rogue { resume: true, ..Rogue::default() };
    let config = rogue.client_config();
    for _ in 0..2 {
        let talk = async {
            let mut stream = rogue.call_with(&config, socket(&node).await).await.expect("connected");
            // The node answers one frame, so that tickets would have come with it.
            let mut answer = [0; 5];
            stream.read_exact(&mut answer).await.expect("an answer");
            let tls = stream.get_ref().1;
            (tls.handshake_kind(), tls.is_early_data_accepted(), tls.tls13_tickets_received())
        };
        let answer = async {
            let (mut sender, receiver) = node.accept().await.expect("accepted").split();
            sender.send(b"x").await.expect("sent");
            (sender, receiver)
        };
        let (found, _halves) = tokio::join!(talk, answer);
        assert_eq!(found, (Some(rustls::HandshakeKind::Full), false, 0));
    }
}

#[tokio::test]
async fn a_silent_caller_holds_up_nobody() {
    // It may be silent for longer than the test runs.
    let node = node().await;
    let _silent = socket(&node).await;
    let (near, far) = tokio::join!(async { wallet().dial(&address(&node)).await }, node.accept());
    drop((near.expect("connected"), far.expect("accepted while the silent one is waited for")));
}

#[tokio::test]
async fn a_silent_caller_is_dropped() {
    let options = TcpOptions { handshake: Duration::from_millis(200), ..TcpOptions::local() };
    let node = node_with(options).await;
    let _silent = socket(&node).await;
    assert!(matches!(dropped(&node).await, HandshakeError::Timeout { .. }));
}

#[tokio::test]
async fn a_node_that_does_not_answer_is_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let place = HostPort::from(listener.local_addr().expect("an address"));
    let options = TcpOptions { handshake: Duration::from_millis(200), ..patient_tcp() };
    let hurried = TcpTransport::unlinkable(rand::make_rng::<rand::rngs::StdRng>(), options);
    let to = Pinned { place, peer: PeerId([1; 32]) };
    let found = hurried.dial(&to).await;
    assert!(matches!(found, Err(DialError::Handshake { cause: HandshakeError::Timeout { .. }, .. })));
    // A port that nobody listens on and that nobody else is given.
    let silent = TcpSocket::new_v4().expect("a socket");
    silent.bind("127.0.0.1:0".parse().expect("an address")).expect("a port");
    let to = Pinned { place: HostPort::from(silent.local_addr().expect("an address")), ..to };
    assert!(matches!(wallet().dial(&to).await, Err(DialError::Unreachable { .. })));
}

#[tokio::test]
async fn callers_beyond_a_limit_are_held_off() {
    // How many a second lets in is counted beside the door's code; here none is.
    for (options, of) in [
        (TcpOptions { handshakes_per_group: 0, ..patient_tcp() }, "from one group"),
        (TcpOptions { handshakes_per_second: 0, ..patient_tcp() }, "in all"),
        (TcpOptions { handshakes_at_once: 0, ..patient_tcp() }, "at once"),
    ] {
        let node = node_with(options).await;
        let _caller = socket(&node).await;
        assert_eq!(dropped(&node).await, HandshakeError::Busy { of });
    }
}

#[tokio::test]
async fn a_relay_with_a_certificate_of_its_own_is_detected() {
    let node = node().await;
    let true_address = address(&node);
    // The relay ends TLS on both sides with a key of its own and would pass everything on.
    let relay = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let place = HostPort::from(relay.local_addr().expect("an address"));
    let (to_victim, to_node) = (Rogue::default(), Rogue::default());
    let in_between = async {
        let (victim, _) = relay.accept().await.expect("a caller");
        let victim_side = to_victim.answer(victim).await;
        let node_side = to_node.call(socket(&node).await).await;
        assert!(node_side.is_ok(), "towards the node a relay is a caller like any other");
        assert!(victim_side.is_err(), "the caller must have left");
    };
    let wallet = wallet();
    let to = Pinned { place, peer: true_address.peer };
    let (dialled, ()) = tokio::join!(wallet.dial(&to), in_between);
    match dialled {
        Err(error) if error.is_wrong_peer() => {
            let DialError::Handshake { cause, .. } = error else { unreachable!() };
            assert_eq!(cause, HandshakeError::WrongPeer { expected: true_address.peer, found: to_victim.peer() });
        }
        other => panic!("not detected: {other:?}"),
    }
}

#[tokio::test]
async fn an_unlinkable_caller_is_somebody_else_each_time() {
    let (node, wallet) = (node().await, wallet());
    let mut peers = std::collections::BTreeSet::new();
    for _ in 0..3 {
        let (near, far) = tokio::join!(async { wallet.dial(&address(&node)).await }, node.accept());
        near.expect("connected");
        peers.insert(far.expect("accepted").peer());
    }
    assert_eq!(peers.len(), 3);
    assert_eq!(wallet.reachable(), None);
}

#[tokio::test]
async fn oversized_and_cut_frames_end_a_connection() {
    // The rogue keeps the rules of TLS and breaks those of frames.
    for (bytes, fault) in [
        (vec![0, 0, 0, 0], "1 to 65536"),
        (vec![1, 0, 1, 0, 7], "1 to 65536"),
        (vec![255, 255, 255, 255], "1 to 65536"),
        (vec![9, 0, 0, 0, 1, 2], "broke"),
    ] {
        let node = node().await;
        let rogue = Rogue::default();
        let (call, accepted) = tokio::join!(rogue.call(socket(&node).await), node.accept());
        let (mut stream, (_sender, mut receiver)) = (call.expect("connected"), accepted.expect("accepted").split());
        stream.write_all(&bytes).await.expect("written");
        stream.flush().await.expect("written");
        drop(stream);
        let error = receiver.recv().await.expect_err("no frame");
        assert!(error.to_string().contains(fault), "{error}");
    }
}
