//! From words to the master secret.
//!
//! The native form is sixteen words with the wallet's birthday inside ([`Seed`], after Polyseed); BIP39 with
//! 24 words is the form for other tools ([`bip39_24`]). A native seed exports its master secret as BIP39 words;
//! BIP39 words never become a native seed, since they carry no birthday and more entropy.

pub mod bip39_24;
mod words;

use alloc::string::String;

use dero_crypto::{DecodeError, secret::Secret};
use rand_core::CryptoRng;
use zeroize::Zeroize;

/// The secret of every wallet key, 32 bytes: s_m of the protocol.
pub type MasterSecret = Secret<[u8; 32]>;

/// Which chain a seed is for. The words of one coin are refused by another, since no key depends on the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coin {
    /// The main network, coin id 1105.
    Main,
    /// The test network, coin id 1106.
    Test,
    /// Every other network, coin id 1107.
    Other,
}

impl Coin {
    const ALL: [Self; 3] = [Self::Main, Self::Test, Self::Other];

    fn id(self) -> u16 {
        match self {
            Self::Main => 1105,
            Self::Test => 1106,
            Self::Other => 1107,
        }
    }
}

/// Why words are no seed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SeedError {
    /// Another number of words.
    #[error("{found} words, expected {expected}")]
    WordCount {
        /// Words of the form.
        expected: usize,
        /// Words that were there.
        found: usize,
    },
    /// A word that is not on the list, by its place from 1.
    #[error("word {place} is not on the English word list")]
    UnknownWord {
        /// Place from 1.
        place: usize,
    },
    /// The words fit together for another coin.
    #[error("these words are for the {found:?} network, this wallet is for {expected:?}")]
    OtherCoin {
        /// Coin of the words.
        found: Coin,
        /// Coin of the caller.
        expected: Coin,
    },
    /// A word is mistyped or two are exchanged.
    #[error("the check word does not fit: a word is wrong or in the wrong place")]
    Check,
    /// Words of a later form, or protected by a passphrase in a way that this build does not know.
    #[error("the words use features {features:#07b}, which this build does not know")]
    Features {
        /// The five feature bits.
        features: u8,
    },
}

/// A native seed: 150 secret bits, the birthday, and a check word.
///
/// ```
/// use dero_wallet_core::seed::{Coin, Seed};
/// let seed = Seed::generate(Coin::Other, 1_800_000_000, &mut rand::rng());
/// let words = seed.to_words();
/// let restored = Seed::from_words(&words, Coin::Other)?;
/// assert_eq!(restored.master_secret().expose(), seed.master_secret().expose());
/// assert!(restored.birthday() <= 1_800_000_000);
/// # Ok::<(), dero_wallet_core::seed::SeedError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Seed {
    coin: Coin,
    /// Months since November 2021, modulo 1024.
    month: u16,
    /// 150 bits, most significant first; the top two bits of the last byte are zero.
    secret: Secret<[u8; 19]>,
}

const WORDS: usize = 16;
const SECRET_BITS: usize = 150;
/// 1 November 2021, 12:00 UTC.
const EPOCH: u64 = 1_635_768_000;
/// A twelfth of the mean Gregorian year, in seconds.
const MONTH: u64 = 2_629_746;
const ITERATIONS: u32 = 10_000;

impl Seed {
    /// A fresh seed, made at `now` (seconds since 1970).
    pub fn generate(coin: Coin, now: u64, rng: &mut (impl CryptoRng + ?Sized)) -> Self {
        let mut secret = [0; 19];
        rng.fill_bytes(&mut secret);
        secret[18] &= 0x3f;
        let month = now.saturating_sub(EPOCH) / MONTH % 1024;
        Self { coin, month: u16::try_from(month).expect("below 1024"), secret: Secret::new(secret) }
    }

    /// The start of the month in which the seed was made, seconds since 1970.
    #[must_use]
    pub fn birthday(&self) -> u64 {
        EPOCH + u64::from(self.month) * MONTH
    }

    /// The chain that the seed is for.
    #[must_use]
    pub fn coin(&self) -> Coin {
        self.coin
    }

    /// What the wallet file keeps: coin, month, secret.
    pub(crate) fn parts(&self) -> (Coin, u16, &Secret<[u8; 19]>) {
        (self.coin, self.month, &self.secret)
    }

