//! Transactions: announce, then request.
//!
//! A node names what it has checked, in batches at random times; a peer that does not know a name asks for the
//! transaction. Names are salted with a secret of the link, so that nobody can make two transactions that collide
//! elsewhere, and nobody who watches two links can match them. The price is that two names on two links cannot be
//! recognised as one transaction before its bytes are here. So unknown names wait while other bytes are on their
//! way, for a second at most; what arrives settles the names that it fits on every link.
//!
//! What was checked on one branch says little about another. A peer whose tip is not a block of ours is neither told
//! nor asked: names wait until it is on our branch, or we are on its. So a node that slept, or was cut off, does not
//! hand over what has no place any more.
//!
//! Nothing is remembered about a transaction that was refused. Its bytes are charged to who sent them, and another
//! peer's copy is judged by its own bytes (protocol 10.4).

use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};

use rand_core::CryptoRng;

use crate::{
    backend::TransactionVerdict,
    clock::Time,
    machine::{LinkId, Machine, below, earlier},
    message::{limits::MAX_NAMES, relay::Name},
    peer::Fault,
};

/// The shortest and the longest time between two announcements on a link, in milliseconds.
const ANNOUNCE_EVERY_MS: core::ops::Range<u64> = 500..2000;
/// How long a name waits for bytes that may fit it.
const WAIT_FOR_OTHERS: Duration = Duration::from_secs(1);
/// How long a peer has for its answer.
pub const ANSWER_WITHIN: Duration = Duration::from_secs(20);
/// Transactions that are known by name. The pool is bounded by itself; this bounds the names.
pub const MAX_KNOWN: usize = 50_000;
/// Names that one peer may have waiting or asked for.
pub const MAX_PENDING: usize = 4_000;
/// Transactions on their way or being checked, over all links: 64 of the largest have 12 MiB.
pub const MAX_IN_FLIGHT: usize = 64;
/// Transactions on their way from one peer.
pub const MAX_IN_FLIGHT_PER_LINK: usize = 16;

/// What happens.
#[derive(Clone, Debug)]
pub enum Event {
    /// The time of [`Machine::wake_at`] has come.
    Wake,
    /// A node can be told, and tells.
    Up {
        /// The link.
        link: LinkId,
        /// Its salt.
        salt: [u8; 32],
    },
    /// A link ended.
    Down {
        /// The link.
        link: LinkId,
    },
    /// Whether the tip that a peer claims is a block of ours. Before it is said, it is not.
    OnBranch {
        /// The link.
        link: LinkId,
        /// Whether it is.
        is: bool,
    },
    /// A peer names transactions.
    Announced {
        /// The link.
        link: LinkId,
        /// The names.
        names: Vec<Name>,
    },
    /// A peer asks for transactions.
    Asked {
        /// The link.
        link: LinkId,
        /// Names that were announced to it.
        names: Vec<Name>,
    },
    /// A peer answers.
    Answered {
        /// The link.
        link: LinkId,
        /// The name that was asked for.
        name: Name,
        /// The transaction, `None` if it is gone.
        bytes: Option<Vec<u8>>,
    },
    /// A transaction from a peer was checked.
    Checked {
        /// The link.
        link: LinkId,
        /// The name under which it came.
        name: Name,
        /// What became of it, `None` if that is not known.
        verdict: Option<TransactionVerdict>,
    },
    /// A transaction of this side entered the pool.
    Added {
        /// Its wtxid.
        id: [u8; 32],
    },
    /// The pool holds these and no others.
    PoolIs {
        /// Their wtxids.
        ids: Vec<[u8; 32]>,
    },
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Name transactions to a peer.
    Announce(LinkId, Vec<Name>),
    /// Ask a peer for transactions.
    Ask(LinkId, Vec<Name>),
    /// Check a transaction that a peer sent.
    Check(LinkId, Name, Vec<u8>),
    /// Send transactions to a peer, each under its name; `None` says that it is gone.
    Send(LinkId, Vec<(Name, Option<[u8; 32]>)>),
    /// Charge a peer.
    Faulty(LinkId, Fault),
    /// A peer sent a new transaction of so many bytes.
    Useful(LinkId, usize),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pending {
    /// Announced; asked for from this time on.
    Waiting(Time),
    /// Asked for; late from this time on. Announced again since, perhaps: then an answer that it is gone is old.
    Asked { until: Time, again: bool },
    /// Asked for and not answered in time. The answer may still come.
    Late { again: bool },
    /// Its bytes are being checked.
    Checking(usize),
}

#[derive(Debug)]
struct Peer {
    salt: [u8; 32],
    on_branch: bool,
    /// Names on this link of what is in the pool.
    names: BTreeMap<Name, [u8; 32]>,
    /// What was announced to the peer: it may ask for this and for nothing else.
    announced: BTreeSet<[u8; 32]>,
    /// What it announced or sent itself.
    has: BTreeSet<[u8; 32]>,
    to_announce: BTreeSet<[u8; 32]>,
    announce_at: Option<Time>,
    pending: BTreeMap<Name, Pending>,
}

impl Peer {
    fn in_flight(&self) -> usize {
        self.pending
            .values()
            .filter(|pending| matches!(pending, Pending::Asked { .. } | Pending::Checking(_)))
            .count()
    }

