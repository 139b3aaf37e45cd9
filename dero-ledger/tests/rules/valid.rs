//! What must be accepted, what an accepted transaction says about itself, and how large it is.

use dero_crypto::{asset::AssetId, membership::SetParameters};
use dero_ledger::{
    rules::{RuleParameters, Verification},
    testing::Treasury,
    transaction::{Transaction, builder::TransactionDraft},
};

use crate::scenes::{self, NATIVE, OPS, PAYMENT, PAYOUT, plain, rng};

#[test]
fn every_scene_is_valid() {
    for (name, scene) in scenes::all() {
        if let Err(error) = scene.judge(&scene.tx) {
            panic!("{name}: {error}");
        }
    }
}

#[test]
fn many_transactions_share_one_batch() {
    // Each scene has a list of its own, so the batch holds several lists.
    let mut verification = Verification::new(&PAYMENT.treasury.parameters);
    for (_, scene) in scenes::all() {
        verification.push(scene.check(&scene.tx).unwrap()).unwrap();
    }
    let verdicts = verification.verify(&mut rand::rng());
    assert!(verdicts.iter().all(Result::is_ok), "{verdicts:?}");
}

#[test]
fn reading_and_writing_give_the_same_bytes() {
    for (_, scene) in scenes::all() {
        let parameters = &scene.treasury.parameters;
        let bytes = scene.tx.encode(&parameters.net);
        assert_eq!(Transaction::parse(&bytes, parameters).as_ref(), Ok(&scene.tx));
        assert_eq!(bytes.len(), scene.tx.encoded_length(&parameters.net));
    }
}

#[test]
fn an_asset_is_registered_and_minted_by_one_transaction() {
    let effects = OPS.judge(&OPS.tx).unwrap();
    let [register, mint, hidden, burn] = effects.effects().ops() else { panic!("four ops") };
    assert_eq!(register.asset, mint.asset);
    assert_eq!(mint.row.as_ref().map(|row| (row.issued, row.mint_ops)), Some((70, 1)));
    assert_eq!(hidden.row.as_ref().map(|row| (row.issued, row.mint_ops)), Some((400, 2)));
    assert_eq!((burn.asset, &burn.row), (None, &None));
}

#[test]
fn a_vault_is_paid_up_to_the_block_before_it_is_due() {
    let verified = PAYOUT.judge(&PAYOUT.tx).unwrap();
    assert_eq!(verified.effects().vaults().len(), 1);
    assert_eq!(PAYOUT.state.height, 100);
}

/// A payment over N = 128, 1024, 4096, 16384 members; the sizes do not depend on the list.
fn size(bundles: &[(usize, usize)], memo: usize, sets: SetParameters) -> (usize, usize) {
    let mut rng = rng(9);
    let treasury = Treasury::new(&[(NATIVE, 1); 8], &mut rng);
    let mut coin = 0..;
    let bundles = bundles
        .iter()
        .map(|(inputs, outputs)| {
            let coins: Vec<usize> = coin.by_ref().take(*inputs).collect();
            let mut amounts = vec![(NATIVE, 0); *outputs];
            amounts[0].1 = *inputs as u64;
            let mut bundle = treasury.bundle(&coins, &amounts, &mut rng);
            bundle.outputs.iter_mut().for_each(|output| output.memo = vec![0; memo]);
            bundle
        })
        .collect();
    let memo_class = dero_crypto::enote::MemoClass::ALL.into_iter().find(|class| class.bytes() == memo).unwrap();
    let draft = TransactionDraft { bundles, memo_class, ..plain() };
    let mut tx = treasury.finish(draft, &mut rng).unwrap();
    let parameters = RuleParameters { sets, ..treasury.parameters };
    let proof = 5 + 32 * (sets.n() * sets.m() + 4) as usize;
    tx.membership = vec![0; tx.body.input_count() * proof];
    let bytes = tx.encode(&parameters.net);
    assert!(Transaction::parse(&bytes, &parameters).is_ok());
    (bytes.len(), tx.body.encode(&parameters.net).len())
}

