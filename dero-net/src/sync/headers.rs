//! The skeleton: who claims more work than we know of, and can they show the headers.
//!
//! A peer claims a tip when it greets and with each new block. While a claim is heavier than our best branch of
//! headers, the peer is asked for what follows our locator, batch after batch. A claim that its headers do not bear
//! out is taken back and charged. Headers are cheap to send and dear to check, so few peers are asked at once, and
//! one that sends a bad one is gone.

use core::time::Duration;
use std::collections::BTreeMap;

use rand_core::CryptoRng;

use crate::{
    backend::{HeadersVerdict, SealedHeader},
    clock::Time,
    machine::{LinkId, Machine, below, earlier},
    message::{RequestId, Tip, limits::MAX_HEADERS},
    peer::Fault,
};

/// Peers that are asked for headers at one time.
pub const MAX_ASKED: usize = 3;
/// How long a peer has for its answer.
pub const ANSWER_WITHIN: Duration = Duration::from_secs(20);
/// How long a peer that did not answer is left alone, and how long its answer may still come.
const PAUSE: Duration = Duration::from_secs(60);
/// How long headers wait for room.
const WAIT_FOR_ROOM: Duration = Duration::from_secs(5);
/// How long a branch is left alone that only an operator can choose.
const DECLINED: Duration = Duration::from_secs(600);

/// What happens.
#[derive(Clone, Debug)]
pub enum Event {
    /// The time of [`Machine::wake_at`] has come.
    Wake,
    /// A node is there, and claims a tip.
    Up {
        /// The link.
        link: LinkId,
        /// Its tip.
        tip: Tip,
    },
    /// A link ended.
    Down {
        /// The link.
        link: LinkId,
    },
    /// A peer announces a new tip.
    Announced {
        /// The link.
        link: LinkId,
        /// The tip.
        tip: Tip,
        /// Its header.
        header: Box<SealedHeader>,
    },
    /// A peer says which tip it has.
    TipIs {
        /// The link.
        link: LinkId,
        /// The tip.
        tip: Tip,
    },
    /// A question is on its way to a peer, whose time begins.
    Sent {
        /// The link.
        link: LinkId,
        /// The question.
        request: RequestId,
    },
    /// A peer answered.
    Answered {
        /// The link.
        link: LinkId,
        /// The question.
        request: RequestId,
        /// The headers.
        headers: Vec<SealedHeader>,
    },
    /// A peer does not answer a question.
    Declined {
        /// The link.
        link: LinkId,
        /// The question.
        request: RequestId,
    },
    /// Headers of a peer were looked at.
    Checked {
        /// The link.
        link: LinkId,
        /// What became of them, `None` if that is not known.
        verdict: Option<HeadersVerdict>,
        /// Our best branch of headers now.
        best: Tip,
        /// Seconds since 1970.
        unix: u64,
    },
    /// Our best branch of headers changed by itself.
    BestIs {
        /// Its tip.
        best: Tip,
    },
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Ask for headers after our locator, and say so with [`Event::Sent`].
    Ask(LinkId, RequestId),
    /// Check headers and take them.
    Check(LinkId, Vec<SealedHeader>),
    /// Charge a peer.
    Faulty(LinkId, Fault),
    /// A peer sent so many bytes that were of use.
    Useful(LinkId, usize),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Nothing is on its way; not asked before this time.
    Idle(Time),
    /// Asked; late from this time on, once the question is sent.
    Asked(RequestId, Option<Time>),
    /// Its answer is being checked; whether it was a full batch, and how many headers.
    Checking { full: bool, count: usize, announced: bool },
}

#[derive(Debug)]
struct Peer {
    claim: Tip,
    /// What it claimed when it was asked last. Its answer may be older than its claim.
    asked_of: Tip,
    state: State,
    /// A newer announcement that came while the peer was busy.
    next: Option<SealedHeader>,
    /// The last question that was not answered in time. No other is asked while its answer may come.
    late: Option<RequestId>,
}

/// Headers from all peers.
#[derive(Debug)]
pub struct HeaderSync {
    peers: BTreeMap<LinkId, Peer>,
    best: Tip,
    requests: RequestId,
    now: Time,
}

