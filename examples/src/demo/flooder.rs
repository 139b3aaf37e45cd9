//! Peers and wallets that send nodes what is well formed and proves nothing, each time under a new key.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::Duration,
};

use dero_crypto::NetworkId;
use dero_ledger::{params::Network, rules::UnverifiedTransaction, transaction::Transaction};
use dero_net::{
    handshake::{Direction, Greeting, Handshake},
    link::{Link, LinkError},
    message::{
        Bounded, Bytes, Message, Tip,
        control::{Ping, Pong, Role},
        relay::{self, AnnounceTransactions, Name},
        wallet::{Submit, Submitted},
    },
    protocol::MAX_SUBMISSIONS,
    transport::{
        HostPort, Pinned, Transport as _,
        identity::Identity,
        tcp::{TcpConnection, TcpOptions, TcpTransport},
    },
};
use rand::rngs::StdRng;
use tokio::task::JoinSet;

use crate::Failure;

/// Identities that flood one node at one time.
const AT_ONCE: usize = 3;
/// How long a place stays empty: a node takes 50 handshakes a second from one host, honest ones included, and each
/// identity calls twice.
const PAUSE: Duration = Duration::from_millis(250);
/// Transactions that an identity has to offer, more than any node takes of it.
const OFFERED: u32 = 64;

/// What is sent: one true payment, with another proof each time.
#[derive(Debug)]
pub(super) struct Ammunition {
    network: Arc<Network>,
    payment: Transaction,
    next: AtomicU32,
}

impl Ammunition {
    pub(super) fn new(network: &Arc<Network>, payment: Transaction) -> Self {
        Self { network: Arc::clone(network), payment, next: AtomicU32::new(1) }
    }

    /// One that nobody has seen yet: the last scalar of its membership proof is another one. All that costs less to
    /// check is right.
    pub(super) fn one(&self) -> Result<Vec<u8>, Failure> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let mut payment = self.payment.clone();
        let place = payment.membership.len().checked_sub(32).ok_or("a payment without inputs")?;
        // The lowest bytes, so that it stays below the order.
        for (byte, change) in payment.membership[place..].iter_mut().zip(number.to_le_bytes()) {
            *byte ^= change;
        }
        Ok(payment.encode(self.network.id()))
    }

    fn named(&self) -> Result<(Name, Vec<u8>), Failure> {
        let bytes = self.one()?;
        let wtxid = UnverifiedTransaction::parse(&bytes, &self.network.rules())?.digests().wtxid.0;
        Ok((Name::Full(wtxid), bytes))
    }
}

/// What one identity came to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Outcome {
    /// Which of the nodes it flooded.
    pub(super) node: usize,
    /// Transactions that it sent.
    pub(super) sent: usize,
    /// Whether the node that it flooded talks to it again.
    pub(super) welcome: bool,
}

/// Many identities that flood several nodes until they are called off.
#[derive(Debug)]
pub(super) struct Flood {
    stop: Arc<AtomicBool>,
    outcomes: Arc<Mutex<Vec<Outcome>>>,
    tasks: JoinSet<Result<(), Failure>>,
}

impl Flood {
    /// Floods the nodes at `addresses`.
    pub(super) fn start(ammunition: &Arc<Ammunition>, addresses: &[&str]) -> Result<Self, Failure> {
        let mut flood = Self { stop: Arc::default(), outcomes: Arc::default(), tasks: JoinSet::new() };
        for (node, address) in addresses.iter().enumerate() {
            let address: Pinned<HostPort> = address.parse()?;
            for place in 0..AT_ONCE {
                // A third of them are wallets.
                let role = if place == 0 { Role::Wallet } else { Role::Node };
                let (ammunition, address) = (Arc::clone(ammunition), address.clone());
                let (stop, outcomes) = (Arc::clone(&flood.stop), Arc::clone(&flood.outcomes));
                flood.tasks.spawn(async move {
                    while !stop.load(Ordering::Relaxed) {
                        let (sent, welcome) = identity(&ammunition, &address, role).await?;
                        let outcome = Outcome { node, sent, welcome };
                        outcomes.lock().unwrap_or_else(PoisonError::into_inner).push(outcome);
                        tokio::time::sleep(PAUSE).await;
                    }
                    Ok(())
                });
            }
        }
        Ok(flood)
    }

