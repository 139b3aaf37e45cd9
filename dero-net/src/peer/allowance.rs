//! How much a peer may send without being asked: token buckets, one for each class of messages.

use crate::{clock::Time, message::Message};

/// A class of messages that come unasked, with its measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    /// Signs of life, questions for addresses: messages.
    Control,
    /// Names of transactions: names.
    Names,
    /// New tips: messages.
    Blocks,
    /// Transactions from wallets: messages.
    Submissions,
}

/// What a peer has left.
#[derive(Clone, Debug)]
pub struct Allowance {
    control: Bucket,
    names: Bucket,
    blocks: Bucket,
    submissions: Bucket,
}

impl Allowance {
    /// The full allowance of a new link.
    #[must_use]
    pub const fn new(now: Time) -> Self {
        Self {
            control: Bucket::new(now, 20, 2),
            // One full announcement a second, for a network far busier than two cores can verify.
            names: Bucket::new(now, 5_000, 1_000),
            // Blocks a second apart, and a burst after a stall.
            blocks: Bucket::new(now, 60, 5),
            submissions: Bucket::new(now, 20, 2),
        }
    }

    /// Takes the cost of a message; false if the peer has used its allowance up. Answers cost nothing here.
    pub fn admits(&mut self, now: Time, message: &Message) -> bool {
        let (class, cost) = match message {
            Message::Ping(_) | Message::Pong(_) | Message::GetAddresses(_) => (Class::Control, 1),
            Message::AnnounceTransactions(announce) => (Class::Names, announce.names.len().max(1)),
            Message::AnnounceBlock(_) => (Class::Blocks, 1),
            Message::Submit(_) => (Class::Submissions, 1),
            _ => return true,
        };
        let bucket = match class {
            Class::Control => &mut self.control,
            Class::Names => &mut self.names,
            Class::Blocks => &mut self.blocks,
            Class::Submissions => &mut self.submissions,
        };
        bucket.take(now, cost)
    }
}

/// Fills with time up to its size.
#[derive(Clone, Debug)]
struct Bucket {
    /// Thousandths of a token.
    level: u64,
    size: u64,
    per_second: u64,
    at: Time,
}

impl Bucket {
    const fn new(now: Time, size: u64, per_second: u64) -> Self {
        Self { level: size * 1000, size, per_second, at: now }
    }

    fn take(&mut self, now: Time, cost: usize) -> bool {
        let millis = u64::try_from(now.since(self.at).as_millis()).unwrap_or(u64::MAX);
        self.level = self.level.saturating_add(millis.saturating_mul(self.per_second)).min(self.size * 1000);
        self.at = now;
        match self.level.checked_sub((cost as u64).saturating_mul(1000)) {
            Some(left) => {
                self.level = left;
                true
            }
            None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::control::Ping;

    #[test]
    fn an_allowance_is_used_up_and_fills_again() {
        let mut allowance = Allowance::new(Time::START);
        let ping = Message::from(Ping { nonce: 0, tip: None });
        let admitted = (0..100).filter(|_| allowance.admits(Time::START, &ping)).count();
        assert_eq!(admitted, 20);
        assert!(!allowance.admits(Time::from_millis(499), &ping));
        assert!(allowance.admits(Time::from_millis(500), &ping));
        let later = Time::from_millis(3_600_000);
        assert_eq!((0..100).filter(|_| allowance.admits(later, &ping)).count(), 20);
    }
}
