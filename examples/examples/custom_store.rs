//! How does a node keep its chain in a store of my own?
//!
//! Implement [`ChainStore`] and run the suite that tells whether it is right. This one counts what it is asked and
//! hands everything on.
//!
//! ```sh
//! cargo run -p dero-examples --example custom_store
//! ```

use std::sync::atomic::{AtomicU64, Ordering};

use dero_ledger::{
    block::BlockRef,
    store::{BlockChanges, ChainStore, MemoryStore, StoreError},
    testing::check_store,
};

/// Counts commits and reverts.
#[derive(Debug, Default)]
struct Counting<S> {
    inner: S,
    commits: AtomicU64,
    reverts: AtomicU64,
}

impl<S: ChainStore> ChainStore for Counting<S> {
    type View = S::View;

    fn view(&self) -> Result<S::View, StoreError> {
        self.inner.view()
    }

    fn commit(&self, changes: &BlockChanges) -> Result<(), StoreError> {
        self.commits.fetch_add(1, Ordering::Relaxed);
        self.inner.commit(changes)
    }

    fn revert(&self) -> Result<Option<BlockRef>, StoreError> {
        self.reverts.fetch_add(1, Ordering::Relaxed);
        self.inner.revert()
    }
}

/// Forgets every commit after the third: what the suite must find.
#[derive(Debug, Default)]
struct Forgetful(Counting<MemoryStore>);

impl ChainStore for Forgetful {
    type View = <MemoryStore as ChainStore>::View;

    fn view(&self) -> Result<Self::View, StoreError> {
        self.0.view()
    }

    fn commit(&self, changes: &BlockChanges) -> Result<(), StoreError> {
        if self.0.commits.load(Ordering::Relaxed) >= 3 { Ok(()) } else { self.0.commit(changes) }
    }

    fn revert(&self) -> Result<Option<BlockRef>, StoreError> {
        self.0.revert()
    }
}

pub(crate) fn main() {
    check_store(Counting::<MemoryStore>::default).expect("a store that hands everything on is right");
    println!("the counting store keeps the contract");

    let failure = check_store(Forgetful::default).expect_err("a store that forgets is wrong");
    println!("the forgetful store does not: {failure}");
}
