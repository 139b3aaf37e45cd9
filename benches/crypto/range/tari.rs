//! `tari_bulletproofs_plus`. Its prover takes variable time in the secrets.

use curve25519_dalek::{RistrettoPoint, Scalar, ristretto::CompressedRistretto};
use tari_bulletproofs_plus::{
    commitment_opening::CommitmentOpening,
    generators::pedersen_gens::ExtensionDegree,
    range_parameters::RangeParameters,
    range_proof::VerifyAction,
    range_statement::RangeStatement,
    range_witness::RangeWitness,
    ristretto::{RistrettoRangeProof, create_pedersen_gens_with_extension_degree},
};
use tari_merlin::Transcript;

use super::Contestant;
use crate::BATCH;

type Parameters = RangeParameters<RistrettoPoint>;

struct Sent {
    commitments: Vec<CompressedRistretto>,
    proof: Vec<u8>,
}

fn transcript() -> Transcript {
    Transcript::new(b"bench")
}

fn statement(parameters: &Parameters, commitments: &[CompressedRistretto]) -> RangeStatement<RistrettoPoint> {
    let points: Vec<RistrettoPoint> =
        commitments.iter().map(|bytes| bytes.decompress().expect("made here")).collect();
    let floors = vec![None; points.len()];
    RangeStatement::init(parameters.clone(), points, floors, None).expect("a power of two")
}

fn verify(parameters: &Parameters, sent: &[Sent]) {
    let mut transcripts: Vec<Transcript> = sent.iter().map(|_| transcript()).collect();
    let statements: Vec<_> = sent.iter().map(|sent| statement(parameters, &sent.commitments)).collect();
    let proofs: Vec<_> =
        sent.iter().map(|sent| RistrettoRangeProof::from_bytes(&sent.proof).expect("made here")).collect();
    RistrettoRangeProof::verify_batch(&mut transcripts, &statements, &proofs, VerifyAction::VerifyOnly)
        .expect("valid");
}

pub fn contestant(amounts: &dyn Fn(usize) -> Vec<u64>) -> Contestant {
    let rng = &mut rand::rng();
    let bases = create_pedersen_gens_with_extension_degree(ExtensionDegree::DefaultPedersen);
    let parameters = RangeParameters::init(64, amounts(0).len(), bases).expect("64 bits");
    let mut first = None;
    let sent: Vec<Sent> = (0..BATCH)
        .map(|place| {
            let openings: Vec<(u64, Scalar)> =
                amounts(place).into_iter().map(|amount| (amount, Scalar::random(rng))).collect();
            let commitments = openings
                .iter()
                .map(|(amount, mask)| {
                    let point = parameters.pc_gens().commit(&Scalar::from(*amount), &[*mask]).expect("one mask");
                    point.compress()
                })
                .collect::<Vec<_>>();
            let openings =
                openings.into_iter().map(|(amount, mask)| CommitmentOpening::new(amount, vec![mask])).collect();
            let witness = RangeWitness::init(openings).expect("a power of two");
            let statement = statement(&parameters, &commitments);
            let proof = RistrettoRangeProof::prove_with_rng(&mut transcript(), &statement, &witness, rng)
                .expect("it opens")
                .to_bytes();
            first.get_or_insert((statement, witness));
            Sent { commitments, proof }
        })
        .collect();
    let (statement, witness) = first.expect("a batch is not empty");
    let bytes = sent[0].proof.len();
    let sent = std::rc::Rc::new(sent);
    let (one, all) = (sent.clone(), sent);
    let shared = parameters.clone();
    Contestant {
        prove: Box::new(move || {
            RistrettoRangeProof::prove_with_rng(&mut transcript(), &statement, &witness, &mut rand::rng())
                .expect("it opens");
        }),
        verify: Box::new(move || verify(&shared, &one[..1])),
        verify_batch: Box::new(move || verify(&parameters, &all)),
        bytes,
    }
}
