//! Step 4: what the state before the transaction says. Never cached.

use alloc::{
    boxed::Box,
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    vec::Vec,
};

use dero_crypto::{
    NetworkId,
    asset::{AssetId, Descriptor, Issuer},
    enote::InputContext,
    group::Point,
    membership::{Interval, ListView, MembershipProof, Reference, ReferenceKind, ReferenceSet},
    sigma::{SchnorrProof, SpendProof},
};

use super::{CheckError, PayloadUse, RuleParameters, Section, TxError, cheap::PayloadKind, cheap::needs_payload};
use crate::transaction::{
    AcceptPhase, AssetOp, Body, ContractId, Direction, LockRecord, Transaction, VaultId, limits,
};

/// The state in which a transaction is judged: that of the block before, after the appends of this height to the
/// reference list and after all earlier transactions of the block.
///
/// # Contract
///
/// All answers come from one consistent state. The same interval gives the same [`Arc`], so that the proofs of a
/// batch share their members. An error means that the state could not be read; it is nobody's fault and never an
/// answer.
pub trait StateView {
    /// What can go wrong with reading.
    type Error;

    /// The height of the block that includes the transaction; in the pool tip + 1.
    fn height(&self) -> u64;

    /// Whether a linking tag is spent.
    ///
    /// # Errors
    ///
    /// If the state cannot be read; so for all methods below.
    fn is_spent(&self, tag: &[u8; 32]) -> Result<bool, Self::Error>;

    /// A vault, whatever its state.
    ///
    /// # Errors
    ///
    /// If the state cannot be read.
    fn vault(&self, id: &VaultId) -> Result<Option<VaultStatus>, Self::Error>;

    /// Whether the nonce of a move in was used before.
    ///
    /// # Errors
    ///
    /// If the state cannot be read.
    fn is_nonce_used(&self, contract: &ContractId, nonce: &[u8; 32]) -> Result<bool, Self::Error>;

    /// Whether a contract exists.
    ///
    /// # Errors
    ///
    /// If the state cannot be read.
    fn contract_exists(&self, contract: &ContractId) -> Result<bool, Self::Error>;

    /// Length of the reference list after the appends of this height.
    ///
    /// # Errors
    ///
    /// If the state cannot be read.
    fn list_length(&self) -> Result<u64, Self::Error>;

    /// e(a), the length of the list after the appends of height 5a, which is not above this height.
    ///
    /// # Errors
    ///
    /// If the state cannot be read.
    fn anchor_length(&self, anchor: u32) -> Result<u64, Self::Error>;

    /// The members of an interval of the list, decoded, with the accumulator before and after them.
    ///
    /// # Errors
    ///
    /// If the state cannot be read.
    fn reference_set(&self, kind: ReferenceKind, interval: Interval) -> Result<Arc<ReferenceSet>, Self::Error>;

    /// A registered asset.
    ///
    /// # Errors
    ///
    /// If the state cannot be read.
    fn asset(&self, id: &AssetId) -> Result<Option<AssetRow>, Self::Error>;
}

/// What the state knows of a vault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VaultStatus {
    /// Waits for its accepting keys.
    Offered,
    /// Held by its contract.
    Locked(Box<LockedVault>),
    /// Released, paid or refunded.
    Settled,
}

/// A vault that a transaction may list as an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LockedVault {
    /// C of the locked enote.
    pub commitment: Point,
    /// T of the locked enote.
    pub asset_tag: Point,
    /// P_auth of its record, if it has one.
    pub authority: Option<Point>,
    /// The contract that holds it.
    pub contract: ContractId,
    /// From this height on only its default outcome is possible.
    pub due: u64,
}

/// A row of the asset registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssetRow {
    /// The public terms.
    pub descriptor: Descriptor,
    /// Units issued so far; burns do not lower it.
    pub issued: u64,
    /// Mint ops so far, public and hidden.
    pub mint_ops: u32,
}

/// What step 4 found: everything of the state on which later steps and the state change depend.
#[derive(Clone, Debug)]
pub(crate) struct Resolved {
    /// Per vault input, in Body order.
    pub(crate) vaults: Vec<(VaultId, LockedVault)>,
    /// Per private input, in Body order.
    pub(crate) sets: Vec<Arc<ReferenceSet>>,
    /// Per op, in Body order.
    pub(crate) ops: Vec<ResolvedOp>,
}

