//! Nodes that answer by a script, over a wire in memory and a clock that does not wait.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use dero_ledger::consensus::Work;

use tokio::time::Instant;

use super::*;
use crate::{
    link::{MessageReceiver, MessageSender},
    message::{
        Message, RequestId,
        chain::Part,
        control::Ping,
        limits::{PART_BYTES, SEALED_HEADER},
        wallet::{GetHeaderRange, GetListed, GetTip, TipIs},
    },
    testing::SeededRng,
    transport::{
        Connection,
        memory::{MemoryAddress, MemoryConnection, MemoryNetwork, MemoryTransport},
    },
};

const NETWORK: NetworkId = NetworkId([5; 32]);

type Sender = MessageSender<<MemoryConnection as Connection>::Sender>;
type Receiver = MessageReceiver<<MemoryConnection as Connection>::Receiver>;

/// The two ends of a link, as a node has them after the greetings.
struct Ends {
    sender: Sender,
    receiver: Receiver,
}

impl Ends {
    async fn send(&mut self, message: impl Into<Message>) {
        // The wallet may have gone.
        let _ = self.sender.send(&message.into()).await;
    }

    async fn part(&mut self, request: RequestId, end: bool, bytes: Vec<u8>) {
        self.send(Part { request, end, bytes: Bytes::new(bytes).expect("a part") }).await;
    }
}

