//! A node: the protocol, driven over a transport.
//!
//! [`Node::start`] takes a [`Transport`], a [`Backend`] and a [`Clock`], and runs until [`Node::stop`]. One task
//! holds all state and never waits; each link has a task that reads, writes and answers; what blocks runs on the
//! threads that tokio keeps for it, blocks of the chain strictly one after the other.

mod driver;
mod input;
mod link;

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use rand_core::CryptoRng;
use tokio::{
    sync::{broadcast, mpsc, oneshot, watch},
    task::{JoinError, JoinHandle},
};

use crate::{
    backend::{Backend, BackendError},
    clock::Clock,
    handshake::Direction,
    message::{Tip, control::Role},
    peer::{Charge, Limits},
    protocol::Status,
    transport::{Origin, PeerId, Pinned, Security, Transport},
};

/// What an operator chooses.
#[derive(Clone, Debug)]
pub struct NodeOptions<A> {
    /// Peers that are dialled at once, and again whenever they are lost.
    pub peers: Vec<Pinned<A>>,
    /// What [`Node::addresses`] told before the restart, best first.
    pub known: Vec<Pinned<A>>,
    /// How many links of which kind.
    pub limits: Limits,
}

/// What happened, for logs and for people.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum NodeEvent {
    /// A caller was dropped before any message.
    CallerDropped {
        /// From where it called.
        from: Origin,
        /// Why.
        cause: String,
    },
    /// A peer was not reached.
    DialFailed {
        /// Its address.
        address: String,
        /// Why.
        cause: String,
        /// Whether somebody else answered in its place.
        wrong_peer: bool,
    },
    /// A link carries the protocol.
    PeerUp {
        /// Who.
        peer: PeerId,
        /// From where.
        origin: Origin,
        /// Who began.
        direction: Direction,
        /// What it is.
        role: Role,
        /// What protects the link.
        security: Security,
    },
    /// A link ended.
    PeerDown {
        /// Who.
        peer: PeerId,
        /// Why.
        cause: String,
    },
    /// A peer did something wrong.
    Charged(Charge),
    /// The best chain has a new tip.
    Tip(Tip),
}

/// Why a node stopped that nobody stopped.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the node stopped by itself: {0}")]
pub struct NodeFailed(String);

impl NodeFailed {
    fn of(error: JoinError) -> Self {
        let cause = match error.try_into_panic() {
            Ok(panic) => panic
                .downcast_ref::<&str>()
                .map(ToString::to_string)
                .or_else(|| panic.downcast_ref::<String>().cloned())
                .unwrap_or_else(|| "no message".into()),
            Err(error) => error.to_string(),
        };
        let failed = Self(format!("work on the chain panicked: {cause}"));
        tracing::error!(%failed);
        failed
    }
}

enum Command<A> {
    Changed,
    Status(oneshot::Sender<Status>),
    Addresses(oneshot::Sender<Vec<Pinned<A>>>),
    Stop,
}

/// A running node. Dropping it stops the node without waiting.
#[derive(Debug)]
pub struct Node<A> {
    commands: mpsc::Sender<Command<A>>,
    events: broadcast::Sender<NodeEvent>,
    reachable: Option<Pinned<A>>,
    stopping: Arc<AtomicBool>,
    failure: watch::Receiver<Option<NodeFailed>>,
    task: JoinHandle<()>,
}

impl<A> Drop for Node<A> {
    fn drop(&mut self) {
        self.stopping.store(true, Ordering::SeqCst);
        self.task.abort();
    }
}

impl<A: crate::transport::Address> Node<A> {
    /// Starts a node on the tokio runtime at hand.
    ///
    /// # Errors
    ///
    /// [`BackendError`] if the chain cannot be read.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime.
    pub fn start<T: Transport<Address = A>>(
        transport: T,
        backend: Arc<impl Backend>,
        clock: impl Clock,
        options: NodeOptions<A>,
        rng: impl CryptoRng + Send + 'static,
    ) -> Result<Self, BackendError> {
        let reachable = transport.reachable();
        let (commands, inbox) = mpsc::channel(16);
        let (events, _) = broadcast::channel(256);
        let stopping = Arc::new(AtomicBool::new(false));
        let driver = driver::Driver::new(transport, backend, clock, options, rng, events.clone(), &stopping)?;
        let (fail, failure) = watch::channel(None);
        let task = tokio::spawn(async move {
            let ended = driver.run(inbox).await;
            fail.send_replace(ended.err());
        });
        Ok(Self { commands, events, reachable, stopping, failure, task })
    }

    /// Who this node is and where it is found, as its peers write it down.
    #[must_use]
    pub const fn reachable(&self) -> Option<&Pinned<A>> {
        self.reachable.as_ref()
    }

    /// What happens from now on. A reader that falls 256 events behind misses some.
    #[must_use]
    pub fn events(&self) -> broadcast::Receiver<NodeEvent> {
        self.events.subscribe()
    }

    /// Says that the chain or the pool changed by itself: a block was mined here, a transaction made here. Peers
    /// are told.
    pub async fn changed(&self) {
        let _ = self.commands.send(Command::Changed).await;
    }

    /// The state of the node, `None` if it has stopped.
    pub async fn status(&self) -> Option<Status> {
        let (reply, answer) = oneshot::channel();
        self.commands.send(Command::Status(reply)).await.ok()?;
        answer.await.ok()
    }

    /// Waits until the node stops by itself. It does so when a check of the chain panics: whatever is the reason, a
    /// node that goes on would follow nothing any more.
    pub async fn failed(&self) -> NodeFailed {
        let mut failure = self.failure.clone();
        let failed = failure.wait_for(Option::is_some).await.ok().and_then(|failed| failed.clone());
        failed.unwrap_or_else(|| NodeFailed("its task ended".into()))
    }

    /// Addresses worth keeping over a restart, best first.
    pub async fn addresses(&self) -> Vec<Pinned<A>> {
        let (reply, answer) = oneshot::channel();
        let _ = self.commands.send(Command::Addresses(reply)).await;
        answer.await.unwrap_or_default()
    }

    /// Stops: links are closed in good order, the block that is being checked is finished, nothing else is begun.
    pub async fn stop(mut self) {
        self.stopping.store(true, Ordering::SeqCst);
        let _ = self.commands.send(Command::Stop).await;
        let _ = (&mut self.task).await;
    }
}
