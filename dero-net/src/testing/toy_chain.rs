//! A chain with hardly any rules: enough for the network to have something to carry.
//!
//! Headers have the real layout and link by real ids. A block is valid unless its body says otherwise, weighs what
//! its target says, and its body must hash to its transaction root. Transactions say by their first bytes what is
//! wrong with them, and where. No proof of work, no proofs, no state: never use it for anything but tests.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
    sync::{Mutex, MutexGuard, PoisonError},
};

use dero_crypto::{NetworkId, group::hash::Digest};
use dero_ledger::{
    block::{BlockId, BlockRef, Header},
    store::{HEADER_BYTES, StoredCompact},
};

use crate::{
    backend::{
        Backend, BackendError, Blame, BlockVerdict, ChainLimits, HeadersVerdict, SealedHeader, TransactionSource,
        TransactionVerdict,
    },
    message::{
        Text, Tip,
        limits::LISTED_ENTRY,
        wallet::{Reject, Rejection},
    },
};

const BODY: Digest<32> = Digest::new("net/toy-body");
const TRANSACTION: Digest<32> = Digest::new("net/toy-transaction");
/// The nonce of a good seal.
const SEAL: u64 = 7;

/// The first bytes of a transaction that is good.
pub const GOOD: &[u8] = b"good";
/// The first bytes of one that fails steps 1 or 2: it has no id.
pub const SPOILT: &[u8] = b"spoilt";
/// The first bytes of one whose proofs are bad.
pub const INVALID: &[u8] = b"invalid";
/// The first bytes of one that the state refuses, through nobody's fault.
pub const UNTIMELY: &[u8] = b"untimely";
/// The first bytes of one that proves something over a branch: the id of a block of it follows.
pub const BOUND: &[u8] = b"bound";
/// The first bytes of one that is invalid above a height, which follows in 8 bytes, the lowest first.
pub const BRIEF: &[u8] = b"brief";
/// The first bytes of a block body that is invalid.
pub const INVALID_BODY: &[u8] = b"invalid block";

/// The toy.
#[derive(Debug)]
pub struct ToyChain {
    network: NetworkId,
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    headers: BTreeMap<[u8; 32], (SealedHeader, u64)>,
    bodies: BTreeMap<[u8; 32], Vec<u8>>,
    invalid: BTreeSet<[u8; 32]>,
    genesis: [u8; 32],
    /// The best branch whose bodies are here, and the best of headers.
    best: [u8; 32],
    best_header: [u8; 32],
    pool: BTreeMap<[u8; 32], Vec<u8>>,
    mined: BTreeSet<[u8; 32]>,
}

fn header_of(sealed: &SealedHeader) -> Header {
    Header::from_bytes(&sealed.header)
}

