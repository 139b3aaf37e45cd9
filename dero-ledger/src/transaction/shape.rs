//! Sizes that follow from Body: range values, Ω, the length of OutProofs (protocol 8.3, 8.4, 10.1).
//!
//! Verifiers compute every count here and read none from a proof.

use alloc::vec::Vec;

use dero_crypto::{
    NetworkId,
    asset::AssetId,
    enote::{Anchor, Enote, InputContext},
    group::Point,
    range::RangeProof,
    sigma::{LinkProof, SealedProof},
};

use super::{AssetOp, Body, Bundle, LockRecord, PublicMove, VaultId};

/// An amount that a bundle's range proof covers.
#[derive(Clone, Copy, Debug)]
pub enum RangeValue<'a> {
    /// An output, locked or not.
    Output(&'a Enote),
    /// A part of a sealed alternative that has several.
    Part(&'a Enote),
    /// A hidden mint or burn, with its place among all ops.
    Op(usize, &'a AssetOp),
}

impl RangeValue<'_> {
    /// Whether its asset must be shown to go in (8.4): outputs and hidden burns.
    #[must_use]
    pub fn has_surjection(&self) -> bool {
        matches!(self, Self::Output(_) | Self::Op(_, AssetOp::BurnHidden { .. }))
    }

    /// E, where Body holds it; otherwise it stands in OutProofs.
    #[must_use]
    pub fn range_commitment(&self) -> Option<&[u8; 32]> {
        match self {
            Self::Op(_, op) => op.range_commitment(),
            Self::Output(_) | Self::Part(_) => None,
        }
    }
}

impl Body {
    /// The range values of bundle `bundle` in the order of their numbers: outputs, parts of split alternatives,
    /// hidden mints and burns.
    pub fn range_values(&self, bundle: usize) -> impl Iterator<Item = RangeValue<'_>> {
        let outputs = &self.bundles[bundle].outputs;
        let parts = outputs.iter().filter_map(|output| output.lock.as_ref()).flat_map(LockRecord::split_parts);
        let ops = self.ops_of(bundle).filter(|(_, op)| op.range_commitment().is_some());
        outputs
            .iter()
            .map(|output| RangeValue::Output(&output.enote))
            .chain(parts.map(RangeValue::Part))
            .chain(ops.map(|(index, op)| RangeValue::Op(index, op)))
    }

    /// How many range values bundle `bundle` has.
    #[must_use]
    pub fn range_value_count(&self, bundle: usize) -> usize {
        self.range_values(bundle).count()
    }

    /// What bundle `bundle` consumes that can be consumed only once (4.2).
    pub fn anchors(&self, bundle: usize) -> impl Iterator<Item = Anchor> {
        let Bundle { inputs, vault_inputs, .. } = &self.bundles[bundle];
        let tags = inputs.iter().map(|input| Anchor::Tag(input.tag));
        let vaults = vault_inputs.iter().map(|vault| Anchor::Vault(vault.0));
        let moves = self.moves_of(bundle).filter_map(PublicMove::anchor);
        tags.chain(vaults).chain(moves)
    }

    /// a_min, the byte-wise smallest anchor of bundle `bundle`; none if it consumes nothing.
    #[must_use]
    pub fn smallest_anchor(&self, bundle: usize) -> Option<Anchor> {
        self.anchors(bundle).min()
    }

    /// The input contexts of all bundles; none if one has no anchor.
    #[must_use]
    pub fn input_contexts(&self, net: &NetworkId) -> Option<Vec<InputContext>> {
        (0..self.bundles.len())
            .map(|bundle| Some(InputContext::bundle(net, &self.smallest_anchor(bundle)?)))
            .collect()
    }

    /// The vaults that the transaction makes, one a lock record, in Body order. `contexts` are those of the bundles.
    #[must_use]
    pub fn vault_ids(&self, net: &NetworkId, contexts: &[InputContext]) -> Vec<VaultId> {
        let bundles = self.bundles.iter().zip(contexts);
        let locked = bundles.flat_map(|(bundle, ic)| bundle.outputs.iter().map(move |output| (ic, output)));
        locked.filter_map(|(ic, output)| Some(output.lock.as_ref()?.vault_id(net, ic, &output.enote))).collect()
    }

    /// Ω before padding, every asset that goes in: T~ of the private inputs and T of the vault inputs, which the
    /// caller gives in body order, the native asset, minted assets, assets of moves in.
    #[must_use]
    pub fn omega(
        &self,
        images: impl IntoIterator<Item = Point>,
        vaults: impl IntoIterator<Item = Point>,
    ) -> Vec<Point> {
        let mints = self.ops.iter().filter_map(AssetOp::minted_asset);
        let moves =
            self.moves.iter().filter(|public_move| public_move.is_in()).map(|public_move| &public_move.asset);
        let hidden = images.into_iter().chain(vaults);
        hidden.chain([AssetId::NATIVE.generator()]).chain(mints.chain(moves).map(AssetId::generator)).collect()
    }

    /// |Ω| before padding.
    #[must_use]
    pub fn omega_length(&self) -> usize {
        let mints = self.ops.iter().filter(|op| op.minted_asset().is_some()).count();
        let moves = self.moves.iter().filter(|public_move| public_move.is_in()).count();
        self.input_count() + self.vault_input_count() + 1 + mints + moves
    }

    /// q: Ω is padded to 2^q points.
    #[must_use]
    pub fn omega_bits(&self) -> u32 {
        self.omega_length().next_power_of_two().ilog2().max(1)
    }

    /// Bytes of OutProofs of a Body that keeps the limits.
    pub(crate) fn out_proofs_length(&self) -> usize {
        let surjection = 32 * (4 + 2 * self.omega_bits() as usize);
        let bundles = (0..self.bundles.len()).map(|bundle| {
            let values: usize = self
                .range_values(bundle)
                .map(|value| {
                    let commitment = if value.range_commitment().is_some() { 0 } else { 32 };
                    let surjection = if value.has_surjection() { surjection } else { 0 };
                    commitment + LinkProof::LEN + surjection
                })
                .sum();
            let range = match self.range_value_count(bundle) {
                0 => 0,
                count => RangeProof::len(count).expect("a bundle has 16 range values at most"),
            };
            values + range
        });
        let sealed = self.lock_records().filter(|record| !record.alternatives.is_empty()).count();
        bundles.sum::<usize>() + SealedProof::LEN * sealed
    }
}
