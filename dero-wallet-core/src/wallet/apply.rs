//! What a block changes in a wallet, and what taking it away restores.

use alloc::vec::Vec;

use dero_crypto::{
    asset::AssetId,
    enote::{EnoteKind, Opening, Outgoing, Recognised},
};
use dero_ledger::{
    block::Header,
    consensus::Consensus,
    transaction::{VaultId, fee::is_quantised},
};

use super::{
    Payment, Sent, Wallet,
    rows::{self, ENOTE, RESERVED, SENT, VAULT, VAULTS_OF_BLOCK, key},
};
use crate::{
    chain::{ChainError, LightChain},
    enote::{Condition, Spent, Stored},
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
    /// Extends the chain by a block that was tried with this wallet's keys; `listed` is what a source says of the
    /// positions that are undecided.
    pub(crate) fn apply(
        &mut self,
        header: &Header,
        nonce: u64,
        mut trial: Trial,
        listed: Option<Vec<[u8; 96]>>,
    ) -> Result<Applied, ChainError<P::Error>> {
        self.take_released(header.height, &mut trial)?;
        let vaults = self.new_vaults(core::mem::take(&mut trial.vaults))?;
        let (chain, consensus, rows) = (&mut self.state.chain, &self.consensus, &mut self.rows);
        let listed = chain.extend(header, nonce, &trial.listable, listed, consensus, rows)?;
        // The block follows: from here on nothing fails, so that it is applied whole. One that does not follow has
        // left nothing behind.
        self.keep_vaults(header.height, &vaults);
        let mut applied = Applied::default();
        self.keep_assets(header.height, &trial.registered);
        for (position, entry) in listed {
            let (name, _) = entry.split_first_chunk::<32>().expect("an entry has 96 bytes");
            let own = self.state.enotes.get_mut(name).filter(|own| {
                // A copy of the key with another amount or asset is not this enote.
                own.position.is_none() && own.record.decode().is_ok_and(|enote| decoded_entry(&enote) == entry)
            });
            if let Some(own) = own {
                own.position = Some(position);
                if own.asset().is_some() {
                    applied.received.push(*name);
                }
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

    /// Keeps what a block before the wallet's first one means for later ones.
    pub(crate) fn keep_older(&mut self, height: u64, mut trial: Trial) -> Result<(), ChainError<P::Error>> {
        self.take_released(height, &mut trial)?;
        let vaults = self.new_vaults(core::mem::take(&mut trial.vaults))?;
        self.keep_vaults(height, &vaults);
        self.keep_assets(height, &trial.registered);
        LightChain::put_pending(height, &trial.listable, &mut self.rows);
        Ok(())
    }

    fn keep_assets(&mut self, height: u64, registered: &[AssetId]) {
        for (number, id) in registered.iter().enumerate() {
            self.state.register(height, *id);
            self.rows.changes().put(rows::asset_key(height, number), id.0);
        }
    }

    /// The vaults of a block that are not known yet. The first record of a vault stands: only a block that breaks the
    /// rules has a second one.
    fn new_vaults(&self, vaults: Vec<(VaultId, Vec<u8>)>) -> Result<Vec<(VaultId, Vec<u8>)>, ChainError<P::Error>> {
        let mut new: Vec<(VaultId, Vec<u8>)> = Vec::new();
        for (vault, parts) in vaults {
            let is_known = self.rows.bulk(&key(VAULT, &vault.0)).map_err(ChainError::Rows)?.is_some();
            if !is_known && !new.iter().any(|(other, _)| *other == vault) {
                new.push((vault, parts));
            }
        }
        Ok(new)
    }

    /// Remembers how many parts the outcomes of vaults have, until their block is taken away.
    fn keep_vaults(&mut self, height: u64, vaults: &[(VaultId, Vec<u8>)]) {
        if vaults.is_empty() {
            return;
        }
        for (vault, parts) in vaults {
            self.rows.changes().put_bulk(key(VAULT, &vault.0), parts.as_slice());
        }
        let ids: Vec<u8> = vaults.iter().flat_map(|(vault, _)| vault.0).collect();
        self.rows.changes().put_bulk(key(VAULTS_OF_BLOCK, &height.to_be_bytes()), ids);
    }

    fn forget_vaults(&mut self, height: u64) -> Result<(), ChainError<P::Error>> {
        let row = key(VAULTS_OF_BLOCK, &height.to_be_bytes());
        let Some(vaults) = self.rows.bulk(&row).map_err(ChainError::Rows)? else { return Ok(()) };
        for vault in vaults.as_chunks::<32>().0 {
            self.rows.changes().delete_bulk(key(VAULT, vault));
        }
        self.rows.changes().delete_bulk(row);
        Ok(())
    }

    fn apply_bundle(&mut self, height: u64, bundle: &mut TrialBundle, applied: &mut Applied) {
        let spent: Vec<[u8; 32]> = bundle.tags.iter().filter_map(|tag| self.state.tags.get(tag).copied()).collect();
        if !spent.is_empty() {
            bundle.try_self(&self.keys, &self.state.known);
            for name in &spent {
                if let Some(own) = self.state.enotes.get_mut(name) {
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
            // Whoever holds the audit key makes self-sends in transactions of his own: receipts from him.
            let foreign = spent.is_empty() && hit.recognised.kind() != EnoteKind::External;
            self.apply_hit(height, bundle.txid, hit, foreign, applied);
        }
    }

    fn apply_hit(
        &mut self,
        height: u64,
        txid: [u8; 32],
        mut hit: Hit,
        foreign_self_send: bool,
        applied: &mut Applied,
    ) {
        // A wallet that began at genesis has read every registration up to this block: an asset that is not among
        // them exists in no later block either, since its enotes come after it. Another one keeps such an enote as
        // of an asset not known yet, in no balance and no notice, until it has scanned from genesis.
        let known = hit.recognised.opening_mut().resolve(&self.state.known);
        if !known && self.scans_from() == Some(1) {
            return;
        }
        let stored = Stored {
            height,
            txid,
            place: hit.place,
            condition: hit.condition,
            foreign_self_send,
            context: hit.context,
            record: hit.record,
            position: None,
            reserved_until: None,
            spent: None,
        };
        let incoming = Incoming {
            one_time_key: *hit.record.one_time_key(),
            amount: hit.recognised.opening().amount().0,
            plain: hit.condition == Condition::None,
        };
        if self.keep(stored, hit.recognised) && known {
            applied.recognised.push(incoming);
        }
    }

    /// Keeps an enote, unless one with its key is there already: a copy of a key burns nothing and counts nothing.
    pub(super) fn keep(&mut self, mut stored: Stored, recognised: Recognised) -> bool {
        let name = *stored.record.one_time_key();
        let Ok(view) = self.keys.one_time_view(&recognised) else { return false };
        if self.state.enotes.contains_key(&name) {
            return false;
        }
        let tag = view.tag().to_bytes();
        stored.reserved_until = self.take_reservation(&tag);
        self.state.tags.insert(tag, name);
        self.state.enotes.insert(name, stored.with(recognised, view));
        self.store_enote(&name);
        true
    }

    /// Until when an enote is reserved that was taken away with its block; forgets that.
    pub(crate) fn take_reservation(&mut self, tag: &[u8; 32]) -> Option<u64> {
        let until = self.state.reserved.remove(tag)?;
        self.rows.changes().delete(key(RESERVED, tag));
        Some(until)
    }

    /// Keeps until when an enote is reserved that is not there.
    pub(crate) fn keep_reservation(&mut self, tag: [u8; 32], until: Option<u64>) {
        if let Some(until) = until {
            self.rows.changes().put(key(RESERVED, &tag), until.to_le_bytes());
            self.state.reserved.insert(tag, until);
        }
    }

    pub(crate) fn store_enote(&mut self, name: &[u8; 32]) {
        if let Some(enote) = self.state.enotes.get(name) {
            self.rows.changes().put(key(ENOTE, name.as_slice()), enote.to_bytes());
        }
    }

    /// What an own bundle paid to others, opened again from the outgoing secret.
    fn record_sent(&mut self, height: u64, bundle: &TrialBundle, spent: &[[u8; 32]]) {
        let native = |opening: &Opening| {
            let native = opening.asset().id().is_some_and(|id| id.is_native());
            if native { u128::from(opening.amount().0) } else { 0 }
        };
        let inputs = spent.iter().filter_map(|name| self.state.enotes.get(name));
        let mut fee: Option<u128> = Some(inputs.map(|own| native(own.recognised.opening())).sum());
        let (places, outputs): (Vec<_>, Vec<_>) = bundle.outputs().into_iter().unzip();
        let known = &self.state.known;
        let recovered = self.keys.recover_all_outgoing(&bundle.context, &bundle.tx_nonce, &outputs, known);
        let mut record = Sent { height, txid: bundle.txid, payments: Vec::new(), opaque: 0, fee: None };
        for ((place, output), outgoing) in places.iter().zip(&outputs).zip(recovered) {
            let own = bundle.hits.iter().find(|hit| hit.place == *place).map(|hit| hit.recognised.opening());
            if let Some(opening) = own.or(outgoing.as_ref().map(Outgoing::opening)) {
                fee = fee.and_then(|fee| fee.checked_sub(native(opening)));
            }
            match (own, outgoing) {
                (Some(_), _) => {}
                (None, Some(outgoing)) => record.payments.push(Payment {
                    one_time_key: *output.one_time_key().as_bytes(),
                    asset: outgoing.opening().asset().id(),
                    amount: outgoing.opening().amount().0,
                    spend_key: outgoing.spend_key().to_bytes(),
                    tag: outgoing.tag().0,
                }),
                (None, None) => record.opaque += 1,
            }
        }
        // In a joint transaction value passes from bundle to bundle, and an input that is not known adds nothing to
        // the sum: what is missing then is no fee.
        let whole = bundle.alone && record.opaque == 0 && spent.len() == bundle.tags.len();
        let fee = fee.filter(|_| whole).and_then(|fee| u64::try_from(fee).ok());
        // Nor is a sum that no fee may be: what was burned is in it.
        record.fee = fee.filter(|fee| is_quantised(*fee));
        // A second own bundle of one transaction.
        if let Some(mut first) = self.state.sent.remove(&record.txid) {
            first.payments.append(&mut record.payments);
            (record.payments, record.opaque) = (first.payments, first.opaque + record.opaque);
        }
        self.rows.changes().put(key(SENT, &record.txid), record.to_bytes());
        self.state.sent.insert(record.txid, record);
    }

    /// Takes blocks away to follow another branch. Nothing of that is written before the other branch is better.
    pub(crate) fn begin_switch(&mut self, height: u64) -> Result<(), ChainError<P::Error>> {
        self.switching = true;
        self.roll_back(height, false)
    }

    /// Takes blocks away down to `height` to scan them again. Their headers stay: no other branch is followed that
    /// has not more work than they have.
    pub(crate) fn step_back(&mut self, height: u64) -> Result<(), ChainError<P::Error>> {
        self.switching = true;
        self.roll_back(height, true)
    }

    fn roll_back(&mut self, height: u64, keeps_headers: bool) -> Result<(), ChainError<P::Error>> {
        // A wallet that forgets its start forgets what it read before its first block, too.
        let keeps_start = self.state.chain.keeps_start(height);
        let forgets = !keeps_start && self.scans_from().is_some();
        let from = if forgets { self.state.chain.first_pending().min(height + 1) } else { height + 1 };
        for above in from..=self.tip().height {
            self.forget_vaults(above)?;
        }
        self.state.chain.roll_back(height, keeps_headers, &self.consensus, &mut self.rows)?;
        let length = self.state.chain.tip_header().list_length;
        let gone: Vec<[u8; 32]> =
            self.state.enotes.iter().filter(|(_, own)| own.height > height).map(|(name, _)| *name).collect();
        for name in gone {
            if let Some(own) = self.state.enotes.remove(&name) {
                let tag = own.view.tag().to_bytes();
                self.state.tags.remove(&tag);
                // A payment that is on its way spends it wherever it is found again.
                self.keep_reservation(tag, own.reserved_until);
            }
            self.rows.changes().delete(key(ENOTE, &name));
        }
        let mut changed = Vec::new();
        for (name, own) in &mut self.state.enotes {
            let before = (own.position, own.spent);
            own.position = own.position.filter(|position| *position < length);
            own.spent = own.spent.filter(|spent| spent.height <= height);
            if before != (own.position, own.spent) {
                changed.push(*name);
            }
        }
        changed.iter().for_each(|name| self.store_enote(name));
        let undone: Vec<[u8; 32]> =
            self.state.sent.values().filter(|sent| sent.height > height).map(|sent| sent.txid).collect();
        for txid in undone {
            self.state.sent.remove(&txid);
            self.rows.changes().delete(key(SENT, &txid));
        }
        let kept = self.state.assets.partition_point(|(at, _)| keeps_start && *at <= height);
        let mut number = 0;
        let mut before = None;
        for (at, id) in self.state.assets.split_off(kept) {
            number = if before == Some(at) { number + 1 } else { 0 };
            before = Some(at);
            self.state.known.remove(&id);
            self.rows.changes().delete(rows::asset_key(at, number));
        }
        Ok(())
    }
}
