//! The hash domains of this crate, in one place. None stands among those of `dero_crypto`.

use dero_crypto::group::hash::Digest;

/// Who a peer is: hash of its public key structure.
pub(crate) const PEER_ID: Digest<32> = Digest::new("net/peer");
