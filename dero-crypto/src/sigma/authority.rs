//! Signatures that give authority in a transaction: who may issue, pay out, accept (protocol 9, 12.2, 12.4).
//!
//! | Row | Items | Key on G |
//! |---|---|---|
//! | [`IssuerAuth`] | m_tx, op index, α | I of the asset |
//! | [`VaultAuth`] | m_tx, vault_id | P_auth of the record |
//! | [`Accept`] | vault_id, txid, i | P_acc_i of the record |
//!
//! ```text
//! relation    P = p·G
//! statement   net, the items of the row, P              witness   p
//! prover      A = k·G;   c ← transcript(row): net, version, items, G, P, A;   s = k + c·p
//! verifier    s·G = A + c·P
//! bytes       A | s                                     32·2 = 64
//! ```
//!
//! Each is one [`SchnorrProof`](super::SchnorrProof) over the statement that these types make, under a label of its own.
//!
//! # Assumptions
//!
//! Those of [`schnorr`](super::schnorr), on base G.
//!
//! # Source
//!
//! [`schnorr`](super::schnorr#source). Rule: protocol 9, 12.2, 12.4.
//!
//! # Departures
//!
//! None.
//!
//! # Claims without a published proof
//!
//! *A signature gives authority for one thing.* The digests come from the transaction. m_tx covers its Body, with memos and
//! payload by their digests, and the proofs of its outputs; not the signatures, nor the membership proofs with their
//! references. So an issuer's or a payout's signature serves no other transaction; op index and α, and vault_id, tell apart
//! what one transaction asks for several times. txid is that of the transaction which *made* the vault, so an acceptance is
//! void where the same vault stands under other terms. Argued here and in protocol 10.2, 12.2.

use super::schnorr::{Base, Item, SchnorrStatement};
use crate::{
    NetworkId,
    asset::AssetId,
    group::{Point, domain, generators},
};

/// The issuer of an asset agrees to one register or mint op.
///
/// ```
/// # use dero_crypto::{NetworkId, group::{Element, Point as Encoded, Scalar}, secret::Secret};
/// # let rng = &mut rand::rng();
/// # let secret = Secret::new(Scalar::random(rng));
/// # let key = Encoded::encode(Element::mul_base(secret.expose()), "key")?;
/// use dero_crypto::{asset::AssetId, sigma::{IssuerAuth, SchnorrProof}};
/// let mint = IssuerAuth { net: NetworkId([1; 32]), m_tx: [2; 32], op_index: 0, asset: AssetId([7; 32]), key };
/// let signature = SchnorrProof::prove(&mint.statement(), &secret, rng)?;
/// assert!(signature.verify(&mint.statement(), rng).is_ok());
/// assert!(signature.verify(&IssuerAuth { op_index: 1, ..mint }.statement(), rng).is_err());
/// # Ok::<(), dero_crypto::ProofError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct IssuerAuth {
    /// The network.
    pub net: NetworkId,
    /// What every signature of the transaction signs.
    pub m_tx: [u8; 32],
    /// Place of the op among all ops of the transaction, from 0.
    pub op_index: u64,
    /// The asset α.
    pub asset: AssetId,
    /// The issuer key I.
    pub key: Point,
}

impl IssuerAuth {
    /// The row `issuer`.
    #[must_use]
    pub fn statement(&self) -> SchnorrStatement {
        let items = [Item::Bytes(&self.m_tx), Item::Int(self.op_index), Item::Bytes(&self.asset.0)];
        SchnorrStatement::new(domain::ISSUER, &self.net, &items, Base::Generator(generators::G), &self.key)
    }
}

/// The payout key of a locked enote agrees to the transaction that spends it.
///
/// ```
/// # use dero_crypto::{NetworkId, group::{Element, Point as Encoded, Scalar}, secret::Secret};
/// # let rng = &mut rand::rng();
/// # let secret = Secret::new(Scalar::random(rng));
/// # let key = Encoded::encode(Element::mul_base(secret.expose()), "key")?;
/// use dero_crypto::sigma::{SchnorrProof, VaultAuth};
/// let payout = VaultAuth { net: NetworkId([1; 32]), m_tx: [2; 32], vault_id: [7; 32], key };
/// let signature = SchnorrProof::prove(&payout.statement(), &secret, rng)?;
/// assert!(signature.verify(&payout.statement(), rng).is_ok());
/// assert!(signature.verify(&VaultAuth { m_tx: [3; 32], ..payout }.statement(), rng).is_err());
/// # Ok::<(), dero_crypto::ProofError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct VaultAuth {
    /// The network.
    pub net: NetworkId,
    /// What every signature of the transaction signs.
    pub m_tx: [u8; 32],
    /// The vault that is paid out.
    pub vault_id: [u8; 32],
    /// P_auth of the vault's record.
    pub key: Point,
}

impl VaultAuth {
    /// The row `vault-auth`.
    #[must_use]
    pub fn statement(&self) -> SchnorrStatement {
        let items = [Item::Bytes(&self.m_tx), Item::Bytes(&self.vault_id)];
        SchnorrStatement::new(domain::VAULT_AUTH, &self.net, &items, Base::Generator(generators::G), &self.key)
    }
}

/// One of the accepting keys of a locked enote agrees to its terms.
///
/// ```
/// # use dero_crypto::{NetworkId, group::{Element, Point as Encoded, Scalar}, secret::Secret};
/// # let rng = &mut rand::rng();
/// # let secret = Secret::new(Scalar::random(rng));
/// # let key = Encoded::encode(Element::mul_base(secret.expose()), "key")?;
/// use dero_crypto::sigma::{Accept, SchnorrProof};
/// let accept = Accept { net: NetworkId([1; 32]), vault_id: [7; 32], txid: [2; 32], index: 0, key };
/// let signature = SchnorrProof::prove(&accept.statement(), &secret, rng)?;
/// assert!(signature.verify(&accept.statement(), rng).is_ok());
/// // The same vault, made by another transaction: other terms.
/// assert!(signature.verify(&Accept { txid: [3; 32], ..accept }.statement(), rng).is_err());
/// # Ok::<(), dero_crypto::ProofError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Accept {
    /// The network.
    pub net: NetworkId,
    /// The vault that is accepted.
    pub vault_id: [u8; 32],
    /// The transaction that made the vault.
    pub txid: [u8; 32],
    /// Place of the key in the record's list, from 0.
    pub index: u64,
    /// P_acc_i of the vault's record.
    pub key: Point,
}

impl Accept {
    /// The row `accept`.
    #[must_use]
    pub fn statement(&self) -> SchnorrStatement {
        let items = [Item::Bytes(&self.vault_id), Item::Bytes(&self.txid), Item::Int(self.index)];
        SchnorrStatement::new(domain::ACCEPT, &self.net, &items, Base::Generator(generators::G), &self.key)
    }
}
