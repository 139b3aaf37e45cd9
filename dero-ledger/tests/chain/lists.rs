//! What enters the reference list when, and what may be cited: rows 27, 30, 114, 202, 204, 306.

use std::sync::Arc;

use dero_crypto::membership::{Reference, ReferenceError};
use dero_ledger::{
    block::Header,
    chain::BlockError,
    genesis::Genesis,
    params::NetworkRows,
    rules::TxError,
    store::{MemoryStore, StoreView},
    testing::{ChainBuilder, SharedStore, Spend, TestChain},
};
use rand::rngs::StdRng;

use crate::{add, advance, copy, empty_pool, refused_for_ever, rng};

/// Row 202.
#[test]
fn genesis_enotes_are_listed_before_height_1() {
    let builder = ChainBuilder::new("genesis");
    let chain = builder.chain();
    let genesis = Genesis::of(builder.network());
    let tip = chain.tip();
    assert_eq!((tip.block().id, tip.header()), (genesis.id(), &genesis.header));
    assert_eq!(tip.view().listed(0..40).unwrap(), genesis.listed);
    assert_eq!(tip.totals().issued, genesis.issued);
}

/// Rows 27 and 213: two nodes, the same blocks in another order.
#[test]
fn nodes_that_hear_of_blocks_in_another_order_have_one_list() {
    let (builder, mut rng) = (ChainBuilder::new("order"), rng(50));
    let source = builder.chain();
    let mut blocks = Vec::new();
    for coin in 0..6 {
        let payment = builder.purse().pay(&source.next_state(), &Spend::of(&[coin]), &mut rng);
        blocks.push(builder.mine(&source, &[payment], &mut rng));
    }
    blocks.extend(builder.extend(&source, 6, &mut rng));
    let node = builder.chain();
    let headers = source.headers_after(&[], 100).unwrap();
    assert!(node.add_headers(&headers, crate::LATER).refused.is_none());
    for block in blocks.iter().skip(1).step_by(2).chain(blocks.iter().step_by(2)) {
        add(&node, block).unwrap();
    }
    assert_eq!(node.tip().header(), source.tip().header());
    assert_eq!(node.tip().next_list(), source.tip().next_list());
    let range = 0..node.tip().totals().list_length;
    assert_eq!(node.tip().view().listed(range.clone()).unwrap(), source.tip().view().listed(range).unwrap());
}

/// A chain on which the 48th entry, the last of group 2, enters at height `at`.
fn chain_whose_group_closes(builder: &ChainBuilder, at: u64, rng: &mut StdRng) -> TestChain {
    let chain = builder.chain();
    // 7 outputs of the block at height `at` − 3; coinbases of heights 1.. enter from 6 on.
    while chain.tip().next_height() < at - 3 {
        builder.mine(&chain, &[], rng);
    }
    let listed_then = 40 + at.saturating_sub(5);
    let missing = (48 - listed_then) as usize;
    let amounts = vec![5; missing];
    let spend = Spend { outputs: &amounts, ..Spend::of(&[0]) };
    let payment = builder.purse().pay(&chain.next_state(), &spend, rng);
    builder.mine(&chain, &[payment], rng);
    while chain.tip().next_height() < at {
        builder.mine(&chain, &[], rng);
    }
    chain
}

/// Rows 114 and 204: positions that the block itself appends count.
#[test]
fn a_closed_group_is_cited_in_the_block_whose_appends_complete_it_and_not_before() {
    let (builder, mut rng) = (ChainBuilder::new("closed"), rng(51));
    let chain = chain_whose_group_closes(&builder, 5, &mut rng);
    assert_eq!(chain.tip().header().list_length, 40);
    assert!(chain.tip().next_list().length >= 48);
    let spend = Spend { reference: Some(Reference::Closed { group: 2 }), ..Spend::of(&[33]) };
    let payment = builder.purse().pay(&chain.next_state(), &spend, &mut rng);

    // One block earlier: the same bytes on a chain that is one block shorter.
    let early = copy(&builder, &chain, 3);
    let bytes = payment.encode(builder.network().id());
    let wrong = builder.draft(&early, std::slice::from_ref(&payment), &mut rng).seal();
    let error = refused_for_ever(&early, &wrong);
    assert!(
        matches!(
            error,
            BlockError::Transaction {
                error: TxError::Reference { error: ReferenceError::IncompleteGroup { group: 2, .. }, .. },
                ..
            }
        ),
        "{error}"
    );
    // The pool decides for tip + 1, and blames nobody.
    let refused = empty_pool(&early).admit(&early.next_state(), &[&bytes], &mut rng).remove(0).unwrap_err();
    assert!(!refused.is_blamed());
    assert!(empty_pool(&chain).admit(&chain.next_state(), &[&bytes], &mut rng)[0].is_ok());
    builder.mine(&chain, &[payment], &mut rng);
}

