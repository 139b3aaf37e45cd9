//! TCP with TLS 1.3: the [`Transport`] of nodes and wallets.
//!
//! A node [`listen`](TcpTransport::listen)s under a key of its own. A wallet only dials, under a key that nobody has
//! seen before: [`TcpTransport::unlinkable`]. What TLS may negotiate stands in the source of this folder's `tls.rs`
//! and is asserted after each handshake.
//!
//! ```
//! use dero_net::transport::{Connection, FrameReceiver, FrameSender, Transport, identity::Identity};
//! use dero_net::transport::tcp::{TcpOptions, TcpTransport};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let identity = Identity::generate(&mut rand::rng())?;
//! let node = TcpTransport::listen("127.0.0.1:0".parse()?, identity, TcpOptions::default()).await?;
//! let wallet = TcpTransport::unlinkable(rand::make_rng::<rand::rngs::StdRng>(), TcpOptions::default());
//!
//! let address = node.reachable().expect("it listens"); // 127.0.0.1:PORT#PIN
//! let (to_node, at_node) = tokio::join!(wallet.dial(&address), node.accept());
//! let (to_node, at_node) = (to_node?, at_node?);
//! assert_eq!(to_node.security().key_exchange, "X25519MLKEM768");
//!
//! to_node.split().0.send(b"hello").await?;
//! assert_eq!(at_node.split().1.recv().await?, b"hello");
//! # Ok(())
//! # }
//! ```

use core::{net::SocketAddr, time::Duration};
use std::{collections::BTreeMap, fmt, io, sync::Arc};

use rand_core::CryptoRng;
use rustls::{NamedGroup, ProtocolVersion, pki_types::ServerName};
use tokio::{
    io::{ReadHalf, WriteHalf},
    net::{TcpListener, TcpStream},
    sync::{Mutex, Semaphore, mpsc},
    task::JoinHandle,
    time::{Instant, timeout},
};
use tokio_rustls::{TlsAcceptor, TlsConnector, TlsStream};

use super::{
    AcceptError, Connection, DialError, HandshakeError, HostPort, Origin, PeerId, Pinned, Security, Transport,
    framing::{FRAME_DEADLINE, FrameReader, FrameWriter},
    identity::Identity,
    tls::{self, Presenter},
};

/// Deadlines and limits of the first steps, with the defaults of a public network.
#[derive(Clone, Debug)]
pub struct TcpOptions {
    /// How long a TCP connection may take.
    pub connect: Duration,
    /// How long a TLS handshake may take.
    pub handshake: Duration,
    /// How long a frame may be on its way.
    pub frame: Duration,
    /// Handshakes of callers at one time.
    pub handshakes_at_once: usize,
    /// Handshakes of callers in a second.
    pub handshakes_per_second: u32,
    /// Handshakes in a second of callers of one group.
    pub handshakes_per_group: u32,
    /// The place that is told to peers, if it is not the one that is listened on.
    pub advertise: Option<HostPort>,
}

impl Default for TcpOptions {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            handshake: Duration::from_secs(5),
            frame: FRAME_DEADLINE,
            handshakes_at_once: 64,
            handshakes_per_second: 50,
            handshakes_per_group: 1,
            advertise: None,
        }
    }
}

impl TcpOptions {
    /// For networks on one machine or in one room, where everybody has the same address.
    #[must_use]
    pub fn local() -> Self {
        Self { handshakes_per_group: 50, ..Self::default() }
    }
}

type Accepted = Result<TcpConnection, AcceptError>;

/// TCP with TLS 1.3.
pub struct TcpTransport {
    keys: Keys,
    options: TcpOptions,
    listener: Option<Listener>,
}

enum Keys {
    Kept(Arc<Presenter>),
    Fresh(std::sync::Mutex<Box<dyn CryptoRng + Send>>),
}

struct Listener {
    place: HostPort,
    task: JoinHandle<()>,
    accepted: Mutex<mpsc::Receiver<Accepted>>,
}

impl fmt::Debug for TcpTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TcpTransport").field("reachable", &self.reachable()).finish_non_exhaustive()
    }
}

impl Drop for TcpTransport {
    fn drop(&mut self) {
        if let Some(listener) = &self.listener {
            listener.task.abort();
        }
    }
}

impl TcpTransport {
    /// Listens on `address` under the key of `identity`, which is shown to dialled peers too.
    ///
    /// # Errors
    ///
    /// If the system does not give the address.
    pub async fn listen(address: SocketAddr, identity: Identity, options: TcpOptions) -> io::Result<Self> {
        let socket = TcpListener::bind(address).await?;
        let place = match &options.advertise {
            Some(place) => place.clone(),
            None => HostPort::from(socket.local_addr()?),
        };
        let presenter = Arc::new(Presenter::new(identity));
        let config = tls::server(Arc::clone(&presenter)).map_err(io::Error::other)?;
        let (sender, accepted) = mpsc::channel(options.handshakes_at_once.max(1));
        let door = Door {
            acceptor: TlsAcceptor::from(Arc::new(config)),
            at_once: Arc::new(Semaphore::new(options.handshakes_at_once)),
            rate: Rate::new(&options),
            options: options.clone(),
            accepted: sender,
        };
        let task = tokio::spawn(door.attend(socket));
        let listener = Listener { place, task, accepted: Mutex::new(accepted) };
        Ok(Self { keys: Keys::Kept(presenter), options, listener: Some(listener) })
    }