    /// What became of each identity so far.
    pub(super) fn outcomes(&self) -> Vec<Outcome> {
        self.outcomes.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How many identities have sent something to each of `nodes` nodes, at least, and were left.
    pub(super) fn done(&self, nodes: usize) -> usize {
        let outcomes = self.outcomes();
        let of = |node| outcomes.iter().filter(|outcome| outcome.node == node && outcome.sent > 0).count();
        (0..nodes).map(of).min().unwrap_or_default()
    }

    /// Calls it off, and waits for those who are at it.
    pub(super) async fn stop(mut self) -> Result<Vec<Outcome>, Failure> {
        self.stop.store(true, Ordering::Relaxed);
        while let Some(ended) = self.tasks.join_next().await {
            ended??;
        }
        Ok(self.outcomes())
    }
}

/// Floods a node under a new key until the node ends the link; how many it sent, and whether the node talks to it
/// again.
async fn identity(ammunition: &Ammunition, to: &Pinned<HostPort>, role: Role) -> Result<(usize, bool), Failure> {
    let identity = Identity::generate(&mut rand::rng())?;
    let transport = TcpTransport::outbound(identity, TcpOptions::local());
    let network = ammunition.network.id();
    let Ok(link) = greet(&transport, to, network, role).await else { return Ok((0, true)) };
    let sent =
        if role == Role::Node { as_peer(ammunition, link).await? } else { as_wallet(ammunition, link).await? };
    Ok((sent, greet(&transport, to, network, role).await.is_ok()))
}

/// Calls until the door opens; an error is what the node has against the caller.
async fn greet(
    transport: &TcpTransport,
    to: &Pinned<HostPort>,
    network: &NetworkId,
    role: Role,
) -> Result<Link<TcpConnection>, LinkError> {
    let tip = Tip { height: 0, id: [0; 32], work: [0; 32] };
    let greeting = Greeting { network: *network, role, tip, listen: None };
    let handshake = Handshake::begin(Direction::Outbound, &greeting, &mut rand::make_rng::<StdRng>());
    loop {
        match transport.dial(to).await {
            Ok(connection) => return Link::greet(connection, handshake).await,
            // Too many call just now.
            Err(_) => tokio::time::sleep(PAUSE).await,
        }
    }
}

/// Announces all at once, and sends whatever is asked for.
async fn as_peer(ammunition: &Ammunition, mut link: Link<TcpConnection>) -> Result<usize, Failure> {
    let offered = (0..OFFERED).map(|_| ammunition.named()).collect::<Result<Vec<_>, _>>()?;
    let names = Bounded::front(offered.iter().map(|(name, _)| *name).collect());
    // Who is on another branch is not asked, so it claims the node's own tip.
    let claim = Ping { nonce: 0, tip: Some(link.greeted.tip) };
    let mut open = link.sender.send(&claim.into()).await.is_ok()
        && link.sender.send(&AnnounceTransactions { names }.into()).await.is_ok();
    let mut sent = 0;
    while open {
        match link.receiver.recv().await {
            Ok(Message::GetTransactions(asked)) => {
                for name in asked.names.iter() {
                    let bytes = offered.iter().find(|(offered, _)| offered == name).map(|(_, bytes)| bytes.clone());
                    let bytes = bytes.map(Bytes::new).transpose()?;
                    sent += usize::from(bytes.is_some());
                    open &= link.sender.send(&relay::Transaction { name: *name, bytes }.into()).await.is_ok();
                }
            }
            Ok(Message::Ping(Ping { nonce, .. })) => {
                open = link.sender.send(&Pong { nonce, tip: None }.into()).await.is_ok();
            }
            Ok(_) => (),
            Err(_) => open = false,
        }
    }
    Ok(sent)
}

/// Hands over as many at a time as a node takes.
async fn as_wallet(ammunition: &Ammunition, mut link: Link<TcpConnection>) -> Result<usize, Failure> {
    let (mut sent, mut waiting) = (0, 0);
    loop {
        while waiting < MAX_SUBMISSIONS {
            let submit = Submit { request: u32::try_from(sent)?, bytes: Bytes::new(ammunition.one()?)? };
            if link.sender.send(&submit.into()).await.is_err() {
                return Ok(sent);
            }
            (sent, waiting) = (sent + 1, waiting + 1);
        }
        match link.receiver.recv().await {
            Ok(Message::Submitted(Submitted { .. })) => waiting -= 1,
            Ok(_) => (),
            Err(_) => return Ok(sent),
        }
    }
}
