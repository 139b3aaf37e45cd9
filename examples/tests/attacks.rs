//! Every test that `docs/attacks.md` names exists.

use std::{collections::BTreeMap, fs, path::Path};

#[test]
fn every_named_test_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a workspace");
    let text = fs::read_to_string(root.join("docs/attacks.md")).expect("docs/attacks.md");
    let mut folders = BTreeMap::new();
    let mut named = 0;
    for line in text.lines().filter(|line| line.starts_with('|')) {
        let quoted: Vec<&str> = line.split('`').skip(1).step_by(2).collect();
        if let [name, folder] = quoted[..]
            && !name.contains("::")
        {
            folders.insert(name, folder);
            continue;
        }
        for entry in quoted.iter().filter(|entry| entry.contains("::")) {
            let (file, test) = entry.split_once("::").expect("a file and a test");
            let (name, rest) = file.split_once('/').unwrap_or_else(|| panic!("{entry}: no folder"));
            let folder = folders.get(name).unwrap_or_else(|| panic!("{entry}: an unknown folder"));
            let path = root.join(folder).join(rest).with_extension("rs");
            let source = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            assert!(source.contains(&format!("fn {test}(")), "{entry}: no such test");
            named += 1;
        }
    }
    assert!(named > 100, "{named} tests named");
}
