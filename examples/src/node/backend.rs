//! A chain and a pool as the network sees them.

use std::{
    ops::Range,
    sync::atomic::{AtomicU64, Ordering},
};

use dero_crypto::NetworkId;
use dero_ledger::{
    block::{Block, BlockId, BlockRef},
    chain::{
        Added, BlockBlame, BlockError, Chain, ChainError, ChainOptions,
        pool::{Admitted, Mempool, PoolError, PoolLimits},
    },
    consensus::{Blake3, ProofOfWork},
    execution::NoContracts,
    params::Network,
    rules::{TxError, UnverifiedTransaction},
    store::{RedbStore, StoreView, StoredCompact},
    transaction::WitnessId,
};
use dero_net::{
    backend::{
        Backend, BackendError, BlockVerdict, ChainLimits, HeadersVerdict, SealedHeader, TransactionSource,
        TransactionVerdict,
    },
    message::{
        Tip,
        wallet::{Reject, Rejection},
    },
};

use crate::unix_time;

/// The chain of the reference node.
pub(super) type OwnChain = Chain<RedbStore, ProofOfWork<Blake3>, NoContracts>;

/// A chain on a disk and what waits for its next block.
#[derive(Debug)]
pub(super) struct NodeBackend {
    pub(super) chain: OwnChain,
    pub(super) pool: Mempool,
    /// How often the best branch changed, and how many blocks were taken back.
    pub(super) reorganisations: AtomicU64,
}

impl NodeBackend {
    pub(super) fn open(folder: &std::path::Path, network: Network) -> Result<Self, ChainError> {
        let store = RedbStore::open(folder, network.id())?;
        let rules = network.rules();
        let chain = Chain::open(store, network, ProofOfWork(Blake3), NoContracts, ChainOptions::default())?;
        let pool = Mempool::new(rules, PoolLimits::default(), std::sync::Arc::clone(chain.verdicts()));
        Ok(Self { chain, pool, reorganisations: AtomicU64::new(0) })
    }

    /// Takes a block from a peer or from the miner here.
    pub(super) fn take_block(&self, bytes: &[u8]) -> Result<Added, BlockError> {
        let rng = &mut rand::rng();
        let added = self.chain.add_block(bytes, unix_time(), rng)?;
        if let Added::Advanced(advance) = &added {
            if !advance.reverted.is_empty() {
                self.reorganisations.fetch_add(1, Ordering::Relaxed);
            }
            let state = self.chain.next_state();
            self.pool.update(&state, rng)?;
            // Transactions of blocks that were taken back wait again.
            self.pool.admit(&state, &advance.orphaned, rng);
        }
        Ok(added)
    }

    /// Takes a transaction into the pool.
    pub(super) fn admit(&self, bytes: &[u8]) -> Result<Admitted, PoolError> {
        let rng = &mut rand::rng();
        let state = self.chain.next_state();
        self.pool.update(&state, rng).map_err(PoolError::State)?;
        let result = self.pool.admit(&state, &[bytes], rng).into_iter().next();
        result.expect("one answer for one transaction")
    }
}

fn failed(error: impl std::fmt::Display) -> BackendError {
    BackendError(error.to_string())
}

fn sealed((header, nonce): ([u8; 288], u64)) -> SealedHeader {
    SealedHeader { header, nonce }
}

fn cut(range: Range<u64>, end: u64) -> Range<u64> {
    range.start.min(end)..range.end.min(end).max(range.start.min(end))
}

impl Backend for NodeBackend {
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
        let result = self.chain.add_headers(&sealed, unix_time());
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
                BlockBlame::Nobody => HeadersVerdict::Declined { reason: error.to_string() },
                BlockBlame::Bytes | BlockBlame::Block => HeadersVerdict::Refused { at, reason: error.to_string() },
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
        for bytes in blocks {
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
                TransactionVerdict::Refused { id, rejection, blame: error.is_blamed() }
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

fn detail<const MAX: usize>(error: &PoolError) -> dero_net::message::Text<MAX> {
    dero_net::message::Text::front(error.to_string())
}

/// The family of rules, as wallets are told it.
pub(super) fn reason(error: &PoolError) -> Reject {
    match error {
        PoolError::Conflict { .. } => Reject::TagSpent,
        PoolError::Full => Reject::PoolFull,
        PoolError::Refused(error) => match error {
            TxError::OtherNetwork { .. } => Reject::OtherNetwork,
            TxError::Expired { .. } => Reject::Expired,
            TxError::NotYetValid { .. } => Reject::NotYetValid,
            TxError::FeeNotQuantised { .. } | TxError::FeeTooLow { .. } | TxError::WeightUnpayable { .. } => {
                Reject::Fee
            }
            TxError::Spent { .. } => Reject::TagSpent,
            TxError::Reference { .. } | TxError::ReferenceKind { .. } => Reject::InvalidReference,
            error => match error.step() {
                1 | 2 => Reject::Malformed,
                3 => Reject::Order,
                4 => Reject::State,
                5 => Reject::Encoding,
                6..=9 => Reject::BadProof,
                _ => Reject::Contract,
            },
        },
        _ => Reject::Busy,
    }
}
