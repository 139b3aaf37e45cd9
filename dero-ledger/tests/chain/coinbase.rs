//! The coinbase in its block: rows 199 to 201, 265.

use dero_crypto::{asset::AssetId, commitment::Amount, enote::public_commitment};
use dero_ledger::{
    block::Block,
    chain::{BlockBlame, BlockError, pay_coinbase},
    store::StoreView,
    testing::{BlockDraft, ChainBuilder, Spend, TestChain},
    transaction::{CoinbaseTx, coinbase::CoinbaseError},
};
use rand::rngs::StdRng;

use crate::{advance, empty_pool, refused, refused_for_ever, rng};

struct Scene {
    builder: ChainBuilder,
    chain: TestChain,
    draft: BlockDraft,
    /// What the fee leaves to the miner is above the subsidy by this much less.
    destroyed: u64,
}

/// A block with one payment.
fn scene(word: &str, rng: &mut StdRng) -> Scene {
    let builder = ChainBuilder::new(word);
    let chain = builder.chain();
    let payment = builder.purse().pay(&chain.next_state(), &Spend::of(&[0]), rng);
    let destroyed = payment.minimum_fee(&builder.network().rules()).unwrap() / 2;
    let draft = builder.draft(&chain, &[payment], rng);
    Scene { builder, chain, draft, destroyed }
}

impl Scene {
    fn changed(&self, change: impl FnOnce(&mut CoinbaseTx)) -> BlockError {
        let mut draft = self.draft.clone();
        draft.change_coinbase(self.builder.network(), change);
        refused_for_ever(&self.chain, &draft.seal())
    }
}

/// Row 199, and 265: the destroyed half is in nobody's reward.
#[test]
fn a_coinbase_of_another_sum_is_refused() {
    let mut rng = rng(20);
    let scene = scene("sum", &mut rng);
    let destroyed = scene.destroyed;
    assert!(destroyed > 0);
    let reward = CoinbaseTx::parse(&scene.draft.coinbase).unwrap().outputs[0].amount;
    let changes: [Box<dyn Fn(u64) -> u64>; 4] =
        [Box::new(|a| a - 1), Box::new(|a| a + 1), Box::new(move |a| a + destroyed), Box::new(|_| u64::MAX)];
    for change in changes {
        let error = scene.changed(|coinbase| coinbase.outputs[0].amount = change(coinbase.outputs[0].amount));
        assert!(
            matches!(error, BlockError::Coinbase(CoinbaseError::Sum { expected, .. }) if expected == reward.into()),
            "{error}"
        );
    }
    let error = scene.changed(|coinbase| coinbase.outputs.clear());
    assert!(matches!(error, BlockError::Coinbase(CoinbaseError::Sum { found: 0, .. })), "{error}");
    advance(&scene.chain, &scene.draft.seal());
}

/// Row 199: two amounts of 2^64 − 1 and one more wrap to the reward in 64 bits.
#[test]
fn amounts_that_wrap_to_the_reward_are_refused() {
    let mut rng = rng(21);
    let scene = scene("wrap", &mut rng);
    let (network, payees) = (scene.builder.network(), [0, 1, 2].map(|i| scene.builder.purse().address(i)));
    let reward = CoinbaseTx::parse(&scene.draft.coinbase).unwrap().outputs[0].amount;
    let mut three = pay_coinbase(network, 1, 3, &payees, &mut rng);
    three.outputs[0].amount = u64::MAX;
    three.outputs[1].amount = u64::MAX;
    three.outputs[2].amount = reward.wrapping_add(2);
    let error = scene.changed(|coinbase| *coinbase = three);
    assert!(matches!(error, BlockError::Coinbase(CoinbaseError::Sum { .. })), "{error}");
}

/// Row 199.
#[test]
fn a_zero_amount_another_height_and_a_bad_point_are_refused() {
    let mut rng = rng(22);
    let scene = scene("fields", &mut rng);
    let error = scene.changed(|coinbase| {
        let mut zero = coinbase.outputs[0];
        zero.amount = 0;
        coinbase.outputs.push(zero);
    });
    assert!(matches!(error, BlockError::Coinbase(CoinbaseError::ZeroAmount { index: 1 })), "{error}");
    let error = scene.changed(|coinbase| coinbase.height = 2);
    assert!(matches!(error, BlockError::Coinbase(CoinbaseError::Height { found: 2, expected: 1 })), "{error}");
    let error = scene.changed(|coinbase| coinbase.outputs[0].enote.one_time_key = [0; 32]);
    assert!(matches!(error, BlockError::Coinbase(CoinbaseError::Decode(_))), "{error}");
    let error = scene.changed(|coinbase| coinbase.outputs[0].enote.ephemeral_key = [0xff; 32]);
    assert!(matches!(error, BlockError::Coinbase(CoinbaseError::Decode(_))), "{error}");
}

