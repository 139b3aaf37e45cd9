//! Bodies, transactions, roots and limits of blocks.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use dero_ledger::{
    block::{
        BlockRef,
        compact::{CompactBlock, CompactValues},
    },
    chain::{Added, BlockBlame, BlockError, Chain, ChainError, ChainOptions, Commitment},
    consensus::{Blake3, ProofOfWork},
    execution::NoContracts,
    genesis::Genesis,
    params::{Network, NetworkRows},
    rules::{Section, StateView, TxError, UnverifiedTransaction},
    store::{BlockChanges, ChainStore, MemoryStore, StoreError, StoreView},
    testing::{BlockDraft, ChainBuilder, SharedStore, Spend},
    transaction::Transaction,
};

use crate::{NoRandomness, add, advance, copy, refused, refused_for_ever, rng};

#[test]
fn a_block_with_transactions_leaves_what_it_should() {
    let (builder, mut rng) = (ChainBuilder::new("blocks"), rng(1));
    let chain = builder.chain();
    let state = chain.next_state();
    let payments = [&[0][..], &[1, 2]].map(|coins| builder.purse().pay(&state, &Spend::of(coins), &mut rng));
    builder.mine(&chain, &payments, &mut rng);

    let tip = chain.tip();
    let (view, totals) = (tip.view(), tip.totals());
    assert_eq!((totals.tags, tip.block().height), (3, 1));
    let tags: Vec<[u8; 32]> = (0..4).map(|coin| builder.purse().coins()[coin].tag.to_bytes()).collect();
    assert_eq!(view.spent(&tags).unwrap(), [Some(1), Some(1), Some(1), None]);
    let weights = payments.iter().map(|payment| payment.minimum_fee(&builder.network().rules()).unwrap() / 2);
    assert_eq!(totals.destroyed, weights.map(u128::from).sum());
    assert_eq!(totals.issued, 40_000_000_000 + u128::from(dero_ledger::params::subsidy(40_000_000_000)));

    let compact = view.compact(1).unwrap();
    let block = CompactBlock::parse(&compact.scan).unwrap();
    let values = CompactValues::parse(&compact.values, &block).unwrap();
    assert_eq!(block.unlocked(&values).len(), 4);
    // Outputs enter after M = 3 blocks, the coinbase after M_cb = 5.
    let lengths: Vec<u64> = (2..=6)
        .map(|_| {
            builder.mine(&chain, &[], &mut rng);
            chain.tip().header().list_length
        })
        .collect();
    assert_eq!(lengths, [40, 40, 44, 44, 45]);
    let entries = chain.tip().view().listed(40..45).unwrap();
    assert_eq!(entries.iter().take(4).map(|entry| entry.enote).collect::<Vec<_>>(), block.unlocked(&values));
}

#[test]
fn a_chain_opens_again_where_it_was() {
    let (builder, mut rng) = (ChainBuilder::new("reopen"), rng(2));
    let folder = tempfile::tempdir().unwrap();
    let open = || {
        let store = dero_ledger::store::RedbStore::open(folder.path(), builder.network().id());
        builder.chain_in(store.unwrap())
    };
    let chain = open();
    for coin in 0..8 {
        let payment = builder.purse().pay(&chain.next_state(), &Spend::of(&[coin]), &mut rng);
        builder.mine(&chain, &[payment], &mut rng);
    }
    let before = chain.tip();
    let header = before.header().clone();
    let (totals, next) = (*before.totals(), *before.next_list());
    drop((before, chain));
    let chain = open();
    assert_eq!((chain.tip().header(), chain.tip().totals(), chain.tip().next_list()), (&header, &totals, &next));
    builder.extend(&chain, 3, &mut rng);
}

