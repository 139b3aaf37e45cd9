//! View tags and the wrap of the seed (protocol 4.3).
//!
//! ```text
//! vt1 = κ = 0:  h_1("enote/vt1"; net, S_f, De, ic, Ko)                     S_f = r·F' = k_f·De
//!       κ > 0:  h_1("enote/vt1-self"; s_fs, De, ic, Ko) in one self-send of the bundle,
//!               h_1("enote/vt1-decoy"; s_sv, De, ic, Ko) in each other one
//! w   = κ = 0:  h_32("enote/wrap"; S_r, De, ic)                            S_r = r·R' = k_r·De
//!       κ > 0:  h_32("enote/wrap-self"; s_sv, De, ic, κ)
//! vt2 = h_2("enote/vt2"; w, Ko)            σ_enc = σ ⊕ h_16("enote/seed-pad"; w, Ko)
//! ```
//!
//! A self-send's tags do not follow from k_f or k_r: whoever is given those sees receipts, and must not see
//! which transactions are the wallet's own. Only one self-send of a bundle answers to s_fs, because two hits in
//! one transaction would be a strong signal.

#![allow(non_snake_case)] // Symbols match the equations.

use super::{EnoteKind, EnoteSeed, InputContext};
use crate::{NetworkId, group::domain, secret::Secret};

/// One key exchange: the two keys of an enote and the context that all hashes here take.
///
/// ```
/// # use dero_crypto::prelude::*;
/// # let rng = &mut rand::rng();
/// # let net = NetworkId([1; 32]);
/// # let keys = MasterSecret::random(rng).audit_key();
/// # let context = InputContext::bundle(&net, &Anchor::Tag([9; 32]));
/// # let seed = EnoteSeed::random(rng);
/// # let draft = Draft { context: &context, seed: &seed, amount: Amount(30), asset: AssetId::NATIVE };
/// # let made = draft.external(&net, &keys.address_key().address(AddressIndex(3)));
/// use dero_crypto::enote::{Findable, SelfSend, SelfTag};
/// let change = draft.self_send(&keys, AddressIndex(0), SelfSend::Change, SelfTag::Find).enote;
/// let exchange = Findable::new(&context, &change).exchange();
/// assert_eq!(exchange.view_tag_1_self(keys.find_self_secret()), change.view_tag_1);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Exchange<'a> {
    /// De.
    pub ephemeral_key: &'a [u8; 32],
    /// Ko.
    pub one_time_key: &'a [u8; 32],
    /// ic.
    pub context: &'a InputContext,
}

impl Exchange<'_> {
    /// vt1 of an external enote.
    #[must_use]
    pub fn view_tag_1(&self, net: &NetworkId, S_f: &[u8; 32]) -> u8 {
        let [tag] =
            domain::ENOTE_VIEW_TAG_1.hash(&[&net.0, S_f, self.ephemeral_key, &self.context.0, self.one_time_key]);
        tag
    }

    /// vt1 of the one self-send that s_fs finds.
    #[must_use]
    pub fn view_tag_1_self(&self, s_fs: &Secret<[u8; 32]>) -> u8 {
        let [tag] = domain::ENOTE_VIEW_TAG_1_SELF.hash(&self.items(s_fs.expose()));
        tag
    }

    /// vt1 of every other self-send.
    #[must_use]
    pub fn view_tag_1_decoy(&self, s_sv: &Secret<[u8; 32]>) -> u8 {
        let [tag] = domain::ENOTE_VIEW_TAG_1_DECOY.hash(&self.items(s_sv.expose()));
        tag
    }

    fn items<'a>(&'a self, secret: &'a [u8; 32]) -> [&'a [u8]; 4] {
        [secret, self.ephemeral_key, &self.context.0, self.one_time_key]
    }

    /// w of an external enote.
    #[must_use]
    pub fn wrap(&self, S_r: &[u8; 32]) -> Wrap {
        Wrap(Secret::new(domain::ENOTE_WRAP.hash(&[S_r, self.ephemeral_key, &self.context.0])))
    }

    /// w of a self-send.
    #[must_use]
    pub fn wrap_self(&self, s_sv: &Secret<[u8; 32]>, kind: EnoteKind) -> Wrap {
        let items: [&[u8]; 4] = [s_sv.expose(), self.ephemeral_key, &self.context.0, &[kind.code()]];
        Wrap(Secret::new(domain::ENOTE_WRAP_SELF.hash(&items)))
    }
}

/// w: what wraps the seed.
///
/// ```
/// # use dero_crypto::prelude::*;
/// # let rng = &mut rand::rng();
/// # let net = NetworkId([1; 32]);
/// # let keys = MasterSecret::random(rng).audit_key();
/// # let context = InputContext::bundle(&net, &Anchor::Tag([9; 32]));
/// # let seed = EnoteSeed::random(rng);
/// # let draft = Draft { context: &context, seed: &seed, amount: Amount(30), asset: AssetId::NATIVE };
/// # let made = draft.external(&net, &keys.address_key().address(AddressIndex(3)));
/// use dero_crypto::enote::{EnoteKind, Findable, SelfSend, SelfTag};
/// let change = draft.self_send(&keys, AddressIndex(0), SelfSend::Change, SelfTag::Find).enote;
/// let wrap = Findable::new(&context, &change).exchange().wrap_self(keys.self_secret(), EnoteKind::Change);
/// assert_eq!(wrap.view_tag_2(&change.one_time_key), change.view_tag_2);
/// assert_eq!(wrap.open(&change.seed_enc, &change.one_time_key).expose(), seed.expose());
/// ```
#[derive(Clone, Debug)]
pub struct Wrap(Secret<[u8; 32]>);

impl Wrap {
    /// Reads w.
    #[must_use]
    pub fn expose(&self) -> &[u8; 32] {
        self.0.expose()
    }

    /// vt2.
    #[must_use]
    pub fn view_tag_2(&self, one_time_key: &[u8; 32]) -> [u8; 2] {
        domain::ENOTE_VIEW_TAG_2.hash(&[self.0.expose(), one_time_key])
    }

    /// σ_enc.
    #[must_use]
    pub fn seal(&self, seed: &EnoteSeed, one_time_key: &[u8; 32]) -> [u8; 16] {
        xor(*seed.expose(), self.pad(one_time_key))
    }

    /// σ, or noise where the wrap is not the enote's.
    #[must_use]
    pub fn open(&self, seed_enc: &[u8; 16], one_time_key: &[u8; 32]) -> EnoteSeed {
        EnoteSeed::from_bytes(xor(*seed_enc, self.pad(one_time_key)))
    }

    fn pad(&self, one_time_key: &[u8; 32]) -> [u8; 16] {
        domain::ENOTE_SEED_PAD.hash(&[self.0.expose(), one_time_key])
    }
}

/// a ⊕ b.
pub(super) fn xor<const N: usize>(a: [u8; N], b: [u8; N]) -> [u8; N] {
    core::array::from_fn(|i| a[i] ^ b[i])
}
