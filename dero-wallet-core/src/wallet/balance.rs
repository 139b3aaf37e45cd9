//! What a wallet holds, by the state of its enotes.

use alloc::collections::BTreeMap;

use dero_crypto::asset::AssetId;

use super::Wallet;
use crate::enote::{EnoteState, OwnEnote};

/// Amounts of one asset in atomic units. Sums are 128 bits wide: no wallet overflows them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Balance {
    /// Received and free to spend.
    pub spendable: u128,
    /// Received, and in no reference set yet: spendable at the next anchor, in five blocks at most.
    pub waiting: u128,
    /// Received, and chosen by a transaction that is on its way.
    pub reserved: u128,
    /// Recognised in a block, not in the reference list yet: incoming, not balance.
    pub pending: u128,
    /// Held by contracts: no part of the balance.
    pub locked: u128,
    /// Sealed parts whose outcome is open, and stubs that may be another's: no part of the balance.
    pub conditional: u128,
}

impl Balance {
    /// What counts as balance: everything received and not spent.
    #[must_use]
    pub fn total(&self) -> u128 {
        self.spendable + self.waiting + self.reserved
    }
}

impl<P, C> Wallet<P, C> {
    /// Balances of all assets that the wallet has or had. Enotes of assets not known yet are in none.
    #[must_use]
    pub fn balances(&self) -> BTreeMap<AssetId, Balance> {
        self.sums(|_| true)
    }

    /// Balances of one account: of what was paid to its addresses, and of its change.
    #[must_use]
    pub fn balances_of(&self, account: u32) -> BTreeMap<AssetId, Balance> {
        self.sums(|own| own.recognised().index().account() == account)
    }

    fn sums(&self, counts: impl Fn(&OwnEnote) -> bool) -> BTreeMap<AssetId, Balance> {
        let tip = self.tip().height;
        let mut balances: BTreeMap<AssetId, Balance> = BTreeMap::new();
        for own in self.enotes().filter(|own| counts(own)) {
            let Some(asset) = own.asset() else { continue };
            let balance = balances.entry(asset).or_default();
            let amount = u128::from(own.amount().0);
            match own.state(tip) {
                EnoteState::Received => {
                    let referable = own.position().is_some_and(|position| self.chain().is_referable(position));
                    *(if referable { &mut balance.spendable } else { &mut balance.waiting }) += amount;
                }
                EnoteState::Reserved => balance.reserved += amount,
                EnoteState::Pending => balance.pending += amount,
                EnoteState::Locked => balance.locked += amount,
                EnoteState::Conditional => balance.conditional += amount,
                EnoteState::Spent => {}
            }
        }
        balances
    }

    /// The balance of one asset.
    #[must_use]
    pub fn balance(&self, asset: &AssetId) -> Balance {
        self.balances().remove(asset).unwrap_or_default()
    }
}
