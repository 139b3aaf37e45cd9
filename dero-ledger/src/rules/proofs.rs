//! Steps 6 to 9: the statements of a transaction, in the order of 10.4, as items of a batch.
//!
//! A step is reached only with every field decoded. The first statement whose equations fail is the one that is
//! reported, since positions in the batch ascend in this order.

#![allow(non_snake_case)] // Symbols match the equations.

use alloc::{sync::Arc, vec::Vec};

use dero_crypto::{
    NetworkId, ProofError,
    balance::{Balance, Term},
    batch::Batch,
    commitment::Amount,
    membership::{MembershipStatement, SurjectionStatement},
    range,
    sigma::{IssuerAuth, LinkStatement, SealedStatement, SpendStatement, VaultAuth},
};

use super::{
    RuleParameters, Statement, TxError, UnverifiedTransaction,
    decode::{Decoded, DecodedOp},
    state::Resolved,
};
use crate::transaction::{Direction, PublicMove};

/// What a transaction puts into a batch.
pub(crate) struct Queue<'a> {
    pub(crate) tx: &'a UnverifiedTransaction,
    pub(crate) resolved: &'a Resolved,
    pub(crate) decoded: &'a Decoded,
    pub(crate) parameters: &'a RuleParameters,
}

/// The statements of one transaction, by their positions in a batch.
pub(crate) type Positions = Vec<(usize, Statement)>;