#[test]
fn a_block_without_transactions_needs_no_batch() {
    let (builder, mut rng) = (ChainBuilder::new("empty"), rng(3));
    let chain = builder.chain();
    for _ in 0..12 {
        let block = builder.draft(&chain, &[], &mut rng).seal();
        assert!(matches!(chain.add_block(&block, crate::LATER, &mut NoRandomness), Ok(Added::Advanced(_))));
    }
}

/// Row 203.
#[test]
fn every_committed_value_of_a_header_is_checked_and_named() {
    let (builder, mut rng) = (ChainBuilder::new("roots"), rng(4));
    let chain = builder.chain();
    builder.extend(&chain, 4, &mut rng);
    let payment = builder.purse().pay(&chain.next_state(), &Spend::of(&[0]), &mut rng);
    let draft = builder.draft(&chain, &[payment], &mut rng);
    for expected in [
        Commitment::ListLength,
        Commitment::Acc,
        Commitment::TagRoot,
        Commitment::ReceiptsRoot,
        Commitment::CompactRoot,
        Commitment::StateRoot,
    ] {
        let mut other = draft.clone();
        let header = &mut other.header;
        match expected {
            Commitment::ListLength => header.list_length += 1,
            Commitment::Acc => header.acc[0] ^= 1,
            Commitment::TagRoot => header.tag_root[0] ^= 1,
            Commitment::ReceiptsRoot => header.receipts_root[0] ^= 1,
            Commitment::CompactRoot => header.compact_root[0] ^= 1,
            Commitment::StateRoot => header.state_root[0] ^= 1,
        }
        match refused_for_ever(&chain, &other.seal()) {
            BlockError::Commitment { what } => assert_eq!(what, expected),
            error => panic!("{expected}: {error}"),
        }
    }
    let mut other = draft.clone();
    other.header.transaction_root[0] ^= 1;
    assert!(matches!(refused(&chain, &other.seal()), BlockError::OtherBody));
    advance(&chain, &draft.seal());
}

/// Row 57.
#[test]
fn a_block_that_carries_another_witness_than_its_list_commits_to_is_refused() {
    let (builder, mut rng) = (ChainBuilder::new("witness"), rng(5));
    let chain = builder.chain();
    let [one, two]: [Transaction; 2] = builder.purse().witnesses(&chain.next_state(), &Spend::of(&[0]), &mut rng);
    let mut draft = builder.draft(&chain, &[one], &mut rng);
    let right = draft.clone();
    draft.transactions = vec![two.encode(builder.network().id())];
    let error = refused(&chain, &draft.seal());
    assert!(matches!(error, BlockError::OtherBody));
    assert_eq!(error.blame(), BlockBlame::Bytes);
    // The header was right all the time.
    advance(&chain, &right.seal());
}

/// Row 56.
#[test]
fn two_witnesses_of_one_transaction_change_the_state_alike() {
    let (builder, mut rng) = (ChainBuilder::new("effects"), rng(16));
    let chains = [builder.chain(), builder.chain()];
    let state = chains[0].next_state();
    let [one, two]: [Transaction; 2] = builder.purse().witnesses(&state, &Spend::of(&[0, 1]), &mut rng);
    let mut draft = builder.draft(&chains[0], &[one], &mut rng);
    advance(&chains[0], &draft.seal());
    // The other witness under the same header but for the root that commits to witnesses.
    draft.transactions = vec![two.encode(builder.network().id())];
    draft.refit(builder.network());
    advance(&chains[1], &draft.seal());
    let [one, two] = chains.map(|chain| (chain.tip().header().clone(), *chain.tip().totals()));
    assert_eq!(one.1, two.1);
    assert_ne!(one.0.transaction_root, two.0.transaction_root);
    assert_eq!(one.0.state_root, two.0.state_root);
}

