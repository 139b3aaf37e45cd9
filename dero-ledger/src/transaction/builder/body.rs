//! From a draft to Body: every list in its order, the balance closed.
//!
//! ```text
//! π = Σ masks of inputs − Σ masks of outputs + Σ masks of hidden mints − Σ masks of hidden burns
//! mask of C = a·T + x·G with T = A + b·G:  a·b + x;   an image adds r_C
//! ```

use alloc::{collections::BTreeMap, vec::Vec};

use dero_crypto::{
    DecodeError, NetworkId,
    asset::AssetId,
    commitment::Amount,
    enote::{MadeEnote, Opening},
    group::Scalar,
};

use super::{BuildError, BundleDraft, LockDraft, OpAction, OpDraft, TransactionDraft, secrets::ValueSecrets};
use crate::{
    rules::{TxError, order, structure},
    transaction::{
        AssetOp, Body, Bundle, Direction, Input, LockRecord, Output, PublicMove, limits, memo_digest,
        payload_digest,
    },
};

impl TransactionDraft {
    /// Everything that can be said before anything is computed: indices, amounts, memos.
    pub(super) fn check(&self) -> Result<(), BuildError> {
        let bundles = self.bundles.len();
        let ops = self.ops.iter().enumerate().map(|(index, op)| ("op", index, op.bundle));
        let moves = self.moves.iter().enumerate();
        let moves = moves.map(|(index, public_move)| ("move", index, usize::from(public_move.bundle)));
        if let Some((what, index, found)) = ops.chain(moves).find(|(_, _, found)| *found >= bundles) {
            return Err(BuildError::Bundle { what, index, found, bundles });
        }
        let expected = self.memo_class.bytes();
        let memos = self.bundles.iter().flat_map(|bundle| &bundle.outputs).map(|output| output.memo.len());
        match memos.into_iter().find(|found| *found != expected) {
            Some(found) => Err(BuildError::Memo { found, expected }),
            None if !self.is_balanced() => Err(BuildError::Unbalanced),
            None => Ok(()),
        }
    }

    /// Per asset, what goes in is what goes out. Counts are far too small for an i128 to overflow.
    fn is_balanced(&self) -> bool {
        let mut sums: BTreeMap<[u8; 32], i128> = BTreeMap::new();
        let mut term = |(base, amount): ([u8; 32], Amount), sign: i128| {
            *sums.entry(base).or_default() += sign * i128::from(amount.0);
        };
        let hidden = |opening: &Opening| (*opening.asset().as_bytes(), opening.amount());
        for bundle in &self.bundles {
            bundle.inputs.iter().for_each(|input| term(hidden(&input.opening), 1));
            bundle.vaults.iter().for_each(|(_, opening)| term(hidden(opening), 1));
            bundle.outputs.iter().for_each(|output| term(hidden(&output.made.opening), -1));
        }
        let public = |asset: &AssetId, amount| (asset.generator().to_bytes(), amount);
        for op in &self.ops {
            match &op.action {
                OpAction::Register(_) => {}
                OpAction::Mint(asset, amount) | OpAction::MintHidden(asset, amount, _) => {
                    term(public(asset, *amount), 1);
                }
                OpAction::Burn(asset, amount) => term(public(asset, *amount), -1),
                OpAction::BurnHidden(opening) => term(hidden(opening), -1),
            }
        }
        for PublicMove { asset, amount, direction, .. } in &self.moves {
            let sign = if matches!(direction, Direction::In { .. }) { 1 } else { -1 };
            term(public(asset, Amount(*amount)), sign);
        }
        term(public(&AssetId::NATIVE, Amount(self.fee)), -1);
        sums.values().all(|sum| *sum == 0)
    }

    /// Brings every list into the order of 10.4, step 3.
    pub(super) fn sort(&mut self) {
        self.bundles.iter_mut().for_each(sort_bundle);
        let mut order: Vec<usize> = (0..self.bundles.len()).collect();
        order.sort_by_key(|place| self.smallest_anchor(*place));
        let new_place = |old: usize| order.iter().position(|place| *place == old).expect("a permutation");
        for op in &mut self.ops {
            op.bundle = new_place(op.bundle);
        }
        for public_move in &mut self.moves {
            public_move.bundle = u8::try_from(new_place(public_move.bundle.into())).unwrap_or(u8::MAX);
        }
        let mut bundles = core::mem::take(&mut self.bundles);
        self.bundles = order.iter().map(|place| core::mem::take(&mut bundles[*place])).collect();
    }

    /// Body of a sorted draft; `hidden` holds the range values of hidden ops, by their places.
    pub(super) fn body(&self, hidden: &[Option<ValueSecrets>], net: &NetworkId) -> Result<Body, BuildError> {
        let memos = self.memos();
        let ops = self.ops.iter().zip(hidden).map(|(op, hidden)| asset_op(op, hidden.as_ref()));
        let body = Body {
            valid_from: self.valid_from,
            expiry: self.expiry,
            fee: self.fee,
            balance: self.balance().to_bytes(),
            bundles: self.bundles.iter().map(bundle).collect(),
            ops: ops.collect::<Result<_, _>>()?,
            moves: self.moves.clone(),
            payload_length: u32::try_from(self.payload.len())
                .map_err(|_| TxError::limit("Payload", self.payload.len(), 0, u32::MAX as usize))?,
            payload_digest: payload_digest(&self.payload),
            memo_class: self.memo_class,
            memo_digest: memo_digest(&memos),
        };
        counts(&body)?;
        // By reading it again: what is written obeys what is read.
        let body = Body::parse(&body.encode(net), net)?;
        structure::check_body(&body)?;
        order::check(&body)?;
        Ok(body)
    }

