//! The two parts of the file in clear, at fixed places.

use dero_crypto::{DecodeError, NetworkId, codec::Reader, secret::Secret};

use super::{SPEND_BYTES, SpendPart, VIEW_BYTES, ViewPart, fill};
use crate::seed::{Coin, Seed};

/// `net 32 | audit key 64 | birthday u64 | database key 32 | restored u8 | zeros`
pub(super) fn encode_view(view: &ViewPart) -> Secret<[u8; VIEW_BYTES]> {
    let birthday = view.birthday.to_le_bytes();
    fill(&[&view.net.0, view.audit_key.expose(), &birthday, view.database_key.expose(), &[view.restored.into()]])
}

pub(super) fn decode_view(bytes: &Secret<[u8; VIEW_BYTES]>) -> Result<ViewPart, DecodeError> {
    let mut reader = Reader::new(bytes.expose(), "view part");
    Ok(ViewPart {
        net: NetworkId(reader.array("network id")?),
        audit_key: Secret::new(reader.array("audit key")?),
        birthday: reader.u64("birthday")?,
        database_key: Secret::new(reader.array("database key")?),
        restored: match reader.u8("restored")? {
            0 => false,
            1 => true,
            found => return Err(DecodeError::Value { what: "restored", found: found.into() }),
        },
    })
}

/// `0, zeros` none | `1, s_m 32, zeros` | `2, coin u8, month u16, secret 19, zeros`
pub(super) fn encode_spend(spend: Option<&SpendPart>) -> Secret<[u8; SPEND_BYTES]> {
    match spend {
        None => fill(&[&[0]]),
        Some(SpendPart::Master(secret)) => fill(&[&[1], secret.expose()]),
        Some(SpendPart::Seed(seed)) => {
            let (coin, month, secret) = seed.parts();
            let coin = match coin {
                Coin::Main => 0,
                Coin::Test => 1,
                Coin::Other => 2,
            };
            fill(&[&[2, coin], &month.to_le_bytes(), secret.expose()])
        }
    }
}

pub(super) fn decode_spend(bytes: &Secret<[u8; SPEND_BYTES]>) -> Result<Option<SpendPart>, DecodeError> {
    let mut reader = Reader::new(bytes.expose(), "spend part");
    match reader.u8("spend part")? {
        0 => Ok(None),
        1 => Ok(Some(SpendPart::Master(Secret::new(reader.array("master secret")?)))),
        2 => {
            let coin = match reader.u8("coin")? {
                0 => Coin::Main,
                1 => Coin::Test,
                2 => Coin::Other,
                found => return Err(DecodeError::Value { what: "coin", found: found.into() }),
            };
            let month = reader.u16("birthday month")?;
            Seed::from_parts(coin, month, Secret::new(reader.array("seed secret")?)).map(SpendPart::Seed).map(Some)
        }
        found => Err(DecodeError::Value { what: "spend part", found: found.into() }),
    }
}
