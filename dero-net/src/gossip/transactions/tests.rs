use super::*;
use crate::{
    backend::Blame,
    message::{
        Text,
        wallet::{Reject, Rejection},
    },
    testing::SeededRng,
};

const A: LinkId = LinkId(1);
const B: LinkId = LinkId(2);

fn id(n: u64) -> [u8; 32] {
    let mut id = [7; 32];
    id[..8].copy_from_slice(&n.to_le_bytes());
    id
}

fn salt(link: LinkId) -> [u8; 32] {
    [u8::try_from(link.0).expect("small"); 32]
}

fn name(link: LinkId, n: u64) -> Name {
    Name::short(&salt(link), &id(n))
}

fn refused(n: Option<u64>, blame: Blame) -> Option<TransactionVerdict> {
    let rejection = Rejection { reason: Reject::BadProof, detail: Text::default() };
    Some(TransactionVerdict::Refused { id: n.map(id), rejection, blame })
}

fn accepted(n: u64) -> Option<TransactionVerdict> {
    Some(TransactionVerdict::Accepted { id: id(n) })
}

struct Trial {
    relay: TransactionRelay,
    now: Time,
    rng: SeededRng,
}

impl Trial {
    fn new() -> Self {
        let mut trial = Self { relay: TransactionRelay::new(), now: Time::START, rng: SeededRng::new(1) };
        [A, B].into_iter().for_each(|link| trial.up(link));
        trial
    }

    /// A peer on our branch.
    fn up(&mut self, link: LinkId) {
        assert_eq!(self.event(Event::Up { link, salt: salt(link) }), []);
        assert_eq!(self.event(Event::OnBranch { link, is: true }), []);
    }

    fn event(&mut self, event: Event) -> Vec<Action> {
        let mut out = Vec::new();
        self.relay.handle(self.now, &mut self.rng, event, &mut out);
        out
    }

    /// Moves on to the next thing that happens by itself.
    fn wake(&mut self) -> Vec<Action> {
        self.now = self.relay.wake_at().expect("something to wake for");
        self.event(Event::Wake)
    }

    fn announced(&mut self, link: LinkId, n: u64) -> Vec<Action> {
        self.event(Event::Announced { link, names: vec![name(link, n)] })
    }

    fn answered(&mut self, link: LinkId, n: u64) -> Vec<Action> {
        self.event(Event::Answered { link, name: name(link, n), bytes: Some(vec![0; 100]) })
    }

    fn checked(&mut self, link: LinkId, n: u64, verdict: Option<TransactionVerdict>) -> Vec<Action> {
        self.event(Event::Checked { link, name: name(link, n), verdict })
    }
}

#[test]
fn a_new_transaction_is_fetched_checked_and_passed_on_but_not_back() {
    let mut trial = Trial::new();
    assert_eq!(trial.announced(A, 1), [Action::Ask(A, vec![name(A, 1)])]);
    assert_eq!(trial.answered(A, 1), [Action::Check(A, name(A, 1), vec![0; 100])]);
    assert_eq!(trial.checked(A, 1, accepted(1)), [Action::Useful(A, 100)]);
    let began = trial.now;
    assert_eq!(trial.wake(), [Action::Announce(B, vec![name(B, 1)])]);
    assert!((500..2000).contains(&(trial.now.since(began).as_millis() as u64)));
    assert_eq!(trial.relay.wake_at(), None);
    let asked = Event::Asked { link: B, names: vec![name(B, 1)] };
    assert_eq!(trial.event(asked), [Action::Send(B, vec![(name(B, 1), Some(id(1)))])]);
}

#[test]
fn bytes_that_arrive_settle_the_names_of_others() {
    let mut trial = Trial::new();
    trial.announced(A, 1);
    // B announces the same transaction: its name waits for the bytes that are on their way.
    assert_eq!(trial.announced(B, 1), []);
    trial.answered(A, 1);
    assert_eq!(trial.checked(A, 1, accepted(1)), [Action::Useful(A, 100)]);
    // Nobody is told: both have it.
    assert_eq!(trial.relay.wake_at(), None);
    assert_eq!(trial.announced(B, 1), []);
}

