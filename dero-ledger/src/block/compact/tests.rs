use alloc::vec;

use dero_crypto::{DecodeError, asset::AssetId, enote::PublicEnote};

use super::*;
use crate::{
    testing::unproven,
    transaction::{
        AcceptPhase, AssetOp, Bundle, CoinbaseOutput, Direction, Input, LockRecord, Output, PublicMove, Transaction,
    },
};

const NET: NetworkId = NetworkId([7; 32]);

fn enote(i: u8) -> Enote {
    Enote::from_bytes(&core::array::from_fn::<u8, 163, _>(|at| i.wrapping_mul(31).wrapping_add(at as u8))).unwrap()
}

fn input(i: u8) -> Input {
    Input { tag: [i; 32], key: [i + 1; 32], commitment: [i + 2; 32], asset_tag: [i + 3; 32] }
}

fn bundle(inputs: &[u8], outputs: &[u8]) -> Bundle {
    Bundle {
        tx_nonce: [9; 16],
        inputs: inputs.iter().map(|i| input(*i)).collect(),
        vault_inputs: Vec::new(),
        outputs: outputs.iter().map(|i| Output::from(enote(*i))).collect(),
    }
}

/// A deposit with a move out and a registration, beside a bundle that only spends a vault.
fn rich() -> Transaction {
    let mut deposit = bundle(&[3, 4], &[10, 11]);
    deposit.outputs[1].lock = Some(LockRecord {
        contract: ContractId([5; 32]),
        authority: [0; 32],
        due: 900,
        default: 2,
        accept: Some(AcceptPhase { accept_by: 800, keys: vec![[1; 32]] }),
        alternatives: vec![vec![enote(20)], vec![enote(21), enote(22)]],
    });
    let payout = Bundle { vault_inputs: vec![VaultId([6; 32])], ..bundle(&[], &[30]) };
    let mut transaction = unproven(vec![deposit, payout]);
    let stub = PublicEnote::from_bytes(&[8; 91]).unwrap();
    transaction.body.moves = vec![
        PublicMove {
            bundle: 1,
            contract: ContractId([5; 32]),
            asset: AssetId::NATIVE,
            amount: 1,
            direction: Direction::In { nonce: [0; 32] },
        },
        PublicMove {
            bundle: 0,
            contract: ContractId([5; 32]),
            asset: AssetId([2; 32]),
            amount: 77,
            direction: Direction::Out { stub },
        },
    ];
    let mut descriptor = vec![0; 78];
    descriptor[0] = 1;
    transaction.body.ops = vec![
        AssetOp::Burn { bundle: 0, asset: AssetId::NATIVE, amount: 1 },
        AssetOp::Register { bundle: 1, descriptor },
    ];
    transaction
}

fn block(transactions: &[Transaction]) -> CompactBlock {
    let compact = |(i, transaction)| CompactTransaction::of(transaction, TxId([i as u8; 32]), &NET);
    CompactBlock {
        transactions: transactions.iter().enumerate().map(compact).collect(),
        coinbase: CoinbaseTx {
            height: 9,
            outputs: vec![CoinbaseOutput { amount: 5, enote: PublicEnote::from_bytes(&[4; 91]).unwrap() }],
        },
        effects: vec![
            CompactEffect { kind: CompactEffectKind::Released, id: [1; 32], j: 2 },
            CompactEffect { kind: CompactEffectKind::Refunded, id: [2; 32], j: 0 },
            CompactEffect { kind: CompactEffectKind::Returned, id: [3; 32], j: 1 },
        ],
    }
}

#[test]
fn an_ordinary_transaction_has_the_stated_number_of_bytes() {
    let empty = CompactBlock { transactions: Vec::new(), ..block(&[]) }.encode().len();
    for (inputs, outputs, scan, values) in [(&[1, 2][..], &[3, 4][..], 318, 128), (&[1, 2], &[3, 4, 5], 417, 192)] {
        let transaction = unproven(vec![bundle(inputs, outputs)]);
        assert_eq!(block(core::slice::from_ref(&transaction)).encode().len() - empty, scan);
        assert_eq!(CompactValues::of([&transaction], Vec::new()).encode().len(), values);
    }
}

