//! Is anything in this block mine? Needs the keys and the block, and nothing of the wallet's state.

use alloc::{collections::BTreeMap, vec, vec::Vec};

use dero_crypto::{
    NetworkId,
    asset::{AssetId, KnownAssets},
    enote::{DecodedEnote, Enote, Findable, Found, InputContext, PublicEnote, Recognised},
    keys::AuditKey,
};
use dero_ledger::{
    block::compact::{CompactBlock, CompactBundle, CompactEffectKind, CompactValues},
    transaction::VaultId,
};

use crate::{
    chain::Listable,
    enote::{Condition, Place, Record},
};

/// What a block holds for this wallet, as far as the block alone tells.
pub(crate) struct Trial {
    pub(crate) listable: Listable,
    pub(crate) bundles: Vec<TrialBundle>,
    /// Coinbase outputs of this wallet.
    pub(crate) coinbase: Vec<Hit>,
    pub(crate) coinbase_id: [u8; 32],
    /// Assets that the block registers.
    pub(crate) registered: Vec<AssetId>,
    /// Locked outputs, with the number of parts of each outcome.
    pub(crate) vaults: Vec<(VaultId, Vec<u8>)>,
    /// The block, if contracts released or returned something: what that is depends on vaults of other blocks.
    pub(crate) released: Option<(CompactBlock, CompactValues)>,
    /// Enotes that were tried.
    pub(crate) tried: u64,
}

/// One bundle of the block.
pub(crate) struct TrialBundle {
    pub(crate) txid: [u8; 32],
    pub(crate) context: InputContext,
    pub(crate) tx_nonce: [u8; 16],
    /// Whether it is the only bundle of its transaction, which takes nothing from a vault and moves nothing in public.
    pub(crate) alone: bool,
    pub(crate) tags: Vec<[u8; 32]>,
    pub(crate) slots: Vec<Slot>,
    /// Whether the self wraps were tried on all slots.
    pub(crate) tried_self: bool,
    pub(crate) hits: Vec<Hit>,
}

/// A place in a bundle where an enote of this wallet may stand.
pub(crate) struct Slot {
    pub(crate) place: Place,
    pub(crate) condition: Condition,
    pub(crate) context: InputContext,
    pub(crate) enote: Enote,
}

/// An enote that passed every check.
pub(crate) struct Hit {
    pub(crate) place: Place,
    pub(crate) condition: Condition,
    pub(crate) context: InputContext,
    pub(crate) record: Record,
    pub(crate) recognised: Recognised,
}

impl TrialBundle {
    /// Tries the self wraps on every slot that is no hit yet: hashes only, but for what fits.
    pub(crate) fn try_self(&mut self, keys: &AuditKey, known: &KnownAssets) {
        if core::mem::replace(&mut self.tried_self, true) {
            return;
        }
        for slot in &self.slots {
            let findable = Findable::new(&slot.context, &slot.enote);
            if self.hits.iter().any(|hit| hit.place == slot.place)
                || !keys.fits_self_view_tag_2(&findable.exchange(), slot.enote.view_tag_2)
            {
                continue;
            }
            let recognised =
                slot.enote.decode().ok().and_then(|enote| keys.recognise_self(&slot.context, &enote, known).ok());
            self.hits.extend(recognised.map(|recognised| slot.hit(recognised)));
        }
    }

    /// The outputs alone, decoded: what the maker of the bundle paid.
    pub(crate) fn outputs(&self) -> Vec<(Place, DecodedEnote)> {
        let outputs = self.slots.iter().filter(|slot| matches!(slot.place, Place::Output { .. }));
        outputs.filter_map(|slot| Some((slot.place, slot.enote.decode().ok()?))).collect()
    }
}

impl Slot {
    fn hit(&self, recognised: Recognised) -> Hit {
        Hit {
            place: self.place,
            condition: self.condition,
            context: self.context,
            record: Record::Hidden(self.enote),
            recognised,
        }
    }
}

