//! A chain of [`dero_ledger`] and its pool, as the network and a wallet beside it see them.
//!
//! [`LedgerBackend`] is the [`Backend`] of every node whose blocks are those of `dero-ledger`, whatever its store,
//! its consensus and its executor; and it is a [`ChainSource`], so that a wallet in the same process needs no link.

use core::{fmt, ops::Range};
use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use dero_crypto::{DecodeError, NetworkId};
use dero_ledger::{
    block::{Block, BlockId, BlockRef},
    chain::{
        Added, BlockBlame, BlockError, Chain,
        pool::{Admitted, Mempool, PoolError, PoolLimits},
    },
    consensus::Consensus,
    execution::Executor,
    rules::{Place, TxError, UnverifiedTransaction},
    source::ChainSource,
    store::{ChainStore, StoreView, StoredCompact},
    transaction::WitnessId,
};
use rand_core::CryptoRng;

use crate::{
    backend::{
        Backend, BackendError, Blame, BlockVerdict, ChainLimits, HeadersVerdict, SealedHeader, TransactionSource,
        TransactionVerdict,
    },
    clock::Clock,
    message::{
        Text, Tip,
        limits::MAX_BLOCKS,
        wallet::{Reject, Rejection},
    },
};

type Randomness = Box<dyn Fn() -> Box<dyn CryptoRng> + Send + Sync>;

/// A block that was refused, for the operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedBlock {
    /// Its id, if there was a header.
    pub id: Option<BlockId>,
    /// The name of the rule that it breaks: [`BlockError::name`].
    pub rule: &'static str,
    /// The family of that rule, if a transaction breaks it.
    pub family: Option<Reject>,
    /// What is wrong, and where.
    pub reason: String,
}

/// A heavier branch that leaves the chain too deep to be followed: an operator has to choose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alarm {
    /// The first block of the branch that was refused for it.
    pub first: BlockId,
    /// Where it leaves the chain.
    pub reason: String,
}

/// Alarms that are remembered.
pub const MAX_ALARMS: usize = 16;

/// A chain, what waits for its next block, a clock and randomness.
pub struct LedgerBackend<S: ChainStore, C, E> {
    chain: Chain<S, C, E>,
    pool: Mempool,
    clock: Arc<dyn Clock>,
    randomness: Randomness,
    reorganisations: AtomicU64,
    refused: AtomicU64,
    refused_transactions: AtomicU64,
    last_refused: Mutex<Option<RefusedBlock>>,
    alarms: Mutex<VecDeque<Alarm>>,
}

impl<S: ChainStore, C, E> fmt::Debug for LedgerBackend<S, C, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LedgerBackend").field("chain", &self.chain).finish_non_exhaustive()
    }
}