/// What a peer tells at once overtakes what it answers.
#[test]
fn what_is_announced_again_is_asked_for_again_after_an_answer_that_it_is_gone() {
    for (again_first, late) in [(true, false), (true, true), (false, true)] {
        let mut trial = Trial::new();
        trial.announced(A, 1);
        if again_first {
            assert_eq!(trial.announced(A, 1), []);
        }
        if late {
            assert_eq!(trial.wake(), [Action::Faulty(A, Fault::Stalled)]);
        }
        if !again_first {
            assert_eq!(trial.announced(A, 1), []);
        }
        let gone = Event::Answered { link: A, name: name(A, 1), bytes: None };
        assert_eq!(trial.event(gone.clone()), [Action::Ask(A, vec![name(A, 1)])]);
        assert_eq!(trial.event(gone), [], "it is not announced a third time");
        assert_eq!(trial.relay.wake_at(), None);
    }
}

#[test]
fn a_name_does_not_wait_for_ever() {
    let mut trial = Trial::new();
    trial.announced(A, 1);
    trial.announced(B, 2);
    assert_eq!(trial.wake(), [Action::Ask(B, vec![name(B, 2)])]);
    assert_eq!(trial.now, Time::START + WAIT_FOR_OTHERS);
}

#[test]
fn a_peer_that_does_not_answer_is_charged_and_another_is_asked() {
    let mut trial = Trial::new();
    trial.announced(A, 1);
    trial.announced(B, 1);
    trial.wake();
    assert_eq!(trial.answered(B, 1), [Action::Check(B, name(B, 1), vec![0; 100])]);
    trial.checked(B, 1, accepted(1));
    while trial.now < Time::START + ANSWER_WITHIN {
        let actions = trial.wake();
        if trial.now == Time::START + ANSWER_WITHIN {
            assert_eq!(actions, [Action::Faulty(A, Fault::Stalled)]);
        }
    }
    // Better late than never, and no second fault.
    assert_eq!(trial.answered(A, 1), [Action::Check(A, name(A, 1), vec![0; 100])]);
}

#[test]
fn a_spoilt_copy_is_charged_and_the_good_one_is_taken() {
    let mut trial = Trial::new();
    trial.announced(A, 1);
    trial.announced(B, 1);
    trial.answered(A, 1);
    // Steps 1 and 2 failed: the bytes have no id, and nothing is remembered (attack 207).
    let actions = trial.checked(A, 1, refused(None, Blame::Sender));
    assert_eq!(actions, [Action::Faulty(A, Fault::InvalidTransaction)]);
    assert_eq!(trial.wake(), [Action::Ask(B, vec![name(B, 1)])]);
    trial.answered(B, 1);
    assert_eq!(trial.checked(B, 1, accepted(1)), [Action::Useful(B, 100)]);
    // The same peer may bring it again: its later copy is judged by its own bytes.
    let mut trial = Trial::new();
    for verdict in [refused(None, Blame::Sender), refused(Some(1), Blame::Sender), accepted(1)] {
        assert_eq!(trial.announced(A, 1), [Action::Ask(A, vec![name(A, 1)])]);
        trial.answered(A, 1);
        trial.checked(A, 1, verdict);
    }
}

#[test]
fn a_second_witness_of_a_known_transaction_is_no_fault() {
    // Attack 208: another wtxid, the same txid. The pool keeps the first and blames nobody.
    let mut trial = Trial::new();
    trial.announced(A, 2);
    trial.answered(A, 2);
    assert_eq!(trial.checked(A, 2, Some(TransactionVerdict::Known { id: id(1) })), []);
}

#[test]
fn what_was_not_asked_for_is_a_fault() {
    let mut trial = Trial::new();
    assert_eq!(trial.answered(A, 1), [Action::Faulty(A, Fault::Unasked)]);
    trial.announced(A, 1);
    trial.answered(A, 1);
    // A second answer, and another transaction than the one that was named.
    assert_eq!(trial.answered(A, 1), [Action::Faulty(A, Fault::Unasked)]);
    let actions = trial.checked(A, 1, accepted(9));
    assert_eq!(actions, [Action::Useful(A, 100), Action::Faulty(A, Fault::Unasked)]);
}

#[test]
fn only_what_was_announced_is_sent() {
    let mut trial = Trial::new();
    trial.event(Event::Added { id: id(1) });
    for name in [name(A, 1), Name::Full(id(1)), name(B, 1)] {
        let asked = Event::Asked { link: A, names: vec![name] };
        assert_eq!(trial.event(asked), [Action::Send(A, vec![(name, None)])], "before it was announced");
    }
}

