//! The signer that ships keeps the contract; broken ones are found.

use std::{
    collections::BTreeSet,
    panic::{AssertUnwindSafe, catch_unwind},
};

use dero_crypto::{
    NetworkId,
    group::{Scalar, generators},
    keys::{LinkingTag, MasterSecret},
};
use dero_wallet_core::{
    signer::{MemorySigner, SignReply, SignRequest, Signer, SpendInput, SpendRequest},
    testing::signer_conformance,
};
use rand::{SeedableRng, rngs::StdRng};

/// From a seed: chance decides no test.
fn drawn(seed: u64) -> StdRng {
    StdRng::seed_from_u64(seed)
}

#[test]
fn the_memory_signer_conforms() {
    let master = MasterSecret::random(&mut drawn(1));
    let mut signer = MemorySigner::new(&master, drawn(2));
    signer_conformance(&mut signer, master.spend_key().public(), &mut drawn(4));
}

#[test]
fn a_signer_with_another_key_is_found() {
    let mut signer = MemorySigner::new(&MasterSecret::random(&mut drawn(1)), drawn(2));
    let complaint = complaint(&mut signer, &MasterSecret::random(&mut drawn(3)));
    assert!(complaint.contains("wrong key"), "{complaint}");
}

/// Answers the first request for ever.
struct Repeating<S> {
    inner: S,
    first: Option<SignReply>,
}

impl<S: Signer> Signer for Repeating<S> {
    type Error = S::Error;

    fn request(&mut self, request: &SignRequest) -> Result<SignReply, S::Error> {
        if self.first.is_none() {
            self.first = Some(self.inner.request(request)?);
        }
        Ok(self.first.clone().expect("set above"))
    }
}

#[test]
fn a_signer_that_uses_a_nonce_twice_is_found() {
    let master = MasterSecret::random(&mut drawn(1));
    let mut signer = Repeating { inner: MemorySigner::new(&master, drawn(2)), first: None };
    let complaint = complaint(&mut signer, &master);
    assert!(complaint.contains("nonce twice"), "{complaint}");
}

/// A generator that always returns the same bytes.
struct Stuck;

impl rand::TryRng for Stuck {
    type Error = core::convert::Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        Ok(7)
    }
    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        Ok(7)
    }
    fn try_fill_bytes(&mut self, dst: &mut [u8]) -> Result<(), Self::Error> {
        dst.fill(7);
        Ok(())
    }
}
impl rand::TryCryptoRng for Stuck {}

#[test]
fn a_repeating_generator_gives_no_nonce_twice_for_two_statements() {
    let [a, b] = [generators::U, generators::H].map(|generator| generator.point());
    let input = SpendInput { index: 0, image_key: a, tag: LinkingTag(b), v: Scalar::ONE.into(), P1: a, P2: b };
    let changed = [
        SpendInput { index: 1, ..input.clone() },
        SpendInput { image_key: b, ..input.clone() },
        SpendInput { tag: LinkingTag(a), ..input.clone() },
        SpendInput { v: Scalar::ZERO.into(), ..input.clone() },
        SpendInput { P1: b, ..input.clone() },
        SpendInput { P2: a, ..input.clone() },
        input,
    ];
    let mut signer = MemorySigner::new(&MasterSecret::random(&mut drawn(3)), Stuck);
    let mut nonces = BTreeSet::new();
    for m_tx in [[1; 32], [2; 32]] {
        let request = SpendRequest { net: NetworkId([7; 32]), m_tx, inputs: changed.to_vec() };
        let SignReply::Spend(answers) = signer.request(&SignRequest::Spend(request)).expect("answered") else {
            panic!("another reply");
        };
        nonces.extend(answers.iter().map(|answer| answer.beta_Y));
    }
    assert_eq!(nonces.len(), 14);
}

fn complaint(signer: &mut impl Signer, owner: &MasterSecret) -> String {
    let key = *owner.spend_key().public();
    let check = AssertUnwindSafe(|| signer_conformance(signer, &key, &mut drawn(4)));
    let panic = catch_unwind(check).expect_err("a broken signer passed");
    panic
        .downcast_ref::<String>()
        .cloned()
        .unwrap_or_else(|| panic.downcast_ref::<&str>().unwrap_or(&"").to_string())
}
