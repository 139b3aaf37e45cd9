//! Where a wallet keeps its state: rows that change together.
//!
//! The wallet holds its state in memory and describes every change as a [`ChangeSet`]. A [`Persister`] writes a
//! change set whole or not at all, and gives all rows back at the next start. Rows that are many and large (entries
//! of the reference list) are *bulk*: read one by one, never loaded together.

mod memory;
#[cfg(feature = "redb")]
mod redb;
mod staged;

use alloc::{collections::BTreeMap, vec::Vec};

pub use memory::MemoryPersister;
#[cfg(feature = "redb")]
pub use redb::{RedbError, RedbPersister};
pub(crate) use staged::Staged;

/// Changes that are written together: a value, or `None` where the row goes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChangeSet {
    /// Rows that are loaded at the start.
    pub rows: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
    /// Rows that are read one by one.
    pub bulk: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
}

impl ChangeSet {
    /// No change.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether nothing changes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.bulk.is_empty()
    }

    /// Sets a row.
    pub fn put(&mut self, key: impl Into<Vec<u8>>, value: impl Into<Vec<u8>>) {
        self.rows.insert(key.into(), Some(value.into()));
    }

    /// Takes a row away.
    pub fn delete(&mut self, key: impl Into<Vec<u8>>) {
        self.rows.insert(key.into(), None);
    }

    /// Sets a bulk row.
    pub fn put_bulk(&mut self, key: impl Into<Vec<u8>>, value: impl Into<Vec<u8>>) {
        self.bulk.insert(key.into(), Some(value.into()));
    }

    /// Takes a bulk row away.
    pub fn delete_bulk(&mut self, key: impl Into<Vec<u8>>) {
        self.bulk.insert(key.into(), None);
    }

    /// Adds `later` on top: where both change a row, `later` wins.
    pub fn merge(&mut self, later: Self) {
        self.rows.extend(later.rows);
        self.bulk.extend(later.bulk);
    }
}

/// Keeps a wallet's rows.
///
/// # Contract
///
/// - [`commit`](Persister::commit) writes all of a change set or nothing, and the change is durable when it returns.
/// - [`load`](Persister::load) returns every row that is set, in ascending order of keys, and no bulk row.
/// - Rows and bulk rows are apart: one key may stand in both.
/// - After a crash the store opens as it was after some commit that had returned, or was running.
///
/// Check your own with `testing::persister_conformance`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` keeps no rows of a wallet",
    label = "this part must implement `Persister`",
    note = "`MemoryPersister` and `RedbPersister` do; `testing::persister_conformance` checks one of your own"
)]
pub trait Persister {
    /// What can go wrong.
    type Error: core::error::Error + Send + Sync + 'static;

    /// All rows.
    ///
    /// # Errors
    ///
    /// A failed or refused read.
    #[allow(clippy::type_complexity, reason = "rows are pairs of bytes")]
    fn load(&self) -> Result<Vec<(Vec<u8>, Vec<u8>)>, Self::Error>;

    /// One bulk row.
    ///
    /// # Errors
    ///
    /// A failed or refused read.
    fn bulk(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Self::Error>;

    /// Writes a change set.
    ///
    /// # Errors
    ///
    /// A failed write; the rows are then as before.
    fn commit(&mut self, changes: &ChangeSet) -> Result<(), Self::Error>;
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn change_set() -> impl Strategy<Value = ChangeSet> {
        let table =
            || prop::collection::btree_map(prop::collection::vec(0u8..3, 1..3), any::<Option<Vec<u8>>>(), 0..4);
        (table(), table()).prop_map(|(rows, bulk)| ChangeSet { rows, bulk })
    }

    proptest! {
        #[test]
        fn merging_is_associative_and_the_later_change_wins(a in change_set(), b in change_set(), c in change_set()) {
            let merged = |mut first: ChangeSet, second: &ChangeSet| { first.merge(second.clone()); first };
            prop_assert_eq!(merged(merged(a.clone(), &b), &c), merged(a.clone(), &merged(b.clone(), &c)));
            for (key, value) in &b.rows {
                prop_assert_eq!(&merged(a.clone(), &b).rows[key], value);
            }
        }
    }
}
