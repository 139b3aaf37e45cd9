//! Messages beside payments, as they stand in whole transactions.

use alloc::vec::Vec;

use dero_crypto::enote::{DecodedEnote, EnoteSeed, InputContext, MemoEntries, Outgoing, open_memo};
use dero_ledger::{
    rules::{Section, TxError},
    transaction::{Bundle, Transaction, memo_digest},
};

use super::Wallet;
use crate::scan::decoded_entry;

/// What stands beside an output of a transaction, readable to this wallet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Memo {
    /// The one-time key of the output.
    pub one_time_key: [u8; 32],
    /// Whether this wallet wrote it to somebody else.
    pub outgoing: bool,
    /// What it says; never empty.
    pub entries: MemoEntries,
}

impl<P, C> Wallet<P, C> {
    /// What stands beside an output that this wallet received or paid, by the output's one-time key; `None` if that
    /// is nothing, or was not [fetched](Self::fetch_memos) yet. What it wrote itself it knows at once.
    #[must_use]
    pub fn memo(&self, one_time_key: &[u8; 32]) -> Option<&MemoEntries> {
        self.state.memos.get(one_time_key).filter(|entries| !entries.is_empty())
    }

    /// The memos of a transaction, as bytes, that this wallet received or wrote, in the order of the outputs. Those
    /// that do not open are left out, unused ones and those of other people too: none of them says anything about a
    /// payment, which counts as it is.
    ///
    /// The transaction must be in a block that this wallet has scanned. Whoever asks a node for one transaction tells
    /// it that this one is his: [`fetch_memos`](Self::fetch_memos) does not.
    ///
    /// # Errors
    ///
    /// [`TxError`] if these are no bytes of a transaction, or not the memos that it commits to.
    pub fn memos(&self, transaction: &[u8]) -> Result<Vec<Memo>, TxError> {
        self.memos_of(&Transaction::parse(transaction, &self.network().rules())?)
    }

    /// [`memos`](Self::memos) of a transaction that is read already.
    pub(super) fn memos_of(&self, transaction: &Transaction) -> Result<Vec<Memo>, TxError> {
        let net = self.network().id();
        let Transaction { body, memos, .. } = transaction;
        let (section, size) = (Section::Memos, body.memo_class.bytes());
        let (expected, found) = (size * body.output_count(), memos.len());
        if expected != found {
            return Err(TxError::SectionLength { section, expected, found });
        }
        if memo_digest(memos) != body.memo_digest {
            return Err(TxError::Digest { section });
        }
        let contexts = body.input_contexts(net).unwrap_or_default();
        let seeds = body.bundles.iter().zip(contexts).flat_map(|(bundle, ic)| self.seeds(bundle, &ic));
        let keys = body.bundles.iter().flat_map(|bundle| &bundle.outputs).map(|output| output.enote.one_time_key);
        let read = |((one_time_key, seed), memo): ((_, Option<(EnoteSeed, bool)>), &[u8])| {
            let (seed, outgoing) = seed?;
            let entries = MemoEntries::read(open_memo(&seed, &one_time_key, memo).ok()?.expose());
            (!entries.is_empty()).then_some(Memo { one_time_key, outgoing, entries })
        };
        Ok(keys.zip(seeds).zip(memos.chunks_exact(size.max(1))).filter_map(read).collect())
    }

    /// σ of every output of a bundle as far as this wallet knows it, and whether it paid somebody else.
    fn seeds(&self, bundle: &Bundle, context: &InputContext) -> Vec<Option<(EnoteSeed, bool)>> {
        let decoded: Vec<Option<DecodedEnote>> =
            bundle.outputs.iter().map(|output| output.enote.decode().ok()).collect();
        let mine = bundle.inputs.iter().any(|input| self.state.tags.contains_key(&input.tag));
        let sent: Vec<Option<Outgoing>> = match decoded.iter().copied().collect::<Option<Vec<_>>>() {
            Some(all) if mine => self.keys.recover_all_outgoing(context, &bundle.tx_nonce, &all, &self.state.known),
            _ => Vec::from_iter(decoded.iter().map(|_| None)),
        };
        let seed = |(enote, sent): (Option<DecodedEnote>, Option<Outgoing>)| {
            let enote = enote?;
            let own = self.state.enotes.get(enote.one_time_key().as_bytes());
            let own = own.filter(|own| {
                own.context == *context
                    && own.record.decode().is_ok_and(|stored| decoded_entry(&stored) == decoded_entry(&enote))
            });
            match own {
                Some(own) => Some((own.recognised.seed().clone(), false)),
                None => sent.map(|sent| (sent.seed().clone(), true)),
            }
        };
        decoded.into_iter().zip(sent).map(seed).collect()
    }
}
