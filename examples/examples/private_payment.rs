//! What happens when Alice pays Bob, and who sees what?
//!
//! ```sh
//! cargo run -p dero-examples --example private_payment
//! ```

use std::sync::Arc;

use dero_crypto::{
    asset::AssetId,
    enote::MemoEntries,
    keys::{AddressIndex, MasterSecret},
    network::NetworkKind,
};
use dero_ledger::{
    consensus::{Blake3, ProofOfWork},
    source::ChainSource,
};
use dero_wallet_core::{
    signer::MemorySigner,
    spend::{PayTo, SpendRequest},
    store::MemoryPersister,
    testing::{MemorySource, at_once, small_network},
    wallet::Wallet,
};

const COIN: u64 = 1_000_000_000;

pub(crate) fn main() -> Result<(), Box<dyn std::error::Error>> {
    let rng = &mut rand::rng();

    // All keys of a person follow from one secret. An address shows nothing of it, and no two can be linked.
    let (alice, bob) = (MasterSecret::random(rng), MasterSecret::random(rng));
    let address = |of: &MasterSecret, index| of.audit_key().address_key().address(AddressIndex(index));
    println!("Bob's address for Alice: {}", address(&bob, 7).to_text(NetworkKind::Dev));

    // A chain in memory; its first block gives Alice two enotes of 5 coins, and fourteen people one each.
    let mut holdings = vec![(address(&alice, 0), 5 * COIN); 2];
    holdings.extend((0..14).map(|_| (address(&MasterSecret::random(rng), 0), 5 * COIN)));
    let network = small_network(&holdings, |_| {});
    let mut chain = MemorySource::new(Arc::clone(&network), rand::make_rng::<rand::rngs::StdRng>());
    chain.mine_many(5);

    // A wallet follows the chain with the audit key, which sees everything and spends nothing.
    let open = |of: &MasterSecret| {
        Wallet::open(Arc::clone(&network), of.audit_key(), MemoryPersister::new(), ProofOfWork(Blake3))
    };
    let (mut alices, mut bobs) = (open(&alice)?, open(&bob)?);
    at_once(alices.sync(&chain, chain.now(), |_| {}))?;
    println!("Alice can spend {} coins", alices.balance(&AssetId::NATIVE).spendable / u128::from(COIN));

    // She wants to pay 3 coins. The wallet chooses her enotes and the sets in which they hide, and makes every proof
    // that needs no spend key.
    let mut memo = MemoEntries::new();
    memo.set_text("for the bicycle");
    let request = SpendRequest::new([PayTo::native(address(&bob, 7), 3 * COIN).with_memo(memo)]);
    let proposal = alices.propose(&request, chain.now(), false, rng)?;
    println!("fee {} atomic units; warnings: {:?}", proposal.fee(), proposal.warnings());

    // Only here is the spend key needed. Then anybody can check the payment, and nobody can read it.
    let signed = alices.sign(proposal, &mut MemorySigner::new(&alice, rand::rng()), rng)?;
    at_once(chain.submit(signed.bytes()))?;
    let bundle = &signed.transaction().body.bundles[0];
    println!("the network sees {} bytes:", signed.bytes().len());
    println!("  {} inputs, each of them one of 16 enotes, with a tag that nobody can link", bundle.inputs.len());
    println!("  {} outputs, each for nobody knows whom, of nobody knows how much", bundle.outputs.len());

    // Bob finds the payment in the next block. It is his money when it has entered the list that all wallets share,
    // ten blocks later.
    chain.mine_many(1);
    at_once(bobs.sync(&chain, chain.now(), |_| {}))?;
    let balance = bobs.balance(&AssetId::NATIVE);
    println!("one block later Bob has {}, and {} on the way", balance.total(), balance.pending);
    assert_eq!((balance.total(), balance.pending), (0, u128::from(3 * COIN)));
    chain.mine_many(10);
    at_once(bobs.sync(&chain, chain.now(), |_| {}))?;
    assert_eq!(bobs.balance(&AssetId::NATIVE).total(), u128::from(3 * COIN));

    // What stands beside the payment he reads from whole blocks, and others with them: no node learns which one.
    at_once(bobs.fetch_memos(&chain, rng))?;
    for enote in bobs.enotes() {
        let text = bobs.memo(enote.one_time_key()).and_then(MemoEntries::text);
        println!("Bob received {} at address {}: {text:?}", enote.amount().0, enote.recognised().index());
        assert_eq!(text, Some("for the bicycle"));
    }

    // Alice has her change, and remembers whom she paid.
    at_once(alices.sync(&chain, chain.now(), |_| {}))?;
    println!("Alice has {} left", alices.balance(&AssetId::NATIVE).total());
    Ok(())
}
