//! The task of a client's link: questions out, answers in.

use std::collections::BTreeMap;

use tokio::{
    sync::{mpsc, oneshot},
    time::{Instant, sleep_until},
};

use super::ClientError;
use crate::{
    link::{Deadlines, Link, LinkError, MessageSender},
    message::{
        Bounded, Bytes, Items, Message, MessageError, RequestId, Tip,
        chain::GetBlocks,
        control::{Ping, Pong},
        limits::{LISTED_ENTRY, LISTED_RANGE, MAX_BLOCKS, SEALED_HEADER},
        wallet::{GetCompact, GetHeaderRange, GetListed, GetTip, Refused, Submit, Submitted, TipIs},
    },
    transport::{Connection, FrameSender},
};
use dero_ledger::block::MAX_TRANSACTION_BYTES;

/// The longest compact form that is taken, both parts.
const MAX_COMPACT_BYTES: usize = 16 << 20;
/// The longest block that is taken.
const MAX_BLOCK_BYTES: usize = 16 << 20;
/// Of an answer that is longer, the front is taken.
const MAX_ANSWER_BYTES: usize = 64 << 20;

/// Questions that are on their way at one time; others wait here. A node takes more for a flood.
const MAX_WAITING: usize = 8;

pub(super) enum Ask {
    Tip,
    Headers { from: u64, count: u16 },
    Compact { from: u64, count: u16 },
    Listed { range: u32 },
    Blocks { ids: Bounded<[u8; 32], MAX_BLOCKS> },
    Submit { bytes: Bytes<MAX_TRANSACTION_BYTES> },
}

pub(super) enum Answer {
    Tip(Tip),
    Items(Vec<Vec<u8>>),
    Submitted,
}

type Reply = oneshot::Sender<Result<Answer, ClientError>>;

enum Expected {
    Tip,
    Items { reader: Items, items: Vec<Vec<u8>>, size: usize },
    Submitted,
}

impl Expected {
    const fn items(reader: Items) -> Self {
        Self::Items { reader, items: Vec::new(), size: 0 }
    }
}

/// How the oldest question that waits comes on. A node answers in turn, so the time of an answer begins with the
/// question or with the end of the answer before.
struct Pace {
    began: Instant,
    /// The last piece, or the beginning.
    last: Instant,
    /// Bytes of the answer so far.
    received: usize,
}

impl Pace {
    fn begin() -> Self {
        let now = Instant::now();
        Self { began: now, last: now, received: 0 }
    }

    /// An empty piece is none.
    fn take(&mut self, bytes: usize) {
        if bytes > 0 {
            self.last = Instant::now();
            self.received = self.received.saturating_add(bytes).min(MAX_ANSWER_BYTES);
        }
    }

    /// When the answer is too late, and why: see [`Deadlines::progress`].
    fn ends(&self, deadlines: &Deadlines) -> (Instant, ClientError) {
        let whole = deadlines.progress + deadlines.of_bytes(self.received);
        let (silent, slow) = (self.last + deadlines.progress, self.began + whole);
        if silent <= slow {
            (silent, ClientError::Silent(deadlines.progress))
        } else {
            (slow, ClientError::TooSlow { received: self.received, limit: whole })
        }
    }
}

struct Actor<S> {
    sender: MessageSender<S>,
    waiting: BTreeMap<RequestId, (Expected, Reply)>,
    requests: RequestId,
    pace: Pace,
}

pub(super) async fn run<C: Connection>(
    link: Link<C>,
    mut inbox: mpsc::Receiver<(Ask, Reply)>,
    deadlines: Deadlines,
) {
    let mut receiver = link.receiver;
    let mut actor = Actor { sender: link.sender, waiting: BTreeMap::new(), requests: 0, pace: Pace::begin() };
    let error = loop {
        let (end, late) = actor.pace.ends(&deadlines);
        tokio::select! {
            asked = inbox.recv(), if actor.waiting.len() < MAX_WAITING => {
                let Some((ask, reply)) = asked else {
                    let _ = actor.sender.close().await;
                    return;
                };
                if actor.waiting.is_empty() {
                    actor.pace = Pace::begin();
                }
                if let Err(error) = actor.ask(ask, reply).await {
                    break error;
                }
            }
            message = receiver.recv() => {
                let taken = match message {
                    Ok(message) => actor.take(message).await,
                    Err(error) => Err(error.into()),
                };
                if let Err(error) = taken {
                    break error;
                }
            }
            () = sleep_until(end), if !actor.waiting.is_empty() => break late,
        }
    };
    tracing::debug!(%error, "the link to a node ended");
    // The first who waits hears why; all others hear that the link is gone.
    if let Some((_, (_, reply))) = actor.waiting.pop_first() {
        let _ = reply.send(Err(error));
    }
}

