//! The switchboard.

use core::time::Duration;
use std::collections::BTreeMap;

use dero_ledger::block::Header;
use rand_core::CryptoRng;

use super::{
    answer::Question,
    job::{Job, Report, rejected},
};
use crate::{
    backend::{ChainLimits, HeadersVerdict, SealedHeader, TransactionVerdict},
    clock::Time,
    gossip::transactions::{self, TransactionRelay},
    handshake::{Direction, Greeted},
    machine::{LinkId, Machine, earlier},
    message::{
        Bounded, Items, Message, RequestId, Text, Tip,
        chain::{GetBlocks, GetHeaders, Part},
        control::{Addresses, GetAddresses, Ping, Pong, Role},
        limits::{MAX_HEADERS, SEALED_HEADER},
        relay::{AnnounceBlock, AnnounceTransactions, GetTransactions},
        wallet::{Refused, Submit, Submitted, Unanswered},
    },
    peer::{self, Charge, CloseReason, Fault, Limits, LinkStatus, PeerManager, allowance::Allowance},
    sync::{
        blocks::{self, BlockSync},
        headers::{self, HeaderSync},
    },
    transport::{Address, Origin, PeerId, Pinned},
};

/// Questions of one peer that may wait for their answers: a good node has at most
/// [`MAX_IN_FLIGHT_PER_LINK`](transactions::MAX_IN_FLIGHT_PER_LINK) for transactions, two for blocks and one for
/// headers, a client of this crate at most eight.
pub const MAX_QUESTIONS: usize = 32;
/// Transactions of one wallet that may be checked at one time.
pub const MAX_SUBMISSIONS: usize = 4;
/// A tip so many blocks behind the best header is not announced: the node is catching up.
const NEAR_TIP: u64 = 2;
/// Time after which a look that failed is repeated.
const LOOK_AGAIN_AFTER: Duration = Duration::from_secs(5);

/// What happens to a node.
#[derive(Clone, Debug)]
pub enum Event {
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
        /// What the peer said.
        greeted: Greeted,
    },
    /// A message came.
    Received {
        /// The link.
        link: LinkId,
        /// The message.
        message: Message,
    },
    /// A link ended.
    Closed {
        /// The link.
        link: LinkId,
        /// Whether the peer broke the protocol.
        fault: bool,
    },
    /// A question was answered in full.
    Answered {
        /// The link.
        link: LinkId,
    },
    /// Work is done.
    Done(Report),
    /// The chain or the pool changed by itself: a block was mined here, a transaction made here.
    Changed,
}

/// What a node wants done.
#[derive(Clone, Debug)]
pub enum Action<A> {
    /// Dial.
    Dial(Pinned<A>),
    /// Begin the greetings.
    Greet(LinkId),
    /// End the link. Nothing more is heard of it. One that ended already is named again when its peer is banned: what
    /// it sent is not worth a check.
    Close(LinkId, CloseReason),
    /// Send a message.
    Send(LinkId, Message),
    /// Send the answer to a question, and report with [`Event::Answered`]. Questions of one link are answered one
    /// after the other.
    Answer(LinkId, Question),
    /// Do work, and report with [`Event::Done`].
    Do(Job),
    /// Say that a peer was charged; nothing has to be done.
    Charged(Charge),
}

/// A node, for people.
#[derive(Clone, Debug)]
pub struct Status {
    /// Every link.
    pub links: Vec<LinkStatus>,
    /// The newest checked block.
    pub tip: Tip,
    /// The best branch of headers.
    pub header_tip: Tip,
    /// The heaviest tip that a peer claims.
    pub claimed: Option<Tip>,
    /// Blocks that are missing, within the window.
    pub missing: usize,
    /// Transactions that wait.
    pub pool: usize,
    /// Peers and hosts that are banned.
    pub banned: usize,
}

#[derive(Debug)]
struct Session {
    role: Role,
    salt: [u8; 32],
    allowance: Allowance,
    /// Questions of the peer that are being answered.
    questions: usize,
    /// Transactions of the peer that are being checked for it.
    submissions: usize,
    /// Answers of the peer that are coming in.
    answers: BTreeMap<RequestId, Incoming>,
    /// The tip that the peer claims, or was told since: it knows it.
    knows: Tip,
    /// The tip that the peer claims.
    claim: Tip,
    /// The last tip that it claimed and that is a block of ours, as far as we looked.
    common: Option<Tip>,
    /// Whether its tip is being looked up.
    placing: bool,
}

