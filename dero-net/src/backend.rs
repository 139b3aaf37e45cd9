//! What the network asks of a chain and a pool.
//!
//! The machines of this crate know when to ask whom; whether a block is valid is not their business. [`Backend`] is
//! the other side of that line. Its methods block: the driver calls them away from the network's threads.

use core::{fmt, ops::Range};

use dero_crypto::NetworkId;
use dero_ledger::{
    block::{BlockId, BlockRef},
    store::{HEADER_BYTES, StoredCompact},
};

use crate::message::{
    Tip,
    limits::{LISTED_ENTRY, SEALED_HEADER},
    wallet::Rejection,
};

/// A header with the nonce of its seal.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SealedHeader {
    /// The header (protocol 10.7).
    pub header: [u8; HEADER_BYTES],
    /// The nonce.
    pub nonce: u64,
}

impl SealedHeader {
    /// header | le64 nonce.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; SEALED_HEADER] {
        let mut out = [0; SEALED_HEADER];
        let (header, nonce) = out.split_at_mut(HEADER_BYTES);
        header.copy_from_slice(&self.header);
        nonce.copy_from_slice(&self.nonce.to_le_bytes());
        out
    }

    /// Reads header | le64 nonce.
    #[must_use]
    pub fn from_bytes(bytes: &[u8; SEALED_HEADER]) -> Self {
        let mut sealed = Self { header: [0; HEADER_BYTES], nonce: 0 };
        let (header, nonce) = bytes.split_at(HEADER_BYTES);
        sealed.header.copy_from_slice(header);
        sealed.nonce = u64::from_le_bytes(nonce.try_into().expect("8 bytes are left"));
        sealed
    }

    /// h_32("block/id"; header).
    #[must_use]
    pub fn id(&self) -> BlockId {
        block_id(&self.header)
    }
}

impl fmt::Debug for SealedHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealedHeader({})", self.id())
    }
}

/// The id of the block with this header.
#[must_use]
pub fn block_id(header: &[u8; HEADER_BYTES]) -> BlockId {
    BlockId(dero_crypto::group::domain::BLOCK_ID.hash(&[header]))
}

/// How much a block of this network may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChainLimits {
    /// Bytes of a block, with header and seal.
    pub block_bytes: usize,
    /// Bytes of a block's compact form, both parts.
    pub compact_bytes: usize,
}

/// What became of headers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HeadersVerdict {
    /// All of them are known now, or were.
    Added,
    /// The first one's parent is not known: nothing was added, and nobody is to blame.
    UnknownParent,
    /// There is no room for more before bodies arrive. Those that fit are added; nobody is to blame.
    NoRoom,
    /// The node does not follow this branch by itself, deep as it leaves the chain. Nobody is to blame; an operator
    /// has to decide.
    Declined {
        /// Why.
        reason: String,
    },
    /// From this one on, timestamps lie too far ahead of the clock. Those before are added; the sender is charged a
    /// little.
    Early {
        /// The place in the list.
        at: usize,
        /// Seconds since 1970 from which it may come again.
        until: u64,
    },
    /// This one breaks a rule. Those before are added; the sender is to blame.
    Refused {
        /// The place in the list.
        at: usize,
        /// The rule.
        reason: String,
    },
}

/// What became of a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BlockVerdict {
    /// It is known now, or was.
    Added,
    /// The block before it is not known, or the branch is no longer wanted: nobody is to blame.
    OutOfPlace,
    /// The bytes are not the body of this header. The sender is to blame; the block is asked for elsewhere.
    WrongBody {
        /// What does not fit.
        reason: String,
    },
    /// The block breaks a rule and is never wanted again. The sender is to blame.
    Invalid {
        /// The rule.
        reason: String,
    },
}

/// Who hands a transaction over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransactionSource {
    /// Relay.
    Peer,
    /// A wallet, here or on a link.
    Wallet,
}

/// What became of a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TransactionVerdict {
    /// It waits in the pool now.
    Accepted {
        /// Its wtxid.
        id: [u8; 32],
    },
    /// It waited there already, or its effect does with other proofs, or it stands in a block. No error, and nobody
    /// is to blame.
    Known {
        /// The wtxid of what waits or stands there.
        id: [u8; 32],
    },
    /// It is not taken.
    Refused {
        /// Its wtxid; `None` if the bytes have none, so that nothing may be remembered (protocol 10.4).
        id: Option<[u8; 32]>,
        /// The rule.
        rejection: Rejection,
        /// Who is to blame.
        blame: Blame,
    },
}

/// Who is to blame for a transaction that is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blame {
    /// Nobody: another state or another height explains it.
    Nobody,
    /// Whoever stands on this branch. On another one reference sets may have other members, and the proof may hold.
    Branch,
    /// Whoever sends it.
    Sender,
}

