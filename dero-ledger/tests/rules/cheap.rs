//! Step 2.

use std::sync::Arc;

use dero_crypto::{enote::MemoClass, group::domain};
use dero_ledger::{
    block::{BlockId, BlockRef},
    execution::{BlockContext, ExecutionError, ExecutionRun, Executor, NoContracts},
    rules::{Blame, PayloadUse, RuleParameters, Section, TxError, UnverifiedTransaction},
    testing::Treasury,
    transaction::{AssetOp, Transaction, builder::TransactionDraft, limits, payload_digest},
};

use crate::scenes::{DEPOSIT, MOVES, NATIVE, OPS, PAYMENT, PAYOUT, Scene, plain, rng};
use crate::state::Counted;

/// The scene under other rows of the network's table, or at another height.
fn under(scene: &Scene, change: impl FnOnce(&mut Scene)) -> Result<(), TxError> {
    let mut other = Scene { treasury: scene.treasury.clone(), state: scene.treasury.state(), tx: scene.tx.clone() };
    other.state.contracts.clone_from(&scene.state.contracts);
    other.state.vaults.clone_from(&scene.state.vaults);
    other.state.assets.clone_from(&scene.state.assets);
    change(&mut other);
    other.judge(&other.tx).map(drop)
}

fn at(scene: &Scene, height: u64) -> Result<(), TxError> {
    under(scene, |scene| scene.state.height = height)
}

#[test]
fn an_expired_transaction_is_refused_one_block_after_its_last() {
    assert_eq!(at(&PAYMENT, 200), Ok(()));
    assert_eq!(at(&PAYMENT, 201), Err(TxError::Expired { expiry: 200, height: 201 }));
}

#[test]
fn a_transaction_before_its_first_block_is_refused() {
    let error = PAYMENT.refusal(|tx| tx.body.valid_from = 101);
    assert_eq!(error, TxError::NotYetValid { valid_from: 101, height: 100 });
    let mut rng = rng(21);
    let bundle = PAYMENT.treasury.bundle(&[0], &[(NATIVE, 1_000), (NATIVE, 0)], &mut rng);
    let draft = TransactionDraft { valid_from: 100, expiry: 0, bundles: vec![bundle], ..plain() };
    let tx = PAYMENT.treasury.finish(draft, &mut rng).unwrap();
    assert!(PAYMENT.judge(&tx).is_ok(), "valid from now on, for ever");
}

#[test]
fn a_fee_of_five_significant_bits_is_refused() {
    assert_eq!(PAYMENT.refusal(|tx| tx.body.fee = 17), TxError::FeeNotQuantised { fee: 17 });
}

#[test]
fn a_fee_below_the_minimum_of_the_weight_is_refused() {
    // The fee of 8 pays for nothing once there is a rate.
    let error = under(&PAYMENT, |scene| scene.treasury.parameters.fee_rate = 1).unwrap_err();
    let weight = PAYMENT.tx.weight(&PAYMENT.treasury.parameters);
    assert!(
        matches!(error, TxError::FeeTooLow { fee: 8, weight: found, minimum } if found == weight && minimum >= weight)
    );
    let error = under(&PAYMENT, |scene| scene.treasury.parameters.fee_rate = u64::MAX).unwrap_err();
    assert_eq!(error, TxError::WeightUnpayable { weight });
}

#[test]
fn the_minimum_fee_itself_is_accepted() {
    let mut rng = rng(22);
    // The weight does not depend on the fee.
    let parameters = RuleParameters { fee_rate: 1, ..PAYMENT.treasury.parameters };
    let fee = PAYMENT.tx.minimum_fee(&parameters).unwrap();
    let coins: Vec<(_, u64)> = vec![(NATIVE, 2 * fee); 4];
    let mut rich = Treasury::new(&coins, &mut rng);
    rich.parameters.fee_rate = 1;
    for (paid, ok) in [(fee, true), (fee - fee / 8, false)] {
        let amounts = [(NATIVE, 4 * fee - paid), (NATIVE, 0), (NATIVE, 0)];
        let bundle = rich.bundle(&[0, 1], &amounts, &mut rng);
        let draft = TransactionDraft { fee: paid, bundles: vec![bundle], ..plain() };
        let tx = rich.finish(draft, &mut rng);
        let scene = Scene { state: rich.state(), treasury: rich.clone(), tx: tx.unwrap() };
        assert_eq!(scene.judge(&scene.tx).is_ok(), ok, "{paid} of {fee}");
    }
}

