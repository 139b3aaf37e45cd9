//! A transaction with Body and OutProofs: what remains is to sign it and to place its inputs.

use alloc::{sync::Arc, vec::Vec};

use dero_crypto::{
    NetworkId,
    asset::AssetId,
    enote::InputContext,
    group::Point,
    keys::LinkingTag,
    membership::{
        Image, Masks, MembershipProof, MembershipStatement, MembershipWitness, Reference, ReferenceSet,
        SetParameters,
    },
    sigma::{IssuerAuth, SchnorrProof, SpendProof, SpendStatement, VaultAuth},
};
use rand_core::CryptoRng;

use super::{BuildError, TransactionDraft, omega::KnownOmega, out_proofs::Prover, secrets::ValueSecrets};
use crate::{
    rules::{Statement, TxError},
    transaction::{Body, BodyDigest, SigningDigest, Transaction, VaultId, limits},
};

/// Body and OutProofs, and the masks that membership proofs need. Holds no key.
#[derive(Clone, Debug)]
pub struct UnsignedTransaction {
    net: NetworkId,
    body: Body,
    digest: BodyDigest,
    out_proofs: Vec<u8>,
    memos: Vec<u8>,
    payload: Vec<u8>,
    /// Per private input, in Body order.
    inputs: Vec<(LinkingTag, Image, Masks)>,
}

/// Everything that goes into Auth, each list in Body order.
#[derive(Clone, Debug, Default)]
pub struct Signatures {
    /// One a private input.
    pub spends: Vec<SpendProof>,
    /// One a vault input whose record names a payout key.
    pub vaults: Vec<SchnorrProof>,
    /// One a registration or mint of an asset that a key issues.
    pub issuers: Vec<SchnorrProof>,
}

impl TransactionDraft {
    /// Sorts the draft, closes its balance and makes all proofs about outputs and ops.
    ///
    /// # Errors
    ///
    /// [`BuildError`] if the amounts do not balance, a limit is exceeded, or an output has an asset that nothing
    /// brings in.
    pub fn prove(
        mut self,
        net: &NetworkId,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<UnsignedTransaction, BuildError> {
        self.check()?;
        self.sort();
        let hidden = self
            .ops
            .iter()
            .map(|op| op.action.hidden().map(|opening| ValueSecrets::new(opening, rng)).transpose())
            .collect::<Result<Vec<_>, _>>()?;
        let body = self.body(&hidden, net)?;
        let digest = BodyDigest::of(&body, net);
        let contexts: Vec<InputContext> =
            body.input_contexts(net).expect("a Body of which a bundle has no anchor is refused");
        let vaults = body.vault_ids(net, &contexts);
        let omega = KnownOmega::new(&self, &body)?;
        let prover = Prover { net: *net, body: &body, digest, omega: &omega };
        let mut hidden: Vec<_> = self.ops.iter().map(|op| op.bundle).zip(hidden).collect();
        let (mut out_proofs, mut records) = (Vec::new(), 0);
        for (place, bundle) in self.bundles.iter().enumerate() {
            let ops =
                hidden.iter_mut().filter(|(bundle, _)| *bundle == place).filter_map(|(_, value)| value.take());
            let values = ValueSecrets::of_bundle(bundle, ops, rng)?;
            out_proofs.extend(prover.values(place, &values, rng)?);
            out_proofs.extend(prover.sealed(bundle, &values, &mut records, &vaults, rng)?);
        }
        let memos = self.memos();
        let inputs = self.bundles.into_iter().flat_map(|bundle| bundle.inputs);
        let inputs = inputs.map(|input| (input.tag, input.image, input.masks)).collect();
        Ok(UnsignedTransaction { net: *net, body, digest, out_proofs, memos, payload: self.payload, inputs })
    }
}

impl UnsignedTransaction {
    /// What the transaction does; final.
    #[must_use]
    pub fn body(&self) -> &Body {
        &self.body
    }

    /// The digest of Body.
    #[must_use]
    pub fn body_digest(&self) -> BodyDigest {
        self.digest
    }

