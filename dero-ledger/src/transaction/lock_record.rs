//! Lock records: the terms under which a contract holds an enote (vaults 12.2).
//!
//! ```text
//! record = kind u8 | contract_id 32 | P_auth 32 | due u64 | default u8 | accept_by u64 | n_acc u8 | P_acc 32 each |
//!          J u8 | per j = 1..J: [ B_j u8 | B_j enotes of 163 bytes ]
//! ```

use alloc::vec::Vec;

use dero_crypto::{
    DecodeError, NetworkId,
    codec::Reader,
    enote::{Enote, InputContext},
    group::domain,
};

use super::{
    ContractId, VaultId,
    limits::{self, put_count},
};
use crate::rules::TxError;

/// The terms of a locked enote. Public and immutable from the deposit on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockRecord {
    /// The contract that decides the outcome.
    pub contract: ContractId,
    /// P_auth, the key of explicit payout; zeros for none, and then not decoded.
    pub authority: [u8; 32],
    /// From this height on only the default outcome is possible; [`NEVER`](crate::params::NEVER) for never.
    pub due: u64,
    /// What the node applies at `due`: 0 the refund, j the sealed alternative j.
    pub default: u8,
    /// Who must accept the terms, and until when.
    pub accept: Option<AcceptPhase>,
    /// Complete enotes of each outcome; alternative j stands at j − 1.
    pub alternatives: Vec<Vec<Enote>>,
}

/// A phase in which other parties accept the terms; until then the vault is offered, not locked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AcceptPhase {
    /// Last height at which an accept counts.
    pub accept_by: u64,
    /// P_acc, 1 to 4 keys, ascending.
    pub keys: Vec<[u8; 32]>,
}

impl LockRecord {
    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, TxError> {
        let kind = reader.u8("kind of a lock record")?;
        if kind > 1 {
            return Err(DecodeError::Value { what: "kind of a lock record", found: kind.into() }.into());
        }
        let contract = ContractId(reader.array("contract_id of a lock record")?);
        let authority = reader.array("P_auth")?;
        let due = reader.u64("due")?;
        let default = reader.u8("default")?;
        let accept_by = reader.u64("accept_by")?;
        let (fewest, most) = if kind == 1 { (1, limits::ACCEPTING_KEYS) } else { (0, 0) };
        let count = reader.count("accepting keys", fewest, most)?;
        let keys = (0..count).map(|_| reader.array("P_acc")).collect::<Result<_, _>>()?;
        let accept = match (kind, accept_by) {
            (1, _) => Some(AcceptPhase { accept_by, keys }),
            (_, 0) => None,
            (_, found) => return Err(TxError::AcceptByWithoutPhase { found }),
        };
        let count = reader.count("sealed alternatives", 0, limits::ALTERNATIVES)?;
        let alternatives = (0..count)
            .map(|_| {
                let parts = reader.count("parts of an alternative", 1, limits::PARTS)?;
                (0..parts).map(|_| Enote::read(reader)).collect::<Result<Vec<_>, _>>()
            })
            .collect::<Result<Vec<_>, _>>()?;
        if usize::from(default) > alternatives.len() {
            return Err(TxError::RecordDefault { found: default, alternatives: alternatives.len() });
        }
        Ok(Self { contract, authority, due, default, accept, alternatives })
    }

    pub(super) fn write(&self, out: &mut Vec<u8>) {
        let (kind, accept_by, keys) = match &self.accept {
            Some(AcceptPhase { accept_by, keys }) => (1, *accept_by, keys.as_slice()),
            None => (0, 0, [].as_slice()),
        };
        out.push(kind);
        out.extend(self.contract.0);
        out.extend(self.authority);
        out.extend(self.due.to_le_bytes());
        out.push(self.default);
        out.extend(accept_by.to_le_bytes());
        put_count(out, keys.len());
        keys.iter().for_each(|key| out.extend(key));
        put_count(out, self.alternatives.len());
        for parts in &self.alternatives {
            put_count(out, parts.len());
            parts.iter().for_each(|part| out.extend(part.to_bytes()));
        }
    }

    /// Reads the bytes of a record alone, as a store keeps them.
    ///
    /// # Errors
    ///
    /// A [`TxError`] of step 1.
    pub fn parse(bytes: &[u8]) -> Result<Self, TxError> {
        let mut reader = Reader::new(bytes, "lock record");
        let record = Self::read(&mut reader)?;
        reader.finish()?;
        Ok(record)
    }

    /// The one encoding.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.write(&mut out);
        out
    }

    /// h_32("vault/record"; record).
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        domain::VAULT_RECORD.hash(&[&self.encode()])
    }

    /// The id of the vault that `enote`, made in the context `ic`, becomes under these terms.
    #[must_use]
    pub fn vault_id(&self, net: &NetworkId, ic: &InputContext, enote: &Enote) -> VaultId {
        VaultId(domain::VAULT_ID.hash(&[&net.0, &ic.0, &enote.to_bytes(), &self.digest()]))
    }

    /// P_auth, unless there is none.
    #[must_use]
    pub fn authority(&self) -> Option<&[u8; 32]> {
        (self.authority != [0; 32]).then_some(&self.authority)
    }

    /// The alternatives with more than one part: each of their parts is a range value (8.3).
    pub fn split_parts(&self) -> impl Iterator<Item = &Enote> {
        self.alternatives.iter().filter(|parts| parts.len() > 1).flatten()
    }
}