impl TransactionVerdict {
    /// The wtxid, if the bytes have one.
    #[must_use]
    pub const fn id(&self) -> Option<[u8; 32]> {
        match self {
            Self::Accepted { id } | Self::Known { id } => Some(*id),
            Self::Refused { id, .. } => *id,
        }
    }
}

/// The chain cannot be read or written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the chain is not available: {0}")]
pub struct BackendError(pub String);

/// A chain and a pool, as the network sees them.
///
/// # Contract
///
/// - Methods may be called from many threads at once and may block.
/// - An answer about blame holds for the bytes that were given: never call a header invalid because of a body that
///   does not fit it, never remember a transaction by an id that does not cover its bytes.
/// - What peers can make grow here is bounded here: side branches of headers, the pool.
/// - [`BackendError`] means that nothing is known about the question; nobody is blamed for it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no chain for a node",
    label = "this part must implement `Backend`",
    note = "`LedgerBackend` does, over any store, consensus and executor"
)]
pub trait Backend: Send + Sync + 'static {
    /// The network.
    fn network(&self) -> NetworkId;

    /// How much a block may hold.
    fn limits(&self) -> ChainLimits;

    /// The newest block whose body is checked, on the best branch.
    ///
    /// # Errors
    ///
    /// [`BackendError`].
    fn tip(&self) -> Result<Tip, BackendError>;

    /// The newest header of the heaviest branch of headers; not lighter than [`tip`](Backend::tip).
    ///
    /// # Errors
    ///
    /// [`BackendError`].
    fn header_tip(&self) -> Result<Tip, BackendError>;

    /// Ids of the best branch of headers: the newest ten, then with doubling gaps, genesis last.
    ///
    /// # Errors
    ///
    /// [`BackendError`].
    fn locator(&self) -> Result<Vec<BlockId>, BackendError>;

    /// Up to `max` headers of checked blocks on the best branch, after the first id of the locator that is on it;
    /// from height 1 if none is.
    ///
    /// # Errors
    ///
    /// [`BackendError`].
    fn headers_after(&self, locator: &[BlockId], max: usize) -> Result<Vec<SealedHeader>, BackendError>;

    /// Headers of the best branch by height, as far as there are any.
    ///
    /// # Errors
    ///
    /// [`BackendError`].
    fn headers(&self, heights: Range<u64>) -> Result<Vec<SealedHeader>, BackendError>;

    /// Takes headers, each the parent of the next.
    ///
    /// # Errors
    ///
    /// [`BackendError`].
    fn add_headers(&self, headers: &[SealedHeader]) -> Result<HeadersVerdict, BackendError>;

    /// Blocks of the best branch of headers whose bodies are missing, ascending, the first on a checked block; at
    /// most `max`.
    ///
    /// # Errors
    ///
    /// [`BackendError`].
    fn wanted(&self, max: usize) -> Result<Vec<BlockRef>, BackendError>;

    /// A block with header and seal (protocol 10.7), if it is here with its body.
    ///
    /// # Errors
    ///
    /// [`BackendError`].
    fn block(&self, id: &BlockId) -> Result<Option<Vec<u8>>, BackendError>;

    /// Checks blocks and takes them, in the order given, each on the one before where possible. Stops at the first
    /// that is not [`BlockVerdict::Added`]; the answer has one verdict for each block that was looked at.
    ///
    /// # Errors
    ///
    /// [`BackendError`].
    fn add_blocks(&self, blocks: &[Vec<u8>]) -> Result<Vec<BlockVerdict>, BackendError>;

    /// wtxids of all transactions that wait.
    ///
    /// # Errors
    ///
    /// [`BackendError`].
    fn pool(&self) -> Result<Vec<[u8; 32]>, BackendError>;

    /// A waiting transaction.
    ///
    /// # Errors
    ///
    /// [`BackendError`].
    fn transaction(&self, wtxid: &[u8; 32]) -> Result<Option<Vec<u8>>, BackendError>;

    /// Checks a transaction and lets it wait.
    ///
    /// # Errors
    ///
    /// [`BackendError`].
    fn add_transaction(&self, bytes: &[u8], from: TransactionSource) -> Result<TransactionVerdict, BackendError>;

    /// Compact forms of checked blocks on the best branch, as far as there are any.
    ///
    /// # Errors
    ///
    /// [`BackendError`].
    fn compact(&self, heights: Range<u64>) -> Result<Vec<StoredCompact>, BackendError>;

    /// Entries of the reference list, as far as there are any.
    ///
    /// # Errors
    ///
    /// [`BackendError`].
    fn listed(&self, positions: Range<u64>) -> Result<Vec<[u8; LISTED_ENTRY]>, BackendError>;
}
