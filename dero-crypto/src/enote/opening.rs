//! What an enote's owner and its maker know: amount, asset, blinding factors, and the enote's kind.
//!
//! ```text
//! T = A + b·G          C = a·T + x·G = a·A + (a·b + x)·G
//! ```

#![allow(non_snake_case)] // Symbols match the equations.

use core::fmt;

use crate::{
    asset::{AssetId, KnownAssets},
    commitment::Amount,
    error::DecodeError,
    group::{Element, Scalar, generators::G, sum_of_products},
    secret::Secret,
    sigma,
};

/// κ: from whom an enote comes, as its maker said. It enters the mask and the wrap, so it cannot be changed.
///
/// ```
/// use dero_crypto::enote::EnoteKind;
/// assert_eq!(EnoteKind::from_code(1), Ok(EnoteKind::Change));
/// assert!(EnoteKind::from_code(3).is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EnoteKind {
    /// 0: from somebody else, or public.
    External,
    /// 1: change of an own transaction.
    Change,
    /// 2: a payment to oneself.
    SelfPayment,
}

impl EnoteKind {
    /// The byte κ.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::External => 0,
            Self::Change => 1,
            Self::SelfPayment => 2,
        }
    }

    /// Reads the byte κ.
    ///
    /// # Errors
    ///
    /// [`DecodeError::Value`] above 2.
    pub const fn from_code(code: u8) -> Result<Self, DecodeError> {
        match code {
            0 => Ok(Self::External),
            1 => Ok(Self::Change),
            2 => Ok(Self::SelfPayment),
            other => Err(DecodeError::Value { what: "kappa", found: other as u64 }),
        }
    }
}

/// A self-send's κ: [`EnoteKind`] without the external one.
///
/// ```
/// use dero_crypto::enote::{EnoteKind, SelfSend};
/// assert_eq!(EnoteKind::from(SelfSend::Payment), EnoteKind::SelfPayment);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SelfSend {
    /// κ = 1.
    Change,
    /// κ = 2.
    Payment,
}

impl From<SelfSend> for EnoteKind {
    fn from(kind: SelfSend) -> Self {
        match kind {
            SelfSend::Change => Self::Change,
            SelfSend::Payment => Self::SelfPayment,
        }
    }
}

/// A: the base on which an enote's amount stands, and the asset it belongs to if that is known.
///
/// A base that belongs to no known asset may be one that is registered later; see [`Opening::resolve`].
///
/// ```
/// use dero_crypto::{asset::AssetId, enote::AssetBase};
/// let base = AssetBase::new(AssetId::NATIVE);
/// assert_eq!((base.id(), base.as_bytes()), (Some(AssetId::NATIVE), AssetId::NATIVE.generator().as_bytes()));
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct AssetBase {
    element: Element,
    encoding: [u8; 32],
    id: Option<AssetId>,
}

impl AssetBase {
    /// A_α.
    #[must_use]
    pub fn new(id: AssetId) -> Self {
        let generator = id.hashed();
        Self { element: *generator.element(), encoding: generator.to_bytes(), id: Some(id) }
    }

    /// A base that was computed from an asset tag. May be the identity, which is no asset's.
    pub(super) fn computed(element: Element, known: &KnownAssets) -> Self {
        let encoding = element.compress().to_bytes();
        Self { element, encoding, id: known.find(&encoding) }
    }

    /// The asset, if known.
    #[must_use]
    pub const fn id(&self) -> Option<AssetId> {
        self.id
    }

    /// The encoding of A, 32 zero bytes for the identity.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.encoding
    }

    /// A.
    #[must_use]
    pub const fn element(&self) -> &Element {
        &self.element
    }
}

impl fmt::Debug for AssetBase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AssetBase(..)")
    }
}

/// (a, A, b, x) with T = A + b·G and C = a·T + x·G. Redacted when printed.
///
/// To know the opening of an enote is to know what it holds. It is no authority to spend it.
///
/// ```
/// use dero_crypto::{asset::AssetId, commitment::Amount, enote::Opening, group::Scalar, secret::Secret};
/// let [b, x] = [5u64, 7].map(|n| Secret::new(Scalar::from(n)));
/// let opening = Opening::new(AssetId::NATIVE, Amount(30), b, x);
/// assert!(opening.opens(&opening.asset_tag(), &opening.commitment()));
/// assert_eq!(format!("{opening:?}"), "Opening(..)");
/// ```
#[derive(Clone)]
pub struct Opening {
    pub(super) amount: Secret<Amount>,
    pub(super) asset: AssetBase,
    pub(super) b: Secret<Scalar>,
    pub(super) x: Secret<Scalar>,
}

