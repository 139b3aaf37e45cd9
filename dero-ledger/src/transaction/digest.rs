//! Hashes that name a transaction and its parts (protocol 10.2).
//!
//! ```text
//! body_digest = h_32("tx/body"; net, Body with each lock record replaced by its digest)
//! m_tx        = h_32("tx/sign"; net, body_digest, h_32("tx/outproofs"; OutProofs))
//! txid        = h_32("tx/id"; body_digest)
//! wtxid       = h_32("tx/wid"; txid, digests of OutProofs, Auth, Membership)
//! ```

use dero_crypto::{NetworkId, group::domain};

use super::{Body, BodyDigest, SigningDigest, Transaction, TxId, WitnessId};

/// All hashes of one transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Digests {
    /// The digest of Body.
    pub body: BodyDigest,
    /// m_tx, which spenders, authorities and issuers sign.
    pub signing: SigningDigest,
    /// The name of the effect.
    pub txid: TxId,
    /// The name of the effect with these proofs.
    pub wtxid: WitnessId,
}

impl BodyDigest {
    /// Of `body` on network `net`.
    #[must_use]
    pub fn of(body: &Body, net: &NetworkId) -> Self {
        Self(domain::TX_BODY.hash(&[&net.0, &body.encode_with_record_digests(net)]))
    }

    /// txid.
    #[must_use]
    pub fn txid(&self) -> TxId {
        TxId(domain::TX_ID.hash(&[&self.0]))
    }

    /// m_tx, once OutProofs are there.
    #[must_use]
    pub fn signing(&self, net: &NetworkId, out_proofs: &[u8]) -> SigningDigest {
        SigningDigest(domain::TX_SIGN.hash(&[&net.0, &self.0, &domain::TX_OUT_PROOFS.hash(&[out_proofs])]))
    }
}

impl Digests {
    /// Of a transaction on network `net`.
    #[must_use]
    pub fn of(tx: &Transaction, net: &NetworkId) -> Self {
        let body = BodyDigest::of(&tx.body, net);
        let txid = body.txid();
        let wtxid = domain::TX_WITNESS_ID.hash(&[
            &txid.0,
            &domain::TX_OUT_PROOFS.hash(&[&tx.out_proofs]),
            &domain::TX_AUTH.hash(&[&tx.auth]),
            &domain::TX_MEMBERSHIP.hash(&[&tx.membership]),
        ]);
        Self { body, signing: body.signing(net, &tx.out_proofs), txid, wtxid: WitnessId(wtxid) }
    }
}

/// The digest of Memos as Body holds it: zeros if there are none.
#[must_use]
pub fn memo_digest(memos: &[u8]) -> [u8; 32] {
    if memos.is_empty() { [0; 32] } else { domain::TX_MEMOS.hash(&[memos]) }
}

/// The digest of Payload as Body holds it: zeros if there is none.
#[must_use]
pub fn payload_digest(payload: &[u8]) -> [u8; 32] {
    if payload.is_empty() { [0; 32] } else { domain::TX_PAYLOAD.hash(&[payload]) }
}
