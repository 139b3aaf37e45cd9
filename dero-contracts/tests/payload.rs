//! Every count, order, length, mode, owner and class of 12.7.1 at its limit and beyond.

use dero_contracts::{Access, Args, Call, Claim, Deploy, Entry, GasClass, Head, Mode, Payload, PayloadError};
use dero_crypto::DecodeError;
use proptest::prelude::*;

const CONTRACT: [u8; 32] = [7; 32];

fn head() -> Head {
    Head::new(CONTRACT, Entry::named("vote"), GasClass::new(20).expect("a class"))
}

fn key(i: u8) -> [u8; 32] {
    let mut key = [0; 32];
    key[0] = i;
    key
}

fn access(mode: Mode, owner: u8, i: u8) -> Access {
    Access { mode, owner, key: key(i) }
}

fn bytes(head: Head) -> Vec<u8> {
    Payload::Call(Call { head, proofs: vec![] }).encode()
}

fn refused(bytes: &[u8]) -> PayloadError {
    Payload::decode(bytes).expect_err("refused")
}

#[test]
fn a_head_with_every_list_at_its_limit_survives_the_round_trip() {
    let callees: Vec<_> = (20..28).map(key).collect();
    let footprint: Vec<_> = (0..64).map(|i| access(Mode::Write, i % 9, i)).collect();
    let accepts: Vec<_> = (0..8).map(key).collect();
    let claims = vec![Claim::new(0, vec![1; 32]).expect("a claim"); 32];
    let full = head()
        .with_callees(callees)
        .and_then(|head| head.with_footprint(footprint))
        .and_then(|head| head.with_accepts(accepts))
        .and_then(|head| head.with_claims(claims))
        .and_then(|head| head.with_args(&[1; 4097]))
        .expect("within the limits");
    let payload = Payload::Call(Call { head: full, proofs: vec![9; 100] });
    let encoded = payload.encode();
    assert_eq!(Payload::decode(&encoded), Ok(payload));
}

#[test]
fn one_more_than_a_limit_is_refused() {
    assert!(head().with_callees((20..29).map(key).collect()).is_err());
    assert!(head().with_footprint((0..65).map(|i| access(Mode::Read, 0, i)).collect()).is_err());
    assert!(head().with_accepts((0..9).map(key).collect()).is_err());
    assert!(head().with_claims(vec![Claim::new(0, vec![]).expect("a claim"); 33]).is_err());
    assert!(Args::new(&[0; 16385]).is_err());
    assert!(Args::new(&[0; 16384]).is_ok());
}

#[test]
fn gas_classes_outside_17_to_27_are_refused() {
    for class in [0, 16, 28, 255] {
        assert!(GasClass::new(class).is_err());
        let mut encoded = bytes(head());
        encoded[37] = class;
        assert!(matches!(
            refused(&encoded),
            PayloadError::Bytes(DecodeError::Limit { what: "gas class", found, .. }) if found == u64::from(class)
        ));
    }
}

#[test]
fn a_first_byte_other_than_call_or_deploy_is_refused() {
    for first in [0, 3, 255] {
        let mut encoded = bytes(head());
        encoded[0] = first;
        assert!(matches!(refused(&encoded), PayloadError::Bytes(DecodeError::Value { what: "payload kind", .. })));
    }
    assert_eq!(Payload::decode(&[]), Ok(Payload::Empty));
}

#[test]
fn lists_that_do_not_ascend_are_refused() {
    let two = bytes(head().with_callees(vec![key(1), key(2)]).expect("two callees"));
    let mut swapped = two.clone();
    swapped[39..71].copy_from_slice(&key(2));
    swapped[71..103].copy_from_slice(&key(1));
    assert_eq!(refused(&swapped), DecodeError::Order { what: "callees" }.into());
    swapped[71..103].copy_from_slice(&key(2));
    assert_eq!(refused(&swapped), DecodeError::Order { what: "callees" }.into());
    assert!(head().with_accepts(vec![key(1), key(1)]).is_err());
}

#[test]
fn the_heads_own_contract_is_no_callee() {
    assert_eq!(head().with_callees(vec![CONTRACT]), Err(PayloadError::CalleeIsHead { place: 0 }));
}