/// Rows 209 and 263.
#[test]
fn a_wrong_body_is_charged_to_the_sender_and_the_true_block_is_taken_afterwards() {
    let (builder, mut rng) = (ChainBuilder::new("body"), rng(6));
    let chain = builder.chain();
    let state = chain.next_state();
    let [one, two] = [0, 1].map(|coin| builder.purse().pay(&state, &Spend::of(&[coin]), &mut rng));
    let right = builder.draft(&chain, &[one, two], &mut rng);
    let changes: [fn(&mut BlockDraft); 6] = [
        |draft| draft.transactions.swap(0, 1),
        |draft| drop(draft.transactions.pop()),
        |draft| draft.transactions.push(draft.transactions[0].clone()),
        |draft| draft.transactions[0].push(0),
        |draft| draft.coinbase[30] ^= 1,
        |draft| draft.coinbase.push(0),
    ];
    for change in changes {
        let mut wrong = right.clone();
        change(&mut wrong);
        let error = refused(&chain, &wrong.seal());
        assert_eq!(error.blame(), BlockBlame::Bytes, "{error}");
    }
    let mut bytes = right.seal();
    bytes.push(0);
    assert_eq!(refused(&chain, &bytes).blame(), BlockBlame::Bytes);
    bytes.pop();
    for end in [0, 100, 296, 300, bytes.len() - 1] {
        assert_eq!(refused(&chain, &bytes[..end]).blame(), BlockBlame::Bytes);
    }
    advance(&chain, &bytes);
}

/// Row 207, as a block: ids stand for Memos by their digest alone.
#[test]
fn a_body_with_spoilt_memos_says_nothing_about_its_block() {
    let (builder, mut rng) = (ChainBuilder::new("memos"), rng(7));
    let chain = builder.chain();
    let payment = builder.purse().pay(&chain.next_state(), &Spend::of(&[0]), &mut rng);
    let mut spoilt = payment.clone();
    spoilt.memos[5] ^= 1;
    let right = builder.draft(&chain, &[payment], &mut rng);
    let mut wrong = right.clone();
    wrong.transactions = vec![spoilt.encode(builder.network().id())];
    let error = refused(&chain, &wrong.seal());
    assert_eq!(error.blame(), BlockBlame::Bytes);
    assert!(matches!(
        error,
        BlockError::Unreadable { index: 0, error: TxError::Digest { section: Section::Memos } }
    ));
    advance(&chain, &right.seal());
}

#[test]
fn a_transaction_that_proves_nothing_is_refused_with_its_place() {
    let (builder, mut rng) = (ChainBuilder::new("proofs"), rng(8));
    let chain = builder.chain();
    let state = chain.next_state();
    let [good, mut bad] = [0, 1].map(|coin| builder.purse().pay(&state, &Spend::of(&[coin]), &mut rng));
    // The last byte of the last scalar of the membership proof, which stays canonical.
    let last = bad.membership.len() - 32;
    bad.membership[last] ^= 1;
    let block = builder.draft(&chain, &[good, bad], &mut rng).seal();
    let error = refused_for_ever(&chain, &block);
    assert!(matches!(error, BlockError::Transaction { index: 1, error: TxError::Proof(_) }), "{error}");
}

#[test]
fn a_spent_tag_is_refused_within_a_block_and_between_blocks() {
    let (builder, mut rng) = (ChainBuilder::new("spent"), rng(9));
    let chain = builder.chain();
    let state = chain.next_state();
    let [one, two] = [0, 1].map(|_| builder.purse().pay(&state, &Spend::of(&[0, 1]), &mut rng));
    let block = builder.draft(&chain, &[one.clone(), two.clone()], &mut rng).seal();
    let spent = |error: &BlockError, at| matches!(error, BlockError::Transaction { index, error: TxError::Spent { input: 0 } } if *index == at);
    assert!(spent(&refused_for_ever(&chain, &block), 1));
    builder.mine(&chain, &[one], &mut rng);
    let block = builder.draft(&chain, &[two], &mut rng).seal();
    assert!(spent(&refused_for_ever(&chain, &block), 0));
}

