//! How does an app of my own hold a node and a wallet in one process?
//!
//! The node keeps its chain in redb, answers peers over TLS and mines; the wallet asks the same chain without a link.
//! To show that nothing is lost, the app is started in processes of its own that end in the middle of whatever they
//! are writing, and is opened again after each.
//!
//! ```sh
//! cargo run --release -p dero-examples --example embed
//! ```

use std::{env, error::Error, fs, path::Path, process::Command, sync::Arc, thread, time::Duration};

use dero_crypto::{
    asset::AssetId,
    keys::{AddressIndex, MasterSecret},
    network::NetworkKind,
};
use dero_ledger::{
    chain::{Chain, ChainOptions, pool::PoolLimits},
    consensus::{Blake3, ProofOfWork, search},
    execution::NoContracts,
    params::{Allocation, NEVER, Network, NetworkRows},
    source::ChainSource as _,
    store::{MemoryStore, RedbStore, StoreView as _},
};
use dero_net::{
    clock::{Clock as _, SystemClock},
    ledger::LedgerBackend,
    node::{Node, NodeOptions},
    peer::Limits,
    transport::{
        HostPort,
        identity::Identity,
        tcp::{TcpOptions, TcpTransport},
    },
};
use dero_wallet_core::{
    signer::MemorySigner,
    spend::{PayTo, SpendRequest},
    store::{MemoryPersister, RedbPersister},
    wallet::Wallet,
};
use rand::{Rng as _, rngs::StdRng};

type Failure = Box<dyn Error + Send + Sync>;
type Ledger = LedgerBackend<RedbStore, ProofOfWork<Blake3>, NoContracts>;

/// Where the app works that will be cut off.
pub(crate) const FOLDER: &str = "DERO_EXAMPLE_EMBED_FOLDER";
const CUTS: usize = 8;

/// The owner's secret. An app asks for words, or opens a wallet's file with a passphrase.
fn master() -> MasterSecret {
    MasterSecret::from_bytes([7; 32])
}

/// A network of one's own: whoever has the same rows, time and genesis is on it.
fn network() -> Result<Network, Failure> {
    let address = master().audit_key().address_key().address(AddressIndex(0)).to_text(NetworkKind::Dev);
    let enote = |seed| Allocation { address: address.clone(), amount: 1_000_000_000, seed: [seed; 16] };
    let rows = NetworkRows {
        m: 4,
        maturity: 3,
        coinbase_maturity: 5,
        first_target: 0x207f_ffff,
        target_limit: 0x207f_ffff,
        assets_from: NEVER,
        contracts_from: NEVER,
        ..NetworkRows::DEV
    };
    Ok(Network::dev("embedded", rows, 1_764_000_000, (0..20).map(enote).collect())?)
}

/// The app: everything it has is in its folder.
struct App {
    ledger: Arc<Ledger>,
    node: Node<HostPort>,
    wallet: Wallet<RedbPersister<StdRng>>,
    clock: SystemClock,
}

impl App {
    async fn open(folder: &Path) -> Result<Self, Failure> {
        let (network, clock) = (network()?, SystemClock::new());
        fs::create_dir_all(folder.join("chain"))?;
        let store = RedbStore::open(folder.join("chain"), network.id())?;
        let chain = Chain::open(store, network.clone(), ProofOfWork(Blake3), NoContracts, ChainOptions::default())?;
        let ledger = Arc::new(LedgerBackend::new(chain, PoolLimits::default(), clock, rand::rng));

        let identity = Identity::load_or_create(&folder.join("node.key"), &mut rand::rng())?;
        let transport = TcpTransport::listen("127.0.0.1:0".parse()?, identity, TcpOptions::local()).await?;
        let options = NodeOptions { peers: vec![], known: vec![], limits: Limits::local() };
        let node = Node::start(transport, Arc::clone(&ledger), clock, options, rand::make_rng::<StdRng>())?;

        let rows = RedbPersister::open(&folder.join("wallet.state"), [9; 32].into(), rand::make_rng::<StdRng>())?;
        let wallet = Wallet::open(Arc::new(network), master().audit_key(), rows, ProofOfWork(Blake3))?;
        Ok(Self { ledger, node, wallet, clock })
    }

    /// Finds a block that pays the wallet, and tells peers.
    async fn mine(&self) -> Result<(), Failure> {
        let (chain, address) = (self.ledger.chain(), self.wallet.address(AddressIndex(1)));
        let template = chain.template(self.ledger.pool(), &[address], self.clock.unix(), &mut rand::rng())?;
        let nonce = search(&Blake3, &template.key, &template.id(), &template.target, 0..);
        self.ledger.take_block(&template.seal(nonce.ok_or("no nonce fits")?))?;
        self.node.changed().await;
        Ok(())
    }

