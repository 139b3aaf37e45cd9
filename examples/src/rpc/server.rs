//! The node's side.

use std::{io, net::SocketAddr, path::Path, sync::Arc, time::Duration};

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::post,
};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use serde_json::{Value, json};
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinSet,
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

use super::Access;

/// Longest request: a transaction in hex and some room.
const MAX_REQUEST: usize = 512 * 1024;
/// Most calls of a batch.
const MAX_BATCH: usize = 16;
const HANDSHAKE: Duration = Duration::from_secs(5);
/// Handshakes at one time: whoever connects and stays silent keeps nobody else waiting.
const HANDSHAKES: usize = 32;

/// Answers one call. May block.
pub type Method = Arc<dyn Fn(&str, &Value) -> Result<Value, RpcError> + Send + Sync>;

/// Why a call fails, as JSON-RPC says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RpcError {
    /// The number of the specification, or ours from -32000 down.
    pub code: i64,
    /// What is wrong and what was expected.
    pub message: String,
    /// What a program reads instead of the words; null if there is nothing to add.
    pub data: Value,
}

impl RpcError {
    /// A method that does not exist.
    #[must_use]
    pub fn unknown(method: &str) -> Self {
        Self::new(-32601, format!("no method {method}; help lists all"))
    }

    /// Parameters that do not fit.
    #[must_use]
    pub fn parameters(message: impl Into<String>) -> Self {
        Self::new(-32602, message)
    }

    /// A call that was understood and did not succeed.
    #[must_use]
    pub fn failed(message: impl Into<String>) -> Self {
        Self::new(-32000, message)
    }

    /// The same with something for programs.
    #[must_use]
    pub fn with_data(self, data: Value) -> Self {
        Self { data, ..self }
    }

    fn new(code: i64, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), data: Value::Null }
    }
}

/// A server that is bound and waits to be run.
pub struct Server {
    listener: TlsListener,
    token: Arc<str>,
}

impl Server {
    /// Binds `address`, makes certificate and token, and writes the access file into `folder`.
    ///
    /// # Errors
    ///
    /// The system's; an address that is not of this machine is refused.
    pub async fn bind(address: SocketAddr, folder: &Path) -> io::Result<Self> {
        if !address.ip().is_loopback() {
            let message =
                format!("{address} is not a loopback address; the owner's interface stays on this machine");
            return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        }
        let made = rcgen::generate_simple_self_signed(["localhost".to_string()]).map_err(io::Error::other)?;
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13])
            .map_err(io::Error::other)?
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .map_err(io::Error::other)?;
        let mut token = [0; 32];
        getrandom::fill(&mut token).map_err(io::Error::other)?;
        let token = hex::encode(token);
        let listener = TcpListener::bind(address).await?;
        let certificate = hex::encode(made.cert.der());
        Access { address: listener.local_addr()?, token: token.clone(), certificate }.write(folder)?;
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TlsListener { listener, acceptor, handshakes: JoinSet::new(), patience: HANDSHAKE };
        Ok(Self { listener, token: token.into() })
    }

    /// Where it listens.
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.listener.local_addr()
    }

    /// Answers calls until `stop` is ready.
    ///
    /// # Errors
    ///
    /// The system's.
    pub async fn run(self, method: Method, stop: impl Future<Output = ()> + Send + 'static) -> io::Result<()> {
        let app = Router::new()
            .route("/", post(answer))
            .layer(DefaultBodyLimit::max(MAX_REQUEST))
            .with_state((self.token, method));
        axum::serve(self.listener, app).with_graceful_shutdown(stop).await
    }
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Server(..)")
    }
}

async fn answer(State((token, method)): State<(Arc<str>, Method)>, headers: HeaderMap, body: String) -> Response {
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let given = given.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
    if !bool::from(subtle::ConstantTimeEq::ct_eq(given.as_bytes(), token.as_bytes())) {
        return (StatusCode::UNAUTHORIZED, "the token in rpc.json is missing or old\n").into_response();
    }
    let answer = handle(&method, &body).await;
    answer.map_or_else(|| StatusCode::NO_CONTENT.into_response(), |answer| Json(answer).into_response())
}

