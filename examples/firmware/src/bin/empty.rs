//! Prints and ends: what a program weighs before any cryptography.

#![no_std]
#![no_main]
#![forbid(unsafe_code)]

use cortex_m_semihosting::{debug, hprintln};
use dero_firmware::leave;

#[cortex_m_rt::entry]
fn main() -> ! {
    hprintln!("{:<24}{:>6} bytes of stack", "nothing", 0);
    leave(debug::EXIT_SUCCESS)
}
