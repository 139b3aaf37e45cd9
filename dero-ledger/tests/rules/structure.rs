//! Step 1. Bodies here hold no valid point: the bytes alone decide.

use dero_crypto::{
    DecodeError,
    asset::AssetId,
    enote::{Enote, PublicEnote},
    membership::MembershipProof,
};
use dero_ledger::{
    rules::{Blame, Section, TxError},
    testing::unproven,
    transaction::{
        AcceptPhase, AssetOp, Body, Bundle, ContractId, Direction, Input, LockRecord, Output, PublicMove,
        Transaction, VaultId, limits,
    },
};

use proptest::{collection::vec, prelude::*, sample::Index};

use crate::scenes::{self, DEPOSIT, MOVES, OPS, PAYMENT};

fn enote() -> Enote {
    Enote::from_bytes(&[9; 163]).unwrap()
}

fn input() -> Input {
    Input { tag: [1; 32], key: [2; 32], commitment: [3; 32], asset_tag: [4; 32] }
}

fn bundle(inputs: usize, outputs: usize) -> Bundle {
    Bundle {
        tx_nonce: [0; 16],
        inputs: vec![input(); inputs],
        vault_inputs: Vec::new(),
        outputs: vec![Output::from(enote()); outputs],
    }
}

fn body(bundles: Vec<Bundle>) -> Body {
    Body { expiry: 9, ..unproven(bundles).body }
}

fn record() -> LockRecord {
    LockRecord {
        contract: ContractId([0; 32]),
        authority: [0; 32],
        due: 9,
        default: 0,
        accept: None,
        alternatives: Vec::new(),
    }
}

fn move_in(bundle: u8) -> PublicMove {
    PublicMove {
        bundle,
        contract: ContractId([0; 32]),
        asset: AssetId::NATIVE,
        amount: 1,
        direction: Direction::In { nonce: [0; 32] },
    }
}

/// Bytes of OutProofs by the layout of 10.1, counted by hand.
fn out_proofs(body: &Body) -> usize {
    let omega = 1
        + body.bundles.iter().map(|bundle| bundle.inputs.len() + bundle.vault_inputs.len()).sum::<usize>()
        + body.ops.iter().filter(|op| matches!(op.kind(), 1 | 2)).count()
        + body.moves.iter().filter(|public_move| public_move.is_in()).count();
    let q = (1..).find(|q| 1 << q >= omega).unwrap();
    let mut total = 0;
    for (place, bundle) in body.bundles.iter().enumerate() {
        let outputs = bundle.outputs.len();
        let locks = bundle.outputs.iter().filter_map(|output| output.lock.as_ref());
        let alternatives = || locks.clone().flat_map(|record| &record.alternatives);
        let parts: usize = alternatives().filter(|parts| parts.len() > 1).map(Vec::len).sum();
        let ops =
            |kind| body.ops.iter().filter(|op| usize::from(op.bundle()) == place && op.kind() == kind).count();
        let values = outputs + parts + ops(2) + ops(4);
        total += 192 * (outputs + parts) + 160 * (ops(2) + ops(4));
        total += (outputs + ops(4)) * 32 * (4 + 2 * q);
        total += match values {
            0 => 0,
            1 => 576,
            2 => 640,
            3..=4 => 704,
            5..=8 => 768,
            _ => 832,
        };
        total += 64 * locks.filter(|record| !record.alternatives.is_empty()).count();
    }
    total
}

/// The bytes of a transaction with this Body and sections of the lengths that it asks for.
fn bytes(body: Body) -> Vec<u8> {
    let parameters = &PAYMENT.treasury.parameters;
    let proof = 5 + MembershipProof::len(parameters.sets);
    let tx = Transaction {
        out_proofs: vec![0; out_proofs(&body)],
        membership: vec![0; proof * body.input_count()],
        auth: Vec::new(),
        memos: Vec::new(),
        payload: Vec::new(),
        body,
    };
    tx.encode(&parameters.net)
}

