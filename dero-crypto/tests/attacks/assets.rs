//! Protocol 9; attacks 1, 2, 6, 48, 49, 107, 121.

use dero_crypto::{
    DecodeError,
    asset::{AssetId, AssetRules, Descriptor, Issuer, KnownAssets},
    group::{
        Point,
        generators::{self, Generator},
    },
};
use proptest::prelude::*;

use super::{NET, context};

fn gold() -> Descriptor {
    Descriptor {
        issuer: Issuer::Key(generators::U.point().to_bytes()),
        ticker: b"GOLD".to_vec(),
        name: b"Gram of gold".to_vec(),
        decimals: 8,
        max_supply: Some(1_000),
        rules: AssetRules { burnable: true, ..AssetRules::default() },
        metadata: [5; 32],
    }
}

fn bytes(descriptor: &Descriptor) -> Vec<u8> {
    descriptor.to_bytes().expect("a valid descriptor")
}

/// `gold()` with one byte of its layout changed.
fn changed(place: usize, byte: u8) -> Result<Descriptor, DecodeError> {
    let mut bytes = bytes(&gold());
    bytes[place] = byte;
    Descriptor::from_bytes(&bytes)
}

// Layout of gold(): kind 0, issuer 1..33, length 33, ticker 34..38, length 38, name 39..51, decimals 51, has_max 52,
// max_supply 53..61, flags 61, metadata 62..94.

#[test]
fn equal_descriptors_and_look_alikes_are_different_assets() {
    let mut look_alike = gold();
    look_alike.ticker = b"G0LD".to_vec();
    let (real, fake) = (bytes(&gold()), bytes(&look_alike));
    let other_net = dero_crypto::NetworkId([43; 32]);
    let ids = [
        AssetId::derive(&NET, &real, &context(1), 0),
        AssetId::derive(&NET, &real, &context(1), 1),
        AssetId::derive(&NET, &real, &context(2), 0),
        AssetId::derive(&NET, &fake, &context(1), 0),
        AssetId::derive(&other_net, &real, &context(1), 0),
        AssetId::NATIVE,
    ];
    for (i, id) in ids.iter().enumerate() {
        assert!(ids[..i].iter().all(|other| other != id && other.generator() != id.generator()));
    }
}

#[test]
fn an_unknown_issuer_kind_is_refused() {
    for kind in [2, 3, 255] {
        let refused = DecodeError::Value { what: "descriptor issuer kind", found: kind.into() };
        assert_eq!(changed(0, kind), Err(refused));
    }
}

#[test]
fn an_issuer_key_that_is_no_point_or_the_identity_is_refused_in_its_own_step() {
    let mut zero = bytes(&gold());
    zero[1..33].fill(0);
    assert_eq!(Descriptor::from_bytes(&zero), Err(DecodeError::Identity { what: "descriptor issuer" }));
    let cut = Descriptor::cut(&zero).expect("only its key is wrong");
    assert_eq!(cut.issuer_key(), Err(DecodeError::Identity { what: "descriptor issuer" }));
    assert!(cut.to_bytes().is_err());

    let mut wrong = bytes(&gold());
    wrong[1..33].fill(0xff);
    assert_eq!(Descriptor::from_bytes(&wrong), Err(DecodeError::Point { what: "descriptor issuer" }));

    // A contract id is not a point and may be anything.
    zero[0] = 1;
    assert_eq!(Descriptor::from_bytes(&zero).map(|found| found.issuer), Ok(Issuer::Contract([0; 32])));
}

#[test]
fn each_limit_holds_at_its_value_and_not_above() {
    let longest = Descriptor {
        ticker: vec![b'!'; 12],
        name: vec![0xff; 64],
        decimals: 18,
        max_supply: Some(u64::MAX),
        ..gold()
    };
    assert_eq!(bytes(&longest).len(), Descriptor::MAX_LEN);
    assert_eq!(Descriptor::from_bytes(&bytes(&longest)), Ok(longest.clone()));
    let shortest = Descriptor { ticker: vec![], name: vec![], ..gold() };
    assert_eq!(bytes(&shortest).len(), Descriptor::MIN_LEN);
    assert_eq!(Descriptor::from_bytes(&bytes(&shortest)), Ok(shortest));

    for too_much in [
        Descriptor { ticker: vec![b'!'; 13], ..gold() },
        Descriptor { name: vec![b'n'; 65], ..gold() },
        Descriptor { decimals: 19, ..gold() },
    ] {
        assert!(matches!(too_much.to_bytes(), Err(DecodeError::Limit { .. })));
    }
    assert!(matches!(changed(33, 13), Err(DecodeError::Limit { what: "descriptor ticker length", .. })));
    assert!(matches!(changed(38, 65), Err(DecodeError::Limit { what: "descriptor name length", .. })));
    assert!(matches!(changed(51, 19), Err(DecodeError::Limit { what: "descriptor decimals", .. })));
}

