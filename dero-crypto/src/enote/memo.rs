//! Memos: an encrypted message to the recipient, of one size for all outputs of a transaction (protocol 4.4).
//!
//! ```text
//! key  = h_32("memo/key"; σ, Ko)
//! ct   = plaintext (M − 16 bytes) ⊕ h_{M−16}("memo/stream"; key)
//! tag  = h_16("memo/mac"; key, ct)                                memo = ct | tag, M bytes
//! plaintext = list of ( type u8 | length u16 | value ), types strictly ascending, and zeros
//! ```
//!
//! Every output has a memo of the transaction's class, used or not; an unused one is the encryption of the empty
//! list and looks like any other. A memo that does not open says nothing about the payment, which counts.

use alloc::{collections::BTreeMap, vec, vec::Vec};
use core::fmt;

use subtle::ConstantTimeEq;
use zeroize::Zeroize;

use super::EnoteSeed;
use crate::{error::DecodeError, group::domain, keys::Address, secret::Secret};

/// Bytes of the authentication tag.
const TAG: usize = 16;

/// The memo size of a transaction. It is public and the same for all outputs.
///
/// ```
/// use dero_crypto::enote::MemoClass;
/// assert_eq!((MemoClass::Small.bytes(), MemoClass::Small.capacity()), (64, 48));
/// assert_eq!(MemoClass::from_code(3), Ok(MemoClass::Large));
/// assert!(MemoClass::from_code(4).is_err());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MemoClass {
    /// Class 0: no memos.
    None,
    /// Class 1: 64 bytes, the ordinary one.
    #[default]
    Small,
    /// Class 2: 256 bytes.
    Medium,
    /// Class 3: 1024 bytes.
    Large,
}

impl MemoClass {
    /// All classes.
    pub const ALL: [Self; 4] = [Self::None, Self::Small, Self::Medium, Self::Large];

    /// M: bytes of each memo.
    #[must_use]
    pub const fn bytes(self) -> usize {
        match self {
            Self::None => 0,
            Self::Small => 64,
            Self::Medium => 256,
            Self::Large => 1024,
        }
    }

    /// Bytes of plaintext that fit.
    #[must_use]
    pub const fn capacity(self) -> usize {
        self.bytes().saturating_sub(TAG)
    }

    /// The byte in the Body.
    #[must_use]
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// Reads the byte in the Body.
    ///
    /// # Errors
    ///
    /// [`DecodeError::Value`] above 3.
    pub fn from_code(code: u8) -> Result<Self, DecodeError> {
        let unknown = DecodeError::Value { what: "memo class", found: code.into() };
        Self::ALL.get(usize::from(code)).copied().ok_or(unknown)
    }
}

/// Encrypts `plaintext`, filled up with zeros, for the enote with this seed and one-time key.
///
/// # Errors
///
/// [`MemoError::TooLong`] if it does not fit; class 0 holds nothing and seals to nothing.
pub fn seal_memo(
    seed: &EnoteSeed,
    one_time_key: &[u8; 32],
    class: MemoClass,
    plaintext: &[u8],
) -> Result<Vec<u8>, MemoError> {
    if plaintext.len() > class.capacity() {
        return Err(MemoError::TooLong { found: plaintext.len(), max: class.capacity() });
    }
    if class == MemoClass::None {
        return Ok(Vec::new());
    }
    let key = key(seed, one_time_key);
    let mut memo = vec![0; class.capacity()];
    memo[..plaintext.len()].copy_from_slice(plaintext);
    mask(&key, &mut memo);
    let tag = domain::MEMO_MAC.hash(&[key.expose(), &memo]);
    memo.extend(tag);
    Ok(memo)
}

/// Decrypts a memo: the plaintext and the zeros after it.
///
/// # Errors
///
/// [`MemoError::Length`] for a size that no class has, [`MemoError::Mac`] if the memo is not this enote's or was
/// changed. Nothing of it may be shown then.
pub fn open_memo(seed: &EnoteSeed, one_time_key: &[u8; 32], memo: &[u8]) -> Result<Secret<Vec<u8>>, MemoError> {
    let known = MemoClass::ALL.into_iter().any(|class| class.bytes() == memo.len());
    let (ct, tag) = match memo.split_last_chunk::<TAG>() {
        Some(parts) if known => parts,
        _ => return Err(MemoError::Length { found: memo.len() }),
    };
    let key = key(seed, one_time_key);
    if bool::from(!domain::MEMO_MAC.hash(&[key.expose(), ct]).ct_eq(tag)) {
        return Err(MemoError::Mac);
    }
    let mut plaintext = ct.to_vec();
    mask(&key, &mut plaintext);
    Ok(Secret::new(plaintext))
}