fn parse(body: Body) -> Result<Transaction, TxError> {
    Transaction::parse(&bytes(body), &PAYMENT.treasury.parameters)
}

/// `what` is allowed with `most` and refused with one more.
fn limit(what: &str, most: usize, shape: impl Fn(usize) -> Body) {
    assert!(parse(shape(most)).is_ok(), "{what}: {most}");
    let error = parse(shape(most + 1)).expect_err("one too many");
    assert!(error.to_string().contains(what), "{error} is not about {what}");
    assert_eq!((error.step(), error.blame()), (1, Blame::Bytes));
}

#[test]
fn eight_bundles_are_allowed_and_nine_are_not() {
    limit("bundles", 8, |count| body(vec![bundle(1, 1); count]));
    let none = parse(body(Vec::new()));
    assert!(matches!(none, Err(TxError::Layout(DecodeError::Limit { what: "bundles", found: 0, .. }))));
}

#[test]
fn sixteen_inputs_of_a_bundle_are_allowed_and_seventeen_are_not() {
    limit("inputs of a bundle", 16, |count| body(vec![bundle(count, 2)]));
    limit("inputs of a bundle", 16, |count| {
        let mut mixed = bundle(count - 8, 2);
        mixed.vault_inputs = vec![VaultId([0; 32]); 8];
        body(vec![mixed])
    });
}

#[test]
fn sixteen_outputs_of_a_bundle_are_allowed_and_seventeen_are_not() {
    // Seventeen outputs are not even written: the lock bitmap has sixteen bits.
    assert!(parse(body(vec![bundle(1, 16)])).is_ok());
    let mut bytes = bytes(body(vec![bundle(1, 16)]));
    let count = 4 + 1 + 4 + 1 + 24 + 32 + 1 + 16 + 2;
    assert_eq!(bytes[count], 16);
    bytes[count] = 17;
    let error = Transaction::parse(&bytes, &PAYMENT.treasury.parameters).unwrap_err();
    assert!(matches!(
        error,
        TxError::Layout(DecodeError::Limit { what: "outputs of a bundle", found: 17, max: 16, .. })
    ));
}

#[test]
fn thirty_two_private_inputs_are_allowed_and_more_are_not() {
    limit("private inputs", 32, |count| body(vec![bundle(16, 1), bundle(15, 1), bundle(count - 31, 1)]));
}

#[test]
fn without_expiry_eight_private_inputs_are_allowed_and_nine_are_not() {
    limit("private inputs", 8, |count| Body { expiry: 0, ..body(vec![bundle(count, 2)]) });
}

#[test]
fn eight_vault_inputs_are_allowed_and_nine_are_not() {
    limit("vault inputs", 8, |count| {
        let vaults = |count| Bundle { vault_inputs: vec![VaultId([0; 32]); count], ..bundle(0, 1) };
        body(vec![vaults(4), vaults(count - 4)])
    });
}

#[test]
fn two_to_thirty_two_outputs_are_allowed() {
    limit("outputs", 32, |count| body(vec![bundle(1, 16), bundle(1, count - 16), bundle(1, 0)]));
    assert!(parse(body(vec![bundle(1, 2)])).is_ok());
    assert_eq!(
        parse(body(vec![bundle(1, 1), bundle(1, 0)])),
        Err(TxError::Limit { what: "outputs", found: 1, min: 2, max: 32 })
    );
}

#[test]
fn four_ops_are_allowed_and_five_are_not() {
    let burn = AssetOp::Burn { bundle: 0, asset: AssetId::NATIVE, amount: 1 };
    limit("ops", 4, |count| Body { ops: vec![burn.clone(); count], ..body(vec![bundle(1, 2)]) });
}

#[test]
fn eight_moves_are_allowed_and_nine_are_not() {
    limit("moves", 8, |count| Body { moves: vec![move_in(0); count], ..body(vec![bundle(1, 2)]) });
}