/// Answers of one kind that may come in on one link. More are open only if earlier ones never came.
const MAX_INCOMING: usize = 4;

impl Session {
    fn expect(&mut self, request: RequestId, incoming: Incoming) {
        let open: Vec<_> = self.answers.keys().copied().filter(|open| open & 1 == request & 1).collect();
        if let Some(oldest) = open.first().filter(|_| open.len() >= MAX_INCOMING) {
            self.answers.remove(oldest);
        }
        self.answers.insert(request, incoming);
    }
}

#[derive(Debug)]
enum Incoming {
    Headers(Items, Vec<SealedHeader>),
    Blocks(Items),
}

/// The protocol of a node.
#[derive(Debug)]
pub struct Protocol<A> {
    limits: ChainLimits,
    peers: PeerManager<A>,
    relay: TransactionRelay,
    headers: HeaderSync,
    blocks: BlockSync,
    sessions: BTreeMap<LinkId, Session>,
    tip: Tip,
    /// The branch changed since peers were told a tip: who followed it without a word is told as well.
    turned: bool,
    looking: bool,
    look_again: bool,
    /// When to repeat a look that failed.
    look_at: Option<Time>,
    /// What entered the pool since the look that is under way began, and may be missing from what it saw.
    entered: Vec<[u8; 32]>,
}

// On the wire, questions for headers have odd numbers and questions for blocks even ones.
const fn header_question(request: RequestId) -> RequestId {
    request << 1 | 1
}
const fn block_question(request: RequestId) -> RequestId {
    request << 1
}

impl<A: Address> Protocol<A> {
    /// A node with these limits, known to others as `own`, with its operator's `peers`, at its chain's `tip` and
    /// best header.
    #[must_use]
    pub fn new(
        limits: Limits,
        chain: ChainLimits,
        own: Option<PeerId>,
        peers: impl IntoIterator<Item = Pinned<A>>,
        tip: Tip,
        header_tip: Tip,
    ) -> Self {
        Self {
            limits: chain,
            peers: PeerManager::new(limits, own, peers),
            relay: TransactionRelay::new(),
            headers: HeaderSync::new(header_tip),
            blocks: BlockSync::new(),
            sessions: BTreeMap::new(),
            tip,
            turned: false,
            looking: false,
            look_again: false,
            look_at: None,
            entered: Vec::new(),
        }
    }

    /// The state of the node.
    #[must_use]
    pub fn status(&self) -> Status {
        Status {
            links: self.peers.status(),
            tip: self.tip,
            header_tip: self.headers.best(),
            claimed: self.headers.heaviest_claim(),
            missing: self.blocks.missing(),
            pool: self.relay.known(),
            banned: self.peers.banned(),
        }
    }

    /// Takes back what [`Self::addresses`] told before a restart.
    pub fn remember(&mut self, addresses: impl IntoIterator<Item = Pinned<A>>) {
        self.peers.remember(addresses);
    }

    /// Addresses worth keeping over a restart, best first.
    #[must_use]
    pub fn addresses(&self) -> Vec<Pinned<A>> {
        self.peers.addresses()
    }

    /// The newest checked block.
    #[must_use]
    pub const fn tip(&self) -> Tip {
        self.tip
    }
}

/// One event on its way through the parts.
struct Turn<'a, A> {
    now: Time,
    rng: &'a mut dyn CryptoRng,
    out: &'a mut Vec<Action<A>>,
}

impl<A: Address> Protocol<A> {
    fn tell_peers(&mut self, turn: &mut Turn<'_, A>, event: peer::Event<A>) {
        let mut actions = Vec::new();
        self.peers.handle(turn.now, turn.rng, event, &mut actions);
        for action in actions {
            match action {
                peer::Action::Dial(address) => turn.out.push(Action::Dial(address)),
                peer::Action::Greet(link) => turn.out.push(Action::Greet(link)),
                peer::Action::Charged(charge) => turn.out.push(Action::Charged(charge)),
                peer::Action::Open(link) => self.open(turn, link),
                peer::Action::Close(link, reason) => {
                    self.down(turn, link);
                    turn.out.push(Action::Close(link, reason));
                }
                peer::Action::Ping(link, nonce) => {
                    turn.out.push(Action::Send(link, Ping { nonce, tip: Some(self.tip) }.into()));
                }
                peer::Action::AskAddresses(link) => turn.out.push(Action::Send(link, GetAddresses {}.into())),
                peer::Action::TellAddresses(link, list) => {
                    let list = list.iter().filter_map(|address| Text::new(address.to_string()).ok()).collect();
                    turn.out.push(Action::Send(link, Addresses { list: Bounded::front(list) }.into()));
                }
            }
        }
    }

