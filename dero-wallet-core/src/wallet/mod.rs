//! A wallet that follows a chain: keys, enotes, history, balance.
//!
//! The state follows from the audit key and the chain, so it can be thrown away and scanned again; what cannot (the
//! references under which an enote was offered, payments that are open, labels of addresses) is stored beside it and
//! survives a rescan.
//!
//! | File | What |
//! |---|---|
//! | `open.rs` | from rows to a wallet, and back to the last checkpoint |
//! | `apply.rs` | what a block changes, and what taking it away restores |
//! | `released.rs` | what contracts released |
//! | `balance.rs`, `history.rs` | what its owner sees |
//! | `payments.rs` | payments that may still enter a block |
//! | `memo.rs`, `buckets.rs` | messages beside payments, and how they are fetched |
//! | `labels.rs` | accounts, and names of addresses |
//! | `rows.rs` | the rows |

mod apply;
mod balance;
mod buckets;
mod history;
mod labels;
mod memo;
mod open;
mod payments;
mod released;
mod rows;

use alloc::{collections::BTreeMap, string::String, vec::Vec};

use dero_crypto::{
    asset::{AssetId, KnownAssets},
    enote::MemoEntries,
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
pub use buckets::MemoReport;
pub use history::{Activity, Payment, Sent};
pub use memo::Memo;
pub use open::OpenError;
pub use payments::OpenPayment;

use buckets::Bucket;
pub(crate) use payments::InPlace;

use crate::{
    chain::{ChainError, LightChain, Pace},
    enote::OwnEnote,
    scan::Start,
    store::{Persister, Staged},
};

/// A wallet over a [`Persister`] `P`, on a chain with the consensus `C`.
///
/// It holds the audit key and no spend key: what it sees, a bookkeeper sees. Spending asks a
/// [`Signer`](crate::signer::Signer).
pub struct Wallet<P, C = ProofOfWork<Blake3>> {
    keys: AuditKey,
    rows: Staged<P>,
    consensus: C,
    state: State,
    /// A change of branches was begun and is not written yet.
    switching: bool,
}

/// All that the rows say.
struct State {
    chain: LightChain,
    known: KnownAssets,
    /// The assets of `known` with the heights of their registrations, ascending.
    assets: Vec<(u64, AssetId)>,
    /// By one-time key, so that of two enotes with one key one counts.
    enotes: BTreeMap<[u8; 32], OwnEnote>,
    /// From linking tag to one-time key.
    tags: BTreeMap<[u8; 32], [u8; 32]>,
    /// By one-time key, in the order in which they were chosen; kept when the enote goes.
    references: BTreeMap<[u8; 32], Vec<Reference>>,
    /// Reservations of enotes that are not found again yet, by linking tag.
    reserved: BTreeMap<[u8; 32], u64>,
    sent: BTreeMap<[u8; 32], Sent>,
    /// What was signed, by txid.
    payments: BTreeMap<[u8; 32], OpenPayment>,
    labels: BTreeMap<AddressIndex, String>,
    /// By one-time key; empty for an unused memo.
    memos: BTreeMap<[u8; 32], MemoEntries>,
    /// Blocks that are or were asked for memos.
    buckets: BTreeMap<u64, Bucket>,
    restored_at: Option<u64>,
    /// Where the scan begins, for a wallet that has not begun yet.
    start: Start,
}

impl<P, C> core::fmt::Debug for Wallet<P, C> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Wallet")
            .field("tip", &self.state.chain.tip())
            .field("enotes", &self.state.enotes.len())
            .finish()
    }
}

impl<P, C> Wallet<P, C> {
    /// The newest block that the wallet has validated; scanned too, unless it is below [`scans_from`](Self::scans_from).
    #[must_use]
    pub fn tip(&self) -> BlockRef {
        self.state.chain.tip()
    }

    /// The first block that the wallet scans: 1 if it began at genesis. `None` while it has not begun, because it has
    /// not seen the chain yet, or only headers of it. Nothing older than that block is in any balance.
    #[must_use]
    pub fn scans_from(&self) -> Option<u64> {
        self.state.chain.first()
    }

    /// The time of the newest block, seconds since 1970.
    #[must_use]
    pub fn tip_time(&self) -> u64 {
        self.state.chain.tip_header().timestamp
    }

