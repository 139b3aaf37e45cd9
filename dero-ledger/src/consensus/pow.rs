//! Proof of work: a nonce whose hash with the block id is at most the target (protocol 10.7).

use crate::{block::BlockId, difficulty::Target};

/// Every so many blocks the key of a keyed proof of work changes (protocol 10.8).
pub const KEY_INTERVAL: u64 = 2_048;
const KEY_DELAY: u64 = 65;

/// The height whose block id is the key at `height`: max(0, ⌊(h − 65)/2048⌋·2048).
#[must_use]
pub fn key_height(height: u64) -> u64 {
    height.saturating_sub(KEY_DELAY) / KEY_INTERVAL * KEY_INTERVAL
}

/// A hash that is expensive to satisfy and cheap to check.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no hash for a proof of work",
    label = "this part must implement `PowAlgorithm`",
    note = "`Blake3` does"
)]
pub trait PowAlgorithm: Send + Sync + 'static {
    /// What the row "proof of work" of a network says for this algorithm.
    const ROW: u64;

    /// The output for (block id ‖ le64 nonce), read little-endian. `key` is the id at [`key_height`]; an
    /// algorithm without epochs ignores it.
    fn hash(&self, key: &BlockId, input: &[u8; 40]) -> [u8; 32];
}

/// (block id ‖ le64 nonce).
#[must_use]
pub fn pow_input(id: &BlockId, nonce: u64) -> [u8; 40] {
    let mut input = [0; 40];
    input[..32].copy_from_slice(&id.0);
    input[32..].copy_from_slice(&nonce.to_le_bytes());
    input
}

/// BLAKE3, for tests and private networks: no memory, no epochs.
#[derive(Clone, Copy, Debug, Default)]
pub struct Blake3;

impl PowAlgorithm for Blake3 {
    const ROW: u64 = 0;

    fn hash(&self, _key: &BlockId, input: &[u8; 40]) -> [u8; 32] {
        *blake3::hash(input).as_bytes()
    }
}

/// Tries `nonces` in order; the first that satisfies `target`.
pub fn search(
    algorithm: &impl PowAlgorithm,
    key: &BlockId,
    id: &BlockId,
    target: &Target,
    mut nonces: impl Iterator<Item = u64>,
) -> Option<u64> {
    nonces.find(|nonce| target.allows(&algorithm.hash(key, &pow_input(id, *nonce))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_changes_65_blocks_after_its_block() {
        for (height, key) in [
            (0, 0),
            (64, 0),
            (2_112, 0),
            (2_113, 2_048),
            (4_160, 2_048),
            (4_161, 4_096),
            (u64::MAX, u64::MAX - 2_047),
        ] {
            assert_eq!(key_height(height), key, "{height}");
        }
    }

    #[test]
    fn a_seal_belongs_to_one_header() {
        let target = Target::from_compact(0x1f7f_ffff).unwrap();
        let (key, id, other) = (BlockId([0; 32]), BlockId([1; 32]), BlockId([2; 32]));
        let nonce = search(&Blake3, &key, &id, &target, 0..).unwrap();
        assert!(target.allows(&Blake3.hash(&key, &pow_input(&id, nonce))));
        assert!(!target.allows(&Blake3.hash(&key, &pow_input(&other, nonce))));
        assert_eq!(search(&Blake3, &key, &id, &target, 0..nonce), None);
    }
}
