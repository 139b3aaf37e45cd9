//! The bodies: a window of missing blocks, fetched from many peers, checked in order.
//!
//! The plan is the next stretch of the best branch of headers whose bodies are missing. Each peer gets a few blocks
//! at a time and asks for more when it delivered, so a fast peer does more. With four peers or more, none owns more
//! than a quarter of the window. The block that everything waits for is asked from a second peer when the first is
//! slower than twice the median; a peer that delivers nothing for [`PROGRESS_WITHIN`] is charged and its share goes
//! to others. What does not fit its header is charged to who sent it and asked for elsewhere; the header is not
//! touched.

use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use dero_ledger::{
    block::{BlockId, BlockRef},
    store::HEADER_BYTES,
};
use rand_core::CryptoRng;

use crate::{
    backend::{BlockVerdict, block_id},
    clock::Time,
    machine::{LinkId, Machine, below, earlier},
    message::{RequestId, Tip, limits::MAX_BLOCKS},
    peer::Fault,
};

/// Blocks in the window.
pub const WINDOW: usize = 2000;
/// Blocks that one peer may have asked of it.
pub const MAX_PER_PEER: usize = 2 * MAX_BLOCKS;
/// Bytes of blocks that wait for the one before them. The block that all wait for is fetched regardless.
pub const MAX_BUFFERED: usize = 64 << 20;
/// Peers that are asked at one time. Each may be sending a block of the largest size.
pub const MAX_ASKED: usize = 8;
/// The size of a block before any was seen.
const FIRST_GUESS_BYTES: usize = 256 << 10;
/// Blocks that are checked in one go, and their bytes.
const MAX_BATCH: (usize, usize) = (64, 16 << 20);
/// How long a peer may deliver nothing.
pub const PROGRESS_WITHIN: Duration = Duration::from_secs(20);
/// A block is not asked for twice before this.
const HEDGE_AFTER: Duration = Duration::from_secs(2);
/// How long a peer that stalled or had nothing is left alone, and how long its answer may still come.
const PAUSE: Duration = Duration::from_secs(30);
/// How long blocks wait that could not be looked at: the store may be full, or gone.
const REST: Duration = Duration::from_secs(5);
/// Deliveries that the median is taken over.
const SAMPLES: usize = 32;

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
    /// A peer claims another tip.
    TipIs {
        /// The link.
        link: LinkId,
        /// Its tip.
        tip: Tip,
    },
    /// The blocks that are missing now, ascending, the first one on a checked block.
    Plan {
        /// At most [`WINDOW`] blocks.
        blocks: Vec<BlockRef>,
    },
    /// A piece of an answer came.
    Progress {
        /// The link.
        link: LinkId,
        /// The question.
        request: RequestId,
    },
    /// The next block of an answer came, empty if the peer does not have it.
    Delivered {
        /// The link.
        link: LinkId,
        /// The question.
        request: RequestId,
        /// The block.
        bytes: Vec<u8>,
    },
    /// An answer ended.
    Ended {
        /// The link.
        link: LinkId,
        /// The question.
        request: RequestId,
    },
    /// A peer does not answer a question.
    Declined {
        /// The link.
        link: LinkId,
        /// The question.
        request: RequestId,
    },
    /// Blocks were looked at, in the order of [`Action::Check`].
    Checked {
        /// One verdict for each block that was looked at; none if that failed.
        verdicts: Vec<BlockVerdict>,
    },
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Ask for blocks.
    Ask(LinkId, RequestId, Vec<[u8; 32]>),
    /// Check blocks and take them, in order.
    Check(Vec<Vec<u8>>),
    /// Look up what is missing, and say so with [`Event::Plan`].
    Replan,
    /// Charge a peer.
    Faulty(LinkId, Fault),
    /// A peer sent so many bytes that were of use.
    Useful(LinkId, usize),
}

#[derive(Debug)]
struct Slot {
    block: BlockRef,
    /// Peers that do not have it, or sent a wrong one.
    not_from: BTreeSet<LinkId>,
    asked: Vec<(LinkId, Time)>,
    bytes: Option<(LinkId, Vec<u8>)>,
}