/// Row 58.
#[test]
fn a_transaction_stands_only_between_its_first_and_its_last_height() {
    let (builder, mut rng) = (ChainBuilder::new("heights"), rng(10));
    let chain = builder.chain();
    let spend = Spend { valid_from: 2, expiry: 3, ..Spend::of(&[0]) };
    let one = builder.purse().pay(&chain.next_state(), &spend, &mut rng);
    let block = builder.draft(&chain, std::slice::from_ref(&one), &mut rng).seal();
    let early = TxError::NotYetValid { valid_from: 2, height: 1 };
    assert!(matches!(
        refused_for_ever(&chain, &block), BlockError::Transaction { index: 0, error } if error == early
    ));
    builder.extend(&chain, 1, &mut rng);
    advance(&copy(&builder, &chain, 1), &builder.draft(&chain, std::slice::from_ref(&one), &mut rng).seal());
    builder.extend(&chain, 1, &mut rng);
    advance(&copy(&builder, &chain, 2), &builder.draft(&chain, std::slice::from_ref(&one), &mut rng).seal());
    builder.extend(&chain, 1, &mut rng);
    let late = builder.draft(&chain, &[one], &mut rng).seal();
    let expired = TxError::Expired { expiry: 3, height: 4 };
    assert!(matches!(
        refused_for_ever(&chain, &late), BlockError::Transaction { index: 0, error } if error == expired
    ));
}

#[test]
fn more_bytes_than_any_block_can_have_are_not_looked_at() {
    let builder = ChainBuilder::new("large");
    let max = dero_ledger::block::Block::max_bytes(builder.network());
    let error = refused(&builder.chain(), &vec![0; max as usize + 1]);
    assert!(matches!(error, BlockError::TooLarge { .. }) && error.blame() == BlockBlame::Bytes);
    assert!(!matches!(refused(&builder.chain(), &vec![0; max as usize]), BlockError::TooLarge { .. }));
}

/// Row 210: the weight of one transaction is the limit, then one less.
#[test]
fn a_block_at_its_limit_of_weight_is_taken_and_one_above_is_not() {
    let rows = |weight_limit| NetworkRows { n: 2, m: 16, weight_limit, ..ChainBuilder::ROWS };
    let attempt = |weight_limit, rng: &mut _| {
        let builder = ChainBuilder::with_rows("weight", rows(weight_limit));
        let chain = builder.chain();
        let spend = Spend { fee: 1 << 26, ..Spend::of(&[0, 1]) };
        let payment = builder.purse().pay(&chain.next_state(), &spend, rng);
        let weight = payment.weight(&builder.network().rules());
        let block = builder.draft(&chain, &[payment], rng).seal();
        (weight, add(&chain, &block))
    };
    let mut rng = rng(11);
    let (weight, result) = attempt(12_000_000, &mut rng);
    assert!(result.is_ok() && weight > 1_000_000);
    assert!(attempt(weight, &mut rng).1.is_ok());
    let error = attempt(weight - 1, &mut rng).1.unwrap_err();
    let expected = BlockError::Weight { found: weight.into(), max: weight - 1 };
    assert_eq!(error.to_string(), expected.to_string());
}

/// Row 265: at height 1, where only the floor of 16 holds.
#[test]
fn a_block_at_its_bound_of_listed_outputs_is_taken_and_one_above_is_not() {
    let (builder, mut rng) = (ChainBuilder::new("listed"), rng(12));
    let chain = builder.chain();
    let pay = |outputs: usize, rng: &mut _| {
        let amounts = vec![5; outputs - 1];
        builder.purse().pay(&chain.next_state(), &Spend { outputs: &amounts, ..Spend::of(&[0]) }, rng)
    };
    let (fits, many) = (pay(15, &mut rng), pay(16, &mut rng));
    let block = builder.draft(&chain, &[many], &mut rng).seal();
    let error = refused_for_ever(&chain, &block);
    assert!(matches!(error, BlockError::Listed { what: "listed", found: 17, max: 16 }), "{error}");
    builder.mine(&chain, &[fits], &mut rng);
}

