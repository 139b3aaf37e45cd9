//! How much stack a call takes: all free memory is painted, and the call leaves marks on what it used.

use core::ptr;

use cortex_m::register::msp;

const PAINT: u32 = 0xDE20_C0DE;
/// What is left alone below the stack pointer: the compiler may save registers there after it has been read.
const MARGIN: usize = 256;

unsafe extern "C" {
    /// Where the stack may grow to: the end of static variables (the linker script of cortex-m-rt).
    static mut _stack_end: u32;
}

/// What `call` returns, and the bytes between the stack pointer here and the deepest word that changed; no less than
/// [`MARGIN`].
#[inline(never)]
pub fn used_by<T>(call: impl FnOnce() -> T) -> (T, usize) {
    let top = msp::read() as usize;
    let lowest = &raw mut _stack_end;
    let words = (top - MARGIN - lowest as usize) / size_of::<u32>();
    // SAFETY: between the last static variable and the margin nothing is alive: there is no heap, no interrupt is
    // enabled and no other thread exists, and nothing is called before the end of this loop.
    unsafe {
        for word in 0..words {
            ptr::write_volatile(lowest.add(word), PAINT);
        }
    }
    let made = enter(call);
    // SAFETY: the same words, aligned and initialised above or by `call`.
    let clean = (0..words).take_while(|word| unsafe { ptr::read_volatile(lowest.add(*word)) } == PAINT).count();
    (made, MARGIN + (words - clean) * size_of::<u32>())
}

/// A frame of its own for what the compiler would otherwise merge with the caller's.
#[inline(never)]
fn enter<T>(call: impl FnOnce() -> T) -> T {
    call()
}
