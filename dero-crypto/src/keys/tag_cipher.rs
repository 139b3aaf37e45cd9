//! Address tags: the index of an address, enciphered so that only its wallet can read it (protocol 3).
//!
//! ```text
//! t_j = PRP_{s_ct}(j)       balanced Feistel on le64(j): Left = bytes 0..3, right = bytes 4..7
//! round i = 0..7:           (Lf, Rt) ← (Rt, Lf ⊕ h_4("addr/feistel"; s_ct, le32 i, Rt))
//! t_j = Lf ‖ Rt after round 7, no final swap
//! ```
//!
//! Eight rounds with random round functions on 32-bit halves are indistinguishable from a random permutation
//! far beyond the number of addresses that a wallet gives out (Patarin, CRYPTO 2004).

use crate::{group::domain, keys::AddressIndex, secret::Secret};

/// t_j: 8 bytes in an address that mean its index to its own wallet and nothing to anybody else.
///
/// ```
/// use dero_crypto::keys::{AddressIndex, MasterSecret};
/// let keys = MasterSecret::random(&mut rand::rng()).audit_key();
/// let tag = keys.address_key().tag(AddressIndex(3)); // looks random, and is j to whoever has the key
/// assert_eq!(keys.address_key().index(&tag), AddressIndex(3));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AddressTag(pub [u8; 8]);

const ROUNDS: u32 = 8;

type Half = [u8; 4];

fn round(key: &Secret<[u8; 32]>, i: u32, left: Half, right: Half) -> Half {
    let pad = domain::ADDRESS_FEISTEL.hash(&[key.expose(), &i.to_le_bytes(), &right]);
    core::array::from_fn(|byte| left[byte] ^ pad[byte])
}

fn halves(bytes: [u8; 8]) -> (Half, Half) {
    let [a, b, c, d, e, f, g, h] = bytes;
    ([a, b, c, d], [e, f, g, h])
}

fn join(left: Half, right: Half) -> [u8; 8] {
    let ([a, b, c, d], [e, f, g, h]) = (left, right);
    [a, b, c, d, e, f, g, h]
}

/// The tag of an index.
pub(super) fn encipher(key: &Secret<[u8; 32]>, index: AddressIndex) -> AddressTag {
    let (mut left, mut right) = halves(index.0.to_le_bytes());
    for i in 0..ROUNDS {
        (left, right) = (right, round(key, i, left, right));
    }
    AddressTag(join(left, right))
}

/// The index of a tag. Every 8 bytes are the tag of some index.
pub(super) fn decipher(key: &Secret<[u8; 32]>, tag: &AddressTag) -> AddressIndex {
    let (mut left, mut right) = halves(tag.0);
    for i in (0..ROUNDS).rev() {
        (left, right) = (round(key, i, right, left), left);
    }
    AddressIndex(u64::from_le_bytes(join(left, right)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_cipher_is_a_bijection(key in any::<[u8; 32]>(), index in any::<u64>(), tag in any::<[u8; 8]>()) {
            let key = Secret::new(key);
            prop_assert_eq!(decipher(&key, &encipher(&key, AddressIndex(index))), AddressIndex(index));
            prop_assert_eq!(encipher(&key, decipher(&key, &AddressTag(tag))), AddressTag(tag));
        }
    }

    #[test]
    fn neighbouring_indices_and_keys_give_unrelated_tags() {
        let (one, two) = (Secret::new([1; 32]), Secret::new([2; 32]));
        let tags = [
            encipher(&one, AddressIndex(0)),
            encipher(&one, AddressIndex(1)),
            encipher(&one, AddressIndex(1 << 32)),
            encipher(&one, AddressIndex(u64::MAX)),
            encipher(&two, AddressIndex(0)),
        ];
        for (i, tag) in tags.iter().enumerate() {
            assert!(tags[..i].iter().all(|other| other.0[..4] != tag.0[..4] && other.0[4..] != tag.0[4..]));
        }
    }
}
