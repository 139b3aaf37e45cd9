//! Writes the seeds of every target into `fuzz/corpus`.

use std::{fs, io, path::Path};

fn main() -> io::Result<()> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let seeds = dero_fuzz::seeds();
    for (target, bytes) in &seeds {
        let folder = corpus.join(target);
        fs::create_dir_all(&folder)?;
        // A seed is named like libFuzzer's own, by its content.
        let name = bytes
            .iter()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3));
        fs::write(folder.join(format!("{name:016x}")), bytes)?;
    }
    println!("{} seeds in {}", seeds.len(), corpus.display());
    Ok(())
}
