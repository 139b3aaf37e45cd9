//! This workspace.

use std::sync::Arc;

use dero_benches::runner::prepare;
use dero_crypto::{
    NetworkId,
    batch::Batch,
    group::{Element, Point, Scalar, generators},
    keys::LinkingTag,
    membership::{
        Accumulator, Image, Masks, Member, MembershipProof, MembershipStatement, MembershipWitness, ReferenceKind,
        ReferenceSet, SetParameters,
    },
    secret::Secret,
    sigma::{SpendProof, SpendStatement, SpendWitness},
};

use crate::BATCH;

const NET: NetworkId = NetworkId([1; 32]);
const M_TX: [u8; 32] = [2; 32];

/// Where the inputs of a batch find their members.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Sets {
    /// All in one window.
    Shared,
    /// Each in an interval of its own.
    Apart,
}

/// A batch of inputs as transactions carry them, and what a node knows.
pub struct Inputs {
    parameters: SetParameters,
    inputs: Vec<Input>,
    witness: MembershipWitness,
}

struct Input {
    set: Arc<ReferenceSet>,
    image: [[u8; 32]; 3],
    tag: [u8; 32],
    membership: Vec<u8>,
    spend: [u8; SpendProof::LEN],
}

impl Inputs {
    pub fn new(n: u32, m: u32, sets: Sets) -> Self {
        let parameters = SetParameters::new(n, m).expect("a size of the protocol");
        let size = parameters.size() as usize;
        let rng = &mut rand::rng();
        let keys: Vec<[Secret<Scalar>; 2]> =
            (0..BATCH).map(|_| [(); 2].map(|()| Secret::new(Scalar::random(rng)))).collect();
        let owned: Vec<Element> = keys
            .iter()
            .map(|[x, y]| generators::X.element() * x.expose() + generators::Y.element() * y.expose())
            .collect();
        let sets: Vec<Arc<ReferenceSet>> = match sets {
            Sets::Shared => vec![set(0, size, &owned); BATCH],
            Sets::Apart => prepare(BATCH, |i| set((i * size) as u64, size, &owned)),
        };
        let made = prepare(BATCH, |place| {
            let rng = &mut rand::rng();
            let [x, y] = keys[place].clone();
            let set = sets[place].clone();
            let masks = Masks::random(rng);
            let image = Image::of(&set.members()[place], &masks).expect("random masks");
            let statement = MembershipStatement::new(NET, parameters, set.clone(), image).expect("a full set");
            let tag = LinkingTag::from_full(&x, &y).expect("random keys");
            let spend = SpendStatement { net: NET, m_tx: M_TX, index: place as u64, image_key: image.key, tag };
            let spend = SpendProof::prove(&spend, &SpendWitness { x, y, z: masks.key.clone() }, rng);
            let witness = MembershipWitness::new(place as u64, masks);
            let membership = MembershipProof::prove(&statement, &witness, rng).expect("it opens").to_bytes();
            let input = Input {
                set,
                image: [image.key, image.commitment, image.asset_tag].map(|point| point.to_bytes()),
                tag: tag.point().to_bytes(),
                membership,
                spend: spend.expect("it opens").to_bytes(),
            };
            (input, witness)
        });
        let (inputs, witnesses): (_, Vec<MembershipWitness>) = made.into_iter().unzip();
        let witness = witnesses.into_iter().next().expect("a batch is not empty");
        Self { parameters, inputs, witness }
    }

    /// Makes one membership proof.
    pub fn prove(&self) {
        let statement = self.inputs[0].statement(self.parameters);
        MembershipProof::prove(&statement, &self.witness, &mut rand::rng()).expect("it opens");
    }

    /// Decodes and verifies membership and spend of the first `count` inputs.
    pub fn verify(&self, count: usize) {
        let mut batch = Batch::new();
        for (place, input) in self.inputs[..count].iter().enumerate() {
            let statement = input.statement(self.parameters);
            let membership = MembershipProof::from_bytes(&input.membership, self.parameters).expect("made here");
            membership.enqueue(&statement, &mut batch).expect("made here");
            let tag = LinkingTag::decode(&input.tag).expect("made here");
            let image_key = statement.image().key;
            let statement = SpendStatement { net: NET, m_tx: M_TX, index: place as u64, image_key, tag };
            let spend = SpendProof::from_bytes(&input.spend).expect("made here");
            spend.enqueue(&statement, &mut batch).expect("made here");
        }
        batch.verify(&mut rand::rng()).expect("valid");
    }
}

impl Input {
    fn statement(&self, parameters: SetParameters) -> MembershipStatement {
        let [key, commitment, asset_tag] =
            self.image.map(|bytes| Point::decode(&bytes, "image").expect("made here"));
        let image = Image { key, commitment, asset_tag };
        MembershipStatement::new(NET, parameters, self.set.clone(), image).expect("a full set")
    }
}

/// A full interval whose first members have the keys `owned`.
fn set(start: u64, size: usize, owned: &[Element]) -> Arc<ReferenceSet> {
    let rng = &mut rand::rng();
    let step = Element::random(rng);
    let mut walk = Element::random(rng);
    let mut next = || {
        walk += step;
        Point::encode(walk, "random").expect("no identity in so few steps")
    };
    let members = (0..size)
        .map(|place| {
            let key =
                owned.get(place).map_or_else(&mut next, |key| Point::encode(*key, "Ko").expect("a random key"));
            Arc::new(Member::new(&key, &next(), &next()))
        })
        .collect();
    let accumulator = |end: u64| Accumulator([end.to_le_bytes()[0]; 32]);
    let set = ReferenceSet::new(
        ReferenceKind::Closed,
        start,
        accumulator(start),
        accumulator(start + size as u64),
        members,
    );
    Arc::new(set.expect("not empty"))
}
