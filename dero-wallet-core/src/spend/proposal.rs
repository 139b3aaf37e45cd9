//! A payment, built and proven, but for what only the spend key can add; and then signed.

#![allow(non_snake_case)] // Symbols match the equations.

use alloc::{collections::BTreeMap, sync::Arc, vec::Vec};

use dero_crypto::{
    ProofError,
    asset::AssetId,
    commitment::Amount,
    enote::{Draft, EnoteSeed, InputContext, MadeEnote, MemoClass, MemoError, SelfSend, SelfTag, seal_memo},
    keys::AddressIndex,
    membership::{Candidates, Coin, Image, Masks, Reference, ReferenceSet},
    sigma::{HostPart, SpendStatement},
};
use dero_ledger::{
    consensus::Consensus,
    transaction::{
        BodyDigest, Transaction,
        builder::{
            BuildError, BundleDraft, InputDraft, OutputDraft, Signatures, TransactionDraft, UnsignedTransaction,
        },
    },
};
use rand_core::CryptoRng;

use super::{
    SpendRequest,
    select::{Candidate, choose},
    shape,
};
use crate::{
    chain::ChainError,
    enote::{EnoteState, OwnEnote},
    signer::{SignReply, SignRequest, Signer, SpendInput, SpendRequest as SignSpends},
    store::Persister,
    wallet::Wallet,
};

/// A tip older than this is not built on (law 7.5, rule 1).
const STALE_TIP_S: u64 = 300;
/// Fewer other members than this in a reference set are worth a warning (law 7.5, rule 5).
const FEW_MEMBERS: u64 = 64;
/// More closed groups than this in one transaction are worth a warning (law 7.5, rule 4).
const MANY_GROUPS: usize = 2;

/// Why a payment is not made. Nothing of the wallet is changed, unless [`SpendError::Build`] or later: then a
/// reference may have been chosen and stored.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SpendError<E> {
    /// No payment at all, or more than a transaction holds.
    #[error("{found} payments; a transaction has 1 to 14")]
    Payments {
        /// How many were asked for.
        found: usize,
    },
    /// An asset that this wallet cannot pay in.
    #[error("this wallet pays in the native asset only")]
    Asset,
    /// The memo of a payment does not fit.
    #[error(transparent)]
    Memo(#[from] MemoError),
    /// There is not enough to spend.
    #[error(
        "{needed} atomic units are needed with the fee, {spendable} can be spent now ({pending} more are on their way)"
    )]
    Funds {
        /// Payments and the fee of an ordinary transaction.
        needed: u128,
        /// What could be spent.
        spendable: u128,
        /// What is recognised and not received yet, or reserved.
        pending: u128,
    },
    /// The wallet has not caught up with the chain.
    #[error("the newest block known is {age} s old: synchronise first, or say that this is meant")]
    StaleTip {
        /// Seconds between the tip's time and the clock.
        age: u64,
    },
    /// The spent enotes need proofs that cannot be made.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// A proof could not be made.
    #[error(transparent)]
    Proof(#[from] ProofError),
    /// The wallet's rows or its chain failed.
    #[error(transparent)]
    Chain(#[from] ChainError<E>),
    /// The signer refused.
    #[error("the signer refused: {0}")]
    Signer(alloc::boxed::Box<dyn core::error::Error + Send + Sync>),
    /// The chain changed under the proposal: an enote is spent, or its reference resolves no more.
    #[error("the chain changed since the payment was proposed: propose it again")]
    Outdated,
}

impl<E> From<dero_crypto::DecodeError> for SpendError<E> {
    fn from(error: dero_crypto::DecodeError) -> Self {
        Self::Proof(error.into())
    }
}

/// What a person should know before signing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Warning {
    /// An input hides among few others.
    FewMembers {
        /// Members of its reference set that are neither coinbase nor genesis.
        ordinary: u64,
    },
    /// The inputs cite several closed groups, each of which tells an age.
    ManyGroups {
        /// How many.
        groups: usize,
    },
    /// The enote was listed before this wallet was restored: an earlier attempt may have cited another set, and the
    /// two can be intersected.
    RestoredBefore,
    /// A stored reference resolved no more after a deep reorganisation, and another was chosen: the two sets can be
    /// intersected.
    ReferenceChanged,
}

/// A payment that waits for its signature.
#[derive(Debug)]
pub struct Proposal {
    unsigned: UnsignedTransaction,
    /// One-time keys of the inputs, in Body order.
    inputs: Vec<[u8; 32]>,
    expiry: u64,
    fee: u64,
    change: u64,
    warnings: Vec<Warning>,
}

impl Proposal {
    /// The fee in atomic units.
    #[must_use]
    pub fn fee(&self) -> u64 {
        self.fee
    }

    /// What comes back to the wallet.
    #[must_use]
    pub fn change(&self) -> u64 {
        self.change
    }

