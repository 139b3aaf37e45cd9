//! Somebody with the whole chain and no key.

use std::collections::BTreeSet;

use dero_crypto::{keys::Address, network::NetworkKind};
use dero_ledger::{block::Block, params::Network, transaction::Transaction};

use crate::{Failure, local::Node};

/// What the observer found.
pub(super) struct Findings {
    /// Blocks that it read.
    pub(super) blocks: u64,
    /// Transactions in them.
    pub(super) transactions: usize,
    /// Places where a part of a known address stands in the chain.
    pub(super) address_hits: usize,
    /// Keys, commitments, tags or images that occur twice.
    pub(super) repeated: usize,
    /// The smallest set among which an input hides.
    pub(super) smallest_set: u64,
    /// Bytes that all transactions of the payments have in length; one length if they look alike.
    pub(super) lengths: BTreeSet<usize>,
}

/// Reads the chain of `node` and tries to tie payments to the addresses that it knows were paid.
pub(super) async fn look(node: &Node, network: &Network, known: &[String]) -> Result<Findings, Failure> {
    let height = node.height().await?;
    let mut parts = Vec::new();
    for text in known {
        let address = Address::from_text(text, NetworkKind::Dev)?;
        let points = [address.spend_key(), address.base(), address.find_key(), address.receive_key()];
        parts.extend(points.map(|point| point.to_bytes()));
    }
    let mut findings = Findings {
        blocks: 0,
        transactions: 0,
        address_hits: 0,
        repeated: 0,
        smallest_set: u64::MAX,
        lengths: BTreeSet::new(),
    };
    let mut seen = BTreeSet::new();
    for at in 1..=height {
        let bytes = node.block(at).await?;
        let hit = |part: &[u8; 32]| bytes.windows(32).filter(|window| window == part).count();
        findings.address_hits += parts.iter().map(hit).sum::<usize>();
        findings.blocks += 1;
        for transaction in Block::parse(&bytes)?.transactions {
            findings.transactions += 1;
            findings.lengths.insert(transaction.len());
            let transaction = Transaction::parse(transaction, &network.rules())?;
            for bundle in &transaction.body.bundles {
                let inputs = bundle
                    .inputs
                    .iter()
                    .flat_map(|input| [input.tag, input.key, input.commitment, input.asset_tag]);
                let outputs = bundle.outputs.iter().flat_map(|output| {
                    let enote = &output.enote;
                    [enote.one_time_key, enote.commitment, enote.asset_tag, enote.ephemeral_key]
                });
                findings.repeated += inputs.chain(outputs).filter(|key| !seen.insert(*key)).count();
                if !bundle.inputs.is_empty() {
                    // On this network a set holds all members before the anchor, or a whole group.
                    findings.smallest_set = findings.smallest_set.min(network.set_size());
                }
            }
        }
    }
    Ok(findings)
}
