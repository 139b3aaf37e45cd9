//! What a fault costs, and who has to stay away.
//!
//! There is one number for each peer: the sum of its faults, of which one point is forgiven every minute. At
//! [`BAN_AT`] the peer is banned for a day. Keys cost nothing, so on public networks hosts are charged as well.
//!
//! A transaction whose membership proof fails is judged by where its sender stands, since reference sets differ
//! between branches that parted deeper than enotes mature. A peer is asked for transactions, and told of some, only
//! while the tip that it claims is a block of the best branch here. If that tip still is one when the proof fails,
//! the fault is [`InvalidTransaction`](Fault::InvalidTransaction), whatever the peer claims by then. It is
//! [`OtherBranch`](Fault::OtherBranch) if the branch here changed meanwhile, and for wallets, which claim nothing: a
//! wallet that scanned elsewhere is told what is wrong, and one that floods runs out of credit at the twentieth.

use core::time::Duration;
use std::collections::BTreeMap;

use crate::{backend::Blame, clock::Time, transport::PeerId};

/// The score at which a peer is banned.
pub const BAN_AT: u32 = 100;
/// How long a ban lasts.
pub const BAN: Duration = Duration::from_secs(24 * 60 * 60);
/// How long one point lasts.
pub const FORGIVEN: Duration = Duration::from_secs(60);
/// Peers and hosts that are remembered; the mildest is forgotten first.
pub const MAX_SCORES: usize = 4096;

macro_rules! faults {
    ($($(#[$doc:meta])* $name:ident = $weight:literal, $text:literal;)*) => {
        /// Something that a peer did wrong.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Fault { $($(#[$doc])* $name,)* }

        impl Fault {
            /// Every fault.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// What it costs.
            #[must_use]
            pub const fn weight(self) -> u32 {
                match self { $(Self::$name => $weight,)* }
            }
        }

        impl core::fmt::Display for Fault {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str(match self { $(Self::$name => $text,)* })
            }
        }
    };
}

faults! {
    /// A block that breaks a rule.
    InvalidBlock = 100, "an invalid block";
    /// A header that breaks a rule.
    InvalidHeader = 100, "an invalid header";
    /// Bytes that are no message, or a message that cannot come now. The link ends.
    Malformed = 50, "bytes that are no message";
    /// A body that does not fit its header.
    WrongBody = 50, "a block body that does not fit its header";
    /// A transaction that breaks a rule.
    InvalidTransaction = 34, "an invalid transaction";
    /// An answer to no question, or to another one.
    Unasked = 25, "an answer that was not asked for";
    /// A claim of work that its headers do not bear out.
    FalseTip = 20, "a claim of work without headers";
    /// More than a peer may send unasked.
    Flood = 20, "more than may be sent unasked";
    /// No answer in time.
    Stalled = 10, "no answer in time";
    /// A header whose time has not come: its clock or ours is wrong.
    Early = 5, "a header ahead of the clock";
    /// A membership proof that does not hold here, from somebody who may stand on another branch, where it may.
    OtherBranch = 5, "a proof that does not hold on this branch";
}

impl Fault {
    /// What a transaction that is not taken costs, if anything.
    #[must_use]
    pub const fn of(blame: Blame) -> Option<Self> {
        match blame {
            Blame::Nobody => None,
            Blame::Branch => Some(Self::OtherBranch),
            Blame::Sender => Some(Self::InvalidTransaction),
        }
    }
}

/// Who is charged.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Who {
    /// A key.
    Peer(PeerId),
    /// A machine.
    Host(String),
}

/// Scores and bans.
#[derive(Debug, Default)]
pub struct Scores {
    entries: BTreeMap<Who, Entry>,
}

#[derive(Debug)]
struct Entry {
    points: u32,
    since: Time,
    banned_until: Option<Time>,
}

impl Entry {
    fn points_at(&self, now: Time) -> u32 {
        let forgiven = now.since(self.since).as_secs() / FORGIVEN.as_secs();
        self.points.saturating_sub(u32::try_from(forgiven).unwrap_or(u32::MAX))
    }
}

