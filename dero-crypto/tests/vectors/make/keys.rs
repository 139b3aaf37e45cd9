//! The bytes of each tier of keys (2).

use serde_json::{Value, json};

use super::{drawn, edit, file, no_points, other_lengths, proofs::add_order, refused};

/// Secrets of 32 bytes begin with s, scalars with k; the others are points.
const TIERS: [(&str, &[&str]); 6] = [
    ("spend", &["k_s"]),
    ("view_balance", &["s_vb", "Y_s"]),
    ("view_received", &["k_r", "s_ga", "K_s"]),
    ("find_received", &["k_f"]),
    ("find_received_and_own", &["k_f", "s_fs"]),
    ("generate_address", &["s_ga", "K_s", "F", "R"]),
];

pub fn keys() -> Value {
    let mut cases = Vec::new();
    for (kind, names) in TIERS {
        let valid = drawn("keys", kind, |draw| {
            let mut case = json!({ "kind": kind });
            let mut bytes = Vec::new();
            for name in names {
                let part = match name.as_bytes()[0] {
                    b's' => draw.bytes(),
                    b'k' => draw.scalar().to_bytes(),
                    _ => draw.point().to_bytes(),
                };
                case[name] = hex::encode(part).into();
                bytes.extend(part);
            }
            case["bytes"] = hex::encode(bytes).into();
            case
        });
        cases.push(valid.clone());
        for (place, name) in names.iter().enumerate() {
            let place = 32 * place;
            match name.as_bytes()[0] {
                b's' => {}
                b'k' => cases.extend([
                    // Its public key is the identity.
                    refused(&valid, &format!("{name}-zero"), "identity", "1.1", |case| {
                        edit(case, "bytes", |b| b[place..place + 32].fill(0));
                    }),
                    refused(&valid, &format!("{name}-plus-order"), "non-canonical-scalar", "1.1", |case| {
                        edit(case, "bytes", |b| add_order(&mut b[place..place + 32]));
                    }),
                ]),
                _ => cases.extend(no_points(&valid, "bytes", name, place)),
            }
        }
        cases.extend(other_lengths(&valid, "bytes", "2"));
    }
    file(cases)
}
