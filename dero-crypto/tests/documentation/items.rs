//! Every public type has an example that runs, and every function that returns a `Result` names its errors.

use crate::sources;

/// A public item: where it stands, its line of code, and the documentation above it.
struct Item {
    place: String,
    code: String,
    docs: String,
}

#[test]
fn every_public_type_has_an_example() {
    let types = ["pub struct ", "pub enum ", "pub trait ", "pub type ", "pub use curve25519_dalek"];
    let is_type = |item: &&Item| types.iter().any(|word| item.code.starts_with(word));
    // Fences open and close in turn; one that opens with a word is text.
    let runs =
        |docs: &str| docs.lines().filter(|line| line.starts_with("```")).step_by(2).any(|fence| fence == "```");
    let bare: Vec<_> = items().iter().filter(is_type).filter(|item| !runs(&item.docs)).map(name).collect();
    assert!(bare.is_empty(), "without an example: {bare:#?}");
}

#[test]
fn every_result_names_its_errors() {
    let returns_result =
        |item: &&Item| item.code.rsplit_once("->").is_some_and(|(_, value)| value.contains("Result"));
    let silent: Vec<_> =
        items().iter().filter(returns_result).filter(|item| !item.docs.contains("# Errors\n")).map(name).collect();
    assert!(silent.is_empty(), "without errors: {silent:#?}");
}

fn name(item: &Item) -> String {
    format!("{}: {}", item.place, item.code)
}

/// A declaration goes on until its body begins or it ends.
fn items() -> Vec<Item> {
    let mut found = Vec::new();
    for source in sources::all() {
        let (mut docs, mut lines) = (String::new(), source.lines.iter().map(|line| line.trim()));
        while let Some(line) = lines.next() {
            if let Some(text) = line.strip_prefix("///") {
                docs += text.trim();
                docs.push('\n');
            } else if line.starts_with("pub ") {
                let mut code = line.to_owned();
                while !code.contains('{') && !code.ends_with(';') {
                    let Some(more) = lines.next() else { break };
                    code += more;
                }
                let code = code.split('{').next().unwrap_or_default().to_owned();
                found.push(Item { place: source.path.clone(), code, docs: core::mem::take(&mut docs) });
            } else if !line.starts_with('#') && !line.ends_with(")]") {
                docs.clear();
            }
        }
    }
    assert!(found.len() > 300, "the items were not found");
    found
}