#[test]
fn eight_lock_records_are_allowed_and_nine_are_not() {
    let locked = Output { enote: enote(), lock: Some(record()) };
    limit("lock records", 8, |count| body(vec![Bundle { outputs: vec![locked.clone(); count], ..bundle(1, 0) }]));
}

#[test]
fn sixteen_range_values_of_a_bundle_are_allowed_and_seventeen_are_not() {
    let hidden =
        AssetOp::MintHidden { bundle: 0, asset: AssetId([1; 32]), commitment: [0; 32], range_commitment: [0; 32] };
    let what = "range values of a bundle";
    limit(what, 16, |count| Body { ops: vec![hidden.clone(); count - 13], ..body(vec![bundle(1, 13)]) });
    limit(what, 16, |count| {
        let mut locked = bundle(1, count - 8);
        let split = vec![vec![enote(); 4], vec![enote(); 4], vec![enote()]];
        locked.outputs[0].lock = Some(LockRecord { alternatives: split, ..record() });
        body(vec![locked])
    });
}

#[test]
fn a_body_of_64_kib_is_allowed_and_one_byte_more_is_not() {
    let filled = |bytes: usize| {
        let mut body = body(vec![bundle(1, 2)]);
        let length = |body: &Body| body.encode(&PAYMENT.treasury.parameters.net).len();
        let op = |descriptor| AssetOp::Register { bundle: 0, descriptor };
        body.ops = vec![op(vec![0; 60_000]), op(Vec::new())];
        let rest = bytes - length(&body);
        body.ops[1] = op(vec![0; rest]);
        assert_eq!(length(&body), bytes);
        body
    };
    limit("Body", limits::BODY_BYTES, filled);
}

#[test]
fn a_transaction_of_192_kib_is_read_and_one_byte_more_is_not() {
    let mut tx = parse(body(vec![bundle(1, 2)])).unwrap();
    let parameters = &PAYMENT.treasury.parameters;
    tx.payload = vec![0; limits::TRANSACTION_BYTES - tx.encode(&parameters.net).len()];
    assert!(Transaction::parse(&tx.encode(&parameters.net), parameters).is_ok());
    tx.payload.push(0);
    let error = Transaction::parse(&tx.encode(&parameters.net), parameters).unwrap_err();
    assert!(matches!(error, TxError::Layout(DecodeError::Limit { what: "transaction", .. })));
}

#[test]
fn a_lock_record_has_limits_of_its_own() {
    let locked = |lock: LockRecord| {
        let mut locked = bundle(1, 2);
        locked.outputs[0].lock = Some(lock);
        body(vec![locked])
    };
    let keys =
        |count| LockRecord { accept: Some(AcceptPhase { accept_by: 3, keys: vec![[1; 32]; count] }), ..record() };
    limit("accepting keys", 4, |count| locked(keys(count)));
    assert!(parse(locked(keys(0))).is_err(), "bit 0 without a key");
    limit("sealed alternatives", 8, |count| {
        locked(LockRecord { alternatives: vec![vec![enote()]; count], ..record() })
    });
    limit("parts of an alternative", 4, |count| {
        locked(LockRecord { alternatives: vec![vec![enote(); count]], ..record() })
    });
    assert!(parse(locked(LockRecord { alternatives: vec![Vec::new()], ..record() })).is_err(), "B_j = 0");
    let default = |default| locked(LockRecord { default, alternatives: vec![vec![enote()]; 3], ..record() });
    assert!(parse(default(3)).is_ok());
    assert_eq!(parse(default(4)), Err(TxError::RecordDefault { found: 4, alternatives: 3 }));
}

