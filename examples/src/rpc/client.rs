//! The owner's side.

use std::{path::Path, sync::Arc, time::Duration};

use http_body_util::{BodyExt, Full, Limited};
use hyper::{Request, StatusCode, body::Bytes, header};
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
    /// The node does not know the token.
    #[error("the node does not take the token: it makes one at each start, so read rpc.json beside its data again")]
    Token,
    /// No answer in time.
    #[error(
        "no answer in {0:?}: the node is busy or too slow, and may do yet what it was asked; look at its status before \
         you ask again"
    )]
    Slow(Duration),
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
    patience: Duration,
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
        Ok(Self { access, connector: Arc::new(config), patience: TIMEOUT })
    }

    /// Calls a method and returns its result.
    ///
    /// # Errors
    ///
    /// [`ClientError`].
    pub async fn call(&self, method: &str, parameters: Value) -> Result<Value, ClientError> {
        let answer = tokio::time::timeout(self.patience, self.exchange(method, parameters));
        let answer = answer.await.map_err(|_| ClientError::Slow(self.patience))??;
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
        match status {
            StatusCode::UNAUTHORIZED => Err(ClientError::Token),
            status if status.is_success() => Ok(body),
            status => Err(ClientError::Answer(format!("{status}: {}", String::from_utf8_lossy(&body)))),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use super::*;
    use crate::rpc::{Method, Server};

    #[tokio::test]
    async fn a_wrong_token_and_an_answer_that_does_not_come_have_errors_of_their_own() {
        let folder = tempfile::tempdir().expect("a folder");
        let server = Server::bind(SocketAddr::from(([127, 0, 0, 1], 0)), folder.path()).await.expect("bound");
        let mut client = Client::of(folder.path()).expect("an access file");
        // Nobody answers before the server runs.
        client.patience = Duration::ZERO;
        let slow = client.call("status", json!({})).await.expect_err("no answer");
        assert!(matches!(slow, ClientError::Slow(Duration::ZERO)), "{slow}");

        let method: Method = Arc::new(|name, _| Ok(json!(name)));
        let run = tokio::spawn(server.run(method, std::future::pending()));
        client.patience = TIMEOUT;
        assert_eq!(client.call("status", json!({})).await.expect("an answer"), "status");
        for token in ["", "the one of the last run"] {
            client.access.token = token.into();
            let refused = client.call("status", json!({})).await.expect_err("a wrong token");
            assert!(matches!(refused, ClientError::Token), "{refused}");
        }
        run.abort();
    }
}
