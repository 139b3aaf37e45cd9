//! Payments that were signed, until the chain has settled them.
//!
//! Whoever got a transaction may publish it until it expires, whatever he answered. So its bytes are kept before they
//! leave the wallet: they can be sent again, and a payment in its place spends an enote that it spends, so that of the
//! two the chain takes one.

use alloc::{collections::BTreeSet, vec::Vec};

use dero_crypto::{DecodeError, codec::Reader};
use dero_ledger::{
    consensus::Consensus,
    rules::{RuleParameters, TxError},
    transaction::{BodyDigest, Transaction, limits},
};

use super::{
    Payment, Wallet,
    rows::{self, PAYMENT},
};
use crate::{
    chain::ChainError,
    enote::{EnoteState, OwnEnote, option, put_option},
    scan::MAX_REORGANISATION,
    store::Persister,
};

/// A payment that was signed and may still enter a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenPayment {
    /// The transaction.
    pub txid: [u8; 32],
    /// The last height at which it can stand in a block.
    pub expiry: u64,
    /// What it pays as fee.
    pub fee: u64,
    /// What was asked for: as in [`Sent`](super::Sent), and payments to addresses of this wallet too.
    pub payments: Vec<Payment>,
    /// The payment in whose place it was made.
    pub replaces: Option<[u8; 32]>,
    /// Whether a node said that it took it.
    pub accepted: bool,
    bytes: Vec<u8>,
    /// The linking tags of what it spends.
    tags: Vec<[u8; 32]>,
}

/// What a payment in place of another one spends, by one-time keys.
#[derive(Clone, Debug, Default)]
pub(crate) struct InPlace {
    /// One of these, so that it conflicts with that payment and with whatever was made in its place: all of them spend
    /// these. Empty for a payment in place of none.
    pub(crate) must: BTreeSet<[u8; 32]>,
    /// Reserved for one of them, and free for this payment.
    pub(crate) may: BTreeSet<[u8; 32]>,
}

impl InPlace {
    /// Whether an enote can be spent by such a payment.
    pub(crate) fn is_free(&self, own: &OwnEnote, tip: u64) -> bool {
        match own.state(tip) {
            EnoteState::Received => true,
            EnoteState::Reserved => self.may.contains(own.one_time_key()),
            _ => false,
        }
    }
}

impl OpenPayment {
    pub(crate) fn new(
        transaction: &Transaction,
        bytes: Vec<u8>,
        txid: [u8; 32],
        payments: Vec<Payment>,
        replaces: Option<[u8; 32]>,
    ) -> Self {
        let inputs = transaction.body.bundles.iter().flat_map(|bundle| &bundle.inputs);
        let (expiry, fee) = (transaction.body.expiry, transaction.body.fee);
        let tags = inputs.map(|input| input.tag).collect();
        Self { txid, expiry, fee, payments, replaces, accepted: false, bytes, tags }
    }

    /// The bytes that were signed. Sending them once more cannot pay twice.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Whether both spend one enote, so that the chain takes one of the two at most.
    #[must_use]
    pub fn conflicts(&self, other: &Self) -> bool {
        self.tags.iter().any(|tag| other.tags.contains(tag))
    }

    /// Accepted u8 | the replaced one | number of payments u8 | payments | transaction.
    fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::from([u8::from(self.accepted)]);
        put_option(&mut out, self.replaces.as_ref().map(<[u8; 32]>::as_slice));
        out.push(u8::try_from(self.payments.len()).expect("a transaction has few outputs"));
        self.payments.iter().for_each(|payment| payment.write(&mut out));
        out.extend(&self.bytes);
        out
    }

    /// Reads a row back; `None` if it is not what was written under this id.
    pub(super) fn from_bytes(txid: &[u8], value: &[u8], rules: &RuleParameters) -> Option<Self> {
        let (accepted, replaces, payments, bytes) = parts(value).ok()?;
        let transaction: Result<Transaction, TxError> = Transaction::parse(bytes, rules);
        let transaction = transaction.ok()?;
        let id = BodyDigest::of(&transaction.body, &rules.net).txid().0;
        let payment = Self::new(&transaction, bytes.to_vec(), id, payments, replaces);
        (id.as_slice() == txid).then_some(Self { accepted, ..payment })
    }
}

type Parts<'a> = (bool, Option<[u8; 32]>, Vec<Payment>, &'a [u8]);