    fn tell_relay(&mut self, turn: &mut Turn<'_, A>, event: transactions::Event) {
        let mut actions = Vec::new();
        self.relay.handle(turn.now, turn.rng, event, &mut actions);
        for action in actions {
            match action {
                transactions::Action::Announce(link, names) => {
                    let names = Bounded::front(names);
                    turn.out.push(Action::Send(link, AnnounceTransactions { names }.into()));
                }
                transactions::Action::Ask(link, names) => {
                    let names = Bounded::front(names);
                    turn.out.push(Action::Send(link, GetTransactions { names }.into()));
                }
                transactions::Action::Check(link, name, bytes) => {
                    let common = self.sessions.get(&link).and_then(|session| session.common);
                    turn.out.push(Action::Do(Job::Transaction { link, name, bytes, common, since: self.tip }));
                }
                transactions::Action::Send(link, names) => self.question(turn, link, Question::Transactions(names)),
                transactions::Action::Faulty(link, fault) => self.faulty(turn, link, fault),
                transactions::Action::Useful(link, bytes) => self.useful(turn, link, bytes),
            }
        }
    }

    fn tell_headers(&mut self, turn: &mut Turn<'_, A>, event: headers::Event) {
        let mut actions = Vec::new();
        self.headers.handle(turn.now, turn.rng, event, &mut actions);
        for action in actions {
            match action {
                headers::Action::Ask(link, request) => {
                    if let Some(session) = self.sessions.get_mut(&link) {
                        let incoming = Incoming::Headers(Items::fixed(SEALED_HEADER, MAX_HEADERS), Vec::new());
                        session.expect(header_question(request), incoming);
                        turn.out.push(Action::Do(Job::Locate(link, header_question(request))));
                    }
                }
                headers::Action::Check(link, headers) => turn.out.push(Action::Do(Job::Headers(link, headers))),
                headers::Action::Faulty(link, fault) => self.faulty(turn, link, fault),
                headers::Action::Useful(link, bytes) => self.useful(turn, link, bytes),
            }
        }
    }

    fn tell_blocks(&mut self, turn: &mut Turn<'_, A>, event: blocks::Event) {
        let mut actions = Vec::new();
        self.blocks.handle(turn.now, turn.rng, event, &mut actions);
        for action in actions {
            match action {
                blocks::Action::Ask(link, request, ids) => {
                    if let Some(session) = self.sessions.get_mut(&link) {
                        let incoming = Incoming::Blocks(Items::stated(self.limits.block_bytes, ids.len()));
                        session.expect(block_question(request), incoming);
                        let message = GetBlocks { request: block_question(request), ids: Bounded::front(ids) };
                        turn.out.push(Action::Send(link, message.into()));
                    }
                }
                blocks::Action::Check(blocks) => turn.out.push(Action::Do(Job::Blocks(blocks))),
                blocks::Action::Replan => turn.out.push(Action::Do(Job::Plan)),
                blocks::Action::Faulty(link, fault) => self.faulty(turn, link, fault),
                blocks::Action::Useful(link, bytes) => self.useful(turn, link, bytes),
            }
        }
    }

    fn faulty(&mut self, turn: &mut Turn<'_, A>, link: LinkId, fault: Fault) {
        tracing::info!(?link, %fault, "a fault");
        self.tell_peers(turn, peer::Event::Faulty { link, fault });
    }

    fn useful(&mut self, turn: &mut Turn<'_, A>, link: LinkId, bytes: usize) {
        self.tell_peers(turn, peer::Event::Useful { link, bytes });
    }

    fn open(&mut self, turn: &mut Turn<'_, A>, link: LinkId) {
        let Some(session) = self.sessions.get(&link) else { return };
        let (role, salt, tip) = (session.role, session.salt, session.claim);
        if role == Role::Node {
            self.tell_relay(turn, transactions::Event::Up { link, salt });
            self.tell_headers(turn, headers::Event::Up { link, tip });
            self.tell_blocks(turn, blocks::Event::Up { link, tip });
            self.place(turn, |at, _| at == link);
            // Our greeting may have told an older tip. The look announces the newest.
            if self.tip.is_heavier_than(&tip) {
                self.look(turn);
            }
        }
    }