#[test]
fn a_block_is_read_as_it_was_written() {
    let transactions = [rich(), unproven(vec![bundle(&[1], &[2, 3])])];
    let block = block(&transactions);
    let bytes = block.encode();
    assert_eq!(CompactBlock::parse(&bytes).as_ref(), Ok(&block));
    let values = CompactValues::of(&transactions, vec![[1; 96], [2; 96]]);
    assert_eq!(CompactValues::parse(&values.encode(), &block).as_ref(), Ok(&values));
    // Two outputs and three parts, one output; two outputs.
    assert_eq!(values.values.len(), 8);
    let whole: Vec<Enote> =
        block.enotes().zip(&values.values).map(|(compact, values)| compact.with_values(*values)).collect();
    assert_eq!(whole, [10, 11, 20, 21, 22, 30, 2, 3].map(enote));
}

#[test]
fn the_compact_form_tells_the_context_of_every_bundle_and_the_id_of_every_vault() {
    let transaction = rich();
    let contexts = transaction.body.input_contexts(&NET).unwrap();
    let compact = CompactTransaction::of(&transaction, TxId([0; 32]), &NET);
    let found: Vec<_> = compact.bundles.iter().map(|bundle| bundle.input_context(&NET).unwrap()).collect();
    assert_eq!(found, contexts);
    assert_eq!(compact.bundles[1].anchor, Some(Anchor::Vault([6; 32])));
    let output = &transaction.body.bundles[0].outputs[1];
    let vault = output.lock.as_ref().unwrap().vault_id(&NET, &contexts[0], &output.enote);
    assert_eq!(compact.bundles[0].outputs[1].lock.as_ref().unwrap().vault, vault);
    assert_eq!(compact.registrations[0].op_index, 1);
    assert_eq!(compact.moves_out.len(), 1);
}

#[test]
fn bytes_missing_or_left_over_are_refused() {
    let block = block(&[rich()]);
    let mut bytes = block.encode();
    for end in 0..bytes.len() {
        assert!(CompactBlock::parse(&bytes[..end]).is_err(), "{end}");
    }
    bytes.push(0);
    assert!(CompactBlock::parse(&bytes).is_err());

    let values = CompactValues::of(&[rich()], vec![[1; 96], [2; 96]]).encode();
    for end in 0..values.len() {
        assert!(CompactValues::parse(&values[..end], &block).is_err(), "{end}");
    }
    let longer = [&values[..], &[0]].concat();
    assert!(matches!(CompactValues::parse(&longer, &block), Err(DecodeError::Length { what: "value part", .. })));
}

