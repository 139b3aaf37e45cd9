//! The full tier: what can move funds (protocol 2).
//!
//! ```text
//! s_m                                      32-byte master secret, the wallet's seed
//! k_s  = hs("key/spend"; s_m)              spend key               Y_s = k_s·Y
//! s_vb = h_32("key/view-balance"; s_m)     view-balance secret: everything below the audit key
//! ```

#![allow(non_snake_case)] // Symbols match the equations.

use core::fmt;

use rand_core::CryptoRng;

#[cfg(feature = "alloc")]
use super::AuditKey;
use crate::{
    error::DecodeError,
    group::{Point, Scalar, decode_scalar, domain, generators::Y},
    secret::Secret,
};

/// s_m: all keys of a wallet follow from it.
///
/// ```
/// use dero_crypto::keys::MasterSecret;
/// let wallet = MasterSecret::random(&mut rand::rng());
/// let (spend, audit) = (wallet.spend_key(), wallet.audit_key());
/// assert_eq!(spend.public(), audit.spend_public());
/// assert_eq!(format!("{wallet:?}"), "MasterSecret(..)");
/// ```
#[derive(Clone)]
pub struct MasterSecret(Secret<[u8; 32]>);

impl MasterSecret {
    /// A new wallet.
    #[must_use]
    pub fn random(rng: &mut (impl CryptoRng + ?Sized)) -> Self {
        let mut bytes = [0; 32];
        rng.fill_bytes(&mut bytes);
        Self::from_bytes(bytes)
    }

    /// The wallet of a seed; any 32 bytes are one.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Secret::new(bytes))
    }

    /// Reads the seed.
    #[must_use]
    pub const fn expose(&self) -> &[u8; 32] {
        self.0.expose()
    }

    /// k_s.
    #[must_use]
    pub fn spend_key(&self) -> SpendKey {
        SpendKey::new(domain::KEY_SPEND.hash(&[self.expose()])).expect("a preimage of zero has probability 2^-252")
    }

    /// The view-balance tier.
    #[cfg(feature = "alloc")]
    #[must_use]
    pub fn audit_key(&self) -> AuditKey {
        let s_vb = Secret::new(domain::KEY_VIEW_BALANCE.hash(&[self.expose()]));
        AuditKey::new(s_vb, self.spend_key().Y_s).expect("a preimage of zero has probability 2^-252")
    }
}

impl fmt::Debug for MasterSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterSecret(..)")
    }
}

/// k_s: without it nothing can be spent.
///
/// ```
/// use dero_crypto::{keys::MasterSecret, group::generators::Y};
/// let wallet = MasterSecret::random(&mut rand::rng());
/// let spend = wallet.spend_key();
/// assert_eq!(spend.public().element(), &(Y.element() * spend.expose().expose()));
/// assert_eq!(wallet.audit_key().spend_public(), spend.public()); // all that the audit key has of it
/// ```
#[derive(Clone)]
pub struct SpendKey {
    k_s: Secret<Scalar>,
    Y_s: Point,
}

impl SpendKey {
    fn new(k_s: Scalar) -> Result<Self, DecodeError> {
        let k_s = Secret::new(k_s);
        let Y_s = Point::encode(Y.to_element() * k_s.expose(), "Y_s")?;
        Ok(Self { k_s, Y_s })
    }

    /// Takes a spend key that a device keeps without the master secret.
    ///
    /// # Errors
    ///
    /// [`DecodeError::Scalar`] for bytes that are no scalar, [`DecodeError::Identity`] for zero.
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, DecodeError> {
        Self::new(decode_scalar(bytes, "k_s")?)
    }

    /// The spend key, as a scalar.
    #[must_use]
    pub const fn expose(&self) -> &Secret<Scalar> {
        &self.k_s
    }

    /// Y_s = k_s·Y.
    #[must_use]
    pub const fn public(&self) -> &Point {
        &self.Y_s
    }

    /// y_o = k_s + v: the logarithm on Y of the one-time key whose extension is `v`.
    #[must_use]
    pub fn one_time(&self, v: &Secret<Scalar>) -> Secret<Scalar> {
        Secret::new(self.k_s.expose() + v.expose())
    }
}

impl fmt::Debug for SpendKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SpendKey(..)")
    }
}
