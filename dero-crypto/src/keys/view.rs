//! The tiers that see and cannot spend (protocol 2).
//!
//! ```text
//! (s_vb, Y_s)                                              AuditKey: view-balance
//!   k_i  = hs("key/image"; s_vb, Y_s)                      image key
//!   s_sv = h_32("key/self"; s_vb)                          wraps seeds of self-sends
//!   s_fs = h_32("key/find-self"; s_vb)                     find tags of self-sends
//!   s_ov = h_32("key/outgoing"; s_vb)                      seeds of own payments
//!   k_r  = hs("key/receive"; s_vb)      R = k_r·G          ViewReceivedKey, with s_ga and K_s
//!     k_f = hs("key/find"; k_r)         F = k_f·G          FindKey
//!   s_ga = h_32("key/gen-address"; s_vb)                   AddressKey, with K_s, F, R
//!     s_ct = h_32("key/addr-tag"; s_ga)                    cipher of address tags
//! K_s = k_i·X + Y_s
//! ```
//!
//! | Tier | Bytes | Sees | Does not see |
//! |---|---|---|---|
//! | [`AuditKey`] | 64 | receipts, change, self-sends, own spends, recipients and amounts of own payments | – |
//! | [`ViewReceivedKey`] | 96 | external receipts: amount, asset, address, memo | change, spends, payments |
//! | [`FindKey`] | 32, with s_fs 64 | about 1/256 of all outputs, own ones among them | amounts, assets, which hits are real |
//! | [`AddressKey`] | 128 | own addresses and the index of each | the chain |
//!
//! What a tier cannot do, its type has no method for. No tier derives a higher one: every step down is a hash under a domain
//! of its own, or a product with a generator. None of them can spend: the audit key knows the image key but not k_s, and a
//! linking tag fixes both.
//!
//! Two limits to know. Whoever holds k_f or k_r recognises every *published* address of the wallet
//! (F_j = k_f·B_j, R_j = k_r·B_j), so it links addresses that look unrelated to others. And whoever holds s_fs
//! sees the wallet's own transactions among the hits, so a wallet on one device keeps it there.

#![allow(non_snake_case)] // Symbols match the equations.

use alloc::vec::Vec;
use core::fmt;

use subtle::ConstantTimeEq as _;

use super::{Address, AddressIndex, AddressTag, tag_cipher};
use crate::{
    codec::Reader,
    error::DecodeError,
    group::{Element, Point, Scalar, domain, generators::X, hash::Digest},
    secret::Secret,
};

/// The view-balance tier, elsewhere *full view key*: sees everything, spends nothing.
///
/// ```
/// use dero_crypto::keys::{AuditKey, MasterSecret};
/// let audit = MasterSecret::random(&mut rand::rng()).audit_key();
/// let handed_over = audit.to_bytes(); // 64 bytes: sees everything, spends nothing
/// let auditor = AuditKey::from_bytes(handed_over.expose())?;
/// assert_eq!(auditor.spend_public(), audit.spend_public());
/// # Ok::<(), dero_crypto::DecodeError>(())
/// ```
#[derive(Clone)]
pub struct AuditKey {
    s_vb: Secret<[u8; 32]>,
    Y_s: Point,
    k_i: Secret<Scalar>,
    s_sv: Secret<[u8; 32]>,
    s_fs: Secret<[u8; 32]>,
    s_ov: Secret<[u8; 32]>,
    received: ViewReceivedKey,
}

impl AuditKey {
    /// Bytes of (s_vb, Y_s).
    pub const LEN: usize = 64;

    /// The tier of a view-balance secret and a spend public key. A group of signers has no master secret and
    /// starts here.
    ///
    /// # Errors
    ///
    /// [`DecodeError::Identity`] if a derived public key is the identity (probability 2^-252).
    pub fn new(s_vb: Secret<[u8; 32]>, Y_s: Point) -> Result<Self, DecodeError> {
        let below = |domain: Digest<32>| Secret::new(domain.hash(&[s_vb.expose()]));
        let k_i = Secret::new(domain::KEY_IMAGE.hash(&[s_vb.expose(), Y_s.as_bytes()]));
        let K_s = Point::encode(X.element() * k_i.expose() + Y_s.element(), "K_s")?;
        let k_r = Secret::new(domain::KEY_RECEIVE.hash(&[s_vb.expose()]));
        Ok(Self {
            received: ViewReceivedKey::new(k_r, below(domain::KEY_GENERATE_ADDRESS), K_s)?,
            s_sv: below(domain::KEY_SELF),
            s_fs: below(domain::KEY_FIND_SELF),
            s_ov: below(domain::KEY_OUTGOING),
            k_i,
            Y_s,
            s_vb,
        })
    }

