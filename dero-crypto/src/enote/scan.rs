//! Recognising: is this enote mine, and what does it hold? (protocol 5.2, 5.3)
//!
//! ```text
//! 1. S_r = k_r·De; w; check vt2; σ = σ_enc ⊕ pad; (a, t) = pay_enc ⊕ pad
//! 2. j = PRP⁻¹(t); e_j, d_j, K_j, B_j
//! 3. b;  A := T − b·G
//! 4. x;  require C  = a·T + x·G
//! 5. u, v;  require Ko = K_j + u·X + v·Y
//! 6. r;  require De = r·B_j
//! ```
//!
//! Steps 2 to 6 run for about 2^-24 of foreign enotes, and then all of them run: no answer says which one failed.
//! Step 4 refuses another amount, asset, recipient or kind; step 5 a burnt copy (4.7) and a key with a part on
//! another generator; step 6 a mixture of two addresses (*Janus*), with which a payer would test whether they
//! belong to one wallet.
//!
//! The view-balance tier also tries the wraps of self-sends, for which vt1 is not looked at, and computes
//!
//! ```text
//! x_o = k_i + e_j + u          D_o = Y_s + v·Y          L = x_o⁻¹·(U − D_o)
//! ```
//!
//! A recognised enote is not yet *received*: it counts from the moment it has a position in the reference list.
//! κ > 0 is change or a payment to oneself only in a bundle that consumes something of one's own; elsewhere it is
//! a receipt from somebody who holds the audit key.

#![allow(non_snake_case)] // Symbols match the equations.

use core::fmt;

use super::{
    AssetBase, DecodedEnote, EnoteKind, EnoteSeed, InputContext, Opening,
    decoded::Pay,
    make::one_time_key,
    wrap::{Exchange, Wrap, xor},
};
use crate::{
    NetworkId,
    asset::KnownAssets,
    commitment::Amount,
    error::DecodeError,
    group::{Element, Point, Scalar, generators::Y},
    keys::{AddressIndex, AddressKey, AddressTag, AuditKey, LinkingTag, ViewReceivedKey},
    secret::Secret,
};

/// An enote of this wallet: it passed every check. Not yet a receipt, see the module's last paragraph.
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
/// let mine = keys.recognise(&net, &context, &made.enote.decode()?, &KnownAssets::native())?;
/// assert_eq!((mine.opening().amount(), mine.index()), (Amount(30), AddressIndex(3)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Recognised {
    opening: Opening,
    kind: EnoteKind,
    index: AddressIndex,
    tag: AddressTag,
    seed: EnoteSeed,
    r: Secret<Scalar>,
    u: Secret<Scalar>,
    v: Secret<Scalar>,
}

impl Recognised {
    /// Amount, asset and blinding factors.
    #[must_use]
    pub const fn opening(&self) -> &Opening {
        &self.opening
    }

    /// The same, to look the asset up again.
    #[must_use]
    pub const fn opening_mut(&mut self) -> &mut Opening {
        &mut self.opening
    }

    /// κ.
    #[must_use]
    pub const fn kind(&self) -> EnoteKind {
        self.kind
    }

    /// j: which address was paid.
    #[must_use]
    pub const fn index(&self) -> AddressIndex {
        self.index
    }

    /// t: its tag.
    #[must_use]
    pub const fn tag(&self) -> &AddressTag {
        &self.tag
    }

    /// σ: opens the memo, proves the payment.
    #[must_use]
    pub const fn seed(&self) -> &EnoteSeed {
        &self.seed
    }

    /// r.
    #[must_use]
    pub const fn ephemeral(&self) -> &Secret<Scalar> {
        &self.r
    }

    /// u: the extension on X.
    #[must_use]
    pub const fn extension_x(&self) -> &Secret<Scalar> {
        &self.u
    }

    /// v: the extension on Y, which the spend key is added to.
    #[must_use]
    pub const fn extension_y(&self) -> &Secret<Scalar> {
        &self.v
    }
}

/// What the view-balance tier knows of a one-time key: its part on X, its part on Y as a point, and its tag.
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
/// let mine = keys.recognise(&net, &context, &made.enote.decode()?, &KnownAssets::native())?;
/// let view = keys.one_time_view(&mine)?;
/// // The audit key knows the tag that a spend will show, and the spend key's part only as a point.
/// let again = LinkingTag::from_view_balance(view.image_part(), view.spend_part().element())?;
/// assert_eq!(again, *view.tag());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct OneTimeView {
    x_o: Secret<Scalar>,
    D_o: Point,
    tag: LinkingTag,
}

impl OneTimeView {
    /// x_o = k_i + e_j + u.
    #[must_use]
    pub const fn image_part(&self) -> &Secret<Scalar> {
        &self.x_o
    }

