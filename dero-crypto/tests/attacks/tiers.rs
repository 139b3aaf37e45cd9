//! Protocol 2; attacks 1, 2, 81. That a tier has no method for what it must not do is shown by the documentation
//! tests of `dero_crypto::keys`, which must not compile.

use dero_crypto::{
    DecodeError,
    asset::KnownAssets,
    enote::{Findable, SelfSend, SelfTag},
    group::{
        Point,
        generators::{X, Y},
    },
    keys::{AddressIndex, AddressKey, AuditKey, FindKey, LinkingTag, MasterSecret, SpendKey, ViewReceivedKey},
};

use super::{NET, address, context, draft, received, seed, wallet};

#[test]
fn each_tier_sees_its_share_and_no_more() {
    let (keys, bundle, known) = (wallet(1), context(1), KnownAssets::native());
    let paid = draft(&bundle, &seed(1)).external(&NET, &address(&keys, 0)).enote;
    let change = draft(&bundle, &seed(2)).self_send(&keys, AddressIndex(0), SelfSend::Change, SelfTag::Find).enote;
    let (decoded_paid, decoded_change) = (paid.decode().expect("points"), change.decode().expect("points"));

    // View-received: receipts only.
    let viewer = ViewReceivedKey::from_bytes(keys.view_received().to_bytes().expose()).expect("a key");
    assert!(viewer.recognise(&NET, &bundle, &decoded_paid, &known).is_ok());
    assert!(viewer.recognise(&NET, &bundle, &decoded_change, &known).is_err());
    // View-balance: both.
    for enote in [&decoded_paid, &decoded_change] {
        let found = keys.recognise(&NET, &bundle, enote, &known).expect("own");
        assert!(keys.one_time_view(&found).is_ok());
    }
    // Find: receipts with k_f; own transactions only with s_fs.
    let find = FindKey::from_bytes(keys.view_received().find_key().to_bytes().expose()).expect("a key");
    let find_self = FindKey::from_bytes(keys.find_key_with_self().to_bytes().expose()).expect("a key");
    let [paid, change] = [&paid, &change].map(|enote| Findable::new(&bundle, enote));
    assert!(find.find(&NET, &paid).external && !find.find(&NET, &change).self_send);
    assert!(find_self.find(&NET, &paid).external && find_self.find(&NET, &change).self_send);
    // Generate-address: the wallet's addresses.
    let shop = AddressKey::from_bytes(keys.address_key().to_bytes().expose()).expect("a key");
    for index in [0, 5, u64::MAX] {
        assert_eq!(shop.address(AddressIndex(index)), address(&keys, index));
        assert_eq!(shop.recognise(&address(&keys, index)), Some(AddressIndex(index)));
    }
}

#[test]
fn the_spend_key_completes_what_the_audit_key_sees() {
    let master = MasterSecret::from_bytes([1; 32]);
    let (spend, keys, bundle) = (master.spend_key(), master.audit_key(), context(1));
    let enote = draft(&bundle, &seed(1)).external(&NET, &address(&keys, 0)).enote;
    let found = received(&keys, &bundle, &enote).expect("own");
    let view = keys.one_time_view(&found).expect("a tag");
    let y = spend.one_time(found.extension_y());

    let one_time_key = X.element() * view.image_part().expose() + Y.element() * y.expose();
    assert_eq!(Point::encode(one_time_key, "Ko").expect("a point").to_bytes(), enote.one_time_key);
    assert_eq!(LinkingTag::from_full(view.image_part(), &y).as_ref(), Ok(view.tag()));
    assert_eq!(Y.element() * y.expose(), *view.spend_part().element());
}

#[test]
fn a_multisig_wallet_starts_at_the_audit_key() {
    let spend = MasterSecret::from_bytes([1; 32]).spend_key();
    let again = SpendKey::from_bytes(spend.expose().expose().as_bytes()).expect("a key");
    assert_eq!(spend.public(), again.public());
    let one = wallet(1);
    let group = AuditKey::from_bytes(one.to_bytes().expose()).expect("a key");
    assert_eq!(address(&one, 7), address(&group, 7));
}

#[test]
fn the_image_key_is_bound_to_the_spend_key() {
    // Another Y_s beside the same s_vb is another wallet: no audit key fits two spend keys.
    let mut bytes = *wallet(1).to_bytes().expose();
    bytes[32..].copy_from_slice(wallet(2).spend_public().as_bytes());
    let other = AuditKey::from_bytes(&bytes).expect("a key");
    assert_ne!(other.image_key().expose(), wallet(1).image_key().expose());
    assert_ne!(address(&other, 0).spend_key(), address(&wallet(1), 0).spend_key());
}

#[test]
fn keys_of_a_wrong_length_or_with_a_bad_part_are_refused() {
    let keys = wallet(1);
    let audit = keys.to_bytes().expose().to_vec();
    let viewer = keys.view_received().to_bytes().expose().to_vec();
    let find = keys.find_key_with_self().to_bytes().expose().clone();
    let shop = keys.address_key().to_bytes().expose().to_vec();
    type Read = fn(&[u8]) -> Result<(), DecodeError>;
    type Points = &'static [(usize, &'static str)];
    let tiers: [(&[u8], Read, Points); 4] = [
        (&audit, |bytes| AuditKey::from_bytes(bytes).map(drop), &[(32, "Y_s")]),
        (&viewer, |bytes| ViewReceivedKey::from_bytes(bytes).map(drop), &[(64, "K_s")]),
        (&find, |bytes| FindKey::from_bytes(bytes).map(drop), &[]),
        (&shop, |bytes| AddressKey::from_bytes(bytes).map(drop), &[(32, "K_s"), (64, "F"), (96, "R")]),
    ];
    for (bytes, read, points) in tiers {
        assert_eq!(read(bytes), Ok(()));
        assert!(matches!(read(&bytes[1..]), Err(DecodeError::Length { .. } | DecodeError::Scalar { .. })));
        assert!(matches!(read(&[bytes, &[0]].concat()), Err(DecodeError::Length { .. })));
        assert!(matches!(read(&[]), Err(DecodeError::Length { .. })));
        for &(place, what) in points {
            let mut bad = bytes.to_vec();
            bad[place..place + 32].fill(0);
            assert!(matches!(read(&bad), Err(DecodeError::Identity { what: found }) if found == what));
            bad[place..place + 32].fill(0xff);
            assert!(matches!(read(&bad), Err(DecodeError::Point { what: found }) if found == what));
        }
    }
    // A zero or oversized scalar.
    for (bytes, read, _) in [tiers[1], tiers[2]] {
        let mut bad = bytes.to_vec();
        bad[..32].fill(0);
        assert!(matches!(read(&bad), Err(DecodeError::Identity { .. })));
        bad[..32].fill(0xff);
        assert!(matches!(read(&bad), Err(DecodeError::Scalar { .. })));
    }
    assert!(matches!(SpendKey::from_bytes(&[0; 32]), Err(DecodeError::Identity { .. })));
    assert!(matches!(SpendKey::from_bytes(&[0xff; 32]), Err(DecodeError::Scalar { .. })));
    // k_f | s_fs cut in the middle.
    assert!(FindKey::from_bytes(&find[..32]).is_ok());
    assert!(matches!(FindKey::from_bytes(&find[..63]), Err(DecodeError::Length { .. })));
}
