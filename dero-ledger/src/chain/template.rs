//! Blocks to be mined.

use alloc::{collections::BTreeSet, sync::Arc, vec::Vec};

use dero_crypto::{
    asset::AssetId,
    commitment::Amount,
    enote::{Draft, EnoteSeed, InputContext},
    keys::Address,
};
use rand_core::CryptoRng;

use super::{
    Chain, ChainError,
    content::Content,
    limits::{self, Caps},
    pool::{Mempool, Pooled},
    tip::Tip,
};
use crate::{
    block::{BlockId, HEADER_VERSION, Header, TransactionIds, encode_block, encode_body, mmr, transaction_root},
    consensus::{Consensus, Target},
    execution::{BlockContext, ExecutionRun, Executor},
    params::{Network, subsidy},
    rules::UnverifiedTransaction,
    store::{ChainStore, StoreView},
    transaction::{CoinbaseOutput, CoinbaseTx, coinbase::reward, limits::COINBASE_OUTPUTS},
};

/// A block without seal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    /// The header.
    pub header: Header,
    /// Its target.
    pub target: Target,
    /// The id that keys the proof of work.
    pub key: BlockId,
    /// All behind the seal.
    pub body: Vec<u8>,
    /// What the coinbase pays.
    pub reward: u128,
}

impl Template {
    /// The id that the seal covers.
    #[must_use]
    pub fn id(&self) -> BlockId {
        self.header.id()
    }

    /// The block with a seal.
    #[must_use]
    pub fn seal(&self, nonce: u64) -> Vec<u8> {
        encode_block(&self.header.to_bytes(), nonce, &self.body)
    }
}

/// Pays `reward` to `payees` in equal parts, with a fresh seed for every output.
///
/// # Panics
///
/// If there are no payees, or more than 16.
#[must_use]
pub fn pay_coinbase(
    network: &Network,
    height: u64,
    reward: u128,
    payees: &[Address],
    rng: &mut (impl CryptoRng + ?Sized),
) -> CoinbaseTx {
    let most = usize::from(COINBASE_OUTPUTS);
    assert!((1..=most).contains(&payees.len()), "1 to {most} payees");
    // An amount has 64 bits and is not zero.
    let fewest = usize::try_from(reward.div_ceil(u128::from(u64::MAX))).unwrap_or(most);
    let count = payees.len().max(fewest).min(usize::try_from(reward).unwrap_or(most));
    let outputs = (0..count as u128).zip(payees.iter().cycle()).map(|(index, address)| {
        let (share, rest) = (reward / count as u128, reward % count as u128);
        let amount = u64::try_from(share + u128::from(index < rest)).expect("16 outputs hold any reward");
        let context = InputContext::coinbase(network.id(), height, index as u32);
        let seed = EnoteSeed::random(rng);
        let draft = Draft { context: &context, seed: &seed, amount: Amount(amount), asset: AssetId::NATIVE };
        let enote = draft.public(network.id(), address).expect("no address is made for a seed drawn later");
        CoinbaseOutput { amount, enote }
    });
    CoinbaseTx { height, outputs: outputs.collect() }
}

