//! All that the ledger asks of a contract engine (contracts 12.7, 12.8).
//!
//! The engine sees a block in the order of 12.8.3: due outcomes, expired entries, transactions with a Payload. It
//! returns receipts, and at the end the root of its state tree. This build has no engine: [`NoContracts`] refuses
//! every Payload, and a chain that it serves opens only networks on which contracts and assets never begin.

use alloc::vec::Vec;

use crate::{
    block::{BlockRef, EMPTY_RECEIPT, EMPTY_TREE, compact::CompactEffect},
    rules::UnverifiedTransaction,
    state::Entry,
};

/// What a contract sees of the block in which it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockContext {
    /// Height of the block.
    pub height: u64,
    /// The block before.
    pub parent: BlockRef,
    /// The median of timestamps that the block had to exceed.
    pub median_time: u64,
}

/// A receipt, and what its effects append to the reference list M blocks later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The bytes that the receipts root covers.
    pub bytes: Vec<u8>,
    /// Effects 1, 2 and 7, in order.
    pub effects: Vec<CompactEffect>,
    /// Enotes that effects 1 and 2 append, in order.
    pub appended: Vec<Entry>,
}

impl Receipt {
    /// Receipt 0 of a block without due outcomes.
    #[must_use]
    pub fn nothing_due() -> Self {
        Self { bytes: EMPTY_RECEIPT.to_vec(), effects: Vec::new(), appended: Vec::new() }
    }
}

/// Why a transaction with a Payload stands in no block: step 10 of 10.4.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ExecutionError {
    /// This build has no engine.
    #[error("this build has no contract engine: no Payload can be executed")]
    NoEngine,
    /// A contract-funded call must succeed and does not.
    #[error("the call fails: {0}")]
    Failed(&'static str),
}

/// A contract engine.
///
/// # Contract
///
/// Results are functions of the state after the parent and of the block. Nothing is written before the block is
/// committed.
#[diagnostic::on_unimplemented(
    message = "`{Self}` executes no contracts",
    label = "this part must implement `Executor`",
    note = "`NoContracts` does, for networks that have none"
)]
pub trait Executor: Send + Sync + 'static {
    /// The work on one block.
    type Run: ExecutionRun;

    /// Whether blocks may hold Payloads, lock records, vault inputs, moves and asset ops at all.
    fn runs_contracts(&self) -> bool;

    /// Starts on the state after the parent.
    fn begin(&self, context: &BlockContext) -> Self::Run;
}

/// One block under execution, in the order of 12.8.3.
pub trait ExecutionRun {
    /// Steps 2 and 3: due outcomes and expired entries; receipt 0.
    fn due_outcomes(&mut self) -> Receipt;

    /// Step 4, one transaction with a Payload.
    ///
    /// # Errors
    ///
    /// [`ExecutionError`]: the transaction is in no valid block on this state.
    fn call(&mut self, transaction: &UnverifiedTransaction) -> Result<Receipt, ExecutionError>;

    /// The root of the state tree after the block (12.8.1).
    fn tree_root(&self) -> [u8; 32];
}

/// No contracts: every Payload is refused, the state tree stays empty.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoContracts;

impl Executor for NoContracts {
    type Run = Self;

    fn runs_contracts(&self) -> bool {
        false
    }

    fn begin(&self, _context: &BlockContext) -> Self {
        Self
    }
}

impl ExecutionRun for NoContracts {
    fn due_outcomes(&mut self) -> Receipt {
        Receipt::nothing_due()
    }

    fn call(&mut self, _transaction: &UnverifiedTransaction) -> Result<Receipt, ExecutionError> {
        Err(ExecutionError::NoEngine)
    }

    fn tree_root(&self) -> [u8; 32] {
        EMPTY_TREE
    }
}
