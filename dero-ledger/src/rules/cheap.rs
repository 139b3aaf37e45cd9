//! Step 2: heights, fee, amounts, lengths and digests; what needs a Payload; what is allowed yet.

use super::{PayloadUse, RuleParameters, Section, TxError};
use crate::transaction::{AssetOp, Body, Transaction, fee, limits, memo_digest, payload_digest};

/// What a Payload is, by its first byte (vaults 12.7.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PayloadKind {
    /// Calls a contract.
    Call,
    /// Brings a contract into the state.
    Deploy,
}

impl PayloadKind {
    /// Reads the kind of `payload`; none if it is empty.
    ///
    /// # Errors
    ///
    /// [`TxError::PayloadKind`] for another first byte, [`TxError::PayloadLimit`] for more bytes than the kind
    /// allows.
    pub fn of(payload: &[u8]) -> Result<Option<Self>, TxError> {
        let (kind, max) = match payload.first() {
            None => return Ok(None),
            Some(1) => (Self::Call, limits::CALL_BYTES),
            Some(2) => (Self::Deploy, limits::DEPLOY_BYTES),
            Some(&found) => return Err(TxError::PayloadKind { found }),
        };
        if payload.len() > max {
            return Err(TxError::PayloadLimit { found: payload.len(), max });
        }
        Ok(Some(kind))
    }
}

/// `weight` is that of the transaction.
pub(crate) fn check(
    tx: &Transaction,
    weight: u64,
    parameters: &RuleParameters,
    height: u64,
) -> Result<(), TxError> {
    let body = &tx.body;
    heights(body, height)?;
    fees(body.fee, weight, parameters)?;
    amounts(body)?;
    let memos = body.output_count() * body.memo_class.bytes();
    section(Section::Memos, memos, &tx.memos, body.memo_digest, memo_digest)?;
    let payload = usize::try_from(body.payload_length).unwrap_or(usize::MAX);
    section(Section::Payload, payload, &tx.payload, body.payload_digest, payload_digest)?;
    let kind = PayloadKind::of(&tx.payload)?;
    payload_uses(body).try_for_each(|by| needs_payload(by, kind))?;
    allowed(body, kind, parameters, height)
}

fn heights(body: &Body, height: u64) -> Result<(), TxError> {
    let Body { valid_from, expiry, .. } = *body;
    if height < valid_from {
        return Err(TxError::NotYetValid { valid_from, height });
    }
    if expiry != 0 && height > expiry {
        return Err(TxError::Expired { expiry, height });
    }
    Ok(())
}

fn fees(fee: u64, weight: u64, parameters: &RuleParameters) -> Result<(), TxError> {
    if !fee::is_quantised(fee) {
        return Err(TxError::FeeNotQuantised { fee });
    }
    let minimum = fee::minimum(weight, parameters.fee_rate).ok_or(TxError::WeightUnpayable { weight })?;
    if fee < minimum {
        return Err(TxError::FeeTooLow { fee, weight, minimum });
    }
    Ok(())
}

fn amounts(body: &Body) -> Result<(), TxError> {
    for (index, op) in body.ops.iter().enumerate() {
        if let AssetOp::Mint { amount: 0, .. } | AssetOp::Burn { amount: 0, .. } = op {
            return Err(TxError::ZeroAmount { what: "op", index });
        }
    }
    match body.moves.iter().position(|public_move| public_move.amount == 0) {
        Some(index) => Err(TxError::ZeroAmount { what: "move", index }),
        None => Ok(()),
    }
}

fn section(
    section: Section,
    expected: usize,
    bytes: &[u8],
    digest: [u8; 32],
    hash: fn(&[u8]) -> [u8; 32],
) -> Result<(), TxError> {
    if bytes.len() != expected {
        return Err(TxError::SectionLength { section, expected, found: bytes.len() });
    }
    if hash(bytes) != digest {
        return Err(TxError::Digest { section });
    }
    Ok(())
}

/// What of Body asks for a Payload. Who issues a minted asset is known in step 4.
fn payload_uses(body: &Body) -> impl Iterator<Item = PayloadUse> {
    let records = body.lock_records().map(|_| PayloadUse::LockRecord);
    let vaults = body.bundles.iter().flat_map(|bundle| &bundle.vault_inputs).map(|_| PayloadUse::VaultInput);
    let moves = body.moves.iter().map(|public_move| match public_move.is_in() {
        true => PayloadUse::MoveIn,
        false => PayloadUse::MoveOut,
    });
    // The first byte of a descriptor says who issues; its other rules belong to step 4.
    let registrations = body.ops.iter().filter_map(|op| match op {
        AssetOp::Register { descriptor, .. } => {
            (descriptor.first() == Some(&1)).then_some(PayloadUse::Registration)
        }
        _ => None,
    });
    records.chain(vaults).chain(moves).chain(registrations)
}

pub(super) fn needs_payload(by: PayloadUse, payload: Option<PayloadKind>) -> Result<(), TxError> {
    match (by, payload) {
        (_, Some(PayloadKind::Call)) | (PayloadUse::MoveOut, Some(PayloadKind::Deploy)) => Ok(()),
        _ => Err(TxError::PayloadRequired { by }),
    }
}

fn allowed(
    body: &Body,
    payload: Option<PayloadKind>,
    parameters: &RuleParameters,
    height: u64,
) -> Result<(), TxError> {
    if !body.ops.is_empty() && height < parameters.assets_from {
        return Err(TxError::NotYetAllowed { what: "an op on assets", from: parameters.assets_from });
    }
    let contracts = [
        ("a lock record", body.lock_records().next().is_some()),
        ("a vault input", body.vault_input_count() > 0),
        ("a move", !body.moves.is_empty()),
        ("a Payload", payload.is_some()),
    ];
    match contracts.into_iter().find(|(_, used)| *used) {
        Some((what, _)) if height < parameters.contracts_from => {
            Err(TxError::NotYetAllowed { what, from: parameters.contracts_from })
        }
        _ => Ok(()),
    }
}
