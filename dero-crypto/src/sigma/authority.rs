//! Signatures that give authority in a transaction: who may issue, pay out, accept (protocol 9, 12.2, 12.4).
//!
//! | Row | Items | Key on G |
//! |---|---|---|
//! | [`IssuerAuth`] | m_tx, op index, α | I of the asset |
//! | [`VaultAuth`] | m_tx, vault_id | P_auth of the record |
//! | [`Accept`] | vault_id, txid, i | P_acc_i of the record |
//!
//! Each is one [`SchnorrProof`](super::SchnorrProof) over the statement that these types make. The digests in
//! them come from the transaction: m_tx covers all of it but the signatures; txid is that of the transaction
//! which *made* the vault, so an acceptance is void where the same vault stands under other terms.

use super::schnorr::{Base, Item, SchnorrStatement};
use crate::{
    NetworkId,
    asset::AssetId,
    group::{Point, domain, generators},
};

/// The issuer of an asset agrees to one register or mint op.
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