    /// Memos of a sorted draft.
    pub(super) fn memos(&self) -> Vec<u8> {
        self.bundles.iter().flat_map(|bundle| &bundle.outputs).flat_map(|output| &output.memo).copied().collect()
    }

    /// π.
    fn balance(&self) -> Scalar {
        let mask = |opening: &Opening| *opening.blinding().expose();
        let inputs = self.bundles.iter().flat_map(|bundle| &bundle.inputs);
        let inputs = inputs.map(|input| mask(&input.opening) + input.masks.commitment.expose());
        let vaults = self.bundles.iter().flat_map(|bundle| &bundle.vaults).map(|(_, opening)| mask(opening));
        let outputs = self.bundles.iter().flat_map(|bundle| &bundle.outputs);
        let outputs = outputs.map(|output| -mask(&output.made.opening));
        let ops = self.ops.iter().map(|op| match &op.action {
            OpAction::MintHidden(_, _, mask) => *mask.expose(),
            OpAction::BurnHidden(opening) => -mask(opening),
            OpAction::Register(_) | OpAction::Mint(..) | OpAction::Burn(..) => Scalar::ZERO,
        });
        inputs.chain(vaults).chain(outputs).chain(ops).sum()
    }
}

/// The limits of counts, before they are written as single bytes.
fn counts(body: &Body) -> Result<(), TxError> {
    let bundles = body.bundles.iter().flat_map(|bundle| {
        [
            ("inputs of a bundle", bundle.inputs.len() + bundle.vault_inputs.len(), limits::BUNDLE_INPUTS),
            ("outputs of a bundle", bundle.outputs.len(), limits::BUNDLE_OUTPUTS),
        ]
    });
    let records = body.lock_records().flat_map(|record| {
        let keys = record.accept.as_ref().map_or(0, |accept| accept.keys.len());
        let parts = record.alternatives.iter().map(Vec::len).max().unwrap_or(0);
        [
            ("accepting keys", keys, limits::ACCEPTING_KEYS),
            ("sealed alternatives", record.alternatives.len(), limits::ALTERNATIVES),
            ("parts of an alternative", parts, limits::PARTS),
        ]
    });
    let lists = [
        ("bundles", body.bundles.len(), limits::BUNDLES),
        ("ops", body.ops.len(), limits::OPS),
        ("moves", body.moves.len(), limits::MOVES),
    ];
    match lists.into_iter().chain(bundles).chain(records).find(|(_, found, max)| *found > usize::from(*max)) {
        Some((what, found, max)) => Err(TxError::limit(what, found, 0, max.into())),
        None => Ok(()),
    }
}

fn sort_bundle(bundle: &mut BundleDraft) {
    bundle.inputs.sort_by_key(|input| input.tag);
    bundle.vaults.sort_by_key(|(id, _)| *id);
    bundle.outputs.sort_by_key(|output| output.made.enote.one_time_key);
    for lock in bundle.outputs.iter_mut().filter_map(|output| output.lock.as_mut()) {
        lock.alternatives.iter_mut().for_each(|parts| parts.sort_by_key(|part| part.enote.one_time_key));
        if let Some(accept) = &mut lock.accept {
            accept.keys.sort_unstable();
        }
    }
}

fn bundle(draft: &BundleDraft) -> Bundle {
    Bundle {
        tx_nonce: draft.tx_nonce,
        inputs: draft
            .inputs
            .iter()
            .map(|input| Input {
                tag: input.tag.to_bytes(),
                key: input.image.key.to_bytes(),
                commitment: input.image.commitment.to_bytes(),
                asset_tag: input.image.asset_tag.to_bytes(),
            })
            .collect(),
        vault_inputs: draft.vaults.iter().map(|(id, _)| *id).collect(),
        outputs: draft
            .outputs
            .iter()
            .map(|output| Output { enote: output.made.enote, lock: output.lock.as_ref().map(lock_record) })
            .collect(),
    }
}

fn lock_record(draft: &LockDraft) -> LockRecord {
    let enotes = |parts: &Vec<MadeEnote>| parts.iter().map(|part| part.enote).collect();
    LockRecord {
        contract: draft.contract,
        authority: draft.authority.map_or([0; 32], |key| key.to_bytes()),
        due: draft.due,
        default: draft.default,
        accept: draft.accept.clone(),
        alternatives: draft.alternatives.iter().map(enotes).collect(),
    }
}

fn asset_op(op: &OpDraft, hidden: Option<&ValueSecrets>) -> Result<AssetOp, DecodeError> {
    let bundle = u8::try_from(op.bundle).unwrap_or(u8::MAX);
    let hidden = || hidden.expect("a hidden op has an opening");
    Ok(match &op.action {
        OpAction::Register(descriptor) => AssetOp::Register { bundle, descriptor: descriptor.to_bytes()? },
        OpAction::Mint(asset, amount) => AssetOp::Mint { bundle, asset: *asset, amount: amount.0 },
        OpAction::Burn(asset, amount) => AssetOp::Burn { bundle, asset: *asset, amount: amount.0 },
        OpAction::MintHidden(asset, ..) => AssetOp::MintHidden {
            bundle,
            asset: *asset,
            commitment: hidden().commitment.to_bytes(),
            range_commitment: hidden().range_commitment.to_bytes(),
        },
        OpAction::BurnHidden(_) => AssetOp::BurnHidden {
            bundle,
            asset_tag: hidden().tag.to_bytes(),
            commitment: hidden().commitment.to_bytes(),
            range_commitment: hidden().range_commitment.to_bytes(),
        },
    })
}
