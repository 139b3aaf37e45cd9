//! Can a microcontroller authorise a spend, and what does it need? Keys, a whole spend proof, and the part of one
//! that a device makes for its host. There is no allocator, so a call that wants one does not link.

#![no_std]
#![no_main]
#![forbid(unsafe_code)]
#![allow(non_snake_case)] // Symbols match the equations.

use cortex_m_semihosting::{debug, hprintln};
use dero_crypto::{
    NetworkId,
    group::{
        Element, Point, Scalar, decode_scalar,
        generators::{G, U, X, Y},
    },
    keys::{LinkingTag, MasterSecret},
    secret::Secret,
    sigma::{HostPart, SignerPart, SpendProof, SpendStatement, SpendWitness},
};
use dero_firmware::{leave, stack};
use rand::{SeedableRng as _, rngs::StdRng};

/// One known answer of `spend.json`.
struct Case {
    name: &'static str,
    index: u64,
    net: [u8; 32],
    m_tx: [u8; 32],
    image_key: [u8; 32],
    tag: [u8; 32],
    x: [u8; 32],
    y: [u8; 32],
    z: [u8; 32],
    alpha: [u8; 32],
    beta: [u8; 32],
    gamma: [u8; 32],
    c: [u8; 32],
    proof: [u8; SpendProof::LEN],
}

include!(concat!(env!("OUT_DIR"), "/cases.rs"));

#[cortex_m_rt::entry]
fn main() -> ! {
    assert!(!CASES.is_empty());
    CASES.iter().for_each(known_answer);
    measure(&CASES[0]);
    leave(debug::EXIT_SUCCESS)
}

fn secret(bytes: &[u8; 32]) -> Secret<Scalar> {
    Secret::new(decode_scalar(bytes, "known answer").expect("a scalar"))
}

impl Case {
    fn statement(&self) -> SpendStatement {
        SpendStatement {
            net: NetworkId(self.net),
            m_tx: self.m_tx,
            index: self.index,
            image_key: Point::decode(&self.image_key, "K~").expect("a point"),
            tag: LinkingTag::decode(&self.tag).expect("a point"),
        }
    }

    fn witness(&self) -> SpendWitness {
        SpendWitness { x: secret(&self.x), y: secret(&self.y), z: secret(&self.z) }
    }
}

/// The bytes of the known answer from its nonces; other bytes from fresh ones, which hold.
fn known_answer(case: &Case) {
    let (statement, witness) = (case.statement(), case.witness());
    let nonces = SpendWitness { x: secret(&case.alpha), y: secret(&case.beta), z: secret(&case.gamma) };
    let made = SpendProof::prove_with_nonces(&statement, &witness, &nonces).expect("the witness opens");
    assert!(made.to_bytes() == case.proof, "{}: other bytes than the known answer", case.name);
    assert!(holds(&statement, &case.proof, Some(&case.c)), "{}: the known answer does not hold", case.name);
    let tag = LinkingTag::from_full(&witness.x, &witness.y).expect("a tag");
    assert!(tag == statement.tag, "{}: another linking tag", case.name);

    let fresh =
        SpendProof::prove(&statement, &witness, &mut StdRng::from_seed([7; 32])).expect("the witness opens");
    assert!(fresh != made && holds(&statement, &fresh.to_bytes(), None), "{}: a fresh proof", case.name);
    let other = SpendStatement { m_tx: [9; 32], ..statement };
    assert!(!holds(&other, &fresh.to_bytes(), None), "{}: holds for another transaction", case.name);
    hprintln!("{}: the bytes of the known answer, and a fresh proof that holds", case.name);
}

/// The verifier's two equations as the specification writes them.
fn holds(statement: &SpendStatement, proof: &[u8; SpendProof::LEN], expected: Option<&[u8; 32]>) -> bool {
    let (parts, _) = proof.as_chunks::<32>();
    let [A1, A2] = [0, 1].map(|i| Point::decode(&parts[i], "announcement").expect("a point"));
    let [s_x, s_y, s_z] = [2, 3, 4].map(|i| decode_scalar(&parts[i], "answer").expect("a scalar"));
    let c = statement.challenge(&A1, &A2).expect("not zero");
    let [x, y, g, u] = [X, Y, G, U].map(|base| base.to_element());
    let key = x * s_x + y * s_y + g * s_z == A1.element() + statement.image_key.element() * c;
    let tag = statement.tag.point().element() * s_x + y * s_y == A2.element() + u * c;
    key && tag && expected.is_none_or(|expected| c.as_bytes() == expected)
}

fn measure(case: &Case) {
    let (statement, witness) = (case.statement(), case.witness());
    let mut rng = StdRng::from_seed([7; 32]);

    let (key, used) = stack::used_by(|| MasterSecret::from_bytes([7; 32]).spend_key());
    report("spend key", used);
    let (tag, used) = stack::used_by(|| LinkingTag::from_full(&witness.x, &witness.y));
    assert!(tag == Ok(statement.tag));
    report("linking tag", used);
    let (proof, used) = stack::used_by(|| SpendProof::prove(&statement, &witness, &mut rng));
    assert!(proof.is_ok());
    report("spend proof", used);

    // The host makes the rest of the proof; the device answers with its own part.
    let host = HostPart::new(&statement, &witness.x, &witness.z, &mut rng).expect("points");
    let (P1, P2) = host.points();
    let v = secret(&case.z);
    let (signed, used) = stack::used_by(|| SignerPart::answer(&statement, (P1, P2), &key, &v, &mut rng));
    let SignerPart { beta_Y, s_y } = signed.expect("points");
    let (A1, A2) = SpendStatement::announcements(&P1, &P2, &beta_Y).expect("points");
    let c = statement.challenge(&A1, &A2).expect("not zero");
    let one_time: Element = key.public().element() + Y.to_element() * v.expose();
    assert!(Y.to_element() * s_y == beta_Y.element() + one_time * c, "the device's answer");
    report("device's part of a proof", used);
}

fn report(what: &str, used: usize) {
    hprintln!("{:<24}{:>6} bytes of stack", what, used);
}
