//! The owner's side.

use std::{path::Path, sync::Arc, time::Duration};

use http_body_util::{BodyExt, Full, Limited};
use hyper::{Request, body::Bytes, header};
use hyper_util::rt::TokioIo;
use rustls::{
    RootCertStore,
    pki_types::{CertificateDer, ServerName},
};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::Access;

const TIMEOUT: Duration = Duration::from_secs(300);
const MAX_ANSWER: usize = 64 * 1024 * 1024;

/// Why a call has no result.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// The node is not there, or is another one than the access file says.
    #[error("the node does not answer: {0}")]
    Unreachable(String),
    /// The node refused the call.
    #[error("{message}")]
    Refused {
        /// Its number.
        code: i64,
        /// Its words.
        message: String,
        /// What it adds for programs.
        data: Value,
    },
    /// The answer is no JSON-RPC.
    #[error("the node's answer is not understood: {0}")]
    Answer(String),
}

/// Calls a node. A connection lives for one call.
#[derive(Clone, Debug)]
pub struct Client {
    access: Access,
    connector: Arc<rustls::ClientConfig>,
}

fn unreachable(error: impl std::fmt::Display) -> ClientError {
    ClientError::Unreachable(error.to_string())
}

impl Client {
    /// A client of the node whose data is in `folder`.
    ///
    /// # Errors
    ///
    /// [`ClientError::Unreachable`] if there is no access file, which a running node writes.
    pub fn of(folder: &Path) -> Result<Self, ClientError> {
        Self::new(Access::read(folder).map_err(unreachable)?)
    }

    /// A client of the node with this access.
    ///
    /// # Errors
    ///
    /// [`ClientError::Unreachable`] if the certificate is none.
    pub fn new(access: Access) -> Result<Self, ClientError> {
        let mut roots = RootCertStore::empty();
        let certificate = hex::decode(&access.certificate).map_err(unreachable)?;
        roots.add(CertificateDer::from(certificate)).map_err(unreachable)?;
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = rustls::ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13])
            .map_err(unreachable)?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self { access, connector: Arc::new(config) })
    }

    /// Calls a method and returns its result.
    ///
    /// # Errors
    ///
    /// [`ClientError`].
    pub async fn call(&self, method: &str, parameters: Value) -> Result<Value, ClientError> {
        let answer = tokio::time::timeout(TIMEOUT, self.exchange(method, parameters));
        let answer = answer.await.map_err(|_| unreachable("no answer in 5 minutes"))??;
        let answer: Value =
            serde_json::from_slice(&answer).map_err(|error| ClientError::Answer(error.to_string()))?;
        if let Some(error) = answer.get("error") {
            return Err(ClientError::Refused {
                code: error["code"].as_i64().unwrap_or_default(),
                message: error["message"].as_str().unwrap_or("refused").to_string(),
                data: error["data"].clone(),
            });
        }
        answer.get("result").cloned().ok_or_else(|| ClientError::Answer("no result".into()))
    }

    async fn exchange(&self, method: &str, parameters: Value) -> Result<Bytes, ClientError> {
        let stream = TcpStream::connect(self.access.address).await.map_err(unreachable)?;
        let name = ServerName::try_from("localhost").expect("a name");
        let connector = TlsConnector::from(Arc::clone(&self.connector));
        let stream = connector.connect(name, stream).await.map_err(unreachable)?;
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(unreachable)?;
        let task = tokio::spawn(connection);
        let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": parameters }).to_string();
        let request = Request::post("/")
            .header(header::HOST, "localhost")
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::AUTHORIZATION, format!("Bearer {}", self.access.token))
            .body(Full::new(Bytes::from(body)))
            .map_err(unreachable)?;
        let response = sender.send_request(request).await.map_err(unreachable)?;
        let status = response.status();
        let body = Limited::new(response.into_body(), MAX_ANSWER).collect().await.map_err(unreachable)?.to_bytes();
        task.abort();
        if status.is_success() { Ok(body) } else { Err(unreachable(String::from_utf8_lossy(&body))) }
    }
}
