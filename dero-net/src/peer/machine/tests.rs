use super::{super::score::BAN_AT, *};
use crate::{testing::SeededRng, transport::HostPort};

const OWN: PeerId = PeerId([0x80; 32]);

struct Trial {
    manager: PeerManager<HostPort>,
    now: Time,
    rng: SeededRng,
    next: u64,
}

fn peer(n: u64) -> PeerId {
    let mut id = [0; 32];
    id[24..].copy_from_slice(&n.to_be_bytes());
    PeerId(id)
}

fn address(host: &str, n: u64) -> Pinned<HostPort> {
    Pinned { place: format!("{host}:1").parse().expect("an address"), peer: peer(n) }
}

impl Trial {
    fn new(limits: Limits, peers: Vec<Pinned<HostPort>>) -> Self {
        Self {
            manager: PeerManager::new(limits, Some(OWN), peers),
            now: Time::START,
            rng: SeededRng::new(1),
            next: 0,
        }
    }

    fn event(&mut self, event: Event<HostPort>) -> Vec<Action<HostPort>> {
        let mut out = Vec::new();
        self.manager.handle(self.now, &mut self.rng, event, &mut out);
        out
    }

    fn connect(&mut self, host: &str, peer: PeerId, direction: Direction) -> (LinkId, Vec<Action<HostPort>>) {
        self.next += 1;
        let link = LinkId(self.next);
        let origin = Origin::of_ip(host.parse().expect("an ip"));
        (link, self.event(Event::Connected { link, peer, origin, direction }))
    }

    /// Connects and greets; the link if it was opened.
    fn open(&mut self, host: &str, peer: PeerId, direction: Direction, role: Role) -> Result<LinkId, CloseReason> {
        let (link, mut actions) = self.connect(host, peer, direction);
        actions.extend(self.event(Event::Greeted { link, role, listen: None }));
        match actions.iter().find(|action| matches!(action, Action::Close(closed, _) if *closed == link)) {
            Some(Action::Close(_, reason)) => Err(*reason),
            _ => {
                assert!(actions.contains(&Action::Open(link)), "{actions:?}");
                Ok(link)
            }
        }
    }
}

#[test]
fn outbound_links_are_dialled_up_to_the_limit_and_one_to_a_group() {
    let mut trial = Trial::new(Limits::public(), vec![address("10.0.0.1", 1), address("10.0.0.2", 2)]);
    let (link, _) = trial.connect("10.99.0.1", peer(99), Direction::Outbound);
    trial.event(Event::Greeted { link, role: Role::Node, listen: None });
    trial.event(Event::AddressesTold {
        link,
        list: (0..60).map(|n| address(&format!("10.{}.0.1", n / 3 + 1), 100 + n)).collect(),
    });
    let dialled: Vec<Origin> = trial.manager.dialling.values().map(|(_, origin)| origin.clone()).collect();
    // The operator's two are dialled although they are neighbours.
    assert_eq!(dialled.len() + 1, 12);
    let groups: std::collections::BTreeSet<_> = dialled.iter().map(|origin| &origin.group).collect();
    assert_eq!(groups.len(), dialled.len() - 1);
}

#[test]
fn the_operators_peers_are_dialled_again_and_again() {
    let mut trial = Trial::new(Limits::public(), vec![address("10.0.0.1", 1)]);
    assert_eq!(trial.event(Event::Wake), [Action::Dial(address("10.0.0.1", 1))]);
    for _ in 0..30 {
        assert_eq!(trial.event(Event::DialFailed { peer: peer(1) }), []);
        trial.now = trial.manager.wake_at().expect("a time to try again");
        assert_eq!(trial.event(Event::Wake), [Action::Dial(address("10.0.0.1", 1))]);
    }
    assert!(trial.now.since(Time::START) < Duration::from_secs(30 * 31));
    let (link, actions) = trial.connect("10.0.0.1", peer(1), Direction::Outbound);
    assert_eq!(actions, [Action::Greet(link)]);
    trial.event(Event::Greeted { link, role: Role::Node, listen: None });
    trial.event(Event::Closed { link });
    trial.now = trial.manager.wake_at().expect("a time to try again");
    assert_eq!(trial.event(Event::Wake), [Action::Dial(address("10.0.0.1", 1))]);
}

