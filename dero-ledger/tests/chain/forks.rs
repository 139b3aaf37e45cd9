//! Branches: fork choice, reorganisation, and what it gives back. Rows 28, 205, 212, 213, 257, 261.

use dero_crypto::membership::Reference;
use dero_ledger::{
    block::{Block, mmr},
    chain::{Added, Advance, BlockBlame, BlockError, Chain, ChainOptions, TreeLimits},
    consensus::{Blake3, HeaderBranch, PowAlgorithm, ProofOfWork, pow_input},
    execution::NoContracts,
    rules::{TxError, UnverifiedTransaction},
    store::{MemoryStore, StoreView},
    testing::{ChainBuilder, Spend, TestChain},
};
use rand::{RngExt, rngs::StdRng};

use crate::{add, advance, block_at, copy, empty_pool, refused, rng};

fn output(block: &[u8]) -> [u8; 32] {
    let parsed = Block::parse(block).unwrap();
    let mut output = Blake3.hash(&parsed.header.parent, &pow_input(&parsed.header.id(), parsed.nonce));
    output.reverse();
    output
}

/// Rows 213 and 261.
#[test]
fn equal_work_goes_to_the_smaller_output_in_either_order_of_arrival() {
    let (builder, mut rng) = (ChainBuilder::new("tie"), rng(40));
    let source = builder.chain();
    let mut blocks = [0, 1].map(|_| builder.draft(&source, &[], &mut rng).seal());
    blocks.sort_by_key(|block| output(block));
    let [winner, loser] = blocks;
    let id = |block: &[u8]| Block::parse(block).unwrap().header.id();

    let first = builder.chain();
    advance(&first, &winner);
    assert_eq!(add(&first, &loser).unwrap(), Added::Kept);
    let second = builder.chain();
    advance(&second, &loser);
    let change = advance(&second, &winner);
    assert_eq!(change.reverted.iter().map(|block| block.id).collect::<Vec<_>>(), [id(&loser)]);
    for chain in [&first, &second] {
        assert_eq!(chain.tip().block().id, id(&winner));
    }
    // The loser wins as soon as there is more work on it.
    let other = builder.chain();
    advance(&other, &loser);
    let next = builder.draft(&other, &[], &mut rng).seal();
    for chain in [&first, &second] {
        assert_eq!(advance(chain, &next).applied.len(), 2);
        assert_eq!(chain.tip().block(), advance_to(&builder, &[&loser, &next]).tip().block());
    }
}

fn advance_to(builder: &ChainBuilder, blocks: &[&[u8]]) -> TestChain {
    let chain = builder.chain();
    for block in blocks {
        advance(&chain, block);
    }
    chain
}

/// A chain of `common` empty blocks, and two that begin with it.
fn fork(builder: &ChainBuilder, common: usize, rng: &mut StdRng) -> [TestChain; 2] {
    let first = builder.chain();
    let blocks = builder.extend(&first, common, rng);
    let second = builder.chain();
    blocks.iter().for_each(|block| drop(advance(&second, block)));
    [first, second]
}

/// A node takes what a heavier branch has from `height` on, and goes over to it.
fn go_over(node: &TestChain, branch: &TestChain, height: u64) {
    for height in height..=branch.tip().block().height {
        add(node, &block_at(branch, height)).unwrap();
    }
    assert_eq!(node.tip().header(), branch.tip().header());
}

