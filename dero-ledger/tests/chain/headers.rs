//! Headers, seals and clocks: rows 212, 263, 309.

use dero_ledger::{
    block::{Block, HeaderError},
    chain::{Added, BlockBlame, BlockError},
    consensus::{Blake3, BranchError, PowAlgorithm, pow_input},
    testing::ChainBuilder,
};

use crate::{add, advance, refused, rng};

fn header_error(error: BlockError) -> HeaderError {
    match error {
        BlockError::Header(BranchError::Header(error)) => error,
        error => panic!("{error}"),
    }
}

/// Row 263.
#[test]
fn a_broken_seal_is_charged_to_the_sender_and_the_true_block_is_taken_afterwards() {
    let (builder, mut rng) = (ChainBuilder::new("seal"), rng(30));
    let chain = builder.chain();
    let draft = builder.draft(&chain, &[], &mut rng);
    let error = refused(&chain, &draft.break_seal());
    assert_eq!(error.blame(), BlockBlame::Bytes);
    assert!(matches!(error, BlockError::Header(BranchError::Seal(_))));
    advance(&chain, &draft.seal());
}

/// Row 212.
#[test]
fn the_seal_of_another_header_is_none() {
    let (builder, mut rng) = (ChainBuilder::new("other-seal"), rng(31));
    let chain = builder.chain();
    let nonce_of = |bytes: &[u8]| Block::parse(bytes).unwrap().nonce;
    let one = builder.draft(&chain, &[], &mut rng).seal();
    // Half of all nonces hold: look for a second block for which the first one's does not.
    let (other, spoilt) = (0..64)
        .find_map(|_| {
            let mut spoilt = builder.draft(&chain, &[], &mut rng).seal();
            let other = spoilt.clone();
            spoilt[288..296].copy_from_slice(&nonce_of(&one).to_le_bytes());
            matches!(add(&chain, &spoilt), Err(BlockError::Header(BranchError::Seal(_)))).then_some((other, spoilt))
        })
        .unwrap();
    assert!(matches!(refused(&chain, &spoilt), BlockError::Header(BranchError::Seal(_))));
    advance(&chain, &other);
}

/// The seal is outside of the block: another nonce that holds makes no other block.
#[test]
fn another_seal_makes_no_other_block() {
    let (builder, mut rng) = (ChainBuilder::new("seals"), rng(39));
    let chain = builder.chain();
    let draft = builder.draft(&chain, &[], &mut rng);
    let output = |block: &[u8]| {
        let block = Block::parse(block).unwrap();
        Blake3.hash(&block.header.parent, &pow_input(&block.header.id(), block.nonce))
    };
    let one = draft.seal();
    let two = draft.seal_where(|found| *found != output(&one));
    assert_ne!(one, two);
    advance(&chain, &one);
    assert_eq!(add(&chain, &two).unwrap(), Added::Known);
}

/// Rows 212 and 263: 61 s ahead, then later again.
#[test]
fn a_block_from_the_future_is_held_back_and_taken_when_its_time_has_come() {
    let (builder, mut rng) = (ChainBuilder::new("future"), rng(32));
    let chain = builder.chain();
    let block = builder.draft(&chain, &[], &mut rng).seal();
    let now = builder.time(1) - 61;
    let error = chain.add_block(&block, now, &mut rng).unwrap_err();
    assert!(matches!(error, BlockError::HeldBack { until } if until == now + 1), "{error}");
    assert_eq!(error.blame(), BlockBlame::Bytes);
    assert!(matches!(chain.add_block(&block, now + 1, &mut rng), Ok(Added::Advanced(_))));
}

/// Rows 212 and 309.
#[test]
fn a_timestamp_too_soon_after_the_parent_or_at_the_median_is_refused() {
    let (builder, mut rng) = (ChainBuilder::new("times"), rng(33));
    let chain = builder.chain();
    builder.extend(&chain, 12, &mut rng);
    let mut draft = builder.draft(&chain, &[], &mut rng);
    let parent = builder.time(12);
    draft.header.timestamp = parent + 2;
    let error = header_error(refused(&chain, &draft.seal()));
    assert_eq!(error, HeaderError::TooSoon { found: parent + 2, earliest: parent + 3 });
    draft.header.timestamp = parent + 3;
    advance(&chain, &draft.seal());
}

