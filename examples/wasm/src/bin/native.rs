//! What this machine's own code makes from the seed 0, 1, 2, …, 31: one kind a line, name and hex.

use dero_wasm::KINDS;
use rand::{SeedableRng as _, rngs::StdRng};

fn main() {
    let seed = std::array::from_fn(|place| place as u8);
    for kind in &KINDS {
        let made = (kind.make)(&mut StdRng::from_seed(seed));
        let hex: String = made.iter().map(|byte| format!("{byte:02x}")).collect();
        println!("{} {hex}", kind.name);
    }
}
