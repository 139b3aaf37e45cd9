use super::*;
use crate::testing::SeededRng;

fn block(n: u64) -> Vec<u8> {
    let mut bytes = vec![3; HEADER_BYTES + 100];
    bytes[..8].copy_from_slice(&n.to_le_bytes());
    bytes
}

fn block_ref(n: u64) -> BlockRef {
    let bytes = block(n);
    BlockRef { height: n, id: block_id(bytes.first_chunk().expect("a header")) }
}

fn tip(height: u64) -> Tip {
    Tip { height, id: [0; 32], work: [0; 32] }
}

struct Trial {
    sync: BlockSync,
    now: Time,
    rng: SeededRng,
    /// Questions that are open.
    asked: BTreeMap<(LinkId, RequestId), Vec<[u8; 32]>>,
    faults: Vec<(LinkId, Fault)>,
    checks: VecDeque<Vec<Vec<u8>>>,
    replans: usize,
}

impl Trial {
    fn new(peers: u64, blocks: core::ops::Range<u64>) -> Self {
        let mut trial = Self {
            sync: BlockSync::new(),
            now: Time::START,
            rng: SeededRng::new(1),
            asked: BTreeMap::new(),
            faults: Vec::new(),
            checks: VecDeque::new(),
            replans: 0,
        };
        for n in 0..peers {
            trial.event(Event::Up { link: LinkId(n), tip: tip(u64::MAX) });
        }
        trial.event(Event::Plan { blocks: blocks.map(block_ref).collect() });
        trial
    }

    fn event(&mut self, event: Event) {
        let mut out = Vec::new();
        self.sync.handle(self.now, &mut self.rng, event, &mut out);
        for action in out {
            match action {
                Action::Ask(link, request, ids) => drop(self.asked.insert((link, request), ids)),
                Action::Check(blocks) => self.checks.push_back(blocks),
                Action::Replan => self.replans += 1,
                Action::Faulty(link, fault) => self.faults.push((link, fault)),
                Action::Useful(..) => (),
            }
        }
    }

    fn wake(&mut self) {
        self.now = self.sync.wake_at().expect("something to wake for");
        self.event(Event::Wake);
    }

    fn deliver(&mut self, link: LinkId, request: RequestId, bytes: Vec<u8>) {
        self.event(Event::Delivered { link, request, bytes });
    }

    /// Answers everything that was asked of a peer, in full.
    fn answer_all(&mut self, link: LinkId) {
        while let Some(((_, request), ids)) = self.asked.iter().find(|((l, _), _)| *l == link) {
            let (request, ids) = (*request, ids.clone());
            self.asked.remove(&(link, request));
            for id in ids {
                let n = (0..5000).find(|n| block_ref(*n).id.0 == id).expect("a block of the trial");
                self.deliver(link, request, block(n));
            }
            self.event(Event::Ended { link, request });
        }
    }

    fn check_all(&mut self) -> usize {
        let mut count = 0;
        while let Some(blocks) = self.checks.pop_front() {
            count += blocks.len();
            self.event(Event::Checked { verdicts: vec![BlockVerdict::Added; blocks.len()] });
        }
        count
    }

    fn asked_of(&self, link: LinkId) -> usize {
        self.asked.iter().filter(|((l, _), _)| *l == link).map(|(_, ids)| ids.len()).sum()
    }
}

#[test]
fn blocks_are_fetched_from_all_peers_and_checked_in_order() {
    let mut trial = Trial::new(5, 1..101);
    let shares: Vec<_> = (0..5).map(|n| trial.asked_of(LinkId(n))).collect();
    assert_eq!(shares.iter().sum::<usize>(), 100);
    assert!(shares.iter().all(|share| *share <= 25), "{shares:?}");
    // The peer with the front answers last: nothing is checked before.
    let front = block_ref(1).id.0;
    let owner =
        trial.asked.iter().find(|(_, ids)| ids.contains(&front)).map(|((link, _), _)| *link).expect("asked");
    for n in 0..5 {
        if LinkId(n) != owner {
            trial.answer_all(LinkId(n));
        }
    }
    assert!(trial.checks.is_empty());
    trial.answer_all(owner);
    assert_eq!(trial.checks.front().map(|batch| batch[0].clone()), Some(block(1)));
    assert_eq!(trial.check_all(), 100);
    assert_eq!((trial.sync.missing(), trial.replans, trial.faults.len()), (0, 1, 0));
}

#[test]
fn no_peer_owns_more_than_a_quarter_of_the_window() {
    // 252: of four peers, one answers at once and the others never; its share stays a quarter.
    let mut trial = Trial::new(4, 1..81);
    for _ in 0..10 {
        assert!(trial.asked_of(LinkId(0)) <= 20);
        trial.answer_all(LinkId(0));
    }
    let trial = Trial::new(1, 1..81);
    assert_eq!(trial.asked_of(LinkId(0)), MAX_PER_PEER, "alone it may do more");
}