#[test]
fn inbound_links_are_limited_by_host_group_and_number() {
    let mut trial = Trial::new(Limits::public(), vec![]);
    let inbound = Direction::Inbound;
    assert!(trial.open("10.1.0.1", peer(1), inbound, Role::Node).is_ok());
    let second = trial.open("10.1.0.1", peer(2), inbound, Role::Node);
    assert_eq!(second, Err(CloseReason::TooMany("from one host")));
    for n in 2..5 {
        assert!(trial.open(&format!("10.1.0.{n}"), peer(n), inbound, Role::Node).is_ok());
    }
    let fifth = trial.open("10.1.0.5", peer(5), inbound, Role::Node);
    assert_eq!(fifth, Err(CloseReason::TooMany("from one neighbourhood")));
    for n in 0..60 {
        assert!(trial.open(&format!("10.{}.1.{n}", 10 + n / 4), peer(10 + n), inbound, Role::Node).is_ok());
    }
    // All 64 places are taken. A newcomer from elsewhere takes one of a crowded group, one from a crowd does not.
    assert!(trial.open("10.200.0.1", peer(500), inbound, Role::Node).is_ok());
    assert_eq!(trial.manager.links.len(), 64);
    for n in 0..2 {
        assert!(trial.open(&format!("10.200.0.{}", n + 2), peer(501 + n), inbound, Role::Node).is_ok());
    }
    let crowd = trial.open("10.200.0.9", peer(600), inbound, Role::Node);
    assert_eq!(crowd, Err(CloseReason::TooMany("inbound")));
    // Wallets have places of their own.
    assert!(trial.open("10.200.0.9", peer(601), inbound, Role::Wallet).is_ok());
}

#[test]
fn the_least_useful_link_of_the_most_crowded_group_goes() {
    let limits = Limits { inbound: 3, ..Limits::public() };
    let mut trial = Trial::new(limits, vec![]);
    let inbound = Direction::Inbound;
    let useful = trial.open("10.1.0.1", peer(1), inbound, Role::Node).expect("open");
    let useless = trial.open("10.1.0.2", peer(2), inbound, Role::Node).expect("open");
    let alone = trial.open("10.2.0.1", peer(3), inbound, Role::Node).expect("open");
    trial.event(Event::Useful { link: useful, bytes: 10 });
    let new = trial.open("10.3.0.1", peer(4), inbound, Role::Node).expect("open");
    let left: Vec<_> = trial.manager.links.keys().copied().collect();
    assert_eq!(left, [useful, alone, new]);
    assert!(!left.contains(&useless));
}

#[test]
fn wallets_are_limited() {
    let mut trial = Trial::new(Limits { wallets: 2, ..Limits::local() }, vec![]);
    for n in 0..2 {
        assert!(trial.open("10.1.0.1", peer(n), Direction::Inbound, Role::Wallet).is_ok());
    }
    let third = trial.open("10.1.0.1", peer(9), Direction::Inbound, Role::Wallet);
    assert_eq!(third, Err(CloseReason::TooMany("of wallets")));
}

#[test]
fn links_that_do_not_greet_are_limited_and_end() {
    let mut trial = Trial::new(Limits { inbound: 1, wallets: 1, ..Limits::public() }, vec![]);
    let mut refused = 0;
    for n in 0..10 {
        let (link, actions) = trial.connect(&format!("10.{n}.0.1"), peer(n), Direction::Inbound);
        refused += usize::from(actions == [Action::Close(link, CloseReason::TooMany("in all"))]);
    }
    assert_eq!(refused, 7);
    trial.now = trial.manager.wake_at().expect("a time");
    assert_eq!(trial.now, Time::START + Limits::public().greeting + REPORT_WITHIN);
    let actions = trial.event(Event::Wake);
    assert_eq!(actions.iter().filter(|a| matches!(a, Action::Close(_, CloseReason::Silent))).count(), 3);
}

