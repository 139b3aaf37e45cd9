//! Work for the chain: it blocks, so it is done elsewhere and reported.

use dero_ledger::block::BlockRef;

use crate::{
    backend::{
        Backend, BackendError, Blame, BlockVerdict, HeadersVerdict, SealedHeader, TransactionSource,
        TransactionVerdict,
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
    Transaction {
        /// Whose it is.
        link: LinkId,
        /// The name.
        name: Name,
        /// The transaction.
        bytes: Vec<u8>,
        /// The tip that the peer claimed when it was asked.
        common: Option<Tip>,
        /// Our tip at that time.
        since: Tip,
    },
    /// Check a transaction that a wallet hands over.
    Submit {
        /// Whose it is.
        link: LinkId,
        /// The question.
        request: RequestId,
        /// The transaction.
        bytes: Vec<u8>,
        /// A tip of the peer's that was a block of ours, if it claims any.
        common: Option<Tip>,
        /// Our tip when it came.
        since: Tip,
    },
    /// Find out which tips are blocks of ours.
    Place(Vec<(LinkId, Tip)>),
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
    Transaction {
        /// Whose it is.
        link: LinkId,
        /// The name.
        name: Name,
        /// What became of it.
        verdict: Option<TransactionVerdict>,
        /// Our tip when the work was given.
        since: Tip,
    },
    /// A wallet's transaction was looked at.
    Submitted {
        /// Whose it is.
        link: LinkId,
        /// The question.
        request: RequestId,
        /// What became of it.
        verdict: Option<TransactionVerdict>,
        /// Our tip when the work was given.
        since: Tip,
    },
    /// Tips, and which of them are blocks of ours.
    Placed(Vec<(LinkId, Tip, bool)>),
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
            Self::Transaction { link, .. } | Self::Submit { link, .. } => Lane::Pool(*link),
            _ => Lane::Chain,
        }
    }

    /// What there is to report about a transaction that is not looked at.
    #[must_use]
    pub const fn undone(&self) -> Option<Report> {
        match self {
            Self::Transaction { link, name, since, .. } => {
                Some(Report::Transaction { link: *link, name: *name, verdict: None, since: *since })
            }
            Self::Submit { link, request, since, .. } => {
                Some(Report::Submitted { link: *link, request: *request, verdict: None, since: *since })
            }
            _ => None,
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
            Self::Transaction { link, name, bytes, common, since } => {
                let verdict = logged(judge(backend, &bytes, TransactionSource::Peer, common));
                Report::Transaction { link, name, verdict, since }
            }
            Self::Submit { link, request, bytes, common, since } => {
                let verdict = logged(judge(backend, &bytes, TransactionSource::Wallet, common));
                Report::Submitted { link, request, verdict, since }
            }
            Self::Place(tips) => {
                let place = |(link, tip)| {
                    let ours = logged(header_of(backend, &tip)).is_some_and(|header| header.is_some());
                    (link, tip, ours)
                };
                Report::Placed(tips.into_iter().map(place).collect())
            }
        }
    }
}

fn look(backend: &impl Backend) -> Result<Looked, BackendError> {
    let tip = backend.tip()?;
    let header = if tip.height > 0 { header_of(backend, &tip)? } else { None };
    Ok(Looked { tip, header, header_tip: backend.header_tip()?, pool: backend.pool()? })
}

/// The header of a tip, if it is a block of our best branch.
fn header_of(backend: &impl Backend, tip: &Tip) -> Result<Option<SealedHeader>, BackendError> {
    let Some(end) = tip.height.checked_add(1) else { return Ok(None) };
    Ok(backend.headers(tip.height..end)?.pop().filter(|header| header.id().0 == tip.id))
}

/// Checks a transaction of somebody whose tip `common` was a block of ours. While it still is one, no other branch
/// explains a failure.
fn judge(
    backend: &impl Backend,
    bytes: &[u8],
    from: TransactionSource,
    common: Option<Tip>,
) -> Result<TransactionVerdict, BackendError> {
    let mut verdict = backend.add_transaction(bytes, from)?;
    if let (TransactionVerdict::Refused { blame: blame @ Blame::Branch, .. }, Some(common)) = (&mut verdict, common)
        && header_of(backend, &common)?.is_some()
    {
        *blame = Blame::Sender;
    }
    Ok(verdict)
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
            Some(Rejection { reason: Reject::Busy, detail: Text::front("the node cannot check it now".into()) })
        }
    }
}

#[cfg(test)]
mod tests {
    use dero_crypto::NetworkId;

    use super::*;
    use crate::testing::{ToyChain, toy_chain::BOUND};

    #[test]
    fn a_proof_of_another_branch_is_the_fault_of_who_stands_on_ours() {
        let [ours, theirs] = [0, 1].map(|salt| {
            let chain = ToyChain::new(NetworkId([4; 32]));
            let genesis = chain.tip().expect("a tip");
            (0..3).for_each(|n| chain.mine(10 * n + salt));
            (chain.tip().expect("a tip"), genesis, chain)
        });
        let bytes = [BOUND, &theirs.0.id].concat();
        for (common, expected) in [
            (None, Blame::Branch),
            (Some(theirs.0), Blame::Branch),
            (Some(ours.0), Blame::Sender),
            (Some(ours.1), Blame::Sender),
        ] {
            let (link, name, since) = (LinkId(1), Name::Full([0; 32]), ours.0);
            let relayed = Job::Transaction { link, name, bytes: bytes.clone(), common, since }.run(&ours.2, 0);
            let submitted = Job::Submit { link, request: 1, bytes: bytes.clone(), common, since }.run(&ours.2, 0);
            for report in [relayed, submitted] {
                let (Report::Transaction { verdict, .. } | Report::Submitted { verdict, .. }) = report else {
                    panic!("{report:?}")
                };
                match verdict {
                    Some(TransactionVerdict::Refused { blame, .. }) => assert_eq!(blame, expected, "{common:?}"),
                    other => panic!("{other:?}"),
                }
            }
        }
        let tips = [ours.0, theirs.0, Tip { height: u64::MAX, ..ours.0 }, ours.1];
        let Report::Placed(placed) = Job::Place(tips.map(|tip| (LinkId(1), tip)).to_vec()).run(&ours.2, 0) else {
            panic!("tips are placed")
        };
        let placed: Vec<_> = placed.into_iter().map(|(.., ours)| ours).collect();
        assert_eq!(placed, [true, false, false, true]);
    }
}
