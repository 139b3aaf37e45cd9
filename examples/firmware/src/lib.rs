//! What both programs share: how a panic ends, and how deep the stack went.

#![no_std]

pub mod stack;

use cortex_m_semihosting::{debug, hprintln};

#[panic_handler]
fn panic(reason: &core::panic::PanicInfo<'_>) -> ! {
    hprintln!("{}", reason);
    leave(debug::EXIT_FAILURE)
}

/// Ends the emulation.
pub fn leave(status: debug::ExitStatus) -> ! {
    debug::exit(status);
    loop {
        cortex_m::asm::wfi();
    }
}
