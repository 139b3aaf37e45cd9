//! Frames on a byte stream: `length u32 little-endian | bytes`.
//!
//! For transports whose wire is a stream: anything that reads and writes bytes of tokio's kind. The stream below
//! has to encrypt and authenticate; here are only lengths, deadlines and the rules for dropped futures.

use core::time::Duration;
use std::io;

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    time::{Instant, timeout, timeout_at},
};

use super::{ConnectionError, FrameReceiver, FrameSender, MAX_FRAME};

/// How long a frame may be on its way once it has begun: 64 KiB at 4.4 kB/s.
pub const FRAME_DEADLINE: Duration = Duration::from_secs(15);

/// Reads frames from a stream.
#[derive(Debug)]
pub struct FrameReader<R> {
    stream: R,
    deadline: Duration,
    /// Length and bytes of the frame that is coming in.
    partial: Vec<u8>,
    filled: usize,
    began: Option<Instant>,
}

impl<R> FrameReader<R> {
    /// Reads frames, each within `deadline` of its first byte.
    pub const fn new(stream: R, deadline: Duration) -> Self {
        Self { stream, deadline, partial: Vec::new(), filled: 0, began: None }
    }
}

impl<R: AsyncRead + Send + Unpin + 'static> FrameReader<R> {
    /// Fills `partial` up to `upto` bytes. What was read stays when the future is dropped.
    async fn fill(&mut self, upto: usize) -> Result<(), ConnectionError> {
        self.partial.resize(upto, 0);
        while self.filled < upto {
            let room = &mut self.partial[self.filled..];
            let read = match self.began {
                None => self.stream.read(room).await,
                Some(began) => timeout_at(began + self.deadline, self.stream.read(room))
                    .await
                    .map_err(|_| ConnectionError::TooSlow { what: "a frame", limit: self.deadline })?,
            };
            match read.map_err(|error| broken(&error))? {
                0 if self.filled == 0 => return Err(ConnectionError::Closed),
                0 => return Err(ConnectionError::Broken { detail: "the stream ends inside a frame".into() }),
                read => self.filled += read,
            }
            self.began.get_or_insert_with(Instant::now);
        }
        Ok(())
    }
}

impl<R: AsyncRead + Send + Unpin + 'static> FrameReceiver for FrameReader<R> {
    async fn recv(&mut self) -> Result<Vec<u8>, ConnectionError> {
        const HEAD: usize = 4;
        self.fill(self.partial.len().max(HEAD)).await?;
        let mut head = [0; HEAD];
        head.copy_from_slice(&self.partial[..HEAD]);
        let length = u32::from_le_bytes(head) as usize;
        // Checked before anything is allocated for it.
        if length == 0 || length > MAX_FRAME {
            return Err(ConnectionError::FrameLength { found: length, max: MAX_FRAME });
        }
        self.fill(HEAD + length).await?;
        (self.filled, self.began) = (0, None);
        let mut frame = core::mem::take(&mut self.partial);
        frame.drain(..HEAD);
        Ok(frame)
    }
}

/// Writes frames to a stream.
#[derive(Debug)]
pub struct FrameWriter<W> {
    stream: W,
    deadline: Duration,
    broken: bool,
}

impl<W> FrameWriter<W> {
    /// Writes frames; gives up on a stream that does not take one within `deadline`.
    pub const fn new(stream: W, deadline: Duration) -> Self {
        Self { stream, deadline, broken: false }
    }
}

impl<W: AsyncWrite + Send + Unpin + 'static> FrameSender for FrameWriter<W> {
    async fn send(&mut self, frame: &[u8]) -> Result<(), ConnectionError> {
        if frame.is_empty() || frame.len() > MAX_FRAME {
            return Err(ConnectionError::FrameLength { found: frame.len(), max: MAX_FRAME });
        }
        // True until the last byte is out, so that a dropped future leaves its mark.
        if core::mem::replace(&mut self.broken, true) {
            return Err(ConnectionError::Interrupted);
        }
        // One write: length and bytes share a record, so that records say no more than the padded length.
        let mut bytes = Vec::with_capacity(4 + frame.len());
        bytes.extend_from_slice(&u32::try_from(frame.len()).expect("at most 64 KiB").to_le_bytes());
        bytes.extend_from_slice(frame);
        let write = async {
            self.stream.write_all(&bytes).await?;
            self.stream.flush().await
        };
        timeout(self.deadline, write)
            .await
            .map_err(|_| ConnectionError::TooSlow { what: "sending a frame", limit: self.deadline })?
            .map_err(|error| broken(&error))?;
        self.broken = false;
        Ok(())
    }

    async fn close(&mut self) -> Result<(), ConnectionError> {
        timeout(self.deadline, self.stream.shutdown())
            .await
            .map_err(|_| ConnectionError::TooSlow { what: "closing", limit: self.deadline })?
            .map_err(|error| broken(&error))
    }
}

