//! A whole network in one thread, repeated by its seed.
//!
//! The nodes are the real [`Protocol`] over [`ToyChain`]s. Messages travel as the real frames, through wires that
//! delay them, lose them, are cut, or belong to peers with [`Malice`]. Time is a number; one queue holds all that
//! will happen; nothing else is random than the seed. The same seed gives the same run to the last event, which
//! [`Simulation::fingerprint`] shows.

use core::{ops::Range, time::Duration};
use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet, BinaryHeap, VecDeque},
};

use dero_crypto::{NetworkId, group::hash::Digest};
use rand_core::Rng as _;

use super::{SeededRng, ToyChain};
use crate::{
    backend::Backend,
    clock::Time,
    handshake::{Direction, Greeting, Handshake},
    machine::{LinkId, Machine, below},
    message::{
        Bounded, Message, Tip,
        chain::Part,
        codec::{Assembler, to_frames},
        control::Role,
        relay::{AnnounceTransactions, Name},
    },
    peer::Limits,
    protocol::{Action, Answer, Event, Job, Lane, Protocol, Question, Report, Status},
    transport::{Address, PeerId, Pinned, memory::MemoryAddress},
};

const FINGERPRINT: Digest<32> = Digest::new("net/simulation");
/// Seconds since 1970 at the start.
const UNIX_START: u64 = 1_700_000_000;

/// What the wires are like.
#[derive(Clone, Debug)]
pub struct Conditions {
    /// Milliseconds that a message takes.
    pub delay_ms: Range<u64>,
    /// Of a million messages, so many are lost.
    pub lost_per_million: u64,
    /// Of a million messages, so many cut their connection.
    pub cut_per_million: u64,
    /// Milliseconds that work takes.
    pub work_ms: Range<u64>,
}

impl Default for Conditions {
    fn default() -> Self {
        Self { delay_ms: 20..200, lost_per_million: 0, cut_per_million: 0, work_ms: 1..20 }
    }
}

/// What a bad node does beside what a good one does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Malice {
    /// Answers no question.
    Stalls,
    /// Claims far more work than it has.
    Boasts,
    /// Sends blocks with another body.
    SpoilsBlocks,
    /// Sends transactions with other bytes.
    SpoilsTransactions,
    /// Announces a thousand transactions a second that nobody has.
    Floods,
    /// Sends an answer for every message it gets.
    Babbles,
}

#[derive(Debug)]
enum Happening {
    /// A frame arrives at a side of a wire.
    Frames {
        wire: usize,
        to: usize,
        frames: Vec<Vec<u8>>,
    },
    Cut {
        wire: usize,
    },
    Dialled {
        node: usize,
        address: Pinned<MemoryAddress>,
    },
    /// Work begins, and finds the chain as it is then. What came of it is told when it ends.
    Begins {
        node: usize,
        life: u64,
        job: Job,
        ends: Time,
    },
    Worked {
        node: usize,
        life: u64,
        report: Report,
    },
    /// The next message of the answer that a link is being given.
    Answers {
        node: usize,
        life: u64,
        link: LinkId,
    },
    Wake {
        node: usize,
        life: u64,
    },
    Mischief {
        node: usize,
    },
}

#[derive(Debug)]
struct Due {
    at: Time,
    order: u64,
    what: Happening,
}

