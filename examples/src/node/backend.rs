//! The chain of the reference node: in redb on a disk, sealed by BLAKE3, without contracts.

use std::path::Path;

use dero_ledger::{
    chain::{Chain, ChainError, ChainOptions, pool::PoolLimits},
    consensus::{Blake3, ProofOfWork},
    execution::NoContracts,
    params::Network,
    store::RedbStore,
};
use dero_net::{clock::SystemClock, ledger::LedgerBackend};

/// The chain and what waits for its next block.
pub(super) type NodeBackend = LedgerBackend<RedbStore, ProofOfWork<Blake3>, NoContracts>;

/// Opens the chain of `network` in `folder`, or begins it.
pub(super) fn open(folder: &Path, network: Network) -> Result<NodeBackend, ChainError> {
    let store = RedbStore::open(folder, network.id())?;
    let chain = Chain::open(store, network, ProofOfWork(Blake3), NoContracts, ChainOptions::default())?;
    Ok(LedgerBackend::new(chain, PoolLimits::default(), SystemClock::new(), rand::rng))
}