    /// D_o = Y_s + v·Y.
    #[must_use]
    pub const fn spend_part(&self) -> &Point {
        &self.D_o
    }

    /// L: what the chain shows when this enote is spent.
    #[must_use]
    pub const fn tag(&self) -> &LinkingTag {
        &self.tag
    }
}

/// A payment that this wallet made, opened again from s_ov.
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
/// let seed = EnoteSeed::outgoing(keys.outgoing_secret(), &context, &[5; 16], 0);
/// let customer = MasterSecret::random(rng).audit_key().address_key().address(AddressIndex(8));
/// let paid = Draft { seed: &seed, ..draft }.external(&net, &customer).enote.decode()?;
/// let sent = keys.recover_outgoing(&context, &[5; 16], 0, &paid, &KnownAssets::native())?;
/// assert_eq!((sent.opening().amount(), sent.spend_key()), (Amount(30), customer.spend_key()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Outgoing {
    opening: Opening,
    seed: EnoteSeed,
    r: Secret<Scalar>,
    K: Point,
    B: Point,
    tag: AddressTag,
}

impl Outgoing {
    /// Amount, asset and blinding factors.
    #[must_use]
    pub const fn opening(&self) -> &Opening {
        &self.opening
    }

    /// σ: opens the memo, proves the payment.
    #[must_use]
    pub const fn seed(&self) -> &EnoteSeed {
        &self.seed
    }

    /// r.
    #[must_use]
    pub const fn ephemeral(&self) -> &Secret<Scalar> {
        &self.r
    }

    /// K: with the tag it identifies the address that was paid. F and R are not recoverable.
    #[must_use]
    pub const fn spend_key(&self) -> &Point {
        &self.K
    }

    /// B = r⁻¹·De: for display only.
    #[must_use]
    pub const fn base(&self) -> &Point {
        &self.B
    }

    /// t.
    #[must_use]
    pub const fn tag(&self) -> &AddressTag {
        &self.tag
    }
}

/// The enote does not belong to this tier of this wallet. Which check failed is nobody's business.
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
/// let stranger = MasterSecret::random(rng).audit_key();
/// let refused = stranger.recognise(&net, &context, &made.enote.decode()?, &KnownAssets::native());
/// assert!(refused.is_err()); // and the refusal does not say which check failed
/// # Ok::<(), DecodeError>(())
/// ```
#[derive(Clone, Copy, thiserror::Error)]
#[error("not an enote of this wallet")]
pub struct NotOwned(Check);

/// All refusals are equal.
impl PartialEq for NotOwned {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}
impl Eq for NotOwned {}

impl NotOwned {
    /// The first check that failed, for known answers.
    #[cfg(feature = "testing")]
    #[must_use]
    pub const fn check(&self) -> &'static str {
        match self.0 {
            Check::ViewTag1 => "vt1",
            Check::ViewTag2 => "vt2",
            Check::Commitment => "C",
            Check::OneTimeKey => "Ko",
            Check::EphemeralKey => "De",
        }
    }
}

impl fmt::Debug for NotOwned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NotOwned")
    }
}

/// The kinds that only this wallet makes.
const SELF_SENDS: [EnoteKind; 2] = [EnoteKind::Change, EnoteKind::SelfPayment];

/// The checks in their order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Check {
    ViewTag1,
    ViewTag2,
    Commitment,
    OneTimeKey,
    EphemeralKey,
}

impl ViewReceivedKey {
    /// Recognises an external enote, hidden or public: 5.1 and every step of 5.2. Constant time in the keys.
    ///
    /// # Errors
    ///
    /// [`NotOwned`] if a check fails.
    pub fn recognise(
        &self,
        net: &NetworkId,
        context: &InputContext,
        enote: &DecodedEnote,
        known: &KnownAssets,
    ) -> Result<Recognised, NotOwned> {
        let S_f = shared(&enote.De, self.find_key().find_key());
        if enote.exchange(context).view_tag_1(net, S_f.expose()) != enote.view_tag_1 {
            return Err(NotOwned(Check::ViewTag1));
        }
        let wrap = enote.exchange(context).wrap(shared(&enote.De, self.receive_key()).expose());
        open(self.address_key(), context, enote, &wrap, EnoteKind::External, known)
    }

    /// The check of vt2 alone, after a find: a light client gets C and T when it holds.
    #[must_use]
    pub fn fits_view_tag_2(&self, exchange: &Exchange<'_>, view_tag_2: [u8; 2]) -> bool {
        Point::decode(exchange.ephemeral_key, "De").is_ok_and(|De| {
            let wrap = exchange.wrap(shared(&De, self.receive_key()).expose());
            wrap.view_tag_2(exchange.one_time_key) == view_tag_2
        })
    }
}

