//! This workspace.

use dero_crypto::{
    NetworkId,
    batch::Batch,
    commitment::Amount,
    group::{Point, Scalar},
    range::{Commitments, Opening, RangeProof, Statement, Witness},
};

use super::Contestant;
use crate::BATCH;

/// A proof as a transaction carries it.
#[derive(Clone)]
struct Sent {
    bundle: u64,
    commitments: Vec<[u8; 32]>,
    proof: Vec<u8>,
}

impl Sent {
    fn statement(&self) -> Statement {
        let decoded = self.commitments.iter().map(|bytes| Point::decode(bytes, "V").expect("made here")).collect();
        Statement {
            net: NetworkId([1; 32]),
            body_digest: [2; 32],
            bundle: self.bundle,
            commitments: Commitments::new(decoded).expect("1 to 16"),
        }
    }

    fn enqueue(&self, batch: &mut Batch) {
        let proof = RangeProof::from_bytes(&self.proof, self.commitments.len()).expect("made here");
        proof.enqueue(&self.statement(), batch).expect("made here");
    }
}

pub fn contestant(amounts: &dyn Fn(usize) -> Vec<u64>) -> Contestant {
    let rng = &mut rand::rng();
    let witnesses: Vec<(Sent, Witness)> = (0..BATCH)
        .map(|bundle| {
            let openings: Vec<Opening> = amounts(bundle)
                .into_iter()
                .map(|amount| Opening::new(Amount(amount), Scalar::random(rng)))
                .collect();
            let commitments = openings.iter().map(|opening| opening.commit().expect("a mask").to_bytes()).collect();
            let mut sent = Sent { bundle: bundle as u64, commitments, proof: Vec::new() };
            let witness = Witness::new(openings);
            sent.proof = RangeProof::prove(&sent.statement(), &witness, rng).expect("it opens").to_bytes();
            (sent, witness)
        })
        .collect();
    let (first, witness) = witnesses[0].clone();
    let statement = first.statement();
    let bytes = first.proof.len();
    Contestant {
        prove: Box::new(move || {
            RangeProof::prove(&statement, &witness, &mut rand::rng()).expect("it opens");
        }),
        verify: Box::new(move || {
            let mut batch = Batch::new();
            first.enqueue(&mut batch);
            batch.verify(&mut rand::rng()).expect("valid");
        }),
        verify_batch: Box::new(move || {
            let mut batch = Batch::new();
            witnesses.iter().for_each(|(sent, _)| sent.enqueue(&mut batch));
            batch.verify(&mut rand::rng()).expect("valid");
        }),
        bytes,
    }
}
