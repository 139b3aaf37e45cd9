//! A bundle: one party's part of a transaction (protocol 10.1).

use alloc::vec::Vec;

use dero_crypto::{codec::Reader, enote::Enote};

use super::{
    LockRecord, VaultId,
    limits::{self, put_count},
};
use crate::rules::TxError;

/// What one party consumes and makes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bundle {
    /// Fresh random bytes of each construction attempt; part of the seeds of the maker's enotes.
    pub tx_nonce: [u8; 16],
    /// Spent enotes of the reference list, ascending by tag.
    pub inputs: Vec<Input>,
    /// Locked enotes that a contract pays out, ascending by id.
    pub vault_inputs: Vec<VaultId>,
    /// New enotes, ascending by one-time key.
    pub outputs: Vec<Output>,
}

/// A private input: the tag of a spent enote, and its re-randomised copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Input {
    /// L, the linking tag.
    pub tag: [u8; 32],
    /// K~, the image of the one-time key.
    pub key: [u8; 32],
    /// C~, the image of the commitment.
    pub commitment: [u8; 32],
    /// T~, the image of the blinded asset tag.
    pub asset_tag: [u8; 32],
}

/// A new enote, and the terms of its lock if a contract shall hold it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// The enote.
    pub enote: Enote,
    /// The lock record.
    pub lock: Option<LockRecord>,
}

impl From<Enote> for Output {
    fn from(enote: Enote) -> Self {
        Self { enote, lock: None }
    }
}

/// How lock records are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RecordForm {
    Full,
    Digest,
}

impl Input {
    fn read(reader: &mut Reader<'_>) -> Result<Self, TxError> {
        Ok(Self {
            tag: reader.array("L")?,
            key: reader.array("K~")?,
            commitment: reader.array("C~")?,
            asset_tag: reader.array("T~")?,
        })
    }

    fn write(&self, out: &mut Vec<u8>) {
        for field in [&self.tag, &self.key, &self.commitment, &self.asset_tag] {
            out.extend(field);
        }
    }
}

impl Bundle {
    pub(super) fn read(reader: &mut Reader<'_>, place: usize) -> Result<Self, TxError> {
        let tx_nonce = reader.array("tx_nonce")?;
        let inputs = reader.count("inputs of a bundle", 0, limits::BUNDLE_INPUTS)?;
        let vault_inputs = reader.count("vault inputs of a bundle", 0, limits::BUNDLE_INPUTS)?;
        if inputs + vault_inputs > usize::from(limits::BUNDLE_INPUTS) {
            return Err(TxError::limit(
                "inputs of a bundle",
                inputs + vault_inputs,
                0,
                limits::BUNDLE_INPUTS.into(),
            ));
        }
        let outputs = reader.count("outputs of a bundle", 0, limits::BUNDLE_OUTPUTS)?;
        let lock_bitmap = reader.u16("lock bitmap")?;
        if u32::from(lock_bitmap) >> outputs != 0 {
            return Err(TxError::LockBitmap { bundle: place, found: lock_bitmap, outputs });
        }
        let inputs = (0..inputs).map(|_| Input::read(reader)).collect::<Result<_, _>>()?;
        let vault_inputs =
            (0..vault_inputs).map(|_| reader.array("vault_id").map(VaultId)).collect::<Result<_, _>>()?;
        let mut outputs =
            (0..outputs).map(|_| Ok(Output::from(Enote::read(reader)?))).collect::<Result<Vec<_>, TxError>>()?;
        for (i, output) in outputs.iter_mut().enumerate() {
            if lock_bitmap >> i & 1 == 1 {
                output.lock = Some(LockRecord::read(reader)?);
            }
        }
        Ok(Self { tx_nonce, inputs, vault_inputs, outputs })
    }

    pub(super) fn write(&self, out: &mut Vec<u8>, records: RecordForm) {
        out.extend(self.tx_nonce);
        put_count(out, self.inputs.len());
        put_count(out, self.vault_inputs.len());
        put_count(out, self.outputs.len());
        out.extend(self.lock_bitmap().to_le_bytes());
        self.inputs.iter().for_each(|input| input.write(out));
        self.vault_inputs.iter().for_each(|vault| out.extend(vault.0));
        self.outputs.iter().for_each(|output| out.extend(output.enote.to_bytes()));
        for record in self.outputs.iter().filter_map(|output| output.lock.as_ref()) {
            match records {
                RecordForm::Full => record.write(out),
                RecordForm::Digest => out.extend(record.digest()),
            }
        }
    }

    /// Bit i is set if output i is locked.
    #[must_use]
    pub fn lock_bitmap(&self) -> u16 {
        let bits = self.outputs.iter().enumerate().filter(|(_, output)| output.lock.is_some());
        bits.fold(0, |bitmap, (i, _)| bitmap | 1u16.checked_shl(i as u32).expect("a bundle has 16 outputs at most"))
    }
}