impl PartialEq for Due {
    fn eq(&self, other: &Self) -> bool {
        self.order == other.order
    }
}
impl Eq for Due {}
impl PartialOrd for Due {
    fn partial_cmp(&self, other: &Self) -> Option<core::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Due {
    fn cmp(&self, other: &Self) -> core::cmp::Ordering {
        (self.at, self.order).cmp(&(other.at, other.order))
    }
}

#[derive(Debug)]
struct Node {
    protocol: Protocol<MemoryAddress>,
    chain: ToyChain,
    id: PeerId,
    malice: Option<Malice>,
    /// Counts restarts; what was begun in an earlier life is void.
    life: u64,
    links: BTreeMap<LinkId, NodeLink>,
    next_link: u64,
    wake_at: Option<Time>,
    chain_free_at: Time,
}

#[derive(Debug)]
struct NodeLink {
    wire: usize,
    side: usize,
    handshake: Option<Handshake>,
    assembler: Assembler,
    questions: VecDeque<Answer>,
}

#[derive(Debug)]
struct Wire {
    nodes: [usize; 2],
    links: [LinkId; 2],
    open: bool,
    /// Messages arrive in order: none before the one before it.
    arrived: [Time; 2],
}

/// The network.
#[derive(Debug)]
pub struct Simulation {
    seed: u64,
    rng: SeededRng,
    conditions: Conditions,
    now: Time,
    queue: BinaryHeap<Reverse<Due>>,
    order: u64,
    nodes: Vec<Node>,
    wires: Vec<Wire>,
    /// Nodes of one part reach each other only.
    part: Vec<usize>,
    limits: Limits,
    peers: Vec<Vec<Pinned<MemoryAddress>>>,
    events: u64,
    fingerprint: [u8; 32],
}

impl Simulation {
    /// A network of `count` nodes, each of which dials the next two.
    #[must_use]
    pub fn new(seed: u64, count: usize, conditions: Conditions) -> Self {
        let limits = Limits::local();
        let id = |n: usize| {
            let mut id = [0; 32];
            id[..8].copy_from_slice(&(n as u64 + 1).to_be_bytes());
            PeerId(id)
        };
        let address = |n: usize| Pinned { place: MemoryAddress(u16::try_from(n).unwrap_or(u16::MAX)), peer: id(n) };
        let next = |n: usize| -> Vec<_> {
            let others = [1, 2].map(|step| (n + step) % count);
            others.into_iter().filter(|other| *other != n).map(address).collect()
        };
        let peers: Vec<Vec<_>> = (0..count).map(next).collect();
        let mut simulation = Self {
            seed,
            rng: SeededRng::new(seed),
            conditions,
            now: Time::START,
            queue: BinaryHeap::new(),
            order: 0,
            nodes: Vec::new(),
            wires: Vec::new(),
            part: vec![0; count],
            limits,
            peers,
            events: 0,
            fingerprint: [0; 32],
        };
        for n in 0..count {
            let chain = ToyChain::new(NetworkId([5; 32]));
            let protocol = simulation.protocol(n, &chain, id(n));
            simulation.nodes.push(Node {
                protocol,
                chain,
                id: id(n),
                malice: None,
                life: 0,
                links: BTreeMap::new(),
                next_link: 0,
                wake_at: None,
                chain_free_at: Time::START,
            });
        }
        for n in 0..count {
            simulation.start(n);
        }
        simulation
    }

    fn protocol(&self, n: usize, chain: &ToyChain, id: PeerId) -> Protocol<MemoryAddress> {
        let tip = chain.tip().expect("a toy can be read");
        let header_tip = chain.header_tip().expect("a toy can be read");
        Protocol::new(self.limits.clone(), chain.limits(), Some(id), self.peers[n].clone(), tip, header_tip)
    }

    fn start(&mut self, n: usize) {
        self.handle(n, Event::Wake);
        self.handle(n, Event::Changed);
    }

    /// Makes a node bad.
    pub fn corrupt(&mut self, node: usize, malice: Malice) {
        self.nodes[node].malice = Some(malice);
        let at = self.now + Duration::from_secs(1);
        self.at(at, Happening::Mischief { node });
    }

    /// A node mines a block on its tip.
    pub fn mine(&mut self, node: usize) {
        let salt = self.rng.next_u64();
        self.nodes[node].chain.mine(salt);
        self.handle(node, Event::Changed);
    }

    /// A node gets a transaction from its owner.
    pub fn submit(&mut self, node: usize, bytes: &[u8]) {
        let _ = self.nodes[node].chain.add_transaction(bytes, crate::backend::TransactionSource::Wallet);
        self.handle(node, Event::Changed);
    }

    /// Says that a node's chain was changed from outside.
    pub fn changed(&mut self, node: usize) {
        self.handle(node, Event::Changed);
    }

    /// Splits the network: these nodes, and all others.
    pub fn partition(&mut self, nodes: &[usize]) {
        for n in 0..self.nodes.len() {
            self.part[n] = usize::from(nodes.contains(&n));
        }
        let apart = |wire: &Wire| self.part[wire.nodes[0]] != self.part[wire.nodes[1]];
        let cut: Vec<_> =
            (0..self.wires.len()).filter(|at| self.wires[*at].open && apart(&self.wires[*at])).collect();
        for wire in cut {
            self.cut(wire);
        }
    }

    /// Joins the parts.
    pub fn heal(&mut self) {
        self.part.fill(0);
    }

    /// Kills a node and starts it again with the chain that it had.
    pub fn restart(&mut self, node: usize) {
        let wires: Vec<_> = self.nodes[node].links.values().map(|link| link.wire).collect();
        for wire in wires {
            self.cut(wire);
        }
        self.nodes[node].life += 1;
        let protocol = self.protocol(node, &self.nodes[node].chain, self.nodes[node].id);
        self.nodes[node].protocol = protocol;
        self.nodes[node].links.clear();
        self.nodes[node].wake_at = None;
        self.start(node);
    }

