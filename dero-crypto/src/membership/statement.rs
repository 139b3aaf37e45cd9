//! What a membership proof claims.

use alloc::sync::Arc;

use super::{Image, ReferenceSet, SetParameters};
use crate::{
    NetworkId,
    error::ProofError,
    group::{Scalar, domain},
    transcript::Transcript,
};

/// Components of a member: (Ko, C, T).
pub(super) const COMPONENTS: usize = 3;

/// "`image` re-randomises one of the enotes of `set`", on one network.
#[derive(Clone, Debug)]
pub struct MembershipStatement {
    net: NetworkId,
    parameters: SetParameters,
    set: Arc<ReferenceSet>,
    image: Image,
}

impl MembershipStatement {
    /// The statement over 1 ≤ L ≤ N real members.
    ///
    /// # Errors
    ///
    /// [`ProofError::Shape`] if `set` has more members than the parameters allow.
    pub fn new(
        net: NetworkId,
        parameters: SetParameters,
        set: Arc<ReferenceSet>,
        image: Image,
    ) -> Result<Self, ProofError> {
        let (expected, found) = (parameters.digits().size(), set.members().len());
        if found > expected {
            return Err(ProofError::Shape { what: "members of a reference set", expected, found });
        }
        Ok(Self { net, parameters, set, image })
    }

    /// The network's (n, m).
    #[must_use]
    pub fn parameters(&self) -> SetParameters {
        self.parameters
    }

    /// The interval and its members.
    #[must_use]
    pub fn set(&self) -> &Arc<ReferenceSet> {
        &self.set
    }

    /// (K~, C~, T~).
    #[must_use]
    pub fn image(&self) -> &Image {
        &self.image
    }

    /// The transcript `member` up to the image; the next challenge is μ.
    pub(super) fn transcript(&self) -> Transcript {
        let mut transcript = Transcript::new(domain::MEMBER, &self.net);
        transcript.int(self.parameters.n().into());
        transcript.int(self.parameters.m().into());
        transcript.int(COMPONENTS as u64);
        transcript.int(self.set.kind().to_byte().into());
        transcript.int(self.set.start());
        transcript.int(self.set.members().len() as u64);
        transcript.bytes(self.set.acc_start().as_bytes());
        transcript.bytes(self.set.acc_end().as_bytes());
        self.image.components().into_iter().for_each(|point| transcript.point(point));
        transcript
    }

    /// μ and the transcript behind it.
    pub(super) fn first_challenge(&self) -> Result<(Scalar, Transcript), ProofError> {
        let mut transcript = self.transcript();
        Ok((transcript.challenge()?, transcript))
    }
}
