//! A wallet that follows a chain: keys, enotes, history, balance.
//!
//! The state follows from the audit key and the chain, so it can be thrown away and scanned again; what cannot (the
//! reference under which an enote was offered, notes of the user) is stored beside it and survives a rescan.

mod apply;
mod balance;
mod history;
mod open;

use alloc::collections::BTreeMap;

use dero_crypto::{
    asset::KnownAssets,
    keys::{Address, AddressIndex, AuditKey},
    membership::{Interval, Reference, ReferenceSet},
};
use dero_ledger::{
    block::{BlockRef, Header},
    consensus::{Blake3, Consensus, HeaderBranch, ProofOfWork},
    params::Network,
};

pub use apply::{Applied, Incoming};
pub use balance::Balance;
pub use history::{Activity, Payment, Sent};
pub use open::OpenError;

use crate::{
    chain::{ChainError, LightChain},
    enote::OwnEnote,
    store::{Persister, Staged},
};

/// A wallet over a [`Persister`] `P`, on a chain with the consensus `C`.
///
/// It holds the audit key and no spend key: what it sees, a bookkeeper sees. Spending asks a
/// [`Signer`](crate::signer::Signer).
pub struct Wallet<P, C = ProofOfWork<Blake3>> {
    keys: AuditKey,
    known: KnownAssets,
    chain: LightChain,
    rows: Staged<P>,
    consensus: C,
    /// By one-time key, so that of two enotes with one key one counts.
    enotes: BTreeMap<[u8; 32], OwnEnote>,
    /// From linking tag to one-time key.
    tags: BTreeMap<[u8; 32], [u8; 32]>,
    sent: BTreeMap<[u8; 32], Sent>,
    restored_at: Option<u64>,
}

impl<P, C> core::fmt::Debug for Wallet<P, C> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Wallet").field("tip", &self.chain.tip()).field("enotes", &self.enotes.len()).finish()
    }
}

impl<P, C> Wallet<P, C> {
    /// The newest block that the wallet has validated and scanned.
    #[must_use]
    pub fn tip(&self) -> BlockRef {
        self.chain.tip()
    }

    /// The time of that block, seconds since 1970.
    #[must_use]
    pub fn tip_time(&self) -> u64 {
        self.chain.tip_header().timestamp
    }

    /// The network.
    #[must_use]
    pub fn network(&self) -> &Network {
        self.chain.network()
    }

    /// The audit key.
    #[must_use]
    pub fn audit_key(&self) -> &AuditKey {
        &self.keys
    }

    /// The subaddress with an index. Every address is one; any index may be used, in any order.
    #[must_use]
    pub fn address(&self, index: AddressIndex) -> Address {
        self.keys.address_key().address(index)
    }

    pub(crate) fn chain(&self) -> &LightChain {
        &self.chain
    }

    pub(crate) fn consensus(&self) -> &C {
        &self.consensus
    }

    pub(crate) fn known(&self) -> &KnownAssets {
        &self.known
    }

    /// All enotes of the wallet, spent ones included.
    pub fn enotes(&self) -> impl Iterator<Item = &OwnEnote> {
        self.enotes.values()
    }
}

impl<P: Persister, C: Consensus> Wallet<P, C> {
    /// The wallet's own header at `height`.
    pub(crate) fn own_header(&self, height: u64) -> Result<Header, ChainError<P::Error>> {
        self.chain.header(height, &self.rows)
    }

    pub(crate) fn enote(&self, name: &[u8; 32]) -> Option<&OwnEnote> {
        self.enotes.get(name)
    }

    pub(crate) fn enote_mut(&mut self, name: &[u8; 32]) -> Option<&mut OwnEnote> {
        self.enotes.get_mut(name)
    }

    pub(crate) fn name_by_tag(&self, tag: &[u8; 32]) -> Option<[u8; 32]> {
        self.tags.get(tag).copied()
    }

    /// The height of the source's tip when a restored wallet first saw the chain.
    pub(crate) fn restored_at(&self) -> Option<u64> {
        self.restored_at
    }

    pub(crate) fn reference_set(&self, reference: Reference) -> Result<ReferenceSet, ChainError<P::Error>> {
        self.chain.reference_set(reference, &self.rows)
    }

    pub(crate) fn resolve(&self, reference: Reference) -> Result<Interval, ChainError<P::Error>> {
        self.chain.resolve(reference, &self.rows)
    }

    pub(crate) fn anchor_length(&self, anchor: u32) -> Result<u64, ChainError<P::Error>> {
        self.chain.anchor_length(anchor, &self.rows)
    }

    /// How many members of a reference set are ordinary outputs: neither coinbase nor genesis.
    pub(crate) fn ordinary_members(&self, reference: Reference) -> Result<u64, ChainError<P::Error>> {
        self.chain.ordinary_members(reference, &self.rows)
    }

    /// The wallet's branch as it was at `height`.
    pub(crate) fn branch_at(&self, height: u64) -> Result<HeaderBranch, ChainError<P::Error>> {
        self.chain.branch_at(height, &self.consensus, &self.rows)
    }
}
