use super::*;
use crate::testing::SeededRng;

const A: LinkId = LinkId(1);

fn sealed(n: u8) -> SealedHeader {
    SealedHeader { header: [n; 288], nonce: 0 }
}

fn tip(work: u8) -> Tip {
    let mut tip = Tip { height: work.into(), id: sealed(work).id().0, work: [0; 32] };
    tip.work[0] = work;
    tip
}

struct Trial {
    sync: HeaderSync,
    now: Time,
    rng: SeededRng,
}

impl Trial {
    fn new() -> Self {
        Self { sync: HeaderSync::new(tip(10)), now: Time::START, rng: SeededRng::new(1) }
    }

    fn event(&mut self, event: Event) -> Vec<Action> {
        let mut out = Vec::new();
        self.sync.handle(self.now, &mut self.rng, event, &mut out);
        out
    }

    fn up(&mut self, link: LinkId, work: u8) -> Vec<Action> {
        self.event(Event::Up { link, tip: tip(work) })
    }

    fn sent(&mut self, request: RequestId) {
        assert_eq!(self.event(Event::Sent { link: A, request }), []);
    }

    fn answered(&mut self, request: RequestId, count: usize) -> Vec<Action> {
        self.event(Event::Answered { link: A, request, headers: vec![sealed(1); count] })
    }

    fn checked(&mut self, verdict: HeadersVerdict, best: u8) -> Vec<Action> {
        self.event(Event::Checked { link: A, verdict: Some(verdict), best: tip(best), unix: 1000 })
    }
}

#[test]
fn a_heavier_peer_is_asked_batch_after_batch_until_its_claim_is_met() {
    let mut trial = Trial::new();
    assert_eq!(trial.up(A, 20), [Action::Ask(A, 1)]);
    assert!(matches!(trial.answered(1, MAX_HEADERS)[..], [Action::Check(A, _)]));
    let actions = trial.checked(HeadersVerdict::Added, 15);
    assert_eq!(actions, [Action::Useful(A, MAX_HEADERS * 296), Action::Ask(A, 2)]);
    trial.answered(2, 7);
    assert_eq!(trial.checked(HeadersVerdict::Added, 20), [Action::Useful(A, 7 * 296)]);
    assert_eq!(trial.sync.wake_at(), None);
}

#[test]
fn a_lighter_or_equal_peer_is_not_asked() {
    let mut trial = Trial::new();
    assert_eq!(trial.up(A, 10), []);
    assert_eq!(trial.sync.wake_at(), None);
}

#[test]
fn claims_that_headers_do_not_bear_out_are_charged_and_taken_back() {
    for show in [0, 3] {
        let mut trial = Trial::new();
        trial.up(A, 20);
        let mut actions = trial.answered(1, show);
        if show > 0 {
            actions = trial.checked(HeadersVerdict::Added, 12);
        }
        assert!(actions.contains(&Action::Faulty(A, Fault::FalseTip)), "{actions:?}");
        assert_eq!(trial.sync.wake_at(), None, "nothing more is asked");
    }
}

/// What a peer tells at once overtakes what it answers.
#[test]
fn an_answer_that_is_older_than_the_claim_is_no_fault_and_the_rest_is_asked_for() {
    let announced = Event::Announced { link: A, tip: tip(21), header: Box::new(sealed(21)) };
    let told = Event::TipIs { link: A, tip: tip(21) };
    for newer in [announced, told.clone()] {
        let mut trial = Trial::new();
        trial.up(A, 20);
        assert_eq!(trial.event(newer), []);
        trial.answered(1, 3);
        let actions = trial.checked(HeadersVerdict::Added, 20);
        assert_eq!(actions, [Action::Useful(A, 3 * 296), Action::Ask(A, 2)]);
    }
    let mut trial = Trial::new();
    trial.up(A, 20);
    trial.answered(1, 3);
    trial.event(told.clone());
    let actions = trial.checked(HeadersVerdict::Added, 20);
    assert_eq!(actions, [Action::Useful(A, 3 * 296), Action::Ask(A, 2)]);
    // A new claim does not excuse the one that was asked about.
    let mut trial = Trial::new();
    trial.up(A, 10);
    trial.event(Event::TipIs { link: A, tip: tip(20) });
    trial.event(told);
    assert_eq!(trial.answered(1, 0), [Action::Faulty(A, Fault::FalseTip)]);
}

#[test]
fn an_invalid_header_of_a_peer_that_hung_up_is_charged() {
    let mut trial = Trial::new();
    trial.up(A, 20);
    trial.answered(1, 3);
    trial.event(Event::Down { link: A });
    let refused = HeadersVerdict::Refused { at: 0, reason: "seal".into() };
    assert_eq!(trial.checked(refused, 10), [Action::Faulty(A, Fault::InvalidHeader)]);
    assert_eq!(trial.checked(HeadersVerdict::Added, 10), []);
}

#[test]
fn invalid_headers_and_headers_without_a_parent_are_charged() {
    let refused = HeadersVerdict::Refused { at: 0, reason: "target".into() };
    for (verdict, fault) in [(refused, Fault::InvalidHeader), (HeadersVerdict::UnknownParent, Fault::FalseTip)] {
        let mut trial = Trial::new();
        trial.up(A, 20);
        trial.answered(1, 5);
        assert_eq!(trial.checked(verdict, 10), [Action::Faulty(A, fault)]);
    }
}