    /// Reads s_vb | Y_s.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] for another length, or a Y_s that is no point.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = exact(bytes, Self::LEN, "view-balance key")?;
        Self::new(Secret::new(reader.array("s_vb")?), reader.point("Y_s")?)
    }

    /// s_vb | Y_s. As good as the key: give it to an auditor, never to a log.
    #[must_use]
    pub fn to_bytes(&self) -> Secret<[u8; Self::LEN]> {
        let mut out = [0; Self::LEN];
        fill(&mut out, [self.s_vb.expose(), self.Y_s.as_bytes()]);
        Secret::new(out)
    }

    /// s_vb.
    #[must_use]
    pub const fn view_balance_secret(&self) -> &Secret<[u8; 32]> {
        &self.s_vb
    }

    /// Y_s.
    #[must_use]
    pub const fn spend_public(&self) -> &Point {
        &self.Y_s
    }

    /// k_i.
    #[must_use]
    pub const fn image_key(&self) -> &Secret<Scalar> {
        &self.k_i
    }

    /// s_sv.
    #[must_use]
    pub const fn self_secret(&self) -> &Secret<[u8; 32]> {
        &self.s_sv
    }

    /// s_fs.
    #[must_use]
    pub const fn find_self_secret(&self) -> &Secret<[u8; 32]> {
        &self.s_fs
    }

    /// s_ov.
    #[must_use]
    pub const fn outgoing_secret(&self) -> &Secret<[u8; 32]> {
        &self.s_ov
    }

    /// The view-received tier.
    #[must_use]
    pub const fn view_received(&self) -> &ViewReceivedKey {
        &self.received
    }

    /// The find tier with s_fs, which finds own transactions too.
    #[must_use]
    pub fn find_key_with_self(&self) -> FindKey {
        FindKey { s_fs: Some(self.s_fs.clone()), ..self.received.find.clone() }
    }

    /// The generate-address tier.
    #[must_use]
    pub const fn address_key(&self) -> &AddressKey {
        &self.received.addresses
    }
}

/// The view-received tier, elsewhere *view key*: sees what others paid to this wallet.
///
/// ```
/// use dero_crypto::keys::{MasterSecret, ViewReceivedKey};
/// let audit = MasterSecret::random(&mut rand::rng()).audit_key();
/// let shop = ViewReceivedKey::from_bytes(audit.view_received().to_bytes().expose())?;
/// assert_eq!(shop.to_bytes().expose().len(), ViewReceivedKey::LEN);
/// # Ok::<(), dero_crypto::DecodeError>(())
/// ```
#[derive(Clone)]
pub struct ViewReceivedKey {
    k_r: Secret<Scalar>,
    find: FindKey,
    addresses: AddressKey,
}

impl ViewReceivedKey {
    /// Bytes of (k_r, s_ga, K_s).
    pub const LEN: usize = 96;

    fn new(k_r: Secret<Scalar>, s_ga: Secret<[u8; 32]>, K_s: Point) -> Result<Self, DecodeError> {
        let find = FindKey::new(Secret::new(domain::KEY_FIND.hash(&[k_r.expose().as_bytes()])), None);
        let F = Point::encode(Element::mul_base(find.k_f.expose()), "F")?;
        let R = Point::encode(Element::mul_base(k_r.expose()), "R")?;
        Ok(Self { k_r, find, addresses: AddressKey::new(s_ga, K_s, F, R) })
    }

    /// Reads k_r | s_ga | K_s.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] for another length, a k_r that is no scalar or zero, a K_s that is no point.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = exact(bytes, Self::LEN, "view-received key")?;
        Self::new(Secret::new(reader.scalar("k_r")?), Secret::new(reader.array("s_ga")?), reader.point("K_s")?)
    }

    /// k_r | s_ga | K_s.
    #[must_use]
    pub fn to_bytes(&self) -> Secret<[u8; Self::LEN]> {
        let mut out = [0; Self::LEN];
        let AddressKey { s_ga, K_s, .. } = &self.addresses;
        fill(&mut out, [self.k_r.expose().as_bytes(), s_ga.expose(), K_s.as_bytes()]);
        Secret::new(out)
    }

    /// k_r.
    #[must_use]
    pub const fn receive_key(&self) -> &Secret<Scalar> {
        &self.k_r
    }

    /// The find tier, without s_fs.
    #[must_use]
    pub const fn find_key(&self) -> &FindKey {
        &self.find
    }

    /// The generate-address tier.
    #[must_use]
    pub const fn address_key(&self) -> &AddressKey {
        &self.addresses
    }
}

