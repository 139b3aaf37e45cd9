//! Both transports keep the contract; broken ones are named (acceptance C2).

use dero_net::{
    testing::{Check, patient_tcp, transport_conformance},
    transport::{
        PeerId,
        identity::Identity,
        memory::{Faults, MemoryNetwork, MemoryTransport},
        tcp::TcpTransport,
    },
};

async fn memory_pair(faults: Faults) -> (MemoryTransport, MemoryTransport) {
    let network = MemoryNetwork::new();
    (network.join(PeerId([1; 32])).with_faults(faults), network.join(PeerId([2; 32])))
}

async fn tcp() -> TcpTransport {
    let identity = Identity::generate(&mut rand::rng()).expect("identity");
    TcpTransport::listen("127.0.0.1:0".parse().expect("address"), identity, patient_tcp()).await.expect("port")
}

#[tokio::test]
async fn the_memory_transport_keeps_the_contract() {
    assert_eq!(transport_conformance(|| memory_pair(Faults::default())).await, Ok(()));
}

#[tokio::test]
async fn the_tcp_transport_keeps_the_contract() {
    assert_eq!(transport_conformance(|| async { (tcp().await, tcp().await) }).await, Ok(()));
}

#[tokio::test]
async fn every_broken_transport_is_named() {
    let broken = [
        (Faults { lose_every: 50, ..Faults::default() }, Check::NothingLost),
        (Faults { repeat_every: 50, ..Faults::default() }, Check::NothingRepeated),
        (Faults { swap_every: 60, ..Faults::default() }, Check::InOrder),
        (Faults { cut_every: 50, ..Faults::default() }, Check::Unchanged),
        (Faults { flip_every: 50, ..Faults::default() }, Check::Unchanged),
        (Faults { accept_any_peer: true, ..Faults::default() }, Check::WrongPeerRefused),
    ];
    for (faults, expected) in broken {
        let failed = transport_conformance(|| memory_pair(faults)).await.expect_err("a broken transport");
        assert_eq!(failed.check, expected, "{failed}");
        println!("{faults:?}\n  {failed}");
    }
}
