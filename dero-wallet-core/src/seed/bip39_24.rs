//! The master secret as 24 words of BIP39: its 32 bytes are the entropy. The birthday stands beside the words.

use alloc::string::String;

use dero_crypto::secret::Secret;
use zeroize::Zeroize;

use super::{MasterSecret, SeedError, Words, words};

const WORDS: usize = 24;

/// The 24 words of a master secret.
///
/// ```
/// use dero_wallet_core::seed::bip39_24;
/// let words = bip39_24::export(&[7; 32].into());
/// assert_eq!(bip39_24::import(&words)?.expose(), &[7; 32]);
/// # Ok::<(), dero_wallet_core::seed::SeedError>(())
/// ```
#[must_use]
pub fn export(secret: &MasterSecret) -> Words {
    let mnemonic = bip39::Mnemonic::from_entropy(secret.expose()).expect("32 bytes are 24 words");
    let mut text = String::with_capacity(WORDS * 9);
    for (i, word) in mnemonic.words().enumerate() {
        if i > 0 {
            text.push(' ');
        }
        text.push_str(word);
    }
    Words::new(text)
}

/// The master secret of 24 words.
///
/// # Errors
///
/// [`SeedError`]: another number of words, an unknown word, or a checksum that does not fit.
pub fn import(text: &Words) -> Result<MasterSecret, SeedError> {
    let mut places: [u16; WORDS] = words::split(text.expose())?;
    let mut full = words::join(&places);
    places.zeroize();
    let mnemonic = bip39::Mnemonic::parse_in_normalized(bip39::Language::English, &full);
    full.zeroize();
    let (mut entropy, length) = mnemonic.map_err(|_| SeedError::Check)?.to_entropy_array();
    debug_assert_eq!(length, 32);
    let mut secret = [0; 32];
    secret.copy_from_slice(&entropy[..32]);
    entropy.zeroize();
    Ok(Secret::new(secret))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Published with BIP39 (256 bits, all zero and all one).
    const PUBLISHED: [(u8, &str, &str); 2] = [(0, "abandon", "art"), (0xff, "zoo", "vote")];

    #[test]
    fn published_examples_are_reproduced() {
        for (byte, repeated, last) in PUBLISHED {
            let words = export(&[byte; 32].into());
            let expected = [[repeated; 23].join(" "), last.into()].join(" ");
            assert_eq!(words.expose(), expected);
            assert_eq!(import(&words).expect("valid").expose(), &[byte; 32]);
        }
    }

    #[test]
    fn a_wrong_last_word_is_refused() {
        let words = Words::new([["abandon"; 23].join(" "), "zoo".into()].join(" "));
        assert_eq!(import(&words).expect_err("checksum"), SeedError::Check);
        let short = Words::new(["abandon"; 12].join(" "));
        assert_eq!(import(&short).expect_err("length"), SeedError::WordCount { expected: 24, found: 12 });
    }
}