fn key(seed: &EnoteSeed, one_time_key: &[u8; 32]) -> Secret<[u8; 32]> {
    Secret::new(domain::MEMO_KEY.hash(&[seed.expose(), one_time_key]))
}

fn mask(key: &Secret<[u8; 32]>, text: &mut [u8]) {
    let mut stream = vec![0; text.len()];
    domain::MEMO_STREAM.fill(&[key.expose()], &mut stream);
    for (byte, pad) in text.iter_mut().zip(&stream) {
        *byte ^= pad;
    }
    stream.zeroize();
}

/// The entries of a memo, by type.
///
/// ```
/// use dero_crypto::enote::{EnoteSeed, MemoClass, MemoEntries, open_memo, seal_memo};
/// let (seed, one_time_key) = (EnoteSeed::from_bytes([1; 16]), [2; 32]);
///
/// let mut entries = MemoEntries::new();
/// entries.set_text("for the coffee");
/// let memo = seal_memo(&seed, &one_time_key, MemoClass::Small, entries.to_bytes()?.expose())?;
/// assert_eq!(memo.len(), 64);
///
/// let plaintext = open_memo(&seed, &one_time_key, &memo)?;
/// assert_eq!(MemoEntries::read(plaintext.expose()).text(), Some("for the coffee"));
/// # Ok::<(), dero_crypto::enote::MemoError>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct MemoEntries(BTreeMap<u8, Vec<u8>>);

impl MemoEntries {
    /// Type 1: a payment id, 8 bytes.
    pub const PAYMENT_ID: u8 = 1;
    /// Type 2: text, UTF-8.
    pub const TEXT: u8 = 2;
    /// Type 3: an address to reply to, 137 bytes.
    pub const REPLY_ADDRESS: u8 = 3;
    /// Type 4: data for a contract.
    pub const CONTRACT_DATA: u8 = 4;
    /// Type 5: a receipt hash, 32 bytes.
    pub const RECEIPT: u8 = 5;

    /// No entries: an unused memo.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads entries. Never fails: reading stops at type 0, and at the first entry that is out of order, there
    /// twice or cut off; what came before stands.
    #[must_use]
    pub fn read(mut plaintext: &[u8]) -> Self {
        let mut entries = BTreeMap::new();
        let mut last = 0;
        while let [kind, low, high, rest @ ..] = plaintext {
            let length = usize::from(u16::from_le_bytes([*low, *high]));
            let Some((value, rest)) = rest.split_at_checked(length) else { break };
            // Type 0 is never above the last one.
            if *kind <= last {
                break;
            }
            entries.insert(*kind, value.to_vec());
            (last, plaintext) = (*kind, rest);
        }
        Self(entries)
    }

    /// The plaintext.
    ///
    /// # Errors
    ///
    /// [`MemoError::TooLong`] if the values do not fit into any memo, [`MemoError::Type`] for type 0.
    pub fn to_bytes(&self) -> Result<Secret<Vec<u8>>, MemoError> {
        if self.0.contains_key(&0) {
            return Err(MemoError::Type);
        }
        let max = MemoClass::Large.capacity();
        let found: usize = self.0.values().map(|value| 3 + value.len()).sum();
        if found > max {
            return Err(MemoError::TooLong { found, max });
        }
        // All at once: a vector that grows leaves copies behind.
        let mut out = Vec::with_capacity(found);
        for (kind, value) in &self.0 {
            out.push(*kind);
            out.extend((value.len() as u16).to_le_bytes());
            out.extend(value);
        }
        Ok(Secret::new(out))
    }

    /// The value of a type, known or not.
    #[must_use]
    pub fn get(&self, kind: u8) -> Option<&[u8]> {
        self.0.get(&kind).map(Vec::as_slice)
    }

    /// Sets the value of a type.
    pub fn set(&mut self, kind: u8, value: &[u8]) {
        self.0.insert(kind, value.to_vec()).zeroize();
    }

    /// All types and values, ascending.
    pub fn iter(&self) -> impl Iterator<Item = (u8, &[u8])> {
        self.0.iter().map(|(kind, value)| (*kind, value.as_slice()))
    }

    /// True for an unused memo.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The payment id, if there is one of 8 bytes.
    #[must_use]
    pub fn payment_id(&self) -> Option<[u8; 8]> {
        self.get(Self::PAYMENT_ID)?.try_into().ok()
    }

    /// Sets the payment id.
    pub fn set_payment_id(&mut self, id: [u8; 8]) {
        self.set(Self::PAYMENT_ID, &id);
    }

