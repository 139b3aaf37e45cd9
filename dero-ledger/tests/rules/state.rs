//! Step 4.

use std::{cell::Cell, sync::Arc};

use dero_crypto::{
    asset::{AssetId, AssetRules, Descriptor, Issuer},
    commitment::Amount,
    enote::InputContext,
    group::Scalar,
    membership::{Interval, Reference, ReferenceError, ReferenceKind, ReferenceSet},
    secret::Secret,
    sigma::SchnorrProof,
};
use dero_ledger::{
    rules::{
        AssetRow, Blame, CheckError, PayloadUse, Section, StateView, TxError, UnverifiedTransaction, VaultStatus,
    },
    testing::MemoryState,
    transaction::{
        AssetOp, ContractId, Direction, VaultId,
        builder::{OpAction, OpDraft, TransactionDraft},
    },
};

use crate::scenes::{
    CONTRACT, DEPOSIT, MOVES, NATIVE, OPS, PAYMENT, PAYOUT, SHADOW, Scene, TOKEN, VAULT, call, key, plain, rng,
    sign, token,
};

/// A state that counts how often it is read, and can be made unreadable.
pub struct Counted<'a> {
    state: &'a MemoryState,
    reads: Cell<usize>,
    broken: bool,
}

#[derive(Debug, PartialEq, Eq)]
pub struct Unreadable;

impl std::fmt::Display for Unreadable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("unreadable")
    }
}

impl<'a> Counted<'a> {
    pub fn new(state: &'a MemoryState) -> Self {
        Self { state, reads: Cell::new(0), broken: false }
    }

    pub fn reads(&self) -> usize {
        self.reads.get()
    }

    fn read<T, E: std::fmt::Debug>(&self, answer: Result<T, E>) -> Result<T, Unreadable> {
        self.reads.set(self.reads.get() + 1);
        if self.broken { Err(Unreadable) } else { Ok(answer.unwrap()) }
    }
}

impl StateView for Counted<'_> {
    type Error = Unreadable;
    fn height(&self) -> u64 {
        self.state.height()
    }
    fn is_spent(&self, tag: &[u8; 32]) -> Result<bool, Unreadable> {
        self.read(self.state.is_spent(tag))
    }
    fn vault(&self, id: &VaultId) -> Result<Option<VaultStatus>, Unreadable> {
        self.read(self.state.vault(id))
    }
    fn is_nonce_used(&self, contract: &ContractId, nonce: &[u8; 32]) -> Result<bool, Unreadable> {
        self.read(self.state.is_nonce_used(contract, nonce))
    }
    fn contract_exists(&self, contract: &ContractId) -> Result<bool, Unreadable> {
        self.read(self.state.contract_exists(contract))
    }
    fn list_length(&self) -> Result<u64, Unreadable> {
        self.read(self.state.list_length())
    }
    fn anchor_length(&self, anchor: u32) -> Result<u64, Unreadable> {
        self.read(self.state.anchor_length(anchor))
    }
    fn reference_set(&self, kind: ReferenceKind, interval: Interval) -> Result<Arc<ReferenceSet>, Unreadable> {
        self.read(self.state.reference_set(kind, interval))
    }
    fn asset(&self, id: &AssetId) -> Result<Option<AssetRow>, Unreadable> {
        self.read(self.state.asset(id))
    }
}

/// The scene in a changed state.
fn in_state(scene: &Scene, change: impl FnOnce(&mut MemoryState)) -> Result<(), TxError> {
    let mut state = scene.treasury.state();
    state.contracts.clone_from(&scene.state.contracts);
    state.vaults.clone_from(&scene.state.vaults);
    state.assets.clone_from(&scene.state.assets);
    change(&mut state);
    let other = Scene { treasury: scene.treasury.clone(), state, tx: scene.tx.clone() };
    let verdict = other.judge(&other.tx).map(drop);
    if let Err(error) = &verdict {
        assert_eq!((error.step(), error.blame()), (4, Blame::State), "{error}");
    }
    verdict
}

#[test]
fn a_state_that_cannot_be_read_accepts_nothing_and_blames_nobody() {
    let state = Counted { broken: true, ..Counted::new(&PAYMENT.state) };
    let parameters = &PAYMENT.treasury.parameters;
    let tx = UnverifiedTransaction::parse(&PAYMENT.tx.encode(&parameters.net), parameters).unwrap();
    let verdict = Arc::new(tx).check(parameters, &state).map(drop);
    assert_eq!(verdict, Err(CheckError::State(Unreadable)));
}

