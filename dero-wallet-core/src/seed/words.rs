//! The English word list, looked up without a branch on the word.

use alloc::string::String;

use subtle::{ConditionallySelectable, ConstantTimeEq, ConstantTimeGreater};
use zeroize::Zeroize;

use super::SeedError;

/// Letters that identify a word.
const PREFIX: usize = 4;
/// Letters of the longest word.
const LONGEST: usize = 8;

fn list() -> &'static [&'static str; 2048] {
    bip39::Language::English.word_list()
}

/// The words at `places`, separated by spaces.
pub(super) fn join(places: &[u16]) -> String {
    // One allocation, so that no shorter copy of the words is left behind.
    let mut text = String::with_capacity(places.len() * (LONGEST + 1));
    for (i, place) in places.iter().enumerate() {
        if i > 0 {
            text.push(' ');
        }
        text.push_str(list()[usize::from(*place)]);
    }
    text
}

/// The places of exactly `N` words.
pub(super) fn split<const N: usize>(text: &str) -> Result<[u16; N], SeedError> {
    let found = text.split_whitespace().count();
    if found != N {
        return Err(SeedError::WordCount { expected: N, found });
    }
    let mut places = [0; N];
    for (i, (word, place)) in text.split_whitespace().zip(&mut places).enumerate() {
        *place = find(word).ok_or(SeedError::UnknownWord { place: i + 1 })?;
    }
    Ok(places)
}

/// The place of a word, or of the one word that starts with its four letters. Reads the whole list each time.
fn find(word: &str) -> Option<u16> {
    let mut typed = padded(word)?;
    let length = word.len();
    let (mut place, mut known) = (0u16, 0u8);
    for (i, candidate) in list().iter().enumerate() {
        let full = padded(candidate).expect("words of the list fit");
        // Equal, or at least four letters and equal as far as they go.
        let equal = typed.ct_eq(&full);
        let shortened = {
            let mut cut = full;
            for (letter, byte) in cut.iter_mut().enumerate() {
                let beyond = (letter as u64 + 1).ct_gt(&(length as u64));
                byte.conditional_assign(&0, beyond);
            }
            typed.ct_eq(&cut) & (length as u64 + 1).ct_gt(&(PREFIX as u64))
        };
        let hit = equal | shortened;
        place.conditional_assign(&(i as u16), hit & known.ct_eq(&0) | equal);
        known.conditional_assign(&1, hit);
    }
    typed.zeroize();
    (known == 1).then_some(place)
}

/// The word in lower case, followed by zeros.
fn padded(word: &str) -> Option<[u8; LONGEST]> {
    let mut letters = [0; LONGEST];
    letters.get_mut(..word.len())?.copy_from_slice(word.as_bytes());
    letters.make_ascii_lowercase();
    Some(letters)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_and_every_prefix_is_found_at_its_place() {
        for (place, word) in list().iter().enumerate() {
            assert_eq!(find(word), Some(place as u16), "{word}");
            for length in PREFIX..word.len() {
                assert_eq!(find(&word[..length]), Some(place as u16), "{word}");
            }
        }
    }

    #[test]
    fn what_is_no_word_is_not_found() {
        for word in ["", "a", "ab", "aba", "abandons", "abandone", "zzzz", "\u{212a}ey", "abandonabandon"] {
            assert_eq!(find(word), None, "{word}");
        }
    }
}