impl ToyChain {
    /// A chain of one block, the same for all who begin with the same network.
    #[must_use]
    pub fn new(network: NetworkId) -> Self {
        let header = header(0, BlockId([0; 32]), 0, [0; 32], 0);
        let genesis = SealedHeader { header: header.to_bytes(), nonce: SEAL };
        let id = genesis.id().0;
        let inner = Inner {
            headers: BTreeMap::from([(id, (genesis, 0))]),
            bodies: BTreeMap::from([(id, Vec::new())]),
            invalid: BTreeSet::new(),
            genesis: id,
            best: id,
            best_header: id,
            pool: BTreeMap::new(),
            mined: BTreeSet::new(),
        };
        Self { network, inner: Mutex::new(inner) }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A block on the tip with what waits in the pool, of this weight, made different by `salt`.
    #[must_use]
    pub fn template(&self, weight: u32, salt: u64) -> Vec<u8> {
        let inner = self.lock();
        let mut body = salt.to_le_bytes().to_vec();
        for transaction in inner.pool.values() {
            body.extend(u32::try_from(transaction.len()).unwrap_or(u32::MAX).to_le_bytes());
            body.extend(transaction);
        }
        inner.block_on_tip(weight, &body)
    }

    /// A block on the tip with any body.
    #[must_use]
    pub fn block_with_body(&self, weight: u32, body: &[u8]) -> Vec<u8> {
        self.lock().block_on_tip(weight, body)
    }

    /// Mines a block of weight 1.
    ///
    /// # Panics
    ///
    /// If the toy refuses its own block.
    pub fn mine(&self, salt: u64) {
        let block = self.template(1, salt);
        assert_eq!(self.lock().add_block(&block), BlockVerdict::Added, "a block of our own");
    }

    /// Takes a block without a look at it, as a node with other rules would.
    ///
    /// # Panics
    ///
    /// If the block does not stand on a known one.
    pub fn believe(&self, block: &[u8]) {
        let mut inner = self.lock();
        let (head, body) = block.split_first_chunk().expect("a header");
        let sealed = SealedHeader::from_bytes(head);
        assert_eq!(inner.add_header(&sealed), Ok(true), "a block on a known one");
        let id = sealed.id().0;
        inner.bodies.insert(id, body.to_vec());
        inner.consider_block(id);
    }

    /// wtxids of everything in blocks of the best branch.
    #[must_use]
    pub fn mined(&self) -> Vec<[u8; 32]> {
        self.lock().mined.iter().copied().collect()
    }

    /// The wtxid of a transaction.
    #[must_use]
    pub fn transaction_id(bytes: &[u8]) -> [u8; 32] {
        TRANSACTION.hash(&[bytes])
    }
}

fn header(height: u64, parent: BlockId, weight: u32, transaction_root: [u8; 32], timestamp: u64) -> Header {
    Header {
        version: 1,
        height,
        timestamp,
        target: weight,
        parent,
        header_root: [0; 32],
        transaction_root,
        list_length: height,
        acc: [0; 32],
        tag_root: [0; 32],
        state_root: [0; 32],
        receipts_root: [0; 32],
        compact_root: [0; 32],
    }
}

impl Inner {
    fn block_on_tip(&self, weight: u32, body: &[u8]) -> Vec<u8> {
        let parent = header_of(&self.headers[&self.best].0);
        let header = header(parent.height + 1, BlockId(self.best), weight, BODY.hash(&[body]), 0);
        let mut block = SealedHeader { header: header.to_bytes(), nonce: SEAL }.to_bytes().to_vec();
        block.extend(body);
        block
    }

    fn tip(&self, id: [u8; 32]) -> Tip {
        let (sealed, work) = &self.headers[&id];
        let mut tip = Tip { height: header_of(sealed).height, id, work: [0; 32] };
        tip.work[..8].copy_from_slice(&work.to_le_bytes());
        tip
    }

    fn is_better(&self, a: &[u8; 32], b: &[u8; 32]) -> bool {
        let work = |id: &[u8; 32]| self.headers[id].1;
        (work(a), core::cmp::Reverse(a)) > (work(b), core::cmp::Reverse(b))
    }

    /// Ids from `tip` down to genesis.
    fn branch(&self, tip: [u8; 32]) -> Vec<[u8; 32]> {
        let mut ids = vec![tip];
        while let Some(id) = ids.last().copied().filter(|id| *id != self.genesis) {
            ids.push(header_of(&self.headers[&id].0).parent.0);
        }
        ids
    }

    /// Takes a block with its header as the best of headers, if it is.
    fn consider_header(&mut self, id: [u8; 32]) {
        if self.is_better(&id, &self.best_header) {
            self.best_header = id;
        }
    }

