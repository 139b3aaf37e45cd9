//! Wallets against a node's own chain: every block is checked by it, and its blocks are what the wallets follow.

use std::ops::Range;

use crate::common::{COIN, Person};
use dero_crypto::enote::MemoEntries;
use dero_ledger::{
    block::{BlockRef, Header},
    params::NetworkRows,
    rules::UnverifiedTransaction,
    source::ChainSource,
    store::{StoreError, StoreView, StoredCompact},
    testing::{ChainBuilder, TestChain},
};
use dero_wallet_core::{
    spend::{FeeStep, PayTo, SpendRequest},
    testing::at_once,
};
use rand::{SeedableRng, rngs::StdRng};

/// A node, as a wallet sees it.
struct Node<'a>(&'a TestChain);

impl Node<'_> {
    fn clamp(&self, heights: &Range<u64>) -> Range<u64> {
        let end = self.0.tip().block().height + 1;
        heights.start.min(end)..heights.end.min(end)
    }
}

impl ChainSource for Node<'_> {
    type Error = StoreError;

    async fn tip(&self) -> Result<BlockRef, StoreError> {
        Ok(self.0.tip().block())
    }
    async fn headers(&self, heights: Range<u64>) -> Result<Vec<([u8; 288], u64)>, StoreError> {
        self.0.tip().view().headers(self.clamp(&heights))
    }
    async fn compact(&self, heights: Range<u64>) -> Result<Vec<StoredCompact>, StoreError> {
        let tip = self.0.tip();
        self.clamp(&heights).map(|height| tip.view().compact(height)).collect()
    }
    async fn listed(&self, positions: Range<u64>) -> Result<Vec<[u8; 96]>, StoreError> {
        let listed = self.0.tip().view().listed(positions)?;
        Ok(listed.into_iter().map(|listed| listed.enote).collect())
    }
    async fn blocks(&self, heights: Range<u64>) -> Result<Vec<Vec<u8>>, StoreError> {
        let whole = |(header, _): ([u8; 288], u64)| {
            self.0.block(&Header::from_bytes(&header).id()).expect("the chain reads").unwrap_or_default()
        };
        Ok(self.headers(heights).await?.into_iter().map(whole).collect())
    }
    async fn submit(&self, _: &[u8]) -> Result<(), StoreError> {
        unreachable!("blocks are made by the test")
    }
}

fn sync(person: &mut Person, chain: &TestChain) {
    let now = chain.tip().header().timestamp;
    at_once(person.wallet.sync(&Node(chain), now, |_| {})).expect("an honest node");
}

#[test]
fn a_node_takes_what_wallets_build_and_wallets_follow_what_it_mines() {
    let rng = &mut StdRng::seed_from_u64(1);
    let rows = NetworkRows { listed_floor: 64, ..ChainBuilder::ROWS };
    let builder = ChainBuilder::with_rows("wallets", rows);
    let (chain, network) = (builder.chain(), std::sync::Arc::new(builder.network().clone()));
    // The owner of the genesis enotes, and of every coinbase.
    let (mut alice, mut bob) = (Person::new(42, &network), Person::new(2, &network));
    builder.extend(&chain, 7, rng);
    sync(&mut alice, &chain);
    sync(&mut bob, &chain);
    assert!(alice.balance().spendable >= u128::from(40 * COIN) && alice.balance().pending > 0);

    let mut bobs = 0;
    for (round, payees) in [1u64, 2, 6, 14].into_iter().enumerate() {
        let payments =
            (0..payees).map(|i| PayTo::native(bob.wallet.address(dero_crypto::keys::AddressIndex(i)), COIN / 4));
        let mut memo = MemoEntries::new();
        memo.set_text(&format!("round {round}"));
        let payments = payments.map(|payment| payment.with_memo(memo.clone()));
        let request = SpendRequest::new(payments).with_fee([FeeStep::Minimum, FeeStep::Double][round % 2]);
        let signed = alice.build(&request);
        assert!(UnverifiedTransaction::parse(signed.bytes(), &network.rules()).is_ok());
        builder.mine(&chain, std::slice::from_ref(signed.transaction()), rng);
        builder.extend(&chain, 10, rng);
        sync(&mut alice, &chain);
        sync(&mut bob, &chain);
        bobs += payees * COIN / 4;
        assert_eq!(bob.balance().spendable, u128::from(bobs), "round {round}");
    }
    // All of them stand in complete buckets: blocks 8, 19, 30 and 41 of 51.
    let found = at_once(bob.wallet.fetch_memos(&Node(&chain), rng)).expect("an honest node").found;
    assert_eq!(found.len(), 1 + 2 + 6 + 14);
    let texts = |name: &[u8; 32]| bob.wallet.memo(name).and_then(MemoEntries::text).map(str::to_owned);
    assert!(found.iter().all(|name| texts(name).is_some_and(|text| text.starts_with("round "))));
    // Eight small enotes in one payment back.
    let request = SpendRequest::new([PayTo::native(alice.address(), 7 * COIN / 4)]);
    let proposal = bob.propose(&request).expect("enough");
    assert_eq!(proposal.input_count(), 8);
    let fee = proposal.fee();
    let signed = bob.sign(proposal).expect("signed");
    builder.mine(&chain, std::slice::from_ref(signed.transaction()), rng);
    builder.extend(&chain, 10, rng);
    sync(&mut alice, &chain);
    sync(&mut bob, &chain);
    assert_eq!(bob.balance().spendable, u128::from(bobs - 7 * COIN / 4 - fee));
    for (name, person) in [(42, &alice), (2, &bob)] {
        let mut restored = Person::new(name, &network);
        sync(&mut restored, &chain);
        assert_eq!(restored.state(), person.state());
    }
}
