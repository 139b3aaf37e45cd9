//! The spend key in this process's memory.

use dero_crypto::{
    ProofError,
    keys::{MasterSecret, SpendKey},
    sigma::spend::SpendStatement,
};
use rand_core::CryptoRng;

use super::{SignReply, SignRequest, Signer, SignerPart, SpendInput, SpendRequest};

/// A signer with the spend key in memory. It signs whatever its own process asks.
pub struct MemorySigner<R> {
    key: SpendKey,
    rng: R,
}

impl<R> core::fmt::Debug for MemorySigner<R> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("MemorySigner(..)")
    }
}

/// Why the signer in memory refuses.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MemorySignerError {
    /// A point of the request cancels with the nonce, or the challenge is zero: not with honest points.
    #[error("the request's points cannot be signed: {0}")]
    Points(#[from] ProofError),
}

impl<R: CryptoRng> MemorySigner<R> {
    /// A signer for the wallet of `master`.
    pub fn new(master: &MasterSecret, rng: R) -> Self {
        Self { key: master.spend_key(), rng }
    }

    fn answer(&mut self, request: &SpendRequest, input: &SpendInput) -> Result<SignerPart, ProofError> {
        let statement = SpendStatement {
            net: request.net,
            m_tx: request.m_tx,
            index: input.index,
            image_key: input.image_key,
            tag: input.tag,
        };
        SignerPart::answer(&statement, (input.P1, input.P2), &self.key, &input.v, &mut self.rng)
    }
}

impl<R: CryptoRng> Signer for MemorySigner<R> {
    type Error = MemorySignerError;

    fn request(&mut self, request: &SignRequest) -> Result<SignReply, MemorySignerError> {
        match request {
            SignRequest::Spend(request) => {
                let answers = request.inputs.iter().map(|input| self.answer(request, input));
                Ok(SignReply::Spend(answers.collect::<Result<_, _>>()?))
            }
        }
    }
}
