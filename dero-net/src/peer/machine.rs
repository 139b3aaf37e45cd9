//! The links of a node: how many, with whom, how long.
//!
//! Time and events in, decisions out. A link is *connected* when the transport authenticated it, *greeted* when the
//! peer named its role. The machine dials until it has enough outbound links, refuses or evicts inbound ones by
//! rule, pings what is silent, charges faults, and trades addresses.

use core::time::Duration;
use std::collections::{BTreeMap, VecDeque};

use rand_core::CryptoRng;

use super::{
    book::Book,
    score::{BAN_AT, Fault, Scores, Who},
};
use crate::{
    clock::Time,
    handshake::Direction,
    machine::{LinkId, Machine, below, earlier},
    message::{control::Role, limits::MAX_ADDRESSES},
    transport::{Address, Origin, PeerId, Pinned},
};

/// Silence after which a peer is pinged.
pub const PING_AFTER: Duration = Duration::from_secs(30);
/// Silence after which a link ends.
pub const SILENT_AFTER: Duration = Duration::from_secs(90);
/// Time that a link has left after [`Limits::greeting`] to report that it ended.
const REPORT_WITHIN: Duration = Duration::from_secs(5);
/// Time between two answers with addresses on one link.
pub const ADDRESSES_EVERY: Duration = Duration::from_secs(31);
/// Time after which an address book that is not full asks again.
pub const ASK_EVERY: Duration = Duration::from_secs(600);
/// Peers of the last run that are dialled before all others: whoever floods the address book meanwhile does not choose
/// every link of a node that starts again.
pub const ANCHORS: usize = 2;
/// Links that ended after their greetings and whose peers are known still: what they sent may be under check, and is
/// charged to them.
pub const MAX_ENDED: usize = 256;
/// Time for a dial, after which another one may begin.
const DIAL_WITHIN: Duration = Duration::from_secs(30);

/// How many links of which kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Links that this side dialled.
    pub outbound: usize,
    /// Links of nodes that called.
    pub inbound: usize,
    /// Links of wallets.
    pub wallets: usize,
    /// Links of nodes at one host, both directions.
    pub per_host: usize,
    /// Inbound links of nodes of one group of neighbours.
    pub inbound_per_group: usize,
    /// Outbound links to one group of neighbours, the operator's own addresses aside.
    pub outbound_per_group: usize,
    /// Links of wallets of one group of neighbours.
    pub wallets_per_group: usize,
    /// Whether hosts are charged and banned beside keys.
    pub charge_hosts: bool,
    /// Time for the greetings, from the transport's handshake on.
    pub greeting: Duration,
    /// Time for a link that this side ends to send what waits and close.
    pub closing: Duration,
}

impl Limits {
    /// For public networks.
    #[must_use]
    pub const fn public() -> Self {
        Self {
            outbound: 12,
            inbound: 64,
            wallets: 64,
            per_host: 1,
            inbound_per_group: 4,
            outbound_per_group: 1,
            wallets_per_group: 16,
            charge_hosts: true,
            greeting: Duration::from_secs(10),
            closing: Duration::from_secs(1),
        }
    }

    /// For networks on one machine or in one room, where everybody has the same address.
    #[must_use]
    pub const fn local() -> Self {
        Self {
            per_host: usize::MAX,
            inbound_per_group: usize::MAX,
            outbound_per_group: usize::MAX,
            wallets_per_group: usize::MAX,
            charge_hosts: false,
            ..Self::public()
        }
    }
}