#[derive(Debug)]
struct Question {
    /// What has not been answered, in order.
    ids: VecDeque<[u8; 32]>,
    progress: Time,
    asked: Time,
    count: u32,
    /// What the peer claimed. What it did not have then, it may have with another tip.
    tip: Tip,
    /// Its blocks were given to others. What still comes is taken; for a while, nothing more is asked.
    late: bool,
}

#[derive(Debug)]
struct Peer {
    tip: Tip,
    questions: BTreeMap<RequestId, Question>,
    not_before: Time,
}

impl Peer {
    fn asked(&self) -> usize {
        self.questions.values().map(|question| question.ids.len()).sum()
    }

    fn is_late(&self) -> bool {
        self.questions.values().any(|question| question.late)
    }
}

/// Blocks from all peers.
#[derive(Debug)]
pub struct BlockSync {
    peers: BTreeMap<LinkId, Peer>,
    slots: VecDeque<Slot>,
    /// How many at the front are being checked, and who sent them.
    checking: Vec<(LinkId, BlockId, usize)>,
    /// Nothing is checked before this time.
    rests_until: Time,
    replanning: bool,
    /// The plan that is being made is old already.
    replan_again: bool,
    requests: RequestId,
    /// Milliseconds from question to block, the last ones.
    samples: VecDeque<u64>,
    /// A running average of block sizes, to guess what is on its way.
    typical_bytes: usize,
    now: Time,
}

impl Default for BlockSync {
    fn default() -> Self {
        Self::new()
    }
}

