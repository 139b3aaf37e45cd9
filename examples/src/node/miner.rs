//! A miner that tries so many hashes a second and no more.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
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
    /// Hashes a second; 0 rests.
    pub(super) rate: AtomicU64,
    /// Ends the miner.
    pub(super) stop: AtomicBool,
}

/// Mines to `address` until it is stopped; `found` is called after each block that was taken. Blocks its thread.
pub(super) fn run(backend: &Arc<NodeBackend>, address: &Address, control: &Control, found: impl Fn()) {
    let rng = &mut rand::rng();
    while !control.stop.load(Ordering::Relaxed) {
        let rate = control.rate.load(Ordering::Relaxed);
        if rate == 0 {
            std::thread::sleep(TICK);
            continue;
        }
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
        let goes_on = || control.rate.load(Ordering::Relaxed) == rate && backend.chain().tip().block().id == parent;
        while Instant::now() < end && goes_on() {
            let began = Instant::now();
            let share = (rate / TICKS_PER_SECOND).max(1);
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
            if control.stop.load(Ordering::Relaxed) {
                return;
            }
            std::thread::sleep(TICK.saturating_sub(began.elapsed()));
        }
    }
}