    /// The text, if there is one and it is UTF-8.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        core::str::from_utf8(self.get(Self::TEXT)?).ok()
    }

    /// Sets the text.
    pub fn set_text(&mut self, text: &str) {
        self.set(Self::TEXT, text.as_bytes());
    }

    /// The address to reply to, if there is a valid one. Anybody can write any address here.
    #[must_use]
    pub fn reply_address(&self) -> Option<Address> {
        Address::from_bytes(self.get(Self::REPLY_ADDRESS)?).ok()
    }

    /// Sets the address to reply to.
    pub fn set_reply_address(&mut self, address: &Address) {
        self.set(Self::REPLY_ADDRESS, &address.to_bytes());
    }
}

impl Drop for MemoEntries {
    fn drop(&mut self) {
        self.0.values_mut().for_each(Zeroize::zeroize);
    }
}

impl fmt::Debug for MemoEntries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MemoEntries(..)")
    }
}

/// Why a memo cannot be written or read.
///
/// ```
/// use dero_crypto::enote::{EnoteSeed, MemoClass, MemoError, open_memo, seal_memo};
/// let seed = EnoteSeed::from_bytes([1; 16]);
/// let mut memo = seal_memo(&seed, &[2; 32], MemoClass::Small, b"thanks")?;
/// assert_eq!(&open_memo(&seed, &[2; 32], &memo)?.expose()[..6], b"thanks");
/// memo[0] ^= 1;
/// assert!(matches!(open_memo(&seed, &[2; 32], &memo), Err(MemoError::Mac)));
/// # Ok::<(), MemoError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MemoError {
    /// More plaintext than fits.
    #[error("{found} bytes of plaintext, at most {max} fit")]
    TooLong {
        /// Bytes to write.
        found: usize,
        /// Bytes that fit.
        max: usize,
    },
    /// Type 0 ends the list and holds no value.
    #[error("type 0 holds no value")]
    Type,
    /// A memo of no class.
    #[error("a memo of {found} bytes, expected 64, 256 or 1024")]
    Length {
        /// Its bytes.
        found: usize,
    },
    /// The authentication tag does not fit.
    #[error("not the memo of this enote, or changed")]
    Mac,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn entries(list: &[(u8, &[u8])]) -> Vec<u8> {
        let mut out = Vec::new();
        for (kind, value) in list {
            out.push(*kind);
            out.extend((value.len() as u16).to_le_bytes());
            out.extend(*value);
        }
        out
    }

    fn kinds(plaintext: &[u8]) -> Vec<u8> {
        MemoEntries::read(plaintext).iter().map(|(kind, _)| kind).collect()
    }

    #[test]
    fn reading_stops_at_an_entry_out_of_order_or_there_twice() {
        assert_eq!(kinds(&entries(&[(1, &[0; 8]), (4, b"x"), (2, b"late"), (5, &[0; 32])])), [1, 4]);
        assert_eq!(kinds(&entries(&[(2, b"a"), (2, b"b")])), [2]);
        assert_eq!(MemoEntries::read(&entries(&[(2, b"a"), (2, b"b")])).text(), Some("a"));
    }

    #[test]
    fn reading_stops_at_an_entry_that_is_cut_off() {
        let list = entries(&[(1, &[7; 8]), (2, b"text")]);
        for length in 11..list.len() {
            assert_eq!(kinds(&list[..length]), [1], "{length}");
        }
        assert_eq!(kinds(&list), [1, 2]);
    }

    #[test]
    fn type_0_ends_the_list() {
        assert_eq!(kinds(&entries(&[(2, b"a"), (0, b""), (3, b"b")])), [2]);
        assert_eq!(kinds(&[0; 48]), []);
        assert_eq!(kinds(&[]), []);
    }

    #[test]
    fn an_unknown_type_is_kept_and_skipped() {
        let read = MemoEntries::read(&entries(&[(1, &[7; 8]), (200, b"new"), (255, b"")]));
        assert_eq!((read.payment_id(), read.text()), (Some([7; 8]), None));
        assert_eq!(read.get(200), Some(&b"new"[..]));
    }

    #[test]
    fn values_of_a_wrong_form_are_not_shown() {
        let read = MemoEntries::read(&entries(&[(1, &[7; 7]), (2, &[0xff]), (3, &[1; 137])]));
        assert_eq!((read.payment_id(), read.text(), read.reply_address()), (None, None, None));
    }

    #[test]
    fn a_reply_address_is_the_payload_of_an_address() {
        use crate::{
            keys::{AddressIndex, MasterSecret},
            network::NetworkKind,
        };
        let address = MasterSecret::from_bytes([9; 32]).audit_key().address_key().address(AddressIndex(3));
        let mut written = MemoEntries::new();
        written.set_reply_address(&address);
        let plaintext = written.to_bytes().expect("fits");
        let plaintext = plaintext.expose();
        assert_eq!(plaintext[..3], [3, 137, 0]);
        assert_eq!(plaintext[3..], address.to_bytes());
        assert_eq!(MemoEntries::read(plaintext).reply_address(), Some(address));
        assert!(plaintext.len() <= MemoClass::Medium.capacity());
        // Neither the text nor another kind nor a byte more is shown; what stands beside it is.
        let text = address.to_text(NetworkKind::Main);
        let mut kind = address.to_bytes();
        kind[0] = 2;
        let longer = [&address.to_bytes()[..], &[0]].concat();
        for value in [text.as_bytes(), &kind, &longer, &[]] {
            let read = MemoEntries::read(&entries(&[(1, &[7; 8]), (3, value)]));
            assert_eq!((read.payment_id(), read.reply_address()), (Some([7; 8]), None));
        }
    }

    #[test]
    fn what_does_not_fit_is_not_sealed() {
        let seed = EnoteSeed::from_bytes([1; 16]);
        for class in MemoClass::ALL {
            assert_eq!(MemoClass::from_code(class.code()), Ok(class));
            let full = vec![1; class.capacity()];
            assert_eq!(seal_memo(&seed, &[2; 32], class, &full).expect("fits").len(), class.bytes());
            let more = vec![1; class.capacity() + 1];
            assert!(matches!(seal_memo(&seed, &[2; 32], class, &more), Err(MemoError::TooLong { .. })));
        }
        assert!(MemoClass::from_code(4).is_err());
        let mut entries = MemoEntries::new();
        entries.set(0, b"");
        assert!(matches!(entries.to_bytes(), Err(MemoError::Type)));
        let mut entries = MemoEntries::new();
        entries.set(1, &[0; 1006]);
        assert!(matches!(entries.to_bytes(), Err(MemoError::TooLong { .. })));
        entries.set(1, &[0; 1005]);
        assert_eq!(entries.to_bytes().expect("fits").expose().len(), MemoClass::Large.capacity());
    }

    #[test]
    fn what_is_set_is_what_is_read() {
        let mut entries = MemoEntries::new();
        assert!(entries.is_empty());
        assert_eq!((entries.payment_id(), entries.text(), entries.reply_address()), (None, None, None));
        entries.set_payment_id([7; 8]);
        assert!(!entries.is_empty());
        entries.set_text("for the coffee");
        entries.set(MemoEntries::RECEIPT, &[5; 32]);
        let read = MemoEntries::read(entries.to_bytes().expect("fits").expose());
        assert_eq!((read.payment_id(), read.text()), (Some([7; 8]), Some("for the coffee")));
        assert_eq!(read.iter().map(|(kind, _)| kind).collect::<Vec<_>>(), [1, 2, 5]);
        assert_eq!(read.get(MemoEntries::RECEIPT), Some(&[5; 32][..]));
    }

    #[test]
    fn a_memo_of_another_enote_or_changed_does_not_open() {
        let (seed, key) = (EnoteSeed::from_bytes([1; 16]), [2; 32]);
        let memo = seal_memo(&seed, &key, MemoClass::Small, b"").expect("fits");
        assert_eq!(*open_memo(&seed, &key, &memo).expect("its memo").expose(), vec![0; 48]);
        assert!(matches!(open_memo(&EnoteSeed::from_bytes([3; 16]), &key, &memo), Err(MemoError::Mac)));
        assert!(matches!(open_memo(&seed, &[3; 32], &memo), Err(MemoError::Mac)));
        for place in 0..memo.len() {
            let mut changed = memo.clone();
            changed[place] ^= 1;
            assert!(matches!(open_memo(&seed, &key, &changed), Err(MemoError::Mac)), "byte {place}");
        }
        for length in [0, 15, 16, 63, 65, 255, 1025] {
            assert!(matches!(open_memo(&seed, &key, &vec![0; length]), Err(MemoError::Length { .. })));
        }
    }

    proptest! {
        #[test]
        fn entries_come_back(list in prop::collection::btree_map(1u8.., prop::collection::vec(any::<u8>(), 0..40), 0..8)) {
            let entries = MemoEntries(list);
            let mut plaintext = entries.to_bytes().expect("short enough");
            prop_assert_eq!(&MemoEntries::read(plaintext.expose()), &entries);
            plaintext.expose_mut().extend([0; 5]);
            prop_assert_eq!(MemoEntries::read(plaintext.expose()), entries);
        }

        #[test]
        fn reading_never_panics(plaintext in prop::collection::vec(any::<u8>(), 0..80)) {
            let _ = MemoEntries::read(&plaintext).to_bytes();
        }
    }
}
