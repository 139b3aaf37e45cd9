//! Transactions that wait: rows 205 to 208, 211, 257, and what a miner takes of them.

use std::sync::Arc;

use dero_crypto::membership::{Reference, ReferenceError};
use dero_ledger::{
    chain::{
        Added,
        pool::{Admitted, Mempool, PoolError, PoolLimits},
    },
    consensus::{Blake3, search},
    params::NetworkRows,
    rules::{Section, TxError},
    testing::{ChainBuilder, Spend, TestChain},
    transaction::{Digests, Transaction},
};
use rand::rngs::StdRng;

use crate::{empty_pool, rng};

struct Scene {
    builder: ChainBuilder,
    chain: TestChain,
    pool: Mempool,
    rng: StdRng,
}

impl Scene {
    fn new(word: &str, seed: u64) -> Self {
        Self::with_limits(word, seed, PoolLimits::default())
    }

    fn with_limits(word: &str, seed: u64, limits: PoolLimits) -> Self {
        Self::on(ChainBuilder::new(word), seed, limits)
    }

    fn on(builder: ChainBuilder, seed: u64, limits: PoolLimits) -> Self {
        let chain = builder.chain();
        let pool = Mempool::new(builder.network().rules(), limits, Arc::clone(chain.verdicts()));
        Self { builder, chain, pool, rng: rng(seed) }
    }

    fn pay(&mut self, spend: &Spend<'_>) -> Transaction {
        self.builder.purse().pay(&self.chain.next_state(), spend, &mut self.rng)
    }

    fn admit(&mut self, transaction: &Transaction) -> Result<Admitted, PoolError> {
        let bytes = transaction.encode(self.builder.network().id());
        self.pool.admit(&self.chain.next_state(), &[bytes], &mut self.rng).remove(0)
    }

    /// As [`admit`](Self::admit) where no proof has to be looked at: whoever draws a weight panics.
    fn admit_known(&self, transaction: &Transaction) -> Result<Admitted, PoolError> {
        let bytes = transaction.encode(self.builder.network().id());
        self.pool.admit(&self.chain.next_state(), &[bytes], &mut crate::NoRandomness).remove(0)
    }

    fn mine(&mut self, transactions: &[Transaction]) {
        self.builder.mine(&self.chain, transactions, &mut self.rng);
    }

    fn update(&mut self) -> usize {
        self.pool.update(&self.chain.next_state(), &mut self.rng).unwrap().len()
    }

    fn digests(&self, transaction: &Transaction) -> Digests {
        Digests::of(transaction, self.builder.network().id())
    }
}

/// Changes a proof so that it still decodes.
fn spoil_membership(transaction: &Transaction) -> Transaction {
    let mut spoilt = transaction.clone();
    let last = spoilt.membership.len() - 32;
    spoilt.membership[last] ^= 1;
    spoilt
}

#[test]
fn a_transaction_waits_until_it_stands_in_a_block() {
    let mut scene = Scene::new("waits", 60);
    let payment = scene.pay(&Spend::of(&[0]));
    let Digests { txid, wtxid, .. } = scene.digests(&payment);
    assert_eq!(scene.admit(&payment).unwrap(), Admitted::New { txid, wtxid });
    assert_eq!(scene.admit(&payment).unwrap(), Admitted::Known { wtxid });
    let waiting = scene.pool.find(&txid).unwrap();
    let net = *scene.builder.network().id();
    assert_eq!(waiting.encode(&net), payment.encode(&net));
    assert_eq!(scene.pool.bytes(), payment.encode(&net).len());
    scene.mine(&[]);
    assert_eq!(scene.update(), 0);
    scene.mine(std::slice::from_ref(&payment));
    assert_eq!(scene.update(), 1);
    assert!(scene.pool.is_empty() && scene.pool.bytes() == 0);
    let error = scene.admit(&payment).unwrap_err();
    assert!(matches!(error, PoolError::Refused(TxError::Spent { input: 0 })) && !error.is_blamed());
}