    /// Takes a block with its body as the tip, if it is better.
    fn consider_block(&mut self, id: [u8; 32]) {
        self.consider_header(id);
        if !self.is_better(&id, &self.best) {
            return;
        }
        let (mut old, mut new) = (self.best, id);
        let (mut out, mut back) = (Vec::new(), Vec::new());
        let height = |inner: &Self, id: &[u8; 32]| header_of(&inner.headers[id].0).height;
        let parent = |inner: &Self, id: &[u8; 32]| header_of(&inner.headers[id].0).parent.0;
        while old != new {
            if height(self, &old) >= height(self, &new) {
                out.push(old);
                old = parent(self, &old);
            } else {
                back.push(new);
                new = parent(self, &new);
            }
        }
        // Transactions of a branch that lost wait again.
        for transaction in out.iter().flat_map(|id| transactions(&self.bodies[id])) {
            let id = ToyChain::transaction_id(&transaction);
            self.mined.remove(&id);
            self.pool.insert(id, transaction);
        }
        for transaction in back.iter().flat_map(|id| transactions(&self.bodies[id])) {
            let id = ToyChain::transaction_id(&transaction);
            self.pool.remove(&id);
            self.mined.insert(id);
        }
        self.best = id;
        let pool = core::mem::take(&mut self.pool);
        self.pool = pool.into_iter().filter(|(_, transaction)| self.refuses(transaction).is_none()).collect();
    }

    /// Why a transaction is not taken on the best branch, if it is not, and who is to blame.
    fn refuses(&self, transaction: &[u8]) -> Option<(Reject, Blame)> {
        let below = |rest: &[u8]| {
            let height = rest.first_chunk().map_or(0, |height| u64::from_le_bytes(*height));
            header_of(&self.headers[&self.best].0).height <= height
        };
        let on_branch = |rest: &[u8]| rest.first_chunk().is_some_and(|id| self.branch(self.best).contains(id));
        let rest = |kind: &[u8]| transaction.strip_prefix(kind);
        if rest(GOOD).is_some() || rest(BRIEF).is_some_and(below) || rest(BOUND).is_some_and(on_branch) {
            None
        } else if rest(BOUND).is_some() {
            Some((Reject::BadProof, Blame::Branch))
        } else if rest(INVALID).is_some() || rest(BRIEF).is_some() {
            Some((Reject::BadProof, Blame::Sender))
        } else if rest(UNTIMELY).is_some() {
            Some((Reject::State, Blame::Nobody))
        } else {
            Some((Reject::Malformed, Blame::Sender))
        }
    }

    /// Forgets a block and all that stand on it, for ever.
    fn condemn(&mut self, id: [u8; 32]) {
        let mut bad = BTreeSet::from([id]);
        loop {
            let stands_on_bad = |(id, (sealed, _)): &(&[u8; 32], &(SealedHeader, u64))| -> bool {
                !bad.contains(*id) && bad.contains(&header_of(sealed).parent.0)
            };
            let more: Vec<_> = self.headers.iter().filter(stands_on_bad).map(|(id, _)| *id).collect();
            if more.is_empty() {
                break;
            }
            bad.extend(more);
        }
        self.headers.retain(|id, _| !bad.contains(id));
        self.invalid.extend(bad);
        let better = |a: [u8; 32], b: [u8; 32]| if self.is_better(&b, &a) { b } else { a };
        self.best_header = self.headers.keys().copied().reduce(better).unwrap_or(self.genesis);
    }

    fn add_header(&mut self, sealed: &SealedHeader) -> Result<bool, &'static str> {
        let id = sealed.id().0;
        if self.headers.contains_key(&id) {
            return Ok(true);
        }
        let header = header_of(sealed);
        if self.invalid.contains(&id) || self.invalid.contains(&header.parent.0) {
            return Err("on an invalid block");
        }
        let Some((parent, work)) = self.headers.get(&header.parent.0) else { return Ok(false) };
        if header.height != header_of(parent).height + 1 {
            return Err("height");
        }
        if sealed.nonce != SEAL {
            return Err("seal");
        }
        if header.target == 0 {
            return Err("target");
        }
        let work = work + u64::from(header.target);
        self.headers.insert(id, (*sealed, work));
        self.consider_header(id);
        Ok(true)
    }