#[test]
fn a_spent_linking_tag_is_refused() {
    for input in 0..2 {
        let tag = PAYMENT.tx.body.bundles[0].inputs[input].tag;
        let spent = in_state(&PAYMENT, |state| {
            state.spent.insert(tag);
        });
        assert_eq!(spent, Err(TxError::Spent { input }));
    }
    assert_eq!(in_state(&PAYMENT, |state| state.spent.clear()), Ok(()), "after an undo it is free again");
}

#[test]
fn only_a_locked_vault_before_its_due_height_is_paid() {
    let vault = |status: Option<VaultStatus>| {
        in_state(&PAYOUT, |state| {
            state.vaults.clear();
            state.vaults.extend(status.map(|status| (VAULT, status)));
        })
    };
    let Some(VaultStatus::Locked(locked)) = PAYOUT.state.vaults.get(&VAULT).cloned() else { panic!("a vault") };
    assert_eq!(vault(Some(VaultStatus::Locked(locked.clone()))), Ok(()));
    assert_eq!(vault(None), Err(TxError::UnknownVault { vault: VAULT }));
    for status in [VaultStatus::Offered, VaultStatus::Settled] {
        assert_eq!(vault(Some(status)), Err(TxError::VaultNotLocked { vault: VAULT }));
    }
    for due in [99, 100] {
        let mut locked = locked.clone();
        locked.due = due;
        let expected = Err(TxError::VaultDue { vault: VAULT, due, height: 100 });
        assert_eq!(vault(Some(VaultStatus::Locked(locked))), expected);
    }
}

#[test]
fn a_vault_that_the_transaction_makes_is_not_its_input() {
    let parameters = &DEPOSIT.treasury.parameters;
    let tx = UnverifiedTransaction::parse(&DEPOSIT.tx.encode(&parameters.net), parameters).unwrap();
    let [vault] = tx.vault_ids() else { panic!("one lock record") };
    // Whatever bundle lists it; ids do not depend on vault inputs while a tag is the smallest anchor.
    let error = DEPOSIT.refusal(|tx| {
        tx.body.bundles[0].vault_inputs.push(*vault);
        // Ω has three entries in place of two.
        tx.out_proofs.extend([0; 2 * 64]);
    });
    assert_eq!(error, TxError::UnknownVault { vault: *vault });
}

#[test]
fn a_used_nonce_is_refused() {
    let Direction::In { nonce } = MOVES.tx.body.moves[0].direction else { panic!("a move in") };
    let used = |contract, nonce| {
        in_state(&MOVES, |state| {
            state.nonces.insert((contract, nonce));
        })
    };
    assert_eq!(used(CONTRACT, nonce), Err(TxError::NonceUsed { index: 0 }));
    assert_eq!(used(ContractId([1; 32]), nonce), Ok(()), "a nonce of another contract");
}

#[test]
fn the_contract_of_a_lock_record_exists_before() {
    let unknown = Err(TxError::UnknownContract { contract: CONTRACT });
    assert_eq!(in_state(&DEPOSIT, |state| state.contracts.clear()), unknown);
    assert_eq!(in_state(&MOVES, |state| state.contracts.clear()), Ok(()), "of a move it is looked up by execution");
}

#[test]
fn heights_of_a_lock_record_lie_in_order() {
    let with = |due, accept_by| {
        DEPOSIT.refusal_or(|tx| {
            let lock = tx.body.bundles[0].outputs.iter_mut().find_map(|output| output.lock.as_mut()).unwrap();
            lock.due = due;
            lock.accept.as_mut().unwrap().accept_by = accept_by;
        })
    };
    assert_eq!(with(100, 100), Some(TxError::RecordDue { due: 100, height: 100 }));
    assert_eq!(with(0, 100), Some(TxError::RecordDue { due: 0, height: 100 }));
    for (due, accept_by) in [(101, 101), (500, 99), (500, 500)] {
        assert_eq!(with(due, accept_by), Some(TxError::RecordAcceptBy { accept_by, height: 100, due }));
    }
    // Heights in order lead to the proofs, which bind the record.
    for (due, accept_by) in [(101, 100), (u64::MAX, u64::MAX - 1)] {
        let error = with(due, accept_by).expect("another record breaks the proofs");
        assert_eq!(error.step(), 6, "{error}");
    }
}