/// What happens.
#[derive(Clone, Debug)]
pub enum Event<A> {
    /// The node starts, or the time of [`Machine::wake_at`] has come.
    Wake,
    /// A transport handshake is done.
    Connected {
        /// The link.
        link: LinkId,
        /// Who.
        peer: PeerId,
        /// From where.
        origin: Origin,
        /// Who began.
        direction: Direction,
    },
    /// A dial failed.
    DialFailed {
        /// Who was dialled.
        peer: PeerId,
    },
    /// The greetings are done.
    Greeted {
        /// The link.
        link: LinkId,
        /// What the peer is.
        role: Role,
        /// Where it says that it listens; the pin is that of the link.
        listen: Option<A>,
    },
    /// A link ended.
    Closed {
        /// The link.
        link: LinkId,
    },
    /// A message came.
    Heard {
        /// The link.
        link: LinkId,
    },
    /// A ping was answered.
    Pong {
        /// The link.
        link: LinkId,
        /// Its number.
        nonce: u64,
    },
    /// Something came that was of use.
    Useful {
        /// The link.
        link: LinkId,
        /// How many bytes.
        bytes: usize,
    },
    /// A peer did something wrong.
    Faulty {
        /// The link.
        link: LinkId,
        /// What.
        fault: Fault,
    },
    /// A peer asks for addresses.
    AddressesAsked {
        /// The link.
        link: LinkId,
    },
    /// A peer tells addresses.
    AddressesTold {
        /// The link.
        link: LinkId,
        /// The addresses.
        list: Vec<Pinned<A>>,
    },
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action<A> {
    /// Dial.
    Dial(Pinned<A>),
    /// Begin the greetings.
    Greet(LinkId),
    /// The link may carry the protocol.
    Open(LinkId),
    /// End the link. One that ended already is named again when its peer is banned.
    Close(LinkId, CloseReason),
    /// Ping.
    Ping(LinkId, u64),
    /// Ask for addresses.
    AskAddresses(LinkId),
    /// Tell addresses.
    TellAddresses(LinkId, Vec<Pinned<A>>),
    /// Say that a peer was charged; nothing has to be done.
    Charged(Charge),
}

/// A fault of a peer, for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Charge {
    /// Whose.
    pub peer: PeerId,
    /// What it did.
    pub fault: Fault,
    /// Its score now: the sum of its faults.
    pub score: u32,
    /// Whether it is banned for it.
    pub banned: bool,
}

/// Why a link ends on this side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CloseReason {
    /// The peer or its host is banned.
    #[error("the peer is banned")]
    Banned,
    /// The peer is this node.
    #[error("the peer is this node itself")]
    Myself,
    /// Another link to the same peer stays.
    #[error("another link to the same peer stays")]
    Duplicate,
    /// Too many links.
    #[error("too many links {0}")]
    TooMany(&'static str),
    /// Its place went to a peer from a less crowded neighbourhood.
    #[error("its place went to a peer from elsewhere")]
    Evicted,
    /// Nothing came for too long.
    #[error("the peer is silent")]
    Silent,
    /// A fault that ends a link.
    #[error("the peer sent {0}")]
    Faulty(Fault),
    /// The node stops.
    #[error("the node stops")]
    Stopping,
}

/// A link, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkStatus {
    /// The link.
    pub link: LinkId,
    /// Who.
    pub peer: PeerId,
    /// From where.
    pub origin: Origin,
    /// Who began.
    pub direction: Direction,
    /// What it is, once it said so.
    pub role: Option<Role>,
    /// Bytes that were of use.
    pub useful_bytes: u64,
    /// The score: the sum of its faults.
    pub faults: u32,
    /// Time from ping to pong, the last one.
    pub latency: Option<Duration>,
}

#[derive(Debug)]
struct Held {
    peer: PeerId,
    origin: Origin,
    direction: Direction,
    role: Option<Role>,
    since: Time,
    heard: Time,
    ping: Option<(u64, Time)>,
    latency: Option<Duration>,
    useful: u64,
    told_addresses: Option<Time>,
    asked_addresses: Option<Time>,
    owes_addresses: bool,
}

impl Held {
    fn is(&self, direction: Direction, role: Role) -> bool {
        self.direction == direction && self.role == Some(role)
    }

    /// The number of a ping to send, if there may be one.
    fn ping(&mut self, now: Time, rng: &mut dyn CryptoRng) -> Option<u64> {
        if self.role.is_none() || self.ping.is_some() {
            return None;
        }
        let nonce = rng.next_u64();
        self.ping = Some((nonce, now));
        Some(nonce)
    }

    /// When something is to be done about this link.
    fn wake_at(&self, limits: &Limits) -> Time {
        match (self.role, &self.ping) {
            (None, _) => self.since + limits.greeting + REPORT_WITHIN,
            (Some(_), Some(_)) => self.heard + SILENT_AFTER,
            (Some(_), None) => self.heard + PING_AFTER,
        }
    }
}

/// The links of a node.
#[derive(Debug)]
pub struct PeerManager<A> {
    limits: Limits,
    own: Option<PeerId>,
    book: Book<A>,
    scores: Scores,
    links: BTreeMap<LinkId, Held>,
    /// Links that ended after their greetings, the last at the back.
    ended: VecDeque<(LinkId, PeerId, Origin)>,
    dialling: BTreeMap<PeerId, (Time, Origin)>,
    anchors: Vec<PeerId>,
    now: Time,
    wake_at: Option<Time>,
}

