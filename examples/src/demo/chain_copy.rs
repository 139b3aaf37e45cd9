//! A stranger's copy of a chain: every block fetched from a node, and every rule and proof in it checked again.

use std::{ops::Range, sync::Arc};

use dero_ledger::{
    chain::{Chain, ChainOptions, NextState},
    consensus::{Blake3, ProofOfWork},
    execution::NoContracts,
    params::Network,
    store::{MemoryStore, MemoryView, StoreView as _},
    transaction::Transaction,
};

use crate::{Failure, local::Node, unix_time};

/// A chain in memory, made from a network's file and the blocks of a node, and nothing else.
#[derive(Debug)]
pub(super) struct ChainCopy {
    pub(super) network: Arc<Network>,
    chain: Chain<MemoryStore, ProofOfWork<Blake3>, NoContracts>,
}

impl ChainCopy {
    pub(super) fn new(network: &Arc<Network>) -> Result<Self, Failure> {
        let network = Arc::clone(network);
        let (store, own) = (MemoryStore::new(), Network::clone(&network));
        let chain = Chain::open(store, own, ProofOfWork(Blake3), NoContracts, ChainOptions::default())?;
        Ok(Self { network, chain })
    }

    /// Takes the blocks that are new. The node must not reorganise.
    pub(super) async fn follow(&self, node: &Node) -> Result<(), Failure> {
        for height in self.height() + 1..=node.height().await? {
            let block = node.block(height).await?;
            self.chain.add_block(&block, unix_time(), &mut rand::rng())?;
        }
        Ok(())
    }

    pub(super) fn height(&self) -> u64 {
        self.chain.tip().block().height
    }

    /// What the next block is checked against.
    pub(super) fn next_state(&self) -> NextState<MemoryView> {
        self.chain.next_state()
    }

    /// Length of the reference list after the appends of a height.
    pub(super) fn list_length(&self, height: u64) -> Result<u64, Failure> {
        Ok(self.chain.tip().view().totals(height)?.list_length)
    }

    /// Entries of the reference list: Ko, C, T.
    pub(super) fn listed(&self, positions: Range<u64>) -> Result<Vec<[u8; 96]>, Failure> {
        let listed = self.chain.tip().view().listed(positions)?;
        Ok(listed.into_iter().map(|listed| listed.enote).collect())
    }

    /// Every block, by height from 1 on.
    pub(super) fn blocks(&self) -> Result<Vec<Vec<u8>>, Failure> {
        let view = self.chain.tip().view().clone();
        let body = |height| Ok(view.block(height)?.body);
        (1..=self.height()).map(body).collect()
    }

    /// Every transaction of every block, with its height and its bytes.
    pub(super) fn transactions(&self) -> Result<Vec<(u64, Vec<u8>, Transaction)>, Failure> {
        let mut found = Vec::new();
        for (height, body) in (1..).zip(self.blocks()?) {
            for bytes in dero_ledger::block::parse_body(&body)?.0 {
                found.push((height, bytes.to_vec(), Transaction::parse(bytes, &self.network.rules())?));
            }
        }
        Ok(found)
    }
}
