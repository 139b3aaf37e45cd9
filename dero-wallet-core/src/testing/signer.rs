//! Does a [`Signer`] keep its contract?

#![allow(non_snake_case)] // Symbols match the equations.

use dero_crypto::{
    NetworkId,
    group::{
        Point, Scalar,
        generators::{G, X, Y},
    },
    keys::LinkingTag,
    secret::Secret,
    sigma::spend::{HostPart, SpendStatement},
};
use rand_core::CryptoRng;

use crate::signer::{SignReply, SignRequest, Signer, SpendInput, SpendRequest};

/// Asks a signer for the spend public key `Y_s` and checks its answers by their equations.
///
/// # Panics
///
/// With the name of the broken rule.
pub fn signer_conformance<S: Signer>(signer: &mut S, Y_s: &Point, rng: &mut impl CryptoRng) {
    let first = Case::new(Y_s, 0, rng);
    let second = Case::new(Y_s, 5, rng);
    let request = SignRequest::Spend(SpendRequest {
        net: NET,
        m_tx: M_TX,
        inputs: alloc::vec![first.input.clone(), second.input.clone()],
    });
    let SignReply::Spend(answers) = signer.request(&request).expect("an honest request is answered");
    assert_eq!(answers.len(), 2, "the signer did not answer every input");
    let SignReply::Spend(again) = signer.request(&request).expect("an honest request is answered");
    assert_ne!(answers[0].beta_Y, again[0].beta_Y, "the signer used a nonce twice");
    assert_ne!(answers[0].beta_Y, answers[1].beta_Y, "the signer used one nonce for two inputs");
    for (case, answer) in [first, second].into_iter().zip(answers) {
        let proof = case.host.finish(&answer.beta_Y, answer.s_y, rng);
        assert!(proof.is_ok(), "an answer does not verify: a wrong key, nonce or challenge");
    }
}

const NET: NetworkId = NetworkId([7; 32]);
const M_TX: [u8; 32] = [8; 32];

/// One input of a made-up transaction.
struct Case {
    host: HostPart,
    input: SpendInput,
}

impl Case {
    fn new(Y_s: &Point, index: u64, rng: &mut impl CryptoRng) -> Self {
        let [x, v, z] = core::array::from_fn(|_| Secret::new(Scalar::random(rng)));
        let D = Y_s.element() + Y.element() * v.expose();
        let tag = LinkingTag::from_view_balance(&x, &D).expect("random keys have a tag");
        let K = X.element() * x.expose() + D + G.element() * z.expose();
        let image_key = Point::encode(K, "K").expect("random keys are no identity");
        let statement = SpendStatement { net: NET, m_tx: M_TX, index, image_key, tag };
        let host = HostPart::new(&statement, &x, &z, rng).expect("random nonces");
        let (P1, P2) = host.points();
        Self { host, input: SpendInput { index, image_key, tag, v, P1, P2 } }
    }
}
