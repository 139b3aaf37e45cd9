//! A chain in memory that a test mines, and that wallets follow as they follow a node.
//!
//! Blocks are what a node would make of them: transactions pass every rule before they are taken, and every root of
//! a header is computed. [`MemorySource::mine_block`] makes the blocks that an honest node would not make.

mod next;

use alloc::{boxed::Box, collections::BTreeSet, sync::Arc, vec::Vec};
use core::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};

use dero_crypto::{
    asset::AssetId,
    commitment::Amount,
    enote::{Draft, EnoteSeed, InputContext},
    keys::{Address, AddressIndex, MasterSecret},
};
use dero_ledger::{
    block::{
        BlockRef, EMPTY_RECEIPT, HEADER_VERSION, Header, State, TransactionIds,
        compact::{
            CompactBlock, CompactEffect, CompactEffectKind, CompactTransaction, CompactValues, coinbase_entries,
        },
        compact_root, encode_block, encode_body,
        mmr::{Mmr, TagNode, header_root, tag_root},
        receipts_root, transaction_root, values_digest,
    },
    consensus::{Blake3, Consensus, HeaderBranch, ProofOfWork, search},
    genesis::Genesis,
    params::{Allocation, NEVER, Network, NetworkRows, subsidy},
    rules::{CheckError, TxError, UnverifiedTransaction, Verification},
    source::ChainSource,
    state::{Entry, ReferenceList},
    store::{HEADER_BYTES, ListedEnote, StoredCompact},
    transaction::{CoinbaseOutput, CoinbaseTx, Digests, Transaction, coinbase},
};
use rand_core::CryptoRng;

use next::Next;

/// A network for tests: sets of 16, sixteen genesis time, a target that every other nonce satisfies, no assets and
/// no contracts; the rest are the defaults of a development network.
///
/// # Panics
///
/// If `change` leaves rows that a network may not have.
#[must_use]
pub fn small_network(allocations: &[(Address, u64)], change: impl FnOnce(&mut NetworkRows)) -> Arc<Network> {
    let mut rows = NetworkRows {
        m: 4,
        half_life: 1 << 20,
        first_target: 0x207f_ffff,
        target_limit: 0x207f_ffff,
        assets_from: NEVER,
        contracts_from: NEVER,
        ..NetworkRows::DEV
    };
    change(&mut rows);
    let allocations = (0u8..).zip(allocations).map(|(i, (address, amount))| Allocation {
        address: address.to_text(dero_crypto::network::NetworkKind::Dev),
        amount: *amount,
        seed: [i; 16],
    });
    Arc::new(Network::dev("test", rows, 1_700_000_000, allocations.collect()).expect("rows of a network"))
}

/// A chain in memory.
pub struct MemorySource {
    network: Arc<Network>,
    /// By height, genesis first.
    blocks: Vec<Mined>,
    listed: Vec<ListedEnote>,
    miner: Address,
    pool: Mutex<Vec<Transaction>>,
    rng: Arc<Mutex<Box<dyn CryptoRng + Send>>>,
}

/// A block and the chain after it.
#[derive(Clone)]
struct Mined {
    nonce: u64,
    /// Transactions and coinbase, empty for genesis.
    body: Vec<u8>,
    compact: StoredCompact,
    /// What enters the list M blocks later, and M_cb blocks later.
    outputs: Vec<Entry>,
    coinbase: Vec<Entry>,
    branch: HeaderBranch,
    list: ReferenceList,
    tags: Mmr<TagNode>,
    spent: Arc<BTreeSet<[u8; 32]>>,
    issued: u128,
}