    /// Finds out whether the claims of these peers are blocks of ours.
    fn place(&mut self, turn: &mut Turn<'_, A>, which: impl Fn(LinkId, &Session) -> bool) {
        let mut tips = Vec::new();
        for (link, session) in &mut self.sessions {
            if session.role == Role::Node && !session.placing && which(*link, session) {
                session.placing = true;
                tips.push((*link, session.claim));
            }
        }
        if !tips.is_empty() {
            turn.out.push(Action::Do(Job::Place(tips)));
        }
    }

    fn placed(&mut self, turn: &mut Turn<'_, A>, tips: Vec<(LinkId, Tip, bool)>) {
        for (link, tip, ours) in tips {
            let Some(session) = self.sessions.get_mut(&link) else { continue };
            session.placing = false;
            if ours {
                session.common = Some(tip);
            } else {
                session.common.take_if(|common| *common == tip);
            }
            if session.claim == tip {
                self.tell_relay(turn, transactions::Event::OnBranch { link, is: ours });
            } else {
                self.place(turn, |at, _| at == link);
            }
        }
    }

    fn down(&mut self, turn: &mut Turn<'_, A>, link: LinkId) {
        if self.sessions.remove(&link).is_some_and(|session| session.role == Role::Node) {
            self.tell_relay(turn, transactions::Event::Down { link });
            self.tell_headers(turn, headers::Event::Down { link });
            self.tell_blocks(turn, blocks::Event::Down { link });
        }
    }

    fn greeted(&mut self, turn: &mut Turn<'_, A>, link: LinkId, greeted: Greeted) {
        if !self.peers.has(link) {
            return;
        }
        let session = Session {
            role: greeted.role,
            salt: greeted.salt,
            allowance: Allowance::new(turn.now),
            questions: 0,
            submissions: 0,
            answers: BTreeMap::new(),
            knows: greeted.tip,
            claim: greeted.tip,
            common: None,
            placing: false,
        };
        self.sessions.insert(link, session);
        let listen = greeted.listen.and_then(|text| text.parse::<Pinned<A>>().ok()).map(|address| address.place);
        self.tell_peers(turn, peer::Event::Greeted { link, role: greeted.role, listen });
    }

    fn received(&mut self, turn: &mut Turn<'_, A>, link: LinkId, message: Message) {
        let Some(session) = self.sessions.get_mut(&link) else { return };
        let role = session.role;
        if !session.allowance.admits(turn.now, &message) {
            return self.faulty(turn, link, Fault::Flood);
        }
        self.tell_peers(turn, peer::Event::Heard { link });
        match (role, message) {
            (_, Message::Ping(Ping { nonce, tip })) => {
                turn.out.push(Action::Send(link, Pong { nonce, tip: Some(self.tip) }.into()));
                self.tip_told(turn, link, tip);
            }
            (_, Message::Pong(Pong { nonce, tip })) => {
                self.tell_peers(turn, peer::Event::Pong { link, nonce });
                self.tip_told(turn, link, tip);
            }

            (_, Message::GetTip(get)) => self.question(turn, link, Question::Tip(get)),
            (_, Message::GetHeaderRange(get)) => self.question(turn, link, Question::HeaderRange(get)),
            (_, Message::GetCompact(get)) => self.question(turn, link, Question::Compact(get)),
            (_, Message::GetListed(get)) => self.question(turn, link, Question::Listed(get)),
            (_, Message::GetBlocks(get)) => self.question(turn, link, Question::Blocks(get)),
            (_, Message::Submit(submit)) => self.submit(turn, link, submit),

            (Role::Node, Message::GetAddresses(_)) => self.tell_peers(turn, peer::Event::AddressesAsked { link }),
            (Role::Node, Message::Addresses(told)) => {
                let list = told.list.iter().filter_map(|text| text.parse().ok()).collect();
                self.tell_peers(turn, peer::Event::AddressesTold { link, list });
            }
            (Role::Node, Message::AnnounceTransactions(announce)) => {
                let names = announce.names.into_vec();
                self.tell_relay(turn, transactions::Event::Announced { link, names });
            }
            (Role::Node, Message::GetTransactions(get)) => {
                let names = get.names.into_vec();
                self.tell_relay(turn, transactions::Event::Asked { link, names });
            }
            (Role::Node, Message::Transaction(transaction)) => {
                let bytes = transaction.bytes.map(crate::message::Bytes::into_vec);
                let answered = transactions::Event::Answered { link, name: transaction.name, bytes };
                self.tell_relay(turn, answered);
            }
            (Role::Node, Message::AnnounceBlock(announce)) => self.block_announced(turn, link, &announce),
            (Role::Node, Message::GetHeaders(get)) => self.question(turn, link, Question::Headers(get)),
            (Role::Node, Message::Part(part)) => self.part(turn, link, &part),
            (Role::Node, Message::Refused(refused)) => self.declined(turn, link, refused.request),

            // A wallet that relays, a second greeting, answers to what a node never asks.
            _ => self.faulty(turn, link, Fault::Malformed),
        }
    }