impl AuditKey {
    /// Recognises any enote of the wallet: external ones by [`ViewReceivedKey::recognise`], self-sends by
    /// [`recognise_self`](Self::recognise_self).
    ///
    /// # Errors
    ///
    /// [`NotOwned`] if neither does.
    pub fn recognise(
        &self,
        net: &NetworkId,
        context: &InputContext,
        enote: &DecodedEnote,
        known: &KnownAssets,
    ) -> Result<Recognised, NotOwned> {
        self.recognise_self(context, enote, known)
            .or_else(|_| self.view_received().recognise(net, context, enote, known))
    }

    /// Recognises a self-send, κ = 1 or 2. vt1 is not looked at, so decoys are found too.
    ///
    /// # Errors
    ///
    /// [`NotOwned`] if a check fails for both kinds, and for public enotes, which are never self-sends.
    pub fn recognise_self(
        &self,
        context: &InputContext,
        enote: &DecodedEnote,
        known: &KnownAssets,
    ) -> Result<Recognised, NotOwned> {
        let attempt = |kind| {
            let wrap = enote.exchange(context).wrap_self(self.self_secret(), kind);
            open(self.address_key(), context, enote, &wrap, kind, known)
        };
        match SELF_SENDS.map(attempt) {
            [Ok(found), _] | [_, Ok(found)] => Ok(found),
            [Err(NotOwned(one)), Err(NotOwned(two))] => Err(NotOwned(one.max(two))),
        }
    }

    /// The check of vt2 for self-sends alone. Hashes only, so a client that has one hit tries it on all outputs
    /// and sealed parts of the bundle.
    #[must_use]
    pub fn fits_self_view_tag_2(&self, exchange: &Exchange<'_>, view_tag_2: [u8; 2]) -> bool {
        SELF_SENDS.into_iter().any(|kind| {
            let wrap = exchange.wrap_self(self.self_secret(), kind);
            wrap.view_tag_2(exchange.one_time_key) == view_tag_2
        })
    }

    /// x_o, D_o and the linking tag of a recognised enote.
    ///
    /// # Errors
    ///
    /// [`DecodeError::Identity`] with probability 2^-252.
    pub fn one_time_view(&self, enote: &Recognised) -> Result<OneTimeView, DecodeError> {
        let e_j = self.address_key().spend_extension(enote.index);
        let x_o = Secret::new(self.image_key().expose() + e_j.expose() + enote.u.expose());
        let D_o = self.spend_public().element() + Y.element() * enote.v.expose();
        let D_o = Point::encode(D_o, "D_o")?;
        let tag =
            LinkingTag::from_view_balance(&x_o, D_o.element()).map_err(|_| DecodeError::Identity { what: "L" })?;
        Ok(OneTimeView { x_o, D_o, tag })
    }

    /// Opens an external payment of an own bundle, if it is the one with construction index `k`.
    ///
    /// The context is that of the bundle, or of the alternative for a sealed part.
    ///
    /// # Errors
    ///
    /// [`NotOwned`] if σ of this k does not open it: another k, a self-send, a wallet with random seeds, a public
    /// enote.
    pub fn recover_outgoing(
        &self,
        context: &InputContext,
        tx_nonce: &[u8; 16],
        k: u32,
        enote: &DecodedEnote,
        known: &KnownAssets,
    ) -> Result<Outgoing, NotOwned> {
        const REFUSED: NotOwned = NotOwned(Check::Commitment);
        // C of a public enote opens for everybody; its seed is random and never one of this wallet's.
        if matches!(enote.pay, Pay::Public { .. }) {
            return Err(REFUSED);
        }
        let seed = EnoteSeed::outgoing(self.outgoing_secret(), context, tx_nonce, k);
        let payment = Payment::read(enote, context, &seed, known);
        let (u, v) = seed.extensions(context, enote.C.as_bytes(), enote.T.as_bytes());
        let K = enote.Ko.element() - one_time_key(&Element::default(), &u, &v);
        let K = Point::encode(K, "K").map_err(|_| REFUSED)?;
        let opening = payment.opening(context, &seed, K.as_bytes(), EnoteKind::External);
        if opening.commitment_on(enote.T.element()) != *enote.C.element() {
            return Err(REFUSED);
        }
        let r = seed.ephemeral(context, K.as_bytes(), &payment.tag);
        let inverse = Secret::new(r.expose().invert());
        let B = Point::encode(enote.De.element() * inverse.expose(), "B").map_err(|_| REFUSED)?;
        Ok(Outgoing { opening, seed, r, K, B, tag: payment.tag })
    }