impl BlockSync {
    /// Nothing is missing yet.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            peers: BTreeMap::new(),
            slots: VecDeque::new(),
            checking: Vec::new(),
            rests_until: Time::START,
            replanning: false,
            replan_again: false,
            requests: 0,
            samples: VecDeque::new(),
            typical_bytes: FIRST_GUESS_BYTES,
            now: Time::START,
        }
    }

    /// Blocks that are missing, within the window.
    #[must_use]
    pub fn missing(&self) -> usize {
        self.slots.len()
    }

    /// Bytes that wait to be checked.
    #[must_use]
    pub fn buffered(&self) -> usize {
        self.slots.iter().filter_map(|slot| slot.bytes.as_ref()).map(|(_, bytes)| bytes.len()).sum()
    }

    /// Blocks asked of one peer.
    #[must_use]
    pub fn asked_of(&self, link: LinkId) -> usize {
        self.peers.get(&link).map_or(0, Peer::asked)
    }

    fn plan(&mut self, blocks: Vec<BlockRef>, out: &mut Vec<Action>) {
        self.replanning = false;
        if core::mem::take(&mut self.replan_again) {
            return self.replan(out);
        }
        let mut old: BTreeMap<[u8; 32], Slot> = self.slots.drain(..).map(|slot| (slot.block.id.0, slot)).collect();
        let slot = |block: BlockRef| {
            old.remove(&block.id.0).unwrap_or_else(|| Slot {
                block,
                not_from: BTreeSet::new(),
                asked: Vec::new(),
                bytes: None,
            })
        };
        self.slots = blocks.into_iter().take(WINDOW).map(slot).collect();
    }

    fn delivered(&mut self, now: Time, link: LinkId, request: RequestId, bytes: Vec<u8>, out: &mut Vec<Action>) {
        let Some((question, id, tip)) = self.peers.get_mut(&link).and_then(|peer| {
            let question = peer.questions.get_mut(&request)?;
            let id = question.ids.pop_front()?;
            Some((question, id, peer.tip))
        }) else {
            out.push(Action::Faulty(link, Fault::Unasked));
            return;
        };
        question.progress = now;
        // One answer of several blocks: each took its share of the time.
        question.count += 1;
        let took = now.since(question.asked).as_millis() as u64 / u64::from(question.count);
        let slot = self.slots.iter_mut().find(|slot| slot.block.id.0 == id);
        if let Some(slot) = slot {
            slot.asked.retain(|(asked, _)| *asked != link);
            if bytes.is_empty() && question.tip == tip {
                slot.not_from.insert(link);
            }
        }
        if bytes.is_empty() {
            return;
        }
        let header: Option<&[u8; HEADER_BYTES]> = bytes.first_chunk();
        if header.is_none_or(|header| block_id(header).0 != id) {
            out.push(Action::Faulty(link, Fault::Unasked));
            self.refuse_from(link, &id);
            return;
        }
        self.samples.push_back(took);
        if self.samples.len() > SAMPLES {
            self.samples.pop_front();
        }
        self.typical_bytes = (3 * self.typical_bytes + bytes.len()) / 4;
        let full = self.buffered() + bytes.len() > MAX_BUFFERED;
        // Asked twice, or no longer wanted: nobody's fault. Without room it is asked for again later.
        let place = self.slots.iter().position(|slot| slot.block.id.0 == id && slot.bytes.is_none());
        if let Some(place) = place.filter(|place| *place == 0 || !full) {
            self.slots[place].bytes = Some((link, bytes));
        }
    }

    fn refuse_from(&mut self, link: LinkId, id: &[u8; 32]) {
        if let Some(slot) = self.slots.iter_mut().find(|slot| slot.block.id.0 == *id) {
            slot.not_from.insert(link);
        }
    }

    fn ended(&mut self, now: Time, link: LinkId, request: RequestId, out: &mut Vec<Action>) {
        let Some(peer) = self.peers.get_mut(&link) else { return };
        let Some(question) = peer.questions.remove(&request) else {
            out.push(Action::Faulty(link, Fault::Unasked));
            return;
        };
        if !question.ids.is_empty() && !question.late {
            // An answer has an item for every id, empty where the block is not there.
            peer.not_before = now + PAUSE;
            out.push(Action::Faulty(link, Fault::Stalled));
            self.release(link, &question.ids);
        }
    }

    /// Blocks that a peer will not deliver can be asked of others.
    fn release(&mut self, link: LinkId, ids: &VecDeque<[u8; 32]>) {
        for slot in self.slots.iter_mut().filter(|slot| ids.contains(&slot.block.id.0)) {
            slot.asked.retain(|(asked, _)| *asked != link);
        }
    }

    fn checked(&mut self, now: Time, verdicts: Vec<BlockVerdict>, out: &mut Vec<Action>) {
        let checking = core::mem::take(&mut self.checking);
        if verdicts.is_empty() {
            self.rests_until = now + REST;
            return;
        }
        let mut verdicts = verdicts.into_iter();
        for (link, id, size) in checking {
            match verdicts.next() {
                Some(BlockVerdict::Added) => {
                    out.push(Action::Useful(link, size));
                    self.slots.retain(|slot| slot.block.id != id);
                }
                Some(BlockVerdict::WrongBody { .. }) => {
                    out.push(Action::Faulty(link, Fault::WrongBody));
                    self.drop_bytes(&id);
                    self.refuse_from(link, &id.0);
                }
                Some(BlockVerdict::Invalid { .. }) => {
                    out.push(Action::Faulty(link, Fault::InvalidBlock));
                    self.drop_bytes(&id);
                    self.replan_now(out);
                }
                Some(BlockVerdict::OutOfPlace) => {
                    self.drop_bytes(&id);
                    self.replan_now(out);
                }
                // Not looked at: it keeps its place and its bytes.
                None => self.replan(out),
            }
        }
        if self.slots.len() <= WINDOW / 2 {
            self.replan(out);
        }
    }

    fn drop_bytes(&mut self, id: &BlockId) {
        if let Some(slot) = self.slots.iter_mut().find(|slot| slot.block.id == *id) {
            slot.bytes = None;
        }
    }

    fn replan(&mut self, out: &mut Vec<Action>) {
        if !core::mem::replace(&mut self.replanning, true) {
            out.push(Action::Replan);
        }
    }

    /// The plan was wrong: one that is being made from the same state is wrong too.
    fn replan_now(&mut self, out: &mut Vec<Action>) {
        self.replan_again = self.replanning;
        self.replan(out);
    }

    fn median(&self) -> Duration {
        let mut sorted: Vec<_> = self.samples.iter().copied().collect();
        sorted.sort_unstable();
        Duration::from_millis(sorted.get(sorted.len() / 2).copied().unwrap_or(0))
    }

    fn hedge_after(&self) -> Duration {
        HEDGE_AFTER.max(self.median() * 2)
    }

    fn tend(&mut self, now: Time, rng: &mut dyn CryptoRng, out: &mut Vec<Action>) {
        self.drop_stalled(now, out);
        self.check_ready(now, out);
        self.ask_more(now, rng, out);
    }

    fn drop_stalled(&mut self, now: Time, out: &mut Vec<Action>) {
        let mut released = Vec::new();
        for (link, peer) in &mut self.peers {
            if peer.not_before <= now {
                peer.questions.retain(|_, question| !question.late);
            }
            let stalled = |question: &Question| !question.late && now.since(question.progress) >= PROGRESS_WITHIN;
            // Answers come in order, so one that stalls holds all of them up.
            if peer.questions.values().any(stalled) {
                peer.not_before = now + PAUSE;
                out.push(Action::Faulty(*link, Fault::Stalled));
                for question in peer.questions.values_mut() {
                    question.late = true;
                    released.push((*link, question.ids.clone()));
                }
            }
        }
        released.iter().for_each(|(link, ids)| self.release(*link, ids));
    }

    fn check_ready(&mut self, now: Time, out: &mut Vec<Action>) {
        if !self.checking.is_empty() || self.rests_until > now {
            return;
        }
        let (mut batch, mut size) = (Vec::new(), 0);
        for slot in &self.slots {
            let Some((link, bytes)) = &slot.bytes else { break };
            if batch.len() == MAX_BATCH.0 || (size + bytes.len() > MAX_BATCH.1 && !batch.is_empty()) {
                break;
            }
            size += bytes.len();
            self.checking.push((*link, slot.block.id, bytes.len()));
            batch.push(bytes.clone());
        }
        if !batch.is_empty() {
            out.push(Action::Check(batch));
        }
    }

    /// How many blocks one peer may be asked for: a quarter of the window, if there are four to share it.
    fn share(&self) -> usize {
        let quarter = if self.peers.len() >= 4 { self.slots.len().div_ceil(4) } else { usize::MAX };
        quarter.min(MAX_PER_PEER)
    }

    fn ask_more(&mut self, now: Time, rng: &mut dyn CryptoRng, out: &mut Vec<Action>) {
        let share = self.share();
        let mut order: Vec<LinkId> = self.peers.keys().copied().collect();
        for at in 0..order.len() {
            let other = at + below(rng, (order.len() - at) as u64) as usize;
            order.swap(at, other);
        }
        // Round by round, so that the first in the order does not take all.
        loop {
            let mut asked = false;
            for link in &order {
                let Some(peer) = self.peers.get(link) else { continue };
                let room = share.saturating_sub(peer.asked()).min(MAX_BLOCKS);
                if room == 0 || peer.not_before > now || peer.is_late() || peer.questions.len() >= 2 {
                    continue;
                }
                let is_asked = |peer: &Peer| !peer.questions.is_empty() && !peer.is_late();
                let others = self.peers.iter().filter(|(other, peer)| *other != link && is_asked(peer));
                if others.count() >= MAX_ASKED {
                    continue;
                }
                let tip = peer.tip;
                let chosen = self.choose(now, *link, tip.height, room);
                if chosen.is_empty() {
                    continue;
                }
                asked = true;
                self.requests = self.requests.wrapping_add(1);
                let ids: Vec<[u8; 32]> = chosen.iter().map(|at| self.slots[*at].block.id.0).collect();
                for at in chosen {
                    self.slots[at].asked.push((*link, now));
                }
                let question = Question {
                    ids: ids.iter().copied().collect(),
                    progress: now,
                    asked: now,
                    count: 0,
                    tip,
                    late: false,
                };
                if let Some(peer) = self.peers.get_mut(link) {
                    peer.questions.insert(self.requests, question);
                }
                out.push(Action::Ask(*link, self.requests, ids));
            }
            if !asked {
                break;
            }
        }
    }

    /// The next places of the window that this peer may be asked for.
    fn choose(&self, now: Time, link: LinkId, height: u64, room: usize) -> Vec<usize> {
        let hedge_after = self.hedge_after();
        let on_the_way = self.slots.iter().filter(|slot| !slot.asked.is_empty()).count();
        let mut budget =
            MAX_BUFFERED.saturating_sub(self.buffered() + on_the_way.saturating_mul(self.typical_bytes));
        let mut chosen = Vec::new();
        for (at, slot) in self.slots.iter().enumerate() {
            if chosen.len() == room || slot.block.height > height {
                break;
            }
            if slot.bytes.is_some() || slot.not_from.contains(&link) {
                continue;
            }
            let wanted = match slot.asked[..] {
                [] => true,
                // Everything waits for this one.
                [(first, since)] => at == 0 && first != link && now.since(since) >= hedge_after,
                _ => false,
            };
            if !wanted {
                continue;
            }
            if at > 0 && budget < self.typical_bytes.max(1) {
                break;
            }
            budget = budget.saturating_sub(self.typical_bytes);
            chosen.push(at);
        }
        chosen
    }
}