    fn question(&mut self, turn: &mut Turn<'_, A>, link: LinkId, question: Question) {
        let Some(session) = self.sessions.get_mut(&link) else { return };
        if session.questions >= MAX_QUESTIONS {
            if let Some(request) = question.request() {
                turn.out.push(Action::Send(link, Refused { request, why: Unanswered::Busy }.into()));
            }
            return self.faulty(turn, link, Fault::Flood);
        }
        session.questions += 1;
        turn.out.push(Action::Answer(link, question));
    }

    fn submit(&mut self, turn: &mut Turn<'_, A>, link: LinkId, submit: Submit) {
        let Some(session) = self.sessions.get_mut(&link) else { return };
        let request = submit.request;
        if session.submissions >= MAX_SUBMISSIONS {
            turn.out.push(Action::Send(link, Refused { request, why: Unanswered::Busy }.into()));
        } else {
            session.submissions += 1;
            let (bytes, common) = (submit.bytes.into_vec(), session.common);
            turn.out.push(Action::Do(Job::Submit { link, request, bytes, common, since: self.tip }));
        }
    }

    fn tip_told(&mut self, turn: &mut Turn<'_, A>, link: LinkId, tip: Option<Tip>) {
        let Some(session) = self.sessions.get_mut(&link).filter(|session| session.role == Role::Node) else {
            return;
        };
        let Some(tip) = tip.filter(|tip| *tip != session.claim || *tip != session.knows) else { return };
        session.knows = tip;
        if core::mem::replace(&mut session.claim, tip) != tip {
            self.place(turn, |at, _| at == link);
        }
        self.tell_blocks(turn, blocks::Event::TipIs { link, tip });
        self.tell_headers(turn, headers::Event::TipIs { link, tip });
    }

    fn block_announced(&mut self, turn: &mut Turn<'_, A>, link: LinkId, announce: &AnnounceBlock) {
        if let Some(session) = self.sessions.get_mut(&link) {
            (session.claim, session.knows) = (announce.tip, announce.tip);
        }
        self.place(turn, |at, _| at == link);
        let (tip, header) = (announce.tip, Box::new(SealedHeader::from_bytes(&announce.header)));
        self.tell_blocks(turn, blocks::Event::TipIs { link, tip });
        self.tell_headers(turn, headers::Event::Announced { link, tip, header });
    }

    fn part(&mut self, turn: &mut Turn<'_, A>, link: LinkId, part: &Part) {
        let Some(session) = self.sessions.get_mut(&link) else { return };
        let request = part.request >> 1;
        let Some(incoming) = session.answers.get_mut(&part.request) else {
            return self.faulty(turn, link, Fault::Unasked);
        };
        let items = match incoming {
            Incoming::Headers(items, _) | Incoming::Blocks(items) => items.take(&part.bytes, part.end),
        };
        let Ok(items) = items else {
            return self.faulty(turn, link, Fault::Malformed);
        };
        if let Incoming::Headers(_, headers) = incoming {
            let exact = |item: Vec<u8>| item.try_into().ok().map(|bytes| SealedHeader::from_bytes(&bytes));
            headers.extend(items.into_iter().filter_map(exact));
            if part.end
                && let Some(Incoming::Headers(_, headers)) = session.answers.remove(&part.request)
            {
                self.tell_headers(turn, headers::Event::Answered { link, request, headers });
            }
            return;
        }
        if part.end {
            session.answers.remove(&part.request);
        }
        self.tell_blocks(turn, blocks::Event::Progress { link, request });
        for bytes in items {
            self.tell_blocks(turn, blocks::Event::Delivered { link, request, bytes });
        }
        if part.end {
            self.tell_blocks(turn, blocks::Event::Ended { link, request });
        }
    }

    fn declined(&mut self, turn: &mut Turn<'_, A>, link: LinkId, wire: RequestId) {
        let Some(session) = self.sessions.get_mut(&link) else { return };
        let request = wire >> 1;
        match session.answers.remove(&wire) {
            Some(Incoming::Headers(..)) => self.tell_headers(turn, headers::Event::Declined { link, request }),
            Some(Incoming::Blocks(_)) => self.tell_blocks(turn, blocks::Event::Declined { link, request }),
            None => self.faulty(turn, link, Fault::Unasked),
        }
    }

