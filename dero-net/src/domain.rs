//! The hash domains of this crate, in one place. None stands among those of `dero_crypto`.

use dero_crypto::group::hash::Digest;

/// Who a peer is: hash of its public key structure.
pub(crate) const PEER_ID: Digest<32> = Digest::new("net/peer");
/// Short name of a transaction on one link.
pub(crate) const SHORT_ID: Digest<8> = Digest::new("net/short-id");
/// The salt of a link's short names, from both greetings.
pub(crate) const LINK_SALT: Digest<32> = Digest::new("net/link-salt");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_domains_are_distinct() {
        let all = [PEER_ID.domain(), SHORT_ID.domain(), LINK_SALT.domain()];
        assert_eq!(all.iter().collect::<std::collections::BTreeSet<_>>().len(), all.len());
    }
}
