//! Greetings, signs of life, addresses.

use borsh::{BorshDeserialize, BorshSerialize};

use super::{Bounded, Text, Tip, limits::MAX_ADDRESSES};
use crate::transport::MAX_ADDRESS;

/// The version of this protocol.
pub const PROTOCOL_VERSION: u32 = 1;

/// What a peer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Role {
    /// Keeps the chain, relays, answers.
    Node,
    /// Asks.
    Wallet,
}

/// The first frame of each side, see [`crate::handshake`].
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Hello {
    /// Network id: the hash of everything that makes the network (protocol 1.2).
    pub network: [u8; 32],
    /// [`PROTOCOL_VERSION`].
    pub version: u32,
    /// What the sender is.
    pub role: Role,
    /// The sender's half of the link's salt.
    pub nonce: [u8; 32],
    /// The sender's best branch. Wallets send zeros.
    pub tip: Tip,
    /// Where the sender can be dialled, `place#pin`; its pin is the key of this connection.
    pub listen: Option<Text<MAX_ADDRESS>>,
}

/// Asks for a [`Pong`] with the same number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Ping {
    /// Any number.
    pub nonce: u64,
    /// The sender's tip, in case an announcement was missed; `None` from a wallet.
    pub tip: Option<Tip>,
}

/// Answers a [`Ping`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Pong {
    /// The number of the ping.
    pub nonce: u64,
    /// The sender's tip; `None` from a wallet.
    pub tip: Option<Tip>,
}

/// Asks for [`Addresses`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct GetAddresses {}

/// Where nodes can be dialled, each `place#pin`. A wrong one costs whoever tries it one dial: the pin decides.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Addresses {
    /// The addresses.
    pub list: Bounded<Text<MAX_ADDRESS>, MAX_ADDRESSES>,
}
