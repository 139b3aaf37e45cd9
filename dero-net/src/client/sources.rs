//! Several nodes as one source, none of which is trusted.
//!
//! A *pass* begins with [`tip`](ChainSource::tip): up to three nodes are asked, and the one that claims the most
//! work serves the pass. A claim proves nothing; what the wallet does with the headers does. If they do not fit,
//! the wallet says so with [`Sources::blame`] and begins again, and that node is not asked any more. Transactions
//! go through a node that served nothing else.
//!
//! A pass belongs to one node: another one has another chain, and would be blamed for what the first one said. If
//! it fails, so does the pass, with [`SourceError::PassFailed`], and whoever began it begins the next one. A node that
//! failed is no liar, since nodes crash, but it is asked for a tip only where none answers that failed less often: one
//! that claims the most and hangs up does not come first again. Nor does one that claims more work than it shows:
//! what the wallet validated is compared with the claim when it has [followed](ChainSource::followed) it.

use core::{ops::Range, time::Duration};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use dero_crypto::NetworkId;
use dero_ledger::{
    block::{BlockId, BlockRef},
    consensus::Work,
    source::ChainSource,
    store::{HEADER_BYTES, StoredCompact},
};
use rand_core::CryptoRng;
use tokio::{sync::Mutex, time::Instant};

use super::{Client, ClientError, front};
use crate::{
    handshake::{Direction, Greeting, Handshake},
    link::Deadlines,
    machine::below,
    message::{
        Tip,
        control::Role,
        limits::{MAX_COMPACT, MAX_HEADERS, SEALED_HEADER},
    },
    transport::{DialError, HandshakeError, PeerId, Pinned, Transport},
};

/// Nodes that are asked for their tips.
const ASKED_FOR_TIP: usize = 3;
/// Nodes that are told of a transaction that none of them takes.
const REFUSALS: usize = 2;
/// A public node takes one caller a second from one neighbourhood, and hangs up on the others without a word.
const CALL_AGAIN_AFTER: Duration = Duration::from_secs(1);

/// Why no node gave an answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// Every node failed; this is what the last one said.
    #[error("none of {tried} nodes answered; {node} said: {cause}")]
    NoAnswer {
        /// How many were tried.
        tried: usize,
        /// The last one.
        node: String,
        /// Its error.
        cause: ClientError,
    },
    /// The node of the pass failed, and the pass is over: the next one begins with
    /// [`tip`](ChainSource::tip), with another node where one answers.
    #[error("{node} began to serve and failed: {cause}")]
    PassFailed {
        /// The node.
        node: String,
        /// Its error.
        cause: ClientError,
    },
    /// The node of the pass claimed more work than its chain has, which was validated to its end.
    #[error("{node} claimed a chain of work {claimed}, and its chain has {found}")]
    FalseClaim {
        /// The node.
        node: String,
        /// What it claimed when it was chosen.
        claimed: Work,
        /// What was validated.
        found: Work,
    },
    /// There is no node that may be asked.
    #[error("no node is left to ask: {why}")]
    NoNode {
        /// Why not.
        why: &'static str,
    },
    /// A node does not take the transaction, and nor does the one that was asked then, if there was one.
    #[error("{node}: {cause}{}", .also.as_ref().map(|other| format!("; {other}")).unwrap_or_default())]
    Rejected {
        /// The node.
        node: String,
        /// Why.
        cause: ClientError,
        /// The other one.
        also: Option<Box<Refusal>>,
    },
}

/// A node that does not take a transaction.
#[derive(Debug, thiserror::Error)]
#[error("{node}: {cause}")]
pub struct Refusal {
    /// The node.
    pub node: String,
    /// Why.
    pub cause: ClientError,
}

/// Several nodes, for one pass at a time.
pub struct Sources<T: Transport> {
    transport: T,
    network: NetworkId,
    nodes: Vec<Pinned<T::Address>>,
    deadlines: Deadlines,
    state: Mutex<State>,
}

struct State {
    rng: Box<dyn CryptoRng + Send>,
    /// Open links, by place in the list of nodes.
    clients: BTreeMap<usize, Arc<Client>>,
    pass: Option<Pass>,
    /// Nodes that served something of the chain.
    scanned: BTreeSet<usize>,
    /// Nodes that lied.
    blamed: BTreeSet<usize>,
    /// Of how many passes a node did not see the end.
    failures: BTreeMap<usize, u32>,
}