#[test]
fn a_heavier_branch_takes_over_and_orphaned_transactions_come_back() {
    let (builder, mut rng) = (ChainBuilder::new("reorg"), rng(41));
    let [node, rival] = fork(&builder, 2, &mut rng);
    let state = node.next_state();
    let [a, b] = [0, 1].map(|coin| builder.purse().pay(&state, &Spend::of(&[coin]), &mut rng));
    builder.mine(&node, &[a.clone(), b.clone()], &mut rng);
    builder.extend(&node, 1, &mut rng);
    let old = [3, 4].map(|height| block_at(&node, height));

    builder.mine(&rival, std::slice::from_ref(&b), &mut rng);
    builder.extend(&rival, 2, &mut rng);
    assert_eq!(add(&node, &block_at(&rival, 3)).unwrap(), Added::Kept);
    // Equal work: either may be the better one. More work decides.
    let tie = add(&node, &block_at(&rival, 4)).unwrap();
    let last = advance(&node, &block_at(&rival, 5));
    let changes = if let Added::Advanced(change) = tie { [change, last] } else { [last, Advance::default()] };
    let [change, rest] = changes;
    assert_eq!(change.reverted.iter().map(|block| block.height).collect::<Vec<_>>(), [4, 3]);
    assert_eq!(change.applied.len() + rest.applied.len(), 3);
    assert_eq!(change.orphaned, [a.encode(builder.network().id())]);
    assert_eq!(node.tip().header(), rival.tip().header());
    assert_eq!(node.tip().totals(), rival.tip().totals());
    assert_eq!(node.tip().next_list(), rival.tip().next_list());
    // Its tag is free again, and it still fits.
    let tag = builder.purse().coins()[0].tag.to_bytes();
    assert_eq!(node.tip().view().spent(&[tag]).unwrap(), [None]);
    builder.mine(&node, &[a], &mut rng);
    // The blocks that were taken back are still served.
    for block in old {
        let id = Block::parse(&block).unwrap().header.id();
        assert_eq!(node.block(&id).unwrap(), Some(block));
    }
}

#[test]
fn a_heavier_branch_with_an_invalid_block_is_left_and_the_old_one_restored() {
    let (builder, mut rng) = (ChainBuilder::new("invalid"), rng(42));
    let [node, rival] = fork(&builder, 3, &mut rng);
    let payment = builder.purse().pay(&node.next_state(), &Spend::of(&[0]), &mut rng);
    builder.mine(&node, &[payment], &mut rng);
    builder.extend(&node, 1, &mut rng);
    let before = node.tip();

    // The second block of the rival branch has a wrong state root; blocks on it follow its header.
    let mut blocks = builder.extend(&rival, 1, &mut rng);
    let mut wrong = builder.draft(&rival, &[], &mut rng);
    wrong.header.state_root[0] ^= 1;
    blocks.push(wrong.seal());
    let branch = follow(&builder, rival.tip().branch(), &blocks[1]);
    blocks.extend(blocks_on(&builder, branch, 2, &mut rng).1);
    let results: Vec<_> = blocks.iter().map(|block| add(&node, block)).collect();
    assert!(results[0].is_ok());
    let last = results.last().unwrap().as_ref().unwrap_err();
    assert_eq!(last.blame(), BlockBlame::Block, "{last}");
    assert_eq!(node.tip().header(), before.header());
    assert_eq!(node.tip().totals(), before.totals());
    let tag = builder.purse().coins()[0].tag.to_bytes();
    assert_eq!(node.tip().view().spent(&[tag]).unwrap(), [Some(4)]);
    assert!(matches!(refused(&node, &blocks[1]), BlockError::KnownInvalid { .. }));
    assert!(matches!(refused(&node, &blocks[2]), BlockError::KnownInvalid { .. }));
    builder.extend(&node, 2, &mut rng);
}

/// Empty blocks on a branch that no chain follows: right headers over bodies that nobody gets to check.
fn blocks_on(
    builder: &ChainBuilder,
    mut branch: HeaderBranch,
    count: usize,
    rng: &mut StdRng,
) -> (HeaderBranch, Vec<Vec<u8>>) {
    let network = builder.network();
    let donor = builder.chain();
    let blocks = (0..count).map(|_| {
        let mut draft = builder.draft(&donor, &[], rng);
        let header = &mut draft.header;
        header.height = branch.tip().height + 1;
        header.timestamp = builder.time(header.height);
        header.parent = branch.tip_ref().id;
        header.header_root = mmr::header_root(network.id(), branch.headers()).unwrap();
        draft.refit(network);
        let block = draft.seal();
        branch = follow(builder, &branch, &block);
        block
    });
    let blocks = blocks.collect();
    (branch, blocks)
}

fn follow(builder: &ChainBuilder, branch: &HeaderBranch, block: &[u8]) -> HeaderBranch {
    let block = Block::parse(block).unwrap();
    branch.extend(&block.header, block.nonce, builder.network(), &ProofOfWork(Blake3)).unwrap().branch
}

