//! What peers say to each other, one file per family of messages.
//!
//! A message is a kind (one byte) and a body in borsh, whose lists are [`Bounded`]. Consensus objects travel in
//! their own fixed layout, as bytes. [`codec`] cuts a message into padded frames and puts it together again;
//! [`limits`] says how long each kind may be. Whatever does not decode ends the connection with a
//! [`MessageError`] that names what was wrong.

mod bounded;
pub mod chain;
pub mod codec;
pub mod control;
pub mod items;
pub mod limits;
pub mod relay;
pub mod wallet;

use borsh::{BorshDeserialize, BorshSerialize};

pub use bounded::{Bounded, Bytes, CountError, Text};
pub use items::Items;

use chain::{GetBlocks, GetHeaders, Part};
use control::{Addresses, Hello, Ping, Pong};
use relay::{AnnounceBlock, AnnounceTransactions, GetTransactions, Transaction};
use wallet::{GetCompact, GetHeaderRange, GetListed, GetTip, Refused, Submit, Submitted, TipIs};

/// Pairs a question with its answers, on one connection and one side.
pub type RequestId = u32;

/// The height, id and total work of a branch's newest block, as its holder claims them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Tip {
    /// Distance from genesis.
    pub height: u64,
    /// The block.
    pub id: [u8; 32],
    /// Work of the branch, 256 bits little-endian.
    pub work: [u8; 32],
}

impl Tip {
    /// Whether this branch claims more work than `other`.
    #[must_use]
    pub fn is_heavier_than(&self, other: &Self) -> bool {
        self.work.iter().rev().gt(other.work.iter().rev())
    }
}

macro_rules! messages {
    ($($(#[$doc:meta])* $name:ident = $kind:literal, $cap:expr;)*) => {
        /// The kind of a message: the first byte of its first frame.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Kind { $($(#[$doc])* $name = $kind,)* }

        impl Kind {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The kind of a byte.
            ///
            /// # Errors
            ///
            /// [`MessageError::UnknownKind`].
            pub const fn from_byte(byte: u8) -> Result<Self, MessageError> {
                match byte {
                    $($kind => Ok(Self::$name),)*
                    _ => Err(MessageError::UnknownKind { found: byte }),
                }
            }

            /// The longest body, in bytes.
            #[must_use]
            pub const fn max_bytes(self) -> usize {
                match self { $(Self::$name => $cap,)* }
            }
        }

        /// A message.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum Message { $($(#[$doc])* $name($name),)* }

        impl Message {
            /// Its kind.
            #[must_use]
            pub const fn kind(&self) -> Kind {
                match self { $(Self::$name(_) => Kind::$name,)* }
            }

            /// Its body.
            #[must_use]
            pub fn to_body(&self) -> Vec<u8> {
                match self { $(Self::$name(body) => borsh::to_vec(body).expect("memory takes any bytes"),)* }
            }

            /// Reads a body: within the cap of its kind, every count true, nothing left over.
            ///
            /// # Errors
            ///
            /// [`MessageError`] naming the fault.
            pub fn from_body(kind: Kind, body: &[u8]) -> Result<Self, MessageError> {
                if body.len() > kind.max_bytes() {
                    return Err(MessageError::TooLong { kind, found: body.len(), max: kind.max_bytes() });
                }
                match kind { $(Kind::$name => read(kind, body).map(Self::$name),)* }
            }
        }

        $(impl From<$name> for Message {
            fn from(body: $name) -> Self {
                Self::$name(body)
            }
        })*
    };
}

messages! {
    /// The first frame of each side: which network, who.
    Hello = 0, limits::CONTROL;
    /// Is anybody there?
    Ping = 1, limits::CONTROL;
    /// Yes.
    Pong = 2, limits::CONTROL;
    /// Asks for addresses of nodes.
    GetAddresses = 3, limits::CONTROL;
    /// Addresses of nodes.
    Addresses = 4, limits::ADDRESSES;

    /// Names of transactions that the sender has.
    AnnounceTransactions = 16, limits::ANNOUNCEMENT;
    /// Asks for announced transactions.
    GetTransactions = 17, limits::ANNOUNCEMENT;
    /// A transaction that was asked for, or the word that it is gone.
    Transaction = 18, limits::TRANSACTION;
    /// The header of the sender's new tip.
    AnnounceBlock = 19, limits::CONTROL;

    /// Asks for headers after the last common block.
    GetHeaders = 32, limits::LOCATOR;
    /// Asks for blocks by id.
    GetBlocks = 33, limits::CONTROL;
    /// A piece of an answer: headers, blocks, compact forms or entries of the reference list.
    Part = 34, limits::PART;

    /// Asks for the tip.
    GetTip = 48, limits::CONTROL;
    /// The tip.
    TipIs = 49, limits::CONTROL;
    /// Asks for headers by height.
    GetHeaderRange = 50, limits::CONTROL;
    /// Asks for compact forms by height.
    GetCompact = 51, limits::CONTROL;
    /// Asks for an aligned range of the reference list.
    GetListed = 52, limits::CONTROL;
    /// Hands over a transaction.
    Submit = 53, limits::TRANSACTION;
    /// What became of it.
    Submitted = 54, limits::CONTROL;
    /// A question that is not answered, and why.
    Refused = 55, limits::CONTROL;
}

use control::GetAddresses;

fn read<T: BorshDeserialize>(kind: Kind, mut body: &[u8]) -> Result<T, MessageError> {
    let value = T::deserialize(&mut body).map_err(|error| {
        match error.get_ref().and_then(|inner| inner.downcast_ref::<CountError>()) {
            Some(count) => MessageError::Count { kind, found: count.found, max: count.max },
            None => MessageError::Malformed { kind, detail: error.to_string() },
        }
    })?;
    if body.is_empty() { Ok(value) } else { Err(MessageError::TrailingBytes { kind, found: body.len() }) }
}

/// What is wrong with a message. The sender is at fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MessageError {
    /// A kind that does not exist.
    #[error("message of unknown kind {found}")]
    UnknownKind {
        /// The byte.
        found: u8,
    },
    /// A body above the cap of its kind.
    #[error("{kind:?} has a body of {found} bytes, the most is {max}")]
    TooLong {
        /// The kind.
        kind: Kind,
        /// The stated length.
        found: usize,
        /// The cap.
        max: usize,
    },
    /// A list longer than its bound.
    #[error("{kind:?} counts {found} items, the most is {max}")]
    Count {
        /// The kind.
        kind: Kind,
        /// The stated count.
        found: usize,
        /// The bound.
        max: usize,
    },
    /// Bytes that are no body of this kind, or too few.
    #[error("{kind:?} does not decode: {detail}")]
    Malformed {
        /// The kind.
        kind: Kind,
        /// What the decoder says.
        detail: String,
    },
    /// Bytes after the end of the body.
    #[error("{kind:?} has {found} bytes after its end")]
    TrailingBytes {
        /// The kind.
        kind: Kind,
        /// How many.
        found: usize,
    },
    /// A frame that does not fit the stated length.
    #[error("a frame of {found} bytes, expected {expected}")]
    Frame {
        /// Its length.
        found: usize,
        /// The length that follows from the message's.
        expected: usize,
    },
    /// Padding that is not zero.
    #[error("padding that is not zero")]
    Padding,
    /// A message that cannot come at this point.
    #[error("{found:?} came where {expected} was expected")]
    OutOfPlace {
        /// The kind.
        found: Kind,
        /// What could come.
        expected: &'static str,
    },
}

#[cfg(test)]
mod tests;