    /// Lets time pass.
    pub fn run(&mut self, duration: Duration) {
        let end = self.now + duration;
        while self.queue.peek().is_some_and(|Reverse(due)| due.at <= end) {
            let Some(Reverse(due)) = self.queue.pop() else { break };
            self.now = due.at;
            self.events += 1;
            self.happen(due.what);
        }
        self.now = end;
    }

    /// Lets time pass until all these nodes have one tip and nothing is missing; false if that takes too long.
    pub fn run_until_agreed(&mut self, nodes: &[usize], within: Duration) -> bool {
        let end = self.now + within;
        while self.now < end {
            self.run(Duration::from_millis(500));
            let tips: BTreeSet<_> = nodes.iter().map(|n| self.tip(*n).id).collect();
            if tips.len() == 1 {
                return true;
            }
        }
        false
    }

    /// The tip of a node's chain.
    #[must_use]
    pub fn tip(&self, node: usize) -> Tip {
        self.nodes[node].chain.tip().expect("a toy can be read")
    }

    /// A node's chain.
    #[must_use]
    pub fn chain(&self, node: usize) -> &ToyChain {
        &self.nodes[node].chain
    }

    /// A node's state.
    #[must_use]
    pub fn status(&self, node: usize) -> Status {
        self.nodes[node].protocol.status()
    }

    /// The nodes to which a node has a link.
    #[must_use]
    pub fn linked(&self, node: usize) -> BTreeSet<usize> {
        let open = self.wires.iter().filter(|wire| wire.open && wire.nodes.contains(&node));
        open.map(|wire| wire.nodes[usize::from(wire.nodes[0] == node)]).collect()
    }

    /// Whose run this is.
    #[must_use]
    pub const fn seed(&self) -> u64 {
        self.seed
    }

    /// How much happened.
    #[must_use]
    pub const fn events(&self) -> u64 {
        self.events
    }

    /// A hash over everything that was sent, in order.
    #[must_use]
    pub const fn fingerprint(&self) -> [u8; 32] {
        self.fingerprint
    }

    fn at(&mut self, at: Time, what: Happening) {
        self.order += 1;
        self.queue.push(Reverse(Due { at, order: self.order, what }));
    }

    fn draw(&mut self, range: &Range<u64>) -> Duration {
        let span = range.end.saturating_sub(range.start);
        Duration::from_millis(range.start + below(&mut self.rng, span))
    }

    fn strikes(&mut self, per_million: u64) -> bool {
        per_million > 0 && below(&mut self.rng, 1_000_000) < per_million
    }

    fn happen(&mut self, what: Happening) {
        match what {
            Happening::Frames { wire, to, frames } => self.arrive(wire, to, &frames),
            Happening::Cut { wire } => self.cut(wire),
            Happening::Dialled { node, address } => self.dialled(node, &address),
            Happening::Begins { node, life, job, ends } => {
                if self.nodes[node].life == life {
                    let unix = UNIX_START + self.now.as_millis() / 1000;
                    let report = job.run(&self.nodes[node].chain, unix);
                    self.at(ends, Happening::Worked { node, life, report });
                }
            }
            Happening::Worked { node, life, report } => {
                if self.nodes[node].life == life {
                    self.handle(node, Event::Done(report));
                }
            }
            Happening::Answers { node, life, link } => self.answer(node, life, link),
            Happening::Wake { node, life } => {
                if self.nodes[node].life == life && self.nodes[node].wake_at.is_some_and(|at| at <= self.now) {
                    self.nodes[node].wake_at = None;
                    self.handle(node, Event::Wake);
                }
            }
            Happening::Mischief { node } => self.mischief(node),
        }
    }

    fn handle(&mut self, node: usize, event: Event) {
        let mut actions = Vec::new();
        self.nodes[node].protocol.handle(self.now, &mut self.rng, event, &mut actions);
        for action in actions {
            self.act(node, action);
        }
        let wanted = self.nodes[node].protocol.wake_at();
        if let Some(at) = wanted.filter(|at| self.nodes[node].wake_at.is_none_or(|set| *at < set)) {
            self.nodes[node].wake_at = Some(at);
            let life = self.nodes[node].life;
            self.at(at.max(self.now), Happening::Wake { node, life });
        }
    }