/// What an op of Body does to the registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResolvedOp {
    /// The asset that it registers, mints or burns; none for a hidden burn.
    pub asset: Option<AssetId>,
    /// Who must agree; none for burns.
    pub issuer: Option<Issuer>,
    /// The row of the asset after this op, if the op changes it.
    pub row: Option<AssetRow>,
}

impl Resolved {
    /// Vault inputs whose record names a payout key.
    pub(crate) fn vault_authorities(&self) -> impl Iterator<Item = (usize, VaultId, Point)> {
        let vaults = self.vaults.iter().enumerate();
        vaults.filter_map(|(input, (id, vault))| Some((input, *id, vault.authority?)))
    }

    /// Ops that a key must sign: place, asset, key.
    pub(crate) fn keyed_ops(&self) -> impl Iterator<Item = (usize, AssetId, [u8; 32])> {
        self.ops.iter().enumerate().filter_map(|(place, op)| match (op.asset, &op.issuer) {
            (Some(asset), Some(Issuer::Key(key))) => Some((place, asset, *key)),
            _ => None,
        })
    }
}

/// `contexts` are the input contexts of the bundles.
pub(crate) fn check<S: StateView>(
    tx: &Transaction,
    contexts: &[InputContext],
    parameters: &RuleParameters,
    state: &S,
) -> Result<Resolved, CheckError<S::Error>> {
    let body = &tx.body;
    unspent(body, state)?;
    let vaults = vaults(body, state)?;
    nonces(body, state)?;
    body.lock_records().try_for_each(|record| lock_record(record, state))?;
    let intervals = intervals(tx, parameters, state)?;
    let ops = ops(tx, contexts, &parameters.net, state)?;
    let mut resolved = Resolved { vaults, sets: Vec::new(), ops };
    auth_length(tx, &resolved)?;
    // Last, since it reads most: members of up to eight intervals.
    let mut sets: BTreeMap<(ReferenceKind, Interval), Arc<ReferenceSet>> = BTreeMap::new();
    for key in intervals {
        let set = match sets.get(&key) {
            Some(known) => Arc::clone(known),
            None => state.reference_set(key.0, key.1).map_err(CheckError::State)?,
        };
        sets.insert(key, Arc::clone(&set));
        resolved.sets.push(set);
    }
    Ok(resolved)
}

fn unspent<S: StateView>(body: &Body, state: &S) -> Result<(), CheckError<S::Error>> {
    let inputs = body.bundles.iter().flat_map(|bundle| &bundle.inputs);
    for (place, input) in inputs.enumerate() {
        if state.is_spent(&input.tag).map_err(CheckError::State)? {
            return Err(TxError::Spent { input: place }.into());
        }
    }
    Ok(())
}

fn vaults<S: StateView>(body: &Body, state: &S) -> Result<Vec<(VaultId, LockedVault)>, CheckError<S::Error>> {
    let height = state.height();
    body.bundles
        .iter()
        .flat_map(|bundle| &bundle.vault_inputs)
        .map(|&vault| match state.vault(&vault).map_err(CheckError::State)? {
            None => Err(TxError::UnknownVault { vault }.into()),
            Some(VaultStatus::Offered | VaultStatus::Settled) => Err(TxError::VaultNotLocked { vault }.into()),
            Some(VaultStatus::Locked(locked)) if height >= locked.due => {
                Err(TxError::VaultDue { vault, due: locked.due, height }.into())
            }
            Some(VaultStatus::Locked(locked)) => Ok((vault, *locked)),
        })
        .collect()
}

fn nonces<S: StateView>(body: &Body, state: &S) -> Result<(), CheckError<S::Error>> {
    for (index, public_move) in body.moves.iter().enumerate() {
        if let Direction::In { nonce } = &public_move.direction
            && state.is_nonce_used(&public_move.contract, nonce).map_err(CheckError::State)?
        {
            return Err(TxError::NonceUsed { index }.into());
        }
    }
    Ok(())
}

fn lock_record<S: StateView>(record: &LockRecord, state: &S) -> Result<(), CheckError<S::Error>> {
    let LockRecord { contract, due, .. } = *record;
    if !state.contract_exists(&contract).map_err(CheckError::State)? {
        return Err(TxError::UnknownContract { contract }.into());
    }
    let height = state.height();
    if due <= height {
        return Err(TxError::RecordDue { due, height }.into());
    }
    match record.accept {
        Some(AcceptPhase { accept_by, .. }) if !(height..due).contains(&accept_by) => {
            Err(TxError::RecordAcceptBy { accept_by, height, due }.into())
        }
        _ => Ok(()),
    }
}

