//! Who a peer is and where it is: `host:port#pin`.

use core::{
    fmt::{self, Display},
    hash::Hash,
    net::{IpAddr, Ipv6Addr},
    str::FromStr,
};

use crate::domain;

/// Who a peer is: h_32("net/peer"; SubjectPublicKeyInfo), the hash of its public key with the key's algorithm.
///
/// The text form is 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PeerId(pub [u8; 32]);

impl PeerId {
    /// The id of the peer that holds the key behind this public key structure (DER).
    #[must_use]
    pub fn of_public_key_info(der: &[u8]) -> Self {
        Self(domain::PEER_ID.hash(&[der]))
    }
}

impl Display for PeerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for PeerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, ..] = self.0;
        write!(f, "PeerId({a:02x}{b:02x}{c:02x}{d:02x}..)")
    }
}

impl FromStr for PeerId {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        if let Some((at, found)) = text.chars().enumerate().find(|(_, c)| !matches!(c, '0'..='9' | 'a'..='f')) {
            return Err(AddressError::PinCharacter { at, found });
        }
        if text.len() != 64 {
            return Err(AddressError::PinLength { found: text.len() });
        }
        let mut id = [0; 32];
        for (byte, pair) in id.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            *byte = pair.iter().fold(0, |value, digit| value << 4 | hex_value(*digit));
        }
        Ok(Self(id))
    }
}

fn hex_value(digit: u8) -> u8 {
    if digit.is_ascii_digit() { digit - b'0' } else { digit - b'a' + 10 }
}

/// Where a peer speaks from, as far as limits care: neighbours share a group.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin {
    /// The machine: an IP address, or a name that was not resolved.
    pub host: String,
    /// Its neighbourhood: /16 of IPv4, /32 of IPv6, else the machine itself.
    pub group: String,
}

impl Origin {
    /// The origin of a machine with this IP address.
    #[must_use]
    pub fn of_ip(ip: IpAddr) -> Self {
        let ip = ip.to_canonical();
        let group = match ip {
            IpAddr::V4(v4) => {
                let [a, b, ..] = v4.octets();
                format!("{a}.{b}.0.0/16")
            }
            IpAddr::V6(v6) => {
                let [a, b, ..] = v6.segments();
                format!("{a:x}:{b:x}::/32")
            }
        };
        Self { host: ip.to_string(), group }
    }
}

/// A place that a transport can dial.
pub trait Address:
    Clone + Eq + Ord + Hash + fmt::Debug + Display + FromStr<Err = AddressError> + Send + Sync + 'static
{
    /// The machine and its neighbourhood.
    fn origin(&self) -> Origin;

    /// Whether it means anything to others: false for "any address of this machine".
    fn is_specific(&self) -> bool {
        true
    }
}

/// Why a text is no address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AddressError {
    /// The key of the peer is missing.
    #[error("{text:?} names no peer: write HOST:PORT#PIN, where PIN is what the node prints at its start")]
    NoPin {
        /// The text.
        text: String,
    },
    /// A pin of another length.
    #[error("a pin has 64 hexadecimal digits, this one has {found} characters")]
    PinLength {
        /// Its length in bytes.
        found: usize,
    },
    /// A character that no pin has.
    #[error("character {at} of the pin is {found:?}: a pin has the digits 0-9 and a-f only")]
    PinCharacter {
        /// Its place, from 0.
        at: usize,
        /// The character.
        found: char,
    },
    /// The host is missing or has characters that no host has.
    #[error("{host:?} is no host: write a name, an IPv4 address, or an IPv6 address in brackets")]
    Host {
        /// What stands there.
        host: String,
    },
    /// The port is missing or no number from 1 to 65535.
    #[error("{port:?} is no port: write a number from 1 to 65535 after the host")]
    Port {
        /// What stands there.
        port: String,
    },
    /// A text that is longer than any address.
    #[error("an address has at most {max} characters, this one has {found}")]
    Long {
        /// Its length in bytes.
        found: usize,
        /// The bound.
        max: usize,
    },
}

/// A place together with the key that must be found there: `place#pin`.
///
/// ```
/// use dero_net::transport::{AddressError, HostPort, Pinned};
///
/// let text = format!("node.example:10101#{}", "ab".repeat(32));
/// let address: Pinned<HostPort> = text.parse()?;
/// assert_eq!(address.place.port(), 10101);
/// assert_eq!(address.to_string(), text);
/// assert!(matches!("node.example:10101".parse::<Pinned<HostPort>>(), Err(AddressError::NoPin { .. })));
/// # Ok::<(), AddressError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pinned<A> {
    /// Where.
    pub place: A,
    /// Who.
    pub peer: PeerId,
}

impl<A: Display> Display for Pinned<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}", self.place, self.peer)
    }
}

