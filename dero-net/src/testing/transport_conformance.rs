//! Does a transport keep its contract? One call tells, and names the rule that is broken.

use core::{fmt, future::Future, ops::Range, time::Duration};

use tokio::time::timeout;

use super::PATIENCE;
use crate::transport::{
    AcceptError, Connection, ConnectionError, DialError, FrameReceiver, FrameSender, MAX_FRAME, PeerId, Pinned,
    Transport,
};

/// The rules of [`Transport`] and [`Connection`] that are tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Check {
    /// A peer is reached under its pin, and each side knows the other.
    Reached,
    /// Whoever answers with another key than the pinned one is refused.
    WrongPeerRefused,
    /// A caller is not lost with a dropped future of `accept`.
    AcceptKeepsCallers,
    /// Every frame arrives.
    NothingLost,
    /// No frame arrives twice.
    NothingRepeated,
    /// Frames arrive in the order of sending.
    InOrder,
    /// Frames arrive whole and unchanged.
    Unchanged,
    /// Frames of no bytes or too many are refused, and the connection lives on.
    LengthsRefused,
    /// Both directions carry much at the same time.
    BothWays,
    /// A frame is not lost with a dropped future of `recv`.
    RecvKeepsFrames,
    /// A closed direction ends as closed, and the other one still works.
    ClosedInOrder,
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Reached => "a peer is reached under its pin, and each side knows the other",
            Self::WrongPeerRefused => "another key than the pinned one is refused",
            Self::AcceptKeepsCallers => "a dropped accept loses nobody",
            Self::NothingLost => "every frame arrives",
            Self::NothingRepeated => "no frame arrives twice",
            Self::InOrder => "frames arrive in order",
            Self::Unchanged => "frames arrive whole and unchanged",
            Self::LengthsRefused => "frames of no bytes or too many are refused",
            Self::BothWays => "both directions work at the same time",
            Self::RecvKeepsFrames => "a dropped recv loses nothing",
            Self::ClosedInOrder => "a closed direction ends as closed",
        })
    }
}

/// The rule that a transport breaks.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not kept: {check}: {detail}")]
pub struct Failed {
    /// The rule.
    pub check: Check,
    /// What happened instead.
    pub detail: String,
}

/// Tries every rule of the contract on fresh pairs of transports: one that dials, one that can be called.
///
/// ```
/// use dero_net::{testing::transport_conformance, transport::{PeerId, memory::MemoryNetwork}};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let pair = || async {
///     let network = MemoryNetwork::new();
///     (network.join(PeerId([1; 32])), network.join(PeerId([2; 32])))
/// };
/// transport_conformance(pair).await.expect("the contract is kept");
/// # }
/// ```
///
/// # Errors
///
/// [`Failed`] with the first rule that is not kept.
pub async fn transport_conformance<T: Transport, F: Future<Output = (T, T)>>(
    pair: impl Fn() -> F,
) -> Result<(), Failed> {
    limited(Check::Reached, reached(pair().await)).await?;
    limited(Check::WrongPeerRefused, wrong_peer_refused(pair().await)).await?;
    limited(Check::AcceptKeepsCallers, accept_keeps_callers(pair().await)).await?;
    limited(Check::NothingLost, delivery(pair().await)).await?;
    limited(Check::LengthsRefused, lengths_refused(pair().await)).await?;
    limited(Check::BothWays, both_ways(pair().await)).await?;
    limited(Check::RecvKeepsFrames, recv_keeps_frames(pair().await)).await?;
    limited(Check::ClosedInOrder, closed_in_order(pair().await)).await
}

async fn limited(check: Check, trial: impl Future<Output = Result<(), Failed>>) -> Result<(), Failed> {
    match timeout(PATIENCE, trial).await {
        Ok(result) => result,
        Err(_) => Err(failed(check, format!("nothing happened for {PATIENCE:?}"))),
    }
}

fn failed(check: Check, detail: impl fmt::Display) -> Failed {
    Failed { check, detail: detail.to_string() }
}

fn address<T: Transport>(transport: &T) -> Result<Pinned<T::Address>, Failed> {
    transport.reachable().ok_or_else(|| failed(Check::Reached, "the second of the pair cannot be called"))
}

type Link<T> = <T as Transport>::Connection;

async fn connect<T: Transport>(caller: &T, called: &T) -> Result<(Link<T>, Link<T>), Failed> {
    let to = address(called)?;
    let (dialled, accepted) = tokio::join!(caller.dial(&to), called.accept());
    let dialled = dialled.map_err(|error| failed(Check::Reached, error))?;
    Ok((dialled, accepted.map_err(|error| failed(Check::Reached, error))?))
}

async fn reached<T: Transport>((caller, called): (T, T)) -> Result<(), Failed> {
    let to = address(&called)?;
    let (near, far) = connect(&caller, &called).await?;
    if near.peer() != to.peer {
        return Err(failed(Check::Reached, format!("dialled {}, the connection says {}", to.peer, near.peer())));
    }
    if let Some(own) = caller.reachable()
        && own.peer != far.peer()
    {
        return Err(failed(Check::Reached, format!("{} called, the connection says {}", own.peer, far.peer())));
    }
    if near.security() != far.security() {
        let text = format!("the sides disagree: {:?}, {:?}", near.security(), far.security());
        return Err(failed(Check::Reached, text));
    }
    Ok(())
}

