//! Every test that `docs/attacks.md` and `docs/requirements.md` name exists, and every file; so does what the documents
//! tell cargo to test or run.

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

/// The folders of all packages, by their names.
fn packages() -> BTreeMap<String, PathBuf> {
    let manifest =
        |folder: &Path| read(&folder.join("Cargo.toml")).parse::<toml::Table>().expect("a manifest of cargo");
    let workspace = manifest(&root());
    let listed = |list: &str| workspace["workspace"][list].as_array().expect("a list of folders").clone();
    let folders = [listed("members"), listed("exclude")].concat();
    let named = folders.iter().map(|folder| {
        let folder = root().join(folder.as_str().expect("a folder"));
        (manifest(&folder)["package"]["name"].as_str().expect("a name").to_string(), folder)
    });
    named.collect()
}

/// Whether a package has a target: a file where cargo looks for it, or a name in its manifest.
fn has_target(package: &Path, flag: &str, name: &str) -> bool {
    let (table, standing) = match flag {
        "--test" => ("test", "tests"),
        "--example" => ("example", "examples"),
        _ => ("bin", "src/bin"),
    };
    let place = package.join(standing).join(name);
    let manifest = read(&package.join("Cargo.toml"));
    let declared = format!("[[{table}]]\nname = \"{name}\"");
    place.with_extension("rs").is_file() || place.join("main.rs").is_file() || manifest.contains(&declared)
}

#[test]
fn every_package_and_target_that_a_document_tells_cargo_exists() {
    let packages = packages();
    let mut documents: Vec<PathBuf> = ["README.md", "CONTRIBUTING.md"].map(|name| root().join(name)).into();
    let docs = fs::read_dir(root().join("docs")).expect("a folder").map(|entry| entry.expect("an entry").path());
    documents.extend(docs.filter(|path| path.extension().is_some_and(|ending| ending == "md")));
    documents.extend(packages.values().map(|package| package.join("README.md")).filter(|path| path.is_file()));
    let mut named = 0;
    for document in documents {
        let text = read(&document);
        for command in text.lines().flat_map(|line| line.split('`')).flat_map(|part| part.split("cargo ").skip(1)) {
            let words: Vec<&str> = command.split_whitespace().collect();
            let told = |flag| words.windows(2).filter(move |pair| pair[0] == flag).map(|pair| pair[1]);
            let chosen: Vec<&PathBuf> = match told("-p").next() {
                Some(name) => {
                    let known = packages.get(name);
                    vec![known.unwrap_or_else(|| panic!("{}: no package {name}", document.display()))]
                }
                None => packages.values().collect(),
            };
            for flag in ["--test", "--example", "--bin"] {
                for name in told(flag) {
                    let exists = chosen.iter().any(|package| has_target(package, flag, name));
                    assert!(exists, "{}: {flag} {name} does not exist: {command}", document.display());
                    named += 1;
                }
            }
        }
    }
    assert!(named > 15, "{named} targets named");
}
