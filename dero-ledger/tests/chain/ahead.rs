//! Proofs that are checked before their blocks.

use dero_ledger::{
    chain::{Added, BlockError},
    rules::TxError,
    testing::{ChainBuilder, Spend, TestChain},
};

use crate::{LATER, NoRandomness, block_at, copy, refused, rng};

/// A builder, its chain of eight blocks, and a chain that has the first of them and the headers of all.
fn behind(word: &str) -> (ChainBuilder, TestChain, TestChain) {
    let (builder, mut rng) = (ChainBuilder::new(word), rng(1));
    let chain = builder.chain();
    for height in 1..=8 {
        let state = chain.next_state();
        let payments = [height, 8 + height].map(|coin| builder.purse().pay(&state, &Spend::of(&[coin]), &mut rng));
        builder.mine(&chain, &payments, &mut rng);
    }
    let behind = copy(&builder, &chain, 4);
    know_headers(&behind, &(5..=8).map(|height| block_at(&chain, height)).collect::<Vec<_>>());
    (builder, chain, behind)
}

fn know_headers(chain: &TestChain, blocks: &[Vec<u8>]) {
    let sealed = |block: &Vec<u8>| {
        let (header, rest) = block.split_first_chunk().unwrap();
        (*header, u64::from_le_bytes(*rest.first_chunk().unwrap()))
    };
    let added = chain.add_headers(&blocks.iter().map(sealed).collect::<Vec<_>>(), LATER);
    assert_eq!((added.added, added.refused.is_none()), (blocks.len(), true));
}

#[test]
fn blocks_whose_proofs_were_checked_ahead_draw_no_weights() {
    let (_, chain, behind) = behind("ahead");
    let blocks: Vec<_> = (5..=8).map(|height| block_at(&chain, height)).collect();
    assert_eq!(behind.check_ahead(&blocks, &mut rng(2)), 4);
    for block in &blocks {
        assert!(matches!(behind.add_block(block, LATER, &mut NoRandomness), Ok(Added::Advanced(_))));
    }
    assert_eq!(behind.tip().block(), chain.tip().block());
}

#[test]
fn what_is_checked_ahead_ends_where_the_next_anchor_begins() {
    let (builder, chain, _) = behind("anchor");
    let behind = copy(&builder, &chain, 2);
    let blocks: Vec<_> = (3..=8).map(|height| block_at(&chain, height)).collect();
    know_headers(&behind, &blocks);
    assert_eq!(behind.check_ahead(&blocks, &mut rng(2)), 2);
}

#[test]
fn a_proof_that_fails_ahead_is_refused_by_its_block_and_by_no_other() {
    let (builder, mut rng) = (ChainBuilder::new("bad"), rng(3));
    let chain = builder.chain();
    let state = chain.next_state();
    let [good, mut bad] = [0, 1].map(|coin| builder.purse().pay(&state, &Spend::of(&[coin]), &mut rng));
    let last = bad.membership.len() - 32;
    bad.membership[last] ^= 1;
    let first = builder.mine(&chain, &[good], &mut rng);
    let second = builder.draft(&chain, &[bad], &mut rng).seal();

    let behind = builder.chain();
    let blocks = [first, second];
    know_headers(&behind, &blocks);
    assert_eq!(behind.check_ahead(&blocks, &mut rng), 2);
    assert!(matches!(behind.add_block(&blocks[0], LATER, &mut NoRandomness), Ok(Added::Advanced(_))));
    let error = refused(&behind, &blocks[1]);
    assert!(matches!(error, BlockError::Transaction { index: 0, error: TxError::Proof(_) }), "{error}");
}

#[test]
fn a_block_without_a_sealed_header_or_with_another_body_is_not_looked_at() {
    let (builder, chain, behind) = behind("unsealed");
    let blocks: Vec<_> = (5..=8).map(|height| block_at(&chain, height)).collect();
    assert_eq!(copy(&builder, &chain, 4).check_ahead(&blocks, &mut NoRandomness), 0);

    let mut other = blocks.clone();
    *other[0].last_mut().unwrap() ^= 1;
    assert_eq!(behind.check_ahead(&other, &mut NoRandomness), 0);
    assert_eq!(behind.check_ahead(&blocks[1..], &mut NoRandomness), 0);
    let cut: Vec<_> = blocks.iter().map(|block| &block[..200]).collect();
    assert_eq!(behind.check_ahead(&cut, &mut NoRandomness), 0);
}