#[test]
fn a_branch_that_leaves_the_chain_too_deep_is_left_to_the_operator() {
    let (builder, mut rng) = (ChainBuilder::new("deep"), rng(43));
    let [node, rival] = fork(&builder, 1, &mut rng);
    let blocks = builder.extend(&rival, 362, &mut rng);
    builder.extend(&node, 360, &mut rng);
    assert_eq!(add(&node, &blocks[0]).unwrap(), Added::Kept);
    builder.extend(&node, 1, &mut rng);
    let too_deep = |error: BlockError| {
        assert!(matches!(error, BlockError::TooDeep { depth: 361, max: 360 }), "{error}");
        assert_eq!(error.blame(), BlockBlame::Nobody);
    };
    let late = builder.draft(&copy(&builder, &node, 1), &[], &mut rng).seal();
    too_deep(refused(&node, &late));
    // The branch that was there in time grows, and is not followed once it is the heavier one.
    for block in &blocks[1..361] {
        let kept = add(&node, block);
        assert!(matches!(kept, Ok(Added::Kept) | Err(BlockError::TooDeep { .. })), "{kept:?}");
    }
    too_deep(refused(&node, &blocks[361]));
    let id = |block: &[u8]| Block::parse(block).unwrap().header.id();
    assert!(node.block(&id(&blocks[0])).unwrap().is_some());
    // One block later it is forgotten.
    builder.extend(&node, 1, &mut rng);
    assert!(blocks.iter().all(|block| node.block(&id(block)).unwrap().is_none()));
}

/// Row 212: a long branch of low work.
#[test]
fn the_tree_of_side_branches_stays_bounded_and_keeps_the_heaviest() {
    let (builder, mut rng) = (ChainBuilder::new("bounded"), rng(44));
    let source = builder.chain();
    let blocks = builder.extend(&source, 60, &mut rng);
    let mut branch = |from, count| {
        let base = copy(&builder, &source, from);
        blocks_on(&builder, base.tip().branch().clone(), count, &mut rng).1
    };
    let (low, high) = (branch(5, 30), branch(45, 8));
    let body = low[0].len() - 296;
    for (tree, kept) in [
        (TreeLimits { headers: 10, body_bytes: 1 << 20 }, 10),
        (TreeLimits { headers: 100, body_bytes: 9 * body }, 9),
    ] {
        let options = ChainOptions { tree, ..ChainOptions::default() };
        let network = builder.network().clone();
        let node = Chain::open(MemoryStore::new(), network, ProofOfWork(Blake3), NoContracts, options).unwrap();
        blocks.iter().for_each(|block| drop(advance(&node, block)));
        let known = |branch: &[Vec<u8>]| {
            let id = |block: &[u8]| Block::parse(block).unwrap().header.id();
            branch.iter().filter(|block| node.block(&id(block)).unwrap().is_some()).count()
        };
        low.iter().for_each(|block| drop(add(&node, block)));
        assert_eq!(known(&low), kept);
        high.iter().for_each(|block| assert_eq!(add(&node, block).unwrap(), Added::Kept));
        assert_eq!((known(&high), known(&low)), (8, kept - 8));
        assert_eq!(node.tip().block(), source.tip().block());
    }
}

/// Row 28: M is 3 here. The pool's references stand below it, and everything is checked again from it on.
#[test]
fn a_reorganisation_of_m_blocks_clears_the_verdicts_and_a_shallower_one_does_not() {
    for (depth, cleared) in [(2, false), (3, true), (4, true)] {
        let (builder, mut rng) = (ChainBuilder::new("maturity"), rng(45));
        let [node, rival] = fork(&builder, 8, &mut rng);
        let payment = builder.purse().pay(&node.next_state(), &Spend::of(&[0]), &mut rng);
        let pool = empty_pool(&node);
        builder.extend(&node, depth, &mut rng);
        let bytes = payment.encode(builder.network().id());
        assert!(pool.admit(&node.next_state(), &[&bytes], &mut rng)[0].is_ok());
        let key = verdict_key(&builder, &node, &bytes);
        assert!(node.verdicts().get(&key).is_some());
        let blocks = builder.extend(&rival, depth + 1, &mut rng);
        blocks.iter().for_each(|block| drop(add(&node, block).unwrap()));
        assert_eq!(node.tip().header(), rival.tip().header());
        assert_eq!(node.verdicts().get(&key).is_none(), cleared, "{depth}");
        // What it cites stands on both branches, so it waits on, and its verdict is there again.
        assert!(pool.update(&node.next_state(), &mut rng).unwrap().is_empty());
        assert_eq!(pool.len(), 1);
        assert!(node.verdicts().get(&key).is_some());
    }
}