impl<S: ChainStore, C: Consensus, E: Executor> LedgerBackend<S, C, E> {
    /// A backend of `chain` with an empty pool. `randomness` makes a generator each time one is needed, as
    /// `rand::rng` does.
    pub fn new<R: CryptoRng + 'static>(
        chain: Chain<S, C, E>,
        limits: PoolLimits,
        clock: impl Clock,
        randomness: impl Fn() -> R + Send + Sync + 'static,
    ) -> Self {
        let pool = Mempool::new(chain.network().rules(), limits, Arc::clone(chain.verdicts()));
        Self {
            chain,
            pool,
            clock: Arc::new(clock),
            randomness: Box::new(move || Box::new(randomness())),
            reorganisations: AtomicU64::new(0),
            refused: AtomicU64::new(0),
            refused_transactions: AtomicU64::new(0),
            last_refused: Mutex::new(None),
            alarms: Mutex::default(),
        }
    }

    /// The chain.
    #[must_use]
    pub const fn chain(&self) -> &Chain<S, C, E> {
        &self.chain
    }

    /// What waits for the next block.
    #[must_use]
    pub const fn pool(&self) -> &Mempool {
        &self.pool
    }

    /// How often a branch was left for a better one.
    #[must_use]
    pub fn reorganisations(&self) -> u64 {
        self.reorganisations.load(Ordering::Relaxed)
    }

    /// How many blocks and headers were refused, and the last of them.
    #[must_use]
    pub fn refused(&self) -> (u64, Option<RefusedBlock>) {
        let last = self.last_refused.lock().unwrap_or_else(PoisonError::into_inner).clone();
        (self.refused.load(Ordering::Relaxed), last)
    }

    /// The heavier branches that were met since the start and are too deep to be followed, the last [`MAX_ALARMS`].
    #[must_use]
    pub fn alarms(&self) -> Vec<Alarm> {
        self.alarms.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    /// Raises the alarm, once for a branch.
    fn raise(&self, first: BlockId, error: &BlockError) {
        let mut alarms = self.alarms.lock().unwrap_or_else(PoisonError::into_inner);
        if alarms.iter().any(|alarm| alarm.first == first) {
            return;
        }
        tracing::error!(%first, %error, "a heavier branch is not followed: an operator has to choose");
        if alarms.len() == MAX_ALARMS {
            alarms.pop_front();
        }
        alarms.push_back(Alarm { first, reason: error.to_string() });
    }

    /// How many transactions were refused for what is wrong in them, after whatever work that took.
    #[must_use]
    pub fn refused_transactions(&self) -> u64 {
        self.refused_transactions.load(Ordering::Relaxed)
    }

    /// Takes a block of a peer or one that was found here. Transactions of blocks that are taken back wait again.
    ///
    /// # Errors
    ///
    /// [`BlockError`], as [`Chain::add_block`].
    pub fn take_block(&self, bytes: &[u8]) -> Result<Added, BlockError> {
        let rng = &mut *(self.randomness)();
        let added = self.chain.add_block(bytes, self.clock.unix(), rng).inspect_err(|error| {
            let id = bytes.first_chunk().map(crate::backend::block_id);
            self.note(id, error);
            if let (BlockError::TooDeep { .. }, Some(id)) = (error, id) {
                self.raise(id, error);
            }
        })?;
        if let Added::Advanced(advance) = &added {
            if !advance.reverted.is_empty() {
                self.reorganisations.fetch_add(1, Ordering::Relaxed);
            }
            let state = self.chain.next_state();
            self.pool.update(&state, rng)?;
            self.pool.admit(&state, &advance.orphaned, rng);
        }
        Ok(added)
    }

    /// Takes a transaction into the pool.
    ///
    /// # Errors
    ///
    /// [`PoolError`]: the rule that it breaks.
    pub fn admit(&self, bytes: &[u8]) -> Result<Admitted, PoolError> {
        let rng = &mut *(self.randomness)();
        let state = self.chain.next_state();
        self.pool.update(&state, rng).map_err(PoolError::State)?;
        let result = self.pool.admit(&state, &[bytes], rng).into_iter().next();
        result.expect("one answer for one transaction").inspect_err(|error| {
            if error.is_blamed() {
                self.refused_transactions.fetch_add(1, Ordering::Relaxed);
            }
        })
    }

    /// Remembers what was somebody's fault.
    fn note(&self, id: Option<BlockId>, error: &BlockError) {
        if matches!(error.blame(), BlockBlame::Bytes | BlockBlame::Block) {
            self.refused.fetch_add(1, Ordering::Relaxed);
            let refused =
                RefusedBlock { id, rule: error.name(), family: family_in(error), reason: error.to_string() };
            *self.last_refused.lock().unwrap_or_else(PoisonError::into_inner) = Some(refused);
        }
    }
}

fn failed(error: impl fmt::Display) -> BackendError {
    BackendError(error.to_string())
}

fn sealed((header, nonce): ([u8; 288], u64)) -> SealedHeader {
    SealedHeader { header, nonce }
}

fn cut(range: Range<u64>, end: u64) -> Range<u64> {
    range.start.min(end)..range.end.min(end).max(range.start.min(end))
}

impl<S: ChainStore, C: Consensus, E: Executor> Backend for LedgerBackend<S, C, E> {
    fn network(&self) -> NetworkId {
        *self.chain.network().id()
    }

    fn limits(&self) -> ChainLimits {
        let block_bytes = usize::try_from(Block::max_bytes(self.chain.network())).unwrap_or(usize::MAX);
        ChainLimits { block_bytes, compact_bytes: block_bytes }
    }

    fn tip(&self) -> Result<Tip, BackendError> {
        let tip = self.chain.tip();
        let block = tip.block();
        Ok(Tip { height: block.height, id: block.id.0, work: tip.totals().work })
    }

    fn header_tip(&self) -> Result<Tip, BackendError> {
        let tip = self.chain.header_tip();
        Ok(Tip { height: tip.block.height, id: tip.block.id.0, work: tip.work.to_bytes() })
    }

    fn locator(&self) -> Result<Vec<BlockId>, BackendError> {
        self.chain.locator().map_err(failed)
    }

    fn headers_after(&self, locator: &[BlockId], max: usize) -> Result<Vec<SealedHeader>, BackendError> {
        Ok(self.chain.headers_after(locator, max).map_err(failed)?.into_iter().map(sealed).collect())
    }

