//! Protocol 3; attacks 3, 86, 87, 157.

use dero_crypto::{
    DecodeError, base32,
    group::{Point, domain, generators::U},
    keys::{Address, AddressError, AddressIndex},
    network::NetworkKind::{self, Dev, Main, Test},
};
use proptest::prelude::*;

use super::{address, wallet};

fn text() -> String {
    address(&wallet(1), 0).to_text(Test)
}

const DIGITS: &str = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";

#[test]
fn every_changed_character_is_refused() {
    let text = text();
    let separator = text.find('1').expect("a separator");
    for (place, old) in text.char_indices() {
        for new in DIGITS.chars().chain(['1', 'b', 'i', 'o', ' ', 'é']).filter(|new| *new != old) {
            let mut changed: Vec<char> = text.chars().collect();
            changed[place] = new;
            let changed: String = changed.into_iter().collect();
            let error = Address::from_text(&changed, Test).expect_err(&changed);
            let cause = match (place.cmp(&separator), new) {
                // In the prefix or on the separator: another network, or the text is cut elsewhere.
                (core::cmp::Ordering::Less | core::cmp::Ordering::Equal, _) => {
                    matches!(
                        error,
                        AddressError::Network { .. } | AddressError::Length { .. } | AddressError::Separator
                    )
                }
                (_, '1' | 'b' | 'i' | 'o' | ' ' | 'é') => {
                    error == AddressError::Character { position: place, found: new }
                }
                _ => error == AddressError::Check,
            };
            assert!(cause, "{changed}: {error}");
        }
    }
}

#[test]
fn two_exchanged_characters_are_refused() {
    let text: Vec<char> = text().chars().collect();
    for place in 7..text.len() - 1 {
        if text[place] == text[place + 1] {
            continue;
        }
        let mut changed = text.clone();
        changed.swap(place, place + 1);
        assert_eq!(Address::from_text(&changed.iter().collect::<String>(), Test), Err(AddressError::Check));
    }
}

#[test]
fn a_character_more_or_fewer_is_refused() {
    let text = text();
    for place in 6..=text.len() {
        let mut longer = text.clone();
        longer.insert(place, 'q');
        assert_eq!(Address::from_text(&longer, Test), Err(AddressError::Length { found: 233 }));
    }
    for place in 6..text.len() {
        let mut shorter = text.clone();
        shorter.remove(place);
        assert_eq!(Address::from_text(&shorter, Test), Err(AddressError::Length { found: 231 }));
    }
    assert_eq!(Address::from_text("", Test), Err(AddressError::Separator));
    assert_eq!(Address::from_text("derot1", Test), Err(AddressError::Length { found: 0 }));
}

#[test]
fn an_address_is_of_one_network() {
    let mine = address(&wallet(1), 0);
    for made in NetworkKind::ALL {
        for asked in NetworkKind::ALL {
            let found = Address::from_text(&mine.to_text(made), asked);
            if made == asked {
                assert_eq!(found, Ok(mine));
            } else {
                assert_eq!(found, Err(AddressError::Network { expected: asked, found: Some(made) }));
            }
            // The prefix is part of the check value, so it cannot be exchanged.
            let text = mine.to_text(made);
            let (_, rest) = text.split_once('1').expect("a separator");
            let exchanged = format!("{}1{rest}", asked.prefix());
            assert_eq!(Address::from_text(&exchanged, asked).is_ok(), made == asked);
        }
    }
    let foreign = format!("bc1{}", &text()[6..]);
    assert_eq!(Address::from_text(&foreign, Main), Err(AddressError::Network { expected: Main, found: None }));
}

#[test]
fn all_upper_case_is_accepted_and_mixed_case_is_not() {
    let text = text();
    assert_eq!(Address::from_text(&text.to_ascii_uppercase(), Test), Address::from_text(&text, Test));
    for (place, letter) in text.char_indices().filter(|(_, c)| c.is_ascii_lowercase()) {
        let mut mixed = text.clone();
        mixed.replace_range(place..=place, &letter.to_ascii_uppercase().to_string());
        assert_eq!(Address::from_text(&mixed, Test), Err(AddressError::MixedCase));
    }
}

#[test]
fn a_letter_that_folds_to_an_ascii_one_is_refused() {
    let text = (0..).map(|j| address(&wallet(1), j).to_text(Test)).find(|text| text.contains('k')).expect("a k");
    let place = text.find('k').expect("a k");
    // U+212A, the Kelvin sign, has k as its lower case.
    let kelvin = text.replacen('k', "\u{212a}", 1);
    assert_eq!(kelvin.to_lowercase(), text);
    let refused = Err(AddressError::Character { position: place, found: '\u{212a}' });
    assert_eq!(Address::from_text(&kelvin, Test), refused);
    assert_eq!(Address::from_text(&text.to_ascii_uppercase().replacen('K', "\u{212a}", 1), Test), refused);
}

