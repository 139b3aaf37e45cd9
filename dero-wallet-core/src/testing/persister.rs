//! Does a [`Persister`] keep its contract?

use crate::store::{ChangeSet, Persister};

/// Runs every check of the [`Persister`] contract on stores that `open` makes or opens again: the argument names the
/// store, and a second call with the same name must find what the first one wrote.
///
/// # Panics
///
/// With the name of the broken rule.
///
/// ```
/// use dero_wallet_core::{store::MemoryPersister, testing::persister_conformance};
/// // A memory store is gone when it is dropped, so this one is checked without being opened again.
/// persister_conformance(|_| MemoryPersister::new(), false);
/// ```
pub fn persister_conformance<P: Persister>(mut open: impl FnMut(&str) -> P, reopens: bool) {
    let mut store = open("rows");
    assert!(load(&store).is_empty(), "a fresh store has rows");

    let mut first = ChangeSet::new();
    first.put("b", "1");
    first.put("a", "2");
    first.put("both", "row");
    first.put_bulk("both", "bulk");
    first.put("empty", "");
    store.commit(&first).expect("commit");
    let expected = pairs(&[("a", "2"), ("b", "1"), ("both", "row"), ("empty", "")]);
    assert_eq!(load(&store), expected, "a commit lost, changed or reordered rows");
    assert_eq!(bulk(&store, "both").as_deref(), Some(&b"bulk"[..]), "rows and bulk rows are not apart");
    assert_eq!(bulk(&store, "a"), None, "a row is found among the bulk rows");

    let mut second = ChangeSet::new();
    second.delete("a");
    second.put("b", "3");
    second.delete("never there");
    second.delete_bulk("both");
    store.commit(&second).expect("commit");
    let expected = pairs(&[("b", "3"), ("both", "row"), ("empty", "")]);
    assert_eq!(load(&store), expected, "a later change did not win");
    assert_eq!(bulk(&store, "both"), None, "a deleted bulk row is still there");

    store.commit(&ChangeSet::new()).expect("an empty commit");
    assert_eq!(load(&store), expected, "an empty commit changed rows");

    let mut many = ChangeSet::new();
    for i in 0..1000u32 {
        many.put_bulk(i.to_be_bytes(), vec![u8::try_from(i % 251).expect("a byte"); (i as usize * 7) % 5000]);
    }
    store.commit(&many).expect("commit");
    for i in [0u32, 1, 499, 999] {
        let found = store.bulk(&i.to_be_bytes()).expect("read").expect("a bulk row is lost");
        assert_eq!(found.len(), (i as usize * 7) % 5000, "a bulk row has another length");
    }

    if reopens {
        drop(store);
        let store = open("rows");
        assert_eq!(load(&store), expected, "rows are lost when the store is opened again");
        assert!(store.bulk(&7u32.to_be_bytes()).expect("read").is_some(), "bulk rows are lost when opened again");
    }
    assert!(load(&open("another")).is_empty(), "two stores share rows");
}

fn load<P: Persister>(store: &P) -> Vec<(Vec<u8>, Vec<u8>)> {
    store.load().expect("load")
}

fn bulk<P: Persister>(store: &P, key: &str) -> Option<Vec<u8>> {
    store.bulk(key.as_bytes()).expect("read")
}

fn pairs(rows: &[(&str, &str)]) -> Vec<(Vec<u8>, Vec<u8>)> {
    rows.iter().map(|(key, value)| (key.as_bytes().to_vec(), value.as_bytes().to_vec())).collect()
}
