//! The key a peer is known by, and the certificates made from it.
//!
//! A node makes one Ed25519 key at its first start and keeps it; its [`PeerId`] is the hash of that key, so it stays
//! the same while certificates come and go. A wallet has a fresh key for every connection, so that two nodes cannot
//! compare notes. Certificates are self-signed, carry no name, and are renewed from the key when half of their time
//! is over: nobody has to care for them.

use core::time::Duration;
use std::{
    fs, io,
    io::Write as _,
    path::{Path, PathBuf},
    sync::Arc,
};

use dero_crypto::secret::Secret;
use rand_core::CryptoRng;
use rcgen::{CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, KeyPair, PublicKeyData as _};
use rustls::{
    crypto::aws_lc_rs::sign::any_eddsa_type,
    pki_types::PrivatePkcs8KeyDer,
    sign::{CertifiedKey, SigningKey},
};

use super::PeerId;

const DAY: u64 = 86_400;
/// Days before its making from which a certificate is valid: clocks differ.
const VALID_BEFORE_DAYS: u64 = 2;
/// Days for which a certificate is valid after its making.
const VALID_AFTER_DAYS: u64 = 60;
/// What stands before the 32 secret bytes of an Ed25519 key in PKCS #8 (RFC 8410 section 7).
const PKCS8_HEAD: [u8; 16] = [48, 46, 2, 1, 0, 48, 5, 6, 3, 43, 101, 112, 4, 34, 4, 32];
const PKCS8_LEN: usize = PKCS8_HEAD.len() + 32;

/// What can go wrong with a key file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IdentityError {
    /// The disk failed.
    #[error("{}: {source}", path.display())]
    Disk {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// The file is not what this software writes.
    #[error("{} is no node key: expected {PKCS8_LEN} bytes of PKCS #8 with an Ed25519 key, found {found} bytes", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Its length.
        found: usize,
    },
    /// Others may read the file.
    #[error("{} has mode {mode:o}, so others may read the key: chmod 600 it, or delete it for a new key", path.display())]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The TLS library refused the key.
    #[error("the key makes no certificate: {detail}")]
    Certificate {
        /// The library's words.
        detail: String,
    },
}

/// The key of a peer.
#[derive(Clone, Debug)]
pub struct Identity {
    key: Secret<[u8; 32]>,
    peer: PeerId,
}

impl Identity {
    /// A new key.
    ///
    /// # Errors
    ///
    /// [`IdentityError::Certificate`] if the TLS library refuses it.
    pub fn generate(rng: &mut (impl CryptoRng + ?Sized)) -> Result<Self, IdentityError> {
        let mut key = [0; 32];
        rng.fill_bytes(&mut key);
        Self::from_key(Secret::new(key))
    }

    /// The identity of an Ed25519 private key (RFC 8032).
    ///
    /// # Errors
    ///
    /// [`IdentityError::Certificate`] if the TLS library refuses it.
    pub fn from_key(key: Secret<[u8; 32]>) -> Result<Self, IdentityError> {
        let pair = key_pair(&key)?;
        Ok(Self { peer: PeerId::of_public_key_info(&pair.subject_public_key_info()), key })
    }

    /// Reads the key file at `path`, or makes a key and writes the file, readable by its owner only.
    ///
    /// The file is PKCS #8 in DER, as other tools read it.
    ///
    /// # Errors
    ///
    /// [`IdentityError`] naming the file and what to do about it.
    pub fn load_or_create(path: &Path, rng: &mut (impl CryptoRng + ?Sized)) -> Result<Self, IdentityError> {
        let disk = |source| IdentityError::Disk { path: path.into(), source };
        match fs::read(path) {
            Ok(bytes) => {
                let bytes = Secret::new(bytes);
                refuse_exposed(path)?;
                let damaged = || IdentityError::Damaged { path: path.into(), found: bytes.expose().len() };
                let key = bytes.expose().strip_prefix(&PKCS8_HEAD).ok_or_else(damaged)?;
                Self::from_key(Secret::new(key.try_into().map_err(|_| damaged())?))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let identity = Self::generate(rng)?;
                // Written aside and renamed: a crash leaves no half key.
                let aside = path.with_extension("new");
                write_private(&aside, pkcs8(&identity.key).expose()).map_err(disk)?;
                fs::rename(&aside, path).map_err(disk)?;
                Ok(identity)
            }
            Err(error) => Err(disk(error)),
        }
    }