/// Row 309: after a gap of a day the target is the limit, fast blocks bring it down.
#[test]
fn after_a_gap_of_a_day_the_target_follows_the_clock() {
    let rows = dero_ledger::params::NetworkRows { first_target: 0x2007_ffff, ..ChainBuilder::ROWS };
    let (builder, mut rng) = (ChainBuilder::with_rows("gap", rows), rng(34));
    let chain = builder.chain();
    let late = builder.time(1) + 86_400;
    let mut targets = Vec::new();
    for block in 0..40 {
        let mut draft = builder.draft(&chain, &[], &mut rng);
        draft.header.timestamp = late + 3 * block;
        targets.push(draft.header.target);
        advance(&chain, &draft.seal());
    }
    assert_eq!(targets[0], 0x2007_ffff);
    assert!(targets[1..].iter().all(|target| *target == 0x207f_ffff));
}

/// Rows 212 and 263.
#[test]
fn a_target_one_off_in_another_form_zero_or_negative_is_refused() {
    let (builder, mut rng) = (ChainBuilder::new("targets"), rng(35));
    let chain = builder.chain();
    let right = builder.draft(&chain, &[], &mut rng);
    for target in [0x207f_fffe, 0x2100_8000, 0x2100_7fff, 0, 0x20ff_ffff, 0x0200_0001] {
        let mut wrong = right.clone();
        wrong.header.target = target;
        let error = header_error(refused(&chain, &wrong.seal()));
        assert!(matches!(error, HeaderError::Target { .. } | HeaderError::TargetForm(_)), "{target:x}: {error}");
    }
    advance(&chain, &right.seal());
}

/// Row 203.
#[test]
fn a_header_that_does_not_commit_to_the_headers_before_is_refused() {
    let (builder, mut rng) = (ChainBuilder::new("range"), rng(36));
    let chain = builder.chain();
    builder.extend(&chain, 3, &mut rng);
    let mut draft = builder.draft(&chain, &[], &mut rng);
    draft.header.header_root[0] ^= 1;
    let error = refused(&chain, &draft.seal());
    assert!(matches!(error, BlockError::Header(BranchError::HeaderRoot)), "{error}");
    draft.header.header_root[0] ^= 1;
    draft.header.version = 2;
    assert_eq!(header_error(refused(&chain, &draft.seal())), HeaderError::Version { found: 2 });
    draft.header.version = 1;
    draft.header.height = 5;
    assert_eq!(header_error(refused(&chain, &draft.seal())), HeaderError::Height { found: 5, parent: 3 });
}

#[test]
fn headers_lead_and_bodies_follow_in_any_order() {
    let (builder, mut rng) = (ChainBuilder::new("sync"), rng(37));
    let (source, node) = (builder.chain(), builder.chain());
    let blocks = builder.extend(&source, 30, &mut rng);
    let headers = source.headers_after(&node.locator().unwrap(), 100).unwrap();
    assert_eq!(headers.len(), 30);
    let added = node.add_headers(&headers, crate::LATER);
    assert!(added.refused.is_none() && added.added == 30);
    assert_eq!(node.header_tip().block, source.tip().block());
    assert_eq!(node.header_tip().work, source.tip().branch().work());
    assert_eq!(node.wanted(7).iter().map(|block| block.height).collect::<Vec<_>>(), (1..8).collect::<Vec<_>>());
    // The locator of the node goes back from its best header.
    assert!(source.headers_after(&node.locator().unwrap(), 100).unwrap().is_empty());
    for block in blocks[1..].iter().rev() {
        assert_eq!(add(&node, block).unwrap(), Added::Kept);
    }
    assert_eq!(node.wanted(7).len(), 1);
    assert_eq!(advance(&node, &blocks[0]).applied.len(), 30);
    assert_eq!(node.tip().header(), source.tip().header());
    assert!(node.wanted(7).is_empty());
    assert_eq!(node.block(&source.tip().block().id).unwrap(), blocks.last().cloned());
}

#[test]
fn headers_stop_at_the_first_that_is_wrong_or_early() {
    let (builder, mut rng) = (ChainBuilder::new("stop"), rng(38));
    let (source, node) = (builder.chain(), builder.chain());
    builder.extend(&source, 10, &mut rng);
    let mut headers = source.headers_after(&[], 100).unwrap();
    let added = node.add_headers(&headers[2..], crate::LATER);
    assert!(matches!(added.refused, Some(BlockError::UnknownParent { .. })) && added.added == 0);
    let added = node.add_headers(&headers, builder.time(6) - 60);
    assert!(matches!(added.refused, Some(BlockError::HeldBack { .. })) && added.added == 6);
    headers[8].0[60] ^= 1;
    let added = node.add_headers(&headers, crate::LATER);
    assert!(matches!(added.refused, Some(BlockError::Header(_))) && added.added == 8);
}