#[test]
fn what_no_transaction_has_is_refused() {
    let refused = |change: &dyn Fn(&mut CompactTransaction)| {
        let mut block = block(&[rich()]);
        change(&mut block.transactions[0]);
        CompactBlock::parse(&block.encode()).expect_err("a broken rule")
    };
    let lock = |tx: &mut CompactTransaction, change: &dyn Fn(&mut CompactLock)| {
        change(tx.bundles[0].outputs[1].lock.as_mut().expect("a locked output"));
    };
    let value = |what, found| DecodeError::Value { what, found };
    let limit = |what, found, min, max| DecodeError::Limit { what, found, min, max };
    // Indices.
    assert_eq!(refused(&|tx| tx.moves_out[0].bundle = 2), value("bundle of a move", 2));
    assert_eq!(refused(&|tx| tx.registrations[0].bundle = 2), value("bundle of an op", 2));
    assert_eq!(refused(&|tx| tx.registrations[0].op_index = 4), value("op index", 4));
    assert_eq!(refused(&|tx| lock(tx, &|lock| lock.default = 3)), value("default", 3));
    let descriptor = refused(&|tx| tx.registrations[0].descriptor[0] = 2);
    assert_eq!(descriptor, value("descriptor issuer kind", 2));
    // Counts.
    let spare = CompactTransaction::of(&unproven(vec![bundle(&[1], &[])]), TxId([0; 32]), &NET).bundles.remove(0);
    assert_eq!(refused(&|tx| tx.bundles = vec![spare.clone(); 9]), limit("bundles", 9, 1, 8));
    assert_eq!(refused(&|tx| tx.bundles.clear()), limit("bundles", 0, 1, 8));
    assert_eq!(refused(&|tx| tx.bundles[0].tags = vec![[1; 32]; 17]), limit("inputs of a bundle", 17, 0, 16));
    let vaults = |tx: &mut CompactTransaction| tx.bundles[0].vaults = vec![VaultId([1; 32]); 17];
    assert_eq!(refused(&vaults), limit("vault inputs of a bundle", 17, 0, 16));
    // Of both kinds together, as in the transaction.
    let both = |tags, vaults| {
        move |tx: &mut CompactTransaction| {
            (tx.bundles[0].tags, tx.bundles[0].vaults) = (vec![[1; 32]; tags], vec![VaultId([1; 32]); vaults]);
        }
    };
    assert_eq!(refused(&both(16, 1)), limit("inputs of a bundle", 17, 0, 16));
    assert_eq!(refused(&both(16, 16)), limit("inputs of a bundle", 32, 0, 16));
    let mut most = block(&[rich()]);
    both(8, 8)(&mut most.transactions[0]);
    assert_eq!(CompactBlock::parse(&most.encode()), Ok(most));
    let outputs = |tx: &mut CompactTransaction| tx.bundles[1].outputs = vec![tx.bundles[1].outputs[0].clone(); 17];
    assert_eq!(refused(&outputs), limit("outputs of a bundle", 17, 0, 16));
    assert_eq!(refused(&|tx| tx.moves_out = vec![tx.moves_out[0].clone(); 9]), limit("moves out", 9, 0, 8));
    let registered = refused(&|tx| tx.registrations = vec![tx.registrations[0].clone(); 5]);
    assert_eq!(registered, limit("register ops", 5, 0, 4));
    let outcomes = refused(&|tx| lock(tx, &|lock| lock.alternatives = vec![lock.alternatives[0].clone(); 9]));
    assert_eq!(outcomes, limit("sealed alternatives", 9, 0, 8));
    for parts in [0, 5] {
        let found = refused(&|tx| lock(tx, &|lock| lock.alternatives[0] = vec![lock.alternatives[0][0]; parts]));
        assert_eq!(found, limit("parts of an alternative", parts as u64, 1, 4));
    }
}

#[test]
fn a_count_that_cannot_fit_is_refused_before_anything_is_allocated() {
    let bytes = block(&[rich()]).encode();
    let mut many = bytes.clone();
    many[..4].copy_from_slice(&u32::MAX.to_le_bytes());
    assert!(matches!(
        CompactBlock::parse(&many),
        Err(DecodeError::Limit { what: "compact transactions", found: 0xffff_ffff, .. })
    ));
    let mut many = bytes.clone();
    let effects = bytes.len() - 3 * 34 - 4;
    many[effects..effects + 4].copy_from_slice(&4u32.to_le_bytes());
    assert!(matches!(CompactBlock::parse(&many), Err(DecodeError::Limit { what: "compact effects", .. })));
}

#[test]
fn appended_enotes_that_no_effect_explains_are_refused() {
    let block = block(&[]);
    // One release of 1 to 4 parts and one refund.
    for (appended, allowed) in [(1, false), (2, true), (5, true), (6, false)] {
        let values = CompactValues { values: Vec::new(), appended: vec![[1; 96]; appended] };
        assert_eq!(CompactValues::parse(&values.encode(), &block).is_ok(), allowed, "{appended}");
    }
}

#[test]
fn an_anchor_beside_inputs_an_unknown_effect_and_a_stray_lock_bit_are_refused() {
    let mut spent = block(&[unproven(vec![bundle(&[], &[1])])]);
    spent.transactions[0].bundles[0].anchor = Some(Anchor::Tag([1; 32]));
    assert_eq!(CompactBlock::parse(&spent.encode()), Err(DecodeError::Value { what: "anchor kind", found: 1 }));

    let mut bytes = block(&[]).encode();
    let effect = bytes.len() - 34;
    bytes[effect] = 3;
    assert_eq!(CompactBlock::parse(&bytes), Err(DecodeError::Value { what: "compact effect", found: 3 }));

    let mut bytes = block(&[unproven(vec![bundle(&[1], &[2])])]).encode();
    let bitmap = 4 + 32 + 1 + 16 + 3;
    bytes[bitmap] = 2;
    assert_eq!(CompactBlock::parse(&bytes), Err(DecodeError::Value { what: "lock bitmap", found: 2 }));
}

