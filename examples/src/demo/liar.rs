//! A peer that lies: it follows the chain, then announces a block that is right but for one thing, or says that a
//! reference of every transaction does not hold.

use std::{ops::Range, sync::Arc};

use dero_crypto::{
    NetworkId,
    keys::{AddressIndex, MasterSecret},
};
use dero_ledger::{
    block::{Block, BlockId, BlockRef, Header, TransactionIds, encode_block, encode_body, transaction_root},
    chain::{Chain, ChainOptions, pool::PoolLimits},
    consensus::{Blake3, ProofOfWork, Target, Work, search},
    execution::NoContracts,
    params::Network,
    rules::UnverifiedTransaction,
    store::{MemoryStore, StoredCompact},
    transaction::{CoinbaseTx, Transaction},
};
use dero_net::{
    backend::{
        Backend, BackendError, Blame, BlockVerdict, ChainLimits, HeadersVerdict, SealedHeader, TransactionSource,
        TransactionVerdict,
    },
    clock::SystemClock,
    ledger::LedgerBackend,
    message::{
        Text, Tip,
        wallet::{Reject, Rejection},
    },
    node::{Node, NodeOptions},
    peer::Limits,
    transport::{
        HostPort, Pinned,
        identity::Identity,
        tcp::{TcpOptions, TcpTransport},
    },
};
use rand::rngs::StdRng;

use crate::{
    Failure,
    local::{self, until},
    unix_time,
};

type Ledger = LedgerBackend<MemoryStore, ProofOfWork<Blake3>, NoContracts>;

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lie {
    /// The miner pays itself one atomic unit too much.
    Reward,
    /// One byte of a transaction's spend proof is another one.
    Transaction,
    /// The seal belongs to other bytes.
    Seal,
    /// No block, but the verdict on each transaction.
    Reference,
}

/// A node that lies to `victim`.
#[derive(Debug)]
pub(super) struct Liar {
    /// Where and who it is.
    pub(super) address: Pinned<HostPort>,
    /// Its newest block.
    pub(super) block: BlockId,
    node: Node<HostPort>,
}

impl Liar {
    /// Follows the chain of `victim`, which must rest, until it has its tip and `waiting` transactions; then lies.
    pub(super) async fn start(
        network: &Network,
        victim: &local::Node,
        lie: Lie,
        waiting: usize,
    ) -> Result<Self, Failure> {
        let engine = ProofOfWork(Blake3);
        let chain = Chain::open(MemoryStore::new(), network.clone(), engine, NoContracts, ChainOptions::default())?;
        let ledger = Arc::new(LedgerBackend::new(chain, PoolLimits::default(), SystemClock::new(), rand::rng));
        let (_, honest) = join(Arc::clone(&ledger), victim).await?;
        let tip = victim.status().await?["id"].clone();
        until("the liar has its victim's chain and pool", || async {
            let same = ledger.chain().tip().block().id.to_string() == tip;
            Ok((same && ledger.pool().len() == waiting).then_some(()))
        })
        .await?;
        honest.stop().await;
        let forged = if lie == Lie::Reference { None } else { Some(Forged::new(network, &ledger, lie)?) };
        let forger = Arc::new(Forger { ledger, forged });
        let block = BlockId(Backend::tip(&*forger)?.id);
        let (address, node) = join(forger, victim).await?;
        Ok(Self { address, block, node })
    }

    pub(super) async fn stop(self) {
        self.node.stop().await;
    }
}

/// Starts a node with a fresh key that keeps a link to `to`.
async fn join(backend: Arc<impl Backend>, to: &local::Node) -> Result<(Pinned<HostPort>, Node<HostPort>), Failure> {
    let identity = Identity::generate(&mut rand::rng())?;
    let transport = TcpTransport::listen("127.0.0.1:0".parse()?, identity, TcpOptions::local()).await?;
    let options = NodeOptions { peers: vec![to.address.parse()?], known: vec![], limits: Limits::local() };
    let node = Node::start(transport, backend, SystemClock::new(), options, rand::make_rng::<StdRng>())?;
    let address = node.reachable().ok_or("a node that listens is reachable")?.clone();
    Ok((address, node))
}