impl Opening {
    /// The opening of `amount` of `asset` with tag blinding b and mask x.
    #[must_use]
    pub fn new(asset: AssetId, amount: Amount, b: Secret<Scalar>, x: Secret<Scalar>) -> Self {
        Self { amount: Secret::new(amount), asset: AssetBase::new(asset), b, x }
    }

    /// a.
    #[must_use]
    pub const fn amount(&self) -> Amount {
        *self.amount.expose()
    }

    /// A, with α if it is known.
    #[must_use]
    pub const fn asset(&self) -> &AssetBase {
        &self.asset
    }

    /// b.
    #[must_use]
    pub const fn tag_blinding(&self) -> &Secret<Scalar> {
        &self.b
    }

    /// x.
    #[must_use]
    pub const fn mask(&self) -> &Secret<Scalar> {
        &self.x
    }

    /// a·b + x: the part of C on G, which the balance of a transaction adds up.
    #[must_use]
    pub fn blinding(&self) -> Secret<Scalar> {
        Secret::new(Scalar::from(self.amount().0) * self.b.expose() + self.x.expose())
    }

    /// T = A + b·G. Constant time.
    #[must_use]
    pub fn asset_tag(&self) -> Element {
        self.asset.element + Element::mul_base(self.b.expose())
    }

    /// C = a·T + x·G. Constant time.
    #[must_use]
    pub fn commitment(&self) -> Element {
        self.commitment_on(&self.asset_tag())
    }

    pub(super) fn commitment_on(&self, T: &Element) -> Element {
        let a = Secret::new(Scalar::from(self.amount().0));
        sum_of_products([a.expose(), self.x.expose()], [T, G.element()])
    }

    /// True if this opens T and C.
    #[must_use]
    pub fn opens(&self, T: &Element, C: &Element) -> bool {
        (self.asset_tag() == *T) & (self.commitment_on(T) == *C)
    }

    /// Looks the asset up again, after the registry has grown or shrunk. True if it is known now.
    pub fn resolve(&mut self, known: &KnownAssets) -> bool {
        self.asset.id = known.find(&self.asset.encoding);
        self.asset.id.is_some()
    }
}

impl fmt::Debug for Opening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Opening(..)")
    }
}

impl From<&Opening> for sigma::Opening {
    fn from(opening: &Opening) -> Self {
        Self { a: Secret::new(Scalar::from(opening.amount().0)), b: opening.b.clone(), x: opening.x.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opening(amount: u64, b: u64, x: u64) -> Opening {
        let secret = |n: u64| Secret::new(Scalar::from(n));
        Opening::new(AssetId([7; 32]), Amount(amount), secret(b), secret(x))
    }

    #[test]
    fn an_opening_opens_its_own_tag_and_commitment_only() {
        let own = opening(30, 5, 6);
        let (T, C) = (own.asset_tag(), own.commitment());
        assert!(own.opens(&T, &C));
        assert!(!own.opens(&(T + G.element()), &C) && !own.opens(&T, &(C + G.element())));
        // Another T under which C would be right.
        let A = own.asset().element();
        assert!(!opening(30, 6, 6).opens(&T, &opening(30, 6, 6).commitment_on(&T)));
        assert_eq!(T, A + Element::mul_base(&Scalar::from(5u64)));
        assert_eq!(C, A * Scalar::from(30u64) + Element::mul_base(own.blinding().expose()));
        assert_eq!((*own.tag_blinding().expose(), *own.mask().expose()), (5u64.into(), 6u64.into()));
        let sealed = sigma::Opening::from(&own);
        let parts = [sealed.a, sealed.b, sealed.x].map(|part| *part.expose());
        assert_eq!(parts, [30u64, 5, 6].map(Scalar::from));
    }

    #[test]
    fn a_kind_is_one_of_three_bytes() {
        for (code, kind) in [(0, EnoteKind::External), (1, EnoteKind::Change), (2, EnoteKind::SelfPayment)] {
            assert_eq!((kind.code(), EnoteKind::from_code(code)), (code, Ok(kind)));
        }
        assert_eq!(EnoteKind::from_code(3), Err(DecodeError::Value { what: "kappa", found: 3 }));
        assert_eq!(EnoteKind::from(SelfSend::Change), EnoteKind::Change);
        assert_eq!(EnoteKind::from(SelfSend::Payment), EnoteKind::SelfPayment);
    }
}
