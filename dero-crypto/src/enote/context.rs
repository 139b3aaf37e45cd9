//! Input contexts: every enote is bound to something that a valid chain consumes only once (protocol 4.2).
//!
//! ```text
//! ic   = h_32("ctx/bundle"; net, a_min)                    a_min = byte-wise smallest anchor of the bundle
//! ic   = h_32("ctx/coinbase"; net, le64 height, le32 i)    output i of a coinbase transaction, from 0
//! ic   = h_32("ctx/genesis"; net, le64 k)                  genesis enote k, from 0
//! ic_j = h_32("ctx/sealed"; ic, Ko, le32 j)                all parts of sealed alternative j ≥ 1 under the locked enote Ko
//! ```
//!
//! An anchor exists before the outputs do, so the maker of a bundle needs nothing but his own inputs, and a
//! copied enote stands under another context, where its owner does not recognise it.

use alloc::vec::Vec;

use crate::{NetworkId, codec::Reader, error::DecodeError, group::domain};

/// Something that a bundle consumes and that can be consumed only once. Ordered as its bytes are.
///
/// ```
/// use dero_crypto::enote::Anchor;
/// let anchors = [Anchor::Vault([1; 32]), Anchor::Tag([9; 32])];
/// // The smallest one names the bundle: a tag, whenever there is one.
/// assert_eq!(anchors.iter().map(Anchor::to_bytes).min(), Some(Anchor::Tag([9; 32]).to_bytes()));
/// assert_eq!(Anchor::from_bytes(&anchors[0].to_bytes()), Ok(Anchor::Vault([1; 32])));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Anchor {
    /// 0x01 ‖ L: the linking tag of a private input.
    Tag([u8; 32]),
    /// 0x02 ‖ vault id: a vault input.
    Vault([u8; 32]),
    /// 0x03 ‖ contract id ‖ nonce: a public move in.
    Move {
        /// The contract that pays.
        contract: [u8; 32],
        /// The entitlement that is used up.
        nonce: [u8; 32],
    },
}

impl Anchor {
    /// 33 or 65 bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        match self {
            Self::Tag(tag) => [&[1][..], tag].concat(),
            Self::Vault(id) => [&[2][..], id].concat(),
            Self::Move { contract, nonce } => [&[3][..], contract, nonce].concat(),
        }
    }

    /// Reads an anchor.
    ///
    /// # Errors
    ///
    /// [`DecodeError::Value`] for an unknown kind, [`DecodeError::Length`] for any other number of bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes, "anchor");
        let anchor = match reader.u8("anchor kind")? {
            1 => Self::Tag(reader.array("anchor tag")?),
            2 => Self::Vault(reader.array("anchor vault")?),
            3 => Self::Move { contract: reader.array("anchor contract")?, nonce: reader.array("anchor nonce")? },
            found => return Err(DecodeError::Value { what: "anchor kind", found: found.into() }),
        };
        reader.finish()?;
        Ok(anchor)
    }
}

/// ic: what every secret and every tag of an enote is bound to.
///
/// ```
/// use dero_crypto::{NetworkId, enote::{Anchor, InputContext}};
/// let net = NetworkId([1; 32]);
/// let bundle = InputContext::bundle(&net, &Anchor::Tag([9; 32]));
/// assert_ne!(bundle, InputContext::bundle(&NetworkId([2; 32]), &Anchor::Tag([9; 32])));
/// assert_ne!(bundle.sealed(&[3; 32], 1), bundle.sealed(&[3; 32], 2));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InputContext(pub [u8; 32]);

impl InputContext {
    /// The outputs of a bundle whose smallest anchor is `smallest` (`anchors.min()`).
    ///
    /// ```
    /// use dero_crypto::{NetworkId, enote::{Anchor, InputContext}};
    /// let anchors = [Anchor::Vault([0; 32]), Anchor::Tag([9; 32]), Anchor::Tag([7; 32])];
    /// let smallest = anchors.iter().min().expect("a bundle has an anchor");
    /// assert_eq!(smallest, &Anchor::Tag([7; 32])); // a tag, whenever there is one
    /// let context = InputContext::bundle(&NetworkId([1; 32]), smallest);
    /// assert_ne!(context, InputContext::bundle(&NetworkId([2; 32]), smallest));
    /// ```
    #[must_use]
    pub fn bundle(net: &NetworkId, smallest: &Anchor) -> Self {
        Self(domain::CONTEXT_BUNDLE.hash(&[&net.0, &smallest.to_bytes()]))
    }

    /// Output `index` of the coinbase transaction at `height`.
    #[must_use]
    pub fn coinbase(net: &NetworkId, height: u64, index: u32) -> Self {
        Self(domain::CONTEXT_COINBASE.hash(&[&net.0, &height.to_le_bytes(), &index.to_le_bytes()]))
    }

    /// Genesis enote `index`.
    #[must_use]
    pub fn genesis(net: &NetworkId, index: u64) -> Self {
        Self(domain::CONTEXT_GENESIS.hash(&[&net.0, &index.to_le_bytes()]))
    }

    /// All parts of sealed alternative `alternative` (from 1) of a locked enote in the bundle of this context.
    #[must_use]
    pub fn sealed(&self, locked_one_time_key: &[u8; 32], alternative: u32) -> Self {
        Self(domain::CONTEXT_SEALED.hash(&[&self.0, locked_one_time_key, &alternative.to_le_bytes()]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anchors_are_ordered_as_their_bytes() {
        let mut anchors = [
            Anchor::Move { contract: [0; 32], nonce: [1; 32] },
            Anchor::Tag([255; 32]),
            Anchor::Move { contract: [0; 32], nonce: [0; 32] },
            Anchor::Vault([0; 32]),
            Anchor::Tag([1; 32]),
        ];
        anchors.sort();
        let bytes: Vec<_> = anchors.iter().map(Anchor::to_bytes).collect();
        assert!(bytes.is_sorted());
        for (anchor, bytes) in anchors.iter().zip(&bytes) {
            assert_eq!(Anchor::from_bytes(bytes), Ok(*anchor));
        }
    }

    #[test]
    fn an_anchor_of_another_kind_or_length_is_refused() {
        assert!(matches!(Anchor::from_bytes(&[4; 33]), Err(DecodeError::Value { .. })));
        assert!(matches!(Anchor::from_bytes(&[]), Err(DecodeError::Length { .. })));
        assert!(matches!(Anchor::from_bytes(&[1; 32]), Err(DecodeError::Length { .. })));
        assert!(matches!(Anchor::from_bytes(&[2; 34]), Err(DecodeError::Length { .. })));
        assert!(matches!(Anchor::from_bytes(&[3; 33]), Err(DecodeError::Length { .. })));
    }

    #[test]
    fn the_four_forms_never_share_a_context() {
        let net = NetworkId([0; 32]);
        let all = [
            InputContext::bundle(&net, &Anchor::Tag([0; 32])),
            InputContext::bundle(&net, &Anchor::Vault([0; 32])),
            InputContext::coinbase(&net, 0, 0),
            InputContext::coinbase(&net, 0, 1),
            InputContext::coinbase(&net, 1, 0),
            InputContext::genesis(&net, 0),
            InputContext([0; 32]).sealed(&[0; 32], 1),
            InputContext([0; 32]).sealed(&[0; 32], 2),
        ];
        for (i, context) in all.iter().enumerate() {
            assert!(!all[..i].contains(context));
        }
    }
}