    fn done(&mut self, turn: &mut Turn<'_, A>, report: Report) {
        match report {
            Report::Located(link, request, ids) => {
                let max = u16::try_from(MAX_HEADERS).unwrap_or(u16::MAX);
                let message = GetHeaders { request, locator: Bounded::front(ids), max };
                if self.sessions.contains_key(&link) {
                    turn.out.push(Action::Send(link, message.into()));
                    self.tell_headers(turn, headers::Event::Sent { link, request: request >> 1 });
                }
            }
            Report::Headers { link, verdict, best, unix } => {
                let best = best.unwrap_or(self.headers.best());
                let grew = best.is_heavier_than(&self.headers.best());
                let added = matches!(verdict, Some(HeadersVerdict::Added | HeadersVerdict::NoRoom));
                self.tell_headers(turn, headers::Event::Checked { link, verdict, best, unix });
                if grew || (added && self.blocks.missing() == 0 && best.is_heavier_than(&self.tip)) {
                    turn.out.push(Action::Do(Job::Plan));
                }
            }
            Report::Plan(blocks) => self.tell_blocks(turn, blocks::Event::Plan { blocks }),
            Report::Blocks(verdicts) => {
                self.tell_blocks(turn, blocks::Event::Checked { verdicts });
                self.look(turn);
            }
            Report::Looked(looked) => {
                self.looking = false;
                let entered = core::mem::take(&mut self.entered);
                // What entered before the tip changed may stand in a block.
                let moved = looked.as_ref().is_some_and(|looked| looked.tip != self.tip);
                if core::mem::take(&mut self.look_again) || (moved && !entered.is_empty()) {
                    self.look(turn);
                }
                let Some(mut looked) = looked else {
                    self.look_at = Some(turn.now + LOOK_AGAIN_AFTER);
                    return;
                };
                looked.pool.extend(entered);
                let before = core::mem::replace(&mut self.tip, looked.tip);
                // Several blocks at once may have been a change of branches.
                let turned = before != looked.tip
                    && looked.header.is_none_or(|header| Header::from_bytes(&header.header).parent.0 != before.id);
                self.turned |= turned;
                self.tell_headers(turn, headers::Event::BestIs { best: looked.header_tip });
                self.tell_relay(turn, transactions::Event::PoolIs { ids: looked.pool });
                if before != looked.tip {
                    self.place(turn, |_, session| turned || session.common != Some(session.claim));
                }
                if looked.header_tip.height.saturating_sub(looked.tip.height) <= NEAR_TIP
                    && let Some(header) = looked.header
                {
                    self.announce_tip(turn, looked.tip, &header);
                }
            }
            Report::Transaction { link, name, verdict, since } => {
                self.entered(turn, verdict.as_ref(), since);
                self.tell_relay(turn, transactions::Event::Checked { link, name, verdict });
            }
            Report::Submitted { link, request, verdict, since } => {
                self.entered(turn, verdict.as_ref(), since);
                if let Some(TransactionVerdict::Accepted { id }) = verdict {
                    self.tell_relay(turn, transactions::Event::Added { id });
                }
                let fault = match verdict {
                    Some(TransactionVerdict::Refused { blame, .. }) => Fault::of(blame),
                    _ => None,
                };
                if let Some(session) = self.sessions.get_mut(&link) {
                    session.submissions = session.submissions.saturating_sub(1);
                    let rejected = rejected(verdict);
                    turn.out.push(Action::Send(link, Submitted { request, rejected }.into()));
                }
                // Checking it cost what a peer's costs.
                if let Some(fault) = fault {
                    self.faulty(turn, link, fault);
                }
            }
            Report::Placed(tips) => self.placed(turn, tips),
        }
    }

    fn announce_tip(&mut self, turn: &mut Turn<'_, A>, tip: Tip, header: &SealedHeader) {
        let turned = core::mem::take(&mut self.turned);
        for (link, session) in &mut self.sessions {
            if session.role == Role::Node && (turned || tip.is_heavier_than(&session.knows)) {
                if tip.is_heavier_than(&session.knows) {
                    session.knows = tip;
                }
                let message = AnnounceBlock { tip, header: Box::new(header.to_bytes()) };
                turn.out.push(Action::Send(*link, message.into()));
            }
        }
    }