async fn wrong_peer_refused<T: Transport>((caller, called): (T, T)) -> Result<(), Failed> {
    let mut to = address(&called)?;
    to.peer = PeerId([0x77; 32]);
    // A transport may tell of the caller that went away, or stay silent: it attends until the caller has its answer.
    let attend = async {
        while !matches!(called.accept().await, Err(AcceptError::Closed)) {
            tokio::task::yield_now().await;
        }
        core::future::pending().await
    };
    let dialled = tokio::select! {
        dialled = caller.dial(&to) => dialled,
        dialled = attend => dialled,
    };
    match dialled {
        Err(error) if error.is_wrong_peer() => Ok(()),
        Err(error @ DialError::Handshake { .. }) => {
            Err(failed(Check::WrongPeerRefused, format!("refused as: {error}")))
        }
        Err(error) => Err(failed(Check::WrongPeerRefused, format!("not reached at all: {error}"))),
        Ok(_) => Err(failed(Check::WrongPeerRefused, "a peer with another key was taken for the pinned one")),
    }
}

async fn accept_keeps_callers<T: Transport>((caller, called): (T, T)) -> Result<(), Failed> {
    let to = address(&called)?;
    let dial = caller.dial(&to);
    let accept = async {
        loop {
            // Given up again and again: who calls meanwhile must still be there.
            match timeout(Duration::from_micros(50), called.accept()).await {
                Ok(accepted) => return accepted,
                Err(_) => tokio::task::yield_now().await,
            }
        }
    };
    match tokio::join!(dial, accept) {
        (Ok(_), Ok(_)) => Ok(()),
        (Err(error), _) => Err(failed(Check::AcceptKeepsCallers, error)),
        (_, Err(error @ (AcceptError::Closed | AcceptError::Handshake { .. }))) => {
            Err(failed(Check::AcceptKeepsCallers, error))
        }
    }
}

/// The frame of a number: its length and bytes follow from it.
fn frame(number: usize) -> Vec<u8> {
    let length = match number % 7 {
        0 => 4,
        1 => MAX_FRAME,
        other => 4 + number * 379 % (other * 1000),
    };
    let mut out = Vec::with_capacity(length);
    out.extend_from_slice(&u32::try_from(number).expect("small").to_be_bytes());
    out.extend((4..length).map(|at| (at * 31 + number * 17).to_le_bytes()[0]));
    out
}

async fn delivery<T: Transport>((caller, called): (T, T)) -> Result<(), Failed> {
    const FRAMES: usize = 200;
    let (near, far) = connect(&caller, &called).await?;
    // Once each way: a fault may sit on one side only.
    let ((mut a_out, mut a_in), (mut b_out, mut b_in)) = (near.split(), far.split());
    let forth = async { tokio::try_join!(send_numbers(&mut a_out, FRAMES), receive_numbers(&mut b_in, FRAMES)) };
    forth.await?;
    let back = async { tokio::try_join!(send_numbers(&mut b_out, FRAMES), receive_numbers(&mut a_in, FRAMES)) };
    back.await.map(|_| ())
}

async fn send_numbers(sender: &mut impl FrameSender, count: usize) -> Result<(), Failed> {
    for number in 0..count {
        sender.send(&frame(number)).await.map_err(|error| failed(Check::NothingLost, error))?;
    }
    sender.close().await.map_err(|error| failed(Check::ClosedInOrder, error))
}

async fn receive_numbers(receiver: &mut impl FrameReceiver, count: usize) -> Result<(), Failed> {
    let mut found = Vec::new();
    loop {
        match receiver.recv().await {
            Ok(frame) => found.push(frame),
            Err(ConnectionError::Closed) => break,
            Err(error) => return Err(failed(Check::NothingLost, format!("after {} frames: {error}", found.len()))),
        }
        if found.len() > 2 * count {
            return Err(failed(Check::NothingRepeated, "far more frames arrive than were sent"));
        }
    }
    let mut numbers = Vec::new();
    for (at, bytes) in found.iter().enumerate() {
        let number = bytes.first_chunk().map(|head| u32::from_be_bytes(*head) as usize);
        match number {
            Some(number) if number < count && *bytes == frame(number) => numbers.push(number),
            _ => return Err(failed(Check::Unchanged, format!("frame {at} has bytes that nobody sent"))),
        }
    }
    for number in 0..count {
        match numbers.iter().filter(|n| **n == number).count() {
            0 => return Err(failed(Check::NothingLost, format!("frame {number} of {count} never came"))),
            1 => (),
            times => return Err(failed(Check::NothingRepeated, format!("frame {number} came {times} times"))),
        }
    }
    match numbers.windows(2).find(|pair| pair[0] > pair[1]) {
        Some(pair) => Err(failed(Check::InOrder, format!("frame {} came before {}", pair[0], pair[1]))),
        None => Ok(()),
    }
}

