//! The bytes of an enote on the wire (protocol 4.1, 4.6). Nothing is decoded here.

use crate::{codec::Reader, error::DecodeError};

/// A field of fixed width.
trait Field: Sized {
    fn put(&self, out: &mut [u8], at: usize) -> usize;
    fn take(reader: &mut Reader<'_>, what: &'static str) -> Result<Self, DecodeError>;
}

impl<const N: usize> Field for [u8; N] {
    fn put(&self, out: &mut [u8], at: usize) -> usize {
        out[at..at + N].copy_from_slice(self);
        at + N
    }
    fn take(reader: &mut Reader<'_>, what: &'static str) -> Result<Self, DecodeError> {
        reader.array(what)
    }
}

impl Field for u8 {
    fn put(&self, out: &mut [u8], at: usize) -> usize {
        [*self].put(out, at)
    }
    fn take(reader: &mut Reader<'_>, what: &'static str) -> Result<Self, DecodeError> {
        reader.u8(what)
    }
}

macro_rules! fixed_layout {
    ($type:ident, $name:literal, $length:literal, $($field:ident),*) => {
        impl $type {
            /// Bytes on the wire.
            pub const LEN: usize = $length;

            /// The bytes in the order of the fields.
            #[must_use]
            pub fn to_bytes(&self) -> [u8; Self::LEN] {
                let mut out = [0; Self::LEN];
                let mut at = 0;
                $(at = self.$field.put(&mut out, at);)*
                debug_assert_eq!(at, Self::LEN);
                out
            }

            /// Cuts the fields. Points are not decoded.
            ///
            /// # Errors
            ///
            /// [`DecodeError::Length`] for any other number of bytes.
            pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
                if bytes.len() != Self::LEN {
                    return Err(DecodeError::Length { what: $name, expected: Self::LEN, found: bytes.len() });
                }
                Self::read(&mut Reader::new(bytes, $name))
            }

            /// Cuts the fields out of a longer object.
            ///
            /// # Errors
            ///
            /// [`DecodeError::Length`] if too few bytes are left.
            pub fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
                Ok(Self { $($field: Field::take(reader, $name)?),* })
            }
        }
    };
}

/// An output record, 163 bytes. Nobody but sender and owner learns what it holds or whose it is.
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
/// let bytes = made.enote.to_bytes();
/// assert_eq!(Enote::from_bytes(&bytes), Ok(made.enote));
/// assert!(Enote::from_bytes(&bytes[1..]).is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Enote {
    /// Ko: belongs to this enote alone.
    pub one_time_key: [u8; 32],
    /// C: the amount, hidden on base T.
    pub commitment: [u8; 32],
    /// T: the asset's base, blinded.
    pub asset_tag: [u8; 32],
    /// De: the sender's half of the key exchange.
    pub ephemeral_key: [u8; 32],
    /// vt1: lets the holder of a find key skip 255 of 256 foreign enotes.
    pub view_tag_1: u8,
    /// vt2: lets a viewer skip 65535 of 65536 of the rest.
    pub view_tag_2: [u8; 2],
    /// σ_enc: the seed, wrapped.
    pub seed_enc: [u8; 16],
    /// pay_enc: amount and address tag, masked.
    pub pay_enc: [u8; 16],
}

fixed_layout!(
    Enote,
    "enote",
    163,
    one_time_key,
    commitment,
    asset_tag,
    ephemeral_key,
    view_tag_1,
    view_tag_2,
    seed_enc,
    pay_enc
);

/// An enote whose amount and asset stand elsewhere in the clear: coinbase, genesis, stub of a move out. 91 bytes.
///
/// C = a·A_α + G and T = A_α are computed by everybody and never sent.
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
/// use dero_crypto::enote::PublicEnote;
/// let enote = draft.public(&net, &keys.address_key().address(AddressIndex(3)))?;
/// assert_eq!(enote.to_bytes().len(), PublicEnote::LEN);
/// // Amount and asset stand elsewhere; the commitment is computed from them.
/// let mine = enote.decode(Amount(30), &AssetId::NATIVE)?;
/// assert!(keys.recognise(&net, &context, &mine, &KnownAssets::native()).is_ok());
/// # Ok::<(), DecodeError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublicEnote {
    /// Ko.
    pub one_time_key: [u8; 32],
    /// De.
    pub ephemeral_key: [u8; 32],
    /// vt1.
    pub view_tag_1: u8,
    /// vt2.
    pub view_tag_2: [u8; 2],
    /// σ_enc.
    pub seed_enc: [u8; 16],
    /// t_enc: the address tag, masked.
    pub tag_enc: [u8; 8],
}

fixed_layout!(
    PublicEnote,
    "public enote",
    91,
    one_time_key,
    ephemeral_key,
    view_tag_1,
    view_tag_2,
    seed_enc,
    tag_enc
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_cut_and_put_together_again() {
        let bytes: [u8; 163] = core::array::from_fn(|i| i as u8);
        let enote = Enote::from_bytes(&bytes).expect("163 bytes");
        assert_eq!(enote.to_bytes(), bytes);
        assert_eq!((enote.view_tag_1, enote.view_tag_2), (128, [129, 130]));

        let public = PublicEnote::from_bytes(&bytes[..91]).expect("91 bytes");
        assert_eq!(public.to_bytes(), bytes[..91]);
        assert_eq!(public.tag_enc, [83, 84, 85, 86, 87, 88, 89, 90]);
    }

    #[test]
    fn a_byte_more_or_less_is_refused() {
        let bytes = [0; 164];
        for length in [0, 162, 164] {
            assert!(Enote::from_bytes(&bytes[..length]).is_err());
        }
        for length in [0, 90, 92] {
            assert!(PublicEnote::from_bytes(&bytes[..length]).is_err());
        }
    }
}
