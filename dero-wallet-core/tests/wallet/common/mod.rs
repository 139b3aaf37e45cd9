//! Two people and a chain.

#![allow(clippy::unwrap_used, reason = "a test")]

pub(crate) mod raw;

use std::{ops::Range, sync::Arc, task::Poll};

use dero_crypto::{
    asset::AssetId,
    keys::{Address, AddressIndex, MasterSecret},
};
use dero_ledger::{
    block::BlockRef,
    consensus::{Blake3, ProofOfWork},
    params::{Network, NetworkRows},
    source::ChainSource,
    store::StoredCompact,
};
use dero_wallet_core::{
    scan::{SyncError, SyncReport},
    signer::MemorySigner,
    spend::{Proposal, SignedTransaction, SpendError, SpendRequest},
    store::{MemoryPersister, Persister},
    testing::{MemorySource, Refused, at_once, small_network},
    wallet::{Activity, Balance, Wallet},
};
use rand::{SeedableRng, rngs::StdRng};

pub(crate) const COIN: u64 = 1_000_000_000;
pub(crate) const ENGINE: ProofOfWork<Blake3> = ProofOfWork(Blake3);

pub(crate) fn master(name: u8) -> MasterSecret {
    MasterSecret::from_bytes([name; 32])
}

pub(crate) fn address(name: u8) -> Address {
    master(name).audit_key().address_key().address(AddressIndex(0))
}

/// A wallet with its signer. Everything that it draws comes from a seed: chance decides no test.
pub(crate) struct Person<P = MemoryPersister> {
    pub(crate) wallet: Wallet<P>,
    pub(crate) signer: MemorySigner<StdRng>,
    pub(crate) rng: StdRng,
}

impl Person {
    pub(crate) fn new(name: u8, network: &Arc<Network>) -> Self {
        Self::with_rows(name, network, MemoryPersister::new())
    }
}

impl<P: Persister> Person<P> {
    pub(crate) fn with_rows(name: u8, network: &Arc<Network>, rows: P) -> Self {
        let master = master(name);
        let wallet = Wallet::open(Arc::clone(network), master.audit_key(), rows, ENGINE).expect("the wallet opens");
        let [signer, rng] = [1000, 2000].map(|of| StdRng::seed_from_u64(of + u64::from(name)));
        Self { wallet, signer: MemorySigner::new(&master, signer), rng }
    }

    pub(crate) fn address(&self) -> Address {
        self.wallet.address(AddressIndex(0))
    }

    pub(crate) fn try_sync(&mut self, chain: &MemorySource) -> Result<SyncReport, SyncError<P::Error, Refused>> {
        at_once(self.wallet.sync(chain, chain.now(), |_| {}))
    }

    pub(crate) fn sync(&mut self, chain: &MemorySource) -> SyncReport {
        self.try_sync(chain).expect("an honest source")
    }

    pub(crate) fn propose(&mut self, request: &SpendRequest) -> Result<Proposal, SpendError<P::Error>> {
        let now = self.wallet.tip_time();
        self.wallet.propose(request, now, false, &mut self.rng)
    }

    pub(crate) fn sign(&mut self, proposal: Proposal) -> Result<SignedTransaction, SpendError<P::Error>> {
        self.wallet.sign(proposal, &mut self.signer, &mut self.rng)
    }

    /// A payment, built but not sent.
    pub(crate) fn build(&mut self, request: &SpendRequest) -> SignedTransaction {
        let proposal = self.propose(request).expect("enough to spend");
        self.sign(proposal).expect("signed")
    }

    /// A payment that waits for a block of `chain`.
    pub(crate) fn pay(&mut self, chain: &MemorySource, request: &SpendRequest) -> SignedTransaction {
        let signed = self.build(request);
        at_once(chain.submit(signed.bytes())).expect("every rule is kept");
        signed
    }

    pub(crate) fn balance(&self) -> Balance {
        self.wallet.balance(&AssetId::NATIVE)
    }

    pub(crate) fn history(&self) -> Vec<String> {
        history(&self.wallet)
    }

