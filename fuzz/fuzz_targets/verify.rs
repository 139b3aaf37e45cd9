#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| dero_fuzz::verify(bytes));