#[test]
fn two_nodes_that_dial_each_other_keep_the_same_link() {
    // The other side's key is smaller: its dial stays. Then ours: ours stays. In either order of events.
    for (other, kept) in [(peer(1), Direction::Inbound), (PeerId([0xff; 32]), Direction::Outbound)] {
        for order in [[Direction::Inbound, Direction::Outbound], [Direction::Outbound, Direction::Inbound]] {
            let mut trial = Trial::new(Limits::public(), vec![]);
            for direction in order {
                trial.connect("10.1.0.1", other, direction);
            }
            let left: Vec<_> = trial.manager.links.values().map(|held| held.direction).collect();
            assert_eq!(left, [kept], "{order:?}");
        }
    }
}

#[test]
fn a_peer_that_comes_back_replaces_its_dead_link() {
    let mut trial = Trial::new(Limits::public(), vec![]);
    let old = trial.open("10.1.0.1", peer(1), Direction::Inbound, Role::Node).expect("open");
    let (new, actions) = trial.connect("10.1.0.1", peer(1), Direction::Inbound);
    assert_eq!(actions, [Action::Close(old, CloseReason::Duplicate), Action::Greet(new)]);
}

/// A peer that lost power calls while the link that we dialled seems to stand.
#[test]
fn a_link_that_another_one_gives_way_to_is_pinged() {
    let mut trial = Trial::new(Limits::public(), vec![]);
    let other = PeerId([0xff; 32]);
    let held = trial.open("10.1.0.1", other, Direction::Outbound, Role::Node).expect("open");
    for first in [true, false] {
        let (link, mut actions) = trial.connect("10.1.0.1", other, Direction::Inbound);
        assert_eq!(actions.pop(), Some(Action::Close(link, CloseReason::Duplicate)));
        // One ping is on its way.
        assert_eq!(actions.len(), usize::from(first));
        assert!(actions.iter().all(|action| matches!(action, Action::Ping(pinged, _) if *pinged == held)));
    }
}

#[test]
fn a_node_does_not_talk_to_itself() {
    let own = Pinned { place: "10.1.0.1:1".parse().expect("an address"), peer: OWN };
    let mut trial = Trial::new(Limits::public(), vec![own]);
    assert_eq!(trial.event(Event::Wake), []);
    let (link, actions) = trial.connect("10.1.0.1", OWN, Direction::Inbound);
    assert_eq!(actions, [Action::Close(link, CloseReason::Myself)]);
}

#[test]
fn faults_add_up_to_a_ban_of_key_and_host() {
    let mut trial = Trial::new(Limits::public(), vec![]);
    let link = trial.open("10.1.0.1", peer(1), Direction::Inbound, Role::Node).expect("open");
    let charged = |fault, score, banned| Action::Charged(Charge { peer: peer(1), fault, score, banned });
    for count in 1..BAN_AT / Fault::Unasked.weight() {
        let actions = trial.event(Event::Faulty { link, fault: Fault::Unasked });
        assert_eq!(actions, [charged(Fault::Unasked, count * Fault::Unasked.weight(), false)]);
    }
    let actions = trial.event(Event::Faulty { link, fault: Fault::Unasked });
    assert_eq!(actions, [charged(Fault::Unasked, BAN_AT, true), Action::Close(link, CloseReason::Banned)]);
    for (host, peer) in [("10.1.0.1", peer(2)), ("10.9.0.1", peer(1))] {
        let (link, actions) = trial.connect(host, peer, Direction::Inbound);
        assert_eq!(actions, [Action::Close(link, CloseReason::Banned)]);
    }
    assert_eq!(trial.manager.banned(), 2);
    // On one machine hosts are not charged: everybody has the same.
    let mut trial = Trial::new(Limits::local(), vec![]);
    let link = trial.open("127.0.0.1", peer(1), Direction::Inbound, Role::Node).expect("open");
    trial.event(Event::Faulty { link, fault: Fault::InvalidBlock });
    assert!(trial.open("127.0.0.1", peer(2), Direction::Inbound, Role::Node).is_ok());
}

