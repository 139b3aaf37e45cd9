//! Public moves: amounts in the clear between the parties and a contract's balance (vaults 12.5).

use alloc::vec::Vec;

use dero_crypto::{
    asset::AssetId,
    codec::Reader,
    enote::{Anchor, PublicEnote},
};

use super::ContractId;
use crate::rules::TxError;

/// A public amount of one asset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicMove {
    /// The bundle that it names.
    pub bundle: u8,
    /// Whose balance.
    pub contract: ContractId,
    /// Which asset; zeros for the native one.
    pub asset: AssetId,
    /// At least 1.
    pub amount: u64,
    /// Which way, and what that way needs.
    pub direction: Direction,
}

/// The way of a public move.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From the contract's balance to the parties.
    In {
        /// Used once in the history of the chain, with the contract.
        nonce: [u8; 32],
    },
    /// From the parties to the contract's balance.
    Out {
        /// To whom the amount returns if the call fails.
        stub: PublicEnote,
    },
}

impl PublicMove {
    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, TxError> {
        let direction = reader.u8("direction of a move")?;
        if direction > 1 {
            return Err(TxError::kind("direction of a move", direction.into()));
        }
        Ok(Self {
            bundle: reader.u8("bundle of a move")?,
            contract: ContractId(reader.array("contract_id of a move")?),
            asset: AssetId(reader.array("asset of a move")?),
            amount: reader.u64("amount of a move")?,
            direction: if direction == 0 {
                Direction::In { nonce: reader.array("nonce of a move")? }
            } else {
                Direction::Out { stub: PublicEnote::read(reader)? }
            },
        })
    }

    pub(super) fn write(&self, out: &mut Vec<u8>) {
        out.extend([u8::from(matches!(self.direction, Direction::Out { .. })), self.bundle]);
        out.extend(self.contract.0);
        out.extend(self.asset.0);
        out.extend(self.amount.to_le_bytes());
        match &self.direction {
            Direction::In { nonce } => out.extend(nonce),
            Direction::Out { stub } => out.extend(stub.to_bytes()),
        }
    }
}

impl PublicMove {
    /// Whether it brings an amount from a contract to the parties.
    #[must_use]
    pub fn is_in(&self) -> bool {
        matches!(self.direction, Direction::In { .. })
    }

    /// What it consumes, if it is a move in.
    #[must_use]
    pub fn anchor(&self) -> Option<Anchor> {
        match self.direction {
            Direction::In { nonce } => Some(Anchor::Move { contract: self.contract.0, nonce }),
            Direction::Out { .. } => None,
        }
    }

    /// To whom a move out returns if the call fails.
    #[must_use]
    pub fn stub(&self) -> Option<&PublicEnote> {
        match &self.direction {
            Direction::In { .. } => None,
            Direction::Out { stub } => Some(stub),
        }
    }
}
