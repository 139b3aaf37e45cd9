//! Messages as frames: cut at 64 KiB, padded to powers of two.
//!
//! ```text
//! message = kind u8 | length u32 of the body | body
//! frames  = the message in pieces of 64 KiB; the last piece padded with zeros to a power of two, at least 64 bytes
//! ```
//!
//! The padding hides the exact length of what is shorter than a frame from somebody who counts encrypted bytes. The
//! length of every frame follows from the stated length, so each message has one encoding.

use super::{Kind, Message, MessageError};
use crate::transport::MAX_FRAME;

const HEAD: usize = 5;
/// The shortest frame.
const MIN_FRAME: usize = 64;

/// The frames of a message.
///
/// # Panics
///
/// If the message is longer than its kind allows; messages of this crate are not.
#[must_use]
pub fn to_frames(message: &Message) -> Vec<Vec<u8>> {
    let (kind, body) = (message.kind(), message.to_body());
    assert!(body.len() <= kind.max_bytes(), "{kind:?} has a body of {} bytes", body.len());
    let mut bytes = Vec::with_capacity(HEAD + body.len());
    bytes.push(kind as u8);
    bytes.extend_from_slice(&u32::try_from(body.len()).expect("caps are below 4 GiB").to_le_bytes());
    bytes.extend_from_slice(&body);
    bytes
        .chunks(MAX_FRAME)
        .map(|piece| {
            let mut frame = piece.to_vec();
            frame.resize(padded(piece.len()), 0);
            frame
        })
        .collect()
}

fn padded(length: usize) -> usize {
    length.next_power_of_two().clamp(MIN_FRAME, MAX_FRAME)
}

/// Puts messages together from frames.
///
/// ```
/// use dero_net::message::{Message, codec::{Assembler, to_frames}, control::Ping};
///
/// let message = Message::from(Ping { nonce: 7, tip: None });
/// let frames = to_frames(&message);
/// assert_eq!(frames[0].len(), 64);
/// assert_eq!(Assembler::default().push(&frames[0])?, Some(message));
/// # Ok::<(), dero_net::message::MessageError>(())
/// ```
#[derive(Debug, Default)]
pub struct Assembler {
    partial: Option<Partial>,
}

#[derive(Debug)]
struct Partial {
    kind: Kind,
    length: usize,
    body: Vec<u8>,
}

impl Assembler {
    /// Whether a message is half here.
    #[must_use]
    pub const fn is_between_frames(&self) -> bool {
        self.partial.is_some()
    }

    /// Takes the next frame and returns the message that it completes.
    ///
    /// # Errors
    ///
    /// [`MessageError`]; nothing that follows on this connection can be read then.
    pub fn push(&mut self, frame: &[u8]) -> Result<Option<Message>, MessageError> {
        let (mut partial, piece) = match self.partial.take() {
            Some(partial) => (partial, frame),
            None => {
                let (head, piece) = frame
                    .split_first_chunk::<HEAD>()
                    .ok_or(MessageError::Frame { found: frame.len(), expected: MIN_FRAME })?;
                let [kind, length @ ..] = *head;
                let (kind, length) = (Kind::from_byte(kind)?, u32::from_le_bytes(length) as usize);
                // Before a byte of it is kept.
                if length > kind.max_bytes() {
                    return Err(MessageError::TooLong { kind, found: length, max: kind.max_bytes() });
                }
                (Partial { kind, length, body: Vec::new() }, piece)
            }
        };
        let head = frame.len() - piece.len();
        let missing = head + partial.length - partial.body.len();
        let expected = if missing >= MAX_FRAME { MAX_FRAME } else { padded(missing) };
        if frame.len() != expected {
            return Err(MessageError::Frame { found: frame.len(), expected });
        }
        let (bytes, padding) = piece.split_at(piece.len().min(partial.length - partial.body.len()));
        if padding.iter().any(|byte| *byte != 0) {
            return Err(MessageError::Padding);
        }
        partial.body.extend_from_slice(bytes);
        if partial.body.len() < partial.length {
            self.partial = Some(partial);
            return Ok(None);
        }
        Message::from_body(partial.kind, &partial.body).map(Some)
    }
}
