//! Rows in memory, for tests and for wallets that live as long as their process.

use alloc::{collections::BTreeMap, vec::Vec};
use core::convert::Infallible;

use super::{ChangeSet, Persister};

/// Keeps rows until it is dropped.
#[derive(Clone, Default)]
pub struct MemoryPersister {
    rows: BTreeMap<Vec<u8>, Vec<u8>>,
    bulk: BTreeMap<Vec<u8>, Vec<u8>>,
}

impl core::fmt::Debug for MemoryPersister {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("MemoryPersister").field("rows", &self.rows.len()).field("bulk", &self.bulk.len()).finish()
    }
}

impl MemoryPersister {
    /// No rows.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

fn apply(table: &mut BTreeMap<Vec<u8>, Vec<u8>>, changes: &BTreeMap<Vec<u8>, Option<Vec<u8>>>) {
    for (key, value) in changes {
        match value {
            Some(value) => table.insert(key.clone(), value.clone()),
            None => table.remove(key),
        };
    }
}

impl Persister for MemoryPersister {
    type Error = Infallible;

    fn load(&self) -> Result<Vec<(Vec<u8>, Vec<u8>)>, Infallible> {
        Ok(self.rows.iter().map(|(key, value)| (key.clone(), value.clone())).collect())
    }

    fn bulk(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Infallible> {
        Ok(self.bulk.get(key).cloned())
    }

    fn commit(&mut self, changes: &ChangeSet) -> Result<(), Infallible> {
        apply(&mut self.rows, &changes.rows);
        apply(&mut self.bulk, &changes.bulk);
        Ok(())
    }
}
