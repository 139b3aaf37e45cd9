//! A draft that gives no valid transaction is refused before anybody signs.

use dero_crypto::{
    asset::AssetId,
    commitment::Amount,
    enote::{Anchor, InputContext, MemoClass, Opening},
    group::{Point, Scalar, decode_scalar},
    membership::{MembershipProof, Reference},
    secret::Secret,
    sigma::{SchnorrProof, SpendProof},
};
use dero_ledger::{
    rules::{LockedVault, Statement, TxError, UnverifiedTransaction, VaultStatus},
    testing::{MemoryState, Treasury},
    transaction::{
        ContractId, Direction, PublicMove, Transaction, VaultId,
        builder::{
            BuildError, BundleDraft, OpAction, OpDraft, OutputDraft, Signatures, TransactionDraft,
            UnsignedTransaction,
        },
    },
};

use crate::scenes::{CONTRACT, DEPOSIT, NATIVE, PAYMENT, PAYOUT, Scene, TOKEN, VAULT, call, key, plain, rng, sign};

fn build(change: impl FnOnce(&mut TransactionDraft, &Treasury)) -> Result<Transaction, BuildError> {
    let mut rng = rng(51);
    let treasury = &PAYMENT.treasury;
    let bundle = treasury.bundle(&[0, 12], &[(NATIVE, 992), (TOKEN, 100)], &mut rng);
    let mut draft = TransactionDraft { fee: 8, bundles: vec![bundle], ..plain() };
    change(&mut draft, treasury);
    treasury.finish(draft, &mut rng)
}

#[test]
fn a_draft_that_does_not_balance_in_each_asset_is_refused() {
    assert!(build(|_, _| {}).is_ok());
    assert_eq!(build(|draft, _| draft.fee = 9), Err(BuildError::Unbalanced));
    let burn = |asset, amount| OpDraft { bundle: 0, action: OpAction::Burn(asset, Amount(amount)) };
    assert_eq!(build(|draft, _| draft.ops.push(burn(TOKEN, 1))), Err(BuildError::Unbalanced));
    // The native surplus does not pay for another asset.
    assert_eq!(
        build(|draft, _| {
            draft.fee = 7;
            draft.ops.push(burn(TOKEN, 1));
        }),
        Err(BuildError::Unbalanced)
    );
    assert!(
        build(|draft, _| {
            draft.fee = 7;
            draft.ops.push(burn(NATIVE, 1));
        })
        .is_ok()
    );
}

#[test]
fn an_op_or_move_of_a_bundle_that_is_not_there_is_refused() {
    let bundle = |what, found| Err(BuildError::Bundle { what, index: 0, found, bundles: 1 });
    let op = OpDraft { bundle: 1, action: OpAction::Burn(NATIVE, Amount(1)) };
    assert_eq!(build(|draft, _| draft.ops.push(op)), bundle("op", 1));
    let public_move = PublicMove {
        bundle: 9,
        contract: CONTRACT,
        asset: NATIVE,
        amount: 1,
        direction: Direction::In { nonce: [0; 32] },
    };
    assert_eq!(build(|draft, _| draft.moves.push(public_move)), bundle("move", 9));
}

#[test]
fn a_memo_has_the_size_of_the_class() {
    let wrong = Err(BuildError::Memo { found: 0, expected: 64 });
    assert_eq!(build(|draft, _| draft.memo_class = MemoClass::Small), wrong);
    assert!(
        build(|draft, _| {
            draft.memo_class = MemoClass::Small;
            draft.bundles[0].outputs.iter_mut().for_each(|output| output.memo = vec![1; 64]);
        })
        .is_ok()
    );
}

#[test]
fn an_output_of_an_asset_that_nothing_brings_in_has_no_proof() {
    let other = AssetId([8; 32]);
    let refused = build(|draft, treasury| {
        let context = InputContext::bundle(&treasury.parameters.net, &draft.smallest_anchor(0).unwrap());
        draft.bundles[0].outputs.push(treasury.output(&context, other, 0, &mut rng(52)));
    });
    assert!(matches!(refused, Err(BuildError::NoSuchAsset { bundle: 0, .. })));
}

