//! Checking a block on the tip (protocol 10.7, contracts 12.8.3).
//!
//! Cheap to expensive, and nothing of a block before its appends: the body fits its header; list; weight and listed
//! outputs; each transaction, steps 2 to 5; caps of references; execution; coinbase; the other roots; and last all
//! proofs of all transactions in one batch. Nothing is written here.

use alloc::{collections::BTreeSet, sync::Arc, vec::Vec};

use rand_core::CryptoRng;

use super::{
    BlockError, Commitment,
    content::{Content, Outcome},
    limits::{self, Caps},
    state::NextState,
    verdicts::VerdictCache,
};
use crate::{
    block::{Header, TransactionIds, parse_body, transaction_root},
    execution::{BlockContext, ExecutionRun, Executor, Receipt},
    params::{Network, subsidy},
    rules::{CheckError, CheckedTransaction, Section, TxError, UnverifiedTransaction, Verification},
    store::{StoreError, StoreView},
    transaction::{CoinbaseTx, Transaction, coinbase::reward, fee::destroyed, memo_digest, payload_digest},
};

/// A body whose transactions are read and fit the header.
pub(super) struct Body {
    pub(super) transactions: Vec<Arc<UnverifiedTransaction>>,
    pub(super) coinbase: CoinbaseTx,
}

impl Body {
    /// Reads a body by step 1 of 10.4 and compares it with the header's transaction root.
    ///
    /// # Errors
    ///
    /// [`BlockError::Decode`], [`BlockError::Unreadable`], [`BlockError::OtherBody`]: the bytes are not the body of
    /// this header.
    pub(super) fn read(network: &Network, header: &Header, body: &[u8]) -> Result<Self, BlockError> {
        let (transactions, coinbase) = parse_body(body)?;
        let body = Self { transactions: read_all(network, &transactions)?, coinbase: CoinbaseTx::parse(coinbase)? };
        if body.belongs_to(network, header) { Ok(body) } else { Err(BlockError::OtherBody) }
    }

    /// Whether the header commits to these transactions and this coinbase.
    pub(super) fn belongs_to(&self, network: &Network, header: &Header) -> bool {
        transaction_root(network.id(), header.height, &self.ids(network)) == header.transaction_root
    }

    /// (txid, wtxid) of each transaction and the coinbase.
    pub(super) fn ids(&self, network: &Network) -> Vec<TransactionIds> {
        let digests = self.transactions.iter().map(|transaction| transaction.digests());
        TransactionIds::of_block(digests, self.coinbase.id(network.id()))
    }
}

/// What a valid block leaves behind, beside its bytes.
pub(super) struct Verified {
    pub(super) outcome: Outcome,
    pub(super) issued: u128,
    pub(super) destroyed: u128,
}

/// How much is known about a block's proofs.
pub(super) enum Proofs<'r, R: ?Sized> {
    /// Nothing but what the cache says.
    Check(&'r mut R),
    /// The block stood on this state before, in this process.
    Passed,
}

/// Checks everything of a block but its header against its parent.
pub(super) fn verify<V: StoreView, E: Executor, R: CryptoRng + ?Sized>(
    state: &NextState<V>,
    header: &Header,
    body: &Body,
    executor: &E,
    verdicts: &VerdictCache,
    proofs: Proofs<'_, R>,
) -> Result<Verified, BlockError> {
    let (network, tip) = (state.network(), state.tip());
    let same = |what, equal| if equal { Ok(()) } else { Err(BlockError::Commitment { what }) };
    same(Commitment::ListLength, header.list_length == tip.next_list.length)?;
    same(Commitment::Acc, header.acc == tip.next_list.acc.0)?;

    let transactions = body.transactions.iter().map(Arc::as_ref);
    limits::check_totals(network, limits::listed_bound(network, tip), transactions, &body.coinbase)?;
    distinct_tags(&body.transactions)?;
    let mut caps = Caps::new(network, tip);
    body.transactions.iter().try_for_each(|transaction| caps.add_unchecked(state, transaction))?;
    let checked = check_all(state, &body.transactions)?;

    let (receipts, tree_root) = execute(state, &body.transactions, executor)?;
    let released: u64 = receipts.iter().map(|receipt| receipt.appended.len() as u64).sum();
    let max = limits::listed_bound(network, tip);
    if released > max {
        return Err(BlockError::Listed { what: "released", found: released, max });
    }

    let subsidy = subsidy(tip.totals.issued);
    let fees = || {
        checked.iter().map(|transaction| {
            let effects = transaction.effects();
            (effects.tx().transaction().body.fee, effects.minimum_fee())
        })
    };
    let reward = reward(subsidy, fees()).expect("a checked transaction pays its minimum fee");
    body.coinbase.verify(header.height, reward)?;

    let content =
        Content { transactions: &body.transactions, coinbase: &body.coinbase, receipts: &receipts, tree_root };
    let outcome = content.outcome(network, tip);
    same(Commitment::TagRoot, header.tag_root == outcome.tag_root)?;
    same(Commitment::ReceiptsRoot, header.receipts_root == outcome.receipts_root)?;
    same(Commitment::CompactRoot, header.compact_root == outcome.compact_root)?;
    same(Commitment::StateRoot, header.state_root == outcome.state_root)?;

    let halves: u128 = fees().map(|(_, minimum)| u128::from(destroyed(minimum))).sum();
    if let Proofs::Check(rng) = proofs {
        prove_all(network, checked, verdicts, rng)?;
    }
    Ok(Verified {
        outcome,
        issued: tip.totals.issued + u128::from(subsidy),
        destroyed: tip.totals.destroyed + halves,
    })
}

