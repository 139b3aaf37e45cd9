//! Who may extend the chain (protocol 10.7).
//!
//! [`Consensus`] is what the ledger asks of an engine. [`ProofOfWork`] is the one that is implemented: ASERT
//! targets, most work wins, equal work goes to the smaller proof-of-work output. [`HeaderBranch`] follows a
//! branch by its headers alone.

mod asert;
mod headers;
mod pow;

use core::cmp::Ordering;

pub use crate::difficulty::{Target, TargetError, Work};
pub use asert::next_target;
pub use headers::{BranchError, Extension, HeaderBranch};
pub use pow::{Blake3, KEY_INTERVAL, PowAlgorithm, key_height, pow_input, search};

use crate::{
    block::{BlockId, Header},
    params::Network,
};

/// The rule by which blocks are sealed and branches compared.
///
/// # Contract
///
/// All three are functions of their arguments: two nodes that know the same branches choose the same one, in
/// whatever order they heard of them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no consensus engine",
    label = "this part must implement `Consensus`",
    note = "`ProofOfWork(Blake3)` does; for another hash implement `PowAlgorithm` and use `ProofOfWork(YourHash)`"
)]
pub trait Consensus: Send + Sync + 'static {
    /// Whether the engine serves networks whose row "proof of work" has this value.
    fn serves(&self, proof_of_work: u64) -> bool;

    /// The target of the block after `parent`.
    fn next_target(&self, network: &Network, parent: &Header) -> Target;

    /// Checks the seal of the block `id` and returns the output that breaks ties.
    ///
    /// # Errors
    ///
    /// [`SealError`]: says nothing about the block, which another seal may fit.
    fn check_seal(&self, key: &BlockId, id: &BlockId, nonce: u64, target: &Target) -> Result<[u8; 32], SealError>;

    /// Which of two branches is better: [`Greater`](Ordering::Greater) if `a` is.
    fn compare(&self, a: &Candidate, b: &Candidate) -> Ordering;
}

/// A branch as fork choice sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Work of all its blocks.
    pub work: Work,
    /// Proof-of-work output of its tip, little-endian.
    pub output: [u8; 32],
}

/// A seal that does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the proof-of-work output of nonce {nonce} is above the target {target:?}")]
pub struct SealError {
    /// The nonce.
    pub nonce: u64,
    /// What the output must not exceed.
    pub target: Target,
}

/// Proof of work with the hash `P`.
#[derive(Clone, Copy, Debug, Default)]
pub struct ProofOfWork<P>(pub P);

impl<P: PowAlgorithm> Consensus for ProofOfWork<P> {
    fn serves(&self, proof_of_work: u64) -> bool {
        proof_of_work == P::ROW
    }

    fn next_target(&self, network: &Network, parent: &Header) -> Target {
        asert::next_target(network, parent.height, parent.timestamp)
    }

    fn check_seal(&self, key: &BlockId, id: &BlockId, nonce: u64, target: &Target) -> Result<[u8; 32], SealError> {
        let output = self.0.hash(key, &pow_input(id, nonce));
        if target.allows(&output) { Ok(output) } else { Err(SealError { nonce, target: *target }) }
    }

    fn compare(&self, a: &Candidate, b: &Candidate) -> Ordering {
        // The block id costs nothing to choose, so it decides nothing. Little-endian: the last byte weighs most.
        a.work.cmp(&b.work).then_with(|| b.output.iter().rev().cmp(a.output.iter().rev()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(work: u8, output: [u8; 32]) -> Candidate {
        let mut bytes = [0; 32];
        bytes[0] = work;
        Candidate { work: Work::from_bytes(&bytes), output }
    }

    #[test]
    fn most_work_wins_and_equal_work_goes_to_the_smaller_output() {
        let engine = ProofOfWork(Blake3);
        let (mut small, mut large) = ([0xff; 32], [0; 32]);
        (small[31], large[31]) = (1, 2);
        assert_eq!(engine.compare(&candidate(2, large), &candidate(1, small)), Ordering::Greater);
        assert_eq!(engine.compare(&candidate(1, small), &candidate(1, large)), Ordering::Greater);
        assert_eq!(engine.compare(&candidate(1, large), &candidate(1, small)), Ordering::Less);
        assert_eq!(engine.compare(&candidate(1, small), &candidate(1, small)), Ordering::Equal);
    }

    #[test]
    fn blake3_does_not_serve_a_network_of_randomx() {
        assert!(ProofOfWork(Blake3).serves(0) && !ProofOfWork(Blake3).serves(1));
    }
}
