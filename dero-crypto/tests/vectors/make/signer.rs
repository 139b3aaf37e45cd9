//! A spend proof whose y-part a signer makes apart (6, 14.6).

use core::convert::Infallible;

use dero_crypto::{
    NetworkId,
    group::generators::{G, X, Y},
    keys::{LinkingTag, SpendKey},
    secret::Secret,
    sigma::{SignerPart, SpendStatement},
};
use rand::{TryCryptoRng, TryRng};
use serde_json::{Value, json};

use super::{
    NET,
    draw::{Draw, point},
    drawn, file, flip, refused,
};

pub fn spend() -> Value {
    let valid = drawn("spend", "host-and-signer", host_and_signer);
    let changed = ["m_tx", "K", "L"].map(|key| {
        let other = |case: &mut Value| case[key] = hex::encode(X.point().as_bytes()).into();
        refused(&valid, &format!("{key}-other"), "bad-proof", "6", other)
    });
    let answer = refused(&valid, "s_y-other", "bad-proof", "6", |case| flip(case, "proof", 96));
    file([valid].into_iter().chain(changed).chain([answer]).collect())
}

fn host_and_signer(draw: &mut Draw) -> Value {
    let (m_tx, index, rnd) = (draw.bytes(), draw.below(8), draw.bytes());
    let [k_s, v, x, z, alpha, gamma] = [(); 6].map(|()| draw.scalar());
    let y = k_s + v;
    let image_key = point(X.element() * x + Y.element() * y + G.element() * z);
    let tag = LinkingTag::from_full(&Secret::new(x), &Secret::new(y)).expect("a tag");
    let statement = SpendStatement { net: NetworkId(NET), m_tx, index, image_key, tag };
    let (P1, P2) = (point(X.element() * alpha + G.element() * gamma), point(tag.point().element() * alpha));

    let key = SpendKey::from_bytes(k_s.as_bytes()).expect("not zero");
    let SignerPart { beta_Y, s_y } =
        SignerPart::answer(&statement, (P1, P2), &key, &Secret::new(v), &mut Repeating(rnd)).expect("an answer");
    let (A1, A2) = SpendStatement::announcements(&P1, &P2, &beta_Y).expect("points");
    let c = statement.challenge(&A1, &A2).expect("a challenge");
    let (s_x, s_z) = (alpha + c * x, gamma + c * z);
    let proof = [A1.to_bytes(), A2.to_bytes(), s_x.to_bytes(), s_y.to_bytes(), s_z.to_bytes()].concat();
    let hex = |bytes: &[u8; 32]| hex::encode(bytes);
    json!({
        "kind": "signer", "m_tx": hex(&m_tx), "index": index, "K": hex(image_key.as_bytes()),
        "L": hex(tag.point().as_bytes()), "k_s": hex(k_s.as_bytes()), "v": hex(v.as_bytes()),
        "x": hex(x.as_bytes()), "z": hex(z.as_bytes()), "alpha": hex(alpha.as_bytes()),
        "gamma": hex(gamma.as_bytes()), "P1": hex(P1.as_bytes()), "P2": hex(P2.as_bytes()), "rnd": hex(&rnd),
        "beta": hex((s_y - c * y).as_bytes()), "beta_Y": hex(beta_Y.as_bytes()), "s_y": hex(s_y.as_bytes()),
        "c": hex(c.as_bytes()), "proof": hex::encode(proof),
    })
}

/// A generator that gives these bytes each time.
pub struct Repeating(pub [u8; 32]);

impl TryRng for Repeating {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        unreachable!("a nonce takes bytes")
    }
    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        unreachable!("a nonce takes bytes")
    }
    fn try_fill_bytes(&mut self, to: &mut [u8]) -> Result<(), Infallible> {
        to.copy_from_slice(&self.0);
        Ok(())
    }
}
impl TryCryptoRng for Repeating {}