fn intervals<S: StateView>(
    tx: &Transaction,
    parameters: &RuleParameters,
    state: &S,
) -> Result<Vec<(ReferenceKind, Interval)>, CheckError<S::Error>> {
    let view = ListView {
        height: state.height(),
        length: state.list_length().map_err(CheckError::State)?,
        parameters: parameters.sets,
        min_length: parameters.shortest_list,
    };
    let proof = Reference::LEN + MembershipProof::len(parameters.sets);
    let intervals = tx
        .membership
        .chunks_exact(proof)
        .enumerate()
        .map(|(input, bytes)| {
            let reference = Reference::from_bytes(&bytes[..Reference::LEN])
                .map_err(|error| TxError::ReferenceKind { input, error })?;
            let interval =
                reference.resolve(&view, |anchor| state.anchor_length(anchor).map_err(Unresolved::State));
            match interval {
                Ok(interval) => Ok((reference.kind(), interval)),
                Err(Unresolved::Reference(error)) => Err(TxError::Reference { input, error }.into()),
                Err(Unresolved::State(error)) => Err(CheckError::State(error)),
            }
        })
        .collect::<Result<Vec<_>, CheckError<S::Error>>>()?;
    // A closed and an open spelling of the same positions are one interval.
    let found = intervals.iter().map(|(_, interval)| interval).collect::<BTreeSet<_>>().len();
    if found > limits::INTERVALS {
        return Err(TxError::TooManyIntervals { found, max: limits::INTERVALS }.into());
    }
    Ok(intervals)
}

/// Why a reference has no interval: itself, or the state's reader.
enum Unresolved<E> {
    Reference(dero_crypto::membership::ReferenceError),
    State(E),
}

impl<E> From<dero_crypto::membership::ReferenceError> for Unresolved<E> {
    fn from(error: dero_crypto::membership::ReferenceError) -> Self {
        Self::Reference(error)
    }
}

/// The registry as ops of this transaction leave it.
struct Registry<'a, S> {
    state: &'a S,
    changed: BTreeMap<AssetId, AssetRow>,
}

impl<S: StateView> Registry<'_, S> {
    fn find(&self, asset: &AssetId) -> Result<Option<AssetRow>, CheckError<S::Error>> {
        match self.changed.get(asset) {
            Some(row) => Ok(Some(row.clone())),
            None => self.state.asset(asset).map_err(CheckError::State),
        }
    }

    fn get(&self, op: usize, asset: &AssetId) -> Result<AssetRow, CheckError<S::Error>> {
        self.find(asset)?.ok_or(TxError::UnknownAsset { op, asset: *asset }.into())
    }
}

fn ops<S: StateView>(
    tx: &Transaction,
    contexts: &[InputContext],
    net: &NetworkId,
    state: &S,
) -> Result<Vec<ResolvedOp>, CheckError<S::Error>> {
    let payload = PayloadKind::of(&tx.payload)?;
    let mut registry = Registry { state, changed: BTreeMap::new() };
    tx.body
        .ops
        .iter()
        .enumerate()
        .map(|(place, op)| {
            let resolved = match op {
                AssetOp::Register { bundle, descriptor } => {
                    let context = &contexts[usize::from(*bundle)];
                    register(place, descriptor, context, net, &registry)?
                }
                AssetOp::Mint { asset, amount, .. } => mint(place, *asset, Some(*amount), payload, &registry)?,
                AssetOp::MintHidden { asset, .. } => mint(place, *asset, None, payload, &registry)?,
                AssetOp::Burn { asset, .. } => {
                    if !asset.is_native() && !registry.get(place, asset)?.descriptor.rules.burnable {
                        return Err(TxError::NotBurnable { op: place }.into());
                    }
                    ResolvedOp { asset: Some(*asset), issuer: None, row: None }
                }
                AssetOp::BurnHidden { .. } => ResolvedOp { asset: None, issuer: None, row: None },
            };
            if let ResolvedOp { asset: Some(asset), row: Some(row), .. } = &resolved {
                registry.changed.insert(*asset, row.clone());
            }
            Ok(resolved)
        })
        .collect()
}