impl Scores {
    /// Charges a fault; true if this one bans.
    pub fn charge(&mut self, now: Time, who: Who, fault: Fault) -> bool {
        if !self.entries.contains_key(&who) && self.entries.len() >= MAX_SCORES {
            self.forget_mildest(now);
        }
        let entry = self.entries.entry(who).or_insert(Entry { points: 0, since: now, banned_until: None });
        let left = entry.points_at(now);
        // A started minute counts on.
        let started = Duration::from_secs(now.since(entry.since).as_secs() % FORGIVEN.as_secs());
        entry.points = left + fault.weight();
        entry.since = Time::from_millis(now.as_millis() - u64::try_from(started.as_millis()).unwrap_or(0));
        let already = entry.banned_until.is_some_and(|until| until > now);
        if entry.points < BAN_AT || already {
            return false;
        }
        entry.banned_until = Some(now + BAN);
        entry.points = 0;
        true
    }

    /// The points of somebody.
    #[must_use]
    pub fn points(&self, now: Time, who: &Who) -> u32 {
        self.entries.get(who).map_or(0, |entry| entry.points_at(now))
    }

    /// Whether somebody has to stay away.
    #[must_use]
    pub fn is_banned(&self, now: Time, who: &Who) -> bool {
        self.entries.get(who).and_then(|entry| entry.banned_until).is_some_and(|until| until > now)
    }

    /// How many are banned.
    #[must_use]
    pub fn banned(&self, now: Time) -> usize {
        self.entries.values().filter(|entry| entry.banned_until.is_some_and(|until| until > now)).count()
    }

    fn forget_mildest(&mut self, now: Time) {
        let burden = |entry: &Entry| (entry.banned_until.filter(|until| *until > now), entry.points_at(now));
        let mildest = self.entries.iter().min_by_key(|(_, entry)| burden(entry)).map(|(who, _)| who.clone());
        mildest.and_then(|who| self.entries.remove(&who));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PEER: Who = Who::Peer(PeerId([1; 32]));

    fn minutes(count: u64) -> Time {
        Time::from_millis(count * 60_000)
    }

    #[test]
    fn every_fault_costs_something_and_none_more_than_a_ban() {
        assert!(Fault::ALL.iter().all(|fault| (1..=BAN_AT).contains(&fault.weight())));
    }

    #[test]
    fn a_peer_is_banned_at_the_limit_and_for_a_day() {
        let mut scores = Scores::default();
        assert!(!scores.charge(minutes(0), PEER, Fault::Malformed));
        assert!(!scores.is_banned(minutes(0), &PEER));
        assert!(scores.charge(minutes(0), PEER, Fault::Malformed));
        assert!(scores.is_banned(minutes(24 * 60 - 1), &PEER));
        assert!(!scores.is_banned(minutes(24 * 60), &PEER));
        assert!(scores.charge(minutes(24 * 60), PEER, Fault::InvalidBlock));
    }

    #[test]
    fn points_are_forgiven_by_the_minute() {
        let mut scores = Scores::default();
        scores.charge(minutes(0), PEER, Fault::Malformed);
        assert_eq!(scores.points(minutes(20), &PEER), 30);
        scores.charge(Time::from_millis(90_000), PEER, Fault::Stalled);
        // One minute of the first fault was over, half of the next had begun.
        assert_eq!(scores.points(Time::from_millis(90_000), &PEER), 59);
        assert_eq!(scores.points(Time::from_millis(120_000), &PEER), 58);
        assert!(!scores.charge(minutes(60), PEER, Fault::Malformed));
    }

    #[test]
    fn the_list_is_capped_and_forgets_the_mildest() {
        let mut scores = Scores::default();
        let who = |n: usize| Who::Host(n.to_string());
        scores.charge(minutes(0), who(0), Fault::InvalidBlock);
        for n in 1..2 * MAX_SCORES {
            scores.charge(minutes(0), who(n), Fault::Stalled);
        }
        assert_eq!(scores.entries.len(), MAX_SCORES);
        assert!(scores.is_banned(minutes(0), &who(0)));
        assert_eq!(scores.banned(minutes(0)), 1);
    }
}
