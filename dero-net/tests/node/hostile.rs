//! What a peer may not do, on real sockets (attacks 248 and 249).

use std::{collections::BTreeMap, sync::Arc};

use dero_crypto::NetworkId;
use dero_ledger::source::ChainSource as _;
use dero_net::{
    backend::Backend as _,
    client::Client,
    clock::{ManualClock, RuntimeClock},
    handshake::{Direction, Greeting, Handshake},
    message::{
        Bytes, Kind, Message, Tip,
        codec::{Assembler, to_frames},
        control::{Ping, Role},
        limits,
        wallet::Submit,
    },
    node::{Node, NodeOptions},
    peer::Limits,
    testing::{PATIENCE, PATIENT, ToyChain, patient_tcp, toy_chain::INVALID},
    transport::{
        Connection, ConnectionError, FrameReceiver, FrameSender, HostPort, Pinned, Transport, identity::Identity,
        tcp::TcpTransport,
    },
};
use tokio::time::timeout;

use super::{
    NETWORK, Running, identity, rng, start, start_with, transaction, until,
    wallets::{Liar, Lie},
};

type Halves = (
    <<TcpTransport as Transport>::Connection as Connection>::Sender,
    <<TcpTransport as Transport>::Connection as Connection>::Receiver,
);

fn hello(network: NetworkId, role: Role) -> Message {
    let tip = Tip { height: 0, id: [0; 32], work: [0; 32] };
    let greeting = Greeting { network, role, tip, listen: None };
    Handshake::begin(Direction::Outbound, &greeting, &mut rng()).first().expect("the caller speaks first")
}

async fn dial(node: &Pinned<HostPort>, identity: Identity) -> Halves {
    let transport = TcpTransport::outbound(identity, patient_tcp());
    transport.dial(node).await.expect("connected").split()
}

async fn send(sender: &mut impl FrameSender, message: &Message) {
    for frame in to_frames(message) {
        sender.send(&frame).await.expect("sent");
    }
}

async fn receive(receiver: &mut impl FrameReceiver) -> Result<Message, ConnectionError> {
    let mut assembler = Assembler::default();
    loop {
        let frame = timeout(PATIENCE, receiver.recv()).await.expect("in time")?;
        if let Some(message) = assembler.push(&frame).expect("a message") {
            return Ok(message);
        }
    }
}

/// Dials and greets.
async fn greeted(node: &Pinned<HostPort>, identity: Identity, role: Role) -> Halves {
    let (mut sender, mut receiver) = dial(node, identity).await;
    send(&mut sender, &hello(NETWORK, role)).await;
    assert!(matches!(receive(&mut receiver).await, Ok(Message::Hello(_))));
    (sender, receiver)
}

/// Whatever comes until the end, and that the end comes.
async fn until_closed(receiver: &mut impl FrameReceiver) -> Vec<Kind> {
    let mut kinds = Vec::new();
    while let Ok(message) = receive(receiver).await {
        kinds.push(message.kind());
    }
    kinds
}