#[test]
fn one_key_with_two_modes_is_refused() {
    let twice = vec![access(Mode::Read, 0, 1), access(Mode::Write, 0, 1)];
    assert_eq!(head().with_footprint(twice), Err(PayloadError::KeyTwice { first: 0, second: 1 }));
}

#[test]
fn an_owner_that_is_no_callee_is_refused() {
    assert!(head().with_footprint(vec![access(Mode::Read, 1, 1)]).is_err());
    let called = head().with_callees(vec![key(1)]).expect("a callee");
    assert!(called.with_footprint(vec![access(Mode::Read, 1, 1)]).is_ok());
}

#[test]
fn a_mode_above_two_is_refused() {
    let mut encoded = bytes(head().with_footprint(vec![access(Mode::Read, 0, 1)]).expect("one key"));
    encoded[40] = 3;
    assert!(matches!(refused(&encoded), PayloadError::Bytes(DecodeError::Value { what: "footprint mode", .. })));
}

#[test]
fn kinds_of_claims_that_do_not_exist_or_cannot_be_detached_are_refused() {
    for kind in [13, 127, 0x80 | 13, 255] {
        assert!(Claim::new(kind, vec![]).is_err(), "{kind}");
    }
    for kind in 1..=5 {
        assert_eq!(Claim::new(0x80 | kind, vec![]), Err(PayloadError::NotDetachable { place: 0, kind }));
    }
    for kind in [0, 6, 12] {
        assert!(Claim::new(0x80 | kind, vec![]).is_ok(), "{kind}");
    }
}

#[test]
fn a_length_of_args_outside_the_six_classes_is_refused() {
    let mut encoded = bytes(head());
    let place = encoded.len() - 2;
    encoded[place] = 63;
    encoded.extend([0; 63]);
    assert!(matches!(refused(&encoded), PayloadError::Bytes(DecodeError::Value { what: "args length", .. })));
}

#[test]
fn calls_above_32_kib_and_deploys_above_72_kib_are_refused() {
    let room = 32 * 1024 - bytes(head()).len();
    let call = |proofs| Payload::Call(Call { head: head(), proofs: vec![0; proofs] }).encode();
    assert!(Payload::decode(&call(room)).is_ok());
    assert!(Payload::decode(&call(room + 1)).is_err());

    let class = GasClass::new(27).expect("a class");
    let args = Args::new(&[1; 4097]).expect("the longest class");
    assert!(Deploy::new([0; 32], class, vec![0; 65537], Args::default()).is_err());
    let largest = Deploy::new([0; 32], class, vec![0; 65536], Args::default()).expect("the longest code");
    assert!(Payload::decode(&Payload::Deploy(largest).encode()).is_ok());
    let over = Deploy::new([0; 32], class, vec![0; 65536], args).expect("within its own limits");
    assert!(Payload::decode(&Payload::Deploy(over).encode()).is_err());
}

#[test]
fn a_deploy_takes_all_its_bytes() {
    let class = GasClass::new(17).expect("a class");
    let deploy = Deploy::new([3; 32], class, b"code".to_vec(), Args::new(&[1]).expect("short")).expect("short");
    let mut encoded = Payload::Deploy(deploy.clone()).encode();
    assert_eq!(Payload::decode(&encoded), Ok(Payload::Deploy(deploy)));
    encoded.push(0);
    assert!(Payload::decode(&encoded).is_err());
}

proptest! {
    #[test]
    fn decoding_any_bytes_gives_an_error_or_the_same_bytes(mut bytes in prop::collection::vec(any::<u8>(), 0..600), first in 0u8..4) {
        if let Some(byte) = bytes.first_mut() {
            *byte = first;
        }
        if let Ok(payload) = Payload::decode(&bytes) {
            prop_assert_eq!(payload.encode(), bytes);
        }
    }

    #[test]
    fn no_cut_of_a_head_is_a_head(cut in 0usize..200) {
        let full = head().with_callees(vec![key(1)]).and_then(|head| head.with_args(&[1])).expect("small");
        let encoded = bytes(full);
        prop_assume!(cut > 0 && cut < encoded.len());
        prop_assert!(Payload::decode(&encoded[..cut]).is_err());
    }
}
