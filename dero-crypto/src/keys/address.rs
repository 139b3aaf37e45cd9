//! Addresses: what a payer needs, and its text (protocol 3).
//!
//! ```text
//! K_j = K_s + e_j·X            spend public key          B_j = d_j·G                ephemeral base
//! F_j = d_j·F  = k_f·B_j       find key                  R_j = d_j·R  = k_r·B_j     receive key
//! t_j = PRP_{s_ct}(j)          address tag
//!
//! payload = 0x01 | K_j | B_j | F_j | R_j | t_j                                         137 bytes
//! text    = prefix | "1" | base32( payload | h_8("address"; prefix, payload) )         232 characters after the "1"
//! ```
//!
//! Every address is a subaddress. (K_j, B_j) are uniform to whoever lacks s_ga, and (B_j, F_j, R_j) against
//! (G, F, R) is a Diffie–Hellman tuple, so two addresses of one wallet look like two wallets; only the holder of
//! a find or receive key can tell. The 64-bit check value is a hash: it misses a random error with probability
//! 2^-64, and short BCH codes give no guarantee at this length.

#![allow(non_snake_case)] // Symbols match the equations.

use alloc::{string::String, vec::Vec};
use core::fmt;

use super::AddressTag;
use crate::{
    base32::{self, Base32Error},
    codec::Reader,
    error::DecodeError,
    group::{Point, domain},
    network::NetworkKind,
};

/// The kind byte of a standard address.
const STANDARD: u8 = 1;
/// Bytes of the check value.
const CHECK: usize = 8;
/// Characters after the separator.
const CHARACTERS: usize = (Address::LEN + CHECK) * 8 / 5;

/// Where to pay to: the four points and the tag of one subaddress.
///
/// ```
/// use dero_crypto::prelude::*;
/// let shop = MasterSecret::random(&mut rand::rng()).audit_key();
/// let address = shop.address_key().address(AddressIndex::new(0, 7));
/// let text = address.to_text(NetworkKind::Test);
/// assert_eq!(Address::from_text(&text, NetworkKind::Test)?, address);
/// assert!(Address::from_text(&text, NetworkKind::Main).is_err());
/// # Ok::<(), dero_crypto::keys::AddressError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Address {
    K: Point,
    B: Point,
    F: Point,
    R: Point,
    tag: AddressTag,
}

impl Address {
    /// Bytes of the payload.
    pub const LEN: usize = 137;

    /// The address (K, B, F, R, t).
    #[must_use]
    pub const fn new(K: Point, B: Point, F: Point, R: Point, tag: AddressTag) -> Self {
        Self { K, B, F, R, tag }
    }

    /// K: the spend public key.
    #[must_use]
    pub const fn spend_key(&self) -> &Point {
        &self.K
    }

    /// B: the base of the payer's half of the key exchange.
    #[must_use]
    pub const fn base(&self) -> &Point {
        &self.B
    }

    /// F: with it the payer makes the find tag.
    #[must_use]
    pub const fn find_key(&self) -> &Point {
        &self.F
    }

    /// R: with it the payer wraps the seed.
    #[must_use]
    pub const fn receive_key(&self) -> &Point {
        &self.R
    }

    /// t: the enciphered index.
    #[must_use]
    pub const fn tag(&self) -> &AddressTag {
        &self.tag
    }

