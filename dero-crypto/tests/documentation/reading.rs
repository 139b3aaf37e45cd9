//! What a reader is promised: enough text in every module, derivations that rustdoc renders, a first page whose places exist.

use std::{collections::BTreeMap, fs};

use crate::sources::{self, Source, root};

#[test]
fn documentation_is_at_least_a_third_of_the_code_of_every_module() {
    let mut modules = BTreeMap::<String, (usize, usize)>::new();
    for source in sources::all() {
        let module = source.path.split('/').next().expect("a path has a first part").to_owned();
        let (docs, code) = modules.entry(module).or_default();
        for line in source.lines.iter().map(|line| line.trim()) {
            if line.starts_with("///") || line.starts_with("//!") {
                *docs += 1;
            } else if !line.is_empty() && !line.starts_with("//") {
                *code += 1;
            }
        }
    }
    assert!(modules.len() > 15, "the modules were not found");
    modules.remove("prelude.rs"); // names of other modules
    let poor: Vec<_> = modules.iter().filter(|(_, (docs, code))| 3 * docs < *code).collect();
    assert!(poor.is_empty(), "lines of documentation and of code: {poor:#?}");
}

#[test]
fn every_note_is_rendered() {
    let library = fs::read_to_string(root().join("lib.rs")).expect("the file exists");
    for note in fs::read_dir(root().join("../notes")).expect("the folder can be read") {
        let name = note.expect("the entry can be read").file_name();
        let name = name.to_str().expect("a name in ASCII");
        assert!(library.contains(&format!("#[doc = include_str!(\"../notes/{name}\")]")), "{name} is in no module");
    }
}

#[test]
fn what_an_auditor_should_look_at_first_is_there() {
    let readme = fs::read_to_string(root().join("../README.md")).expect("the file exists");
    let (_, page) = readme.split_once("## What an auditor should look at first\n").expect("the page exists");
    let places: Vec<_> = page.split('`').filter(|text| text.ends_with(".rs") && !text.contains(' ')).collect();
    assert!(places.len() > 20, "the places were not found");
    for place in places.iter().filter(|place| **place != "verifier.rs") {
        assert!(root().join(place).is_file(), "{place}: not there");
    }
    for Source { path, lines } in sources::all() {
        let claims = lines.iter().any(|line| line == "//! # Claims without a published proof");
        assert!(!claims || places.contains(&path.as_str()), "{path}: its claims are not on the page");
    }
}
