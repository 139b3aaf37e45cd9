//! OutProofs, Auth and Membership, cut by what Body and state ask for.

use alloc::vec::Vec;

use dero_crypto::{
    DecodeError,
    codec::Reader,
    group::Point,
    membership::{AssetSet, MembershipProof, Reference, SurjectionProof},
    range::RangeProof,
    sigma::{Holding, LinkProof, SchnorrProof, SealedProof, SpendProof},
};

use super::{DecodedBody, at};
use crate::{
    rules::{Place, RuleParameters, TxError, state::Resolved},
    transaction::Body,
};

/// OutProofs of one bundle.
#[derive(Clone, Debug)]
pub(crate) struct BundleProofs {
    /// Per range value.
    pub(crate) values: Vec<ValueProofs>,
    /// Absent without range values.
    pub(crate) range: Option<RangeProof>,
    /// Per lock record with alternatives.
    pub(crate) sealed: Vec<SealedProof>,
}

/// A range value with its proofs.
#[derive(Clone, Debug)]
pub(crate) struct ValueProofs {
    pub(crate) holding: Holding,
    /// E.
    pub(crate) range_commitment: Point,
    pub(crate) link: LinkProof,
    /// For outputs and hidden burns.
    pub(crate) surjection: Option<SurjectionProof>,
}

/// Spend proofs and signatures.
#[derive(Clone, Debug)]
pub(crate) struct Auth {
    /// Per private input, in Body order.
    pub(crate) spends: Vec<SpendProof>,
    /// Per vault input with a payout key, in Body order.
    pub(crate) vaults: Vec<SchnorrProof>,
    /// Per op that a key signs, in Body order.
    pub(crate) issuers: Vec<SchnorrProof>,
}

pub(super) fn out_proofs(
    bytes: &[u8],
    body: &Body,
    decoded: &DecodedBody,
    omega: &AssetSet,
) -> Result<Vec<BundleProofs>, TxError> {
    let mut reader = Reader::new(bytes, "OutProofs");
    let bundles = (0..body.bundles.len())
        .map(|bundle| {
            bundle_proofs(&mut reader, body, decoded, omega, bundle).map_err(at(Place::OutProofs(bundle)))
        })
        .collect::<Result<_, _>>()?;
    reader.finish().map_err(at(Place::OutProofs(body.bundles.len())))?;
    Ok(bundles)
}

fn bundle_proofs(
    reader: &mut Reader<'_>,
    body: &Body,
    decoded: &DecodedBody,
    omega: &AssetSet,
    bundle: usize,
) -> Result<BundleProofs, DecodeError> {
    let mut values = decoded
        .range_values(body, bundle)
        .map(|(holding, range_commitment)| {
            let range_commitment = range_commitment.map_or_else(|| reader.point("E"), Ok)?;
            let link = LinkProof::from_bytes(reader.slice(LinkProof::LEN, "link proof")?)?;
            Ok(ValueProofs { holding, range_commitment, link, surjection: None })
        })
        .collect::<Result<Vec<_>, DecodeError>>()?;
    for (value, proofs) in body.range_values(bundle).zip(&mut values) {
        if value.has_surjection() {
            let bytes = reader.slice(SurjectionProof::len(omega), "surjection proof")?;
            proofs.surjection = Some(SurjectionProof::from_bytes(bytes, omega)?);
        }
    }
    let range = match values.len() {
        0 => None,
        count => Some(RangeProof::from_bytes(reader.slice(RangeProof::len(count)?, "range proof")?, count)?),
    };
    let records = body.bundles[bundle].outputs.iter().filter_map(|output| output.lock.as_ref());
    let sealed = records
        .filter(|record| !record.alternatives.is_empty())
        .map(|_| SealedProof::from_bytes(reader.slice(SealedProof::LEN, "sealed proof")?))
        .collect::<Result<_, _>>()?;
    Ok(BundleProofs { values, range, sealed })
}

impl Auth {
    pub(super) fn decode(bytes: &[u8], body: &Body, resolved: &Resolved) -> Result<Self, TxError> {
        let mut reader = Reader::new(bytes, "Auth");
        let mut decode = || {
            let spends = (0..body.input_count())
                .map(|_| SpendProof::from_bytes(reader.slice(SpendProof::LEN, "spend proof")?))
                .collect::<Result<_, _>>()?;
            let mut signatures = |count| {
                (0..count)
                    .map(|_| SchnorrProof::from_bytes(reader.slice(SchnorrProof::LEN, "signature")?))
                    .collect::<Result<_, DecodeError>>()
            };
            let vaults = signatures(resolved.vault_authorities().count())?;
            let issuers = signatures(resolved.keyed_ops().count())?;
            Ok(Self { spends, vaults, issuers })
        };
        let auth = decode().map_err(at(Place::Auth))?;
        reader.finish().map_err(at(Place::Auth))?;
        Ok(auth)
    }
}

pub(super) fn memberships(bytes: &[u8], parameters: &RuleParameters) -> Result<Vec<MembershipProof>, TxError> {
    bytes
        .chunks_exact(Reference::LEN + MembershipProof::len(parameters.sets))
        .enumerate()
        .map(|(input, bytes)| {
            MembershipProof::from_bytes(&bytes[Reference::LEN..], parameters.sets)
                .map_err(at(Place::Membership(input)))
        })
        .collect()
}
