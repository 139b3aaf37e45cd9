//! Making enotes (protocol 4.3, 4.6): from an address, an amount and a seed to 163 bytes.
//!
//! ```text
//! De = r·B          T = A + b·G          C = a·T + x·G          Ko = K + u·X + v·Y
//! pay_enc = ( le64(a) ‖ t ) ⊕ h_16("enote/pay"; σ, Ko)
//! ```
//!
//! Everything follows from the draft and the address, so a signing device that is told the seed recomputes each
//! output byte for byte, and so does whoever is shown the seed as a payment proof.
//!
//! Which find tag a self-send has is a rule of the wallet: in every bundle the self-send with the smallest
//! construction index has the one of s_fs, every other one, and each in a sealed part, is a decoy.

#![allow(non_snake_case)] // Symbols match the equations.

use core::fmt;

use super::{
    AssetBase, Enote, EnoteKind, EnoteSeed, InputContext, Opening, PublicEnote, SelfSend, public_commitment,
    wrap::{Exchange, Wrap, xor},
};
use crate::{
    NetworkId,
    asset::AssetId,
    commitment::Amount,
    error::DecodeError,
    group::{
        Element, Point, Scalar,
        generators::{X, Y},
        sum_of_products,
    },
    keys::{Address, AddressIndex, AuditKey},
    secret::Secret,
};

/// An enote about to be made: what it holds and where its secrets come from.
///
/// ```
/// use dero_crypto::{
///     NetworkId,
///     asset::{AssetId, KnownAssets},
///     commitment::Amount,
///     enote::{Anchor, Draft, EnoteSeed, InputContext},
///     keys::{AddressIndex, MasterSecret},
/// };
/// let net = NetworkId([1; 32]);
/// let shop = MasterSecret::random(&mut rand::rng()).audit_key();
/// let context = InputContext::bundle(&net, &Anchor::Tag([9; 32]));
///
/// let draft = Draft {
///     context: &context,
///     seed: &EnoteSeed::random(&mut rand::rng()),
///     amount: Amount(30),
///     asset: AssetId::NATIVE,
/// };
/// let made = draft.external(&net, &shop.address_key().address(AddressIndex(3)));
///
/// let enote = made.enote.decode()?;
/// let found = shop.view_received().recognise(&net, &context, &enote, &KnownAssets::native()).expect("paid");
/// assert_eq!((found.opening().amount(), found.index()), (Amount(30), AddressIndex(3)));
/// # Ok::<(), dero_crypto::DecodeError>(())
/// ```
#[derive(Clone, Copy)]
pub struct Draft<'a> {
    /// ic of the bundle, or of the sealed alternative.
    pub context: &'a InputContext,
    /// σ.
    pub seed: &'a EnoteSeed,
    /// a.
    pub amount: Amount,
    /// α.
    pub asset: AssetId,
}

impl fmt::Debug for Draft<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Draft(..)")
    }
}

/// An enote, and what its maker needs for the proofs about it.
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
/// assert_eq!(made.opening.amount(), Amount(30));
/// let decoded = made.enote.decode()?;
/// assert!(made.opening.opens(decoded.asset_tag().element(), decoded.commitment().element()));
/// # Ok::<(), DecodeError>(())
/// ```
#[derive(Clone, Debug)]
pub struct MadeEnote {
    /// The 163 bytes.
    pub enote: Enote,
    /// Their opening.
    pub opening: Opening,
}

/// Which find tag a self-send has.
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
/// let change = draft.self_send(&keys, AddressIndex(0), SelfSend::Change, SelfTag::Find);
/// assert!(keys.find_key_with_self().find(&net, &Findable::new(&context, &change.enote)).self_send);
/// // Whatever the tag is, the audit key recognises it.
/// let decoy = draft.self_send(&keys, AddressIndex(0), SelfSend::Change, SelfTag::Decoy);
/// assert!(keys.recognise_self(&context, &decoy.enote.decode()?, &KnownAssets::native()).is_ok());
/// # Ok::<(), DecodeError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SelfTag {
    /// The one that s_fs finds: exactly one self-send of a bundle, that with the smallest construction index.
    Find,
    /// A value that only the device can tell from others: every other self-send.
    Decoy,
}