    /// Dials only, under the key of `identity`.
    #[must_use]
    pub fn outbound(identity: Identity, options: TcpOptions) -> Self {
        Self { keys: Keys::Kept(Arc::new(Presenter::new(identity))), options, listener: None }
    }

    /// Dials only, under a new key each time: nodes cannot tell that two connections are of one wallet.
    #[must_use]
    pub fn unlinkable(rng: impl CryptoRng + Send + 'static, options: TcpOptions) -> Self {
        Self { keys: Keys::Fresh(std::sync::Mutex::new(Box::new(rng))), options, listener: None }
    }

    fn presenter(&self) -> Result<Arc<Presenter>, super::identity::IdentityError> {
        match &self.keys {
            Keys::Kept(presenter) => Ok(Arc::clone(presenter)),
            Keys::Fresh(rng) => {
                let mut rng = rng.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                Ok(Arc::new(Presenter::new(Identity::generate(&mut **rng)?)))
            }
        }
    }

    async fn secure(
        &self,
        to: &Pinned<HostPort>,
        socket: TcpStream,
    ) -> Result<TlsStream<TcpStream>, HandshakeError> {
        let lost = |detail: String| HandshakeError::Lost { detail };
        let presenter = self.presenter().map_err(|error| lost(error.to_string()))?;
        let config = tls::client(presenter, to.peer).map_err(|error| lost(error.to_string()))?;
        // The library wants a name. None is sent, and none is compared: the pin decides.
        let nobody = ServerName::from(core::net::IpAddr::from([0, 0, 0, 0]));
        let connector = TlsConnector::from(Arc::new(config));
        match timeout(self.options.handshake, connector.connect(nobody, socket)).await {
            Ok(Ok(stream)) => Ok(TlsStream::Client(stream)),
            Ok(Err(error)) => Err(tls::explain(&error)),
            Err(_) => Err(HandshakeError::Timeout { limit: self.options.handshake }),
        }
    }
}

impl Transport for TcpTransport {
    type Address = HostPort;
    type Connection = TcpConnection;

    async fn dial(&self, to: &Pinned<HostPort>) -> Result<TcpConnection, DialError> {
        let address = to.to_string();
        let connect = TcpStream::connect((to.place.host(), to.place.port()));
        let socket = match timeout(self.options.connect, connect).await {
            Ok(Ok(socket)) => socket,
            Ok(Err(source)) => return Err(DialError::Unreachable { address, source }),
            Err(_) => return Err(DialError::Timeout { address, limit: self.options.connect }),
        };
        let reached = async {
            let (origin, socket) = prepare(socket)?;
            let stream = self.secure(to, socket).await?;
            TcpConnection::new(stream, origin, self.options.frame)
        };
        reached.await.map_err(|cause| DialError::Handshake { address, cause })
    }

    async fn accept(&self) -> Accepted {
        let listener = self.listener.as_ref().ok_or(AcceptError::Closed)?;
        listener.accepted.lock().await.recv().await.unwrap_or(Err(AcceptError::Closed))
    }

    fn reachable(&self) -> Option<Pinned<HostPort>> {
        match (&self.listener, &self.keys) {
            (Some(listener), Keys::Kept(keys)) => Some(Pinned { place: listener.place.clone(), peer: keys.peer() }),
            _ => None,
        }
    }
}

fn prepare(socket: TcpStream) -> Result<(Origin, TcpStream), HandshakeError> {
    let lost = |error: io::Error| HandshakeError::Lost { detail: error.to_string() };
    // Without it a handshake takes 44 ms in place of 0.8: small writes wait for each other.
    socket.set_nodelay(true).map_err(lost)?;
    Ok((Origin::of_ip(socket.peer_addr().map_err(lost)?.ip()), socket))
}

/// Lets callers in, many at a time, so that a slow one holds up nobody.
struct Door {
    acceptor: TlsAcceptor,
    at_once: Arc<Semaphore>,
    rate: Rate,
    options: TcpOptions,
    accepted: mpsc::Sender<Accepted>,
}

