//! The compact form of a block's transactions.

use alloc::vec::Vec;

use dero_crypto::{NetworkId, enote::Enote};

use super::{
    CompactBundle, CompactEnote, CompactLock, CompactMove, CompactOutput, CompactRegistration, CompactTransaction,
    CompactValues,
};
use crate::transaction::{AssetOp, Body, Bundle, LockRecord, Transaction, TxId};

impl From<&Enote> for CompactEnote {
    fn from(enote: &Enote) -> Self {
        Self {
            one_time_key: enote.one_time_key,
            ephemeral_key: enote.ephemeral_key,
            view_tag_1: enote.view_tag_1,
            view_tag_2: enote.view_tag_2,
            seed_enc: enote.seed_enc,
            pay_enc: enote.pay_enc,
        }
    }
}

impl CompactTransaction {
    /// The compact form of a transaction that passed step 1 of 10.4.
    #[must_use]
    pub fn of(transaction: &Transaction, txid: TxId, net: &NetworkId) -> Self {
        let body = &transaction.body;
        let moves_out = body.moves.iter().filter_map(|public_move| {
            public_move.stub().map(|stub| CompactMove {
                bundle: public_move.bundle,
                contract: public_move.contract,
                asset: public_move.asset,
                amount: public_move.amount,
                stub: *stub,
            })
        });
        let registrations = body.ops.iter().enumerate().filter_map(|(index, op)| match op {
            AssetOp::Register { bundle, descriptor } => Some(CompactRegistration {
                op_index: u8::try_from(index).expect("a transaction has 4 ops at most"),
                bundle: *bundle,
                descriptor: descriptor.clone(),
            }),
            _ => None,
        });
        Self {
            txid,
            bundles: (0..body.bundles.len()).map(|place| CompactBundle::of(body, place, net)).collect(),
            moves_out: moves_out.collect(),
            registrations: registrations.collect(),
        }
    }
}

impl CompactBundle {
    fn of(body: &Body, place: usize, net: &NetworkId) -> Self {
        let bundle = &body.bundles[place];
        let context =
            body.smallest_anchor(place).map(|anchor| dero_crypto::enote::InputContext::bundle(net, &anchor));
        let outputs = bundle.outputs.iter().map(|output| CompactOutput {
            enote: (&output.enote).into(),
            lock: output.lock.as_ref().zip(context).map(|(record, context)| CompactLock {
                vault: record.vault_id(net, &context, &output.enote),
                contract: record.contract,
                due: record.due,
                accept_by: record.accept.as_ref().map_or(0, |phase| phase.accept_by),
                default: record.default,
                alternatives: record
                    .alternatives
                    .iter()
                    .map(|parts| parts.iter().map(CompactEnote::from).collect())
                    .collect(),
            }),
        });
        Self {
            tx_nonce: bundle.tx_nonce,
            anchor: if bundle.inputs.is_empty() { body.smallest_anchor(place) } else { None },
            tags: bundle.inputs.iter().map(|input| input.tag).collect(),
            vaults: bundle.vault_inputs.clone(),
            outputs: outputs.collect(),
        }
    }
}

impl CompactValues {
    /// The value part of transactions in block order, and of the enotes that effects 1 and 2 append.
    #[must_use]
    pub fn of<'a>(transactions: impl IntoIterator<Item = &'a Transaction>, appended: Vec<[u8; 96]>) -> Self {
        let bundles = transactions.into_iter().flat_map(|transaction| &transaction.body.bundles);
        let values = bundles.flat_map(enotes).map(|enote| [enote.commitment, enote.asset_tag]).collect();
        Self { values, appended }
    }
}

/// Outputs of a bundle, then the parts of their locks: the order of the compact form.
fn enotes(bundle: &Bundle) -> impl Iterator<Item = &Enote> {
    let locks = bundle.outputs.iter().filter_map(|output| output.lock.as_ref());
    let parts = locks.flat_map(|record: &LockRecord| record.alternatives.iter().flatten());
    bundle.outputs.iter().map(|output| &output.enote).chain(parts)
}
