//! What an engine returns: in which order it is committed to, how much a block may release, and when it is listed.
//! Rows 29, 204, 210.

use dero_ledger::{
    block::{
        compact::{CompactEffect, CompactEffectKind},
        parse_body, receipts_root,
    },
    chain::{Added, BlockError, Chain, ChainOptions, Commitment, Template, pool::Mempool},
    consensus::{Blake3, ProofOfWork, search},
    execution::{BlockContext, ExecutionError, ExecutionRun, Executor, Receipt},
    params::NetworkRows,
    rules::UnverifiedTransaction,
    store::{MemoryStore, StoreView},
    testing::{ChainBuilder, Spend},
};
use rand::rngs::StdRng;

use crate::{LATER, empty_pool, rng};

/// An engine that refunds so many locked enotes in each block, and whose calls return the call as receipt.
#[derive(Clone, Copy)]
struct Refunds(u8);

/// What the `index`-th refund of height `height` appends: nobody decodes it before it is cited.
fn refunded(height: u64, index: u8) -> [u8; 96] {
    let mut entry = [index; 96];
    entry[..8].copy_from_slice(&height.to_le_bytes());
    entry
}

impl Executor for Refunds {
    type Run = Run;

    fn runs_contracts(&self) -> bool {
        true
    }

    fn begin(&self, context: &BlockContext) -> Run {
        Run { count: self.0, height: context.height }
    }
}

struct Run {
    count: u8,
    height: u64,
}

impl ExecutionRun for Run {
    fn due_outcomes(&mut self) -> Receipt {
        let effect = |index| CompactEffect { kind: CompactEffectKind::Refunded, id: [index; 32], j: 0 };
        Receipt {
            bytes: vec![self.count],
            effects: (0..self.count).map(effect).collect(),
            appended: (0..self.count).map(|index| refunded(self.height, index)).collect(),
        }
    }

    fn call(&mut self, transaction: &UnverifiedTransaction) -> Result<Receipt, ExecutionError> {
        let bytes = transaction.transaction().payload.clone();
        Ok(Receipt { bytes, effects: Vec::new(), appended: Vec::new() })
    }

    fn tree_root(&self) -> [u8; 32] {
        [7; 32]
    }
}

struct Scene {
    builder: ChainBuilder,
    chain: Chain<MemoryStore, ProofOfWork<Blake3>, Refunds>,
    pool: Mempool,
    rng: StdRng,
}

impl Scene {
    fn new(word: &str, seed: u64, refunds: u8) -> Self {
        let builder = ChainBuilder::with_rows(word, NetworkRows { contracts_from: 0, ..ChainBuilder::ROWS });
        let network = builder.network().clone();
        let options = ChainOptions::default();
        let chain =
            Chain::open(MemoryStore::new(), network, ProofOfWork(Blake3), Refunds(refunds), options).unwrap();
        let pool = empty_pool(&chain);
        Self { builder, chain, pool, rng: rng(seed) }
    }

    fn wait(&mut self, spend: &Spend<'_>) {
        let state = self.chain.next_state();
        let payment = self.builder.purse().pay(&state, spend, &mut self.rng).encode(self.builder.network().id());
        assert!(self.pool.admit(&state, &[payment], &mut self.rng)[0].is_ok());
    }

    fn template(&mut self, payees: u64) -> Template {
        let payees: Vec<_> = (0..payees).map(|index| self.builder.purse().address(index)).collect();
        let now = self.builder.time(self.chain.tip().next_height());
        self.chain.template(&self.pool, &payees, now, &mut self.rng).unwrap()
    }

    fn add(&mut self, template: &Template) -> Result<Added, BlockError> {
        let nonce = search(&Blake3, &template.key, &template.id(), &template.target, 0..).unwrap();
        self.chain.add_block(&template.seal(nonce), LATER, &mut self.rng)
    }

    fn mine(&mut self, payees: u64) {
        let template = self.template(payees);
        assert!(matches!(self.add(&template), Ok(Added::Advanced(_))));
    }
}