    fn act(&mut self, node: usize, action: Action<MemoryAddress>) {
        match action {
            Action::Dial(address) => {
                let after = self.draw(&self.conditions.delay_ms.clone());
                self.at(self.now + after, Happening::Dialled { node, address });
            }
            Action::Greet(link) => self.greet(node, link),
            Action::Charged(_) => (),
            Action::Close(link, _) => {
                if let Some(wire) = self.nodes[node].links.get(&link).map(|link| link.wire) {
                    // This side hears no more of it; the other one hears the end.
                    self.nodes[node].links.remove(&link);
                    self.cut(wire);
                }
            }
            Action::Send(link, message) => self.send(node, link, message),
            Action::Answer(link, question) => self.question(node, link, question),
            Action::Do(job) => {
                let took = self.draw(&self.conditions.work_ms.clone());
                let life = self.nodes[node].life;
                let begins = match job.lane() {
                    Lane::Chain => self.nodes[node].chain_free_at.max(self.now),
                    Lane::Pool(_) => self.now,
                };
                let ends = begins + took;
                if job.lane() == Lane::Chain {
                    self.nodes[node].chain_free_at = ends;
                }
                self.at(begins, Happening::Begins { node, life, job, ends });
            }
        }
    }

    fn dialled(&mut self, node: usize, address: &Pinned<MemoryAddress>) {
        let other = usize::from(address.place.0);
        let there = other < self.nodes.len() && self.part[node] == self.part[other];
        if !there || self.nodes[other].id != address.peer {
            return self.handle(node, Event::DialFailed { peer: address.peer });
        }
        let wire = self.wires.len();
        let nodes = [node, other];
        let links = nodes.map(|n| {
            self.nodes[n].next_link += 1;
            LinkId(self.nodes[n].next_link)
        });
        self.wires.push(Wire { nodes, links, open: true, arrived: [self.now; 2] });
        for side in 0..2 {
            let link = NodeLink {
                wire,
                side,
                handshake: None,
                assembler: Assembler::default(),
                questions: VecDeque::new(),
            };
            self.nodes[nodes[side]].links.insert(links[side], link);
        }
        for side in [1, 0] {
            let far = nodes[1 - side];
            let event = Event::Connected {
                link: links[side],
                peer: self.nodes[far].id,
                origin: MemoryAddress(u16::try_from(far).unwrap_or(u16::MAX)).origin(),
                direction: if side == 0 { Direction::Outbound } else { Direction::Inbound },
            };
            self.handle(nodes[side], event);
        }
    }

    fn greet(&mut self, node: usize, link: LinkId) {
        let mut tip = self.nodes[node].protocol.tip();
        if self.nodes[node].malice == Some(Malice::Boasts) {
            tip = Tip { height: tip.height + 1_000, id: [9; 32], work: [0xff; 32] };
        }
        let greeting = Greeting { network: self.nodes[node].chain.network(), role: Role::Node, tip, listen: None };
        let Some(held) = self.nodes[node].links.get_mut(&link) else { return };
        let direction = if held.side == 0 { Direction::Outbound } else { Direction::Inbound };
        let handshake = Handshake::begin(direction, &greeting, &mut self.rng);
        let first = handshake.first();
        held.handshake = Some(handshake);
        if let Some(first) = first {
            self.transmit(node, link, &first);
        }
    }

    fn send(&mut self, node: usize, link: LinkId, message: Message) {
        match (self.nodes[node].malice, message) {
            (Some(Malice::Stalls), Message::Part(_) | Message::Transaction(_)) => (),
            (Some(Malice::SpoilsBlocks), Message::Part(part)) if part.bytes.len() > 400 => {
                let mut bytes = part.bytes.clone().into_vec();
                if let Some(last) = bytes.last_mut() {
                    *last ^= 1;
                }
                let bytes = crate::message::Bytes::new(bytes).unwrap_or_default();
                self.transmit(node, link, &Part { bytes, ..part }.into());
            }
            (Some(Malice::SpoilsTransactions), Message::Transaction(mut transaction)) => {
                let bytes = transaction.bytes.take().map(|_| super::toy_chain::SPOILT.to_vec());
                transaction.bytes = bytes.and_then(|bytes| crate::message::Bytes::new(bytes).ok());
                self.transmit(node, link, &transaction.into());
            }
            (_, message) => self.transmit(node, link, &message),
        }
    }