impl core::fmt::Debug for MemorySource {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("MemorySource").field("tip", &self.last().branch.tip_ref()).finish_non_exhaustive()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl MemorySource {
    /// The chain of `network` at genesis.
    ///
    /// # Panics
    ///
    /// Never: one header has a sum of work.
    #[must_use]
    pub fn new(network: Arc<Network>, rng: impl CryptoRng + Send + 'static) -> Self {
        let genesis = Genesis::of(&network);
        let extension = HeaderBranch::genesis(genesis.header, &network).expect("the work of one header");
        let first = Mined {
            nonce: 0,
            body: Vec::new(),
            compact: StoredCompact { scan: Vec::new(), values: Vec::new() },
            outputs: Vec::new(),
            coinbase: Vec::new(),
            branch: extension.branch,
            list: genesis.list,
            tags: Mmr::default(),
            spent: Arc::default(),
            issued: genesis.issued,
        };
        Self {
            network,
            blocks: Vec::from([first]),
            listed: genesis.listed,
            miner: MasterSecret::from_bytes([0xcb; 32]).audit_key().address_key().address(AddressIndex(0)),
            pool: Mutex::default(),
            rng: Arc::new(Mutex::new(Box::new(rng))),
        }
    }

    /// The same chain up to `height`, to be mined in another way. What waits for a block is not copied.
    ///
    /// # Panics
    ///
    /// If there is no such block.
    #[must_use]
    pub fn fork(&self, height: u64) -> Self {
        let blocks = self.blocks[..=index(height)].to_vec();
        let length = blocks[index(height)].list.length;
        Self {
            network: Arc::clone(&self.network),
            blocks,
            listed: self.listed[..index(length)].to_vec(),
            miner: self.miner,
            pool: Mutex::default(),
            rng: Arc::clone(&self.rng),
        }
    }

    /// Whom the coinbase of later blocks pays; nobody's wallet until this is called.
    pub fn set_miner(&mut self, miner: Address) {
        self.miner = miner;
    }

    /// The network.
    #[must_use]
    pub fn network(&self) -> &Arc<Network> {
        &self.network
    }

    /// The newest header.
    #[must_use]
    pub fn tip_header(&self) -> &Header {
        self.last().branch.tip()
    }

    /// A clock that agrees with the newest block.
    #[must_use]
    pub fn now(&self) -> u64 {
        self.tip_header().timestamp
    }

    /// Transactions that wait for a block.
    #[must_use]
    pub fn waiting(&self) -> Vec<Transaction> {
        lock(&self.pool).clone()
    }

    /// Forgets what waits for a block, as a node does that drops transactions.
    pub fn drop_waiting(&mut self) {
        lock(&self.pool).clear();
    }

    /// Mines what waits.
    ///
    /// # Panics
    ///
    /// Never, unless a rule of the ledger is broken.
    pub fn mine(&mut self) {
        let waiting = core::mem::take(&mut *lock(&self.pool));
        // What became invalid while it waited is left out, as a node does.
        let fits = |transaction: &Transaction| self.check(&transaction.encode(self.network.id())).is_ok();
        let taken: Vec<Transaction> = waiting.into_iter().filter(fits).collect();
        self.mine_block(&taken, &[], |_, _| {});
    }

    /// Mines until the chain has `height` blocks above genesis.
    pub fn mine_to(&mut self, height: u64) {
        while self.tip_header().height < height {
            self.mine();
        }
    }

    /// Mines so many blocks.
    pub fn mine_many(&mut self, blocks: u64) {
        self.mine_to(self.tip_header().height + blocks);
    }

    /// Checks a transaction for the next block by every rule.
    ///
    /// # Errors
    ///
    /// The first rule that it breaks.
    pub fn check(&self, bytes: &[u8]) -> Result<(), TxError> {
        let parameters = self.network.rules();
        let unverified = Arc::new(UnverifiedTransaction::parse(bytes, &parameters)?);
        let checked = unverified.check(&parameters, &Next::of(self)).map_err(|error| match error {
            CheckError::Refused(error) => error,
            CheckError::State(never) => match never {},
        })?;
        let mut verification = Verification::new(&parameters);
        verification.push(checked)?;
        let mut verdicts = verification.verify(&mut **lock(&self.rng));
        verdicts.pop().expect("one verdict a transaction").map(|_| ())
    }

