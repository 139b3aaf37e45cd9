//! The persisters that ship keep the contract; broken ones are found.

use std::panic::catch_unwind;

use dero_wallet_core::{
    store::{ChangeSet, MemoryPersister, Persister, RedbPersister},
    testing::persister_conformance,
};

#[test]
fn the_memory_persister_conforms() {
    persister_conformance(|_| MemoryPersister::new(), false);
}

#[test]
fn the_redb_persister_conforms() {
    let folder = tempfile::tempdir().expect("a folder");
    let open = |name: &str| {
        RedbPersister::open(&folder.path().join(name), [7; 32].into(), rand::rng()).expect("the file opens")
    };
    persister_conformance(open, true);
}

/// A memory persister that passes change sets on as `fault` leaves them.
struct Broken {
    inner: MemoryPersister,
    fault: fn(&mut ChangeSet),
}

impl Persister for Broken {
    type Error = core::convert::Infallible;

    fn load(&self) -> Result<Vec<(Vec<u8>, Vec<u8>)>, Self::Error> {
        self.inner.load()
    }
    fn bulk(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Self::Error> {
        self.inner.bulk(key)
    }
    fn commit(&mut self, changes: &ChangeSet) -> Result<(), Self::Error> {
        let mut changes = changes.clone();
        (self.fault)(&mut changes);
        self.inner.commit(&changes)
    }
}

fn complaint(fault: fn(&mut ChangeSet)) -> String {
    let result = catch_unwind(|| {
        persister_conformance(|_| Broken { inner: MemoryPersister::new(), fault }, false);
    });
    let panic = result.expect_err("a broken store passed");
    panic
        .downcast_ref::<String>()
        .cloned()
        .unwrap_or_else(|| panic.downcast_ref::<&str>().unwrap_or(&"").to_string())
}

#[test]
fn broken_persisters_are_found_by_name() {
    let lost = complaint(|changes| drop(changes.rows.pop_first()));
    assert!(lost.contains("lost, changed or reordered"), "{lost}");
    let mixed = complaint(|changes| changes.bulk.extend(core::mem::take(&mut changes.rows)));
    assert!(mixed.contains("lost, changed or reordered"), "{mixed}");
    let kept = complaint(|changes| changes.bulk.retain(|_, value| value.is_some()));
    assert!(kept.contains("deleted bulk row"), "{kept}");
    let undead = complaint(|changes| changes.rows.retain(|_, value| value.is_some()));
    assert!(undead.contains("later change"), "{undead}");
}