impl HeaderSync {
    /// Begins at our best branch of headers.
    #[must_use]
    pub const fn new(best: Tip) -> Self {
        Self { peers: BTreeMap::new(), best, requests: 0, now: Time::START }
    }

    /// Our best branch of headers.
    #[must_use]
    pub const fn best(&self) -> Tip {
        self.best
    }

    /// The heaviest tip that a peer claims.
    #[must_use]
    pub fn heaviest_claim(&self) -> Option<Tip> {
        let heavier = |a: Tip, b: Tip| if b.is_heavier_than(&a) { b } else { a };
        self.peers.values().map(|peer| peer.claim).reduce(heavier)
    }

    fn announced(&mut self, link: LinkId, tip: Tip, header: SealedHeader, out: &mut Vec<Action>) {
        let Some(peer) = self.peers.get_mut(&link) else { return };
        if header.id().0 != tip.id {
            out.push(Action::Faulty(link, Fault::Unasked));
            return;
        }
        peer.claim = tip;
        if !tip.is_heavier_than(&self.best) {
            return;
        }
        match peer.state {
            // At the tip, the header itself is all that is missing.
            State::Idle(_) => {
                peer.state = State::Checking { full: false, count: 1, announced: true };
                out.push(Action::Check(link, vec![header]));
            }
            State::Asked(..) => (),
            State::Checking { .. } => peer.next = Some(header),
        }
    }

    fn answered(
        &mut self,
        now: Time,
        link: LinkId,
        request: RequestId,
        headers: Vec<SealedHeader>,
        out: &mut Vec<Action>,
    ) {
        let Some(peer) = self.peers.get_mut(&link) else { return };
        let in_time = matches!(peer.state, State::Asked(asked, _) if asked == request);
        if !in_time && peer.late.take_if(|late| *late == request).is_none() {
            out.push(Action::Faulty(link, Fault::Unasked));
            return;
        }
        if matches!(peer.state, State::Checking { .. }) {
            // Late, and meanwhile an announcement of this peer is looked at: what is missing is asked for again.
            return;
        }
        if headers.is_empty() {
            peer.state = State::Idle(now);
            self.take_back(link, out);
        } else {
            let count = headers.len();
            peer.state = State::Checking { full: count >= MAX_HEADERS, count, announced: false };
            out.push(Action::Check(link, headers));
        }
    }

    fn checked(
        &mut self,
        now: Time,
        link: LinkId,
        verdict: Option<HeadersVerdict>,
        grew: bool,
        unix: u64,
        out: &mut Vec<Action>,
    ) {
        let Some(peer) = self.peers.get_mut(&link) else {
            // It hung up before the verdict.
            if let Some(HeadersVerdict::Refused { .. }) = verdict {
                out.push(Action::Faulty(link, Fault::InvalidHeader));
            }
            return;
        };
        let State::Checking { full, count, announced } = peer.state else { return };
        peer.state = State::Idle(now);
        match verdict {
            None => peer.state = State::Idle(now + PAUSE),
            Some(HeadersVerdict::Added) => {
                out.push(Action::Useful(link, count * crate::message::limits::SEALED_HEADER));
                if let Some(next) = peer.next.take() {
                    peer.state = State::Checking { full: false, count: 1, announced: true };
                    out.push(Action::Check(link, vec![next]));
                } else if !full && !announced {
                    // It had nothing more to show.
                    self.take_back(link, out);
                } else if full && !grew {
                    // All of it was known, or lies on a lighter branch: the next batch is no more urgent.
                    peer.state = State::Idle(now + WAIT_FOR_ROOM);
                }
            }
            // An announcement that skips blocks: asked for with a locator. An answer to a locator has no excuse.
            Some(HeadersVerdict::UnknownParent) if announced => (),
            Some(HeadersVerdict::UnknownParent) => self.withdraw(link, Fault::FalseTip, out),
            Some(HeadersVerdict::NoRoom) => peer.state = State::Idle(now + WAIT_FOR_ROOM),
            Some(HeadersVerdict::Declined { .. }) => peer.state = State::Idle(now + DECLINED),
            Some(HeadersVerdict::Early { until, .. }) => {
                out.push(Action::Faulty(link, Fault::Early));
                peer.state = State::Idle(now + Duration::from_secs(until.saturating_sub(unix).clamp(1, 600)));
            }
            Some(HeadersVerdict::Refused { .. }) => self.withdraw(link, Fault::InvalidHeader, out),
        }
    }

