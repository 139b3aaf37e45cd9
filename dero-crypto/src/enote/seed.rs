//! The seed σ: 16 bytes on which every secret of an enote hangs (protocol 4.3).
//!
//! ```text
//! σ = h_16("enote/seed"; s_ov, ic, tx_nonce, le32 k)     or fresh random bytes
//! r = hs("enote/eph";   σ, ic, K, t)                     De = r·B
//! b = hs("enote/asset"; σ, ic)                           T  = A + b·G
//! x = hs("enote/mask";  σ, ic, le64 a, A, K, κ)          C  = a·T + x·G
//! u = hs("enote/ext-x"; σ, ic, C, T)
//! v = hs("enote/ext-y"; σ, ic, C, T)                     Ko = K + u·X + v·Y
//! ```
//!
//! The seed travels wrapped, to the recipient under S_r = r·R' or to the sender himself under s_sv. Whoever has
//! it can recompute the whole enote, so to reveal it is a payment proof (15.2); it does not spend.
//!
//! *To others an enote shows nothing*, argued: to whoever lacks k_r and r the wrap is a hash of a Diffie–Hellman secret, and
//! without σ the values r, b, x, u, v and the pad are outputs of a random oracle. A search for σ takes 2^128 hashes, about as much
//! as a logarithm, and serves one enote: each hash of σ has ic or Ko.

use rand_core::CryptoRng;

use super::{EnoteKind, InputContext};
use crate::{
    commitment::Amount,
    group::{Scalar, domain},
    keys::AddressTag,
    secret::Secret,
};

/// σ. Whoever knows it can show what the enote pays, and to whom, but cannot spend it.
///
/// ```
/// use dero_crypto::{NetworkId, enote::{Anchor, EnoteSeed, InputContext}, secret::Secret};
/// let context = InputContext::bundle(&NetworkId([1; 32]), &Anchor::Tag([9; 32]));
/// let outgoing = Secret::new([7; 32]);
/// let seed = |k| EnoteSeed::outgoing(&outgoing, &context, &[5; 16], k);
/// assert_ne!(seed(0).expose(), seed(1).expose());
/// assert_eq!(seed(0).expose(), seed(0).expose()); // the sender finds it again
/// ```
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

    /// The seed of the enote with construction index `k` (from 0, before sorting), which the holder of s_ov finds
    /// again. `tx_nonce` is fresh for each construction attempt, so two attempts have no secret in common.
    #[must_use]
    pub fn outgoing(s_ov: &Secret<[u8; 32]>, context: &InputContext, tx_nonce: &[u8; 16], k: u32) -> Self {
        Self::from_bytes(domain::ENOTE_SEED.hash(&[s_ov.expose(), &context.0, tx_nonce, &k.to_le_bytes()]))
    }

    /// Reads the seed.
    #[must_use]
    pub const fn expose(&self) -> &[u8; 16] {
        self.0.expose()
    }

    /// r, the ephemeral secret. `spend_key` is K of the address.
    #[must_use]
    pub fn ephemeral(&self, context: &InputContext, spend_key: &[u8; 32], tag: &AddressTag) -> Secret<Scalar> {
        Secret::new(domain::ENOTE_EPHEMERAL.hash(&[self.expose(), &context.0, spend_key, &tag.0]))
    }

    /// b, which blinds the asset.
    #[must_use]
    pub fn asset_blinding(&self, context: &InputContext) -> Secret<Scalar> {
        Secret::new(domain::ENOTE_ASSET.hash(&[self.expose(), &context.0]))
    }

    /// x, which blinds the amount. `base` is the encoding of A_α, `spend_key` is K of the address.
    #[must_use]
    pub fn mask(
        &self,
        context: &InputContext,
        amount: Amount,
        base: &[u8; 32],
        spend_key: &[u8; 32],
        kind: EnoteKind,
    ) -> Secret<Scalar> {
        let amount = amount.0.to_le_bytes();
        Secret::new(domain::ENOTE_MASK.hash(&[self.expose(), &context.0, &amount, base, spend_key, &[kind.code()]]))
    }

    /// (u, v), which make the one-time key out of K. They bind C and T.
    #[must_use]
    pub fn extensions(
        &self,
        context: &InputContext,
        commitment: &[u8; 32],
        asset_tag: &[u8; 32],
    ) -> (Secret<Scalar>, Secret<Scalar>) {
        let items: [&[u8]; 4] = [self.expose(), &context.0, commitment, asset_tag];
        (Secret::new(domain::ENOTE_EXTENSION_X.hash(&items)), Secret::new(domain::ENOTE_EXTENSION_Y.hash(&items)))
    }

    /// The pad of amount and address tag. It contains Ko, so no two enotes share one.
    pub(super) fn pay_pad(&self, one_time_key: &[u8; 32]) -> [u8; 16] {
        domain::ENOTE_PAY.hash(&[self.expose(), one_time_key])
    }
}