/// Tries every enote of a block whose parts fit together; none without keys.
pub(crate) fn trial(
    keys: Option<&AuditKey>,
    net: &NetworkId,
    known: &KnownAssets,
    block: CompactBlock,
    values: CompactValues,
) -> Trial {
    let mut pairs = values.values.iter().copied();
    let mut listable = Listable::default();
    let (mut bundles, mut registered) = (Vec::new(), Vec::new());
    for (transaction, compact) in (0..).zip(&block.transactions) {
        for registration in &compact.registrations {
            let bundle = compact.bundles.get(usize::from(registration.bundle));
            let context = bundle.and_then(|bundle| bundle.input_context(net));
            let op_index = u32::from(registration.op_index);
            registered.extend(context.map(|ic| AssetId::derive(net, &registration.descriptor, &ic, op_index)));
        }
        for (number, bundle) in (0..).zip(&compact.bundles) {
            let Some(context) = bundle.input_context(net) else { continue };
            let slots = slots(transaction, number, bundle, context, &mut pairs);
            let listed = slots
                .iter()
                .filter(|slot| matches!(slot.place, Place::Output { .. }) && slot.condition == Condition::None);
            listable.outputs.extend(listed.map(|slot| entry(&slot.enote)));
            bundles.push(TrialBundle {
                txid: compact.txid.0,
                context,
                tx_nonce: bundle.tx_nonce,
                alone: compact.bundles.len() == 1 && compact.moves_out.is_empty() && bundle.vaults.is_empty(),
                tags: bundle.tags.clone(),
                slots,
                tried_self: false,
                hits: Vec::new(),
            });
        }
    }
    let coinbase_contexts: Vec<InputContext> =
        (0..).zip(&block.coinbase.outputs).map(|(index, _)| block.coinbase.input_context(net, index)).collect();

    let stubs = returned_stubs(net, &block);

    // One list, so that all encodings of the block share their inversions.
    let slots = bundles.iter().flat_map(|bundle| &bundle.slots);
    let mut findables: Vec<Findable<'_>> = slots.map(|slot| Findable::new(&slot.context, &slot.enote)).collect();
    findables.extend(
        coinbase_contexts
            .iter()
            .zip(&block.coinbase.outputs)
            .map(|(context, output)| Findable::public(context, &output.enote)),
    );
    findables.extend(stubs.iter().map(|stub| Findable::public(&stub.context, &stub.enote)));
    let found = match keys {
        Some(keys) => keys.find_key_with_self().find_batch(net, &findables),
        None => vec![Found::default(); findables.len()],
    };
    let tried = keys.map_or(0, |_| findables.len() as u64);
    let mut found = found.into_iter();
    let recognise = |context: &InputContext, enote: DecodedEnote| {
        keys.and_then(|keys| keys.view_received().recognise(net, context, &enote, known).ok())
    };

    for bundle in &mut bundles {
        let own: Vec<Found> = found.by_ref().take(bundle.slots.len()).collect();
        for (slot, _) in bundle.slots.iter().zip(&own).filter(|(_, found)| found.external) {
            let recognised = slot.enote.decode().ok().and_then(|enote| recognise(&slot.context, enote));
            bundle.hits.extend(recognised.map(|recognised| slot.hit(recognised)));
        }
        if let Some(keys) = keys
            && (!bundle.hits.is_empty() || own.iter().any(|found| found.self_send))
        {
            bundle.try_self(keys, known);
        }
    }
    let mut coinbase = Vec::new();
    for (index, ((output, context), found)) in
        (0..).zip(block.coinbase.outputs.iter().zip(&coinbase_contexts).zip(found.by_ref()))
    {
        let record = Record::Public { enote: output.enote, amount: output.amount, asset: AssetId::NATIVE };
        let Ok(decoded) = record.decode() else { continue };
        listable.coinbase.push(decoded_entry(&decoded));
        if let Some(recognised) = found.external.then(|| recognise(context, decoded)).flatten() {
            let (place, context) = (Place::Coinbase { index }, *context);
            coinbase.push(Hit { place, condition: Condition::None, context, record, recognised });
        }
    }
    for (stub, _) in stubs.iter().zip(found).filter(|(_, found)| found.external) {
        let record = Record::Public { enote: stub.enote, amount: stub.amount, asset: stub.asset };
        let recognised = record.decode().ok().and_then(|enote| recognise(&stub.context, enote));
        let (place, condition, context) = (stub.place, stub.condition, stub.context);
        let hit = recognised.map(|recognised| Hit { place, condition, context, record, recognised });
        if let Some(bundle) = bundles.get_mut(stub.bundle) {
            bundle.hits.extend(hit);
        }
    }
    let bundles_of = block.transactions.iter().flat_map(|transaction| &transaction.bundles);
    let locks = bundles_of.flat_map(|bundle| &bundle.outputs).filter_map(|output| output.lock.as_ref());
    let count = |parts: &Vec<_>| u8::try_from(parts.len()).expect("counts of the compact form are bytes");
    let vaults = locks.map(|lock| (lock.vault, lock.alternatives.iter().map(count).collect())).collect();
    let coinbase_id = block.coinbase.id(net).0;
    let released = (!block.effects.is_empty()).then_some((block, values));
    Trial { listable, bundles, coinbase, coinbase_id, registered, vaults, released, tried }
}

/// The stub of a public move that came back: an enote like one of the coinbase.
struct Stub {
    /// Its bundle, among all of the block.
    bundle: usize,
    place: Place,
    /// Whether it came back for certain.
    condition: Condition,
    context: InputContext,
    enote: PublicEnote,
    amount: u64,
    asset: AssetId,
}