#[tokio::test(flavor = "multi_thread")]
async fn another_network_is_closed_at_the_first_frame_and_told_nothing() {
    let node = Running::start(vec![]).await;
    for role in [Role::Node, Role::Wallet] {
        let (mut sender, mut receiver) = dial(&node.address(), identity()).await;
        send(&mut sender, &hello(NetworkId([0xd2; 32]), role)).await;
        assert_eq!(until_closed(&mut receiver).await, [], "nothing is sent");
    }
    // Who says nothing hears nothing.
    let chain = Arc::new(ToyChain::new(NETWORK));
    let options = NodeOptions { peers: vec![], known: vec![], limits: Limits::local() };
    let node = start_with(options, chain, RuntimeClock::new(), identity(), "127.0.0.1:0").await;
    let address = node.reachable().expect("it listens").clone();
    let (_sender, mut receiver) = dial(&address, identity()).await;
    assert_eq!(until_closed(&mut receiver).await, [], "the greeting has a deadline");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_message_ends_the_link_and_then_bans_the_peer() {
    let node = Running::start_out_of_time().await;
    let ping = to_frames(&Ping { nonce: 1, tip: None }.into()).remove(0);
    let with = |change: fn(&mut Vec<u8>)| {
        let mut frame = ping.clone();
        change(&mut frame);
        frame
    };
    let head = |kind: Kind, length: usize| {
        let mut frame = vec![0; 65_536];
        frame[0] = kind as u8;
        frame[1..5].copy_from_slice(&u32::try_from(length).expect("fits").to_le_bytes());
        frame
    };
    let counts = {
        let mut frame = head(Kind::GetBlocks, 40);
        frame[9..13].copy_from_slice(&u32::MAX.to_le_bytes());
        frame.truncate(64);
        frame
    };
    let cases = [
        ("unknown kind", with(|frame| frame[0] = 200)),
        ("trailing bytes", with(|frame| frame[1] += 1)),
        ("too short a body", with(|frame| frame[1] -= 1)),
        ("padding that is not zero", with(|frame| frame[63] = 1)),
        ("another frame length", with(|frame| frame.truncate(63))),
        ("above the cap of control", head(Kind::Ping, limits::CONTROL + 1)),
        ("above the cap of parts", head(Kind::Part, limits::PART + 1)),
        ("count that lies", counts),
    ];
    for (what, frame) in cases {
        let key = identity();
        for attempt in 0..3 {
            let (mut sender, mut receiver) = dial(&node.address(), key.clone()).await;
            if attempt == 2 {
                // Banned: not even a greeting.
                let _ = sender.send(&to_frames(&hello(NETWORK, Role::Node))[0]).await;
                assert_eq!(until_closed(&mut receiver).await, [], "{what}");
                continue;
            }
            send(&mut sender, &hello(NETWORK, Role::Node)).await;
            assert!(matches!(receive(&mut receiver).await, Ok(Message::Hello(_))), "{what}, attempt {attempt}");
            sender.send(&frame).await.expect("sent");
            until_closed(&mut receiver).await;
            until("the node has noticed", async || {
                node.node.status().await.is_some_and(|status| status.links.is_empty())
            })
            .await;
        }
    }
    assert_eq!(node.node.status().await.expect("status").banned, 8);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_out_of_place_ends_the_link() {
    use dero_net::message::{Bounded, relay::AnnounceTransactions, wallet::TipIs};
    let node = Running::start(vec![]).await;
    let tip = Tip { height: 0, id: [0; 32], work: [0; 32] };
    let relayed = Message::from(AnnounceTransactions { names: Bounded::default() });
    for (role, message) in [
        (Role::Wallet, relayed),
        (Role::Node, hello(NETWORK, Role::Node)),
        (Role::Node, TipIs { request: 1, tip }.into()),
    ] {
        let (mut sender, mut receiver) = greeted(&node.address(), identity(), role).await;
        send(&mut sender, &message).await;
        until_closed(&mut receiver).await;
    }
    // The first message must be a greeting.
    let (mut sender, mut receiver) = dial(&node.address(), identity()).await;
    send(&mut sender, &Ping { nonce: 1, tip: None }.into()).await;
    assert_eq!(until_closed(&mut receiver).await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn floods_are_charged_and_banned() {
    let node = Running::start_out_of_time().await;
    let (mut sender, mut receiver) = greeted(&node.address(), identity(), Role::Node).await;
    let flood = async {
        for nonce in 0..10_000 {
            if sender.send(&to_frames(&Ping { nonce, tip: None }.into())[0]).await.is_err() {
                break;
            }
        }
    };
    let (kinds, ()) = tokio::join!(until_closed(&mut receiver), flood);
    let pongs = kinds.iter().filter(|kind| **kind == Kind::Pong).count();
    // No more than a peer may ask for at once.
    assert!(pongs <= 20, "{pongs} answers before the end");
    until("banned", async || node.node.status().await.is_some_and(|status| status.banned == 1)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn questions_beyond_the_queue_are_refused_and_then_the_peer() {
    use dero_net::message::wallet::GetListed;
    // It answers none before the end, so that questions wait.
    let backend = Arc::new(Liar::new(Lie::Hesitates, 0));
    let node = start(Arc::clone(&backend), ManualClock::new(0), identity(), "127.0.0.1:0", vec![]).await;
    let address = node.reachable().expect("it listens").clone();
    let (mut sender, mut receiver) = greeted(&address, identity(), Role::Wallet).await;
    let ask = async {
        for request in 0..2_000 {
            if sender.send(&to_frames(&GetListed { request, range: 0 }.into())[0]).await.is_err() {
                break;
            }
        }
    };
    let (kinds, ()) = tokio::join!(until_closed(&mut receiver), ask);
    assert!(kinds.iter().all(|kind| *kind == Kind::Refused), "{kinds:?}");
    until("banned", async || node.status().await.is_some_and(|status| status.banned == 1)).await;
    backend.answer();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_banned_peer_sent_is_not_checked() {
    use dero_net::message::{
        Bounded,
        relay::{AnnounceTransactions, Name, Transaction},
    };
    let (node, backend, address) = hesitating().await;
    let (mut sender, mut receiver) = greeted(&address, identity(), Role::Node).await;
    let transactions = (0..16).map(|n| [INVALID, &[n]].concat());
    let transactions: BTreeMap<Name, Vec<u8>> =
        transactions.map(|bytes| (Name::Full(ToyChain::transaction_id(&bytes)), bytes)).collect();
    let names = Bounded::front(transactions.keys().copied().collect());
    // Somebody on the node's own branch: others are not asked.
    let tip = Some(node.status().await.expect("status").tip);
    send(&mut sender, &Ping { nonce: 1, tip }.into()).await;
    send(&mut sender, &AnnounceTransactions { names }.into()).await;
    while let Ok(message) = receive(&mut receiver).await {
        let Message::GetTransactions(asked) = message else { continue };
        for name in asked.names.iter() {
            let bytes = Some(Bytes::new(transactions[name].clone()).expect("short"));
            for frame in to_frames(&Transaction { name: *name, bytes }.into()) {
                // The node may have seen enough.
                let _ = sender.send(&frame).await;
            }
        }
    }
    // Three for the ban, one on each of two threads meanwhile, and the last.
    let checked = checked_beside_a_ban(&node, &backend, &transaction(1)).await;
    assert!((4..=6).contains(&checked), "{checked} of 17 checked");
}

/// A node whose checks hang from the fourth transaction on.
async fn hesitating() -> (Node<HostPort>, Arc<Liar>, Pinned<HostPort>) {
    let backend = Arc::new(Liar::new(Lie::Hesitates, 0));
    let node = start(Arc::clone(&backend), ManualClock::new(0), identity(), "127.0.0.1:0", vec![]).await;
    let address = node.reachable().expect("it listens").clone();
    (node, backend, address)
}

/// How many transactions were checked when `last` is, which comes after a ban and all that waits.
async fn checked_beside_a_ban(node: &Node<HostPort>, backend: &Liar, last: &[u8]) -> usize {
    until("banned", async || node.status().await.is_some_and(|status| status.banned == 1)).await;
    backend.answer();
    // What waits is looked at in turn: the last one tells that all others were.
    let wallet = TcpTransport::unlinkable(rng(), patient_tcp());
    let address = node.reachable().expect("it listens");
    let wallet = Client::connect_within(&wallet, address, NETWORK, PATIENT, &mut rng()).await.expect("connected");
    wallet.submit(last).await.expect("taken");
    backend.checked()
}

/// Sends one transaction as a wallet and hangs up at once.
async fn submit_and_leave(node: &Pinned<HostPort>, identity: Identity, bytes: &[u8]) {
    let (mut sender, mut receiver) = greeted(node, identity, Role::Wallet).await;
    let submit = Submit { request: 1, bytes: Bytes::new(bytes.to_vec()).expect("short") };
    send(&mut sender, &submit.into()).await;
    sender.close().await.expect("closed");
    until_closed(&mut receiver).await;
}

/// A node that checked three transactions, and has both of its threads busy with two more.
async fn busy() -> (Node<HostPort>, Arc<Liar>, Pinned<HostPort>) {
    let (node, backend, address) = hesitating().await;
    for n in 0..5 {
        submit_and_leave(&address, identity(), &transaction(n)).await;
        until("it is being checked", async || backend.checked() == usize::try_from(n).expect("few") + 1).await;
    }
    (node, backend, address)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_sent_before_the_link_ended_is_checked_and_charged() {
    let (node, backend, address) = busy().await;
    let flooder = identity();
    submit_and_leave(&address, identity(), &transaction(5)).await;
    for n in 0..3 {
        submit_and_leave(&address, flooder.clone(), &[INVALID, &[n]].concat()).await;
    }
    until("all links ended", async || node.status().await.is_some_and(|status| status.links.is_empty())).await;
    backend.answer();
    until("the honest one waits", async || {
        backend.transaction(&ToyChain::transaction_id(&transaction(5))).is_ok_and(|found| found.is_some())
    })
    .await;
    until("the flooder is banned", async || node.status().await.is_some_and(|status| status.banned == 1)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_banned_peer_sent_before_it_hung_up_is_not_checked() {
    let (node, backend, address) = busy().await;
    let flooder = identity();
    for n in 0..8 {
        submit_and_leave(&address, flooder.clone(), &[INVALID, &[n]].concat()).await;
    }
    until("all links ended", async || node.status().await.is_some_and(|status| status.links.is_empty())).await;
    // The five that came first, and three for the ban.
    backend.allow(8);
    // Those eight, one on each of two threads meanwhile, and the last.
    let checked = checked_beside_a_ban(&node, &backend, &transaction(5)).await;
    assert!((9..=11).contains(&checked), "{checked} of 14 checked");
}