#[test]
fn a_peer_that_stalls_is_charged_and_its_share_goes_to_others() {
    let mut trial = Trial::new(2, 1..11);
    let stalling = *trial.asked.keys().next().map(|(link, _)| link).expect("asked");
    let other = LinkId(1 - stalling.0);
    trial.answer_all(other);
    while trial.faults.is_empty() {
        trial.wake();
    }
    assert_eq!(trial.now, Time::START + PROGRESS_WITHIN);
    assert_eq!(trial.faults, [(stalling, Fault::Stalled)]);
    trial.answer_all(other);
    assert_eq!(trial.check_all(), 10);
    // What comes late is no second fault.
    trial.answer_all(stalling);
    assert_eq!(trial.faults.len(), 1);
}

#[test]
fn a_question_that_was_lost_is_asked_again() {
    let mut trial = Trial::new(1, 1..3);
    trial.asked.clear();
    while trial.asked.is_empty() {
        trial.wake();
    }
    assert_eq!((trial.now, trial.faults.len()), (Time::START + PROGRESS_WITHIN + PAUSE, 1));
    trial.answer_all(LinkId(0));
    assert_eq!((trial.check_all(), trial.faults.len()), (2, 1));
}

#[test]
fn progress_is_not_a_stall() {
    let mut trial = Trial::new(1, 1..3);
    let (link, request) = *trial.asked.keys().next().expect("asked");
    for _ in 0..10 {
        trial.now = trial.now + PROGRESS_WITHIN / 2;
        trial.event(Event::Progress { link, request });
    }
    assert_eq!(trial.faults, []);
}

#[test]
fn the_block_that_all_wait_for_is_asked_from_a_second_peer() {
    let mut trial = Trial::new(2, 1..2);
    assert_eq!(trial.asked.len(), 1);
    trial.wake();
    assert_eq!(trial.now, Time::START + HEDGE_AFTER);
    let links: Vec<_> = trial.asked.keys().map(|(link, _)| *link).collect();
    assert_eq!(links.len(), 2);
    assert_ne!(links[0], links[1]);
    trial.answer_all(links[1]);
    assert_eq!(trial.check_all(), 1);
    trial.answer_all(links[0]);
    assert_eq!(trial.faults, [], "the slower one did nothing wrong");
}

#[test]
fn a_body_that_does_not_fit_is_charged_and_asked_elsewhere() {
    // 209: the header is not marked, the block is fetched from the other peer.
    let mut trial = Trial::new(2, 1..2);
    let liar = *trial.asked.keys().next().map(|(link, _)| link).expect("asked");
    trial.answer_all(liar);
    trial.checks.clear();
    trial.event(Event::Checked { verdicts: vec![BlockVerdict::WrongBody { reason: "root".into() }] });
    assert_eq!(trial.faults, [(liar, Fault::WrongBody)]);
    let again = *trial.asked.keys().next().map(|(link, _)| link).expect("asked again");
    assert_ne!(again, liar);
    trial.answer_all(again);
    assert_eq!(trial.check_all(), 1);
}

#[test]
fn an_invalid_block_is_charged_and_the_plan_made_again() {
    let mut trial = Trial::new(1, 1..600);
    trial.answer_all(LinkId(0));
    // The first batch is the first block alone; the next has all that came meanwhile.
    trial.checks.clear();
    trial.event(Event::Checked { verdicts: vec![BlockVerdict::Added] });
    assert!(trial.checks.pop_front().is_some_and(|batch| batch.len() > 2));
    let replans = trial.replans;
    let verdicts = vec![BlockVerdict::Added, BlockVerdict::Invalid { reason: "reward".into() }];
    trial.event(Event::Checked { verdicts });
    assert_eq!(trial.faults, [(LinkId(0), Fault::InvalidBlock)]);
    // The plan that was being made meanwhile is of no use: another one is.
    trial.event(Event::Plan { blocks: vec![block_ref(2)] });
    assert_eq!(trial.replans, replans + 1);
    trial.event(Event::Plan { blocks: vec![] });
    assert_eq!((trial.sync.missing(), trial.sync.buffered()), (0, 0));
}

#[test]
fn blocks_that_could_not_be_looked_at_rest_before_the_next_try() {
    let mut trial = Trial::new(1, 1..5);
    trial.answer_all(LinkId(0));
    for _ in 0..3 {
        assert!(trial.checks.pop_front().is_some_and(|batch| batch[0] == block(1)));
        trial.event(Event::Checked { verdicts: vec![] });
        trial.event(Event::Wake);
        assert_eq!((trial.checks.len(), trial.replans), (0, 0));
        let began = trial.now;
        trial.wake();
        assert_eq!((trial.now.since(began), trial.checks.len()), (REST, 1));
    }
    while trial.check_all() > 0 {}
    assert_eq!((trial.sync.missing(), trial.faults.len()), (0, 0));
}