/// Answers a call or a batch; `None` if nobody waits for an answer.
async fn handle(method: &Method, body: &str) -> Option<Value> {
    let refused = |code, message| Some(reply(&Value::Null, Err(RpcError::new(code, message))));
    match serde_json::from_str(body) {
        Err(error) => refused(-32700, format!("the request is no JSON: {error}")),
        Ok(Value::Array(calls)) if calls.is_empty() || calls.len() > MAX_BATCH => {
            refused(-32600, format!("a batch has 1 to {MAX_BATCH} calls, this one has {}", calls.len()))
        }
        Ok(Value::Array(calls)) => {
            let mut answers = Vec::new();
            for call in calls {
                answers.extend(one(method, call).await);
            }
            (!answers.is_empty()).then_some(Value::Array(answers))
        }
        Ok(call) => one(method, call).await,
    }
}

/// Answers one call; `None` for a notification.
async fn one(method: &Method, call: Value) -> Option<Value> {
    let id = call.get("id").cloned();
    let (name, parameters) = match valid(&call) {
        Ok(valid) => valid,
        Err(error) => {
            let id = id.filter(|id| id.is_string() || id.is_number()).unwrap_or_default();
            return Some(reply(&id, Err(error)));
        }
    };
    let method = Arc::clone(method);
    let result = tokio::task::spawn_blocking(move || method(&name, &parameters)).await;
    let result = result.unwrap_or_else(|_| Err(RpcError::failed("the call was interrupted")));
    id.map(|id| reply(&id, result))
}

/// Name and parameters of a call that is one.
fn valid(call: &Value) -> Result<(String, Value), RpcError> {
    let wrong = |message| RpcError::new(-32600, message);
    if call.get("jsonrpc").and_then(Value::as_str) != Some("2.0") {
        return Err(wrong("the request is no object with jsonrpc: \"2.0\""));
    }
    if call.get("id").is_some_and(|id| !(id.is_string() || id.is_number() || id.is_null())) {
        return Err(wrong("the id is no text, number or null"));
    }
    let name = call.get("method").and_then(Value::as_str).ok_or_else(|| wrong("the request names no method"))?;
    match call.get("params") {
        None => Ok((name.into(), Value::Null)),
        Some(parameters) if parameters.is_object() => Ok((name.into(), parameters.clone())),
        Some(Value::Array(_)) => Err(RpcError::parameters("parameters have names: params is an object")),
        Some(_) => Err(wrong("params is no object")),
    }
}

fn reply(id: &Value, result: Result<Value, RpcError>) -> Value {
    match result {
        Ok(result) => json!({ "jsonrpc": "2.0", "id": id, "result": result }),
        Err(error) => {
            let mut object = json!({ "code": error.code, "message": error.message });
            if !error.data.is_null() {
                object["data"] = error.data;
            }
            json!({ "jsonrpc": "2.0", "id": id, "error": object })
        }
    }
}

/// Accepts TCP, then TLS; what is not TLS is dropped.
struct TlsListener {
    listener: TcpListener,
    acceptor: TlsAcceptor,
    handshakes: JoinSet<Option<(TlsStream<TcpStream>, SocketAddr)>>,
    patience: Duration,
}

impl axum::serve::Listener for TlsListener {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            let accepted = tokio::select! {
                Some(done) = self.handshakes.join_next() => match done {
                    Ok(Some(ready)) => return ready,
                    _ => continue,
                },
                accepted = self.listener.accept(), if self.handshakes.len() < HANDSHAKES => accepted,
            };
            let Ok((stream, address)) = accepted else {
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            };
            let _ = stream.set_nodelay(true);
            let handshake = tokio::time::timeout(self.patience, self.acceptor.accept(stream));
            self.handshakes.spawn(async move { Some((handshake.await.ok()?.ok()?, address)) });
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rpc::Client;

    /// What a server answers whose methods return their name.
    async fn said(request: &str) -> Option<Value> {
        let method: Method =
            Arc::new(|name, _| if name == "none" { Err(RpcError::unknown(name)) } else { Ok(json!(name)) });
        handle(&method, request).await
    }

