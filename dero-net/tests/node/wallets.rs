//! Wallets over TLS: the source, several sources, and nodes that lie (attacks 255 and 256, the network's side).

use core::{
    ops::Range,
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};
use std::{collections::BTreeSet, sync::Arc, time::Instant};

use dero_crypto::NetworkId;
use dero_ledger::{
    block::{BlockId, BlockRef},
    source::ChainSource,
    store::StoredCompact,
};
use dero_net::{
    backend::{
        Backend, BackendError, BlockVerdict, ChainLimits, HeadersVerdict, SealedHeader, TransactionSource,
        TransactionVerdict,
    },
    client::{Client, ClientError, SourceError, Sources},
    clock::RuntimeClock,
    link::LinkError,
    message::{
        Tip,
        limits::LISTED_ENTRY,
        wallet::{Reject, Unanswered},
    },
    node::{Node, NodeOptions},
    peer::{Fault, score::BAN_AT},
    testing::{
        PATIENCE, PATIENT, SeededRng, ToyChain, patient_limits, patient_tcp,
        toy_chain::{BOUND, INVALID, SPOILT, UNTIMELY},
    },
    transport::{
        HostPort, Pinned,
        tcp::{TcpOptions, TcpTransport},
    },
};
use rand_core::CryptoRng;

use super::{NETWORK, Running, identity, rng, start, transaction, until};

fn wallet() -> TcpTransport {
    TcpTransport::unlinkable(rng(), patient_tcp())
}

async fn connect(node: &Running) -> Client {
    dial(&node.address(), NETWORK).await.expect("connected")
}

async fn dial(node: &Pinned<HostPort>, network: NetworkId) -> Result<Client, ClientError> {
    Client::connect_within(&wallet(), node, network, PATIENT, &mut rng()).await
}

