//! Chains of real blocks: what is taken, what is refused, by which rule, and that a refusal changes nothing.
//! Numbers of rows are those of the list of attacks.

#![allow(clippy::unwrap_used)] // Helpers of tests.

mod ahead;
mod blocks;
mod coinbase;
mod execution;
mod forks;
mod headers;
mod lists;
mod pool;
mod pruned;

use std::sync::Arc;

use dero_ledger::{
    block::encode_block,
    chain::{
        Added, Advance, BlockBlame, BlockError, Chain,
        pool::{Mempool, PoolLimits},
    },
    consensus::Consensus,
    execution::Executor,
    store::{ChainStore, StoreView},
    testing::{ChainBuilder, TestChain},
};
use rand::{SeedableRng, rngs::StdRng};

/// The same numbers in every run.
fn rng(seed: u64) -> StdRng {
    StdRng::seed_from_u64(seed)
}

/// A generator that gives nothing: whoever draws a weight for a batch panics.
struct NoRandomness;

impl rand_core::TryRng for NoRandomness {
    type Error = core::convert::Infallible;
    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        panic!("no randomness")
    }
    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        panic!("no randomness")
    }
    fn try_fill_bytes(&mut self, _: &mut [u8]) -> Result<(), Self::Error> {
        panic!("no randomness")
    }
}
impl rand_core::TryCryptoRng for NoRandomness {}

/// A clock at which no block of a test is early.
const LATER: u64 = ChainBuilder::GENESIS_TIME + 10_000_000;

fn add<S: ChainStore>(chain: &TestChain<S>, block: &[u8]) -> Result<Added, BlockError> {
    chain.add_block(block, LATER, &mut rng(0))
}

fn advance<S: ChainStore>(chain: &TestChain<S>, block: &[u8]) -> Advance {
    match add(chain, block) {
        Ok(Added::Advanced(advance)) => advance,
        other => panic!("{other:?}"),
    }
}

/// The bytes of the block at `height`.
fn block_at<S: ChainStore>(chain: &TestChain<S>, height: u64) -> Vec<u8> {
    let block = chain.tip().view().block(height).unwrap();
    encode_block(&block.header, block.nonce, &block.body)
}

/// A chain with the blocks of another up to `height`.
fn copy(builder: &ChainBuilder, chain: &TestChain, height: u64) -> TestChain {
    let copy = builder.chain();
    for height in 1..=height {
        advance(&copy, &block_at(chain, height));
    }
    copy
}

/// A pool where nothing waits.
fn empty_pool<S: ChainStore, C: Consensus, E: Executor>(chain: &Chain<S, C, E>) -> Mempool {
    Mempool::new(chain.network().rules(), PoolLimits::default(), Arc::clone(chain.verdicts()))
}

/// The block is refused, the tip stays, and the state is what a fresh look at the store shows.
fn refused(chain: &TestChain, block: &[u8]) -> BlockError {
    let before = chain.tip();
    let error = add(chain, block).expect_err("the block is refused");
    let after = chain.tip();
    assert_eq!(after.block(), before.block());
    assert_eq!(after.totals(), before.totals());
    assert_eq!(chain.store().view().unwrap().tip(), Some(before.block()));
    error
}

/// The block is refused for ever: it comes back as known to be invalid.
fn refused_for_ever(chain: &TestChain, block: &[u8]) -> BlockError {
    let error = refused(chain, block);
    assert_eq!(error.blame(), BlockBlame::Block, "{error}");
    assert!(matches!(refused(chain, block), BlockError::KnownInvalid { .. }));
    error
}
