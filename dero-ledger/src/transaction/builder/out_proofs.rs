//! OutProofs: what shows that outputs, parts and hidden ops hold what they should (protocol 10.1).

#![allow(non_snake_case)] // Symbols match the equations.

use alloc::vec::Vec;

use dero_crypto::{
    NetworkId, ProofError,
    group::Scalar,
    membership::{SurjectionProof, SurjectionStatement},
    range,
    secret::Secret,
    sigma::{
        Alternatives, Holding, LinkProof, LinkStatement, LinkWitness, SealedProof, SealedStatement, SealedWitness,
    },
};
use rand_core::CryptoRng;

use super::{BuildError, BundleDraft, LockDraft, omega::KnownOmega, secrets::ValueSecrets};
use crate::{
    rules::{Statement, TxError},
    transaction::{Body, BodyDigest, VaultId},
};

/// What all proofs of a transaction bind.
pub(super) struct Prover<'a> {
    pub(super) net: NetworkId,
    pub(super) body: &'a Body,
    pub(super) digest: BodyDigest,
    pub(super) omega: &'a KnownOmega,
}

impl Prover<'_> {
    /// The proofs of the range values of bundle `bundle`, in the order of the section, its sealed proofs apart.
    pub(super) fn values(
        &self,
        bundle: usize,
        values: &[ValueSecrets],
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<Vec<u8>, BuildError> {
        let mut out = Vec::new();
        let shapes: Vec<_> = self.body.range_values(bundle).collect();
        for (value, (shape, secrets)) in shapes.iter().zip(values).enumerate() {
            if shape.range_commitment().is_none() {
                out.extend(secrets.range_commitment.to_bytes());
            }
            let proof = self.link(bundle, value, secrets, rng);
            out.extend(proof.map_err(fault(Statement::Link { bundle, value }))?.to_bytes());
        }
        for (value, (_, secrets)) in
            shapes.iter().zip(values).enumerate().filter(|(_, (shape, _))| shape.has_surjection())
        {
            out.extend(self.surjection(bundle, value, secrets, rng)?.to_bytes());
        }
        if !values.is_empty() {
            let proof = self.range(bundle, values, rng);
            out.extend(proof.map_err(fault(Statement::Range { bundle }))?.to_bytes());
        }
        Ok(out)
    }

    fn link(
        &self,
        bundle: usize,
        value: usize,
        secrets: &ValueSecrets,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<LinkProof, ProofError> {
        let statement = LinkStatement {
            net: self.net,
            body_digest: self.digest.0,
            bundle: bundle as u64,
            j: value as u64,
            T: secrets.tag,
            C: secrets.commitment,
            E: secrets.range_commitment,
        };
        let witness = LinkWitness {
            a: Secret::new(Scalar::from(secrets.opening.amount().0)),
            x: secrets.opening.mask().clone(),
            y: secrets.range_mask.clone(),
        };
        LinkProof::prove(&statement, &witness, rng)
    }

    fn surjection(
        &self,
        bundle: usize,
        value: usize,
        secrets: &ValueSecrets,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<SurjectionProof, BuildError> {
        let statement = SurjectionStatement {
            net: self.net,
            body_digest: self.digest.0,
            bundle: bundle as u64,
            j: value as u64,
            assets: self.omega.assets.clone(),
            tag: secrets.tag,
        };
        let witness = self.omega.witness(&secrets.opening).ok_or(BuildError::NoSuchAsset { bundle, value })?;
        SurjectionProof::prove(&statement, &witness, rng).map_err(fault(Statement::Surjection { bundle, value }))
    }

    fn range(
        &self,
        bundle: usize,
        values: &[ValueSecrets],
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<range::RangeProof, ProofError> {
        let statement = range::Statement {
            net: self.net,
            body_digest: self.digest.0,
            bundle: bundle as u64,
            commitments: range::Commitments::new(values.iter().map(|value| value.range_commitment).collect())?,
        };
        let openings: Vec<_> = values
            .iter()
            .map(|value| range::Opening::new(value.opening.amount(), *value.range_mask.expose()))
            .collect();
        range::RangeProof::prove(&statement, &range::Witness::new(openings), rng)
    }

    /// The sealed proofs of a bundle. `records` counts the lock records of earlier bundles; `vaults` are the ids of
    /// all lock records.
    pub(super) fn sealed(
        &self,
        bundle: &BundleDraft,
        values: &[ValueSecrets],
        records: &mut usize,
        vaults: &[VaultId],
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<Vec<u8>, BuildError> {
        let mut out = Vec::new();
        let outputs = bundle.outputs.iter().zip(values);
        for (lock, locked) in outputs.filter_map(|(output, value)| Some((output.lock.as_ref()?, value))) {
            let record = core::mem::replace(records, *records + 1);
            if !lock.alternatives.is_empty() {
                out.extend(self.sealed_record(record, lock, locked, vaults[record], rng)?.to_bytes());
            }
        }
        Ok(out)
    }

    fn sealed_record(
        &self,
        record: usize,
        lock: &LockDraft,
        locked: &ValueSecrets,
        vault: VaultId,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<SealedProof, BuildError> {
        let holdings = lock
            .alternatives
            .iter()
            .map(|parts| {
                parts
                    .iter()
                    .map(|part| {
                        let enote = part.enote.decode()?;
                        Ok(Holding { T: *enote.asset_tag(), C: *enote.commitment() })
                    })
                    .collect()
            })
            .collect::<Result<Vec<Vec<_>>, BuildError>>()?;
        let alternatives = Alternatives::new(Holding { T: locked.tag, C: locked.commitment }, holdings)
            .map_err(|error| TxError::Sealed { record, error })?;
        let openings: Vec<Vec<_>> = lock
            .alternatives
            .iter()
            .map(|parts| parts.iter().map(|part| (&part.opening).into()).collect())
            .collect();
        let witness = SealedWitness::from_openings(&(&locked.opening).into(), &openings);
        let statement = SealedStatement {
            net: self.net,
            body_digest: self.digest.0,
            vault_id: vault.0,
            alternatives: &alternatives,
        };
        SealedProof::prove(&statement, &witness, rng).map_err(fault(Statement::Sealed { record }))
    }
}

fn fault(statement: Statement) -> impl Fn(ProofError) -> BuildError {
    move |error| BuildError::Proof { statement, error }
}