    /// From what the wallet file kept.
    pub(crate) fn from_parts(coin: Coin, month: u16, secret: Secret<[u8; 19]>) -> Result<Self, DecodeError> {
        if month > 1023 || secret.expose()[18] > 0x3f {
            return Err(DecodeError::Value { what: "seed", found: month.into() });
        }
        Ok(Self { coin, month, secret })
    }

    /// s_m: PBKDF2-HMAC-SHA256 of the secret, 10,000 rounds, with coin and month in the salt.
    #[must_use]
    pub fn master_secret(&self) -> MasterSecret {
        let mut password = [0; 32];
        password[..19].copy_from_slice(self.secret.expose());
        let mut salt = *b"POLYSEED key\0\xff\xff\xff\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
        salt[16..20].copy_from_slice(&u32::from(self.coin.id()).to_le_bytes());
        salt[20..24].copy_from_slice(&u32::from(self.month).to_le_bytes());
        let key = pbkdf2::pbkdf2_hmac_array::<sha2::Sha256, 32>(&password, &salt, ITERATIONS);
        password.zeroize();
        Secret::new(key)
    }

    /// The sixteen words, separated by spaces.
    #[must_use]
    pub fn to_words(&self) -> Words {
        let mut polynomial = self.polynomial();
        polynomial[1] ^= self.coin.id();
        let text = words::join(&polynomial);
        polynomial.zeroize();
        Words(text)
    }

    /// Reads sixteen words; the first four letters of each are enough.
    ///
    /// # Errors
    ///
    /// [`SeedError`], naming the word or the coin.
    pub fn from_words(text: &Words, coin: Coin) -> Result<Self, SeedError> {
        let mut polynomial: [u16; WORDS] = words::split(&text.0)?;
        let seed = Self::from_polynomial(polynomial, coin);
        polynomial.zeroize();
        seed
    }

    fn from_polynomial(mut polynomial: [u16; WORDS], coin: Coin) -> Result<Self, SeedError> {
        let fits = |coin: Coin| {
            let mut candidate = polynomial;
            candidate[1] ^= coin.id();
            evaluate(&candidate) == 0
        };
        if !fits(coin) {
            let other = Coin::ALL.into_iter().find(|other| fits(*other));
            return Err(other.map_or(SeedError::Check, |found| SeedError::OtherCoin { found, expected: coin }));
        }
        polynomial[1] ^= coin.id();
        let (mut secret, mut extra) = (Secret::new([0; 19]), 0);
        let mut place = 0;
        for word in &polynomial[1..] {
            extra = extra << 1 | (word & 1);
            for bit in (1..11).rev() {
                // The last six bits stay in the low bits of the last byte.
                secret.expose_mut()[place / 8] = secret.expose()[place / 8] << 1 | u8::from(word >> bit & 1 == 1);
                place += 1;
            }
        }
        debug_assert_eq!(place, SECRET_BITS);
        polynomial.zeroize();
        let features = u8::try_from(extra >> 10).expect("five bits");
        if features != 0 {
            return Err(SeedError::Features { features });
        }
        Ok(Self { coin, month: extra & 0x3ff, secret })
    }

    /// Check word, then per data word ten secret bits and one bit of features ‖ month.
    fn polynomial(&self) -> [u16; WORDS] {
        let secret = self.secret.expose();
        let bit = |i: usize| {
            let (byte, width) = (secret[i / 8], if i < 144 { 8 } else { 6 });
            u16::from(byte >> (width - 1 - i % 8) & 1)
        };
        let mut polynomial = [0; WORDS];
        for (i, word) in polynomial[1..].iter_mut().enumerate() {
            *word = (0..10).fold(0, |word, j| word << 1 | bit(10 * i + j)) << 1 | (self.month >> (14 - i) & 1);
        }
        polynomial[0] = evaluate(&polynomial);
        polynomial
    }
}

/// Value at 2 in GF(2^11) with x^11 + x^2 + 1: zero for a codeword, and the check word if the first word is zero.
fn evaluate(polynomial: &[u16; WORDS]) -> u16 {
    polynomial.iter().rev().fold(0, |value, word| {
        let doubled = value << 1;
        // Subtract the modulus without a branch on the secret.
        (doubled ^ (0x805 & (doubled >> 11 & 1).wrapping_neg())) ^ word
    })
}

/// Words in clear: erased on drop, never printed by accident.
pub struct Words(String);

impl Words {
    /// Takes what a person typed: any case, any white space between words.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// The words, to be shown to their owner.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl Drop for Words {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl core::fmt::Debug for Words {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Words(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::{format, vec::Vec};

