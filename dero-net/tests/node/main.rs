//! Whole nodes and wallets on real sockets, over a toy chain.

mod hostile;
mod wallets;

use core::{net::SocketAddr, time::Duration};
use std::sync::Arc;

use dero_crypto::NetworkId;
use dero_net::{
    backend::{Backend, TransactionSource},
    clock::{Clock, ManualClock, RuntimeClock},
    message::control::Role,
    node::{Node, NodeEvent, NodeOptions},
    peer::Fault,
    testing::{PATIENCE, ToyChain, patient_limits, patient_tcp, toy_chain::GOOD},
    transport::{HostPort, PeerId, Pinned, identity::Identity, tcp::TcpTransport},
};
use tokio::{
    sync::broadcast::error::RecvError,
    task::JoinHandle,
    time::{sleep, timeout},
};

pub(crate) const NETWORK: NetworkId = NetworkId([0xd1; 32]);

pub(crate) fn rng() -> rand::rngs::StdRng {
    rand::make_rng()
}

pub(crate) fn identity() -> Identity {
    Identity::generate(&mut rand::rng()).expect("identity")
}

/// A node with its chain.
pub(crate) struct Running {
    pub(crate) node: Node<HostPort>,
    pub(crate) chain: Arc<ToyChain>,
}

impl Running {
    pub(crate) async fn start(peers: Vec<Pinned<HostPort>>) -> Self {
        Self::start_on(Arc::new(ToyChain::new(NETWORK)), identity(), "127.0.0.1:0", peers).await
    }

    pub(crate) async fn start_on(
        chain: Arc<ToyChain>,
        identity: Identity,
        listen: &str,
        peers: Vec<Pinned<HostPort>>,
    ) -> Self {
        let node = start(Arc::clone(&chain), RuntimeClock::new(), identity, listen, peers).await;
        Self { node, chain }
    }

    /// A node on whose clock nothing is forgiven and no allowance fills again.
    pub(crate) async fn start_out_of_time() -> Self {
        let chain = Arc::new(ToyChain::new(NETWORK));
        let node = start(Arc::clone(&chain), ManualClock::new(0), identity(), "127.0.0.1:0", vec![]).await;
        Self { node, chain }
    }

    pub(crate) fn address(&self) -> Pinned<HostPort> {
        self.node.reachable().expect("it listens").clone()
    }

    pub(crate) async fn mine(&self, blocks: u64) {
        let tip = self.chain.tip().expect("a tip");
        (0..blocks).for_each(|n| self.chain.mine(tip.height + n));
        self.node.changed().await;
    }

    pub(crate) fn height(&self) -> u64 {
        self.chain.tip().expect("a tip").height
    }
}

/// A node that listens as soon as the system gives it the address.
pub(crate) async fn start(
    backend: Arc<impl Backend>,
    clock: impl Clock,
    identity: Identity,
    listen: &str,
    peers: Vec<Pinned<HostPort>>,
) -> Node<HostPort> {
    let options = NodeOptions { peers, known: vec![], limits: patient_limits() };
    start_with(options, backend, clock, identity, listen).await
}

pub(crate) async fn start_with(
    options: NodeOptions<HostPort>,
    backend: Arc<impl Backend>,
    clock: impl Clock,
    identity: Identity,
    listen: &str,
) -> Node<HostPort> {
    let listen: SocketAddr = listen.parse().expect("an address");
    let bound = async {
        loop {
            match TcpTransport::listen(listen, identity.clone(), patient_tcp()).await {
                Ok(transport) => return transport,
                // Somebody else was given the port meanwhile.
                Err(_) => sleep(Duration::from_millis(20)).await,
            }
        }
    };
    let transport = timeout(PATIENCE, bound).await.expect("a port");
    Node::start(transport, backend, clock, options, rng()).expect("a node")
}

/// What `node` charges its peers with, until it stops.
pub(crate) fn charges(node: &Node<HostPort>) -> JoinHandle<Vec<Fault>> {
    let mut events = node.events();
    tokio::spawn(async move {
        let mut faults = Vec::new();
        loop {
            match events.recv().await {
                Ok(NodeEvent::Charged(charge)) => faults.push(charge.fault),
                // A busy machine may miss some.
                Ok(_) | Err(RecvError::Lagged(_)) => (),
                Err(RecvError::Closed) => return faults,
            }
        }
    })
}

