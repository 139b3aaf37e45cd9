//! A stranger's copy of a chain: every block fetched from a node, and every rule and proof in it checked again.

use std::{ops::Range, sync::Arc};

use dero_crypto::{
    group::Point,
    keys::LinkingTag,
    membership::{Candidates, Image, Interval, ListView, MembershipProof, Reference, ReferenceSet, SetParameters},
};
use dero_ledger::{
    chain::{Chain, ChainOptions, NextState},
    consensus::{Blake3, ProofOfWork},
    execution::NoContracts,
    params::Network,
    rules::StateView as _,
    store::{MemoryStore, MemoryView, StoreView as _},
    transaction::{Input, Transaction},
};

use super::{Node, Spend};
use crate::{Failure, unix_time};

/// A chain in memory, made from a network's file and the blocks of a node, and nothing else.
#[derive(Debug)]
pub(crate) struct ChainCopy {
    pub(crate) network: Arc<Network>,
    chain: Chain<MemoryStore, ProofOfWork<Blake3>, NoContracts>,
}

/// The set that a membership proof is made over, and what the transaction says it is.
#[derive(Clone, Debug)]
pub(crate) struct Claim {
    pub(crate) reference: Reference,
    pub(crate) set: Arc<ReferenceSet>,
    pub(crate) parameters: SetParameters,
}

impl ChainCopy {
    pub(crate) fn new(network: &Arc<Network>) -> Result<Self, Failure> {
        let network = Arc::clone(network);
        let (store, own) = (MemoryStore::new(), Network::clone(&network));
        let chain = Chain::open(store, own, ProofOfWork(Blake3), NoContracts, ChainOptions::default())?;
        Ok(Self { network, chain })
    }

    /// Takes the blocks that are new. The node must not reorganise.
    pub(crate) async fn follow(&self, node: &Node) -> Result<(), Failure> {
        for height in self.height() + 1..=node.height().await? {
            let block = node.block(height).await?;
            self.chain.add_block(&block, unix_time(), &mut rand::rng())?;
        }
        Ok(())
    }

    pub(crate) fn height(&self) -> u64 {
        self.chain.tip().block().height
    }

    /// What the next block is checked against.
    fn next_state(&self) -> NextState<MemoryView> {
        self.chain.next_state()
    }

    /// Length of the reference list after the appends of a height.
    pub(crate) fn list_length(&self, height: u64) -> Result<u64, Failure> {
        Ok(self.chain.tip().view().totals(height)?.list_length)
    }

    /// Entries of the reference list: Ko, C, T.
    pub(crate) fn listed(&self, positions: Range<u64>) -> Result<Vec<[u8; 96]>, Failure> {
        let listed = self.chain.tip().view().listed(positions)?;
        Ok(listed.into_iter().map(|listed| listed.enote).collect())
    }

    /// Transactions and coinbase of every block, by height from 1 on.
    pub(crate) fn bodies(&self) -> Result<Vec<Vec<u8>>, Failure> {
        let view = self.chain.tip().view().clone();
        let body = |height| Ok(view.block(height)?.body);
        (1..=self.height()).map(body).collect()
    }

    /// Every transaction of every block, with its height and its bytes.
    pub(crate) fn transactions(&self) -> Result<Vec<(u64, Vec<u8>, Transaction)>, Failure> {
        let mut found = Vec::new();
        for (height, body) in (1..).zip(self.bodies()?) {
            for bytes in dero_ledger::block::parse_body(&body)?.0 {
                found.push((height, bytes.to_vec(), Transaction::parse(bytes, &self.network.rules())?));
            }
        }
        Ok(found)
    }

    /// The inputs of a transaction, each with its proof and the set that its reference names.
    pub(crate) fn spends(&self, transaction: &Transaction) -> Result<Vec<Spend>, Failure> {
        let sets = self.network.rules().sets;
        let inputs = transaction.body.bundles.iter().flat_map(|bundle| &bundle.inputs);
        let parts = transaction.membership.chunks(Reference::LEN + MembershipProof::len(sets));
        let spend = |(input, bytes): (&Input, &[u8])| {
            let (reference, proof) = bytes.split_at(Reference::LEN);
            let image = Image {
                key: Point::decode(&input.key, "K~")?,
                commitment: Point::decode(&input.commitment, "C~")?,
                asset_tag: Point::decode(&input.asset_tag, "T~")?,
            };
            let set = self.claim_of(Reference::from_bytes(reference)?)?.set;
            let proof = MembershipProof::from_bytes(proof, sets)?;
            Ok(Spend { tag: LinkingTag::decode(&input.tag)?, image, proof, set })
        };
        inputs.zip(parts).map(spend).collect()
    }

    /// The set of a position: the newest window that holds it, or else its group.
    pub(crate) fn claim(&self, position: u64) -> Result<Claim, Failure> {
        let (state, view) = (self.next_state(), self.view());
        let candidates = Candidates::of(position, &view, |anchor| state.anchor_length(anchor))?;
        let reference = candidates.open.or(candidates.closed).ok_or("no set holds the position yet")?;
        self.claim_of(reference)
    }

    /// The set that a reference names now.
    pub(crate) fn claim_of(&self, reference: Reference) -> Result<Claim, Failure> {
        let state = self.next_state();
        let length = |anchor| state.anchor_length(anchor).map_err(|error| -> Failure { error.into() });
        let interval = reference.resolve(&self.view(), length)?;
        self.claim_over(reference, interval)
    }

    /// The members of any interval, under any reference.
    pub(crate) fn claim_over(&self, reference: Reference, interval: Interval) -> Result<Claim, Failure> {
        let set = self.next_state().reference_set(reference.kind(), interval)?;
        Ok(Claim { reference, set, parameters: self.network.rules().sets })
    }

    fn view(&self) -> ListView {
        let (state, rules) = (self.next_state(), self.network.rules());
        ListView {
            height: state.height(),
            length: state.tip().next_list().length,
            parameters: rules.sets,
            min_length: rules.shortest_list,
        }
    }
}