impl<S: ChainStore, C: Consensus, E: Executor> Chain<S, C, E> {
    /// A block on the tip with the best of what waits in `pool`, paid to `payees`. `now` is the local clock in
    /// seconds.
    ///
    /// # Errors
    ///
    /// [`ChainError`] if the state cannot be read.
    ///
    /// # Panics
    ///
    /// If there are no payees, or more than 16.
    pub fn template(
        &self,
        pool: &Mempool,
        payees: &[Address],
        now: u64,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<Template, ChainError> {
        let state = self.next_state();
        pool.update(&state, rng)?;
        let tip = state.tip();
        let chosen = select(&self.network, tip, pool.all(), payees.len() as u64);
        let fees = chosen.iter().map(|pooled| (pooled.fee(), pooled.minimum_fee));
        let reward = reward(subsidy(tip.totals.issued), fees).expect("what waits in the pool pays its minimum fee");
        let coinbase = pay_coinbase(&self.network, tip.next_height(), reward, payees, rng);
        let transactions: Vec<_> = chosen.iter().map(|pooled| Arc::clone(pooled.tx())).collect();
        Ok(self.assemble(tip, &transactions, &coinbase, now, reward))
    }

    /// The header over given transactions and coinbase, whose validity is the caller's business.
    pub(crate) fn assemble(
        &self,
        tip: &Tip<S::View>,
        transactions: &[Arc<UnverifiedTransaction>],
        coinbase: &CoinbaseTx,
        now: u64,
        reward: u128,
    ) -> Template {
        let ancestors = tip.branch.ancestors();
        let median_time = ancestors.median_time();
        let earliest = tip.header().timestamp.saturating_add(self.network.rows().spacing / 5);
        let context = BlockContext { height: tip.next_height(), parent: tip.block(), median_time };
        let mut run = self.executor.begin(&context);
        let receipts = Vec::from([run.due_outcomes()]);
        let content = Content { transactions, coinbase, receipts: &receipts, tree_root: run.tree_root() };
        let outcome = content.outcome(&self.network, tip);
        let target = self.consensus.next_target(&self.network, tip.header());
        let digests = transactions.iter().map(|transaction| transaction.digests());
        let net = self.network.id();
        let ids = TransactionIds::of_block(digests, coinbase.id(net));
        let header = Header {
            version: HEADER_VERSION,
            height: context.height,
            timestamp: now.max(earliest).max(median_time.saturating_add(1)),
            target: target.compact(),
            parent: tip.block().id,
            header_root: mmr::header_root(net, tip.branch.headers()).expect("a chain's work is below 2^256"),
            transaction_root: transaction_root(net, context.height, &ids),
            list_length: tip.next_list.length,
            acc: tip.next_list.acc.0,
            tag_root: outcome.tag_root,
            state_root: outcome.state_root,
            receipts_root: outcome.receipts_root,
            compact_root: outcome.compact_root,
        };
        let bytes: Vec<_> = transactions.iter().map(|transaction| transaction.transaction().encode(net)).collect();
        let body = encode_body(&bytes, &coinbase.encode());
        Template { header, target, key: *tip.branch.key(), body, reward }
    }
}

/// What a block has room for.
struct Room {
    weight: u64,
    listed: u64,
    tags: BTreeSet<[u8; 32]>,
    chosen: Vec<Arc<Pooled>>,
}

impl Room {
    /// Takes what fits; returns the rest.
    fn fill(&mut self, caps: &mut Caps, candidates: Vec<Arc<Pooled>>) -> Vec<Arc<Pooled>> {
        candidates.into_iter().filter_map(|pooled| self.take(caps, pooled)).collect()
    }

    fn take(&mut self, caps: &mut Caps, pooled: Arc<Pooled>) -> Option<Arc<Pooled>> {
        let tx = pooled.tx();
        let (weight, listed) = (tx.weight(), limits::listed_outputs(&tx.transaction().body));
        let fits = weight <= self.weight && listed <= self.listed;
        if !fits || pooled.tags().any(|tag| self.tags.contains(&tag)) || caps.cite(&pooled.cited).is_err() {
            return Some(pooled);
        }
        self.weight -= weight;
        self.listed -= listed;
        self.tags.extend(pooled.tags());
        self.chosen.push(pooled);
        None
    }
}

/// Chooses by fee over the scarcest thing that a transaction takes; half of each cap of 7.5 by fee, the rest by time
/// in the pool.
fn select<V: StoreView>(
    network: &Network,
    tip: &Tip<V>,
    mut candidates: Vec<Arc<Pooled>>,
    coinbase_outputs: u64,
) -> Vec<Arc<Pooled>> {
    let (limit, bound) = (network.rows().weight_limit, limits::listed_bound(network, tip));
    let share = |pooled: &Pooled| {
        let weight = u128::from(pooled.tx().weight()) * u128::from(bound);
        weight.max(u128::from(limits::listed_outputs(&pooled.tx().transaction().body)) * u128::from(limit)).max(1)
    };
    candidates.sort_by(|a, b| {
        let (by_a, by_b) = (u128::from(a.fee()) * share(b), u128::from(b.fee()) * share(a));
        by_b.cmp(&by_a).then(a.arrival.cmp(&b.arrival))
    });
    let mut room = Room {
        weight: limit,
        listed: bound.saturating_sub(coinbase_outputs),
        tags: BTreeSet::new(),
        chosen: Vec::new(),
    };
    let caps = Caps::new(network, tip);
    let mut half = caps.halved();
    let mut rest = room.fill(&mut half, candidates);
    rest.sort_by_key(|pooled| pooled.arrival);
    room.fill(&mut caps.whole(half), rest);
    room.chosen
}
