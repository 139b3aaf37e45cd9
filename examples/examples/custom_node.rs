//! How do I build a node with a proof of work and a store of my own?
//!
//! Put them where the ordinary ones stand. Two nodes of this kind follow each other over TLS; an ordinary node refuses
//! their blocks. A part that is missing is a compile error that names the trait to implement.
//!
//! ```sh
//! cargo run --release -p dero-examples --example custom_node
//! ```

use std::sync::{Arc, atomic::AtomicU64, atomic::Ordering::Relaxed};

use dero_crypto::keys::{AddressIndex, MasterSecret};
use dero_ledger::{
    block::{BlockId, BlockRef},
    chain::{Chain, ChainOptions, pool::PoolLimits},
    consensus::{Blake3, PowAlgorithm, ProofOfWork, search},
    execution::NoContracts,
    params::{NEVER, Network, NetworkRows},
    store::{BlockChanges, ChainStore, MemoryStore, StoreError},
    testing::check_store,
};
use dero_net::{
    clock::SystemClock,
    ledger::LedgerBackend,
    node::{Node, NodeOptions},
    peer::Limits,
    transport::{HostPort, Pinned, identity::Identity, tcp},
};
use sha2::{Digest as _, Sha256};

/// A proof of work of one's own: SHA-256, twice, with no keys that change.
struct DoubleSha;

impl PowAlgorithm for DoubleSha {
    const ROW: u64 = 0;
    fn hash(&self, _key: &BlockId, input: &[u8; 40]) -> [u8; 32] {
        Sha256::digest(Sha256::digest(input)).into()
    }
}

/// A store of one's own, which counts what it writes.
#[derive(Default)]
struct Counting(MemoryStore, AtomicU64);

impl ChainStore for Counting {
    type View = <MemoryStore as ChainStore>::View;
    fn view(&self) -> Result<Self::View, StoreError> {
        self.0.view()
    }
    fn commit(&self, changes: &BlockChanges) -> Result<(), StoreError> {
        self.1.fetch_add(1, Relaxed);
        self.0.commit(changes)
    }
    fn revert(&self) -> Result<Option<BlockRef>, StoreError> {
        self.0.revert()
    }
}

type Address = Pinned<HostPort>;
type Failure = Box<dyn std::error::Error + Send + Sync>;
type Ledger<P> = Arc<LedgerBackend<Counting, ProofOfWork<P>, NoContracts>>;

async fn start<P: PowAlgorithm>(hash: P, peers: Vec<Address>) -> Result<(Ledger<P>, Node<HostPort>), Failure> {
    let (easy, clock, rng) = (0x207f_ffff, SystemClock::new(), rand::make_rng::<rand::rngs::StdRng>());
    let rows = NetworkRows { first_target: easy, target_limit: easy, contracts_from: NEVER, ..NetworkRows::DEV };
    let network = Network::dev("sha", NetworkRows { assets_from: NEVER, ..rows }, 1_764_000_000, vec![])?;
    let chain = Chain::open(Counting::default(), network, ProofOfWork(hash), NoContracts, ChainOptions::default())?;
    let ledger = Arc::new(LedgerBackend::new(chain, PoolLimits::default(), clock, rand::rng));
    let identity = Identity::generate(&mut rand::rng())?;
    let transport = tcp::TcpTransport::listen("127.0.0.1:0".parse()?, identity, tcp::TcpOptions::local()).await?;
    let options = NodeOptions { peers, known: vec![], limits: Limits::local() };
    let node = Node::start(transport, Arc::clone(&ledger), clock, options, rng)?;
    Ok((ledger, node))
}

#[tokio::main]
pub(crate) async fn main() -> Result<(), Failure> {
    check_store(Counting::default)?;
    let (first, node) = start(DoubleSha, vec![]).await?;
    let peers = vec![node.reachable().cloned().ok_or("it listens")?];
    let (second, follower) = start(DoubleSha, peers.clone()).await?;
    let (ordinary, stranger) = start(Blake3, peers).await?;
    let (mut followed, mut charged) = (follower.events(), stranger.events());
    let address = MasterSecret::random(&mut rand::rng()).audit_key().address_key().address(AddressIndex(0));
    for _ in 0..64 {
        let (chain, now, rng) = (first.chain(), dero_examples::unix_time(), &mut rand::rng());
        let block = chain.template(first.pool(), &[address], now, rng)?;
        let nonce = search(&DoubleSha, &block.key, &block.id(), &block.target, 0..).ok_or("no nonce")?;
        first.take_block(&block.seal(nonce))?;
    }
    node.changed().await;
    while second.chain().tip().header() != first.chain().tip().header() || ordinary.refused().0 == 0 {
        tokio::select! { _ = followed.recv() => {}, _ = charged.recv() => {} }
    }
    let (tip, written) = (second.chain().tip().block(), second.chain().store().1.load(Relaxed));
    println!("the second node follows to {tip:?}, and its store wrote {written} blocks");
    println!("an ordinary node refuses: {}", ordinary.refused().1.ok_or("it refused a block")?.reason);
    Ok(())
}