    /// Mines a block of transactions that are not checked.
    pub fn mine_unchecked(&mut self, transactions: &[Transaction]) {
        self.mine_block(transactions, &[], |_, _| {});
    }

    /// Mines a block of transactions that are not checked, with effects of contracts and the enotes that each of
    /// them appends, after `alter` had its way with header and compact form. Only the seal is made after that.
    ///
    /// # Panics
    ///
    /// If the altered header cannot follow its parent.
    pub fn mine_block(
        &mut self,
        transactions: &[Transaction],
        effects: &[(CompactEffect, Vec<Entry>)],
        alter: impl FnOnce(&mut Header, &mut StoredCompact),
    ) {
        let (net, before) = (*self.network.id(), self.last().clone());
        let parent = before.branch.tip().clone();
        let height = parent.height + 1;
        let next = Next::of(self);
        let (list, appended) = (next.list, next.appended);

        let ids: Vec<Digests> = transactions.iter().map(|transaction| Digests::of(transaction, &net)).collect();
        let coinbase = self.coinbase(height, transactions, before.issued);
        let scan = CompactBlock {
            transactions: transactions
                .iter()
                .zip(&ids)
                .map(|(transaction, ids)| CompactTransaction::of(transaction, ids.txid, &net))
                .collect(),
            coinbase: coinbase.clone(),
            effects: effects.iter().map(|(effect, _)| *effect).collect(),
        };
        let released: Vec<Entry> = effects.iter().flat_map(|(_, entries)| entries).copied().collect();
        // The stub of a returned move stands in its transaction.
        let hidden = effects.iter().filter(|(effect, _)| effect.kind != CompactEffectKind::Returned);
        let values = CompactValues::of(transactions, hidden.flat_map(|(_, entries)| entries).copied().collect());
        let (mut tags, mut spent) = (before.tags.clone(), BTreeSet::clone(&before.spent));
        let all = transactions.iter().flat_map(|transaction| &transaction.body.bundles);
        for input in all.flat_map(|bundle| &bundle.inputs) {
            tags.push(TagNode::leaf(&input.tag)).expect("tags have no work to sum");
            spent.insert(input.tag);
        }
        let pairs = TransactionIds::of_block(&ids, coinbase.id(&net));

        let mut compact = StoredCompact { scan: scan.encode(), values: values.encode() };
        let consensus = ProofOfWork(Blake3);
        let tag_root = tag_root(&net, &tags);
        let state = State::of_payments(&list, tag_root);
        let mut header = Header {
            version: HEADER_VERSION,
            height,
            timestamp: parent.timestamp + self.network.rows().spacing,
            target: consensus.next_target(&self.network, &parent).compact(),
            parent: before.branch.tip_ref().id,
            header_root: header_root(&net, before.branch.headers()).expect("little work"),
            transaction_root: transaction_root(&net, height, &pairs),
            list_length: list.length,
            acc: list.acc.0,
            tag_root,
            state_root: state.root(&net, height),
            receipts_root: receipts_root(&net, height, &[EMPTY_RECEIPT]),
            compact_root: compact_root(&net, height, &compact.scan, &values_digest(&compact.values)),
        };
        alter(&mut header, &mut compact);
        let target = consensus.next_target(&self.network, &parent);
        let nonce = search(&Blake3, before.branch.key(), &header.id(), &target, 0..).expect("an easy target");
        let extension = before.branch.extend(&header, nonce, &self.network, &consensus);
        let encoded: Vec<Vec<u8>> = transactions.iter().map(|transaction| transaction.encode(&net)).collect();
        self.blocks.push(Mined {
            nonce,
            body: encode_body(&encoded, &coinbase.encode()),
            compact,
            outputs: [scan.unlocked(&values), released].concat(),
            coinbase: coinbase_entries(&coinbase),
            branch: extension.expect("the header follows its parent").branch,
            list,
            tags,
            spent: Arc::new(spent),
            issued: before.issued + u128::from(subsidy(before.issued)),
        });
        self.listed.extend(appended);
    }

