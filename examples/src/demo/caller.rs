//! Callers that do not keep the rules.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use dero_net::testing::gullible_client;
use rcgen::{CertificateParams, KeyPair};
use rustls::{
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer, ServerName},
    sign::CertifiedKey,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::TlsConnector;

use crate::Failure;

/// What a caller does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Call {
    /// Speaks HTTP without TLS.
    Plain,
    /// Offers TLS 1.2 and nothing newer.
    Tls12,
    /// Shows bytes that are no certificate.
    Malformed,
    /// Shows a certificate whose time is over.
    Expired,
}

const SOON: Duration = Duration::from_secs(300);
/// Records of alerts (RFC 8446 section 5.1).
const ALERT: u8 = 21;

impl Call {
    /// Calls `to`, and returns what it was told, which is an alert at most.
    pub(super) async fn at(self, to: SocketAddr) -> Result<String, Failure> {
        let mut stream = TcpStream::connect(to).await?;
        let mut told = Vec::new();
        match self {
            Self::Plain | Self::Tls12 => {
                let hello = if self == Self::Plain { b"GET / HTTP/1.1\r\n\r\n".to_vec() } else { hello_12() };
                stream.write_all(&hello).await?;
                let _ = timeout(SOON, stream.read_to_end(&mut told)).await.map_err(|_| "not dropped in time")?;
            }
            Self::Malformed | Self::Expired => {
                let (provider, shown) = (aws_lc_rs::default_provider(), Some(self.certificate()?));
                let config = gullible_client(provider, &[&rustls::version::TLS13], shown)?;
                let name = ServerName::try_from("node.example")?;
                let connector = TlsConnector::from(Arc::new(config));
                // A client of TLS 1.3 believes to be done before the server has seen its certificate.
                let mut stream = match timeout(SOON, connector.connect(name, stream)).await? {
                    Ok(stream) => stream,
                    Err(error) => return Ok(error.to_string()),
                };
                let end = timeout(SOON, stream.read_to_end(&mut told)).await.map_err(|_| "not dropped in time")?;
                if !told.is_empty() {
                    return Err(format!("{self:?} was told {told:02x?}").into());
                }
                return Ok(end.err().map_or("the end".into(), |error| error.to_string()));
            }
        }
        match told.as_slice() {
            [] => Ok("nothing".into()),
            [ALERT, _, _, 0, 2, _, alert] => Ok(format!("alert {alert}")),
            other => Err(format!("{self:?} was told {other:02x?}").into()),
        }
    }

    fn certificate(self) -> Result<Arc<CertifiedKey>, Failure> {
        let key = KeyPair::generate_for(&rcgen::PKCS_ED25519)?;
        let mut params = CertificateParams::default();
        params.not_before = rcgen::date_time_ymd(2020, 1, 1);
        params.not_after = rcgen::date_time_ymd(2021, 1, 1);
        let der = if self == Self::Expired { params.self_signed(&key)?.der().to_vec() } else { vec![0x5a; 300] };
        let key = PrivateKeyDer::Pkcs8(key.serialized_der().to_vec().into());
        Ok(Arc::new(CertifiedKey::new(vec![CertificateDer::from(der)], aws_lc_rs::sign::any_supported_type(&key)?)))
    }
}

/// A client hello of TLS 1.2 (RFC 5246 section 7.4.1.2): two suites, x25519, no list of newer versions.
fn hello_12() -> Vec<u8> {
    let mut body = vec![3, 3];
    body.extend([0x42; 32]); // random
    body.push(0); // no session
    body.extend([0, 4, 0xc0, 0x2b, 0xc0, 0x2f]); // ECDHE with AES-128-GCM
    body.extend([1, 0]); // no compression
    let extensions = [
        &[0, 10, 0, 4, 0, 2, 0, 29][..],        // groups: x25519
        &[0, 11, 0, 2, 1, 0],                   // point formats
        &[0, 13, 0, 8, 0, 6, 8, 7, 4, 3, 8, 4], // signatures
    ]
    .concat();
    body.extend(u16::try_from(extensions.len()).unwrap_or_default().to_be_bytes());
    body.extend(extensions);
    let mut message = vec![1, 0];
    message.extend(u16::try_from(body.len()).unwrap_or_default().to_be_bytes());
    message.extend(body);
    let mut record = vec![22, 3, 1];
    record.extend(u16::try_from(message.len()).unwrap_or_default().to_be_bytes());
    record.extend(message);
    record
}
