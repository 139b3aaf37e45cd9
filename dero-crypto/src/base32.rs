//! Base32 as addresses and disclosed proofs use it: Bech32's letters, most significant bit first, no padding.
//!
//! Not Bech32: there is no polynomial check. What is encoded carries a 64-bit hash of its own.

use alloc::{string::String, vec::Vec};

/// The 32 digits. Neither `1`, `b`, `i` nor `o` is among them.
const DIGITS: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";

/// Writes `bytes` in lower case, 8 characters for 5 bytes; bits that fill the last character are zero.
///
/// ```
/// use dero_crypto::base32;
/// assert_eq!(base32::encode(&[0xff, 0x00]), "luqq");
/// assert_eq!(base32::decode("luqq"), Ok(vec![0xff, 0x00]));
/// ```
#[must_use]
pub fn encode(bytes: &[u8]) -> String {
    let mut out = String::new();
    let (mut bits, mut held) = (0u32, 0);
    for byte in bytes {
        bits = bits << 8 | u32::from(*byte);
        held += 8;
        while held >= 5 {
            held -= 5;
            out.push(digit(bits >> held));
        }
    }
    if held > 0 {
        out.push(digit(bits << (5 - held)));
    }
    out
}

fn digit(bits: u32) -> char {
    char::from(DIGITS[bits as usize & 31])
}

/// Reads lower-case digits.
///
/// # Errors
///
/// [`Base32Error`]: a character that is no digit, a number of characters that no bytes give, or bits after the
/// last byte that are not zero, so that each byte string has one text.
pub fn decode(text: &str) -> Result<Vec<u8>, Base32Error> {
    let mut out = Vec::new();
    let (mut bits, mut held) = (0u32, 0);
    for (position, found) in text.chars().enumerate() {
        let value = DIGITS
            .iter()
            .position(|digit| char::from(*digit) == found)
            .ok_or(Base32Error::Character { position, found })?;
        bits = bits << 5 | value as u32;
        held += 5;
        if held >= 8 {
            held -= 8;
            out.push((bits >> held) as u8);
        }
    }
    if held >= 5 {
        return Err(Base32Error::Length { found: text.chars().count() });
    }
    if bits & ((1 << held) - 1) != 0 {
        return Err(Base32Error::Bits);
    }
    Ok(out)
}

/// Text that is not the base32 form of any bytes.
///
/// ```
/// use dero_crypto::base32::{self, Base32Error};
/// assert!(matches!(base32::decode("b"), Err(Base32Error::Character { .. }))); // as a human would mix it up
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Base32Error {
    /// A character outside the digits.
    #[error("character {position}: {found:?} is not a base32 digit")]
    Character {
        /// Its place, from 0.
        position: usize,
        /// The character.
        found: char,
    },
    /// A number of characters that leaves a whole digit unused.
    #[error("{found} characters are not the base32 form of any bytes")]
    Length {
        /// How many there are.
        found: usize,
    },
    /// Unused bits of the last character that are not zero.
    #[error("the bits after the last byte are not zero")]
    Bits,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn bytes_come_back(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            prop_assert_eq!(decode(&encode(&bytes)), Ok(bytes));
        }

        #[test]
        fn each_byte_string_has_one_text(text in "[qpzry9x8gf2tvdw0s3jn54khce6mua7l]{0,40}") {
            if let Ok(bytes) = decode(&text) {
                prop_assert_eq!(encode(&bytes), text);
            }
        }
    }

    #[test]
    fn foreign_characters_and_loose_bits_are_refused() {
        assert_eq!(decode("qb"), Err(Base32Error::Character { position: 1, found: 'b' }));
        assert_eq!(decode("\u{212a}q"), Err(Base32Error::Character { position: 0, found: '\u{212a}' }));
        assert_eq!(decode("q"), Err(Base32Error::Length { found: 1 }));
        assert_eq!(decode("lu"), Ok(alloc::vec![0xff]));
        assert_eq!(decode("ll"), Err(Base32Error::Bits));
    }
}