#[test]
fn another_kind_or_an_identity_part_is_refused() {
    let bytes = address(&wallet(1), 0).to_bytes();
    for kind in (0..=255).filter(|kind| *kind != 1) {
        let mut changed = bytes;
        changed[0] = kind;
        let refused = DecodeError::Value { what: "address kind", found: kind.into() };
        assert_eq!(Address::from_bytes(&changed), Err(refused));
    }
    for (i, what) in ["address K", "address B", "address F", "address R"].into_iter().enumerate() {
        let part = 1 + 32 * i..33 + 32 * i;
        let mut changed = bytes;
        changed[part.clone()].fill(0);
        assert_eq!(Address::from_bytes(&changed), Err(DecodeError::Identity { what }));
        changed[part.clone()].fill(0xff);
        assert_eq!(Address::from_bytes(&changed), Err(DecodeError::Point { what }));
    }
    for length in [0, 136, 138] {
        let refused = DecodeError::Length { what: "address", expected: 137, found: length };
        assert_eq!(Address::from_bytes(&vec![1; length]), Err(refused));
    }
}

#[test]
fn the_checks_of_an_address_come_in_their_order() {
    let text = |prefix: &str, payload: &[u8; 137]| {
        let check: [u8; 8] = domain::ADDRESS_CHECK.hash(&[prefix.as_bytes(), payload]);
        format!("{prefix}1{}", base32::encode(&[&payload[..], &check].concat()))
    };
    let refused = |text: &str| Address::from_text(text, Test).expect_err(text);
    let good = address(&wallet(1), 0).to_bytes();
    assert!(Address::from_text(&text("derot", &good), Test).is_ok());
    // Everything is wrong, and each step takes the first fault away.
    let mut bad = [0; 137];
    bad[0] = 7;
    assert_eq!(refused("Boo"), AddressError::MixedCase);
    assert_eq!(refused("boo"), AddressError::Separator);
    assert_eq!(refused("bc1boo1"), AddressError::Length { found: 4 });
    let foreign = text("bc", &bad).replace('q', "b");
    assert_eq!(refused(&foreign), AddressError::Network { expected: Test, found: None });
    let characters = format!("derot1{}", &foreign[3..]);
    assert_eq!(refused(&characters), AddressError::Character { position: 6, found: 'b' });
    let check = text("derot", &bad).replace("1q", "1p");
    assert_eq!(refused(&check), AddressError::Check);
    let kind = DecodeError::Value { what: "address kind", found: 7 };
    assert_eq!(refused(&text("derot", &bad)), AddressError::Payload(kind));
    bad[0] = 1;
    let point = DecodeError::Identity { what: "address K" };
    assert_eq!(refused(&text("derot", &bad)), AddressError::Payload(point));
}

#[test]
fn no_small_order_encoding_of_the_curve_is_a_point() {
    let eight = [
        "0100000000000000000000000000000000000000000000000000000000000000",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    ];
    for text in eight {
        let bytes: [u8; 32] = hex::decode(text).expect("hex").try_into().expect("32 bytes");
        assert!(Point::decode(&bytes, "point").is_err(), "{text}");
    }
}

#[test]
fn a_find_key_links_the_published_addresses_of_its_wallet() {
    let (mine, other) = (wallet(1), wallet(2));
    let key = mine.view_received().find_key();
    for j in [0, 1, 1 << 32, u64::MAX] {
        assert!(key.owns(&address(&mine, j)));
        assert!(!key.owns(&address(&other, j)));
    }
}

#[test]
fn an_address_with_one_foreign_part_is_not_recognised() {
    let (mine, other) = (wallet(1), wallet(2));
    let (one, foreign) = (address(&mine, 7), address(&other, 7));
    let second = address(&mine, 8);
    assert_eq!(mine.address_key().recognise(&one), Some(AddressIndex(7)));
    assert_eq!(other.address_key().recognise(&one), None);
    for strange in [foreign, second] {
        for mask in 1..31u8 {
            let part = |bit: u8| if mask >> bit & 1 == 1 { &strange } else { &one };
            let mixed = Address::new(
                *part(0).spend_key(),
                *part(1).base(),
                *part(2).find_key(),
                *part(3).receive_key(),
                *part(4).tag(),
            );
            assert_eq!(mine.address_key().recognise(&mixed), None, "{mask:05b}");
        }
    }
    let shifted = Point::encode(one.spend_key().element() + U.element(), "K").expect("a point");
    let shifted = Address::new(shifted, *one.base(), *one.find_key(), *one.receive_key(), *one.tag());
    assert_eq!(mine.address_key().recognise(&shifted), None);
}

#[test]
fn an_index_is_an_account_and_an_address() {
    let index = AddressIndex::new(3, 4);
    assert_eq!((index.0, index.account(), index.address()), (3 << 32 | 4, 3, 4));
    assert_eq!(AddressIndex::new(u32::MAX, u32::MAX), AddressIndex(u64::MAX));
    assert_eq!(index.to_string(), "3/4");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn text_and_bytes_come_back(seed in any::<u8>(), index in any::<u64>()) {
        let keys = wallet(seed);
        let mine = address(&keys, index);
        prop_assert_eq!(Address::from_bytes(&mine.to_bytes()), Ok(mine));
        prop_assert_eq!(Address::from_text(&mine.to_text(Dev), Dev), Ok(mine));
        prop_assert_eq!(keys.address_key().recognise(&mine), Some(AddressIndex(index)));
    }

    #[test]
    fn reading_text_never_panics(text in "\\PC{0,300}") {
        let _ = Address::from_text(&text, Main);
    }
}