    fn headers(&self, heights: Range<u64>) -> Result<Vec<SealedHeader>, BackendError> {
        let tip = self.chain.tip();
        let heights = cut(heights, tip.block().height + 1);
        Ok(tip.view().headers(heights).map_err(failed)?.into_iter().map(sealed).collect())
    }

    fn add_headers(&self, headers: &[SealedHeader]) -> Result<HeadersVerdict, BackendError> {
        let sealed: Vec<_> = headers.iter().map(|sealed| (sealed.header, sealed.nonce)).collect();
        let result = self.chain.add_headers(&sealed, self.clock.unix());
        let at = result.added;
        Ok(match result.refused {
            None if at < headers.len() => HeadersVerdict::NoRoom,
            None => HeadersVerdict::Added,
            Some(BlockError::UnknownParent { .. }) if at == 0 => HeadersVerdict::UnknownParent,
            Some(error @ BlockError::UnknownParent { .. }) => {
                HeadersVerdict::Refused { at, reason: error.to_string() }
            }
            Some(BlockError::HeldBack { until }) => HeadersVerdict::Early { at, until },
            Some(error) => match error.blame() {
                BlockBlame::Node => return Err(failed(error)),
                BlockBlame::Nobody => {
                    if let (BlockError::TooDeep { .. }, Some(first)) = (&error, headers.get(at)) {
                        self.raise(first.id(), &error);
                    }
                    HeadersVerdict::Declined { reason: error.to_string() }
                }
                BlockBlame::Bytes | BlockBlame::Block => {
                    self.note(headers.get(at).map(SealedHeader::id), &error);
                    HeadersVerdict::Refused { at, reason: error.to_string() }
                }
            },
        })
    }

    fn wanted(&self, max: usize) -> Result<Vec<BlockRef>, BackendError> {
        Ok(self.chain.wanted(max))
    }

    fn block(&self, id: &BlockId) -> Result<Option<Vec<u8>>, BackendError> {
        self.chain.block(id).map_err(failed)
    }

    fn add_blocks(&self, blocks: &[Vec<u8>]) -> Result<Vec<BlockVerdict>, BackendError> {
        let mut verdicts = Vec::new();
        let mut ahead = 0;
        for (at, bytes) in blocks.iter().enumerate() {
            if at >= ahead {
                ahead = at + self.chain.check_ahead(&blocks[at..], &mut *(self.randomness)()).max(1);
            }
            let verdict = match self.take_block(bytes) {
                Ok(_) => BlockVerdict::Added,
                Err(error) => {
                    let reason = error.to_string();
                    match error.blame() {
                        BlockBlame::Node => return Err(failed(error)),
                        BlockBlame::Nobody => BlockVerdict::OutOfPlace,
                        BlockBlame::Bytes => BlockVerdict::WrongBody { reason },
                        BlockBlame::Block => BlockVerdict::Invalid { reason },
                    }
                }
            };
            let stop = verdict != BlockVerdict::Added;
            verdicts.push(verdict);
            if stop {
                break;
            }
        }
        Ok(verdicts)
    }

    fn pool(&self) -> Result<Vec<[u8; 32]>, BackendError> {
        Ok(self.pool.all().iter().map(|pooled| pooled.wtxid().0).collect())
    }

    fn transaction(&self, wtxid: &[u8; 32]) -> Result<Option<Vec<u8>>, BackendError> {
        let net = self.chain.network().id();
        Ok(self.pool.get(&WitnessId(*wtxid)).map(|pooled| pooled.encode(net)))
    }

    fn add_transaction(&self, bytes: &[u8], _from: TransactionSource) -> Result<TransactionVerdict, BackendError> {
        Ok(match self.admit(bytes) {
            Ok(Admitted::New { wtxid, .. }) => TransactionVerdict::Accepted { id: wtxid.0 },
            Ok(Admitted::Known { wtxid }) => TransactionVerdict::Known { id: wtxid.0 },
            Ok(Admitted::OtherWitness { kept }) => TransactionVerdict::Known { id: kept.0 },
            Err(PoolError::State(error)) => return Err(failed(error)),
            Err(error) => {
                let rules = self.chain.network().rules();
                let id = error.is_of_witness().then(|| UnverifiedTransaction::parse(bytes, &rules).ok());
                let id = id.flatten().map(|transaction| transaction.digests().wtxid.0);
                let rejection = Rejection { reason: reason(&error), detail: detail(&error) };
                let blame = match (error.is_blamed(), error.is_of_branch()) {
                    (false, _) => Blame::Nobody,
                    (true, true) => Blame::Branch,
                    (true, false) => Blame::Sender,
                };
                TransactionVerdict::Refused { id, rejection, blame }
            }
        })
    }