#[test]
fn unlocked_outputs_enter_in_order_and_locked_ones_and_parts_do_not() {
    let transactions = [rich(), unproven(vec![bundle(&[1], &[2, 3])])];
    let values = CompactValues::of(&transactions, Vec::new());
    let entries: Vec<_> = [10, 30, 2, 3].map(enote).iter().map(entry).collect();
    assert_eq!(block(&transactions).unlocked(&values), entries);
}

fn entry(enote: &Enote) -> [u8; 96] {
    [enote.one_time_key, enote.commitment, enote.asset_tag].concat().try_into().unwrap()
}

#[test]
fn released_refunded_and_returned_enotes_enter_in_the_order_of_the_receipts() {
    let transactions = [rich()];
    let mut block = block(&transactions);
    let stub = [8; 32];
    block.effects = vec![
        CompactEffect { kind: CompactEffectKind::Released, id: [1; 32], j: 2 },
        CompactEffect { kind: CompactEffectKind::Returned, id: stub, j: 1 },
        CompactEffect { kind: CompactEffectKind::Refunded, id: [2; 32], j: 0 },
    ];
    let values = CompactValues::of(&transactions, vec![[1; 96], [2; 96], [3; 96]]);
    let entries = block.released(&values, |vault, j| (vault.0 == [1; 32] && j == 2).then_some(2)).unwrap();
    assert_eq!([entries[0], entries[1], entries[3]], [[1; 96], [2; 96], [3; 96]]);
    let (commitment, asset_tag) =
        dero_crypto::enote::public_commitment(dero_crypto::commitment::Amount(77), &AssetId([2; 32]));
    assert_eq!(entries[2].to_vec(), [stub, commitment.to_bytes(), asset_tag.to_bytes()].concat());
    let unknown = UnknownEntry::Outcome { vault: VaultId([1; 32]), j: 2 };
    assert_eq!(block.released(&values, |_, _| None), Err(unknown));
    // More parts than the block appends: what lacks one is named.
    let lacking = UnknownEntry::Outcome { vault: VaultId([2; 32]), j: 0 };
    assert_eq!(block.released(&values, |_, _| Some(3)), Err(lacking));
}

/// Ko names a stub only inside one transaction (10.4, step 3): with equal ones in two, an effect 7 is one of both.
#[test]
fn which_of_two_stubs_with_one_key_came_back_is_told_only_where_it_makes_no_difference() {
    let of = |amounts: [u64; 2], effects: usize| {
        let transactions = amounts.map(|amount| {
            let mut transaction = rich();
            transaction.body.moves[1].amount = amount;
            transaction
        });
        let returned = CompactEffect { kind: CompactEffectKind::Returned, id: [8; 32], j: 1 };
        CompactBlock { effects: vec![returned; effects], ..block(&transactions) }
    };
    let entries: [[u8; 96]; 2] = [5, 6].map(|amount| {
        let (commitment, asset_tag) =
            dero_crypto::enote::public_commitment(dero_crypto::commitment::Amount(amount), &AssetId([2; 32]));
        [[8; 32], commitment.to_bytes(), asset_tag.to_bytes()].concat().try_into().unwrap()
    });
    let told = |block: &CompactBlock| block.released(&CompactValues::default(), |_, _| None);
    let open = of([5, 6], 1);
    let returned = open.returned().unwrap();
    assert_eq!((returned.entries, returned.candidates), (vec![None], entries.into()));
    assert_eq!(told(&open), Err(UnknownEntry::Stub { one_time_key: [8; 32] }));
    // The first one is no answer: that is what this block would say of the second one as well.
    assert_eq!(of([6, 5], 1).returned().unwrap().entries, [None]);
    assert_eq!(told(&of([5, 6], 2)), Ok(entries.to_vec()));
    assert_eq!(told(&of([6, 6], 1)), Ok(vec![entries[1]]));
    assert_eq!(told(&of([6, 6], 3)), Err(UnknownEntry::Stub { one_time_key: [8; 32] }));
}

#[test]
fn coinbase_enotes_have_computed_values() {
    let coinbase = block(&[]).coinbase;
    let [entry] = coinbase_entries(&coinbase)[..] else { panic!("one output") };
    let (commitment, asset_tag) =
        dero_crypto::enote::public_commitment(dero_crypto::commitment::Amount(5), &AssetId::NATIVE);
    assert_eq!(entry.to_vec(), [[4; 32], commitment.to_bytes(), asset_tag.to_bytes()].concat());
}