/// A block on the tip with one thing wrong, under a seal that holds.
fn forge(network: &Network, ledger: &Ledger, lie: Lie) -> Result<(SealedHeader, Vec<u8>), Failure> {
    let rng = &mut rand::rng();
    let miner = MasterSecret::random(rng).audit_key().address_key().address(AddressIndex(0));
    let template = ledger.chain().template(ledger.pool(), &[miner], unix_time(), rng)?;
    let block = template.seal(0);
    let Block { mut header, transactions, coinbase, .. } = Block::parse(&block)?;
    let mut transactions: Vec<Vec<u8>> = transactions.into_iter().map(<[u8]>::to_vec).collect();
    let mut coinbase = CoinbaseTx::parse(coinbase)?;
    match lie {
        Lie::Reward => coinbase.outputs.first_mut().ok_or("a coinbase without outputs")?.amount += 1,
        Lie::Transaction => {
            let bytes = transactions.first_mut().ok_or("a block without transactions")?;
            let mut transaction = Transaction::parse(bytes, &network.rules())?;
            // The last scalar of the last spend proof; its lowest byte, so that it stays below the order.
            let place = transaction.auth.len().checked_sub(32).ok_or("a transaction without proofs")?;
            transaction.auth[place] ^= 1;
            *bytes = transaction.encode(network.id());
        }
        Lie::Seal | Lie::Reference => (),
    }
    let mut digests = Vec::new();
    for bytes in &transactions {
        digests.push(*UnverifiedTransaction::parse(bytes, &network.rules())?.digests());
    }
    let ids = TransactionIds::of_block(&digests, coinbase.id(network.id()));
    header.transaction_root = transaction_root(network.id(), header.height, &ids);
    let holds = |nonce| search(&Blake3, &template.key, &header.id(), &template.target, nonce..nonce + 1).is_some();
    let nonce = (0..).find(|nonce| holds(*nonce) != (lie == Lie::Seal)).ok_or("no nonce")?;
    let bytes = encode_block(&header.to_bytes(), nonce, &encode_body(&transactions, &coinbase.encode()));
    Ok((SealedHeader { header: header.to_bytes(), nonce }, bytes))
}

/// A block on the tip with one thing wrong.
struct Forged {
    header: SealedHeader,
    bytes: Vec<u8>,
    work: [u8; 32],
}

impl Forged {
    fn new(network: &Network, ledger: &Ledger, lie: Lie) -> Result<Self, Failure> {
        let (header, bytes) = forge(network, ledger, lie)?;
        let target = Target::from_compact(Header::from_bytes(&header.header).target)?;
        let work = Work::from_bytes(&ledger.chain().tip().totals().work).checked_add(target.work());
        Ok(Self { header, bytes, work: work.ok_or("too much work")?.to_bytes() })
    }
}

/// The chain, with a forged block on its tip if there is one, which it never checks.
struct Forger {
    ledger: Arc<Ledger>,
    forged: Option<Forged>,
}

impl Backend for Forger {
    fn network(&self) -> NetworkId {
        Backend::network(&*self.ledger)
    }
    fn limits(&self) -> ChainLimits {
        self.ledger.limits()
    }
    fn tip(&self) -> Result<Tip, BackendError> {
        let tip = Backend::tip(&*self.ledger)?;
        Ok(match &self.forged {
            Some(Forged { header, work, .. }) => Tip { height: tip.height + 1, id: header.id().0, work: *work },
            // The other node's, but not so heavy: no wallet scans over it.
            None => Tip { work: [0; 32], ..tip },
        })
    }
    fn header_tip(&self) -> Result<Tip, BackendError> {
        self.tip()
    }
    fn locator(&self) -> Result<Vec<BlockId>, BackendError> {
        self.ledger.locator()
    }
    fn headers_after(&self, locator: &[BlockId], max: usize) -> Result<Vec<SealedHeader>, BackendError> {
        let mut headers = self.ledger.headers_after(locator, max)?;
        headers.extend(self.forged.as_ref().filter(|_| headers.len() < max).map(|forged| forged.header));
        Ok(headers)
    }
    fn headers(&self, heights: Range<u64>) -> Result<Vec<SealedHeader>, BackendError> {
        let mut headers = Backend::headers(&*self.ledger, heights.clone())?;
        let above = heights.end > self.ledger.chain().tip().next_height();
        headers.extend(self.forged.as_ref().filter(|_| above).map(|forged| forged.header));
        Ok(headers)
    }
    fn add_headers(&self, _: &[SealedHeader]) -> Result<HeadersVerdict, BackendError> {
        Ok(HeadersVerdict::Added)
    }
    fn wanted(&self, _: usize) -> Result<Vec<BlockRef>, BackendError> {
        Ok(Vec::new())
    }
    fn block(&self, id: &BlockId) -> Result<Option<Vec<u8>>, BackendError> {
        match &self.forged {
            Some(forged) if *id == forged.header.id() => Ok(Some(forged.bytes.clone())),
            _ => self.ledger.block(id),
        }
    }
    fn add_blocks(&self, blocks: &[Vec<u8>]) -> Result<Vec<BlockVerdict>, BackendError> {
        Ok(vec![BlockVerdict::OutOfPlace; blocks.len().min(1)])
    }
    fn pool(&self) -> Result<Vec<[u8; 32]>, BackendError> {
        Ok(Vec::new())
    }
    fn transaction(&self, _: &[u8; 32]) -> Result<Option<Vec<u8>>, BackendError> {
        Ok(None)
    }
    fn add_transaction(&self, _: &[u8], _: TransactionSource) -> Result<TransactionVerdict, BackendError> {
        let rejection = Rejection { reason: Reject::InvalidReference, detail: Text::front("\x1b[2Ka lie".into()) };
        Ok(TransactionVerdict::Refused { id: None, rejection, blame: Blame::Nobody })
    }
    fn compact(&self, heights: Range<u64>) -> Result<Vec<StoredCompact>, BackendError> {
        Backend::compact(&*self.ledger, heights)
    }
    fn listed(&self, positions: Range<u64>) -> Result<Vec<[u8; 96]>, BackendError> {
        Backend::listed(&*self.ledger, positions)
    }
}