impl Queue<'_> {
    /// Pushes every equation of steps 6 to 9 and says which position stands for what.
    ///
    /// # Errors
    ///
    /// [`TxError::Proof`] if a challenge is zero, [`TxError::EquationCount`] if the batch got more or fewer equations
    /// than Body asks for.
    pub(crate) fn enqueue(&self, batch: &mut Batch) -> Result<Positions, TxError> {
        let before = batch.equations();
        let mut items = Items { batch, positions: Vec::new() };
        self.issuers(&mut items)?;
        self.vault_authorities(&mut items)?;
        let position = self.balance().enqueue(items.batch);
        items.positions.push((position, Statement::Balance));
        self.links(&mut items)?;
        self.sealed(&mut items)?;
        self.spends(&mut items)?;
        self.surjections(&mut items)?;
        self.ranges(&mut items)?;
        self.memberships(&mut items)?;
        let Items { batch, positions } = items;
        let (expected, found) = (self.equation_count(), batch.equations() - before);
        if found == expected { Ok(positions) } else { Err(TxError::EquationCount { expected, found }) }
    }

    /// How many equations steps 6 to 9 have: from Body, and from the keys that the state names.
    pub(crate) fn equation_count(&self) -> usize {
        let body = &self.tx.transaction().body;
        let bundles = || 0..body.bundles.len();
        let values: usize = bundles().map(|bundle| body.range_value_count(bundle)).sum();
        let surjections =
            bundles().flat_map(|bundle| body.range_values(bundle)).filter(|value| value.has_surjection()).count();
        let ranges = bundles().filter(|bundle| body.range_value_count(*bundle) > 0).count();
        let sealed = body.lock_records().filter(|record| !record.alternatives.is_empty()).count();
        let signatures = self.resolved.keyed_ops().count() + self.resolved.vault_authorities().count();
        // The balance; two equations each for link, spend, surjection and membership proofs; one for the others.
        1 + signatures
            + 2 * values
            + sealed
            + 2 * body.input_count()
            + 2 * surjections
            + ranges
            + 2 * body.input_count()
    }

    fn net(&self) -> NetworkId {
        self.parameters.net
    }

    fn body_digest(&self) -> [u8; 32] {
        self.tx.digests().body.0
    }

    fn m_tx(&self) -> [u8; 32] {
        self.tx.digests().signing.0
    }

    fn issuers(&self, items: &mut Items<'_>) -> Result<(), TxError> {
        let (net, m_tx) = (self.net(), self.m_tx());
        for ((op, asset, key), proof) in self.decoded.body.issuers.iter().zip(&self.decoded.auth.issuers) {
            let auth = IssuerAuth { net, m_tx, op_index: *op as u64, asset: *asset, key: *key };
            items.push(Statement::Issuer { op: *op }, |batch| proof.enqueue(&auth.statement(), batch))?;
        }
        Ok(())
    }

    fn vault_authorities(&self, items: &mut Items<'_>) -> Result<(), TxError> {
        let (net, m_tx) = (self.net(), self.m_tx());
        for ((input, vault, key), proof) in self.resolved.vault_authorities().zip(&self.decoded.auth.vaults) {
            let auth = VaultAuth { net, m_tx, vault_id: vault.0, key };
            items.push(Statement::VaultAuthority { input }, |batch| proof.enqueue(&auth.statement(), batch))?;
        }
        Ok(())
    }

    fn balance(&self) -> Balance {
        let body = &self.tx.transaction().body;
        let decoded = &self.decoded.body;
        let inputs = decoded.bundles.iter().flat_map(|bundle| &bundle.inputs);
        let outputs = decoded.bundles.iter().flat_map(|bundle| &bundle.outputs);
        let ops = decoded.ops.iter().filter_map(|op| match *op {
            DecodedOp::Register => None,
            DecodedOp::Mint(asset, amount) => Some(Term::PublicMint(asset, Amount(amount))),
            DecodedOp::MintHidden(holding, _) => Some(Term::HiddenMint(holding.C)),
            DecodedOp::Burn(asset, amount) => Some(Term::PublicBurn(asset, Amount(amount))),
            DecodedOp::BurnHidden(holding, _) => Some(Term::HiddenBurn(holding.C)),
        });
        let moves = body.moves.iter().map(|PublicMove { asset, amount, direction, .. }| match direction {
            Direction::In { .. } => Term::MoveIn(*asset, Amount(*amount)),
            Direction::Out { .. } => Term::MoveOut(*asset, Amount(*amount)),
        });
        let terms = inputs
            .map(|input| Term::PrivateInput(input.image.commitment))
            .chain(self.resolved.vaults.iter().map(|(_, vault)| Term::VaultInput(vault.commitment)))
            .chain(outputs.map(|output| Term::Output(output.holding.C)))
            .chain(ops)
            .chain(moves)
            .collect();
        Balance { terms, fee: Amount(body.fee), pi: decoded.balance }
    }

    fn links(&self, items: &mut Items<'_>) -> Result<(), TxError> {
        let (net, body_digest) = (self.net(), self.body_digest());
        for (bundle, proofs) in self.decoded.out_proofs.iter().enumerate() {
            for (value, proofs) in proofs.values.iter().enumerate() {
                let (T, C, E) = (proofs.holding.T, proofs.holding.C, proofs.range_commitment);
                let statement = LinkStatement { net, body_digest, bundle: bundle as u64, j: value as u64, T, C, E };
                items.push(Statement::Link { bundle, value }, |batch| proofs.link.enqueue(&statement, batch))?;
            }
        }
        Ok(())
    }

    fn sealed(&self, items: &mut Items<'_>) -> Result<(), TxError> {
        let (net, body_digest) = (self.net(), self.body_digest());
        let proofs = self.decoded.out_proofs.iter().flat_map(|proofs| &proofs.sealed);
        for ((record, alternatives), proof) in self.decoded.sealed.iter().zip(proofs) {
            let (record, vault_id) = (*record, self.tx.vault_ids()[*record].0);
            let statement = SealedStatement { net, body_digest, vault_id, alternatives };
            items.push(Statement::Sealed { record }, |batch| proof.enqueue(&statement, batch))?;
        }
        Ok(())
    }

    fn spends(&self, items: &mut Items<'_>) -> Result<(), TxError> {
        let (net, m_tx) = (self.net(), self.m_tx());
        let inputs = self.decoded.body.bundles.iter().flat_map(|bundle| &bundle.inputs);
        for (input, (decoded, proof)) in inputs.zip(&self.decoded.auth.spends).enumerate() {
            let statement =
                SpendStatement { net, m_tx, index: input as u64, image_key: decoded.image.key, tag: decoded.tag };
            items.push(Statement::Spend { input }, |batch| proof.enqueue(&statement, batch))?;
        }
        Ok(())
    }

    fn surjections(&self, items: &mut Items<'_>) -> Result<(), TxError> {
        for (bundle, proofs) in self.decoded.out_proofs.iter().enumerate() {
            for (value, proofs) in proofs.values.iter().enumerate() {
                let Some(proof) = &proofs.surjection else { continue };
                let statement = SurjectionStatement {
                    net: self.net(),
                    body_digest: self.body_digest(),
                    bundle: bundle as u64,
                    j: value as u64,
                    assets: self.decoded.omega.clone(),
                    tag: proofs.holding.T,
                };
                items.push(Statement::Surjection { bundle, value }, |batch| proof.enqueue(&statement, batch))?;
            }
        }
        Ok(())
    }

    fn ranges(&self, items: &mut Items<'_>) -> Result<(), TxError> {
        for (bundle, proofs) in self.decoded.out_proofs.iter().enumerate() {
            let Some(proof) = &proofs.range else { continue };
            let commitments = proofs.values.iter().map(|value| value.range_commitment).collect();
            items.push(Statement::Range { bundle }, |batch| {
                let statement = range::Statement {
                    net: self.net(),
                    body_digest: self.body_digest(),
                    bundle: bundle as u64,
                    commitments: range::Commitments::new(commitments)?,
                };
                proof.enqueue(&statement, batch)
            })?;
        }
        Ok(())
    }

    fn memberships(&self, items: &mut Items<'_>) -> Result<(), TxError> {
        let inputs = self.decoded.body.bundles.iter().flat_map(|bundle| &bundle.inputs);
        let sets = self.resolved.sets.iter().zip(&self.decoded.memberships);
        for (input, (decoded, (set, proof))) in inputs.zip(sets).enumerate() {
            items.push(Statement::Membership { input }, |batch| {
                let (net, sets) = (self.net(), self.parameters.sets);
                let statement = MembershipStatement::new(net, sets, Arc::clone(set), decoded.image)?;
                proof.enqueue(&statement, batch)
            })?;
        }
        Ok(())
    }
}

/// A batch that remembers what each of its items says.
struct Items<'a> {
    batch: &'a mut Batch,
    positions: Positions,
}

impl Items<'_> {
    fn push(
        &mut self,
        statement: Statement,
        enqueue: impl FnOnce(&mut Batch) -> Result<usize, ProofError>,
    ) -> Result<(), TxError> {
        let position = enqueue(self.batch).map_err(|_| TxError::Proof(statement))?;
        self.positions.push((position, statement));
        Ok(())
    }
}