#[test]
fn a_lock_record_without_accept_phase_has_neither_height_nor_keys_of_one() {
    let bytes = record().encode();
    assert_eq!(LockRecord::parse(&bytes), Ok(record()));
    let with = |place: usize, value: u8| {
        let mut bytes = bytes.clone();
        bytes[place] = value;
        LockRecord::parse(&bytes).unwrap_err()
    };
    assert!(matches!(with(0, 2), TxError::Layout(DecodeError::Value { what: "kind of a lock record", found: 2 })));
    let accept_by = 1 + 32 + 32 + 8 + 1;
    assert_eq!(with(accept_by, 7), TxError::AcceptByWithoutPhase { found: 7 });
    assert!(matches!(with(accept_by + 8, 1), TxError::Layout(DecodeError::Limit { what: "accepting keys", .. })));
    let longer = [bytes.as_slice(), &[0]].concat();
    assert!(matches!(LockRecord::parse(&longer), Err(TxError::Layout(DecodeError::Length { .. }))));
}

#[test]
fn a_bundle_without_anchor_is_refused_and_a_move_in_is_an_anchor() {
    let two = || vec![bundle(1, 2), bundle(0, 1)];
    assert_eq!(parse(body(two())), Err(TxError::NoAnchor { bundle: 1 }));
    assert!(parse(Body { moves: vec![move_in(1)], ..body(two()) }).is_ok());
    let stub = PublicEnote::from_bytes(&[0; 91]).unwrap();
    let out = PublicMove { direction: Direction::Out { stub }, ..move_in(1) };
    assert_eq!(parse(Body { moves: vec![out], ..body(two()) }), Err(TxError::NoAnchor { bundle: 1 }));
}

#[test]
fn an_op_or_a_move_of_a_bundle_that_is_not_there_is_refused() {
    let one = || body(vec![bundle(1, 2)]);
    for (bundle, ok) in [(0, true), (1, false), (255, false)] {
        let op = AssetOp::Burn { bundle, asset: AssetId::NATIVE, amount: 1 };
        let expected = |what| Err(TxError::BundleIndex { what, index: 0, found: bundle, bundles: 1 });
        let (burn, public_move) = (
            parse(Body { ops: vec![op], ..one() }).map(drop),
            parse(Body { moves: vec![move_in(bundle)], ..one() }).map(drop),
        );
        assert_eq!(burn, if ok { Ok(()) } else { expected("op") });
        assert_eq!(public_move, if ok { Ok(()) } else { expected("move") });
    }
}

/// The scene's bytes with one byte of Body changed.
fn with_byte(tx: &Transaction, place: usize, from: u8, to: u8) -> TxError {
    let parameters = &PAYMENT.treasury.parameters;
    let mut bytes = tx.encode(&parameters.net);
    assert_eq!(bytes[4 + place], from);
    bytes[4 + place] = to;
    Transaction::parse(&bytes, parameters).unwrap_err()
}

#[test]
fn other_versions_flags_networks_kinds_and_classes_are_refused() {
    let (payment, length) = (&PAYMENT.tx, PAYMENT.tx.body.encode(&PAYMENT.treasury.parameters.net).len());
    assert_eq!(with_byte(payment, 0, 1, 2), TxError::Version { found: 2 });
    assert!(matches!(with_byte(payment, 1, 7, 8), TxError::OtherNetwork { found: [8, 7, 7, 7], .. }));
    assert_eq!(with_byte(payment, 5, 0, 1), TxError::Flags { found: 1 });
    let value = |what, found| TxError::Layout(DecodeError::Value { what, found });
    assert_eq!(with_byte(payment, length - 33, 0, 4), value("memo class", 4));
    // Lock bitmap of three outputs, behind the three counts of the only bundle.
    let bitmap = 6 + 24 + 32 + 1 + 16 + 3;
    assert_eq!(with_byte(payment, bitmap, 0, 8), TxError::LockBitmap { bundle: 0, found: 8, outputs: 3 });
    // The first op and the first move stand behind bundles and count.
    let bundles = |tx: &Transaction| {
        let alone = Body { ops: Vec::new(), moves: Vec::new(), ..tx.body.clone() };
        alone.encode(&PAYMENT.treasury.parameters.net).len() - (1 + 1 + 4 + 32 + 1 + 32)
    };
    assert_eq!(with_byte(&OPS.tx, bundles(&OPS.tx) + 1, 0, 5), value("op kind", 5));
    let burn = 2 + 32 + 8;
    assert_eq!(with_byte(&MOVES.tx, bundles(&MOVES.tx) + 1 + burn + 1, 0, 2), value("direction of a move", 2));
}