/// Row 265: with a median that grows. M_cb is 1 here, so that each block lists what its parent created.
#[test]
fn the_bound_of_listed_outputs_grows_with_the_median_of_1024_heights() {
    let rows = NetworkRows { maturity: 1, coinbase_maturity: 1, ..ChainBuilder::ROWS };
    let (builder, mut rng) = (ChainBuilder::with_rows("median", rows), rng(18));
    let chain = builder.chain();
    let pay = |payees: u64, rng: &mut _| {
        let amounts = [5; 14];
        let spend = Spend { outputs: &amounts, ..Spend::of(&[0]) };
        let payment = builder.purse().pay(&chain.next_state(), &spend, rng);
        builder.draft_paying(&chain, &[payment], payees, rng).seal()
    };
    let listed = |error: BlockError| match error {
        BlockError::Listed { what: "listed", found, max } => (found, max),
        other => panic!("{other}"),
    };
    // The lower median of 1,024 heights is above 0 once 513 of them list nine: heights 2 to 514.
    let mine = |count, rng: &mut _| {
        for _ in 0..count {
            advance(&chain, &builder.draft_paying(&chain, &[], 9, rng).seal());
        }
    };
    mine(513, &mut rng);
    assert_eq!(listed(refused(&chain, &pay(2, &mut rng))), (17, 16));
    mine(1, &mut rng);
    assert_eq!(listed(refused(&chain, &pay(4, &mut rng))), (19, 18));
    advance(&chain, &pay(3, &mut rng));
}

/// Row 265: 10.3.
#[test]
fn a_transaction_without_expiry_has_eight_inputs_at_most() {
    let (builder, mut rng) = (ChainBuilder::new("expiry"), rng(13));
    let chain = builder.chain();
    let coins: Vec<usize> = (0..9).collect();
    let mut payment =
        builder.purse().pay(&chain.next_state(), &Spend { expiry: 100, ..Spend::of(&coins) }, &mut rng);
    let right = builder.draft(&chain, &[payment.clone()], &mut rng);
    payment.body.expiry = 0;
    let mut wrong = right.clone();
    wrong.transactions = vec![payment.encode(builder.network().id())];
    let error = refused(&chain, &wrong.seal());
    assert!(
        matches!(error, BlockError::Unreadable { error: TxError::Limit { found: 9, max: 8, .. }, .. }),
        "{error}"
    );
    advance(&chain, &right.seal());
}

/// Row 211.
#[test]
fn a_verifier_that_panics_accepts_nothing_and_harms_nothing() {
    let (builder, mut rng) = (ChainBuilder::new("panic"), rng(14));
    let chain = builder.chain();
    let payment = builder.purse().pay(&chain.next_state(), &Spend::of(&[0]), &mut rng);
    let block = builder.draft(&chain, &[payment], &mut rng).seal();
    let attempt = std::panic::AssertUnwindSafe(|| chain.add_block(&block, crate::LATER, &mut NoRandomness));
    assert!(std::panic::catch_unwind(attempt).is_err());
    assert_eq!(chain.tip().block().height, 0);
    assert_eq!(chain.tip().totals().tags, 0);
    // The body is here now, and another block brings the chain to look at it again.
    let builder_side = builder.chain();
    advance(&builder_side, &block);
    let next = builder.draft(&builder_side, &[], &mut rng).seal();
    assert_eq!(advance(&chain, &next).applied.len(), 2);
}

/// A store that refuses one commit when it is told to.
#[derive(Debug, Default)]
struct Unwilling {
    store: MemoryStore,
    fails: AtomicBool,
}

impl ChainStore for Unwilling {
    type View = <MemoryStore as ChainStore>::View;

