//! What a wallet hands on: its tiers, texts in base32, small codes, entries of the list.

use dero_crypto::{
    base32,
    enote::{EnoteKind, MemoClass},
    keys::{AddressIndex, AddressKey, AuditKey, FindKey, SpendKey, ViewReceivedKey},
    membership::{MEMBER_BYTES, Member, SetParameters},
    network::NetworkKind,
};

/// The same bytes as every kind of key, as text, as codes, as an entry.
pub fn keys(bytes: &[u8]) {
    if let Ok(key) = AuditKey::from_bytes(bytes) {
        assert_eq!(key.to_bytes().expose().as_slice(), bytes);
        recognises_its_own(key.address_key());
    }
    if let Ok(key) = ViewReceivedKey::from_bytes(bytes) {
        assert_eq!(key.to_bytes().expose().as_slice(), bytes);
        recognises_its_own(key.address_key());
    }
    if let Ok(key) = AddressKey::from_bytes(bytes) {
        assert_eq!(key.to_bytes().expose().as_slice(), bytes);
        recognises_its_own(&key);
    }
    if let Ok(key) = FindKey::from_bytes(bytes) {
        assert_eq!(key.to_bytes().expose().as_slice(), bytes);
    }
    if let Ok(bytes) = <&[u8; 32]>::try_from(bytes)
        && let Ok(key) = SpendKey::from_bytes(bytes)
    {
        assert_eq!(key.expose().expose().as_bytes(), bytes);
    }
    if let Ok(entry) = <&[u8; MEMBER_BYTES]>::try_from(bytes)
        && let Ok(member) = Member::decode(entry)
    {
        assert_eq!(member.components().map(|part| part.compress().to_bytes()).concat(), bytes);
    }
    if let Ok(text) = core::str::from_utf8(bytes)
        && let Ok(read) = base32::decode(text)
    {
        assert_eq!(base32::encode(&read), text);
    }
    if let Ok(text) = core::str::from_utf8(bytes)
        && let Some(kind) = NetworkKind::from_prefix(text)
    {
        assert_eq!(kind.prefix(), text);
    }
    if let [code] = *bytes {
        assert!(EnoteKind::from_code(code).is_ok_and(|kind| kind.code() == code) || code > 2);
        assert!(MemoClass::from_code(code).is_ok_and(|class| class.code() == code) || code > 3);
    }
    if let [n, m] = *bytes
        && let Ok(parameters) = SetParameters::new(n.into(), m.into())
    {
        assert_eq!(parameters.size(), u64::from(n).pow(m.into()));
    }
}

fn recognises_its_own(key: &AddressKey) {
    let index = AddressIndex(3);
    assert_eq!(key.recognise(&key.address(index)), Some(index));
}