fn register<S: StateView>(
    op: usize,
    bytes: &[u8],
    context: &InputContext,
    net: &NetworkId,
    registry: &Registry<'_, S>,
) -> Result<ResolvedOp, CheckError<S::Error>> {
    let descriptor = Descriptor::cut(bytes).map_err(|error| TxError::Descriptor { op, error })?;
    let index = u32::try_from(op).expect("a transaction has four ops at most");
    new_asset(op, AssetId::derive(net, bytes, context, index), descriptor, registry)
}

/// The native asset is not in the registry and never comes into it, whatever a hash says.
fn new_asset<S: StateView>(
    op: usize,
    asset: AssetId,
    descriptor: Descriptor,
    registry: &Registry<'_, S>,
) -> Result<ResolvedOp, CheckError<S::Error>> {
    if asset.is_native() || registry.find(&asset)?.is_some() {
        return Err(TxError::AssetExists { op, asset }.into());
    }
    let issuer = Some(descriptor.issuer);
    let row = AssetRow { descriptor, issued: 0, mint_ops: 0 };
    Ok(ResolvedOp { asset: Some(asset), issuer, row: Some(row) })
}

/// `amount` is none for a hidden mint.
fn mint<S: StateView>(
    op: usize,
    asset: AssetId,
    amount: Option<u64>,
    payload: Option<PayloadKind>,
    registry: &Registry<'_, S>,
) -> Result<ResolvedOp, CheckError<S::Error>> {
    if asset.is_native() {
        return Err(TxError::NativeAsset { op }.into());
    }
    let mut row = registry.get(op, &asset)?;
    let rules = row.descriptor.rules;
    if matches!(row.descriptor.issuer, Issuer::Contract(_)) {
        needs_payload(PayloadUse::Mint, payload)?;
    }
    if row.mint_ops > 0 && !rules.reissuable {
        return Err(TxError::SecondMint { op }.into());
    }
    match amount {
        None if !rules.hidden_supply => return Err(TxError::HiddenSupply { op }.into()),
        None => {}
        Some(amount) => {
            let (issued, max) = (row.issued, row.descriptor.max_supply.unwrap_or(u64::MAX));
            let total = issued.checked_add(amount).filter(|total| *total <= max);
            row.issued = total.ok_or(TxError::OverSupply { op, issued, amount, max })?;
        }
    }
    row.mint_ops = row.mint_ops.saturating_add(1);
    Ok(ResolvedOp { asset: Some(asset), issuer: Some(row.descriptor.issuer), row: Some(row) })
}

/// Auth has one spend proof an input and one signature a key, whose number the state decides.
fn auth_length(tx: &Transaction, resolved: &Resolved) -> Result<(), TxError> {
    let signatures = resolved.vault_authorities().count() + resolved.keyed_ops().count();
    let expected = SpendProof::LEN * tx.body.input_count() + SchnorrProof::LEN * signatures;
    let found = tx.auth.len();
    if found == expected { Ok(()) } else { Err(TxError::SectionLength { section: Section::Auth, expected, found }) }
}

#[cfg(all(test, feature = "testing"))]
mod tests {
    use dero_crypto::asset::AssetRules;

    use super::*;
    use crate::testing::MemoryState;

    #[test]
    fn a_registration_whose_hash_is_zeros_is_refused() {
        let descriptor = Descriptor {
            issuer: Issuer::Contract([1; 32]),
            ticker: b"ZERO".to_vec(),
            name: Vec::new(),
            decimals: 0,
            max_supply: None,
            rules: AssetRules { hidden_supply: false, reissuable: true, burnable: true },
            metadata: [0; 32],
        };
        let mut state = MemoryState::default();
        let known = AssetId([1; 32]);
        state.assets.insert(known, AssetRow { descriptor: descriptor.clone(), issued: 0, mint_ops: 0 });
        let register = |asset| {
            let registry = Registry { state: &state, changed: BTreeMap::new() };
            new_asset(2, asset, descriptor.clone(), &registry).map(|op| op.asset)
        };
        for asset in [AssetId::NATIVE, known] {
            assert_eq!(register(asset), Err(CheckError::Refused(TxError::AssetExists { op: 2, asset })));
        }
        assert_eq!(register(AssetId([2; 32])), Ok(Some(AssetId([2; 32]))));
    }
}