/// Row 27: coinbase enotes enter after M_cb = 5 blocks and not one block early.
#[test]
fn a_window_over_a_coinbase_enote_is_cited_from_the_height_at_which_it_enters() {
    let (builder, mut rng) = (ChainBuilder::new("coinbase"), rng(52));
    let chain = builder.chain();
    builder.extend(&chain, 5, &mut rng);
    assert_eq!((chain.tip().header().list_length, chain.tip().next_list().length), (40, 41));
    builder.extend(&chain, 4, &mut rng);
    // Anchor 2 is height 10, the next one: its window holds the coinbase enotes of heights 1 to 5.
    let spend = Spend { reference: Some(Reference::Open { anchor: 2 }), ..Spend::of(&[39]) };
    let payment = builder.purse().pay(&chain.next_state(), &spend, &mut rng);
    let short = copy(&builder, &chain, 8);
    let wrong = builder.draft(&short, std::slice::from_ref(&payment), &mut rng).seal();
    let error = refused_for_ever(&short, &wrong);
    assert!(
        matches!(
            error,
            BlockError::Transaction {
                error: TxError::Reference { error: ReferenceError::FutureAnchor { anchor: 2, .. }, .. },
                ..
            }
        ),
        "{error}"
    );
    builder.mine(&chain, &[payment], &mut rng);
}

/// Row 30: recent windows cover at most 16 sets of positions; here that is 16 windows that do not overlap.
#[test]
fn a_block_cites_sixteen_disjoint_recent_windows_and_not_one_more() {
    let rows = NetworkRows { listed_floor: 64, ..ChainBuilder::ROWS };
    let (builder, mut rng) = (ChainBuilder::with_rows("caps", rows), rng(54));
    let chain = builder.chain();
    for _ in 0..110 {
        advance(&chain, &builder.draft_paying(&chain, &[], 16, &mut rng).seal());
    }
    // Anchors of more than 10 blocks ago, 80 entries apart. Each window has the 16 coinbase enotes of one block.
    let (purse, state) = (builder.purse_of(&chain), chain.next_state());
    let mut payments: Vec<_> = (3..20)
        .map(|anchor| {
            let end = chain.tip().view().totals(5 * u64::from(anchor)).unwrap().list_length;
            let coin = purse.coins().iter().position(|coin| coin.position == end - 1).unwrap();
            let reference = Some(Reference::Open { anchor });
            purse.pay(&state, &Spend { reference, ..Spend::of(&[coin]) }, &mut rng)
        })
        .collect();
    let error = refused_for_ever(&chain, &builder.draft(&chain, &payments, &mut rng).seal());
    assert!(matches!(error, BlockError::Cap { what: "in recent windows", found: 272, max: 256 }), "{error}");
    // A builder who has all of them takes sixteen.
    let pool = empty_pool(&chain);
    let bytes: Vec<_> = payments.iter().map(|payment| payment.encode(builder.network().id())).collect();
    assert!(pool.admit(&chain.next_state(), &bytes, &mut rng).iter().all(Result::is_ok));
    let time = builder.time(chain.tip().next_height());
    let template = chain.template(&pool, &[builder.purse().address(0)], time, &mut rng).unwrap();
    assert_eq!(dero_ledger::block::parse_body(&template.body).unwrap().0.len(), 16);
    payments.pop();
    builder.mine(&chain, &payments, &mut rng);
}

/// Row 306: the oldest anchor, read from the store and not from what is at hand; and a chain that is opened there.
/// Row 266: what was made when the window was new, without expiry, is as good later, for the same fee.
#[test]
fn the_oldest_anchor_is_cited_two_thousand_blocks_later() {
    let (builder, mut rng) = (ChainBuilder::new("oldest"), rng(53));
    let store = Arc::new(MemoryStore::new());
    let chain = builder.chain_in(SharedStore(Arc::clone(&store)));
    let made = |coin, rng: &mut _| {
        let coins = [coin];
        let spend = Spend { reference: Some(Reference::Open { anchor: 0 }), ..Spend::of(&coins) };
        builder.purse().pay(&chain.next_state(), &spend, rng)
    };
    let early = made(31, &mut rng);
    // Beyond the second change of the key of a keyed proof of work, too.
    builder.extend(&chain, 2_115, &mut rng);
    let late = made(30, &mut rng);
    let rules = builder.network().rules();
    assert_eq!((early.weight(&rules), early.minimum_fee(&rules)), (late.weight(&rules), late.minimum_fee(&rules)));
    builder.mine(&chain, &[early, late], &mut rng);
    let again = builder.chain_in(SharedStore(Arc::clone(&store)));
    assert_eq!(again.tip().header(), chain.tip().header());
    assert_eq!(again.tip().totals(), chain.tip().totals());
    assert_eq!(again.tip().next_list(), chain.tip().next_list());
    assert_eq!(again.tip().branch(), chain.tip().branch());
    let key = chain.tip().view().headers(2_048..2_049).unwrap()[0].0;
    assert_eq!(*chain.tip().branch().key(), Header::from_bytes(&key).id());
    builder.extend(&again, 1, &mut rng);
}
