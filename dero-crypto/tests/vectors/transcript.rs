//! Replays a stated transcript: the first line that differs from the proof's shows the first wrong byte.

use dero_crypto::{group::Scalar, group::domain::Label, transcript::Transcript};

use crate::read::Case;

/// The challenges that the lines of `transcript` lead to, each compared with the stated one.
pub fn replay(case: &Case<'_>, label: Label) -> Vec<Scalar> {
    let lines = case.list("transcript");
    let line = |i: usize| {
        let parts = lines[i].value.as_array().expect("a name and bytes");
        (parts[0].as_str().expect("a name"), crate::read::bytes(&parts[1], "transcript"))
    };
    assert_eq!(line(0), ("net", case.net().0.to_vec()));
    assert_eq!(line(1), ("version", 1u64.to_le_bytes().to_vec()));
    let mut transcript = Transcript::new(label, &case.net());
    let mut challenges = Vec::new();
    for i in 2..lines.len() {
        let (name, bytes) = line(i);
        if let Some(name) = name.strip_prefix('>') {
            let challenge = transcript.challenge().expect("a challenge");
            assert_eq!(challenge.to_bytes()[..], bytes[..], "challenge {name}");
            challenges.push(challenge);
        } else {
            transcript.bytes(&bytes);
        }
    }
    challenges
}
