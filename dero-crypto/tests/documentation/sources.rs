//! The sources of the crate as text, tests left out.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// One file of `src/`: its path below that folder, and its lines before the tests.
pub struct Source {
    pub path: String,
    pub lines: Vec<String>,
}

pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// The text before the first line of code: what rustdoc shows first.
pub fn opening(path: &str) -> String {
    let text = fs::read_to_string(root().join(path)).expect("the file exists");
    text.lines()
        .take_while(|line| line.starts_with("//!"))
        .map(|line| line[3..].trim_start().to_owned() + "\n")
        .collect()
}

/// Every file but those of tests; a file ends where its module of tests begins.
pub fn all() -> Vec<Source> {
    let mut found = Vec::new();
    let mut folders = vec![root()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("the folder can be read") {
            let path = entry.expect("the entry can be read").path();
            let name = path.strip_prefix(root()).expect("below src").to_string_lossy().replace('\\', "/");
            if name.contains("tests") {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else {
                let text = fs::read_to_string(&path).expect("the file is text");
                let lines = text.lines().take_while(|line| *line != "mod tests {").map(str::to_owned).collect();
                found.push(Source { path: name, lines });
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    assert!(found.len() > 40, "the sources were not found");
    found
}
