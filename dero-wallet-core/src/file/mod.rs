//! The encrypted wallet file: what a wallet must never lose, in 4 KiB.
//!
//! ```text
//! magic 8 | version u8 | Argon2id memory KiB u32, passes u32, lanes u32 | salt 32 |
//! nonce 24 | { K_view 32 | K_spend 32 } under the passphrase's key          + tag 16
//! nonce 24 | { view part 256 } under K_view                                 + tag 16
//! nonce 24 | { spend part 64 } under K_spend                                + tag 16
//! zeros to 4096
//! ```
//!
//! Encryption is XChaCha20-Poly1305; everything before a box is authenticated with it. Two data keys keep *view*
//! and *spend* apart: a wallet that only follows the chain opens [`Opened::view`] and drops the rest, so that a
//! locked wallet cannot spend. The state database is encrypted under [`ViewPart::database_key`].
//!
//! [`seal`] and [`open`] work on bytes; [`save`] and [`load`] (feature `std`) put them on a disk: written beside,
//! synced, renamed, with the previous file kept as `.previous`.

mod codec;
#[cfg(feature = "std")]
mod disk;

use alloc::vec::Vec;

use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::{AeadInOut, KeyInit, Tag, XChaCha20Poly1305, XNonce};
use dero_crypto::{DecodeError, NetworkId, codec::Reader, secret::Secret};
use rand_core::CryptoRng;

use crate::seed::{MasterSecret, Seed};

#[cfg(feature = "std")]
pub use disk::{DiskError, load, save};

/// Bytes of a wallet file.
pub const FILE_BYTES: usize = 4096;
const MAGIC: [u8; 8] = *b"DEROwlt\0";
const VERSION: u8 = 1;
const VIEW_BYTES: usize = 256;
const SPEND_BYTES: usize = 64;

/// How much work a guess of the passphrase costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KdfCost {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
}

impl KdfCost {
    /// 64 MiB, 3 passes, 1 lane.
    pub const DEFAULT: Self = Self { memory_kib: 64 * 1024, passes: 3, lanes: 1 };
    /// The least that the format allows, for tests: 64 KiB, 1 pass.
    pub const LEAST: Self = Self { memory_kib: 64, passes: 1, lanes: 1 };

    /// A hostile file must not make the reader allocate or compute without bound.
    fn check(self) -> Result<Self, FileError> {
        for (what, found, min, max) in [
            ("key derivation: lanes", self.lanes, 1, 16),
            // Argon2 has eight blocks of a KiB in a lane at least.
            ("key derivation: memory in KiB", self.memory_kib, 8 * self.lanes.clamp(8, 16), 1 << 20),
            ("key derivation: passes", self.passes, 1, 64),
        ] {
            if !(min..=max).contains(&found) {
                let (found, min, max) = (found.into(), min.into(), max.into());
                return Err(DecodeError::Limit { what, found, min, max }.into());
            }
        }
        Ok(self)
    }

    fn key(self, passphrase: &[u8], salt: &[u8; 32]) -> Secret<[u8; 32]> {
        let params = Params::new(self.memory_kib, self.passes, self.lanes, Some(32)).expect("checked costs");
        let mut key = Secret::new([0; 32]);
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(passphrase, salt, key.expose_mut())
            .expect("a salt of 32 bytes and a key of 32 bytes");
        key
    }
}

/// Why a wallet file does not open.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// The bytes are no wallet file.
    #[error("this is not a wallet file")]
    NotAWallet,
    /// Another version wrote it.
    #[error("the wallet file has version {found}, this build reads {VERSION}: use a newer build")]
    Version {
        /// Version of the file.
        found: u8,
    },
    /// The key boxes do not open.
    #[error("the passphrase is wrong, or the wallet file is damaged")]
    PassphraseOrDamage,
    /// The passphrase is right and a part does not open.
    #[error("the wallet file is damaged in its {part} part: restore the previous copy or the seed words")]
    Damaged {
        /// Which part.
        part: &'static str,
    },
    /// A field holds what it may not.
    #[error("the wallet file is damaged: {0}")]
    Field(#[from] DecodeError),
}

/// What following the chain needs: the audit key, the network, the birthday.
#[derive(Clone, Debug)]
pub struct ViewPart {
    /// The network of the wallet.
    pub net: NetworkId,
    /// View-balance blob: s_vb ‖ Y_s.
    pub audit_key: Secret<[u8; 64]>,
    /// Seconds since 1970; enotes of this wallet are not older.
    pub birthday: u64,
    /// Encrypts the state database.
    pub database_key: Secret<[u8; 32]>,
    /// Set on a wallet that was restored or is about to sign: where its rows know no reference they are not the first
    /// ones, and enotes may have been cited with references that were lost.
    pub restored: bool,
}

