//! Who is on the other end, on which network: the first frame of each side.
//!
//! The transport has proven a key. What is left to say is the network, the version and the role. The side that
//! dialled speaks first; the other answers only if both are on one network. So a caller from elsewhere, or a probe
//! that looks for nodes of some network, sees the connection close and learns nothing.
//!
//! ```text
//! dialled   Hello{network, version, role, nonce, ..}  →
//!           ←  Hello, or the connection closes                                          called
//! salt = h_32("net/link-salt"; nonce of the side that dialled, nonce of the other)
//! ```

use core::fmt;

use rand_core::CryptoRng;

use crate::{
    domain,
    message::{
        Kind, Message, Text, Tip,
        control::{Hello, PROTOCOL_VERSION, Role},
    },
    transport::{MAX_ADDRESS, PeerId},
};
use dero_crypto::NetworkId;

/// Who began.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// This side dialled.
    Outbound,
    /// This side was called.
    Inbound,
}

/// What this side says of itself.
#[derive(Clone, Debug)]
pub struct Greeting {
    /// Its network.
    pub network: NetworkId,
    /// Its role.
    pub role: Role,
    /// Its best branch; zeros for a wallet.
    pub tip: Tip,
    /// Where it can be dialled, `place#pin`.
    pub listen: Option<String>,
}

/// The other side, after the greetings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Greeted {
    /// Its role.
    pub role: Role,
    /// Its best branch, as it claims.
    pub tip: Tip,
    /// Where it can be dialled, as it claims. Names its own key, or nothing is passed on.
    pub listen: Option<String>,
    /// Known to the two sides only; short names of transactions are salted with it.
    pub salt: [u8; 32],
}

/// Why the sides part.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HelloError {
    /// The other side is on another network.
    #[error("the peer is on network {}, this is {}: check the network file of both", Hex(found), Hex(&expected.0))]
    OtherNetwork {
        /// Its network.
        found: [u8; 32],
        /// Ours.
        expected: NetworkId,
    },
    /// The other side speaks another version.
    #[error("the peer speaks version {found} of the protocol, this is version {expected}: update the older one")]
    OtherVersion {
        /// Its version.
        found: u32,
        /// Ours.
        expected: u32,
    },
    /// Two wallets, or a wallet that was dialled.
    #[error("the peer is a wallet and was dialled: only nodes can be")]
    NotANode,
    /// Something else than a greeting came first.
    #[error("{found:?} came before the greeting")]
    NotAGreeting {
        /// What came.
        found: Kind,
    },
}

struct Hex<'a>(&'a [u8; 32]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().take(8).try_for_each(|byte| write!(f, "{byte:02x}"))?;
        f.write_str("..")
    }
}

/// One side's greetings, without a wire.
#[derive(Debug)]
pub struct Handshake {
    direction: Direction,
    own: Hello,
}

impl Handshake {
    /// Begins.
    pub fn begin(direction: Direction, greeting: &Greeting, rng: &mut (impl CryptoRng + ?Sized)) -> Self {
        let mut nonce = [0; 32];
        rng.fill_bytes(&mut nonce);
        let own = Hello {
            network: greeting.network.0,
            version: PROTOCOL_VERSION,
            role: greeting.role,
            nonce,
            tip: greeting.tip,
            listen: greeting.listen.clone().and_then(|listen| Text::new(listen).ok()),
        };
        Self { direction, own }
    }

    /// What is to be sent at once, if this side speaks first.
    #[must_use]
    pub fn first(&self) -> Option<Message> {
        (self.direction == Direction::Outbound).then(|| self.own.clone().into())
    }