impl State {
    fn failures(&self, place: usize) -> u32 {
        self.failures.get(&place).copied().unwrap_or_default()
    }

    /// Ends the pass of a node that failed.
    fn end_pass(&mut self, place: usize) {
        if self.pass.take_if(|pass| pass.place == place).is_some() {
            let failures = self.failures.entry(place).or_default();
            *failures = failures.saturating_add(1);
        }
    }
}

/// The node that serves, and what it claimed for that.
#[derive(Clone, Copy)]
struct Pass {
    place: usize,
    tip: BlockRef,
    work: Work,
    /// How long it took for answers that held less than was asked for.
    lost: Duration,
}

/// A question to the node of a pass.
struct Asked {
    place: usize,
    client: Arc<Client>,
    count: u64,
    began: Instant,
}

impl<T: Transport> core::fmt::Debug for Sources<T> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Sources").field("nodes", &self.nodes).finish_non_exhaustive()
    }
}

impl<T: Transport> Sources<T> {
    /// Nodes of `network`. Which nodes are known is the caller's choice; of these, one is taken at random each time.
    pub fn new(
        transport: T,
        network: NetworkId,
        nodes: Vec<Pinned<T::Address>>,
        rng: impl CryptoRng + Send + 'static,
    ) -> Self {
        let state = State {
            rng: Box::new(rng),
            clients: BTreeMap::new(),
            pass: None,
            scanned: BTreeSet::new(),
            blamed: BTreeSet::new(),
            failures: BTreeMap::new(),
        };
        Self { transport, network, nodes, deadlines: Deadlines::default(), state: Mutex::new(state) }
    }

    /// The same, with other deadlines.
    #[must_use]
    pub fn within(self, deadlines: Deadlines) -> Self {
        Self { deadlines, ..self }
    }

    /// Says that the node of this pass lied. It is not asked again; the next pass has another one. Returns who it
    /// was, `None` where there is no pass: before the first one, or after one that failed.
    pub async fn blame(&self) -> Option<PeerId> {
        let mut state = self.state.lock().await;
        let Pass { place, .. } = state.pass.take()?;
        state.blamed.insert(place);
        state.clients.remove(&place);
        self.nodes.get(place).map(|node| node.peer)
    }

    /// The node that serves this pass.
    pub async fn serving(&self) -> Option<PeerId> {
        let Pass { place, .. } = self.state.lock().await.pass?;
        self.nodes.get(place).map(|node| node.peer)
    }

    /// The newest block of the node that serves this pass, as it claimed when the pass began.
    pub async fn claimed(&self) -> Option<BlockRef> {
        self.state.lock().await.pass.map(|pass| pass.tip)
    }

    /// The nodes that served something of the chain, so that no transaction goes through them.
    pub async fn scanned(&self) -> Vec<PeerId> {
        let state = self.state.lock().await;
        state.scanned.iter().filter_map(|place| self.nodes.get(*place)).map(|node| node.peer).collect()
    }

    /// Places of nodes that satisfy `may`, in random order.
    fn shuffled(&self, state: &mut State, may: impl Fn(&State, usize) -> bool) -> Vec<usize> {
        let mut places: Vec<_> =
            (0..self.nodes.len()).filter(|place| !state.blamed.contains(place) && may(state, *place)).collect();
        for at in 0..places.len() {
            let other = at + below(&mut *state.rng, (places.len() - at) as u64) as usize;
            places.swap(at, other);
        }
        places
    }

    /// A new link to a node, at the second call if it hangs up on the first.
    async fn fresh(&self, place: usize) -> Result<Client, ClientError> {
        match self.call(place).await {
            Err(ClientError::Dial(DialError::Handshake { cause: HandshakeError::Lost { .. }, .. })) => {
                tokio::time::sleep(CALL_AGAIN_AFTER).await;
                self.call(place).await
            }
            called => called,
        }
    }

    async fn call(&self, place: usize) -> Result<Client, ClientError> {
        let handshake = {
            let mut state = self.state.lock().await;
            let tip = Tip { height: 0, id: [0; 32], work: [0; 32] };
            let greeting = Greeting { network: self.network, role: Role::Wallet, tip, listen: None };
            Handshake::begin(Direction::Outbound, &greeting, &mut *state.rng)
        };
        // The lock is not held while the wire is slow.
        Client::begin(&self.transport, &self.nodes[place], handshake, self.deadlines).await
    }