    /// Who the holder of this key is.
    #[must_use]
    pub const fn peer(&self) -> PeerId {
        self.peer
    }

    /// A certificate made at `unix`, and the time from which it should be replaced.
    pub(super) fn certify(&self, unix: u64) -> Result<(Arc<CertifiedKey>, u64), IdentityError> {
        let refused = |error: rcgen::Error| IdentityError::Certificate { detail: error.to_string() };
        let today = unix - unix % DAY;
        let moment = |seconds| rcgen::date_time_ymd(1970, 1, 1) + Duration::from_secs(seconds);
        let mut params = CertificateParams::default();
        params.not_before = moment(today.saturating_sub(VALID_BEFORE_DAYS * DAY));
        params.not_after = moment(today + VALID_AFTER_DAYS * DAY);
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, "peer");
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
        let certificate = params.self_signed(&key_pair(&self.key)?).map_err(refused)?;
        let key = CertifiedKey::new(vec![certificate.der().clone()], self.signing_key()?);
        Ok((Arc::new(key), today + VALID_AFTER_DAYS * DAY / 2))
    }

    fn signing_key(&self) -> Result<Arc<dyn SigningKey>, IdentityError> {
        let der = pkcs8(&self.key);
        any_eddsa_type(&PrivatePkcs8KeyDer::from(der.expose().as_slice()))
            .map_err(|error| IdentityError::Certificate { detail: error.to_string() })
    }
}

fn pkcs8(key: &Secret<[u8; 32]>) -> Secret<Vec<u8>> {
    let mut der = Vec::with_capacity(PKCS8_LEN);
    der.extend_from_slice(&PKCS8_HEAD);
    der.extend_from_slice(key.expose());
    Secret::new(der)
}

fn key_pair(key: &Secret<[u8; 32]>) -> Result<KeyPair, IdentityError> {
    let der = pkcs8(key);
    KeyPair::from_pkcs8_der_and_sign_algo(&der.expose().as_slice().into(), &rcgen::PKCS_ED25519)
        .map_err(|error| IdentityError::Certificate { detail: error.to_string() })
}

fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

#[cfg(unix)]
fn refuse_exposed(path: &Path) -> Result<(), IdentityError> {
    use std::os::unix::fs::PermissionsExt as _;
    let found = fs::metadata(path).map_err(|source| IdentityError::Disk { path: path.into(), source })?;
    let mode = found.permissions().mode() & 0o777;
    if mode & 0o077 == 0 { Ok(()) } else { Err(IdentityError::Exposed { path: path.into(), mode }) }
}

#[cfg(not(unix))]
fn refuse_exposed(_: &Path) -> Result<(), IdentityError> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_keeps_its_key_in_a_private_file() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("node.key");
        let first = Identity::load_or_create(&path, &mut rand::rng()).expect("made");
        let again = Identity::load_or_create(&path, &mut rand::rng()).expect("read");
        assert_eq!(first.peer(), again.peer());
        assert_eq!(fs::read_dir(folder.path()).expect("folder").count(), 1);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let set = |mode| fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("chmod");
            assert_eq!(fs::metadata(&path).expect("file").permissions().mode() & 0o777, 0o600);
            set(0o644);
            let found = Identity::load_or_create(&path, &mut rand::rng());
            assert!(matches!(found, Err(IdentityError::Exposed { mode: 0o644, .. })));
            set(0o600);
        }
        fs::write(&path, [0; 48]).expect("written");
        let found = Identity::load_or_create(&path, &mut rand::rng());
        assert!(matches!(found, Err(IdentityError::Damaged { found: 48, .. })));
    }

    #[test]
    fn keys_are_not_printed() {
        let identity = Identity::from_key(Secret::new([0x5a; 32])).expect("identity");
        let shown = format!("{identity:?}");
        assert!(shown.contains("Secret(..)") && !shown.contains("90"), "{shown}");
    }

    #[test]
    fn certificates_change_and_the_peer_stays() {
        let identity = Identity::generate(&mut rand::rng()).expect("identity");
        let (first, renew) = identity.certify(20_000 * DAY + 5).expect("made");
        assert_eq!(renew, 20_030 * DAY);
        let (second, _) = identity.certify(renew).expect("made");
        assert_ne!(first.cert, second.cert);
        for certified in [first, second] {
            let parsed = rustls::server::ParsedCertificate::try_from(&certified.cert[0]).expect("parsed");
            assert_eq!(PeerId::of_public_key_info(&parsed.subject_public_key_info()), identity.peer());
        }
    }
}