/// Row 206.
#[test]
fn a_tag_blocks_nobody_before_its_transaction_is_proven() {
    let mut scene = Scene::new("tag", 61);
    let honest = scene.pay(&Spend::of(&[0]));
    // Whoever knows the tag: the same input in a transaction that proves nothing about it.
    let rival = spoil_membership(&scene.pay(&Spend::of(&[0])));
    let error = scene.admit(&rival).unwrap_err();
    assert!(matches!(error, PoolError::Refused(TxError::Proof(_))), "{error}");
    assert!(error.is_blamed() && error.is_of_witness());
    assert!(scene.admit(&honest).is_ok());
    // In one batch, in either order.
    let (honest, rival) = (scene.pay(&Spend::of(&[1])), spoil_membership(&scene.pay(&Spend::of(&[1]))));
    let net = *scene.builder.network().id();
    let results =
        scene.pool.admit(&scene.chain.next_state(), &[rival.encode(&net), honest.encode(&net)], &mut scene.rng);
    assert!(results[0].is_err() && results[1].is_ok());
}

#[test]
fn of_two_proven_rivals_the_first_stays() {
    let mut scene = Scene::new("rivals", 62);
    let (one, two) = (scene.pay(&Spend::of(&[0, 1])), scene.pay(&Spend::of(&[1, 2])));
    let net = *scene.builder.network().id();
    let results =
        scene.pool.admit(&scene.chain.next_state(), &[one.encode(&net), two.encode(&net)], &mut scene.rng);
    assert!(results[0].is_ok());
    let conflict = |error: &PoolError, by| matches!(error, PoolError::Conflict { by: found, .. } if *found == by);
    let first = scene.digests(&one).txid;
    assert!(conflict(results[1].as_ref().unwrap_err(), first));
    // A known rival ends it in step 4, before any proof.
    let three = scene.pay(&Spend::of(&[1]));
    for rival in [&two, &three] {
        let error = scene.admit_known(rival).unwrap_err();
        assert!(conflict(&error, first) && !error.is_blamed());
    }
    // A block may hold the other one.
    scene.mine(std::slice::from_ref(&two));
    assert_eq!(scene.update(), 1);
}

/// Row 207.
#[test]
fn a_spoilt_copy_does_not_keep_the_good_one_out() {
    let mut scene = Scene::new("copies", 63);
    let good = scene.pay(&Spend::of(&[0]));
    let mut memos = good.clone();
    memos.memos[5] ^= 1;
    assert_eq!(scene.digests(&memos).wtxid, scene.digests(&good).wtxid);
    let error = scene.admit(&memos).unwrap_err();
    assert!(error.is_blamed() && !error.is_of_witness(), "{error}");
    assert!(matches!(error, PoolError::Refused(TxError::Digest { section: Section::Memos })));
    let membership = spoil_membership(&good);
    assert_eq!(scene.digests(&membership).txid, scene.digests(&good).txid);
    let error = scene.admit(&membership).unwrap_err();
    assert!(matches!(error, PoolError::Refused(TxError::Proof(_))) && error.is_blamed(), "{error}");
    // The second time nothing is summed up: no weight is drawn.
    let error = scene.admit_known(&membership).unwrap_err();
    assert!(matches!(error, PoolError::Refused(TxError::Proof(_))) && error.is_blamed(), "{error}");
    assert!(scene.admit(&good).is_ok());
    // The recorded failure refuses no block either: the good one is mined from a pool that saw the bad one.
    scene.mine(std::slice::from_ref(&good));
}

/// Row 208.
#[test]
fn a_second_witness_is_no_error_and_no_reason_to_blame() {
    let mut scene = Scene::new("second", 64);
    let [one, two]: [Transaction; 2] =
        scene.builder.purse().witnesses(&scene.chain.next_state(), &Spend::of(&[0]), &mut scene.rng);
    assert!(scene.admit(&one).is_ok());
    let kept = scene.digests(&one).wtxid;
    assert_eq!(scene.admit(&two).unwrap(), Admitted::OtherWitness { kept });
    scene.mine(&[two]);
    assert_eq!(scene.update(), 1);
}

/// Row 113, A.21: the anchors of heights 0 and 5 have one length.
#[test]
fn another_anchor_of_equal_length_is_one_more_witness() {
    let mut scene = Scene::new("anchors", 73);
    for _ in 0..5 {
        scene.mine(&[]);
    }
    let spend = Spend { reference: Some(Reference::Open { anchor: 0 }), ..Spend::of(&[39]) };
    let one = scene.pay(&spend);
    let mut two = one.clone();
    two.membership[..5].copy_from_slice(&Reference::Open { anchor: 1 }.to_bytes());
    let (kept, other) = (scene.digests(&one), scene.digests(&two));
    assert!(kept.txid == other.txid && kept.wtxid != other.wtxid);
    assert!(scene.admit(&one).is_ok());
    assert_eq!(scene.admit(&two).unwrap(), Admitted::OtherWitness { kept: kept.wtxid });
    // Nothing is held against either: the block that holds the other one is taken.
    scene.mine(&[two]);
    assert_eq!(scene.update(), 1);
}

