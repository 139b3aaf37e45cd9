//! A branch of validated headers, reduced to what the next header needs.
//!
//! Full nodes keep one per tip and side branch, light wallets one for the chain they follow. A branch is
//! extended only by a header that follows its parent, commits to all headers before it, and is sealed.

use alloc::vec::Vec;

use super::{Candidate, Consensus, SealError, Work, key_height, pow::KEY_INTERVAL};
use crate::{
    block::{
        Ancestors, BlockId, BlockRef, Header, HeaderError, MEDIAN_SPAN,
        mmr::{self, HeaderNode, Mmr, WorkOverflow},
    },
    params::Network,
};

/// A validated branch by its tip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeaderBranch {
    tip: Header,
    id: BlockId,
    output: [u8; 32],
    timestamps: Vec<u64>,
    keys: Vec<(u64, BlockId)>,
    headers: Mmr<HeaderNode>,
    work: Work,
}

/// What one header appends to a branch.
#[derive(Clone, Debug)]
pub struct Extension {
    /// The branch with the new tip.
    pub branch: HeaderBranch,
    /// New nodes of the tree of headers.
    pub nodes: Vec<HeaderNode>,
}

/// Why a header does not extend a branch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BranchError {
    /// It cannot follow its parent: invalid for ever.
    #[error(transparent)]
    Header(#[from] HeaderError),
    /// It does not commit to the headers before it.
    #[error("the header range root is not that of the headers before")]
    HeaderRoot,
    /// The sum of work is out of range.
    #[error(transparent)]
    Work(#[from] WorkOverflow),
    /// The seal does not hold. Says nothing about the header: another seal may.
    #[error(transparent)]
    Seal(#[from] SealError),
}

impl HeaderBranch {
    /// The branch of genesis alone, and the node that it appends.
    ///
    /// # Errors
    ///
    /// [`WorkOverflow`] never happens for one header.
    pub fn genesis(genesis: Header, network: &Network) -> Result<Extension, WorkOverflow> {
        let (id, work) = (genesis.id(), network.first_target().work());
        let mut headers = Mmr::default();
        let nodes = headers.push(HeaderNode::leaf(&id, work))?;
        let branch = Self {
            timestamps: Vec::from([genesis.timestamp]),
            keys: Vec::from([(0, id)]),
            tip: genesis,
            id,
            output: [0xff; 32],
            headers,
            work,
        };
        Ok(Extension { branch, nodes })
    }

    /// The branch at a stored tip. `timestamps` are those of the last min(11, height + 1) headers, the tip's
    /// last; `keys` the ids at the last two heights that are multiples of [`KEY_INTERVAL`], ascending.
    pub fn resume(
        tip: Header,
        output: [u8; 32],
        timestamps: Vec<u64>,
        keys: Vec<(u64, BlockId)>,
        headers: Mmr<HeaderNode>,
        work: Work,
    ) -> Self {
        Self { id: tip.id(), tip, output, timestamps, keys, headers, work }
    }

    /// The newest header.
    #[must_use]
    pub fn tip(&self) -> &Header {
        &self.tip
    }

    /// The newest block.
    #[must_use]
    pub fn tip_ref(&self) -> BlockRef {
        BlockRef { height: self.tip.height, id: self.id }
    }

    /// The tree of all headers, the tip included.
    #[must_use]
    pub fn headers(&self) -> &Mmr<HeaderNode> {
        &self.headers
    }

    /// Work of all headers.
    #[must_use]
    pub fn work(&self) -> Work {
        self.work
    }

    /// What fork choice compares.
    #[must_use]
    pub fn candidate(&self) -> Candidate {
        Candidate { work: self.work, output: self.output }
    }

    /// What a header on top is checked against.
    #[must_use]
    pub fn ancestors(&self) -> Ancestors<'_> {
        Ancestors { parent: &self.tip, parent_id: self.id, timestamps: &self.timestamps }
    }

    /// The id that keys the proof of work of the next block.
    #[must_use]
    pub fn key(&self) -> &BlockId {
        let height = key_height(self.tip.height.saturating_add(1));
        let found = self.keys.iter().find(|(at, _)| *at == height).or(self.keys.first());
        found.map_or(&self.id, |(_, id)| id)
    }

    /// Checks a sealed header as the next one.
    ///
    /// The local clock is not asked: [`Header::held_back_until`] does that.
    ///
    /// # Errors
    ///
    /// [`BranchError`]; only [`BranchError::Seal`] leaves the header a chance.
    pub fn extend(
        &self,
        header: &Header,
        nonce: u64,
        network: &Network,
        consensus: &impl Consensus,
    ) -> Result<Extension, BranchError> {
        let target = header.check(&self.ancestors(), network, consensus.next_target(network, &self.tip))?;
        if header.header_root != mmr::header_root(network.id(), &self.headers)? {
            return Err(BranchError::HeaderRoot);
        }
        let id = header.id();
        let output = consensus.check_seal(self.key(), &id, nonce, &target)?;
        let mut branch = self.clone();
        let nodes = branch.headers.push(HeaderNode::leaf(&id, target.work()))?;
        branch.work = self.work.checked_add(target.work()).ok_or(WorkOverflow)?;
        branch.timestamps.push(header.timestamp);
        if branch.timestamps.len() as u64 > MEDIAN_SPAN {
            branch.timestamps.remove(0);
        }
        if header.height.is_multiple_of(KEY_INTERVAL) {
            branch.keys.push((header.height, id));
            if branch.keys.len() > 2 {
                branch.keys.remove(0);
            }
        }
        (branch.tip, branch.id, branch.output) = (header.clone(), id, output);
        Ok(Extension { branch, nodes })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        consensus::{PowAlgorithm, ProofOfWork, Target, search},
        genesis::Genesis,
        params::NetworkRows,
    };

    /// A hash with a key, as RandomX has one.
    struct Keyed;

    impl PowAlgorithm for Keyed {
        const ROW: u64 = 1;

        fn hash(&self, key: &BlockId, input: &[u8; 40]) -> [u8; 32] {
            *blake3::keyed_hash(&key.0, input).as_bytes()
        }
    }

    /// Genesis of a network on which every second nonce is a seal.
    fn easy() -> (Network, HeaderBranch) {
        let easy = u64::from(0x207f_ffffu32);
        let rows = NetworkRows { first_target: easy, target_limit: easy, proof_of_work: 1, ..NetworkRows::DEV };
        let network = Network::dev("easy", rows, 1_000, Vec::new()).unwrap();
        let branch = HeaderBranch::genesis(Genesis::of(&network).header, &network).unwrap().branch;
        (network, branch)
    }

    /// A header on time on the branch, and its seal.
    fn next(network: &Network, branch: &HeaderBranch) -> (Header, u64) {
        let height = branch.tip().height + 1;
        let header_root = mmr::header_root(network.id(), branch.headers()).unwrap();
        let parent = branch.tip_ref().id;
        let header = Header { height, timestamp: 1_000 + height, parent, header_root, ..branch.tip().clone() };
        let target = Target::from_compact(header.target).unwrap();
        let nonce = search(&Keyed, branch.key(), &header.id(), &target, 0..).unwrap();
        (header, nonce)
    }

    #[test]
    fn work_that_reaches_2_to_the_256_is_refused() {
        let (network, mut branch) = easy();
        let (header, nonce) = next(&network, &branch);
        let extend = |branch: &HeaderBranch| branch.extend(&header, nonce, &network, &ProofOfWork(Keyed)).map(drop);
        assert!(extend(&branch).is_ok());
        branch.work = Work::from_bytes(&[0xff; 32]);
        assert!(matches!(extend(&branch), Err(BranchError::Work(_))));
    }

    #[test]
    fn the_median_is_over_the_last_eleven_timestamps() {
        let (network, mut branch) = easy();
        for height in 1..=30u64 {
            let (header, nonce) = next(&network, &branch);
            branch = branch.extend(&header, nonce, &network, &ProofOfWork(Keyed)).unwrap().branch;
            let times: Vec<u64> = (height.saturating_sub(10)..=height).map(|at| 1_000 + at).collect();
            assert_eq!(branch.ancestors().timestamps, times);
            assert_eq!(branch.ancestors().median_time(), times[(times.len() - 1) / 2]);
        }
    }

    #[test]
    fn every_block_is_sealed_with_the_key_of_its_height() {
        let easy = u64::from(0x207f_ffffu32);
        let rows = NetworkRows { first_target: easy, target_limit: easy, proof_of_work: 1, ..NetworkRows::DEV };
        let network = Network::dev("keyed", rows, 1_000, Vec::new()).unwrap();
        let mut branch = HeaderBranch::genesis(Genesis::of(&network).header, &network).unwrap().branch;
        let mut ids = Vec::from([branch.tip_ref().id]);
        for height in 1..=4_170u64 {
            let header = Header {
                height,
                timestamp: 1_000 + height,
                parent: branch.tip_ref().id,
                header_root: mmr::header_root(network.id(), branch.headers()).unwrap(),
                ..branch.tip().clone()
            };
            let (key, id) = (ids[usize::try_from(key_height(height)).unwrap()], header.id());
            assert_eq!(*branch.key(), key, "{height}");
            let target = Target::from_compact(header.target).unwrap();
            let nonce = search(&Keyed, &key, &id, &target, 0..).unwrap();
            branch = branch.extend(&header, nonce, &network, &ProofOfWork(Keyed)).unwrap().branch;
            ids.push(id);
        }
        assert_eq!(branch.headers().leaves(), 4_171);
        assert_eq!(branch.work(), branch.headers().bag().unwrap().unwrap().work);
    }
}
