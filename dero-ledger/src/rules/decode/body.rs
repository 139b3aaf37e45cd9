//! Points and scalars of Body.

#![allow(non_snake_case)] // Symbols match the equations.

use alloc::vec::Vec;

use dero_crypto::{
    DecodeError,
    asset::AssetId,
    enote::Enote,
    group::{Point, Scalar, decode_scalar},
    keys::LinkingTag,
    membership::Image,
    sigma::{Alternatives, Holding},
};

use super::at;
use crate::{
    rules::{Place, TxError, state::Resolved},
    transaction::{AssetOp, Body, Bundle, Input, LockRecord, PublicMove},
};

#[derive(Clone, Debug)]
pub(crate) struct DecodedBody {
    /// π.
    pub(crate) balance: Scalar,
    pub(crate) bundles: Vec<DecodedBundle>,
    /// Per op.
    pub(crate) ops: Vec<DecodedOp>,
    /// Per op that a key signs: its place, its asset, the key.
    pub(crate) issuers: Vec<(usize, AssetId, Point)>,
}

#[derive(Clone, Debug)]
pub(crate) struct DecodedBundle {
    pub(crate) inputs: Vec<DecodedInput>,
    pub(crate) outputs: Vec<DecodedOutput>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct DecodedInput {
    pub(crate) tag: LinkingTag,
    pub(crate) image: Image,
}

#[derive(Clone, Debug)]
pub(crate) struct DecodedOutput {
    pub(crate) holding: Holding,
    /// Parts of each sealed alternative, if it is locked.
    pub(crate) lock: Option<Vec<Vec<Holding>>>,
}

/// What an op adds to the balance; a hidden one also is a range value.
#[derive(Clone, Copy, Debug)]
pub(crate) enum DecodedOp {
    Register,
    Mint(AssetId, u64),
    /// (A_α, Mc) and E.
    MintHidden(Holding, Point),
    Burn(AssetId, u64),
    /// (T', Mc) and E.
    BurnHidden(Holding, Point),
}

impl DecodedBody {
    pub(crate) fn decode(body: &Body, resolved: &Resolved) -> Result<Self, TxError> {
        let balance = decode_scalar(&body.balance, "pi").map_err(at(Place::Body))?;
        let bundles = each(&body.bundles, Place::Bundle, bundle)?;
        let ops = each(&body.ops, Place::Op, op)?;
        // Registered keys were decoded when they were registered; those of this transaction are new.
        let issuers = resolved
            .keyed_ops()
            .map(|(op, asset, key)| match Point::decode(&key, "issuer key") {
                Ok(key) => Ok((op, asset, key)),
                Err(error) => Err(at(Place::Op(op))(error)),
            })
            .collect::<Result<_, _>>()?;
        each(&body.moves, Place::Move, stub)?;
        Ok(Self { balance, bundles, ops, issuers })
    }

    /// (T, C) of the range values of a bundle, in their order, with E where Body holds it.
    pub(crate) fn range_values(
        &self,
        body: &Body,
        bundle: usize,
    ) -> impl Iterator<Item = (Holding, Option<Point>)> {
        let outputs = &self.bundles[bundle].outputs;
        let splits =
            outputs.iter().filter_map(|output| output.lock.as_ref()).flatten().filter(|parts| parts.len() > 1);
        let ops = body.ops_of(bundle).filter_map(|(place, _)| match self.ops[place] {
            DecodedOp::MintHidden(holding, E) | DecodedOp::BurnHidden(holding, E) => Some((holding, Some(E))),
            DecodedOp::Register | DecodedOp::Mint(..) | DecodedOp::Burn(..) => None,
        });
        let enotes = outputs.iter().map(|output| output.holding).chain(splits.flatten().copied());
        enotes.map(|holding| (holding, None)).chain(ops)
    }