/// Row 257: nothing is recorded against a transaction whose window is open one block later.
#[test]
fn a_transaction_one_block_early_is_refused_without_blame_and_taken_later() {
    let mut scene = Scene::new("early", 65);
    for _ in 0..4 {
        scene.mine(&[]);
    }
    let spend = Spend { reference: Some(Reference::Open { anchor: 1 }), ..Spend::of(&[39]) };
    let payment = scene.pay(&spend);
    let short = scene.builder.chain();
    let error = scene
        .pool
        .admit(&short.next_state(), &[payment.encode(scene.builder.network().id())], &mut scene.rng)
        .remove(0)
        .unwrap_err();
    assert!(matches!(
        error,
        PoolError::Refused(TxError::Reference { error: ReferenceError::FutureAnchor { .. }, .. })
    ));
    assert!(!error.is_blamed() && !error.is_of_witness());
    assert!(scene.admit(&payment).is_ok());
}

#[test]
fn a_height_is_nobodys_fault() {
    let mut scene = Scene::new("heights", 66);
    for _ in 0..12 {
        scene.mine(&[]);
    }
    for (valid_from, expiry) in [(14, 0), (100, 0), (0, 12), (0, 2)] {
        let payment = scene.pay(&Spend { valid_from, expiry, ..Spend::of(&[0]) });
        let error = scene.admit(&payment).unwrap_err();
        assert!(matches!(error, PoolError::Refused(TxError::NotYetValid { .. } | TxError::Expired { .. })));
        assert!(!error.is_blamed(), "{error}");
    }
}

#[test]
fn what_expires_leaves() {
    let mut scene = Scene::new("expires", 67);
    let payment = scene.pay(&Spend { expiry: 2, ..Spend::of(&[0]) });
    assert!(scene.admit(&payment).is_ok());
    scene.mine(&[]);
    assert_eq!(scene.update(), 0);
    scene.mine(&[]);
    assert_eq!(scene.update(), 1);
    let error = scene.admit(&payment).unwrap_err();
    assert!(matches!(error, PoolError::Refused(TxError::Expired { expiry: 2, height: 3 })));
}

#[test]
fn a_full_pool_keeps_the_best_payers() {
    let bytes = {
        let mut scene = Scene::new("measure", 68);
        scene.pay(&Spend::of(&[0])).encode(scene.builder.network().id()).len()
    };
    let limits = PoolLimits { bytes: 2 * bytes, ..PoolLimits::default() };
    let mut scene = Scene::with_limits("full", 69, limits);
    let payments: Vec<_> = [21, 23, 22, 20]
        .iter()
        .zip(0..)
        .map(|(fee, coin)| scene.pay(&Spend { fee: 1 << fee, ..Spend::of(&[coin]) }))
        .collect();
    assert!(scene.admit(&payments[0]).is_ok());
    assert!(scene.admit(&payments[1]).is_ok());
    assert!(scene.admit(&payments[2]).is_ok());
    let error = scene.admit(&payments[3]).unwrap_err();
    assert!(matches!(error, PoolError::Full) && !error.is_blamed());
    let mut waiting: Vec<_> = scene.pool.all().iter().map(|pooled| pooled.fee()).collect();
    waiting.sort_unstable();
    assert_eq!(waiting, [1 << 22, 1 << 23]);
    assert!(scene.pool.bytes() <= limits.bytes);
    // What was evicted blocks nobody.
    assert!(scene.pool.find(&scene.digests(&payments[0]).txid).is_none());
    let rival = scene.pay(&Spend { fee: 1 << 24, ..Spend::of(&[0]) });
    assert!(scene.admit(&rival).is_ok());
}