#[test]
fn a_peer_that_hangs_up_before_the_verdict_is_charged() {
    let mut trial = Trial::new(Limits::public(), vec![]);
    let mut links = Vec::new();
    for _ in 0..3 {
        let link = trial.open("10.1.0.1", peer(1), Direction::Inbound, Role::Node).expect("open");
        trial.event(Event::Closed { link });
        links.push(link);
    }
    // It is back, and so is its neighbour at the same host.
    let back = trial.open("10.1.0.1", peer(1), Direction::Inbound, Role::Wallet).expect("open");
    let neighbour = trial.open("10.1.0.1", peer(3), Direction::Inbound, Role::Wallet).expect("open");
    let elsewhere = trial.open("10.1.0.2", peer(4), Direction::Inbound, Role::Wallet).expect("open");
    let of_host = [&links[..], &[back, neighbour]].concat();
    for (place, link) in links.iter().enumerate() {
        let actions = trial.event(Event::Faulty { link: *link, fault: Fault::InvalidTransaction });
        assert!(matches!(actions[0], Action::Charged(Charge { banned, .. }) if banned == (place == 2)));
        let reached = if place == 2 { &of_host[..] } else { &[] };
        let closed: Vec<_> = reached.iter().map(|link| Action::Close(*link, CloseReason::Banned)).collect();
        assert_eq!(actions[1..], closed, "the ban reaches what ended and what is open");
    }
    assert!(trial.manager.has(elsewhere));
    assert_eq!(trial.manager.banned(), 2, "its key and its host");
    assert_eq!(trial.event(Event::Faulty { link: links[0], fault: Fault::InvalidTransaction }), []);
    let again = trial.open("10.1.0.1", peer(2), Direction::Inbound, Role::Node);
    assert_eq!(again, Err(CloseReason::Banned));
    // The list is capped.
    for n in 0..2 * MAX_ENDED as u64 {
        let host = format!("10.{}.{}.1", 2 + n / 200, n % 200);
        let link = trial.open(&host, peer(10 + n), Direction::Inbound, Role::Wallet).expect("open");
        trial.event(Event::Closed { link });
    }
    assert_eq!(trial.manager.ended.len(), MAX_ENDED);
}

#[test]
fn links_that_never_greeted_push_nobody_out_of_memory() {
    let mut trial = Trial::new(Limits::public(), vec![]);
    let link = trial.open("10.1.0.1", peer(1), Direction::Inbound, Role::Wallet).expect("open");
    trial.event(Event::Closed { link });
    for n in 0..MAX_ENDED as u64 {
        let (link, _) = trial.connect("10.2.0.1", peer(10 + n), Direction::Inbound);
        trial.event(Event::Closed { link });
    }
    let actions = trial.event(Event::Faulty { link, fault: Fault::InvalidTransaction });
    assert!(matches!(actions[..], [Action::Charged(Charge { peer: charged, .. })] if charged == peer(1)));
}

#[test]
fn what_is_no_message_ends_the_link_at_once() {
    let mut trial = Trial::new(Limits::public(), vec![]);
    let link = trial.open("10.1.0.1", peer(1), Direction::Inbound, Role::Node).expect("open");
    let actions = trial.event(Event::Faulty { link, fault: Fault::Malformed });
    assert_eq!(actions[1..], [Action::Close(link, CloseReason::Faulty(Fault::Malformed))]);
}

