//! The backend over `dero-ledger`: who is blamed for what, what an operator is told, what a wallet beside it reads.

use std::sync::Arc;

use dero_crypto::membership::Reference;
use dero_ledger::{
    block::Block,
    chain::pool::PoolLimits,
    consensus::{Blake3, ProofOfWork},
    execution::NoContracts,
    source::ChainSource,
    store::MemoryStore,
    testing::{ChainBuilder, Spend},
};
use dero_net::{
    backend::{Backend, Blame, BlockVerdict, HeadersVerdict, SealedHeader, TransactionSource, TransactionVerdict},
    client::Client,
    clock::{ManualClock, RuntimeClock},
    ledger::{LedgerBackend, LocalError, MAX_ALARMS},
    message::wallet::Reject,
    node::{Node, NodeOptions},
    testing::{PATIENT, patient_limits, patient_tcp},
    transport::{identity::Identity, tcp::TcpTransport},
};

type Ledger = LedgerBackend<MemoryStore, ProofOfWork<Blake3>, NoContracts>;

fn ledger(builder: &ChainBuilder) -> Ledger {
    let clock = ManualClock::new(builder.time(1_000));
    LedgerBackend::new(builder.chain(), PoolLimits::default(), clock, rand::rng)
}

fn header_of(block: &[u8]) -> SealedHeader {
    let parsed = Block::parse(block).expect("a block");
    SealedHeader { header: parsed.header.to_bytes(), nonce: parsed.nonce }
}

#[test]
fn a_wrong_block_is_blamed_and_named_and_a_late_one_is_not() {
    let (builder, rng) = (ChainBuilder::new("blame"), &mut rand::rng());
    let node = ledger(&builder);
    let good = builder.draft(node.chain(), &[], rng);
    let mut bad = good.clone();
    bad.change_coinbase(builder.network(), |coinbase| coinbase.outputs[0].amount += 1);

    // Another seal may be right, so that the header is refused and not the block.
    let unsealed = header_of(&good.break_seal());
    assert!(matches!(node.add_headers(&[unsealed]), Ok(HeadersVerdict::Refused { at: 0, .. })));
    assert_eq!(node.refused().1.map(|refused| (refused.id, refused.rule)), Some((Some(unsealed.id()), "Seal")));

    assert!(matches!(&node.add_blocks(&[bad.seal()]).expect("verdicts")[..], [BlockVerdict::Invalid { .. }]));
    let (count, last) = node.refused();
    assert_eq!((count, last.expect("one").rule), (2, "BadReward"));

    // A body that is not the header's says nothing about the header.
    let (sealed, mut other) = (good.seal(), good.clone());
    other.coinbase = bad.coinbase;
    let swapped = [&sealed[..296], &other.seal()[296..]].concat();
    assert!(matches!(&node.add_blocks(&[swapped]).expect("verdicts")[..], [BlockVerdict::WrongBody { .. }]));
    assert_eq!(node.refused().1.expect("one").rule, "OtherBody");

    // Nobody is to blame for a block whose parent is not here; then the right one is taken.
    let elsewhere = builder.chain();
    builder.extend(&elsewhere, 1, rng);
    let orphan = builder.draft(&elsewhere, &[], rng).seal();
    assert_eq!(node.add_blocks(&[orphan]).expect("verdicts"), [BlockVerdict::OutOfPlace]);
    assert_eq!(node.add_blocks(&[sealed]).expect("verdicts"), [BlockVerdict::Added]);
    assert_eq!((node.refused().0, Backend::tip(&node).expect("a tip").height), (3, 1));
}

