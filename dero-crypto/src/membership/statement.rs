//! What a membership proof claims.

use alloc::sync::Arc;

use super::{Image, ReferenceSet, SetParameters};
use crate::{NetworkId, error::ProofError};

/// Components of a member: (Ko, C, T).
pub(super) const COMPONENTS: usize = 3;

/// "`image` re-randomises one of the enotes of `set`", on one network.
///
/// ```
/// # use std::sync::Arc;
/// # use dero_crypto::{group::generators::{A0, G, H, X, Y}, membership::*, prelude::*};
/// # let rng = &mut rand::rng();
/// # let net = NetworkId([1; 32]);
/// # let acc = Accumulator::empty(&net);
/// # let members = [[X, H, A0], [Y, G, A0]].map(|[Ko, C, T]| Arc::new(Member::new(&Ko.point(), &C.point(), &T.point())));
/// # let masks = Masks::random(rng);
/// # let image = Image::of(&members[1], &masks)?;
/// # let set = ReferenceSet::new(ReferenceKind::Open, 0, acc, acc, members.to_vec())?;
/// let statement = MembershipStatement::new(net, SetParameters::new(2, 3)?, Arc::new(set), image)?;
/// let witness = MembershipWitness::new(1, masks);
/// assert_eq!(statement.set().members().len(), 2);
/// assert_eq!(statement.parameters().size(), 8); // the last member stands for the places behind it
/// # Ok::<(), dero_crypto::ProofError>(())
/// ```
#[derive(Clone, Debug)]
pub struct MembershipStatement {
    pub(super) net: NetworkId,
    pub(super) parameters: SetParameters,
    pub(super) set: Arc<ReferenceSet>,
    pub(super) image: Image,
}

impl MembershipStatement {
    /// The statement over 1 ≤ L ≤ N real members. Which intervals may be cited depends on the chain and is the rule of
    /// [`Reference::resolve`](super::Reference::resolve); nothing here asks whether any reference names this one.
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
}