    fn view(&self) -> Result<Self::View, StoreError> {
        self.store.view()
    }
    fn commit(&self, changes: &BlockChanges) -> Result<(), StoreError> {
        if self.fails.swap(false, Ordering::SeqCst) { Err(StoreError::Stopped) } else { self.store.commit(changes) }
    }
    fn revert(&self) -> Result<Option<BlockRef>, StoreError> {
        self.store.revert()
    }
    fn flush(&self) -> Result<(), StoreError> {
        self.store.flush()
    }
}

#[test]
fn a_store_that_fails_says_nothing_about_the_block() {
    let (builder, mut rng) = (ChainBuilder::new("disk"), rng(17));
    let store = Arc::new(Unwilling::default());
    let (source, chain) = (builder.chain(), builder.chain_in(SharedStore(Arc::clone(&store))));
    let block = builder.mine(&source, &[], &mut rng);
    store.fails.store(true, Ordering::SeqCst);
    let error = chain.add_block(&block, crate::LATER, &mut rng).unwrap_err();
    assert_eq!(error.blame(), BlockBlame::Node, "{error}");
    assert_eq!(chain.tip().block().height, 0);
    let next = builder.mine(&source, &[], &mut rng);
    assert_eq!(advance(&chain, &next).applied.len(), 2);
}

/// Row 264, and 108.
#[test]
fn a_network_with_another_row_has_another_genesis_and_refuses_blocks_and_transactions() {
    let (one, mut rng) = (ChainBuilder::new("same-word"), rng(15));
    let rows = NetworkRows { fee_rate: 11, ..ChainBuilder::ROWS };
    let two = ChainBuilder::with_rows("same-word", rows);
    let (chain, other) = (one.chain(), two.chain());
    assert_ne!(chain.tip().block().id, other.tip().block().id);
    let payment = one.purse().pay(&chain.next_state(), &Spend::of(&[0]), &mut rng);
    let bytes = payment.encode(one.network().id());
    let read = UnverifiedTransaction::parse(&bytes, &two.network().rules());
    assert!(matches!(read, Err(TxError::OtherNetwork { .. })));
    let block = one.mine(&chain, &[payment], &mut rng);
    assert!(matches!(refused(&other, &block), BlockError::UnknownParent { .. }));
    assert_eq!(other.next_state().height(), 1);
}

#[test]
fn a_store_of_another_network_and_a_network_without_engine_are_not_opened() {
    let open = |store, network: &Network| {
        Chain::open(store, network.clone(), ProofOfWork(Blake3), NoContracts, ChainOptions::default()).map(|_| ())
    };
    let (one, two) = (ChainBuilder::new("one"), ChainBuilder::new("two"));
    let genesis = Genesis::of(one.network());
    let used = Arc::new(MemoryStore::new());
    drop(one.chain_in(SharedStore(Arc::clone(&used))));
    let again = Chain::open(
        SharedStore(used),
        two.network().clone(),
        ProofOfWork(Blake3),
        NoContracts,
        ChainOptions::default(),
    );
    assert!(matches!(again.map(drop), Err(ChainError::OtherGenesis { found, .. }) if found == genesis.id()));

    let with = |rows| Network::dev("rows", rows, 0, Vec::new()).unwrap();
    let randomx = with(NetworkRows { proof_of_work: 1, ..ChainBuilder::ROWS });
    assert!(matches!(open(MemoryStore::new(), &randomx), Err(ChainError::ProofOfWork { row: 1, .. })));
    let assets = with(NetworkRows { assets_from: 5, ..ChainBuilder::ROWS });
    assert!(matches!(
        open(MemoryStore::new(), &assets),
        Err(ChainError::NoEngine { row: "assets_from", from: 5, .. })
    ));
    let contracts = with(NetworkRows { contracts_from: 0, ..ChainBuilder::ROWS });
    assert!(matches!(
        open(MemoryStore::new(), &contracts),
        Err(ChainError::NoEngine { row: "contracts_from", .. })
    ));
}