impl<A: Address> PeerManager<A> {
    /// A node that is `own`, and dials the peers of its operator for ever.
    #[must_use]
    pub fn new(limits: Limits, own: Option<PeerId>, peers: impl IntoIterator<Item = Pinned<A>>) -> Self {
        Self {
            limits,
            own,
            book: Book::new(peers),
            scores: Scores::default(),
            links: BTreeMap::new(),
            ended: VecDeque::new(),
            dialling: BTreeMap::new(),
            anchors: Vec::new(),
            now: Time::START,
            wake_at: Some(Time::START),
        }
    }

    /// Takes back what [`Self::addresses`] told before a restart. The first [`ANCHORS`] are dialled before others.
    pub fn remember(&mut self, addresses: impl IntoIterator<Item = Pinned<A>>) {
        for address in addresses {
            if self.anchors.len() < ANCHORS {
                self.anchors.push(address.peer);
            }
            self.book.learn(self.now, address);
        }
    }

    /// Every link.
    #[must_use]
    pub fn status(&self) -> Vec<LinkStatus> {
        let status = |(link, held): (&LinkId, &Held)| LinkStatus {
            link: *link,
            peer: held.peer,
            origin: held.origin.clone(),
            direction: held.direction,
            role: held.role,
            useful_bytes: held.useful,
            faults: self.scores.points(self.now, &Who::Peer(held.peer)),
            latency: held.latency,
        };
        self.links.iter().map(status).collect()
    }

    /// Whether a link stands.
    #[must_use]
    pub fn has(&self, link: LinkId) -> bool {
        self.links.contains_key(&link)
    }

    /// Addresses to dial first after a restart: those of outbound links, the oldest first, then the anchors of this
    /// run, then the others.
    #[must_use]
    pub fn addresses(&self) -> Vec<Pinned<A>> {
        let outbound: BTreeMap<PeerId, Time> = self
            .links
            .values()
            .filter(|held| held.is(Direction::Outbound, Role::Node))
            .map(|held| (held.peer, held.since))
            .collect();
        let mut addresses: Vec<_> = self.book.all().collect();
        addresses.sort_by_key(|address| match outbound.get(&address.peer) {
            Some(since) => (0, *since),
            None if self.anchors.contains(&address.peer) => (1, Time::START),
            None => (2, Time::START),
        });
        addresses
    }

    /// How many peers and hosts are banned.
    #[must_use]
    pub fn banned(&self) -> usize {
        self.scores.banned(self.now)
    }

    fn whos(&self, peer: PeerId, origin: &Origin) -> Vec<Who> {
        let mut whos = vec![Who::Peer(peer)];
        if self.limits.charge_hosts {
            whos.push(Who::Host(origin.host.clone()));
        }
        whos
    }

    fn is_banned(&self, peer: PeerId, origin: &Origin) -> bool {
        self.whos(peer, origin).iter().any(|who| self.scores.is_banned(self.now, who))
    }

    fn count(&self, holds: impl Fn(&Held) -> bool) -> usize {
        self.links.values().filter(|held| holds(held)).count()
    }

    /// Lets go of a link and remembers whose it was, if anything but greetings can have come over it.
    fn end(&mut self, link: LinkId) -> Option<Held> {
        let held = self.links.remove(&link)?;
        if held.role.is_some() {
            if self.ended.len() == MAX_ENDED {
                self.ended.pop_front();
            }
            self.ended.push_back((link, held.peer, held.origin.clone()));
        }
        Some(held)
    }

    fn close(&mut self, link: LinkId, reason: CloseReason, out: &mut Vec<Action<A>>) {
        if let Some(held) = self.end(link) {
            if held.direction == Direction::Outbound {
                self.book.lost(self.now, held.peer);
            }
            out.push(Action::Close(link, reason));
        }
    }

