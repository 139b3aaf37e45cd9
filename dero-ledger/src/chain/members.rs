//! Decoded members of reference sets, kept between blocks.
//!
//! Decoding a window of N enotes costs 3N square roots; using it again costs none. Both caches are addressed by
//! content: the accumulator after a position stands for everything before it, so a reorganisation never makes an
//! entry wrong, only useless.

use alloc::{sync::Arc, vec::Vec};
use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Mutex, MutexGuard, PoisonError},
};

use dero_crypto::{
    DecodeError,
    membership::{Accumulator, Member, ReferenceKind, ReferenceSet},
};

use crate::store::ListedEnote;

/// Which interval, on which list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct SetKey {
    pub(super) kind: ReferenceKind,
    pub(super) start: u64,
    pub(super) before: Accumulator,
    pub(super) after: Accumulator,
}

/// Bounded caches of members and sets.
#[derive(Debug)]
pub(super) struct MemberCache {
    members: Mutex<Recent<[u8; 32], Arc<Member>>>,
    sets: Mutex<Recent<SetKey, Arc<ReferenceSet>>>,
}

impl MemberCache {
    /// Holds up to `members` decoded members of 480 bytes each, and the last `sets` intervals that were asked for.
    pub(super) fn new(members: usize, sets: usize) -> Self {
        Self { members: Mutex::new(Recent::new(members)), sets: Mutex::new(Recent::new(sets)) }
    }

    /// The set of `key`, from memory or from the entries that `read` returns.
    pub(super) fn set<E: From<DecodeError>>(
        &self,
        key: SetKey,
        read: impl FnOnce() -> Result<Vec<ListedEnote>, E>,
    ) -> Result<Arc<ReferenceSet>, E> {
        if let Some(known) = lock(&self.sets).get(&key) {
            return Ok(known);
        }
        let members = self.members(&read()?)?;
        let set = Arc::new(ReferenceSet::new(key.kind, key.start, key.before, key.after, members)?);
        lock(&self.sets).insert(key, Arc::clone(&set));
        Ok(set)
    }

    fn members(&self, entries: &[ListedEnote]) -> Result<Vec<Arc<Member>>, DecodeError> {
        let known: Vec<_> = {
            let mut cache = lock(&self.members);
            entries.iter().map(|entry| cache.get(&entry.acc)).collect()
        };
        let members = decode(entries, known)?;
        let mut cache = lock(&self.members);
        for (entry, member) in entries.iter().zip(&members) {
            cache.insert(entry.acc, Arc::clone(member));
        }
        Ok(members)
    }
}

fn member(entry: &ListedEnote, known: Option<Arc<Member>>) -> Result<Arc<Member>, DecodeError> {
    known.map_or_else(|| Member::decode(&entry.enote).map(Arc::new), Ok)
}

#[cfg(feature = "parallel")]
fn decode(entries: &[ListedEnote], known: Vec<Option<Arc<Member>>>) -> Result<Vec<Arc<Member>>, DecodeError> {
    use rayon::prelude::*;
    entries.par_iter().zip(known).with_min_len(64).map(|(entry, known)| member(entry, known)).collect()
}

#[cfg(not(feature = "parallel"))]
fn decode(entries: &[ListedEnote], known: Vec<Option<Arc<Member>>>) -> Result<Vec<Arc<Member>>, DecodeError> {
    entries.iter().zip(known).map(|(entry, known)| member(entry, known)).collect()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A cache is right whatever a panicking holder left undone.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A map that keeps at least the last `capacity / 2` used entries and at most `capacity`: two generations, the
/// older one dropped whole when the younger is full.
#[derive(Debug)]
pub(super) struct Recent<K, V> {
    half: usize,
    young: HashMap<K, V>,
    old: HashMap<K, V>,
}

impl<K: Hash + Eq + Clone, V: Clone> Recent<K, V> {
    pub(super) fn new(capacity: usize) -> Self {
        Self { half: capacity.div_ceil(2).max(1), young: HashMap::new(), old: HashMap::new() }
    }

    pub(super) fn get(&mut self, key: &K) -> Option<V> {
        if let Some(value) = self.young.get(key) {
            return Some(value.clone());
        }
        let value = self.old.remove(key)?;
        self.insert(key.clone(), value.clone());
        Some(value)
    }

    pub(super) fn insert(&mut self, key: K, value: V) {
        if self.young.len() >= self.half && !self.young.contains_key(&key) {
            self.old = core::mem::take(&mut self.young);
        }
        self.young.insert(key, value);
    }

    pub(super) fn contains(&self, key: &K) -> bool {
        self.young.contains_key(key) || self.old.contains_key(key)
    }

    pub(super) fn clear(&mut self) {
        self.young.clear();
        self.old.clear();
    }

    #[cfg(test)]
    fn len(&self) -> usize {
        self.young.len() + self.old.len()
    }
}

#[cfg(test)]
mod tests {
    use dero_crypto::group::generators::{G, H, U, X, Y};

    use super::*;

    fn entries(count: u8) -> Vec<ListedEnote> {
        let points = [G, H, U, X, Y].map(|generator| generator.point().to_bytes());
        let entry = |i: u8| {
            let parts = [points[usize::from(i) % 5], points[1], points[2]];
            ListedEnote { enote: parts.concat().try_into().unwrap(), acc: [i; 32] }
        };
        (0..count).map(entry).collect()
    }

    fn key(after: u8) -> SetKey {
        SetKey {
            kind: ReferenceKind::Open,
            start: 0,
            before: Accumulator([0; 32]),
            after: Accumulator([after; 32]),
        }
    }

    #[test]
    fn the_same_interval_is_the_same_set_and_positions_are_the_same_members() {
        let cache = MemberCache::new(100, 4);
        let one = cache.set::<DecodeError>(key(4), || Ok(entries(5))).unwrap();
        let again = cache.set::<DecodeError>(key(4), || panic!("read again")).unwrap();
        assert!(Arc::ptr_eq(&one, &again));
        let longer = cache.set::<DecodeError>(key(6), || Ok(entries(7))).unwrap();
        for (a, b) in one.members().iter().zip(longer.members()) {
            assert!(Arc::ptr_eq(a, b));
        }
    }

    #[test]
    fn the_cache_stays_bounded_and_keeps_what_is_used() {
        let mut recent = Recent::new(10);
        for i in 0..100 {
            recent.insert(i, i);
            assert_eq!(recent.get(&0), Some(0));
            assert!(recent.len() <= 10);
        }
        assert_eq!((recent.get(&50), recent.get(&99)), (None, Some(99)));
    }

    #[test]
    fn an_entry_that_does_not_decode_is_an_error_and_not_a_set() {
        let cache = MemberCache::new(100, 4);
        let mut broken = entries(3);
        broken[1].enote[..32].fill(0xff);
        assert!(cache.set::<DecodeError>(key(1), || Ok(broken)).is_err());
        assert!(cache.set::<DecodeError>(key(1), || Ok(entries(3))).is_ok());
    }
}
