//! What a block changes in a wallet, and what taking it away restores.

use alloc::vec::Vec;

use dero_crypto::enote::{EnoteKind, Recognised};
use dero_ledger::{block::Header, consensus::Consensus};

use super::{
    Payment, Sent, Wallet,
    open::{ENOTE, SENT, key},
};
use crate::{
    chain::ChainError,
    enote::{Condition, OwnEnote, Spent, Stored},
    scan::{Hit, Trial, TrialBundle, decoded_entry},
    store::Persister,
};

/// Something of this wallet in a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incoming {
    /// Its one-time key, the name of the enote.
    pub one_time_key: [u8; 32],
    /// Its amount.
    pub amount: u64,
    /// Whether it is a receipt in waiting, and not locked or conditional.
    pub plain: bool,
}

/// What a block did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// Enotes recognised in the block: not receipts yet.
    pub recognised: Vec<Incoming>,
    /// One-time keys of enotes that entered the reference list: received from now on.
    pub received: Vec<[u8; 32]>,
    /// Transactions that spent enotes of this wallet.
    pub spent_by: Vec<[u8; 32]>,
}

impl<P: Persister, C: Consensus> Wallet<P, C> {
    /// Extends the chain by a block that was tried with this wallet's keys.
    pub(crate) fn apply(
        &mut self,
        header: &Header,
        nonce: u64,
        mut trial: Trial,
    ) -> Result<Applied, ChainError<P::Error>> {
        let listed = self.chain.extend(header, nonce, &trial.listable, &self.consensus, &mut self.rows)?;
        let mut applied = Applied::default();
        for (position, entry) in listed {
            let (name, _) = entry.split_first_chunk::<32>().expect("an entry has 96 bytes");
            let own = self.enotes.get_mut(name).filter(|own| {
                // A copy of the key with another amount or asset is not this enote.
                own.position.is_none() && own.record.decode().is_ok_and(|enote| decoded_entry(&enote) == entry)
            });
            if let Some(own) = own {
                own.position = Some(position);
                applied.received.push(*name);
                self.store_enote(name);
            }
        }
        for bundle in &mut trial.bundles {
            self.apply_bundle(header.height, bundle, &mut applied);
        }
        for hit in trial.coinbase {
            self.apply_hit(header.height, trial.coinbase_id, hit, false, &mut applied);
        }
        Ok(applied)
    }

    fn apply_bundle(&mut self, height: u64, bundle: &mut TrialBundle, applied: &mut Applied) {
        let spent: Vec<[u8; 32]> = bundle.tags.iter().filter_map(|tag| self.tags.get(tag).copied()).collect();
        if !spent.is_empty() {
            bundle.try_self(&self.keys, &self.known);
            for name in &spent {
                if let Some(own) = self.enotes.get_mut(name) {
                    own.spent = Some(Spent { height, txid: bundle.txid });
                }
                self.store_enote(name);
            }
            self.record_sent(height, bundle, &spent);
            if !applied.spent_by.contains(&bundle.txid) {
                applied.spent_by.push(bundle.txid);
            }
        }
        for hit in core::mem::take(&mut bundle.hits) {
            let foreign = spent.is_empty() && hit.recognised.kind() != EnoteKind::External;
            self.apply_hit(height, bundle.txid, hit, foreign, applied);
        }
    }

    fn apply_hit(&mut self, height: u64, txid: [u8; 32], hit: Hit, foreign_self_send: bool, applied: &mut Applied) {
        let stored = Stored {
            height,
            txid,
            place: hit.place,
            condition: hit.condition,
            foreign_self_send,
            context: hit.context,
            record: hit.record,
            position: None,
            reference: None,
            reserved_until: None,
            spent: None,
        };
        let incoming = Incoming {
            one_time_key: *hit.record.one_time_key(),
            amount: hit.recognised.opening().amount().0,
            plain: hit.condition == Condition::None,
        };
        if self.keep(stored, hit.recognised) {
            applied.recognised.push(incoming);
        }
    }