fn verdict_key(builder: &ChainBuilder, chain: &TestChain, bytes: &[u8]) -> dero_ledger::transaction::VerdictKey {
    let rules = builder.network().rules();
    let read = std::sync::Arc::new(UnverifiedTransaction::parse(bytes, &rules).unwrap());
    read.check(&rules, &chain.next_state()).unwrap().effects().verdict_key()
}

/// Row 205: one wtxid, another acc behind its reference.
#[test]
fn a_verdict_about_another_list_is_not_used() {
    let (builder, mut rng) = (ChainBuilder::new("acc"), rng(46));
    let [node, rival] = fork(&builder, 1, &mut rng);
    // Outputs of other payments enter the two lists at height 5; anchor 1 has them.
    for (chain, coin) in [(&node, 1), (&rival, 2)] {
        let state = chain.next_state();
        let other = builder.purse().pay(&state, &Spend::of(&[coin]), &mut rng);
        builder.mine(chain, &[other], &mut rng);
        builder.extend(chain, 2, &mut rng);
    }
    let spend = Spend { reference: Some(Reference::Open { anchor: 1 }), ..Spend::of(&[39]) };
    let payment = builder.purse().pay(&node.next_state(), &spend, &mut rng);
    let bytes = payment.encode(builder.network().id());
    assert_ne!(verdict_key(&builder, &node, &bytes), verdict_key(&builder, &rival, &bytes));
    // The verdict is in a cache that both could use.
    let pool = empty_pool(&node);
    assert!(pool.admit(&node.next_state(), &[&bytes], &mut rng)[0].is_ok());
    let bad = builder.draft(&rival, std::slice::from_ref(&payment), &mut rng).seal();
    assert!(matches!(refused(&rival, &bad), BlockError::Transaction { index: 0, error: TxError::Proof(_) }));
    // On the node itself, after it went over to the rival's branch.
    builder.extend(&rival, 2, &mut rng);
    go_over(&node, &rival, 2);
    let bad = builder.draft(&node, &[payment], &mut rng).seal();
    assert!(matches!(refused(&node, &bad), BlockError::Transaction { index: 0, error: TxError::Proof(_) }));
    // The pool drops it for the same reason.
    assert_eq!(pool.update(&node.next_state(), &mut rng).unwrap().len(), 1);
}

/// Row 205: one transaction came in before the branches part and one after.
#[test]
fn what_came_in_on_different_tips_is_checked_again_after_a_reorganisation() {
    let (builder, mut rng) = (ChainBuilder::new("mixed"), rng(49));
    let [node, rival] = fork(&builder, 1, &mut rng);
    let pool = empty_pool(&node);
    let admit = |spend: &Spend<'_>, rng: &mut StdRng| {
        let payment = builder.purse().pay(&node.next_state(), spend, rng);
        let bytes = payment.encode(builder.network().id());
        assert!(pool.admit(&node.next_state(), &[bytes], rng)[0].is_ok());
        payment
    };
    admit(&Spend::of(&[38]), &mut rng);
    for (chain, coin) in [(&node, 1), (&rival, 2)] {
        let other = builder.purse().pay(&chain.next_state(), &Spend::of(&[coin]), &mut rng);
        builder.mine(chain, &[other], &mut rng);
        builder.extend(chain, 2, &mut rng);
    }
    // What anchor 1 has is another list on the other branch.
    let spend = Spend { reference: Some(Reference::Open { anchor: 1 }), ..Spend::of(&[39]) };
    let cites = admit(&spend, &mut rng);
    builder.extend(&rival, 2, &mut rng);
    go_over(&node, &rival, 2);
    let gone = pool.update(&node.next_state(), &mut rng).unwrap();
    assert_eq!(gone.len(), 1);
    assert_eq!(gone[0].encode(builder.network().id()), cites.encode(builder.network().id()));
    assert_eq!(pool.len(), 1);
}