    fn code(answer: &Value) -> (&Value, i64) {
        (&answer["id"], answer["error"]["code"].as_i64().expect("an error"))
    }

    #[tokio::test]
    async fn a_call_is_answered_and_a_notification_is_not() {
        let answer = said("{\"jsonrpc\": \"2.0\", \"method\": \"help\", \"id\": \"a\"}").await;
        assert_eq!(answer, Some(json!({ "jsonrpc": "2.0", "id": "a", "result": "help" })));
        let answer = said("{\"jsonrpc\": \"2.0\", \"method\": \"help\", \"id\": null}").await;
        assert_eq!(answer.expect("null is an id")["result"], "help");
        for name in ["help", "none"] {
            assert_eq!(said(&json!({ "jsonrpc": "2.0", "method": name }).to_string()).await, None);
        }
    }

    #[tokio::test]
    async fn what_is_no_request_is_refused_with_its_id_where_it_has_one() {
        for (request, expected) in [
            ("{\"jsonrpc\": \"2.0\", \"method\"", (Value::Null, -32700)),
            ("5", (Value::Null, -32600)),
            ("{\"method\": \"help\", \"id\": 1}", (json!(1), -32600)),
            ("{\"jsonrpc\": \"2.0\", \"method\": 1, \"params\": \"bar\"}", (Value::Null, -32600)),
            ("{\"jsonrpc\": \"2.0\", \"method\": \"help\", \"params\": 5, \"id\": 7}", (json!(7), -32600)),
            ("{\"jsonrpc\": \"2.0\", \"method\": \"help\", \"params\": [5], \"id\": 7}", (json!(7), -32602)),
            ("{\"jsonrpc\": \"2.0\", \"method\": \"help\", \"id\": [1]}", (Value::Null, -32600)),
            ("{\"jsonrpc\": \"2.0\", \"method\": \"none\", \"id\": 2}", (json!(2), -32601)),
        ] {
            let answer = said(request).await.expect("an answer");
            assert_eq!(code(&answer), (&expected.0, expected.1), "{request}");
        }
    }

    #[tokio::test]
    async fn a_batch_is_answered_call_by_call_up_to_a_bound() {
        let call = |id: usize| json!({ "jsonrpc": "2.0", "method": "help", "id": id });
        let silent = json!({ "jsonrpc": "2.0", "method": "help" });
        let answer = said(&json!([call(1), silent, 3, call(2)]).to_string()).await.expect("an answer");
        assert_eq!((&answer[0]["id"], &answer[0]["result"]), (&json!(1), &json!("help")));
        assert_eq!(code(&answer[1]), (&Value::Null, -32600));
        assert_eq!((&answer[2]["id"], answer.as_array().map(Vec::len)), (&json!(2), Some(3)));
        assert_eq!(said(&json!([silent, silent]).to_string()).await, None);

        let of =
            async |count: usize| said(&Value::from((0..count).map(call).collect::<Vec<_>>()).to_string()).await;
        assert_eq!(of(MAX_BATCH).await.expect("an answer").as_array().map(Vec::len), Some(MAX_BATCH));
        for count in [0, MAX_BATCH + 1] {
            assert_eq!(code(&of(count).await.expect("an answer")), (&Value::Null, -32600), "{count}");
        }
    }

    #[tokio::test]
    async fn whoever_connects_and_stays_silent_keeps_nobody_waiting() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut server = Server::bind(SocketAddr::from(([127, 0, 0, 1], 0)), folder.path()).await.expect("bound");
        // The silent ones stay longer than the test.
        server.listener.patience = Duration::from_secs(3_600);
        let address = server.address().expect("an address");
        let method: Method = Arc::new(|name, _| Ok(json!(name)));
        let run = tokio::spawn(server.run(method, std::future::pending()));
        let mut silent = Vec::new();
        for _ in 0..HANDSHAKES / 2 {
            silent.push(TcpStream::connect(address).await.expect("connected"));
        }
        let client = Client::of(folder.path()).expect("an access file");
        assert_eq!(client.call("status", json!({})).await.expect("an answer"), "status");
        run.abort();
    }
}
