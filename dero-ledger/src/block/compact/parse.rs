//! Reading the compact form: bounded, exact, every refusal named.

use alloc::vec::Vec;

use dero_crypto::{
    asset::{AssetId, Descriptor},
    codec::Reader,
    enote::{Anchor, PublicEnote},
    error::DecodeError,
};

use super::{
    CompactBlock, CompactBundle, CompactEffect, CompactEffectKind, CompactEnote, CompactLock, CompactMove,
    CompactOutput, CompactRegistration, CompactTransaction, CompactValues,
};
use crate::{
    block::MAX_COINBASE_BYTES,
    transaction::{CoinbaseTx, ContractId, TxId, VaultId, limits},
};

/// txid, three counts, and the shortest bundle: one input that makes nothing.
const MIN_TRANSACTION_BYTES: usize = 32 + 3 + 16 + 5 + 32;
const EFFECT_BYTES: usize = 34;

/// A 32-bit count of items of at least `each` bytes, compared with the bytes that are left before anything is
/// allocated.
fn count(reader: &mut Reader<'_>, what: &'static str, each: usize) -> Result<usize, DecodeError> {
    let found = reader.u32(what)?;
    let max = reader.rest().len() / each;
    usize::try_from(found).ok().filter(|found| *found <= max).ok_or(DecodeError::Limit {
        what,
        found: found.into(),
        min: 0,
        max: max as u64,
    })
}

fn below(reader: &mut Reader<'_>, what: &'static str, end: usize) -> Result<u8, DecodeError> {
    let found = reader.u8(what)?;
    if usize::from(found) < end { Ok(found) } else { Err(DecodeError::Value { what, found: found.into() }) }
}

impl CompactBlock {
    /// Reads the scan part.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] for any bytes that no block has.
    pub fn parse(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes, "scan part");
        let transactions = count(&mut reader, "compact transactions", MIN_TRANSACTION_BYTES)?;
        let transactions =
            (0..transactions).map(|_| CompactTransaction::read(&mut reader)).collect::<Result<_, _>>()?;
        let length = count(&mut reader, "compact coinbase", 1)?;
        if length > MAX_COINBASE_BYTES {
            let max = MAX_COINBASE_BYTES as u64;
            return Err(DecodeError::Limit { what: "compact coinbase", found: length as u64, min: 0, max });
        }
        let coinbase = CoinbaseTx::parse(reader.slice(length, "compact coinbase")?)?;
        let effects = count(&mut reader, "compact effects", EFFECT_BYTES)?;
        let effects = (0..effects).map(|_| CompactEffect::read(&mut reader)).collect::<Result<_, _>>()?;
        reader.finish()?;
        Ok(Self { transactions, coinbase, effects })
    }
}

impl CompactEffect {
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let kind = match reader.u8("compact effect")? {
            1 => CompactEffectKind::Released,
            2 => CompactEffectKind::Refunded,
            7 => CompactEffectKind::Returned,
            found => return Err(DecodeError::Value { what: "compact effect", found: found.into() }),
        };
        Ok(Self { kind, id: reader.array("effect id")?, j: reader.u8("effect j")? })
    }
}

impl CompactTransaction {
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let txid = TxId(reader.array("txid")?);
        let count = reader.count("bundles", 1, limits::BUNDLES)?;
        let bundles: Vec<_> = (0..count).map(|_| CompactBundle::read(reader)).collect::<Result<_, _>>()?;
        let count = reader.count("moves out", 0, limits::MOVES)?;
        let moves_out = (0..count)
            .map(|_| {
                Ok(CompactMove {
                    bundle: below(reader, "bundle of a move", bundles.len())?,
                    contract: ContractId(reader.array("contract_id")?),
                    asset: AssetId(reader.array("asset of a move")?),
                    amount: reader.u64("amount of a move")?,
                    stub: PublicEnote::read(reader)?,
                })
            })
            .collect::<Result<_, DecodeError>>()?;
        let count = reader.count("register ops", 0, limits::OPS)?;
        let registrations = (0..count)
            .map(|_| {
                let op_index = below(reader, "op index", limits::OPS.into())?;
                let bundle = below(reader, "bundle of an op", bundles.len())?;
                let length = usize::from(reader.u16("descriptor length")?);
                let descriptor = reader.slice(length, "descriptor")?.to_vec();
                Descriptor::cut(&descriptor)?;
                Ok(CompactRegistration { op_index, bundle, descriptor })
            })
            .collect::<Result<_, DecodeError>>()?;
        Ok(Self { txid, bundles, moves_out, registrations })
    }
}

