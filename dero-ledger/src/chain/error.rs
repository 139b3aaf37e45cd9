//! Why a chain does not open, and why a block is not taken: what was wrong, whose fault it is, and whether the
//! block's id may be remembered.

use alloc::{boxed::Box, string::String};

use dero_crypto::DecodeError;

use crate::{
    block::BlockId, consensus::BranchError, execution::ExecutionError, rules::TxError, store::StoreError,
    transaction::coinbase::CoinbaseError,
};

/// Why a chain cannot be opened or used. Never a statement about a block or a peer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ChainError {
    /// The store cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The network asks for a proof of work that this build does not have.
    #[error("network {network} has proof of work {row}, which this build does not have")]
    ProofOfWork {
        /// The network's name.
        network: String,
        /// What its row says.
        row: u64,
    },
    /// The network allows what this build cannot execute.
    #[error("network {network} has {row} = {from}, but this build has no contract engine: set it to \"never\"")]
    NoEngine {
        /// The network's name.
        network: String,
        /// `assets_from` or `contracts_from`.
        row: &'static str,
        /// What the row says.
        from: u64,
    },
    /// The store holds another genesis.
    #[error("the store holds genesis {found}, the network has {expected}: choose another folder")]
    OtherGenesis {
        /// What the store holds.
        found: BlockId,
        /// What the network's list derives.
        expected: BlockId,
    },
}

/// Why a block is not taken. State is as before.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BlockError {
    /// The bytes are no block.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// More bytes than any block of the network can have.
    #[error("block of {found} bytes, at most {max} are possible")]
    TooLarge {
        /// Bytes of the block.
        found: usize,
        /// Bytes of the largest block.
        max: u64,
    },
    /// The block was found to be invalid before.
    #[error("block {id} is invalid, as was found before")]
    KnownInvalid {
        /// The block.
        id: BlockId,
    },
    /// The block before is not known.
    #[error("parent {parent} is not known")]
    UnknownParent {
        /// The block before.
        parent: BlockId,
    },
    /// The branch leaves the chain deeper than a node reorganises by itself.
    #[error(
        "the branch leaves the chain {depth} blocks below the tip, at most {max} are undone without an operator"
    )]
    TooDeep {
        /// Blocks that would have to be undone.
        depth: u64,
        /// The deepest reorganisation.
        max: u64,
    },
    /// The header or its seal.
    #[error(transparent)]
    Header(#[from] BranchError),
    /// The timestamp lies too far ahead of the local clock. The block is not invalid.
    #[error("the timestamp lies ahead: come again at {until}")]
    HeldBack {
        /// Seconds since 1970 from which the block may come again.
        until: u64,
    },
    /// The transactions and coinbase are not those that the header commits to. Says nothing about the header.
    #[error("the body does not hash to the transaction root of its header")]
    OtherBody,
    /// A transaction of the body cannot be read, or holds other Memos or another Payload than its ids stand for, so
    /// the body is not the header's.
    #[error("transaction {index} of the block cannot be read: {error}")]
    Unreadable {
        /// Its place.
        index: usize,
        /// The rule.
        error: TxError,
    },
    /// A value that the header commits to is not the one that follows from the body and the state before.
    #[error("the header's {what} is not the computed one")]
    Commitment {
        /// Which.
        what: Commitment,
    },
    /// More weight than the network allows.
    #[error("the block's transactions weigh {found}, at most {max} is allowed")]
    Weight {
        /// Σ weight.
        found: u128,
        /// The network's limit.
        max: u64,
    },
    /// More outputs that will be listed than max(floor, 2·μ).
    #[error("the block has {found} {what} outputs, at most {max} are allowed")]
    Listed {
        /// "listed" or "released".
        what: &'static str,
        /// How many.
        found: u64,
        /// max(floor, 2·μ).
        max: u64,
    },
    /// References of the block cover too many positions (7.5).
    #[error("the references of the block cover {found} positions {what}, at most {max} are allowed")]
    Cap {
        /// Which cap.
        what: &'static str,
        /// Positions, each counted once.
        found: u64,
        /// The cap.
        max: u64,
    },
    /// A transaction is invalid at its place.
    #[error("transaction {index}: {error}")]
    Transaction {
        /// Its place.
        index: usize,
        /// The first rule that it breaks.
        error: TxError,
    },
    /// Step 10: the Payload.
    #[error("transaction {index}: {error}")]
    Execution {
        /// Its place.
        index: usize,
        /// Why it cannot stand there.
        error: ExecutionError,
    },
    /// A block between this one and the chain is invalid.
    #[error("block {id} before it is invalid: {error}")]
    Ancestor {
        /// The block.
        id: BlockId,
        /// Why.
        error: Box<BlockError>,
    },
    /// The coinbase is invalid.
    #[error(transparent)]
    Coinbase(#[from] CoinbaseError),
    /// The chain's own fault: nothing is known about the block.
    #[error(transparent)]
    Chain(#[from] ChainError),
}

/// A value of the header that follows from the body and the state before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Commitment {
    /// Length of the reference list.
    ListLength,
    /// Accumulator of the reference list.
    Acc,
    /// Tree of all linking tags.
    TagRoot,
    /// Receipts.
    ReceiptsRoot,
    /// Compact form.
    CompactRoot,
    /// State after the block.
    StateRoot,
}

impl Commitment {
    /// The name of the rule that the header breaks.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ListLength => "ListLength",
            Self::Acc => "Acc",
            Self::TagRoot => "TagRoot",
            Self::ReceiptsRoot => "ReceiptsRoot",
            Self::CompactRoot => "CompactRoot",
            Self::StateRoot => "StateRoot",
        }
    }
}