    /// Changes OutProofs before they are signed: a maker who cheats.
    #[cfg(feature = "testing")]
    #[must_use]
    pub fn forged(mut self, change: impl FnOnce(&mut Vec<u8>)) -> Self {
        change(&mut self.out_proofs);
        self
    }

    /// m_tx, what every signature signs.
    #[must_use]
    pub fn signing_digest(&self) -> SigningDigest {
        self.digest.signing(&self.net, &self.out_proofs)
    }

    /// What the spender of each private input must prove, in Body order.
    pub fn spends(&self) -> impl Iterator<Item = SpendStatement> {
        let m_tx = self.signing_digest().0;
        self.inputs.iter().zip(0..).map(move |((tag, image, _), index)| SpendStatement {
            net: self.net,
            m_tx,
            index,
            image_key: image.key,
            tag: *tag,
        })
    }

    /// The masks of each private input's image, in Body order: r_K is a witness of its spend proof.
    pub fn masks(&self) -> impl Iterator<Item = &Masks> {
        self.inputs.iter().map(|(_, _, masks)| masks)
    }

    /// What the payout key of vault input `vault` signs.
    #[must_use]
    pub fn vault_authority(&self, vault: VaultId, key: Point) -> VaultAuth {
        VaultAuth { net: self.net, m_tx: self.signing_digest().0, vault_id: vault.0, key }
    }

    /// What the issuer of `asset` signs for op `op`.
    #[must_use]
    pub fn issuer(&self, op: usize, asset: AssetId, key: Point) -> IssuerAuth {
        IssuerAuth { net: self.net, m_tx: self.signing_digest().0, op_index: op as u64, asset, key }
    }

    /// Shows that private input `input` (in Body order) copies member `place` of `set`.
    ///
    /// Binds the image and the set alone, so it may be made before or after signing, and made again later.
    ///
    /// # Errors
    ///
    /// [`BuildError::Proof`] if the image is not that of the member, [`BuildError::Missing`] if there is no such
    /// input.
    pub fn prove_membership(
        &self,
        input: usize,
        parameters: SetParameters,
        set: &Arc<ReferenceSet>,
        place: u64,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<MembershipProof, BuildError> {
        let found = self.inputs.len();
        let (_, image, masks) = self.inputs.get(input).ok_or(BuildError::Missing {
            what: "private inputs",
            expected: input + 1,
            found,
        })?;
        let fault = |error| BuildError::Proof { statement: Statement::Membership { input }, error };
        let statement = MembershipStatement::new(self.net, parameters, Arc::clone(set), *image).map_err(fault)?;
        let witness = MembershipWitness::new(place, masks.clone());
        MembershipProof::prove(&statement, &witness, rng).map_err(fault)
    }

    /// Puts everything together.
    ///
    /// # Errors
    ///
    /// [`BuildError::Missing`] unless there is one spend and one membership proof an input.
    pub fn assemble(
        self,
        signatures: &Signatures,
        membership: &[(Reference, MembershipProof)],
    ) -> Result<Transaction, BuildError> {
        let expected = self.inputs.len();
        for (what, found) in [("spend proofs", signatures.spends.len()), ("membership proofs", membership.len())] {
            if found != expected {
                return Err(BuildError::Missing { what, expected, found });
            }
        }
        let spends = signatures.spends.iter().flat_map(SpendProof::to_bytes);
        let signed = signatures.vaults.iter().chain(&signatures.issuers).flat_map(SchnorrProof::to_bytes);
        let membership = membership
            .iter()
            .flat_map(|(reference, proof)| reference.to_bytes().into_iter().chain(proof.to_bytes()));
        let tx = Transaction {
            auth: spends.chain(signed).collect(),
            membership: membership.collect(),
            body: self.body,
            out_proofs: self.out_proofs,
            memos: self.memos,
            payload: self.payload,
        };
        match tx.encoded_length(&self.net) {
            ..=limits::TRANSACTION_BYTES => Ok(tx),
            found => Err(TxError::limit("transaction", found, 0, limits::TRANSACTION_BYTES).into()),
        }
    }
}