impl CompactBundle {
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let tx_nonce = reader.array("tx_nonce")?;
        let tags = reader.count("inputs of a bundle", 0, limits::BUNDLE_INPUTS)?;
        let vaults = reader.count("vault inputs of a bundle", 0, limits::BUNDLE_INPUTS)?;
        if tags + vaults > usize::from(limits::BUNDLE_INPUTS) {
            let (found, max) = ((tags + vaults) as u64, limits::BUNDLE_INPUTS.into());
            return Err(DecodeError::Limit { what: "inputs of a bundle", found, min: 0, max });
        }
        let outputs = reader.count("outputs of a bundle", 0, limits::BUNDLE_OUTPUTS)?;
        let bitmap = reader.u16("lock bitmap")?;
        if u32::from(bitmap) >> outputs != 0 {
            return Err(DecodeError::Value { what: "lock bitmap", found: bitmap.into() });
        }
        let anchor = if tags > 0 { None } else { Some(read_anchor(reader)?) };
        let tags = (0..tags).map(|_| reader.array("L")).collect::<Result<_, _>>()?;
        let vaults = (0..vaults).map(|_| reader.array("vault_id").map(VaultId)).collect::<Result<_, _>>()?;
        let mut outputs = (0..outputs)
            .map(|_| Ok(CompactOutput { enote: CompactEnote::read(reader)?, lock: None }))
            .collect::<Result<Vec<_>, DecodeError>>()?;
        for (i, output) in outputs.iter_mut().enumerate() {
            if bitmap >> i & 1 == 1 {
                output.lock = Some(CompactLock::read(reader)?);
            }
        }
        Ok(Self { tx_nonce, anchor, tags, vaults, outputs })
    }
}

/// The anchor of a bundle without private input: never a tag.
fn read_anchor(reader: &mut Reader<'_>) -> Result<Anchor, DecodeError> {
    let length = reader.u8("anchor length")?;
    let anchor = Anchor::from_bytes(reader.slice(length.into(), "anchor")?)?;
    if matches!(anchor, Anchor::Tag(_)) {
        return Err(DecodeError::Value { what: "anchor kind", found: 1 });
    }
    Ok(anchor)
}

impl CompactLock {
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let vault = VaultId(reader.array("vault_id")?);
        let contract = ContractId(reader.array("contract_id")?);
        let (due, accept_by) = (reader.u64("due")?, reader.u64("accept_by")?);
        let default = reader.u8("default")?;
        let count = reader.count("sealed alternatives", 0, limits::ALTERNATIVES)?;
        if usize::from(default) > count {
            return Err(DecodeError::Value { what: "default", found: default.into() });
        }
        let alternatives = (0..count)
            .map(|_| {
                let parts = reader.count("parts of an alternative", 1, limits::PARTS)?;
                (0..parts).map(|_| CompactEnote::read(reader)).collect::<Result<Vec<_>, _>>()
            })
            .collect::<Result<_, _>>()?;
        Ok(Self { vault, contract, due, accept_by, default, alternatives })
    }
}

impl CompactEnote {
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            one_time_key: reader.array("Ko")?,
            ephemeral_key: reader.array("De")?,
            view_tag_1: reader.u8("vt1")?,
            view_tag_2: reader.array("vt2")?,
            seed_enc: reader.array("sigma_enc")?,
            pay_enc: reader.array("pay_enc")?,
        })
    }
}

impl CompactValues {
    /// Reads the value part that belongs to `block`.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] if it holds fewer values than the block has outputs and parts, or other appended enotes
    /// than its effects allow: one of each refund, 1 to 4 of each release.
    pub fn parse(bytes: &[u8], block: &CompactBlock) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes, "value part");
        let values = block
            .enotes()
            .map(|_| Ok([reader.array("C")?, reader.array("T")?]))
            .collect::<Result<_, DecodeError>>()?;
        let of = |kind| block.effects.iter().filter(|effect| effect.kind == kind).count();
        let (released, refunded) = (of(CompactEffectKind::Released), of(CompactEffectKind::Refunded));
        let (min, max) = (released + refunded, usize::from(limits::PARTS) * released + refunded);
        let found = reader.rest().len() / 96;
        if !(min..=max).contains(&found) {
            let [found, min, max] = [found, min, max].map(|count| count as u64);
            return Err(DecodeError::Limit { what: "appended enotes", found, min, max });
        }
        let appended = (0..found).map(|_| reader.array("appended enote")).collect::<Result<_, _>>()?;
        reader.finish()?;
        Ok(Self { values, appended })
    }
}
