//! A miner that tries so many hashes a second and no more.

use std::{
    ops::Range,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use dero_crypto::keys::Address;
use dero_ledger::consensus::{Blake3, search};
use rand::Rng as _;
use tracing::{info, warn};

use super::backend::NodeBackend;
use crate::unix_time;

/// A tick of the throttle.
const TICK: Duration = Duration::from_millis(50);
const TICKS_PER_SECOND: u64 = 20;
/// Hashes between two looks at the orders, whatever the rate: below a tenth of a second.
const PIECE: u64 = 1 << 16;

/// What a miner is told while it runs.
#[derive(Debug)]
pub(super) struct Control {
    orders: Mutex<Orders>,
    changed: Condvar,
}

#[derive(Debug)]
struct Orders {
    /// Hashes a second; 0 rests.
    rate: u64,
    /// The height at which it rests.
    until: u64,
    /// Ends the miner.
    stop: bool,
    /// A block is being made.
    at_work: bool,
}

impl Control {
    pub(super) fn new(rate: u64) -> Self {
        let orders = Orders { rate, until: u64::MAX, stop: false, at_work: false };
        Self { orders: Mutex::new(orders), changed: Condvar::new() }
    }

    fn orders(&self) -> MutexGuard<'_, Orders> {
        self.orders.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Hashes a second.
    pub(super) fn rate(&self) -> u64 {
        self.orders().rate
    }

    /// Mines at `rate` until the chain has a height. At rate 0 no block is being made any more when this returns.
    pub(super) fn order(&self, rate: u64, until: u64) {
        let mut orders = self.orders();
        (orders.rate, orders.until) = (rate, until);
        self.changed.notify_all();
        while orders.rate == 0 && orders.at_work {
            orders = self.changed.wait(orders).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Ends the miner.
    pub(super) fn stop(&self) {
        self.orders().stop = true;
        self.changed.notify_all();
    }

    /// Waits until there is work; `None` at the end.
    fn work(&self, height: impl Fn() -> u64) -> Option<Work<'_>> {
        let mut orders = self.orders();
        loop {
            if orders.stop {
                return None;
            }
            if orders.rate > 0 && height() < orders.until {
                orders.at_work = true;
                return Some(Work { control: self, rate: orders.rate });
            }
            orders = self.changed.wait_timeout(orders, TICK).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

/// A block is being made while this lives.
struct Work<'a> {
    control: &'a Control,
    rate: u64,
}

impl Work<'_> {
    fn goes_on(&self) -> bool {
        let orders = self.control.orders();
        orders.rate == self.rate && !orders.stop
    }
}

impl Drop for Work<'_> {
    fn drop(&mut self) {
        self.control.orders().at_work = false;
        self.control.changed.notify_all();
    }
}

/// Mines to `address` until it is stopped; `found` is called after each block that was taken. Blocks its thread.
pub(super) fn run(backend: &Arc<NodeBackend>, address: &Address, control: &Control, found: impl Fn()) {
    let rng = &mut rand::rng();
    while let Some(work) = control.work(|| backend.chain().tip().block().height) {
        let template = match backend.chain().template(backend.pool(), &[*address], unix_time(), rng) {
            Ok(template) => template,
            Err(error) => {
                warn!(%error, "no block can be made");
                std::thread::sleep(Duration::from_secs(1));
                continue;
            }
        };
        // A fresh template at least once a second: new transactions, a new timestamp, perhaps a new tip.
        let (parent, end) = (template.header.parent, Instant::now() + Duration::from_secs(1));
        let mut nonce = rng.next_u64();
        while Instant::now() < end && work.goes_on() && backend.chain().tip().block().id == parent {
            let began = Instant::now();
            let share = (work.rate / TICKS_PER_SECOND).max(1);
            let seal = in_pieces(
                share,
                || work.goes_on(),
                |piece| {
                    let nonces = piece.map(|step| nonce.wrapping_add(step));
                    search(&Blake3, &template.key, &template.id(), &template.target, nonces)
                },
            );
            if let Some(seal) = seal {
                match backend.take_block(&template.seal(seal)) {
                    Ok(_) => {
                        info!(height = template.header.height, id = %template.id(), "found a block");
                        found();
                    }
                    Err(error) => warn!(%error, "the block found here is refused"),
                }
                break;
            }
            nonce = nonce.wrapping_add(share);
            std::thread::sleep(TICK.saturating_sub(began.elapsed()));
        }
    }
}

/// Searches `share` numbers piece by piece, as long as the miner goes on.
fn in_pieces<T>(share: u64, goes_on: impl Fn() -> bool, search: impl Fn(Range<u64>) -> Option<T>) -> Option<T> {
    let mut from = 0;
    while from < share && goes_on() {
        let to = share.min(from.saturating_add(PIECE));
        let found = search(from..to);
        if found.is_some() {
            return found;
        }
        from = to;
    }
    None
}

#[cfg(test)]
mod tests {
    use std::cell::{Cell, RefCell};

    use super::*;

    #[test]
    fn a_share_is_searched_in_pieces_and_no_further_than_the_miner_goes_on() {
        let searched = |share: u64, pieces: usize| {
            let (left, seen) = (Cell::new(pieces), RefCell::new(Vec::new()));
            let goes_on = || left.replace(left.get().saturating_sub(1)) > 0;
            let found: Option<()> = in_pieces(share, goes_on, |piece| {
                seen.borrow_mut().push(piece);
                None
            });
            assert!(found.is_none());
            seen.into_inner()
        };
        assert_eq!(searched(PIECE + 5, 9), [0..PIECE, PIECE..PIECE + 5]);
        assert_eq!(searched(u64::MAX, 2), [0..PIECE, PIECE..2 * PIECE]);
        assert!(searched(PIECE, 0).is_empty());
        assert_eq!(in_pieces(3 * PIECE, || true, |piece| piece.contains(&PIECE).then_some(7)), Some(7));
    }
}
