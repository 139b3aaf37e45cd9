//! A peer that does what it likes: TLS straight from the library, with every check of its own switched off.

use std::sync::Arc;

use dero_net::{
    testing::{gullible_client, gullible_server},
    transport::PeerId,
};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, PublicKeyData};
use rustls::{
    ClientConfig,
    client::Resumption,
    crypto::{CryptoProvider, SupportedKxGroup, aws_lc_rs},
    pki_types::{CertificateDer, PrivateKeyDer, ServerName},
    sign::CertifiedKey,
};
use tokio::net::TcpStream;
use tokio_rustls::{TlsAcceptor, TlsConnector, client, server};

/// The certificate a rogue shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Certificate {
    /// As the rules want it.
    Good,
    None,
    Expired,
    NotYetValid,
    /// Bytes that are no certificate.
    Noise,
    /// The last byte is missing.
    CutShort,
    /// A good one and another.
    Two,
    /// One that may sign others.
    Authority,
    /// A bit of its signature is flipped.
    SignatureFlipped,
    /// Signed by a key that is not in it.
    OfAnotherIssuer,
    /// Somebody else's: the handshake is signed with another key.
    OfAnotherKey,
    /// A key of another kind.
    Ecdsa,
}

pub(crate) struct Rogue {
    pub(crate) tls12: bool,
    pub(crate) groups: Vec<&'static dyn SupportedKxGroup>,
    pub(crate) certificate: Certificate,
    pub(crate) resume: bool,
    pub(crate) key: KeyPair,
}

impl Default for Rogue {
    fn default() -> Self {
        Self {
            tls12: false,
            groups: vec![aws_lc_rs::kx_group::X25519MLKEM768],
            certificate: Certificate::Good,
            resume: false,
            key: ed25519(),
        }
    }
}

fn ed25519() -> KeyPair {
    KeyPair::generate_for(&rcgen::PKCS_ED25519).expect("a key")
}

impl Rogue {
    pub(crate) fn peer(&self) -> PeerId {
        PeerId::of_public_key_info(&self.key.subject_public_key_info())
    }

    fn shown(&self) -> Option<Arc<CertifiedKey>> {
        let mut params = CertificateParams::default();
        params.not_before = rcgen::date_time_ymd(2020, 1, 1);
        params.not_after = rcgen::date_time_ymd(2090, 1, 1);
        let sign = |params: CertificateParams, key: &KeyPair| {
            params.self_signed(key).expect("a certificate").der().to_vec()
        };
        let other = ed25519();
        let mut signing = &self.key;
        let ecdsa = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).expect("a key");
        let chain = match self.certificate {
            Certificate::None => return None,
            Certificate::Good => vec![sign(params, &self.key)],
            Certificate::Expired => {
                params.not_after = rcgen::date_time_ymd(2021, 1, 1);
                vec![sign(params, &self.key)]
            }
            Certificate::NotYetValid => {
                params.not_before = rcgen::date_time_ymd(2089, 1, 1);
                vec![sign(params, &self.key)]
            }
            Certificate::Noise => vec![vec![0x5a; 300]],
            Certificate::CutShort => {
                let mut der = sign(params, &self.key);
                der.pop();
                vec![der]
            }
            Certificate::Two => vec![sign(params.clone(), &self.key), sign(params, &other)],
            Certificate::Authority => {
                params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
                vec![sign(params, &self.key)]
            }
            Certificate::SignatureFlipped => {
                let mut der = sign(params, &self.key);
                *der.last_mut().expect("bytes") ^= 1;
                vec![der]
            }
            Certificate::OfAnotherIssuer => {
                // Issuer and subject have one name, so that only the signature can tell.
                let issuer = CertifiedIssuer::self_signed(params.clone(), &other).expect("an issuer");
                vec![params.signed_by(&self.key, &issuer).expect("a certificate").der().to_vec()]
            }
            Certificate::OfAnotherKey => {
                signing = &other;
                vec![sign(params, &self.key)]
            }
            Certificate::Ecdsa => {
                signing = &ecdsa;
                vec![sign(params, &ecdsa)]
            }
        };
        let key = PrivateKeyDer::Pkcs8(signing.serialized_der().to_vec().into());
        let key = aws_lc_rs::sign::any_supported_type(&key).expect("a key");
        Some(Arc::new(CertifiedKey::new(chain.into_iter().map(CertificateDer::from).collect(), key)))
    }

    fn provider(&self) -> CryptoProvider {
        // TLS 1.2 has no hybrid groups.
        let groups = if self.tls12 { vec![aws_lc_rs::kx_group::X25519] } else { self.groups.clone() };
        CryptoProvider { kx_groups: groups, ..aws_lc_rs::default_provider() }
    }

    fn versions(&self) -> [&'static rustls::SupportedProtocolVersion; 1] {
        if self.tls12 { [&rustls::version::TLS12] } else { [&rustls::version::TLS13] }
    }

    pub(crate) fn client_config(&self) -> Arc<ClientConfig> {
        let mut config = gullible_client(self.provider(), &self.versions(), self.shown()).expect("versions");
        if self.resume {
            config.resumption = Resumption::in_memory_sessions(8);
            config.enable_early_data = true;
        }
        Arc::new(config)
    }

    pub(crate) async fn call(&self, socket: TcpStream) -> std::io::Result<client::TlsStream<TcpStream>> {
        self.call_with(&self.client_config(), socket).await
    }

    pub(crate) async fn call_with(
        &self,
        config: &Arc<ClientConfig>,
        socket: TcpStream,
    ) -> std::io::Result<client::TlsStream<TcpStream>> {
        let name = ServerName::try_from("node.example").expect("a name");
        TlsConnector::from(Arc::clone(config)).connect(name, socket).await
    }

    pub(crate) async fn answer(&self, socket: TcpStream) -> std::io::Result<server::TlsStream<TcpStream>> {
        let config = gullible_server(self.provider(), &self.versions(), self.shown()).expect("versions");
        TlsAcceptor::from(Arc::new(config)).accept(socket).await
    }
}