    async fn follow(&mut self) -> Result<u128, Failure> {
        // Blocks of this network may be found faster than its clock runs.
        self.wallet.sync(&*self.ledger, self.clock.unix() + 3600, |_| ()).await?;
        Ok(self.wallet.balance(&AssetId::NATIVE).total())
    }

    async fn pay(&mut self, amount: u64) -> Result<(), Failure> {
        let rng = &mut rand::rng();
        let to = self.wallet.address(AddressIndex(2));
        let request = SpendRequest::new([PayTo::native(to, amount)]);
        let proposal = self.wallet.propose(&request, self.clock.unix(), true, rng)?;
        let mut signer = MemorySigner::new(&master(), rand::make_rng::<StdRng>());
        let signed = self.wallet.sign(proposal, &mut signer, rng)?;
        Ok(self.ledger.submit(signed.bytes()).await?)
    }
    async fn work(mut self) -> Result<(), Failure> {
        for round in 0_u64.. {
            // Six blocks move the chain's time by a second, and a minute ahead is refused: a fast disk is slowed down.
            let ahead = self.ledger.chain().tip().header().timestamp.saturating_sub(self.clock.unix() + 30);
            tokio::time::sleep(Duration::from_millis(50 * ahead)).await;
            self.mine().await?;
            self.follow().await?;
            if round % 4 == 3 {
                self.pay(1_000).await?;
            }
        }
        Ok(())
    }

    /// Everything on the disk is whole: each block holds when it is checked again from genesis, and the wallet has
    /// what a wallet finds that scans from genesis.
    async fn check(&mut self) -> Result<(u64, u128), Failure> {
        let (chain, now, engine) = (self.ledger.chain(), self.clock.unix(), ProofOfWork(Blake3));
        let again = Chain::open(MemoryStore::new(), network()?, engine, NoContracts, ChainOptions::default())?;
        let tip = chain.tip();
        for (header, _) in tip.view().headers(1..tip.next_height())? {
            let id = dero_ledger::block::Header::from_bytes(&header).id();
            again.add_block(&chain.block(&id)?.ok_or("a block is lost")?, now, &mut rand::rng())?;
        }
        if again.tip().header() != tip.header() {
            return Err("checked again, the chain has another tip or state".into());
        }
        let balance = self.follow().await?;
        let mut fresh = Wallet::open(Arc::new(network()?), master().audit_key(), MemoryPersister::new(), engine)?;
        fresh.sync(&*self.ledger, now + 3600, |_| ()).await?;
        if fresh.enotes().count() != self.wallet.enotes().count()
            || fresh.balance(&AssetId::NATIVE).total() != balance
        {
            return Err("the wallet has other enotes than one that scans from genesis".into());
        }
        Ok((tip.block().height, balance))
    }
}

/// Starts the app in processes that are cut off, and opens what they leave. `this` starts this program again.
pub(crate) async fn story(mut this: impl FnMut() -> Result<Command, Failure>) -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let (mut last, mut blocks) = (0, Vec::new());
    for cut in 0..CUTS {
        let status = this()?.env(FOLDER, folder.path()).status()?;
        if status.code().is_some() {
            return Err(format!("the app ended by itself: {status}").into());
        }
        let mut app = App::open(folder.path()).await?;
        let (height, balance) = app.check().await?;
        app.node.stop().await;
        if height <= last {
            return Err(format!("blocks are lost: height {height} after {last} and a block").into());
        }
        println!("cut {}: reopened clean at height {height}, balance {balance}", cut + 1);
        blocks.push(height - last);
        last = height;
    }
    println!("cut off {CUTS} times while it wrote, reopened clean each time; blocks between: {blocks:?}");
    Ok(())
}

#[tokio::main]
pub(crate) async fn main() -> Result<(), Failure> {
    let Some(folder) = env::var_os(FOLDER) else { return story(|| Ok(Command::new(env::current_exe()?))).await };
    // Cut off as a power failure would, at no particular moment after the first block.
    let app = App::open(Path::new(&folder)).await?;
    app.mine().await?;
    let moment = Duration::from_millis(rand::rng().next_u64() % 700);
    thread::spawn(move || {
        thread::sleep(moment);
        std::process::abort();
    });
    app.work().await
}