    /// Keeps in mind what the look that is under way may have come too early for. What was checked since another tip
    /// may have left the pool before a look that is done: only a new one tells.
    fn entered(&mut self, turn: &mut Turn<'_, A>, verdict: Option<&TransactionVerdict>, since: Tip) {
        let Some(TransactionVerdict::Accepted { id }) = verdict else { return };
        if self.looking {
            self.entered.push(*id);
        }
        if since != self.tip {
            self.look(turn);
        }
    }

    /// Looks at the chain, once however often it changes meanwhile.
    fn look(&mut self, turn: &mut Turn<'_, A>) {
        if core::mem::replace(&mut self.looking, true) {
            self.look_again = true;
        } else {
            turn.out.push(Action::Do(Job::Look));
        }
    }
}

impl<A: Address> Machine for Protocol<A> {
    type Event = Event;
    type Action = Action<A>;

    fn handle(&mut self, now: Time, rng: &mut dyn CryptoRng, event: Event, out: &mut Vec<Action<A>>) {
        let turn = &mut Turn { now, rng, out };
        match event {
            Event::Wake => {
                if self.look_at.take_if(|at| *at <= now).is_some() {
                    self.look(turn);
                }
                let due = |at: Option<Time>| at.is_some_and(|at| at <= now);
                if due(self.peers.wake_at()) {
                    self.tell_peers(turn, peer::Event::Wake);
                }
                if due(self.relay.wake_at()) {
                    self.tell_relay(turn, transactions::Event::Wake);
                }
                if due(self.headers.wake_at()) {
                    self.tell_headers(turn, headers::Event::Wake);
                }
                if due(self.blocks.wake_at()) {
                    self.tell_blocks(turn, blocks::Event::Wake);
                }
            }
            Event::Connected { link, peer, origin, direction } => {
                self.tell_peers(turn, peer::Event::Connected { link, peer, origin, direction });
            }
            Event::DialFailed { peer } => self.tell_peers(turn, peer::Event::DialFailed { peer }),
            Event::Greeted { link, greeted } => self.greeted(turn, link, greeted),
            Event::Received { link, message } => self.received(turn, link, message),
            Event::Closed { link, fault } => {
                if fault {
                    self.faulty(turn, link, Fault::Malformed);
                }
                self.down(turn, link);
                self.tell_peers(turn, peer::Event::Closed { link });
            }
            Event::Answered { link } => {
                if let Some(session) = self.sessions.get_mut(&link) {
                    session.questions = session.questions.saturating_sub(1);
                }
            }
            Event::Done(report) => self.done(turn, report),
            Event::Changed => self.look(turn),
        }
    }

    fn wake_at(&self) -> Option<Time> {
        let chain = earlier(self.headers.wake_at(), self.blocks.wake_at());
        earlier(earlier(earlier(self.peers.wake_at(), self.relay.wake_at()), chain), self.look_at)
    }
}

#[cfg(test)]
mod tests {
    use dero_crypto::NetworkId;

    use super::*;
    use crate::{
        backend::Backend,
        message::relay::Name,
        protocol::job::Looked,
        sync::headers::ANSWER_WITHIN,
        testing::{SeededRng, ToyChain},
        transport::HostPort,
    };

    const A: LinkId = LinkId(1);

    struct Trial {
        node: Protocol<HostPort>,
        chain: ToyChain,
        rng: SeededRng,
        now: Time,
    }

    impl Trial {
        fn new() -> Self {
            let chain = ToyChain::new(NetworkId([4; 32]));
            let tip = chain.tip().expect("a tip");
            let node = Protocol::new(Limits::local(), chain.limits(), None, [], tip, tip);
            Self { node, chain, rng: SeededRng::new(1), now: Time::START }
        }

        fn tell(&mut self, event: Event) -> Vec<Action<HostPort>> {
            let mut out = Vec::new();
            self.node.handle(self.now, &mut self.rng, event, &mut out);
            out
        }

        /// A node calls and greets with this tip.
        fn meet(&mut self, link: LinkId, tip: Tip) -> Vec<Action<HostPort>> {
            let origin = Origin::of_ip([127, 0, 0, 1].into());
            let peer = PeerId([9; 32]);
            self.tell(Event::Connected { link, peer, origin, direction: Direction::Inbound });
            let greeted = Greeted { role: Role::Node, tip, listen: None, salt: [7; 32] };
            self.tell(Event::Greeted { link, greeted })
        }

        /// What waits in the pool as far as the node knows, and how many looks begin.
        fn pool(&mut self, event: Event) -> (usize, usize) {
            let out = self.tell(event);
            let looks = out.iter().filter(|action| matches!(action, Action::Do(Job::Look))).count();
            (self.node.status().pool, looks)
        }
    }

