//! `memo.json`: the entries of a memo (protocol 4.4).

use dero_crypto::enote::{EnoteSeed, MemoClass, MemoEntries, MemoError, open_memo, seal_memo};

use crate::read::{Case, Outcome, fixed};

pub fn check(case: &Case<'_>) -> Outcome {
    let (seed, Ko) = (EnoteSeed::from_bytes(case.fixed("sigma")), case.fixed("Ko"));
    let padded = open_memo(&seed, &Ko, &case.bytes("memo")).map_err(|error| match error {
        MemoError::Mac => "bad-mac",
        MemoError::Length { .. } => "bad-length",
        other => panic!("no class for {other}"),
    })?;
    let plaintext = case.bytes("plaintext");
    let (text, zeros) = padded.expose().split_at(plaintext.len());
    assert_eq!(text, plaintext);
    assert!(zeros.iter().all(|byte| *byte == 0));
    let class = MemoClass::ALL.into_iter().find(|class| class.bytes() as u64 == case.number("size"));
    let sealed = seal_memo(&seed, &Ko, class.expect("a class"), &plaintext).expect("it fits");
    assert_eq!(sealed, case.bytes("memo"));

    let entries = MemoEntries::read(padded.expose());
    let listed: Vec<(u64, Vec<u8>)> = case
        .list("entries")
        .iter()
        .map(|entry| {
            let value = crate::read::bytes(&entry.value[1], "entries");
            (entry.value[0].as_u64().expect("a type"), value)
        })
        .collect();
    assert_eq!(entries.iter().map(|(kind, value)| (kind.into(), value.to_vec())).collect::<Vec<_>>(), listed);
    assert_eq!(*entries.to_bytes().expect("what was read can be written").expose(), case.bytes("written"));
    if case.name() == "all-known-types" {
        let value = |place: usize| &case.list("entries")[place].value[1];
        assert_eq!(entries.payment_id(), Some(fixed(value(0), "entries")));
        assert_eq!(entries.text().map(str::as_bytes), Some(&crate::read::bytes(value(1), "entries")[..]));
        assert!(entries.reply_address().is_none(), "137 bytes that are no address");
    }
    Ok(())
}
