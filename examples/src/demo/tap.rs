//! Somebody on the wire: passes on every byte of a link, and keeps what it saw.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

use crate::Failure;

/// A relay in the middle of all connections to one place.
#[derive(Debug)]
pub(super) struct Tap {
    /// Where it listens.
    pub(super) place: SocketAddr,
    tape: Arc<Mutex<Vec<u8>>>,
    connections: Arc<AtomicUsize>,
    open: Arc<AtomicUsize>,
}

impl Tap {
    /// A tap on whatever listens at `to`.
    pub(super) async fn on(to: SocketAddr) -> Result<Self, Failure> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let place = listener.local_addr()?;
        let (tape, connections, open) =
            (Arc::default(), Arc::<AtomicUsize>::default(), Arc::<AtomicUsize>::default());
        let (seen, count, opened) = (Arc::clone(&tape), Arc::clone(&connections), Arc::clone(&open));
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                count.fetch_add(1, Ordering::Relaxed);
                opened.fetch_add(1, Ordering::Relaxed);
                let (seen, opened) = (Arc::clone(&seen), Arc::clone(&opened));
                tokio::spawn(async move {
                    pass(near, to, seen).await;
                    opened.fetch_sub(1, Ordering::Relaxed);
                });
            }
        });
        Ok(Self { place, tape, connections, open })
    }

    /// All bytes of all connections, both ways.
    pub(super) fn seen(&self) -> Vec<u8> {
        self.tape.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How many connections have not ended: what passes on them is not on the tape yet.
    pub(super) fn open(&self) -> usize {
        self.open.load(Ordering::Relaxed)
    }

    /// How many connections passed.
    pub(super) fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }
}

async fn pass(near: TcpStream, to: SocketAddr, tape: Arc<Mutex<Vec<u8>>>) {
    let Ok(far) = TcpStream::connect(to).await else { return };
    let ((near_in, near_out), (far_in, far_out)) = (near.into_split(), far.into_split());
    // Each way is kept apart until its end, so that what was sent together stands together.
    tokio::join!(copy(near_in, far_out, Arc::clone(&tape)), copy(far_in, near_out, tape));
}

async fn copy(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin, tape: Arc<Mutex<Vec<u8>>>) {
    let (mut bytes, mut own) = ([0; 4_096], Flush(Vec::new(), tape));
    while let Ok(read @ 1..) = from.read(&mut bytes).await {
        own.0.extend_from_slice(&bytes[..read]);
        if to.write_all(&bytes[..read]).await.is_err() {
            break;
        }
    }
    let _ = to.shutdown().await;
    drop(own);
}

/// Puts one direction onto the tape when it ends, however it ends.
struct Flush(Vec<u8>, Arc<Mutex<Vec<u8>>>);

impl Drop for Flush {
    fn drop(&mut self) {
        self.1.lock().unwrap_or_else(PoisonError::into_inner).append(&mut self.0);
    }
}
