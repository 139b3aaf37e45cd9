//! Work for the chain: it blocks, so it is done elsewhere and reported.

use dero_ledger::block::BlockRef;

use crate::{
    backend::{
        Backend, BackendError, BlockVerdict, HeadersVerdict, SealedHeader, TransactionSource, TransactionVerdict,
    },
    machine::LinkId,
    message::{
        RequestId, Text, Tip,
        relay::Name,
        wallet::{Reject, Rejection},
    },
    sync::blocks::WINDOW,
};

/// What one piece of work must not overtake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane {
    /// The chain: one after the other, in the order given.
    Chain,
    /// The pool: in any order, while this link lasts.
    Pool(LinkId),
}

/// A piece of work.
#[derive(Clone, Debug)]
pub enum Job {
    /// Make a locator, for a question to a peer.
    Locate(LinkId, RequestId),
    /// Check headers of a peer.
    Headers(LinkId, Vec<SealedHeader>),
    /// Find out which blocks are missing.
    Plan,
    /// Check blocks.
    Blocks(Vec<Vec<u8>>),
    /// Look at the tip and the pool.
    Look,
    /// Check a transaction that a peer sent under a name.
    Transaction(LinkId, Name, Vec<u8>),
    /// Check a transaction that a wallet hands over.
    Submit(LinkId, RequestId, Vec<u8>),
}

/// What came of it.
#[derive(Clone, Debug)]
pub enum Report {
    /// A locator.
    Located(LinkId, RequestId, Vec<[u8; 32]>),
    /// Headers were looked at; our best branch of headers now, and the wall clock.
    Headers {
        /// Whose they were.
        link: LinkId,
        /// What became of them.
        verdict: Option<HeadersVerdict>,
        /// Our best branch of headers, if it is known.
        best: Option<Tip>,
        /// Seconds since 1970.
        unix: u64,
    },
    /// Missing blocks.
    Plan(Vec<BlockRef>),
    /// Blocks were looked at.
    Blocks(Vec<BlockVerdict>),
    /// The state of things.
    Looked(Option<Box<Looked>>),
    /// A transaction was looked at.
    Transaction(LinkId, Name, Option<TransactionVerdict>),
    /// A wallet's transaction was looked at.
    Submitted(LinkId, RequestId, Option<TransactionVerdict>),
}

/// Tip and pool at one moment.
#[derive(Clone, Debug)]
pub struct Looked {
    /// The newest checked block.
    pub tip: Tip,
    /// Its header; `None` at genesis, which nobody is told.
    pub header: Option<SealedHeader>,
    /// The best branch of headers.
    pub header_tip: Tip,
    /// What waits in the pool.
    pub pool: Vec<[u8; 32]>,
}

impl Job {
    /// Its lane.
    #[must_use]
    pub const fn lane(&self) -> Lane {
        match self {
            Self::Transaction(link, ..) | Self::Submit(link, ..) => Lane::Pool(*link),
            _ => Lane::Chain,
        }
    }

    /// Does the work. Blocks.
    pub fn run(self, backend: &impl Backend, unix: u64) -> Report {
        match self {
            Self::Locate(link, request) => {
                let ids = logged(backend.locator()).unwrap_or_default();
                Report::Located(link, request, ids.into_iter().map(|id| id.0).collect())
            }
            Self::Headers(link, headers) => {
                let verdict = logged(backend.add_headers(&headers));
                match &verdict {
                    Some(HeadersVerdict::Refused { at, reason }) => {
                        tracing::info!(?link, at, reason, "a header was refused");
                    }
                    Some(HeadersVerdict::Declined { reason }) => {
                        tracing::debug!(?link, reason, "a branch is left to the operator");
                    }
                    _ => (),
                }
                Report::Headers { link, verdict, best: logged(backend.header_tip()), unix }
            }
            Self::Plan => Report::Plan(logged(backend.wanted(WINDOW)).unwrap_or_default()),
            Self::Blocks(blocks) => {
                let verdicts = logged(backend.add_blocks(&blocks)).unwrap_or_default();
                for verdict in &verdicts {
                    if let BlockVerdict::WrongBody { reason } | BlockVerdict::Invalid { reason } = verdict {
                        tracing::info!(reason, "a block was refused");
                    }
                }
                Report::Blocks(verdicts)
            }
            Self::Look => Report::Looked(logged(look(backend)).map(Box::new)),
            Self::Transaction(link, name, bytes) => {
                Report::Transaction(link, name, logged(backend.add_transaction(&bytes, TransactionSource::Peer)))
            }
            Self::Submit(link, request, bytes) => {
                let verdict = logged(backend.add_transaction(&bytes, TransactionSource::Wallet));
                Report::Submitted(link, request, verdict)
            }
        }
    }
}

fn look(backend: &impl Backend) -> Result<Looked, BackendError> {
    let tip = backend.tip()?;
    let header = match tip.height.checked_add(1) {
        Some(end) if tip.height > 0 => {
            backend.headers(tip.height..end)?.pop().filter(|header| header.id().0 == tip.id)
        }
        _ => None,
    };
    Ok(Looked { tip, header, header_tip: backend.header_tip()?, pool: backend.pool()? })
}

pub(super) fn logged<T>(result: Result<T, BackendError>) -> Option<T> {
    result.map_err(|error| tracing::error!(%error)).ok()
}

/// The answer to a wallet.
pub(super) fn rejected(verdict: Option<TransactionVerdict>) -> Option<Rejection> {
    match verdict {
        Some(TransactionVerdict::Accepted { .. } | TransactionVerdict::Known { .. }) => None,
        Some(TransactionVerdict::Refused { rejection, .. }) => Some(rejection),
        None => {
            Some(Rejection { reason: Reject::Busy, detail: Text::front("the node cannot read its chain".into()) })
        }
    }
}