impl Machine for BlockSync {
    type Event = Event;
    type Action = Action;

    fn handle(&mut self, now: Time, rng: &mut dyn CryptoRng, event: Event, out: &mut Vec<Action>) {
        self.now = now;
        match event {
            Event::Wake => (),
            Event::Up { link, tip } => {
                self.peers.insert(link, Peer { tip, questions: BTreeMap::new(), not_before: now });
            }
            Event::Down { link } => {
                self.peers.remove(&link);
                for slot in &mut self.slots {
                    slot.asked.retain(|(asked, _)| *asked != link);
                    slot.not_from.remove(&link);
                }
            }
            Event::TipIs { link, tip } => {
                if let Some(peer) = self.peers.get_mut(&link) {
                    peer.tip = tip;
                    // It may have now what it had not.
                    for slot in &mut self.slots {
                        slot.not_from.remove(&link);
                    }
                }
            }
            Event::Plan { blocks } => self.plan(blocks, out),
            Event::Progress { link, request } => {
                let peer = self.peers.get_mut(&link);
                if let Some(question) = peer.and_then(|peer| peer.questions.get_mut(&request)) {
                    question.progress = now;
                }
            }
            Event::Delivered { link, request, bytes } => self.delivered(now, link, request, bytes, out),
            Event::Ended { link, request } => self.ended(now, link, request, out),
            Event::Declined { link, request } => {
                if let Some(peer) = self.peers.get_mut(&link)
                    && let Some(question) = peer.questions.remove(&request)
                {
                    peer.not_before = now + PAUSE;
                    self.release(link, &question.ids);
                }
            }
            Event::Checked { verdicts } => self.checked(now, verdicts, out),
        }
        self.tend(now, rng, out);
    }

    fn wake_at(&self) -> Option<Time> {
        // What could be done by now has been done; what could not waits for another event.
        let later = |time: Time| (time > self.now).then_some(time);
        let missing = !self.slots.is_empty();
        let of_peer = |peer: &Peer| {
            let in_time = peer.questions.values().filter(|question| !question.late);
            let stalls = in_time.map(|question| Some(question.progress + PROGRESS_WITHIN));
            stalls.fold(if missing { later(peer.not_before) } else { None }, earlier)
        };
        let peers = self.peers.values().map(of_peer).fold(None, earlier);
        let hedge = self.slots.front().and_then(|slot| match slot.asked[..] {
            [(_, since)] if slot.bytes.is_none() => later(since + self.hedge_after()),
            _ => None,
        });
        let ready = self.slots.front().is_some_and(|slot| slot.bytes.is_some());
        let rest = if ready { later(self.rests_until) } else { None };
        earlier(earlier(peers, hedge), rest)
    }
}

#[cfg(test)]
mod tests;