fn with_reference(bytes: [u8; 5]) -> TxError {
    PAYMENT.refusal(|tx| tx.membership[..5].copy_from_slice(&bytes))
}

#[test]
fn a_reference_names_a_complete_group_or_a_past_window() {
    let reference = |error| TxError::Reference { input: 0, error };
    assert!(matches!(with_reference([2, 0, 0, 0, 0]), TxError::ReferenceKind { input: 0, .. }));
    let incomplete = ReferenceError::IncompleteGroup { group: 1, needed: 32, length: 16 };
    assert_eq!(with_reference(Reference::Closed { group: 1 }.to_bytes()), reference(incomplete));
    let future = ReferenceError::FutureAnchor { anchor: 21, needed: 105, height: 100 };
    assert_eq!(with_reference(Reference::Open { anchor: 21 }.to_bytes()), reference(future));
    let short = in_state(&PAYMENT, |state| state.lengths = vec![3, 16]);
    assert_eq!(short, Err(reference(ReferenceError::ShortList { anchor: 0, needed: 4, length: 3 })));
    // The group has the members of the window, and is another statement.
    let spelled = with_reference(Reference::Closed { group: 0 }.to_bytes());
    assert_eq!(spelled.step(), 9, "{spelled}");
}

#[test]
fn a_transaction_cites_eight_intervals_and_not_nine() {
    let mut rng = rng(30);
    let treasury = PAYMENT.treasury.clone();
    let coins: Vec<usize> = (0..9).collect();
    let bundle = treasury.bundle(&coins, &[(NATIVE, 9_000), (NATIVE, 0)], &mut rng);
    let mut tx = treasury.finish(TransactionDraft { bundles: vec![bundle], ..plain() }, &mut rng).unwrap();
    let mut state = treasury.state();
    // Anchor a is at height 5a; the windows of a young chain begin at 0 and end where the anchor says.
    state.lengths = (0..=40).map(|height| 16 - height / 5).chain([16; 60]).collect();
    let mut cite = |first: Reference, anchors: [u32; 8]| {
        let others = anchors.into_iter().map(|anchor| Reference::Open { anchor });
        for (input, reference) in [first].into_iter().chain(others).enumerate() {
            let place = input * (5 + 384);
            tx.membership[place..place + 5].copy_from_slice(&reference.to_bytes());
        }
        let bytes = tx.encode(&treasury.parameters.net);
        let tx = UnverifiedTransaction::parse(&bytes, &treasury.parameters).unwrap();
        Arc::new(tx).check(&treasury.parameters, &state).map(drop)
    };
    // Heights 0 and 100 have the same length, and the group has the positions of that window.
    let eight = [0, 1, 2, 3, 4, 5, 6, 7];
    assert_eq!(cite(Reference::Open { anchor: 20 }, eight), Ok(()));
    assert_eq!(cite(Reference::Closed { group: 0 }, eight), Ok(()));
    let many = TxError::TooManyIntervals { found: 9, max: 8 };
    assert_eq!(cite(Reference::Open { anchor: 8 }, eight), Err(CheckError::Refused(many)));
}

#[test]
fn two_anchors_of_equal_length_are_one_statement() {
    let mut tx = PAYMENT.tx.clone();
    tx.membership[..5].copy_from_slice(&Reference::Open { anchor: 20 }.to_bytes());
    let names = |tx| *PAYMENT.judge(tx).unwrap().effects().tx().digests();
    let (before, after) = (names(&PAYMENT.tx), names(&tx));
    assert_eq!(before.txid, after.txid);
    assert_ne!(before.wtxid, after.wtxid);
}