    /// Secret bytes, month and words of the format's own published example for coin 0.
    const SECRET: [u8; 19] = [
        0xdd, 0x76, 0xe7, 0x35, 0x9a, 0x0d, 0xed, 0x37, 0xcd, 0x0f, 0xf0, 0xf3, 0xc8, 0x29, 0xa5, 0xae, 0x01, 0x67,
        0x33,
    ];
    const PUBLISHED: &str =
        "raven tail swear infant grief assist regular lamp duck valid someone little harsh puppy airport language";

    fn seed(coin: Coin) -> Seed {
        Seed { coin, month: 1, secret: Secret::new(SECRET) }
    }

    #[test]
    fn the_words_are_those_of_the_format_but_for_the_coin() {
        let published: [u16; WORDS] = words::split(PUBLISHED).expect("words");
        assert_eq!(seed(Coin::Main).polynomial(), published);
        let mut ours: [u16; WORDS] = words::split(seed(Coin::Main).to_words().expose()).expect("words");
        ours[1] ^= 1105;
        assert_eq!(ours, published);
    }

    #[test]
    fn master_secrets_are_those_of_an_independent_pbkdf2() {
        for (coin, expected) in [
            (Coin::Main, "828561530e77a9bf1bf9711525c3a1d3b00401d25026db2ff9b9f80146d9c69c"),
            (Coin::Test, "ce5e1b4a8ffcf28d2bb445626f4819b237a62e6a26013aee48522be7d3c48b7e"),
            (Coin::Other, "718588251577e12b8a06b43aec7e702cafb327bf0a0f43d2220e527959fdd27c"),
        ] {
            assert_eq!(hex::encode(seed(coin).master_secret().expose()), expected);
        }
    }

    #[test]
    fn words_of_another_coin_are_refused_by_its_name() {
        let words = seed(Coin::Test).to_words();
        let refused = Seed::from_words(&words, Coin::Main).expect_err("another coin");
        assert_eq!(refused, SeedError::OtherCoin { found: Coin::Test, expected: Coin::Main });
    }

    #[test]
    fn a_wrong_word_and_two_exchanged_words_are_refused() {
        let words = seed(Coin::Main).to_words();
        let list: Vec<&str> = words.expose().split(' ').collect();
        for place in 0..WORDS {
            let mut changed = list.clone();
            changed[place] = if list[place] == "zoo" { "abandon" } else { "zoo" };
            assert_eq!(
                Seed::from_words(&Words::new(changed.join(" ")), Coin::Main).expect_err("a wrong word"),
                SeedError::Check
            );
        }
        let mut swapped = list;
        swapped.swap(3, 4);
        assert!(Seed::from_words(&Words::new(swapped.join(" ")), Coin::Main).is_err());
    }

    #[test]
    fn four_letters_in_any_case_are_enough_and_an_unknown_word_is_named() {
        let words = seed(Coin::Main).to_words();
        let short: Vec<String> =
            words.expose().split(' ').map(|word| word.chars().take(4).collect::<String>().to_uppercase()).collect();
        let restored = Seed::from_words(&Words::new(short.join("  ")), Coin::Main).expect("prefixes");
        assert_eq!(restored.secret.expose(), &SECRET);
        let unknown = Words::new(words.expose().replacen(short[2].to_lowercase().as_str(), "qqqq", 1));
        assert_eq!(
            Seed::from_words(&unknown, Coin::Main).expect_err("unknown"),
            SeedError::UnknownWord { place: 3 }
        );
        let longer = Words::new(words.expose().replacen("raven", "ravenous", 1));
        assert_eq!(
            Seed::from_words(&longer, Coin::Main).expect_err("unknown"),
            SeedError::UnknownWord { place: 1 }
        );
    }

    #[test]
    fn feature_bits_of_later_forms_are_refused() {
        let mut polynomial = seed(Coin::Main).polynomial();
        polynomial[1] ^= 1;
        polynomial[0] = 0;
        polynomial[0] = evaluate(&polynomial);
        polynomial[1] ^= Coin::Main.id();
        assert_eq!(
            Seed::from_words(&Words::new(words::join(&polynomial)), Coin::Main).expect_err("features"),
            SeedError::Features { features: 0b10000 }
        );
    }

    #[test]
    fn secrets_are_not_printed() {
        assert!(!format!("{:?}", seed(Coin::Main)).contains("dd"));
        assert_eq!(format!("{:?}", seed(Coin::Main).to_words()), "Words(..)");
    }
}