impl<A: Address> FromStr for Pinned<A> {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        if text.len() > MAX_ADDRESS {
            return Err(AddressError::Long { found: text.len(), max: MAX_ADDRESS });
        }
        let (place, pin) = text.rsplit_once('#').ok_or_else(|| AddressError::NoPin { text: text.into() })?;
        Ok(Self { peer: pin.parse()?, place: place.parse()? })
    }
}

/// The longest text form of a [`Pinned`] address, in bytes: a host name of 253, a port, a pin.
pub const MAX_ADDRESS: usize = 253 + 6 + 65;

/// A host, by name or IP address, and a port.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HostPort {
    host: String,
    port: u16,
}

impl HostPort {
    /// The host: a name, an IPv4 address or an IPv6 address without brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    fn is_v6(&self) -> bool {
        self.host.contains(':')
    }
}

impl From<std::net::SocketAddr> for HostPort {
    fn from(address: std::net::SocketAddr) -> Self {
        Self { host: address.ip().to_canonical().to_string(), port: address.port() }
    }
}

impl Display for HostPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_v6() {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

impl FromStr for HostPort {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let (host, port) = text.rsplit_once(':').ok_or_else(|| AddressError::Port { port: String::new() })?;
        let bad_host = || AddressError::Host { host: host.into() };
        let host = match host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            Some(v6) => v6.parse::<Ipv6Addr>().map_err(|_| bad_host())?.to_string(),
            None => {
                let name = !host.is_empty()
                    && host.len() <= 253
                    && host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'));
                name.then(|| host.to_ascii_lowercase()).ok_or_else(bad_host)?
            }
        };
        // `parse` takes a sign, a port has none.
        let digits = port.bytes().all(|b| b.is_ascii_digit());
        match port.parse() {
            Ok(number @ 1..) if digits => Ok(Self { host, port: number }),
            _ => Err(AddressError::Port { port: port.into() }),
        }
    }
}

impl Address for HostPort {
    fn origin(&self) -> Origin {
        match self.host.parse() {
            Ok(ip) => Origin::of_ip(ip),
            Err(_) => Origin { host: self.host.clone(), group: self.host.clone() },
        }
    }

    fn is_specific(&self) -> bool {
        self.host.parse::<IpAddr>().map_or(true, |ip| !ip.is_unspecified())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pin() -> String {
        PeerId([0xab; 32]).to_string()
    }

    fn refused(text: &str) -> AddressError {
        text.parse::<Pinned<HostPort>>().expect_err("no address")
    }

    #[test]
    fn an_address_reads_back_as_it_was_written() {
        for place in ["127.0.0.1:1", "node.example:65535", "[::1]:40401", "a-b_c.d:7"] {
            let text = format!("{place}#{}", pin());
            assert_eq!(text.parse::<Pinned<HostPort>>().expect("address").to_string(), text);
        }
    }

    #[test]
    fn each_fault_of_an_address_is_named() {
        let pin = pin();
        assert!(matches!(refused("node:1"), AddressError::NoPin { .. }));
        assert_eq!(refused("node:1#abc"), AddressError::PinLength { found: 3 });
        assert_eq!(refused(&format!("node:1#{}g", &pin[1..])), AddressError::PinCharacter { at: 63, found: 'g' });
        assert_eq!(
            refused(&format!("node:1#{}", pin.to_uppercase())),
            AddressError::PinCharacter { at: 0, found: 'A' }
        );
        assert_eq!(refused(&format!("node:1#{pin}00")), AddressError::PinLength { found: 66 });
        assert!(matches!(refused(&format!("node#{pin}")), AddressError::Port { .. }));
        for port in ["", "0", "65536", "+1", "-1", "1 ", "x"] {
            assert_eq!(refused(&format!("node:{port}#{pin}")), AddressError::Port { port: port.into() });
        }
        for host in ["", "a b", "::1", "[::g]", "ä", "a/b", "[1.2.3.4]"] {
            assert!(matches!(refused(&format!("{host}:1#{pin}")), AddressError::Host { .. }), "{host}");
        }
        assert!(matches!(refused(&format!("{}:1#{pin}", "a".repeat(400))), AddressError::Long { .. }));
    }

    #[test]
    fn neighbours_share_a_group() {
        let group = |text: &str| text.parse::<HostPort>().expect("address").origin().group;
        assert_eq!(group("10.1.2.3:1"), group("10.1.200.3:2"));
        assert_ne!(group("10.1.2.3:1"), group("10.2.2.3:1"));
        assert_eq!(group("[2001:db8::1]:1"), group("[2001:db8:7::1]:1"));
        assert_eq!(Origin::of_ip("::ffff:10.1.2.3".parse().expect("ip")).group, group("10.1.9.9:1"));
    }
}
