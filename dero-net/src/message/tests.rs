//! Every message has one encoding, and nothing else decodes.

use super::{chain::*, codec::*, control::*, relay::*, wallet::*, *};
use crate::transport::MAX_FRAME;

fn bounded<T, const MAX: usize>(values: Vec<T>) -> Bounded<T, MAX> {
    Bounded::new(values).expect("short enough")
}

fn tip() -> Tip {
    Tip { height: 7, id: [1; 32], work: [2; 32] }
}

/// One of each kind, with the hash of its frames: a changed format fails here.
fn samples() -> Vec<Message> {
    let text = Text::new("node.example:1#00".into()).expect("short");
    let bytes = |count: usize| vec![9; count];
    let rejection = Rejection { reason: Reject::TagSpent, detail: Text::front("bundle 0, input 1".into()) };
    vec![
        Hello {
            network: [3; 32],
            version: PROTOCOL_VERSION,
            role: Role::Node,
            nonce: [4; 32],
            tip: tip(),
            listen: Some(text.clone()),
        }
        .into(),
        Ping { nonce: 5, tip: None }.into(),
        Pong { nonce: 5, tip: Some(tip()) }.into(),
        GetAddresses {}.into(),
        Addresses { list: bounded(vec![text]) }.into(),
        AnnounceTransactions { names: bounded(vec![Name::Short([6; 8]), Name::Full([7; 32])]) }.into(),
        GetTransactions { names: bounded(vec![Name::Short([6; 8])]) }.into(),
        Transaction { name: Name::Short([6; 8]), bytes: Some(Bytes::new(bytes(70_000)).expect("short")) }.into(),
        AnnounceBlock { tip: tip(), header: Box::new([8; limits::SEALED_HEADER]) }.into(),
        GetHeaders { request: 1, locator: bounded(vec![[1; 32], [2; 32]]), max: 2000 }.into(),
        GetBlocks { request: 2, ids: bounded(vec![[1; 32]]) }.into(),
        Part { request: 2, end: true, bytes: Bytes::new(bytes(limits::PART_BYTES)).expect("short") }.into(),
        GetTip { request: 3 }.into(),
        TipIs { request: 3, tip: tip() }.into(),
        GetHeaderRange { request: 4, from: 100, count: 10 }.into(),
        GetCompact { request: 5, from: 100, count: 10 }.into(),
        GetListed { request: 6, range: 2 }.into(),
        Submit { request: 7, bytes: Bytes::new(bytes(300)).expect("short") }.into(),
        Submitted { request: 7, rejected: Some(rejection) }.into(),
        Refused { request: 8, why: Unanswered::TooMuch }.into(),
    ]
}

fn assemble(frames: &[Vec<u8>]) -> Result<Option<Message>, MessageError> {
    let mut assembler = Assembler::default();
    let mut found = None;
    for frame in frames {
        assert_eq!(found, None, "a message before its last frame");
        found = assembler.push(frame)?;
    }
    Ok(found)
}

#[test]
fn every_kind_reads_back_as_it_was_written() {
    let samples = samples();
    let kinds: Vec<Kind> = samples.iter().map(Message::kind).collect();
    assert_eq!(kinds, Kind::ALL);
    for message in samples {
        let frames = to_frames(&message);
        assert!(
            frames.iter().all(|frame| frame.len().is_power_of_two() && (64..=MAX_FRAME).contains(&frame.len()))
        );
        assert_eq!(assemble(&frames), Ok(Some(message)));
    }
}

