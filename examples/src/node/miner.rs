//! A miner that tries so many hashes a second and no more.

use std::{
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
            let nonces = (0..share).map(|step| nonce.wrapping_add(step));
            if let Some(seal) = search(&Blake3, &template.key, &template.id(), &template.target, nonces) {
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