/// A tag that an earlier transaction of the block spends is spent.
fn distinct_tags(transactions: &[Arc<UnverifiedTransaction>]) -> Result<(), BlockError> {
    let mut seen = BTreeSet::new();
    for (index, transaction) in transactions.iter().enumerate() {
        let inputs = transaction.transaction().body.bundles.iter().flat_map(|bundle| &bundle.inputs);
        for (input, fields) in inputs.enumerate() {
            if !seen.insert(fields.tag) {
                return Err(BlockError::Transaction { index, error: TxError::Spent { input } });
            }
        }
    }
    Ok(())
}

fn execute<V: StoreView, E: Executor>(
    state: &NextState<V>,
    transactions: &[Arc<UnverifiedTransaction>],
    executor: &E,
) -> Result<(Vec<Receipt>, [u8; 32]), BlockError> {
    let tip = state.tip();
    let context = BlockContext {
        height: tip.next_height(),
        parent: tip.block(),
        median_time: tip.branch.ancestors().median_time(),
    };
    let mut run = executor.begin(&context);
    let mut receipts = Vec::from([run.due_outcomes()]);
    for (index, transaction) in transactions.iter().enumerate() {
        if !transaction.transaction().payload.is_empty() {
            let receipt = run.call(transaction).map_err(|error| BlockError::Execution { index, error })?;
            receipts.push(receipt);
        }
    }
    let root = run.tree_root();
    Ok((receipts, root))
}

/// Steps 6 to 9 of all transactions without a verdict, in one batch.
fn prove_all<R: CryptoRng + ?Sized>(
    network: &Network,
    checked: Vec<CheckedTransaction>,
    verdicts: &VerdictCache,
    rng: &mut R,
) -> Result<(), BlockError> {
    let mut verification = Verification::new(&network.rules());
    let mut places = Vec::new();
    for (index, transaction) in checked.into_iter().enumerate() {
        let known = verdicts.get(&transaction.effects().verdict_key());
        let transaction = match known {
            Some(verdict) => match transaction.accept(&verdict) {
                Ok(_) => continue,
                Err(transaction) => transaction,
            },
            None => transaction,
        };
        verification.push(transaction).map_err(|error| BlockError::Transaction { index, error })?;
        places.push(index);
    }
    for (index, verdict) in places.into_iter().zip(verification.verify(rng)) {
        let verified = verdict.map_err(|error| BlockError::Transaction { index, error })?;
        verdicts.insert(verified.verdict());
    }
    Ok(())
}

fn refusal(index: usize, error: CheckError<StoreError>) -> BlockError {
    match error {
        CheckError::Refused(error) => BlockError::Transaction { index, error },
        CheckError::State(error) => error.into(),
    }
}

#[cfg(feature = "parallel")]
fn read_all(network: &Network, transactions: &[&[u8]]) -> Result<Vec<Arc<UnverifiedTransaction>>, BlockError> {
    use rayon::prelude::*;
    transactions.par_iter().enumerate().map(|(index, bytes)| read(network, index, bytes)).collect()
}

#[cfg(not(feature = "parallel"))]
fn read_all(network: &Network, transactions: &[&[u8]]) -> Result<Vec<Arc<UnverifiedTransaction>>, BlockError> {
    transactions.iter().enumerate().map(|(index, bytes)| read(network, index, bytes)).collect()
}

fn read(network: &Network, index: usize, bytes: &[u8]) -> Result<Arc<UnverifiedTransaction>, BlockError> {
    let read = UnverifiedTransaction::parse(bytes, &network.rules()).and_then(|read| {
        // The ids stand for Memos and Payload by digests alone: a copy may be spoilt, and that is the sender's
        // fault and not the block's.
        let Transaction { body, memos, payload, .. } = read.transaction();
        for (section, digest, found) in [
            (Section::Memos, body.memo_digest, memo_digest(memos)),
            (Section::Payload, body.payload_digest, payload_digest(payload)),
        ] {
            if digest != found {
                return Err(TxError::Digest { section });
            }
        }
        Ok(read)
    });
    read.map(Arc::new).map_err(|error| BlockError::Unreadable { index, error })
}

/// Steps 2 to 5 of each transaction. The first refusal is that in block order, whichever thread finds one first.
fn check_all<V: StoreView>(
    state: &NextState<V>,
    transactions: &[Arc<UnverifiedTransaction>],
) -> Result<Vec<CheckedTransaction>, BlockError> {
    let checked = check_each(state, transactions).into_iter().enumerate();
    checked.map(|(index, one)| one.map_err(|error| refusal(index, error))).collect()
}

/// Steps 2 to 5 of each transaction alone.
#[cfg(feature = "parallel")]
pub(super) fn check_each<V: StoreView>(
    state: &NextState<V>,
    transactions: &[Arc<UnverifiedTransaction>],
) -> Vec<Result<CheckedTransaction, CheckError<StoreError>>> {
    use rayon::prelude::*;
    let rules = state.network().rules();
    transactions.par_iter().map(|transaction| transaction.check(&rules, state)).collect()
}

#[cfg(not(feature = "parallel"))]
pub(super) fn check_each<V: StoreView>(
    state: &NextState<V>,
    transactions: &[Arc<UnverifiedTransaction>],
) -> Vec<Result<CheckedTransaction, CheckError<StoreError>>> {
    let rules = state.network().rules();
    transactions.iter().map(|transaction| transaction.check(&rules, state)).collect()
}