#[test]
fn a_byte_behind_the_last_field_of_body_is_refused() {
    let parameters = &PAYMENT.treasury.parameters;
    let body = PAYMENT.tx.body.encode(&parameters.net);
    assert_eq!(Body::parse(&body, &parameters.net).as_ref(), Ok(&PAYMENT.tx.body));
    let left = TxError::Layout(DecodeError::Length { what: "Body", expected: 0, found: 1 });
    let longer = [&body[..], &[0]].concat();
    assert_eq!(Body::parse(&longer, &parameters.net), Err(left.clone()));
    // The same inside a transaction whose section says so.
    let mut bytes = PAYMENT.tx.encode(&parameters.net);
    bytes[..4].copy_from_slice(&(longer.len() as u32).to_le_bytes());
    bytes.insert(4 + body.len(), 0);
    assert_eq!(Transaction::parse(&bytes, parameters), Err(left));
}

#[test]
fn counts_of_255_are_refused_before_what_they_count_is_read() {
    let parameters = &PAYMENT.treasury.parameters;
    // The counts of bundles, inputs, vault inputs and outputs; those of ops and moves stand behind the only bundle.
    let bundles = 1 + 4 + 1 + 24 + 32;
    let payment = &PAYMENT.tx.body.bundles[0];
    let behind = bundles + 1 + 16 + 5 + 128 * payment.inputs.len() + 163 * payment.outputs.len();
    let counts = [
        (bundles, 1, "bundles"),
        (bundles + 17, 2, "inputs of a bundle"),
        (bundles + 18, 0, "vault inputs of a bundle"),
        (bundles + 19, 3, "outputs of a bundle"),
        (behind, 0, "ops"),
        (behind + 1, 0, "moves"),
    ];
    for (place, from, what) in counts {
        let error = with_byte(&PAYMENT.tx, place, from, 255);
        assert!(
            matches!(error, TxError::Layout(DecodeError::Limit { what: found, found: 255, .. }) if found == what),
            "{what}: {error}"
        );
    }
    // Lengths of sections beyond the bytes that are there.
    let bytes = PAYMENT.tx.encode(&parameters.net);
    let mut at = 0;
    for section in ["Body", "OutProofs", "Auth", "Membership", "Memos", "Payload"] {
        let mut lying = bytes.clone();
        lying[at..at + 4].copy_from_slice(&u32::MAX.to_le_bytes());
        let error = Transaction::parse(&lying, parameters).unwrap_err();
        assert!(
            matches!(error, TxError::Layout(DecodeError::Length { what, .. }) if what == section),
            "{section}: {error}"
        );
        let length = u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap());
        at += 4 + length as usize;
    }
}

#[test]
fn sections_have_the_lengths_that_body_asks_for() {
    let cases: [(Section, fn(&mut Transaction) -> &mut Vec<u8>, u8); 5] = [
        (Section::OutProofs, |tx| &mut tx.out_proofs, 1),
        (Section::Membership, |tx| &mut tx.membership, 1),
        (Section::Memos, |tx| &mut tx.memos, 2),
        (Section::Payload, |tx| &mut tx.payload, 2),
        (Section::Auth, |tx| &mut tx.auth, 4),
    ];
    for (section, of, step) in cases {
        for longer in [false, true] {
            let mut changed = false;
            let error = DEPOSIT.refusal_or(|tx| {
                let bytes = of(tx);
                changed = longer || !bytes.is_empty();
                if longer {
                    bytes.push(0);
                } else {
                    bytes.pop();
                }
            });
            let Some(error) = error else {
                assert!(!changed, "{section} accepted");
                continue;
            };
            assert!(matches!(error, TxError::SectionLength { section: found, .. } if found == section), "{error}");
            assert_eq!(error.step(), step);
        }
    }
}