fn parts(value: &[u8]) -> Result<Parts<'_>, DecodeError> {
    let mut reader = Reader::new(value, "open payment");
    let reader = &mut reader;
    let accepted = reader.count("accepted", 0, 1)? == 1;
    let replaces = option(reader, "replaces", |reader| reader.array("replaced"))?;
    let count = reader.count("payments", 1, limits::BUNDLE_OUTPUTS)?;
    let payments = (0..count).map(|_| Payment::read(reader)).collect::<Result<_, _>>()?;
    Ok((accepted, replaces, payments, reader.rest()))
}

impl<P, C> Wallet<P, C> {
    /// Payments that were signed and may still enter a block, the first to expire first. One that was mined, or in
    /// whose place another one was, is open again when a reorganisation takes that block away.
    #[must_use]
    pub fn open_payments(&self) -> Vec<&OpenPayment> {
        let mut open: Vec<&OpenPayment> = self.state.payments.values().filter(|one| self.is_open(one)).collect();
        open.sort_by_key(|payment| payment.expiry);
        open
    }

    fn is_open(&self, payment: &OpenPayment) -> bool {
        self.tip().height < self.closed_at(payment)
    }

    /// The height from which on it enters no block: where something that it spends was spent, or it expires.
    fn closed_at(&self, payment: &OpenPayment) -> u64 {
        let names = payment.tags.iter().filter_map(|tag| self.state.tags.get(tag));
        let spent = names.filter_map(|name| self.state.enotes.get(name)?.spent);
        spent.map(|spent| spent.height).fold(payment.expiry, u64::min)
    }

    /// What a payment in place of an open one spends; `None` if there is no open one with this id.
    pub(crate) fn in_place_of(&self, txid: &[u8; 32]) -> Option<InPlace> {
        let replaced = self.state.payments.get(txid).filter(|payment| self.is_open(payment))?;
        let names = |payment: &OpenPayment| -> BTreeSet<[u8; 32]> {
            payment.tags.iter().filter_map(|tag| self.state.tags.get(tag)).copied().collect()
        };
        let (mut must, mut may) = (names(replaced), BTreeSet::new());
        // Each one that replaced another spends something that all before it spend; those that expired too, since a
        // reorganisation may lower the tip.
        for payment in self.state.payments.values().filter(|payment| payment.conflicts(replaced)) {
            let spent = names(payment);
            must.retain(|name| spent.contains(name));
            may.extend(spent);
        }
        Some(InPlace { must, may })
    }
}

impl<P: Persister, C: Consensus> Wallet<P, C> {
    /// Says that a node took an open payment.
    ///
    /// # Errors
    ///
    /// [`ChainError`] if the wallet's rows fail.
    pub fn mark_accepted(&mut self, txid: &[u8; 32]) -> Result<(), ChainError<P::Error>> {
        self.settle()?;
        if let Some(payment) = self.state.payments.get(txid) {
            self.keep_payment(OpenPayment { accepted: true, ..payment.clone() });
        }
        self.checkpoint()
    }

    pub(crate) fn keep_payment(&mut self, payment: OpenPayment) {
        self.rows.changes().put(rows::key(PAYMENT, &payment.txid), payment.to_bytes());
        self.state.payments.insert(payment.txid, payment);
    }

    pub(crate) fn drop_payment(&mut self, txid: &[u8; 32]) {
        if self.state.payments.remove(txid).is_some() {
            self.rows.changes().delete(rows::key(PAYMENT, txid));
        }
    }

    /// Until when another payment that is kept reserves what has this tag.
    pub(crate) fn reserved_by_payments(&self, tag: &[u8; 32]) -> Option<u64> {
        let spending = self.state.payments.values().filter(|payment| payment.tags.contains(tag));
        spending.map(|payment| payment.expiry).max()
    }

    /// Drops what no reorganisation opens again.
    pub(super) fn drop_settled_payments(&mut self) {
        let deepest = self.tip().height.checked_sub(MAX_REORGANISATION);
        let settled = |payment: &&OpenPayment| Some(self.closed_at(payment)) <= deepest;
        let settled: Vec<[u8; 32]> =
            self.state.payments.values().filter(settled).map(|payment| payment.txid).collect();
        settled.iter().for_each(|txid| self.drop_payment(txid));
    }
}