/// What spending needs.
#[derive(Clone, Debug)]
pub enum SpendPart {
    /// A native seed, so that its words can be shown again.
    Seed(Seed),
    /// A master secret from elsewhere.
    Master(MasterSecret),
}

impl SpendPart {
    /// s_m.
    #[must_use]
    pub fn master_secret(&self) -> MasterSecret {
        match self {
            Self::Seed(seed) => seed.master_secret(),
            Self::Master(secret) => secret.clone(),
        }
    }
}

/// A wallet file, open.
#[derive(Clone, Debug)]
pub struct Opened {
    /// What following the chain needs.
    pub view: ViewPart,
    /// What spending needs; drop it to lock the wallet. `None` in a view-only wallet.
    pub spend: Option<SpendPart>,
}

/// Encrypts a wallet under a passphrase. Takes as long as `cost` says.
///
/// # Errors
///
/// [`FileError::Field`] if `cost` is outside what [`open`] accepts.
///
/// ```
/// use dero_wallet_core::{file::{self, KdfCost, Opened, SpendPart, ViewPart}, seed::{Coin, Seed}};
/// # use dero_crypto::NetworkId;
/// let rng = &mut rand::rng();
/// let view = ViewPart {
///     net: NetworkId([1; 32]), audit_key: [2; 64].into(), birthday: 1_800_000_000, database_key: [3; 32].into(),
///     restored: false,
/// };
/// let spend = Some(SpendPart::Seed(Seed::generate(Coin::Other, 1_800_000_000, rng)));
/// let bytes = file::seal(&Opened { view, spend }, b"correct horse", KdfCost::LEAST, rng)?;
/// assert!(file::open(&bytes, b"correct horse").is_ok());
/// assert!(file::open(&bytes, b"battery staple").is_err());
/// # Ok::<(), file::FileError>(())
/// ```
pub fn seal(
    wallet: &Opened,
    passphrase: &[u8],
    cost: KdfCost,
    rng: &mut (impl CryptoRng + ?Sized),
) -> Result<Vec<u8>, FileError> {
    cost.check()?;
    let mut salt = [0; 32];
    rng.fill_bytes(&mut salt);
    let mut data_keys = Secret::new([0; 64]);
    rng.fill_bytes(data_keys.expose_mut());

    let mut out = Vec::with_capacity(FILE_BYTES);
    out.extend(MAGIC);
    out.push(VERSION);
    out.extend([cost.memory_kib, cost.passes, cost.lanes].into_iter().flat_map(u32::to_le_bytes));
    out.extend(salt);
    close(&mut out, &cost.key(passphrase, &salt), data_keys.expose(), rng);
    let (view_key, spend_key) = split(&data_keys);
    close(&mut out, &view_key, codec::encode_view(&wallet.view).expose(), rng);
    close(&mut out, &spend_key, codec::encode_spend(wallet.spend.as_ref()).expose(), rng);
    out.resize(FILE_BYTES, 0);
    Ok(out)
}

/// Opens a wallet file.
///
/// # Errors
///
/// [`FileError`] saying whether it is no wallet file, of another version, under another passphrase, or damaged.
pub fn open(bytes: &[u8], passphrase: &[u8]) -> Result<Opened, FileError> {
    if bytes.len() != FILE_BYTES || !bytes.starts_with(&MAGIC) {
        return Err(FileError::NotAWallet);
    }
    let mut reader = Reader::new(bytes, "wallet file");
    reader.slice(MAGIC.len(), "magic")?;
    match reader.u8("version")? {
        VERSION => {}
        found => return Err(FileError::Version { found }),
    }
    let cost =
        KdfCost { memory_kib: reader.u32("memory")?, passes: reader.u32("passes")?, lanes: reader.u32("lanes")? };
    let salt = reader.array("salt")?;
    let key = cost.check()?.key(passphrase, &salt);
    let data_keys = unclose(bytes, &mut reader, &key)?.ok_or(FileError::PassphraseOrDamage)?;
    let (view_key, spend_key) = split(&data_keys);
    let view = unclose::<VIEW_BYTES>(bytes, &mut reader, &view_key)?;
    let spend = unclose::<SPEND_BYTES>(bytes, &mut reader, &spend_key)?;
    if reader.rest().iter().any(|byte| *byte != 0) {
        return Err(FileError::Damaged { part: "padding" });
    }
    Ok(Opened {
        view: codec::decode_view(&view.ok_or(FileError::Damaged { part: "view" })?)?,
        spend: codec::decode_spend(&spend.ok_or(FileError::Damaged { part: "spend" })?)?,
    })
}

fn split(keys: &Secret<[u8; 64]>) -> (Secret<[u8; 32]>, Secret<[u8; 32]>) {
    let half = |from: usize| {
        let mut key = Secret::new([0; 32]);
        key.expose_mut().copy_from_slice(&keys.expose()[from..from + 32]);
        key
    };
    (half(0), half(32))
}