/// The find tier: narrows the chain to about 1/256 and the wallet's own.
///
/// ```
/// use dero_crypto::keys::{AddressIndex, MasterSecret};
/// let audit = MasterSecret::random(&mut rand::rng()).audit_key();
/// let server = audit.view_received().find_key();
/// assert_eq!(server.to_bytes().expose().len(), 32);
/// // It reads no amount, and recognises an address that it is shown.
/// assert!(server.owns(&audit.address_key().address(AddressIndex(3))));
/// ```
#[derive(Clone)]
pub struct FindKey {
    k_f: Secret<Scalar>,
    /// k_f/2: encoding a batch of doubled points shares one inversion.
    half: Secret<Scalar>,
    s_fs: Option<Secret<[u8; 32]>>,
}

impl FindKey {
    fn new(k_f: Secret<Scalar>, s_fs: Option<Secret<[u8; 32]>>) -> Self {
        let half = Secret::new(k_f.expose().div_by_2());
        Self { k_f, half, s_fs }
    }

    /// Reads k_f, or k_f | s_fs.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] for another length, or a k_f that is no scalar or zero.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes, "find key");
        let k_f = reader.scalar("k_f")?;
        if k_f == Scalar::ZERO {
            return Err(DecodeError::Identity { what: "F" });
        }
        let s_fs = if reader.rest().is_empty() { None } else { Some(Secret::new(reader.array("s_fs")?)) };
        reader.finish()?;
        Ok(Self::new(Secret::new(k_f), s_fs))
    }

    /// k_f, or k_f | s_fs.
    #[must_use]
    pub fn to_bytes(&self) -> Secret<Vec<u8>> {
        // Room for both, so that growing leaves no copy behind.
        let mut out = Vec::with_capacity(64);
        out.extend(self.k_f.expose().as_bytes());
        if let Some(s_fs) = &self.s_fs {
            out.extend(s_fs.expose());
        }
        Secret::new(out)
    }

    /// k_f.
    #[must_use]
    pub const fn find_key(&self) -> &Secret<Scalar> {
        &self.k_f
    }

    /// s_fs, if this key finds own transactions.
    #[must_use]
    pub const fn find_self_secret(&self) -> Option<&Secret<[u8; 32]>> {
        self.s_fs.as_ref()
    }

    /// k_f/2.
    pub(crate) const fn half(&self) -> &Secret<Scalar> {
        &self.half
    }

    /// True if `address` belongs to this wallet: F = k_f·B. This is why a find key links addresses.
    #[must_use]
    pub fn owns(&self, address: &Address) -> bool {
        address.base().element() * self.k_f.expose() == *address.find_key().element()
    }
}

/// The generate-address tier: makes addresses, knows nothing of the chain.
///
/// ```
/// use dero_crypto::keys::{AddressIndex, AddressKey, MasterSecret};
/// let audit = MasterSecret::random(&mut rand::rng()).audit_key();
/// let counter = AddressKey::from_bytes(audit.address_key().to_bytes().expose())?;
/// let address = counter.address(AddressIndex(3));
/// assert_eq!(counter.recognise(&address), Some(AddressIndex(3)));
/// # Ok::<(), dero_crypto::DecodeError>(())
/// ```
#[derive(Clone)]
pub struct AddressKey {
    s_ga: Secret<[u8; 32]>,
    s_ct: Secret<[u8; 32]>,
    K_s: Point,
    F: Point,
    R: Point,
}

impl AddressKey {
    /// Bytes of (s_ga, K_s, F, R).
    pub const LEN: usize = 128;

    fn new(s_ga: Secret<[u8; 32]>, K_s: Point, F: Point, R: Point) -> Self {
        let s_ct = Secret::new(domain::KEY_ADDRESS_TAG.hash(&[s_ga.expose()]));
        Self { s_ga, s_ct, K_s, F, R }
    }

