//! Peers in one process: a [`Transport`] of bounded queues.
//!
//! A [`MemoryNetwork`] is the wire. Peers [`join`](MemoryNetwork::join) it under a place of their own and dial each
//! other there. Nothing is encrypted, since nothing leaves the process; identities are those that the peers joined
//! with. Under feature `testing` a peer can be given `Faults`, so that a test sees what a bad wire does.

use core::{fmt, str::FromStr};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::mpsc;

use super::{
    AcceptError, Address, AddressError, Connection, ConnectionError, DialError, FrameReceiver, FrameSender,
    HandshakeError, MAX_FRAME, Origin, PeerId, Pinned, Security, Transport,
};

/// Frames on the way in one direction before the sender waits.
const QUEUE: usize = 64;

/// A place on a [`MemoryNetwork`]: `memory:7`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MemoryAddress(pub u16);

impl fmt::Display for MemoryAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "memory:{}", self.0)
    }
}

impl FromStr for MemoryAddress {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let (host, port) = text.rsplit_once(':').ok_or_else(|| AddressError::Port { port: String::new() })?;
        if host != "memory" {
            return Err(AddressError::Host { host: host.into() });
        }
        port.parse().map(Self).map_err(|_| AddressError::Port { port: port.into() })
    }
}

impl Address for MemoryAddress {
    fn origin(&self) -> Origin {
        Origin { host: self.to_string(), group: self.to_string() }
    }
}

/// A wire inside the process.
#[derive(Clone, Debug, Default)]
pub struct MemoryNetwork {
    places: Arc<Mutex<BTreeMap<u16, Place>>>,
}

#[derive(Debug)]
struct Place {
    peer: PeerId,
    callers: mpsc::Sender<MemoryConnection>,
}