fn several(nodes: Vec<Pinned<HostPort>>, rng: impl CryptoRng + Send + 'static) -> Sources<TcpTransport> {
    Sources::new(wallet(), NETWORK, nodes, rng).within(PATIENT)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wallet_reads_the_chain_in_ranges() {
    let node = Running::start(vec![]).await;
    node.mine(2_500).await;
    let client = connect(&node).await;
    let tip = client.tip().await.expect("a tip");
    assert_eq!(tip.height, 2_500);

    let headers = client.headers(1..2_501).await.expect("headers");
    assert_eq!(headers.len(), 2_000, "the front of what was asked for");
    let rest = client.headers(2_001..9_999).await.expect("headers");
    assert_eq!(rest.len(), 500, "as far as there are any");
    let last = SealedHeader { header: rest[499].0, nonce: rest[499].1 };
    assert_eq!(last.id(), tip.id);
    assert_eq!(client.headers(3_000..3_001).await.expect("headers"), []);
    assert_eq!(client.headers(5..5).await.expect("headers"), []);
    assert_eq!(client.headers(u64::MAX - 1..u64::MAX).await.expect("headers"), []);

    let compact = client.compact(1..2_501).await.expect("compact forms");
    assert_eq!(compact, node.chain.compact(1..1_001).expect("compact forms"));

    // The toy lists 100 entries and one a block. Whatever is asked for, whole aligned ranges are read.
    let listed = client.listed(50..2_590).await.expect("entries");
    assert_eq!(listed, node.chain.listed(50..2_590).expect("entries"));
    assert_eq!(client.listed(2_500..9_999).await.expect("entries").len(), 100);
    assert_eq!(client.listed(70_000..70_001).await.expect("entries").len(), 0);

    let blocks = client.blocks(5..40).await.expect("blocks");
    assert_eq!(blocks.len(), 16, "the front of what was asked for");
    let fifth = SealedHeader { header: headers[4].0, nonce: headers[4].1 };
    assert_eq!(Some(&blocks[0]), node.chain.block(&fifth.id()).expect("a block").as_ref());
    assert_eq!(client.blocks(2_500..2_600).await.expect("blocks").len(), 1, "as far as there are any");
    assert!(client.blocks(2_600..2_601).await.expect("blocks").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn questions_at_the_same_time_get_their_own_answers() {
    let node = Running::start(vec![]).await;
    node.mine(300).await;
    let client = connect(&node).await;
    let (tip, one, two, three) =
        tokio::join!(client.tip(), client.headers(1..10), client.compact(1..200), client.headers(200..300));
    assert_eq!(tip.expect("a tip").height, 300);
    assert_eq!(one.expect("headers").len(), 9);
    assert_eq!(two.expect("compact forms").len(), 199);
    assert_eq!(three.expect("headers").len(), 100);
    // As many as a wallet likes: they queue on its own side.
    let mut tasks = tokio::task::JoinSet::new();
    let client = Arc::new(client);
    for _ in 0..100 {
        let client = Arc::clone(&client);
        tasks.spawn(async move { client.headers(1..3).await.map(|headers| headers.len()) });
    }
    while let Some(found) = tasks.join_next().await {
        assert_eq!(found.expect("a task").expect("headers"), 2);
    }
    // A question that is given up does no harm to the next one.
    drop(tokio::time::timeout(Duration::ZERO, client.compact(1..300)).await);
    assert_eq!(client.headers(1..3).await.expect("headers").len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_submitted_transaction_spreads_and_a_refused_one_says_why() {
    let a = Running::start(vec![]).await;
    let b = Running::start(vec![a.address()]).await;
    let client = connect(&a).await;
    client.submit(&transaction(1)).await.expect("accepted");
    client.submit(&transaction(1)).await.expect("known is no error");
    until("it is at B", async || b.chain.pool().expect("a pool").len() == 1).await;
    for (bytes, reason) in [(SPOILT, Reject::Malformed), (INVALID, Reject::BadProof), (UNTIMELY, Reject::State)] {
        match client.submit(bytes).await {
            Err(ClientError::Rejected(rejection)) => assert_eq!(rejection.reason, reason),
            other => panic!("{other:?}"),
        }
    }
    let long = client.submit(&vec![0; 192 * 1024 + 1]).await;
    assert!(matches!(long, Err(ClientError::TooLong(_))));
    assert!(client.is_open(), "none of this ends the link");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wallet_that_submits_what_proves_nothing_is_charged_and_banned() {
    let node = Running::start_out_of_time().await;
    let client = connect(&node).await;
    for n in 0..3 {
        // With the third the link ends, after its answer.
        let refused = client.submit(&[INVALID, &[n]].concat()).await;
        assert!(matches!(refused, Err(ClientError::Rejected(_))), "{refused:?}");
    }
    until("banned", async || node.node.status().await.is_some_and(|status| status.banned == 1)).await;
    until("the link ends", async || !client.is_open()).await;
}

/// It scanned at a node on another branch, say. A flood under that excuse ends all the same.
#[tokio::test(flavor = "multi_thread")]
async fn a_wallet_from_another_branch_is_told_so_and_banned_only_for_a_flood() {
    let node = Running::start_out_of_time().await;
    let client = connect(&node).await;
    let faults = u8::try_from(BAN_AT.div_ceil(Fault::OtherBranch.weight())).expect("few");
    for n in 1..=faults {
        match client.submit(&[BOUND, &[9; 32], &[n]].concat()).await {
            Err(ClientError::Rejected(rejection)) => assert_eq!(rejection.reason, Reject::BadProof),
            other => panic!("{other:?}"),
        }
        assert_eq!(node.node.status().await.expect("status").banned, usize::from(n == faults), "{n}");
    }
    until("the link ends", async || !client.is_open()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wallet_of_another_network_or_with_another_pin_is_refused() {
    let node = Running::start(vec![]).await;
    let other = dial(&node.address(), NetworkId([1; 32])).await;
    assert!(matches!(other, Err(ClientError::Link(LinkError::Connection(_)))), "{other:?}");
    let mut address = node.address();
    address.peer.0[0] ^= 1;
    match dial(&address, NETWORK).await {
        Err(ClientError::Dial(error)) => assert!(error.is_wrong_peer(), "{error}"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_node_is_an_error_and_not_a_wait() {
    let node = Running::start(vec![]).await;
    let client = connect(&node).await;
    node.node.stop().await;
    assert!(matches!(client.tip().await, Err(ClientError::Link(_))));
    until("noticed", async || !client.is_open()).await;
}

/// A chain that is told lies about.
pub(crate) struct Liar {
    chain: ToyChain,
    lie: Lie,
    /// How many transactions it checks before it hesitates.
    allowed: AtomicUsize,
    checked: AtomicUsize,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Lie {
    /// Claims a heavier tip that nobody can show.
    Tip,
    /// Hides all blocks above this height.
    Old(u64),
    /// Leaves a byte out of every compact form.
    Omits,
    /// Answers nothing about headers.
    Fails,
    /// Panics when it is asked for its pool.
    Panics,
    /// Panics when it is asked for compact forms.
    PanicsAtScans,
    /// Answers nothing about the list, and nothing about a fourth transaction, until it is told to.
    Hesitates,
}

impl Liar {
    pub(crate) fn new(lie: Lie, blocks: u64) -> Self {
        let chain = ToyChain::new(NETWORK);
        (0..blocks).for_each(|n| chain.mine(n));
        let allowed = if lie == Lie::Hesitates { 3 } else { usize::MAX };
        Self { chain, lie, allowed: AtomicUsize::new(allowed), checked: AtomicUsize::new(0) }
    }

    /// How many transactions it began to check.
    pub(crate) fn checked(&self) -> usize {
        self.checked.load(Ordering::SeqCst)
    }

    /// Waits for its turn, the first of which is number 0.
    fn hesitate(&self, turn: usize) {
        let patience = Instant::now() + PATIENCE;
        while turn >= self.allowed.load(Ordering::SeqCst) && Instant::now() < patience {
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Hesitates only at the transactions after so many.
    pub(crate) fn allow(&self, transactions: usize) {
        self.allowed.store(transactions, Ordering::SeqCst);
    }

    /// Ends the hesitation.
    pub(crate) fn answer(&self) {
        self.allow(usize::MAX);
    }
}

impl Backend for Liar {
    fn network(&self) -> NetworkId {
        self.chain.network()
    }
    fn limits(&self) -> ChainLimits {
        self.chain.limits()
    }
    fn tip(&self) -> Result<Tip, BackendError> {
        let mut tip = self.chain.tip()?;
        match self.lie {
            Lie::Tip => (tip.height, tip.id, tip.work[31]) = (1_000_000, [9; 32], 1),
            Lie::Old(height) => {
                let header = self.headers(height..height + 1)?.remove(0);
                tip = Tip { height, id: header.id().0, work: [0; 32] };
                tip.work[..8].copy_from_slice(&height.to_le_bytes());
            }
            Lie::Omits | Lie::Fails | Lie::Panics | Lie::PanicsAtScans | Lie::Hesitates => (),
        }
        Ok(tip)
    }
    fn header_tip(&self) -> Result<Tip, BackendError> {
        self.tip()
    }
    fn locator(&self) -> Result<Vec<BlockId>, BackendError> {
        self.chain.locator()
    }
    fn headers_after(&self, locator: &[BlockId], max: usize) -> Result<Vec<SealedHeader>, BackendError> {
        self.chain.headers_after(locator, max)
    }
    fn headers(&self, heights: Range<u64>) -> Result<Vec<SealedHeader>, BackendError> {
        match self.lie {
            Lie::Fails => Err(BackendError("the disk is gone".into())),
            Lie::Old(height) => self.chain.headers(heights.start..heights.end.min(height + 1)),
            Lie::Tip | Lie::Omits | Lie::Panics | Lie::PanicsAtScans | Lie::Hesitates => {
                self.chain.headers(heights)
            }
        }
    }
    fn add_headers(&self, headers: &[SealedHeader]) -> Result<HeadersVerdict, BackendError> {
        self.chain.add_headers(headers)
    }
    fn wanted(&self, max: usize) -> Result<Vec<BlockRef>, BackendError> {
        self.chain.wanted(max)
    }
    fn block(&self, id: &BlockId) -> Result<Option<Vec<u8>>, BackendError> {
        self.chain.block(id)
    }
    fn add_blocks(&self, blocks: &[Vec<u8>]) -> Result<Vec<BlockVerdict>, BackendError> {
        self.chain.add_blocks(blocks)
    }
    fn pool(&self) -> Result<Vec<[u8; 32]>, BackendError> {
        assert_ne!(self.lie, Lie::Panics, "the chain is out of its mind");
        self.chain.pool()
    }
    fn transaction(&self, wtxid: &[u8; 32]) -> Result<Option<Vec<u8>>, BackendError> {
        self.chain.transaction(wtxid)
    }
    fn add_transaction(&self, bytes: &[u8], from: TransactionSource) -> Result<TransactionVerdict, BackendError> {
        self.hesitate(self.checked.fetch_add(1, Ordering::SeqCst));
        self.chain.add_transaction(bytes, from)
    }
    fn compact(&self, heights: Range<u64>) -> Result<Vec<StoredCompact>, BackendError> {
        assert_ne!(self.lie, Lie::PanicsAtScans, "the chain is out of its mind");
        let mut found = self.chain.compact(heights)?;
        if self.lie == Lie::Omits {
            for block in &mut found {
                block.scan.pop();
            }
        }
        Ok(found)
    }
    fn listed(&self, positions: Range<u64>) -> Result<Vec<[u8; LISTED_ENTRY]>, BackendError> {
        self.hesitate(usize::MAX - 1);
        self.chain.listed(positions)
    }
}

async fn liar(lie: Lie, blocks: u64) -> (Node<HostPort>, Pinned<HostPort>) {
    let backend = Arc::new(Liar::new(lie, blocks));
    let node = start(backend, RuntimeClock::new(), identity(), "127.0.0.1:0", vec![]).await;
    let address = node.reachable().expect("it listens").clone();
    (node, address)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_whose_chain_panics_stops_and_says_why() {
    let (node, _) = liar(Lie::Panics, 0).await;
    let failed = tokio::time::timeout(PATIENCE, node.failed()).await.expect("in time");
    assert!(failed.to_string().contains("out of its mind"), "{failed}");
    assert!(node.status().await.is_none());
    tokio::time::timeout(PATIENCE, node.stop()).await.expect("stopped already");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_panics_ends_its_link_and_no_other() {
    let (_node, address) = liar(Lie::PanicsAtScans, 3).await;
    let one = dial(&address, NETWORK).await.expect("connected");
    let other = dial(&address, NETWORK).await.expect("connected");
    let ended = one.compact(1..3).await;
    assert!(matches!(ended, Err(ClientError::Link(_))), "{ended:?}");
    assert_eq!(other.tip().await.expect("a tip").height, 3);
}

/// What a wallet does, in short: follow headers to the tip, compare each compact form with what its header commits
/// to. The toy commits to its body.
async fn scan(sources: &Sources<TcpTransport>) -> Result<Option<u64>, SourceError> {
    let tip = sources.tip().await?;
    let headers = sources.headers(1..tip.height + 1).await?;
    let compact = sources.compact(1..tip.height + 1).await?;
    let sealed = |(header, nonce): &([u8; 288], u64)| SealedHeader { header: *header, nonce: *nonce };
    let reaches_tip = headers.last().map(sealed).is_some_and(|last| last.id() == tip.id);
    // 8 bytes of salt and no transaction: the body of every block of this trial.
    let whole = compact.len() == headers.len() && compact.iter().all(|block| block.scan.len() == 8);
    Ok((reaches_tip && whole).then_some(tip.height))
}

#[tokio::test(flavor = "multi_thread")]
async fn liars_are_named_and_the_rest_serves() {
    for lie in [Lie::Tip, Lie::Old(10), Lie::Omits, Lie::Fails] {
        let honest = Running::start(vec![]).await;
        honest.mine(40).await;
        let (_node, bad) = liar(lie, 40).await;
        for _ in 0..6 {
            let sources = several(vec![honest.address(), bad.clone()], rng());
            let mut named = Vec::new();
            let height = loop {
                match scan(&sources).await {
                    Ok(Some(height)) => break height,
                    Ok(None) => named.extend(sources.blame().await),
                    Err(SourceError::PassFailed { node, .. }) => {
                        assert_eq!((lie, node), (Lie::Fails, bad.to_string()), "no other one fails");
                    }
                    Err(error) => panic!("an honest node is left: {error}"),
                }
                assert!(named.len() < 2, "{lie:?}: only one lies");
            };
            assert_eq!(height, 40, "{lie:?}");
            assert!(named.is_empty() || named == [bad.peer] && lie != Lie::Fails, "{lie:?}");
            if lie == Lie::Tip {
                assert_eq!(named, [bad.peer], "the heaviest claim is tried and found empty");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_goes_through_a_node_that_served_no_scanning() {
    let (a, b) = (Running::start(vec![]).await, Running::start(vec![]).await);
    for running in [&a, &b] {
        // The same blocks at both.
        running.mine(20).await;
    }
    let mut served = BTreeSet::new();
    for seed in 0..8 {
        let sources = several(vec![a.address(), b.address()], SeededRng::new(seed));
        sources.tip().await.expect("a tip");
        served.extend(sources.serving().await);
    }
    assert_eq!(served.len(), 2, "the choice is random");
    for n in 0..4 {
        let sources = several(vec![a.address(), b.address()], rng());
        assert_eq!(scan(&sources).await.expect("served"), Some(20));
        let scanned = sources.scanned().await;
        assert_eq!(scanned.len(), 1, "one node serves a pass");
        let before = [&a, &b].map(|running| running.chain.pool().expect("a pool").len());
        sources.submit(&transaction(n)).await.expect("sent");
        let other = if scanned[0] == a.address().peer { 1 } else { 0 };
        let after = [&a, &b].map(|running| running.chain.pool().expect("a pool").len());
        assert_eq!((after[other], after[1 - other]), (before[other] + 1, before[1 - other]));
        // With both nodes read from, there is no one to send through, and nothing is sent.
        let both = several(vec![a.address(), b.address()], rng());
        scan(&both).await.expect("served");
        both.blame().await;
        scan(&both).await.expect("served");
        assert!(matches!(both.submit(&transaction(1_000 + n)).await, Err(SourceError::NoNode { .. })));
    }
    // A wallet that knows one node has no choice.
    let one = several(vec![a.address()], rng());
    scan(&one).await.expect("served");
    one.submit(&transaction(5_000)).await.expect("sent");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_takes_one_caller_a_second_confirms_and_takes_a_payment_at_once() {
    let one_a_second = TcpOptions { handshakes_per_group: 1, ..patient_tcp() };
    let listen = "127.0.0.1:0".parse().expect("an address");
    let transport = TcpTransport::listen(listen, identity(), one_a_second).await.expect("a port");
    let options = NodeOptions { peers: vec![], known: vec![], limits: patient_limits() };
    let chain = Arc::new(ToyChain::new(NETWORK));
    let node = Node::start(transport, chain, RuntimeClock::new(), options, rng()).expect("a node");
    let address = node.reachable().expect("it listens");
    several(vec![address.clone()], rng()).tip().await.expect("confirmed");
    several(vec![address.clone()], rng()).submit(&transaction(1)).await.expect("taken");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_node_refuses_is_given_to_another() {
    let (a, b) = (Running::start(vec![]).await, Running::start(vec![]).await);
    a.mine(5).await;
    b.mine(2).await;
    // Valid on the branch of one of them alone.
    let tip = a.chain.tip().expect("a tip").id;
    let bound = |n: u64| [BOUND, &tip, &n.to_le_bytes()].concat();
    for n in 0..8 {
        several(vec![a.address(), b.address()], rng()).submit(&bound(n)).await.expect("one takes it");
    }
    let refused = several(vec![b.address()], rng()).submit(&bound(8)).await.expect_err("nobody takes it");
    assert!(matches!(refused, SourceError::Rejected { cause: ClientError::Rejected(_), .. }), "{refused}");
    let mut nodes = vec![b.address(), a.address()];
    nodes[1].peer.0 = [1; 32];
    let refused = several(nodes, rng()).submit(&bound(9)).await.expect_err("nobody takes it");
    assert!(matches!(refused, SourceError::Rejected { .. }), "a node that was not reached has nothing: {refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_two_nodes_refuse_is_given_to_no_third() {
    let backends: Vec<_> = (0..4).map(|_| Arc::new(Liar::new(Lie::Omits, 0))).collect();
    let (mut nodes, mut addresses) = (Vec::new(), Vec::new());
    for backend in &backends {
        let node = start(Arc::clone(backend), RuntimeClock::new(), identity(), "127.0.0.1:0", vec![]).await;
        addresses.push(node.reachable().expect("it listens").clone());
        nodes.push(node);
    }
    let refused = several(addresses, rng()).submit(INVALID).await.expect_err("nobody takes it");
    match &refused {
        SourceError::Rejected { node, also: Some(other), .. } => {
            assert_ne!(*node, other.node);
            assert!(refused.to_string().contains(node) && refused.to_string().contains(&other.node), "{refused}");
        }
        other => panic!("{other}"),
    }
    assert_eq!(backends.iter().map(|backend| backend.checked()).sum::<usize>(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn whole_blocks_come_from_a_node_that_serves_no_scan() {
    let (a, b) = (Running::start(vec![]).await, Running::start(vec![]).await);
    for running in [&a, &b] {
        running.mine(20).await;
    }
    let sources = several(vec![a.address(), b.address()], rng());
    scan(&sources).await.expect("served");
    let serving = sources.serving().await;
    assert_eq!(sources.scanned().await.len(), 1);
    assert_eq!(sources.blocks(1..17).await.expect("blocks").len(), 16);
    // The other one knows something now, and is not the one to send through.
    assert_eq!((sources.scanned().await.len(), sources.serving().await), (2, serving));
    // A wallet that knows one node has no choice.
    let one = several(vec![a.address()], rng());
    scan(&one).await.expect("served");
    assert_eq!(one.blocks(1..17).await.expect("blocks").len(), 16);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_pass_of_a_node_that_is_gone_is_served_by_another() {
    let (a, b) = (Running::start(vec![]).await, Running::start(vec![]).await);
    let sources = several(vec![a.address(), b.address()], rng());
    sources.tip().await.expect("a tip");
    let serving = sources.serving().await.expect("a node");
    let (gone, other) = if serving == a.address().peer { (a, b) } else { (b, a) };
    let (gone_address, other_peer) = (gone.address().to_string(), other.address().peer);
    gone.node.stop().await;
    match sources.headers(0..1).await {
        Err(SourceError::PassFailed { node, .. }) => assert_eq!(node, gone_address),
        other => panic!("{other:?}"),
    }
    sources.tip().await.expect("the other one");
    assert_eq!(sources.headers(0..1).await.expect("the other one").len(), 1);
    assert_eq!(sources.serving().await, Some(other_peer));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_an_honest_node_the_error_says_so() {
    let (_node, bad) = liar(Lie::Fails, 3).await;
    let sources = several(vec![bad], rng());
    sources.tip().await.expect("it has a tip");
    let error = sources.headers(0..1).await.expect_err("nobody answers");
    assert!(matches!(
        error,
        SourceError::PassFailed { cause: ClientError::Unanswered(Unanswered::Unavailable), .. }
    ));
    assert_eq!(sources.blame().await, None, "it did not lie");
    sources.tip().await.expect("it has a tip");
    assert!(sources.blame().await.is_some());
    assert!(matches!(sources.tip().await, Err(SourceError::NoNode { .. })));
}
