//! `monero-bulletproofs`, both kinds. Its prover takes constant time in the secrets.

use std::rc::Rc;

use monero_bulletproofs::{BatchVerifier, Bulletproof};
use monero_ed25519::{Commitment, CompressedPoint, Scalar};
use rand_core_06::OsRng;

use super::Contestant;
use crate::BATCH;

#[derive(Clone, Copy)]
enum Kind {
    Original,
    Plus,
}

impl Kind {
    fn prove(self, openings: &[Commitment]) -> Bulletproof {
        match self {
            Self::Original => Bulletproof::prove(&mut OsRng, openings.to_vec()),
            Self::Plus => Bulletproof::prove_plus(&mut OsRng, openings.to_vec()),
        }
        .expect("1 to 16")
    }

    fn read(self, bytes: &[u8]) -> Bulletproof {
        match self {
            Self::Original => Bulletproof::read(&mut &*bytes),
            Self::Plus => Bulletproof::read_plus(&mut &*bytes),
        }
        .expect("made here")
    }
}

struct Sent {
    commitments: Vec<CompressedPoint>,
    proof: Vec<u8>,
}

fn verify(kind: Kind, sent: &[Sent]) {
    let mut verifier = BatchVerifier::new();
    for Sent { commitments, proof } in sent {
        assert!(kind.read(proof).batch_verify(&mut OsRng, &mut verifier, commitments));
    }
    assert!(verifier.verify());
}

fn contestant(kind: Kind, amounts: &dyn Fn(usize) -> Vec<u64>) -> Contestant {
    let openings = |place| -> Vec<Commitment> {
        amounts(place).into_iter().map(|amount| Commitment::new(Scalar::random(&mut OsRng), amount)).collect()
    };
    let sent: Vec<Sent> = (0..BATCH)
        .map(|place| {
            let openings = openings(place);
            let commitments = openings.iter().map(|opening| opening.commit().compress()).collect();
            Sent { commitments, proof: kind.prove(&openings).serialize() }
        })
        .collect();
    // Lengths of L and R are public; the bytes on the wire are what the type writes.
    let bytes = sent[0].proof.len();
    let first = openings(0);
    let sent = Rc::new(sent);
    let (one, all) = (sent.clone(), sent);
    Contestant {
        prove: Box::new(move || {
            kind.prove(&first);
        }),
        verify: Box::new(move || verify(kind, &one[..1])),
        verify_batch: Box::new(move || verify(kind, &all)),
        bytes,
    }
}

pub fn original(amounts: &dyn Fn(usize) -> Vec<u64>) -> Contestant {
    contestant(Kind::Original, amounts)
}

pub fn plus(amounts: &dyn Fn(usize) -> Vec<u64>) -> Contestant {
    contestant(Kind::Plus, amounts)
}