#[test]
fn public_amounts_of_zero_are_refused() {
    let zero = |what, index| TxError::ZeroAmount { what, index };
    let set = |tx: &mut Transaction, place: usize| match &mut tx.body.ops[place] {
        AssetOp::Mint { amount, .. } | AssetOp::Burn { amount, .. } => *amount = 0,
        other => panic!("{other:?} has no public amount"),
    };
    assert_eq!(OPS.refusal(|tx| set(tx, 1)), zero("op", 1));
    assert_eq!(MOVES.refusal(|tx| set(tx, 0)), zero("op", 0));
    assert_eq!(MOVES.refusal(|tx| tx.body.moves[0].amount = 0), zero("move", 0));
    assert_eq!(MOVES.refusal(|tx| tx.body.moves[1].amount = 0), zero("move", 1));
}

#[test]
fn memos_and_payload_are_those_of_their_digests() {
    let digest = |section| TxError::Digest { section };
    // Class 0 and an empty Payload have zeros, not the hash of nothing.
    let empty = domain::TX_MEMOS.hash(&[&[]]);
    assert_eq!(PAYMENT.refusal(|tx| tx.body.memo_digest = empty), digest(Section::Memos));
    let empty = domain::TX_PAYLOAD.hash(&[&[]]);
    assert_eq!(PAYMENT.refusal(|tx| tx.body.payload_digest = empty), digest(Section::Payload));
    assert_eq!(DEPOSIT.refusal(|tx| tx.payload[9] ^= 1), digest(Section::Payload));
    let length = |section, expected, found| TxError::SectionLength { section, expected, found };
    assert_eq!(DEPOSIT.refusal(|tx| tx.body.payload_length = 0), length(Section::Payload, 0, 44));
    assert_eq!(PAYMENT.refusal(|tx| tx.body.payload_length = 1), length(Section::Payload, 1, 0));
    assert_eq!(PAYMENT.refusal(|tx| tx.body.memo_class = MemoClass::Small), length(Section::Memos, 3 * 64, 0));
    // A memo for each output, locked or not, and none for sealed parts.
    assert_eq!(DEPOSIT.refusal(|tx| tx.body.memo_class = MemoClass::Large), length(Section::Memos, 2 * 1024, 0));
}

#[test]
fn a_payload_is_a_call_or_a_deploy_of_bounded_length() {
    let with = |payload: Vec<u8>| {
        MOVES.refusal_or(|tx| {
            tx.body.payload_length = payload.len() as u32;
            tx.body.payload_digest = payload_digest(&payload);
            tx.payload = payload;
        })
    };
    for kind in [0, 3, 0xCB, 255] {
        assert_eq!(with(vec![kind; 44]), Some(TxError::PayloadKind { found: kind }));
    }
    let of = |kind: u8, length: usize| with(vec![kind; length]).expect("another Payload breaks the proofs");
    for (kind, max) in [(1, limits::CALL_BYTES), (2, limits::DEPLOY_BYTES)] {
        assert_eq!(of(kind, max + 1), TxError::PayloadLimit { found: max + 1, max });
        assert!(!matches!(of(kind, max), TxError::PayloadLimit { .. }));
    }
}