    /// Keeps an enote, unless one with its key is there already: a copy of a key burns nothing and counts nothing.
    pub(super) fn keep(&mut self, stored: Stored, recognised: Recognised) -> bool {
        let name = *stored.record.one_time_key();
        let Ok(view) = self.keys.one_time_view(&recognised) else { return false };
        if self.enotes.contains_key(&name) {
            return false;
        }
        self.tags.insert(view.tag().to_bytes(), name);
        self.enotes.insert(name, stored.with(recognised, view));
        self.store_enote(&name);
        true
    }

    pub(crate) fn store_enote(&mut self, name: &[u8; 32]) {
        if let Some(enote) = self.enotes.get(name) {
            self.rows.changes().put(key(ENOTE, name), enote.to_bytes());
        }
    }

    /// What an own bundle paid to others, opened again from the outgoing secret.
    fn record_sent(&mut self, height: u64, bundle: &TrialBundle, spent: &[[u8; 32]]) {
        let sum = |enotes: &mut dyn Iterator<Item = &OwnEnote>| {
            enotes
                .filter(|own| own.asset().is_some_and(|id| id.is_native()))
                .map(|own| u128::from(own.amount().0))
                .sum()
        };
        let inputs: u128 = sum(&mut spent.iter().filter_map(|name| self.enotes.get(name)));
        let (places, outputs): (Vec<_>, Vec<_>) = bundle.outputs().into_iter().unzip();
        let recovered = self.keys.recover_all_outgoing(&bundle.context, &bundle.tx_nonce, &outputs, &self.known);
        let (mut payments, mut opaque, mut returned) = (Vec::new(), 0, 0u128);
        for (place, outgoing) in places.iter().zip(recovered) {
            if let Some(own) = bundle.hits.iter().find(|hit| hit.place == *place) {
                let opening = own.recognised.opening();
                if opening.asset().id().is_some_and(|id| id.is_native()) {
                    returned += u128::from(opening.amount().0);
                }
            } else if let Some(outgoing) = outgoing {
                payments.push(Payment {
                    asset: outgoing.opening().asset().id(),
                    amount: outgoing.opening().amount().0,
                    spend_key: outgoing.spend_key().to_bytes(),
                    tag: outgoing.tag().0,
                });
            } else {
                opaque += 1;
            }
        }
        let native = payments.iter().filter(|payment| payment.asset.is_some_and(|id| id.is_native()));
        let paid: u128 = native.map(|payment| u128::from(payment.amount)).sum();
        let fee =
            inputs.checked_sub(returned + paid).filter(|_| opaque == 0).and_then(|fee| u64::try_from(fee).ok());
        let record = Sent { height, txid: bundle.txid, payments, opaque, fee };
        self.rows.changes().put(key(SENT, &record.txid), record.to_bytes());
        self.sent.insert(record.txid, record);
    }

    /// Takes blocks away down to `height`.
    pub(crate) fn roll_back(&mut self, height: u64) -> Result<(), ChainError<P::Error>> {
        self.chain.roll_back(height, &self.consensus, &mut self.rows)?;
        let length = self.chain.tip_header().list_length;
        let gone: Vec<[u8; 32]> =
            self.enotes.iter().filter(|(_, own)| own.height > height).map(|(name, _)| *name).collect();
        for name in gone {
            if let Some(own) = self.enotes.remove(&name) {
                self.tags.remove(&own.view.tag().to_bytes());
            }
            self.rows.changes().delete(key(ENOTE, &name));
        }
        let mut changed = Vec::new();
        for (name, own) in &mut self.enotes {
            let before = (own.position, own.spent);
            own.position = own.position.filter(|position| *position < length);
            own.spent = own.spent.filter(|spent| spent.height <= height);
            if before != (own.position, own.spent) {
                changed.push(*name);
            }
        }
        changed.iter().for_each(|name| self.store_enote(name));
        let undone: Vec<[u8; 32]> =
            self.sent.values().filter(|sent| sent.height > height).map(|sent| sent.txid).collect();
        for txid in undone {
            self.sent.remove(&txid);
            self.rows.changes().delete(key(SENT, &txid));
        }
        Ok(())
    }
}