#[test]
fn a_ticker_byte_that_does_not_print_is_refused() {
    for byte in 0..=255 {
        let found = changed(34, byte);
        if (0x21..=0x7e).contains(&byte) {
            assert!(found.is_ok());
        } else {
            let refused = DecodeError::Value { what: "descriptor ticker", found: byte.into() };
            assert_eq!(found, Err(refused));
        }
    }
}

#[test]
fn a_maximum_is_said_in_one_way_only() {
    assert_eq!(changed(52, 2), Err(DecodeError::Value { what: "descriptor has_max", found: 2 }));
    assert_eq!(changed(52, 0), Err(DecodeError::Value { what: "descriptor max_supply", found: 1_000 }));
    let nothing_ever = Descriptor { max_supply: Some(0), ..gold() };
    assert_eq!(Descriptor::from_bytes(&bytes(&nothing_ever)), Ok(nothing_ever));
}

#[test]
fn unknown_flags_and_a_hidden_supply_with_a_maximum_are_refused() {
    for bit in 3..8 {
        let refused = DecodeError::Value { what: "descriptor flags", found: 4 | 1 << bit };
        assert_eq!(changed(61, 4 | 1 << bit), Err(refused));
    }
    assert_eq!(changed(61, 1), Err(DecodeError::Value { what: "descriptor flags", found: 1 }));
    let hidden = AssetRules { hidden_supply: true, ..AssetRules::default() };
    assert!(Descriptor { rules: hidden, ..gold() }.to_bytes().is_err());
    assert!(Descriptor { rules: hidden, max_supply: None, ..gold() }.to_bytes().is_ok());
}

#[test]
fn missing_and_left_over_bytes_are_refused() {
    let whole = bytes(&gold());
    for length in 0..whole.len() {
        assert!(matches!(Descriptor::from_bytes(&whole[..length]), Err(DecodeError::Length { .. })), "{length}");
    }
    let longer = [whole, vec![0]].concat();
    assert!(matches!(Descriptor::from_bytes(&longer), Err(DecodeError::Length { .. })));
}

#[test]
fn the_native_asset_is_always_known_and_others_as_long_as_they_are_listed() {
    let gold = AssetId([7; 32]);
    assert!(AssetId::NATIVE.is_native() && !gold.is_native());
    let mut known = KnownAssets::native();
    assert_eq!(known.find(generators::A0.point().as_bytes()), Some(AssetId::NATIVE));
    assert_eq!(known.find(gold.generator().as_bytes()), None);
    known.insert(gold);
    assert_eq!(known.find(gold.generator().as_bytes()), Some(gold));
    known.remove(&gold);
    assert_eq!(known.find(gold.generator().as_bytes()), None);
    known.extend([gold]);
    assert_eq!(known.find(gold.generator().as_bytes()), Some(gold));
    let known: KnownAssets = [gold].into_iter().collect();
    assert_eq!(known.find(gold.generator().as_bytes()), Some(gold));
    assert_eq!(known.find(&[0; 32]), None);
}

fn system_generators() -> Vec<Point> {
    let named = [generators::G, generators::X, generators::Y, generators::U, generators::H, generators::V];
    let membership = (0..64).flat_map(|i| [generators::membership_p(i), generators::membership_q(i)]);
    let range = (0..1024).flat_map(|i| [generators::range_g(i), generators::range_h(i)]);
    named.into_iter().chain(membership).chain(range).map(Generator::point).collect()
}

#[test]
fn no_asset_stands_on_a_base_of_the_system() {
    let system = system_generators();
    for i in 0..=255u8 {
        let base = AssetId([i; 32]).generator();
        assert!(!system.contains(&base));
    }
}

proptest! {
    #[test]
    fn a_descriptor_that_is_read_is_written_as_the_same_bytes(
        start in prop::collection::vec(any::<u8>(), 0..160),
        tail in prop::collection::vec(any::<u8>(), 0..4),
    ) {
        // Random bytes after a valid beginning, so that some get past the first checks.
        for bytes in [start.clone(), [bytes(&gold()), tail].concat()] {
            if let Ok(descriptor) = Descriptor::from_bytes(&bytes) {
                prop_assert_eq!(descriptor.to_bytes(), Ok(bytes));
            }
        }
    }

    #[test]
    fn a_changed_byte_is_refused_or_another_descriptor(place in 0usize..94, byte in any::<u8>()) {
        if let Ok(found) = changed(place, byte) {
            let mut whole = bytes(&gold());
            whole[place] = byte;
            prop_assert_eq!(found.to_bytes(), Ok(whole));
        }
    }
}