/// Row 210: released outputs are counted apart from listed ones.
#[test]
fn a_block_releases_up_to_the_bound_beside_what_it_lists_and_not_one_more() {
    // The floor is 16; the coinbase lists as many.
    Scene::new("releases", 80, 16).mine(16);
    let mut scene = Scene::new("releases", 81, 17);
    let template = scene.template(1);
    let error = scene.add(&template).unwrap_err();
    assert!(matches!(error, BlockError::Listed { what: "released", found: 17, max: 16 }), "{error}");
    assert_eq!(scene.chain.tip().block().height, 0);
}

/// Row 29: M = 3 and M_cb = 5 here.
#[test]
fn a_refunded_enote_enters_after_m_blocks_between_outputs_and_coinbase() {
    let mut scene = Scene::new("refunds", 82, 1);
    scene.wait(&Spend::of(&[0]));
    scene.mine(1);
    let [first, ..] = scene.chain.tip().view().compact(1).map(|compact| [compact.scan, compact.values]).unwrap();
    let block = dero_ledger::block::compact::CompactBlock::parse(&first).unwrap();
    let paid: Vec<_> = block.enotes().map(|enote| enote.one_time_key).collect();
    let coinbase = block.coinbase.outputs[0].enote.one_time_key;
    let mut entered = Vec::new();
    for _ in 2..=6 {
        let before = scene.chain.tip().totals().list_length;
        scene.mine(1);
        let tip = scene.chain.tip();
        entered.push(tip.view().listed(before..tip.totals().list_length).unwrap());
    }
    let keys: Vec<Vec<[u8; 32]>> = entered
        .iter()
        .map(|list| list.iter().map(|entry| entry.enote[..32].try_into().unwrap()).collect())
        .collect();
    let refund = |height| <[u8; 32]>::try_from(&refunded(height, 0)[..32]).unwrap();
    assert!(keys[0].is_empty() && keys[1].is_empty(), "heights 2 and 3");
    assert_eq!(keys[2], [paid.as_slice(), &[refund(1)]].concat(), "height 4");
    assert_eq!(keys[3], [refund(2)]);
    assert_eq!(keys[4], [refund(3), coinbase], "height 6");
    assert_eq!(entered[2][2].enote, refunded(1, 0));
}

/// Row 204: due outcomes stand before the calls, and calls in block order.
#[test]
fn receipts_of_due_outcomes_come_first_then_those_of_calls_in_block_order() {
    let mut scene = Scene::new("receipts", 83, 0);
    for (coin, call) in [(0, [1, 10]), (1, [1, 11])] {
        scene.wait(&Spend { payload: &call, ..Spend::of(&[coin]) });
    }
    let right = scene.template(1);
    let rules = scene.builder.network().rules();
    let (transactions, _) = parse_body(&right.body).unwrap();
    let calls: Vec<Vec<u8>> = transactions
        .iter()
        .map(|bytes| UnverifiedTransaction::parse(bytes, &rules).unwrap().transaction().payload.clone())
        .collect();
    let [one, two] = <[Vec<u8>; 2]>::try_from(calls).unwrap();
    assert_ne!(one, two);
    let due = vec![0];
    for receipts in [
        vec![&one, &two, &due],
        vec![&due, &two, &one],
        vec![&one, &due, &two],
        vec![&due, &one],
        vec![&due],
        vec![&one, &two],
        vec![&due, &one, &two, &due],
    ] {
        let mut wrong = right.clone();
        wrong.header.receipts_root = receipts_root(scene.builder.network().id(), 1, &receipts);
        let error = scene.add(&wrong).unwrap_err();
        assert!(matches!(error, BlockError::Commitment { what: Commitment::ReceiptsRoot }), "{error}");
    }
    let mut right = right;
    right.header.receipts_root = receipts_root(scene.builder.network().id(), 1, &[&due, &one, &two]);
    assert!(matches!(scene.add(&right), Ok(Added::Advanced(_))));
}