    fn compact(&self, heights: Range<u64>) -> Result<Vec<StoredCompact>, BackendError> {
        let tip = self.chain.tip();
        let heights = cut(heights, tip.block().height + 1);
        heights.map(|height| tip.view().compact(height).map_err(failed)).collect()
    }

    fn listed(&self, positions: Range<u64>) -> Result<Vec<[u8; 96]>, BackendError> {
        let tip = self.chain.tip();
        let positions = cut(positions, tip.totals().list_length);
        Ok(tip.view().listed(positions).map_err(failed)?.iter().map(|listed| listed.enote).collect())
    }
}

fn detail<const MAX: usize>(error: &PoolError) -> Text<MAX> {
    Text::front(error.to_string())
}

/// The family of rules, as wallets are told it.
#[must_use]
pub fn reason(error: &PoolError) -> Reject {
    match error {
        PoolError::Conflict { .. } => Reject::TagSpent,
        PoolError::Full => Reject::PoolFull,
        PoolError::Refused(error) => family(error),
        _ => Reject::Busy,
    }
}

fn family(error: &TxError) -> Reject {
    match error {
        TxError::OtherNetwork { .. } => Reject::OtherNetwork,
        TxError::Expired { .. } => Reject::Expired,
        TxError::NotYetValid { .. } => Reject::NotYetValid,
        TxError::FeeNotQuantised { .. } | TxError::FeeTooLow { .. } | TxError::WeightUnpayable { .. } => {
            Reject::Fee
        }
        TxError::Spent { .. } => Reject::TagSpent,
        TxError::Reference { .. } | TxError::ReferenceKind { .. } => Reject::InvalidReference,
        TxError::Encoding {
            place: Place::Bundle(_),
            error: DecodeError::Point { what: "L" } | DecodeError::Identity { what: "L" },
        } => Reject::InvalidTag,
        error => match error.step() {
            1 | 2 => Reject::Malformed,
            3 => Reject::Order,
            4 => Reject::State,
            5 => Reject::Encoding,
            6..=9 => Reject::BadProof,
            _ => Reject::Contract,
        },
    }
}

/// The family of the rule that a transaction of a block breaks.
fn family_in(error: &BlockError) -> Option<Reject> {
    match error {
        BlockError::Unreadable { error, .. } | BlockError::Transaction { error, .. } => Some(family(error)),
        BlockError::Ancestor { error, .. } => family_in(error),
        _ => None,
    }
}

/// A wallet in the process of the node asks its chain directly.
impl<S: ChainStore, C: Consensus, E: Executor> ChainSource for LedgerBackend<S, C, E> {
    type Error = LocalError;

    async fn tip(&self) -> Result<BlockRef, LocalError> {
        Ok(self.chain.tip().block())
    }

    async fn headers(&self, heights: Range<u64>) -> Result<Vec<([u8; 288], u64)>, LocalError> {
        let sealed = Backend::headers(self, heights)?;
        Ok(sealed.into_iter().map(|sealed| (sealed.header, sealed.nonce)).collect())
    }

    async fn compact(&self, heights: Range<u64>) -> Result<Vec<StoredCompact>, LocalError> {
        Ok(Backend::compact(self, heights)?)
    }

    async fn listed(&self, positions: Range<u64>) -> Result<Vec<[u8; 96]>, LocalError> {
        Ok(Backend::listed(self, positions)?)
    }

    async fn blocks(&self, heights: Range<u64>) -> Result<Vec<Vec<u8>>, LocalError> {
        let front = heights.start..heights.end.min(heights.start.saturating_add(MAX_BLOCKS as u64));
        let headers = Backend::headers(self, front)?;
        headers.iter().map(|header| Ok(self.block(&header.id())?.unwrap_or_default())).collect()
    }

    async fn submit(&self, transaction: &[u8]) -> Result<(), LocalError> {
        match self.add_transaction(transaction, TransactionSource::Wallet)? {
            TransactionVerdict::Accepted { .. } | TransactionVerdict::Known { .. } => Ok(()),
            TransactionVerdict::Refused { rejection, .. } => Err(LocalError::Rejected(rejection)),
        }
    }
}

/// Why the chain of this process gives a wallet no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LocalError {
    /// The chain cannot be read.
    #[error(transparent)]
    Chain(#[from] BackendError),
    /// The transaction is not taken.
    #[error("the node does not take the transaction: {0}")]
    Rejected(Rejection),
}
