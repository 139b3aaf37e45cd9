//! Step 5: every point is the one encoding of an element other than the identity, every scalar is canonical, and
//! sealed parts differ from the locked enote where 12.2 asks for it.
//!
//! Nothing is computed with a field before all fields are decoded, in the order Body (`body.rs`), OutProofs, Auth,
//! Membership (`proofs.rs`).

mod body;
mod proofs;

use alloc::vec::Vec;

use dero_crypto::{
    DecodeError,
    membership::{AssetSet, MembershipProof},
    sigma::Alternatives,
};

use super::{Place, RuleParameters, TxError, state::Resolved};
use crate::transaction::{Body, Transaction};

pub(crate) use body::{DecodedBody, DecodedOp};
pub(crate) use proofs::{Auth, BundleProofs};

/// A transaction whose every field is decoded.
#[derive(Clone, Debug)]
pub(crate) struct Decoded {
    pub(crate) body: DecodedBody,
    /// Ω of the transaction.
    pub(crate) omega: AssetSet,
    /// Per lock record with alternatives: its place among all lock records, and its outcomes.
    pub(crate) sealed: Vec<(usize, Alternatives)>,
    /// Per bundle.
    pub(crate) out_proofs: Vec<BundleProofs>,
    pub(crate) auth: Auth,
    /// Per private input, in Body order.
    pub(crate) memberships: Vec<MembershipProof>,
}

pub(crate) fn check(
    tx: &Transaction,
    resolved: &Resolved,
    parameters: &RuleParameters,
) -> Result<Decoded, TxError> {
    let body = DecodedBody::decode(&tx.body, resolved)?;
    let omega = omega(&tx.body, &body, resolved);
    let out_proofs = proofs::out_proofs(&tx.out_proofs, &tx.body, &body, &omega)?;
    let auth = Auth::decode(&tx.auth, &tx.body, resolved)?;
    let memberships = proofs::memberships(&tx.membership, parameters)?;
    let sealed = body.alternatives()?;
    Ok(Decoded { body, omega, sealed, out_proofs, auth, memberships })
}

fn omega(body: &Body, decoded: &DecodedBody, resolved: &Resolved) -> AssetSet {
    let images = decoded.bundles.iter().flat_map(|bundle| &bundle.inputs).map(|input| input.image.asset_tag);
    let vaults = resolved.vaults.iter().map(|(_, vault)| vault.asset_tag);
    AssetSet::new(&body.omega(images, vaults)).expect("the limits of 10.3 keep Ω below 64")
}

/// Says where a field stands.
fn at(place: Place) -> impl Fn(DecodeError) -> TxError {
    move |error| TxError::Encoding { place, error }
}