    /// A peer has shown all it has. If that is less than it claimed when it was asked, it claimed too much.
    fn take_back(&mut self, link: LinkId, out: &mut Vec<Action>) {
        let best = self.best;
        if self.peers.get(&link).is_some_and(|peer| peer.asked_of.is_heavier_than(&best)) {
            self.withdraw(link, Fault::FalseTip, out);
        }
    }

    fn withdraw(&mut self, link: LinkId, fault: Fault, out: &mut Vec<Action>) {
        if let Some(peer) = self.peers.get_mut(&link) {
            peer.claim = self.best;
            peer.next = None;
            out.push(Action::Faulty(link, fault));
        }
    }

    fn tend(&mut self, now: Time, rng: &mut dyn CryptoRng, out: &mut Vec<Action>) {
        for (link, peer) in &mut self.peers {
            if let State::Asked(request, Some(until)) = peer.state
                && until <= now
            {
                peer.state = State::Idle(now + PAUSE);
                peer.late = Some(request);
                out.push(Action::Faulty(*link, Fault::Stalled));
            }
        }
        let best = self.best;
        let busy = self.peers.values().filter(|peer| !matches!(peer.state, State::Idle(_))).count();
        let mut ready: Vec<LinkId> = self
            .peers
            .iter()
            .filter(|(_, peer)| matches!(peer.state, State::Idle(from) if from <= now))
            .filter(|(_, peer)| peer.claim.is_heavier_than(&best))
            .map(|(link, _)| *link)
            .collect();
        for _ in busy..MAX_ASKED {
            if ready.is_empty() {
                break;
            }
            let link = ready.swap_remove(below(rng, ready.len() as u64) as usize);
            if let Some(peer) = self.peers.get_mut(&link) {
                self.requests = self.requests.wrapping_add(1);
                peer.state = State::Asked(self.requests, None);
                peer.asked_of = peer.claim;
                out.push(Action::Ask(link, self.requests));
            }
        }
    }
}

impl Machine for HeaderSync {
    type Event = Event;
    type Action = Action;

    fn handle(&mut self, now: Time, rng: &mut dyn CryptoRng, event: Event, out: &mut Vec<Action>) {
        self.now = now;
        match event {
            Event::Wake => (),
            Event::Up { link, tip } => {
                let state = State::Idle(now);
                self.peers.insert(link, Peer { claim: tip, asked_of: tip, state, next: None, late: None });
            }
            Event::Down { link } => {
                self.peers.remove(&link);
            }
            Event::TipIs { link, tip } => {
                if let Some(peer) = self.peers.get_mut(&link) {
                    peer.claim = tip;
                }
            }
            Event::Announced { link, tip, header } => self.announced(link, tip, *header, out),
            Event::Sent { link, request } => {
                if let Some(Peer { state: State::Asked(asked, until), .. }) = self.peers.get_mut(&link)
                    && *asked == request
                {
                    *until = Some(now + ANSWER_WITHIN);
                }
            }
            Event::Answered { link, request, headers } => self.answered(now, link, request, headers, out),
            Event::Declined { link, request } => {
                if let Some(peer) = self.peers.get_mut(&link) {
                    peer.late.take_if(|late| *late == request);
                    if matches!(peer.state, State::Asked(asked, _) if asked == request) {
                        peer.state = State::Idle(now + PAUSE);
                    }
                }
            }
            Event::Checked { link, verdict, best, unix } => {
                let grew = best != core::mem::replace(&mut self.best, best);
                self.checked(now, link, verdict, grew, unix, out);
            }
            Event::BestIs { best } => self.best = best,
        }
        self.tend(now, rng, out);
    }

    fn wake_at(&self) -> Option<Time> {
        let of_peer = |peer: &Peer| match peer.state {
            // Who could be asked by now has been, or waits until another has answered.
            State::Idle(from) => (from > self.now && peer.claim.is_heavier_than(&self.best)).then_some(from),
            State::Asked(_, until) => until,
            State::Checking { .. } => None,
        };
        self.peers.values().map(of_peer).fold(None, earlier)
    }
}

#[cfg(test)]
mod tests;