impl core::fmt::Display for Commitment {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::ListLength => "list length",
            Self::Acc => "acc",
            Self::TagRoot => "tag root",
            Self::ReceiptsRoot => "receipts root",
            Self::CompactRoot => "compact root",
            Self::StateRoot => "state root",
        })
    }
}

/// What a refusal says about whoever sent the block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockBlame {
    /// The sender is charged; the bytes say nothing about the block's id, which may be asked for elsewhere.
    Bytes,
    /// The sender is charged, and the block stays invalid: its id is recorded.
    Block,
    /// Nobody is charged: the block may come again, in another order or at another time.
    Nobody,
    /// This node is at fault.
    Node,
}

impl BlockError {
    /// The name of the rule, which never changes: [`TxError::name`] for a transaction, else that of the variant.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Decode(_) => "Layout",
            Self::TooLarge { .. } => "TooLarge",
            Self::KnownInvalid { .. } => "KnownInvalid",
            Self::UnknownParent { .. } => "UnknownParent",
            Self::TooDeep { .. } => "TooDeep",
            Self::Header(BranchError::Header(_)) => "Header",
            Self::Header(BranchError::HeaderRoot) => "HeaderRoot",
            Self::Header(BranchError::Work(_)) => "Work",
            Self::Header(BranchError::Seal(_)) => "Seal",
            Self::HeldBack { .. } => "HeldBack",
            Self::OtherBody => "OtherBody",
            Self::Unreadable { error, .. } | Self::Transaction { error, .. } => error.name(),
            Self::Commitment { what } => what.name(),
            Self::Weight { .. } => "BlockWeight",
            Self::Listed { .. } => "ListedOutputs",
            Self::Cap { .. } => "ReferenceCap",
            Self::Execution { .. } => "Execution",
            Self::Ancestor { error, .. } => error.name(),
            Self::Coinbase(CoinbaseError::Sum { .. }) => "BadReward",
            Self::Coinbase(_) => "Coinbase",
            Self::Chain(_) => "Chain",
        }
    }

    /// Whose fault the refusal is, and whether the id is recorded.
    ///
    /// A wrong seal, a body that does not fit and an early timestamp are recorded under no id: another seal or body
    /// may be right, and the clock moves on.
    #[must_use]
    pub fn blame(&self) -> BlockBlame {
        match self {
            Self::Decode(_)
            | Self::TooLarge { .. }
            | Self::OtherBody
            | Self::Unreadable { .. }
            | Self::HeldBack { .. }
            | Self::Header(BranchError::Seal(_)) => BlockBlame::Bytes,
            Self::UnknownParent { .. } | Self::TooDeep { .. } => BlockBlame::Nobody,
            Self::Chain(_) => BlockBlame::Node,
            Self::Ancestor { error, .. } => error.blame(),
            Self::Transaction { error: TxError::EquationCount { .. } | TxError::NoVerdict, .. } => BlockBlame::Node,
            _ => BlockBlame::Block,
        }
    }
}

impl From<StoreError> for BlockError {
    fn from(error: StoreError) -> Self {
        Self::Chain(error.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_of_this_node_are_nobody_elses() {
        let fault = |error| BlockError::Transaction { index: 0, error };
        for error in [
            fault(TxError::NoVerdict),
            fault(TxError::EquationCount { expected: 2, found: 1 }),
            StoreError::Stopped.into(),
        ] {
            assert_eq!(error.blame(), BlockBlame::Node, "{error}");
            let above = BlockError::Ancestor { id: BlockId([0; 32]), error: Box::new(error) };
            assert_eq!(above.blame(), BlockBlame::Node);
        }
        assert_eq!(fault(TxError::Spent { input: 0 }).blame(), BlockBlame::Block);
    }

    #[test]
    fn a_block_that_finds_no_place_is_nobodys_fault() {
        let parent = BlockId([1; 32]);
        for error in [BlockError::UnknownParent { parent }, BlockError::TooDeep { depth: 361, max: 360 }] {
            assert_eq!(error.blame(), BlockBlame::Nobody, "{error}");
        }
    }
}
