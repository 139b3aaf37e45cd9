//! How much a transaction may hold (protocol 10.3, vaults 12.2, 12.7.1). Every count is compared before anything
//! is allocated.

use alloc::vec::Vec;
use core::ops::RangeInclusive;

/// Bytes of a transaction.
pub const TRANSACTION_BYTES: usize = 192 << 10;
/// Bytes of Body.
pub const BODY_BYTES: usize = 64 << 10;
/// Bytes of a Payload that is a call.
pub const CALL_BYTES: usize = 32 << 10;
/// Bytes of a Payload that is a deploy.
pub const DEPLOY_BYTES: usize = 72 << 10;

/// Bundles; at least one.
pub const BUNDLES: u8 = 8;
/// Private inputs.
pub const INPUTS: usize = 32;
/// Private inputs of a transaction without expiry.
pub const INPUTS_WITHOUT_EXPIRY: usize = 8;
/// Vault inputs.
pub const VAULT_INPUTS: usize = 8;
/// Outputs.
pub const OUTPUTS: RangeInclusive<usize> = 2..=32;
/// Different intervals of the reference list.
pub const INTERVALS: usize = 8;
/// Operations on assets.
pub const OPS: u8 = 4;
/// Public moves.
pub const MOVES: u8 = 8;
/// Lock records.
pub const LOCK_RECORDS: usize = 8;

/// Private and vault inputs of a bundle together.
pub const BUNDLE_INPUTS: u8 = 16;
/// Outputs of a bundle.
pub const BUNDLE_OUTPUTS: u8 = 16;
/// Range values of a bundle.
pub const BUNDLE_RANGE_VALUES: usize = 16;

/// Keys that must accept a lock record.
pub const ACCEPTING_KEYS: u8 = 4;
/// Sealed alternatives of a lock record.
pub const ALTERNATIVES: u8 = 8;
/// Enotes of a sealed alternative; at least one.
pub const PARTS: u8 = 4;

/// Outputs of a coinbase transaction.
pub const COINBASE_OUTPUTS: u8 = 16;

/// Writes a count in the one byte that every limit fits into.
pub(super) fn put_count(out: &mut Vec<u8>, count: usize) {
    out.push(u8::try_from(count).expect("limits keep every count below 256"));
}