/// A transaction with one op on TOKEN, whose row in the state is `row`.
fn with_op(action: OpAction, row: AssetRow, payload: Vec<u8>) -> Scene {
    let mut rng = rng(31);
    let treasury = OPS.treasury.clone();
    let mut state = treasury.state();
    let signed = matches!(row.descriptor.issuer, Issuer::Key(_));
    state.assets.insert(TOKEN, row);
    let (left, signed) = match &action {
        OpAction::Mint(_, amount) | OpAction::MintHidden(_, amount, _) => (100 + amount.0, signed),
        OpAction::Burn(_, amount) => (100 - amount.0, false),
        OpAction::BurnHidden(opening) => (100 - opening.amount().0, false),
        OpAction::Register(_) => (100, signed),
    };
    let bundle = treasury.bundle(&[0, 12], &[(NATIVE, 1_000), (TOKEN, left)], &mut rng);
    let draft =
        TransactionDraft { bundles: vec![bundle], ops: vec![OpDraft { bundle: 0, action }], payload, ..plain() };
    let unsigned = draft.prove(&treasury.parameters.net, &mut rng).unwrap();
    let (secret, key) = key(11);
    let statement = unsigned.issuer(0, TOKEN, key).statement();
    let signature = SchnorrProof::prove(&statement, &secret, &mut rng).unwrap();
    let issuers = if signed { vec![signature] } else { vec![] };
    let tx = sign(&treasury, unsigned, vec![], issuers, &mut rng);
    Scene { treasury, state, tx }
}

fn one_op(action: OpAction, row: AssetRow, payload: Vec<u8>) -> Result<(), TxError> {
    let scene = with_op(action, row, payload);
    scene.judge(&scene.tx).map(drop)
}

fn mint(amount: u64) -> OpAction {
    OpAction::Mint(TOKEN, Amount(amount))
}

fn mint_hidden(amount: u64) -> OpAction {
    OpAction::MintHidden(TOKEN, Amount(amount), Secret::new(Scalar::from(77u64)))
}

fn row(change: impl FnOnce(&mut AssetRow)) -> AssetRow {
    let mut row = AssetRow { descriptor: token(), issued: 400, mint_ops: 1 };
    change(&mut row);
    row
}

fn by_contract(row: &mut AssetRow) {
    row.descriptor.issuer = Issuer::Contract(CONTRACT.0);
}

fn hidden_supply(row: &mut AssetRow) {
    row.descriptor.rules.hidden_supply = true;
    row.descriptor.max_supply = None;
}

#[test]
fn a_mint_stays_within_the_maximum_supply() {
    assert_eq!(one_op(mint(600), row(|_| {}), vec![]), Ok(()));
    let over = |issued, amount, max| Err(TxError::OverSupply { op: 0, issued, amount, max });
    assert_eq!(one_op(mint(601), row(|_| {}), vec![]), over(400, 601, 1_000));
    let unlimited = |row: &mut AssetRow| row.descriptor.max_supply = None;
    let near = row(|row| {
        unlimited(row);
        row.issued = u64::MAX - 5;
    });
    assert_eq!(one_op(mint(5), near.clone(), vec![]), Ok(()));
    assert_eq!(one_op(mint(6), near, vec![]), over(u64::MAX - 5, 6, u64::MAX));
}

#[test]
fn an_asset_without_bit_1_is_minted_once_and_burning_does_not_help() {
    let once = |mint_ops, hidden: bool| {
        row(|row| {
            row.descriptor.rules.reissuable = false;
            row.mint_ops = mint_ops;
            if hidden {
                hidden_supply(row);
            }
            // As after a mint of all and a burn of all: issued stays.
            row.issued = if mint_ops > 0 { 1 } else { 0 };
        })
    };
    for hidden in [false, true] {
        assert_eq!(one_op(mint(1), once(0, hidden), vec![]), Ok(()));
        assert_eq!(one_op(mint(1), once(1, hidden), vec![]), Err(TxError::SecondMint { op: 0 }));
    }
    assert_eq!(one_op(mint_hidden(1), once(0, true), vec![]), Ok(()));
    assert_eq!(one_op(mint_hidden(1), once(1, true), vec![]), Err(TxError::SecondMint { op: 0 }));
}

#[test]
fn hidden_supply_needs_bit_0_and_public_burning_bit_2() {
    assert_eq!(one_op(mint_hidden(5), row(hidden_supply), vec![]), Ok(()));
    assert_eq!(one_op(mint_hidden(5), row(|_| {}), vec![]), Err(TxError::HiddenSupply { op: 0 }));
    let burn = || OpAction::Burn(TOKEN, Amount(5));
    let kept = || row(|row| row.descriptor.rules.burnable = false);
    assert_eq!(one_op(burn(), row(|_| {}), vec![]), Ok(()));
    assert_eq!(one_op(burn(), kept(), vec![]), Err(TxError::NotBurnable { op: 0 }));
    let opening = dero_crypto::enote::Opening::new(
        TOKEN,
        Amount(5),
        Secret::new(Scalar::from(3u64)),
        Secret::new(Scalar::from(4u64)),
    );
    assert_eq!(one_op(OpAction::BurnHidden(opening), kept(), vec![]), Ok(()), "a hidden burn needs no bit 2");
}

