//! What the host sees. Memory that both sides write is made of atomics, so no `unsafe` block is needed.

// The names of these functions are unique in the module, which is what the attribute `no_mangle` asks for.
#![allow(unsafe_code)]

use std::sync::atomic::{AtomicU8, Ordering::Relaxed};

use rand::{SeedableRng as _, rngs::StdRng};

use crate::KINDS;

static SEEDS: [[AtomicU8; 32]; 2] = [const { [const { AtomicU8::new(0) }; 32] }; 2];
static BYTES: [AtomicU8; 1024] = [const { AtomicU8::new(0) }; 1024];

fn rng(of: usize) -> StdRng {
    StdRng::from_seed(SEEDS[of].each_ref().map(|byte| byte.load(Relaxed)))
}

/// Where the caller writes 32 random bytes for the prover and 32 for the verifier.
#[unsafe(no_mangle)]
pub extern "C" fn seeds() -> *const [AtomicU8; 32] {
    SEEDS.as_ptr()
}

/// Where [`make`] leaves its bytes and [`accepts`] finds them.
#[unsafe(no_mangle)]
pub extern "C" fn bytes() -> *const AtomicU8 {
    BYTES.as_ptr()
}

/// Makes one of [`KINDS`]; returns how many bytes it has, 0 for an unknown kind.
#[unsafe(no_mangle)]
pub extern "C" fn make(kind: usize) -> usize {
    let Some(kind) = KINDS.get(kind) else { return 0 };
    let made = (kind.make)(&mut rng(0));
    for (slot, byte) in BYTES.iter().zip(&made) {
        slot.store(*byte, Relaxed);
    }
    made.len()
}

/// 1 if the first `length` bytes are accepted as one of [`KINDS`], else 0.
#[unsafe(no_mangle)]
pub extern "C" fn accepts(kind: usize, length: usize) -> u32 {
    let (Some(kind), Some(bytes)) = (KINDS.get(kind), BYTES.get(..length)) else { return 0 };
    let bytes: Vec<u8> = bytes.iter().map(|byte| byte.load(Relaxed)).collect();
    (kind.accepts)(&mut rng(0), &bytes, &mut rng(1)).into()
}
