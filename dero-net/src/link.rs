//! Messages over a connection: the frames of [`crate::transport`] and the bytes of [`crate::message`], with deadlines.

use core::time::Duration;

use tokio::time::{Instant, timeout, timeout_at};

use crate::{
    handshake::{Greeted, Handshake, HelloError},
    message::{
        Message, MessageError,
        codec::{Assembler, to_frames},
        limits::PART_BYTES,
    },
    peer::Limits,
    transport::{Connection, ConnectionError, FrameReceiver, FrameSender, Origin, PeerId, Security},
};

/// How long a message may be on its way once it has begun: 1 MiB at 18 kB/s.
pub const MESSAGE_DEADLINE: Duration = Duration::from_secs(60);

/// How long the other side may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadlines {
    /// For the greetings.
    pub greeting: Duration,
    /// For the next piece of an answer that it owes: nothing else that it sends counts, and nothing empty. An answer as
    /// a whole may take this long, and as long again for each MiB of it: a node whose pieces, of a MiB each, are just
    /// in time may go on, and one that sends a trickle of small ones may not. In a pass over
    /// [several nodes](crate::client::Sources) all answers that hold less than was asked for have one such time together,
    /// beside that of their bytes.
    pub progress: Duration,
}

impl Deadlines {
    /// How much longer an answer may take that has so many bytes.
    pub(crate) fn of_bytes(&self, bytes: usize) -> Duration {
        self.progress.mul_f64(bytes as f64 / PART_BYTES as f64)
    }
}

impl Default for Deadlines {
    fn default() -> Self {
        Self { greeting: Limits::public().greeting, progress: Duration::from_secs(30) }
    }
}