fn broken(error: &io::Error) -> ConnectionError {
    ConnectionError::Broken { detail: error.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::duplex;

    const LIMIT: Duration = Duration::from_secs(15);

    #[tokio::test(start_paused = true)]
    async fn a_frame_that_drips_is_given_up() {
        let (mut far, near) = duplex(64);
        let mut reader = FrameReader::new(near, LIMIT);
        tokio::spawn(async move {
            far.write_all(&100u32.to_le_bytes()).await.expect("written");
            loop {
                tokio::time::sleep(Duration::from_secs(1)).await;
                if far.write_all(&[0]).await.is_err() {
                    break;
                }
            }
        });
        let began = Instant::now();
        assert!(matches!(reader.recv().await, Err(ConnectionError::TooSlow { what: "a frame", .. })));
        assert!(began.elapsed() <= LIMIT + Duration::from_secs(1));
    }

    #[tokio::test(start_paused = true)]
    async fn a_deadline_survives_dropped_futures() {
        let (mut far, near) = duplex(64);
        let mut reader = FrameReader::new(near, LIMIT);
        far.write_all(&[9]).await.expect("written");
        for second in 0.. {
            match timeout(Duration::from_secs(1), reader.recv()).await {
                Err(_) => assert!(second <= 15),
                Ok(end) => {
                    assert!(matches!(end, Err(ConnectionError::TooSlow { .. })));
                    break;
                }
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_dropped_receive_loses_nothing() {
        let (mut far, near) = duplex(64);
        let mut reader = FrameReader::new(near, LIMIT);
        for part in [&[5, 0][..], &[0, 0, b'h'], b"ell", b"o"] {
            assert!(timeout(Duration::from_millis(1), reader.recv()).await.is_err());
            far.write_all(part).await.expect("written");
        }
        assert_eq!(reader.recv().await.expect("frame"), b"hello");
    }

    #[tokio::test]
    async fn lengths_are_checked_before_bytes_are_read() {
        for length in [0, u32::try_from(MAX_FRAME).expect("fits") + 1, u32::MAX] {
            let (mut far, near) = duplex(64);
            far.write_all(&length.to_le_bytes()).await.expect("written");
            let found = FrameReader::new(near, LIMIT).recv().await;
            assert_eq!(found, Err(ConnectionError::FrameLength { found: length as usize, max: MAX_FRAME }));
        }
        let (_far, near) = duplex(64);
        let mut writer = FrameWriter::new(near, LIMIT);
        for length in [0, MAX_FRAME + 1] {
            assert!(matches!(writer.send(&vec![0; length]).await, Err(ConnectionError::FrameLength { .. })));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_interrupted_send_breaks_the_direction() {
        let (_far, near) = duplex(64);
        let mut writer = FrameWriter::new(near, LIMIT);
        assert!(timeout(Duration::from_secs(1), writer.send(&[0; 1000])).await.is_err());
        assert_eq!(writer.send(&[0]).await, Err(ConnectionError::Interrupted));
        let (_far, near) = duplex(64);
        let mut writer = FrameWriter::new(near, LIMIT);
        assert!(matches!(writer.send(&[0; 1000]).await, Err(ConnectionError::TooSlow { .. })));
    }

    #[tokio::test]
    async fn an_end_between_frames_is_good_and_inside_one_is_not() {
        let (mut far, near) = duplex(64);
        far.write_all(&[1, 0, 0, 0, 7]).await.expect("written");
        far.write_all(&[1, 0]).await.expect("written");
        drop(far);
        let mut reader = FrameReader::new(near, LIMIT);
        assert_eq!(reader.recv().await, Ok(vec![7]));
        assert!(matches!(reader.recv().await, Err(ConnectionError::Broken { .. })));
        let (far, near) = duplex(64);
        drop(far);
        assert_eq!(FrameReader::new(near, LIMIT).recv().await, Err(ConnectionError::Closed));
    }
}