/// Row 242.
#[test]
fn a_heavier_branch_that_is_too_deep_raises_one_alarm() {
    let (builder, rng) = (ChainBuilder::new("alarm"), &mut rand::rng());
    let (node, rival) = (ledger(&builder), builder.chain());
    builder.extend(node.chain(), 361, rng);
    let before = Backend::tip(&node).expect("a tip");
    let headers: Vec<_> = builder.extend(&rival, 362, rng).iter().map(|block| header_of(block)).collect();
    // Who has not worked for it raises none.
    let unsealed = header_of(&builder.draft(&builder.chain(), &[], rng).break_seal());
    assert!(matches!(node.add_headers(&[unsealed]), Ok(HeadersVerdict::Refused { at: 0, .. })));
    assert_eq!(node.alarms(), []);
    // The same branch, told by several peers and growing meanwhile.
    for end in [300, 300, 362] {
        assert!(matches!(node.add_headers(&headers[..end]), Ok(HeadersVerdict::Declined { .. })));
        let alarms = node.alarms();
        assert_eq!(alarms.iter().map(|alarm| alarm.first).collect::<Vec<_>>(), [headers[0].id()]);
        assert!(alarms[0].reason.contains("361 blocks below the tip"), "{}", alarms[0].reason);
    }
    assert_eq!((Backend::tip(&node).expect("a tip"), Backend::header_tip(&node).expect("a tip")), (before, before));
    // Each branch has its own, and the list is capped.
    for n in 0..2 * MAX_ALARMS {
        let other = header_of(&builder.draft(&builder.chain(), &[], rng).seal());
        assert!(matches!(node.add_headers(&[other]), Ok(HeadersVerdict::Declined { .. })));
        let alarms = node.alarms();
        assert_eq!(
            (alarms.len(), alarms.last().map(|alarm| alarm.first)),
            ((n + 2).min(MAX_ALARMS), Some(other.id()))
        );
    }
}