#[test]
fn a_mint_by_a_contract_needs_a_call_and_no_signature() {
    for action in [mint, mint_hidden] {
        let issued = || {
            row(|row| {
                hidden_supply(row);
                by_contract(row);
            })
        };
        assert_eq!(one_op(action(5), issued(), call()), Ok(()));
        for payload in [vec![], vec![2; 44]] {
            let refused = one_op(action(5), issued(), payload);
            assert_eq!(refused, Err(TxError::PayloadRequired { by: PayloadUse::Mint }));
            assert_eq!(refused.unwrap_err().step(), 4);
        }
    }
}

/// Row 123 too: a registration that a reorganisation took back, and its mint that still waits.
#[test]
fn an_unknown_asset_is_neither_minted_nor_burnt_in_public() {
    let unknown = |op, asset| Err(TxError::UnknownAsset { op, asset });
    assert_eq!(in_state(&MOVES, |state| state.assets.clear()), unknown(0, TOKEN));
    let shadow = in_state(&OPS, |state| {
        state.assets.remove(&SHADOW);
    });
    assert_eq!(shadow, unknown(2, SHADOW));
    let token = in_state(&OPS, |state| {
        state.assets.remove(&TOKEN);
    });
    assert_eq!(token, Ok(()), "a hidden burn says nothing about its asset");
}

#[test]
fn the_native_asset_is_not_minted_and_is_burnt_freely() {
    let error = OPS.refusal(|tx| {
        let AssetOp::Mint { asset, .. } = &mut tx.body.ops[1] else { panic!("a mint") };
        *asset = NATIVE;
    });
    assert_eq!(error, TxError::NativeAsset { op: 1 });
    let error = OPS.refusal(|tx| {
        let AssetOp::MintHidden { asset, .. } = &mut tx.body.ops[2] else { panic!("a hidden mint") };
        *asset = NATIVE;
    });
    assert_eq!(error, TxError::NativeAsset { op: 2 });
}

#[test]
fn a_registration_comes_before_the_mint_and_only_once() {
    let net = OPS.treasury.parameters.net;
    let ic = InputContext::bundle(&net, &OPS.tx.body.smallest_anchor(0).unwrap());
    let AssetOp::Register { descriptor, .. } = &OPS.tx.body.ops[0] else { panic!("a registration") };
    let id = |index| AssetId::derive(&net, descriptor, &ic, index);
    assert_eq!(
        OPS.refusal(|tx| tx.body.ops.swap(0, 1)),
        TxError::UnknownAsset { op: 0, asset: id(0) },
        "a mint before the registration"
    );
    let again = in_state(&OPS, |state| {
        state.assets.insert(id(0), AssetRow { descriptor: token(), issued: 0, mint_ops: 0 });
    });
    assert_eq!(again, Err(TxError::AssetExists { op: 0, asset: id(0) }));
    // The place of an op is counted over all ops: the same descriptor at another place is another asset.
    let error = OPS.refusal(|tx| {
        tx.body.ops.swap(0, 2);
        tx.body.ops.swap(1, 2);
    });
    assert_eq!(error, TxError::UnknownAsset { op: 2, asset: id(0) });
}

#[test]
fn a_second_mint_in_one_transaction_is_a_second_mint() {
    let error = OPS.refusal(|tx| {
        let AssetOp::Register { descriptor, .. } = &mut tx.body.ops[0] else { panic!("a registration") };
        let once = AssetRules { hidden_supply: false, reissuable: false, burnable: true };
        let mut terms = Descriptor::from_bytes(descriptor).unwrap();
        terms.rules = once;
        *descriptor = terms.to_bytes().unwrap();
        let net = OPS.treasury.parameters.net;
        let ic = InputContext::bundle(&net, &OPS.tx.body.smallest_anchor(0).unwrap());
        let asset = AssetId::derive(&net, descriptor, &ic, 0);
        tx.body.ops[1] = AssetOp::Mint { bundle: 0, asset, amount: 1 };
        tx.body.ops[2] = tx.body.ops[1].clone();
        // One range value fewer: the hidden mint is gone. Ω keeps its six entries.
        let (_, values) = (tx.out_proofs.len(), 4 + 1);
        tx.out_proofs = vec![0; 4 * 192 + 160 + values * 32 * 10 + 768];
    });
    assert_eq!(error, TxError::SecondMint { op: 2 });
}