    fn add_block(&mut self, bytes: &[u8]) -> BlockVerdict {
        let Some((head, body)) = bytes.split_first_chunk() else {
            return BlockVerdict::WrongBody { reason: "short".into() };
        };
        let sealed = SealedHeader::from_bytes(head);
        let id = sealed.id().0;
        if self.bodies.contains_key(&id) {
            return BlockVerdict::Added;
        }
        match self.add_header(&sealed) {
            Ok(true) => (),
            Ok(false) => return BlockVerdict::OutOfPlace,
            Err(reason) => return BlockVerdict::Invalid { reason: reason.into() },
        }
        let header = header_of(&sealed);
        if !self.bodies.contains_key(&header.parent.0) {
            return BlockVerdict::OutOfPlace;
        }
        if BODY.hash(&[body]) != header.transaction_root {
            return BlockVerdict::WrongBody { reason: "transaction root".into() };
        }
        if body.starts_with(INVALID_BODY) {
            self.condemn(id);
            return BlockVerdict::Invalid { reason: "says so".into() };
        }
        self.bodies.insert(id, body.to_vec());
        self.consider_block(id);
        BlockVerdict::Added
    }
}

/// The transactions of a body: 8 bytes of salt, then each with its length.
fn transactions(body: &[u8]) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    let mut rest = body.get(8..).unwrap_or_default();
    while let Some((length, after)) = rest.split_first_chunk() {
        let Some((transaction, next)) = after.split_at_checked(u32::from_le_bytes(*length) as usize) else { break };
        found.push(transaction.to_vec());
        rest = next;
    }
    found
}

impl Backend for ToyChain {
    fn network(&self) -> NetworkId {
        self.network
    }

    fn limits(&self) -> ChainLimits {
        ChainLimits { block_bytes: 4 << 20, compact_bytes: 4 << 20 }
    }

    fn tip(&self) -> Result<Tip, BackendError> {
        let inner = self.lock();
        Ok(inner.tip(inner.best))
    }

    fn header_tip(&self) -> Result<Tip, BackendError> {
        let inner = self.lock();
        Ok(inner.tip(inner.best_header))
    }

    fn locator(&self) -> Result<Vec<BlockId>, BackendError> {
        let inner = self.lock();
        let branch = inner.branch(inner.best_header);
        let (mut ids, mut at, mut gap) = (Vec::new(), 0, 1);
        while let Some(id) = branch.get(at) {
            ids.push(BlockId(*id));
            gap = if ids.len() < 10 { 1 } else { gap * 2 };
            at += gap;
        }
        if ids.last() != Some(&BlockId(inner.genesis)) {
            ids.push(BlockId(inner.genesis));
        }
        Ok(ids)
    }

    fn headers_after(&self, locator: &[BlockId], max: usize) -> Result<Vec<SealedHeader>, BackendError> {
        let inner = self.lock();
        let mut branch = inner.branch(inner.best);
        branch.reverse();
        let common = locator.iter().find_map(|id| branch.iter().position(|at| *at == id.0)).unwrap_or(0);
        Ok(branch[common + 1..].iter().take(max).map(|id| inner.headers[id].0).collect())
    }

    fn headers(&self, heights: Range<u64>) -> Result<Vec<SealedHeader>, BackendError> {
        let inner = self.lock();
        Ok(by_height(&inner, heights).map(|id| inner.headers[&id].0).collect())
    }

    fn add_headers(&self, headers: &[SealedHeader]) -> Result<HeadersVerdict, BackendError> {
        let mut inner = self.lock();
        let mut verdict = HeadersVerdict::Added;
        for (at, sealed) in headers.iter().enumerate() {
            match inner.add_header(sealed) {
                Ok(true) => (),
                Ok(false) if at == 0 => {
                    verdict = HeadersVerdict::UnknownParent;
                    break;
                }
                Ok(false) => {
                    verdict = HeadersVerdict::Refused { at, reason: "parent".into() };
                    break;
                }
                Err(reason) => {
                    verdict = HeadersVerdict::Refused { at, reason: reason.into() };
                    break;
                }
            }
        }
        Ok(verdict)
    }