pub(crate) async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let wait = async {
        while !holds().await {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(PATIENCE, wait).await.unwrap_or_else(|_| panic!("not within {PATIENCE:?}: {what}"));
}

pub(crate) fn transaction(n: u64) -> Vec<u8> {
    [GOOD, &n.to_le_bytes(), &[9; 3000]].concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn three_nodes_share_blocks_and_transactions() {
    let a = Running::start(vec![]).await;
    a.mine(300).await;
    let b = Running::start(vec![a.address()]).await;
    let charged = charges(&b.node);
    // C knows only B: what A has comes through B.
    let c = Running::start(vec![b.address()]).await;
    until("C has the chain of A", async || c.height() == 300).await;

    let bytes = transaction(1);
    let verdict = c.chain.add_transaction(&bytes, TransactionSource::Wallet).expect("a verdict");
    assert_eq!(verdict.id(), Some(ToyChain::transaction_id(&bytes)));
    c.node.changed().await;
    until("the transaction is at A", async || a.chain.pool().expect("a pool").len() == 1).await;

    a.mine(1).await;
    until("everybody has the block", async || b.height() == 301 && c.height() == 301).await;
    until("the pools are empty", async || {
        let mut waiting = 0;
        for running in [&a, &b, &c] {
            waiting += running.node.status().await.expect("status").pool;
        }
        waiting == 0
    })
    .await;
    let status = b.node.status().await.expect("status");
    assert_eq!((status.tip.height, status.missing, status.banned), (301, 0, 0));
    // A link in the middle of its greetings has no role yet.
    assert!(status.links.iter().all(|link| link.role.is_none_or(|role| role == Role::Node)), "{status:?}");
    // B learned where C listens when C called.
    assert!(b.node.addresses().await.contains(&c.address()));
    for running in [a, b, c] {
        timeout(PATIENCE, running.node.stop()).await.expect("a clean stop");
    }
    // On a busy machine an answer may be late.
    let faults = charged.await.expect("a task");
    assert!(faults.iter().all(|fault| *fault == Fault::Stalled), "{faults:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn links_carry_tls_1_3_with_the_hybrid_exchange() {
    let a = Running::start(vec![]).await;
    let mut events = a.node.events();
    let b = Running::start(vec![a.address()]).await;
    let up = async {
        loop {
            if let Ok(NodeEvent::PeerUp { peer, security, .. }) = events.recv().await {
                return (peer, security);
            }
        }
    };
    let (peer, security) = timeout(PATIENCE, up).await.expect("a peer");
    assert_eq!(peer, b.address().peer);
    assert_eq!((security.protocol.as_str(), security.key_exchange.as_str()), ("TLS 1.3", "X25519MLKEM768"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_was_stopped_is_found_again() {
    let a = Running::start(vec![]).await;
    let (chain, address) = (Arc::clone(&a.chain), a.address());
    let kept = identity();
    let b = Running::start_on(Arc::new(ToyChain::new(NETWORK)), kept.clone(), "127.0.0.1:0", vec![address]).await;
    let (b_chain, b_listen) = (Arc::clone(&b.chain), b.address());
    let linked =
        async |running: &Running| running.node.status().await.is_some_and(|status| status.links.len() == 1);
    until("linked", async || linked(&a).await && linked(&b).await).await;
    b.node.stop().await;
    until("A notices", async || a.node.status().await.is_some_and(|status| status.links.is_empty())).await;
    chain.mine(1);
    a.node.changed().await;
    // The same key on the same port, so peers that wrote its address down find it.
    let listen = format!("127.0.0.1:{}", b_listen.place.port());
    let b = Running::start_on(b_chain, kept, &listen, vec![a.address()]).await;
    assert_eq!(b.address(), b_listen);
    until("B catches up", async || b.height() == 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_with_another_key_is_reported_and_not_used() {
    let a = Running::start(vec![]).await;
    let wrong = Pinned { place: a.address().place, peer: PeerId([3; 32]) };
    let transport = TcpTransport::outbound(identity(), patient_tcp());
    let options = NodeOptions { peers: vec![wrong.clone()], known: vec![], limits: patient_limits() };
    let chain = Arc::new(ToyChain::new(NETWORK));
    let b = Node::start(transport, chain, RuntimeClock::new(), options, rng()).expect("a node");
    let mut events = b.events();
    let failed = async {
        loop {
            if let Ok(NodeEvent::DialFailed { address, cause, wrong_peer }) = events.recv().await {
                return (address, cause, wrong_peer);
            }
        }
    };
    let (address, cause, wrong_peer) = timeout(PATIENCE, failed).await.expect("a report");
    assert_eq!((address, wrong_peer), (wrong.to_string(), true));
    assert!(cause.contains(&a.address().peer.to_string()), "it names who answered: {cause}");
    assert_eq!(a.node.status().await.expect("status").links, []);
}