impl Door {
    async fn attend(mut self, socket: TcpListener) {
        loop {
            let (stream, address) = match socket.accept().await {
                Ok(caller) => caller,
                Err(error) => {
                    // Out of file handles, most likely: wait until some are free.
                    tracing::warn!(%error, "the listener failed");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    continue;
                }
            };
            let from = Origin::of_ip(address.ip());
            let permit = self.rate.admit(&from.group, Instant::now()).and_then(|()| {
                Arc::clone(&self.at_once).try_acquire_owned().map_err(|_| HandshakeError::Busy { of: "at once" })
            });
            let permit = match permit {
                Ok(permit) => permit,
                Err(cause) => {
                    let _ = self.accepted.try_send(Err(AcceptError::Handshake { from, cause }));
                    continue;
                }
            };
            let (acceptor, accepted) = (self.acceptor.clone(), self.accepted.clone());
            let (handshake, frame) = (self.options.handshake, self.options.frame);
            tokio::spawn(async move {
                let met = async {
                    let (origin, stream) = prepare(stream)?;
                    match timeout(handshake, acceptor.accept(stream)).await {
                        Ok(Ok(stream)) => TcpConnection::new(TlsStream::Server(stream), origin, frame),
                        Ok(Err(error)) => Err(tls::explain(&error)),
                        Err(_) => Err(HandshakeError::Timeout { limit: handshake }),
                    }
                };
                match met.await {
                    // The permit is kept until the connection is taken, so the queue has room for all of them.
                    Ok(connection) => drop(accepted.send(Ok(connection)).await),
                    Err(cause) => drop(accepted.try_send(Err(AcceptError::Handshake { from, cause }))),
                }
                drop(permit);
            });
        }
    }
}

/// How many handshakes began in this second, in all and by group.
struct Rate {
    in_all: u32,
    per_group: u32,
    second: Instant,
    count: u32,
    /// At most `in_all` entries, since it is emptied every second.
    groups: BTreeMap<String, u32>,
}

impl Rate {
    fn new(options: &TcpOptions) -> Self {
        Self {
            in_all: options.handshakes_per_second,
            per_group: options.handshakes_per_group,
            second: Instant::now(),
            count: 0,
            groups: BTreeMap::new(),
        }
    }

    fn admit(&mut self, group: &str, now: Instant) -> Result<(), HandshakeError> {
        if now.duration_since(self.second) >= Duration::from_secs(1) {
            self.second = now;
            self.count = 0;
            self.groups.clear();
        }
        if self.count >= self.in_all {
            return Err(HandshakeError::Busy { of: "in all" });
        }
        let of_group = self.groups.entry(group.into()).or_default();
        if *of_group >= self.per_group {
            return Err(HandshakeError::Busy { of: "from one group" });
        }
        *of_group += 1;
        self.count += 1;
        Ok(())
    }
}

/// A connection over TCP and TLS 1.3.
#[derive(Debug)]
pub struct TcpConnection {
    stream: TlsStream<TcpStream>,
    peer: PeerId,
    origin: Origin,
    security: Security,
    frame: Duration,
}

impl TcpConnection {
    fn new(stream: TlsStream<TcpStream>, origin: Origin, frame: Duration) -> Result<Self, HandshakeError> {
        let tls = stream.get_ref().1;
        let peer = tls::peer_of(tls.peer_certificates()).ok_or(HandshakeError::NoCertificate)?;
        let (Some(version), Some(group), Some(suite)) =
            (tls.protocol_version(), tls.negotiated_key_exchange_group(), tls.negotiated_cipher_suite())
        else {
            return Err(HandshakeError::Incompatible {
                detail: "the handshake names no version, group or suite".into(),
            });
        };
        let group = group.name();
        if (version, group) != (ProtocolVersion::TLSv1_3, NamedGroup::X25519MLKEM768) {
            return Err(HandshakeError::Incompatible { detail: format!("{version:?} with {group:?}") });
        }
        let security = Security {
            protocol: "TLS 1.3".into(),
            key_exchange: group.as_str().unwrap_or("unknown").into(),
            cipher: suite.suite().as_str().unwrap_or("unknown").into(),
        };
        Ok(Self { stream, peer, origin, security, frame })
    }
}

impl Connection for TcpConnection {
    type Sender = FrameWriter<WriteHalf<TlsStream<TcpStream>>>;
    type Receiver = FrameReader<ReadHalf<TlsStream<TcpStream>>>;

    fn peer(&self) -> PeerId {
        self.peer
    }

    fn origin(&self) -> Origin {
        self.origin.clone()
    }

    fn security(&self) -> Security {
        self.security.clone()
    }

    fn split(self) -> (Self::Sender, Self::Receiver) {
        let (read, write) = tokio::io::split(self.stream);
        (FrameWriter::new(write, self.frame), FrameReader::new(read, self.frame))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn handshakes_are_counted_in_all_and_by_group() {
        let mut rate = Rate::new(&TcpOptions { handshakes_per_second: 3, ..TcpOptions::default() });
        let now = Instant::now();
        assert_eq!(rate.admit("a", now), Ok(()));
        assert_eq!(rate.admit("a", now), Err(HandshakeError::Busy { of: "from one group" }));
        assert_eq!((rate.admit("b", now), rate.admit("c", now)), (Ok(()), Ok(())));
        assert_eq!(rate.admit("d", now), Err(HandshakeError::Busy { of: "in all" }));
        assert_eq!(rate.admit("a", now + Duration::from_secs(1)), Ok(()));
        assert_eq!(rate.groups.len(), 1);
    }
}
