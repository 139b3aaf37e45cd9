//! `address.json`: the parts of a subaddress and its text (protocol 3).

use dero_crypto::{
    keys::{Address, AddressError, AddressIndex, AddressTag, MasterSecret},
    network::NetworkKind,
};

use crate::read::{self, Case, Outcome};

pub fn check(case: &Case<'_>) -> Outcome {
    if case.has("s_m") { derived(case) } else { parsed(case) }
}

fn derived(case: &Case<'_>) -> Outcome {
    let audit = MasterSecret::from_bytes(case.fixed("s_m")).audit_key();
    let keys = audit.address_key();
    let index = AddressIndex(case.number("j"));
    assert_eq!(*keys.spend_extension(index).expose(), case.scalar("e_j"));
    assert_eq!(*keys.base_scalar(index).expose(), case.scalar("d_j"));
    let address = keys.address(index);
    assert_eq!(*address.spend_key(), case.point("K_j"));
    assert_eq!(*address.base(), case.point("B_j"));
    assert_eq!(*address.find_key(), case.point("F_j"));
    assert_eq!(*address.receive_key(), case.point("R_j"));
    assert_eq!(*address.tag(), AddressTag(case.fixed("t_j")));
    assert_eq!(address.to_bytes().as_slice(), case.bytes("payload"));
    assert_eq!(keys.recognise(&address), Some(index));
    for (network, text) in NetworkKind::ALL.into_iter().zip(["text_dero", "text_derot", "text_deror"]) {
        assert_eq!(address.to_text(network), case.text(text));
        assert_eq!(Address::from_text(case.text(text), network), Ok(address));
    }
    Ok(())
}

fn parsed(case: &Case<'_>) -> Outcome {
    let network = NetworkKind::from_prefix(case.text("hrp")).expect("a known prefix");
    let address = Address::from_text(case.text("text"), network).map_err(class)?;
    assert_eq!(address.to_bytes().as_slice(), case.bytes("payload"));
    Ok(())
}

fn class(error: AddressError) -> &'static str {
    match error {
        AddressError::MixedCase => "mixed-case",
        AddressError::Separator | AddressError::Length { .. } => "bad-length",
        AddressError::Network { .. } => "wrong-hrp",
        AddressError::Character { .. } => "bad-character",
        AddressError::Check => "bad-checksum",
        AddressError::Payload(error) => read::class(error),
        other => panic!("no class for {other}"),
    }
}