    /// The last height at which it can stand in a block.
    #[must_use]
    pub fn expiry(&self) -> u64 {
        self.expiry
    }

    /// How many enotes it spends.
    #[must_use]
    pub fn input_count(&self) -> usize {
        self.inputs.len()
    }

    /// What a person should know before signing.
    #[must_use]
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }
}

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

/// An own enote under the reference that it will be spent under.
struct Chosen {
    reference: Reference,
    changed: bool,
}

impl<P: Persister, C: Consensus> Wallet<P, C> {
    /// Builds a payment and every proof that needs no spend key. `now` is the clock in seconds since 1970; a tip
    /// more than five minutes behind it is refused unless `any_tip` is set.
    ///
    /// The references of the inputs are stored with them before this returns, and never change afterwards.
    ///
    /// # Errors
    ///
    /// [`SpendError`].
    pub fn propose(
        &mut self,
        request: &SpendRequest,
        now: u64,
        any_tip: bool,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<Proposal, SpendError<P::Error>> {
        let age = now.saturating_sub(self.tip_time());
        if age > STALE_TIP_S && !any_tip {
            return Err(SpendError::StaleTip { age });
        }
        if request.payments.iter().any(|payment| payment.asset != AssetId::NATIVE) {
            return Err(SpendError::Asset);
        }
        let found = request.payments.len();
        let outputs = shape::outputs(found).ok_or(SpendError::Payments { found })?;
        let memo = memo_class(request)?;
        let sets = self.chain().parameters();
        let rate = self.network().rows().fee_rate;
        let fee = |inputs: usize| {
            let minimum = shape::minimum_fee(inputs, outputs, memo, sets, rate).map_or(u128::MAX >> 8, u128::from);
            minimum * u128::from(request.fee.factor())
        };
        let paid: u128 = request.payments.iter().map(|payment| u128::from(payment.amount.0)).sum();

        let mut references = BTreeMap::new();
        let candidates = self.candidates(&mut references)?;
        let chosen = choose(&candidates, paid, fee, rng).ok_or_else(|| {
            let balance = self.balance(&AssetId::NATIVE);
            SpendError::Funds {
                needed: paid + fee(2),
                spendable: balance.spendable,
                pending: balance.pending + balance.reserved,
            }
        })?;
        let fee = fee(chosen.len());
        let spent: u128 = chosen.iter().map(|own| u128::from(own.amount)).sum();
        let narrow = |amount: u128| u64::try_from(amount).map_err(|_| SpendError::Build(BuildError::Unbalanced));
        let (fee, change) = (narrow(fee)?, narrow(spent - paid - fee)?);

        let warnings = self.warnings(&chosen, &references)?;
        for own in &chosen {
            if let Some(enote) = self.enote_mut(&own.name) {
                enote.reference = Some(own.reference);
            }
            self.store_enote(&own.name);
        }
        self.checkpoint()?;

        let expiry = shape::expiry(self.tip().height);
        let names: Vec<[u8; 32]> = chosen.iter().map(|own| own.name).collect();
        let draft = self.draft(request, &names, outputs, memo, change, fee, expiry, rng)?;
        let unsigned = draft.prove(self.network().id(), rng)?;
        let mut inputs = Vec::new();
        for statement in unsigned.spends() {
            inputs.push(self.name_of(&statement).ok_or(SpendError::Outdated)?);
        }
        Ok(Proposal { unsigned, inputs, expiry, fee, change, warnings })
    }

    /// Has a proposal signed, places its inputs in their reference sets, and reserves them until it expires.
    ///
    /// # Errors
    ///
    /// [`SpendError`].
    pub fn sign<S: Signer>(
        &mut self,
        proposal: Proposal,
        signer: &mut S,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<SignedTransaction, SpendError<P::Error>> {
        let Proposal { unsigned, inputs: names, expiry, .. } = proposal;
        let spends = self.spend_proofs(&unsigned, &names, signer, rng)?;

        let mut sets: BTreeMap<Reference, Arc<ReferenceSet>> = BTreeMap::new();
        let mut membership = Vec::new();
        for (input, name) in names.iter().enumerate() {
            let own = self.enote(name).filter(|own| own.spent.is_none()).ok_or(SpendError::Outdated)?;
            let (reference, position) = own.reference.zip(own.position).ok_or(SpendError::Outdated)?;
            let set = match sets.get(&reference) {
                Some(set) => Arc::clone(set),
                None => Arc::new(self.reference_set(reference)?),
            };
            sets.insert(reference, Arc::clone(&set));
            let place = position.checked_sub(set.start()).ok_or(SpendError::Outdated)?;
            let proof = unsigned.prove_membership(input, self.chain().parameters(), &set, place, rng)?;
            membership.push((reference, proof));
        }
        let transaction = unsigned.assemble(&Signatures { spends, ..Signatures::default() }, &membership)?;
        for name in &names {
            if let Some(own) = self.enote_mut(name) {
                own.reserved_until = Some(expiry + 1);
            }
            self.store_enote(name);
        }
        self.checkpoint()?;
        let net = self.network().id();
        let (bytes, txid) = (transaction.encode(net), BodyDigest::of(&transaction.body, net).txid().0);
        Ok(SignedTransaction { transaction, bytes, txid })
    }

    /// Frees the inputs of a transaction that will not be sent. Their references stay.
    ///
    /// # Errors
    ///
    /// [`ChainError`] if the wallet's rows fail.
    pub fn forget(&mut self, transaction: &SignedTransaction) -> Result<(), ChainError<P::Error>> {
        let tags: Vec<[u8; 32]> = transaction
            .transaction
            .body
            .bundles
            .iter()
            .flat_map(|bundle| &bundle.inputs)
            .map(|input| input.tag)
            .collect();
        for name in tags.iter().filter_map(|tag| self.name_by_tag(tag)).collect::<Vec<_>>() {
            if let Some(own) = self.enote_mut(&name) {
                own.reserved_until = None;
            }
            self.store_enote(&name);
        }
        self.checkpoint()
    }

    fn spend_proofs<S: Signer>(
        &self,
        unsigned: &UnsignedTransaction,
        names: &[[u8; 32]],
        signer: &mut S,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<Vec<dero_crypto::sigma::SpendProof>, SpendError<P::Error>> {
        let (mut hosts, mut inputs) = (Vec::new(), Vec::new());
        for ((statement, masks), name) in unsigned.spends().zip(unsigned.masks()).zip(names) {
            let own = self.enote(name).ok_or(SpendError::Outdated)?;
            let host = HostPart::new(&statement, own.view.image_part(), &masks.key, rng)?;
            let (P1, P2) = host.points();
            let v = own.recognised.extension_y().clone();
            let (index, image_key, tag) = (statement.index, statement.image_key, statement.tag);
            inputs.push(SpendInput { index, image_key, tag, v, P1, P2 });
            hosts.push(host);
        }
        let (net, m_tx) = (*self.network().id(), unsigned.signing_digest().0);
        let request = SignRequest::Spend(SignSpends { net, m_tx, inputs });
        let reply = signer.request(&request).map_err(|error| SpendError::Signer(error.into()))?;
        let SignReply::Spend(answers) = reply;
        if answers.len() != hosts.len() {
            return Err(SpendError::Signer("the signer did not answer every input".into()));
        }
        let proofs =
            hosts.into_iter().zip(answers).map(|(host, answer)| host.finish(&answer.beta_Y, answer.s_y, rng));
        Ok(proofs.collect::<Result<_, _>>()?)
    }

    /// Enotes that can be spent now, with the references under which they would be.
    fn candidates(&self, chosen: &mut BTreeMap<[u8; 32], Chosen>) -> Result<Vec<Candidate>, ChainError<P::Error>> {
        let tip = self.tip().height;
        let mut candidates = Vec::new();
        for own in self.enotes() {
            let native = own.asset().is_some_and(|id| id.is_native());
            if own.state(tip) != EnoteState::Received || !native {
                continue;
            }
            let Some(choice) = self.choose_reference(own)? else { continue };
            let name = *own.record.one_time_key();
            candidates.push(Candidate {
                name,
                amount: own.amount().0,
                reference: choice.reference,
                filler: own.is_self_send() && own.amount().0 == 0,
                alone: own.is_foreign_self_send(),
            });
            chosen.insert(name, choice);
        }
        Ok(candidates)
    }

    /// The stored reference while it holds the enote; else the one that the coin of 7.5 says.
    fn choose_reference(&self, own: &OwnEnote) -> Result<Option<Chosen>, ChainError<P::Error>> {
        let Some(position) = own.position else { return Ok(None) };
        let view = self.chain().list_view();
        if let Some(reference) = own.reference {
            let holds = match self.resolve(reference) {
                Ok(interval) => interval.contains(position),
                Err(ChainError::Reference(_)) => false,
                Err(other) => return Err(other),
            };
            if holds {
                return Ok(Some(Chosen { reference, changed: false }));
            }
        }
        let candidates = Candidates::of(position, &view, |anchor| self.anchor_length(anchor))?;
        let coin = Coin::toss(self.audit_key().view_balance_secret(), own.view.tag().point());
        Ok(candidates.choose(coin).map(|reference| Chosen { reference, changed: own.reference.is_some() }))
    }

    fn warnings(
        &self,
        chosen: &[Candidate],
        references: &BTreeMap<[u8; 32], Chosen>,
    ) -> Result<Vec<Warning>, ChainError<P::Error>> {
        let mut cited: Vec<Reference> = chosen.iter().map(|own| own.reference).collect();
        cited.sort_unstable();
        cited.dedup();
        let mut warnings = Vec::new();
        for reference in &cited {
            let ordinary = self.ordinary_members(*reference)?;
            if ordinary < FEW_MEMBERS {
                warnings.push(Warning::FewMembers { ordinary });
            }
        }
        let groups = cited.iter().filter(|reference| matches!(reference, Reference::Closed { .. })).count();
        if groups > MANY_GROUPS {
            warnings.push(Warning::ManyGroups { groups });
        }
        if chosen.iter().any(|own| references.get(&own.name).is_some_and(|choice| choice.changed)) {
            warnings.push(Warning::ReferenceChanged);
        }
        let before = self.restored_at();
        let old = |own: &OwnEnote| before.is_some_and(|height| own.height() <= height) && own.reference.is_none();
        if chosen.iter().filter_map(|own| self.enote(&own.name)).any(old) {
            warnings.push(Warning::RestoredBefore);
        }
        Ok(warnings)
    }

    #[allow(clippy::too_many_arguments, reason = "the parts of one draft, each decided by the caller")]
    fn draft(
        &self,
        request: &SpendRequest,
        names: &[[u8; 32]],
        outputs: usize,
        memo: MemoClass,
        change: u64,
        fee: u64,
        expiry: u64,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<TransactionDraft, SpendError<P::Error>> {
        let mut inputs = Vec::new();
        for name in names {
            let own = self.enote(name).ok_or(SpendError::Outdated)?;
            let masks = Masks::random(rng);
            let image = Image::of(&own.record.decode()?.member(), &masks)?;
            let opening = own.recognised.opening().clone();
            inputs.push(InputDraft { tag: *own.view.tag(), opening, image, masks });
        }
        let mut tx_nonce = [0; 16];
        rng.fill_bytes(&mut tx_nonce);
        let bundle = BundleDraft { tx_nonce, inputs, ..BundleDraft::default() };
        let mut draft = TransactionDraft {
            expiry,
            fee,
            bundles: Vec::from([bundle]),
            memo_class: memo,
            ..TransactionDraft::default()
        };
        let anchor = draft.smallest_anchor(0).ok_or(SpendError::Outdated)?;
        let context = InputContext::bundle(self.network().id(), &anchor);
        let made = self.outputs(request, &context, &tx_nonce, outputs, memo, change)?;
        draft.bundles[0].outputs = made;
        Ok(draft)
    }

    /// The payments, then change, then zero self-sends up to `count`; each with its construction index.
    fn outputs(
        &self,
        request: &SpendRequest,
        context: &InputContext,
        tx_nonce: &[u8; 16],
        count: usize,
        memo: MemoClass,
        change: u64,
    ) -> Result<Vec<OutputDraft>, SpendError<P::Error>> {
        let (keys, net) = (self.audit_key(), self.network().id());
        let mut outputs = Vec::new();
        let payments = request.payments.iter().map(|payment| (Some(payment), payment.amount));
        let own = core::iter::once(change).chain(core::iter::repeat(0)).map(|amount| (None, Amount(amount)));
        for (k, (payment, amount)) in (0u32..).zip(payments.chain(own)).take(count) {
            let seed = EnoteSeed::outgoing(keys.outgoing_secret(), context, tx_nonce, k);
            let draft = Draft { context, seed: &seed, amount, asset: AssetId::NATIVE };
            let (made, plaintext): (MadeEnote, Vec<u8>) = match payment {
                Some(payment) => (draft.external(net, &payment.address), payment.memo.to_bytes()?),
                None => {
                    // Of the self-sends the first one is found by s_fs, every other one is a decoy.
                    let first = k as usize == request.payments.len();
                    let tag = if first { SelfTag::Find } else { SelfTag::Decoy };
                    (draft.self_send(keys, AddressIndex(0), SelfSend::Change, tag), Vec::new())
                }
            };
            let memo = seal_memo(&seed, &made.enote.one_time_key, memo, &plaintext)?;
            outputs.push(OutputDraft { made, lock: None, memo });
        }
        Ok(outputs)
    }

    fn name_of(&self, statement: &SpendStatement) -> Option<[u8; 32]> {
        self.name_by_tag(&statement.tag.to_bytes())
    }
}

/// The smallest class from 1 on that holds every memo.
fn memo_class(request: &SpendRequest) -> Result<MemoClass, MemoError> {
    let mut longest = 0;
    for payment in &request.payments {
        longest = longest.max(payment.memo.to_bytes()?.len());
    }
    let classes = [MemoClass::Small, MemoClass::Medium, MemoClass::Large];
    let fits = classes.into_iter().find(|class| longest <= class.capacity());
    fits.ok_or(MemoError::TooLong { found: longest, max: MemoClass::Large.capacity() })
}
