//! Proofs of blocks that wait behind the tip, checked together before the blocks are taken one by one.
//!
//! The members of a reference set are most of what a proof costs, and blocks that follow each other cite the same
//! sets: in one batch each member is paid for once. References of a block are resolved by the state before it, so a
//! batch ends where the next anchor begins; until then the state of the first block resolves all.
//!
//! Only verdicts come out of it. Nothing is refused here, and what is wrong, or cannot be checked yet, is found by
//! the block's own check.

use alloc::vec::Vec;

use dero_crypto::membership::ANCHOR_SPACING;
use rand_core::CryptoRng;

use super::{
    Chain, cut, lock,
    verify::{Body, check_each},
};
use crate::{consensus::Consensus, execution::Executor, rules::Verification, store::ChainStore};

impl<S: ChainStore, C: Consensus, E: Executor> Chain<S, C, E> {
    /// Checks the proofs of the first of `blocks`, which follow the tip, in one batch, and keeps the verdicts of
    /// what passes for [`add_block`](Self::add_block). Returns how many blocks it looked at: call it again with the
    /// others once these are added.
    ///
    /// Each block that is looked at has a sealed header that is known here, and the body of that header, so it cost
    /// somebody the work of a block.
    pub fn check_ahead(&self, blocks: &[impl AsRef<[u8]>], rng: &mut (impl CryptoRng + ?Sized)) -> usize {
        let state = self.next_state();
        let first = state.tip().next_height();
        let mut waiting = Vec::new();
        let mut looked_at = 0;
        for (height, bytes) in (first..).zip(blocks) {
            let same_anchor = height / ANCHOR_SPACING == first / ANCHOR_SPACING;
            let Some(body) = (if same_anchor { self.sealed_body(height, bytes.as_ref()) } else { None }) else {
                break;
            };
            waiting.extend(body.transactions);
            looked_at += 1;
        }
        // A block alone is checked in one batch anyway.
        if looked_at > 1 {
            let mut verification = Verification::new(&self.network.rules());
            for checked in check_each(&state, &waiting).into_iter().flatten() {
                if self.verdicts.get(&checked.effects().verdict_key()).is_none() {
                    // A challenge of zero: its block says so.
                    let _ = verification.push(checked);
                }
            }
            let verified = verification.verify(rng);
            verified.into_iter().flatten().for_each(|verified| self.verdicts.insert(verified.verdict()));
        }
        looked_at
    }

    /// The body of a block whose header is sealed and stands at `height`.
    fn sealed_body(&self, height: u64, bytes: &[u8]) -> Option<Body> {
        let (header, _, body) = cut(bytes).ok()?;
        let known = lock(&self.tree).get(&header.id()).is_some();
        if !known || header.height != height {
            return None;
        }
        let body = Body::read(&self.network, &header, body).ok()?;
        let weight: u128 = body.transactions.iter().map(|transaction| u128::from(transaction.weight())).sum();
        (weight <= u128::from(self.network.rows().weight_limit)).then_some(body)
    }
}
