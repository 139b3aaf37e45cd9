//! Proofs and the scan, from bytes wherever a node reads them from bytes.

use std::sync::Arc;

use dero_crypto::{
    enote::Findable,
    group::{
        Element, Point, Scalar,
        generators::{X, Y},
    },
    membership::{
        Accumulator, Image, Masks, Member, MembershipProof, MembershipStatement, MembershipWitness, ReferenceKind,
        ReferenceSet, SetParameters,
    },
    prelude::*,
    range::{Commitments, Opening, RangeProof, Statement, Witness},
    sigma::{SpendProof, SpendStatement, SpendWitness},
};
use rand::{SeedableRng as _, rngs::StdRng};

use super::Run;

const NET: NetworkId = NetworkId([1; 32]);

fn rng() -> StdRng {
    StdRng::seed_from_u64(1)
}

pub fn range_verify() -> Run {
    let mut rng = rng();
    let sent: Vec<(Statement, Vec<u8>)> = (0..16)
        .map(|bundle| {
            let openings: Vec<Opening> =
                [30, u64::MAX - bundle].map(|amount| Opening::new(Amount(amount), Scalar::random(&mut rng))).into();
            let points = openings.iter().map(|opening| opening.commit().expect("a random mask")).collect();
            let commitments = Commitments::new(points).expect("two values");
            let statement = Statement { net: NET, body_digest: [2; 32], bundle, commitments };
            let proof = RangeProof::prove(&statement, &Witness::new(openings), &mut rng).expect("it opens");
            (statement, proof.to_bytes())
        })
        .collect();
    Box::new(move || {
        let mut batch = Batch::new();
        for (statement, bytes) in &sent {
            RangeProof::from_bytes(bytes, 2).expect("made here").enqueue(statement, &mut batch).expect("made here");
        }
        batch.verify(&mut rng).expect("valid");
    })
}

pub fn membership_prove() -> Run {
    let mut rng = rng();
    let (statement, witness) = membership(SetParameters::TEST, 1, &mut rng).remove(0);
    Box::new(move || {
        MembershipProof::prove(&statement, &witness, &mut rng).expect("it opens");
    })
}

pub fn membership_verify_128() -> Run {
    membership_verify(SetParameters::TEST)
}

pub fn membership_verify_1024() -> Run {
    membership_verify(SetParameters::MAIN)
}

fn membership_verify(parameters: SetParameters) -> Run {
    let mut rng = rng();
    let sent: Vec<(MembershipStatement, Vec<u8>)> = membership(parameters, 8, &mut rng)
        .into_iter()
        .map(|(statement, witness)| {
            let proof = MembershipProof::prove(&statement, &witness, &mut rng).expect("it opens").to_bytes();
            (statement, proof)
        })
        .collect();
    Box::new(move || {
        let mut batch = Batch::new();
        for (statement, bytes) in &sent {
            let proof = MembershipProof::from_bytes(bytes, parameters).expect("made here");
            proof.enqueue(statement, &mut batch).expect("made here");
        }
        batch.verify(&mut rng).expect("valid");
    })
}

/// Inputs at neighbouring places of one full set.
fn membership(
    parameters: SetParameters,
    count: u64,
    rng: &mut StdRng,
) -> Vec<(MembershipStatement, MembershipWitness)> {
    let step = Element::random(rng);
    let mut walk = Element::random(rng);
    let mut next = || {
        walk += step;
        Point::encode(walk, "random").expect("no identity in so few steps")
    };
    let members: Vec<_> =
        (0..parameters.size()).map(|_| Arc::new(Member::new(&next(), &next(), &next()))).collect();
    let list = Accumulator::empty(&NET);
    let set = Arc::new(ReferenceSet::new(ReferenceKind::Closed, 0, list, list, members).expect("not empty"));
    (0..count)
        .map(|place| {
            let masks = Masks::random(rng);
            let image = Image::of(&set.members()[place as usize], &masks).expect("random masks");
            let statement = MembershipStatement::new(NET, parameters, set.clone(), image).expect("a full set");
            (statement, MembershipWitness::new(place, masks))
        })
        .collect()
}

fn spend(rng: &mut StdRng) -> (SpendStatement, SpendWitness) {
    let [x, y, z] = [(); 3].map(|()| Secret::new(Scalar::random(rng)));
    let key = X.element() * x.expose() + Y.element() * y.expose() + Element::mul_base(z.expose());
    let image_key = Point::encode(key, "image").expect("random keys");
    let tag = LinkingTag::from_full(&x, &y).expect("random keys");
    (SpendStatement { net: NET, m_tx: [2; 32], index: 0, image_key, tag }, SpendWitness { x, y, z })
}

pub fn spend_prove() -> Run {
    let mut rng = rng();
    let (statement, witness) = spend(&mut rng);
    Box::new(move || {
        SpendProof::prove(&statement, &witness, &mut rng).expect("it opens");
    })
}

pub fn spend_verify() -> Run {
    let mut rng = rng();
    let (statement, witness) = spend(&mut rng);
    let bytes = SpendProof::prove(&statement, &witness, &mut rng).expect("it opens").to_bytes();
    Box::new(move || {
        SpendProof::from_bytes(&bytes).expect("made here").verify(&statement, &mut rng).expect("valid");
    })
}

pub fn find() -> Run {
    let mut rng = rng();
    let [wallet, stranger] = [(); 2].map(|()| MasterSecret::random(&mut rng).audit_key());
    let context = InputContext::bundle(&NET, &Anchor::Tag([9; 32]));
    let enotes: Vec<Enote> = (0..256)
        .map(|place| {
            let seed = EnoteSeed::random(&mut rng);
            let draft = Draft { context: &context, seed: &seed, amount: Amount(place), asset: AssetId::NATIVE };
            let owner = if place % 64 == 0 { &wallet } else { &stranger };
            draft.external(&NET, &owner.address_key().address(AddressIndex(place))).enote
        })
        .collect();
    let key = wallet.find_key_with_self();
    Box::new(move || {
        let findable: Vec<Findable<'_>> = enotes.iter().map(|enote| Findable::new(&context, enote)).collect();
        let found = key.find_batch(&NET, &findable);
        assert!(found.iter().step_by(64).all(|found| found.external), "own enotes are found");
    })
}