async fn lengths_refused<T: Transport>((caller, called): (T, T)) -> Result<(), Failed> {
    let (near, far) = connect(&caller, &called).await?;
    let ((mut sender, _in), (_out, mut receiver)) = (near.split(), far.split());
    for length in [0, MAX_FRAME + 1] {
        match sender.send(&vec![1; length]).await {
            Err(ConnectionError::FrameLength { .. }) => (),
            other => return Err(failed(Check::LengthsRefused, format!("{length} bytes: {other:?}"))),
        }
    }
    sender.send(&[9]).await.map_err(|error| failed(Check::LengthsRefused, error))?;
    match receiver.recv().await {
        Ok(frame) if frame == [9] => Ok(()),
        other => Err(failed(Check::LengthsRefused, format!("afterwards the connection is of no use: {other:?}"))),
    }
}

async fn both_ways<T: Transport>((caller, called): (T, T)) -> Result<(), Failed> {
    /// Every seventh frame is of full length.
    fn full(number: usize) -> Vec<u8> {
        frame(7 * number + 1)
    }
    async fn send_all(sender: &mut impl FrameSender, numbers: Range<usize>) -> Result<(), Failed> {
        for number in numbers {
            sender.send(&full(number)).await.map_err(|error| failed(Check::BothWays, error))?;
        }
        Ok(())
    }
    async fn receive_all(receiver: &mut impl FrameReceiver, numbers: Range<usize>) -> Result<(), Failed> {
        for number in numbers {
            if receiver.recv().await.map_err(|error| failed(Check::BothWays, error))? != full(number) {
                return Err(failed(Check::BothWays, format!("another frame came instead of {number}")));
            }
        }
        Ok(())
    }
    let (near, far) = connect(&caller, &called).await?;
    let ((mut a_out, mut a_in), (mut b_out, mut b_in)) = (near.split(), far.split());
    // Other frames each way: none may come back to who sent it.
    let (forth, back) = (0..100, 100..200);
    let forth = (send_all(&mut a_out, forth.clone()), receive_all(&mut b_in, forth));
    let back = (send_all(&mut b_out, back.clone()), receive_all(&mut a_in, back));
    tokio::try_join!(forth.0, forth.1, back.0, back.1).map(|_| ())
}

async fn recv_keeps_frames<T: Transport>((caller, called): (T, T)) -> Result<(), Failed> {
    const FRAMES: usize = 50;
    let (near, far) = connect(&caller, &called).await?;
    let ((mut sender, _in), (_out, mut receiver)) = (near.split(), far.split());
    let send = async {
        for number in 0..FRAMES {
            sender.send(&frame(number)).await.map_err(|error| failed(Check::RecvKeepsFrames, error))?;
            tokio::task::yield_now().await;
        }
        Ok(())
    };
    let receive = async {
        for number in 0..FRAMES {
            let found = loop {
                match timeout(Duration::from_micros(20), receiver.recv()).await {
                    Ok(found) => break found.map_err(|error| failed(Check::RecvKeepsFrames, error))?,
                    Err(_) => tokio::task::yield_now().await,
                }
            };
            if found != frame(number) {
                return Err(failed(
                    Check::RecvKeepsFrames,
                    format!("frame {number} did not survive a dropped recv"),
                ));
            }
        }
        Ok(())
    };
    tokio::try_join!(send, receive).map(|_| ())
}

async fn closed_in_order<T: Transport>((caller, called): (T, T)) -> Result<(), Failed> {
    let (near, far) = connect(&caller, &called).await?;
    let ((mut a_out, mut a_in), (mut b_out, mut b_in)) = (near.split(), far.split());
    let say = |error: ConnectionError| failed(Check::ClosedInOrder, error);
    a_out.send(&[1]).await.map_err(say)?;
    a_out.close().await.map_err(say)?;
    let (first, second) = (b_in.recv().await, b_in.recv().await);
    if (first, second) != (Ok(vec![1]), Err(ConnectionError::Closed)) {
        return Err(failed(Check::ClosedInOrder, "what was sent before the end did not come, or no end after it"));
    }
    b_out.send(&[2]).await.map_err(say)?;
    match a_in.recv().await {
        Ok(frame) if frame == [2] => Ok(()),
        other => Err(failed(Check::ClosedInOrder, format!("the other direction ended too: {other:?}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::memory::{Faults, MemoryNetwork};

    #[tokio::test]
    async fn what_comes_while_both_sides_send_is_compared() {
        let pair = |faults| {
            let network = MemoryNetwork::new();
            (network.join(PeerId([1; 32])).with_faults(faults), network.join(PeerId([2; 32])))
        };
        assert_eq!(both_ways(pair(Faults::default())).await, Ok(()));
        for faults in [
            Faults { lose_every: 50, ..Faults::default() },
            Faults { repeat_every: 50, ..Faults::default() },
            Faults { swap_every: 60, ..Faults::default() },
            Faults { flip_every: 50, ..Faults::default() },
        ] {
            let failed = both_ways(pair(faults)).await.expect_err("a broken transport");
            assert_eq!(failed.check, Check::BothWays, "{faults:?}: {failed}");
        }
    }
}