    fn coinbase(&self, height: u64, transactions: &[Transaction], issued: u128) -> CoinbaseTx {
        let (net, parameters) = (self.network.id(), self.network.rules());
        let fees =
            transactions.iter().map(|tx| (tx.body.fee, tx.minimum_fee(&parameters).unwrap_or(0).min(tx.body.fee)));
        let reward = coinbase::reward(subsidy(issued), fees).expect("fees are at least the minimum");
        let amount = u64::try_from(reward).expect("a reward of a test");
        let context = InputContext::coinbase(net, height, 0);
        let seed = EnoteSeed::random(&mut **lock(&self.rng));
        let draft = Draft { context: &context, seed: &seed, amount: Amount(amount), asset: AssetId::NATIVE };
        let enote = draft.public(net, &self.miner).expect("the miner's address is honest");
        CoinbaseTx { height, outputs: Vec::from([CoinbaseOutput { amount, enote }]) }
    }

    fn last(&self) -> &Mined {
        self.blocks.last().expect("genesis is there")
    }

    fn range(&self, heights: &Range<u64>) -> &[Mined] {
        let clamp = |height: u64| usize::try_from(height).unwrap_or(usize::MAX).min(self.blocks.len());
        let (start, end) = (clamp(heights.start), clamp(heights.end));
        self.blocks.get(start..end).unwrap_or_default()
    }
}

fn index(at: u64) -> usize {
    usize::try_from(at).expect("a chain in memory")
}

impl ChainSource for MemorySource {
    type Error = Refused;

    async fn tip(&self) -> Result<BlockRef, Refused> {
        Ok(self.last().branch.tip_ref())
    }

    async fn headers(&self, heights: Range<u64>) -> Result<Vec<([u8; HEADER_BYTES], u64)>, Refused> {
        Ok(self.range(&heights).iter().map(|block| (block.branch.tip().to_bytes(), block.nonce)).collect())
    }

    async fn compact(&self, heights: Range<u64>) -> Result<Vec<StoredCompact>, Refused> {
        Ok(self.range(&heights).iter().map(|block| block.compact.clone()).collect())
    }

    async fn listed(&self, positions: Range<u64>) -> Result<Vec<Entry>, Refused> {
        let clamp = |at: u64| usize::try_from(at).unwrap_or(usize::MAX).min(self.listed.len());
        let entries = self.listed.get(clamp(positions.start)..clamp(positions.end)).unwrap_or_default();
        Ok(entries.iter().map(|listed| listed.enote).collect())
    }

    async fn blocks(&self, heights: Range<u64>) -> Result<Vec<Vec<u8>>, Refused> {
        let whole = |block: &Mined| match block.body.as_slice() {
            [] => Vec::new(),
            body => encode_block(&block.branch.tip().to_bytes(), block.nonce, body),
        };
        Ok(self.range(&heights).iter().map(whole).collect())
    }

    async fn submit(&self, transaction: &[u8]) -> Result<(), Refused> {
        self.check(transaction)?;
        let parsed = Transaction::parse(transaction, &self.network.rules())?;
        let mut pool = lock(&self.pool);
        let spends = |tx: &Transaction| -> BTreeSet<[u8; 32]> {
            tx.body.bundles.iter().flat_map(|bundle| &bundle.inputs).map(|input| input.tag).collect()
        };
        if let Some(tag) = pool.iter().flat_map(&spends).find(|tag| spends(&parsed).contains(tag)) {
            return Err(Refused::Conflict { tag });
        }
        pool.push(parsed);
        Ok(())
    }
}

/// Why a [`MemorySource`] does not take a transaction.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refused {
    /// It breaks a rule.
    #[error(transparent)]
    Rule(#[from] TxError),
    /// Another one that waits spends the same enote.
    #[error("another transaction that waits spends the enote of tag {tag:x?}")]
    Conflict {
        /// The linking tag.
        tag: [u8; 32],
    },
}
