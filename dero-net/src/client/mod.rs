//! A wallet's way to nodes: a [`ChainSource`] over a link, and over many.
//!
//! A [`Client`] is one link to one node. [`Sources`] knows several nodes, takes another one for each pass, and sends
//! through one that served none of the scanning. Both need a transport that shows a new key each time, such as
//! [`TcpTransport::unlinkable`](crate::transport::tcp::TcpTransport::unlinkable).

mod actor;
mod sources;
#[cfg(test)]
mod tests;

use core::{ops::Range, time::Duration};

use dero_crypto::NetworkId;
use dero_ledger::{
    block::{BlockId, BlockRef},
    source::ChainSource,
    store::{HEADER_BYTES, StoredCompact},
};
use rand_core::CryptoRng;
use tokio::sync::{mpsc, oneshot};

pub use sources::{Refusal, SourceError, Sources};

use crate::{
    backend::{SealedHeader, block_id},
    handshake::{Direction, Greeted, Greeting, Handshake},
    link::{Deadlines, Link, LinkError},
    message::{
        Bounded, Bytes, CountError, Tip,
        control::Role,
        limits::{LISTED_ENTRY, LISTED_RANGE, MAX_BLOCKS, MAX_COMPACT, MAX_HEADERS},
        wallet::{Rejection, Unanswered},
    },
    transport::{DialError, PeerId, Pinned, Security, Transport},
};
use actor::{Answer, Ask};

