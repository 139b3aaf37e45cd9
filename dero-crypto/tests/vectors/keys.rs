//! `keys.json`: every key of section 2, and the bytes that each tier is handed over as. Ours has a `kind`: one tier alone.

use dero_crypto::{
    group::Scalar,
    keys::{AddressKey, AuditKey, FindKey, MasterSecret, SpendKey, ViewReceivedKey},
    secret::Secret,
};

use crate::read::{Case, Outcome, class};

pub fn check(case: &Case<'_>) -> Outcome {
    if case.has("kind") {
        return tier(case);
    }
    let audit = if case.has("s_m") {
        let master = MasterSecret::from_bytes(case.fixed("s_m"));
        let spend = master.spend_key();
        assert_eq!(*spend.expose().expose(), case.scalar("k_s"));
        assert_eq!(*spend.public(), case.point("Y_s"));
        master.audit_key()
    } else {
        AuditKey::from_bytes(&case.bytes("view_balance")).map_err(class)?
    };
    audit_key(case, &audit);
    view_received(case, audit.view_received());
    address_key(case, audit.address_key());

    // Each tier, read back from its bytes, has the keys below it and no others.
    view_received(case, &ViewReceivedKey::from_bytes(&case.bytes("view_received")).map_err(class)?);
    address_key(case, &AddressKey::from_bytes(&case.bytes("generate_address")).map_err(class)?);
    find_key(case, &FindKey::from_bytes(&case.bytes("find_received")).map_err(class)?);
    let with_self = audit.find_key_with_self();
    let bytes = with_self.to_bytes();
    assert_eq!(*bytes.expose(), [case.bytes("find_received"), case.bytes("s_fs")].concat());
    let again = FindKey::from_bytes(bytes.expose()).map_err(class)?;
    secret(case, "s_fs", again.find_self_secret().expect("64 bytes hold s_fs"));
    Ok(())
}

fn tier(case: &Case<'_>) -> Outcome {
    let bytes = case.bytes("bytes");
    let again = match case.text("kind") {
        "spend" => {
            let bytes = bytes.as_slice().try_into().map_err(|_| "bad-length")?;
            let key = SpendKey::from_bytes(bytes).map_err(class)?;
            scalar(case, "k_s", key.expose());
            key.expose().expose().to_bytes().to_vec()
        }
        "view_balance" => {
            let key = AuditKey::from_bytes(&bytes).map_err(class)?;
            secret(case, "s_vb", key.view_balance_secret());
            assert_eq!(*key.spend_public(), case.point("Y_s"));
            key.to_bytes().expose().to_vec()
        }
        "view_received" => {
            let key = ViewReceivedKey::from_bytes(&bytes).map_err(class)?;
            scalar(case, "k_r", key.receive_key());
            secret(case, "s_ga", key.address_key().generate_address_secret());
            assert_eq!(*key.address_key().wallet_spend_public(), case.point("K_s"));
            key.to_bytes().expose().to_vec()
        }
        "find_received" | "find_received_and_own" => {
            let key = FindKey::from_bytes(&bytes).map_err(class)?;
            scalar(case, "k_f", key.find_key());
            assert_eq!(key.find_self_secret().is_some(), case.has("s_fs"));
            key.find_self_secret().into_iter().for_each(|s_fs| secret(case, "s_fs", s_fs));
            key.to_bytes().expose().clone()
        }
        "generate_address" => {
            let key = AddressKey::from_bytes(&bytes).map_err(class)?;
            secret(case, "s_ga", key.generate_address_secret());
            assert_eq!(*key.wallet_spend_public(), case.point("K_s"));
            assert_eq!(*key.find_public(), case.point("F"));
            assert_eq!(*key.receive_public(), case.point("R"));
            key.to_bytes().expose().to_vec()
        }
        kind => panic!("kind {kind}"),
    };
    assert_eq!(again, bytes);
    Ok(())
}

fn secret(case: &Case<'_>, key: &str, found: &Secret<[u8; 32]>) {
    assert_eq!(*found.expose(), case.fixed(key), "{key}");
}

fn scalar(case: &Case<'_>, key: &str, found: &Secret<Scalar>) {
    assert_eq!(*found.expose(), case.scalar(key), "{key}");
}

fn audit_key(case: &Case<'_>, key: &AuditKey) {
    secret(case, "s_vb", key.view_balance_secret());
    assert_eq!(*key.spend_public(), case.point("Y_s"));
    scalar(case, "k_i", key.image_key());
    secret(case, "s_sv", key.self_secret());
    secret(case, "s_fs", key.find_self_secret());
    secret(case, "s_ov", key.outgoing_secret());
    assert_eq!(key.to_bytes().expose().as_slice(), case.bytes("view_balance"));
}

fn view_received(case: &Case<'_>, key: &ViewReceivedKey) {
    scalar(case, "k_r", key.receive_key());
    assert_eq!(key.to_bytes().expose().as_slice(), case.bytes("view_received"));
    find_key(case, key.find_key());
    address_key(case, key.address_key());
}

fn find_key(case: &Case<'_>, key: &FindKey) {
    scalar(case, "k_f", key.find_key());
    assert!(key.find_self_secret().is_none());
    assert_eq!(*key.to_bytes().expose(), case.bytes("find_received"));
}

fn address_key(case: &Case<'_>, key: &AddressKey) {
    secret(case, "s_ga", key.generate_address_secret());
    secret(case, "s_ct", key.tag_cipher_key());
    assert_eq!(*key.wallet_spend_public(), case.point("K_s"));
    assert_eq!(*key.find_public(), case.point("F"));
    assert_eq!(*key.receive_public(), case.point("R"));
    assert_eq!(key.to_bytes().expose().as_slice(), case.bytes("generate_address"));
}