/// Why a link ended.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LinkError {
    /// The connection ended.
    #[error(transparent)]
    Connection(#[from] ConnectionError),
    /// The peer sent what is no message.
    #[error(transparent)]
    Message(#[from] MessageError),
    /// The greetings did not fit.
    #[error(transparent)]
    Hello(#[from] HelloError),
}

impl LinkError {
    /// Whether the peer broke the protocol.
    #[must_use]
    pub const fn is_fault(&self) -> bool {
        matches!(
            self,
            Self::Message(_)
                | Self::Hello(HelloError::NotAGreeting { .. })
                | Self::Connection(ConnectionError::FrameLength { .. } | ConnectionError::TooSlow { .. })
        )
    }
}

/// Sends messages.
#[derive(Debug)]
pub struct MessageSender<S>(S);

impl<S: FrameSender> MessageSender<S> {
    /// Sends one message.
    ///
    /// # Errors
    ///
    /// [`ConnectionError`]; nothing can be sent any more.
    pub async fn send(&mut self, message: &Message) -> Result<(), ConnectionError> {
        for frame in to_frames(message) {
            self.0.send(&frame).await?;
        }
        Ok(())
    }

    /// Ends the direction in good order.
    ///
    /// # Errors
    ///
    /// [`ConnectionError`] if the connection is gone already.
    pub async fn close(&mut self) -> Result<(), ConnectionError> {
        self.0.close().await
    }
}

/// Receives messages.
#[derive(Debug)]
pub struct MessageReceiver<R> {
    frames: R,
    assembler: Assembler,
    began: Option<Instant>,
}

impl<R: FrameReceiver> MessageReceiver<R> {
    /// The next message. Dropping the future loses nothing.
    ///
    /// # Errors
    ///
    /// [`LinkError`]; nothing can be received any more.
    pub async fn recv(&mut self) -> Result<Message, LinkError> {
        loop {
            let frame = match self.began {
                None => self.frames.recv().await,
                Some(began) => timeout_at(began + MESSAGE_DEADLINE, self.frames.recv())
                    .await
                    .unwrap_or(Err(ConnectionError::TooSlow { what: "a message", limit: MESSAGE_DEADLINE })),
            }?;
            let message = self.assembler.push(&frame)?;
            if let Some(message) = message {
                self.began = None;
                return Ok(message);
            }
            self.began.get_or_insert_with(Instant::now);
        }
    }
}

/// A connection after the greetings.
#[derive(Debug)]
pub struct Link<C: Connection> {
    /// Who is there.
    pub peer: PeerId,
    /// From where.
    pub origin: Origin,
    /// What protects the link.
    pub security: Security,
    /// What it said of itself.
    pub greeted: Greeted,
    /// The way there.
    pub sender: MessageSender<C::Sender>,
    /// The way back.
    pub receiver: MessageReceiver<C::Receiver>,
}

impl<C: Connection> Link<C> {
    /// Greets and is greeted, within the default of [`Deadlines`]. On any error the connection closes without another
    /// word.
    ///
    /// # Errors
    ///
    /// [`LinkError`].
    pub async fn greet(connection: C, handshake: Handshake) -> Result<Self, LinkError> {
        Self::greet_within(connection, handshake, Deadlines::default().greeting).await
    }

    /// As [`greet`](Self::greet), within `limit`.
    ///
    /// # Errors
    ///
    /// [`LinkError`].
    pub async fn greet_within(connection: C, handshake: Handshake, limit: Duration) -> Result<Self, LinkError> {
        let (peer, origin, security) = (connection.peer(), connection.origin(), connection.security());
        let (sender, frames) = connection.split();
        let mut sender = MessageSender(sender);
        let mut receiver = MessageReceiver { frames, assembler: Assembler::default(), began: None };
        let talk = async {
            if let Some(first) = handshake.first() {
                sender.send(&first).await?;
            }
            let (greeted, second) = handshake.answer(peer, &receiver.recv().await?)?;
            if let Some(second) = second {
                sender.send(&second).await?;
            }
            Ok::<_, LinkError>(greeted)
        };
        let slow = ConnectionError::TooSlow { what: "the greeting", limit };
        let greeted = timeout(limit, talk).await.map_err(|_| slow)??;
        Ok(Self { peer, origin, security, greeted, sender, receiver })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        handshake::{Direction, Greeting},
        message::{Bytes, Tip, chain::Part, control::Role},
        transport::{PeerId, Transport, memory::MemoryNetwork},
    };

    fn handshake(direction: Direction) -> Handshake {
        let tip = Tip { height: 0, id: [0; 32], work: [0; 32] };
        let network = dero_crypto::NetworkId([1; 32]);
        Handshake::begin(direction, &Greeting { network, role: Role::Node, tip, listen: None }, &mut rand::rng())
    }

    #[tokio::test(start_paused = true)]
    async fn a_message_that_drips_is_given_up() {
        let network = MemoryNetwork::new();
        let (near, far) = (network.join(PeerId([1; 32])), network.join(PeerId([2; 32])));
        let to = far.reachable().expect("a place");
        let (dialled, accepted) = tokio::join!(near.dial(&to), far.accept());
        let (a, b) = tokio::join!(
            Link::greet(dialled.expect("dialled"), handshake(Direction::Outbound)),
            Link::greet(accepted.expect("accepted"), handshake(Direction::Inbound)),
        );
        let (mut a, mut b) = (a.expect("greeted"), b.expect("greeted"));
        // Each frame comes in time, the message does not.
        let part = Part { request: 1, end: true, bytes: Bytes::new(vec![1; 1 << 20]).expect("a part") };
        let drip = async {
            for frame in to_frames(&part.into()) {
                a.sender.0.send(&frame).await?;
                tokio::time::sleep(Duration::from_secs(10)).await;
            }
            Ok::<_, ConnectionError>(())
        };
        let began = Instant::now();
        let slow = ConnectionError::TooSlow { what: "a message", limit: MESSAGE_DEADLINE };
        tokio::select! {
            found = b.receiver.recv() => assert_eq!(found, Err(LinkError::Connection(slow))),
            _ = drip => panic!("all of it was sent"),
        }
        assert_eq!(began.elapsed().as_secs(), MESSAGE_DEADLINE.as_secs());
    }

    #[tokio::test(start_paused = true)]
    async fn a_peer_that_does_not_greet_is_left() {
        let network = MemoryNetwork::new();
        let (near, far) = (network.join(PeerId([1; 32])), network.join(PeerId([2; 32])));
        let to = far.reachable().expect("a place");
        let (dialled, accepted) = tokio::join!(near.dial(&to), far.accept());
        let _silent = dialled.expect("dialled");
        let found = Link::greet(accepted.expect("accepted"), handshake(Direction::Inbound)).await;
        let slow = ConnectionError::TooSlow { what: "the greeting", limit: Deadlines::default().greeting };
        assert_eq!(found.err(), Some(LinkError::Connection(slow)));
    }
}