    /// Reads s_ga | K_s | F | R.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] for another length, or a point that is none.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = exact(bytes, Self::LEN, "generate-address key")?;
        let s_ga = Secret::new(reader.array("s_ga")?);
        Ok(Self::new(s_ga, reader.point("K_s")?, reader.point("F")?, reader.point("R")?))
    }

    /// s_ga | K_s | F | R.
    #[must_use]
    pub fn to_bytes(&self) -> Secret<[u8; Self::LEN]> {
        let mut out = [0; Self::LEN];
        let points = [&self.K_s, &self.F, &self.R].map(Point::as_bytes);
        fill(&mut out, [self.s_ga.expose()].into_iter().chain(points));
        Secret::new(out)
    }

    /// s_ga.
    #[must_use]
    pub const fn generate_address_secret(&self) -> &Secret<[u8; 32]> {
        &self.s_ga
    }

    /// s_ct.
    #[must_use]
    pub const fn tag_cipher_key(&self) -> &Secret<[u8; 32]> {
        &self.s_ct
    }

    /// K_s, the wallet's spend public key. Not for publication: it would link the addresses.
    #[must_use]
    pub const fn wallet_spend_public(&self) -> &Point {
        &self.K_s
    }

    /// F = k_f·G. Not for publication.
    #[must_use]
    pub const fn find_public(&self) -> &Point {
        &self.F
    }

    /// R = k_r·G. Not for publication.
    #[must_use]
    pub const fn receive_public(&self) -> &Point {
        &self.R
    }

    /// e_j = hs("addr/e"; s_ga, le64 j, K_s).
    #[must_use]
    pub fn spend_extension(&self, index: AddressIndex) -> Secret<Scalar> {
        Secret::new(domain::ADDRESS_E.hash(&[self.s_ga.expose(), &index.0.to_le_bytes(), self.K_s.as_bytes()]))
    }

    /// d_j = hs("addr/d"; s_ga, le64 j, K_s).
    #[must_use]
    pub fn base_scalar(&self, index: AddressIndex) -> Secret<Scalar> {
        Secret::new(domain::ADDRESS_D.hash(&[self.s_ga.expose(), &index.0.to_le_bytes(), self.K_s.as_bytes()]))
    }

    /// The address with this index. Constant time.
    #[must_use]
    pub fn address(&self, index: AddressIndex) -> Address {
        let (K, B) = self.receiving_points(index);
        let d = self.base_scalar(index);
        let times_d = |point: &Point| encode(point.element() * d.expose());
        Address::new(encode(K), encode(B), times_d(&self.F), times_d(&self.R), self.tag(index))
    }

    /// (K_j, B_j): what the checks of a scan need.
    pub(crate) fn receiving_points(&self, index: AddressIndex) -> (Element, Element) {
        let K = self.K_s.element() + X.element() * self.spend_extension(index).expose();
        (K, Element::mul_base(self.base_scalar(index).expose()))
    }

    /// t_j.
    #[must_use]
    pub fn tag(&self, index: AddressIndex) -> AddressTag {
        tag_cipher::encipher(&self.s_ct, index)
    }

    /// The index whose tag this would be. Every tag has one; see [`recognise`](Self::recognise).
    #[must_use]
    pub fn index(&self, tag: &AddressTag) -> AddressIndex {
        tag_cipher::decipher(&self.s_ct, tag)
    }

    /// The index of an address of this wallet, if it is one: all five parts are recomputed. Constant time.
    #[must_use]
    pub fn recognise(&self, address: &Address) -> Option<AddressIndex> {
        let index = self.index(address.tag());
        bool::from(self.address(index).to_bytes().ct_eq(&address.to_bytes())).then_some(index)
    }
}

/// An address part; each is a hash times a fixed point.
fn encode(element: Element) -> Point {
    Point::encode(element, "address").expect("a preimage of zero has probability 2^-252")
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
redacted!(AuditKey, ViewReceivedKey, FindKey, AddressKey);

fn exact<'a>(bytes: &'a [u8], expected: usize, what: &'static str) -> Result<Reader<'a>, DecodeError> {
    if bytes.len() == expected {
        Ok(Reader::new(bytes, what))
    } else {
        Err(DecodeError::Length { what, expected, found: bytes.len() })
    }
}

fn fill<'a>(out: &mut [u8], parts: impl IntoIterator<Item = &'a [u8; 32]>) {
    for (slot, part) in out.chunks_exact_mut(32).zip(parts) {
        slot.copy_from_slice(part);
    }
}