#[test]
fn what_only_a_contract_can_settle_needs_a_payload() {
    let without = |scene: &Scene, payload: Vec<u8>| {
        scene.refusal(|tx| {
            tx.body.payload_length = payload.len() as u32;
            tx.body.payload_digest = payload_digest(&payload);
            tx.payload = payload;
        })
    };
    let required = |by| TxError::PayloadRequired { by };
    for payload in [Vec::new(), vec![2; 44]] {
        assert_eq!(without(&DEPOSIT, payload.clone()), required(PayloadUse::LockRecord));
        assert_eq!(without(&PAYOUT, payload.clone()), required(PayloadUse::VaultInput));
        assert_eq!(without(&MOVES, payload), required(PayloadUse::MoveIn));
    }
    // A move out may come with a deploy.
    let only_out = |tx: &mut Transaction, payload: Vec<u8>| {
        tx.body.moves.remove(0);
        // The bundle that has a tag comes first.
        tx.body.bundles.truncate(1);
        tx.body.ops.clear();
        tx.body.bundles[0].outputs.push(PAYMENT.tx.body.bundles[0].outputs[0].clone());
        tx.body.payload_length = payload.len() as u32;
        tx.body.payload_digest = payload_digest(&payload);
        tx.payload = payload;
        tx.out_proofs = vec![0; 2 * (192 + 192) + 640];
    };
    assert_eq!(MOVES.refusal(|tx| only_out(tx, Vec::new())), required(PayloadUse::MoveOut));
    let deploy = MOVES.refusal(|tx| only_out(tx, vec![2; 44]));
    assert!(!matches!(deploy, TxError::PayloadRequired { .. }), "{deploy}");
    // A registration by a contract: kind byte 1 in the descriptor.
    let contract = OPS.refusal(|tx| {
        let AssetOp::Register { descriptor, .. } = &mut tx.body.ops[0] else { panic!("a registration") };
        descriptor[0] = 1;
    });
    assert_eq!(contract, required(PayloadUse::Registration));
}

#[test]
fn without_an_engine_no_call_is_executed() {
    let parameters = &DEPOSIT.treasury.parameters;
    let tx = UnverifiedTransaction::parse(&DEPOSIT.tx.encode(&parameters.net), parameters).unwrap();
    let parent = BlockRef { height: 99, id: BlockId([1; 32]) };
    let mut run = NoContracts.begin(&BlockContext { height: 100, parent, median_time: 0 });
    assert_eq!(run.call(&tx), Err(ExecutionError::NoEngine));
    assert!(!NoContracts.runs_contracts());
}

#[test]
fn assets_and_contracts_begin_at_their_heights() {
    let assets = |from| under(&OPS, |scene| scene.treasury.parameters.assets_from = from);
    assert_eq!(assets(100), Ok(()));
    assert_eq!(assets(101), Err(TxError::NotYetAllowed { what: "an op on assets", from: 101 }));
    for (scene, what) in [(&DEPOSIT, "a lock record"), (&PAYOUT, "a vault input"), (&MOVES, "a move")] {
        let contracts = |from| under(scene, |scene| scene.treasury.parameters.contracts_from = from);
        assert_eq!(contracts(100), Ok(()));
        assert_eq!(contracts(u64::MAX), Err(TxError::NotYetAllowed { what, from: u64::MAX }));
    }
    let mut rng = rng(23);
    let bundle = PAYMENT.treasury.bundle(&[0], &[(NATIVE, 1_000), (NATIVE, 0)], &mut rng);
    let draft = TransactionDraft { bundles: vec![bundle], payload: vec![1; 44], ..plain() };
    let tx = PAYMENT.treasury.finish(draft, &mut rng).unwrap();
    let alone = Scene { treasury: PAYMENT.treasury.clone(), state: PAYMENT.treasury.state(), tx };
    let early = under(&alone, |scene| scene.treasury.parameters.contracts_from = 101);
    assert_eq!(early, Err(TxError::NotYetAllowed { what: "a Payload", from: 101 }));
}

#[test]
fn the_cheap_rule_is_reported_and_nothing_costly_is_done() {
    // Everything about this transaction is wrong; its expiry is looked at first.
    let mut tx = PAYMENT.tx.clone();
    tx.body.expiry = 1;
    tx.body.balance[0] ^= 1;
    tx.body.bundles[0].inputs.swap(0, 1);
    tx.auth.fill(255);
    tx.membership.fill(255);
    let error = PAYMENT.judge(&tx).unwrap_err();
    assert_eq!(error, TxError::Expired { expiry: 1, height: 100 });
    assert_eq!(error.blame(), Blame::Bytes);
    // A state that cannot be read is not asked in steps 1 to 3.
    tx.body.expiry = 200;
    let counted = Counted::new(&PAYMENT.state);
    let parameters = &PAYMENT.treasury.parameters;
    let bytes = tx.encode(&parameters.net);
    let unverified = UnverifiedTransaction::parse(&bytes, parameters).unwrap();
    let error = Arc::new(unverified).check(parameters, &counted).unwrap_err();
    assert!(error.to_string().contains("inputs of bundle 0"), "{error}");
    assert_eq!(counted.reads(), 0);
}