    /// The network.
    #[must_use]
    pub fn network(&self) -> &Network {
        self.state.chain.network()
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
        &self.state.chain
    }

    pub(crate) fn rows(&self) -> &Staged<P> {
        &self.rows
    }

    /// The chain, and what extends it.
    pub(crate) fn chain_mut(&mut self) -> (&mut LightChain, &C, &mut Staged<P>) {
        (&mut self.state.chain, &self.consensus, &mut self.rows)
    }

    /// Where the scan begins.
    pub(crate) fn start(&self) -> Start {
        self.state.start
    }

    pub(crate) fn consensus(&self) -> &C {
        &self.consensus
    }

    /// Whether a change of branches was begun and is not written.
    pub(crate) fn switching(&self) -> bool {
        self.switching
    }

    pub(crate) fn known(&self) -> &KnownAssets {
        &self.state.known
    }

    /// The references under which an enote was offered, by its one-time key, in the order in which they were chosen.
    /// There is one, unless a deep reorganisation forced another choice.
    #[must_use]
    pub fn references(&self, one_time_key: &[u8; 32]) -> &[Reference] {
        self.state.references.get(one_time_key).map(Vec::as_slice).unwrap_or_default()
    }

    /// All enotes of the wallet, spent ones included.
    pub fn enotes(&self) -> impl Iterator<Item = &OwnEnote> {
        self.state.enotes.values()
    }
}

impl<P: Persister, C: Consensus> Wallet<P, C> {
    /// The wallet's own header at `height`.
    pub(crate) fn own_header(&self, height: u64) -> Result<Header, ChainError<P::Error>> {
        self.state.chain.header(height, &self.rows)
    }

    pub(crate) fn enote(&self, name: &[u8; 32]) -> Option<&OwnEnote> {
        self.state.enotes.get(name)
    }

    pub(crate) fn enote_mut(&mut self, name: &[u8; 32]) -> Option<&mut OwnEnote> {
        self.state.enotes.get_mut(name)
    }

    pub(crate) fn name_by_tag(&self, tag: &[u8; 32]) -> Option<[u8; 32]> {
        self.state.tags.get(tag).copied()
    }

    /// The height of the chain when the wallet was [restored](Self::mark_restored).
    #[must_use]
    pub fn restored_at(&self) -> Option<u64> {
        self.state.restored_at
    }

    pub(crate) fn reference_set(&self, reference: Reference) -> Result<ReferenceSet, ChainError<P::Error>> {
        self.state.chain.reference_set(reference, &self.rows)
    }

    pub(crate) fn resolve(&self, reference: Reference) -> Result<Interval, ChainError<P::Error>> {
        self.state.chain.resolve(reference, &self.rows)
    }

    pub(crate) fn anchor_length(&self, anchor: u32) -> Result<u64, ChainError<P::Error>> {
        self.state.chain.anchor_length(anchor, &self.rows)
    }

    /// How many members of a reference set are ordinary outputs: neither coinbase nor genesis.
    pub(crate) fn ordinary_members(&self, reference: Reference) -> Result<u64, ChainError<P::Error>> {
        self.state.chain.ordinary_members(reference, &self.rows)
    }

    /// How fast the window of an anchor filled.
    pub(crate) fn pace(&self, anchor: u32) -> Result<Option<Pace>, ChainError<P::Error>> {
        self.state.chain.pace(anchor, &self.rows)
    }

    /// Keeps a reference with an enote, behind those that were chosen for it before.
    pub(crate) fn store_reference(&mut self, name: &[u8; 32], reference: Reference) {
        let references = self.state.references.entry(*name).or_default();
        if !references.contains(&reference) {
            references.push(reference);
            self.rows.changes().put(rows::key(rows::REFERENCES, name), rows::references_value(references));
        }
    }

    /// The wallet's branch as it was at `height`.
    pub(crate) fn branch_at(&self, height: u64) -> Result<HeaderBranch, ChainError<P::Error>> {
        self.state.chain.branch_at(height, &self.consensus, &self.rows)
    }

    /// The branch of the newest header that the wallet has validated.
    pub(crate) fn newest_branch(&self) -> Result<HeaderBranch, ChainError<P::Error>> {
        self.state.chain.newest_branch(&self.consensus, &self.rows)
    }
}
