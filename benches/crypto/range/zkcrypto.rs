//! `bulletproofs`: Bulletproofs without the plus. Its prover takes variable time in the secrets; it verifies no batch.

use bulletproofs::{BulletproofGens, PedersenGens, RangeProof};
use curve25519_dalek_4::Scalar;
use merlin::Transcript;
use rand_core_06::OsRng;

use super::Contestant;

pub fn contestant(amounts: &dyn Fn(usize) -> Vec<u64>) -> Contestant {
    let values = amounts(1);
    let blindings: Vec<Scalar> = values.iter().map(|_| Scalar::random(&mut OsRng)).collect();
    let transcript = || Transcript::new(b"bench");
    let generators = std::rc::Rc::new((BulletproofGens::new(64, values.len()), PedersenGens::default()));
    let prove = {
        let generators = generators.clone();
        move || {
            let (vectors, bases) = &*generators;
            let mut transcript = transcript();
            RangeProof::prove_multiple_with_rng(
                vectors,
                bases,
                &mut transcript,
                &values,
                &blindings,
                64,
                &mut OsRng,
            )
            .expect("it opens")
        }
    };
    let (proof, commitments) = prove();
    let sent = proof.to_bytes();
    let bytes = sent.len();
    Contestant {
        prove: Box::new(move || {
            prove();
        }),
        verify: Box::new(move || {
            let (vectors, bases) = &*generators;
            RangeProof::from_bytes(&sent)
                .expect("made here")
                .verify_multiple_with_rng(vectors, bases, &mut transcript(), &commitments, 64, &mut OsRng)
                .expect("valid");
        }),
        verify_batch: Box::new(|| unreachable!("it verifies no batch")),
        bytes,
    }
}
