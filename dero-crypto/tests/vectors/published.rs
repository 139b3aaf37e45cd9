//! `published.json`: what others have published of what everything here stands on: ristretto255, SHAKE256, Merlin.

use dero_crypto::group::{Element, Scalar, generators::G, hash::raw};
use sha3::{Shake256, digest::ExtendableOutput};

use crate::{
    encoding,
    read::{Case, Outcome},
};

pub fn check(case: &Case<'_>) -> Outcome {
    match case.text("kind") {
        "point" => encoding::check(case)?,
        "multiple" => {
            let (k, point) = (Scalar::from(case.number("k")), case.point("point"));
            assert_eq!(Element::mul_base(&k).compress().to_bytes(), point.to_bytes());
            assert_eq!(G.element() * k, *point.element());
        }
        "one-way" => {
            let element = Element::from_uniform_bytes(&case.fixed("bytes"));
            assert_eq!(element.compress().to_bytes(), case.fixed("point"));
        }
        "shake256" => {
            let mut answer = [0; 512];
            Shake256::digest_xof(case.bytes("message"), &mut answer);
            assert_eq!(answer, case.fixed("answer"));
        }
        "merlin" => {
            let mut transcript = merlin::Transcript::new(b"test protocol");
            transcript.append_message(case.text("label").to_owned().leak().as_bytes(), b"some data");
            let mut challenge = [0; 32];
            for _ in 0..case.number("rounds") {
                transcript.challenge_bytes(b"challenge", &mut challenge);
                transcript.append_message(b"bigdata", &[99; 1024]);
                transcript.append_message(b"challengedata", &challenge);
            }
            assert_eq!(challenge, case.fixed("answer"));
        }
        kind => panic!("kind {kind}"),
    }
    Ok(())
}

/// The framed hashes are SHAKE256 of their frame, and nothing else.
#[test]
fn a_framed_hash_is_shake256_of_its_frame() {
    let items: [&[u8]; 3] = [b"", b"ab", &[7; 300]];
    let (mut ours, mut plain) = ([0; 500], [0; 500]);
    raw::fill("test", &items, &mut ours);
    Shake256::digest_xof(raw::frame("test", &items), &mut plain);
    assert_eq!(ours, plain);
}
