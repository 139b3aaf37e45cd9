//! Framed hashes: one XOF for everything that is not a Fiat–Shamir transcript (protocol 1.2).
//!
//! ```text
//! frame(dom; i_1..i_k) = "dero/d1" || le64(|dom|) || dom || le64(k) || Σ ( le64(|i_q|) || i_q )
//! h_n(dom; ...) = first n bytes of SHAKE256(frame)
//! hs(dom; ...)  = h_64 reduced modulo ℓ                    hp(dom; ...) = Ristretto one-way map of h_64
//! ```
//!
//! The output length is not in the frame, so one domain serves one kind of output only. That rule is a type
//! here: a domain is a [`Digest<N>`], a [`ToScalar`], a [`ToPoint`] or a [`Stream`], and every constant stands
//! in [`super::domain`].

use sha3::{
    Shake256,
    block_api::Sha3HasherCore,
    digest::{
        ExtendableOutput, FixedOutput, Update, XofReader, buffer_fixed,
        consts::{U64, U136},
    },
};
use zeroize::Zeroizing;

use super::{Element, Scalar};

const PREFIX: &[u8] = b"dero/d1";

buffer_fixed!(
    /// The first 64 bytes of SHAKE256. The reader of an XOF permutes the state once more behind what it gives, for bytes
    /// that nobody asks for here.
    struct Shake256Start(Sha3HasherCore<U136, U64, 0x1f>);
    impl: BaseFixedTraits Default;
);

fn framed<H: Default + Update>(domain: &str, items: &[&[u8]]) -> H {
    let mut hash = H::default();
    hash.update(PREFIX);
    hash.update(&(domain.len() as u64).to_le_bytes());
    hash.update(domain.as_bytes());
    hash.update(&(items.len() as u64).to_le_bytes());
    for item in items {
        hash.update(&(item.len() as u64).to_le_bytes());
        hash.update(item);
    }
    hash
}

fn xof(domain: &str, items: &[&[u8]]) -> impl XofReader + use<> {
    framed::<Shake256>(domain, items).finalize_xof()
}

/// Erased when it is dropped: most scalars that are made of it are secret.
fn wide(domain: &str, items: &[&[u8]]) -> Zeroizing<[u8; 64]> {
    let mut out = Zeroizing::new([0; 64]);
    framed::<Shake256Start>(domain, items).finalize_into((&mut *out).into());
    out
}

/// A domain whose hash is `N` bytes, 64 at most: h_N.
///
/// ```
/// use dero_crypto::group::hash::Digest;
/// const LABEL: Digest<32> = Digest::new("example");
/// assert_ne!(LABEL.hash(&[b"ab", b"c"]), LABEL.hash(&[b"a", b"bc"])); // items are framed
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Digest<const N: usize>(pub(super) &'static str);

impl<const N: usize> Digest<N> {
    /// A domain of another crate of the workspace. Its string must stand in no other constant.
    #[must_use]
    pub const fn new(domain: &'static str) -> Self {
        Self(domain)
    }

    /// The domain string.
    #[must_use]
    pub const fn domain(&self) -> &'static str {
        self.0
    }

    /// h_N(domain; items): `N` bytes.
    #[must_use]
    pub fn hash(&self, items: &[&[u8]]) -> [u8; N] {
        const { assert!(N <= 64, "a longer output is a stream") };
        *wide(self.0, items).first_chunk().expect("N is at most 64")
    }
}

/// A domain whose hash is a scalar: hs. The bias is below 2^-250.
///
/// ```
/// use dero_crypto::group::domain::KEY_SPEND;
/// assert_eq!(KEY_SPEND.domain(), "key/spend");
/// assert_ne!(KEY_SPEND.hash(&[&[1; 32]]), KEY_SPEND.hash(&[&[2; 32]]));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ToScalar(pub(super) &'static str);

impl ToScalar {
    /// The domain string.
    #[must_use]
    pub const fn domain(&self) -> &'static str {
        self.0
    }

    /// hs(domain; items).
    #[must_use]
    pub fn hash(&self, items: &[&[u8]]) -> Scalar {
        Scalar::from_bytes_mod_order_wide(&wide(self.0, items))
    }
}

/// A domain whose hash is a group element: hp (two Elligator maps, RFC 9496 section 4.3.4).
///
/// ```
/// use dero_crypto::group::{domain::GEN_X, generators::X};
/// assert_eq!(GEN_X.hash(&[]), *X.element());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ToPoint(pub(super) &'static str);

impl ToPoint {
    /// The domain string.
    #[must_use]
    pub const fn domain(&self) -> &'static str {
        self.0
    }

    /// hp(domain; items).
    #[must_use]
    pub fn hash(&self, items: &[&[u8]]) -> Element {
        Element::from_uniform_bytes(&wide(self.0, items))
    }
}

/// A domain whose hash is as long as the caller asks.
///
/// ```
/// use dero_crypto::group::domain::MEMO_STREAM;
/// let (mut long, mut short) = ([0; 100], [0; 40]);
/// MEMO_STREAM.fill(&[&[7; 32]], &mut long);
/// MEMO_STREAM.fill(&[&[7; 32]], &mut short);
/// assert_eq!(long[..40], short);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stream(pub(super) &'static str);

impl Stream {
    /// The domain string.
    #[must_use]
    pub const fn domain(&self) -> &'static str {
        self.0
    }

    /// Fills `out` with the first bytes of the stream of (domain; items).
    pub fn fill(&self, items: &[&[u8]], out: &mut [u8]) {
        xof(self.0, items).read(out);
    }
}

/// The known answers of `hash.json` use domains that production code does not have.
#[cfg(feature = "testing")]
pub mod raw {
    #[cfg(feature = "alloc")]
    use super::PREFIX;
    use super::{Element, Scalar, wide, xof};
    #[cfg(feature = "alloc")]
    use alloc::vec::Vec;
    use sha3::digest::XofReader;

    /// The whole input of the XOF.
    #[cfg(feature = "alloc")]
    #[must_use]
    pub fn frame(domain: &str, items: &[&[u8]]) -> Vec<u8> {
        let mut out = PREFIX.to_vec();
        out.extend((domain.len() as u64).to_le_bytes());
        out.extend(domain.as_bytes());
        out.extend((items.len() as u64).to_le_bytes());
        for item in items {
            out.extend((item.len() as u64).to_le_bytes());
            out.extend(*item);
        }
        out
    }

    /// The first bytes of the stream.
    pub fn fill(domain: &str, items: &[&[u8]], out: &mut [u8]) {
        xof(domain, items).read(out);
    }

    /// hs.
    #[must_use]
    pub fn scalar(domain: &str, items: &[&[u8]]) -> Scalar {
        Scalar::from_bytes_mod_order_wide(&wide(domain, items))
    }

    /// hp.
    #[must_use]
    pub fn point(domain: &str, items: &[&[u8]]) -> Element {
        Element::from_uniform_bytes(&wide(domain, items))
    }
}
