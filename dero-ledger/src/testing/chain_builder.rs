//! Chains of a test network, and blocks for them, right or wrong in one thing.

use alloc::{sync::Arc, vec::Vec};

use dero_crypto::{
    keys::{AddressIndex, MasterSecret},
    network::NetworkKind,
};
use rand_core::CryptoRng;

use super::Purse;
use crate::{
    block::{BlockId, BlockRef, Header, TransactionIds, encode_block, encode_body, transaction_root},
    chain::{Added, Chain, ChainOptions, pay_coinbase},
    consensus::{Blake3, PowAlgorithm, ProofOfWork, Target, search},
    execution::NoContracts,
    params::{Allocation, NEVER, Network, NetworkRows, subsidy},
    rules::UnverifiedTransaction,
    store::{BlockChanges, ChainStore, MemoryStore, StoreError},
    transaction::{CoinbaseTx, Transaction, coinbase::reward, fee},
};

/// A chain of a test network.
pub type TestChain<S = MemoryStore> = Chain<S, ProofOfWork<Blake3>, NoContracts>;

/// One store of several chains, or of one chain that is opened again.
#[derive(Debug)]
pub struct SharedStore<S>(pub Arc<S>);

impl<S: ChainStore> ChainStore for SharedStore<S> {
    type View = S::View;

    fn view(&self) -> Result<Self::View, StoreError> {
        self.0.view()
    }
    fn commit(&self, changes: &BlockChanges) -> Result<(), StoreError> {
        self.0.commit(changes)
    }
    fn revert(&self) -> Result<Option<BlockRef>, StoreError> {
        self.0.revert()
    }
    fn flush(&self) -> Result<(), StoreError> {
        self.0.flush()
    }
}

/// A test network whose genesis enotes belong to one purse, and whose blocks take two tries to mine.
#[derive(Debug)]
pub struct ChainBuilder {
    network: Network,
    purse: Purse,
}

impl ChainBuilder {
    /// Timestamp of genesis; the block at height h has this and h spacings.
    pub const GENESIS_TIME: u64 = 1_764_000_000;
    /// Coins of the purse.
    pub const COINS: u64 = 40;
    /// What each of them holds.
    pub const COIN: u64 = 1_000_000_000;

    /// Rows for tests: sets of 16, M = 3, M_cb = 5, no contracts and assets.
    pub const ROWS: NetworkRows = NetworkRows {
        n: 2,
        m: 4,
        maturity: 3,
        coinbase_maturity: 5,
        spacing: 15,
        half_life: 3_600,
        first_target: 0x207f_ffff,
        target_limit: 0x207f_ffff,
        listed_floor: 16,
        assets_from: NEVER,
        contracts_from: NEVER,
        ..NetworkRows::DEV
    };

    /// The network `word` with [`ROWS`](Self::ROWS).
    #[must_use]
    pub fn new(word: &str) -> Self {
        Self::with_rows(word, Self::ROWS)
    }

    /// A network with other rows.
    ///
    /// # Panics
    ///
    /// If protocol 10.8 does not allow `word` or `rows`.
    #[must_use]
    pub fn with_rows(word: &str, rows: NetworkRows) -> Self {
        let audit = Self::master().audit_key();
        let allocations = (0..Self::COINS).map(|index| Allocation {
            address: audit.address_key().address(AddressIndex(index)).to_text(NetworkKind::Dev),
            amount: Self::COIN,
            seed: [index as u8; 16],
        });
        let network = Network::dev(word, rows, Self::GENESIS_TIME, allocations.collect());
        let network = network.unwrap_or_else(|error| panic!("{error}"));
        Self { purse: Purse::new(&network, Self::master()), network }
    }

    fn master() -> MasterSecret {
        MasterSecret::from_bytes([42; 32])
    }

    /// A purse with the genesis enotes and all listed coinbase enotes of `chain`.
    ///
    /// # Panics
    ///
    /// If the store cannot be read.
    #[must_use]
    pub fn purse_of<S: ChainStore>(&self, chain: &TestChain<S>) -> Purse {
        let mut purse = Purse::new(&self.network, Self::master());
        purse.collect(chain.tip().view());
        purse
    }

    /// The network.
    #[must_use]
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// The owner of all genesis enotes.
    #[must_use]
    pub fn purse(&self) -> &Purse {
        &self.purse
    }

    /// A chain of genesis alone, in memory.
    #[must_use]
    pub fn chain(&self) -> TestChain {
        self.chain_in(MemoryStore::new())
    }

    /// The chain in `store`.
    ///
    /// # Panics
    ///
    /// If the store is not that of this network.
    #[must_use]
    pub fn chain_in<S: ChainStore>(&self, store: S) -> TestChain<S> {
        let engine = ProofOfWork(Blake3);
        let chain = Chain::open(store, self.network.clone(), engine, NoContracts, ChainOptions::default());
        chain.unwrap_or_else(|error| panic!("{error}"))
    }

    /// A clock at which the block at `height` is neither late nor early.
    #[must_use]
    pub fn time(&self, height: u64) -> u64 {
        Self::GENESIS_TIME + self.network.rows().spacing * height
    }