#[test]
fn silent_peers_are_pinged_and_then_left() {
    let mut trial = Trial::new(Limits::public(), vec![]);
    let link = trial.open("10.1.0.1", peer(1), Direction::Inbound, Role::Node).expect("open");
    trial.now = trial.manager.wake_at().expect("a time");
    let actions = trial.event(Event::Wake);
    let [Action::Ping(_, nonce)] = actions[..] else { panic!("{actions:?}") };
    trial.now = trial.now + Duration::from_millis(80);
    trial.event(Event::Heard { link });
    trial.event(Event::Pong { link, nonce });
    assert_eq!(trial.manager.status()[0].latency, Some(Duration::from_millis(80)));
    trial.now = trial.manager.wake_at().expect("a time");
    assert!(matches!(trial.event(Event::Wake)[..], [Action::Ping(..)]));
    trial.now = trial.manager.wake_at().expect("a time");
    assert_eq!(trial.event(Event::Wake), [Action::Close(link, CloseReason::Silent)]);
}

#[test]
fn addresses_are_told_in_halves_and_not_too_often() {
    let mut trial = Trial::new(Limits::public(), vec![]);
    let (link, _) = trial.connect("10.1.0.1", peer(1), Direction::Outbound);
    let actions = trial.event(Event::Greeted { link, role: Role::Node, listen: None });
    assert!(actions.contains(&Action::AskAddresses(link)));
    let list: Vec<_> = (0..200).map(|n| address(&format!("h{n}"), 100 + n)).collect();
    trial.event(Event::AddressesTold { link, list: list.clone() });
    assert_eq!(trial.manager.addresses().len(), 200);
    let actions = trial.event(Event::AddressesAsked { link });
    let [Action::TellAddresses(_, told)] = &actions[..] else { panic!("{actions:?}") };
    assert_eq!(told.len(), 100);
    assert_eq!(trial.event(Event::AddressesAsked { link }), []);
    trial.now = trial.now + ADDRESSES_EVERY;
    let actions = trial.event(Event::AddressesAsked { link });
    assert!(actions.iter().any(|action| matches!(action, Action::TellAddresses(..))));
    // What was not asked for is a fault and is not read.
    trial.event(Event::AddressesTold { link, list: vec![address("new", 7)] });
    assert_eq!(trial.manager.addresses().len(), 200);
    assert_eq!(trial.manager.status()[0].faults, Fault::Unasked.weight());
}

#[test]
fn a_restarted_node_dials_its_anchors_before_those_who_flooded_the_book() {
    let mut before = Trial::new(Limits::public(), vec![]);
    for n in 1..=3 {
        let listen = Some(address(&format!("10.{n}.0.1"), n).place);
        before.now = before.now + Duration::from_secs(1);
        let (link, _) = before.connect(&format!("10.{n}.0.1"), peer(n), Direction::Outbound);
        before.event(Event::Greeted { link, role: Role::Node, listen });
    }
    for n in 100..4_000 {
        before.manager.book.learn(before.now, address(&format!("{}.{}.0.1", 20 + n / 200, n % 200), n));
    }
    let known = before.manager.addresses();
    assert_eq!(known[..3].iter().map(|known| known.peer).collect::<Vec<_>>(), [peer(1), peer(2), peer(3)]);

    let mut after = Trial::new(Limits::public(), vec![]);
    after.manager.remember(known);
    let dialled: Vec<_> = after.event(Event::Wake);
    let first =
        |n: usize| matches!(&dialled[n], Action::Dial(address) if [peer(1), peer(2)].contains(&address.peer));
    assert!(first(0) && first(1), "{dialled:?}");
    assert_eq!(dialled.len(), Limits::public().outbound);
    // Stopped again before anybody answered, it begins with the same two.
    assert!(after.manager.addresses()[..2].iter().all(|known| [peer(1), peer(2)].contains(&known.peer)));
}