/// Outputs of other payments enter the lists of two branches, and a payment is made over each.
#[test]
fn a_proof_over_the_sets_of_another_branch_is_held_against_nobody_who_stands_there() {
    let (builder, rng) = (ChainBuilder::new("sets"), &mut rand::rng());
    let (node, rival) = (ledger(&builder), ledger(&builder));
    for (chain, coin) in [(node.chain(), 1), (rival.chain(), 2)] {
        builder.extend(chain, 1, rng);
        let other = builder.purse().pay(&chain.next_state(), &Spend::of(&[coin]), rng);
        builder.mine(chain, &[other], rng);
        builder.extend(chain, 2, rng);
    }
    let spend = Spend { reference: Some(Reference::Open { anchor: 1 }), ..Spend::of(&[39]) };
    let payment = builder.purse().pay(&rival.chain().next_state(), &spend, rng).encode(builder.network().id());
    let there = rival.add_transaction(&payment, TransactionSource::Peer);
    assert!(matches!(there, Ok(TransactionVerdict::Accepted { .. })), "{there:?}");
    match node.add_transaction(&payment, TransactionSource::Peer).expect("a verdict") {
        TransactionVerdict::Refused { rejection, blame, .. } => {
            assert_eq!((rejection.reason, blame), (Reject::BadProof, Blame::Branch));
        }
        other => panic!("{other:?}"),
    }
    // What fails on every branch is the sender's fault.
    let mut spoilt = builder.purse().pay(&node.chain().next_state(), &Spend::of(&[3]), rng);
    let last = spoilt.auth.len() - 32;
    spoilt.auth[last] ^= 1;
    let spoilt = spoilt.encode(builder.network().id());
    match node.add_transaction(&spoilt, TransactionSource::Peer).expect("a verdict") {
        TransactionVerdict::Refused { blame, .. } => assert_eq!(blame, Blame::Sender),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_linking_tag_that_is_none_has_a_family_of_its_own_and_a_block_says_the_family_of_its_transaction() {
    let (builder, rng) = (ChainBuilder::new("families"), &mut rand::rng());
    let node = ledger(&builder);
    builder.extend(node.chain(), 2, rng);
    let good = builder.purse().pay(&node.chain().next_state(), &Spend::of(&[0]), rng);
    let (mut tag, mut image) = (good.clone(), good.clone());
    tag.body.bundles[0].inputs[0].tag = [0; 32];
    image.body.bundles[0].inputs[0].key = [0; 32];
    for (transaction, family) in [(tag, Reject::InvalidTag), (image, Reject::Encoding)] {
        let bytes = transaction.encode(builder.network().id());
        match node.add_transaction(&bytes, TransactionSource::Peer).expect("a verdict") {
            TransactionVerdict::Refused { rejection, .. } => assert_eq!(rejection.reason, family),
            other => panic!("{other:?}"),
        }
    }
    let mut spoilt = good.clone();
    let last = spoilt.auth.len() - 32;
    spoilt.auth[last] ^= 1;
    let mut draft = builder.draft(node.chain(), std::slice::from_ref(&good), rng);
    draft.transactions[0] = spoilt.encode(builder.network().id());
    draft.refit(builder.network());
    node.take_block(&draft.seal()).expect_err("a proof that does not hold");
    let last = node.refused().1.expect("a refused block");
    assert_eq!((last.rule, last.family), ("SpendProof", Some(Reject::BadProof)));
}

#[test]
fn transactions_of_a_branch_that_loses_wait_again() {
    let (builder, rng) = (ChainBuilder::new("orphans"), &mut rand::rng());
    let node = ledger(&builder);
    let first = builder.extend(node.chain(), 2, rng);
    let rival = builder.chain();
    for block in &first {
        rival.add_block(block, builder.time(1_000), rng).expect("the same blocks");
    }
    let transaction = builder.purse().pay(&node.chain().next_state(), &Spend::of(&[0]), rng);
    let bytes = transaction.encode(builder.network().id());
    let accepted = node.add_transaction(&bytes, TransactionSource::Peer).expect("a verdict");
    let TransactionVerdict::Accepted { id } = accepted else { panic!("{accepted:?}") };
    assert_eq!(node.pool().len(), 1);
    assert_eq!(Backend::transaction(&node, &id).expect("read"), Some(bytes.clone()));
    let block = builder.draft(node.chain(), std::slice::from_ref(&transaction), rng).seal();
    node.take_block(&block).expect("a block");
    assert_eq!((node.pool().len(), node.reorganisations()), (0, 0));

    for block in builder.extend(&rival, 2, rng) {
        node.take_block(&block).expect("a block");
    }
    assert_eq!((node.pool().len(), node.reorganisations()), (1, 1));
    // Known is no error; what spends its enote otherwise is refused, by its family.
    assert!(matches!(node.add_transaction(&bytes, TransactionSource::Peer), Ok(TransactionVerdict::Known { .. })));
    let again = builder.purse().pay(&node.chain().next_state(), &Spend::of(&[0]), rng);
    let refused = node.add_transaction(&again.encode(builder.network().id()), TransactionSource::Peer);
    match refused.expect("a verdict") {
        TransactionVerdict::Refused { rejection, blame, .. } => {
            assert_eq!((rejection.reason, blame), (Reject::TagSpent, Blame::Nobody));
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wallet_in_the_process_reads_what_one_on_a_link_reads() {
    let (builder, rng) = (ChainBuilder::new("inside"), &mut rand::make_rng::<rand::rngs::StdRng>());
    let inside = Arc::new(ledger(&builder));
    builder.extend(inside.chain(), 30, rng);
    let identity = Identity::generate(rng).expect("identity");
    let listen = "127.0.0.1:0".parse().expect("an address");
    let transport = TcpTransport::listen(listen, identity, patient_tcp()).await.expect("a port");
    let options = NodeOptions { peers: vec![], known: vec![], limits: patient_limits() };
    let (clock, own) = (RuntimeClock::new(), rand::make_rng::<rand::rngs::StdRng>());
    let node = Node::start(transport, Arc::clone(&inside), clock, options, own).expect("a node");
    let wallet = TcpTransport::unlinkable(rand::make_rng::<rand::rngs::StdRng>(), patient_tcp());
    let address = node.reachable().expect("it listens");
    let link =
        Client::connect_within(&wallet, address, *builder.network().id(), PATIENT, rng).await.expect("a link");

    let own = &*inside;
    let tip = ChainSource::tip(own).await.expect("a tip");
    assert_eq!((tip.height, tip), (30, link.tip().await.expect("a tip")));
    for range in [0..1, 1..31, 25..99, 40..50, 7..7] {
        let headers = ChainSource::headers(own, range.clone()).await.expect("headers");
        assert_eq!(headers, link.headers(range.clone()).await.expect("headers"), "{range:?}");
        let compact = ChainSource::compact(own, range.clone()).await.expect("compact forms");
        assert_eq!(compact, link.compact(range.clone()).await.expect("compact forms"), "{range:?}");
        let blocks = ChainSource::blocks(own, range.clone()).await.expect("blocks");
        assert_eq!(blocks, link.blocks(range.clone()).await.expect("blocks"), "{range:?}");
        let listed = ChainSource::listed(own, range.clone()).await.expect("entries");
        assert_eq!(listed, link.listed(range.clone()).await.expect("entries"), "{range:?}");
    }
    let refused = ChainSource::submit(own, &[0; 50]).await.expect_err("no transaction");
    match refused {
        LocalError::Rejected(rejection) => assert_eq!(rejection.reason, Reject::Malformed),
        other => panic!("{other:?}"),
    }
    let transaction = builder.purse().pay(&own.chain().next_state(), &Spend::of(&[3]), rng);
    let bytes = transaction.encode(builder.network().id());
    ChainSource::submit(own, &bytes).await.expect("taken");
    link.submit(&bytes).await.expect("known is no error");
    drop(link);
    node.stop().await;
}
