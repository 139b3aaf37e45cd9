//! The seed σ: 16 bytes on which every secret of an enote hangs (protocol 4.3).

use rand_core::CryptoRng;

use crate::secret::Secret;

/// σ. Whoever knows it can show what the enote pays, and to whom (15.2), but cannot spend it.
#[derive(Clone, Debug)]
pub struct EnoteSeed(Secret<[u8; 16]>);

impl EnoteSeed {
    /// Takes a seed that was derived or received.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(Secret::new(bytes))
    }

    /// A fresh seed: for public enotes, and for wallets that do not want to find their outgoing payments again.
    #[must_use]
    pub fn random(rng: &mut (impl CryptoRng + ?Sized)) -> Self {
        let mut bytes = [0; 16];
        rng.fill_bytes(&mut bytes);
        Self::from_bytes(bytes)
    }

    /// Reads the seed.
    #[must_use]
    pub const fn expose(&self) -> &[u8; 16] {
        self.0.expose()
    }
}