#[test]
fn the_bytes_of_a_message_are_these() {
    let bytes = |message: Message| message.to_body();
    assert_eq!(bytes(Ping { nonce: 0x0102, tip: None }.into()), [2, 1, 0, 0, 0, 0, 0, 0, 0]);
    assert_eq!(bytes(GetListed { request: 6, range: 2 }.into()), [6, 0, 0, 0, 2, 0, 0, 0]);
    let names = bounded(vec![Name::Short([6; 8])]);
    assert_eq!(bytes(GetTransactions { names }.into()), [1, 0, 0, 0, 0, 6, 6, 6, 6, 6, 6, 6, 6]);
    assert_eq!(bytes(Refused { request: 1, why: Unanswered::Busy }.into()), [1, 0, 0, 0, 1]);
    let part = Part { request: 1, end: true, bytes: Bytes::new(vec![5]).expect("short") };
    assert_eq!(bytes(part.into()), [1, 0, 0, 0, 1, 1, 0, 0, 0, 5]);
    let frame = to_frames(&Ping { nonce: 1, tip: None }.into()).remove(0);
    assert_eq!(frame[..14], [1, 9, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
}

#[test]
fn unknown_kinds_are_refused() {
    let known: Vec<u8> = Kind::ALL.iter().map(|kind| *kind as u8).collect();
    for byte in (0..=255).filter(|byte| !known.contains(byte)) {
        let mut frame = vec![0; 64];
        frame[0] = byte;
        assert_eq!(Assembler::default().push(&frame), Err(MessageError::UnknownKind { found: byte }));
    }
}

#[test]
fn a_length_above_the_cap_is_refused_at_the_first_frame() {
    for kind in Kind::ALL {
        let found = kind.max_bytes() + 1;
        let mut frame = vec![0; MAX_FRAME];
        frame[0] = *kind as u8;
        frame[1..5].copy_from_slice(&u32::try_from(found).expect("fits").to_le_bytes());
        let expected = MessageError::TooLong { kind: *kind, found, max: kind.max_bytes() };
        assert_eq!(Assembler::default().push(&frame), Err(expected.clone()));
        assert_eq!(Message::from_body(*kind, &vec![0; found]), Err(expected));
    }
}

#[test]
fn counts_that_lie_and_trailing_bytes_are_refused() {
    let kind = Kind::GetBlocks;
    let mut body = Message::from(GetBlocks { request: 2, ids: bounded(vec![[1; 32]]) }).to_body();
    body.push(0);
    assert_eq!(Message::from_body(kind, &body), Err(MessageError::TrailingBytes { kind, found: 1 }));
    body.pop();
    body[4] = 2;
    assert!(matches!(Message::from_body(kind, &body), Err(MessageError::Malformed { .. })));
    body[4..8].copy_from_slice(&u32::MAX.to_le_bytes());
    let expected = MessageError::Count { kind, found: u32::MAX as usize, max: limits::MAX_BLOCKS };
    assert_eq!(Message::from_body(kind, &body), Err(expected));
    for kind in [Kind::Part, Kind::Submit, Kind::Transaction, Kind::Addresses, Kind::AnnounceTransactions] {
        assert!(Message::from_body(kind, &[255; 64]).is_err(), "{kind:?}");
    }
}

#[test]
fn every_prefix_of_a_body_is_refused() {
    for message in samples() {
        let body = message.to_body();
        let step = (body.len() / 300).max(1);
        for length in (0..body.len()).step_by(step) {
            assert!(Message::from_body(message.kind(), &body[..length]).is_err(), "{:?} {length}", message.kind());
        }
    }
}

#[test]
fn whatever_decodes_encodes_to_the_same_bytes() {
    for message in samples() {
        let (kind, body) = (message.kind(), message.to_body());
        for at in (0..body.len()).take(400) {
            for flip in [1, 0x80] {
                let mut changed = body.clone();
                changed[at] ^= flip;
                if let Ok(found) = Message::from_body(kind, &changed) {
                    assert_eq!(found.to_body(), changed);
                    assert_ne!(found, message);
                }
            }
        }
    }
}

#[test]
fn frames_of_another_length_and_padding_that_says_something_are_refused() {
    let frame = to_frames(&Ping { nonce: 1, tip: None }.into()).remove(0);
    let longer = [frame.clone(), vec![0; 64]].concat();
    assert_eq!(Assembler::default().push(&longer), Err(MessageError::Frame { found: 128, expected: 64 }));
    assert_eq!(Assembler::default().push(&frame[..63]), Err(MessageError::Frame { found: 63, expected: 64 }));
    assert_eq!(Assembler::default().push(&frame[..4]), Err(MessageError::Frame { found: 4, expected: 64 }));
    let mut marked = frame;
    marked[63] = 1;
    assert_eq!(Assembler::default().push(&marked), Err(MessageError::Padding));
    let part = Part { request: 2, end: true, bytes: Bytes::new(vec![1; 200_000]).expect("short") };
    let mut frames = to_frames(&part.into());
    assert_eq!(frames.iter().map(Vec::len).collect::<Vec<_>>(), [65_536, 65_536, 65_536, 4096]);
    frames[1].pop();
    assert_eq!(assemble(&frames), Err(MessageError::Frame { found: 65_535, expected: 65_536 }));
}

#[test]
fn heavier_is_compared_from_the_last_byte() {
    let with = |first, last| {
        let mut work = [0; 32];
        (work[0], work[31]) = (first, last);
        Tip { work, ..tip() }
    };
    assert!(with(0, 2).is_heavier_than(&with(255, 1)));
    assert!(with(2, 1).is_heavier_than(&with(1, 1)));
    assert!(!with(1, 1).is_heavier_than(&with(1, 1)));
}

#[test]
fn names_are_of_one_link() {
    let (one, two) = ([1; 32], [2; 32]);
    let name = Name::short(&one, &[9; 32]);
    assert!(name.fits(&one, &[9; 32]) && !name.fits(&two, &[9; 32]) && !name.fits(&one, &[8; 32]));
    assert!(Name::Full([9; 32]).fits(&two, &[9; 32]));
}

/// A new variant gets a row at the end.
#[test]
fn a_family_of_refusals_keeps_its_number() {
    let numbered = [
        (0, Reject::Malformed),
        (1, Reject::OtherNetwork),
        (2, Reject::Expired),
        (3, Reject::NotYetValid),
        (4, Reject::Fee),
        (5, Reject::Order),
        (6, Reject::TagSpent),
        (7, Reject::InvalidReference),
        (8, Reject::State),
        (9, Reject::Encoding),
        (10, Reject::BadProof),
        (11, Reject::Contract),
        (12, Reject::PoolFull),
        (13, Reject::Busy),
        (14, Reject::InvalidTag),
    ];
    for number in 0..=u8::MAX {
        let expected = numbered.iter().find(|(of, _)| *of == number).map(|(_, reject)| *reject);
        assert_eq!(borsh::from_slice::<Reject>(&[number]).ok(), expected, "number {number}");
    }
}
