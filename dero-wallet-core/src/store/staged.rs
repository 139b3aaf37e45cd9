//! Changes that are not written yet, read as if they were.

use alloc::vec::Vec;

use super::{ChangeSet, Persister};

/// A persister and the changes that wait for the next checkpoint.
#[derive(Debug)]
pub(crate) struct Staged<P> {
    persister: P,
    changes: ChangeSet,
}

impl<P: Persister> Staged<P> {
    pub(crate) fn new(persister: P) -> Self {
        Self { persister, changes: ChangeSet::new() }
    }

    /// All rows as they were at the last checkpoint.
    pub(crate) fn load(&self) -> Result<Vec<(Vec<u8>, Vec<u8>)>, P::Error> {
        self.persister.load()
    }

    /// A bulk row, staged or written.
    pub(crate) fn bulk(&self, key: &[u8]) -> Result<Option<Vec<u8>>, P::Error> {
        match self.changes.bulk.get(key) {
            Some(staged) => Ok(staged.clone()),
            None => self.persister.bulk(key),
        }
    }

    /// What the next checkpoint writes.
    pub(crate) fn changes(&mut self) -> &mut ChangeSet {
        &mut self.changes
    }

    /// Gives up what is staged.
    pub(crate) fn discard(&mut self) -> ChangeSet {
        core::mem::take(&mut self.changes)
    }

    /// Writes everything that is staged. Staged changes stay staged if that fails.
    pub(crate) fn checkpoint(&mut self) -> Result<(), P::Error> {
        if !self.changes.is_empty() {
            self.persister.commit(&self.changes)?;
            self.changes = ChangeSet::new();
        }
        Ok(())
    }
}