/// Row 46: what an op leaves is what the next transaction of the block is checked against.
#[test]
fn a_second_mint_in_one_block_is_a_second_mint() {
    let left = |action, row| {
        let scene = with_op(action, row, vec![]);
        scene.judge(&scene.tx).unwrap().effects().ops()[0].row.clone().unwrap()
    };
    let once = || {
        row(|row| {
            hidden_supply(row);
            row.descriptor.rules.reissuable = false;
            (row.issued, row.mint_ops) = (0, 0);
        })
    };
    for first in [mint(1), mint_hidden(1)] {
        let after = left(first, once());
        for second in [mint(1), mint_hidden(1)] {
            assert_eq!(one_op(second, after.clone(), vec![]), Err(TxError::SecondMint { op: 0 }));
        }
    }
    let full = left(mint(600), row(|_| {}));
    let over = TxError::OverSupply { op: 0, issued: 1_000, amount: 1, max: 1_000 };
    assert_eq!(one_op(mint(1), full, vec![]), Err(over));
}

#[test]
fn a_descriptor_that_breaks_a_rule_is_refused() {
    let good = token().to_bytes().unwrap();
    let with = |change: &dyn Fn(&mut Vec<u8>)| {
        OPS.refusal(|tx| {
            let AssetOp::Register { descriptor, .. } = &mut tx.body.ops[0] else { panic!("a registration") };
            descriptor.clone_from(&good);
            change(descriptor);
        })
    };
    let (ticker, name) = (1 + 32, 1 + 32 + 1 + 5);
    let tail = name + 1 + 7;
    let changes: [(&str, &dyn Fn(&mut Vec<u8>)); 10] = [
        ("issuer kind 2", &|bytes| bytes[0] = 2),
        ("ticker of 13", &|bytes| bytes[ticker] = 13),
        ("ticker with a space", &|bytes| bytes[ticker + 1] = 0x20),
        ("name of 65", &|bytes| bytes[name] = 65),
        ("decimals 19", &|bytes| bytes[tail] = 19),
        ("has_max 2", &|bytes| bytes[tail + 1] = 2),
        ("max_supply without has_max", &|bytes| bytes[tail + 1] = 0),
        ("flag bit 3", &|bytes| bytes[tail + 10] |= 8),
        ("hidden supply with a maximum", &|bytes| bytes[tail + 10] |= 1),
        ("a byte more", &|bytes| bytes.push(0)),
    ];
    for (what, change) in changes {
        let error = with(change);
        assert!(matches!(error, TxError::Descriptor { op: 0, .. }), "{what}: {error}");
        assert_eq!(error.step(), 4);
    }
}

#[test]
fn auth_holds_one_signature_a_key_and_no_other() {
    let length = |error: TxError| match error {
        TxError::SectionLength { section: Section::Auth, expected, found } => (expected, found),
        other => panic!("{other}"),
    };
    let spends = 160;
    // A signature for the burn; the one for the mint missing.
    assert_eq!(length(OPS.refusal(|tx| tx.auth.extend([0; 64]))), (2 * spends + 3 * 64, 2 * spends + 4 * 64));
    assert_eq!(
        length(OPS.refusal(|tx| tx.auth.truncate(2 * spends + 2 * 64))),
        (2 * spends + 3 * 64, 2 * spends + 2 * 64)
    );
    // Without a payout key there is no signature, with one there is.
    let unkeyed = in_state(&PAYOUT, |state| {
        let Some(VaultStatus::Locked(locked)) = state.vaults.get_mut(&VAULT) else { panic!("a vault") };
        locked.authority = None;
    });
    assert_eq!(length(unkeyed.unwrap_err()), (spends, spends + 64));
    assert_eq!(length(PAYOUT.refusal(|tx| tx.auth.truncate(spends))), (spends + 64, spends));
}