impl<S: FrameSender> Actor<S> {
    async fn ask(&mut self, ask: Ask, reply: Reply) -> Result<(), ClientError> {
        self.requests = self.requests.wrapping_add(1);
        let request = self.requests;
        let (message, expected): (Message, _) = match ask {
            Ask::Tip => (GetTip { request }.into(), Expected::Tip),
            Ask::Headers { from, count } => (
                GetHeaderRange { request, from, count }.into(),
                Expected::items(Items::fixed(SEALED_HEADER, count.into())),
            ),
            Ask::Compact { from, count } => (
                GetCompact { request, from, count }.into(),
                Expected::items(Items::stated(MAX_COMPACT_BYTES, count.into())),
            ),
            Ask::Listed { range } => {
                (GetListed { request, range }.into(), Expected::items(Items::fixed(LISTED_ENTRY, LISTED_RANGE)))
            }
            Ask::Blocks { ids } => {
                let reader = Items::stated(MAX_BLOCK_BYTES, ids.len());
                (GetBlocks { request, ids }.into(), Expected::items(reader))
            }
            Ask::Submit { bytes } => (Submit { request, bytes }.into(), Expected::Submitted),
        };
        self.waiting.insert(request, (expected, reply));
        self.sender.send(&message).await.map_err(|error| LinkError::from(error).into())
    }

    async fn take(&mut self, message: Message) -> Result<(), ClientError> {
        let (request, answer) = match message {
            Message::Ping(Ping { nonce, .. }) => {
                let pong = self.sender.send(&Pong { nonce, tip: None }.into()).await;
                return pong.map_err(|error| LinkError::from(error).into());
            }
            Message::TipIs(TipIs { request, tip }) => (request, Some(Ok(Answer::Tip(tip)))),
            Message::Submitted(Submitted { request, rejected }) => {
                (request, Some(rejected.map_or(Ok(Answer::Submitted), |why| Err(ClientError::Rejected(why)))))
            }
            Message::Refused(Refused { request, why }) => (request, Some(Err(ClientError::Unanswered(why)))),
            Message::Part(part) => (part.request, self.take_part(part.request, &part.bytes, part.end)?),
            other => {
                let fault = MessageError::OutOfPlace { found: other.kind(), expected: "an answer" };
                return Err(LinkError::from(fault).into());
            }
        };
        let Some(answer) = answer else { return Ok(()) };
        let was_oldest = self.is_oldest(request);
        let Some((expected, reply)) = self.waiting.remove(&request) else {
            return Err(ClientError::BadAnswer("an answer to no question".into()));
        };
        if was_oldest {
            self.pace = Pace::begin();
        }
        let fits = matches!(
            (&expected, &answer),
            (_, Err(ClientError::Unanswered(_)))
                | (Expected::Tip, Ok(Answer::Tip(_)))
                | (Expected::Items { .. }, Ok(Answer::Items(_)))
                | (Expected::Submitted, Ok(Answer::Submitted) | Err(ClientError::Rejected(_)))
        );
        if !fits {
            return Err(ClientError::BadAnswer("an answer to another question".into()));
        }
        // Who asked may have gone.
        let _ = reply.send(answer);
        Ok(())
    }

    fn is_oldest(&self, request: RequestId) -> bool {
        self.waiting.first_key_value().is_some_and(|(oldest, _)| *oldest == request)
    }

    fn take_part(
        &mut self,
        request: RequestId,
        bytes: &[u8],
        end: bool,
    ) -> Result<Option<Result<Answer, ClientError>>, ClientError> {
        if self.is_oldest(request) {
            self.pace.take(bytes.len());
        }
        let Some((Expected::Items { reader, items, size }, reply)) = self.waiting.get_mut(&request) else {
            return Err(ClientError::BadAnswer("a part of no answer".into()));
        };
        for item in reader.take(bytes, end).map_err(|error| ClientError::BadAnswer(error.to_string()))? {
            // What is too much, or what nobody waits for any more, is let go.
            if *size + item.len() <= MAX_ANSWER_BYTES && !reply.is_closed() {
                *size += item.len();
                items.push(item);
            } else {
                *size = MAX_ANSWER_BYTES;
            }
        }
        Ok(end.then(|| Ok(Answer::Items(core::mem::take(items)))))
    }
}
