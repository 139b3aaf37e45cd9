//! `hash.json`: framed hashes (protocol 1.2).

use dero_crypto::group::hash::raw;

use crate::read::{Case, Outcome};

pub fn check(case: &Case<'_>) -> Outcome {
    let items = case.byte_list("items");
    let items: Vec<&[u8]> = items.iter().map(Vec::as_slice).collect();
    let domain = case.text("dom");
    if raw::frame(domain, &items) != case.bytes("frame") {
        return Err("other-frame");
    }
    let mut stream = [0; 200];
    raw::fill(domain, &items, &mut stream);
    assert_eq!(stream, case.fixed::<200>("stream200"));
    assert_eq!(stream[..64], case.fixed::<64>("h64"));
    assert_eq!(raw::scalar(domain, &items), case.scalar("scalar"));
    assert_eq!(raw::point(domain, &items).compress().to_bytes(), case.fixed("point"));
    Ok(())
}
