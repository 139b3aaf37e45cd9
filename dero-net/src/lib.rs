//! The same protocol over any wire.
//!
//! Peers of a private ledger meet over links that are encrypted, authenticated and pinned; they find out who has the
//! heavier chain, fetch it from each other, pass on transactions and blocks, and serve wallets that trust none of
//! them. This crate is all of that and nothing else: whether a block is valid is the business of a [`Backend`],
//! how bytes travel that of a [`Transport`], what time it is that of a [`Clock`].
//!
//! **Unaudited. Do not put value on it.**
//!
//! Two nodes on one chain each, over TLS on this machine, and a wallet that reads and sends:
//!
//! ```
//! use std::sync::Arc;
//! use dero_net::{
//!     client::Client, clock::RuntimeClock, node::{Node, NodeOptions}, peer::Limits,
//!     testing::{ToyChain, toy_chain::GOOD}, // a chain without rules, feature `testing`
//!     transport::{Transport, identity::Identity, tcp::{TcpOptions, TcpTransport}},
//! };
//! use dero_ledger::source::ChainSource;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let rng = rand::make_rng::<rand::rngs::StdRng>;
//! let network = dero_crypto::NetworkId([7; 32]);
//! let start = async |peers| {
//!     let identity = Identity::generate(&mut rng())?; // or Identity::load_or_create("node.key", ..)
//!     let transport = TcpTransport::listen("127.0.0.1:0".parse()?, identity, TcpOptions::local()).await?;
//!     let chain = Arc::new(ToyChain::new(network));
//!     let options = NodeOptions { peers, known: vec![], limits: Limits::local() };
//!     let node = Node::start(transport, Arc::clone(&chain), RuntimeClock::new(), options, rng())?;
//!     Ok::<_, Box<dyn std::error::Error>>((node, chain))
//! };
//! let (first, chain) = start(vec![]).await?;
//! let address = first.reachable().expect("it listens").clone(); // 127.0.0.1:PORT#PIN
//! let (second, _) = start(vec![address]).await?;
//!
//! chain.mine(1);
//! first.changed().await; // the block travels to the second node
//! # let at_second = async || second.status().await.is_some_and(|status| status.tip.height == 1);
//! # while !at_second().await { tokio::task::yield_now().await }
//!
//! let wallet = TcpTransport::unlinkable(rng(), TcpOptions::default()); // another key each time
//! let node = Client::connect(&wallet, second.reachable().expect("it listens"), network, &mut rng()).await?;
//! assert_eq!(node.tip().await?.height, 1);
//! assert_eq!(node.compact(1..2).await?.len(), 1);
//! node.submit(&[GOOD, b" transaction"].concat()).await?;
//! first.stop().await;
//! # Ok(())
//! # }
//! ```
//!
//! # Reading order
//!
//! 1. [`transport`]: frames to one authenticated peer; over TLS 1.3 in [`transport::tcp`], in one process in
//!    [`transport::memory`]. [`message`]: what the frames say. [`handshake`]: the first of them.
//! 2. [`machine`]: the shape of every protocol part. The parts: [`peer`], [`gossip`], [`sync`]; together:
//!    [`protocol`]. None of them knows a socket, a thread or a clock.
//! 3. [`backend`]: what the network asks of a chain; [`ledger`]: the answers of one in `dero-ledger`. [`node`] drives
//!    the protocol; [`client`] is a wallet's side.
//! 4. `testing` (a feature): does your transport keep its contract; what does a network do under a given seed.
//!
//! # Features
//!
//! - `tokio` (default): TCP with TLS, the node, the client. Without it: the traits, the messages, the machines, the
//!   in-process transport.
//! - `testing`: the conformance suite, the simulation, the toy chain, faults of the in-process transport.
//!
//! # What is not here
//!
//! - No verification: a [`Backend`] does it, with `dero-ledger`.
//! - No hiding of the fact that somebody runs a node, nor of who is talking to whom. Relay announces to all peers;
//!   it has no stem phase yet, so a well-connected observer can guess where a transaction began.
//! - No Tor, I2P or QUIC transport, no hole punching. The [`Transport`] trait is where they go.
//! - No client puzzles, no snapshots, no short-id block relay.
//!
//! [`Backend`]: backend::Backend
//! [`Transport`]: transport::Transport
//! [`Clock`]: clock::Clock

#![forbid(unsafe_code)]

pub mod backend;
#[cfg(feature = "tokio")]
pub mod client;
pub mod clock;
mod domain;
pub mod gossip;
pub mod handshake;
pub mod ledger;
#[cfg(feature = "tokio")]
pub mod link;
pub mod machine;
pub mod message;
#[cfg(feature = "tokio")]
pub mod node;
pub mod peer;
pub mod protocol;
pub mod sync;
pub mod transport;

#[cfg(feature = "testing")]
pub mod testing;
