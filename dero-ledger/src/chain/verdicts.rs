//! Verdicts of steps 6 to 9, kept from the pool to the block (protocol 10.4).

use std::sync::{Mutex, PoisonError};

use super::members::Recent;
use crate::{rules::Verdict, transaction::VerdictKey};

/// Verdicts by their keys. A key covers the transaction with its proofs and everything of the state on which the
/// verdict depends, so an old verdict is never used for another state; it is merely never asked for.
#[derive(Debug)]
pub struct VerdictCache {
    passed: Mutex<Recent<VerdictKey, Verdict>>,
}

impl VerdictCache {
    /// Keeps up to `capacity` verdicts.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self { passed: Mutex::new(Recent::new(capacity)) }
    }

    /// The verdict under `key`, if it passed.
    #[must_use]
    pub fn get(&self, key: &VerdictKey) -> Option<Verdict> {
        self.passed.lock().unwrap_or_else(PoisonError::into_inner).get(key)
    }

    /// Keeps a verdict.
    pub fn insert(&self, verdict: Verdict) {
        self.passed.lock().unwrap_or_else(PoisonError::into_inner).insert(*verdict.key(), verdict);
    }

    /// Forgets all: after a reorganisation of M blocks or more.
    pub fn clear(&self) {
        self.passed.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}