    fn accepted(id: u8) -> Option<TransactionVerdict> {
        Some(TransactionVerdict::Accepted { id: [id; 32] })
    }

    fn looked(tip: Tip, pool: &[[u8; 32]]) -> Event {
        let pool = pool.to_vec();
        Event::Done(Report::Looked(Some(Box::new(Looked { tip, header: None, header_tip: tip, pool }))))
    }

    /// The pool was empty when the look saw it, and its report comes after those of two transactions.
    #[test]
    fn what_enters_the_pool_during_a_look_at_it_is_not_forgotten() {
        let mut trial = Trial::new();
        let since = trial.node.tip();
        let submitted = Report::Submitted { link: A, request: 1, verdict: accepted(1), since };
        let name = Name::Full([2; 32]);
        let relayed = Report::Transaction { link: LinkId(2), name, verdict: accepted(2), since };

        assert_eq!(trial.pool(Event::Changed), (0, 1));
        assert_eq!(trial.pool(Event::Done(submitted)), (1, 0));
        assert_eq!(trial.pool(Event::Done(relayed)), (2, 0));
        assert_eq!(trial.pool(looked(since, &[])), (2, 0));
        // The next look comes late enough for both.
        assert_eq!(trial.pool(Event::Changed), (2, 1));
        assert_eq!(trial.pool(looked(since, &[[1; 32]])), (1, 0));
    }

    /// It entered, was mined, and the look at the new tip was asked for; its own report comes during that look or
    /// after it.
    #[test]
    fn what_was_mined_before_it_was_reported_does_not_stay() {
        for report_first in [true, false] {
            let mut trial = Trial::new();
            let since = trial.node.tip();
            trial.chain.mine(1);
            let tip = trial.chain.tip().expect("a tip");
            let submitted = Report::Submitted { link: A, request: 1, verdict: accepted(1), since };
            let mut events = [Event::Done(submitted), looked(tip, &[])];
            if !report_first {
                events.reverse();
            }
            trial.tell(Event::Changed);
            let looks: usize = events.into_iter().map(|event| trial.pool(event).1).sum();
            assert_eq!(looks, 1, "{report_first}");
            assert_eq!(trial.pool(looked(tip, &[])), (0, 0), "{report_first}");
        }
    }

    #[test]
    fn a_look_that_failed_is_repeated() {
        let mut trial = Trial::new();
        trial.tell(Event::Wake);
        assert_eq!(trial.node.wake_at(), None);
        assert_eq!(trial.pool(Event::Changed), (0, 1));
        assert_eq!(trial.pool(Event::Done(Report::Looked(None))), (0, 0));
        trial.now = trial.node.wake_at().expect("another try");
        assert_eq!(trial.now, Time::START + LOOK_AGAIN_AFTER);
        assert_eq!(trial.pool(Event::Wake), (0, 1));
        assert_eq!(trial.node.wake_at(), None);
    }

    #[test]
    fn the_time_for_headers_begins_when_the_question_leaves() {
        let mut trial = Trial::new();
        let heavier = Tip { height: 1, id: [1; 32], work: [1; 32] };
        let asked = trial.meet(A, heavier).into_iter().find_map(|action| match action {
            Action::Do(Job::Locate(A, request)) => Some(request),
            _ => None,
        });
        assert_eq!(trial.node.headers.wake_at(), None);
        trial.tell(Event::Done(Report::Located(A, asked.expect("a question"), vec![])));
        assert_eq!(trial.node.headers.wake_at(), Some(Time::START + ANSWER_WITHIN));
    }

    #[test]
    fn a_tip_that_is_newer_than_our_greeting_is_told_to_whom_we_greeted() {
        let mut trial = Trial::new();
        let genesis = trial.node.tip();
        trial.chain.mine(1);
        trial.tell(Event::Done(Job::Look.run(&trial.chain, 0)));
        let tip = trial.node.tip();
        for (knows, told) in [(genesis, true), (tip, false)] {
            let met = trial.meet(A, knows);
            assert_eq!(met.iter().any(|action| matches!(action, Action::Do(Job::Look))), told);
            let announced = trial.tell(Event::Done(Job::Look.run(&trial.chain, 0))).into_iter().any(
                |action| matches!(action, Action::Send(A, Message::AnnounceBlock(announce)) if announce.tip == tip),
            );
            assert_eq!(announced, told);
            trial.tell(Event::Closed { link: A, fault: false });
        }
    }
}