#[test]
fn another_block_than_the_one_asked_for_is_a_fault() {
    for wrong in [block(9), vec![1; 10]] {
        let mut trial = Trial::new(1, 1..2);
        let (link, request) = *trial.asked.keys().next().expect("asked");
        trial.deliver(link, request, wrong);
        assert_eq!(trial.faults, [(link, Fault::Unasked)]);
        trial.event(Event::Ended { link, request });
        // More than was asked for, and answers to no question.
        trial.deliver(link, request, block(1));
        trial.event(Event::Ended { link, request });
        assert_eq!(trial.faults.len(), 3);
        assert!(trial.checks.is_empty());
    }
}

#[test]
fn an_answer_that_leaves_blocks_out_is_a_stall() {
    let mut trial = Trial::new(1, 1..5);
    let (link, request) = *trial.asked.keys().next().expect("asked");
    trial.deliver(link, request, block(1));
    trial.event(Event::Ended { link, request });
    assert_eq!(trial.faults, [(link, Fault::Stalled)]);
}

#[test]
fn a_peer_that_declines_is_left_alone_and_not_charged() {
    let mut trial = Trial::new(1, 1..5);
    let (link, request) = *trial.asked.keys().next().expect("asked");
    trial.asked.clear();
    trial.event(Event::Declined { link, request });
    assert_eq!((trial.asked.len(), trial.faults.len()), (0, 0));
    trial.wake();
    assert_eq!((trial.now, trial.asked_of(link)), (Time::START + PAUSE, 4));
}

#[test]
fn a_peer_without_a_block_is_not_asked_for_it_again_until_its_tip_moves() {
    let mut trial = Trial::new(1, 1..2);
    let (link, request) = *trial.asked.keys().next().expect("asked");
    trial.asked.clear();
    trial.deliver(link, request, vec![]);
    trial.event(Event::Ended { link, request });
    assert_eq!((trial.asked.len(), trial.faults.len()), (0, 0));
    trial.event(Event::TipIs { link, tip: tip(7) });
    assert_eq!(trial.asked.len(), 1);
}

/// What a peer tells at once overtakes what it answers.
#[test]
fn what_a_peer_had_not_before_its_tip_moved_is_asked_of_it_again() {
    let mut trial = Trial::new(1, 1..2);
    let (link, request) = trial.asked.pop_first().map(|(question, _)| question).expect("asked");
    trial.event(Event::TipIs { link, tip: tip(7) });
    trial.deliver(link, request, vec![]);
    assert_eq!(trial.asked.len(), 1);
}

#[test]
fn only_blocks_up_to_a_peers_tip_are_asked_of_it() {
    let mut trial = Trial::new(0, 5..15);
    trial.event(Event::Up { link: LinkId(0), tip: tip(7) });
    assert_eq!(trial.asked_of(LinkId(0)), 3);
}

#[test]
fn memory_is_bounded_and_the_front_comes_first() {
    let mut trial = Trial::new(1, 1..1000);
    let mut delivered = 0;
    // Every block but the first is huge, and the first never comes.
    while let Some(((link, request), ids)) = trial.asked.pop_first() {
        for id in ids {
            let n = (0..1000).find(|n| block_ref(*n).id.0 == id).expect("a block of the trial");
            let mut bytes = block(n);
            bytes.resize(if n == 1 { 0 } else { 8 << 20 }, 0);
            trial.deliver(link, request, bytes);
            delivered += 1;
            assert!(trial.sync.buffered() <= MAX_BUFFERED);
        }
        trial.event(Event::Ended { link, request });
        if delivered > 500 {
            break;
        }
    }
    assert!(delivered < 100, "asking stops when there is no room: {delivered}");
}

#[test]
fn few_peers_are_asked_at_once() {
    let trial = Trial::new(40, 1..1000);
    let asked: BTreeSet<_> = trial.asked.keys().map(|(link, _)| *link).collect();
    assert_eq!(asked.len(), MAX_ASKED);
}

#[test]
fn a_peer_that_leaves_frees_its_share() {
    let mut trial = Trial::new(1, 1..5);
    trial.asked.clear();
    trial.event(Event::Up { link: LinkId(9), tip: tip(100) });
    assert_eq!(trial.asked.len(), 0);
    trial.event(Event::Down { link: LinkId(0) });
    assert_eq!(trial.asked_of(LinkId(9)), 4);
}