    /// The name of a pool transaction: short, unless another one has that name.
    fn name(&self, id: &[u8; 32]) -> Name {
        let short = Name::short(&self.salt, id);
        if self.names.get(&short) == Some(id) { short } else { Name::Full(*id) }
    }

    fn learn(&mut self, id: [u8; 32]) {
        let short = Name::short(&self.salt, &id);
        let name = if self.names.contains_key(&short) { Name::Full(id) } else { short };
        self.names.insert(name, id);
        // Whatever was waiting under this name is here now, and the peer has it.
        for name in [short, Name::Full(id)] {
            if self.names.get(&name) == Some(&id) && self.pending.get(&name).is_some_and(Pending::can_be_settled) {
                self.pending.remove(&name);
                self.has.insert(id);
            }
        }
    }

    fn forget(&mut self, id: &[u8; 32]) {
        self.names.remove(&self.name(id));
        self.announced.remove(id);
        self.has.remove(id);
        self.to_announce.remove(id);
    }
}

impl Pending {
    fn can_be_settled(&self) -> bool {
        // What was asked for is still on its way and must find its name.
        matches!(self, Self::Waiting(_))
    }
}

/// Relay of transactions with all peers.
#[derive(Debug, Default)]
pub struct TransactionRelay {
    peers: BTreeMap<LinkId, Peer>,
    known: BTreeSet<[u8; 32]>,
    now: Time,
}

impl TransactionRelay {
    /// Relay that knows nobody and nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How many transactions are known.
    #[must_use]
    pub fn known(&self) -> usize {
        self.known.len()
    }

    fn in_flight(&self) -> usize {
        self.peers.values().map(Peer::in_flight).sum()
    }

    fn learn(&mut self, now: Time, rng: &mut dyn CryptoRng, id: [u8; 32]) {
        if self.known.len() >= MAX_KNOWN || !self.known.insert(id) {
            return;
        }
        for peer in self.peers.values_mut() {
            peer.learn(id);
            if !peer.has.contains(&id) {
                peer.to_announce.insert(id);
                peer.announce_at.get_or_insert_with(|| now + announce_after(rng));
            }
        }
    }

    fn up(&mut self, now: Time, rng: &mut dyn CryptoRng, link: LinkId, salt: [u8; 32]) {
        let mut peer = Peer {
            salt,
            on_branch: false,
            names: BTreeMap::new(),
            announced: BTreeSet::new(),
            has: BTreeSet::new(),
            to_announce: self.known.clone(),
            announce_at: (!self.known.is_empty()).then(|| now + announce_after(rng)),
            pending: BTreeMap::new(),
        };
        self.known.iter().for_each(|id| peer.learn(*id));
        self.peers.insert(link, peer);
    }

