//! Every test that `docs/attacks.md` and `docs/requirements.md` name exists, and every file.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a workspace").to_path_buf()
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// What stands between backquotes in each row of the tables of a document.
fn rows(document: &str) -> Vec<Vec<String>> {
    let text = read(&root().join(document));
    let rows = text.lines().filter(|line| line.starts_with('|'));
    rows.map(|line| line.split('`').skip(1).step_by(2).map(str::to_string).collect()).collect()
}

/// The folders that tests are named by: the first table of `docs/attacks.md`.
fn folders() -> BTreeMap<String, PathBuf> {
    let rows = rows("docs/attacks.md").into_iter();
    let named = rows.filter_map(|row| <[String; 2]>::try_from(row).ok());
    named
        .filter(|row| row.iter().all(|entry| !entry.contains("::")))
        .map(|[name, path]| (name, path.into()))
        .collect()
}

/// Checks every entry `folder/file::test` of a row; how many there are.
fn check(row: &[String], folders: &BTreeMap<String, PathBuf>) -> usize {
    let entries: Vec<&String> = row.iter().filter(|entry| entry.contains("::")).collect();
    for entry in &entries {
        let (file, test) = entry.split_once("::").expect("a file and a test");
        let (name, rest) = file.split_once('/').unwrap_or_else(|| panic!("{entry}: no folder"));
        let folder = folders.get(name).unwrap_or_else(|| panic!("{entry}: an unknown folder"));
        let source = read(&root().join(folder).join(rest).with_extension("rs"));
        assert!(source.contains(&format!("fn {test}(")), "{entry}: no such test");
    }
    entries.len()
}

#[test]
fn every_named_test_exists() {
    let folders = folders();
    let named: usize = rows("docs/attacks.md").iter().map(|row| check(row, &folders)).sum();
    assert!(named > 100, "{named} tests named");
}

#[test]
fn every_requirement_names_a_file_and_a_test_that_exist() {
    let folders = folders();
    let mut requirements = 0;
    // Only the heads of the tables have nothing between backquotes.
    for row in rows("docs/requirements.md").iter().filter(|row| !row.is_empty()) {
        assert!(root().join(&row[0]).is_file(), "{}: no such file", row[0]);
        assert_eq!(check(row, &folders) + 1, row.len(), "{row:?}: a file, then tests");
        assert!(row.len() > 1, "{row:?}: no test");
        requirements += 1;
    }
    assert!(requirements > 100, "{requirements} requirements");
}