    fn wanted(&self, max: usize) -> Result<Vec<BlockRef>, BackendError> {
        let inner = self.lock();
        let missing = |id: &&[u8; 32]| !inner.bodies.contains_key(*id);
        let mut wanted: Vec<_> = inner.branch(inner.best_header).iter().filter(missing).copied().collect();
        wanted.reverse();
        wanted.truncate(max);
        let height = |id: &[u8; 32]| header_of(&inner.headers[id].0).height;
        Ok(wanted.into_iter().map(|id| BlockRef { height: height(&id), id: BlockId(id) }).collect())
    }

    fn block(&self, id: &BlockId) -> Result<Option<Vec<u8>>, BackendError> {
        let inner = self.lock();
        let Some(body) = inner.bodies.get(&id.0) else { return Ok(None) };
        let mut block = inner.headers[&id.0].0.to_bytes().to_vec();
        block.extend(body);
        Ok(Some(block))
    }

    fn add_blocks(&self, blocks: &[Vec<u8>]) -> Result<Vec<BlockVerdict>, BackendError> {
        let mut inner = self.lock();
        let mut verdicts = Vec::new();
        for block in blocks {
            verdicts.push(inner.add_block(block));
            if verdicts.last() != Some(&BlockVerdict::Added) {
                break;
            }
        }
        Ok(verdicts)
    }

    fn pool(&self) -> Result<Vec<[u8; 32]>, BackendError> {
        Ok(self.lock().pool.keys().copied().collect())
    }

    fn transaction(&self, wtxid: &[u8; 32]) -> Result<Option<Vec<u8>>, BackendError> {
        Ok(self.lock().pool.get(wtxid).cloned())
    }

    fn add_transaction(&self, bytes: &[u8], _: TransactionSource) -> Result<TransactionVerdict, BackendError> {
        let mut inner = self.lock();
        let id = Self::transaction_id(bytes);
        if inner.pool.contains_key(&id) || inner.mined.contains(&id) {
            return Ok(TransactionVerdict::Known { id });
        }
        let Some((reason, blame)) = inner.refuses(bytes) else {
            inner.pool.insert(id, bytes.to_vec());
            return Ok(TransactionVerdict::Accepted { id });
        };
        let rejection = Rejection { reason, detail: Text::front("the toy says so".into()) };
        let id = (reason != Reject::Malformed).then_some(id);
        Ok(TransactionVerdict::Refused { id, rejection, blame })
    }

    fn compact(&self, heights: Range<u64>) -> Result<Vec<StoredCompact>, BackendError> {
        let inner = self.lock();
        let compact = |id: [u8; 32]| StoredCompact { scan: inner.bodies[&id].clone(), values: id.to_vec() };
        Ok(by_height(&inner, heights).map(compact).collect())
    }

    /// One entry for each block, and 100 before the first: the height, again and again.
    fn listed(&self, positions: Range<u64>) -> Result<Vec<[u8; LISTED_ENTRY]>, BackendError> {
        let inner = self.lock();
        let length = 100 + inner.tip(inner.best).height;
        let entry = |at: u64| {
            let mut entry = [0; LISTED_ENTRY];
            entry.chunks_exact_mut(8).for_each(|part| part.copy_from_slice(&at.to_le_bytes()));
            entry
        };
        Ok((positions.start..positions.end.min(length)).map(entry).collect())
    }
}

fn by_height(inner: &Inner, heights: Range<u64>) -> impl Iterator<Item = [u8; 32]> + use<> {
    let mut branch = inner.branch(inner.best);
    branch.reverse();
    let end = heights.end.min(branch.len() as u64);
    let wanted = heights.start.min(end)..end;
    wanted.filter_map(move |height| branch.get(usize::try_from(height).ok()?).copied())
}

const _: () = assert!(HEADER_BYTES == 288, "the toy's headers have the real layout");