    /// Everything that two wallets of one seed must agree on.
    pub(crate) fn state(&self) -> String {
        let mut enotes: Vec<String> = self
            .wallet
            .enotes()
            .map(|own| {
                let state = own.state(self.wallet.tip().height);
                format!("{:?} {} {:?} {:?}", own.place(), own.amount().0, own.position(), state)
            })
            .collect();
        enotes.sort();
        format!("{:?}\n{:?}\n{:#?}\n{:#?}", self.wallet.tip(), self.wallet.balances(), enotes, self.history())
    }
}

pub(crate) fn history<P>(wallet: &Wallet<P>) -> Vec<String> {
    let line = |activity: &Activity<'_>| match activity {
        Activity::Incoming { enote, state } => {
            let who = if enote.is_foreign_self_send() { " from a holder of the audit key" } else { "" };
            format!("{} +{} at {} {state:?}{who}", enote.height(), enote.amount().0, enote.recognised().index())
        }
        Activity::Outgoing(sent) => {
            let payments: Vec<String> = sent
                .payments
                .iter()
                .map(|payment| format!("{} to {}", payment.amount, hex::encode(&payment.spend_key[..4])))
                .collect();
            format!("{} -{payments:?} fee {:?} opaque {}", sent.height, sent.fee, sent.opaque)
        }
    };
    wallet.history().iter().map(line).collect()
}

/// A network with genesis enotes, the chain at genesis, and Alice (1) and Bob (2).
pub(crate) struct Town {
    pub(crate) network: Arc<Network>,
    pub(crate) chain: MemorySource,
    pub(crate) alice: Person,
    pub(crate) bob: Person,
}

impl Town {
    /// Alice and Bob have the given genesis enotes.
    pub(crate) fn new(alice: &[u64], bob: &[u64]) -> Self {
        Self::with(alice, bob, |_| {})
    }

    pub(crate) fn with(alice: &[u64], bob: &[u64], change: impl FnOnce(&mut NetworkRows)) -> Self {
        let holdings = alice.iter().map(|amount| (address(1), *amount));
        let holdings: Vec<_> = holdings.chain(bob.iter().map(|amount| (address(2), *amount))).collect();
        let network = small_network(&holdings, change);
        let chain = MemorySource::new(Arc::clone(&network), StdRng::seed_from_u64(7));
        let (alice, bob) = (Person::new(1, &network), Person::new(2, &network));
        Self { network, chain, alice, bob }
    }

    /// Mines so many blocks; both follow.
    pub(crate) fn mine(&mut self, blocks: u64) {
        self.chain.mine_many(blocks);
        self.sync();
    }

    pub(crate) fn sync(&mut self) {
        self.alice.sync(&self.chain);
        self.bob.sync(&self.chain);
    }
}

/// A source whose every answer comes at the second poll.
pub(crate) struct Hesitant<'a>(pub(crate) &'a MemorySource);

impl ChainSource for Hesitant<'_> {
    type Error = Refused;

    async fn tip(&self) -> Result<BlockRef, Refused> {
        wait().await;
        self.0.tip().await
    }
    async fn headers(&self, heights: Range<u64>) -> Result<Vec<([u8; 288], u64)>, Refused> {
        wait().await;
        self.0.headers(heights).await
    }
    async fn compact(&self, heights: Range<u64>) -> Result<Vec<StoredCompact>, Refused> {
        wait().await;
        self.0.compact(heights).await
    }
    async fn listed(&self, positions: Range<u64>) -> Result<Vec<[u8; 96]>, Refused> {
        wait().await;
        self.0.listed(positions).await
    }
    async fn blocks(&self, heights: Range<u64>) -> Result<Vec<Vec<u8>>, Refused> {
        wait().await;
        self.0.blocks(heights).await
    }
    async fn submit(&self, transaction: &[u8]) -> Result<(), Refused> {
        wait().await;
        self.0.submit(transaction).await
    }
}

fn wait() -> impl Future<Output = ()> {
    let mut first = true;
    std::future::poll_fn(move |_| if std::mem::take(&mut first) { Poll::Pending } else { Poll::Ready(()) })
}