#[test]
fn rules_of_body_hold_for_drafts() {
    let rule = |error| Err(BuildError::Rule(error));
    assert_eq!(
        build(|draft, _| {
            let again = draft.bundles[0].inputs[0].clone();
            draft.bundles[0].inputs.push(again);
        }),
        Err(BuildError::Unbalanced)
    );
    assert_eq!(
        build(|draft, _| {
            draft.bundles[0].outputs.clear();
            draft.fee = 1_000;
            draft.ops.push(OpDraft { bundle: 0, action: OpAction::Burn(TOKEN, Amount(100)) });
        }),
        rule(TxError::Limit { what: "outputs", found: 0, min: 2, max: 32 })
    );
    assert_eq!(build(|draft, _| draft.bundles.push(BundleDraft::default())), rule(TxError::NoAnchor { bundle: 0 }));
    let most = build(|draft, treasury| {
        let context = InputContext::bundle(&treasury.parameters.net, &draft.smallest_anchor(0).unwrap());
        let mut rng = rng(53);
        let more = (0..15).map(|_| treasury.output(&context, NATIVE, 0, &mut rng));
        draft.bundles[0].outputs.extend(more);
    });
    assert!(matches!(most, Err(BuildError::Rule(TxError::Limit { what: "outputs of a bundle", found: 17, .. }))));
}

#[test]
fn a_draft_with_more_than_a_transaction_holds_is_refused() {
    let large = build(|draft, _| draft.payload = vec![1; 200 << 10]);
    assert!(matches!(large, Err(BuildError::Rule(TxError::Limit { what: "transaction", .. }))));
}

#[test]
fn signatures_and_places_are_counted() {
    let mut rng = rng(54);
    let treasury = &PAYMENT.treasury;
    let bundle = treasury.bundle(&[0, 12], &[(NATIVE, 1_000), (TOKEN, 100)], &mut rng);
    let draft = TransactionDraft { bundles: vec![bundle], ..plain() };
    let unsigned = draft.prove(&treasury.parameters.net, &mut rng).unwrap();
    let membership = treasury.place(&unsigned, &mut rng);
    let signatures = Signatures { spends: treasury.sign(&unsigned, &mut rng), ..Signatures::default() };
    let missing = |what| Err(BuildError::Missing { what, expected: 2, found: 1 });
    let assemble = |signatures: &Signatures, membership| unsigned.clone().assemble(signatures, membership);
    assert_eq!(assemble(&signatures, &membership[..1]), missing("membership proofs"));
    let one = Signatures { spends: signatures.spends[..1].to_vec(), ..Signatures::default() };
    assert_eq!(assemble(&one, &membership), missing("spend proofs"));
    assert!(assemble(&signatures, &membership).is_ok());
}

#[test]
fn an_image_of_another_member_is_not_placed() {
    let mut rng = rng(55);
    let treasury = &PAYMENT.treasury;
    let bundle = treasury.bundle(&[0], &[(NATIVE, 1_000), (NATIVE, 0)], &mut rng);
    let unsigned =
        TransactionDraft { bundles: vec![bundle], ..plain() }.prove(&treasury.parameters.net, &mut rng).unwrap();
    let set = PAYMENT.judge(&PAYMENT.tx).unwrap().effects().reference_sets()[0].clone();
    let place = |input, place| {
        unsigned
            .prove_membership(input, treasury.parameters.sets, &set, place, &mut crate::scenes::rng(56))
            .map(drop)
    };
    assert_eq!(place(0, 0), Ok(()));
    let statement = Statement::Membership { input: 0 };
    assert!(matches!(place(0, 1), Err(BuildError::Proof { statement: found, .. }) if found == statement));
    assert_eq!(place(1, 0), Err(BuildError::Missing { what: "private inputs", expected: 2, found: 1 }));
}