#[test]
fn headers_from_the_future_wait_and_cost_little() {
    let mut trial = Trial::new();
    trial.up(A, 20);
    trial.answered(1, 5);
    let actions = trial.checked(HeadersVerdict::Early { at: 2, until: 1030 }, 12);
    assert_eq!(actions, [Action::Faulty(A, Fault::Early)]);
    assert_eq!(trial.sync.wake_at(), Some(Time::START + Duration::from_secs(30)));
}

#[test]
fn headers_without_room_and_branches_for_an_operator_wait_and_nobody_is_charged() {
    let declined = HeadersVerdict::Declined { reason: "400 blocks deep".into() };
    for (verdict, wait) in [(HeadersVerdict::NoRoom, WAIT_FOR_ROOM), (declined, DECLINED)] {
        let mut trial = Trial::new();
        trial.up(A, 20);
        trial.answered(1, 5);
        assert_eq!(trial.checked(verdict, 12), []);
        assert_eq!(trial.sync.wake_at(), Some(Time::START + wait));
    }
}

#[test]
fn a_peer_that_does_not_answer_is_charged_and_left_alone() {
    let mut trial = Trial::new();
    trial.up(A, 20);
    trial.sent(1);
    trial.now = trial.sync.wake_at().expect("a deadline");
    assert_eq!(trial.event(Event::Wake), [Action::Faulty(A, Fault::Stalled)]);
    assert_eq!(trial.up(LinkId(2), 20), [Action::Ask(LinkId(2), 2)]);
    trial.event(Event::Down { link: LinkId(2) });
    // A late answer is no fault, a second one is.
    assert!(matches!(trial.answered(1, 5)[..], [Action::Check(..)]));
    assert_eq!(trial.answered(1, 5), [Action::Faulty(A, Fault::Unasked)]);
}

/// A locator may wait for blocks that are being checked.
#[test]
fn a_peer_has_its_time_from_when_the_question_is_sent() {
    let mut trial = Trial::new();
    trial.up(A, 20);
    assert_eq!(trial.sync.wake_at(), None);
    trial.now = Time::START + 2 * ANSWER_WITHIN;
    assert_eq!(trial.event(Event::Wake), []);
    trial.sent(1);
    assert_eq!(trial.sync.wake_at(), Some(trial.now + ANSWER_WITHIN));
    // Another question's time is not this one's.
    trial.now = Time::START + 3 * ANSWER_WITHIN;
    let other = Event::Sent { link: A, request: 2 };
    assert_eq!(trial.event(other), [Action::Faulty(A, Fault::Stalled)]);
}

#[test]
fn a_question_that_was_lost_is_asked_again() {
    let mut trial = Trial::new();
    trial.up(A, 20);
    trial.sent(1);
    trial.now = trial.sync.wake_at().expect("a deadline");
    trial.event(Event::Wake);
    trial.now = trial.sync.wake_at().expect("another try");
    assert_eq!(trial.event(Event::Wake), [Action::Ask(A, 2)]);
    assert!(matches!(trial.answered(2, 5)[..], [Action::Check(..)]));
}

#[test]
fn a_tip_that_a_peer_tells_is_a_claim() {
    let mut trial = Trial::new();
    trial.up(A, 10);
    assert_eq!(trial.event(Event::TipIs { link: A, tip: tip(11) }), [Action::Ask(A, 1)]);
}

#[test]
fn a_peer_that_declines_is_left_alone_and_not_charged() {
    let mut trial = Trial::new();
    trial.up(A, 20);
    assert_eq!(trial.event(Event::Declined { link: A, request: 1 }), []);
    trial.now = trial.sync.wake_at().expect("another try");
    assert_eq!(trial.event(Event::Wake), [Action::Ask(A, 2)]);
}

#[test]
fn few_peers_are_asked_at_once() {
    let mut trial = Trial::new();
    let asked: usize = (0..10).map(|n| trial.up(LinkId(n), 20).len()).sum();
    assert_eq!(asked, MAX_ASKED);
}

#[test]
fn an_announced_header_is_checked_at_once_and_its_gap_is_filled() {
    let mut trial = Trial::new();
    trial.up(A, 10);
    let announce = |work: u8| Event::Announced { link: A, tip: tip(work), header: Box::new(sealed(work)) };
    assert_eq!(trial.event(announce(11)), [Action::Check(A, vec![sealed(11)])]);
    // Another one meanwhile: it comes next.
    assert_eq!(trial.event(announce(12)), []);
    let actions = trial.checked(HeadersVerdict::Added, 11);
    assert_eq!(actions, [Action::Useful(A, 296), Action::Check(A, vec![sealed(12)])]);
    assert_eq!(trial.checked(HeadersVerdict::Added, 12), [Action::Useful(A, 296)]);
    trial.event(announce(20));
    assert_eq!(trial.checked(HeadersVerdict::UnknownParent, 12), [Action::Ask(A, 1)]);
    // Old news is not looked at; a header that is not the tip's is a fault.
    trial.answered(1, 3);
    trial.checked(HeadersVerdict::Added, 20);
    assert_eq!(trial.event(announce(20)), []);
    let wrong = Event::Announced { link: A, tip: tip(30), header: Box::new(sealed(31)) };
    assert_eq!(trial.event(wrong), [Action::Faulty(A, Fault::Unasked)]);
}
