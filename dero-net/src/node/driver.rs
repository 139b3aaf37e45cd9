//! The task that holds the state of a node.

use core::time::Duration;
use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use rand_core::CryptoRng;
use tokio::{
    sync::{Semaphore, broadcast, mpsc},
    task::{AbortHandle, JoinSet},
    time::timeout,
};

use super::{
    Command, NodeEvent, NodeFailed, NodeOptions,
    input::Input,
    link::{self, Queues},
};
use crate::{
    backend::{Backend, BackendError},
    clock::Clock,
    handshake::{Direction, Greeting, Handshake},
    link::Link,
    machine::{LinkId, Machine},
    message::{Message, Tip, control::Role},
    peer::{CloseReason, Limits},
    protocol::{Action, Event, Job, Lane, MAX_QUESTIONS, Protocol, Question},
    transport::{AcceptError, Address, Connection, Origin, PeerId, Transport},
};

/// Messages that may wait for a slow reader. More, and the link ends.
const MESSAGES: usize = 256;
/// Events that wait for the driver, before those who bring them wait. The largest has a megabyte.
const INPUTS: usize = 128;
/// Transactions that are checked at one time.
const POOL_WORKERS: usize = 2;
/// Transactions that wait for a check: more than open links may have waiting. The largest has 192 KiB.
const MAX_WAITING: usize = 512;

/// A link, as the driver holds it.
struct Held<C> {
    peer: PeerId,
    origin: Origin,
    direction: Direction,
    /// Until the greetings begin.
    connection: Option<C>,
    /// Since the greetings began.
    task: Option<Task>,
    up: bool,
    /// What the peer sent is not worth a check.
    banned: Arc<AtomicBool>,
}

struct Task {
    messages: mpsc::Sender<Message>,
    questions: mpsc::Sender<Question>,
    abort: AbortHandle,
}

pub(super) struct Driver<T: Transport, B, C> {
    transport: Arc<T>,
    backend: Arc<B>,
    clock: Arc<C>,
    rng: Box<dyn CryptoRng + Send>,
    protocol: Protocol<T::Address>,
    greeting: Duration,
    closing: Duration,
    links: BTreeMap<LinkId, Held<T::Connection>>,
    /// Of links that ended while transactions of theirs wait for a check: [`Held::banned`].
    ended: BTreeMap<LinkId, Arc<AtomicBool>>,
    next_link: u64,
    inputs: mpsc::Sender<Input<T>>,
    incoming: mpsc::Receiver<Input<T>>,
    chain_jobs: mpsc::UnboundedSender<Job>,
    /// Until the driver runs.
    chain_inbox: Option<mpsc::UnboundedReceiver<Job>>,
    pool_workers: Arc<Semaphore>,
    pool_queue: Arc<Semaphore>,
    /// Accepting, dialling, checking transactions.
    tasks: JoinSet<()>,
    link_tasks: JoinSet<()>,
    events: broadcast::Sender<NodeEvent>,
    tip: Tip,
    stopping: Arc<AtomicBool>,
}

impl<T: Transport, B: Backend, C: Clock> Driver<T, B, C> {
    pub(super) fn new(
        transport: T,
        backend: Arc<B>,
        clock: C,
        options: NodeOptions<T::Address>,
        rng: impl CryptoRng + Send + 'static,
        events: broadcast::Sender<NodeEvent>,
        stopping: &Arc<AtomicBool>,
    ) -> Result<Self, BackendError> {
        let own = transport.reachable().map(|address| address.peer);
        let (tip, header_tip) = (backend.tip()?, backend.header_tip()?);
        let Limits { greeting, closing, .. } = options.limits;
        let mut protocol = Protocol::new(options.limits, backend.limits(), own, options.peers, tip, header_tip);
        protocol.remember(options.known);
        let (inputs, incoming) = mpsc::channel(INPUTS);
        // Bounded by the protocol: a few jobs for each link, one batch of blocks.
        let (chain_jobs, chain_inbox) = mpsc::unbounded_channel();
        Ok(Self {
            transport: Arc::new(transport),
            backend,
            clock: Arc::new(clock),
            rng: Box::new(rng),
            protocol,
            greeting,
            closing,
            links: BTreeMap::new(),
            ended: BTreeMap::new(),
            next_link: 0,
            inputs,
            incoming,
            chain_jobs,
            chain_inbox: Some(chain_inbox),
            pool_workers: Arc::new(Semaphore::new(POOL_WORKERS)),
            pool_queue: Arc::new(Semaphore::new(MAX_WAITING)),
            tasks: JoinSet::new(),
            link_tasks: JoinSet::new(),
            events,
            tip,
            stopping: Arc::clone(stopping),
        })
    }