/// A payout of `vault` without private input, built by whoever knows the openings.
fn payout(
    vault: VaultId,
    change: impl FnOnce(&mut TransactionDraft, &dyn Fn(u64) -> OutputDraft),
) -> (Treasury, UnsignedTransaction, MemoryState) {
    let mut rng = rng(57);
    let treasury = PAYOUT.treasury.clone();
    let opening =
        Opening::new(NATIVE, Amount(500), Secret::new(Scalar::from(3u64)), Secret::new(Scalar::from(4u64)));
    let mut state = treasury.state();
    let point = |element| Point::encode(element, "vault").unwrap();
    state.vaults.insert(
        vault,
        VaultStatus::Locked(Box::new(LockedVault {
            commitment: point(opening.commitment()),
            asset_tag: point(opening.asset_tag()),
            authority: Some(key(41).1),
            contract: ContractId([1; 32]),
            due: u64::MAX,
        })),
    );
    let context = InputContext::bundle(&treasury.parameters.net, &Anchor::Vault(vault.0));
    let output = |amount| treasury.output(&context, NATIVE, amount, &mut crate::scenes::rng(100 + amount));
    let outputs = [200, 300].map(output).into();
    let bundle = BundleDraft { vaults: vec![(vault, opening)], outputs, ..BundleDraft::default() };
    let mut draft = TransactionDraft { bundles: vec![bundle], payload: call(), ..plain() };
    change(&mut draft, &output);
    let unsigned = draft.prove(&treasury.parameters.net, &mut rng).unwrap();
    (treasury, unsigned, state)
}

/// What signs a payout of `vault`.
fn signed(vault: VaultId, treasury: &Treasury, unsigned: UnsignedTransaction) -> (Transaction, SchnorrProof) {
    let mut rng = rng(58);
    let (secret, authority) = key(41);
    let statement = unsigned.vault_authority(vault, authority).statement();
    let signature = SchnorrProof::prove(&statement, &secret, &mut rng).unwrap();
    (sign(treasury, unsigned, vec![signature], vec![], &mut rng), signature)
}

/// Row 131.
#[test]
fn a_payout_rebuilt_by_somebody_who_knows_the_openings_lacks_the_signature() {
    let (treasury, unsigned, state) = payout(VAULT, |_, _| {});
    let (tx, signature) = signed(VAULT, &treasury, unsigned);
    let scene = Scene { treasury, state, tx };
    assert!(scene.judge(&scene.tx).is_ok());
    type Change = fn(&mut TransactionDraft, &dyn Fn(u64) -> OutputDraft);
    let changes: [(&str, Change); 5] = [
        ("expiry", |draft, _| draft.expiry = 201),
        ("tx_nonce", |draft, _| draft.bundles[0].tx_nonce[0] ^= 1),
        ("fee", |draft, output| {
            draft.fee = 8;
            draft.bundles[0].outputs[1] = output(292);
        }),
        ("memo", |draft, _| {
            draft.memo_class = MemoClass::Small;
            draft.bundles[0].outputs.iter_mut().for_each(|output| output.memo = vec![1; 64]);
        }),
        ("output", |draft, output| draft.bundles[0].outputs = vec![output(100), output(400)]),
    ];
    for (what, change) in changes {
        let (treasury, unsigned, _) = payout(VAULT, change);
        let rebuilt = sign(&treasury, unsigned.clone(), vec![signature], vec![], &mut rng(58));
        let refused = scene.judge(&rebuilt).map(drop);
        assert_eq!(refused, Err(TxError::Proof(Statement::VaultAuthority { input: 0 })), "{what}");
        // Nothing else is wrong with it.
        let (resigned, _) = signed(VAULT, &treasury, unsigned);
        assert_eq!(scene.judge(&resigned).map(drop), Ok(()), "{what}");
    }
}

/// Row 134, A.15: equal anchors, Ko and record, another C, as on two branches.
#[test]
fn a_payout_of_one_deposit_is_refused_where_the_other_of_the_same_keys_stands() {
    let vault = |tx: &Transaction| {
        let parameters = &DEPOSIT.treasury.parameters;
        UnverifiedTransaction::parse(&tx.encode(&parameters.net), parameters).unwrap().vault_ids()[0]
    };
    let mut other = DEPOSIT.tx.clone();
    let locked = other.body.bundles[0].outputs.iter_mut().find(|output| output.lock.is_some()).unwrap();
    locked.enote.commitment = key(5).1.to_bytes();
    let (one, two) = (vault(&DEPOSIT.tx), vault(&other));
    assert_ne!(one, two);
    let (treasury, unsigned, state) = payout(one, |_, _| {});
    let (tx, _) = signed(one, &treasury, unsigned);
    let mut scene = Scene { treasury, state, tx };
    let verdict = scene.judge(&scene.tx).unwrap().verdict();
    assert!(scene.check(&scene.tx).unwrap().accept(&verdict).is_ok(), "a warm cache");
    let locked = scene.state.vaults.remove(&one).unwrap();
    scene.state.vaults.insert(two, locked);
    // In step 4, where no verdict is asked for: warm or cold, it is the same.
    assert_eq!(scene.check(&scene.tx).map(drop), Err(TxError::UnknownVault { vault: one }));
}