#[test]
fn a_proof_more_or_fewer_is_refused() {
    for proof in [32, 64, 160, 192, 5 + 32 * 12] {
        for (of, section) in [
            ((|tx| &mut tx.out_proofs) as fn(&mut Transaction) -> &mut Vec<u8>, Section::OutProofs),
            (|tx| &mut tx.membership, Section::Membership),
            (|tx| &mut tx.auth, Section::Auth),
        ] {
            for longer in [false, true] {
                let error = PAYMENT.refusal(|tx| {
                    let bytes = of(tx);
                    let length = if longer { bytes.len() + proof } else { bytes.len().saturating_sub(proof) };
                    bytes.resize(length, 0);
                });
                assert!(matches!(error, TxError::SectionLength { section: found, .. } if found == section));
            }
        }
    }
}

#[test]
fn lengths_that_lie_are_refused() {
    let parameters = &PAYMENT.treasury.parameters;
    let bytes = PAYMENT.tx.encode(&parameters.net);
    for cut in 0..bytes.len() {
        assert!(Transaction::parse(&bytes[..cut], parameters).is_err(), "cut at {cut}");
    }
    let longer = [bytes.as_slice(), &[0]].concat();
    assert!(matches!(
        Transaction::parse(&longer, parameters),
        Err(TxError::Layout(DecodeError::Length { what: "transaction", .. }))
    ));
    let mut huge = bytes;
    huge[..4].copy_from_slice(&[255; 4]);
    assert!(Transaction::parse(&huge, parameters).is_err());
}

/// Bytes of `valid` with some changed and perhaps the end cut off.
fn damaged(valid: Vec<u8>) -> impl Strategy<Value = Vec<u8>> {
    let changes = vec((any::<Index>(), any::<u8>()), 1..4);
    (changes, any::<Index>(), 0..4_u8).prop_map(move |(changes, cut, cuts)| {
        let mut bytes = valid.clone();
        for (place, value) in changes {
            let place = place.index(bytes.len());
            bytes[place] = value;
        }
        if cuts == 0 {
            bytes.truncate(cut.index(bytes.len()));
        }
        bytes
    })
}

fn transactions() -> impl Strategy<Value = Vec<u8>> {
    (0..6_usize).prop_flat_map(|scene| {
        let (_, scene) = scenes::all()[scene];
        damaged(scene.tx.encode(&scene.treasury.parameters.net))
    })
}

fn records() -> impl Strategy<Value = Vec<u8>> {
    damaged(DEPOSIT.tx.body.lock_records().next().unwrap().encode())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn damaged_transactions_are_refused_or_written_as_they_are_read(bytes in transactions()) {
        let parameters = &PAYMENT.treasury.parameters;
        if let Ok(tx) = Transaction::parse(&bytes, parameters) {
            prop_assert_eq!(tx.encode(&parameters.net), bytes);
        }
    }

    #[test]
    fn damaged_lock_records_are_refused_or_written_as_they_are_read(bytes in records()) {
        if let Ok(record) = LockRecord::parse(&bytes) {
            prop_assert_eq!(record.encode(), bytes);
        }
    }

    #[test]
    fn any_bytes_at_all_are_read_or_refused(bytes in vec(any::<u8>(), 0..2_000)) {
        let parameters = &PAYMENT.treasury.parameters;
        prop_assert!(Transaction::parse(&bytes, parameters).is_err());
        prop_assert!(Body::parse(&bytes, &parameters.net).is_err());
        if let Ok(record) = LockRecord::parse(&bytes) {
            prop_assert_eq!(record.encode(), bytes);
        }
    }
}
