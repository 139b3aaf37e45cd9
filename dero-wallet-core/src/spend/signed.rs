//! The part that only the spend key can add, and the proofs that tie a payment to the chain.

#![allow(non_snake_case)] // Symbols match the equations.

use alloc::{boxed::Box, collections::BTreeMap, sync::Arc, vec::Vec};

use dero_crypto::{
    membership::{MembershipProof, Reference, ReferenceSet},
    sigma::{HostPart, SpendProof},
};
use dero_ledger::{
    consensus::Consensus,
    transaction::{
        BodyDigest, Transaction,
        builder::{Signatures, UnsignedTransaction},
    },
};
use rand_core::CryptoRng;

use super::{Proposal, SpendError, proposal::PlacedInput, references::Choice};
use crate::{
    chain::ChainError,
    enote::OwnEnote,
    signer::{SignReply, SignRequest, Signer, SpendInput, SpendRequest},
    store::Persister,
    wallet::{InPlace, OpenPayment, Wallet},
};

/// A transaction that can be sent.
#[derive(Clone, Debug)]
pub struct SignedTransaction {
    transaction: Transaction,
    bytes: Vec<u8>,
    txid: [u8; 32],
}

impl SignedTransaction {
    /// The bytes to send.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Its id.
    #[must_use]
    pub fn txid(&self) -> &[u8; 32] {
        &self.txid
    }

    /// Its parts.
    #[must_use]
    pub fn transaction(&self) -> &Transaction {
        &self.transaction
    }
}