    pub(super) async fn run(mut self, mut commands: mpsc::Receiver<Command<T::Address>>) -> Result<(), NodeFailed> {
        let mut chain_worker = self.start_chain_worker();
        self.start_accepting();
        self.handle(Event::Wake);
        self.handle(Event::Changed);
        loop {
            let now = self.clock.now();
            let wake = async {
                match self.protocol.wake_at() {
                    Some(at) => tokio::time::sleep(at.since(now).max(Duration::from_millis(1))).await,
                    None => core::future::pending().await,
                }
            };
            tokio::select! {
                command = commands.recv() => match command {
                    Some(Command::Changed) => self.handle(Event::Changed),
                    Some(Command::Status(reply)) => drop(reply.send(self.protocol.status())),
                    Some(Command::Addresses(reply)) => drop(reply.send(self.protocol.addresses())),
                    Some(Command::Stop) | None => break,
                },
                Some(input) = self.incoming.recv() => self.input(input),
                () = wake => self.handle(Event::Wake),
                // Without it nothing would be checked any more, and nobody would know.
                ended = &mut chain_worker => {
                    self.stop().await;
                    return ended.unwrap_or_else(|error| Err(NodeFailed::of(error)));
                }
            }
            while self.tasks.try_join_next().is_some() || self.link_tasks.try_join_next().is_some() {}
        }
        self.stop().await;
        chain_worker.await.unwrap_or_else(|error| Err(NodeFailed::of(error)))
    }

    async fn stop(mut self) {
        self.stopping.store(true, Ordering::SeqCst);
        self.tasks.abort_all();
        // Nothing is read any more; what waits to be sent is sent, then links close.
        drop(self.incoming);
        self.links.clear();
        let closed = async { while self.link_tasks.join_next().await.is_some() {} };
        let _ = timeout(self.closing, closed).await;
    }

    /// Does the work on the chain, until the node stops or a piece of it panics.
    fn start_chain_worker(&mut self) -> tokio::task::JoinHandle<Result<(), NodeFailed>> {
        let inbox = self.chain_inbox.take();
        let (backend, clock, inputs) = (Arc::clone(&self.backend), Arc::clone(&self.clock), self.inputs.clone());
        let stopping = Arc::clone(&self.stopping);
        tokio::spawn(async move {
            let Some(mut inbox) = inbox else { return Ok(()) };
            while let Some(job) = inbox.recv().await {
                if stopping.load(Ordering::SeqCst) {
                    break;
                }
                let (backend, unix) = (Arc::clone(&backend), clock.unix());
                let done = tokio::task::spawn_blocking(move || job.run(&*backend, unix)).await;
                let report = done.map_err(NodeFailed::of)?;
                if inputs.send(Input::Event(Event::Done(report))).await.is_err() {
                    break;
                }
            }
            Ok(())
        })
    }