/// Row 62: each of three parties sends every other one a random scalar, and takes off what it was sent (11).
#[test]
fn shares_of_zero_hide_what_each_party_adds_and_keep_the_sum() {
    let mut rng = rng(60);
    let treasury = PAYMENT.treasury.clone();
    let net = treasury.parameters.net;
    let bundles = [0, 1, 2].map(|coin| treasury.bundle(&[coin], &[(NATIVE, 600), (NATIVE, 400)], &mut rng));
    let own = bundles.clone().map(|bundle| {
        let alone = TransactionDraft { bundles: vec![bundle], ..plain() }.prove(&net, &mut rng).unwrap();
        decode_scalar(&alone.body().balance, "pi").unwrap()
    });
    let shares: [[Scalar; 3]; 3] = std::array::from_fn(|_| std::array::from_fn(|_| Scalar::random(&mut rng)));
    let sent: [Scalar; 3] = std::array::from_fn(|q| {
        let others = || (0..3).filter(|other| *other != q);
        let given: Scalar = others().map(|other| shares[q][other]).sum();
        let taken: Scalar = others().map(|other| shares[other][q]).sum();
        own[q] + given - taken
    });
    assert!((0..3).all(|q| sent[q] != own[q]));
    let sum: Scalar = sent.iter().sum();
    let tx = treasury.finish(TransactionDraft { bundles: bundles.into(), ..plain() }, &mut rng).unwrap();
    assert_eq!(tx.body.balance, sum.to_bytes());
    let scene = Scene { state: treasury.state(), treasury, tx };
    assert!(scene.judge(&scene.tx).is_ok());
    for wrong in [sum + Scalar::ONE, sum - Scalar::ONE] {
        let refused = scene.refusal(|tx| tx.body.balance = wrong.to_bytes());
        assert_eq!(refused, TxError::Proof(Statement::Balance));
    }
}

#[test]
fn a_bundle_cut_out_of_a_signed_transaction_with_pi_adjusted_is_refused() {
    let mut rng = rng(59);
    let treasury = PAYMENT.treasury.clone();
    let net = treasury.parameters.net;
    // Two bundles that balance by themselves, so that one alone has a π of its own.
    let mut bundles: Vec<BundleDraft> =
        [0, 1].map(|coin| treasury.bundle(&[coin], &[(NATIVE, 900), (NATIVE, 100)], &mut rng)).into();
    let whole = treasury.finish(TransactionDraft { bundles: bundles.clone(), ..plain() }, &mut rng).unwrap();
    bundles.sort_by_key(|bundle| bundle.inputs[0].tag);
    bundles.truncate(1);
    let alone = TransactionDraft { bundles, ..plain() }.prove(&net, &mut rng).unwrap();
    let mut cut = whole.clone();
    cut.body.bundles.truncate(1);
    cut.body.balance = alone.body().balance;
    assert_eq!(&cut.body, alone.body(), "the Body of the bundle alone");
    let scene = Scene { state: treasury.state(), treasury, tx: whole };
    assert!(scene.judge(&scene.tx).is_ok());
    // Ω of three entries has larger proofs than Ω of two; those of the bundle alone are made, but nobody signs.
    let forged = alone.assemble(
        &Signatures { spends: scene_spends(&scene.tx), ..Signatures::default() },
        &scene_places(&scene.tx),
    );
    let refused = scene.judge(&forged.unwrap()).map(drop);
    assert_eq!(refused, Err(TxError::Proof(Statement::Spend { input: 0 })));
}

fn scene_spends(tx: &Transaction) -> Vec<SpendProof> {
    vec![SpendProof::from_bytes(&tx.auth[..160]).unwrap()]
}

fn scene_places(tx: &Transaction) -> Vec<(Reference, MembershipProof)> {
    let sets = PAYMENT.treasury.parameters.sets;
    let proof = MembershipProof::from_bytes(&tx.membership[5..389], sets).unwrap();
    vec![(Reference::from_bytes(&tx.membership[..5]).unwrap(), proof)]
}
