//! TLS as this network speaks it: version 1.3, one key exchange, both sides show a key.
//!
//! | | |
//! |---|---|
//! | version | 1.3 only |
//! | key exchange | X25519MLKEM768 only: nothing to fall back to |
//! | certificates | both sides, self-signed, Ed25519; well-formed, in time, signed by their own key |
//! | identity | the hash of the public key; the dialling side compares it with the pin |
//! | in the clear | no server name, no protocol name; certificates are encrypted |
//! | resumption, early data | off: they link sessions, they replay |

use std::sync::{Arc, Mutex, PoisonError};

use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, DistinguishedName, Error, OtherError, PeerIncompatible,
    ServerConfig, SignatureScheme,
    client::{
        ResolvesClientCert, Resumption,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::{CryptoProvider, WebPkiSupportedAlgorithms, aws_lc_rs, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime},
    server::{
        ClientHello, NoServerSessionStorage, ResolvesServerCert,
        danger::{ClientCertVerified, ClientCertVerifier},
    },
    sign::CertifiedKey,
};
use webpki::{EndEntityCert, KeyUsage, anchor_from_trusted_cert};

use super::{CertificateFault, HandshakeError, PeerId, identity::Identity};

const ALGORITHMS: WebPkiSupportedAlgorithms = WebPkiSupportedAlgorithms {
    all: &[webpki::aws_lc_rs::ED25519],
    mapping: &[(SignatureScheme::ED25519, &[webpki::aws_lc_rs::ED25519])],
};

/// Everything that may be negotiated.
fn provider() -> Arc<CryptoProvider> {
    Arc::new(CryptoProvider {
        cipher_suites: vec![
            aws_lc_rs::cipher_suite::TLS13_AES_256_GCM_SHA384,
            aws_lc_rs::cipher_suite::TLS13_CHACHA20_POLY1305_SHA256,
        ],
        kx_groups: vec![aws_lc_rs::kx_group::X25519MLKEM768],
        signature_verification_algorithms: ALGORITHMS,
        ..aws_lc_rs::default_provider()
    })
}

/// The side that dials: shows `identity`, talks to `expected` and to nobody else.
pub(super) fn client(identity: Arc<Presenter>, expected: PeerId) -> Result<ClientConfig, Error> {
    let mut config = ClientConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .dangerous() // The word of the library for a verifier of one's own; this one asks for more, see below.
        .with_custom_certificate_verifier(Arc::new(PinnedServer { expected }))
        .with_client_cert_resolver(identity);
    config.enable_sni = false;
    config.enable_early_data = false;
    config.resumption = Resumption::disabled();
    Ok(config)
}

/// The side that is called: shows `identity`, asks for a certificate.
pub(super) fn server(identity: Arc<Presenter>) -> Result<ServerConfig, Error> {
    let mut config = ServerConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_client_cert_verifier(Arc::new(AnyClient))
        .with_cert_resolver(identity);
    config.send_tls13_tickets = 0;
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.max_early_data_size = 0;
    Ok(config)
}

/// Hands out the certificate of an identity, a new one when half of its time is over.
#[derive(Debug)]
pub(super) struct Presenter {
    identity: Identity,
    current: Mutex<Option<(Arc<CertifiedKey>, u64)>>,
}

impl Presenter {
    pub(super) const fn new(identity: Identity) -> Self {
        Self { identity, current: Mutex::new(None) }
    }

    pub(super) const fn peer(&self) -> PeerId {
        self.identity.peer()
    }

    fn certificate(&self) -> Option<Arc<CertifiedKey>> {
        let now = UnixTime::now().as_secs();
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if current.as_ref().is_none_or(|(_, renew_at)| *renew_at <= now) {
            match self.identity.certify(now) {
                Ok(made) => *current = Some(made),
                Err(error) => tracing::error!(%error, "no new certificate"),
            }
        }
        current.as_ref().map(|(certified, _)| Arc::clone(certified))
    }
}

impl ResolvesServerCert for Presenter {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        self.certificate()
    }
}

impl ResolvesClientCert for Presenter {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.certificate()
    }

    fn has_certs(&self) -> bool {
        true
    }
}

