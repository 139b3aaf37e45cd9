//! Addresses of nodes: learned, ranked, forgotten.
//!
//! An address is a claim by whoever told it. Its pin makes a false one harmless: the dial fails. What must not
//! happen is that one talker fills the book, so it is bounded in all and for each group of neighbours.

use core::time::Duration;
use std::collections::BTreeMap;

use rand_core::CryptoRng;

use crate::{
    clock::Time,
    machine::{below, earlier},
    transport::{Address, PeerId, Pinned},
};

/// Addresses in all.
pub const MAX_BOOK: usize = 4096;
/// Addresses of one group of neighbours.
pub const MAX_BOOK_GROUP: usize = 64;
/// Dials that may fail in a row before an address is forgotten.
const MAX_FAILURES: u32 = 10;

/// Known addresses, one for each peer.
#[derive(Debug)]
pub struct Book<A> {
    entries: BTreeMap<PeerId, Entry<A>>,
    /// Told by the operator: never forgotten.
    kept: usize,
}

#[derive(Debug)]
struct Entry<A> {
    place: A,
    kept: bool,
    failures: u32,
    next_try: Time,
}

impl<A: Address> Book<A> {
    /// A book with the operator's addresses.
    #[must_use]
    pub fn new(kept: impl IntoIterator<Item = Pinned<A>>) -> Self {
        let entry = |place| Entry { place, kept: true, failures: 0, next_try: Time::START };
        let entries: BTreeMap<_, _> =
            kept.into_iter().map(|address| (address.peer, entry(address.place))).collect();
        Self { kept: entries.len(), entries }
    }

    /// Hears of an address. The first place that is told for a peer stays until it fails too often.
    pub fn learn(&mut self, now: Time, address: Pinned<A>) {
        if self.entries.contains_key(&address.peer) || self.entries.len() >= MAX_BOOK + self.kept {
            return;
        }
        let group = address.place.origin().group;
        if self.entries.values().filter(|entry| entry.place.origin().group == group).count() >= MAX_BOOK_GROUP {
            return;
        }
        self.entries.insert(address.peer, Entry { place: address.place, kept: false, failures: 0, next_try: now });
    }

    /// A dial failed: the address waits, longer each time.
    pub fn failed(&mut self, now: Time, rng: &mut dyn CryptoRng, peer: PeerId) {
        let Some(entry) = self.entries.get_mut(&peer) else { return };
        entry.failures += 1;
        if entry.failures > MAX_FAILURES && !entry.kept {
            self.entries.remove(&peer);
            return;
        }
        let longest = if entry.kept { 30_000 } else { 600_000 };
        let wait = (500u64 << entry.failures.min(20)).min(longest);
        // Half of it at random: nodes that went down together do not come back together.
        entry.next_try = now + Duration::from_millis(wait / 2 + below(rng, wait / 2));
    }

    /// A dial succeeded.
    pub fn succeeded(&mut self, peer: PeerId) {
        if let Some(entry) = self.entries.get_mut(&peer) {
            entry.failures = 0;
        }
    }

    /// A link that stood ended: the address is tried again soon.
    pub fn lost(&mut self, now: Time, peer: PeerId) {
        if let Some(entry) = self.entries.get_mut(&peer) {
            entry.next_try = now + Duration::from_secs(1);
        }
    }

    /// Forgets an address for good.
    pub fn forget(&mut self, peer: PeerId) {
        if self.entries.remove(&peer).is_some_and(|entry| entry.kept) {
            self.kept -= 1;
        }
    }

    /// The operator's addresses that may be dialled now.
    pub fn due_kept(&self, now: Time) -> impl Iterator<Item = Pinned<A>> + '_ {
        self.due(now, true)
    }

    /// The other addresses that may be dialled now.
    pub fn due_learned(&self, now: Time) -> impl Iterator<Item = Pinned<A>> + '_ {
        self.due(now, false)
    }

    fn due(&self, now: Time, kept: bool) -> impl Iterator<Item = Pinned<A>> + '_ {
        self.entries
            .iter()
            .filter(move |(_, entry)| entry.kept == kept && entry.next_try <= now)
            .map(|(peer, entry)| Pinned { place: entry.place.clone(), peer: *peer })
    }

    /// When the next address that `matters` may be dialled.
    pub fn next_due(&self, now: Time, matters: impl Fn(PeerId) -> bool) -> Option<Time> {
        let times = self.entries.iter().filter(|(peer, entry)| entry.next_try > now && matters(**peer));
        times.map(|(_, entry)| Some(entry.next_try)).fold(None, earlier)
    }

    /// Every address.
    pub fn all(&self) -> impl Iterator<Item = Pinned<A>> + '_ {
        self.entries.iter().map(|(peer, entry)| Pinned { place: entry.place.clone(), peer: *peer })
    }

    /// How many addresses there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{testing::SeededRng, transport::HostPort};

    fn address(host: &str, peer: u64) -> Pinned<HostPort> {
        let mut id = [0; 32];
        id[..8].copy_from_slice(&peer.to_le_bytes());
        Pinned { place: format!("{host}:1").parse().expect("an address"), peer: PeerId(id) }
    }

    #[test]
    fn one_group_cannot_fill_the_book() {
        let mut book = Book::new([]);
        for n in 0..1000 {
            book.learn(Time::START, address(&format!("10.1.{}.{}", n / 250, n % 250), n));
        }
        assert_eq!(book.len(), MAX_BOOK_GROUP);
        book.learn(Time::START, address("10.2.0.1", 5_000));
        assert_eq!(book.len(), MAX_BOOK_GROUP + 1);
    }

    #[test]
    fn the_book_is_capped() {
        let mut book = Book::new([address("kept", u64::MAX)]);
        for n in 0..2 * MAX_BOOK as u64 {
            book.learn(Time::START, address(&format!("host-{n}"), n));
        }
        assert_eq!(book.len(), MAX_BOOK + 1);
    }

    #[test]
    fn an_address_that_fails_waits_longer_and_is_forgotten_unless_it_is_kept() {
        let mut book = Book::new([address("kept", 1)]);
        book.learn(Time::START, address("told", 2));
        let (mut now, rng) = (Time::START, &mut SeededRng::new(1));
        for failures in 1..=MAX_FAILURES + 1 {
            for peer in [1, 2] {
                book.failed(now, rng, address("x", peer).peer);
            }
            assert_eq!(book.due_kept(now).count() + book.due_learned(now).count(), 0);
            assert_eq!(book.len(), if failures > MAX_FAILURES { 1 } else { 2 });
            now = now + Duration::from_secs(600);
            assert_eq!(book.due_kept(now).count(), 1);
        }
    }

    #[test]
    fn the_first_place_told_for_a_peer_stays() {
        let mut book = Book::new([]);
        book.learn(Time::START, address("first", 1));
        book.learn(Time::START, address("second", 1));
        assert_eq!(book.all().collect::<Vec<_>>(), [address("first", 1)]);
    }
}
