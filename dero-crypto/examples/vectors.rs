//! Which bytes must another implementation reproduce that the known answers of the specification do not have? Writes ours
//! into a folder, always the same: `cargo run -p dero-crypto --example vectors -- dero-crypto/tests/vectors/own`.

#![allow(unreachable_pub, reason = "a program exports nothing")]
#![allow(non_snake_case, reason = "symbols match the equations")]

#[path = "../tests/vectors/make/mod.rs"]
mod make;

use std::{env, fs, io, path::PathBuf};

fn main() -> io::Result<()> {
    let folder = env::args_os().nth(1).map(PathBuf::from);
    let folder = folder.ok_or_else(|| io::Error::other("usage: vectors FOLDER"))?;
    fs::create_dir_all(&folder)?;
    for (name, text) in make::files() {
        let path = folder.join(name).with_extension("json");
        fs::write(&path, text)?;
        println!("{}", path.display());
    }
    Ok(())
}