/// Rows 199 and 200: bytes that are no coinbase.
#[test]
fn seventeen_outputs_a_whole_enote_and_a_second_coinbase_are_no_coinbase() {
    let mut rng = rng(23);
    let scene = scene("bytes", &mut rng);
    let mut seventeen = scene.draft.coinbase.clone();
    seventeen[9] = 17;
    seventeen.extend(vec![7; 16 * 99]);
    let mut whole = scene.draft.coinbase.clone();
    whole.extend([7; 72]);
    for coinbase in [seventeen, whole] {
        let mut wrong = scene.draft.clone();
        wrong.coinbase = coinbase;
        let error = refused(&scene.chain, &wrong.seal());
        assert_eq!(error.blame(), BlockBlame::Bytes, "{error}");
    }
    let mut second = scene.draft.clone();
    second.transactions.push(second.coinbase.clone());
    let error = refused(&scene.chain, &second.seal());
    assert_eq!(error.blame(), BlockBlame::Bytes, "{error}");
    advance(&scene.chain, &scene.draft.seal());
}

/// Row 201.
#[test]
fn equal_keys_are_refused_and_any_order_of_outputs_is_allowed() {
    let mut rng = rng(24);
    let scene = scene("keys", &mut rng);
    let reward = CoinbaseTx::parse(&scene.draft.coinbase).unwrap().outputs[0].amount;
    let payees = [0, 1].map(|i| scene.builder.purse().address(i));
    let two = pay_coinbase(scene.builder.network(), 1, reward.into(), &payees, &mut rng);
    let error = scene.changed(|coinbase| {
        *coinbase = two.clone();
        coinbase.outputs[1].enote.one_time_key = coinbase.outputs[0].enote.one_time_key;
    });
    assert!(matches!(error, BlockError::Coinbase(CoinbaseError::Duplicate { what: "Ko" })), "{error}");
    let error = scene.changed(|coinbase| {
        *coinbase = two.clone();
        coinbase.outputs[1].enote.ephemeral_key = coinbase.outputs[0].enote.ephemeral_key;
    });
    assert!(matches!(error, BlockError::Coinbase(CoinbaseError::Duplicate { what: "De" })), "{error}");
    // In both orders the coinbase is right, and only the compact form that commits to it is another one.
    for reverse in [false, true] {
        let error = scene.changed(|coinbase| {
            *coinbase = two.clone();
            if reverse {
                coinbase.outputs.reverse();
            }
        });
        assert!(matches!(error, BlockError::Commitment { .. }), "{error}");
    }
}

/// Row 200.
#[test]
fn commitment_and_asset_tag_of_a_coinbase_enote_are_computed_from_its_amount() {
    let (builder, mut rng) = (ChainBuilder::new("computed"), rng(25));
    let chain = builder.chain();
    let draft = builder.draft(&chain, &[], &mut rng);
    let output = CoinbaseTx::parse(&draft.coinbase).unwrap().outputs[0];
    advance(&chain, &draft.seal());
    builder.extend(&chain, 5, &mut rng);
    let (commitment, asset_tag) = public_commitment(Amount(output.amount), &AssetId::NATIVE);
    let entry = chain.tip().view().listed(40..41).unwrap()[0].enote;
    assert_eq!(entry.to_vec(), [output.enote.one_time_key, commitment.to_bytes(), asset_tag.to_bytes()].concat());
}

#[test]
fn a_reward_is_split_without_a_rest_and_without_empty_outputs() {
    let (builder, mut rng) = (ChainBuilder::new("split"), rng(26));
    let payees = [0, 1, 2].map(|i| builder.purse().address(i));
    let mut amounts = |reward| -> Vec<u64> {
        let coinbase = pay_coinbase(builder.network(), 1, reward, &payees, &mut rng);
        coinbase.outputs.iter().map(|output| output.amount).collect()
    };
    assert_eq!(amounts(11), [4, 4, 3]);
    assert_eq!(amounts(2), [1, 1]);
    assert!(amounts(0).is_empty());
    let most = 4 * u128::from(u64::MAX);
    assert_eq!(amounts(most), [u64::MAX; 4]);
}

/// 4.6: σ is fresh for every template, or an output of a block that lost would be tied to the next one.
#[test]
fn two_templates_on_one_tip_for_one_address_share_no_point() {
    let mut rng = rng(29);
    let builder = ChainBuilder::new("fresh");
    let (chain, address) = (builder.chain(), builder.purse().address(0));
    let pool = empty_pool(&chain);
    let [one, two] = [(); 2].map(|()| {
        let block = chain.template(&pool, &[address], builder.time(1), &mut rng).unwrap().seal(0);
        let coinbase = CoinbaseTx::parse(Block::parse(&block).unwrap().coinbase).unwrap();
        assert_eq!(coinbase.outputs.len(), 1);
        coinbase.outputs[0].enote
    });
    assert_ne!(one.ephemeral_key, two.ephemeral_key);
    assert_ne!(one.one_time_key, two.one_time_key);
}