#[test]
fn sizes_are_those_of_section_17() {
    let one = (&[(1, 2)][..], 0, [2_782, 2_974, 3_102, 3_230], 609);
    let two = (&[(2, 2)][..], 0, [3_779, 4_163, 4_419, 4_675], 737);
    let ordinary = (&[(2, 3)][..], 64, [4_646, 5_030, 5_286, 5_542], 900);
    let swap = (&[(2, 2), (2, 2)][..], 0, [7_656, 8_424, 8_936, 9_448], 1_340);
    for (bundles, memo, sizes, pruned) in [one, two, ordinary, swap] {
        for ((n, m), expected) in [(2, 7), (4, 5), (4, 6), (4, 7)].into_iter().zip(sizes) {
            let found = size(bundles, memo, SetParameters::new(n, m).unwrap());
            assert_eq!(found, (expected, pruned), "{bundles:?} at {n}^{m}");
        }
    }
}

#[test]
fn an_ordinary_payment_weighs_what_its_parts_say() {
    let parameters = RuleParameters { fee_rate: 400, ..PAYMENT.treasury.parameters };
    let bytes = PAYMENT.tx.encoded_length(&parameters.net) as u64;
    let weight = PAYMENT.tx.weight(&parameters);
    assert_eq!(weight, bytes + 16 * 2 + 8 * 16 * 2 + 1024 * 3);
    let minimum = PAYMENT.tx.minimum_fee(&parameters).unwrap();
    assert!(minimum >= 400 * weight && minimum < 400 * weight * 9 / 8 + 1);
}

#[test]
fn a_transaction_pays_for_eight_sets_at_most() {
    let parameters = &PAYMENT.treasury.parameters;
    let with = |inputs: usize| {
        let mut tx = PAYMENT.tx.clone();
        let input = tx.body.bundles[0].inputs[0];
        tx.body.bundles[0].inputs = vec![input; inputs];
        tx.weight(parameters) - tx.encoded_length(&parameters.net) as u64
    };
    let n = parameters.sets.size();
    assert_eq!(with(0), 1024 * 3);
    for inputs in 1..=8 {
        assert_eq!(with(inputs) - with(inputs - 1), n + 8 * n, "input {inputs}");
    }
    assert_eq!(with(9) - with(8), n);
    assert_eq!(with(16) - with(8), 8 * n);
}

#[test]
fn a_lock_record_weighs_its_outcome() {
    let scene = &scenes::DEPOSIT;
    let parameters = &scene.treasury.parameters;
    let values = 2 + 2 + 4;
    let record = 64 + 128 * 4 + 512 * 7;
    let bytes = scene.tx.encoded_length(&parameters.net) as u64;
    assert_eq!(scene.tx.weight(parameters), bytes + 16 + 8 * 16 + 1024 * values + record);
    // Where nothing is prepared, the refund is one part.
    let mut bare = scene.tx.clone();
    let outputs = bare.body.bundles.iter_mut().flat_map(|bundle| &mut bundle.outputs);
    outputs.filter_map(|output| output.lock.as_mut()).for_each(|lock| lock.alternatives.clear());
    let bytes = bare.encoded_length(&parameters.net) as u64;
    assert_eq!(bare.weight(parameters), bytes + 16 + 8 * 16 + 1024 * 2 + 64 + 128);
}

#[test]
fn zero_amounts_of_the_native_asset_need_no_native_input() {
    let mut rng = rng(8);
    let asset = AssetId([3; 32]);
    let treasury = Treasury::new(&[(asset, 5), (NATIVE, 0), (NATIVE, 0), (NATIVE, 0)], &mut rng);
    let bundle = treasury.bundle(&[0], &[(asset, 5), (NATIVE, 0)], &mut rng);
    let draft = TransactionDraft { bundles: vec![bundle], ..plain() };
    let tx = treasury.finish(draft, &mut rng).unwrap();
    let scene = scenes::Scene { state: treasury.state(), treasury, tx };
    assert!(scene.judge(&scene.tx).is_ok());
}