#[test]
fn a_miner_takes_what_waits_and_the_block_needs_no_proof_twice() {
    let mut scene = Scene::new("miner", 70);
    for coins in [&[0][..], &[1, 2], &[3]] {
        let payment = scene.pay(&Spend::of(coins));
        assert!(scene.admit(&payment).is_ok());
    }
    let payees = [scene.builder.purse().address(7)];
    let now = scene.builder.time(1);
    let template = scene.chain.template(&scene.pool, &payees, now, &mut scene.rng).unwrap();
    let nonce = search(&Blake3, &template.key, &template.id(), &template.target, 0..).unwrap();
    let added = scene.chain.add_block(&template.seal(nonce), now, &mut crate::NoRandomness);
    assert!(matches!(added, Ok(Added::Advanced(_))), "{added:?}");
    assert_eq!(scene.chain.tip().totals().tags, 4);
    assert_eq!(scene.update(), 3);
    // A template on the next tip is empty, and its clock stays behind no parent.
    let template = scene.chain.template(&scene.pool, &payees, 0, &mut scene.rng).unwrap();
    assert_eq!(template.header.timestamp, now + 3);
    let nonce = search(&Blake3, &template.key, &template.id(), &template.target, 0..).unwrap();
    let added = scene.chain.add_block(&template.seal(nonce), now, &mut scene.rng);
    assert!(matches!(added, Ok(Added::Advanced(_))), "{added:?}");
}

#[test]
fn a_template_stays_within_the_bound_of_listed_outputs() {
    let mut scene = Scene::new("bound", 71);
    let payment = scene.pay(&Spend::of(&[0]));
    assert!(scene.admit(&payment).is_ok());
    let payees = [scene.builder.purse().address(7)];
    let template = scene.chain.template(&scene.pool, &payees, scene.builder.time(1), &mut scene.rng).unwrap();
    let (transactions, _) = dero_ledger::block::parse_body(&template.body).unwrap();
    assert_eq!(transactions.len(), 1);
    // 15 are left beside one payee: a payment of 14 and another of 2 do not fit together.
    let amounts = [5; 13];
    let wide = scene.pay(&Spend { outputs: &amounts, fee: 1 << 26, ..Spend::of(&[1]) });
    assert!(scene.admit(&wide).is_ok());
    let template = scene.chain.template(&scene.pool, &payees, scene.builder.time(1), &mut scene.rng).unwrap();
    let (transactions, _) = dero_ledger::block::parse_body(&template.body).unwrap();
    assert_eq!(transactions, [wide.encode(scene.builder.network().id())]);
}

#[test]
fn a_template_by_a_clock_that_is_late_is_neither_too_soon_nor_at_the_median() {
    let mut rng = rng(79);
    // A fifth of the spacing decides, or, where that is nothing, the median.
    for spacing in [15, 1] {
        let builder = ChainBuilder::with_rows("clock", NetworkRows { spacing, ..ChainBuilder::ROWS });
        let chain = builder.chain();
        let pool = empty_pool(&chain);
        for _ in 0..14 {
            let template = chain.template(&pool, &[builder.purse().address(0)], 0, &mut rng).unwrap();
            let nonce = search(&Blake3, &template.key, &template.id(), &template.target, 0..).unwrap();
            let added = chain.add_block(&template.seal(nonce), crate::LATER, &mut rng);
            assert!(matches!(added, Ok(Added::Advanced(_))), "{added:?}");
        }
    }
}

/// Row 210: a set of 65,536 positions makes one input weigh about 600,000.
#[test]
fn a_template_stays_within_the_limit_of_weight() {
    let rows = NetworkRows { n: 2, m: 16, weight_limit: 1_300_000, ..ChainBuilder::ROWS };
    let mut scene = Scene::on(ChainBuilder::with_rows("weights", rows), 74, PoolLimits::default());
    for coin in 0..3 {
        let payment = scene.pay(&Spend { fee: 1 << 25, ..Spend::of(&[coin]) });
        let weight = payment.weight(&scene.builder.network().rules());
        assert!((550_000..650_000).contains(&weight), "{weight}");
        assert!(scene.admit(&payment).is_ok());
    }
    let payees = [scene.builder.purse().address(7)];
    let template = scene.chain.template(&scene.pool, &payees, scene.builder.time(1), &mut scene.rng).unwrap();
    let (transactions, _) = dero_ledger::block::parse_body(&template.body).unwrap();
    assert_eq!(transactions.len(), 2);
}

/// Row 211: an empty batch is no verdict about anything.
#[test]
fn bytes_that_are_nothing_are_refused_with_blame() {
    let mut scene = Scene::new("nothing", 72);
    let results = scene.pool.admit::<_>(&scene.chain.next_state(), &[vec![], vec![0; 500]], &mut scene.rng);
    for result in results {
        let error = result.unwrap_err();
        assert!(error.is_blamed() && !error.is_of_witness());
    }
    assert!(scene.pool.admit(&scene.chain.next_state(), &[] as &[Vec<u8>], &mut scene.rng).is_empty());
}