/// The stubs of a block that its effects return; all others are nothing. An effect names a stub by Ko alone: where
/// more moves have that Ko than effects name it, each of them depends on what the list will say.
fn returned_stubs(net: &NetworkId, block: &CompactBlock) -> Vec<Stub> {
    let mut returned: BTreeMap<&[u8; 32], (usize, usize)> = BTreeMap::new();
    for effect in block.effects.iter().filter(|effect| effect.kind == CompactEffectKind::Returned) {
        returned.entry(&effect.id).or_default().0 += 1;
    }
    for public_move in block.transactions.iter().flat_map(|transaction| &transaction.moves_out) {
        if let Some((_, moves)) = returned.get_mut(&public_move.stub.one_time_key) {
            *moves += 1;
        }
    }
    let (mut stubs, mut before) = (Vec::new(), 0);
    for (transaction, compact) in (0..).zip(&block.transactions) {
        for (stub, public_move) in (0..).zip(&compact.moves_out) {
            let bundle = compact.bundles.get(usize::from(public_move.bundle));
            let Some(context) = bundle.and_then(|bundle| bundle.input_context(net)) else { continue };
            if let Some((effects, moves)) = returned.get(&public_move.stub.one_time_key) {
                stubs.push(Stub {
                    bundle: before + usize::from(public_move.bundle),
                    place: Place::Stub { transaction, stub },
                    condition: if effects == moves { Condition::None } else { Condition::Conditional },
                    context,
                    enote: public_move.stub,
                    amount: public_move.amount,
                    asset: public_move.asset,
                });
            }
        }
        before += compact.bundles.len();
    }
    stubs
}

/// Outputs and sealed parts of a bundle, with their values, in the order of the compact form.
fn slots(
    transaction: u32,
    number: u8,
    bundle: &CompactBundle,
    context: InputContext,
    values: &mut impl Iterator<Item = [[u8; 32]; 2]>,
) -> Vec<Slot> {
    let mut slots = Vec::new();
    for (output, compact) in (0..).zip(&bundle.outputs) {
        let Some(value) = values.next() else { break };
        slots.push(Slot {
            place: Place::Output { transaction, bundle: number, output },
            condition: if compact.lock.is_some() { Condition::Locked } else { Condition::None },
            context,
            enote: compact.enote.with_values(value),
        });
    }
    for (output, compact) in (0..).zip(&bundle.outputs) {
        let Some(lock) = &compact.lock else { continue };
        for (alternative, parts) in (1..).zip(&lock.alternatives) {
            let sealed = context.sealed(&compact.enote.one_time_key, u32::from(alternative));
            for (part, enote) in (1..).zip(parts) {
                let Some(value) = values.next() else { break };
                slots.push(Slot {
                    place: Place::Part { transaction, bundle: number, output, alternative, part },
                    condition: Condition::Conditional,
                    context: sealed,
                    enote: enote.with_values(value),
                });
            }
        }
    }
    slots
}

fn entry(enote: &Enote) -> [u8; 96] {
    join(&enote.one_time_key, &enote.commitment, &enote.asset_tag)
}

/// Ko ‖ C ‖ T of a decoded enote.
pub(crate) fn decoded_entry(enote: &DecodedEnote) -> [u8; 96] {
    join(enote.one_time_key().as_bytes(), enote.commitment().as_bytes(), enote.asset_tag().as_bytes())
}

fn join(key: &[u8; 32], commitment: &[u8; 32], tag: &[u8; 32]) -> [u8; 96] {
    let mut entry = [0; 96];
    entry[..32].copy_from_slice(key);
    entry[32..64].copy_from_slice(commitment);
    entry[64..].copy_from_slice(tag);
    entry
}

#[cfg(all(test, feature = "testing"))]
mod tests {
    use dero_crypto::keys::{AddressIndex, MasterSecret};
    use dero_ledger::source::ChainSource;
    use rand::{SeedableRng, rngs::StdRng};

    use super::*;
    use crate::testing::{MemorySource, at_once, small_network};

    #[test]
    fn without_keys_a_block_is_read_and_nothing_is_tried() {
        let keys = MasterSecret::from_bytes([3; 32]).audit_key();
        let mut chain = MemorySource::new(small_network(&[], |_| {}), StdRng::seed_from_u64(1));
        chain.set_miner(keys.address_key().address(AddressIndex(0)));
        chain.mine_many(1);
        let stored = at_once(chain.compact(1..2)).unwrap().remove(0);
        let read = |keys| {
            let block = CompactBlock::parse(&stored.scan).unwrap();
            let values = CompactValues::parse(&stored.values, &block).unwrap();
            trial(keys, chain.network().id(), &KnownAssets::native(), block, values)
        };
        let (tried, read) = (read(Some(&keys)), read(None));
        assert_eq!((tried.tried, tried.coinbase.len()), (1, 1));
        assert_eq!((read.tried, read.coinbase.len()), (0, 0));
        assert_eq!((read.listable.coinbase.len(), &read.listable), (1, &tried.listable));
    }
}