impl<P: Persister, C: Consensus> Wallet<P, C> {
    /// Has a proposal signed and places its inputs in their reference sets.
    ///
    /// Before this returns, each input is reserved until the transaction expires, and its reference is stored for
    /// ever: every later attempt to spend it cites the same one, so that two attempts cannot be intersected. The
    /// transaction itself is kept as an [open payment](Self::open_payments): whatever happens to it on its way, it can
    /// be sent again or replaced, and neither pays twice.
    ///
    /// # Errors
    ///
    /// [`SpendError`]; nothing has left the wallet and nothing is changed.
    pub fn sign<S: Signer>(
        &mut self,
        proposal: Proposal,
        signer: &mut S,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<SignedTransaction, SpendError<P::Error>> {
        self.settle()?;
        let Proposal { unsigned, inputs, expiry, memos, payments, replaces, .. } = proposal;
        let in_place = match &replaces {
            Some(txid) => self.in_place_of(txid).ok_or(SpendError::Outdated)?,
            None => InPlace::default(),
        };
        if replaces.is_some() && !inputs.iter().any(|input| in_place.must.contains(&input.name)) {
            return Err(SpendError::Outdated);
        }
        let spends = self.spend_proofs(&unsigned, &inputs, &in_place, signer, rng)?;
        let membership = self.membership_proofs(&unsigned, &inputs, &in_place, rng)?;
        let signatures = Signatures { spends, ..Signatures::default() };
        let transaction = unsigned.assemble(&signatures, &membership)?;
        for PlacedInput { name, reference } in &inputs {
            self.store_reference(name, *reference);
            if let Some(own) = self.enote_mut(name) {
                own.reserved_until = own.reserved_until.max(Some(expiry));
            }
            self.store_enote(name);
        }
        memos.into_iter().for_each(|(output, entries)| self.keep_memo(output, entries));
        let net = self.network().id();
        let (bytes, txid) = (transaction.encode(net), BodyDigest::of(&transaction.body, net).txid().0);
        self.keep_payment(OpenPayment::new(&transaction, bytes.clone(), txid, payments, replaces));
        self.checkpoint()?;
        Ok(SignedTransaction { transaction, bytes, txid })
    }

    /// Frees the inputs of a transaction that never left and will not be sent, but for those that another open payment
    /// spends. Their references stay.
    ///
    /// # Errors
    ///
    /// [`ChainError`] if the wallet's rows fail.
    pub fn forget(&mut self, transaction: &SignedTransaction) -> Result<(), ChainError<P::Error>> {
        self.settle()?;
        self.drop_payment(&transaction.txid);
        let bundles = &transaction.transaction.body.bundles;
        for input in bundles.iter().flat_map(|bundle| &bundle.inputs) {
            let until = self.reserved_by_payments(&input.tag);
            self.take_reservation(&input.tag);
            let Some(name) = self.name_by_tag(&input.tag) else {
                self.keep_reservation(input.tag, until);
                continue;
            };
            if let Some(own) = self.enote_mut(&name) {
                own.reserved_until = until;
            }
            self.store_enote(&name);
        }
        self.checkpoint()
    }

    /// An enote of the proposal, if it is still free.
    fn free(&self, name: &[u8; 32], in_place: &InPlace) -> Result<&OwnEnote, SpendError<P::Error>> {
        let free = |own: &&OwnEnote| in_place.is_free(own, self.tip().height);
        self.enote(name).filter(free).ok_or(SpendError::Outdated)
    }

    fn spend_proofs<S: Signer>(
        &self,
        unsigned: &UnsignedTransaction,
        inputs: &[PlacedInput],
        in_place: &InPlace,
        signer: &mut S,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<Vec<SpendProof>, SpendError<P::Error>> {
        let (mut hosts, mut asked) = (Vec::new(), Vec::new());
        for ((statement, masks), input) in unsigned.spends().zip(unsigned.masks()).zip(inputs) {
            let own = self.free(&input.name, in_place)?;
            let host = HostPart::new(&statement, own.view.image_part(), &masks.key, rng)?;
            let (P1, P2) = host.points();
            let v = own.recognised.extension_y().clone();
            let (index, image_key, tag) = (statement.index, statement.image_key, statement.tag);
            asked.push(SpendInput { index, image_key, tag, v, P1, P2 });
            hosts.push(host);
        }
        let (net, m_tx) = (*self.network().id(), unsigned.signing_digest().0);
        let request = SignRequest::Spend(SpendRequest { net, m_tx, inputs: asked });
        let reply = signer.request(&request).map_err(|error| SpendError::Signer(Box::new(error)))?;
        let SignReply::Spend(answers) = reply;
        if answers.len() != hosts.len() {
            return Err(SpendError::Signer("the signer did not answer every input".into()));
        }
        let proofs =
            hosts.into_iter().zip(answers).map(|(host, answer)| host.finish(&answer.beta_Y, answer.s_y, rng));
        Ok(proofs.collect::<Result<_, _>>()?)
    }

    /// One proof an input, over intervals between headers that this wallet validated.
    fn membership_proofs(
        &self,
        unsigned: &UnsignedTransaction,
        inputs: &[PlacedInput],
        in_place: &InPlace,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<Vec<(Reference, MembershipProof)>, SpendError<P::Error>> {
        let mut sets: BTreeMap<Reference, Arc<ReferenceSet>> = BTreeMap::new();
        let mut proofs = Vec::new();
        for (number, PlacedInput { name, reference }) in inputs.iter().enumerate() {
            let own = self.free(name, in_place)?;
            // A reference that another attempt stored meanwhile is the one to cite.
            let choice = self.choose_reference(own)?;
            let stands = |choice: &Choice| choice.fresh || choice.reference == *reference;
            choice.filter(stands).ok_or(SpendError::Outdated)?;
            let set = match sets.get(reference) {
                Some(set) => Arc::clone(set),
                None => match self.reference_set(*reference) {
                    Err(ChainError::Reference(_)) => return Err(SpendError::Outdated),
                    set => Arc::new(set?),
                },
            };
            sets.insert(*reference, Arc::clone(&set));
            let place = own.position.and_then(|position| position.checked_sub(set.start()));
            let place = place.filter(|place| *place < set.members().len() as u64).ok_or(SpendError::Outdated)?;
            let proof = unsigned.prove_membership(number, self.chain().parameters(), &set, place, rng)?;
            proofs.push((*reference, proof));
        }
        Ok(proofs)
    }
}