#[test]
fn mined_transactions_are_forgotten_and_returned_ones_announced() {
    let mut trial = Trial::new();
    trial.event(Event::Added { id: id(1) });
    trial.wake();
    trial.wake();
    trial.event(Event::PoolIs { ids: vec![id(2)] });
    assert_eq!(trial.relay.known, BTreeSet::from([id(2)]));
    let peer = &trial.relay.peers[&A];
    assert_eq!((peer.names.len(), peer.announced.len(), peer.has.len()), (1, 0, 0));
    let asked = Event::Asked { link: A, names: vec![name(A, 1)] };
    assert_eq!(trial.event(asked), [Action::Send(A, vec![(name(A, 1), None)])]);
}

#[test]
fn a_new_peer_hears_of_everything() {
    let mut trial = Trial::new();
    for n in 0..MAX_NAMES as u64 + 5 {
        trial.event(Event::Added { id: id(n) });
    }
    let new = LinkId(3);
    trial.up(new);
    let mut batches = Vec::new();
    while trial.relay.wake_at().is_some() {
        batches.extend(trial.wake().into_iter().filter_map(|action| match action {
            Action::Announce(link, names) if link == new => Some(names.len()),
            _ => None,
        }));
    }
    assert_eq!(batches, [MAX_NAMES, 5]);
}

#[test]
fn a_peer_on_another_branch_is_neither_told_nor_asked() {
    let mut trial = Trial::new();
    trial.event(Event::OnBranch { link: B, is: false });
    trial.event(Event::Added { id: id(1) });
    assert_eq!(trial.wake(), [Action::Announce(A, vec![name(A, 1)])]);
    assert_eq!(trial.relay.wake_at(), None, "nothing is done about B");
    assert_eq!(trial.announced(B, 2), []);
    // More names than are kept are let go, and it is not the peer's fault that we do not ask.
    for batch in 1..6 {
        let names = (0..MAX_NAMES as u64).map(|n| name(B, batch * 10_000 + n)).collect();
        assert_eq!(trial.event(Event::Announced { link: B, names }), []);
    }
    assert_eq!(trial.relay.peers[&B].pending.len(), MAX_PENDING);
    trial.now = trial.now + Duration::from_secs(10);
    let actions = trial.event(Event::OnBranch { link: B, is: true });
    assert!(actions.contains(&Action::Announce(B, vec![name(B, 1)])), "{actions:?}");
    let asked = actions.iter().find_map(|action| match action {
        Action::Ask(B, names) => Some(names.len()),
        _ => None,
    });
    assert_eq!(asked, Some(MAX_IN_FLIGHT_PER_LINK));
}

#[test]
fn a_proof_of_another_branch_costs_little() {
    let mut trial = Trial::new();
    for (blame, faults) in [
        (Blame::Nobody, vec![]),
        (Blame::Branch, vec![Action::Faulty(A, Fault::OtherBranch)]),
        (Blame::Sender, vec![Action::Faulty(A, Fault::InvalidTransaction)]),
    ] {
        trial.announced(A, 1);
        trial.answered(A, 1);
        assert_eq!(trial.checked(A, 1, refused(Some(1), blame)), faults);
    }
}

#[test]
fn a_name_that_is_taken_is_announced_in_full() {
    let mut trial = Trial::new();
    trial.event(Event::Added { id: id(1) });
    // As if another transaction had the short name of the second one on this link.
    let short = name(A, 2);
    trial.relay.peers.get_mut(&A).expect("up").names.insert(short, id(1));
    trial.event(Event::Added { id: id(2) });
    let announced = [trial.wake(), trial.wake()].concat();
    let to_a = announced.iter().find_map(|action| match action {
        Action::Announce(A, names) => Some(names.clone()),
        _ => None,
    });
    assert!(to_a.expect("announced").contains(&Name::Full(id(2))));
}

#[test]
fn everything_that_peers_can_make_grow_is_capped() {
    let mut trial = Trial::new();
    for batch in 0..10 {
        let names = (0..MAX_NAMES as u64).map(|n| name(A, batch * 10_000 + n)).collect();
        let actions = trial.event(Event::Announced { link: A, names });
        assert_eq!(actions.contains(&Action::Faulty(A, Fault::Flood)), batch >= 4);
    }
    let peer = &trial.relay.peers[&A];
    assert_eq!((peer.pending.len(), peer.in_flight()), (MAX_PENDING, MAX_IN_FLIGHT_PER_LINK));
    for n in 0..2 * MAX_IN_FLIGHT as u64 {
        let link = LinkId(10 + n);
        trial.up(link);
        trial.event(Event::Announced { link, names: (0..50).map(|n| name(link, n)).collect() });
    }
    trial.now = trial.now + WAIT_FOR_OTHERS;
    trial.event(Event::Wake);
    assert_eq!(trial.relay.in_flight(), MAX_IN_FLIGHT);
}