    /// The payload.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; Self::LEN] {
        let mut out = [0; Self::LEN];
        out[0] = STANDARD;
        for (i, point) in [&self.K, &self.B, &self.F, &self.R].into_iter().enumerate() {
            out[1 + 32 * i..33 + 32 * i].copy_from_slice(point.as_bytes());
        }
        out[129..].copy_from_slice(&self.tag.0);
        out
    }

    /// Reads a payload.
    ///
    /// # Errors
    ///
    /// [`DecodeError`]: another length, an unknown kind, a point that is not canonical or the identity.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        if bytes.len() != Self::LEN {
            return Err(DecodeError::Length { what: "address", expected: Self::LEN, found: bytes.len() });
        }
        let mut reader = Reader::new(bytes, "address");
        let kind = reader.u8("address kind")?;
        if kind != STANDARD {
            return Err(DecodeError::Value { what: "address kind", found: kind.into() });
        }
        Ok(Self {
            K: reader.point("address K")?,
            B: reader.point("address B")?,
            F: reader.point("address F")?,
            R: reader.point("address R")?,
            tag: AddressTag(reader.array("address tag")?),
        })
    }

    /// The text for people and QR codes, in lower case.
    ///
    /// ```
    /// use dero_crypto::{keys::{Address, AddressIndex, MasterSecret}, network::NetworkKind};
    /// let address = MasterSecret::from_bytes([7; 32]).audit_key().address_key().address(AddressIndex(0));
    /// let text = address.to_text(NetworkKind::Test);
    /// assert!(text.starts_with("derot1q"));
    /// assert_eq!(Address::from_text(&text, NetworkKind::Test)?, address);
    /// assert!(Address::from_text(&text, NetworkKind::Main).is_err());
    /// # Ok::<(), dero_crypto::keys::AddressError>(())
    /// ```
    #[must_use]
    pub fn to_text(&self, network: NetworkKind) -> String {
        let payload = self.to_bytes();
        let bytes: Vec<u8> = payload.into_iter().chain(check_value(network, &payload)).collect();
        [network.prefix(), "1", &base32::encode(&bytes)].concat()
    }

    /// Reads an address of `network` from text, all in lower case or all in upper case.
    ///
    /// # Errors
    ///
    /// [`AddressError`], the first that applies in the order of its variants.
    pub fn from_text(text: &str, network: NetworkKind) -> Result<Self, AddressError> {
        // ASCII only: U+212A (Kelvin sign) folds to k elsewhere, and must not here.
        if text.bytes().any(|byte| byte.is_ascii_lowercase()) && text.bytes().any(|byte| byte.is_ascii_uppercase())
        {
            return Err(AddressError::MixedCase);
        }
        let text = text.to_ascii_lowercase();
        let (prefix, digits) = text.split_once('1').ok_or(AddressError::Separator)?;
        let found = digits.chars().count();
        if found != CHARACTERS {
            return Err(AddressError::Length { found });
        }
        if prefix != network.prefix() {
            return Err(AddressError::Network { expected: network, found: NetworkKind::from_prefix(prefix) });
        }
        let bytes = base32::decode(digits).map_err(|error| match error {
            Base32Error::Character { position, found } => {
                AddressError::Character { position: prefix.len() + 1 + position, found }
            }
            // 232 digits are 145 bytes and no bit more.
            Base32Error::Length { .. } | Base32Error::Bits => AddressError::Length { found },
        })?;
        let (payload, check) = bytes.split_at(Self::LEN);
        if check != check_value(network, payload) {
            return Err(AddressError::Check);
        }
        Ok(Self::from_bytes(payload)?)
    }
}

fn check_value(network: NetworkKind, payload: &[u8]) -> [u8; CHECK] {
    domain::ADDRESS_CHECK.hash(&[network.prefix().as_bytes(), payload])
}

/// The place of an address in its wallet.
///
/// ```
/// use dero_crypto::keys::AddressIndex;
/// let index = AddressIndex::new(2, 7);
/// assert_eq!((index.account(), index.address(), index.0), (2, 7, (2 << 32) + 7));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AddressIndex(pub u64);

impl AddressIndex {
    /// Address `address` of account `account`, by convention.
    #[must_use]
    pub const fn new(account: u32, address: u32) -> Self {
        Self((account as u64) << 32 | address as u64)
    }

    /// The account, by convention.
    #[must_use]
    pub const fn account(self) -> u32 {
        (self.0 >> 32) as u32
    }

    /// The address inside its account, by convention.
    #[must_use]
    pub const fn address(self) -> u32 {
        self.0 as u32
    }
}

impl fmt::Display for AddressIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.account(), self.address())
    }
}

/// Why text is not an address of a network. The variants stand in the order of the checks.
///
/// ```
/// use dero_crypto::{keys::{Address, AddressError}, network::NetworkKind};
/// assert_eq!(Address::from_text("derot", NetworkKind::Test), Err(AddressError::Separator));
/// assert_eq!(Address::from_text("deroT1", NetworkKind::Test), Err(AddressError::MixedCase));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AddressError {
    /// Upper and lower case together.
    #[error("an address is all in lower case or all in upper case")]
    MixedCase,
    /// No `1` in it.
    #[error("no \"1\" between the network prefix and the rest")]
    Separator,
    /// Characters are missing or left over.
    #[error("{found} characters after the \"1\", expected {CHARACTERS}")]
    Length {
        /// How many there are.
        found: usize,
    },
    /// The prefix of another network, or of none.
    #[error("not an address of this network, which begins with {}1", expected.prefix())]
    Network {
        /// The network that was asked for.
        expected: NetworkKind,
        /// The network that the prefix names, if any.
        found: Option<NetworkKind>,
    },
    /// A character that no address holds.
    #[error("character {position}: {found:?} is in no address")]
    Character {
        /// Its place in the text, from 0.
        position: usize,
        /// The character, in lower case.
        found: char,
    },
    /// The check value differs: at least one character is wrong, or the prefix is not the address's own.
    #[error("the check value does not fit: some character is wrong")]
    Check,
    /// The payload, whose check value fits, holds an unknown kind or a bad point.
    #[error(transparent)]
    Payload(#[from] DecodeError),
}
