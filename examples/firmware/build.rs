//! Tells the linker where memory is, and writes the known answers of spend proofs as Rust.

use std::{env, fmt::Write as _, fs, path::PathBuf};

const VECTORS: &str = "../../dero-crypto/tests/vectors/spend.json";
const FIELDS: [(&str, &str); 11] = [
    ("m_tx", "m_tx"),
    ("image_key", "K"),
    ("tag", "L"),
    ("x", "x"),
    ("y", "y"),
    ("z", "z"),
    ("alpha", "alpha"),
    ("beta", "beta"),
    ("gamma", "gamma"),
    ("c", "c"),
    ("proof", "proof"),
];

fn main() {
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo names it"));
    fs::copy("memory.x", out.join("memory.x")).expect("the output folder is writable");
    println!("cargo:rustc-link-search={}", out.display());
    println!("cargo:rustc-link-arg-bins=-Tlink.x");
    println!("cargo:rerun-if-changed=memory.x");
    println!("cargo:rerun-if-changed={VECTORS}");

    let text = fs::read_to_string(VECTORS).expect("the known answers stand beside the crate");
    let file: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let cases = file["cases"].as_array().expect("cases");
    let bytes = |value: &serde_json::Value| hex::decode(value.as_str().expect("hex")).expect("hex");
    let mut code = String::from("const CASES: &[Case] = &[\n");
    for case in cases.iter().filter(|case| case["valid"] == true && case["kind"] == "single") {
        let (name, index, net) = (&case["name"], &case["index"], bytes(&file["net"]));
        write!(code, "Case {{ name: {name}, index: {index}, net: {net:?}").expect("a string grows");
        for (field, key) in FIELDS {
            write!(code, ", {field}: {:?}", bytes(&case[key])).expect("a string grows");
        }
        code.push_str(" },\n");
    }
    code.push_str("];\n");
    fs::write(out.join("cases.rs"), code).expect("the output folder is writable");
}
