//! The checker of `tx.json`.

use std::sync::Arc;

use dero_crypto::{
    asset::{AssetId, Descriptor},
    group::Point,
    membership::{ReferenceError, SetParameters},
};
use dero_ledger::{
    rules::{
        AssetRow, CheckError, LockedVault, RuleParameters, Statement, TxError, UnverifiedTransaction, VaultStatus,
        Verification, VerifiedTransaction,
    },
    testing::MemoryState,
    transaction::{Body, BodyDigest, CoinbaseTx, ContractId, Transaction, VaultId, coinbase},
};

use crate::read::{Case, Outcome, class, fixed};

pub fn check(case: &Case<'_>) -> Outcome {
    match case.text("kind") {
        "tx" => transaction(case),
        "hashes" => hashes(case),
        "coinbase" => coinbase(case),
        kind => panic!("unknown kind {kind}"),
    }
}

fn transaction(case: &Case<'_>) -> Outcome {
    let chain = Case { file: case.file, value: &case.file["chains"][case.text("chain")] };
    let parameters = RuleParameters {
        net: chain.net(),
        sets: SetParameters::new(chain.number("n") as u32, chain.number("m") as u32).expect("a pair (n, m)"),
        shortest_list: chain.number("L_min"),
        fee_rate: 0,
        assets_from: 0,
        contracts_from: 0,
    };
    let bytes = case.bytes("tx");
    let tx = UnverifiedTransaction::parse(&bytes, &parameters).map_err(|error| error_class(&error))?;
    assert_eq!(tx.transaction().encode(&parameters.net), bytes, "encoded again");
    let tx = Arc::new(tx);
    let checked = tx.check(&parameters, &state(case, &chain)).map_err(|error| match error {
        CheckError::Refused(error) => error_class(&error),
        CheckError::State(never) => match never {},
    })?;
    let mut verification = Verification::new(&parameters);
    verification.push(checked).expect("no challenge is zero");
    let mut verdicts = verification.verify(&mut rand::rng());
    let verified = verdicts.remove(0).map_err(|error| error_class(&error))?;
    results(case, &verified, &parameters);
    Ok(())
}

/// Compares every stated value with ours.
fn results(case: &Case<'_>, verified: &VerifiedTransaction, parameters: &RuleParameters) {
    let tx = verified.effects().tx();
    let digests = tx.digests();
    assert_eq!(digests.body.0, case.fixed("body_digest"), "body_digest");
    assert_eq!(digests.signing.0, case.fixed("m_tx"), "m_tx");
    assert_eq!(digests.txid.0, case.fixed("txid"), "txid");
    assert_eq!(digests.wtxid.0, case.fixed("wtxid"), "wtxid");
    crate::compact::check(case, tx, &parameters.net);
    if !case.has("section_lengths") {
        return;
    }
    let Transaction { body, out_proofs, auth, membership, memos, payload } = tx.transaction();
    let lengths: Vec<u64> =
        case.list("section_lengths").iter().map(|length| length.value.as_u64().expect("a length")).collect();
    let sections = [&body.encode(&parameters.net), out_proofs, auth, membership, memos, payload];
    assert_eq!(sections.map(|section| section.len() as u64), *lengths, "section_lengths");
    let anchors: Vec<Vec<u8>> =
        (0..body.bundles.len()).map(|bundle| body.smallest_anchor(bundle).expect("an anchor").to_bytes()).collect();
    assert_eq!(anchors, case.byte_list("a_min"), "a_min");
    let contexts: Vec<Vec<u8>> = tx.contexts().iter().map(|ic| ic.0.to_vec()).collect();
    assert_eq!(contexts, case.byte_list("ic"), "ic");
    assert_eq!(body.balance, case.fixed("pi"), "pi");
    let images = body.bundles.iter().flat_map(|bundle| &bundle.inputs);
    let images = images.map(|input| Point::decode(&input.asset_tag, "T~").expect("decoded before"));
    let omega = body.omega(images, verified.effects().vaults().iter().map(|(_, vault)| vault.asset_tag));
    assert_eq!(omega.iter().map(|point| point.to_bytes().to_vec()).collect::<Vec<_>>(), case.byte_list("omega"));
    assert_eq!(omega.len(), body.omega_length());
    if case.has("vault_ids") {
        let ids: Vec<Vec<u8>> = tx.vault_ids().iter().map(|id| id.0.to_vec()).collect();
        assert_eq!(ids, case.byte_list("vault_ids"), "vault_ids");
    }
}

/// What the node of the case knows.
fn state(case: &Case<'_>, chain: &Case<'_>) -> MemoryState {
    // A case overrides what its chain says.
    let of = |key: &str| if case.has(key) { *case } else { *chain };
    let entries: Vec<[u8; 96]> =
        chain.byte_list("enotes").into_iter().map(|entry| entry.try_into().expect("96 bytes")).collect();
    let mut state = MemoryState::new(&chain.net(), of("height").number("height"), &entries);
    let lengths = chain.list("length_at_height");
    state.lengths = lengths.iter().map(|length| length.value.as_u64().expect("a length")).collect();
    state.spent = of("spent").fixed_list("spent").into_iter().collect();
    state.contracts = chain.fixed_list("contracts").into_iter().map(ContractId).collect();
    for row in of("used_nonces").list("used_nonces") {
        state.nonces.insert((ContractId(fixed(&row.value[0], "contract")), fixed(&row.value[1], "nonce")));
    }
    for row in of("vaults").list("vaults") {
        let authority: [u8; 32] = row.fixed("P_auth");
        let status = match row.text("state") {
            "offered" => VaultStatus::Offered,
            "locked" => VaultStatus::Locked(Box::new(LockedVault {
                commitment: row.point("C"),
                asset_tag: row.point("T"),
                authority: (authority != [0; 32]).then(|| row.point("P_auth")),
                contract: ContractId(row.fixed("contract_id")),
                due: row.number("due"),
            })),
            "released" | "paid" | "refunded" => VaultStatus::Settled,
            other => panic!("unknown state {other}"),
        };
        state.vaults.insert(VaultId(row.fixed("vault_id")), status);
    }
    for row in of("registry").list("registry") {
        let descriptor = Descriptor::from_bytes(&row.bytes("descriptor")).expect("a registered descriptor");
        let row_of = AssetRow { descriptor, issued: row.number("supply"), mint_ops: row.flag("minted").into() };
        state.assets.insert(AssetId(row.fixed("alpha")), row_of);
    }
    state
}

