//! `triptych`: one component, the linking tag in the proof. A batch shares one set.

use std::sync::Arc;

use curve25519_dalek_4::{RistrettoPoint, Scalar};
use dero_benches::runner::prepare;
use rand_core_06::OsRng;
use triptych::{
    Transcript, TriptychInputSet, TriptychParameters, TriptychProof, TriptychStatement, TriptychWitness,
};

use crate::BATCH;

pub struct Inputs {
    statements: Vec<TriptychStatement>,
    proofs: Vec<Vec<u8>>,
    witnesses: Vec<TriptychWitness>,
}

fn transcript() -> Transcript {
    Transcript::new(b"bench")
}

impl Inputs {
    pub fn new(n: u32, m: u32) -> Self {
        let parameters = Arc::new(TriptychParameters::new(n, m).expect("a small size"));
        let witnesses: Vec<TriptychWitness> = (0..BATCH as u32)
            .map(|place| {
                TriptychWitness::new(&parameters, place, &Scalar::random(&mut OsRng)).expect("a place in the set")
            })
            .collect();
        let mut keys: Vec<RistrettoPoint> =
            (0..parameters.get_N()).map(|_| RistrettoPoint::random(&mut OsRng)).collect();
        for (key, witness) in keys.iter_mut().zip(&witnesses) {
            *key = witness.compute_verification_key();
        }
        let set = Arc::new(TriptychInputSet::new(&keys).expect("a full set"));
        let statements: Vec<TriptychStatement> = witnesses
            .iter()
            .map(|witness| {
                TriptychStatement::new(&parameters, &set, &witness.compute_linking_tag()).expect("a full set")
            })
            .collect();
        let proofs = prepare(BATCH, |place| {
            let (witness, statement) = (&witnesses[place], &statements[place]);
            let proof = TriptychProof::prove_with_rng_vartime(witness, statement, &mut OsRng, &mut transcript());
            proof.expect("it opens").to_bytes()
        });
        Self { statements, proofs, witnesses }
    }

    /// Makes one proof, in constant time.
    pub fn prove(&self) {
        TriptychProof::prove_with_rng(&self.witnesses[0], &self.statements[0], &mut OsRng, &mut transcript())
            .expect("it opens");
    }

    /// Decodes and verifies the first `count` proofs.
    pub fn verify(&self, count: usize) {
        let proofs: Vec<TriptychProof> =
            self.proofs[..count].iter().map(|bytes| TriptychProof::from_bytes(bytes).expect("made here")).collect();
        let mut transcripts = vec![transcript(); count];
        TriptychProof::verify_batch(&self.statements[..count], &proofs, &mut transcripts).expect("valid");
    }
}
