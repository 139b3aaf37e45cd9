//! SHAKE256 (FIPS 202 sections 4 and 6.2) over the permutation of the crate `keccak`.
//!
//! ```text
//! SHAKE256(m) = Keccak[c = 512](m || 1111)          rate 136 bytes; pad10*1 gives 0x1f, zeros, and 0x80 on the last byte
//! ```
//!
//! Nearly everything that is hashed is one block or two, and nearly every output is part of one. So a permutation is
//! a large share of a hash, and one is taken only where another block of input or output follows: readers that are
//! made for streams take one more after each block that they hand out.

use keccak::{Keccak, State1600};
use zeroize::Zeroize;

/// Bytes a block.
const RATE: usize = 136;
/// SHAKE's four bits, and the first of the padding.
const SUFFIX: u8 = 0x1f;

/// A hash in progress. Erased when dropped: what is hashed may be a secret.
pub(super) struct Shake256 {
    state: State1600,
    block: [u8; RATE],
    filled: usize,
}

impl Shake256 {
    pub(super) const fn new() -> Self {
        Self { state: [0; _], block: [0; RATE], filled: 0 }
    }

    pub(super) fn absorb(&mut self, mut bytes: &[u8]) {
        loop {
            let room = &mut self.block[self.filled..];
            if bytes.len() < room.len() {
                room[..bytes.len()].copy_from_slice(bytes);
                self.filled += bytes.len();
                return;
            }
            let (now, later) = bytes.split_at(room.len());
            room.copy_from_slice(now);
            self.take_block();
            (self.filled, bytes) = (0, later);
        }
    }

    /// Fills `out` with the first bytes of the output.
    pub(super) fn finish(mut self, out: &mut [u8]) {
        self.block[self.filled..].fill(0);
        self.block[self.filled] = SUFFIX;
        self.block[RATE - 1] |= 0x80;
        self.take_block();
        for (place, block) in out.chunks_mut(RATE).enumerate() {
            if place > 0 {
                self.permute();
            }
            for (bytes, lane) in block.chunks_mut(8).zip(&self.state) {
                bytes.copy_from_slice(&lane.to_le_bytes()[..bytes.len()]);
            }
        }
    }

    fn take_block(&mut self) {
        let (lanes, _) = self.block.as_chunks();
        for (lane, bytes) in self.state.iter_mut().zip(lanes) {
            *lane ^= u64::from_le_bytes(*bytes);
        }
        self.permute();
    }

    fn permute(&mut self) {
        Keccak::new().with_f1600(|permutation| permutation(&mut self.state));
    }
}

impl Drop for Shake256 {
    fn drop(&mut self) {
        self.state.zeroize();
        self.block.zeroize();
    }
}

#[cfg(test)]
mod tests {
    use sha3::digest::{ExtendableOutput, Update, XofReader};

    use super::*;

    #[test]
    fn inputs_and_outputs_of_every_length_around_the_blocks_are_those_of_another_implementation() {
        const LONGEST: usize = 3 * RATE + 2;
        let message: [u8; LONGEST] = core::array::from_fn(|i| i as u8);
        for length in 0..=LONGEST {
            let (whole, pieces) = (&message[..length], 1 + length % 41);
            let mut other = sha3::Shake256::default();
            other.update(whole);
            let mut ours = Shake256::new();
            whole.chunks(pieces).for_each(|piece| ours.absorb(piece));
            let (mut expected, mut found) = ([0; LONGEST], [0; LONGEST]);
            other.finalize_xof().read(&mut expected[..length]);
            ours.finish(&mut found[..length]);
            assert_eq!(found, expected, "{length} bytes in pieces of {pieces}");
        }
    }
}