    fn announced(&mut self, now: Time, link: LinkId, names: Vec<Name>, out: &mut Vec<Action>) {
        let busy = self.in_flight() > 0;
        let Some(peer) = self.peers.get_mut(&link) else { return };
        for name in names {
            if let Some(id) = peer.names.get(&name) {
                peer.has.insert(*id);
                peer.to_announce.remove(id);
            } else if let Some(pending) = peer.pending.get_mut(&name) {
                if let Pending::Asked { again, .. } | Pending::Late { again } = pending {
                    *again = true;
                }
            } else {
                if peer.pending.len() >= MAX_PENDING {
                    // While we do not ask, names add up through no fault of the peer.
                    if peer.on_branch {
                        out.push(Action::Faulty(link, Fault::Flood));
                    }
                    return;
                }
                let from = if busy { now + WAIT_FOR_OTHERS } else { now };
                peer.pending.insert(name, Pending::Waiting(from));
            }
        }
    }

    fn asked(&mut self, link: LinkId, names: Vec<Name>, out: &mut Vec<Action>) {
        let Some(peer) = self.peers.get(&link) else { return };
        let found = |name: &Name| peer.names.get(name).filter(|id| peer.announced.contains(*id)).copied();
        out.push(Action::Send(link, names.into_iter().map(|name| (name, found(&name))).collect()));
    }

    fn answered(&mut self, now: Time, link: LinkId, name: Name, bytes: Option<Vec<u8>>, out: &mut Vec<Action>) {
        let Some(peer) = self.peers.get_mut(&link) else { return };
        let Some(Pending::Asked { again, .. } | Pending::Late { again }) = peer.pending.get(&name).copied() else {
            out.push(Action::Faulty(link, Fault::Unasked));
            return;
        };
        match bytes {
            None if again => {
                peer.pending.insert(name, Pending::Waiting(now));
            }
            None => {
                peer.pending.remove(&name);
            }
            Some(bytes) => {
                peer.pending.insert(name, Pending::Checking(bytes.len()));
                out.push(Action::Check(link, name, bytes));
            }
        }
    }

    fn checked(
        &mut self,
        now: Time,
        rng: &mut dyn CryptoRng,
        link: LinkId,
        name: Name,
        verdict: Option<TransactionVerdict>,
        out: &mut Vec<Action>,
    ) {
        let mut fits = true;
        let room = self.known.len() < MAX_KNOWN;
        if let Some(peer) = self.peers.get_mut(&link) {
            let size = match peer.pending.remove(&name) {
                Some(Pending::Checking(size)) => size,
                _ => 0,
            };
            if let Some(TransactionVerdict::Accepted { id }) = &verdict {
                out.push(Action::Useful(link, size));
                if room {
                    // So that it is not announced back.
                    peer.has.insert(*id);
                }
            }
            fits = match &verdict {
                // Another witness of what waits here: its own id is not known, and it is no error.
                Some(TransactionVerdict::Known { .. }) | None => true,
                Some(verdict) => verdict.id().is_none_or(|id| name.fits(&peer.salt, &id)),
            };
        }
        if !fits {
            out.push(Action::Faulty(link, Fault::Unasked));
        }
        match verdict {
            Some(TransactionVerdict::Accepted { id }) => self.learn(now, rng, id),
            Some(TransactionVerdict::Refused { blame, .. }) => {
                out.extend(Fault::of(blame).map(|fault| Action::Faulty(link, fault)));
            }
            // What stands in a block already is not announced.
            Some(TransactionVerdict::Known { .. }) | None => (),
        }
    }

    fn pool_is(&mut self, now: Time, rng: &mut dyn CryptoRng, ids: Vec<[u8; 32]>) {
        let ids: BTreeSet<_> = ids.into_iter().collect();
        let gone: Vec<_> = self.known.difference(&ids).copied().collect();
        for id in gone {
            self.known.remove(&id);
            self.peers.values_mut().for_each(|peer| peer.forget(&id));
        }
        for id in ids {
            self.learn(now, rng, id);
        }
    }

