//! The spend key in this process's memory.

#![allow(non_snake_case)] // Symbols match the equations.

use dero_crypto::{
    DecodeError, ProofError,
    group::{Point, Scalar, domain, generators::Y},
    keys::{MasterSecret, SpendKey},
    secret::Secret,
    sigma::spend::SpendStatement,
};
use rand_core::CryptoRng;

use super::{SignReply, SignRequest, Signer, SpendAnswer, SpendInput, SpendRequest};

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

impl From<DecodeError> for MemorySignerError {
    fn from(error: DecodeError) -> Self {
        Self::Points(error.into())
    }
}

impl<R: CryptoRng> MemorySigner<R> {
    /// A signer for the wallet of `master`.
    pub fn new(master: &MasterSecret, rng: R) -> Self {
        Self { key: master.spend_key(), rng }
    }

    /// β = hs("device/nonce"; k_s, rnd, m_tx, index, K~, L, v, P1, P2).
    fn nonce(&mut self, request: &SpendRequest, input: &SpendInput) -> Secret<Scalar> {
        let mut rnd = Secret::new([0; 32]);
        loop {
            self.rng.fill_bytes(rnd.expose_mut());
            let nonce = Secret::new(domain::DEVICE_NONCE.hash(&[
                self.key.expose().expose().as_bytes(),
                rnd.expose(),
                &request.m_tx,
                &input.index.to_le_bytes(),
                input.image_key.as_bytes(),
                &input.tag.to_bytes(),
                input.v.expose().as_bytes(),
                input.P1.as_bytes(),
                input.P2.as_bytes(),
            ]));
            if nonce.expose() != &Scalar::ZERO {
                return nonce;
            }
        }
    }

    fn answer(&mut self, request: &SpendRequest, input: &SpendInput) -> Result<SpendAnswer, MemorySignerError> {
        let beta = self.nonce(request, input);
        let beta_Y = Point::encode(Y.element() * beta.expose(), "beta Y")?;
        let statement = SpendStatement {
            net: request.net,
            m_tx: request.m_tx,
            index: input.index,
            image_key: input.image_key,
            tag: input.tag,
        };
        let (A1, A2) = SpendStatement::announcements(&input.P1, &input.P2, &beta_Y)?;
        let c = statement.challenge(&A1, &A2)?;
        let y = self.key.one_time(&input.v);
        Ok(SpendAnswer { beta_Y, s_y: beta.expose() + c * y.expose() })
    }
}

impl<R: CryptoRng> Signer for MemorySigner<R> {
    type Error = MemorySignerError;

    fn request(&mut self, request: &SignRequest) -> Result<SignReply, MemorySignerError> {
        match request {
            SignRequest::Spend(request) => {
                let answers = request.inputs.iter().map(|input| self.answer(request, input));
                answers.collect::<Result<_, _>>().map(SignReply::Spend)
            }
        }
    }
}