    /// The open link to a node, or a new one.
    async fn client(&self, place: usize) -> Result<Arc<Client>, ClientError> {
        if let Some(client) = self.state.lock().await.clients.get(&place).filter(|client| client.is_open()) {
            return Ok(Arc::clone(client));
        }
        let client = Arc::new(self.fresh(place).await?);
        self.state.lock().await.clients.insert(place, Arc::clone(&client));
        Ok(client)
    }

    fn name(&self, place: usize) -> String {
        self.nodes.get(place).map(ToString::to_string).unwrap_or_default()
    }

    /// Begins a question for so many items to the node of this pass.
    async fn ask(&self, count: u64) -> Result<Asked, SourceError> {
        let place = {
            let mut state = self.state.lock().await;
            let none = SourceError::NoNode { why: "no pass has begun, or its node failed: ask for the tip" };
            let Pass { place, .. } = state.pass.ok_or(none)?;
            // It learns what is read, whether it answers or not.
            state.scanned.insert(place);
            place
        };
        match self.client(place).await {
            Ok(client) => Ok(Asked { place, client, count, began: Instant::now() }),
            Err(cause) => Err(self.failed(place, cause).await),
        }
    }

    /// What the node of this pass answered, with the bytes of an item; the pass is over if it failed. An answer may
    /// hold less than was asked for, but answers of an item each, all just in time, would keep a wallet busy for ever.
    async fn served<A>(
        &self,
        asked: Asked,
        answer: Result<Vec<A>, ClientError>,
        size: impl Fn(&A) -> usize,
    ) -> Result<Vec<A>, SourceError> {
        let items = match answer {
            Ok(items) => items,
            Err(cause) => return Err(self.failed(asked.place, cause).await),
        };
        if (items.len() as u64) < asked.count {
            let (received, limit) = (items.iter().map(size).sum(), self.deadlines.progress);
            let late = asked.began.elapsed().saturating_sub(self.deadlines.of_bytes(received));
            let mut state = self.state.lock().await;
            let pass = state.pass.as_mut().filter(|pass| pass.place == asked.place);
            let lost = pass.map(|pass| {
                pass.lost = pass.lost.saturating_add(late);
                pass.lost
            });
            drop(state);
            if lost.is_some_and(|lost| lost > limit) {
                return Err(self.failed(asked.place, ClientError::TooSlow { received, limit }).await);
            }
        }
        Ok(items)
    }

    async fn failed(&self, place: usize, cause: ClientError) -> SourceError {
        let mut state = self.state.lock().await;
        state.end_pass(place);
        state.clients.remove(&place);
        SourceError::PassFailed { node: self.name(place), cause }
    }
}

impl<T: Transport> ChainSource for Sources<T> {
    type Error = SourceError;

    /// Begins a pass.
    async fn tip(&self) -> Result<BlockRef, SourceError> {
        let order = {
            let mut state = self.state.lock().await;
            state.pass = None;
            let places = self.shuffled(&mut state, |_, _| true);
            let mut order: Vec<_> = places.into_iter().map(|place| (state.failures(place), place)).collect();
            // Random among those that failed as often.
            order.sort_by_key(|(failures, _)| *failures);
            order
        };
        let (mut best, mut answers, mut failed): (Option<(u32, usize, Tip)>, usize, _) = (None, 0, None);
        for (tried, (failures, place)) in order.into_iter().enumerate() {
            // Whatever a node would claim that failed more often, its claim does not count.
            if answers == ASKED_FOR_TIP || best.is_some_and(|(fewest, ..)| failures > fewest) {
                break;
            }
            let claimed = match self.client(place).await {
                Ok(client) => client.claimed_tip().await,
                Err(error) => Err(error),
            };
            match claimed {
                Ok(tip) => {
                    answers += 1;
                    if best.is_none_or(|(.., other)| tip.is_heavier_than(&other)) {
                        best = Some((failures, place, tip));
                    }
                }
                Err(cause) => {
                    self.state.lock().await.clients.remove(&place);
                    failed = Some(SourceError::NoAnswer { tried: tried + 1, node: self.name(place), cause });
                }
            }
        }
        let Some((_, place, tip)) = best else {
            return Err(failed.unwrap_or(SourceError::NoNode { why: "none is known, or all lied" }));
        };
        let work = Work::from_bytes(&tip.work);
        let tip = BlockRef { height: tip.height, id: BlockId(tip.id) };
        self.state.lock().await.pass = Some(Pass { place, tip, work, lost: Duration::ZERO });
        Ok(tip)
    }