    /// Opens the external payments among `enotes`, all outputs of one own bundle or all parts of one sealed
    /// alternative, in any order. What fits no construction index is left out: self-sends, and everything of a
    /// wallet with random seeds, which is *opaque outgoing*.
    #[must_use]
    pub fn recover_all_outgoing(
        &self,
        context: &InputContext,
        tx_nonce: &[u8; 16],
        enotes: &[DecodedEnote],
        known: &KnownAssets,
    ) -> alloc::vec::Vec<Option<Outgoing>> {
        let mut unused: alloc::vec::Vec<u32> = (0..).take(enotes.len()).collect();
        enotes
            .iter()
            .map(|enote| {
                let (place, found) = unused.iter().enumerate().find_map(|(place, &k)| {
                    Some((place, self.recover_outgoing(context, tx_nonce, k, enote, known).ok()?))
                })?;
                unused.remove(place);
                Some(found)
            })
            .collect()
    }
}

/// The secret that payer and payee share.
fn shared(De: &Point, key: &Secret<Scalar>) -> Secret<[u8; 32]> {
    Secret::new((De.element() * key.expose()).compress().to_bytes())
}

/// What a seed reads out of an enote before anything is checked.
struct Payment {
    amount: Secret<Amount>,
    tag: AddressTag,
    asset: AssetBase,
    /// b; none for a public enote.
    b: Option<Secret<Scalar>>,
}

impl Payment {
    fn read(enote: &DecodedEnote, context: &InputContext, seed: &EnoteSeed, known: &KnownAssets) -> Self {
        let pad = seed.pay_pad(enote.Ko.as_bytes());
        match &enote.pay {
            Pay::Sealed(pay_enc) => {
                let [a, b, c, d, e, f, g, h, tag @ ..] = xor(*pay_enc, pad);
                let blinding = seed.asset_blinding(context);
                let A = enote.T.element() - Element::mul_base(blinding.expose());
                Self {
                    amount: Secret::new(Amount(u64::from_le_bytes([a, b, c, d, e, f, g, h]))),
                    tag: AddressTag(tag),
                    asset: AssetBase::computed(A, known),
                    b: Some(blinding),
                }
            }
            // α stands beside the enote; whether it is known is for the registry to say, as of a hidden one.
            Pay::Public { amount, tag_enc } => {
                let [_, _, _, _, _, _, _, _, pad @ ..] = pad;
                Self {
                    amount: Secret::new(*amount),
                    tag: AddressTag(xor(*tag_enc, pad)),
                    asset: AssetBase::computed(*enote.T.element(), known),
                    b: None,
                }
            }
        }
    }

    /// The opening that the enote would have if it paid K.
    fn opening(&self, context: &InputContext, seed: &EnoteSeed, K: &[u8; 32], kind: EnoteKind) -> Opening {
        let (b, x) = match &self.b {
            Some(b) => (b.clone(), seed.mask(context, *self.amount.expose(), self.asset.as_bytes(), K, kind)),
            None => (Secret::new(Scalar::ZERO), Secret::new(Scalar::ONE)),
        };
        Opening { amount: self.amount.clone(), asset: self.asset, b, x }
    }
}

/// Steps 1 to 6 of 5.2 under the wrap w.
fn open(
    keys: &AddressKey,
    context: &InputContext,
    enote: &DecodedEnote,
    wrap: &Wrap,
    kind: EnoteKind,
    known: &KnownAssets,
) -> Result<Recognised, NotOwned> {
    let public = matches!(enote.pay, Pay::Public { .. });
    if wrap.view_tag_2(enote.Ko.as_bytes()) != enote.view_tag_2 || (public && kind != EnoteKind::External) {
        return Err(NotOwned(Check::ViewTag2));
    }
    let seed = wrap.open(&enote.seed_enc, enote.Ko.as_bytes());
    let payment = Payment::read(enote, context, &seed, known);
    let index = keys.index(&payment.tag);
    let (K, B) = keys.receiving_points(index);
    let K_bytes = K.compress().to_bytes();
    let opening = payment.opening(context, &seed, &K_bytes, kind);
    let (u, v) = seed.extensions(context, enote.C.as_bytes(), enote.T.as_bytes());
    let r = seed.ephemeral(context, &K_bytes, &payment.tag);

    // All three, whatever the first says.
    let checks = [
        (Check::Commitment, opening.commitment_on(enote.T.element()) == *enote.C.element()),
        (Check::OneTimeKey, one_time_key(&K, &u, &v) == *enote.Ko.element()),
        (Check::EphemeralKey, B * r.expose() == *enote.De.element()),
    ];
    match checks.into_iter().find(|(_, holds)| !holds) {
        Some((check, _)) => Err(NotOwned(check)),
        None => Ok(Recognised { opening, kind, index, tag: payment.tag, seed, r, u, v }),
    }
}

macro_rules! redacted {
    ($($type:ident),*) => {$(
        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($type), "(..)"))
            }
        }
    )*};
}
redacted!(Recognised, OneTimeView, Outgoing);