    fn connected(
        &mut self,
        rng: &mut dyn CryptoRng,
        link: LinkId,
        peer: PeerId,
        origin: Origin,
        direction: Direction,
        out: &mut Vec<Action<A>>,
    ) {
        if direction == Direction::Outbound {
            self.dialling.remove(&peer);
            self.book.succeeded(peer);
        }
        let refuse = |out: &mut Vec<Action<A>>, reason| out.push(Action::Close(link, reason));
        if self.own == Some(peer) {
            self.book.forget(peer);
            return refuse(out, CloseReason::Myself);
        }
        if self.is_banned(peer, &origin) {
            return refuse(out, CloseReason::Banned);
        }
        let inbound = self.count(|held| held.direction == Direction::Inbound);
        if direction == Direction::Inbound && inbound > self.limits.inbound + self.limits.wallets {
            return refuse(out, CloseReason::TooMany("in all"));
        }
        if let Some((other, held)) = self.links.iter_mut().find(|(_, held)| held.peer == peer) {
            let other = *other;
            // Both may have dialled at once, and both must keep the same link: the one that the smaller key dialled.
            // A second link in one direction means that the peer lost the first.
            let by_smaller = |direction| (direction == Direction::Outbound) == (self.own < Some(peer));
            if held.direction == direction || by_smaller(direction) {
                self.close(other, CloseReason::Duplicate, out);
            } else {
                // If the peer lost it, this breaks it.
                out.extend(held.ping(self.now, rng).map(|nonce| Action::Ping(other, nonce)));
                return refuse(out, CloseReason::Duplicate);
            }
        }
        let held = Held {
            peer,
            origin,
            direction,
            role: None,
            since: self.now,
            heard: self.now,
            ping: None,
            latency: None,
            useful: 0,
            told_addresses: None,
            asked_addresses: None,
            owes_addresses: false,
        };
        self.links.insert(link, held);
        out.push(Action::Greet(link));
    }

    fn greeted(&mut self, link: LinkId, role: Role, listen: Option<A>, out: &mut Vec<Action<A>>) {
        let Some(held) = self.links.get(&link) else { return };
        let (peer, direction, origin) = (held.peer, held.direction, held.origin.clone());
        let (host, group) = (&origin.host, &origin.group);
        let reason = match (direction, role) {
            (Direction::Outbound, _) => None,
            (Direction::Inbound, Role::Wallet) => {
                let wallets = |held: &Held| held.is(Direction::Inbound, Role::Wallet);
                if self.count(wallets) >= self.limits.wallets {
                    Some(CloseReason::TooMany("of wallets"))
                } else if self.count(|held| wallets(held) && held.origin.group == *group)
                    >= self.limits.wallets_per_group
                {
                    Some(CloseReason::TooMany("of wallets from one neighbourhood"))
                } else {
                    None
                }
            }
            (Direction::Inbound, Role::Node) => {
                let nodes = |held: &Held| held.is(Direction::Inbound, Role::Node);
                let at_host = |held: &Held| held.role == Some(Role::Node) && held.origin.host == *host;
                if self.count(at_host) >= self.limits.per_host {
                    Some(CloseReason::TooMany("from one host"))
                } else if self.count(|held| nodes(held) && held.origin.group == *group)
                    >= self.limits.inbound_per_group
                {
                    Some(CloseReason::TooMany("from one neighbourhood"))
                } else if self.count(nodes) >= self.limits.inbound && !self.evict_for(group, out) {
                    Some(CloseReason::TooMany("inbound"))
                } else {
                    None
                }
            }
        };
        if let Some(reason) = reason {
            return self.close(link, reason, out);
        }
        let now = self.now;
        if let Some(held) = self.links.get_mut(&link) {
            (held.role, held.heard) = (Some(role), now);
            out.push(Action::Open(link));
        }
        if let Some(place) = listen.filter(|_| role == Role::Node && self.own != Some(peer)) {
            self.book.learn(now, Pinned { place, peer });
        }
    }

    /// Makes room for a node of `group`: the least useful link of the most crowded neighbourhood goes, if that
    /// neighbourhood is more crowded than the newcomer's would be.
    fn evict_for(&mut self, group: &str, out: &mut Vec<Action<A>>) -> bool {
        let mut crowds: BTreeMap<&str, usize> = BTreeMap::new();
        for held in self.links.values().filter(|held| held.is(Direction::Inbound, Role::Node)) {
            *crowds.entry(&held.origin.group).or_default() += 1;
        }
        let newcomers = crowds.get(group).map_or(0, |count| *count) + 1;
        let Some((crowded, count)) = crowds.into_iter().max_by_key(|(_, count)| *count) else { return false };
        if count <= newcomers {
            return false;
        }
        let of_crowd = |held: &Held| held.is(Direction::Inbound, Role::Node) && held.origin.group == crowded;
        let candidates = self.links.iter().filter(|(_, held)| of_crowd(held));
        // Useful bytes protect a link, then age.
        let least = candidates.min_by_key(|(_, held)| (held.useful, core::cmp::Reverse(held.since)));
        let Some(link) = least.map(|(link, _)| *link) else { return false };
        self.close(link, CloseReason::Evicted, out);
        true
    }