    async fn headers(&self, heights: Range<u64>) -> Result<Vec<([u8; HEADER_BYTES], u64)>, SourceError> {
        let asked = self.ask(front(&heights, MAX_HEADERS).into()).await?;
        let answer = asked.client.headers(heights).await;
        self.served(asked, answer, |_| SEALED_HEADER).await
    }

    async fn compact(&self, heights: Range<u64>) -> Result<Vec<StoredCompact>, SourceError> {
        let asked = self.ask(front(&heights, MAX_COMPACT).into()).await?;
        let answer = asked.client.compact(heights).await;
        self.served(asked, answer, |block| block.scan.len() + block.values.len()).await
    }

    async fn listed(&self, positions: Range<u64>) -> Result<Vec<[u8; 96]>, SourceError> {
        let asked = self.ask(positions.end.saturating_sub(positions.start)).await?;
        let answer = asked.client.listed(positions).await;
        self.served(asked, answer, |entry| entry.len()).await
    }

    /// Compares with what the node of this pass claimed. A block has one work: a node that claimed more for that very
    /// block lied and is to be [blamed](Sources::blame). One whose chain ended at another block may have changed its
    /// branch meanwhile: it failed.
    async fn followed(&self, newest: BlockRef, work: Work) -> Result<(), SourceError> {
        let mut state = self.state.lock().await;
        let Some(Pass { place, tip, work: claimed, .. }) = state.pass.filter(|pass| pass.work > work) else {
            return Ok(());
        };
        if tip != newest {
            state.end_pass(place);
        }
        Err(SourceError::FalseClaim { node: self.name(place), claimed, found: work })
    }

    /// Over a link of its own, from a node that does not serve this pass unless only one is known: which blocks are
    /// asked for says more than which part of the chain is read.
    async fn blocks(&self, heights: Range<u64>) -> Result<Vec<Vec<u8>>, SourceError> {
        let only = self.nodes.len() == 1;
        let order = {
            let mut state = self.state.lock().await;
            self.shuffled(&mut state, |state, place| only || state.pass.is_none_or(|pass| pass.place != place))
        };
        let mut failed = None;
        for (tried, place) in order.into_iter().enumerate() {
            self.state.lock().await.scanned.insert(place);
            let found = match self.fresh(place).await {
                Ok(client) => client.blocks(heights.clone()).await,
                Err(error) => Err(error),
            };
            match found {
                Ok(found) => return Ok(found),
                Err(cause) => {
                    failed = Some(SourceError::NoAnswer { tried: tried + 1, node: self.name(place), cause });
                }
            }
        }
        Err(failed.unwrap_or(SourceError::NoNode { why: "none but the one that serves the scan" }))
    }

    /// Sends over a link of its own, through a node that served nothing of the chain in this session unless only
    /// one node is known. Where one refuses, one other is asked: a refusal is one node's word, and each one that is
    /// asked learns whose payment it is.
    async fn submit(&self, transaction: &[u8]) -> Result<(), SourceError> {
        let only = self.nodes.len() == 1;
        let order = {
            let mut state = self.state.lock().await;
            self.shuffled(&mut state, |state, place| only || !state.scanned.contains(&place))
        };
        let (mut unreached, mut refusals, mut unanswered) = (None, Vec::new(), None);
        for (tried, place) in order.into_iter().enumerate() {
            let node = self.name(place);
            let client = match self.fresh(place).await {
                Ok(client) => client,
                Err(cause) => {
                    unreached = Some(SourceError::NoAnswer { tried: tried + 1, node, cause });
                    continue;
                }
            };
            match client.submit(transaction).await {
                Ok(()) => return Ok(()),
                Err(cause) if cause.is_nodes_fault() => {
                    unanswered = Some(SourceError::NoAnswer { tried: tried + 1, node, cause });
                }
                Err(cause) => {
                    refusals.push(Refusal { node, cause });
                    if refusals.len() == REFUSALS {
                        break;
                    }
                }
            }
        }
        let mut refusals = refusals.into_iter();
        let refused = refusals.next().map(|Refusal { node, cause }| {
            let also = refusals.next().map(Box::new);
            SourceError::Rejected { node, cause, also }
        });
        // First what a wallet must know most: that somebody may have it.
        let error = unanswered.or(refused).or(unreached);
        Err(error.unwrap_or(SourceError::NoNode { why: "each one served part of the chain" }))
    }
}