impl Draft<'_> {
    /// Pays somebody else: κ = 0. Constant time.
    ///
    /// # Panics
    ///
    /// If a hash cancels a point, which no address can be made for: C hashes K, and u and v hash C.
    #[must_use]
    pub fn external(&self, net: &NetworkId, address: &Address) -> MadeEnote {
        let parts = self.parts(address, EnoteKind::External);
        let (view_tag_1, wrap) = parts.for_recipient(net, self.context, address);
        self.assemble(parts, address, view_tag_1, &wrap)
    }

    /// Pays oneself: κ = 1 or 2, to the own address `index`. Constant time.
    ///
    /// # Panics
    ///
    /// As [`external`](Self::external).
    #[must_use]
    pub fn self_send(&self, keys: &AuditKey, index: AddressIndex, kind: SelfSend, tag: SelfTag) -> MadeEnote {
        let address = keys.address_key().address(index);
        let parts = self.parts(&address, kind.into());
        let exchange = parts.exchange(self.context);
        let view_tag_1 = match tag {
            SelfTag::Find => exchange.view_tag_1_self(keys.find_self_secret()),
            SelfTag::Decoy => exchange.view_tag_1_decoy(keys.self_secret()),
        };
        let wrap = exchange.wrap_self(keys.self_secret(), kind.into());
        self.assemble(parts, &address, view_tag_1, &wrap)
    }

    /// Pays in public: coinbase, genesis, stub of a move out. The seed must be fresh, since r does not contain
    /// the amount and a repeated De links.
    ///
    /// # Errors
    ///
    /// [`DecodeError::Identity`] if Ko is the identity. C does not hash K here, so whoever knows the seed and the
    /// context can make an address for which it is.
    pub fn public(&self, net: &NetworkId, address: &Address) -> Result<PublicEnote, DecodeError> {
        let (C, T) = public_commitment(self.amount, &self.asset);
        let parts = self.keys_of(address, C, T)?;
        let (view_tag_1, wrap) = parts.for_recipient(net, self.context, address);
        let [.., a, b, c, d, e, f, g, h] = self.seed.pay_pad(parts.Ko.as_bytes());
        Ok(PublicEnote {
            one_time_key: parts.Ko.to_bytes(),
            ephemeral_key: parts.De.to_bytes(),
            view_tag_1,
            view_tag_2: wrap.view_tag_2(parts.Ko.as_bytes()),
            seed_enc: wrap.seal(self.seed, parts.Ko.as_bytes()),
            tag_enc: xor(address.tag().0, [a, b, c, d, e, f, g, h]),
        })
    }

    fn parts(&self, address: &Address, kind: EnoteKind) -> Parts<Opening> {
        let base = AssetBase::new(self.asset);
        let opening = Opening {
            amount: Secret::new(self.amount),
            asset: base,
            b: self.seed.asset_blinding(self.context),
            x: self.seed.mask(self.context, self.amount, base.as_bytes(), address.spend_key().as_bytes(), kind),
        };
        let T = opening.asset_tag();
        let C = encode(opening.commitment_on(&T));
        let keys = self.keys_of(address, C, encode(T));
        let Parts { r, Ko, De, C, T, .. } = keys.expect("u and v hash C, which hashes K");
        Parts { r, Ko, De, C, T, opening }
    }

    /// r, De and Ko of an enote whose C and T are made.
    fn keys_of(&self, address: &Address, C: Point, T: Point) -> Result<Parts<()>, DecodeError> {
        let r = self.seed.ephemeral(self.context, address.spend_key().as_bytes(), address.tag());
        let (u, v) = self.seed.extensions(self.context, C.as_bytes(), T.as_bytes());
        Ok(Parts {
            Ko: Point::encode(one_time_key(address.spend_key().element(), &u, &v), "Ko")?,
            De: encode(address.base().element() * r.expose()),
            r,
            C,
            T,
            opening: (),
        })
    }

    fn assemble(&self, parts: Parts<Opening>, address: &Address, view_tag_1: u8, wrap: &Wrap) -> MadeEnote {
        let mut pay = [0; 16];
        pay[..8].copy_from_slice(&self.amount.0.to_le_bytes());
        pay[8..].copy_from_slice(&address.tag().0);
        let Ko = parts.Ko.to_bytes();
        let enote = Enote {
            one_time_key: Ko,
            commitment: parts.C.to_bytes(),
            asset_tag: parts.T.to_bytes(),
            ephemeral_key: parts.De.to_bytes(),
            view_tag_1,
            view_tag_2: wrap.view_tag_2(&Ko),
            seed_enc: wrap.seal(self.seed, &Ko),
            pay_enc: xor(pay, self.seed.pay_pad(&Ko)),
        };
        MadeEnote { enote, opening: parts.opening }
    }
}

/// The points of an enote, r, and its opening unless it is public.
struct Parts<O> {
    r: Secret<Scalar>,
    Ko: Point,
    De: Point,
    C: Point,
    T: Point,
    opening: O,
}

impl<O> Parts<O> {
    fn exchange<'a>(&'a self, context: &'a InputContext) -> Exchange<'a> {
        Exchange { ephemeral_key: self.De.as_bytes(), one_time_key: self.Ko.as_bytes(), context }
    }

    /// vt1 and w of κ = 0, from S_f = r·F' and S_r = r·R'.
    fn for_recipient(&self, net: &NetworkId, context: &InputContext, address: &Address) -> (u8, Wrap) {
        let shared = |key: &Point| Secret::new((key.element() * self.r.expose()).compress().to_bytes());
        let (S_f, S_r) = (shared(address.find_key()), shared(address.receive_key()));
        let exchange = self.exchange(context);
        (exchange.view_tag_1(net, S_f.expose()), exchange.wrap(S_r.expose()))
    }
}

/// Ko = K + u·X + v·Y. Constant time.
pub(super) fn one_time_key(K: &Element, u: &Secret<Scalar>, v: &Secret<Scalar>) -> Element {
    K + sum_of_products([u.expose(), v.expose()], [X.element(), Y.element()])
}

fn encode(element: Element) -> Point {
    Point::encode(element, "enote").expect("hashes reach the identity with probability 2^-252")
}
