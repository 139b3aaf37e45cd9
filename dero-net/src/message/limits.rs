//! How much a message may hold, and why. Compared before anything is allocated.

use dero_ledger::{block::MAX_TRANSACTION_BYTES, store::HEADER_BYTES};

/// Bytes of a message that says a few fixed things.
pub const CONTROL: usize = 1024;

/// Addresses in one answer.
pub const MAX_ADDRESSES: usize = 250;
/// Bytes of an answer with addresses: 250 of the longest.
pub const ADDRESSES: usize = 4 + MAX_ADDRESSES * (4 + crate::transport::MAX_ADDRESS);

/// Names of transactions in one announcement or request: a second of relay at far more than any node verifies.
pub const MAX_NAMES: usize = 1000;
/// Bytes of an announcement or a request: all names at full length.
pub const ANNOUNCEMENT: usize = 8 + MAX_NAMES * 33;
/// Bytes of a message with one transaction.
pub const TRANSACTION: usize = MAX_TRANSACTION_BYTES + 64;

/// Ids in a locator: ten, then ever farther apart, reach genesis from any height.
pub const MAX_LOCATOR: usize = 80;
/// Bytes of a request for headers.
pub const LOCATOR: usize = 12 + MAX_LOCATOR * 32;
/// Bytes of a header with the nonce of its seal.
pub const SEALED_HEADER: usize = HEADER_BYTES + 8;
/// Headers in one answer: fits one part.
pub const MAX_HEADERS: usize = 2000;
/// Blocks in one request.
pub const MAX_BLOCKS: usize = 16;
/// Bytes of one piece of an answer. The design allows 4 MiB; a quarter keeps pieces moving on slow links, and
/// memory for pieces of all peers together below 100 MiB.
pub const PART_BYTES: usize = 1 << 20;
/// Bytes of a message with a piece.
pub const PART: usize = PART_BYTES + 16;

/// Compact forms in one request.
pub const MAX_COMPACT: usize = 1000;
/// Entries of the reference list in one range (protocol 7.5, wallet rule 3).
pub const LISTED_RANGE: usize = 1 << 16;
/// Bytes of an entry: Ko, C, T.
pub const LISTED_ENTRY: usize = 96;
/// Bytes of a reason in words.
pub const MAX_REASON: usize = 200;

const _: () = assert!(MAX_HEADERS * SEALED_HEADER <= PART_BYTES, "one part holds all headers of an answer");