impl MemoryNetwork {
    /// A wire with nobody on it.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts a peer on the wire, at the first free place.
    ///
    /// # Panics
    ///
    /// If all 65,536 places are taken.
    #[must_use]
    pub fn join(&self, peer: PeerId) -> MemoryTransport {
        let (callers, incoming) = mpsc::channel(QUEUE);
        let mut places = self.lock();
        let free = (0..=u16::MAX).find(|place| !places.contains_key(place)).expect("a network has 65,536 places");
        places.insert(free, Place { peer, callers });
        MemoryTransport {
            network: self.clone(),
            place: MemoryAddress(free),
            peer,
            incoming: tokio::sync::Mutex::new(incoming),
            #[cfg(feature = "testing")]
            faults: Faults::default(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<u16, Place>> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One peer on a [`MemoryNetwork`]. Dropping it frees its place.
#[derive(Debug)]
pub struct MemoryTransport {
    network: MemoryNetwork,
    place: MemoryAddress,
    peer: PeerId,
    incoming: tokio::sync::Mutex<mpsc::Receiver<MemoryConnection>>,
    #[cfg(feature = "testing")]
    faults: Faults,
}

impl Drop for MemoryTransport {
    fn drop(&mut self) {
        self.network.lock().remove(&self.place.0);
    }
}

impl MemoryTransport {
    /// Makes the peer's sends go wrong, and its checks.
    #[cfg(feature = "testing")]
    #[must_use]
    pub fn with_faults(mut self, faults: Faults) -> Self {
        self.faults = faults;
        self
    }

    fn half(&self, sender: mpsc::Sender<Vec<u8>>) -> MemorySender {
        MemorySender {
            queue: Some(sender),
            #[cfg(feature = "testing")]
            faults: FaultState { faults: self.faults, sent: 0, held: None },
        }
    }
}

impl Transport for MemoryTransport {
    type Address = MemoryAddress;
    type Connection = MemoryConnection;

    async fn dial(&self, to: &Pinned<MemoryAddress>) -> Result<MemoryConnection, DialError> {
        let address = to.to_string();
        let missing = || DialError::Unreachable {
            address: address.clone(),
            source: std::io::Error::from(std::io::ErrorKind::ConnectionRefused),
        };
        let (found, callers) = self
            .network
            .lock()
            .get(&to.place.0)
            .map(|place| (place.peer, place.callers.clone()))
            .ok_or_else(missing)?;
        #[cfg(feature = "testing")]
        let trusting = self.faults.accept_any_peer;
        #[cfg(not(feature = "testing"))]
        let trusting = false;
        if found != to.peer && !trusting {
            let cause = HandshakeError::WrongPeer { expected: to.peer, found };
            return Err(DialError::Handshake { address, cause });
        }
        let (there, from_here) = mpsc::channel(QUEUE);
        let (here, from_there) = mpsc::channel(QUEUE);
        let sender = self.half(there);
        let far = MemoryConnection {
            peer: self.peer,
            place: self.place,
            sender: MemorySender::sound(here),
            receiver: MemoryReceiver { queue: from_here },
        };
        callers.send(far).await.map_err(|_| missing())?;
        Ok(MemoryConnection {
            peer: found,
            place: to.place,
            sender,
            receiver: MemoryReceiver { queue: from_there },
        })
    }

    async fn accept(&self) -> Result<MemoryConnection, AcceptError> {
        let mut connection = self.incoming.lock().await.recv().await.ok_or(AcceptError::Closed)?;
        if let Some(queue) = connection.sender.queue.take() {
            connection.sender = self.half(queue);
        }
        Ok(connection)
    }

    fn reachable(&self) -> Option<Pinned<MemoryAddress>> {
        Some(Pinned { place: self.place, peer: self.peer })
    }
}

/// A connection of a [`MemoryNetwork`].
#[derive(Debug)]
pub struct MemoryConnection {
    peer: PeerId,
    place: MemoryAddress,
    sender: MemorySender,
    receiver: MemoryReceiver,
}

impl Connection for MemoryConnection {
    type Sender = MemorySender;
    type Receiver = MemoryReceiver;

    fn peer(&self) -> PeerId {
        self.peer
    }

    fn origin(&self) -> Origin {
        self.place.origin()
    }

    fn security(&self) -> Security {
        Security { protocol: "memory".into(), key_exchange: "none".into(), cipher: "none".into() }
    }

    fn split(self) -> (MemorySender, MemoryReceiver) {
        (self.sender, self.receiver)
    }
}

/// The sending half of a [`MemoryConnection`].
#[derive(Debug)]
pub struct MemorySender {
    queue: Option<mpsc::Sender<Vec<u8>>>,
    #[cfg(feature = "testing")]
    faults: FaultState,
}

impl MemorySender {
    fn sound(queue: mpsc::Sender<Vec<u8>>) -> Self {
        Self {
            queue: Some(queue),
            #[cfg(feature = "testing")]
            faults: FaultState { faults: Faults::default(), sent: 0, held: None },
        }
    }

    async fn put(&self, frame: Vec<u8>) -> Result<(), ConnectionError> {
        let queue = self.queue.as_ref().ok_or(ConnectionError::Interrupted)?;
        queue.send(frame).await.map_err(|_| ConnectionError::Closed)
    }
}

impl FrameSender for MemorySender {
    async fn send(&mut self, frame: &[u8]) -> Result<(), ConnectionError> {
        if frame.is_empty() || frame.len() > MAX_FRAME {
            return Err(ConnectionError::FrameLength { found: frame.len(), max: MAX_FRAME });
        }
        #[cfg(feature = "testing")]
        for frame in self.faults.distort(frame.to_vec()) {
            self.put(frame).await?;
        }
        #[cfg(not(feature = "testing"))]
        self.put(frame.to_vec()).await?;
        Ok(())
    }

    async fn close(&mut self) -> Result<(), ConnectionError> {
        #[cfg(feature = "testing")]
        if let Some(frame) = self.faults.held.take() {
            self.put(frame).await?;
        }
        self.queue = None;
        Ok(())
    }
}

/// The receiving half of a [`MemoryConnection`].
#[derive(Debug)]
pub struct MemoryReceiver {
    queue: mpsc::Receiver<Vec<u8>>,
}

impl FrameReceiver for MemoryReceiver {
    async fn recv(&mut self) -> Result<Vec<u8>, ConnectionError> {
        self.queue.recv().await.ok_or(ConnectionError::Closed)
    }
}

/// What goes wrong on a peer's side of the wire. Zero means never.
#[cfg(feature = "testing")]
#[derive(Clone, Copy, Debug, Default)]
pub struct Faults {
    /// Every so many frames one is lost.
    pub lose_every: usize,
    /// Every so many frames one is sent twice.
    pub repeat_every: usize,
    /// Every so many frames one changes places with the next.
    pub swap_every: usize,
    /// Every so many frames one loses its last byte.
    pub cut_every: usize,
    /// Every so many frames a bit of one changes.
    pub flip_every: usize,
    /// Whoever answers is taken for the peer.
    pub accept_any_peer: bool,
}

#[cfg(feature = "testing")]
#[derive(Debug)]
struct FaultState {
    faults: Faults,
    sent: usize,
    held: Option<Vec<u8>>,
}

#[cfg(feature = "testing")]
impl FaultState {
    /// What reaches the wire in place of `frame`.
    fn distort(&mut self, mut frame: Vec<u8>) -> Vec<Vec<u8>> {
        self.sent += 1;
        let strikes = |every: usize| every != 0 && self.sent.is_multiple_of(every);
        if strikes(self.faults.lose_every) {
            return Vec::new();
        }
        if strikes(self.faults.cut_every) && frame.len() > 1 {
            frame.pop();
        }
        if strikes(self.faults.flip_every) {
            frame[0] ^= 1;
        }
        if strikes(self.faults.swap_every) && self.held.is_none() {
            self.held = Some(frame);
            return Vec::new();
        }
        let copies = 1 + usize::from(strikes(self.faults.repeat_every));
        let mut out = vec![frame; copies];
        out.extend(self.held.take());
        out
    }
}