    fn start_accepting(&mut self) {
        let (transport, inputs) = (Arc::clone(&self.transport), self.inputs.clone());
        self.tasks.spawn(async move {
            loop {
                let input = match transport.accept().await {
                    Ok(connection) => Input::Accepted(connection),
                    Err(AcceptError::Handshake { from, cause }) => {
                        Input::Dropped { from, cause: cause.to_string() }
                    }
                    Err(_) => return,
                };
                if inputs.send(input).await.is_err() {
                    return;
                }
            }
        });
    }

    fn emit(&self, event: NodeEvent) {
        tracing::debug!(?event);
        // Nobody may be listening.
        let _ = self.events.send(event);
    }

    fn input(&mut self, input: Input<T>) {
        match input {
            Input::Event(event) => self.handle(event),
            Input::Accepted(connection) => self.connected(connection, Direction::Inbound),
            Input::Dropped { from, cause } => self.emit(NodeEvent::CallerDropped { from, cause }),
            Input::Dialled(_, Ok(connection)) => self.connected(connection, Direction::Outbound),
            Input::Dialled(address, Err(error)) => {
                let wrong_peer = error.is_wrong_peer();
                self.emit(NodeEvent::DialFailed {
                    address: address.to_string(),
                    cause: error.to_string(),
                    wrong_peer,
                });
                self.handle(Event::DialFailed { peer: address.peer });
            }
            Input::Greeted { link, greeted, security } => {
                let Some(held) = self.links.get_mut(&link) else { return };
                held.up = true;
                let up = NodeEvent::PeerUp {
                    peer: held.peer,
                    origin: held.origin.clone(),
                    direction: held.direction,
                    role: greeted.role,
                    security,
                };
                self.emit(up);
                self.handle(Event::Greeted { link, greeted });
            }
            Input::Ended { link, error } => {
                if self.forget(link, &error.to_string()) {
                    self.handle(Event::Closed { link, fault: error.is_fault() });
                }
            }
        }
    }

    fn connected(&mut self, connection: T::Connection, direction: Direction) {
        self.next_link += 1;
        let link = LinkId(self.next_link);
        let (peer, origin) = (connection.peer(), connection.origin());
        let held = Held {
            peer,
            origin: origin.clone(),
            direction,
            connection: Some(connection),
            task: None,
            up: false,
            banned: Arc::default(),
        };
        self.links.insert(link, held);
        self.handle(Event::Connected { link, peer, origin, direction });
    }

    /// Lets go of a link; false if it was gone.
    fn forget(&mut self, link: LinkId, cause: &str) -> bool {
        let Some(mut held) = self.links.remove(&link) else { return false };
        if let Some(task) = held.task.take() {
            task.abort.abort();
        }
        self.report_end(&held, cause);
        self.remember(link, held.banned);
        true
    }

    /// Ends a link: what waits to be sent is sent, so that the peer reads why, unless it reads too slowly.
    fn close(&mut self, link: LinkId, reason: CloseReason) {
        let is_ban = reason == CloseReason::Banned;
        let Some(mut held) = self.links.remove(&link) else {
            if let Some(banned) = self.ended.remove(&link) {
                banned.store(is_ban, Ordering::SeqCst);
            }
            return;
        };
        held.banned.store(is_ban, Ordering::SeqCst);
        if let Some(Task { abort, .. }) = held.task.take() {
            // Its queues end here, and with them the link.
            let within = if held.up { self.closing } else { Duration::ZERO };
            self.tasks.spawn(async move {
                tokio::time::sleep(within).await;
                abort.abort();
            });
        }
        self.report_end(&held, &reason.to_string());
        self.remember(link, held.banned);
    }

    /// Keeps the mark of a link that ended, as long as work that looks at it waits.
    fn remember(&mut self, link: LinkId, banned: Arc<AtomicBool>) {
        self.ended.insert(link, banned);
        self.ended.retain(|_, banned| Arc::strong_count(banned) > 1);
    }

    fn report_end(&self, held: &Held<T::Connection>, cause: &str) {
        if held.up {
            self.emit(NodeEvent::PeerDown { peer: held.peer, cause: cause.into() });
        } else {
            tracing::debug!(peer = %held.peer, cause, "a link ended before the greetings");
        }
    }