/// Reads a certificate and checks all that it says of itself: form, time, purpose, its own signature.
///
/// The certificate is its own and only trust anchor: what is trusted is the key, by its pin or not at all.
fn check(
    certificate: &CertificateDer<'_>,
    others: &[CertificateDer<'_>],
    now: UnixTime,
    purpose: KeyUsage,
) -> Result<PeerId, Error> {
    if !others.is_empty() {
        return Err(CertificateError::Other(OtherError(Arc::new(Malformed("more than one certificate")))).into());
    }
    let parsed = EndEntityCert::try_from(certificate).map_err(webpki_error)?;
    let anchor = anchor_from_trusted_cert(certificate).map_err(webpki_error)?;
    parsed.verify_for_usage(ALGORITHMS.all, &[anchor], &[], now, purpose, None, None).map_err(webpki_error)?;
    Ok(PeerId::of_public_key_info(&parsed.subject_public_key_info()))
}

fn webpki_error(error: webpki::Error) -> Error {
    use webpki::Error as E;
    match error {
        E::CertExpired { .. } => CertificateError::Expired.into(),
        E::CertNotValidYet { .. } => CertificateError::NotValidYet.into(),
        E::InvalidSignatureForPublicKey => CertificateError::BadSignature.into(),
        // Another issuer: what is signed, is signed by a key that is not here.
        E::UnknownIssuer => CertificateError::UnknownIssuer.into(),
        other => CertificateError::Other(OtherError(Arc::new(other))).into(),
    }
}

/// The id of a peer whose certificate passed the handshake.
pub(super) fn peer_of(certificates: Option<&[CertificateDer<'_>]>) -> Option<PeerId> {
    let parsed = EndEntityCert::try_from(certificates?.first()?).ok()?;
    Some(PeerId::of_public_key_info(&parsed.subject_public_key_info()))
}

#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Malformed(&'static str);

#[derive(Debug, thiserror::Error)]
#[error("expected {expected}, found {found}")]
struct OtherPeer {
    expected: PeerId,
    found: PeerId,
}

fn no_tls12() -> Result<HandshakeSignatureValid, Error> {
    Err(Error::PeerIncompatible(PeerIncompatible::SupportedVersionsExtensionRequired))
}

#[derive(Debug)]
struct PinnedServer {
    expected: PeerId,
}

impl ServerCertVerifier for PinnedServer {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let found = check(certificate, others, now, KeyUsage::server_auth())?;
        if found != self.expected {
            let other = OtherPeer { expected: self.expected, found };
            return Err(CertificateError::Other(OtherError(Arc::new(other))).into());
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        no_tls12()
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signature, &ALGORITHMS)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        ALGORITHMS.supported_schemes()
    }
}

#[derive(Debug)]
struct AnyClient;

impl ClientCertVerifier for AnyClient {
    fn client_auth_mandatory(&self) -> bool {
        true
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        certificate: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        check(certificate, others, now, KeyUsage::client_auth())?;
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        no_tls12()
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signature, &ALGORITHMS)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        ALGORITHMS.supported_schemes()
    }
}

/// What a failed handshake says, in words of this crate.
pub(super) fn explain(error: &std::io::Error) -> HandshakeError {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) {
        Some(error) => explain_tls(error),
        None => HandshakeError::Lost { detail: error.to_string() },
    }
}

fn explain_tls(error: &Error) -> HandshakeError {
    let detail = error.to_string();
    match error {
        Error::NoCertificatesPresented => HandshakeError::NoCertificate,
        Error::InvalidCertificate(CertificateError::Other(OtherError(inner))) => {
            match inner.downcast_ref::<OtherPeer>() {
                Some(OtherPeer { expected, found }) => {
                    HandshakeError::WrongPeer { expected: *expected, found: *found }
                }
                None => HandshakeError::Certificate(CertificateFault::Malformed { detail: inner.to_string() }),
            }
        }
        Error::InvalidCertificate(fault) => HandshakeError::Certificate(match fault {
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => CertificateFault::Expired,
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                CertificateFault::NotYetValid
            }
            CertificateError::BadSignature | CertificateError::UnknownIssuer => {
                CertificateFault::Signature { detail }
            }
            _ => CertificateFault::Malformed { detail },
        }),
        Error::InvalidMessage(_)
        | Error::InappropriateMessage { .. }
        | Error::InappropriateHandshakeMessage { .. } => HandshakeError::NotTls { detail },
        Error::PeerIncompatible(_) => HandshakeError::Incompatible { detail },
        Error::AlertReceived(_) => HandshakeError::Refused { detail },
        _ => HandshakeError::Lost { detail },
    }
}