fn hashes(case: &Case<'_>) -> Outcome {
    let net = case.net();
    let body = Body::parse(&case.bytes("body"), &net).map_err(|error| error_class(&error))?;
    let digest = BodyDigest::of(&body, &net);
    assert_eq!(digest.0, case.fixed("body_digest"), "body_digest");
    assert_ne!(digest.0, case.fixed("other_digest"), "other_digest");
    Ok(())
}

fn coinbase(case: &Case<'_>) -> Outcome {
    use coinbase::CoinbaseError as E;
    let tx = CoinbaseTx::parse(&case.bytes("tx")).map_err(class)?;
    assert_eq!(tx.encode(), case.bytes("tx"), "encoded again");
    // Rewards stand here for (fee − ⌊minimum/2⌋).
    let rewards = case.list("rewards").into_iter().map(|reward| (reward.value.as_u64().expect("a reward"), 0));
    let reward = coinbase::reward(case.number("subsidy"), rewards).expect("no minimum, no excess of it");
    let enotes = tx.verify(case.number("height"), reward).map_err(|error| match error {
        E::Decode(error) => class(error),
        E::Height { .. } => "bad-height",
        E::Duplicate { .. } => "duplicate",
        E::ZeroAmount { .. } => "zero-amount",
        E::Sum { .. } => "bad-sum",
        other => panic!("no class for {other}"),
    })?;
    let net = case.net();
    assert_eq!(tx.id(&net).0, case.fixed("id"), "id");
    let field = |name: &str| case.byte_list(name);
    assert_eq!(enotes.iter().map(|enote| enote.one_time_key.to_bytes().to_vec()).collect::<Vec<_>>(), field("Ko"));
    assert_eq!(enotes.iter().map(|enote| enote.commitment.to_bytes().to_vec()).collect::<Vec<_>>(), field("C"));
    assert_eq!(enotes.iter().map(|enote| enote.asset_tag.to_bytes().to_vec()).collect::<Vec<_>>(), field("T"));
    let contexts: Vec<_> = (0..enotes.len()).map(|index| tx.input_context(&net, index as u32).0.to_vec()).collect();
    assert_eq!(contexts, field("ic"));
    Ok(())
}

/// The class of the vectors' README.
fn error_class(error: &TxError) -> &'static str {
    use TxError as E;
    match error {
        E::Layout(error)
        | E::ReferenceKind { error, .. }
        | E::Descriptor { error, .. }
        | E::Encoding { error, .. } => class(*error),
        E::Limit { .. } | E::TooManyIntervals { .. } | E::PayloadLimit { .. } => "limit",
        E::NoAnchor { .. } => "no-anchor",
        E::Version { .. } => "bad-version",
        E::OtherNetwork { .. } => "wrong-net",
        E::Flags { .. } | E::LockBitmap { .. } => "bad-flags",
        E::BundleIndex { .. } => "bad-index",
        E::RecordDefault { .. } => "bad-default",
        E::AcceptByWithoutPhase { .. } => "bad-accept",
        E::SectionLength { .. } => "bad-length",
        E::NotYetValid { .. } => "not-yet-valid",
        E::Expired { .. } => "expired",
        E::FeeNotQuantised { .. } | E::FeeTooLow { .. } | E::WeightUnpayable { .. } => "bad-fee",
        E::ZeroAmount { .. } => "zero-amount",
        E::Digest { .. } => "bad-digest",
        E::PayloadKind { .. } => "bad-kind",
        E::PayloadRequired { .. } => "payload-required",
        E::Order { .. } => "unsorted",
        E::Duplicate { .. } => "duplicate",
        E::Spent { .. } => "spent",
        E::UnknownVault { .. } | E::VaultNotLocked { .. } => "unknown-vault",
        E::VaultDue { .. } | E::RecordDue { .. } => "bad-height",
        E::RecordAcceptBy { .. } => "bad-accept",
        E::NonceUsed { .. } => "used-nonce",
        E::UnknownContract { .. } => "unknown-contract",
        E::Reference { error: ReferenceError::FutureAnchor { .. }, .. } => "future-anchor",
        E::Reference { error: ReferenceError::IncompleteGroup { .. }, .. } => "incomplete-group",
        E::Reference { error: ReferenceError::ShortList { .. }, .. } => "short-list",
        E::UnknownAsset { .. } => "unknown-asset",
        E::NativeAsset { .. } => "native",
        E::SecondMint { .. } => "second-mint",
        E::OverSupply { .. } => "over-supply",
        E::HiddenSupply { .. } => "hidden-supply",
        E::NotBurnable { .. } => "not-burnable",
        E::Sealed { .. } => "reused-mask",
        E::Proof(Statement::Balance) => "unbalanced",
        E::Proof(Statement::Issuer { .. } | Statement::VaultAuthority { .. }) => "bad-signature",
        E::Proof(_) => "bad-proof",
        other => panic!("no class for {other}"),
    }
}