    /// The outcomes of lock records that have any, with the places of the records.
    pub(crate) fn alternatives(&self) -> Result<Vec<(usize, Alternatives)>, TxError> {
        let outputs = self.bundles.iter().flat_map(|bundle| &bundle.outputs);
        let locked = outputs.filter_map(|output| Some((output.holding, output.lock.as_ref()?)));
        locked
            .enumerate()
            .filter(|(_, (_, alternatives))| !alternatives.is_empty())
            .map(|(record, (locked, alternatives))| {
                let alternatives = Alternatives::new(locked, alternatives.clone());
                Ok((record, alternatives.map_err(|error| TxError::Sealed { record, error })?))
            })
            .collect()
    }
}

fn each<T, U>(
    items: &[T],
    place: fn(usize) -> Place,
    decode: fn(&T) -> Result<U, DecodeError>,
) -> Result<Vec<U>, TxError> {
    items.iter().enumerate().map(|(index, item)| decode(item).map_err(at(place(index)))).collect()
}

fn bundle(bundle: &Bundle) -> Result<DecodedBundle, DecodeError> {
    let inputs = bundle.inputs.iter().map(input).collect::<Result<_, _>>()?;
    let holdings = bundle.outputs.iter().map(|output| enote(&output.enote)).collect::<Result<Vec<_>, _>>()?;
    let outputs = bundle
        .outputs
        .iter()
        .zip(holdings)
        .map(|(output, holding)| {
            let lock = output.lock.as_ref().map(lock_record).transpose()?;
            Ok(DecodedOutput { holding, lock })
        })
        .collect::<Result<_, DecodeError>>()?;
    Ok(DecodedBundle { inputs, outputs })
}

fn input(input: &Input) -> Result<DecodedInput, DecodeError> {
    Ok(DecodedInput {
        tag: LinkingTag::decode(&input.tag)?,
        image: Image {
            key: Point::decode(&input.key, "K~")?,
            commitment: Point::decode(&input.commitment, "C~")?,
            asset_tag: Point::decode(&input.asset_tag, "T~")?,
        },
    })
}

fn enote(enote: &Enote) -> Result<Holding, DecodeError> {
    Point::decode(&enote.one_time_key, "Ko")?;
    let holding = holding(&enote.asset_tag, &enote.commitment)?;
    Point::decode(&enote.ephemeral_key, "De")?;
    Ok(holding)
}

fn holding(asset_tag: &[u8; 32], commitment: &[u8; 32]) -> Result<Holding, DecodeError> {
    Ok(Holding { C: Point::decode(commitment, "C")?, T: Point::decode(asset_tag, "T")? })
}

fn lock_record(record: &LockRecord) -> Result<Vec<Vec<Holding>>, DecodeError> {
    if let Some(authority) = record.authority() {
        Point::decode(authority, "P_auth")?;
    }
    for key in record.accept.iter().flat_map(|accept| &accept.keys) {
        Point::decode(key, "P_acc")?;
    }
    record.alternatives.iter().map(|parts| parts.iter().map(enote).collect()).collect()
}

fn op(op: &AssetOp) -> Result<DecodedOp, DecodeError> {
    Ok(match op {
        AssetOp::Register { .. } => DecodedOp::Register,
        AssetOp::Mint { asset, amount, .. } => DecodedOp::Mint(*asset, *amount),
        AssetOp::Burn { asset, amount, .. } => DecodedOp::Burn(*asset, *amount),
        AssetOp::MintHidden { asset, commitment, range_commitment, .. } => {
            let holding = Holding { T: asset.generator(), C: Point::decode(commitment, "Mc")? };
            DecodedOp::MintHidden(holding, Point::decode(range_commitment, "E")?)
        }
        AssetOp::BurnHidden { asset_tag, commitment, range_commitment, .. } => {
            let holding = Holding { T: Point::decode(asset_tag, "T'")?, C: Point::decode(commitment, "Mc")? };
            DecodedOp::BurnHidden(holding, Point::decode(range_commitment, "E")?)
        }
    })
}

fn stub(public_move: &PublicMove) -> Result<(), DecodeError> {
    if let Some(stub) = public_move.stub() {
        Point::decode(&stub.one_time_key, "Ko of a stub")?;
        Point::decode(&stub.ephemeral_key, "De of a stub")?;
    }
    Ok(())
}