/// Appends nonce, ciphertext and tag; all of `out` before the nonce is authenticated.
fn close(out: &mut Vec<u8>, key: &Secret<[u8; 32]>, plain: &[u8], rng: &mut (impl CryptoRng + ?Sized)) {
    let mut nonce = [0; 24];
    rng.fill_bytes(&mut nonce);
    let mut buffer = plain.to_vec();
    let cipher = XChaCha20Poly1305::new(key.expose().into());
    let tag = cipher
        .encrypt_inout_detached(&XNonce::from(nonce), out, buffer.as_mut_slice().into())
        .expect("a few hundred bytes are below the cipher's limit");
    out.extend(nonce);
    out.extend(buffer);
    out.extend(tag);
}

/// Opens the next box; `None` if it does not authenticate.
fn unclose<const N: usize>(
    bytes: &[u8],
    reader: &mut Reader<'_>,
    key: &Secret<[u8; 32]>,
) -> Result<Option<Secret<[u8; N]>>, FileError> {
    let before = &bytes[..bytes.len() - reader.rest().len()];
    let nonce: [u8; 24] = reader.array("nonce")?;
    let mut plain = Secret::new(reader.array("box")?);
    let tag: [u8; 16] = reader.array("tag")?;
    let cipher = XChaCha20Poly1305::new(key.expose().into());
    let buffer: &mut [u8] = plain.expose_mut();
    let opened = cipher.decrypt_inout_detached(&XNonce::from(nonce), before, buffer.into(), &Tag::from(tag));
    Ok(opened.is_ok().then_some(plain))
}

/// Fixed fields, one after the other, into a zeroised buffer.
fn fill<const N: usize>(fields: &[&[u8]]) -> Secret<[u8; N]> {
    let mut out = Secret::new([0; N]);
    let mut at = 0;
    for field in fields {
        out.expose_mut()[at..at + field.len()].copy_from_slice(field);
        at += field.len();
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seed::Coin;

    fn sealed() -> Vec<u8> {
        let rng = &mut rand::rng();
        let view = ViewPart {
            net: NetworkId([1; 32]),
            audit_key: [2; 64].into(),
            birthday: 77,
            database_key: [3; 32].into(),
            restored: true,
        };
        let spend = Some(SpendPart::Seed(Seed::generate(Coin::Test, 1_800_000_000, rng)));
        seal(&Opened { view, spend }, b"open sesame", KdfCost::LEAST, rng).expect("sealed")
    }

    #[test]
    fn what_is_sealed_opens_with_the_passphrase() {
        let opened = open(&sealed(), b"open sesame").expect("opens");
        assert_eq!((opened.view.net, opened.view.birthday, opened.view.restored), (NetworkId([1; 32]), 77, true));
        assert_eq!(opened.view.audit_key.expose(), &[2; 64]);
        assert!(matches!(opened.spend, Some(SpendPart::Seed(seed)) if seed.coin() == Coin::Test));
    }

    #[test]
    fn a_wrong_passphrase_is_refused() {
        assert_eq!(open(&sealed(), b"open barley").expect_err("refused"), FileError::PassphraseOrDamage);
    }

    #[test]
    fn every_flipped_byte_is_refused() {
        let bytes = sealed();
        for place in (0..700).chain([1000, FILE_BYTES - 1]) {
            let mut flipped = bytes.clone();
            flipped[place] ^= 1;
            assert!(open(&flipped, b"open sesame").is_err(), "byte {place}");
        }
    }

    #[test]
    fn a_short_file_and_absurd_costs_are_refused_before_any_work() {
        let mut bytes = sealed();
        assert_eq!(open(&bytes[..FILE_BYTES - 1], b"").expect_err("short"), FileError::NotAWallet);
        bytes[9..13].copy_from_slice(&u32::MAX.to_le_bytes());
        assert!(matches!(open(&bytes, b""), Err(FileError::Field(DecodeError::Limit { .. }))));
        bytes[8] = 2;
        assert_eq!(open(&bytes, b"").expect_err("version"), FileError::Version { found: 2 });
    }

    #[test]
    fn lanes_that_the_memory_does_not_hold_are_refused_without_a_panic() {
        let mut bytes = sealed();
        bytes[9..13].copy_from_slice(&64u32.to_le_bytes());
        for lanes in 0..=17 {
            bytes[17] = lanes;
            let limit = matches!(open(&bytes, b"x"), Err(FileError::Field(DecodeError::Limit { .. })));
            assert_eq!(limit, !(1..=8).contains(&lanes), "{lanes} lanes");
        }
    }

    #[test]
    fn two_files_of_one_wallet_share_no_bytes_of_their_boxes() {
        let (a, b) = (sealed(), sealed());
        assert_ne!(a[21..53], b[21..53]);
        assert_ne!(a[77..141], b[77..141]);
    }
}