    fn tend(&mut self, now: Time, rng: &mut dyn CryptoRng, out: &mut Vec<Action>) {
        for (link, peer) in &mut self.peers {
            let mut stalls = false;
            for pending in peer.pending.values_mut() {
                if let Pending::Asked { until, again } = *pending
                    && until <= now
                {
                    *pending = Pending::Late { again };
                    stalls = true;
                }
            }
            if stalls {
                // Charged once for all; others who announced it are asked by their own names for it.
                out.push(Action::Faulty(*link, Fault::Stalled));
            }
            if peer.on_branch && peer.announce_at.is_some_and(|at| at <= now) {
                let ids: Vec<_> = peer.to_announce.iter().take(MAX_NAMES).copied().collect();
                for id in &ids {
                    peer.to_announce.remove(id);
                }
                let names: Vec<_> = ids.iter().map(|id| peer.name(id)).collect();
                peer.announced.extend(ids);
                peer.announce_at = (!peer.to_announce.is_empty()).then(|| now + announce_after(rng));
                if !names.is_empty() {
                    out.push(Action::Announce(*link, names));
                }
            }
        }
        let mut room = MAX_IN_FLIGHT.saturating_sub(self.in_flight());
        for (link, peer) in self.peers.iter_mut().filter(|(_, peer)| peer.on_branch) {
            let of_link = room.min(MAX_IN_FLIGHT_PER_LINK.saturating_sub(peer.in_flight()));
            let ready = |pending: &Pending| matches!(pending, Pending::Waiting(from) if *from <= now);
            let names: Vec<_> =
                peer.pending.iter().filter(|(_, p)| ready(p)).map(|(name, _)| *name).take(of_link).collect();
            for name in &names {
                peer.pending.insert(*name, Pending::Asked { until: now + ANSWER_WITHIN, again: false });
            }
            room -= names.len();
            if !names.is_empty() {
                out.push(Action::Ask(*link, names));
            }
        }
    }
}

fn announce_after(rng: &mut dyn CryptoRng) -> Duration {
    let span = ANNOUNCE_EVERY_MS.end - ANNOUNCE_EVERY_MS.start;
    Duration::from_millis(ANNOUNCE_EVERY_MS.start + below(rng, span))
}

impl Machine for TransactionRelay {
    type Event = Event;
    type Action = Action;

    fn handle(&mut self, now: Time, rng: &mut dyn CryptoRng, event: Event, out: &mut Vec<Action>) {
        self.now = now;
        match event {
            Event::Wake => (),
            Event::Up { link, salt } => self.up(now, rng, link, salt),
            Event::Down { link } => {
                self.peers.remove(&link);
            }
            Event::OnBranch { link, is } => {
                if let Some(peer) = self.peers.get_mut(&link) {
                    peer.on_branch = is;
                }
            }
            Event::Announced { link, names } => self.announced(now, link, names, out),
            Event::Asked { link, names } => self.asked(link, names, out),
            Event::Answered { link, name, bytes } => self.answered(now, link, name, bytes, out),
            Event::Checked { link, name, verdict } => self.checked(now, rng, link, name, verdict, out),
            Event::Added { id } => self.learn(now, rng, id),
            Event::PoolIs { ids } => self.pool_is(now, rng, ids),
        }
        self.tend(now, rng, out);
    }

    fn wake_at(&self) -> Option<Time> {
        let of_peer = |peer: &Peer| {
            let pending = peer.pending.values().map(|pending| match pending {
                // What could be asked for by now has been; without room, the answer that makes room wakes.
                Pending::Waiting(from) => (*from > self.now).then_some(*from),
                Pending::Asked { until, .. } => Some(*until),
                Pending::Late { .. } | Pending::Checking(_) => None,
            });
            pending.fold(peer.announce_at.filter(|_| peer.on_branch), earlier)
        };
        self.peers.values().map(of_peer).fold(None, earlier)
    }
}

#[cfg(test)]
mod tests;
