//! What a user wants.

use alloc::vec::Vec;

use dero_crypto::{asset::AssetId, commitment::Amount, enote::MemoEntries, keys::Address};

/// A payment, or several in one transaction.
///
/// ```
/// # use dero_crypto::{keys::{AddressIndex, MasterSecret}};
/// use dero_wallet_core::spend::{PayTo, SpendRequest};
/// # let shop = MasterSecret::random(&mut rand::rng()).audit_key().address_key().address(AddressIndex(0));
/// let request = SpendRequest::new([PayTo::native(shop, 1_500_000_000)]);
/// assert_eq!(request.payments.len(), 1);
/// ```
#[derive(Clone, Debug)]
pub struct SpendRequest {
    /// Who gets what; at least one.
    pub payments: Vec<PayTo>,
    /// How much more than the minimum is paid.
    pub fee: FeeStep,
    /// The account that pays and gets the change; all of them together and account 0 if there is none. Whoever paid
    /// to two accounts learns from a transaction that spends both payments that they are one wallet's.
    pub account: Option<u32>,
    /// The open payment in whose place this one is made. They spend an enote in common, so that the chain takes one of
    /// the two.
    pub replaces: Option<[u8; 32]>,
}

impl SpendRequest {
    /// The payments at the minimum fee.
    pub fn new(payments: impl IntoIterator<Item = PayTo>) -> Self {
        Self { payments: payments.into_iter().collect(), fee: FeeStep::Minimum, account: None, replaces: None }
    }

    /// The same at another fee.
    #[must_use]
    pub fn with_fee(self, fee: FeeStep) -> Self {
        Self { fee, ..self }
    }

    /// The same from one account alone.
    #[must_use]
    pub fn from_account(self, account: u32) -> Self {
        Self { account: Some(account), ..self }
    }

    /// The same in place of the open payment with this id.
    #[must_use]
    pub fn replacing(self, txid: [u8; 32]) -> Self {
        Self { replaces: Some(txid), ..self }
    }
}

/// One payment.
#[derive(Clone, Debug)]
pub struct PayTo {
    /// To whom.
    pub address: Address,
    /// How much.
    pub amount: Amount,
    /// Of which asset.
    pub asset: AssetId,
    /// What the recipient reads beside it; empty for nothing. The size of all memos of a transaction is public.
    pub memo: MemoEntries,
}

impl PayTo {
    /// `amount` atomic units of the native asset, without a memo.
    #[must_use]
    pub fn native(address: Address, amount: u64) -> Self {
        Self { address, amount: Amount(amount), asset: AssetId::NATIVE, memo: MemoEntries::new() }
    }

    /// The same with a memo.
    #[must_use]
    pub fn with_memo(self, memo: MemoEntries) -> Self {
        Self { memo, ..self }
    }
}

/// Four fees and no other, so that a fee says little about its payer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum FeeStep {
    /// The minimum of the transaction's weight.
    #[default]
    Minimum,
    /// Twice that.
    Double,
    /// Four times.
    Fourfold,
    /// Eight times.
    Eightfold,
}

impl FeeStep {
    /// 1, 2, 4 or 8.
    #[must_use]
    pub fn factor(self) -> u64 {
        match self {
            Self::Minimum => 1,
            Self::Double => 2,
            Self::Fourfold => 4,
            Self::Eightfold => 8,
        }
    }
}
