//! Step 1: what the bytes alone say. Fields are cut while a [`Body`] is read; here are the rules that compare
//! them with each other.

use dero_crypto::membership::{MembershipProof, Reference};

use super::{RuleParameters, Section, TxError};
use crate::transaction::{Body, Transaction, limits, section};

impl Transaction {
    /// Reads a transaction by all rules that need nothing but its bytes (10.4 step 1).
    ///
    /// # Errors
    ///
    /// A [`TxError`] of step 1.
    pub fn parse(bytes: &[u8], parameters: &RuleParameters) -> Result<Self, TxError> {
        let [body, out_proofs, auth, membership, memos, payload] = section::cut(bytes)?;
        let body = Body::parse(body, &parameters.net)?;
        check_body(&body)?;
        let tx = Self {
            body,
            out_proofs: out_proofs.to_vec(),
            auth: auth.to_vec(),
            membership: membership.to_vec(),
            memos: memos.to_vec(),
            payload: payload.to_vec(),
        };
        check_sections(&tx, parameters)?;
        Ok(tx)
    }
}

/// Totals, anchors, bundle indices, range values: 10.3.
pub(crate) fn check_body(body: &Body) -> Result<(), TxError> {
    let most = if body.expiry == 0 { limits::INPUTS_WITHOUT_EXPIRY } else { limits::INPUTS };
    within("private inputs", body.input_count(), 0, most)?;
    within("vault inputs", body.vault_input_count(), 0, limits::VAULT_INPUTS)?;
    within("outputs", body.output_count(), *limits::OUTPUTS.start(), *limits::OUTPUTS.end())?;
    within("lock records", body.lock_records().count(), 0, limits::LOCK_RECORDS)?;
    let bundles = body.bundles.len();
    let ops = body.ops.iter().enumerate().map(|(index, op)| ("op", index, op.bundle()));
    let moves = body.moves.iter().enumerate().map(|(index, public_move)| ("move", index, public_move.bundle));
    for (what, index, found) in ops.chain(moves) {
        if usize::from(found) >= bundles {
            return Err(TxError::BundleIndex { what, index, found, bundles });
        }
    }
    for bundle in 0..bundles {
        within("range values of a bundle", body.range_value_count(bundle), 0, limits::BUNDLE_RANGE_VALUES)?;
        if body.anchors(bundle).next().is_none() {
            return Err(TxError::NoAnchor { bundle });
        }
    }
    Ok(())
}

/// The sections whose length follows from Body alone.
pub(crate) fn check_sections(tx: &Transaction, parameters: &RuleParameters) -> Result<(), TxError> {
    let membership = tx.body.input_count() * (Reference::LEN + MembershipProof::len(parameters.sets));
    for (section, expected, found) in [
        (Section::OutProofs, tx.body.out_proofs_length(), tx.out_proofs.len()),
        (Section::Membership, membership, tx.membership.len()),
    ] {
        if found != expected {
            return Err(TxError::SectionLength { section, expected, found });
        }
    }
    Ok(())
}

fn within(what: &'static str, found: usize, min: usize, max: usize) -> Result<(), TxError> {
    if (min..=max).contains(&found) { Ok(()) } else { Err(TxError::limit(what, found, min, max)) }
}