/// Why a node gave no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// The node was not reached.
    #[error(transparent)]
    Dial(#[from] DialError),
    /// The link ended.
    #[error("the link to the node ended: {0}")]
    Link(#[from] LinkError),
    /// The node sent nothing of the answer for too long.
    #[error("the node sent nothing of the answer for {0:?}")]
    Silent(Duration),
    /// The answer came on too slowly.
    #[error("the node's answer is too slow: {received} bytes in {limit:?}")]
    TooSlow {
        /// How much of it was there.
        received: usize,
        /// How long that much may take.
        limit: Duration,
    },
    /// The node does not answer this question.
    #[error("the node does not answer: {0}")]
    Unanswered(Unanswered),
    /// The answer is none.
    #[error("the node gave no proper answer: {0}")]
    BadAnswer(String),
    /// The node does not take the transaction.
    #[error("the node does not take the transaction: {0}")]
    Rejected(Rejection),
    /// The transaction is longer than any.
    #[error("the transaction is too long: {0}")]
    TooLong(#[from] CountError),
}

impl ClientError {
    /// Whether the node is to blame, so that another one should be asked.
    #[must_use]
    pub const fn is_nodes_fault(&self) -> bool {
        !matches!(self, Self::Rejected(_) | Self::TooLong(_))
    }
}

/// A link to one node.
///
/// Dropping it closes the link.
#[derive(Debug)]
pub struct Client {
    peer: PeerId,
    security: Security,
    greeted: Greeted,
    asks: mpsc::Sender<(Ask, oneshot::Sender<Result<Answer, ClientError>>)>,
}

impl Client {
    /// Dials a node of `network` and greets it as a wallet.
    ///
    /// # Errors
    ///
    /// [`ClientError::Dial`] if the node is not reached or somebody else answers, [`ClientError::Link`] if the
    /// greetings do not fit.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime.
    pub async fn connect<T: Transport>(
        transport: &T,
        node: &Pinned<T::Address>,
        network: NetworkId,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<Self, ClientError> {
        Self::connect_within(transport, node, network, Deadlines::default(), rng).await
    }

    /// As [`connect`](Self::connect), with deadlines of the caller's choice.
    ///
    /// # Errors
    ///
    /// As [`connect`](Self::connect).
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime.
    pub async fn connect_within<T: Transport>(
        transport: &T,
        node: &Pinned<T::Address>,
        network: NetworkId,
        deadlines: Deadlines,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<Self, ClientError> {
        let tip = Tip { height: 0, id: [0; 32], work: [0; 32] };
        let greeting = Greeting { network, role: Role::Wallet, tip, listen: None };
        let handshake = Handshake::begin(Direction::Outbound, &greeting, rng);
        Self::begin(transport, node, handshake, deadlines).await
    }

    async fn begin<T: Transport>(
        transport: &T,
        node: &Pinned<T::Address>,
        handshake: Handshake,
        deadlines: Deadlines,
    ) -> Result<Self, ClientError> {
        let link = Link::greet_within(transport.dial(node).await?, handshake, deadlines.greeting).await?;
        let (peer, security, greeted) = (link.peer, link.security.clone(), link.greeted.clone());
        let (asks, inbox) = mpsc::channel(8);
        tokio::spawn(actor::run(link, inbox, deadlines));
        Ok(Self { peer, security, greeted, asks })
    }

    /// Who is on the other side.
    #[must_use]
    pub const fn peer(&self) -> PeerId {
        self.peer
    }

    /// What protects the link.
    #[must_use]
    pub const fn security(&self) -> &Security {
        &self.security
    }

    /// The tip that the node claimed when it greeted.
    #[must_use]
    pub const fn first_tip(&self) -> Tip {
        self.greeted.tip
    }

    /// Whether the link still stands.
    #[must_use]
    pub fn is_open(&self) -> bool {
        !self.asks.is_closed()
    }

    async fn ask(&self, ask: Ask) -> Result<Answer, ClientError> {
        let closed = || ClientError::Link(LinkError::Connection(crate::transport::ConnectionError::Closed));
        let (reply, answer) = oneshot::channel();
        self.asks.send((ask, reply)).await.map_err(|_| closed())?;
        answer.await.map_err(|_| closed())?
    }

    async fn items(&self, ask: Ask) -> Result<Vec<Vec<u8>>, ClientError> {
        match self.ask(ask).await? {
            Answer::Items(items) => Ok(items),
            _ => Err(ClientError::BadAnswer("an answer to another question".into())),
        }
    }

    /// The newest block of the node, with the work that it claims.
    ///
    /// # Errors
    ///
    /// [`ClientError`].
    pub async fn claimed_tip(&self) -> Result<Tip, ClientError> {
        match self.ask(Ask::Tip).await? {
            Answer::Tip(tip) => Ok(tip),
            _ => Err(ClientError::BadAnswer("an answer to another question".into())),
        }
    }
}

/// At most `max` from the front of a range.
fn front(range: &Range<u64>, max: usize) -> u16 {
    let length = range.end.saturating_sub(range.start).min(max as u64);
    u16::try_from(length).unwrap_or(u16::MAX)
}

impl ChainSource for Client {
    type Error = ClientError;

    async fn tip(&self) -> Result<BlockRef, ClientError> {
        let tip = self.claimed_tip().await?;
        Ok(BlockRef { height: tip.height, id: BlockId(tip.id) })
    }

    async fn headers(&self, heights: Range<u64>) -> Result<Vec<([u8; HEADER_BYTES], u64)>, ClientError> {
        let count = front(&heights, MAX_HEADERS);
        if count == 0 {
            return Ok(Vec::new());
        }
        let items = self.items(Ask::Headers { from: heights.start, count }).await?;
        let read = |item: Vec<u8>| item.try_into().ok().map(|bytes| SealedHeader::from_bytes(&bytes));
        Ok(items.into_iter().filter_map(read).map(|sealed| (sealed.header, sealed.nonce)).collect())
    }

    async fn compact(&self, heights: Range<u64>) -> Result<Vec<StoredCompact>, ClientError> {
        let count = front(&heights, MAX_COMPACT);
        if count == 0 {
            return Ok(Vec::new());
        }
        let items = self.items(Ask::Compact { from: heights.start, count }).await?;
        items.iter().map(|item| read_compact(item)).collect()
    }

    /// Fetches the aligned ranges around `positions`, whatever those are, and returns the part that was asked for.
    async fn listed(&self, positions: Range<u64>) -> Result<Vec<[u8; LISTED_ENTRY]>, ClientError> {
        let size = LISTED_RANGE as u64;
        let mut found = Vec::new();
        let mut at = positions.start;
        while at < positions.end {
            let range = at / size;
            let number = u32::try_from(range).map_err(|_| ClientError::BadAnswer("no such position".into()))?;
            let items = self.items(Ask::Listed { range: number }).await?;
            let skip = usize::try_from(at - range * size).unwrap_or(usize::MAX);
            let want = usize::try_from(positions.end.min((range + 1) * size) - at).unwrap_or(usize::MAX);
            let entries = items
                .into_iter()
                .skip(skip)
                .take(want)
                .filter_map(|item| <[u8; LISTED_ENTRY]>::try_from(item).ok());
            let before = found.len();
            found.extend(entries);
            if found.len() - before < want {
                break;
            }
            at = (range + 1) * size;
        }
        Ok(found)
    }

    /// Asks for headers first: nodes name blocks by their ids.
    async fn blocks(&self, heights: Range<u64>) -> Result<Vec<Vec<u8>>, ClientError> {
        let front = heights.start..heights.end.min(heights.start.saturating_add(MAX_BLOCKS as u64));
        let ids: Vec<[u8; 32]> =
            self.headers(front).await?.iter().take(MAX_BLOCKS).map(|(header, _)| block_id(header).0).collect();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        self.items(Ask::Blocks { ids: Bounded::front(ids) }).await
    }

    async fn submit(&self, transaction: &[u8]) -> Result<(), ClientError> {
        match self.ask(Ask::Submit { bytes: Bytes::new(transaction.to_vec())? }).await? {
            Answer::Submitted => Ok(()),
            _ => Err(ClientError::BadAnswer("an answer to another question".into())),
        }
    }
}

/// `u32 length of the scan part | scan part | value part`.
fn read_compact(item: &[u8]) -> Result<StoredCompact, ClientError> {
    let cut = || ClientError::BadAnswer("a compact form that ends in its scan part".into());
    let (length, rest) = item.split_first_chunk().ok_or_else(cut)?;
    let (scan, values) = rest.split_at_checked(u32::from_le_bytes(*length) as usize).ok_or_else(cut)?;
    Ok(StoredCompact { scan: scan.into(), values: values.into() })
}