#[test]
fn what_cites_a_group_that_a_reorganisation_opened_again_leaves_the_pool() {
    let (builder, mut rng) = (ChainBuilder::new("group"), rng(39));
    let [node, rival] = fork(&builder, 1, &mut rng);
    let pool = empty_pool(&node);
    // Nine outputs enter at height 5 and complete group 2: positions 32 to 47.
    let spend = Spend { outputs: &[5; 8], ..Spend::of(&[0]) };
    let payment = builder.purse().pay(&node.next_state(), &spend, &mut rng);
    builder.mine(&node, &[payment], &mut rng);
    builder.extend(&node, 2, &mut rng);
    let spend = Spend { reference: Some(Reference::Closed { group: 2 }), ..Spend::of(&[33]) };
    let cites = builder.purse().pay(&node.next_state(), &spend, &mut rng).encode(builder.network().id());
    assert!(pool.admit(&node.next_state(), &[cites], &mut rng)[0].is_ok());
    for block in builder.extend(&rival, 4, &mut rng) {
        add(&node, &block).unwrap();
    }
    assert_eq!(node.tip().header(), rival.tip().header());
    assert_eq!(pool.update(&node.next_state(), &mut rng).unwrap().len(), 1);
    assert!(pool.is_empty());
}

/// Row 257.
#[test]
fn a_block_with_another_witness_than_the_pool_has_is_taken() {
    let (builder, mut rng) = (ChainBuilder::new("witnesses"), rng(47));
    let [node, rival] = fork(&builder, 1, &mut rng);
    let [one, two] = builder.purse().witnesses(&node.next_state(), &Spend::of(&[0]), &mut rng);
    let pool = empty_pool(&node);
    assert!(pool.admit(&node.next_state(), &[one.encode(builder.network().id())], &mut rng)[0].is_ok());
    let block = builder.mine(&rival, &[two], &mut rng);
    advance(&node, &block);
    assert_eq!(pool.update(&node.next_state(), &mut rng).unwrap().len(), 1);
    assert!(pool.is_empty());
}

/// Row 213: a tree of blocks, heard of in any order, with every block of it before its parent sometimes.
#[test]
fn nodes_that_hear_of_branches_in_any_order_choose_the_same_one() {
    let (builder, mut rng) = (ChainBuilder::new("any-order"), rng(48));
    let mut tree = vec![(builder.chain(), Vec::new())];
    let mut blocks = Vec::new();
    for step in 0..24 {
        // Mostly the last branch grows, sometimes an older one.
        let from = if step % 3 == 0 { rng.random_range(0..tree.len()) } else { tree.len() - 1 };
        let (chain, path) = &tree[from];
        let chain = copy(&builder, chain, path.len() as u64);
        let block = builder.mine(&chain, &[], &mut rng);
        let mut path = path.clone();
        path.push(block.clone());
        blocks.push(block);
        tree.push((chain, path));
    }
    let tips: Vec<_> = (0..4)
        .map(|_| {
            let node = builder.chain();
            let mut waiting = blocks.clone();
            while !waiting.is_empty() {
                let block = waiting.swap_remove(rng.random_range(0..waiting.len()));
                match add(&node, &block) {
                    Ok(_) => {}
                    Err(BlockError::UnknownParent { .. }) => waiting.push(block),
                    Err(error) => panic!("{error}"),
                }
            }
            let opened = copy(&builder, &node, node.tip().block().height);
            assert_eq!(opened.tip().totals(), node.tip().totals());
            assert_eq!(opened.tip().next_list(), node.tip().next_list());
            node.tip().block()
        })
        .collect();
    assert!(tips.iter().all(|tip| *tip == tips[0]), "{tips:?}");
}
