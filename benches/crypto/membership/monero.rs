//! `monero-clsag` with Monero's ring of 16. Signatures verify one by one.

use curve25519_dalek_4::{Scalar as Number, constants::ED25519_BASEPOINT_TABLE};
use monero_clsag::{Clsag, ClsagContext, Decoys};
use monero_ed25519::{Commitment, CompressedPoint, Point, Scalar};
use rand_core_06::OsRng;
use zeroize::Zeroizing;

const RING: u8 = 16;
const SIGNER: u8 = 5;
const MESSAGE: [u8; 32] = [7; 32];

pub struct Ring {
    key: Scalar,
    context: ClsagContext,
    members: Vec<[CompressedPoint; 2]>,
    image: CompressedPoint,
    pseudo_output: CompressedPoint,
    signature: Vec<u8>,
}

impl Ring {
    pub fn new() -> Self {
        let keys: Vec<Number> = (0..RING).map(|_| Number::random(&mut OsRng)).collect();
        let openings: Vec<Commitment> =
            (0..RING).map(|place| Commitment::new(Scalar::random(&mut OsRng), u64::from(place))).collect();
        let ring: Vec<[Point; 2]> = keys
            .iter()
            .zip(&openings)
            .map(|(key, opening)| [Point::from(key * ED25519_BASEPOINT_TABLE), opening.commit()])
            .collect();
        let signer = usize::from(SIGNER);
        let decoys = Decoys::new((1..=u64::from(RING)).collect(), SIGNER, ring.clone()).expect("a full ring");
        let context = ClsagContext::new(decoys, openings[signer].clone()).expect("it opens");
        let key = Scalar::from(keys[signer]);
        let (signature, pseudo_output) = sign(key, context.clone());
        let public = ring[signer][0].compress().to_bytes();
        let mut bytes = Vec::new();
        signature.write(&mut bytes).expect("memory takes it");
        Self {
            key,
            context,
            members: ring.iter().map(|[key, commitment]| [key.compress(), commitment.compress()]).collect(),
            image: Point::from(Point::biased_hash(public).into() * keys[signer]).compress(),
            pseudo_output: pseudo_output.compress(),
            signature: bytes,
        }
    }

    pub fn sign(&self) {
        sign(self.key, self.context.clone());
    }

    pub fn verify(&self) {
        Clsag::read(usize::from(RING), &mut &*self.signature)
            .expect("made here")
            .verify(self.members.clone(), &self.image, &self.pseudo_output, &MESSAGE)
            .expect("valid");
    }
}

fn sign(key: Scalar, context: ClsagContext) -> (Clsag, Point) {
    let inputs = vec![(Zeroizing::new(key), context)];
    Clsag::sign(&mut OsRng, inputs, Scalar::random(&mut OsRng), MESSAGE).expect("it opens").swap_remove(0)
}