/// A node that greets and then does what `script` says, once for each link.
fn node<F>(network: &MemoryNetwork, id: u8, script: impl Fn(Ends) -> F + Send + 'static) -> Pinned<MemoryAddress>
where
    F: Future<Output = ()> + Send + 'static,
{
    let transport = network.join(PeerId([id; 32]));
    let address = transport.reachable().expect("a place");
    tokio::spawn(async move {
        while let Ok(connection) = transport.accept().await {
            let tip = Tip { height: 0, id: [0; 32], work: [0; 32] };
            let greeting = Greeting { network: NETWORK, role: Role::Node, tip, listen: None };
            let handshake = Handshake::begin(Direction::Inbound, &greeting, &mut rand::rng());
            if let Ok(Link { sender, receiver, .. }) = Link::greet(connection, handshake).await {
                tokio::spawn(script(Ends { sender, receiver }));
            }
        }
    });
    address
}

/// A tip that claims this work.
fn tip(height: u64, work: u8) -> Tip {
    let mut tip = Tip { height, id: [9; 32], work: [0; 32] };
    tip.work[0] = work;
    tip
}

/// Says its tip, and then answers `questions` about headers with as many as were asked for; at the next one it hangs
/// up.
async fn serve(mut ends: Ends, tip: Tip, questions: Arc<AtomicUsize>) {
    while let Ok(message) = ends.receiver.recv().await {
        match message {
            Message::GetTip(GetTip { request }) => ends.send(TipIs { request, tip }).await,
            Message::GetHeaderRange(GetHeaderRange { request, count, .. }) => {
                let left = questions.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
                if left.is_err() {
                    return;
                }
                ends.part(request, true, vec![0; SEALED_HEADER * usize::from(count)]).await;
            }
            other => panic!("{other:?} is in no script"),
        }
    }
}

/// A node that claims `tip` and hangs up after so many answers.
fn serving(network: &MemoryNetwork, id: u8, tip: Tip, questions: usize) -> Pinned<MemoryAddress> {
    let questions = Arc::new(AtomicUsize::new(questions));
    node(network, id, move |ends| serve(ends, tip, Arc::clone(&questions)))
}

fn over(network: &MemoryNetwork, seed: u64, nodes: Vec<Pinned<MemoryAddress>>) -> Sources<MemoryTransport> {
    Sources::new(network.join(PeerId([0xff; 32])), NETWORK, nodes, SeededRng::new(seed))
}

#[tokio::test(start_paused = true)]
async fn a_node_that_claims_the_most_and_hangs_up_ends_its_pass_and_frames_nobody() {
    for seed in 0..8 {
        let network = MemoryNetwork::new();
        let honest = serving(&network, 1, tip(10, 1), usize::MAX);
        let liar = serving(&network, 2, tip(1_000, 200), 1);
        let sources = over(&network, seed, vec![honest.clone(), liar.clone()]);
        assert_eq!(sources.tip().await.expect("a tip").height, 1_000, "the heaviest claim is tried");
        assert_eq!(sources.headers(1..3).await.expect("headers").len(), 2);
        // Not one answer of the honest node belongs to this pass.
        let failed = sources.headers(1..3).await.expect_err("it hung up");
        match failed {
            SourceError::PassFailed { node, .. } => assert_eq!(node, liar.to_string()),
            other => panic!("{other}"),
        }
        assert!(matches!(sources.compact(1..3).await, Err(SourceError::NoNode { .. })), "the pass is over");
        assert_eq!((sources.serving().await, sources.claimed().await), (None, None));
        assert_eq!(sources.blame().await, None, "nobody is to blame");
        assert_eq!(sources.scanned().await, [liar.peer]);
        // Now, and as long as the honest node answers, the claim wins nothing.
        for _ in 0..3 {
            assert_eq!(sources.tip().await.expect("a tip").height, 10);
            assert_eq!(sources.headers(1..3).await.expect("headers").len(), 2);
            assert_eq!(sources.serving().await, Some(honest.peer));
        }
        assert_eq!(sources.scanned().await.len(), 2, "no transaction goes through either");
        assert!(matches!(sources.submit(&[1]).await, Err(SourceError::NoNode { .. })));
    }
}

#[tokio::test(start_paused = true)]
async fn a_node_that_failed_is_asked_again_where_no_other_answers() {
    let network = MemoryNetwork::new();
    let links = Arc::new(AtomicUsize::new(0));
    // Its first link gives out at the first question about headers, all others hold.
    let crashed = node(&network, 1, move |ends| {
        let first = links.fetch_add(1, Ordering::SeqCst) == 0;
        serve(ends, tip(10, 1), Arc::new(AtomicUsize::new(if first { 0 } else { usize::MAX })))
    });
    let mut gone = crashed.clone();
    gone.peer = PeerId([3; 32]);
    let sources = over(&network, 1, vec![crashed.clone(), gone]);
    sources.tip().await.expect("a tip");
    let failed = sources.headers(1..2).await;
    assert!(matches!(failed, Err(SourceError::PassFailed { .. })), "{failed:?}");
    sources.tip().await.expect("it is back");
    assert_eq!(sources.headers(1..2).await.expect("headers").len(), 1);
    assert_eq!(sources.serving().await, Some(crashed.peer));
}

/// Follows the headers to the tip that the pass was begun for, which are said to have this work.
async fn follow(sources: &Sources<MemoryTransport>, work: u8) -> Result<(), SourceError> {
    let newest = sources.tip().await?;
    sources.headers(newest.height..newest.height + 1).await?;
    let mut bytes = [0; 32];
    bytes[0] = work;
    sources.followed(newest, Work::from_bytes(&bytes)).await
}

#[tokio::test(start_paused = true)]
async fn a_heavy_claim_for_an_old_tip_is_blamed_and_the_next_pass_has_the_heaviest_chain() {
    let network = MemoryNetwork::new();
    let honest = serving(&network, 1, tip(10, 30), usize::MAX);
    let liar = serving(&network, 2, tip(3, 200), usize::MAX);
    let sources = over(&network, 1, vec![honest.clone(), liar.clone()]);
    match follow(&sources, 9).await {
        Err(SourceError::FalseClaim { node, .. }) => assert_eq!(node, liar.to_string()),
        other => panic!("{other:?}"),
    }
    assert_eq!(sources.blame().await, Some(liar.peer));
    follow(&sources, 30).await.expect("as heavy as claimed");
    assert_eq!(
        (sources.serving().await, sources.claimed().await.map(|tip| tip.height)),
        (Some(honest.peer), Some(10))
    );
}

#[tokio::test(start_paused = true)]
async fn a_node_that_left_its_branch_meanwhile_is_no_liar_and_comes_after_the_others() {
    let network = MemoryNetwork::new();
    let other = serving(&network, 1, tip(10, 30), usize::MAX);
    let moved = serving(&network, 2, tip(12, 36), usize::MAX);
    let sources = over(&network, 1, vec![other.clone(), moved.clone()]);
    assert_eq!(sources.tip().await.expect("a tip").height, 12);
    let newest = BlockRef { height: 12, id: BlockId([8; 32]) };
    let failed = sources.followed(newest, Work::ZERO).await;
    assert!(matches!(failed, Err(SourceError::FalseClaim { .. })), "{failed:?}");
    assert_eq!(sources.blame().await, None, "there is no proof that it lied");
    sources.tip().await.expect("a tip");
    assert_eq!(sources.serving().await, Some(other.peer));
    // Known alone, it is asked again.
    let sources = over(&network, 1, vec![moved.clone()]);
    sources.tip().await.expect("a tip");
    assert!(sources.followed(newest, Work::ZERO).await.is_err());
    follow(&sources, 36).await.expect("as heavy as claimed");
}

async fn client(network: &MemoryNetwork, node: &Pinned<MemoryAddress>) -> Client {
    let wallet = network.join(PeerId([0xff; 32]));
    Client::connect(&wallet, node, NETWORK, &mut rand::rng()).await.expect("connected")
}

/// The first question about a range of the list.
async fn asked_for_list(ends: &mut Ends) -> RequestId {
    match ends.receiver.recv().await {
        Ok(Message::GetListed(GetListed { request, .. })) => request,
        other => panic!("{other:?}"),
    }
}

const PROGRESS: Duration = Duration::from_secs(30);

#[tokio::test(start_paused = true)]
async fn a_node_that_only_pings_is_left() {
    let network = MemoryNetwork::new();
    let node = node(&network, 1, async |mut ends: Ends| {
        for nonce in 0.. {
            ends.send(Ping { nonce, tip: None }).await;
            tokio::time::sleep(Duration::from_secs(10)).await;
            if ends.receiver.recv().await.is_err() {
                return;
            }
        }
    });
    let client = client(&network, &node).await;
    let began = Instant::now();
    let silent = tokio::time::timeout(10 * PROGRESS, client.listed(0..1)).await.expect("left");
    assert!(matches!(silent, Err(ClientError::Silent(PROGRESS))), "{silent:?}");
    assert_eq!(began.elapsed().as_secs(), PROGRESS.as_secs());
}

#[tokio::test(start_paused = true)]
async fn empty_pieces_are_no_progress() {
    let network = MemoryNetwork::new();
    let node = node(&network, 1, async |mut ends: Ends| {
        let request = asked_for_list(&mut ends).await;
        loop {
            ends.part(request, false, vec![]).await;
            tokio::time::sleep(Duration::from_secs(10)).await;
        }
    });
    let client = client(&network, &node).await;
    let silent = tokio::time::timeout(10 * PROGRESS, client.listed(0..1)).await.expect("left");
    assert!(matches!(silent, Err(ClientError::Silent(PROGRESS))), "{silent:?}");
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_trickles_is_given_up() {
    let network = MemoryNetwork::new();
    let node = node(&network, 1, async |mut ends: Ends| {
        let request = asked_for_list(&mut ends).await;
        loop {
            // Just in time, each of them.
            tokio::time::sleep(PROGRESS - Duration::from_secs(1)).await;
            ends.part(request, false, vec![0; LISTED_ENTRY]).await;
        }
    });
    let client = client(&network, &node).await;
    let began = Instant::now();
    let slow = tokio::time::timeout(10 * PROGRESS, client.listed(0..1)).await.expect("given up");
    assert!(matches!(slow, Err(ClientError::TooSlow { received: LISTED_ENTRY, .. })), "{slow:?}");
    assert_eq!(began.elapsed().as_secs(), PROGRESS.as_secs());
}

#[tokio::test(start_paused = true)]
async fn a_long_answer_in_pieces_that_are_just_in_time_is_waited_for() {
    let network = MemoryNetwork::new();
    let whole = LISTED_RANGE * LISTED_ENTRY;
    let node = node(&network, 1, async |mut ends: Ends| {
        let request = asked_for_list(&mut ends).await;
        let mut left = LISTED_RANGE * LISTED_ENTRY;
        while left > 0 {
            let piece = left.min(PART_BYTES);
            left -= piece;
            tokio::time::sleep(PROGRESS - Duration::from_secs(1)).await;
            ends.part(request, left == 0, vec![0; piece]).await;
        }
    });
    let client = client(&network, &node).await;
    let began = Instant::now();
    let entries = client.listed(0..LISTED_RANGE as u64).await.expect("entries");
    assert_eq!(entries.len() * LISTED_ENTRY, whole);
    assert!(began.elapsed() > 5 * PROGRESS);
}

/// While the oldest question waits, answers to others do not keep it waiting; once it is answered, the time of the next
/// one begins.
#[tokio::test(start_paused = true)]
async fn each_question_that_waits_has_its_time_in_turn() {
    let network = MemoryNetwork::new();
    let node = node(&network, 1, async |mut ends: Ends| {
        let first = asked_for_list(&mut ends).await;
        let second = asked_for_list(&mut ends).await;
        for request in [first, second] {
            tokio::time::sleep(PROGRESS - Duration::from_secs(1)).await;
            ends.part(request, true, vec![0; LISTED_ENTRY]).await;
        }
        let _never = asked_for_list(&mut ends).await;
        while let Ok(Message::GetTip(GetTip { request })) = ends.receiver.recv().await {
            ends.send(TipIs { request, tip: tip(1, 1) }).await;
        }
    });
    let client = client(&network, &node).await;
    let (first, second) = tokio::join!(client.listed(0..1), client.listed(0..1));
    assert_eq!((first.expect("entries").len(), second.expect("entries").len()), (1, 1));
    let others = async {
        loop {
            tokio::time::sleep(Duration::from_secs(10)).await;
            if client.tip().await.is_err() {
                core::future::pending::<()>().await;
            }
        }
    };
    tokio::select! {
        never = client.listed(0..1) => assert!(matches!(never, Err(ClientError::Silent(PROGRESS))), "{never:?}"),
        () = others => {}
        () = tokio::time::sleep(10 * PROGRESS) => panic!("it waits for ever"),
    }
}

/// A node that answers each question about headers just in time, with `most` of them at most.
fn unhurried(network: &MemoryNetwork, id: u8, most: usize) -> Pinned<MemoryAddress> {
    node(network, id, move |mut ends: Ends| async move {
        while let Ok(message) = ends.receiver.recv().await {
            match message {
                Message::GetTip(GetTip { request }) => ends.send(TipIs { request, tip: tip(100, 1) }).await,
                Message::GetHeaderRange(GetHeaderRange { request, count, .. }) => {
                    tokio::time::sleep(PROGRESS - Duration::from_secs(1)).await;
                    ends.part(request, true, vec![0; SEALED_HEADER * most.min(count.into())]).await;
                }
                other => panic!("{other:?} is in no script"),
            }
        }
    })
}

#[tokio::test(start_paused = true)]
async fn answers_that_trickle_end_the_pass_and_full_ones_do_not() {
    let network = MemoryNetwork::new();
    let slow = over(&network, 1, vec![unhurried(&network, 1, usize::MAX)]);
    slow.tip().await.expect("a tip");
    for _ in 0..10 {
        assert_eq!(slow.headers(1..100).await.expect("headers").len(), 99);
    }
    let trickle = over(&network, 1, vec![unhurried(&network, 2, 1)]);
    trickle.tip().await.expect("a tip");
    assert_eq!(trickle.headers(1..100).await.expect("headers").len(), 1, "once");
    let ended = trickle.headers(2..100).await;
    let expected = matches!(&ended, Err(SourceError::PassFailed { cause: ClientError::TooSlow { .. }, .. }));
    assert!(expected, "{ended:?}");
}