    fn handle(&mut self, event: Event) {
        let mut actions = Vec::new();
        self.protocol.handle(self.clock.now(), &mut *self.rng, event, &mut actions);
        for action in actions {
            self.act(action);
        }
        if self.protocol.tip() != self.tip {
            self.tip = self.protocol.tip();
            self.emit(NodeEvent::Tip(self.tip));
        }
    }

    fn act(&mut self, action: Action<T::Address>) {
        match action {
            Action::Dial(address) => {
                let (transport, inputs) = (Arc::clone(&self.transport), self.inputs.clone());
                self.tasks.spawn(async move {
                    let dialled = transport.dial(&address).await;
                    let _ = inputs.send(Input::Dialled(address, dialled)).await;
                });
            }
            Action::Greet(link) => self.greet(link),
            Action::Charged(charge) => self.emit(NodeEvent::Charged(charge)),
            Action::Close(link, reason) => self.close(link, reason),
            Action::Send(link, message) => self.queue(link, |task| task.messages.try_send(message).is_ok()),
            Action::Answer(link, question) => self.queue(link, |task| task.questions.try_send(question).is_ok()),
            Action::Do(job) => match job.lane() {
                Lane::Chain => drop(self.chain_jobs.send(job)),
                Lane::Pool(link) => self.work(link, job),
            },
        }
    }

    /// Puts something into a queue of a link. A peer that reads too slowly for its queue is left.
    fn queue(&mut self, link: LinkId, put: impl FnOnce(&Task) -> bool) {
        let Some(task) = self.links.get(&link).and_then(|held| held.task.as_ref()) else { return };
        if !put(task) {
            self.forget(link, "the peer reads too slowly");
            self.handle(Event::Closed { link, fault: false });
        }
    }

    fn greet(&mut self, link: LinkId) {
        let greeting = Greeting {
            network: self.backend.network(),
            role: Role::Node,
            tip: self.protocol.tip(),
            listen: self.transport.reachable().filter(|own| own.place.is_specific()).map(|own| own.to_string()),
        };
        let Some(held) = self.links.get_mut(&link) else { return };
        let Some(connection) = held.connection.take() else { return };
        let handshake = Handshake::begin(held.direction, &greeting, &mut *self.rng);
        let (messages, to_send) = mpsc::channel(MESSAGES);
        let (questions, to_answer) = mpsc::channel(MAX_QUESTIONS);
        let queues = Queues { messages: to_send, questions: to_answer };
        let (backend, inputs) = (Arc::clone(&self.backend), self.inputs.clone());
        let greet = Link::greet_within(connection, handshake, self.greeting);
        let abort = self.link_tasks.spawn(link::run::<T>(link, greet, queues, backend, inputs));
        held.task = Some(Task { messages, questions, abort });
    }

    fn work(&mut self, link: LinkId, job: Job) {
        let Some(banned) = self.links.get(&link).map(|held| Arc::clone(&held.banned)) else { return };
        let undone = job.undone();
        let Ok(place) = Arc::clone(&self.pool_queue).try_acquire_owned() else {
            return undone.into_iter().for_each(|report| self.handle(Event::Done(report)));
        };
        let (backend, unix, inputs) = (Arc::clone(&self.backend), self.clock.unix(), self.inputs.clone());
        let workers = Arc::clone(&self.pool_workers);
        self.tasks.spawn(async move {
            let _place = place;
            let Ok(_permit) = workers.acquire().await else { return };
            if banned.load(Ordering::SeqCst) {
                return;
            }
            let done = tokio::task::spawn_blocking(move || job.run(&*backend, unix)).await;
            if let Some(report) = done.ok().or(undone) {
                let _ = inputs.send(Input::Event(Event::Done(report))).await;
            }
        });
    }
}