    fn transmit(&mut self, node: usize, link: LinkId, message: &Message) {
        let Some((wire, side)) = self.nodes[node].links.get(&link).map(|link| (link.wire, link.side)) else {
            return;
        };
        if !self.wires[wire].open {
            return;
        }
        let frames = to_frames(message);
        for frame in &frames {
            let head = [(self.now.as_millis()).to_le_bytes(), (wire as u64).to_le_bytes()].concat();
            self.fingerprint = FINGERPRINT.hash(&[&self.fingerprint, &head, frame]);
        }
        // Greetings are not lost: a transport that loses them is no connection.
        let greeting = matches!(message, Message::Hello(_));
        if !greeting && self.strikes(self.conditions.lost_per_million) {
            return;
        }
        if self.strikes(self.conditions.cut_per_million) {
            let after = self.draw(&self.conditions.delay_ms.clone());
            self.at(self.now + after, Happening::Cut { wire });
            return;
        }
        let to = 1 - side;
        let at = (self.now + self.draw(&self.conditions.delay_ms.clone())).max(self.wires[wire].arrived[to]);
        self.wires[wire].arrived[to] = at;
        self.at(at, Happening::Frames { wire, to, frames });
    }

    fn arrive(&mut self, wire: usize, to: usize, frames: &[Vec<u8>]) {
        if !self.wires[wire].open {
            return;
        }
        let (node, link) = (self.wires[wire].nodes[to], self.wires[wire].links[to]);
        let Some(held) = self.nodes[node].links.get_mut(&link) else { return };
        let mut message = None;
        for frame in frames {
            match held.assembler.push(frame) {
                Ok(found) => message = found,
                Err(_) => return self.end(wire, Some((node, true))),
            }
        }
        let Some(message) = message else { return };
        if let Some(handshake) = held.handshake.take() {
            let peer = self.nodes[self.wires[wire].nodes[1 - to]].id;
            match handshake.answer(peer, &message) {
                Ok((greeted, answer)) => {
                    if let Some(answer) = answer {
                        self.transmit(node, link, &answer);
                    }
                    self.handle(node, Event::Greeted { link, greeted });
                }
                Err(_) => self.end(wire, Some((node, false))),
            }
            return;
        }
        if self.nodes[node].malice == Some(Malice::Babbles) {
            let babble = Part { request: 12, end: true, bytes: crate::message::Bytes::default() };
            self.transmit(node, link, &babble.into());
        }
        self.handle(node, Event::Received { link, message });
    }

    fn cut(&mut self, wire: usize) {
        self.end(wire, None);
    }

    /// Ends a wire; both sides hear of it, one of them perhaps as a fault of the other.
    fn end(&mut self, wire: usize, faulty: Option<(usize, bool)>) {
        if !core::mem::replace(&mut self.wires[wire].open, false) {
            return;
        }
        for side in 0..2 {
            let (node, link) = (self.wires[wire].nodes[side], self.wires[wire].links[side]);
            if self.nodes[node].links.remove(&link).is_some() {
                let fault = faulty == Some((node, true));
                self.handle(node, Event::Closed { link, fault });
            }
        }
    }

    fn question(&mut self, node: usize, link: LinkId, question: Question) {
        let life = self.nodes[node].life;
        let Some(held) = self.nodes[node].links.get_mut(&link) else { return };
        held.questions.push_back(Answer::new(question));
        if held.questions.len() == 1 {
            self.at(self.now + Duration::from_millis(1), Happening::Answers { node, life, link });
        }
    }

    fn answer(&mut self, node: usize, life: u64, link: LinkId) {
        let owner = &mut self.nodes[node];
        if owner.life != life {
            return;
        }
        let Some(held) = owner.links.get_mut(&link) else { return };
        let Some(answer) = held.questions.front_mut() else { return };
        let message = answer.next(&owner.chain);
        let done = message.is_none();
        if done {
            held.questions.pop_front();
        }
        let more = !held.questions.is_empty();
        if let Some(message) = message {
            self.send(node, link, message);
        }
        if done {
            self.handle(node, Event::Answered { link });
        }
        if more {
            self.at(self.now + Duration::from_millis(1), Happening::Answers { node, life, link });
        }
    }

    fn mischief(&mut self, node: usize) {
        if self.nodes[node].malice == Some(Malice::Floods) {
            let links: Vec<_> = self.nodes[node].links.keys().copied().collect();
            for link in links {
                let names = (0..1000).map(|_| Name::Short(self.rng.next_u64().to_le_bytes())).collect();
                self.transmit(node, link, &AnnounceTransactions { names: Bounded::front(names) }.into());
            }
        }
        let at = self.now + Duration::from_secs(1);
        self.at(at, Happening::Mischief { node });
    }
}