    fn faulty(&mut self, link: LinkId, fault: Fault, out: &mut Vec<Action<A>>) {
        let held = self.links.get(&link).map(|held| (held.peer, held.origin.clone()));
        // Whoever hangs up before the verdict is charged all the same, unless it is banned for more already.
        let ended = || {
            let (_, peer, origin) = self.ended.iter().find(|(ended, ..)| *ended == link)?;
            (!self.is_banned(*peer, origin)).then(|| (*peer, origin.clone()))
        };
        let Some((peer, origin)) = held.or_else(ended) else { return };
        let whos = self.whos(peer, &origin);
        let mut banned = false;
        for who in whos {
            banned |= self.scores.charge(self.now, who, fault);
        }
        let score = if banned { BAN_AT } else { self.scores.points(self.now, &Who::Peer(peer)) };
        out.push(Action::Charged(Charge { peer, fault, score, banned }));
        if banned {
            self.close_banned(out);
        } else if fault == Fault::Malformed {
            self.close(link, CloseReason::Faulty(fault), out);
        }
    }

    /// Ends every link of whoever is banned. Of those that ended already, something may wait for a check still.
    fn close_banned(&mut self, out: &mut Vec<Action<A>>) {
        let ended = self.ended.iter().filter(|(_, peer, origin)| self.is_banned(*peer, origin));
        out.extend(ended.map(|(link, ..)| Action::Close(*link, CloseReason::Banned)));
        let open = self.links.iter().filter(|(_, held)| self.is_banned(held.peer, &held.origin));
        let open: Vec<_> = open.map(|(link, _)| *link).collect();
        for link in open {
            self.close(link, CloseReason::Banned, out);
        }
    }

    fn addresses_asked(&mut self, rng: &mut dyn CryptoRng, link: LinkId, out: &mut Vec<Action<A>>) {
        let now = self.now;
        let Some(held) = self.links.get_mut(&link) else { return };
        if held.told_addresses.is_some_and(|told| now.since(told) < ADDRESSES_EVERY) {
            return;
        }
        held.told_addresses = Some(now);
        // Half of the book at most: nobody copies it in one go.
        let mut list: Vec<_> = self.book.all().filter(|address| address.peer != held.peer).collect();
        let count = (list.len().div_ceil(2)).min(MAX_ADDRESSES);
        for at in 0..count {
            let other = at + below(rng, (list.len() - at) as u64) as usize;
            list.swap(at, other);
        }
        list.truncate(count);
        out.push(Action::TellAddresses(link, list));
    }

    fn addresses_told(&mut self, link: LinkId, list: Vec<Pinned<A>>, out: &mut Vec<Action<A>>) {
        let Some(held) = self.links.get_mut(&link) else { return };
        if !core::mem::take(&mut held.owes_addresses) {
            return self.faulty(link, Fault::Unasked, out);
        }
        for address in list.into_iter().take(MAX_ADDRESSES) {
            if Some(address.peer) != self.own {
                self.book.learn(self.now, address);
            }
        }
    }

    /// Looks after every link, then after the number of links.
    fn tend(&mut self, rng: &mut dyn CryptoRng, out: &mut Vec<Action<A>>) {
        let now = self.now;
        let late = |held: &Held| match held.role {
            None => now.since(held.since) >= self.limits.greeting + REPORT_WITHIN,
            Some(_) => now.since(held.heard) >= SILENT_AFTER,
        };
        let silent: Vec<_> = self.links.iter().filter(|(_, held)| late(held)).map(|(link, _)| *link).collect();
        for link in silent {
            self.close(link, CloseReason::Silent, out);
        }
        let hungry = self.book.len() < super::book::MAX_BOOK / 4;
        for (link, held) in self.links.iter_mut().filter(|(_, held)| held.role.is_some()) {
            if now.since(held.heard) >= PING_AFTER {
                out.extend(held.ping(now, rng).map(|nonce| Action::Ping(*link, nonce)));
            }
            let asked_lately = held.asked_addresses.is_some_and(|asked| now.since(asked) < ASK_EVERY);
            if held.direction == Direction::Outbound && hungry && !asked_lately {
                held.asked_addresses = Some(now);
                held.owes_addresses = true;
                out.push(Action::AskAddresses(*link));
            }
        }
        self.dial_more(rng, out);
    }

