//! `notes/variable_time.md` lists every call in variable time.

use std::collections::BTreeMap;

use crate::sources;

const NOTE: &str = include_str!("../../notes/variable_time.md");

/// Calls per (file, function).
type Calls = BTreeMap<(String, String), usize>;

#[test]
fn every_call_in_variable_time_has_a_row() {
    assert_eq!(calls_in_sources(), rows(), "left: calls in src/, right: rows of notes/variable_time.md");
}

#[test]
fn each_row_says_what_the_scalars_are_and_why_they_are_public() {
    for row in cells() {
        assert_eq!(row.len(), 5, "{row:?}");
        assert!(row[3].len() > 5 && row[4].len() > 10, "{row:?}");
    }
}

fn cells() -> Vec<Vec<&'static str>> {
    let table = NOTE.lines().filter(|line| line.starts_with("| `"));
    table.map(|line| line.trim_matches('|').split(" | ").map(str::trim).collect()).collect()
}

fn rows() -> Calls {
    let unquoted = |cell: &str| cell.trim_matches('`').to_owned();
    cells().iter().map(|row| ((unquoted(row[0]), unquoted(row[1])), row[2].parse().expect("a number"))).collect()
}

/// Names that are called, not declared or imported: `..vartime..(`.
fn calls_in_sources() -> Calls {
    let mut calls = Calls::new();
    for source in sources::all() {
        let mut function = String::new();
        for line in &source.lines {
            let code = line.split("//").next().expect("split gives one piece at least").trim();
            let declared = code.split_once("fn ").filter(|(before, _)| before.split(' ').all(is_qualifier));
            if let Some((_, rest)) = declared {
                function = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            }
            let body = declared.map_or(code, |(_, rest)| rest.split_once('{').map_or("", |(_, body)| body));
            let found = body.match_indices("vartime").filter(|(at, _)| is_call(&body[*at..])).count();
            if found > 0 {
                *calls.entry((source.path.clone(), function.clone())).or_default() += found;
            }
        }
    }
    calls
}

fn is_qualifier(word: &str) -> bool {
    ["", "pub", "pub(crate)", "pub(super)", "const", "async"].contains(&word)
}

/// Whether the identifier that `text` is in ends in an opening bracket, perhaps after type arguments.
fn is_call(text: &str) -> bool {
    let rest = text.trim_start_matches(|c: char| c.is_alphanumeric() || c == '_');
    rest.starts_with('(') || rest.starts_with("::<")
}

#[test]
fn a_call_is_told_from_an_import_and_a_declaration() {
    assert!(is_call("vartime(&a, &b)"));
    assert!(is_call("vartime_multiscalar_mul(a, b)"));
    assert!(is_call("vartime::<T>(a)"));
    assert!(!is_call("vartime, tensor::Tensor"));
    assert!(!is_call("vartime};"));
}
