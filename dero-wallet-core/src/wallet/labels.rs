//! Names that the owner gives to his addresses. Nobody else learns them.

use alloc::{
    collections::{BTreeMap, BTreeSet},
    string::{String, ToString},
};

use dero_crypto::keys::{Address, AddressIndex};
use dero_ledger::consensus::Consensus;

use super::{Wallet, rows};
use crate::{chain::ChainError, store::Persister};

/// Bytes of a label, at most: longer ones are cut.
const LABEL_BYTES: usize = 256;

impl<P, C> Wallet<P, C> {
    /// The label of an address.
    #[must_use]
    pub fn label(&self, index: AddressIndex) -> Option<&str> {
        self.state.labels.get(&index).map(String::as_str)
    }

    /// All labels, by account and address.
    #[must_use]
    pub fn labels(&self) -> &BTreeMap<AddressIndex, String> {
        &self.state.labels
    }

    /// Accounts in use: the first one, and those with an address that has an enote or a label. There is nothing to
    /// open: every account is scanned, and a restore finds those that were paid.
    #[must_use]
    pub fn accounts(&self) -> BTreeSet<u32> {
        let used = self.used_addresses().map(AddressIndex::account);
        used.chain([0]).collect()
    }

    fn used_addresses(&self) -> impl Iterator<Item = AddressIndex> {
        self.enotes().map(|own| own.recognised().index()).chain(self.state.labels.keys().copied())
    }
}

impl<P: Persister, C: Consensus> Wallet<P, C> {
    /// Labels an address; an empty label stays a label, and the address counts as handed out. Labels survive a
    /// rescan; they are not in the chain, so a restore from the seed has none.
    ///
    /// # Errors
    ///
    /// [`ChainError`] if the wallet's rows fail.
    pub fn set_label(&mut self, index: AddressIndex, label: &str) -> Result<(), ChainError<P::Error>> {
        self.settle()?;
        let end = (0..=LABEL_BYTES.min(label.len())).rev().find(|end| label.is_char_boundary(*end)).unwrap_or(0);
        let label = label[..end].to_string();
        self.rows.changes().put(rows::label_key(index), label.as_bytes());
        self.state.labels.insert(index, label);
        self.checkpoint()
    }

    /// The next address of an account that has neither a label nor an enote, with this label from now on. One
    /// address for each payer keeps payers from learning that they pay the same wallet.
    ///
    /// # Errors
    ///
    /// [`ChainError`] if the wallet's rows fail.
    pub fn new_address(
        &mut self,
        account: u32,
        label: &str,
    ) -> Result<(AddressIndex, Address), ChainError<P::Error>> {
        self.settle()?;
        let last = self.used_addresses().filter(|index| index.account() == account).max();
        // Address 0 of account 0 is where change goes.
        let next = last.map_or(u32::from(account == 0), |last| last.address().saturating_add(1));
        let index = AddressIndex::new(account, next);
        self.set_label(index, label)?;
        Ok((index, self.address(index)))
    }
}