    fn is_linked(&self, peer: PeerId) -> bool {
        self.dialling.contains_key(&peer) || self.links.values().any(|held| held.peer == peer)
    }

    fn dial_more(&mut self, rng: &mut dyn CryptoRng, out: &mut Vec<Action<A>>) {
        let now = self.now;
        self.dialling.retain(|_, (began, _)| now.since(*began) < DIAL_WITHIN);
        let kept: Vec<_> = self.book.due_kept(now).filter(|address| !self.is_linked(address.peer)).collect();
        for address in kept {
            self.dial(address, out);
        }
        let mut others: Vec<_> =
            self.book.due_learned(now).filter(|address| !self.is_linked(address.peer)).collect();
        while self.outbound() < self.limits.outbound && !others.is_empty() {
            let anchor = others.iter().position(|address| self.anchors.contains(&address.peer));
            let next = anchor.unwrap_or_else(|| below(rng, others.len() as u64) as usize);
            let address = others.swap_remove(next);
            let group = address.place.origin().group;
            let at_group = self.count(|held| held.direction == Direction::Outbound && held.origin.group == group)
                + self.dialling.values().filter(|(_, origin)| origin.group == group).count();
            if at_group < self.limits.outbound_per_group {
                self.dial(address, out);
            }
        }
    }

    fn outbound(&self) -> usize {
        self.dialling.len() + self.count(|held| held.direction == Direction::Outbound)
    }

    fn dial(&mut self, address: Pinned<A>, out: &mut Vec<Action<A>>) {
        let origin = address.place.origin();
        if self.own != Some(address.peer) && !self.is_banned(address.peer, &origin) {
            self.dialling.insert(address.peer, (self.now, origin));
            out.push(Action::Dial(address));
        }
    }
}

impl<A: Address> Machine for PeerManager<A> {
    type Event = Event<A>;
    type Action = Action<A>;

    fn handle(&mut self, now: Time, rng: &mut dyn CryptoRng, event: Event<A>, out: &mut Vec<Action<A>>) {
        self.now = now;
        // These come with every message and change nothing that `tend` looks at, but for the better.
        let light = matches!(event, Event::Heard { .. } | Event::Useful { .. });
        match event {
            Event::Wake => (),
            Event::Connected { link, peer, origin, direction } => {
                self.connected(rng, link, peer, origin, direction, out)
            }
            Event::DialFailed { peer } => {
                self.dialling.remove(&peer);
                self.book.failed(now, rng, peer);
            }
            Event::Greeted { link, role, listen } => self.greeted(link, role, listen, out),
            Event::Closed { link } => {
                if let Some(held) = self.end(link)
                    && held.direction == Direction::Outbound
                {
                    // A link that never got to the greetings is no success.
                    match held.role {
                        Some(_) => self.book.lost(now, held.peer),
                        None => self.book.failed(now, rng, held.peer),
                    }
                }
            }
            Event::Heard { link } => {
                if let Some(held) = self.links.get_mut(&link) {
                    held.heard = now;
                }
            }
            Event::Pong { link, nonce } => match self.links.get_mut(&link) {
                Some(held) if held.ping.is_some_and(|(sent, _)| sent == nonce) => {
                    held.latency = held.ping.take().map(|(_, sent)| now.since(sent));
                }
                _ => self.faulty(link, Fault::Unasked, out),
            },
            Event::Useful { link, bytes } => {
                if let Some(held) = self.links.get_mut(&link) {
                    held.useful = held.useful.saturating_add(bytes as u64);
                }
            }
            Event::Faulty { link, fault } => self.faulty(link, fault, out),
            Event::AddressesAsked { link } => self.addresses_asked(rng, link, out),
            Event::AddressesTold { link, list } => self.addresses_told(link, list, out),
        }
        if light {
            return;
        }
        self.tend(rng, out);
        let links = self.links.values().map(|held| Some(held.wake_at(&self.limits))).fold(None, earlier);
        let dials = self.dialling.values().map(|(began, _)| Some(*began + DIAL_WITHIN)).fold(None, earlier);
        let book = self.book.next_due(self.now, |peer| !self.is_linked(peer));
        self.wake_at = earlier(earlier(links, dials), book);
    }

    fn wake_at(&self) -> Option<Time> {
        self.wake_at
    }
}

#[cfg(test)]
mod tests;
