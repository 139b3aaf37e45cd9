//! Randomness that a seed repeats.

use core::convert::Infallible;

use dero_crypto::group::hash::Digest;
use rand_core::{TryCryptoRng, TryRng};

const STREAM: Digest<64> = Digest::new("net/seeded");

/// A generator for tests: the same seed gives the same bytes, on every machine and in every version.
#[derive(Clone, Debug)]
pub struct SeededRng {
    seed: u64,
    block: u64,
    bytes: [u8; 64],
    used: usize,
}

impl SeededRng {
    /// The generator of a seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self { seed, block: 0, bytes: [0; 64], used: 64 }
    }
}

impl TryRng for SeededRng {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, dst: &mut [u8]) -> Result<(), Infallible> {
        for byte in dst {
            if self.used == self.bytes.len() {
                self.bytes = STREAM.hash(&[&self.seed.to_le_bytes(), &self.block.to_le_bytes()]);
                self.block += 1;
                self.used = 0;
            }
            *byte = self.bytes[self.used];
            self.used += 1;
        }
        Ok(())
    }
}

impl TryCryptoRng for SeededRng {}