    /// Takes the first message of `peer`; returns who it is, and what is to be sent, if this side speaks second.
    ///
    /// # Errors
    ///
    /// [`HelloError`]: close the connection and send nothing.
    pub fn answer(self, peer: PeerId, message: &Message) -> Result<(Greeted, Option<Message>), HelloError> {
        let Message::Hello(theirs) = message else {
            return Err(HelloError::NotAGreeting { found: message.kind() });
        };
        if theirs.network != self.own.network {
            let expected = NetworkId(self.own.network);
            return Err(HelloError::OtherNetwork { found: theirs.network, expected });
        }
        if theirs.version != PROTOCOL_VERSION {
            return Err(HelloError::OtherVersion { found: theirs.version, expected: PROTOCOL_VERSION });
        }
        let (dialled, called) = match self.direction {
            Direction::Outbound => (&self.own, theirs),
            Direction::Inbound => (theirs, &self.own),
        };
        if called.role != Role::Node {
            return Err(HelloError::NotANode);
        }
        let greeted = Greeted {
            role: theirs.role,
            tip: theirs.tip,
            listen: theirs.listen.as_ref().filter(|text| names(text, peer)).map(|text| text.to_string()),
            salt: domain::LINK_SALT.hash(&[&dialled.nonce, &called.nonce]),
        };
        Ok((greeted, (self.direction == Direction::Inbound).then(|| self.own.into())))
    }
}

/// Whether an address carries the pin of `peer`: nobody can offer another node's place as its own.
fn names(address: &Text<MAX_ADDRESS>, peer: PeerId) -> bool {
    address.rsplit_once('#').is_some_and(|(_, pin)| pin.parse() == Ok(peer))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NODE: PeerId = PeerId([7; 32]);

    fn greeting(network: u8, role: Role) -> Greeting {
        let tip = Tip { height: 1, id: [1; 32], work: [1; 32] };
        Greeting { network: NetworkId([network; 32]), role, tip, listen: Some(format!("a:1#{NODE}")) }
    }

    fn begin(direction: Direction, greeting: &Greeting) -> (Handshake, Option<Message>) {
        let handshake = Handshake::begin(direction, greeting, &mut rand::rng());
        let first = handshake.first();
        (handshake, first)
    }

    #[test]
    fn both_sides_learn_of_each_other_and_share_a_salt() {
        let (caller, hello) = begin(Direction::Outbound, &greeting(1, Role::Wallet));
        let (called, silent) = begin(Direction::Inbound, &greeting(1, Role::Node));
        assert_eq!(silent, None);
        let (at_node, answer) = called.answer(PeerId([8; 32]), &hello.expect("first")).expect("greeted");
        let (at_wallet, end) = caller.answer(NODE, &answer.expect("second")).expect("greeted");
        assert_eq!(end, None);
        assert_eq!((at_node.role, at_wallet.role), (Role::Wallet, Role::Node));
        assert_eq!(at_node.salt, at_wallet.salt);
        // The wallet's peer has the pin that its address names; the node's has not.
        assert_eq!((at_wallet.listen, at_node.listen), (Some(format!("a:1#{NODE}")), None));
    }

    #[test]
    fn another_network_gets_no_answer() {
        let (_, hello) = begin(Direction::Outbound, &greeting(2, Role::Node));
        let (called, _) = begin(Direction::Inbound, &greeting(1, Role::Node));
        let found = called.answer(NODE, &hello.expect("first"));
        assert_eq!(found, Err(HelloError::OtherNetwork { found: [2; 32], expected: NetworkId([1; 32]) }));
        let (caller, _) = begin(Direction::Outbound, &greeting(1, Role::Node));
        let (_, theirs) = begin(Direction::Outbound, &greeting(2, Role::Node));
        assert!(matches!(caller.answer(NODE, &theirs.expect("hello")), Err(HelloError::OtherNetwork { .. })));
    }

    #[test]
    fn another_version_no_greeting_and_a_dialled_wallet_are_refused() {
        let (_, hello) = begin(Direction::Outbound, &greeting(1, Role::Node));
        let Some(Message::Hello(mut hello)) = hello else { panic!("a greeting") };
        hello.version = 2;
        let (called, _) = begin(Direction::Inbound, &greeting(1, Role::Node));
        let expected = HelloError::OtherVersion { found: 2, expected: 1 };
        assert_eq!(called.answer(NODE, &hello.clone().into()), Err(expected));
        let (called, _) = begin(Direction::Inbound, &greeting(1, Role::Node));
        let ping = crate::message::control::Ping { nonce: 1, tip: None }.into();
        assert_eq!(called.answer(NODE, &ping), Err(HelloError::NotAGreeting { found: Kind::Ping }));
        let (caller, _) = begin(Direction::Outbound, &greeting(1, Role::Wallet));
        (hello.version, hello.role) = (1, Role::Wallet);
        assert_eq!(caller.answer(NODE, &hello.into()), Err(HelloError::NotANode));
    }
}
