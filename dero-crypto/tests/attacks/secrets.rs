//! Attack 93: secrets that are printed, debugged, dropped.

use std::{cell::Cell, fmt::Debug, rc::Rc};

use dero_crypto::{
    asset::KnownAssets,
    enote::{EnoteSeed, MemoEntries, SelfSend, SelfTag},
    keys::{AddressIndex, MasterSecret},
    secret::Secret,
};
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use subtle::ConstantTimeEq;
use zeroize::Zeroize;

use super::{NET, address, context, draft, seed, wallet};

fn redacted(value: &impl Debug, name: &str) {
    assert_eq!(format!("{value:?}"), format!("{name}(..)"));
    assert_eq!(format!("{value:#?}"), format!("{name}(..)"));
}

#[test]
fn nothing_secret_is_printed() {
    let master = MasterSecret::from_bytes([1; 32]);
    let (keys, bundle, known) = (wallet(1), context(1), KnownAssets::native());
    redacted(&master, "MasterSecret");
    redacted(&master.spend_key(), "SpendKey");
    redacted(&keys, "AuditKey");
    redacted(keys.view_received(), "ViewReceivedKey");
    redacted(keys.view_received().find_key(), "FindKey");
    redacted(keys.address_key(), "AddressKey");
    redacted(&keys.to_bytes(), "Secret");
    assert_eq!(format!("{:?}", seed(1)), "EnoteSeed(Secret(..))");

    redacted(&draft(&bundle, &seed(1)), "Draft");
    let made = draft(&bundle, &seed(1)).self_send(&keys, AddressIndex(0), SelfSend::Change, SelfTag::Find);
    redacted(&made.opening, "Opening");
    redacted(made.opening.asset(), "AssetBase");
    let found = keys.recognise_self(&bundle, &made.enote.decode().expect("points"), &known).expect("own");
    redacted(&found, "Recognised");
    redacted(&keys.one_time_view(&found).expect("a tag"), "OneTimeView");
    let paid = draft(&bundle, &EnoteSeed::outgoing(keys.outgoing_secret(), &bundle, &[0; 16], 0))
        .external(&NET, &address(&wallet(2), 0));
    let decoded = paid.enote.decode().expect("points");
    redacted(&keys.recover_outgoing(&bundle, &[0; 16], 0, &decoded, &known).expect("own"), "Outgoing");

    let mut memo = MemoEntries::new();
    memo.set_text("for your eyes");
    redacted(&memo, "MemoEntries");
}

#[test]
fn a_secret_is_erased_when_it_is_dropped() {
    struct Probe(Rc<Cell<bool>>);
    impl Zeroize for Probe {
        fn zeroize(&mut self) {
            self.0.set(true);
        }
    }
    let erased = Rc::new(Cell::new(false));
    let secret = Secret::new(Probe(erased.clone()));
    assert!(!erased.get());
    drop(secret);
    assert!(erased.get());
}

#[test]
fn secrets_are_equal_if_what_they_hold_is() {
    let secret = Secret::from(7u64);
    assert!(bool::from(secret.ct_eq(&Secret::new(7))));
    for bit in 0..64 {
        let mut other = Secret::new(7);
        *other.expose_mut() ^= 1 << bit;
        assert!(!bool::from(secret.ct_eq(&other)), "bit {bit}");
    }
}

#[test]
fn what_is_drawn_is_what_the_generator_gives() {
    let rng = || StdRng::seed_from_u64(7);
    let mut given = [0; 32];
    rng().fill_bytes(&mut given);
    assert_eq!(EnoteSeed::random(&mut rng()).expose()[..], given[..16]);
    let drawn = MasterSecret::random(&mut rng()).audit_key();
    assert_eq!(drawn.to_bytes().expose(), MasterSecret::from_bytes(given).audit_key().to_bytes().expose());
}