    /// A valid block on the tip of `chain`, not sealed yet.
    ///
    /// # Panics
    ///
    /// If a transaction cannot be read.
    pub fn draft<S: ChainStore>(
        &self,
        chain: &TestChain<S>,
        transactions: &[Transaction],
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> BlockDraft {
        self.draft_paying(chain, transactions, 1, rng)
    }

    /// A valid block whose coinbase pays the first `payees` addresses of the purse.
    ///
    /// # Panics
    ///
    /// If a transaction cannot be read, or unless there are 1 to 16 payees.
    pub fn draft_paying<S: ChainStore>(
        &self,
        chain: &TestChain<S>,
        transactions: &[Transaction],
        payees: u64,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> BlockDraft {
        let rules = self.network.rules();
        let bytes: Vec<_> = transactions.iter().map(|transaction| transaction.encode(self.network.id())).collect();
        let read: Vec<_> = bytes
            .iter()
            .map(|bytes| Arc::new(UnverifiedTransaction::parse(bytes, &rules).expect("a readable transaction")))
            .collect();
        let tip = chain.tip();
        let height = tip.next_height();
        let fees = read.iter().map(|transaction| {
            let minimum = fee::minimum(transaction.weight(), rules.fee_rate).expect("a payable weight");
            (transaction.transaction().body.fee, minimum.min(transaction.transaction().body.fee))
        });
        let reward = reward(subsidy(tip.totals().issued), fees).expect("no fee is below its own half");
        let payees: Vec<_> = (0..payees).map(|index| self.purse.address(index)).collect();
        let coinbase = pay_coinbase(&self.network, height, reward, &payees, rng);
        let template = chain.assemble(&tip, &read, &coinbase, self.time(height), reward);
        BlockDraft { header: template.header, transactions: bytes, coinbase: coinbase.encode(), key: template.key }
    }

    /// Mines a block with `transactions` on `chain`; returns its bytes.
    ///
    /// # Panics
    ///
    /// If the chain refuses it.
    pub fn mine<S: ChainStore>(
        &self,
        chain: &TestChain<S>,
        transactions: &[Transaction],
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Vec<u8> {
        let block = self.draft(chain, transactions, rng).seal();
        let added = chain.add_block(&block, self.time(chain.tip().next_height()), rng);
        assert!(matches!(added, Ok(Added::Advanced(_))), "{added:?}");
        block
    }

    /// Mines `count` blocks without transactions; returns their bytes.
    ///
    /// # Panics
    ///
    /// If the chain refuses one.
    pub fn extend<S: ChainStore>(
        &self,
        chain: &TestChain<S>,
        count: usize,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Vec<Vec<u8>> {
        (0..count).map(|_| self.mine(chain, &[], rng)).collect()
    }
}

/// The parts of a block before it is sealed. Change what shall be wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockDraft {
    /// The header.
    pub header: Header,
    /// Transactions in order.
    pub transactions: Vec<Vec<u8>>,
    /// The coinbase transaction.
    pub coinbase: Vec<u8>,
    key: BlockId,
}

impl BlockDraft {
    /// Makes the header commit to the transactions and the coinbase that are there now. No other root is changed.
    ///
    /// # Panics
    ///
    /// If one of them cannot be read.
    pub fn refit(&mut self, network: &Network) {
        let rules = network.rules();
        let digests = self
            .transactions
            .iter()
            .map(|bytes| *UnverifiedTransaction::parse(bytes, &rules).expect("a readable transaction").digests());
        let digests: Vec<_> = digests.collect();
        let coinbase = CoinbaseTx::parse(&self.coinbase).expect("a readable coinbase").id(network.id());
        let ids = TransactionIds::of_block(&digests, coinbase);
        self.header.transaction_root = transaction_root(network.id(), self.header.height, &ids);
    }

    /// Changes the coinbase and makes the header commit to it.
    ///
    /// # Panics
    ///
    /// If the coinbase cannot be read.
    pub fn change_coinbase(&mut self, network: &Network, change: impl FnOnce(&mut CoinbaseTx)) {
        let mut coinbase = CoinbaseTx::parse(&self.coinbase).expect("a readable coinbase");
        change(&mut coinbase);
        self.coinbase = coinbase.encode();
        self.refit(network);
    }

    /// The block with the first nonce that satisfies the header's target, whatever the target should be.
    ///
    /// # Panics
    ///
    /// If the header has no target.
    #[must_use]
    pub fn seal(&self) -> Vec<u8> {
        self.seal_where(|_| true)
    }

    /// The block with the first such nonce whose output `allow` allows.
    ///
    /// # Panics
    ///
    /// If the header has no target.
    #[must_use]
    pub fn seal_where(&self, allow: impl Fn(&[u8; 32]) -> bool) -> Vec<u8> {
        let target = Target::from_compact(self.header.target)
            .unwrap_or_else(|_| Target::from_compact(0x2100_ffff).expect("the easiest target"));
        let id = self.header.id();
        let output = |nonce| Blake3.hash(&self.key, &crate::consensus::pow_input(&id, nonce));
        let nonces = (0..).filter(|nonce| allow(&output(*nonce)));
        let nonce = search(&Blake3, &self.key, &id, &target, nonces).expect("a nonce satisfies the target");
        self.with_nonce(nonce)
    }

    /// The block with a nonce that does not satisfy its target.
    #[must_use]
    pub fn break_seal(&self) -> Vec<u8> {
        let target = Target::from_compact(self.header.target).expect("the header has a target");
        let id = self.header.id();
        let holds = |nonce| target.allows(&Blake3.hash(&self.key, &crate::consensus::pow_input(&id, nonce)));
        self.with_nonce((0..).find(|nonce| !holds(*nonce)).expect("half of all nonces do not"))
    }

    fn with_nonce(&self, nonce: u64) -> Vec<u8> {
        encode_block(&self.header.to_bytes(), nonce, &encode_body(&self.transactions, &self.coinbase))
    }
}
